//! One resource, the lists, the OpenAPI document, and how they may be cached and called from elsewhere.

use serde_json::Value;

use crate::harness::{TestApp, source_toml};

#[tokio::test]
async fn a_resource_says_where_each_of_its_values_comes_from() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=biochemist&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id").to_owned();
    let resource = app.json(&format!("/v1/resources/{id}?include=assertions")).await;
    assert_eq!(resource["title"], "Biochemist");
    assert_eq!(resource["occupations"][0]["notation"], "2113");
    assert_eq!(resource["records"][0]["source"], "national-careers-service");
    assert_eq!(resource["link"]["state"], "unchecked");
    let assertions = resource["assertions"].as_array().expect("assertions");
    for field in ["title", "url", "subjects", "levels", "occupations", "routes"] {
        assert!(assertions.iter().any(|one| one["field"] == field), "{field}");
    }
    assert!(assertions.iter().all(|one| one["source"] == "national-careers-service"));
}

#[tokio::test]
async fn what_has_closed_says_so_and_has_no_link() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=%22Future+Morph%22").await;
    let resource = &found["results"][0];
    assert_eq!(resource["title"], "Future Morph");
    assert!(resource["closed"].as_str().expect("a word on its end").contains("losed"));
    assert!(resource["url"].is_null());
    assert_eq!(resource["link"]["state"], "none");
}

#[tokio::test]
async fn a_resource_is_json_ld_when_that_is_asked_for() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=biochemist&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id").to_owned();
    let answer = app.get_with(&format!("/v1/resources/{id}"), &[("accept", "application/ld+json")]).await;
    assert_eq!(answer.header("content-type"), "application/ld+json");
    let document = answer.json();
    assert_eq!(document["@context"], format!("{}/v1/context.jsonld", app.app.public_url()));
    assert_eq!(document["@type"], serde_json::json!(["LearningResource", "Occupation"]));
    assert_eq!(document["isAccessibleForFree"], true);
    let context = app.get("/v1/context.jsonld").await;
    assert_eq!(context.header("content-type"), "application/ld+json");
    assert!(app.get("/v1/resources").await.header("link").contains("</v1/context.jsonld>"));
}

#[tokio::test]
async fn who_holds_an_answer_is_told_that_it_still_holds() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?per_page=1").await;
    let one = format!("/v1/resources/{}", found["results"][0]["id"].as_str().expect("an id"));
    for path in [
        "/v1/resources?q=chemistry",
        one.as_str(),
        "/v1/vocabularies",
        "/v1/vocabularies/level",
        "/v1/sources",
        "/?q=chemistry",
    ] {
        let first = app.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let again = app.get_with(path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert!(first.header("cache-control").starts_with("public"), "{path}");
    }
    // The order of parameters does not make another search; another search makes another tag.
    let tag = async |path: &str| app.get(path).await.header("etag").to_owned();
    assert_eq!(tag("/v1/resources?q=a&level=ks3").await, tag("/v1/resources?level=ks3&q=a").await);
    assert_ne!(tag("/v1/resources?q=a").await, tag("/v1/resources?q=b").await);
}

#[tokio::test]
async fn a_page_of_any_site_may_call_the_api_and_none_the_admin_api() {
    let app = TestApp::shipped().await;
    let from_elsewhere = [("origin", "https://school.example")];
    let answer = app.get_with("/v1/resources", &from_elsewhere).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let ahead = [
        from_elsewhere[0],
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "if-none-match"),
    ];
    let preflight = app.send("OPTIONS", "/v1/resources", &ahead).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (200, "*"));
    assert!(preflight.header("access-control-allow-headers").contains("if-none-match"));
    for path in ["/v1/nothing", "/v1/resources/nothing", "/v1/resources?a=b", "/v1/openapi.json"] {
        assert_eq!(app.get_with(path, &from_elsewhere).await.header("access-control-allow-origin"), "*", "{path}");
    }
    let admin = app.get_with("/admin/v1/jobs", &from_elsewhere).await;
    assert_eq!(admin.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn vocabularies_are_listed_with_who_publishes_them_and_counts() {
    let app = TestApp::shipped().await;
    let list = app.json("/v1/vocabularies").await;
    assert_eq!(list["total"], 17);
    for vocabulary in list["results"].as_array().expect("results") {
        for field in ["name", "title", "publisher", "version", "licence", "address"] {
            assert!(vocabulary[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {vocabulary}");
        }
    }
    let subjects = app.json("/v1/vocabularies/subject").await;
    let chemistry = subjects["results"]
        .as_array()
        .expect("results")
        .iter()
        .find(|concept| concept["id"] == "chemistry")
        .unwrap()
        .clone();
    let found = app.json("/v1/resources?subject=chemistry&per_page=1").await;
    assert_eq!(chemistry["count"], found["total"]);
    assert_eq!(chemistry["broader"], "science");
}

#[tokio::test]
async fn sources_tell_their_health_and_their_counts_add_up() {
    let app = TestApp::shipped().await;
    let list = app.json("/v1/sources").await;
    let all = list["results"].as_array().expect("results");
    assert_eq!(list["total"], all.len());
    // What reaches the network waits for an admin, and has never been harvested.
    let (enabled, waiting): (Vec<_>, Vec<_>) = all.iter().partition(|source| source["enabled"] == true);
    assert_eq!(enabled.len(), 3);
    assert!(waiting.iter().all(|source| source["last_harvest"].is_null() && source["resources"] == 0));
    for source in enabled {
        let harvest = &source["last_harvest"];
        assert_eq!(harvest["state"], "ok", "{source}");
        let counts = &harvest["counts"];
        let count = |name: &str| counts[name].as_u64().expect("a count");
        let sum: u64 =
            ["created", "changed", "unchanged", "deleted", "rejected", "duplicate"].into_iter().map(count).sum();
        assert_eq!(count("read"), sum);
        assert!(source["resources"].as_u64().expect("a count") > 0);
        let alone = app.json(&format!("/v1/sources/{}", source["id"].as_str().expect("an id"))).await;
        assert_eq!(&alone, source);
    }
}

#[tokio::test]
async fn a_withdrawn_resource_keeps_its_address_and_says_why() {
    let two = r#"[{"id": 1, "title": "One", "url": "https://example.org/1"}, {"id": 2, "title": "Two", "url": "https://example.org/2"}]"#;
    let one = r#"[{"id": 1, "title": "One", "url": "https://example.org/1"}]"#;
    let toml = source_toml("pair", "file = \"pair.json\"") + "\n[missing]\nruns = 1\ndays = 0\n";
    let app = TestApp::with_sources(&[("pair.toml", toml)], &[("pair.json", two)]).await;
    let found = app.json("/v1/resources?q=two&interpret=off").await;
    let id = found["results"][0]["id"].as_str().expect("an id").to_owned();
    std::fs::write(app.source_dir().join("pair.json"), one).unwrap();
    app.harvest("pair").await;
    let answer = app.get(&format!("/v1/resources/{id}")).await;
    assert_eq!(answer.status, 410);
    assert!(answer.json()["withdrawn"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert_eq!(app.get_with(&format!("/resources/{id}"), &[("accept", "text/html")]).await.status, 410);
    assert_eq!(app.json("/v1/resources?q=two&interpret=off").await["total"], 0);
}

#[tokio::test]
async fn the_openapi_document_names_every_parameter_and_its_reader_loads_nothing_from_elsewhere() {
    let app = TestApp::shipped().await;
    let document = app.json("/v1/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let parameters = document["paths"]["/v1/resources"]["get"]["parameters"].as_array().expect("parameters");
    let found = |parameter: &Value| match parameter["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a parameter").clone(),
        None => parameter.clone(),
    };
    let found: Vec<Value> = parameters.iter().map(found).collect();
    let names: Vec<&str> = found.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
    for name in ["q", "age", "per_page", "subject", "learning_area", "link", "interpret"] {
        assert!(names.contains(&name), "{name} in {names:?}");
        let answer = app.get(&format!("/v1/resources?{name}=")).await;
        assert_eq!(answer.status, 200, "{name} is documented and read");
    }
    assert!(document["components"]["schemas"]["Resource"]["properties"]["title"].is_object());
    let references = serde_json::to_string(&document).expect("JSON");
    for reference in references.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference} points at nothing");
    }
    let page = app.get("/docs/reader/").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("src=\"http") && !page.body.contains("href=\"http"), "{}", page.body);
}
