//! How the planner says things: terms and years, aims, and what could not be taken.

use schemas::{ControlledField, Vocabularies};

use crate::pages::wording::{say, word};
use crate::plans::{
    AIMS, Aim, Basis, MAX_STEPS, MAX_TITLE_CHARACTERS, MAX_WAITING, Plan, PlanProblem, Slot, Term, YearGroup, Years,
};

/// What a plan is called.
pub(super) fn plan_label(plan: &Plan) -> String {
    let year = school_year_label(plan.from);
    if plan.title.is_empty() {
        return say("planner.untitled", &[("year", &year)]);
    }
    // The title is somebody's own, and comes last into its place.
    say("planner.titled", &[("year", &year), ("title", &plan.title)])
}

/// The same as the heading of its page; that of the planner while there is nothing in it.
pub(super) fn heading(plan: &Plan) -> String {
    if plan.is_blank() { word("planner.heading").to_owned() } else { plan_label(plan) }
}

/// What schools of a nation are held against: Gatsby is England's; the others have frames of their own.
pub(super) fn frame(nation: &str) -> &'static str {
    match nation {
        "scotland" => word("planner.frame-scotland"),
        "wales" => word("planner.frame-wales"),
        "northern-ireland" => word("planner.frame-northern-ireland"),
        _ => word("planner.frame-england"),
    }
}

/// The two lists of aims, in the order in which a nation's schools look at them.
pub(super) fn frames(nation: &str) -> [ControlledField; 2] {
    let both = [ControlledField::Benchmark, ControlledField::LearningArea];
    if nation == "england" { both } else { [both[1], both[0]] }
}

/// The aims of a list.
pub(super) fn aims_of(field: ControlledField) -> impl Iterator<Item = Aim> {
    AIMS.into_iter().filter(move |aim| aim.field == field)
}

/// A term in the words of a nation: Scottish schools name theirs by the months.
pub(super) fn term_label(term: Term, nation: &str) -> &'static str {
    match (term, nation) {
        (Term::Autumn, "scotland") => word("planner.term-scotland-1"),
        (Term::Spring, "scotland") => word("planner.term-scotland-2"),
        (Term::Summer, "scotland") => word("planner.term-scotland-3"),
        (Term::Autumn, _) => word("planner.term-1"),
        (Term::Spring, _) => word("planner.term-2"),
        (Term::Summer, _) => word("planner.term-3"),
    }
}

/// A slot in the words of a nation: "Year 9, spring term".
pub(super) fn slot_label(slot: Slot, groups: &[YearGroup<'_>], nation: &str) -> String {
    let year = groups.iter().find(|group| group.age == slot.age).map_or("", YearGroup::label);
    say("planner.slot", &[("year", &year), ("term", &term_label(slot.term, nation).to_lowercase())])
}

/// The school year that begins in this one: "2026–27".
pub(super) fn school_year_label(from: i16) -> String {
    format!("{from}–{:02}", (from + 1) % 100)
}

/// A range of years in the words of a nation: "Year 7 to Year 9".
pub(super) fn years_label(years: Years, groups: &[YearGroup<'_>]) -> String {
    let inside: Vec<&YearGroup<'_>> = groups.iter().filter(|group| years.contains(group.age)).collect();
    match inside.as_slice() {
        [] => String::new(),
        [only] => only.label().to_owned(),
        [first, .., last] => say("planner.years-range", &[("from", &first.label()), ("to", &last.label())]),
    }
}

/// An aim as it is called: "5. Encounters with employers and employees".
pub(super) fn aim_label(aim: Aim, vocabularies: &Vocabularies) -> String {
    let label = vocabularies.of(aim.field).label(aim.id);
    if aim.field == ControlledField::Benchmark { format!("{}. {label}", aim.code) } else { label.to_owned() }
}

/// The same, where it may be only likely.
pub(super) fn aim_said((aim, basis): (Aim, Basis), vocabularies: &Vocabularies) -> String {
    let label = aim_label(aim, vocabularies);
    if basis == Basis::Likely { say("planner.aim-likely", &[("aim", &label)]) } else { label }
}

/// The same in few letters: "GB5"; of a learning area all of it.
pub(super) fn aim_short(aim: Aim, vocabularies: &Vocabularies) -> String {
    if aim.field == ControlledField::Benchmark {
        return say("planner.benchmark-short", &[("n", &aim.code)]);
    }
    vocabularies.of(aim.field).label(aim.id).to_owned()
}

/// What could not be taken into the plan, in a sentence.
pub(super) fn problem_said(problem: &PlanProblem) -> String {
    match problem {
        PlanProblem::TooManySteps => say("planner.problem-full", &[("n", &MAX_STEPS)]),
        PlanProblem::TooManyWaiting => say("planner.problem-waiting", &[("n", &MAX_WAITING)]),
        PlanProblem::TextCut(text) => say("planner.problem-cut", &[("text", text)]),
        PlanProblem::TitleCut => say("planner.problem-title", &[("n", &MAX_TITLE_CHARACTERS)]),
        PlanProblem::Unreadable(value) => say("planner.problem-unreadable", &[("value", value)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::year_groups;

    #[test]
    fn years_and_slots_are_said_in_the_words_of_the_nation() {
        let levels = Vocabularies::shipped().of(ControlledField::Level);
        let slot = Slot { age: 13, term: Term::Spring };
        for (nation, year, range) in [
            ("england", "Year 9", "Year 7 to Year 13"),
            ("scotland", "S3", "S1 to S6"),
            ("northern-ireland", "Year 10", "Year 8 to Year 14"),
        ] {
            let groups = year_groups(levels, nation);
            assert!(slot_label(slot, &groups, nation).starts_with(year), "{nation}");
            assert_eq!(years_label(Years::ALL, &groups), range);
        }
        assert_eq!(school_year_label(2026), "2026–27");
        assert_eq!(school_year_label(2099), "2099–00");
    }
}
