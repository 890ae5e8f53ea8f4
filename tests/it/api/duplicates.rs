//! What catalogues share, and what one of them is told about its own records.

use serde_json::{Value, json};
use signpost::catalogue::Role;

use crate::harness::{TestApp, source_toml};

const COPIED: &str = "Pupils boil soap from olive oil and lye, measure how sour it is from day to day, and find out why \
    a chemist in a factory does the same with forty tonnes at once. With a risk assessment, a list of what to order, and \
    a page on the working week of a process engineer who once hated chemistry at school.";

fn resource(id: &str, title: &str, description: &str, url: &str) -> Value {
    json!({ "id": id, "title": title, "description": description, "url": url })
}

/// Two catalogues with an address in common, and a page of one that the other has copied. `alpha` also has a page of its
/// own; of `beta`, one record cannot be used.
async fn app() -> TestApp {
    let bridge = "https://example.org/bridge";
    let alpha = json!([
        resource("a1", "Build a bridge of paper", "How much can a sheet of paper carry?", bridge),
        resource("a2", "Boiling soap in the school laboratory", COPIED, "https://alpha.example/soap"),
        resource("a3", "A week with whales", "A marine biologist counts them from a boat.", "https://alpha.example/w"),
    ]);
    let beta = json!([
        resource("b1", "Paper bridges", "A sheet of paper becomes a bridge.", &format!("{bridge}?utm_source=beta")),
        resource("b2", "Boiling soap in the school laboratory", COPIED, "https://beta.example/page/17"),
        { "id": "b3", "description": "Nobody has given it a title.", "url": "https://beta.example/page/18" },
    ]);
    TestApp::with_sources(
        &[
            ("alpha.toml", source_toml("alpha", "file = \"alpha.json\"")),
            ("beta.toml", source_toml("beta", "file = \"beta.json\"")),
        ],
        &[("alpha.json", &alpha.to_string()), ("beta.json", &beta.to_string())],
    )
    .await
}

fn kinds(cluster: &Value) -> Vec<&str> {
    let because = cluster["because"].as_array().expect("reasons");
    because.iter().map(|reason| reason["kind"].as_str().expect("a kind")).collect()
}

#[tokio::test]
async fn a_pair_of_catalogues_says_how_much_it_shares_and_lists_just_that() {
    let app = app().await;
    let pairs = app.json("/v1/duplicates").await;
    assert_eq!(pairs["total"], 1, "{pairs}");
    let pair = &pairs["results"][0];
    assert_eq!((&pair["sources"], &pair["resources"]), (&json!(["alpha", "beta"]), &json!(2)), "{pair}");
    assert_eq!((pair["share_of_a"].as_f64(), pair["share_of_b"].as_f64()), (Some(2.0 / 3.0), Some(1.0)));

    let clusters = app.json(pair["clusters"].as_str().expect("an address")).await;
    let listed = clusters["results"].as_array().expect("resources");
    assert_eq!((&clusters["total"], listed.len()), (&pair["resources"], 2), "{clusters}");
    for cluster in listed {
        let records = cluster["records"].as_array().expect("records");
        assert_eq!(cluster["records_total"], records.len());
        let sources: Vec<&Value> = records.iter().map(|record| &record["source"]).collect();
        assert_eq!(sources, ["alpha", "beta"], "{cluster}");
        assert!(records.iter().all(|record| record["description"].is_null() && record["title"].is_string()));
        let published = app.json(&format!("/v1/resources/{}", cluster["id"].as_str().expect("an id"))).await;
        assert_eq!(published["records"].as_array().expect("records").len(), records.len());
        let expected: &[&str] = if records[0]["identifier"] == "a1" { &["address"] } else { &["content", "match"] };
        assert_eq!(kinds(cluster), expected, "{cluster}");
        assert_eq!(cluster["because"][0]["records"], json!([0, 1]));
    }
    let copied = listed.iter().find(|cluster| kinds(cluster).contains(&"match")).expect("the copied page");
    let reason = &copied["because"][1];
    assert!(reason["score"].as_f64().is_some_and(|score| score > 0.0), "{reason}");
    assert!(!reason["contributions"].as_array().expect("contributions").is_empty(), "{reason}");
}

#[tokio::test]
async fn a_page_of_shared_resources_names_the_next() {
    let app = app().await;
    let first = app.json("/v1/duplicates?source=beta&with=alpha&per_page=1").await;
    assert_eq!((&first["total"], first["results"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    let second = app.json(first["links"]["next"].as_str().expect("a next page")).await;
    assert_ne!(first["results"][0]["id"], second["results"][0]["id"]);
    assert!(second["links"]["next"].is_null() && second["links"]["prev"].is_string(), "{}", second["links"]);
    // What one catalogue has twice is listed the same way; here it is nothing.
    assert_eq!(app.json("/v1/duplicates?source=beta&with=beta").await["total"], 0);
    assert_eq!(app.json("/v1/duplicates?source=beta").await["total"], 1);
}

#[tokio::test]
async fn a_catalogue_is_told_what_became_of_each_of_its_records() {
    let app = app().await;
    let told = app.json("/v1/sources/beta/reconciliation").await;
    let records = &told["records"];
    let sum: u64 = ["live", "missing", "withdrawn", "deleted"]
        .into_iter()
        .map(|name| records[name].as_u64().expect("a count"))
        .sum();
    assert_eq!(
        (records["total"].as_u64(), records["live"].as_u64(), &records["hidden"]),
        (Some(sum), Some(2), &json!(0))
    );
    assert_eq!(told["resources"], 2);
    let with = json!([{ "source": "alpha", "records": 2, "resources": 2, "clusters": "/v1/duplicates?source=beta&with=alpha" }]);
    assert_eq!(told["merged"], json!({ "records": 2, "resources": 2, "with": with }));
    assert_eq!((&told["rejected"], &told["last_harvest"]["counts"]["rejected"]), (&json!(1), &json!(1)));
    let problem = &told["problems"]["results"][0];
    assert_eq!((&problem["severity"], &problem["field"]), (&json!("rejected"), &json!("title")), "{told}");
    assert!(problem["place"].is_string() && problem["reason"].is_string(), "{problem}");
    assert_eq!(told["broken"], json!({ "results": [], "total": 0 }));
    assert_eq!(told["refused_identifiers"], json!({ "results": [], "total": 0 }));

    // A run that meets nothing new takes nothing back.
    app.harvest("beta").await;
    assert_eq!(app.json("/v1/sources/beta/reconciliation").await["problems"], told["problems"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_what_is_held_is_not_sent_again() {
    let app = app().await;
    for (path, status) in [
        ("/v1/duplicates?source=nobody", 404),
        ("/v1/duplicates?source=alpha&with=nobody", 404),
        ("/v1/duplicates?source=A%20B", 404),
        ("/v1/sources/nobody/reconciliation", 404),
        ("/v1/duplicates?with=alpha", 400),
        ("/v1/duplicates?sauce=alpha", 400),
        ("/v1/duplicates?per_page=0", 400),
        ("/v1/duplicates?per_page=101", 400),
        ("/v1/duplicates?page=0", 400),
        ("/v1/duplicates?page=x", 400),
        ("/v1/sources/alpha/reconciliation?page=2", 400),
    ] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{path}");
    }
    for path in ["/v1/duplicates", "/v1/duplicates?source=alpha&with=beta", "/v1/sources/alpha/reconciliation"] {
        let tag = app.get(path).await.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        assert_eq!(app.get_with(path, &[("if-none-match", &tag)]).await.status, 304, "{path}");
        assert_eq!(app.get(path).await.header("etag"), tag, "{path}");
    }
    let tag = async |path: &str| app.get(path).await.header("etag").to_owned();
    assert_ne!(tag("/v1/duplicates?source=alpha").await, tag("/v1/duplicates?source=beta").await);
    assert_ne!(tag("/v1/duplicates?page=1").await, tag("/v1/duplicates?page=2").await);
}

#[tokio::test]
async fn what_was_counted_is_counted_anew_after_the_next_harvest() {
    let app = app().await;
    assert_eq!(app.json("/v1/duplicates").await["results"][0]["resources"], 2);
    let held = app.get("/v1/duplicates").await.header("etag").to_owned();
    let lines = json!([resource("b1", "Paper bridges", "A sheet becomes a bridge.", "https://beta.example/bridge")]);
    std::fs::write(app.source_dir().join("beta.json"), lines.to_string()).expect("a data file");
    app.harvest("beta").await;
    let answer = app.get_with("/v1/duplicates", &[("if-none-match", &held)]).await;
    assert_eq!((answer.status, &answer.json()["results"][0]["resources"]), (200, &json!(1)), "{}", answer.body);
    assert_eq!(app.json("/v1/duplicates?source=alpha&with=beta").await["total"], 1);
}

#[tokio::test]
async fn an_admin_sees_what_is_not_known_and_what_reads_as_one() {
    let app = app().await;
    let header = format!("Bearer {}", app.token(Role::ReadOnly).await);
    let get = async |path: &str| app.get_with(path, &[("authorization", &header)]).await;
    let report = get("/admin/v1/completeness").await.json();
    assert_eq!((&report["resources"], &report["total"]), (&json!(3), &json!(3)), "{report}");
    assert_eq!(report["tests"].as_array().map(Vec::len), Some(10));
    for test in report["tests"].as_array().expect("tests") {
        let sum: u64 =
            ["said", "inferred", "missing"].into_iter().map(|name| test[name].as_u64().expect("a count")).sum();
        assert_eq!(sum, 3, "{test}");
    }
    let worst = &report["results"][0];
    let published = app.json(&format!("/v1/resources/{}", worst["id"].as_str().expect("an id"))).await;
    assert_eq!(worst["missing"], published["missing"]);
    let of_alpha = get("/admin/v1/completeness?source=alpha&per_page=1").await.json();
    assert_eq!((&of_alpha["resources"], of_alpha["results"].as_array().map(Vec::len)), (&json!(3), Some(1)));
    assert_eq!(of_alpha["sources"][0]["most_missed"].as_array().map(Vec::len), Some(3));

    let joined = get("/admin/v1/matches?verdict=joined&source=beta").await.json();
    assert_eq!(joined["total"], 1, "{joined}");
    let records = &joined["results"][0]["records"];
    assert_eq!(records[0]["resource"], records[1]["resource"]);
    assert_eq!(get("/admin/v1/matches?verdict=chain").await.json()["total"], 0);
    for (path, status) in [
        ("/admin/v1/matches?verdict=maybe", 400),
        ("/admin/v1/matches?source=nobody", 404),
        ("/admin/v1/completeness?page=1000", 400),
        ("/admin/v1/completeness?sorce=alpha", 400),
    ] {
        assert_eq!(get(path).await.status, status, "{path}");
    }
    for path in ["/admin/v1/completeness", "/admin/v1/matches"] {
        assert_eq!(app.get(path).await.status, 401, "{path}");
    }
}
