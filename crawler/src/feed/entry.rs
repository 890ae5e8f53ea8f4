//! Entries of RSS and Atom: which of its elements is the title of an entry, which its link, which its picture?
//!
//! Where several could be, the rules are those of feedparser: of titles the shallowest counts and then the first, of
//! links the last that leads to a page, and an identifier that is an address stands in for a link. What a text is
//! written in is found by [`super::text`].

use std::collections::BTreeMap;

use super::Entry;
use super::names::{attribute, href_of, key_of, rdf_resource};
use super::parts::{About, MAX_NAME_BYTES, Part, parts_of};
use super::scope::Scope;
use super::text::{Dialect, Untyped, Written, is_words};
use crate::normalise::text::tidy;
use crate::xml::XmlElement;

/// All of an entry, the fullest first.
const CONTENT: [&str; 5] = ["content:encoded", "content", "fullitem", "xhtml:body", "body"];

/// What an entry says in short, the best first.
const SUMMARY: [&str; 8] = [
    "summary",
    "description",
    "excerpt:encoded",
    "itunes:summary",
    "itunes:subtitle",
    "dc:description",
    "abstract",
    "media:description",
];

/// When an entry was published. RSS 1.0 has `dc:date` for it.
const PUBLISHED: [&str; 8] =
    ["published", "pubdate", "issued", "dcterms:issued", "dc:date", "created", "dcterms:created", "wp:post_date_gmt"];

/// When an entry was last changed.
const MODIFIED: [&str; 5] = ["updated", "modified", "dcterms:modified", "wp:post_modified_gmt", "wp:post_modified"];

/// How `WordPress` writes a date that it does not have.
const NO_DATE: &str = "0000-00-00";

/// What `WordPress` files things under that is none of a reader's business.
const INTERNAL: [&str; 3] = ["nav_menu", "post_format", "wp_theme"];

/// Reads an entry. `around` is what holds around it.
pub(super) fn read_entry(element: &XmlElement, around: &Scope, dialect: Dialect, place: String) -> Entry {
    let scope = around.within(element);
    let parts = parts_of(element, &scope);
    let link = link_of(element, &scope, &parts);
    let date = |keys: &[&str]| texts(&parts, keys).into_iter().find(|date| !date.starts_with(NO_DATE));
    Entry {
        place,
        id: id_of(element, &parts),
        title: title_of(&parts, dialect),
        other_links: other_links_of(&parts),
        content: markup_of(&parts, &CONTENT, dialect),
        summary: markup_of(&parts, &SUMMARY, dialect),
        images: images_of(&parts),
        creators: creators_of(&parts),
        keywords: keywords_of(&parts),
        language: texts(&parts, &["dc:language"]).into_iter().next().or_else(|| scope.language.clone()),
        published: date(&PUBLISHED),
        modified: date(&MODIFIED),
        licence: of_entry(&parts).filter(|part| part.depth == 1).find_map(|part| licence_in(part.element, &part.scope)),
        values: values_of(&parts, dialect, link.as_deref()),
        link,
        trouble: None,
        breaks_off: false,
    }
}

/// The parts that say something about the entry itself.
fn of_entry<'p, 'e>(parts: &'p [Part<'e>]) -> impl Iterator<Item = &'p Part<'e>> {
    parts.iter().filter(|part| part.about == About::Entry)
}

/// The texts directly in the entry under these names: those under the first name, then under the second, and so on.
fn texts(parts: &[Part<'_>], keys: &[&str]) -> Vec<String> {
    let under = |key: &&str| -> Vec<String> {
        parts.iter().filter(|part| part.depth == 1 && part.key == *key).filter_map(Part::text).collect()
    };
    keys.iter().flat_map(under).collect()
}

fn id_of(element: &XmlElement, parts: &[Part<'_>]) -> Option<String> {
    let stated = texts(parts, &["guid", "id"]).pop();
    let about = || attribute(element, "rdf:about").or_else(|| attribute(element, "about"));
    stated.or_else(|| about().map(|about| about.trim().to_owned()).filter(|about| !about.is_empty()))
}

fn title_of(parts: &[Part<'_>], dialect: Dialect) -> Option<String> {
    let own = shallowest(parts, &["title", "dc:title"], dialect);
    own.or_else(|| shallowest(parts, &["media:title"], dialect))
}

fn shallowest(parts: &[Part<'_>], keys: &[&str], dialect: Dialect) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for part in of_entry(parts).filter(|part| keys.contains(&part.key.as_str())) {
        if best.as_ref().is_some_and(|(depth, _)| *depth <= part.depth) {
            continue;
        }
        if let Some(title) = Written::in_element(part.element, Untyped::Text, dialect).plain() {
            best = Some((part.depth, title));
        }
    }
    best.map(|(_, title)| title)
}

/// The page of an entry.
fn link_of(element: &XmlElement, scope: &Scope, parts: &[Part<'_>]) -> Option<String> {
    // The Channel Definition Format, which came before RSS, has it in the start tag.
    let mut link = attribute(element, "href").map(|href| scope.resolve(href)).filter(|href| !href.is_empty());
    for part in of_entry(parts) {
        match part.key.as_str() {
            "link" => link = page_in(part.element, &part.scope).or(link),
            "guid" | "id" if link.is_none() && part.depth == 1 && is_permalink(part.element) => {
                link = part.text().map(|address| part.scope.resolve(&address));
            }
            _ => {}
        }
    }
    link
}

/// The page that a `link` leads to: its text in RSS, in Atom the `href` of an alternate form for people.
pub(super) fn page_in(link: &XmlElement, scope: &Scope) -> Option<String> {
    let address = match href_of(link) {
        Some(href) if relation_of(link) == "alternate" && is_of_page(link) => href.to_owned(),
        Some(_) => return None,
        // Some escape their `&` twice.
        None => link.text().replace("&amp;", "&"),
    };
    Some(scope.resolve(&address)).filter(|address| !address.is_empty())
}

/// What the thing that a link leads to is to the entry. Source: RFC 4287, 4.2.7.2.
pub(super) fn relation_of(link: &XmlElement) -> String {
    let relation = attribute(link, "rel").map(|relation| relation.trim().to_ascii_lowercase());
    relation.filter(|relation| !relation.is_empty()).unwrap_or_else(|| "alternate".to_owned())
}

fn is_of_page(link: &XmlElement) -> bool {
    let media_type = attribute(link, "type").map(|stated| stated.trim().to_ascii_lowercase());
    let media_type = media_type.as_deref().unwrap_or("text/html");
    matches!(media_type, "text/html" | "html" | "application/xhtml+xml" | "xhtml")
}

/// Whether an identifier is an address as well. Source: RSS 2.0, `guid`.
fn is_permalink(identifier: &XmlElement) -> bool {
    attribute(identifier, "isPermaLink").is_none_or(|stated| stated == "true")
}

/// What else an entry leads to, in other forms than a page, and then what is enclosed with it.
fn other_links_of(parts: &[Part<'_>]) -> Vec<String> {
    let related = |relation: &'static str| {
        of_entry(parts).filter(move |part| part.key == "link" && relation_of(part.element) == relation)
    };
    let enclosures = of_entry(parts).filter(|part| part.key == "enclosure");
    let all = related("alternate").chain(enclosures).chain(related("enclosure"));
    let addresses = all.filter_map(|part| href_of(part.element).map(|href| part.scope.resolve(href)));
    addresses.filter(|address| !address.is_empty()).collect()
}

/// The first of these that says something, as HTML.
fn markup_of(parts: &[Part<'_>], keys: &[&str], dialect: Dialect) -> Option<String> {
    keys.iter().find_map(|key| {
        let named = of_entry(parts).filter(|part| part.key == *key);
        // The description of a film stands in the group of its forms.
        let mut near = named.filter(|part| part.depth == 1 || part.key.starts_with("media:"));
        near.find_map(|part| markup_in(part, dialect))
    })
}

fn markup_in(part: &Part<'_>, dialect: Dialect) -> Option<String> {
    if attribute(part.element, "type").is_some_and(|stated| !is_words(stated)) {
        return None;
    }
    let untyped = match part.key.as_str() {
        "description" | "dc:description" | "media:description" | "content:encoded" | "excerpt:encoded" => Untyped::Html,
        _ => Untyped::Text,
    };
    Written::in_element(part.element, untyped, dialect).markup()
}

/// Addresses of pictures, those that are meant as the entry's own first.
fn images_of(parts: &[Part<'_>]) -> Vec<String> {
    let mut ranked: Vec<(u8, String)> = parts.iter().filter_map(ranked_image).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, address)| address).filter(|address| !address.is_empty()).collect()
}

fn ranked_image(part: &Part<'_>) -> Option<(u8, String)> {
    let element = part.element;
    let says = |name: &str, start: &str| {
        attribute(element, name).is_some_and(|value| value.trim().to_ascii_lowercase().starts_with(start))
    };
    let is_image = says("type", "image/") || says("medium", "image");
    let (rank, address) = match (part.key.as_str(), part.about) {
        (_, About::Source) => return None,
        ("media:thumbnail", _) => (0, href_of(element).map(ToOwned::to_owned).or_else(|| part.text())?),
        ("media:content", _) if is_image => (1, href_of(element)?.to_owned()),
        ("enclosure", _) if is_image => (2, href_of(element)?.to_owned()),
        ("link", _) if is_image && relation_of(element) == "enclosure" => (2, href_of(element)?.to_owned()),
        ("itunes:image", _) => (3, href_of(element)?.to_owned()),
        ("image", _) => (4, href_of(element).or_else(|| rdf_resource(element))?.to_owned()),
        ("url", About::Image) => (4, part.text()?),
        _ => return None,
    };
    Some((rank, part.scope.resolve(&address)))
}

fn creators_of(parts: &[Part<'_>]) -> Vec<String> {
    let named = |keys: &[&str]| -> Vec<String> {
        let people = parts.iter().filter(|part| part.depth == 1 && keys.contains(&part.key.as_str()));
        people.filter_map(|part| person_in(part.element)).collect()
    };
    let creators = named(&["author", "dc:creator", "dc:author"]);
    if creators.is_empty() { named(&["itunes:author"]) } else { creators }
}

/// The name of the person in an element, without an address.
pub(super) fn person_in(element: &XmlElement) -> Option<String> {
    let name = element.elements().find(|inner| key_of(inner) == "name");
    person(&name.map_or_else(|| element.text(), XmlElement::text))
}

/// A name as RSS writes it, `jo@example.org (Jo Bloggs)`, without the address; `None` when there is nothing else.
pub(super) fn person(text: &str) -> Option<String> {
    let text = tidy(text);
    if !text.contains('@') {
        return Some(text).filter(|name| !name.is_empty());
    }
    let is_address = |word: &str| {
        let word = word.trim_matches(['(', ')', '<', '>', '[', ']', ',', ';']);
        word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
    };
    let words: Vec<&str> = text.split(' ').filter(|word| !is_address(word)).collect();
    let name = words.join(" ").trim_matches(['(', ')', '<', '>', ' ', '"']).to_owned();
    Some(name).filter(|name| !name.is_empty())
}

fn keywords_of(parts: &[Part<'_>]) -> Vec<String> {
    let mut keywords = Vec::new();
    for part in of_entry(parts) {
        match part.key.as_str() {
            "category" if part.depth == 1 => {
                let is_internal = scheme_of(part.element).is_some_and(|scheme| INTERNAL.contains(&scheme));
                keywords.extend(category_in(part.element).filter(|_| !is_internal));
            }
            "dc:subject" if part.depth == 1 => keywords.extend(part.text()),
            "media:category" => keywords.extend(category_in(part.element)),
            "media:keywords" | "itunes:keywords" | "keywords" => {
                let list = part.element.text();
                keywords.extend(list.split(',').map(tidy).filter(|word| !word.is_empty()));
            }
            _ => {}
        }
    }
    keywords
}

/// The word of a category: what people are to read before what machines are. A term that is an address is no word.
fn category_in(category: &XmlElement) -> Option<String> {
    let stated = |name: &str| attribute(category, name).map(tidy).filter(|word| !word.is_empty());
    let text = || Some(tidy(&category.text())).filter(|word| !word.is_empty());
    let term = || stated("term").filter(|term| !term.starts_with("http://") && !term.starts_with("https://"));
    stated("label").or_else(text).or_else(term)
}

/// The list that a category is taken from: `domain` in RSS, `scheme` in Atom.
fn scheme_of(category: &XmlElement) -> Option<&str> {
    attribute(category, "domain").or_else(|| attribute(category, "scheme"))
}

/// The licence that an element states, if that is what it does.
pub(super) fn licence_in(element: &XmlElement, scope: &Scope) -> Option<String> {
    let text = || Some(element.text().trim().to_owned());
    let is_address = |text: &String| text.starts_with("http://") || text.starts_with("https://");
    let stated = match key_of(element).as_str() {
        "creativecommons:license" | "dcterms:license" => text(),
        "cc:license" => rdf_resource(element).map(ToOwned::to_owned).or_else(text),
        "media:license" => href_of(element).map(ToOwned::to_owned),
        "link" if relation_of(element) == "license" => href_of(element).map(|href| scope.resolve(href)),
        // Most of these are a sentence about copyright.
        "rights" | "copyright" | "dc:rights" | "dcterms:rights" => text().filter(is_address),
        _ => None,
    };
    stated.filter(|licence| !licence.is_empty())
}

/// Everything in an entry, by the names of its elements: texts under `a/b`, attributes under `a/b@c`. Beside that,
/// categories under `category[SCHEME]`, links under `link[RELATION]`, and what `WordPress` keeps about a post under
/// `wp:postmeta[KEY]`. `link` alone is the page of the entry.
fn values_of(parts: &[Part<'_>], dialect: Dialect, link: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |name: String, value: String| {
        if !value.trim().is_empty() {
            values.entry(name).or_default().push(value);
        }
    };
    for part in parts {
        let own = if part.holds_text() { markup_in(part, dialect) } else { leaf_text(part) };
        if let Some(own) = own {
            add(part.path.clone(), own);
        }
        for (name, value) in &part.element.attributes {
            if name.len() <= MAX_NAME_BYTES && !name.starts_with("xml") {
                add(format!("{}@{name}", part.path), value.trim().to_owned());
            }
        }
        if let Some((condition, value)) = under_condition(part).filter(|(by, _)| by.len() <= MAX_NAME_BYTES) {
            add(format!("{}[{condition}]", part.path), value);
        }
    }
    if let Some(link) = link {
        values.insert("link".to_owned(), vec![link.to_owned()]);
    }
    values
}

/// The text of a part with nothing else in it.
fn leaf_text(part: &Part<'_>) -> Option<String> {
    part.text().filter(|_| part.element.elements().next().is_none())
}

/// What a part is told apart by from others of its name, and its value.
fn under_condition(part: &Part<'_>) -> Option<(String, String)> {
    let element = part.element;
    match part.key.as_str() {
        "category" => Some((scheme_of(element)?.to_owned(), category_in(element)?)),
        "link" => Some((relation_of(element), part.scope.resolve(href_of(element)?))),
        "wp:postmeta" => {
            let text = |key: &str| element.elements().find(|inner| key_of(inner) == key).map(XmlElement::text);
            Some((text("wp:meta_key")?.trim().to_owned(), text("wp:meta_value")?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::feed::read_feed;

    const RSS: &str = "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
        xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
        xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel>";
    const ATOM: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\">";

    fn item(inside: &str) -> Entry {
        let text = format!("{RSS}<item>{inside}</item></channel></rss>");
        read_feed(&text, None).expect("a feed").entries.remove(0)
    }

    fn entry(inside: &str) -> Entry {
        let text = format!("{ATOM}<entry>{inside}</entry></feed>");
        read_feed(&text, None).expect("a feed").entries.remove(0)
    }

    #[rstest]
    #[case::first("<title>One</title><dc:title>Two</dc:title>", Some("One"))]
    #[case::shallow("<media:group><title>Deep</title></media:group><title>Own</title>", Some("Own"))]
    #[case::of_a_film("<media:group><media:title>Film</media:title></media:group>", Some("Film"))]
    #[case::film_before_own("<media:title>Film</media:title><dc:title>Own</dc:title>", Some("Own"))]
    #[case::blank_before_own("<title> </title><dc:title>Own</dc:title>", Some("Own"))]
    #[case::of_its_picture("<image><title>Picture</title></image>", None)]
    #[case::capitals("<TITLE>Loud</TITLE>", Some("Loud"))]
    #[case::twice_escaped("<title>R&amp;amp;D</title>", Some("R&D"))]
    #[case::cdata("<title><![CDATA[<b>A</b> & B]]></title>", Some("A & B"))]
    fn the_title_of_an_item_is_found(#[case] inside: &str, #[case] expected: Option<&str>) {
        assert_eq!(item(inside).title.as_deref(), expected);
    }

    #[test]
    fn the_title_of_an_entry_is_not_that_of_its_source() {
        let found =
            entry("<source><title>Elsewhere</title><id>urn:x</id></source><title type=\"html\">A &amp;lt; B</title>");
        assert_eq!((found.title.as_deref(), found.id), (Some("A < B"), None));
    }

    #[rstest]
    #[case::text("<link> https://example.org/a?b&amp;amp;c </link>", Some("https://example.org/a?b&c"))]
    #[case::guid("<guid>https://example.org/1</guid>", Some("https://example.org/1"))]
    #[case::no_permalink("<guid isPermaLink=\"false\">1</guid>", None)]
    #[case::link_before_guid("<guid>https://example.org/1</guid><link>/a</link>", Some("/a"))]
    #[case::empty_link("<link/><guid>https://example.org/1</guid>", Some("https://example.org/1"))]
    #[case::of_its_picture("<image><link>/picture</link></image>", None)]
    #[case::base("<link xml:base=\"https://example.org/x/\">a</link>", Some("https://example.org/x/a"))]
    #[case::undeclared_atom("<atom:link href=\"/a\"/><atom:link rel=\"self\" href=\"/b\"/>", Some("/a"))]
    fn the_link_of_an_item_is_found(#[case] inside: &str, #[case] expected: Option<&str>) {
        assert_eq!(item(inside).link.as_deref(), expected);
    }

    #[rstest]
    #[case::alternate(
        "<link rel=\"edit\" href=\"/e\"/><link href=\"/a\"/><link rel=\"related\" href=\"/r\"/>",
        Some("/a")
    )]
    #[case::last("<link href=\"/a\"/><link rel=\"Alternate\" type=\"text/html\" href=\"/b\"/>", Some("/b"))]
    #[case::no_page("<link type=\"application/pdf\" href=\"/a.pdf\"/><id>urn:1</id>", Some("urn:1"))]
    #[case::nothing("<link rel=\"self\" href=\"/a\"/>", None)]
    fn the_link_of_an_entry_is_found(#[case] inside: &str, #[case] expected: Option<&str>) {
        assert_eq!(entry(inside).link.as_deref(), expected);
    }

    #[test]
    fn what_an_entry_leads_to_beside_its_page_is_kept() {
        let found = entry(
            "<link href=\"/a\"/><link rel=\"enclosure\" type=\"image/png\" href=\"/i.png\"/>\
             <link rel=\"alternate\" type=\"application/pdf\" href=\"/a.pdf\"/>",
        );
        assert_eq!(found.other_links, ["/a", "/a.pdf", "/i.png"]);
        assert_eq!(found.images, ["/i.png"]);
        assert_eq!(found.values["link[enclosure]"], ["/i.png"]);
        assert_eq!(found.values["link"], ["/a"]);
    }

    #[rstest]
    #[case::thumbnail("<enclosure url=\"/e.png\" type=\"image/png\"/><media:thumbnail url=\"/t.png\"/>", "/t.png")]
    #[case::in_content(
        "<media:content url=\"/f.mp4\" type=\"video/mp4\"><media:thumbnail url=\"/t.png\"/></media:content>",
        "/t.png"
    )]
    #[case::content("<media:content url=\"/c.png\" medium=\"image\"/><enclosure url=\"/e.mp3\"/>", "/c.png")]
    #[case::podcast("<itunes:image href=\"/p.png\"/>", "/p.png")]
    #[case::own("<image><url>/o.png</url></image>", "/o.png")]
    #[case::none("<enclosure url=\"/e.mp3\" type=\"audio/mpeg\"/>", "")]
    fn the_picture_of_an_item_is_found(#[case] inside: &str, #[case] expected: &str) {
        assert_eq!(item(inside).images.first().map_or("", String::as_str), expected);
    }

    #[rstest]
    #[case::plain("Jo Bloggs", Some("Jo Bloggs"))]
    #[case::rss("jo@example.org (Jo Bloggs)", Some("Jo Bloggs"))]
    #[case::mail("\"Jo Bloggs\" <jo@example.org>", Some("Jo Bloggs"))]
    #[case::address("jo@example.org", None)]
    #[case::handle("@jo", Some("@jo"))]
    #[case::blank(" ", None)]
    fn a_person_is_a_name_without_an_address(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(person(text).as_deref(), expected);
    }

    #[test]
    fn everything_else_is_read_too() {
        let found = item(
            "<guid isPermaLink=\"false\">7</guid><description>Short</description>\
             <content:encoded><![CDATA[<p>Long</p>]]></content:encoded><dc:creator>Jo</dc:creator>\
             <category domain=\"topic\">Maths</category><dc:subject>Care</dc:subject>\
             <media:keywords>a, b</media:keywords><pubDate>Wed, 02 Oct 2019 13:00:00 GMT</pubDate>\
             <dc:language>cy</dc:language><dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>",
        );
        assert_eq!((found.id.as_deref(), found.summary.as_deref()), (Some("7"), Some("Short")));
        assert_eq!(found.content.as_deref(), Some("<p>Long</p>"));
        assert_eq!(
            (found.creators, found.keywords),
            (vec!["Jo".to_owned()], ["Maths", "Care", "a", "b"].map(String::from).to_vec())
        );
        assert_eq!(found.published.as_deref(), Some("Wed, 02 Oct 2019 13:00:00 GMT"));
        assert_eq!((found.modified, found.language.as_deref()), (None, Some("cy")));
        assert_eq!(found.licence.as_deref(), Some("https://creativecommons.org/licenses/by/4.0/"));
        assert_eq!(found.values["category[topic]"], ["Maths"]);
        assert_eq!(found.values["guid@isPermaLink"], ["false"]);
        assert_eq!(found.values["dc:creator"], ["Jo"]);
    }

    #[test]
    fn an_atom_entry_says_what_its_texts_are() {
        let found = entry(
            "<author><name>Jo</name><email>jo@example.org</email></author><category term=\"ks3\" label=\"Key stage 3\"/>\
             <category term=\"https://example.org/kind\"/><summary>1 &lt; 2</summary>\
             <content type=\"image/png\">AAAA</content><updated>2019-10-02T13:00:00Z</updated>",
        );
        assert_eq!((found.creators, found.keywords), (vec!["Jo".to_owned()], vec!["Key stage 3".to_owned()]));
        assert_eq!((found.summary.as_deref(), found.content), (Some("1 &lt; 2"), None));
        assert_eq!((found.published, found.modified.as_deref()), (None, Some("2019-10-02T13:00:00Z")));
        assert_eq!(found.values["author/name"], ["Jo"]);
    }
}
