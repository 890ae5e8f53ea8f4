//! Tables: which rows does a CSV text have?
//!
//! What a row means, and how XLSX and ODS are read, is left to the table kind, whose reading of a text this is.

pub use crate::kinds::read_rows;
