//! Names: what is an element of a feed usually called?
//!
//! A document may give a namespace any prefix, or write one that it never declares. Elements of RSS and Atom go by their
//! plain names wherever they stand, `atom:link` in RSS too; those of extensions by the prefix that their specification
//! uses; all others by what the document calls them.

use crate::xml::XmlElement;

/// The namespaces of RSS and Atom, as [`folded`].
const PLAIN: [&str; 9] = [
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns",
    "http://purl.org/rss/1.0",
    "http://purl.org/rss/1.0/modules/rss091",
    "http://my.netscape.com/rdf/simple/0.9",
    "http://channel.netscape.com/rdf/simple/0.9",
    "http://purl.org/net/rss1.1",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://cyber.law.harvard.edu/rss",
];

/// RSS 2.0 had several namespaces under this one before it had none.
const USERLAND: &str = "http://backend.userland.com/rss";

/// Versions 1.0 to 1.2, and below each of them that of excerpts.
const WORDPRESS: &str = "http://wordpress.org/export/";

/// The usual prefix of an extension, and its namespace as [`folded`].
const EXTENSIONS: [(&str, &str); 16] = [
    ("content", "http://purl.org/rss/1.0/modules/content"),
    ("dc", "http://purl.org/dc/elements/1.1"),
    ("dcterms", "http://purl.org/dc/terms"),
    ("media", "http://search.yahoo.com/mrss"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("creativeCommons", "http://backend.userland.com/creativecommonsrssmodule"),
    ("creativeCommons", "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html"),
    ("cc", "http://web.resource.org/cc"),
    ("cc", "http://creativecommons.org/ns"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns"),
    ("fh", "http://purl.org/syndication/history/1.0"),
    ("at", "http://purl.org/atompub/tombstones/1.0"),
    ("xhtml", "http://www.w3.org/1999/xhtml"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
    ("georss", "http://www.georss.org/georss"),
    ("slash", "http://purl.org/rss/1.0/modules/slash"),
];

/// The usual name of an element, its own part as the document writes it: `dc:creator`, `pubDate`.
pub(super) fn usual_name(element: &XmlElement) -> String {
    match usual_prefix(element) {
        "" => element.name.clone(),
        prefix => format!("{prefix}:{}", element.name),
    }
}

/// The usual name in lower case, to tell elements by: some feeds write `<ITEM>` and `<pubdate>`.
pub(super) fn key_of(element: &XmlElement) -> String {
    usual_name(element).to_ascii_lowercase()
}

fn usual_prefix(element: &XmlElement) -> &str {
    let namespace = folded(&element.namespace);
    if namespace.is_empty() {
        let is_plain = matches!(element.prefix.to_ascii_lowercase().as_str(), "atom" | "rss");
        return if is_plain { "" } else { element.prefix.as_str() };
    }
    if PLAIN.contains(&namespace.as_str()) || namespace.starts_with(USERLAND) {
        return "";
    }
    if let Some(version) = namespace.strip_prefix(WORDPRESS) {
        return if version.ends_with("excerpt") { "excerpt" } else { "wp" };
    }
    let known = EXTENSIONS.iter().find(|(_, known)| *known == namespace);
    known.map_or(element.prefix.as_str(), |(prefix, _)| *prefix)
}

/// A namespace as it is compared: feeds write them with and without their last sign, and in capitals.
fn folded(namespace: &str) -> String {
    namespace.trim().trim_end_matches(['/', '#']).to_ascii_lowercase()
}

/// The value of an attribute by its whole name, in capitals or not.
pub(super) fn attribute<'e>(element: &'e XmlElement, name: &str) -> Option<&'e str> {
    attribute_among(&element.attributes, name)
}

/// The value of one of these attributes by its whole name, in capitals or not.
pub(super) fn attribute_among<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The address in an attribute, under any of the names that it has had.
pub(super) fn href_of(element: &XmlElement) -> Option<&str> {
    ["url", "uri", "href"].iter().find_map(|name| attribute(element, name))
}

/// What a resource is to this one: the address in an attribute of RDF.
pub(super) fn rdf_resource(element: &XmlElement) -> Option<&str> {
    attribute(element, "rdf:resource").or_else(|| attribute(element, "resource"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::rss("", "", "pubDate", "pubDate")]
    #[case::atom_in_rss("a10", "http://www.w3.org/2005/Atom", "link", "link")]
    #[case::undeclared_atom("atom", "", "link", "link")]
    #[case::undeclared("dc", "", "creator", "dc:creator")]
    #[case::another_prefix("yahoo", "http://search.yahoo.com/mrss", "thumbnail", "media:thumbnail")]
    #[case::old_export("wp", "http://wordpress.org/export/1.0/", "status", "wp:status")]
    #[case::excerpt("e", "http://wordpress.org/export/1.2/excerpt/", "encoded", "excerpt:encoded")]
    #[case::unknown("x", "https://example.org/ns", "level", "x:level")]
    #[case::default_namespace("", "https://example.org/ns", "item", "item")]
    fn an_element_has_its_usual_name(
        #[case] prefix: &str,
        #[case] namespace: &str,
        #[case] name: &str,
        #[case] expected: &str,
    ) {
        let element = XmlElement {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            namespace: namespace.to_owned(),
            ..XmlElement::default()
        };
        assert_eq!(usual_name(&element), expected);
    }
}
