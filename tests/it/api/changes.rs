//! The change log, as somebody reads it who keeps a copy.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{TestApp, source_toml};

fn poster(id: u32, title: &str) -> Value {
    json!({ "id": id, "title": title, "url": format!("https://example.org/{id}") })
}

async fn posters(posters: &[Value]) -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"") + "\n[missing]\nruns = 1\ndays = 0\n";
    let file = json!(posters).to_string();
    TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", &file)]).await
}

async fn harvest(app: &TestApp, posters: &[Value]) {
    std::fs::write(app.source_dir().join("posters.json"), json!(posters).to_string()).expect("a data file");
    app.harvest("posters").await;
}

/// A copy that a partner keeps, and how far it has come.
#[derive(Default)]
struct KeptCopy {
    resources: BTreeMap<String, Value>,
    after: u64,
    seen: Vec<u64>,
}

impl KeptCopy {
    /// Reads on to the end of the log, a few changes at a time.
    async fn read_on(&mut self, app: &TestApp) {
        let mut address = format!("/v1/changes?after={}&limit=2", self.after);
        loop {
            let page = app.json(&address).await;
            for change in page["results"].as_array().expect("changes") {
                self.seen.push(change["seq"].as_u64().expect("a place"));
                let id = change["id"].as_str().expect("an id").to_owned();
                if change["op"] == "withdrawn" {
                    self.resources.remove(&id);
                } else if change["resource"].is_object() {
                    self.resources.insert(id, without_records(&change["resource"]));
                }
            }
            self.after = page["next"].as_u64().expect("a place");
            match page["links"]["next"].as_str() {
                Some(next) => next.clone_into(&mut address),
                None => {
                    assert_eq!(page["head"], self.after, "{page}");
                    break;
                }
            }
        }
    }
}

async fn published(app: &TestApp) -> BTreeMap<String, Value> {
    let found = app.json("/v1/resources?facets=none&per_page=100").await;
    let results = found["results"].as_array().expect("results");
    results.iter().map(|one| (one["id"].as_str().expect("an id").to_owned(), without_records(one))).collect()
}

/// When a record was last seen follows from the last run of its source, which changes no resource.
fn without_records(resource: &Value) -> Value {
    let mut resource = resource.clone();
    resource["records"] = Value::Null;
    resource
}

#[tokio::test]
async fn a_copy_that_follows_the_log_is_what_is_published_and_sees_each_change_once() {
    let app = posters(&[poster(1, "Soap"), poster(2, "Bridges"), poster(3, "Whales")]).await;
    let mut copy = KeptCopy::default();
    copy.read_on(&app).await;
    assert_eq!(copy.resources.len(), 3);
    assert_eq!(copy.resources, published(&app).await);
    let begun = copy.after;

    harvest(&app, &[poster(1, "Soap at home"), poster(3, "Whales"), poster(4, "Volcanoes")]).await;
    app.curate(&app.id_of("Whales").await, json!({ "kind": "hide", "reason": "it sells something" })).await;
    harvest(&app, &[poster(1, "Soap at school"), poster(3, "Whales"), poster(4, "Volcanoes")]).await;
    copy.read_on(&app).await;
    assert!(copy.after > begun);
    assert_eq!(copy.resources, published(&app).await);
    assert!(copy.seen.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", copy.seen);

    // One who reads everything at once sees the same.
    let mut later = KeptCopy::default();
    later.read_on(&app).await;
    assert_eq!((&later.resources, &later.seen), (&copy.resources, &copy.seen));
}

#[tokio::test]
async fn what_is_withdrawn_says_why_and_what_was_merged_where_it_went() {
    let app = posters(&[poster(1, "Soap"), poster(2, "Bridges"), poster(3, "Whales")]).await;
    let (soap, bridges, whales) = (app.id_of("Soap").await, app.id_of("Bridges").await, app.id_of("Whales").await);
    let head = app.json("/v1/changes").await["head"].as_u64().expect("a place");
    app.curate(&soap, json!({ "kind": "merge", "into": bridges })).await;
    app.curate(&bridges, json!({ "kind": "merge", "into": whales })).await;
    harvest(&app, &[poster(4, "Volcanoes")]).await;
    let log = app.json(&format!("/v1/changes?after={head}")).await;
    let withdrawn = |id: &str| {
        let of_it = |change: &&Value| change["id"] == id && change["op"] == "withdrawn";
        log["results"].as_array().expect("changes").iter().rfind(of_it).cloned()
    };
    let merged = withdrawn(&soap).expect("it is withdrawn");
    assert_eq!(merged["merged_into"], json!(whales), "where it leads in the end: {merged}");
    assert!(merged["withdrawn"].is_null() && merged["resource"].is_null(), "{merged}");
    for change in log["results"].as_array().expect("changes").iter().filter(|change| change["op"] != "withdrawn") {
        let is_there = app.get(&format!("/v1/resources/{}", change["id"].as_str().expect("an id"))).await.status == 200;
        assert_eq!(change["resource"].is_object(), is_there, "{change}");
    }
    let gone = withdrawn(&whales).expect("it is withdrawn");
    let told = app.get(&format!("/v1/resources/{whales}")).await;
    assert_eq!((told.status, &told.json()["withdrawn"]), (410, &gone["withdrawn"]), "{gone}");
    assert!(gone["withdrawn"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
}

#[tokio::test]
async fn what_is_hidden_carries_its_tombstone_until_it_is_back() {
    let app = posters(&[poster(1, "Soap"), poster(2, "Bridges")]).await;
    let soap = app.id_of("Soap").await;
    let head = app.json("/v1/changes").await["head"].as_u64().expect("a place");
    app.curate(&soap, json!({ "kind": "hide", "reason": "it sells something" })).await;
    let log = app.json(&format!("/v1/changes?after={head}")).await;
    let change = &log["results"][0];
    assert_eq!((&change["op"], &change["withdrawn"]["reason"]), (&json!("withdrawn"), &json!("it sells something")));
    let first = app.json("/v1/changes").await;
    let created = first["results"].as_array().expect("changes").iter().find(|change| change["id"] == json!(soap));
    let created = created.expect("it was there once");
    assert_eq!((&created["op"], &created["resource"]), (&json!("created"), &Value::Null), "it is no more");
}

#[tokio::test]
async fn a_change_carries_the_resource_as_its_own_address_gives_it() {
    let app = TestApp::shipped().await;
    let page = app.json("/v1/changes?limit=50").await;
    let live = page["results"].as_array().expect("changes").iter().find(|change| change["resource"].is_object());
    let change = live.expect("not all of it was merged away");
    let resource = app.json(&format!("/v1/resources/{}", change["id"].as_str().expect("an id"))).await;
    assert_eq!((&change["resource"], &change["op"]), (&resource, &json!("created")));
    assert_eq!(page["links"]["next"], format!("/v1/changes?after={}&limit=50", page["next"]));
    assert_eq!(page["head"], app.json("/v1").await["index"]["seq"]);
}

#[tokio::test]
async fn a_place_past_the_end_is_a_conflict_and_the_end_itself_is_empty() {
    let app = posters(&[poster(1, "Soap")]).await;
    let head = app.json("/v1/changes").await["head"].as_u64().expect("a place");
    let end = app.json(&format!("/v1/changes?after={head}")).await;
    assert_eq!((&end["results"], &end["next"], &end["links"]["next"]), (&json!([]), &json!(head), &Value::Null));
    let beyond = app.get(&format!("/v1/changes?after={}", head + 1)).await;
    assert_eq!((beyond.status, beyond.header("content-type")), (409, "application/problem+json"));
    assert!(beyond.json()["detail"].as_str().is_some_and(|detail| detail.contains("/v1/export.ndjson")));
}

#[tokio::test]
async fn who_holds_an_answer_is_told_so_until_the_log_grows() {
    let app = posters(&[poster(1, "Soap")]).await;
    let path = "/v1/changes?after=0&limit=10";
    let tag = app.get(path).await.header("etag").to_owned();
    assert_eq!(app.get_with(path, &[("if-none-match", &tag)]).await.status, 304);
    assert_eq!(app.get("/v1/changes?limit=10").await.header("etag"), tag);
    assert_ne!(app.get("/v1/changes?limit=11").await.header("etag"), tag);
    harvest(&app, &[poster(1, "Soap at home")]).await;
    let answer = app.get_with(path, &[("if-none-match", &tag)]).await;
    assert_eq!(answer.status, 200);
    let log = answer.json();
    let last = log["results"].as_array().and_then(|changes| changes.last()).expect("a change");
    assert_eq!(last["resource"]["title"], "Soap at home");
}

#[tokio::test]
async fn every_mistake_is_told_at_once_with_the_nearest_name() {
    let app = posters(&[poster(1, "Soap")]).await;
    let answer = app.get("/v1/changes?afte=5&limit=0&after=x").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let problem = answer.json();
    let told: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .expect("mistakes")
        .iter()
        .map(|mistake| (mistake["parameter"].as_str().expect("a name"), mistake["detail"].as_str().expect("words")))
        .collect();
    assert_eq!(told.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["afte", "after", "limit"]);
    assert!(told[0].1.contains("did you mean `after`?"), "{told:?}");
    for path in ["/v1/changes?limit=1001", "/v1/changes?after=-1", "/v1/changes?after=1&after=2", "/v1/changes?wait=5"]
    {
        assert_eq!(app.get(path).await.status, 400, "{path}");
    }
}
