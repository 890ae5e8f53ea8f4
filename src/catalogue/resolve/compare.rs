//! Compare: how much speaks for two records being about the same thing, and what.
//!
//! In go two profiles, out comes a score with what it is made of. It rests on these two alone, so it never changes
//! because other records came. Which of the matches hold, `cluster` decides.

use super::evidence::{Evidence, Field};
use super::minhash::count_both;
use super::profile::Profile;
use super::reasons::detail;
use super::title::Title;
use super::words::Rarity;
use crate::catalogue::matches::MatchContribution;

/// From this score on two records are taken as one thing, whatever they are about.
///
/// The weights are about natural logarithms of odds: of pairs that share a bucket about one in fifty is the same
/// thing, and the score has to make up for that.
pub(crate) const SAME: f32 = 4.0;

/// A field that weighs less than this says that two records are two, whatever identifier they share. What is only not
/// said by one of them, and a measure that is rounded otherwise, weigh more.
const CONTRADICTION: f32 = -2.5;

/// Words of this rarity and above make two titles the same or others, where there are any.
const TELLING: Rarity = 2;

/// Texts of fewer runs of three words are too short to be told apart by.
const MIN_RUNS: usize = 10;

/// How alike two records are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// The sum of the contributions.
    pub(crate) score: f32,
    /// What it is made of, without what says nothing.
    pub(crate) contributions: Vec<MatchContribution>,
}

/// The score alone: what most pairs are asked for.
pub(crate) fn score(one: &Profile, other: &Profile) -> f32 {
    Evidence::of(one, other).score()
}

/// The score with its reasons.
pub(crate) fn compare(one: &Profile, other: &Profile) -> Comparison {
    let evidence = Evidence::of(one, other);
    let said = evidence.fields().filter(|(_, weight)| *weight != 0.0);
    let contributions = said
        .map(|(field, weight)| MatchContribution {
            what: field.name().to_owned(),
            weight,
            detail: detail(field, one, other),
        })
        .collect();
    Comparison { score: evidence.score(), contributions }
}

/// Whether two records that declare the same identifier may be about one thing. The same ISBN on two different titles is
/// a mistake of one of them, and joins nothing.
///
/// They may not when a stated fact, a number or a code of one is another than the other's; when neither their titles nor
/// their texts have anything in common; and when they are pages about one job in words of their own that have no more in
/// common than an address they name.
pub(crate) fn compatible(one: &Profile, other: &Profile) -> bool {
    if contradict(one, other) {
        return false;
    }
    let shared = one.text.runs.shared(&other.text.runs);
    let shorter = shared.one.min(shared.other);
    let has_text = shorter >= MIN_RUNS;
    let is_copy = has_text && shared.both * 2 >= shorter;
    let is_written_anew = has_text && shared.both * 10 < shorter;
    let names_a_job = one.title.names_a_job && other.title.names_a_job;
    if names_a_job && is_written_anew && !one.shares_name(other) {
        return false;
    }
    is_copy || titles_agree(&one.title, &other.title)
}

/// Whether one says what the other cannot say of the same thing. Who made it and when is written down too carelessly for
/// that.
fn contradict(one: &Profile, other: &Profile) -> bool {
    Evidence::of(one, other).fields().any(|(field, weight)| match field {
        Field::Codes | Field::Numbers | Field::Language | Field::Starts => weight < CONTRADICTION,
        // A book is a textbook elsewhere: of the same title that is no other thing.
        Field::Type => weight < CONTRADICTION && one.title.whole != other.title.whole,
        Field::Title | Field::Text | Field::Creators | Field::Year | Field::Publisher | Field::Identifier => false,
    })
}

/// Whether two titles share a word that tells something, or most of their letters; a title that tells nothing agrees
/// with any.
fn titles_agree(one: &Title, other: &Title) -> bool {
    let rarest = |title: &Title| title.words.iter().map(|word| word.rarity).max().unwrap_or(0);
    let telling = TELLING.min(rarest(one)).min(rarest(other));
    if telling == 0 {
        return true;
    }
    let has = |hash: u32| other.words.binary_search_by_key(&hash, |word| word.hash).is_ok();
    let shares_word = one.words.iter().any(|word| word.rarity >= telling && has(word.hash));
    // "Field work" and "Fieldwork": three of four groups of letters.
    let letters = one.trigrams.len().min(other.trigrams.len());
    shares_word || count_both(&one.trigrams, &other.trigrams) * 4 >= letters * 3
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use schemas::{Claim, ConceptId, Confidence, ControlledField, Metadata, Method};

    use super::*;

    const ABOUT_WARDS: &str = "You look after people on a ward, give them their medicine, and tell their families how they \
        are. Shifts are long and the team is small, so everybody helps with everything. Most start with a degree, some \
        with an apprenticeship at a hospital near them.";
    const ABOUT_CARE: &str = "Caring for patients of all ages is what this career is about. In hospitals, schools and homes \
        you check on their health, plan treatment with doctors and keep records. A registered course of three years \
        leads to it.";

    fn titled(title: &str) -> Metadata {
        Metadata { title: title.to_owned(), ..Metadata::default() }
    }

    fn described(title: &str, description: &str) -> Metadata {
        Metadata { description: Some(description.to_owned()), ..titled(title) }
    }

    fn with_type(mut metadata: Metadata, field: ControlledField, id: &str) -> Metadata {
        let value = ConceptId::parse(id).expect("an id");
        let confidence = Confidence::new(1.0).expect("a confidence");
        metadata.add_concept(field, Claim { value, method: Method::Stated, confidence, evidence: None });
        metadata
    }

    fn are_the_same(one: &Metadata, other: &Metadata) -> bool {
        score(&Profile::of(one), &Profile::of(other)) >= SAME
    }

    #[test]
    fn two_separately_written_pages_about_one_job_are_two() {
        for title in ["Nurse", "Chemical engineer", "Web developer", "Become a solar energy engineer"] {
            assert!(!are_the_same(&described(title, ABOUT_WARDS), &described(title, ABOUT_CARE)), "{title}");
            assert!(!are_the_same(&titled(title), &titled(title)), "{title}");
            assert!(!are_the_same(&described(title, ABOUT_WARDS), &titled(title)), "{title}");
        }
    }

    #[test]
    fn a_stage_or_a_number_in_the_title_makes_no_page_the_same() {
        for title in [
            "Chemical engineer post-16",
            "Nursing careers KS3-KS4",
            "Epidemiologist and COVID-19",
            "Veterinary surgeon, year-9",
            "Careers guide YR-10",
        ] {
            assert!(!are_the_same(&described(title, ABOUT_WARDS), &described(title, ABOUT_CARE)), "{title}");
        }
        for (one, other) in [
            ("Careers guide for Scotland post-16", "Careers guide for Wales post-16"),
            ("Post-16 pathways in Fife", "Post-16 pathways in Kent"),
        ] {
            assert!(!are_the_same(&titled(one), &titled(other)), "{one}");
            assert!(!are_the_same(&described(one, ABOUT_WARDS), &described(other, ABOUT_CARE)), "{one}");
        }
    }

    #[test]
    fn a_shortened_or_lightly_edited_copy_is_the_same() {
        let edited = ABOUT_WARDS.replace("Most start", "Many begin");
        let framed = format!("{ABOUT_WARDS} This page first appeared on our site.");
        for copy in [&ABOUT_WARDS[..140], &edited, &framed] {
            assert!(are_the_same(&described("Nurse", ABOUT_WARDS), &described("NURSE", copy)), "{copy}");
        }
    }

    #[test]
    fn titles_of_common_words_name_nothing() {
        for title in ["Forces", "Introduction", "Careers in science", "Editorial", ""] {
            assert!(!are_the_same(&titled(title), &titled(title)), "{title}");
        }
        assert!(are_the_same(
            &titled("Sundials of the Hebrides, a survey"),
            &titled("Sundials of the Hebrides: a survey")
        ));
    }

    #[test]
    fn another_step_of_a_series_is_another_thing_even_with_the_same_text() {
        for (one, other) in [
            ("Adding fractions 1", "Adding fractions 2"),
            ("Year 7 forces and motion quiz", "Year 8 forces and motion quiz"),
            ("Electric circuits KS3", "Electric circuits KS4"),
            ("Coastal erosion in Holderness, part one", "Coastal erosion in Holderness, part two"),
            ("Coastal erosion in Holderness II", "Coastal erosion in Holderness III"),
            ("Hydrogen skills survey 2019", "Hydrogen skills survey 2021"),
        ] {
            assert!(!are_the_same(&described(one, ABOUT_WARDS), &described(other, ABOUT_WARDS)), "{one}");
        }
    }

    #[test]
    fn what_the_sources_state_otherwise_counts_against() {
        let page = titled("Sundials of the Hebrides");
        let year = |year| Metadata { date_published: Some(date(year, 1, 1)), ..page.clone() };
        let starts = |day| Metadata { starts: Some(date(2026, 3, day).at(9, 0, 0, 0)), ..page.clone() };
        let of_type = |id| with_type(page.clone(), ControlledField::Type, id);
        let in_language = |id| with_type(page.clone(), ControlledField::Language, id);
        let by = |name: &str| Metadata { creators: vec![name.to_owned()], ..page.clone() };
        assert!(are_the_same(&year(1998), &year(1998)));
        assert!(!are_the_same(&year(1998), &year(2000)));
        assert!(are_the_same(&starts(3), &starts(3)));
        assert!(!are_the_same(&starts(3), &starts(4)));
        assert!(!are_the_same(&of_type("poster"), &of_type("video")));
        assert!(!are_the_same(&in_language("en"), &in_language("cy")));
        assert!(are_the_same(&by("Ann Ward"), &by("Ward, A.")));
        assert!(!are_the_same(&by("Ann Ward"), &by("Sam Ray")));
    }

    #[test]
    fn a_model_number_names_a_thing_however_its_marks_are_written() {
        let thing = titled("Kestrel Black Field Microscope - KMX240BK");
        assert!(are_the_same(&thing, &titled("Kestrel KM-X240/BK microscope with case")));
        assert!(!are_the_same(&thing, &titled("Kestrel KM-X260 microscope")));
    }

    #[test]
    fn the_score_is_the_sum_of_its_reasons() {
        let one = Metadata { publisher: Some("Ward Trust".to_owned()), ..described("Nurse in year 9", ABOUT_WARDS) };
        let other = Metadata { publisher: Some("Ward trust".to_owned()), ..described("Nurses in year 8", ABOUT_WARDS) };
        let comparison = compare(&Profile::of(&one), &Profile::of(&other));
        let sum: f32 = comparison.contributions.iter().map(|contribution| contribution.weight).sum();
        assert!((sum - comparison.score).abs() < 0.001);
        let said: Vec<(&str, &str)> =
            comparison.contributions.iter().map(|said| (said.what.as_str(), said.detail.as_str())).collect();
        assert_eq!(
            said,
            [
                ("title", "nurse in year (8 / 9)"),
                ("numbers", "8 / 9"),
                ("text", "43 of 43 runs of three words"),
                ("publisher", "ward trust")
            ]
        );
    }

    fn may_be_one(one: &Metadata, other: &Metadata) -> bool {
        compatible(&Profile::of(one), &Profile::of(other))
    }

    #[test]
    fn the_same_identifier_on_two_titles_is_a_mistake_of_one_of_them() {
        for (one, other, expected) in [
            ("Soap in the laboratory", "How soap is made", true),
            ("Fieldwork", "Field work", true),
            ("The Sundials of the Hebrides", "Sundials of the Hebrides: a survey", true),
            ("", "Soap in the laboratory", true),
            ("Soap in the laboratory", "Whales of the north", false),
            ("Chemical engineer", "Chemical technician", false),
            ("Energy", "Soap", false),
            ("Tides part one", "Tides part two", false),
            ("Kestrel KM-X240 lens", "Kestrel KM-X260 lens", false),
        ] {
            assert_eq!(may_be_one(&titled(one), &titled(other)), expected, "{one} / {other}");
        }
        assert!(may_be_one(&described("On a ward", ABOUT_WARDS), &described("Nursing", &ABOUT_WARDS[..140])));
    }

    #[test]
    fn what_the_sources_state_otherwise_makes_two_things_of_one_identifier() {
        let soap = titled("Soap in the laboratory");
        let of_type = |title: &str, id| with_type(titled(title), ControlledField::Type, id);
        let in_language = |id| with_type(soap.clone(), ControlledField::Language, id);
        let starts = |day| Metadata { starts: Some(date(2026, 3, day).at(9, 0, 0, 0)), ..soap.clone() };
        let year = |year| Metadata { date_published: Some(date(year, 1, 1)), ..soap.clone() };
        assert!(!may_be_one(&in_language("en"), &in_language("cy")));
        assert!(!may_be_one(&starts(3), &starts(4)));
        assert!(!may_be_one(&of_type("Soap", "poster"), &of_type("Boiling soap", "video")));
        assert!(may_be_one(&of_type("Soap", "poster"), &of_type("Soap", "video")));
        assert!(may_be_one(&year(1998), &year(2000)), "a catalogue may give the year of a reprint");
    }

    #[test]
    fn pages_about_one_job_are_not_one_because_they_name_the_same_third_page() {
        let naming =
            |text: &str, same_as: &str| Metadata { same_as: vec![same_as.to_owned()], ..described("Nurse", text) };
        let (address, doi) = ("https://example.org/nurse", "doi:10.1000/182");
        assert!(!may_be_one(&naming(ABOUT_WARDS, address), &naming(ABOUT_CARE, address)));
        assert!(may_be_one(&naming(ABOUT_WARDS, doi), &naming(ABOUT_CARE, doi)));
        assert!(may_be_one(&naming(ABOUT_WARDS, address), &naming(&ABOUT_WARDS[..140], address)));
    }

    fn some_metadata() -> impl Strategy<Value = Metadata> {
        let word = || prop_oneof!["[ab]{1,2}", "(nurse|part|year|7|8|km-x240|kmx240bk|the|fractions)"];
        let words = move |most| vec(word(), 0..most).prop_map(|words| words.join(" "));
        let creators = vec("[AB]. (Ward|Ray)|Ward", 0..3);
        let identifiers = vec("doi:10.1000/[12]|https://x.test/[ab]", 0..3);
        let claims = vec((prop_oneof![Just("poster"), Just("video")], any::<bool>()), 0..2);
        (words(6), option::of(words(30)), option::of("[AB]"), creators, identifiers, option::of(1_i16..4), claims)
            .prop_map(|(title, description, publisher, creators, same_as, day, claims)| {
                let date_published = day.map(|day| date(2000 + day % 2, 1, if day > 2 { 2 } else { 1 }));
                let starts = date_published.filter(|_| claims.len() == 1).map(|day| day.at(9, 0, 0, 0));
                let metadata =
                    Metadata { description, publisher, creators, same_as, date_published, starts, ..titled(&title) };
                claims.into_iter().fold(metadata, |metadata, (id, is_type)| {
                    let field = if is_type { ControlledField::Type } else { ControlledField::Language };
                    with_type(metadata, field, id)
                })
            })
    }

    proptest! {
        #[test]
        fn which_of_two_records_comes_first_plays_no_part(one in some_metadata(), other in some_metadata()) {
            let (one, other) = (Profile::of(&one), Profile::of(&other));
            let comparison = compare(&one, &other);
            prop_assert_eq!(&comparison, &compare(&other, &one));
            prop_assert_eq!(comparison.score.to_bits(), score(&one, &other).to_bits());
            prop_assert_eq!(compatible(&one, &other), compatible(&other, &one));
            prop_assert!(compatible(&one, &one));
            prop_assert!(comparison.contributions.iter().all(|said| said.detail.chars().count() <= 200));
        }

        #[test]
        fn any_text_can_be_compared(one in any::<String>(), other in any::<String>()) {
            let (one, other) = (Profile::of(&described(&one, &other)), Profile::of(&described(&other, &one)));
            prop_assert!(compare(&one, &other).score.is_finite());
        }
    }
}
