//! The folder that holds the generations.
//!
//! `dir/<schema hash>-<number>/` is a generation and `dir/CURRENT` names the live one. The hash covers the fields and
//! the vocabularies, so that an index which was built with others is not opened but built anew. A generation that is
//! damaged is set aside as `….damaged`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use schemas::Vocabularies;

use crate::error::{At, IndexError};
use crate::fields;
use crate::generation::Generation;
use crate::writer::Budget;

const CURRENT: &str = "CURRENT";
const DAMAGED: &str = ".damaged";

/// The folder of all generations.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    dir: PathBuf,
    schema_hash: String,
    vocabularies: &'static Vocabularies,
}

impl Shelf {
    /// Takes the folder, making it if need be.
    pub(crate) fn open(dir: &Path, vocabularies: &'static Vocabularies) -> Result<Self, IndexError> {
        fs::create_dir_all(dir).at(dir)?;
        Ok(Self { dir: dir.to_owned(), schema_hash: fields::schema_hash(vocabularies), vocabularies })
    }

    /// Opens the live generation. Where there is none that can be read, an empty one becomes live.
    pub(crate) fn open_live(&self) -> Result<Generation, IndexError> {
        let mut found = None;
        if let Some(number) = self.current()? {
            found = Generation::open(&self.path_of(number), number, &self.schema_hash, self.vocabularies)?;
            if found.is_none() {
                self.set_aside(number)?;
            }
        }
        let live = match found {
            Some(generation) => generation,
            None => {
                let empty = self.create_next(Budget::LIVE)?;
                self.make_live(&empty)?;
                empty
            }
        };
        // Nobody rebuilds while an index is being opened: what stands after the live one was left by a crash.
        self.remove_where(|name| number_of(name).is_some_and(|number| number > live.number));
        Ok(live)
    }

    /// Makes an empty generation after all that are there.
    pub(crate) fn create_next(&self, budget: Budget) -> Result<Generation, IndexError> {
        let highest = self.names()?.iter().filter_map(|name| number_of(name.trim_end_matches(DAMAGED))).max();
        let number = highest.unwrap_or(0) + 1;
        Generation::create(self.path_of(number), number, &self.schema_hash, self.vocabularies, budget)
    }

    /// Names a generation as the live one. A crash at any moment leaves the old name or the new one.
    pub(crate) fn make_live(&self, generation: &Generation) -> Result<(), IndexError> {
        let name = self.name_of(generation.number);
        let (path, draft) = (self.dir.join(CURRENT), self.dir.join("CURRENT.new"));
        let mut file = fs::File::create(&draft).at(&draft)?;
        file.write_all(name.as_bytes()).and_then(|()| file.sync_all()).at(&draft)?;
        fs::rename(&draft, &path).at(&path)?;
        fs::File::open(&self.dir).and_then(|dir| dir.sync_all()).at(&self.dir)?;
        Ok(())
    }

    /// Deletes all generations but the live one and the one before it.
    pub(crate) fn keep_only(&self, live: &Generation, previous: &Generation) {
        let kept = [file_name(&live.path), file_name(&previous.path)];
        self.remove_where(|name| number_of(name).is_some() && !kept.contains(&name));
    }

    /// Deletes a generation that will not go live.
    pub(crate) fn discard(&self, generation: &Generation) {
        let discarded = file_name(&generation.path);
        self.remove_where(|name| name == discarded);
    }

    /// The number of the live generation, if it was built with these fields and vocabularies.
    fn current(&self) -> Result<Option<u64>, IndexError> {
        let path = self.dir.join(CURRENT);
        match fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes)
                .trim()
                .strip_prefix(&format!("{}-", self.schema_hash))
                .and_then(|number| number.parse().ok())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).at(&path),
        }
    }

    /// Renames a damaged generation, so that someone may look at it. One is kept.
    fn set_aside(&self, number: u64) -> Result<(), IndexError> {
        self.remove_where(|name| name.ends_with(DAMAGED));
        let path = self.path_of(number);
        let aside = self.dir.join(format!("{}{DAMAGED}", self.name_of(number)));
        match fs::rename(&path, &aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at(&path),
            _ => Ok(()),
        }
    }

    /// Removes what is no longer needed. What cannot be removed costs room and nothing else.
    fn remove_where(&self, is_needless: impl Fn(&str) -> bool) {
        for name in self.names().unwrap_or_default() {
            let path = self.dir.join(&name);
            if is_needless(&name)
                && let Err(error) = fs::remove_dir_all(&path)
            {
                tracing::warn!(path = %path.display(), %error, "an old generation of the index cannot be removed");
            }
        }
    }

    /// The names in the folder that are generations, set aside or not.
    fn names(&self) -> Result<Vec<String>, IndexError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).at(&self.dir)? {
            let name = entry.at(&self.dir)?.file_name().to_string_lossy().into_owned();
            if number_of(name.trim_end_matches(DAMAGED)).is_some() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn name_of(&self, number: u64) -> String {
        format!("{}-{number}", self.schema_hash)
    }

    fn path_of(&self, number: u64) -> PathBuf {
        self.dir.join(self.name_of(number))
    }
}

/// `"0123456789abcdef-7"` -> 7; `None` for what is no generation, and is then left alone.
fn number_of(name: &str) -> Option<u64> {
    let (hash, number) = name.split_once('-')?;
    let is_hash = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { number.parse().ok() } else { None }
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_like_a_generation_is_one() {
        assert_eq!(number_of("0123456789abcdef-7"), Some(7));
        for name in ["CURRENT", "0123456789abcdef", "0123456789abcdef-7.damaged", "short-7", "../x-7", ""] {
            assert_eq!(number_of(name), None, "{name}");
        }
    }
}
