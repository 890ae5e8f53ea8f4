//! Every field of the index once: its name, its type and why it is there. Everything else asks this table.

use schemas::Vocabularies;
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::RAW_TOKENIZER_NAME;

use crate::analysis;
use crate::request::Facet;

/// Raised when a field means something else under the same name and type, or when a resource has other fields than those
/// that are kept: older indexes are then out of date.
const INDEX_VERSION: u32 = 4;

/// The value of a facet's field in what states nothing in that facet.
pub(crate) const NOTHING: &str = "_none";

/// What `Sort::Newest` sorts by.
pub(crate) const NEWEST: &str = "newest";
/// What `Sort::Title` sorts by.
pub(crate) const TITLE_SORT: &str = "title_sort";
/// By how much a resource is preferred before any word is looked at, in thousandths.
pub(crate) const PRIOR: &str = "prior";
/// What decides between all other equals.
pub(crate) const TIE: &str = "tie";
/// When what has an end is over.
pub(crate) const ENDS: &str = "ends";
/// All ranges of ages of a resource as one text: `11-14|16-18`.
pub(crate) const AGES: &str = "ages";
/// What a comparison with the store looks at.
pub(crate) const FINGERPRINT: &str = "fingerprint";

/// How a field is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Stems, each with how much it says about the resource in place of how often it occurs. See `impacts`.
    Impacts,
    /// Stems with their positions, so that phrases are found.
    Words,
    /// Values as they are, to be found by.
    Key,
    /// Words with blanks between, to be found by.
    Tokens,
    /// Values as they are, each once or twice, to be found by and told apart by that.
    Counted,
    /// One value as it is, to be read for each result; not found by.
    Label,
    /// A whole number, to be compared.
    Number,
    /// Seconds since 1970, to be compared. Local times count as if they were UTC.
    Time,
    /// Kept, and given back with a result.
    Kept,
}

struct Row {
    name: &'static str,
    kind: Kind,
}

const fn row(name: &'static str, kind: Kind) -> Row {
    Row { name, kind }
}

const TABLE: &[Row] = &[
    // What a change deletes and replaces.
    row("id", Kind::Key),
    // What is published of it, as JSON, packed: an answer needs no other store.
    row("resource", Kind::Kept),
    // All text at once: one look-up a word, whatever field of the resource the word stands in.
    row("text", Kind::Impacts),
    // The words as they are written, folded and not stemmed: the twin of `text` that tells "physics" from "physical", and
    // the dictionary that spelling is corrected by.
    row("exact", Kind::Tokens),
    // All text at once, with positions: for "quoted phrases".
    row("body", Kind::Words),
    // Stems that stand next to each other in a title, stop words left out: `polym_lab`.
    row("pairs", Kind::Tokens),
    // Beginnings of the words of titles, two to fifteen characters, folded: for completion.
    row("beginnings", Kind::Tokens),
    // Titles and alternative titles as one folded value: who types a whole name wants that thing.
    row("title_exact", Kind::Key),
    // The title folded, so that order knows no case and no accents.
    row(TITLE_SORT, Kind::Label),
    row(AGES, Kind::Label),
    // Minutes.
    row("duration", Kind::Number),
    row("published", Kind::Time),
    row("updated", Kind::Time),
    row("starts", Kind::Time),
    row(ENDS, Kind::Time),
    row("deadline", Kind::Time),
    row(NEWEST, Kind::Time),
    row(PRIOR, Kind::Number),
    // The beginning of the id as a number: compared faster than text, and never equal in practice.
    row(TIE, Kind::Number),
    // A hash of all that is indexed: whether it is what the store says is told without unpacking anything.
    row(FINGERPRINT, Kind::Number),
    // Besides these, two fields for each facet: its values to be found by (`Counted`: twice where it is stated, once where
    // it is only inferred, `NOTHING` where there is none), and all of them as one `Label`, which `columns` reads.
];

/// The fields, to be written and searched.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) resource: Field,
    pub(crate) text: Field,
    pub(crate) exact: Field,
    pub(crate) body: Field,
    pub(crate) pairs: Field,
    pub(crate) beginnings: Field,
    pub(crate) title_exact: Field,
    pub(crate) title_sort: Field,
    pub(crate) ages: Field,
    pub(crate) duration: Field,
    pub(crate) published: Field,
    pub(crate) updated: Field,
    pub(crate) starts: Field,
    pub(crate) ends: Field,
    pub(crate) deadline: Field,
    pub(crate) newest: Field,
    pub(crate) prior: Field,
    pub(crate) tie: Field,
    pub(crate) fingerprint: Field,
    facets: Vec<Field>,
    sets: Vec<Field>,
}

impl Fields {
    /// Looks the fields up in the schema that [`schema`] makes.
    pub(crate) fn of(schema: &Schema) -> Self {
        let field = |name: &str| schema.get_field(name).expect("the schema is made of the table");
        Self {
            id: field("id"),
            resource: field("resource"),
            text: field("text"),
            exact: field("exact"),
            body: field("body"),
            pairs: field("pairs"),
            beginnings: field("beginnings"),
            title_exact: field("title_exact"),
            title_sort: field(TITLE_SORT),
            ages: field(AGES),
            duration: field("duration"),
            published: field("published"),
            updated: field("updated"),
            starts: field("starts"),
            ends: field(ENDS),
            deadline: field("deadline"),
            newest: field(NEWEST),
            prior: field(PRIOR),
            tie: field(TIE),
            fingerprint: field(FINGERPRINT),
            facets: Facet::ALL.iter().map(|facet| field(&facet.column())).collect(),
            sets: Facet::ALL.iter().map(|facet| field(&facet.set_column())).collect(),
        }
    }

    /// The field of a facet's values, to be found by.
    pub(crate) fn facet(&self, facet: Facet) -> Field {
        self.facets[facet.place()]
    }

    /// The field of all of a facet's values as one text.
    pub(crate) fn set(&self, facet: Facet) -> Field {
        self.sets[facet.place()]
    }
}

/// The engine's schema, made from the table.
pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    let number = || NumericOptions::default().set_fast();
    for row in TABLE {
        match row.kind {
            Kind::Impacts => builder.add_text_field(row.name, text_options(analysis::IMPACTS, WITH_FREQS)),
            Kind::Words => builder.add_text_field(row.name, text_options(analysis::GIVEN, WITH_POSITIONS)),
            Kind::Key => builder.add_text_field(row.name, text_options(RAW_TOKENIZER_NAME, DOCUMENTS)),
            Kind::Tokens => builder.add_text_field(row.name, text_options(analysis::GIVEN, DOCUMENTS)),
            Kind::Counted => builder.add_text_field(row.name, counted_options()),
            Kind::Label => builder.add_text_field(row.name, label_options()),
            Kind::Number => builder.add_u64_field(row.name, number()),
            Kind::Time => builder.add_i64_field(row.name, number()),
            Kind::Kept => builder.add_bytes_field(row.name, STORED),
        };
    }
    for facet in Facet::ALL {
        builder.add_text_field(&facet.column(), counted_options());
        builder.add_text_field(&facet.set_column(), label_options());
    }
    builder.build()
}

/// Names what an index must have been built with to be read: the fields, and the words of the vocabularies.
pub(crate) fn schema_hash(vocabularies: &Vocabularies) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{INDEX_VERSION} {} {}", vocabularies.fingerprint(), analysis::VERSION).as_bytes());
    for row in TABLE {
        hasher.update(format!("\n{} {:?}", row.name, row.kind).as_bytes());
    }
    for facet in Facet::ALL {
        hasher.update(format!("\n{} {:?}", facet.column(), Kind::Counted).as_bytes());
        hasher.update(format!("\n{} {:?}", facet.set_column(), Kind::Label).as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

const DOCUMENTS: IndexRecordOption = IndexRecordOption::Basic;
const WITH_FREQS: IndexRecordOption = IndexRecordOption::WithFreqs;
const WITH_POSITIONS: IndexRecordOption = IndexRecordOption::WithFreqsAndPositions;

/// Lengths are kept by no field: what they are needed for is in the impacts.
fn text_options(tokenizer: &str, record: IndexRecordOption) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record).set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

fn counted_options() -> TextOptions {
    text_options(RAW_TOKENIZER_NAME, WITH_FREQS)
}

fn label_options() -> TextOptions {
    TextOptions::default().set_fast(RAW_TOKENIZER_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_table_and_every_facet_is_in_the_schema() {
        let schema = schema();
        assert_eq!(schema.num_fields(), TABLE.len() + 2 * Facet::ALL.len());
        let fields = Fields::of(&schema);
        assert_ne!(fields.facet(Facet::Publisher), fields.set(Facet::Publisher));
    }

    #[test]
    fn the_hash_is_a_name_for_a_folder_and_stays_the_same() {
        let hash = schema_hash(Vocabularies::shipped());
        assert_eq!(hash.len(), 16);
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(hash, schema_hash(Vocabularies::shipped()));
    }
}
