//! What the fuzz targets share: a harvest of whatever bytes, through the public door of the crawler, with an intake
//! that keeps nothing and checks what it is given.
//!
//! So not only the parser of a kind is tried, but everything on the way to a record: charset, mapping, normalising,
//! validating. A target crashes when something panics, takes ten seconds or two gigabytes, or hands over what no store
//! should have to bear. Nothing waits for anything, so no runtime is needed.

mod workbook;

use std::panic;
use std::pin::pin;
use std::sync::Once;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use crawler::fetch::{ScriptedFetcher, Validators};
use crawler::intake::BATCH;
use crawler::{
    Documents, Ending, HarvestError, Intake, IntakeError, Kept, Manner, Outcome, Outside, Payload, Repeats, Report,
    SourceFiles,
};
use jiff::Timestamp;
use schemas::{PayloadHash, Problem, Record, RecordId, Severity, Source, validate};

pub use workbook::{ods, xlsx};

/// A source whose file goes on like this behind its head.
pub fn source(rest: &str) -> Source {
    let head =
        "id = \"fuzz\"\nname = \"Fuzz\"\norganisation = \"Example Society\"\nhomepage = \"https://example.org/\"\n";
    Source::parse("fuzz.toml", &format!("{head}{rest}")).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// Takes one document apart as the kind of the source does.
pub fn take_apart(source: &Source, place: &str, content_type: Option<&str>, body: &[u8]) {
    let payload = Payload {
        place: place.to_owned(),
        validators: Validators::default(),
        content_type: content_type.map(ToOwned::to_owned),
        hash: PayloadHash::of(body),
        body: body.to_vec().into(),
    };
    let site = ScriptedFetcher::new();
    let outside = Outside { fetch: &site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    let manner = Manner::afresh(Timestamp::UNIX_EPOCH);
    let mut document = One(Some(payload));
    let mut intake = Checking::default();
    let run = crawler::read_documents(source, &mut document, Repeats::Count, &outside, &manner, &mut intake);
    let (report, ended) = at_once(run);
    intake.check(&report, &ended);
}

/// Harvests a source from a site with these pages and nothing else: address, content type, body.
pub fn harvest(source: &Source, pages: &[(&str, &str, &[u8])]) {
    let mut site = ScriptedFetcher::new();
    for (address, content_type, body) in pages {
        site = site.with(address, content_type, *body);
    }
    let outside = Outside { fetch: &site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    let manner = Manner::afresh(Timestamp::UNIX_EPOCH);
    let mut intake = Checking::default();
    let (report, ended) = at_once(crawler::harvest(source, &outside, &manner, &mut intake));
    intake.check(&report, &ended);
}

/// The first line of the bytes as text, and what follows it.
pub fn first_line(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes.get(end + 1..).unwrap_or_default())
}

/// Lets our own code catch the panics of a library that it knows to panic. libFuzzer ends the process with the first
/// word of any panic; what nobody catches still ends it, once the stack is unwound.
pub fn let_panics_be_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|panic| {
            let is_known = panic.location().is_some_and(|at| at.file().contains("calamine"));
            if !is_known {
                eprintln!("{panic}");
            }
        }));
    });
}

/// What comes of a future that has nothing to wait for.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("there was nothing to wait for"),
    }
}

/// One document.
struct One(Option<Payload>);

#[async_trait]
impl Documents for One {
    async fn next(&mut self) -> Result<Option<Payload>, IntakeError> {
        Ok(self.0.take())
    }
}

/// Counts what comes, and checks that a store could take it.
#[derive(Default)]
struct Checking {
    accepted: u64,
    rejected: u64,
    duplicate: u64,
    deleted: u64,
}

#[async_trait]
impl Intake for Checking {
    async fn kept(&mut self, _place: &str) -> Result<Option<Kept>, IntakeError> {
        Ok(None)
    }

    async fn kept_body(&mut self, _hash: &PayloadHash) -> Result<Vec<u8>, IntakeError> {
        Err(IntakeError("nothing is kept here".into()))
    }

    fn seen_again(&mut self, _place: &str) {}

    async fn keep(&mut self, _payload: Payload) -> Result<(), IntakeError> {
        Ok(())
    }

    async fn take(&mut self, batch: Vec<Outcome>) -> Result<(), IntakeError> {
        assert!(batch.len() <= BATCH, "a batch of {}", batch.len());
        for outcome in &batch {
            self.count(outcome);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        Ok(())
    }
}

impl Checking {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Record(record, problems) => {
                self.accepted += 1;
                check_record(record);
                problems.iter().for_each(check_problem);
            }
            Outcome::Rejected { problem, .. } => {
                self.rejected += 1;
                check_problem(problem);
            }
            Outcome::Duplicate(problem) => {
                self.duplicate += 1;
                check_problem(problem);
            }
            Outcome::Deleted(_) => self.deleted += 1,
        }
    }

    fn check(&self, report: &Report, ended: &Result<Ending, HarvestError>) {
        let read = self.accepted + self.rejected + self.duplicate + self.deleted;
        assert_eq!(report.read, read, "what was read was handed over");
        assert_eq!(
            (report.accepted(), report.rejected, report.duplicate, report.deleted),
            (self.accepted, self.rejected, self.duplicate, self.deleted)
        );
        let reason = match ended {
            Ok(Ending::Complete | Ending::Update | Ending::NothingNew | Ending::NotModified) => String::new(),
            Ok(Ending::Partial { reason }) => reason.clone(),
            Err(error) => error.told(),
        };
        assert!(is_one_line(&reason), "{reason:?}");
    }
}

/// Checks what the store and the index rest on.
fn check_record(record: &Record) {
    let identifier_bytes = record.id.identifier.len();
    assert!((1..=RecordId::MAX_IDENTIFIER_BYTES).contains(&identifier_bytes), "{identifier_bytes} bytes");
    let metadata = &record.metadata;
    assert!(validate(metadata, "").iter().all(|problem| problem.severity == Severity::Warning), "{record:?}");
    let description = metadata.description.as_deref().unwrap_or_default();
    assert!(is_one_line(&metadata.title) && is_one_line(description), "{record:?}");
    let stored = serde_json::to_string(record).expect("a record can be written");
    let again: Record = serde_json::from_str(&stored).expect("what was written can be read");
    assert_eq!(*record, again, "it is read as it was stored");
}

fn check_problem(problem: &Problem) {
    assert!(is_one_line(&problem.place) && is_one_line(&problem.reason), "{problem:?}");
}

/// Whether a text can forge no line of a log.
fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}
