//! The parts of the planner's page as plain values: years and terms with what stands in them, and what can be chosen.

use schemas::{Resource, Vocabularies};

use super::asked::{Asked, count};
use super::covered::caption;
use super::held::Held;
use super::words::{aim_label, aim_short, school_year_label, slot_label, term_label, years_label};
use super::{aims_of, frames};
use crate::pages::outbound::Outbound;
use crate::pages::wording::{self, counted, say, word};
use crate::plans::{Aim, Basis, Entry, FIRST_AGE, LAST_AGE, Slot, Term, What, YearGroup, Years};

/// So much of a description helps to choose.
const DESCRIPTION_CHARACTERS: usize = 160;

/// Something to choose.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

/// Choices that belong together.
pub(super) struct Group {
    pub(super) label: String,
    pub(super) choices: Vec<Choice>,
}

/// One year group.
pub(super) struct YearView {
    pub(super) label: String,
    /// Its part of the page.
    pub(super) place: String,
    /// How much is planned for it.
    pub(super) says: String,
    pub(super) terms: Vec<TermView>,
}

/// One term of it.
pub(super) struct TermView {
    pub(super) label: &'static str,
    pub(super) entries: Vec<PlannedView>,
}

/// One thing that is planned, or waits to be.
pub(super) struct PlannedView {
    pub(super) title: String,
    /// The language of the title, when it is not English.
    pub(super) language: Option<String>,
    /// Our page about it.
    pub(super) href: Option<String>,
    /// Where it is, for those who read on paper.
    pub(super) address: Option<String>,
    /// The type, which has an icon, and its label.
    pub(super) kind: Option<(String, String)>,
    /// Whether it is in the school's own words.
    pub(super) is_own: bool,
    /// What keeps it waiting, for one that waits: its id.
    pub(super) keeps: Option<String>,
    /// What to know of it.
    pub(super) notes: Vec<String>,
    /// Who issues it and what it is, for one who has yet to choose.
    pub(super) publisher: Option<String>,
    pub(super) description: Option<String>,
    pub(super) aims: Vec<AimView>,
    /// The parameter that places it.
    pub(super) parameter: &'static str,
    /// Tells its control from those of the others.
    pub(super) key: String,
    pub(super) groups: Vec<Group>,
}

/// Something it helps with.
pub(super) struct AimView {
    pub(super) short: String,
    pub(super) label: String,
    pub(super) is_likely: bool,
}

/// The year groups, each with its terms.
pub(super) fn years(asked: &Asked, held: &Held, groups: &[YearGroup<'_>]) -> Vec<YearView> {
    let year = |group: &YearGroup<'_>| {
        let terms: Vec<TermView> = Term::ALL.map(|term| term_view(asked, held, Slot { age: group.age, term })).into();
        let number = terms.iter().map(|term| term.entries.len()).sum();
        YearView {
            label: group.label().to_owned(),
            place: format!("year-{}", group.age),
            says: counted("planner.planned", count(number)),
            terms,
        }
    };
    groups.iter().map(year).collect()
}

fn term_view(asked: &Asked, held: &Held, slot: Slot) -> TermView {
    let entries = asked.plan.entries.iter().enumerate().filter(|(_, entry)| entry.slot == slot);
    TermView {
        label: term_label(slot.term, asked.carried.nation()),
        entries: entries.map(|(place, entry)| planned(asked, held, place, entry)).collect(),
    }
}

fn planned(asked: &Asked, held: &Held, place: usize, entry: &Entry) -> PlannedView {
    let groups = slot_choices(&asked.groups, asked.carried.nation(), Some(entry.slot), |slot| entry.parameter(slot).1);
    let (parameter, _) = entry.parameter(entry.slot);
    let aims = held.aims_of(entry).into_iter().map(aim_view).collect();
    let key = format!("entry-{place}");
    let common = PlannedView { aims, parameter, key, groups, ..bare(held.title_of(entry)) };
    match &entry.what {
        What::Own { .. } => PlannedView { is_own: true, ..common },
        What::Resource(id) => {
            let href = Some(asked.carried.address(&format!("/resources/{id}")));
            match held.live(id) {
                Some(resource) => PlannedView { href, ..about(common, resource) },
                None => PlannedView { href, notes: vec![held.gone(id).to_owned()], ..common },
            }
        }
    }
}

/// What waits to be placed.
pub(super) fn waiting(asked: &Asked, held: &Held) -> Vec<PlannedView> {
    let view = |(place, id): (usize, &schemas::ResourceId)| {
        let key = format!("waiting-{place}");
        let keeps = Some(id.to_string());
        match held.live(id) {
            Some(resource) => PlannedView { keeps, ..to_place(resource, asked, key) },
            None => PlannedView {
                key,
                keeps,
                parameter: "at",
                href: Some(asked.carried.address(&format!("/resources/{id}"))),
                notes: vec![held.gone(id).to_owned()],
                ..bare(id.as_str())
            },
        }
    };
    asked.plan.waiting.iter().enumerate().map(view).collect()
}

/// Something that was found, ready to be placed.
pub(super) fn found(resource: &Resource, asked: &Asked) -> PlannedView {
    let description = resource.description.as_deref();
    PlannedView {
        publisher: resource.publisher.clone(),
        description: description.map(|text| wording::shorten(text, DESCRIPTION_CHARACTERS)),
        ..to_place(resource, asked, format!("found-{}", resource.id))
    }
}

fn to_place(resource: &Resource, asked: &Asked, key: String) -> PlannedView {
    let value = |slot: Slot| Entry { slot, what: What::Resource(resource.id.clone()) }.parameter(slot).1;
    let common = PlannedView {
        key,
        parameter: "at",
        href: Some(asked.carried.address(&format!("/resources/{}", resource.id))),
        aims: Aim::of_resource(resource).into_iter().map(aim_view).collect(),
        groups: slot_choices(&asked.shown_groups(), asked.carried.nation(), None, value),
        ..bare(&resource.title)
    };
    about(common, resource)
}

fn bare(title: &str) -> PlannedView {
    PlannedView {
        title: title.to_owned(),
        language: None,
        href: None,
        address: None,
        kind: None,
        is_own: false,
        keeps: None,
        notes: Vec::new(),
        publisher: None,
        description: None,
        aims: Vec::new(),
        parameter: "own",
        key: String::new(),
        groups: Vec::new(),
    }
}

/// What is known of a resource, besides what it helps with.
fn about(view: PlannedView, resource: &Resource) -> PlannedView {
    let starts = resource.starts.as_deref().map(|time| say("planner.starts", &[("moment", &wording::moment(time))]));
    let broken = (resource.link.state == schemas::LinkState::Broken).then(|| word("planner.broken").to_owned());
    PlannedView {
        language: wording::foreign_language(resource),
        address: resource.url.as_deref().and_then(Outbound::parse).map(|link| link.href),
        kind: resource.resource_types.first().map(|kind| (kind.id.to_string(), kind.label.clone())),
        notes: starts.into_iter().chain(broken).collect(),
        ..view
    }
}

fn aim_view((aim, basis): (Aim, Basis)) -> AimView {
    let vocabularies = Vocabularies::shipped();
    AimView {
        short: aim_short(aim, vocabularies),
        label: aim_label(aim, vocabularies),
        is_likely: basis == Basis::Likely,
    }
}

/// All slots of these year groups, each with what choosing it sends.
pub(super) fn slot_choices(
    groups: &[YearGroup<'_>],
    nation: &str,
    chosen: Option<Slot>,
    value: impl Fn(Slot) -> String,
) -> Vec<Group> {
    let choice = |slot: Slot| Choice {
        value: value(slot),
        label: slot_label(slot, groups, nation),
        is_chosen: chosen == Some(slot),
    };
    let group = |group: &YearGroup<'_>| Group {
        label: group.label().to_owned(),
        choices: Term::ALL.map(|term| choice(Slot { age: group.age, term })).into(),
    };
    groups.iter().map(group).collect()
}

/// The benchmarks and learning areas.
pub(super) fn aim_choices(chosen: &[Aim], nation: &str, vocabularies: &Vocabularies) -> Vec<Group> {
    let choice = |aim: Aim| Choice {
        value: aim.id.to_owned(),
        label: aim_label(aim, vocabularies),
        is_chosen: chosen.contains(&aim),
    };
    let group = |field| Group { label: caption(field).to_owned(), choices: aims_of(field).map(choice).collect() };
    frames(nation).map(group).into()
}

/// The year groups, as something to look for.
pub(super) fn age_choices(chosen: Option<u8>, groups: &[YearGroup<'_>]) -> Vec<Choice> {
    let choice = |group: &YearGroup<'_>| Choice {
        value: group.age.to_string(),
        label: group.label().to_owned(),
        is_chosen: chosen == Some(group.age),
    };
    groups.iter().map(choice).collect()
}

/// School years near the one of the plan.
pub(super) fn school_years(from: i16) -> Vec<Choice> {
    let choice =
        |year: i16| Choice { value: year.to_string(), label: school_year_label(year), is_chosen: year == from };
    (from - 1..=from + 3).map(choice).collect()
}

/// Ranges of year groups, then each by itself.
pub(super) fn year_ranges(chosen: Years, groups: &[YearGroup<'_>]) -> Vec<Choice> {
    let single = (FIRST_AGE..=LAST_AGE).map(|age| Years { from: age, to: age });
    let mut ranges: Vec<Years> = Years::OFFERED.into_iter().chain(single).collect();
    if !ranges.contains(&chosen) {
        ranges.push(chosen);
    }
    let choice = |years: Years| Choice {
        value: years.to_string(),
        label: years_label(years, groups),
        is_chosen: years == chosen,
    };
    ranges.into_iter().map(choice).filter(|choice| !choice.label.is_empty()).collect()
}

/// What was looked for, in words.
pub(super) fn found_for(asked: &Asked, vocabularies: &Vocabularies) -> String {
    let find = &asked.find;
    let aim = find.aim.map(|aim| aim_label(aim, vocabularies));
    let group = asked.groups.iter().find(|group| Some(group.age) == find.age);
    let year = group.map(|group| group.label().to_owned());
    let words = (!find.text.is_empty()).then(|| format!("“{}”", find.text));
    words.into_iter().chain(aim).chain(year).collect::<Vec<_>>().join(", ")
}
