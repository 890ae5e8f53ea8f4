//! What waits in memory: notices while the store is away, and which of two ways has already taken one.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::catalogue::NewNotice;

/// So many notices wait at most; beyond it the oldest goes. A store that is away for a night makes a handful.
const MOST: usize = 100;
/// So many are known to have been taken by one way. Each is given up after a day, so there are never many.
const MOST_TAKEN: usize = 1_000;

/// A way out for notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Mail,
    Call,
}

/// Notices that wait in memory, and what was taken by one way while the other is tried again.
#[derive(Debug, Default)]
pub struct Waiting {
    notices: Mutex<VecDeque<NewNotice>>,
    taken: Mutex<BTreeSet<(String, Way)>>,
    /// The last name that was held; see [`Waiting::is_new`].
    held: Mutex<String>,
    /// Held while the outbox is worked off: of two at once each would tell the same.
    pub(super) delivering: tokio::sync::Mutex<()>,
}

impl Waiting {
    /// How many wait.
    pub fn len(&self) -> usize {
        locked(&self.notices).len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this is another name than the last one that was asked for: what lasts is held once, and was perhaps told
    /// since.
    pub(super) fn is_new(&self, name: &str) -> bool {
        let mut held = locked(&self.held);
        let is_new = *held != name;
        if is_new {
            name.clone_into(&mut held);
        }
        is_new
    }

    pub(super) fn push(&self, notice: NewNotice) {
        let mut notices = locked(&self.notices);
        if notices.iter().any(|waiting| waiting.id == notice.id) {
            return;
        }
        if notices.len() >= MOST {
            notices.pop_front();
        }
        notices.push_back(notice);
    }

    /// Those that wait, the oldest first. They go on waiting until [`Waiting::remove`].
    pub(super) fn all(&self) -> Vec<NewNotice> {
        locked(&self.notices).iter().cloned().collect()
    }

    pub(super) fn remove(&self, id: &str) {
        locked(&self.notices).retain(|notice| notice.id != id);
    }

    pub(super) fn was_taken(&self, id: &str, way: Way) -> bool {
        locked(&self.taken).contains(&(id.to_owned(), way))
    }

    pub(super) fn note_taken(&self, id: &str, way: Way) {
        let mut taken = locked(&self.taken);
        if taken.len() >= MOST_TAKEN {
            taken.pop_first();
        }
        taken.insert((id.to_owned(), way));
    }

    pub(super) fn forget_taken(&self, id: &str) {
        locked(&self.taken).retain(|(taken, _)| taken != id);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(id: &str) -> NewNotice {
        let now = "2026-11-21T09:00:00Z".parse().expect("a time");
        NewNotice { id: id.to_owned(), ..NewNotice::new("store", String::new(), String::new(), now) }
    }

    #[test]
    fn what_waits_is_bounded_and_each_waits_once() {
        let waiting = Waiting::default();
        for number in 0..MOST + 5 {
            waiting.push(notice(&format!("{number:04}")));
            waiting.push(notice(&format!("{number:04}")));
        }
        assert_eq!(waiting.len(), MOST);
        assert_eq!(waiting.all()[0].id, "0005", "the oldest goes");
        waiting.remove("0005");
        assert_eq!(waiting.all()[0].id, "0006");
    }

    #[test]
    fn what_lasts_is_held_once() {
        let waiting = Waiting::default();
        let asked = ["a", "a", "b", "b", "a"].map(|name| waiting.is_new(name));
        assert_eq!(asked, [true, false, true, false, true]);
    }

    #[test]
    fn one_way_may_have_taken_what_the_other_has_not() {
        let waiting = Waiting::default();
        waiting.note_taken("a", Way::Mail);
        assert!(waiting.was_taken("a", Way::Mail) && !waiting.was_taken("a", Way::Call));
        waiting.forget_taken("a");
        assert!(!waiting.was_taken("a", Way::Mail));
    }
}
