//! `Counter`: how much views are used, counted in memory and added to the store every minute.
//!
//! Sums and nothing else: no words that were typed, no address, nothing that tells one visitor from another. Of a
//! search that found nothing the concepts are counted that were recognised in it, each by itself. A crash loses a
//! minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use index::Facet;
use jiff::civil::Date;
use schemas::Vocabularies;
use tokio::sync::Mutex as AsyncMutex;

use crate::catalogue::{Catalogue, CatalogueError, Counted, UsageSum};

/// So many different things are counted between two writes: far more than a busy minute brings. What is new beyond them
/// is not counted, so that nobody fills the memory.
const MOST_KEYS: usize = 10_000;
/// The view of searches without one.
const NO_VIEW: &str = "";

/// What was counted since it was last written. Cheap to clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sums: Mutex<HashMap<Key, u64>>,
    /// Held while sums are written, so that none is written twice.
    writing: AsyncMutex<()>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    view: String,
    what: Counted,
    of: String,
}

impl Counter {
    /// Counts a search through this view, or through none, whatever is made of it: an answer, a page, a feed or an
    /// export. With the concepts it asked for where it found nothing; who does not know them gives none.
    ///
    /// What is no concept of a vocabulary is left out, for it may be a word that somebody typed.
    pub fn searched(&self, view: Option<&str>, found_nothing_concepts: &[(Facet, String)]) {
        let view = view.unwrap_or(NO_VIEW);
        self.add(view, Counted::Searches, String::new());
        for (facet, id) in found_nothing_concepts {
            if let Some(key) = concept_key(*facet, id) {
                self.add(view, Counted::NothingFound, key);
            }
        }
    }

    /// Counts a result that was opened in this view.
    pub fn opened(&self, view: &str) {
        self.add(view, Counted::Opened, String::new());
    }

    /// Adds what was counted to the sums of this day, and begins anew. What was counted in the minute before midnight
    /// may be added to the day after it.
    ///
    /// # Errors
    /// When the store cannot be written. Everything is then still here for the next time.
    pub async fn flush(&self, catalogue: &Catalogue, today: Date) -> Result<(), CatalogueError> {
        let _writing = self.0.writing.lock().await;
        let counted = self.held().clone();
        if counted.is_empty() {
            return Ok(());
        }
        let sums: Vec<UsageSum> = counted.iter().map(|(key, count)| sum_of(key, *count)).collect();
        catalogue.add_usage(&sums, today).await?;
        self.take_off(&counted);
        Ok(())
    }

    fn add(&self, view: &str, what: Counted, key: String) {
        let key = Key { view: view.to_owned(), what, of: key };
        let mut held = self.held();
        let is_full = held.len() >= MOST_KEYS;
        if let Some(count) = held.get_mut(&key) {
            *count = count.saturating_add(1);
        } else if !is_full {
            held.insert(key, 1);
        }
    }

    /// Takes off what was written; what was counted meanwhile stays.
    fn take_off(&self, written: &HashMap<Key, u64>) {
        let mut held = self.held();
        for (key, count) in written {
            if let Some(left) = held.get_mut(key) {
                *left = left.saturating_sub(*count);
            }
        }
        held.retain(|_, left| *left > 0);
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Key, u64>> {
        self.0.sums.lock().expect("nobody panics while holding this lock")
    }
}

fn sum_of(key: &Key, count: u64) -> UsageSum {
    UsageSum { view: key.view.clone(), what: key.what, key: key.of.clone(), count }
}

/// A concept as it is counted, `subject/chemistry`; `None` for what is none.
fn concept_key(facet: Facet, id: &str) -> Option<String> {
    match facet {
        Facet::Controlled(field) => {
            Vocabularies::shipped().of(field).get(id)?;
            Some(format!("{}/{id}", facet.name()))
        }
        Facet::Source | Facet::Publisher | Facet::Link => None,
    }
}

/// A concept as it was counted.
pub fn concept_of(key: &str) -> Option<(Facet, &str)> {
    let (facet, id) = key.split_once('/')?;
    Some((Facet::by_name(facet)?, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(name: &str) -> Facet {
        Facet::by_name(name).expect("a facet")
    }

    fn count(counter: &Counter, view: &str, what: Counted, key: &str) -> Option<u64> {
        counter.held().get(&Key { view: view.to_owned(), what, of: key.to_owned() }).copied()
    }

    #[test]
    fn only_concepts_of_a_vocabulary_are_counted() {
        let counter = Counter::default();
        let asked = [
            (facet("subject"), "chemistry".to_owned()),
            (facet("subject"), "something that was typed".to_owned()),
            (facet("publisher"), "chemistry".to_owned()),
        ];
        counter.searched(Some("rsc"), &asked);
        counter.clone().searched(Some("rsc"), &[]);
        counter.searched(None, &[]);
        assert_eq!(count(&counter, "rsc", Counted::Searches, ""), Some(2));
        assert_eq!(count(&counter, "", Counted::Searches, ""), Some(1));
        assert_eq!(count(&counter, "rsc", Counted::NothingFound, "subject/chemistry"), Some(1));
        assert_eq!(counter.held().len(), 3);
        assert_eq!(concept_of("subject/chemistry"), Some((facet("subject"), "chemistry")));
        assert_eq!((concept_of("subject"), concept_of("colour/red")), (None, None));
    }

    #[test]
    fn what_is_new_when_the_memory_is_full_is_not_counted() {
        let counter = Counter::default();
        for number in 0..=MOST_KEYS {
            counter.opened(&number.to_string());
        }
        counter.opened("0");
        assert_eq!(counter.held().len(), MOST_KEYS);
        assert_eq!(count(&counter, "0", Counted::Opened, ""), Some(2));
        assert_eq!(count(&counter, &MOST_KEYS.to_string(), Counted::Opened, ""), None);
    }

    #[test]
    fn what_was_counted_while_the_rest_was_written_stays() {
        let counter = Counter::default();
        counter.opened("a");
        counter.opened("b");
        let written = counter.held().clone();
        counter.opened("a");
        counter.take_off(&written);
        assert_eq!((count(&counter, "a", Counted::Opened, ""), counter.held().len()), (Some(1), 1));
    }
}
