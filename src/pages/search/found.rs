//! The resources that were found, as cards: marked where the words occur, with what their catalogues leave unsaid.

use std::collections::BTreeSet;

use index::{Facet, Hit, SearchResults};
use schemas::{ControlledField, Resource, Vocabularies};
use serde_json::{Value, json};

use crate::pages::cards::{Card, CardContext, DESCRIPTION_CHARACTERS, card};
use crate::pages::carried::{Carried, NATIONS};
use crate::pages::facet_words::legend;
use crate::pages::wording::{say, word};
use crate::pages::{levels, markup, wording};
use crate::web::query::{LEVEL, SearchQuery};

/// The resources of this page.
pub(super) fn cards(results: &SearchResults, unsaid: &Unsaid, context: &CardContext<'_>) -> Vec<Card> {
    let read = |hit: &Hit| match serde_json::from_str::<Resource>(&hit.json) {
        Ok(resource) => Some(found_card(hit, &resource, unsaid, context)),
        Err(error) => {
            tracing::error!(resource.id = %hit.id, error = %error, "the index holds what is no resource");
            None
        }
    };
    results.hits.iter().filter_map(read).collect()
}

fn found_card(hit: &Hit, resource: &Resource, unsaid: &Unsaid, context: &CardContext<'_>) -> Card {
    let highlights = hit.highlights.as_ref();
    let description = resource.description.as_deref().map(|text| {
        let highlight = highlights.and_then(|highlights| highlights.description.as_deref());
        markup::marked(highlight, &wording::shorten(text, DESCRIPTION_CHARACTERS))
    });
    Card {
        title: markup::marked(highlights.and_then(|highlights| highlights.title.as_deref()), &resource.title),
        description,
        is_pinned: hit.pinned,
        notes: unsaid.notes(&hit.unstated),
        ..card(resource, context)
    }
}

/// The same carried in the words of the nation whose levels are asked for, where the visitor has not chosen one: who
/// asks for S3 reads Scottish words.
pub(super) fn in_words_asked(
    carried: Carried,
    query: &SearchQuery,
    results: &SearchResults,
    vocabularies: &Vocabularies,
) -> Carried {
    if carried.chosen_nation.is_some() {
        return carried;
    }
    let list = vocabularies.of(ControlledField::Level);
    let selected = query.request.filters.get(&LEVEL).into_iter().flatten();
    let understood = results.interpretation.filters.iter().filter(|filter| filter.facet == LEVEL && !filter.negated);
    let mut asked = selected.chain(understood.map(|filter| &filter.id));
    let of_nation = |id: &String| NATIONS.into_iter().find(|nation| *nation == levels::nation(list, id));
    match asked.find_map(of_nation) {
        Some(nation) if nation != carried.nation() => carried.in_words_of(nation),
        Some(_) | None => carried,
    }
}

/// What catalogues leave unsaid of what the words ask for: what holds for most of the resources of a page is said once
/// above them, the rest on the card.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unsaid {
    /// By none of them.
    none: Vec<Facet>,
    /// By fewer than half of them.
    few: Vec<Facet>,
}

impl Unsaid {
    /// What the resources of this page leave unsaid. Of one alone its card tells.
    pub(super) fn read(results: &SearchResults) -> Self {
        let mut unsaid = Self::default();
        let shown = results.hits.len();
        let facets: BTreeSet<Facet> = results.hits.iter().flat_map(|hit| hit.unstated.iter().copied()).collect();
        for facet in facets.into_iter().filter(|_| shown > 1) {
            let silent = results.hits.iter().filter(|hit| hit.unstated.contains(&facet)).count();
            if silent == shown {
                unsaid.none.push(facet);
            } else if silent * 2 > shown {
                unsaid.few.push(facet);
            }
        }
        unsaid
    }

    /// What stands above the results.
    pub(super) fn told(&self) -> Vec<String> {
        let lists = [("search.unsaid-by-all", &self.none), ("search.unsaid-by-most", &self.few)];
        lists.into_iter().filter_map(|(name, facets)| sentence(name, facets.iter().copied())).collect()
    }

    /// What stands on the card of a resource that leaves these unsaid: nothing of what none says, a word on what most
    /// leave unsaid, a sentence on the rest.
    fn notes(&self, unstated: &[Facet]) -> Vec<String> {
        let (few, rest): (Vec<Facet>, Vec<Facet>) = unstated
            .iter()
            .copied()
            .filter(|facet| !self.none.contains(facet))
            .partition(|facet| self.few.contains(facet));
        let few: Vec<&str> = few.into_iter().map(legend).collect();
        let short = (!few.is_empty()).then(|| say("search.unsaid-short", &[("what", &few.join(", "))]));
        short.into_iter().chain(sentence("search.unsaid", rest.into_iter())).collect()
    }
}

/// `None` of nothing.
fn sentence(name: &str, facets: impl Iterator<Item = Facet>) -> Option<String> {
    let said: Vec<&str> = facets.map(unsaid).collect();
    (!said.is_empty()).then(|| say(name, &[("what", &said.join(word("search.nor")))]))
}

/// What a catalogue leaves unsaid, as the end of "does not say …".
fn unsaid(facet: Facet) -> &'static str {
    match facet {
        Facet::Controlled(ControlledField::Level) => word("search.unsaid-level"),
        Facet::Controlled(ControlledField::Audience) => word("search.unsaid-audience"),
        Facet::Controlled(ControlledField::Inclusion) => word("search.unsaid-inclusion"),
        Facet::Controlled(ControlledField::Nation) => word("search.unsaid-nation"),
        Facet::Controlled(ControlledField::Region) => word("search.unsaid-region"),
        Facet::Controlled(ControlledField::Cost) => word("search.unsaid-cost"),
        Facet::Controlled(ControlledField::Medium) => word("search.unsaid-medium"),
        Facet::Controlled(ControlledField::Language) => word("search.unsaid-language"),
        Facet::Controlled(
            ControlledField::Subject
            | ControlledField::Type
            | ControlledField::Sector
            | ControlledField::Occupation
            | ControlledField::Route
            | ControlledField::Benchmark
            | ControlledField::LearningArea
            | ControlledField::Licence,
        )
        | Facet::Source
        | Facet::Publisher
        | Facet::Link => word("search.unsaid-more"),
    }
}

/// The list as JSON-LD. Source: schema.org `ItemList`.
pub(super) fn item_list(query: &SearchQuery, results: &SearchResults, public_url: &str) -> Value {
    let before = (query.page - 1) * query.per_page;
    let elements: Vec<Value> = results
        .hits
        .iter()
        .enumerate()
        .map(|(place, hit)| {
            json!({ "@type": "ListItem", "position": before + place + 1,
                    "url": format!("{public_url}/resources/{}", hit.id) })
        })
        .collect();
    json!({ "@context": "https://schema.org/", "@type": "ItemList", "numberOfItems": results.total,
            "itemListElement": elements })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Facet = Facet::Controlled(ControlledField::Cost);

    #[test]
    fn what_is_left_unsaid_is_said_in_one_sentence() {
        let unsaid = Unsaid::default();
        assert_eq!(unsaid.notes(&[]), Vec::<String>::new());
        let notes = unsaid.notes(&[LEVEL, COST]);
        assert_eq!(notes, ["Its catalogue does not say for which level it is, nor what it costs."]);
    }

    #[test]
    fn what_most_leave_unsaid_is_said_once_above_them() {
        let unsaid = Unsaid { none: vec![LEVEL], few: vec![COST] };
        let told = unsaid.told();
        assert_eq!(told, ["None of these says for which level it is.", "Most of these do not say what it costs."]);
        assert_eq!(unsaid.notes(&[LEVEL, COST]), ["Not stated: Cost"]);
        assert!(unsaid.notes(&[LEVEL]).is_empty());
    }
}
