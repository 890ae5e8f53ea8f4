//! The resources that were found, each as much as helps to choose between them.

use askama::filters::Safe;
use index::{Facet, Hit, SearchResults};
use schemas::{ConceptRef, ControlledField, LinkState, Resource, Vocabularies, Vocabulary};
use serde_json::{Value, json};

use crate::pages::outbound::Outbound;
use crate::pages::{levels, markup, wording};
use crate::web::query::SearchQuery;

/// One resource in a list.
pub(super) struct FoundResource {
    /// Its page with us.
    pub(super) href: String,
    pub(super) title: Safe<String>,
    /// Its language, when it is not English.
    pub(super) language: Option<String>,
    pub(super) publisher: Option<String>,
    /// The site it is on; of what stands on a shelf, who holds it.
    pub(super) place: Option<String>,
    /// Where it is, for those who read on paper.
    pub(super) address: Option<String>,
    pub(super) is_closed: bool,
    /// Whether an editor put it first for these words.
    pub(super) is_pinned: bool,
    /// What it is, for whom and about what, a few words of each.
    pub(super) tags: Vec<String>,
    pub(super) description: Option<Safe<String>>,
    /// When it takes place, and until when one may enter.
    pub(super) dates: Vec<String>,
    /// What one should know before following it.
    pub(super) notes: Vec<String>,
}

/// Without a highlight, so much of a description.
const DESCRIPTION_CHARACTERS: usize = 240;
/// So many values of one field among the tags.
const TAGS_OF_A_FIELD: usize = 3;

/// The resources of this page.
pub(super) fn found_resources(
    query: &SearchQuery,
    results: &SearchResults,
    vocabularies: &Vocabularies,
) -> Vec<FoundResource> {
    let nation = asked_nation(query, results, vocabularies);
    results
        .hits
        .iter()
        .filter_map(|hit| match serde_json::from_str::<Resource>(&hit.json) {
            Ok(resource) => Some(found_resource(hit, &resource, nation, vocabularies)),
            Err(error) => {
                tracing::error!(resource.id = %hit.id, error = %error, "the index holds what is no resource");
                None
            }
        })
        .collect()
}

fn found_resource(hit: &Hit, resource: &Resource, nation: &str, vocabularies: &Vocabularies) -> FoundResource {
    let highlights = hit.highlights.as_ref();
    let description = resource.description.as_deref().map(|text| {
        let highlight = highlights.and_then(|highlights| highlights.description.as_deref());
        markup::marked(highlight, &wording::shorten(text, DESCRIPTION_CHARACTERS))
    });
    let outbound = resource.url.as_deref().and_then(Outbound::parse);
    let site = outbound.as_ref().map(|link| link.host.clone());
    FoundResource {
        href: format!("/resources/{}", resource.id),
        title: markup::marked(highlights.and_then(|highlights| highlights.title.as_deref()), &resource.title),
        language: wording::foreign_language(resource),
        publisher: resource.publisher.clone(),
        place: site.or_else(|| resource.held_by.as_ref().map(|holder| format!("Held by {holder}"))),
        address: outbound.map(|link| link.href),
        is_closed: resource.closed.is_some(),
        is_pinned: hit.pinned,
        tags: tags(resource, nation, vocabularies.of(ControlledField::Level)),
        description,
        dates: dates(resource),
        notes: notes(resource, &hit.unstated),
    }
}

/// Whose words for levels the search uses; England's when it uses none.
fn asked_nation<'a>(query: &SearchQuery, results: &SearchResults, vocabularies: &'a Vocabularies) -> &'a str {
    let list = vocabularies.of(ControlledField::Level);
    let level = Facet::Controlled(ControlledField::Level);
    let selected = query.request.filters.get(&level).into_iter().flatten();
    let understood = results.interpretation.filters.iter().filter(|filter| filter.facet == level && !filter.negated);
    let mut nations = selected.chain(understood.map(|filter| &filter.id)).map(|id| levels::nation(list, id));
    nations.find(|nation| *nation != "uk").unwrap_or("england")
}

fn tags(resource: &Resource, nation: &str, levels: &Vocabulary) -> Vec<String> {
    let mut tags = labels(resource.resource_types.iter());
    tags.extend(resource.age_range.map(wording::ages));
    tags.extend(labels(resource.levels.iter().filter(|level| is_stage_of(levels, level, nation))));
    tags.extend(labels(resource.subjects.iter()));
    tags
}

fn is_stage_of(levels: &Vocabulary, level: &ConceptRef, nation: &str) -> bool {
    levels::is_stage(levels, level.id.as_str()) && levels::nation(levels, level.id.as_str()) == nation
}

fn labels<'a>(concepts: impl Iterator<Item = &'a ConceptRef>) -> Vec<String> {
    concepts.take(TAGS_OF_A_FIELD).map(|concept| concept.label.clone()).collect()
}

fn dates(resource: &Resource) -> Vec<String> {
    let starts = resource.starts.as_deref().map(|time| format!("Starts {}", wording::moment(time)));
    let deadline = resource.deadline.as_deref().map(|time| format!("Enter by {}", wording::moment(time)));
    starts.into_iter().chain(deadline).collect()
}

fn notes(resource: &Resource, unstated: &[Facet]) -> Vec<String> {
    let link = match resource.link.state {
        LinkState::Ok | LinkState::Unchecked => None,
        LinkState::Moved => Some("It has moved; the link leads to its new address."),
        LinkState::Broken => Some("The link did not work when it was last tried."),
        LinkState::None => Some("There is no web address for this."),
    };
    let said: Vec<&str> = unstated.iter().map(|facet| unsaid(*facet)).collect();
    let unstated = (!said.is_empty()).then(|| format!("Its catalogue does not say {}.", said.join(", nor ")));
    link.map(ToOwned::to_owned).into_iter().chain(unstated).collect()
}

/// What a catalogue leaves unsaid, as the end of "does not say …".
fn unsaid(facet: Facet) -> &'static str {
    match facet {
        Facet::Controlled(ControlledField::Level) => "for which level it is",
        Facet::Controlled(ControlledField::Audience) => "for whom it is",
        Facet::Controlled(ControlledField::Inclusion) => "whom it sets out to reach",
        Facet::Controlled(ControlledField::Nation) => "for which nation it is",
        Facet::Controlled(ControlledField::Region) => "for which region it is",
        Facet::Controlled(ControlledField::Cost) => "what it costs",
        Facet::Controlled(ControlledField::Medium) => "how it comes",
        Facet::Controlled(ControlledField::Language) => "in which language it is",
        Facet::Controlled(_) | Facet::Source | Facet::Publisher | Facet::Link => "more about it",
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
