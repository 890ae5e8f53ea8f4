//! What may be chosen of a map: its sides, which of their values, the kind of resources, words; and what narrows it, each
//! with the way back. What is narrowed by a side of the map narrows nothing, and is said apart.

use index::{Facet, NOT_STATED};
use schemas::ControlledField;

use super::asked::{AskedCoverage, CAREERS, Extent, Shown, TYPE};
use super::{Labels, PATH};
use crate::pages::facet_words::legend;
use crate::pages::wording::{say, word};
use crate::web::query::MAX_QUERY_CHARACTERS;

/// What may be chosen.
pub(super) struct Form {
    pub(super) rows: Vec<Choice>,
    pub(super) columns: Vec<Choice>,
    pub(super) extents: Vec<Choice>,
    /// The kinds of resources; none where they are a side of the map.
    pub(super) kinds: Vec<Choice>,
    pub(super) words: String,
    pub(super) max_characters: usize,
    pub(super) is_stated_only: bool,
    /// Why the columns are others than were chosen.
    pub(super) mistake: Option<&'static str>,
    /// What narrows the map, and the way back.
    pub(super) narrowed: Vec<Narrowed>,
    /// What would narrow it, were it not one of its sides.
    pub(super) passed_over: Vec<Narrowed>,
    /// What the form sends along unseen.
    pub(super) kept: Vec<(String, String)>,
}

pub(super) struct Choice {
    /// As the form sends it.
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

/// One thing that narrows the map.
pub(super) struct Narrowed {
    pub(super) label: String,
    /// The map without it.
    pub(super) href: String,
}

/// The form of this map.
pub(super) fn form(labels: &Labels, asked: &AskedCoverage) -> Form {
    let Shown { axes, extent: chosen_extent, was_same } = asked.shown;
    let facets = |chosen: Facet| {
        let choice = |facet: Facet| Choice::new(facet.name(), legend(facet), facet == chosen);
        Vec::from(Facet::ALL.map(choice))
    };
    let extent = |extent: Extent| {
        let label = match extent {
            Extent::Main => word("coverage.values-main"),
            Extent::All => word("coverage.values-all"),
        };
        Choice::new(extent.name(), label, extent == chosen_extent)
    };
    let kinds = if axes.has(TYPE.name()) { Vec::new() } else { kinds(labels, asked) };
    let has_field = |name: &str| matches!(name, "q" | "inferred") || (name == TYPE.name() && !kinds.is_empty());
    let others: Vec<(&str, &str)> = asked.narrowing().filter(|(name, _)| !has_field(name)).collect();
    let (passed_over, narrowing): (Vec<_>, Vec<_>) = others.iter().copied().partition(|(name, _)| axes.has(name));
    let said = |chosen: Vec<(&str, &str)>| -> Vec<Narrowed> {
        chosen.into_iter().map(|pair| narrowed(labels, asked, pair)).collect()
    };
    let kept = others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let carried = asked.carried.pairs().into_iter().map(|(name, value)| (name.to_owned(), value));
    Form {
        rows: facets(axes.rows),
        columns: facets(axes.columns),
        extents: Vec::from(Extent::ALL.map(extent)),
        words: asked.query.request.text.clone(),
        max_characters: MAX_QUERY_CHARACTERS,
        is_stated_only: asked.query.request.stated_only,
        mistake: was_same.then(|| word("coverage.same-facet")),
        narrowed: said(narrowing),
        passed_over: said(passed_over),
        kept: kept.chain(carried).collect(),
        kinds,
    }
}

impl Choice {
    fn new(value: &str, label: &str, is_chosen: bool) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), is_chosen }
    }
}

/// Whether the kinds that are counted are those about careers.
pub(super) fn is_careers(types: &[String]) -> bool {
    types.len() == CAREERS.len() && CAREERS.iter().all(|id| types.iter().any(|chosen| chosen == id))
}

/// All kinds, those about careers, each of its own; first of all what an address may have chosen besides.
fn kinds(labels: &Labels, asked: &AskedCoverage) -> Vec<Choice> {
    let types = asked.types();
    let concepts = &labels.vocabularies.of(ControlledField::Type).concepts;
    let one = |id: &str| Choice::new(id, &labels.value(TYPE, id), types == [id]);
    let mut kinds = vec![
        Choice::new("", word("coverage.kinds-all"), types.is_empty()),
        Choice::new(&CAREERS.join(","), word("coverage.kinds-careers"), is_careers(types)),
    ];
    kinds.extend(concepts.iter().map(|concept| one(&concept.id)));
    kinds.push(one(NOT_STATED));
    if kinds.iter().all(|kind| !kind.is_chosen) {
        let said: Vec<String> = types.iter().map(|id| labels.value(TYPE, id)).collect();
        kinds.insert(0, Choice::new(&types.join(","), &said.join(", "), true));
    }
    kinds
}

fn narrowed(labels: &Labels, asked: &AskedCoverage, (name, value): (&str, &str)) -> Narrowed {
    let (name_said, value_said) = match Facet::by_name(name) {
        Some(facet) => (legend(facet), labels.value(facet, value)),
        None => (name, value.to_owned()),
    };
    let label = say("coverage.narrowed", &[("name", &name_said), ("value", &value_said)]);
    // What is carried is among the parameters already.
    Narrowed { label, href: format!("{PATH}{}", asked.query.without(name, value).trim_start_matches('/')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_about_careers_are_known_in_any_order() {
        let chosen = |ids: &[&str]| is_careers(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        assert!(chosen(&["experience", "information"]));
        assert!(!chosen(&["information"]) && !chosen(&[]) && !chosen(&["information", "video"]));
    }
}
