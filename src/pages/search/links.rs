//! The addresses of a search: the page that shows it, and the same search as a feed, a calendar, a file, a link to pass
//! on. Those leave out what only this page has: its number, and what its visitor carries.

use url::form_urlencoded::Serializer;

use crate::pages::carried::{CARRIED, Carried};
use crate::web::query::SearchQuery;

/// What says which part of the results is shown and how, but not what is searched.
const PAGE_ONLY: [&str; 9] =
    ["page", "per_page", "cursor", "facets", "facet_q", "facet_limit", "fields", "highlight", "explain"];

/// The start page stands at `/`; a search that asks for nothing says so.
const EVERYTHING: &str = "/?q=";

/// What a search may be taken away as.
pub(super) struct TakeAway {
    /// This search, whole, in the visitor's words.
    pub(super) address: String,
    pub(super) rss: String,
    pub(super) calendar: String,
    pub(super) csv: String,
}

/// The addresses to take this search away by.
pub(super) fn take_away(query: &SearchQuery, carried: &Carried, public_url: &str) -> TakeAway {
    let nobodys_list = Carried { list: Vec::new(), ..carried.clone() };
    let shared = shared(query);
    TakeAway {
        address: format!("{public_url}{}", nobodys_list.address(&page(&shared))),
        rss: call("/v1/feed.rss", &shared),
        calendar: call("/v1/feed.ics", &shared),
        csv: call("/v1/export.csv", &shared),
    }
}

/// The one address of this search, for those who list pages.
pub(super) fn canonical(query: &SearchQuery, public_url: &str) -> String {
    format!("{public_url}{}", page(&shared(query)))
}

/// The address of this page, without what its visitor carries.
pub(super) fn here(query: &SearchQuery) -> String {
    page(&query_string(query, |name| !CARRIED.contains(&name)))
}

/// The API's answer to this search in which only the counts of one facet stand.
pub(super) fn counts_of(query: &SearchQuery, facet: &str) -> String {
    let shared = shared(query);
    let before = if shared.is_empty() { String::new() } else { format!("{shared}&") };
    format!("/v1/resources?{before}per_page=1&fields=id&facets={facet}")
}

/// The search for these words alone.
pub(super) fn words_alone(words: &str, carried: &Carried) -> String {
    carried.address(&page(&Serializer::new(String::new()).append_pair("q", words).finish()))
}

/// A query string as an address that means the same on every page. What asks for nothing is a search for everything.
pub(super) fn address(query_string: &str) -> String {
    let asked = query_string.strip_prefix('?').unwrap_or_default();
    let is_carried = |pair: &str| CARRIED.contains(&pair.split('=').next().unwrap_or_default());
    match asked {
        "" => EVERYTHING.to_owned(),
        carried if carried.split('&').all(is_carried) => format!("{EVERYTHING}&{carried}"),
        _ => format!("/{query_string}"),
    }
}

fn page(query_string: &str) -> String {
    if query_string.is_empty() { EVERYTHING.to_owned() } else { format!("/?{query_string}") }
}

fn call(path: &str, query_string: &str) -> String {
    if query_string.is_empty() { path.to_owned() } else { format!("{path}?{query_string}") }
}

fn shared(query: &SearchQuery) -> String {
    query_string(query, |name| !CARRIED.contains(&name) && !PAGE_ONLY.contains(&name))
}

fn query_string(query: &SearchQuery, is_wanted: impl Fn(&str) -> bool) -> String {
    let pairs = query.pairs().iter().filter(|(name, _)| is_wanted(name));
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_search_from_wherever_it_stands() {
        for (query_string, expected) in [
            ("?q=a", "/?q=a"),
            ("?q=a&words=wales", "/?q=a&words=wales"),
            ("/", "/?q="),
            ("?words=wales", "/?q=&words=wales"),
            ("?words=wales&list=a%2Cb", "/?q=&words=wales&list=a%2Cb"),
        ] {
            assert_eq!(address(query_string), expected);
        }
    }

    #[test]
    fn words_alone_keep_what_is_carried_and_are_escaped() {
        let carried = Carried { chosen_nation: Some("wales"), list: Vec::new() };
        assert_eq!(words_alone("a&b", &carried), "/?q=a%26b&words=wales");
        assert_eq!(words_alone("", &Carried::default()), "/?q=");
    }
}
