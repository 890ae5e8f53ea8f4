//! What a planner's address asks for: the plan in it, what is to be put into it now, and what is looked for.
//!
//! Asking for the same address again gives the same plan, so whoever passes on the address of a page as it stands passes
//! on the whole plan.

use jiff::civil::Date;
use schemas::ControlledField;
use url::form_urlencoded;

use super::pasted::{PASTED, PastedTold};
use super::words::problem_said;
use crate::app::App;
use crate::error::AppError;
use crate::pages::carried::{CARRIED, Carried, LIST, MAX_LISTED, read_ids};
use crate::pages::standing::own_parameters;
use crate::pages::wording::{counted, word};
use crate::plans::{
    AIMS, Aim, FIRST_AGE, PARAMETERS, Plan, PlanProblem, Slot, Step, Term, What, YearGroup, year_groups,
};
use crate::web::mistakes::{Mistakes, unknown_parameter};

/// The parameters besides those that hold the plan.
const OTHERS: [&str; 14] = [
    "new",
    "new_at",
    "new_for",
    "replaces",
    "edit",
    "link",
    "fill",
    "into",
    PASTED,
    "find",
    "find_for",
    "find_year",
    "gap",
    "example",
];
/// From this month on a school plans for the next school year.
const PLANNING_BEGINS: i8 = 6;

/// What is asked for.
pub(super) struct Asked {
    pub(super) carried: Carried,
    pub(super) plan: Plan,
    /// The year groups, in the words of the visitor's nation.
    pub(super) groups: Vec<YearGroup<'static>>,
    /// What became of what was sent, in sentences.
    pub(super) notes: Vec<String>,
    pub(super) find: Find,
    pub(super) own: OwnChoice,
    /// Whether an example is asked for.
    pub(super) wants_example: bool,
}

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Find {
    /// The words.
    pub(super) text: String,
    /// What it should help with.
    pub(super) aim: Option<Aim>,
    /// The year group it should be for.
    pub(super) age: Option<u8>,
    /// Where it should go at once.
    pub(super) into: Option<Slot>,
}

/// What is chosen beforehand for something in own words.
#[derive(Debug, Default)]
pub(super) struct OwnChoice {
    /// What it says already.
    pub(super) text: String,
    /// What it stands for, as the plan holds that: taken out once this is added.
    pub(super) replaces: Option<String>,
    /// Where it goes.
    pub(super) slot: Option<Slot>,
    /// What it helps with.
    pub(super) aims: Vec<Aim>,
}

impl Find {
    /// Whether anything is looked for.
    pub(super) fn is_asked(&self) -> bool {
        !self.text.is_empty() || self.aim.is_some() || self.age.is_some()
    }
}

impl Asked {
    /// Reads a query string. What a plan holds is read leniently, and parameters that are none of ours are passed over.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] when it is too long or no text, or has a parameter that is nearly called like one of ours.
    pub(super) fn read(raw: Option<&str>, app: &App) -> Result<Self, AppError> {
        let carried = Carried::read(raw);
        let pairs = own_pairs(raw)?;
        let levels = app.vocabularies.of(ControlledField::Level);
        let groups = year_groups(levels, carried.nation());
        let named = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (mut plan, problems) = Plan::read(named, school_year(app.clock.local().date()));
        let problems = problems.into_iter().chain(write_new(&pairs, &mut plan));
        let mut notes: Vec<String> = problems.map(|problem| problem_said(&problem)).collect();
        notes.extend(value(&pairs, "link").map(|link| take_link(link, &mut plan)));
        let moved = plan.fit(&groups);
        if moved > 0 {
            notes.push(counted("planner.moved", count(moved)));
        }
        notes.extend(value(&pairs, PASTED).and_then(PastedTold::read).iter().flat_map(|told| told.said(&plan)));
        let (find, own) = read_gap(&pairs)
            .or_else(|| read_fill(&pairs))
            .or_else(|| Some((read_find(&pairs), read_edit(&pairs)?)))
            .unwrap_or_else(|| (read_find(&pairs), OwnChoice::default()));
        let wants_example = value(&pairs, "example").is_some();
        Ok(Self { carried, plan, groups, notes, find, own, wants_example })
    }

    /// The year groups that are shown: those that the plan is for, and any other that something stands in.
    pub(super) fn shown_groups(&self) -> Vec<YearGroup<'static>> {
        let is_in_use = |age: u8| self.plan.steps.iter().any(|step| step.slot.age == age);
        let is_shown = |group: &&YearGroup<'static>| self.plan.years.contains(group.age) || is_in_use(group.age);
        let shown: Vec<YearGroup<'static>> = self.groups.iter().filter(is_shown).copied().collect();
        if shown.is_empty() { self.groups.clone() } else { shown }
    }

    /// The address of the plan at this path, with what the visitor takes along.
    pub(super) fn address(&self, path: &str) -> String {
        self.carried.address(&self.plan.address(path))
    }

    /// The address of the plan for everybody: whose words it uses stays, and the shortlist is left at home.
    pub(super) fn public_address(&self, app: &App) -> String {
        let carried = Carried { list: Vec::new(), ..self.carried.clone() };
        format!("{}{}", app.public_url(), carried.address(&self.plan.address("/planner")))
    }
}

/// A count as words take it.
pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn own_pairs(raw: Option<&str>) -> Result<Vec<(String, String)>, AppError> {
    let names: Vec<&str> = PARAMETERS.iter().chain(&OTHERS).chain(&CARRIED).copied().collect();
    let mut mistakes = Mistakes::default();
    let pairs: Vec<(String, String)> = mistakes.pairs(&own_parameters(raw, &names)).into_owned().collect();
    for (name, _) in pairs.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
        mistakes.add(name, unknown_parameter(name, &names));
        if mistakes.is_full() {
            break;
        }
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(pairs)
}

/// The first value of this name that is not blank.
fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(held, _)| held == name).map(|(_, value)| value.trim());
    values.find(|value| !value.is_empty())
}

/// Puts what was just written in own words into the plan, and says what of it could not be taken.
fn write_new(pairs: &[(String, String)], plan: &mut Plan) -> Option<PlanProblem> {
    let text = value(pairs, "new")?;
    let slot = value(pairs, "new_at").and_then(Slot::parse);
    let slot = slot.unwrap_or(Slot { age: FIRST_AGE, term: Term::Autumn });
    let ids: Vec<&str> = pairs.iter().filter(|(name, _)| name == "new_for").map(|(_, id)| id.as_str()).collect();
    let aims = AIMS.into_iter().filter(|aim| ids.contains(&aim.id)).collect();
    if let Some(replaced) = value(pairs, "replaces").and_then(own_step) {
        plan.take_out(&replaced);
    }
    plan.write(slot, text, aims)
}

/// Something in the school's own words, as an address holds it.
fn own_step(value: &str) -> Option<Step> {
    Plan::read([("own", value)], 0).0.steps.pop()
}

/// Lets the resources that a link of ours names wait in the plan, and says what became of it: the link of a resource, of a
/// shortlist, or of any page that carries one.
fn take_link(link: &str, plan: &mut Plan) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let query = query.split('#').next().unwrap_or_default();
    let lists = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| ["ids", LIST].contains(&&**name));
    let lists: Vec<String> = lists.map(|(_, ids)| ids.into_owned()).collect();
    let named = read_ids(last.split('#').next().unwrap_or_default(), MAX_LISTED);
    // The page of a resource may carry a shortlist too: what is meant is the resource.
    let ids = if named.is_empty() { read_ids(&lists.join(","), MAX_LISTED) } else { named };
    if ids.is_empty() {
        return word("planner.link-unreadable").to_owned();
    }
    let taken = count(ids.len());
    let mut has_room = true;
    for id in ids {
        has_room &= plan.let_wait(id);
    }
    if has_room { counted("planner.linked", taken) } else { problem_said(&PlanProblem::TooManyWaiting) }
}

/// A term that something is to be put into, `fill=13-2`.
fn read_fill(pairs: &[(String, String)]) -> Option<(Find, OwnChoice)> {
    let slot = value(pairs, "fill").and_then(Slot::parse)?;
    let find = Find { age: Some(slot.age), into: Some(slot), ..Find::default() };
    Some((find, OwnChoice { slot: Some(slot), ..OwnChoice::default() }))
}

/// Something in own words that is to be changed: its words, its place and what it helps with. It is named by its number
/// among those that are sent with it, as in `own_at`.
fn read_edit(pairs: &[(String, String)]) -> Option<OwnChoice> {
    let number: usize = value(pairs, "edit")?.parse().ok()?;
    let mut own = pairs.iter().filter(|(name, text)| name == "own" && !text.trim().is_empty());
    let (_, given) = own.nth(number)?;
    let step = own_step(given)?;
    let What::Own { text, aims } = step.what else {
        return None;
    };
    Some(OwnChoice { text, replaces: Some(given.clone()), slot: Some(step.slot), aims })
}

fn read_find(pairs: &[(String, String)]) -> Find {
    let age = value(pairs, "find_year").and_then(|age| age.parse().ok());
    Find {
        text: value(pairs, "find").unwrap_or_default().to_owned(),
        aim: value(pairs, "find_for").and_then(Aim::by_id),
        age,
        // Of another year group than the one that is looked for now it was meant before.
        into: value(pairs, "into").and_then(Slot::parse).filter(|slot| Some(slot.age) == age),
    }
}

/// A gap that is to be filled, `gatsby-5~13`: with a resource where some type helps with it, else in own words.
fn read_gap(pairs: &[(String, String)]) -> Option<(Find, OwnChoice)> {
    let (id, age) = value(pairs, "gap")?.split_once('~')?;
    let (aim, age) = (Aim::by_id(id)?, age.parse::<u8>().ok()?);
    let own = OwnChoice { slot: Some(Slot { age, term: Term::Autumn }), aims: vec![aim], ..OwnChoice::default() };
    let find = Find { aim: Some(aim), age: Some(age), ..Find::default() };
    Some(if aim.types().next().is_some() { (find, own) } else { (Find::default(), own) })
}

/// The year in which the school year begins that is planned for on this day.
fn school_year(today: Date) -> i16 {
    if today.month() >= PLANNING_BEGINS { today.year() } else { today.year() - 1 }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn from_june_on_the_next_school_year_is_planned() {
        for (day, expected) in [(date(2026, 5, 31), 2025), (date(2026, 6, 1), 2026), (date(2027, 1, 5), 2026)] {
            assert_eq!(school_year(day), expected, "{day}");
        }
    }

    #[test]
    fn own_words_go_where_they_were_put_with_what_they_help_with() {
        let written =
            pairs(&[("new", " A talk "), ("new_at", "13-2"), ("new_for", "gatsby-5"), ("new_for", "cdi-grow")]);
        let mut plan = Plan::blank(2026);
        assert_eq!(write_new(&written, &mut plan), None);
        assert_eq!(plan.address(""), "?from=2026&own=13-2~5g~A+talk");
        assert_eq!(write_new(&pairs(&[("new", " "), ("new_at", "13-2")]), &mut plan), None);
        assert_eq!(plan.steps.len(), 1);
    }

    #[test]
    fn the_link_of_a_resource_or_of_a_shortlist_lets_its_resources_wait() {
        let id = |seed| schemas::ResourceId::founded_on(seed);
        let (a, b) = (id("a"), id("b"));
        for (link, expected) in [
            (format!("https://signpost.example/resources/{a}?list={b}"), vec![a.clone()]),
            (format!(" /list?ids={a},{b}&words=wales"), vec![a.clone(), b.clone()]),
            (format!("https://signpost.example/?q=x&list={b}#results"), vec![b.clone()]),
            ("https://signpost.example/about".to_owned(), Vec::new()),
        ] {
            let mut plan = Plan::blank(2026);
            assert!(!take_link(link.trim(), &mut plan).is_empty());
            assert_eq!(plan.waiting, expected, "{link}");
        }
    }

    #[test]
    fn own_words_that_are_changed_stand_in_the_place_of_what_they_were() {
        let mut plan = Plan::read([("own", "11-1~~A talk"), ("own", "12-1~~A visit")], 2026).0;
        let held = [("own", "11-1~~A talk"), ("own", " "), ("own", "12-1~~A visit"), ("edit", "1")];
        let edited = read_edit(&pairs(&held)).unwrap();
        assert_eq!((edited.text.as_str(), edited.replaces.as_deref()), ("A visit", Some("12-1~~A visit")));
        for wrong in ["2", "-1", "x"] {
            assert!(read_edit(&pairs(&[held[0], held[2], ("edit", wrong)])).is_none(), "{wrong}");
        }
        let sent = [("new", "A visit"), ("new_at", "13-1"), ("new_for", "gatsby-6"), ("replaces", "12-1~~A visit")];
        assert_eq!(write_new(&pairs(&sent), &mut plan), None);
        assert_eq!(plan.address(""), "?from=2026&own=11-1~~A+talk&own=13-1~6~A+visit");
    }

    #[test]
    fn a_gap_is_looked_for_where_resources_fill_it_and_written_where_people_do() {
        let (find, own) = read_gap(&pairs(&[("gap", "gatsby-5~13")])).unwrap();
        assert!(find.is_asked() && own.slot.is_some());
        let (find, own) = read_gap(&pairs(&[("gap", "gatsby-8~15")])).unwrap();
        assert!(!find.is_asked() && own.aims.len() == 1);
        for wrong in ["", "gatsby-5", "x~13", "gatsby-5~x"] {
            assert!(read_gap(&pairs(&[("gap", wrong)])).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_is_none_of_ours_is_passed_over_and_what_is_nearly_ours_is_refused() {
        let read = own_pairs(Some("at=&own=a~b&find=&words=wales&utm_source=mail&fbclid=%ff"));
        assert_eq!(read.unwrap(), pairs(&[("at", ""), ("own", "a~b"), ("find", ""), ("words", "wales")]));
        assert!(own_pairs(Some("titel=x")).is_err());
        assert!(own_pairs(Some("title=%ff")).is_err());
    }
}
