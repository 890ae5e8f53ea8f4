//! What a plan covers: for each year group and each aim, by which of its entries.

use std::collections::BTreeMap;

use super::{Aim, Basis, Entry, Plan};

/// One entry that helps with an aim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Covering {
    /// Its place among the entries of the plan.
    pub(crate) entry: usize,
    /// How sure that is.
    pub(crate) basis: Basis,
}

/// What a plan covers.
#[derive(Debug, Default)]
pub(crate) struct Coverage(BTreeMap<(u8, Aim), Vec<Covering>>);

impl Coverage {
    /// The coverage of a plan, asked of whoever knows what each entry helps with.
    pub(crate) fn of(plan: &Plan, aims_of: impl Fn(&Entry) -> Vec<(Aim, Basis)>) -> Self {
        let mut coverage = Self::default();
        for (place, entry) in plan.entries.iter().enumerate() {
            for (aim, basis) in aims_of(entry) {
                let held = coverage.0.entry((entry.slot.age, aim)).or_default();
                held.push(Covering { entry: place, basis });
            }
        }
        coverage
    }

    /// What covers an aim in the year of this age, in the order of the plan.
    pub(crate) fn by(&self, age: u8, aim: Aim) -> &[Covering] {
        self.0.get(&(age, aim)).map_or(&[], Vec::as_slice)
    }

    /// How sure it is that an aim is covered in a year: as sure as the surest; `None` when nothing covers it.
    pub(crate) fn basis(&self, age: u8, aim: Aim) -> Option<Basis> {
        self.by(age, aim).iter().map(|covering| covering.basis).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Slot, Term, What};
    use super::*;

    #[test]
    fn an_aim_is_covered_in_the_year_of_its_entry_as_surely_as_the_surest_says() {
        let mut plan = Plan::blank(2026);
        for (age, text, codes) in [(13, "a talk", "5e"), (13, "a visit", "5"), (14, "an interview", "8")] {
            let what = What::Own { text: text.to_owned(), aims: Aim::by_codes(codes) };
            plan.place(Entry { slot: Slot { age, term: Term::Autumn }, what });
        }
        let coverage = Coverage::of(&plan, |entry| match &entry.what {
            What::Own { text, aims } => {
                let basis = if text == "a talk" { Basis::Likely } else { Basis::Said };
                aims.iter().map(|aim| (*aim, basis)).collect()
            }
            What::Resource(_) => Vec::new(),
        });
        let aim = |id| Aim::by_id(id).unwrap();
        assert_eq!(coverage.by(13, aim("gatsby-5")).len(), 2);
        assert_eq!(coverage.basis(13, aim("gatsby-5")), Some(Basis::Said));
        assert_eq!(coverage.basis(13, aim("cdi-explore")), Some(Basis::Likely));
        assert_eq!(coverage.basis(13, aim("gatsby-8")), None);
        assert_eq!(coverage.basis(14, aim("gatsby-8")), Some(Basis::Said));
    }
}
