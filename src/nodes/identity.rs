//! Who this node is, and whose store it serves: two short files in the data directory.
//!
//! The id is made once and stays with the directory, so that a node that comes back finds the jobs it was at. The id of
//! the store is kept beside it for a start at which the store does not answer.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;

/// Where the id of the node stands.
const NODE_FILE: &str = "node-id";
/// Where the id of the store stands that the index was made from.
const STORE_FILE: &str = "store-id";
/// 64 bits: among a thousand nodes, two have the same with a chance of one in 10¹³.
const ID_BYTES: usize = 8;
/// No id of ours is longer; what is was not written by us.
const MAX_ID_CHARACTERS: usize = 64;

/// The id of the node whose data directory this is, made where there is none yet.
///
/// # Errors
/// When the directory cannot be read or written.
pub fn node_id(data_dir: &Path) -> anyhow::Result<String> {
    if let Some(id) = read(data_dir, NODE_FILE)? {
        return Ok(id);
    }
    let mut bytes = [0; ID_BYTES];
    getrandom::fill(&mut bytes).context("asking the system for random bytes")?;
    let id = format!("{:016x}", u64::from_le_bytes(bytes));
    write(data_dir, NODE_FILE, &id)?;
    Ok(id)
}

/// Forgets the id of the node, so that the next start makes another.
///
/// # Errors
/// When the directory cannot be written.
pub fn forget_node_id(data_dir: &Path) -> anyhow::Result<()> {
    let path = data_dir.join(NODE_FILE);
    match std::fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("deleting {}", path.display())),
    }
}

/// The id of the store that was served from this data directory last; `None` when there was none yet.
///
/// # Errors
/// When the directory cannot be read.
pub fn remembered_store(data_dir: &Path) -> anyhow::Result<Option<String>> {
    read(data_dir, STORE_FILE)
}

/// Keeps the id of the store for a start at which it does not answer.
///
/// # Errors
/// When the directory cannot be written.
pub fn remember_store(data_dir: &Path, store_id: &str) -> anyhow::Result<()> {
    if read(data_dir, STORE_FILE)?.as_deref() == Some(store_id) {
        return Ok(());
    }
    write(data_dir, STORE_FILE, store_id)
}

/// The id in a file; `None` when there is no file, or when a crash left it without one.
fn read(data_dir: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let path = data_dir.join(name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let id = text.trim();
    let is_id = (1..=MAX_ID_CHARACTERS).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_id {
        tracing::warn!("{} holds no id and is written anew", path.display());
    }
    Ok(is_id.then(|| id.to_owned()))
}

/// Writes beside the file and then in its place, so that a crash leaves the old one or the new one.
fn write(data_dir: &Path, name: &str, id: &str) -> anyhow::Result<()> {
    let (path, partial) = (data_dir.join(name), data_dir.join(format!("{name}.partial")));
    let made = std::fs::create_dir_all(data_dir).and_then(|()| File::create(&partial));
    let written = made.and_then(|mut file| {
        writeln!(file, "{id}")?;
        file.sync_all()?;
        std::fs::rename(&partial, &path)
    });
    written.with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_its_id_and_no_other_has_it() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let id = node_id(one.path()).unwrap();
        assert_eq!(node_id(one.path()).unwrap(), id);
        assert_ne!(node_id(other.path()).unwrap(), id);
        for _ in 0..2 {
            forget_node_id(one.path()).unwrap();
        }
        assert_ne!(node_id(one.path()).unwrap(), id);
    }

    #[test]
    fn a_file_that_a_crash_left_without_an_id_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        for left in ["", "\n", "two words", "\0\0\0"] {
            std::fs::write(folder.path().join(NODE_FILE), left).unwrap();
            let id = node_id(folder.path()).unwrap();
            assert_eq!(node_id(folder.path()).unwrap(), id, "{left:?}");
        }
    }

    #[test]
    fn the_store_that_was_served_last_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(remembered_store(folder.path()).unwrap(), None);
        for id in ["first", "first", "second"] {
            remember_store(folder.path(), id).unwrap();
            assert_eq!(remembered_store(folder.path()).unwrap().as_deref(), Some(id));
        }
    }
}
