//! Scope: what holds for an element because of what stands around it? Its base address and its language.

use std::borrow::Cow;

use url::{ParseError, Url};

use super::names::attribute;
use crate::xml::XmlElement;

/// What holds inside an element.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// What relative addresses are relative to.
    pub(super) base: Option<Url>,
    /// The language of text.
    pub(super) language: Option<String>,
}

impl Scope {
    /// What holds inside an element that this holds around. Source: XML Base; `xml:lang` of XML 1.0, 2.12.
    pub(super) fn within(&self, element: &XmlElement) -> Cow<'_, Self> {
        let base = attribute(element, "xml:base").or_else(|| attribute(element, "base"));
        self.with(base, attribute(element, "xml:lang"))
    }

    /// The same with another base, which may be relative to this one, and another language.
    pub(super) fn with(&self, base: Option<&str>, language: Option<&str>) -> Cow<'_, Self> {
        if base.is_none() && language.is_none() {
            return Cow::Borrowed(self);
        }
        let joined = base.and_then(|base| self.joined(base)).or_else(|| self.base.clone());
        let language = match language.map(str::trim) {
            Some("") => None,
            Some(own) => Some(own.to_owned()),
            None => self.language.clone(),
        };
        Cow::Owned(Self { base: joined, language })
    }

    /// A base that is none, such as `javascript:`, is passed over.
    fn joined(&self, base: &str) -> Option<Url> {
        let base = base.trim();
        let joined = match &self.base {
            Some(around) => around.join(base),
            None => Url::parse(base),
        };
        joined.ok().filter(|url| matches!(url.scheme(), "http" | "https" | "ftp"))
    }

    /// An address in this scope.
    pub(super) fn resolve(&self, address: &str) -> String {
        resolve(address, self.base.as_ref())
    }
}

/// A relative address joined to its base. An absolute one, and whatever cannot be joined, stays as it is written.
pub(crate) fn resolve(address: &str, base: Option<&Url>) -> String {
    let address = address.trim();
    let is_relative = Url::parse(address) == Err(ParseError::RelativeUrlWithoutBase);
    let joined = base.filter(|_| is_relative && !address.is_empty()).and_then(|base| base.join(address).ok());
    joined.map_or_else(|| address.to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn scope(base: &str) -> Scope {
        Scope { base: Url::parse(base).ok(), language: Some("en".to_owned()) }
    }

    #[rstest]
    #[case::relative(&["jobs/"], "a", "https://example.org/feeds/jobs/a")]
    #[case::nested(&["/x/", "y/"], "a", "https://example.org/x/y/a")]
    #[case::absolute(&["https://example.com/x/"], "../a", "https://example.com/a")]
    #[case::not_a_base(&["javascript:alert(1)"], "a", "https://example.org/feeds/a")]
    #[case::link_stays(&["https://example.com/"], "HTTPS://Example.org", "HTTPS://Example.org")]
    #[case::other_scheme(&["/x/"], "urn:uuid:1", "urn:uuid:1")]
    #[case::nothing(&[], "  ", "")]
    fn bases_nest(#[case] bases: &[&str], #[case] address: &str, #[case] expected: &str) {
        let outside = scope("https://example.org/feeds/all.xml");
        let inside = bases.iter().fold(outside, |around, base| around.with(Some(base), None).into_owned());
        assert_eq!(inside.resolve(address), expected);
    }

    #[test]
    fn without_a_base_an_address_stays_relative() {
        assert_eq!(Scope::default().resolve(" /a "), "/a");
        assert_eq!(Scope::default().with(Some("b/"), None).resolve("a"), "a");
    }

    #[test]
    fn an_empty_language_takes_back_the_one_around() {
        let outside = scope("https://example.org/");
        assert_eq!(outside.with(None, Some("cy")).language.as_deref(), Some("cy"));
        assert_eq!(outside.with(Some("/x"), None).language.as_deref(), Some("en"));
        assert_eq!(outside.with(None, Some("")).language, None);
    }
}
