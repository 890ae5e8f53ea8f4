//! The oai-pmh kind: the lists of a repository that speaks OAI-PMH 2.0, from the first page to the last.
//!
//! ```text
//! request    which address asks what
//! protocol   what one answer says
//! page       the records of one answer, handed over
//! walk       page after page, until a list is at its end
//! memory     since when a list of what has changed is enough
//! ```
//!
//! Only a list that is whole may show that a record is gone, so that one that may not be says so. What the metadata say
//! is left to `formats` and the mapping.

mod memory;
mod page;
mod protocol;
mod request;
#[cfg(test)]
mod tests;
mod walk;

use schemas::{Location, OaiPmhOptions, parse_address};
use url::Url;

use self::memory::{Memory, Since};
use self::page::{Seen, hand_over};
use self::protocol::Repository;
use self::walk::{Walk, is_refusal};
use super::{Document, read_one_document};
use crate::error::HarvestError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run};

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &OaiPmhOptions) -> Result<Ending, HarvestError> {
    let source = run.source;
    let Location::Url(address) = &source.location else {
        // An answer that was saved to a file.
        return read_one_document(run, BODY_BYTES).await;
    };
    let base = parse_address(address).map_err(|reason| HarvestError::unreadable(address, reason))?;
    let repository = identify(run, &base).await?;
    let mut walk = Walk::begin(base, options, Since::of(run.manner, options, &repository));
    let sets: Vec<Option<&str>> = match options.sets.as_slice() {
        [] => vec![None],
        sets => sets.iter().map(|set| Some(set.as_str())).collect(),
    };
    for set in sets {
        if let Some(ending) = walk.read_list(run, set).await? {
            return Ok(ending);
        }
    }
    if let Some(gap) = walk.gap {
        return Ok(Ending::partial(gap));
    }
    let since = walk.lists_a_part.as_ref();
    run.report.memory = Memory::of(run.manner, options, &repository, walk.answered, since).to_text();
    Ok(match since {
        None => Ending::Complete,
        // An empty list without a word is no list: then the run has read nothing, which is an error.
        Some(_) if run.report.read == 0 && walk.nothing_matches => Ending::NothingNew,
        Some(_) => Ending::Update,
    })
}

/// Hands over the records in one document. An answer without any, such as what a repository says of itself, is sound.
pub(super) async fn take_apart(run: &mut Run<'_>, document: &Document) -> Result<Ending, HarvestError> {
    let page = hand_over(run, document, &mut Seen::default()).await?;
    let place = &document.place;
    Ok(match (page.cut_short, page.trouble) {
        (Some(ending), _) => ending,
        (None, Some(trouble)) => Ending::partial(format!("{place}: {trouble}")),
        (None, None) if page.breaks_off => Ending::partial(format!("{place} breaks off before its end")),
        (None, None) => Ending::Complete,
    })
}

/// What the repository says of itself. One that refuses to say it may list its records nevertheless.
async fn identify(run: &mut Run<'_>, base: &Url) -> Result<Repository, HarvestError> {
    let document = match run.document(&request::identify(base), BODY_BYTES).await {
        Ok(document) => document,
        Err(error) if is_refusal(&error) => return Ok(Repository::default()),
        Err(error) => return Err(error),
    };
    Repository::read(&document.text()).map_err(|reason| HarvestError::unreadable(&document.place, reason))
}
