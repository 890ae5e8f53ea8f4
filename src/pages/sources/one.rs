//! `/sources/{id}`: all that is known of one catalogue. How it is read and how that went, what it says of its resources
//! and what it leaves open, which of its words nobody understands, and what it shares with others; each of these pairs
//! has a page of its own.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::{Facet, SearchRequest, SearchResults};
use schemas::{ControlledField, LinkState, Location, Source};

use super::health::{Health, Mark, freshness, health, health_after, said_counts, said_schedule};
use super::shared::{asked_pair, shared_page};
use super::{PageLink, said_licence, said_over};
use crate::app::App;
use crate::catalogue::{HarvestManner, HarvestRow, HarvestState, SourceRow, UnmappedOfSource};
use crate::error::AppError;
use crate::health::{PublicRun, SourceHealth, find_source, health_of};
use crate::pages::carried::Carried;
use crate::pages::errors::PageError;
use crate::pages::facet_words::{legend, value_label};
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::outbound::Outbound;
use crate::pages::present;
use crate::pages::shared::{SharedPair, percent, shared_pairs};
use crate::pages::wording::{counted, moment, say, shorten, thousands, word};
use crate::web::path::PathId;
use crate::web::query::{LEVEL, SUBJECT, this_hour};

/// A quarter of a year of weekly runs, and a fortnight of daily ones.
const RUNS: usize = 14;
/// A word longer than this is a sentence.
const WORD_CHARACTERS: usize = 80;

/// What a teacher asks of a resource, as far as it can be counted by facet.
const ASKED: [Facet; 7] = [
    Facet::Controlled(ControlledField::Type),
    SUBJECT,
    LEVEL,
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
    /// Where a program reads on.
    ways_on: Vec<PageLink>,
    contact: String,
}

/// One fact: what it is, and what it says.
struct Fact {
    label: &'static str,
    says: String,
    href: Option<String>,
    /// What is not counted in it.
    aside: Option<String>,
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

/// One catalogue.
pub(in crate::pages) async fn show_source(
    State(app): State<App>,
    path: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let PathId(id) = path?;
    let (carried, pair) = asked_pair(raw.as_deref())?;
    let source = find_source(&app, &id).await?;
    match pair {
        Some(pair) => Ok(present(&headers, &shared_page(&app, source, &pair, &carried).await?)),
        None => Ok(present(&headers, &page(&app, health_of(&app, source).await?, &carried).await?)),
    }
}

async fn page(app: &App, of: SourceHealth, carried: &Carried) -> Result<SourcePage, AppError> {
    let state = health(&of);
    let homepage = of.homepage().and_then(Outbound::parse);
    let SourceHealth { source, last_run } = of;
    let id = &source.id;
    let now = app.clock.now();
    let facts = app.store()?.schedule_facts_of(id, now).await?;
    let (fresh, freshness) = facts.map_or((Mark::Idle, String::new()), |facts| freshness(&facts, now));
    let runs = app.store()?.harvests_of(id, RUNS).await?;
    let unmapped = app.unmapped_within_the_hour(id).await?;
    let (words, words_total) = &*unmapped;
    let more_words = words_total.saturating_sub(u64::try_from(words.len()).unwrap_or(u64::MAX));
    let shared = shared_pairs(app, carried, |count| count.one == *id || count.other == *id).await?;
    let counted_facts = CountedSource::of(app, id.as_str()).await?;
    Ok(SourcePage {
        layout: Layout::new(&source.name, "/sources")
            .described(&say("sources.one-description", &[("name", &source.name)]))
            .carrying(carried),
        back: carried.address("/sources"),
        homepage,
        health: state.words,
        mark: state.mark.class(),
        reason: last_run.as_ref().and_then(|run| run.reason.clone()),
        held: held(app, last_run.as_ref()).await?,
        freshness,
        freshness_mark: fresh.class(),
        facts: fact_lines(app, &source, &counted_facts, carried),
        answers: answer_lines(id.as_str(), &counted_facts, carried),
        runs: runs.into_iter().map(PublicRun::of).map(run).collect(),
        words: words.iter().map(word_line).collect(),
        more_words: (more_words > 0).then(|| counted("sources.more", more_words)),
        shared,
        ways_on: ways_on(id.as_str()),
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

async fn held(app: &App, last_run: Option<&PublicRun>) -> Result<Option<String>, AppError> {
    let Some(run) = last_run.filter(|run| run.state == HarvestState::Held) else {
        return Ok(None);
    };
    let total = app.store()?.held_waiting(&run.id).await?;
    Ok((total > 0).then(|| counted("sources.held", total)))
}

fn fact_lines(app: &App, source: &SourceRow, counted_facts: &CountedSource, carried: &Carried) -> Vec<Fact> {
    let nation = Facet::Controlled(ControlledField::Nation);
    let republished =
        if source.allows_republishing { word("sources.terms-whole") } else { word("sources.terms-short") };
    let licence = said_licence(source.licence.as_deref(), app.vocabularies);
    let id = &source.id;
    let (found, broken) = (counted_facts.all.total, counted_facts.broken);
    let search = |more: &str, count: u64| (count > 0).then(|| carried.address(&format!("/?source={id}{more}")));
    let plain = |label: &'static str, says: String| Fact { label, says, href: None, aside: None };
    vec![
        Fact {
            label: word("sources.fact-resources"),
            says: thousands(found),
            href: search("", found),
            aside: said_over(source.resources, found, broken),
        },
        Fact {
            label: word("sources.fact-broken"),
            says: thousands(broken),
            href: search("&link=broken", broken),
            aside: None,
        },
        plain(word("sources.fact-licence"), say("sources.terms", &[("licence", &licence), ("how", &republished)])),
        plain(word("sources.fact-schedule"), said_schedule(&source.schedule).to_owned()),
        plain(word("sources.fact-kind"), said_way(source).to_owned()),
        plain(word("sources.fact-nation"), value_label(app.vocabularies, &app.source_names(), nation, &source.nation)),
    ]
}

/// Where it is read: in a file that somebody wrote, or out on the network.
fn said_way(source: &SourceRow) -> &str {
    let read = Source::parse(&source.file, &source.toml);
    let is_file = read.is_ok_and(|read| matches!(read.location, Location::File(_)));
    match (is_file, source.shipped) {
        (true, true) => word("sources.kind-shipped"),
        (true, false) => word("sources.kind-file"),
        (false, _) => said_kind(&source.kind),
    }
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

fn run(run: PublicRun) -> Run {
    let manner = match run.manner {
        HarvestManner::Harvest => word("sources.manner-harvest"),
        HarvestManner::Replay => word("sources.manner-replay"),
        HarvestManner::Push => word("sources.manner-push"),
        HarvestManner::PushAll => word("sources.manner-push-all"),
    };
    let HarvestRow { id, state, reason, started, finished, counts, problems, .. } = run.into_row();
    Run {
        id,
        when: moment(finished.as_deref().unwrap_or(&started)),
        health: health_after(state),
        manner,
        counts: said_counts(&counts),
        reason,
        problems: (problems > 0).then(|| counted("sources.problems", problems)),
    }
}

fn word_line(unmapped: &UnmappedOfSource) -> WordLine {
    WordLine {
        field: legend(Facet::Controlled(unmapped.field)),
        word: shorten(&unmapped.word, WORD_CHARACTERS),
        records: thousands(unmapped.records),
    }
}

fn ways_on(id: &str) -> Vec<PageLink> {
    [
        (format!("/v1/sources/{id}"), word("sources.api-health")),
        (format!("/v1/sources/{id}/reconciliation"), word("sources.api-reconciliation")),
        (format!("/v1/resources?source={id}"), word("sources.api-resources")),
        (format!("/v1/export.csv?source={id}"), word("sources.api-csv")),
        (format!("/v1/feed.atom?source={id}"), word("sources.api-feed")),
    ]
    .into_iter()
    .map(|(href, label)| PageLink { href, label: label.to_owned() })
    .collect()
}
