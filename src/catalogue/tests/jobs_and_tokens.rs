//! The queue of jobs, and who may call the admin API.

use super::{Store, day, source};
use crate::catalogue::{Catalogue, CatalogueError, JobEnd, JobKind, JobState, Role};

#[tokio::test]
async fn a_job_is_claimed_once_and_the_oldest_of_its_kind_first() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let first = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(0)).await.expect("a job");
    let second = catalogue.enqueue_job(JobKind::Harvest, Some("b"), day(1)).await.expect("a job");
    let reindex = catalogue.enqueue_job(JobKind::Reindex, None, day(1)).await.expect("a job");
    let claim = || catalogue.claim_job(JobKind::Harvest, day(2));
    let (one, other) = tokio::join!(claim(), claim());
    let mut claimed = [one.expect("a look").expect("a job").id, other.expect("a look").expect("a job").id];
    claimed.sort_unstable();
    assert_eq!(claimed, [first.id.clone(), second.id], "ids sort by time");
    assert_eq!(claim().await.expect("a look"), None);
    let of_the_other_kind = catalogue.claim_job(JobKind::Reindex, day(2)).await.expect("a look").expect("a job");
    assert_eq!(of_the_other_kind.id, reindex.id);

    catalogue.job_progress(&first.id, 5, Some(10), Some("reading"), day(3)).await.expect("written");
    let running = catalogue.job(&first.id).await.expect("a look").expect("a job");
    assert_eq!((running.state, running.done, running.total), (JobState::Running, 5, Some(10)));
    let end = JobEnd::Succeeded { message: "ok: 10 read".to_owned() };
    catalogue.finish_job(&first.id, end, day(4)).await.expect("written");
    let ended = catalogue.job(&first.id).await.expect("a look").expect("a job");
    assert_eq!((ended.state, ended.message.as_deref()), (JobState::Succeeded, Some("ok: 10 read")));
    assert_eq!(ended.finished.as_deref(), Some("2026-11-05T09:00:00Z"));
}

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
    catalogue.claim_job(JobKind::Harvest, day(2)).await.expect("a look").expect("a job");
    let later = catalogue.enqueue_job(JobKind::Harvest, Some("a"), day(2)).await.expect("a job");
    assert_ne!(later.id, first.id);
    assert_eq!(catalogue.list_jobs(2).await.expect("jobs")[0].id, later.id);
}

#[tokio::test]
async fn a_job_and_who_asked_for_it_are_written_together() {
    let store = Store::open().await;
    let catalogue = &store.catalogue;
    let ask = |who: &'static str| catalogue.enqueue_job_by(who, JobKind::Harvest, Some("a"), day(0));
    sqlx::query("CREATE TRIGGER refusing BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        .execute(&catalogue.writer)
        .await
        .expect("a disk that is full");
    ask("Ada").await.expect_err("nothing can be written down");
    assert!(catalogue.list_jobs(10).await.expect("jobs").is_empty());
    sqlx::query("DROP TRIGGER refusing").execute(&catalogue.writer).await.expect("space again");

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
        catalogue.claim_job(JobKind::Reindex, day(now)).await.expect("a look").expect("a job");
        assert_eq!(catalogue.interrupt_running_jobs(day(now)).await.expect("written"), 1);
        let state = catalogue.job(&job.id).await.expect("a look").expect("a job").state;
        assert_eq!(state, expected, "day {now}");
    }
    assert_eq!(catalogue.claim_job(JobKind::Reindex, day(4)).await.expect("a look"), None);
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
