//! Markup that is sent as it is: what the index has marked, JSON-LD, and our own prose. Beside it only the drawings of
//! `icons` and `qr` are not escaped, which hold no word from outside.

use askama::filters::{Html, Safe, escape};
use serde_json::Value;

use super::carried::Carried;
use super::wording::{self, fill, word};

/// A text with the words that were found marked, or the plain text, escaped.
///
/// The index escapes a text before it puts `<mark>` into it, so a highlight is safe to send.
pub(super) fn marked(highlight: Option<&str>, plain: &str) -> Safe<String> {
    match highlight {
        Some(html) => Safe(html.to_owned()),
        None => {
            let Ok(Safe(escaped)) = escape(plain, Html);
            Safe(escaped.to_string())
        }
    }
}

/// JSON-LD for a `<script>` block, which no text inside it can close.
///
/// Source: JSON-LD 1.1, section 7.3.
pub(super) fn json_ld(value: &Value) -> Safe<String> {
    let json = value.to_string();
    Safe(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

/// A text of ours with somebody else's words in it, set off from it in whatever direction they run.
pub(super) fn holding(text: &str, place: &str, words: &str) -> Safe<String> {
    let Ok(Safe(text)) = escape(text, Html);
    let Ok(Safe(words)) = escape(words, Html);
    Safe(fill(&text.to_string(), place, &format!("<bdi class=\"words\">{words}</bdi>")))
}

/// Prose of ours, whose links to pages of ours take along what the visitor carries; those to the API stay as they are.
pub(super) fn prose(name: &str, carried: &Carried) -> Safe<String> {
    let is_page = |address: &str| address.starts_with('/') && !address.starts_with("/v1");
    let lead = |address: &str| if is_page(address) { carried.address(address) } else { address.to_owned() };
    Safe(wording::prose(word(name), lead))
}

/// A page as it is sent: a control character that came in with an address or a text stands in none. HTML allows tabs and
/// the ends of lines.
///
/// Source: HTML, 13.2.3.5, control-character-in-input-stream and unexpected-null-character.
pub(super) fn without_controls(page: String) -> String {
    let is_wrong = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\x0c');
    // Nearly every page has none, and is looked through once.
    if page.contains(is_wrong) { page.replace(is_wrong, "\u{fffd}") } else { page }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_is_never_sent_as_it_came() {
        let sent = without_controls("a\0b\u{1}c\u{7f}\u{85}\td\r\n".to_owned());
        assert_eq!(sent, "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}\td\r\n");
    }

    #[test]
    fn a_plain_text_is_escaped_and_a_highlight_is_kept() {
        assert_eq!(marked(None, "<b>&").0, "&#60;b&#62;&#38;");
        assert_eq!(marked(Some("<mark>a</mark> &lt;"), "a <").0, "<mark>a</mark> &lt;");
    }

    #[test]
    fn links_in_prose_take_along_what_is_carried_and_the_api_stays_as_it_is() {
        let nothing = Carried::default();
        let carried = Carried::read(Some("words=wales&list=011rmn2hc4hg4kvz"));
        let plain = prose("about.body", &nothing).0;
        let page = prose("about.body", &carried).0;
        assert!(page.contains("href=\"/sources?words=wales&amp;list=011rmn2hc4hg4kvz\""), "{page}");
        assert!(page.contains("href=\"https://") && !page.contains("\"/v1/coverage?words"), "{page}");
        assert_eq!(page.matches("<a ").count(), plain.matches("<a ").count());
    }

    #[test]
    fn words_from_outside_are_text_in_a_sentence_of_ours() {
        assert_eq!(
            holding("for {words} & more", "words", "<b>").0,
            "for <bdi class=\"words\">&#60;b&#62;</bdi> &#38; more"
        );
    }

    #[test]
    fn no_title_can_close_the_block_it_stands_in() {
        let title = "</script><script>alert(1)</script><!--";
        let block = json_ld(&serde_json::json!({ "name": title })).0;
        assert!(!block.contains('<') && !block.contains('>'), "{block}");
        let read: Value = serde_json::from_str(&block).unwrap();
        assert_eq!(read["name"], title);
    }
}
