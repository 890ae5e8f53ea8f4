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

/// Its other links, which nobody has asked, come before the one that it turned away: each gets its turn.
const LEFT_ALONE: SignedDuration = SignedDuration::from_hours(4);

/// Who has asked for so long to be left alone fails. A host that is being rebuilt is back by then.
const BUSY_FOR_GOOD: SignedDuration = days(14);

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
    /// Where it is now: it was believed to have moved for good. Kept when it breaks there.
    pub moved_to: Option<String>,
    /// Where its last answer led for good, while that is not believed yet.
    pub leads_to: Option<String>,
    /// Since when its host has been busy, with no other answer between.
    pub busy_since: Option<Timestamp>,
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
            leads_to: None,
            busy_since: None,
        }
    }

    /// Where the page is now, when it is known to have moved for good.
    pub fn new_address(&self) -> Option<&str> {
        self.moved_to.as_deref().filter(|_| self.state == LinkState::Moved)
    }

    /// The address to ask for the link `url`: where it is now, since few redirects are kept for ever.
    ///
    /// When it breaks there, both are asked in turn: the move may have been taken back.
    pub fn asked_url<'a>(&'a self, url: &'a str) -> &'a str {
        self.asked_new_address().unwrap_or(url)
    }

    fn asked_new_address(&self) -> Option<&str> {
        let is_turn_of_new = self.state != LinkState::Broken || self.failures.is_multiple_of(2);
        self.moved_to.as_deref().filter(|_| is_turn_of_new)
    }
}

/// What is known of a link after the address that was to be asked has answered.
pub fn next(previous: &Rhythm, answer: &LinkAnswer, url: &str, now: Timestamp) -> Rhythm {
    match answer {
        LinkAnswer::Ok => found(previous, None, url, now),
        LinkAnswer::Moved { to } => found(previous, Some(to.to_string()), url, now),
        LinkAnswer::Gone { status } => failed(previous, format!("it answers {status}"), url, now),
        LinkAnswer::SoftMissing { reason } | LinkAnswer::Parked { reason } | LinkAnswer::Unreachable { reason } => {
            failed(previous, reason.clone(), url, now)
        }
        LinkAnswer::Busy => busy(previous, url, now),
        LinkAnswer::Refused { reason } => Rhythm { busy_since: None, ..postponed(previous, reason, REFUSED, url, now) },
    }
}

/// When a link that was not asked may be, after another of its host met a busy host. Another moment in each round, so
/// that it is not always the same link that is asked first.
pub fn left_alone_until(url: &str, now: Timestamp) -> Timestamp {
    later(now, spread(LEFT_ALONE, &format!("{now} {url}")))
}

/// One answer that finds the page makes a link good again, whatever it was before.
fn found(previous: &Rhythm, leads_to: Option<String>, url: &str, now: Timestamp) -> Rhythm {
    let was_seen_before = leads_to.is_some() && leads_to == previous.leads_to;
    let seen_first = previous.confirmed_at.filter(|_| was_seen_before);
    let has_settled = seen_first.is_some_and(|first| now.duration_since(first) >= MOVE_SETTLED);
    let (moved_to, leads_to) =
        if has_settled { (leads_to, None) } else { (previous.asked_new_address().map(ToOwned::to_owned), leads_to) };
    // A page may also move back.
    let moved_to = moved_to.filter(|new_address| new_address != url);
    let state = if moved_to.is_some() { LinkState::Moved } else { LinkState::Ok };

    let goes_on = previous.state == state && previous.moved_to == moved_to && previous.failures == 0;
    let steady = if goes_on { previous.steady.saturating_add(1) } else { 1 };
    let place = usize::try_from(steady.saturating_sub(1)).unwrap_or(usize::MAX).min(STEADY.len() - 1);
    let may_move = leads_to.is_some();
    let wait = if may_move { MOVE_AGAIN } else { STEADY[place] };
    Rhythm {
        state,
        // While a move is waited for, this is when it was seen first.
        confirmed_at: seen_first.filter(|_| may_move).or(Some(now)),
        next_check: later(now, spread(wait, url)),
        failures: 0,
        steady,
        reason: None,
        moved_to,
        leads_to,
        busy_since: None,
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
        moved_to: previous.moved_to.clone(),
        leads_to: previous.leads_to.clone().filter(|_| !is_broken),
        busy_since: None,
    }
}

/// A host that is busy says nothing about the link, unless it never says anything else.
fn busy(previous: &Rhythm, url: &str, now: Timestamp) -> Rhythm {
    let since = previous.busy_since.unwrap_or(now);
    let after = if now.duration_since(since) >= BUSY_FOR_GOOD {
        let busy_days = BUSY_FOR_GOOD.as_hours() / 24;
        failed(previous, format!("its host has asked to be left alone for {busy_days} days"), url, now)
    } else {
        postponed(previous, "its host is busy", BUSY, url, now)
    };
    Rhythm { busy_since: Some(since), ..after }
}

/// An answer that says nothing changes nothing but the time of the next one.
fn postponed(previous: &Rhythm, reason: &str, wait: SignedDuration, url: &str, now: Timestamp) -> Rhythm {
    Rhythm { next_check: later(now, spread(wait, url)), reason: Some(reason.to_owned()), ..previous.clone() }
}

/// So many different moments a wait is spread over.
const SHARES: i64 = 1 << 16;

/// The place of an address among all: evenly spread, and the same whenever it is computed.
fn share_of(key: &str) -> i64 {
    let digest = blake3::hash(key.as_bytes());
    let [first, second, ..] = digest.as_bytes();
    i64::from(u16::from_be_bytes([*first, *second]))
}

/// A wait, up to a tenth shorter or longer, always the same for the same key.
fn spread(wait: SignedDuration, key: &str) -> SignedDuration {
    let tenth = wait.as_secs() / 10;
    SignedDuration::from_secs(wait.as_secs() - tenth + 2 * tenth * share_of(key) / SHARES)
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
    #[case::busy_for_a_day("busy busy busy busy", "unchecked unchecked unchecked unchecked")]
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

    /// The days for which a link is asked, each time when it is due, until it is broken; at most a hundred answers.
    fn days_until_broken(answers: impl Iterator<Item = &'static str>) -> Option<i64> {
        let mut link = Rhythm::of_new(URL, start());
        for word in answers.take(100) {
            let now = link.next_check;
            link = next(&link, &answer(word), URL, now);
            if link.state == LinkState::Broken {
                return Some(now.duration_since(start()).as_secs() / (24 * 3_600));
            }
        }
        None
    }

    #[test]
    fn a_host_that_is_busy_for_two_weeks_and_says_nothing_else_breaks_its_links() {
        let lasted = days_until_broken(std::iter::repeat("busy")).expect("it breaks");
        assert!((16..=18).contains(&lasted), "{lasted} days");
        for other in ["ok", "refused"] {
            let answers = std::iter::once(other).chain(std::iter::repeat_n("busy", 30)).cycle();
            assert_eq!(days_until_broken(answers), None, "{other} now and then");
        }
    }

    #[test]
    fn a_busy_host_is_left_alone_for_hours_and_what_was_not_asked_comes_first() {
        let now = start();
        for number in 0..200 {
            let url = format!("https://example.org/{number}");
            let asked = next(&Rhythm::of_new(&url, now), &LinkAnswer::Busy, &url, now);
            let not_asked = left_alone_until(&url, now);
            assert!(not_asked < asked.next_check && not_asked.duration_since(now) > SignedDuration::from_hours(3));
        }
        let wait_in = |round: Timestamp| left_alone_until(URL, round).duration_since(round);
        assert_ne!(wait_in(now), wait_in(now + days(1)), "its turn is another in each round");
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
    #[case::stays_there("b b ok ok", "ok moved moved moved")]
    #[case::moves_on("b b c c ok", "ok moved moved moved moved")]
    #[case::moves_back("b b posters/soap posters/soap ok", "ok moved moved ok ok")]
    #[case::comes_back_before_it_is_believed("b ok b", "ok ok ok")]
    #[case::changes_its_mind("b c", "ok ok")]
    #[case::breaks_where_it_went("b b gone gone gone", "ok moved moved moved broken")]
    fn a_link_that_moves_says_so(#[case] answers: &str, #[case] expected: &str) {
        assert_eq!(states(answers), expected);
    }

    /// Asks a link so often, each time when it is due. Gives the last part of each address that was asked.
    fn asked(answers: &str) -> String {
        let mut link = Rhythm::of_new(URL, start());
        let mut asked = Vec::new();
        for word in answers.split(' ') {
            asked.push(link.asked_url(URL).rsplit('/').next().unwrap_or_default().to_owned());
            let now = link.next_check;
            link = next(&link, &answer(word), URL, now);
        }
        asked.join(" ")
    }

    #[rstest]
    #[case::not_before_the_move_is_believed("b b ok ok", "soap soap b b")]
    #[case::nor_after_it_failed_once("b b gone ok", "soap soap b b")]
    #[case::moves_on("b b c c ok", "soap soap b b c")]
    #[case::both_in_turn_when_it_breaks("b b gone gone gone gone gone", "soap soap b b b soap b")]
    #[case::found_again_where_it_went("b b gone gone gone gone ok ok", "soap soap b b b soap b b")]
    #[case::found_again_where_it_was("b b gone gone gone ok ok", "soap soap b b b soap soap")]
    #[case::never_believed("b gone gone gone gone gone", "soap soap soap soap soap soap")]
    fn what_has_moved_is_asked_where_it_is_now(#[case] answers: &str, #[case] expected: &str) {
        assert_eq!(asked(answers), expected);
    }

    #[test]
    fn a_link_whose_old_redirect_disappears_stays_where_it_moved() {
        let lived = live("b b ok ok ok ok");
        assert!(lived.iter().skip(1).all(|(state, _)| *state == "moved"), "{lived:?}");
        assert_about(lived[4].1, 14);
    }
}
