//! `/planner`: a school's year of careers learning, laid on year groups and terms, and held against the benchmarks.
//!
//! One GET form is the whole plan, and its address is where it is kept: nothing is stored, here or in the browser. What a
//! plan is, is in `crate::plans`; here it is shown, filled and exported. Only a text that is pasted is sent as a body, for
//! it may be longer than an address; the answer leads to the address of the plan that it was read into.

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
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use schemas::ControlledField;

use self::asked::Asked;
use self::covered::CoverageTable;
use self::held::Held;
use self::view::{Choice, Group, StepView, YearView};
use super::carried::written;
use super::errors::{PageError, error_page};
use super::filters;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::wording::{say, word};
use super::{present, qr};
use crate::app::App;
use crate::plans::{AIMS, Covered, MAX_PASTED_CHARACTERS, MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS};
use crate::web::body::read_form;
use crate::web::etag;
use crate::web::same_origin::is_same_origin;

pub(super) use exports::{export_plan, show_calendar};

/// So long an address may be for a code that a phone reads from paper: about ninety modules to a side, each 0.7 mm wide.
const MAX_CODED_BYTES: usize = 700;

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
    waiting: Vec<StepView>,
    plan: Vec<YearView>,
    tables: Vec<CoverageTable>,
    /// The year groups, as the heads of those tables.
    heads: Vec<String>,
    find: String,
    find_for: Vec<Group>,
    find_year: Vec<Choice>,
    /// What was looked for, in words; `None` when nothing was.
    found_for: Option<String>,
    found: Vec<StepView>,
    /// Where what is found should go at once, as its parameter says it.
    into: Option<String>,
    /// The shortlist that the visitor takes along, to be put into the plan; `None` where all of it is there.
    shortlist: Option<String>,
    own_at: Vec<Group>,
    own_for: Vec<Group>,
    is_own_open: bool,
    own_text: String,
    /// What the words stand for that are changed.
    replaces: Option<String>,
    max_text: usize,
    max_pasted: usize,
    /// Where a pasted plan is sent: the address of this one, into which it is read.
    paste_to: String,
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
        let found = finding::found(&app, &asked.find, &asked.groups).await?;
        found.counted.count(&app);
        found.resources
    } else {
        Vec::new()
    };
    let answer = present(&headers, &planner_page(&app, &asked, &held, &found));
    let holds_own = raw.is_some_and(|raw| !raw.is_empty());
    Ok(if holds_own { etag::kept_privately(answer) } else { answer })
}

/// Reads a pasted plan into the one of the address, and leads to the address of both.
pub(super) async fn paste_plan(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    let mut asked = Asked::read(raw.as_deref(), &app)?;
    if !is_same_origin(&headers, app.public_url()) {
        let (title, detail) = (word("keys.foreign-form"), word("keys.foreign-form-detail"));
        return Ok(error_page(StatusCode::FORBIDDEN, title, detail, &app));
    }
    let [text] = read_form(&headers, body, ["paste"]).await?;
    Ok(Redirect::to(&asked.paste(&text)).into_response())
}

fn planner_page(app: &App, asked: &Asked, held: &Held, found: &[schemas::Resource]) -> PlannerPage {
    let plan = &asked.plan;
    let groups = asked.shown_groups();
    let covered = Covered::of(plan, |step| held.aims_of(step));
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
        tables: covered::tables(&covered, &groups, asked.carried.nation(), app.vocabularies),
        heads: groups.iter().map(|group| group.label().to_owned()).collect(),
        find: asked.find.text.clone(),
        find_for: view::aim_choices(asked.find.aim.as_slice(), asked.carried.nation(), app.vocabularies),
        find_year: view::age_choices(asked.find.age, &groups),
        found_for: asked.find.is_asked().then(|| view::found_for(asked, app.vocabularies)),
        found: found.iter().map(|resource| view::found(resource, asked)).collect(),
        own_at: view::slot_choices(&groups, asked.carried.nation(), asked.own.slot, |slot| slot.to_string()),
        own_for: view::aim_choices(&asked.own.aims, asked.carried.nation(), app.vocabularies),
        is_own_open: !asked.own.aims.is_empty() || asked.own.replaces.is_some(),
        own_text: asked.own.text.clone(),
        replaces: asked.own.replaces.clone(),
        into: asked.find.into.map(|slot| slot.to_string()),
        shortlist: shortlist(asked),
        max_text: MAX_TEXT_CHARACTERS,
        max_pasted: MAX_PASTED_CHARACTERS,
        paste_to: asked.address("/planner"),
        example: asked.carried.address("/planner?example=on"),
        code: (address.len() <= MAX_CODED_BYTES).then(|| qr::svg(&address)).flatten(),
        address,
        calendar: asked.address("/planner.ics"),
        table: asked.address("/planner.csv"),
        blank,
    }
}

/// The resources of the shortlist that are not in the plan, as `add` names them.
fn shortlist(asked: &Asked) -> Option<String> {
    let plan = &asked.plan;
    let is_new = |id: &&schemas::ResourceId| !plan.waiting.contains(id) && plan.resources().all(|held| held != *id);
    let ids: Vec<schemas::ResourceId> = asked.carried.list.iter().filter(is_new).cloned().collect();
    (!ids.is_empty()).then(|| written(&ids))
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
