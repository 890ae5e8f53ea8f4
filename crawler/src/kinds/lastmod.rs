//! Lastmod: need a page be asked for that has not changed since it was kept, as its sitemap says?
//!
//! Sitemaps are often wrong about it. So their word counts only where we have a page that is newer by a margin, and not
//! for ever.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use super::Document;
use crate::error::HarvestError;
use crate::harvest::{Freshness, Run};

/// What is kept of a page must be newer by so many days than its last change: the clock and the time zone of a site may
/// not be ours.
const MARGIN_DAYS: i64 = 2;

/// After so many days a page is asked for again whatever its sitemap says: many tell of no change, ever.
const TRUST_DAYS: i64 = 30;

/// What is kept of a page, when it last changed on a day that is long enough ago. Nobody is asked then.
pub(super) async fn kept_since(
    run: &mut Run<'_>,
    address: &Url,
    changed: Option<Date>,
) -> Result<Option<Document>, HarvestError> {
    let today = day_of(run.manner.now);
    let may_stop = run.manner.freshness == Freshness::MayStop;
    let Some(changed) = changed.filter(|day| may_stop && days_between(*day, today) >= MARGIN_DAYS) else {
        return Ok(None);
    };
    let Some(kept) = run.intake.kept(address.as_str()).await? else { return Ok(None) };
    if !is_believed(changed, day_of(kept.at), today) {
        return Ok(None);
    }
    let body = Arc::new(run.intake.kept_body(&kept.hash).await?);
    Ok(Some(Document {
        place: address.to_string(),
        url: Some(address.clone()),
        content_type: kept.content_type,
        links: Vec::new(),
        body,
        hash: kept.hash,
        unchanged: true,
    }))
}

/// The day of a last change, unless it is still to come.
pub(super) fn past(changed: Option<Date>, now: Timestamp) -> Option<Date> {
    changed.filter(|day| *day <= day_of(now))
}

fn is_believed(changed: Date, kept_on: Date, today: Date) -> bool {
    days_between(changed, kept_on) >= MARGIN_DAYS && days_between(kept_on, today) <= TRUST_DAYS
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn days_between(earlier: Date, later: Date) -> i64 {
    earlier.duration_until(later).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::long_ago("2026-01-01", "2026-11-01", true)]
    #[case::two_days_before("2026-10-30", "2026-11-01", true)]
    #[case::the_day_before("2026-10-31", "2026-11-01", false)]
    #[case::after_it_was_kept("2026-11-05", "2026-11-01", false)]
    #[case::kept_a_month_ago("2026-01-01", "2026-10-22", true)]
    #[case::kept_too_long_ago("2026-01-01", "2026-10-21", false)]
    fn a_sitemap_is_believed_with_a_margin_and_not_for_ever(
        #[case] changed: &str,
        #[case] kept_on: &str,
        #[case] expected: bool,
    ) {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        assert_eq!(is_believed(day(changed), day(kept_on), day("2026-11-21")), expected);
    }
}
