//! The program on the command line: exit codes, clear refusals, and nothing lost when it is killed.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::harness::{Program, source_toml};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write_sources(folder: &Path, resources: u32) -> String {
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources).unwrap();
    let items: Vec<serde_json::Value> = (0..resources)
        .map(|n| {
            serde_json::json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}"),
            "description": format!("The description of resource {n}, long enough to be worth a write."), "subjects": ["Chemistry"] })
        })
        .collect();
    std::fs::write(sources.join("many.json"), serde_json::to_string(&items).unwrap()).unwrap();
    std::fs::write(sources.join("many.toml"), source_toml("many", "file = \"many.json\"")).unwrap();
    sources.display().to_string()
}

#[test]
fn a_wrong_word_is_wrong_usage_and_help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let help = Program::new(&data).args(&["--help"]).run();
    assert!(help.status.success() && text(&help.stdout).contains("Examples:"));
    assert_eq!(Program::new(&data).args(&["servee"]).run().status.code(), Some(2));
    assert_eq!(Program::new(&data).args(&["--listen", "nowhere", "reindex"]).run().status.code(), Some(2));
    let unknown = Program::new(&data).args(&["harvest", "programme"]).run();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("did you mean `programmes`?"), "{}", text(&unknown.stderr));
}

#[test]
fn all_mistakes_of_a_source_file_are_told_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let sources = folder.path().join("sources");
    std::fs::create_dir(&sources).unwrap();
    std::fs::write(
        sources.join("bad.toml"),
        "id = \"bad\"\nnmae = \"x\"\nkind = \"tabel\"\n[where]\nfile = \"x.csv\"\n",
    )
    .unwrap();
    let path = sources.display().to_string();
    let output = Program::new(&folder.path().join("data")).args(&["serve", "--sources", &path]).run();
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    for expected in [
        "bad.toml:2: `nmae`: unknown key; did you mean `name`?",
        "`tabel` is no kind; did you mean `table`?",
        "`organisation`: missing",
    ] {
        assert!(told.contains(expected), "{expected}\nnot in\n{told}");
    }
    let check = Program::new(&folder.path().join("data"))
        .args(&["sources", "check", &format!("{path}/bad.toml"), "--format", "json"])
        .run();
    assert_eq!(check.status.code(), Some(1));
    let mistakes: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(mistakes.as_array().unwrap().len() >= 3, "{mistakes}");
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused_and_the_rest_works_beside_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Program::new(&data).serve().await;
    let started = Instant::now();
    let second = Program::new(&data).args(&["serve", "--listen", "127.0.0.1:0"]).run();
    assert_eq!(second.status.code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(text(&second.stderr).contains("is in use by another signpost"), "{}", text(&second.stderr));

    let token = Program::new(&data).args(&["token", "create", "--role", "admin"]).run();
    assert!(token.status.success());
    let token = text(&token.stdout);
    assert_eq!(token.lines().count(), 1, "only the token is printed: {token}");
    let reindex = Program::new(&data).args(&["reindex", "--format", "json"]).run();
    assert!(reindex.status.success(), "{}", text(&reindex.stderr));
    let harvest = Program::new(&data).args(&["harvest", "programmes", "--format", "json"]).run();
    assert_eq!(harvest.status.code(), Some(0), "{}", text(&harvest.stderr));
    let rows: serde_json::Value = serde_json::from_slice(&harvest.stdout).unwrap();
    assert_eq!(rows[0]["state"], "ok");
    let list = Program::new(&data).args(&["sources", "list", "--format", "json"]).run();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&list.stdout).unwrap().as_array().unwrap().len(), 3);
    let export = Program::new(&data).args(&["export"]).run();
    let total = server.json("/v1/resources?facets=none").await["total"].as_u64().unwrap();
    assert_eq!(text(&export.stdout).lines().count() as u64, total);
    let first: serde_json::Value = serde_json::from_str(text(&export.stdout).lines().next().unwrap()).unwrap();
    assert!(first["title"].is_string());
}

#[tokio::test]
async fn a_second_start_harvests_nothing_anew_and_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Program::new(&data).serve().await;
    let before = server.json("/v1/sources").await;
    server.kill();
    let started = Instant::now();
    let server = Program::new(&data).serve().await;
    let took = started.elapsed();
    assert_eq!(server.json("/v1/sources").await, before);
    assert!(took < Duration::from_secs(5), "even a debug build is up soon: {took:?}");
}

/// The word of the store and of the index after a kill: every resource once, and both agree.
async fn check_whole(data: &Path, sources: &str, expected: u64) {
    let server = Program::new(data).args(&["--sources", sources]).serve().await;
    let found = server.json("/v1/resources?facets=none&per_page=1").await;
    assert_eq!(found["total"].as_u64(), Some(expected));
    let ready = server.json("/readyz").await;
    assert_eq!((ready["index"]["resources"].as_u64(), ready["index"]["behind"].as_u64()), (Some(expected), Some(0)));
    drop(server);
    let export = Program::new(data).args(&["--sources", sources, "export"]).run();
    let mut ids: Vec<String> = text(&export.stdout)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["url"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, expected, "nothing is lost and nothing doubled");
}

/// Kills the program at twenty different moments, from right after its start to about its usual end.
fn kill_at_twenty_moments(usual: Duration, start: impl Fn() -> std::process::Child) {
    for moment in 1..=20_u32 {
        let mut child = start();
        let until = Instant::now() + usual * moment / 20;
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[tokio::test]
async fn twenty_kills_in_the_middle_of_a_harvest_lose_and_double_nothing() {
    const RESOURCES: u32 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), RESOURCES);
    let trial = folder.path().join("trial");
    let started = Instant::now();
    assert!(Program::new(&trial).args(&["--sources", &sources, "harvest"]).run().status.success());
    let usual = started.elapsed();

    let data = folder.path().join("data");
    kill_at_twenty_moments(usual, || Program::new(&data).args(&["--sources", &sources, "harvest"]).spawn());
    check_whole(&data, &sources, u64::from(RESOURCES)).await;
}

#[tokio::test]
async fn twenty_kills_in_the_middle_of_a_reindex_lose_and_double_nothing() {
    const RESOURCES: u32 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), RESOURCES);
    let data = folder.path().join("data");
    assert!(Program::new(&data).args(&["--sources", &sources, "harvest"]).run().status.success());
    let started = Instant::now();
    assert!(Program::new(&data).args(&["--sources", &sources, "reindex"]).run().status.success());
    let usual = started.elapsed();

    kill_at_twenty_moments(usual, || Program::new(&data).args(&["--sources", &sources, "reindex"]).spawn());
    check_whole(&data, &sources, u64::from(RESOURCES)).await;
}

#[tokio::test]
async fn a_lost_or_damaged_index_is_made_anew_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), 200);
    let data = folder.path().join("data");
    assert!(Program::new(&data).args(&["--sources", &sources, "harvest"]).run().status.success());
    std::fs::remove_dir_all(data.join("index")).unwrap();
    check_whole(&data, &sources, 200).await;
    for entry in walk(&data.join("index")) {
        if entry.file_name().is_some_and(|name| name == "meta.json") {
            std::fs::write(&entry, "{").unwrap();
        }
    }
    check_whole(&data, &sources, 200).await;
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
