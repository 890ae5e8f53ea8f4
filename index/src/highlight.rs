//! Marking found words in the title and in a passage of the description.
//!
//! Everything is escaped but our own marks, so the result is HTML whatever a catalogue put into its texts.

use std::collections::HashSet;

use crate::analysis::{self, Word};
use crate::results::Highlights;

/// A passage is about as long as two lines on a page.
const PASSAGE_BYTES: usize = 240;

/// Before the first found word so much may stand, for the reader to find a beginning.
const LEAD_BYTES: usize = 60;

/// Later text is not looked at for a passage.
const MAX_SEARCHED_BYTES: usize = 20_000;

/// Marks the words with these stems. Both are `None` when none occurs.
pub(crate) fn highlights(title: &str, description: Option<&str>, stems: &HashSet<String>) -> Highlights {
    Highlights { title: mark_whole(title, stems), description: description.and_then(|text| mark_passage(text, stems)) }
}

fn mark_whole(text: &str, stems: &HashSet<String>) -> Option<String> {
    let found = found_words(text, stems);
    (!found.is_empty()).then(|| marked(text, 0, text.len(), &found))
}

fn mark_passage(text: &str, stems: &HashSet<String>) -> Option<String> {
    let searched = &text[..text.floor_char_boundary(MAX_SEARCHED_BYTES)];
    let found = found_words(searched, stems);
    let first = best_start(&found)?;
    let (from, to) = if text.len() <= PASSAGE_BYTES { (0, text.len()) } else { passage(text, first) };
    let before = if from > 0 { "…" } else { "" };
    let after = if to < text.len() { "…" } else { "" };
    Some(format!("{before}{}{after}", marked(text, from, to, &found)))
}

fn found_words(text: &str, stems: &HashSet<String>) -> Vec<Word> {
    analysis::words(text).into_iter().filter(|word| stems.contains(word.stem.as_str())).collect()
}

/// The found word from which a passage holds the most different ones; of equals the first.
fn best_start(found: &[Word]) -> Option<&Word> {
    let distinct_from = |place: usize| {
        let start = found[place].from;
        let near = found[place..].iter().take_while(|word| word.to - start <= PASSAGE_BYTES - LEAD_BYTES);
        near.map(|word| word.stem.as_str()).collect::<HashSet<_>>().len()
    };
    let best = (0..found.len()).rev().max_by_key(|place| distinct_from(*place))?;
    Some(&found[best])
}

/// A passage around a word, cut between words.
fn passage(text: &str, word: &Word) -> (usize, usize) {
    let earliest = text.floor_char_boundary(word.from.saturating_sub(LEAD_BYTES));
    let lead = &text[earliest..word.from];
    let whole_words =
        if earliest == 0 { lead } else { lead.trim_start_matches(|c: char| !c.is_whitespace()).trim_start() };
    let from = word.from - whole_words.len();
    let latest = text.floor_char_boundary(from + PASSAGE_BYTES);
    if latest == text.len() {
        return (from, latest);
    }
    let to = text[from..latest].rfind(char::is_whitespace).map_or(latest, |gap| from + gap);
    (from, to.max(word.to))
}

/// A part of a text, escaped, with the found words in it marked.
fn marked(text: &str, from: usize, to: usize, found: &[Word]) -> String {
    let mut html = String::with_capacity(to - from + 32);
    let mut done = from;
    for word in found.iter().filter(|word| word.from >= from && word.to <= to) {
        escape_into(&mut html, &text[done..word.from]);
        html.push_str("<mark>");
        escape_into(&mut html, &text[word.from..word.to]);
        html.push_str("</mark>");
        done = word.to;
    }
    escape_into(&mut html, &text[done..to]);
    html
}

fn escape_into(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(title: &str, description: &str, asked: &str) -> Highlights {
        let words = analysis::words(asked);
        highlights(title, Some(description), &words.into_iter().map(|word| word.stem).collect())
    }

    #[test]
    fn every_form_of_a_word_is_marked() {
        let found = marks("Nurses and a nurse", "Nursing homes", "nurse");
        assert_eq!(found.title.as_deref(), Some("<mark>Nurses</mark> and a <mark>nurse</mark>"));
        assert_eq!(found.description.as_deref(), Some("<mark>Nursing</mark> homes"));
    }

    #[test]
    fn what_is_not_found_is_not_shown() {
        assert_eq!(marks("A", "B", "nurse"), Highlights { title: None, description: None });
    }

    #[test]
    fn markup_in_a_text_stays_text() {
        let found = marks("<script>alert('nurse')</script>", "a & \"nurse\" > b", "nurse");
        assert_eq!(found.title.as_deref(), Some("&lt;script&gt;alert(&#39;<mark>nurse</mark>&#39;)&lt;/script&gt;"));
        assert_eq!(found.description.as_deref(), Some("a &amp; &quot;<mark>nurse</mark>&quot; &gt; b"));
    }

    #[test]
    fn a_passage_holds_the_most_different_words_and_is_cut_between_words() {
        let text = format!("nurse {} a chemistry nurse here {}", "filling ".repeat(60), "filling ".repeat(60));
        let passage = marks("", &text, "chemistry nurse").description.expect("a passage");
        assert!(passage.contains("<mark>chemistry</mark> <mark>nurse</mark>"), "{passage}");
        assert!(passage.starts_with("…filling") && passage.ends_with("filling…"), "{passage}");
        assert!(passage.len() < PASSAGE_BYTES + 60, "{passage}");
    }

    #[test]
    fn any_text_can_be_cut() {
        for text in ["ж".repeat(1_000), "ж ".repeat(1_000), "🦄".repeat(500), "x".repeat(5_000)] {
            let whole = format!("{text} nurse {text}");
            assert!(marks(&whole, &whole, "nurse").description.expect("a passage").contains("<mark>nurse</mark>"));
        }
    }
}
