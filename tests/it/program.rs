//! The program on the command line: exit codes, clear refusals, and nothing lost when it is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use crate::harness::{Program, source_toml};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// One source of so many resources, each of which says what is `told`. Its ids and addresses are always the same.
fn write_sources(folder: &Path, resources: u32, told: &str) -> String {
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources).unwrap();
    let items: Vec<serde_json::Value> = (0..resources)
        .map(|n| {
            serde_json::json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}"),
            "description": format!("The description of resource {n} in {told}, long enough to be worth a write."), "subjects": ["Chemistry"] })
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
    std::fs::write(sources.join("binary.toml"), [0xff, 0xfe]).unwrap();
    let config = folder.path().join("signpost.toml");
    std::fs::write(&config, "[server]\nlissten = \"127.0.0.1:1\"\n").unwrap();
    let (path, config) = (sources.display().to_string(), config.display().to_string());
    let arguments = ["serve", "--sources", &path, "--config", &config];
    let output = Program::new(&folder.path().join("data")).args(&arguments).run();
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    for expected in [
        "bad.toml:2: `nmae`: unknown key; did you mean `name`?",
        "`tabel` is no kind; did you mean `table`?",
        "`organisation`: missing",
        "signpost.toml:2: `server.lissten`: unknown key; did you mean `listen`?",
        "binary.toml",
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
    let elsewhere = write_sources(folder.path(), 3, "one run");
    let unknown = Program::new(&data).args(&["harvest", "many", "--sources", &elsewhere]).run();
    assert_eq!(unknown.status.code(), Some(1), "the server does not know it: {}", text(&unknown.stdout));
    assert!(text(&unknown.stderr).contains("there is no source `many`"), "{}", text(&unknown.stderr));
    let list = Program::new(&data).args(&["sources", "list", "--format", "json"]).run();
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list.as_array().unwrap().iter().filter(|row| row["enabled"] == true).count(), 3);
    let export = Program::new(&data).args(&["export"]).run();
    let total = server.json("/v1/resources?facets=none").await["total"].as_u64().unwrap();
    assert_eq!(text(&export.stdout).lines().count() as u64, total);
    let first: serde_json::Value = serde_json::from_str(text(&export.stdout).lines().next().unwrap()).unwrap();
    assert!(first["title"].is_string());
}

#[test]
fn a_catalogue_on_the_network_is_not_asked_by_one_who_does_not_say_who_asks() {
    let folder = tempfile::tempdir().unwrap();
    let sources = folder.path().join("sources");
    std::fs::create_dir(&sources).unwrap();
    let toml = source_toml("far", "url = \"https://catalogue.invalid/api\"")
        .replace("allow_private = true", "allow_private = false");
    std::fs::write(sources.join("far.toml"), toml).unwrap();
    let path = sources.display().to_string();
    let output = Program::new(&folder.path().join("data")).args(&["harvest", "far", "--sources", &path]).run();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("set contact_url"), "{}", text(&output.stdout));
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
    assert!(
        took < Duration::from_secs(5),
        "it took {took:?}; a debug build checks the store and the index without optimisation, so seconds are allowed, \
         but a start that harvests or indexes everything anew is not"
    );
}

/// No command of these tests needs so long, not even in a debug build on a busy machine.
const END_LIMIT: Duration = Duration::from_mins(2);

/// What a program printed and how it ended. One that hangs is killed, and the test fails.
fn end_of(mut child: Child) -> Output {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > END_LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program hangs");
        }
        std::thread::yield_now();
    }
    child.wait_with_output().unwrap()
}

#[test]
fn two_commands_on_a_fresh_data_directory_do_not_break_each_other() {
    const AT_ONCE: usize = 3;
    // Who comes first is a matter of chance, so more than one directory is begun.
    for round in 1..=5 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let children: Vec<Child> =
            (0..AT_ONCE).map(|_| Program::new(&data).args(&["token", "create"]).spawn_piped()).collect();
        let mut tokens = BTreeSet::new();
        for child in children {
            let output = end_of(child);
            assert_eq!(output.status.code(), Some(0), "round {round}: {}", text(&output.stderr));
            let printed = text(&output.stdout);
            assert!(printed.starts_with("sp_") && printed.lines().count() == 1, "round {round}: {printed}");
            tokens.insert(printed);
        }
        assert_eq!(tokens.len(), AT_ONCE, "round {round}: each is another token");
        let list = Program::new(&data).args(&["token", "list", "--format", "json"]).run();
        let rows: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), AT_ONCE, "round {round}: each is stored");
    }
}

#[test]
fn a_second_harvest_beside_a_first_is_refused() {
    const RESOURCES: u32 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), RESOURCES, "one run");
    let data = folder.path().join("data");
    let harvest = || Program::new(&data).args(&["--sources", &sources, "harvest"]);
    let mut first = harvest().spawn();
    let started = Instant::now();
    // Who holds the lock writes its name into it.
    while first.try_wait().unwrap().is_none() && std::fs::read(data.join("lock")).unwrap_or_default().is_empty() {
        assert!(started.elapsed() < END_LIMIT, "the first harvest takes no lock");
        std::thread::yield_now();
    }
    let second = end_of(harvest().spawn_piped());
    let told = text(&second.stderr);
    if second.status.code() == Some(0) {
        assert!(first.try_wait().unwrap().is_some(), "two harvests wrote at once");
    } else {
        assert_eq!(second.status.code(), Some(1), "{told}");
        assert!(told.contains("is in use by another signpost"), "{told}");
    }
    assert_eq!(end_of(first).status.code(), Some(0), "the first goes on to its end");
    assert_eq!(export(&data, &sources).len() as u64, u64::from(RESOURCES));
}

/// What the store publishes, by address: the description of every resource. Reading it harvests nothing.
fn export(data: &Path, sources: &str) -> BTreeMap<String, String> {
    let output = Program::new(data).args(&["--sources", sources, "export"]).run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let resources: BTreeMap<String, String> = printed
        .lines()
        .map(|line| {
            let resource: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| resource[name].as_str().unwrap_or_else(|| panic!("no {name}: {line}")).to_owned();
            (field("url"), field("description"))
        })
        .collect();
    assert_eq!(resources.len(), printed.lines().count(), "no address is there twice");
    resources
}

/// The word of the store and of the index after a kill: every resource once, and both agree.
async fn check_whole(data: &Path, sources: &str, expected: u64) {
    let server = Program::new(data).args(&["--sources", sources]).serve().await;
    let found = server.json("/v1/resources?facets=none&per_page=1").await;
    assert_eq!(found["total"].as_u64(), Some(expected));
    let ready = server.json("/readyz").await;
    assert_eq!((ready["index"]["resources"].as_u64(), ready["index"]["behind"].as_u64()), (Some(expected), Some(0)));
    drop(server);
    assert_eq!(export(data, sources).len() as u64, expected, "nothing is lost");
}

/// So many times a program is killed: the nth time after n of [`PARTS`] of its usual time.
const KILLS: u32 = 20;
/// More than [`KILLS`], so that the last one too meets a program that is at work.
const PARTS: u32 = 25;
/// So many kills have to meet a program that is at work, or the test has shown nothing.
const LIVE_KILLS: u32 = 15;

/// How long a run takes: the shorter of two, for the first may find a cold disk or a busy machine.
fn usual_time(mut run: impl FnMut(u32)) -> Duration {
    let times = (1..=2).map(|number| {
        let started = Instant::now();
        run(number);
        started.elapsed()
    });
    times.min().unwrap()
}

/// Kills a program when this time is over. Says whether it was at work until then.
fn kill_after(time: Duration, mut child: Child) -> bool {
    const SIGKILL: i32 = 9;
    let started = Instant::now();
    while started.elapsed() < time && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    // Also one that ends by itself between the last look and the kill is told apart by this.
    child.wait().unwrap().signal() == Some(SIGKILL)
}

#[tokio::test]
async fn twenty_kills_in_the_middle_of_a_harvest_lose_and_double_nothing() {
    const RESOURCES: u32 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), RESOURCES, "no run");
    let harvest = |data: &Path| Program::new(data).args(&["--sources", &sources, "harvest"]);
    // The first creates everything and the second changes everything, which is what the trials do.
    let measured = folder.path().join("measured");
    let usual = usual_time(|number| {
        write_sources(folder.path(), RESOURCES, &format!("measured run {number}"));
        assert!(harvest(&measured).run().status.success());
    });

    let data = folder.path().join("data");
    let (mut alive, mut held) = (0, 0);
    for trial in 1..=KILLS {
        // Another text each time, or a trial after one that came to its end would have nothing to do.
        write_sources(folder.path(), RESOURCES, &format!("trial {trial}"));
        alive += u32::from(kill_after(usual * trial / PARTS, harvest(&data).spawn()));
        let found = export(&data, &sources).len();
        assert!(found >= held, "trial {trial}: there were {held} resources before and are {found} now");
        held = found;
    }
    assert!(alive >= LIVE_KILLS, "only {alive} of {KILLS} kills met a harvest at work; one takes {usual:?}");

    let last = harvest(&data).run();
    assert_eq!(last.status.code(), Some(0), "{}{}", text(&last.stdout), text(&last.stderr));
    let resources = export(&data, &sources);
    assert_eq!(resources.len() as u64, u64::from(RESOURCES), "nothing is lost");
    let last_text = format!("in trial {KILLS},");
    for (address, description) in &resources {
        assert!(description.contains(&last_text), "{address}: {description}");
    }
    let list = Program::new(&data).args(&["--sources", &sources, "sources", "list", "--format", "json"]).run();
    let rows: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!((rows[0]["source"].as_str(), rows[0]["last_state"].as_str()), (Some("many"), Some("ok")), "{rows}");
    check_whole(&data, &sources, u64::from(RESOURCES)).await;
}

#[tokio::test]
async fn twenty_kills_in_the_middle_of_a_reindex_lose_and_double_nothing() {
    const RESOURCES: u32 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), RESOURCES, "one run");
    let data = folder.path().join("data");
    assert!(Program::new(&data).args(&["--sources", &sources, "harvest"]).run().status.success());
    let reindex = || Program::new(&data).args(&["--sources", &sources, "reindex"]);
    let usual = usual_time(|_| assert!(reindex().run().status.success()));

    let mut alive = 0;
    for trial in 1..=KILLS {
        alive += u32::from(kill_after(usual * trial / PARTS, reindex().spawn()));
        // Nothing has changed in the source, so the server answers from what the kills have left.
        if trial % 5 == 0 {
            check_whole(&data, &sources, u64::from(RESOURCES)).await;
        }
    }
    assert!(alive >= LIVE_KILLS, "only {alive} of {KILLS} kills met a reindex at work; one takes {usual:?}");
}

#[tokio::test]
async fn a_lost_or_damaged_index_is_made_anew_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let sources = write_sources(folder.path(), 200, "one run");
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
