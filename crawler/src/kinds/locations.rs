//! Locations: which addresses does a sitemap list?
//!
//! Reads XML as a stream of events and takes from it only the text of `loc` where the protocol puts one. Attributes are
//! never looked at, entities never expanded and a DTD is refused, so that nothing in a sitemap can lead anywhere else.
//! Source: sitemaps.org, protocol 0.9.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::Prefix;

/// Addresses in one file. Source: sitemaps.org, protocol 0.9.
const MAX_LOCATIONS: usize = 50_000;

/// Of one start tag. Source: the limits table.
const START_TAG_BYTES: usize = 64 * 1024;

/// How deep elements may nest. Source: the limits table.
const MAX_DEPTH: usize = 128;

/// Of one address: twice what is ever fetched.
const LOCATION_BYTES: usize = 4_096;

/// What the addresses of a sitemap lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeadsTo {
    /// Pages: a `urlset`, or lines of text.
    Pages,
    /// More sitemaps: a `sitemapindex`.
    Sitemaps,
}

/// The addresses that a sitemap lists, as they came.
#[derive(Debug, PartialEq)]
pub(super) struct Locations {
    pub(super) leads_to: LeadsTo,
    pub(super) addresses: Vec<String>,
    /// Why there may be more than these.
    pub(super) trouble: Option<String>,
}

impl Locations {
    /// Finds the addresses in a sitemap, which is XML or one address on each line. The error says what came instead.
    pub(super) fn find(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('<') { read_xml(text) } else { read_lines(text) }
    }
}

fn read_lines(text: &str) -> Result<Locations, String> {
    let is_address = |line: &&str| line.starts_with("http://") || line.starts_with("https://");
    let mut lines = text.lines().map(str::trim).filter(is_address).map(ToOwned::to_owned);
    let addresses: Vec<String> = lines.by_ref().take(MAX_LOCATIONS).collect();
    if addresses.is_empty() {
        return Err("neither XML nor a list of addresses, expected a sitemap".to_owned());
    }
    Ok(Locations { leads_to: LeadsTo::Pages, addresses, trouble: lines.next().map(|_| too_many()) })
}

fn too_many() -> String {
    format!("more than {MAX_LOCATIONS} addresses, the rest of them is not read")
}

/// An element on the way from the root to where the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Root,
    /// A `url` or a `sitemap`, right under the root.
    Listed,
    /// A `loc` right under one of these; not that of an image or a video.
    Location,
    Other,
}

fn read_xml(text: &str) -> Result<Locations, String> {
    let mut reader = Reader::from_str(text);
    // Many sitemaps write `?a=1&b=2`.
    reader.config_mut().allow_dangling_amp = true;
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        let trouble = match reader.read_event() {
            Ok(Event::Start(start)) => walk.enter(&start)?,
            Ok(Event::End(_)) => walk.leave(),
            Ok(Event::Text(text)) => walk.read(&text.xml10_content()),
            Ok(Event::CData(text)) => walk.read(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => walk.read(&resolved(&reference)),
            Ok(Event::DocType(name)) if name.to_ascii_lowercase().starts_with("html") => {
                return Err("HTML, expected a sitemap".to_owned());
            }
            Ok(Event::DocType(_)) => return Err("a DTD, expected a sitemap without one".to_owned()),
            Ok(Event::Eof) if walk.path.is_empty() => break,
            Ok(Event::Eof) => Some("breaks off before its end".to_owned()),
            // Empty elements come as a start and an end.
            Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => None,
            Err(error) => Some(format!("broken XML at byte {}: {error}", reader.error_position())),
        };
        if trouble.is_some() {
            walk.trouble = trouble;
            break;
        }
    }
    let Some(leads_to) = walk.leads_to else {
        return Err(walk.trouble.unwrap_or_else(|| "no XML element, expected a sitemap".to_owned()));
    };
    Ok(Locations { leads_to, addresses: walk.addresses, trouble: walk.trouble })
}

/// The character that a reference stands for. Others than the five of XML and those by number stay as they came.
fn resolved(reference: &BytesRef<'_>) -> String {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        Ok(None) | Err(_) => {
            resolve_xml_entity(reference).map_or_else(|| format!("&{};", &**reference), ToOwned::to_owned)
        }
    }
}

/// Where the reader is, and what it has found.
#[derive(Default)]
struct Walk {
    path: Vec<Element>,
    /// The namespace prefix of the root; the elements that count have the same one.
    prefix: Option<String>,
    leads_to: Option<LeadsTo>,
    location: String,
    addresses: Vec<String>,
    trouble: Option<String>,
}

impl Walk {
    /// Goes into an element. What is said is why the rest is not read; an error is why nothing is.
    fn enter(&mut self, start: &BytesStart<'_>) -> Result<Option<String>, String> {
        let tag_bytes = start.name().into_inner().len() + start.attributes_raw().len();
        if tag_bytes > START_TAG_BYTES {
            return Ok(Some(format!("a start tag of {tag_bytes} bytes, expected at most {START_TAG_BYTES}")));
        }
        if self.path.len() >= MAX_DEPTH {
            return Ok(Some(format!("elements nested deeper than {MAX_DEPTH}")));
        }
        let name = start.name();
        let (local, prefix) = (name.local_name().into_inner(), name.prefix().map(Prefix::into_inner));
        let is_ours = prefix == self.prefix.as_deref();
        let element = match self.path.last() {
            None if self.leads_to.is_none() => {
                self.leads_to = Some(leads_to(local)?);
                self.prefix = prefix.map(ToOwned::to_owned);
                Element::Root
            }
            Some(Element::Root) if is_ours && matches!(local, "url" | "sitemap") => Element::Listed,
            Some(Element::Listed) if is_ours && local == "loc" => Element::Location,
            None | Some(Element::Root | Element::Listed | Element::Location | Element::Other) => Element::Other,
        };
        self.path.push(element);
        Ok(None)
    }

    fn leave(&mut self) -> Option<String> {
        if self.path.pop() != Some(Element::Location) {
            return None;
        }
        let address = std::mem::take(&mut self.location).trim().to_owned();
        if address.is_empty() {
            return None;
        }
        if self.addresses.len() == MAX_LOCATIONS {
            return Some(too_many());
        }
        self.addresses.push(address);
        None
    }

    fn read(&mut self, text: &str) -> Option<String> {
        if self.path.last() != Some(&Element::Location) {
            return None;
        }
        if self.location.len() + text.len() > LOCATION_BYTES {
            return Some(format!("an address of more than {LOCATION_BYTES} bytes"));
        }
        self.location.push_str(text);
        None
    }
}

fn leads_to(root: &str) -> Result<LeadsTo, String> {
    match root.to_ascii_lowercase().as_str() {
        "urlset" => Ok(LeadsTo::Pages),
        "sitemapindex" => Ok(LeadsTo::Sitemaps),
        "html" => Err("HTML, expected a sitemap".to_owned()),
        _ => Err(format!("an XML element `{root}`, expected `urlset` or `sitemapindex`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let locations = Locations::find(text).expect("a sitemap");
        assert_eq!(locations.trouble, None, "{text}");
        locations.addresses
    }

    #[test]
    fn only_the_location_of_a_page_counts() {
        for text in [
            "<urlset><url><loc>https://example.org/a</loc></url></urlset>",
            "<?xml version=\"1.0\"?>\n<s:urlset xmlns:s=\"x\"><s:url><s:loc>\nhttps://example.org/a </s:loc></s:url></s:urlset>",
            "<urlset><url><image:image><image:loc>https://example.org/i.png</image:loc></image:image>\
             <loc>https://example.org/a</loc><video><loc>https://example.org/v</loc></video></url></urlset>",
            "<urlset><url><image:loc>https://example.org/i.png</image:loc><loc><![CDATA[https://example.org/a]]></loc>\
             <xhtml:link rel=\"alternate\" href=\"https://example.org/b\"/></url><url/><url><loc/></url></urlset>",
            "Here it is: https://example.org/not-at-the-start\n\nhttps://example.org/a\r\n",
        ] {
            assert_eq!(found(text), ["https://example.org/a"], "{text}");
        }
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
            ("<rss><channel/></rss>", "an XML element `rss`, expected `urlset` or `sitemapindex`"),
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
        let many = "<url><loc>https://example.org/a</loc></url>".repeat(MAX_LOCATIONS + 1);
        let wide = format!("<url><loc>https://example.org/a</loc></url><url {}>", "a=\"1\" ".repeat(20_000));
        let deep = format!("<url><loc>https://example.org/a</loc></url>{}", "<a>".repeat(200_000));
        for (rest, addresses, trouble) in [
            ("<url><loc>https://example.org/a</loc></url><url><loc>https://exa", 1, "breaks off before its end"),
            ("<url><loc>https://example.org/a</loc></url><url><lo", 1, "broken XML at byte"),
            ("<url><loc>https://example.org/a</loc></wrong>", 1, "broken XML at byte"),
            (many.as_str(), MAX_LOCATIONS, "more than 50000 addresses"),
            (wide.as_str(), 1, "a start tag of"),
            (deep.as_str(), 1, "elements nested deeper than 128"),
        ] {
            let found = Locations::find(&format!("<urlset>{rest}")).expect("a sitemap");
            assert_eq!(found.addresses.len(), addresses, "{trouble}");
            assert!(found.trouble.is_some_and(|told| told.starts_with(trouble)), "{trouble}");
        }
    }
}
