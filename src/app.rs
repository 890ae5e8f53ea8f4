//! App: what handlers and jobs share, built in one place.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use arc_swap::ArcSwap;
use crawler::fetch::address::check_url;
use crawler::fetch::{Access, Fetch, HttpFetcher, HttpFetcherConfig};
use index::{
    Coverage, CoverageCell, CoverageValue, Facet, Index, IndexError, Scope, SearchRequest, SearchResults, SimilarHit,
    Suggestions, Walk,
};
use jiff::civil::{Date, DateTime};
use schemas::{Resource, ResourceId, SourceId, Vocabularies, parse_address};
use tokio::sync::{Mutex, Notify, RwLock as AsyncRwLock, Semaphore};

use crate::catalogue::{Catalogue, CatalogueError, SharedCount, UnmappedOfSource, UsageFilter};
use crate::clock::Clock;
use crate::config::Config;
use crate::disk::Disk;
use crate::doctor;
use crate::error::AppError;
use crate::exports::{Exports, Manifests};
use crate::hourly::Hourly;
use crate::jobs::{Stop, Stopper};
use crate::metrics::{self, IndexAnswer};
use crate::nodes::{self, Leader, Standing};
use crate::notices::Waiting;
use crate::pins::PinBook;
use crate::source_book::SourceBook;
use crate::usage::Counter;
use crate::views::ViewBook;
use crate::web::answers::Answers;
use crate::web::rate_limit::RateLimits;

/// What handlers and jobs share. Cheap to clone: one count, however much is shared. Every request clones it several times,
/// and counts that all threads change together cost more than most of what they do.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The parts of an [`App`].
pub struct Shared {
    /// The configuration, checked.
    pub config: Arc<Config>,
    /// The store of record.
    pub catalogue: Catalogue,
    /// The live index.
    pub index: Arc<Index>,
    /// The id of this node, made once for its data directory.
    pub node_id: String,
    /// How this node stands.
    pub standing: Standing,
    /// Whether this node leads: keeps the schedules, checks links, sends notices.
    pub leader: Leader,
    /// The time.
    pub clock: Clock,
    /// The words.
    pub vocabularies: &'static Vocabularies,
    /// What admins put first and last for single searches.
    pub pins: Arc<PinBook>,
    /// What partners preset.
    pub views: Arc<ViewBook>,
    /// How much the service is used.
    pub usage: Counter,
    /// How much each who asks may ask.
    pub limits: RateLimits,
    /// Turns of those who take the whole of a search with them.
    pub exports: Exports,
    /// What those find in it.
    pub manifests: Manifests,
    /// Held for writing while the list for OAI-PMH grows, for reading while an answer is made of it.
    pub oai_gate: Arc<AsyncRwLock<()>>,
    /// The way out to the network.
    pub fetch: Arc<dyn Fetch>,
    /// Whether the address in our user agent is one that a catalogue's owner can reach.
    pub contact_is_public: bool,
    /// Held while the index is written: following the log and promoting a generation never overlap.
    pub indexing: Arc<Mutex<()>>,
    /// Held while records are resolved: two at once would do the same work twice.
    pub resolving: Arc<Mutex<()>>,
    /// Rung when the change log has grown.
    pub log_grew: Arc<Notify>,
    /// Rung when a job waits.
    pub jobs_wait: Arc<Notify>,
    /// Hears when the whole program is to stop.
    pub stop: Stop,
    /// Says so.
    pub stopper: Stopper,
    /// Turns of those who watch a job.
    pub job_watchers: Arc<Semaphore>,
    /// The room on the disk.
    pub disk: Disk,
    /// What an admin is to be told and the store could not take.
    pub notices: Waiting,
    /// Answers to searches that are given again.
    pub answers: Answers,
    shares: Hourly<(), CountedShares>,
    unmapped: Hourly<SourceId, CountedWords>,
    nothing_found: Hourly<(Date, Date), Vec<(String, u64)>>,
    searches: Arc<Semaphore>,
    sources: LiveSources,
    source_names: Arc<RwLock<SourceNames>>,
}

/// What catalogues share, and the version of the reports before it was counted.
struct CountedShares {
    version: String,
    counts: Arc<Vec<SharedCount>>,
}

/// The words of a source that no vocabulary knows: the most frequent, and how many there are.
pub type CountedWords = (Vec<UnmappedOfSource>, u64);

/// The sources, of which those that admins have added may change while the service runs.
struct LiveSources {
    /// Those that are files, read once.
    files: SourceBook,
    /// These and what admins have added.
    all: ArcSwap<SourceBook>,
    /// What tells the added ones from those before a change.
    mark: ArcSwap<String>,
}

impl LiveSources {
    fn new(files: SourceBook) -> Self {
        let all = ArcSwap::from_pointee(files.clone());
        // Nothing has been read of the store, so whatever it says is other than this.
        Self { files, all, mark: ArcSwap::from_pointee("nothing read".to_owned()) }
    }
}

/// The names of all sources by id, and what tells them from other names.
struct SourceNames {
    by_id: Arc<BTreeMap<String, String>>,
    mark: u64,
}

impl SourceNames {
    fn new(by_id: BTreeMap<String, String>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in by_id.iter().flat_map(|(id, name)| [id, name]) {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        let mut mark = [0; 8];
        mark.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self { by_id: Arc::new(by_id), mark: u64::from_le_bytes(mark) }
    }
}

/// Two facets counted together, and the index that answered.
#[derive(Debug, Clone)]
pub struct CoverageOf {
    /// How many results there are.
    pub total: u64,
    /// The values of the first facet; see [`index::Coverage`].
    pub rows: Vec<CoverageValue>,
    /// The values of the second.
    pub columns: Vec<CoverageValue>,
    /// The counts.
    pub cells: Vec<CoverageCell>,
    /// The generation of the index.
    pub generation: u64,
    /// The position in the change log that the counts know at least.
    pub position: u64,
}

/// Where this node's store of record was is another one now, and nothing is in it.
#[derive(Debug, thiserror::Error)]
#[error(
    "the store of record at {place} is empty, and this data directory has served another ({known}): restore a backup \
     into it with `signpost restore FILE`, or begin anew with another --data-dir"
)]
pub struct LostStore {
    /// Where it is, without what lets in.
    pub place: String,
    /// The id of the one that was served.
    pub known: String,
}

/// Jobs that are watched at once by an open answer each. More admins than there are; each costs two looks a second.
const JOB_WATCHERS: usize = 64;
/// Searches that run at once. More than the cores: some wait for the disk. Beyond it they queue for a moment.
const SEARCHES_AT_ONCE: usize = 16;
/// So long a search waits for its turn before it is told to come back.
const SEARCH_WAIT: Duration = Duration::from_secs(2);

/// A build that is not optimised takes up to so many times as long; how long a search may take is said of those that serve.
const SLOWER: u32 = if cfg!(debug_assertions) { 30 } else { 1 };

/// The way out to the network, and whether its user agent names an address that a catalogue's owner can reach.
///
/// # Errors
/// When the client cannot be made.
pub fn way_out(config: &Config) -> anyhow::Result<(Arc<dyn Fetch>, bool)> {
    let contact_url = config.harvest.contact_url.clone().unwrap_or_else(|| config.server.public_url.clone());
    let contact_is_public = parse_address(&contact_url).is_ok_and(|url| check_url(&url, Access::PublicOnly).is_ok());
    let fetcher = HttpFetcher::new(HttpFetcherConfig::new(&contact_url)).context("making the HTTP client")?;
    Ok((Arc::new(fetcher), contact_is_public))
}

impl App {
    /// Opens everything under the data directory. The caller holds the [`DataLock`](crate::data_dir::DataLock).
    ///
    /// # Errors
    /// When the store or the index cannot be opened.
    pub async fn open(config: Config, sources: SourceBook, clock: Clock) -> anyhow::Result<Self> {
        doctor::refuse_part_of_a_copy(&config.catalogue)?;
        let data_dir = &config.catalogue.data_dir;
        let catalogue =
            Catalogue::open(&config.catalogue.store_place()).await.context("opening the store of record")?;
        let store_id = catalogue.store_id().await.context("reading the id of the store")?;
        if let Some(known) = nodes::remembered_store(data_dir)?.filter(|known| *known != store_id)
            && catalogue.head_seq().await.context("reading the change log")? == 0
        {
            return Err(LostStore { place: config.catalogue.store_place().to_string(), known }.into());
        }
        nodes::remember_store(data_dir, &store_id)?;
        Self::over(catalogue, &store_id, config, sources, clock)
    }

    /// Opens the index of the store that was served last and does not answer now. `None` where none was served yet, or the
    /// store is a file.
    ///
    /// # Errors
    /// When the index cannot be opened.
    pub fn open_from_index(config: Config, sources: SourceBook, clock: Clock) -> anyhow::Result<Option<Self>> {
        let Some(store_id) = nodes::remembered_store(&config.catalogue.data_dir)? else {
            return Ok(None);
        };
        let Some(catalogue) = Catalogue::open_unasked(&config.catalogue.store_place())? else {
            return Ok(None);
        };
        Self::over(catalogue, &store_id, config, sources, clock).map(Some)
    }

    /// Puts everything together over a store of this id, which need not answer yet: searches go on from the index.
    ///
    /// # Errors
    /// When the index cannot be opened.
    pub fn over(
        catalogue: Catalogue,
        store_id: &str,
        config: Config,
        sources: SourceBook,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let node_id = nodes::node_id(&config.catalogue.data_dir)?;
        let vocabularies = Vocabularies::shipped();
        let index = nodes::open_index(&config, vocabularies, store_id)?;
        let (fetch, contact_is_public) = way_out(&config)?;
        let (stopper, stop) = Stop::new();
        let names = sources.0.iter().map(|(id, booked)| (id.to_string(), booked.source.name.clone())).collect();
        Ok(Self(Arc::new(Shared {
            answers: Answers::new(config.server.search_cache_bytes),
            limits: RateLimits::new(&config.limits),
            config: Arc::new(config),
            catalogue,
            index: Arc::new(index),
            node_id,
            standing: Standing::new(clock.now()),
            leader: Leader::default(),
            clock,
            vocabularies,
            sources: LiveSources::new(sources),
            pins: Arc::default(),
            views: Arc::default(),
            usage: Counter::default(),
            disk: Disk::default(),
            notices: Waiting::default(),
            exports: Exports::default(),
            manifests: Manifests::default(),
            oai_gate: Arc::default(),
            fetch,
            contact_is_public,
            indexing: Arc::new(Mutex::new(())),
            resolving: Arc::new(Mutex::new(())),
            log_grew: Arc::new(Notify::new()),
            jobs_wait: Arc::new(Notify::new()),
            stop,
            stopper,
            job_watchers: Arc::new(Semaphore::new(JOB_WATCHERS)),
            shares: Hourly::default(),
            unmapped: Hourly::default(),
            nothing_found: Hourly::default(),
            searches: Arc::new(Semaphore::new(SEARCHES_AT_ONCE)),
            source_names: Arc::new(RwLock::new(SourceNames::new(names))),
        })))
    }

    /// The same with another way out to the network, by which everybody may be asked. To be called before anything shares
    /// the application: of one that is shared nothing changes.
    #[must_use]
    pub fn with_way_out(mut self, fetch: Arc<dyn Fetch>) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.fetch = fetch;
            shared.contact_is_public = true;
        }
        self
    }

    /// The sources as they stand now: the files, and what admins have added.
    pub fn sources(&self) -> Arc<SourceBook> {
        self.sources.all.load_full()
    }

    /// Reads anew what admins have added, when it is other than before; says whether it was. To be called every few
    /// seconds: another node may have taken the change.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn reload_sources(&self) -> Result<bool, CatalogueError> {
        let mark = self.catalogue.stored_sources_mark().await?;
        if *self.sources.mark.load_full() == mark {
            return Ok(false);
        }
        let stored = self.catalogue.stored_sources().await?;
        self.sources.all.store(Arc::new(self.sources.files.with_stored(&stored)));
        self.name_sources().await?;
        // Last: what broke off is read again the next time.
        self.sources.mark.store(Arc::new(mark));
        Ok(true)
    }

    /// Writes the source files into the store: new ones in, gone ones marked. Then reads what admins have added.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn book_sources(&self) -> anyhow::Result<()> {
        for booked in self.sources.files.0.values() {
            self.catalogue
                .put_source(
                    &booked.source,
                    &booked.file,
                    &booked.toml,
                    booked.shipped,
                    booked.source.enabled,
                    self.clock.now(),
                )
                .await?;
        }
        let ids: Vec<_> = self.sources.files.0.keys().cloned().collect();
        self.catalogue.retire_sources_not_in(&ids).await?;
        self.catalogue.republish_changed_sources(self.clock.now()).await?;
        if !self.reload_sources().await? {
            self.name_sources().await?;
        }
        Ok(())
    }

    /// Learns the names of all sources from the store.
    async fn name_sources(&self) -> Result<(), CatalogueError> {
        let rows = self.catalogue.list_sources().await?;
        let names: BTreeMap<String, String> = rows.into_iter().map(|row| (row.id.to_string(), row.name)).collect();
        *self.source_names.write().expect("nobody panics while holding this lock") = SourceNames::new(names);
        Ok(())
    }

    /// Runs a search away from the async threads, which it would block.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when too many searches wait; internal when the engine fails.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchResults, AppError> {
        self.ask_index(move |index| index.search(&request)).await
    }

    /// Begins a walk through all results of a search, over one state of the index. Its steps block, and are for a thread
    /// that may.
    pub fn walk(&self, request: SearchRequest) -> Walk {
        self.index.walk(request)
    }

    /// Counts the values of two facets together, away from the async threads, among the results of a search.
    ///
    /// # Errors
    /// As for [`App::search`].
    pub async fn coverage(&self, request: SearchRequest, rows: Facet, columns: Facet) -> Result<CoverageOf, AppError> {
        let facets = Some([rows, columns]);
        let request = SearchRequest { coverage: facets, limit: 0, facets: Vec::new(), ..request };
        let results = self.search(request).await?;
        let missing = || AppError::Internal(anyhow::anyhow!("no coverage was counted"));
        let Coverage { rows, columns, cells } = results.coverage.ok_or_else(missing)?;
        let (generation, position) = (results.generation, results.position);
        Ok(CoverageOf { total: results.total, rows, columns, cells, generation, position })
    }

    /// Completes what is being typed, away from the async threads: at most so many concepts, and as many titles.
    ///
    /// # Errors
    /// As for [`App::search`].
    pub async fn suggest(
        &self,
        text: String,
        limit: usize,
        now: DateTime,
        scope: Scope,
    ) -> Result<Suggestions, AppError> {
        self.ask_index(move |index| index.suggest(&text, limit, now, &scope)).await
    }

    /// Finds what is like a resource, away from the async threads; the likest first, at most so many. `None` while the
    /// index does not hold the resource.
    ///
    /// # Errors
    /// As for [`App::search`].
    pub async fn similar(
        &self,
        id: &ResourceId,
        limit: usize,
        now: DateTime,
        scope: Scope,
    ) -> Result<Option<Vec<SimilarHit>>, AppError> {
        let id = id.clone();
        self.ask_index(move |index| index.similar(&id, limit, now, &scope)).await
    }

    /// Each of these resources as the index holds it, read away from the async threads; `None` for what it does not hold.
    ///
    /// # Errors
    /// As for [`App::search`].
    pub async fn resources_in_index(&self, ids: &[ResourceId]) -> Result<Vec<Option<Resource>>, AppError> {
        let ids = ids.to_vec();
        self.ask_index(move |index| index.resources(&ids)).await
    }

    /// Asks the index, and counts how that went.
    async fn ask_index<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, AppError> {
        let began = Instant::now();
        let answer = self.ask_index_in_turn(question).await;
        metrics::count_index_answer(IndexAnswer::of(&answer), began.elapsed());
        answer
    }

    /// Asks the index on a thread that may block, when it is this question's turn.
    async fn ask_index_in_turn<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = tokio::time::timeout(SEARCH_WAIT, Arc::clone(&self.searches).acquire_owned())
            .await
            .map_err(|_| AppError::Unavailable { reason: "too many searches at once; try again in a moment" })?
            .map_err(|error| AppError::Internal(error.into()))?;
        let index = Arc::clone(&self.index);
        let asking = tokio::task::spawn_blocking(move || {
            // Kept until the work ends, also when nobody waits for it any more: it still takes a thread.
            let _turn = turn;
            question(&index)
        });
        let answer = tokio::time::timeout(self.config.limits.server.query_wait * SLOWER, asking)
            .await
            .map_err(|_| AppError::Unavailable { reason: "the search took too long; ask for less at once" })?;
        if !matches!(answer, Ok(Ok(_))) {
            // On damaged files the engine panics, or says that what it reads makes no sense.
            self.index.suspect();
        }
        Ok(answer.map_err(|error| AppError::Internal(error.into()))??)
    }

    /// Reads anew what admins put first and last for single searches.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load_pins(&self) -> Result<(), CatalogueError> {
        self.pins.load(&self.catalogue, self.clock.local().date()).await
    }

    /// Reads anew what partners preset.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load_views(&self) -> Result<(), CatalogueError> {
        self.views.load(&self.catalogue).await
    }

    /// What catalogues share, as of now: anybody may ask, and counting looks at every record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shared_counts(&self) -> Result<Arc<Vec<SharedCount>>, CatalogueError> {
        let still_holds = async |kept: Arc<CountedShares>| Ok(kept.version == self.store()?.reports_version().await?);
        let count = async || self.count_shares().await;
        let counted = self.shares.as_of_now((), self.clock.now(), still_holds, count).await?;
        Ok(Arc::clone(&counted.counts))
    }

    /// What catalogues share, as it was counted within the hour: for pages, which many open while a harvest changes it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shared_counts_within_the_hour(&self) -> Result<Arc<Vec<SharedCount>>, CatalogueError> {
        let count = async || self.count_shares().await;
        let counted = self.shares.within_the_hour((), self.clock.now(), count).await?;
        Ok(Arc::clone(&counted.counts))
    }

    async fn count_shares(&self) -> Result<CountedShares, CatalogueError> {
        // Read before anything is counted: what is counted may be newer than its version says, and never older.
        let version = self.store()?.reports_version().await?;
        Ok(CountedShares { version, counts: Arc::new(self.store()?.shared_counts().await?) })
    }

    /// The words of a source that no vocabulary knows, the most frequent first, and how many there are in all; as they
    /// were counted within the hour. There has to be such a source: what is counted of each is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unmapped_within_the_hour(&self, source: &SourceId) -> Result<Arc<CountedWords>, CatalogueError> {
        let count = async || self.store()?.unmapped_of(source).await;
        self.unmapped.within_the_hour(source.clone(), self.clock.now(), count).await
    }

    /// The concepts that everybody's searches asked for and found nothing of from one day to another, as they were counted
    /// within the hour. To be asked for whole months that are over: there are few of these, and they change no more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn nothing_found_within_the_hour(
        &self,
        from: Date,
        to: Date,
    ) -> Result<Arc<Vec<(String, u64)>>, CatalogueError> {
        let count = async || self.store()?.nothing_found(&UsageFilter { views: None, from, to }).await;
        self.nothing_found.within_the_hour((from, to), self.clock.now(), count).await
    }

    /// The address under which the public reaches the service, without a slash at the end.
    pub fn public_url(&self) -> &str {
        &self.config.server.public_url
    }

    /// The names of all sources by id.
    pub fn source_names(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.source_names.read().expect("nobody panics while holding this lock").by_id)
    }

    /// Stays the same while the names of the sources do.
    pub fn source_names_mark(&self) -> u64 {
        self.source_names.read().expect("nobody panics while holding this lock").mark
    }
}
