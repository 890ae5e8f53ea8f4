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

pub(crate) use address::{PARAMETERS, PlanProblem};
pub(crate) use aims::{AIMS, Aim, Basis};
pub(crate) use coverage::Coverage;
pub(crate) use paste::{MAX_PASTED_CHARACTERS, paste};
pub(crate) use terms::{Slot, Term};
pub(crate) use years::{FIRST_AGE, LAST_AGE, YearGroup, Years, year_groups};

/// So many entries a plan holds: two or three a term for each of seven year groups, in an address that every browser and
/// mail program keeps whole.
pub(crate) const MAX_ENTRIES: usize = 60;
/// So many resources wait to be placed: as many as a shortlist holds.
pub(crate) const MAX_WAITING: usize = 40;
/// So long is what somebody writes into a plan, at most: a line on paper.
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
    /// What is in it, in the order of its slots; each thing once in a slot, at most [`MAX_ENTRIES`].
    pub(crate) entries: Vec<Entry>,
    /// Resources that have been chosen and not yet placed, at most [`MAX_WAITING`].
    pub(crate) waiting: Vec<ResourceId>,
}

/// One thing that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
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

impl Plan {
    /// A plan with nothing in it, for all year groups.
    pub(crate) fn blank(from: i16) -> Self {
        Self { title: String::new(), from, years: Years::ALL, entries: Vec::new(), waiting: Vec::new() }
    }

    /// Whether nobody has chosen or written anything yet.
    pub(crate) fn is_blank(&self) -> bool {
        self.entries.is_empty() && self.waiting.is_empty()
    }

    /// Puts something into the plan, which stays in order; a resource that is placed no longer waits. `false` when the
    /// plan is full.
    pub(crate) fn place(&mut self, entry: Entry) -> bool {
        if self.entries.contains(&entry) {
            return true;
        }
        if self.entries.len() >= MAX_ENTRIES {
            return false;
        }
        if let What::Resource(id) = &entry.what {
            self.waiting.retain(|waiting| waiting != id);
        }
        let place = self.entries.partition_point(|held| held.slot <= entry.slot);
        self.entries.insert(place, entry);
        true
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
        self.entries.iter().filter_map(|entry| match &entry.what {
            What::Resource(id) => Some(id),
            What::Own { .. } => None,
        })
    }

    /// Puts another resource wherever this one stood.
    pub(crate) fn replace(&mut self, id: &ResourceId, other: &ResourceId) {
        let entries = std::mem::take(&mut self.entries);
        let waiting = std::mem::take(&mut self.waiting);
        let instead = |held: ResourceId| if held == *id { other.clone() } else { held };
        for entry in entries {
            let what = match entry.what {
                What::Resource(held) => What::Resource(instead(held)),
                own @ What::Own { .. } => own,
            };
            self.place(Entry { slot: entry.slot, what });
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
        let entries = std::mem::take(&mut self.entries);
        let mut moved = 0;
        for entry in entries {
            let age = entry.slot.age.clamp(first, last);
            moved += usize::from(age != entry.slot.age);
            self.place(Entry { slot: Slot { age, ..entry.slot }, ..entry });
        }
        moved
    }
}

/// What somebody wrote, on one line and at most so long; and whether it was longer.
fn tidy(text: &str, max_characters: usize) -> (String, bool) {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    let line = text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let is_longer = line.chars().count() > max_characters;
    let text = line.chars().take(max_characters).collect::<String>();
    (text.trim_end().to_owned(), is_longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(seed: &str) -> ResourceId {
        ResourceId::founded_on(seed)
    }

    fn entry(age: u8, term: Term, seed: &str) -> Entry {
        Entry { slot: Slot { age, term }, what: What::Resource(id(seed)) }
    }

    #[test]
    fn what_is_placed_stands_in_order_once_and_waits_no_longer() {
        let mut plan = Plan::blank(2026);
        assert!(plan.let_wait(id("a")));
        for entry in [entry(13, Term::Spring, "a"), entry(11, Term::Summer, "b"), entry(13, Term::Spring, "a")] {
            assert!(plan.place(entry));
        }
        assert_eq!(plan.entries, [entry(11, Term::Summer, "b"), entry(13, Term::Spring, "a")]);
        assert!(plan.waiting.is_empty());
        assert!(plan.let_wait(id("a")) && plan.waiting.is_empty());
    }

    #[test]
    fn a_full_plan_takes_nothing_more() {
        let mut plan = Plan::blank(2026);
        for number in 0..MAX_ENTRIES {
            assert!(plan.place(entry(11, Term::Autumn, &number.to_string())));
        }
        assert!(!plan.place(entry(11, Term::Autumn, "more")));
        assert_eq!(plan.entries.len(), MAX_ENTRIES);
    }

    #[test]
    fn a_merged_resource_is_replaced_wherever_it_stands() {
        let mut plan = Plan::blank(2026);
        plan.place(entry(11, Term::Autumn, "old"));
        plan.place(entry(11, Term::Autumn, "new"));
        plan.place(entry(12, Term::Autumn, "old"));
        plan.replace(&id("old"), &id("new"));
        assert_eq!(plan.entries, [entry(11, Term::Autumn, "new"), entry(12, Term::Autumn, "new")]);
    }

    #[test]
    fn what_is_written_becomes_one_line_of_bounded_length() {
        assert_eq!(tidy("  a\r\n b\u{0}c ", 10), ("a b c".to_owned(), false));
        assert_eq!(tidy("ééé é", 4), ("ééé".to_owned(), true));
        assert_eq!(tidy(" \n ", 4), (String::new(), false));
    }
}
