//! A plan as an address: read from its parameters and written to them. What cannot be read is left out and told, since a
//! plan that a colleague sent should open with whatever of it arrived.

use schemas::ResourceId;
use url::form_urlencoded::Serializer;

use super::{
    Aim, Entry, MAX_ENTRIES, MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, MAX_WAITING, Plan, Slot, What, Years, tidy,
};

/// The parameters that hold a plan. `at`, `own` and `add` may come many times.
pub(crate) const PARAMETERS: [&str; 6] = ["title", "from", "years", "at", "own", "add"];

/// Between the parts of a value. It means nothing in an address, and no id holds it.
const BETWEEN: char = '~';
/// Years in which a plan may begin: what a school could still have on paper, or already think of.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;
/// So much of a value that could not be read is said again.
const SHOWN_CHARACTERS: usize = 60;

/// What of an address could not be taken into a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlanProblem {
    /// More entries than [`MAX_ENTRIES`].
    TooManyEntries,
    /// More resources wait than [`MAX_WAITING`].
    TooManyWaiting,
    /// A text was longer than [`MAX_TEXT_CHARACTERS`], and was cut; its beginning.
    TextCut(String),
    /// The title was longer than [`MAX_TITLE_CHARACTERS`], and was cut.
    TitleCut,
    /// A value that is none; its beginning.
    Unreadable(String),
}

impl Plan {
    /// Reads a plan from the parameters of an address; others are passed over, and so are blank values, which a form
    /// sends for what was taken out. One that says no year begins in `from`.
    pub(crate) fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, from: i16) -> (Self, Vec<PlanProblem>) {
        let mut reading = Reading { plan: Self::blank(from), problems: Vec::new() };
        let mut waiting: Vec<ResourceId> = Vec::new();
        for (name, value) in pairs {
            if value.trim().is_empty() {
                continue;
            }
            match name {
                "title" => reading.title(value),
                "from" => reading.from(value),
                "years" => reading.years(value),
                "at" => reading.at(value),
                "own" => reading.own(value),
                "add" => waiting.extend(reading.ids(value)),
                _ => {}
            }
        }
        // Last, since what stands in the plan does not wait, wherever the address names it.
        for id in waiting {
            if !reading.plan.let_wait(id) {
                reading.tell(PlanProblem::TooManyWaiting);
                break;
            }
        }
        (reading.plan, reading.problems)
    }

    /// The address of the plan at this path.
    pub(crate) fn address(&self, path: &str) -> String {
        let mut query = Serializer::new(String::new());
        if !self.title.is_empty() {
            query.append_pair("title", &self.title);
        }
        query.append_pair("from", &self.from.to_string());
        if self.years != Years::ALL {
            query.append_pair("years", &self.years.to_string());
        }
        for entry in &self.entries {
            let (name, value) = entry.parameter(entry.slot);
            query.append_pair(name, &value);
        }
        if !self.waiting.is_empty() {
            query.append_pair("add", &written(&self.waiting));
        }
        // Both may stand in a query string as they are (RFC 3986, 2.3 and 3.4), and people read these addresses.
        format!("{path}?{}", query.finish().replace("%7E", "~").replace("%2C", ","))
    }
}

impl Entry {
    /// The parameter that puts this into a slot: its name and its value.
    pub(crate) fn parameter(&self, slot: Slot) -> (&'static str, String) {
        match &self.what {
            What::Resource(id) => ("at", format!("{slot}{BETWEEN}{id}")),
            What::Own { text, aims } => {
                let codes: String = aims.iter().map(|aim| aim.code).collect();
                ("own", format!("{slot}{BETWEEN}{codes}{BETWEEN}{text}"))
            }
        }
    }
}

/// Ids as an address lists them.
fn written(ids: &[ResourceId]) -> String {
    ids.iter().map(ResourceId::as_str).collect::<Vec<_>>().join(",")
}

struct Reading {
    plan: Plan,
    problems: Vec<PlanProblem>,
}

impl Reading {
    fn tell(&mut self, problem: PlanProblem) {
        if !self.problems.contains(&problem) && self.problems.len() < MAX_ENTRIES {
            self.problems.push(problem);
        }
    }

    fn cannot_read(&mut self, value: &str) {
        self.tell(PlanProblem::Unreadable(tidy(value, SHOWN_CHARACTERS).0));
    }

    fn title(&mut self, value: &str) {
        let (title, is_longer) = tidy(value, MAX_TITLE_CHARACTERS);
        self.plan.title = title;
        if is_longer {
            self.tell(PlanProblem::TitleCut);
        }
    }

    fn from(&mut self, value: &str) {
        match value.trim().parse::<i16>().ok().filter(|year| YEARS.contains(year)) {
            Some(year) => self.plan.from = year,
            None => self.cannot_read(value),
        }
    }

    fn years(&mut self, value: &str) {
        match Years::parse(value.trim()) {
            Some(years) => self.plan.years = years,
            None => self.cannot_read(value),
        }
    }

    fn at(&mut self, value: &str) {
        let parts = value.trim().split_once(BETWEEN);
        let entry = parts.and_then(|(slot, id)| Some((Slot::parse(slot)?, ResourceId::parse(id).ok()?)));
        match entry {
            Some((slot, id)) => self.place(Entry { slot, what: What::Resource(id) }),
            None => self.cannot_read(value),
        }
    }

    fn own(&mut self, value: &str) {
        let mut parts = value.trim().splitn(3, BETWEEN);
        let slot = parts.next().and_then(Slot::parse);
        let (Some(slot), Some(codes), Some(text)) = (slot, parts.next(), parts.next()) else {
            return self.cannot_read(value);
        };
        let (text, is_longer) = tidy(text, MAX_TEXT_CHARACTERS);
        if text.is_empty() {
            return;
        }
        if is_longer {
            self.tell(PlanProblem::TextCut(tidy(&text, SHOWN_CHARACTERS).0));
        }
        self.place(Entry { slot, what: What::Own { text, aims: Aim::by_codes(codes) } });
    }

    fn ids(&mut self, value: &str) -> Vec<ResourceId> {
        let mut ids = Vec::new();
        // One more than may wait, so that it shows when there are too many.
        for part in value.split(',').map(str::trim).filter(|part| !part.is_empty()).take(MAX_WAITING + 1) {
            match ResourceId::parse(part) {
                Ok(id) => ids.push(id),
                Err(_) => self.cannot_read(part),
            }
        }
        ids
    }

    fn place(&mut self, entry: Entry) {
        if !self.plan.place(entry) {
            self.tell(PlanProblem::TooManyEntries);
        }
    }
}

#[cfg(test)]
mod tests {
    use url::form_urlencoded;

    use super::*;

    fn read(query: &str) -> (Plan, Vec<PlanProblem>) {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Plan::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), 2026)
    }

    fn id(seed: &str) -> ResourceId {
        ResourceId::founded_on(seed)
    }

    #[test]
    fn a_plan_is_read_as_it_is_written() {
        let (a, b, c) = (id("a"), id("b"), id("c"));
        let written =
            format!("title=Our+year&from=2027&years=11-13&at=11-1~{a}&own=12-2~5e~Talk+~+%26+tea&at=13-3~{b}&add={c}");
        let (plan, problems) = read(&written);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(plan.address("/planner"), format!("/planner?{written}"));
        assert_eq!((plan.title.as_str(), plan.from, plan.entries.len()), ("Our year", 2027, 3));
        let What::Own { text, aims } = &plan.entries[1].what else { panic!("{plan:?}") };
        assert_eq!((text.as_str(), aims.len()), ("Talk ~ & tea", 2));
    }

    #[test]
    fn what_a_form_sends_for_what_was_taken_out_is_no_problem() {
        assert_eq!(read("at=&own=&title=&add="), (Plan::blank(2026), Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_told_once() {
        let (plan, problems) = read("at=99-9~x&at=99-9~x&own=11-1&from=1&years=13-11&add=zz&own=11-1~~");
        assert_eq!(plan, Plan::blank(2026));
        let told = ["99-9~x", "11-1", "1", "13-11", "zz"].map(|value| PlanProblem::Unreadable(value.to_owned()));
        assert_eq!(problems, told);
    }

    #[test]
    fn what_is_too_long_is_cut_and_told() {
        let (plan, problems) = read(&format!("title={0}&own=11-1~~{0}", "é".repeat(200)));
        assert_eq!(plan.title.chars().count(), MAX_TITLE_CHARACTERS);
        assert_eq!(problems.len(), 2);
        assert_eq!(read(&plan.address("")[1..]), (plan, Vec::new()));
    }

    #[test]
    fn a_plan_is_bounded_and_says_when_it_is_full() {
        let many: Vec<String> = (0..500).map(|number| format!("at=11-1~{}", id(&number.to_string()))).collect();
        let many = many.join("&");
        let (plan, problems) = read(&many);
        assert_eq!((plan.entries.len(), problems), (MAX_ENTRIES, vec![PlanProblem::TooManyEntries]));
        let ids: Vec<String> = (0..50).map(|number| id(&number.to_string()).to_string()).collect();
        let (plan, problems) = read(&format!("add={}", ids.join(",")));
        assert_eq!((plan.waiting.len(), problems), (MAX_WAITING, vec![PlanProblem::TooManyWaiting]));
    }

    #[test]
    fn what_stands_in_the_plan_does_not_wait() {
        let (plan, _) = read(&format!("add={0}&at=11-1~{0}", id("a")));
        assert!(plan.waiting.is_empty() && plan.entries.len() == 1);
    }
}
