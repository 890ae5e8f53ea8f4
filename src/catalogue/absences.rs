//! Absences: what becomes of records that a run did not see.
//!
//! Nothing disappears because a source had a bad day: a record is missing first, and is withdrawn only after several
//! ok runs and some days. A run in which too much is absent changes nothing until an admin has seen it.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use schemas::{MissingRule, ResourceId, SourceId};
use sqlx::Row as _;

use super::backend::Connection;
use super::columns::{count_at, parse, parsed_at, stamp};
use super::error::CatalogueError;
use super::held::{HeldCause, write_held};
use super::intake::{CatalogueIntake, seen_hash};
use super::moments::ClockDoubt;
use super::records::{mark_deleted, mark_missing, mark_withdrawn};
use super::runs::require_running;
use super::settle::{Settlement, settle};
use super::undo::keep_before;

/// What a run heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything there is: what it did not see is absent.
    Everything,
    /// Only what has changed, or what was sent: what it did not see is as it was.
    WhatCame,
}

/// What became of the records that a run did not see, or saw to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absences {
    /// Too many would go. Nothing was taken away; what would have been is written down for an admin.
    Held {
        /// How many would go.
        missing: u64,
    },
    /// They were marked.
    Applied {
        /// How many are absent and wait.
        missing: u64,
        /// How many had waited long enough and were withdrawn, or were deleted by their source.
        withdrawn: u64,
    },
}

const SECONDS_A_DAY: u64 = 86_400;

/// A published record that is to go, now or after its grace.
#[derive(Debug)]
struct Going {
    identifier: String,
    resource: ResourceId,
    cause: Cause,
}

/// Why a record is to go.
#[derive(Debug)]
enum Cause {
    /// The run did not see it.
    Absent {
        /// Since when; `None` when this run is the first to miss it.
        since: Option<Timestamp>,
        /// In how many ok runs before this one.
        runs_before: u64,
    },
    /// Its source says that it is no more.
    Deleted,
}

impl Going {
    fn is_deleted(&self) -> bool {
        matches!(self.cause, Cause::Deleted)
    }
}

impl CatalogueIntake {
    /// Marks what this run did not see, withdraws what was absent long enough, and takes away what its source says is
    /// no more, in one transaction.
    ///
    /// Only for a run that was complete in its scope. What the run did see again is back since it was taken in. While
    /// the clock may be ahead nothing goes for having been absent: to such a clock every absence is long.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] for a run that was ended meanwhile; otherwise when the store cannot be written.
    /// Nothing was marked then.
    pub async fn finish_absences(&mut self, rule: &MissingRule, scope: Scope) -> Result<Absences, CatalogueError> {
        self.finish_writing().await?;
        let now = self.clock.now();
        let is_ahead = matches!(self.catalogue.doubt_clock(now).await?, Some(ClockDoubt::Ahead { .. }));
        let goes = |record: &Going| !is_ahead && is_given_up(record, rule, now);
        let mut tx = self.catalogue.begin_write().await?;
        require_running(&mut tx, &self.harvest).await?;
        let (published, going) = self.going(&mut tx, scope).await?;
        let missing = going.len() as u64;
        if is_to_be_held(missing, published, rule) {
            let rows: Vec<(&str, HeldCause)> =
                going.iter().map(|record| (record.identifier.as_str(), held_cause(record))).collect();
            write_held(&mut tx, &self.harvest, &rows).await?;
            tx.commit().await?;
            return Ok(Absences::Held { missing });
        }
        let identifiers = |wanted: &dyn Fn(&Going) -> bool| -> Vec<&str> {
            going.iter().filter(|record| wanted(record)).map(|record| record.identifier.as_str()).collect()
        };
        keep_before(&mut tx, &self.harvest, &self.source, &identifiers(&|_| true)).await?;
        let absent = identifiers(&|record| !record.is_deleted());
        mark_missing(&mut tx, &self.source, &absent, &stamp(now)).await?;
        let withdrawn = identifiers(&goes);
        mark_withdrawn(&mut tx, &self.source, &withdrawn).await?;
        let mut settlement = Settlement::default();
        for record in going.iter().filter(|record| goes(record)) {
            settlement.regroup(&record.resource);
        }
        settle(&mut tx, &settlement, &absent_reason(&self.source), &stamp(now)).await?;

        let deleted = identifiers(&Going::is_deleted);
        mark_deleted(&mut tx, &self.source, &deleted).await?;
        let mut settlement = Settlement::default();
        for record in going.iter().filter(|record| record.is_deleted()) {
            settlement.regroup(&record.resource);
        }
        settle(&mut tx, &settlement, DELETED_REASON, &stamp(now)).await?;
        tx.commit().await?;
        let gone = (withdrawn.len() + deleted.len()) as u64;
        Ok(Absences::Applied { missing: missing - gone, withdrawn: gone })
    }

    /// How many records of the source are published, and which of them are to go.
    async fn going(&self, conn: &mut Connection, scope: Scope) -> Result<(u64, Vec<Going>), CatalogueError> {
        let mut published = 0_u64;
        let mut going: Vec<Going> = Vec::new();
        // As a stream: of a million records only those that are to go are kept in memory.
        let mut rows = sqlx::query(
            "SELECT identifier, resource, missing_since, missing_runs FROM record \
             WHERE source = $1 AND state IN ('live', 'missing')",
        )
        .bind(self.source.as_str())
        .fetch(&mut *conn);
        while let Some(row) = rows.try_next().await? {
            published += 1;
            let identifier: String = row.try_get("identifier")?;
            let cause = if self.deleted.contains(&identifier) {
                Cause::Deleted
            } else if scope == Scope::WhatCame || self.seen.contains(&seen_hash(&identifier)) {
                continue;
            } else {
                let since: Option<String> = row.try_get("missing_since")?;
                Cause::Absent {
                    since: since.map(|since| parse("record", &since)).transpose()?,
                    runs_before: count_at(&row, "missing_runs")?,
                }
            };
            going.push(Going { identifier, resource: parsed_at(&row, "record", "resource")?, cause });
        }
        Ok((published, going))
    }
}

/// What everybody is told of a resource whose catalogue does not have it any more.
pub(super) fn absent_reason(source: &SourceId) -> String {
    format!("no longer in its catalogue ({source})")
}

/// What everybody is told of a resource that its catalogue has deleted.
pub(super) const DELETED_REASON: &str = "its catalogue says that it is no more";

fn held_cause(record: &Going) -> HeldCause {
    match record.cause {
        Cause::Absent { .. } => HeldCause::Absent,
        Cause::Deleted => HeldCause::Deleted,
    }
}

/// Both have to be exceeded: the share speaks for large sources, the floor lets small ones lose a record or two.
fn is_to_be_held(missing: u64, published: u64, rule: &MissingRule) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
    let share_is_exceeded = missing as f64 > published as f64 * rule.hold_share;
    share_is_exceeded && missing > rule.hold_floor
}

fn is_given_up(record: &Going, rule: &MissingRule, now: Timestamp) -> bool {
    let Cause::Absent { since, runs_before } = &record.cause else {
        return false;
    };
    let seconds_needed = i64::try_from(rule.days.saturating_mul(SECONDS_A_DAY)).unwrap_or(i64::MAX);
    let seconds_absent = since.map_or(0, |since| now.duration_since(since).as_secs());
    runs_before + 1 >= rule.runs && seconds_absent >= seconds_needed
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const RULE: MissingRule = MissingRule { runs: 3, days: 7, hold_share: 0.2, hold_floor: 20 };

    #[test]
    fn a_run_is_held_when_share_and_floor_are_both_exceeded() {
        for (missing, published, expected) in
            [(0, 0, false), (20, 20, false), (21, 21, true), (21, 105, false), (22, 105, true), (300, 1_000, true)]
        {
            assert_eq!(is_to_be_held(missing, published, &RULE), expected, "{missing} of {published}");
        }
    }

    #[test]
    fn a_record_is_given_up_after_enough_runs_and_enough_days() {
        let now: Timestamp = "2026-11-21T09:00:00Z".parse().expect("a time");
        let days_ago = |days: i64| Some(now - SignedDuration::from_hours(24 * days));
        for (since, runs_before, expected) in [
            (None, 0, false),
            (days_ago(6), 9, false),
            (days_ago(7), 1, false),
            (days_ago(7), 2, true),
            (days_ago(30), 2, true),
        ] {
            let cause = Cause::Absent { since, runs_before };
            let record = Going { identifier: "1".to_owned(), resource: ResourceId::founded_on("1"), cause };
            assert_eq!(is_given_up(&record, &RULE, now), expected, "{record:?}");
        }
    }
}
