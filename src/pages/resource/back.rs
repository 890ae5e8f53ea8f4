//! `Back`: the page of results that a visitor opened a resource from, as the address of the resource names it, so that one
//! link leads back there with everything that is carried. It stands in the address like what is carried, and whoever
//! writes an address can write it; so it leads to a page of results of ours or nowhere.

use url::form_urlencoded::{self, Serializer};

use crate::pages::carried::CARRIED;

/// The parameter.
const BACK: &str = "back";
/// The pages of results, of which an address asks for something.
const PATHS: [&str; 2] = ["/", "/students"];
/// Longer than the address of any search that is chosen by hand.
const MAX_BYTES: usize = 4_000;

/// The address of a page of results, without what is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Back(String);

impl Back {
    /// What the query string of a resource's page says; `None` where it says nothing, or none of these pages.
    pub(super) fn read(raw: Option<&str>) -> Option<Self> {
        let mut pairs = form_urlencoded::parse(raw.unwrap_or_default().as_bytes());
        Self::parse(&pairs.find(|(name, _)| name == BACK)?.1)
    }

    /// An address as one of these pages.
    pub(in crate::pages) fn parse(address: &str) -> Option<Self> {
        let (path, asked) = address.split_once('?')?;
        let path = PATHS.into_iter().find(|known| *known == path)?;
        if address.len() > MAX_BYTES || address.chars().any(char::is_control) {
            return None;
        }
        let asked = form_urlencoded::parse(asked.as_bytes()).filter(|(name, _)| !CARRIED.contains(&&**name));
        let asked = Serializer::new(String::new()).extend_pairs(asked).finish();
        (!asked.is_empty()).then(|| Self(format!("{path}?{asked}")))
    }

    /// The address of that page, without what is carried.
    pub(super) fn address(&self) -> &str {
        &self.0
    }

    /// A path of ours that names this page.
    pub(in crate::pages) fn on(&self, path: &str) -> String {
        let query = Serializer::new(String::new()).append_pair(BACK, &self.0).finish();
        // These may stand in a query string as they are (RFC 3986, 3.4), and people read these addresses.
        let query = query.replace("%2F", "/").replace("%3F", "?").replace("%3D", "=");
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_results_comes_back_as_it_was_named() {
        for address in ["/?q=", "/?q=soap+%26+water&level=ks3&page=2", "/students?q=vet", "/?q=%D8%B9&type=video"] {
            let back = Back::parse(address).expect("a page of results");
            let named = back.on("/resources/1");
            let (_, query) = named.split_once('?').expect("a query string");
            assert_eq!(Back::read(Some(query)), Some(back));
        }
        assert_eq!(Back::parse("/?q=a b").map(|back| back.on("/x")).as_deref(), Some("/x?back=/?q=a%2Bb"));
    }

    #[test]
    fn nothing_else_is_led_to() {
        for address in [
            "",
            "/",
            "/students",
            "/?",
            "?q=a",
            "//example.org/?q=a",
            "/\\example.org?q=a",
            "https://example.org/?q=a",
            "javascript:alert(1)?",
            "/list?ids=a",
            "/admin?x=1",
            "/?q=a\nb",
            "/?words=wales&list=a",
        ] {
            assert_eq!(Back::parse(address), None, "{address}");
        }
        assert_eq!(Back::parse(&format!("/?q={}", "a".repeat(MAX_BYTES))), None);
    }

    #[test]
    fn what_is_carried_is_not_carried_twice() {
        assert_eq!(Back::parse("/?words=wales&q=a&list=b"), Back::parse("/?q=a"));
    }
}
