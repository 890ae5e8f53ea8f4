//! `GET /v1/feed.json`: a search as JSON Feed 1.1.

use anyhow::Context as _;
use axum::extract::{Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ABOUT, Contents, Feed, FeedItem, Format, answer_feed, rfc_3339};
use crate::app::App;
use crate::error::AppError;
use crate::web::caller::Caller;
use crate::web::problem::Problem;

const JSON_FEED: Format = Format {
    path: "/v1/feed.json",
    media_type: "application/feed+json",
    contents: Contents::Resources,
    write: |feed| Ok(write(feed).context("writing a feed as JSON")?),
};
const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// A search as a feed. Source: JSON Feed 1.1.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeed {
    /// The version of the format, by its address.
    pub version: String,
    /// What is searched.
    pub title: String,
    /// The page that shows the same search.
    pub home_page_url: String,
    /// The address of this feed.
    pub feed_url: String,
    /// What this is.
    pub description: String,
    /// The language of the feed itself.
    pub language: String,
    /// Who gives the feed.
    pub authors: Vec<JsonFeedAuthor>,
    /// What was found, the newest first unless another order was asked for.
    pub items: Vec<JsonFeedItem>,
}

/// One resource of a feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeedItem {
    /// The address of our page about it, for ever.
    pub id: String,
    /// Where it is; our page where it has no address.
    pub url: String,
    /// Its name.
    pub title: String,
    /// Its description in plain text; its name where it has none, since the format asks for a text.
    pub content_text: String,
    /// Its description in plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// When we first published it, RFC 3339.
    pub date_published: String,
    /// When we last changed it, RFC 3339.
    pub date_modified: String,
    /// Who made it, or who issues it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<JsonFeedAuthor>,
    /// The labels of its subjects and levels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// Somebody with a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeedAuthor {
    /// The name.
    pub name: String,
    /// Where more of them is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A search as a JSON Feed, the newest first.
#[utoipa::path(
    get, path = "/v1/feed.json", tag = "Feeds and exports", operation_id = "show_json_feed",
    params(crate::api::openapi::FeedParameters),
    responses(
        (status = 200, description = "The feed", body = JsonFeed, content_type = "application/feed+json"),
        (status = 304, description = "Nothing has changed since the answer whose ETag or Last-Modified was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_json_feed(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    answer_feed(&app, &caller, raw.as_deref(), &headers, &JSON_FEED).await
}

fn write(feed: &Feed) -> Result<String, serde_json::Error> {
    serde_json::to_string(&JsonFeed {
        version: VERSION.to_owned(),
        title: feed.title.clone(),
        home_page_url: feed.page.clone(),
        feed_url: feed.address.clone(),
        description: ABOUT.to_owned(),
        language: "en-GB".to_owned(),
        authors: vec![JsonFeedAuthor { name: "Signpost".to_owned(), url: Some(format!("{}/", feed.public_url)) }],
        items: feed.items.iter().map(present).collect(),
    })
}

fn present(item: &FeedItem) -> JsonFeedItem {
    let resource = &item.resource;
    let authors = item.authors().into_iter().map(|name| JsonFeedAuthor { name: name.to_owned(), url: None });
    JsonFeedItem {
        id: item.page.clone(),
        url: item.link.clone(),
        title: resource.title.clone(),
        content_text: resource.description.as_ref().unwrap_or(&resource.title).clone(),
        summary: resource.description.clone(),
        date_published: rfc_3339(item.created),
        date_modified: rfc_3339(item.updated),
        authors: authors.collect(),
        tags: item.categories().iter().map(|category| category.label.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing;
    use super::*;

    #[test]
    fn a_feed_is_written_as_json() {
        let feed = testing::feed();
        let written: Value = serde_json::from_str(&write(&feed).unwrap()).unwrap();
        assert_eq!(written["version"], VERSION);
        assert_eq!(written["home_page_url"], "https://signpost.example/?q=bees&sort=title");
        assert_eq!(written["authors"], json!([{ "name": "Signpost", "url": "https://signpost.example/" }]));
        assert_eq!(
            written["items"][0],
            json!({
                "id": feed.items[0].page,
                "url": "https://example.org/bees?a=1&b=2",
                "title": "Working with bees",
                "content_text": "How a beekeeper spends the day.",
                "summary": "How a beekeeper spends the day.",
                "date_published": "2026-11-02T08:00:00Z",
                "date_modified": "2026-11-20T10:30:00Z",
                "authors": [{ "name": "Example Society" }],
                "tags": ["Biology", "Key stage 3"]
            })
        );
    }

    #[test]
    fn what_has_no_description_has_its_name_for_a_text() {
        let feed = testing::feed();
        let written = present(&feed.items[1]);
        assert_eq!((written.content_text.as_str(), written.summary), (feed.items[1].resource.title.as_str(), None));
    }
}
