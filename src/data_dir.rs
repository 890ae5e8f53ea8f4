//! The data directory: made for its owner alone, and locked by the one process that works on it.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::Context;

/// Another process works on the same data directory.
#[derive(Debug, thiserror::Error)]
#[error(
    "the data directory {path} is in use by another signpost ({holder}); stop it, or give --data-dir another folder"
)]
pub struct InUse {
    /// The data directory.
    pub path: String,
    /// What the holder wrote about itself: `serve, process 123`.
    pub holder: String,
}

impl InUse {
    /// Whether the holder is a server, which works off jobs that are queued for it.
    pub fn is_server(&self) -> bool {
        self.holder.starts_with("serve")
    }
}

/// Makes the data directory where it is missing, for its owner alone: hashes of tokens and what users wrote are in it.
///
/// # Errors
/// When it cannot be made.
pub fn make_data_dir(data_dir: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data_dir);
    made.with_context(|| format!("the data directory {}", data_dir.display()))
}

/// The lock on a data directory; free again when it is dropped or the process dies.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock for a command of this name, making the directory when it is missing.
    ///
    /// # Errors
    /// [`InUse`] when another process holds it; otherwise when the directory cannot be written.
    pub fn take(data_dir: &Path, command: &str) -> anyhow::Result<Self> {
        make_data_dir(data_dir)?;
        let path = data_dir.join("lock");
        // The operating system frees the lock when the process dies, so a stale file never blocks.
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("the lock {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = std::fs::read_to_string(&path).unwrap_or_default();
                let holder = holder.chars().take(80).filter(|c| !c.is_control()).collect();
                return Err(InUse { path: data_dir.display().to_string(), holder }.into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("the lock {}", path.display()));
            }
        }
        file.set_len(0)?;
        write!(file, "{command}, process {}", std::process::id())?;
        Ok(Self { _file: file })
    }
}
