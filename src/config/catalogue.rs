//! Where the catalogue is kept, and from which source files.

use std::path::PathBuf;

use schemas::{TomlReader, TomlTable};

use super::Overrides;
use crate::catalogue::StorePlace;

/// The store, in the data directory.
pub const STORE_FILE: &str = "signpost.db";

/// `[catalogue]`
#[derive(Debug, Clone)]
pub struct CatalogueConfig {
    /// The PostgreSQL database that is the store of record, `postgres://user:password@host/database`; a file in the data
    /// directory when not given, which needs no set-up and serves one machine.
    pub database: Option<StorePlace>,
    /// The folder of the store and the index. Beside the program by default, so that one folder is the whole service.
    pub data_dir: PathBuf,
    /// Folders of source files, which take the place of the shipped ones; none means the shipped ones.
    pub sources: Vec<PathBuf>,
    /// The folder in which `file = "…"` of those source files is looked up; beside the source file when not given.
    pub source_data: Option<PathBuf>,
}

impl Default for CatalogueConfig {
    fn default() -> Self {
        Self { database: None, data_dir: PathBuf::from("./data"), sources: Vec::new(), source_data: None }
    }
}

impl CatalogueConfig {
    /// Where the store of record is.
    pub fn store_place(&self) -> StorePlace {
        self.database.clone().unwrap_or_else(|| StorePlace::File(self.data_dir.join(STORE_FILE)))
    }

    pub(super) fn read<'t>(
        reader: &mut TomlReader<'t>,
        top: &mut TomlTable<'t>,
        overrides: &Overrides,
        mistakes: &mut Vec<String>,
    ) -> Self {
        let mut table = reader.table(top, "catalogue");
        let database_url = reader.text(&mut table, "database_url");
        let database_url_file = reader.text(&mut table, "database_url_file");
        let url_place = reader.place(&table, "database_url");
        let file_place = reader.place(&table, "database_url_file");
        let data_dir = reader.text(&mut table, "data_dir").map(PathBuf::from);
        let sources = reader.texts(&mut table, "sources").unwrap_or_default();
        let source_data = reader.text(&mut table, "source_data").map(PathBuf::from);
        reader.close(&table);
        let (url, place) = match &overrides.database_url {
            Some(url) => (Some(url.clone()), "--database-url"),
            None => match database_url_file {
                Some(file) => (read_secret(&file, &file_place, mistakes), file_place.as_str()),
                None => (database_url, url_place.as_str()),
            },
        };
        let from_file: Vec<PathBuf> = sources.into_iter().map(PathBuf::from).collect();
        Self {
            database: url.and_then(|url| read_database(url, place, mistakes)),
            data_dir: overrides.data_dir.clone().or(data_dir).unwrap_or_else(|| Self::default().data_dir),
            sources: if overrides.sources.is_empty() { from_file } else { overrides.sources.clone() },
            source_data: overrides.source_data.clone().or(source_data),
        }
    }
}

/// A secret that stands in a file of its own, such as a container is given.
fn read_secret(file: &str, place: &str, mistakes: &mut Vec<String>) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) => {
            mistakes.push(format!("{place}: {file}: {error}"));
            None
        }
    }
}

/// The address itself is not told back: it may hold a password.
fn read_database(url: String, place: &str, mistakes: &mut Vec<String>) -> Option<StorePlace> {
    let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    if is_postgres && url::Url::parse(&url).is_ok() {
        return Some(StorePlace::Postgres(url));
    }
    mistakes.push(format!("{place}: expected an address such as postgres://user:password@host:5432/database"));
    None
}
