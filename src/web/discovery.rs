//! What browsers and crawlers look for at fixed addresses: `OpenSearch`, robots.txt, sitemaps, security.txt.
//!
//! Every address in them begins with the public one of the configuration; what a request says of the host is not
//! believed. The sitemaps are read from the store, a part at a time, and are never whole in memory.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::{StreamExt as _, stream};
use index::Suggestions;
use jiff::ToSpan as _;
use schemas::ResourceId;

use super::etag;
use super::mistakes::Mistakes;
use super::path::PathId;
use super::query::this_hour;
use super::values::Values;
use crate::app::App;
use crate::catalogue::CatalogueError;
use crate::error::AppError;

/// The pages that are not about a resource.
const FIXED_PAGES: [&str; 6] = ["/", "/sources", "/about", "/privacy", "/accessibility", "/docs"];
/// The sitemap of the pages that are not about a resource.
const FIXED_PART: &str = "pages";
/// Crockford's base 32, in which ids are written, in the order of its bytes.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The characters of an id.
const ID_CHARACTERS: usize = 16;
/// With more resources than this the sitemaps are named by two characters. A sitemap holds 50,000 addresses at most
/// (sitemaps.org), and of 1.5 million resources one in 32 hold 46,875, give or take 1,000 in the worst case.
const MOST_OF_SHORT_PARTS: u64 = 1_500_000;
/// So many resources are read from the store at once: some 500 KB.
const READ_AT_ONCE: usize = 500;
/// Whoever has typed more has typed a question, which is for the search.
const MAX_SUGGESTED_CHARACTERS: usize = 100;
/// A browser shows no more of them.
const SUGGESTIONS: usize = 8;
/// RFC 9116, 2.5.5 recommends less than a year ahead.
const SECURITY_DAYS: i32 = 364;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/opensearch.xml", get(show_opensearch))
        .route("/opensearch/suggest", get(list_opensearch_suggestions))
        .route("/robots.txt", get(show_robots))
        .route("/sitemap.xml", get(show_sitemap_index))
        .route("/sitemaps/{part}", get(show_sitemap))
        .route("/.well-known/security.txt", get(show_security))
}

/// How a browser searches here from its own search field. Source: `OpenSearch` 1.1, draft 6.
async fn show_opensearch(State(app): State<App>, headers: HeaderMap) -> Response {
    present(&headers, "application/opensearchdescription+xml", opensearch(app.public_url()))
}

fn opensearch(public_url: &str) -> String {
    let at = xml(public_url);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>Signpost</ShortName>\n\
         <LongName>Signpost: STEM careers resources</LongName>\n\
         <Description>Search the STEM careers resources of many catalogues, for UK schools</Description>\n\
         <Tags>STEM careers schools resources</Tags>\n\
         <Url type=\"text/html\" template=\"{at}/?q={{searchTerms}}&amp;page={{startPage?}}\"/>\n\
         <Url type=\"application/rss+xml\" template=\"{at}/v1/feed.rss?q={{searchTerms}}\"/>\n\
         <Url type=\"application/x-suggestions+json\" rel=\"suggestions\" template=\"{at}/opensearch/suggest?q={{searchTerms}}\"/>\n\
         <Url type=\"application/opensearchdescription+xml\" rel=\"self\" template=\"{at}/opensearch.xml\"/>\n\
         <Image type=\"image/svg+xml\" width=\"16\" height=\"16\">{at}/favicon.ico</Image>\n\
         <Query role=\"example\" searchTerms=\"chemistry careers\"/>\n\
         <Language>en-GB</Language>\n\
         <InputEncoding>UTF-8</InputEncoding>\n\
         <OutputEncoding>UTF-8</OutputEncoding>\n\
         </OpenSearchDescription>\n"
    )
}

/// What a browser shows below its search field: `["chem", ["Chemistry", …]]`. Source: `OpenSearch` Suggestions 1.1.
async fn list_opensearch_suggestions(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let text = read_text(raw.as_deref())?;
    let hour = this_hour(&app.clock);
    let tag = etag::of_index(&app, hour, &format!("opensearch {text}"));
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let completions =
        if text.is_empty() { Vec::new() } else { completions(app.suggest(text.clone(), SUGGESTIONS, hour).await?) };
    let mut response = Json((text, completions)).into_response();
    let kind = HeaderValue::from_static("application/x-suggestions+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(etag::with_tag(response, &tag))
}

fn read_text(raw: Option<&str>) -> Result<String, AppError> {
    let mut mistakes = Mistakes::default();
    let values = Values::read(raw, &["q"], &mut mistakes);
    let text = values.get("q").unwrap_or_default();
    if text.chars().count() > MAX_SUGGESTED_CHARACTERS {
        mistakes.add("q", format!("longer than {MAX_SUGGESTED_CHARACTERS} characters"));
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(text.to_owned())
}

/// Concepts before titles, each text once.
fn completions(suggestions: Suggestions) -> Vec<String> {
    let concepts = suggestions.concepts.into_iter().map(|concept| concept.label);
    let mut texts: Vec<String> = Vec::new();
    for text in concepts.chain(suggestions.titles.into_iter().map(|title| title.title)) {
        if texts.len() < SUGGESTIONS && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// What crawlers are asked not to read. Source: RFC 9309.
async fn show_robots(State(app): State<App>, headers: HeaderMap) -> Response {
    present(&headers, "text/plain; charset=utf-8", robots(app.public_url()))
}

fn robots(public_url: &str) -> String {
    format!(
        "# Everything here is open. Please read resources rather than searches: each filter makes another page.\n\
         # The whole catalogue at once: {public_url}/docs\n\
         User-agent: *\n\
         Allow: /$\n\
         Disallow: /?\n\
         Disallow: /v1/resources?\n\
         Disallow: /v1/export\n\
         Disallow: /opensearch/suggest\n\
         Disallow: /admin\n\
         Disallow: /reports/\n\
         Disallow: /resources/*/report\n\
         \n\
         Sitemap: {public_url}/sitemap.xml\n"
    )
}

/// The list of sitemaps. Which resource stands in which follows from its id, so that a part changes only when a resource
/// in it does.
async fn show_sitemap_index(State(app): State<App>, headers: HeaderMap) -> Response {
    present(&headers, "application/xml", sitemap_index(app.public_url(), app.index.resource_count()))
}

fn sitemap_index(public_url: &str, resources: u64) -> String {
    let at = xml(public_url);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        .to_owned();
    for part in [FIXED_PART.to_owned()].into_iter().chain(parts(resources)) {
        let written = writeln!(text, "<sitemap><loc>{at}/sitemaps/{part}.xml</loc></sitemap>");
        written.expect("writing to a String does not fail");
    }
    text.push_str("</sitemapindex>\n");
    text
}

/// How the ids in each part begin.
fn parts(resources: u64) -> Vec<String> {
    let first: Vec<String> = ALPHABET.iter().map(|byte| char::from(*byte).to_string()).collect();
    if resources <= MOST_OF_SHORT_PARTS {
        return first;
    }
    first.iter().flat_map(|one| first.iter().map(move |two| format!("{one}{two}"))).collect()
}

/// One sitemap: the fixed pages, or those of the resources whose ids begin so, in the order of the ids.
async fn show_sitemap(State(app): State<App>, PathId(name): PathId, headers: HeaderMap) -> Result<Response, AppError> {
    let unknown = || AppError::no_such("sitemap", &name);
    let part = name.strip_suffix(".xml").ok_or_else(unknown)?;
    if part == FIXED_PART {
        return Ok(present(&headers, "application/xml", fixed_pages(app.public_url())));
    }
    let mut walk = PartWalk::of(part).ok_or_else(unknown)?;
    // Taken before the store is read: an answer may know more than its tag says, and never less.
    let head = app.catalogue.head_seq().await?;
    let tag = etag::of_parts(&["sitemap", part, &head.to_string(), app.public_url()]);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    // The first page is read here, so that a store that does not answer is told of with a status.
    let mut first = URLSET.to_owned();
    walk.write_next(&app, &mut first).await?;
    let rest = stream::try_unfold((app, walk, Some(first)), |(app, mut walk, first)| async move {
        let text = match first {
            Some(first) => first,
            None if walk.is_over => return Ok(None),
            None => {
                let mut text = String::new();
                if let Err(error) = walk.write_next(&app, &mut text).await {
                    tracing::error!(error = %error, "a sitemap broke off");
                    return Err(error);
                }
                text
            }
        };
        Ok(Some((Bytes::from(text), (app, walk, None))))
    });
    let response = ([(header::CONTENT_TYPE, "application/xml")], Body::from_stream(rest.fuse())).into_response();
    Ok(etag::with_tag(response, &tag))
}

const URLSET: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                      <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
const URLSET_END: &str = "</urlset>\n";

fn fixed_pages(public_url: &str) -> String {
    let mut text = URLSET.to_owned();
    for path in FIXED_PAGES {
        write_url(&mut text, public_url, path, None);
    }
    text.push_str(URLSET_END);
    text
}

fn write_url(text: &mut String, public_url: &str, path: &str, changed: Option<&str>) {
    let at = xml(public_url);
    let changed = changed.map(|time| format!("<lastmod>{}</lastmod>", xml(time))).unwrap_or_default();
    writeln!(text, "<url><loc>{at}{path}</loc>{changed}</url>").expect("writing to a String does not fail");
}

/// A walk through the live resources whose ids begin alike.
struct PartWalk {
    prefix: String,
    /// The id before the next one.
    after: Option<ResourceId>,
    is_over: bool,
}

impl PartWalk {
    /// The part of ids that begin so; `None` where there is no such part. Those with one character and those with two
    /// are all there always, however many resources there are, so that what was once listed can be read.
    fn of(prefix: &str) -> Option<Self> {
        let is_part = (1..=2).contains(&prefix.len()) && prefix.bytes().all(|byte| ALPHABET.contains(&byte));
        is_part.then(|| Self { prefix: prefix.to_owned(), after: last_id_before(prefix), is_over: false })
    }

    /// Writes the next page of resources, and the end of the sitemap after the last.
    async fn write_next(&mut self, app: &App, text: &mut String) -> Result<(), CatalogueError> {
        let entries = app.catalogue.scan(self.after.as_ref(), READ_AT_ONCE).await?;
        self.is_over = entries.len() < READ_AT_ONCE;
        for entry in entries {
            let resource = entry.resource;
            if !resource.id.as_str().starts_with(&self.prefix) {
                self.is_over = true;
                break;
            }
            write_url(text, app.public_url(), &format!("/resources/{}", resource.id), Some(&resource.updated));
            self.after = Some(resource.id);
        }
        if self.is_over {
            text.push_str(URLSET_END);
        }
        Ok(())
    }
}

/// The last id there can be before those that begin so; `None` before the first.
fn last_id_before(prefix: &str) -> Option<ResourceId> {
    let mut bytes = prefix.as_bytes().to_vec();
    // As in a number: what is 0 becomes the last digit and borrows from the one before it.
    loop {
        let last = bytes.pop()?;
        let place = ALPHABET.iter().position(|byte| *byte == last)?;
        if let Some(before) = place.checked_sub(1) {
            bytes.push(ALPHABET[before]);
            break;
        }
    }
    bytes.resize(ID_CHARACTERS, ALPHABET[ALPHABET.len() - 1]);
    ResourceId::parse(&String::from_utf8(bytes).ok()?).ok()
}

/// Whom to tell of a weakness. Source: RFC 9116.
async fn show_security(State(app): State<App>, headers: HeaderMap) -> Response {
    let public_url = app.public_url();
    let contact = app.config.harvest.contact_url.clone().unwrap_or_else(|| format!("{public_url}/about"));
    let expires = app.clock.local().date().saturating_add(SECURITY_DAYS.days());
    let text = format!(
        "Contact: {contact}\n\
         Expires: {expires}T00:00:00Z\n\
         Preferred-Languages: en\n\
         Canonical: {public_url}/.well-known/security.txt\n"
    );
    present(&headers, "text/plain; charset=utf-8", text)
}

/// A text, or only the word that the one the caller holds is still right.
fn present(headers: &HeaderMap, media_type: &'static str, text: String) -> Response {
    let tag = etag::of_parts(&[media_type, &text]);
    if etag::is_held(headers, &tag) {
        return etag::not_modified(&tag);
    }
    etag::with_tag(([(header::CONTENT_TYPE, media_type)], text).into_response(), &tag)
}

/// A text inside XML, in an element or in quotes. Control characters, which XML 1.0 does not have, are left out.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_name_fits_what_browsers_show_and_no_address_breaks_the_document() {
        let text = opensearch("https://signpost.example/?a=<b>&\"c\"");
        let name = text.split("<ShortName>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert!((1..=16).contains(&name.chars().count()), "{name}");
        assert!(!text.contains("<b>") && text.contains("?a=&lt;b&gt;&amp;&quot;c&quot;"), "{text}");
        assert!(text.contains("/?q={searchTerms}&amp;page={startPage?}"), "{text}");
    }

    #[test]
    fn the_parts_lie_one_behind_the_other_without_a_gap() {
        assert_eq!(last_id_before("0"), None);
        assert_eq!(last_id_before("00"), None);
        for (prefix, expected) in [
            ("1", "0zzzzzzzzzzzzzzz"),
            ("j", "hzzzzzzzzzzzzzzz"),
            ("10", "0zzzzzzzzzzzzzzz"),
            ("za", "z9zzzzzzzzzzzzzz"),
        ] {
            assert_eq!(last_id_before(prefix).unwrap().as_str(), expected, "{prefix}");
        }
        for resources in [0, MOST_OF_SHORT_PARTS, MOST_OF_SHORT_PARTS + 1] {
            let parts = parts(resources);
            assert!(parts.is_sorted() && parts.iter().all(|part| PartWalk::of(part).is_some()));
            assert_eq!(parts.len(), if resources <= MOST_OF_SHORT_PARTS { 32 } else { 1_024 });
        }
        for wrong in ["", "u", "i", "Z", "000", "é", "p\u{0}"] {
            assert!(PartWalk::of(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn a_suggestion_stands_once() {
        let id = ResourceId::founded_on("a");
        let title = |title: &str| index::SuggestedTitle { id: id.clone(), title: title.to_owned() };
        let suggestions = Suggestions { concepts: Vec::new(), titles: vec![title("Chemist"), title("Chemist")] };
        assert_eq!(completions(suggestions), ["Chemist"]);
    }

    #[test]
    fn a_query_of_no_letters_is_none_and_other_parameters_are_mistakes() {
        assert_eq!(read_text(None).unwrap(), "");
        assert_eq!(read_text(Some("q=+chem+")).unwrap(), "chem");
        for wrong in ["q=a&q=b", "query=a", &format!("q={}", "a".repeat(MAX_SUGGESTED_CHARACTERS + 1))] {
            assert!(read_text(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(xml("a\u{0}\u{1b}&'<\u{e9}"), "a&amp;&apos;&lt;\u{e9}");
    }
}
