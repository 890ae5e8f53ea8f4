//! When is a link asked again, and from when on is it broken?
//!
//! Pure: what was known of a link and what it answered go in, what is known now comes out. Hours after a change, weeks
//! when steady; a failure is looked at again soon, and only several in a row make a link broken. All waits are spread
//! by a hash of the address, so that the links of one catalogue do not come all at once for ever.

use jiff::{SignedDuration, Timestamp};
use schemas::LinkState;

use super::LinkAnswer;

/// A new address is asked within so long, each at its own moment.
const FIRST: SignedDuration = SignedDuration::from_hours(6);

/// After the first answer in a row that finds the page, the second, and so on; after all of them as after the last.
const STEADY: [SignedDuration; 5] = [days(1), days(3), days(7), days(14), days(28)];

/// After the first failure in a row.
const FIRST_FAILURE: SignedDuration = SignedDuration::from_hours(6);

/// After the second. The third then comes at least two days after the first, though both waits be a tenth shorter: a
/// server that is down for a day breaks nothing.
const SECOND_FAILURE: SignedDuration = days(2);

/// So many failures in a row make a link broken.
const FAILURES_OF_BROKEN: u32 = 3;

/// A broken link is looked at weekly so often, and every four weeks from then on.
const WEEKLY_LOOKS: u32 = 4;

/// A host that asked to be left alone is left alone for so long.
const BUSY: SignedDuration = SignedDuration::from_hours(6);

/// Who keeps us out may think better of it, but not every day.
const REFUSED: SignedDuration = days(7);

/// An address has moved for good when it was seen so twice, this far apart: a server that is being rebuilt also sends
/// everybody elsewhere for a while.
const MOVE_SETTLED: SignedDuration = days(1);

/// When a move is looked at for the second time: more than [`MOVE_SETTLED`] even when it is a tenth shorter.
const MOVE_AGAIN: SignedDuration = SignedDuration::from_hours(30);

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// What is known of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rhythm {
    /// How it stands. Never [`LinkState::None`], which is said of what has no address.
    pub state: LinkState,
    /// When an answer last said so; one failure of a link that is not broken yet does not count.
    pub confirmed_at: Option<Timestamp>,
    /// When it is to be asked again.
    pub next_check: Timestamp,
    /// How often it has failed in a row.
    pub failures: u32,
    /// How often it has said the same in a row.
    pub steady: u32,
    /// Why its last answer did not find the page.
    pub reason: Option<String>,
    /// Where it leads for good; believed once the state is [`LinkState::Moved`].
    pub moved_to: Option<String>,
}

impl Rhythm {
    /// What is known of an address that nobody has asked yet.
    pub fn of_new(url: &str, now: Timestamp) -> Self {
        let wait = SignedDuration::from_secs(FIRST.as_secs() * share_of(url) / SHARES);
        Self {
            state: LinkState::Unchecked,
            confirmed_at: None,
            next_check: later(now, wait),
            failures: 0,
            steady: 0,
            reason: None,
            moved_to: None,
        }
    }

    /// Where the page is now, when it is known to have moved for good.
    pub fn new_address(&self) -> Option<&str> {
        self.moved_to.as_deref().filter(|_| self.state == LinkState::Moved)
    }
}

/// What is known of a link after it has answered.
pub fn next(previous: &Rhythm, answer: &LinkAnswer, url: &str, now: Timestamp) -> Rhythm {
    match answer {
        LinkAnswer::Ok => found(previous, None, url, now),
        LinkAnswer::Moved { to } => found(previous, Some(to.to_string()), url, now),
        LinkAnswer::Gone { status } => failed(previous, format!("it answers {status}"), url, now),
        LinkAnswer::SoftMissing { reason } | LinkAnswer::Parked { reason } | LinkAnswer::Unreachable { reason } => {
            failed(previous, reason.clone(), url, now)
        }
        LinkAnswer::Busy => postponed(previous, "its host is busy", BUSY, url, now),
        LinkAnswer::Refused { reason } => postponed(previous, reason, REFUSED, url, now),
    }
}

/// One answer that finds the page makes a link good again, whatever it was before.
fn found(previous: &Rhythm, moved_to: Option<String>, url: &str, now: Timestamp) -> Rhythm {
    let was_seen_before = moved_to.is_some() && moved_to == previous.moved_to;
    let seen_first = previous.confirmed_at.filter(|_| was_seen_before);
    let has_settled =
        previous.state == LinkState::Moved || seen_first.is_some_and(|first| now.duration_since(first) >= MOVE_SETTLED);
    let state = if was_seen_before && has_settled { LinkState::Moved } else { LinkState::Ok };
    let may_have_moved = moved_to.is_some() && state == LinkState::Ok;

    let goes_on = previous.state == state && previous.failures == 0;
    let steady = if goes_on { previous.steady.saturating_add(1) } else { 1 };
    let place = usize::try_from(steady.saturating_sub(1)).unwrap_or(usize::MAX).min(STEADY.len() - 1);
    let wait = if may_have_moved { MOVE_AGAIN } else { STEADY[place] };
    Rhythm {
        state,
        // While a move is waited for, this is when it was seen first.
        confirmed_at: seen_first.filter(|_| may_have_moved).or(Some(now)),
        next_check: later(now, spread(wait, url)),
        failures: 0,
        steady,
        reason: None,
        moved_to,
    }
}

fn failed(previous: &Rhythm, reason: String, url: &str, now: Timestamp) -> Rhythm {
    let failures = previous.failures.saturating_add(1);
    let is_broken = previous.state == LinkState::Broken || failures >= FAILURES_OF_BROKEN;
    let wait = match (is_broken, failures) {
        (false, 1) => FIRST_FAILURE,
        (false, _) => SECOND_FAILURE,
        (true, _) if failures < FAILURES_OF_BROKEN + WEEKLY_LOOKS => days(7),
        (true, _) => days(28),
    };
    Rhythm {
        state: if is_broken { LinkState::Broken } else { previous.state },
        confirmed_at: if is_broken { Some(now) } else { previous.confirmed_at },
        next_check: later(now, spread(wait, url)),
        failures,
        steady: 0,
        reason: Some(reason),
        moved_to: previous.moved_to.clone().filter(|_| !is_broken),
    }
}

/// An answer that says nothing changes nothing but the time of the next one.
fn postponed(previous: &Rhythm, reason: &str, wait: SignedDuration, url: &str, now: Timestamp) -> Rhythm {
    Rhythm { next_check: later(now, spread(wait, url)), reason: Some(reason.to_owned()), ..previous.clone() }
}

/// So many different moments a wait is spread over.
const SHARES: i64 = 1 << 16;

/// The place of an address among all: evenly spread, and the same whenever it is computed.
fn share_of(url: &str) -> i64 {
    let digest = blake3::hash(url.as_bytes());
    let [first, second, ..] = digest.as_bytes();
    i64::from(u16::from_be_bytes([*first, *second]))
}

/// A wait, up to a tenth shorter or longer.
fn spread(wait: SignedDuration, url: &str) -> SignedDuration {
    let tenth = wait.as_secs() / 10;
    SignedDuration::from_secs(wait.as_secs() - tenth + 2 * tenth * share_of(url) / SHARES)
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use url::Url;

    use super::*;

    const URL: &str = "https://example.org/posters/soap";

    fn start() -> Timestamp {
        "2026-11-21T09:00:00Z".parse().expect("a time")
    }

    fn gone() -> LinkAnswer {
        LinkAnswer::Gone { status: 404 }
    }

    fn moved(to: &str) -> LinkAnswer {
        LinkAnswer::Moved { to: Url::parse(&format!("https://example.org/{to}")).expect("an address") }
    }

    fn answer(word: &str) -> LinkAnswer {
        match word {
            "ok" => LinkAnswer::Ok,
            "gone" => gone(),
            "busy" => LinkAnswer::Busy,
            "refused" => LinkAnswer::Refused { reason: "robots.txt".to_owned() },
            to => moved(to),
        }
    }

    /// Lets a link answer so, each time when it is due. Gives how it stood after each, and the hours until the next.
    fn live(answers: &str) -> Vec<(&'static str, i64)> {
        let mut link = Rhythm::of_new(URL, start());
        let mut lived = Vec::new();
        for word in answers.split(' ') {
            let now = link.next_check;
            link = next(&link, &answer(word), URL, now);
            lived.push((link.state.name(), link.next_check.duration_since(now).as_secs() / 3_600));
        }
        lived
    }

    fn states(answers: &str) -> String {
        let states: Vec<&str> = live(answers).into_iter().map(|(state, _)| state).collect();
        states.join(" ")
    }

    #[track_caller]
    fn assert_about(hours: i64, expected_days: i64) {
        let expected = expected_days * 24;
        assert!((hours - expected).abs() <= expected / 10 + 1, "{hours} hours, expected about {expected}");
    }

    #[test]
    fn a_new_link_is_asked_within_six_hours_and_not_all_at_once() {
        let waits: Vec<i64> = (0..200)
            .map(|number| Rhythm::of_new(&format!("https://example.org/{number}"), start()).next_check)
            .map(|at| at.duration_since(start()).as_secs())
            .collect();
        assert!(waits.iter().all(|wait| (0..FIRST.as_secs()).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 3_600) && waits.iter().any(|wait| *wait > 5 * 3_600));
    }

    #[test]
    fn a_steady_link_is_asked_less_and_less_often() {
        for ((state, hours), expected_days) in live("ok ok ok ok ok ok ok").into_iter().zip([1, 3, 7, 14, 28, 28, 28]) {
            assert_eq!(state, "ok");
            assert_about(hours, expected_days);
        }
    }

    #[rstest]
    #[case::three_in_a_row("ok gone gone gone", "ok ok ok broken")]
    #[case::never_found("gone gone gone", "unchecked unchecked broken")]
    #[case::not_in_a_row("gone gone ok gone gone", "unchecked unchecked ok ok ok")]
    #[case::one_answer_is_enough("gone gone gone ok", "unchecked unchecked broken ok")]
    #[case::busy_says_nothing("ok gone busy gone", "ok ok ok ok")]
    #[case::busy_mends_nothing("ok gone gone busy gone", "ok ok ok ok broken")]
    #[case::busy_for_ever("busy busy busy busy", "unchecked unchecked unchecked unchecked")]
    #[case::kept_out("refused ok refused", "unchecked ok ok")]
    fn several_failures_in_a_row_make_a_link_broken(#[case] answers: &str, #[case] expected: &str) {
        assert_eq!(states(answers), expected);
    }

    #[test]
    fn a_link_breaks_two_days_after_its_first_failure_at_the_earliest() {
        for number in 0..200 {
            let url = format!("https://example.org/{number}");
            let mut link = Rhythm::of_new(&url, start());
            let first = link.next_check;
            let mut last = first;
            while link.state != LinkState::Broken {
                last = link.next_check;
                link = next(&link, &gone(), &url, last);
            }
            assert!(last.duration_since(first) >= days(2), "{url}");
            assert_eq!((link.failures, link.confirmed_at), (3, Some(last)));
        }
    }

    #[test]
    fn a_broken_link_is_looked_at_weekly_and_then_monthly() {
        let lived = live("gone gone gone gone gone gone gone gone gone");
        for ((_, hours), expected_days) in lived.into_iter().skip(2).zip([7, 7, 7, 7, 28, 28, 28]) {
            assert_about(hours, expected_days);
        }
    }

    #[test]
    fn what_failed_once_still_says_when_it_was_last_there() {
        let link = next(&Rhythm::of_new(URL, start()), &LinkAnswer::Ok, URL, start());
        let failed = next(&link, &gone(), URL, link.next_check);
        assert_eq!((failed.state, failed.confirmed_at), (LinkState::Ok, Some(start())));
        assert_eq!(failed.reason.as_deref(), Some("it answers 404"));
    }

    #[test]
    fn a_move_is_believed_when_it_was_seen_twice_a_day_apart() {
        let there = moved("new");
        let first = next(&Rhythm::of_new(URL, start()), &there, URL, start());
        assert_eq!((first.state, first.new_address()), (LinkState::Ok, None));
        assert!(first.next_check.duration_since(start()) >= days(1));

        let too_soon = next(&first, &there, URL, start() + SignedDuration::from_hours(1));
        assert_eq!((too_soon.state, too_soon.confirmed_at), (LinkState::Ok, Some(start())));
        let second = next(&too_soon, &there, URL, start() + days(1));
        assert_eq!((second.state, second.new_address()), (LinkState::Moved, Some("https://example.org/new")));
        assert_eq!(second.confirmed_at, Some(start() + days(1)));
    }

    #[rstest]
    #[case::stays_there("b b b", "ok moved moved")]
    #[case::moves_on("b b c c", "ok moved ok moved")]
    #[case::comes_back("b b ok", "ok moved ok")]
    #[case::changes_its_mind("b c", "ok ok")]
    #[case::breaks_where_it_went("b b gone gone gone", "ok moved moved moved broken")]
    fn a_link_that_moves_says_so(#[case] answers: &str, #[case] expected: &str) {
        assert_eq!(states(answers), expected);
    }
}
