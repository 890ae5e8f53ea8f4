//! The resources that were found, as cards: marked where the words occur, with what their catalogues leave unsaid.

use index::{Facet, Hit, SearchResults};
use schemas::{ControlledField, Resource, Vocabularies};
use serde_json::{Value, json};

use super::facets::LEVEL;
use crate::pages::cards::{Card, CardContext, DESCRIPTION_CHARACTERS, card};
use crate::pages::carried::{Carried, NATIONS};
use crate::pages::wording::{say, word};
use crate::pages::{levels, markup, wording};
use crate::web::query::SearchQuery;

/// The resources of this page.
pub(super) fn cards(results: &SearchResults, context: &CardContext<'_>) -> Vec<Card> {
    let read = |hit: &Hit| match serde_json::from_str::<Resource>(&hit.json) {
        Ok(resource) => Some(found_card(hit, &resource, context)),
        Err(error) => {
            tracing::error!(resource.id = %hit.id, error = %error, "the index holds what is no resource");
            None
        }
    };
    results.hits.iter().filter_map(read).collect()
}

fn found_card(hit: &Hit, resource: &Resource, context: &CardContext<'_>) -> Card {
    let highlights = hit.highlights.as_ref();
    let description = resource.description.as_deref().map(|text| {
        let highlight = highlights.and_then(|highlights| highlights.description.as_deref());
        markup::marked(highlight, &wording::shorten(text, DESCRIPTION_CHARACTERS))
    });
    Card {
        title: markup::marked(highlights.and_then(|highlights| highlights.title.as_deref()), &resource.title),
        description,
        is_pinned: hit.pinned,
        notes: unsaid_note(&hit.unstated).into_iter().collect(),
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

/// What its catalogues leave unsaid of what the words ask for.
fn unsaid_note(unstated: &[Facet]) -> Option<String> {
    let said: Vec<&str> = unstated.iter().map(|facet| unsaid(*facet)).collect();
    (!said.is_empty()).then(|| say("search.unsaid", &[("what", &said.join(word("search.nor")))]))
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

    #[test]
    fn what_is_left_unsaid_is_said_in_one_sentence() {
        assert_eq!(unsaid_note(&[]), None);
        let note = unsaid_note(&[LEVEL, Facet::Controlled(ControlledField::Cost)]);
        assert_eq!(note.as_deref(), Some("Its catalogue does not say for which level it is, nor what it costs."));
    }
}
