//! Checking links: each that is due is asked once, politely, and what it answers is written down.
//!
//! Several hosts are asked at once, and of one host never two links; the pace of each is the fetcher's. A host that is
//! busy is left alone for some hours. When a link is due, and what follows from its answers, is decided by
//! [`crawler::link`] and kept by the catalogue.

use std::collections::BTreeMap;
use std::time::Duration;

use crawler::fetch::address::check_url;
use crawler::fetch::limits::DELAY;
use crawler::fetch::{Access, registrable_domain};
use crawler::link::{LinkAnswer, check_link};
use schemas::{Location, Source, parse_address};
use tokio::task::JoinSet;
use url::Url;

use crate::app::App;
use crate::catalogue::DueLink;

/// So many links are taken at once. Small enough that what is due sooner is not long behind what came before it.
const BATCH: usize = 100;
/// So many hosts are asked at once. Nearly all of the time is waiting, and harvests go on beside it.
const HOSTS_AT_ONCE: usize = 8;
/// The pause when nothing is due. A link that has to wait so much longer does not mind.
const IDLE: Duration = Duration::from_mins(1);
/// After a failure of the store, the next try.
const RETRY: Duration = Duration::from_secs(30);

/// Checks links as they become due, until the task is dropped. What was under way then is asked again hours later.
pub async fn keep_links(app: App) {
    if let Err(error) = app.catalogue.note_all_links(app.clock.now()).await {
        tracing::error!(error = %error, "the links of all resources could not be noted");
    }
    loop {
        let pause = match check_due_links(&app, BATCH).await {
            Ok(0) => IDLE,
            Ok(links) => {
                tracing::debug!(links, "links were checked");
                continue;
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "links could not be checked");
                RETRY
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Checks links that are due, at most so many, and says how many those were; those of a busy host are put off.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn check_due_links(app: &App, limit: usize) -> anyhow::Result<usize> {
    let may_ask_anybody = app.contact_is_public || app.sources().0.values().any(|booked| booked.source.allow_private);
    if !may_ask_anybody {
        return Ok(0);
    }
    let due = app.catalogue.due_links(app.clock.now(), limit).await?;
    let count = due.len();
    let mut hosts = by_host(due).into_values();
    let mut asking: JoinSet<anyhow::Result<()>> = JoinSet::new();
    loop {
        while asking.len() < HOSTS_AT_ONCE
            && let Some(links) = hosts.next()
        {
            asking.spawn(check_one_after_the_other(app.clone(), links));
        }
        let Some(ended) = asking.join_next().await else {
            return Ok(count);
        };
        match ended {
            Ok(written) => written?,
            // The links that were left come again when their lease is over.
            Err(panic) => tracing::error!(error = %panic, "checking the links of a host broke off"),
        }
    }
}

/// The links of each host, as the fetcher counts hosts, in the order in which they are due.
fn by_host(links: Vec<DueLink>) -> BTreeMap<String, Vec<DueLink>> {
    let mut hosts: BTreeMap<String, Vec<DueLink>> = BTreeMap::new();
    for link in links {
        let host = parse_address(&link.asked_url).map(|url| registrable_domain(&url)).unwrap_or_default();
        hosts.entry(host).or_default().push(link);
    }
    hosts
}

/// Checks the links of one host, until it asks to be left alone.
async fn check_one_after_the_other(app: App, links: Vec<DueLink>) -> anyhow::Result<()> {
    for (place, link) in links.iter().enumerate() {
        let answer = ask(&app, link).await;
        if app.catalogue.record_link(&link.url, &answer, app.clock.now()).await? {
            app.log_grew.notify_waiters();
        }
        if answer == LinkAnswer::Busy {
            app.catalogue.put_off_links(&links[place + 1..], app.clock.now()).await?;
            return Ok(());
        }
    }
    Ok(())
}

async fn ask(app: &App, link: &DueLink) -> LinkAnswer {
    let Ok(url) = parse_address(&link.asked_url) else {
        return LinkAnswer::Refused { reason: "it is no address".to_owned() };
    };
    let book = app.sources();
    let booked = link.sources.iter().filter_map(|id| book.0.get(id));
    let sources: Vec<&Source> = booked.map(|booked| &booked.source).collect();
    match manner(&sources, &url, app.contact_is_public) {
        Some(Manner { access, delay }) => check_link(app.fetch.as_ref(), &url, access, delay).await,
        None => LinkAnswer::Refused { reason: "nobody is asked without a public contact".to_owned() },
    }
}

/// How an address may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Manner {
    access: Access,
    delay: Duration,
}

/// How the address of a resource of these sources may be asked; `None` when it may not.
///
/// As when harvesting: whoever asks the public says who asks, and only a source whose own file allows it leads to a
/// private address. The slowest of the sources sets the pace, and on the public network none of them a faster one than
/// is usual: it is their catalogue's host that they know, and not those that it links to.
fn manner(sources: &[&Source], url: &Url, contact_is_public: bool) -> Option<Manner> {
    let opening: Vec<&Source> = sources.iter().copied().filter(|source| opens(source, url)).collect();
    if let Some(delay) = slowest(&opening) {
        return Some(Manner { access: Access::AllowPrivate, delay });
    }
    let delay = slowest(sources).unwrap_or(DELAY).max(DELAY);
    contact_is_public.then_some(Manner { access: Access::PublicOnly, delay })
}

fn slowest(sources: &[&Source]) -> Option<Duration> {
    sources.iter().map(|source| Duration::from_millis(source.limits.delay_ms)).max()
}

/// Whether the file of a source opens this address, though it may be private.
fn opens(source: &Source, url: &Url) -> bool {
    if !source.allow_private {
        return false;
    }
    match &source.location {
        // At its own host and port only, as its documents are.
        Location::Url(own) => {
            parse_address(own).is_ok_and(|own| Access::AllowPrivate.at(&own, url) == Access::AllowPrivate)
        }
        // The operator's own file: what is written in it as private is meant so.
        Location::File(_) => check_url(url, Access::PublicOnly).is_err(),
        // Whoever sends records chooses their addresses, and is not the operator.
        Location::Pushed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(place: &str, allow_private: bool) -> Source {
        let toml = format!(
            "id = \"a\"\nname = \"A\"\norganisation = \"A\"\nhomepage = \"https://example.org/\"\nkind = \"json\"\n\
             [where]\n{place}\n[mapping]\ntitle = \"/title\"\n[limits]\ndelay_ms = 5\n\
             [access]\nallow_private = {allow_private}\n"
        );
        Source::parse("a.toml", &toml).expect("a source file")
    }

    fn asked(source: &Source, url: &str, contact_is_public: bool) -> Option<(Access, u128)> {
        let url = parse_address(url).expect("an address");
        manner(&[source], &url, contact_is_public).map(|manner| (manner.access, manner.delay.as_millis()))
    }

    #[test]
    fn only_what_the_file_of_a_source_opens_is_asked_at_a_private_address() {
        const PRIVATE: Option<(Access, u128)> = Some((Access::AllowPrivate, 5));
        const PUBLIC: Option<(Access, u128)> = Some((Access::PublicOnly, 1_000));
        let (local, file) = ("url = \"http://127.0.0.1:8000/all.json\"", "file = \"all.json\"");
        for (place, allow_private, url, expected) in [
            (local, true, "http://127.0.0.1:8000/posters/1", PRIVATE),
            (local, false, "http://127.0.0.1:8000/posters/1", PUBLIC),
            (local, true, "http://127.0.0.1:9000/posters/1", PUBLIC),
            (local, true, "http://169.254.169.254/latest", PUBLIC),
            (local, true, "https://example.org/posters/1", PUBLIC),
            (file, true, "http://127.0.0.1:8000/posters/1", PRIVATE),
            (file, true, "https://example.org/posters/1", PUBLIC),
            (file, false, "http://127.0.0.1:8000/posters/1", PUBLIC),
        ] {
            assert_eq!(asked(&source(place, allow_private), url, true), expected, "{place}, {url}");
        }
    }

    #[test]
    fn nobody_is_asked_without_a_public_contact_but_who_is_opened() {
        let local = source("url = \"http://127.0.0.1:8000/all.json\"", true);
        assert!(asked(&local, "http://127.0.0.1:8000/posters/1", false).is_some());
        assert_eq!(asked(&local, "https://example.org/posters/1", false), None);
    }

    #[test]
    fn links_are_put_together_by_host_in_their_order() {
        let due = |asked_url: &str| DueLink {
            url: "https://old.example.net/".to_owned(),
            asked_url: asked_url.to_owned(),
            sources: Vec::new(),
        };
        let urls = [
            "https://b.example.org/2",
            "https://example.com/1",
            "https://a.example.org/1",
            "https://example.org:8443/3",
            "http://127.0.0.1:8000/1",
            "http://127.0.0.1:9000/1",
        ];
        let hosts = by_host(urls.map(due).to_vec());
        let grouped: Vec<Vec<&str>> =
            hosts.values().map(|links| links.iter().map(|link| link.asked_url.as_str()).collect()).collect();
        let expected: [&[&str]; 4] = [
            &["http://127.0.0.1:8000/1"],
            &["http://127.0.0.1:9000/1"],
            &["https://example.com/1"],
            &["https://b.example.org/2", "https://a.example.org/1", "https://example.org:8443/3"],
        ];
        assert_eq!(grouped, expected);
    }
}
