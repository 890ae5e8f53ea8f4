//! Reports: of which of the things that a teacher asks how much is known, test by test and source by source.
//!
//! One pass over the live resources at one moment, a page at a time: what is kept of those that were passed are counts,
//! and the few that miss most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use schemas::{CompletenessTest, Metadata, ResourceId, SourceId, TestAnswer};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, json_at, parsed_at, push_list};
use super::error::CatalogueError;

/// How complete the live resources are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CompletenessReport {
    /// Over all of them.
    pub all: CompletenessTally,
    /// Over those that each source has a record of.
    pub sources: BTreeMap<SourceId, CompletenessTally>,
    /// Those that miss most, and by id among equals.
    pub worst: Vec<IncompleteResource>,
    /// How many miss anything.
    pub incomplete: u64,
}

/// How some resources answer the tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompletenessTally {
    /// How many resources those are.
    pub resources: u64,
    /// How many answer each test how.
    pub tests: BTreeMap<CompletenessTest, AnswerCounts>,
}

/// How many resources answer a test how; together all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// A catalogue or an admin says it.
    pub said: u64,
    /// It is inferred and nothing else.
    pub inferred: u64,
    /// It is not known.
    pub missing: u64,
}

/// A resource that misses something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncompleteResource {
    /// Its id.
    pub id: ResourceId,
    /// Its title.
    pub title: String,
    /// The tests that it does not pass.
    pub missing: Vec<CompletenessTest>,
}

impl CompletenessTally {
    fn add(&mut self, answers: &[(CompletenessTest, TestAnswer)]) {
        self.resources += 1;
        for (test, answer) in answers {
            let counts = self.tests.entry(*test).or_default();
            match answer {
                TestAnswer::Said => counts.said += 1,
                TestAnswer::Inferred => counts.inferred += 1,
                TestAnswer::Missing => counts.missing += 1,
            }
        }
    }

    /// The mean of their completeness, 0 to 1; `None` of no resources.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 resources are ever counted")]
    pub fn mean(&self) -> Option<f64> {
        let passed: u64 = self.tests.values().map(|counts| counts.said + counts.inferred).sum();
        let asked: u64 = self.tests.values().map(|counts| counts.said + counts.inferred + counts.missing).sum();
        (asked > 0).then(|| passed as f64 / asked as f64)
    }

    /// The tests that some miss, those most often missed first.
    pub fn most_missed(&self) -> Vec<(CompletenessTest, u64)> {
        let mut missed: Vec<(CompletenessTest, u64)> = self
            .tests
            .iter()
            .map(|(test, counts)| (*test, counts.missing))
            .filter(|(_, missing)| *missing > 0)
            .collect();
        missed.sort_by_key(|(test, missing)| (Reverse(*missing), *test));
        missed
    }
}

/// The resources that miss most, of those met so far. The greatest entry is the one that is given up first.
struct Worst {
    most: usize,
    kept: BinaryHeap<(Reverse<usize>, ResourceId, String, Vec<CompletenessTest>)>,
}

impl Worst {
    fn offer(&mut self, id: ResourceId, title: String, missing: Vec<CompletenessTest>) {
        self.kept.push((Reverse(missing.len()), id, title, missing));
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    fn after(self, offset: usize) -> Vec<IncompleteResource> {
        let sorted = self.kept.into_sorted_vec().into_iter().skip(offset);
        sorted.map(|(_, id, title, missing)| IncompleteResource { id, title, missing }).collect()
    }
}

impl Catalogue {
    /// How complete the live resources are, or those that a source has a record of; with a page of those that miss most.
    ///
    /// Reads them all, and keeps `offset + limit` of them in memory: a bound is for the caller to set.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn completeness(
        &self,
        source: Option<&SourceId>,
        limit: usize,
        offset: usize,
    ) -> Result<CompletenessReport, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut report = CompletenessReport::default();
        let mut worst = Worst { most: offset.saturating_add(limit), kept: BinaryHeap::new() };
        let mut after = String::new();
        loop {
            let rows = page_after(&mut tx, &after, source).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = last.try_get("id")?;
            let mut sources = sources_of(&mut tx, &rows).await?;
            for row in &rows {
                let id: ResourceId = parsed_at(row, "resource", "id")?;
                let metadata: Metadata = json_at(row, "resource", id.as_str(), "metadata")?;
                let answers = CompletenessTest::ALL.map(|test| (test, test.answer(&metadata)));
                report.all.add(&answers);
                let holders = sources.remove(&id).unwrap_or_default();
                for holder in holders.into_iter().filter(|holder| source.is_none_or(|source| source == holder)) {
                    report.sources.entry(holder).or_default().add(&answers);
                }
                let missing = CompletenessTest::missing_in(&metadata);
                if !missing.is_empty() {
                    report.incomplete += 1;
                    worst.offer(id, metadata.title, missing);
                }
            }
        }
        report.worst = worst.after(offset);
        Ok(report)
    }
}

async fn page_after(conn: &mut Connection, after: &str, source: Option<&SourceId>) -> Result<Vec<Row>, CatalogueError> {
    let mut query = QueryBuilder::new("SELECT id, metadata FROM resource WHERE state = 'live' AND id > ");
    query.push_bind(after);
    if let Some(source) = source {
        query.push(
            " AND EXISTS (SELECT 1 FROM record r WHERE r.resource = resource.id \
             AND r.state IN ('live', 'missing') AND r.source = ",
        );
        query.push_bind(source.as_str()).push(")");
    }
    query.push(" ORDER BY id LIMIT ").push_bind(bigint(CHUNK));
    Ok(query.build().fetch_all(conn).await?)
}

/// The sources that have a published record of each of these resources, each once.
async fn sources_of(conn: &mut Connection, rows: &[Row]) -> Result<HashMap<ResourceId, Vec<SourceId>>, CatalogueError> {
    let mut ids: Vec<String> = Vec::with_capacity(rows.len());
    for row in rows {
        ids.push(row.try_get("id")?);
    }
    let mut query = QueryBuilder::new(
        "SELECT DISTINCT resource, source FROM record WHERE state IN ('live', 'missing') AND resource IN ",
    );
    push_list(&mut query, ids.iter().map(String::as_str));
    let mut sources: HashMap<ResourceId, Vec<SourceId>> = HashMap::with_capacity(rows.len());
    for row in &query.build().fetch_all(conn).await? {
        let source = parsed_at(row, "record", "source")?;
        sources.entry(parsed_at(row, "record", "resource")?).or_default().push(source);
    }
    Ok(sources)
}
