//! Plans: what a school does about careers in each year group and term, and what that covers.
//!
//! A plan is kept nowhere but in an address. Here it is read from the parameters of one and written to them again, made
//! of what a school pastes, and held against the Gatsby Benchmarks and the career learning areas. All of it is pure:
//! resources are fetched, shown and exported by the pages.

mod address;
mod aims;
mod coverage;
mod paste;
mod terms;
mod years;

use schemas::ResourceId;

pub(crate) use address::{PARAMETERS, PlanProblem, moved_value, placed_value, taken_out_value};
pub(crate) use aims::{AIMS, Aim, Basis, careers_types, is_of_careers_type};
pub(crate) use coverage::Covered;
pub(crate) use paste::{MAX_PASTED_CHARACTERS, paste};
pub(crate) use terms::{Slot, Term};
pub(crate) use years::{FIRST_AGE, LAST_AGE, YearGroup, Years, year_groups};

/// So many steps a plan holds: two or three a term for each of seven year groups.
///
/// As resources they make an address of 2 KB, which every browser and mail program keeps whole. In a school's own words
/// they make one of 10 KB, which browsers keep and some mail programs break, and at the very most 48 KB, which is still
/// read here.
pub(crate) const MAX_STEPS: usize = 60;
/// So many resources wait to be placed: as many as a shortlist holds.
pub(crate) const MAX_WAITING: usize = 40;
/// So long is what somebody writes into a plan, at most: a line on paper. In bytes twice as long, of which an address makes
/// three each, so that sixty texts in any script stand in one that is still read (60 KB, `crate::web::mistakes`).
pub(crate) const MAX_TEXT_CHARACTERS: usize = 120;
/// So long is the name of a plan, at most.
pub(crate) const MAX_TITLE_CHARACTERS: usize = 80;

/// A plan for one school year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it is called; blank while nobody has named it.
    pub(crate) title: String,
    /// The year in which its school year begins.
    pub(crate) from: i16,
    /// The year groups it is for.
    pub(crate) years: Years,
    /// What is in it, in the order of its slots; each thing once in a slot, at most [`MAX_STEPS`].
    pub(crate) steps: Vec<Step>,
    /// Resources that have been chosen and not yet placed, at most [`MAX_WAITING`].
    pub(crate) waiting: Vec<ResourceId>,
}

/// One thing that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// For whom and when.
    pub(crate) slot: Slot,
    /// What.
    pub(crate) what: What,
}

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A resource of ours.
    Resource(ResourceId),
    /// Something of the school's own.
    Own {
        /// In its own words; never blank.
        text: String,
        /// What the school says it helps with, in the order of [`AIMS`].
        aims: Vec<Aim>,
    },
}

impl What {
    /// Something in these words, and what of them could not be taken; `None` of blank ones.
    pub(crate) fn own(text: &str, aims: Vec<Aim>) -> Option<(Self, Option<PlanProblem>)> {
        let (text, is_longer) = tidy(text, MAX_TEXT_CHARACTERS);
        if text.is_empty() {
            return None;
        }
        let problem = is_longer.then(|| PlanProblem::cut(&text));
        Some((Self::Own { text, aims }, problem))
    }
}

impl Plan {
    /// A plan with nothing in it, for all year groups.
    pub(crate) fn blank(from: i16) -> Self {
        Self { title: String::new(), from, years: Years::ALL, steps: Vec::new(), waiting: Vec::new() }
    }

    /// Whether nobody has chosen or written anything yet.
    pub(crate) fn is_blank(&self) -> bool {
        self.steps.is_empty() && self.waiting.is_empty()
    }

    /// Puts something into the plan, which stays in order; a resource that is placed no longer waits. `false` when the
    /// plan is full.
    pub(crate) fn place(&mut self, step: Step) -> bool {
        if self.steps.contains(&step) {
            return true;
        }
        if self.steps.len() >= MAX_STEPS {
            return false;
        }
        if let What::Resource(id) = &step.what {
            self.waiting.retain(|waiting| waiting != id);
        }
        let place = self.steps.partition_point(|held| held.slot <= step.slot);
        self.steps.insert(place, step);
        true
    }

    /// Puts something in the school's own words into a slot, and says what of it could not be taken. Blank words are
    /// nothing.
    pub(crate) fn write(&mut self, slot: Slot, text: &str, aims: Vec<Aim>) -> Option<PlanProblem> {
        let (what, problem) = What::own(text, aims)?;
        if self.place(Step { slot, what }) { problem } else { Some(PlanProblem::TooManySteps) }
    }

    /// Takes something out, wherever it was moved to; of several the one in this slot.
    pub(crate) fn take_out(&mut self, step: &Step) {
        let exactly = self.steps.iter().position(|held| held == step);
        if let Some(place) = exactly.or_else(|| self.steps.iter().position(|held| held.what == step.what)) {
            self.steps.remove(place);
        }
    }

    /// Lets a resource wait to be placed, unless it is in the plan already. `false` when too many wait.
    pub(crate) fn let_wait(&mut self, id: ResourceId) -> bool {
        if self.waiting.contains(&id) || self.resources().any(|held| *held == id) {
            return true;
        }
        let has_room = self.waiting.len() < MAX_WAITING;
        if has_room {
            self.waiting.push(id);
        }
        has_room
    }

    /// The resources that are placed, one as often as it is.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &ResourceId> {
        self.steps.iter().filter_map(|step| match &step.what {
            What::Resource(id) => Some(id),
            What::Own { .. } => None,
        })
    }

    /// Puts another resource wherever this one stood.
    pub(crate) fn replace(&mut self, id: &ResourceId, other: &ResourceId) {
        let steps = std::mem::take(&mut self.steps);
        let waiting = std::mem::take(&mut self.waiting);
        let instead = |held: ResourceId| if held == *id { other.clone() } else { held };
        for step in steps {
            let what = match step.what {
                What::Resource(held) => What::Resource(instead(held)),
                own @ What::Own { .. } => own,
            };
            self.place(Step { slot: step.slot, what });
        }
        for held in waiting {
            self.let_wait(instead(held));
        }
    }

    /// Moves what stands in years that these year groups do not have into the nearest that they have: a plan of another
    /// nation. Says how many were moved.
    pub(crate) fn fit(&mut self, groups: &[YearGroup<'_>]) -> usize {
        let (Some(first), Some(last)) = (groups.first(), groups.last()) else {
            return 0;
        };
        let (first, last) = (first.age, last.age);
        let steps = std::mem::take(&mut self.steps);
        let mut moved = 0;
        for step in steps {
            let age = step.slot.age.clamp(first, last);
            moved += usize::from(age != step.slot.age);
            self.place(Step { slot: Slot { age, ..step.slot }, ..step });
        }
        moved
    }
}

/// What somebody wrote, on one line and at most so long, in bytes twice as many; and whether it was longer.
fn tidy(text: &str, max_characters: usize) -> (String, bool) {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    let line = text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let by_characters = line.char_indices().nth(max_characters).map_or(line.len(), |(place, _)| place);
    let end = by_characters.min(line.floor_char_boundary(2 * max_characters));
    (line[..end].trim_end().to_owned(), end < line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(seed: &str) -> ResourceId {
        ResourceId::founded_on(seed)
    }

    fn step(age: u8, term: Term, seed: &str) -> Step {
        Step { slot: Slot { age, term }, what: What::Resource(id(seed)) }
    }

    #[test]
    fn what_is_placed_stands_in_order_once_and_waits_no_longer() {
        let mut plan = Plan::blank(2026);
        assert!(plan.let_wait(id("a")));
        for step in [step(13, Term::Spring, "a"), step(11, Term::Summer, "b"), step(13, Term::Spring, "a")] {
            assert!(plan.place(step));
        }
        assert_eq!(plan.steps, [step(11, Term::Summer, "b"), step(13, Term::Spring, "a")]);
        assert!(plan.waiting.is_empty());
        assert!(plan.let_wait(id("a")) && plan.waiting.is_empty());
    }

    #[test]
    fn a_full_plan_takes_nothing_more() {
        let mut plan = Plan::blank(2026);
        for number in 0..MAX_STEPS {
            assert!(plan.place(step(11, Term::Autumn, &number.to_string())));
        }
        assert!(!plan.place(step(11, Term::Autumn, "more")));
        assert_eq!(plan.steps.len(), MAX_STEPS);
    }

    #[test]
    fn a_merged_resource_is_replaced_wherever_it_stands() {
        let mut plan = Plan::blank(2026);
        plan.place(step(11, Term::Autumn, "old"));
        plan.place(step(11, Term::Autumn, "new"));
        plan.place(step(12, Term::Autumn, "old"));
        plan.replace(&id("old"), &id("new"));
        assert_eq!(plan.steps, [step(11, Term::Autumn, "new"), step(12, Term::Autumn, "new")]);
    }

    #[test]
    fn what_is_written_becomes_one_line_of_bounded_length() {
        assert_eq!(tidy("  a\r\n b\u{0}c ", 10), ("a b c".to_owned(), false));
        assert_eq!(tidy("ééé é", 4), ("ééé".to_owned(), true));
        assert_eq!(tidy(" \n ", 4), (String::new(), false));
        assert_eq!(tidy("日本語", 4), ("日本".to_owned(), true), "two bytes a character at most");
    }
}
