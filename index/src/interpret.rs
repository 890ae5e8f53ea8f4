//! From typed words to concepts: "year 9 chemistry video" is a level, a subject and a type, and nothing is left to
//! search.
//!
//! The longest run of words that is exactly a label of a concept is taken as that concept. What is quoted, excluded,
//! or follows "not" or "without" is left as it is; so is what names several things. What a concept then does to the
//! search is for `query` to say.

use std::collections::{HashMap, HashSet};

use schemas::{Concept, ConceptId, ControlledField, Found, Synonym, Vocabularies, Vocabulary, normalise_label};

use crate::analysis::{is_stop_word, is_true_of_everything};
use crate::request::Facet;
use crate::results::{Interpretation, InterpretedFilter};
use crate::words::{self, TypedTerm};

/// The fields whose words are understood, in this order: a word that names a level is a level.
/// Licences, benchmarks and learning areas are left out: their short labels are everyday words.
const FIELDS: [ControlledField; 13] = [
    ControlledField::Level,
    ControlledField::Subject,
    ControlledField::Type,
    ControlledField::Route,
    ControlledField::Occupation,
    ControlledField::Sector,
    ControlledField::Nation,
    ControlledField::Region,
    ControlledField::Audience,
    ControlledField::Inclusion,
    ControlledField::Medium,
    ControlledField::Cost,
    ControlledField::Language,
];

/// The longest labels that people type have six words: "design and development for engineering T level" is not typed.
const MAX_RUN: usize = 6;

/// Labels that alone are everyday words, and would hide results that state another level, audience or medium:
/// "early careers" is not the Early Level of Scotland. In capitals they are taken ("WISE").
const EVERYDAY: [&str; 4] = ["early", "mixed", "public", "wise"];

/// The word before a run that turns it round.
const NEGATIONS: [&str; 2] = ["not", "without"];

/// Shorter words have no plural worth trying: "gas" is no "ga".
const MIN_PLURAL_CHARACTERS: usize = 4;

/// The kinds of synonym that name the very same thing. The others are near it, or everyday words.
const SAME_THING: [&str; 3] = ["qualification", "spelling", "stem_variant"];

/// Reads typed words with the vocabularies' labels at hand.
#[derive(Debug)]
pub(crate) struct Interpreter {
    vocabularies: &'static Vocabularies,
    /// Every label, normalised: most words are in none, and are not looked up further.
    labels: HashSet<String>,
    /// What synonyms name, where no label does.
    synonyms: HashMap<String, (ControlledField, ConceptId)>,
}

/// What was typed, and what was understood of it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// All that was typed.
    pub(crate) terms: Vec<TypedTerm>,
    /// What was understood, in the order of the words.
    pub(crate) runs: Vec<Run>,
    /// The places of the terms that are left to be searched as text.
    pub(crate) left: Vec<usize>,
}

/// Words that name a concept.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) field: ControlledField,
    pub(crate) id: ConceptId,
    /// The places of its words.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Interpreter {
    pub(crate) fn new(vocabularies: &'static Vocabularies) -> Self {
        let labels = FIELDS
            .iter()
            .flat_map(|field| &vocabularies.of(*field).concepts)
            .flat_map(|concept| std::iter::once(&concept.label).chain(&concept.alt))
            .map(|label| normalise_label(label))
            .collect();
        let mut synonyms = HashMap::new();
        for synonym in vocabularies.synonyms() {
            let Some(named) = named_by(synonym) else {
                continue;
            };
            let alternatives = synonym.alt.iter().filter(|word| !synonym.upper_only.contains(word));
            for word in std::iter::once(&synonym.label).chain(alternatives) {
                synonyms.entry(normalise_label(word)).or_insert_with(|| named.clone());
            }
        }
        Self { vocabularies, labels, synonyms }
    }

    /// Finds the concepts that plain words name.
    pub(crate) fn read(&self, terms: Vec<TypedTerm>) -> Reading {
        let mut runs: Vec<Run> = Vec::new();
        let mut is_taken = vec![false; terms.len()];
        let mut place = 0;
        while place < terms.len() {
            let Some((length, field, id)) = self.longest_run(&terms[place..]) else {
                place += 1;
                continue;
            };
            let to = place + length;
            let is_negated = place > 0 && is_negation(&terms[place - 1]);
            if !is_negated {
                is_taken[place..to].fill(true);
                if !runs.iter().any(|run| run.field == field && run.id == id) {
                    runs.push(Run { field, id, from: place, to });
                }
            }
            place = to;
        }
        let left = what_is_left(&terms, &is_taken);
        Reading { terms, runs, left }
    }

    /// The longest run at the beginning of these terms that names a concept: its length, and the concept.
    fn longest_run(&self, terms: &[TypedTerm]) -> Option<(usize, ControlledField, ConceptId)> {
        let longest = terms.iter().take(MAX_RUN).take_while(|term| term.is_word()).count();
        (1..=longest).rev().find_map(|length| {
            let run = &terms[..length];
            if let [only] = run
                && is_everyday(only)
            {
                return None;
            }
            let (field, id) = self.named(&joined(run))?;
            Some((length, field, id))
        })
    }

    /// The concept that a text names: as it stands, in the singular or plural, or by a synonym.
    fn named(&self, text: &str) -> Option<(ControlledField, ConceptId)> {
        for variant in variants(text) {
            if !self.labels.contains(&normalise_label(&variant)) {
                continue;
            }
            for field in FIELDS {
                match self.vocabularies.find(field, &variant, "uk") {
                    Found::ByLabel(id) | Found::ByAlternative(id) => {
                        // Ids are found too: nobody who types "en" means a language.
                        if has_label(self.vocabularies.of(field), &id, &variant) {
                            return Some((field, id));
                        }
                    }
                    Found::Ambiguous(_) => return None,
                    Found::Nothing => {}
                }
            }
        }
        self.synonyms.get(&normalise_label(text)).cloned()
    }
}

impl Reading {
    /// What was typed, nothing of it understood.
    pub(crate) fn literal(terms: Vec<TypedTerm>) -> Self {
        let left = (0..terms.len()).collect();
        Self { terms, runs: Vec::new(), left }
    }

    /// What is asked for, in order: all but exclusions.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &TypedTerm> {
        self.terms.iter().filter(|term| !term.is_excluded)
    }

    /// The plain words that are left to be searched. Stop words, and what is true of everything here, only when there is
    /// nothing else at all: "biology careers video" must not ask a film about biology to say "careers".
    pub(crate) fn searched_words(&self) -> Vec<&TypedTerm> {
        let words: Vec<&TypedTerm> =
            self.left.iter().map(|place| &self.terms[*place]).filter(|term| term.is_word()).collect();
        let without_stop_words: Vec<&TypedTerm> =
            words.iter().copied().filter(|term| !is_stop_word(&term.typed)).collect();
        let telling: Vec<&TypedTerm> =
            without_stop_words.iter().copied().filter(|term| !is_true_of_everything(&term.typed)).collect();
        let is_all_there_is = self.runs.is_empty() && !self.asked().any(|term| term.is_phrase);
        match (telling.is_empty() && is_all_there_is, without_stop_words.is_empty()) {
            (false, _) => telling,
            (true, false) => without_stop_words,
            (true, true) => words,
        }
    }

    /// What an answer says about it.
    pub(crate) fn interpretation(&self, vocabularies: &Vocabularies) -> Interpretation {
        let filters = self.runs.iter().map(|run| InterpretedFilter {
            facet: Facet::Controlled(run.field),
            id: run.id.to_string(),
            label: vocabularies.of(run.field).label(run.id.as_str()).to_owned(),
            matched: joined(&self.terms[run.from..run.to]),
        });
        Interpretation {
            filters: filters.collect(),
            text: words::as_text(self.left.iter().map(|place| &self.terms[*place])),
        }
    }
}

/// The words of a run as one text, without the punctuation around it.
fn joined(run: &[TypedTerm]) -> String {
    let text = run.iter().map(|term| term.typed.as_str()).collect::<Vec<_>>().join(" ");
    text.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '+' | '#' | '£')).to_owned()
}

/// A text, then with its last word in the singular or plural. `"nurses"` -> `nurses`, `nurs`, `nurse`.
///
/// The others are in lower case: "ITS" is not the plural of IT.
fn variants(text: &str) -> Vec<String> {
    let mut variants = vec![text.to_owned()];
    let lower = text.to_lowercase();
    let last_word = lower.rsplit(' ').next().unwrap_or_default();
    // "My Year 9s" are those in year 9.
    let is_year_group = last_word.strip_suffix('s').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
    if last_word.chars().count() < MIN_PLURAL_CHARACTERS && !is_year_group {
        return variants;
    }
    if let Some(stem) = lower.strip_suffix("ies") {
        variants.push(format!("{stem}y"));
    }
    if let Some(stem) = lower.strip_suffix("es") {
        variants.push(stem.to_owned());
    }
    match lower.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => variants.push(stem.to_owned()),
        Some(_) => {}
        None => variants.push(format!("{lower}s")),
    }
    variants
}

fn has_label(list: &Vocabulary, id: &ConceptId, word: &str) -> bool {
    let key = normalise_label(word);
    let is_labelled = |concept: &Concept| {
        std::iter::once(&concept.label).chain(&concept.alt).any(|label| normalise_label(label) == key)
    };
    list.get(id.as_str()).is_some_and(is_labelled)
}

/// The one concept that a synonym stands for, if it stands for one only.
fn named_by(synonym: &Synonym) -> Option<(ControlledField, ConceptId)> {
    let mut named = synonym.maps_to.iter().flat_map(|(list, ids)| ids.iter().map(move |id| (list, id)));
    let (list, id) = named.next()?;
    if named.next().is_some() || synonym.direction != "both" || !SAME_THING.contains(&synonym.kind.as_str()) {
        return None;
    }
    let field = ControlledField::by_name(list).filter(|field| FIELDS.contains(field))?;
    Some((field, ConceptId::parse(id).ok()?))
}

fn is_everyday(term: &TypedTerm) -> bool {
    let word = term.typed.trim_matches(|c: char| !c.is_alphanumeric());
    let is_number = word.chars().all(|c| c.is_ascii_digit());
    is_number || is_stop_word(word) || EVERYDAY.contains(&lower_unless_capitals(word).as_str())
}

fn lower_unless_capitals(word: &str) -> String {
    if word.chars().all(char::is_uppercase) { word.to_owned() } else { word.to_lowercase() }
}

fn is_negation(term: &TypedTerm) -> bool {
    term.is_word() && NEGATIONS.contains(&term.typed.to_lowercase().as_str())
}

/// The places of the terms that no run has taken.
///
/// Stop words next to a run only tied it to the rest ("careers in chemistry"), and go with it; so do those that are
/// left alone.
fn what_is_left(terms: &[TypedTerm], is_taken: &[bool]) -> Vec<usize> {
    let is_tie = |place: usize| {
        !is_taken[place] && terms[place].is_word() && is_stop_word(&terms[place].typed) && !is_negation(&terms[place])
    };
    let mut left = Vec::new();
    let mut place = 0;
    while place < terms.len() {
        if !is_tie(place) {
            if !is_taken[place] {
                left.push(place);
            }
            place += 1;
            continue;
        }
        let after = (place..terms.len()).find(|next| !is_tie(*next)).unwrap_or(terms.len());
        let touches_run = (place > 0 && is_taken[place - 1]) || is_taken.get(after).copied().unwrap_or(false);
        if !touches_run {
            left.extend(place..after);
        }
        place = after;
    }
    let is_telling = |place: &usize| !terms[*place].is_word() || !is_stop_word(&terms[*place].typed);
    if is_taken.contains(&true) && !left.iter().any(is_telling) {
        left.clear();
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn understood(text: &str) -> (String, Vec<String>) {
        let interpreter = Interpreter::new(Vocabularies::shipped());
        let interpretation = interpreter.read(words::parse(text)).interpretation(Vocabularies::shipped());
        let filters = interpretation.filters.iter().map(|filter| format!("{}={}", filter.facet.name(), filter.id));
        (interpretation.text, filters.collect())
    }

    #[rstest]
    #[case::level_subject_type("year 9 chemistry video", "", &["level=eng-year-9", "subject=chemistry", "type=video"])]
    #[case::short_year("y9", "", &["level=eng-year-9"])]
    #[case::those_in_it("what could my Year 9s do with chemistry?", "", &["level=eng-year-9", "subject=chemistry"])]
    #[case::those_in_it_short("y9s", "", &["level=eng-year-9"])]
    #[case::stage("ks3", "", &["level=ks3"])]
    #[case::job("nurse", "", &["occupation=nurse"])]
    #[case::jobs("Nurses", "", &["occupation=nurse"])]
    #[case::by_synonym("apprenticeships", "", &["route=route-apprenticeship"])]
    #[case::letters("D&T", "", &["subject=design-technology"])]
    #[case::capitals("IT", "", &["subject=computing"])]
    #[case::no_capitals("it", "it", &[])]
    #[case::negated("not engineering", "not engineering", &[])]
    #[case::negated_run("not computer science", "not computer science", &[])]
    #[case::quoted("\"chemistry\" video", "\"chemistry\"", &["type=video"])]
    #[case::excluded("chemistry -video", "-video", &["subject=chemistry"])]
    #[case::rest("crystal chemistry", "crystal", &["subject=chemistry"])]
    #[case::tied("careers in chemistry", "careers", &["subject=chemistry"])]
    #[case::tied_twice("the chemistry of crystal", "crystal", &["subject=chemistry"])]
    #[case::tied_between("chemistry for year 9", "", &["subject=chemistry", "level=eng-year-9"])]
    #[case::only_ties_left("What can I do with chemistry?", "", &["subject=chemistry"])]
    #[case::twice("chemistry chem", "", &["subject=chemistry"])]
    #[case::longest_first("computer science", "", &["subject=computer-science"])]
    #[case::everyday("early careers", "early careers", &[])]
    #[case::number("9", "9", &[])]
    #[case::an_id_is_no_label("en", "en", &[])]
    #[case::nothing_known("quidditch", "quidditch", &[])]
    #[case::nothing("", "", &[])]
    fn words_become_concepts(#[case] text: &str, #[case] left: &str, #[case] filters: &[&str]) {
        let expected: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
        assert_eq!(understood(text), (left.to_owned(), expected));
    }

    #[test]
    fn the_words_of_a_filter_are_given_as_typed() {
        let interpreter = Interpreter::new(Vocabularies::shipped());
        let interpretation = interpreter.read(words::parse("Year 9, please")).interpretation(Vocabularies::shipped());
        assert_eq!(interpretation.filters[0].matched, "Year 9");
        assert_eq!(interpretation.filters[0].label, "Year 9 (England)");
    }

    #[test]
    fn stop_words_are_searched_only_when_there_is_nothing_else() {
        let searched = |text: &str| -> Vec<String> {
            let reading = Reading::literal(words::parse(text));
            reading.searched_words().into_iter().map(|term| term.typed.clone()).collect()
        };
        assert_eq!(searched("how to become a welder"), ["become", "welder"]);
        assert_eq!(searched("what is it"), ["what", "is", "it"]);
        assert!(searched("of \"polymer lab\"").is_empty());
        assert_eq!(searched("careers in textiles"), ["textiles"], "all of it is about careers");
        assert_eq!(searched("the careers resources"), ["careers", "resources"]);
    }

    #[test]
    fn every_label_of_a_vocabulary_can_be_typed_without_a_panic() {
        let interpreter = Interpreter::new(Vocabularies::shipped());
        for list in Vocabularies::shipped().lists() {
            for concept in &list.concepts {
                let _ = interpreter.read(words::parse(&concept.label));
            }
        }
    }
}
