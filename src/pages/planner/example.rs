//! A plan to start from, made of what the index holds: something for every benchmark, in the years in which schools mostly
//! do it. Where the index has nothing for it, and for what people do and no resource does, it says so in words.

use super::asked::{Asked, Find};
use super::finding::found;
use crate::app::App;
use crate::error::AppError;
use crate::pages::wording::word;
use crate::plans::{Aim, Entry, Plan, Slot, Term, What};

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

/// The example for the year and the year groups of a plan.
pub(super) async fn example(app: &App, asked: &Asked) -> Result<Plan, AppError> {
    let mut plan = Plan { title: word("planner.example-title").to_owned(), ..Plan::blank(asked.plan.from) };
    plan.years = asked.plan.years;
    for (age, term, id) in OUTLINE {
        let is_a_year = asked.groups.iter().any(|group| group.age == age) && plan.years.contains(age);
        let Some(aim) = Aim::by_id(id).filter(|_| is_a_year) else {
            continue;
        };
        let find = Find { text: String::new(), aim: Some(aim), age: Some(age) };
        let resources = if done_by_people(id) { Vec::new() } else { found(app, &find, &asked.groups).await? };
        let fresh = resources.into_iter().find(|resource| plan.resources().all(|held| *held != resource.id));
        let what = match fresh {
            Some(resource) => What::Resource(resource.id),
            None => What::Own { text: in_words(id).to_owned(), aims: vec![aim] },
        };
        plan.place(Entry { slot: Slot { age, term }, what });
    }
    Ok(plan)
}

/// What a school does itself, whatever resources there are.
fn done_by_people(id: &str) -> bool {
    matches!(id, "gatsby-1" | "gatsby-3" | "gatsby-8")
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
    use super::*;
    use crate::plans::{AIMS, MAX_TEXT_CHARACTERS};

    #[test]
    fn the_outline_has_every_benchmark_and_every_text_fits() {
        for aim in AIMS.iter().filter(|aim| aim.id.starts_with("gatsby")) {
            assert!(OUTLINE.iter().any(|(_, _, id)| *id == aim.id), "{}", aim.id);
            assert!(in_words(aim.id).chars().count() <= MAX_TEXT_CHARACTERS, "{}", aim.id);
        }
    }
}
