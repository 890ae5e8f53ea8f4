//! Other words for the words that are searched as text: "uni" finds what says university, "fibre" what says fiber.
//!
//! In go the words that no concept took, out come words that may stand in their place, and by how much they count. All
//! of it is data (`schemas/vocabularies/synonyms.toml`) but one rule: what has a hyphen may be written in one. Only the
//! typed words are looked up: a synonym of a synonym is another thing.

use std::collections::{HashMap, HashSet};

use schemas::{Synonym, Vocabularies};

use crate::analysis;
use crate::limits::MAX_OTHER_WORDS;
use crate::words::TypedTerm;

/// By how much a word counts that means the very same.
const SAME: f32 = 0.8;

/// By how much a word counts that is near.
const NEAR: f32 = 0.5;

/// More words than this have no name together: "not in education employment or training" is the longest.
const MAX_WORDS: usize = 6;

/// So many other words for one run: each is one more list to be read.
const MAX_PER_WORD: usize = 8;

/// Kinds of which every word stands for every other. Of the rest only the label and each alternative belong together:
/// both "film" and "watch" are words for a video, but a film is no watch.
const ALL_THE_SAME: [&str; 6] = ["abbreviation", "level", "occupation", "qualification", "spelling", "stem_variant"];

/// Kinds whose words are near each other, and not the same.
const ALL_NEAR: [&str; 2] = ["related", "sector"];

/// Kinds that only say how to read what is typed.
const FOR_READING: [&str; 4] = ["aspect", "filler", "name", "phrase"];

/// Short forms that in a text are everyday words: who types "artificial intelligence" may read "AI", but who types
/// "higher education" does not look for "he".
const NOT_SOUGHT: [&str; 7] = ["as", "he", "it", "mod", "send", "steam", "stem"];

/// Other words for a run of the words that are searched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expansion {
    /// The run it stands for, in the words that were given.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// All of these must be there.
    pub(crate) stems: Vec<String>,
    /// How much it counts; the typed words count 1.
    pub(crate) weight: f32,
}

/// Other words, by the stems of the words they stand for.
#[derive(Debug)]
pub(crate) struct Synonyms {
    others: HashMap<String, Vec<Other>>,
}

#[derive(Debug, Clone)]
struct Other {
    stems: Vec<String>,
    weight: f32,
    /// The typed word counts only in capitals: AI.
    is_only_in_capitals: bool,
}

/// One word or name of a group.
struct Member {
    stems: Vec<String>,
    is_only_in_capitals: bool,
    /// Its stem is another word: "specialize" loses its ending, and would bring what is special.
    is_cut: bool,
}

impl Synonyms {
    pub(crate) fn new(vocabularies: &Vocabularies) -> Self {
        let mut synonyms = Self { others: HashMap::new() };
        for group in vocabularies.synonyms() {
            synonyms.add(group);
        }
        for others in synonyms.others.values_mut() {
            // The same thing before what is near; else in the order of the data.
            others.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        }
        synonyms
    }

    /// Other words for these, in the order of the words: at most eight for each run, and 64.
    pub(crate) fn expansions(&self, words: &[&TypedTerm]) -> Vec<Expansion> {
        let mut expansions = Vec::new();
        for from in 0..words.len() {
            for to in from + 1..=words.len().min(from + MAX_WORDS) {
                let room = MAX_PER_WORD.min(MAX_OTHER_WORDS.saturating_sub(expansions.len()));
                expansions.extend(self.of_run(&words[from..to], from).into_iter().take(room));
            }
        }
        expansions
    }

    fn of_run(&self, run: &[&TypedTerm], from: usize) -> Vec<Expansion> {
        let typed: Vec<&String> = run.iter().flat_map(|term| &term.stems).collect();
        let is_capitals = run.iter().all(|term| is_in_capitals(&term.typed));
        let key = typed.iter().map(|stem| stem.as_str()).collect::<Vec<_>>().join(" ");
        let mut expansions: Vec<Expansion> = Vec::new();
        let known = self.others.get(&key).into_iter().flatten();
        let fitting = known.filter(|other| is_capitals || !other.is_only_in_capitals);
        let found = fitting.map(|other| (other.stems.clone(), other.weight)).chain(in_one(run));
        for (stems, weight) in found {
            // What has all the typed words anyway, and more, finds nothing new.
            let is_narrower = typed.iter().all(|stem| stems.contains(*stem));
            let is_known = expansions.iter().any(|other| other.stems == stems);
            if !is_narrower && !is_known {
                expansions.push(Expansion { from, to: from + run.len(), stems, weight });
            }
        }
        expansions
    }

    fn add(&mut self, group: &Synonym) {
        if FOR_READING.contains(&group.kind.as_str()) {
            return;
        }
        let label = member(group, &group.label);
        let alternatives: Vec<Member> = group.alt.iter().map(|word| member(group, word)).collect();
        let is_near = group.direction == "related-both" || ALL_NEAR.contains(&group.kind.as_str());
        let is_one_thing = !is_near && ALL_THE_SAME.contains(&group.kind.as_str());
        let weight = if is_near { NEAR } else { SAME };
        for (place, one) in alternatives.iter().enumerate() {
            self.put(one, &label, weight);
            if group.direction == "to-label" {
                continue;
            }
            self.put(&label, one, weight);
            if is_one_thing {
                let others = alternatives.iter().enumerate().filter(|(other, _)| *other != place);
                for (_, other) in others {
                    self.put(one, other, weight);
                }
            }
        }
    }

    /// Who types the first may find the second.
    fn put(&mut self, typed: &Member, other: &Member, weight: f32) {
        let is_empty = typed.stems.is_empty() || other.stems.is_empty();
        if is_empty || is_everyday(&other.stems) || typed.is_cut || other.is_cut || typed.stems == other.stems {
            return;
        }
        let others = self.others.entry(typed.stems.join(" ")).or_default();
        let is_only_in_capitals = typed.is_only_in_capitals;
        others.push(Other { stems: other.stems.clone(), weight, is_only_in_capitals });
    }
}

fn member(group: &Synonym, word: &str) -> Member {
    let is_only_in_capitals = group.upper_only.iter().any(|upper| upper == word);
    let stems = stems(word);
    let is_cut = word.contains("iz") && !stems.iter().any(|stem| stem.contains("iz"));
    Member { stems, is_only_in_capitals, is_cut }
}

fn is_everyday(stems: &[String]) -> bool {
    let [only] = stems else {
        return false;
    };
    NOT_SOUGHT.contains(&only.as_str()) || analysis::is_stop_word(only)
}

/// The words of a text, each once, in their order: of what may stand in any order no word need stand twice.
fn stems(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    analysis::words(text).into_iter().map(|word| word.stem).filter(|stem| seen.insert(stem.clone())).collect()
}

/// "E-learning" is elearning, "x-ray" xray.
fn in_one(run: &[&TypedTerm]) -> Option<(Vec<String>, f32)> {
    let [only] = run else {
        return None;
    };
    let parts: Vec<&str> = only.typed.split('-').collect();
    let is_hyphened =
        parts.len() > 1 && parts.iter().all(|part| part.chars().all(char::is_alphabetic) && !part.is_empty());
    is_hyphened.then(|| (stems(&parts.concat()), SAME))
}

fn is_in_capitals(typed: &str) -> bool {
    typed.contains(char::is_alphabetic) && !typed.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;
    use rstest::rstest;

    fn expansions(text: &str) -> Vec<Expansion> {
        let terms = words::parse(text);
        Synonyms::new(Vocabularies::shipped()).expansions(&terms.iter().collect::<Vec<_>>())
    }

    /// Whether a text brings another as one expansion, for which run, and by how much it counts at best.
    fn found(text: &str, other: &str) -> Option<(usize, usize, f32)> {
        let sought = stems(other);
        let found = expansions(text).into_iter().filter(|expansion| expansion.stems == sought);
        let best = found.max_by(|one, other| one.weight.total_cmp(&other.weight));
        best.map(|expansion| (expansion.from, expansion.to, expansion.weight))
    }

    #[rstest]
    #[case::abbreviation("uni life", "university", (0, 1))]
    #[case::both_ways("mathematics", "maths", (0, 1))]
    #[case::american("color", "colour", (0, 1))]
    #[case::british("colours", "color", (0, 1))]
    #[case::re("carbon fibre", "fiber", (1, 2))]
    #[case::ae("palaeontology", "paleontology", (0, 1))]
    #[case::metal("aluminum", "aluminium", (0, 1))]
    #[case::programme("computer program", "programme", (1, 2))]
    #[case::doctorate("phd students", "doctorate", (0, 1))]
    #[case::several_to_one("health care", "healthcare", (0, 2))]
    #[case::one_to_several("healthcare jobs", "health care", (0, 1))]
    #[case::one_to_several_words("gis", "geographic information system", (0, 1))]
    #[case::several_to_a_short_one("geographic information system", "gis", (0, 3))]
    #[case::lmi("lmi", "labour market information", (0, 1))]
    #[case::joined("cybersecurity", "cyber security", (0, 1))]
    #[case::capitals("AI", "artificial intelligence", (0, 1))]
    #[case::hyphen("e-learning", "elearning", (0, 1))]
    #[case::hyphen_by_rule("micro-robotics", "microrobotics", (0, 1))]
    #[case::misspelling("vetinary", "veterinary", (0, 1))]
    #[case::job_title("penetration tester", "ethical hacker", (0, 2))]
    #[case::former_name("aimhigher", "uni connect", (0, 1))]
    fn another_word_for_the_same_thing_counts_four_fifths(
        #[case] text: &str,
        #[case] other: &str,
        #[case] run: (usize, usize),
    ) {
        assert_eq!(found(text, other), Some((run.0, run.1, SAME)));
    }

    #[rstest]
    #[case::sector("aerospace", "aviation")]
    #[case::sector_from_alternative("aviation", "aerospace")]
    #[case::topic("animals", "wildlife")]
    #[case::pay("earn", "salary")]
    #[case::sibling_job("ecologist", "conservation officer")]
    fn a_near_word_counts_half(#[case] text: &str, #[case] other: &str) {
        assert_eq!(found(text, other), Some((0, text.split(' ').count(), NEAR)));
    }

    #[rstest]
    #[case::no_capitals("ai", "artificial intelligence")]
    #[case::an_everyday_word("artificial intelligence", "it")]
    #[case::an_everyday_word_of_two("higher education", "he")]
    #[case::one_way("veterinary", "vetinary")]
    #[case::of_a_near_group("wildlife", "zoo")]
    #[case::of_a_loose_group("film", "watch")]
    #[case::of_a_synonym("uni", "degree")]
    #[case::what_has_the_word_anyway("cyber", "cyber security")]
    #[case::a_filler("work in", "careers")]
    #[case::a_side_of_a_thing("subjects", "qualifications")]
    #[case::words_of_another_order("information geographic", "gis")]
    #[case::a_number("post-16", "post16")]
    #[case::a_stem_that_is_another_word("special", "specialise")]
    fn what_is_something_else_is_not_sought(#[case] text: &str, #[case] other: &str) {
        assert_eq!(found(text, other), None);
    }

    #[test]
    fn there_is_a_limit_for_each_run_and_for_all() {
        let text = "engineer maths uni phd vet ".repeat(6);
        let all = expansions(&text);
        assert!(all.len() <= MAX_OTHER_WORDS && !all.is_empty());
        for from in 0..30 {
            for to in from + 1..=30 {
                assert!(all.iter().filter(|one| (one.from, one.to) == (from, to)).count() <= MAX_PER_WORD);
            }
        }
        assert!(expansions("").is_empty() && expansions("quidditch").is_empty());
    }

    #[test]
    fn no_expansion_is_empty_or_the_word_itself() {
        let synonyms = Synonyms::new(Vocabularies::shipped());
        for (typed, others) in &synonyms.others {
            for other in others {
                assert!(!other.stems.is_empty() && other.stems.join(" ") != *typed, "{typed}");
                assert!((0.0..1.0).contains(&other.weight), "{typed}");
            }
        }
    }
}
