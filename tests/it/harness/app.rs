//! TestApp: the real application in this process, with a throw-away data directory and a clock of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crawler::fetch::Fetch;
use jiff::Timestamp;
use serde_json::{Value, json};
use signpost::app::App;
use signpost::catalogue::{HarvestRow, Role};
use signpost::clock::Clock;
use signpost::config::{Config, Overrides};
use signpost::data_dir::DataLock;
use signpost::jobs::{follow, harvest, silent};
use signpost::source_book::SourceBook;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running application.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) origin: String,
    pub(crate) folder: TempDir,
    now: Arc<Mutex<Timestamp>>,
    client: reqwest::Client,
    _stop: oneshot::Sender<()>,
    _lock: DataLock,
}

/// Whether callers are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limits {
    On,
    Off,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A header as text; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl TestApp {
    /// The application with what ships inside the binary.
    pub(crate) async fn shipped() -> Self {
        Self::start(&[], &[], None, Limits::Off).await
    }

    /// The same with the limits that callers have.
    pub(crate) async fn limited() -> Self {
        Self::start(&[], &[], None, Limits::On).await
    }

    /// The application with these source files, and these files beside them.
    pub(crate) async fn with_sources(sources: &[(&str, String)], files: &[(&str, &str)]) -> Self {
        Self::start(sources, files, None, Limits::Off).await
    }

    /// The application with these source files, whose data files stand in another folder.
    pub(crate) async fn with_real_data(sources: &[(&str, String)], data: &Path) -> Self {
        Self::start(sources, &[], Some(data), Limits::Off).await
    }

    /// The application with this configuration file.
    pub(crate) async fn configured(config: &str) -> Self {
        Self::start_with(&[], &[], None, Limits::Off, config, None).await
    }

    /// The application with what ships, for which the network is what this fetcher answers.
    pub(crate) async fn over_network(fetch: Arc<dyn Fetch>) -> Self {
        Self::start_with(&[], &[], None, Limits::Off, "", Some(fetch)).await
    }

    async fn start(
        sources: &[(&str, String)],
        files: &[(&str, &str)],
        source_data: Option<&Path>,
        limits: Limits,
    ) -> Self {
        Self::start_with(sources, files, source_data, limits, "", None).await
    }

    async fn start_with(
        sources: &[(&str, String)],
        files: &[(&str, &str)],
        source_data: Option<&Path>,
        limits: Limits,
        config: &str,
        fetch: Option<Arc<dyn Fetch>>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let config_file = folder.path().join("signpost.toml");
        std::fs::write(&config_file, config).expect("a configuration file");
        let source_dir = folder.path().join("sources");
        std::fs::create_dir(&source_dir).expect("a folder for sources");
        for (name, text) in sources {
            std::fs::write(source_dir.join(name), text).expect("a source file");
        }
        for (name, text) in files {
            std::fs::write(source_dir.join(name), text).expect("a data file");
        }
        let overrides = Overrides {
            listen: Some("127.0.0.1:0".to_owned()),
            database_url: super::postgres::store_of_tests().await,
            contact_url: Some("https://example.org/who-harvests".to_owned()),
            data_dir: Some(folder.path().join("data")),
            sources: if sources.is_empty() { Vec::new() } else { vec![source_dir] },
            source_data: source_data.map(Path::to_owned),
            rate_limit: (limits == Limits::Off).then(|| "off".to_owned()),
            ..Overrides::default()
        };
        let lock = DataLock::take(&folder.path().join("data"), "test").expect("the data directory is free");
        let now = Arc::new(Mutex::new("2026-11-21T09:00:00Z".parse().expect("a time")));
        let app = Self::open(&config_file, &overrides, Arc::clone(&now)).await;
        let app = match fetch {
            Some(fetch) => app.with_way_out(fetch),
            None => app,
        };
        signpost::serve::prepare(&app).await.expect("the application prepares itself");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = signpost::serve::serve(app.clone(), listener, async move {
            let _ = stopped.await;
        });
        tokio::spawn(serving);
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { app, origin, folder, now, client, _stop: stop, _lock: lock }
    }

    async fn open(config_file: &Path, overrides: &Overrides, now: Arc<Mutex<Timestamp>>) -> App {
        let config = Config::load(Some(config_file), overrides).expect("the configuration is right");
        let book = SourceBook::open(&config.catalogue).expect("the source files are right");
        // A millisecond goes by with each look, so that what comes later is later.
        let clock = Clock::from_fn(move || {
            let mut now = now.lock().expect("nobody panics while holding this lock");
            *now = now.saturating_add(jiff::SignedDuration::from_millis(1)).expect("a time");
            *now
        });
        App::open(config, book, clock).await.expect("the application opens")
    }

    /// Lets days go by.
    pub(crate) fn pass_days(&self, days: i64) {
        self.pass(jiff::SignedDuration::from_hours(24 * days));
    }

    /// Lets seconds go by.
    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.pass(jiff::SignedDuration::from_secs(seconds));
    }

    fn pass(&self, time: jiff::SignedDuration) {
        let mut now = self.now.lock().expect("nobody panics while holding this lock");
        *now = now.saturating_add(time).expect("a time");
    }

    /// The folder of source files.
    pub(crate) fn source_dir(&self) -> PathBuf {
        self.folder.path().join("sources")
    }

    /// Where the store and the index are.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Whether this text stands in any file of the data directory. A claim that something does not stand there is worth
    /// something only beside one that something else does.
    pub(crate) fn keeps(&self, text: &str) -> bool {
        let mut waiting = vec![self.data_dir()];
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
            } else if let Ok(bytes) = std::fs::read(&path)
                && bytes.windows(text.len()).any(|window| window == text.as_bytes())
            {
                return true;
            }
        }
        false
    }

    /// The id of the published resource with this title.
    pub(crate) async fn id_of(&self, title: &str) -> String {
        let found = self.json("/v1/resources?facets=none&per_page=100").await;
        let results = found["results"].as_array().expect("results");
        let resource = results.iter().find(|result| result["title"] == title);
        let resource = resource.unwrap_or_else(|| panic!("no resource has the title `{title}`"));
        resource["id"].as_str().expect("an id").to_owned()
    }

    /// Decides about a resource as a curator does: hides it, merges it into another, and so on.
    pub(crate) async fn curate(&self, id: &str, decision: Value) -> Value {
        let token = self.token(Role::Curator).await;
        let body = json!({ "decision": decision, "why": "a teacher wrote to us" }).to_string();
        let answer = self.post(&format!("/admin/v1/resources/{id}/curations"), &token, "application/json", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// Takes such a decision back.
    pub(crate) async fn take_back(&self, curation: &Value) {
        let token = self.token(Role::Curator).await;
        let path = format!("/admin/v1/curations/{}/undo", curation["id"].as_str().expect("an id"));
        let answer = self.post(&path, &token, "application/json", json!({ "why": "a slip" }).to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Harvests a source now and brings the index up to date.
    pub(crate) async fn harvest(&self, id: &str) -> HarvestRow {
        let booked = harvest::find_source(&self.app, id).expect("a source of this id");
        let row = harvest::harvest_source(&self.app, &booked, silent()).await.expect("the store can be written");
        follow::follow_to_head(&self.app).await.expect("the index can be written");
        row
    }

    /// A token of this role.
    pub(crate) async fn token(&self, role: Role) -> String {
        self.app.catalogue.create_token("test", role, self.app.clock.now()).await.expect("a token")
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// GET with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers).await
    }

    /// Any method, without a body.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(method, path, headers, Vec::new()).await
    }

    /// POST with a body.
    pub(crate) async fn post(&self, path: &str, token: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let bearer = format!("Bearer {token}");
        self.call("POST", path, &[("authorization", &bearer), ("content-type", content_type)], body).await
    }

    /// Any method, with a body.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        self.call_with(&self.client, method, path, headers, body).await
    }

    /// The same from another address of this machine.
    pub(crate) async fn call_from(
        &self,
        address: [u8; 4],
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = builder.local_address(std::net::IpAddr::from(address)).build().expect("a client");
        self.call_with(&client, method, path, headers, body).await
    }

    async fn call_with(
        &self,
        client: &reqwest::Client,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = client.request(method, format!("{}{path}", self.origin)).timeout(Duration::from_secs(20));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.into()).send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("a body") }
    }

    /// GET, an answer of 200, as JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

/// A source file of the json kind that reads `file` or `url` (the line given), with the plainest mapping.
pub(crate) fn source_toml(id: &str, place: &str) -> String {
    format!(
        r#"
id = "{id}"
name = "Catalogue {id}"
organisation = "Example Society"
homepage = "https://example.org/"
licence = "cc-by-4.0"
kind = "json"

[where]
{place}

[mapping]
identifier = "/id"
title = "/title"
url = "/url"
description = "/description"
subjects = "/subjects"
levels = "/levels"
resource_types = "/types"
nations = "/nations"
ends = "/ends"

[limits]
delay_ms = 0

[access]
allow_private = true
"#
    )
}
