//! Reading a backup: whether it is whole, and its rows one after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BackupError, FORMAT, Header, SEAL_BYTES, SEAL_HEAD, VERSION};

/// A line of a backup is at most so long: the largest payload that a source may be allowed (1 GiB), in base 64.
const MAX_LINE_BYTES: u64 = 3 << 29;
/// The file is hashed in pieces of this size.
const PIECE_BYTES: usize = 1 << 20;

/// A backup that was read through and is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it says of itself.
    pub header: Header,
    /// How many rows each table has.
    pub rows: BTreeMap<String, u64>,
}

/// A row that was read.
pub(super) struct ReadRow {
    /// The table it belongs into.
    pub(super) table: String,
    /// Its values by column.
    pub(super) row: Map<String, Value>,
    /// How long its line is.
    pub(super) bytes: usize,
}

/// A line between the first and the last.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowLine {
    table: String,
    row: Map<String, Value>,
}

/// The last line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TailLine {
    rows: BTreeMap<String, u64>,
    blake3: String,
}

/// Any line but the first.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Row(RowLine),
    Tail(TailLine),
}

/// Reads a backup through, and says what is in it. Blocks.
///
/// # Errors
/// [`BackupError::NotWhole`] for whatever is not exactly what [`super::back_up`] wrote; [`BackupError::File`] when it cannot
/// be read.
pub fn check(path: &Path) -> Result<Checked, BackupError> {
    read_through(path, |_| Ok(()))
}

/// Gives every row of a backup to somebody who takes them, in the order of the file. Blocks.
///
/// What was given is to be believed only when this has returned: the hash of it stands at the end.
pub(super) fn read_through(
    path: &Path,
    mut take: impl FnMut(ReadRow) -> Result<(), BackupError>,
) -> Result<Checked, BackupError> {
    let reading = Reading(path);
    let mut lines = reading.open()?;
    let header = reading.header(&mut lines)?;
    let mut counts: BTreeMap<String, u64> = header.tables.iter().map(|table| (table.clone(), 0)).collect();
    loop {
        let hash = lines.hasher.finalize().to_hex();
        let line = reading.line(&mut lines)?.ok_or_else(|| reading.not_whole("its last line is missing"))?;
        let parsed: Line =
            serde_json::from_slice(&line).map_err(|_| reading.not_whole("a line in it cannot be read"))?;
        match parsed {
            Line::Row(RowLine { table, row }) => {
                let count = counts.get_mut(&table).ok_or_else(|| reading.not_whole("a row is of an unknown table"))?;
                *count += 1;
                take(ReadRow { table, row, bytes: line.len() })?;
            }
            Line::Tail(tail) => {
                if tail.blake3 != hash.as_str() {
                    return Err(reading.not_whole("its rows are not those that were written"));
                }
                if tail.rows != counts {
                    return Err(reading.not_whole("it does not have as many rows as it says"));
                }
                if reading.line(&mut lines)?.is_some() {
                    return Err(reading.not_whole("something stands behind its end"));
                }
                return Ok(Checked { header, rows: counts });
            }
        }
    }
}

/// What is known of the file while it is read.
struct Reading<'p>(&'p Path);

/// The lines of the file, and the hash of those that were read.
struct Lines {
    reader: BufReader<zstd::Decoder<'static, BufReader<io::Take<File>>>>,
    hasher: blake3::Hasher,
}

impl Reading<'_> {
    fn not_whole(&self, reason: impl Into<String>) -> BackupError {
        BackupError::NotWhole { path: PathBuf::from(self.0), reason: reason.into() }
    }

    fn failed(&self, source: io::Error) -> BackupError {
        BackupError::File { path: PathBuf::from(self.0), doing: "reading it", source }
    }

    /// Opens the file when its seal is intact.
    fn open(&self) -> Result<Lines, BackupError> {
        let mut file = File::open(self.0).map_err(|error| self.failed(error))?;
        let length = file.metadata().map_err(|error| self.failed(error))?.len();
        let Some(content) = length.checked_sub(SEAL_BYTES) else {
            return Err(self.not_whole("it is too short"));
        };
        let (hash, seal) = hash_and_seal(&mut file, content).map_err(|error| self.failed(error))?;
        if seal[..SEAL_HEAD.len()] != SEAL_HEAD {
            return Err(self.not_whole("it does not end as a backup does: it was cut, or is something else"));
        }
        if seal[SEAL_HEAD.len()..] != *hash.as_bytes() {
            return Err(self.not_whole("it is not what was written: it is damaged"));
        }
        file.seek(SeekFrom::Start(0)).map_err(|error| self.failed(error))?;
        let decoder = zstd::Decoder::new(file.take(content)).map_err(|error| self.failed(error))?;
        Ok(Lines { reader: BufReader::new(decoder), hasher: blake3::Hasher::new() })
    }

    fn header(&self, lines: &mut Lines) -> Result<Header, BackupError> {
        let line = self.line(lines)?.ok_or_else(|| self.not_whole("it is empty"))?;
        let header: Header =
            serde_json::from_slice(&line).map_err(|_| self.not_whole("its first line says nothing of a backup"))?;
        if header.format != FORMAT {
            return Err(self.not_whole(format!("it calls itself `{}`", header.format)));
        }
        if header.version != VERSION {
            let version = header.version;
            return Err(self.not_whole(format!("it is of edition {version}, and this program reads edition {VERSION}")));
        }
        Ok(header)
    }

    /// The next line; `None` at the end.
    fn line(&self, lines: &mut Lines) -> Result<Option<Vec<u8>>, BackupError> {
        let mut line = Vec::new();
        let mut limited = (&mut lines.reader).take(MAX_LINE_BYTES);
        // What is no zstd shows here as well.
        limited.read_until(b'\n', &mut line).map_err(|error| self.not_whole(error.to_string()))?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            return Err(self.not_whole("a line in it has no end"));
        }
        lines.hasher.update(&line);
        Ok(Some(line))
    }
}

/// The hash of so many bytes, and what stands behind them.
fn hash_and_seal(file: &mut File, content: u64) -> io::Result<(blake3::Hash, Vec<u8>)> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut limited = file.by_ref().take(content);
    loop {
        let read = limited.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
    }
    let mut seal = Vec::new();
    // One byte more, so that a file that grows meanwhile is not taken for whole.
    file.by_ref().take(SEAL_BYTES + 1).read_to_end(&mut seal)?;
    seal.resize(usize::try_from(SEAL_BYTES).unwrap_or(0).max(seal.len()), 0);
    Ok((hasher.finalize(), seal))
}
