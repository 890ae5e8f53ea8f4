//! Backup and restore: what comes back is what was there, what is not whole is refused, and the doctor tells what is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use signpost::backup::{BackupError, Target, back_up, check, folder, restore};
use signpost::catalogue::{Catalogue, JobKind, JobState, Role, StorePlace};
use signpost::data_dir::DataLock;
use signpost::jobs::backup::ask_when_due;
use signpost::jobs::run_queued;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

use crate::harness::postgres::fresh_database;
use crate::harness::{Program, TestApp, source_toml};

static MIGRATIONS: Migrator = sqlx::migrate!("src/catalogue/migrations/sqlite");
/// The schema before the last migration.
const OLDER: i64 = 9;

type Rows = BTreeMap<&'static str, Vec<Map<String, Value>>>;

/// Everything that a backup would hold of a store.
async fn rows(catalogue: &Catalogue) -> Rows {
    let mut snapshot = catalogue.snapshot().await.unwrap();
    let mut tables = Rows::new();
    while let Some(part) = snapshot.next().await.unwrap() {
        tables.entry(part.table).or_default().extend(part.rows);
    }
    tables
}

/// An application with resources, a decision and a token, and nothing that moves any more.
async fn lived_in() -> TestApp {
    let records: Vec<Value> = (0..30)
        .map(|number| {
            json!({ "id": number, "title": format!("Resource {number} é"), "url": format!("https://example.org/{number}"),
            "description": "What chemists do.", "subjects": ["Chemistry", "Alchemy"] })
        })
        .collect();
    let records = Value::Array(records).to_string();
    let app = TestApp::with_sources(
        &[("many.toml", source_toml("many", "file = \"many.json\""))],
        &[("many.json", records.as_str())],
    )
    .await;
    let id = app.id_of("Resource 7 é").await;
    app.curate(&id, json!({ "kind": "hide", "reason": "it sells something" })).await;
    app
}

async fn backup_of(app: &TestApp) -> PathBuf {
    let file = app.folder.path().join("store.backup");
    back_up(&app.app.catalogue, &Target::File(file.clone()), app.app.clock.now()).await.unwrap();
    file
}

/// A backup, and what stood in the store before and after it was taken: the tasks of the application may still be at work.
async fn backup_of_still_store(app: &TestApp) -> (PathBuf, Rows) {
    for _ in 0..200 {
        let before = rows(&app.app.catalogue).await;
        let file = backup_of(app).await;
        if rows(&app.app.catalogue).await == before {
            return (file, before);
        }
    }
    panic!("the store never stands still");
}

async fn empty_store(folder: &TempDir) -> Catalogue {
    Catalogue::open(&StorePlace::File(folder.path().join("signpost.db"))).await.unwrap()
}

/// What differs on purpose: the log has grown, and the restore stands in the audit log.
fn without_logs(mut rows: Rows) -> Rows {
    rows.remove("change");
    if let Some(audit) = rows.get_mut("audit") {
        audit.retain(|act| act["action"] != "restore");
    }
    rows
}

#[tokio::test]
async fn what_is_put_back_is_row_for_row_what_was_there() {
    let app = lived_in().await;
    let (file, before) = backup_of_still_store(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let other = empty_store(&folder).await;
    let (own_id, now) = (other.store_id().await.unwrap(), app.app.clock.now());
    let restored = restore(&other, &file, "Ada", now).await.unwrap();
    let after = rows(&other).await;
    for (table, count) in &restored.checked.rows {
        assert_eq!(before.get(table.as_str()).map_or(0, |rows| rows.len() as u64), *count, "{table}");
    }

    // Whoever follows the log with a number from the lost future is told of everything that there is.
    let log = after["change"].len() - before["change"].len();
    assert_eq!(log, after["resource"].len());
    let head = before["change"].last().unwrap()["seq"].as_u64().unwrap();
    assert!(restored.head_seq.unsigned_abs() >= head + 1_000_000);
    let told = other.changes_after(head + 500_000, 1_000).await.unwrap();
    assert_eq!(told.len(), log);
    assert_eq!(told.iter().filter(|change| change.op.name() == "withdrawn").count(), 1, "the hidden one");

    assert_eq!(without_logs(after), without_logs(before));
    let id = other.store_id().await.unwrap();
    assert!(id != own_id && id != app.app.catalogue.store_id().await.unwrap());
    assert_eq!(other.live_count().await.unwrap(), 29);
}

#[tokio::test]
async fn a_backup_of_one_database_is_put_back_into_the_other_and_home_again() {
    let Some(url) = fresh_database().await else { return };
    let app = lived_in().await;
    let (file, before) = backup_of_still_store(&app).await;
    let before = without_logs(before);
    let (there, home) = (Catalogue::open(&StorePlace::Postgres(url)).await.unwrap(), tempfile::tempdir().unwrap());
    restore(&there, &file, "Ada", app.app.clock.now()).await.unwrap();
    assert_eq!(without_logs(rows(&there).await), before);
    let second = home.path().join("second.backup");
    back_up(&there, &Target::File(second.clone()), app.app.clock.now()).await.unwrap();
    there.close().await;
    let back = empty_store(&home).await;
    restore(&back, &second, "Ada", app.app.clock.now()).await.unwrap();
    assert_eq!(without_logs(rows(&back).await), before);
}

#[tokio::test]
async fn a_file_that_is_cut_or_changed_in_one_byte_is_refused_and_the_store_stands() {
    let app = lived_in().await;
    let good = backup_of(&app).await;
    let whole = std::fs::read(&good).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.backup");
    let is_refused = |bytes: &[u8]| {
        std::fs::write(&bad, bytes).unwrap();
        matches!(check(&bad), Err(BackupError::NotWhole { .. }))
    };
    for cut in (0..whole.len()).step_by(97).chain(whole.len() - 60..whole.len()) {
        assert!(is_refused(&whole[..cut]), "cut after {cut} of {} bytes", whole.len());
    }
    for place in (0..whole.len()).step_by(89).chain(whole.len() - 60..whole.len()) {
        let mut changed = whole.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(is_refused(&changed), "byte {place} of {} differs", whole.len());
    }
    assert!(is_refused(&[whole.as_slice(), b"x"].concat()), "something stands behind it");
    assert!(is_refused(&[whole.as_slice(), whole.as_slice()].concat()), "it stands there twice");

    std::fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    let store = empty_store(&folder).await;
    restore(&store, &good, "Ada", app.app.clock.now()).await.unwrap();
    let before = rows(&store).await;
    let error = restore(&store, &bad, "Ada", app.app.clock.now()).await.unwrap_err();
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert_eq!(rows(&store).await, before);
}

#[tokio::test]
async fn a_backup_taken_while_others_write_is_the_store_at_one_moment() {
    let app = lived_in().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = {
        let (catalogue, stop, now) = (app.app.catalogue.clone(), Arc::clone(&stop), app.app.clock.now());
        tokio::spawn(async move {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                catalogue.create_token(&format!("t{number:06}"), Role::ReadOnly, now).await.unwrap();
                number += 1;
            }
        })
    };
    for round in 0..5 {
        let file = backup_of(&app).await;
        let folder = tempfile::tempdir().unwrap();
        let other = empty_store(&folder).await;
        restore(&other, &file, "Ada", app.app.clock.now()).await.unwrap();
        let there = rows(&other).await;
        let mut names: Vec<&str> = there["token"].iter().filter_map(|token| token["name"].as_str()).collect();
        names.retain(|name| name.starts_with('t') && *name != "test");
        names.sort_unstable();
        // Each was written after the one before, so without a gap they are those of one moment.
        let expected: Vec<String> = (0..names.len()).map(|number| format!("t{number:06}")).collect();
        assert_eq!(names, expected, "round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
}

/// Waits until so many backups have been taken by jobs.
async fn until_taken(app: &TestApp, count: usize) {
    let started = Instant::now();
    loop {
        let jobs = app.app.catalogue.list_jobs(50).await.unwrap();
        let backups = jobs.iter().filter(|job| job.kind == JobKind::Backup);
        let ended: Vec<_> = backups.filter(|job| job.state.has_ended()).collect();
        assert!(ended.iter().all(|job| job.state == JobState::Succeeded), "{ended:?}");
        if ended.len() >= count {
            return;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "no backup is taken: {jobs:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_backup_is_asked_for_once_when_it_is_due_and_so_many_are_kept() {
    let backups = tempfile::tempdir().unwrap();
    let config = format!("[backup]\nfolder = \"{}\"\nkeep = 2\n", backups.path().display());
    let app = TestApp::configured(&config).await;
    // The server may have been quicker.
    ask_when_due(&app.app).await.unwrap();
    until_taken(&app, 1).await;
    for taken in 2..=3 {
        assert!(!ask_when_due(&app.app).await.unwrap(), "the next is due tomorrow");
        app.pass_days(1);
        assert!(ask_when_due(&app.app).await.unwrap());
        until_taken(&app, taken).await;
    }
    let kept = folder::list(backups.path()).unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.iter().all(|backup| check(&backup.path).is_ok()));
}

#[tokio::test]
async fn a_backup_waits_for_a_node_that_has_a_folder_for_it() {
    let app = TestApp::configured("").await;
    let job = app.app.catalogue.enqueue_job(JobKind::Backup, None, app.app.clock.now()).await.unwrap();
    run_queued(&app.app).await.unwrap();
    let job = app.app.catalogue.job(&job.id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Queued, 0));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the program says to these arguments, and its exit code.
fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Program::new(data).args(arguments).run();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_store_with_something_of_its_own_is_replaced_only_when_asked_and_a_damaged_one_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("one.backup");
    let file = file.to_str().unwrap();
    assert_eq!(run(&data, &["token", "create", "--name", "first"]).0, Some(0));
    assert_eq!(run(&data, &["backup", file]).0, Some(0));
    assert_eq!(run(&data, &["token", "create", "--name", "second"]).0, Some(0));
    let (code, _, told) = run(&data, &["restore", file]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("tokens of its own") && told.contains("--replace"), "{told}");
    assert!(run(&data, &["token", "list"]).1.contains("second"));
    let (code, _, told) = run(&data, &["restore", file, "--replace"]);
    assert_eq!(code, Some(0), "{told}");
    let tokens = run(&data, &["token", "list"]).1;
    assert!(tokens.contains("first") && !tokens.contains("second"), "{tokens}");
    assert_eq!(run(&data, &["restore", file, "--check"]).0, Some(0));

    std::fs::write(data.join("signpost.db"), "This is a letter and no database. ".repeat(200)).unwrap();
    let (code, _, told) = run(&data, &["restore", file]);
    assert!(code == Some(1) && told.contains("--replace"), "{told}");
    let (code, _, told) = run(&data, &["restore", file, "--replace"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(run(&data, &["token", "list"]).1.contains("first"));
    let names: Vec<String> =
        std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("signpost.db.damaged-")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("restoring")), "{names:?}");
}

/// The files in the data directory whose names begin so.
fn beside_the_store(data: &Path, beginning: &str) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(beginning)).collect()
}

#[test]
fn a_sound_store_that_is_replaced_is_kept_beside_and_can_be_opened_and_one_that_stands_leaves_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("one.backup");
    let file = file.to_str().unwrap();
    assert_eq!(run(&data, &["token", "create", "--name", "first"]).0, Some(0));
    assert_eq!(run(&data, &["backup", file]).0, Some(0));
    assert_eq!(run(&data, &["token", "create", "--name", "second"]).0, Some(0));

    let broken = folder.path().join("broken.backup");
    std::fs::write(&broken, "no backup").unwrap();
    let (code, _, told) = run(&data, &["restore", broken.to_str().unwrap(), "--replace"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(beside_the_store(&data, "signpost.db.replaced-").is_empty(), "nothing was replaced");

    // As a copy that was killed leaves it.
    std::fs::write(data.join("signpost.db.keeping"), "half").unwrap();
    let (code, _, told) = run(&data, &["restore", file, "--replace"]);
    assert_eq!(code, Some(0), "{told}");
    let kept = beside_the_store(&data, "signpost.db.replaced-");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(told.contains(&format!("kept as {}", kept[0].display())) && told.contains("tokens"), "{told}");
    assert!(beside_the_store(&data, "signpost.db.keeping").is_empty());
    assert!(!run(&data, &["token", "list"]).1.contains("second"));

    let before = folder.path().join("before");
    std::fs::create_dir(&before).unwrap();
    std::fs::copy(&kept[0], before.join("signpost.db")).unwrap();
    let (code, tokens, told) = run(&before, &["token", "list"]);
    assert!(code == Some(0) && tokens.contains("first") && tokens.contains("second"), "{tokens}{told}");
}

#[test]
fn a_backup_from_the_wrong_folder_is_refused_and_the_one_before_stands() {
    let folder = tempfile::tempdir().unwrap();
    let (data, wrong) = (folder.path().join("data"), folder.path().join("wrong"));
    let file = folder.path().join("one.backup");
    assert_eq!(run(&data, &["token", "create"]).0, Some(0));
    assert_eq!(run(&data, &["backup", file.to_str().unwrap()]).0, Some(0));
    let before = std::fs::read(&file).unwrap();
    let (code, _, told) = run(&wrong, &["backup", file.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains(&format!("there is no store in {}", wrong.display())) && told.contains("--data-dir"),
        "{told}"
    );
    assert!(std::fs::read(&file).unwrap() == before && !wrong.exists());
}

#[test]
fn a_backup_takes_the_place_of_a_file_only_and_goes_through_a_link_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(run(&data, &["token", "create"]).0, Some(0));
    let [inside, socket, link, nowhere, file] =
        ["inside", "socket", "link", "nowhere", "one.backup"].map(|name| folder.path().join(name));
    std::fs::create_dir(&inside).unwrap();
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::write(&file, "what was there").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    std::os::unix::fs::symlink(folder.path().join("gone"), &nowhere).unwrap();
    for no_file in [inside.as_path(), socket.as_path(), Path::new("/dev/null")] {
        let (code, _, told) = run(&data, &["backup", no_file.to_str().unwrap()]);
        assert!(code == Some(1) && told.contains("it is no regular file"), "{}: {told}", no_file.display());
    }
    assert!(inside.is_dir() && socket.exists() && !Path::new("/dev/null").is_file());
    let (code, _, told) = run(&data, &["backup", nowhere.to_str().unwrap()]);
    assert!(code == Some(1) && nowhere.is_symlink(), "{told}");

    let (code, _, told) = run(&data, &["backup", link.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");
    assert!(link.is_symlink() && check(&file).is_ok());
}

#[tokio::test]
async fn a_restore_beside_a_server_is_refused_and_a_backup_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _server = Program::new(&data).serve().await;
    let file = folder.path().join("one.backup");
    let file = file.to_str().unwrap();
    let (code, _, told) = run(&data, &["backup", file]);
    assert_eq!(code, Some(0), "{told}");
    let (code, _, told) = run(&data, &["restore", file, "--replace"]);
    assert!(code == Some(1) && told.contains("in use by another signpost"), "{told}");
}

async fn file_in(data: &Path) -> SqlitePool {
    std::fs::create_dir_all(data).unwrap();
    let options = SqliteConnectOptions::new().filename(data.join("signpost.db")).create_if_missing(true);
    SqlitePool::connect_with(options).await.unwrap()
}

async fn schema_in(data: &Path) -> i64 {
    let pool = file_in(data).await;
    let newest: i64 = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&pool).await.unwrap();
    pool.close().await;
    newest
}

#[tokio::test]
async fn a_newer_program_that_looks_or_copies_or_stands_beside_a_server_does_not_migrate_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let pool = file_in(&data).await;
    MIGRATIONS.run_to(OLDER, &pool).await.unwrap();
    pool.close().await;

    let (verdict, told) = diagnosed(&data, &[], "store");
    assert!(verdict == "warn" && told.contains("schema 9") && told.contains("signpost serve"), "{told}");
    let file = folder.path().join("one.backup");
    let (code, _, told) = run(&data, &["backup", file.to_str().unwrap()]);
    assert!(code == Some(1) && told.contains("schema 9") && !file.exists(), "{told}");
    let server = DataLock::take(&data, "serve").unwrap();
    let (code, _, told) = run(&data, &["token", "create"]);
    assert!(code == Some(1) && told.contains("schema 9"), "{told}");
    assert_eq!(schema_in(&data).await, OLDER);

    drop(server);
    let (code, _, told) = run(&data, &["token", "create"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(schema_in(&data).await > OLDER);
}

fn rank(verdict: &str) -> Option<usize> {
    ["ok", "warn", "fail"].iter().position(|known| *known == verdict)
}

/// What the doctor says of a thing: the worst of it, and all of it.
fn diagnosed(data: &Path, arguments: &[&str], about: &str) -> (String, String) {
    let all = [arguments, &["doctor", "--format", "json"]].concat();
    let (_, printed, told) = run(data, &all);
    let findings: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed} {told}"));
    let of: Vec<&Value> = findings.as_array().unwrap().iter().filter(|finding| finding["about"] == about).collect();
    let worst = of.iter().filter_map(|finding| finding["verdict"].as_str()).max_by_key(|verdict| rank(verdict));
    (worst.unwrap_or("nothing").to_owned(), Value::from(of.into_iter().cloned().collect::<Vec<_>>()).to_string())
}

#[test]
fn the_doctor_names_each_fault() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = folder.path().join("signpost.toml");
    let backups = folder.path().join("backups");
    std::fs::create_dir(&backups).unwrap();
    std::fs::write(&config, format!("[backup]\nfolder = \"{}\"\n", backups.display())).unwrap();
    let with_config = ["--config", config.to_str().unwrap()];
    assert_eq!(diagnosed(&data, &with_config, "data directory").0, "warn", "there is none yet");
    assert_eq!(run(&data, &["reindex"]).0, Some(0));
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    for about in
        ["configuration", "data directory", "store", "clock", "jobs", "sources", "index", "source files", "secrets"]
    {
        let (verdict, told) = diagnosed(&data, &with_config, about);
        assert_eq!(verdict, "ok", "{about}: {told}");
    }
    assert_eq!(diagnosed(&data, &with_config, "backups").0, "warn", "none was taken");
    std::fs::write(backups.join("signpost-20200101T004500Z.ndjson.zst"), "").unwrap();
    assert_eq!(diagnosed(&data, &with_config, "backups").0, "fail", "the last is years old");
    assert_eq!(run(&data, &["doctor"]).0, Some(3), "no backup is taken, which is a warning");

    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(diagnosed(&data, &with_config, "data directory").0, "warn", "others may look into it");
    std::fs::write(&config, "[server]\nlissten = \"x\"\n").unwrap();
    assert_eq!(diagnosed(&data, &with_config, "configuration").0, "fail");
    let in_public = ["--public-url", "https://ada:secret@signpost.example/"];
    assert!(
        matches!(run(&data, &[&in_public[..], &["doctor"]].concat()).0, Some(1 | 2)),
        "a password that we would give out"
    );

    let store = data.join("signpost.db");
    let whole = std::fs::read(&store).unwrap();
    std::fs::write(&store, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(diagnosed(&data, &[], "copy").0, "fail");
    assert_eq!(diagnosed(&data, &[], "store").0, "fail");
    std::fs::remove_file(&store).unwrap();
    assert_eq!(diagnosed(&data, &[], "copy").0, "fail");
    let (verdict, told) = diagnosed(&data, &[], "store");
    assert!(verdict == "fail" && !told.contains("signpost serve"), "a server would refuse it: {told}");
    assert_eq!(run(&data, &["doctor"]).0, Some(1));
}
