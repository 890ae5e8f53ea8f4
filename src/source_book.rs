//! The source book: every source of this service, the files read and checked once at start-up, and with them the texts
//! that admins have added, which stand in the store.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crawler::extract::check_selectors;
use crawler::fetch::Access;
use crawler::fetch::address::check_url;
use crawler::{PIPELINE_VERSION, SourceFiles};
use schemas::{Location, Source, SourceId, Vocabularies, parse_address};

use crate::catalogue::{StoredSource, WordsOfSource};
use crate::config::{CatalogueConfig, ConfigError};
use crate::schedule::Schedule;

/// One source with the text it came from.
#[derive(Debug, Clone)]
pub struct BookedSource {
    /// The source.
    pub source: Source,
    /// The name of its TOML file; of one that an admin has added, the name that such a file would have.
    pub file: String,
    /// The text of it.
    pub toml: String,
    /// Where its `file = "…"` is looked up.
    pub files: Arc<SourceFiles>,
    /// Whether it ships inside the binary.
    pub shipped: bool,
}

/// Every source of this service, by id.
#[derive(Debug, Clone, Default)]
pub struct SourceBook(pub BTreeMap<SourceId, Arc<BookedSource>>);

/// Something is wrong with the text of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMistake {
    /// The line, from 1; `None` where it is about no single line.
    pub line: Option<usize>,
    /// The key with its tables: `limits.delay_ms`. Empty when the text is no TOML at all.
    pub key: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

impl SourceBook {
    /// Reads the folders of the configuration, or the shipped sources where it names none.
    ///
    /// # Errors
    /// All mistakes of all files at once, each with file, line, key and what is allowed.
    pub fn open(config: &CatalogueConfig) -> Result<Self, ConfigError> {
        let places: Vec<(SourceFiles, bool)> = if config.sources.is_empty() {
            vec![(SourceFiles::Shipped, true)]
        } else {
            config.sources.iter().map(|folder| (folder_files(folder, config.source_data.as_ref()), false)).collect()
        };
        let mut book = BTreeMap::new();
        let mut mistakes = Vec::new();
        for (files, shipped) in places {
            let files = Arc::new(files);
            let listed = match files.list() {
                Ok(listed) => listed,
                Err(error) => {
                    mistakes.push(error.to_string());
                    continue;
                }
            };
            for (file, text) in listed {
                let toml = match text {
                    Ok(toml) => toml,
                    Err(error) => {
                        mistakes.push(error.to_string());
                        continue;
                    }
                };
                match Source::parse(&file, &toml) {
                    Ok(source) => {
                        let more = mistakes_in(&file, &source).into_iter();
                        mistakes.extend(more.map(|(key, reason)| format!("{file}: `{key}`: {reason}")));
                        let id = source.id.clone();
                        let booked =
                            BookedSource { source, file: file.clone(), toml, files: Arc::clone(&files), shipped };
                        if let Some(other) = book.insert(id.clone(), Arc::new(booked)) {
                            mistakes.push(format!("{file}: `id`: `{id}` is the id of {} too", other.file));
                        }
                    }
                    Err(found) => mistakes.extend(found.iter().map(ToString::to_string)),
                }
            }
        }
        if mistakes.is_empty() { Ok(Self(book)) } else { Err(ConfigError(mistakes)) }
    }

    /// These sources, and those that admins have added. A file goes before a text in the store of the same id.
    ///
    /// A text that this program cannot read is told in the log and left out: it was checked when it came, so another
    /// version of the program has written it.
    #[must_use]
    pub fn with_stored(&self, stored: &[StoredSource]) -> Self {
        let mut book = self.0.clone();
        for StoredSource { id, toml } in stored {
            let Entry::Vacant(place) = book.entry(id.clone()) else { continue };
            match read_stored(toml) {
                Ok(source) => {
                    place.insert(Arc::new(BookedSource::stored(source, toml)));
                }
                Err(mistakes) => {
                    let told: Vec<String> = mistakes.iter().map(SourceMistake::told).collect();
                    tracing::error!(source.id = %id, mistakes = told.join("; "), "a source in the store cannot be read");
                }
            }
        }
        Self(book)
    }
}

impl SourceMistake {
    /// The mistake in a sentence.
    pub fn told(&self) -> String {
        let place = self.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        if self.key.is_empty() {
            format!("{place}{}", self.reason)
        } else {
            format!("{place}`{}`: {}", self.key, self.reason)
        }
    }
}

/// Reads the text of a source that an admin adds, and checks it as a file is checked. What only a file beside the
/// program may do is refused: to name another file, and to reach private addresses.
///
/// # Errors
/// All mistakes at once.
pub fn read_stored(toml: &str) -> Result<Source, Vec<SourceMistake>> {
    let source = Source::parse("source.toml", toml).map_err(|mistakes| {
        let told = mistakes.into_iter().map(|it| SourceMistake { line: Some(it.line), key: it.key, reason: it.reason });
        told.collect::<Vec<_>>()
    })?;
    let mut found = mistakes_in(&file_of(&source.id), &source);
    match &source.location {
        Location::Url(address) => found.extend(not_public(address).map(|reason| ("where.url", reason))),
        Location::File(_) => {
            found.push((
                "where.file",
                "only a source file has files beside it; expected `url`, or `push = true`".to_owned(),
            ));
        }
        Location::Pushed => {}
    }
    if source.allow_private {
        let reason = "only a source file in a folder of --sources may allow private addresses".to_owned();
        found.push(("access.allow_private", reason));
    }
    if found.is_empty() {
        return Ok(source);
    }
    let mistake =
        |(key, reason): (&str, String)| SourceMistake { line: line_of(toml, key), key: key.to_owned(), reason };
    Err(found.into_iter().map(mistake).collect())
}

/// Why an address is not one of the public network; `None` when it is.
fn not_public(address: &str) -> Option<String> {
    match parse_address(address) {
        Ok(url) => check_url(&url, Access::PublicOnly).err().map(|error| error.to_string()),
        Err(reason) => Some(reason),
    }
}

/// The line in which a key is set, where it is written as people write it: its table first, then the key on a line of its
/// own.
fn line_of(toml: &str, key: &str) -> Option<usize> {
    let (table, name) = key.split_once('.').unwrap_or(("", key));
    let mut here = "";
    for (number, line) in toml.lines().enumerate() {
        let line = line.trim();
        if let Some(named) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            here = named.trim();
            if table.is_empty() && here == name {
                return Some(number + 1);
            }
            continue;
        }
        let is_set = line.split_once('=').is_some_and(|(set, _)| set.trim() == name);
        if is_set && here == table {
            return Some(number + 1);
        }
    }
    None
}

/// The name of the file of a source.
fn file_of(id: &SourceId) -> String {
    format!("{id}.toml")
}

/// What is wrong with a source beyond its keys, each with the key it is about: its name, its selectors.
pub fn mistakes_in(file: &str, source: &Source) -> Vec<(&'static str, String)> {
    let selectors = check_selectors(source).into_iter();
    let mut mistakes: Vec<(&'static str, String)> = selectors.map(|reason| ("mapping", reason)).collect();
    if let Err(reason) = Schedule::parse(&source.schedule) {
        mistakes.push(("schedule", reason));
    }
    if file.strip_suffix(".toml") != Some(source.id.as_str()) {
        mistakes.push(("id", format!("`{}` stands in {file}; a source file is named by its id", source.id)));
    }
    mistakes
}

fn folder_files(folder: &Path, data: Option<&PathBuf>) -> SourceFiles {
    SourceFiles::Folder { sources: folder.to_owned(), data: data.cloned() }
}

impl BookedSource {
    /// A source that an admin has added. It has no files.
    fn stored(source: Source, toml: &str) -> Self {
        let file = file_of(&source.id);
        Self { source, file, toml: toml.to_owned(), files: Arc::new(SourceFiles::Shipped), shipped: false }
    }

    /// The same source with the words that an admin has accepted for it, which are a part of its mapping.
    ///
    /// A source file holds none, so this is how every run reads it.
    #[must_use]
    pub fn with_accepted_words(&self, words: WordsOfSource) -> Self {
        Self { source: Source { accepted_words: words, ..self.source.clone() }, ..self.clone() }
    }

    /// Changes when a harvest would give something else although the source has not changed: another mapping, other
    /// accepted words, other vocabularies, another program.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.source.fingerprint.as_bytes());
        hasher.update(Vocabularies::shipped().fingerprint().as_bytes());
        hasher.update(&PIPELINE_VERSION.to_le_bytes());
        for (field, words) in &self.source.accepted_words {
            for (word, ids) in words {
                // None of them holds a line break, so no two lists of words give the same text.
                hasher.update(format!("{}\n{word}\n{}\n", field.name(), ids.join(" ")).as_bytes());
            }
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// Of a source that is a file: a hash of what it holds now; `None` for addresses and for files that cannot be read.
    pub fn file_hash(&self) -> Option<String> {
        let Location::File(name) = &self.source.location else {
            return None;
        };
        let limit = self.source.limits.max_bytes.unwrap_or(MAX_SOURCE_FILE_BYTES);
        let body = self.files.read(name, limit).ok()?;
        Some(blake3::hash(&body).to_hex()[..16].to_owned())
    }

    /// What a finished harvest is remembered under; the same again means that there is nothing to do.
    pub fn harvested_with(&self) -> String {
        format!("{}-{}", self.fingerprint(), self.file_hash().unwrap_or_default())
    }
}

/// Source: the limit for tables, `crawler/README.md`.
const MAX_SOURCE_FILE_BYTES: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use schemas::ControlledField;

    use super::*;

    #[test]
    fn a_source_file_is_named_by_its_id_and_its_selectors_can_be_read() {
        let toml = "id = \"pages\"\nname = \"P\"\norganisation = \"O\"\nkind = \"sitemap\"\n\
                    [where]\nurl = \"https://example.org/sitemap.xml\"\n[mapping]\ntitle = \"h1[\"\n";
        let source = Source::parse("pages.toml", toml).expect("its keys are right");
        let keys = |file: &str| mistakes_in(file, &source).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(keys("pages.toml"), ["mapping"]);
        assert_eq!(keys("other.toml"), ["mapping", "id"]);
    }

    #[test]
    fn other_accepted_words_are_another_mapping() {
        let toml = "id = \"pages\"\nname = \"P\"\norganisation = \"O\"\nkind = \"json\"\n\
                    [where]\nurl = \"https://example.org/api\"\n[mapping]\ntitle = \"/title\"\n";
        let booked = BookedSource {
            source: Source::parse("pages.toml", toml).expect("its keys are right"),
            file: "pages.toml".to_owned(),
            toml: toml.to_owned(),
            files: Arc::new(SourceFiles::Shipped),
            shipped: false,
        };
        let with = |pairs: &[(&str, &[&str])]| {
            let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>();
            let words = pairs.iter().map(|(word, of)| ((*word).to_owned(), ids(of))).collect();
            booked.with_accepted_words(BTreeMap::from([(ControlledField::Subject, words)])).harvested_with()
        };
        let sums = with(&[("sums", &["mathematics"])]);
        assert_ne!(sums, booked.harvested_with());
        assert_ne!(sums, with(&[("sums", &[])]), "what means nothing means something else");
        assert_ne!(sums, with(&[("sums", &["mathematics"]), ("times tables", &["mathematics"])]));
        assert_eq!(sums, with(&[("sums", &["mathematics"])]));
        assert_eq!(booked.with_accepted_words(BTreeMap::new()).harvested_with(), booked.harvested_with());
    }

    const ADDED: &str = "id = \"added\"\nname = \"A\"\norganisation = \"O\"\nkind = \"json\"\n\
                         [where]\nurl = \"https://example.org/api\"\n[mapping]\ntitle = \"/title\"\n";

    #[test]
    fn every_mistake_of_an_added_source_is_told_with_its_line() {
        assert!(read_stored(ADDED).is_ok());
        let keys = |toml: &str| -> Vec<(Option<usize>, String)> {
            let mistakes = read_stored(toml).expect_err("it has mistakes");
            mistakes.into_iter().map(|mistake| (mistake.line, mistake.key)).collect()
        };
        let private = ADDED.replace("example.org", "127.0.0.1") + "[access]\nallow_private = true\n";
        assert_eq!(keys(&private), [(Some(6), "where.url".to_owned()), (Some(10), "access.allow_private".to_owned())]);
        let file = ADDED.replace("url = \"https://example.org/api\"", "file = \"list.json\"");
        assert_eq!(keys(&file), [(Some(6), "where.file".to_owned())]);
        assert_eq!(
            keys(&ADDED.replace("[where]", "schedule = \"often\"\n[where]")),
            [(Some(5), "schedule".to_owned())]
        );
    }

    #[test]
    fn a_file_goes_before_a_stored_text_of_the_same_id_and_what_cannot_be_read_is_left_out() {
        let id = |id: &str| SourceId::parse(id).expect("an id");
        let stored = |name: &str, toml: &str| StoredSource { id: id(name), toml: toml.to_owned() };
        let book = SourceBook::default().with_stored(&[stored("added", ADDED), stored("broken", "id = ")]);
        assert_eq!(book.0.keys().map(SourceId::as_str).collect::<Vec<_>>(), ["added"]);
        let other = ADDED.replace("name = \"A\"", "name = \"B\"");
        let again = book.with_stored(&[stored("added", &other)]);
        assert_eq!(again.0[&id("added")].source.name, "A");
    }
}
