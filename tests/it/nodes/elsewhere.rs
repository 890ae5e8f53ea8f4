//! Several nodes on one PostgreSQL. Left out where no server is named.

use schemas::Decision;
use serde_json::Value;
use signpost::catalogue::{Catalogue, Role, StorePlace};
use signpost::clock::Clock;
use signpost::nodes::registry::{IdShared, StoreReplaced};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use super::{LIMIT, Started, until};
use crate::harness::postgres::fresh_database;

/// A database, with folders for the nodes on it.
struct Together {
    url: String,
    folder: TempDir,
    catalogue: Catalogue,
    token: String,
}

impl Together {
    async fn new() -> Option<Self> {
        let url = fresh_database().await?;
        let catalogue = Catalogue::open(&StorePlace::Postgres(url.clone())).await.expect("the store opens");
        let token = catalogue.create_token("test", Role::Admin, Clock::system().now()).await.expect("a token");
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self { url, folder, catalogue, token })
    }

    async fn node(&self, name: &str) -> Started {
        Started::over(&self.folder.path().join(name), Some(&self.url)).await
    }

    /// Whether the node that is asked leads.
    async fn leads(&self, node: &Started) -> bool {
        let nodes = node.json("/admin/v1/nodes", &self.token).await;
        let this = nodes["this"].clone();
        let is_this = |node: &&Value| node["id"] == this;
        nodes["results"].as_array().into_iter().flatten().find(is_this).is_some_and(|node| node["leads"] == true)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_harvest_what_ships_once_and_hold_the_same() {
    let Some(together) = Together::new().await else { return };
    let (one, other) = tokio::join!(together.node("one"), together.node("other"));
    let (one, other) = (one.ready().await, other.ready().await);
    let live = async || together.catalogue.live_count().await.expect("the store can be read");
    until("both hold what the store holds", async || {
        let live = Some(live().await).filter(|live| *live > 0);
        one.total().await == live && other.total().await == live
    })
    .await;
    for source in together.catalogue.list_sources().await.expect("the sources") {
        let runs = together.catalogue.harvests_of(&source.id, 10).await.expect("its runs");
        assert!(runs.len() <= 1, "{} was harvested {} times", source.id, runs.len());
    }
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_leads_and_when_it_stops_the_other_does() {
    let Some(together) = Together::new().await else { return };
    let one = together.node("one").await.ready().await;
    until("the first leads", async || together.leads(&one).await).await;
    let other = together.node("other").await.ready().await;
    assert!(!together.leads(&other).await && together.leads(&one).await);
    let this = one.json("/admin/v1/nodes", &together.token).await["this"].clone();
    until("the other says who leads", async || {
        let nodes = other.json("/admin/v1/nodes", &together.token).await;
        let leads = |node: &&Value| node["leads"] == true;
        nodes["results"].as_array().into_iter().flatten().filter(leads).map(|node| &node["id"]).eq([&this])
    })
    .await;
    one.stop().await;
    until("the other leads", async || together.leads(&other).await).await;
    until("each is told as it stands", async || {
        let nodes = other.json("/admin/v1/nodes", &together.token).await;
        let rows = nodes["results"].as_array().expect("nodes");
        let mut states: Vec<&str> = rows.iter().filter_map(|node| node["state"].as_str()).collect();
        states.sort_unstable();
        states == ["ready", "stopped"]
    })
    .await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_nobody_wakes_follows_what_is_written_elsewhere_all_the_same() {
    let Some(together) = Together::new().await else { return };
    let mut conn = PgConnection::connect(&together.url).await.expect("the database");
    for trigger in ["DROP TRIGGER change_wakes ON change", "DROP TRIGGER job_wakes ON job"] {
        conn.execute(trigger).await.expect("nothing tells any more that something was written");
    }
    let node = together.node("one").await.ready().await;
    let live = async || together.catalogue.live_count().await.expect("the store can be read");
    until("it holds what the store holds", async || node.total().await == Some(live().await)).await;
    let before = live().await;
    let id = together.catalogue.scan(None, 1).await.expect("resources").remove(0).resource.id;
    let hide = Decision::Hide { reason: "it sells something".to_owned() };
    let now = Clock::system().now();
    together.catalogue.curate(&id, hide, "Ada", "its page says so", now).await.expect("a decision");
    until("it holds one less", async || node.total().await == Some(before - 1)).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_ends_when_its_store_was_replaced() {
    let Some(together) = Together::new().await else { return };
    let node = together.node("one").await.ready().await;
    let mut conn = PgConnection::connect(&together.url).await.expect("the database");
    conn.execute("UPDATE store SET id = 'another'").await.expect("it is written");
    let ended = tokio::time::timeout(LIMIT, node.running).await.expect("it ends").expect("it does not break off");
    let error = ended.expect_err("not in order: whoever looks after it starts it again");
    assert!(error.is::<StoreReplaced>(), "{error:#}");
    let again = together.node("one").await.ready().await;
    assert!(again.total().await.is_some_and(|total| total > 0), "its index is made anew");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_over_copies_of_one_data_directory_one_takes_another_id() {
    let Some(together) = Together::new().await else { return };
    let id_file = |name: &str| together.folder.path().join(name).join("node-id");
    let alive = async || together.catalogue.alive_nodes(Clock::system().now()).await.expect("the nodes").len();
    let one = together.node("one").await.ready().await;
    until("the first is heard", async || alive().await == 1).await;
    let id = std::fs::read_to_string(id_file("one")).expect("its id");
    std::fs::create_dir(together.folder.path().join("copy")).expect("a folder");
    std::fs::write(id_file("copy"), &id).expect("the same id");
    let copy = together.node("copy").await.ready().await;
    let ended = tokio::time::timeout(LIMIT, one.running).await.expect("it ends").expect("it does not break off");
    let error = ended.expect_err("not in order: whoever looks after it starts it again");
    assert!(error.is::<IdShared>(), "{error:#}");
    let one = together.node("one").await.ready().await;
    assert_ne!(std::fs::read_to_string(id_file("one")).expect("its id"), id);
    until("both are heard", async || alive().await == 2).await;
    one.stop().await;
    copy.stop().await;
}
