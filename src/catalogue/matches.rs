//! Matches: records that read as one or declare the same identifier, and whether they were taken for one or why not. For
//! an admin to look through.
//!
//! What is compared and what comes of it is decided by `resolving`; here it is read.

use std::collections::HashMap;

use schemas::{ResourceId, SourceId};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, json_at, parsed_at, push_numbers};
use super::duplicates::Titled;
use super::error::CatalogueError;
use super::resolve::Verdict;

/// What may come of a match: what it joined, or else why it was not followed.
pub const VERDICTS: [&str; Verdict::ALL.len()] = {
    let mut names = [""; Verdict::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Verdict::ALL[at].name();
        at += 1;
    }
    names
};

/// What one field says about two records being the same, as it is worked out, stored and told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchContribution {
    /// The field: `title`, `codes`, `numbers`, `text`, `creators`, `year`, `publisher`, `type`, `language`, `starts` or
    /// `identifier`.
    pub what: String,
    /// How much it adds to the score; below nought it speaks against.
    pub weight: f32,
    /// The words that they share or differ in, for people; at most 200 characters.
    pub detail: String,
}

/// Two records that read as one, or declare the same identifier and contradict each other.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchRow {
    /// One of them.
    pub one: MatchedRecord,
    /// The other.
    pub other: MatchedRecord,
    /// How much speaks for it.
    pub score: f64,
    /// What that is made of.
    pub contributions: Vec<MatchContribution>,
    /// One of [`VERDICTS`]; empty while it waits to be decided.
    pub verdict: String,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedRecord {
    /// Its catalogue.
    pub source: SourceId,
    /// That catalogue's own identifier.
    pub identifier: String,
    /// The address it gives.
    pub url: Option<String>,
    /// The title it gives.
    pub title: String,
    /// The resource it stands in.
    pub resource: ResourceId,
}

/// A stored score, which is in thousandths.
pub(super) fn score_at(row: &Row) -> Result<f64, CatalogueError> {
    let thousandths: i64 = row.try_get("score")?;
    Ok(f64::from(i32::try_from(thousandths).unwrap_or(i32::MAX)) / 1_000.0)
}

impl Catalogue {
    /// A page of matches, the closest first, and how many there are in all. With a verdict, those it came to; with a
    /// source, those that one of its records is in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_matches(
        &self,
        verdict: Option<&str>,
        source: Option<&SourceId>,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<MatchRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut count = QueryBuilder::new("SELECT COUNT(*)");
        push_matches(&mut count, verdict, source);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut page = QueryBuilder::new("SELECT m.one, m.other, m.score, m.contributions, m.verdict");
        push_matches(&mut page, verdict, source);
        page.push(" ORDER BY m.score DESC, m.one, m.other LIMIT ").push_bind(bigint(limit));
        page.push(" OFFSET ").push_bind(bigint(offset));
        let rows = page.build().fetch_all(&mut *tx).await?;
        let mut numbers: Vec<i64> = Vec::with_capacity(rows.len() * 2);
        for row in &rows {
            numbers.extend([row.try_get::<i64, _>("one")?, row.try_get::<i64, _>("other")?]);
        }
        let records = matched_records(&mut tx, &numbers).await?;
        let mut matches = Vec::with_capacity(rows.len());
        for row in &rows {
            let (one, other): (i64, i64) = (row.try_get("one")?, row.try_get("other")?);
            let gone = || CatalogueError::stored("record_match", &format!("{one} {other}"), "a record of it is gone");
            matches.push(MatchRow {
                one: records.get(&one).cloned().ok_or_else(gone)?,
                other: records.get(&other).cloned().ok_or_else(gone)?,
                score: score_at(row)?,
                contributions: json_at(row, "record_match", &format!("{one} {other}"), "contributions")?,
                verdict: row.try_get("verdict")?,
            });
        }
        Ok((matches, u64::try_from(total).unwrap_or(0)))
    }
}

fn push_matches(query: &mut QueryBuilder, verdict: Option<&str>, source: Option<&SourceId>) {
    query.push(" FROM record_match m");
    if source.is_some() {
        query.push(" JOIN record a ON a.number = m.one JOIN record b ON b.number = m.other");
    }
    let mut before = " WHERE ";
    if let Some(verdict) = verdict {
        query.push(before).push("m.verdict = ").push_bind(verdict);
        before = " AND ";
    }
    if let Some(source) = source {
        query.push(before).push("(a.source = ").push_bind(source.as_str());
        query.push(" OR b.source = ").push_bind(source.as_str()).push(")");
    }
}

async fn matched_records(
    conn: &mut Connection,
    numbers: &[i64],
) -> Result<HashMap<i64, MatchedRecord>, CatalogueError> {
    let mut records = HashMap::with_capacity(numbers.len());
    for chunk in numbers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT number, source, identifier, url, metadata, resource FROM record WHERE number IN ",
        );
        push_numbers(&mut query, chunk.iter().copied());
        for row in &query.build().fetch_all(&mut *conn).await? {
            let identifier: String = row.try_get("identifier")?;
            let Titled { title } = json_at(row, "record", &identifier, "metadata")?;
            let record = MatchedRecord {
                source: parsed_at(row, "record", "source")?,
                identifier,
                url: row.try_get("url")?,
                title,
                resource: parsed_at(row, "record", "resource")?,
            };
            records.insert(row.try_get("number")?, record);
        }
    }
    Ok(records)
}
