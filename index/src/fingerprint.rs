//! What tells whether the index holds a resource as the store has it, without looking at either as a whole.

use crate::document::Entry;

/// A hash of all that is indexed of a resource: the same for two entries that would be found and shown alike.
///
/// What the store works out anew with every reading is left out, for no change of the log tells of it: when a record was
/// last seen, and when a link was last asked.
pub fn fingerprint(entry: &Entry) -> String {
    written(number(entry))
}

/// The hash as it stands in the index.
pub(crate) fn number(entry: &Entry) -> u64 {
    let mut resource = entry.resource.clone();
    for record in &mut resource.records {
        record.last_seen.clear();
    }
    resource.link.checked_at = None;
    // What cannot be written as JSON is not indexed at all.
    let json = serde_json::to_vec(&resource).unwrap_or_default();
    let description = entry.full_description.as_deref().unwrap_or_default();
    let ages: Vec<String> = entry.age_ranges.iter().map(ToString::to_string).collect();
    let mut hasher = blake3::Hasher::new();
    for part in [json.as_slice(), description.as_bytes(), ages.join("|").as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// The hash as it is given out.
pub(crate) fn written(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use schemas::ControlledField;

    use super::*;
    use crate::testing::resource;

    #[test]
    fn all_that_is_indexed_counts_and_nothing_that_only_time_changes() {
        let entry = resource("Crystal lab").with(ControlledField::Level, "ks3").entry();
        let mut later = entry.clone();
        later.resource.records[0].last_seen = "2027-01-01T00:00:00Z".to_owned();
        later.resource.link.checked_at = Some("2027-01-01T00:00:00Z".to_owned());
        assert_eq!(fingerprint(&later), fingerprint(&entry));
        let retitled = resource("Crystal labs").with(ControlledField::Level, "ks3").entry();
        let described = Entry { full_description: Some("All of it.".to_owned()), ..entry.clone() };
        let ageless = Entry { age_ranges: Vec::new(), ..entry.clone() };
        for other in [retitled, described, ageless] {
            assert_ne!(fingerprint(&other), fingerprint(&entry));
        }
    }
}
