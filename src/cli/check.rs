//! `signpost sources check FILE...`: every mistake in a source file, then what it would give.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use crawler::SourceFiles;
use schemas::{Location, Severity, Source};
use serde_json::{Value, json};

use super::{Ended, Format, Options, output};
use crate::app::way_out;
use crate::clock::Clock;
use crate::jobs::preview::{Asking, NotAsked, ending_in_words, sample_of};
use crate::sample::Sample;
use crate::source_book::mistakes_in;

/// Problems, unmapped words and unmapped names that are shown.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The source files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only read the files: ask no catalogue for a sample
    #[arg(long, env = "SIGNPOST_NO_SAMPLE")]
    no_sample: bool,
    /// How many records to read
    #[arg(long, env = "SIGNPOST_RECORDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    records: u64,
    /// How many of them to show in full
    #[arg(long, env = "SIGNPOST_SHOW", default_value_t = 2)]
    show: usize,
}

pub(super) async fn run(options: &Options, args: &CheckArgs) -> anyhow::Result<Ended> {
    let config = options.config()?;
    let data = config.catalogue.source_data.as_deref();
    let mut sources = Vec::new();
    let mut mistakes = Vec::new();
    for path in &args.files {
        match read(path, data)? {
            Ok(source) => sources.push((path, source)),
            Err(found) => mistakes.extend(found),
        }
    }
    if !mistakes.is_empty() {
        output::table(options.format(), &["file", "line", "key", "mistake"], &mistakes);
        return Ok(Ended::Failed);
    }
    if args.no_sample {
        let count = sources.len();
        output::note(&format!("{count} source file{}, no mistakes", if count == 1 { "" } else { "s" }));
        return Ok(Ended::Ok);
    }
    let (fetch, contact_is_public) = way_out(&config)?;
    let mut ended = Ended::Ok;
    for (path, source) in sources {
        let asking = Asking {
            fetch: fetch.as_ref(),
            files: &files_of(path, data),
            contact_is_public,
            records: args.records,
            // Nobody else waits for it, and whoever does can stop it.
            patience: Duration::MAX,
            now: Clock::system().now(),
        };
        let sample = match sample_of(&source, &asking).await {
            Ok(sample) => sample,
            Err(NotAsked::Pushed) => {
                output::note(&format!("{}: no mistakes; {}", source.id, NotAsked::Pushed));
                continue;
            }
            Err(NotAsked::NoContact) => anyhow::bail!(
                "nobody was asked for a sample of `{}`: give --contact-url a public page that says who asks, or --no-sample",
                source.id
            ),
            Err(NotAsked::Busy) => anyhow::bail!("{}", NotAsked::Busy),
        };
        match options.format() {
            Format::Json => {
                output::line(&in_json(&source, &sample).to_string());
            }
            Format::Text => print(&source, &sample, args.show),
        }
        if sample.records.is_empty() {
            ended = Ended::Failed;
        }
    }
    Ok(ended)
}

type MistakeRow = Vec<Value>;

/// The source in a file, or a row for each mistake in it.
fn read(path: &Path, data: Option<&Path>) -> anyhow::Result<Result<Source, Vec<MistakeRow>>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {name}"))?;
    let source = match Source::parse(&name, &text) {
        Ok(source) => source,
        Err(mistakes) => {
            let row = |mistake: &schemas::TomlMistake| {
                vec![json!(mistake.file), json!(mistake.line), json!(mistake.key), json!(mistake.reason)]
            };
            return Ok(Err(mistakes.iter().map(row).collect()));
        }
    };
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut mistakes = mistakes_in(&file, &source);
    if let Location::File(file) = &source.location
        && let Err(error) = files_of(path, data).read(file, source.limits.max_bytes.unwrap_or(u64::MAX >> 1))
    {
        mistakes.push(("where.file", error.to_string()));
    }
    if mistakes.is_empty() {
        return Ok(Ok(source));
    }
    let rows = mistakes.into_iter().map(|(key, reason)| vec![json!(name), json!(null), json!(key), json!(reason)]);
    Ok(Err(rows.collect()))
}

fn files_of(path: &Path, data: Option<&Path>) -> SourceFiles {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    SourceFiles::Folder { sources: folder.to_owned(), data: data.map(Path::to_owned) }
}

fn in_json(source: &Source, sample: &Sample) -> Value {
    let coverage: Vec<Value> = sample
        .coverage(source)
        .iter()
        .map(|one| json!({ "field": one.field, "records": one.records, "example": one.example }))
        .collect();
    let unmapped: Vec<Value> = sample
        .unmapped()
        .iter()
        .map(|one| json!({ "field": one.field.field(), "word": one.word, "count": one.count }))
        .collect();
    let unused: Vec<Value> = sample
        .unused
        .iter()
        .map(|one| json!({ "name": one.name, "records": one.records, "example": one.example }))
        .collect();
    json!({
        "source": source.id.as_str(), "ending": ending_in_words(sample), "read": sample.report.read,
        "accepted": sample.report.accepted(), "pages": sample.report.pages, "records": sample.records,
        "coverage": coverage, "unused": unused, "unmapped": unmapped, "problems": sample.problems,
    })
}

fn print(source: &Source, sample: &Sample, show: usize) {
    let report = &sample.report;
    output::line(&format!(
        "{}: {}; {} read, {} accepted, {} asked for",
        source.id,
        ending_in_words(sample),
        counted(report.read, "record"),
        report.accepted(),
        counted(report.pages, "page")
    ));
    for record in sample.records.iter().take(show) {
        output::line(&format!("\n{}", record.id.identifier));
        let text = serde_json::to_string_pretty(&record.metadata).unwrap_or_default();
        output::line(&text);
    }
    let rows: Vec<Vec<Value>> = sample
        .coverage(source)
        .into_iter()
        .map(|one| {
            vec![json!(one.field), json!(format!("{} of {}", one.records, sample.records.len())), json!(one.example)]
        })
        .collect();
    print_part("Fields", &["field", "records", "example"], &rows);
    print_unused(sample);
    let rows: Vec<Vec<Value>> = sample
        .unmapped()
        .into_iter()
        .take(SHOWN)
        .map(|one| vec![json!(one.field.field()), json!(one.word), json!(one.count)])
        .collect();
    print_part("Words that map to nothing", &["field", "word", "count"], &rows);
    print_rest(sample.unmapped().len());
    let rows: Vec<Vec<Value>> = sample
        .problems
        .iter()
        .take(SHOWN)
        .map(|one| {
            let severity = match one.severity {
                Severity::Warning => "warning",
                Severity::Rejected => "rejected",
            };
            vec![json!(severity), json!(one.place), json!(one.field), json!(one.reason)]
        })
        .collect();
    print_part("Problems", &["severity", "place", "field", "reason"], &rows);
    print_rest(sample.problems.len());
}

fn print_unused(sample: &Sample) {
    let rows: Vec<Vec<Value>> = sample
        .unused
        .iter()
        .take(SHOWN)
        .map(|one| {
            let name = one.name.replace(char::is_control, " ");
            vec![json!(name), json!(format!("{} of {}", one.records, sample.report.read)), json!(one.example)]
        })
        .collect();
    print_part("Not mapped", &["name", "records", "example"], &rows);
    print_rest(sample.unused.len());
}

/// `1 page`, `2 pages`.
fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn print_rest(all: usize) {
    let rest = all.saturating_sub(SHOWN);
    if rest > 0 {
        output::line(&format!("and {rest} more of {all}"));
    }
}

fn print_part(title: &str, columns: &[&str], rows: &[Vec<Value>]) {
    if !rows.is_empty() {
        output::line(&format!("\n{title}"));
        output::table(Format::Text, columns, rows);
    }
}
