//! The page for a frame: nothing but the search, for sites that let no script of others in.
//!
//! It runs in a sandbox without an origin of its own, so its policy names ours.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::embedding::Embedding;
use super::open_to_all;
use crate::app::App;
use crate::error::AppError;
use crate::pages::PageError;
use crate::web::etag;

/// What a frame may do: run the script, send the form to it, and open a result outside the frame, free of the sandbox,
/// where the site it leads to works as it always does.
pub(crate) const SANDBOX: &str = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox";

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Search STEM careers resources – Signpost</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="stylesheet" href="{{ home }}/embed/frame.css">
<script src="{{ home }}/embed/v1.js" defer></script>
<script src="{{ home }}/embed/frame.js" defer></script>
</head>
<body>
<main>
<signpost-search target="_blank"{% for (name, value) in attributes %} {{ name }}="{{ value }}"{% endfor %}>
<a href="{{ home }}/{{ query }}" target="_blank" rel="noopener">Search STEM careers resources on Signpost</a>
</signpost-search>
</main>
</body>
</html>
"#
)]
struct FramePage<'a> {
    /// The address of the service, without a slash at the end.
    home: &'a str,
    attributes: Vec<(&'static str, String)>,
    /// The same search on Signpost's own page, with its question mark.
    query: String,
}

/// The page for a frame.
pub(super) async fn show_frame(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let response = match Embedding::parse(query.as_deref().unwrap_or_default()) {
        Ok(embedding) => present(&app, embedding, &headers),
        Err(mistakes) => PageError::from(AppError::BadRequest(mistakes)).into_response(),
    };
    framed(response, app.public_url())
}

fn present(app: &App, embedding: Embedding, headers: &HeaderMap) -> Response {
    let query = match embedding.page_query_string() {
        query if query.is_empty() => query,
        query => format!("?{query}"),
    };
    let mut attributes = embedding.attributes;
    if !attributes.iter().any(|(name, _)| *name == "heading-level") {
        // Nothing stands above it in a frame.
        attributes.push(("heading-level", "1".to_owned()));
    }
    match (FramePage { home: app.public_url(), attributes, query }).render() {
        Ok(html) => etag::answer(headers, "text/html; charset=utf-8", html),
        Err(error) => PageError::from(AppError::Internal(error.into())).into_response(),
    }
}

/// Lets any site show it in a frame, and it load nothing but our own files and answers.
fn framed(mut response: Response, public_url: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy(public_url)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    open_to_all(headers);
    response
}

fn policy(public_url: &str) -> String {
    let ours = Url::parse(public_url).map_or_else(|_| "'none'".to_owned(), |url| url.origin().ascii_serialization());
    format!(
        "default-src 'none'; script-src {ours}; style-src {ours}; img-src {ours}; connect-src {ours}; \
         form-action {ours}; base-uri 'none'; frame-ancestors *"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_origin_alone_and_lets_any_site_frame_it() {
        let policy = policy("https://signpost.example:8443/below");
        assert!(policy.contains("script-src https://signpost.example:8443;"), "{policy}");
        assert!(policy.ends_with("frame-ancestors *"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn what_an_address_says_stands_escaped_in_the_page() {
        let attributes = Embedding::parse("q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").unwrap().attributes;
        let page = FramePage { home: "https://signpost.example", attributes, query: "?q=%22".to_owned() };
        let html = page.render().unwrap();
        assert_eq!(html.matches("<script").count(), 2, "{html}");
        assert!(!html.contains(r#"="">"#), "{html}");
    }
}
