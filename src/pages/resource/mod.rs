//! `/resources/{id}`: everything Signpost knows of one resource, in plain words.

mod facts;

use askama::Template;
use askama::filters::Safe;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use schemas::{CompletenessTest, LinkState, RecordRef, Resource, ResourceId, json_ld};

use self::facts::Section;
use super::errors::PageError;
use super::layout::Layout;
use super::outbound::Outbound;
use super::{markup, present, wording};
use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::web::path::PathId;

#[derive(Template)]
#[template(path = "resource.html")]
struct ResourcePage {
    layout: Layout,
    /// The address of this page, whole.
    address: String,
    /// The same resource for machines.
    api_address: String,
    /// Where a dead link or a wrong detail is reported.
    report_address: String,
    title: String,
    /// Its language, when it is not English.
    language: Option<String>,
    alternative_titles: Vec<String>,
    publisher: Option<String>,
    /// Its description, paragraph by paragraph.
    paragraphs: Vec<String>,
    outbound: Option<Outbound>,
    /// What is known of the link.
    link_note: String,
    held_by: Option<String>,
    /// What its catalogue says of its end.
    closed: Option<String>,
    sections: Vec<Section>,
    /// Whether any value carries a note on where it comes from, which then is explained.
    has_notes: bool,
    /// What a teacher would ask and nobody says.
    not_stated: Option<String>,
    holders: Vec<Holder>,
    /// Other addresses of the same thing.
    elsewhere: Vec<Outbound>,
    first_published: String,
    last_changed: String,
    json_ld: Safe<String>,
}

/// A catalogue that holds the resource.
struct Holder {
    name: String,
    homepage: Option<Outbound>,
    /// The address its record gives, when it is not the resource's own.
    record: Option<Outbound>,
    first_seen: String,
    last_seen: String,
}

/// One resource.
pub(super) async fn show_resource(
    State(app): State<App>,
    id: Result<PathId, AppError>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let PathId(id) = id?;
    let unknown = || AppError::no_such("resource", &id);
    let resource_id = ResourceId::parse(&id).map_err(|_| unknown())?;
    let entry = match app.catalogue.resource(&resource_id).await?.ok_or_else(unknown)? {
        ResourceState::Live(entry) => entry,
        ResourceState::Withdrawn { reason, at } => return Err(AppError::Gone { id, reason, at }.into()),
        ResourceState::Merged { into } => return Ok(Redirect::permanent(&format!("/resources/{into}")).into_response()),
    };
    Ok(present(&headers, &resource_page(&entry.resource, &app)))
}

fn resource_page(resource: &Resource, app: &App) -> ResourcePage {
    let address = format!("{}/resources/{}", app.public_url(), resource.id);
    let sections = facts::sections(resource, app.vocabularies);
    let path = format!("/resources/{}", resource.id);
    ResourcePage {
        layout: Layout::new(&wording::shorten(&resource.title, 100), &path),
        json_ld: markup::json_ld(&json_ld::to_json_ld(
            resource,
            app.public_url(),
            json_ld::SCHEMA_ORG,
            app.vocabularies,
        )),
        address,
        api_address: format!("/v1/resources/{}", resource.id),
        report_address: format!("/resources/{}/report", resource.id),
        title: resource.title.clone(),
        language: wording::foreign_language(resource),
        alternative_titles: resource.alternative_titles.clone(),
        publisher: resource.publisher.clone(),
        paragraphs: paragraphs(resource.description.as_deref().unwrap_or_default()),
        outbound: resource.url.as_deref().and_then(Outbound::parse),
        link_note: link_note(resource.link.state, resource.link.checked_at.as_deref()),
        held_by: resource.held_by.clone(),
        closed: resource.closed.clone(),
        has_notes: facts::have_notes(&sections),
        sections,
        not_stated: not_stated(&resource.missing),
        holders: resource.records.iter().map(|record| holder(record, resource, app)).collect(),
        elsewhere: resource.same_as.iter().filter_map(|address| Outbound::parse(address)).collect(),
        first_published: wording::day(&resource.created),
        last_changed: wording::day(&resource.updated),
    }
}

fn holder(record: &RecordRef, resource: &Resource, app: &App) -> Holder {
    let source = app.sources.0.get(&record.source).map(|booked| &booked.source);
    // The source file of a catalogue may be gone while its resources stay; its name is still known.
    let names = app.source_names();
    let name = source.map(|source| &source.name).or_else(|| names.get(record.source.as_str()));
    let of_its_own = record.url.as_deref().filter(|address| resource.url.as_deref() != Some(*address));
    Holder {
        name: name.map_or(record.source.as_str(), String::as_str).to_owned(),
        homepage: source.and_then(|source| Outbound::parse(&source.homepage)),
        record: of_its_own.and_then(Outbound::parse),
        first_seen: wording::day(&record.first_seen),
        last_seen: wording::day(&record.last_seen),
    }
}

/// Texts come with their line breaks; an empty line or a single one begins a paragraph.
fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
}

/// What is not known at all, in one line; `None` when nothing is missing. What was inferred stands among the facts.
fn not_stated(missing: &[String]) -> Option<String> {
    let asked: Vec<&str> = missing.iter().filter_map(|name| CompletenessTest::by_name(name)).map(unsaid).collect();
    (!asked.is_empty()).then(|| asked.join("; "))
}

/// What a test asks for, as the end of "Not stated: …".
fn unsaid(test: CompletenessTest) -> &'static str {
    match test {
        CompletenessTest::Description => "what it is, in a sentence or more",
        CompletenessTest::Address => "where it is",
        CompletenessTest::Publisher => "who publishes it",
        CompletenessTest::Type => "what kind of thing it is",
        CompletenessTest::Audience => "for whom it is",
        CompletenessTest::Level => "for which ages or stages it is",
        CompletenessTest::Subject => "which subjects it is about",
        CompletenessTest::Cost => "what it costs",
        CompletenessTest::Licence => "on what terms it may be used",
        CompletenessTest::Time => "how long it takes or when it begins",
    }
}

fn link_note(state: LinkState, checked_at: Option<&str>) -> String {
    let when = checked_at.map(|time| format!(" on {}", wording::day(time))).unwrap_or_default();
    match state {
        LinkState::Ok => format!("The link worked when it was tried{when}."),
        LinkState::Moved => format!("The page has moved; the link leads to its new address, where it was found{when}."),
        LinkState::Broken => format!("The link did not work when it was last tried{when}."),
        LinkState::Unchecked => "The link has not been checked lately.".to_owned(),
        LinkState::None => "There is no web address for this.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_link_is_said_with_its_day() {
        let checked = Some("2026-11-20T04:00:00Z");
        assert_eq!(link_note(LinkState::Ok, checked), "The link worked when it was tried on 20 November 2026.");
        assert_eq!(link_note(LinkState::Unchecked, None), "The link has not been checked lately.");
        assert_eq!(link_note(LinkState::Broken, None), "The link did not work when it was last tried.");
    }

    #[test]
    fn what_nobody_says_is_told_in_plain_words() {
        let missing = ["cost", "time"].map(ToOwned::to_owned);
        assert_eq!(not_stated(&missing).as_deref(), Some("what it costs; how long it takes or when it begins"));
        assert_eq!(not_stated(&[]), None);
    }

    #[test]
    fn a_description_is_shown_in_its_paragraphs() {
        assert_eq!(paragraphs("One.\n\n  Two.\r\nThree. "), ["One.", "Two.", "Three."]);
        assert!(paragraphs("").is_empty());
    }
}
