//! The filters: each facet a group of checkboxes with exact counts.

use index::{Facet, FacetCounts, NOT_STATED};
use schemas::{ControlledField, Vocabularies, Vocabulary};

use super::labels::Labels;
use super::links::counts_of;
use crate::pages::carried::nation_label;
use crate::pages::facet_words::{legend, value_label};
use crate::pages::levels;
use crate::pages::wording::{counted, say, thousands, word};
use crate::web::query::{LEVEL, SUBJECT, SearchQuery};

/// What most people narrow by, in the order in which they do.
pub(super) const MAIN: [Facet; 10] = [
    LEVEL,
    SUBJECT,
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
/// A facet with more values than this is quicker searched than read.
const QUICKLY_READ: usize = 20;

/// One facet.
pub(super) struct FacetGroup {
    /// The parameter.
    pub(super) name: &'static str,
    pub(super) legend: &'static str,
    pub(super) is_level: bool,
    /// What is always seen: the first values and all that are selected.
    pub(super) first: ChoiceList,
    /// The others, under headings where they have some.
    pub(super) rest: Vec<ChoiceList>,
    /// What opens the others.
    pub(super) rest_label: String,
    /// What stands on its own after all others: that nothing is stated.
    pub(super) not_stated: Option<Choice>,
    /// How many values the answer does not list.
    pub(super) cut_off: Option<String>,
    /// Whether a script offers to search inside it.
    pub(super) is_long: bool,
    /// Where a script finds the values that are not listed.
    pub(super) more_address: Option<String>,
}

impl FacetGroup {
    /// Whether a value of it is selected. Those stand among the first.
    pub(super) fn is_in_use(&self) -> bool {
        self.first.choices.iter().chain(&self.not_stated).any(|choice| choice.is_selected)
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
    /// How many results a click gives: "253", or "212 stated, 41 inferred".
    pub(super) count: String,
    /// What they are, for those who hear the number: "results".
    pub(super) counted: &'static str,
    pub(super) is_selected: bool,
}

/// A parameter that goes along with the form unseen.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) value: String,
}

/// Those of the facets that have something to choose. Levels are those of this nation first.
pub(super) fn groups(
    facets: &[Facet],
    query: &SearchQuery,
    labels: &Labels<'_>,
    nation: &'static str,
) -> Vec<FacetGroup> {
    facets.iter().filter_map(|facet| group(*facet, query, labels, nation)).collect()
}

fn group(facet: Facet, query: &SearchQuery, labels: &Labels<'_>, nation: &'static str) -> Option<FacetGroup> {
    let counts = labels.results.facets.iter().find(|counts| counts.facet == facet);
    let selected = query.request.filters.get(&facet).map_or(&[][..], Vec::as_slice);
    let choices = choices(facet, counts, selected, labels);
    if choices.is_empty() && selected.is_empty() {
        return None;
    }
    let is_level = facet == LEVEL;
    let more = counts.map_or(0, |counts| counts.more);
    let is_long = !is_level && (choices.len() > QUICKLY_READ || more > 0);
    let Split { first, rest, rest_label } =
        if is_level { split_levels(choices, nation, labels.vocabularies) } else { split(choices) };
    Some(FacetGroup {
        name: facet.name(),
        legend: legend(facet),
        is_level,
        first,
        rest,
        rest_label,
        not_stated: not_stated(facet, counts, selected, labels),
        cut_off: (more > 0).then(|| counted("search.cut-off", more)),
        is_long,
        more_address: (more > 0).then(|| counts_of(query, facet.name())),
    })
}

/// The counted values, and those that are selected although nothing has them.
fn choices(facet: Facet, counts: Option<&FacetCounts>, selected: &[String], labels: &Labels<'_>) -> Vec<Choice> {
    let listed = counts.map_or(&[][..], |counts| counts.values.as_slice());
    let mut choices: Vec<Choice> = listed
        .iter()
        .filter(|value| &*value.id != NOT_STATED && (value.count > 0 || value.selected))
        .map(|value| Choice {
            label: labels.of(facet, &value.id),
            id: String::from(&*value.id),
            count: said_count(value.count, value.inferred),
            counted: counted_word(value.count),
            is_selected: value.selected,
        })
        .collect();
    for id in selected.iter().filter(|id| *id != NOT_STATED) {
        if !choices.iter().any(|choice| choice.id == *id) {
            let label = labels.of(facet, id);
            let (count, counted) = (said_count(0, 0), counted_word(0));
            choices.push(Choice { id: id.clone(), label, count, counted, is_selected: true });
        }
    }
    choices
}

/// How many results have a value; where it is only inferred for some of them, or for all, that is said.
fn said_count(count: u64, inferred: u64) -> String {
    if inferred == 0 {
        return thousands(count);
    }
    let stated = count.saturating_sub(inferred);
    if stated == 0 {
        return say("search.inferred-only", &[("inferred", &thousands(inferred))]);
    }
    say("search.stated-and-inferred", &[("stated", &thousands(stated)), ("inferred", &thousands(inferred))])
}

fn counted_word(count: u64) -> &'static str {
    word(if count == 1 { "search.counted.one" } else { "search.counted.other" })
}

fn not_stated(facet: Facet, counts: Option<&FacetCounts>, selected: &[String], labels: &Labels<'_>) -> Option<Choice> {
    let count = counts.map_or(0, |counts| counts.not_stated);
    let is_selected = selected.iter().any(|id| id == NOT_STATED);
    (count > 0 || is_selected).then(|| Choice {
        id: NOT_STATED.to_owned(),
        label: value_label(labels.vocabularies, &labels.sources, facet, NOT_STATED),
        count: said_count(count, 0),
        counted: counted_word(count),
        is_selected,
    })
}

/// The values of a facet as they are shown.
struct Split {
    first: ChoiceList,
    rest: Vec<ChoiceList>,
    rest_label: String,
}

fn split(choices: Vec<Choice>) -> Split {
    let mut place = 0;
    let (first, rest): (Vec<_>, Vec<_>) = choices.into_iter().partition(|choice| {
        place += 1;
        place <= SHOWN_AT_ONCE || choice.is_selected
    });
    let rest_label = say("search.show-more", &[("n", &rest.len())]);
    let rest = if rest.is_empty() { Vec::new() } else { vec![ChoiceList { heading: None, choices: rest }] };
    Split { first: ChoiceList { heading: None, choices: first }, rest, rest_label }
}

/// The stages of one nation are seen at once under its name, and after them the phases that begin where they end; its
/// years, and the stages of the others, are folded away. What is selected is always seen.
fn split_levels(mut choices: Vec<Choice>, nation: &'static str, vocabularies: &Vocabularies) -> Split {
    let (list, nations) = (vocabularies.of(ControlledField::Level), vocabularies.of(ControlledField::Nation));
    choices.sort_by_key(|choice| levels::place(list, &choice.id));
    let beyond = levels::phases_beyond(list, nation);
    let (mut first, mut phases, mut years, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for choice in choices {
        let is_stage = levels::is_stage(list, &choice.id);
        let is_its = levels::nation(list, &choice.id) == nation;
        if beyond.iter().any(|phase| phase.id == choice.id) {
            phases.push(choice);
        } else if choice.is_selected || (is_its && is_stage) {
            first.push(choice);
        } else if is_its && is_year(list, &choice.id) {
            years.push(choice);
        } else if is_stage {
            others.push(choice);
        }
    }
    first.append(&mut phases);
    let mut rest = Vec::new();
    if !years.is_empty() {
        let heading = say("search.years-of", &[("nation", &nation_label(nation))]);
        rest.push(ChoiceList { heading: Some(heading), choices: years });
    }
    for (other, choices) in levels::by_nation(others, |choice: &Choice| &choice.id, list, nations) {
        rest.push(ChoiceList { heading: Some(nations.label(other).to_owned()), choices });
    }
    let first = ChoiceList { heading: Some(nation_label(nation).to_owned()), choices: first };
    let rest_label = word("search.years-and-nations").to_owned();
    Split { first, rest, rest_label }
}

fn is_year(levels: &Vocabulary, id: &str) -> bool {
    levels.get(id).and_then(|level| level.kind.as_deref()) == Some("year_group")
}

/// What the form would lose: parameters it shows no field for, and values of facets it does not show.
pub(super) fn kept(query: &SearchQuery) -> Vec<Kept> {
    let has_a_field = |name: &str| {
        let is_shown = |facet: &Facet| facet.name() == name;
        matches!(name, "q" | "sort" | "inferred" | "page" | "cursor")
            || MAIN.iter().any(is_shown)
            || MORE.iter().any(is_shown)
    };
    let unseen = query.pairs().iter().filter(|(name, _)| !has_a_field(name));
    unseen.map(|(name, value)| Kept { name: name.clone(), value: value.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(id: &str, is_selected: bool) -> Choice {
        Choice { id: id.to_owned(), label: id.to_owned(), count: "1".to_owned(), counted: counted_word(1), is_selected }
    }

    fn ids(list: &ChoiceList) -> Vec<&str> {
        list.choices.iter().map(|choice| choice.id.as_str()).collect()
    }

    #[test]
    fn a_selected_value_is_always_seen() {
        let mut choices: Vec<Choice> = (0..12).map(|number| choice(&number.to_string(), false)).collect();
        choices[11].is_selected = true;
        let split = split(choices);
        assert_eq!(ids(&split.first), ["0", "1", "2", "3", "4", "5", "6", "7", "11"]);
        assert_eq!(ids(&split.rest[0]), ["8", "9", "10"]);
        assert_eq!(split.rest_label, "Show 3 more");
    }

    #[test]
    fn stages_of_the_visitors_nation_come_first_and_what_is_selected_is_seen() {
        let choices = || {
            vec![
                choice("cfe-third", false),
                choice("eng-year-9", true),
                choice("eng-year-8", false),
                choice("phase-secondary", false),
                choice("ks4", false),
                choice("ks3", false),
                choice("ni-ks3", false),
            ]
        };
        let english = split_levels(choices(), "england", Vocabularies::shipped());
        assert_eq!(english.first.heading.as_deref(), Some("England"));
        assert_eq!(ids(&english.first), ["ks3", "ks4", "eng-year-9"]);
        assert_eq!(english.rest.iter().map(ids).collect::<Vec<_>>(), [["eng-year-8"], ["cfe-third"], ["ni-ks3"]]);
        let scottish = split_levels(choices(), "scotland", Vocabularies::shipped());
        assert_eq!(scottish.first.heading.as_deref(), Some("Scotland"));
        assert_eq!(ids(&scottish.first), ["eng-year-9", "cfe-third"]);
        assert_eq!(ids(&scottish.rest[0]), ["ks3", "ks4"]);
    }

    #[test]
    fn the_phases_that_no_stage_of_the_nation_covers_can_be_chosen_after_its_stages() {
        let choices = || {
            ["phase-higher", "phase-post-16", "phase-secondary", "ks4", "cfw-ps5"].map(|id| choice(id, false)).to_vec()
        };
        let english = split_levels(choices(), "england", Vocabularies::shipped());
        assert_eq!(ids(&english.first), ["ks4", "phase-higher"]);
        let welsh = split_levels(choices(), "wales", Vocabularies::shipped());
        assert_eq!(ids(&welsh.first), ["cfw-ps5", "phase-post-16", "phase-higher"]);
    }

    #[test]
    fn stated_and_inferred_are_told_apart_where_there_is_something_inferred() {
        assert_eq!(said_count(1_253, 0), "1,253");
        assert_eq!(said_count(253, 41), "212 stated, 41 inferred");
    }

    #[test]
    fn every_facet_but_the_state_of_the_link_has_its_place() {
        let shown: Vec<Facet> = MAIN.into_iter().chain(MORE).collect();
        let missing: Vec<Facet> = Facet::ALL.into_iter().filter(|facet| !shown.contains(facet)).collect();
        assert_eq!(missing, [Facet::Link]);
    }
}
