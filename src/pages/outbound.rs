//! Links to other sites: only http and https, and always with the name of the site they lead to.

use url::Url;

/// An address outside, ready to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outbound {
    /// The address.
    pub(super) href: String,
    /// The site it leads to: `rsc.org`.
    pub(super) host: String,
}

impl Outbound {
    /// Reads an address; `None` for what a link must not lead to.
    ///
    /// The host is shown in its ASCII form, in which no letter passes for another.
    pub(super) fn parse(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host_str()?;
        let host = host.strip_prefix("www.").unwrap_or(host).to_owned();
        Some(Self { href: url.into(), host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_marked_with_the_site_it_leads_to() {
        for (address, host) in [
            ("https://www.rsc.org/careers?x=1", "rsc.org"),
            ("http://edu.rsc.org/", "edu.rsc.org"),
            (" HTTPS://Example.ORG/a ", "example.org"),
            ("https://user:secret@example.org:8443/", "example.org"),
            ("https://bücher.example/", "xn--bcher-kva.example"),
        ] {
            assert_eq!(Outbound::parse(address).map(|link| link.host).as_deref(), Some(host), "{address}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_never_linked() {
        for address in ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "/relative", "rsc.org", ""] {
            assert_eq!(Outbound::parse(address), None, "{address}");
        }
    }
}
