//! The moments, as tables. `example-society` has its own at 6 minutes and 36 seconds past the hour, at 01:39:08 at night,
//! on Thursdays, and on the 8th of the month. The 16th of November 2026 is a Monday.

use std::collections::BTreeMap;

use super::*;

const KNOWN: &str = "2026-11-01T00:00:00Z";

fn source() -> SourceId {
    SourceId::parse("example-society").expect("an id")
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn never_run() -> History {
    History { first_known: time(KNOWN), last_run: None, failures_in_a_row: 0, postponed_until: None }
}

/// One run that ended as soon as it had begun.
fn ran(state: HarvestState, at: &str, failures_in_a_row: u64) -> History {
    let last_run = LastRun { started: time(at), finished: time(at), state, is_resumable: false };
    History { last_run: Some(last_run), failures_in_a_row, ..never_run() }
}

fn next(schedule: &str, history: &History) -> Option<String> {
    let schedule = Schedule::parse(schedule).expect(schedule);
    next_start(&schedule, &source(), history).map(|moment| format!("{moment:.0}"))
}

#[test]
fn a_schedule_is_a_word_or_five_cron_fields() {
    assert_eq!(Schedule::parse("manual"), Ok(Schedule::Manual));
    assert_eq!(Schedule::parse("weekly"), Ok(Schedule::Every(Period::Week)));
    assert!(matches!(Schedule::parse("0 3 * * *"), Ok(Schedule::Cron(_))));
    for wrong in ["", "dayly", "Daily", "@daily", "0 3 * *", "0 25 * * *"] {
        assert!(Schedule::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_source_that_has_never_run_runs_within_ten_minutes() {
    for schedule in ["hourly", "daily", "weekly", "monthly"] {
        assert_eq!(next(schedule, &never_run()).as_deref(), Some("2026-11-01T00:05:59Z"), "{schedule}");
    }
    assert_eq!(next("30 6 * * *", &never_run()).as_deref(), Some("2026-11-01T06:30:00Z"), "cron is exact");
    assert_eq!(next("manual", &never_run()), None);
}

#[test]
fn after_a_whole_run_each_schedule_has_its_own_moment() {
    let cases = [
        ("hourly", "2026-11-17T01:39:30Z", "2026-11-17T02:06:36Z"),
        ("daily", "2026-11-17T01:39:08Z", "2026-11-18T01:39:08Z"),
        ("daily", "2026-11-16T12:00:00Z", "2026-11-17T01:39:08Z"),
        ("weekly", "2026-11-16T12:00:00Z", "2026-11-19T01:39:08Z"),
        ("weekly", "2026-11-19T01:39:30Z", "2026-11-26T01:39:08Z"),
        ("monthly", "2026-11-16T12:00:00Z", "2026-12-08T01:39:08Z"),
        ("monthly", "2026-12-08T01:39:30Z", "2027-01-08T01:39:08Z"),
        ("30 6 * * *", "2026-11-17T06:30:05Z", "2026-11-18T06:30:00Z"),
        // A moment soon after a run out of turn is passed over, but cron is exact.
        ("hourly", "2026-11-16T11:55:00Z", "2026-11-16T13:06:36Z"),
        ("daily", "2026-11-16T22:00:00Z", "2026-11-18T01:39:08Z"),
        ("30 6 * * *", "2026-11-17T06:29:00Z", "2026-11-17T06:30:00Z"),
        // A run that was missed is due once, in the past.
        ("daily", "2026-11-10T01:39:08Z", "2026-11-11T01:39:08Z"),
    ];
    for (schedule, at, expected) in cases {
        for state in [HarvestState::Ok, HarvestState::Held] {
            assert_eq!(next(schedule, &ran(state, at, 0)).as_deref(), Some(expected), "{schedule} after {at}");
        }
    }
    assert_eq!(next("manual", &ran(HarvestState::Ok, KNOWN, 0)), None);
    assert_eq!(next("hourly", &ran(HarvestState::Running, KNOWN, 0)), None);
}

#[test]
fn moments_that_pass_while_a_run_goes_on_are_not_made_up_for() {
    for (schedule, finished, expected) in [
        ("hourly", "2026-11-16T14:30:00Z", "2026-11-16T15:06:36Z"),
        ("*/5 * * * *", "2026-11-16T12:22:00Z", "2026-11-16T12:25:00Z"),
    ] {
        let mut history = ran(HarvestState::Ok, "2026-11-16T12:06:36Z", 0);
        history.last_run = history.last_run.map(|run| LastRun { finished: time(finished), ..run });
        assert_eq!(next(schedule, &history).as_deref(), Some(expected), "{schedule}");
    }
}

#[test]
fn a_run_that_was_not_whole_is_tried_again_at_growing_distances() {
    let at = "2026-11-17T01:39:30Z";
    let cases = [
        ("daily", HarvestState::Failed, 1, "2026-11-17T01:54:30Z"),
        ("daily", HarvestState::Failed, 2, "2026-11-17T02:09:30Z"),
        ("daily", HarvestState::Failed, 3, "2026-11-17T02:39:30Z"),
        ("daily", HarvestState::Failed, 7, "2026-11-17T17:39:30Z"),
        ("daily", HarvestState::Failed, 8, "2026-11-18T01:39:08Z"),
        ("daily", HarvestState::Failed, u64::MAX, "2026-11-18T01:39:08Z"),
        ("daily", HarvestState::Partial, 1, "2026-11-17T02:09:30Z"),
        ("daily", HarvestState::Partial, 2, "2026-11-17T03:39:30Z"),
        ("daily", HarvestState::Partial, 3, "2026-11-17T09:39:30Z"),
        ("daily", HarvestState::Partial, 4, "2026-11-18T01:39:08Z"),
        ("daily", HarvestState::Partial, u64::MAX, "2026-11-18T01:39:08Z"),
        ("hourly", HarvestState::Failed, 2, "2026-11-17T02:09:30Z"),
        ("hourly", HarvestState::Failed, 3, "2026-11-17T03:06:36Z"),
        ("hourly", HarvestState::Partial, 1, "2026-11-17T02:09:30Z"),
        ("hourly", HarvestState::Partial, 2, "2026-11-17T03:06:36Z"),
        ("weekly", HarvestState::Failed, 8, "2026-11-18T09:39:30Z"),
        ("30 6 * * *", HarvestState::Failed, 1, "2026-11-17T01:54:30Z"),
        ("45 1 * * *", HarvestState::Failed, 1, "2026-11-17T01:45:00Z"),
        ("0 2 1 * *", HarvestState::Failed, u64::MAX, "2026-12-01T02:00:00Z"),
    ];
    for (schedule, state, failures, expected) in cases {
        let told = next(schedule, &ran(state, at, failures));
        assert_eq!(told.as_deref(), Some(expected), "{schedule}: {state:?}, {failures} in a row");
    }
    assert_eq!(next("manual", &ran(HarvestState::Failed, at, 1)), None);
}

#[test]
fn what_took_hours_is_not_tried_again_after_minutes() {
    let mut history = ran(HarvestState::Failed, "2026-11-17T01:39:30Z", 1);
    history.last_run = history.last_run.map(|run| LastRun { finished: time("2026-11-17T04:39:30Z"), ..run });
    assert_eq!(next("daily", &history).as_deref(), Some("2026-11-17T07:39:30Z"));
    assert_eq!(next("hourly", &history).as_deref(), Some("2026-11-17T06:06:36Z"));
}

#[test]
fn a_source_is_left_alone_for_as_long_as_it_asked() {
    let until = |until: &str| History {
        postponed_until: Some(time(until)),
        ..ran(HarvestState::Failed, "2026-11-17T01:39:30Z", 1)
    };
    let cases = [
        ("daily", "2026-11-19T12:00:00Z", "2026-11-19T12:00:00Z"),
        ("30 6 * * *", "2026-11-19T12:00:00Z", "2026-11-19T12:00:00Z"),
        ("daily", "2026-11-17T01:45:00Z", "2026-11-17T01:54:30Z"),
    ];
    for (schedule, asked, expected) in cases {
        assert_eq!(next(schedule, &until(asked)).as_deref(), Some(expected), "{schedule} until {asked}");
    }
}

#[test]
fn sources_do_not_all_start_at_once_and_nightly_ones_start_at_night() {
    let ids: Vec<SourceId> = (0..200).map(|n| SourceId::parse(&format!("source-{n}")).expect("an id")).collect();
    let monday = time("2026-11-16T00:00:00Z");
    for (schedule, busiest_minute) in [("hourly", 10), ("daily", 5), ("weekly", 3), ("monthly", 2)] {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let history = ran(HarvestState::Ok, "2026-11-16T00:00:00Z", 0);
        let mut minutes: BTreeMap<i64, u32> = BTreeMap::new();
        for id in &ids {
            let moment = next_start(&schedule, id, &history).expect("a moment");
            let second_of_day = moment.duration_since(monday).as_secs() % DAY.as_secs();
            let is_at_night = (NIGHT_FROM.as_secs()..(NIGHT_FROM + NIGHT).as_secs()).contains(&second_of_day);
            assert!(is_at_night || schedule == Schedule::Every(Period::Hour), "{id}: {moment}");
            *minutes.entry(moment.as_second() / 60).or_default() += 1;
        }
        let most = minutes.values().max().copied().unwrap_or_default();
        assert!(most <= busiest_minute, "{schedule:?}: {most} in one minute");
    }
}

#[test]
fn a_source_is_silent_after_two_periods_and_a_grace() {
    let cases = [
        ("hourly", Some("2026-11-16T12:00:00Z"), "2026-11-16T16:00:00Z"),
        ("daily", Some("2026-11-16T12:00:00Z"), "2026-11-19T12:00:00Z"),
        ("weekly", Some("2026-11-16T12:00:00Z"), "2026-12-01T12:00:00Z"),
        ("monthly", Some("2026-11-16T12:00:00Z"), "2027-01-18T12:00:00Z"),
        ("0 */6 * * *", Some("2026-11-16T00:00:30Z"), "2026-11-16T14:00:00Z"),
        ("0 2 * * 1-5", Some("2026-11-20T02:00:30Z"), "2026-11-25T02:00:00Z"),
        ("daily", None, "2026-11-04T00:00:00Z"),
        ("hourly", None, "2026-11-01T04:00:00Z"),
    ];
    for (schedule, last_ok, limit) in cases {
        let parsed = Schedule::parse(schedule).expect(schedule);
        let silent = |now: Timestamp| is_silent(&parsed, last_ok.map(time), time(KNOWN), now);
        assert!(!silent(time(limit)), "{schedule} at {limit}");
        assert!(silent(time(limit) + SignedDuration::from_secs(1)), "{schedule} after {limit}");
    }
    assert!(!is_silent(&Schedule::Manual, None, time(KNOWN), time("2036-11-01T00:00:00Z")));
}

#[test]
fn what_broke_off_is_gone_on_with_soon_and_ever_later_but_within_six_hours() {
    for (failures, expected) in [
        (1, "2026-11-20T03:15:00Z"),
        (2, "2026-11-20T03:30:00Z"),
        (4, "2026-11-20T05:00:00Z"),
        (6, "2026-11-20T09:00:00Z"),
        (40, "2026-11-20T09:00:00Z"),
    ] {
        let mut history = ran(HarvestState::Partial, "2026-11-20T03:00:00Z", failures);
        history.last_run = history.last_run.map(|run| LastRun { is_resumable: true, ..run });
        assert_eq!(next("weekly", &history).as_deref(), Some(expected), "{failures}");
        assert_eq!(next("manual", &history), None);
    }
}
