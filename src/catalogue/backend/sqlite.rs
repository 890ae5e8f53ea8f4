//! How SQLite is opened and locked: one writer and several readers of one file, beside other processes.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Db, Pool};
use crate::catalogue::error::CatalogueError;

static MIGRATOR: Migrator = sqlx::migrate!("src/catalogue/migrations");

/// So long a statement waits for another process, such as `token create` beside a server, to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// So long a task waits for the one writing connection. Settling a large source takes seconds, so not much less.
const WRITER_TURN: Duration = Duration::from_mins(1);
/// Keys are hashes, so a large harvest touches pages all over the file: 64 MiB hold those of some hundred thousand
/// records. Negative: in KiB. Source: SQLite, PRAGMA `cache_size`.
const WRITER_CACHE: &str = "-65536";
/// The log is folded into the file after so many pages of 4 KiB. A page that many batches write is then written once.
const CHECKPOINT_PAGES: &str = "16384";
/// Pages are read by several requests at once; more than the cores of a small machine gain nothing.
const READERS: u32 = 4;

/// Opens the database, making and migrating it where needed. Gives the readers and the writer.
///
/// # Errors
/// [`CatalogueError::Unusable`], whatever is wrong with the file.
pub(crate) async fn open(path: &Path) -> Result<(Pool, Pool), CatalogueError> {
    let unusable = |reason: String| CatalogueError::Unusable { path: path.to_owned(), reason };
    // Until the end of this function. Two that switch a fresh file to WAL and migrate it at once break each other.
    let _opening = lock_opening(path).await.map_err(|error| unusable(format!("its lock cannot be taken: {error}")))?;
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(true).busy_timeout(BUSY_TIMEOUT);
    // Readers never wait for the writer in WAL mode; FULL because an answered write must survive a power cut.
    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", WRITER_CACHE)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(WRITER_TURN)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .connect_with(writing)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    check(&writer).await.map_err(unusable)?;
    MIGRATOR.run(&writer).await.map_err(|error| unusable(error.to_string()))?;
    let reader = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options.read_only(true))
        .await
        .map_err(|error| unusable(error.to_string()))?;
    Ok((reader, writer))
}

/// Waits until no other process is opening this database. The lock is free again when the file is dropped, or when the
/// process dies; the file beside the database stays, and is empty.
async fn lock_opening(path: &Path) -> io::Result<File> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".opening");
    let take = move || -> io::Result<File> {
        let file = File::options().create(true).truncate(false).write(true).open(beside)?;
        file.lock()?;
        Ok(file)
    };
    tokio::task::spawn_blocking(take).await.map_err(io::Error::other)?
}

/// A damaged store is refused at the door: half an answer from it would be worse than none.
async fn check(writer: &Pool) -> Result<(), String> {
    let found: Vec<String> =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_all(writer).await.map_err(|error| error.to_string())?;
    if found == ["ok"] { Ok(()) } else { Err(format!("it is damaged ({}); restore a backup", found.join(", "))) }
}

/// Begins a transaction that writes.
///
/// It takes the lock at once. A transaction that reads first fails when another process writes before its own first
/// write, and no waiting helps it.
pub(crate) async fn begin_write(writer: &Pool) -> Result<sqlx::Transaction<'static, Db>, CatalogueError> {
    Ok(writer.begin_with("BEGIN IMMEDIATE").await?)
}
