//! Exports of `WordPress` (WXR): which of their items are records, and what do they say in their own way?
//!
//! An export holds everything: drafts, menus, revisions, files. What is read is what anybody could read on the site.

use std::collections::HashSet;

use super::names::key_of;
use super::{Entry, FeedHead};
use crate::xml::XmlElement;

/// What is published for people to read, when a source names nothing else.
const POST_TYPES: [&str; 2] = ["post", "page"];

/// Whether an item is published for everybody, and of a type that is wanted.
pub(crate) fn is_record(entry: &Entry, post_types: &[String]) -> bool {
    let post_type = value(entry, "wp:post_type").unwrap_or("post");
    let is_wanted = if post_types.is_empty() {
        POST_TYPES.contains(&post_type)
    } else {
        post_types.iter().any(|wanted| wanted == post_type)
    };
    let is_published = value(entry, "wp:status").is_none_or(|status| status == "publish");
    is_wanted && is_published && value(entry, "wp:post_password").is_none()
}

/// The address of the picture of an item, which is an item of its own in the same export.
pub(crate) fn thumbnail<'h>(head: &'h FeedHead, entry: &Entry) -> Option<&'h str> {
    let id = value(entry, "wp:postmeta[_thumbnail_id]")?;
    head.attachments.get(id.trim()).map(String::as_str)
}

fn value<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    entry.values.get(name)?.first().map(String::as_str)
}

/// The id and the address of a file, when that is what an item is.
pub(super) fn attachment_in(item: &XmlElement) -> Option<(String, String)> {
    let address = text_of(item, "wp:attachment_url")?;
    Some((text_of(item, "wp:post_id")?, address))
}

/// The name that an author logs in with, and the one that people read.
pub(super) fn author_in(author: &XmlElement) -> Option<(String, String)> {
    let login = text_of(author, "wp:author_login")?;
    Some((login, text_of(author, "wp:author_display_name")?))
}

fn text_of(element: &XmlElement, key: &str) -> Option<String> {
    let text = element.elements().find(|inner| key_of(inner) == key)?.text().trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// The longest shortcode that is looked for: those of page builders hold a whole style sheet.
const MAX_SHORTCODE_BYTES: usize = 4_096;

/// A text without its shortcodes, which the plug-ins of a site turn into something else: `[gallery ids="1,2"]`,
/// `[caption]…[/caption]`. What stands in between stays, and so does a word in brackets: `[sic]`.
pub(crate) fn without_shortcodes(markup: &str) -> String {
    let ended = ended_names(markup);
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(at) = rest.find('[') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = shortcode_bytes(rest, &ended);
        if length == 0 {
            out.push('[');
        }
        rest = &rest[length.max(1)..];
    }
    out.push_str(rest);
    out
}

/// The names of shortcodes that have an end: `[/caption]`.
fn ended_names(markup: &str) -> HashSet<&str> {
    let names = markup.match_indices("[/").filter_map(|(at, sign)| {
        let after = &markup[at + sign.len()..];
        let name = name_at(after);
        after[name.len()..].starts_with(']').then_some(name)
    });
    names.collect()
}

/// How long the shortcode is that a text begins with; 0 when it begins with none.
fn shortcode_bytes(text: &str, ended: &HashSet<&str>) -> usize {
    let near = &text[..text.floor_char_boundary(MAX_SHORTCODE_BYTES)];
    let Some(end) = near.find(']') else { return 0 };
    let inside = &near[1..end];
    let (is_end, tag) = inside.strip_prefix('/').map_or((false, inside), |tag| (true, tag));
    let name = name_at(tag);
    let attributes = &tag[name.len()..];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && (attributes.is_empty() || attributes.starts_with([' ', '\n', '/']));
    let has_attributes = attributes.contains("=\"") || attributes.contains("='");
    if is_name && (is_end || has_attributes || ended.contains(name)) { end + 1 } else { 0 }
}

/// The letters that a text begins with, of those that stand in the names of shortcodes.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::read_feed;
    use super::*;

    fn export(items: &str) -> super::super::Feed {
        let text = format!(
            "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>\
             <wp:wxr_version>1.2</wp:wxr_version><wp:author><wp:author_login><![CDATA[jo]]></wp:author_login>\
             <wp:author_email>jo@example.org</wp:author_email>\
             <wp:author_display_name><![CDATA[Jo Bloggs]]></wp:author_display_name></wp:author>{items}</channel></rss>"
        );
        read_feed(&text, None).expect("an export")
    }

    fn post(post_type: &str, status: &str, more: &str) -> String {
        format!(
            "<item><title>A</title><wp:post_id>7</wp:post_id><wp:status><![CDATA[{status}]]></wp:status>\
             <wp:post_type>{post_type}</wp:post_type><wp:post_password><![CDATA[]]></wp:post_password>{more}</item>"
        )
    }

    #[rstest]
    #[case::post("post", "publish", &[], true)]
    #[case::page("page", "publish", &[], true)]
    #[case::draft("post", "draft", &[], false)]
    #[case::private("post", "private", &[], false)]
    #[case::file("attachment", "inherit", &[], false)]
    #[case::menu("nav_menu_item", "publish", &[], false)]
    #[case::wanted("job", "publish", &["job"], true)]
    #[case::not_wanted("post", "publish", &["job"], false)]
    fn only_what_is_published_and_wanted_is_a_record(
        #[case] post_type: &str,
        #[case] status: &str,
        #[case] wanted: &[&str],
        #[case] expected: bool,
    ) {
        let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
        let feed = export(&post(post_type, status, ""));
        assert_eq!(is_record(&feed.entries[0], &wanted), expected);
    }

    #[test]
    fn what_needs_a_password_is_no_record() {
        let locked = export(&post("post", "publish", "").replace("<![CDATA[]]>", "secret"));
        assert!(!is_record(&locked.entries[0], &[]));
    }

    #[test]
    fn a_picture_is_found_by_its_id() {
        let meta =
            "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>";
        let file = "<item><title>b</title><wp:post_id>9</wp:post_id>\
            <wp:attachment_url>https://example.org/b.png</wp:attachment_url></item>";
        let feed = export(&format!("{}{file}", post("post", "publish", meta)));
        assert_eq!(thumbnail(&feed.head, &feed.entries[0]), Some("https://example.org/b.png"));
        assert_eq!(thumbnail(&feed.head, &feed.entries[1]), None);
    }

    #[test]
    fn authors_are_known_by_both_names_and_comments_are_not_read() {
        let comment = "<wp:comment><wp:comment_author_email>x@example.org</wp:comment_author_email></wp:comment>";
        let feed = export(&post("post", "publish", comment));
        assert_eq!(feed.head.display_names["jo"], "Jo Bloggs");
        assert!(feed.entries[0].values.keys().all(|name| !name.contains("comment")));
    }

    #[rstest]
    #[case::pair("[caption id=\"1\"]<img> A dog[/caption] b", "<img> A dog b")]
    #[case::alone("a [gallery ids='1,2'] b", "a  b")]
    #[case::bare_pair("[row]a[/row]", "a")]
    #[case::word("he said [sic] so, array[1]", "he said [sic] so, array[1]")]
    #[case::link("[see https://example.org/?a=1]", "[see https://example.org/?a=1]")]
    #[case::open("a [b", "a [b")]
    fn shortcodes_are_taken_out(#[case] markup: &str, #[case] expected: &str) {
        assert_eq!(without_shortcodes(markup), expected);
    }
}
