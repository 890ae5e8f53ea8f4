#![doc = include_str!("../README.md")]

pub mod age;
pub mod assertion;
pub mod completeness;
pub mod curation;
pub mod id;
pub mod json_ld;
pub mod json_schema;
pub mod metadata;
pub mod problem;
pub mod record;
pub mod resource;
pub mod skos;
pub mod source;
pub mod toml_reader;
pub mod url;
pub mod validate;
pub mod vocabulary;

pub use age::AgeRange;
pub use assertion::{Assertion, Claim, Confidence, Method};
pub use completeness::{CompletenessTest, TestAnswer};
pub use curation::{Curation, Decision, Undone};
pub use id::{ConceptId, IdError, RecordId, ResourceId, SourceId};
pub use metadata::{ControlledField, Metadata, UnmappedWord};
pub use problem::{Problem, Severity};
pub use record::{PayloadHash, Record};
pub use resource::{ConceptRef, Link, LinkState, Publication, RecordRef, Resource, age_ranges, short_description};
pub use source::{
    FeedOptions, FieldMapping, JsonOptions, JsonPaging, JsonPreset, ListingOptions, ListingPaging, Location,
    MarcOptions, MissingRule, OaiPmhOptions, PagePart, SitemapOptions, Source, SourceKind, SourceLimits, TableOptions,
    TargetField, Trust,
};
pub use toml_reader::{TomlMistake, TomlReader, TomlTable, nearest};
pub use url::{CanonicalUrl, parse_address};
pub use validate::validate;
pub use vocabulary::{Concept, Found, Synonym, Vocabularies, Vocabulary, normalise_label};
