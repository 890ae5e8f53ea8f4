//! The read API: searches, facets, resources, lists, documents.

mod documents;
mod limits;
mod search;
