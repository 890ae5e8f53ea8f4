//! The filters: each facet a group of checkboxes with exact counts.

use index::{Facet, FacetCounts, NOT_STATED};
use schemas::{ControlledField, Vocabularies, Vocabulary};

use super::labels::{Labels, legend};
use crate::pages::{levels, wording};
use crate::web::query::SearchQuery;

/// The facet that is shown by nation.
pub(super) const LEVEL: Facet = Facet::Controlled(ControlledField::Level);

/// What most people narrow by, in the order in which they do.
pub(super) const MAIN: [Facet; 10] = [
    LEVEL,
    Facet::Controlled(ControlledField::Subject),
    Facet::Controlled(ControlledField::Type),
    Facet::Controlled(ControlledField::Audience),
    Facet::Controlled(ControlledField::Sector),
    Facet::Controlled(ControlledField::Route),
    Facet::Controlled(ControlledField::Nation),
    Facet::Controlled(ControlledField::Cost),
    Facet::Controlled(ControlledField::Medium),
    Facet::Source,
];
/// What few narrow by: folded away until one of them does.
pub(super) const MORE: [Facet; 8] = [
    Facet::Controlled(ControlledField::Occupation),
    Facet::Controlled(ControlledField::Benchmark),
    Facet::Controlled(ControlledField::LearningArea),
    Facet::Controlled(ControlledField::Inclusion),
    Facet::Controlled(ControlledField::Language),
    Facet::Controlled(ControlledField::Licence),
    Facet::Controlled(ControlledField::Region),
    Facet::Publisher,
];

/// So many values of a facet are seen without asking for more.
const SHOWN_AT_ONCE: usize = 8;

/// One facet.
pub(super) struct FacetGroup {
    /// The parameter.
    pub(super) name: &'static str,
    pub(super) legend: &'static str,
    /// What is always seen: the first values and all that are selected.
    pub(super) first: Vec<Choice>,
    /// The others, under headings where they have some.
    pub(super) rest: Vec<ChoiceList>,
    /// What opens the others.
    pub(super) rest_label: String,
    /// How many values the answer does not list.
    pub(super) cut_off: Option<String>,
}

impl FacetGroup {
    /// Whether a value of it is selected. Those stand among the first.
    pub(super) fn is_in_use(&self) -> bool {
        self.first.iter().any(|choice| choice.is_selected)
    }
}

/// Some values of a facet.
pub(super) struct ChoiceList {
    pub(super) heading: Option<String>,
    pub(super) choices: Vec<Choice>,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) label: String,
    /// How many results a click gives.
    pub(super) count: String,
    /// How many of them have it inferred.
    pub(super) inferred: Option<String>,
    pub(super) is_selected: bool,
}

/// A parameter that goes along with the form unseen.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) value: String,
}

/// Those of the facets that have something to choose.
pub(super) fn groups(facets: &[Facet], query: &SearchQuery, labels: &Labels<'_>) -> Vec<FacetGroup> {
    facets.iter().filter_map(|facet| group(*facet, query, labels)).collect()
}

fn group(facet: Facet, query: &SearchQuery, labels: &Labels<'_>) -> Option<FacetGroup> {
    let counts = labels.results.facets.iter().find(|counts| counts.facet == facet);
    let selected = query.request.filters.get(&facet).map_or(&[][..], Vec::as_slice);
    let choices = choices(facet, counts, selected, labels);
    if choices.is_empty() && selected.is_empty() {
        return None;
    }
    let (mut first, rest, rest_label) =
        if facet == LEVEL { split_levels(choices, labels.vocabularies) } else { split(choices) };
    first.extend(not_stated(counts, selected));
    let cut_off = counts.map(|counts| counts.more).filter(|more| *more > 0);
    Some(FacetGroup {
        name: facet.name(),
        legend: legend(facet),
        first,
        rest,
        rest_label,
        cut_off: cut_off
            .map(|more| format!("{} are not listed here.", wording::count(more, "more value", "more values"))),
    })
}

/// The counted values, and those that are selected although nothing has them.
fn choices(facet: Facet, counts: Option<&FacetCounts>, selected: &[String], labels: &Labels<'_>) -> Vec<Choice> {
    let counted = counts.map_or(&[][..], |counts| counts.values.as_slice());
    let mut choices: Vec<Choice> = counted
        .iter()
        .filter(|value| &*value.id != NOT_STATED && (value.count > 0 || value.selected))
        .map(|value| Choice {
            label: labels.of(facet, &value.id),
            id: String::from(&*value.id),
            count: wording::thousands(value.count),
            inferred: (value.inferred > 0).then(|| wording::thousands(value.inferred)),
            is_selected: value.selected,
        })
        .collect();
    for id in selected.iter().filter(|id| *id != NOT_STATED) {
        if !choices.iter().any(|choice| choice.id == *id) {
            let label = labels.of(facet, id);
            choices.push(Choice { id: id.clone(), label, count: "0".to_owned(), inferred: None, is_selected: true });
        }
    }
    choices
}

fn not_stated(counts: Option<&FacetCounts>, selected: &[String]) -> Option<Choice> {
    let count = counts.map_or(0, |counts| counts.not_stated);
    let is_selected = selected.iter().any(|id| id == NOT_STATED);
    (count > 0 || is_selected).then(|| Choice {
        id: NOT_STATED.to_owned(),
        label: "Not stated".to_owned(),
        count: wording::thousands(count),
        inferred: None,
        is_selected,
    })
}

type Split = (Vec<Choice>, Vec<ChoiceList>, String);

fn split(choices: Vec<Choice>) -> Split {
    let mut place = 0;
    let (first, rest): (Vec<_>, Vec<_>) = choices.into_iter().partition(|choice| {
        place += 1;
        place <= SHOWN_AT_ONCE || choice.is_selected
    });
    let rest_label = format!("Show {} more", rest.len());
    let rest = if rest.is_empty() { Vec::new() } else { vec![ChoiceList { heading: None, choices: rest }] };
    (first, rest, rest_label)
}

/// England's stages are seen at once, those of the other nations under their names; a year only when it is selected.
fn split_levels(mut choices: Vec<Choice>, vocabularies: &Vocabularies) -> Split {
    let (list, nations) = (vocabularies.of(ControlledField::Level), vocabularies.of(ControlledField::Nation));
    choices.retain(|choice| choice.is_selected || levels::is_stage(list, &choice.id));
    choices.sort_by_key(|choice| levels::place(list, &choice.id));
    let (first, rest): (Vec<_>, Vec<_>) =
        choices.into_iter().partition(|choice| choice.is_selected || levels::nation(list, &choice.id) == "england");
    let groups = levels::by_nation(rest, |choice| &choice.id, list, nations);
    let rest_label = said_list(&groups.iter().map(|(nation, _)| nations.label(nation)).collect::<Vec<_>>());
    let rest = groups.into_iter().map(|(nation, choices)| nation_list(nations, nation, choices)).collect();
    (first, rest, rest_label)
}

fn nation_list(nations: &Vocabulary, nation: &str, choices: Vec<Choice>) -> ChoiceList {
    ChoiceList { heading: Some(nations.label(nation).to_owned()), choices }
}

/// "Wales, Scotland and Northern Ireland".
fn said_list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the form would lose: parameters it shows no field for, and values of facets it does not show.
pub(super) fn kept(query: &SearchQuery) -> Vec<Kept> {
    let has_a_field = |name: &str| {
        let is_shown = |facet: &Facet| facet.name() == name;
        matches!(name, "q" | "sort" | "page" | "cursor") || MAIN.iter().any(is_shown) || MORE.iter().any(is_shown)
    };
    let unseen = query.pairs().iter().filter(|(name, _)| !has_a_field(name));
    unseen.map(|(name, value)| Kept { name: name.clone(), value: value.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(id: &str, is_selected: bool) -> Choice {
        Choice { id: id.to_owned(), label: id.to_owned(), count: "1".to_owned(), inferred: None, is_selected }
    }

    fn ids(choices: &[Choice]) -> Vec<&str> {
        choices.iter().map(|choice| choice.id.as_str()).collect()
    }

    #[test]
    fn a_selected_value_is_always_seen() {
        let mut choices: Vec<Choice> = (0..12).map(|number| choice(&number.to_string(), false)).collect();
        choices[11].is_selected = true;
        let (first, rest, label) = split(choices);
        assert_eq!(ids(&first), ["0", "1", "2", "3", "4", "5", "6", "7", "11"]);
        assert_eq!(ids(&rest[0].choices), ["8", "9", "10"]);
        assert_eq!(label, "Show 3 more");
    }

    #[test]
    fn stages_are_shown_by_nation_and_a_year_only_when_it_is_selected() {
        let choices = vec![
            choice("cfe-third", false),
            choice("eng-year-9", true),
            choice("eng-year-8", false),
            choice("ks4", false),
            choice("ks3", false),
            choice("ni-ks3", false),
        ];
        let (first, rest, label) = split_levels(choices, Vocabularies::shipped());
        assert_eq!(ids(&first), ["ks3", "ks4", "eng-year-9"]);
        assert_eq!(label, "Scotland and Northern Ireland");
        assert_eq!(rest.iter().map(|list| ids(&list.choices)).collect::<Vec<_>>(), [["cfe-third"], ["ni-ks3"]]);
    }

    #[test]
    fn every_facet_but_the_state_of_the_link_has_its_place() {
        let shown: Vec<Facet> = MAIN.into_iter().chain(MORE).collect();
        let missing: Vec<Facet> = Facet::ALL.into_iter().filter(|facet| !shown.contains(facet)).collect();
        assert_eq!(missing, [Facet::Link]);
    }
}
