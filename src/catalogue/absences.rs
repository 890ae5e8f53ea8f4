//! Absences: what becomes of records that a run did not see.
//!
//! Nothing disappears because a source had a bad day: a record is missing first, and is withdrawn only after several
//! ok runs and some days. A run in which too much is absent changes nothing until an admin has seen it.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use schemas::{MissingRule, ResourceId};
use sqlx::Row as _;

use super::columns::{count_at, parse, parsed_at, stamp};
use super::error::CatalogueError;
use super::intake::{CatalogueIntake, seen_hash};
use super::records::{mark_missing, mark_withdrawn};
use super::settle::{Settlement, settle};

/// What became of the records that a run did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absences {
    /// Too many are absent. Nothing was written.
    Held {
        /// How many are absent.
        missing: u64,
    },
    /// They were marked.
    Applied {
        /// How many are absent and wait.
        missing: u64,
        /// How many had waited long enough and were withdrawn.
        withdrawn: u64,
    },
}

const SECONDS_A_DAY: u64 = 86_400;

/// A published record that the run did not see.
#[derive(Debug)]
struct Absent {
    identifier: String,
    resource: ResourceId,
    /// Since when; `None` when this run is the first to miss it.
    since: Option<Timestamp>,
    /// In how many ok runs before this one.
    runs_before: u64,
}

impl CatalogueIntake {
    /// Marks what this run did not see, and withdraws what was absent long enough, in one transaction.
    ///
    /// Only for a run that was complete and ok. What the run did see again is back since it was taken in. An admin's
    /// "yes" to a held run is a rule with a `hold_share` of 1.
    ///
    /// # Errors
    /// When the store cannot be written. Nothing was marked then.
    pub async fn finish_absences(&mut self, rule: &MissingRule) -> Result<Absences, CatalogueError> {
        let mut tx = self.catalogue.begin_write().await?;
        let now = self.clock.now();
        let mut published = 0_u64;
        let mut absent: Vec<Absent> = Vec::new();
        // As a stream: of a million records only those that are absent are kept in memory.
        let mut rows = sqlx::query(
            "SELECT identifier, resource, missing_since, missing_runs FROM record \
             WHERE source = $1 AND state IN ('live', 'missing')",
        )
        .bind(self.source.as_str())
        .fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            published += 1;
            let identifier: String = row.try_get("identifier")?;
            if self.seen.contains(&seen_hash(&identifier)) {
                continue;
            }
            let since: Option<String> = row.try_get("missing_since")?;
            absent.push(Absent {
                identifier,
                resource: parsed_at(&row, "record", "resource")?,
                since: since.map(|since| parse("record", &since)).transpose()?,
                runs_before: count_at(&row, "missing_runs")?,
            });
        }
        drop(rows);

        let missing = absent.len() as u64;
        if is_to_be_held(missing, published, rule) {
            return Ok(Absences::Held { missing });
        }
        let identifiers: Vec<&str> = absent.iter().map(|record| record.identifier.as_str()).collect();
        mark_missing(&mut tx, &self.source, &identifiers, &stamp(now)).await?;

        let given_up: Vec<&Absent> = absent.iter().filter(|record| is_given_up(record, rule, now)).collect();
        let withdrawn: Vec<&str> = given_up.iter().map(|record| record.identifier.as_str()).collect();
        mark_withdrawn(&mut tx, &self.source, &withdrawn).await?;
        let mut settlement = Settlement::default();
        for record in &given_up {
            settlement.regroup(&record.resource);
        }
        let reason = format!("no longer in its catalogue ({})", self.source);
        settle(&mut tx, &settlement, &reason, &stamp(now)).await?;
        tx.commit().await?;
        let withdrawn = withdrawn.len() as u64;
        Ok(Absences::Applied { missing: missing - withdrawn, withdrawn })
    }
}

/// Both have to be exceeded: the share speaks for large sources, the floor lets small ones lose a record or two.
fn is_to_be_held(missing: u64, published: u64, rule: &MissingRule) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
    let share_is_exceeded = missing as f64 > published as f64 * rule.hold_share;
    share_is_exceeded && missing > rule.hold_floor
}

fn is_given_up(record: &Absent, rule: &MissingRule, now: Timestamp) -> bool {
    let seconds_needed = i64::try_from(rule.days.saturating_mul(SECONDS_A_DAY)).unwrap_or(i64::MAX);
    let seconds_absent = record.since.map_or(0, |since| now.duration_since(since).as_secs());
    record.runs_before + 1 >= rule.runs && seconds_absent >= seconds_needed
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
            let record =
                Absent { identifier: "1".to_owned(), resource: ResourceId::founded_on("1"), since, runs_before };
            assert_eq!(is_given_up(&record, &RULE, now), expected, "{record:?}");
        }
    }
}
