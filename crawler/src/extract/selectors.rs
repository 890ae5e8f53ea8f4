//! Selectors: what does a mapping's `css selector` or `css selector@attribute` select on a page?
//!
//! The text of each element, or the attribute, in the order of the page. Inside an element, `@attribute` alone means that
//! of the element itself. Whether it is a date or a title is left to [`crate::map`].

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use schemas::{JsonOptions, JsonPaging, ListingOptions, ListingPaging, Source, SourceKind};
use scraper::error::SelectorErrorKind;
use scraper::{ElementRef, Html, Selector};

use crate::normalise::template;
use crate::normalise::text::{element_text, tidy};

/// So many values are taken of one selector; one that selects more selects the wrong thing.
const MAX_SELECTED: usize = 1_000;

/// So much text is taken of one selector, so that `div` does not repeat a page once for each level of nesting.
const MAX_SELECTED_BYTES: usize = 2 << 20;

/// A selector as a mapping writes it, read.
#[derive(Debug)]
pub(super) struct PageSelector {
    /// `None` for the element itself.
    elements: Option<Selector>,
    attribute: Option<String>,
}

/// Says of each selector and JSON Pointer of a source that cannot be read, why. Sources of other kinds have neither.
pub fn check_selectors(source: &Source) -> Vec<String> {
    match &source.kind {
        SourceKind::Sitemap(_) => mistakes(names(source), PageSelector::parse),
        SourceKind::Listing(options) => listing_mistakes(source, options),
        SourceKind::Json(options) => mistakes(pointers(source, options), check_pointer),
        SourceKind::OaiPmh(_) | SourceKind::Feed(_) | SourceKind::Table(_) | SourceKind::Marc(_) => Vec::new(),
    }
}

/// Every JSON Pointer of a source.
fn pointers<'s>(source: &'s Source, options: &'s JsonOptions) -> Vec<&'s str> {
    let paging = match &options.paging {
        JsonPaging::Next { pointer } | JsonPaging::Cursor { pointer, .. } => Some(pointer.as_str()),
        JsonPaging::Single | JsonPaging::Page { .. } | JsonPaging::Offset { .. } | JsonPaging::Link => None,
    };
    options.items.as_deref().into_iter().chain(paging).chain(names(source)).collect()
}

/// RFC 6901, 3: a pointer is empty, or begins with a slash.
fn check_pointer(text: &str) -> Result<(), String> {
    let is_pointer = text.is_empty() || text.starts_with('/');
    if is_pointer { Ok(()) } else { Err(format!("`{text}` is no JSON Pointer; expected `/{text}`")) }
}

/// Those of the lists first, then those of the mapping, which select on a record's own page or inside its element.
fn listing_mistakes(source: &Source, options: &ListingOptions) -> Vec<String> {
    let mut told: Vec<String> = elements(&options.items).err().into_iter().collect();
    told.extend(mistakes(options.link.as_deref(), PageSelector::parse_inside));
    if let ListingPaging::Next { selector } = &options.paging {
        told.extend(mistakes([selector.as_str()], PageSelector::parse));
    }
    told.extend(match options.link {
        Some(_) => mistakes(names(source), PageSelector::parse),
        None => mistakes(names(source), PageSelector::parse_inside),
    });
    told
}

fn mistakes<'s, T>(
    selectors: impl IntoIterator<Item = &'s str>,
    parse: impl Fn(&'s str) -> Result<T, String>,
) -> Vec<String> {
    selectors.into_iter().filter_map(|selector| parse(selector).err()).collect()
}

/// What each selector of the mapping selects. One that selects nothing, or cannot be read, is left out.
pub(super) fn select_all(document: &Html, source: &Source) -> BTreeMap<String, Vec<String>> {
    names(source)
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), PageSelector::parse(name).ok()?.select(document))))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// The selectors of the mapping, to select inside elements. One that cannot be read is left out.
pub(super) fn inside_selectors(source: &Source) -> Vec<(&str, PageSelector)> {
    names(source).into_iter().filter_map(|name| Some((name, PageSelector::parse_inside(name).ok()?))).collect()
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

/// Reads a selector of whole elements. The error says why it is none.
pub(super) fn elements(css: &str) -> Result<Selector, String> {
    parse_css(css, css)
}

fn parse_css(css: &str, whole: &str) -> Result<Selector, String> {
    Selector::parse(css).map_err(|error| match error {
        // Its own text asks the reader to report it, and runs over several lines.
        SelectorErrorKind::UnexpectedSelectorParseError(_) => {
            format!("`{whole}` is no CSS selector: a part of it is unknown or not supported")
        }
        error => format!("`{whole}` is no CSS selector: {error}"),
    })
}

impl PageSelector {
    /// Reads a selector that selects on a whole page.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (css, attribute) = parts(text);
        Ok(Self { elements: Some(parse_css(css, text)?), attribute })
    }

    /// Reads a selector that selects inside an element.
    pub(super) fn parse_inside(text: &str) -> Result<Self, String> {
        match parts(text) {
            (css, Some(attribute)) if css.trim().is_empty() => Ok(Self { elements: None, attribute: Some(attribute) }),
            _ => Self::parse(text),
        }
    }

    /// The same selector, but of this attribute when it names none.
    pub(super) fn or_attribute(self, name: &str) -> Self {
        Self { attribute: self.attribute.or_else(|| Some(name.to_owned())), ..self }
    }

    /// What it selects on a whole page.
    pub(super) fn select(&self, document: &Html) -> Vec<String> {
        self.elements.as_ref().map(|elements| self.values(document.select(elements))).unwrap_or_default()
    }

    /// What it selects inside an element.
    pub(super) fn select_inside(&self, element: ElementRef<'_>) -> Vec<String> {
        match &self.elements {
            Some(elements) => self.values(element.select(elements)),
            None => self.values(iter::once(element)),
        }
    }

    fn values<'d>(&self, selected: impl Iterator<Item = ElementRef<'d>>) -> Vec<String> {
        let mut values = Vec::new();
        let mut bytes = 0;
        for element in selected {
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

/// What stands before `@attribute`, and the attribute.
fn parts(text: &str) -> (&str, Option<String>) {
    match text.rsplit_once('@') {
        Some((css, name)) if is_attribute(name) => (css, Some(name.to_ascii_lowercase())),
        Some(_) | None => (text, None),
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

    #[rstest]
    #[case::text("a", &["Jo"])]
    #[case::own_attribute("@data-id", &["7"])]
    #[case::own_attribute_of_no_value("@href", &[])]
    #[case::not_outside("li", &[])]
    #[case::by_what_is_around("section a@href", &["/jo"])]
    fn a_selector_selects_inside_an_element(#[case] selector: &str, #[case] expected: &[&str]) {
        let document = Html::parse_document("<section><p data-id=7><a href=/jo>Jo</a></p><li>x</section>");
        let one = document.select(&elements("p").expect("a selector")).next().expect("it is there");
        assert_eq!(PageSelector::parse_inside(selector).expect("a selector").select_inside(one), expected);
    }

    #[test]
    fn an_attribute_is_added_where_none_is_named() {
        let parse = |text| PageSelector::parse(text).expect("a selector").or_attribute("href");
        let document = Html::parse_document("<a href=/jo title=Jo>x</a>");
        assert_eq!(
            (parse("a").select(&document), parse("a@title").select(&document)),
            (vec!["/jo".to_owned()], vec!["Jo".to_owned()])
        );
    }

    #[test]
    fn the_selectors_of_a_listing_are_checked_too() {
        let reasons = |place: &str| {
            let text = format!(
                "kind = \"listing\"\n[where]\nurl = \"https://example.org/x\"\n{place}\n[mapping]\nlevels = \"@data-level\"\n"
            );
            check_selectors(&crate::testing::source(&text))
        };
        assert!(reasons("items = \"li.resource\"").is_empty());
        assert!(reasons("items = \"li\"\nlink = \"@href\"")[0].starts_with("`@data-level` is no CSS selector: "));
        let told = reasons("items = \"li@class\"\nlink = \"a[\"\nnext = \"a[rel=\"");
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].starts_with("`li@class` is no CSS selector: "), "{told:?}");
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
