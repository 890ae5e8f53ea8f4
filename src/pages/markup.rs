//! Markup that is sent as it is. Everything else that a template prints is escaped; only these two are not.

use askama::filters::{Html, Safe, escape};
use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_escaped_and_a_highlight_is_kept() {
        assert_eq!(marked(None, "<b>&").0, "&#60;b&#62;&#38;");
        assert_eq!(marked(Some("<mark>a</mark> &lt;"), "a <").0, "<mark>a</mark> &lt;");
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
