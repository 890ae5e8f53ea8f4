//! Accepted words: what an admin has decided that the words of sources mean.
//!
//! They are a part of the mapping, after what a source's own file says and before our vocabularies. What is decided here
//! shows in records when they are mapped again: by a replay, and by every harvest from then on. What is undone stays
//! written down.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemas::{ConceptId, ControlledField, SourceId, Vocabularies, normalise_label};
use sqlx::Row as _;

use super::Catalogue;
use super::audit;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{bigint, new_id, parse, stamp};
use super::error::CatalogueError;
use super::jobs::{JobKind, JobRow, enqueue};
use super::words::{WordFilter, field_at, sources_that_say};

/// So many decisions are listed; people make them one by one.
const MAX_LISTED: usize = 100_000;

/// What an admin decides that a word means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedWord {
    /// The field it is given for.
    pub field: ControlledField,
    /// The word; it counts whatever its case and punctuation.
    pub word: String,
    /// In the mouth of this source; `None` for all of them.
    pub source: Option<SourceId>,
    /// These concepts; none when it means nothing to us.
    pub concepts: Vec<ConceptId>,
}

/// Such a decision, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRow {
    /// Its id.
    pub id: String,
    /// What was decided.
    pub accepted: AcceptedWord,
    /// Who decided.
    pub who: String,
    /// When, RFC 3339.
    pub at: String,
    /// Who undid it.
    pub undone_by: Option<String>,
    /// When, RFC 3339.
    pub undone_at: Option<String>,
}

/// The words that count for a source: of each field, as labels are compared, with the ids of their concepts.
pub type WordsOfSource = BTreeMap<ControlledField, BTreeMap<String, Vec<String>>>;

/// Begins a query for whole decisions; what follows says which.
fn select_accepted() -> QueryBuilder {
    QueryBuilder::new(
        "SELECT id, source, field, word, concepts, who, at, undone_by, undone_at FROM accepted_word WHERE ",
    )
}

fn accepted_row(row: &Row) -> Result<AcceptedRow, CatalogueError> {
    let id: String = row.try_get("id")?;
    let source: Option<String> = row.try_get("source")?;
    let concepts: String = row.try_get("concepts")?;
    let accepted = AcceptedWord {
        field: field_at(row, "accepted_word")?,
        word: row.try_get("word")?,
        source: source.map(|source| parse("accepted_word", &source)).transpose()?,
        concepts: serde_json::from_str(&concepts)
            .map_err(|error| CatalogueError::stored("accepted_word", &id, error))?,
    };
    Ok(AcceptedRow {
        accepted,
        who: row.try_get("who")?,
        at: row.try_get("at")?,
        undone_by: row.try_get("undone_by")?,
        undone_at: row.try_get("undone_at")?,
        id,
    })
}

impl Catalogue {
    /// Writes down what a word means, and asks with it for the replays that make it show: one of each source that says
    /// it, of those that can be replayed. Where something was decided about the word before, its records do not say it
    /// any more: then these are also the sources that the earlier decision was about, if they have published records.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] when it is decided already what this word means in this field for the same source,
    /// or for all; otherwise when the store cannot be written.
    pub async fn accept_word(
        &self,
        accepted: &AcceptedWord,
        replayable: &BTreeSet<SourceId>,
        who: &str,
        now: Timestamp,
    ) -> Result<(AcceptedRow, Vec<JobRow>), CatalogueError> {
        let (id, at) = (new_id(now), stamp(now));
        // Before anybody has to wait: a field may have a hundred thousand words. A source that says it only since then
        // has been mapped without it, and is mapped with it by its next harvest.
        let mut sources = self.who_says(accepted).await?;
        let mut tx = self.begin_write().await?;
        if let Some(standing) = standing(&mut tx, accepted).await? {
            return Err(CatalogueError::Superseded {
                reason: format!("{}, by {} ({})", told(&standing.accepted), standing.who, standing.id),
            });
        }
        for scope in decided_before(&mut tx, accepted).await? {
            sources.extend(sources_with_records(&mut tx, scope.as_ref()).await?);
        }
        let ids = serde_json::to_string(&accepted.concepts).expect("a list of texts always serialises");
        sqlx::query(
            "INSERT INTO accepted_word (id, source, field, word, concepts, who, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.as_str())
        .bind(accepted.source.as_ref().map(SourceId::as_str))
        .bind(accepted.field.name())
        .bind(accepted.word.as_str())
        .bind(ids)
        .bind(who)
        .bind(at.as_str())
        .execute(&mut *tx)
        .await?;
        audit::note(&mut tx, who, "accept word", &id, &told(accepted), &at).await?;
        let jobs = enqueue_replays(&mut tx, &sources, replayable, now).await?;
        tx.commit().await?;
        let row =
            AcceptedRow { id, accepted: accepted.clone(), who: who.to_owned(), at, undone_by: None, undone_at: None };
        Ok((row, jobs))
    }

    /// The sources whose records say this word.
    async fn who_says(&self, accepted: &AcceptedWord) -> Result<BTreeSet<SourceId>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        sources_that_say(&mut tx, accepted.field, &accepted.word, accepted.source.as_ref()).await
    }

    /// Takes such a decision back, and asks with that for the replays that make it show, of those sources that can be
    /// replayed.
    ///
    /// A record does not tell which of its words were accepted, so of a decision for all sources these are all that have
    /// published records.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no decision has, [`CatalogueError::Superseded`] when it was undone
    /// before; otherwise when the store cannot be written.
    pub async fn undo_accepted_word(
        &self,
        id: &str,
        replayable: &BTreeSet<SourceId>,
        who: &str,
        now: Timestamp,
    ) -> Result<(AcceptedRow, Vec<JobRow>), CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let mut query = select_accepted();
        query.push("id = ").push_bind(id);
        let Some(found) = query.build().fetch_optional(&mut *tx).await? else {
            return Err(CatalogueError::no_such("accepted word", id));
        };
        let mut row = accepted_row(&found)?;
        if let (Some(by), Some(before)) = (&row.undone_by, &row.undone_at) {
            return Err(CatalogueError::Superseded { reason: format!("it was undone by {by} on {before}") });
        }
        sqlx::query("UPDATE accepted_word SET undone_by = $2, undone_at = $3 WHERE id = $1")
            .bind(id)
            .bind(who)
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        audit::note(&mut tx, who, "undo accept word", id, &told(&row.accepted), &at).await?;
        let sources = sources_with_records(&mut tx, row.accepted.source.as_ref()).await?;
        let jobs = enqueue_replays(&mut tx, &sources, replayable, now).await?;
        tx.commit().await?;
        (row.undone_by, row.undone_at) = (Some(who.to_owned()), Some(at));
        Ok((row, jobs))
    }

    /// A page of these decisions, the last first, undone ones too, and how many there are in all. With a source only
    /// those that are for it alone.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_accepted_words(
        &self,
        filter: &WordFilter,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<AcceptedRow>, u64), CatalogueError> {
        let mut query = select_accepted();
        query.push("1 = 1");
        if let Some(field) = filter.field {
            query.push(" AND field = ").push_bind(field.name());
        }
        if let Some(source) = &filter.source {
            query.push(" AND source = ").push_bind(source.as_str());
        }
        query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(bigint(MAX_LISTED));
        let mut rows = Vec::new();
        for row in &query.build().fetch_all(&self.reader).await? {
            rows.push(accepted_row(row)?);
        }
        rows.retain(|row| filter.lets_pass(&normalise_label(&row.accepted.word)));
        let total = rows.len() as u64;
        Ok((rows.into_iter().skip(offset).take(limit).collect(), total))
    }

    /// The words that count for a source: those decided for all, and over them its own.
    ///
    /// Concepts that our vocabularies do not have any more are left out, and a word that had no others with them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn accepted_words(&self, source: &SourceId) -> Result<WordsOfSource, CatalogueError> {
        let mut query = select_accepted();
        query.push("undone_at IS NULL AND (source IS NULL OR source = ").push_bind(source.as_str());
        query.push(") ORDER BY COALESCE(source, ''), at, id");
        let mut words = WordsOfSource::new();
        for row in &query.build().fetch_all(&self.reader).await? {
            let accepted = accepted_row(row)?.accepted;
            let list = Vocabularies::shipped().of(accepted.field);
            let known = accepted.concepts.iter().filter(|id| list.get(id.as_str()).is_some());
            let ids: Vec<String> = known.map(ToString::to_string).collect();
            if ids.is_empty() && !accepted.concepts.is_empty() {
                continue;
            }
            words.entry(accepted.field).or_default().insert(normalise_label(&accepted.word), ids);
        }
        Ok(words)
    }
}

/// The decision that stands about the same word.
async fn standing(conn: &mut Connection, accepted: &AcceptedWord) -> Result<Option<AcceptedRow>, CatalogueError> {
    let mut query = select_accepted();
    query.push("undone_at IS NULL AND field = ").push_bind(accepted.field.name());
    query.push(" AND COALESCE(source, '') = ");
    query.push_bind(accepted.source.as_ref().map_or("", SourceId::as_str));
    let folded = normalise_label(&accepted.word);
    for row in &query.build().fetch_all(&mut *conn).await? {
        let row = accepted_row(row)?;
        if normalise_label(&row.accepted.word) == folded {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Whose records may have been read with an earlier decision about the same word, and with another one from now on:
/// those of a source, or of all (`None`). What was undone counts: its replays may be under way.
async fn decided_before(
    conn: &mut Connection,
    accepted: &AcceptedWord,
) -> Result<BTreeSet<Option<SourceId>>, CatalogueError> {
    let mut query = select_accepted();
    query.push("field = ").push_bind(accepted.field.name());
    let folded = normalise_label(&accepted.word);
    let mut scopes = BTreeSet::new();
    for row in &query.build().fetch_all(&mut *conn).await? {
        let earlier = accepted_row(row)?;
        if normalise_label(&earlier.accepted.word) != folded {
            continue;
        }
        match (&accepted.source, earlier.accepted.source) {
            (Some(source), None) => {
                scopes.insert(Some(source.clone()));
            }
            (Some(source), Some(other)) if *source == other => {
                scopes.insert(Some(other));
            }
            // Of a source that has a decision of its own, this one for all changes nothing.
            (None, Some(other)) if earlier.undone_at.is_some() => {
                scopes.insert(Some(other));
            }
            (None, None) => {
                scopes.insert(None);
            }
            (Some(_) | None, Some(_)) => {}
        }
    }
    Ok(scopes)
}

/// A decision in a sentence.
fn told(accepted: &AcceptedWord) -> String {
    let concepts: Vec<&str> = accepted.concepts.iter().map(ConceptId::as_str).collect();
    let meaning = if concepts.is_empty() { "nothing".to_owned() } else { concepts.join(", ") };
    let whose = accepted.source.as_ref().map_or_else(|| "every source".to_owned(), |source| format!("`{source}`"));
    format!("the {} `{}` of {whose} is accepted as {meaning}", accepted.field.name(), accepted.word)
}

/// Asks for a replay of each of these sources that can be replayed.
async fn enqueue_replays(
    conn: &mut Connection,
    sources: &BTreeSet<SourceId>,
    replayable: &BTreeSet<SourceId>,
    now: Timestamp,
) -> Result<Vec<JobRow>, CatalogueError> {
    let mut jobs = Vec::new();
    for source in sources.intersection(replayable) {
        jobs.push(enqueue(conn, JobKind::Replay, Some(source.as_str()), now).await?);
    }
    Ok(jobs)
}

/// The sources that are there and have published records, or this one alone.
async fn sources_with_records(
    conn: &mut Connection,
    only: Option<&SourceId>,
) -> Result<BTreeSet<SourceId>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT s.id FROM source s WHERE s.present = 1 \
         AND EXISTS (SELECT 1 FROM record r WHERE r.source = s.id AND r.state IN ('live', 'missing'))",
    );
    if let Some(source) = only {
        query.push(" AND s.id = ").push_bind(source.as_str());
    }
    let ids: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
    ids.iter().map(|id| parse("source", id)).collect()
}
