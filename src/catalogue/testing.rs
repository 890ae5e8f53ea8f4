//! Stores for tests, on either database.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{Catalogue, StorePlace};

/// Names a PostgreSQL server whose databases are thrown away.
const SERVER: &str = "SIGNPOST_TEST_POSTGRES";
/// `postgres`: the promises of the store are looked at there, and not in files. `tests/run` does both.
const STORE: &str = "SIGNPOST_TEST_STORE";

/// A place where no store is yet: a file in this folder, or a database of its own, which goes some time after the folder.
pub(crate) async fn fresh_place(folder: &TempDir) -> StorePlace {
    match server() {
        None => StorePlace::File(folder.path().join("store.db")),
        Some(server) => StorePlace::Postgres(fresh_database(&server, folder).await),
    }
}

/// Whether the stores of tests are in PostgreSQL.
pub(crate) fn is_postgres() -> bool {
    server().is_some()
}

fn server() -> Option<String> {
    let is_wanted = variable(STORE).as_deref() == Some("postgres");
    is_wanted
        .then(|| variable(SERVER).expect("with SIGNPOST_TEST_STORE=postgres, SIGNPOST_TEST_POSTGRES names a server"))
}

#[expect(clippy::disallowed_methods, reason = "tests are told from outside where to keep their stores")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Made once, so that a test copies its schema and does not migrate anew.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NUMBER: AtomicU64 = AtomicU64::new(0);
/// The databases of tests, each with the folder of its test.
static IN_USE: Mutex<Vec<(PathBuf, String)>> = Mutex::new(Vec::new());

async fn fresh_database(server: &str, folder: &TempDir) -> String {
    let template = TEMPLATE.get_or_init(|| make_template(server)).await;
    drop_those_of_tests_that_are_over(server).await;
    let name = format!("{template}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    tell(server, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    IN_USE.lock().expect("no test panics with it").push((folder.path().to_owned(), name.clone()));
    at(server, &name)
}

/// A database is some 10 MB, and a run of the tests makes hundreds: those whose folder is gone make room.
async fn drop_those_of_tests_that_are_over(server: &str) {
    let over: Vec<(PathBuf, String)> =
        IN_USE.lock().expect("no test panics with it").extract_if(.., |(folder, _)| !folder.exists()).collect();
    for (_, name) in over {
        tell(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

async fn make_template(server: &str) -> String {
    let name = format!("t{}", std::process::id());
    tell(server, format!("CREATE DATABASE {name}")).await;
    let catalogue = Catalogue::open(&StorePlace::Postgres(at(server, &name))).await.expect("a store");
    catalogue.close().await;
    name
}

/// Says something to the server itself.
async fn tell(server: &str, statement: String) {
    let mut conn = sqlx::PgConnection::connect(server).await.expect("the server that the environment names");
    conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.expect("the server does it");
    conn.close().await.expect("the connection ends");
}

fn at(server: &str, name: &str) -> String {
    let mut url: url::Url = server.parse().expect("an address");
    url.set_path(name);
    url.to_string()
}
