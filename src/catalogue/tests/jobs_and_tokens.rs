//! The queue of jobs, and who may call the admin API.

use crawler::Intake as _;
use jiff::{SignedDuration, Timestamp};

use super::{Store, at, day, pages, source};
use crate::catalogue::{
    Catalogue, CatalogueError, HarvestCounts, HarvestEnd, HarvestManner, HarvestState, Hold, JobEnd, JobKind, JobRow,
    JobState, Role,
};

/// Takes the next job of a kind on a node.
async fn take(catalogue: &Catalogue, kind: JobKind, node: &str, now: Timestamp) -> Option<JobRow> {
    catalogue.claim_job(&[kind], node, now).await.expect("a look")
}

async fn state(catalogue: &Catalogue, job: &JobRow) -> JobState {
    catalogue.job(&job.id).await.expect("a look").expect("a job").state
}

#[tokio::test]
async fn two_workers_never_get_one_job_and_the_oldest_of_its_kind_comes_first() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let first = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let second = catalogue.enqueue_job(JobKind::Harvest, Some("b"), day(1)).await.expect("a job");
    let reindex = catalogue.enqueue_job(JobKind::Reindex, None, day(1)).await.expect("a job");
    let claim = |node: &'static str| take(catalogue, JobKind::Harvest, node, day(2));
    let (one, other) = tokio::join!(claim("one"), claim("other"));
    let (one, other) = (one.expect("a job"), other.expect("a job"));
    assert_eq!((one.node.as_deref(), other.node.as_deref()), (Some("one"), Some("other")));
    let mut claimed = [one.id, other.id];
    claimed.sort_unstable();
    assert_eq!(claimed, [first.id, second.id], "ids sort by time");
    assert_eq!(claim("one").await, None);
    let of_the_other_kind = take(catalogue, JobKind::Reindex, "one", day(2)).await.expect("a job");
    assert_eq!(of_the_other_kind.id, reindex.id);
}

#[tokio::test]
async fn what_may_not_begin_beside_what_another_node_is_at_waits_for_it() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let hour = |hours: i64| day(0) + SignedDuration::from_hours(hours);
    for (asked, source) in (0..).zip(["society-posters", "society-films", "museum"]) {
        catalogue.enqueue_job(JobKind::Harvest, Some(source), hour(asked)).await.expect("a job");
    }
    let host = |source: &str| source.split('-').next().map(ToOwned::to_owned);
    let apart = |source: &str, elsewhere: &[String]| elsewhere.iter().all(|other| host(other) != host(source));
    let claim = async |node: &str| {
        let job = catalogue.claim_job_if(&[JobKind::Harvest], node, day(1), &apart).await.expect("a look");
        job.and_then(|job| job.subject)
    };
    assert_eq!(claim("one").await.as_deref(), Some("society-posters"));
    assert_eq!(claim("other").await.as_deref(), Some("museum"), "the films are of the same host");
    assert_eq!(claim("other").await, None);
    assert_eq!(claim("one").await.as_deref(), Some("society-films"), "one node keeps the pace of a host itself");
}

#[tokio::test]
async fn the_run_of_a_job_is_found_beside_one_that_a_clock_which_was_ahead_has_dated_later() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let catalogue = &store.catalogue;
    let end = HarvestEnd::new(HarvestState::Ok, None, HarvestCounts::default());
    let mut runs = Vec::new();
    for (asked, ran) in [(365, Some(365)), (1, Some(2)), (4, None)] {
        catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(asked)).await.expect("a job");
        let job = take(catalogue, JobKind::Harvest, "here", day(asked)).await.expect("a job");
        let mut made = None;
        if let Some(ran) = ran {
            let id = catalogue.start_harvest(&a.id, HarvestManner::Harvest, None, day(ran)).await.expect("a run");
            catalogue.finish_harvest(&id, &end, day(ran)).await.expect("an end");
            made = Some(id);
        }
        let done = JobEnd::Succeeded { message: "ok: 0 read".to_owned() };
        catalogue.finish_job(&job, done, day(ran.unwrap_or(asked) + 1)).await.expect("an end");
        runs.push((job.id, made));
    }
    for (job, expected) in runs {
        let job = catalogue.job(&job).await.expect("a look").expect("a job");
        let found = catalogue.harvest_of_job(&job).await.expect("a look").map(|run| run.id);
        assert_eq!(found, expected, "{job:?}");
    }
}

#[tokio::test]
async fn what_is_done_and_how_it_ended_stands_in_the_row() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let job = take(catalogue, JobKind::Harvest, "here", day(2)).await.expect("a job");
    catalogue.job_progress(&job, 5, Some(10), Some("reading"), day(3)).await.expect("written");
    let running = catalogue.job(&job.id).await.expect("a look").expect("a job");
    assert_eq!((running.state, running.done, running.total), (JobState::Running, 5, Some(10)));
    let end = JobEnd::Succeeded { message: "ok: 10 read".to_owned() };
    let ended = catalogue.finish_job(&job, end, day(4)).await.expect("written");
    assert_eq!((ended.state, ended.message.as_deref()), (JobState::Succeeded, Some("ok: 10 read")));
    assert_eq!(ended.finished.as_deref(), Some("2026-11-05T09:00:00Z"));
    let again = catalogue.finish_job(&job, JobEnd::PutBack, day(5)).await.expect_err("it has ended");
    assert!(matches!(again, CatalogueError::Superseded { .. }), "{again}");
}

#[tokio::test]
async fn a_node_works_on_its_own_index_only() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let asked = [(JobKind::Reindex, "one"), (JobKind::Drift, "other"), (JobKind::Harvest, "a")];
    for (second, (kind, subject)) in (0..).zip(asked) {
        let now = day(0) + SignedDuration::from_secs(second);
        catalogue.enqueue_job(kind, Some(subject), now).await.expect("a job");
    }
    let kinds = [JobKind::Reindex, JobKind::Drift, JobKind::Harvest];
    let mut taken = Vec::new();
    while let Some(job) = catalogue.claim_job(&kinds, "other", day(1)).await.expect("a look") {
        taken.push(job.kind);
    }
    assert_eq!(taken, [JobKind::Drift, JobKind::Harvest]);
    // Its node is gone for good.
    assert!(catalogue.somebody_is_silent("other", day(3)).await.expect("a look"));
    catalogue.take_back_from_the_silent("other", &[], day(3)).await.expect("written");
    let jobs = catalogue.list_jobs(10).await.expect("jobs");
    let reindex = jobs.iter().find(|job| job.kind == JobKind::Reindex).expect("a job");
    assert_eq!((reindex.state, reindex.error.as_deref()), (JobState::Cancelled, Some(NOT_TAKEN)));
}

const NOT_TAKEN: &str = "its node has not taken it within a day";

#[tokio::test]
async fn the_same_job_waits_only_once() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let first = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let again = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(1)).await.expect("a job");
    let other = catalogue.enqueue_job(JobKind::Harvest, Some("b"), day(1)).await.expect("a job");
    assert_eq!(again, first);
    assert_ne!(other.id, first.id);
    // One that runs has read the source already; what has changed since needs another.
    take(catalogue, JobKind::Harvest, "here", day(2)).await.expect("a job");
    let later = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(2)).await.expect("a job");
    assert_ne!(later.id, first.id);
    assert_eq!(catalogue.list_jobs(2).await.expect("jobs")[0].id, later.id);
}

#[tokio::test]
async fn what_asks_with_one_key_is_one_job_until_an_hour_after_its_end() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let hour = |hours: i64| day(0) + SignedDuration::from_hours(hours);
    let ask = |now: Timestamp| catalogue.enqueue_job_once("harvest/a/2026-11-01", JobKind::Harvest, Some("a"), now);
    let (one, other) = tokio::join!(ask(hour(0)), ask(hour(0)));
    let first = one.expect("a job");
    assert_eq!(other.expect("the same job"), first);
    let job = take(catalogue, JobKind::Harvest, "here", hour(1)).await.expect("a job");
    assert_eq!(ask(hour(1)).await.expect("a job").id, first.id, "while it runs");
    catalogue.finish_job(&job, JobEnd::Failed { error: "no".to_owned() }, hour(2)).await.expect("written");
    let just_before = hour(3) - SignedDuration::from_secs(1);
    assert_eq!(ask(just_before).await.expect("a job").id, first.id, "another node reads a little late");
    assert_ne!(ask(hour(3)).await.expect("a job").id, first.id, "it is still due, so what ended did not do it");
}

#[tokio::test]
async fn a_job_and_who_asked_for_it_are_written_together() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let ask = |who: &'static str| catalogue.enqueue_job_by(who, JobKind::Harvest, Some("a"), day(0));
    store.refuse_writes_to("audit").await;
    ask("Ada").await.expect_err("nothing can be written down");
    assert!(catalogue.list_jobs(10).await.expect("jobs").is_empty());
    store.take_writes_to("audit").await;

    let job = ask("Ada").await.expect("a job");
    assert_eq!(ask("Grace").await.expect("the same job"), job);
    let (acts, _) = catalogue.audit(None, 10).await.expect("a log");
    let lines: Vec<String> =
        acts.iter().map(|act| format!("{} {} {} {}", act.who, act.action, act.subject, act.detail)).collect();
    assert_eq!(lines, [format!("Grace start harvest a {}", job.id), format!("Ada start harvest a {}", job.id)]);
}

#[tokio::test]
async fn an_interrupted_job_is_done_again_and_fails_the_third_time() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let job = catalogue.enqueue_job(JobKind::Reindex, None, day(0)).await.expect("a job");
    for (now, expected) in [(1, JobState::Queued), (2, JobState::Queued), (3, JobState::Failed)] {
        take(catalogue, JobKind::Reindex, "here", day(now)).await.expect("a job");
        assert_eq!(catalogue.interrupt_running_jobs("here", day(now)).await.expect("written"), 1);
        assert_eq!(state(catalogue, &job).await, expected, "day {now}");
    }
    assert_eq!(take(catalogue, JobKind::Reindex, "here", day(4)).await, None);
}

#[tokio::test]
async fn a_start_takes_up_what_this_node_left_and_leaves_to_others_what_is_theirs() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    catalogue.enqueue_job(JobKind::Harvest, Some("b"), day(1)).await.expect("a job");
    let mine = take(catalogue, JobKind::Harvest, "here", day(2)).await.expect("a job");
    let theirs = take(catalogue, JobKind::Harvest, "there", day(2)).await.expect("a job");
    assert_eq!(catalogue.interrupt_running_jobs("here", day(9)).await.expect("written"), 1);
    assert_eq!(state(catalogue, &mine).await, JobState::Queued);
    assert_eq!(state(catalogue, &theirs).await, JobState::Running);
}

#[tokio::test]
async fn a_lost_lease_stops_the_writes_of_its_old_owner() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let catalogue = &store.catalogue;
    let after = |seconds: i64| day(0) + SignedDuration::from_secs(seconds);
    catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let old = take(catalogue, JobKind::Harvest, "old", day(0)).await.expect("a job");
    let start =
        |node: &'static str, now| catalogue.start_harvest_on(Some(node), &a.id, HarvestManner::Harvest, None, now);
    let run = start("old", after(0)).await.expect("a run");
    let mut intake = catalogue.intake(&a, &run, at(after(0))).await.expect("an intake");
    intake.take(pages(&a, 0..2)).await.expect("a batch");
    intake.flush().await.expect("it is written");
    let kept = catalogue.renew_job(&old, None, after(60)).await.expect("written");
    assert_eq!(kept, Hold::Ours { cancelled_by: None });
    assert!(catalogue.renew_lease(&run, after(90)).await.expect("written"));

    // Alive until 150 seconds by its job, until 180 by its run: the job decides.
    assert!(!catalogue.somebody_is_silent("new", after(149)).await.expect("a look"));
    assert!(catalogue.somebody_is_silent("new", after(151)).await.expect("a look"));
    // A clock that is ahead: whoever has seen these leases change spares them.
    let seen: Vec<String> =
        catalogue.leases_of_others("new").await.expect("leases").into_iter().map(|(id, _)| id).collect();
    assert_eq!(seen, [old.id.clone(), run.clone()]);
    assert_eq!(catalogue.take_back_from_the_silent("new", &seen, after(9_999)).await.expect("written"), 0);
    assert!(catalogue.renew_lease(&run, after(90)).await.expect("it runs on"));
    assert_eq!(catalogue.take_back_from_the_silent("new", &[], after(151)).await.expect("written"), 1);
    let new = take(catalogue, JobKind::Harvest, "new", after(152)).await.expect("a job");
    let next_run = start("new", after(152)).await.expect("the run before it stands in nobody's way");

    assert_eq!(catalogue.renew_job(&old, None, after(153)).await.expect("an answer"), Hold::Lost);
    assert_eq!(catalogue.job_hold(&old).await.expect("an answer"), Hold::Lost);
    assert!(!catalogue.renew_lease(&run, after(153)).await.expect("an answer"));
    intake.take(pages(&a, 2..4)).await.expect("it is under way");
    intake.flush().await.expect_err("nothing more is taken of it");
    catalogue.job_progress(&old, 99, None, None, after(153)).await.expect("an answer");
    let end = JobEnd::Succeeded { message: "done".to_owned() };
    let late = catalogue.finish_job(&old, end, after(154)).await.expect_err("it is another's");
    assert!(matches!(late, CatalogueError::Superseded { .. }), "{late}");
    let end = HarvestEnd::new(HarvestState::Ok, None, intake.counts());
    catalogue.finish_harvest(&run, &end, after(154)).await.expect_err("it has ended");

    let row = catalogue.job(&new.id).await.expect("a look").expect("a job");
    assert_eq!((row.state, row.node.as_deref(), row.done), (JobState::Running, Some("new"), 0));
    assert_eq!(store.live().await.len(), 2);
    let runs = catalogue.harvests_of(&a.id, 9).await.expect("runs");
    let told: Vec<_> = runs.iter().map(|run| (run.id.as_str(), run.state.name(), run.reason.as_deref())).collect();
    assert_eq!(told, [(next_run.as_str(), "running", None), (run.as_str(), "partial", Some("interrupted"))]);
}

#[tokio::test]
async fn a_job_taken_anew_by_the_same_node_is_not_the_one_before() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let after = |seconds: i64| day(0) + SignedDuration::from_secs(seconds);
    catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let first = take(catalogue, JobKind::Harvest, "here", after(0)).await.expect("a job");
    let under_way = [first.id.clone()];
    assert_eq!(catalogue.take_back_from_the_silent("here", &under_way, after(999)).await.expect("written"), 0);
    assert_eq!(catalogue.take_back_from_the_silent("here", &[], after(999)).await.expect("written"), 1);
    let second = take(catalogue, JobKind::Harvest, "here", after(999)).await.expect("a job");
    assert_eq!((second.id.as_str(), second.attempts), (first.id.as_str(), 2));
    assert_eq!(catalogue.job_hold(&first).await.expect("an answer"), Hold::Lost);
    assert_eq!(catalogue.job_hold(&second).await.expect("an answer"), Hold::Ours { cancelled_by: None });
}

#[tokio::test]
async fn what_failed_for_now_is_tried_again_after_a_pause_that_grows_and_fails_the_third_time() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let minute = |minutes: i64| day(0) + SignedDuration::from_mins(minutes);
    let fail = || JobEnd::FailedForNow { error: "the disk is full".to_owned() };
    catalogue.enqueue_job(JobKind::Backup, None, minute(0)).await.expect("a job");
    for (begins, too_early) in [(0, None), (2, Some(1)), (12, Some(11))] {
        if let Some(early) = too_early {
            assert_eq!(take(catalogue, JobKind::Backup, "here", minute(early)).await, None, "minute {early}");
        }
        let job = take(catalogue, JobKind::Backup, "here", minute(begins)).await.expect("a job");
        catalogue.finish_job(&job, fail(), minute(begins)).await.expect("written");
    }
    let job = catalogue.list_jobs(1).await.expect("jobs").remove(0);
    assert_eq!((job.state, job.attempts, job.error.as_deref()), (JobState::Failed, 3, Some("the disk is full")));

    // Who asks for it meanwhile need not wait.
    catalogue.enqueue_job(JobKind::Backup, None, minute(20)).await.expect("a job");
    let job = take(catalogue, JobKind::Backup, "here", minute(20)).await.expect("a job");
    catalogue.finish_job(&job, fail(), minute(20)).await.expect("written");
    let asked = catalogue.enqueue_job(JobKind::Backup, None, minute(21)).await.expect("a job");
    assert_eq!((asked.id.as_str(), asked.not_before), (job.id.as_str(), None));
    assert!(take(catalogue, JobKind::Backup, "here", minute(21)).await.is_some());
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_asked_for_or_put_off_stands_in_nobodys_way_once_it_is_right() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    catalogue.enqueue_job(JobKind::Backup, None, day(366)).await.expect("a job");
    let job = take(catalogue, JobKind::Backup, "here", day(366)).await.expect("a job");
    let end = JobEnd::FailedForNow { error: "no certificate is valid".to_owned() };
    catalogue.finish_job(&job, end, day(366)).await.expect("written");
    assert_eq!(take(catalogue, JobKind::Backup, "here", day(366)).await, None, "it is put off");
    assert_eq!(catalogue.last_backup_job(day(1)).await.expect("a look"), None, "the next is due");
    assert!(catalogue.last_backup_job(day(366)).await.expect("a look").is_some());
    assert!(take(catalogue, JobKind::Backup, "here", day(1)).await.is_some());
}

#[tokio::test]
async fn what_was_stopped_through_no_fault_of_its_own_waits_again_as_if_it_had_not_begun() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    for now in 1..9 {
        let job = take(catalogue, JobKind::Harvest, "here", day(now)).await.expect("a job");
        let waits = catalogue.finish_job(&job, JobEnd::PutBack, day(now)).await.expect("written");
        assert_eq!((waits.state, waits.attempts, waits.finished), (JobState::Queued, 0, None));
    }
}

#[tokio::test]
async fn a_job_is_called_off_at_once_when_it_waits_and_by_its_worker_when_it_runs() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let waiting = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let row = catalogue.cancel_job("Ada", &waiting.id, day(1)).await.expect("written");
    assert_eq!((row.state, row.error.as_deref()), (JobState::Cancelled, Some("cancelled by Ada")));
    assert_eq!(row.finished.as_deref(), Some("2026-11-02T09:00:00Z"));
    assert_eq!(take(catalogue, JobKind::Harvest, "here", day(1)).await, None);

    catalogue.enqueue_job(JobKind::Harvest, Some("b"), day(2)).await.expect("a job");
    let running = take(catalogue, JobKind::Harvest, "here", day(2)).await.expect("a job");
    let row = catalogue.cancel_job("Ada", &running.id, day(3)).await.expect("written");
    assert_eq!((row.state, row.cancel_asked.as_deref()), (JobState::Running, Some("Ada")));
    catalogue.cancel_job("Grace", &running.id, day(3)).await.expect("it was called off before");
    let hold = catalogue.job_hold(&running).await.expect("an answer");
    assert_eq!(hold, Hold::Ours { cancelled_by: Some("Ada".to_owned()) });
    // It falls silent before it has stopped: whoever takes it back does not begin it again.
    catalogue.interrupt_running_jobs("here", day(4)).await.expect("written");
    assert_eq!(state(catalogue, &running).await, JobState::Cancelled);

    let ended = catalogue.cancel_job("Ada", &running.id, day(5)).await.expect_err("it has ended");
    assert_eq!(ended.to_string(), "the job has ended already, as cancelled");
    let unknown = catalogue.cancel_job("Ada", "nobody", day(5)).await.expect_err("there is none");
    assert!(matches!(unknown, CatalogueError::NoSuch { what: "job", .. }), "{unknown}");
    let (acts, _) = catalogue.audit(None, 10).await.expect("a log");
    let lines: Vec<String> = acts.iter().map(|act| format!("{} {} {}", act.who, act.action, act.subject)).collect();
    assert_eq!(lines, ["Grace cancel harvest b", "Ada cancel harvest b", "Ada cancel harvest a"]);
}

#[tokio::test]
async fn a_token_opens_its_role_until_it_is_revoked() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let admin = catalogue.create_token("of Ada", Role::Admin, day(0)).await.expect("a token");
    let reader = catalogue.create_token("of the dashboard", Role::ReadOnly, day(1)).await.expect("a token");
    assert!(admin.starts_with("sp_") && admin != reader);
    assert_eq!(role_of(catalogue, &admin, 2).await, Some(Role::Admin));
    assert_eq!(role_of(catalogue, &reader, 2).await, Some(Role::ReadOnly));
    let (shorter, upper_case) = (&admin[..admin.len() - 1], admin.to_uppercase());
    for wrong in ["", "sp_", shorter, upper_case.as_str()] {
        assert_eq!(role_of(catalogue, wrong, 2).await, None, "{wrong}");
    }

    let rows = catalogue.list_tokens().await.expect("tokens");
    assert_eq!((rows[0].name.as_str(), rows[0].role), ("of Ada", Role::Admin));
    assert!(admin.starts_with(&rows[0].prefix) && rows[0].prefix.len() < 12);
    for token in [&rows[0].prefix, &rows[1].id] {
        catalogue.revoke_token(token, day(3)).await.expect("revoked");
    }
    assert_eq!(role_of(catalogue, &admin, 4).await, None);
    assert_eq!(role_of(catalogue, &reader, 4).await, None);
    let error = catalogue.revoke_token(&rows[0].prefix, day(4)).await.expect_err("revoked before");
    assert!(matches!(error, CatalogueError::NoSuch { what: "token", .. }), "{error}");
}

#[tokio::test]
async fn of_a_token_only_its_hash_is_at_rest() {
    let store = Store::open().await;
    let token = store.catalogue.create_token("of Ada", Role::Curator, day(0)).await.expect("a token");
    store.catalogue.close().await;
    let secret = token.as_bytes()[11..].to_vec();
    for file in std::fs::read_dir(store.folder.path()).expect("the folder") {
        let path = file.expect("a file").path();
        let bytes = std::fs::read(&path).expect("its bytes");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", path.display());
    }
}

async fn role_of(catalogue: &Catalogue, token: &str, on_day: i64) -> Option<Role> {
    catalogue.holder_of_token(token, day(on_day)).await.expect("a look").map(|holder| holder.role)
}

#[tokio::test]
async fn a_token_of_a_source_names_it() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let token = store.catalogue.create_source_token("of the society", &a.id, day(0)).await.expect("a token");
    let holder = store.catalogue.holder_of_token(&token, day(1)).await.expect("a look").expect("a holder");
    assert_eq!((holder.role, holder.source.as_ref()), (Role::Source, Some(&a.id)));
    assert_eq!(store.catalogue.list_tokens().await.expect("tokens")[0].source.as_deref(), Some("a"));
}
