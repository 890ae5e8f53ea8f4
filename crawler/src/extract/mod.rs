//! Extracting: which raw values does a web page hold?
//!
//! A page comes in as HTML, text goes out: what the source's selectors select, and what the page says of itself in the
//! formats that search engines read. Which of them goes first is the source's own choice. Nothing is understood here;
//! [`crate::map`] does that. The parsed page cannot be sent between threads, so it never leaves.

mod budget;
mod json_ld;
mod list_page;
mod main_text;
mod meta;
mod microdata;
mod nodes;
mod rdfa;
mod schema_org;
mod selectors;
mod terms;

use std::collections::BTreeMap;

use schemas::{ControlledField, PagePart, PayloadHash, Source, TargetField, Trust, parse_address};
use scraper::{Html, Selector};
use serde_json::Value;
use url::Url;

use crate::normalise::readable::readable_part;
use crate::normalise::text::{plain_text, tidy};
use crate::raw::{RawRecord, RawValues};

pub(crate) use list_page::{ListPage, Listed, read_list};
pub use selectors::check_selectors;

/// So many values of one field are taken from what a page says of itself; none that means well says more.
const MAX_VALUES: usize = 300;

/// Signs between the title of a page and the name of its site.
const TITLE_SIGNS: [char; 8] = ['|', '-', '–', '—', '·', '•', ':', '»'];

/// Reads what a page holds. `url` is where it was read from, after redirects.
///
/// Of each field the first part of the page that says something counts, in the order of `trust`: what is trusted more than
/// the selectors of the mapping goes before them, the rest after them, and a part that is not named is not read. A page
/// without markup, or one that is cut short, gives what it has; of one that nests too deep only its beginning is read.
pub fn extract_page(html: &str, url: &Url, payload: Option<PayloadHash>, source: &Source, trust: &Trust) -> RawRecord {
    let page = Page::parse(html, url);
    let (before, after, selected) = match trust.0.iter().position(|part| *part == PagePart::Selectors) {
        Some(at) => (&trust.0[..at], &trust.0[at + 1..], selectors::select_all(&page.document, source)),
        None => (&trust.0[..0], &trust.0[..], BTreeMap::new()),
    };
    RawRecord {
        page: Some(url.to_string()),
        base: Some(page.base.to_string()),
        trusted: page.described_by(before).0,
        described: page.described_by(after).0,
        ..RawRecord::new(url.as_str(), payload, RawValues::Page(selected))
    }
}

/// What a page says of itself, format by format, as it says it.
#[derive(Debug, Clone, PartialEq)]
pub struct StructuredData {
    /// What relative addresses are relative to: the address of the page, or what its `base` element says.
    pub base: Url,
    /// The blocks of JSON-LD as they are written, repaired where they needed it; the members of a block that is a list are
    /// blocks of their own. Each is an object.
    pub json_ld: Vec<Value>,
    /// The items of microdata that are no property of another, in the order of the page. `{"@type": "http://schema.org/Course",
    /// "@id": "https://…", "name": "A", "teaches": ["B", "C"], "provider": {…}}`: types, names and texts as they are written,
    /// white space collapsed in texts, addresses whole; one value stands alone, several in a list. An item that has text but no
    /// property says it as `@value`.
    pub microdata: Vec<Value>,
    /// The nodes of `RDFa` Lite in the order of the page, flat, in the shape of expanded JSON-LD: `{"@id": "https://…",
    /// "@type": ["http://schema.org/Course"], "http://schema.org/name": [{"@value": "A", "@language": "en"}],
    /// "http://schema.org/provider": [{"@id": "_:2"}]}`.
    pub rdfa: Vec<Value>,
    /// Names and contents of the Open Graph properties in `meta` tags, in the order of the page, as they are written.
    pub open_graph: Vec<(String, String)>,
    /// Names and contents of the Dublin Core elements and terms: first in `meta` tags, then in links, each in the order of the
    /// page, as they are written. `description` without a prefix is one of them.
    pub dublin_core: Vec<(String, String)>,
}

/// Reads what a page says of itself, without asking what it means. `url` is where it was read from, after redirects.
///
/// Nothing is fetched, and what is no good is passed over. Limits on size, depth and number hold for each format.
pub fn structured_data(html: &str, url: &Url) -> StructuredData {
    let Page { document, base, .. } = Page::parse(html, url);
    StructuredData {
        json_ld: json_ld::blocks(&document),
        microdata: microdata::items(&document, &base),
        rdfa: rdfa::nodes(&document, &base),
        open_graph: meta::open_graph(&document),
        dublin_core: meta::dublin_core(&document),
        base,
    }
}

/// A page, parsed.
struct Page {
    document: Html,
    /// Where it was read from.
    url: Url,
    /// What relative addresses in it are relative to.
    base: Url,
    /// Whether it goes on behind what was parsed.
    is_cut: bool,
}

impl Page {
    fn parse(html: &str, url: &Url) -> Self {
        let readable = readable_part(html);
        let document = Html::parse_document(readable);
        let base = base(&document, url);
        Self { document, url: url.clone(), base, is_cut: readable.len() < html.len() }
    }

    /// What these parts of the page say of it; of each field the first that says something counts.
    fn described_by(&self, parts: &[PagePart]) -> Described {
        let mut described = Described::default();
        if parts.is_empty() {
            return described;
        }
        let head = meta::read(&self.document);
        let describe = |nodes: &[Value]| schema_org::describe(nodes, &self.url, &self.base);
        let mut canonical = None;
        for part in parts {
            described.fill_gaps(match part {
                PagePart::Selectors => Described::default(),
                PagePart::JsonLd => describe(&json_ld::blocks(&self.document)),
                PagePart::Microdata => describe(&microdata::items(&self.document, &self.base)),
                PagePart::Rdfa => describe(&rdfa::with_parts_set_apart(rdfa::nodes(&self.document, &self.base))),
                PagePart::Meta => {
                    canonical = head.canonical.as_deref();
                    head.described.clone()
                }
                PagePart::Text => main_text::read(&self.document),
            });
        }
        described.set_address(canonical, self);
        if let Some(site) = &head.site_name {
            described.cut_site_name(site);
        }
        described
    }
}

/// What the first `base` element with an address says; the address of the page where none does, or says what is no
/// address of the web.
fn base(document: &Html, url: &Url) -> Url {
    let bases = Selector::parse("base[href]").expect("the selector is a constant");
    let written = document.select(&bases).next().and_then(|element| element.attr("href"));
    let base = written.and_then(|address| url.join(address.trim()).ok());
    base.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or_else(|| url.clone())
}

/// What a page says of itself: plain text by field, addresses as they are written.
#[derive(Debug, Clone, Default)]
struct Described(BTreeMap<TargetField, Vec<String>>);

impl Described {
    /// Adds a value that may be HTML. Blank ones, and what is there already, are passed over.
    fn add(&mut self, field: TargetField, text: &str) {
        let is_address = matches!(field, TargetField::Url | TargetField::SameAs | TargetField::Image);
        self.insert(field, if is_address { text.trim().to_owned() } else { plain_text(text) });
    }

    /// Adds a value that is text as a reader sees it.
    fn add_text(&mut self, field: TargetField, text: &str) {
        self.insert(field, tidy(text));
    }

    fn insert(&mut self, field: TargetField, text: String) {
        if text.is_empty() {
            return;
        }
        let values = self.0.entry(field).or_default();
        if values.len() < MAX_VALUES && !values.contains(&text) {
            values.push(text);
        }
    }

    /// Adds the parts of a list that is written as one text: `maths, careers`.
    fn add_list(&mut self, field: TargetField, text: &str) {
        for part in plain_text(text).split([',', ';']) {
            self.add(field, part);
        }
    }

    fn has(&self, field: TargetField) -> bool {
        self.0.contains_key(&field)
    }

    fn fill_gaps(&mut self, other: Self) {
        for (field, values) in other.0 {
            self.0.entry(field).or_insert(values);
        }
    }

    /// The canonical address goes before the others. One that cannot be is passed over: no address at all, or the front
    /// page of a site that calls every page by it.
    fn set_address(&mut self, canonical: Option<&str>, page: &Page) {
        let given = self.0.remove(&TargetField::Url).unwrap_or_default();
        let address = canonical.into_iter().chain(given.iter().map(String::as_str)).find_map(|text| {
            let address = parse_address(page.base.join(text).ok()?.as_str()).ok()?;
            let is_front_page = address.path() == "/" && address.query().is_none() && page.url.path() != "/";
            (!is_front_page).then(|| address.to_string())
        });
        if let Some(address) = address {
            self.0.insert(TargetField::Url, vec![address]);
        }
    }

    /// Cuts ` | Example Society` off a title, where the page says that its site is called so.
    fn cut_site_name(&mut self, site: &str) {
        for title in self.0.get_mut(&TargetField::Title).into_iter().flatten() {
            let cut = without_site_name(title, site).map(ToOwned::to_owned);
            if let Some(cut) = cut {
                *title = cut;
            }
        }
    }
}

fn without_site_name<'t>(title: &'t str, site: &str) -> Option<&'t str> {
    let before = title.strip_suffix(site).filter(|_| !site.is_empty())?;
    let cut = before.trim_end().strip_suffix(TITLE_SIGNS)?;
    let own = cut.trim_end();
    // "Careers: Biology" has no space before its sign, "Biology : Careers" has.
    (own.len() < cut.len() && !own.is_empty()).then_some(own)
}

/// A controlled field as a target, which the tables of fields name often.
const fn concepts(field: ControlledField) -> TargetField {
    TargetField::Concepts(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SOURCE: &str = r#"
id = "example"
name = "Example"
organisation = "Example Society"
homepage = "https://example.org/"
kind = "sitemap"

[where]
url = "https://example.org/sitemap.xml"

[mapping]
title = ["h1.job", "h1"]
keywords = "ul.tags li"
image = "img.hero@src"
description = { template = "{.lead} {.body p}" }
"#;

    fn extract(html: &str) -> RawRecord {
        extract_by(html, &Trust::default())
    }

    fn extract_by(html: &str, trust: &Trust) -> RawRecord {
        let source = Source::parse("example.toml", SOURCE).expect("it is right");
        let url = Url::parse("https://example.org/jobs/lifeguard?x=1").expect("an address");
        extract_page(html, &url, None, &source, trust)
    }

    fn described(page: &RawRecord, field: TargetField) -> Vec<&str> {
        page.described.get(&field).into_iter().flatten().map(String::as_str).collect()
    }

    #[test]
    fn every_selector_of_the_mapping_is_evaluated() {
        let page = extract(
            "<h1>Life&shy;guard</h1><p class=lead>Look after <b>swimmers</b>.</p><div class=body><p>One</p><p>Two</p></div>
             <ul class=tags><li>water<li>rescue &amp; care</ul><img class=hero src=/hero.png>",
        );
        let RawValues::Page(selected) = &page.values else { panic!("{page:?} is no page") };
        let selected: Vec<(&str, Vec<&str>)> = selected
            .iter()
            .map(|(name, values)| (name.as_str(), values.iter().map(String::as_str).collect()))
            .collect();
        let expected = [
            (".body p", vec!["One", "Two"]),
            (".lead", vec!["Look after swimmers."]),
            ("h1", vec!["Lifeguard"]),
            ("img.hero@src", vec!["/hero.png"]),
            ("ul.tags li", vec!["water", "rescue & care"]),
        ];
        assert_eq!(selected, expected);
        assert_eq!(page.page.as_deref(), Some("https://example.org/jobs/lifeguard?x=1"));
    }

    #[test]
    fn json_ld_goes_before_meta_tags_and_the_canonical_address_before_both() {
        let page = extract(
            r#"<title>From the head</title><link rel="canonical" href="/jobs/lifeguard">
            <meta name="description" content="From the meta tags"><meta property="og:title" content="From Open Graph">
            <script type="application/ld+json">{"@type": "Article", "headline": "From JSON-LD", "url": "/other"}</script>"#,
        );
        assert_eq!(described(&page, TargetField::Title), ["From JSON-LD"]);
        assert_eq!(described(&page, TargetField::Description), ["From the meta tags"]);
        assert_eq!(described(&page, TargetField::Url), ["https://example.org/jobs/lifeguard"]);
    }

    /// Each part of it says another title.
    const PARTS: &str = r#"<meta property="og:title" content="Meta"><meta name="description" content="Meta tells">
        <script type="application/ld+json">{"@type": "Course", "name": "JSON-LD", "author": "Jo"}</script>
        <p itemscope itemtype="https://schema.org/Course"><b itemprop="name">Microdata</b><b itemprop="publisher">Bees</b></p>
        <p vocab="http://schema.org/" typeof="Course"><b property="name">RDFa</b><b property="timeRequired">PT1H</b></p>
        <main><h1>Text</h1><p>Bees live in hives and look after them.</p></main>"#;

    #[test]
    fn of_each_field_the_most_trusted_part_counts() {
        let named = PagePart::NAMED.map(|(part, _)| part);
        let [selectors, rest @ ..] = named;
        let titles = ["JSON-LD", "Microdata", "RDFa", "Meta", "Text"];
        for (at, title) in titles.iter().enumerate() {
            let mut order = rest[at..].to_vec();
            let page = extract_by(PARTS, &Trust([&[selectors][..], &order[..]].concat()));
            assert_eq!(described(&page, TargetField::Title), [*title]);
            assert!(page.trusted.is_empty());

            order.push(selectors);
            let page = extract_by(PARTS, &Trust(order));
            assert_eq!(page.trusted[&TargetField::Title], [*title]);
            assert!(page.described.is_empty());
        }
    }

    #[test]
    fn parts_fill_the_gaps_of_each_other() {
        let page = extract(PARTS);
        assert_eq!(described(&page, TargetField::Creators), ["Jo"]);
        assert_eq!(described(&page, TargetField::Publisher), ["Bees"]);
        assert_eq!(described(&page, TargetField::Duration), ["PT1H"]);
        assert_eq!(described(&page, TargetField::Description), ["Meta tells"]);
    }

    #[test]
    fn a_part_that_is_not_named_is_not_read() {
        let page = extract_by(PARTS, &Trust(vec![PagePart::Text]));
        assert_eq!(described(&page, TargetField::Title), ["Text"]);
        assert_eq!(described(&page, TargetField::Description), ["Bees live in hives and look after them."]);
        assert_eq!(page.described.len(), 2);
        let RawValues::Page(selected) = &page.values else { panic!("{page:?} is no page") };
        assert!(selected.is_empty());
    }

    #[test]
    fn addresses_are_relative_to_the_base_of_the_page() {
        let page = extract(
            r#"<base href="/en/"><base href="/later/"><link rel="canonical" href="lifeguard">
            <script type="application/ld+json">{"@type": "Course", "name": "A", "image": "a.png"}</script>"#,
        );
        assert_eq!(page.base.as_deref(), Some("https://example.org/en/"));
        assert_eq!(described(&page, TargetField::Url), ["https://example.org/en/lifeguard"]);
        let elsewhere = extract(r#"<base href="data:text/html,x"><title>A</title>"#);
        assert_eq!(elsewhere.base, elsewhere.page);
    }

    #[test]
    fn a_page_tells_its_structured_data_as_it_is() {
        let url = Url::parse("https://example.org/a").expect("an address");
        let told = structured_data(&format!("<base href='/b/'>{PARTS}<meta name='DC.title' content='T'>"), &url);
        let course = json!({"@type": "https://schema.org/Course", "name": "Microdata", "publisher": "Bees"});
        assert_eq!(told.base.as_str(), "https://example.org/b/");
        assert_eq!(told.json_ld, [json!({"@type": "Course", "name": "JSON-LD", "author": "Jo"})]);
        assert_eq!(told.microdata, [course]);
        assert_eq!(told.rdfa.last().map(|node| &node["http://schema.org/name"]), Some(&json!([{"@value": "RDFa"}])));
        assert_eq!(told.open_graph, [("og:title".to_owned(), "Meta".to_owned())]);
        let names: Vec<&str> = told.dublin_core.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["description", "DC.title"]);
    }

    #[test]
    fn a_canonical_address_that_names_the_front_page_is_passed_over() {
        let page = extract(r#"<title>A</title><link rel="canonical" href="https://example.org/">"#);
        assert!(described(&page, TargetField::Url).is_empty());
    }

    #[test]
    fn the_name_of_the_site_is_cut_off_a_title_only_when_the_page_says_it() {
        let said = r#"<meta property="og:site_name" content="Example Society">"#;
        let title = "<title>Lifeguard | Example Society</title>";
        assert_eq!(described(&extract(&format!("{said}{title}")), TargetField::Title), ["Lifeguard"]);
        assert_eq!(described(&extract(title), TargetField::Title), ["Lifeguard | Example Society"]);
        let only = format!("{said}<title>Example Society</title>");
        assert_eq!(described(&extract(&only), TargetField::Title), ["Example Society"]);
    }

    #[test]
    fn what_is_no_page_gives_nothing() {
        for html in ["", "\u{0}\u{1}", "plain words", "<<<>>>"] {
            assert!(extract(html).described.is_empty(), "{html:?}");
        }
    }
}
