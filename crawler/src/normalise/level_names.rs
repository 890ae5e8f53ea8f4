//! Names of levels: what do people call a stage that stands in no list of labels?
//!
//! Qualifications stand for those who take them, and some words for everybody. They are kept out of the vocabulary,
//! since a search for "higher" or "adults" does not ask for a level; where a source writes them as one, it means one.

use schemas::{AgeRange, ConceptId, normalise_label};

use super::level::LevelReading;

/// Names, as [`normalise_label`] writes them, and the levels that they mean.
///
/// A National is mostly taken in S4, a Higher in S5 or S6, an Advanced Higher in S6; a BTEC at GCSE age and after it.
const NAMES: [(&[&str], &[&str]); 14] = [
    (
        &[
            "a level",
            "a levels",
            "as level",
            "as levels",
            "as and a level",
            "a2",
            "gce a level",
            "t level",
            "t levels",
            "btec national",
            "btec nationals",
            "btec level 3",
            "ib diploma",
            "international baccalaureate",
            "sixth forms",
            "sixth form college",
            "sixth form colleges",
            "sixth former",
            "sixth formers",
        ],
        &["ks5"],
    ),
    (&["gcses", "gcse level", "igcse", "igcses", "btec first", "btec level 2"], &["ks4"]),
    (&["btec", "btecs"], &["ks4", "ks5"]),
    (
        &["national 1", "national 2", "national 3", "national 4", "national 5", "n3", "n4", "n5", "nationals"],
        &["sco-s4"],
    ),
    (&["higher", "highers", "new higher"], &["sco-s5", "sco-s6"]),
    (&["advanced higher", "advanced highers"], &["sco-s6"]),
    (&["preschool", "nurseries", "nursery school", "nursery schools", "nursery class"], &["phase-early-years"]),
    (&["infant", "infants", "infant school", "infant schools"], &["ks1"]),
    (&["junior", "juniors", "junior school", "junior schools"], &["ks2"]),
    (&["primary schools", "primary education", "primary age", "primary aged", "primary phase"], &["phase-primary"]),
    (
        &["secondary schools", "secondary education", "secondary age", "secondary aged", "secondary phase"],
        &["phase-secondary"],
    ),
    (&["colleges", "fe college", "fe colleges", "further education college"], &["phase-post-16"]),
    (&["higher education", "universities", "undergraduates", "degree level"], &["phase-higher"]),
    (&["graduate", "graduates", "postgraduate", "postgraduates", "adults", "adult education"], &["phase-higher"]),
];

/// Names for the ages, which are no stage of any nation.
const AGES: [(&str, u8, u8); 2] = [("lower primary", 5, 8), ("upper primary", 8, 11)];

/// Schools of the United States and the ages of their grades: kindergarten to 5, 6 to 8, 7 and 8, 10 to 12.
const AMERICAN: [(&str, u8, u8); 9] = [
    ("kindergarten", 5, 6),
    ("elementary", 5, 11),
    ("elementary school", 5, 11),
    ("middle school", 11, 14),
    ("middle schools", 11, 14),
    ("junior high", 12, 14),
    ("junior high school", 12, 14),
    ("senior high school", 15, 18),
    ("k12", 5, 18),
];

/// Words for everybody.
const EVERYBODY: [&str; 18] = [
    "all ages",
    "any age",
    "any ages",
    "every age",
    "all age groups",
    "all key stages",
    "any key stage",
    "all levels",
    "any level",
    "all stages",
    "all years",
    "all year groups",
    "all pupils",
    "all students",
    "whole school",
    "everyone",
    "everybody",
    "anyone",
];

/// Words in front of [`EVERYBODY`] that change nothing.
const BEFORE_EVERYBODY: [&str; 3] = ["suitable for ", "aimed at ", "for "];

/// What a name means to a nation; `None` for one that is no name of a level.
///
/// `"A level"` -> key stage 5; `"Highers"` -> S5 and S6; `"middle school"` -> the ages 11..14 of grades.
pub(super) fn named(name: &str, nation: &str) -> Option<Vec<LevelReading>> {
    let label = normalise_label(name);
    // A qualification in Scotland; elsewhere an adjective.
    if label == "higher" && !matches!(nation, "scotland" | "uk") {
        return None;
    }
    if let Some((_, ids)) = NAMES.iter().find(|(names, _)| names.contains(&label.as_str())) {
        return Some(ids.iter().filter_map(|id| ConceptId::parse(id).ok()).map(LevelReading::Concept).collect());
    }
    let ages = |table: &[(&str, u8, u8)]| -> Option<AgeRange> {
        let (_, from, to) = table.iter().find(|(name, ..)| *name == label)?;
        AgeRange::new(*from, *to).ok()
    };
    let reading = ages(&AGES).map(LevelReading::Ages).or_else(|| ages(&AMERICAN).map(LevelReading::Grades))?;
    Some(vec![reading])
}

/// Whether words say that something is for everybody, which says nothing.
pub(super) fn means_everybody(words: &str) -> bool {
    let label = normalise_label(words);
    let whom = BEFORE_EVERYBODY.iter().find_map(|before| label.strip_prefix(before)).unwrap_or(&label);
    EVERYBODY.contains(&whom)
}

#[cfg(test)]
mod tests {
    use schemas::{ControlledField, Vocabularies};

    use super::*;

    #[test]
    fn every_name_means_levels_that_there_are() {
        let levels = Vocabularies::shipped().of(ControlledField::Level);
        for (names, ids) in NAMES {
            for name in names {
                assert_eq!(normalise_label(name), *name);
                assert_eq!(named(name, "uk").map(|readings| readings.len()), Some(ids.len()), "{name}");
            }
            for id in ids {
                assert!(levels.get(id).is_some(), "{id}");
            }
        }
        for (name, from, to) in AGES.into_iter().chain(AMERICAN) {
            assert_eq!(normalise_label(name), name);
            assert!(AgeRange::new(from, to).is_ok(), "{name}");
        }
    }

    #[test]
    fn everybody_is_known_whatever_stands_before_it() {
        for words in ["All ages", "Suitable for all ages", "for everyone!", "ALL KEY STAGES"] {
            assert!(means_everybody(words), "{words}");
        }
        for words in ["", "all", "all about ages", "KS3", "for "] {
            assert!(!means_everybody(words), "{words}");
        }
    }
}
