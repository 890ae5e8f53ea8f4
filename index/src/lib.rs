#![doc = include_str!("../README.md")]

mod cursor;
mod error;
pub mod limits;
mod request;
mod results;

mod analysis;
mod document;
mod fields;
mod impacts;
mod kept;
mod lexicon;

mod contents;
mod fingerprint;
mod generation;
mod published;
mod rebuild;
mod shelf;
mod writer;

mod interpret;
mod spelling;
mod synonyms;
mod words;

mod columns;
mod facets;
mod matching;
mod query;
mod ranking;
mod search;
mod walk;

mod correcting;
mod explain;
mod highlight;
mod ladder;
mod similar;
mod suggest;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use jiff::civil::DateTime;
use schemas::{ResourceId, Vocabularies};

pub use cursor::{Cursor, Help, LastKey};
pub use document::{Entry, IndexChange};
pub use error::IndexError;
pub use fingerprint::fingerprint;
pub use published::Published;
pub use rebuild::Rebuild;
pub use request::{Facet, NOT_STATED, Pinning, Place, Scope, SearchRequest, Sort};
pub use results::{
    Ambiguous, Change, Corrected, Coverage, CoverageCell, CoverageValue, FacetCounts, FacetValue, Highlights, Hit,
    Interpretation, InterpretedFilter, Looser, Meaning, ScorePart, SearchResults, SimilarHit, SuggestedConcept,
    SuggestedTitle, Suggestion, Suggestions,
};
pub use walk::Walk;

use columns::View;
use error::Doing;
use generation::Generation;
use interpret::Interpreter;
use search::{Language, Searching};
use shelf::Shelf;
use spelling::Spelling;
use suggest::{Among, Suggester};
use synonyms::Synonyms;

/// The index: resources in, ranked and counted answers out.
///
/// Shared by all threads in an [`Arc`]. Searches wait neither for changes nor for a promotion.
pub struct Index {
    shelf: Shelf,
    language: Language,
    suggester: Suggester,
    live: ArcSwap<Generation>,
    /// Held while the live generation is written or exchanged.
    changing: Mutex<()>,
    /// Whether a rebuild is under way.
    rebuilding: Arc<AtomicBool>,
}

impl Index {
    /// Opens the live generation in a folder, which is made if need be. The id is that of the store whose resources it
    /// holds.
    ///
    /// Where there is none, where it is damaged (it is then set aside), was built with other fields or vocabularies or
    /// from another store, an empty one becomes live; [`Index::needs_rebuild`] says so. Every file is compared with its
    /// checksum: of a small index before this returns, of a large one beside the first searches.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or another process writes to the index. Nothing is wiped then.
    pub fn open(dir: &Path, vocabularies: &'static Vocabularies, store_id: &str) -> Result<Self, IndexError> {
        let shelf = Shelf::open(dir, vocabularies, store_id)?;
        let live = shelf.open_live()?;
        Ok(Self {
            shelf,
            language: Language {
                vocabularies,
                interpreter: Interpreter::new(vocabularies),
                synonyms: Synonyms::new(vocabularies),
                spelling: Spelling::new(vocabularies),
            },
            suggester: Suggester::new(vocabularies),
            live: ArcSwap::from_pointee(live),
            changing: Mutex::new(()),
            rebuilding: Arc::new(AtomicBool::new(false)),
        })
    }

    /// How far the live generation follows the change log; 0 when it holds nothing yet.
    pub fn position(&self) -> u64 {
        self.live.load().position()
    }

    /// The number of the live generation.
    pub fn generation(&self) -> u64 {
        self.live.load().number
    }

    /// Names what its generations are built with: the fields, the vocabularies and the store.
    pub fn schema(&self) -> &str {
        &self.shelf.schema_hash
    }

    /// How many resources the live generation holds, hidden ones with them.
    pub fn resource_count(&self) -> u64 {
        self.live.load().resource_count()
    }

    /// Whether the live generation is empty because there was none that could be opened, or nothing to put into it; or a
    /// file of it was found damaged since.
    pub fn needs_rebuild(&self) -> bool {
        self.position() == 0 || self.is_damaged()
    }

    /// Whether a file of the live generation was found damaged after it was opened. A large index is checked while it is
    /// searched.
    pub fn is_damaged(&self) -> bool {
        self.live.load().is_damaged()
    }

    /// Looks whether the files of the live generation are damaged, beside the searches: for when one of them has failed or
    /// panicked, which is what the engine does on damaged files. [`Index::is_damaged`] says so afterwards.
    pub fn suspect(&self) {
        self.live.load().suspect();
    }

    /// Applies changes and commits them with the position they lead to. Searches see them when it returns.
    ///
    /// The caller gives every change since [`Index::position`]. Given twice, changes do no harm. When it fails nothing
    /// of them is applied, and they may be given again.
    ///
    /// # Errors
    /// When the index cannot be written, or a resource cannot be written as JSON.
    pub fn apply(&self, changes: &[IndexChange], position: u64) -> Result<(), IndexError> {
        let _changing = self.lock();
        self.live.load_full().apply(changes, position)
    }

    /// Answers a search.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchResults, IndexError> {
        let live = self.live.load_full();
        // Asked before the view is taken: the answer may know more than this, never less.
        let position = live.position();
        self.searching(&live, &live.view()).search(request, live.number, position)
    }

    /// Completes what is being typed, from what a scope lets in: at most so many concepts, and so many titles.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn suggest(&self, text: &str, limit: usize, now: DateTime, scope: &Scope) -> Result<Suggestions, IndexError> {
        let live = self.live.load_full();
        let view = live.view();
        let among = Among { view: &view, fields: &live.fields, scope, now };
        self.suggester.suggest(&self.language.spelling, among, text, limit).doing("completing")
    }

    /// The resources that are most like one and that a scope lets in, the most similar first; `None` when the index does not hold that one.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn similar(
        &self,
        id: &ResourceId,
        limit: usize,
        now: DateTime,
        scope: &Scope,
    ) -> Result<Option<Vec<SimilarHit>>, IndexError> {
        let live = self.live.load_full();
        self.searching(&live, &live.view()).similar(id, limit, now, scope)
    }

    #[cfg(test)]
    pub(crate) fn view(&self) -> Arc<View> {
        self.live.load().view()
    }

    #[cfg(test)]
    pub(crate) fn fields(&self) -> fields::Fields {
        self.live.load().fields.clone()
    }

    fn searching<'a>(&'a self, live: &'a Generation, view: &'a View) -> Searching<'a> {
        Searching { view, fields: &live.fields, language: &self.language }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        // It guards an order and no data, so one who panicked has left nothing broken.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Typed words as one text that knows no case, accents, punctuation or blanks: what an admin decides about a search is
/// decided for all that are written so. Empty when there is no word in it.
pub fn normalised_query(text: &str) -> String {
    let mut normalised = String::new();
    analysis::for_each_word(text, |word, _, _| {
        if !normalised.is_empty() {
            normalised.push(' ');
        }
        normalised.push_str(word);
    });
    normalised
}
