//! What the schedule asks of the store: of every source what its runs came to, in one query.
//!
//! When a source is due, and when one is silent, follows from it elsewhere: see `schedule` and `jobs::schedule`.

use jiff::Timestamp;
use schemas::SourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Row;
use super::columns::{count_at, flag_at, parse, parsed_at, stamp};
use super::error::CatalogueError;
use super::harvests::HarvestState;

/// Of one source: what decides when it runs next, and what an admin has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleFacts {
    /// The source.
    pub source: SourceId,
    /// Its schedule: an admin's decision, or else what its file says.
    pub schedule: String,
    /// Whether its file is there.
    pub present: bool,
    /// Whether it is harvested without being asked for; never when its file is gone.
    pub enabled: bool,
    /// When it was first seen.
    pub first_known: Timestamp,
    /// When its last ok run was, or what it sent was last taken in.
    pub last_ok_at: Option<Timestamp>,
    /// The last run that asked it and has ended.
    pub last_run: Option<EndedRun>,
    /// How many runs that asked it failed or were partial since the last one that was neither.
    pub failures_in_a_row: u64,
    /// Until when it asked to be left alone, in one of those runs.
    pub postponed_until: Option<Timestamp>,
    /// Why its last whole run, or the last that it sent, is held; `None` when it is not.
    pub held: Option<String>,
    /// Since when a harvest of it is asked for and has not ended.
    pub job_since: Option<Timestamp>,
    /// Whether a run over it is alive, of whatever manner.
    pub is_running: bool,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRun {
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it ended.
    pub state: HarvestState,
    /// Why, when it is not simply ok.
    pub reason: Option<String>,
    /// Whether it broke off, and the next one goes on where it stood.
    pub is_resumable: bool,
}

/// `$1` is now, `$2` the one source that is asked about, or nothing. What a clock that was wrong for a while has dated
/// later does not count: nothing would run until then.
///
/// Each part is written so that it is found by an index: the runs of a source by their start, the held, the living and
/// the waiting by their state. The table of runs only grows, and this is asked every half minute.
const FACTS: &str = "\
    SELECT s.id AS id, COALESCE(s.schedule_by_admin, s.schedule) AS schedule, s.present AS present, \
    COALESCE(s.enabled_by_admin, s.enabled_by_default) AS enabled, \
    COALESCE(s.first_known, $1) AS first_known, s.last_ok_at AS last_ok_at, \
    latest.started AS started, latest.finished AS finished, latest.state AS state, latest.reason AS reason, \
    COALESCE(latest.resumable, 0) AS resumable, \
    (SELECT COUNT(*) FROM harvest h WHERE h.source = s.id AND h.started >= COALESCE(whole.started, '') \
     AND h.started <= $1 AND h.manner = 'harvest' AND h.state IN ('failed', 'partial') \
     AND (whole.id IS NULL OR h.started > whole.started OR h.id > whole.id)) AS failures, \
    (SELECT MAX(h.postponed_until) FROM harvest h WHERE h.source = s.id \
     AND h.started >= COALESCE(whole.started, '') \
     AND h.started <= $1 AND h.manner = 'harvest' AND h.state IN ('failed', 'partial') \
     AND (whole.id IS NULL OR h.started > whole.started OR h.id > whole.id)) AS postponed_until, \
    waiting.reason AS held, job.since AS job_since, COALESCE(alive.runs, 0) AS running \
    FROM source s \
    LEFT JOIN harvest latest ON latest.id = (SELECT h.id FROM harvest h WHERE h.source = s.id AND h.started <= $1 \
     AND h.manner = 'harvest' AND h.state <> 'running' ORDER BY h.started DESC, h.id DESC LIMIT 1) \
    LEFT JOIN harvest whole ON whole.id = (SELECT h.id FROM harvest h WHERE h.source = s.id AND h.started <= $1 \
     AND h.manner = 'harvest' AND h.state IN ('ok', 'held') ORDER BY h.started DESC, h.id DESC LIMIT 1) \
    LEFT JOIN (SELECT h.source AS source, COALESCE(MAX(h.reason), '') AS reason FROM harvest h \
     WHERE h.state = 'held' AND h.source = COALESCE($2, h.source) \
     AND NOT EXISTS (SELECT 1 FROM harvest l WHERE l.source = h.source \
     AND l.started >= h.started AND l.manner IN ('harvest', 'push-all') AND l.state IN ('ok', 'held') \
     AND (l.started > h.started OR l.id > h.id)) GROUP BY h.source) waiting ON waiting.source = s.id \
    LEFT JOIN (SELECT h.source AS source, COUNT(*) AS runs FROM harvest h \
     WHERE h.state = 'running' AND h.lease_until > $1 GROUP BY h.source) alive ON alive.source = s.id \
    LEFT JOIN (SELECT j.subject AS subject, MIN(j.created) AS since FROM job j \
     WHERE j.state IN ('queued', 'running') AND j.kind = 'harvest' GROUP BY j.subject) job ON job.subject = s.id \
    WHERE s.id = COALESCE($2, s.id) ORDER BY s.id";

impl Catalogue {
    /// The facts of every source as of now, by id; also of those whose file is gone.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn schedule_facts(&self, now: Timestamp) -> Result<Vec<ScheduleFacts>, CatalogueError> {
        let query = sqlx::query(FACTS).bind(stamp(now)).bind(None::<&str>);
        query.fetch_all(&self.reader).await?.iter().map(facts_row).collect()
    }

    /// The facts of one source as of now; `None` when there has never been one of this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn schedule_facts_of(
        &self,
        source: &SourceId,
        now: Timestamp,
    ) -> Result<Option<ScheduleFacts>, CatalogueError> {
        let query = sqlx::query(FACTS).bind(stamp(now)).bind(Some(source.as_str()));
        query.fetch_optional(&self.reader).await?.as_ref().map(facts_row).transpose()
    }
}

fn facts_row(row: &Row) -> Result<ScheduleFacts, CatalogueError> {
    let present = flag_at(row, "present")?;
    Ok(ScheduleFacts {
        source: parsed_at(row, "source", "id")?,
        schedule: row.try_get("schedule")?,
        present,
        enabled: present && flag_at(row, "enabled")?,
        first_known: parsed_at(row, "source", "first_known")?,
        last_ok_at: time_at(row, "source", "last_ok_at")?,
        last_run: ended_run(row)?,
        failures_in_a_row: count_at(row, "failures")?,
        postponed_until: time_at(row, "harvest", "postponed_until")?,
        held: row.try_get("held")?,
        job_since: time_at(row, "job", "job_since")?,
        is_running: flag_at(row, "running")?,
    })
}

fn ended_run(row: &Row) -> Result<Option<EndedRun>, CatalogueError> {
    let Some(started) = time_at(row, "harvest", "started")? else {
        return Ok(None);
    };
    let name: String = row.try_get("state")?;
    let state = [HarvestState::Ok, HarvestState::Partial, HarvestState::Held, HarvestState::Failed]
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or_else(|| CatalogueError::stored("harvest", &name, "no run ends in this state"))?;
    let finished = time_at(row, "harvest", "finished")?.unwrap_or(started);
    let is_resumable = flag_at(row, "resumable")?;
    Ok(Some(EndedRun { started, finished, state, reason: row.try_get("reason")?, is_resumable }))
}

/// A stored time, where there is one.
fn time_at(row: &Row, table: &'static str, column: &str) -> Result<Option<Timestamp>, CatalogueError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| parse(table, &text)).transpose()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::catalogue::testing::fresh_place;

    /// A store with the source `a`, first seen on the first of November.
    async fn store() -> (TempDir, Catalogue) {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        let toml = "id = \"a\"\nname = \"A\"\norganisation = \"A\"\nkind = \"json\"\nschedule = \"daily\"\n\
                    [where]\nurl = \"https://a.example/api\"\n[mapping]\ntitle = \"/title\"\n";
        let source = schemas::Source::parse("a.toml", toml).expect("a source file");
        catalogue.put_source(&source, "a.toml", toml, false, true, time(1, 0)).await.expect("a source");
        (folder, catalogue)
    }

    fn time(day: u32, hour: u32) -> Timestamp {
        format!("2026-11-{day:02}T{hour:02}:00:00Z").parse().expect("a time")
    }

    /// A run in the first hour of a day, as it may stand in the store.
    async fn put_run(catalogue: &Catalogue, day: u32, manner: &str, state: &str) {
        sqlx::query(
            "INSERT INTO harvest (id, source, state, reason, started, finished, manner, lease_until, postponed_until) \
             VALUES ($1, 'a', $2, $3, $4, $5, $6, $5, $7)",
        )
        .bind(format!("run-{day:02}"))
        .bind(state)
        .bind(format!("{state} on day {day}"))
        .bind(stamp(time(day, 0)))
        .bind((state != "running").then(|| stamp(time(day, 1))))
        .bind(manner)
        .bind((state == "failed").then(|| stamp(time(day, 12))))
        .execute(&catalogue.writer)
        .await
        .expect("a run");
    }

    async fn facts(catalogue: &Catalogue, day: u32) -> ScheduleFacts {
        let mut facts = catalogue.schedule_facts(time(day, 6)).await.expect("facts");
        let id = SourceId::parse("a").expect("an id");
        let alone = catalogue.schedule_facts_of(&id, time(day, 6)).await.expect("facts");
        assert_eq!(alone.as_ref().into_iter().collect::<Vec<_>>(), facts.iter().collect::<Vec<_>>());
        facts.remove(0)
    }

    #[tokio::test]
    async fn a_source_that_has_never_run_has_only_the_moment_of_its_arrival() {
        let (_folder, catalogue) = store().await;
        let found = facts(&catalogue, 2).await;
        assert_eq!((found.first_known, found.last_ok_at, found.last_run), (time(1, 0), None, None));
        assert_eq!(
            (found.failures_in_a_row, found.postponed_until, found.held, found.job_since),
            (0, None, None, None)
        );
        assert!(found.enabled && found.present && !found.is_running);
        assert_eq!(found.schedule, "daily");
    }

    #[tokio::test]
    async fn failures_count_from_the_last_whole_run_and_only_what_asked_the_source_counts() {
        let (_folder, catalogue) = store().await;
        for (day, manner, state) in [
            (2, "harvest", "failed"),
            (3, "harvest", "ok"),
            (4, "harvest", "failed"),
            (5, "push", "failed"),
            (6, "replay", "ok"),
            (7, "harvest", "partial"),
        ] {
            put_run(&catalogue, day, manner, state).await;
        }
        let cases =
            [(2, 1, Some(2)), (3, 0, None), (4, 1, Some(4)), (6, 1, Some(4)), (7, 2, Some(4)), (30, 2, Some(4))];
        for (day, failures, postponed_on) in cases {
            let found = facts(&catalogue, day).await;
            assert_eq!(found.failures_in_a_row, failures, "day {day}");
            assert_eq!(found.postponed_until, postponed_on.map(|day| time(day, 12)), "day {day}");
        }
        let last = facts(&catalogue, 6).await.last_run.expect("a run");
        assert_eq!((last.started, last.finished, last.state), (time(4, 0), time(4, 1), HarvestState::Failed));
        assert_eq!(last.reason.as_deref(), Some("failed on day 4"));
        put_run(&catalogue, 8, "harvest", "held").await;
        assert_eq!(facts(&catalogue, 9).await.failures_in_a_row, 0, "a held run saw everything");
    }

    #[tokio::test]
    async fn a_held_run_waits_until_a_run_has_looked_at_everything_again() {
        let (_folder, catalogue) = store().await;
        let steps = [
            (2, "harvest", "held", Some("held on day 2")),
            (3, "harvest", "failed", Some("held on day 2")),
            (4, "push", "ok", Some("held on day 2")),
            (5, "harvest", "held", Some("held on day 5")),
            (6, "harvest", "ok", None),
            (7, "push", "held", Some("held on day 7")),
            (8, "push", "ok", Some("held on day 7")),
            (9, "push-all", "ok", None),
        ];
        for (day, manner, state, expected) in steps {
            put_run(&catalogue, day, manner, state).await;
            assert_eq!(facts(&catalogue, day).await.held.as_deref(), expected, "day {day}");
        }
    }

    #[tokio::test]
    async fn what_is_dated_later_than_now_does_not_count() {
        let (_folder, catalogue) = store().await;
        put_run(&catalogue, 3, "harvest", "failed").await;
        put_run(&catalogue, 20, "harvest", "ok").await;
        let found = facts(&catalogue, 4).await;
        assert_eq!(found.last_run.map(|run| run.started), Some(time(3, 0)));
        assert_eq!(found.failures_in_a_row, 1);
    }

    #[tokio::test]
    async fn what_runs_or_waits_is_known() {
        let (_folder, catalogue) = store().await;
        put_run(&catalogue, 2, "harvest", "ok").await;
        sqlx::query(
            "INSERT INTO harvest (id, source, state, started, lease_until) VALUES ('x', 'a', 'running', $1, $2)",
        )
        .bind(stamp(time(3, 5)))
        .bind(stamp(time(3, 7)))
        .execute(&catalogue.writer)
        .await
        .expect("a run");
        let kind = crate::catalogue::JobKind::Harvest;
        catalogue.enqueue_job(kind, Some("a"), time(3, 4)).await.expect("a job");
        let job = catalogue.claim_job(&[kind], "here", time(3, 4)).await.expect("a look").expect("a job");
        let found = facts(&catalogue, 3).await;
        assert_eq!((found.is_running, found.job_since), (true, Some(time(3, 4))));
        assert_eq!(found.last_run.map(|run| run.started), Some(time(2, 0)), "what runs has not ended");
        assert!(!facts(&catalogue, 4).await.is_running, "its lease is over");
        let end = crate::catalogue::JobEnd::Succeeded { message: "ok".to_owned() };
        catalogue.finish_job(&job, end, time(4, 0)).await.expect("an end");
        assert_eq!(facts(&catalogue, 4).await.job_since, None);
    }

    #[tokio::test]
    async fn a_source_that_is_disabled_or_gone_is_not_enabled() {
        let (_folder, catalogue) = store().await;
        let id = SourceId::parse("a").expect("an id");
        catalogue.set_source_enabled(&id, false).await.expect("written");
        assert!(!facts(&catalogue, 2).await.enabled);
        catalogue.set_source_enabled(&id, true).await.expect("written");
        catalogue.retire_sources_not_in(&[]).await.expect("written");
        let found = facts(&catalogue, 2).await;
        assert!(!found.enabled && !found.present);
    }
}
