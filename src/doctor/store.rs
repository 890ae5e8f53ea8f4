//! The store and what hangs on it: its soundness, the clock, jobs, sources, backups, and the index that is derived from it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use schemas::Vocabularies;

use super::place::OTHERS;
use super::{Finding, Verdict, refuse_part_of_a_copy};
use crate::backup::folder::{self, KeptBackup};
use crate::catalogue::{AlarmKind, Catalogue, CatalogueError, Checkup, ClockDoubt};
use crate::config::{BackupConfig, Config};
use crate::data_dir::DataLock;

const BACKUPS: &str = "backups";
/// So long a job may wait for another at the same source. Longer, and nobody works.
const JOB_MAY_WAIT: SignedDuration = SignedDuration::from_hours(2);
/// So much later than its moment a backup may be: a night that the machine was off.
const BACKUP_MAY_BE_LATE: SignedDuration = SignedDuration::from_hours(36);
/// An index that is further behind is told: a follower takes thousands of changes a second.
const MAY_BE_BEHIND: u64 = 10_000;

pub(super) async fn look_at(config: &Config, now: Timestamp) -> Vec<Finding> {
    let place = config.catalogue.store_place();
    let mut findings = look_at_backups(&config.backup, now);
    match Catalogue::found_schema(&place).await {
        Ok(Some(_)) => {}
        Ok(None) => {
            findings.push(if refuse_part_of_a_copy(&config.catalogue).is_err() {
                Finding::fail("store", "there was one, and it is not there or empty", "do what is said of the copy")
            } else {
                Finding::warn("store", "there is none yet", "start `signpost serve`, which makes it")
            });
            return findings;
        }
        Err(CatalogueError::OtherSchema { theirs, ours, advice, .. }) => {
            let found = format!("it is of schema {theirs}, and this program keeps {ours}; it was left alone");
            let is_older = theirs < ours;
            let told = Finding::fail("store", found, advice);
            findings.push(if is_older { Finding { verdict: Verdict::Warn, ..told } } else { told });
            return findings;
        }
        Err(error) => {
            findings.push(unreadable(&error));
            return findings;
        }
    }
    match Catalogue::open(&place).await {
        Ok(catalogue) => {
            match look_inside(config, &catalogue, now).await {
                Ok(found) => findings.extend(found),
                Err(error) => findings.push(unreadable(&error)),
            }
            catalogue.close().await;
        }
        Err(error) => findings.push(unreadable(&error)),
    }
    findings
}

fn unreadable(error: &CatalogueError) -> Finding {
    let advice = "is the database there, and are its rights right? A damaged store is put back from a backup: `signpost \
                  restore FILE --replace`";
    Finding::fail("store", error.to_string(), advice)
}

async fn look_inside(config: &Config, catalogue: &Catalogue, now: Timestamp) -> Result<Vec<Finding>, CatalogueError> {
    let identity = catalogue.store_identity().await?;
    let (schema, head) = (catalogue.schema_version().await?, catalogue.head_seq().await?);
    let live = catalogue.live_count().await?;
    let checkup = catalogue.checkup(now).await?;
    let mut findings = Vec::new();
    match &checkup.damage {
        Some(damage) => {
            let advice = "put a backup back: `signpost restore FILE --replace`";
            findings.push(Finding::fail("store", format!("it is damaged: {damage}"), advice));
        }
        None => {
            let since = identity.restored_from.map(|taken| format!(", restored from a backup of {taken}"));
            let since = since.unwrap_or_default();
            let id = identity.id;
            let found = format!("store {id}, schema {schema}, {live} resources, change {head}{since}");
            findings.push(Finding::ok("store", found));
        }
    }
    findings.push(look_at_clock(catalogue.doubt_clock(now).await?, now));
    findings.extend(look_at_jobs(&checkup, now));
    findings.extend(look_at_sources(catalogue).await?);
    findings.extend(look_at_index(config, catalogue, head, live, now).await?);
    Ok(findings)
}

fn look_at_clock(doubt: Option<ClockDoubt>, now: Timestamp) -> Finding {
    const ABOUT: &str = "clock";
    let Some(doubt) = doubt else {
        return Finding::ok(ABOUT, "nothing in the store speaks against it");
    };
    let advice = match doubt {
        ClockDoubt::Behind { .. } => {
            "set the clock (NTP); where it is right, another was ahead, and this is said until then"
        }
        ClockDoubt::Ahead { .. } => {
            "is the clock right? If not, set it (NTP); nothing is deleted for being old until the service has run for \
             some days"
        }
    };
    // The store cannot tell which of two clocks was wrong, so neither is called a fault.
    Finding::warn(ABOUT, format!("it is {now:.0}, and {doubt}"), advice)
}

fn look_at_jobs(checkup: &Checkup, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    if checkup.jobs_left_running > 0 {
        let advice = "a node has died or cannot reach the store; the others take its jobs up when one works";
        let found = format!("{} run, and nobody has been heard of them", checkup.jobs_left_running);
        findings.push(Finding::warn("jobs", found, advice));
    }
    let waiting = checkup.oldest_waiting_job.as_deref().and_then(|since| since.parse::<Timestamp>().ok());
    if let Some(since) = waiting.filter(|since| now.duration_since(*since) > JOB_MAY_WAIT) {
        let advice = "is a node of the role `worker` or `all` running? `signpost jobs list` shows what waits";
        findings.push(Finding::warn("jobs", format!("one has waited since {since:.0}"), advice));
    }
    if checkup.jobs_failed_lately > 0 {
        let found = format!("{} failed within a day", checkup.jobs_failed_lately);
        findings.push(Finding::warn("jobs", found, "`signpost jobs list` says why"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("jobs", "none is stuck"));
    }
    findings
}

async fn look_at_sources(catalogue: &Catalogue) -> Result<Vec<Finding>, CatalogueError> {
    let alarms = catalogue.open_alarms().await?;
    if alarms.is_empty() {
        return Ok(vec![Finding::ok("sources", "none is silent, fails or waits for an admin")]);
    }
    let told = |alarm: &crate::catalogue::AlarmRow| {
        let advice = match alarm.kind {
            AlarmKind::Silent => "is it reachable, and does its schedule fit? `signpost harvest ID` tries it now",
            AlarmKind::Held => "look at the difference in the console at /admin, and approve it or leave it",
            AlarmKind::Failing => "`signpost sources check FILE` shows what it gives today",
        };
        Finding::warn("sources", format!("{}: {}", alarm.source, alarm.message), advice)
    };
    Ok(alarms.iter().map(told).collect())
}

/// What running nodes say of their index; without any, the index of this data directory.
async fn look_at_index(
    config: &Config,
    catalogue: &Catalogue,
    head: u64,
    live: u64,
    now: Timestamp,
) -> Result<Vec<Finding>, CatalogueError> {
    let nodes = catalogue.alive_nodes(now).await?;
    let mut findings = Vec::new();
    for node in &nodes {
        if let Some(detail) = node.detail.as_ref().filter(|_| node.state != "ready") {
            let found = format!("{} is {}: {detail}", node.name, node.state);
            findings.push(Finding::warn("nodes", found, "its /readyz says more"));
        }
        if node.version != env!("CARGO_PKG_VERSION") {
            let found = format!("{} runs version {}", node.name, node.version);
            findings.push(Finding::warn("nodes", found, "bring all nodes to one version"));
        }
        findings.push(judge_index(&node.name, Held { seq: node.seq, resources: node.resources }, head, live));
    }
    if nodes.is_empty() {
        findings.push(look_at_own_index(config, &catalogue.store_id().await?, head, live));
    }
    Ok(findings)
}

/// How far an index is, and how much is in it.
#[derive(Clone, Copy)]
struct Held {
    seq: u64,
    resources: u64,
}

fn judge_index(of: &str, held: Held, head: u64, live: u64) -> Finding {
    let Held { seq, resources } = held;
    if seq > head {
        let found = format!("{of}: the index is at change {seq}, and the store at {head}");
        return Finding::fail(
            "index",
            found,
            "start the server anew: it is made from another store, and is made again",
        );
    }
    if head - seq > MAY_BE_BEHIND {
        let found = format!("{of}: the index is {} changes behind", head - seq);
        return Finding::warn("index", found, "it catches up by itself; if it does not, `signpost reindex`");
    }
    if seq == head && resources != live {
        let found = format!("{of}: the index holds {resources} resources, and the store {live}");
        return Finding::fail("index", found, "`signpost reindex` makes it anew beside the live one");
    }
    Finding::ok("index", format!("{of}: {resources} resources, change {seq} of {head}"))
}

fn look_at_own_index(config: &Config, store_id: &str, head: u64, live: u64) -> Finding {
    let folder = config.catalogue.data_dir.join("index");
    if !folder.is_dir() {
        return Finding::warn("index", "there is none yet", "start `signpost serve`, which makes it from the store");
    }
    // Whoever holds the lock writes to the index.
    let Ok(_lock) = DataLock::take(&config.catalogue.data_dir, "doctor") else {
        return Finding::ok("index", "another signpost is at it, so it was not looked at");
    };
    match index::Index::open(&folder, Vocabularies::shipped(), store_id) {
        Ok(index) if index.needs_rebuild() && head > 0 => {
            let found = "it is damaged, of another store, or of another version";
            Finding::warn("index", found, "start `signpost serve`, which makes it anew from the store")
        }
        Ok(index) => {
            let held = Held { seq: index.position(), resources: index.resource_count() };
            judge_index("this node", held, head, live)
        }
        Err(error) => Finding::fail("index", error.to_string(), "look at the rights and the room of its folder"),
    }
}

fn look_at_backups(config: &BackupConfig, now: Timestamp) -> Vec<Finding> {
    let Some(into) = &config.folder else {
        let advice = "name a `folder` in `[backup]`, best on another disk, or run `signpost backup FILE` each night";
        return vec![Finding::warn(BACKUPS, "none is taken by itself", advice)];
    };
    match folder::list(into) {
        Ok(kept) => {
            [Some(judge_newest(config, into, &kept, now)), judge_rights(into, &kept)].into_iter().flatten().collect()
        }
        Err(error) => {
            let advice = "make the folder, and give it to the user that the service runs as";
            vec![Finding::fail(BACKUPS, format!("{}: {error}", into.display()), advice)]
        }
    }
}

fn judge_newest(config: &BackupConfig, into: &Path, kept: &[KeptBackup], now: Timestamp) -> Finding {
    let advice =
        "is a server running that leads? `signpost jobs list` shows the last, `signpost backup FILE` takes one now";
    // One that a clock which was ahead has named says nothing of last night.
    let taken: Vec<Timestamp> = kept.iter().map(|backup| backup.taken).filter(|taken| *taken <= now).collect();
    let Some(newest) = taken.first() else {
        return Finding::warn(BACKUPS, format!("there is none in {}", into.display()), advice);
    };
    let found = format!("the newest of {} is of {newest:.0}", taken.len());
    let due = config.due_after(*newest);
    let is_late = due.is_some_and(|due| now.duration_since(due) > BACKUP_MAY_BE_LATE);
    if is_late { Finding::fail(BACKUPS, found, advice) } else { Finding::ok(BACKUPS, found) }
}

/// We write them for their owner alone; a copy of one may be open.
fn judge_rights(into: &Path, kept: &[KeptBackup]) -> Option<Finding> {
    let is_open = |path: &Path| path.metadata().is_ok_and(|about| about.permissions().mode() & OTHERS != 0);
    let open: Vec<&Path> = kept.iter().map(|backup| backup.path.as_path()).filter(|path| is_open(path)).collect();
    let first = open.first()?.display();
    let found = format!("every user of this machine may use {} of them, such as {first}", open.len());
    let advice = format!("`chmod o-rwx {}/*`: reports of users and hashes of tokens are in them", into.display());
    Some(Finding::warn(BACKUPS, found, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_judged_by_its_place_and_by_what_it_holds() {
        for (seq, resources, expected) in
            [(100, 7, Verdict::Ok), (90, 5, Verdict::Ok), (100, 5, Verdict::Fail), (101, 7, Verdict::Fail)]
        {
            let found = judge_index("a", Held { seq, resources }, 100, 7);
            assert_eq!(found.verdict, expected, "{}", found.found);
        }
        assert_eq!(judge_index("a", Held { seq: 1, resources: 0 }, 100_000, 7).verdict, Verdict::Warn);
    }

    #[test]
    fn a_clock_that_may_be_wrong_is_a_warning() {
        let [now, newest, since] = ["2026-11-22T09:00:00Z", "2026-11-22T09:06:00Z", "2025-11-22T09:00:00Z"]
            .map(|at| -> Timestamp { at.parse().unwrap() });
        for (doubt, verdict) in [
            (None, Verdict::Ok),
            (Some(ClockDoubt::Behind { newest }), Verdict::Warn),
            (Some(ClockDoubt::Ahead { since }), Verdict::Warn),
        ] {
            assert_eq!(look_at_clock(doubt, now).verdict, verdict, "{doubt:?}");
        }
    }

    #[test]
    fn a_backup_that_a_clock_which_was_ahead_has_named_does_not_hide_that_the_last_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let config = BackupConfig { folder: Some(folder.path().to_owned()), ..BackupConfig::default() };
        let [old, now, next_year]: [Timestamp; 3] =
            ["2026-11-02T00:45:00Z", "2026-11-22T09:00:00Z", "2027-11-22T00:45:00Z"].map(|at| at.parse().unwrap());
        for (taken, verdict) in [(next_year, Verdict::Warn), (old, Verdict::Fail), (now, Verdict::Ok)] {
            std::fs::write(folder::path_in(folder.path(), taken), "x").unwrap();
            let findings = look_at_backups(&config, now);
            assert_eq!(findings[0].verdict, verdict, "{}", findings[0].found);
        }
    }

    #[test]
    fn a_backup_that_others_may_read_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let config = BackupConfig { folder: Some(folder.path().to_owned()), ..BackupConfig::default() };
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let path = folder::path_in(folder.path(), now);
        std::fs::write(&path, "x").unwrap();
        for (mode, expected) in [(0o600, vec![Verdict::Ok]), (0o644, vec![Verdict::Ok, Verdict::Warn])] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let verdicts: Vec<Verdict> =
                look_at_backups(&config, now).into_iter().map(|finding| finding.verdict).collect();
            assert_eq!(verdicts, expected, "{mode:o}");
        }
    }
}
