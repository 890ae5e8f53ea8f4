//! `/sources`: every catalogue and its health, in public.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use schemas::{ControlledField, Vocabularies};

use super::errors::PageError;
use super::layout::Layout;
use super::outbound::Outbound;
use super::{present, wording};
use crate::api::sources::{HarvestAnswer, SourceAnswer, present_source};
use crate::app::App;

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    layout: Layout,
    /// How many resources the catalogues hold together, and how many they are.
    summary: String,
    groups: Vec<SourceGroup>,
}

/// Catalogues under one heading; never none.
struct SourceGroup {
    heading: &'static str,
    sources: Vec<ListedSource>,
}

struct ListedSource {
    id: String,
    name: String,
    organisation: String,
    homepage: Option<Outbound>,
    licence: String,
    resources: String,
    health: Health,
    /// When it was last read.
    last_harvest: Option<String>,
    /// What that counted.
    counts: Option<String>,
    /// Why it did not simply go well.
    reason: Option<String>,
}

/// How a catalogue is, in words; the mark beside them is an ornament.
#[derive(Debug, PartialEq, Eq)]
struct Health {
    words: &'static str,
    /// The class of the mark: `well`, `poorly` or `idle`.
    mark: &'static str,
}

/// Every catalogue and its health.
pub(super) async fn show_sources(State(app): State<App>, headers: HeaderMap) -> Result<Response, PageError> {
    let mut sources = Vec::new();
    for row in app.catalogue.list_sources().await? {
        sources.push(present_source(&app, row).await?);
    }
    let resources = app.index.resource_count();
    let held_by = sources.iter().filter(|source| source.resources > 0).count();
    let summary = format!("{} resources from {held_by} catalogues", wording::thousands(resources));
    let layout = Layout::new("Catalogues", "/sources");
    Ok(present(&headers, &SourcesPage { layout, summary, groups: groups(sources, app.vocabularies) }))
}

fn groups(mut sources: Vec<SourceAnswer>, vocabularies: &Vocabularies) -> Vec<SourceGroup> {
    sources.sort_by_key(|source| source.name.to_lowercase());
    let (read, idle): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| (source.enabled && source.present) || source.resources > 0);
    [("Catalogues in Signpost", read), ("Known, but not read at present", idle)]
        .into_iter()
        .filter(|(_, sources)| !sources.is_empty())
        .map(|(heading, sources)| SourceGroup {
            heading,
            sources: sources.into_iter().map(|source| listed_source(source, vocabularies)).collect(),
        })
        .collect()
}

fn listed_source(source: SourceAnswer, vocabularies: &Vocabularies) -> ListedSource {
    let health = health(&source);
    let licences = vocabularies.of(ControlledField::Licence);
    let licence = source.licence.as_deref().map_or("Not stated", |id| licences.label(id)).to_owned();
    let harvest = source.last_harvest;
    ListedSource {
        id: source.id,
        name: source.name,
        organisation: source.organisation,
        homepage: source.homepage.as_deref().and_then(Outbound::parse),
        licence,
        resources: wording::thousands(source.resources),
        health,
        last_harvest: harvest.as_ref().map(|harvest| {
            let when = harvest.finished.as_deref().unwrap_or(&harvest.started);
            wording::day(when)
        }),
        counts: harvest.as_ref().map(said_counts),
        reason: harvest.and_then(|harvest| harvest.reason),
    }
}

fn health(source: &SourceAnswer) -> Health {
    if !source.present {
        return Health { words: "No longer read", mark: "idle" };
    }
    if !source.enabled {
        return Health { words: "Not switched on", mark: "idle" };
    }
    let (words, mark) = match source.last_harvest.as_ref().map(|harvest| harvest.state.as_str()) {
        None => ("Not read yet", "idle"),
        Some("ok") => ("Well", "well"),
        Some("running") => ("Being read now", "well"),
        Some("partial") => ("Read in part", "poorly"),
        Some("held") => ("Waiting for a person to look", "poorly"),
        Some(_) => ("Could not be read", "poorly"),
    };
    Health { words, mark }
}

/// "212 records read: 3 new, 5 changed, 1 refused".
fn said_counts(harvest: &HarvestAnswer) -> String {
    let counts = &harvest.counts;
    let read = wording::count(counts.read, "record read", "records read");
    let noteworthy: Vec<String> = [
        (counts.created, "new"),
        (counts.changed, "changed"),
        (counts.deleted, "deleted"),
        (counts.rejected, "refused"),
        (counts.duplicate, "given twice"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{} {word}", wording::thousands(number)))
    .collect();
    if noteworthy.is_empty() { format!("{read}, nothing new") } else { format!("{read}: {}", noteworthy.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::sources::CountsAnswer;

    fn source(state: Option<&str>) -> SourceAnswer {
        let counts = CountsAnswer {
            read: 1_204,
            created: 3,
            changed: 0,
            unchanged: 1_200,
            deleted: 0,
            rejected: 1,
            duplicate: 0,
        };
        SourceAnswer {
            id: "example-society".to_owned(),
            name: "Example".to_owned(),
            organisation: "Example Society".to_owned(),
            homepage: Some("https://example.org/".to_owned()),
            licence: None,
            nation: "uk".to_owned(),
            kind: "json".to_owned(),
            schedule: "daily".to_owned(),
            enabled: true,
            present: true,
            resources: 7,
            last_harvest: state.map(|state| HarvestAnswer {
                id: "1".to_owned(),
                manner: "harvest".to_owned(),
                state: state.to_owned(),
                reason: None,
                started: "2026-11-21T09:00:00Z".to_owned(),
                finished: None,
                counts,
                problems: 0,
            }),
        }
    }

    #[test]
    fn the_state_of_the_last_harvest_is_said_in_words() {
        for (state, words) in [
            (None, "Not read yet"),
            (Some("ok"), "Well"),
            (Some("held"), "Waiting for a person to look"),
            (Some("failed"), "Could not be read"),
        ] {
            assert_eq!(health(&source(state)).words, words, "{state:?}");
        }
        let switched_off = SourceAnswer { enabled: false, ..source(Some("ok")) };
        assert_eq!(health(&switched_off).words, "Not switched on");
    }

    #[test]
    fn counts_name_only_what_is_worth_noting() {
        let harvest = source(Some("ok")).last_harvest.unwrap();
        assert_eq!(said_counts(&harvest), "1,204 records read: 3 new, 1 refused");
    }

    #[test]
    fn a_catalogue_that_is_off_but_still_holds_resources_stands_with_those_that_are_read() {
        let off = SourceAnswer { enabled: false, ..source(None) };
        let empty = SourceAnswer { resources: 0, enabled: false, ..source(None) };
        let groups = groups(vec![off, empty], Vocabularies::shipped());
        assert_eq!(groups.iter().map(|group| group.sources.len()).collect::<Vec<_>>(), [1, 1]);
    }
}
