//! The list in a JSON text: where is it, and what stands in it?
//!
//! Its items stay texts here and are parsed one by one by whoever reads them, and where each stands becomes words when
//! somebody asks. So a list of millions takes no more memory than its text and forty bytes for each item, one item that
//! is no record does not spoil the others, and how deep an item may nest is a question of that item alone.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::markup_in_place_of_data;

/// So many keys are told when one is missing.
const TOLD_KEYS: usize = 12;

/// One item of a list, as it stands in the text.
#[derive(Debug, PartialEq)]
pub(super) struct Item<'t> {
    place: Place,
    /// The item itself.
    pub(super) json: &'t str,
}

/// Where an item stands.
#[derive(Debug, PartialEq)]
enum Place {
    /// Where the pointer leads, and alone.
    Whole,
    /// In a list, the first being 0.
    Index(usize),
    /// Under a key of an object.
    Key(Box<str>),
    /// On a line, the first being 1.
    Line(usize),
}

/// The items of one document.
#[derive(Debug, PartialEq)]
pub(super) struct Items<'t> {
    /// The pointer that led to them; empty when none was needed.
    pointer: String,
    /// In the order of the document.
    pub(super) list: Vec<Item<'t>>,
    /// Whether the text ends in the middle of the last one.
    pub(super) breaks_off: bool,
}

impl<'t> Items<'t> {
    /// Finds the list in a text, and its first `most` items.
    ///
    /// With a pointer: the list that it points to, or the values of an object there. Without one: the list that the
    /// text is; the values of an object of objects; an object that is itself the one record; else one record on each
    /// line. When it is none of these, the error says what came.
    pub(super) fn find(text: &'t str, pointer: Option<&str>, most: usize) -> Result<Self, String> {
        if let Some(markup) = markup_in_place_of_data(text) {
            return Err(format!("{markup}, expected JSON"));
        }
        match pointer {
            Some(pointer) => {
                let list = value_at(text, pointer)?.ok_or_else(|| missing(text, pointer))?;
                let members = Members::of(list, Wanted::First(most));
                Ok(members.map_err(|reason| format!("`{pointer}`: {reason}"))?.into_items(pointer))
            }
            None => Self::find_unpointed(text, most),
        }
    }

    fn find_unpointed(text: &'t str, most: usize) -> Result<Self, String> {
        match Members::of(text, Wanted::First(most)) {
            Ok(members) if members.is_list() || members.are_objects() => Ok(members.into_items("")),
            Ok(_) => Ok(Self::only("", text.trim())),
            Err(_) if begins_with_lines_of_objects(text) => Ok(Self::lines(text, most)),
            Err(reason) => Err(reason),
        }
    }

    /// The one item that a pointer leads to.
    pub(super) fn only(pointer: &str, json: &'t str) -> Self {
        Self { pointer: pointer.to_owned(), list: vec![Item { place: Place::Whole, json }], breaks_off: false }
    }

    /// Whether the document is one object, which is the only item or holds them under its keys.
    pub(super) fn are_of_one_object(&self) -> bool {
        let is_of_object = |item: &Item<'_>| matches!(item.place, Place::Whole | Place::Key(_));
        self.pointer.is_empty() && self.list.first().is_some_and(is_of_object)
    }

    /// Where one of them stands: `/items/3`, `line 17`; empty when it is the whole document.
    pub(super) fn place_of(&self, item: &Item<'_>) -> String {
        match &item.place {
            Place::Whole => self.pointer.clone(),
            Place::Index(index) => format!("{}/{index}", self.pointer),
            Place::Key(key) => format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1")),
            Place::Line(number) => format!("line {number}"),
        }
    }

    /// One record on each line that is not blank.
    pub(super) fn lines(text: &'t str, most: usize) -> Self {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let list: Vec<Item<'t>> =
            lines.take(most).map(|(index, line)| Item { place: Place::Line(index + 1), json: line.trim() }).collect();
        let is_cut = |item: &Item<'_>| serde_json::from_str::<IgnoredAny>(item.json).is_err_and(|error| error.is_eof());
        let breaks_off = !text.ends_with('\n') && list.last().is_some_and(is_cut);
        Self { pointer: String::new(), list, breaks_off }
    }
}

/// The text of the value that a JSON Pointer points to; `None` when there is none.
pub(super) fn value_at<'t>(text: &'t str, pointer: &str) -> Result<Option<&'t str>, String> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(format!("`{pointer}` is no JSON Pointer; expected `/{pointer}`"));
    }
    let mut value = text;
    for (depth, token) in tokens(pointer).enumerate() {
        let is_scalar = !value.starts_with(['{', '[']);
        if depth > 0 && is_scalar {
            return Ok(None);
        }
        let members = Members::of(value, Wanted::One(&token))?;
        let Some(member) = members.kept.last() else { return Ok(None) };
        value = member.json;
    }
    Ok(Some(value))
}

/// RFC 6901, 4: `~1` is `/` and `~0` is `~`. A pointer to the whole text has no tokens.
fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// Says how far a pointer led, and what there is instead.
fn missing(text: &str, pointer: &str) -> String {
    let mut value = text;
    let mut walked = String::new();
    for token in tokens(pointer) {
        let Ok(members) = Members::of(value, Wanted::One(&token)) else { break };
        let Some(member) = members.kept.last() else {
            let there = match &members.keys {
                None => format!("a list of {}", members.count),
                Some(keys) => format!("`{}`", keys.join("`, `")),
            };
            return format!("nothing at `{pointer}`; at `{walked}` there is {there}");
        };
        value = member.json;
        walked = format!("{walked}/{token}");
    }
    format!("nothing at `{pointer}`")
}

/// Lines of objects are told from a JSON text that is broken by their beginning: the first line, or the second when the
/// first is the broken one, is an object by itself.
fn begins_with_lines_of_objects(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_object = |line: &str| line.starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok();
    let first = lines.next().unwrap_or_default();
    first.starts_with('{') && (is_object(first) || lines.next().is_some_and(is_object))
}

/// Which members of a list or an object are kept.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    First(usize),
    One(&'w str),
}

/// Members of a list or an object.
struct Members<'t> {
    /// Those that were wanted.
    kept: Vec<Item<'t>>,
    /// How many there are.
    count: usize,
    /// The first keys of an object; `None` for a list.
    keys: Option<Vec<String>>,
}

impl<'t> Members<'t> {
    fn of(text: &'t str, wanted: Wanted<'_>) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        let members = json.deserialize_any(MembersVisitor { wanted }).map_err(|error| error.to_string())?;
        json.end().map_err(|error| error.to_string())?;
        Ok(members)
    }

    fn is_list(&self) -> bool {
        self.keys.is_none()
    }

    fn are_objects(&self) -> bool {
        !self.kept.is_empty() && self.kept.iter().all(|member| member.json.starts_with('{'))
    }

    fn into_items(self, pointer: &str) -> Items<'t> {
        Items { pointer: pointer.to_owned(), list: self.kept, breaks_off: false }
    }
}

struct MembersVisitor<'w> {
    wanted: Wanted<'w>,
}

impl<'de> Visitor<'de> for MembersVisitor<'_> {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut members = Members { kept: Vec::new(), count: 0, keys: None };
        while let Some(json) = list.next_element::<&'de RawValue>()? {
            let wanted = match self.wanted {
                Wanted::First(most) => members.count < most,
                Wanted::One(index) => index.parse::<usize>().is_ok_and(|index| index == members.count),
            };
            if wanted {
                members.kept.push(Item { place: Place::Index(members.count), json: json.get() });
            }
            members.count += 1;
        }
        Ok(members)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let (mut kept, mut count, mut keys) = (Vec::new(), 0, Vec::new());
        while let Some((key, json)) = object.next_entry::<String, &'de RawValue>()? {
            let wanted = match self.wanted {
                Wanted::First(most) => count < most,
                Wanted::One(name) => name == key,
            };
            if keys.len() < TOLD_KEYS {
                keys.push(key.clone());
            }
            if wanted {
                kept.push(Item { place: Place::Key(key.into_boxed_str()), json: json.get() });
            }
            count += 1;
        }
        Ok(Members { kept, count, keys: Some(keys) })
    }
}

/// What a JSON value is, in a word for a message.
pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, pointer: Option<&str>) -> Result<Vec<(String, String)>, String> {
        let found = Items::find(text, pointer, 100)?;
        Ok(found.list.iter().map(|item| (found.place_of(item), item.json.to_owned())).collect())
    }

    #[test]
    fn a_list_is_found_where_it_stands() {
        for (text, pointer, expected) in [
            ("[{}, 7]", None, vec![("/0", "{}"), ("/1", "7")]),
            ("{\"a\": {\"b\": [1]}}", Some("/a/b"), vec![("/a/b/0", "1")]),
            ("[[1], [2]]", Some("/1"), vec![("/1/0", "2")]),
            ("{\"a\": {\"x/y\": {}, \"z\": {}}}", Some("/a"), vec![("/a/x~1y", "{}"), ("/a/z", "{}")]),
            ("{\"a~b\": [1]}", Some("/a~0b"), vec![("/a~0b/0", "1")]),
            ("{\"one\": {\"id\": 1}, \"two\": {}}", None, vec![("/one", "{\"id\": 1}"), ("/two", "{}")]),
            (" {\"id\": 1, \"x\": {}} ", None, vec![("", "{\"id\": 1, \"x\": {}}")]),
            ("{\"id\": 1}\n\n{\"id\": 2}\r\n", None, vec![("line 1", "{\"id\": 1}"), ("line 3", "{\"id\": 2}")]),
            ("{\"id\": \n{\"id\": 2}\n", None, vec![("line 1", "{\"id\":"), ("line 2", "{\"id\": 2}")]),
            ("[]", None, vec![]),
        ] {
            let expected: Vec<(String, String)> =
                expected.into_iter().map(|(place, json)| (place.to_owned(), json.to_owned())).collect();
            assert_eq!(found(text, pointer), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (text, pointer, expected) in [
            ("<!doctype html><title>Sorry</title>", None, "HTML, expected JSON"),
            ("{\"data\": [], \"meta\": {}}", Some("/items"), "nothing at `/items`; at `` there is `data`, `meta`"),
            ("{\"data\": {\"rows\": []}}", Some("/data/x/y"), "nothing at `/data/x/y`; at `/data` there is `rows`"),
            ("[1, 2]", Some("/items"), "nothing at `/items`; at `` there is a list of 2"),
            ("{\"items\": 3}", Some("/items"), "`/items`: invalid type: integer `3`, expected a list or an object"),
            ("{\"items\": 3}", Some("/items/0"), "nothing at `/items/0`"),
            ("{\"items\": []}", Some("items"), "`items` is no JSON Pointer; expected `/items`"),
            ("[{\"id\": 1}, {\"id\"", None, "EOF while parsing"),
            ("{\n\"items\": [\n{\"id\": 1}", None, "EOF while parsing"),
            ("\"text\"", None, "invalid type: string \"text\", expected a list or an object"),
        ] {
            let error = found(text, pointer).expect_err(text);
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let deep = "[".repeat(100_000);
        assert!(found(&deep, None).is_err());
    }

    #[test]
    fn no_more_items_are_kept_than_are_wanted_and_each_takes_little() {
        let items = Items::find("[1, 2, 3]", None, 2).expect("a list").list;
        assert_eq!(items.len(), 2);
        assert!(size_of::<Item<'_>>() <= 40);
    }

    #[test]
    fn a_document_that_is_an_object_is_told_from_a_list() {
        for (text, expected) in [
            ("{\"id\": 1}", true),
            ("{\"one\": {\"id\": 1}}", true),
            ("[{\"id\": 1}]", false),
            ("{\"id\": 1}\n{\"id\": 2}\n", false),
        ] {
            let found = Items::find(text, None, 100).expect("items");
            assert_eq!(found.are_of_one_object(), expected, "{text}");
        }
        assert!(!Items::only("/data", "{}").are_of_one_object());
    }

    #[test]
    fn lines_that_break_off_are_noticed() {
        let cut = Items::find("{\"id\": 1}\n{\"id\": ", None, 100).expect("lines");
        assert!(cut.breaks_off);
        let whole = Items::find("{\"id\": 1}\n{\"id\": 2}", None, 100).expect("lines");
        assert!(!whole.breaks_off);
    }
}
