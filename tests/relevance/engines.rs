//! Those who compete over the same resources: our engine, whole and without interpretation, and plain BM25.

use std::collections::BTreeMap;
use std::sync::Arc;

use index::{Entry, Index, IndexChange, SearchRequest};
use jiff::civil::{DateTime, date};
use schemas::{
    Link, LinkState, Metadata, Publication, RecordRef, Resource, ResourceId, SourceId, Vocabularies, age_ranges,
};
use signpost::app::App;
use tempfile::TempDir;

use crate::judging::plain::{Manner, Plain};

/// So many resources are read from the store together.
const PAGE: usize = 500;

/// The address that the source files of the real catalogues give to what is served from loopback.
const WRITTEN_ADDRESS: &str = "127.0.0.1:8000";

/// One who competes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Ours as it ships.
    Ours,
    /// Ours, where no word is understood as a concept.
    Literal,
    /// Plain BM25 over one field.
    Plain,
    /// The same, where words of the title count twice.
    PlainTitle,
    /// The same, where words that follow each other count more.
    PlainPhrase,
}

impl Engine {
    /// All of them; what they find is what the judges read.
    pub(crate) const ALL: [Self; 5] = [Self::Ours, Self::Literal, Self::Plain, Self::PlainTitle, Self::PlainPhrase];
}

/// All that compete, over the same resources.
pub(crate) struct Engines {
    ours: Arc<Index>,
    plain: Plain,
    /// The ids of resources that are at another port in each run, and those that the judgements know them by.
    judged_as: BTreeMap<String, String>,
    /// The resources, by the id that the judgements know them by.
    entries: BTreeMap<String, Entry>,
}

impl Engines {
    /// Over an index of ours that holds just these resources.
    ///
    /// # Errors
    /// When the plain index cannot be made.
    pub(crate) fn over(ours: Arc<Index>, entries: Vec<Entry>) -> anyhow::Result<Self> {
        Self::over_site(ours, entries, None)
    }

    /// Over the resources of an application. Some of them may be served by a site on loopback, `http://127.0.0.1:PORT`.
    ///
    /// # Errors
    /// When the store cannot be read or the plain index cannot be made.
    pub(crate) async fn over_app(app: &App, site: Option<&str>) -> anyhow::Result<Self> {
        Self::over_site(Arc::clone(&app.index), entries_of(app).await?, site)
    }

    fn over_site(ours: Arc<Index>, entries: Vec<Entry>, site: Option<&str>) -> anyhow::Result<Self> {
        let plain = Plain::of(&entries)?;
        let port_of = |site: &str| site.trim_start_matches("http://").to_owned();
        let site = site.map(port_of);
        let id_of = |entry: &Entry| (entry.resource.id.to_string(), lasting_id(&entry.resource, site.as_deref()));
        let ids: Vec<(String, String)> = entries.iter().map(id_of).collect();
        let entries = ids.iter().map(|(_, lasting)| lasting.clone()).zip(entries).collect();
        let judged_as = ids.into_iter().filter(|(id, lasting)| id != lasting).collect();
        Ok(Self { ours, plain, judged_as, entries })
    }

    /// The ids of the best results for these words, at most so many, as the judgements know them.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn find(&self, engine: Engine, words: &str, limit: usize) -> anyhow::Result<Vec<String>> {
        let found = match engine {
            Engine::Ours => self.find_ours(words, true, limit)?,
            Engine::Literal => self.find_ours(words, false, limit)?,
            Engine::Plain => self.plain.find(words, Manner::Bare, limit)?,
            Engine::PlainTitle => self.plain.find(words, Manner::Title, limit)?,
            Engine::PlainPhrase => self.plain.find(words, Manner::Phrase, limit)?,
        };
        Ok(found.into_iter().map(|id| self.judged_as.get(&id).cloned().unwrap_or(id)).collect())
    }

    fn find_ours(&self, words: &str, interpret: bool, limit: usize) -> anyhow::Result<Vec<String>> {
        let request = SearchRequest {
            text: words.to_owned(),
            interpret,
            limit,
            facets: Vec::new(),
            help: true,
            ..SearchRequest::new(now())
        };
        Ok(self.ours.search(&request)?.hits.into_iter().map(|hit| hit.id.to_string()).collect())
    }

    /// The resources, by the id that the judgements know them by.
    pub(crate) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }
}

/// The day on which everything is searched: the first of the test application's clock, so that the same is over always.
pub(crate) fn now() -> DateTime {
    date(2026, 11, 21).at(9, 0, 0, 0)
}

/// All live resources of an application.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn entries_of(app: &App) -> anyhow::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map(|entry| entry.resource.id.clone());
        let page = app.catalogue.scan(after.as_ref(), PAGE).await?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}

/// A resource as the store would publish it, with nothing but these fields; its id follows from the key.
pub(crate) fn published(key: &str, metadata: &Metadata) -> Entry {
    let vocabularies = Vocabularies::shipped();
    let time = String::from("2026-11-01T00:00:00Z");
    let record = RecordRef {
        source: SourceId::parse("judged").expect("a source id"),
        identifier: key.to_owned(),
        url: metadata.url.clone(),
        first_seen: time.clone(),
        last_seen: time.clone(),
    };
    let publication = Publication {
        id: ResourceId::founded_on(key),
        records: vec![record],
        link: Link { state: LinkState::Unchecked, checked_at: None },
        created: time.clone(),
        updated: time,
        description_in_full: true,
        pinned: false,
    };
    let resource = Resource::publish(metadata, publication, vocabularies);
    Entry { resource, full_description: None, age_ranges: age_ranges(metadata, vocabularies) }
}

/// An index of ours that holds these resources, in a folder that goes away.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn index_of(entries: &[Entry]) -> anyhow::Result<(Arc<Index>, TempDir)> {
    let folder = tempfile::tempdir()?;
    let index = Index::open(folder.path(), Vocabularies::shipped(), "measured")?;
    let changes: Vec<IndexChange> = entries.iter().map(|entry| IndexChange::Put(Box::new(entry.clone()))).collect();
    index.apply(&changes, 1)?;
    Ok((Arc::new(index), folder))
}

/// An id follows from an address, and that of a site on loopback has another port in each run. Such a resource has here
/// the id that follows from where its source file says it is.
fn lasting_id(resource: &Resource, site: Option<&str>) -> String {
    let addresses = resource.records.iter().flat_map(|record| record.url.iter().chain([&record.identifier]));
    let moving = site.and_then(|site| Some((site, addresses.chain(&resource.url).find(|url| url.contains(site))?)));
    let Some((site, address)) = moving else {
        return resource.id.to_string();
    };
    ResourceId::founded_on(&address.replace(site, WRITTEN_ADDRESS)).to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A resource with these words, at an address on loopback; its id comes from its title.
    pub(crate) fn entry(title: &str, description: &str) -> Entry {
        let metadata = Metadata {
            title: title.to_owned(),
            description: Some(description.to_owned()),
            url: Some(format!("http://127.0.0.1:4711/{title}")),
            ..Metadata::default()
        };
        published(title, &metadata)
    }

    /// All engines over these resources; the folder is that of our index.
    pub(crate) fn engines(entries: &[Entry]) -> (Engines, TempDir) {
        let (index, folder) = index_of(entries).expect("an index");
        let site = Some("http://127.0.0.1:4711");
        (Engines::over_site(index, entries.to_vec(), site).expect("engines"), folder)
    }

    #[test]
    fn every_engine_finds_the_plainest_match_by_the_id_that_lasts() {
        let entries = [entry("Chemists", "They work in a lab."), entry("Tides", "Of the sea.")];
        let (engines, _folder) = engines(&entries);
        let expected = ResourceId::founded_on("http://127.0.0.1:8000/Chemists").to_string();
        for engine in Engine::ALL {
            assert_eq!(engines.find(engine, "chemists", 10).unwrap(), [expected.as_str()], "{engine:?}");
        }
        assert!(engines.entries().contains_key(&expected));
    }

    #[test]
    fn what_is_not_on_the_site_keeps_its_id() {
        let resource = entry("Tides", "Of the sea.").resource;
        assert_eq!(lasting_id(&resource, Some("127.0.0.1:4712")), resource.id.to_string());
        assert_eq!(lasting_id(&resource, None), resource.id.to_string());
    }
}
