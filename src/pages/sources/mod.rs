//! `/sources`: every catalogue and its health, in public; `/sources/{id}`: all that is known of one; `/sources.atom`: the
//! last harvest of each, as a feed.

mod feed;
mod health;
mod one;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::{Facet, SearchRequest};
use schemas::{ControlledField, LinkState, Vocabularies};

pub(super) use self::feed::show_feed;
pub(super) use self::one::show_source;

use self::health::{Mark, freshness, health, said_counts, said_schedule};
use super::carried::{CARRIED, Carried};
use super::errors::PageError;
use super::filters;
use super::layout::Layout;
use super::outbound::Outbound;
use super::present;
use super::wording::{counted, say, thousands, word};
use crate::api::sources::{SourceAnswer, present_source};
use crate::app::App;
use crate::catalogue::ScheduleFacts;
use crate::error::AppError;
use crate::web::mistakes::Mistakes;
use crate::web::query::this_hour;
use crate::web::values::Values;

/// More catalogues than anybody has brought together yet.
const MOST_SOURCES: usize = 10_000;

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    layout: Layout,
    /// How many resources the catalogues hold together, and how many they are.
    summary: String,
    tallies: Vec<Tally>,
    groups: Vec<SourceGroup>,
    contact: String,
}

/// How many catalogues are how.
struct Tally {
    mark: &'static str,
    number: String,
    label: &'static str,
}

/// Catalogues under one heading; never none.
struct SourceGroup {
    heading: &'static str,
    sources: Vec<ListedSource>,
}

struct ListedSource {
    id: String,
    /// Its own page.
    href: String,
    name: String,
    organisation: String,
    host: Option<String>,
    licence: String,
    resources: String,
    /// The search for them; nothing where there are none.
    search: Option<String>,
    /// "3 broken".
    broken: Option<CountLink>,
    health: &'static str,
    mark: &'static str,
    /// Why its last harvest did not simply go well.
    reason: Option<String>,
    /// Against its schedule.
    freshness: String,
    /// The class of the mark of that.
    freshness_mark: &'static str,
    schedule: &'static str,
    /// What the last harvest counted.
    counts: Option<String>,
}

/// A number that leads to what it counts.
struct CountLink {
    href: String,
    label: String,
}

/// What the lines of the list are made of besides the catalogues.
struct ListContext<'a> {
    vocabularies: &'a Vocabularies,
    carried: &'a Carried,
    /// By catalogue, in words.
    freshness: BTreeMap<String, (Mark, String)>,
    broken: BTreeMap<String, u64>,
}

/// Every catalogue and its health.
pub(super) async fn show_sources(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = carried_alone(raw.as_deref())?;
    let sources = present_sources(&app).await?;
    let now = app.clock.now();
    let fresh = |facts: ScheduleFacts| (facts.source.to_string(), freshness(&facts, now));
    let context = ListContext {
        vocabularies: app.vocabularies,
        carried: &carried,
        freshness: app.catalogue.schedule_facts(now).await?.into_iter().map(fresh).collect(),
        broken: broken_by_source(&app).await?,
    };
    let held_by = sources.iter().filter(|source| source.resources > 0).count();
    let resources = counted("sources.resources", app.index.resource_count());
    let catalogues = counted("sources.catalogues", u64::try_from(held_by).unwrap_or(u64::MAX));
    let page = SourcesPage {
        layout: Layout::new(word("sources.heading"), "/sources")
            .described(word("sources.description"))
            .carrying(&carried),
        summary: say("sources.summary", &[("resources", &resources), ("catalogues", &catalogues)]),
        tallies: tallies(&sources, &context),
        groups: groups(sources, &context),
        contact: carried.address("/contact"),
    };
    Ok(present(&headers, &page))
}

/// What is carried, where nothing else may be asked for.
fn carried_alone(raw: Option<&str>) -> Result<Carried, AppError> {
    let mut mistakes = Mistakes::default();
    Values::read(raw, &CARRIED, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(Carried::read(raw))
}

async fn present_sources(app: &App) -> Result<Vec<SourceAnswer>, AppError> {
    let mut sources = Vec::new();
    for row in app.catalogue.list_sources().await? {
        sources.push(present_source(app, row).await?);
    }
    Ok(sources)
}

/// How many links of each catalogue are broken: as many as a search for them finds.
async fn broken_by_source(app: &App) -> Result<BTreeMap<String, u64>, AppError> {
    let request = SearchRequest {
        filters: BTreeMap::from([(Facet::Link, vec![LinkState::Broken.name().to_owned()])]),
        facets: vec![Facet::Source],
        facet_limit: MOST_SOURCES,
        limit: 0,
        help: false,
        ..SearchRequest::new(this_hour(&app.clock))
    };
    let facets = app.search(request).await?.facets;
    let values = facets.iter().flat_map(|counts| &counts.values);
    Ok(values.map(|value| (value.id.to_string(), value.count)).collect())
}

/// Whether a person should look: the last harvest went badly, or there should have been a later one.
fn mark_of(source: &SourceAnswer, context: &ListContext<'_>) -> Mark {
    let fresh = context.freshness.get(&source.id).map_or(Mark::Idle, |(mark, _)| *mark);
    match (health(source).mark, fresh) {
        (Mark::Well, Mark::Poorly) => Mark::Poorly,
        (mark, _) => mark,
    }
}

fn tallies(sources: &[SourceAnswer], context: &ListContext<'_>) -> Vec<Tally> {
    let label = |mark: Mark| match mark {
        Mark::Well => word("sources.tally-well"),
        Mark::Poorly => word("sources.tally-poorly"),
        Mark::Idle => word("sources.tally-idle"),
    };
    let tally = |mark: Mark| {
        let number = sources.iter().filter(|source| mark_of(source, context) == mark).count();
        Tally { mark: mark.class(), number: thousands(number), label: label(mark) }
    };
    [Mark::Well, Mark::Poorly, Mark::Idle].map(tally).into()
}

fn groups(mut sources: Vec<SourceAnswer>, context: &ListContext<'_>) -> Vec<SourceGroup> {
    sources.sort_by_key(|source| source.name.to_lowercase());
    let (read, idle): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| (source.enabled && source.present) || source.resources > 0);
    [(word("sources.group-read"), read), (word("sources.group-idle"), idle)]
        .into_iter()
        .filter(|(_, sources)| !sources.is_empty())
        .map(|(heading, sources)| SourceGroup {
            heading,
            sources: sources.into_iter().map(|source| listed_source(source, context)).collect(),
        })
        .collect()
}

fn listed_source(source: SourceAnswer, context: &ListContext<'_>) -> ListedSource {
    let carried = context.carried;
    let id = &source.id;
    let state = health(&source);
    let (fresh, freshness) = context.freshness.get(id).cloned().unwrap_or((Mark::Idle, String::new()));
    let broken = context.broken.get(id).copied().filter(|broken| *broken > 0);
    ListedSource {
        // Ids of sources need no escaping in an address.
        href: carried.address(&format!("/sources/{id}")),
        search: (source.resources > 0).then(|| carried.address(&format!("/?source={id}"))),
        broken: broken.map(|broken| CountLink {
            href: carried.address(&format!("/?source={id}&link=broken")),
            label: say("sources.broken", &[("n", &thousands(broken))]),
        }),
        host: source.homepage.as_deref().and_then(Outbound::parse).map(|link| link.host),
        licence: said_licence(source.licence.as_deref(), context.vocabularies),
        resources: thousands(source.resources),
        health: state.words,
        mark: state.mark.class(),
        reason: source.last_harvest.as_ref().and_then(|harvest| harvest.reason.clone()),
        freshness,
        freshness_mark: fresh.class(),
        schedule: said_schedule(&source.schedule),
        counts: source.last_harvest.as_ref().map(said_counts),
        id: source.id,
        name: source.name,
        organisation: source.organisation,
    }
}

fn said_licence(licence: Option<&str>, vocabularies: &Vocabularies) -> String {
    let licences = vocabularies.of(ControlledField::Licence);
    licence.map_or_else(|| word("sources.licence-none"), |id| licences.label(id)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::testing::source;
    use super::*;

    fn context(carried: &Carried) -> ListContext<'_> {
        let late = ("example-society".to_owned(), (Mark::Poorly, "late".to_owned()));
        let broken = BTreeMap::from([("example-society".to_owned(), 2)]);
        ListContext { vocabularies: Vocabularies::shipped(), carried, freshness: BTreeMap::from([late]), broken }
    }

    #[test]
    fn a_catalogue_that_is_off_but_still_holds_resources_stands_with_those_that_are_read() {
        let off = SourceAnswer { enabled: false, ..source(None) };
        let empty = SourceAnswer { resources: 0, enabled: false, ..source(None) };
        let groups = groups(vec![off, empty], &context(&Carried::default()));
        assert_eq!(groups.iter().map(|group| group.sources.len()).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(groups[1].sources[0].search, None, "a search for nothing would be counted as one in vain");
    }

    #[test]
    fn one_that_went_well_long_ago_is_not_well() {
        let (sources, carried) = ([source(Some("ok"))], Carried::default());
        let numbers: Vec<String> =
            tallies(&sources, &context(&carried)).into_iter().map(|tally| tally.number).collect();
        assert_eq!(numbers, ["0", "1", "0"]);
    }
}
