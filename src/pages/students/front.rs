//! What a student sees who has chosen nothing yet: a box for a job they heard of, the subjects, kinds of work, and the ways
//! into work where they live.

use askama::Template;
use index::{Facet, FacetCounts, FacetValue, SearchRequest};
use schemas::{Concept, ControlledField, Vocabularies};

use super::ways::{Way, ways};
use super::{Asking, LEVELS, PATH, ROUTE, Start, all_types, among};
use crate::app::App;
use crate::pages::carried::Carried;
use crate::pages::coverage::grid::main_subjects;
use crate::pages::errors::PageError;
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::nations::{NationLink, nation_links};
use crate::pages::wording::{counted, thousands, word};
use crate::web::query::{MAX_QUERY_CHARACTERS, SUBJECT, this_hour};

#[derive(Template)]
#[template(path = "students.html")]
pub(super) struct FrontPage {
    layout: Layout,
    /// The address of the page for those who list it.
    canonical: String,
    asking: Asking,
    max_characters: usize,
    subjects: Vec<Start>,
    sectors: Vec<Start>,
    nations: Vec<NationLink>,
    ways: Vec<Way>,
}

const SECTOR: Facet = Facet::Controlled(ControlledField::Sector);
/// So many kinds of work, those with most in them.
const SECTORS: usize = 16;

/// The page for one who has chosen nothing yet.
///
/// # Errors
/// When the index cannot be searched.
pub(super) async fn front_page(app: &App, carried: &Carried) -> Result<FrontPage, PageError> {
    let everything = SearchRequest { help: false, ..SearchRequest::new(this_hour(&app.clock)) };
    let starts = SearchRequest { facets: vec![SUBJECT, SECTOR], ..among(&everything, &all_types(), &LEVELS, 0) };
    let starts = app.search(starts).await?;
    let routes = app.search(SearchRequest { limit: 0, facets: vec![ROUTE], ..everything }).await?;
    let counts_of = |facet| starts.facets.iter().find(|counts| counts.facet == facet);
    Ok(FrontPage {
        layout: Layout::new(word("students.title"), PATH)
            .described(word("students.description"))
            .scripted(&["search.js"])
            .carrying(carried),
        canonical: format!("{}{PATH}", app.public_url()),
        asking: Asking::new("", carried),
        max_characters: MAX_QUERY_CHARACTERS,
        subjects: counts_of(SUBJECT).map(|counts| subjects(counts, app.vocabularies, carried)).unwrap_or_default(),
        sectors: counts_of(SECTOR).map(|counts| sectors(counts, carried)).unwrap_or_default(),
        nations: nation_links(carried, |carried| carried.address("/students#ways")),
        ways: ways(carried, routes.facets.first(), &[]),
    })
}

/// The main subjects in which there is anything, in the order of the vocabulary.
fn subjects(counts: &FacetCounts, vocabularies: &Vocabularies, carried: &Carried) -> Vec<Start> {
    let tile = |subject: &Concept| {
        let value = counts.values.iter().find(|value| *value.id == *subject.id && value.count > 0)?;
        Some(start(SUBJECT, value, format!("subject-{}", subject.id), carried))
    };
    main_subjects(vocabularies).filter_map(tile).collect()
}

/// The kinds of work with most in them. Lists of several publishers have sectors of the same name: the fuller one stays.
fn sectors(counts: &FacetCounts, carried: &Carried) -> Vec<Start> {
    let mut sectors: Vec<Start> = Vec::new();
    for value in counts.values.iter().filter(|value| value.count > 0) {
        if sectors.len() == SECTORS {
            break;
        }
        if !sectors.iter().any(|held| held.label == *value.label) {
            sectors.push(start(SECTOR, value, "job-profile".to_owned(), carried));
        }
    }
    sectors
}

fn start(facet: Facet, value: &FacetValue, icon: String, carried: &Carried) -> Start {
    Start {
        href: carried.address(&format!("{PATH}?{}={}", facet.name(), value.id)),
        label: value.label.to_string(),
        icon,
        count: counted("students.things", value.count),
        number: thousands(value.count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(facet: Facet, values: &[(&str, &str, u64)]) -> FacetCounts {
        let value = |(id, label, count): &(&str, &str, u64)| FacetValue {
            id: (*id).into(),
            label: (*label).into(),
            count: *count,
            inferred: 0,
            selected: false,
        };
        FacetCounts { facet, values: values.iter().map(value).collect(), more: 0, not_stated: 0 }
    }

    #[test]
    fn subjects_with_something_in_them_stand_in_the_order_of_the_vocabulary() {
        let values = [
            ("physics", "Physics", 9),
            ("chemistry", "Chemistry", 2),
            ("robotics", "Robotics", 2),
            ("science", "Science", 0),
        ];
        let tiles = subjects(&counts(SUBJECT, &values), Vocabularies::shipped(), &Carried::default());
        let said: Vec<(&str, &str)> = tiles.iter().map(|tile| (tile.label.as_str(), tile.href.as_str())).collect();
        let expected = [("Chemistry", "/students?subject=chemistry"), ("Physics", "/students?subject=physics")];
        assert_eq!(said, expected);
    }

    #[test]
    fn of_two_sectors_of_one_name_the_fuller_is_offered() {
        let values =
            [("manufacturing", "Manufacturing", 9), ("ncs-manufacturing", "Manufacturing", 2), ("space", "Space", 1)];
        let offered = sectors(&counts(SECTOR, &values), &Carried::default());
        let hrefs: Vec<&str> = offered.iter().map(|sector| sector.href.as_str()).collect();
        assert_eq!(hrefs, ["/students?sector=manufacturing", "/students?sector=space"]);
    }
}
