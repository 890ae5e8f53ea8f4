//! What does an admin do with sources, and what is left of a run that is taken back?

use std::sync::Arc;

use crawler::fetch::ScriptedFetcher;
use serde_json::{Value, json};
use signpost::catalogue::Role;

use super::wait_for;
use crate::harness::{Answer, Site, TestApp, source_toml};

/// The text of a source at an address of the public network.
fn added(id: &str) -> String {
    format!(
        "id = \"{id}\"\nname = \"Added {id}\"\norganisation = \"Example Society\"\nlicence = \"cc-by-4.0\"\n\
         kind = \"json\"\nschedule = \"daily\"\n[where]\nurl = \"https://catalogue.example/{id}\"\n[mapping]\n\
         identifier = \"/id\"\ntitle = \"/title\"\nurl = \"/url\"\nsubjects = \"/subjects\"\n[limits]\ndelay_ms = 0\n"
    )
}

/// Records of such a source, as it answers them.
fn answered(titles: &[&str]) -> String {
    let one = |(number, title): (usize, &&str)| {
        json!({ "id": number, "title": title, "url": format!("https://catalogue.example/{number}"),
            "subjects": ["Chemistry", "Alchemy"] })
    };
    Value::Array(titles.iter().enumerate().map(one).collect()).to_string()
}

async fn call(app: &TestApp, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    app.call(method, &format!("/admin/v1{path}"), &headers, body.to_string()).await
}

async fn look(app: &TestApp, token: &str, path: &str) -> Value {
    let answer = call(app, token, "GET", path, &json!({})).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_source_that_is_added_is_harvested_like_one_that_has_a_file() {
    let site = ScriptedFetcher::new().with(
        "https://catalogue.example/new",
        "application/json",
        answered(&["Careers in soap", "Careers in glass"]),
    );
    let app = TestApp::over_network(Arc::new(site)).await;
    let token = app.token(Role::Admin).await;
    let answer = app.post("/admin/v1/sources", &token, "text/plain", added("new")).await;
    assert_eq!((answer.status, answer.header("location")), (201, "/admin/v1/sources/new"), "{}", answer.body);
    let source = answer.json();
    assert_eq!(
        (&source["origin"], &source["enabled"], &source["present"]),
        (&json!("store"), &json!(false), &json!(true))
    );
    assert_eq!((&source["next_start"], &source["previewed"]), (&Value::Null, &json!(false)));
    assert_eq!(source["toml"], added("new"));

    let preview = call(&app, &token, "POST", "/sources/new/preview", &json!({})).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    let preview = preview.json();
    assert_eq!(preview["records"][0]["title"], "Careers in soap", "{preview}");
    assert_eq!(preview["unmapped"][0]["word"], "Alchemy", "{preview}");
    assert_eq!(preview["ended"], Value::Null, "{preview}");

    let enabled = call(&app, &token, "POST", "/sources/new/enabling", &json!({ "enabled": true })).await.json();
    assert_eq!((&enabled["enabled"], &enabled["hint"]), (&json!(true), &Value::Null), "{enabled}");
    assert!(enabled["next_start"].is_string(), "{enabled}");
    let started = call(&app, &token, "POST", "/sources/new/harvests", &json!({})).await;
    let job = wait_for(&app, started.header("location"), &token).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let found = app.json("/v1/resources?source=new&facets=none").await;
    assert_eq!(found["total"], 2, "{found}");
    assert_eq!(app.json("/v1/sources/new").await["last_harvest"]["state"], "ok");

    let why = json!({ "why": "the society has asked for it" });
    assert_eq!(call(&app, &token, "POST", "/sources/new/withdrawal", &why).await.status, 409, "it is there");
    assert_eq!(call(&app, &token, "DELETE", "/sources/new", &json!({})).await.status, 200);
    assert_eq!(app.json("/v1/resources?source=new&facets=none").await["total"], 2, "what it gave stays");
    let withdrawn = call(&app, &token, "POST", "/sources/new/withdrawal", &why).await.json();
    assert_eq!(withdrawn["withdrawn"], 2, "{withdrawn}");
    assert_eq!(app.json("/v1/resources?source=new&facets=none").await["total"], 0);
    let acts = look(&app, &token, "/audit").await;
    let done: Vec<&str> =
        acts["results"].as_array().expect("acts").iter().filter_map(|act| act["action"].as_str()).collect();
    for action in ["add source", "preview source", "enable source", "retire source", "withdraw records"] {
        assert!(done.contains(&action), "{done:?}");
    }
}

#[tokio::test]
async fn of_a_text_with_mistakes_all_are_told_and_nothing_is_stored() {
    let app = TestApp::shipped().await;
    let token = app.token(Role::Admin).await;
    let before = look(&app, &token, "/sources").await["total"].clone();
    let wrong = added("new").replace("daily", "often").replace("title =", "titel =");
    let private = added("new").replace("catalogue.example", "127.0.0.1") + "[access]\nallow_private = true\n";
    let file = added("new").replace("url = \"https://catalogue.example/new\"", "file = \"list.json\"");
    for (toml, keys) in [
        (wrong, vec!["schedule", "mapping.titel"]),
        (private, vec!["where.url", "access.allow_private"]),
        (file, vec!["where.file"]),
        (added("programmes"), vec!["id"]),
        (added("check"), vec!["id"]),
        ("no toml".to_owned(), vec!["toml"]),
    ] {
        for path in ["/sources", "/sources/check"] {
            let answer = call(&app, &token, "POST", path, &json!({ "toml": toml })).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            let told = answer.json();
            let named: Vec<&str> =
                told["errors"].as_array().expect("errors").iter().filter_map(|it| it["parameter"].as_str()).collect();
            assert_eq!(named, keys, "{path}: {}", answer.body);
        }
    }
    assert_eq!(look(&app, &token, "/sources").await["total"], before);
    let checked = call(&app, &token, "POST", "/sources/check", &json!({ "toml": added("new") })).await;
    assert_eq!((checked.status, &checked.json()["id"]), (200, &json!("new")), "{}", checked.body);
    assert_eq!(look(&app, &token, "/sources").await["total"], before, "a check stores nothing either");
}

#[tokio::test]
async fn a_preview_stores_nothing_and_obeys_robots_txt() {
    let site = Site::start().await;
    site.put("/api.json", 200, "application/json", answered(&["One", "Two", "Three"]));
    let toml = source_toml("site", &format!("url = \"{}/api.json\"", site.origin));
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    let token = app.token(Role::Admin).await;
    site.asked();
    let seen = call(&app, &token, "POST", "/sources/site/preview", &json!({})).await.json();
    assert_eq!(seen["records"].as_array().map(Vec::len), Some(3), "{seen}");
    assert_eq!(site.asked(), ["/api.json 200"]);
    let id = "site".parse().expect("an id");
    assert!(app.app.catalogue.last_harvest(&id).await.expect("the store can be read").is_none());
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 0);

    let closed = Site::start().await;
    closed.put("/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /\n");
    closed.put("/api.json", 200, "application/json", answered(&["One"]));
    let toml = source_toml("closed", &format!("url = \"{}/api.json\"", closed.origin));
    let app = TestApp::with_sources(&[("closed.toml", toml)], &[]).await;
    let token = app.token(Role::Admin).await;
    let refused = call(&app, &token, "POST", "/sources/closed/preview", &json!({})).await.json();
    assert!(refused["ended"].is_string(), "{refused}");
    assert_eq!(closed.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_source_is_changed_scheduled_retired_and_added_again() {
    let app = TestApp::over_network(Arc::new(ScriptedFetcher::new())).await;
    let token = app.token(Role::Admin).await;
    let put = async |method: &'static str, path: &'static str, body: Value| {
        let answer = call(&app, &token, method, path, &body).await;
        (answer.status, answer.json())
    };
    assert_eq!(put("POST", "/sources", json!({ "toml": added("new") })).await.0, 201);
    assert_eq!(put("POST", "/sources", json!({ "toml": added("new") })).await.0, 409);
    let (status, enabled) = put("POST", "/sources/new/enabling", json!({ "enabled": true })).await;
    assert_eq!((status, enabled["hint"].is_string()), (200, true), "nobody has seen what it gives: {enabled}");

    let other = added("new").replace("Added new", "Renamed");
    let (status, changed) = put("PUT", "/sources/new", json!({ "toml": other })).await;
    assert_eq!((status, &changed["name"], &changed["enabled"]), (200, &json!("Renamed"), &json!(true)), "{changed}");
    assert_eq!(app.json("/v1/sources/new").await["name"], "Renamed");
    assert_eq!(put("PUT", "/sources/new", json!({ "toml": added("other") })).await.0, 400);
    assert_eq!(put("PUT", "/sources/programmes", json!({ "toml": added("programmes") })).await.0, 409);

    for (schedule, status, shown) in
        [(json!("weekly"), 200, "weekly"), (json!("often"), 400, "weekly"), (Value::Null, 200, "daily")]
    {
        assert_eq!(put("PUT", "/sources/new/schedule", json!({ "schedule": schedule })).await.0, status);
        assert_eq!(look(&app, &token, "/sources/new").await["schedule"], shown);
    }

    assert_eq!(put("DELETE", "/sources/programmes", json!({})).await.0, 409, "a file is taken away where it stands");
    let (status, retired) = put("DELETE", "/sources/new", json!({})).await;
    assert_eq!((status, &retired["present"], &retired["enabled"]), (200, &json!(false), &json!(false)), "{retired}");
    assert_eq!(put("POST", "/sources/new/harvests", json!({})).await.0, 404);
    assert_eq!(put("POST", "/sources/new/enabling", json!({ "enabled": true })).await.0, 409);
    let (status, again) = put("POST", "/sources", json!({ "toml": added("new") })).await;
    assert_eq!((status, &again["enabled"]), (201, &json!(false)), "it is to be enabled anew: {again}");
    assert_eq!(put("POST", "/sources/nobody/enabling", json!({ "enabled": true })).await.0, 404);
}

#[tokio::test]
async fn what_one_node_adds_another_learns_within_its_next_look() {
    let app = TestApp::over_network(Arc::new(ScriptedFetcher::new())).await;
    let source = signpost::source_book::read_stored(&added("new")).expect("it has no mistakes");
    let now = app.app.clock.now();
    app.app.catalogue.add_source(&source, &added("new"), "another node", now).await.expect("it is added");
    app.app.reload_sources().await.expect("the store can be read");
    assert!(app.app.sources().0.contains_key(&source.id));
    assert!(!app.app.reload_sources().await.expect("the store can be read"), "nothing has changed since");
}

#[tokio::test]
async fn a_run_is_taken_back_and_searches_find_what_was_there_before() {
    let site = Site::start().await;
    site.put("/api.json", 200, "application/json", answered(&["Careers in soap", "Careers in glass"]));
    let toml = source_toml("site", &format!("url = \"{}/api.json\"", site.origin));
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    let token = app.token(Role::Admin).await;
    app.harvest("site").await;
    let soap = app.id_of("Careers in soap").await;
    site.put("/api.json", 200, "application/json", answered(&["Rubbish", "Careers in glass", "More rubbish"]));
    let bad = app.harvest("site").await;
    let brought = app.id_of("More rubbish").await;
    assert_eq!(look(&app, &token, &format!("/harvests/{}", bad.id)).await["not_to_be_rolled_back"], Value::Null);

    let reader = app.token(Role::ReadOnly).await;
    let path = format!("/harvests/{}/rollback", bad.id);
    assert_eq!(call(&app, &reader, "POST", &path, &json!({})).await.status, 403);
    let started = call(&app, &token, "POST", &path, &json!({})).await;
    assert_eq!(started.status, 202, "{}", started.body);
    let told = started.json();
    assert!(told["note"].is_string() && told["links"]["enabling"] == "/admin/v1/sources/site/enabling", "{told}");
    let job = wait_for(&app, started.header("location"), &token).await;
    assert_eq!(job["state"], "succeeded", "{job}");

    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 2);
    assert_eq!(app.id_of("Careers in soap").await, soap);
    let gone = app.get(&format!("/v1/resources/{brought}")).await;
    assert!(gone.status == 410 && gone.body.contains("run rolled back"), "{}", gone.body);
    let report = look(&app, &token, &format!("/harvests/{}", bad.id)).await;
    assert!(report["rolled_back"].is_string() && report["not_to_be_rolled_back"].is_string(), "{report}");
    assert_eq!(call(&app, &token, "POST", &path, &json!({})).await.status, 409);
    let again = app.harvest("site").await;
    assert_eq!((again.counts.changed, again.counts.unchanged), (2, 1), "the next run reads everything: {again:?}");
}
