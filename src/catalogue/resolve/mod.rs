//! Resolve: which resource a record belongs to, and what a resource says when several records are about it.
//!
//! Pure: what is stored is looked up by `placement` and `settle`, which ask here what follows from it.

mod cluster;
mod codes;
mod compare;
mod evidence;
mod identifiers;
mod merge;
mod minhash;
mod overlay;
mod profile;
mod reasons;
mod speaking;
mod title;
mod wording;
mod words;

use std::collections::BTreeMap;

use schemas::{CanonicalUrl, Metadata, Record, RecordId, ResourceId, parse_address};

pub(crate) use cluster::{Edge, EdgeKind, MAX_RECORDS, Node, Verdict, cluster};
pub(crate) use compare::{SAME, compare, compatible, score};
pub(crate) use merge::{MergeInput, Merged, merge};
pub(crate) use overlay::{Overlaid, check_correction, check_field, correct, field_value, lay_over};
pub(crate) use profile::Profile;
pub(crate) use speaking::{Precedence, precedence, speaking_order};

/// What all records of one resource share: the canonical address, or the record's own name where it has no address.
pub(crate) fn resource_key(record: &Record) -> String {
    let address = record.metadata.url.as_deref().and_then(|url| parse_address(url).ok());
    match address {
        Some(url) => CanonicalUrl::of(&url).as_str().to_owned(),
        None => own_key(&record.id),
    }
}

/// The key of a record that goes by its own name.
pub(crate) fn own_key(id: &RecordId) -> String {
    format!("record:{id}")
}

/// What the keys of content begin with.
const CONTENT: &str = "content:";

/// Shorter descriptions are stubs, and two pages with the same stub are two pages.
const MIN_CONTENT_CHARACTERS: usize = 100;

/// What records share that say the same in every field, whatever their addresses: one page under two addresses. None for
/// a record that says too little to be known by it.
pub(crate) fn content_key(metadata: &Metadata) -> Option<String> {
    let description = metadata.description.as_deref()?;
    description.chars().nth(MIN_CONTENT_CHARACTERS)?;
    let content = Metadata {
        url: None,
        same_as: Vec::new(),
        image: None,
        date_published: None,
        date_modified: None,
        read_from: BTreeMap::new(),
        ..metadata.clone()
    };
    let json = serde_json::to_vec(&content).expect("metadata has string keys only and always serialises");
    Some(format!("{CONTENT}{}", &blake3::hash(&json).to_hex()[..32]))
}

/// Whether what records share is what all of them say, and not an identifier that they declare.
pub(crate) fn is_content_key(key: &str) -> bool {
    key.starts_with(CONTENT)
}

/// The host that is a source's own site, from its homepage: `https://www.example.org/jobs` -> `example.org`.
pub(crate) fn site_of(homepage: &str) -> Option<String> {
    let url = parse_address(homepage).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// Whether an address is on a site or below it: `careers.example.org` is on `example.org`, `badexample.org` is not.
pub(crate) fn is_on_site(url: &str, site: &str) -> bool {
    let address = parse_address(url).ok();
    let Some(host) = address.as_ref().and_then(url::Url::host_str) else {
        return false;
    };
    host.strip_suffix(site).is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// What decides where a record belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    /// The home it has; `None` for a new record.
    pub(crate) current: Option<&'a ResourceId>,
    /// Whether its key is another one than before.
    pub(crate) key_changed: bool,
    /// Whether no other record is at its home.
    pub(crate) alone: bool,
    /// The home that has its key.
    pub(crate) holder: Option<&'a ResourceId>,
}

/// Where a record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement<'a> {
    /// It stays at its home.
    Stay(&'a ResourceId),
    /// It stays, and its home goes with it to the new key.
    Rekey(&'a ResourceId),
    /// It joins the home that has its key.
    Join(&'a ResourceId),
    /// It founds a home.
    Found,
}

/// Decides where a record belongs.
///
/// An address that moves takes its resource along as long as nobody else is in it, so that the resource's id stays.
pub(crate) fn place(situation: Situation<'_>) -> Placement<'_> {
    match (situation.current, situation.holder) {
        (Some(current), _) if !situation.key_changed => Placement::Stay(current),
        (Some(current), Some(holder)) if current == holder => Placement::Stay(current),
        (_, Some(holder)) => Placement::Join(holder),
        (Some(current), None) if situation.alone => Placement::Rekey(current),
        (_, None) => Placement::Found,
    }
}

#[cfg(test)]
mod tests {
    use schemas::{Metadata, RecordId, SourceId};

    use super::*;

    fn record(url: Option<&str>) -> Record {
        Record {
            id: RecordId { source: SourceId::parse("a").expect("an id"), identifier: "1".to_owned() },
            metadata: Metadata { url: url.map(ToOwned::to_owned), ..Metadata::default() },
            payload: None,
            place: String::new(),
        }
    }

    #[test]
    fn records_of_the_same_page_share_a_key() {
        let key = resource_key(&record(Some("http://Example.org/a/?utm_source=x")));
        assert_eq!(key, resource_key(&record(Some("https://example.org/a"))));
        assert_eq!(resource_key(&record(None)), "record:a/1");
    }

    #[test]
    fn a_site_holds_what_is_below_its_host_and_nothing_that_only_ends_alike() {
        let site = site_of("https://www.example.org/careers").expect("a site");
        for (url, expected) in [
            ("https://example.org/a", true),
            ("https://www.example.org/a", true),
            ("https://careers.example.org/a", true),
            ("https://badexample.org/a", false),
            ("https://example.org.evil.test/a", false),
            ("no address", false),
        ] {
            assert_eq!(is_on_site(url, &site), expected, "{url}");
        }
    }

    #[test]
    fn a_record_stays_joins_takes_its_resource_along_or_founds_one() {
        let (mine, theirs) = (ResourceId::founded_on("mine"), ResourceId::founded_on("theirs"));
        let (me, them) = (Some(&mine), Some(&theirs));
        for (current, key_changed, alone, holder, expected) in [
            (None, true, false, None, Placement::Found),
            (None, true, false, them, Placement::Join(&theirs)),
            (me, false, true, None, Placement::Stay(&mine)),
            (me, false, false, them, Placement::Stay(&mine)),
            (me, true, true, None, Placement::Rekey(&mine)),
            (me, true, false, None, Placement::Found),
            (me, true, true, them, Placement::Join(&theirs)),
            (me, true, false, me, Placement::Stay(&mine)),
        ] {
            let situation = Situation { current, key_changed, alone, holder };
            assert_eq!(place(situation), expected, "{situation:?}");
        }
    }
}
