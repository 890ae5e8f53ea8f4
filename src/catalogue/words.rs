//! Words: what sources say that no vocabulary knows, counted over what is published.
//!
//! The words of a record stand beside it, and are replaced with all else that it says. Words that differ in case,
//! punctuation or space alone are one word. What a word might mean is for [`crate::words`] to suggest; what an admin has
//! decided that it means is in `accepted_words`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures_util::TryStreamExt as _;
use schemas::{ConceptId, ControlledField, Metadata, ResourceId, SourceId, normalise_label};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, count_at, json_at, parsed_at, push_list, push_numbers};
use super::error::CatalogueError;

/// So many different words are counted, the most frequent first. A mapping that takes sentences for words must not fill
/// the memory, and nobody reads so far.
const MAX_COUNTED: i64 = 100_000;
/// Records that are looked at for examples, and for what they say otherwise.
const MAX_LOOKED_AT: i64 = 50;
/// Examples of a word: enough to see what it is used for.
const MAX_EXAMPLES: usize = 3;

/// Which words are asked for; all of them when it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordFilter {
    /// Those given for this field.
    pub field: Option<ControlledField>,
    /// Those of this source.
    pub source: Option<SourceId>,
    /// Those that this stands in, whatever the case and the punctuation.
    pub containing: Option<String>,
}

impl WordFilter {
    /// Whether a word, as labels are compared, holds the text that is asked for.
    pub(super) fn lets_pass(&self, folded: &str) -> bool {
        self.containing.as_ref().is_none_or(|text| folded.contains(&normalise_label(text)))
    }
}

/// A word that no vocabulary knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedRow {
    /// The field it was given for.
    pub field: ControlledField,
    /// The word as it was written most often.
    pub word: String,
    /// How many published records say it.
    pub records: u64,
    /// Whose, and how many of them; the most first.
    pub sources: Vec<(SourceId, u64)>,
    /// A few of them.
    pub examples: Vec<WordExample>,
    /// Concepts of the field that records with it have otherwise, and how many of those that were looked at.
    pub beside: Vec<(ConceptId, u32)>,
    /// How many records were looked at for that.
    pub looked_at: u32,
}

/// A published record that says a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordExample {
    /// The resource it is in.
    pub resource: ResourceId,
    /// What the record is called.
    pub title: String,
    /// Its source.
    pub source: SourceId,
}

/// Writes down which words of these records no vocabulary knows, in place of those that they had. A word that a record
/// writes in two ways counts once; what has no letter or digit is no word.
pub(super) async fn note_unmapped(conn: &mut Connection, records: &[(i64, &Metadata)]) -> Result<(), CatalogueError> {
    for chunk in records.chunks(CHUNK) {
        let mut query = QueryBuilder::new("DELETE FROM unmapped_word WHERE record IN ");
        push_numbers(&mut query, chunk.iter().map(|(number, _)| *number));
        query.build().execute(&mut *conn).await?;
    }
    let rows: Vec<(i64, ControlledField, &str)> =
        records.iter().flat_map(|(number, metadata)| words_of(*number, metadata)).collect();
    for chunk in rows.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO unmapped_word (record, field, word) ");
        query.push_values(chunk, |mut row, (record, field, word)| {
            row.push_bind(*record).push_bind(field.name()).push_bind(*word);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

fn words_of(number: i64, metadata: &Metadata) -> Vec<(i64, ControlledField, &str)> {
    let mut met: HashSet<(ControlledField, String)> = HashSet::new();
    let mut words = Vec::with_capacity(metadata.unmapped.len());
    for unmapped in &metadata.unmapped {
        let folded = normalise_label(&unmapped.word);
        if !folded.is_empty() && met.insert((unmapped.field, folded)) {
            words.push((number, unmapped.field, unmapped.word.as_str()));
        }
    }
    words
}

impl Catalogue {
    /// A page of the words of published records that no vocabulary knows, the most frequent first, and how many there
    /// are in all.
    ///
    /// The words of the whole filter are counted for every page: a second for some hundred thousand records.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unmapped_words(
        &self,
        filter: &WordFilter,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<UnmappedRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut counted = count_words(&mut tx, filter).await?;
        counted.sort_unstable_by(|one, other| {
            let by_count = other.records.cmp(&one.records);
            by_count.then_with(|| one.folded.cmp(&other.folded)).then_with(|| one.field.cmp(&other.field))
        });
        let total = counted.len() as u64;
        let mut rows = Vec::new();
        for word in counted.into_iter().skip(offset).take(limit) {
            rows.push(look_at(&mut tx, word, filter.source.as_ref()).await?);
        }
        Ok((rows, total))
    }
}

/// A word in all the ways it is written.
#[derive(Debug)]
struct Counted {
    field: ControlledField,
    folded: String,
    /// How often it is written so.
    written: BTreeMap<String, u64>,
    sources: BTreeMap<SourceId, u64>,
    records: u64,
}

async fn count_words(conn: &mut Connection, filter: &WordFilter) -> Result<Vec<Counted>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT u.field AS field, u.word AS word, r.source AS source, COUNT(*) AS records FROM unmapped_word u \
         JOIN record r ON r.number = u.record WHERE r.state IN ('live', 'missing')",
    );
    if let Some(field) = filter.field {
        query.push(" AND u.field = ").push_bind(field.name());
    }
    if let Some(source) = &filter.source {
        query.push(" AND r.source = ").push_bind(source.as_str());
    }
    query.push(" GROUP BY u.field, u.word, r.source ORDER BY COUNT(*) DESC, u.field, u.word, r.source LIMIT ");
    query.push_bind(MAX_COUNTED);
    let mut counted: HashMap<(ControlledField, String), Counted> = HashMap::new();
    let mut rows = query.build().fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        let (field, word): (ControlledField, String) = (field_at(&row, "unmapped_word")?, row.try_get("word")?);
        let folded = normalise_label(&word);
        if folded.is_empty() || !filter.lets_pass(&folded) {
            continue;
        }
        let records = count_at(&row, "records")?;
        let one = counted.entry((field, folded)).or_insert_with_key(|(field, folded)| Counted {
            field: *field,
            folded: folded.clone(),
            written: BTreeMap::new(),
            sources: BTreeMap::new(),
            records: 0,
        });
        *one.written.entry(word).or_default() += records;
        *one.sources.entry(parsed_at(&row, "record", "source")?).or_default() += records;
        one.records += records;
    }
    Ok(counted.into_values().collect())
}

/// Looks at some of the records that say a word.
async fn look_at(
    conn: &mut Connection,
    word: Counted,
    source: Option<&SourceId>,
) -> Result<UnmappedRow, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT r.identifier AS identifier, r.source AS source, r.resource AS resource, r.metadata AS metadata \
         FROM unmapped_word u JOIN record r ON r.number = u.record \
         WHERE r.state IN ('live', 'missing') AND u.field = ",
    );
    query.push_bind(word.field.name()).push(" AND u.word IN ");
    push_list(&mut query, word.written.keys().take(CHUNK).map(String::as_str));
    if let Some(source) = source {
        query.push(" AND r.source = ").push_bind(source.as_str());
    }
    query.push(" ORDER BY u.record LIMIT ").push_bind(MAX_LOOKED_AT);
    let mut examples: Vec<WordExample> = Vec::new();
    let mut beside: BTreeMap<ConceptId, u32> = BTreeMap::new();
    let mut looked_at = 0;
    for row in &query.build().fetch_all(&mut *conn).await? {
        let identifier: String = row.try_get("identifier")?;
        let metadata: Metadata = json_at(row, "record", &identifier, "metadata")?;
        looked_at += 1;
        for claim in metadata.concepts(word.field) {
            *beside.entry(claim.value.clone()).or_default() += 1;
        }
        let resource: ResourceId = parsed_at(row, "record", "resource")?;
        if examples.len() < MAX_EXAMPLES && examples.iter().all(|example| example.resource != resource) {
            let source = parsed_at(row, "record", "source")?;
            examples.push(WordExample { resource, title: metadata.title, source });
        }
    }
    Ok(UnmappedRow {
        field: word.field,
        word: written_most_often(word.written),
        records: word.records,
        sources: the_most_first(word.sources),
        examples,
        beside: the_most_first(beside),
        looked_at,
    })
}

fn written_most_often(written: BTreeMap<String, u64>) -> String {
    the_most_first(written).into_iter().next().map(|(word, _)| word).unwrap_or_default()
}

/// Things by their counts; equals in their own order.
fn the_most_first<T: Ord, N: Ord>(counts: BTreeMap<T, N>) -> Vec<(T, N)> {
    let mut counts: Vec<(T, N)> = counts.into_iter().collect();
    counts.sort_by(|(_, one), (_, other)| other.cmp(one));
    counts
}

/// The field that a row is about.
pub(super) fn field_at(row: &Row, table: &'static str) -> Result<ControlledField, CatalogueError> {
    let name: String = row.try_get("field")?;
    ControlledField::by_name(&name)
        .ok_or_else(|| CatalogueError::stored(table, &name, "no controlled field is called so"))
}

/// The sources that are there and have published records with this word, or this one alone. Goes through all words of
/// the field, which may be many: not for a transaction that writes.
pub(super) async fn sources_that_say(
    conn: &mut Connection,
    field: ControlledField,
    word: &str,
    only: Option<&SourceId>,
) -> Result<BTreeSet<SourceId>, CatalogueError> {
    let written = ways_to_write(conn, field, word).await?;
    let mut sources = BTreeSet::new();
    for chunk in written.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT DISTINCT r.source AS source FROM unmapped_word u JOIN record r ON r.number = u.record \
             JOIN source s ON s.id = r.source WHERE s.present = 1 AND r.state IN ('live', 'missing') AND u.field = ",
        );
        query.push_bind(field.name()).push(" AND u.word IN ");
        push_list(&mut query, chunk.iter().map(String::as_str));
        if let Some(source) = only {
            query.push(" AND r.source = ").push_bind(source.as_str());
        }
        for row in &query.build().fetch_all(&mut *conn).await? {
            sources.insert(parsed_at(row, "record", "source")?);
        }
    }
    Ok(sources)
}

/// The ways in which records write a word.
async fn ways_to_write(
    conn: &mut Connection,
    field: ControlledField,
    word: &str,
) -> Result<Vec<String>, CatalogueError> {
    let folded = normalise_label(word);
    let mut written = Vec::new();
    let mut words =
        sqlx::query_scalar::<super::backend::Db, String>("SELECT DISTINCT word FROM unmapped_word WHERE field = $1")
            .bind(field.name())
            .fetch(&mut *conn);
    while let Some(stored) = words.try_next().await? {
        if normalise_label(&stored) == folded {
            written.push(stored);
        }
    }
    Ok(written)
}
