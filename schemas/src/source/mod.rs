//! Source: the TOML file of one catalogue. Where it is, how it is read, how its words map to ours.

mod read;

use std::collections::BTreeMap;

use crate::id::{ConceptId, SourceId};
use crate::metadata::ControlledField;
use crate::toml_reader::{TomlMistake, TomlReader};
use crate::vocabulary::Vocabularies;

/// One catalogue that is harvested.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// What people call it.
    pub name: String,
    /// Who runs it.
    pub organisation: String,
    /// Where people read it; empty for a guide that is read here and nowhere else.
    pub homepage: String,
    /// The terms its catalogue is published on; `None` for "not-stated".
    pub licence: Option<ConceptId>,
    /// Whose words it speaks; decides labels that differ by nation.
    pub nation: ConceptId,
    /// Whether it is harvested without being asked for.
    pub enabled: bool,
    /// How often.
    pub schedule: String,
    /// How it is read.
    pub kind: SourceKind,
    /// Where it is.
    pub location: Location,
    /// How its fields become ours.
    pub mapping: BTreeMap<TargetField, FieldMapping>,
    /// Words that an admin has accepted as concepts, as labels are compared
    /// ([`normalise_label`](crate::normalise_label)); they go after those of the mapping. No file holds them.
    pub accepted_words: BTreeMap<ControlledField, BTreeMap<String, Vec<String>>>,
    /// What the whole catalogue shares; counts as stated by the source.
    pub defaults: BTreeMap<TargetField, Vec<String>>,
    /// How much of it is read, and how fast.
    pub limits: SourceLimits,
    /// When an absent record is withdrawn, and when a run is held.
    pub missing: MissingRule,
    /// Whether it may be at a loopback or private address.
    pub allow_private: bool,
    /// A hash of the file's text: another one means that everything is mapped anew.
    pub fingerprint: String,
}

/// How a source is read.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceKind {
    /// A repository that speaks OAI-PMH 2.0.
    OaiPmh(OaiPmhOptions),
    /// A sitemap, then each page.
    Sitemap(SitemapOptions),
    /// Lists on web pages, and the pages they lead to.
    Listing(ListingOptions),
    /// RSS, Atom, JSON Feed, or an export of `WordPress`.
    Feed(FeedOptions),
    /// CSV, TSV, XLSX or ODS.
    Table(TableOptions),
    /// A JSON or NDJSON document or API.
    Json(JsonOptions),
    /// MARC21 or MARCXML.
    Marc(MarcOptions),
}

impl SourceKind {
    /// The names in `kind = "…"`.
    pub const NAMES: [&'static str; 7] = ["oai-pmh", "sitemap", "listing", "feed", "table", "json", "marc"];

    /// The name in `kind = "…"`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OaiPmh(_) => "oai-pmh",
            Self::Sitemap(_) => "sitemap",
            Self::Listing(_) => "listing",
            Self::Feed(_) => "feed",
            Self::Table(_) => "table",
            Self::Json(_) => "json",
            Self::Marc(_) => "marc",
        }
    }
}

/// What only the table kind asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableOptions {
    /// The character between cells; found by itself when left out.
    pub delimiter: Option<char>,
    /// The character set; found by itself when left out.
    pub charset: Option<String>,
    /// The sheet of a workbook; the first when left out.
    pub sheet: Option<String>,
}

/// What only the json kind asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonOptions {
    /// A JSON Pointer (RFC 6901) to the list of records; the whole answer, or NDJSON lines, when left out.
    pub items: Option<String>,
    /// How the next page is found; one page, or what the preset says, when left out.
    pub paging: JsonPaging,
    /// The software that answers, whose fields are known; its own mapping then goes after that of the source.
    pub preset: Option<JsonPreset>,
}

/// Software whose answers have a known shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonPreset {
    /// The REST API of `WordPress`: `/wp-json/wp/v2/posts`.
    WordPress,
    /// The search of CKAN: `/api/3/action/package_search`.
    Ckan,
    /// JSON:API 1.1: `data`, `attributes`, `links.next`.
    JsonApi,
}

impl JsonPreset {
    /// Every preset, with its name in `preset = "…"`.
    pub const NAMED: [(Self, &'static str); 3] =
        [(Self::WordPress, "wordpress"), (Self::Ckan, "ckan"), (Self::JsonApi, "json-api")];
}

/// How a paged API goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum JsonPaging {
    /// It does not.
    #[default]
    Single,
    /// A page number in a parameter.
    Page {
        /// The parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
    },
    /// How many records to pass over, in a parameter.
    Offset {
        /// The parameter.
        parameter: String,
    },
    /// A JSON Pointer to the address of the next page.
    Next {
        /// The pointer.
        pointer: String,
    },
    /// The `Link` header with `rel="next"`. Source: RFC 8288.
    Link,
    /// A JSON Pointer to a token that goes into a parameter.
    Cursor {
        /// The pointer.
        pointer: String,
        /// The parameter.
        parameter: String,
    },
}

/// What only the sitemap kind asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SitemapOptions {
    /// A page is read only if its address holds one of these; every page when empty.
    pub include: Vec<String>,
    /// A page is not read if its address holds one of these.
    pub exclude: Vec<String>,
    /// What is believed first of what a page says.
    pub trust: Trust,
}

/// A part of a page from which fields are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagePart {
    /// What the selectors of the mapping select.
    Selectors,
    /// JSON-LD.
    JsonLd,
    /// Microdata.
    Microdata,
    /// RDFa Lite.
    Rdfa,
    /// Meta tags: Dublin Core, Open Graph, and those of HTML.
    Meta,
    /// The first heading and the main text, of a page that says nothing of itself.
    Text,
}

impl PagePart {
    /// Every part, with its name in `trust = […]`, in the order that holds when a source names none: whoever wrote the
    /// mapping has looked at the pages.
    pub const NAMED: [(Self, &'static str); 6] = [
        (Self::Selectors, "selectors"),
        (Self::JsonLd, "json-ld"),
        (Self::Microdata, "microdata"),
        (Self::Rdfa, "rdfa"),
        (Self::Meta, "meta"),
        (Self::Text, "text"),
    ];
}

/// The parts of a page that are read, the most trusted first. What is not in it is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust(pub Vec<PagePart>);

impl Default for Trust {
    /// All parts in the order of [`PagePart::NAMED`].
    fn default() -> Self {
        Self(PagePart::NAMED.iter().map(|(part, _)| *part).collect())
    }
}

/// What only the oai-pmh kind asks.
#[derive(Debug, Clone, PartialEq)]
pub struct OaiPmhOptions {
    /// The `metadataPrefix`: `oai_dc` when left out.
    pub prefix: String,
    /// The sets that are harvested; everything when empty.
    pub sets: Vec<String>,
    /// At least every so many days everything is listed, not only what has changed: 30 when left out.
    pub full_days: u64,
}

/// What only the listing kind asks.
#[derive(Debug, Clone, PartialEq)]
pub struct ListingOptions {
    /// Selects each record of a list: `li.resource`.
    pub items: String,
    /// Selects, inside one, the link to its own page, which is then what is read: `a@href`. Left out: the list says all.
    pub link: Option<String>,
    /// How the next list is found; one list when left out.
    pub paging: ListingPaging,
    /// A page is read only if its address holds one of these; every page when empty.
    pub include: Vec<String>,
    /// A page is not read if its address holds one of these.
    pub exclude: Vec<String>,
    /// What is believed first of what a page says.
    pub trust: Trust,
}

/// How lists on pages go on.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ListingPaging {
    /// They do not.
    #[default]
    Single,
    /// A selector of the link to the next list: `a[rel=next]@href`.
    Next {
        /// The selector.
        selector: String,
    },
    /// A page number in a parameter.
    Page {
        /// The parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
    },
}

/// What only the feed kind asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedOptions {
    /// A parameter for the number of a page, counted from 1: `paged` for `WordPress`. Left out: one page, and what its
    /// `next` links lead to (RFC 5005).
    pub page_parameter: Option<String>,
    /// Of an export of `WordPress`, the types that are records: `post` and `page` when empty.
    pub post_types: Vec<String>,
}

/// What only the marc kind asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MarcOptions {
    /// The character set where the leader of a record is wrong about it; what the leader says when left out.
    pub charset: Option<String>,
}

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An address.
    Url(String),
    /// A file, relative to the folder of the TOML; never above it.
    File(String),
    /// Nowhere: its owner sends us its records.
    Pushed,
}

/// A field of ours that a mapping or a default can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the fields of Metadata, which says what each means")]
pub enum TargetField {
    Identifier,
    Title,
    AlternativeTitles,
    Description,
    Url,
    SameAs,
    Image,
    Publisher,
    Creators,
    Keywords,
    Topics,
    DatePublished,
    DateModified,
    Duration,
    AgeRange,
    Starts,
    Ends,
    Deadline,
    Place,
    HeldBy,
    Closed,
    Concepts(ControlledField),
}

const PLAIN_TARGETS: [(TargetField, &str); 21] = [
    (TargetField::Identifier, "identifier"),
    (TargetField::Title, "title"),
    (TargetField::AlternativeTitles, "alternative_titles"),
    (TargetField::Description, "description"),
    (TargetField::Url, "url"),
    (TargetField::SameAs, "same_as"),
    (TargetField::Image, "image"),
    (TargetField::Publisher, "publisher"),
    (TargetField::Creators, "creators"),
    (TargetField::Keywords, "keywords"),
    (TargetField::Topics, "topics"),
    (TargetField::DatePublished, "date_published"),
    (TargetField::DateModified, "date_modified"),
    (TargetField::Duration, "duration"),
    (TargetField::AgeRange, "age_range"),
    (TargetField::Starts, "starts"),
    (TargetField::Ends, "ends"),
    (TargetField::Deadline, "deadline"),
    (TargetField::Place, "place"),
    (TargetField::HeldBy, "held_by"),
    (TargetField::Closed, "closed"),
];

impl TargetField {
    /// Every field, in the order of the schema.
    pub fn all() -> impl Iterator<Item = Self> {
        PLAIN_TARGETS.iter().map(|(field, _)| *field).chain(ControlledField::ALL.into_iter().map(Self::Concepts))
    }

    /// The name in a mapping and in a resource.
    pub fn name(self) -> &'static str {
        match self {
            Self::Concepts(field) => field.field(),
            plain => PLAIN_TARGETS
                .iter()
                .find(|(field, _)| *field == plain)
                .map(|(_, name)| *name)
                .expect("PLAIN_TARGETS lists every plain field"),
        }
    }
}

/// Where one of our fields comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldMapping {
    /// Columns, pointers or selectors, the first that holds something wins.
    pub from: Vec<String>,
    /// Text with `{name}`, `{name|slug}` or `{name|words}` in it, filled from the record. Used when `from` gives nothing.
    pub template: Option<String>,
    /// What stands between several values in one.
    pub split: Option<String>,
    /// Values that hold the separator themselves and are not to be split.
    pub keep: Vec<String>,
    /// The source's words and what they mean: concepts of a controlled field, other text of a plain one; an empty list
    /// says that the word means nothing to us.
    pub words: BTreeMap<String, Vec<String>>,
}

/// How much of a source is read, and how fast.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceLimits {
    /// Between the starts of two requests to one host, in milliseconds.
    pub delay_ms: u64,
    /// Requests in one run.
    pub max_pages: u64,
    /// Records in one run.
    pub max_records: u64,
    /// Bytes of one answer after decompression; the kind's own limit when left out.
    pub max_bytes: Option<u64>,
    /// For one whole answer, in seconds.
    pub timeout_s: u64,
    /// For a whole run, in minutes. Longer than 10,000 pages take at one a second with their answers.
    pub deadline_minutes: u64,
    /// Redirects that are followed for one request.
    pub max_redirects: u64,
    /// Sitemaps within sitemaps, the first counted.
    pub max_depth: u64,
}

impl Default for SourceLimits {
    /// One request a second is what careful crawlers do; the others are the limits table of `crawler/README.md`.
    fn default() -> Self {
        Self {
            delay_ms: 1_000,
            max_pages: 10_000,
            max_records: 1_000_000,
            max_bytes: None,
            timeout_s: 120,
            deadline_minutes: 360,
            max_redirects: 5,
            max_depth: 3,
        }
    }
}

/// When an absent record is withdrawn, and when a run is held for an admin to see.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingRule {
    /// Withdrawn after it was missing in so many ok runs…
    pub runs: u64,
    /// …and for so many days.
    pub days: u64,
    /// A run that would mark more than this share of the source missing is held…
    pub hold_share: f64,
    /// …when it is also more than this many records.
    pub hold_floor: u64,
}

impl Default for MissingRule {
    fn default() -> Self {
        Self { runs: 3, days: 7, hold_share: 0.2, hold_floor: 20 }
    }
}

impl Source {
    /// Whether its terms allow its descriptions to be published in full. Where it states no terms, we take none.
    pub fn allows_republishing(&self) -> bool {
        let list = Vocabularies::shipped().of(ControlledField::Licence);
        self.licence.as_ref().and_then(|id| list.get(id.as_str())).is_some_and(|terms| terms.redistribute == Some(true))
    }

    /// Reads a source file.
    ///
    /// # Errors
    /// All mistakes at once, each with its line, its key and what is allowed.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<TomlMistake>> {
        let (mut reader, mut top) = TomlReader::open(file, text);
        let source = read::read_source(&mut reader, &mut top, text);
        reader.close(&top);
        let mistakes = reader.finish();
        match source {
            Some(source) if mistakes.is_empty() => Ok(source),
            _ => Err(mistakes),
        }
    }
}
