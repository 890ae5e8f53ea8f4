//! `/sources.atom`: how every catalogue is, as a feed, so that its owner hears of what is wrong where they read their news:
//! its last harvest with how fresh it is, its broken links, what is held and which words nobody understands; and an entry
//! of its own when it became late, for then no harvest tells of it. Source: RFC 4287.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;

use super::broken_links;
use super::found::Found;
use super::health::{freshness, health, said_counts};
use crate::app::App;
use crate::catalogue::{HarvestState, ScheduleFacts};
use crate::error::AppError;
use crate::health::{PublicRun, SourceHealth, health_of_all};
use crate::pages::errors::PageError;
use crate::pages::wording::{counted, say, thousands, word};
use crate::schedule::{Schedule, is_silent};
use crate::web::etag;
use crate::web::query::refuse_parameters;
use crate::xml::Xml;

const MEDIA_TYPE: &str = "application/atom+xml";

/// What the feed tells of catalogues besides their harvests, by their ids.
#[derive(Default)]
struct Figures {
    /// How fresh each is, in words.
    fresh: BTreeMap<String, String>,
    /// Since when those are late that are.
    late: BTreeMap<String, Timestamp>,
    broken: Found,
    /// How many words of each no vocabulary knows.
    unknown_words: BTreeMap<String, u64>,
    /// What waits for a person, in words.
    held: BTreeMap<String, String>,
}

/// One entry: what happened to a catalogue, and when.
struct Entry<'a> {
    of: &'a SourceHealth,
    at: String,
    /// The harvest; with none it became late.
    run: Option<&'a PublicRun>,
}

/// The health of all catalogues as an Atom feed, what happened last first.
pub(in crate::pages) async fn show_feed(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    refuse_parameters(raw.as_deref())?;
    let sources = health_of_all(&app).await?;
    let figures = Figures::of(&app, &sources).await?;
    // An empty feed must say when it was changed as well. Source: RFC 4287, 4.1.1.
    let hour = app.clock.now().strftime("%Y-%m-%dT%H:00:00Z").to_string();
    Ok(etag::answer(&headers, MEDIA_TYPE, write(&sources, &figures, app.public_url(), &hour)))
}

impl Figures {
    async fn of(app: &App, sources: &[SourceHealth]) -> Result<Self, AppError> {
        let now = app.clock.now();
        let mut figures = Self { broken: Found::by(app, broken_links(app)).await?, ..Self::default() };
        for facts in app.store()?.schedule_facts(now).await? {
            let id = facts.source.to_string();
            if let Some(since) = late_since(&facts, now) {
                figures.late.insert(id.clone(), since);
            }
            figures.fresh.insert(id, freshness(&facts, now).1);
        }
        for of in sources {
            let Some(run) = &of.last_run else { continue };
            let id = of.source.id.to_string();
            let unmapped = app.unmapped_within_the_hour(&of.source.id).await?;
            figures.unknown_words.insert(id.clone(), unmapped.1);
            if run.state == HarvestState::Held {
                let total = app.store()?.held_waiting(&run.id).await?;
                figures.held.insert(id, counted("sources.held", total));
            }
        }
        Ok(figures)
    }

    /// All of them of one catalogue, in words.
    fn said(&self, id: &str) -> String {
        let broken = thousands(self.broken.of(id));
        let mut said: Vec<String> = self.fresh.get(id).cloned().into_iter().collect();
        said.push(format!("{}: {broken}", word("sources.fact-broken")));
        if let Some(words) = self.unknown_words.get(id) {
            said.push(format!("{}: {}", word("sources.words"), thousands(words)));
        }
        said.extend(self.held.get(id).cloned());
        said.join(". ")
    }
}

/// Since when a catalogue is late, to the second; `None` for one that is in time, or that nobody waits for.
fn late_since(facts: &ScheduleFacts, now: Timestamp) -> Option<Timestamp> {
    let schedule = Schedule::parse(&facts.schedule).ok()?;
    let is_late = |second: i64| {
        let at = Timestamp::from_second(second);
        at.is_ok_and(|at| is_silent(&schedule, facts.last_ok_at, facts.first_known, at))
    };
    let (mut early, mut late) = (facts.last_ok_at.unwrap_or(facts.first_known).as_second(), now.as_second());
    if !facts.enabled || !is_late(late) {
        return None;
    }
    // A schedule tells of one moment whether it is too late, so the first of them is looked for by halves.
    while late.saturating_sub(early) > 1 {
        let middle = early.midpoint(late);
        if is_late(middle) {
            late = middle;
        } else {
            early = middle;
        }
    }
    Timestamp::from_second(late).ok()
}

/// What happened, the newest first.
fn entries<'a>(sources: &'a [SourceHealth], figures: &Figures) -> Vec<Entry<'a>> {
    let harvested = sources.iter().filter_map(|of| {
        let run = of.last_run.as_ref()?;
        Some(Entry { of, at: moment(run).to_owned(), run: Some(run) })
    });
    let late = sources.iter().filter_map(|of| {
        let since = figures.late.get(of.source.id.as_str())?;
        Some(Entry { of, at: since.to_string(), run: None })
    });
    let mut entries: Vec<Entry<'_>> = harvested.chain(late).collect();
    entries.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.of.source.id.cmp(&other.of.source.id)));
    entries
}

fn write(sources: &[SourceHealth], figures: &Figures, public_url: &str, hour: &str) -> String {
    let entries = entries(sources, figures);
    let (address, page) = (format!("{public_url}/sources.atom"), format!("{public_url}/sources"));
    let mut document = Xml::document();
    document.holding("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", "en-GB")], |xml| {
        xml.text("id", &[], &address);
        xml.text("title", &[], word("sources.feed-title"));
        xml.text("subtitle", &[], word("sources.feed-about"));
        xml.empty("link", &[("rel", "self"), ("type", MEDIA_TYPE), ("href", &address)]);
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &page)]);
        xml.text("updated", &[], entries.first().map_or(hour, |entry| entry.at.as_str()));
        xml.holding("author", &[], |xml| {
            xml.text("name", &[], word("frame.name"));
            xml.text("uri", &[], &format!("{public_url}/"));
        });
        for entry in &entries {
            xml.holding("entry", &[], |xml| match entry.run {
                Some(run) => write_harvest(xml, entry, run, figures, &page),
                None => write_late(xml, entry, figures, &page),
            });
        }
    });
    document.into_string()
}

/// A harvest that goes on is told again, under the same id, when it has ended.
fn write_harvest(xml: &mut Xml, entry: &Entry<'_>, run: &PublicRun, figures: &Figures, page: &str) {
    let source = &entry.of.source;
    // The page has the harvest under this name as long as it is among the last.
    let address = format!("{page}/{}#run-{}", source.id, run.id);
    let health = health(entry.of).words;
    xml.text("id", &[], &address);
    xml.text("title", &[("type", "text")], &say("sources.feed-entry", &[("health", &health), ("name", &source.name)]));
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &address)]);
    xml.text("published", &[], &run.started);
    xml.text("updated", &[], &entry.at);
    let counts = said_counts(&run.counts);
    let summary = match &run.reason {
        Some(reason) => say("sources.feed-reason", &[("counts", &counts), ("reason", reason)]),
        None => counts,
    };
    let summary = format!("{summary}. {}", figures.said(source.id.as_str()));
    xml.text("summary", &[("type", "text")], &summary);
    xml.empty("category", &[("term", run.state.name())]);
}

/// That it became late is one entry, for as long as it is; should it become so again, that is another.
fn write_late(xml: &mut Xml, entry: &Entry<'_>, figures: &Figures, page: &str) {
    let source = &entry.of.source;
    let address = format!("{page}/{}", source.id);
    let fresh = figures.fresh.get(source.id.as_str()).map_or("", String::as_str);
    xml.text("id", &[], &format!("{address}#late-{}", entry.at));
    xml.text("title", &[("type", "text")], &say("sources.feed-entry", &[("health", &fresh), ("name", &source.name)]));
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &address)]);
    xml.text("updated", &[], &entry.at);
    xml.text("summary", &[("type", "text")], &figures.said(source.id.as_str()));
    xml.empty("category", &[("term", "late")]);
}

/// When it ended, or began where it goes on. All are written in UTC with whole seconds, so text order is time order.
fn moment(run: &PublicRun) -> &str {
    run.finished.as_deref().unwrap_or(&run.started)
}

#[cfg(test)]
mod tests {
    use super::super::testing::source;
    use super::*;

    const ORIGIN: &str = "https://signpost.example";
    const HOUR: &str = "2026-11-22T09:00:00Z";

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn figures() -> Figures {
        let id = "example-society".to_owned();
        Figures {
            fresh: BTreeMap::from([(id.clone(), "Fresh as of Monday".to_owned())]),
            late: BTreeMap::new(),
            broken: Found { resources: 12, by_source: BTreeMap::from([(id.clone(), 12)]) },
            unknown_words: BTreeMap::from([(id.clone(), 345)]),
            held: BTreeMap::from([(id, "Sixty would disappear.".to_owned())]),
        }
    }

    #[test]
    fn each_last_harvest_is_an_entry_and_names_are_text() {
        let feed = write(&[source(Some(HarvestState::Held)), source(None)], &Figures::default(), ORIGIN, HOUR);
        assert_eq!(feed.matches("<entry>").count(), 1, "{feed}");
        assert!(feed.contains("<id>https://signpost.example/sources/example-society#run-1</id>"), "{feed}");
        assert!(feed.contains("<category term=\"held\"/>") && feed.contains("Example &lt;b&gt;"), "{feed}");
        assert!(feed.contains("<updated>2026-11-21T09:00:00Z</updated>"), "{feed}");
    }

    #[test]
    fn an_entry_tells_how_fresh_it_is_and_what_is_broken_held_and_not_understood() {
        let feed = write(&[source(Some(HarvestState::Held))], &figures(), ORIGIN, HOUR);
        for said in ["Fresh as of Monday", ": 12", ": 345", "Sixty would disappear."] {
            assert!(feed.contains(said), "{said}: {feed}");
        }
    }

    #[test]
    fn a_catalogue_that_became_late_is_an_entry_of_its_own_with_the_moment() {
        let late = BTreeMap::from([("example-society".to_owned(), time("2026-11-22T03:00:00Z"))]);
        let feed = write(&[source(Some(HarvestState::Ok))], &Figures { late, ..figures() }, ORIGIN, HOUR);
        assert_eq!(feed.matches("<entry>").count(), 2, "{feed}");
        assert!(feed.contains("<category term=\"late\"/>"), "{feed}");
        assert!(feed.contains("/sources/example-society#late-2026-11-22T03:00:00Z</id>"), "{feed}");
        assert!(feed.find("#late-") < feed.find("#run-1"), "what happened last stands first: {feed}");
    }

    #[test]
    fn a_feed_without_harvests_was_changed_at_this_hour() {
        let feed = write(&[source(None)], &Figures::default(), ORIGIN, HOUR);
        assert!(feed.contains("<updated>2026-11-22T09:00:00Z</updated>") && !feed.contains("<entry>"), "{feed}");
    }

    #[test]
    fn the_first_late_moment_is_found_to_the_second() {
        let facts = ScheduleFacts {
            source: schemas::SourceId::parse("a").expect("an id"),
            schedule: "daily".to_owned(),
            present: true,
            enabled: true,
            first_known: time("2026-11-01T00:00:00Z"),
            last_ok_at: Some(time("2026-11-11T02:00:00Z")),
            last_run: None,
            failures_in_a_row: 0,
            postponed_until: None,
            held: None,
            job_since: None,
            is_running: false,
        };
        // A daily one after three days.
        let since = late_since(&facts, time(HOUR));
        assert_eq!(since, Some(time("2026-11-14T02:00:01Z")));
        assert_eq!(since, late_since(&facts, time("2026-12-24T09:00:00Z")), "it stays the same");
        assert_eq!(late_since(&facts, time("2026-11-14T02:00:00Z")), None);
        let off = ScheduleFacts { enabled: false, ..facts };
        assert_eq!(late_since(&off, time(HOUR)), None, "nobody waits for what is switched off");
    }
}
