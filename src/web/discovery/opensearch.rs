//! How a browser searches here from its own search field, and what it suggests below it. Source: `OpenSearch` 1.1, draft
//! 6, and `OpenSearch` Suggestions 1.1.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use index::{Scope, Suggestions};

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::query::this_hour;
use crate::web::values::Values;
use crate::xml::Xml;

const MEDIA_TYPE: &str = "application/opensearchdescription+xml";
const SUGGESTIONS_MEDIA_TYPE: &str = "application/x-suggestions+json";
/// Whoever has typed more has typed a question, which is for the search.
const MAX_SUGGESTED_CHARACTERS: usize = 100;
/// A browser shows no more of them.
const SUGGESTIONS: usize = 8;

/// `GET /opensearch.xml`.
pub(super) async fn show_description(State(app): State<App>, headers: HeaderMap) -> Response {
    etag::answer(&headers, MEDIA_TYPE, description(app.public_url()))
}

fn description(public_url: &str) -> String {
    let mut document = Xml::document();
    document.holding("OpenSearchDescription", &[("xmlns", "http://a9.com/-/spec/opensearch/1.1/")], |xml| {
        xml.text("ShortName", &[], "Signpost");
        xml.text("LongName", &[], "Signpost: STEM careers resources");
        let about = "Search the STEM careers resources of many catalogues, for UK schools";
        xml.text("Description", &[], about);
        xml.text("Tags", &[], "STEM careers schools resources");
        for (media_type, relation, path) in [
            ("text/html", "results", "/?q={searchTerms}&page={startPage?}"),
            ("application/rss+xml", "results", "/v1/feed.rss?q={searchTerms}"),
            (SUGGESTIONS_MEDIA_TYPE, "suggestions", "/opensearch/suggest?q={searchTerms}"),
            (MEDIA_TYPE, "self", "/opensearch.xml"),
        ] {
            let template = format!("{public_url}{path}");
            xml.empty("Url", &[("type", media_type), ("rel", relation), ("template", &template)]);
        }
        let image = [("type", "image/svg+xml"), ("width", "16"), ("height", "16")];
        xml.text("Image", &image, &format!("{public_url}/favicon.ico"));
        xml.empty("Query", &[("role", "example"), ("searchTerms", "chemistry careers")]);
        xml.text("Language", &[], "en-GB");
        xml.text("InputEncoding", &[], "UTF-8");
        xml.text("OutputEncoding", &[], "UTF-8");
    });
    document.into_string()
}

/// `GET /opensearch/suggest`: `["chem", ["Chemistry", …]]`.
pub(super) async fn list_suggestions(
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
    let completions = if text.is_empty() {
        Vec::new()
    } else {
        completions(app.suggest(text.clone(), SUGGESTIONS, hour, Scope::default()).await?)
    };
    let mut response = Json((text, completions)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SUGGESTIONS_MEDIA_TYPE));
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

#[cfg(test)]
mod tests {
    use schemas::ResourceId;

    use super::*;

    #[test]
    fn the_short_name_fits_what_browsers_show_and_no_address_breaks_the_document() {
        let text = description("https://signpost.example/?a=<b>&\"c\"");
        let name = text.split("<ShortName>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert!((1..=16).contains(&name.chars().count()), "{name}");
        assert!(!text.contains("<b>") && text.contains("?a=&lt;b&gt;&amp;&quot;c&quot;"), "{text}");
        assert!(text.contains("/?q={searchTerms}&amp;page={startPage?}"), "{text}");
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
}
