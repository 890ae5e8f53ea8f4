//! One number for each value of a facet, the same in all segments, and what people read for it.
//!
//! Numbers are given as values are met and never taken back, so columns that were opened once stay right. Searches read
//! without waiting; only whoever opens columns waits for another who does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use schemas::Vocabularies;

use crate::analysis;
use crate::request::Facet;

/// A value of a facet.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// What a filter on it is written as.
    pub(crate) id: Arc<str>,
    /// What people read.
    pub(crate) label: Arc<str>,
    /// The label folded, to be compared with what is typed.
    pub(crate) folded: Arc<str>,
}

/// The values of one facet as they are known at one time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    numbers: HashMap<Arc<str>, u32>,
    /// By number.
    list: Vec<Value>,
}

impl Values {
    /// The number of a value; `None` when no resource ever had it.
    pub(crate) fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The value with a number.
    pub(crate) fn get(&self, number: u32) -> &Value {
        &self.list[number as usize]
    }

    /// How many there are; all numbers are below.
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    fn add(&mut self, id: &str, facet: Facet, vocabularies: &Vocabularies) -> u32 {
        let number = u32::try_from(self.list.len()).expect("values of a facet that are in memory have a number");
        let label = facet.label(id, vocabularies);
        let folded = Arc::from(analysis::folded(&label));
        let id: Arc<str> = Arc::from(id);
        let label = if label == *id { Arc::clone(&id) } else { Arc::from(label) };
        self.numbers.insert(Arc::clone(&id), number);
        self.list.push(Value { id, label, folded });
        number
    }
}

/// The values of all facets that were met by this process.
pub(crate) struct Dictionary {
    /// In the order of [`Facet::ALL`].
    facets: Vec<ArcSwap<Values>>,
    /// Held while values are added.
    adding: Mutex<()>,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self { facets: Facet::ALL.iter().map(|_| ArcSwap::default()).collect(), adding: Mutex::new(()) }
    }
}

impl Dictionary {
    /// The values of a facet; all that occur in columns that are open by now are among them.
    pub(crate) fn values(&self, facet: Facet) -> Arc<Values> {
        self.facets[facet.place()].load_full()
    }

    /// Begins to look up and add values of a facet.
    pub(super) fn begin<'a>(&'a self, facet: Facet, vocabularies: &'a Vocabularies) -> Additions<'a> {
        // It guards an order, so one who panicked has left nothing broken.
        let adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        Additions { dictionary: self, facet, vocabularies, values: self.values(facet), _adding: adding }
    }
}

/// Values of one facet while columns are opened. They count for others when it is finished.
pub(super) struct Additions<'a> {
    dictionary: &'a Dictionary,
    facet: Facet,
    vocabularies: &'a Vocabularies,
    values: Arc<Values>,
    _adding: MutexGuard<'a, ()>,
}

impl Additions<'_> {
    /// The number of a value, which is added if need be.
    pub(super) fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.values.number(id) {
            return number;
        }
        // The first addition copies what others read; the later ones find it their own.
        Arc::make_mut(&mut self.values).add(id, self.facet, self.vocabularies)
    }

    /// Shows what was added to everybody.
    pub(super) fn finish(self) {
        self.dictionary.facets[self.facet.place()].store(self.values);
    }
}

#[cfg(test)]
mod tests {
    use schemas::ControlledField;

    use super::*;

    #[test]
    fn a_value_keeps_its_number_and_has_the_label_of_its_vocabulary() {
        let dictionary = Dictionary::default();
        let subject = Facet::Controlled(ControlledField::Subject);
        let numbers = |ids: &[&str]| -> Vec<u32> {
            let mut additions = dictionary.begin(subject, Vocabularies::shipped());
            let numbers = ids.iter().map(|id| additions.number(id)).collect();
            additions.finish();
            numbers
        };
        assert_eq!(numbers(&["physics", "chemistry"]), [0, 1]);
        let before = dictionary.values(subject);
        assert_eq!(numbers(&["biology", "chemistry"]), [2, 1]);
        assert_eq!((before.count(), dictionary.values(subject).count()), (2, 3));
        assert_eq!(&*dictionary.values(subject).get(1).label, "Chemistry");
        assert_eq!(dictionary.values(subject).number("mathematics"), None);
        assert_eq!(dictionary.values(Facet::Publisher).count(), 0);
    }
}
