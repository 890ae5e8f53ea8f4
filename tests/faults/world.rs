//! What all rows stand on: the program, a folder that is thrown away, the databases, and how much is to be done.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// How much is done of what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// Minutes, for every change.
    Brief,
    /// The figures that are asked for.
    Whole,
    /// A night.
    Long,
}

impl Length {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brief => "brief",
            Self::Whole => "whole",
            Self::Long => "long",
        }
    }
}

/// Which database a store is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// What all rows stand on.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) length: Length,
    /// The rows that were asked for; none means all.
    pub(crate) rows: Vec<String>,
    /// What chance begins with; told, so that a run can be done again.
    pub(crate) seed: u64,
    folder: PathBuf,
    server: String,
    number: AtomicU64,
}

impl World {
    /// What the script tells; `None` where it was not the script that started us.
    #[expect(clippy::disallowed_methods, reason = "the script tells by the environment where things are")]
    pub(crate) fn from_environment(arguments: &[String]) -> Option<Self> {
        let folder = PathBuf::from(std::env::var("SIGNPOST_FAULTS_DIR").ok()?);
        let server = std::env::var("SIGNPOST_TEST_POSTGRES").ok()?;
        let seed = std::env::var("SIGNPOST_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let length = match (has("--brief"), has("--long")) {
            (true, _) => Length::Brief,
            (false, true) => Length::Long,
            (false, false) => Length::Whole,
        };
        let rows = arguments.iter().filter(|argument| !argument.starts_with('-')).cloned().collect();
        Some(Self { length, rows, seed, folder, server, number: AtomicU64::new(0) })
    }

    /// A new folder, empty.
    pub(crate) fn fresh_folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{name}-{number}"));
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }

    /// The address of a new database, empty, on the server of all rows.
    pub(crate) async fn fresh_database(&self) -> anyhow::Result<String> {
        let name = format!("faults{}", self.number.fetch_add(1, Ordering::Relaxed));
        let mut conn = PgConnection::connect(&self.server).await.context("the PostgreSQL server of the tests")?;
        conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}")))).await?;
        conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))).await?;
        conn.close().await?;
        let mut url: url::Url = self.server.parse()?;
        url.set_path(&name);
        Ok(url.into())
    }

    /// Where a new store is to be on this database: `None` for the file of the data directory.
    pub(crate) async fn fresh_store(&self, backend: Backend) -> anyhow::Result<Option<String>> {
        match backend {
            Backend::Sqlite => Ok(None),
            Backend::Postgres => self.fresh_database().await.map(Some),
        }
    }

    /// Numbers by chance, the same for the same seed and name.
    pub(crate) fn chance(&self, name: &str) -> Chance {
        let hash = blake3::hash(format!("{} {name}", self.seed).as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.as_bytes()[..8]);
        Chance(u64::from_le_bytes(bytes) | 1)
    }
}

/// Numbers by chance. Source: Vigna, xorshift64*.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// One of 0 to `below` - 1.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % below.max(1)
    }
}
