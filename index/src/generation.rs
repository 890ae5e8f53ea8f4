//! One complete index on disk, open for searching and writing.
//!
//! Opening tells damage, after which the index is built anew, from what the operating system refuses (rights, a held
//! lock, a full disk), after which it may be tried again. Where generations lie, and which is live, is for `shelf` to
//! say.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use arc_swap::ArcSwap;
use schemas::Vocabularies;
use serde::{Deserialize, Serialize};
use tantivy::directory::error::{OpenDirectoryError, OpenReadError};
use tantivy::store::Compressor;
use tantivy::{IndexMeta, IndexReader, IndexSettings, ReloadPolicy, TantivyError};

use crate::analysis;
use crate::columns::{Dictionary, View};
use crate::document::IndexChange;
use crate::error::{At, Doing, IndexError};
use crate::fields::{self, Fields};
use crate::writer::{self, Budget, Writer};

/// Kept resources stand in blocks of this size. They are packed each by itself, so a small block is read fastest.
const KEPT_BLOCK_BYTES: usize = 4_096;

/// So many blocks of kept resources stay in memory for each segment: 1 MB. The system keeps the files there anyway.
const KEPT_BLOCKS_IN_MEMORY: usize = 256;

/// An index of up to so many bytes is compared with its checksums before it is searched, which takes a fraction of a
/// second; a larger one while it is.
const CHECKED_AT_ONCE: u64 = 128 << 20;

/// What a commit says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CommitMark {
    /// How far the index follows the change log.
    position: u64,
    /// The fields and vocabularies it was made with.
    schema: String,
    /// The engine does not check this file, and a wrong position would lose changes for good.
    check: String,
}

impl CommitMark {
    pub(crate) fn new(position: u64, schema: &str) -> Self {
        Self { position, schema: schema.to_owned(), check: checksum(position, schema) }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts can always be written as JSON")
    }

    /// How far a commit follows the change log, if it was made with these fields, vocabularies and this store.
    pub(crate) fn position_in(json: &str, schema_hash: &str) -> Option<u64> {
        Self::parse(json).filter(|mark| mark.schema == schema_hash).map(|mark| mark.position)
    }

    fn parse(json: &str) -> Option<Self> {
        let mark: Self = serde_json::from_str(json).ok()?;
        (mark.check == checksum(mark.position, &mark.schema)).then_some(mark)
    }
}

fn checksum(position: u64, schema: &str) -> String {
    blake3::hash(format!("{position} {schema}").as_bytes()).to_hex()[..16].to_owned()
}

/// One complete index, open for searching and writing.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    pub(crate) fields: Fields,
    schema_hash: String,
    vocabularies: &'static Vocabularies,
    reader: IndexReader,
    view: ArcSwap<View>,
    dictionary: Arc<Dictionary>,
    writer: Writer,
    position: AtomicU64,
    damaged: Arc<AtomicBool>,
    /// Whether its files are being compared with their checksums.
    checking: Arc<AtomicBool>,
}

impl Generation {
    /// Makes an empty generation in a new folder.
    pub(crate) fn create(
        path: PathBuf,
        number: u64,
        schema_hash: &str,
        vocabularies: &'static Vocabularies,
        budget: Budget,
    ) -> Result<Self, IndexError> {
        fs::create_dir_all(&path).at(&path)?;
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_blocksize: KEPT_BLOCK_BYTES,
            ..IndexSettings::default()
        };
        let index = tantivy::Index::builder().schema(fields::schema()).settings(settings).create_in_dir(&path);
        let index = index.doing("creating an index")?;
        Self::assemble(&index, path, number, schema_hash, vocabularies, budget, 0)
    }

    /// Opens a generation; `None` when it is damaged.
    pub(crate) fn open(
        path: &Path,
        number: u64,
        schema_hash: &str,
        vocabularies: &'static Vocabularies,
    ) -> Result<Option<Self>, IndexError> {
        // On damaged data the engine returns an error or panics (its own words, `DataCorruption`).
        let opened = catch_unwind(AssertUnwindSafe(|| Self::try_open(path, number, schema_hash, vocabularies)));
        let damage = match opened {
            Ok(Ok(generation)) => return Ok(Some(generation)),
            Ok(Err(Failure::Refused(error))) => return Err(error),
            Ok(Err(Failure::Damaged(damage))) => damage,
            Err(_) => String::from("the engine panicked"),
        };
        tracing::error!(path = %path.display(), damage, "a generation of the index is damaged; it is set aside");
        Ok(None)
    }

    fn try_open(
        path: &Path,
        number: u64,
        schema_hash: &str,
        vocabularies: &'static Vocabularies,
    ) -> Result<Self, Failure> {
        let opening = |error| Failure::of("opening an index", error);
        let index = tantivy::Index::open_in_dir(path).map_err(opening)?;
        if index.schema() != fields::schema() {
            return Err(Failure::Damaged(String::from("its fields are not those of its name")));
        }
        let is_small =
            bytes_in(path).map_err(|error| Failure::Refused(IndexError::storage(path, error)))? <= CHECKED_AT_ONCE;
        if is_small {
            let damaged_files = index.validate_checksum().map_err(opening)?;
            if !damaged_files.is_empty() {
                return Err(Failure::Damaged(format!("checksums differ: {damaged_files:?}")));
            }
        }
        let position = match index.load_metas().map_err(opening)?.payload {
            // Created and never committed to.
            None => 0,
            Some(json) => CommitMark::position_in(&json, schema_hash)
                .ok_or_else(|| Failure::Damaged(String::from("its mark of the last commit is broken")))?,
        };
        match Self::assemble(&index, path.to_owned(), number, schema_hash, vocabularies, Budget::LIVE, position) {
            Err(IndexError::Engine { doing, source }) => Err(Failure::of(doing, source)),
            Err(error) => Err(Failure::Refused(error)),
            Ok(generation) => {
                if !is_small {
                    generation.check_beside(index);
                }
                Ok(generation)
            }
        }
    }

    /// Compares all files with their checksums while searches are answered already.
    fn check_beside(&self, index: tantivy::Index) {
        if self.checking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (damaged, checking, path) = (Arc::clone(&self.damaged), Arc::clone(&self.checking), self.path.clone());
        thread::spawn(move || {
            let is_damaged = catch_unwind(AssertUnwindSafe(|| has_damaged_files(&index))).unwrap_or(true);
            if is_damaged {
                tracing::error!(path = %path.display(), "files of the index are damaged; it is to be built anew");
                damaged.store(true, Ordering::Release);
            }
            checking.store(false, Ordering::Release);
        });
    }

    /// Compares all files with their checksums, unless that is being done or they are known to be damaged: a search has
    /// failed as on damaged files.
    pub(crate) fn suspect(&self) {
        if !self.is_damaged() {
            self.check_beside(self.writer.index().clone());
        }
    }

    /// Whether a file was found damaged after opening.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }

    fn assemble(
        index: &tantivy::Index,
        path: PathBuf,
        number: u64,
        schema_hash: &str,
        vocabularies: &'static Vocabularies,
        budget: Budget,
        position: u64,
    ) -> Result<Self, IndexError> {
        analysis::register(index);
        let writer = Writer::open(index.clone(), &path, budget)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(KEPT_BLOCKS_IN_MEMORY)
            .try_into()
            .doing("opening an index for searching")?;
        let reader: IndexReader = reader;
        let dictionary = Arc::new(Dictionary::default());
        let view = View::of(reader.searcher(), None, Arc::clone(&dictionary), vocabularies).doing("reading columns")?;
        Ok(Self {
            number,
            path,
            fields: Fields::of(&index.schema()),
            schema_hash: schema_hash.to_owned(),
            vocabularies,
            reader,
            view: ArcSwap::from_pointee(view),
            dictionary,
            writer,
            position: AtomicU64::new(position),
            damaged: Arc::default(),
            checking: Arc::default(),
        })
    }

    /// A view of the index as it is now; later commits do not change it.
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    /// How many resources it holds, as of its last commit.
    pub(crate) fn resource_count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    pub(crate) fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    /// Writes changes and commits them; searches see them when it returns.
    pub(crate) fn apply(&self, changes: &[IndexChange], position: u64) -> Result<(), IndexError> {
        let reached = self.commit(changes, position)?;
        self.show()?;
        // Last, so that an answer may know more than its position says, and never less.
        self.position.store(reached, Ordering::Release);
        Ok(())
    }

    /// Commits what was written, for nobody to search yet.
    pub(crate) fn commit_unseen(&self, position: u64) -> Result<(), IndexError> {
        let reached = self.commit(&[], position)?;
        self.position.store(reached, Ordering::Release);
        Ok(())
    }

    fn commit(&self, changes: &[IndexChange], position: u64) -> Result<u64, IndexError> {
        // Changes that come again do not turn the index back.
        let reached = position.max(self.position());
        let documents = self.writer.documents(changes, &self.fields, self.vocabularies)?;
        self.writer.with(|engine| {
            writer::write(engine, changes, documents, &self.fields)?;
            writer::commit(engine, &CommitMark::new(reached, &self.schema_hash))
        })?;
        self.reader.reload().doing("reading a commit")?;
        Ok(reached)
    }

    /// Writes changes without committing them.
    pub(crate) fn write(&self, changes: &[IndexChange]) -> Result<(), IndexError> {
        let documents = self.writer.documents(changes, &self.fields, self.vocabularies)?;
        self.writer.with(|engine| writer::write(engine, changes, documents, &self.fields))
    }

    /// Ends a rebuild: merges are waited for, and the writer becomes that of a live generation.
    pub(crate) fn settle(&self) -> Result<(), IndexError> {
        self.writer.settle(Budget::LIVE)?;
        self.reader.reload().doing("reading a rebuilt index")?;
        self.show()
    }

    /// Lets searches see the last commit, where they do not yet.
    pub(crate) fn show_latest(&self) -> Result<(), IndexError> {
        let latest = self.reader.searcher().generation().generation_id();
        if self.view().searcher.generation().generation_id() == latest { Ok(()) } else { self.show() }
    }

    /// The last commit, and the files that it is made of. No merge deletes them while the commit is held.
    pub(crate) fn last_commit(&self) -> Result<(IndexMeta, Vec<PathBuf>), IndexError> {
        let index = self.writer.index();
        let commit = index.load_metas().doing("reading the last commit")?;
        let managed = index.directory().list_managed_files();
        // A commit names every file that there might be, also those that it has no use for.
        let mut files: Vec<PathBuf> =
            commit.list_segment_files().into_iter().filter(|file| managed.contains(file)).collect();
        files.sort();
        Ok((commit, files))
    }

    /// Lets go of the files for writing.
    pub(crate) fn close(&self) {
        self.writer.close();
    }

    /// Lets searches see the last commit.
    fn show(&self) -> Result<(), IndexError> {
        let previous = self.view.load_full();
        let dictionary = Arc::clone(&self.dictionary);
        let view = View::of(self.reader.searcher(), Some(&previous), dictionary, self.vocabularies);
        self.view.store(Arc::new(view.doing("reading columns")?));
        Ok(())
    }
}

/// Whether a file differs from its checksum. One that is merged away meanwhile is no damage: then all that is there now
/// is looked at.
fn has_damaged_files(index: &tantivy::Index) -> bool {
    for _ in 0..TRIES_TO_CHECK {
        match index.validate_checksum() {
            Ok(files) => return !files.is_empty(),
            Err(TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_))) => {}
            Err(error) => return is_damage(&error),
        }
    }
    false
}

/// Merges end sooner than a check begins anew so often.
const TRIES_TO_CHECK: usize = 5;

fn bytes_in(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(path)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}

/// Why a generation did not open.
enum Failure {
    /// What it holds cannot be used.
    Damaged(String),
    /// It could not be read or taken now; what it holds may be sound.
    Refused(IndexError),
}

impl Failure {
    fn of(doing: &'static str, error: TantivyError) -> Self {
        if is_damage(&error) {
            Self::Damaged(error.to_string())
        } else {
            Self::Refused(IndexError::Engine { doing, source: error })
        }
    }
}

fn is_damage(error: &TantivyError) -> bool {
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::DeserializeError(_)
        | TantivyError::SchemaError(_)
        | TantivyError::FieldNotFound(_)
        | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_))
        | TantivyError::OpenDirectoryError(
            OpenDirectoryError::DoesNotExist(_) | OpenDirectoryError::NotADirectory(_),
        ) => true,
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) | TantivyError::IoError(io_error) => {
            is_about_content(io_error)
        }
        _ => false,
    }
}

/// An error that the operating system did not give comes from reading what a file holds.
fn is_about_content(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_was_changed_is_refused() {
        let json = CommitMark::new(123, "abc").to_json();
        assert_eq!(CommitMark::parse(&json).map(|mark| mark.position), Some(123));
        assert!(CommitMark::parse(&json.replace("123", "133")).is_none());
        assert!(CommitMark::parse("").is_none());
    }

    #[test]
    fn what_the_operating_system_refuses_is_no_damage() {
        let refused = TantivyError::from(io::Error::from_raw_os_error(13));
        let unreadable = TantivyError::from(io::Error::new(io::ErrorKind::InvalidData, "no footer"));
        assert!(!is_damage(&refused));
        assert!(is_damage(&unreadable));
    }
}
