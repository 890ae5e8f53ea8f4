//! Disk: how much room is left where the data is, and whether that is too little to begin anything.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Below so many bytes nothing new is begun: a write-ahead log of the store takes 64 MiB, and merging the index as much
/// again as it is large.
const FLOOR_BYTES: u64 = 256 << 20;
/// On a small disk the floor is this part of it instead.
const FLOOR_PART: u64 = 20;
/// It is enough again at so many times the floor, so that it does not change with every file.
const ENOUGH_FLOORS: u64 = 2;

/// The room on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What may still be written.
    pub free_bytes: u64,
    /// How large the disk is.
    pub total_bytes: u64,
}

impl Room {
    /// The room where this folder is.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn at(folder: &Path) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok(Self { free_bytes: bytes(disk.f_bavail), total_bytes: bytes(disk.f_blocks) })
    }

    /// Below so many bytes nothing new is begun.
    pub fn floor_bytes(&self) -> u64 {
        FLOOR_BYTES.min(self.total_bytes / FLOOR_PART)
    }
}

/// What was last known of the disk.
#[derive(Debug, Default)]
pub struct Disk {
    is_known: AtomicBool,
    free_bytes: AtomicU64,
    is_low: AtomicBool,
}

impl Disk {
    /// What may still be written; `None` before anybody has looked.
    pub fn free_bytes(&self) -> Option<u64> {
        self.is_known.load(Ordering::Relaxed).then(|| self.free_bytes.load(Ordering::Relaxed))
    }

    /// Whether there is too little room to begin anything: harvests, rebuilds and backups wait. Searches go on.
    pub fn is_low(&self) -> bool {
        self.is_low.load(Ordering::Relaxed)
    }

    /// Takes note of the room, and says whether it has just become too little.
    pub fn note(&self, room: Room) -> bool {
        let was_low = self.is_low();
        let enough = if was_low { room.floor_bytes().saturating_mul(ENOUGH_FLOORS) } else { room.floor_bytes() };
        let is_low = room.free_bytes < enough;
        self.free_bytes.store(room.free_bytes, Ordering::Relaxed);
        self.is_low.store(is_low, Ordering::Relaxed);
        self.is_known.store(true, Ordering::Relaxed);
        is_low && !was_low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(free_bytes: u64) -> Room {
        Room { free_bytes, total_bytes: 1 << 40 }
    }

    #[test]
    fn little_room_is_told_once_and_enough_is_more_than_that() {
        let disk = Disk::default();
        assert_eq!((disk.free_bytes(), disk.is_low()), (None, false));
        assert!(!disk.note(room(FLOOR_BYTES)));
        assert!(disk.note(room(FLOOR_BYTES - 1)) && disk.is_low());
        assert!(!disk.note(room(FLOOR_BYTES + 1)) && disk.is_low(), "a little more is not enough");
        assert!(!disk.note(room(2 * FLOOR_BYTES)) && !disk.is_low());
        assert_eq!(disk.free_bytes(), Some(2 * FLOOR_BYTES));
    }

    #[test]
    fn a_small_disk_has_a_small_floor_and_every_folder_is_on_one() {
        assert_eq!(Room { free_bytes: 0, total_bytes: 8 << 20 }.floor_bytes(), (8 << 20) / 20);
        let room = Room::at(&std::env::temp_dir()).expect("the system says");
        assert!(room.total_bytes >= room.free_bytes && room.total_bytes > 0);
        assert!(Room::at(Path::new("/there/is/nothing/here")).is_err());
    }
}
