//! Memory: from when on is a list enough? What one run tells the next, and what the next makes of it.
//!
//! A repository that tells of deleted records can be asked for what has changed since the last run. It is not believed
//! for ever: from time to time everything is listed, because only a whole list shows what is gone without a word. The
//! clocks of two machines differ and records appear late, so that two days are asked for twice.

use jiff::{SignedDuration, Timestamp};
use schemas::OaiPmhOptions;
use serde::{Deserialize, Serialize};

use super::protocol::{DeletedRecords, Granularity, Repository};
use crate::harvest::{Freshness, Manner};

/// How far a list reaches back behind the last one.
const OVERLAP: SignedDuration = SignedDuration::from_hours(48);

/// What a run that was ok tells the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// When the repository began to answer, by its own clock, but never later than by ours.
    answered: Timestamp,
    /// When everything was last listed.
    full_list: Timestamp,
    prefix: String,
    sets: Vec<String>,
    granularity: Granularity,
}

/// What a run asks for when not everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Since {
    /// The date in the request.
    pub(super) from: String,
    /// When everything was last listed.
    full_list: Timestamp,
}

impl Since {
    /// Since when a list is enough; `None` when everything is to be listed.
    pub(super) fn of(manner: &Manner, options: &OaiPmhOptions, repository: &Repository) -> Option<Self> {
        if manner.freshness != Freshness::MayStop || repository.deleted_records != DeletedRecords::Told {
            return None;
        }
        let memory: Memory = serde_json::from_str(manner.memory.as_deref()?).ok()?;
        let is_of_the_same = memory.prefix == options.prefix
            && memory.sets == options.sets
            && memory.granularity == repository.granularity;
        let age = manner.now.duration_since(memory.full_list);
        let days = i64::try_from(options.full_days).unwrap_or(i64::MAX);
        let is_young = !age.is_negative() && age.as_hours() / 24 < days;
        if !is_of_the_same || !is_young {
            return None;
        }
        let moment = memory.answered.min(manner.now).checked_sub(OVERLAP).ok()?;
        // Asking from before the first record on is asking for everything, and some repositories call it an error.
        if repository.earliest.is_some_and(|earliest| moment <= earliest) {
            return None;
        }
        Some(Self { from: written(moment, repository.granularity), full_list: memory.full_list })
    }
}

impl Memory {
    /// What a run leaves that listed everything, or what has changed `since`.
    pub(super) fn of(
        manner: &Manner,
        options: &OaiPmhOptions,
        repository: &Repository,
        answered: Option<Timestamp>,
        since: Option<&Since>,
    ) -> Self {
        Self {
            answered: answered.unwrap_or(manner.now).min(manner.now),
            full_list: since.map_or(manner.now, |since| since.full_list),
            prefix: options.prefix.clone(),
            sets: options.sets.clone(),
            granularity: repository.granularity,
        }
    }

    /// As the text that is kept; `None` when it cannot be written, and the next run then lists everything.
    pub(super) fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

fn written(moment: Timestamp, granularity: Granularity) -> String {
    match granularity {
        Granularity::Day => moment.strftime("%Y-%m-%d").to_string(),
        Granularity::Second => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn options() -> OaiPmhOptions {
        OaiPmhOptions { prefix: "oai_dc".to_owned(), sets: vec!["a".to_owned()], full_days: 30 }
    }

    fn repository(granularity: Granularity) -> Repository {
        Repository { granularity, deleted_records: DeletedRecords::Told, earliest: None }
    }

    /// What a run at this moment, which was answered then, leaves to the next.
    fn memory(now: &str, answered: &str, granularity: Granularity) -> Option<String> {
        let manner = Manner::afresh(time(now));
        Memory::of(&manner, &options(), &repository(granularity), Some(time(answered)), None).to_text()
    }

    fn manner(now: &str, memory: Option<String>) -> Manner {
        Manner { freshness: Freshness::MayStop, memory, ..Manner::afresh(time(now)) }
    }

    const RUN: &str = "2026-11-01T09:00:00Z";
    const NEXT: &str = "2026-11-11T09:00:00Z";

    #[rstest]
    #[case::by_days(Granularity::Day, "2026-11-01T09:00:01Z", NEXT, "2026-10-30")]
    #[case::by_seconds(Granularity::Second, "2026-11-01T08:59:59Z", NEXT, "2026-10-30T08:59:59Z")]
    #[case::a_clock_that_is_slow(Granularity::Second, "2026-10-31T09:00:00Z", NEXT, "2026-10-29T09:00:00Z")]
    #[case::a_clock_that_is_years_ahead(Granularity::Second, "2036-11-01T09:00:00Z", NEXT, "2026-10-30T09:00:00Z")]
    #[case::at_once(Granularity::Second, RUN, "2026-11-01T09:00:00Z", "2026-10-30T09:00:00Z")]
    fn a_list_reaches_back_two_days_behind_the_last(
        #[case] granularity: Granularity,
        #[case] answered: &str,
        #[case] next: &str,
        #[case] from: &str,
    ) {
        let manner = manner(next, memory(RUN, answered, granularity));
        let since = Since::of(&manner, &options(), &repository(granularity)).expect("a part is enough");
        assert_eq!((since.from.as_str(), since.full_list), (from, time(RUN)));
    }

    #[test]
    fn everything_is_listed_again_after_some_days_or_when_the_clock_is_wrong() {
        for (next, is_part) in [
            ("2026-11-30T08:00:00Z", true),
            ("2026-12-01T09:00:00Z", false),
            ("2036-11-01T09:00:00Z", false),
            ("2026-10-31T09:00:00Z", false),
        ] {
            let manner = manner(next, memory(RUN, RUN, Granularity::Day));
            let since = Since::of(&manner, &options(), &repository(Granularity::Day));
            assert_eq!(since.is_some(), is_part, "{next}");
        }
    }

    #[test]
    fn a_run_that_lists_a_part_keeps_the_day_of_the_whole_list() {
        let repository = repository(Granularity::Day);
        let manner = manner(NEXT, memory(RUN, RUN, Granularity::Day));
        let since = Since::of(&manner, &options(), &repository).expect("a part is enough");
        let after = Memory::of(&manner, &options(), &repository, None, Some(&since));
        assert_eq!((after.answered, after.full_list), (time(NEXT), time(RUN)));
    }

    #[test]
    fn everything_is_listed_when_anything_is_in_doubt() {
        let part = manner(NEXT, memory(RUN, RUN, Granularity::Day));
        let day = repository(Granularity::Day);
        assert!(Since::of(&part, &options(), &day).is_some());

        let must_map = Manner { freshness: Freshness::MustMap, ..part.clone() };
        assert_eq!(Since::of(&must_map, &options(), &day), None);
        for memory in [None, Some("{}".to_owned())] {
            assert_eq!(Since::of(&manner(NEXT, memory), &options(), &day), None);
        }
        for other in
            [OaiPmhOptions { prefix: "mods".to_owned(), ..options() }, OaiPmhOptions { sets: Vec::new(), ..options() }]
        {
            assert_eq!(Since::of(&part, &other, &day), None);
        }
        for other in [
            repository(Granularity::Second),
            Repository { deleted_records: DeletedRecords::Untold, ..day },
            Repository { earliest: Some(time(RUN)), ..day },
        ] {
            assert_eq!(Since::of(&part, &options(), &other), None);
        }
    }
}
