//! Selectors: what does a mapping's `css selector` or `css selector@attribute` select on a page?
//!
//! The text of each element, or the attribute, in the order of the page. Whether it is a date or a title is left to
//! [`crate::map`].

use std::collections::{BTreeMap, BTreeSet};

use schemas::{Source, SourceKind};
use scraper::error::SelectorErrorKind;
use scraper::{Html, Selector};

use crate::normalise::template;
use crate::normalise::text::{element_text, tidy};

/// So many values are taken of one selector; one that selects more selects the wrong thing.
const MAX_SELECTED: usize = 1_000;

/// So much text is taken of one selector, so that `div` does not repeat a page once for each level of nesting.
const MAX_SELECTED_BYTES: usize = 2 << 20;

/// A selector as a mapping writes it, read.
struct PageSelector {
    elements: Selector,
    attribute: Option<String>,
}

/// Says of each selector of a source that cannot be read, why. Sources of other kinds have none.
pub fn check_selectors(source: &Source) -> Vec<String> {
    match source.kind {
        SourceKind::Sitemap(_) => {
            names(source).into_iter().filter_map(|name| PageSelector::parse(name).err()).collect()
        }
        SourceKind::Table(_) | SourceKind::Json(_) => Vec::new(),
    }
}

/// What each selector of the mapping selects. One that selects nothing, or cannot be read, is left out.
pub(super) fn select_all(document: &Html, source: &Source) -> BTreeMap<String, Vec<String>> {
    names(source)
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), PageSelector::parse(name).ok()?.select(document))))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// Every selector that the mapping names, in `from` or inside a template.
fn names(source: &Source) -> BTreeSet<&str> {
    let rules = source.mapping.values();
    rules
        .flat_map(|rule| {
            let from = rule.from.iter().map(String::as_str);
            from.chain(rule.template.iter().flat_map(|text| template::names(text)))
        })
        .collect()
}

impl PageSelector {
    fn parse(text: &str) -> Result<Self, String> {
        let (css, attribute) = match text.rsplit_once('@') {
            Some((css, name)) if is_attribute(name) => (css, Some(name.to_ascii_lowercase())),
            Some(_) | None => (text, None),
        };
        match Selector::parse(css) {
            Ok(elements) => Ok(Self { elements, attribute }),
            // Its own text asks the reader to report it, and runs over several lines.
            Err(SelectorErrorKind::UnexpectedSelectorParseError(_)) => {
                Err(format!("`{text}` is no CSS selector: a part of it is unknown or not supported"))
            }
            Err(error) => Err(format!("`{text}` is no CSS selector: {error}")),
        }
    }

    fn select(&self, document: &Html) -> Vec<String> {
        let mut values = Vec::new();
        let mut bytes = 0;
        for element in document.select(&self.elements) {
            let value = match &self.attribute {
                Some(name) => tidy(element.attr(name).unwrap_or_default()),
                None => tidy(&element_text(element)),
            };
            bytes += value.len();
            if values.len() == MAX_SELECTED || bytes > MAX_SELECTED_BYTES {
                break;
            }
            if !value.is_empty() {
                values.push(value);
            }
        }
        values
    }
}

/// `@` also stands inside selectors, `a[href*="@"]`, but what follows it there is no name.
fn is_attribute(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn select(selector: &str) -> Vec<String> {
        let document = Html::parse_document(
            r#"<meta name="level" content=" KS3 "><div class="a"><p>One<br>two</p><p></p></div>
            <a href="mailto:jo@example.org">Jo</a><a href="/b" data-id="7">B</a><li>x<li>y"#,
        );
        PageSelector::parse(selector).map(|parsed| parsed.select(&document)).unwrap_or_default()
    }

    #[rstest]
    #[case::text("div.a p", &["One two"])]
    #[case::attribute("meta[name=level]@content", &["KS3"])]
    #[case::data_attribute("a@data-id", &["7"])]
    #[case::at_inside("a[href*=\"@\"]", &["Jo"])]
    #[case::at_inside_and_behind("a[href*=\"@\"]@href", &["mailto:jo@example.org"])]
    #[case::several("li", &["x", "y"])]
    #[case::either("p, li", &["One two", "x", "y"])]
    #[case::none("article", &[])]
    #[case::invalid("p[", &[])]
    fn a_selector_selects_texts(#[case] selector: &str, #[case] expected: &[&str]) {
        assert_eq!(select(selector), expected);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let text = |kind: &str| {
            format!(
                "id = \"a\"\nname = \"A\"\norganisation = \"A\"\nhomepage = \"https://example.org/\"\nkind = \"{kind}\"\n\
                 [where]\nurl = \"https://example.org/x\"\n[mapping]\ntitle = [\"h1\", \"h1[\"]\n\
                 url = {{ template = \"/{{a:nope(1)}}\" }}\n"
            )
        };
        let reasons = |kind| check_selectors(&Source::parse("a.toml", &text(kind)).expect("it is right"));
        assert_eq!(reasons("sitemap").len(), 2, "{:?}", reasons("sitemap"));
        assert!(reasons("sitemap")[1].starts_with("`h1[` is no CSS selector: "));
        assert!(reasons("table").is_empty());
    }
}
