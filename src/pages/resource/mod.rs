//! `/resources/{id}`: everything Signpost knows of one resource, in plain words, and how it knows it.
//!
//! Asks the store for the resource and for where its values come from, and the index for what is like it; while the store
//! is away it shows what the index holds, without where that comes from. It takes no parameters of its own and passes over those it does not know: others put theirs on addresses that are passed on.

pub(super) mod back;
mod evidence;
mod facts;
mod glance;
mod holders;
mod reading;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use index::Scope;
use schemas::{CompletenessTest, Resource, ResourceId, json_ld};

use self::back::Back;
use self::evidence::Evidence;
use self::facts::{Fact, Section};
use self::glance::GlanceRow;
use self::holders::Holder;
use self::reading::{paragraphs, shown_at_once};
use super::cards::{Card, CardContext, card};
use super::carried::Carried;
use super::errors::PageError;
use super::filters;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::outbound::Outbound;
use super::wording::{say, shorten, word};
use super::{markup, present, qr, wording};
use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::web::path::PathId;
use crate::web::query::this_hour;

/// Two rows of three below a resource; more is a search.
const SIMILAR: usize = 6;
/// So much of a title stands in a browser's tab.
const TITLE_CHARACTERS: usize = 100;
/// So much of a description search engines show.
const SUMMARY_CHARACTERS: usize = 155;

#[derive(Template)]
#[template(path = "resource.html")]
struct ResourcePage {
    layout: Layout,
    nations: Vec<NationLink>,
    /// The page of results it was opened from, with what is carried now.
    back: Option<String>,
    /// The address of this page, whole.
    address: String,
    /// The same as a QR code.
    qr: Option<Safe<String>>,
    /// The same resource for machines.
    api_address: String,
    /// Where a dead link or a wrong detail is reported.
    report_address: String,
    /// Where it is laid on a year.
    plan_address: String,
    /// What a list says of it as well: what it is, the state of its link, the way onto the shortlist.
    own: Card,
    title: String,
    alternative_titles: Vec<String>,
    /// Its description, paragraph by paragraph; what is seen at once.
    paragraphs: Vec<String>,
    /// The rest of a long one.
    further: Vec<String>,
    outbound: Option<Outbound>,
    held_by: Option<String>,
    /// What its catalogue says of its end.
    closed: Option<String>,
    glance: Vec<GlanceRow>,
    sections: Vec<Section>,
    /// The same levels in the words of other nations.
    other_levels: Vec<Fact>,
    evidence: Evidence,
    /// What a teacher would ask and nobody says.
    not_stated: Option<String>,
    holders: Vec<Holder>,
    /// Other addresses of the same thing.
    elsewhere: Vec<Outbound>,
    similar: Vec<Card>,
    first_published: String,
    last_changed: String,
    json_ld: Safe<String>,
}

/// One resource.
pub(super) async fn show_resource(
    State(app): State<App>,
    id: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let PathId(id) = id?;
    let (carried, back) = (Carried::read(raw.as_deref()), Back::read(raw.as_deref()));
    let unknown = || AppError::no_such("resource", &id);
    let resource_id = ResourceId::parse(&id).map_err(|_| unknown())?;
    let resource = match app.resource_state(&resource_id).await?.ok_or_else(unknown)? {
        ResourceState::Live(entry) => entry.resource,
        ResourceState::Withdrawn { reason, at } => return Err(AppError::Gone { id, reason, at }.into()),
        ResourceState::Merged { into } => {
            return Ok(Redirect::permanent(&carried.address(&opened_from(&into, back.as_ref()))).into_response());
        }
    };
    let assertions = app.assertions_if_told(&resource.id).await?;
    let evidence = Evidence::read(assertions, app.vocabularies, &app.source_names());
    let similar = similar(&resource, &carried, &app).await;
    Ok(present(&headers, &resource_page(&resource, evidence, similar, back.as_ref(), &carried, &app)))
}

/// What is like it. A page without that is better than none, so a busy index is no mistake here.
async fn similar(resource: &Resource, carried: &Carried, app: &App) -> Vec<Card> {
    let hits = match app.similar(&resource.id, SIMILAR, this_hour(&app.clock), Scope::default()).await {
        Ok(hits) => hits.unwrap_or_default(),
        Err(error) => {
            error.log();
            return Vec::new();
        }
    };
    let here = path_of(&resource.id);
    let context = CardContext { carried, vocabularies: app.vocabularies, here: &here };
    let read = hits.iter().filter_map(|hit| serde_json::from_str::<Resource>(&hit.json).ok());
    read.map(|resource| card(&resource, &context)).collect()
}

fn resource_page(
    resource: &Resource,
    evidence: Evidence,
    similar: Vec<Card>,
    back: Option<&Back>,
    carried: &Carried,
    app: &App,
) -> ResourcePage {
    let path = path_of(&resource.id);
    let here = opened_from(&resource.id, back);
    let address = format!("{}{path}", app.public_url());
    let context = CardContext { carried, vocabularies: app.vocabularies, here: &here };
    let reader = facts::Reader { resource, vocabularies: app.vocabularies, carried, evidence: &evidence };
    let title = shorten(&resource.title, TITLE_CHARACTERS);
    let (paragraphs, further) = shown_at_once(paragraphs(resource.description.as_deref().unwrap_or_default()));
    let document = json_ld::to_json_ld(resource, app.public_url(), json_ld::SCHEMA_ORG, app.vocabularies);
    ResourcePage {
        layout: Layout::new(&title, "").described(&summary(resource)).scripted(&["copy.js"]).carrying(carried),
        nations: nation_links(carried, |carried| carried.address(&here)),
        back: back.map(|back| carried.address(back.address())),
        qr: qr::svg(&address),
        api_address: format!("/v1/resources/{}", resource.id),
        report_address: carried.address(&format!("{path}/report")),
        plan_address: carried.address(&format!("/planner?add={}", resource.id)),
        own: card(resource, &context),
        title: resource.title.clone(),
        alternative_titles: resource.alternative_titles.clone(),
        paragraphs,
        further,
        outbound: resource.url.as_deref().and_then(Outbound::parse),
        held_by: resource.held_by.clone(),
        closed: resource.closed.clone(),
        glance: glance::rows(&reader),
        sections: facts::sections(&reader),
        other_levels: facts::levels_elsewhere(&reader),
        not_stated: not_stated(&resource.missing),
        holders: resource.records.iter().map(|record| holders::holder(record, resource, carried, app)).collect(),
        elsewhere: resource.same_as.iter().filter_map(|address| Outbound::parse(address)).collect(),
        similar,
        first_published: wording::day(&resource.created),
        last_changed: wording::day(&resource.updated),
        json_ld: markup::json_ld(&document),
        address,
        evidence,
    }
}

fn path_of(id: &ResourceId) -> String {
    format!("/resources/{id}")
}

/// The same, opened from a page of results.
fn opened_from(id: &ResourceId, back: Option<&Back>) -> String {
    let path = path_of(id);
    back.map_or_else(|| path.clone(), |back| back.on(&path))
}

/// What it is about in a sentence, for those who list pages.
fn summary(resource: &Resource) -> String {
    let said = paragraphs(resource.description.as_deref().unwrap_or_default()).join(" ");
    if said.is_empty() {
        return say("resource.summary", &[("title", &shorten(&resource.title, TITLE_CHARACTERS))]);
    }
    shorten(&said, SUMMARY_CHARACTERS)
}

/// What is not known at all and has no line of its own, in one; `None` when nothing is missing.
fn not_stated(missing: &[String]) -> Option<String> {
    let asked: Vec<&str> =
        missing.iter().filter_map(|name| CompletenessTest::by_name(name)).filter_map(unsaid).collect();
    (!asked.is_empty()).then(|| asked.join("; "))
}

/// What a test asks for, as the end of "Not stated: …"; what stands among the first facts says so there.
fn unsaid(test: CompletenessTest) -> Option<&'static str> {
    match test {
        CompletenessTest::Description => Some(word("resource.unsaid-description")),
        CompletenessTest::Address => Some(word("resource.unsaid-address")),
        CompletenessTest::Publisher => Some(word("resource.unsaid-publisher")),
        CompletenessTest::Type => Some(word("resource.unsaid-type")),
        CompletenessTest::Audience => Some(word("resource.unsaid-audience")),
        CompletenessTest::Subject => Some(word("resource.unsaid-subject")),
        CompletenessTest::Level | CompletenessTest::Cost | CompletenessTest::Licence | CompletenessTest::Time => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_says_is_told_once() {
        let missing = ["cost", "time", "audience", "subject"].map(ToOwned::to_owned);
        let told = format!("{}; {}", word("resource.unsaid-audience"), word("resource.unsaid-subject"));
        assert_eq!(not_stated(&missing), Some(told));
        assert_eq!(not_stated(&missing[..2]), None);
        assert_eq!(not_stated(&[]), None);
    }
}
