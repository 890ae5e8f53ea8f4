//! Speaking: which record of a resource speaks first, and why.
//!
//! For those who explain what `merge` did. It is made of the rank that `merge` goes by, so the two always agree.

use std::cmp::Ordering;

use super::merge::{MergeInput, rank};

/// Why one record speaks before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// Its page is on its catalogue's own site, that of the other is not.
    OwnSite,
    /// Its source comes first in the order of names.
    SourceName,
    /// Of the records of one source it comes first in the order of identifiers.
    Identifier,
}

/// The places of these records in the order in which they speak.
pub(crate) fn speaking_order(records: &[MergeInput]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|place| rank(&records[*place]));
    order
}

/// Why one record speaks before another; `None` when it does not.
pub(crate) fn precedence(first: &MergeInput, second: &MergeInput) -> Option<Precedence> {
    let (first, second) = (rank(first), rank(second));
    if first.cmp(&second) != Ordering::Less {
        return None;
    }
    let (first_site, first_source, _) = first;
    let (second_site, second_source, _) = second;
    Some(if first_site != second_site {
        Precedence::OwnSite
    } else if first_source != second_source {
        Precedence::SourceName
    } else {
        Precedence::Identifier
    })
}

#[cfg(test)]
mod tests {
    use schemas::{Metadata, RecordId, SourceId};

    use super::*;
    use crate::catalogue::resolve::merge;

    fn record(source: &str, identifier: &str, own_site: bool) -> MergeInput {
        let id = RecordId { source: SourceId::parse(source).expect("an id"), identifier: identifier.to_owned() };
        let title = id.to_string();
        MergeInput { id, metadata: Metadata { title, ..Metadata::default() }, own_site, allows_republishing: true }
    }

    #[test]
    fn who_speaks_first_and_why_is_what_merge_goes_by() {
        for (first, second, expected) in [
            (record("b", "1", true), record("a", "1", false), Precedence::OwnSite),
            (record("a", "2", false), record("b", "1", false), Precedence::SourceName),
            (record("a", "1", true), record("a", "2", true), Precedence::Identifier),
        ] {
            assert_eq!(precedence(&first, &second), Some(expected));
            assert_eq!(precedence(&second, &first), None);
            let records = [second, first];
            assert_eq!(speaking_order(&records), [1, 0]);
            assert_eq!(merge(&records).metadata.title, records[1].metadata.title);
        }
    }
}
