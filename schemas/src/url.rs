//! `CanonicalUrl`: the rules that make two addresses one.

use std::fmt;

use url::{Host, Url};

/// A key that is equal for two addresses of the same page. Never shown and never fetched: the address itself is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalUrl(String);

/// Parameters that say how a visitor came, never what they see.
const TRACKING: [&str; 10] =
    ["fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "ref_src", "_ga", "yclid"];

/// Longer addresses are refused: no catalogue needs them, and every key would carry them.
pub const MAX_URL_BYTES: usize = 2_048;

/// Reads an address as a source gives it: absolute, http or https, with a host and no user name.
///
/// # Errors
/// Says in a sentence what is wrong with it.
pub fn parse_address(text: &str) -> Result<Url, String> {
    let trimmed = text.trim();
    if trimmed.len() > MAX_URL_BYTES {
        return Err(format!("an address of {} bytes; at most {MAX_URL_BYTES} are allowed", trimmed.len()));
    }
    let url = Url::parse(trimmed).map_err(|error| format!("`{trimmed}` is not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{trimmed}` is not an http or https address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address with a user name or password in it".to_owned());
    }
    // Whoever writes 127.0.0.1 as 2130706433 or in circled digits means to be misread.
    if let Some(Host::Ipv4(ip)) = url.host()
        && !trimmed.contains(&ip.to_string())
    {
        return Err(format!("`{trimmed}` writes the IP address {ip} in another way than as four numbers"));
    }
    Ok(url)
}

impl CanonicalUrl {
    /// The key of an address.
    ///
    /// The scheme counts as https; host in lower case; no default port, fragment, tracking parameters or trailing
    /// slash; parameters sorted. `HTTP://Example.org:80/a/?utm_source=x#top` -> `https://example.org/a`.
    pub fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = url.path().trim_end_matches('/');
        let mut pairs: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !name.starts_with("utm_") && !TRACKING.contains(&name.as_ref()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        pairs.sort();
        let mut key = format!("https://{host}{port}{path}");
        if !pairs.is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            key.push('?');
            key.push_str(&query);
        }
        Self(key)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_same_page_have_one_key() {
        for (address, key) in [
            ("HTTP://Example.org:80/a/?utm_source=x#top", "https://example.org/a"),
            ("https://example.org", "https://example.org"),
            ("https://example.org/?b=2&a=1", "https://example.org?a=1&b=2"),
            ("https://example.org:8443/A", "https://example.org:8443/A"),
            ("https://example.org/a?id=1&gclid=2", "https://example.org/a?id=1"),
        ] {
            let url = parse_address(address).expect("an address");
            assert_eq!(CanonicalUrl::of(&url).as_str(), key, "{address}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for text in ["", "example.org", "javascript:alert(1)", "file:///etc/passwd", "https://a:b@example.org/", "/a"] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }
}
