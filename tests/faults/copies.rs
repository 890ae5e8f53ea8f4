//! Copies of the store: a backup taken under load is a moment of it, each database reads what the other wrote, and a kill in a
//! migration, a backup or a restore leaves the old state or the new one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
use sqlx::{Connection as _, PgConnection};

use crate::damage::remove_kept;
use crate::node::Place;
use crate::origin::Origin;
use crate::process::doctor_is_content;
use crate::pushed::{self, Pusher, Stopper};
use crate::world::{Backend, Chance, World};

static MIGRATIONS: Migrator = sqlx::migrate!("src/catalogue/migrations/sqlite");
/// The schema before the last migration.
const BEFORE: i64 = 9;
/// The schema as it is now.
const NOW: i64 = 10;
/// Rows in a table that the last migration changes, so that it takes a moment.
const JOBS: i64 = 50_000;
/// Records that are pushed between two backups, at least.
const BETWEEN: u64 = 3;
/// A record is taken within this time.
const TAKEN: Duration = Duration::from_mins(1);
/// What a server may take to end.
const STOP: Duration = Duration::from_secs(20);

/// D11: what is restored of a backup that was taken under load is the store at one moment, on either database.
pub(crate) async fn backup_under_load(world: &World) -> anyhow::Result<String> {
    let backups = world.length.of(2, 20, 100);
    let mut told = Vec::new();
    for backend in Backend::ALL {
        let figures = back_up_under_load(world, backend, backups).await.context(backend.name())?;
        told.push(format!("{}: {figures}", backend.name()));
    }
    Ok(told.join("; "))
}

async fn back_up_under_load(world: &World, backend: Backend, backups: u32) -> anyhow::Result<String> {
    let folder = world.fresh_folder("d11")?;
    let sources = folder.join("sources");
    let origin = Origin::start(100).await?;
    origin.write_source(&sources, "makers")?;
    Pusher::write_source(&sources)?;
    let place = Place::new(&folder, world.fresh_store(backend).await?).with_sources(sources.clone());
    place.succeed(&["harvest", "makers"])?;
    let pusher = Pusher::to(&place)?;
    let (mut node, _) = place.start_ready().await?;
    let stopper = Stopper::default();
    let pushing = tokio::spawn(pusher.clone().push_until(node.origin.clone(), stopper.flag()));
    let mut taken = Vec::new();
    for number in 0..backups {
        wait_for_more(&pusher).await?;
        let file = folder.join(format!("backup-{number}.zst"));
        let before = pusher.acknowledged();
        place.succeed(&["backup", text(&file)?])?;
        // One more may have been written whose answer was still under way.
        taken.push((file, before, pusher.acknowledged() + 1));
    }
    stopper.end(pushing).await?;
    // Of a store that stands still, every row is the same.
    let last = folder.join("last.zst");
    node.stop(STOP).await?;
    place.succeed(&["backup", text(&last)?])?;
    let exported = place.succeed(&["export"])?;
    for (file, before, after) in &taken {
        let restored = restore_into(world, backend, file, &sources).await?;
        let there = pushed::count(&restored.stored_titles()?)?;
        ensure!(
            (*before..=*after).contains(&there),
            "{there} are in a backup that was taken between {before} and {after}"
        );
    }
    let mut file = last;
    // Into this database, into the other one, and back again.
    for (number, target) in [backend, other(backend), backend].into_iter().enumerate() {
        let restored = restore_into(world, target, &file, &sources).await?;
        let name = target.name();
        ensure!(restored.succeed(&["export"])? == exported, "what is exported after a restore into {name} differs");
        doctor_is_content(&restored).with_context(|| format!("restored into {name}"))?;
        file = folder.join(format!("again-{number}.zst"));
        restored.succeed(&["backup", text(&file)?])?;
    }
    let (records, rows) = (pusher.acknowledged(), exported.lines().count());
    Ok(format!(
        "{backups} backups in {records} pushes are each a moment of it; {rows} resources the same there and back"
    ))
}

/// Waits until a few more records were taken.
async fn wait_for_more(pusher: &Pusher) -> anyhow::Result<()> {
    let (begun, before) = (Instant::now(), pusher.acknowledged());
    while pusher.acknowledged() < before + BETWEEN {
        ensure!(begun.elapsed() < TAKEN, "no records are taken any more");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

fn other(backend: Backend) -> Backend {
    match backend {
        Backend::Sqlite => Backend::Postgres,
        Backend::Postgres => Backend::Sqlite,
    }
}

/// A new place with what is in a backup.
async fn restore_into(world: &World, backend: Backend, file: &Path, sources: &Path) -> anyhow::Result<Place> {
    let folder = world.fresh_folder("restored")?;
    let place = Place::new(&folder, world.fresh_store(backend).await?).with_sources(sources.to_owned());
    place.succeed(&["restore", text(file)?])?;
    Ok(place)
}

/// D3: killed in migrations, backups and restores.
pub(crate) async fn killed_copies(world: &World) -> anyhow::Result<String> {
    let kills = world.length.of(4, 34, 170);
    let of_file = kill_file_migrations(world, kills).await.context("migrations of SQLite")?;
    let of_server = kill_server_migrations(world, kills).await.context("migrations of PostgreSQL")?;
    let mut told = vec![format!("SQLite: {of_file}"), format!("PostgreSQL: {of_server}")];
    for backend in Backend::ALL {
        let figures = kill_copies(world, backend, kills).await.context(backend.name())?;
        told.push(format!("{}: {figures}", backend.name()));
    }
    Ok(told.join("; "))
}

/// Kills the migration of a file that an older program made.
async fn kill_file_migrations(world: &World, kills: u32) -> anyhow::Result<String> {
    let folder = world.fresh_folder("d3")?;
    let place = Place::new(&folder, None);
    let (old, file) = (folder.join("old.db"), place.data_dir.join("signpost.db"));
    make_old_store(&old).await?;
    std::fs::create_dir_all(&place.data_dir)?;
    replace_file(&old, &file)?;
    let started = Instant::now();
    place.succeed(&["export"])?;
    let whole = started.elapsed();
    ensure!(version_of(&file).await? == NOW, "the schema is not the newest; this row wants a new `BEFORE` and `NOW`");
    let mut chance = world.chance("d3 migrations");
    let mut still_old = 0;
    for kill in 1..=kills {
        replace_file(&old, &file)?;
        place.kill_after(&["export"], below(&mut chance, whole)?)?;
        let version = version_of(&file).await.with_context(|| format!("after kill {kill}"))?;
        still_old += u32::from(version == BEFORE);
        place.succeed(&["export"]).with_context(|| format!("the start after kill {kill}"))?;
        ensure!(version_of(&file).await? == NOW, "after kill {kill} the migration was not done again");
    }
    Ok(format!("{kills} kills in migrations, {still_old} left the old schema, the others the new one"))
}

/// A store as the program before the last migration made it.
async fn make_old_store(file: &Path) -> anyhow::Result<()> {
    let options =
        SqliteConnectOptions::new().filename(file).create_if_missing(true).journal_mode(SqliteJournalMode::Delete);
    let pool = SqlitePool::connect_with(options).await?;
    MIGRATIONS.run_to(BEFORE, &pool).await?;
    sqlx::query(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1) \
         INSERT INTO job (id, kind, state, created) \
         SELECT 'job-' || n, 'reindex', 'succeeded', '2026-01-01T00:00:00Z' FROM number",
    )
    .bind(JOBS)
    .execute(&pool)
    .await?;
    pool.close().await;
    Ok(())
}

/// The version of a file's schema, which it must have altogether; all rows must be there.
async fn version_of(file: &Path) -> anyhow::Result<i64> {
    // Whoever opens it after a kill takes back what was not committed.
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await?;
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await?;
    ensure!(sound == "ok", "the file is damaged: {sound}");
    let version: i64 = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&pool).await?;
    let new_tables: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE name IN ('store', 'node', 'drift')")
            .fetch_one(&pool)
            .await?;
    let new_columns: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM pragma_table_info('job') WHERE name IN ('key', 'asked_by')")
            .fetch_one(&pool)
            .await?;
    let jobs: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM job").fetch_one(&pool).await?;
    pool.close().await;
    ensure!(jobs == JOBS, "{jobs} of {JOBS} rows are left");
    let is_whole = match version {
        BEFORE => (new_tables, new_columns) == (0, 0),
        NOW => (new_tables, new_columns) == (3, 2),
        _ => false,
    };
    ensure!(is_whole, "schema {version} with {new_tables} of 3 new tables and {new_columns} of 2 new columns");
    Ok(version)
}

/// Kills the first start on an empty database.
async fn kill_server_migrations(world: &World, kills: u32) -> anyhow::Result<String> {
    let folder = world.fresh_folder("d3")?;
    let first = Place::new(&folder, Some(world.fresh_database().await?));
    let started = Instant::now();
    first.succeed(&["token", "create"])?;
    let whole = started.elapsed();
    let all = tables_of(&first).await?;
    ensure!(all > 20, "a store has only {all} tables");
    let mut chance = world.chance("d3 first starts");
    let mut still_empty = 0;
    for kill in 1..=kills {
        let place = Place::new(&folder, Some(world.fresh_database().await?));
        place.kill_after(&["token", "create"], below(&mut chance, whole)?)?;
        // The list of migrations is made before the first of them.
        let there = tables_of(&place).await?;
        ensure!(there <= 1 || there == all, "after kill {kill} there are {there} of {all} tables");
        still_empty += u32::from(there <= 1);
        place.succeed(&["token", "create"]).with_context(|| format!("the start after kill {kill}"))?;
        ensure!(tables_of(&place).await? == all, "after kill {kill} the migration was not done again");
    }
    Ok(format!("{kills} kills in migrations, {still_empty} left none of the tables, the others all"))
}

async fn tables_of(place: &Place) -> anyhow::Result<i64> {
    let mut conn = PgConnection::connect(place.database.as_deref().context("a database")?).await?;
    let count = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'";
    let tables = sqlx::query_scalar(count).fetch_one(&mut conn).await?;
    conn.close().await?;
    Ok(tables)
}

/// Kills backups and restores of one store.
async fn kill_copies(world: &World, backend: Backend, kills: u32) -> anyhow::Result<String> {
    let folder = world.fresh_folder("d3")?;
    let origin = Origin::start(world.length.of(200, 1_000, 1_000).into()).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, world.fresh_store(backend).await?).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let old = Kept::take(&place, folder.join("old.zst"))?;
    origin.revise();
    place.succeed(&["harvest", "makers"])?;
    let new = Kept::take(&place, folder.join("new.zst"))?;
    ensure!(old.exported != new.exported, "the two states are the same");
    let mut chance = world.chance(&format!("d3 {}", backend.name()));
    let broken_off = kill_backups(&place, &folder, &new, kills, &mut chance)?;
    let (undone, done) = kill_restores(&place, [&old, &new], kills, &mut chance)?;
    let (mut node, _) = place.start_ready().await?;
    ensure!(node.found_titles().await? == place.stored_titles()?, "searches do not find what is stored");
    node.stop(STOP).await?;
    doctor_is_content(&place)?;
    Ok(format!(
        "{kills} kills in backups, {broken_off} of them in the middle, the file always whole; {kills} in restores: {undone} left \
         the old state, {done} the new"
    ))
}

/// A backup, and what is exported of the store that it was taken of.
struct Kept {
    file: PathBuf,
    exported: String,
    took: Duration,
}

impl Kept {
    fn take(place: &Place, file: PathBuf) -> anyhow::Result<Self> {
        let started = Instant::now();
        place.succeed(&["backup", text(&file)?])?;
        let took = started.elapsed();
        Ok(Self { exported: place.succeed(&["export"])?, file, took })
    }
}

/// The file under a backup's name is a whole one at any moment; says how many kills came before its end.
fn kill_backups(place: &Place, folder: &Path, kept: &Kept, kills: u32, chance: &mut Chance) -> anyhow::Result<u32> {
    let file = folder.join("killed.zst");
    place.succeed(&["backup", text(&file)?])?;
    let mut in_the_middle = 0;
    for kill in 1..=kills {
        in_the_middle += u32::from(place.kill_after(&["backup", text(&file)?], below(chance, kept.took)?)?);
        place.succeed(&["restore", "--check", text(&file)?]).with_context(|| format!("after kill {kill}"))?;
    }
    Ok(in_the_middle)
}

/// The store is as it was or as the backup has it; says how often it was which.
fn kill_restores(place: &Place, kept: [&Kept; 2], kills: u32, chance: &mut Chance) -> anyhow::Result<(u32, u32)> {
    // The first that is put back is the old one, in a store that has the new state.
    let [mut target, mut present] = kept;
    let started = Instant::now();
    place.succeed(&["restore", "--replace", text(&present.file)?])?;
    let whole = started.elapsed();
    let (mut undone, mut done) = (0, 0);
    for kill in 1..=kills {
        place.kill_after(&["restore", "--replace", text(&target.file)?], below(chance, whole)?)?;
        // Each keeps the store before, by a name of one second.
        remove_kept(&place.data_dir)?;
        let exported = place.succeed(&["export"]).with_context(|| format!("after kill {kill}"))?;
        if exported == target.exported {
            done += 1;
            std::mem::swap(&mut target, &mut present);
        } else {
            ensure!(
                exported == present.exported,
                "after kill {kill} the store is neither as before nor as in the backup"
            );
            undone += 1;
        }
    }
    Ok((undone, done))
}

/// A time by chance that is mostly within this one, and sometimes after it.
fn below(chance: &mut Chance, whole: Duration) -> anyhow::Result<Duration> {
    Ok(Duration::from_millis(chance.below(u64::try_from(whole.as_millis())? * 11 / 10)))
}

/// Puts a file of SQLite where another was, of which nothing stays.
fn replace_file(from: &Path, file: &Path) -> anyhow::Result<()> {
    for ending in ["-wal", "-shm", "-journal"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(ending);
        let beside = PathBuf::from(beside);
        if beside.exists() {
            std::fs::remove_file(beside)?;
        }
    }
    std::fs::copy(from, file)?;
    Ok(())
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path that can be written")
}
