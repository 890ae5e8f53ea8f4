//! Opening this node's own index. One that holds nothing yet begins with what another node has published, which takes
//! seconds where building it from the store takes minutes; from there it follows the change log as all do.

use anyhow::Context;
use index::Index;
use schemas::Vocabularies;

use crate::config::Config;

/// Where the index is inside the data directory.
const INDEX_DIR: &str = "index";

/// Opens the index that was made from the store of this id.
///
/// # Errors
/// When its folder cannot be read or written. What is published and cannot be used is told in the log, and the index is
/// then built from the store.
pub fn open_index(config: &Config, vocabularies: &'static Vocabularies, store_id: &str) -> anyhow::Result<Index> {
    let dir = config.catalogue.data_dir.join(INDEX_DIR);
    if let Some(shared) = &config.index.shared_folder {
        let fetched = Index::fetch_published(&dir, vocabularies, store_id, shared);
        match fetched.context("reading what other nodes have published")? {
            Some(published) => tracing::info!(
                path = %published.folder.display(), seq = published.position, resources = published.resources,
                "the index begins with a published generation"
            ),
            None => tracing::debug!("nothing published is needed, or nothing can be used"),
        }
    }
    Index::open(&dir, vocabularies, store_id).context("opening the index")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CatalogueConfig, IndexConfig};

    #[test]
    fn an_index_is_opened_where_nothing_was_published_and_where_the_folder_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        for (name, shared_folder) in
            [("one", None), ("two", Some(folder.path().join("empty"))), ("three", Some(folder.path().to_owned()))]
        {
            let config = Config {
                catalogue: CatalogueConfig { data_dir: folder.path().join(name), ..CatalogueConfig::default() },
                index: IndexConfig { shared_folder, ..IndexConfig::default() },
                ..Config::default()
            };
            let index = open_index(&config, Vocabularies::shipped(), "a store").unwrap();
            assert_eq!(index.position(), 0, "{name}");
        }
    }
}
