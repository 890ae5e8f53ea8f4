//! Parts: which elements stand in an entry, at which place, and in what scope?
//!
//! A list instead of a tree, so that what an entry says can be picked out of it by name.

use super::names::usual_name;
use super::scope::Scope;
use crate::xml::XmlElement;

/// No entry needs more elements; what stands behind them is not read. A page of `WordPress` with all that its plug-ins
/// remember has some hundreds.
const MAX_PARTS: usize = 2_000;

/// No standard nests deeper: a thumbnail in the content of a group.
const MAX_DEPTH: usize = 8;

/// Longer names are an attack: each of them is written many times.
pub(super) const MAX_NAME_BYTES: usize = 100;

/// Elements that hold text, so that the elements in them are markup.
const HOLD_TEXT: [&str; 18] = [
    "title",
    "dc:title",
    "media:title",
    "summary",
    "description",
    "dc:description",
    "media:description",
    "content",
    "content:encoded",
    "excerpt:encoded",
    "body",
    "xhtml:body",
    "fullitem",
    "abstract",
    "subtitle",
    "tagline",
    "rights",
    "info",
];

/// What an element says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The entry.
    Entry,
    /// The feed that the entry was taken from.
    Source,
    /// A picture or a form that belongs to it.
    Image,
}

/// An element somewhere in an entry.
pub(super) struct Part<'e> {
    /// Its usual name in lower case.
    pub(super) key: String,
    /// The usual names from the entry to it: `author/name`.
    pub(super) path: String,
    /// How deep it stands; 1 for what is directly in the entry.
    pub(super) depth: usize,
    /// What it says something about.
    pub(super) about: About,
    /// The element.
    pub(super) element: &'e XmlElement,
    /// What holds inside it.
    pub(super) scope: Scope,
}

impl Part<'_> {
    /// The text in it without the space around; `None` when there is nothing else.
    pub(super) fn text(&self) -> Option<String> {
        Some(self.element.text().trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Whether it holds text, perhaps with markup.
    pub(super) fn holds_text(&self) -> bool {
        HOLD_TEXT.contains(&self.key.as_str())
    }
}

/// The elements in an entry, in the order of the document. `scope` is what holds inside the entry.
pub(super) fn parts_of<'e>(entry: &'e XmlElement, scope: &Scope) -> Vec<Part<'e>> {
    let mut parts = Vec::new();
    collect(entry, scope, &Around { path: "", depth: 1, about: About::Entry }, &mut parts);
    parts
}

/// Where in the entry the collecting is.
struct Around<'p> {
    path: &'p str,
    depth: usize,
    about: About,
}

/// Calls itself no deeper than [`MAX_DEPTH`].
fn collect<'e>(element: &'e XmlElement, scope: &Scope, around: &Around<'_>, parts: &mut Vec<Part<'e>>) {
    for child in element.elements() {
        let name = usual_name(child);
        let key = name.to_ascii_lowercase();
        // Comments in an export of WordPress are by other people, whose addresses are none of our business.
        if name.len() > MAX_NAME_BYTES || key == "wp:comment" {
            continue;
        }
        if parts.len() >= MAX_PARTS {
            return;
        }
        let path = if around.path.is_empty() { name } else { format!("{}/{name}", around.path) };
        let about = match key.as_str() {
            "source" if around.about == About::Entry => About::Source,
            "image" | "textinput" if around.about == About::Entry => About::Image,
            _ => around.about,
        };
        let inside = scope.within(child).into_owned();
        let part = Part { key, path, depth: around.depth, about: around.about, element: child, scope: inside.clone() };
        let goes_on = !part.holds_text() && around.depth < MAX_DEPTH;
        let path = part.path.clone();
        parts.push(part);
        if goes_on {
            collect(child, &inside, &Around { path: &path, depth: around.depth + 1, about }, parts);
        }
    }
}
