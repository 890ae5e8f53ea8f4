//! Harvests: every run over a source, how it ended, what it counted, and the problems it met. How one begins, lives and
//! ends is in `runs`.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;
use schemas::{Problem, Severity, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{bigint, count_at, parsed_at};
use super::error::CatalogueError;
use super::jobs::JobRow;

/// So many problems of one run are kept; they are counted on beyond it. A thousand show every kind of mistake that a
/// broken mapping makes, and a source that rejects a million records must not fill the store with them.
pub const MAX_PROBLEMS_KEPT: u64 = 1_000;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HarvestState {
    /// It has not ended.
    Running,
    /// It saw everything.
    Ok,
    /// It saw a part; what it saw counts.
    Partial,
    /// It saw everything, but so much was absent that an admin has to look first.
    Held,
    /// It saw nothing that can be used.
    Failed,
}

impl HarvestState {
    const ALL: [Self; 5] = [Self::Running, Self::Ok, Self::Partial, Self::Held, Self::Failed];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }
}

/// What a run counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HarvestCounts {
    /// Everything it read.
    pub read: u64,
    /// New records.
    pub created: u64,
    /// Records that say something else than before, or are back.
    pub changed: u64,
    /// Records that say the same as before.
    pub unchanged: u64,
    /// Records that the source itself says are no more.
    pub deleted: u64,
    /// What could not be used.
    pub rejected: u64,
    /// Identifiers that came again in the same run.
    pub duplicate: u64,
}

impl HarvestCounts {
    /// Whether everything that was read is accounted for.
    pub fn adds_up(&self) -> bool {
        self.read == self.created + self.changed + self.unchanged + self.deleted + self.rejected + self.duplicate
    }

    /// How much of what was read could be used. A run that ends early with any of it is partial, without it has failed.
    pub fn accepted(&self) -> u64 {
        self.created + self.changed + self.unchanged + self.deleted
    }
}

impl AddAssign for HarvestCounts {
    fn add_assign(&mut self, more: Self) {
        self.read += more.read;
        self.created += more.created;
        self.changed += more.changed;
        self.unchanged += more.unchanged;
        self.deleted += more.deleted;
        self.rejected += more.rejected;
        self.duplicate += more.duplicate;
    }
}

/// What a run is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HarvestManner {
    /// The source was asked.
    Harvest,
    /// What earlier runs kept was read anew.
    Replay,
    /// The source's owner sent some records of it.
    Push,
    /// The source's owner sent all that there is.
    PushAll,
}

impl HarvestManner {
    const ALL: [Self; 4] = [Self::Harvest, Self::Replay, Self::Push, Self::PushAll];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Harvest => "harvest",
            Self::Replay => "replay",
            Self::Push => "push",
            Self::PushAll => "push-all",
        }
    }
}

/// How a run ended, and what the next one is to know of it.
#[derive(Debug, Clone)]
pub struct HarvestEnd {
    /// How it stands.
    pub state: HarvestState,
    /// Why, when it is not simply ok.
    pub reason: Option<String>,
    /// What it counted.
    pub counts: HarvestCounts,
    /// Of an ok run: with what its source was read.
    pub harvested_with: Option<String>,
    /// Of an ok run: what its kind wants to be told by the next.
    pub memory: Option<String>,
    /// Until when the source asked to be left alone.
    pub postponed_until: Option<Timestamp>,
    /// Whether it broke off, and the next run may go on where it stood.
    pub is_resumable: bool,
}

impl HarvestEnd {
    /// An end of which there is nothing to be remembered.
    pub fn new(state: HarvestState, reason: Option<String>, counts: HarvestCounts) -> Self {
        Self { state, reason, counts, harvested_with: None, memory: None, postponed_until: None, is_resumable: false }
    }
}

/// One run, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarvestRow {
    /// Its id.
    pub id: String,
    /// The source it read.
    pub source: SourceId,
    /// How it stands.
    pub state: HarvestState,
    /// Why, when it is not simply ok.
    pub reason: Option<String>,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339.
    pub finished: Option<String>,
    /// What it counted; of one that runs, what it has counted so far.
    pub counts: HarvestCounts,
    /// How many problems it met; at most [`MAX_PROBLEMS_KEPT`] of them are kept.
    pub problems: u64,
    /// What it is made of.
    pub manner: HarvestManner,
    /// Of one that broke off and can be gone on with: when the first of its kind began, RFC 3339.
    pub resumes_since: Option<String>,
}

/// Of a source, the run that says how it stands. The held runs of all sources are few, and have an index of their own;
/// the last one is the end of another. So neither grows with the runs there have been.
const STANDS_BY: &str = " WHERE id IN (SELECT COALESCE(\
     (SELECT w.id FROM harvest w WHERE w.source = s.id AND w.state = 'held' AND w.manner <> 'replay' \
      AND EXISTS (SELECT 1 FROM held d WHERE d.harvest = w.id AND d.decision IS NULL) \
      ORDER BY w.started DESC, w.id DESC LIMIT 1), \
     (SELECT l.id FROM harvest l WHERE l.source = s.id AND l.manner <> 'replay' \
      ORDER BY l.started DESC, l.id DESC LIMIT 1)) FROM source s";

const SELECT: &str = "SELECT id, source, state, reason, started, finished, read_count, created_count, changed_count, \
     unchanged_count, deleted_count, rejected_count, duplicate_count, problem_count, manner, \
     CASE WHEN resumable = 1 THEN COALESCE(began, started) END AS resumes_since FROM harvest";

fn harvest_row(row: &Row) -> Result<HarvestRow, CatalogueError> {
    let id: String = row.try_get("id")?;
    let name: String = row.try_get("state")?;
    let state = HarvestState::ALL
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or_else(|| CatalogueError::stored("harvest", &id, format!("no state is called `{name}`")))?;
    let manner: String = row.try_get("manner")?;
    let manner = HarvestManner::ALL
        .into_iter()
        .find(|known| known.name() == manner)
        .ok_or_else(|| CatalogueError::stored("harvest", &id, format!("no manner is called `{manner}`")))?;
    Ok(HarvestRow {
        id,
        manner,
        resumes_since: row.try_get("resumes_since")?,
        source: parsed_at(row, "harvest", "source")?,
        state,
        reason: row.try_get("reason")?,
        started: row.try_get("started")?,
        finished: row.try_get("finished")?,
        counts: HarvestCounts {
            read: count_at(row, "read_count")?,
            created: count_at(row, "created_count")?,
            changed: count_at(row, "changed_count")?,
            unchanged: count_at(row, "unchanged_count")?,
            deleted: count_at(row, "deleted_count")?,
            rejected: count_at(row, "rejected_count")?,
            duplicate: count_at(row, "duplicate_count")?,
        },
        problems: count_at(row, "problem_count")?,
    })
}

impl Catalogue {
    /// Adds problems to the report of a run, also of one that has ended.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_problems_to(&self, harvest: &str, problems: &[Problem]) -> Result<(), CatalogueError> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin_write().await?;
        add_problems(&mut tx, harvest, problems).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One run.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn harvest(&self, id: &str) -> Result<Option<HarvestRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE id = ").push_bind(id);
        query.build().fetch_optional(&self.reader).await?.as_ref().map(harvest_row).transpose()
    }

    /// The runs over a source, the last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn harvests_of(&self, source: &SourceId, limit: usize) -> Result<Vec<HarvestRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE source = ").push_bind(source.as_str());
        query.push(" ORDER BY started DESC, id DESC LIMIT ").push_bind(bigint(limit));
        query.build().fetch_all(&self.reader).await?.iter().map(harvest_row).collect()
    }

    /// The last run over a source, of whatever manner; `None` before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_harvest(&self, source: &SourceId) -> Result<Option<HarvestRow>, CatalogueError> {
        Ok(self.harvests_of(source, 1).await?.pop())
    }

    /// The run that a job which has ended made, the last time it was begun; `None` when it made none.
    ///
    /// It is the last within the time of the job, and need not be the last of all: a clock that was ahead has dated others
    /// later.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn harvest_of_job(&self, job: &JobRow) -> Result<Option<HarvestRow>, CatalogueError> {
        let (Some(source), Some(started), Some(finished)) = (&job.subject, &job.started, &job.finished) else {
            return Ok(None);
        };
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE manner = 'harvest' AND source = ").push_bind(source.as_str());
        query.push(" AND started >= ").push_bind(started.as_str());
        query.push(" AND started <= ").push_bind(finished.as_str());
        query.push(" ORDER BY started DESC, id DESC LIMIT 1");
        query.build().fetch_optional(&self.reader).await?.as_ref().map(harvest_row).transpose()
    }

    /// How a source stands: the last run that waits for an admin, or else the last in which the source had a say, which a
    /// replay is not; `None` before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn health(&self, source: &SourceId) -> Result<Option<HarvestRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(STANDS_BY).push(" WHERE s.id = ").push_bind(source.as_str()).push(")");
        query.build().fetch_optional(&self.reader).await?.as_ref().map(harvest_row).transpose()
    }

    /// How every source stands that has run, as [`Catalogue::health`] says it of one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn health_of_all(&self) -> Result<BTreeMap<SourceId, HarvestRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(STANDS_BY).push(")");
        let rows = query.build().fetch_all(&self.reader).await?;
        rows.iter().map(|row| harvest_row(row).map(|run| (run.source.clone(), run))).collect()
    }

    /// The last run that asked the source itself; `None` before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_asking(&self, source: &SourceId) -> Result<Option<HarvestRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE manner = 'harvest' AND source = ").push_bind(source.as_str());
        query.push(" ORDER BY started DESC, id DESC LIMIT 1");
        query.build().fetch_optional(&self.reader).await?.as_ref().map(harvest_row).transpose()
    }

    /// Lets the problems of one run be those of another too, for a source that has not changed between the two.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn repeat_problems(&self, from: &str, to: &str) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        sqlx::query(
            "UPDATE harvest SET problem_count = (SELECT problem_count FROM harvest WHERE id = $1), \
             problems_of = (SELECT COALESCE(problems_of, id) FROM harvest WHERE id = $1) WHERE id = $2",
        )
        .bind(from)
        .bind(to)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A page of the problems of a run, in the order in which it met them, and how many are kept in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn problems_of(
        &self,
        harvest: &str,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<Problem>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let kept_with: Option<String> =
            sqlx::query_scalar("SELECT COALESCE(problems_of, id) FROM harvest WHERE id = $1")
                .bind(harvest)
                .fetch_optional(&mut *tx)
                .await?;
        let harvest = kept_with.as_deref().unwrap_or(harvest);
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM problem WHERE harvest = $1")
            .bind(harvest)
            .fetch_one(&mut *tx)
            .await?;
        let rows = sqlx::query(
            "SELECT severity, place, field, reason FROM problem WHERE harvest = $1 ORDER BY number LIMIT $2 OFFSET $3",
        )
        .bind(harvest)
        .bind(bigint(limit))
        .bind(bigint(offset))
        .fetch_all(&mut *tx)
        .await?;
        let problems: Vec<Problem> = rows.iter().map(|row| problem_row(row, harvest)).collect::<Result<_, _>>()?;
        Ok((problems, u64::try_from(total).unwrap_or(0)))
    }
}

fn problem_row(row: &Row, harvest: &str) -> Result<Problem, CatalogueError> {
    let name: String = row.try_get("severity")?;
    let severity = match name.as_str() {
        "warning" => Severity::Warning,
        "rejected" => Severity::Rejected,
        other => return Err(CatalogueError::stored("problem", harvest, format!("no severity is called `{other}`"))),
    };
    Ok(Problem { severity, place: row.try_get("place")?, field: row.try_get("field")?, reason: row.try_get("reason")? })
}

/// Adds to what a run has counted so far, so that its progress can be watched and survives a crash.
pub(super) async fn add_counts(
    conn: &mut Connection,
    harvest: &str,
    counts: HarvestCounts,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE harvest SET read_count = read_count + $2, created_count = created_count + $3, \
         changed_count = changed_count + $4, unchanged_count = unchanged_count + $5, \
         deleted_count = deleted_count + $6, rejected_count = rejected_count + $7, \
         duplicate_count = duplicate_count + $8 WHERE id = $1",
    )
    .bind(harvest)
    .bind(bigint(counts.read))
    .bind(bigint(counts.created))
    .bind(bigint(counts.changed))
    .bind(bigint(counts.unchanged))
    .bind(bigint(counts.deleted))
    .bind(bigint(counts.rejected))
    .bind(bigint(counts.duplicate))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Counts the problems of a run, and keeps them as long as there is room.
pub(super) async fn add_problems(
    conn: &mut Connection,
    harvest: &str,
    problems: &[Problem],
) -> Result<(), CatalogueError> {
    if problems.is_empty() {
        return Ok(());
    }
    let before: i64 = sqlx::query_scalar("SELECT problem_count FROM harvest WHERE id = $1")
        .bind(harvest)
        .fetch_one(&mut *conn)
        .await?;
    sqlx::query("UPDATE harvest SET problem_count = problem_count + $2 WHERE id = $1")
        .bind(harvest)
        .bind(bigint(problems.len()))
        .execute(&mut *conn)
        .await?;
    let kept: Vec<(i64, &Problem)> = (before..bigint(MAX_PROBLEMS_KEPT)).zip(problems).collect();
    if kept.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("INSERT INTO problem (harvest, number, severity, place, field, reason) ");
    query.push_values(&kept, |mut row, (number, problem)| {
        row.push_bind(harvest)
            .push_bind(*number)
            .push_bind(severity_name(problem.severity))
            .push_bind(problem.place.as_str())
            .push_bind(problem.field.as_deref())
            .push_bind(problem.reason.as_str());
    });
    query.build().execute(&mut *conn).await?;
    Ok(())
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Rejected => "rejected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    /// A run as it may stand in the store, in the given minute; a held one with a record that nobody has decided on.
    async fn put_run(catalogue: &Catalogue, source: &str, minute: u32, manner: &str, state: &str) {
        let id = format!("{source}-{minute:02}");
        sqlx::query("INSERT INTO harvest (id, source, state, started, manner) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.as_str())
            .bind(source)
            .bind(state)
            .bind(format!("2026-11-22T09:{minute:02}:00Z"))
            .bind(manner)
            .execute(&catalogue.writer)
            .await
            .expect("a run");
        if state == "held" {
            sqlx::query("INSERT INTO held (harvest, identifier, cause) VALUES ($1, 'x', 'absent')")
                .bind(id)
                .execute(&catalogue.writer)
                .await
                .expect("a record that is held");
        }
    }

    #[tokio::test]
    async fn a_source_stands_by_the_run_that_waits_or_else_by_the_last_in_which_it_had_a_say() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        for id in ["a", "b", "c", "d"] {
            let toml = format!(
                "id = \"{id}\"\nname = \"{id}\"\norganisation = \"A\"\nkind = \"json\"\nschedule = \"daily\"\n\
                 [where]\nurl = \"https://a.example/api\"\n[mapping]\ntitle = \"/title\"\n"
            );
            let source = schemas::Source::parse("a.toml", &toml).unwrap();
            catalogue.put_source(&source, "a.toml", &toml, false, true, Timestamp::UNIX_EPOCH).await.unwrap();
        }
        for (source, minute, manner, state) in [
            ("a", 1, "harvest", "held"),
            ("a", 2, "push", "held"),
            ("a", 3, "harvest", "failed"),
            ("b", 1, "harvest", "held"),
            ("b", 2, "push", "ok"),
            ("b", 3, "replay", "ok"),
            ("c", 1, "replay", "ok"),
        ] {
            put_run(&catalogue, source, minute, manner, state).await;
        }
        sqlx::query("UPDATE held SET decision = 'kept' WHERE harvest = 'b-01'")
            .execute(&catalogue.writer)
            .await
            .unwrap();
        let all = catalogue.health_of_all().await.unwrap();
        for (source, expected) in [("a", Some("a-02")), ("b", Some("b-02")), ("c", None), ("d", None)] {
            let id = SourceId::parse(source).unwrap();
            let alone = catalogue.health(&id).await.unwrap();
            assert_eq!(alone.as_ref().map(|run| run.id.as_str()), expected, "{source}");
            assert_eq!(all.get(&id), alone.as_ref(), "{source}");
        }
    }
}
