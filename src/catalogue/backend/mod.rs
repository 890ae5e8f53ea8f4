//! Backend: what the two databases do differently, and the names by which the rest of the catalogue calls the one in use.
//!
//! All SQL outside this folder is written once, for both. Here is how each is opened and locked, what its columns are
//! called, and what only PostgreSQL has: a word to other programs, and a lock that one of them holds.

mod postgres;
mod query;
mod sqlite;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::migrate::MigrateError;
use tokio::sync::Mutex;

pub use postgres::{Lead, Wake, WakeKind};
pub(crate) use query::QueryBuilder;

use super::error::CatalogueError;

/// The database in use, whichever it is.
pub(crate) type Db = sqlx::Any;
/// Connections to it.
pub(crate) type Pool = sqlx::AnyPool;
/// One of them.
pub(crate) type Connection = sqlx::AnyConnection;
/// What a query gives.
pub(crate) type Row = sqlx::any::AnyRow;
/// What is written or not at all, or read as of one moment.
pub(crate) type Transaction = sqlx::Transaction<'static, Db>;

/// Where a store of record is.
#[derive(Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// In this file: SQLite, for one machine.
    File(PathBuf),
    /// At this address: PostgreSQL, for any number of them. It may hold a password.
    Postgres(String),
}

impl fmt::Display for StorePlace {
    /// Says where without what lets in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => write!(f, "{}", postgres::without_secrets(url)),
        }
    }
}

impl fmt::Debug for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StorePlace({self})")
    }
}

/// An open database.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    /// For reading: several at once.
    pub(crate) reader: Pool,
    /// For writing.
    pub(crate) writer: Pool,
    place: StorePlace,
    /// Held by the task that waits to write, where other programs write as well.
    turn: Arc<Mutex<()>>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    BigInt,
    /// Bytes.
    Blob,
}

/// Opens the database, making and migrating it where needed.
///
/// # Errors
/// [`CatalogueError::Unusable`], whatever is wrong with it; [`CatalogueError::Database`] when it does not answer.
pub(crate) async fn open(place: &StorePlace) -> Result<Backend, CatalogueError> {
    sqlx::any::install_default_drivers();
    let (reader, writer) = match place {
        StorePlace::File(path) => {
            let opened = sqlite::open(path).await;
            opened.map_err(|reason| CatalogueError::Unusable { store: place.to_string(), reason })?
        }
        StorePlace::Postgres(url) => postgres::open(url).await?,
    };
    Ok(Backend { reader, writer, place: place.clone(), turn: Arc::default() })
}

/// The schema of a database, when it is that of this program; `None` where none was made yet. Nothing is changed in it.
///
/// # Errors
/// [`CatalogueError::OtherSchema`] when it is another; otherwise as for [`open`].
pub(crate) async fn found_schema(place: &StorePlace) -> Result<Option<i64>, CatalogueError> {
    sqlx::any::install_default_drivers();
    let (found, ours) = match place {
        StorePlace::File(path) => {
            let found = sqlite::schema(path).await;
            let found = found.map_err(|reason| CatalogueError::Unusable { store: place.to_string(), reason })?;
            (found, sqlite::own_schema())
        }
        StorePlace::Postgres(url) => (postgres::schema(url).await?, postgres::own_schema()),
    };
    match found {
        Some(theirs) if theirs != ours => Err(CatalogueError::other_schema(place.to_string(), theirs, ours)),
        Some(_) | None => Ok(found),
    }
}

/// The newest migration of a database, given how its tables of migrations are counted.
async fn newest_migration(conn: &mut Connection, tables: &'static str) -> Result<Option<i64>, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut *conn).await?;
    if tables == 0 {
        return Ok(None);
    }
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut *conn).await?;
    Ok(newest)
}

/// Why a database cannot be migrated: in words of ours where a newer program has done so before, whose schema this one
/// does not know.
async fn why_not_migrated(pool: &Pool, tables: &'static str, ours: i64, error: &MigrateError) -> String {
    if !matches!(error, MigrateError::VersionMissing(_)) {
        return error.to_string();
    }
    let newest = async {
        let mut conn = pool.acquire().await?;
        newest_migration(&mut conn, tables).await
    };
    match newest.await {
        Ok(Some(theirs)) if theirs > ours => CatalogueError::newer_schema(theirs, ours),
        Ok(_) | Err(_) => error.to_string(),
    }
}

/// Takes a database for open that is asked nothing yet; `None` for a file, which answers or is of no use.
///
/// # Errors
/// [`CatalogueError::Unusable`] when its address cannot be read.
pub(crate) fn open_unasked(place: &StorePlace) -> Result<Option<Backend>, CatalogueError> {
    sqlx::any::install_default_drivers();
    let StorePlace::Postgres(url) = place else {
        return Ok(None);
    };
    let (reader, writer) = postgres::open_unasked(url)?;
    Ok(Some(Backend { reader, writer, place: place.clone(), turn: Arc::default() }))
}

impl Backend {
    /// Where it is.
    pub(crate) fn place(&self) -> &StorePlace {
        &self.place
    }

    /// The schema that this program keeps in it.
    pub(crate) fn own_schema(&self) -> i64 {
        match &self.place {
            StorePlace::File(_) => sqlite::own_schema(),
            StorePlace::Postgres(_) => postgres::own_schema(),
        }
    }

    /// Does what is left to do for one that was opened unasked: migrates it where needed.
    ///
    /// # Errors
    /// As for [`open`].
    pub(crate) async fn settle(&self) -> Result<(), CatalogueError> {
        match &self.place {
            StorePlace::File(_) => Ok(()),
            StorePlace::Postgres(url) => postgres::settle(url, &self.reader, &self.writer).await,
        }
    }

    /// Begins a transaction that writes. There is one at a time, whoever asks and from wherever: what is read inside it
    /// stands until it ends, and the numbers of the change log are given in the order in which they are committed.
    ///
    /// # Errors
    /// When the database does not answer, or its turn does not come in time.
    pub(crate) async fn begin_write(&self) -> Result<Transaction, CatalogueError> {
        match &self.place {
            StorePlace::File(_) => sqlite::begin_write(&self.writer).await,
            StorePlace::Postgres(_) => postgres::begin_write(&self.writer, &self.turn).await,
        }
    }

    /// Begins a transaction whose queries all see the store as it was at one moment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn begin_read(&self) -> Result<Transaction, CatalogueError> {
        match &self.place {
            StorePlace::File(_) => Ok(self.reader.begin().await?),
            StorePlace::Postgres(_) => postgres::begin_read(&self.reader).await,
        }
    }

    /// Waits for words that another program has written. `None` where there is no other, or none that would tell.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn listen(&self) -> Result<Option<Wake>, CatalogueError> {
        match &self.place {
            StorePlace::File(_) => Ok(None),
            StorePlace::Postgres(url) => Wake::open(url).await.map(Some),
        }
    }

    /// Takes the lead among all programs on this store; `None` while another has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn try_lead(&self) -> Result<Option<Lead>, CatalogueError> {
        match &self.place {
            StorePlace::File(_) => Ok(Some(Lead::alone())),
            StorePlace::Postgres(url) => Lead::take(url).await,
        }
    }

    /// The columns of a table in their order, with what each holds.
    ///
    /// # Errors
    /// When the database does not answer, or a column holds something else than we write.
    pub(crate) async fn columns_of(
        &self,
        conn: &mut Connection,
        table: &str,
    ) -> Result<Vec<(String, ColumnKind)>, CatalogueError> {
        let query = match &self.place {
            StorePlace::File(_) => sqlite::COLUMNS_OF,
            StorePlace::Postgres(_) => postgres::COLUMNS_OF,
        };
        let rows: Vec<(String, String)> = sqlx::query_as(query).bind(table).fetch_all(&mut *conn).await?;
        rows.into_iter()
            .map(|(name, kind)| match kind.to_ascii_lowercase().as_str() {
                "text" => Ok((name, ColumnKind::Text)),
                "bigint" | "integer" => Ok((name, ColumnKind::BigInt)),
                "blob" | "bytea" => Ok((name, ColumnKind::Blob)),
                other => Err(CatalogueError::stored("schema", &format!("{table}.{name}"), format!("`{other}`"))),
            })
            .collect()
    }

    /// The names of all tables of ours, sorted.
    ///
    /// # Errors
    /// When the database does not answer.
    #[cfg(test)]
    pub(crate) async fn tables(&self, conn: &mut Connection) -> Result<Vec<String>, CatalogueError> {
        let query = match &self.place {
            StorePlace::File(_) => sqlite::TABLES,
            StorePlace::Postgres(_) => postgres::TABLES,
        };
        Ok(sqlx::query_scalar(query).fetch_all(&mut *conn).await?)
    }

    /// Sets from which number on the log is written: the next is greater than this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn continue_numbers(
        &self,
        conn: &mut Connection,
        table: NumberedTable,
        last: i64,
    ) -> Result<(), CatalogueError> {
        match &self.place {
            StorePlace::File(_) => sqlite::continue_numbers(conn, table.name(), last).await,
            StorePlace::Postgres(_) => postgres::continue_numbers(conn, table.name(), last).await,
        }
    }

    /// What is wrong with the pages of the database; nothing when it is sound. Reads all of it on SQLite; PostgreSQL
    /// looks after its own.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn damage(&self) -> Result<Option<String>, CatalogueError> {
        match &self.place {
            StorePlace::File(_) => Ok(sqlite::damage(&self.reader).await?),
            StorePlace::Postgres(_) => Ok(None),
        }
    }
}

/// A table whose rows the database numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberedTable {
    /// The change log.
    Change,
    /// The audit log.
    Audit,
}

impl NumberedTable {
    fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Audit => "audit",
        }
    }
}
