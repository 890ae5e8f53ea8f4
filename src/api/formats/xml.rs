//! XML as it is written: escaped, and without the characters that no document may hold.

/// Text as it stands between tags or in an attribute. Characters that XML 1.0 forbids are dropped.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(|character| is_allowed(*character)) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // A reader would make a line feed of it.
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Source: XML 1.0, 2.2, `Char`. Rust's characters hold no surrogates.
fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// A document in the making; each element on a line of its own.
pub(crate) struct XmlWriter(String);

impl XmlWriter {
    /// A document in UTF-8.
    pub(crate) fn new() -> Self {
        Self(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
    }

    /// Begins an element that holds others.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str(">\n");
    }

    /// Ends an element that holds others.
    pub(crate) fn close(&mut self, name: &str) {
        self.end(name);
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes);
        self.0.push('>');
        self.0.push_str(&escape(text));
        self.end(name);
    }

    /// An element that holds nothing.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str("/>\n");
    }

    /// The document, when all that was begun has ended.
    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.0.push_str(&escape(value));
            self.0.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push_str(">\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_xml_is_escaped() {
        assert_eq!(escape("a < b & \"c\" > 'd'\r"), "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;&#13;");
        assert_eq!(escape("]]>"), "]]&gt;");
        assert_eq!(escape("Müller 🔭\n\t"), "Müller 🔭\n\t");
    }

    #[test]
    fn characters_that_no_document_may_hold_are_dropped() {
        assert_eq!(escape("a\0b\u{1}c\u{b}d\u{1f}e\u{fffe}f\u{ffff}g"), "abcdefg");
        assert_eq!(escape("\u{7f}\u{85}\u{fffd}"), "\u{7f}\u{85}\u{fffd}");
    }

    #[test]
    fn a_document_is_written_element_by_element() {
        let mut document = XmlWriter::new();
        document.open("list", &[("of", "\"x\"")]);
        document.text("title", &[], "a & b");
        document.empty("link", &[("href", "?a=1&b=2")]);
        document.close("list");
        assert_eq!(
            document.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<list of=\"&quot;x&quot;\">\n<title>a &amp; b</title>\n\
             <link href=\"?a=1&amp;b=2\"/>\n</list>\n"
        );
    }
}
