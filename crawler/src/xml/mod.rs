//! XML: which elements does a document hold? Read one at a time, however broken the document is.
//!
//! Text goes in, whole elements of the wanted names come out, each with what it holds; whatever stands around them is
//! passed over and never kept. No entity is expanded but the named characters of HTML, no address is followed, and
//! depth, attributes and the size of a start tag are limited. What the elements mean is for the kinds to say.

mod element;
mod entities;
mod markup;
mod reader;
mod tag;
#[cfg(test)]
mod tests;

pub use element::{XmlElement, XmlNode};
pub use reader::{Found, XmlReader, XmlRoot};
