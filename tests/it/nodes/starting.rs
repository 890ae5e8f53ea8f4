//! What is answered before a node is ready, and while the store is away.

use std::path::Path;
use std::time::{Duration, Instant};

use schemas::ResourceId;
use serde_json::Value;
use signpost::config::NodeRole;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};

use super::{Started, until};
use crate::harness::TestApp;

/// Nobody listens there: port 1 is for a service that no machine runs. Source: RFC 1078.
const NOWHERE: &str = "postgres://signpost@127.0.0.1:1/signpost";

#[tokio::test]
async fn a_node_listens_at_once_and_is_ready_when_it_has_something_to_answer_with() {
    let folder = tempfile::tempdir().unwrap();
    let node = Started::over(&folder.path().join("data"), None).await;
    assert_eq!(node.get("/healthz").await.0, 200);
    until("the node is ready", async || node.get("/readyz").await.0 == 200).await;
    let (status, found) = node.get("/v1/resources?facets=none").await;
    assert_eq!(status, 200);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert!(found["total"].as_u64().is_some_and(|total| total > 0), "{found}");
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_only_works_answers_nobody_but_its_operators() {
    let folder = tempfile::tempdir().unwrap();
    let node = Started::in_role(&folder.path().join("data"), None, NodeRole::Worker).await.ready().await;
    assert_eq!(node.get("/healthz").await.0, 200);
    for path in ["/v1/resources", "/", "/admin", "/admin/v1/nodes"] {
        let (status, told) = node.get(path).await;
        assert_eq!(status, 404, "{path}: {told}");
        assert!(told.contains("answers nobody"), "{path}: {told}");
    }
    node.stop().await;
}

#[tokio::test]
async fn a_node_under_which_a_newer_program_migrates_the_store_answers_on_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let node = Started::over(&data, None).await.ready().await;
    let options = SqliteConnectOptions::new().filename(data.join("signpost.db"));
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    let row = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
               SELECT version + 1, 'of a newer program', success, checksum, execution_time FROM _sqlx_migrations \
               ORDER BY version DESC LIMIT 1";
    conn.execute(row).await.unwrap();
    conn.close().await.unwrap();
    let says_so = |told: &str| told.contains("a newer program has migrated the store");
    until("the node says so", async || says_so(&node.get("/readyz").await.1)).await;
    let (status, told) = node.get("/readyz").await;
    assert!(status == 200 && told.contains("\"degraded\""), "{told}");
    assert!(node.total().await.is_some_and(|total| total > 0));
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_never_knew_its_store_waits_for_it_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let node = Started::over(&folder.path().join("data"), Some(NOWHERE)).await;
    assert_eq!(node.get("/healthz").await.0, 200);
    let (status, told) = node.get("/readyz").await;
    assert_eq!(status, 503, "{told}");
    assert!(told.contains("starting") && !told.contains("postgres"), "{told}");
    assert_eq!(node.get("/v1/resources").await.0, 503);
    node.stop().await;
}

#[tokio::test]
async fn a_node_whose_store_is_away_at_its_start_answers_searches_from_its_index() {
    let app = TestApp::shipped().await;
    let total = app.json("/v1/resources?facets=none").await["total"].clone();
    let id = app.json("/v1/resources?facets=none&per_page=1").await["results"][0]["id"].clone();
    // The same directory, as a node finds it whose database does not answer.
    let copy = tempfile::tempdir().unwrap();
    let (from, to) = (app.data_dir(), copy.path().join("data"));
    copy_folder(&from, &to);
    let node = Started::over(&to, Some(NOWHERE)).await;
    until("searches are answered", async || node.get("/v1/resources?facets=none").await.0 == 200).await;
    let (_, found) = node.get("/v1/resources?facets=none").await;
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["total"], total);
    let (status, ready) = node.get("/readyz").await;
    assert_eq!(status, 200, "{ready}");
    assert!(ready.contains("\"degraded\""), "{ready}");
    answers_from_its_index(&node, id.as_str().unwrap()).await;
    node.stop().await;
}

/// Whoever asked the store would wait so long for a connection.
const WAIT_FOR_A_CONNECTION: Duration = Duration::from_secs(3);

/// Claims that a node whose store is away answers what its index knows, says of the rest that it needs the store, and lets
/// nobody wait for a connection.
async fn answers_from_its_index(node: &Started, id: &str) {
    let known = [
        "/",
        "/?q=science",
        "/coverage",
        "/v1/resources?q=science",
        "/v1/suggest?q=car",
        "/v1/vocabularies",
        "/v1/coverage",
        "/v1/feed.rss",
        "/v1/feed.atom",
        "/v1/feed.json",
        "/v1/export.ndjson",
        "/v1/export.csv",
        &format!("/v1/resources/{id}"),
        &format!("/v1/resources/{id}?format=jsonld"),
        &format!("/v1/resources/{id}/similar"),
        &format!("/resources/{id}"),
        &format!("/list?ids={id}"),
    ];
    let nothing = ResourceId::founded_on("nothing of this name");
    let needing_the_store = [
        "/v1/changes",
        "/v1/sources",
        "/sources",
        &format!("/v1/resources/{id}?include=assertions"),
        &format!("/v1/resources/{nothing}"),
        &format!("/resources/{nothing}"),
    ];
    let of_index = known.iter().map(|path| (*path, 200));
    for (path, expected) in of_index.chain(needing_the_store.iter().map(|path| (*path, 503))) {
        let asked = Instant::now();
        // Nobody can say whose the key is, so it is passed over.
        let request = node.client.get(format!("{}{path}", node.origin)).header("x-api-key", "spk_of_somebody");
        let answer = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let (status, body) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        assert_eq!(status, expected, "{path}: {body}");
        assert!(asked.elapsed() < WAIT_FOR_A_CONNECTION, "{path} waited for the store");
        assert!(status == 200 || !body.contains("postgres"), "{path}: {body}");
    }
    let (_, resource) = node.get(&format!("/v1/resources/{id}")).await;
    let resource: Value = serde_json::from_str(&resource).unwrap();
    assert!(resource["id"] == id && resource["title"].is_string(), "{resource}");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
