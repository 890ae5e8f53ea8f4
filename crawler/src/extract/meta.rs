//! Meta tags: what do the head and the headings of a page say about it?
//!
//! Open Graph, Dublin Core, the plain names of HTML, those of Twitter, and as a last resort the title and the language of
//! the page. Values are text; which of them count beside JSON-LD is left to [`super`].

use schemas::{ControlledField, TargetField};
use scraper::{ElementRef, Html, Selector};

use super::{Described, concepts};
use crate::normalise::text::{element_text, tidy};

/// Our field, then the names of meta tags for it; the first that stands in the page counts.
const NAMES: [(TargetField, &[&str]); 13] = [
    (TargetField::Title, &["og:title", "dc.title", "dcterms.title", "twitter:title"]),
    (TargetField::AlternativeTitles, &["dcterms.alternative", "dc.title.alternative"]),
    (
        TargetField::Description,
        &[
            "og:description",
            "dc.description",
            "dcterms.description",
            "dcterms.abstract",
            "dc.description.abstract",
            "description",
            "twitter:description",
        ],
    ),
    (TargetField::Url, &["og:url"]),
    (TargetField::Image, &["og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"]),
    (TargetField::Publisher, &["dc.publisher", "dcterms.publisher"]),
    (TargetField::Creators, &["dc.creator", "dcterms.creator", "author", "article:author"]),
    (
        TargetField::DatePublished,
        &[
            "article:published_time",
            "dcterms.issued",
            "dc.date.issued",
            "dcterms.created",
            "dc.date.created",
            "dc.date",
            "dcterms.date",
        ],
    ),
    (
        TargetField::DateModified,
        &["article:modified_time", "og:updated_time", "dcterms.modified", "dc.date.modified", "last-modified"],
    ),
    (concepts(ControlledField::Language), &["dc.language", "dcterms.language", "content-language"]),
    (concepts(ControlledField::Licence), &["dcterms.license", "dc.rights.license"]),
    (concepts(ControlledField::Audience), &["dcterms.audience"]),
    (concepts(ControlledField::Level), &["dcterms.educationlevel"]),
];

/// Names whose one text is a list.
const KEYWORD_NAMES: [&str; 4] = ["keywords", "article:tag", "dc.subject", "dcterms.subject"];

/// How Dublin Core is called where a page does not say how, and what we call it.
const DUBLIN_CORE_PREFIXES: [(&str, &str); 4] =
    [("dc", "dc"), ("dc11", "dc"), ("dcterms", "dcterms"), ("dct", "dcterms")];

/// The addresses of Dublin Core, without their scheme, and what we call it.
const DUBLIN_CORE_ADDRESSES: [(&str, &str); 2] =
    [("//purl.org/dc/elements/1.1", "dc"), ("//purl.org/dc/terms", "dcterms")];

/// The names of Dublin Core: the fifteen elements and the terms. Source: DCMI Metadata Terms, section 2.
const DUBLIN_CORE_NAMES: &str = "abstract accessrights accrualmethod accrualperiodicity accrualpolicy alternative \
    audience available bibliographiccitation conformsto contributor coverage created creator date dateaccepted \
    datecopyrighted datesubmitted description educationlevel extent format hasformat haspart hasversion identifier \
    instructionalmethod isformatof ispartof isreferencedby isreplacedby isrequiredby issued isversionof language license \
    mediator medium modified provenance publisher references relation replaces requires rights rightsholder source \
    spatial subject tableofcontents temporal title type valid";

/// The vocabularies of Open Graph, and that of products, which its authors added. Source: ogp.me.
const OPEN_GRAPH_PREFIXES: [&str; 7] = ["og", "article", "book", "music", "product", "profile", "video"];

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

/// What Open Graph says of a page: the properties of its own vocabularies and of those that the page declares in a `prefix`,
/// in the order of the page, as they are written.
pub(super) fn open_graph(document: &Html) -> Vec<(String, String)> {
    let declared: Vec<&str> = all(document, "html[prefix], head[prefix]")
        .flat_map(|element| element.attr("prefix").unwrap_or_default().split_ascii_whitespace())
        .filter_map(|word| word.strip_suffix(':'))
        .collect();
    let tags =
        all(document, "meta[property][content]").filter_map(|tag| Some((tag.attr("property")?, tag.attr("content")?)));
    tags.filter(|(name, _)| {
        let prefix = name.split(':').next().unwrap_or_default();
        OPEN_GRAPH_PREFIXES.contains(&prefix) || declared.contains(&prefix)
    })
    .map(|(name, content)| (name.to_owned(), content.to_owned()))
    .collect()
}

/// What Dublin Core says of a page: first its `meta` tags, then its links, each in the order of the page, as they are
/// written. A name counts by its last part, so that `DC.Date.modified` does, and `description` alone does too.
pub(super) fn dublin_core(document: &Html) -> Vec<(String, String)> {
    let tags = all(document, "meta[name][content]").filter_map(|tag| Some((tag.attr("name")?, tag.attr("content")?)));
    let links = all(document, "link[rel][href]").filter_map(|link| Some((link.attr("rel")?, link.attr("href")?)));
    tags.chain(links)
        .filter(|(name, _)| {
            let last = name.trim().rsplit('.').next().unwrap_or_default().to_lowercase();
            DUBLIN_CORE_NAMES.split(' ').any(|known| known == last)
        })
        .map(|(name, content)| (name.to_owned(), content.to_owned()))
        .collect()
}

/// Every meta tag with a name and a content, in the order of the page, names in lower case and those of Dublin Core as
/// `dc.title` and `dcterms.issued`, however the page calls it.
fn tags(document: &Html) -> Vec<(String, &str)> {
    let prefixes = dublin_core_prefixes(document);
    all(document, "meta[content]")
        .filter_map(|tag| {
            let name = tag.attr("property").or_else(|| tag.attr("name")).or_else(|| tag.attr("http-equiv"))?;
            Some((own_name(name, &prefixes), tag.attr("content")?))
        })
        .filter(|(_, content)| !content.trim().is_empty())
        .collect()
}

/// What a page calls Dublin Core, and what we call it: `link rel="schema.X"` says what X stands for.
fn dublin_core_prefixes(document: &Html) -> Vec<(String, &'static str)> {
    let declared = all(document, "link[rel][href]").filter_map(|link| {
        let prefix = link.attr("rel")?.trim().to_lowercase().strip_prefix("schema.")?.to_owned();
        let address = link.attr("href")?.trim().trim_end_matches(['/', '#']).to_lowercase();
        let (_, ours) = DUBLIN_CORE_ADDRESSES.iter().find(|(known, _)| address.ends_with(known))?;
        Some((prefix, *ours))
    });
    let known = DUBLIN_CORE_PREFIXES.iter().map(|(prefix, ours)| ((*prefix).to_owned(), *ours));
    declared.chain(known).collect()
}

fn own_name(name: &str, prefixes: &[(String, &'static str)]) -> String {
    let name = name.trim().to_lowercase();
    let dublin_core = name.split_once(['.', ':']).and_then(|(prefix, rest)| {
        let (_, ours) = prefixes.iter().find(|(own, _)| own == prefix)?;
        Some(format!("{ours}.{rest}"))
    });
    dublin_core.unwrap_or(name)
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
    fn dublin_core_is_known_by_any_name_that_a_page_gives_it() {
        for page in [
            r#"<meta name="DCTERMS.abstract" content="A">"#,
            r#"<meta property="dct:description" content="A">"#,
            r#"<link rel="schema.Core" href="HTTP://purl.org/dc/elements/1.1/"><meta name="core.Description" content="A">"#,
        ] {
            assert_eq!(texts(page, TargetField::Description), ["A"], "{page}");
        }
    }

    #[test]
    fn the_tags_of_a_page_are_told_as_they_are_written() {
        let page = Html::parse_document(
            r#"<html prefix="ex: http://example.org/ns#"><meta name="DC.Date.modified" scheme="W3CDTF" content=" 2026 ">
            <link rel="DCTERMS.replaces" href="/old"><link rel="stylesheet" href="a.css"><meta name="robots" content="all">
            <meta name="description" content="D"><meta property="og:title" content=""><meta property="ex:a" content="B">
            <meta property="fb:app_id" content="1"><meta property="article:tag" content="C">"#,
        );
        let pairs = |found: Vec<(String, String)>| {
            found.into_iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs(dublin_core(&page)), ["DC.Date.modified= 2026 ", "description=D", "DCTERMS.replaces=/old"]);
        assert_eq!(pairs(open_graph(&page)), ["og:title=", "ex:a=B", "article:tag=C"]);
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
