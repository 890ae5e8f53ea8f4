//! Sources and previews as an admin is shown them.

use jiff::Timestamp;
use schemas::Problem;
use serde::Serialize;

use crate::api::sources::{HarvestAnswer, present_harvest};
use crate::app::App;
use crate::catalogue::{HarvestRow, ScheduleFacts, SourceRow};
use crate::error::AppError;
use crate::jobs::preview::broke_off;
use crate::jobs::schedule::planned_start;
use crate::sample::{Sample, fields_of};

/// A source in a list.
#[derive(Debug, Serialize)]
pub(super) struct SourceSummary {
    id: String,
    name: String,
    organisation: String,
    /// None for a guide that is read here and nowhere else.
    homepage: Option<String>,
    licence: Option<String>,
    nation: String,
    kind: String,
    /// How often: the admin's decision, or else what its text says.
    schedule: String,
    schedule_by_admin: Option<String>,
    enabled: bool,
    present: bool,
    shipped: bool,
    /// file or store
    origin: &'static str,
    resources: u64,
    last_ok_at: Option<String>,
    /// When it is harvested next without being asked for, RFC 3339. What has passed is due.
    next_start: Option<String>,
    /// How it stands: the run that waits for an admin, or else the last.
    last_harvest: Option<HarvestAnswer>,
}

impl SourceSummary {
    pub(super) fn of(row: SourceRow, run: Option<HarvestRow>, next_start: Option<Timestamp>) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            organisation: row.organisation,
            homepage: Some(row.homepage).filter(|homepage| !homepage.is_empty()),
            licence: row.licence,
            nation: row.nation,
            kind: row.kind,
            schedule: row.schedule,
            schedule_by_admin: row.schedule_by_admin,
            enabled: row.enabled,
            present: row.present,
            shipped: row.shipped,
            origin: row.origin.name(),
            resources: row.resources,
            last_ok_at: row.last_ok_at,
            next_start: next_start.map(|start| format!("{start:.0}")),
            last_harvest: run.map(present_harvest),
        }
    }
}

/// A source with all that there is to say of it.
#[derive(Debug, Serialize)]
pub(in crate::admin) struct SourceDetail {
    #[serde(flatten)]
    summary: SourceSummary,
    file: String,
    /// The text of it.
    toml: String,
    /// Whether a few of its records were looked at as it is written now.
    previewed: bool,
    /// Records that its last ok run did not see, and that wait.
    missing: u64,
    failures_in_a_row: u64,
    /// Until when it asked to be left alone, RFC 3339.
    postponed_until: Option<String>,
    /// Its most frequent words that no vocabulary knows, as they were counted within the hour; and how many there are.
    unmapped: Vec<WordAnswer>,
    unmapped_total: u64,
    /// What whoever has just decided something may have forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<&'static str>,
}

/// A word that no vocabulary knows.
#[derive(Debug, Serialize)]
struct WordAnswer {
    field: &'static str,
    word: String,
    /// How many records say it.
    records: u64,
}

/// All there is to say of a source.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn detail_of(app: &App, row: SourceRow) -> Result<SourceDetail, AppError> {
    let facts = app.catalogue.schedule_facts_of(&row.id, app.clock.now()).await?;
    let run = app.catalogue.health(&row.id).await?;
    let missing = app.catalogue.missing_record_count(&row.id).await?;
    let unmapped = app.unmapped_within_the_hour(&row.id).await?;
    let (words, unmapped_total) = &*unmapped;
    let words =
        words.iter().map(|it| WordAnswer { field: it.field.name(), word: it.word.clone(), records: it.records });
    let booked = app.sources().0.get(&row.id).cloned();
    let previewed = match booked {
        Some(booked) => app.catalogue.was_previewed(&booked.source).await?,
        None => false,
    };
    Ok(SourceDetail {
        file: row.file.clone(),
        toml: row.toml.clone(),
        previewed,
        missing,
        failures_in_a_row: facts.as_ref().map_or(0, |facts| facts.failures_in_a_row),
        postponed_until: facts.as_ref().and_then(|facts| facts.postponed_until).map(|until| format!("{until:.0}")),
        unmapped: words.collect(),
        unmapped_total: *unmapped_total,
        hint: None,
        summary: SourceSummary::of(
            row,
            run,
            facts.as_ref().and_then(|facts: &ScheduleFacts| planned_start(app, facts)),
        ),
    })
}

/// A few records of a source, and nothing stored.
#[derive(Debug, Serialize)]
pub(in crate::admin) struct PreviewAnswer {
    source: String,
    /// How many were read, and how many pages were asked for.
    read: u64,
    pages: u64,
    /// Why it ended before it had read as many as it wanted.
    ended: Option<String>,
    records: Vec<PreviewRecord>,
    /// All problems, those of the records among them.
    problems: Vec<Problem>,
    unmapped: Vec<WordAnswer>,
    /// What its records have and no mapping names.
    unused: Vec<UnusedAnswer>,
}

#[derive(Debug, Serialize)]
struct PreviewRecord {
    identifier: String,
    title: String,
    url: Option<String>,
    description: Option<String>,
    /// What it says otherwise.
    fields: Vec<PreviewField>,
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct PreviewField {
    field: String,
    values: Vec<String>,
}

#[derive(Debug, Serialize)]
struct UnusedAnswer {
    name: String,
    records: usize,
    example: String,
}

/// Fields of a record that stand on their own.
const ON_THEIR_OWN: [&str; 3] = ["title", "url", "description"];

impl PreviewAnswer {
    pub(super) fn of(source: &str, sample: Sample) -> Self {
        let ended = broke_off(&sample);
        let unmapped = sample.unmapped().into_iter().map(|it| WordAnswer {
            field: it.field.name(),
            word: it.word,
            records: u64::try_from(it.count).unwrap_or(u64::MAX),
        });
        let unmapped = unmapped.collect();
        let records = sample.records.iter().zip(sample.problems_of_records).map(|(record, problems)| PreviewRecord {
            identifier: record.id.identifier.clone(),
            title: record.metadata.title.clone(),
            url: record.metadata.url.clone(),
            description: record.metadata.description.clone(),
            fields: fields_of(record)
                .into_iter()
                .filter(|(field, _)| !ON_THEIR_OWN.contains(&field.as_str()))
                .map(|(field, values)| PreviewField { field, values })
                .collect(),
            problems,
        });
        Self {
            source: source.to_owned(),
            read: sample.report.read,
            pages: sample.report.pages,
            ended,
            records: records.collect(),
            problems: sample.problems,
            unmapped,
            unused: sample
                .unused
                .into_iter()
                .map(|it| UnusedAnswer { name: it.name, records: it.records, example: it.example })
                .collect(),
        }
    }
}
