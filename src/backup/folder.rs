//! The folder of backups: what they are called, which there are, and how many are kept.
//!
//! Only files whose names are ours are ever counted or deleted.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const BEGINS: &str = "signpost-";
const ENDS: &str = "Z.ndjson.zst";
/// The time in the name sorts as text.
const TIME: &str = "%Y%m%dT%H%M%S";

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptBackup {
    /// When it was taken, as its name says.
    pub taken: Timestamp,
    /// The file.
    pub path: PathBuf,
}

/// What a backup that is taken now is called: `signpost-20261122T004500Z.ndjson.zst`.
pub fn path_in(folder: &Path, now: Timestamp) -> PathBuf {
    folder.join(format!("{BEGINS}{}{ENDS}", now.strftime(TIME)))
}

/// The backups in the folder, the newest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path) -> io::Result<Vec<KeptBackup>> {
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(taken) = time_in(name) {
            kept.push(KeptBackup { taken, path });
        }
    }
    kept.sort_unstable_by(|one, other| other.cmp(one));
    Ok(kept)
}

/// Deletes all but the newest so many, and says how many those were. One of a later time than `now` was named by a clock
/// that was ahead: it neither counts nor goes, for else what was taken now would go in its place. Of what was broken off
/// nothing is left either; what another is writing now stays.
///
/// # Errors
/// When the folder cannot be read or a file cannot be deleted.
pub fn keep_newest(folder: &Path, keep: usize, now: Timestamp) -> io::Result<usize> {
    let mut kept = list(folder)?;
    kept.retain(|backup| backup.taken <= now);
    let old = kept.get(keep..).unwrap_or_default();
    for backup in old {
        std::fs::remove_file(&backup.path)?;
    }
    let is_ours = |name: &str| name.strip_suffix(".partial").is_some_and(|name| time_in(name).is_some());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(is_ours) && is_left_over(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(old.len())
}

/// Whether nobody writes it any more: whoever does holds it locked.
fn is_left_over(path: &Path) -> bool {
    File::options().write(true).open(path).is_ok_and(|file| file.try_lock().is_ok())
}

fn time_in(name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix(BEGINS)?.strip_suffix(ENDS)?;
    let time = DateTime::strptime(TIME, time).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::super::write::partial_path;
    use super::*;

    #[test]
    fn the_newest_are_kept_and_only_what_is_ours_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let days: Vec<Timestamp> =
            (1..=5).map(|day| format!("2026-11-0{day}T00:45:00Z").parse().expect("a time")).collect();
        for day in &days {
            std::fs::write(path_in(folder.path(), *day), "x").unwrap();
        }
        let others = ["signpost-old.ndjson.zst", "letters.txt", "signpost-20261101T004500Z.ndjson.zst.bak"];
        for other in others {
            std::fs::write(folder.path().join(other), "x").unwrap();
        }
        std::fs::write(partial_path(&path_in(folder.path(), days[0])), "x").unwrap();
        let being_written = partial_path(&path_in(folder.path(), days[1]));
        let writing = File::create(&being_written).unwrap();
        writing.try_lock().unwrap();
        assert_eq!(keep_newest(folder.path(), 2, days[4]).unwrap(), 3);
        assert!(being_written.exists());
        drop(writing);
        let left: Vec<Timestamp> = list(folder.path()).unwrap().into_iter().map(|kept| kept.taken).collect();
        assert_eq!(left, [days[4], days[3]]);
        assert_eq!(keep_newest(folder.path(), 2, days[4]).unwrap(), 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2 + others.len());
    }

    #[test]
    fn what_a_clock_that_was_ahead_has_named_takes_the_place_of_none_that_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let [today, next_year]: [Timestamp; 2] =
            ["2026-11-05T00:45:00Z", "2027-11-05T00:45:00Z"].map(|time| time.parse().expect("a time"));
        for time in [today, next_year] {
            std::fs::write(path_in(folder.path(), time), "x").unwrap();
        }
        assert_eq!(keep_newest(folder.path(), 1, today).unwrap(), 0);
        assert_eq!(list(folder.path()).unwrap().len(), 2);
    }
}
