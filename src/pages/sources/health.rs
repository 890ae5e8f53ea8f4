//! How a catalogue is, in words: how its last harvest went and whether it is as fresh as its schedule promises. Pure.

use jiff::Timestamp;

use crate::catalogue::{HarvestCounts, HarvestState, ScheduleFacts};
use crate::health::SourceHealth;
use crate::pages::wording::{counted, day, say, thousands, word};
use crate::schedule::{Period, Schedule, is_silent};

/// How a catalogue is; the mark beside the words is an ornament.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) words: &'static str,
    /// The class of the mark.
    pub(super) mark: Mark,
}

/// What kind of health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is read, and nothing is the matter.
    Well,
    /// A person should look.
    Poorly,
    /// It is not read.
    Idle,
}

impl Mark {
    /// The class of the mark in the page.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Poorly => "poorly",
            Self::Idle => "idle",
        }
    }
}

/// How a catalogue is.
pub(super) fn health(health: &SourceHealth) -> Health {
    if !health.source.present {
        return Health { words: word("sources.health-gone"), mark: Mark::Idle };
    }
    if !health.source.enabled {
        return Health { words: word("sources.health-off"), mark: Mark::Idle };
    }
    match &health.last_run {
        None => Health { words: word("sources.health-new"), mark: Mark::Idle },
        Some(run) => health_after(run.state),
    }
}

/// How a run went.
pub(super) fn health_after(state: HarvestState) -> Health {
    let (words, mark) = match state {
        HarvestState::Ok => (word("sources.health-ok"), Mark::Well),
        HarvestState::Running => (word("sources.health-running"), Mark::Well),
        HarvestState::Partial => (word("sources.health-partial"), Mark::Poorly),
        HarvestState::Held => (word("sources.health-held"), Mark::Poorly),
        HarvestState::Failed => (word("sources.health-failed"), Mark::Poorly),
    };
    Health { words, mark }
}

/// How often it is to be read, in words.
pub(super) fn said_schedule(schedule: &str) -> &'static str {
    match Schedule::parse(schedule) {
        Ok(Schedule::Every(Period::Hour)) => word("sources.schedule-hourly"),
        Ok(Schedule::Every(Period::Day)) => word("sources.schedule-daily"),
        Ok(Schedule::Every(Period::Week)) => word("sources.schedule-weekly"),
        Ok(Schedule::Every(Period::Month)) => word("sources.schedule-monthly"),
        Ok(Schedule::Cron(_)) => word("sources.schedule-cron"),
        // A schedule that cannot be read is kept by nobody.
        Ok(Schedule::Manual) | Err(_) => word("sources.schedule-manual"),
    }
}

/// How fresh it is, against what its schedule promises: whether a person should look, and a sentence.
pub(super) fn freshness(facts: &ScheduleFacts, now: Timestamp) -> (Mark, String) {
    let schedule = Schedule::parse(&facts.schedule).unwrap_or(Schedule::Manual);
    let last = facts.last_ok_at.map(|at| day(&at.to_string()));
    let is_late = is_silent(&schedule, facts.last_ok_at, facts.first_known, now);
    match (facts.enabled, is_late, last) {
        (false, _, None) => (Mark::Idle, word("sources.fresh-never").to_owned()),
        (false, _, Some(last)) => (Mark::Idle, say("sources.fresh-as-of", &[("day", &last)])),
        (true, true, None) => (Mark::Poorly, word("sources.fresh-late-never").to_owned()),
        (true, true, Some(last)) => (Mark::Poorly, say("sources.fresh-late", &[("day", &last)])),
        (true, false, None) => (Mark::Idle, word("sources.fresh-soon").to_owned()),
        (true, false, Some(last)) if schedule == Schedule::Manual => {
            (Mark::Well, say("sources.fresh-as-of", &[("day", &last)]))
        }
        (true, false, Some(last)) => (Mark::Well, say("sources.fresh-in-time", &[("day", &last)])),
    }
}

/// "212 records read: 3 new, 5 changed, 1 refused".
pub(super) fn said_counts(counts: &HarvestCounts) -> String {
    let read = counted("sources.read", counts.read);
    let noteworthy: Vec<String> = [
        (counts.created, word("sources.count-new")),
        (counts.changed, word("sources.count-changed")),
        (counts.deleted, word("sources.count-deleted")),
        (counts.rejected, word("sources.count-refused")),
        (counts.duplicate, word("sources.count-twice")),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{} {what}", thousands(number)))
    .collect();
    if noteworthy.is_empty() {
        return say("sources.counts-same", &[("read", &read)]);
    }
    say("sources.counts", &[("read", &read), ("rest", &noteworthy.join(", "))])
}

#[cfg(test)]
mod tests {
    use super::super::testing::source;
    use super::*;

    #[test]
    fn the_state_of_the_last_harvest_is_told_by_a_mark_too() {
        for (state, mark) in [
            (None, Mark::Idle),
            (Some(HarvestState::Ok), Mark::Well),
            (Some(HarvestState::Running), Mark::Well),
            (Some(HarvestState::Partial), Mark::Poorly),
            (Some(HarvestState::Held), Mark::Poorly),
            (Some(HarvestState::Failed), Mark::Poorly),
        ] {
            assert_eq!(health(&source(state)).mark, mark, "{state:?}");
        }
        let mut switched_off = source(Some(HarvestState::Ok));
        switched_off.source.enabled = false;
        assert_eq!(health(&switched_off).mark, Mark::Idle);
    }

    #[test]
    fn a_catalogue_is_late_when_its_schedule_promises_more() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let facts = |schedule: &str, last_ok_at: Option<&str>| ScheduleFacts {
            source: schemas::SourceId::parse("a").expect("an id"),
            schedule: schedule.to_owned(),
            present: true,
            enabled: true,
            first_known: time("2026-11-01T00:00:00Z"),
            last_ok_at: last_ok_at.map(time),
            last_run: None,
            failures_in_a_row: 0,
            postponed_until: None,
            held: None,
            job_since: None,
            is_running: false,
        };
        let now = time("2026-11-22T09:00:00Z");
        for (schedule, last_ok, mark) in [
            ("daily", Some("2026-11-21T02:00:00Z"), Mark::Well),
            ("daily", Some("2026-11-11T02:00:00Z"), Mark::Poorly),
            ("daily", None, Mark::Poorly),
            ("monthly", None, Mark::Idle),
            ("manual", Some("2026-11-02T02:00:00Z"), Mark::Well),
        ] {
            assert_eq!(freshness(&facts(schedule, last_ok), now).0, mark, "{schedule} {last_ok:?}");
        }
        let off = ScheduleFacts { enabled: false, ..facts("daily", None) };
        assert_eq!(freshness(&off, now).0, Mark::Idle, "nobody waits for what is switched off");
    }

    #[test]
    fn counts_name_only_what_is_worth_noting() {
        let run = source(Some(HarvestState::Ok)).last_run.unwrap();
        let said = said_counts(&run.counts);
        assert!(
            said.contains("1,204") && said.contains("3 ") && said.contains("1 ") && !said.contains("1,200"),
            "{said}"
        );
    }
}
