//! Databases of their own for tests on PostgreSQL, on the server that `SIGNPOST_TEST_POSTGRES` names.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// The address of a new, empty database; `None`, with a line that says so, where no server is named.
#[expect(clippy::print_stderr, reason = "what is left out is told to whoever runs the tests")]
pub(crate) async fn fresh_database() -> Option<String> {
    let Some(server) = variable("SIGNPOST_TEST_POSTGRES") else {
        eprintln!("left out: SIGNPOST_TEST_POSTGRES names no PostgreSQL server");
        return None;
    };
    let name = format!("it{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut conn = PgConnection::connect(&server).await.expect("the server that the environment names");
    conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))).await.expect("a database");
    conn.close().await.expect("the connection ends");
    let mut url: url::Url = server.parse().expect("an address");
    url.set_path(&name);
    Some(url.into())
}

/// The same for every application of a test, when `SIGNPOST_TEST_STORE=postgres` asks for that; `None` for files.
pub(crate) async fn store_of_tests() -> Option<String> {
    if variable("SIGNPOST_TEST_STORE").as_deref() == Some("postgres") { fresh_database().await } else { None }
}

#[expect(clippy::disallowed_methods, reason = "tests are told from outside where to keep their stores")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
