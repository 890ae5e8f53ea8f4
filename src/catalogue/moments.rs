//! Moments: what the times that stand in the store say of the clock that is looked at now. It may have gone back, or
//! have jumped ahead.
//!
//! To a clock that is ahead everything is old at once: runs, sums of usage and what was fetched would be deleted in one
//! go, and a record that was missed in several runs would have been missing for long. Whoever takes away by time asks
//! here first.

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
/// What was written down within a day may have been dated by the same wrong clock, and whoever was told of it had a day
/// to set it right.
const DOUBTED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// So often a silence is looked for, each time before what the last look has found: one mark may be of an earlier time
/// when the clock was ahead. A service that was switched off for long goes on by itself once it has run for some days.
const LOOKS: usize = 2;

/// The newest time that stands in the store. What was dated ahead is not hidden by what was written since: of the two
/// logs more is looked at than the end, the ids of runs sort by the time they were given, and the dates of OAI-PMH never
/// go back.
const NEWEST: &str = "SELECT MAX(moment) FROM (\
     SELECT MAX(at) AS moment FROM (SELECT at FROM change ORDER BY seq DESC LIMIT 1000) AS changes \
     UNION ALL SELECT MAX(at) FROM (SELECT at FROM audit ORDER BY seq DESC LIMIT 1000) AS acts \
     UNION ALL SELECT MAX(started) FROM (SELECT started FROM harvest ORDER BY id DESC LIMIT 1000) AS runs \
     UNION ALL SELECT MAX(at) FROM drift \
     UNION ALL SELECT MAX(datestamp) FROM oai_record) AS moments";
/// The newest until a moment, of what every service writes down that runs for a day. Of runs the first that fits is
/// enough, since an id is of the moment at which its run started; there may be thousands in a day.
const NEWEST_UNTIL: &str = "SELECT MAX(moment) FROM (\
     SELECT MAX(started) AS moment FROM (\
     SELECT started FROM harvest WHERE started <= $1 ORDER BY id DESC LIMIT 1) AS runs \
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
            Self::Ahead { since } => {
                let days = LONGEST_SILENCE.as_hours() / 24;
                write!(f, "after {since:.0} nothing was written down for more than {days} days")
            }
        }
    }
}

impl Catalogue {
    /// Why the clock may be wrong that says it is `now`; `None` where nothing in the store speaks against it.
    ///
    /// While it is [`ClockDoubt::Ahead`], nothing may be taken away for being old.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn doubt_clock(&self, now: Timestamp) -> Result<Option<ClockDoubt>, CatalogueError> {
        let mut from = now;
        for _ in 0..LOOKS {
            let until = stamp(from.checked_sub(DOUBTED_FOR).unwrap_or(Timestamp::MIN));
            let before: Option<String> = sqlx::query_scalar(NEWEST_UNTIL).bind(until).fetch_one(&self.reader).await?;
            let Some(since) = time_of(before)? else {
                break;
            };
            if from.duration_since(since) > LONGEST_SILENCE {
                return Ok(Some(ClockDoubt::Ahead { since }));
            }
            from = since;
        }
        let newest: Option<String> = sqlx::query_scalar(NEWEST).fetch_one(&self.reader).await?;
        let later = time_of(newest)?.filter(|newest| newest.duration_since(now) > CLOCKS_APART);
        Ok(later.map(|newest| ClockDoubt::Behind { newest }))
    }
}

fn time_of(moment: Option<String>) -> Result<Option<Timestamp>, CatalogueError> {
    moment.map(|moment| parse("store", &moment)).transpose()
}
