//! One program among several on the same store: what it says of itself, and what it does while others come and go.

mod clocks; // a clock that jumps
mod elsewhere; // several nodes on one PostgreSQL
mod min_seq; // reading what was just written
mod starting; // what is answered before a node is ready, and while the store is away

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use signpost::catalogue::Role;
use signpost::clock::Clock;
use signpost::config::{Config, NodeRole, Overrides};
use signpost::serve::start;
use signpost::source_book::SourceBook;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::harness::TestApp;

/// Far longer than anything here takes.
const LIMIT: Duration = Duration::from_mins(1);

/// Looks until it is so. Each look waits for the one before it.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < LIMIT, "{what}");
        tokio::task::yield_now().await;
    }
}

/// A program that was started over a data directory and a database.
struct Started {
    origin: String,
    stop: oneshot::Sender<()>,
    running: JoinHandle<anyhow::Result<()>>,
    client: reqwest::Client,
}

impl Started {
    async fn over(data_dir: &Path, database_url: Option<&str>) -> Self {
        Self::in_role(data_dir, database_url, NodeRole::All).await
    }

    async fn in_role(data_dir: &Path, database_url: Option<&str>, role: NodeRole) -> Self {
        std::fs::create_dir_all(data_dir).expect("a data directory");
        let overrides = Overrides {
            role: Some(role.name().to_owned()),
            data_dir: Some(data_dir.to_owned()),
            database_url: database_url.map(ToOwned::to_owned),
            rate_limit: Some("off".to_owned()),
            ..Overrides::default()
        };
        let config = Config::load(None, &overrides).expect("the configuration is right");
        let sources = SourceBook::open(&config.catalogue).expect("what ships is right");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            start(&config, &sources, &Clock::system(), listener, stopped).await
        });
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { origin, stop, running, client }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let asked = self.client.get(format!("{}{path}", self.origin)).timeout(Duration::from_secs(20));
        let answer = asked.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// GET with a token, an answer of 200, as JSON.
    async fn json(&self, path: &str, token: &str) -> Value {
        let asked = self.client.get(format!("{}{path}", self.origin)).timeout(Duration::from_secs(20));
        let answer = asked.bearer_auth(token).send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let (status, body) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// Waits until it is ready.
    async fn ready(self) -> Self {
        until("the node is ready", async || self.get("/readyz").await.0 == 200).await;
        self
    }

    /// How many resources it finds; `None` while it cannot say.
    async fn total(&self) -> Option<u64> {
        let (status, body) = self.get("/v1/resources?facets=none&per_page=1").await;
        let found: Value = serde_json::from_str(&body).ok()?;
        found["total"].as_u64().filter(|_| status == 200)
    }

    /// Tells it to stop, and waits until it has.
    async fn stop(self) {
        let _ = self.stop.send(());
        let ended = tokio::time::timeout(Duration::from_secs(10), self.running).await;
        ended.expect("it ends in time").expect("it does not break off").expect("it ends in order");
    }
}

async fn nodes_of(app: &TestApp) -> Value {
    let bearer = format!("Bearer {}", app.token(Role::ReadOnly).await);
    let answer = app.get_with("/admin/v1/nodes", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_node_of_its_own_leads_and_says_how_it_stands() {
    let app = TestApp::shipped().await;
    until("the node says how it stands", async || nodes_of(&app).await["total"] == 1).await;
    let nodes = nodes_of(&app).await;
    let node = &nodes["results"][0];
    assert_eq!(node["id"], app.app.node_id.as_str());
    assert_eq!(
        (&node["state"], &node["role"], &node["leads"]),
        (&"ready".into(), &"all".into(), &true.into()),
        "{node}"
    );
    assert_eq!(node["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(node["index"]["behind"], 0, "{node}");
    assert!(node["index"]["resources"].as_u64().is_some_and(|resources| resources > 0), "{node}");
    assert!(node["address"].as_str().is_some_and(|address| app.origin.ends_with(address)), "{node}");
    assert_eq!(nodes["this"], node["id"]);
}
