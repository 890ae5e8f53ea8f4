//! Moments: what the times that stand in the store say of the clock that is looked at now. It may have gone back, or
//! have jumped ahead.
//!
//! To a clock that is ahead everything is old at once: runs, sums of usage and what was fetched would be deleted in one
//! go. Whoever deletes by time asks here first. Records that are missing need no such question, since they go after
//! several runs, and not by days alone.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Catalogue;
use super::columns::{parse, stamp};
use super::error::CatalogueError;

/// So far the clocks of machines may be apart without harm: what counts by time counts in hours and days.
pub(super) const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);
/// A service that runs writes something down every night. It may stand still over the longest holidays; after a longer
/// silence the clock is more likely to be wrong than everything to be old.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// So long a doubt lasts. What was written down within a day may have been dated by the same wrong clock, and whoever
/// was told of it had a day to set it right; a service that was switched off for long goes on by itself after that.
const DOUBTED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The newest time that stands in the store. What was dated ahead is not hidden by what was written since: of the two
/// logs more is looked at than the end, of runs all, and the dates of OAI-PMH never go back.
const NEWEST: &str = "SELECT MAX(moment) FROM (\
     SELECT MAX(at) AS moment FROM (SELECT at FROM change ORDER BY seq DESC LIMIT 1000) AS changes \
     UNION ALL SELECT MAX(at) FROM (SELECT at FROM audit ORDER BY seq DESC LIMIT 1000) AS acts \
     UNION ALL SELECT MAX(started) FROM harvest UNION ALL SELECT MAX(at) FROM drift \
     UNION ALL SELECT MAX(datestamp) FROM oai_record) AS moments";
/// The newest until a moment, of what every service writes down that runs for a day.
const NEWEST_UNTIL: &str = "SELECT MAX(moment) FROM (\
     SELECT MAX(started) AS moment FROM harvest WHERE started <= $1 \
     UNION ALL SELECT MAX(at) FROM drift WHERE at <= $1 \
     UNION ALL SELECT MAX(at) FROM (SELECT at FROM audit ORDER BY seq DESC LIMIT 1000) AS acts \
     WHERE at <= $1) AS moments";

/// Why a clock may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDoubt {
    /// It is behind, or another was ahead: something is dated later than now.
    Behind {
        /// The latest time that was written down.
        newest: Timestamp,
    },
    /// It is ahead, or the service was switched off for long.
    Ahead {
        /// The last time that was written down before the silence.
        since: Timestamp,
    },
}

impl fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind { newest } => write!(f, "something was written down at {newest:.0}, which is yet to come"),
            Self::Ahead { since } => write!(f, "nothing was written down from {since:.0} until a day ago"),
        }
    }
}

impl Catalogue {
    /// Why the clock may be wrong that says it is `now`; `None` where nothing in the store speaks against it.
    ///
    /// While it is [`ClockDoubt::Ahead`], nothing may be deleted for being old.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn doubt_clock(&self, now: Timestamp) -> Result<Option<ClockDoubt>, CatalogueError> {
        let until = stamp(now.checked_sub(DOUBTED_FOR).unwrap_or(Timestamp::MIN));
        let before: Option<String> = sqlx::query_scalar(NEWEST_UNTIL).bind(until).fetch_one(&self.reader).await?;
        if let Some(since) = time_of(before)?
            && now.duration_since(since) > LONGEST_SILENCE
        {
            return Ok(Some(ClockDoubt::Ahead { since }));
        }
        let newest: Option<String> = sqlx::query_scalar(NEWEST).fetch_one(&self.reader).await?;
        let later = time_of(newest)?.filter(|newest| newest.duration_since(now) > CLOCKS_APART);
        Ok(later.map(|newest| ClockDoubt::Behind { newest }))
    }
}

fn time_of(moment: Option<String>) -> Result<Option<Timestamp>, CatalogueError> {
    moment.map(|moment| parse("store", &moment)).transpose()
}
