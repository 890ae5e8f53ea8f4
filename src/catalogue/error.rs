//! `CatalogueError`: why the store of record cannot do what it is asked.

use std::io::ErrorKind;

/// Why the store of record cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// It cannot serve as the store: it is no database, it is damaged or away, or a newer program has written it.
    #[error("{store} cannot be used as the store of record: {reason}")]
    Unusable {
        /// Where it is, without what lets in.
        store: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is of another schema than this program keeps, and was not touched.
    #[error("{store} is of schema {theirs}, and this program keeps {ours}: {advice}; nothing was changed")]
    OtherSchema {
        /// Where it is, without what lets in.
        store: String,
        /// Its schema.
        theirs: i64,
        /// The one of this program.
        ours: i64,
        /// What to do.
        advice: &'static str,
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

/// What to do about a store that a newer program has migrated.
const WAYS_FROM_NEWER: &str = "use the newer program that has migrated it, or go back as deploy/UPGRADE.md says";

/// What PostgreSQL says while it starts, stops, or has too many programs on it. Source: PostgreSQL manual, appendix A.
const NOT_NOW: [&str; 4] = ["57P01", "57P02", "57P03", "53300"];
/// The class of what it says of lost connections.
const LOST: &str = "08";
/// What either database says when there is no room: SQLite that the disk is full (13), and that the file its processes
/// share cannot grow (4874); PostgreSQL that its disk is full. Source: SQLite, result codes; PostgreSQL manual, appendix A.
const FULL: [&str; 3] = ["13", "4874", "53100"];
/// How the system says so, where a database passes that on with another code.
const NO_SPACE: &str = "No space left on device";

impl CatalogueError {
    /// Whether the database did not answer, so that it may do so later. What it answers it would answer again.
    pub fn is_away(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        match error {
            sqlx::Error::Io(error) if is_full(error.kind()) => false,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(told) => {
                told.code().is_some_and(|code| NOT_NOW.contains(&code.as_ref()) || code.starts_with(LOST))
            }
            _ => false,
        }
    }

    /// Whether there was no room to write: it goes once there is some again. What is read needs none.
    pub fn is_full(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        match error {
            sqlx::Error::Io(error) => is_full(error.kind()),
            sqlx::Error::Database(told) => {
                told.code().is_some_and(|code| FULL.contains(&code.as_ref())) || told.message().contains(NO_SPACE)
            }
            _ => false,
        }
    }

    /// A store of another schema.
    pub(crate) fn other_schema(store: String, theirs: i64, ours: i64) -> Self {
        let advice = if theirs < ours {
            "use the program that it is of, or start `signpost serve` of this one, which migrates it for good"
        } else {
            WAYS_FROM_NEWER
        };
        Self::OtherSchema { store, theirs, ours, advice }
    }

    /// What is wrong with a store of a newer schema, where it was to be opened and not only looked at.
    pub(crate) fn newer_schema(theirs: i64, ours: i64) -> String {
        format!("it is of schema {theirs}, and this program keeps {ours}: {WAYS_FROM_NEWER}; nothing was changed")
    }

    /// What is said in place of a store that is known not to answer.
    pub(crate) fn away() -> Self {
        Self::Database(sqlx::Error::PoolTimedOut)
    }

    /// There is none with this id.
    pub(crate) fn no_such(what: &'static str, id: &str) -> Self {
        Self::NoSuch { what, id: id.to_owned() }
    }

    /// A row that cannot be read.
    pub(crate) fn stored(table: &'static str, key: &str, reason: impl std::fmt::Display) -> Self {
        Self::Stored { table, key: key.to_owned(), reason: reason.to_string() }
    }
}

/// Whether the system found no room, or none that is ours.
fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::super::{Catalogue, StorePlace};
    use super::*;

    #[tokio::test]
    async fn a_store_that_may_not_grow_is_full_and_not_away() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&StorePlace::File(folder.path().join("signpost.db"))).await.unwrap();
        // As SQLite says it of a disk without room.
        sqlx::query("PRAGMA max_page_count = 1").execute(&catalogue.writer).await.unwrap();
        let large = "x".repeat(1 << 20);
        let written =
            sqlx::query("INSERT INTO setting (name, value, changed, changed_by) VALUES ('large', $1, '', '')")
                .bind(large.as_str())
                .execute(&catalogue.writer)
                .await;
        let error = CatalogueError::from(written.expect_err("there is no room for it"));
        assert!(error.is_full() && !error.is_away(), "{error:?}");
        let system = CatalogueError::Database(sqlx::Error::Io(ErrorKind::StorageFull.into()));
        assert!(system.is_full() && !system.is_away());
        assert_eq!(catalogue.head_seq().await.unwrap(), 0, "what is read needs no room");
    }

    #[test]
    fn what_does_not_answer_is_away_and_what_refuses_is_not() {
        let away = CatalogueError::Database(sqlx::Error::PoolTimedOut);
        let lost = CatalogueError::Database(sqlx::Error::Io(ErrorKind::ConnectionRefused.into()));
        assert!(away.is_away() && lost.is_away());
        let refused = CatalogueError::Database(sqlx::Error::RowNotFound);
        assert!(!refused.is_away() && !CatalogueError::no_such("job", "7").is_away());
    }
}
