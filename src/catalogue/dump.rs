//! Dump: the whole store as rows of plain values, read at one moment, and put back in one transaction.
//!
//! What goes out and comes in are names of tables and JSON objects, the same from either database. Nothing here knows what a
//! row means: which columns there are is asked of the database, and a test holds the list of tables against it. The file that
//! rows stand in is for `crate::backup`.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::Row as _;

use super::audit::note;
use super::backend::{Backend, ColumnKind, Connection, NumberedTable, QueryBuilder, Row, StorePlace, Transaction};
use super::columns::stamp;
use super::error::CatalogueError;
use super::{Catalogue, store_id};

/// A table that a backup carries.
struct Table {
    name: &'static str,
    /// What its rows are read in the order of.
    key: &'static [&'static str],
    /// So many rows are read at once.
    page: usize,
}

/// Rows of an ordinary table have a few hundred bytes, and at most some ten thousand.
const PAGE: usize = 500;
/// Rows that may have tens of megabytes each: what was fetched.
const PAGE_OF_LARGE: usize = 4;

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, page: PAGE }
}

/// What a backup carries: what others lean on before what leans on it.
static TABLES: [Table; 34] = [
    table("source", &["id"]),
    Table { name: "payload", key: &["hash"], page: PAGE_OF_LARGE },
    table("harvest", &["id"]),
    table("problem", &["harvest", "number"]),
    table("fetched", &["source", "place"]),
    table("resource", &["id"]),
    table("record", &["source", "identifier"]),
    table("held", &["harvest", "identifier"]),
    table("undo_record", &["harvest", "source", "identifier"]),
    table("job", &["id"]),
    table("token", &["id"]),
    table("alarm", &["id"]),
    table("link", &["url"]),
    table("declared", &["identifier", "record"]),
    table("bucket", &["hash", "record"]),
    table("full_bucket", &["hash"]),
    table("shared_address", &["address"]),
    table("record_match", &["one", "other"]),
    table("curation", &["id"]),
    table("curated_link", &["one", "other", "curation"]),
    table("unmapped_word", &["record", "field", "word"]),
    table("accepted_word", &["id"]),
    table("pin", &["id"]),
    table("oai_record", &["resource"]),
    table("oai_set", &["spec", "resource"]),
    table("follower", &["name"]),
    table("partner", &["id"]),
    table("api_key", &["id"]),
    table("partner_view", &["name"]),
    table("usage", &["view", "day", "what", "key"]),
    table("user_report", &["id"]),
    table("setting", &["name"]),
    table("audit", &["seq"]),
    table("change", &["seq"]),
];

/// What a backup leaves behind, because it is about one moment of one set of nodes: who is signed in, which nodes there are,
/// what their indexes hold, what is still to be sent, and the id of the store itself.
const LEFT_BEHIND: [&str; 6] = ["session", "node", "generation", "drift", "notice", "store"];

/// So far the change log jumps when a backup is put back. What came after the backup is lost, and its numbers were given
/// away: whoever keeps a copy may have seen them, and must not take new changes for those. More changes than a national
/// service makes in a year, and so small that 2^53 allows nine thousand million restores.
const JUMP: i64 = 1_000_000;

type Columns = Vec<(String, ColumnKind)>;

/// The store as it was at one moment.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction,
    columns: Vec<Columns>,
    /// Which table is read next, and after which row of it.
    at: usize,
    after: Option<Vec<Value>>,
    /// The number of the newest migration that the store has.
    pub schema: i64,
    /// The id of the store.
    pub store: String,
    /// The place of the last change.
    pub head: i64,
}

/// Some rows of one table.
#[derive(Debug)]
pub struct RowsOfTable {
    /// The name of the table.
    pub table: &'static str,
    /// Its rows, by their columns. Bytes stand as base 64.
    pub rows: Vec<Map<String, Value>>,
}

/// From where a store is put back, for the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The id of the store that the backup is of.
    pub store: String,
    /// When it was taken, RFC 3339.
    pub taken: String,
}

/// A store that is being put in place of another. Nothing of it is there until [`Restoring::finish`] has returned.
#[derive(Debug)]
pub struct Restoring {
    tx: Transaction,
    backend: Backend,
    columns: HashMap<&'static str, Columns>,
    /// The last change of what stood here before.
    head_before: i64,
}

/// The names of the tables that a backup carries, in its order.
pub fn carried_tables() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

impl Catalogue {
    /// The number of the newest migration that the store has.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn schema_version(&self) -> Result<i64, CatalogueError> {
        let mut conn = self.reader.acquire().await?;
        read_schema_version(&mut conn).await
    }

    /// The store as it is now, to be read table by table while others go on writing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, CatalogueError> {
        let store = self.store_id().await?;
        let mut tx = self.begin_read().await?;
        if matches!(self.place(), StorePlace::Postgres(_)) {
            // Whoever takes the rows may be slow, and nobody waits for a transaction that only reads.
            sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut *tx).await?;
        }
        let schema = read_schema_version(&mut tx).await?;
        let head = read_head(&mut tx).await?;
        let mut columns = Vec::with_capacity(TABLES.len());
        for table in &TABLES {
            columns.push(self.backend.columns_of(&mut tx, table.name).await?);
        }
        Ok(Snapshot { tx, columns, at: 0, after: None, schema, store, head })
    }

    /// What stands in the store that does not come by itself from what ships: a reason not to put another in its place
    /// unasked. `None` of a store that was only just made.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn held_of_its_own(&self) -> Result<Option<&'static str>, CatalogueError> {
        const OWN: [(&str, &str); 9] = [
            ("SELECT COUNT(*) FROM curation", "decisions about resources"),
            ("SELECT COUNT(*) FROM token", "tokens"),
            ("SELECT COUNT(*) FROM partner", "partners"),
            ("SELECT COUNT(*) FROM pin", "pins"),
            ("SELECT COUNT(*) FROM accepted_word", "accepted words"),
            ("SELECT COUNT(*) FROM user_report", "reports of users"),
            ("SELECT COUNT(*) FROM partner_view", "views"),
            ("SELECT COUNT(*) FROM record WHERE source IN (SELECT id FROM source WHERE shipped = 0)", "records"),
            ("SELECT COUNT(*) FROM source WHERE origin = 'store'", "sources"),
        ];
        let mut tx = self.begin_read().await?;
        for (question, what) in OWN {
            let count: i64 = sqlx::query_scalar(question).fetch_one(&mut *tx).await?;
            if count > 0 {
                return Ok(Some(what));
            }
        }
        Ok(None)
    }

    /// Copies the store, which is a file of SQLite, as it is at one moment into another file, where none may be yet.
    ///
    /// # Errors
    /// When it cannot be copied; what was written of the other file stays.
    pub async fn copy_into(&self, file: &Path) -> Result<(), CatalogueError> {
        // No store is opened under a path that is no text.
        let file = file.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(file).execute(&self.reader).await?;
        Ok(())
    }

    /// Begins to put another store in place of this one, which is empty from here on for the transaction, and only for it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn begin_restore(&self) -> Result<Restoring, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let head_before = read_head(&mut tx).await?;
        let mut columns = HashMap::with_capacity(TABLES.len());
        for table in &TABLES {
            columns.insert(table.name, self.backend.columns_of(&mut tx, table.name).await?);
        }
        // What leans on others first.
        for name in LEFT_BEHIND.into_iter().chain(TABLES.iter().rev().map(|table| table.name)) {
            let mut query = QueryBuilder::new("DELETE FROM ");
            query.push(name).build().execute(&mut *tx).await?;
        }
        Ok(Restoring { tx, backend: self.backend.clone(), columns, head_before })
    }
}

impl Snapshot {
    /// The next rows, table by table in the order of [`carried_tables`]; `None` when that was all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next(&mut self) -> Result<Option<RowsOfTable>, CatalogueError> {
        while let Some(table) = TABLES.get(self.at) {
            let columns = &self.columns[self.at];
            let mut query = page_query(table, columns, self.after.take())?;
            let found = query.build().fetch_all(&mut *self.tx).await?;
            let rows: Result<Vec<Map<String, Value>>, CatalogueError> =
                found.iter().map(|row| values_of(row, columns)).collect();
            let rows = rows?;
            match rows.last() {
                Some(last) if rows.len() >= table.page => {
                    self.after = Some(table.key.iter().map(|key| last[*key].clone()).collect());
                }
                Some(_) | None => self.at += 1,
            }
            if !rows.is_empty() {
                return Ok(Some(RowsOfTable { table: table.name, rows }));
            }
        }
        Ok(None)
    }
}

impl Restoring {
    /// Puts rows into a table, as [`Snapshot::next`] gave them.
    ///
    /// # Errors
    /// [`CatalogueError::Stored`] for a table or a row that a store of this schema does not have; otherwise when the store
    /// cannot be written.
    pub async fn put(&mut self, table: &str, rows: Vec<Map<String, Value>>) -> Result<(), CatalogueError> {
        let Some((&name, columns)) = self.columns.get_key_value(table) else {
            return Err(CatalogueError::stored("backup", table, "there is no such table"));
        };
        if rows.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::new("INSERT INTO ");
        query.push(name).push(" (").push(named(columns.iter().map(|(column, _)| column.as_str()))).push(") VALUES ");
        for (number, mut row) in rows.into_iter().enumerate() {
            query.push(if number == 0 { "(" } else { ", (" });
            for (place, (column, kind)) in columns.iter().enumerate() {
                if place > 0 {
                    query.push(", ");
                }
                let value = row.remove(column).ok_or_else(|| stored(name, column, "it is missing"))?;
                bind(&mut query, value, *kind).map_err(|reason| stored(name, column, reason))?;
            }
            if let Some(column) = row.keys().next() {
                return Err(stored(name, column, "there is no such column"));
            }
            query.push(")");
        }
        query.build().execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Makes what was put here the store: with an id of its own, with a change log that leads everybody who follows it to
    /// all there is now, and without anything that would still be running. Gives the last place of the log.
    ///
    /// # Errors
    /// When the store cannot be written; then the one before stands.
    pub async fn finish(mut self, origin: &Origin, who: &str, now: Timestamp) -> Result<i64, CatalogueError> {
        let at = stamp(now);
        let tx = &mut self.tx;
        let base = read_head(tx).await?.max(self.head_before) + JUMP;
        sqlx::query(
            "INSERT INTO change (seq, resource, op, at) SELECT CAST($1 AS BIGINT) + ROW_NUMBER() OVER (ORDER BY id), \
             id, CASE WHEN state = 'live' THEN 'changed' ELSE 'withdrawn' END, $2 FROM resource",
        )
        .bind(base)
        .bind(at.as_str())
        .execute(&mut **tx)
        .await?;
        let head = read_head(tx).await?.max(base);
        self.backend.continue_numbers(tx, NumberedTable::Change, head).await?;
        let acts: Option<i64> = sqlx::query_scalar("SELECT MAX(seq) FROM audit").fetch_one(&mut **tx).await?;
        self.backend.continue_numbers(tx, NumberedTable::Audit, acts.unwrap_or(0)).await?;
        end_what_ran(tx, &at).await?;
        store_id::renew(tx, &origin.taken, now).await?;
        let detail = format!("a backup of {} from {}", origin.store, origin.taken);
        note(tx, who, "restore", "store", &detail, &at).await?;
        self.tx.commit().await?;
        Ok(head)
    }
}

/// What ran when the backup was taken does not run any more: jobs wait again, runs have broken off, leases are over.
async fn end_what_ran(conn: &mut Connection, at: &str) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE job SET state = 'queued', done = 0, node = NULL, lease_until = NULL, heartbeat = NULL \
         WHERE state = 'running'",
    )
    .execute(&mut *conn)
    .await?;
    // As a crash leaves them: partial when something was accepted, and the next one goes on where it stood.
    sqlx::query(
        "UPDATE harvest SET state = CASE WHEN created_count + changed_count + unchanged_count + deleted_count > 0 \
         THEN 'partial' ELSE 'failed' END, resumable = 1, reason = 'interrupted', finished = $1, node = NULL, \
         lease_until = NULL WHERE state = 'running'",
    )
    .bind(at)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE link SET leased_until = NULL WHERE leased_until IS NOT NULL").execute(&mut *conn).await?;
    Ok(())
}

async fn read_schema_version(conn: &mut Connection) -> Result<i64, CatalogueError> {
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut *conn).await?;
    Ok(newest.unwrap_or(0))
}

async fn read_head(conn: &mut Connection) -> Result<i64, CatalogueError> {
    let head: Option<i64> = sqlx::query_scalar("SELECT MAX(seq) FROM change").fetch_one(&mut *conn).await?;
    Ok(head.unwrap_or(0))
}

/// Some of them are words of SQL.
fn named<'n>(columns: impl Iterator<Item = &'n str>) -> String {
    columns.map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

/// The next rows of a table by its key.
fn page_query(table: &Table, columns: &Columns, after: Option<Vec<Value>>) -> Result<QueryBuilder, CatalogueError> {
    let key = named(table.key.iter().copied());
    let mut query = QueryBuilder::new("SELECT ");
    query.push(named(columns.iter().map(|(column, _)| column.as_str()))).push(" FROM ").push(table.name);
    if let Some(after) = after {
        query.push(" WHERE (").push(&key).push(") > (");
        for (place, (column, value)) in table.key.iter().zip(after).enumerate() {
            if place > 0 {
                query.push(", ");
            }
            let kind = columns.iter().find(|(name, _)| name == column).map(|(_, kind)| *kind);
            let kind = kind.ok_or_else(|| stored(table.name, column, "there is no such column"))?;
            bind(&mut query, value, kind).map_err(|reason| stored(table.name, column, reason))?;
        }
        query.push(")");
    }
    query.push(" ORDER BY ").push(key).push(" LIMIT ").push(table.page);
    Ok(query)
}

fn values_of(row: &Row, columns: &Columns) -> Result<Map<String, Value>, CatalogueError> {
    let mut values = Map::with_capacity(columns.len());
    for (column, kind) in columns {
        let value = match kind {
            ColumnKind::Text => row.try_get::<Option<String>, _>(column.as_str())?.map(Value::String),
            ColumnKind::BigInt => row.try_get::<Option<i64>, _>(column.as_str())?.map(Value::from),
            ColumnKind::Blob => {
                let bytes: Option<Vec<u8>> = row.try_get(column.as_str())?;
                bytes.map(|bytes| Value::String(STANDARD.encode(bytes)))
            }
        };
        values.insert(column.clone(), value.unwrap_or(Value::Null));
    }
    Ok(values)
}

/// Appends a value as its column holds it, or says why it cannot.
fn bind(query: &mut QueryBuilder, value: Value, kind: ColumnKind) -> Result<(), &'static str> {
    match (kind, value) {
        (ColumnKind::Text, Value::Null) => query.push_bind(None::<String>),
        (ColumnKind::Text, Value::String(text)) => query.push_bind(text),
        (ColumnKind::BigInt, Value::Null) => query.push_bind(None::<i64>),
        (ColumnKind::BigInt, Value::Number(number)) => {
            query.push_bind(number.as_i64().ok_or("a whole number of 64 bits was expected")?)
        }
        (ColumnKind::Blob, Value::Null) => query.push_bind(None::<Vec<u8>>),
        (ColumnKind::Blob, Value::String(text)) => {
            query.push_bind(STANDARD.decode(text).map_err(|_| "base 64 was expected")?)
        }
        (ColumnKind::Text | ColumnKind::BigInt | ColumnKind::Blob, _) => return Err("it holds something else"),
    };
    Ok(())
}

fn stored(table: &str, column: &str, reason: &str) -> CatalogueError {
    CatalogueError::stored("backup", &format!("{table}.{column}"), reason)
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    /// All rows of a store, as a backup carries them.
    async fn rows(catalogue: &Catalogue) -> HashMap<&'static str, Vec<Map<String, Value>>> {
        let mut snapshot = catalogue.snapshot().await.expect("a snapshot");
        let mut tables: HashMap<&'static str, Vec<Map<String, Value>>> = HashMap::new();
        while let Some(part) = snapshot.next().await.expect("rows") {
            tables.entry(part.table).or_default().extend(part.rows);
        }
        tables
    }

    #[tokio::test]
    async fn every_table_is_carried_or_left_behind_on_purpose_and_read_by_columns_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let mut tx = catalogue.begin_read().await.unwrap();
        let mut there = catalogue.backend.tables(&mut tx).await.unwrap();
        there.sort_unstable();
        let mut known: Vec<&str> = carried_tables();
        known.extend(LEFT_BEHIND);
        known.sort_unstable();
        assert_eq!(there, known);
        for table in &TABLES {
            let columns = catalogue.backend.columns_of(&mut tx, table.name).await.unwrap();
            for key in table.key {
                assert!(columns.iter().any(|(column, _)| column == key), "{}.{key}", table.name);
            }
        }
    }

    #[tokio::test]
    async fn rows_are_read_page_by_page_and_put_back_as_they_were() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let one = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let mut tx = one.begin_write().await.unwrap();
        for number in 0..i64::try_from(PAGE).unwrap() + 7 {
            note(&mut tx, "Ada", "hide", &format!("a {number}"), "è", "2026-11-21T09:00:00Z").await.unwrap();
        }
        for number in 0..9_u8 {
            sqlx::query("INSERT INTO payload (hash, body) VALUES ($1, $2)")
                .bind(format!("h{number}"))
                .bind(vec![number, 0, 255])
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let before = rows(&one).await;
        assert_eq!((before["audit"].len(), before["payload"].len()), (PAGE + 7, 9));

        let other = Catalogue::open(&fresh_place(&elsewhere).await).await.unwrap();
        let first_id = other.store_id().await.unwrap();
        let mut restoring = other.begin_restore().await.unwrap();
        for (table, rows) in before.clone() {
            for part in rows.chunks(PAGE) {
                restoring.put(table, part.to_vec()).await.unwrap();
            }
        }
        let origin = Origin { store: "one".to_owned(), taken: "2026-11-21T10:00:00Z".to_owned() };
        let head = restoring.finish(&origin, "Ada", "2026-11-22T10:00:00Z".parse().unwrap()).await.unwrap();
        let mut after = rows(&other).await;
        let told = after.get_mut("audit").and_then(Vec::pop).expect("the restore is in the audit log");
        assert_eq!((&told["action"], &told["seq"]), (&Value::from("restore"), &Value::from(PAGE + 8)));
        assert_eq!(after, before);
        assert_eq!(head, JUMP);
        assert_ne!(other.store_id().await.unwrap(), first_id);
        assert_eq!(other.store_identity().await.unwrap().restored_from.as_deref(), Some("2026-11-21T10:00:00Z"));
    }

    #[tokio::test]
    async fn what_is_given_up_half_way_leaves_the_store_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let mut tx = catalogue.begin_write().await.unwrap();
        note(&mut tx, "Ada", "hide", "a", "", "2026-11-21T09:00:00Z").await.unwrap();
        tx.commit().await.unwrap();
        let (before, id) = (rows(&catalogue).await, catalogue.store_id().await.unwrap());
        let mut restoring = catalogue.begin_restore().await.unwrap();
        let odd = Map::from_iter([("name".to_owned(), Value::from("x"))]);
        let error = restoring.put("setting", vec![odd]).await.expect_err("a row without its columns");
        assert!(error.to_string().contains("setting."), "{error}");
        drop(restoring);
        assert_eq!(rows(&catalogue).await, before);
        assert_eq!(catalogue.store_id().await.unwrap(), id);
    }
}
