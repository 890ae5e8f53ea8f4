//! A plan as an address: read from its parameters and written to them. What cannot be read is left out and told, since a
//! plan that a colleague sent should open with whatever of it arrived.
//!
//! A form names the slots of a thing many times, once in each choice. So what stands in a school's own words is sent once, as
//! the plan holds it, and its choices name it by its number: `own_at=12-1~3` puts the fourth of them into another slot.

use schemas::ResourceId;
use url::form_urlencoded::Serializer;

use super::{Aim, MAX_STEPS, MAX_TITLE_CHARACTERS, MAX_WAITING, Plan, Slot, Step, What, Years, tidy};

/// The parameters that hold a plan. All but the first three may come many times.
pub(crate) const PARAMETERS: [&str; 7] = ["title", "from", "years", "at", "own", "own_at", "add"];

/// Between the parts of a value. It means nothing in an address, and no id holds it.
const BETWEEN: char = '~';
/// What stands in place of a slot for what is taken out.
const OUT: &str = "out";
/// Years in which a plan may begin: what a school could still have on paper, or already think of.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;
/// So much of a value that could not be read is said again.
const SHOWN_CHARACTERS: usize = 60;

/// What of an address could not be taken into a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlanProblem {
    /// More steps than [`MAX_STEPS`].
    TooManySteps,
    /// More resources wait than [`MAX_WAITING`].
    TooManyWaiting,
    /// A text was longer than [`super::MAX_TEXT_CHARACTERS`], and was cut; its beginning.
    TextCut(String),
    /// The title was longer than [`MAX_TITLE_CHARACTERS`], and was cut.
    TitleCut,
    /// A value that is none; its beginning.
    Unreadable(String),
}

impl PlanProblem {
    /// That this is all that was taken of a text.
    pub(super) fn cut(text: &str) -> Self {
        Self::TextCut(tidy(text, SHOWN_CHARACTERS).0)
    }
}

impl Plan {
    /// Reads a plan from the parameters of an address; others are passed over, and so are blank values, which a form
    /// sends for what was taken out. One that says no year begins in `from`.
    pub(crate) fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, from: i16) -> (Self, Vec<PlanProblem>) {
        let mut reading = Reading::new(Self::blank(from));
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
                "own_at" => reading.own_at(value),
                "add" => waiting.extend(reading.ids(value)),
                _ => {}
            }
        }
        reading.place();
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
        for step in &self.steps {
            let (name, value) = step.parameter();
            query.append_pair(name, &value);
        }
        if !self.waiting.is_empty() {
            query.append_pair("add", &written(&self.waiting));
        }
        // Both may stand in a query string as they are (RFC 3986, 2.3 and 3.4), and people read these addresses.
        format!("{path}?{}", query.finish().replace("%7E", "~").replace("%2C", ","))
    }
}

impl Step {
    /// The parameter that holds this: its name and its value.
    pub(crate) fn parameter(&self) -> (&'static str, String) {
        match &self.what {
            What::Resource(id) => ("at", placed_value(self.slot, id)),
            What::Own { text, aims } => {
                let codes: String = aims.iter().map(|aim| aim.code).collect();
                ("own", format!("{}{BETWEEN}{codes}{BETWEEN}{text}", self.slot))
            }
        }
    }
}

/// What `at` says to put a resource into a slot.
pub(crate) fn placed_value(slot: Slot, id: &ResourceId) -> String {
    format!("{slot}{BETWEEN}{id}")
}

/// What `at` says to take a resource out of a slot.
pub(crate) fn taken_out_value(slot: Slot, id: &ResourceId) -> String {
    format!("{OUT}{BETWEEN}{}", placed_value(slot, id))
}

/// A resource in a slot, as `at` says it.
fn read_placed(value: &str) -> Option<Step> {
    let (slot, id) = value.split_once(BETWEEN)?;
    Some(Step { slot: Slot::parse(slot)?, what: What::Resource(ResourceId::parse(id).ok()?) })
}

/// What `own_at` says to put what has this number among the school's own words into a slot, or to take it out. Numbers
/// begin at 0.
pub(crate) fn moved_value(slot: Option<Slot>, number: usize) -> String {
    slot.map_or_else(|| format!("{OUT}{BETWEEN}{number}"), |slot| format!("{slot}{BETWEEN}{number}"))
}

/// Ids as an address lists them.
fn written(ids: &[ResourceId]) -> String {
    ids.iter().map(ResourceId::as_str).collect::<Vec<_>>().join(",")
}

struct Reading {
    plan: Plan,
    problems: Vec<PlanProblem>,
    /// What is to be placed, in the order of the address; `None` where it was taken out.
    steps: Vec<Option<Step>>,
    /// Of each `own`, its place among those; `None` of one that cannot be read.
    own: Vec<Option<usize>>,
    /// What is moved: its number among the `own`, and where to.
    moves: Vec<(usize, Option<Slot>)>,
    /// Resources that are taken out of where they stand.
    taken_out: Vec<Step>,
}

impl Reading {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            problems: Vec::new(),
            steps: Vec::new(),
            own: Vec::new(),
            moves: Vec::new(),
            taken_out: Vec::new(),
        }
    }

    fn tell(&mut self, problem: PlanProblem) {
        if !self.problems.contains(&problem) && self.problems.len() < MAX_STEPS {
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
        let (first, rest) = value.trim().split_once(BETWEEN).unwrap_or_default();
        let (is_out, placed) = if first == OUT { (true, rest) } else { (false, value.trim()) };
        match (is_out, read_placed(placed)) {
            (true, Some(step)) => self.taken_out.push(step),
            (false, Some(step)) => self.steps.push(Some(step)),
            (_, None) => self.cannot_read(value),
        }
    }

    fn own(&mut self, value: &str) {
        let mut parts = value.trim().splitn(3, BETWEEN);
        let slot = parts.next().and_then(Slot::parse);
        let (Some(slot), Some(codes), Some(text)) = (slot, parts.next(), parts.next()) else {
            self.own.push(None);
            return self.cannot_read(value);
        };
        let Some((what, problem)) = What::own(text, Aim::by_codes(codes)) else {
            return self.own.push(None);
        };
        if let Some(problem) = problem {
            self.tell(problem);
        }
        self.own.push(Some(self.steps.len()));
        self.steps.push(Some(Step { slot, what }));
    }

    fn own_at(&mut self, value: &str) {
        let parts = value.trim().split_once(BETWEEN);
        let read = |slot: &str| if slot == OUT { Some(None) } else { Slot::parse(slot).map(Some) };
        match parts.and_then(|(slot, number)| Some((number.parse().ok()?, read(slot)?))) {
            Some(moved) => self.moves.push(moved),
            None => self.cannot_read(value),
        }
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

    /// Moves what is to be moved, places it all, and takes out what is to be taken out.
    fn place(&mut self) {
        for (number, slot) in std::mem::take(&mut self.moves) {
            // What has no such number was taken out elsewhere.
            let Some(step) = self.own.get(number).copied().flatten().and_then(|place| self.steps.get_mut(place)) else {
                continue;
            };
            *step = slot.and_then(|slot| step.take().map(|step| Step { slot, ..step }));
        }
        for step in std::mem::take(&mut self.steps).into_iter().flatten() {
            if !self.plan.place(step) {
                self.tell(PlanProblem::TooManySteps);
            }
        }
        // Last, for a form names what it takes out where it stood as well.
        for step in std::mem::take(&mut self.taken_out) {
            self.plan.take_out(&step);
        }
    }
}

#[cfg(test)]
mod tests {
    use url::form_urlencoded;

    use super::super::Term;
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
        assert_eq!((plan.title.as_str(), plan.from, plan.steps.len()), ("Our year", 2027, 3));
        let What::Own { text, aims } = &plan.steps[1].what else { panic!("{plan:?}") };
        assert_eq!((text.as_str(), aims.len()), ("Talk ~ & tea", 2));
    }

    #[test]
    fn own_words_are_moved_and_taken_out_by_their_number() {
        let own = "own=11-1~~Talk&own=11-1&own=12-1~5~Visit&own=13-1~~Interview";
        let (plan, problems) = read(&format!("{own}&own_at=11-1~0&own_at=13-3~2&own_at=out~3&own_at=11-2~7"));
        assert_eq!(problems, [PlanProblem::Unreadable("11-1".to_owned())]);
        assert_eq!(plan.address(""), "?from=2026&own=11-1~~Talk&own=13-3~5~Visit");
        let (plan, problems) = read(&format!("own_at=out~0&{own}&own_at=x~2&own_at=12-1"));
        assert_eq!((plan.steps.len(), problems.len()), (2, 3));
    }

    #[test]
    fn a_resource_is_taken_out_of_the_slot_that_is_named_wherever_the_address_says_so() {
        let (a, b) = (id("a"), id("b"));
        let placed = format!("at=11-1~{a}&at=12-1~{a}&at=11-1~{b}");
        for out in [format!("{placed}&at=out~12-1~{a}"), format!("at=out~12-1~{a}&{placed}")] {
            let (plan, problems) = read(&out);
            assert_eq!(plan.address(""), format!("?from=2026&at=11-1~{a}&at=11-1~{b}"), "{out}");
            assert!(problems.is_empty(), "{problems:?}");
        }
        let slot = Slot { age: 12, term: Term::Autumn };
        assert_eq!(taken_out_value(slot, &a), format!("out~12-1~{a}"));
        let (plan, problems) = read(&format!("{placed}&at=out~{a}&at=out&at=out~19-1~{a}"));
        assert_eq!((plan.steps.len(), problems.len()), (3, 3));
    }

    #[test]
    fn what_is_moved_and_taken_out_at_once_is_taken_out() {
        let (plan, _) =
            read(&format!("at=13-1~{0}&at=out~11-1~{0}&own=11-1~~Talk&own_at=12-1~0&own_at=out~0", id("a")));
        assert!(plan.steps.is_empty(), "{plan:?}");
    }

    #[test]
    fn what_is_read_keeps_the_order_of_the_address_within_a_slot() {
        let written = format!("from=2026&at=11-1~{}&own=11-1~~Talk&at=11-1~{}", id("a"), id("b"));
        assert_eq!(read(&written).0.address(""), format!("?{written}"));
    }

    #[test]
    fn the_largest_plan_in_any_script_stands_in_an_address_that_is_read() {
        let own: Vec<String> =
            (0..MAX_STEPS).map(|number| format!("own=11-1~12345678~{number}{}", "語".repeat(200))).collect();
        let (plan, _) = read(&own.join("&"));
        assert_eq!(plan.steps.len(), MAX_STEPS);
        let length = plan.address("/planner").len();
        assert!(length < 48 << 10, "{length}");
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
        assert_eq!((plan.steps.len(), problems), (MAX_STEPS, vec![PlanProblem::TooManySteps]));
        let ids: Vec<String> = (0..50).map(|number| id(&number.to_string()).to_string()).collect();
        let (plan, problems) = read(&format!("add={}", ids.join(",")));
        assert_eq!((plan.waiting.len(), problems), (MAX_WAITING, vec![PlanProblem::TooManyWaiting]));
    }

    #[test]
    fn what_stands_in_the_plan_does_not_wait() {
        let (plan, _) = read(&format!("add={0}&at=11-1~{0}", id("a")));
        assert!(plan.waiting.is_empty() && plan.steps.len() == 1);
    }
}
