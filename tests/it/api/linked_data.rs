//! Resources and vocabularies as linked data: which form is given to whom, and that the addresses in it lead somewhere.
//! Whether they expand without loss is for `tests/partners/linked_data.py`.

use serde_json::{Value, json};

use crate::harness::TestApp;

const JSON_LD: [(&str, &str); 1] = [("accept", "application/ld+json")];

async fn any_resource(app: &TestApp) -> String {
    let found = app.json("/v1/resources?q=biochemist&per_page=1&facets=none").await;
    format!("/v1/resources/{}", found["results"][0]["id"].as_str().expect("an id"))
}

/// Where an address of ours leads, without its origin.
fn path<'a>(app: &TestApp, address: &'a Value) -> &'a str {
    address.as_str().and_then(|address| address.strip_prefix(app.app.public_url())).expect("an address of ours")
}

#[tokio::test]
async fn a_resource_has_one_address_in_both_of_its_forms() {
    let app = TestApp::shipped().await;
    let resource = any_resource(&app).await;
    let document = app.get(&format!("{resource}?format=jsonld")).await;
    assert_eq!((document.status, document.header("content-type")), (200, "application/ld+json"));
    let document = document.json();
    assert_eq!(document["@type"], json!(["LearningResource", "Occupation"]));
    assert_eq!(path(&app, &document["@id"]), resource);
    assert_eq!(path(&app, &document["@context"]), "/v1/context.jsonld");
    let context = app.json("/v1/context.jsonld").await;
    let base = path(&app, &context["@context"]["results"]["@context"]["@base"]).to_owned();
    assert!(resource.starts_with(&base), "{base}");
    assert!(app.get(&resource).await.header("link").contains("</v1/context.jsonld>"));

    // A concept leads to its vocabulary, under the same address as there.
    let level = &document["educationalLevel"][0];
    let list = app.get_with(path(&app, &level["inDefinedTermSet"]), &JSON_LD).await.json();
    let concepts = list["@graph"].as_array().expect("concepts");
    assert!(concepts.iter().any(|concept| concept["id"] == level["@id"] && concept["prefLabel"] == level["name"]));
    let page = app.get(path(&app, &document["mainEntityOfPage"])).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn what_is_asked_for_in_the_address_goes_before_what_is_accepted() {
    let app = TestApp::shipped().await;
    let resource = any_resource(&app).await;
    for (path, json_ld) in [(resource.as_str(), "jsonld"), ("/v1/vocabularies/level", "skos")] {
        let kind = async |path: &str, accept: &str| {
            let answer = app.get_with(path, &[("accept", accept)]).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let vary: Vec<&str> =
                answer.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
            assert!(vary.join(",").split(',').any(|name| name.trim() == "accept"), "{path}: {vary:?}");
            answer.header("content-type").to_owned()
        };
        let (ours, theirs) = (format!("{path}?format=json"), format!("{path}?format={json_ld}"));
        for (path, accept, expected) in [
            (path, "*/*", "application/json"),
            (path, "application/ld+json", "application/ld+json"),
            (path, "application/ld+json;q=0.2, application/json", "application/json"),
            (ours.as_str(), "application/ld+json", "application/json"),
            (theirs.as_str(), "application/json", "application/ld+json"),
        ] {
            assert_eq!(kind(path, accept).await, expected, "{path}: {accept}");
        }
        let tag = app.get(&theirs).await.header("etag").to_owned();
        assert_eq!(app.get_with(&theirs, &[("if-none-match", &tag)]).await.status, 304);
        assert_ne!(app.get(&ours).await.header("etag"), tag);
    }
}

#[tokio::test]
async fn a_form_that_there_is_not_is_told_with_those_there_are() {
    let app = TestApp::shipped().await;
    let resource = any_resource(&app).await;
    for (path, parameter, words) in [
        (format!("{resource}?format=jsnold"), "format", "did you mean `jsonld`?"),
        (format!("{resource}?format=rdf"), "format", "allowed: json, jsonld"),
        (format!("{resource}?fromat=json"), "fromat", "did you mean `format`?"),
        (format!("{resource}?format=jsonld&include=assertions"), "include", "`format=json`"),
        (format!("{resource}?include=assertion"), "include", "did you mean `assertions`?"),
        ("/v1/vocabularies/level?format=sokos".to_owned(), "format", "allowed: json, skos"),
        ("/v1/vocabularies/level?page=2".to_owned(), "page", "allowed: format"),
    ] {
        let answer = app.get(&path).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{path}");
        let problem = answer.json();
        let mistake = &problem["errors"][0];
        assert_eq!(mistake["parameter"], parameter, "{path}");
        assert!(mistake["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{path}: {mistake}");
    }
    let both = app.get(&format!("{resource}?format=x&include=y&z=1")).await.json();
    assert_eq!(both["errors"].as_array().map(Vec::len), Some(3), "{both}");
}

#[tokio::test]
async fn every_vocabulary_is_skos_with_addresses_that_lead_back_to_it() {
    let app = TestApp::shipped().await;
    let lists = app.json("/v1/vocabularies").await;
    for list in lists["results"].as_array().expect("vocabularies") {
        let address = format!("/v1/vocabularies/{}", list["name"].as_str().expect("a name"));
        let skos = app.json(&format!("{address}?format=skos")).await;
        let graph = skos["@graph"].as_array().expect("a graph");
        let (scheme, concepts) = graph.split_first().expect("a scheme");
        assert_eq!((path(&app, &scheme["id"]), &scheme["title"]), (address.as_str(), &list["title"]));
        assert_eq!(list["concepts"], concepts.len());
        for concept in concepts {
            let (whole, id) = path(&app, &concept["id"]).split_once('#').expect("a fragment");
            assert_eq!((whole, &concept["identifier"]), (address.as_str(), &json!(id)));
            assert!(concept["prefLabel"].is_string() && concept["inScheme"] == scheme["id"], "{concept}");
        }
    }
}
