//! How well does the search rank? What measures it, for the floors of `tests/it/relevance.rs` and for the figures that
//! `cargo bench --bench relevance` prints.
//!
//! In go an index and searches whose good answers are known; out come figures for our engine and, in the same run, for
//! plain BM25 over the same resources. Four kinds of searches: those of teachers and partners, judged by two readers
//! (`needs`, `judgements`); the same with mistakes in them (`typos`); Cranfield (`cranfield`); and other names of jobs,
//! which are kept out of the index (`titles`). Nothing here is part of the program, and nothing tunes anything.

pub(crate) mod cranfield;
pub(crate) mod csv;
pub(crate) mod engines;
pub(crate) mod judgements;
pub(crate) mod measure;
pub(crate) mod metrics;
pub(crate) mod needs;
pub(crate) mod plain;
pub(crate) mod pool;
pub(crate) mod random;
pub(crate) mod scores;
pub(crate) mod table;
pub(crate) mod titles;
pub(crate) mod typos;
