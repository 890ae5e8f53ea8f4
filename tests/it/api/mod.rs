//! The open API: searches, facets, resources, lists, documents, formats, and what partners have of their own.

mod bounds; // what is kept and held, and how much of it at most
mod changes;
mod compression; // every answer in every form that a client can unpack
mod coverage;
mod documents;
mod duplicates;
mod forged; // cursors and tokens that we did not give
mod formats;
mod keys;
mod limits;
mod linked_data;
pub(crate) mod openapi;
mod rates;
mod reports;
mod search;
mod similar;
mod suggest;
mod terms; // what a catalogue does not let us publish
mod views;
mod views_elsewhere; // a view in everything beside the search
mod walk;
