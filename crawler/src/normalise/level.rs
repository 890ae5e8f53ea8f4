//! Level: for which stages, years or ages is something, by the words of teachers?
//!
//! One word of the vocabulary is found by the vocabulary itself; here are lists and spans of them ("KS3-4", "S1/2") and
//! ages. All or nothing: of words that are not understood to the end nothing is taken, so that somebody sees them.

use schemas::{AgeRange, ConceptId};

use super::level_reader::Reader;

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

/// Reads the levels that words name, in their order; empty when any part of them is not understood.
///
/// `"KS3-4"` -> key stages 3 and 4; `"Y7-Y8"` -> the two years; `"ages 11-14"` -> 11..14; `"16+"` -> 16 and above;
/// `"grades 6-8"` -> the ages 11..14 of grades. `nation` is whose words they are.
pub fn parse_levels(words: &str, nation: &str) -> Vec<LevelReading> {
    let reader = Reader::of(words, nation);
    if !reader.begins_with_number()
        && let Some(reading) = reader.known(words)
    {
        return vec![reading];
    }
    reader.levels().unwrap_or_default()
}

/// Reads ages where nothing but ages can stand: `"11-14"` -> 11..14, `"13"` -> 13..14, `"11+"` and `"11-"` -> 11 and
/// above.
///
/// Of several, the range that holds them all.
pub fn parse_ages(text: &str) -> Option<AgeRange> {
    Reader::of(text, "uk").only_ages()?.into_iter().reduce(AgeRange::span)
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
    #[case::turned_round("14-11", "uk", "")]
    #[case::gcse_grades("Grades 9-4", "uk", "")]
    #[case::everybody("0-99", "uk", "")]
    #[case::everybody_in_words("all ages", "uk", "")]
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
    #[case::turned_round("14-11", None)]
    #[case::stage("KS3", None)]
    #[case::nothing("", None)]
    fn a_field_of_ages_holds_ages(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(parse_ages(text).map(|ages| ages.to_string()).as_deref(), expected);
    }
}
