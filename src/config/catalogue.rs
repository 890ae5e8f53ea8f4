//! Where the catalogue is kept, and from which source files.

use std::path::PathBuf;

use schemas::{TomlReader, TomlTable};

use super::Overrides;

/// `[catalogue]`
#[derive(Debug, Clone)]
pub struct CatalogueConfig {
    /// The folder of the store and the index. Beside the program by default, so that one folder is the whole service.
    pub data_dir: PathBuf,
    /// Folders of source files, which take the place of the shipped ones; none means the shipped ones.
    pub sources: Vec<PathBuf>,
    /// The folder in which `file = "…"` of those source files is looked up; beside the source file when not given.
    pub source_data: Option<PathBuf>,
}

impl Default for CatalogueConfig {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("./data"), sources: Vec::new(), source_data: None }
    }
}

impl CatalogueConfig {
    pub(super) fn read<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>, overrides: &Overrides) -> Self {
        let mut table = reader.table(top, "catalogue");
        let data_dir = reader.text(&mut table, "data_dir").map(PathBuf::from);
        let sources = reader.texts(&mut table, "sources").unwrap_or_default();
        let source_data = reader.text(&mut table, "source_data").map(PathBuf::from);
        reader.close(&table);
        let from_file: Vec<PathBuf> = sources.into_iter().map(PathBuf::from).collect();
        Self {
            data_dir: overrides.data_dir.clone().or(data_dir).unwrap_or_else(|| Self::default().data_dir),
            sources: if overrides.sources.is_empty() { from_file } else { overrides.sources.clone() },
            source_data: overrides.source_data.clone().or(source_data),
        }
    }
}
