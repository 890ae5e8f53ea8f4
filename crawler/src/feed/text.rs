//! Written text: is what an element holds plain text or HTML?
//!
//! Atom 1.0 says it with `type`, Atom 0.3 with `type` and `mode`, RSS not at all, so that there one has to look.

use super::names::attribute;
use crate::normalise::plain_text;
use crate::normalise::text::tidy;
use crate::xml::XmlElement;

/// Elements that stand in titles and short texts. What looks like any other is no HTML: `List<String>`.
const ELEMENTS: [&str; 59] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "del",
    "dfn",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "audio",
    "figure",
    "wbr",
];

/// How a document tells plain text from HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// It says so.
    Atom,
    /// It does not, and plain text may be HTML.
    Rss,
}

/// What an element holds that does not say what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untyped {
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

/// A text, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// Plain text: `<` is a sign like any other.
    Text(String),
    /// HTML.
    Html(String),
}

impl Written {
    /// The text of an element.
    pub(super) fn in_element(element: &XmlElement, untyped: Untyped, dialect: Dialect) -> Self {
        if element.elements().next().is_some() {
            return Self::Html(element.inner_xml());
        }
        let stated = attribute(element, "type").map(|stated| stated.trim().to_ascii_lowercase());
        let media_type = match stated.as_deref() {
            None | Some("") => match untyped {
                Untyped::Text => "text",
                Untyped::Html => "html",
            },
            Some(stated) => stated,
        };
        let text = element.text().trim().to_owned();
        let is_base64 = attribute(element, "mode").is_some_and(|mode| mode.eq_ignore_ascii_case("base64"));
        if is_base64 || is_binary(media_type) {
            // What says that it is, and is not, stays as it came.
            let decoded = from_base64(&text).unwrap_or(text);
            return if is_plain(media_type) { Self::Text(decoded) } else { Self::Html(decoded) };
        }
        if is_plain(media_type) {
            return if dialect == Dialect::Rss { Self::guessed(text) } else { Self::Text(text) };
        }
        // XML that holds no element was unescaped when it was read.
        if is_xml(media_type) { Self::Html(escaped(&text)) } else { Self::Html(text) }
    }

    /// A text that nobody says anything about.
    pub(super) fn guessed(text: String) -> Self {
        if reads_as_html(&text) { Self::Html(text) } else { Self::Text(text) }
    }

    /// One line as a reader sees it; `None` when there is nothing to see.
    pub(super) fn plain(&self) -> Option<String> {
        let line = match self {
            Self::Text(text) => tidy(text),
            Self::Html(html) => plain_text(html),
        };
        Some(line).filter(|line| !line.is_empty())
    }

    /// The same as HTML; `None` when it is blank.
    pub(super) fn markup(self) -> Option<String> {
        let markup = match self {
            Self::Text(text) => escaped(&text),
            Self::Html(html) => html,
        };
        Some(markup).filter(|markup| !markup.trim().is_empty())
    }
}

/// Whether a content type is one of text, written in words and not in bytes.
pub(super) fn is_words(media_type: &str) -> bool {
    !is_binary(media_type.trim().to_ascii_lowercase().as_str())
}

fn is_plain(media_type: &str) -> bool {
    matches!(media_type, "text" | "plain" | "text/plain")
}

fn is_xml(media_type: &str) -> bool {
    media_type == "xhtml" || media_type.ends_with("+xml") || media_type.ends_with("/xml")
}

fn is_binary(media_type: &str) -> bool {
    let is_text = matches!(media_type, "" | "text" | "plain" | "html") || media_type.starts_with("text/");
    !is_text && !is_xml(media_type)
}

/// Plain text as HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Whether a text that should be plain is HTML: it has an end tag or an entity, and no tag that HTML does not know.
fn reads_as_html(text: &str) -> bool {
    let mut is_sure = false;
    for (at, sign) in text.match_indices(['<', '&']) {
        let after = &text[at + sign.len()..];
        if sign == "<" {
            let end = after.strip_prefix('/');
            let name = word_at(end.unwrap_or(after));
            if !name.is_empty() && !ELEMENTS.iter().any(|element| element.eq_ignore_ascii_case(name)) {
                return false;
            }
            is_sure |= !name.is_empty() && end.is_some_and(|end| end[name.len()..].starts_with('>'));
        } else {
            let named = after.strip_prefix('#').unwrap_or(after);
            let name = word_at(named);
            is_sure |= !name.is_empty() && named[name.len()..].starts_with(';');
        }
    }
    is_sure
}

/// The letters and digits that a text begins with.
fn word_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Text from base 64; `None` when it is none, or what comes out is no text. Source: RFC 4648, 4.
fn from_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut digits) = (0_u32, 0_u32, 0_usize);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        digits += 1;
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    if digits % 4 != 0 {
        return None;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::xml::XmlNode;

    fn element(attributes: &[(&str, &str)], text: &str) -> XmlElement {
        XmlElement {
            name: "title".to_owned(),
            attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            children: vec![XmlNode::Text(text.to_owned())],
            ..XmlElement::default()
        }
    }

    #[rstest]
    #[case::text(&[("type", "text")], "Less: <em> &lt;", "Less: <em> &lt;")]
    #[case::untyped(&[], "A &amp; B", "A &amp; B")]
    #[case::html(&[("type", "html")], "Less: <em> &lt; </em>", "Less: <")]
    #[case::html_of_old(&[("type", "text/html"), ("mode", "escaped")], "<b>A</b> &amp; B", "A & B")]
    #[case::xhtml(&[("type", "xhtml")], "A <b>", "A <b>")]
    #[case::base64(&[("type", "text/html"), ("mode", "base64")], "TGlmZTxiPmd1\n YXJkPC9iPg==", "Lifeguard")]
    #[case::not_base64(&[("mode", "base64")], "Lifeguard", "Lifeguard")]
    #[case::bytes(&[("type", "application/octet-stream")], "TGlmZWd1YXJk", "Lifeguard")]
    fn atom_says_what_a_text_is(#[case] attributes: &[(&str, &str)], #[case] text: &str, #[case] expected: &str) {
        let written = Written::in_element(&element(attributes, text), Untyped::Text, Dialect::Atom);
        assert_eq!(written.plain().as_deref(), Some(expected));
        let again = written.markup().expect("it is not blank");
        assert_eq!(plain_text(&again), expected, "what is handed on says the same");
    }

    #[rstest]
    #[case::plain("R&D < 3", "R&D < 3")]
    #[case::twice_escaped("Q&amp;A &#8211; one", "Q&A – one")]
    #[case::markup("<b>Bold</b> move", "Bold move")]
    #[case::unclosed("Nice <gorilla> there", "Nice <gorilla> there")]
    #[case::code("List<String></String> &amp; more", "List<String></String> &amp; more")]
    #[case::heart("I <3 maths; you &2", "I <3 maths; you &2")]
    #[case::blank(" \n ", "")]
    fn rss_has_to_be_looked_at(#[case] text: &str, #[case] expected: &str) {
        let written = Written::in_element(&element(&[], text), Untyped::Text, Dialect::Rss);
        assert_eq!(written.plain().unwrap_or_default(), expected);
    }

    #[test]
    fn elements_inside_are_markup_whatever_the_type_says() {
        let mut title = element(&[("type", "text")], "Life");
        title.children.push(XmlNode::Element(XmlElement {
            name: "b".to_owned(),
            children: vec![XmlNode::Text("guard & co".to_owned())],
            ..XmlElement::default()
        }));
        let written = Written::in_element(&title, Untyped::Text, Dialect::Atom);
        assert_eq!(written.plain().as_deref(), Some("Lifeguard & co"));
    }
}
