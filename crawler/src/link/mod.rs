//! Does a link still lead where it led? One question to one address, and what its answer says about the link.
//!
//! In goes the address of a resource, out comes a [`LinkAnswer`]. Whether a page that answers is the page that was
//! asked for is judged in [`soft_404`]; how often to ask, and from when on a link is broken, is decided in [`rhythm`].
//! Politeness and safety are the fetcher's, as for every other request, and remembering is the store's.

mod missing;
mod parked;
pub mod rhythm;
pub mod soft_404;

use std::time::Duration;

use url::Url;

use self::soft_404::judge;
use crate::fetch::{Access, Fetch, FetchError, FetchLimits, FetchRequest, Oversize};

/// So much of a page is read: its title and its first heading stand in its beginning.
const BODY_BYTES: u64 = 128 * 1024;

/// A page that takes longer than this is of no use in a lesson.
const WHOLE: Duration = Duration::from_mins(1);

/// None. A try that failed is repeated by the rhythm, hours later, and not by holding on to the turn of its host.
const RETRIES: u8 = 0;

/// What asking an address said about the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkAnswer {
    /// The page is there.
    Ok,
    /// The page is there, and says that it is at another address for good.
    Moved {
        /// That address; one that may be published.
        to: Url,
    },
    /// The server says that there is no such page.
    Gone {
        /// 404 or 410.
        status: u16,
    },
    /// What answers with a success is not the page: it says itself that there is none, or stands for all that is lost.
    SoftMissing {
        /// What gave it away.
        reason: String,
    },
    /// The domain is for sale, or its owner lets it.
    Parked {
        /// What gave it away.
        reason: String,
    },
    /// Nobody answers, or the server fails.
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// The host asks to be left alone for now, or cannot say what it lets robots do. Neither says anything about the
    /// link.
    Busy,
    /// The page may not be looked at, or not by us, which says nothing about the link.
    Refused {
        /// Who says so.
        reason: String,
    },
}

/// Asks one address once. `delay` is the least time between two requests to its host; a longer `Crawl-delay` wins.
pub async fn check_link(fetch: &dyn Fetch, url: &Url, access: Access, delay: Duration) -> LinkAnswer {
    let limits =
        FetchLimits { delay, body_bytes: BODY_BYTES, whole: WHOLE, retries: RETRIES, ..FetchLimits::default() };
    let request = FetchRequest { limits, access, oversize: Oversize::Cut, ..FetchRequest::new(url.clone()) };
    match fetch.fetch(&request).await {
        Ok(fetched) => judge(&fetched),
        Err(error) => what_it_says(&error),
    }
}

/// What a fetch that failed says about the link.
fn what_it_says(error: &FetchError) -> LinkAnswer {
    match error {
        FetchError::Status { status, .. } => what_status_says(*status),
        FetchError::RobotsDisallowed { .. } => refused("robots.txt of its host disallows it"),
        FetchError::AddressRefused { .. } => refused("it leads to an address that we may not ask"),
        FetchError::InsecureRedirect { .. } => refused("it leads from https to http, where we do not follow"),
        FetchError::Setup { .. } => refused("we could not ask"),
        // One that trickles is there, and so may be one behind a robots.txt that fails.
        FetchError::Postponed { .. }
        | FetchError::TooSlow { .. }
        | FetchError::RobotsUnreachable { connected: true, .. } => LinkAnswer::Busy,
        // Only a success has a body to be too large or packed in a way of its own.
        FetchError::TooLarge { .. } | FetchError::EncodingRefused { .. } => LinkAnswer::Ok,
        // A host that is no more has no robots.txt either, and that is asked for first.
        FetchError::RobotsUnreachable { connected: false, .. } => failing("its host does not answer"),
        FetchError::Timeout { .. } => failing("it does not answer in time"),
        FetchError::TooManyRedirects { .. } => failing("it redirects on and on"),
        FetchError::Transport { .. } => failing("there is no connection to its host, or one that breaks"),
        FetchError::BadUrl { .. } => failing("it redirects to what is no address"),
    }
}

fn what_status_says(status: u16) -> LinkAnswer {
    match status {
        404 | 410 => LinkAnswer::Gone { status },
        429 | 503 => LinkAnswer::Busy,
        // Many sites answer robots so, and people with the page; 999 is what one large network of jobs says.
        401 | 402 | 403 | 405 | 406 | 407 | 451 | 999 => refused(&format!("it answers us with {status}")),
        _ => failing(&format!("it answers {status}")),
    }
}

fn refused(reason: &str) -> LinkAnswer {
    LinkAnswer::Refused { reason: reason.to_owned() }
}

fn failing(reason: &str) -> LinkAnswer {
    LinkAnswer::Unreachable { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fetch::ScriptedFetcher;

    const PAGE: &str = "https://example.org/posters/soap";

    async fn ask(site: &ScriptedFetcher) -> LinkAnswer {
        let url = Url::parse(PAGE).expect("an address");
        check_link(site, &url, Access::PublicOnly, Duration::ZERO).await
    }

    #[tokio::test]
    async fn of_a_page_that_answers_only_the_beginning_is_read() {
        let page =
            format!("<title>Soap</title>{}<h1>Page not found</h1>", "<p>Soap is made of fat.</p>".repeat(10_000));
        assert_eq!(ask(&ScriptedFetcher::new().with(PAGE, "text/html", page)).await, LinkAnswer::Ok);
    }

    #[rstest]
    #[case::missing(404, LinkAnswer::Gone { status: 404 })]
    #[case::gone(410, LinkAnswer::Gone { status: 410 })]
    #[case::too_often(429, LinkAnswer::Busy)]
    #[case::busy(503, LinkAnswer::Busy)]
    #[case::robots_are_kept_out(403, refused("it answers us with 403"))]
    #[case::broken(500, failing("it answers 500"))]
    #[tokio::test]
    async fn a_status_says_whether_the_page_is_there(#[case] status: u16, #[case] expected: LinkAnswer) {
        assert_eq!(ask(&ScriptedFetcher::new().with_status(PAGE, status)).await, expected);
    }

    #[test]
    fn what_keeps_us_out_says_nothing_and_a_host_that_is_no_more_does() {
        let url = || PAGE.to_owned();
        let disallowed = FetchError::RobotsDisallowed { url: url() };
        let private = FetchError::AddressRefused { url: url(), reason: String::new() };
        for error in [disallowed, private] {
            assert!(matches!(what_it_says(&error), LinkAnswer::Refused { .. }), "{error}");
        }
        let robots_txt = |connected| FetchError::RobotsUnreachable { host: "example.org".to_owned(), connected };
        let endless = FetchError::TooManyRedirects { url: url(), limit: 5 };
        for error in [robots_txt(false), endless] {
            assert!(matches!(what_it_says(&error), LinkAnswer::Unreachable { .. }), "{error}");
        }
        for error in [robots_txt(true), FetchError::Postponed { url: url(), retry_after_s: 7_200 }] {
            assert_eq!(what_it_says(&error), LinkAnswer::Busy, "{error}");
        }
    }
}
