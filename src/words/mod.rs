//! Words: which of our concepts might a word mean that no vocabulary knows?
//!
//! A word goes in, with its field, whose words they are, and what else its records say. At most three suggestions come
//! out, the likeliest first, each with its reason in a sentence. Pure, and only a suggestion: which words there are, and
//! which of them an admin accepts, is the store's to know.

mod names;

use std::collections::BTreeMap;

use crawler::normalise::{Meaning, read_word};
use schemas::{Concept, ConceptId, ControlledField, Found, Vocabularies, Vocabulary, normalise_label};

use names::{NAMES, Name, parts, stems};

/// More than a person weighs at a glance.
const MAX_SUGGESTIONS: usize = 3;

/// What differs only in an ending or a small word: "Lesson plans".
const SCORE_ENDING: f64 = 0.95;
/// A slip of the finger, before what each letter costs.
const SCORE_SLIP: f64 = 0.95;
/// A name that the search knows and the vocabulary does not, or one that counts only in capitals.
const SCORE_OTHER_NAME: f64 = 0.9;
/// The same words in another order.
const SCORE_ORDER: f64 = 0.9;
/// A name, with words beside it that say for whom or where: "GCSE Chemistry".
const SCORE_FOR_WHOM: f64 = 0.85;
/// A word that belongs to another field as a whole.
const SCORE_ANOTHER_FIELD: f64 = 0.8;
/// One of several things that are listed.
const SCORE_PART: f64 = 0.75;
/// A name that stands somewhere in the word, before its share of it.
const SCORE_NAME_WITHIN: f64 = 0.45;
/// A word that stands somewhere in a name, before its share of it.
const SCORE_WITHIN_NAME: f64 = 0.35;
/// What the whole of the other would add to these two.
const SHARE_COUNTS: f64 = 0.4;
/// What records with the word have otherwise, before their share.
const SCORE_STANDS_BESIDE: f64 = 0.2;
/// What all records together add to it.
const SHARE_OF_RECORDS_COUNTS: f64 = 0.3;
/// What a concept gains that records with the word have otherwise.
const GAIN_BESIDE: f64 = 0.05;
/// Where at least this share of a name is the word, the word stands for it.
const LEAST_SHARE_OF_NAME: f64 = 0.5;
/// Where at least this share of its records have a concept otherwise, the word may mean it.
const LEAST_SHARE_OF_RECORDS: f64 = 0.5;
/// One record is no pattern.
const FEWEST_RECORDS: u32 = 2;

/// A word that no vocabulary knows.
#[derive(Debug, Clone, Copy)]
pub struct UnknownWord<'a> {
    /// The field it was given for.
    pub field: ControlledField,
    /// The word as it came.
    pub word: &'a str,
    /// Whose words they are, as a concept of the nation vocabulary.
    pub nation: &'a str,
    /// Concepts of the field that records with this word have otherwise, and how many of them have it.
    pub beside: &'a [(ConceptId, u32)],
    /// How many records were looked at for that.
    pub records: u32,
}

/// What a word might mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The concept; `None` where the word belongs to another field, so that it means nothing in this one.
    pub concept: Option<ConceptId>,
    /// Its label.
    pub label: String,
    /// How likely it is, from 0 to 1, in hundredths. A rank, not a probability.
    pub score: f64,
    /// Why, in a few words.
    pub because: String,
}

/// Suggests what a word might mean: at most three concepts, the likeliest first.
///
/// `"Chemisty"` and `"GCSE Chemistry"` -> chemistry; `"Key stage 3"` as a subject -> that it is a level.
pub fn suggest(unknown: &UnknownWord<'_>) -> Vec<Suggestion> {
    let list = Vocabularies::shipped().of(unknown.field);
    let word = Word::of(unknown);
    let mut reasons: BTreeMap<usize, Reason> = BTreeMap::new();
    for name in NAMES.get(&unknown.field).into_iter().flatten() {
        if is_spoken_in(&list.concepts[name.place], unknown.nation)
            && let Some(reason) = word.likeness(name)
        {
            keep_better(&mut reasons, name.place, reason);
        }
    }
    add_what_stands_beside(&mut reasons, unknown, list);
    let mut suggestions: Vec<Suggestion> =
        reasons.into_iter().filter_map(|(place, reason)| suggestion(&list.concepts[place], reason)).collect();
    suggestions.extend(of_another_field(unknown));
    // The sort is stable, so among equals the order of the vocabulary decides.
    suggestions.sort_by(|one, other| other.score.total_cmp(&one.score));
    suggestions.truncate(MAX_SUGGESTIONS);
    suggestions
}

/// Why a concept is suggested.
struct Reason {
    score: f64,
    because: String,
}

fn keep_better(reasons: &mut BTreeMap<usize, Reason>, place: usize, reason: Reason) {
    if reasons.get(&place).is_none_or(|held| held.score < reason.score) {
        reasons.insert(place, reason);
    }
}

fn suggestion(concept: &Concept, reason: Reason) -> Option<Suggestion> {
    let id = ConceptId::parse(&concept.id).ok()?;
    Some(Suggestion {
        concept: Some(id),
        label: concept.label.clone(),
        score: in_hundredths(reason.score),
        because: reason.because,
    })
}

fn in_hundredths(score: f64) -> f64 {
    (score.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

/// Whether a concept can be meant by words of this nation: those of the whole kingdom may mean anybody's.
fn is_spoken_in(concept: &Concept, nation: &str) -> bool {
    nation == "uk" || concept.nation.as_deref().is_none_or(|of| of == "uk" || of == nation)
}

/// The unknown word, taken apart as names are.
struct Word<'a> {
    unknown: &'a UnknownWord<'a>,
    key: String,
    stems: Vec<String>,
    parts: Vec<Vec<String>>,
}

impl<'a> Word<'a> {
    fn of(unknown: &'a UnknownWord<'a>) -> Self {
        let key = normalise_label(unknown.word);
        Self { unknown, stems: stems(&key), parts: parts(unknown.word), key }
    }

    /// How like a name it is, by the first of these that holds; `None` when it is not.
    fn likeness(&self, name: &Name) -> Option<Reason> {
        if self.stems.is_empty() || name.stems.is_empty() {
            return None;
        }
        let text = &name.text;
        let (score, because) = if self.key == name.key {
            (SCORE_OTHER_NAME, format!("`{text}` is another name for it"))
        } else if self.stems == name.stems {
            (SCORE_ENDING, format!("it differs from `{text}` in an ending or a small word alone"))
        } else if are_reordered(&self.stems, &name.stems) {
            (SCORE_ORDER, format!("`{text}` has the same words in another order"))
        } else if let Some(slips) = slips_between(&self.key, &name.key) {
            let away = if slips == 1 { "one letter".to_owned() } else { format!("{slips} letters") };
            (SCORE_SLIP * share_kept(slips, &self.key), format!("{away} away from `{text}`"))
        } else {
            self.share(name)?
        };
        Some(Reason { score: score * name.weight, because })
    }

    /// How much of it is in a name, or of a name in it: whole words only.
    fn share(&self, name: &Name) -> Option<(f64, String)> {
        let text = &name.text;
        if name.parts.contains(&self.stems) {
            return Some((SCORE_PART, format!("it is one part of `{text}`")));
        }
        if let Some(at) = place_of(&name.stems, &self.stems) {
            if name.is_short() && !self.has_just(text) {
                return None;
            }
            let rest = [&self.stems[..at], &self.stems[at + name.stems.len()..]].concat().join(" ");
            if let Some((field, _)) = field_of(&rest, self.unknown).filter(|(field, _)| says_for_whom(*field)) {
                return Some((SCORE_FOR_WHOM, format!("`{text}` stands in it beside {}", said(field))));
            }
            if self.parts.contains(&name.stems) {
                return Some((SCORE_PART, format!("`{text}` is one part of it")));
            }
            let share = letters(&name.stems) / letters(&self.stems);
            return Some((SCORE_NAME_WITHIN + SHARE_COUNTS * share, format!("`{text}` stands in it")));
        }
        place_of(&self.stems, &name.stems)?;
        let share = letters(&self.stems) / letters(&name.stems);
        let score = SCORE_WITHIN_NAME + SHARE_COUNTS * share;
        (share >= LEAST_SHARE_OF_NAME).then(|| (score, format!("it stands in `{text}`")))
    }

    /// Whether a word of it is written just so.
    fn has_just(&self, text: &str) -> bool {
        self.unknown.word.split(|c: char| !c.is_alphanumeric()).any(|word| word == text)
    }
}

fn are_reordered(one: &[String], other: &[String]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (mut one, mut other) = (one.to_vec(), other.to_vec());
    one.sort_unstable();
    other.sort_unstable();
    one == other
}

/// How many slips of the finger lie between two texts, when they are few enough: one in five letters, two in eight.
/// A number is never a slip: Year 9 is not Year 8. Nor is the first letter: zoology is not geology.
fn slips_between(one: &str, other: &str) -> Option<usize> {
    let (length, other_length) = (one.chars().count(), other.chars().count());
    let most = match length.min(other_length) {
        0..=4 => return None,
        5..=7 => 1,
        _ => 2,
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if length.abs_diff(other_length) > most
        || one.chars().next() != other.chars().next()
        || digits(one) != digits(other)
    {
        return None;
    }
    let distance = strsim::osa_distance(one, other);
    (distance <= most).then_some(distance)
}

/// The share of the letters of a text that are right.
fn share_kept(slips: usize, text: &str) -> f64 {
    1.0 - number(slips) / number(text.chars().count()).max(1.0)
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Where some words stand among others, one after the other.
fn place_of(some: &[String], others: &[String]) -> Option<usize> {
    if some.is_empty() || some.len() >= others.len() {
        return None;
    }
    others.windows(some.len()).position(|window| window == some)
}

fn letters(stems: &[String]) -> f64 {
    number(stems.iter().map(|stem| stem.chars().count()).sum()).max(1.0)
}

/// A concept that most of the records with the word have otherwise is a little likelier, or else a weak guess of its own.
fn add_what_stands_beside(reasons: &mut BTreeMap<usize, Reason>, unknown: &UnknownWord<'_>, list: &Vocabulary) {
    for (id, count) in unknown.beside {
        let share = f64::from(*count) / f64::from(unknown.records.max(1));
        if *count < FEWEST_RECORDS || share < LEAST_SHARE_OF_RECORDS {
            continue;
        }
        let Some(place) = list.concepts.iter().position(|concept| concept.id == id.as_str()) else {
            continue;
        };
        let many = if *count == unknown.records {
            format!("all {count} records with it that were looked at say it otherwise")
        } else {
            format!("{count} of {} records with it say it otherwise", unknown.records)
        };
        match reasons.get_mut(&place) {
            Some(reason) => {
                reason.score += GAIN_BESIDE;
                reason.because = format!("{}; {many}", reason.because);
            }
            None => {
                reasons.insert(
                    place,
                    Reason { score: SCORE_STANDS_BESIDE + SHARE_OF_RECORDS_COUNTS * share, because: many },
                );
            }
        }
    }
}

/// What the word names in another field, when it names something there.
fn of_another_field(unknown: &UnknownWord<'_>) -> Option<Suggestion> {
    let (field, label) = field_of(unknown.word, unknown)?;
    let because = format!("it is {}, not {}", said(field), said(unknown.field));
    Some(Suggestion { concept: None, label, score: SCORE_ANOTHER_FIELD, because })
}

/// The first other field that a text names something of, and what.
fn field_of(text: &str, unknown: &UnknownWord<'_>) -> Option<(ControlledField, String)> {
    let mut others = ControlledField::ALL.into_iter().filter(|field| *field != unknown.field);
    let no_words = BTreeMap::new();
    others.find_map(|field| {
        let list = Vocabularies::shipped().of(field);
        if field != ControlledField::Level {
            // By its labels alone: what reads a field reads much into a word that was never given for it.
            let (Found::ByLabel(id) | Found::ByAlternative(id)) =
                Vocabularies::shipped().find(field, text, unknown.nation)
            else {
                return None;
            };
            return Some((field, list.label(id.as_str()).to_owned()));
        }
        let Meaning::Known { concepts, ages } = read_word(field, text, &no_words, unknown.nation) else {
            return None;
        };
        let label = concepts.first().map(|claim| list.label(claim.value.as_str()).to_owned());
        label.or_else(|| ages.map(|ages| format!("ages {}", ages.value))).map(|label| (field, label))
    })
}

/// Whether a field narrows what a thing is about, rather than saying it.
fn says_for_whom(field: ControlledField) -> bool {
    match field {
        ControlledField::Level
        | ControlledField::Audience
        | ControlledField::Route
        | ControlledField::Nation
        | ControlledField::Region
        | ControlledField::Inclusion => true,
        ControlledField::Subject
        | ControlledField::Type
        | ControlledField::Sector
        | ControlledField::Occupation
        | ControlledField::Benchmark
        | ControlledField::LearningArea
        | ControlledField::Medium
        | ControlledField::Cost
        | ControlledField::Licence
        | ControlledField::Language => false,
    }
}

/// A field as a sentence has it.
fn said(field: ControlledField) -> &'static str {
    match field {
        ControlledField::Subject => "a subject",
        ControlledField::Level => "a level",
        ControlledField::Type => "a type",
        ControlledField::Audience => "an audience",
        ControlledField::Sector => "a sector",
        ControlledField::Occupation => "an occupation",
        ControlledField::Route => "a route",
        ControlledField::Benchmark => "a benchmark",
        ControlledField::LearningArea => "a learning area",
        ControlledField::Medium => "a medium",
        ControlledField::Cost => "a cost",
        ControlledField::Licence => "a licence",
        ControlledField::Language => "a language",
        ControlledField::Nation => "a nation",
        ControlledField::Region => "a region",
        ControlledField::Inclusion => "a group to reach",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(field: &str, word: &str, nation: &str, beside: &[(&str, u32)], records: u32) -> Vec<Suggestion> {
        let field = ControlledField::by_name(field).expect("a field");
        let beside: Vec<(ConceptId, u32)> =
            beside.iter().map(|(id, count)| (ConceptId::parse(id).expect("an id"), *count)).collect();
        suggest(&UnknownWord { field, word, nation, beside: &beside, records })
    }

    /// The first suggestion: the concept, or a dash for none, and why.
    fn first(field: &str, word: &str, nation: &str) -> Option<(String, String)> {
        let suggestion = suggested(field, word, nation, &[], 0).into_iter().next()?;
        let concept = suggestion.concept.map_or_else(|| "-".to_owned(), |id| id.to_string());
        Some((concept, suggestion.because))
    }

    #[test]
    fn a_word_of_a_real_catalogue_is_given_the_concept_that_a_person_would_give_it() {
        let cases: [(&str, &str, &str, &str); 20] = [
            ("subject", "Chemisty", "chemistry", "one letter away from `Chemistry`"),
            ("subject", "GCSE Chemistry", "chemistry", "`Chemistry` stands in it beside a level"),
            ("subject", "anatomy-physiology", "human-health", "it differs from `anatomy and physiology` in an ending"),
            ("subject", "astronomy", "astronomy-space", "it is one part of `Astronomy and space`"),
            ("subject", "statistics-and-probability", "statistics", "`Statistics` is one part of it"),
            ("subject", "cultural-geography", "geography", "`Geography` stands in it"),
            ("subject", "technology", "design-technology", "it is one part of `Design and technology`"),
            ("subject", "it", "computing", "`IT` is another name for it"),
            ("subject", "IT careers", "computing", "`IT` stands in it"),
            ("subject", "Years 7 to 9", "-", "it is a level, not a subject"),
            ("subject", "Scotland", "-", "it is a nation, not a subject"),
            ("level", "Biology", "-", "it is a subject, not a level"),
            ("type", "Lesson plans", "lesson-plan", "it differs from `lesson plan` in an ending"),
            ("type", "Activity pack", "activity", "`activity` stands in it"),
            ("type", "Assessment", "game-quiz", "it stands in `self assessment`"),
            ("medium", "onlin", "online", "one letter away from `Online`"),
            ("audience", "Parents", "parent", "it differs from `parent` in an ending"),
            ("occupation", "Marine biologists", "marine-biologist", "it differs from `Marine biologist` in an ending"),
            ("occupation", "Mechanical enginer", "mechanical-engineer", "one letter away from `Mechanical engineer`"),
            ("occupation", "Engineer, civil", "civil-engineer", "`Civil engineer` has the same words in another order"),
        ];
        for (field, word, concept, because) in cases {
            let all = suggested(field, word, "uk", &[], 0);
            let found = all.iter().find(|one| one.concept.as_ref().map_or("-", |id| id.as_str()) == concept);
            let found = found.unwrap_or_else(|| panic!("{word}: {all:?}"));
            assert!(found.because.starts_with(because), "{word}: {}", found.because);
            assert!(all[0].score - found.score < 0.01, "{word} is suggested first, or as likely as the first: {all:?}");
        }
    }

    #[test]
    fn a_word_that_is_like_nothing_is_given_nothing() {
        let words = [
            ("subject", "philosophy"),
            ("subject", "100000005"),
            ("subject", "***"),
            ("subject", ""),
            ("subject", "as a whole"),
            ("level", "ks77"),
            ("level", "Year 99"),
            ("type", "Primary Source"),
            ("language", "jpn"),
        ];
        for (field, word) in words {
            assert_eq!(first(field, word, "uk"), None, "{word}");
        }
    }

    #[test]
    fn a_level_is_suggested_in_the_words_of_its_nation() {
        let of = |nation| first("level", "Our Year 9 girls", nation).map(|(concept, _)| concept);
        assert_eq!(of("northern-ireland").as_deref(), Some("ni-year-9"));
        assert_eq!(of("wales").as_deref(), Some("wal-year-9"));
        assert_eq!(of("uk").as_deref(), Some("eng-year-9"));
    }

    #[test]
    fn what_most_of_its_records_say_otherwise_is_a_weak_guess() {
        let all = suggested("subject", "Sums", "uk", &[("mathematics", 8), ("physics", 3)], 10);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0].label, "Mathematics");
        assert_eq!(all[0].because, "8 of 10 records with it say it otherwise");
        assert!(all[0].score < 0.5, "{all:?}");
        assert!(suggested("subject", "Sums", "uk", &[("mathematics", 1)], 1).is_empty(), "one record is no pattern");
    }

    #[test]
    fn what_its_records_say_otherwise_speaks_for_a_concept_that_is_like_it() {
        let bare = suggested("subject", "Chemisty", "uk", &[], 0);
        let with = suggested("subject", "Chemisty", "uk", &[("chemistry", 4)], 4);
        assert!(with[0].score > bare[0].score, "{with:?}");
        assert!(with[0].because.ends_with("; all 4 records with it that were looked at say it otherwise"), "{with:?}");
    }

    #[test]
    fn there_are_at_most_three_and_the_likeliest_stands_first() {
        for word in ["Science, technology, engineering and mathematics for all", "technology", "Manufacturing sector"] {
            for field in ControlledField::ALL {
                let all = suggested(field.name(), word, "uk", &[], 0);
                assert!(all.len() <= MAX_SUGGESTIONS, "{word}: {all:?}");
                assert!(all.is_sorted_by(|one, next| one.score >= next.score), "{word}: {all:?}");
                assert!(all.iter().all(|one| (0.0..=1.0).contains(&one.score)), "{word}: {all:?}");
            }
        }
    }
}
