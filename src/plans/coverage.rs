//! What a plan covers: for each year group and each aim, by how many of its steps, and how surely.

use std::collections::BTreeMap;

use super::{Aim, Basis, Plan, Step};

/// How an aim is covered in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Covering {
    /// How many steps of the plan help with it.
    pub(crate) count: usize,
    /// How sure that is: as sure as the surest.
    pub(crate) basis: Basis,
}

/// What a plan covers.
#[derive(Debug, Default)]
pub(crate) struct Covered(BTreeMap<(u8, Aim), Covering>);

impl Covered {
    /// What a plan covers, asked of whoever knows what each step helps with.
    pub(crate) fn of(plan: &Plan, aims_of: impl Fn(&Step) -> Vec<(Aim, Basis)>) -> Self {
        let mut covered = Self::default();
        for step in &plan.steps {
            for (aim, basis) in aims_of(step) {
                let held = covered.0.entry((step.slot.age, aim)).or_insert(Covering { count: 0, basis });
                held.count += 1;
                held.basis = held.basis.min(basis);
            }
        }
        covered
    }

    /// How an aim is covered in the year of this age; `None` when nothing covers it.
    pub(crate) fn by(&self, age: u8, aim: Aim) -> Option<Covering> {
        self.0.get(&(age, aim)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Slot, Term, What};
    use super::*;

    #[test]
    fn an_aim_is_covered_in_the_year_of_its_step_as_surely_as_the_surest_says() {
        let mut plan = Plan::blank(2026);
        for (age, text, codes) in [(13, "a talk", "5e"), (13, "a visit", "5"), (14, "an interview", "8")] {
            let what = What::Own { text: text.to_owned(), aims: Aim::by_codes(codes) };
            plan.place(Step { slot: Slot { age, term: Term::Autumn }, what });
        }
        let covered = Covered::of(&plan, |step| match &step.what {
            What::Own { text, aims } => {
                let basis = if text == "a talk" { Basis::Likely } else { Basis::Said };
                aims.iter().map(|aim| (*aim, basis)).collect()
            }
            What::Resource(_) => Vec::new(),
        });
        let aim = |id| Aim::by_id(id).unwrap();
        let by = |age, id| covered.by(age, aim(id)).map(|covering| (covering.count, covering.basis));
        assert_eq!(by(13, "gatsby-5"), Some((2, Basis::Said)));
        assert_eq!(by(13, "cdi-explore"), Some((1, Basis::Likely)));
        assert_eq!(by(13, "gatsby-8"), None);
        assert_eq!(by(14, "gatsby-8"), Some((1, Basis::Said)));
    }
}
