//! The folder that holds the generations.
//!
//! `dir/<schema hash>-<number>/` is a generation; `dir/CURRENT` names the live one, and in its second line the one that it
//! took the place of. The hash covers the fields, the vocabularies and the store of record, so that an index which was
//! built with others or from another is not opened but built anew. A generation that is damaged is set aside as
//! `….damaged`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use schemas::Vocabularies;

use crate::error::{At, IndexError};
use crate::fields;
use crate::generation::{CommitMark, Generation};
use crate::writer::Budget;

const CURRENT: &str = "CURRENT";
/// Holds the number that was given last: that generation may have been deleted since.
const GIVEN: &str = "GIVEN";
const DAMAGED: &str = ".damaged";

/// So much of a hash names what a generation was built with: 64 bits, in hexadecimal digits.
const HASH_CHARACTERS: usize = 16;

/// The folder of all generations.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    dir: PathBuf,
    pub(crate) schema_hash: String,
    pub(crate) vocabularies: &'static Vocabularies,
}

/// Which generations stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    live: u64,
    /// The one before it, if it is kept.
    previous: Option<u64>,
}

impl Shelf {
    /// Takes the folder, making it if need be. What is built in it is of the store of this id.
    pub(crate) fn open(dir: &Path, vocabularies: &'static Vocabularies, store_id: &str) -> Result<Self, IndexError> {
        fs::create_dir_all(dir).at(dir)?;
        let built_with = format!("{} {store_id}", fields::schema_hash(vocabularies));
        let schema_hash = blake3::hash(built_with.as_bytes()).to_hex()[..HASH_CHARACTERS].to_owned();
        Ok(Self { dir: dir.to_owned(), schema_hash, vocabularies })
    }

    /// Opens the live generation. Where there is none that can be read, an empty one becomes live.
    pub(crate) fn open_live(&self) -> Result<Generation, IndexError> {
        let standing = self.standing()?;
        let found = standing.map(|standing| self.open_one(standing.live)).transpose()?.flatten();
        let live = match found {
            Some(generation) => generation,
            None => {
                let empty = self.create_next(Budget::LIVE)?;
                self.make_live(&empty, self.previous())?;
                empty
            }
        };
        // Nobody rebuilds while an index is being opened: what stands after the live one was left by a crash, unless it is
        // the one that an admin went back from.
        let previous = self.previous().map(|number| self.name_of(number));
        self.remove_where(|name| {
            number_of(name).is_some_and(|number| number > live.number) && Some(name) != previous.as_deref()
        });
        Ok(live)
    }

    /// Opens a generation that is there; `None` when it is damaged, and is set aside.
    pub(crate) fn open_one(&self, number: u64) -> Result<Option<Generation>, IndexError> {
        let found = Generation::open(&self.path_of(number), number, &self.schema_hash, self.vocabularies)?;
        if found.is_none() {
            self.set_aside(number)?;
        }
        Ok(found)
    }

    /// The generation before the live one, if it is still there.
    pub(crate) fn previous(&self) -> Option<u64> {
        let previous = self.standing().ok().flatten()?.previous?;
        self.path_of(previous).is_dir().then_some(previous)
    }

    /// Whether there is a live generation with anything in it, sound or not.
    pub(crate) fn holds_something(&self) -> Result<bool, IndexError> {
        let Some(standing) = self.standing()? else {
            return Ok(false);
        };
        let commit = tantivy::Index::open_in_dir(self.path_of(standing.live)).and_then(|index| index.load_metas());
        // What cannot be read is for `open_live` to set aside.
        let mark = commit.ok().and_then(|commit| commit.payload);
        Ok(mark.is_some_and(|mark| CommitMark::position_in(&mark, &self.schema_hash).is_some_and(|at| at > 0)))
    }

    /// Makes an empty generation after all that there were.
    pub(crate) fn create_next(&self, budget: Budget) -> Result<Generation, IndexError> {
        let number = self.next_number()?;
        Generation::create(self.path_of(number), number, &self.schema_hash, self.vocabularies, budget)
    }

    /// The number of a generation after all that there ever were: what was said of one is never taken for another.
    pub(crate) fn next_number(&self) -> Result<u64, IndexError> {
        let highest = self.names()?.iter().filter_map(|name| number_of(name.trim_end_matches(DAMAGED))).max();
        let path = self.dir.join(GIVEN);
        let given = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse::<u32>().ok());
        let number = highest.unwrap_or(0).max(given.map_or(0, u64::from)) + 1;
        fs::write(&path, number.to_string()).at(&path)?;
        Ok(number)
    }

    /// Names a generation as the live one, and the one that is kept as the one before it. A crash at any moment leaves
    /// the old names or the new ones.
    pub(crate) fn make_live(&self, live: &Generation, previous: Option<u64>) -> Result<(), IndexError> {
        let names: Vec<String> =
            std::iter::once(live.number).chain(previous).map(|number| self.name_of(number)).collect();
        let (path, draft) = (self.dir.join(CURRENT), self.dir.join("CURRENT.new"));
        let mut file = fs::File::create(&draft).at(&draft)?;
        file.write_all(names.join("\n").as_bytes()).and_then(|()| file.sync_all()).at(&draft)?;
        fs::rename(&draft, &path).at(&path)?;
        fs::File::open(&self.dir).and_then(|dir| dir.sync_all()).at(&self.dir)?;
        Ok(())
    }

    /// Deletes all generations but the live one and the one before it.
    pub(crate) fn keep_only(&self, live: &Generation, previous: Option<u64>) {
        let kept: Vec<String> =
            std::iter::once(live.number).chain(previous).map(|number| self.name_of(number)).collect();
        self.remove_where(|name| number_of(name).is_some() && !kept.iter().any(|kept| kept == name));
    }

    /// Deletes a generation that will not go live.
    pub(crate) fn discard(&self, generation: &Generation) {
        let discarded = file_name(&generation.path);
        self.remove_where(|name| name == discarded);
    }

    /// Which generations stand; `None` unless the live one was built with these fields and vocabularies from this store.
    fn standing(&self) -> Result<Option<Standing>, IndexError> {
        let path = self.dir.join(CURRENT);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).at(&path),
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines().map(|line| self.number_in(line.trim()));
        let live = lines.next().flatten();
        let previous = lines.next().flatten();
        Ok(live.map(|live| Standing { live, previous: previous.filter(|previous| *previous != live) }))
    }

    /// The number in the name of a generation of ours.
    fn number_in(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&self.schema_hash)?.strip_prefix('-')?.parse().ok()
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

    pub(crate) fn path_of(&self, number: u64) -> PathBuf {
        self.dir.join(self.name_of(number))
    }
}

/// `"0123456789abcdef-7"` -> 7; `None` for what is no generation, and is then left alone.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let (hash, number) = name.split_once('-')?;
    let is_hash = hash.len() == HASH_CHARACTERS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
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
