//! `/sources/{id}?with={other}`: what two catalogues both hold, or one holds twice, with what each calls it and why these
//! are taken for one thing; a page at a time.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::PageLink;
use crate::app::App;
use crate::catalogue::{SharedReasonKind, SharedRecord, SharedResource, SourceRow};
use crate::error::AppError;
use crate::health::find_source;
use crate::pages::carried::{Carried, LIST, WORDS_OF};
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::outbound::Outbound;
use crate::pages::wording::{counted, say, word};
use crate::web::mistakes::Mistakes;
use crate::web::values::Values;

const WITH: &str = "with";
const PAGE: &str = "page";
/// As many as a person compares before they rest.
const PER_PAGE: usize = 50;
/// As far as the API goes.
const MAX_PAGE: usize = 1_000_000;

/// What is asked of one catalogue besides what is carried.
pub(super) struct AskedPair {
    /// The id of the other catalogue.
    other: String,
    /// From 1.
    page: usize,
}

/// Reads with which other catalogue one is compared; `None` where it is about one alone.
///
/// # Errors
/// With every mistake, a page of nothing among them.
pub(super) fn asked_pair(raw: Option<&str>) -> Result<(Carried, Option<AskedPair>), AppError> {
    let mut mistakes = Mistakes::default();
    let values = Values::read(raw, &[WITH, PAGE, WORDS_OF, LIST], &mut mistakes);
    let page = values.number(PAGE, 1..=MAX_PAGE, &mut mistakes);
    let other = values.get(WITH).map(str::to_owned);
    if page.is_some() && other.is_none() {
        mistakes.add(PAGE, format!("needs `{WITH}` beside it"));
    }
    let carried = Carried::strict(&values, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok((carried, other.map(|other| AskedPair { other, page: page.unwrap_or(1) })))
}

#[derive(Template)]
#[template(path = "source_shared.html")]
pub(super) struct SharedPage {
    layout: Layout,
    back: PageLink,
    one: String,
    /// `None` where it is about what one catalogue has twice.
    other: Option<String>,
    /// "12 resources".
    total: String,
    resources: Vec<SharedLine>,
    previous: Option<String>,
    next: Option<String>,
    json: String,
    contact: String,
}

/// One resource.
struct SharedLine {
    href: String,
    title: String,
    because: BTreeSet<String>,
    records: Vec<RecordLine>,
}

/// One of its records.
struct RecordLine {
    source: String,
    title: String,
    link: Option<Outbound>,
}

/// The page of a pair.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been such another catalogue; otherwise when the store cannot be read.
pub(super) async fn shared_page(
    app: &App,
    one: SourceRow,
    asked: &AskedPair,
    carried: &Carried,
) -> Result<SharedPage, AppError> {
    let other = find_source(app, &asked.other).await?;
    let (first, second) = ((&one.id).min(&other.id), (&one.id).max(&other.id));
    let counts = app.shared_counts_within_the_hour().await?;
    let pair = counts.iter().find(|count| count.one == *first && count.other == *second);
    let total = pair.map_or(0, |count| count.resources);
    let offset = (asked.page - 1).saturating_mul(PER_PAGE);
    // One more than is shown, for there may be more by now than were counted.
    let mut resources = app.store()?.shared_resources(&one.id, &other.id, PER_PAGE + 1, offset).await?;
    let has_more = resources.len() > PER_PAGE;
    resources.truncate(PER_PAGE);
    let address = |page: usize| carried.address(&format!("/sources/{}?with={}&page={page}", one.id, other.id));
    let names = app.source_names();
    let title = say("sources.shared-tab", &[("one", &one.name), ("other", &other.name)]);
    Ok(SharedPage {
        layout: Layout::new(&title, "/sources").carrying(carried),
        back: PageLink { href: carried.address(&format!("/sources/{}", one.id)), label: one.name.clone() },
        total: counted("coverage.resources", total),
        resources: resources.into_iter().map(|resource| shared_line(resource, &names, carried)).collect(),
        previous: (asked.page > 1).then(|| address(asked.page - 1)),
        next: has_more.then(|| address(asked.page + 1)),
        json: format!("/v1/duplicates?source={}&with={}", one.id, other.id),
        contact: carried.address("/contact"),
        other: (one.id != other.id).then_some(other.name),
        one: one.name,
    })
}

fn shared_line(resource: SharedResource, names: &BTreeMap<String, String>, carried: &Carried) -> SharedLine {
    SharedLine {
        href: carried.address(&format!("/resources/{}", resource.id)),
        title: resource.title,
        // Several of its records may hang together by the same.
        because: resource.because.iter().map(|reason| said_reason(&reason.kind)).collect(),
        records: resource.records.into_iter().map(|record| record_line(record, names)).collect(),
    }
}

fn record_line(record: SharedRecord, names: &BTreeMap<String, String>) -> RecordLine {
    let id = record.source.as_str();
    RecordLine {
        source: names.get(id).map_or(id, String::as_str).to_owned(),
        title: record.title,
        link: record.url.as_deref().and_then(Outbound::parse),
    }
}

fn said_reason(reason: &SharedReasonKind) -> String {
    match reason {
        SharedReasonKind::Address => word("sources.because-address").to_owned(),
        SharedReasonKind::Identifier(identifier) => say("sources.because-identifier", &[("id", identifier)]),
        SharedReasonKind::Content => word("sources.because-content").to_owned(),
        SharedReasonKind::Match { .. } => word("sources.because-match").to_owned(),
        SharedReasonKind::Curated => word("sources.because-curated").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_of_a_pair_alone() {
        let asked = |raw| asked_pair(Some(raw)).map(|(_, asked)| asked.map(|asked| (asked.other, asked.page)));
        assert!(matches!(asked("words=wales"), Ok(None)));
        assert!(matches!(asked("with=b"), Ok(Some((other, 1))) if other == "b"));
        assert!(matches!(asked("with=b&page=3"), Ok(Some((_, 3)))));
        for wrong in ["page=2", "with=b&page=0", "wiht=b", "with=b&with=c"] {
            assert!(asked(wrong).is_err(), "{wrong}");
        }
    }
}
