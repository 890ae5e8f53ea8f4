//! `/sources/{id}`: all that is known of one catalogue. How it is read and how that went, what it says of its resources
//! and what it leaves open, which of its words nobody understands, and what it shares with others.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::{Facet, SearchRequest, SearchResults};
use schemas::{ControlledField, LinkState};

use super::health::{Health, Mark, freshness, health, health_after, said_counts, said_schedule};
use super::{carried_alone, said_licence};
use crate::api::sources::{SourceAnswer, find_source, present_in_public, present_source};
use crate::app::App;
use crate::catalogue::{HarvestManner, HarvestRow, SourceRow, UnmappedOfSource};
use crate::error::AppError;
use crate::pages::carried::Carried;
use crate::pages::coverage::shared::{SharedPair, percent, shared_pairs};
use crate::pages::errors::PageError;
use crate::pages::facet_words::{legend, value_label};
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::outbound::Outbound;
use crate::pages::present;
use crate::pages::wording::{counted, moment, say, shorten, thousands, word};
use crate::web::path::PathId;
use crate::web::query::this_hour;

/// A quarter of a year of weekly runs, and a fortnight of daily ones.
const RUNS: usize = 14;
/// So many words that nobody understands: what a person maps in one sitting.
const WORDS: usize = 40;
/// A word longer than this is a sentence.
const WORD_CHARACTERS: usize = 80;

/// What a teacher asks of a resource, as far as it can be counted by facet.
const ASKED: [Facet; 7] = [
    Facet::Controlled(ControlledField::Type),
    Facet::Controlled(ControlledField::Subject),
    Facet::Controlled(ControlledField::Level),
    Facet::Controlled(ControlledField::Audience),
    Facet::Controlled(ControlledField::Cost),
    Facet::Controlled(ControlledField::Licence),
    Facet::Publisher,
];

#[derive(Template)]
#[template(path = "source.html")]
struct SourcePage {
    layout: Layout,
    back: String,
    name: String,
    organisation: String,
    homepage: Option<Outbound>,
    health: &'static str,
    mark: &'static str,
    reason: Option<String>,
    /// "12 records would go, and wait for a person to look".
    held: Option<String>,
    freshness: String,
    freshness_mark: &'static str,
    facts: Vec<Fact>,
    answers: Vec<AnswerLine>,
    runs: Vec<Run>,
    words: Vec<WordLine>,
    /// "and 12 more".
    more_words: Option<String>,
    shared: Vec<SharedPair>,
    ways_on: Vec<WayOn>,
    contact: String,
}

/// One fact: what it is, and what it says.
struct Fact {
    label: &'static str,
    says: String,
    href: Option<String>,
}

/// How many resources answer one question.
struct AnswerLine {
    label: &'static str,
    said: String,
    inferred: String,
    missing: String,
    /// Percents, for the bar.
    said_percent: u64,
    known_percent: u64,
    /// The search for those that do not answer it.
    href: Option<String>,
}

/// One harvest.
struct Run {
    id: String,
    when: String,
    health: Health,
    manner: &'static str,
    counts: String,
    reason: Option<String>,
    problems: Option<String>,
}

struct WordLine {
    field: &'static str,
    word: String,
    records: String,
}

/// Where a program reads on.
struct WayOn {
    href: String,
    label: &'static str,
}

/// One catalogue.
pub(in crate::pages) async fn show_source(
    State(app): State<App>,
    path: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let PathId(id) = path?;
    let row = find_source(&app, &id).await?;
    let carried = carried_alone(raw.as_deref())?;
    Ok(present(&headers, &page(&app, row, &carried).await?))
}

async fn page(app: &App, row: SourceRow, carried: &Carried) -> Result<SourcePage, AppError> {
    let (id, allows_republishing, kind) = (row.id.clone(), row.allows_republishing, row.kind.clone());
    let source = present_source(app, row).await?;
    let now = app.clock.now();
    let facts = app.catalogue.schedule_facts(now).await?.into_iter().find(|facts| facts.source == id);
    let (fresh, freshness) = facts.map_or((Mark::Idle, String::new()), |facts| freshness(&facts, now));
    let runs = app.catalogue.harvests_of(&id, RUNS).await?;
    let (words, words_total) = app.catalogue.unmapped_of(&id, WORDS).await?;
    let more_words = words_total.saturating_sub(u64::try_from(words.len()).unwrap_or(u64::MAX));
    let shared = shared_pairs(app, |count| count.one == id || count.other == id).await?;
    let counted_facts = CountedSource::of(app, &source.id).await?;
    let state = health(&source);
    Ok(SourcePage {
        layout: Layout::new(&source.name, "/sources")
            .described(&say("sources.one-description", &[("name", &source.name)]))
            .carrying(carried),
        back: carried.address("/sources"),
        homepage: source.homepage.as_deref().and_then(Outbound::parse),
        health: state.words,
        mark: state.mark.class(),
        reason: source.last_harvest.as_ref().and_then(|harvest| harvest.reason.clone()),
        held: held(app, &source).await?,
        freshness,
        freshness_mark: fresh.class(),
        facts: fact_lines(app, &source, &counted_facts, carried, &kind, allows_republishing),
        answers: answer_lines(&source.id, &counted_facts, carried),
        runs: runs.into_iter().map(run).collect(),
        words: words.iter().map(word_line).collect(),
        more_words: (more_words > 0).then(|| counted("sources.more", more_words)),
        shared,
        ways_on: ways_on(&source.id),
        contact: carried.address("/contact"),
        name: source.name,
        organisation: source.organisation,
    })
}

/// What searches for one catalogue count.
struct CountedSource {
    all: SearchResults,
    stated: SearchResults,
    broken: u64,
}

impl CountedSource {
    async fn of(app: &App, id: &str) -> Result<Self, AppError> {
        let mut request = SearchRequest {
            facets: ASKED.into(),
            facet_limit: 1,
            limit: 0,
            help: false,
            ..SearchRequest::new(this_hour(&app.clock))
        };
        request.filters.insert(Facet::Source, vec![id.to_owned()]);
        let stated = SearchRequest { stated_only: true, ..request.clone() };
        let mut broken = SearchRequest { facets: Vec::new(), ..request.clone() };
        broken.filters.insert(Facet::Link, vec![LinkState::Broken.name().to_owned()]);
        Ok(Self {
            all: app.search(request).await?,
            stated: app.search(stated).await?,
            broken: app.search(broken).await?.total,
        })
    }
}

fn not_stated(results: &SearchResults, facet: Facet) -> u64 {
    results.facets.iter().find(|counts| counts.facet == facet).map_or(0, |counts| counts.not_stated)
}

async fn held(app: &App, source: &SourceAnswer) -> Result<Option<String>, AppError> {
    let Some(harvest) = source.last_harvest.as_ref().filter(|harvest| harvest.state == "held") else {
        return Ok(None);
    };
    let (_, total) = app.catalogue.held_records(&harvest.id, 0, 0).await?;
    Ok((total > 0).then(|| counted("sources.held", total)))
}

fn fact_lines(
    app: &App,
    source: &SourceAnswer,
    counted_facts: &CountedSource,
    carried: &Carried,
    kind: &str,
    allows_republishing: bool,
) -> Vec<Fact> {
    let nation = Facet::Controlled(ControlledField::Nation);
    let republished = if allows_republishing { word("sources.terms-whole") } else { word("sources.terms-short") };
    let licence = said_licence(source.licence.as_deref(), app.vocabularies);
    let id = &source.id;
    let search = |more: &str, count: u64| (count > 0).then(|| carried.address(&format!("/?source={id}{more}")));
    let plain = |label: &'static str, says: String| Fact { label, says, href: None };
    vec![
        Fact {
            label: word("sources.fact-resources"),
            says: thousands(counted_facts.all.total),
            href: search("", counted_facts.all.total),
        },
        Fact {
            label: word("sources.fact-broken"),
            says: thousands(counted_facts.broken),
            href: search("&link=broken", counted_facts.broken),
        },
        plain(word("sources.fact-licence"), say("sources.terms", &[("licence", &licence), ("how", &republished)])),
        plain(word("sources.fact-schedule"), said_schedule(&source.schedule).to_owned()),
        plain(word("sources.fact-kind"), said_kind(kind).to_owned()),
        plain(word("sources.fact-nation"), value_label(app.vocabularies, &app.source_names(), nation, &source.nation)),
    ]
}

/// How it is read; the names of kinds are those of source files.
fn said_kind(kind: &str) -> &str {
    match kind {
        "oai-pmh" => word("sources.kind-oai-pmh"),
        "sitemap" => word("sources.kind-sitemap"),
        "listing" => word("sources.kind-listing"),
        "feed" => word("sources.kind-feed"),
        "table" => word("sources.kind-table"),
        "json" => word("sources.kind-json"),
        "marc" => word("sources.kind-marc"),
        other => other,
    }
}

fn answer_lines(id: &str, counted_facts: &CountedSource, carried: &Carried) -> Vec<AnswerLine> {
    let CountedSource { all, stated, .. } = counted_facts;
    if all.total == 0 {
        return Vec::new();
    }
    let line = |facet: Facet| {
        let missing = not_stated(all, facet);
        let known = all.total.saturating_sub(missing);
        let said = stated.total.saturating_sub(not_stated(stated, facet)).min(known);
        AnswerLine {
            label: legend(facet),
            said: thousands(said),
            inferred: thousands(known - said),
            missing: thousands(missing),
            said_percent: percent(said, all.total),
            known_percent: percent(known, all.total),
            href: (missing > 0).then(|| carried.address(&format!("/?source={id}&{}=_none", facet.name()))),
        }
    };
    ASKED.map(line).into()
}

fn run(row: HarvestRow) -> Run {
    let manner = match row.manner {
        HarvestManner::Harvest => word("sources.manner-harvest"),
        HarvestManner::Replay => word("sources.manner-replay"),
        HarvestManner::Push => word("sources.manner-push"),
        HarvestManner::PushAll => word("sources.manner-push-all"),
    };
    let harvest = present_in_public(row);
    Run {
        when: moment(harvest.finished.as_deref().unwrap_or(&harvest.started)),
        health: health_after(&harvest.state),
        manner,
        counts: said_counts(&harvest),
        problems: (harvest.problems > 0).then(|| counted("sources.problems", harvest.problems)),
        id: harvest.id,
        reason: harvest.reason,
    }
}

fn word_line(unmapped: &UnmappedOfSource) -> WordLine {
    WordLine {
        field: legend(Facet::Controlled(unmapped.field)),
        word: shorten(&unmapped.word, WORD_CHARACTERS),
        records: thousands(unmapped.records),
    }
}

fn ways_on(id: &str) -> Vec<WayOn> {
    [
        (format!("/v1/sources/{id}"), word("sources.api-health")),
        (format!("/v1/sources/{id}/reconciliation"), word("sources.api-reconciliation")),
        (format!("/v1/resources?source={id}"), word("sources.api-resources")),
        (format!("/v1/export.csv?source={id}"), word("sources.api-csv")),
        (format!("/v1/feed.atom?source={id}"), word("sources.api-feed")),
    ]
    .into_iter()
    .map(|(href, label)| WayOn { href, label })
    .collect()
}
