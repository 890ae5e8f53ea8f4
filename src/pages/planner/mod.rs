//! `/planner`: a school's year of careers learning, laid on year groups and terms, and held against the benchmarks.
//!
//! One GET form is the whole plan, and its address is where it is kept: nothing is stored, here or in the browser. What a
//! plan is, is in `crate::plans`; here it is shown, filled and exported.

mod asked;
mod covered;
mod example;
mod exports;
mod finding;
mod held;
mod view;
mod words;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use schemas::ControlledField;

use self::asked::Asked;
use self::covered::CoverageTable;
use self::held::Held;
use self::view::{Choice, Group, PlannedView, YearView};
use super::errors::PageError;
use super::filters;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::wording::{say, word};
use super::{present, qr};
use crate::app::App;
use crate::plans::{AIMS, Coverage, MAX_PASTED_CHARACTERS, MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS};

pub(super) use exports::{export_plan, show_calendar};

#[derive(Template)]
#[template(path = "planner.html")]
struct PlannerPage {
    layout: Layout,
    heading: String,
    /// Whether there is something in the plan.
    is_started: bool,
    notes: Vec<String>,
    nations: Vec<NationLink>,
    /// Which frame applies in the visitor's nation.
    frame: &'static str,
    title: String,
    max_title: usize,
    from: Vec<Choice>,
    years: Vec<Choice>,
    /// What the visitor takes along, for the form.
    carried: Vec<(&'static str, String)>,
    /// The resources that wait; each sends along that it does.
    waiting: Vec<PlannedView>,
    plan: Vec<YearView>,
    tables: Vec<CoverageTable>,
    /// The year groups, as the heads of those tables.
    heads: Vec<String>,
    find: String,
    find_for: Vec<Group>,
    find_year: Vec<Choice>,
    /// What was looked for, in words; `None` when nothing was.
    found_for: Option<String>,
    found: Vec<PlannedView>,
    own_at: Vec<Group>,
    own_for: Vec<Group>,
    is_own_open: bool,
    max_text: usize,
    max_pasted: usize,
    /// The address of an example to start from.
    example: String,
    /// The address of the plan, whole.
    address: String,
    code: Option<Safe<String>>,
    calendar: String,
    table: String,
    blank: String,
}

/// The planner.
pub(super) async fn show_planner(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let mut asked = Asked::read(raw.as_deref(), &app)?;
    if asked.wants_example && asked.plan.is_blank() {
        asked.plan = example::example(&app, &asked).await?;
        // The example of tomorrow is another one: from here on the address holds this one.
        return Ok(Redirect::to(&asked.address("/planner")).into_response());
    }
    let held = Held::read(&app, &mut asked.plan, &mut asked.notes).await?;
    let found = if asked.find.is_asked() {
        app.usage.searched(None, &[]);
        finding::found(&app, &asked.find, &asked.groups).await?
    } else {
        Vec::new()
    };
    Ok(present(&headers, &planner_page(&app, &asked, &held, &found)))
}

fn planner_page(app: &App, asked: &Asked, held: &Held, found: &[schemas::Resource]) -> PlannerPage {
    let plan = &asked.plan;
    let groups = asked.shown_groups();
    let coverage = Coverage::of(plan, |entry| held.aims_of(entry));
    let heading = heading(asked);
    let address = asked.public_address(app);
    let blank = asked.carried.address("/planner");
    PlannerPage {
        layout: Layout::new(&heading, "/planner")
            .described(word("planner.description"))
            .scripted(&["planner.js", "copy.js"])
            .carrying(&asked.carried),
        heading,
        is_started: !plan.is_blank(),
        notes: asked.notes.clone(),
        nations: nation_links(&asked.carried, |carried| carried.address(&plan.address("/planner"))),
        frame: frame(asked.carried.nation()),
        title: plan.title.clone(),
        max_title: MAX_TITLE_CHARACTERS,
        from: view::school_years(plan.from),
        years: view::year_ranges(plan.years, &asked.groups),
        carried: asked.carried.pairs(),
        waiting: view::waiting(asked, held),
        plan: view::years(asked, held, &groups),
        tables: covered::tables(&coverage, &groups, asked.carried.nation(), app.vocabularies),
        heads: groups.iter().map(|group| group.label().to_owned()).collect(),
        find: asked.find.text.clone(),
        find_for: view::aim_choices(asked.find.aim.as_slice(), asked.carried.nation(), app.vocabularies),
        find_year: view::age_choices(asked.find.age, &groups),
        found_for: asked.find.is_asked().then(|| view::found_for(asked, app.vocabularies)),
        found: found.iter().map(|resource| view::found(resource, asked)).collect(),
        own_at: view::slot_choices(&groups, asked.carried.nation(), asked.own.slot, |slot| slot.to_string()),
        own_for: view::aim_choices(&asked.own.aims, asked.carried.nation(), app.vocabularies),
        is_own_open: !asked.own.aims.is_empty(),
        max_text: MAX_TEXT_CHARACTERS,
        max_pasted: MAX_PASTED_CHARACTERS,
        example: asked.carried.address("/planner?example=on"),
        code: qr::svg(&address),
        address,
        calendar: asked.address("/planner.ics"),
        table: asked.address("/planner.csv"),
        blank,
    }
}

fn heading(asked: &Asked) -> String {
    let year = words::school_year_label(asked.plan.from);
    if asked.plan.is_blank() {
        return word("planner.heading").to_owned();
    }
    if asked.plan.title.is_empty() {
        return say("planner.untitled", &[("year", &year)]);
    }
    // The title is somebody's own, and comes last into its place.
    say("planner.titled", &[("year", &year), ("title", &asked.plan.title)])
}

/// Gatsby is England's; the others have frames of their own.
fn frame(nation: &str) -> &'static str {
    match nation {
        "scotland" => word("planner.frame-scotland"),
        "wales" => word("planner.frame-wales"),
        "northern-ireland" => word("planner.frame-northern-ireland"),
        _ => word("planner.frame-england"),
    }
}

/// The two lists of aims, in the order in which a nation's schools look at them.
fn frames(nation: &str) -> [ControlledField; 2] {
    let both = [ControlledField::Benchmark, ControlledField::LearningArea];
    if nation == "england" { both } else { [both[1], both[0]] }
}

/// The aims of a list.
fn aims_of(field: ControlledField) -> impl Iterator<Item = crate::plans::Aim> {
    AIMS.into_iter().filter(move |aim| aim.field == field)
}
