//! Putting a backup back: the whole file is read before the first row is written, and the rows are written in one
//! transaction. Whoever kills us at any moment finds the store as it was, or as the backup has it.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::read::{ReadRow, read_through};
use super::{BackupError, Checked, check};
use crate::catalogue::{Catalogue, Origin, Restoring, StorePlace};

/// So many rows are written with one statement: with some thirty columns, half of the 32,766 values that SQLite takes.
const ROWS_AT_ONCE: usize = 500;
/// So many bytes of rows, unless a single one is larger.
const BYTES_AT_ONCE: usize = 8 << 20;
/// So many of these parts may wait for the store.
const PARTS_WAITING: usize = 2;

/// A backup that was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What was in it.
    pub checked: Checked,
    /// The last place of the change log now.
    pub head_seq: i64,
}

/// Rows of one table.
struct Part {
    table: String,
    rows: Vec<Map<String, Value>>,
    bytes: usize,
}

/// Puts a backup in place of all that is in the store. Whoever calls has made sure that nobody else works on it.
///
/// # Errors
/// When the file is no whole backup, is of another schema, or the store cannot be written. Then the store is as it was.
pub async fn restore(catalogue: &Catalogue, path: &Path, who: &str, now: Timestamp) -> Result<Restored, BackupError> {
    let checked = {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || check(&path)).await.map_err(|_| BackupError::BrokenOff)??
    };
    let (theirs, ours) = (checked.header.schema, catalogue.schema_version().await?);
    if theirs != ours {
        let advice = if theirs > ours {
            "take that version of the program, or a newer one"
        } else {
            "put it back with that version of the program, and then start this one on it"
        };
        return Err(BackupError::OtherSchema { theirs, program: checked.header.program, ours, advice });
    }
    let mut restoring = catalogue.begin_restore().await?;
    let again = put_all(&mut restoring, path).await?;
    if again != checked {
        // Somebody has put another file in its place since it was checked.
        let reason = "it changed while it was read".to_owned();
        return Err(BackupError::NotWhole { path: path.to_owned(), reason });
    }
    let origin = Origin { store: checked.header.store.clone(), taken: checked.header.taken.clone() };
    let head_seq = restoring.finish(&origin, who, now).await?;
    Ok(Restored { checked, head_seq })
}

/// Keeps a copy of a sound store, which is this file of SQLite, under another name beside it, which is given back.
///
/// # Errors
/// When it cannot be read or the copy cannot be written; then there is none.
pub async fn keep_copy(catalogue: &Catalogue, store: &Path, now: Timestamp) -> Result<PathBuf, BackupError> {
    let (half, aside) = (beside(store, ".keeping"), aside_of(store, "replaced", now));
    let failed = |doing: &'static str| {
        let path = store.to_owned();
        move |source: io::Error| BackupError::File { path, doing, source }
    };
    // An earlier attempt may have been killed.
    remove_if_there(&half).map_err(failed("clearing away an earlier attempt"))?;
    let copied = catalogue.copy_into(&half).await.map_err(BackupError::from);
    let kept = copied.and_then(|()| name_copy(&half, &aside).map_err(failed("keeping a copy of it")));
    // It has its name by now, or is of no use to anybody.
    let _ = std::fs::remove_file(&half);
    kept.map(|()| aside)
}

/// Gives a whole copy its name, under which none may be yet. Nobody but its owner may read it, as with the store.
fn name_copy(half: &Path, aside: &Path) -> io::Result<()> {
    std::fs::set_permissions(half, Permissions::from_mode(0o600))?;
    File::open(half)?.sync_all()?;
    std::fs::hard_link(half, aside)?;
    sync_folder_of(aside)
}

/// Puts a backup in place of a file of SQLite that cannot be opened any more. The damaged file is kept under another name,
/// which is given back.
///
/// # Errors
/// As for [`restore`], and when the files cannot be moved.
pub async fn restore_over_damaged(
    store: &Path,
    path: &Path,
    who: &str,
    now: Timestamp,
) -> Result<(Restored, PathBuf), BackupError> {
    let fresh = beside(store, ".restoring");
    let failed = |doing: &'static str| {
        let path = store.to_owned();
        move |source: io::Error| BackupError::File { path, doing, source }
    };
    // An earlier attempt may have been killed.
    for leftover in ["", "-wal", "-shm"] {
        remove_if_there(&beside(&fresh, leftover)).map_err(failed("clearing away an earlier attempt"))?;
    }
    let catalogue = Catalogue::open(&StorePlace::File(fresh.clone())).await?;
    let restored = restore(&catalogue, path, who, now).await;
    catalogue.close().await;
    let restored = restored?;
    let aside = aside_of(store, "damaged", now);
    swap(store, &fresh, &aside).map_err(failed("putting the new file in its place"))?;
    for leftover in ["-wal", "-shm", ".opening"] {
        remove_if_there(&beside(&fresh, leftover)).map_err(failed("clearing away what was beside it"))?;
    }
    Ok((restored, aside))
}

/// Until the last step the damaged file stands where it stood, and is refused as before.
fn swap(store: &Path, fresh: &Path, aside: &Path) -> io::Result<()> {
    let log = beside(fresh, "-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        return Err(io::Error::other("the new file does not stand alone yet"));
    }
    std::fs::hard_link(store, aside)?;
    // What belongs to the damaged file must never be taken for a part of the new one.
    for part in ["-wal", "-shm"] {
        match std::fs::rename(beside(store, part), beside(aside, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    std::fs::rename(fresh, store)?;
    sync_folder_of(store)
}

/// A name is safe only when its folder is.
fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Where a store is kept that a backup takes the place of.
fn aside_of(store: &Path, why: &str, now: Timestamp) -> PathBuf {
    beside(store, &format!(".{why}-{}", now.strftime("%Y%m%dT%H%M%SZ")))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Reads the file once more, and writes what it holds.
async fn put_all(restoring: &mut Restoring, path: &Path) -> Result<Checked, BackupError> {
    let (parts, mut waiting) = mpsc::channel(PARTS_WAITING);
    let reading = {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || send_parts(&path, &parts))
    };
    while let Some(part) = waiting.recv().await {
        let Part { table, rows, .. } = part;
        restoring.put(&table, rows).await?;
    }
    reading.await.map_err(|_| BackupError::BrokenOff)?
}

fn send_parts(path: &Path, parts: &mpsc::Sender<Part>) -> Result<Checked, BackupError> {
    let send = |part: Part| parts.blocking_send(part).map_err(|_| BackupError::BrokenOff);
    let mut open: Option<Part> = None;
    let checked = read_through(path, |ReadRow { table, row, bytes }| {
        let is_next = |part: &Part| {
            part.table != table || part.rows.len() >= ROWS_AT_ONCE || part.bytes.saturating_add(bytes) > BYTES_AT_ONCE
        };
        if open.as_ref().is_some_and(is_next)
            && let Some(full) = open.take()
        {
            send(full)?;
        }
        let part = open.get_or_insert_with(|| Part { table, rows: Vec::new(), bytes: 0 });
        part.rows.push(row);
        part.bytes += bytes;
        Ok(())
    })?;
    if let Some(last) = open {
        send(last)?;
    }
    Ok(checked)
}
