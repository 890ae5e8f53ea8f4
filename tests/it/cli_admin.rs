//! What an admin decides and looks at on the command line: the same calls as in the console, with a server and without.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use signpost::clock::Clock;
use tempfile::TempDir;

use crate::harness::{Program, Site, source_toml};

/// A data directory with one source, whose resources have a subject that no vocabulary knows.
struct Desk {
    folder: TempDir,
    sources: String,
    site: Site,
}

fn items(count: u32) -> String {
    let items: Vec<Value> = (0..count)
        .map(|n| {
            json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}"),
                "subjects": ["Chemistry", "Alkemy"] })
        })
        .collect();
    Value::Array(items).to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Desk {
    async fn prepare() -> Self {
        let site = Site::start().await;
        let folder = tempfile::tempdir().unwrap();
        let sources = folder.path().join("sources");
        std::fs::create_dir(&sources).unwrap();
        let toml = source_toml("site", &format!("url = \"{}/items.json\"", site.origin));
        std::fs::write(sources.join("site.toml"), toml).unwrap();
        site.put("/items.json", 200, "application/json", items(60));
        Self { folder, sources: sources.display().to_string(), site }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self) -> Program {
        Program::new(&self.data()).args(&["--sources", &self.sources])
    }

    /// Runs a command, which has to end so.
    fn run(&self, code: i32, arguments: &[&str]) -> Output {
        let output = self.program().args(arguments).run();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        output
    }

    /// What the API answers to a command.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(0, &[arguments, &["--format", "json"][..]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    /// Harvests sixty records, and then thirty of them, which is held. Gives the id of that run.
    fn hold(&self) -> String {
        self.run(0, &["harvest", "site"]);
        self.site.put("/items.json", 200, "application/json", items(30));
        self.run(3, &["harvest", "site"]);
        let runs = self.json(&["harvests", "list", "site"]);
        assert_eq!(runs["results"][0]["state"], "held", "{runs}");
        id_of(&runs["results"][0])
    }

    /// Says yes to two records, and then to the rest.
    fn approve(&self, run: &str) {
        let difference = self.json(&["harvests", "difference", run, "--limit", "10"]);
        assert_eq!((&difference["total"], &difference["results"][0]["identifier"]), (&json!(30), &json!("30")));
        let table = self.run(0, &["harvests", "difference", run, "--limit", "10"]);
        assert!(text(&table.stdout).contains("Resource 30"), "{}", text(&table.stdout));
        assert!(text(&table.stderr).contains("30 in all; the next with --offset 10"), "{}", text(&table.stderr));
        let some = self.json(&["harvests", "approve", run, "40", "41", "unheard of"]);
        assert_eq!((&some["gone"], &some["unknown"]), (&json!(2), &json!(["unheard of"])), "{some}");
        let rest = self.json(&["harvests", "approve", run, "--all"]);
        assert_eq!((&rest["gone"], &rest["harvest"]["state"]), (&json!(28), &json!("ok")), "{rest}");
        let shown = self.run(0, &["harvests", "show", run]);
        assert!(text(&shown.stdout).contains(run), "{}", text(&shown.stdout));
    }

    /// How many resources the store publishes.
    fn published(&self) -> usize {
        text(&self.run(0, &["export"]).stdout).lines().count()
    }

    /// Every command that looks answers, as a table and as JSON; and leaves no token.
    fn look_at_everything(&self) {
        for looks in [
            &["harvests", "list", "site"][..],
            &["words", "list"],
            &["words", "accepted"],
            &["reports", "list"],
            &["curations", "list"],
            &["pins", "list"],
            &["partners", "list"],
            &["views", "list"],
            &["usage"],
            &["alarms"],
            &["audit"],
            &["nodes"],
            &["index"],
            &["duplicates"],
            &["completeness"],
        ] {
            let answer = self.json(looks);
            assert!(
                answer["results"].is_array() || answer["days"].is_array() || answer["generation"].is_u64(),
                "{answer}"
            );
            assert!(!self.run(0, looks).stdout.is_empty(), "{looks:?}");
        }
        let tokens = self.json(&["token", "list"]);
        assert_eq!(tokens, json!([]), "a token is lent for one call");
    }

    /// Who did this, as the audit log has it.
    fn who_did(&self, action: &str) -> Value {
        let log = self.json(&["audit"]);
        let acts = log["results"].as_array().unwrap();
        let act = acts.iter().find(|act| act["action"] == action);
        act.unwrap_or_else(|| panic!("nobody did `{action}`: {log}"))["who"].clone()
    }
}

fn id_of(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("no id: {answer}")).to_owned()
}

fn unknown_words(desk: &Desk) -> Vec<Value> {
    let words = desk.json(&["words", "list", "--source", "site"]);
    words["results"].as_array().unwrap().iter().map(|word| word["word"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_a_held_run_is_approved_and_a_word_accepted_at_once() {
    let desk = Desk::prepare().await;
    let run = desk.hold();
    assert_eq!(desk.published(), 60);
    desk.approve(&run);
    assert_eq!(desk.published(), 30);
    assert_eq!(desk.who_did("approve difference"), "command line");

    assert_eq!(unknown_words(&desk), ["Alkemy"]);
    let accepted = desk.json(&["words", "accept", "Alkemy", "chemistry", "--field", "subject"]);
    assert_eq!(accepted["concepts"], json!(["chemistry"]));
    assert!(unknown_words(&desk).is_empty(), "what was kept is read anew at once");
    let undone = desk.json(&["words", "undo", &id_of(&accepted)]);
    assert_eq!(undone["undone"]["who"], "command line");
    assert_eq!(unknown_words(&desk), ["Alkemy"]);

    desk.site.asked();
    let job = desk.json(&["harvests", "replay", "site"]);
    let ended = desk.json(&["jobs", "show", &id_of(&job)]);
    assert_eq!(ended[0]["state"], "succeeded", "{ended}");
    assert!(desk.site.asked().is_empty(), "a replay asks nobody");
    desk.look_at_everything();
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_server_that_server_is_asked_and_searches_see_it_at_once() {
    let desk = Desk::prepare().await;
    let server = desk.program().serve().await;
    let run = desk.hold();
    desk.approve(&run);
    let found = server.json("/v1/resources?facets=none&per_page=100").await;
    assert_eq!(found["total"], 30);
    assert_eq!(desk.who_did("approve difference"), "command line");

    let resource = id_of(&found["results"][0]);
    let curation =
        desk.json(&["curations", "decide", &resource, "--why", "a teacher wrote", "hide", "--reason", "sold"]);
    assert_eq!(server.json("/v1/resources?facets=none").await["total"], 29);
    desk.json(&["curations", "undo", &id_of(&curation), "--why", "a slip"]);
    assert_eq!(server.json("/v1/resources?facets=none").await["total"], 30);

    let expires = Clock::system().local().date().tomorrow().unwrap().to_string();
    let pin = desk.json(&[
        "pins",
        "add",
        "soap",
        &resource,
        "--owner",
        "Ada",
        "--reason",
        "asked for",
        "--expires",
        &expires,
    ]);
    assert_eq!((&pin["action"], &pin["state"]), (&json!("pin"), &json!("active")), "{pin}");
    assert_eq!(desk.json(&["pins", "undo", &id_of(&pin)])["state"], "undone");

    let reference = report(&server.origin, &resource).await;
    let open = desk.json(&["reports", "list", "--state", "open"]);
    assert_eq!((&open["total"], &open["results"][0]["reference"]), (&json!(1), &json!(reference)));
    let wrong = desk.run(1, &["reports", "answer", &reference, "--state", "fixd", "--outcome", "It is put right."]);
    assert!(text(&wrong.stderr).contains("`state`: "), "{}", text(&wrong.stderr));
    desk.json(&["reports", "answer", &reference, "--state", "fixed", "--outcome", "It is put right."]);
    assert_eq!(server.json(&format!("/v1/reports/{reference}")).await["state"], "fixed");
    desk.look_at_everything();
}

async fn report(origin: &str, resource: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = json!({ "resource": resource, "kind": "wrong-detail", "detail": "The title is wrong." }).to_string();
    let sent = client.post(format!("{origin}/v1/reports")).header("content-type", "application/json").body(body);
    let answer = sent.send().await.unwrap().text().await.unwrap();
    let receipt: Value = serde_json::from_str(&answer).unwrap();
    receipt["reference"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn what_the_api_does_not_do_is_told_by_its_name_and_wrong_usage_is_2() {
    let folder = tempfile::tempdir().unwrap();
    let ended = |arguments: &[&str]| end_of(folder.path(), arguments);
    let (code, told) = ended(&["harvests", "show", "nothing"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("there is no harvest `nothing`"), "{told}");
    for wrong in [
        &["harvests", "approve", "run"][..],
        &["harvests", "approve", "run", "--all", "one"],
        &["words", "accept", "Chem", "--field", "subject"],
        &["curations", "decide", "0198c5", "--why", "so", "correct", "levels", "[ks3"],
        &["partners", "revoke", "0198c5"],
        &["audit", "everything"],
    ] {
        assert_eq!(ended(wrong).0, Some(2), "{wrong:?}");
    }
}

fn end_of(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Program::new(&folder.join("data")).args(arguments).run();
    (output.status.code(), text(&output.stderr))
}

#[test]
fn a_backup_goes_into_the_folder_that_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = end_of(folder.path(), &["backup"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("no folder for backups is configured"), "{told}");
    let (config, backups) = (folder.path().join("signpost.toml"), folder.path().join("backups"));
    std::fs::write(&config, format!("[backup]\nfolder = \"{}\"\n", backups.display())).unwrap();
    let (code, told) = end_of(folder.path(), &["backup", "--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 1);
}

#[test]
fn every_command_has_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "harvests list",
        "harvests show",
        "harvests difference",
        "harvests approve",
        "harvests replay",
        "words list",
        "words accepted",
        "words accept",
        "words undo",
        "reports list",
        "reports answer",
        "curations list",
        "curations decide",
        "curations undo",
        "pins list",
        "pins add",
        "pins undo",
        "partners list",
        "partners revoke",
        "keys revoke",
        "views list",
        "views delete",
        "usage",
        "alarms",
        "audit",
        "nodes",
        "index",
        "duplicates",
        "completeness",
    ] {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.push("--help");
        let help = text(&Program::new(&folder.path().join("data")).args(&arguments).run().stdout);
        assert!(help.contains("Example") && help.contains(&format!("signpost {command}")), "{command}: {help}");
    }
}
