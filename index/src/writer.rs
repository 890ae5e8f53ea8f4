//! Changes in strict order, and the commit that makes a batch of them last.
//!
//! The engine allows one writer to an index. It is held here behind a lock that no search takes. A writer that failed
//! is of no further use, so it is dropped with what it had not committed, and the next change opens another.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use schemas::Vocabularies;
use tantivy::indexer::LogMergePolicy;
use tantivy::{IndexWriter, TantivyDocument, Term};

use crate::document::{IndexChange, document};
use crate::error::{Doing, IndexError};
use crate::fields::Fields;
use crate::generation::CommitMark;
use crate::kept::Packer;
use crate::lexicon::Lexicon;

/// A segment is merged when more than this share of it is deleted. The engine's default is never: deleted resources
/// would go on counting in the frequencies of words, and rankings would drift with each harvest.
const DELETED_SHARE_BEFORE_MERGE: f32 = 0.2;

/// The threads and the memory that a writer may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    threads: usize,
    bytes: usize,
}

impl Budget {
    /// For following the change log: batches are small, and one thread makes one segment of each.
    pub(crate) const LIVE: Self = Self { threads: 1, bytes: 50_000_000 };

    /// For a rebuild: large segments, and a second thread while searches go on.
    pub(crate) const REBUILD: Self = Self { threads: 2, bytes: 200_000_000 };
}

/// The one writer to an index.
pub(crate) struct Writer {
    index: tantivy::Index,
    /// One for each thread that takes texts apart.
    lexicons: Mutex<[Lexicon; 2]>,
    /// Named in errors.
    path: PathBuf,
    slot: Mutex<Slot>,
}

struct Slot {
    writer: Option<IndexWriter>,
    budget: Budget,
}

impl Writer {
    /// Takes the index for writing. Refuses when another process has it.
    pub(crate) fn open(index: tantivy::Index, path: &Path, budget: Budget) -> Result<Self, IndexError> {
        let writer = open_writer(&index, path, budget)?;
        Ok(Self {
            index,
            lexicons: Mutex::default(),
            path: path.to_owned(),
            slot: Mutex::new(Slot { writer: Some(writer), budget }),
        })
    }

    /// The index that is written.
    pub(crate) fn index(&self) -> &tantivy::Index {
        &self.index
    }

    /// Gives the writer to some work. When the work fails, what it had not committed is gone.
    pub(crate) fn with<R>(
        &self,
        work: impl FnOnce(&mut IndexWriter) -> Result<R, IndexError>,
    ) -> Result<R, IndexError> {
        let mut slot = self.lock();
        let mut writer = match slot.writer.take() {
            Some(writer) => writer,
            None => open_writer(&self.index, &self.path, slot.budget)?,
        };
        let result = work(&mut writer)?;
        slot.writer = Some(writer);
        Ok(result)
    }

    /// Waits for merges that are under way, and goes on within another budget.
    pub(crate) fn settle(&self, budget: Budget) -> Result<(), IndexError> {
        let mut slot = self.lock();
        if let Some(writer) = slot.writer.take() {
            writer.wait_merging_threads().doing("waiting for merges")?;
        }
        slot.budget = budget;
        slot.writer = Some(open_writer(&self.index, &self.path, budget)?);
        Ok(())
    }

    /// Lets go of the index. The next change would take it again.
    pub(crate) fn close(&self) {
        self.lock().writer = None;
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        // Work that panicked had taken the writer out; the slot is empty and sound.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writer {
    /// A closed index is at rest: merges that are under way end first, so that no file vanishes under whoever opens it next.
    fn drop(&mut self) {
        if let Some(writer) = self.lock().writer.take()
            && let Err(error) = writer.wait_merging_threads()
        {
            tracing::warn!(error = %error, path = %self.path.display(), "merges could not be waited for");
        }
    }
}

/// Writes changes in their order. Nothing is seen or kept before a commit.
pub(crate) fn write(
    writer: &IndexWriter,
    changes: &[IndexChange],
    documents: Vec<TantivyDocument>,
    fields: &Fields,
) -> Result<(), IndexError> {
    let mut documents = documents.into_iter();
    for change in changes {
        // Deletes what stands before it only, so that a change may be given twice.
        writer.delete_term(Term::from_field_text(fields.id, change.id().as_str()));
        if let IndexChange::Put(_) = change {
            let document = documents.next().expect("one for each that is put");
            writer.add_document(document).doing("adding a document")?;
        }
    }
    Ok(())
}

/// So many documents are worth a second thread.
const WORTH_A_THREAD: usize = 64;

impl Writer {
    /// The documents of all that is put, in its order. Taking texts apart is much of the work of indexing, so it is
    /// shared.
    pub(crate) fn documents(
        &self,
        changes: &[IndexChange],
        fields: &Fields,
        vocabularies: &Vocabularies,
    ) -> Result<Vec<TantivyDocument>, IndexError> {
        let make = |changes: &[IndexChange], lexicon: &mut Lexicon| -> Result<Vec<TantivyDocument>, IndexError> {
            let entries = changes.iter().filter_map(|change| match change {
                IndexChange::Put(entry) => Some(entry),
                IndexChange::Remove(_) => None,
            });
            let mut packer = Packer::new().map_err(|source| IndexError::Packing { source })?;
            entries.map(|entry| document(entry, fields, vocabularies, lexicon, &mut packer)).collect()
        };
        // A lexicon that somebody left halfway is sound: it only grows.
        let mut lexicons = self.lexicons.lock().unwrap_or_else(PoisonError::into_inner);
        let [one, other] = &mut *lexicons;
        if changes.len() < WORTH_A_THREAD {
            return make(changes, one);
        }
        let (first, second) = changes.split_at(changes.len() / 2);
        thread::scope(|scope| {
            let beside = scope.spawn(|| make(first, one));
            let second = make(second, other)?;
            let mut documents = beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            documents.extend(second);
            Ok(documents)
        })
    }
}

/// Makes what was written last, and marks it with how far the index now is. When it returns, a crash loses nothing of
/// it.
pub(crate) fn commit(writer: &mut IndexWriter, mark: &CommitMark) -> Result<(), IndexError> {
    let mut prepared = writer.prepare_commit().doing("preparing a commit")?;
    prepared.set_payload(&mark.to_json());
    prepared.commit().doing("committing")?;
    Ok(())
}

fn open_writer(index: &tantivy::Index, path: &Path, budget: Budget) -> Result<IndexWriter, IndexError> {
    let writer: IndexWriter = index
        .writer_with_num_threads(budget.threads, budget.bytes)
        .map_err(|source| IndexError::opening_writer(source, path))?;
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED_SHARE_BEFORE_MERGE);
    writer.set_merge_policy(Box::new(policy));
    // A commit that was killed, or met a full disk, may have left files that the next one gives the same names: the engine
    // refuses to write over them, and would refuse for ever.
    writer.garbage_collect_files().wait().doing("clearing away what a commit left")?;
    Ok(writer)
}
