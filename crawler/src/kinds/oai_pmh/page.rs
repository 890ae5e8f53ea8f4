//! A page: what does one answer hold, once its records are handed over?
//!
//! The records go to the run one after the other; what the walk needs to know of the rest comes back. Whether the list
//! is whole is left to the walk.

use std::collections::HashSet;

use schemas::{Problem, RecordId, TargetField};

use super::protocol::{Answer, OaiError, OaiRecord, Part, ResumptionToken};
use crate::error::HarvestError;
use crate::formats::describe_xml;
use crate::harvest::{Ending, Run, short_hash};
use crate::kinds::Document;
use crate::marc::{self, Standing};
use crate::raw::{RawRecord, RawValues};
use crate::xml::XmlElement;

/// Errors of one answer that are kept: the protocol knows eight.
const MAX_ERRORS: usize = 20;

/// What an answer holds beside its records.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Where it came from.
    pub(super) place: String,
    /// When it was given, by the clock of the repository.
    pub(super) response_date: Option<String>,
    /// How many records it has, whatever became of them.
    pub(super) records: u64,
    /// How many identifiers in it are new to its list.
    pub(super) new_identifiers: u64,
    /// A hash of all identifiers in it, in order.
    pub(super) identifiers: u64,
    /// The errors it tells; not those that say nothing.
    pub(super) errors: Vec<OaiError>,
    /// Where the list goes on. An empty one is there to say that it does not.
    pub(super) token: Option<ResumptionToken>,
    /// Whether it breaks off before its end.
    pub(super) breaks_off: bool,
    /// Why there may be records in it that nobody can make out.
    pub(super) trouble: Option<String>,
    /// The end of the run, when that has enough.
    pub(super) cut_short: Option<Ending>,
}

/// Which identifiers came so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Hashes of those in lists before this one.
    before: HashSet<u64>,
    /// Hashes of those in this one.
    in_this_list: HashSet<u64>,
}

impl Seen {
    /// Begins another list, or the same one again: what came is known, and new to the list nevertheless.
    pub(super) fn begin_list(&mut self) {
        self.before.extend(self.in_this_list.drain());
    }
}

/// Hands over the records in a document.
///
/// # Errors
/// When it is no answer in OAI-PMH, and when the store fails.
pub(super) async fn hand_over(run: &mut Run<'_>, document: &Document, seen: &mut Seen) -> Result<Page, HarvestError> {
    let text = document.text();
    let mut answer = Answer::open(&text).map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    let mut page = Page { place: document.place.clone(), ..Page::default() };
    for part in answer.by_ref() {
        match part {
            Part::ResponseDate(date) => page.response_date = Some(date),
            Part::Token(token) => page.token = Some(token),
            Part::Error(error) => {
                if !error.is_blank() && page.errors.len() < MAX_ERRORS {
                    page.errors.push(error);
                }
            }
            Part::Record(record) => {
                page.cut_short = run.enough_records();
                if page.cut_short.is_some() {
                    return Ok(page);
                }
                page.records += 1;
                hand_over_record(run, document, &mut page, seen, record).await?;
            }
        }
    }
    page.breaks_off = answer.breaks_off();
    if page.trouble.is_none() && !page.breaks_off {
        page.trouble = answer.trouble().map(ToOwned::to_owned);
    }
    Ok(page)
}

async fn hand_over_record(
    run: &mut Run<'_>,
    document: &Document,
    page: &mut Page,
    seen: &mut Seen,
    record: OaiRecord,
) -> Result<(), HarvestError> {
    let OaiRecord { number, identifier, datestamp, is_deleted, metadata, trouble, is_half } = record;
    let Some(identifier) = identifier else {
        let place = format!("record {number} of {}", document.place);
        let reason = trouble
            .as_ref()
            .map_or_else(|| "none in its header".to_owned(), |trouble| format!("broken XML: {trouble}"));
        if let Some(trouble) = trouble.filter(|_| !is_half) {
            page.trouble.get_or_insert_with(|| format!("record {number} has no identifier: {trouble}"));
        }
        return run.problem(Problem::rejected(place, Some("identifier"), reason)).await;
    };
    if page.note(seen, &identifier) == Sighting::InAnEarlierList {
        return Ok(());
    }
    let place = identifier.as_str();
    if identifier.len() > RecordId::MAX_IDENTIFIER_BYTES {
        let (bytes, most) = (identifier.len(), RecordId::MAX_IDENTIFIER_BYTES);
        let reason = format!("an identifier of {bytes} bytes; at most {most} are allowed");
        return run.problem(Problem::rejected(place, Some("identifier"), reason)).await;
    }
    if is_half {
        let problem = Problem::rejected(place, None, "the answer breaks off in it");
        return run.problem_with(&identifier, problem).await;
    }
    if is_deleted {
        return run.deleted(&identifier, place).await;
    }
    let Some(metadata) = metadata else {
        let reason = trouble.map_or_else(|| "no metadata".to_owned(), |trouble| format!("broken XML: {trouble}"));
        return run.problem_with(&identifier, Problem::rejected(place, None, reason)).await;
    };
    if let Some(trouble) = trouble {
        run.remark(Problem::warning(place, None, format!("broken XML: {trouble}")));
    }
    hand_over_metadata(run, document, &identifier, datestamp, metadata).await
}

async fn hand_over_metadata(
    run: &mut Run<'_>,
    document: &Document,
    identifier: &str,
    datestamp: Option<String>,
    metadata: XmlElement,
) -> Result<(), HarvestError> {
    let mut described = describe_xml(&metadata);
    described.insert(TargetField::Identifier, vec![identifier.to_owned()]);
    if let Some(datestamp) = datestamp {
        described.entry(TargetField::DateModified).or_insert_with(|| vec![datestamp]);
    }
    let of_library = marc::element_of(&metadata).map(marc::from_xml);
    let values = match of_library {
        None => RawValues::Xml(metadata),
        Some(record) => match marc::standing_of(&record) {
            Standing::Bibliographic => RawValues::Marc(record),
            Standing::Deleted => return run.deleted(identifier, identifier).await,
            Standing::Other(what) => {
                let reason = format!("{what}, expected a bibliographic one");
                return run.problem_with(identifier, Problem::rejected(identifier, None, reason)).await;
            }
        },
    };
    let base = document.url.as_ref().map(ToString::to_string);
    let raw = RawRecord { base, described, ..RawRecord::new(identifier, Some(document.hash.clone()), values) };
    run.record(&raw).await
}

/// What it means that an identifier came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sighting {
    /// The run hears what is said of it.
    InThisList,
    /// The same record again: it is in several sets, or its list was begun again.
    InAnEarlierList,
}

impl Page {
    /// Notes that an identifier came.
    fn note(&mut self, seen: &mut Seen, identifier: &str) -> Sighting {
        let hash = short_hash(identifier);
        self.identifiers = short_hash(&format!("{:x} {hash:x}", self.identifiers));
        self.new_identifiers += u64::from(seen.in_this_list.insert(hash));
        if seen.before.contains(&hash) { Sighting::InAnEarlierList } else { Sighting::InThisList }
    }
}
