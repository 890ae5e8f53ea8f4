//! Locations: which addresses does a sitemap list, and which sitemaps does robots.txt name?
//!
//! Reads XML as a stream of events and takes from it only what the protocol puts into a list: the address of a page or
//! of another sitemap, and the day on which it last changed. A feed is a list too, of the pages that it links to.
//! Entities are never expanded and a DTD that defines some is refused, so that nothing in a sitemap can lead anywhere
//! else. Source: sitemaps.org, protocol 0.9.

use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::Prefix;
use schemas::url::MAX_URL_BYTES;

use super::xml_events::{attribute, resolved};
use crate::limits::{MAX_ATTRIBUTES, SITEMAP_ADDRESSES, START_TAG_BYTES, XML_DEPTH};
use crate::normalise::parse_date;

/// So much is kept of one address: twice what is ever fetched, so that a longer one is refused by whoever reads it.
const LOCATION_BYTES: usize = 2 * MAX_URL_BYTES;

/// What names a sitemap in robots.txt. Source: sitemaps.org, protocol 0.9, and the parser of Google.
const ROBOTS_KEYS: [&str; 2] = ["sitemap", "site-map"];

/// What the addresses of a sitemap lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeadsTo {
    /// Pages: a `urlset`, a feed, or lines of text.
    Pages,
    /// More sitemaps: a `sitemapindex`.
    Sitemaps,
}

/// A page or a sitemap in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its address, as it came.
    pub(super) address: String,
    /// The day on which it last changed, where the list says so and is understood.
    pub(super) changed: Option<Date>,
}

/// What a sitemap lists.
#[derive(Debug, PartialEq)]
pub(super) struct Locations {
    pub(super) leads_to: LeadsTo,
    /// At most 50,000.
    pub(super) listed: Vec<Listed>,
    /// Why there may be more than these.
    pub(super) trouble: Option<String>,
}

impl Locations {
    /// Finds the addresses in a sitemap, which is XML or one address on each line. The error says what came instead.
    pub(super) fn find(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.starts_with('<') { read_xml(text) } else { read_lines(text) }
    }
}

/// The sitemaps that a robots.txt names, as it names them.
pub(super) fn named_by_robots(text: &str) -> Vec<String> {
    let named = text.split(['\n', '\r']).filter_map(|line| {
        let (key, value) = line.trim_start_matches('\u{feff}').split_once(':')?;
        let is_sitemap = ROBOTS_KEYS.iter().any(|known| key.trim().eq_ignore_ascii_case(known));
        // An address has no space in it, so a comment may follow.
        value.split_whitespace().next().filter(|_| is_sitemap).map(ToOwned::to_owned)
    });
    named.take(SITEMAP_ADDRESSES).collect()
}

fn read_lines(text: &str) -> Result<Locations, String> {
    let listed = |line: &str| Listed { address: line.to_owned(), changed: None };
    let mut lines = text.lines().map(str::trim).filter(|line| is_address(line));
    let found: Vec<Listed> = lines.by_ref().take(SITEMAP_ADDRESSES).map(listed).collect();
    if found.is_empty() {
        return Err("neither XML nor a list of addresses, expected a sitemap".to_owned());
    }
    Ok(Locations { leads_to: LeadsTo::Pages, listed: found, trouble: lines.next().map(|_| too_many()) })
}

fn is_address(line: &str) -> bool {
    let begins_with = |scheme: &str| line.get(..scheme.len()).is_some_and(|own| own.eq_ignore_ascii_case(scheme));
    begins_with("http://") || begins_with("https://")
}

fn too_many() -> String {
    format!("more than {SITEMAP_ADDRESSES} addresses, the rest of them is not read")
}

/// What a document is by its root; it decides which elements count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    UrlSet,
    SitemapIndex,
    Rss,
    /// RSS 1.0, whose root has a namespace of its own.
    Rdf,
    Atom,
}

impl Form {
    fn of_root(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "urlset" => Ok(Self::UrlSet),
            "sitemapindex" => Ok(Self::SitemapIndex),
            "rss" => Ok(Self::Rss),
            "rdf" => Ok(Self::Rdf),
            "feed" => Ok(Self::Atom),
            "html" => Err("HTML, expected a sitemap".to_owned()),
            _ => Err(format!("an XML element `{name}`, expected `urlset` or `sitemapindex`")),
        }
    }

    fn leads_to(self) -> LeadsTo {
        match self {
            Self::SitemapIndex => LeadsTo::Sitemaps,
            Self::UrlSet | Self::Rss | Self::Rdf | Self::Atom => LeadsTo::Pages,
        }
    }

    /// What an element is, by its name in lower case and the element around it.
    fn element(self, around: Element, name: &str) -> Element {
        let is_feed = matches!(self, Self::Rss | Self::Rdf | Self::Atom);
        match (around, name) {
            (Element::Root, "channel") if is_feed => Element::Channel,
            (Element::Root | Element::Channel, "item" | "entry") if is_feed => Element::Listed,
            (Element::Root, "url" | "sitemap") if !is_feed => Element::Listed,
            (Element::Listed, "link") if is_feed => Element::Location,
            (Element::Listed, "loc") if !is_feed => Element::Location,
            (Element::Listed, "lastmod") if !is_feed => Element::Changed,
            _ => Element::Other,
        }
    }
}

/// An element on the way from the root to where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Root,
    /// What holds the items of a feed.
    Channel,
    /// A `url` or a `sitemap`, right under the root; an item of a feed.
    Listed,
    /// A `loc` or a `link` right under one of these; not that of an image or a video.
    Location,
    /// A `lastmod` there.
    Changed,
    Other,
}

fn read_xml(text: &str) -> Result<Locations, String> {
    let mut reader = Reader::from_str(text);
    // Many sitemaps write `?a=1&b=2`.
    reader.config_mut().allow_dangling_amp = true;
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        let mut trouble = None;
        match reader.read_event() {
            Ok(Event::Start(start)) => trouble = walk.enter(&start)?,
            Ok(Event::End(_)) => trouble = walk.leave(),
            Ok(Event::Text(text)) => walk.read(&text.xml10_content()),
            Ok(Event::CData(text)) => walk.read(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => walk.read(&resolved(&reference)),
            Ok(Event::DocType(name)) if name.to_ascii_lowercase().starts_with("html") => {
                return Err("HTML, expected a sitemap".to_owned());
            }
            Ok(Event::DocType(name)) if name.contains('[') => {
                return Err("a DTD, expected a sitemap without one".to_owned());
            }
            Ok(Event::Eof) if walk.path.is_empty() => break,
            Ok(Event::Eof) => trouble = Some("breaks off before its end".to_owned()),
            // Empty elements come as a start and an end.
            Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(error) => trouble = Some(format!("broken XML at byte {}: {error}", reader.error_position())),
        }
        if trouble.is_some() {
            walk.trouble = trouble;
            break;
        }
    }
    let Some(form) = walk.form else {
        return Err(walk.trouble.unwrap_or_else(|| "no XML element, expected a sitemap".to_owned()));
    };
    Ok(Locations { leads_to: form.leads_to(), listed: walk.listed, trouble: walk.trouble })
}

/// Where the reader is, and what it has found.
#[derive(Default)]
struct Walk {
    path: Vec<Element>,
    /// The namespace prefix of the root; the elements that count have the same one.
    prefix: Option<String>,
    form: Option<Form>,
    /// The text of the element that is read.
    text: String,
    /// The address of the page or sitemap that is read; empty before there is one.
    address: String,
    changed: Option<Date>,
    listed: Vec<Listed>,
    trouble: Option<String>,
}

impl Walk {
    /// Goes into an element. What is said is why the rest is not read; an error is why nothing is.
    fn enter(&mut self, start: &BytesStart<'_>) -> Result<Option<String>, String> {
        let tag_bytes = start.name().into_inner().len() + start.attributes_raw().len();
        if tag_bytes > START_TAG_BYTES {
            return Ok(Some(format!("a start tag of {tag_bytes} bytes, expected at most {START_TAG_BYTES}")));
        }
        if start.attributes().with_checks(false).count() > MAX_ATTRIBUTES {
            return Ok(Some(format!("a start tag of more than {MAX_ATTRIBUTES} attributes")));
        }
        if self.path.len() >= XML_DEPTH {
            return Ok(Some(format!("elements nested deeper than {XML_DEPTH}")));
        }
        let name = start.name();
        let (local, prefix) = (name.local_name().into_inner(), name.prefix().map(Prefix::into_inner));
        let element = match (self.form, self.path.last()) {
            (None, _) => {
                self.form = Some(Form::of_root(local)?);
                self.prefix = prefix.map(ToOwned::to_owned);
                Element::Root
            }
            (Some(form), Some(around)) if self.is_ours(form, prefix) => {
                form.element(*around, &local.to_ascii_lowercase())
            }
            (Some(_), _) => Element::Other,
        };
        match element {
            Element::Listed => (self.address, self.changed) = (String::new(), None),
            Element::Location if self.form == Some(Form::Atom) => self.follow_link(start),
            Element::Location | Element::Changed => self.text.clear(),
            Element::Root | Element::Channel | Element::Other => {}
        }
        self.path.push(element);
        Ok(None)
    }

    fn is_ours(&self, form: Form, prefix: Option<&str>) -> bool {
        if form == Form::Rdf { prefix.is_none() } else { prefix == self.prefix.as_deref() }
    }

    /// Takes the address from a link of an Atom entry: the first that leads to its page.
    fn follow_link(&mut self, link: &BytesStart<'_>) {
        let relation = attribute(link, "rel");
        let is_page = relation.is_none_or(|relation| relation.eq_ignore_ascii_case("alternate"));
        if is_page && self.address.is_empty() {
            attribute(link, "href").unwrap_or_default().trim().clone_into(&mut self.address);
        }
    }

    fn leave(&mut self) -> Option<String> {
        match self.path.pop() {
            Some(Element::Location) if self.address.is_empty() => {
                self.address = self.text.trim().to_owned();
                None
            }
            Some(Element::Changed) => {
                self.changed = parse_date(&self.text);
                None
            }
            // Only what was read to its end is listed: of the rest nobody knows whether it is whole.
            Some(Element::Listed) => self.list(),
            Some(Element::Root | Element::Channel | Element::Location | Element::Other) | None => None,
        }
    }

    fn list(&mut self) -> Option<String> {
        let address = std::mem::take(&mut self.address);
        if address.is_empty() {
            return None;
        }
        if self.listed.len() == SITEMAP_ADDRESSES {
            return Some(too_many());
        }
        self.listed.push(Listed { address, changed: self.changed });
        None
    }

    fn read(&mut self, text: &str) {
        if matches!(self.path.last(), Some(Element::Location | Element::Changed)) {
            let text = if self.text.is_empty() { text.trim_start() } else { text };
            let room = LOCATION_BYTES.saturating_sub(self.text.len());
            self.text.push_str(&text[..text.floor_char_boundary(room)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        let locations = Locations::find(text).expect("a sitemap");
        assert_eq!(locations.trouble, None, "{text}");
        locations.listed.into_iter().map(|listed| listed.address).collect()
    }

    #[test]
    fn only_the_location_of_a_page_counts() {
        for text in [
            "<urlset><url><loc>https://example.org/a</loc></url></urlset>",
            "\u{feff}\n<UrlSet><URL><Loc>https://example.org/a</Loc></URL></UrlSet>",
            "<?xml version=\"1.0\"?>\n<s:urlset xmlns:s=\"x\"><s:url><s:loc>\nhttps://example.org/a </s:loc></s:url></s:urlset>",
            "<urlset><url><image:image><image:loc>https://example.org/i.png</image:loc></image:image>\
             <loc>https://example.org/a</loc><video><loc>https://example.org/v</loc></video></url></urlset>",
            "<urlset><url><image:loc>https://example.org/i.png</image:loc><loc><![CDATA[https://example.org/a]]></loc>\
             <xhtml:link rel=\"alternate\" href=\"https://example.org/b\"/></url><url/><url><loc/></url></urlset>",
            "<!DOCTYPE urlset><urlset><url><loc>https://example.org/a</loc><loc>https://example.org/b</loc></url></urlset>",
            "Here it is: https://example.org/not-at-the-start\n\n  https://example.org/a\r\n",
        ] {
            assert_eq!(found(text), ["https://example.org/a"], "{text}");
        }
    }

    #[rstest]
    #[case::rss(
        "<rss version=\"2.0\"><channel><link>https://example.org/</link><image><link>https://example.org/</link></image>\
         <item><atom:link href=\"https://example.org/self\"/><link>https://example.org/a</link><guid>7</guid></item>\
         <item><title>None</title></item></channel></rss>"
    )]
    #[case::rss_1(
        "<rdf:RDF><channel rdf:about=\"x\"><link>https://example.org/</link></channel>\
         <item rdf:about=\"y\"><link>https://example.org/a</link><dc:date>2026-11-21</dc:date></item></rdf:RDF>"
    )]
    #[case::atom(
        "<feed><link href=\"https://example.org/\"/><entry><link rel=\"enclosure\" href=\"https://example.org/a.mp3\"/>\
         <link href=\"https://example.org/a\"/><link rel=\"alternate\" href=\"https://example.org/b\"/></entry></feed>"
    )]
    #[case::atom_with_a_prefix(
        "<a:feed><a:entry><a:link rel=\"alternate\" href=\"https://example.org/a\"></a:link></a:entry></a:feed>"
    )]
    fn a_feed_lists_the_pages_that_it_links_to(#[case] text: &str) {
        assert_eq!(found(text), ["https://example.org/a"]);
        assert_eq!(Locations::find(text).map(|locations| locations.leads_to), Ok(LeadsTo::Pages));
    }

    #[rstest]
    #[case::day("<lastmod>2026-11-02</lastmod>", Some("2026-11-02"))]
    #[case::moment("<lastmod>\n2009-12-17T12:04:56+02:00 </lastmod>", Some("2009-12-17"))]
    #[case::empty("<lastmod />", None)]
    #[case::no_date("<lastmod>yesterday</lastmod>", None)]
    #[case::of_a_video("<video:video><lastmod>2026-11-02</lastmod></video:video>", None)]
    fn the_day_of_the_last_change_is_read(#[case] written: &str, #[case] expected: Option<&str>) {
        let url = |rest: &str| format!("<url>{rest}<loc>https://example.org/a</loc></url>");
        let text = format!("<urlset>{}{}</urlset>", url(written), url(""));
        let days: Vec<Option<String>> = Locations::find(&text)
            .expect("a sitemap")
            .listed
            .iter()
            .map(|listed| listed.changed.map(|date| date.to_string()))
            .collect();
        assert_eq!(days, [expected.map(ToOwned::to_owned), None]);
    }

    #[test]
    fn references_are_read_and_entities_are_not() {
        for (written, expected) in [
            ("?a=1&amp;b=2", "?a=1&b=2"),
            ("?a=1&b=2", "?a=1&b=2"),
            ("?a=&#38;&#x26;", "?a=&&"),
            ("?a=&secret;", "?a=&secret;"),
        ] {
            let text = format!("<urlset><url><loc>https://example.org/{written}</loc></url></urlset>");
            assert_eq!(found(&text), [format!("https://example.org/{expected}")], "{written}");
        }
    }

    #[test]
    fn what_is_no_sitemap_is_told() {
        for (text, expected) in [
            ("<!DOCTYPE html><html></html>", "HTML, expected a sitemap"),
            ("<html><body></body></html>", "HTML, expected a sitemap"),
            ("<records/>", "an XML element `records`, expected `urlset` or `sitemapindex`"),
            (
                "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">]><urlset><url><loc>&lol;</loc></url></urlset>",
                "a DTD, expected a sitemap without one",
            ),
            ("Not found", "neither XML nor a list of addresses, expected a sitemap"),
            ("<!-- nothing -->", "no XML element, expected a sitemap"),
        ] {
            assert_eq!(Locations::find(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_breaks_off_or_goes_on_too_long_is_read_so_far() {
        let page = "<url><loc>https://example.org/a</loc></url>";
        let many = page.repeat(SITEMAP_ADDRESSES + 1);
        let long = format!("{page}<url {}>", "a=\"1\" ".repeat(20_000));
        let wide = format!("{page}<url {}>", "a=\"1\" ".repeat(MAX_ATTRIBUTES + 1));
        let deep = format!("{page}{}", "<a>".repeat(200_000));
        for (rest, addresses, trouble) in [
            ("<url><loc>https://example.org/a</loc></url><url><loc>https://exa", 1, "breaks off before its end"),
            ("<url><loc>https://example.org/a</loc></url><url><loc>https://example.org/b</loc>", 1, "breaks off"),
            ("<url><loc>https://example.org/a</loc></url><url><lo", 1, "broken XML at byte"),
            ("<url><loc>https://example.org/a</loc></url></wrong>", 1, "broken XML at byte"),
            (many.as_str(), SITEMAP_ADDRESSES, "more than 50000 addresses"),
            (long.as_str(), 1, "a start tag of 120"),
            (wide.as_str(), 1, "a start tag of more than 256 attributes"),
            (deep.as_str(), 1, "elements nested deeper than 128"),
        ] {
            let found = Locations::find(&format!("<urlset>{rest}")).expect("a sitemap");
            assert_eq!(found.listed.len(), addresses, "{trouble}");
            assert!(found.trouble.is_some_and(|told| told.starts_with(trouble)), "{trouble}");
        }
    }

    #[test]
    fn of_an_address_without_end_no_more_is_kept_than_refuses_it() {
        let text = format!("<urlset><url><loc> {}</loc></url></urlset>", "https://example.org/".repeat(1_000));
        assert_eq!(found(&text)[0].len(), LOCATION_BYTES);
    }

    #[test]
    fn robots_txt_names_sitemaps() {
        let text = "\u{feff}Sitemap: https://example.org/a.xml # all\r\nUser-agent: *\r\nDisallow: /sitemap:\n \
                    Site-map:b.xml   \rSITEMAP : /c.xml\n# Sitemap: /d.xml\nSitemap:\nsitemap /e.xml\n";
        assert_eq!(named_by_robots(text), ["https://example.org/a.xml", "b.xml", "/c.xml"]);
        assert!(named_by_robots("").is_empty());
    }
}
