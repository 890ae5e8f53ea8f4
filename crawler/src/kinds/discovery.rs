//! Discovery: which sitemaps does a run begin with?
//!
//! The one that the source names. When it names the robots.txt of a site instead, those that robots.txt names, and
//! where that names none the first that is at a usual place. When it names the site itself, both: a site may have a
//! sitemap that it does not name. What the sitemaps list is left to `sitemap`.

use std::collections::HashSet;

use schemas::{Location, parse_address};
use url::Url;

use super::locations::named_by_robots;
use super::sitemap::resolve;
use crate::error::HarvestError;
use crate::fetch::FetchError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Run, place_of};

/// Where a sitemap is that robots.txt does not name, the more usual first. Source: sitemaps.org, protocol 0.9, and what
/// `WordPress` and its extensions write.
const USUAL_PLACES: [&str; 7] = [
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/wp-sitemap.xml",
    "/sitemap.xml.gz",
    "/sitemap_index.xml.gz",
    "/sitemap.txt",
];

/// A sitemap that waits for its turn.
pub(super) struct Waiting {
    /// Where it is; `None` for the one that the source names.
    pub(super) address: Option<Url>,
    /// 1 for the first, one more for those that it lists.
    pub(super) depth: usize,
    /// Whether it must be there.
    pub(super) standing: Standing,
}

/// Whether anything says that a sitemap is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The source, robots.txt or another sitemap.
    Named,
    /// It would be at a usual place.
    Guessed,
}

/// What a run begins with.
#[derive(Default)]
pub(super) struct Beginning {
    /// The sitemaps to read, the first at the end.
    pub(super) waiting: Vec<Waiting>,
    /// The addresses of robots.txt and of the sitemaps that it names.
    pub(super) known: HashSet<Url>,
    /// What robots.txt names that is no address, and why it is none.
    pub(super) refused: Vec<(String, String)>,
}

/// Finds out what a run begins with. Asks for nothing but robots.txt.
pub(super) async fn begin(run: &mut Run<'_>) -> Result<Beginning, HarvestError> {
    let own = parse_address(&place_of(&run.source.location)).ok();
    let Some((robots, is_site)) = own.as_ref().and_then(robots_of) else {
        let first = Waiting { address: None, depth: 1, standing: Standing::Named };
        return Ok(Beginning { waiting: vec![first], ..Beginning::default() });
    };
    let mut beginning = Beginning::default();
    beginning.known.insert(robots.clone());
    for text in read_robots(run, &robots).await? {
        match resolve(&text, Some(&robots)) {
            Ok(address) if beginning.known.insert(address.clone()) => beginning.wait(address, Standing::Named),
            Ok(_) => {}
            Err(reason) => beginning.refused.push((text, reason)),
        }
    }
    if is_site || beginning.waiting.is_empty() {
        for address in USUAL_PLACES.into_iter().filter_map(|place| robots.join(place).ok()) {
            beginning.wait(address, Standing::Guessed);
        }
    }
    beginning.waiting.reverse();
    Ok(beginning)
}

impl Beginning {
    fn wait(&mut self, address: Url, standing: Standing) {
        self.waiting.push(Waiting { address: Some(address), depth: 1, standing });
    }
}

/// The robots.txt that an address is, or that of the site that it is, and whether it is a site.
fn robots_of(address: &Url) -> Option<(Url, bool)> {
    if address.path() == "/" && address.query().is_none() {
        return Some((address.join("/robots.txt").ok()?, true));
    }
    address.path().ends_with("/robots.txt").then(|| (address.clone(), false))
}

/// The sitemaps that a robots.txt names; none when there is no such file.
async fn read_robots(run: &mut Run<'_>, robots: &Url) -> Result<Vec<String>, HarvestError> {
    match run.document(robots, BODY_BYTES).await {
        Ok(document) => Ok(named_by_robots(&document.text())),
        Err(error) if says_there_is_none(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether an error says that there is nothing of the kind at an address, and not that it fails today.
pub(super) fn says_there_is_none(error: &HarvestError) -> bool {
    matches!(
        error,
        HarvestError::Unreadable { .. }
            | HarvestError::Fetch(
                FetchError::Status { status: 400..=428 | 430..=499, .. } | FetchError::RobotsDisallowed { .. }
            )
    )
}

/// The error of a run that found no sitemap at all.
pub(super) fn nothing_found(location: &Location) -> HarvestError {
    let reason = "robots.txt names no sitemap, and there is none at the usual places";
    HarvestError::unreadable(place_of(location), reason)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::site("https://example.org", Some(("https://example.org/robots.txt", true)))]
    #[case::robots("https://example.org/robots.txt", Some(("https://example.org/robots.txt", false)))]
    #[case::sitemap("https://example.org/sitemap.xml", None)]
    #[case::front_page_with_a_query("https://example.org/?sitemap=1", None)]
    fn a_site_and_a_robots_txt_are_told_from_a_sitemap(#[case] text: &str, #[case] expected: Option<(&str, bool)>) {
        let found = robots_of(&Url::parse(text).expect("an address"));
        assert_eq!(found.as_ref().map(|(robots, is_site)| (robots.as_str(), *is_site)), expected);
    }

    #[rstest]
    #[case::missing(404, true)]
    #[case::forbidden(403, true)]
    #[case::too_often(429, false)]
    #[case::broken(500, false)]
    fn a_status_says_whether_there_is_a_sitemap(#[case] status: u16, #[case] expected: bool) {
        let error = HarvestError::from(FetchError::Status { url: String::new(), status });
        assert_eq!(says_there_is_none(&error), expected);
    }
}
