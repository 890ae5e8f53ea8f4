//! How often somebody may be wrong about a token: by address, and all addresses together.
//!
//! A token is 256 bits and cannot be guessed. But who tries is told to stop, so that the store is not asked about every
//! guess; and what the headers say of whom they are from counts as little as everywhere (see [`super::peer`]).

use jiff::Timestamp;

use super::buckets::{Buckets, Quota};
use super::peer::Peer;
use crate::config::LimitsConfig;
use crate::error::AppError;

/// So many hours one whose token was right is known by the address: a working day, as long as a session at most.
const KNOWN_HOURS: u64 = 8;
const HOUR_SECONDS: u64 = 3_600;
const MINUTE_SECONDS: u64 = 60;

/// How far each address is from its limit, and all together.
#[derive(Debug)]
pub(super) struct SignInLimits {
    failed: Buckets<Peer>,
    all_failed: Buckets<()>,
    /// From where somebody signed in lately: a bucket of one, which is empty then.
    known: Buckets<Peer>,
}

impl SignInLimits {
    /// Nobody was wrong yet.
    pub(super) fn new(config: &LimitsConfig) -> Self {
        let a_minute = |most: u64| Quota::new(most, MINUTE_SECONDS, most);
        Self {
            failed: Buckets::new(a_minute(config.failed_sign_ins_per_minute)),
            all_failed: Buckets::new(a_minute(config.all_failed_sign_ins_per_minute)),
            known: Buckets::new(Quota::new(1, KNOWN_HOURS * HOUR_SECONDS, 1)),
        }
    }

    /// Whether a token or a sign-in is looked at, from this address.
    ///
    /// After too many that were wrong none is, whatever is sent: the next guess might be right. When all addresses together
    /// were wrong too often, only those are heard from where somebody signed in lately, so that an admin at work is not
    /// shut out by guesses that come from everywhere.
    pub(super) fn may_try(&self, peer: &Peer, now: Timestamp) -> Result<(), AppError> {
        if self.failed.take(peer, 0, now).left == 0 {
            return Err(too_many(self.failed.wait_for_one(peer, now)));
        }
        let is_known = || self.known.take(peer, 0, now).left == 0;
        if self.all_failed.take(&(), 0, now).left == 0 && !is_known() {
            return Err(too_many(self.all_failed.wait_for_one(&(), now)));
        }
        Ok(())
    }

    /// Counts one that was wrong; an error when it was one too many.
    pub(super) fn count_failed(&self, peer: &Peer, now: Timestamp) -> Result<(), AppError> {
        let everywhere = self.all_failed.take(&(), 1, now).retry_after_seconds();
        let here = self.failed.take(peer, 1, now).retry_after_seconds();
        here.or(everywhere).map_or(Ok(()), |seconds| Err(too_many(seconds)))
    }

    /// Remembers from where one was right.
    pub(super) fn count_right(&self, peer: &Peer, now: Timestamp) {
        self.known.take(peer, 1, now);
    }
}

fn too_many(retry_after_seconds: u64) -> AppError {
    let reason = "too many wrong tokens; try again later";
    AppError::TooManyRequests { retry_after_seconds, reason }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::web::peer::tests::peer;

    fn at(milliseconds: i64) -> Timestamp {
        let start: Timestamp = "2026-11-22T09:00:00Z".parse().expect("a time");
        start.saturating_add(SignedDuration::from_millis(milliseconds)).expect("a time")
    }

    fn limits() -> SignInLimits {
        SignInLimits::new(&LimitsConfig::default())
    }

    /// One try with a wrong token; whether it was looked at.
    fn guess(limits: &SignInLimits, peer: &Peer, now: Timestamp) -> bool {
        let is_heard = limits.may_try(peer, now).is_ok();
        if is_heard {
            let _ = limits.count_failed(peer, now);
        }
        is_heard
    }

    #[test]
    fn ten_thousand_forged_headers_make_nobody_another() {
        let limits = limits();
        let heard = (0..10_000).filter(|nth| {
            let forged = format!("198.51.{}.{}", nth / 250, nth % 250);
            guess(&limits, &peer("203.0.113.5", &[&forged]), at(0))
        });
        assert_eq!(heard.count(), 10);
        let refused = limits.may_try(&peer("203.0.113.5", &["127.0.0.1"]), at(0)).unwrap_err();
        assert_eq!(refused.retry_after_seconds(), Some(6));
        assert!(limits.may_try(&peer("203.0.113.6", &[]), at(0)).is_ok(), "another address is another");
    }

    #[test]
    fn a_minute_later_ten_are_heard_again() {
        let (limits, one) = (limits(), peer("203.0.113.5", &[]));
        let heard = |now: i64| (0..50).filter(|_| guess(&limits, &one, at(now))).count();
        assert_eq!([heard(0), heard(5_999), heard(6_000), heard(66_000)], [10, 0, 1, 10]);
    }

    #[test]
    fn many_addresses_together_are_stopped_too_but_not_an_admin_at_work() {
        let limits = limits();
        let admin = peer("203.0.113.5", &[]);
        limits.count_right(&admin, at(0));
        let heard = (0..2_000_u32).filter(|nth| {
            let socket = format!("198.51.{}.{}", nth / 250, nth % 250);
            guess(&limits, &peer(&socket, &[]), at(0))
        });
        assert_eq!(heard.count(), 600);
        assert!(limits.may_try(&peer("192.0.2.1", &[]), at(0)).is_err());
        assert!(limits.may_try(&admin, at(0)).is_ok());
        assert!(limits.may_try(&admin, at(9 * 3_600_000)).is_ok());
    }
}
