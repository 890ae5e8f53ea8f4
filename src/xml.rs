//! Writing XML: elements and text, escaped. What XML cannot carry is left out.

/// A piece of XML that grows. What is opened is closed, since an element holds what its closure writes.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// A document with nothing in it.
    pub(crate) fn document() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    /// An element that holds others.
    pub(crate) fn holding(&mut self, name: &str, attributes: &[(&str, &str)], write: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        write(self);
        self.close(name);
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.push_escaped(text);
        self.close(name);
    }

    /// Such an element where there is a text.
    pub(crate) fn text_if_any(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, &[], text);
        }
    }

    /// An element that holds nothing.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str("/>");
    }

    /// Appends what was written apart.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// What was written.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push('>');
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.push_escaped(value);
            self.0.push('"');
        }
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    fn push_escaped(&mut self, text: &str) {
        for character in text.chars().filter(|character| is_allowed(*character)) {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // A bare one would be read as a line feed. Source: XML 1.0, 2.11.
                '\r' => self.0.push_str("&#13;"),
                other => self.0.push(other),
            }
        }
    }
}

/// A text as it stands in an element, for a place whose readers take a text for markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut xml = Xml::default();
    xml.push_escaped(text);
    xml.into_string()
}

/// Whether XML can carry a character at all, written out or escaped. Source: XML 1.0, 2.2.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_cannot_become_markup() {
        let mut xml = Xml::default();
        xml.holding("a", &[("b", "\"><x y='1'>&")], |xml| {
            xml.text("c", &[], "</c><script>]]>&amp;");
            xml.empty("d", &[("e", "?a=1&b=\"")]);
        });
        assert_eq!(
            xml.into_string(),
            "<a b=\"&quot;&gt;&lt;x y='1'&gt;&amp;\"><c>&lt;/c&gt;&lt;script&gt;]]&gt;&amp;amp;</c>\
             <d e=\"?a=1&amp;b=&quot;\"/></a>"
        );
    }

    #[test]
    fn what_xml_cannot_carry_is_left_out() {
        let text = "a\u{0}b\u{8}c\u{B}d\u{1F}e\u{FFFE}f\u{FFFF}g\t\n\r\u{1F600}é\u{85}\u{FFFD}";
        assert_eq!(escaped(text), "abcdefg\t\n&#13;\u{1F600}é\u{85}\u{FFFD}");
    }
}
