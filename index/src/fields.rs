//! Every field of the index once: its name, its type, its weight and why it is there. Everything else asks this table.

use schemas::Vocabularies;
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::RAW_TOKENIZER_NAME;

use crate::analysis;
use crate::request::Facet;

/// Raised when a field means something else under the same name and type, or when a resource has other fields than those
/// that are kept: older indexes are then out of date.
const INDEX_VERSION: u32 = 2;

/// The `facet:id` of each value that is only inferred.
pub(crate) const INFERRED: &str = "inferred";
/// What `Sort::Newest` sorts by.
pub(crate) const NEWEST: &str = "newest";
/// What `Sort::Title` sorts by.
pub(crate) const TITLE_SORT: &str = "title_sort";
/// What decides between equal scores.
pub(crate) const COMPLETENESS: &str = "completeness";
/// What decides between all other equals.
pub(crate) const TIE: &str = "tie";

/// How a field is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Folded and stemmed words with their positions, so that phrases are found in every text.
    Words,
    /// Values as they are, to be found by.
    Key,
    /// Values as they are, to be found by and to be counted.
    Counted,
    /// Values as they are, to be read for each result; not found by.
    Label,
    /// A whole number, to be compared.
    Number,
    /// A fraction, to be compared.
    Fraction,
    /// Seconds since 1970, to be compared. Local times count as if they were UTC.
    Time,
    /// Kept, and given back with a result.
    Kept,
}

struct Row {
    name: &'static str,
    kind: Kind,
    weight: f32,
}

const fn words(name: &'static str, weight: f32) -> Row {
    Row { name, kind: Kind::Words, weight }
}

const fn row(name: &'static str, kind: Kind) -> Row {
    Row { name, kind, weight: 0.0 }
}

/// The weights follow experiments on judged queries: a title of 2 helped, of 4 or more lost; other names for a job did
/// best in a field of their own; all else at half to one.
const TABLE: &[Row] = &[
    // What a change deletes and replaces.
    row("id", Kind::Key),
    // What is published of it, as JSON: an answer needs no other store.
    row("resource", Kind::Kept),
    // People search for names.
    words("title", 2.0),
    // Other titles, and other names of the jobs it is about: nearly as good as the title.
    words("alternatives", 1.8),
    // Labels of its concepts and of those above them: who searches for science finds chemistry.
    words("concepts", 1.2),
    // The source's own words, its unmapped ones among them, and who made or holds it.
    words("keywords", 1.0),
    // Long text: a word in it says least.
    words("description", 0.7),
    // Rarely what is meant, but typed.
    words("publisher", 0.5),
    // Titles and alternative titles as one folded value: who types a whole name wants that thing.
    row("title_exact", Kind::Key),
    // The title folded, so that order knows no case and no accents.
    row(TITLE_SORT, Kind::Label),
    // Each distinct range of ages, `11-14`: few, so a search walks all that occur and keeps what matches.
    row("ages", Kind::Key),
    // The names of the facets it has no value of: interpreted words let those pass.
    row("unstated", Kind::Key),
    row(INFERRED, Kind::Label),
    // Minutes.
    row("duration", Kind::Number),
    row("published", Kind::Time),
    row("updated", Kind::Time),
    row("starts", Kind::Time),
    row("ends", Kind::Time),
    row("deadline", Kind::Time),
    row(NEWEST, Kind::Time),
    row(COMPLETENESS, Kind::Fraction),
    // The beginning of the id as a number: compared faster than text, and never equal in practice.
    row(TIE, Kind::Number),
    // Besides these, one field of kind `Counted` for each facet.
];

/// The fields, to be written and searched.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) resource: Field,
    pub(crate) title: Field,
    pub(crate) alternatives: Field,
    pub(crate) concepts: Field,
    pub(crate) keywords: Field,
    pub(crate) description: Field,
    pub(crate) publisher: Field,
    pub(crate) title_exact: Field,
    pub(crate) title_sort: Field,
    pub(crate) ages: Field,
    pub(crate) unstated: Field,
    pub(crate) inferred: Field,
    pub(crate) duration: Field,
    pub(crate) published: Field,
    pub(crate) updated: Field,
    pub(crate) starts: Field,
    pub(crate) ends: Field,
    pub(crate) deadline: Field,
    pub(crate) newest: Field,
    pub(crate) completeness: Field,
    pub(crate) tie: Field,
    /// The fields of words, each with its weight.
    pub(crate) texts: Vec<(Field, f32)>,
    facets: Vec<Field>,
}

impl Fields {
    /// Looks the fields up in the schema that [`schema`] makes.
    pub(crate) fn of(schema: &Schema) -> Self {
        let field = |name: &str| schema.get_field(name).expect("the schema is made of the table");
        Self {
            id: field("id"),
            resource: field("resource"),
            title: field("title"),
            alternatives: field("alternatives"),
            concepts: field("concepts"),
            keywords: field("keywords"),
            description: field("description"),
            publisher: field("publisher"),
            title_exact: field("title_exact"),
            title_sort: field(TITLE_SORT),
            ages: field("ages"),
            unstated: field("unstated"),
            inferred: field(INFERRED),
            duration: field("duration"),
            published: field("published"),
            updated: field("updated"),
            starts: field("starts"),
            ends: field("ends"),
            deadline: field("deadline"),
            newest: field(NEWEST),
            completeness: field(COMPLETENESS),
            tie: field(TIE),
            texts: TABLE
                .iter()
                .filter(|row| row.kind == Kind::Words)
                .map(|row| (field(row.name), row.weight))
                .collect(),
            facets: Facet::ALL.iter().map(|facet| field(&facet.column())).collect(),
        }
    }

    /// The field of a facet's values.
    pub(crate) fn facet(&self, facet: Facet) -> Field {
        let place = Facet::ALL.iter().position(|one| *one == facet).expect("ALL holds every facet");
        self.facets[place]
    }
}

/// The engine's schema, made from the table.
pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    let number = || NumericOptions::default().set_fast();
    for row in TABLE {
        match row.kind {
            Kind::Words => builder.add_text_field(row.name, words_options()),
            Kind::Key => builder.add_text_field(row.name, key_options()),
            Kind::Counted => builder.add_text_field(row.name, counted_options()),
            Kind::Label => builder.add_text_field(row.name, TextOptions::default().set_fast(RAW_TOKENIZER_NAME)),
            Kind::Number => builder.add_u64_field(row.name, number()),
            Kind::Fraction => builder.add_f64_field(row.name, number()),
            Kind::Time => builder.add_i64_field(row.name, number()),
            Kind::Kept => builder.add_text_field(row.name, STORED),
        };
    }
    for facet in Facet::ALL {
        builder.add_text_field(&facet.column(), counted_options());
    }
    builder.build()
}

/// Names what an index must have been built with to be read: the fields, and the words of the vocabularies.
///
/// Weights are left out; they count when searching.
pub(crate) fn schema_hash(vocabularies: &Vocabularies) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{INDEX_VERSION} {} {}", vocabularies.fingerprint(), analysis::ENGLISH).as_bytes());
    for row in TABLE {
        hasher.update(format!("\n{} {:?}", row.name, row.kind).as_bytes());
    }
    for facet in Facet::ALL {
        hasher.update(format!("\n{} {:?}", facet.column(), Kind::Counted).as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

fn words_options() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(analysis::ENGLISH)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    TextOptions::default().set_indexing_options(indexing)
}

fn key_options() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(RAW_TOKENIZER_NAME)
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

fn counted_options() -> TextOptions {
    key_options().set_fast(RAW_TOKENIZER_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_table_and_every_facet_is_in_the_schema() {
        let schema = schema();
        assert_eq!(schema.num_fields(), TABLE.len() + Facet::ALL.len());
        let fields = Fields::of(&schema);
        assert_eq!(fields.texts.len(), 6);
        assert_ne!(fields.publisher, fields.facet(Facet::Publisher));
    }

    #[test]
    fn the_hash_is_a_name_for_a_folder_and_stays_the_same() {
        let hash = schema_hash(Vocabularies::shipped());
        assert_eq!(hash.len(), 16);
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(hash, schema_hash(Vocabularies::shipped()));
    }
}
