//! Backend: what the databases do differently, and the names by which the rest of the catalogue calls the one in use.
//!
//! Another database changes the lines below and adds a file beside `sqlite.rs`; all other SQL is written for both.

mod sqlite;

pub(crate) use sqlite::{begin_write, open};

/// The database in use.
pub(crate) type Db = sqlx::Sqlite;
/// Connections to it.
pub(crate) type Pool = sqlx::SqlitePool;
/// One of them.
pub(crate) type Connection = sqlx::SqliteConnection;
/// What a query gives.
pub(crate) type Row = sqlx::sqlite::SqliteRow;
