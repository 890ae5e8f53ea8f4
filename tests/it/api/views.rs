//! A partner's view of the catalogue: what it narrows, puts first and hides, whose it is, and what is counted of it.

use index::Facet;
use serde_json::{Value, json};
use signpost::catalogue::{Catalogue, PartnerDetails, Role};
use signpost::views::ViewBook;

use crate::harness::{Answer, TestApp, source_toml};

const POSTERS: &str = r#"[
    {"id": 1, "title": "Soap makers", "url": "https://example.org/makers?ref=1#top", "subjects": ["Chemistry"],
        "levels": ["Key Stage 3"]},
    {"id": 2, "title": "Soap and those who sell it", "url": "https://example.org/sellers", "subjects": ["Chemistry"],
        "levels": ["Key Stage 4"]},
    {"id": 3, "title": "Bridges", "url": "https://example.org/bridges", "subjects": ["Physics"],
        "levels": ["Key Stage 3"]}
]"#;
/// The first is the poster of the same address; nobody else knows the second.
const FILMS: &str = r#"[
    {"id": 1, "title": "Soap makers", "url": "https://example.org/makers?ref=1#top", "subjects": ["Chemistry"],
        "levels": ["Key Stage 3"]},
    {"id": 2, "title": "Soap from the kitchen", "url": "https://example.org/kitchen", "subjects": ["Chemistry"],
        "levels": ["Key Stage 3"]}
]"#;

async fn two_catalogues() -> TestApp {
    let sources = ["posters", "films"];
    let toml = |id: &str| source_toml(id, &format!("file = \"{id}.json\""));
    let [posters, films] = sources.map(toml);
    let files = [("posters.json", POSTERS), ("films.json", FILMS)];
    TestApp::with_sources(&[("posters.toml", posters), ("films.toml", films)], &files).await
}

/// A new partner's key, as it stands in a header. Without a word on the view its searches go through none.
async fn key(app: &TestApp, name: &str, view: Option<&str>) -> String {
    let contact = "web@example.org".to_owned();
    let details = PartnerDetails { name: name.to_owned(), contact, view: view.map(ToOwned::to_owned) };
    let (_, key) = app.app.catalogue.create_partner(&details, app.app.clock.now()).await.expect("a partner");
    format!("Bearer {key}")
}

async fn send(app: &TestApp, method: &str, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("authorization", key), ("content-type", "application/json")];
    app.call(method, path, &headers, body.to_string()).await
}

async fn put(app: &TestApp, key: &str, name: &str, body: &Value) -> Answer {
    send(app, "PUT", &format!("/v1/partner/views/{name}"), key, body).await
}

async fn make(app: &TestApp, key: &str, name: &str, body: &Value) {
    let answer = put(app, key, name, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

async fn get(app: &TestApp, path: &str, key: &str) -> Value {
    let answer = app.get_with(path, &[("authorization", key)]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// The titles that a search finds, in the order of the alphabet.
async fn titles(app: &TestApp, search: &str) -> Vec<String> {
    let found = app.json(&format!("/v1/resources?facets=none&{search}")).await;
    let results = found["results"].as_array().expect("results");
    assert_eq!(found["total"], results.len(), "{search}: what is counted is found");
    let mut titles: Vec<String> = results.iter().filter_map(|one| Some(one["title"].as_str()?.to_owned())).collect();
    titles.sort();
    titles
}

/// What is wrong with a request, by parameter.
fn mistakes(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let errors = answer.json()["errors"].as_array().expect("errors").clone();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors.iter().map(|error| (text(error, "parameter"), text(error, "detail"))).collect()
}

#[tokio::test]
async fn a_view_narrows_every_search_and_its_counts_are_clicks() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry", "filters": { "subject": ["chemistry"] } })).await;
    let all = ["Soap and those who sell it", "Soap from the kitchen", "Soap makers"];
    assert_eq!(titles(&app, "view=rsc").await, all);
    assert_eq!(titles(&app, "view=rsc&q=bridges&interpret=off").await, Vec::<String>::new());
    assert_eq!(titles(&app, "view=rsc&level=ks4").await, ["Soap and those who sell it"], "the user's come on top");
    assert_eq!(titles(&app, "view=rsc&subject=physics").await, Vec::<String>::new(), "and take nothing away");

    let found = app.json("/v1/resources?view=rsc").await;
    let mut clicks = 0;
    for (facet, counts) in found["facets"].as_object().expect("facets") {
        for value in counts["values"].as_array().expect("values") {
            let id = value["id"].as_str().expect("an id");
            let clicked = app.json(&format!("/v1/resources?view=rsc&facets=none&{facet}={id}")).await;
            assert_eq!(clicked["total"], value["count"], "{facet}={id}");
            clicks += 1;
        }
    }
    assert!(clicks >= 4, "{}", found["facets"]);
    assert!(found["links"]["self"].as_str().expect("a link").contains("view=rsc"), "{}", found["links"]);
}

#[tokio::test]
async fn what_only_a_hidden_source_knows_is_not_found() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry", "hidden_sources": ["films"] })).await;
    let found = titles(&app, "view=rsc").await;
    assert_eq!(found, ["Bridges", "Soap and those who sell it", "Soap makers"], "the posters have one of the films");
    assert_eq!(titles(&app, "q=kitchen&view=rsc&interpret=off").await, Vec::<String>::new());
    assert_eq!(titles(&app, "q=kitchen&interpret=off").await, ["Soap from the kitchen"]);
}

#[tokio::test]
async fn pins_stand_first_where_the_filters_let_them_in_and_links_bear_what_the_partner_wants() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    let pins = [app.id_of("Bridges").await];
    let links = json!({ "utm_source": "rsc", "ref": "ours" });
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry", "pins": pins, "link_parameters": links })).await;
    for search in ["", "q=soap&interpret=off&"] {
        let found = app.json(&format!("/v1/resources?{search}view=rsc")).await;
        let first = &found["results"][0];
        assert_eq!((&first["title"], &first["pinned"]), (&json!("Bridges"), &json!(true)), "{search}");
        assert_eq!(first["url"], "https://example.org/bridges?ref=ours&utm_source=rsc");
        let results = found["results"].as_array().expect("results");
        let makers = results.iter().find(|result| result["title"] == "Soap makers").expect("it is found");
        assert_eq!(makers["url"], "https://example.org/makers?ref=1&utm_source=rsc#top", "as the catalogue wrote it");
    }
    let chemistry = titles(&app, "q=soap&interpret=off&view=rsc&subject=chemistry").await;
    assert!(!chemistry.contains(&"Bridges".to_owned()), "{chemistry:?}");
    assert_eq!(app.json("/v1/resources?q=bridges").await["results"][0]["url"], "https://example.org/bridges");

    let body = json!({ "title": "Chemistry", "pins": pins, "filters": { "subject": ["chemistry"] } });
    assert_eq!(put(&app, &rsc, "rsc", &body).await.status, 200);
    let narrowed = titles(&app, "q=soap&interpret=off&view=rsc").await;
    assert!(!narrowed.is_empty() && !narrowed.contains(&"Bridges".to_owned()), "{narrowed:?}");
}

#[tokio::test]
async fn a_view_that_is_not_there_is_refused_with_the_nearest() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "chemistry", &json!({ "title": "Chemistry" })).await;
    let told = mistakes(&app.get("/v1/resources?view=chemisty&levl=ks3").await);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().any(|(name, detail)| name == "view" && detail.contains("did you mean `chemistry`?")),
        "{told:?}"
    );
    let answer = app.get("/v1/views/chemisty").await;
    assert!(answer.status == 404 && answer.body.contains("did you mean `chemistry`?"), "{}", answer.body);
}

#[tokio::test]
async fn the_view_of_a_key_counts_where_the_search_names_none() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", Some("rsc")).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry", "filters": { "subject": ["chemistry"] } })).await;
    make(&app, &rsc, "iop", &json!({ "title": "Physics", "filters": { "subject": ["physics"] } })).await;
    let total = async |path: &str, key: &str| get(&app, path, key).await["total"].clone();
    assert_eq!(total("/v1/resources", &rsc).await, 3);
    assert_eq!(total("/v1/resources?view=iop", &rsc).await, 1);
    assert_eq!(total("/v1/resources?view=_none", &rsc).await, 4);
    assert_eq!(app.json("/v1/resources").await["total"], 4, "nobody else sees it");
    let other = key(&app, "Others", None).await;
    assert_eq!(total("/v1/resources", &other).await, 4);
}

#[tokio::test]
async fn everybody_may_see_what_a_view_presets_and_nobody_whose_it_is() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    let theme = json!({ "accent": "#00539F", "background": "#ffffff", "density": "compact", "corner_px": 4 });
    let pins = [app.id_of("Bridges").await];
    let body = json!({ "title": " Chemistry\n careers ", "filters": { "level": ["ks3"] }, "theme": theme, "pins": pins,
        "link_parameters": { "utm_source": "rsc" } });
    let made = put(&app, &rsc, "rsc", &body).await;
    assert_eq!((made.status, made.header("location")), (201, "/v1/views/rsc"), "{}", made.body);
    assert_eq!(made.json()["pins"], json!(pins));
    let first = app.get("/v1/views/rsc").await;
    let shown = json!({ "name": "rsc", "title": "Chemistry careers", "filters": { "level": ["ks3"] },
        "link_parameters": { "utm_source": "rsc" }, "theme": { "accent": "#00539f", "background": "#ffffff",
        "text": null, "font": null, "corner_px": 4, "density": "compact" } });
    assert_eq!(first.json(), shown);
    let tag = first.header("etag").to_owned();
    assert_eq!(app.get_with("/v1/views/rsc", &[("if-none-match", &tag)]).await.status, 304);
    assert_eq!(put(&app, &rsc, "rsc", &json!({ "title": "Chemistry" })).await.status, 200);
    assert_eq!(app.get_with("/v1/views/rsc", &[("if-none-match", &tag)]).await.status, 200);
    assert_eq!(app.get("/v1/views/rsc?full=on").await.status, 400);

    let own = get(&app, "/v1/partner/views", &rsc).await;
    assert_eq!((&own["total"], &own["results"][0]["name"]), (&json!(1), &json!("rsc")), "{own}");
    assert_eq!(app.get("/v1/partner/views").await.status, 401);
}

#[tokio::test]
async fn every_mistake_of_a_view_is_told_at_once_and_nothing_unknown_is_taken() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    let body = json!({
        "titel": "x", "partner": "other", "title": "", "filters": { "levl": ["ks3"], "level": ["ks9"], "subject": [] },
        "pins": ["0000000000000000", "bridges"], "hidden_sources": ["film", "_none"],
        "link_parameters": { "utm source": "rsc" },
        "theme": { "text": "#777777", "background": "#ffffff", "accent": "#eeeeee", "colour": "red", "corner_px": -1 },
    });
    let told = mistakes(&put(&app, &rsc, "RSC", &body).await);
    let details: Vec<String> = told.iter().map(|(name, detail)| format!("{name}: {detail}")).collect();
    for expected in [
        "name: 2 to 40 of a-z, 0-9",
        "titel: unknown member; did you mean `title`?",
        "partner: unknown",
        "title: a text of 1 to 100 characters",
        "filters.levl: unknown member; did you mean `level`?",
        "filters.level: `ks9` is not in the level vocabulary",
        "filters.subject: a list of 1 to 50 texts is needed",
        "pins: there is no resource `0000000000000000`",
        "pins: `bridges` is not a resource id",
        "hidden_sources: there is no source `film`; did you mean `films`?",
        "hidden_sources: `_none` is no source",
        "link_parameters.utm source: a name has 1 to 40",
        "theme.colour: unknown",
        "theme.text: #777777 on #ffffff has a contrast of 4.47; at least 4.5",
        "theme.accent: #eeeeee on #ffffff has a contrast of 1.1",
        "theme.corner_px: a whole number from 0 to 24",
    ] {
        assert!(details.iter().any(|detail| detail.starts_with(expected)), "{expected}: {details:#?}");
    }
    assert_eq!(told.len(), 16, "{details:#?}");
    let base = || json!({ "title": "Chemistry" });
    for (member, value) in [
        ("created", json!("2020-01-01T00:00:00Z")),
        ("name", json!("other")),
        ("partner", Value::Null),
        ("acts", json!(1)),
        ("deleted", json!(true)),
    ] {
        let mut body = base();
        body[member] = value;
        assert_eq!(mistakes(&put(&app, &rsc, "rsc", &body).await)[0].0, member);
    }
    assert_eq!(mistakes(&put(&app, &rsc, "all", &base()).await)[0].1, "`all` is reserved; choose another");
    assert_eq!(mistakes(&put(&app, &rsc, "rsc", &json!(["title"])).await)[0].0, "body");
    let path = "/v1/partner/views/rsc";
    for (content_type, body, status) in [
        ("text/plain", base().to_string(), 415),
        ("application/json", "{\"title\"".to_owned(), 400),
        ("application/json", format!("{{\"title\": \"{}\"}}", "x".repeat(64 << 10)), 413),
    ] {
        let headers = [("authorization", rsc.as_str()), ("content-type", content_type)];
        let answer = app.call("PUT", path, &headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(app.get("/v1/views/rsc").await.status, 404, "nothing of it was kept");
}

#[tokio::test]
async fn no_partner_changes_what_is_anothers_and_a_name_stays_whose_it_was() {
    let app = two_catalogues().await;
    let (rsc, other) = (key(&app, "Chemists", None).await, key(&app, "Others", None).await);
    let ours = json!({ "title": "Ours" });
    let path = "/v1/partner/views/rsc";
    make(&app, &rsc, "rsc", &ours).await;
    let theirs = json!({ "title": "Theirs" });
    let taken = put(&app, &other, "rsc", &theirs).await;
    assert_eq!((taken.status, &taken.json()["type"]), (409, &json!("/problems/conflict")), "{}", taken.body);
    assert_eq!(send(&app, "DELETE", path, "", &Value::Null).await.status, 401);
    assert_eq!(send(&app, "DELETE", path, &other, &Value::Null).await.status, 409);
    assert_eq!(app.json("/v1/views/rsc").await["title"], "Ours");
    assert_eq!(send(&app, "DELETE", path, &rsc, &Value::Null).await.status, 204);
    assert_eq!(app.get("/v1/resources?view=rsc").await.status, 400);
    assert_eq!(put(&app, &other, "rsc", &theirs).await.status, 409, "pages elsewhere may still name it");
    for key in [&rsc, &other] {
        assert_eq!(send(&app, "DELETE", path, key, &Value::Null).await.status, 404);
    }
    make(&app, &rsc, "rsc", &ours).await;
    assert_eq!(get(&app, "/v1/partner/views", &other).await["total"], 0);
    let usage = app.get_with("/v1/partner/usage?view=rsc", &[("authorization", &other)]).await;
    assert_eq!(mistakes(&usage)[0].0, "view");

    for number in 0..20 {
        make(&app, &other, &format!("view-{number}"), &ours).await;
    }
    assert_eq!(put(&app, &other, "one-more", &ours).await.status, 409);
    assert_eq!(put(&app, &other, "view-1", &json!({ "title": "Another" })).await.status, 200);
}

#[tokio::test]
async fn an_admin_writes_any_view_and_every_act_is_on_record() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry" })).await;
    let admin = format!("Bearer {}", app.token(Role::Admin).await);
    let listed = get(&app, "/admin/v1/views", &admin).await;
    let partner = listed["results"][0]["partner"].as_str().expect("an owner").to_owned();
    let path = "/admin/v1/views/rsc";
    let put = async |body: Value| send(&app, "PUT", path, &admin, &body).await;
    let kept = put(json!({ "title": "Chemistry, checked" })).await;
    assert_eq!((kept.status, &kept.json()["partner"]), (200, &json!(partner)), "{}", kept.body);
    assert_eq!(put(json!({ "title": "Ours now", "partner": null })).await.json()["partner"], Value::Null);
    assert_eq!(send(&app, "PUT", "/v1/partner/views/rsc", &rsc, &json!({ "title": "Mine" })).await.status, 409);
    assert_eq!(mistakes(&put(json!({ "title": "x", "partner": "nobody" })).await)[0].0, "partner");
    assert_eq!(put(json!({ "title": "Ours now", "partner": partner })).await.status, 200);
    assert_eq!(put(json!({ "title": "Ours now" })).await.status, 200, "as it was: no act");
    assert_eq!(send(&app, "DELETE", path, &admin, &Value::Null).await.status, 204);
    assert_eq!(get(&app, "/admin/v1/views", &admin).await["total"], 0);

    let log = get(&app, "/admin/v1/audit", &admin).await;
    let acts: Vec<&Value> =
        log["results"].as_array().expect("acts").iter().filter(|act| act["subject"] == "rsc").collect();
    let told: Vec<&str> = acts.iter().filter_map(|act| act["action"].as_str()).collect();
    assert_eq!(told, ["delete view", "change view", "change view", "change view", "create view"], "{log}");
    assert_eq!(acts[4]["who"], format!("partner Chemists ({partner})"));
    let reader = format!("Bearer {}", app.token(Role::ReadOnly).await);
    assert_eq!(send(&app, "PUT", path, &reader, &json!({ "title": "x" })).await.status, 403);
}

#[tokio::test]
async fn a_restart_loses_no_view_and_a_pin_goes_with_what_is_merged() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    let (bridges, sellers) = (app.id_of("Bridges").await, app.id_of("Soap and those who sell it").await);
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry", "pins": [bridges] })).await;
    let catalogue = Catalogue::open(app.app.catalogue.place()).await.unwrap();
    let book = ViewBook::default();
    book.load(&catalogue).await.unwrap();
    assert_eq!(book.names(), ["rsc"]);
    assert_eq!(book.get("rsc"), app.app.views.get("rsc"));
    assert_eq!(book.version(), app.app.views.version(), "so that what was answered before still holds");

    app.curate(&bridges, json!({ "kind": "merge", "into": sellers })).await;
    let first = app.json("/v1/resources?view=rsc&facets=none").await["results"][0].clone();
    assert_eq!((&first["id"], &first["pinned"]), (&json!(sellers), &json!(true)));
}

/// As a reader reads that refuses a name that comes twice.
#[derive(serde::Deserialize)]
struct StrictlyRead {
    results: Vec<StrictlyReadResult>,
}

#[derive(serde::Deserialize)]
struct StrictlyReadResult {
    id: String,
    #[serde(default)]
    pinned: bool,
}

#[tokio::test]
async fn what_stands_first_is_marked_once_whoever_put_it_there() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    let (bridges, kitchen) = (app.id_of("Bridges").await, app.id_of("Soap from the kitchen").await);
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry", "pins": [bridges] })).await;
    app.curate(&kitchen, json!({ "kind": "pin" })).await;
    for (search, marked) in [
        ("view=rsc", vec![&bridges, &kitchen]),
        ("view=rsc&q=soap&interpret=off&explain=on&highlight=on", vec![&bridges, &kitchen]),
        ("view=rsc&fields=title", vec![&bridges]),
        ("q=", vec![&kitchen]),
    ] {
        let answer = app.get(&format!("/v1/resources?{search}")).await;
        let read: StrictlyRead = serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{search}: {error}"));
        let pinned: Vec<&String> = read.results.iter().filter(|one| one.pinned).map(|one| &one.id).collect();
        assert_eq!(pinned, marked, "{search}");
    }
}

#[tokio::test]
async fn an_opening_is_counted_for_the_day_and_for_nothing_else() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry" })).await;
    let opened = json!({ "resource": app.id_of("Bridges").await }).to_string();
    let none = json!({ "resource": "0000000000000000" }).to_string();
    let more = json!({ "resource": "0000000000000000", "visitor": 7 }).to_string();
    let post = async |view: &str, content_type: &str, body: &str| {
        let headers = [("content-type", content_type), ("origin", "https://school.example")];
        app.call("POST", &format!("/v1/views/{view}/openings"), &headers, body.to_owned()).await
    };
    for (view, content_type, body, status) in [
        ("rsc", "application/json", opened.as_str(), 204),
        ("rsc", "text/plain;charset=UTF-8", opened.as_str(), 204),
        ("none", "application/json", opened.as_str(), 404),
        ("rsc", "application/json", none.as_str(), 404),
        ("rsc", "application/json", more.as_str(), 400),
        ("rsc", "application/json", "{\"resource\": 7}", 400),
        ("rsc", "application/json", "7", 400),
        ("rsc", "text/plain", "resource=1", 400),
        ("rsc", "application/x-www-form-urlencoded", "resource=1", 415),
    ] {
        let answer = post(view, content_type, body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{body}");
    }
    let today = app.app.clock.local().date();
    app.app.usage.flush(&app.app.catalogue, today).await.unwrap();
    app.app.usage.flush(&app.app.catalogue, today).await.unwrap();
    let usage = get(&app, "/v1/partner/usage?view=rsc&from=2026-11-21", &rsc).await;
    assert_eq!(usage["days"], json!([{ "day": "2026-11-21", "searches": 0, "opened": 2 }]));
}

#[tokio::test]
async fn usage_is_counted_by_day_and_what_fewer_than_five_asked_for_is_not_told() {
    let app = two_catalogues().await;
    let (rsc, other) = (key(&app, "Chemists", None).await, key(&app, "Others", None).await);
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry" })).await;
    make(&app, &other, "iop", &json!({ "title": "Physics" })).await;
    for _ in 0..4 {
        app.app.usage.searched(Some("rsc"), &nothing_of("biology"));
        app.app.usage.searched(Some("iop"), &nothing_of("physics"));
        app.app.usage.searched(None, &nothing_of("biology"));
    }
    write_usage(&app).await;
    app.pass_days(1);
    app.app.usage.searched(Some("rsc"), &[]);
    write_usage(&app).await;
    let path = "/v1/partner/usage?view=rsc&from=2026-11-01";
    assert_eq!(get(&app, path, &rsc).await["nothing_found"], json!([]), "four are too few");
    let sums = |usage: &Value| -> Vec<Value> {
        usage["days"].as_array().expect("days").iter().map(|day| day["searches"].clone()).collect()
    };
    assert_eq!(sums(&get(&app, "/v1/partner/usage?view=rsc&from=2026-11-20", &rsc).await), [0, 4, 1]);
    app.app.usage.searched(Some("rsc"), &nothing_of("biology"));
    write_usage(&app).await;
    let usage = get(&app, path, &rsc).await;
    let found = &usage["nothing_found"];
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{usage}");
    for (member, value) in
        [("facet", json!("subject")), ("id", json!("biology")), ("label", json!("Biology")), ("count", json!(5))]
    {
        assert_eq!(found[0][member], value, "{usage}");
    }
    assert_eq!(sums(&get(&app, "/v1/partner/usage?from=2026-11-21", &rsc).await), [4, 2], "its own views alone");

    let table = app.get_with(&path.replace("usage?", "usage.csv?"), &[("authorization", &rsc)]).await;
    assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(table.header("cache-control"), "no-store");
    assert!(table.body.contains(",nothing_found,subject,biology,Biology,5\r\n"), "{}", table.body);
    assert_eq!(app.get(path).await.status, 401);

    let admin = format!("Bearer {}", app.token(Role::Admin).await);
    let all = get(&app, "/admin/v1/usage?from=2026-11-01", &admin).await;
    assert_eq!(all["nothing_found"][0]["count"], 5, "what few asked for elsewhere is not added: {all}");
    assert_eq!(sums(&get(&app, "/admin/v1/usage?from=2026-11-21", &admin).await), [12, 2]);
    assert_eq!(sums(&get(&app, "/admin/v1/usage?view=iop&from=2026-11-21", &admin).await), [4, 0]);
}

#[tokio::test]
async fn no_choice_of_days_tells_what_was_not_found_on_one_of_them() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry" })).await;
    for (days, searches) in [(0, 5), (1, 6), (1, 1)] {
        app.pass_days(days);
        for _ in 0..searches {
            app.app.usage.searched(Some("rsc"), &nothing_of("biology"));
        }
        write_usage(&app).await;
    }
    let mut told = 0;
    for days in [
        "from=2026-11-01",
        "from=2026-11-20",
        "from=2026-11-21",
        "from=2026-11-22",
        "from=2026-11-23",
        "from=2026-11-01&to=2026-11-21",
        "from=2026-11-01&to=2026-11-22",
        "from=2026-11-21&to=2026-11-21",
        "from=2026-11-22&to=2026-11-22",
        "from=2026-10-01&to=2026-11-22",
    ] {
        let usage = get(&app, &format!("/v1/partner/usage?{days}"), &rsc).await;
        for found in usage["nothing_found"].as_array().expect("concepts") {
            assert_eq!(found["count"], 12, "{days}: the whole month or nothing: {usage}");
            told += 1;
        }
    }
    assert!(told > 0, "the month is told");
}

/// What a search is counted with that asked for this subject and found nothing.
fn nothing_of(subject: &str) -> Vec<(Facet, String)> {
    vec![(Facet::by_name("subject").expect("a facet"), subject.to_owned())]
}

async fn write_usage(app: &TestApp) {
    let today = app.app.clock.local().date();
    app.app.usage.flush(&app.app.catalogue, today).await.expect("the store can be written");
}

#[tokio::test]
async fn what_is_typed_stands_nowhere_in_the_data_directory() {
    let app = two_catalogues().await;
    let rsc = key(&app, "Chemists", None).await;
    make(&app, &rsc, "rsc", &json!({ "title": "Chemistry for all" })).await;
    for search in ["q=qwyxzzt", "q=qwyxzzt+biology", "q=biology&publisher=qwyxzzt"] {
        assert_eq!(app.get(&format!("/v1/resources?{search}&view=rsc")).await.status, 200, "{search}");
    }
    app.app.usage.flush(&app.app.catalogue, app.app.clock.local().date()).await.unwrap();
    let usage = get(&app, "/v1/partner/usage?view=rsc&from=2026-11-21", &rsc).await;
    assert_eq!(usage["days"][0]["searches"], 3, "they were counted");
    assert!(app.keeps("Chemistry for all"), "what is kept is found where it is looked for");
    assert!(!app.keeps("qwyxzzt"));
}
