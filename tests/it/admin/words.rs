//! Words that no vocabulary knows: listed, decided about, and read anew without asking anybody.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signpost::catalogue::Role;

use super::wait_for;
use crate::harness::{Answer, Site, TestApp, source_toml};

const WORDS: &str = "/admin/v1/words";

/// Three resources of a catalogue that misspells its subject, in two ways.
async fn app_over(site: &Site) -> TestApp {
    let items: Vec<Value> = [("1", "Chemisty & labs"), ("2", "chemisty and labs"), ("3", "Maths")]
        .into_iter()
        .map(|(id, subject)| {
            json!({ "id": id, "title": format!("Resource {id}"), "url": format!("https://example.org/{id}"),
                "subjects": [subject] })
        })
        .collect();
    site.put("/items.json", 200, "application/json", json!(items).to_string());
    let toml = source_toml("site", &format!("url = \"{}/items.json\"", site.origin));
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    app.harvest("site").await;
    app
}

async fn get(app: &TestApp, path: &str, token: &str) -> Value {
    let answer = app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

async fn accept(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.post(WORDS, token, "application/json", body.to_string()).await
}

/// Waits for the jobs of an answer, each of which has to do what it should.
async fn done(app: &TestApp, token: &str, answer: &Value) -> usize {
    let jobs = answer["jobs"].as_array().expect("jobs");
    for job in jobs {
        let job = wait_for(app, job.as_str().expect("an address"), token).await;
        assert_eq!(job["state"], "succeeded", "{job}");
    }
    jobs.len()
}

/// What is said about the subjects of the resource at an address: value, method, evidence.
async fn subjects_at(app: &TestApp, url: &str) -> Vec<(String, String, Option<String>)> {
    let found = app.json("/v1/resources?facets=none").await;
    let resources = found["results"].as_array().expect("results");
    let resource = resources.iter().find(|resource| resource["url"] == url).expect("a resource at this address");
    let id = resource["id"].as_str().expect("an id");
    let resource = app.json(&format!("/v1/resources/{id}?include=assertions")).await;
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let assertions = resource["assertions"].as_array().expect("assertions");
    let subjects = assertions.iter().filter(|one| one["field"] == "subjects" && one["method"] != "inferred");
    let said = |value: &Value| text(value).expect("a text");
    subjects.map(|one| (said(&one["value"]), said(&one["method"]), text(&one["evidence"]))).collect()
}

fn labs_mean(ids: &[&str]) -> Value {
    json!({ "field": "subject", "word": "Chemisty & Labs", "source": null, "concepts": ids })
}

#[tokio::test]
async fn a_word_that_is_accepted_is_mapped_without_asking_anybody_and_undone_with_one_call() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    let token = app.token(Role::Curator).await;
    let listed = get(&app, WORDS, &token).await;
    let word = &listed["results"][0];
    assert_eq!((&listed["total"], &word["field"], &word["records"]), (&json!(1), &json!("subject"), &json!(2)));
    assert_eq!(word["sources"], json!([{ "id": "site", "records": 2 }]));
    assert_eq!(word["examples"][0]["title"], "Resource 1");
    assert!(subjects_at(&app, "https://example.org/1").await.is_empty());
    site.asked();

    let answer = accept(&app, &token, &labs_mean(&["chemistry"])).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let accepted = answer.json();
    assert_eq!((&accepted["source"], &accepted["concepts"]), (&Value::Null, &json!(["chemistry"])));
    assert_eq!(done(&app, &token, &accepted).await, 1, "{accepted}");
    let mapped = |word: &str| vec![("chemistry".to_owned(), "mapped".to_owned(), Some(word.to_owned()))];
    assert_eq!(subjects_at(&app, "https://example.org/1").await, mapped("Chemisty & labs"));
    assert_eq!(subjects_at(&app, "https://example.org/2").await, mapped("chemisty and labs"));
    assert_eq!(app.json("/v1/resources?subject=chemistry&facets=none").await["total"], 2);
    assert_eq!(site.asked(), Vec::<String>::new(), "nobody was asked");
    assert_eq!(get(&app, WORDS, &token).await["total"], 0);

    app.harvest("site").await;
    assert_eq!(subjects_at(&app, "https://example.org/1").await, mapped("Chemisty & labs"), "a harvest keeps it");
    let again = accept(&app, &token, &labs_mean(&["physics"])).await;
    assert_eq!(again.status, 409, "{}", again.body);

    let id = accepted["id"].as_str().expect("an id");
    let undone = app.post(&format!("{WORDS}/accepted/{id}/undo"), &token, "application/json", "").await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert_eq!(done(&app, &token, &undone.json()).await, 1);
    assert!(subjects_at(&app, "https://example.org/1").await.is_empty());
    assert_eq!(get(&app, WORDS, &token).await["total"], 1);
    let accepted = get(&app, &format!("{WORDS}/accepted"), &token).await;
    assert_eq!(accepted["total"], 1);
    assert!(accepted["results"][0]["undone"]["at"].is_string(), "{accepted}");
    let twice = app.post(&format!("{WORDS}/accepted/{id}/undo"), &token, "application/json", "").await;
    assert_eq!(twice.status, 409, "{}", twice.body);
}

#[tokio::test]
async fn the_next_harvest_of_an_unchanged_source_maps_what_was_accepted_since() {
    let site = Site::start().await;
    site.use_etags();
    let app = app_over(&site).await;
    app.harvest("site").await;
    let word = signpost::catalogue::AcceptedWord {
        field: schemas::ControlledField::Subject,
        word: "chemisty and labs".to_owned(),
        source: Some("site".parse().unwrap()),
        concepts: vec!["chemistry".parse().unwrap()],
    };
    // No source can be replayed here, so that what shows is of the harvest.
    app.app.catalogue.accept_word(&word, &BTreeSet::new(), "test", app.app.clock.now()).await.unwrap();
    site.asked();
    let row = app.harvest("site").await;
    assert_eq!((row.counts.changed, row.counts.unchanged), (2, 1), "{:?}", row.reason);
    assert_eq!(site.asked(), ["/items.json 304"]);
    let row = app.harvest("site").await;
    assert_eq!(row.reason.as_deref(), Some("not modified since the last harvest"), "and then it is as it is");
}

#[tokio::test]
async fn a_suggestion_says_which_concept_and_why() {
    let list = r#"[{"id": 1, "title": "One", "url": "https://example.org/1", "subjects": ["Chemisty", "Years 7 to 9"],
        "types": ["Leson plan"]}]"#;
    let toml = source_toml("posters", "file = \"posters.json\"");
    let app = TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", list)]).await;
    let token = app.token(Role::ReadOnly).await;
    let listed = get(&app, WORDS, &token).await;
    let of = |word: &str| {
        let words = listed["results"].as_array().expect("results");
        words.iter().find(|row| row["word"] == word).expect("the word")["suggestions"][0].clone()
    };
    assert_eq!(of("Chemisty")["concept"], "chemistry");
    assert_eq!(of("Chemisty")["because"], "one letter away from `Chemistry`");
    assert_eq!(of("Leson plan")["concept"], "lesson-plan");
    let level = of("Years 7 to 9");
    assert_eq!((&level["concept"], &level["because"]), (&Value::Null, &json!("it is a level, not a subject")));
    let types = get(&app, &format!("{WORDS}?field=type&source=posters&q=leson"), &token).await;
    assert_eq!(types["total"], 1, "{types}");
    assert_eq!(types["links"]["self"], "/admin/v1/words?field=type&source=posters&q=leson");
    let part = get(&app, &format!("{WORDS}?per_page=1"), &token).await;
    assert_eq!(part["links"]["next"], "/admin/v1/words?page=2&per_page=1");
    assert_eq!((&part["total"], part["results"].as_array().map(Vec::len)), (&json!(3), Some(1)), "{part}");
    let last = get(&app, &format!("{WORDS}?page=3&per_page=1"), &token).await;
    assert_eq!((&last["links"]["next"], &last["links"]["prev"]), (&Value::Null, &part["links"]["next"]));
}

#[tokio::test]
async fn a_word_that_means_nothing_leaves_the_list() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    let token = app.token(Role::Admin).await;
    let answer = accept(&app, &token, &labs_mean(&[])).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    done(&app, &token, &answer.json()).await;
    assert_eq!(get(&app, WORDS, &token).await["total"], 0);
    assert!(subjects_at(&app, "https://example.org/1").await.is_empty());
}

#[tokio::test]
async fn who_may_only_look_accepts_nothing_and_what_is_wrong_is_told_by_name() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    let reader = app.token(Role::ReadOnly).await;
    assert_eq!(accept(&app, &reader, &labs_mean(&["chemistry"])).await.status, 403);
    assert_eq!(app.get(WORDS).await.status, 401);

    let token = app.token(Role::Curator).await;
    let with = |field: &str, value: Value| {
        let mut body = labs_mean(&["chemistry"]);
        body[field] = value;
        body
    };
    let wrong = [
        (with("field", json!("subjet")), "did you mean `subject`?"),
        (with("word", json!("  ")), "`word`: expected a word"),
        (with("word", json!("x".repeat(201))), "longer than 200 characters"),
        (with("source", json!("sight")), "there is no source `sight`"),
        (with("concepts", json!(["Chem"])), "did you mean `chemistry`?"),
        (with("concepts", json!("chemistry")), "`body`"),
        (with("consepts", json!([])), "`body`"),
        (json!({ "field": "subject", "word": "Sums" }), "`body`"),
        (json!({ "field": "cost", "word": "Sums", "concepts": ["free", "paid"] }), "a resource has one cost at most"),
    ];
    for (body, expected) in wrong {
        let answer = accept(&app, &token, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        let detail = answer.json()["detail"].as_str().expect("a detail").to_owned();
        assert!(detail.contains(expected), "{body}: {detail}");
    }
    let header = format!("Bearer {token}");
    let too_long = format!("q={}", "x".repeat(201));
    for (query, status) in [
        ("field=subjects", 400),
        ("per_page=0", 400),
        ("per_page=101", 400),
        ("page=x", 400),
        ("offset=2", 400),
        (too_long.as_str(), 400),
        ("source=nobody", 404),
        ("source=%20", 200),
    ] {
        for path in [WORDS.to_owned(), format!("{WORDS}/accepted")] {
            let answer = app.get_with(&format!("{path}?{query}"), &[("authorization", &header)]).await;
            assert_eq!(answer.status, status, "{path}?{query}: {}", answer.body);
        }
    }
    let unknown = app.post(&format!("{WORDS}/accepted/none/undo"), &token, "application/json", "").await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
}
