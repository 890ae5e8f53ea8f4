//! Schedule: when does a source run next, and has it been silent for too long?
//!
//! In goes what its file says (`daily`, or five cron fields), its id, and what its runs came to; out comes a moment in
//! UTC, which has passed already when a run was missed. Nothing here asks what time it is, reads the store or starts
//! anything: `jobs::schedule` does.
//!
//! | its last run | it runs next |
//! | --- | --- |
//! | none | within ten minutes of the moment at which it became known; by cron at its first moment |
//! | ok | at its own next moment |
//! | held | the same: the difference waits for an admin, and another look does no harm |
//! | failed | after 15 minutes, and twice as long for each run in a row that was not whole, up to its own period |
//! | partial | as if twice as many runs had failed: after 30 minutes, 2 hours, 8 hours |
//! | broken off | where it stood, as after a run that failed, but after six hours at most |
//!
//! Half as eager after a partial run, because what it saw counts already and another run asks for much of it again.
//! Nothing starts before the moment until which the source asked to be left alone.

mod cron;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use schemas::SourceId;

use crate::catalogue::HarvestState;

pub use cron::Cron;

/// When a source is harvested without being asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Never.
    Manual,
    /// Once in each period, at a moment that follows from the id of the source: they do not all start at once.
    Every(Period),
    /// Exactly when the fields say.
    Cron(Cron),
}

/// How often a source runs whose schedule is a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `hourly`
    Hour,
    /// `daily`, at night
    Day,
    /// `weekly`, at night
    Week,
    /// `monthly`, at night
    Month,
}

/// What the runs of a source came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// When the source was first seen.
    pub first_known: Timestamp,
    /// The last run that asked it and has ended.
    pub last_run: Option<LastRun>,
    /// How many runs in a row failed or were partial, up to and with the last.
    pub failures_in_a_row: u64,
    /// Until when the source asked to be left alone.
    pub postponed_until: Option<Timestamp>,
}

/// A run that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRun {
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it ended.
    pub state: HarvestState,
    /// Whether it broke off, and the next one goes on where it stood.
    pub is_resumable: bool,
}

impl LastRun {
    /// When it ended; where a clock was put back meanwhile, not before it began.
    fn end(&self) -> Timestamp {
        self.finished.max(self.started)
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The first runs of sources that become known together are spread over so long: soon enough for whoever has just added
/// one, and late enough that a first start with dozens of them does not ask for everything at once.
const FIRST_RUNS: SignedDuration = SignedDuration::from_mins(10);
/// Nights are from here, in UTC, all the year: catalogues are least used then, and their own nightly work is over.
const NIGHT_FROM: SignedDuration = SignedDuration::from_hours(1);
/// To five o'clock, before the first teachers look.
const NIGHT: SignedDuration = SignedDuration::from_hours(4);
/// Every month has so many days.
const DAYS_OF_ANY_MONTH: i64 = 28;
/// A run that failed is first tried again after so long: most troubles of a catalogue are over then.
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(15);
/// Doubled so often, the first retry is further away than the longest period.
const MAX_DOUBLINGS: u64 = 12;
/// What broke off is gone on with after so long at most: what it kept counts for a day only.
const LONGEST_RESUME: SignedDuration = SignedDuration::from_hours(6);
/// So much later than two periods a source counts as silent: its retries have a day to mend it.
const GRACE: SignedDuration = DAY;
/// The same for one that runs more than once a day: who asks so often wants to hear of it the same day.
const SHORT_GRACE: SignedDuration = SignedDuration::from_hours(2);

impl Schedule {
    /// Reads what stands in a source file: `manual`, `hourly`, `daily`, `weekly`, `monthly`, or five cron fields.
    ///
    /// # Errors
    /// With what is wrong and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "manual" {
            return Ok(Self::Manual);
        }
        if let Some((period, _)) = Period::NAMED.into_iter().find(|(_, name)| *name == text) {
            return Ok(Self::Every(period));
        }
        if text.contains(char::is_whitespace) {
            return Cron::parse(text).map(Self::Cron);
        }
        Err(format!("`{text}`: expected manual, hourly, daily, weekly, monthly or five cron fields"))
    }

    /// When a source runs that has never run.
    fn first_moment(&self, source: &SourceId, first_known: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Every(_) => first_known.checked_add(spread(source, "first run", FIRST_RUNS)).ok(),
            // Whoever writes hours down may have promised them to the catalogue, so not even the first run is earlier.
            Self::Cron(cron) => cron.next_after(first_known),
        }
    }

    /// Its own moment after a run that was whole. Moments that passed while the run went on are not made up for.
    fn moment_after_run(&self, source: &SourceId, run: &LastRun) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            // A moment that comes soon after a run out of turn (the first, a retry, an admin's) is passed over.
            Self::Every(period) => {
                let rest = run.started.checked_add(period.length() / 4).ok()?;
                period.moment_after(source, run.end().max(rest))
            }
            Self::Cron(cron) => cron.next_after(run.end()),
        }
    }

    /// The next try after so many runs in a row that were not whole.
    fn retry(&self, source: &SourceId, run: &LastRun, failures: u64) -> Option<Timestamp> {
        // What took hours is not asked for again after minutes.
        let wait = back_off(failures).max(run.end().duration_since(run.started));
        let again = run.end().checked_add(wait).ok()?;
        match self {
            Self::Manual => None,
            Self::Every(period) if wait < period.length() => Some(again),
            // From here on it keeps to its own moments; the first of them leaves it in peace for half a period at least.
            Self::Every(period) => period.moment_after(source, run.end().checked_add(period.length() / 2).ok()?),
            Self::Cron(cron) => Some(cron.next_after(run.end()).map_or(again, |moment| moment.min(again))),
        }
    }
}

impl Period {
    const NAMED: [(Self, &'static str); 4] =
        [(Self::Hour, "hourly"), (Self::Day, "daily"), (Self::Week, "weekly"), (Self::Month, "monthly")];

    /// From one moment to the next; of months the longest.
    fn length(self) -> SignedDuration {
        match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::Week => DAY * 7,
            Self::Month => DAY * 31,
        }
    }

    /// The first moment of a source after another.
    fn moment_after(self, source: &SourceId, after: Timestamp) -> Option<Timestamp> {
        let offset = match self {
            Self::Hour => spread(source, "minute", HOUR),
            Self::Day => night(source),
            Self::Week => spread_days(source, 7) + night(source),
            Self::Month => return moment_in_month(after, spread_days(source, DAYS_OF_ANY_MONTH) + night(source)),
        };
        let (length_s, offset_s) = (self.length().as_secs(), offset.as_secs());
        let periods = (after.as_second() - offset_s).div_euclid(length_s) + 1;
        Timestamp::from_second(periods * length_s + offset_s).ok()
    }
}

/// The first moment after another that is so far into its month.
fn moment_in_month(after: Timestamp, offset: SignedDuration) -> Option<Timestamp> {
    let this_month = Offset::UTC.to_datetime(after).date().first_of_month();
    let next_month = this_month.last_of_month().tomorrow().ok()?;
    [this_month, next_month].into_iter().find_map(|first| {
        let begins = Offset::UTC.to_timestamp(first.at(0, 0, 0, 0)).ok()?;
        begins.checked_add(offset).ok().filter(|moment| *moment > after)
    })
}

/// The time of the day at which a source runs that runs at night.
fn night(source: &SourceId) -> SignedDuration {
    NIGHT_FROM + spread(source, "night", NIGHT)
}

/// Whole days, fewer than `days`, that follow from the id of a source.
fn spread_days(source: &SourceId, days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * (hashed(source, "day") % days))
}

/// Whole seconds, shorter than `span`, that follow from the id of a source; others for each purpose.
fn spread(source: &SourceId, purpose: &str, span: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(hashed(source, purpose) % span.as_secs())
}

fn hashed(source: &SourceId, purpose: &str) -> i64 {
    let hash = blake3::hash(format!("{purpose} of {source}").as_bytes());
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&hash.as_bytes()[..4]);
    i64::from(u32::from_le_bytes(bytes))
}

/// How long after the last of so many runs in a row that were not whole.
fn back_off(failures: u64) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(MAX_DOUBLINGS);
    FIRST_RETRY.saturating_mul(1_i32 << doublings)
}

/// When a source runs next. `None` when it does not run by itself.
///
/// A moment that has passed means that its run is due now, once, however many moments passed since.
pub fn next_start(schedule: &Schedule, source: &SourceId, history: &History) -> Option<Timestamp> {
    let failures = history.failures_in_a_row;
    let next = match &history.last_run {
        None => schedule.first_moment(source, history.first_known),
        Some(run) => match run.state {
            HarvestState::Running => None,
            // What it kept is not asked for again, so there is less need to be patient; and what was kept grows old.
            HarvestState::Failed | HarvestState::Partial if run.is_resumable && *schedule != Schedule::Manual => {
                run.end().checked_add(back_off(failures).min(LONGEST_RESUME)).ok()
            }
            HarvestState::Ok | HarvestState::Held => schedule.moment_after_run(source, run),
            HarvestState::Failed => schedule.retry(source, run, failures),
            HarvestState::Partial => schedule.retry(source, run, failures.saturating_mul(2)),
        },
    }?;
    Some(history.postponed_until.map_or(next, |until| next.max(until)))
}

/// Whether the last ok run of a source is older than two periods and a grace. Before the first one, the moment counts at
/// which the source became known.
///
/// | schedule | silent after |
/// | --- | --- |
/// | manual | never |
/// | hourly | 4 hours: two periods and two hours |
/// | daily | 3 days: two periods and a day |
/// | weekly | 15 days |
/// | monthly | 63 days: two long months and a day |
/// | cron | the second of its moments and a day; two hours where it speaks more than once a day |
pub fn is_silent(schedule: &Schedule, last_ok: Option<Timestamp>, first_known: Timestamp, now: Timestamp) -> bool {
    let since = last_ok.unwrap_or(first_known);
    let (first, second) = match schedule {
        Schedule::Manual => return false,
        Schedule::Every(period) => {
            (since.checked_add(period.length()).ok(), since.checked_add(period.length() * 2).ok())
        }
        Schedule::Cron(cron) => {
            let first = cron.next_after(since);
            (first, first.and_then(|first| cron.next_after(first)))
        }
    };
    let (Some(first), Some(second)) = (first, second) else {
        return false;
    };
    let grace = if second.duration_since(first) < DAY { SHORT_GRACE } else { GRACE };
    second.checked_add(grace).is_ok_and(|limit| now > limit)
}

#[cfg(test)]
mod tests;
