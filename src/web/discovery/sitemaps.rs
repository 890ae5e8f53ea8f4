//! `/sitemap.xml` and the sitemaps that it lists. Source: sitemaps.org.
//!
//! Which resource stands in which of them follows from its id, so that one changes only when a resource in it does. They
//! are read from the store, a part at a time, and are never whole in memory.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use schemas::ResourceId;

use crate::app::App;
use crate::catalogue::CatalogueError;
use crate::error::AppError;
use crate::web::etag;
use crate::web::path::PathId;
use crate::xml::Xml;

const MEDIA_TYPE: &str = "application/xml";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
/// The beginning and the end of a sitemap, which is sent in pieces.
const URLSET: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                      <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">";
const URLSET_END: &str = "</urlset>";
/// The pages that are not about a resource.
const FIXED_PAGES: [&str; 11] = [
    "/",
    "/students",
    "/planner",
    "/coverage",
    "/sources",
    "/partners",
    "/about",
    "/privacy",
    "/accessibility",
    "/contact",
    "/docs",
];
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

/// `GET /sitemap.xml`.
pub(super) async fn show_index(State(app): State<App>, headers: HeaderMap) -> Response {
    etag::answer(&headers, MEDIA_TYPE, sitemap_index(app.public_url(), app.index.resource_count()))
}

fn sitemap_index(public_url: &str, resources: u64) -> String {
    let mut document = Xml::document();
    document.holding("sitemapindex", &[("xmlns", NAMESPACE)], |xml| {
        for part in [FIXED_PART.to_owned()].into_iter().chain(parts(resources)) {
            xml.holding("sitemap", &[], |xml| xml.text("loc", &[], &format!("{public_url}/sitemaps/{part}.xml")));
        }
    });
    document.into_string()
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
pub(super) async fn show_sitemap(
    State(app): State<App>,
    PathId(name): PathId,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let unknown = || AppError::no_such("sitemap", &name);
    let part = name.strip_suffix(".xml").ok_or_else(unknown)?;
    if part == FIXED_PART {
        return Ok(etag::answer(&headers, MEDIA_TYPE, fixed_pages(app.public_url())));
    }
    let mut walk = PartWalk::of(part).ok_or_else(unknown)?;
    // Taken before the store is read: an answer may know more than its tag says, and never less.
    let head = app.store()?.head_seq().await?;
    let tag = etag::of_parts(&["sitemap", part, &head.to_string(), app.public_url()]);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    // The first page is read here, so that a store that does not answer is told of with a status.
    let first = format!("{URLSET}{}", walk.step(&app).await?);
    let rest = stream::try_unfold((app, walk, Some(first)), |(app, mut walk, first)| async move {
        let text = match first {
            Some(first) => first,
            None if walk.is_over => return Ok::<_, CatalogueError>(None),
            None => walk.step(&app).await.inspect_err(|error| {
                tracing::error!(error = %error, "a sitemap broke off");
            })?,
        };
        Ok(Some((Bytes::from(text), (app, walk, None))))
    });
    let response = ([(header::CONTENT_TYPE, MEDIA_TYPE)], Body::from_stream(rest.fuse())).into_response();
    Ok(etag::with_tag(response, &tag))
}

fn fixed_pages(public_url: &str) -> String {
    let mut xml = Xml::default();
    for path in FIXED_PAGES {
        write_url(&mut xml, &format!("{public_url}{path}"), None);
    }
    format!("{URLSET}{}{URLSET_END}", xml.into_string())
}

fn write_url(xml: &mut Xml, address: &str, changed: Option<&str>) {
    xml.holding("url", &[], |xml| {
        xml.text("loc", &[], address);
        xml.text_if_any("lastmod", changed);
    });
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

    /// The next page of resources, and behind the last one the end of the sitemap.
    async fn step(&mut self, app: &App) -> Result<String, CatalogueError> {
        let entries = app.store()?.scan(self.after.as_ref(), READ_AT_ONCE).await?;
        self.is_over = entries.len() < READ_AT_ONCE;
        let mut xml = Xml::default();
        for entry in entries {
            let resource = entry.resource;
            if !resource.id.as_str().starts_with(&self.prefix) {
                self.is_over = true;
                break;
            }
            write_url(&mut xml, &format!("{}/resources/{}", app.public_url(), resource.id), Some(&resource.updated));
            self.after = Some(resource.id);
        }
        let mut text = xml.into_string();
        if self.is_over {
            text.push_str(URLSET_END);
        }
        Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
