//! What a planner's address asks for: the plan in it, what is to be put into it now, and what is looked for.
//!
//! Asking for the same address again gives the same plan, so whoever passes on the address of a page as it stands passes
//! on the whole plan.

use jiff::civil::Date;
use schemas::ControlledField;

use super::words::problem_said;
use crate::app::App;
use crate::error::AppError;
use crate::pages::carried::{CARRIED, Carried};
use crate::pages::wording::{counted, word};
use crate::plans::{Aim, PARAMETERS, Plan, Slot, Term, YearGroup, paste, year_groups};
use crate::web::mistakes::{Mistakes, unknown_parameter};

/// The parameters besides those that hold the plan.
const OTHERS: [&str; 9] = ["new", "new_at", "new_for", "paste", "find", "find_for", "find_year", "gap", "example"];
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
}

/// What is chosen beforehand for something in own words.
#[derive(Debug, Default)]
pub(super) struct OwnChoice {
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
    /// Reads a query string. What a plan holds is read leniently; an unknown parameter is refused.
    pub(super) fn read(raw: Option<&str>, app: &App) -> Result<Self, AppError> {
        let carried = Carried::read(raw);
        let mut pairs = known_pairs(raw)?;
        let levels = app.vocabularies.of(ControlledField::Level);
        let groups = year_groups(levels, carried.nation());
        pairs.extend(own_words(&pairs).map(|own| ("own".to_owned(), own)));
        let named = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (mut plan, problems) = Plan::read(named, school_year(app.clock.local().date()));
        let mut notes: Vec<String> = problems.iter().map(problem_said).collect();
        let moved = plan.fit(&groups);
        if moved > 0 {
            notes.push(counted("planner.moved", count(moved)));
        }
        if let Some(text) = value(&pairs, "paste") {
            take_pasted(text, &groups, &mut plan, &mut notes);
        }
        let (find, own) = read_gap(&pairs).unwrap_or_else(|| (read_find(&pairs), OwnChoice::default()));
        let wants_example = value(&pairs, "example").is_some();
        Ok(Self { carried, plan, groups, notes, find, own, wants_example })
    }

    /// The year groups that are shown: those that the plan is for, and any other that something stands in.
    pub(super) fn shown_groups(&self) -> Vec<YearGroup<'static>> {
        let is_in_use = |age: u8| self.plan.entries.iter().any(|entry| entry.slot.age == age);
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

fn known_pairs(raw: Option<&str>) -> Result<Vec<(String, String)>, AppError> {
    let mut mistakes = Mistakes::default();
    let pairs: Vec<(String, String)> = mistakes.pairs(raw.unwrap_or_default()).into_owned().collect();
    let known: Vec<&str> = PARAMETERS.iter().chain(&OTHERS).chain(&CARRIED).copied().collect();
    for (name, _) in pairs.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        mistakes.add(name, unknown_parameter(name, &known));
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

/// What was just written in own words, as the plan holds it.
fn own_words(pairs: &[(String, String)]) -> Option<String> {
    let text = value(pairs, "new")?;
    let slot = value(pairs, "new_at").and_then(Slot::parse);
    let slot = slot.unwrap_or(Slot { age: crate::plans::FIRST_AGE, term: Term::Autumn });
    let aims = pairs.iter().filter(|(name, _)| name == "new_for").filter_map(|(_, id)| Aim::by_id(id));
    let codes: String = aims.map(|aim| aim.code).collect();
    Some(format!("{slot}~{codes}~{text}"))
}

fn take_pasted(text: &str, groups: &[YearGroup<'_>], plan: &mut Plan, notes: &mut Vec<String>) {
    let pasted = paste(text, groups, plan);
    notes.push(counted("planner.pasted", count(pasted.taken)));
    if pasted.without_year > 0 {
        notes.push(counted("planner.pasted-without-year", count(pasted.without_year)));
    }
    if pasted.is_cut {
        notes.push(word("planner.pasted-cut").to_owned());
    }
}

fn read_find(pairs: &[(String, String)]) -> Find {
    Find {
        text: value(pairs, "find").unwrap_or_default().to_owned(),
        aim: value(pairs, "find_for").and_then(Aim::by_id),
        age: value(pairs, "find_year").and_then(|age| age.parse().ok()),
    }
}

/// A gap that is to be filled, `gatsby-5~13`: with a resource where some type helps with it, else in own words.
fn read_gap(pairs: &[(String, String)]) -> Option<(Find, OwnChoice)> {
    let (id, age) = value(pairs, "gap")?.split_once('~')?;
    let (aim, age) = (Aim::by_id(id)?, age.parse::<u8>().ok()?);
    let own = OwnChoice { slot: Some(Slot { age, term: Term::Autumn }), aims: vec![aim] };
    let find = Find { text: String::new(), aim: Some(aim), age: Some(age) };
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
        assert_eq!(own_words(&written).as_deref(), Some("13-2~5g~A talk"));
        assert_eq!(own_words(&pairs(&[("new", " "), ("new_at", "13-2")])), None);
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
    fn an_unknown_parameter_is_refused_and_blank_ones_are_not() {
        assert!(known_pairs(Some("at=&own=&find=&words=wales")).is_ok());
        assert!(known_pairs(Some("titel=x")).is_err());
    }
}
