//! One generation of the index in the place of another, and whether the index holds what the store holds.

use index::{Entry, Index, IndexChange, Rebuild};
use schemas::{ResourceId, Vocabularies};
use serde_json::{Value, json};
use signpost::catalogue::{Drift, Role};
use signpost::gate::{self, GateRefused, Verdict};
use signpost::jobs::{NotAgain, drift, reindex, silent};
use signpost::serve::answer_on;

use crate::harness::{TestApp, source_toml};

/// So many posters, each about a tool of its own.
const POSTERS: usize = 30;

fn posters(told: &str) -> String {
    let items: Vec<Value> = (0..POSTERS)
        .map(|number| {
            json!({ "id": number, "title": format!("Poster of tool number{number}"), "subjects": ["Chemistry"],
                "url": format!("https://example.org/{number}"), "description": told })
        })
        .collect();
    Value::from(items).to_string()
}

async fn started() -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"");
    TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", &posters("It hangs on a wall."))]).await
}

async fn total(app: &TestApp, search: &str) -> Value {
    app.json(&format!("/v1/resources?facets=none&{search}")).await["total"].clone()
}

async fn index_as_shown(app: &TestApp) -> Value {
    let bearer = format!("Bearer {}", app.token(Role::ReadOnly).await);
    let answer = app.get_with("/admin/v1/index", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// A generation beside the live one that holds what is made of the resources of the store.
async fn rebuild_of(app: &TestApp, make: impl FnMut(Entry) -> Option<Entry>) -> Rebuild {
    let entries = app.app.catalogue.scan(None, 1_000).await.expect("the store can be read");
    let made = entries.into_iter().filter_map(make).map(|entry| IndexChange::Put(Box::new(entry)));
    let mut rebuild = app.app.index.start_rebuild().expect("a rebuild");
    rebuild.apply(&made.collect::<Vec<_>>()).expect("written changes");
    rebuild.commit(app.app.catalogue.head_seq().await.expect("the head")).expect("a commit");
    rebuild
}

#[tokio::test]
async fn a_generation_that_lost_resources_is_refused_and_the_live_one_answers_on() {
    let app = started().await;
    let live = app.app.index.generation();
    let mut number = 0;
    let lossy = rebuild_of(&app, |entry| {
        number += 1;
        (number > 1).then_some(entry)
    });
    let error = reindex::admit(&app.app, lossy.await).await.unwrap_err();
    let refused = error.downcast_ref::<GateRefused>().expect("the gate says so");
    assert_eq!(refused.reasons[0], "it holds 29 resources and the store 30");
    assert!(error.is::<NotAgain>(), "to begin again would come to the same");
    assert_eq!(app.app.index.generation(), live);
    assert_eq!(total(&app, "q=poster").await, POSTERS);

    let shown = index_as_shown(&app).await;
    let generation = &shown["generations"][0];
    assert_eq!((&generation["state"], &generation["promoted"]), (&json!("refused"), &Value::Null));
    let report = &generation["report"];
    assert_eq!(report["verdict"], "refused");
    assert_eq!(report["counts"], json!({ "index": 29, "store": 30, "behind": 0 }));
    assert!(app.app.index.start_rebuild().is_ok(), "what was refused is out of the way");
}

#[tokio::test]
async fn a_node_whose_new_index_is_refused_at_its_start_answers_on_and_says_so() {
    let app = started().await;
    let mark = async || app.json("/readyz").await["checks"][1].clone();
    let refused = reindex::admit(&app.app, rebuild_of(&app, |_| None).await).await;
    answer_on(&app.app, refused).expect("it goes on");
    assert_eq!(app.json("/readyz").await["status"], "degraded");
    let told = mark().await;
    assert!(told["name"] == "index" && told["status"] == "warn", "{told}");
    assert_eq!(total(&app, "q=poster").await, POSTERS);
    reindex::reindex(&app.app, silent(), &app.app.stop).await.unwrap();
    assert_eq!(mark().await["status"], "ok");
    answer_on(&app.app, Err(anyhow::anyhow!("the disk is gone"))).unwrap_err();
}

#[tokio::test]
async fn a_generation_with_other_resources_of_the_same_number_is_refused() {
    let app = started().await;
    let retitled = rebuild_of(&app, |mut entry| {
        entry.resource.title = "Nothing".to_owned();
        Some(entry)
    });
    let (_rebuild, report) = gate::judge(&app.app, retitled.await).await.unwrap();
    assert_eq!(report.verdict, Verdict::Refused);
    assert!(report.counts.agree());
    assert_eq!((report.canaries.asked, report.canaries.answered), (POSTERS / 2, 0));
    let judged = report.judged.expect("there is a live generation to compare with");
    assert_eq!(judged.queries, POSTERS);
    assert!(judged.before > 0.9 && judged.after < 0.5, "{judged:?}");
    assert_eq!(report.reasons.len(), 2, "{:?}", report.reasons);
}

#[tokio::test]
async fn a_sound_generation_goes_live_with_the_report_that_let_it() {
    let app = started().await;
    let before = app.app.index.generation();
    assert_eq!(reindex::reindex(&app.app, silent(), &app.app.stop).await.unwrap(), POSTERS as u64);
    let shown = index_as_shown(&app).await;
    assert_eq!(shown["previous"], before);
    let generation = &shown["generations"][0];
    assert_eq!((&generation["state"], &generation["number"]), (&json!("live"), &shown["generation"]));
    let report = &generation["report"];
    assert_eq!((&report["verdict"], &report["reasons"]), (&json!("live"), &json!([])));
    assert_eq!(report["canaries"], json!({ "asked": POSTERS / 2, "answered": POSTERS / 2, "missing": [] }));
    assert_eq!(report["judged"]["before"], report["judged"]["after"]);
}

#[tokio::test]
async fn the_generation_before_is_taken_back_and_follows_what_came_since() {
    let app = started().await;
    let token = app.token(Role::Admin).await;
    let ask = async || app.post("/admin/v1/index/rollback", &token, "application/json", "{}").await;
    assert_eq!(ask().await.status, 409, "there is none yet");
    let first = app.app.index.generation();
    reindex::reindex(&app.app, silent(), &app.app.stop).await.unwrap();
    std::fs::write(app.source_dir().join("posters.json"), posters("It stands in a corridor.")).unwrap();
    app.harvest("posters").await;
    assert_eq!(total(&app, "q=corridor").await, POSTERS);

    let message = reindex::roll_back(&app.app).await.unwrap();
    assert!(message.starts_with(&format!("generation {first} is live again")), "{message}");
    assert_eq!(app.app.index.generation(), first);
    assert_eq!(total(&app, "q=corridor").await, POSTERS);
    let states: Vec<Value> = index_as_shown(&app).await["generations"].as_array().unwrap().clone();
    let live: Vec<&Value> = states.iter().filter(|row| row["state"] == "live").map(|row| &row["number"]).collect();
    assert_eq!(live, [&json!(first)], "{states:?}");
    assert_eq!(ask().await.status, 202, "that is taken back too");
}

#[tokio::test]
async fn what_the_index_lost_kept_or_changed_is_found_and_repaired() {
    let app = started().await;
    let index = &app.app.index;
    let entries = app.app.catalogue.scan(None, 1_000).await.unwrap();
    let mut changed = entries[1].clone();
    changed.resource.title = "A title of long ago".to_owned();
    let mut foreign = entries[2].clone();
    foreign.resource.id = ResourceId::founded_on("nothing that was ever harvested");
    let damage = [
        IndexChange::Remove(entries[0].resource.id.clone()),
        IndexChange::Put(Box::new(changed)),
        IndexChange::Put(Box::new(foreign)),
    ];
    index.apply(&damage, index.position()).unwrap();
    assert_eq!(total(&app, "q=long+ago").await, 1);

    let message = drift::check(&app.app, silent(), &app.app.stop).await.unwrap();
    let found = app.app.catalogue.list_drift().await.unwrap();
    let expected = Drift { compared: POSTERS as u64, missing: 1, surplus: 1, differing: 1, repaired: 3 };
    assert_eq!(found[0].drift, expected, "{message}");
    assert_eq!((total(&app, "q=long+ago").await, total(&app, "q=poster").await), (json!(0), json!(POSTERS)));
    drift::check(&app.app, silent(), &app.app.stop).await.unwrap();
    assert_eq!(app.app.catalogue.list_drift().await.unwrap()[0].drift.found(), 0);
    assert_eq!(index_as_shown(&app).await["drift"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_run_that_changes_nothing_is_no_drift() {
    let app = started().await;
    app.pass_days(1);
    app.harvest("posters").await;
    let message = drift::check(&app.app, silent(), &app.app.stop).await.unwrap();
    assert_eq!(message, format!("{POSTERS} resources compared, all as the store has them"));
}

#[tokio::test]
async fn a_published_generation_serves_a_new_folder_and_one_of_another_store_does_not() {
    let app = started().await;
    let (shared, one, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    app.app.index.publish(shared.path()).unwrap();
    let store = app.app.catalogue.store_id().await.unwrap();
    let fetch = |dir: &std::path::Path, store: &str| {
        Index::fetch_published(dir, Vocabularies::shipped(), store, shared.path()).unwrap()
    };
    assert_eq!(fetch(one.path(), &store).unwrap().resources, POSTERS as u64);
    let index = Index::open(one.path(), Vocabularies::shipped(), &store).unwrap();
    assert_eq!(index.contents(None, 1_000).unwrap(), app.app.index.contents(None, 1_000).unwrap());
    assert_eq!(index.position(), app.app.index.position());
    assert_eq!(fetch(other.path(), "a restored store"), None);
}

#[tokio::test]
async fn a_call_about_an_index_names_a_node_that_there_is() {
    let app = started().await;
    let token = app.token(Role::Admin).await;
    let ask = async |path: &str, body: Value| app.post(path, &token, "application/json", body.to_string()).await;
    for path in ["/admin/v1/index/check", "/admin/v1/index/rollback", "/admin/v1/index/publication"] {
        assert_eq!(ask(path, json!({ "node": "nobody" })).await.status, 404, "{path}");
        assert_eq!(ask(path, json!({ "nodes": "nobody" })).await.status, 400, "{path}");
    }
    let answer = ask("/admin/v1/index/check", json!({ "node": null })).await;
    assert_eq!((answer.status, &answer.json()["subject"]), (202, &json!(app.app.node_id)));
    assert_eq!(ask("/admin/v1/index/publication", json!({})).await.status, 409, "no folder is configured");
    let answer = ask("/admin/v1/reindex", json!({ "ignore_gate": true })).await;
    assert_eq!((answer.status, &answer.json()["jobs"][0]["subject"]), (202, &json!(app.app.node_id)));
}
