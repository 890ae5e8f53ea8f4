//! Extracting: which raw values does a web page hold?
//!
//! A page comes in as HTML, text goes out: what the source's selectors select, and what the page says of itself.
//! Nothing is understood here; [`crate::map`] does that. The parsed page cannot be sent between threads, so it never
//! leaves.

mod json_ld;
mod json_ld_nodes;
mod meta;
mod selectors;

use std::collections::BTreeMap;

use schemas::{ControlledField, Source, TargetField, parse_address};
use scraper::Html;
use url::Url;

use crate::normalise::readable::readable_part;
use crate::normalise::text::plain_text;
use crate::raw::RawPage;

pub use selectors::check_selectors;

/// So many values of one field are taken from what a page says of itself; none that means well says more.
const MAX_VALUES: usize = 300;

/// Signs between the title of a page and the name of its site.
const TITLE_SIGNS: [char; 8] = ['|', '-', '–', '—', '·', '•', ':', '»'];

/// Reads what a page holds. `url` is where it was read from, after redirects.
///
/// A page without markup, or one that is cut short, gives what it has; of one that nests too deep only its beginning is
/// read.
pub fn extract_page(html: &str, url: &Url, source: &Source) -> RawPage {
    let document = Html::parse_document(readable_part(html));
    let mut described = json_ld::describe(&document, url);
    let page = meta::read(&document);
    described.fill_gaps(page.described);
    described.set_address(page.canonical.as_deref(), url);
    if let Some(site) = page.site_name {
        described.cut_site_name(&site);
    }
    RawPage { url: url.to_string(), selected: selectors::select_all(&document, source), described: described.0 }
}

/// What a page says of itself: plain text by field, addresses as they are written.
#[derive(Debug, Default)]
struct Described(BTreeMap<TargetField, Vec<String>>);

impl Described {
    /// Adds a value. Blank ones, and what is there already, are passed over.
    fn add(&mut self, field: TargetField, text: &str) {
        let is_address = matches!(field, TargetField::Url | TargetField::SameAs | TargetField::Image);
        let text = if is_address { text.trim().to_owned() } else { plain_text(text) };
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
    fn set_address(&mut self, canonical: Option<&str>, page: &Url) {
        let given = self.0.remove(&TargetField::Url).unwrap_or_default();
        let address = canonical.into_iter().chain(given.iter().map(String::as_str)).find_map(|text| {
            let address = parse_address(page.join(text).ok()?.as_str()).ok()?;
            let is_front_page = address.path() == "/" && address.query().is_none() && page.path() != "/";
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

    fn extract(html: &str) -> RawPage {
        let source = Source::parse("example.toml", SOURCE).expect("it is right");
        extract_page(html, &Url::parse("https://example.org/jobs/lifeguard?x=1").expect("an address"), &source)
    }

    fn described(page: &RawPage, field: TargetField) -> Vec<&str> {
        page.described.get(&field).into_iter().flatten().map(String::as_str).collect()
    }

    #[test]
    fn every_selector_of_the_mapping_is_evaluated() {
        let page = extract(
            "<h1>Life&shy;guard</h1><p class=lead>Look after <b>swimmers</b>.</p><div class=body><p>One</p><p>Two</p></div>
             <ul class=tags><li>water<li>rescue &amp; care</ul><img class=hero src=/hero.png>",
        );
        let selected: Vec<(&str, Vec<&str>)> = page
            .selected
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
        assert_eq!(page.url, "https://example.org/jobs/lifeguard?x=1");
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
