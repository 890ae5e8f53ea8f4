//! oEmbed: a search as something that `WordPress`, Moodle and others put into a page when its address is pasted.
//! Source: oEmbed 1.0.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::Url;

use super::embedding::Embedding;
use super::{frame, open_to_all};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::problem::Problem;
use crate::web::values::Values;

const TITLE: &str = "Search STEM careers resources";
/// The width of a column of text in most themes.
const WIDTH_PX: u32 = 720;
/// The box and three results.
const HEIGHT_PX: u32 = 800;
/// No screen is larger in either direction.
const MAX_PX: u32 = 10_000;

/// What a page embeds. Source: oEmbed 1.0, 2.3.4.4.
#[derive(Debug, Serialize)]
struct RichEmbedding {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    provider_name: &'static str,
    provider_url: String,
    cache_age: u32,
    html: String,
    width: u32,
    height: u32,
}

/// What was asked for. Consumers add parameters of their own, so unknown ones are passed over.
#[derive(Debug, Default)]
struct Asked {
    url: Option<String>,
    format: Option<String>,
    max_width_px: Option<u32>,
    max_height_px: Option<u32>,
}

/// A search in a frame, for an address of our search page or of a frame.
pub(super) async fn show_embedding(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let mut mistakes = Mistakes::default();
    let asked = Asked::read(query.as_deref(), &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    if asked.format.as_deref().is_some_and(|format| format != "json") {
        let detail = "an embedding is told in JSON only";
        return Ok(
            Problem::new(StatusCode::NOT_IMPLEMENTED, "not-implemented", "Not in this format", detail).into_response()
        );
    }
    let Some(url) = asked.url.as_deref() else {
        let detail = "the address of a search is needed";
        return Err(AppError::BadRequest(vec![ParameterMistake::new("url", detail)]));
    };
    let public_url = app.public_url();
    let embedding = embedded(url, public_url).ok_or_else(|| AppError::no_such("search to embed at", url))?;
    let mut response = etag::kept_for_an_hour(axum::Json(rich(public_url, &embedding, &asked)).into_response());
    open_to_all(response.headers_mut());
    Ok(response)
}

impl Asked {
    fn read(raw: Option<&str>, mistakes: &mut Mistakes) -> Self {
        let values = Values::pick(raw, &["url", "format", "maxwidth", "maxheight"], mistakes);
        let text = |name| values.get(name).map(ToOwned::to_owned);
        Self {
            url: text("url"),
            format: text("format"),
            max_width_px: values.number("maxwidth", 1..=MAX_PX, mistakes),
            max_height_px: values.number("maxheight", 1..=MAX_PX, mistakes),
        }
    }
}

/// The search at an address of ours; `None` for any other address.
fn embedded(url: &str, public_url: &str) -> Option<Embedding> {
    let (url, home) = (Url::parse(url).ok()?, Url::parse(public_url).ok()?);
    if url.origin() != home.origin() {
        return None;
    }
    let path = url.path().strip_prefix(home.path().trim_end_matches('/'))?;
    let is_search = matches!(path, "" | "/" | "/embed/search");
    is_search.then(|| Embedding::of_search(url.query().unwrap_or_default()))
}

fn rich(public_url: &str, embedding: &Embedding, asked: &Asked) -> RichEmbedding {
    let width = asked.max_width_px.map_or(WIDTH_PX, |most| most.min(WIDTH_PX));
    let height = asked.max_height_px.map_or(HEIGHT_PX, |most| most.min(HEIGHT_PX));
    let query = match embedding.query_string() {
        query if query.is_empty() => query,
        query => format!("?{query}"),
    };
    let address = attribute(&format!("{public_url}/embed/search{query}"));
    let sandbox = frame::SANDBOX;
    let html = format!(
        r#"<iframe src="{address}" title="{TITLE}" width="{width}" height="{height}" sandbox="{sandbox}" loading="lazy"></iframe>"#
    );
    RichEmbedding {
        version: "1.0",
        kind: "rich",
        title: TITLE,
        provider_name: "Signpost",
        provider_url: format!("{public_url}/"),
        cache_age: 3600,
        html,
        width,
        height,
    }
}

/// A text inside the quotes of an attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "https://signpost.example/below";

    fn read(raw: &str) -> (Asked, usize) {
        let mut mistakes = Mistakes::default();
        let asked = Asked::read(Some(raw), &mut mistakes);
        (asked, mistakes.into_result().map_or_else(|told| told.len(), |()| 0))
    }

    #[test]
    fn only_searches_of_ours_are_embedded() {
        for (url, expected) in [
            ("https://signpost.example/below/?q=vet&level=ks3&page=2", Some("q=vet&level=ks3")),
            ("https://signpost.example/below/embed/search?view=rsc", Some("view=rsc")),
            ("https://signpost.example/below", Some("")),
            ("https://signpost.example/below/about", None),
            ("https://signpost.example/", None),
            ("https://signpost.example.evil.example/below/", None),
            ("http://signpost.example/below/", None),
            ("https://signpost.example@evil.example/below/", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            let found = embedded(url, HOME).map(|embedding| embedding.query_string());
            assert_eq!(found.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_frame_fits_where_it_has_to_and_its_address_cannot_leave_the_quotes() {
        let (asked, mistakes) = read("url=x&maxwidth=400&maxheight=9999&discover=1");
        assert_eq!(mistakes, 0);
        let embedding = embedded("https://signpost.example/below/?q=%22%3E%3Cb%3E&level=ks3", HOME).unwrap();
        let rich = rich(HOME, &embedding, &asked);
        assert_eq!((rich.width, rich.height), (400, HEIGHT_PX));
        let src = r#"src="https://signpost.example/below/embed/search?q=%22%3E%3Cb%3E&amp;level=ks3""#;
        assert!(rich.html.contains(src), "{}", rich.html);
    }

    #[test]
    fn a_size_that_is_none_is_a_mistake() {
        for raw in ["maxwidth=0", "maxheight=-1", "maxwidth=wide", "maxwidth=99999"] {
            assert_eq!(read(raw).1, 1, "{raw}");
        }
    }
}
