//! Backup: the whole store in one file, and back again, whichever database it is in.
//!
//! A backup is taken while the store is in use, and is the store as it was at one moment. Its file is NDJSON under zstd, so
//! that it can be read in twenty years without us (`zstdcat`): a line that says what it is, a line for each row, a line that
//! says how many those were and what they hash to. Behind that stand forty bytes by which the file is recognised as whole:
//! a frame that zstd passes over, with the BLAKE3 hash of everything before it. A file that is cut anywhere, or differs in a
//! single bit, is refused before anything is written.
//!
//! Tokens and keys are in it as the store has them, as hashes; who is signed in is not. What the rows are is for
//! `catalogue::dump`; where the files of one service lie, and how many of them, for [`folder`].

pub mod folder;
mod read;
mod restore;
mod write;

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::catalogue::CatalogueError;

pub use read::{Checked, check};
pub use restore::{Restored, keep_copy, restore, restore_over_damaged};
pub use write::{BackedUp, Target, back_up};

/// What the first line says that the file is.
const FORMAT: &str = "signpost-backup";
/// Which edition of it. It changes when an older program could misread the file.
const VERSION: u64 = 1;
/// How a frame begins that zstd passes over, and the length of what is in it: a hash of 32 bytes. Source: RFC 8878, 3.1.2.
const SEAL_HEAD: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0];
/// The length of the whole frame.
const SEAL_BYTES: u64 = 40;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `signpost-backup`
    pub format: String,
    /// The edition of the format.
    pub version: u64,
    /// The newest migration of the store that it is of.
    pub schema: i64,
    /// The id of that store.
    pub store: String,
    /// When it was taken, RFC 3339.
    pub taken: String,
    /// The last place of the change log.
    pub head_seq: i64,
    /// The program that took it.
    pub program: String,
    /// The tables in it, in their order.
    pub tables: Vec<String>,
}

/// Why a backup cannot be taken, read or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("{}: {doing}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What came of it.
        source: io::Error,
    },
    /// It is something else, or not the whole of what it was.
    #[error("{} is no whole backup: {reason}; nothing was changed", .path.display())]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It is of a store as another version of the program keeps it.
    #[error(
        "the backup is of schema {theirs} (signpost {program}), and this store of {ours}: {advice}; nothing was changed"
    )]
    OtherSchema {
        /// The schema of the backup.
        theirs: i64,
        /// The version of the program that took it.
        program: String,
        /// The schema of the store.
        ours: i64,
        /// What to do.
        advice: &'static str,
    },
    /// The store cannot be read or written.
    #[error("the store of record")]
    Store(#[from] CatalogueError),
    /// The work broke off.
    #[error("the work on the file broke off")]
    BrokenOff,
}
