//! One generation in the place of another: the next one is built beside the live one, looked at, and swapped in; and the
//! one before can be taken back. Whether a generation is good enough to go live is for the caller to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Index;
use crate::document::IndexChange;
use crate::error::IndexError;
use crate::generation::Generation;
use crate::request::SearchRequest;
use crate::results::SearchResults;
use crate::shelf::Shelf;
use crate::writer::Budget;

impl Index {
    /// Begins the next generation, empty, beside the live one. There is one rebuild at a time.
    ///
    /// # Errors
    /// When another rebuild is under way, or the files cannot be written.
    pub fn start_rebuild(&self) -> Result<Rebuild, IndexError> {
        if self.rebuilding.swap(true, Ordering::AcqRel) {
            return Err(IndexError::RebuildRunning);
        }
        // From here the mark is taken back by dropping this.
        let mut rebuild = Rebuild {
            generation: None,
            is_broken: false,
            shelf: self.shelf.clone(),
            rebuilding: Arc::clone(&self.rebuilding),
        };
        rebuild.generation = Some(self.shelf.create_next(Budget::REBUILD)?);
        Ok(rebuild)
    }

    /// Answers a search from what was committed to a rebuild, which nobody else sees yet.
    ///
    /// # Errors
    /// When an earlier step of the rebuild failed, or it cannot be read.
    pub fn try_out(&self, rebuild: &Rebuild, request: &SearchRequest) -> Result<SearchResults, IndexError> {
        let generation = rebuild.generation.as_ref().filter(|_| !rebuild.is_broken).ok_or(IndexError::RebuildBroken)?;
        generation.show_latest()?;
        self.searching(generation, &generation.view()).search(request, generation.number, generation.position())
    }

    /// Makes a rebuilt generation the live one, at once for all searches that begin later.
    ///
    /// The generation before it stays on disk, for [`Index::roll_back`]; older ones are deleted. The caller brings the
    /// rebuild up to the change log first, and lets nothing apply changes meanwhile: from here [`Index::position`] is the
    /// rebuild's.
    ///
    /// # Errors
    /// When an earlier step of the rebuild failed, or the files cannot be written. The old generation then stays live.
    pub fn promote(&self, mut rebuild: Rebuild) -> Result<(), IndexError> {
        if rebuild.is_broken {
            return Err(IndexError::RebuildBroken);
        }
        // Taken out only at the end: until then a failure leaves it to be deleted.
        rebuild.generation.as_ref().ok_or(IndexError::RebuildBroken)?.settle()?;
        let _changing = self.lock();
        let replaced = self.live.load_full();
        let is_worth_keeping = replaced.position() > 0 && !replaced.is_damaged();
        let previous = if is_worth_keeping { Some(replaced.number) } else { self.previous() };
        self.shelf.make_live(rebuild.generation.as_ref().ok_or(IndexError::RebuildBroken)?, previous)?;
        let next = Arc::new(rebuild.generation.take().ok_or(IndexError::RebuildBroken)?);
        self.live.store(Arc::clone(&next));
        replaced.close();
        self.shelf.keep_only(&next, previous);
        Ok(())
    }

    /// The number of the generation before the live one, which [`Index::roll_back`] goes back to; `None` when none is
    /// kept.
    pub fn previous(&self) -> Option<u64> {
        self.shelf.previous()
    }

    /// Makes the generation before the live one the live one again, and says its number. The one that was live is kept as
    /// the one before it, so that going back can be taken back.
    ///
    /// It stands where it stood in the change log: the caller applies what came since, and lets nothing apply changes
    /// meanwhile.
    ///
    /// # Errors
    /// [`IndexError::NothingBefore`] when none is kept, or it is damaged, and is then set aside; otherwise when the files
    /// cannot be read or written. The live generation then stays.
    pub fn roll_back(&self) -> Result<u64, IndexError> {
        let _changing = self.lock();
        let replaced = self.live.load_full();
        let number = self.previous().ok_or(IndexError::NothingBefore)?;
        let earlier = Arc::new(self.shelf.open_one(number)?.ok_or(IndexError::NothingBefore)?);
        self.shelf.make_live(&earlier, Some(replaced.number))?;
        self.live.store(earlier);
        replaced.close();
        Ok(number)
    }
}

/// A generation that is being built beside the live one. Dropped without [`Index::promote`], it is deleted.
pub struct Rebuild {
    pub(crate) generation: Option<Generation>,
    /// A step failed, and took what was not committed with it.
    is_broken: bool,
    shelf: Shelf,
    rebuilding: Arc<AtomicBool>,
}

impl Rebuild {
    /// Writes changes. They count from the next commit on.
    ///
    /// # Errors
    /// When they cannot be written. The rebuild is then of no further use.
    pub fn apply(&mut self, changes: &[IndexChange]) -> Result<(), IndexError> {
        self.step(|generation| generation.write(changes))
    }

    /// Commits what was written, with the position in the change log that it leads to.
    ///
    /// # Errors
    /// When it cannot be written. The rebuild is then of no further use.
    pub fn commit(&mut self, position: u64) -> Result<(), IndexError> {
        self.step(|generation| generation.commit_unseen(position))
    }

    /// How far it follows the change log, as of its last commit.
    pub fn position(&self) -> u64 {
        self.generation.as_ref().map_or(0, Generation::position)
    }

    /// How many resources it holds, as of its last commit.
    pub fn resource_count(&self) -> u64 {
        self.generation.as_ref().map_or(0, Generation::resource_count)
    }

    /// The number it will have as the live generation.
    pub fn generation(&self) -> u64 {
        self.generation.as_ref().map_or(0, |generation| generation.number)
    }

    fn step(&mut self, work: impl FnOnce(&Generation) -> Result<(), IndexError>) -> Result<(), IndexError> {
        let generation = self.generation.as_ref().filter(|_| !self.is_broken).ok_or(IndexError::RebuildBroken)?;
        let result = work(generation);
        self.is_broken = result.is_err();
        result
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        if let Some(generation) = self.generation.take() {
            generation.close();
            self.shelf.discard(&generation);
        }
        self.rebuilding.store(false, Ordering::Release);
    }
}
