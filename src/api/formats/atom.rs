//! `GET /v1/feed.atom`: a search as Atom. Source: RFC 4287.

use axum::extract::{Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{ABOUT, Contents, Feed, FeedItem, Format, answer_feed, rfc_3339};
use crate::app::App;
use crate::error::AppError;
use crate::web::caller::Caller;
use crate::web::problem::Problem;
use crate::xml::Xml;

const ATOM: Format = Format {
    path: "/v1/feed.atom",
    media_type: "application/atom+xml",
    contents: Contents::Resources,
    write: |feed| Ok(write(feed)),
};

/// A search as an Atom feed, the newest first.
#[utoipa::path(
    get, path = "/v1/feed.atom", tag = "Feeds and exports", operation_id = "show_atom",
    params(crate::api::openapi::FeedParameters),
    responses(
        (status = 200, description = "The feed", body = String, content_type = "application/atom+xml"),
        (status = 304, description = "Nothing has changed since the answer whose ETag or Last-Modified was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_atom(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    answer_feed(&app, &caller, raw.as_deref(), &headers, &ATOM).await
}

fn write(feed: &Feed) -> String {
    let mut document = Xml::document();
    document.holding("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", "en-GB")], |xml| {
        xml.text("id", &[], &feed.address);
        xml.text("title", &[], &feed.title);
        xml.text("subtitle", &[], ABOUT);
        xml.empty("link", &[("rel", "self"), ("type", ATOM.media_type), ("href", &feed.address)]);
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.page)]);
        // An empty feed must say when it was changed as well. Source: RFC 4287, 4.1.1.
        xml.text("updated", &[], &rfc_3339(feed.updated.unwrap_or(feed.hour)));
        xml.holding("author", &[], |xml| {
            xml.text("name", &[], "Signpost");
            xml.text("uri", &[], &format!("{}/", feed.public_url));
        });
        xml.text("generator", &[], "Signpost");
        for item in &feed.items {
            xml.holding("entry", &[], |xml| write_entry(xml, item, &feed.public_url));
        }
    });
    document.into_string()
}

fn write_entry(xml: &mut Xml, item: &FeedItem, public_url: &str) {
    xml.text("id", &[], &item.page);
    xml.text("title", &[("type", "text")], &item.resource.title);
    xml.empty("link", &[("rel", "alternate"), ("href", &item.link)]);
    xml.text("published", &[], &rfc_3339(item.created));
    xml.text("updated", &[], &rfc_3339(item.updated));
    if let Some(description) = &item.resource.description {
        xml.text("summary", &[("type", "text")], description);
    }
    for author in item.authors() {
        xml.holding("author", &[], |xml| xml.text("name", &[], author));
    }
    for category in item.categories() {
        let scheme = format!("{public_url}/v1/vocabularies/{}", category.vocabulary);
        xml.empty("category", &[("term", category.id), ("scheme", &scheme), ("label", category.label)]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, lines};
    use super::*;

    #[test]
    fn a_feed_is_written_as_atom() {
        let text = lines(&write(&testing::feed()));
        let head = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">
<id>https://signpost.example/v1/feed?q=bees&amp;sort=title</id>
<title>Signpost: bees &amp; birds</title>
<subtitle>What this search finds in Signpost, the open catalogue of STEM careers resources for UK schools.</subtitle>
<link rel="self" type="application/atom+xml" href="https://signpost.example/v1/feed?q=bees&amp;sort=title"/>
<link rel="alternate" type="text/html" href="https://signpost.example/?q=bees&amp;sort=title"/>
<updated>2026-11-20T10:30:00Z</updated>
<author>
<name>Signpost</name>
<uri>https://signpost.example/</uri>
</author>
<generator>Signpost</generator>
<entry>
<id>https://signpost.example/resources/"#;
        assert!(text.starts_with(head), "{text}");
        let rest = r#"<title type="text">Working with bees</title>
<link rel="alternate" href="https://example.org/bees?a=1&amp;b=2"/>
<published>2026-11-02T08:00:00Z</published>
<updated>2026-11-20T10:30:00Z</updated>
<summary type="text">How a beekeeper spends the day.</summary>
<author>
<name>Example Society</name>
</author>
<category term="biology" scheme="https://signpost.example/v1/vocabularies/subject" label="Biology"/>
<category term="ks3" scheme="https://signpost.example/v1/vocabularies/level" label="Key stage 3"/>
</entry>
"#;
        assert!(text.contains(rest), "{text}");
        assert!(
            text.contains("<title type=\"text\">&lt;b&gt;Birds&lt;/b&gt; &amp; &quot;more&quot;</title>"),
            "{text}"
        );
        assert!(text.contains("<name>A &lt;i&gt;writer&lt;/i&gt;</name>"), "{text}");
    }

    #[test]
    fn an_empty_feed_was_changed_at_the_hour_it_is_asked_for() {
        let feed = Feed { updated: None, items: Vec::new(), ..testing::feed() };
        let text = write(&feed);
        assert!(text.contains("<updated>2026-11-21T09:00:00Z</updated>"), "{text}");
    }
}
