//! Resource type: what is something, by the words of its source?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are several in one, other names, and names with
//! words that say how it comes ("Printable poster", "Worksheet (PDF)"). A format alone, `text/html`, is no type.

use schemas::{ConceptId, ControlledField, normalise_label};

use super::labels::{bracketed, in_any_number, in_table, list_of};

const FIELD: ControlledField = ControlledField::Type;

/// Other names of types.
const NAMES: [(&str, &str); 25] = [
    ("activity pack", "activity"),
    ("animation", "video"),
    ("biography", "case-study"),
    ("blog post", "web-page"),
    ("conference", "event"),
    ("exhibition", "event"),
    ("fact file", "booklet"),
    ("fact sheet", "booklet"),
    ("factsheet", "booklet"),
    ("guide", "booklet"),
    ("homework", "activity"),
    ("interview", "case-study"),
    ("lesson pack", "lesson-plan"),
    ("mentoring", "project-programme"),
    ("news article", "web-page"),
    ("puzzle", "game-quiz"),
    ("resource pack", "teaching"),
    ("scheme of learning", "lesson-plan"),
    ("scholarship", "funding"),
    ("seminar", "event"),
    ("taster course", "university-college-encounter"),
    ("taster session", "university-college-encounter"),
    ("teacher guide", "teaching"),
    ("teacher notes", "teaching"),
    ("teacher pack", "teaching"),
];

/// Words that say how it comes or for whom, not what it is.
const BESIDE: [&str; 24] = [
    "careers",
    "career",
    "classroom",
    "digital",
    "docx",
    "downloadable",
    "educational",
    "free",
    "full",
    "google",
    "interactive",
    "mp4",
    "new",
    "online",
    "pdf",
    "pptx",
    "printable",
    "pupil",
    "short",
    "stem",
    "student",
    "vimeo",
    "word",
    "youtube",
];

/// So many of these words stand before a name: "free printable PDF worksheet".
const MAX_BESIDE: usize = 4;

/// Source: IANA, Media Types; the top-level types that occur in catalogues.
const MEDIA_TYPES: [&str; 6] = ["application/", "audio/", "font/", "image/", "text/", "video/"];

/// Finds the types that words name; nothing when any part of them is not understood.
///
/// `"YouTube video"` -> video; `"Posters and infographics"` -> poster; `"text/html"` and `"PDF"` -> nothing.
pub fn types_of(words: &str, nation: &str) -> Vec<ConceptId> {
    let lower = words.trim().to_lowercase();
    if MEDIA_TYPES.iter().any(|begin| lower.starts_with(begin)) {
        return Vec::new();
    }
    let found = one(words, nation);
    if found.is_empty() { list_of(words, &|part: &str| one(part, nation)) } else { found }
}

fn one(word: &str, nation: &str) -> Vec<ConceptId> {
    let label = normalise_label(word);
    let name = || bracketed(word).filter(|(_, inside)| says_only_how(inside)).map(|(before, _)| before);
    let found = name_of(&label, nation)
        .or_else(|| without_what_is_beside(&label, nation))
        .or_else(|| without_what_is_beside(&normalise_label(name()?), nation));
    found.into_iter().collect()
}

fn name_of(label: &str, nation: &str) -> Option<ConceptId> {
    let singular = label.strip_suffix('s').unwrap_or(label);
    in_any_number(FIELD, label, nation).or_else(|| in_table(&NAMES, label)).or_else(|| in_table(&NAMES, singular))
}

/// `"free printable poster"` -> poster: leading words go, one after the other, until a name is left.
fn without_what_is_beside(label: &str, nation: &str) -> Option<ConceptId> {
    let mut rest = label;
    for _ in 0..=MAX_BESIDE {
        if let Some(found) = name_of(rest, nation) {
            return Some(found);
        }
        let (first, behind) = rest.split_once(' ')?;
        if !BESIDE.contains(&first) {
            return None;
        }
        rest = behind;
    }
    None
}

/// `"PDF"`, `"Word, 2 MB"`, `"4 pages"`.
fn says_only_how(words: &str) -> bool {
    normalise_label(words).split(' ').all(|word| {
        BESIDE.contains(&word)
            || matches!(word, "kb" | "mb" | "page" | "pages" | "min" | "mins" | "minutes")
            || word.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::{check_table, joined};
    use super::*;

    #[rstest]
    #[case::plural("Videos", "video")]
    #[case::posters("Posters", "poster")]
    #[case::worksheet("worksheet", "activity")]
    #[case::lesson_plan("Lesson plans", "lesson-plan")]
    #[case::youtube("YouTube video", "video")]
    #[case::bioschemas_slides("slides", "presentation")]
    #[case::oer_game("Game", "game-quiz")]
    #[case::oer_simulation("Simulation", "game-quiz")]
    #[case::eventbrite_fair("Festival or Fair", "event")]
    #[case::eventbrite_seminar("Seminar", "event")]
    #[case::printable("Free printable PDF worksheets", "activity")]
    #[case::careers_video("Careers films", "video")]
    #[case::format_in_brackets("Poster (PDF, 2 MB)", "poster")]
    #[case::list("Posters and infographics", "poster")]
    #[case::list_of_two("Games and quizzes; podcasts", "game-quiz podcast")]
    #[case::audio_or_video("Audio / video", "podcast video")]
    #[case::other_name("Factsheets", "booklet")]
    #[case::media_type("text/html", "")]
    #[case::media_type_of_a_video("video/mp4", "")]
    #[case::oai_format("application/pdf", "")]
    #[case::format("PDF", "")]
    #[case::oer_primary_source("Primary Source", "")]
    #[case::oer_reading("Reading", "")]
    #[case::half_understood("Poster and curiosity", "")]
    #[case::what_is_beside_alone("Free online", "")]
    #[case::remark("Poster (A3, laminated)", "")]
    #[case::nothing("", "")]
    fn words_name_types(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(joined(&types_of(words, "uk")), expected);
    }

    #[test]
    fn every_name_means_a_type() {
        check_table(FIELD, &NAMES);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = types_of(&text, "uk");
        }
    }
}
