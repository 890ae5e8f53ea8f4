//! Route: which qualifications and ways into work is it about, where no source says?
//!
//! What is named in the title or as a keyword is what it is about. A description names many: apprenticeships and T
//! Levels are ways into work wherever they stand, while the GCSEs and A levels in it are what a job asks for.

use schemas::{Claim, ConceptId, ControlledField};

use super::lexicon::{Mention, Scope};
use super::setting::Setting;
use super::words::{Gap, Part, Passage};
use super::{Candidate, Reading, choose};

/// Everything that is read below reaches it.
pub(super) const THRESHOLD: f32 = 0.6;

/// So many routes are named at most.
const MOST: usize = 3;

/// In a title.
const TITLE: f32 = 0.85;

/// A keyword.
const KEYWORD: f32 = 0.85;

/// In a description.
const DESCRIPTION: f32 = 0.65;

/// Qualifications of school. In a title they say for which pupils something is, unless it is about the choice of them.
const OF_SCHOOL: [&str; 7] = ["gcse", "igcse", "a-level", "nat4", "nat5", "higher", "adv-higher"];

/// Words behind a qualification of school that make it a route.
const CHOICES: [&str; 8] = ["option", "choice", "result", "subject", "pathway", "route", "or", "and"];

/// What stands behind one of these words is not taken: "Alternatives to university".
const INSTEAD: [&str; 3] = ["alternative", "instead", "rather"];

/// Those words reach over so many.
const INSTEAD_REACH: usize = 6;

/// Words around "degree" where it is an angle, a temperature or a measure.
const BEFORE_DEGREE: [&str; 9] = ["some", "certain", "high", "greater", "what", "any", "varying", "third", "small"];
const BEHIND_DEGREE: [&str; 10] =
    ["of", "celsius", "fahrenheit", "centigrade", "angle", "c", "turn", "rotation", "kelvin", "clockwise"];

pub(super) fn infer(reading: &Reading<'_>, setting: Setting) -> Vec<Claim<ConceptId>> {
    // What a lesson calls a degree is an angle, and a route in its title is that of those who take it.
    if setting.purpose.is_of_lessons() && !setting.is_of_careers {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for (passage, mention) in reading.naming(ControlledField::Route) {
        let is_denied = passage.is_denied(mention.first) || is_replaced(passage, mention.first);
        if mention.scope != Scope::Anywhere || is_denied || is_measure(passage, mention) {
            continue;
        }
        let is_of_school = OF_SCHOOL.contains(&mention.concept.as_str());
        let is_choice = setting.is_of_careers && CHOICES.contains(&passage.key(mention.end()));
        let confidence = match passage.part {
            Part::Title if !is_of_school || is_choice => Some(TITLE),
            Part::Keyword if mention.is_all_of(passage) && !is_of_school => Some(KEYWORD),
            Part::Description if !is_of_school && !setting.purpose.is_of_lessons() && !setting.is_elsewhere => {
                Some(DESCRIPTION)
            }
            Part::Title | Part::Keyword | Part::Description | Part::Topic | Part::Folder => None,
        };
        let Some(confidence) = confidence else {
            continue;
        };
        let candidate = Candidate::of(passage, mention, confidence);
        candidates.push(Candidate { concept: in_nation(candidate.concept, reading.nation), ..candidate });
    }
    choose(candidates, THRESHOLD, MOST)
}

/// "Alternatives to a degree", "other than university". A comma ends it: "instead of a degree, an apprenticeship".
fn is_replaced(passage: &Passage<'_>, first: usize) -> bool {
    let reached = (first.saturating_sub(INSTEAD_REACH)..first).rev();
    let mut joined = reached.take_while(|at| passage.gap(at + 1) == Gap::Joined);
    joined.any(|at| {
        let is_other_than = passage.key(at) == "than" && passage.before(at, 1).any(|key| key == "other");
        is_other_than || INSTEAD.contains(&passage.key(at))
    })
}

/// "To some degree", "90 degrees", "degree of accuracy", "the unit of degrees".
fn is_measure(passage: &Passage<'_>, mention: &Mention) -> bool {
    let (first, end) = (mention.first, mention.end());
    if passage.key(end - 1) != "degree" || mention.count > 1 {
        return false;
    }
    let is_counted = first > 0 && passage.words[first - 1].text.contains(|c: char| c.is_ascii_digit());
    let is_joined = passage.gap(end) == Gap::Joined;
    let is_unit = passage.words[end - 1].text.ends_with('s') && passage.before(first, 1).any(|key| key == "of");
    is_counted
        || is_unit
        || passage.before(first, 1).any(|key| BEFORE_DEGREE.contains(&key))
        || (is_joined && BEHIND_DEGREE.contains(&passage.key(end)))
}

/// In Scotland a foundation apprenticeship is something else than in England.
fn in_nation(concept: ConceptId, nation: &str) -> ConceptId {
    match (concept.as_str(), nation) {
        ("apprenticeship-foundation", "scotland") => {
            ConceptId::parse("foundation-apprenticeship-scotland").expect("it is written as an id")
        }
        _ => concept,
    }
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::{read, read_of, read_with};
    use rstest::rstest;
    use schemas::ControlledField;

    #[rstest]
    #[case::title("Apprenticeships in engineering", "", "route-apprenticeship 0.85")]
    #[case::longest("Degree apprenticeships explained", "", "apprenticeship-degree 0.85")]
    #[case::t_level("What is a T Level?", "", "t-level 0.85")]
    #[case::btec("BTEC engineering", "", "btec 0.85")]
    #[case::options("Career choices: GCSE options", "", "gcse 0.85")]
    #[case::for_pupils("GCSE chemistry revision", "", "")]
    #[case::description("Bridges", "You could do an apprenticeship.", "route-apprenticeship 0.65")]
    #[case::degree("Bridges", "You can study for a degree in engineering.", "degree 0.65")]
    #[case::asked_for("Bridges", "You will need 2 A levels.", "")]
    #[case::angle("Turning by 90 degrees", "", "")]
    #[case::accuracy("Bridges", "To a high degree of accuracy.", "")]
    #[case::to_some_degree("Bridges", "To some degree.", "")]
    #[case::level_playing_field("A level playing field", "", "")]
    #[case::denied("Bridges", "No degree is needed.", "")]
    #[case::instead("Alternatives to university", "", "")]
    #[case::other_than("Routes other than a degree", "", "")]
    #[case::instead_of_one("Instead of a degree, an apprenticeship", "", "route-apprenticeship 0.85")]
    #[case::apprenticeships_of_all_levels("Higher and degree apprenticeships", "", "apprenticeship-degree 0.85")]
    #[case::levels("Advanced, higher and degree apprenticeships", "", "apprenticeship-degree 0.85")]
    #[case::highers("Careers and your Highers: options", "", "higher 0.85")]
    #[case::unit_of_degrees("The unit of degrees", "", "")]
    #[case::lesson("Bridges", "I can say what an apprenticeship is.", "")]
    #[case::nothing("Photosynthesis", "Leaves make sugar.", "")]
    fn routes_are_named(#[case] title: &str, #[case] description: &str, #[case] expected: &str) {
        assert_eq!(read(ControlledField::Route, title, description), expected);
    }

    #[rstest]
    #[case::oak_angles("Measuring angles in degree units", "")]
    #[case::of_careers("Careers: is a degree for me?", "degree 0.85")]
    fn the_title_of_a_lesson_names_a_route_only_where_it_is_about_careers(#[case] title: &str, #[case] expected: &str) {
        let stated = [(ControlledField::Type, "lesson-plan")];
        assert_eq!(read_with(ControlledField::Route, title, "", &stated), expected);
    }

    #[test]
    fn the_nation_decides_what_a_foundation_apprenticeship_is() {
        let read = |nation| read_of(ControlledField::Route, "Foundation apprenticeships", "", nation);
        assert_eq!(read("scotland"), "foundation-apprenticeship-scotland 0.85");
        assert_eq!(read("england"), "apprenticeship-foundation 0.85");
    }
}
