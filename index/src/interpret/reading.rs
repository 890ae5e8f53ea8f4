//! What was typed and what was understood of it: the end of `interpret`, and what all others read.

use schemas::{ConceptId, ControlledField, Vocabularies, normalise_label};

use super::names::joined;
use crate::analysis::{is_stop_word, is_true_of_everything};
use crate::request::Facet;
use crate::results::{Ambiguous, Corrected, Interpretation, InterpretedFilter, Meaning};
use crate::words::{self, TypedTerm};

/// Where only words remain that are true of everything, this one at least says of what.
const ACRONYM: &str = "stem";

/// What was typed, and what was understood of it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// All that was typed.
    pub(crate) terms: Vec<TypedTerm>,
    /// What was understood, in the order of the words.
    pub(crate) runs: Vec<Run>,
    /// The places of the terms that are left to be searched as text.
    pub(crate) left: Vec<usize>,
    /// Words that need not be found and help where they are.
    pub(crate) wanted: Vec<TypedTerm>,
    /// The places, from and to, of words that name several things, and these. None was taken.
    pub(crate) ambiguous: Vec<Several>,
    /// What was corrected before all this.
    pub(crate) corrected: Vec<Corrected>,
    /// What each term is good for.
    pub(super) roles: Vec<Role>,
}

/// The places, from and to, of words that name several things, and those.
pub(crate) type Several = (usize, usize, Vec<(ControlledField, ConceptId)>);

/// Words that name a concept.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) field: ControlledField,
    pub(crate) id: ConceptId,
    /// The places of its words, with the negating word where there is one.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Places of further words of it: the "level 3" of "engineering apprenticeships near me level 3".
    pub(crate) also: Vec<usize>,
    /// What has the concept is left out.
    pub(crate) is_negated: bool,
    /// Runs of one group are alternatives: "biology or chemistry".
    pub(crate) group: usize,
}

/// What a typed word that is left is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is searched.
    Plain,
    /// It is true of everything here, and searched only when there is nothing else.
    Filler,
    /// It asks for one side of a thing. Beside other words it helps, and need not be found.
    Aspect,
}

/// Whether what states nothing about a field passes when a word asks for one of its concepts.
///
/// For whom a thing is and how it comes is often left unsaid; what it is and is about is not.
pub(crate) fn is_soft(field: ControlledField) -> bool {
    match field {
        ControlledField::Level
        | ControlledField::Audience
        | ControlledField::Nation
        | ControlledField::Region
        | ControlledField::Inclusion
        | ControlledField::Cost
        | ControlledField::Medium
        | ControlledField::Licence
        | ControlledField::Language => true,
        ControlledField::Subject
        | ControlledField::Type
        | ControlledField::Sector
        | ControlledField::Occupation
        | ControlledField::Route
        | ControlledField::Benchmark
        | ControlledField::LearningArea => false,
    }
}

/// Whether a plain word says nothing about what is looked for, whatever punctuation clings to it: "I'm", "to,".
pub(crate) fn says_nothing(term: &TypedTerm) -> bool {
    let word = term.typed.trim_matches(|c: char| !c.is_alphanumeric());
    term.is_word() && (is_stop_word(word) || (word.contains(['\'', '’']) && is_stop_word(&normalise_label(word))))
}

/// Words that people ask for jobs with. What a job profile says is what they hope for.
const ASKING_FOR_JOBS: [&str; 16] = [
    "become",
    "career",
    "careers",
    "earn",
    "employment",
    "job",
    "jobs",
    "occupation",
    "occupations",
    "pay",
    "profession",
    "professions",
    "profile",
    "profiles",
    "salaries",
    "salary",
];

impl Reading {
    /// What was typed, nothing of it understood.
    pub(crate) fn literal(terms: Vec<TypedTerm>, corrected: Vec<Corrected>) -> Self {
        Self {
            left: (0..terms.len()).collect(),
            runs: Vec::new(),
            wanted: Vec::new(),
            ambiguous: Vec::new(),
            corrected,
            roles: vec![Role::Plain; terms.len()],
            terms,
        }
    }

    /// The same words, none of them understood, without those of what is not wanted.
    pub(crate) fn literally_wanted(&self) -> Self {
        let is_wanted = |place: &usize| {
            let mut wanted = self.runs.iter().filter(|run| !run.is_negated);
            self.left.contains(place)
                || wanted.any(|run| (run.from..run.to).contains(place) || run.also.contains(place))
        };
        let places = (0..self.terms.len()).filter(is_wanted);
        Self::literal(places.map(|place| self.terms[place].clone()).collect(), Vec::new())
    }

    /// Whether jobs are asked for: an occupation is named, or one of the words that people ask for jobs with.
    pub(crate) fn asks_for_jobs(&self) -> bool {
        let names_one = self.runs.iter().any(|run| run.field == ControlledField::Occupation && !run.is_negated);
        let bare = |term: &TypedTerm| term.typed.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let words: Vec<String> = self.asked().map(bare).collect();
        let says_so = words.iter().any(|word| ASKING_FOR_JOBS.binary_search(&word.as_str()).is_ok());
        // "What can I do with chemistry?"
        let asks_what_for = words.windows(2).any(|pair| pair == ["do", "with"]);
        names_one || says_so || asks_what_for
    }

    /// What is asked for, in order: all but exclusions.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &TypedTerm> {
        self.terms.iter().filter(|term| !term.is_excluded)
    }

    /// The words of a run, as typed.
    pub(crate) fn typed(&self, run: &Run) -> String {
        joined(&self.terms[run.from..run.to])
    }

    /// The plain words that are left to be searched.
    ///
    /// Stop words, and what is true of everything here, only when there is nothing else at all: "biology careers video"
    /// must not ask a film about biology to say "careers". What asks for one side of a thing only when the thing itself
    /// is not asked for otherwise: "how much do nurses earn" must not ask a profile of a nurse to say "earn".
    pub(crate) fn searched_words(&self) -> Vec<&TypedTerm> {
        let words: Vec<usize> = self.left.iter().copied().filter(|place| self.terms[*place].is_word()).collect();
        let saying = only(&words, |place| !says_nothing(&self.terms[place]));
        let telling = only(&saying, |place| !self.is_filler(place));
        let searched =
            if self.asks_for_a_thing() { only(&telling, |place| self.roles[place] == Role::Plain) } else { telling };
        let is_all_there_is = self.runs.is_empty() && !self.has_phrase();
        let places = if !searched.is_empty() || !is_all_there_is {
            searched
        } else {
            let acronym = only(&saying, |place| normalise_label(&self.terms[place].typed) == ACRONYM);
            [acronym, saying].into_iter().find(|places| !places.is_empty()).unwrap_or(words)
        };
        places.into_iter().map(|place| &self.terms[place]).collect()
    }

    /// Whether words other than those for one side of a thing must be found.
    pub(super) fn asks_for_a_thing(&self) -> bool {
        let is_core = |place: &usize| {
            let term = &self.terms[*place];
            term.is_word() && self.roles[*place] == Role::Plain && !says_nothing(term) && !self.is_filler(*place)
        };
        self.has_phrase()
            || self.runs.iter().any(|run| !run.is_negated && !is_soft(run.field))
            || self.left.iter().any(is_core)
    }

    /// What an answer says about it.
    pub(crate) fn interpretation(&self, vocabularies: &Vocabularies) -> Interpretation {
        let label = |field: ControlledField, id: &ConceptId| vocabularies.of(field).label(id.as_str()).to_owned();
        let filters = self.runs.iter().map(|run| InterpretedFilter {
            facet: Facet::Controlled(run.field),
            id: run.id.to_string(),
            label: label(run.field, &run.id),
            matched: self.typed(run),
            negated: run.is_negated,
            soft: is_soft(run.field) && !run.is_negated,
        });
        let meaning = |(field, id): &(ControlledField, ConceptId)| Meaning {
            facet: Facet::Controlled(*field),
            id: id.to_string(),
            label: label(*field, id),
        };
        let ambiguous = self.ambiguous.iter().map(|(from, to, meanings)| Ambiguous {
            matched: joined(&self.terms[*from..*to]),
            meanings: meanings.iter().map(meaning).collect(),
        });
        Interpretation {
            filters: filters.collect(),
            text: words::as_text(self.left.iter().map(|place| &self.terms[*place])),
            ambiguous: ambiguous.collect(),
            corrected: self.corrected.clone(),
            loosened: false,
        }
    }

    fn is_filler(&self, place: usize) -> bool {
        self.roles[place] == Role::Filler || is_true_of_everything(&self.terms[place].typed)
    }

    fn has_phrase(&self) -> bool {
        self.asked().any(|term| term.is_phrase)
    }
}

fn only(places: &[usize], keep: impl Fn(usize) -> bool) -> Vec<usize> {
    places.iter().copied().filter(|place| keep(*place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn searched(text: &str) -> Vec<String> {
        let reading = Reading::literal(words::parse(text), Vec::new());
        reading.searched_words().into_iter().map(|term| term.typed.clone()).collect()
    }

    #[test]
    fn stop_words_are_searched_only_when_there_is_nothing_else() {
        assert_eq!(searched("how to become a welder"), ["become", "welder"]);
        assert_eq!(searched("what is it"), ["what", "is", "it"]);
        assert!(searched("of \"polymer lab\"").is_empty());
        assert_eq!(searched("careers in textiles"), ["textiles"], "all of it is about careers");
        assert_eq!(searched("the careers resources"), ["careers", "resources"]);
    }

    #[test]
    fn what_clings_to_a_stop_word_does_not_make_it_tell() {
        assert_eq!(searched("(the) polymers, what?"), ["polymers,"]);
        assert_eq!(searched("IT"), ["IT"]);
    }

    #[test]
    fn whether_a_field_may_be_unstated_is_known_for_all() {
        let soft = ControlledField::ALL.into_iter().filter(|field| is_soft(*field)).count();
        assert_eq!(soft, 9);
    }
}
