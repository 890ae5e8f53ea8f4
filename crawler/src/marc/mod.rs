//! MARC: which records does a file of a library hold? MARC21 as ISO 2709 lays it out, and as XML.
//!
//! Bytes or XML go in, records with fields and subfields come out; what is broken is told and the others go on. What
//! the fields say in ours is settled by `describe`; what a library holds them in is the source's own mapping.

mod describe;
mod iso2709;
mod leader;
mod marc8;
mod record;
mod xml;

pub(crate) use describe::describe;
pub(crate) use iso2709::{BrokenRecord, ReadRecord, is_iso_2709, read_records};
pub(crate) use leader::{Standing, standing_of};
pub use record::{DataField, MarcRecord};
pub(crate) use xml::{element_of, from_xml};

#[cfg(test)]
pub(crate) use iso2709::tests::{record as iso_2709_record, record_of_bytes as iso_2709_record_of_bytes};
