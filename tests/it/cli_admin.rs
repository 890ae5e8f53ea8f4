//! What an admin decides and looks at on the command line: the same calls as in the console, with a server and without;
//! and what commands that work on the store by themselves leave in the audit log.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use signpost::catalogue::{Catalogue, Role, StorePlace};
use signpost::clock::Clock;
use signpost::config::STORE_FILE;
use tempfile::TempDir;

use crate::harness::{Program, Site, TestApp, source_toml};

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

    /// What was done on the command line, the newest first: the act, and to what.
    fn done(&self) -> Vec<String> {
        let log = self.json(&["audit"]);
        let acts = log["results"].as_array().unwrap().iter().filter(|act| act["who"] == "command line");
        acts.map(|act| format!("{} {}", act["action"].as_str().unwrap(), act["subject"].as_str().unwrap())).collect()
    }

    /// Makes a view, and one with a mistake, which is told.
    fn put_views(&self) {
        let file = self.folder.path().join("view.json");
        let put = ["views", "put", "chemistry-careers", file.to_str().unwrap()];
        let view = json!({ "title": "Careers in chemistry", "filters": { "subject": ["chemistry"] } });
        std::fs::write(&file, view.to_string()).unwrap();
        let made = self.json(&put);
        assert_eq!((&made["name"], &made["filters"]), (&json!("chemistry-careers"), &view["filters"]), "{made}");
        std::fs::write(&file, r#"{"titel": "Careers"}"#).unwrap();
        let wrong = self.run(1, &put);
        assert!(text(&wrong.stderr).contains("`titel`: "), "{}", text(&wrong.stderr));
        std::fs::write(&file, "titel").unwrap();
        let wrong = self.run(1, &put);
        assert!(text(&wrong.stderr).contains("view.json is no JSON"), "{}", text(&wrong.stderr));
        assert_eq!(self.json(&["views", "list"])["results"][0]["title"], "Careers in chemistry");
        assert_eq!(self.who_did("create view"), "command line");
    }

    /// Reads a sample of the source, whether or not it was ever harvested.
    fn preview(&self) {
        let preview = self.json(&["sources", "preview", "site"]);
        assert_eq!((&preview["read"], &preview["records"][0]["title"]), (&json!(20), &json!("Resource 0")));
        assert_eq!(preview["unmapped"][0]["word"], "Alkemy", "{preview}");
        let table = self.run(0, &["sources", "preview", "site"]);
        assert!(text(&table.stdout).contains("Resource 0"), "{}", text(&table.stdout));
        let shown = self.json(&["sources", "show", "site"]);
        assert_eq!((&shown["previewed"], &shown["id"]), (&json!(true), &json!("site")), "{shown}");
        assert!(!self.run(0, &["sources", "show", "site"]).stdout.is_empty());
        assert_eq!(self.who_did("preview source"), "command line");
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

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_a_source_is_previewed_a_view_put_and_what_a_source_that_is_gone_gave_withdrawn() {
    let desk = Desk::prepare().await;
    desk.preview();
    assert_eq!(desk.published(), 0, "a preview stores nothing");
    desk.run(0, &["harvest", "site"]);
    desk.put_views();

    let withdraw = ["sources", "withdraw", "site", "--why", "asked for by its owner"];
    let there = desk.run(1, &withdraw);
    assert!(text(&there.stderr).contains("`site` is there"), "{}", text(&there.stderr));
    // Another file stands in its place.
    let other = json!([{ "id": "a", "title": "Soap makers", "url": "https://example.org/soap" }]);
    desk.site.put("/other.json", 200, "application/json", other.to_string());
    let sources = desk.folder.path().join("sources");
    let toml = source_toml("other", &format!("url = \"{}/other.json\"", desk.site.origin));
    std::fs::write(sources.join("other.toml"), toml).unwrap();
    std::fs::remove_file(sources.join("site.toml")).unwrap();
    desk.run(0, &["harvest", "other"]);
    assert_eq!(desk.published(), 61, "what the one that is gone gave stays");
    assert_eq!(desk.json(&withdraw), json!({ "withdrawn": 60 }));
    assert_eq!(desk.published(), 1);
    assert_eq!(desk.who_did("withdraw records"), "command line");
    desk.run(2, &["sources", "withdraw", "site"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_server_a_source_is_previewed_a_view_put_and_a_node_told_what_to_do_with_its_index() {
    let desk = Desk::prepare().await;
    let server = desk.program().serve().await;
    desk.preview();
    desk.run(0, &["harvest", "site"]);
    desk.put_views();
    let found = server.json("/v1/resources?view=chemistry-careers&facets=none").await;
    assert_eq!(found["total"], 60, "{found}");

    let node = id_of(&desk.json(&["nodes"])["results"][0]);
    let checked = desk.json(&["reindex", "--node", &node, "--check"]);
    let expected = (&json!("drift"), &json!(node), &json!("succeeded"));
    assert_eq!((&checked[0]["kind"], &checked[0]["subject"], &checked[0]["state"]), expected, "{checked}");
    let built = desk.json(&["reindex", "--node", "all"]);
    let expected = (&json!("reindex"), &json!(node), &json!("succeeded"));
    assert_eq!((&built[0]["kind"], &built[0]["subject"], &built[0]["state"]), expected, "{built}");
    let unheard_of = desk.run(1, &["reindex", "--node", "nobody"]);
    assert!(text(&unheard_of.stderr).contains("the node `nobody` is not running"), "{}", text(&unheard_of.stderr));
    let done = desk.done();
    assert_eq!(done[..2], [format!("start reindex {node}"), format!("start drift {node}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_ended_is_told_nothing_and_waited_for_by_nobody() {
    let desk = Desk::prepare().await;
    let server = desk.program().serve().await;
    let node = id_of(&desk.json(&["nodes"])["results"][0]);
    server.kill();
    let store = StorePlace::File(desk.data().join(STORE_FILE));
    let catalogue = Catalogue::open(&store).await.unwrap();
    catalogue.node_stopped(&node, Clock::system().now()).await.unwrap();
    let ended = text(&desk.run(1, &["reindex", "--node", &node]).stderr);
    assert!(ended.contains(&format!("the node `{node}` is not running")), "{ended}");
    let none = text(&desk.run(1, &["reindex", "--node", "all"]).stderr);
    assert!(none.contains("no node is running"), "{none}");
    assert!(desk.done().is_empty(), "{:?} is queued", desk.done());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_does_by_itself_stands_in_the_audit_log_as_what_it_asks_a_server_for() {
    let desk = Desk::prepare().await;
    desk.run(0, &["harvest", "site"]);
    desk.run(0, &["reindex"]);
    desk.run(0, &["reindex", "--check"]);
    desk.run(0, &["reindex", "--roll-back"]);
    desk.run(0, &["sources", "disable", "site"]);
    let node = std::fs::read_to_string(desk.data().join("node-id")).unwrap().trim().to_owned();
    let alone = [
        "disable source site".to_owned(),
        format!("start roll-back-index {node}"),
        format!("start drift {node}"),
        format!("start reindex {node}"),
        "start harvest site".to_owned(),
    ];
    assert_eq!(desk.done(), alone);

    let _server = desk.program().serve().await;
    desk.run(0, &["harvest", "site"]);
    assert_eq!(desk.done()[..2], ["start harvest site".to_owned(), alone[0].clone()]);
    let jobs = desk.json(&["jobs", "list"]);
    let harvest = jobs.as_array().unwrap().iter().find(|job| job["kind"] == "harvest");
    assert_eq!(harvest.map(|job| &job["asked_by"]), Some(&json!("command line")), "{jobs}");
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
    assert_eq!(ended(&["token", "create"]).0, Some(0));
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
    assert_eq!(end_of(folder.path(), &["token", "create"]).0, Some(0));
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
fn whoever_is_in_the_wrong_folder_is_told_that_an_empty_store_was_made_there() {
    let folder = tempfile::tempdir().unwrap();
    let made = format!("an empty one was made: {}", folder.path().join("data").display());
    let (code, told) = end_of(folder.path(), &["token", "create"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains(&made) && told.contains("--data-dir"), "{told}");
    let (code, told) = end_of(folder.path(), &["token", "create"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(!told.contains("an empty one was made"), "{told}");
}

#[test]
fn whoever_only_looks_is_refused_where_there_is_no_store_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let none = format!("there is no store in {}", data.display());
    let are_refused = || {
        for looks in [
            &["export"][..],
            &["backup"],
            &["audit"],
            &["nodes"],
            &["harvests", "list", "programmes"],
            &["sources", "list"],
            &["sources", "show", "programmes"],
            &["token", "list"],
            &["token", "revoke", "0198c5"],
            &["jobs", "list"],
            &["jobs", "cancel", "0198c5"],
            &["reindex", "--node", "all"],
        ] {
            let (code, told) = end_of(folder.path(), looks);
            assert_eq!(code, Some(1), "{looks:?}: {told}");
            assert!(told.contains(&none) && told.contains("--data-dir"), "{looks:?}: {told}");
        }
    };
    are_refused();
    assert!(!data.exists());
    // Without a store the folder is no other than one that is not there.
    std::fs::create_dir(&data).unwrap();
    are_refused();
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
}

/// The command that stands for each call of the admin API, by its operation id. None gives the document of that API.
const COMMANDS: &[(&str, &str)] = &[
    ("list_curations", "curations list"),
    ("curate_resource", "curations decide"),
    ("list_all_curations", "curations list"),
    ("undo_curation", "curations undo"),
    ("list_pins", "pins list"),
    ("create_pin", "pins add"),
    ("undo_pin", "pins undo"),
    ("list_reports", "reports list"),
    ("answer_report", "reports answer"),
    ("list_words", "words list"),
    ("accept_word", "words accept"),
    ("list_accepted", "words accepted"),
    ("undo_accepted", "words undo"),
    ("report_completeness", "completeness"),
    ("list_matches", "duplicates"),
    ("list_sources", "sources list"),
    ("add_source", "sources add"),
    ("check_source", "sources check"),
    ("show_source", "sources show"),
    ("change_source", "sources change"),
    ("retire_source", "sources retire"),
    ("withdraw_records", "sources withdraw"),
    ("enable_source", "sources enable"),
    ("set_schedule", "sources schedule"),
    ("preview_source", "sources preview"),
    ("start_harvest", "harvest"),
    ("list_harvests", "harvests list"),
    ("start_replay", "harvests replay"),
    ("show_harvest", "harvests show"),
    ("show_difference", "harvests difference"),
    ("roll_back_harvest", "sources roll-back"),
    ("approve_difference", "harvests approve"),
    ("list_nodes", "nodes"),
    ("list_jobs", "jobs list"),
    ("show_job", "jobs show"),
    ("watch_job", "jobs follow"),
    ("cancel_job", "jobs cancel"),
    ("start_backup", "backup"),
    ("show_index", "index"),
    ("start_reindex", "reindex --node all"),
    ("roll_back_index", "reindex --roll-back"),
    ("check_index", "reindex --check"),
    ("publish_index", "reindex --publish"),
    ("list_partners", "partners list"),
    ("revoke_partner", "partners revoke"),
    ("revoke_key", "keys revoke"),
    ("list_views", "views list"),
    ("put_view", "views put"),
    ("delete_any_view", "views delete"),
    ("show_usage", "usage"),
    ("list_tokens", "token list"),
    ("create_token", "token create"),
    ("revoke_token", "token revoke"),
    ("list_alarms", "alarms"),
    ("list_audit", "audit"),
];

#[tokio::test]
async fn every_call_of_the_admin_api_has_a_command() {
    let app = TestApp::shipped().await;
    let bearer = format!("Bearer {}", app.token(Role::Admin).await);
    let document = app.get_with("/admin/v1/openapi.json", &[("authorization", &bearer)]).await.json();
    let paths = document["paths"].as_object().unwrap().values();
    let calls = paths.flat_map(|operations| operations.as_object().unwrap().values());
    let mut calls: BTreeSet<&str> = calls.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert!(calls.remove("show_admin_api"));
    let named: BTreeSet<&str> = COMMANDS.iter().map(|(call, _)| *call).collect();
    assert_eq!(calls, named);
    for (call, command) in COMMANDS {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let output = Program::new(&app.data_dir()).args(&arguments).run();
        assert_eq!(output.status.code(), Some(0), "{call}: {}", text(&output.stderr));
    }
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
        "sources show",
        "sources preview",
        "sources withdraw",
        "views list",
        "views put",
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
