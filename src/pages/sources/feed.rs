//! `/sources.atom`: the last harvest of every catalogue as a feed, so that a catalogue's owner hears of a bad one where
//! they read their news. Source: RFC 4287.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::health::{health, said_counts};
use crate::app::App;
use crate::health::{PublicRun, SourceHealth, health_of_all};
use crate::pages::errors::PageError;
use crate::pages::wording::{say, word};
use crate::web::etag;
use crate::web::query::refuse_parameters;
use crate::xml::Xml;

const MEDIA_TYPE: &str = "application/atom+xml";

/// The health of all catalogues as an Atom feed, what happened last first.
pub(in crate::pages) async fn show_feed(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    refuse_parameters(raw.as_deref())?;
    let sources = health_of_all(&app).await?;
    // An empty feed must say when it was changed as well. Source: RFC 4287, 4.1.1.
    let hour = app.clock.now().strftime("%Y-%m-%dT%H:00:00Z").to_string();
    Ok(etag::answer(&headers, MEDIA_TYPE, write(&sources, app.public_url(), &hour)))
}

fn write(sources: &[SourceHealth], public_url: &str, hour: &str) -> String {
    let mut last: Vec<(&SourceHealth, &PublicRun)> =
        sources.iter().filter_map(|health| Some((health, health.last_run.as_ref()?))).collect();
    last.sort_by(|(one, a), (other, b)| moment(b).cmp(moment(a)).then_with(|| one.source.id.cmp(&other.source.id)));
    let (address, page) = (format!("{public_url}/sources.atom"), format!("{public_url}/sources"));
    let mut document = Xml::document();
    document.holding("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", "en-GB")], |xml| {
        xml.text("id", &[], &address);
        xml.text("title", &[], word("sources.feed-title"));
        xml.text("subtitle", &[], word("sources.feed-about"));
        xml.empty("link", &[("rel", "self"), ("type", MEDIA_TYPE), ("href", &address)]);
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &page)]);
        xml.text("updated", &[], last.first().map_or(hour, |(_, run)| moment(run)));
        xml.holding("author", &[], |xml| {
            xml.text("name", &[], word("frame.name"));
            xml.text("uri", &[], &format!("{public_url}/"));
        });
        for (source, run) in &last {
            xml.holding("entry", &[], |xml| write_entry(xml, source, run, &page));
        }
    });
    document.into_string()
}

/// A harvest that goes on is told again, under the same id, when it has ended.
fn write_entry(xml: &mut Xml, of: &SourceHealth, run: &PublicRun, page: &str) {
    // The page has the harvest under this name as long as it is among the last.
    let address = format!("{page}/{}#run-{}", of.source.id, run.id);
    let (health, name) = (health(of).words, &of.source.name);
    xml.text("id", &[], &address);
    xml.text("title", &[("type", "text")], &say("sources.feed-entry", &[("health", &health), ("name", name)]));
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &address)]);
    xml.text("published", &[], &run.started);
    xml.text("updated", &[], moment(run));
    let counts = said_counts(&run.counts);
    let summary = match &run.reason {
        Some(reason) => say("sources.feed-reason", &[("counts", &counts), ("reason", reason)]),
        None => counts,
    };
    xml.text("summary", &[("type", "text")], &summary);
    xml.empty("category", &[("term", run.state.name())]);
}

/// When it ended, or began where it goes on. All are written in UTC with whole seconds, so text order is time order.
fn moment(run: &PublicRun) -> &str {
    run.finished.as_deref().unwrap_or(&run.started)
}

#[cfg(test)]
mod tests {
    use super::super::testing::source;
    use super::*;
    use crate::catalogue::HarvestState;

    #[test]
    fn each_last_harvest_is_an_entry_and_names_are_text() {
        let feed = write(
            &[source(Some(HarvestState::Held)), source(None)],
            "https://signpost.example",
            "2026-11-22T09:00:00Z",
        );
        assert_eq!(feed.matches("<entry>").count(), 1, "{feed}");
        assert!(feed.contains("<id>https://signpost.example/sources/example-society#run-1</id>"), "{feed}");
        assert!(feed.contains("<category term=\"held\"/>") && feed.contains("Example &lt;b&gt;"), "{feed}");
        assert!(feed.contains("<updated>2026-11-21T09:00:00Z</updated>"), "{feed}");
    }

    #[test]
    fn a_feed_without_harvests_was_changed_at_this_hour() {
        let feed = write(&[source(None)], "https://signpost.example", "2026-11-22T09:00:00Z");
        assert!(feed.contains("<updated>2026-11-22T09:00:00Z</updated>") && !feed.contains("<entry>"), "{feed}");
    }
}
