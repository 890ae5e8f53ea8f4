//! Files of sources: the TOML files that say what a source is, and the data that some of them bring along.
//!
//! Nothing outside the folder is read: not by `..`, not by an absolute name, not through a symbolic link. Nothing is
//! read that is not a regular file, so that a pipe or a device cannot keep a run waiting or fill its memory.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use rust_embed::Embed;

use crate::error::HarvestError;

/// A source file longer than this is none: the longest we ship has a tenth of it.
const SOURCE_FILE_BYTES: u64 = 256 * 1024;

#[derive(Embed)]
#[folder = "sources/"]
struct ShippedFiles;

/// Where the files of sources are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceFiles {
    /// Inside the binary.
    Shipped,
    /// In a folder.
    Folder {
        /// Holds the TOML files.
        sources: PathBuf,
        /// Holds the files that they name in `[where] file`; the same folder when left out.
        data: Option<PathBuf>,
    },
}

/// The name of a source file, and its text or why there is none.
pub type ListedFile = (String, Result<String, HarvestError>);

impl SourceFiles {
    /// The name and text of every source file, `*.toml`, sorted by name. Folders inside are not looked into.
    ///
    /// A file that cannot be read, or is not UTF-8, has that error in place of its text: the others are still told.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<ListedFile>, HarvestError> {
        let mut names: Vec<String> = match self {
            Self::Shipped => ShippedFiles::iter().map(Cow::into_owned).collect(),
            Self::Folder { sources, .. } => names_in(sources)?,
        };
        names.retain(|name| is_source_file(name));
        names.sort();
        let text_of = |name: &str| {
            let bytes = match self {
                Self::Shipped => read_shipped(name, SOURCE_FILE_BYTES)?,
                Self::Folder { sources, .. } => read_inside(sources, name, SOURCE_FILE_BYTES)?,
            };
            String::from_utf8(bytes).map_err(|_| HarvestError::file(name, "not UTF-8"))
        };
        Ok(names.into_iter().map(|name| (text_of(&name), name)).map(|(text, name)| (name, text)).collect())
    }

    /// The content of a file that a source names, at most `max_bytes` of it.
    ///
    /// # Errors
    /// When there is no such regular file inside the folder, when it cannot be read, and when it is larger.
    pub fn read(&self, name: &str, max_bytes: u64) -> Result<Vec<u8>, HarvestError> {
        match self {
            Self::Shipped => read_shipped(name, max_bytes),
            Self::Folder { sources, data } => read_inside(data.as_ref().unwrap_or(sources), name, max_bytes),
        }
    }
}

fn is_source_file(name: &str) -> bool {
    let path = Path::new(name);
    path.components().count() == 1 && !name.starts_with('.') && path.extension().is_some_and(|end| end == "toml")
}

fn names_in(folder: &Path) -> Result<Vec<String>, HarvestError> {
    let failed = |error: io::Error| HarvestError::file(folder.display(), error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        // A name that is not UTF-8 is no source file: the id of a source is its name.
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    Ok(names)
}

fn read_shipped(name: &str, max_bytes: u64) -> Result<Vec<u8>, HarvestError> {
    let file = ShippedFiles::get(name).ok_or_else(|| HarvestError::file(name, "no such file is shipped"))?;
    limited(name, file.data.into_owned(), max_bytes)
}

fn read_inside(folder: &Path, name: &str, max_bytes: u64) -> Result<Vec<u8>, HarvestError> {
    let failed = |error: io::Error| HarvestError::file(name, error);
    let relative = Path::new(name);
    let goes_down = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if name.is_empty() || !relative.components().all(goes_down) {
        return Err(HarvestError::file(name, "not a name inside the folder of the source"));
    }
    let folder = folder.canonicalize().map_err(failed)?;
    let path = folder.join(relative).canonicalize().map_err(failed)?;
    if !path.starts_with(&folder) {
        return Err(HarvestError::file(name, "a link that leads out of the folder of the source"));
    }
    // Asked before opening, because opening a pipe waits for whoever writes into it; and again after, because it may
    // have been replaced in between.
    let not_regular = || HarvestError::file(name, "not a regular file");
    if !fs::metadata(&path).map_err(failed)?.is_file() {
        return Err(not_regular());
    }
    let file = File::open(&path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(not_regular());
    }
    let mut body = Vec::new();
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut body).map_err(failed)?;
    limited(name, body, max_bytes)
}

fn limited(name: &str, body: Vec<u8>, max_bytes: u64) -> Result<Vec<u8>, HarvestError> {
    if u64::try_from(body.len()).is_ok_and(|bytes| bytes <= max_bytes) {
        Ok(body)
    } else {
        Err(HarvestError::file(name, format_args!("larger than {max_bytes} bytes")))
    }
}

#[cfg(test)]
mod tests {
    use schemas::Source;

    use schemas::Location;

    use super::*;

    #[test]
    fn every_shipped_source_is_right_and_asks_nobody_unasked() {
        for (name, text) in SourceFiles::Shipped.list().expect("they are inside the binary") {
            let text = text.expect("it is UTF-8");
            let source = Source::parse(&name, &text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
            assert_eq!(format!("{}.toml", source.id), name);
            match &source.location {
                Location::Pushed => {}
                Location::Url(_) => assert!(!source.enabled, "{name} reaches the network, so it must not be enabled"),
                Location::File(file) => {
                    assert!(SourceFiles::Shipped.read(file, u64::MAX).is_ok(), "{name} names {file}");
                }
            }
        }
    }

    #[test]
    fn the_worked_example_in_the_readme_is_right() {
        let mut blocks = include_str!("../README.md").split("```toml\n").skip(1);
        let example = blocks.next().and_then(|rest| rest.split("```").next()).expect("there is an example");
        let source = Source::parse("example-society.toml", example).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        assert_eq!(source.mapping.len(), 6);
    }

    #[test]
    fn source_files_come_sorted_and_nothing_else_does() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("b.toml", "b"), ("a.toml", "a"), (".a.toml", "hidden"), ("a.toml~", "old"), ("c.csv", "")]
        {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        fs::create_dir(folder.path().join("more")).expect("it can be made");
        let files = SourceFiles::Folder { sources: folder.path().to_owned(), data: None };
        let expected = [("a.toml", "a"), ("b.toml", "b")].map(|(name, text)| (name.to_owned(), text.to_owned()));
        let listed = files.list().expect("the folder can be read").into_iter();
        let listed: Vec<(String, String)> = listed.map(|(name, text)| (name, text.expect("it is UTF-8"))).collect();
        assert_eq!(listed, expected);
    }

    #[test]
    fn data_is_looked_up_beside_the_source_or_in_its_own_folder() {
        let (sources, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        fs::write(sources.path().join("x.csv"), "beside").expect("it can be written");
        fs::create_dir(data.path().join("down")).expect("it can be made");
        fs::write(data.path().join("down/x.csv"), "apart").expect("it can be written");
        let beside = SourceFiles::Folder { sources: sources.path().to_owned(), data: None };
        assert_eq!(beside.read("x.csv", 6).expect("it is there"), b"beside");
        let apart = SourceFiles::Folder { sources: sources.path().to_owned(), data: Some(data.path().to_owned()) };
        assert_eq!(apart.read("./down/x.csv", 6).expect("it is there"), b"apart");
        assert!(apart.read("x.csv", 6).is_err());
    }

    #[test]
    fn what_is_outside_or_too_large_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).expect("it can be made");
        fs::write(folder.path().join("secret.csv"), "secret").expect("it can be written");
        fs::write(inside.join("large.csv"), "1234567").expect("it can be written");
        let files = SourceFiles::Folder { sources: inside.clone(), data: None };
        let absolute = folder.path().join("secret.csv").display().to_string();
        for name in ["", ".", "..", "../secret.csv", "x/../../secret.csv", "/dev/zero", absolute.as_str(), "missing"] {
            assert!(files.read(name, 100).is_err(), "{name}");
        }
        let error = files.read("large.csv", 6).expect_err("seven bytes");
        assert_eq!(error.to_string(), "file `large.csv`: larger than 6 bytes");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_and_devices_are_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).expect("it can be made");
        fs::write(folder.path().join("secret.csv"), "secret").expect("it can be written");
        fs::write(inside.join("open.csv"), "open").expect("it can be written");
        symlink("../secret.csv", inside.join("out.csv")).expect("it can be made");
        symlink("/dev/zero", inside.join("zero.csv")).expect("it can be made");
        symlink("open.csv", inside.join("in.csv")).expect("it can be made");
        let files = SourceFiles::Folder { sources: inside, data: None };
        for name in ["out.csv", "zero.csv"] {
            assert!(files.read(name, 100).is_err(), "{name}");
        }
        assert_eq!(files.read("in.csv", 100).expect("it stays inside"), b"open");
    }
}
