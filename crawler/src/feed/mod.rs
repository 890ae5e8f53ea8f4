//! Feeds: what does an RSS, Atom or JSON feed, or an export of `WordPress`, list?
//!
//! Text goes in; what the feed says of itself comes out, and then its entries, one at a time, so that nothing grows
//! with the feed. RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0 are read by one set of rules, since documents mix them; where
//! a document and its standard disagree, what counts is what feedparser makes of it, which most feeds were tried with.
//! Nothing is fetched here: which entries are records, and which page comes next, is left to the feed kind.

mod describe;
mod document;
mod entry;
mod json_feed;
mod names;
mod parts;
mod scope;
mod text;
pub(crate) mod wordpress;

use std::collections::BTreeMap;

use url::Url;

pub(crate) use describe::describe;
pub(crate) use scope::resolve;
pub(crate) use text::escaped;

/// The family of a feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FeedFormat {
    /// RSS 0.9x, 1.0 or 2.0.
    #[default]
    Rss,
    /// Atom 0.3 or 1.0.
    Atom,
    /// JSON Feed 1 or 1.1.
    Json,
    /// A file that `WordPress` exports: RSS with everything that a post has.
    WordPressExport,
}

/// What a feed says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedHead {
    /// Its family.
    pub format: FeedFormat,
    /// Its title, in plain text.
    pub title: Option<String>,
    /// The page that it is the feed of.
    pub link: Option<String>,
    /// The language of entries that state none.
    pub language: Option<String>,
    /// The licence of entries that state none: an address.
    pub licence: Option<String>,
    /// Who made the entries that name nobody.
    pub creators: Vec<String>,
    /// The address where it goes on. Source: RFC 5005, 3 and 4; JSON Feed `next_url`.
    pub next: Option<String>,
    /// Whether it says that it lists everything. Source: RFC 5005, 2.
    pub is_complete: bool,
    /// Of an export of `WordPress`, the addresses of the files in it, by the ids of their posts.
    pub attachments: BTreeMap<String, String>,
    /// Of an export of `WordPress`, what its authors are called, by the names they log in with.
    pub display_names: BTreeMap<String, String>,
    /// Why it may not say what it was meant to.
    pub trouble: Option<String>,
    /// Whether there was more of it than came, or than is read.
    pub breaks_off: bool,
    /// Whether an entry has a trouble of its own, so that the feed's need not be told.
    pub has_broken_entries: bool,
}

/// One entry, in words that all formats share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Where in the feed: `item 3`, `/items/2`.
    pub place: String,
    /// Its identifier: `guid`, `id` or `rdf:about`.
    pub id: Option<String>,
    /// Its title, in plain text.
    pub title: Option<String>,
    /// Its page; absolute where anything says what it is relative to.
    pub link: Option<String>,
    /// What else it leads to: other forms of its page, enclosures.
    pub other_links: Vec<String>,
    /// All of it, as HTML.
    pub content: Option<String>,
    /// What it says in short, as HTML.
    pub summary: Option<String>,
    /// Addresses of pictures, the likeliest first.
    pub images: Vec<String>,
    /// Who made it: names, without addresses.
    pub creators: Vec<String>,
    /// What it is filed under.
    pub keywords: Vec<String>,
    /// Its language.
    pub language: Option<String>,
    /// When it was published, as it is written.
    pub published: Option<String>,
    /// When it was last changed, as it is written.
    pub modified: Option<String>,
    /// Its licence: an address.
    pub licence: Option<String>,
    /// Everything in it by the usual names of its elements: `dc:creator`, `enclosure@url`, `category[post_tag]`.
    pub values: BTreeMap<String, Vec<String>>,
    /// What is broken in it; the rest was read.
    pub trouble: Option<String>,
    /// Whether it was cut short.
    pub breaks_off: bool,
}

impl Entry {
    /// What it goes by: its identifier, else its link.
    pub fn identifier(&self) -> Option<&str> {
        self.id.as_deref().or(self.link.as_deref())
    }

    /// Whether there is nothing in it that anybody could read.
    pub fn is_blank(&self) -> bool {
        self.title.is_none() && self.link.is_none() && self.content.is_none() && self.summary.is_none()
    }
}

/// One thing that a feed lists.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// An entry.
    Entry(Box<Entry>),
    /// What the feed says is no more. Source: RFC 6721.
    Deleted {
        /// The identifier of the entry that was.
        identifier: String,
        /// Where in the feed this stands.
        place: String,
    },
}

/// What a feed lists, in its order.
pub type Entries<'t> = Box<dyn Iterator<Item = Listed> + Send + 't>;

/// A feed, all of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Feed {
    /// What it says of itself.
    pub head: FeedHead,
    /// Its entries, in its order.
    pub entries: Vec<Entry>,
    /// The identifiers of entries that it says are no more.
    pub deleted: Vec<String>,
}

/// Reads all of a feed. `base` is its own address, which relative ones are resolved against; without it they stay as
/// they are, unless the feed itself says what they are relative to.
///
/// # Errors
/// When it is no feed; says what came instead.
pub fn read_feed(text: &str, base: Option<&Url>) -> Result<Feed, String> {
    let (head, entries) = open_feed(text, base)?;
    let mut feed = Feed { head, ..Feed::default() };
    for listed in entries {
        match listed {
            Listed::Entry(entry) => feed.entries.push(*entry),
            Listed::Deleted { identifier, .. } => feed.deleted.push(identifier),
        }
    }
    Ok(feed)
}

/// Reads what a feed says of itself, and has its entries ready to be read one at a time.
///
/// # Errors
/// When it is no feed; says what came instead.
pub fn open_feed<'t>(text: &'t str, base: Option<&Url>) -> Result<(FeedHead, Entries<'t>), String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { json_feed::open(text, base) } else { document::open(text, base) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::html("<!DOCTYPE html><html><body><p>Sorry</p></body></html>", "HTML, expected a feed")]
    #[case::words("Not found", "no XML element, expected a feed")]
    #[case::another_format("<urlset><url/></urlset>", "an XML element `urlset`, expected `rss`, `RDF` or `feed`")]
    #[case::other_json("{\"posts\": []}", "JSON without `items`, expected a JSON Feed")]
    fn what_is_no_feed_is_told(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read_feed(text, None), Err(expected.to_owned()));
    }

    #[rstest]
    #[case::rss("<rss><channel/></rss>", FeedFormat::Rss)]
    #[case::rdf("<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>", FeedFormat::Rss)]
    #[case::atom("<feed xmlns=\"http://www.w3.org/2005/Atom\"/>", FeedFormat::Atom)]
    #[case::json("\u{feff} {\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}", FeedFormat::Json)]
    #[case::export(
        "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><wp:wxr_version>1.2</wp:wxr_version></channel></rss>",
        FeedFormat::WordPressExport
    )]
    fn an_empty_feed_is_a_feed(#[case] text: &str, #[case] expected: FeedFormat) {
        let feed = read_feed(text, None).expect("a feed");
        assert_eq!((feed.head.format, feed.entries.len()), (expected, 0));
    }
}
