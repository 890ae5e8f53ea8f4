//! Identifiers: the names that one thing has everywhere, as a record declares them.
//!
//! In goes what a record says; out come keys such as `doi:10.1000/182`, `isbn:9780306406157` and
//! `url:https://example.org/a`. Read only from the fields that say what the thing is: a keyword or a text may as well
//! name another thing. An ISSN names a journal and not what stands in it, so it is never read; and neither is the address
//! of an article or a profile that anybody links to who writes about its subject.

use schemas::{CanonicalUrl, Metadata, parse_address};
use url::Url;

/// More addresses are not read: a record with more lists what it links to.
const MAX_ADDRESSES: usize = 10;

/// What the keys of addresses begin with.
const ADDRESS: &str = "url:";

/// Sites whose pages are about everything and everybody: two records that name one are about the same job, person or
/// society, and not the same resource. What stands below such a host counts as well.
const ABOUT_EVERYTHING: [&str; 18] = [
    "bsky.app",
    "dbpedia.org",
    "facebook.com",
    "fb.com",
    "instagram.com",
    "linkedin.com",
    "linktr.ee",
    "mastodon.social",
    "pinterest.co.uk",
    "pinterest.com",
    "reddit.com",
    "threads.com",
    "threads.net",
    "tiktok.com",
    "twitter.com",
    "wikidata.org",
    "wikipedia.org",
    "x.com",
];

/// A site of which some pages are one video or list each; the others are the channels of those who made them.
const YOUTUBE: &str = "youtube.com";
const PAGES_OF_YOUTUBE: [&str; 5] = ["embed", "live", "playlist", "shorts", "watch"];

/// Paths of front pages.
const FRONT_PAGES: [&str; 5] = ["", "/home", "/index.htm", "/index.html", "/index.php"];

/// The declared identifiers of a record, sorted, each once.
pub(super) fn declared_identifiers(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for text in metadata.same_as.iter().take(MAX_ADDRESSES) {
        let named = named_in(text);
        found.extend(named.or_else(|| address_of(text)));
    }
    found.extend(metadata.url.as_deref().and_then(named_in));
    found.sort();
    found.dedup();
    found
}

/// The identifier that an address or a name is about, whatever resolves it.
fn named_in(text: &str) -> Option<String> {
    doi_in(text).or_else(|| isbn_in(text))
}

/// Whether an identifier is another address, and not a name that was given to one thing.
pub(super) fn is_address(identifier: &str) -> bool {
    identifier.starts_with(ADDRESS)
}

fn address_of(text: &str) -> Option<String> {
    let address = parse_address(text).ok()?;
    let canonical = CanonicalUrl::of(&address);
    // The front page of a publisher names no resource of it. What its address asks for may be one: `/?p=12`.
    let is_front_page =
        FRONT_PAGES.contains(&address.path().trim_end_matches('/')) && !canonical.as_str().contains('?');
    let names_it = !is_front_page && !is_about_everything(&address);
    names_it.then(|| format!("{ADDRESS}{canonical}"))
}

fn is_about_everything(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default().trim_end_matches('.');
    let is_of = |site: &str| host.strip_suffix(site).is_some_and(|above| above.is_empty() || above.ends_with('.'));
    if is_of(YOUTUBE) {
        let first = address.path_segments().and_then(|mut pieces| pieces.next()).unwrap_or_default();
        return !PAGES_OF_YOUTUBE.contains(&first);
    }
    ABOUT_EVERYTHING.iter().any(|site| is_of(site))
}

/// `https://doi.org/10.1000/182`, `doi:10.1000/182` -> `doi:10.1000/182`. DOIs do not differ by case.
fn doi_in(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let prefixes = ["doi.org/", "dx.doi.org/", "www.doi.org/", "doi:", "info:doi/", "urn:doi:"];
    let name = prefixes.iter().find_map(|prefix| bare.strip_prefix(prefix))?.trim();
    let name = name.split(['?', '#']).next().unwrap_or(name).replace("%2f", "/");
    let (registrant, suffix) = name.split_once('/')?;
    let digits = registrant.strip_prefix("10.")?;
    let is_registrant = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_registrant && !suffix.is_empty() && !suffix.contains(char::is_whitespace)).then(|| format!("doi:{name}"))
}

/// `urn:isbn:0-306-40615-2`, `ISBN 9780306406157` -> `isbn:9780306406157`.
fn isbn_in(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("urn:").unwrap_or(&lower).strip_prefix("isbn")?;
    let rest = rest.strip_prefix("-13").or_else(|| rest.strip_prefix("-10")).unwrap_or(rest);
    let digits: String = rest.trim_start_matches([':', ' ']).chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    isbn_13(&digits).map(|isbn| format!("isbn:{isbn}"))
}

/// An ISBN of ten or thirteen places as thirteen; `None` when its last place does not fit the others.
fn isbn_13(text: &str) -> Option<String> {
    let mut places = Vec::with_capacity(13);
    for letter in text.chars() {
        let place = match letter {
            'x' if places.len() == 9 => 10,
            digit => digit.to_digit(10)?,
        };
        places.push(place);
    }
    match places.len() {
        10 => {
            let sum: u32 = (1_u32..=10).rev().zip(&places).map(|(weight, place)| weight * place).sum();
            let body = format!("978{}", &text[..9]);
            sum.is_multiple_of(11).then(|| format!("{body}{}", last_of_13(&body)))
        }
        13 if text.starts_with("978") || text.starts_with("979") => {
            (places[12] == last_of_13(&text[..12])).then(|| text.to_owned())
        }
        _ => None,
    }
}

fn last_of_13(body: &str) -> u32 {
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = body.chars().filter_map(|digit| digit.to_digit(10)).zip(weights).map(|(digit, by)| digit * by).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(url: Option<&str>, same_as: &[&str]) -> Vec<String> {
        declared_identifiers(&Metadata {
            url: url.map(ToOwned::to_owned),
            same_as: same_as.iter().map(|text| (*text).to_owned()).collect(),
            ..Metadata::default()
        })
    }

    #[test]
    fn one_thing_has_one_key_however_it_is_written() {
        for (text, key) in [
            ("https://doi.org/10.1000/ABC.182", "doi:10.1000/abc.182"),
            ("http://dx.doi.org/10.1000%2F182?nosfx=y", "doi:10.1000/182"),
            ("doi:10.1000/182", "doi:10.1000/182"),
            ("urn:isbn:0-306-40615-2", "isbn:9780306406157"),
            ("ISBN-13: 978-0-306-40615-7", "isbn:9780306406157"),
            ("isbn 080442957X", "isbn:9780804429573"),
            ("http://www.Example.org/a/?utm_source=b", "url:https://www.example.org/a"),
            ("https://example.org/?p=12", "url:https://example.org?p=12"),
            ("https://www.youtube.com/watch?v=a1", "url:https://www.youtube.com/watch?v=a1"),
            ("https://notx.com/a", "url:https://notx.com/a"),
        ] {
            assert_eq!(declared(None, &[text]), [key], "{text}");
        }
    }

    #[test]
    fn what_names_nothing_or_more_than_one_thing_is_no_identifier() {
        for text in [
            "",
            "https://doi.org/",
            "doi:11.1000/182",
            "urn:isbn:0306406153",
            "isbn 9780306406158",
            "isbn ٠306406152",
            "issn:0028-0836",
            "https://example.org/",
            "https://example.org/?utm_source=b",
            "https://example.org/index.html",
            "https://en.wikipedia.org/wiki/Chemical_engineer",
            "https://www.wikidata.org/wiki/Q7888586",
            "https://www.youtube.com/@example",
            "https://youtube.com/channel/a1",
            "https://x.com/example",
            "https://uk.linkedin.com/in/example",
            "example",
        ] {
            assert!(declared(None, &[text]).is_empty(), "{text}");
        }
    }

    #[test]
    fn its_own_address_is_an_identifier_only_when_it_resolves_one() {
        assert!(declared(Some("https://example.org/a"), &[]).is_empty());
        let twice = declared(Some("https://doi.org/10.1000/182"), &["doi:10.1000/182"]);
        assert_eq!(twice, ["doi:10.1000/182"]);
    }
}
