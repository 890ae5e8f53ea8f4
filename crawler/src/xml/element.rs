//! An XML element with everything in it, and how a mapping names values in it.

use quick_xml::escape::{escape, partial_escape};

/// An element, and what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XmlElement {
    /// Its name without prefix.
    pub name: String,
    /// Its prefix as it stands in the document; empty when there is none.
    pub prefix: String,
    /// The namespace it is in; empty when there is none.
    pub namespace: String,
    /// Its attributes, names as they stand in the document (`xml:lang`), values unescaped.
    pub attributes: Vec<(String, String)>,
    /// What it holds, in order.
    pub children: Vec<XmlNode>,
}

/// A part of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XmlNode {
    /// An element.
    Element(XmlElement),
    /// Text, unescaped.
    Text(String),
}

/// Prefixes that a mapping may use whatever the document calls their namespace.
const KNOWN_NAMESPACES: [(&str, &str); 9] = [
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    ("lom", "http://ltsc.ieee.org/xsd/LOM"),
    ("mods", "http://www.loc.gov/mods/v3"),
    ("marc", "http://www.loc.gov/MARC21/slim"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("wp", "http://wordpress.org/export/1.2/"),
];

/// Elements of HTML that never hold anything, and have no end tag there. Source: the HTML standard, 13.1.2.
const VOID_ELEMENTS: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

impl XmlElement {
    /// The elements in it, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            XmlNode::Element(element) => Some(element),
            XmlNode::Text(_) => None,
        })
    }

    /// The elements of this name in it, whatever their namespace.
    pub fn elements_named<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first element of this name in it, whatever its namespace.
    pub fn element(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// The value of an attribute: by its whole name as the document writes it, or else by its name without prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let whole = self.attributes.iter().find(|(own, _)| own == name);
        let local = || self.attributes.iter().find(|(own, _)| own.rsplit(':').next() == Some(name));
        whole.or_else(local).map(|(_, value)| value.as_str())
    }

    /// All text in it and in its elements, in order, nothing trimmed. Goes as deep as the reader lets elements nest.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.push_text(&mut text);
        text
    }

    fn push_text(&self, text: &mut String) {
        for child in &self.children {
            match child {
                XmlNode::Element(element) => element.push_text(text),
                XmlNode::Text(part) => text.push_str(part),
            }
        }
    }

    /// What it holds as markup, names without prefix, as HTML writes it: for the XHTML in a feed. Goes as deep as the
    /// reader lets elements nest.
    pub fn inner_xml(&self) -> String {
        let mut markup = String::new();
        self.push_markup(&mut markup);
        markup
    }

    fn push_markup(&self, markup: &mut String) {
        for child in &self.children {
            match child {
                XmlNode::Text(text) => markup.push_str(&partial_escape(text.as_str())),
                XmlNode::Element(element) => {
                    markup.extend(["<", element.name.as_str()]);
                    for (name, value) in &element.attributes {
                        markup.extend([" ", name.as_str(), "=\"", &*escape(value.as_str()), "\""]);
                    }
                    markup.push('>');
                    element.push_markup(markup);
                    if !VOID_ELEMENTS.contains(&element.name.as_str()) {
                        markup.extend(["</", element.name.as_str(), ">"]);
                    }
                }
            }
        }
    }

    /// The values at a path of element names from here: `dc:title`, `general/title/string`, `link@href`,
    /// `subject[scheme=KS]/label` for elements whose attribute has that value. A step without a prefix means any
    /// namespace; `//` before a step means at any depth. An attribute alone, `@id`, is this element's own.
    pub fn values(&self, path: &str) -> Vec<String> {
        let (steps, attribute) = match path.rsplit_once('@') {
            Some((steps, name)) if !name.contains(['/', ']']) => (steps, Some(name)),
            Some(_) | None => (path, None),
        };
        let mut found = vec![self];
        let mut at_any_depth = false;
        for step in steps.split('/') {
            if step.is_empty() {
                at_any_depth = !steps.is_empty();
                continue;
            }
            found = found.into_iter().flat_map(|element| element.matching(step, at_any_depth)).collect();
            at_any_depth = false;
        }
        match attribute {
            Some(name) => found.iter().filter_map(|element| element.attribute(name)).map(ToOwned::to_owned).collect(),
            None => found.iter().map(|element| element.text()).collect(),
        }
    }

    fn matching(&self, step: &str, at_any_depth: bool) -> Vec<&Self> {
        let mut found = Vec::new();
        for element in self.elements() {
            if element.is_meant_by(step) {
                found.push(element);
            }
            if at_any_depth {
                found.extend(element.matching(step, true));
            }
        }
        found
    }

    /// Whether a step of a path means this element.
    fn is_meant_by(&self, step: &str) -> bool {
        let (name, condition) = match step.split_once('[') {
            Some((name, condition)) => (name, condition.strip_suffix(']')),
            None => (step, None),
        };
        let fits = match name.split_once(':') {
            None => name == self.name || name == "*",
            Some((prefix, local)) => {
                let meant = KNOWN_NAMESPACES.iter().find(|(known, _)| *known == prefix);
                local == self.name && (prefix == self.prefix || meant.is_some_and(|(_, ns)| *ns == self.namespace))
            }
        };
        fits && condition.is_none_or(|condition| match condition.split_once('=') {
            Some((attribute, value)) => self.attribute(attribute) == Some(value),
            None => self.attribute(condition).is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn element(name: &str, attributes: &[(&str, &str)], children: Vec<XmlNode>) -> XmlElement {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        XmlElement { name: local.to_owned(), prefix: prefix.to_owned(), namespace: String::new(), attributes, children }
    }

    fn text(text: &str) -> XmlNode {
        XmlNode::Text(text.to_owned())
    }

    fn lom() -> XmlElement {
        let string = element("lom:string", &[("xml:lang", "en")], vec![text("Lifeguard")]);
        let title = element("lom:title", &[], vec![XmlNode::Element(string)]);
        let general = element("lom:general", &[], vec![XmlNode::Element(title)]);
        let link = element("link", &[("href", "/a"), ("rel", "next")], vec![]);
        element("lom:lom", &[("id", "7")], vec![XmlNode::Element(general), text(" "), XmlNode::Element(link)])
    }

    #[test]
    fn what_it_holds_is_written_as_markup() {
        let image = element("x:img", &[("alt", "\"1 < 2\"")], vec![]);
        let paragraph = element("x:p", &[], vec![text("A & B"), XmlNode::Element(image)]);
        let whole = element("x:div", &[], vec![XmlNode::Element(paragraph), text("<b>")]);
        let expected = "<p>A &amp; B<img alt=\"&quot;1 &lt; 2&quot;\"></p>&lt;b&gt;";
        assert_eq!(whole.inner_xml(), expected);
    }

    #[rstest]
    #[case::path("general/title/string", &["Lifeguard"])]
    #[case::prefixes("lom:general/lom:title", &["Lifeguard"])]
    #[case::another_prefix("dc:general", &[])]
    #[case::any_depth("//string", &["Lifeguard"])]
    #[case::any_name("general/*/string@lang", &["en"])]
    #[case::attribute("link@href", &["/a"])]
    #[case::own_attribute("@id", &["7"])]
    #[case::condition("link[rel=next]@href", &["/a"])]
    #[case::condition_that_fails("link[rel=prev]@href", &[])]
    #[case::nothing("title", &[])]
    fn a_path_names_values(#[case] path: &str, #[case] expected: &[&str]) {
        assert_eq!(lom().values(path), expected);
    }
}
