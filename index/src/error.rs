//! What can go wrong with an index, named for what the caller may do about it.

use std::io;
use std::path::{Path, PathBuf};

use schemas::ResourceId;
use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenWriteError};

/// Why an operation on the index could not be done.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A file or folder of the index cannot be read or written. Nothing was wiped; make room or give the right, and
    /// try again.
    #[error("cannot read or write {}", .path.display())]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process writes to this index. Stop it first.
    #[error("another process is using the index in {}", .path.display())]
    InUse {
        /// The folder of the generation.
        path: PathBuf,
    },
    /// The engine failed. A change that failed was not applied; it may be given again.
    #[error("the search engine failed while {doing}")]
    Engine {
        /// What it was doing.
        doing: &'static str,
        /// What it said.
        source: TantivyError,
    },
    /// A resource cannot be written as JSON. It cannot be indexed before it is corrected.
    #[error("resource {id} cannot be written as JSON")]
    Unwritable {
        /// The resource.
        id: ResourceId,
        /// Why.
        source: serde_json::Error,
    },
    /// A resource cannot be packed: there is no memory for it.
    #[error("a resource cannot be packed")]
    Packing {
        /// Why.
        source: io::Error,
    },
    /// What the index holds of a resource is not a resource. Rebuild the index.
    #[error("a stored resource cannot be read back")]
    Stored {
        /// Why.
        source: serde_json::Error,
    },
    /// A rebuild is under way; there is one at a time. Wait for it.
    #[error("a rebuild of the index is already running")]
    RebuildRunning,
    /// There is no generation before the live one, or it was damaged and is set aside. Build one instead.
    #[error("there is no earlier generation to go back to")]
    NothingBefore,
    /// The index holds nothing yet, or nothing sound, so there is nothing to publish. Build it first.
    #[error("the index holds nothing sound yet")]
    Empty,
    /// What was published cannot be used; the reason says what is wrong with it. Build the index from the store.
    #[error("the published generation in {} cannot be used: {reason}", .path.display())]
    Refused {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An earlier step of this rebuild failed and took the uncommitted changes with it. Start another.
    #[error("an earlier step of this rebuild failed; start another")]
    RebuildBroken,
}

/// Says what the engine was doing when it failed.
pub(crate) trait Doing<T> {
    /// Turns the engine's error into ours.
    fn doing(self, doing: &'static str) -> Result<T, IndexError>;
}

impl<T> Doing<T> for tantivy::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T, IndexError> {
        self.map_err(|source| IndexError::Engine { doing, source })
    }
}

/// Says which file or folder an error of the operating system is about.
pub(crate) trait At<T> {
    /// Adds the path.
    fn at(self, path: &Path) -> Result<T, IndexError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, IndexError> {
        self.map_err(|source| IndexError::storage(path, source))
    }
}

impl IndexError {
    /// Whether there was no room to write. What failed was not applied, and goes once there is some again.
    pub fn is_full(&self) -> bool {
        let cause: &io::Error = match self {
            Self::Storage { source, .. } | Self::Packing { source } => source,
            Self::Engine {
                source:
                    TantivyError::IoError(cause)
                    | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: cause, .. }),
                ..
            } => cause,
            Self::InUse { .. }
            | Self::Engine { .. }
            | Self::Unwritable { .. }
            | Self::Stored { .. }
            | Self::RebuildRunning
            | Self::NothingBefore
            | Self::Empty
            | Self::Refused { .. }
            | Self::RebuildBroken => return false,
        };
        matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    pub(crate) fn storage(path: &Path, source: io::Error) -> Self {
        Self::Storage { path: path.to_owned(), source }
    }

    /// An error of opening a writer: a lock that is held is the other process's, not a fault.
    pub(crate) fn opening_writer(source: TantivyError, path: &Path) -> Self {
        match source {
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::InUse { path: path.to_owned() },
            source => Self::Engine { doing: "opening an index for writing", source },
        }
    }
}
