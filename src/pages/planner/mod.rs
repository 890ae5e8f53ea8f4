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
mod pasted;
mod view;
mod words;

use askama::Template;
use askama::filters::Safe;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use self::asked::{Asked, count};
use self::covered::CoverageTable;
use self::finding::{All, Found};
use self::held::Held;
use self::view::{Choice, Group, StepView, YearView};
use super::carried::written;
use super::errors::{PageError, refused_form};
use super::filters;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::wording::{counted, word};
use super::{present, qr};
use crate::app::App;
use crate::plans::{Covered, MAX_PASTED_CHARACTERS, MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS};
use crate::web::body::read_form;
use crate::web::etag;

pub(super) use exports::{export_plan, show_calendar};

/// The code of a longer address has more modules than ninety to a side, and is drawn larger, so that each stays about
/// 0.7 millimetres wide on paper.
const MAX_USUAL_CODE_BYTES: usize = 700;
/// The part of the page that all year groups are.
const ALL_YEARS: &str = "years-part";

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
    /// How many those are.
    found_says: String,
    /// Whether something was found that is in the plan already, and is not offered again.
    found_planned: bool,
    /// The search that has all of it, where that is more: its address, and what leads there.
    found_all: Option<(String, String)>,
    /// Where what is found should go at once, as its parameter says it.
    into: Option<String>,
    /// The shortlist that the visitor takes along, to be put into the plan; `None` where all of it is there.
    shortlist: Option<String>,
    own_at: Vec<Group>,
    own_for: Vec<Group>,
    is_own_open: bool,
    own_text: String,
    /// The part of the page that what is added leads to.
    own_place: String,
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
    /// How large it is drawn.
    code_size: &'static str,
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
        let found = finding::found(&app, &asked).await?;
        found.counted.count(&app);
        found
    } else {
        Found::default()
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
    if let Some(refused) = refused_form(&headers, &app) {
        return Ok(refused);
    }
    let [text] = read_form(&headers, body, ["paste"]).await?;
    Ok(Redirect::to(&asked.paste(&text)).into_response())
}

fn planner_page(app: &App, asked: &Asked, held: &Held, found: &Found) -> PlannerPage {
    let plan = &asked.plan;
    let groups = asked.shown_groups();
    let covered = Covered::of(plan, |step| held.aims_of(step));
    let heading = words::heading(plan);
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
        frame: words::frame(asked.carried.nation()),
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
        found: found.resources.iter().map(|resource| view::found(resource, asked)).collect(),
        found_says: counted("planner.found-shown", count(found.resources.len())),
        found_planned: found.has_planned,
        found_all: found.all.as_ref().map(|all| all_found(all, asked)),
        own_at: view::slot_choices(&groups, asked.carried.nation(), asked.own.slot, |slot| slot.to_string()),
        own_for: view::aim_choices(&asked.own.aims, asked.carried.nation(), app.vocabularies),
        is_own_open: !asked.own.aims.is_empty() || asked.own.replaces.is_some(),
        own_text: asked.own.text.clone(),
        own_place: asked.own.slot.map_or_else(|| ALL_YEARS.to_owned(), |slot| view::year_place(slot.age)),
        replaces: asked.own.replaces.clone(),
        into: asked.find.into.map(|slot| slot.to_string()),
        shortlist: shortlist(asked),
        max_text: MAX_TEXT_CHARACTERS,
        max_pasted: MAX_PASTED_CHARACTERS,
        paste_to: asked.address("/planner"),
        example: asked.carried.address("/planner?example=on"),
        code: qr::svg(&address),
        code_size: if address.len() > MAX_USUAL_CODE_BYTES { "large" } else { "usual" },
        address,
        calendar: asked.address("/planner.ics"),
        table: asked.address("/planner.csv"),
        blank,
    }
}

/// What leads to the search that has all that was found, in the words of the visitor.
fn all_found(all: &All, asked: &Asked) -> (String, String) {
    (asked.carried.address(&all.address), counted("planner.found-all", all.total))
}

/// The resources of the shortlist that are not in the plan, as `add` names them.
fn shortlist(asked: &Asked) -> Option<String> {
    let plan = &asked.plan;
    let is_new = |id: &&schemas::ResourceId| !plan.waiting.contains(id) && plan.resources().all(|held| held != *id);
    let ids: Vec<schemas::ResourceId> = asked.carried.list.iter().filter(is_new).cloned().collect();
    (!ids.is_empty()).then(|| written(&ids))
}
