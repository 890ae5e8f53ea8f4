//! The source book: every source file of this service, read and checked once at start-up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crawler::extract::check_selectors;
use crawler::{PIPELINE_VERSION, SourceFiles};
use schemas::{Location, Source, SourceId, Vocabularies};

use crate::catalogue::WordsOfSource;
use crate::config::{CatalogueConfig, ConfigError};
use crate::schedule::Schedule;

/// One source with the file it came from.
#[derive(Debug, Clone)]
pub struct BookedSource {
    /// The source.
    pub source: Source,
    /// The name of its TOML file.
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
pub struct SourceBook(pub BTreeMap<SourceId, BookedSource>);

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
                        if let Some(other) = book.insert(id.clone(), booked) {
                            mistakes.push(format!("{file}: `id`: `{id}` is the id of {} too", other.file));
                        }
                    }
                    Err(found) => mistakes.extend(found.iter().map(ToString::to_string)),
                }
            }
        }
        if mistakes.is_empty() { Ok(Self(book)) } else { Err(ConfigError(mistakes)) }
    }
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
}
