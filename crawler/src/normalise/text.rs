//! Text: how does a cell, a field or an element read as plain text?
//!
//! HTML or text comes in, one line of plain text goes out: no tags, no entities, no control or invisible characters.
//! Which texts are too long for a field is left to [`schemas::validate()`].

use scraper::{ElementRef, Html, Node};

use super::readable::readable_part;

/// The longest name of an HTML entity, `CounterClockwiseContourIntegral`, has 31 letters.
const MAX_ENTITY_BYTES: usize = 31;

/// Inside these, words run on; every other element stands apart from what is around it.
const INLINE: [&str; 35] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var",
];

/// What stands in these is not for readers.
const UNREAD: [&str; 7] = ["script", "style", "noscript", "template", "iframe", "object", "svg"];

/// Turns HTML or text into one line of plain text.
///
/// `"<p>You&rsquo;ll need:</p><ul><li>maths</li><li>care</li></ul>"` -> `"You’ll need: maths care"`. Text that only
/// holds the signs of HTML keeps them: `"2 < 3 & R&D"`. Entities are decoded once: `"&lt;b&gt;"` is the text `"<b>"`.
pub fn plain_text(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return tidy(text);
    }
    match escape_what_is_no_markup(text) {
        Some(markup) => tidy(&element_text(Html::parse_fragment(readable_part(&markup)).root_element())),
        None => tidy(text),
    }
}

/// One line: white space of any kind collapsed, control, zero-width and direction-changing characters removed.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            after_space = true;
        } else if !c.is_control() && !is_invisible(c) {
            if after_space && !out.is_empty() {
                out.push(' ');
            }
            after_space = false;
            out.push(c);
        }
    }
    out
}

/// The text of an element, with a space where a block, a line break or a list item begins or ends. Not yet tidy.
pub(crate) fn element_text(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    let root = element.id();
    let mut node = *element;
    // A loop and not a recursion, since pages nest as deep as they like.
    loop {
        let mut is_read = true;
        match node.value() {
            Node::Text(text) => out.push_str(text),
            Node::Element(inner) if UNREAD.contains(&inner.name()) => is_read = false,
            Node::Element(inner) if stands_apart(inner.name()) => out.push(' '),
            _ => {}
        }
        if is_read && let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        loop {
            if node.value().as_element().is_some_and(|inner| stands_apart(inner.name())) {
                out.push(' ');
            }
            if node.id() == root {
                return out;
            }
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                break;
            }
            match node.parent() {
                Some(parent) => node = parent,
                None => return out,
            }
        }
    }
}

fn stands_apart(name: &str) -> bool {
    name != "wbr" && !INLINE.contains(&name)
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// The text with every `<` and `&` escaped that begins neither a tag nor an entity; `None` when no other is left.
fn escape_what_is_no_markup(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut is_markup = false;
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (begins, escaped) =
            if rest.starts_with('<') { (begins_tag(rest), "&lt;") } else { (begins_entity(rest), "&amp;") };
        if begins {
            is_markup = true;
            out.push_str(&rest[..1]);
        } else {
            out.push_str(escaped);
        }
        rest = &rest[1..];
    }
    out.push_str(rest);
    is_markup.then_some(out)
}

/// Whether a tag begins here. `<p>`, `</li>`, `<br/>` and `<a href=…>` do; `< 3`, `<y and z>` and `<jo@example.org>` do
/// not.
fn begins_tag(text: &str) -> bool {
    if text.starts_with("<!--") {
        return true;
    }
    let after = &text[1..];
    let Some(end) = after.find(['<', '>']).filter(|end| after[*end..].starts_with('>')) else {
        return false;
    };
    let inside = &after[..end];
    if let Some(declaration) = inside.strip_prefix(['!', '?']) {
        return declaration.starts_with(|c: char| c.is_ascii_alphabetic());
    }
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let name_ends = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ':').unwrap_or(inside.len());
    let (name, attributes) = inside.split_at(name_ends);
    let is_name = match name.as_bytes() {
        [letter] => b"abipqsuABIPQSU".contains(letter),
        [first, ..] => first.is_ascii_alphabetic(),
        [] => false,
    };
    let has_none = attributes.trim_end_matches('/').trim().is_empty();
    is_name && (has_none || (attributes.starts_with(char::is_whitespace) && attributes.contains('=')))
}

/// Whether an entity with its semicolon begins here. Without one, `&copy=2` is the parameter of an address.
fn begins_entity(text: &str) -> bool {
    let name = &text.as_bytes()[1..];
    let length =
        name.iter().take(MAX_ENTITY_BYTES + 1).take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
    (2..=MAX_ENTITY_BYTES).contains(&length) && name.get(length) == Some(&b';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("Kitchen assistant", "Kitchen assistant")]
    #[case::white_space(" a\u{a0}\r\n\t b ", "a b")]
    #[case::less_than("2 < 3 and 5>4", "2 < 3 and 5>4")]
    #[case::unclosed("if x<y then", "if x<y then")]
    #[case::like_a_tag("x<y and z>w", "x<y and z>w")]
    #[case::address_in_angles(
        "<jo@example.org> <https://example.org/?a=b>",
        "<jo@example.org> <https://example.org/?a=b>"
    )]
    #[case::ampersand("R&D; Q&A & AT&T", "R&D; Q&A & AT&T")]
    #[case::parameters("https://example.org/?a=1&copy=2", "https://example.org/?a=1&copy=2")]
    #[case::both("<p>R&D: 2 < 3</p>", "R&D: 2 < 3")]
    #[case::ncs_list(
        "<p>You&rsquo;ll need:</p>\n<ul>\n    <li>care</li><li>patience</li></ul>",
        "You’ll need: care patience"
    )]
    #[case::phet_break("Kelly Lancaster<br/>Chris Malley", "Kelly Lancaster Chris Malley")]
    #[case::inline("H<sub>2</sub>O is <b>wet</b>.", "H2O is wet.")]
    #[case::oer_word_markup("<p style=\"font-size:12pt\"><span lang=\"en\">One</span></p><p>two</p>", "One two")]
    #[case::ncce_whole_page(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\r\n<html><head></head>\r\n<body id=Email >Create systems</body></html>",
        "Create systems"
    )]
    #[case::tess_unknown_tag("This <nottag>event</nottag> exists", "This event exists")]
    #[case::script("a<script>if (b<c && d) {}</script><style>p{}</style>b", "a b")]
    #[case::comment("a<!-- <p>no</p> -->b", "ab")]
    #[case::escaped_once("the &lt;b&gt; element &amp;amp;", "the <b> element &amp;")]
    #[case::invisible("a\u{200b}b\u{202e}c\u{ad}d\u{feff}e\u{0}f", "abcdef")]
    #[case::nothing("&nbsp;<p></p>", "")]
    fn html_and_text_become_one_line(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(plain_text(given), expected);
    }

    #[test]
    fn a_very_deep_page_ends() {
        assert_eq!(plain_text(&("<div>".repeat(200_000) + "x")), "");
        assert_eq!(plain_text(&("<i>".repeat(400) + "x")), "x");
    }
}
