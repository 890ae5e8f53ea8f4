//! Taking a backup: the rows come from the store, and go line by line through zstd into the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::{BackupError, FORMAT, Header, SEAL_HEAD, VERSION};
use crate::catalogue::{Catalogue, RowsOfTable, Snapshot, carried_tables};

/// What zstd itself takes when nobody asks. Most of a store is payloads, which are compressed already.
const COMPRESSION_LEVEL: i32 = 3;
/// So many pages of rows may wait for the disk: with the largest payloads, some hundred megabytes.
const PAGES_WAITING: usize = 2;

/// Where a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Into this file, which is there only when the backup is whole. One that is there is replaced, and where it is a link
    /// the file that it leads to; what is no file is left alone.
    File(PathBuf),
    /// To standard output.
    Output,
}

impl Target {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Output => Path::new("standard output"),
        }
    }
}

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// How many rows are in it.
    pub rows: u64,
    /// How large the file is.
    pub bytes: u64,
    /// The last place of the change log in it.
    pub head_seq: i64,
}

/// Takes a backup of the store as it is now, while others go on writing to it.
///
/// # Errors
/// When the store cannot be read or the file cannot be written; then there is no file of that name, or the one before.
pub async fn back_up(catalogue: &Catalogue, target: &Target, now: Timestamp) -> Result<BackedUp, BackupError> {
    let snapshot = catalogue.snapshot().await?;
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        schema: snapshot.schema,
        store: snapshot.store.clone(),
        taken: format!("{now:.0}"),
        head_seq: snapshot.head,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        tables: carried_tables().into_iter().map(ToOwned::to_owned).collect(),
    };
    let head_seq = header.head_seq;
    let (pages, waiting) = mpsc::channel(PAGES_WAITING);
    let writing = {
        let target = target.clone();
        tokio::task::spawn_blocking(move || write(&target, &header, waiting))
    };
    let read = send_rows(snapshot, pages).await;
    let written = writing.await.map_err(|_| BackupError::BrokenOff)?;
    // What the store said comes first: the file broke off because of it.
    read?;
    let Written { rows, bytes } = written?;
    Ok(BackedUp { rows, bytes, head_seq })
}

/// A page of rows; `None` says that this was all, without which the file is not finished.
type Page = Option<RowsOfTable>;

async fn send_rows(mut snapshot: Snapshot, pages: mpsc::Sender<Page>) -> Result<(), BackupError> {
    loop {
        let page = snapshot.next().await?;
        let was_all = page.is_none();
        // Nobody takes it when the file could not be written, which its writer says.
        if pages.send(page).await.is_err() || was_all {
            return Ok(());
        }
    }
}

struct Written {
    rows: u64,
    bytes: u64,
}

fn write(target: &Target, header: &Header, pages: mpsc::Receiver<Page>) -> Result<Written, BackupError> {
    let failed = |doing: &'static str| {
        let path = target.path().to_owned();
        move |source: io::Error| BackupError::File { path, doing, source }
    };
    match target {
        Target::Output => {
            let sealed = Sealed::new(io::stdout().lock());
            write_all(sealed, header, pages).map(|(written, _)| written).map_err(failed("writing the backup"))
        }
        Target::File(path) => {
            let path = &file_of(path).map_err(failed("looking at what is there"))?;
            let partial = partial_path(path);
            let file = create(&partial).map_err(failed("making a file beside it"))?;
            let written = write_all(Sealed::new(BufWriter::new(file)), header, pages).and_then(|(written, out)| {
                out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
                std::fs::rename(&partial, path)?;
                // The name is safe only when the folder is.
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                File::open(folder)?.sync_all()?;
                Ok(written)
            });
            if written.is_err() {
                // It is of no use to anybody, and nothing more can be done where this fails as well.
                let _ = std::fs::remove_file(&partial);
            }
            written.map_err(failed("writing the backup"))
        }
    }
}

/// The file that a path leads to, or is to lead to. A device or a pipe that was renamed over would be gone.
fn file_of(path: &Path) -> io::Result<PathBuf> {
    match path.metadata() {
        Ok(there) if there.is_file() => path.canonicalize(),
        Ok(_) => Err(io::Error::other("it is no regular file; name another, or `-` for standard output")),
        // A link to nothing is there, and leads nowhere.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// Where a backup is written until it is whole.
pub(super) fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// A backup holds what only we may read: reports of users, hashes of tokens. What an earlier attempt left is written over, and
/// what another is writing now is not.
fn create(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    file.try_lock().map_err(|_| io::Error::other("another backup is being written into it"))?;
    file.set_len(0)?;
    Ok(file)
}

fn write_all<W: Write>(
    sealed: Sealed<W>,
    header: &Header,
    mut pages: mpsc::Receiver<Page>,
) -> io::Result<(Written, W)> {
    let mut lines = Lines { out: zstd::Encoder::new(sealed, COMPRESSION_LEVEL)?, hasher: blake3::Hasher::new() };
    lines.write(header)?;
    let mut counts: BTreeMap<&'static str, u64> = carried_tables().into_iter().map(|table| (table, 0)).collect();
    loop {
        // Without the word that this was all, the store broke off, and so does the file.
        let page = pages.blocking_recv().ok_or_else(|| io::Error::other("the rows ended too early"))?;
        let Some(RowsOfTable { table, rows }) = page else {
            break;
        };
        *counts.entry(table).or_default() += rows.len() as u64;
        for row in rows {
            lines.write(&RowLine { table, row: &row })?;
        }
    }
    let hash = lines.hasher.finalize().to_hex();
    lines.write(&json!({ "rows": counts, "blake3": hash.as_str() }))?;
    let (out, bytes) = lines.out.finish()?.seal()?;
    Ok((Written { rows: counts.values().sum(), bytes }, out))
}

/// A row as it stands in the file.
#[derive(Serialize)]
struct RowLine<'r> {
    table: &'r str,
    row: &'r Map<String, Value>,
}

/// Lines of JSON, and the hash of all that were written.
struct Lines<W: Write> {
    out: zstd::Encoder<'static, W>,
    hasher: blake3::Hasher,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.hasher.update(&line);
        self.out.write_all(&line)
    }
}

/// Hashes what goes through it, to put the hash behind it.
struct Sealed<W: Write> {
    out: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Sealed<W> {
    fn new(out: W) -> Self {
        Self { out, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    fn seal(mut self) -> io::Result<(W, u64)> {
        let hash = self.hasher.finalize();
        self.out.write_all(&SEAL_HEAD)?;
        self.out.write_all(hash.as_bytes())?;
        self.out.flush()?;
        Ok((self.out, self.bytes + super::SEAL_BYTES))
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
