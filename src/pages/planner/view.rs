//! The parts of the planner's page as plain values: years and terms with what stands in them, and what can be chosen.

use schemas::{Resource, ResourceId, Vocabularies};

use super::asked::{Asked, count};
use super::covered::caption;
use super::held::Held;
use super::words::{aim_label, aim_short, aims_of, frames, school_year_label, slot_label, term_label, years_label};
use crate::pages::outbound::Outbound;
use crate::pages::wording::{self, counted, say, word};
use crate::plans::{
    Aim, Basis, FIRST_AGE, LAST_AGE, Slot, Step, Term, What, YearGroup, Years, moved_value, placed_value,
    taken_out_value,
};

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
    /// The same with its year group.
    pub(super) full_label: String,
    /// What asks for something to be put here.
    pub(super) slot: String,
    pub(super) steps: Vec<StepView>,
}

/// One thing that is planned, or waits to be.
pub(super) struct StepView {
    pub(super) title: String,
    /// The resource; `None` of what is in the school's own words.
    pub(super) resource: Option<ResourceView>,
    /// What to know of it.
    pub(super) notes: Vec<String>,
    pub(super) aims: Vec<AimView>,
    /// Tells its control from those of the others.
    pub(super) key: String,
    /// Where it may be put; `None` of what waits and is no more.
    pub(super) placing: Option<Placing>,
    /// What takes it out of the plan; `None` of what is not in it yet.
    pub(super) out: Option<TakeOut>,
    /// What puts it into the term that was chosen before.
    pub(super) at_once: Option<AtOnce>,
    /// What asks for it to be changed, of what stands in own words: its number among those.
    pub(super) edit: Option<String>,
    /// What asks for something in its place, of a resource that is no more: its slot.
    pub(super) instead: Option<String>,
    /// What keeps it waiting, for one that waits: its id.
    pub(super) keeps: Option<String>,
}

/// Taking something out of the plan.
pub(super) struct TakeOut {
    pub(super) parameter: &'static str,
    pub(super) value: String,
    /// Out of which year group and term.
    pub(super) slot: String,
    /// The part of the page that it leads to.
    pub(super) place: String,
}

/// Putting something into a term.
pub(super) struct AtOnce {
    pub(super) value: String,
    pub(super) label: String,
    /// The part of the page that it leads to.
    pub(super) place: String,
}

/// What is told of a resource of a plan. Of one that is no more there is nothing but our page about it.
#[derive(Default)]
pub(super) struct ResourceView {
    pub(super) href: String,
    /// The language of the title, when it is not English.
    pub(super) language: Option<String>,
    /// Where it is, for those who read on paper.
    pub(super) address: Option<String>,
    /// The type, which has an icon, and its label.
    pub(super) kind: Option<(String, String)>,
    /// Who issues it and what it is, for one who has yet to choose.
    pub(super) publisher: Option<String>,
    pub(super) description: Option<String>,
}

/// The choice of a slot.
pub(super) struct Placing {
    /// The parameter that it sends.
    pub(super) parameter: &'static str,
    /// Whether it stands nowhere yet, and may be left so.
    pub(super) may_be_nowhere: bool,
    pub(super) groups: Vec<Group>,
    /// What stands in own words, as the plan holds it: sent once, for the choices name it by its number.
    pub(super) own: Option<String>,
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
        let number = terms.iter().map(|term| term.steps.len()).sum();
        YearView {
            label: group.label().to_owned(),
            place: year_place(group.age),
            says: counted("planner.planned", count(number)),
            terms,
        }
    };
    groups.iter().map(year).collect()
}

/// The part of the page that a year group is.
pub(super) fn year_place(age: u8) -> String {
    format!("year-{age}")
}

fn term_view(asked: &Asked, held: &Held, slot: Slot) -> TermView {
    let steps = asked.plan.steps.iter().enumerate().filter(|(_, step)| step.slot == slot);
    TermView {
        label: term_label(slot.term, asked.carried.nation()),
        full_label: slot_label(slot, &asked.groups, asked.carried.nation()),
        slot: slot.to_string(),
        steps: steps.map(|(place, step)| planned(asked, held, place, step)).collect(),
    }
}

fn planned(asked: &Asked, held: &Held, place: usize, step: &Step) -> StepView {
    let out = |parameter: &'static str, value: String| TakeOut {
        parameter,
        value,
        slot: slot_label(step.slot, &asked.groups, asked.carried.nation()),
        place: year_place(step.slot.age),
    };
    let view = match &step.what {
        What::Own { .. } => {
            let number = own_number(asked, place);
            StepView {
                placing: Some(moving(asked, number, step)),
                out: Some(out("own_at", moved_value(None, number))),
                edit: Some(number.to_string()),
                ..bare(held.title_of(step))
            }
        }
        What::Resource(id) => StepView {
            placing: Some(placing(asked, &asked.groups, id, Some(step.slot))),
            out: Some(out("at", taken_out_value(step.slot, id))),
            instead: held.live(id).is_none().then(|| step.slot.to_string()),
            ..known(asked, held, id)
        },
    };
    StepView { key: format!("step-{place}"), aims: held.aims_of(step).into_iter().map(aim_view).collect(), ..view }
}

/// What waits to be placed.
pub(super) fn waiting(asked: &Asked, held: &Held) -> Vec<StepView> {
    let view = |(place, id): (usize, &ResourceId)| {
        let view = match held.live(id) {
            Some(resource) => to_place(resource, asked),
            None => known(asked, held, id),
        };
        StepView { key: format!("waiting-{place}"), keeps: Some(id.to_string()), ..view }
    };
    asked.plan.waiting.iter().enumerate().map(view).collect()
}

/// Something that was found, ready to be placed.
pub(super) fn found(resource: &Resource, asked: &Asked) -> StepView {
    let description = resource.description.as_deref();
    let about = ResourceView {
        publisher: resource.publisher.clone(),
        description: description.map(|text| wording::shorten(text, DESCRIPTION_CHARACTERS)),
        ..about(resource, asked)
    };
    let at_once = asked.find.into.map(|slot| AtOnce {
        value: placed_value(slot, &resource.id),
        label: say("planner.put-into", &[("slot", &slot_label(slot, &asked.groups, asked.carried.nation()))]),
        place: year_place(slot.age),
    });
    StepView { key: format!("found-{}", resource.id), resource: Some(about), at_once, ..to_place(resource, asked) }
}

fn to_place(resource: &Resource, asked: &Asked) -> StepView {
    StepView {
        aims: Aim::of_resource(resource).into_iter().map(spelt_out).collect(),
        placing: Some(placing(asked, &asked.shown_groups(), &resource.id, None)),
        ..live(resource, asked)
    }
}

/// What is known of a resource, be it there or not.
fn known(asked: &Asked, held: &Held, id: &ResourceId) -> StepView {
    if let Some(resource) = held.live(id) {
        return live(resource, asked);
    }
    let href = our_page(id, asked);
    let notes = held.gone(id).into_iter().collect();
    StepView {
        resource: Some(ResourceView { href, ..ResourceView::default() }),
        notes,
        ..bare(word("planner.gone-title"))
    }
}

fn live(resource: &Resource, asked: &Asked) -> StepView {
    let starts = resource.starts.as_deref().map(|time| say("planner.starts", &[("moment", &wording::moment(time))]));
    let broken = (resource.link.state == schemas::LinkState::Broken).then(|| word("planner.broken").to_owned());
    let notes = starts.into_iter().chain(broken).collect();
    StepView { resource: Some(about(resource, asked)), notes, ..bare(&resource.title) }
}

fn about(resource: &Resource, asked: &Asked) -> ResourceView {
    ResourceView {
        href: our_page(&resource.id, asked),
        language: wording::foreign_language(resource),
        address: resource.url.as_deref().and_then(Outbound::parse).map(|link| link.href),
        kind: resource.resource_types.first().map(|kind| (kind.id.to_string(), kind.label.clone())),
        publisher: None,
        description: None,
    }
}

fn our_page(id: &ResourceId, asked: &Asked) -> String {
    asked.carried.address(&format!("/resources/{id}"))
}

fn bare(title: &str) -> StepView {
    StepView {
        title: title.to_owned(),
        resource: None,
        notes: Vec::new(),
        aims: Vec::new(),
        key: String::new(),
        placing: None,
        out: None,
        at_once: None,
        edit: None,
        instead: None,
        keeps: None,
    }
}

/// The choice of a slot for a resource.
fn placing(asked: &Asked, groups: &[YearGroup<'_>], id: &ResourceId, chosen: Option<Slot>) -> Placing {
    Placing {
        parameter: "at",
        may_be_nowhere: chosen.is_none(),
        groups: slot_choices(groups, asked.carried.nation(), chosen, |slot| placed_value(slot, id)),
        own: None,
    }
}

/// The number of a step among those in own words.
fn own_number(asked: &Asked, place: usize) -> usize {
    asked.plan.steps[..place].iter().filter(|step| matches!(step.what, What::Own { .. })).count()
}

/// The choice of another slot for what stands in own words.
fn moving(asked: &Asked, number: usize, step: &Step) -> Placing {
    let value = |slot| moved_value(Some(slot), number);
    Placing {
        parameter: "own_at",
        may_be_nowhere: false,
        groups: slot_choices(&asked.groups, asked.carried.nation(), Some(step.slot), value),
        own: Some(step.parameter().1),
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

/// The same for one who has yet to choose, and to learn what the short names mean.
fn spelt_out(aim: (Aim, Basis)) -> AimView {
    let view = aim_view(aim);
    AimView { short: view.label.clone(), ..view }
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
