//! `signpost export`: every live resource, one JSON object a line.

use super::{Ended, Options, output};

/// So many resources are read from the store at once; memory stays flat however many there are.
const PAGE: usize = 1_000;

pub(super) async fn run(options: &Options) -> anyhow::Result<Ended> {
    let (_, catalogue) = options.open_existing_store().await?;
    let mut after = None;
    loop {
        let entries = catalogue.scan(after.as_ref(), PAGE).await?;
        let Some(last) = entries.last() else {
            return Ok(Ended::Ok);
        };
        after = Some(last.resource.id.clone());
        for entry in &entries {
            if !output::line(&serde_json::to_string(&entry.resource)?) {
                return Ok(Ended::Ok);
            }
        }
    }
}
