//! How the index is looked after.

use std::path::PathBuf;

use schemas::{TomlReader, TomlTable};

/// `[index]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexConfig {
    /// A file of searches and what they have to find, by which a new generation is judged before it goes live. None by
    /// default: a hundred titles of the store are searched for in its place.
    pub judged_queries: Option<PathBuf>,
    /// A folder that all nodes share, in which they publish generations for new nodes to begin with. None by default: one
    /// machine has nobody to publish for.
    pub shared_folder: Option<PathBuf>,
}

impl IndexConfig {
    pub(super) fn read<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>, mistakes: &mut Vec<String>) -> Self {
        let mut table = reader.table(top, "index");
        let judged_queries = reader.text(&mut table, "judged_queries").map(PathBuf::from);
        let shared_folder = reader.text(&mut table, "shared_folder").map(PathBuf::from);
        let judged_place = reader.place(&table, "judged_queries");
        reader.close(&table);
        if let Some(file) = judged_queries.as_ref().filter(|file| !file.is_file()) {
            mistakes.push(format!("{judged_place}: there is no file {}", file.display()));
        }
        Self { judged_queries, shared_folder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_searches_that_is_not_there_is_told() {
        let (mut reader, mut top) = TomlReader::open(
            "signpost.toml",
            "[index]\njudged_queries = \"/nowhere/judged.toml\"\nshared_folder = \"/srv/shared\"\n",
        );
        let mut mistakes = Vec::new();
        let index = IndexConfig::read(&mut reader, &mut top, &mut mistakes);
        assert_eq!(index.shared_folder, Some(PathBuf::from("/srv/shared")));
        assert_eq!(mistakes, ["signpost.toml:2: `index.judged_queries`: there is no file /nowhere/judged.toml"]);
    }
}
