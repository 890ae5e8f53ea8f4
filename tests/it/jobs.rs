//! Jobs as an admin meets them: watched, called off, put back when the service stops, and started once.

use std::time::Duration;

use serde_json::Value;
use signpost::catalogue::{HarvestRow, HarvestState, JobKind, JobRow, JobState, Role};
use signpost::jobs::schedule::tick;
use tokio::time::Instant;

use crate::harness::{Program, Site, TestApp, source_toml};

/// How long anything here may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);
/// Records are handed to the store by the five hundred, so a page of these has arrived in part.
const RECORDS_OF_A_PAGE: u32 = 600;
const PAGES: u32 = 3;

/// Puts a page of an API; there is nothing after the last.
fn put_page(site: &Site, number: u32) {
    let first = number * RECORDS_OF_A_PAGE;
    let end = if number > PAGES { first } else { first + RECORDS_OF_A_PAGE };
    let items: Vec<Value> = (first..end)
        .map(|n| {
            serde_json::json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}") })
        })
        .collect();
    let body = serde_json::json!({ "items": items }).to_string();
    site.put(&format!("/api?page={number}"), 200, "application/json", body);
}

/// A site whose third page never comes, and the file of its source.
async fn site_that_hangs() -> (Site, String) {
    let site = Site::start().await;
    (1..=PAGES + 1).for_each(|number| put_page(&site, number));
    site.hang("/api?page=3");
    let place = format!("url = \"{}/api\"\nitems = \"/items\"\npage_parameter = \"page\"", site.origin);
    let toml = source_toml("site", &place);
    (site, toml)
}

/// The application over such a site.
async fn app_over_a_site_that_hangs() -> (TestApp, Site) {
    let (site, toml) = site_that_hangs().await;
    (TestApp::with_sources(&[("site.toml", toml)], &[]).await, site)
}

/// An admin who calls the API.
struct Admin<'a> {
    app: &'a TestApp,
    bearer: String,
}

impl<'a> Admin<'a> {
    async fn of(app: &'a TestApp) -> Self {
        let bearer = format!("Bearer {}", app.token(Role::Admin).await);
        Self { app, bearer }
    }

    async fn call(&self, method: &str, path: &str) -> crate::harness::Answer {
        self.app.send(method, path, &[("authorization", &self.bearer)]).await
    }

    /// Asks for a harvest and gives the address of its job.
    async fn start_harvest(&self) -> String {
        let started = self.call("POST", "/admin/v1/sources/site/harvests").await;
        assert_eq!(started.status, 202, "{}", started.body);
        started.header("location").to_owned()
    }

    /// Looks at a job until it stands as it is waited for.
    async fn wait_until(&self, location: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let job = self.call("GET", location).await.json();
            if is_there(&job) {
                return job;
            }
            assert!(Instant::now() < deadline, "the job does not go on: {job}");
            tokio::task::yield_now().await;
        }
    }
}

/// Ends when the path is asked for.
async fn asked(site: &Site, path: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !site.asked().iter().any(|line| line.starts_with(path)) {
        assert!(Instant::now() < deadline, "{path} is not asked for");
        tokio::task::yield_now().await;
    }
}

async fn last_run(app: &TestApp) -> HarvestRow {
    let id = "site".parse().expect("an id");
    app.app.catalogue.last_harvest(&id).await.expect("the store answers").expect("a run")
}

fn has_ended(job: &Value) -> bool {
    !matches!(job["state"].as_str(), Some("queued" | "running"))
}

#[tokio::test]
async fn a_cancelled_harvest_keeps_what_it_had_and_the_next_goes_on() {
    let (app, site) = app_over_a_site_that_hangs().await;
    let admin = Admin::of(&app).await;
    let location = admin.start_harvest().await;
    asked(&site, "/api?page=3").await;

    let told = admin.call("POST", &format!("{location}/cancellation")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!((&told.json()["state"], &told.json()["cancel_asked"]), (&"running".into(), &"test".into()));
    let job = admin.wait_until(&location, has_ended).await;
    assert_eq!((&job["state"], &job["error"]), (&"cancelled".into(), &"cancelled by test".into()), "{job}");
    assert!(job["message"].as_str().is_some_and(|told| told.starts_with("partial: 1000 read")), "{job}");

    let run = last_run(&app).await;
    assert_eq!((run.state, run.reason.as_deref()), (HarvestState::Partial, Some("cancelled by test")));
    assert!(run.resumes_since.is_some() && run.counts.adds_up(), "{run:?}");
    let again = admin.call("POST", &format!("{location}/cancellation")).await;
    assert_eq!(again.status, 409, "what has ended cannot be called off: {}", again.body);

    put_page(&site, 3);
    let run = app.harvest("site").await;
    assert_eq!((run.state, run.counts.created, run.counts.unchanged), (HarvestState::Ok, 800, 1_000));
    assert_eq!(site.asked(), ["/api?page=3 200", "/api?page=4 200"], "what was kept is not asked for again");
}

#[tokio::test]
async fn a_job_that_waits_is_called_off_at_once_and_only_by_an_admin() {
    let app = TestApp::shipped().await;
    let admin = Admin::of(&app).await;
    // No other node takes what is about the index of this one.
    let kind = JobKind::Reindex;
    let job = app.app.catalogue.enqueue_job(kind, Some("another node"), app.app.clock.now()).await.unwrap();
    let path = format!("/admin/v1/jobs/{}/cancellation", job.id);
    let curator = format!("Bearer {}", app.token(Role::Curator).await);
    assert_eq!(app.send("POST", &path, &[("authorization", &curator)]).await.status, 403);
    assert_eq!(app.send("POST", &path, &[]).await.status, 401);
    assert_eq!(admin.call("POST", "/admin/v1/jobs/nobody/cancellation").await.status, 404);
    assert_eq!(admin.call("POST", &path).await.json()["state"], "cancelled");
    let audit = admin.call("GET", "/admin/v1/audit").await.json();
    assert_eq!(audit["results"][0]["action"], "cancel reindex", "{audit}");
}

#[tokio::test]
async fn a_service_that_stops_puts_a_harvest_back_with_all_that_it_had() {
    let (app, site) = app_over_a_site_that_hangs().await;
    let admin = Admin::of(&app).await;
    let location = admin.start_harvest().await;
    asked(&site, "/api?page=3").await;
    let id = location.rsplit('/').next().expect("an id").to_owned();

    let begun = Instant::now();
    app.app.stopper.stop();
    let job = wait_in_store(&app, &id, |job| job.state == JobState::Queued).await;
    assert!(begun.elapsed() < Duration::from_secs(8), "within the time that a stop may take");
    assert_eq!((job.attempts, job.node, job.error), (0, None, None), "nothing was wrong with it");
    let run = last_run(&app).await;
    let reason = Some("stopped: the service was told to stop");
    assert_eq!((run.state, run.reason.as_deref(), run.counts.created), (HarvestState::Partial, reason, 1_000));
    assert!(run.resumes_since.is_some(), "the next start goes on where it stood");
}

/// Looks at a job in the store until it stands as it is waited for.
async fn wait_in_store(app: &TestApp, id: &str, is_there: impl Fn(&JobRow) -> bool) -> JobRow {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let job = app.app.catalogue.job(id).await.expect("the store answers").expect("a job");
        if is_there(&job) {
            return job;
        }
        assert!(Instant::now() < deadline, "the job does not go on: {job:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_was_at_is_taken_up_by_the_next_start_where_it_stood() {
    let (site, toml) = site_that_hangs().await;
    let folder = tempfile::tempdir().unwrap();
    let (data, sources) = (folder.path().join("data"), folder.path().join("sources"));
    std::fs::create_dir(&sources).unwrap();
    std::fs::write(sources.join("site.toml"), toml).unwrap();
    let sources = sources.display().to_string();
    let serve = || Program::new(&data).args(&["--sources", &sources]).serve();
    let made = Program::new(&data).args(&["token", "create", "--role", "admin"]).run();
    let bearer = format!("Bearer {}", String::from_utf8(made.stdout).unwrap().trim());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    let server = serve().await;
    let start = client.post(format!("{}/admin/v1/sources/site/harvests", server.origin));
    let started = start.header("authorization", &bearer).send().await.unwrap();
    let location = started.headers()["location"].to_str().unwrap().to_owned();
    asked(&site, "/api?page=3").await;
    server.kill();

    put_page(&site, 3);
    let server = serve().await;
    let deadline = Instant::now() + PATIENCE;
    let job = loop {
        let look = client.get(format!("{}{location}", server.origin)).header("authorization", &bearer);
        let job: Value = serde_json::from_str(&look.send().await.unwrap().text().await.unwrap()).unwrap();
        if has_ended(&job) {
            break job;
        }
        assert!(Instant::now() < deadline, "the job does not go on: {job}");
        tokio::task::yield_now().await;
    };
    assert_eq!((&job["state"], &job["attempts"]), (&"succeeded".into(), &2.into()), "{job}");
    assert_eq!(site.asked(), ["/api?page=3 200", "/api?page=4 200"], "what was kept is not asked for again");
    assert_eq!(server.json("/v1/resources?facets=none").await["total"], 1_800);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_is_ticked_by_several_at_once_starts_once() {
    let site = Site::start().await;
    site.hang("/items.json");
    let toml = source_toml("site", &format!("url = \"{}/items.json\"", site.origin));
    let toml = toml.replace("kind = \"json\"", "kind = \"json\"\nschedule = \"daily\"");
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    app.pass_days(1);
    let ticking: Vec<_> = (0..8)
        .map(|_| {
            let app = app.app.clone();
            tokio::spawn(async move { tick(&app).await })
        })
        .collect();
    for ticked in ticking {
        ticked.await.unwrap().unwrap();
    }
    let jobs = app.app.catalogue.list_jobs(100).await.unwrap();
    let harvests: Vec<&JobRow> = jobs.iter().filter(|job| job.kind == JobKind::Harvest).collect();
    assert_eq!(harvests.len(), 1, "{harvests:?}");
    assert_eq!(harvests[0].subject.as_deref(), Some("site"));
}

#[tokio::test]
async fn a_job_is_watched_to_its_end_and_a_browser_that_asks_again_is_told_so() {
    let (app, site) = app_over_a_site_that_hangs().await;
    put_page(&site, 3);
    let admin = Admin::of(&app).await;
    let events = format!("{}/events", admin.start_harvest().await);
    let answer = admin.call("GET", &events).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let told: Vec<Value> = answer
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|json| serde_json::from_str(json).expect("JSON"))
        .collect();
    let last = told.last().expect("an event");
    assert_eq!((&last["state"], &last["done"]), (&"succeeded".into(), &1_800.into()), "{}", answer.body);
    assert!(told.iter().rev().skip(1).all(|job| !has_ended(job)), "{}", answer.body);
    assert!(answer.body.contains("id: ended"), "{}", answer.body);

    let again = app.get_with(&events, &[("authorization", &admin.bearer), ("last-event-id", "ended")]).await;
    assert_eq!((again.status, again.body.as_str()), (204, ""));
    let all = app.app.job_watchers.available_permits();
    let _others = app.app.job_watchers.acquire_many(u32::try_from(all).unwrap()).await.unwrap();
    assert_eq!(admin.call("GET", &events).await.status, 503, "no more than so many watch at once");
    assert_eq!(admin.call("GET", "/admin/v1/jobs/nobody/events").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_listed_called_off_and_followed_on_the_command_line() {
    let (app, site) = app_over_a_site_that_hangs().await;
    let location = Admin::of(&app).await.start_harvest().await;
    asked(&site, "/api?page=3").await;
    let id = location.rsplit('/').next().expect("an id");
    let run = |args: &[&str]| {
        let output = Program::new(&app.data_dir()).args(&["--format", "json", "jobs"]).args(args).run();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let rows: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code(), rows, told)
    };
    let (code, rows, told) = run(&["list"]);
    assert_eq!((code, &rows[0]["job"], &rows[0]["state"]), (Some(0), &id.into(), &"running".into()), "{told}");
    let (code, rows, told) = run(&["cancel", id]);
    assert_eq!((code, &rows[0]["state"]), (Some(0), &"running".into()), "{told}");
    assert!(told.contains("it is told to stop"), "{told}");
    let (code, rows, told) = run(&["follow", id]);
    assert_eq!((code, &rows[0]["state"]), (Some(1), &"cancelled".into()), "{told}");
    assert_eq!(rows[0]["message"], "cancelled by command line");
    assert_eq!(run(&["show", id]).1[0]["state"], "cancelled");
    let (code, _, told) = run(&["cancel", "nobody"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("there is no job `nobody`"), "{told}");
}
