//! The open API: searches, facets, resources, lists, documents, formats, and what partners have of their own.

mod changes;
mod coverage;
mod documents;
mod duplicates;
mod formats;
mod keys;
mod limits;
mod linked_data;
mod openapi;
mod rates;
mod reports;
mod search;
mod similar;
mod suggest;
mod views;
mod walk;
