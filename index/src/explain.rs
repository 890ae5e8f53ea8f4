//! Why a result stands where it does: its score as a sum of named parts.

use schemas::{Resource, Vocabularies};
use tantivy::DocAddress;

use crate::columns::View;
use crate::document::{Entry, texts};
use crate::facets::Ranked;
use crate::impacts::Impacts;
use crate::lexicon::Lexicon;
use crate::query::Plan;
use crate::results::ScorePart;

/// Parts smaller than this are what rounding leaves.
const NOTHING: f32 = 0.01;

/// What the words of a published resource say about it. Of a text that may not be shown in full, the rest is left out.
pub(crate) fn impacts_of(resource: Resource, vocabularies: &Vocabularies) -> (Impacts, Lexicon) {
    let entry = Entry { resource, full_description: None, age_ranges: Vec::new() };
    let (mut impacts, mut lexicon) = (Impacts::default(), Lexicon::default());
    for (zone, text) in texts(&entry, vocabularies) {
        impacts.add(zone, &lexicon.words(text));
    }
    (impacts, lexicon)
}

/// The parts of a score; they add up to it.
pub(crate) fn explain(
    view: &View,
    plan: &Plan,
    tiers: &[(DocAddress, f32)],
    ranked: &Ranked,
    said: &(Impacts, Lexicon),
) -> tantivy::Result<Vec<ScorePart>> {
    let DocAddress { segment_ord, doc_id } = ranked.address;
    let mut parts = Vec::new();
    let mut add = |what: &str, score: f32| {
        if score.abs() >= NOTHING {
            parts.push(ScorePart { what: what.to_owned(), score });
        }
        score
    };
    let mut words = 0.0;
    if let Some(query) = &plan.words {
        for part in query.parts(view.searcher.segment_reader(segment_ord), doc_id)? {
            words += add(&format!("{}{}", part.what, places(&part.stems, said)), part.score);
        }
    }
    for (what, score) in &plan.constants {
        words += add(what, *score);
    }
    let prior = view.columns(segment_ord).prior(doc_id);
    let mut told = words + add("complete, recent, its link checked, pinned", words * prior);
    for (_, score) in tiers.iter().filter(|(address, _)| *address == ranked.address) {
        told += add("put there by an admin, or found as typed", *score);
    }
    // The wishes are looked up while counting; what they gave is what is left.
    let wishes: Vec<&str> = plan.wishes.iter().map(|wish| wish.facet.name()).collect();
    add(&format!("states what was asked for: {}", wishes.join(", ")), ranked.score - told);
    Ok(parts)
}

/// Where the words stand that were found, the place that counts most first.
fn places(stems: &[String], (impacts, lexicon): &(Impacts, Lexicon)) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (zone, _) in stems.iter().flat_map(|stem| impacts.zones(stem, lexicon)) {
        if !names.contains(&zone.name()) {
            names.push(zone.name());
        }
    }
    if names.is_empty() { String::new() } else { format!(" in {}", names.join(", ")) }
}
