//! How large, how deep, how many? Every number at which the reading of one document stops.
//!
//! They are the same for all kinds and all sources. How a document is fetched is limited in [`crate::fetch::limits`];
//! how many of them a run may read, and how many records, stands in the file of its source ([`schemas::SourceLimits`]).

use schemas::validate::MAX_TEXT_BYTES;

/// The size of a table, a workbook or a file of MARC after decompression: they carry whole catalogues. Source: the
/// limits table.
pub const TABLE_BYTES: u64 = 64 * 1024 * 1024;

/// What a workbook may unpack to, for each byte that it may have: XML of cells packs to about a tenth, but a workbook
/// of the largest size is rare.
pub const UNPACKED_FACTOR: u64 = 4;

/// The 50 MiB of the protocol and a little more; holds for what comes out of a gzipped sitemap too. Source:
/// sitemaps.org, protocol 0.9, and the limits table.
pub const SITEMAP_BYTES: u64 = 52 * 1024 * 1024;

/// Addresses in one sitemap. Source: sitemaps.org, protocol 0.9.
pub const SITEMAP_ADDRESSES: usize = 50_000;

/// Of one start tag. Not in a workbook, where the text of a cell may stand in one. Source: the limits table.
pub const START_TAG_BYTES: usize = 64 * 1024;

/// Attributes of one start tag. Source: the limits table.
pub const MAX_ATTRIBUTES: usize = 256;

/// How deep the elements of XML may nest. Source: the limits table.
pub const XML_DEPTH: usize = 128;

/// How deep a record of JSON may nest; of structured data in a page, what is deeper is passed over. None that means
/// well is. Source: the limits table.
pub const JSON_DEPTH: usize = 64;

/// The largest value in a record. Nothing a teacher reads is longer; larger ones are a quote that was never closed, or
/// a picture in base 64. Source: the limits table.
pub const FIELD_BYTES: usize = MAX_TEXT_BYTES;
