//! The words of one source that no vocabulary knows, counted for everybody to see: as they are written, without examples.
//! What an admin sees of them, across sources and however they are written, is in `words`.

use schemas::{ControlledField, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::columns::{bigint, count_at};
use super::error::CatalogueError;
use super::words::field_at;

/// So many words are told: what a person maps in one sitting.
const MOST_TOLD: usize = 40;
/// So many different words are counted, the most frequent first. A mapping that takes sentences for words must not fill
/// the memory.
const MAX_COUNTED: i64 = 100_000;

/// A word of a source that no vocabulary knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedOfSource {
    /// The field it was given for.
    pub field: ControlledField,
    /// The word as it is written.
    pub word: String,
    /// How many published records say it.
    pub records: u64,
}

impl Catalogue {
    /// The words of a source's published records that no vocabulary knows, the most frequent first and the first forty
    /// alone; and how many there are in all, up to a hundred thousand.
    ///
    /// Looks at every record of the source: who is asked by many keeps the answer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unmapped_of(&self, source: &SourceId) -> Result<(Vec<UnmappedOfSource>, u64), CatalogueError> {
        let rows = sqlx::query(
            "SELECT field, word, records, COUNT(*) OVER () AS words FROM (\
             SELECT u.field AS field, u.word AS word, COUNT(*) AS records FROM record r \
             JOIN unmapped_word u ON u.record = r.number WHERE r.source = $1 AND r.state IN ('live', 'missing') \
             GROUP BY u.field, u.word ORDER BY COUNT(*) DESC, u.field, u.word LIMIT $2) AS counted \
             ORDER BY records DESC, field, word LIMIT $3",
        )
        .bind(source.as_str())
        .bind(MAX_COUNTED)
        .bind(bigint(MOST_TOLD))
        .fetch_all(&self.reader)
        .await?;
        let total = rows.first().map_or(Ok(0), |row| count_at(row, "words"))?;
        let mut words = Vec::with_capacity(rows.len());
        for row in &rows {
            let (field, word) = (field_at(row, "unmapped_word")?, row.try_get("word")?);
            words.push(UnmappedOfSource { field, word, records: count_at(row, "records")? });
        }
        Ok((words, total))
    }
}
