//! Resource type: what is it, where no source says?
//!
//! The noun that a title ends with, or that stands before a preposition, says what the thing is: "Careers in space
//! quiz", "Poster: the periodic table". A noun inside a longer name does not: "Video game designer" is no video, a
//! "poster session" no poster. Folders of the address and the first sentence say it as well.

use schemas::{Claim, ConceptId, ControlledField};

use super::lexicon::{Mention, Scope};
use super::words::{Gap, Part, Passage, host_of};
use super::{Candidate, Reading, choose};

/// Everything that is read below reaches it, so it only holds back what is denied or made less sure later.
pub(super) const THRESHOLD: f32 = 0.6;

/// Things are one thing.
const MOST: usize = 1;

/// An address at which there are only videos.
const VIDEO_HOST: f32 = 0.95;

/// The hosts with only videos.
const VIDEO_HOSTS: [&str; 4] = ["youtube.com", "youtu.be", "vimeo.com", "player.vimeo.com"];

/// A noun that ends a title or a part of it.
pub(super) const HEAD: f32 = 0.85;

/// A folder of the address: `/posters/`.
const FOLDER: f32 = 0.8;

/// A keyword that is the type.
const KEYWORD: f32 = 0.75;

/// "This poster shows …", in the first sentence.
const FIRST_SENTENCE: f32 = 0.7;

/// A title that is the label of a job, and a description that says what people in it do.
const JOB: f32 = 0.8;

/// A noun that ends a title and has other meanings: "The energy challenge".
const WEAK_HEAD: f32 = 0.65;

/// Types whose nouns have other meanings when they end a title.
const WEAK: [&str; 9] =
    ["challenge", "activity", "presentation", "game", "practical", "film", "prize", "demonstration", "article"];

/// Words right before a noun that make it any such thing: "My own quiz".
const ANY: [&str; 6] = ["a", "an", "your", "my", "own", "their"];

/// Words before a noun that make it something to make: "Creating a podcast".
const MAKING: [&str; 22] = [
    "make",
    "making",
    "create",
    "creating",
    "produce",
    "producing",
    "plan",
    "planning",
    "edit",
    "editing",
    "record",
    "recording",
    "write",
    "writing",
    "develop",
    "developing",
    "present",
    "presenting",
    "use",
    "using",
    "evaluate",
    "evaluating",
];

/// Such a word may stand so many words before the noun: "Creating a custom website".
const MAKING_REACH: usize = 4;

/// Words before a noun that make it something to speak of, or a place: "Careers in film", "Guide to work experience".
const PREPOSITIONS: [&str; 13] =
    ["in", "on", "of", "through", "via", "by", "into", "with", "about", "for", "to", "at", "during"];

/// Words behind a noun that begin another part of the title.
const BEHIND: [&str; 18] = [
    "for",
    "about",
    "on",
    "to",
    "with",
    "by",
    "from",
    "in",
    "pack",
    "series",
    "collection",
    "resource",
    "kit",
    "template",
    "download",
    "plus",
    "at",
    "no",
];

/// With these behind it, a lesson is no lesson: "Lessons from nature", "lesson learned".
const FIGURATIVE: [&str; 6] = ["from", "in", "of", "to", "learned", "learnt"];

/// In the first sentence a type is looked for among so many words.
const FIRST_WORDS: usize = 25;

pub(super) fn infer(reading: &Reading<'_>, occupations: &[Claim<ConceptId>]) -> Vec<Claim<ConceptId>> {
    let mut candidates: Vec<Candidate> = video_host(reading).into_iter().collect();
    for (passage, mention) in reading.naming(ControlledField::Type) {
        let is_whole = mention.is_all_of(passage);
        let confidence = match passage.part {
            Part::Title if mention.scope == Scope::Anywhere => in_title(passage, mention),
            Part::Folder if is_whole && mention.scope == Scope::Folder => Some(FOLDER),
            Part::Keyword if is_whole && mention.scope == Scope::Keyword => Some(KEYWORD),
            Part::Description if mention.scope == Scope::Anywhere => in_first_sentence(passage, mention),
            Part::Title | Part::Folder | Part::Keyword | Part::Description | Part::Topic => None,
        };
        candidates.extend(confidence.map(|confidence| Candidate::of(passage, mention, confidence)));
    }
    candidates.extend(job_profile(reading, occupations));
    choose(candidates, THRESHOLD, MOST)
}

fn video_host(reading: &Reading<'_>) -> Option<Candidate> {
    let host = host_of(reading.metadata.url.as_deref()?);
    let name = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(host);
    let is_video = VIDEO_HOSTS.iter().any(|known| name.eq_ignore_ascii_case(known));
    is_video.then(|| Candidate { concept: concept("video"), confidence: VIDEO_HOST, evidence: host.to_owned() })
}

fn concept(id: &str) -> ConceptId {
    ConceptId::parse(id).expect("the concepts of this file are written as ids")
}

fn in_title(passage: &Passage<'_>, mention: &Mention) -> Option<f32> {
    let (first, end) = (mention.first, mention.end());
    let noun = passage.key(end - 1);
    if is_spoken_of(passage, first) || passage.is_denied(first) {
        return None;
    }
    let next = passage.key(end);
    let ends = passage.gap(end) == Gap::Break;
    if noun == "lesson" && !ends && FIGURATIVE.contains(&next) {
        return None;
    }
    let is_weak = mention.count == 1 && WEAK.contains(&noun);
    if is_weak {
        let is_alone = mention.is_all_of(passage);
        return (!is_alone && (ends || next == "for")).then_some(WEAK_HEAD);
    }
    // "Poster and quiz" is both; what stands in the middle of a title before "and" may be part of a name.
    let is_one_of_two = next == "and" && first == 0;
    let is_parted = ends || passage.gap(end) == Gap::Comma;
    (is_parted || is_one_of_two || BEHIND.contains(&next) || is_digits(passage.words[end].text)).then_some(HEAD)
}

/// Whether a noun is what the thing is about, or a part of that, and not what it is.
fn is_spoken_of(passage: &Passage<'_>, first: usize) -> bool {
    if passage.gap(first) != Gap::Joined {
        return false;
    }
    let before: Vec<&str> = passage.before(first, MAKING_REACH).collect();
    // "A quiz" at the beginning is the thing itself.
    let is_any = first > 1 && before.first().is_some_and(|key| ANY.contains(key));
    let nearest = before.iter().find(|key| **key != "the");
    is_any || nearest.is_some_and(|key| PREPOSITIONS.contains(key)) || before.iter().any(|key| MAKING.contains(key))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// "This poster shows", "In this video", "A quiz about", "Download our booklet".
fn in_first_sentence(passage: &Passage<'_>, mention: &Mention) -> Option<f32> {
    if mention.first > FIRST_WORDS || passage.is_denied(mention.first) {
        return None;
    }
    let ends_sentence = |at| passage.between(at).contains(['.', '!', '?']) && passage.gap(at) == Gap::Break;
    if (1..=mention.first).any(ends_sentence) {
        return None;
    }
    let before: Vec<&str> = passage.before(mention.first, 3).collect();
    let is_shown = before.contains(&"this") || matches!(before.as_slice(), ["our", ..]);
    let is_defined = matches!(before.as_slice(), ["a" | "an"] | ["a" | "an", "is"])
        && (["about", "on", "that", "which", "for", "to", "showing", "explaining"]
            .contains(&passage.key(mention.end())));
    let is_noun =
        passage.gap(mention.end()) != Gap::Joined || !["game", "maker", "editor"].contains(&passage.key(mention.end()));
    ((is_shown || is_defined) && is_noun).then_some(FIRST_SENTENCE)
}

/// A title that names a job and nothing else, and a description that says what those in it do, is the profile of a job.
fn job_profile(reading: &Reading<'_>, occupations: &[Claim<ConceptId>]) -> Option<Candidate> {
    let title = reading.passages.iter().find(|passage| passage.part == Part::Title)?;
    let description = reading.passages.iter().find(|passage| passage.part == Part::Description)?;
    let names_job = reading.naming(ControlledField::Occupation).any(|(passage, mention)| {
        passage.part == Part::Title
            && mention.is_all_of(passage)
            && occupations.iter().any(|claim| claim.value == *mention.concept)
    });
    let skipped = usize::from(["a", "an", "the", "as"].contains(&description.key(0)));
    let skipped = skipped + usize::from(skipped == 1 && ["a", "an"].contains(&description.key(1)));
    let says_it = (0..title.words.len()).all(|at| description.key(skipped + at) == title.key(at));
    (names_job && says_it).then(|| Candidate {
        concept: concept("job-profile"),
        confidence: JOB,
        evidence: description.evidence(0, (skipped + title.words.len()).min(description.words.len())),
    })
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::{read, read_at, read_keyword};
    use rstest::rstest;
    use schemas::ControlledField;

    #[rstest]
    #[case::ends("Periodic table poster", "", "poster 0.85")]
    #[case::begins("Poster: the periodic table", "", "poster 0.85")]
    #[case::bracket("The periodic table (poster)", "", "poster 0.85")]
    #[case::before_preposition("Careers quiz for year 9", "", "game-quiz 0.85")]
    #[case::lesson_plan("Lesson plan: bridges", "", "lesson-plan 0.85")]
    #[case::case_study("Case study – Anna, chemist", "", "case-study 0.85")]
    #[case::webinar("Green jobs webinar", "", "event 0.85")]
    #[case::competition("Bridge building competition 2026", "", "competition 0.85")]
    #[case::worksheet("Forces worksheet", "", "activity 0.85")]
    #[case::workshop("Rocket workshop for schools", "", "workshop 0.85")]
    #[case::weak("The big bridge challenge", "", "competition 0.65")]
    #[case::weak_alone("Challenge", "", "")]
    #[case::poster_session("Poster session", "", "")]
    #[case::video_game("Video game designer", "", "")]
    #[case::film_director("Film director", "", "")]
    #[case::film_as_subject("Careers in film", "", "")]
    #[case::oak_making("Creating a podcast", "", "")]
    #[case::oak_editing("Editing video", "", "")]
    #[case::oak_custom("Creating a custom website", "", "")]
    #[case::careers_in("Careers in games and animation", "", "")]
    #[case::microscope("Preparing a microscope slide", "", "")]
    #[case::batch_assembly("Batch assembly", "", "")]
    #[case::authority("Economist at the Competition and Markets Authority", "", "")]
    #[case::guide_to("Employer guide to work experience", "", "")]
    #[case::during("What to do during work experience", "", "")]
    #[case::two("Poster and fact cards", "", "poster 0.85")]
    #[case::figurative("Lessons from nature", "", "")]
    #[case::denied("Not a quiz", "", "")]
    #[case::first_sentence("Bridges", "This poster shows six bridges.", "poster 0.7")]
    #[case::download("Bridges", "Download this booklet to read about bridges.", "booklet 0.7")]
    #[case::defined("Bridges", "A video about bridges.", "video 0.7")]
    #[case::second_sentence("Bridges", "Bridges are old. This poster shows six.", "")]
    #[case::job_profile("Civil engineer", "Civil engineers design bridges.", "job-profile 0.8")]
    #[case::job_without_text("Civil engineer", "", "")]
    #[case::nothing("Photosynthesis", "Leaves make sugar.", "")]
    fn a_thing_is_called_what_it_is(#[case] title: &str, #[case] description: &str, #[case] expected: &str) {
        assert_eq!(read(ControlledField::Type, title, description), expected);
    }

    #[rstest]
    #[case::video("https://www.youtube.com/watch?v=1", "video 0.95")]
    #[case::folder("https://example.org/case-studies/anna", "case-study 0.8")]
    #[case::nustem("https://example.org/careers-resources/green", "")]
    #[case::news("https://example.org/news/bridges", "web-page 0.8")]
    #[case::new("https://example.org/new/bridges", "")]
    #[case::oer_course("https://example.org/courses/bridges", "")]
    #[case::not_in_the_name("https://example.org/poster-of-bridges", "")]
    #[case::pdf("https://example.org/bridges.pdf", "")]
    fn an_address_says_what_it_leads_to(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(read_at(ControlledField::Type, "Bridges", "", url), expected);
    }

    #[rstest]
    #[case::worksheet("Worksheets", "activity 0.75")]
    #[case::poster("Poster", "poster 0.75")]
    #[case::jobs("Jobs", "")]
    #[case::film("Film", "")]
    #[case::games("Games", "")]
    #[case::within_a_keyword("Poster paint", "")]
    fn a_keyword_says_what_it_is_only_where_it_can_mean_nothing_else(#[case] keyword: &str, #[case] expected: &str) {
        assert_eq!(read_keyword(ControlledField::Type, "Bridges", keyword), expected);
    }
}
