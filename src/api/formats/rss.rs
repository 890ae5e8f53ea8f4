//! `GET /v1/feed.rss`: a search as RSS 2.0.

use axum::extract::{Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{ABOUT, Contents, Feed, FeedItem, Format, answer_feed, rfc_3339};
use crate::app::App;
use crate::error::AppError;
use crate::web::caller::Caller;
use crate::web::conditional::http_date;
use crate::web::problem::Problem;
use crate::xml::{Xml, escaped};

const RSS: Format = Format {
    path: "/v1/feed.rss",
    media_type: "application/rss+xml",
    contents: Contents::Resources,
    write: |feed| Ok(write(feed)),
};
/// What is said in words of other vocabularies: the feed's own address, who made a thing, when it was changed.
const NAMESPACES: [(&str, &str); 4] = [
    ("version", "2.0"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:dcterms", "http://purl.org/dc/terms/"),
];
/// In minutes: what ends is hidden at the full hour.
const TIME_TO_LIVE: &str = "60";

/// A search as an RSS 2.0 feed, the newest first.
#[utoipa::path(
    get, path = "/v1/feed.rss", tag = "Feeds and exports", operation_id = "show_rss",
    params(crate::api::openapi::FeedParameters),
    responses(
        (status = 200, description = "The feed", body = String, content_type = "application/rss+xml"),
        (status = 304, description = "Nothing has changed since the answer whose ETag or Last-Modified was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_rss(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    answer_feed(&app, &caller, raw.as_deref(), &headers, &RSS).await
}

fn write(feed: &Feed) -> String {
    let mut document = Xml::document();
    document.holding("rss", &NAMESPACES, |xml| xml.holding("channel", &[], |xml| write_channel(xml, feed)));
    document.into_string()
}

fn write_channel(xml: &mut Xml, feed: &Feed) {
    xml.text("title", &[], &feed.title);
    xml.text("link", &[], &feed.page);
    xml.text("description", &[], ABOUT);
    xml.text("language", &[], "en-gb");
    xml.empty("atom:link", &[("href", &feed.address), ("rel", "self"), ("type", RSS.media_type)]);
    if let Some(updated) = feed.updated {
        xml.text("lastBuildDate", &[], &http_date(updated));
    }
    xml.text("generator", &[], "Signpost");
    xml.text("ttl", &[], TIME_TO_LIVE);
    for item in &feed.items {
        xml.holding("item", &[], |xml| write_item(xml, item));
    }
}

fn write_item(xml: &mut Xml, item: &FeedItem) {
    xml.text("title", &[], &item.resource.title);
    xml.text("link", &[], &item.link);
    xml.text("guid", &[("isPermaLink", "true")], &item.page);
    if let Some(description) = &item.resource.description {
        // Readers take it for HTML, and ours is plain text.
        xml.text("description", &[], &escaped(description));
    }
    for author in item.authors() {
        xml.text("dc:creator", &[], author);
    }
    xml.text_if_any("dc:publisher", item.resource.publisher.as_deref());
    for category in item.categories() {
        xml.text("category", &[], category.label);
    }
    xml.text("pubDate", &[], &http_date(item.created));
    xml.text("dcterms:modified", &[], &rfc_3339(item.updated));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, lines};
    use super::*;

    #[test]
    fn a_feed_is_written_as_rss() {
        let text = lines(&write(&testing::feed()));
        let head = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
<channel>
<title>Signpost: bees &amp; birds</title>
<link>https://signpost.example/?q=bees&amp;sort=title</link>
<description>What this search finds in Signpost, the open catalogue of STEM careers resources for UK schools.</description>
<language>en-gb</language>
<atom:link href="https://signpost.example/v1/feed?q=bees&amp;sort=title" rel="self" type="application/rss+xml"/>
<lastBuildDate>Fri, 20 Nov 2026 10:30:00 GMT</lastBuildDate>
<generator>Signpost</generator>
<ttl>60</ttl>
<item>
<title>Working with bees</title>
<link>https://example.org/bees?a=1&amp;b=2</link>
<guid isPermaLink="true">https://signpost.example/resources/"#;
        assert!(text.starts_with(head), "{text}");
        let rest = r"<description>How a beekeeper spends the day.</description>
<dc:creator>Example Society</dc:creator>
<dc:publisher>Example Society</dc:publisher>
<category>Biology</category>
<category>Key stage 3</category>
<pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate>
<dcterms:modified>2026-11-20T10:30:00Z</dcterms:modified>
</item>
<item>
<title>&lt;b&gt;Birds&lt;/b&gt; &amp; &quot;more&quot;</title>
";
        assert!(text.contains(rest), "{text}");
        assert!(text.ends_with("</item>\n</channel>\n</rss>"), "{text}");
    }

    #[test]
    fn a_description_is_plain_text_also_for_readers_that_take_it_for_html() {
        let mut feed = testing::feed();
        feed.items[1].resource.description = Some("1 < 2 <script>".to_owned());
        let text = write(&feed);
        assert!(text.contains("<description>1 &amp;lt; 2 &amp;lt;script&amp;gt;</description>"), "{text}");
    }
}
