//! Of a catalogue whose terms do not let us publish more, a description is its first 200 characters: everywhere.

use serde_json::{Value, json};
use signpost::jobs::oai::list_to_head;

use crate::harness::{TestApp, source_toml};

/// Stands past the first 200 characters of each description, beside a word that a search is for.
const MARKER: &str = "brindlefen";
const SEARCHED: &str = "quagmirewort";

/// What two descriptions begin with. No word of one is in the other, so that nobody takes them for one page.
const BEGINNINGS: [&str; 2] = [
    "Pupils grow crystals of alum and of salt in jars on the window sill; they draw them every morning for two weeks; \
     they weigh them on the last day; they write down what became of the water. ",
    "A geologist takes her visitors below a town and shows how stalactites drip into being; by torchlight everybody \
     measures a column; nobody may touch it; outside a quiz follows for grown-ups too. ",
];

/// A description of more than 300 characters, the marker past the first 200.
fn description(number: usize) -> String {
    let beginning = BEGINNINGS[number];
    let more = ["Then all of this is told at home. ", "Entry costs nothing on Tuesdays. "][number].repeat(2);
    let whole = format!("{beginning}{more}{SEARCHED} {MARKER} is where the last jar or torch stands, as people say.");
    assert!(whole.find(MARKER).is_some_and(|place| place > 220), "{whole}");
    whole
}

fn record(number: usize, title: &str, url: &str) -> Value {
    json!({ "id": number, "title": title, "description": description(number), "url": url,
        "subjects": ["Chemistry"], "levels": ["KS3"], "starts": "2026-12-01T10:00:00" })
}

/// Two catalogues with a page in common, under these terms; and the id of that page.
async fn two_catalogues(terms: &str) -> (TestApp, String) {
    let shared = "https://example.org/shared";
    let columns = record(1, "Stone columns", "https://alpha.example/columns");
    let alpha = Value::from(vec![record(0, "Crystals on the sill", shared), columns]);
    let beta = Value::from(vec![record(0, "Crystals on the sill", shared)]);
    let toml = |id: &str| {
        source_toml(id, &format!("file = \"{id}.json\""))
            .replace("licence = \"cc-by-4.0\"\n", terms)
            .replace("ends = \"/ends\"", "ends = \"/ends\"\nstarts = \"/starts\"")
    };
    let sources = [("alpha.toml", toml("alpha")), ("beta.toml", toml("beta"))];
    let files = [("alpha.json", alpha.to_string()), ("beta.json", beta.to_string())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let app = TestApp::with_sources(&sources, &files).await;
    list_to_head(&app.app).await.expect("the list can be written");
    let id = app.id_of("Crystals on the sill").await;
    (app, id)
}

/// Everything that tells of resources, and whether descriptions are in it.
fn outputs(id: &str) -> Vec<(String, bool)> {
    let search = format!("q={SEARCHED}&interpret=off");
    let mut outputs = vec![
        (format!("/v1/resources?{search}&highlight=on&explain=on"), true),
        ("/v1/resources?subject=chemistry&highlight=on&q=crystals".to_owned(), true),
        (format!("/v1/resources/{id}"), true),
        (format!("/v1/resources/{id}?format=jsonld"), true),
        (format!("/v1/resources/{id}?include=assertions"), true),
        (format!("/v1/resources/{id}/similar"), true),
        ("/v1/changes".to_owned(), true),
        ("/v1/export.ndjson".to_owned(), true),
        ("/v1/export.csv".to_owned(), true),
        ("/v1/feed.rss".to_owned(), true),
        ("/v1/feed.atom".to_owned(), true),
        ("/v1/feed.json".to_owned(), true),
        ("/v1/feed.ics".to_owned(), true),
        ("/v1/duplicates".to_owned(), false),
        ("/v1/duplicates?source=alpha&with=beta".to_owned(), false),
        ("/v1/sources/alpha/reconciliation".to_owned(), false),
        ("/v1/suggest?q=crystals".to_owned(), false),
        (format!("/resources/{id}"), true),
        (format!("/?{search}"), false),
        ("/?subject=chemistry".to_owned(), true),
    ];
    for prefix in ["oai_dc", "oai_lom"] {
        outputs.push((format!("/oai?verb=ListRecords&metadataPrefix={prefix}"), true));
        outputs.push((
            format!("/oai?verb=GetRecord&metadataPrefix={prefix}&identifier=oai:signpost.localhost:{id}"),
            true,
        ));
    }
    outputs
}

/// The text as one line: a calendar folds its lines.
fn unfolded(body: &str) -> String {
    body.replace("\r\n ", "").replace('\\', "")
}

#[tokio::test]
async fn no_output_gives_more_of_a_description_than_the_terms_allow() {
    for terms in ["", "licence = \"proprietary-subscription\"\n"] {
        let (app, id) = two_catalogues(terms).await;
        assert_eq!(app.json(&format!("/v1/resources?q={SEARCHED}&interpret=off")).await["total"], 2, "it can be found");
        for (path, has_descriptions) in outputs(&id) {
            let answer = app.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let text = unfolded(&answer.body);
            assert!(!text.contains(MARKER), "{terms}{path}: {text}");
            let plain = text.replace("<mark>", "").replace("</mark>", "");
            let begins = BEGINNINGS.iter().any(|beginning| plain.contains(&beginning[..60]));
            assert!(!has_descriptions || begins, "{terms}{path}: {text}");
        }
        let published = app.json(&format!("/v1/resources/{id}")).await;
        let shown = published["description"].as_str().expect("a description");
        assert!((170..=200).contains(&shown.chars().count()), "{shown}");
        assert!(description(0).starts_with(shown.trim_end_matches('…')), "{shown}");
    }
}

#[tokio::test]
async fn where_the_terms_allow_it_the_whole_description_is_in_every_output() {
    let (app, id) = two_catalogues("licence = \"cc-by-4.0\"\n").await;
    // Pages show beginnings, and not every list has descriptions.
    let roots = ["/v1/export", "/v1/feed.json", "/oai", "/v1/changes"];
    let is_whole = |path: &str| roots.iter().any(|root| path.starts_with(root));
    let whole: Vec<String> = outputs(&id).into_iter().map(|(path, _)| path).filter(|path| is_whole(path)).collect();
    assert_eq!(whole.len(), 8);
    for path in whole {
        let text = unfolded(&app.get(&path).await.body);
        assert!(text.contains(MARKER), "{path}: the marker is found where it stands: {text}");
    }
}
