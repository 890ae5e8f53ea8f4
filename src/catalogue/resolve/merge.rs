//! Merge: what a resource says when several records are about it, field by field.
//!
//! The order in which records arrived plays no part. The record on its catalogue's own site speaks first: it describes
//! its own page, while the others describe somebody else's.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;

use schemas::{AgeRange, Claim, ConceptId, ControlledField, Metadata, Method, RecordId, SourceId};

/// One record that is to be merged.
#[derive(Debug, Clone)]
pub(crate) struct MergeInput {
    /// The source and its own identifier.
    pub(crate) id: RecordId,
    /// What it says.
    pub(crate) metadata: Metadata,
    /// Whether its address is on its catalogue's own site.
    pub(crate) own_site: bool,
    /// Whether its catalogue allows descriptions to be published in full.
    pub(crate) allows_republishing: bool,
}

/// What several records say together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Merged {
    /// The fields.
    pub(crate) metadata: Metadata,
    /// Whether the catalogue that the description comes from allows it in full; also true when there is none.
    pub(crate) description_in_full: bool,
}

/// Merges records that are about the same thing, each of them given once.
///
/// Of a field with one value the first that has it counts, lists are joined. Of a concept that several name, the better
/// method counts: what one states is not hidden behind what was inferred from another.
pub(crate) fn merge(records: &[MergeInput]) -> Merged {
    let mut ranked: Vec<&MergeInput> = records.iter().collect();
    ranked.sort_by(|one, other| rank(one).cmp(&rank(other)));
    let ranked = ranked.as_slice();

    let url = first(ranked, |metadata| metadata.url.as_ref());
    let described = ranked.iter().find(|record| record.metadata.description.is_some());
    let mut metadata = Metadata {
        title: first(ranked, |metadata| Some(&metadata.title).filter(|title| !title.is_empty())).unwrap_or_default(),
        alternative_titles: union(ranked, |metadata| metadata.alternative_titles.as_slice()),
        description: described.and_then(|record| record.metadata.description.clone()),
        same_as: other_addresses(ranked, url.as_deref()),
        url,
        image: first(ranked, |metadata| metadata.image.as_ref()),
        publisher: first(ranked, |metadata| metadata.publisher.as_ref()),
        creators: union(ranked, |metadata| metadata.creators.as_slice()),
        keywords: union(ranked, |metadata| metadata.keywords.as_slice()),
        topics: union(ranked, |metadata| metadata.topics.as_slice()),
        date_published: first(ranked, |metadata| metadata.date_published.as_ref()),
        date_modified: first(ranked, |metadata| metadata.date_modified.as_ref()),
        duration_minutes: first(ranked, |metadata| metadata.duration_minutes.as_ref()),
        age_range: best_ages(ranked),
        starts: first(ranked, |metadata| metadata.starts.as_ref()),
        ends: first(ranked, |metadata| metadata.ends.as_ref()),
        deadline: first(ranked, |metadata| metadata.deadline.as_ref()),
        place: first(ranked, |metadata| metadata.place.as_ref()),
        held_by: first(ranked, |metadata| metadata.held_by.as_ref()),
        closed: first(ranked, |metadata| metadata.closed.as_ref()),
        concepts: BTreeMap::new(),
        // Which words a value was read from is told record by record.
        read_from: BTreeMap::new(),
        unmapped: union(ranked, |metadata| metadata.unmapped.as_slice()),
    };
    let says_ages = metadata.age_range.as_ref().is_some_and(|ages| ages.method > Method::Inferred);
    for field in ControlledField::ALL {
        if field.is_single() {
            if let Some(claim) = best_claim(ranked, field) {
                metadata.add_concept(field, claim.clone());
            }
        } else {
            let claims = || ranked.iter().flat_map(|record| record.metadata.concepts(field));
            // What one record says goes before what was read out of the text of another, and does not stand beside it.
            let is_said =
                claims().any(|claim| claim.method > Method::Inferred) || (field == ControlledField::Level && says_ages);
            for claim in claims().filter(|claim| !is_said || claim.method > Method::Inferred) {
                metadata.add_concept(field, claim.clone());
            }
        }
    }
    Merged { metadata, description_in_full: described.is_none_or(|record| record.allows_republishing) }
}

/// Who speaks first. Whole, because a source gives an identifier once.
pub(super) fn rank(record: &MergeInput) -> (bool, &SourceId, &str) {
    (!record.own_site, &record.id.source, record.id.identifier.as_str())
}

fn first<T: Clone>(ranked: &[&MergeInput], field: impl Fn(&Metadata) -> Option<&T>) -> Option<T> {
    ranked.iter().find_map(|record| field(&record.metadata)).cloned()
}

fn union<T: Clone + Eq + Hash>(ranked: &[&MergeInput], field: impl Fn(&Metadata) -> &[T]) -> Vec<T> {
    let mut met = HashSet::new();
    let values = ranked.iter().flat_map(|record| field(&record.metadata));
    values.filter(|value| met.insert(*value)).cloned().collect()
}

/// Every address that a record gives, other than the one that is shown.
fn other_addresses(ranked: &[&MergeInput], shown: Option<&str>) -> Vec<String> {
    let mut met: HashSet<&str> = shown.into_iter().collect();
    let given = ranked.iter().flat_map(|record| record.metadata.url.iter().chain(&record.metadata.same_as));
    given.filter(|address| met.insert(address.as_str())).cloned().collect()
}

/// The first range of ages by the best method. One that was read out of a text goes when any record says for which
/// levels it is.
fn best_ages(ranked: &[&MergeInput]) -> Option<Claim<AgeRange>> {
    let said = |claim: &&Claim<AgeRange>| claim.method > Method::Inferred;
    let ages = || ranked.iter().filter_map(|record| record.metadata.age_range.as_ref());
    let levels = || ranked.iter().flat_map(|record| record.metadata.concepts(ControlledField::Level));
    let found = ages().find(said).or_else(|| {
        let says_levels = levels().any(|claim| claim.method > Method::Inferred);
        ages().next().filter(|_| !says_levels)
    });
    found.cloned()
}

/// Of a field with one value: the first by the best method.
fn best_claim<'r>(ranked: &[&'r MergeInput], field: ControlledField) -> Option<&'r Claim<ConceptId>> {
    let mut best: Option<&'r Claim<ConceptId>> = None;
    for record in ranked {
        for claim in record.metadata.concepts(field) {
            if best.is_none_or(|held| claim.method > held.method) {
                best = Some(claim);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use schemas::Confidence;

    use super::*;

    fn claim(id: &str, method: Method) -> Claim<ConceptId> {
        let confidence = Confidence::new(0.5).expect("a confidence");
        Claim { value: ConceptId::parse(id).expect("an id"), method, confidence, evidence: None }
    }

    fn input(source: &str, own_site: bool, metadata: Metadata) -> MergeInput {
        let id = RecordId { source: SourceId::parse(source).expect("an id"), identifier: "1".to_owned() };
        MergeInput { id, metadata, own_site, allows_republishing: true }
    }

    fn titled(title: &str) -> Metadata {
        Metadata { title: title.to_owned(), ..Metadata::default() }
    }

    #[test]
    fn the_catalogue_whose_page_it_is_speaks_first() {
        let theirs = Metadata { description: Some("Copied.".to_owned()), ..titled("A copy") };
        let merged = merge(&[input("a", false, theirs), input("b", true, titled("The page"))]);
        assert_eq!(merged.metadata.title, "The page");
        assert_eq!(merged.metadata.description.as_deref(), Some("Copied."));
    }

    #[test]
    fn a_stated_concept_wins_over_an_inferred_one() {
        let mut inferred = titled("A");
        inferred.add_concept(ControlledField::Cost, claim("free", Method::Inferred));
        inferred.add_concept(ControlledField::Subject, claim("chemistry", Method::Inferred));
        let mut stated = titled("A");
        stated.add_concept(ControlledField::Cost, claim("paid", Method::Stated));
        stated.add_concept(ControlledField::Subject, claim("chemistry", Method::Stated));
        let merged = merge(&[input("a", true, inferred), input("b", false, stated)]).metadata;
        assert_eq!(merged.concepts(ControlledField::Cost), [claim("paid", Method::Stated)]);
        assert_eq!(merged.concepts(ControlledField::Subject), [claim("chemistry", Method::Stated)]);
    }

    #[test]
    fn the_terms_that_count_are_those_of_the_description_that_is_shown() {
        let described = Metadata { description: Some("Ours.".to_owned()), ..titled("A") };
        let mut strict = input("a", true, described);
        strict.allows_republishing = false;
        assert!(!merge(&[strict.clone(), input("b", false, titled("A"))]).description_in_full);
        strict.metadata.description = None;
        assert!(merge(&[strict, input("b", false, titled("A"))]).description_in_full);
    }

    #[test]
    fn other_addresses_are_kept_and_none_stands_twice() {
        let at = |url: &str| Metadata {
            url: Some(url.to_owned()),
            same_as: vec!["https://x.test/c".to_owned()],
            ..titled("A")
        };
        let merged =
            merge(&[input("a", false, at("https://x.test/a")), input("b", true, at("http://x.test/a"))]).metadata;
        assert_eq!(merged.url.as_deref(), Some("http://x.test/a"));
        assert_eq!(merged.same_as, ["https://x.test/c", "https://x.test/a"]);
    }

    fn some_metadata() -> impl Strategy<Value = Metadata> {
        let words = || vec("[abc]", 0..3);
        let claims = vec(("[abc]", 0_usize..3), 0..3);
        (option::of("[xyz]"), option::of("[abc]"), words(), words(), claims).prop_map(
            |(description, page, keywords, same_as, claims)| {
                let methods = [Method::Inferred, Method::Mapped, Method::Stated];
                let url = page.map(|page| format!("https://x.test/{page}"));
                let mut metadata = Metadata { description, url, keywords, same_as, ..titled("A") };
                for (id, method) in claims {
                    metadata.add_concept(ControlledField::Subject, claim(&id, methods[method]));
                    metadata.add_concept(ControlledField::Medium, claim(&id, methods[method]));
                }
                metadata
            },
        )
    }

    fn some_records() -> impl Strategy<Value = Vec<MergeInput>> {
        vec((some_metadata(), any::<bool>(), any::<bool>()), 0..5).prop_map(|records| {
            let numbered = records.into_iter().enumerate();
            numbered
                .map(|(number, (metadata, own_site, allows_republishing))| MergeInput {
                    allows_republishing,
                    ..input(&format!("source-{number}"), own_site, metadata)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_in_which_records_arrive_plays_no_part(
            (records, shuffled) in some_records()
                .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
        ) {
            prop_assert_eq!(merge(&records), merge(&shuffled));
        }

        #[test]
        fn merging_what_was_merged_changes_nothing(records in some_records()) {
            let once = merge(&records).metadata;
            let again = merge(&[input("a", true, once.clone())]).metadata;
            prop_assert_eq!(once, again);
        }
    }
}
