//! What a list and a plan have in common: their addresses are kept and passed on, so what they name may have become
//! something else meanwhile, and others may have put parameters of their own on them.

use std::collections::HashMap;

use schemas::{Resource, ResourceId, nearest};
use url::form_urlencoded;

use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::pages::wording::{day, say};
use crate::web::mistakes::MAX_RAW_BYTES;

/// A name with more letters too many, or too few, is no slip of the one that was meant.
const MOST_LETTERS_SLIPPED: usize = 2;

/// What stands behind the ids of an address today.
pub(in crate::pages) struct Standings(HashMap<ResourceId, ResourceState>);

/// What has become of one resource.
#[derive(Debug, PartialEq)]
pub(in crate::pages) enum Standing<'a> {
    /// It is there.
    Live(&'a Resource),
    /// It turned out to be this one, at the end of all merges.
    Merged(&'a ResourceId),
    /// It is no more.
    Withdrawn {
        /// Why; blank where nobody said.
        reason: &'a str,
        /// When, RFC 3339.
        at: &'a str,
    },
    /// There has never been such a resource.
    Unknown,
}

impl Standings {
    /// Looks them up, and what any of them was merged into, in one look at the store.
    ///
    /// # Errors
    /// When neither the store nor, while that is away, the index can say of all.
    pub(in crate::pages) async fn of(ids: &[ResourceId], app: &App) -> Result<Self, AppError> {
        Ok(Self(app.resource_states(ids).await?))
    }

    /// What has become of one of them.
    pub(in crate::pages) fn standing(&self, id: &ResourceId) -> Standing<'_> {
        match self.0.get(id) {
            Some(ResourceState::Live(entry)) => Standing::Live(&entry.resource),
            Some(ResourceState::Merged { into }) => Standing::Merged(into),
            Some(ResourceState::Withdrawn { reason, at }) => Standing::Withdrawn { reason, at },
            None => Standing::Unknown,
        }
    }

    /// The resource, where it is there.
    pub(in crate::pages) fn live(&self, id: &ResourceId) -> Option<&Resource> {
        match self.standing(id) {
            Standing::Live(resource) => Some(resource),
            Standing::Merged(_) | Standing::Withdrawn { .. } | Standing::Unknown => None,
        }
    }
}

impl Standing<'_> {
    /// What is said in place of the resource of this id that is no more, or has never been; `None` of one that is there,
    /// if under another id.
    pub(in crate::pages) fn said(&self, id: &ResourceId) -> Option<String> {
        match self {
            Self::Live(_) | Self::Merged(_) => None,
            Self::Withdrawn { reason: "", at } => Some(say("standing.withdrawn", &[("day", &day(at))])),
            Self::Withdrawn { reason, at } => {
                Some(say("standing.withdrawn-because", &[("day", &day(at)), ("reason", reason)]))
            }
            Self::Unknown => Some(say("standing.unknown", &[("id", id)])),
        }
    }
}

/// The part of a query string that is ours: the parameters of these names, as they were sent, and those that are nearly
/// called so, for those are slips to be told. Whoever passes an address on may have others put on it, to follow their
/// readers; those say nothing to us, and the list or plan is shown without them.
///
/// One that is too long stays whole: whoever reads it refuses it, whatever stands in it.
pub(in crate::pages) fn own_parameters(raw: Option<&str>, names: &[&str]) -> String {
    let raw = raw.unwrap_or_default();
    if raw.len() > MAX_RAW_BYTES {
        return raw.to_owned();
    }
    let is_own = |pair: &&str| {
        let mut parsed = form_urlencoded::parse(pair.as_bytes());
        parsed.next().is_some_and(|(name, _)| names.contains(&&*name) || is_slip(&name, names))
    };
    raw.split('&').filter(is_own).collect::<Vec<_>>().join("&")
}

/// Whether a name is nearly one of these. One that only begins like a short one is another word: `newsletter`, `new`.
fn is_slip(name: &str, names: &[&str]) -> bool {
    let is_as_long = |known: &&str| known.len().abs_diff(name.len()) <= MOST_LETTERS_SLIPPED;
    nearest(name, names.iter().copied().filter(is_as_long)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_withdrawn_says_when_and_why_as_far_as_that_is_known() {
        let (id, at) = (ResourceId::founded_on("a"), "2026-11-20T04:00:00Z");
        let told = Standing::Withdrawn { reason: "it has closed", at }.said(&id).expect("something is said");
        assert!(told.contains("20 November 2026") && told.contains("it has closed"), "{told}");
        let told = Standing::Withdrawn { reason: "", at }.said(&id).expect("something is said");
        assert!(told.contains("20 November 2026") && !told.contains('{'), "{told}");
    }

    #[test]
    fn what_others_put_on_an_address_is_passed_over_and_what_is_ours_stays_as_it_was_sent() {
        let raw = "ids=a%2Cb&utm_source=mail&fbclid=%ff&%69ds=c&&words=%ff&ids&word=x";
        assert_eq!(own_parameters(Some(raw), &["ids", "words"]), "ids=a%2Cb&%69ds=c&words=%ff&ids&word=x");
        assert_eq!(own_parameters(None, &["ids"]), "");
    }

    #[test]
    fn a_word_that_only_begins_like_one_of_ours_is_somebody_elses() {
        let names = ["new", "new_at", "words", "list"];
        assert!(nearest("newsletter", names.into_iter()).is_some(), "it is like one of ours");
        assert_eq!(own_parameters(Some("newsletter=1&lists=a&wrods=wales&ne=x"), &names), "lists=a&wrods=wales&ne=x");
    }

    #[test]
    fn what_is_too_long_is_left_to_be_refused() {
        let raw = "z&".repeat(MAX_RAW_BYTES);
        assert_eq!(own_parameters(Some(&raw), &["ids"]), raw);
    }
}
