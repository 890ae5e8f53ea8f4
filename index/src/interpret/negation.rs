//! Words that turn round what follows: "not engineering", "without a degree", "jobs that aren't vet".

use schemas::normalise_label;

use crate::words::TypedTerm;

/// The word before a concept that is not wanted.
const NEGATIONS: [&str; 14] = [
    "arent",
    "cant",
    "doesnt",
    "dont",
    "except",
    "excluding",
    "isnt",
    "never",
    "no",
    "non",
    "nor",
    "not",
    "wasnt",
    "without",
];

/// The same, in two words.
const NEGATIONS_OF_TWO: [[&str; 2]; 5] =
    [["apart", "from"], ["except", "for"], ["instead", "of"], ["other", "than"], ["rather", "than"]];

/// "Not just doctors" excludes nobody: doctors are what is known already.
const ONLY: [&str; 6] = ["all", "always", "just", "necessarily", "only", "simply"];

/// May stand between the negation and what it turns round: "don't want to be a", "not good at".
const BETWEEN: [&str; 33] = [
    "a",
    "an",
    "any",
    "at",
    "be",
    "being",
    "do",
    "doing",
    "enjoy",
    "go",
    "going",
    "good",
    "have",
    "having",
    "in",
    "into",
    "involve",
    "involves",
    "involving",
    "like",
    "need",
    "needing",
    "require",
    "requires",
    "requiring",
    "study",
    "studying",
    "that",
    "the",
    "to",
    "use",
    "using",
    "want",
];

/// So many of them at most: "don't want to have to do a".
const MAX_BETWEEN: usize = 6;

/// How a negation turns round what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Negation {
    /// It is not wanted.
    Not,
    /// It is wanted, but not it alone.
    NotOnly,
}

/// The negation that these words begin with, and how many words it takes.
pub(super) fn negation_at(terms: &[TypedTerm]) -> Option<(usize, Negation)> {
    let first = word_at(terms, 0)?;
    let second = word_at(terms, 1).unwrap_or_default();
    if NEGATIONS_OF_TWO.contains(&[first.as_str(), second.as_str()]) {
        return Some((2, Negation::Not));
    }
    if !NEGATIONS.contains(&first.as_str()) {
        return None;
    }
    let is_only = ONLY.contains(&second.as_str());
    Some(if is_only { (2, Negation::NotOnly) } else { (1, Negation::Not) })
}

/// How many words stand between a negation and what may be turned round.
pub(super) fn words_between(terms: &[TypedTerm]) -> usize {
    let is_between = |place: &usize| word_at(terms, *place).is_some_and(|word| BETWEEN.contains(&word.as_str()));
    (0..MAX_BETWEEN).take_while(is_between).count()
}

/// Whether a word goes on with what was turned round: "without maths or physics".
pub(super) fn goes_on(terms: &[TypedTerm], negation: Negation) -> bool {
    let word = word_at(terms, 0).unwrap_or_default();
    match negation {
        Negation::Not => matches!(word.as_str(), "or" | "nor"),
        Negation::NotOnly => matches!(word.as_str(), "or" | "and"),
    }
}

/// Whether it is such a word, alone.
pub(super) fn is_negation(term: &TypedTerm) -> bool {
    term.is_word() && NEGATIONS.contains(&normalise_label(&term.typed).as_str())
}

fn word_at(terms: &[TypedTerm], place: usize) -> Option<String> {
    terms.get(place).filter(|term| term.is_word()).map(|term| normalise_label(&term.typed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn the_words_are_in_order() {
        assert!(NEGATIONS.is_sorted() && NEGATIONS_OF_TWO.is_sorted() && ONLY.is_sorted() && BETWEEN.is_sorted());
    }

    #[test]
    fn a_negation_is_found_by_its_words() {
        for (text, expected) in [
            ("not engineering", Some((1, Negation::Not))),
            ("isn't a vet", Some((1, Negation::Not))),
            ("isn’t a vet", Some((1, Negation::Not))),
            ("ARENT vet", Some((1, Negation::Not))),
            ("other than physics", Some((2, Negation::Not))),
            ("not just doctors", Some((2, Negation::NotOnly))),
            ("no only child", Some((2, Negation::NotOnly))),
            ("other physics", None),
            ("\"not\" physics", None),
            ("", None),
        ] {
            assert_eq!(negation_at(&words::parse(text)), expected, "{text}");
        }
    }

    #[test]
    fn small_words_may_stand_between() {
        assert_eq!(words_between(&words::parse("want to be a vet")), 4);
        assert_eq!(words_between(&words::parse("vet")), 0);
        assert_eq!(words_between(&words::parse(&"a ".repeat(30))), MAX_BETWEEN);
    }
}
