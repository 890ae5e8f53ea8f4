//! Typed words without some of them: what is left of `y9 chemistry video` when "chemistry" is taken back.

/// The words before a run that turn it round; they go with it.
const NEGATIONS: [&str; 7] = ["not", "without", "no", "non", "except", "excluding", "-"];

/// One run of characters between gaps, outside quotation marks.
struct Token<'t> {
    word: &'t str,
    /// Where it begins and ends in the text.
    from: usize,
    to: usize,
    /// Whether the token before it is its neighbour: no phrase stands between them.
    follows: bool,
}

/// Whether words are asked for or turned round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// "engineering"
    Asked,
    /// "not engineering", "-engineering": what turns them round is cut with them.
    Negated,
}

/// The text without these words, everywhere they stand together outside quotation marks. `None` when they stand nowhere.
pub(super) fn cut(text: &str, words: &str, sense: Sense) -> Option<String> {
    let sought = without_punctuation(words).to_lowercase();
    let length = sought.split_whitespace().count();
    let tokens = tokens(text);
    let mut left = String::with_capacity(text.len());
    let (mut kept_to, mut place) = (0, 0);
    while length > 0 && place + length <= tokens.len() {
        let run = &tokens[place..place + length];
        if !is_run(run, &sought, sense) {
            place += 1;
            continue;
        }
        let before = place.checked_sub(1).map(|before| &tokens[before]);
        let negation = before.filter(|before| sense == Sense::Negated && run[0].follows && is_negation(before.word));
        let from = negation.map_or(run[0].from, |negation| negation.from).max(kept_to);
        left.push_str(&text[kept_to..from]);
        kept_to = run[length - 1].to;
        place += length;
    }
    if kept_to == 0 {
        return None;
    }
    left.push_str(&text[kept_to..]);
    Some(left.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn is_run(run: &[Token<'_>], sought: &str, sense: Sense) -> bool {
    if !run.iter().skip(1).all(|token| token.follows) {
        return false;
    }
    let words: Vec<&str> = run.iter().map(|token| token.word).collect();
    // What is excluded by a sign was not understood, unless it was understood as turned round.
    let is_excluded = words[0].starts_with('-');
    (sense == Sense::Negated || !is_excluded) && without_punctuation(&words.join(" ")).to_lowercase() == sought
}

fn is_negation(word: &str) -> bool {
    let word = word.to_lowercase();
    NEGATIONS.contains(&word.as_str())
}

/// Without the punctuation around it, which no answer repeats; "C++" and "C#" keep theirs.
fn without_punctuation(words: &str) -> &str {
    words.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '+' | '#' | '£'))
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut from, mut follows, mut is_quoted) = (None, false, false);
    for (at, character) in text.char_indices() {
        let is_quote = matches!(character, '"' | '“' | '”');
        let is_gap = character.is_whitespace() || character.is_control();
        if (is_quote || is_gap)
            && let Some(from) = from.take()
        {
            tokens.push(Token { word: &text[from..at], from, to: at, follows });
            follows = true;
        }
        if is_quote {
            is_quoted = !is_quoted;
            follows = false;
        } else if !is_gap && !is_quoted {
            from = from.or(Some(at));
        }
    }
    if let Some(from) = from {
        tokens.push(Token { word: &text[from..], from, to: text.len(), follows });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_where_they_stand_together() {
        for (text, words, left) in [
            ("y9 chemistry video", "chemistry", Some("y9 video")),
            ("Year  9 chemistry", "Year 9", Some("chemistry")),
            ("chemistry, please", "chemistry", Some("please")),
            ("chemistry biology Chemistry", "chemistry", Some("biology")),
            ("chemistry", "chemistry", Some("")),
            ("a C++ course", "C++", Some("a course")),
            ("biochemistry", "chemistry", None),
            ("year \"of the\" 9", "year 9", None),
            ("\"chemistry set\" chemistry", "chemistry", Some("\"chemistry set\"")),
            ("-chemistry", "chemistry", None),
            ("économie verte", "Économie", Some("verte")),
            ("", "chemistry", None),
            ("chemistry", "", None),
        ] {
            assert_eq!(cut(text, words, Sense::Asked).as_deref(), left, "{words:?} out of {text:?}");
        }
    }

    #[test]
    fn a_negation_goes_with_what_it_turns_round() {
        for (text, left) in [
            ("chemistry not engineering", "chemistry"),
            ("chemistry without engineering please", "chemistry please"),
            ("chemistry -engineering", "chemistry"),
            ("chemistry - engineering", "chemistry"),
            ("not \"x\" engineering", "not \"x\""),
        ] {
            assert_eq!(cut(text, "engineering", Sense::Negated).as_deref(), Some(left), "{text:?}");
        }
        assert_eq!(cut("chemistry not engineering", "not engineering", Sense::Negated).as_deref(), Some("chemistry"));
        assert_eq!(cut("not engineering", "engineering", Sense::Asked).as_deref(), Some("not"));
    }
}
