//! Reconciliation: what has become of the records of one catalogue, for the people who run it.
//!
//! Counts add up: every record of the source stands in exactly one state. What the last run rejected is kept beside that
//! run, and is looked up there.

use std::collections::HashMap;

use schemas::{ResourceId, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{CHUNK, bigint, count_at, parsed_at, push_list};
use super::error::CatalogueError;
use super::harvests::HarvestRow;
use super::links::resources_at;
use super::records::RecordState;
use super::resolve::{MAX_RECORDS, Verdict};

/// What has become of the records of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Records that the source gives.
    pub live: u64,
    /// Records that its last ok run did not see, published until their grace is over.
    pub missing: u64,
    /// Records that were missing for too long.
    pub withdrawn: u64,
    /// Records that the source itself says are no more.
    pub deleted: u64,
    /// Of the live and the missing ones, those that an admin has hidden.
    pub hidden: u64,
    /// How many live resources have a record of it.
    pub resources: u64,
    /// How many of its published records share their resource with a record of another source.
    pub merged_records: u64,
    /// How many resources those stand in.
    pub merged_resources: u64,
    /// With which sources, those with most in common first.
    pub merged_with: Vec<MergedWith>,
    /// The first of the identifiers that some of its records declare and that do not make one thing of all that do.
    pub refused: Vec<RefusedIdentifier>,
    /// How many those are in all.
    pub refused_count: u64,
    /// The first of its resources whose link is broken, by address.
    pub broken: Vec<BrokenLink>,
    /// How many those are in all.
    pub broken_count: u64,
}

/// What a source has in common with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedWith {
    /// The other.
    pub source: SourceId,
    /// How many records of the one share their resource with a record of the other.
    pub records: u64,
    /// How many resources those stand in.
    pub resources: u64,
}

/// An identifier that does not make one thing of all records that declare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedIdentifier {
    /// The identifier: `isbn:9780306406157`.
    pub identifier: String,
    /// How many published records of any source declare it.
    pub records: u64,
    /// Why: `too-many` declare it, or some of them `contradicts` another.
    pub verdict: String,
}

/// A resource whose link is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLink {
    /// The resource.
    pub resource: ResourceId,
    /// The address.
    pub url: String,
    /// The source's own identifiers of its records there.
    pub identifiers: Vec<String>,
    /// When it last failed, RFC 3339.
    pub checked_at: Option<String>,
    /// What was the matter.
    pub reason: Option<String>,
}

impl Catalogue {
    /// What has become of the records of a source, with so many of its refused identifiers and broken links.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn reconciliation(&self, source: &SourceId, most: usize) -> Result<Reconciliation, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut report = Reconciliation::default();
        count_states(&mut tx, source, &mut report).await?;
        count_merged(&mut tx, source, &mut report).await?;
        list_refused(&mut tx, source, most, &mut report).await?;
        list_broken(&mut tx, source, most, &mut report).await?;
        Ok(report)
    }

    /// What everything that is told of duplicates and of the records of sources follows from, in a few quick looks: as
    /// long as it is the same, so is what is told.
    ///
    /// The change log is not all: a record that goes missing, or says other things that nobody sees, changes counts and
    /// reasons and no resource. But that comes of runs, of resolving, and of admins.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn reports_version(&self) -> Result<String, CatalogueError> {
        // A run that starts has the newest id; with one that ends fewer are running.
        let row = sqlx::query(
            "SELECT (SELECT COALESCE(MAX(seq), 0) FROM change) AS changes, \
             (SELECT COALESCE(MAX(seq), 0) FROM audit) AS acts, \
             (SELECT COALESCE(MAX(id), '') FROM harvest) AS newest_run, \
             (SELECT COUNT(*) FROM harvest WHERE state = 'running') AS running, \
             (SELECT COUNT(*) FROM record WHERE unresolved > 0) AS unresolved, \
             (SELECT COUNT(*) FROM link WHERE state = 'broken') AS broken, \
             (SELECT COALESCE(MAX(checked_at), '') FROM link WHERE state = 'broken') AS broken_at",
        )
        .fetch_one(&self.reader)
        .await?;
        let mut version = String::new();
        for count in ["changes", "acts", "running", "unresolved", "broken"] {
            version.push_str(&count_at(&row, count)?.to_string());
            version.push(' ');
        }
        for text in ["newest_run", "broken_at"] {
            let text: String = row.try_get(text)?;
            version.push_str(&text);
            version.push(' ');
        }
        Ok(version)
    }

    /// The last ended run over a source that read anything anew: its problems are those that still hold. `None` before
    /// the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_reading(&self, source: &SourceId) -> Result<Option<HarvestRow>, CatalogueError> {
        let id: Option<String> = sqlx::query_scalar(
            "SELECT id FROM harvest WHERE source = $1 AND finished IS NOT NULL AND problems_of IS NULL \
             AND read_count > 0 ORDER BY started DESC, id DESC LIMIT 1",
        )
        .bind(source.as_str())
        .fetch_optional(&self.reader)
        .await?;
        match id {
            Some(id) => self.harvest(&id).await,
            None => Ok(None),
        }
    }
}

async fn count_states(
    conn: &mut Connection,
    source: &SourceId,
    report: &mut Reconciliation,
) -> Result<(), CatalogueError> {
    let rows = sqlx::query(
        "SELECT r.state AS state, COUNT(*) AS records, COUNT(CASE WHEN s.state = 'hidden' THEN 1 END) AS hidden \
         FROM record r JOIN resource s ON s.id = r.resource WHERE r.source = $1 GROUP BY r.state",
    )
    .bind(source.as_str())
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let name: String = row.try_get("state")?;
        let state = RecordState::parse(&name, source.as_str())?;
        let records = count_at(row, "records")?;
        if state.is_published() {
            report.hidden += count_at(row, "hidden")?;
        }
        match state {
            RecordState::Live => report.live = records,
            RecordState::Missing => report.missing = records,
            RecordState::Withdrawn => report.withdrawn = records,
            RecordState::Deleted => report.deleted = records,
        }
    }
    let resources: i64 = sqlx::query_scalar(
        "SELECT COUNT(DISTINCT r.resource) FROM record r JOIN resource s ON s.id = r.resource \
         WHERE r.source = $1 AND r.state IN ('live', 'missing') AND s.state = 'live'",
    )
    .bind(source.as_str())
    .fetch_one(&mut *conn)
    .await?;
    report.resources = u64::try_from(resources).unwrap_or(0);
    Ok(())
}

async fn count_merged(
    conn: &mut Connection,
    source: &SourceId,
    report: &mut Reconciliation,
) -> Result<(), CatalogueError> {
    // Counted resource by resource before anything is joined: many records at one address stay a sum.
    const MINE: &str = "WITH mine AS (SELECT r.resource AS resource, COUNT(*) AS records FROM record r \
         JOIN resource s ON s.id = r.resource WHERE s.state = 'live' AND r.state IN ('live', 'missing') \
         AND r.source = ";
    let mut query = QueryBuilder::new(MINE);
    query.push_bind(source.as_str());
    query.push(
        " GROUP BY r.resource) SELECT COUNT(*) AS resources, CAST(COALESCE(SUM(records), 0) AS BIGINT) AS records \
         FROM mine WHERE EXISTS (SELECT 1 FROM record o WHERE o.resource = mine.resource \
         AND o.state IN ('live', 'missing') AND o.source <> ",
    );
    query.push_bind(source.as_str()).push(")");
    let row = query.build().fetch_one(&mut *conn).await?;
    report.merged_resources = count_at(&row, "resources")?;
    report.merged_records = count_at(&row, "records")?;

    let mut query = QueryBuilder::new(MINE);
    query.push_bind(source.as_str());
    query.push(
        " GROUP BY r.resource), shared AS (SELECT DISTINCT mine.resource AS resource, mine.records AS records, \
         o.source AS source FROM mine JOIN record o ON o.resource = mine.resource \
         WHERE o.state IN ('live', 'missing') AND o.source <> ",
    );
    query.push_bind(source.as_str());
    query.push(
        ") SELECT source, COUNT(*) AS resources, CAST(SUM(records) AS BIGINT) AS records FROM shared \
         GROUP BY source ORDER BY resources DESC, source",
    );
    for row in &query.build().fetch_all(&mut *conn).await? {
        report.merged_with.push(MergedWith {
            source: parsed_at(row, "record", "source")?,
            records: count_at(row, "records")?,
            resources: count_at(row, "resources")?,
        });
    }
    Ok(())
}

/// Identifiers that are declared by too many, and those that two records declare which cannot be one thing. What stands
/// for the whole content of a record is none that anybody has declared.
async fn list_refused(
    conn: &mut Connection,
    source: &SourceId,
    most: usize,
    report: &mut Reconciliation,
) -> Result<(), CatalogueError> {
    let mut query = QueryBuilder::new("WITH refused AS (SELECT identifier, ");
    query.push_bind(Verdict::TooMany.name());
    query
        .push(" AS verdict FROM declared WHERE identifier NOT LIKE 'content:%' GROUP BY identifier HAVING COUNT(*) > ");
    query.push_bind(bigint(MAX_RECORDS));
    query.push(
        " UNION SELECT d.identifier AS identifier, m.verdict AS verdict FROM record_match m \
         JOIN declared d ON d.record = m.one JOIN declared e ON e.identifier = d.identifier AND e.record = m.other \
         WHERE m.verdict = ",
    );
    query.push_bind(Verdict::Contradicts.name());
    query.push(
        ") SELECT identifier, verdict, (SELECT COUNT(*) FROM declared c WHERE c.identifier = refused.identifier) \
         AS records FROM refused WHERE EXISTS (SELECT 1 FROM declared f JOIN record r ON r.number = f.record \
         WHERE f.identifier = refused.identifier AND r.source = ",
    );
    query.push_bind(source.as_str()).push(") ORDER BY identifier, verdict");
    // Fewer than one for every 25 records, and hardly ever a handful.
    let rows = query.build().fetch_all(conn).await?;
    report.refused_count = rows.len() as u64;
    for row in rows.iter().take(most) {
        report.refused.push(RefusedIdentifier {
            identifier: row.try_get("identifier")?,
            records: count_at(row, "records")?,
            verdict: row.try_get("verdict")?,
        });
    }
    Ok(())
}

/// Goes through all broken links, a page at a time: they are few, and the resources of a source may be many.
async fn list_broken(
    conn: &mut Connection,
    source: &SourceId,
    most: usize,
    report: &mut Reconciliation,
) -> Result<(), CatalogueError> {
    let mut after = String::new();
    loop {
        let rows = sqlx::query(
            "SELECT url, checked_at, reason FROM link WHERE state = 'broken' AND url > $1 ORDER BY url LIMIT $2",
        )
        .bind(after.as_str())
        .bind(bigint(CHUNK))
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.try_get("url")?;
        let mut urls: Vec<String> = Vec::with_capacity(rows.len());
        for row in &rows {
            urls.push(row.try_get("url")?);
        }
        let resources = resources_at(&mut *conn, &urls).await?;
        let ids: Vec<&ResourceId> = resources.values().flatten().collect();
        let mut mine = identifiers_in(&mut *conn, source, &ids).await?;
        for (row, url) in rows.iter().zip(urls) {
            for id in resources.get(&url).into_iter().flatten() {
                let Some(identifiers) = mine.remove(id) else {
                    continue;
                };
                report.broken_count += 1;
                if report.broken.len() < most {
                    report.broken.push(BrokenLink {
                        resource: id.clone(),
                        url: url.clone(),
                        identifiers,
                        checked_at: row.try_get("checked_at")?,
                        reason: row.try_get("reason")?,
                    });
                }
            }
        }
    }
}

/// The identifiers of the published records that a source has in these resources.
async fn identifiers_in(
    conn: &mut Connection,
    source: &SourceId,
    ids: &[&ResourceId],
) -> Result<HashMap<ResourceId, Vec<String>>, CatalogueError> {
    let mut identifiers: HashMap<ResourceId, Vec<String>> = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT resource, identifier FROM record WHERE state IN ('live', 'missing') AND source = ",
        );
        query.push_bind(source.as_str()).push(" AND resource IN ");
        push_list(&mut query, chunk.iter().map(|id| id.as_str()));
        query.push(" ORDER BY identifier");
        for row in &query.build().fetch_all(&mut *conn).await? {
            let resource: ResourceId = parsed_at(row, "record", "resource")?;
            identifiers.entry(resource).or_default().push(row.try_get("identifier")?);
        }
    }
    Ok(identifiers)
}
