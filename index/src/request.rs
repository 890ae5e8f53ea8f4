//! What is asked: plain data with public fields. The other end is in `results`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use schemas::{AgeRange, ControlledField, ResourceId, Vocabularies};

use crate::cursor::Cursor;

/// The filter value that asks for what states nothing in a facet.
pub const NOT_STATED: &str = "_none";

/// A field that results are counted and narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// A field whose values are concepts of the vocabulary of the same name.
    Controlled(ControlledField),
    /// The catalogues that know the resource.
    Source,
    /// Who issues it.
    Publisher,
    /// Whether its address answers.
    Link,
}

impl Facet {
    /// All of them: the controlled fields in their order, then source, publisher and link.
    pub const ALL: [Self; 19] = {
        let mut all = [Self::Link; 19];
        let mut place = 0;
        while place < ControlledField::ALL.len() {
            all[place] = Self::Controlled(ControlledField::ALL[place]);
            place += 1;
        }
        all[place] = Self::Source;
        all[place + 1] = Self::Publisher;
        all
    };

    /// The name of its parameter: `learning_area`, `source`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Controlled(field) => field.name(),
            Self::Source => "source",
            Self::Publisher => "publisher",
            Self::Link => "link",
        }
    }

    /// The facet with this parameter name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// The name of its field in the index. Prefixed, for the publisher is also searched as text.
    pub(crate) fn column(self) -> String {
        format!("facet_{}", self.name())
    }

    /// The name of the field that holds all its values as one text.
    pub(crate) fn set_column(self) -> String {
        format!("set_{}", self.name())
    }

    /// Its place in [`Facet::ALL`].
    pub(crate) fn place(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).expect("ALL holds every facet")
    }

    /// What people read for a value of it. Sources, publishers and link states are their own labels.
    pub(crate) fn label(self, id: &str, vocabularies: &Vocabularies) -> String {
        match self {
            Self::Controlled(field) => vocabularies.of(field).label(id).to_owned(),
            Self::Source | Self::Publisher | Self::Link => id.to_owned(),
        }
    }
}

/// The order of the results. Equal ones follow each other by id, so that pages never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sort {
    /// The best match first; without words, and among equals, the more complete first.
    #[default]
    Relevance,
    /// The last modified first, else the last published, else the last that came to us.
    Newest,
    /// By title, as a dictionary would.
    Title,
}

/// Which part of the results is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A page: so many results are skipped.
    Offset(usize),
    /// The first of a walk through all results, which goes on by cursors to any depth.
    Start,
    /// What follows the last result of another answer of the same search.
    After(Cursor),
}

/// What an admin decided about one search: some results stand first, some last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pinning {
    /// These stand first, in this order, found by the words or not; only where the filters let them in.
    pub pinned: Vec<ResourceId>,
    /// These stand last.
    pub buried: Vec<ResourceId>,
}

/// What every search of a partner's view is narrowed to, whatever is asked. It is no selection: no facet ignores it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Values of facets, as in [`SearchRequest::filters`].
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// What only these sources know is not found.
    pub hidden_sources: Vec<String>,
}

impl Scope {
    /// Whether it lets everything in.
    pub fn is_open(&self) -> bool {
        self.hidden_sources.is_empty() && self.filters.values().all(Vec::is_empty)
    }
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and all are named where they are set")]
pub struct SearchRequest {
    /// The words as typed: words, "phrases" and -exclusions. Of more than 32 terms the first 32 count.
    pub text: String,
    /// Whether words that name a concept are understood as that concept.
    pub interpret: bool,
    /// Values of facets: within a facet any of them, across facets all. [`NOT_STATED`] asks for what states nothing.
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// Only what is for these ages; matched by overlap, as [`AgeRange::matches`] says.
    pub ages: Option<AgeRange>,
    /// Only what takes at most so long and says how long it takes.
    pub duration_max_minutes: Option<u32>,
    /// Only what was published on this day or later.
    pub published_after: Option<Date>,
    /// Only what changed here at this moment or later.
    pub updated_after: Option<Timestamp>,
    /// Only what begins on this day or later. What is over is then no longer hidden.
    pub starts_after: Option<Date>,
    /// Only what must be entered or applied for by the end of this day.
    pub deadline_before: Option<Date>,
    /// The order of the results.
    pub sort: Sort,
    /// Which part of the results.
    pub place: Place,
    /// At most so many results; none is allowed, and only counts then.
    pub limit: usize,
    /// The facets to be counted, in the order in which the answer lists them.
    pub facets: Vec<Facet>,
    /// At most so many values a facet; selected values come beyond it.
    pub facet_limit: usize,
    /// Only values of facets whose label has words that begin like these are listed; nothing else changes.
    pub facet_query: Option<String>,
    /// Only stated values count, in filters and in counts; inferred ones are as if they were not there.
    pub stated_only: bool,
    /// What all of it is narrowed to.
    pub scope: Scope,
    /// Two facets whose values are counted together.
    pub coverage: Option<[Facet; 2]>,
    /// What an admin decided about these words.
    pub pinning: Pinning,
    /// Whether results carry marked extracts.
    pub highlight: bool,
    /// Whether results say what their score is made of.
    pub explain: bool,
    /// Whether little or nothing found brings another spelling and looser searches, each run for its count.
    pub help: bool,
    /// The local time of the one who asks; what ended before it is over.
    pub now: DateTime,
}

impl SearchRequest {
    /// The search for everything: interpreted, twenty results by relevance, all facets with a hundred values each.
    pub fn new(now: DateTime) -> Self {
        Self {
            text: String::new(),
            interpret: true,
            filters: BTreeMap::new(),
            ages: None,
            duration_max_minutes: None,
            published_after: None,
            updated_after: None,
            starts_after: None,
            deadline_before: None,
            sort: Sort::Relevance,
            place: Place::Offset(0),
            limit: 20,
            facets: Facet::ALL.to_vec(),
            facet_limit: 100,
            facet_query: None,
            stated_only: false,
            scope: Scope::default(),
            coverage: None,
            pinning: Pinning::default(),
            highlight: false,
            explain: false,
            help: true,
            now,
        }
    }

    /// Whether a facet is narrowed by.
    pub(crate) fn is_filtered(&self, facet: Facet) -> bool {
        self.filters.get(&facet).is_some_and(|values| !values.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_facet_is_found_by_its_name() {
        for facet in Facet::ALL {
            assert_eq!(Facet::by_name(facet.name()), Some(facet));
        }
        assert_eq!(Facet::by_name("colour"), None);
    }

    #[test]
    fn all_holds_each_facet_once() {
        let distinct: std::collections::BTreeSet<Facet> = Facet::ALL.into_iter().collect();
        assert_eq!(distinct.len(), 19);
    }
}
