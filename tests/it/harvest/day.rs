//! Three days of twenty sources, minute by minute: every schedule, back-off, grace and alarm at its right moment.
//!
//! The clock is the test's. What is expected stands here twice: as the moments that `schedule::next_start` gives for what
//! the test itself has seen of each source, and as a table of them that was worked out apart from the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use schemas::SourceId;
use signpost::app::App;
use signpost::catalogue::HarvestState;
use signpost::clock::Clock;
use signpost::config::{Config, Overrides};
use signpost::data_dir::DataLock;
use signpost::jobs::{run_queued, schedule};
use signpost::schedule::{History, LastRun, Schedule, next_start};
use signpost::source_book::SourceBook;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::items;
use crate::harness::source_toml;

/// A Monday evening.
const BEGINS: &str = "2026-11-16T18:00:00Z";
/// Three days and two hours: long enough for a daily source to fall silent.
const MINUTES: i64 = 74 * 60;

/// What happens, and when: the day of November and the time.
const TURNS_TO_HTML: &str = "17T10:00";
const GOES: &str = "17T20:00";
const IS_SWITCHED_ON: &str = "18T00:00";
const WANTS_PEACE: &str = "18T00:30";
const GOES_DOWN: &str = "18T05:10";
const COMES_UP: &str = "18T07:20";
const COMES_BACK: &str = "18T12:00";
const HAS_ALL_AGAIN: &str = "18T20:00";

/// So long the source asks to be left alone that asks for it.
const PEACE: SignedDuration = SignedDuration::from_hours(6);
const ASKS_FOR_PEACE: &str = "asks-for-peace";

const SOURCES: [(&str, &str); 20] = [
    ("hourly-physics", "hourly"),
    ("hourly-maths", "hourly"),
    ("daily-biology", "daily"),
    ("daily-chemistry", "daily"),
    ("daily-computing", "daily"),
    ("daily-energy", "daily"),
    ("weekly-astronomy", "weekly"),
    ("weekly-climate", "weekly"),
    ("monthly-materials", "monthly"),
    ("cron-morning", "30 6 * * 1-5"),
    ("cron-six-hours", "0 */6 * * *"),
    ("by-hand", "manual"),
    ("switched-off", "daily"),
    ("switched-on", "daily"),
    ("comes-back", "daily"),
    ("turns-to-html", "hourly"),
    ("never-there", "daily"),
    ("cut-short", "daily"),
    ("loses-records", "daily"),
    (ASKS_FOR_PEACE, "daily"),
];

/// When each source starts, but for the hourly ones. Between 05:10 and 07:20 on the 18th the service is down.
const STARTS: [(&str, &[&str]); 17] = [
    ("daily-biology", &["16T18:09", "17T03:03", "18T03:03", "19T03:03"]),
    ("daily-chemistry", &["16T18:01", "17T03:07", "18T03:07", "19T03:07"]),
    ("daily-computing", &["16T18:09", "17T02:27", "18T02:27", "19T02:27"]),
    ("daily-energy", &["16T18:05", "17T03:54", "18T03:54", "19T03:54"]),
    ("weekly-astronomy", &["16T18:05", "19T03:59"]),
    // Its own moment came eight hours after its first run, and was passed over.
    ("weekly-climate", &["16T18:07"]),
    ("monthly-materials", &["16T18:03"]),
    ("cron-morning", &["17T06:30", COMES_UP, "19T06:30"]),
    (
        "cron-six-hours",
        &[
            "17T00:00", "17T06:00", "17T12:00", "17T18:00", "18T00:00", COMES_UP, "18T12:00", "18T18:00", "19T00:00",
            "19T06:00", "19T12:00", "19T18:00",
        ],
    ),
    ("by-hand", &[]),
    ("switched-off", &[]),
    ("switched-on", &[IS_SWITCHED_ON, "19T03:09"]),
    // Fails at its own moment, then after 15, 30 and 60 minutes; after 120 the service is down; then 240 and 480.
    (
        "comes-back",
        &[
            "16T18:02", "17T01:55", "18T01:55", "18T02:10", "18T02:40", "18T03:40", COMES_UP, "18T11:20", "18T19:20",
            "19T01:55",
        ],
    ),
    // After 15, 30, 60, 120, 240, 480 and 960 minutes; then at its own moment.
    (
        "never-there",
        &["16T18:04", "16T18:19", "16T18:49", "16T19:49", "16T21:49", "17T01:49", "17T09:49", "18T01:49", "19T03:47"],
    ),
    // After 30, 120 and 480 minutes; then at its own moments.
    ("cut-short", &["16T18:10", "16T18:40", "16T20:40", "17T04:40", "18T03:48", "19T03:48"]),
    ("loses-records", &["16T18:01", "17T04:02", "18T04:02", "19T04:02"]),
    // Left alone for six hours, and no longer.
    (ASKS_FOR_PEACE, &["16T18:09", "17T01:36", "18T01:36", "18T07:36", "19T01:36"]),
];

/// Every alarm, at the first minute after its cause has come or gone.
const ALARMS: [&str; 10] = [
    "16T18:50 never-there failing",
    "16T20:41 cut-short failing",
    "17T11:08 turns-to-html failing",
    // Its last ok run was at 09:22.
    "17T13:23 turns-to-html silent",
    "18T02:41 comes-back failing",
    "18T04:03 loses-records held",
    "18T19:21 comes-back failing cleared",
    "19T04:03 loses-records held cleared",
    "19T18:01 cut-short silent",
    "19T18:01 never-there silent",
];

/// A catalogue that answers until a moment, and then asks to be left alone for six hours.
struct Peaceful {
    now: Arc<AtomicI64>,
    /// Until when it is to be left alone, once it has said so.
    until: OnceLock<i64>,
    /// When it was asked.
    asked: Mutex<Vec<String>>,
}

impl Peaceful {
    async fn start(now: Arc<AtomicI64>) -> (Arc<Self>, String) {
        let site = Arc::new(Self { now, until: OnceLock::new(), asked: Mutex::new(Vec::new()) });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&site));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (site, origin)
    }
}

async fn answer(State(site): State<Arc<Peaceful>>, uri: Uri) -> Response {
    if uri.path() != "/items.json" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let now = site.now.load(Ordering::SeqCst);
    site.asked.lock().expect("nobody panics while holding this lock").push(minute(now));
    if now >= second_of(WANTS_PEACE) {
        let until = *site.until.get_or_init(|| now + PEACE.as_secs());
        if now < until {
            let wait = (until - now).to_string();
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, wait)]).into_response();
        }
    }
    ([(header::CONTENT_TYPE, "application/json")], items(0, 5)).into_response()
}

/// `17T03:03`, the third hour of the 17th.
fn minute(second: i64) -> String {
    Timestamp::from_second(second).expect("a time").strftime("%dT%H:%M").to_string()
}

fn second_of(minute: &str) -> i64 {
    let time: Timestamp = format!("2026-11-{minute}:00Z").parse().expect("a time");
    time.as_second()
}

/// Twenty sources, and what was seen of them.
struct Days {
    app: App,
    now: Arc<AtomicI64>,
    site: Arc<Peaceful>,
    histories: BTreeMap<&'static str, History>,
    /// Minute, source and state of every run.
    runs: Vec<(String, &'static str, HarvestState)>,
    open: BTreeSet<(String, &'static str)>,
    alarms: Vec<String>,
    folder: TempDir,
    _lock: DataLock,
}

impl Days {
    async fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::create_dir(folder.path().join("sources")).expect("a folder for sources");
        let begins: Timestamp = BEGINS.parse().expect("a time");
        let now = Arc::new(AtomicI64::new(begins.as_second()));
        let (site, origin) = Peaceful::start(Arc::clone(&now)).await;
        for (id, schedule) in SOURCES {
            let path = folder.path().join("sources").join(format!("{id}.toml"));
            std::fs::write(path, file_of(id, schedule, &origin)).expect("a source file");
        }
        let overrides = Overrides {
            contact_url: Some("https://example.org/who-harvests".to_owned()),
            data_dir: Some(folder.path().join("data")),
            sources: vec![folder.path().join("sources")],
            ..Overrides::default()
        };
        let lock = DataLock::take(&folder.path().join("data"), "test").expect("the data directory is free");
        let config = Config::load(None, &overrides).expect("the configuration is right");
        let book = SourceBook::open(&config.catalogue).expect("the source files are right");
        let told = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp::from_second(told.load(Ordering::SeqCst)).expect("a time"));
        let app = App::open(config, book, clock).await.expect("the application opens");
        app.book_sources().await.expect("the sources are booked");
        let history = History { first_known: begins, last_run: None, failures_in_a_row: 0, postponed_until: None };
        let histories = SOURCES.map(|(id, _)| (id, history.clone())).into_iter().collect();
        let (runs, alarms, open) = (Vec::new(), Vec::new(), BTreeSet::new());
        let days = Self { app, now, site, histories, runs, open, alarms, folder, _lock: lock };
        for (id, _) in SOURCES.into_iter().filter(|(id, _)| *id != "never-there") {
            days.write(id, &items(0, if id == "loses-records" { 60 } else { 5 }));
        }
        days
    }

    fn data_file(&self, id: &str) -> PathBuf {
        self.folder.path().join("sources").join(format!("{id}.json"))
    }

    fn write(&self, id: &str, text: &str) {
        std::fs::write(self.data_file(id), text).expect("a data file");
    }

    /// What happens to the sources in this minute.
    async fn happen(&self, minute: &str) {
        match minute {
            TURNS_TO_HTML => self.write("turns-to-html", "<!doctype html><h1>Welcome</h1>"),
            GOES => {
                std::fs::remove_file(self.data_file("comes-back")).expect("the file was there");
                self.write("loses-records", &items(0, 5));
            }
            IS_SWITCHED_ON => {
                let id = SourceId::parse("switched-on").expect("an id");
                self.app.catalogue.set_source_enabled(&id, true).await.expect("written");
            }
            COMES_BACK => self.write("comes-back", &items(0, 5)),
            HAS_ALL_AGAIN => self.write("loses-records", &items(0, 60)),
            _ => {}
        }
    }

    /// Who is due, by what was seen so far.
    fn due(&self) -> Vec<&'static str> {
        let now = self.now.load(Ordering::SeqCst);
        let is_enabled = |id: &str| match id {
            "switched-off" => false,
            "switched-on" => now >= second_of(IS_SWITCHED_ON),
            _ => true,
        };
        let is_due = |id: &str, text: &str| {
            let schedule = Schedule::parse(text).expect("a schedule");
            let source = SourceId::parse(id).expect("an id");
            next_start(&schedule, &source, &self.histories[id]).is_some_and(|moment| moment.as_second() <= now)
        };
        SOURCES.into_iter().filter(|(id, text)| is_enabled(id) && is_due(id, text)).map(|(id, _)| id).collect()
    }

    /// One minute. What is due starts, and is done with before the next.
    async fn pass(&mut self) {
        let due = self.due();
        schedule::tick(&self.app).await.expect("the store answers");
        if !due.is_empty() {
            schedule::tick(&self.app).await.expect("a second look asks for nothing twice");
        }
        self.note_alarms().await;
        let jobs = run_queued(&self.app).await.expect("the store answers");
        let minute = minute(self.now.load(Ordering::SeqCst));
        assert_eq!(jobs, due.len() as u64, "{minute}: due are {due:?}");
        for id in due {
            self.note_run(id, &minute).await;
        }
    }

    async fn note_run(&mut self, id: &'static str, minute: &str) {
        let source = SourceId::parse(id).expect("an id");
        let row = self.app.catalogue.last_harvest(&source).await.expect("the store answers").expect("a run");
        let now = self.app.clock.now();
        assert_eq!(row.started, format!("{now:.0}"), "{minute}: {id} is due and did not start");
        let history = self.histories.get_mut(id).expect("a history");
        history.last_run = Some(LastRun { started: now, finished: now, state: row.state, is_resumable: false });
        let is_whole = matches!(row.state, HarvestState::Ok | HarvestState::Held);
        history.failures_in_a_row = if is_whole { 0 } else { history.failures_in_a_row + 1 };
        history.postponed_until = (id == ASKS_FOR_PEACE && !is_whole).then(|| now + PEACE);
        self.runs.push((minute.to_owned(), id, row.state));
    }

    async fn note_alarms(&mut self) {
        let minute = minute(self.now.load(Ordering::SeqCst));
        let rows = self.app.catalogue.open_alarms().await.expect("the store answers");
        let open: BTreeSet<_> = rows.into_iter().map(|row| (row.source.to_string(), row.kind.name())).collect();
        let raised = open.difference(&self.open).map(|(id, kind)| format!("{minute} {id} {kind}"));
        let cleared = self.open.difference(&open).map(|(id, kind)| format!("{minute} {id} {kind} cleared"));
        self.alarms.extend(raised.chain(cleared));
        self.open = open;
    }

    fn starts_of(&self, id: &str) -> Vec<&str> {
        self.runs.iter().filter(|(_, source, _)| *source == id).map(|(minute, _, _)| minute.as_str()).collect()
    }

    fn states_of(&self, id: &str) -> Vec<HarvestState> {
        self.runs.iter().filter(|(_, source, _)| *source == id).map(|(_, _, state)| *state).collect()
    }

    async fn messages_of(&self, id: &str) -> Vec<String> {
        let source = SourceId::parse(id).expect("an id");
        let alarms = self.app.catalogue.alarms_of(&source, 10).await.expect("the store answers");
        alarms.into_iter().map(|alarm| alarm.message).collect()
    }
}

fn file_of(id: &str, schedule: &str, origin: &str) -> String {
    let place = match id {
        ASKS_FOR_PEACE => format!("url = \"{origin}/items.json\""),
        _ => format!("file = \"{id}.json\""),
    };
    let enabled = !matches!(id, "switched-on" | "switched-off");
    let head = format!("kind = \"json\"\nschedule = \"{schedule}\"\nenabled = {enabled}");
    let limit = if id == "cut-short" { "delay_ms = 0\nmax_records = 3" } else { "delay_ms = 0" };
    source_toml(id, &place).replace("kind = \"json\"", &head).replace("delay_ms = 0", limit)
}

#[tokio::test]
async fn every_run_and_every_alarm_of_twenty_sources_comes_at_its_moment() {
    let mut days = Days::begin().await;
    for _ in 0..MINUTES {
        let now = days.now.load(Ordering::SeqCst);
        days.happen(&minute(now)).await;
        let is_down = (second_of(GOES_DOWN)..second_of(COMES_UP)).contains(&now);
        if !is_down {
            days.pass().await;
        }
        days.now.store(now + 60, Ordering::SeqCst);
    }
    for (id, expected) in STARTS {
        assert_eq!(days.starts_of(id), expected, "{id}");
    }
    assert_eq!(days.alarms, ALARMS);
    starts_are_spread(&days);
    hourly_sources_start_once_an_hour(&days);
    states_are_as_the_sources_were(&days);
    alarms_say_why(&days).await;
}

/// The first runs are spread over ten minutes, and later no two sources with a word for a schedule start together; but
/// what was missed while the service was down is made up for at once.
fn starts_are_spread(days: &Days) {
    let words: BTreeSet<&str> = SOURCES.iter().filter(|(_, text)| !text.contains(' ')).map(|(id, _)| *id).collect();
    let mut together: BTreeMap<&str, usize> = BTreeMap::new();
    for (minute, id, _) in &days.runs {
        if words.contains(id) {
            *together.entry(minute).or_default() += 1;
        }
    }
    for (minute, count) in together {
        let most = match minute {
            COMES_UP => words.len(),
            _ if minute <= "16T18:10" => 3,
            _ => 1,
        };
        assert!(count <= most, "{count} sources started at {minute}");
    }
}

fn hourly_sources_start_once_an_hour(days: &Days) {
    for (id, first, own_minute) in [("hourly-physics", "16T18:03", "33"), ("hourly-maths", "16T18:10", "31")] {
        let starts = days.starts_of(id);
        assert_eq!(starts[0], first, "{id}");
        let out_of_turn: Vec<&str> =
            starts[1..].iter().copied().filter(|start| !start.ends_with(&format!(":{own_minute}"))).collect();
        assert_eq!(out_of_turn, [COMES_UP], "{id}");
        // Of its 74 moments two fell into the time when the service was down, and the next came too soon after the run
        // that made up for them, once.
        assert_eq!(starts.len(), 1 + 74 - 3 + 1, "{id}");
    }
}

fn states_are_as_the_sources_were(days: &Days) {
    use HarvestState::{Failed, Held, Ok, Partial};
    assert_eq!(days.states_of("comes-back"), [Ok, Ok, Failed, Failed, Failed, Failed, Failed, Failed, Ok, Ok]);
    assert_eq!(days.states_of("loses-records"), [Ok, Ok, Held, Ok]);
    assert_eq!(days.states_of(ASKS_FOR_PEACE), [Ok, Ok, Failed, Ok, Ok]);
    assert_eq!(days.states_of("cut-short"), [Partial; 6]);
    assert_eq!(days.states_of("never-there"), [Failed; 9]);
    let asked = days.site.asked.lock().expect("nobody panics while holding this lock");
    assert_eq!(*asked, days.starts_of(ASKS_FOR_PEACE), "nobody asks in between");
}

async fn alarms_say_why(days: &Days) {
    let failing = days.messages_of("comes-back").await;
    assert_eq!(failing.len(), 1, "{failing:?}");
    assert!(failing[0].starts_with("3 runs in a row were not whole; the last: file `comes-back.json`"), "{failing:?}");
    let held = days.messages_of("loses-records").await;
    assert!(held[0].starts_with("a run waits for an admin: 55 records"), "{held:?}");
    let silent = days.messages_of("turns-to-html").await;
    assert_eq!(silent[0], "no ok run since 2026-11-17T09:22:00Z; its schedule is `hourly`");
}
