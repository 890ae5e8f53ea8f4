//! `/sources`: every catalogue and its health, in public; `/sources/{id}`: all that is known of one, and what it shares
//! with another; `/sources.atom`: the last harvest of each, as a feed.

mod feed;
pub(super) mod found;
mod health;
mod one;
mod shared;
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

use self::found::Found;
use self::health::{Mark, freshness, health, said_counts, said_schedule};
use super::carried::Carried;
use super::errors::PageError;
use super::filters;
use super::layout::Layout;
use super::outbound::Outbound;
use super::present;
use super::wording::{counted, say, thousands, word};
use crate::app::App;
use crate::catalogue::ScheduleFacts;
use crate::health::{SourceHealth, health_of_all};
use crate::web::query::this_hour;

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    layout: Layout,
    /// How many resources are found, and how many catalogues hold them.
    summary: String,
    /// How many more are known, and why they are not counted there.
    others: Option<String>,
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
    /// How many of its resources are found.
    resources: String,
    /// The search for them; nothing where there are none.
    search: Option<String>,
    /// "18 over": what it holds and no search finds.
    over: Option<String>,
    /// "3 broken".
    broken: Option<PageLink>,
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

/// A link and its words.
struct PageLink {
    href: String,
    label: String,
}

/// What the lines of the list are made of besides the catalogues.
struct ListContext<'a> {
    vocabularies: &'a Vocabularies,
    carried: &'a Carried,
    /// By catalogue, in words.
    freshness: BTreeMap<String, (Mark, String)>,
    found: Found,
    /// What is found of those whose links are broken.
    broken: Found,
}

/// Every catalogue and its health.
pub(super) async fn show_sources(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    let sources = health_of_all(&app).await?;
    let now = app.clock.now();
    let fresh = |facts: ScheduleFacts| (facts.source.to_string(), freshness(&facts, now));
    let context = ListContext {
        vocabularies: app.vocabularies,
        carried: &carried,
        freshness: app.store()?.schedule_facts(now).await?.into_iter().map(fresh).collect(),
        found: Found::by(&app, SearchRequest::new(this_hour(&app.clock))).await?,
        broken: Found::by(&app, broken_links(&app)).await?,
    };
    let resources = counted("sources.resources", context.found.resources);
    let catalogues = counted("sources.catalogues", context.found.sources());
    let page = SourcesPage {
        layout: Layout::new(word("sources.heading"), "/sources")
            .described(word("sources.description"))
            .carrying(&carried),
        summary: say("sources.summary", &[("resources", &resources), ("catalogues", &catalogues)]),
        others: said_others(&sources, &context.found),
        tallies: tallies(&sources, &context),
        groups: groups(sources, &context),
        contact: carried.address("/contact"),
    };
    Ok(present(&headers, &page))
}

/// The search for what has a broken link.
fn broken_links(app: &App) -> SearchRequest {
    let broken = vec![LinkState::Broken.name().to_owned()];
    SearchRequest { filters: BTreeMap::from([(Facet::Link, broken)]), ..SearchRequest::new(this_hour(&app.clock)) }
}

/// The catalogues of which nothing is found today: the marks count them, the number of catalogues does not.
fn said_others(sources: &[SourceHealth], found: &Found) -> Option<String> {
    let others = sources.iter().filter(|of| found.of(of.source.id.as_str()) == 0).count();
    let others = u64::try_from(others).unwrap_or(u64::MAX);
    (others > 0).then(|| counted("sources.others", others))
}

/// How many resources a catalogue holds that no search finds, in words: nearly always events that are over, and for a
/// while after a harvest what the index does not have yet.
fn said_over(stored: u64, found: u64, broken: u64) -> Option<String> {
    let over = stored.saturating_sub(found).saturating_sub(broken);
    (over > 0).then(|| counted("sources.over", over))
}

/// Whether a person should look: the last harvest went badly, or there should have been a later one.
fn mark_of(source: &SourceHealth, context: &ListContext<'_>) -> Mark {
    let fresh = context.freshness.get(source.source.id.as_str()).map_or(Mark::Idle, |(mark, _)| *mark);
    match (health(source).mark, fresh) {
        (Mark::Well, Mark::Poorly) => Mark::Poorly,
        (mark, _) => mark,
    }
}

fn tallies(sources: &[SourceHealth], context: &ListContext<'_>) -> Vec<Tally> {
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

/// Those of which something is found, as many as the start page says; those that are read, or hold what is over; the rest.
fn groups(mut sources: Vec<SourceHealth>, context: &ListContext<'_>) -> Vec<SourceGroup> {
    sources.sort_by_key(|health| health.source.name.to_lowercase());
    let (found, others): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|SourceHealth { source, .. }| context.found.of(source.id.as_str()) > 0);
    let is_read =
        |SourceHealth { source, .. }: &SourceHealth| (source.enabled && source.present) || source.resources > 0;
    let (read, idle): (Vec<_>, Vec<_>) = others.into_iter().partition(is_read);
    [(word("sources.group-found"), found), (word("sources.group-read"), read), (word("sources.group-idle"), idle)]
        .into_iter()
        .filter(|(_, sources)| !sources.is_empty())
        .map(|(heading, sources)| SourceGroup {
            heading,
            sources: sources.into_iter().map(|source| listed_source(source, context)).collect(),
        })
        .collect()
}

fn listed_source(of: SourceHealth, context: &ListContext<'_>) -> ListedSource {
    let (carried, state) = (context.carried, health(&of));
    let host = of.homepage().and_then(Outbound::parse).map(|link| link.host);
    let SourceHealth { source, last_run } = of;
    let id = source.id.as_str();
    let (fresh, freshness) = context.freshness.get(id).cloned().unwrap_or((Mark::Idle, String::new()));
    let (found, broken) = (context.found.of(id), context.broken.of(id));
    ListedSource {
        // Ids of sources need no escaping in an address.
        href: carried.address(&format!("/sources/{id}")),
        search: (found > 0).then(|| carried.address(&format!("/?source={id}"))),
        over: said_over(source.resources, found, broken),
        broken: (broken > 0).then(|| PageLink {
            href: carried.address(&format!("/?source={id}&link=broken")),
            label: say("sources.broken", &[("n", &thousands(broken))]),
        }),
        host,
        licence: said_licence(source.licence.as_deref(), context.vocabularies),
        resources: thousands(found),
        health: state.words,
        mark: state.mark.class(),
        reason: last_run.as_ref().and_then(|run| run.reason.clone()),
        freshness,
        freshness_mark: fresh.class(),
        schedule: said_schedule(&source.schedule),
        counts: last_run.as_ref().map(|run| said_counts(&run.counts)),
        id: id.to_owned(),
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
    use crate::catalogue::HarvestState;

    /// Of the seven resources of the catalogue two have broken links, and so many are found.
    fn context(carried: &Carried, found: u64) -> ListContext<'_> {
        let late = ("example-society".to_owned(), (Mark::Poorly, "late".to_owned()));
        let of = |count: u64| Found { resources: count, by_source: [("example-society".to_owned(), count)].into() };
        ListContext {
            vocabularies: Vocabularies::shipped(),
            carried,
            freshness: BTreeMap::from([late]),
            found: if found > 0 { of(found) } else { Found::default() },
            broken: of(2),
        }
    }

    #[test]
    fn catalogues_stand_by_what_is_found_of_them() {
        let mut off = source(None);
        off.source.enabled = false;
        let mut empty = off.clone();
        empty.source.resources = 0;
        let carried = Carried::default();
        let headings = |of: &SourceHealth, found: u64| -> Vec<&str> {
            groups(vec![of.clone()], &context(&carried, found)).iter().map(|group| group.heading).collect()
        };
        assert_eq!(headings(&off, 5), [word("sources.group-found")], "off, but what it gave is still found");
        assert_eq!(headings(&off, 0), [word("sources.group-read")], "all that it holds is over");
        assert_eq!(headings(&source(None), 0), [word("sources.group-read")], "read for the first time soon");
        assert_eq!(headings(&empty, 0), [word("sources.group-idle")]);
    }

    #[test]
    fn what_no_search_finds_is_said_apart_and_leads_nowhere() {
        let carried = Carried::default();
        let listed = |found| listed_source(source(None), &context(&carried, found));
        let all = listed(5);
        assert_eq!((all.resources.as_str(), all.over), ("5", None), "the other two have broken links");
        let none = listed(0);
        assert_eq!((none.resources.as_str(), none.search), ("0", None), "it would be counted as a search in vain");
        assert!(none.over.is_some_and(|over| over.starts_with('5')));
    }

    #[test]
    fn what_the_marks_count_and_the_sum_does_not_is_said() {
        let (sources, carried) = ([source(Some(HarvestState::Ok))], Carried::default());
        assert_eq!(said_others(&sources, &context(&carried, 5).found), None);
        let said = said_others(&sources, &context(&carried, 0).found);
        assert!(said.is_some_and(|said| said.starts_with("1 more catalogue ")));
    }

    #[test]
    fn one_that_went_well_long_ago_is_not_well() {
        let (sources, carried) = ([source(Some(HarvestState::Ok))], Carried::default());
        let numbers: Vec<String> =
            tallies(&sources, &context(&carried, 0)).into_iter().map(|tally| tally.number).collect();
        assert_eq!(numbers, ["0", "1", "0"]);
    }
}
