//! The data directory: whether it is there, whole, writable, and has room.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Finding;
use crate::catalogue::StorePlace;
use crate::config::CatalogueConfig;
use crate::data_dir::{DataLock, InUse};
use crate::disk::Room;

const ABOUT: &str = "data directory";
/// Less than the next generation of a large index needs beside the live one.
const LITTLE_ROOM_BYTES: u64 = 2 << 30;
/// A file of SQLite begins so. Source: SQLite, file format, 1.3, as are the places below.
const SQLITE_MARK: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
/// What users may do who are neither the owner nor of the group. Source: chmod(1).
pub(super) const OTHERS: u32 = 0o007;

pub(super) fn look_at(config: &CatalogueConfig) -> Vec<Finding> {
    let folder = &config.data_dir;
    let shown = folder.display();
    if !folder.is_dir() {
        let advice = "give --data-dir the right folder, or start `signpost serve`, which makes it";
        return vec![Finding::warn(ABOUT, format!("there is no folder {shown}"), advice)];
    }
    let mut findings = vec![look_at_rights(folder)];
    findings.extend(look_at_room(folder));
    findings.push(look_at_lock(folder));
    if let StorePlace::File(store) = config.store_place() {
        findings.extend(look_at_copy(folder, &store));
    }
    findings
}

fn look_at_rights(folder: &Path) -> Finding {
    let shown = folder.display();
    // The lock is a file of every data directory, and to open it changes nothing.
    let opened = File::options().create(true).truncate(false).write(true).open(folder.join("lock"));
    if let Err(error) = opened {
        let advice = "run it as the user that the service runs as, or give that user the folder (chown)";
        return Finding::fail(ABOUT, format!("{shown} cannot be written: {error}"), advice);
    }
    let mode = folder.metadata().map_or(0, |about| about.permissions().mode());
    if mode & OTHERS == 0 {
        return Finding::ok(ABOUT, format!("{shown} can be written, and is closed to others"));
    }
    let advice = format!("`chmod o-rwx {shown}`: reports of users and hashes of tokens are in it");
    Finding::warn(ABOUT, format!("{shown} is open to every user of this machine"), advice)
}

fn look_at_room(folder: &Path) -> Option<Finding> {
    let room = Room::at(folder).ok()?;
    let found = format!("{} MiB are free on its disk", room.free_bytes >> 20);
    let advice = "make room: delete old backups, or move the folder to a larger disk";
    Some(if room.free_bytes < room.floor_bytes() {
        Finding::fail("disk", found, advice)
    } else if room.free_bytes < LITTLE_ROOM_BYTES {
        Finding::warn("disk", found, advice)
    } else {
        Finding::ok("disk", found)
    })
}

fn look_at_lock(folder: &Path) -> Finding {
    match DataLock::take(folder, "doctor") {
        Ok(_lock) => Finding::ok("server", "none runs on this data directory"),
        Err(error) => match error.downcast_ref::<InUse>() {
            Some(in_use) => Finding::ok("server", format!("it is in use ({})", in_use.holder)),
            None => Finding::fail("server", format!("{error:#}"), "look at the rights of the file `lock` in it"),
        },
    }
}

/// A directory that was copied while a server wrote to it, or in part.
pub(super) fn look_at_copy(folder: &Path, store: &Path) -> Option<Finding> {
    let mut log = store.as_os_str().to_owned();
    log.push("-wal");
    let has_log = Path::new(&log).metadata().is_ok_and(|log| log.len() > 0);
    let advice = "the directory was copied in part or while a server wrote to it: put a backup back with `signpost restore \
                  FILE --replace`, and copy with `signpost backup` from now on";
    if !store.exists() {
        let lost = if has_log { "its write-ahead log" } else { "an index" };
        let is_lost = has_log || folder.join("index").is_dir();
        return is_lost.then(|| Finding::fail("copy", format!("{lost} is there, and the store itself is not"), advice));
    }
    let is_first = !folder.join("index").is_dir();
    match is_cut(store) {
        // A first start was killed as soon as it had made the file.
        Ok(Some(_)) if is_first && store.metadata().is_ok_and(|file| file.len() == 0) => None,
        Ok(Some(reason)) if !has_log => Some(Finding::fail("copy", reason, advice)),
        Ok(_) => None,
        Err(error) => Some(Finding::fail("copy", format!("{}: {error}", store.display()), advice)),
    }
}

/// Why a file of SQLite is shorter than it says it is.
fn is_cut(store: &Path) -> std::io::Result<Option<String>> {
    let mut file = File::open(store)?;
    let length = file.metadata()?.len();
    let mut header = [0; HEADER_BYTES];
    if file.read_exact(&mut header).is_err() || header[..SQLITE_MARK.len()] != *SQLITE_MARK {
        return Ok(Some(format!("{} is no database", store.display())));
    }
    let number =
        |place: usize| u32::from_be_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]]);
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    // The count of pages holds where the file says that it was written by one who knew of it.
    let is_count_valid = number(24) == number(92) && number(28) > 0;
    let expected = page * u64::from(number(28));
    let is_short = is_count_valid && length < expected;
    Ok(is_short.then(|| format!("the store has {length} of its {expected} bytes")))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::catalogue::Catalogue;

    #[tokio::test]
    async fn a_store_that_was_cut_or_forgotten_is_told_from_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("signpost.db");
        assert_eq!(look_at_copy(folder.path(), &store), None, "an empty directory");
        let catalogue = Catalogue::open(&StorePlace::File(store.clone())).await.unwrap();
        catalogue.close().await;
        assert_eq!(look_at_copy(folder.path(), &store), None);
        let whole = std::fs::read(&store).unwrap();
        std::fs::write(&store, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(look_at_copy(folder.path(), &store).map(|found| found.verdict), Some(Verdict::Fail));
        std::fs::remove_file(&store).unwrap();
        std::fs::create_dir(folder.path().join("index")).unwrap();
        assert!(look_at_copy(folder.path(), &store).is_some_and(|found| found.found.contains("an index is there")));
    }
}
