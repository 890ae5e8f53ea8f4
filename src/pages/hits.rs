//! The resources of an answer of the index, read back out of what it keeps of them.

use index::{Hit, SearchResults};
use schemas::Resource;

/// The resources that were found, in their order. One that cannot be read is told in the log and left out.
pub(super) fn resources(results: &SearchResults) -> Vec<Resource> {
    results.hits.iter().filter_map(read).collect()
}

fn read(hit: &Hit) -> Option<Resource> {
    match serde_json::from_str(&hit.json) {
        Ok(resource) => Some(resource),
        Err(error) => {
            tracing::error!(resource.id = %hit.id, error = %error, "the index holds what is no resource");
            None
        }
    }
}
