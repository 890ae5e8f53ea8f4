//! Pages: reading web pages that a source lists, each of them a record.
//!
//! A page that cannot be had is a problem with its address, and the others go on, until so many fail one after the other
//! that the site itself must be down. Which pages there are is left to the kinds that list them; what a page says is found
//! by `extract`, what it means by the mapping.

use jiff::civil::Date;
use schemas::{Problem, TargetField, Trust};
use url::Url;

use super::{Document, lastmod};
use crate::error::HarvestError;
use crate::extract::extract_page;
use crate::fetch::FetchError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run};
use crate::raw::RawRecord;

/// After so many failures one after the other the site is left alone: it is down, or has moved.
pub(super) const FAILURES_IN_A_ROW: u32 = 20;

/// Whether an address is one that a source wants: it holds one of the parts to include, if there are any, and none of
/// those to exclude.
pub(super) fn is_wanted(address: &Url, include: &[String], exclude: &[String]) -> bool {
    let holds = |part: &String| address.as_str().contains(part.as_str());
    (include.is_empty() || include.iter().any(holds)) && !exclude.iter().any(holds)
}

/// Whether the site asks to be left alone for longer than a run should wait.
pub(super) fn is_postponed(error: &HarvestError) -> bool {
    matches!(error, HarvestError::Fetch(FetchError::Postponed { .. }))
}

/// Reads one page, which last changed on this day if its list says so; an ending when the run is over with it. `failures`
/// counts those since the last page that did not fail.
pub(super) async fn read_page(
    run: &mut Run<'_>,
    trust: &Trust,
    address: &Url,
    changed: Option<Date>,
    failures: &mut u32,
) -> Result<Option<Ending>, HarvestError> {
    if let Some(ending) = run.enough_records().or_else(|| run.enough_pages()) {
        return Ok(Some(ending));
    }
    let found = match lastmod::kept_since(run, address, changed).await? {
        Some(document) => Ok(document),
        None => run.document(address, BODY_BYTES).await,
    };
    let error = match found {
        Ok(document) => {
            *failures = 0;
            hand_over(run, trust, address, changed, &document).await?;
            return Ok(None);
        }
        Err(error @ HarvestError::Intake(_)) => return Err(error),
        Err(error) => error,
    };
    let problem = Problem::rejected(address, None, error.told_at(address.as_str()));
    // What the site itself says is no more counts as absent; whatever else fails is there and fails today.
    if matches!(error, HarvestError::Fetch(FetchError::Status { status: 404 | 410, .. })) {
        run.problem(problem).await?;
    } else {
        run.problem_with(address.as_str(), problem).await?;
    }
    if is_postponed(&error) {
        return Ok(Some(Ending::partial(error.told())));
    }
    let was_asked = !matches!(error, HarvestError::Fetch(FetchError::RobotsDisallowed { .. }));
    *failures += u32::from(was_asked);
    if *failures < FAILURES_IN_A_ROW {
        return Ok(None);
    }
    let reason = format!("{FAILURES_IN_A_ROW} pages failed in a row; the last: {}", error.told());
    Ok(Some(Ending::partial(reason)))
}

/// Hands over the record of one page. The day of its last change, as its list says, counts where the page itself says none.
pub(super) async fn hand_over(
    run: &mut Run<'_>,
    trust: &Trust,
    address: &Url,
    changed: Option<Date>,
    document: &Document,
) -> Result<(), HarvestError> {
    if let Some(reason) = no_html(document) {
        let problem = Problem::rejected(&document.place, None, reason);
        return run.problem_with(address.as_str(), problem).await;
    }
    let page = document.url.as_ref().unwrap_or(address);
    let mut raw = extract_page(&document.text(), page, Some(document.hash.clone()), run.source, trust);
    if let Some(day) = changed {
        raw.described.entry(TargetField::DateModified).or_insert_with(|| vec![day.to_string()]);
    }
    // It goes by the address it is listed under, whether it redirects today or not: what is kept of it knows no other.
    raw.page = Some(address.to_string());
    run.record(&RawRecord { place: document.place.clone(), ..raw }).await
}

/// Why a document is no web page, when it says so itself.
pub(super) fn no_html(document: &Document) -> Option<String> {
    let content_type = document.content_type.as_deref().unwrap_or("text/html");
    let is_html = content_type.to_lowercase().contains("html");
    (!is_html).then(|| format!("`{content_type}`, expected HTML"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_wanted_by_its_parts() {
        let parts = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        for (path, include, exclude, expected) in [
            ("jobs/a", "", "", true),
            ("jobs/a", "/jobs/ /news/", "", true),
            ("jobs/old/a", "/jobs/", "/old/", false),
            ("events/a", "/jobs/ /news/", "", false),
            ("events/a", "", "/old/", true),
        ] {
            let address = Url::parse(&format!("https://example.org/{path}")).expect("an address");
            assert_eq!(is_wanted(&address, &parts(include), &parts(exclude)), expected, "{path}");
        }
    }
}
