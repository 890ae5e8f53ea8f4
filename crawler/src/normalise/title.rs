//! Title: what is something called whose title is an address?
//!
//! Exports of link lists and pages without a heading have such titles. The words at the end of the address are mostly
//! those of the heading. Whether there is a better name in the record is left to [`crate::map`].

use schemas::parse_address;
use url::{Url, form_urlencoded};

use super::template::words;
use super::text::tidy;

/// Endings of files, which are no word.
const ENDINGS: [&str; 10] = [".aspx", ".asp", ".doc", ".docx", ".htm", ".html", ".jsp", ".pdf", ".php", ".pptx"];

/// Names of pages that name nothing.
const NAMELESS: [&str; 6] = ["default", "home", "index", "main", "page", "view"];

/// A title is no number and no code: it has a word of so many letters.
const MIN_LETTERS: usize = 3;

/// The address that a title is; `None` for a title of words, and for the name of a site, `"www.example.org"`.
///
/// `"https://x.org/a"` and `"www.x.org/a"` -> the address.
pub fn address_in(title: &str) -> Option<Url> {
    let title = title.trim();
    if title.contains(char::is_whitespace) {
        return None;
    }
    let lower = title.get(..8).unwrap_or(title).to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return parse_address(title).ok();
    }
    let has_path = || title.trim_end_matches('/').contains('/');
    if lower.starts_with("www.") && has_path() { parse_address(&format!("https://{title}")).ok() } else { None }
}

/// The words of the last part of an address that has any; `None` when none has.
///
/// `"https://x.org/careers/chemical-engineer/"` -> `"Chemical engineer"`; `"https://x.org/jobs/index.html"` -> `"Jobs"`;
/// `"https://x.org/?p=123"` -> `None`.
pub fn words_of(address: &Url) -> Option<String> {
    let parts: Vec<&str> = address.path().split('/').filter(|part| !part.is_empty()).collect();
    parts.into_iter().rev().find_map(words_of_part)
}

fn words_of_part(part: &str) -> Option<String> {
    // A part of a path has the escapes of a form, but for what has a meaning in one.
    let escaped = part.replace('&', "%26").replace('=', "%3D");
    let (decoded, _) = form_urlencoded::parse(escaped.as_bytes()).next()?;
    let lower = decoded.to_lowercase();
    let ending = ENDINGS.iter().find(|ending| lower.ends_with(**ending)).map_or(0, |ending| ending.len());
    let name = decoded.get(..decoded.len().saturating_sub(ending)).unwrap_or(&decoded);
    let title = tidy(&words(name));
    let has_word = title.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() >= MIN_LETTERS);
    let is_nameless = NAMELESS.contains(&title.to_lowercase().as_str());
    // What still has a replaced character in it was no text.
    (has_word && !is_nameless && !title.contains('\u{fffd}')).then_some(title)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::slash_at_the_end("https://x.org/careers/chemical-engineer/", Some("Chemical engineer"))]
    #[case::ncs("https://nationalcareers.service.gov.uk/job-profiles/lifeguard", Some("Lifeguard"))]
    #[case::page_name("https://x.org/jobs/index.html", Some("Jobs"))]
    #[case::file("https://x.org/files/Women_in_STEM.pdf", Some("Women in STEM"))]
    #[case::escaped("https://x.org/a/na%C3%AFve%20bayes+and%20R%26D", Some("Naïve bayes and R&D"))]
    #[case::number_at_the_end("https://x.org/who-measures-the-tide/12345", Some("Who measures the tide"))]
    #[case::no_scheme("www.x.org/tide-gauge", Some("Tide gauge"))]
    #[case::shouted("HTTPS://X.ORG/Tides", Some("Tides"))]
    #[case::query_only("https://x.org/?p=123", None)]
    #[case::bare("https://x.org/", None)]
    #[case::numbers("https://x.org/12/345", None)]
    #[case::broken_escape("https://x.org/%ff%fe%fd-abc", None)]
    fn an_address_is_read_back_as_a_title(#[case] title: &str, #[case] expected: Option<&str>) {
        let address = address_in(title).expect("it is an address");
        assert_eq!(words_of(&address).as_deref(), expected);
    }

    #[rstest]
    #[case::words("Chemical engineer")]
    #[case::name_of_a_site("www.example.org")]
    #[case::site_with_a_slash("www.example.org/")]
    #[case::words_around("See https://x.org/a")]
    #[case::other_scheme("mailto:jo@example.org")]
    #[case::letters("http:// and https://")]
    #[case::nothing("")]
    fn a_title_of_words_is_no_address(#[case] title: &str) {
        assert_eq!(address_in(title), None);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let path = format!("https://x.org/{}", text.replace(char::is_whitespace, "/"));
            for address in [address_in(&text), address_in(&path)].into_iter().flatten() {
                assert!(words_of(&address).is_none_or(|title| !title.is_empty()), "{text:.40}");
            }
        }
    }
}
