//! How PostgreSQL is opened and locked: many programs on one database, one of them writing at a time.
//!
//! What holds the nodes together is PostgreSQL's own: an advisory lock around each transaction that writes, another that
//! the leader holds, and LISTEN/NOTIFY. Source: PostgreSQL manual, 9.28.10 (advisory locks) and NOTIFY.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;

use super::{Connection, Pool, Transaction};
use crate::catalogue::error::CatalogueError;

static MIGRATOR: Migrator = sqlx::migrate!("src/catalogue/migrations/postgres");

/// So long a request waits for a connection. A database that is away is told of soon, and searches need none.
const READER_TURN: Duration = Duration::from_secs(3);
/// So long a task waits for its turn to write. Settling a large source takes seconds, so not much less.
const WRITER_TURN: Duration = Duration::from_mins(1);
/// Pages are read by several requests at once; many nodes share the hundred connections that a server gives by default.
const READERS: u32 = 6;
/// One transaction writes at a time, and of each node one waits for that; heartbeats and progress go beside both.
const WRITERS: u32 = 4;
/// So long a transaction that writes waits to begin: for its turn on this node, and for that of the node. The database
/// gives up before; this is for one that says nothing any more.
const BEGIN_WITHIN: Duration = Duration::from_mins(2);
/// A reader that asks for longer has been forgotten by whoever asked (30 s); a node that stands still in the middle of
/// writing must not keep all others waiting, so it loses its transaction after a minute.
const READING: &str = "SET statement_timeout = '40s'; SET idle_in_transaction_session_timeout = '60s'";
/// See [`READING`]. Who waits longer than its turn for the lock gives up. An answered write must survive a power cut.
const WRITING: &str = "SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'; \
     SET synchronous_commit = on";

/// A program that is killed in the middle of a long statement would otherwise hold the lock of writers until that ends.
/// Since PostgreSQL 14, and not on every system: where it cannot be set, it is not.
const NOTICING: &str = "SET client_connection_check_interval = '1s'";

/// The leader asks every few seconds whether it still leads. One that stands still, or whose machine is gone without a
/// word, would keep the lock for the two hours that systems keep silent connections. Longer than the leader believes
/// itself. Since PostgreSQL 14.
const LEADING: &str = "SET idle_session_timeout = '20s'";

/// The lock around each transaction that writes, within this database; "sign" in ASCII, and one.
const WRITE_LOCK: i64 = 0x7369_676e_0000_0001;
/// The lock that the leader holds.
const LEAD_LOCK: i64 = 0x7369_676e_0000_0002;
/// Where the triggers of the schema tell what was written.
const CHANNEL: &str = "signpost";

/// Whether it was ever migrated.
const MIGRATION_TABLES: &str =
    "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'";
/// See [`super::Backend::columns_of`].
pub(super) const COLUMNS_OF: &str = "SELECT CAST(column_name AS TEXT) AS name, CAST(data_type AS TEXT) AS kind \
     FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 \
     ORDER BY ordinal_position";
/// See [`super::Backend::tables`].
#[cfg(test)]
pub(super) const TABLES: &str = "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables \
     WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_%' ORDER BY name";

/// The schema that this program keeps.
pub(super) fn own_schema() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The schema of a database, in which nothing is changed; `None` of one that is empty.
///
/// # Errors
/// As for [`open`].
pub(super) async fn schema(url: &str) -> Result<Option<i64>, CatalogueError> {
    let (reader, _) = open_unasked(url)?;
    let mut conn = reader.acquire().await.map_err(|error| told(url, error))?;
    let newest = super::newest_migration(&mut conn, MIGRATION_TABLES).await.map_err(|error| told(url, error));
    drop(conn);
    reader.close().await;
    newest
}

/// Opens the database, migrating it where needed. Gives the readers and the writers.
///
/// # Errors
/// [`CatalogueError::Database`] when it does not answer, [`CatalogueError::Unusable`] when it answers and is of no use.
pub(super) async fn open(url: &str) -> Result<(Pool, Pool), CatalogueError> {
    let (reader, writer) = open_unasked(url)?;
    settle(url, &reader, &writer).await?;
    Ok((reader, writer))
}

/// The readers and the writers of a database that is not asked yet.
pub(super) fn open_unasked(url: &str) -> Result<(Pool, Pool), CatalogueError> {
    let options = AnyConnectOptions::from_str(url).map_err(|error| unusable(url, &error.to_string()))?;
    let options = options.log_slow_statements(tracing::log::LevelFilter::Off, Duration::ZERO);
    let writer = AnyPoolOptions::new()
        .max_connections(WRITERS)
        .acquire_timeout(WRITER_TURN)
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute(WRITING).await?;
                if let Err(error) = conn.execute(NOTICING).await {
                    tracing::debug!(error = %error, "this server does not look whether a program is still there");
                }
                Ok(())
            })
        })
        .connect_lazy_with(options.clone());
    let reader = AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(READER_TURN)
        .after_connect(|conn, _| Box::pin(async move { conn.execute(READING).await.map(|_| ()) }))
        .connect_lazy_with(options);
    Ok((reader, writer))
}

/// Asks the database for the first time, and migrates it where needed.
pub(super) async fn settle(url: &str, reader: &Pool, writer: &Pool) -> Result<(), CatalogueError> {
    let told = |error: sqlx::Error| told(url, error);
    // With the patience of a reader: a database that is away is told of at once.
    drop(reader.acquire().await.map_err(told)?);
    match MIGRATOR.run(writer).await {
        Ok(()) => Ok(()),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => Err(told(error)),
        Err(error) => {
            let reason = super::why_not_migrated(reader, MIGRATION_TABLES, own_schema(), &error).await;
            Err(unusable(url, &reason))
        }
    }
}

fn told(url: &str, error: sqlx::Error) -> CatalogueError {
    let text = error.to_string();
    let error = CatalogueError::Database(error);
    if error.is_away() { error } else { unusable(url, &text) }
}

fn unusable(url: &str, text: &str) -> CatalogueError {
    CatalogueError::Unusable { store: without_secrets(url), reason: without_address(url, text) }
}

/// See [`super::Backend::begin_write`]. The lock is let go when the transaction ends, after what it wrote can be seen.
///
/// One task of this program at a time has the `turn` to wait for the lock: were all to wait, each with a connection, none
/// would be left for heartbeats, and other nodes would take this one for dead.
pub(super) async fn begin_write(writer: &Pool, turn: &Mutex<()>) -> Result<Transaction, CatalogueError> {
    let begin = async {
        let _turn = turn.lock().await;
        // Each statement sees what was committed before it, whatever the database does by default: the first one waits.
        let mut tx = writer.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(WRITE_LOCK).execute(&mut *tx).await?;
        Ok::<Transaction, sqlx::Error>(tx)
    };
    Ok(timeout(BEGIN_WITHIN, begin).await.map_err(|_| sqlx::Error::PoolTimedOut)??)
}

/// See [`super::Backend::begin_read`].
pub(super) async fn begin_read(reader: &Pool) -> Result<Transaction, CatalogueError> {
    Ok(reader.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
}

/// See [`super::Backend::continue_numbers`].
pub(super) async fn continue_numbers(conn: &mut Connection, table: &str, last: i64) -> Result<(), CatalogueError> {
    sqlx::query("SELECT setval(pg_get_serial_sequence($1, 'seq'), GREATEST($2, 1))")
        .bind(table)
        .bind(last)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// What woke a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeKind {
    /// The change log has grown.
    Change,
    /// A job waits.
    Job,
}

/// Waits for words that other programs write.
#[derive(Debug)]
pub struct Wake(PgListener);

impl Wake {
    pub(super) async fn open(url: &str) -> Result<Self, CatalogueError> {
        // A pool of its own: the listener keeps its connection.
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(READER_TURN)
            .connect_with(PgConnectOptions::from_str(url)?)
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// The next word. What was written while the connection was lost is not told again.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn next(&mut self) -> Result<WakeKind, CatalogueError> {
        loop {
            match self.0.recv().await?.payload() {
                "change" => return Ok(WakeKind::Change),
                "job" => return Ok(WakeKind::Job),
                // A newer program tells more than we know.
                _ => {}
            }
        }
    }
}

/// The lead among all programs on a store; let go when it is dropped, or when its connection or its process dies.
#[derive(Debug)]
pub struct Lead(Option<PgConnection>);

impl Lead {
    /// The lead where there is nobody else.
    pub(super) fn alone() -> Self {
        Self(None)
    }

    pub(super) async fn take(url: &str) -> Result<Option<Self>, CatalogueError> {
        let mut conn =
            timeout(READER_TURN, PgConnection::connect(url)).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        if let Err(error) = sqlx::query(LEADING).execute(&mut conn).await {
            tracing::debug!(error = %error, "the database does not end the session of a leader that falls silent");
        }
        let is_ours: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LEAD_LOCK).fetch_one(&mut conn).await?;
        Ok(is_ours.then_some(Self(Some(conn))))
    }

    /// Whether it is still held: the lock is gone with the connection.
    pub async fn still_holds(&mut self) -> bool {
        match &mut self.0 {
            None => true,
            Some(conn) => {
                let asked = timeout(READER_TURN, conn.ping()).await;
                asked.is_ok_and(|answer| answer.is_ok())
            }
        }
    }
}

/// `postgres://host:5432/signpost`, without the name and the password of who connects and without parameters.
pub(super) fn without_secrets(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            // An address that can have neither has none to lose.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.to_string()
        }
        Err(_) => "the address of the database, which cannot be read".to_owned(),
    }
}

/// What a driver says may hold the address with the password in it.
fn without_address(url: &str, text: &str) -> String {
    let mut told = text.replace(url, "the database");
    if let Some(password) = Url::parse(url).ok().and_then(|url| url.password().map(ToOwned::to_owned))
        && !password.is_empty()
    {
        told = told.replace(&password, "…");
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_what_lets_in() {
        let url = "postgres://signpost:secret@db.example:5432/signpost?sslmode=require&password=other";
        assert_eq!(without_secrets(url), "postgres://db.example:5432/signpost");
        assert_eq!(without_address(url, &format!("{url}: no such secret")), "the database: no such …");
        assert!(!without_secrets("postgres://[").contains('['));
    }
}
