//! What tests share: resources in a few words, and an index in a folder that goes away.

use std::path::Path;

use jiff::civil::{DateTime, date};
use schemas::{
    Claim, ConceptId, Confidence, ControlledField, Link, LinkState, Metadata, Method, Publication, RecordRef, Resource,
    ResourceId, SourceId, Vocabularies, age_ranges,
};
use tempfile::TempDir;

use crate::document::{Entry, IndexChange};
use crate::request::{Facet, SearchRequest};
use crate::results::{FacetCounts, SearchResults};
use crate::{Index, NOT_STATED};

/// A resource in the making. Its id comes from its title.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    metadata: Metadata,
    source: &'static str,
    link: LinkState,
}

pub(crate) fn resource(title: &str) -> Draft {
    let metadata = Metadata { title: title.to_owned(), ..Metadata::default() };
    Draft { metadata, source: "example-society", link: LinkState::Ok }
}

impl Draft {
    pub(crate) fn with(mut self, field: ControlledField, id: &str) -> Self {
        self.metadata.add_concept(field, Claim::stated(concept(id)));
        self
    }

    pub(crate) fn inferred(mut self, field: ControlledField, id: &str) -> Self {
        let confidence = Confidence::new(0.5).expect("a share");
        let claim = Claim { value: concept(id), method: Method::Inferred, confidence, evidence: None };
        self.metadata.add_concept(field, claim);
        self
    }

    pub(crate) fn describe(mut self, describe: impl FnOnce(&mut Metadata)) -> Self {
        describe(&mut self.metadata);
        self
    }

    pub(crate) fn source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    pub(crate) fn link(mut self, link: LinkState) -> Self {
        self.link = link;
        self
    }

    pub(crate) fn entry(&self) -> Entry {
        let vocabularies = Vocabularies::shipped();
        let time = String::from("2026-11-01T00:00:00Z");
        let record = RecordRef {
            source: SourceId::parse(self.source).expect("a source id"),
            identifier: self.metadata.title.clone(),
            url: None,
            first_seen: time.clone(),
            last_seen: time.clone(),
        };
        let publication = Publication {
            id: id_of(&self.metadata.title),
            records: vec![record],
            link: Link { state: self.link, checked_at: None },
            created: time.clone(),
            updated: time,
            description_in_full: true,
            pinned: false,
        };
        Entry {
            resource: Resource::publish(&self.metadata, publication, vocabularies),
            full_description: None,
            age_ranges: age_ranges(&self.metadata, vocabularies),
        }
    }

    pub(crate) fn put(&self) -> IndexChange {
        IndexChange::Put(Box::new(self.entry()))
    }
}

pub(crate) fn id_of(title: &str) -> ResourceId {
    ResourceId::founded_on(title)
}

fn concept(id: &str) -> ConceptId {
    ConceptId::parse(id).expect("a concept id")
}

/// Noon of the day on which these tests were written.
pub(crate) fn now() -> DateTime {
    date(2026, 11, 21).at(12, 0, 0, 0)
}

/// An index in a folder of its own.
pub(crate) struct TestIndex {
    pub(crate) index: Index,
    pub(crate) dir: TempDir,
}

impl TestIndex {
    pub(crate) fn empty() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        Self { index: open(dir.path()), dir }
    }

    pub(crate) fn of(drafts: &[Draft]) -> Self {
        let test = Self::empty();
        test.index.apply(&drafts.iter().map(Draft::put).collect::<Vec<_>>(), 1).expect("an applied change");
        test
    }

    pub(crate) fn search(&self, request: &SearchRequest) -> SearchResults {
        self.index.search(request).expect("an answer")
    }

    /// The titles that words find, in order.
    pub(crate) fn titles(&self, text: &str) -> Vec<String> {
        self.titles_of(&asking(text))
    }

    pub(crate) fn titles_of(&self, request: &SearchRequest) -> Vec<String> {
        titles(&self.search(request))
    }
}

/// The store that all of these indexes are of, unless a test says otherwise.
pub(crate) const STORE: &str = "the store of the tests";

pub(crate) fn open(dir: &Path) -> Index {
    Index::open(dir, Vocabularies::shipped(), STORE).expect("an index")
}

/// A request that is answered as it was typed: in a test's few resources everything is little.
pub(crate) fn asking(text: &str) -> SearchRequest {
    SearchRequest { text: text.to_owned(), help: false, ..SearchRequest::new(now()) }
}

/// A request that is narrowed by some values of facets.
pub(crate) fn narrowed(filters: &[(&str, &[&str])]) -> SearchRequest {
    let mut request = SearchRequest::new(now());
    for (name, values) in filters {
        let facet = Facet::by_name(name).expect("a facet");
        request.filters.insert(facet, values.iter().map(|value| (*value).to_owned()).collect());
    }
    request
}

pub(crate) fn titles(results: &SearchResults) -> Vec<String> {
    let title = |json: &str| serde_json::from_str::<Resource>(json).expect("a resource").title;
    results.hits.iter().map(|hit| title(&hit.json)).collect()
}

pub(crate) fn counts_of<'a>(results: &'a SearchResults, facet: &str) -> &'a FacetCounts {
    let facet = Facet::by_name(facet).expect("a facet");
    results.facets.iter().find(|counts| counts.facet == facet).expect("a counted facet")
}

/// The count of one value; of what states nothing for [`NOT_STATED`].
pub(crate) fn count_of(results: &SearchResults, facet: &str, id: &str) -> u64 {
    let counts = counts_of(results, facet);
    if id == NOT_STATED {
        return counts.not_stated;
    }
    counts.values.iter().find(|value| &*value.id == id).map_or(0, |value| value.count)
}
