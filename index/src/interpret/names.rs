//! What a run of words names: any label of any concept, any synonym, or a phrase that names nothing.
//!
//! Everything is decided once, when the table is made; reading a search only looks up. Where several fields know a text
//! the curated names win, then labels, then other labels, then synonyms; among equals the order of the fields.

use std::collections::{HashMap, HashSet};

use schemas::{Concept, ConceptId, ControlledField, Found, Synonym, Vocabularies, normalise_label};

use super::says_nothing;
use crate::words::TypedTerm;

/// The fields whose words are understood, in this order: a word that names a level is a level.
/// Licences and learning areas are left out: their short labels are everyday words. So are those of benchmarks, unless
/// they hold the number.
const FIELDS: [ControlledField; 14] = [
    ControlledField::Level,
    ControlledField::Type,
    ControlledField::Subject,
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
    ControlledField::Benchmark,
];

/// The longest names that people type: "design and development for engineering and manufacturing" is not typed.
pub(super) const MAX_RUN: usize = 8;

/// Labels that alone are everyday words, and would hide results that state another level, audience, cost or medium:
/// "early careers" is not the Early Level of Scotland, and "paid placement" does not ask for what costs money.
/// In capitals they are taken ("SEND", "WISE").
const EVERYDAY: [&str; 41] = [
    "adult",
    "adults",
    "blended",
    "coastal",
    "college",
    "company",
    "compass",
    "comprehensive",
    "download",
    "downloads",
    "early",
    "english",
    "family",
    "fee",
    "fees",
    "hybrid",
    "industry",
    "infant",
    "infants",
    "junior",
    "juniors",
    "mixed",
    "offline",
    "options",
    "outreach",
    "paid",
    "priced",
    "principal",
    "print",
    "printed",
    "public",
    "rural",
    "sen",
    "send",
    "steam",
    "subscription",
    "tutor",
    "virtual",
    "volunteer",
    "volunteers",
    "wise",
];

/// Audiences that are jobs too: who asks about maths teachers wants the job, who asks for what is *for* them does not.
const JOBS_TOO: [&str; 10] = [
    "ambassador",
    "careers-adviser",
    "computing-teacher",
    "dt-teacher",
    "maths-teacher",
    "primary-teacher",
    "science-teacher",
    "teacher",
    "technician",
    "trainee-teacher",
];

/// The lists that people choose from, where a vocabulary holds several side by side.
const OWN_SCHEMES: [&str; 2] = ["occupation", "service"];

/// A word of at most so many letters that names things of several kinds is left to the reader: "eng".
const MAX_SHORT_CHARACTERS: usize = 3;

/// So many meanings of a word are listed.
const MAX_MEANINGS: usize = 10;

/// Shorter words have no plural worth trying: "gas" is no "ga".
const MIN_PLURAL_CHARACTERS: usize = 4;

/// How much a text is the name of a concept; the first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// We decided that who types this means that.
    Curated,
    Label,
    Alternative,
    Synonym,
    /// A label of a list that nobody chooses from.
    OtherScheme,
}

/// What a text names in one field.
#[derive(Debug, Clone)]
struct Named {
    field: ControlledField,
    /// One; of a curated name perhaps several, any of which will do.
    ids: Vec<ConceptId>,
    rank: Rank,
    /// "IT", but not "it".
    is_only_in_capitals: bool,
    /// Whether the ids are different things, and nothing decides between them.
    is_ambiguous: bool,
}

/// Words that name no concept, and are known all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// They belong together, and are searched as they are: "stem cell".
    Phrase,
    /// They are true of everything here: "jobs", "world of work".
    Filler,
    /// They ask for one side of a thing, for which these words stand as well: "how much", "subjects".
    Aspect(Vec<String>),
}

/// What a run of words means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// Any of these concepts of a field.
    Concepts(ControlledField, Vec<ConceptId>),
    /// Several things, and nothing decides between them.
    Several(Vec<(ControlledField, ConceptId)>),
    /// No concept.
    Kept(&'a Kept),
}

/// Every name.
#[derive(Debug)]
pub(super) struct Names {
    named: HashMap<String, Vec<Named>>,
    kept: HashMap<String, Kept>,
    /// By the first word of a name, how many words the longest has that begins with it.
    longest: HashMap<String, usize>,
    /// Every word of every name.
    words: HashSet<String>,
}

impl Names {
    pub(super) fn new(vocabularies: &Vocabularies) -> Self {
        let mut names =
            Self { named: HashMap::new(), kept: HashMap::new(), longest: HashMap::new(), words: HashSet::new() };
        for synonym in vocabularies.synonyms() {
            names.add_synonym(synonym);
        }
        for field in FIELDS {
            for concept in &vocabularies.of(field).concepts {
                names.add_concept(field, concept, vocabularies);
            }
        }
        for hits in names.named.values_mut() {
            hits.sort_by_key(|hit| (hit.rank, FIELDS.iter().position(|field| *field == hit.field)));
        }
        names
    }

    /// Whether a word is part of any name, in the singular or plural.
    pub(super) fn know(&self, word: &str) -> bool {
        variants(word)
            .iter()
            .any(|variant| variant.split(' ').all(|part| self.words.contains(part)) && !variant.is_empty())
    }

    /// At most so many words, from this one on, can be one name.
    pub(super) fn longest_from(&self, term: &TypedTerm) -> usize {
        let key = normalise_label(&term.typed);
        let first = key.split(' ').next().unwrap_or_default();
        self.longest.get(first).copied().unwrap_or(1).clamp(1, MAX_RUN)
    }

    /// What a run means. `is_for` when "for" stands before it: it then says for whom, if it can.
    pub(super) fn meaning(&self, run: &[TypedTerm], is_for: bool) -> Option<Meaning<'_>> {
        let text = joined(run);
        let is_capitals = is_in_capitals(&text);
        let only = if let [only] = run { Some(only) } else { None };
        if text.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        for (place, variant) in variants(&text).iter().enumerate() {
            let is_everyday = |term: &TypedTerm| EVERYDAY.contains(&variant.as_str()) || says_nothing(term);
            let is_left = !is_capitals && only.is_some_and(is_everyday);
            let hits = if is_left { Vec::new() } else { self.hits(variant, is_capitals && place == 0, is_for) };
            let kept = self.kept.get(variant).filter(|_| hits.first().is_none_or(|hit| hit.rank != Rank::Curated));
            if let Some(kept) = kept {
                return Some(Meaning::Kept(kept));
            }
            if let Some(first) = hits.first() {
                return Some(meaning_of(first, &hits, variant));
            }
        }
        None
    }

    /// What a text names in a given field, if that is one thing.
    pub(super) fn in_field(&self, text: &str, field: ControlledField) -> Option<ConceptId> {
        variants(text).iter().find_map(|variant| {
            let hits = self.named.get(variant)?;
            let hit = hits.iter().find(|hit| hit.field == field && !hit.is_ambiguous && !hit.is_only_in_capitals)?;
            hit.ids.first().cloned()
        })
    }

    fn hits(&self, key: &str, is_capitals: bool, is_for: bool) -> Vec<&Named> {
        let Some(all) = self.named.get(key) else {
            return Vec::new();
        };
        let is_job = |hit: &Named| hit.ids.iter().any(|id| JOBS_TOO.contains(&id.as_str()));
        let is_audience = |hit: &Named| hit.field == ControlledField::Audience;
        let mut hits: Vec<&Named> = all
            .iter()
            .filter(|hit| is_capitals || !hit.is_only_in_capitals)
            .filter(|hit| is_for || !is_audience(hit) || !is_job(hit))
            .collect();
        if is_for && hits.iter().any(|hit| is_audience(hit)) {
            hits.retain(|hit| is_audience(hit));
        }
        hits
    }

    fn add_synonym(&mut self, synonym: &Synonym) {
        let others = || synonym.alt.iter();
        if synonym.kind != "misspelling" {
            self.words.extend(
                std::iter::once(&synonym.label).chain(others()).flat_map(|name| words_of(&normalise_label(name))),
            );
        }
        let kept = match synonym.kind.as_str() {
            "phrase" => Some(Kept::Phrase),
            "filler" => Some(Kept::Filler),
            "aspect" => Some(Kept::Aspect(std::iter::once(&synonym.label).chain(others().take(1)).cloned().collect())),
            _ => None,
        };
        let named = named_by(synonym);
        for name in std::iter::once(&synonym.label).chain(others()) {
            let key = normalise_label(name);
            if let Some(kept) = &kept {
                self.note_length(&key);
                self.kept.entry(key).or_insert_with(|| kept.clone());
            } else if let Some(named) = &named {
                self.add(key, Named { is_only_in_capitals: synonym.upper_only.contains(name), ..named.clone() });
            }
        }
    }

    fn add_concept(&mut self, field: ControlledField, concept: &Concept, vocabularies: &Vocabularies) {
        let others = if is_own(concept) { concept.alt.as_slice() } else { &[] };
        for name in std::iter::once(&concept.label).chain(others) {
            let key = normalise_label(name);
            if field == ControlledField::Benchmark && !holds_its_number(&key) {
                continue;
            }
            let (ids, rank, is_ambiguous) = match vocabularies.find(field, name, "uk") {
                Found::ByLabel(id) => (vec![id], Rank::Label, false),
                Found::ByAlternative(id) => (vec![id], Rank::Alternative, false),
                Found::Ambiguous(ids) => (ids, Rank::Alternative, true),
                Found::Nothing => continue,
            };
            let is_chosen_from = ids.iter().any(|id| vocabularies.of(field).get(id.as_str()).is_some_and(is_own));
            let rank = if is_chosen_from { rank } else { Rank::OtherScheme };
            let is_only_in_capitals = vocabularies.find(field, &key, "uk") == Found::Nothing;
            self.words.extend(words_of(&key));
            self.add(key, Named { field, ids, rank, is_only_in_capitals, is_ambiguous });
        }
    }

    fn add(&mut self, key: String, named: Named) {
        self.note_length(&key);
        let hits = self.named.entry(key).or_default();
        match hits.iter_mut().find(|hit| hit.field == named.field && hit.ids == named.ids) {
            Some(known) => {
                known.rank = known.rank.min(named.rank);
                known.is_only_in_capitals &= named.is_only_in_capitals;
            }
            None => hits.push(named),
        }
    }

    fn note_length(&mut self, key: &str) {
        let first = key.split(' ').next().unwrap_or_default();
        let length = key.split(' ').count();
        let longest = self.longest.entry(first.to_owned()).or_insert(1);
        *longest = length.max(*longest);
    }
}

/// The words of a run as one text, without the punctuation around it.
pub(super) fn joined(run: &[TypedTerm]) -> String {
    let text = run.iter().map(|term| term.typed.as_str()).collect::<Vec<_>>().join(" ");
    text.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '+' | '#' | '£')).to_owned()
}

/// A text as names are compared; then without possessives, and with its last word in the singular or plural.
/// `"nurses"` -> `nurses`, `nurs`, `nurse`.
pub(super) fn variants(text: &str) -> Vec<String> {
    let key = normalise_label(text);
    let bare = without_possessives(text).map_or_else(|| key.clone(), |bare| normalise_label(&bare));
    let mut variants = vec![key];
    if bare != variants[0] {
        variants.push(bare.clone());
    }
    let last_word = bare.rsplit(' ').next().unwrap_or_default();
    // "My Year 9s" are those in year 9.
    let is_year_group = last_word.strip_suffix('s').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
    if last_word.chars().count() < MIN_PLURAL_CHARACTERS && !is_year_group {
        return variants;
    }
    if let Some(stem) = bare.strip_suffix("ies") {
        variants.push(format!("{stem}y"));
    }
    if let Some(stem) = bare.strip_suffix("es") {
        variants.push(stem.to_owned());
    }
    match bare.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => variants.push(stem.to_owned()),
        Some(_) => {}
        None => variants.push(format!("{bare}s")),
    }
    variants
}

fn without_possessives(text: &str) -> Option<String> {
    if !text.contains(['\'', '’']) {
        return None;
    }
    let bare = |word: &str| word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word).to_owned();
    Some(text.split(' ').map(bare).collect::<Vec<_>>().join(" "))
}

fn meaning_of<'a>(first: &Named, hits: &[&Named], key: &str) -> Meaning<'a> {
    let is_short = key.chars().count() <= MAX_SHORT_CHARACTERS;
    let fields: HashSet<ControlledField> = hits.iter().map(|hit| hit.field).collect();
    // A subject and its sector are the same to who types "AI"; a level is what is meant wherever it may be.
    let is_one_thing = fields.len() == 1
        || fields.contains(&ControlledField::Level)
        || fields.iter().all(|field| matches!(field, ControlledField::Subject | ControlledField::Sector));
    if (is_short && !is_one_thing) || first.is_ambiguous {
        let of_first = hits.iter().filter(|hit| !first.is_ambiguous || hit.field == first.field);
        let all = of_first.flat_map(|hit| hit.ids.iter().map(|id| (hit.field, id.clone())));
        return Meaning::Several(all.take(MAX_MEANINGS).collect());
    }
    Meaning::Concepts(first.field, first.ids.clone())
}

/// The concepts that a synonym stands for, if the search is to take it for them.
fn named_by(synonym: &Synonym) -> Option<Named> {
    let rank = match synonym.kind.as_str() {
        "name" | "level" => Rank::Curated,
        // The others are near it, or everyday words.
        "qualification" | "spelling" | "stem_variant" => Rank::Synonym,
        _ => return None,
    };
    let mut lists = synonym.maps_to.iter();
    let (list, ids) = lists.next()?;
    let is_one = lists.next().is_none() && (ids.len() == 1 || synonym.kind == "name");
    if !is_one || synonym.direction == "related-both" {
        return None;
    }
    let field = ControlledField::by_name(list).filter(|field| FIELDS.contains(field))?;
    let ids: Vec<ConceptId> = ids.iter().filter_map(|id| ConceptId::parse(id).ok()).collect();
    Some(Named { field, ids, rank, is_only_in_capitals: false, is_ambiguous: false })
}

/// Whether it belongs to the list that people choose from. The other job titles of a SOC unit group are other jobs.
fn is_own(concept: &Concept) -> bool {
    concept.scheme.as_deref().is_none_or(|scheme| OWN_SCHEMES.contains(&scheme))
}

fn holds_its_number(key: &str) -> bool {
    key.ends_with(|c: char| c.is_ascii_digit()) && key.contains(char::is_alphabetic)
}

fn words_of(key: &str) -> Vec<String> {
    key.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_in_capitals(text: &str) -> bool {
    text.contains(char::is_alphabetic) && !text.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plural("nurses", &["nurses", "nurs", "nurse"])]
    #[case::singular("video", &["video", "videos"])]
    #[case::possessive("women's", &["womens", "women", "womens"])]
    #[case::too_short("gas", &["gas"])]
    #[case::year_group("y9s", &["y9s", "y9"])]
    #[case::ending("universities", &["universities", "university", "universiti", "universitie"])]
    fn a_text_is_tried_in_the_singular_and_the_plural(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(variants(text), expected);
    }

    #[test]
    fn everyday_words_and_jobs_are_in_order_and_normalised() {
        assert!(EVERYDAY.is_sorted() && JOBS_TOO.is_sorted());
        assert!(EVERYDAY.iter().all(|word| normalise_label(word) == *word));
    }

    #[test]
    fn every_curated_name_stands_for_concepts_that_exist() {
        let vocabularies = Vocabularies::shipped();
        for synonym in vocabularies.synonyms().iter().filter(|synonym| synonym.kind == "name") {
            let named = named_by(synonym).unwrap_or_else(|| panic!("{} names nothing", synonym.id));
            assert!(!named.ids.is_empty(), "{}", synonym.id);
            for id in &named.ids {
                assert!(vocabularies.of(named.field).get(id.as_str()).is_some(), "{}: {id}", synonym.id);
            }
        }
    }

    #[test]
    fn every_word_of_a_label_is_known_and_a_misspelling_is_not() {
        let names = Names::new(Vocabularies::shipped());
        assert!(names.know("chemistry") && names.know("Apprenticeships") && names.know("e-learning"));
        assert!(!names.know("chemestry") && !names.know("quidditch") && !names.know(""));
    }
}
