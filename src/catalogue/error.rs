//! `CatalogueError`: why the store of record cannot do what it is asked.

use std::path::PathBuf;

/// Why the store of record cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file cannot serve as the store: it is no database, it is damaged, or a newer program has written it.
    #[error("{} cannot be used as the store of record: {reason}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database did not do as it was told.
    #[error("the database refused")]
    Database(#[from] sqlx::Error),
    /// What is stored cannot be read.
    #[error("{table} `{key}` cannot be read: {reason}")]
    Stored {
        /// The table it is in.
        table: &'static str,
        /// Which row of it.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NoSuch {
        /// What was asked for: source, harvest, job, token.
        what: &'static str,
        /// The id as asked.
        id: String,
    },
    /// What was decided about stands otherwise meanwhile.
    #[error("{reason}")]
    Superseded {
        /// How it stands.
        reason: String,
    },
    /// Another run over the same source is at it.
    #[error("a harvest of `{source_id}` is running already, since {since}")]
    Busy {
        /// The source.
        source_id: String,
        /// When that run began, RFC 3339.
        since: String,
    },
}

impl CatalogueError {
    /// There is none with this id.
    pub(crate) fn no_such(what: &'static str, id: &str) -> Self {
        Self::NoSuch { what, id: id.to_owned() }
    }

    /// A row that cannot be read.
    pub(crate) fn stored(table: &'static str, key: &str, reason: impl std::fmt::Display) -> Self {
        Self::Stored { table, key: key.to_owned(), reason: reason.to_string() }
    }
}
