//! Level: for which stages, years or ages is something, by the words of teachers?
//!
//! One word of the vocabulary is found by the vocabulary itself; here are lists and spans of them ("KS3-4", "S1/2"),
//! other names ("A level"), and ages. All or nothing: of words that are not understood to the end nothing is taken, so
//! that somebody sees them.

use std::collections::BTreeSet;

use schemas::{AgeRange, Concept, ConceptId, ControlledField, Vocabularies};

use super::level_names::means_everybody;
use super::level_reader::{Noticed, Reader, span_of};

/// Longer words are sentences.
const MAX_BYTES: usize = 1_000;

/// What a part of the words means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LevelReading {
    /// A stage or a year group.
    Concept(ConceptId),
    /// Ages, as the words give them.
    Ages(AgeRange),
    /// The ages of grades of the United States, whose school years are not quite ours.
    Grades(AgeRange),
}

/// What words say of levels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    /// In the order of the words; empty when any part of them is not understood.
    pub readings: Vec<LevelReading>,
    /// A range stood the wrong way round, and was turned.
    pub is_turned_round: bool,
    /// What a person is to be told of the words: why they are no level, or what was made of them.
    pub remarks: Vec<String>,
}

impl LevelReading {
    /// The ages that it stands for.
    pub fn ages(&self) -> Option<AgeRange> {
        match self {
            Self::Concept(id) => concept(id).and_then(Concept::age_range),
            Self::Ages(ages) | Self::Grades(ages) => Some(*ages),
        }
    }

    /// Whose word it is; `None` for what is the same in all of them.
    fn nation(&self) -> Option<&'static str> {
        match self {
            Self::Concept(id) => concept(id)?.nation.as_deref().filter(|nation| *nation != "uk"),
            Self::Ages(_) | Self::Grades(_) => None,
        }
    }
}

fn concept(id: &ConceptId) -> Option<&'static Concept> {
    Vocabularies::shipped().of(ControlledField::Level).get(id.as_str())
}

/// Reads the levels that words name.
///
/// `"KS3-4"` -> key stages 3 and 4; `"Y7-Y8"` -> the two years; `"ages 11-14"` -> 11..14; `"16+"` -> 16 and above;
/// `"grades 6-8"` -> the ages 11..14 of grades; `"ages 14-11"` -> 11..14, turned round. `nation` is whose words they are
/// where they do not say so themselves.
pub fn read_levels(words: &str, nation: &str) -> Levels {
    if words.len() > MAX_BYTES {
        return Levels::default();
    }
    if means_everybody(words) {
        return Levels { remarks: vec![for_everybody(words)], ..Levels::default() };
    }
    let mut reader = Reader::of(words, nation);
    if !reader.begins_with_number()
        && let Some(readings) = reader.whole()
    {
        return Levels { readings, ..Levels::default() };
    }
    match reader.levels() {
        Some(readings) if !readings.is_empty() => understood(words, readings, &reader.noticed),
        Some(_) | None => Levels { remarks: why_not(words, &reader.noticed), ..Levels::default() },
    }
}

fn understood(words: &str, readings: Vec<LevelReading>, noticed: &Noticed) -> Levels {
    let mut remarks: Vec<String> = turned_round(words, noticed).into_iter().collect();
    let nations: BTreeSet<&str> = readings.iter().filter_map(LevelReading::nation).collect();
    if let Some(ages) = span_of(&readings).filter(|_| nations.len() > 1) {
        remarks.push(format!("`{words}` has words of several nations; it is read as ages {ages}"));
    }
    Levels { readings, is_turned_round: noticed.turned_round.is_some(), remarks }
}

fn why_not(words: &str, noticed: &Noticed) -> Vec<String> {
    if noticed.is_everybody {
        vec![for_everybody(words)]
    } else if noticed.has_no_such {
        vec![format!("`{words}` names no level that there is")]
    } else {
        Vec::new()
    }
}

fn for_everybody(words: &str) -> String {
    format!("`{words}` says nothing about whom it is for")
}

fn turned_round(words: &str, noticed: &Noticed) -> Option<String> {
    let (from, to) = noticed.turned_round?;
    Some(format!("`{words}` is the wrong way round; it is read as {from} to {to}"))
}

/// The readings of [`read_levels`] alone.
pub fn parse_levels(words: &str, nation: &str) -> Vec<LevelReading> {
    read_levels(words, nation).readings
}

/// What a text says where nothing but ages can stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ages {
    /// Of several, the range that holds them all; `None` when it is not understood, or for everybody.
    pub range: Option<AgeRange>,
    /// It stood the wrong way round, and was turned.
    pub is_turned_round: bool,
    /// What a person is to be told: that it says nothing, or what was made of it.
    pub remark: Option<String>,
}

/// Reads ages where nothing but ages can stand: `"11-14"` -> 11..14, `"13"` -> 13..14, `"11+"` and `"11-"` -> 11 and
/// above, `"under 11s"` -> 0..11.
pub fn read_ages(text: &str) -> Ages {
    if text.len() > MAX_BYTES {
        return Ages::default();
    }
    let mut reader = Reader::of(text, "uk");
    let range = reader.only_ages().and_then(|ranges| ranges.into_iter().reduce(AgeRange::span));
    let noticed = &reader.noticed;
    let is_for_everybody = range.is_none() && (noticed.is_everybody || means_everybody(text));
    Ages {
        range,
        is_turned_round: range.is_some() && noticed.turned_round.is_some(),
        remark: match range {
            Some(_) => turned_round(text, noticed),
            None => is_for_everybody.then(|| for_everybody(text)),
        },
    }
}

/// The range of [`read_ages`] alone.
pub fn parse_ages(text: &str) -> Option<AgeRange> {
    read_ages(text).range
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(words: &str, nation: &str) -> String {
        let readings = parse_levels(words, nation).into_iter().map(|reading| match reading {
            LevelReading::Concept(id) => id.to_string(),
            LevelReading::Ages(ages) => ages.to_string(),
            LevelReading::Grades(ages) => format!("grades:{ages}"),
        });
        readings.collect::<Vec<_>>().join(" ")
    }

    #[rstest]
    #[case::oak("KS3", "uk", "ks3")]
    #[case::span("KS3-4", "uk", "ks3 ks4")]
    #[case::slash("KS3/4", "uk", "ks3 ks4")]
    #[case::ampersand("KS2 & KS3", "uk", "ks2 ks3")]
    #[case::spelled("Key Stages 3 and 4", "uk", "ks3 ks4")]
    #[case::list("Key stage 1, 2 and 3", "uk", "ks1 ks2 ks3")]
    #[case::and_above("KS4+", "uk", "ks4 ks5")]
    #[case::whole_stage("Years 7 to 9", "uk", "ks3")]
    #[case::whole_stage_short("Y7-Y9", "uk", "ks3")]
    #[case::years("Year 7-9", "uk", "eng-year-7 eng-year-8 eng-year-9")]
    #[case::years_over_stages("Years 9 to 11", "uk", "eng-year-9 eng-year-10 eng-year-11")]
    #[case::year_list("Year 7, 8 & 9", "uk", "eng-year-7 eng-year-8 eng-year-9")]
    #[case::ncce_year("Year 9s", "wales", "wal-year-9")]
    #[case::northern_ireland("Years 8-10", "northern-ireland", "ni-year-8 ni-year-9 ni-year-10")]
    #[case::from_reception("Reception to Year 2", "uk", "eng-reception eng-year-1 eng-year-2")]
    #[case::from_eyfs("EYFS-KS1", "uk", "eng-eyfs ks1")]
    #[case::scottish("S1/2", "uk", "sco-s1 sco-s2")]
    #[case::scottish_span("S1 to S3", "uk", "sco-s1 sco-s2 sco-s3")]
    #[case::ncce_primary("P5/6/7", "scotland", "sco-p5 sco-p6 sco-p7")]
    #[case::primary_of_northern_ireland("P5/6", "northern-ireland", "ni-year-5 ni-year-6")]
    #[case::cfe_level("second level", "uk", "cfe-second")]
    #[case::cfe_levels("First and second levels", "scotland", "cfe-first cfe-second")]
    #[case::step("PS4", "uk", "cfw-ps4")]
    #[case::qualification("GCSE", "uk", "ks4")]
    #[case::half_a_stage("Upper KS2", "uk", "eng-year-5 eng-year-6")]
    #[case::half_a_stage_short("LKS2", "uk", "eng-year-3 eng-year-4")]
    #[case::early_years("EYFS", "uk", "eng-eyfs")]
    #[case::phase("post-16", "uk", "phase-post-16")]
    #[case::phases("primary and secondary", "uk", "phase-primary phase-secondary")]
    #[case::ncce_phases("FE/HE", "uk", "phase-post-16 phase-higher")]
    #[case::ages("ages 11-14", "uk", "11-14")]
    #[case::aged("Aged 11 to 14", "uk", "11-14")]
    #[case::ncce_ages("11-14 years", "uk", "11-14")]
    #[case::year_olds("7–8 year-olds", "uk", "7-8")]
    #[case::bare_ages("14-16", "uk", "14-16")]
    #[case::one_age("age 13", "uk", "13-14")]
    #[case::two_age_ranges("ages 5-7 and 7-11", "uk", "5-7 7-11")]
    #[case::from_eleven("11+", "uk", "11-99")]
    #[case::from_sixteen("16 and over", "uk", "16-99")]
    #[case::stage_and_ages("KS3 (ages 11-14)", "uk", "ks3 11-14")]
    #[case::stage_in_a_sentence("Suitable for KS3 pupils", "uk", "ks3")]
    #[case::american("Grade 6-8", "uk", "grades:11-14")]
    #[case::american_high_school("Grades 9-12", "uk", "grades:14-18")]
    #[case::american_school("K-12", "uk", "grades:5-18")]
    #[case::american_ordinal("6th Grade", "uk", "grades:11-12")]
    #[case::no_such_year("Year 99", "uk", "")]
    #[case::no_such_span("Years 1-99", "uk", "")]
    #[case::no_such_stage("KS7", "uk", "")]
    #[case::turned_round("14-11", "uk", "11-14")]
    #[case::turned_round_and_said("ages 14-11", "uk", "11-14")]
    #[case::years_turned_round("Years 9 to 7", "uk", "eng-year-7 eng-year-8 eng-year-9")]
    #[case::gcse_grades("Grades 9-4", "uk", "")]
    #[case::gcse_and_grades("GCSE grades 9-1", "uk", "ks4")]
    #[case::gcse_tier("GCSE (Higher)", "england", "ks4")]
    #[case::everybody("0-99", "uk", "")]
    #[case::everybody_in_words("all ages", "uk", "")]
    #[case::ncce_option_post("Post 16", "uk", "phase-post-16")]
    #[case::ncce_option_secondary("S3/4", "uk", "sco-s3 sco-s4")]
    #[case::ncce_option_early_ages("4-5 years", "uk", "4-5")]
    #[case::websites_key_stages("Key Stages 3 and 4", "england", "ks3 ks4")]
    #[case::websites_third_level("third level to the senior phase", "scotland", "cfe-third cfe-senior")]
    #[case::old_phase("14-19", "uk", "14-19")]
    #[case::and_above_in_words("Key Stage 3 and above", "uk", "ks3 ks4 ks5")]
    #[case::onwards("Year 12 onwards", "uk", "eng-year-12 eng-year-13")]
    #[case::and_below("KS2 and below", "uk", "ks1 ks2")]
    #[case::short_year("Yr 9", "uk", "eng-year-9")]
    #[case::short_years("Y7/8", "uk", "eng-year-7 eng-year-8")]
    #[case::years_and_ages("Years 7 - 9 (ages 11-14)", "uk", "eng-year-7 eng-year-8 eng-year-9 11-14")]
    #[case::stage_and_bare_ages("KS2 (7-11)", "uk", "ks2 7-11")]
    #[case::stage_and_low_ages("KS1 (5-7)", "uk", "ks1 5-7")]
    #[case::stage_and_other_numbers("KS4 (7-11)", "uk", "")]
    #[case::reception("Reception", "uk", "eng-reception")]
    #[case::reception_by_letter("R-Y2", "uk", "eng-reception eng-year-1 eng-year-2")]
    #[case::nursery("Nursery", "uk", "phase-early-years")]
    #[case::early_years_to_year("Early years - Year 2", "uk", "eng-eyfs 0-7 eng-year-2")]
    #[case::nursery_to_year("Nursery to Year 6", "uk", "phase-early-years 3-11 eng-year-6")]
    #[case::primary_school("primary school", "uk", "phase-primary")]
    #[case::primary_pupils("Primary school pupils", "uk", "phase-primary")]
    #[case::primary_with_ages("Primary 4-11", "uk", "phase-primary 4-11")]
    #[case::secondary_with_ages("Secondary (11-18)", "uk", "phase-secondary 11-18")]
    #[case::lower_secondary("lower secondary", "uk", "ks3")]
    #[case::a_level("A level students", "uk", "ks5")]
    #[case::gcse_and_a_level("GCSE and A level", "uk", "ks4 ks5")]
    #[case::gcse_to_a_level("GCSE to A-level", "uk", "ks4 ks5")]
    #[case::national("National 5", "uk", "sco-s4")]
    #[case::nationals("National 4/5", "scotland", "sco-s4")]
    #[case::higher("Higher", "uk", "sco-s5 sco-s6")]
    #[case::higher_of_england("Higher", "england", "")]
    #[case::highers("Highers", "scotland", "sco-s5 sco-s6")]
    #[case::advanced_higher("SQA Advanced Higher", "uk", "sco-s6")]
    #[case::btec("BTEC", "uk", "ks4 ks5")]
    #[case::further("FE", "uk", "phase-post-16")]
    #[case::higher_education("undergraduate", "uk", "phase-higher")]
    #[case::ni_year("NI Year 9", "uk", "ni-year-9")]
    #[case::ni_years("Years 8-10 NI", "uk", "ni-ks3")]
    #[case::two_nations("Year 9 (NI Year 10)", "uk", "eng-year-9 ni-year-10")]
    #[case::one_nation_each("England: KS3; Scotland: S1-S3; NI: Year 8", "uk", "ks3 sco-s1 sco-s2 sco-s3 ni-year-8")]
    #[case::transition("P7/S1", "uk", "sco-p7 sco-s1")]
    #[case::transition_told_in_northern_ireland("P7/S1", "northern-ireland", "sco-p7 sco-s1")]
    #[case::over_the_transition("P5-S2", "scotland", "sco-p5 8-14 sco-s2")]
    #[case::mixed("KS3 / S1-S2 / P7", "uk", "ks3 sco-s1 sco-s2 sco-p7")]
    #[case::stage_with_scottish_years("KS3 (S1-S2)", "uk", "ks3 sco-s1 sco-s2")]
    #[case::from_an_age("age 11+", "uk", "11-99")]
    #[case::under("under 11s", "uk", "0-11")]
    #[case::under_with_hyphen("Under-5s", "uk", "0-5")]
    #[case::and_under("11 and under", "uk", "0-12")]
    #[case::over("over 16s", "uk", "16-99")]
    #[case::up_to("up to age 11", "uk", "0-11")]
    #[case::from_to("from 11 to 14", "uk", "11-14")]
    #[case::between("ages between 5 and 7", "uk", "5-7")]
    #[case::between_the_ages("children between the ages of 7 and 9", "uk", "7-9")]
    #[case::year_olds_to("5 to 7 year olds", "uk", "5-7")]
    #[case::stage_and_over("KS3 and over 16s", "uk", "ks3 16-99")]
    #[case::up_to_a_year("Year 7 up to Year 9", "uk", "")]
    #[case::middle_school("Middle School", "uk", "grades:11-14")]
    #[case::oer_kindergarten("Kindergarten", "uk", "grades:5-6")]
    #[case::high_school_students("high school students", "uk", "phase-secondary")]
    #[case::bioschemas_beginner("Beginner", "uk", "")]
    #[case::no_such_span_of_stages("KS3-KS7", "uk", "")]
    #[case::no_such_scottish_year("S9", "scotland", "")]
    #[case::ages_or_years("7-11", "uk", "")]
    #[case::bare_number("10", "uk", "")]
    #[case::half_understood("KS3 and curious minds", "uk", "")]
    #[case::huge("KS99999999999", "uk", "")]
    #[case::nothing("", "uk", "")]
    fn words_name_levels(#[case] words: &str, #[case] nation: &str, #[case] expected: &str) {
        assert_eq!(read(words, nation), expected);
    }

    #[rstest]
    #[case::ncce("5-6", Some("5-6"))]
    #[case::one("13", Some("13-14"))]
    #[case::schema_org_open("11-", Some("11-99"))]
    #[case::plus("16+", Some("16-99"))]
    #[case::said("ages 7 to 11 years", Some("7-11"))]
    #[case::several("5-7, 7-11", Some("5-11"))]
    #[case::everybody("0-99", None)]
    #[case::turned_round("14-11", Some("11-14"))]
    #[case::in_brackets("(11-14)", Some("11-14"))]
    #[case::under("under 11s", Some("0-11"))]
    #[case::lom_open("11+", Some("11-99"))]
    #[case::stage("KS3", None)]
    #[case::nothing("", None)]
    fn a_field_of_ages_holds_ages(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(parse_ages(text).map(|ages| ages.to_string()).as_deref(), expected);
    }

    #[rstest]
    #[case::ages("ages 14-11", "`ages 14-11` is the wrong way round; it is read as 11 to 14")]
    #[case::years("Years 9 to 7", "`Years 9 to 7` is the wrong way round; it is read as 7 to 9")]
    #[case::no_such_stage("KS7", "`KS7` names no level that there is")]
    #[case::no_such_year("Year 99", "`Year 99` names no level that there is")]
    #[case::everybody("Suitable for all ages", "`Suitable for all ages` says nothing about whom it is for")]
    #[case::everybody_in_numbers("ages 0-99", "`ages 0-99` says nothing about whom it is for")]
    #[case::mixed("KS3 / S1-S2 / P7", "`KS3 / S1-S2 / P7` has words of several nations; it is read as ages 10-14")]
    #[case::mixed_in_brackets(
        "Year 9 (NI Year 10)",
        "`Year 9 (NI Year 10)` has words of several nations; it is read as ages 13-14"
    )]
    #[case::gcse_grades("Grades 9-4", "")]
    #[case::plain("KS3", "")]
    #[case::unknown("curious minds", "")]
    fn what_is_odd_about_words_is_told(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(read_levels(words, "uk").remarks.join("; "), expected);
    }

    #[test]
    fn a_field_of_ages_tells_what_is_odd_about_it() {
        assert_eq!(
            read_ages("14-11").remark.as_deref(),
            Some("`14-11` is the wrong way round; it is read as 11 to 14")
        );
        assert!(read_ages("14-11").is_turned_round);
        for text in ["0-99", "all ages", "3+"] {
            assert_eq!(read_ages(text).range, None, "{text}");
            assert_eq!(read_ages(text).remark, Some(for_everybody(text)));
        }
        assert_eq!(read_ages("KS3"), Ages::default());
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            for nation in ["uk", "scotland", "northern-ireland", ""] {
                assert!(read_levels(&text, nation).readings.len() <= MAX_BYTES, "{text:.40}");
            }
            assert!(read_ages(&text).range.is_none_or(|ages| ages.to() <= AgeRange::NO_UPPER_END), "{text:.40}");
        }
    }
}
