//! What the types cannot refuse: a record without a title, an address that is none.

use crate::metadata::Metadata;
use crate::problem::Problem;
use crate::url::parse_address;

/// Titles of catalogues are short; longer ones are page text that a mapping took for a title.
pub const MAX_TITLE_CHARACTERS: usize = 500;

/// Source: the limit on one field, `crawler/README.md`.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Checks the fields of one record. A problem of severity `rejected` means that it cannot be published.
///
/// It needs a title, which is no address, and an address; what has closed, or is held on a shelf, needs no address.
pub fn validate(metadata: &Metadata, place: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if metadata.title.trim().is_empty() {
        problems.push(Problem::rejected(place, Some("title"), "no title"));
    } else if metadata.title.chars().count() > MAX_TITLE_CHARACTERS {
        let reason = format!("a title of more than {MAX_TITLE_CHARACTERS} characters");
        problems.push(Problem::rejected(place, Some("title"), reason));
    } else if is_address(&metadata.title) {
        let reason = format!("`{}` is an address, and nothing else names it", metadata.title);
        problems.push(Problem::rejected(place, Some("title"), reason));
    }
    match &metadata.url {
        None if metadata.closed.is_none() && metadata.held_by.is_none() => {
            problems.push(Problem::rejected(place, Some("url"), "no address"));
        }
        None => {}
        Some(url) => {
            if let Err(reason) = parse_address(url) {
                problems.push(Problem::rejected(place, Some("url"), reason));
            }
        }
    }
    if metadata.description.as_ref().is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
        problems.push(Problem::rejected(place, Some("description"), "a description of more than 1 MiB"));
    }
    if let (Some(starts), Some(ends)) = (metadata.starts, metadata.ends)
        && ends < starts
    {
        problems.push(Problem::warning(place, Some("ends"), format!("ends {ends}, before it starts {starts}")));
    }
    problems
}

/// Whether a title is an address. The name of a site, `www.example.org`, is a name.
fn is_address(title: &str) -> bool {
    let title = title.trim();
    let is_web = ["http://", "https://"]
        .iter()
        .any(|scheme| title.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)));
    is_web && !title.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Severity;

    fn is_rejected(metadata: &Metadata) -> bool {
        validate(metadata, "row 1").iter().any(|problem| problem.severity == Severity::Rejected)
    }

    #[test]
    fn a_record_needs_a_title_and_an_address() {
        let whole = Metadata { title: "A".into(), url: Some("https://example.org/".into()), ..Metadata::default() };
        assert!(!is_rejected(&whole));
        assert!(is_rejected(&Metadata { title: " ".into(), ..whole.clone() }));
        assert!(is_rejected(&Metadata { url: None, ..whole.clone() }));
        assert!(is_rejected(&Metadata { url: Some("javascript:alert(1)".into()), ..whole }));
    }

    #[test]
    fn what_has_closed_or_stands_on_a_shelf_needs_no_address() {
        let closed = Metadata { title: "A".into(), closed: Some("Closed in 2015.".into()), ..Metadata::default() };
        assert!(!is_rejected(&closed));
        let held = Metadata { title: "A".into(), held_by: Some("A library".into()), ..Metadata::default() };
        assert!(!is_rejected(&held));
    }

    #[test]
    fn an_address_is_no_title() {
        let titled = |title: &str| Metadata {
            title: title.to_owned(),
            url: Some("https://example.org/".to_owned()),
            ..Metadata::default()
        };
        for title in ["https://example.org/?p=1", "HTTP://example.org", " https://example.org/a "] {
            assert!(is_rejected(&titled(title)), "{title}");
        }
        for title in ["www.example.org", "What https:// means", "é", "http"] {
            assert!(!is_rejected(&titled(title)), "{title}");
        }
    }
}
