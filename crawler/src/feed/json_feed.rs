//! JSON Feed 1 and 1.1: what do its members say?
//!
//! Members are read leniently: a number is a text, and what has another type than it should is passed over.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::scope::resolve;
use super::text::{Written, escaped};
use super::{Entries, Entry, FeedFormat, FeedHead, Listed};

/// Items in one document; more of them come on pages.
const MAX_ITEMS: usize = 100_000;

/// No extension nests deeper in what a mapping could name.
const MAX_DEPTH: usize = 8;

/// So many values of one item can be named.
const MAX_VALUES: usize = 2_000;

/// A feed, its items not read yet.
#[derive(Deserialize)]
struct Document<'t> {
    #[serde(default)]
    version: Value,
    #[serde(default)]
    title: Value,
    #[serde(default)]
    home_page_url: Value,
    #[serde(default)]
    next_url: Value,
    #[serde(default)]
    language: Value,
    #[serde(default)]
    author: Value,
    #[serde(default)]
    authors: Value,
    #[serde(borrow, default)]
    items: Option<Items<'t>>,
}

/// The list of items, as it stands.
struct Items<'t> {
    list: Vec<&'t RawValue>,
    /// Whether there are more than are read.
    has_more: bool,
}

impl<'de: 't, 't> Deserialize<'de> for Items<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor(PhantomData))
    }
}

struct ItemsVisitor<'t>(PhantomData<&'t RawValue>);

impl<'de: 't, 't> Visitor<'de> for ItemsVisitor<'t> {
    type Value = Items<'t>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Items { list: Vec::new(), has_more: false };
        while items.list.len() < MAX_ITEMS {
            match sequence.next_element::<&'de RawValue>()? {
                Some(item) => items.list.push(item),
                None => return Ok(items),
            }
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            items.has_more = true;
        }
        Ok(items)
    }
}

/// Reads the head of a feed, and has its entries ready.
pub(super) fn open<'t>(text: &'t str, base: Option<&Url>) -> Result<(FeedHead, Entries<'t>), String> {
    let document: Document<'t> = serde_json::from_str(text.trim()).map_err(|error| error.to_string())?;
    let items = match document.items {
        Some(items) => items,
        None if document.version.as_str().is_some_and(|version| version.contains("jsonfeed.org")) => {
            Items { list: Vec::new(), has_more: false }
        }
        None => return Err("JSON without `items`, expected a JSON Feed".to_owned()),
    };
    let head = FeedHead {
        format: FeedFormat::Json,
        title: text_of(&document.title).and_then(|title| Written::guessed(title).plain()),
        link: text_of(&document.home_page_url).map(|address| resolve(&address, base)),
        next: text_of(&document.next_url).map(|address| resolve(&address, base)),
        language: text_of(&document.language),
        creators: names_of(&document.authors, &document.author),
        trouble: items.has_more.then(|| format!("it breaks off for us after {MAX_ITEMS} items, more are not read")),
        breaks_off: items.has_more,
        ..FeedHead::default()
    };
    let base = base.cloned();
    let entries = items.list.into_iter().enumerate().map(move |(index, item)| {
        Listed::Entry(Box::new(read_item(item.get(), format!("/items/{index}"), base.as_ref())))
    });
    Ok((head, Box::new(entries)))
}

/// Reads an item; a blank entry when it is no object.
fn read_item(json: &str, place: String, base: Option<&Url>) -> Entry {
    let item = match serde_json::from_str(json) {
        Ok(Value::Object(item)) => item,
        Ok(_) => return Entry { place, ..Entry::default() },
        Err(error) => return Entry { place, trouble: Some(error.to_string()), ..Entry::default() },
    };
    let text = |name: &str| item.get(name).and_then(text_of);
    let address = |name: &str| text(name).map(|address| resolve(&address, base));
    let id = text("id");
    // An id that is an address is that of the page, if the item names no other. Source: JSON Feed 1.1, `id`.
    let page_by_id = || id.clone().filter(|id| id.starts_with("http://") || id.starts_with("https://"));
    let attachments = || item.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let attached = |attachment: &Value| attachment.get("url").and_then(text_of).map(|url| resolve(&url, base));
    let pictures = attachments().filter(|attachment| is_picture(attachment)).filter_map(attached);
    let none = Value::Null;
    Entry {
        place,
        title: text("title").and_then(|title| Written::guessed(title).plain()),
        link: address("url").or_else(|| address("external_url")).or_else(page_by_id),
        other_links: address("external_url").into_iter().chain(attachments().filter_map(attached)).collect(),
        content: text("content_html").or_else(|| text("content_text").map(|content| escaped(&content))),
        summary: text("summary").and_then(|summary| Written::guessed(summary).markup()),
        images: address("image").into_iter().chain(address("banner_image")).chain(pictures).collect(),
        creators: names_of(item.get("authors").unwrap_or(&none), item.get("author").unwrap_or(&none)),
        keywords: item.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(text_of).collect(),
        language: text("language"),
        published: text("date_published"),
        modified: text("date_modified"),
        licence: None,
        values: values_of(&item),
        trouble: None,
        breaks_off: false,
        id,
    }
}

fn is_picture(attachment: &Value) -> bool {
    let media_type = attachment.get("mime_type").and_then(Value::as_str).unwrap_or_default();
    media_type.trim().to_ascii_lowercase().starts_with("image/")
}

/// A value as text; `None` when it says nothing.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The names of the authors, in a list as version 1.1 has it, or of the one of version 1.
fn names_of(authors: &Value, author: &Value) -> Vec<String> {
    let list = authors.as_array().map(Vec::as_slice).unwrap_or_default();
    let named: Vec<String> = list.iter().filter_map(|author| author.get("name").and_then(text_of)).collect();
    if named.is_empty() { author.get("name").and_then(text_of).into_iter().collect() } else { named }
}

/// Everything in an item by the names of its members: `title`, `authors/name`.
fn values_of(item: &Map<String, Value>) -> BTreeMap<String, Vec<String>> {
    let mut values = Values { by_name: BTreeMap::new(), count: 0 };
    for (name, value) in item {
        values.add(name, value, 1);
    }
    values.by_name
}

struct Values {
    by_name: BTreeMap<String, Vec<String>>,
    count: usize,
}

impl Values {
    /// Calls itself no deeper than [`MAX_DEPTH`].
    fn add(&mut self, path: &str, value: &Value, depth: usize) {
        if self.count >= MAX_VALUES || depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Array(list) => {
                for inner in list {
                    self.add(path, inner, depth + 1);
                }
            }
            Value::Object(members) => {
                for (name, inner) in members {
                    self.add(&format!("{path}/{name}"), inner, depth + 1);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                if let Some(text) = text_of(value) {
                    self.count += 1;
                    self.by_name.entry(path.to_owned()).or_default().push(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Feed, read_feed};
    use super::*;

    fn read(text: &str) -> Feed {
        let base = Url::parse("https://example.org/feeds/all.json").expect("an address");
        read_feed(text, Some(&base)).expect("a feed")
    }

    #[test]
    fn a_whole_feed_is_read() {
        let feed = read(
            r#"{"version": "https://jsonfeed.org/version/1.1", "title": "R&amp;D", "home_page_url": "/",
            "next_url": "?page=2", "language": "en", "authors": [{"name": "Jo"}], "items": [{
            "id": 7, "url": "/a", "title": "Jobs &#8211; new", "content_html": "<p>Long</p>", "summary": "1 < 2",
            "image": "i.png", "tags": ["maths", 3], "authors": [{"name": "Al", "url": "x"}], "date_published": "2019-10-02",
            "attachments": [{"url": "/a.pdf", "mime_type": "application/pdf"}, {"url": "/b.png", "mime_type": "image/png"}],
            "_school": {"stage": ["KS3", "KS4"]}}]}"#,
        );
        let head = &feed.head;
        assert_eq!((head.title.as_deref(), head.link.as_deref()), (Some("R&D"), Some("https://example.org/")));
        assert_eq!(head.next.as_deref(), Some("https://example.org/feeds/all.json?page=2"));
        assert_eq!((head.language.as_deref(), head.creators.as_slice()), (Some("en"), &["Jo".to_owned()][..]));
        let entry = &feed.entries[0];
        assert_eq!((entry.id.as_deref(), entry.link.as_deref()), (Some("7"), Some("https://example.org/a")));
        assert_eq!((entry.title.as_deref(), entry.summary.as_deref()), (Some("Jobs – new"), Some("1 &lt; 2")));
        assert_eq!(entry.images, ["https://example.org/feeds/i.png", "https://example.org/b.png"]);
        assert_eq!(
            (entry.keywords.as_slice(), entry.creators.as_slice()),
            (&["maths".to_owned(), "3".to_owned()][..], &["Al".to_owned()][..])
        );
        assert_eq!(entry.other_links, ["https://example.org/a.pdf", "https://example.org/b.png"]);
        assert_eq!(
            (entry.values["_school/stage"].as_slice(), entry.place.as_str()),
            (&["KS3".to_owned(), "KS4".to_owned()][..], "/items/0")
        );
    }

    #[test]
    fn version_1_has_one_author_and_an_id_may_be_the_page() {
        let feed =
            read(r#"{"items": [{"id": "https://example.org/b", "author": {"name": "Jo"}, "content_text": "a < b"}]}"#);
        let entry = &feed.entries[0];
        assert_eq!((entry.link.as_deref(), entry.title.as_deref()), (Some("https://example.org/b"), None));
        assert_eq!((entry.content.as_deref(), entry.creators.as_slice()), (Some("a &lt; b"), &["Jo".to_owned()][..]));
    }

    #[test]
    fn what_is_no_item_loses_no_other() {
        let feed = read(r#"{"items": [1, {"title": "Two"}, null, {"title": {"a": 1}}]}"#);
        let blank: Vec<bool> = feed.entries.iter().map(Entry::is_blank).collect();
        assert_eq!(blank, [true, false, true, true]);
        assert_eq!(feed.entries[2].place, "/items/2");
    }

    #[test]
    fn half_a_document_is_no_feed() {
        let error = read_feed("{\"items\": [{\"id\": 1}, {\"id\"", None).expect_err("it breaks off");
        assert!(error.starts_with("EOF while parsing"), "{error}");
    }
}
