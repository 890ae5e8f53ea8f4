//! Whether a form was sent from a page of ours and not from another site in a visitor's name.

use axum::http::{HeaderMap, HeaderName, header};
use url::Url;

/// Whether what is sent comes from a page of ours, as far as the browser says.
///
/// Browsers say so in `Sec-Fetch-Site`, which no page can forge; over plain HTTP only in `Origin`, which is compared
/// with our public address and with where the request came in. What says neither is no browser, and may. Source:
/// `CrossOriginProtection` of Go 1.25.
pub(crate) fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let is_public = Url::parse(public_url).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    let host = text(header::HOST).filter(|host| !host.is_empty());
    let is_here = host.is_some() && origin.split_once("://").map(|(_, host)| host) == host;
    is_public || is_here
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_page_of_ours_may_send_a_form() {
        let rows: [(&[(&str, &str)], bool); 11] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://signpost.example")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://signpost.example")], false),
            (&[("origin", "https://signpost.example"), ("host", "10.0.0.1:8080")], true),
            (&[("origin", "http://school.example:8080"), ("host", "school.example:8080")], true),
            (&[("origin", "https://other.example"), ("host", "signpost.example")], false),
            (&[("origin", "null"), ("host", "signpost.example")], false),
            (&[("origin", ""), ("host", "")], false),
        ];
        for (sent, expected) in rows {
            let mut headers = HeaderMap::new();
            for &(name, value) in sent {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            for public_url in ["https://signpost.example", "https://signpost.example/careers"] {
                assert_eq!(is_same_origin(&headers, public_url), expected, "{public_url}: {sent:?}");
            }
        }
    }
}
