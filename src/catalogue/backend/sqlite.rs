//! How SQLite is opened and locked: one writer and several readers of one file, beside other processes.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Executor as _};
use url::Url;

use super::{Connection, Pool, Transaction};
use crate::catalogue::error::CatalogueError;

static MIGRATOR: Migrator = sqlx::migrate!("src/catalogue/migrations/sqlite");

/// So long a task waits for the one writing connection. Settling a large source takes seconds, so not much less.
const WRITER_TURN: Duration = Duration::from_mins(1);
/// Pages are read by several requests at once; more than the cores of a small machine gain nothing.
const READERS: u32 = 4;
/// So long a statement waits for another process, such as `token create` beside a server, to let go of the file.
const PATIENCE: &str = "PRAGMA busy_timeout = 10000";
/// Readers never wait for the writer in WAL mode; FULL because an answered write must survive a power cut.
///
/// Keys are hashes, so a large harvest touches pages all over the file: 64 MiB hold those of some hundred thousand
/// records (negative: in KiB). The log is folded into the file after 16,384 pages of 4 KiB: a page that many batches
/// write is then written once. Source: SQLite, PRAGMA `cache_size` and `wal_autocheckpoint`.
const WRITING: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384";

/// What it says of a file that is damaged, and of one that is no database. What says it closer has these as its last byte.
/// Source: SQLite, result codes.
const DAMAGED: [u32; 2] = [11, 26];
/// What to do about either.
const PUT_BACK: &str = "put a backup back: `signpost restore FILE --replace`";

/// Whether it was ever migrated.
const MIGRATION_TABLES: &str = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
/// See [`super::Backend::columns_of`].
pub(super) const COLUMNS_OF: &str = "SELECT name, lower(type) AS kind FROM pragma_table_info($1) ORDER BY cid";
/// See [`super::Backend::tables`].
#[cfg(test)]
pub(super) const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_%' \
     ESCAPE '\\' ORDER BY name";

/// The schema that this program keeps.
pub(super) fn own_schema() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The schema of a file, in which nothing is changed; `None` where there is no file, or none that was ever a store.
pub(super) async fn schema(path: &Path) -> Result<Option<i64>, String> {
    // A folder that we may not look into is not one without a store.
    if !path.try_exists().map_err(|error| format!("it cannot be reached: {error}"))? {
        return Ok(None);
    }
    let unread = |error: sqlx::Error| format!("it cannot be read: {}", told(&error));
    let _opening = lock_opening(path).await.map_err(|error| format!("its lock cannot be taken: {error}"))?;
    let mut conn = AnyConnection::connect_with(&options(path, "rw")?).await.map_err(unread)?;
    let newest = super::newest_migration(&mut conn, MIGRATION_TABLES).await.map_err(unread)?;
    conn.close().await.map_err(unread)?;
    Ok(newest)
}

/// Opens the file, making and migrating it where needed. Gives the readers and the writer, or says what is wrong.
pub(super) async fn open(path: &Path) -> Result<(Pool, Pool), String> {
    // Until the end of this function. Two that switch a fresh file to WAL and migrate it at once break each other.
    let _opening = lock_opening(path).await.map_err(|error| format!("its lock cannot be taken: {error}"))?;
    // By itself first: a pool tries again and again for as long as it waits for a turn.
    let mut first = AnyConnection::connect_with(&options(path, "rwc")?).await.map_err(|error| told(&error))?;
    first.execute(WRITING).await.map_err(|error| told(&error))?;
    first.close().await.map_err(|error| told(&error))?;
    let writer = AnyPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(WRITER_TURN)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .after_connect(|conn, _| Box::pin(async move { conn.execute(WRITING).await.map(|_| ()) }))
        // A full disk rolls a transaction back by itself, and the driver believes that it goes on. Such a connection is
        // closed, and another opened. Source: SQLite, "Response to errors within a transaction".
        .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
        .connect_with(options(path, "rwc")?)
        .await
        .map_err(|error| told(&error))?;
    // A damaged store is refused at the door: half an answer from it would be worse than none.
    if let Some(damage) = damage(&writer).await.map_err(|error| told(&error))? {
        return Err(format!("it is damaged ({damage}); {PUT_BACK}"));
    }
    if let Err(error) = MIGRATOR.run(&writer).await {
        return Err(super::why_not_migrated(&writer, MIGRATION_TABLES, own_schema(), &error).await);
    }
    let reader = AnyPoolOptions::new()
        .max_connections(READERS)
        .after_connect(|conn, _| Box::pin(async move { conn.execute(PATIENCE).await.map(|_| ()) }))
        .connect_with(options(path, "ro")?)
        .await
        .map_err(|error| told(&error))?;
    Ok((reader, writer))
}

/// What is wrong, and what to do where no other try would help.
fn told(error: &sqlx::Error) -> String {
    let code: Option<u32> = error.as_database_error().and_then(|said| said.code()?.parse().ok());
    let is_damaged = code.is_some_and(|code| DAMAGED.contains(&(code & 0xff)));
    if is_damaged { format!("{error}; {PUT_BACK}") } else { error.to_string() }
}

fn options(path: &Path, mode: &str) -> Result<AnyConnectOptions, String> {
    let whole = std::path::absolute(path).map_err(|error| error.to_string())?;
    let file = Url::from_file_path(whole).map_err(|()| "its path cannot be written as an address".to_owned())?;
    let url: Url = format!("sqlite://{}?mode={mode}", file.path()).parse().map_err(|_| "its path is odd".to_owned())?;
    let options = AnyConnectOptions::from_url(&url).map_err(|error| error.to_string())?;
    // A batch of thousands of values is a long statement, and nothing for anybody to read.
    Ok(options.log_slow_statements(tracing::log::LevelFilter::Off, Duration::ZERO))
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

/// What the database says of its own pages; nothing when they are sound.
pub(super) async fn damage(pool: &Pool) -> Result<Option<String>, sqlx::Error> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_all(pool).await?;
    Ok(if found == ["ok"] { None } else { Some(found.join(", ")) })
}

/// It takes the lock at once. A transaction that reads first fails when another process writes before its own first
/// write, and no waiting helps it.
pub(super) async fn begin_write(writer: &Pool) -> Result<Transaction, CatalogueError> {
    Ok(writer.begin_with("BEGIN IMMEDIATE").await?)
}

/// See [`super::Backend::continue_numbers`].
pub(super) async fn continue_numbers(conn: &mut Connection, table: &str, last: i64) -> Result<(), CatalogueError> {
    // A row appears in here with the first number that is given.
    sqlx::query("DELETE FROM sqlite_sequence WHERE name = $1").bind(table).execute(&mut *conn).await?;
    sqlx::query("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)")
        .bind(table)
        .bind(last)
        .execute(&mut *conn)
        .await?;
    Ok(())
}
