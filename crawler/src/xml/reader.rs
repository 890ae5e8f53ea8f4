//! The reader: whole elements of the wanted names, one after the other, with what is broken in each.
//!
//! What is around them is passed over, what is in them is kept. An end tag ends everything that is open up to the
//! nearest element of its name; one that ends nothing is passed over, unless it looks like a slip of the pen. No text
//! is too broken to be read: what can be made of it comes out, and `trouble` says what cannot be relied on.

use std::collections::VecDeque;
use std::mem;

use schemas::url::MAX_URL_BYTES;

use super::element::{XmlElement, XmlNode};
use super::entities::{KnownNames, push_characters, push_text};
use super::markup::{Piece, Pieces};
use super::tag::{Namespaces, StartTag};
use crate::limits::{FIELD_BYTES, XML_DEPTH};

/// Elements in one that is wanted. The largest records of libraries have two thousand.
const MAX_ELEMENTS: usize = 50_000;

/// Of the name of one element. Names are kept with everything that is found below them, so that long ones cost memory.
const NAME_BYTES: usize = 256;

/// Of an address in `xml:base`, kept likewise: twice what a record may have.
const BASE_BYTES: usize = 2 * MAX_URL_BYTES;

/// So far into a text an XML declaration is looked for behind what a server has said before it.
const GARBAGE_BYTES: usize = 64 * 1024;

/// Of a name that is told. The names that standards give to elements are shorter.
const SHOWN_CHARACTERS: usize = 60;

const BREAKS_OFF: &str = "it breaks off before its end";

/// Reads the elements of the wanted local names, in the order of the document, wherever they stand. What stands in one
/// that was given is not given again.
///
/// Takes linear time whatever the text is, and never holds more than the element that it is about to give.
pub struct XmlReader<'t> {
    pieces: Pieces<'t>,
    wanted: &'static [&'static str],
    /// How many of each wanted name were found, in their order.
    found: Vec<usize>,
    open: Vec<Open<'t>>,
    namespaces: Namespaces,
    /// Open elements whose content is dropped: one that broke a limit, and those in it.
    dropped: usize,
    building: Option<Building>,
    ready: VecDeque<Found>,
    root: Option<XmlRoot>,
    known_names: KnownNames,
    /// Whether an element without one around it has ended, and whether something was found in the one that is open.
    has_ended: bool,
    has_found: bool,
    trouble: Option<String>,
    progress: Progress,
}

/// How far a document was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Reading,
    Whole,
    BrokenOff,
}

/// An element that was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The element.
    pub element: XmlElement,
    /// The local names of the elements around it, the outermost first.
    pub parents: Vec<String>,
    /// The innermost `xml:base` around it, as it stands.
    pub base: Option<String>,
    /// Which of the elements of its local name it is, from 1.
    pub number: usize,
    /// What is broken in it: the first thing, when there are several.
    pub trouble: Option<String>,
    /// Whether the document breaks off in it.
    pub is_half: bool,
}

/// The first element of a document, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlRoot {
    /// Its name without prefix.
    pub name: String,
    /// Its prefix as it stands in the document; empty when there is none.
    pub prefix: String,
    /// The namespace it is in; empty when there is none.
    pub namespace: String,
    /// Its attributes, without those that declare a namespace.
    pub attributes: Vec<(String, String)>,
}

/// An element whose end has not come yet.
struct Open<'t> {
    /// Its name as it stands, `dc:title`.
    name: &'t str,
    base: Option<String>,
    /// How many namespaces came into force with it.
    namespaces: usize,
}

/// A wanted element whose end has not come yet.
struct Building {
    /// It, and what is open in it, the innermost last. Never empty.
    elements: Vec<XmlElement>,
    /// How many elements there are in it so far, itself with them.
    count: usize,
    /// How many elements are around it.
    depth: usize,
    parents: Vec<String>,
    base: Option<String>,
    number: usize,
    trouble: Option<String>,
    is_half: bool,
}

impl<'t> XmlReader<'t> {
    /// Begins at the beginning, or behind what a server has said before the XML declaration.
    pub fn new(text: &'t str, wanted: &'static [&'static str]) -> Self {
        Self {
            pieces: Pieces::new(from_declaration(text)),
            wanted,
            found: vec![0; wanted.len()],
            open: Vec::new(),
            namespaces: Namespaces::default(),
            dropped: 0,
            building: None,
            ready: VecDeque::new(),
            root: None,
            known_names: KnownNames::OfXml,
            has_ended: false,
            has_found: false,
            trouble: None,
            progress: Progress::Reading,
        }
    }

    /// The first element; `None` when there is no element at all.
    pub fn root(&mut self) -> Option<XmlRoot> {
        while self.root.is_none() && self.progress == Progress::Reading {
            self.step();
        }
        self.root.clone()
    }

    /// Why something may be missing in what was found, once everything has been: it breaks off, or a tag outside what
    /// was found is broken. `None` when the document is sound around what was found.
    pub fn trouble(&self) -> Option<&str> {
        if self.breaks_off() { Some(BREAKS_OFF) } else { self.trouble.as_deref() }
    }

    /// Whether the document ends before its end, once it has been read through. The last element that was found then
    /// may be [half of one](Found::is_half).
    pub fn breaks_off(&self) -> bool {
        self.progress == Progress::BrokenOff
    }

    fn step(&mut self) {
        match self.pieces.next() {
            None => self.finish(),
            Some(Piece::Text(text)) => {
                let known_names = self.known_names;
                self.add(text, |out, raw| push_text(out, raw, known_names));
            }
            Some(Piece::CData(text)) => self.add(text, push_characters),
            Some(Piece::Start(tag)) => self.enter(tag),
            Some(Piece::Empty(tag)) => {
                self.enter(tag);
                self.leave();
            }
            Some(Piece::End(name)) => self.end(name),
            Some(Piece::DocumentType) => self.known_names = KnownNames::OfHtml,
            Some(Piece::Broken(what)) => self.note(what.to_owned()),
        }
    }

    /// Adds text to the innermost element, if it is kept.
    fn add(&mut self, text: &str, push: impl FnOnce(&mut String, &str) -> Option<String>) {
        if self.dropped > 0 {
            return;
        }
        let Some(element) = self.building.as_mut().and_then(|building| building.elements.last_mut()) else { return };
        if !matches!(element.children.last(), Some(XmlNode::Text(_))) {
            element.children.push(XmlNode::Text(String::new()));
        }
        let Some(XmlNode::Text(run)) = element.children.last_mut() else { return };
        let kept = &text[..text.floor_char_boundary(FIELD_BYTES.saturating_sub(run.len()))];
        let mut fault = push(run, kept);
        if kept.len() < text.len() {
            fault = Some(format!("a text of more than {FIELD_BYTES} bytes"));
        }
        if let Some(fault) = fault {
            self.note(fault);
        }
    }

    fn enter(&mut self, tag: &'t str) {
        if self.dropped > 0 {
            self.dropped += 1;
            return;
        }
        let mut tag = StartTag::read(tag, self.known_names);
        if let Some(reason) = self.refusal(&tag) {
            self.note(reason);
            self.dropped = 1;
            return;
        }
        self.end_what_cannot_hold(&tag);
        let namespace = self.namespaces.of(&tag);
        let (prefix, name) = tag.prefix_and_name();
        let (prefix, name) = (prefix.to_owned(), name.to_owned());
        let namespaces = self.namespaces.enter(&mut tag);
        if self.open.is_empty() {
            self.has_found = false;
        }
        let base = tag.attribute("xml:base").filter(|base| base.len() <= BASE_BYTES).map(ToOwned::to_owned);
        let attributes = mem::take(&mut tag.attributes);
        if self.root.is_none() {
            let (name, prefix, namespace) = (name.clone(), prefix.clone(), namespace.clone());
            self.root = Some(XmlRoot { name, prefix, namespace, attributes: attributes.clone() });
        }
        let element = XmlElement { name, prefix, namespace, attributes, children: Vec::new() };
        match &mut self.building {
            Some(building) => {
                building.count += 1;
                building.elements.push(element);
            }
            None => self.begin(element),
        }
        self.open.push(Open { name: tag.name, base, namespaces });
        if let Some(fault) = tag.fault {
            self.note(fault);
        }
    }

    /// Why an element is dropped, with everything in it.
    fn refusal(&self, tag: &StartTag<'_>) -> Option<String> {
        if self.open.len() >= XML_DEPTH {
            return Some(format!("elements nested deeper than {XML_DEPTH}"));
        }
        if tag.name.len() > NAME_BYTES {
            return Some(format!("an element with a name of {} bytes", tag.name.len()));
        }
        let count = self.building.as_ref().map_or(0, |building| building.count);
        (count >= MAX_ELEMENTS).then(|| format!("more than {MAX_ELEMENTS} elements"))
    }

    /// A record in a record begins the next one: the end of the first is missing. Where no namespace tells the two
    /// apart, that of a library in that of a protocol, only if it stands right in it.
    fn end_what_cannot_hold(&mut self, tag: &StartTag<'_>) {
        let Some(building) = &self.building else { return };
        let Some(wanted) = building.elements.first() else { return };
        let is_right_in_it = building.elements.len() == 1;
        let is_same = tag.prefix_and_name().1 == wanted.name && self.namespaces.of(tag) == wanted.namespace;
        if is_same && (is_right_in_it || !wanted.namespace.is_empty()) {
            let (depth, name) = (building.depth, wanted.name.clone());
            self.note(format!("`{name}` has no end tag"));
            self.leave_to(depth);
        }
    }

    /// Begins to keep an element, if it is wanted.
    fn begin(&mut self, element: XmlElement) {
        let Some(index) = self.wanted.iter().position(|wanted| *wanted == element.name) else { return };
        self.has_found = true;
        self.found[index] += 1;
        let local = |open: &Open<'_>| open.name.split_once(':').map_or(open.name, |(_, name)| name).to_owned();
        self.building = Some(Building {
            elements: vec![element],
            count: 1,
            depth: self.open.len(),
            parents: self.open.iter().map(local).collect(),
            base: self.open.iter().rev().find_map(|open| open.base.clone()),
            number: self.found[index],
            trouble: None,
            is_half: false,
        });
    }

    fn end(&mut self, name: &str) {
        if self.dropped > 0 {
            self.dropped -= 1;
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else {
            self.end_of_nothing(name);
            return;
        };
        let innermost = self.open.last().filter(|_| at + 1 < self.open.len());
        if let Some(unfinished) = innermost.map(|open| open.name) {
            self.note(format!("`{unfinished}` has no end tag"));
        }
        self.leave_to(at);
    }

    /// An end tag of which no element is open. `<title>…</titel>` is a slip, `</b>` somewhere in a text is not.
    fn end_of_nothing(&mut self, name: &str) {
        let shown: String = name.chars().take(SHOWN_CHARACTERS).collect();
        self.note(format!("`</{shown}>` ends nothing"));
        let innermost = self.building.as_ref().filter(|building| building.elements.len() > 1);
        let is_leaf = innermost
            .and_then(|building| building.elements.last())
            .is_some_and(|element| element.elements().next().is_none());
        let is_slip =
            self.open.last().is_some_and(|open| is_slip_for(name, open.name) && !self.pieces.next_tag_ends(open.name));
        if is_leaf && is_slip {
            self.leave();
        }
    }

    /// Leaves elements until only so many are open.
    fn leave_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.leave();
        }
    }

    /// Leaves the innermost element.
    fn leave(&mut self) {
        if self.dropped > 0 {
            self.dropped -= 1;
            return;
        }
        let Some(open) = self.open.pop() else { return };
        self.namespaces.leave(open.namespaces);
        self.has_ended |= self.open.is_empty();
        let Some(building) = &mut self.building else { return };
        let Some(element) = building.elements.pop() else { return };
        if let Some(parent) = building.elements.last_mut() {
            parent.children.push(XmlNode::Element(element));
        } else if let Some(Building { parents, base, number, trouble, is_half, .. }) = self.building.take() {
            self.ready.push_back(Found { element, parents, base, number, trouble, is_half });
        }
    }

    /// Notes what is broken: in the element that is kept, or else in the document.
    fn note(&mut self, what: String) {
        if let Some(building) = &mut self.building {
            building.trouble.get_or_insert(what);
        } else if self.is_in_the_document() {
            self.trouble.get_or_insert(what);
        }
    }

    /// Whether what stands here belongs to the document: not what a server has said before or after it.
    fn is_in_the_document(&self) -> bool {
        !self.open.is_empty() && (self.has_found || !self.has_ended)
    }

    fn finish(&mut self) {
        self.progress = if self.is_in_the_document() { Progress::BrokenOff } else { Progress::Whole };
        if let Some(building) = &mut self.building {
            building.trouble = Some(BREAKS_OFF.to_owned());
            building.is_half = true;
        }
        self.dropped = 0;
        self.leave_to(0);
    }
}

impl Iterator for XmlReader<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(found) = self.ready.pop_front() {
                return Some(found);
            }
            match self.progress {
                Progress::Reading => self.step(),
                Progress::Whole | Progress::BrokenOff => return None,
            }
        }
    }
}

/// The text from its XML declaration on. Inside a comment or a CDATA section it may be quoted.
fn from_declaration(text: &str) -> &str {
    let head = &text[..text.floor_char_boundary(GARBAGE_BYTES)];
    match head.find("<?xml ") {
        Some(at) if !head[..at].contains("<!") => &text[at..],
        Some(_) | None => text,
    }
}

/// Whether the name in an end tag is that of an element, mistyped: `titel` for `title`, `dc:creator` for `dc:title`.
fn is_slip_for(name: &str, open: &str) -> bool {
    if name.eq_ignore_ascii_case(open) {
        return true;
    }
    match (name.split_once(':'), open.split_once(':')) {
        (Some((prefix, _)), Some((open_prefix, _))) => prefix == open_prefix,
        (None, None) => name.len() > 2 && name.chars().take(2).eq(open.chars().take(2)),
        (Some(_), None) | (None, Some(_)) => false,
    }
}
