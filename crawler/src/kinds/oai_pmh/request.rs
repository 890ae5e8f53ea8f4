//! Requests: which address asks what? The three verbs that a harvest needs, each as a GET.
//!
//! What the source's own address has in its query stays there: some repositories share one script with other things.

use schemas::OaiPmhOptions;
use url::Url;

/// What the repository is.
pub(super) fn identify(base: &Url) -> Url {
    with_arguments(base, &[("verb", "Identify")])
}

/// The beginning of the list: of one set or of everything, of all times or what has changed from then on.
pub(super) fn first_page(base: &Url, options: &OaiPmhOptions, set: Option<&str>, from: Option<&str>) -> Url {
    let mut arguments = vec![("verb", "ListRecords"), ("metadataPrefix", options.prefix.as_str())];
    arguments.extend(set.map(|set| ("set", set)));
    arguments.extend(from.map(|from| ("from", from)));
    with_arguments(base, &arguments)
}

/// The list from a resumption token on. The token is an exclusive argument. Source: OAI-PMH 2.0, 4.5.
pub(super) fn next_page(base: &Url, token: &str) -> Url {
    with_arguments(base, &[("verb", "ListRecords"), ("resumptionToken", token)])
}

fn with_arguments(base: &Url, arguments: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_fragment(None);
    url.query_pairs_mut().extend_pairs(arguments);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(address: &str) -> Url {
        Url::parse(address).expect("an address")
    }

    #[test]
    fn a_list_is_asked_for_by_prefix_set_and_date() {
        let options = OaiPmhOptions { prefix: "oai_lom".to_owned(), sets: Vec::new(), full_days: 30 };
        let base = base("https://example.org/oai?script=oai#top");
        let all = first_page(&base, &options, None, None);
        assert_eq!(all.as_str(), "https://example.org/oai?script=oai&verb=ListRecords&metadataPrefix=oai_lom");
        let some = first_page(&base, &options, Some("a:b c"), Some("2026-11-19T09:00:00Z"));
        assert_eq!(some.as_str(), format!("{all}&set=a%3Ab+c&from=2026-11-19T09%3A00%3A00Z"));
        assert_eq!(identify(&base).as_str(), "https://example.org/oai?script=oai&verb=Identify");
    }

    #[test]
    fn a_token_is_sent_as_it_came_and_alone() {
        let next = next_page(&base("https://example.org/oai?"), "a+b/c=&d é");
        let expected = "https://example.org/oai?verb=ListRecords&resumptionToken=a%2Bb%2Fc%3D%26d+%C3%A9";
        assert_eq!(next.as_str(), expected);
    }
}
