//! The worker: takes queued jobs, each kind in a lane of its own, and takes back what silent nodes have left behind.
//!
//! How one job is kept and ended is in `attempt`; what each kind of job does is said here, and done elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crawler::fetch::registrable_domain;
use futures_util::future::join_all;
use schemas::{Location, parse_address};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::attempt::attempt;
use super::in_time::in_time;
use super::{Progress, Stop, backup, drift, follow, harvest, publish, reindex, replay, roll_back};
use crate::app::App;
use crate::catalogue::{CatalogueError, HarvestRow, HarvestState, JobKind, JobRow, LEASE};
use crate::source_book::SourceBook;

/// How often the queue is looked at, though nobody rings.
const POLL: Duration = Duration::from_millis(250);
/// After the store did not answer, the next look.
const RETRY: Duration = Duration::from_secs(5);
/// How often it is looked for what silent nodes have left behind: a ninth of a lease.
const TAKE_BACK: Duration = Duration::from_secs(10);

/// So many sources are harvested at once. Fifty that answer slowly must not keep the others waiting, and waiting is most
/// of what a polite harvest does.
const HARVESTS_AT_ONCE: usize = 64;

/// Jobs that take turns with each other and with no others: a reindex does not wait behind a long crawl.
struct Lane {
    kinds: &'static [JobKind],
    at_once: usize,
}

/// What is about the index goes one after the other: each reads it whole or swaps it.
static LANES: [Lane; 5] = [
    Lane { kinds: &[JobKind::Harvest], at_once: HARVESTS_AT_ONCE },
    Lane { kinds: &[JobKind::Replay], at_once: 1 },
    Lane { kinds: &[JobKind::RollBackRun], at_once: 1 },
    Lane { kinds: &[JobKind::Reindex, JobKind::RollBackIndex, JobKind::Drift, JobKind::Publish], at_once: 1 },
    Lane { kinds: &[JobKind::Backup], at_once: 1 },
];

impl Lane {
    fn is_about_the_index(&self) -> bool {
        self.kinds.iter().all(|kind| kind.is_about_an_index())
    }

    /// Whether this node has what its jobs need. A backup is left to those with a folder to put it into.
    fn can_be_worked_off(&self, app: &App) -> bool {
        !self.kinds.contains(&JobKind::Backup) || app.config.backup.folder.is_some()
    }
}

/// Works off the queue until the program is told to stop; of a node that only answers, the jobs about its own index. What
/// is under way then stops where it can go on from, and waits again in the queue.
pub async fn work(app: App) {
    let under_way = UnderWay::default();
    let lanes = LANES.iter().filter(|lane| app.config.server.role.works() || lane.is_about_the_index());
    let lanes = lanes.filter(|lane| lane.can_be_worked_off(&app));
    let working = join_all(lanes.map(|lane| work_off(&app, lane, &under_way)));
    tokio::join!(working, take_back(&app, &under_way));
}

/// The jobs that this process is at.
#[derive(Clone, Default)]
struct UnderWay(Arc<Mutex<BTreeSet<String>>>);

impl UnderWay {
    fn begin(&self, job: &str) -> Begun {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(job.to_owned());
        Begun { all: self.clone(), job: job.to_owned() }
    }

    fn list(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// One of them, until it is dropped.
struct Begun {
    all: UnderWay,
    job: String,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.job);
    }
}

/// Takes the jobs of a lane, so many of them at once.
async fn work_off(app: &App, lane: &Lane, under_way: &UnderWay) {
    let mut jobs = JoinSet::new();
    while !app.stop.is_asked() {
        while jobs.try_join_next().is_some() {}
        if jobs.len() >= lane.at_once {
            jobs.join_next().await;
            continue;
        }
        // Nothing new is begun while the disk is full; what is under way ends by itself.
        if app.disk.is_low() {
            pause(app, RETRY).await;
            continue;
        }
        let may_begin = |subject: &str, elsewhere: &[String]| {
            !lane.kinds.contains(&JobKind::Harvest) || asks_nobody_that_is_asked(app, subject, elsewhere)
        };
        let claimed = app.catalogue.claim_job_if(lane.kinds, &app.node_id, app.clock.now(), &may_begin);
        match in_time(claimed).await {
            Ok(Some(job)) => {
                let (app, begun) = (app.clone(), under_way.begin(&job.id));
                jobs.spawn(async move {
                    attempt(&app, &job).await;
                    drop(begun);
                });
            }
            Ok(None) => pause(app, POLL).await,
            Err(error) => {
                tracing::error!(error = %error, "the queue of jobs could not be read");
                pause(app, RETRY).await;
            }
        }
    }
    // Each has heard the word itself.
    while jobs.join_next().await.is_some() {}
}

/// Whether a source is of another host than those that other nodes harvest. Within a node the fetcher keeps one pace for
/// each host; between nodes nobody does, so one host is one node's at a time.
fn asks_nobody_that_is_asked(app: &App, source: &str, elsewhere: &[String]) -> bool {
    if elsewhere.is_empty() {
        return true;
    }
    let book = app.sources();
    let own = host_of(&book, source);
    own.is_none() || elsewhere.iter().all(|other| host_of(&book, other) != own)
}

fn host_of(book: &SourceBook, id: &str) -> Option<String> {
    match &harvest::find_in(book, id).ok()?.source.location {
        Location::Url(address) => parse_address(address).ok().map(|url| registrable_domain(&url)),
        Location::File(_) | Location::Pushed => None,
    }
}

/// Waits for so long, or until something happens before.
async fn pause(app: &App, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.jobs_wait.notified() => {}
        () = app.stop.asked() => {}
    }
}

/// Takes back what silent nodes have left behind, every few seconds until the program is told to stop.
async fn take_back(app: &App, under_way: &UnderWay) {
    let mut leases = Leases::default();
    while !app.stop.is_asked() {
        match in_time(take_back_now(app, under_way, &mut leases)).await {
            Ok(0) => {}
            Ok(jobs) => tracing::warn!(jobs, "jobs of nodes that have fallen silent were taken back"),
            Err(error) => tracing::error!(error = %error, "what silent nodes left behind could not be taken back"),
        }
        tokio::select! {
            () = tokio::time::sleep(TAKE_BACK) => {}
            () = app.stop.asked() => {}
        }
    }
}

async fn take_back_now(app: &App, under_way: &UnderWay, leases: &mut Leases) -> Result<u64, CatalogueError> {
    let mut spared = leases.alive(app.catalogue.leases_of_others(&app.node_id).await?, Instant::now());
    let now = app.clock.now();
    if !app.catalogue.somebody_is_silent(&app.node_id, now).await? {
        return Ok(0);
    }
    spared.extend(under_way.list());
    app.catalogue.take_back_from_the_silent(&app.node_id, &spared, now).await
}

/// The leases of other nodes, each as it stood when it was last seen to change. The clocks of machines differ, and jump:
/// nobody is silent whose lease this node has itself seen renewed within the time of one.
#[derive(Default)]
struct Leases(BTreeMap<String, (String, Instant)>);

impl Leases {
    /// Takes note of the leases as they stand now, and gives the ids of those that are not silent.
    fn alive(&mut self, standing: Vec<(String, String)>, now: Instant) -> Vec<String> {
        let mut noted = BTreeMap::new();
        for (id, until) in standing {
            let unchanged_since = self.0.get(&id).filter(|(before, _)| *before == until).map(|(_, since)| *since);
            noted.insert(id, (until, unchanged_since.unwrap_or(now)));
        }
        self.0 = noted;
        let is_alive = |since: Instant| now.duration_since(since) < LEASE.unsigned_abs();
        self.0.iter().filter(|(_, (_, since))| is_alive(*since)).map(|(id, _)| id.clone()).collect()
    }
}

/// Works off what is queued now, one job after the other, and what they queue meanwhile. Says how many jobs those were.
///
/// # Errors
/// When the queue cannot be read; how a job went stands in its row.
pub async fn run_queued(app: &App) -> Result<u64, CatalogueError> {
    let mut jobs = 0;
    for lane in &LANES {
        if !lane.can_be_worked_off(app) {
            continue;
        }
        jobs += run_queued_of(app, lane.kinds).await?;
    }
    Ok(jobs)
}

/// The same for the jobs of these kinds alone.
///
/// # Errors
/// As for [`run_queued`].
pub async fn run_queued_of(app: &App, kinds: &[JobKind]) -> Result<u64, CatalogueError> {
    let mut jobs = 0;
    while let Some(job) = app.catalogue.claim_job(kinds, &app.node_id, app.clock.now()).await? {
        attempt(app, &job).await;
        jobs += 1;
    }
    Ok(jobs)
}

/// What came of a job.
pub(super) enum Done {
    /// It is done.
    Whole(String),
    /// It was told to stop before that, and has kept what it had.
    Cut(String),
}

/// Does what a job is for. What is told to stop ends as soon as it can, as [`Done::Cut`] or with an error.
pub(super) async fn perform(app: &App, job: &JobRow, progress: Progress, stop: &Stop) -> anyhow::Result<Done> {
    let subject = job.subject.as_deref().unwrap_or_default();
    let message = match job.kind {
        JobKind::Harvest => {
            let booked = harvest::find_source_now(app, subject).await?;
            let row = harvest::harvest_source_until_stopped(app, &booked, progress, stop).await?;
            return after_a_run(app, &row, stop).await;
        }
        JobKind::Replay => {
            let booked = harvest::find_source_now(app, subject).await?;
            let row = replay::replay_source_until_stopped(app, &booked, progress, stop).await?;
            return after_a_run(app, &row, stop).await;
        }
        JobKind::RollBackRun => {
            roll_back::roll_back_run(app, subject, job.asked_by.as_deref().unwrap_or("nobody")).await?
        }
        JobKind::Reindex => {
            let resources = reindex::reindex(app, progress, stop).await?;
            format!("{resources} resources in generation {}", app.index.generation())
        }
        JobKind::RollBackIndex => reindex::roll_back(app).await?,
        JobKind::Drift => drift::check(app, progress, stop).await?,
        JobKind::Publish => publish::publish(app).await?,
        JobKind::Backup => backup::run(app).await?,
    };
    Ok(Done::Whole(message))
}

/// Lets searches find what a run has brought, and tells how it went.
async fn after_a_run(app: &App, row: &HarvestRow, stop: &Stop) -> anyhow::Result<Done> {
    let was_cut = stop.why().is_some_and(|why| row.reason.as_deref() == Some(why.to_string().as_str()));
    if !app.stop.is_asked() {
        follow::follow_to_head(app).await?;
    }
    if was_cut { Ok(Done::Cut(summary(row))) } else { told(row).map(Done::Whole) }
}

/// How a run went, in a sentence; one that failed is an error.
fn told(row: &HarvestRow) -> anyhow::Result<String> {
    let reason = row.reason.as_deref().unwrap_or_default();
    anyhow::ensure!(row.state != HarvestState::Failed, "the harvest failed: {reason}");
    Ok(summary(row))
}

fn summary(row: &HarvestRow) -> String {
    let (counts, reason) = (&row.counts, row.reason.as_deref().unwrap_or_default());
    let text = format!(
        "{}: {} read, {} created, {} changed. {reason}",
        row.state.name(),
        counts.read,
        counts.created,
        counts.changed
    );
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_whose_lease_is_seen_to_change_is_alive_whatever_its_clock_says() {
        let mut leases = Leases::default();
        let begun = Instant::now();
        let mut alive = |seconds: u64, until: &str| {
            let standing = vec![("job".to_owned(), until.to_owned())];
            !leases.alive(standing, begun + Duration::from_secs(seconds)).is_empty()
        };
        assert!(alive(0, "2026-11-21T09:00:00Z"), "nobody knows how long it has stood so");
        assert!(alive(89, "2026-11-21T09:00:00Z"));
        assert!(!alive(90, "2026-11-21T09:00:00Z"));
        assert!(alive(100, "1970-01-01T00:00:00Z"), "a clock that jumps is a sign of life too");
        assert!(!alive(190, "1970-01-01T00:00:00Z"));
    }

    #[test]
    fn every_kind_of_job_has_one_lane() {
        for kind in JobKind::ALL {
            let lanes = LANES.iter().filter(|lane| lane.kinds.contains(&kind)).count();
            assert_eq!(lanes, 1, "{}", kind.name());
        }
    }
}
