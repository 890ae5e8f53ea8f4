//! Meta tags: what do the head and the headings of a page say about it?
//!
//! Open Graph, Dublin Core, the plain names of HTML, and as a last resort the title and the language of the page.
//! Values are text; which of them count beside JSON-LD is left to [`super`].

use schemas::{ControlledField, TargetField};
use scraper::{ElementRef, Html, Selector};

use super::{Described, concepts};
use crate::normalise::text::{element_text, tidy};

/// Our field, then the names of meta tags for it; the first that stands in the page counts.
const NAMES: [(TargetField, &[&str]); 12] = [
    (TargetField::Title, &["og:title", "dc.title", "dcterms.title", "twitter:title"]),
    (
        TargetField::Description,
        &["og:description", "dc.description", "dcterms.description", "description", "twitter:description"],
    ),
    (TargetField::Url, &["og:url"]),
    (TargetField::Image, &["og:image", "og:image:url", "twitter:image"]),
    (TargetField::Publisher, &["dc.publisher", "dcterms.publisher"]),
    (TargetField::Creators, &["dc.creator", "dcterms.creator", "author", "article:author"]),
    (
        TargetField::DatePublished,
        &["article:published_time", "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date"],
    ),
    (TargetField::DateModified, &["article:modified_time", "og:updated_time", "dcterms.modified", "last-modified"]),
    (concepts(ControlledField::Language), &["dc.language", "dcterms.language", "content-language"]),
    (concepts(ControlledField::Licence), &["dcterms.license", "dc.rights.license"]),
    (concepts(ControlledField::Audience), &["dcterms.audience"]),
    (concepts(ControlledField::Level), &["dcterms.educationlevel"]),
];

/// Names whose one text is a list.
const KEYWORD_NAMES: [&str; 4] = ["keywords", "article:tag", "dc.subject", "dcterms.subject"];

/// Where the heading of a page stands: that of its main part, before that of its banner.
const HEADINGS: [&str; 3] = ["main h1, [role=main] h1, article h1", "h1", "title"];

/// What the head of a page says.
pub(super) struct PageHead {
    /// Values by field.
    pub(super) described: Described,
    /// The address it asks to be known by.
    pub(super) canonical: Option<String>,
    /// The name of the site it is part of.
    pub(super) site_name: Option<String>,
}

/// Reads the head of a page, and its headings.
pub(super) fn read(document: &Html) -> PageHead {
    let tags = tags(document);
    let mut described = Described::default();
    for (field, names) in NAMES {
        for text in first_of(&tags, names) {
            // Some sites give the address of a profile for an author.
            if field != TargetField::Creators || !text.starts_with("http") {
                described.add(field, text);
            }
        }
    }
    for text in first_of(&tags, &KEYWORD_NAMES) {
        described.add_list(TargetField::Keywords, text);
    }
    for heading in HEADINGS {
        if !described.has(TargetField::Title)
            && let Some(text) =
                all(document, heading).map(|element| tidy(&element_text(element))).find(|text| !text.is_empty())
        {
            described.add(TargetField::Title, &text);
        }
    }
    let licence = concepts(ControlledField::Licence);
    let language = concepts(ControlledField::Language);
    if !described.has(licence)
        && let Some(address) = attribute(document, "link[rel~=license], a[rel~=license]", "href")
    {
        described.add(licence, &address);
    }
    if !described.has(language)
        && let Some(tag) = attribute(document, "html", "lang")
    {
        described.add(language, &tag);
    }
    PageHead {
        described,
        canonical: attribute(document, "link[rel~=canonical]", "href"),
        site_name: first_of(&tags, &["og:site_name"]).first().map(|text| tidy(text)),
    }
}

/// Every meta tag with a name and a content, in the order of the page, names in lower case.
fn tags(document: &Html) -> Vec<(String, &str)> {
    all(document, "meta[content]")
        .filter_map(|tag| {
            let name = tag.attr("property").or_else(|| tag.attr("name")).or_else(|| tag.attr("http-equiv"))?;
            Some((name.trim().to_lowercase(), tag.attr("content")?))
        })
        .filter(|(_, content)| !content.trim().is_empty())
        .collect()
}

/// All contents under the first of these names that stands in the page.
fn first_of<'t>(tags: &[(String, &'t str)], names: &[&str]) -> Vec<&'t str> {
    let under = |name: &&str| -> Vec<&'t str> {
        tags.iter().filter(|(own, _)| own == name).map(|(_, content)| *content).collect()
    };
    names.iter().map(under).find(|contents| !contents.is_empty()).unwrap_or_default()
}

fn attribute(document: &Html, selector: &str, name: &str) -> Option<String> {
    all(document, selector).find_map(|element| element.attr(name)).map(tidy).filter(|text| !text.is_empty())
}

/// Every element that a selector of our own selects.
fn all<'d>(document: &'d Html, selector: &str) -> impl Iterator<Item = ElementRef<'d>> {
    let selector = Selector::parse(selector).expect("the selectors of this file are constants");
    let elements: Vec<ElementRef<'d>> = document.select(&selector).collect();
    elements.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(html: &str) -> PageHead {
        read(&Html::parse_document(html))
    }

    fn texts(html: &str, field: TargetField) -> Vec<String> {
        head(html).described.0.remove(&field).unwrap_or_default()
    }

    #[test]
    fn open_graph_goes_before_dublin_core_and_headings() {
        let graph = r#"<meta property="OG:Title" content="Graph">"#;
        let core = r#"<meta name="DC.title" content="Core">"#;
        let headings = "<title>Head</title><h1>Banner</h1><main><h1>Main <em>part</em></h1></main>";
        assert_eq!(texts(&format!("{core}{graph}{headings}"), TargetField::Title), ["Graph"]);
        assert_eq!(texts(&format!("{core}{headings}"), TargetField::Title), ["Core"]);
        assert_eq!(texts(headings, TargetField::Title), ["Main part"]);
        assert_eq!(
            texts("<title> Lifeguard |\n Explore careers</title><h1> </h1>", TargetField::Title),
            ["Lifeguard | Explore careers"]
        );
    }

    #[test]
    fn a_galaxy_page_names_every_creator() {
        let page = r#"<meta name="DC.creator" content="Saskia Hiltemann" /><meta name="DC.creator" content="Nicola Soranzo" />
            <meta name="author" content="Somebody else"><meta name="DC.date" content="2022-10-18 14:23:35 +0000" />"#;
        assert_eq!(texts(page, TargetField::Creators), ["Saskia Hiltemann", "Nicola Soranzo"]);
        assert_eq!(texts(page, TargetField::DatePublished), ["2022-10-18 14:23:35 +0000"]);
    }

    #[test]
    fn keywords_are_a_list() {
        let page = r#"<meta name="keywords" content="maths, careers,, maths &amp; art">"#;
        assert_eq!(texts(page, TargetField::Keywords), ["maths", "careers", "maths & art"]);
    }

    #[test]
    fn the_language_of_the_page_is_a_last_resort() {
        let language = concepts(ControlledField::Language);
        assert_eq!(texts(r#"<html lang="cy"><title>A</title>"#, language), ["cy"]);
        assert_eq!(texts(r#"<html lang="en"><meta name="dc.language" content="cy">"#, language), ["cy"]);
    }

    #[test]
    fn links_say_the_licence_and_the_canonical_address() {
        let page = r#"<link rel="canonical" href=" https://example.org/a "><a rel="license noopener" href="https://creativecommons.org/licenses/by/4.0/">CC</a>"#;
        assert_eq!(head(page).canonical.as_deref(), Some("https://example.org/a"));
        assert_eq!(texts(page, concepts(ControlledField::Licence)), ["https://creativecommons.org/licenses/by/4.0/"]);
    }

    #[test]
    fn an_empty_tag_says_nothing() {
        let page =
            r#"<meta property="og:title" content=" "><meta name="author" content="https://example.org/me"><h1>A</h1>"#;
        assert_eq!(texts(page, TargetField::Title), ["A"]);
        assert!(texts(page, TargetField::Creators).is_empty());
    }
}
