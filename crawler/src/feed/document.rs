//! RSS and Atom documents: what stands in the head of a feed, and where do its entries stand?
//!
//! The text is read twice, first for the head, which may stand behind the entries, then for them. Entries are found
//! wherever they stand, so that nothing broken around them loses any.

use url::Url;

use super::entry::{licence_in, page_in, person_in, read_entry, relation_of};
use super::names::{attribute, attribute_among, href_of, key_of};
use super::scope::Scope;
use super::text::{Dialect, Untyped, Written};
use super::{Entries, FeedFormat, FeedHead, Listed, wordpress};
use crate::xml::{XmlElement, XmlReader};

/// Entries, and what says that one is no more. Some old feeds are written in capitals.
const ENTRIES: &[&str] = &["item", "Item", "ITEM", "entry", "Entry", "ENTRY", "deleted-entry"];

/// The same, which must be passed over whole, and what stands in the head.
const ENTRIES_AND_HEAD: &[&str] = &[
    "item",
    "Item",
    "ITEM",
    "entry",
    "Entry",
    "ENTRY",
    "deleted-entry",
    "title",
    "TITLE",
    "link",
    "LINK",
    "language",
    "license",
    "rights",
    "author",
    "complete",
    "wxr_version",
];

/// The names of the first element of a feed, in lower case. The last two are a feed of one entry without a feed.
const ROOTS: [&str; 6] = ["rss", "rdf", "feed", "channel", "item", "entry"];

/// Reads the head of a feed, and has its entries ready.
pub(super) fn open<'t>(text: &'t str, base: Option<&Url>) -> Result<(FeedHead, Entries<'t>), String> {
    let mut reader = XmlReader::new(text, ENTRIES_AND_HEAD);
    let root = reader.root().ok_or("no XML element, expected a feed")?;
    let root_name = root.name.to_ascii_lowercase();
    if root_name == "html" {
        return Err("HTML, expected a feed".to_owned());
    }
    let ground = Ground::of(&root_name, &root.attributes, base);
    let (head, entries) = read_head(&mut reader, &ground);
    if entries == 0 && !ROOTS.contains(&root_name.as_str()) {
        return Err(format!("an XML element `{}`, expected `rss`, `RDF` or `feed`", root.name));
    }
    let reader = XmlReader::new(text, ENTRIES);
    Ok((head, Box::new(XmlEntries { reader, ground, count: 0 })))
}

/// What holds in the whole of a document.
struct Ground {
    dialect: Dialect,
    /// Around the first element.
    outside: Scope,
    /// Inside it.
    inside: Scope,
    /// Its own `xml:base`, as it stands.
    base: Option<String>,
}

impl Ground {
    fn of(root_name: &str, attributes: &[(String, String)], base: Option<&Url>) -> Self {
        let outside = Scope { base: base.cloned(), language: None };
        let own_base = attribute_among(attributes, "xml:base");
        let base = own_base.or_else(|| attribute_among(attributes, "base"));
        let inside = outside.with(base, attribute_among(attributes, "xml:lang")).into_owned();
        let dialect = if matches!(root_name, "feed" | "entry") { Dialect::Atom } else { Dialect::Rss };
        Self { dialect, outside, inside, base: own_base.map(ToOwned::to_owned) }
    }

    /// What holds around an element with these around it, the innermost `xml:base` of which is `base`.
    fn around(&self, parents: &[String], base: Option<&str>) -> Scope {
        if parents.is_empty() {
            return self.outside.clone();
        }
        self.inside.with(base.filter(|base| Some(*base) != self.base.as_deref()), None).into_owned()
    }
}

/// Reads the head, and counts the entries.
fn read_head(reader: &mut XmlReader<'_>, ground: &Ground) -> (FeedHead, usize) {
    let format = match ground.dialect {
        Dialect::Rss => FeedFormat::Rss,
        Dialect::Atom => FeedFormat::Atom,
    };
    let mut head = FeedHead { format, language: ground.inside.language.clone(), ..FeedHead::default() };
    let mut entries = 0;
    let mut trouble = None;
    for found in reader.by_ref() {
        let key = key_of(&found.element);
        if matches!(key.as_str(), "item" | "entry") {
            entries += 1;
            head.has_broken_entries |= found.trouble.is_some();
            head.attachments.extend(wordpress::attachment_in(&found.element));
        } else if found.parents.last().is_some_and(|parent| is_feed(parent)) {
            let scope = ground.around(&found.parents, found.base.as_deref());
            read_head_part(&mut head, &key, &found.element, &scope, ground.dialect);
            trouble = trouble.or(found.trouble);
        }
    }
    head.trouble = reader.trouble().map(ToOwned::to_owned).or(trouble);
    head.breaks_off = reader.breaks_off();
    (head, entries)
}

fn is_feed(name: &str) -> bool {
    name.eq_ignore_ascii_case("channel") || name.eq_ignore_ascii_case("feed")
}

/// Reads one element of the head. What comes first counts.
fn read_head_part(head: &mut FeedHead, key: &str, element: &XmlElement, around: &Scope, dialect: Dialect) {
    let text = || Some(element.text().trim().to_owned()).filter(|text| !text.is_empty());
    match key {
        "title" => {
            head.title = head.title.take().or_else(|| Written::in_element(element, Untyped::Text, dialect).plain());
        }
        "language" | "dc:language" => head.language = head.language.take().or_else(text),
        "author" => head.creators.extend(person_in(element)),
        "fh:complete" => head.is_complete = true,
        "wp:wxr_version" => head.format = FeedFormat::WordPressExport,
        "wp:author" => head.display_names.extend(wordpress::author_in(element)),
        "link" => read_link(head, element, &around.within(element)),
        _ => head.licence = head.licence.take().or_else(|| licence_in(element, around)),
    }
}

fn read_link(head: &mut FeedHead, link: &XmlElement, scope: &Scope) {
    let address = href_of(link).map(|href| scope.resolve(href)).filter(|address| !address.is_empty());
    match relation_of(link).as_str() {
        "next" => head.next = address,
        // RFC 5005, 4: what was published before stands in another document.
        "prev-archive" => head.next = head.next.take().or(address),
        "license" => head.licence = head.licence.take().or(address),
        _ => head.link = head.link.take().or_else(|| page_in(link, scope)),
    }
}

/// The entries of a document, one after the other.
struct XmlEntries<'t> {
    reader: XmlReader<'t>,
    ground: Ground,
    /// How many entries there were.
    count: usize,
}

impl Iterator for XmlEntries<'_> {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            let found = self.reader.next()?;
            let around = self.ground.around(&found.parents, found.base.as_deref());
            match key_of(&found.element).as_str() {
                "item" | "entry" => {
                    self.count += 1;
                    let place = format!("{} {}", found.element.name, self.count);
                    let mut entry = read_entry(&found.element, &around, self.ground.dialect, place);
                    (entry.trouble, entry.breaks_off) = (found.trouble, found.is_half);
                    return Some(Listed::Entry(Box::new(entry)));
                }
                "at:deleted-entry" => {
                    let place = format!("deleted-entry {}", found.number);
                    let identifier = attribute(&found.element, "ref").unwrap_or_default().trim().to_owned();
                    if !identifier.is_empty() {
                        return Some(Listed::Deleted { identifier, place });
                    }
                }
                // An element of something else that has the same name.
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::{Feed, read_feed};
    use super::*;

    fn read(text: &str) -> Feed {
        let base = Url::parse("https://example.org/feeds/all.xml").expect("an address");
        read_feed(text, Some(&base)).expect("a feed")
    }

    fn titles(feed: &Feed) -> Vec<&str> {
        feed.entries.iter().filter_map(|entry| entry.title.as_deref()).collect()
    }

    #[test]
    fn the_head_is_told_from_the_entries() {
        let feed = read(
            "<rss xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><item><title>One</title><link>/1</link></item>\
             <image><title>Logo</title><link>/logo</link></image><title>R&amp;D</title><link>/home</link>\
             <language>en-GB</language><copyright>Ours</copyright><atom:link rel=\"next\" href=\"?page=2\"/>\
             <license xmlns=\"http://backend.userland.com/creativeCommonsRssModule\">https://example.org/by</license>\
             </channel></rss>",
        );
        let head = &feed.head;
        assert_eq!((head.title.as_deref(), head.link.as_deref()), (Some("R&D"), Some("https://example.org/home")));
        assert_eq!(
            (head.language.as_deref(), head.licence.as_deref()),
            (Some("en-GB"), Some("https://example.org/by"))
        );
        assert_eq!(head.next.as_deref(), Some("https://example.org/feeds/all.xml?page=2"));
        assert_eq!((titles(&feed), feed.entries[0].place.as_str()), (vec!["One"], "item 1"));
        assert_eq!(feed.entries[0].link.as_deref(), Some("https://example.org/1"));
        assert_eq!(feed.head.trouble, None);
    }

    #[rstest]
    #[case::rdf(
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\
        <channel rdf:about=\"x\"><title>F</title><items><rdf:Seq/></items></channel>\
        <item rdf:about=\"/1\"><title>One</title></item><item><title>Two</title></item></rdf:RDF>"
    )]
    #[case::old_atom(
        "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\">\
        <entry><title mode=\"escaped\">One</title></entry><entry><title>Two</title></entry></feed>"
    )]
    #[case::prefixed(
        "<a:feed xmlns:a=\"http://www.w3.org/2005/Atom\"><a:entry><a:title>One</a:title></a:entry>\
        <a:entry><a:title>Two</a:title></a:entry></a:feed>"
    )]
    #[case::capitals("<CHANNEL><ITEM HREF=\"/1\"><TITLE>One</TITLE></ITEM><ITEM><TITLE>Two</TITLE></ITEM></CHANNEL>")]
    #[case::no_channel("<rss><item><title>One</title></item><item><title>Two</title></item></rss>")]
    #[case::others_between(
        "<rss xmlns:x=\"https://example.org/ns\"><channel><item><title>One</title></item>\
        <x:item><x:title>No</x:title></x:item><item><title>Two</title></item></channel></rss>"
    )]
    fn entries_are_found_in_every_family(#[case] text: &str) {
        assert_eq!(titles(&read(text)), ["One", "Two"], "{text}");
    }

    #[test]
    fn bases_of_all_elements_around_are_joined() {
        let feed = read(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"/jobs/\" xml:lang=\"en\">\
             <entry xml:base=\"new/\"><link href=\"a\"/></entry><entry xml:lang=\"cy\"><link href=\"b\"/></entry></feed>",
        );
        let links: Vec<&str> = feed.entries.iter().filter_map(|entry| entry.link.as_deref()).collect();
        assert_eq!(links, ["https://example.org/jobs/new/a", "https://example.org/jobs/b"]);
        let languages: Vec<&str> = feed.entries.iter().filter_map(|entry| entry.language.as_deref()).collect();
        assert_eq!(languages, ["en", "cy"]);
    }

    #[test]
    fn one_entry_may_stand_alone() {
        let feed = read("<entry xmlns=\"http://www.w3.org/2005/Atom\"><title>One</title><id>urn:1</id></entry>");
        assert_eq!((titles(&feed), feed.head.format), (vec!["One"], FeedFormat::Atom));
    }

    #[test]
    fn what_is_broken_loses_no_other_entry() {
        let feed = read(
            "<rss><channel><item><title>One</title></item><item><title>Tw<o</title></item>\
             <item><title>Three & more</title><description>a</descr></item></channel></rss>",
        );
        assert_eq!(feed.entries.len(), 3);
        assert_eq!((feed.entries[0].title.as_deref(), feed.entries[0].trouble.as_deref()), (Some("One"), None));
        assert!(feed.entries[1].trouble.is_some() && feed.entries[2].trouble.is_some());
        assert!(feed.head.has_broken_entries && !feed.head.breaks_off);
    }

    #[test]
    fn entries_in_what_has_no_end_are_found() {
        let feed = read("<rss><channel><title>F<link>/f</link><item><title>One</title></item></channel></rss>");
        assert_eq!((titles(&feed), feed.head.trouble.is_some()), (vec!["One"], true));
    }

    #[test]
    fn what_breaks_off_says_so() {
        let feed = read("<rss><channel><item><title>One</title></item><item><title>Tw");
        assert!(feed.head.breaks_off && !feed.entries[0].breaks_off && feed.entries[1].breaks_off);
    }

    #[test]
    fn a_feed_says_when_it_is_whole_and_what_is_no_more() {
        let feed = read(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:fh=\"http://purl.org/syndication/history/1.0\" \
             xmlns:at=\"http://purl.org/atompub/tombstones/1.0\"><author><name>Jo</name></author><fh:complete/>\
             <link rel=\"prev-archive\" href=\"2018\"/><at:deleted-entry ref=\"urn:9\" when=\"2019-01-01\"/></feed>",
        );
        assert!(feed.head.is_complete);
        assert_eq!(
            (feed.deleted.as_slice(), feed.head.creators.as_slice()),
            (&["urn:9".to_owned()][..], &["Jo".to_owned()][..])
        );
        assert_eq!(feed.head.next.as_deref(), Some("https://example.org/feeds/2018"));
    }
}
