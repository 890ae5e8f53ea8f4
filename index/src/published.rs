//! A generation that other nodes may begin with: a whole copy of the live one in a folder that they share.
//!
//! `folder/<schema hash>-<position>/` holds the files of one commit and `manifest.json`, which names them with their
//! checksums. It is written beside and renamed, so that there is never half of one. Files are copied, not linked: each is
//! read anyway for its checksum, and what later damages one copy leaves the other. Whoever begins with one follows the
//! change log from its position; when to publish is for the caller to say.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use schemas::Vocabularies;
use serde::{Deserialize, Serialize};

use crate::Index;
use crate::error::{At, IndexError};
use crate::generation::{CommitMark, Generation};
use crate::shelf::{Shelf, number_of};

const MANIFEST: &str = "manifest.json";
const DRAFT: &str = "draft";
/// Held while something is published: one node at a time.
const LOCK: &str = "lock";
/// The files of the engine that say what a commit is made of.
const META: &str = "meta.json";
const MANAGED: &str = ".managed.json";

/// The last and the one before it: who is just copying that is not disturbed.
const KEPT: usize = 2;
/// What older programs published goes when what is published now is so much younger: an upgrade is over by then, or was
/// taken back.
const OTHERS_KEPT: Duration = Duration::from_hours(30 * 24);
/// A merge may end, and take files away, while a commit is being read. It does not go on doing so.
const TRIES: usize = 5;
/// A manifest names some twelve files for each of a few dozen segments.
const MAX_FILES: usize = 10_000;
/// That many names and checksums.
const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// So much is copied at once.
const CHUNK_BYTES: usize = 256 << 10;

/// A generation that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Where it lies: of one that was fetched, where it was fetched from.
    pub folder: PathBuf,
    /// How far it follows the change log.
    pub position: u64,
    /// How many resources it holds.
    pub resources: u64,
    /// The bytes of all its files.
    pub bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// What it was built with; see `shelf`.
    schema: String,
    position: u64,
    resources: u64,
    files: Vec<ManifestFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    name: String,
    bytes: u64,
    blake3: String,
}

impl Index {
    /// Copies the live generation into a folder that other nodes read, which is made if need be. The one published before
    /// is kept too. Nobody waits for it.
    ///
    /// # Errors
    /// [`IndexError::Empty`] when it holds nothing sound yet, [`IndexError::InUse`] while another node publishes; otherwise
    /// when it cannot be read, or the folder not be written.
    pub fn publish(&self, folder: &Path) -> Result<Published, IndexError> {
        let live = self.live.load_full();
        if live.position() == 0 || live.is_damaged() {
            return Err(IndexError::Empty);
        }
        fs::create_dir_all(folder).at(folder)?;
        let _turn = take_turn(folder)?;
        let mut tries = 1;
        let (draft, manifest) = loop {
            match write_draft(&live, &self.shelf.schema_hash, folder) {
                Err(IndexError::Storage { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && tries < TRIES =>
                {
                    tries += 1;
                }
                other => break other?,
            }
        };
        let place = folder.join(name_of(&manifest.schema, manifest.position));
        if place.exists() {
            // The same state, and perhaps damaged since.
            fs::remove_dir_all(&place).at(&place)?;
        }
        fs::rename(&draft, &place).at(&place)?;
        sync_folder(folder)?;
        clear_away(folder, &manifest.schema, &place);
        Ok(manifest.told(place))
    }

    /// Begins the index in a folder with the last generation that was published for it, when it holds nothing yet. To be
    /// called before [`Index::open`].
    ///
    /// `None` when the index holds something, or nothing is published that was built with the same fields and
    /// vocabularies from the same store and is whole: the index is then to be built from the store. What is refused is
    /// told in the log.
    ///
    /// # Errors
    /// When the index's own folder cannot be read or written.
    pub fn fetch_published(
        dir: &Path,
        vocabularies: &'static Vocabularies,
        store_id: &str,
        folder: &Path,
    ) -> Result<Option<Published>, IndexError> {
        let shelf = Shelf::open(dir, vocabularies, store_id)?;
        if shelf.holds_something()? {
            return Ok(None);
        }
        for place in published_in(folder, &shelf.schema_hash) {
            match fetch(&shelf, &place) {
                Ok(published) => return Ok(Some(published)),
                Err(error) => {
                    tracing::warn!(path = %place.display(), error = %error, "a published generation is refused");
                }
            }
        }
        Ok(None)
    }
}

impl Manifest {
    fn told(&self, folder: PathBuf) -> Published {
        let bytes = self.files.iter().map(|file| file.bytes).sum();
        Published { folder, position: self.position, resources: self.resources, bytes }
    }
}

/// Takes the turn of the one who publishes; free again when it is dropped or the process dies.
fn take_turn(folder: &Path) -> Result<File, IndexError> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path).at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IndexError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(error).at(&path),
    }
}

/// Copies the last commit of a generation and writes its manifest, into a folder beside those that are published.
fn write_draft(live: &Generation, schema: &str, folder: &Path) -> Result<(PathBuf, Manifest), IndexError> {
    let draft = folder.join(DRAFT);
    // Whoever left it there was killed: the turn is ours.
    if draft.exists() {
        fs::remove_dir_all(&draft).at(&draft)?;
    }
    fs::create_dir(&draft).at(&draft)?;
    let (commit, names) = live.last_commit()?;
    let mark = commit.payload.as_deref();
    let position = mark.and_then(|mark| CommitMark::position_in(mark, schema));
    let resources = commit.segments.iter().map(|segment| u64::from(segment.num_docs())).sum();
    let mut files = Vec::with_capacity(names.len() + 2);
    for name in &names {
        let from = live.path.join(name);
        let (bytes, hash) = copy(&from, &draft.join(name), u64::MAX).at(&from)?;
        files.push(ManifestFile { name: name.display().to_string(), bytes, blake3: hash.to_hex().to_string() });
    }
    let managed: Vec<&Path> = names.iter().map(PathBuf::as_path).chain([Path::new(META)]).collect();
    for (name, json) in [(META, to_json(&commit)), (MANAGED, to_json(&managed))] {
        write_synced(&draft.join(name), &json)?;
        let (bytes, hash) = (json.len() as u64, blake3::hash(&json));
        files.push(ManifestFile { name: name.to_owned(), bytes, blake3: hash.to_hex().to_string() });
    }
    let manifest =
        Manifest { schema: schema.to_owned(), position: position.ok_or(IndexError::Empty)?, resources, files };
    write_synced(&draft.join(MANIFEST), &to_json(&manifest))?;
    sync_folder(&draft)?;
    Ok((draft, manifest))
}

/// Copies a published generation, compares every file with its checksum, and makes it the live one.
fn fetch(shelf: &Shelf, place: &Path) -> Result<Published, IndexError> {
    let manifest = read_manifest(place)?;
    let refused = |reason: String| IndexError::Refused { path: place.to_owned(), reason };
    if manifest.schema != shelf.schema_hash {
        return Err(refused("it was built with other fields or vocabularies, or from another store".to_owned()));
    }
    let number = shelf.next_number()?;
    let target = shelf.path_of(number);
    fs::create_dir(&target).at(&target)?;
    let found = fetch_files(&manifest, place, &target).and_then(|()| {
        let found = Generation::open(&target, number, &shelf.schema_hash, shelf.vocabularies)?;
        let found = found.ok_or_else(|| refused("it cannot be opened".to_owned()))?;
        let held = (found.position(), found.resource_count());
        if held != (manifest.position, manifest.resources) {
            return Err(refused(format!("its manifest does not fit what it holds: {held:?}")));
        }
        shelf.make_live(&found, None)
    });
    if let Err(error) = found {
        // What stays is cleared away at the next rebuild.
        let _ = fs::remove_dir_all(&target);
        return Err(error);
    }
    Ok(manifest.told(place.to_owned()))
}

fn read_manifest(place: &Path) -> Result<Manifest, IndexError> {
    let path = place.join(MANIFEST);
    let mut json = Vec::new();
    File::open(&path).and_then(|file| file.take(MAX_MANIFEST_BYTES).read_to_end(&mut json)).at(&path)?;
    let refused = |reason: String| IndexError::Refused { path: place.to_owned(), reason };
    let manifest: Manifest =
        serde_json::from_slice(&json).map_err(|error| refused(format!("its manifest: {error}")))?;
    if manifest.files.len() > MAX_FILES {
        return Err(refused(format!("its manifest names more than {MAX_FILES} files")));
    }
    Ok(manifest)
}

fn fetch_files(manifest: &Manifest, place: &Path, target: &Path) -> Result<(), IndexError> {
    let refused = |reason: String| IndexError::Refused { path: place.to_owned(), reason };
    for file in &manifest.files {
        if !is_plain(&file.name) {
            return Err(refused(format!("`{}` is no name of a file", file.name.escape_debug())));
        }
        let from = place.join(&file.name);
        let (bytes, hash) = copy(&from, &target.join(&file.name), file.bytes).at(&from)?;
        if bytes != file.bytes || hash.to_hex().as_str() != file.blake3 {
            return Err(refused(format!("`{}` is not what was published", file.name)));
        }
    }
    sync_folder(target)
}

/// Whether a name leads to a file beside the manifest and nowhere else.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

/// Copies a file and says how many bytes that were and what their checksum is. Stops where it is longer than it may be.
fn copy(from: &Path, to: &Path, max_bytes: u64) -> io::Result<(u64, blake3::Hash)> {
    let mut source = File::open(from)?.take(max_bytes.saturating_add(1));
    let mut target = File::create_new(to)?;
    let mut hasher = blake3::Hasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        let count = source.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        hasher.update(&chunk[..count]);
        target.write_all(&chunk[..count])?;
        bytes += count as u64;
    }
    target.sync_all()?;
    Ok((bytes, hasher.finalize()))
}

fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers and texts can always be written as JSON")
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
    let mut file = File::create_new(path).at(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).at(path)
}

fn sync_folder(folder: &Path) -> Result<(), IndexError> {
    File::open(folder).and_then(|opened| opened.sync_all()).at(folder)
}

/// Names sort by position within what was built alike: twenty digits hold every position.
fn name_of(schema: &str, position: u64) -> String {
    format!("{schema}-{position:020}")
}

/// What was published for an index that is built with this, the last first.
fn published_in(folder: &Path, schema: &str) -> Vec<PathBuf> {
    let mut names = names_in(folder);
    names.retain(|name| name.strip_prefix(schema).is_some_and(|rest| rest.starts_with('-')));
    names.sort_unstable_by(|one, other| other.cmp(one));
    names.iter().map(|name| folder.join(name)).collect()
}

/// The names of all that is published in a folder; none where there is no such folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| number_of(name).is_some()).collect()
}

/// Deletes what is published no more. What cannot be deleted costs room and nothing else.
fn clear_away(folder: &Path, schema: &str, latest: &Path) {
    let ours = published_in(folder, schema);
    let too_old: Vec<PathBuf> = ours.iter().filter(|place| *place != latest).skip(KEPT - 1).cloned().collect();
    let others = names_in(folder).into_iter().map(|name| folder.join(name));
    let outlived = others.filter(|place| !ours.contains(place) && is_outlived(place, latest));
    for place in too_old.into_iter().chain(outlived) {
        if let Err(error) = fs::remove_dir_all(&place) {
            tracing::warn!(path = %place.display(), %error, "an old published generation cannot be removed");
        }
    }
}

/// Whether what others published is so much older than what we did that nobody needs it.
fn is_outlived(place: &Path, latest: &Path) -> bool {
    let modified = |place: &Path| fs::metadata(place.join(MANIFEST)).and_then(|manifest| manifest.modified());
    match (modified(latest), modified(place)) {
        (Ok(ours), Ok(theirs)) => ours.duration_since(theirs).is_ok_and(|age| age > OTHERS_KEPT),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_no_name_of_a_file() {
        for name in ["meta.json", ".managed.json", "0a1b.12.del"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", ".", "..", "../x", "/etc/passwd", "a/b", "a/", "./a"] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn the_order_of_names_is_the_order_of_positions() {
        let schema = "0123456789abcdef";
        assert!(name_of(schema, 9) < name_of(schema, 10));
        assert_eq!(number_of(&name_of(schema, 10)), Some(10));
    }
}
