//! A repository whose clock is wrong: whatever it takes the time to be, no run misses what came since the one before.
//!
//! Fifty runs ask only for what has changed. What each of them brings is held against what was added, changed and taken
//! away meanwhile, and in the end everything is listed once more.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::SignedDuration;
use signpost::catalogue::{HarvestRow, HarvestState};
use signpost::clock::Clock;
use signpost::jobs::{follow, harvest, silent};
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::harness::TestApp;

const RUNS: usize = 50;
/// What is there at the beginning. Ten of it are changed again and again, and ten are taken away.
const FIRST_RECORDS: usize = 22;
/// Records on a page: so few that most lists have a second one.
const PAGE: usize = 6;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const TEN_YEARS: SignedDuration = SignedDuration::from_hours(24 * 3_652);

/// How far the clock is ahead while a page is answered: which run it is, from 1, and which page, from 0. What is added
/// after a run bears the time of its last page.
type Skew = fn(usize, usize) -> SignedDuration;

/// Which datestamps records bear.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Datestamps {
    /// When they last changed, as the clock of the repository says.
    OfTheClock,
    /// Every third one that of a day nobody here will see.
    SomeFarAhead,
}

/// A repository that tells of deleted records and is asked by the second.
struct Repository {
    origin: String,
    /// The right time.
    clock: OnceLock<Clock>,
    skew: Skew,
    datestamps: Datestamps,
    holdings: Mutex<Holdings>,
}

#[derive(Default)]
struct Holdings {
    records: Vec<RepositoryRecord>,
    /// The list that is being given out, page by page.
    list: Vec<RepositoryRecord>,
    run: usize,
    page: usize,
    /// Records that were added since this was last looked at.
    added: u64,
    /// Lists that were asked for from a date on.
    lists_from: usize,
}

/// One record of the repository.
#[derive(Clone)]
struct RepositoryRecord {
    datestamp: String,
    title: String,
    is_deleted: bool,
    number: usize,
}

impl Repository {
    async fn start(skew: Skew, datestamps: Datestamps) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let repository = Arc::new(Self {
            origin: format!("http://{}", listener.local_addr().expect("an address")),
            clock: OnceLock::new(),
            skew,
            datestamps,
            holdings: Mutex::default(),
        });
        let router = Router::new().route("/oai", get(answer)).with_state(Arc::clone(&repository));
        tokio::spawn(async move { axum::serve(listener, router).await });
        repository
    }

    fn holdings(&self) -> MutexGuard<'_, Holdings> {
        self.holdings.lock().expect("nobody panics while holding this lock")
    }

    /// What time the repository takes it to be.
    fn time(&self, holdings: &Holdings) -> String {
        let right = self.clock.get().expect("the test has set it").now();
        (right + (self.skew)(holdings.run, holdings.page)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn datestamp(&self, number: usize, holdings: &Holdings) -> String {
        if self.datestamps == Datestamps::SomeFarAhead && number.is_multiple_of(3) {
            return "9999-12-30T00:00:00Z".to_owned();
        }
        self.time(holdings)
    }

    fn add(&self, holdings: &mut Holdings) {
        let number = holdings.records.len();
        let datestamp = self.datestamp(number, holdings);
        holdings.records.push(RepositoryRecord {
            datestamp,
            title: format!("Careers lesson {number}"),
            is_deleted: false,
            number,
        });
        holdings.added += 1;
    }

    fn open(&self) {
        let mut holdings = self.holdings();
        (0..FIRST_RECORDS).for_each(|_| self.add(&mut holdings));
        holdings.added = 0;
    }

    /// What happens after so many runs: one record is changed, some are added, and sometimes one is taken away. Says
    /// how many were added since the last time, those included that came while a list was read.
    fn change(&self, runs: usize) -> u64 {
        let mut holdings = self.holdings();
        (0..runs % 3).for_each(|_| self.add(&mut holdings));
        let changed = runs % 10;
        holdings.records[changed].datestamp = self.datestamp(changed, &holdings);
        holdings.records[changed].title = format!("Careers lesson {changed}, as it is after {runs} runs");
        if runs.is_multiple_of(5) {
            let gone = 9 + runs / 5;
            holdings.records[gone].datestamp = self.datestamp(gone, &holdings);
            holdings.records[gone].is_deleted = true;
        }
        std::mem::take(&mut holdings.added)
    }

    fn answer_to(&self, query: &str) -> String {
        let argument = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
        };
        let mut holdings = self.holdings();
        if argument("verb").as_deref() == Some("Identify") {
            holdings.run += 1;
            holdings.page = 0;
            return self.envelope(&holdings, IDENTIFY);
        }
        let first: usize = match argument("resumptionToken") {
            Some(token) => token.parse().expect("a token that was given"),
            None => {
                holdings.begin_list(argument("from"));
                0
            }
        };
        holdings.page = first / PAGE;
        let page = holdings.page_from(first);
        if first == PAGE && holdings.run <= RUNS {
            self.add(&mut holdings);
        }
        self.envelope(&holdings, &page)
    }

    fn envelope(&self, holdings: &Holdings, inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
             <responseDate>{}</responseDate><request>{}/oai</request>{inside}</OAI-PMH>",
            self.time(holdings),
            self.origin
        )
    }
}

impl Holdings {
    fn begin_list(&mut self, from: Option<String>) {
        self.lists_from += usize::from(from.is_some());
        let from = from.unwrap_or_default();
        // Written alike, moments are in the order of their texts.
        self.list = self.records.iter().filter(|record| record.datestamp >= from).cloned().collect();
        self.list.sort_by(|one, other| one.datestamp.cmp(&other.datestamp));
    }

    fn page_from(&self, first: usize) -> String {
        let end = self.list.len().min(first + PAGE);
        let records: Vec<String> = self.list[first..end].iter().map(RepositoryRecord::to_xml).collect();
        if records.is_empty() {
            return "<error code=\"noRecordsMatch\">nothing has changed</error>".to_owned();
        }
        let token = if end < self.list.len() { end.to_string() } else { String::new() };
        format!("<ListRecords>{}<resumptionToken>{token}</resumptionToken></ListRecords>", records.concat())
    }
}

impl RepositoryRecord {
    fn to_xml(&self) -> String {
        let Self { datestamp, title, is_deleted, number } = self;
        let identifier = format!("<identifier>oai:x:{number}</identifier><datestamp>{datestamp}</datestamp>");
        if *is_deleted {
            return format!("<record><header status=\"deleted\">{identifier}</header></record>");
        }
        format!(
            "<record><header>{identifier}</header><metadata>\
             <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title>\
             <dc:identifier>https://example.org/lessons/{number}</dc:identifier></oai_dc:dc></metadata></record>"
        )
    }
}

const IDENTIFY: &str = "<Identify><repositoryName>R</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>\
    <protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>\
    <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
    <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>";

async fn answer(State(repository): State<Arc<Repository>>, RawQuery(query): RawQuery) -> Response {
    let xml = repository.answer_to(&query.unwrap_or_default());
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], xml).into_response()
}

/// A source that is never listed as a whole again by itself, or that would make up for what was missed.
fn toml(origin: &str) -> String {
    format!(
        "id = \"oai\"\nname = \"Repository\"\norganisation = \"Example Society\"\nkind = \"oai-pmh\"\n\
         licence = \"cc-by-4.0\"\n[where]\nurl = \"{origin}/oai\"\nfull_days = 3650\n[limits]\ndelay_ms = 0\n\
         [access]\nallow_private = true\n"
    )
}

async fn harvest_once(app: &TestApp) -> HarvestRow {
    let booked = harvest::find_source(&app.app, "oai").expect("a source of this id");
    let row = harvest::harvest_source(&app.app, &booked, silent()).await.expect("the store can be written");
    assert_eq!(row.state, HarvestState::Ok, "{row:?}");
    row
}

async fn miss_nothing(skew: Skew, datestamps: Datestamps) {
    let repository = Repository::start(skew, datestamps).await;
    let app = TestApp::with_sources(&[("oai.toml", toml(&repository.origin))], &[]).await;
    repository.clock.set(app.app.clock.clone()).expect("it is set once");
    repository.open();
    let first = harvest_once(&app).await;
    assert_eq!(first.counts.created, u64::try_from(FIRST_RECORDS).expect("a small number"));

    for run in 1..=RUNS {
        let added = repository.change(run);
        app.pass_days(i64::try_from(run % 3).expect("a small number"));
        let row = harvest_once(&app).await;
        assert_eq!((row.counts.created, row.counts.changed), (added, 1), "run {run}: {row:?}");
    }
    assert_eq!(repository.holdings().lists_from, RUNS, "all but the first asked for what had changed");

    let live = repository.holdings().records.iter().filter(|record| !record.is_deleted).count();
    app.app.catalogue.forget_memory(&"oai".parse().expect("an id")).await.expect("the store can be written");
    let whole = harvest_once(&app).await;
    assert_eq!(repository.holdings().lists_from, RUNS, "the last asked for everything");
    let live = u64::try_from(live).expect("a small number");
    assert_eq!((whole.counts.created, whole.counts.changed, whole.counts.unchanged), (0, 0, live), "{whole:?}");
    follow::follow_to_head(&app.app).await.expect("the index can be written");
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], live);
}

#[tokio::test]
async fn a_clock_that_is_a_day_behind_loses_nothing() {
    miss_nothing(|_, _| -DAY, Datestamps::OfTheClock).await;
}

#[tokio::test]
async fn a_clock_that_is_a_day_ahead_loses_nothing() {
    miss_nothing(|_, _| DAY, Datestamps::OfTheClock).await;
}

#[tokio::test]
async fn a_clock_that_is_ten_years_ahead_loses_nothing() {
    miss_nothing(|_, _| TEN_YEARS, Datestamps::OfTheClock).await;
}

#[tokio::test]
async fn a_clock_that_is_put_right_in_the_middle_of_a_run_loses_nothing() {
    let skew: Skew = |run, page| if run < 25 || (run == 25 && page == 0) { TEN_YEARS } else { SignedDuration::ZERO };
    miss_nothing(skew, Datestamps::OfTheClock).await;
}

/// Every fifth run it goes from a day ahead to a day behind, or back again, between the first page and the second.
#[tokio::test]
async fn a_clock_that_jumps_to_and_fro_in_the_middle_of_runs_loses_nothing() {
    let skew: Skew = |run, page| {
        let jumps = run / 5 + usize::from(run % 5 == 4 && page > 0);
        if jumps.is_multiple_of(2) { DAY } else { -DAY }
    };
    miss_nothing(skew, Datestamps::OfTheClock).await;
}

#[tokio::test]
async fn datestamps_far_ahead_of_everything_lose_nothing() {
    miss_nothing(|_, _| SignedDuration::ZERO, Datestamps::SomeFarAhead).await;
}
