//! The read API: searches, facets, resources, lists, documents.

mod documents;
mod duplicates;
mod limits;
mod search;
mod similar;
mod suggest;
mod walk;
