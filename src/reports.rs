//! What people tell us of a resource, from the API and from the form: read, taken in, and found again.
//!
//! What is stored of it, and how many may wait, is for `catalogue::user_reports`; answering is for `admin::inbox`.

use schemas::ResourceId;

use crate::api::resources::{Whereabouts, locate};
use crate::app::App;
use crate::catalogue::{NewUserReport, Received, ReportKind, ReportReference, UserReportRow};
use crate::error::AppError;
use crate::web::links::field_names;
use crate::web::mistakes::{Mistakes, not_among};
use crate::web::peer::Peer;
use crate::web::rate_limit::Act;

/// A page of text: more than anybody needs to say what is wrong, and little to read.
pub(crate) const MAX_DETAIL_CHARACTERS: usize = 2_000;
/// Editors come to the reports that wait on working days.
const TOO_MANY_RETRY_SECONDS: u64 = 24 * 60 * 60;

/// A report as it was written: nothing of it checked, blank what was not given.
#[derive(Debug, Default)]
pub(crate) struct ReportDraft {
    /// The name of a kind.
    pub(crate) kind: String,
    /// The name of a field of a resource.
    pub(crate) field: String,
    /// In free words.
    pub(crate) detail: String,
}

/// A report that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CheckedReport {
    kind: ReportKind,
    field: Option<String>,
    detail: Option<String>,
}

/// A report that was taken in.
#[derive(Debug)]
pub(crate) struct TakenReport {
    /// The way back to it.
    pub(crate) reference: ReportReference,
    /// Whether it waits by itself. Otherwise it was counted into one that waits already.
    pub(crate) is_new: bool,
}

impl ReportDraft {
    /// Reads what was written; every mistake of it at once. `None` only where there is one.
    pub(crate) fn read(&self, mistakes: &mut Mistakes) -> Option<CheckedReport> {
        let kind = ReportKind::by_name(self.kind.trim());
        if kind.is_none() {
            mistakes.add("kind", not_among(self.kind.trim(), &ReportKind::ALL.map(ReportKind::name)));
        }
        let field = self.field.trim();
        let is_field = field_names().iter().any(|name| name == field);
        if !field.is_empty() && !is_field {
            let names: Vec<&str> = field_names().iter().map(String::as_str).collect();
            mistakes.add("field", not_among(field, &names));
        }
        let detail = plain_text(&self.detail);
        if detail.chars().count() > MAX_DETAIL_CHARACTERS {
            mistakes.add("detail", format!("longer than {MAX_DETAIL_CHARACTERS} characters"));
        }
        let field = is_field.then(|| field.to_owned());
        Some(CheckedReport { kind: kind?, field, detail: (!detail.is_empty()).then_some(detail) })
    }
}

/// A text of several lines as it is kept: the lines of all systems end alike, and nothing in it controls a terminal.
pub(crate) fn plain_text(given: &str) -> String {
    let lines = given.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    text.trim().to_owned()
}

/// Takes a report of a live resource in, where not too many came from there.
///
/// # Errors
/// [`AppError::TooManyRequests`] when so many came from this address, or wait, that nobody would come to it.
pub(crate) async fn receive(
    app: &App,
    peer: &Peer,
    resource: ResourceId,
    checked: CheckedReport,
) -> Result<TakenReport, AppError> {
    let now = app.clock.now();
    app.limits.may(Act::Report, peer, now)?;
    let CheckedReport { kind, field, detail } = checked;
    match app.store()?.receive_user_report(&NewUserReport { resource, kind, field, detail }, now).await? {
        Received::New(reference) => Ok(TakenReport { reference, is_new: true }),
        Received::CountedInto(reference) => Ok(TakenReport { reference, is_new: false }),
        Received::TooMany => Err(AppError::TooManyRequests {
            retry_after_seconds: TOO_MANY_RETRY_SECONDS,
            reason: "so many reports wait for an answer that no more are taken; please try again tomorrow",
        }),
    }
}

/// The live resource of this id, or the one it was merged into.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been one, [`AppError::Gone`] when it was withdrawn.
pub(crate) async fn live_resource(app: &App, id: &str) -> Result<Box<index::Entry>, AppError> {
    let into = match locate(app, id).await? {
        Whereabouts::Here(entry) => return Ok(entry),
        Whereabouts::MergedInto(other) => other,
    };
    match locate(app, into.as_str()).await? {
        Whereabouts::Here(entry) => Ok(entry),
        // It was looked up to the end of all merges, so another one came between.
        Whereabouts::MergedInto(_) => Err(AppError::Unavailable { reason: "the resource is being merged" }),
    }
}

/// The report of this reference.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, whatever the reference is made of.
pub(crate) async fn find_report(app: &App, reference: &str) -> Result<UserReportRow, AppError> {
    let unknown = || AppError::no_such("report", reference);
    let parsed = ReportReference::parse(reference).ok_or_else(unknown)?;
    app.store()?.user_report(&parsed).await?.ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, field: &str, detail: &str) -> Result<CheckedReport, Vec<String>> {
        let draft = ReportDraft { kind: kind.to_owned(), field: field.to_owned(), detail: detail.to_owned() };
        let mut mistakes = Mistakes::default();
        let checked = draft.read(&mut mistakes);
        match mistakes.into_result() {
            Ok(()) => Ok(checked.expect("no mistake")),
            Err(told) => Err(told.into_iter().map(|mistake| mistake.parameter).collect()),
        }
    }

    #[test]
    fn what_is_kept_is_plain_text() {
        let checked = read(" wrong-detail ", "cost", " It costs\r\n\u{0}£3.\u{1b}[2J ").unwrap();
        let (field, detail) = (Some("cost".to_owned()), Some("It costs\n£3.[2J".to_owned()));
        assert_eq!(checked, CheckedReport { kind: ReportKind::WrongDetail, field, detail });
        let nothing_more = CheckedReport { kind: ReportKind::Other, field: None, detail: None };
        assert_eq!(read("other", "", " ").unwrap(), nothing_more);
    }

    #[test]
    fn every_mistake_is_told_and_a_detail_is_measured_in_characters() {
        assert_eq!(read("", "", "").unwrap_err(), ["kind"]);
        let long = "é".repeat(MAX_DETAIL_CHARACTERS + 1);
        assert_eq!(read("deadlink", "colour", &long).unwrap_err(), ["kind", "field", "detail"]);
        assert!(read("other", "", &"é".repeat(MAX_DETAIL_CHARACTERS)).is_ok());
    }
}
