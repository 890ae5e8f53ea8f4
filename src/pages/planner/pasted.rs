//! A plan that is pasted: the text is read into the plan of the address, and the address that this leads to tells what
//! became of it. How a line is understood is in `crate::plans`.

use super::asked::{Asked, count};
use crate::pages::wording::{counted, word};
use crate::plans::{MAX_STEPS, Plan, Step, What, paste};

/// What became of a text that was pasted just now: so many lines taken, the numbers among the school's own words of those
/// whose year is not sure, so many of the lines without a benchmark, and whether something was left out, `12~3,4~5~cut`.
pub(super) const PASTED: &str = "pasted";
const CUT: &str = "cut";

/// What became of a pasted text, as an address tells it.
pub(super) struct PastedTold {
    taken: usize,
    /// The numbers among the school's own words of those whose year is not sure.
    unsure: Vec<usize>,
    /// How many name no benchmark.
    without_aims: usize,
    is_cut: bool,
}

impl Asked {
    /// Reads a pasted text into the plan. What comes back is the address of the plan, which tells what became of the text.
    pub(super) fn paste(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            return self.address("/planner");
        }
        let pasted = paste(text, &self.groups, &mut self.plan);
        let cut = if pasted.is_cut { format!("~{CUT}") } else { String::new() };
        let own = self.plan.steps.iter().filter(|step| own_text(step).is_some()).enumerate();
        let unsure = own.filter(|(_, step)| pasted.unsure.contains(step)).map(|(number, _)| number.to_string());
        let unsure = unsure.collect::<Vec<_>>().join(",");
        let told = format!("{PASTED}={}~{unsure}~{}{cut}", pasted.taken, pasted.without_aims);
        self.carried.address(&format!("{}&{told}", self.plan.address("/planner")))
    }
}

impl PastedTold {
    /// Reads what an address tells; `None` where it tells nothing of the kind.
    pub(super) fn read(value: &str) -> Option<Self> {
        let read = |number: &str| number.parse::<usize>().ok().filter(|lines| *lines <= MAX_STEPS);
        let mut parts = value.split('~');
        let taken = read(parts.next()?)?;
        let numbers = parts.next()?.split(',').filter(|number| !number.is_empty()).take(MAX_STEPS);
        let unsure = numbers.map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let without_aims = read(parts.next()?)?;
        Some(Self { taken, unsure, without_aims, is_cut: parts.next() == Some(CUT) })
    }

    /// The same in sentences; what is not sure with its words, for it is to be looked at.
    pub(super) fn said(&self, plan: &Plan) -> Vec<String> {
        let own: Vec<&str> = plan.steps.iter().filter_map(own_text).collect();
        let unsure: Vec<&str> = self.unsure.iter().filter_map(|number| own.get(*number).copied()).collect();
        let told = || format!("{} “{}”", counted("planner.pasted-unsure", count(unsure.len())), unsure.join("”, “"));
        let told = (!unsure.is_empty()).then(told);
        let without = (self.without_aims > 0).then(|| counted("planner.pasted-aimless", count(self.without_aims)));
        let cut = self.is_cut.then(|| word("planner.pasted-cut").to_owned());
        let taken = counted("planner.pasted", count(self.taken));
        std::iter::once(taken).chain(told).chain(without).chain(cut).collect()
    }
}

fn own_text(step: &Step) -> Option<&str> {
    match &step.what {
        What::Own { text, .. } => Some(text),
        What::Resource(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_pasted_text_is_told_in_the_address_of_the_plan() {
        let plan = Plan::read([("own", "11-1~~A talk"), ("own", "12-1~~A visit")], 2026).0;
        let said = |value| PastedTold::read(value).map_or(Vec::new(), |told| told.said(&plan));
        assert_eq!(["2~~0", "2~1~0", "2~~1", "60~0,1~2~cut"].map(|value| said(value).len()), [1, 2, 2, 4]);
        assert!(said("2~1~0")[1].ends_with("“A visit”"));
        assert!(said("2~~2")[1].starts_with("2 lines name no benchmark"), "{:?}", said("2~~2"));
        for wrong in ["", "2", "2~", "x~1~0", "61~0~0", "2~-1~0", "2~~x", "2~~61", "~cut"] {
            assert!(said(wrong).is_empty(), "{wrong}");
        }
    }
}
