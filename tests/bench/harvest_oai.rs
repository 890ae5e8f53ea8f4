//! How fast does a repository of 100,000 records come into the store over OAI-PMH, and how fast is it seen unchanged?
//!
//! `cargo bench --bench harvest_oai [-- RECORDS]`. A server on loopback answers, without any delay between requests; the
//! store is the real one, every commit synced. Three harvests of one process: all new; what has changed since (nothing);
//! and all of it again, unchanged. Prints records a second, ratios within the run, and the peak of resident memory.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use signpost::app::App;
use signpost::catalogue::HarvestRow;
use signpost::clock::Clock;
use signpost::config::{Config, Overrides};
use signpost::data_dir::DataLock;
use signpost::jobs::{harvest, silent};
use signpost::source_book::SourceBook;

const RECORDS: u64 = 100_000;
/// As repositories usually have it.
const PAGE: u64 = 500;

fn main() -> anyhow::Result<()> {
    let records = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RECORDS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(records))
}

async fn measure(records: u64) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let router = Router::new().route("/oai", get(answer)).with_state(records);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("oai.toml"), source(&origin))?;
    let overrides = Overrides {
        data_dir: Some(folder.path().join("data")),
        sources: vec![folder.path().to_owned()],
        contact_url: Some("https://example.org/who-harvests".to_owned()),
        ..Overrides::default()
    };
    let _lock = DataLock::take(&folder.path().join("data"), "bench")?;
    let config = Config::load(None, &overrides)?;
    let book = SourceBook::open(&config.catalogue)?;
    let app = App::open(config, book, Clock::system()).await?;
    app.book_sources().await?;

    let resident_before = resident_kb()?;
    let (first, first_took) = run(&app).await?;
    println!("new:              {}", told(&first, first_took));
    let (second, second_took) = run(&app).await?;
    println!("only what changed: {} ({:.1} times as fast)", told(&second, second_took), ratio(first_took, second_took));
    app.catalogue.forget_memory(&"oai".parse()?).await?;
    let (third, third_took) = run(&app).await?;
    println!("all, unchanged:   {} ({:.1} times as fast)", told(&third, third_took), ratio(first_took, third_took));
    println!("resident memory:  {} MB before, {} MB at its peak", resident_before / 1024, peak_kb()? / 1024);
    Ok(())
}

fn source(origin: &str) -> String {
    format!(
        "id = \"oai\"\nname = \"Repository\"\norganisation = \"Example Society\"\nkind = \"oai-pmh\"\n\
         licence = \"cc-by-4.0\"\n[where]\nurl = \"{origin}/oai\"\n[limits]\ndelay_ms = 0\n\
         [access]\nallow_private = true\n"
    )
}

/// One harvest, and how long it took until its run had ended; what is resolved afterwards is told apart.
async fn run(app: &App) -> anyhow::Result<(HarvestRow, Duration)> {
    let booked = harvest::find_source(app, "oai")?;
    let before = app.catalogue.last_harvest(&booked.source.id).await?.map(|row| row.id);
    let resolving = app.resolving.lock().await;
    let started = Instant::now();
    let harvesting = tokio::spawn({
        let (app, booked) = (app.clone(), booked.clone());
        async move { harvest::harvest_source(&app, &booked, silent()).await }
    });
    // The run has ended when it is written down so; what follows waits for the lock that is held here.
    let ended = loop {
        let row = app.catalogue.last_harvest(&booked.source.id).await?;
        if row.is_some_and(|row| Some(&row.id) != before.as_ref() && row.finished.is_some()) {
            break started.elapsed();
        }
        tokio::time::sleep(PAUSE).await;
    };
    drop(resolving);
    let resolving_since = Instant::now();
    let row = harvesting.await??;
    println!("                  and resolved within {:.2} s", resolving_since.elapsed().as_secs_f64());
    Ok((row, ended))
}

/// Between two looks at whether a run has ended.
const PAUSE: Duration = Duration::from_millis(5);

fn told(row: &HarvestRow, took: Duration) -> String {
    let counts = &row.counts;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = counts.read as f64 / took.as_secs_f64();
    format!(
        "{} in {:.2} s, {rate:.0} records/s: {} read, {} created, {} unchanged{}",
        row.state.name(),
        took.as_secs_f64(),
        counts.read,
        counts.created,
        counts.unchanged,
        row.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default()
    )
}

fn ratio(slow: Duration, fast: Duration) -> f64 {
    slow.as_secs_f64() / fast.as_secs_f64()
}

/// Answers as a repository does; the token is the number of the first record of its page.
async fn answer(State(records): State<u64>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let argument = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    };
    let mut xml = String::with_capacity(700 * 1024);
    xml.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-11-20T08:00:00Z</responseDate><request>http://127.0.0.1/oai</request>",
    );
    if argument("verb").as_deref() == Some("Identify") {
        xml.push_str(
            "<Identify><repositoryName>Repository</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>\
             <protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>\
             <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
             <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>",
        );
    } else if argument("from").is_some() {
        xml.push_str("<error code=\"noRecordsMatch\">nothing</error>");
    } else {
        let first = argument("resumptionToken").and_then(|token| token.parse().ok()).unwrap_or(0);
        push_page(&mut xml, first, records);
    }
    xml.push_str("</OAI-PMH>");
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], xml).into_response()
}

fn push_page(xml: &mut String, first: u64, records: u64) {
    let end = (first + PAGE).min(records);
    xml.push_str("<ListRecords>");
    for number in first..end {
        let _ = write!(
            xml,
            "<record><header><identifier>oai:example.org:{number}</identifier>\
             <datestamp>2026-11-0{day}T10:00:00Z</datestamp><setSpec>stem</setSpec></header><metadata>\
             <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Careers lesson {number}: chemistry at work</dc:title>\
             <dc:creator>Author {author}</dc:creator><dc:subject>chemistry</dc:subject><dc:subject>careers</dc:subject>\
             <dc:description>What chemists do in a week, in lesson {number}, with a task for pairs and a plenary that \
             asks which of these jobs pupils had heard of before.</dc:description><dc:date>2025-0{day}-11</dc:date>\
             <dc:type>Lesson plan</dc:type><dc:language>en</dc:language>\
             <dc:identifier>https://repository.example.org/lessons/{number}</dc:identifier>\
             <dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights></oai_dc:dc></metadata></record>",
            day = number % 9 + 1,
            author = number % 97,
        );
    }
    let token = if end < records { end.to_string() } else { String::new() };
    let _ = write!(xml, "<resumptionToken completeListSize=\"{records}\">{token}</resumptionToken></ListRecords>");
}

fn resident_kb() -> anyhow::Result<u64> {
    memory("VmRSS:")
}

fn peak_kb() -> anyhow::Result<u64> {
    memory("VmHWM:")
}

fn memory(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).context("the kernel tells it")?;
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).context("a number of kB")
}
