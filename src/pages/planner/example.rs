//! A plan to start from, made of what the index holds: something for every benchmark, in the years in which schools mostly
//! do it. Where the index has nothing for it, and for what people do and no resource does, it says so in words.

use std::collections::BTreeSet;

use index::{Facet, SearchRequest};
use jiff::civil::DateTime;
use schemas::{AgeRange, ControlledField, Resource, Vocabularies};

use super::asked::Asked;
use super::finding::{by_type, for_levels, is_for_pupils, narrow};
use crate::app::App;
use crate::error::AppError;
use crate::pages::hits;
use crate::pages::wording::{say, word};
use crate::plans::{Aim, Plan, Slot, Step, Term, What, YearGroup, Years};
use crate::web::query::this_hour;

/// Which benchmark stands where. Each year has a few, and each benchmark at least one year.
const OUTLINE: [(u8, Term, &str); 18] = [
    (11, Term::Autumn, "gatsby-1"),
    (11, Term::Spring, "gatsby-2"),
    (11, Term::Summer, "gatsby-4"),
    (12, Term::Autumn, "gatsby-3"),
    (12, Term::Spring, "gatsby-4"),
    (12, Term::Summer, "gatsby-5"),
    (13, Term::Autumn, "gatsby-2"),
    (13, Term::Spring, "gatsby-7"),
    (13, Term::Summer, "gatsby-4"),
    (14, Term::Autumn, "gatsby-4"),
    (14, Term::Spring, "gatsby-5"),
    (14, Term::Summer, "gatsby-6"),
    (15, Term::Autumn, "gatsby-8"),
    (15, Term::Spring, "gatsby-7"),
    (16, Term::Autumn, "gatsby-2"),
    (16, Term::Summer, "gatsby-6"),
    (17, Term::Autumn, "gatsby-7"),
    (17, Term::Spring, "gatsby-8"),
];

/// What is shown to somebody who has never planned: what is about one of these, and not psychology or sports, which
/// are sciences too.
const SUBJECTS: [&str; 9] = [
    "biology",
    "chemistry",
    "physics",
    "environmental-science",
    "mathematics",
    "computing",
    "computer-science",
    "design-technology",
    "engineering",
];

/// So many are looked at in each search: the best of several year groups, of which each needs one or two.
const MOST_LOOKED_AT: usize = 40;
/// One place of the outline in the years of a plan.
struct Place<'a> {
    group: &'a YearGroup<'static>,
    term: Term,
    aim: Aim,
}

/// The example for the year and the year groups of a plan.
///
/// None of its searches is counted in the usage: nobody has looked for anything yet, and what an example lacks nobody has
/// missed.
///
/// # Errors
/// When the index cannot be searched.
pub(super) async fn example(app: &App, asked: &Asked) -> Result<Plan, AppError> {
    let mut plan = Plan { title: word("planner.example-title").to_owned(), ..Plan::blank(asked.plan.from) };
    plan.years = asked.plan.years;
    let places = places(&asked.groups, plan.years);
    let mut found: Vec<Resource> = Vec::new();
    for request in searches(&places, this_hour(&app.clock)) {
        found.extend(hits::resources(&app.search(request).await?));
    }
    for place in &places {
        let what = match found.iter().position(|resource| suits(resource, place, app.vocabularies)) {
            // Taken out, for each stands once in an example.
            Some(position) => What::Resource(found.remove(position).id),
            None => What::Own { text: as_example(place.aim.id), aims: vec![place.aim] },
        };
        plan.place(Step { slot: Slot { age: place.group.age, term: place.term }, what });
    }
    Ok(plan)
}

/// The places of the outline in these years.
fn places<'a>(groups: &'a [YearGroup<'static>], years: Years) -> Vec<Place<'a>> {
    let place = |(age, term, id): (u8, Term, &str)| {
        let group = groups.iter().find(|group| group.age == age && years.contains(age))?;
        Some(Place { group, term, aim: Aim::by_id(id)? })
    };
    OUTLINE.into_iter().filter_map(place).collect()
}

/// What finds something for all these places: one search for what says itself that it helps with any of the benchmarks,
/// then one for each benchmark with what mostly does by its type.
fn searches(places: &[Place<'_>], now: DateTime) -> Vec<SearchRequest> {
    let places: Vec<&Place<'_>> = places.iter().filter(|place| !is_done_by_people(place.aim)).collect();
    let request = |of_aim: Option<Aim>| {
        let wanted = places.iter().filter(|place| of_aim.is_none_or(|aim| aim == place.aim));
        let levels: BTreeSet<String> = wanted.map(|place| place.group.level.id.clone()).collect();
        let request = for_levels(levels.into_iter().collect(), MOST_LOOKED_AT, now);
        narrow(&request, Facet::Controlled(ControlledField::Subject), SUBJECTS.map(str::to_owned).into())
    };
    let aims: BTreeSet<Aim> = places.iter().map(|place| place.aim).collect();
    if aims.is_empty() {
        return Vec::new();
    }
    let ids = aims.iter().map(|aim| aim.id.to_owned()).collect();
    let said = narrow(&request(None), Facet::Controlled(ControlledField::Benchmark), ids);
    std::iter::once(said).chain(aims.iter().flat_map(|aim| by_type(&request(Some(*aim)), *aim))).collect()
}

/// Whether a resource helps with what a place is for, and is for that year.
fn suits(resource: &Resource, place: &Place<'_>, vocabularies: &Vocabularies) -> bool {
    let Some(year) = place.group.level.age_range() else {
        return false;
    };
    let helps = || Aim::of_resource(resource).iter().any(|(aim, _)| *aim == place.aim);
    let list = vocabularies.of(ControlledField::Level);
    let of_levels = resource.levels.iter().filter_map(|level| list.get(level.id.as_str())?.age_range());
    // The range of ages spans all its levels, and those between them that it is not for.
    let of_ages = resource.age_range.filter(|_| resource.levels.is_empty());
    !is_done_by_people(place.aim)
        && of_levels.chain(of_ages).any(|ages: AgeRange| ages.matches(year))
        && is_for_pupils(resource)
        && helps()
}

/// What a school does itself, whatever resources there are.
fn is_done_by_people(aim: Aim) -> bool {
    matches!(aim.id, "gatsby-1" | "gatsby-3" | "gatsby-8")
}

/// What stands where nothing is found, marked as an example: whoever keeps the plan puts their own thing there.
fn as_example(id: &str) -> String {
    say("planner.example-marked", &[("text", &in_words(id))])
}

fn in_words(id: &str) -> &'static str {
    match id {
        "gatsby-1" => word("planner.example-1"),
        "gatsby-2" => word("planner.example-2"),
        "gatsby-3" => word("planner.example-3"),
        "gatsby-4" => word("planner.example-4"),
        "gatsby-5" => word("planner.example-5"),
        "gatsby-6" => word("planner.example-6"),
        "gatsby-7" => word("planner.example-7"),
        _ => word("planner.example-8"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::plans::{AIMS, MAX_TEXT_CHARACTERS, year_groups};

    /// An example searches at most so many times: what it is charged for (`crate::web::rate_limit`).
    const MOST_SEARCHES: usize = 8;

    #[test]
    fn the_outline_has_every_benchmark_and_every_text_fits() {
        for aim in AIMS.iter().filter(|aim| aim.id.starts_with("gatsby")) {
            assert!(OUTLINE.iter().any(|(_, _, id)| *id == aim.id), "{}", aim.id);
            assert!(as_example(aim.id).chars().count() <= MAX_TEXT_CHARACTERS, "{}", aim.id);
        }
    }

    #[test]
    fn the_subjects_of_an_example_are_subjects() {
        let subjects = Vocabularies::shipped().of(ControlledField::Subject);
        assert!(SUBJECTS.iter().all(|id| subjects.get(id).is_some()));
    }

    #[test]
    fn an_example_costs_few_searches_however_many_years_it_is_for() {
        let levels = Vocabularies::shipped().of(ControlledField::Level);
        for nation in ["england", "scotland", "wales", "northern-ireland"] {
            let groups = year_groups(levels, nation);
            let all = searches(&places(&groups, Years::ALL), date(2026, 11, 21).at(9, 0, 0, 0));
            assert!((2..=MOST_SEARCHES).contains(&all.len()), "{nation}: {}", all.len());
            let one = Years { from: 15, to: 15 };
            assert_eq!(searches(&places(&groups, one), date(2026, 11, 21).at(9, 0, 0, 0)).len(), 2, "{nation}");
        }
    }
}
