//! What does an entry of a feed say in our fields?
//!
//! An entry and the head of its feed go in, texts by field come out, as HTML where they came as HTML; a mapping goes
//! before them. What they mean is left to [`crate::map`].

use std::collections::BTreeMap;

use schemas::validate::MAX_TEXT_BYTES;
use schemas::{ControlledField, TargetField, parse_address};
use url::Url;

use super::wordpress::{thumbnail, without_shortcodes};
use super::{Entry, FeedFormat, FeedHead, escaped, resolve};
use crate::normalise::plain_text;

/// The title of an entry without one is made of the beginning of its text, of which people read so much as a title.
const TITLE_CHARACTERS: usize = 80;

/// A shorter sentence says nothing: "Hello!", "E.g."
const SENTENCE_BYTES: usize = 20;

/// What an entry says in our fields, as HTML, and for it the feed where it says nothing.
pub(crate) fn describe(head: &FeedHead, entry: &Entry, base: Option<&Url>) -> BTreeMap<TargetField, Vec<String>> {
    let text = text_of(head, entry);
    let title = entry.title.clone().or_else(|| text.as_deref().and_then(beginning_of));
    let creators = if entry.creators.is_empty() { &head.creators } else { &entry.creators };
    let shown = |creator: &String| head.display_names.get(creator).unwrap_or(creator).clone();
    let image = thumbnail(head, entry).or(entry.images.first().map(String::as_str));
    let list = |value: Option<&String>| value.cloned().into_iter().collect::<Vec<String>>();
    let mut described = BTreeMap::from([
        (TargetField::Identifier, entry.identifier().map(ToOwned::to_owned).into_iter().collect()),
        (TargetField::Title, title.map(|title| escaped(&title)).into_iter().collect()),
        (TargetField::Description, text.into_iter().collect()),
        (TargetField::Url, address_of(entry, base).into_iter().collect()),
        (TargetField::Image, image.map(|image| resolve(image, base)).into_iter().collect()),
        (TargetField::Creators, creators.iter().map(shown).collect()),
        (TargetField::Keywords, entry.keywords.clone()),
        (TargetField::DatePublished, list(entry.published.as_ref())),
        (TargetField::DateModified, list(entry.modified.as_ref())),
        (TargetField::Concepts(ControlledField::Language), list(entry.language.as_ref().or(head.language.as_ref()))),
        (TargetField::Concepts(ControlledField::Licence), list(entry.licence.as_ref().or(head.licence.as_ref()))),
    ]);
    described.retain(|_, values| !values.is_empty());
    described
}

/// All of an entry, unless there is nothing to read in it; else what it says in short.
fn text_of(head: &FeedHead, entry: &Entry) -> Option<String> {
    let is_readable = |content: &&String| {
        content.len() <= MAX_TEXT_BYTES && (entry.summary.is_none() || !plain_text(content).is_empty())
    };
    let text = entry.content.as_ref().filter(is_readable).or(entry.summary.as_ref())?;
    Some(if head.format == FeedFormat::WordPressExport { without_shortcodes(text) } else { text.clone() })
}

/// The page of an entry, else what it leads to. What is no address stays as it is, so that it can be told.
fn address_of(entry: &Entry, base: Option<&Url>) -> Option<String> {
    let own = entry.link.as_ref().map(|link| resolve(link, base));
    let others = entry.other_links.iter().map(|link| resolve(link, base));
    own.clone().into_iter().chain(others).find(|address| parse_address(address).is_ok()).or(own)
}

/// A title for what has none, such as a short message: its first sentence, or as many words of it as fit.
fn beginning_of(markup: &str) -> Option<String> {
    let text = plain_text(markup);
    let end = text.char_indices().nth(TITLE_CHARACTERS).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    let ends = |sign: &&str| head.match_indices(*sign).map(|(at, _)| at).find(|at| *at >= SENTENCE_BYTES);
    let sentence = [". ", "! ", "? "].iter().filter_map(ends).min();
    if let Some(at) = sentence {
        return Some(text[..=at].to_owned());
    }
    if end == text.len() {
        return Some(text).filter(|text| !text.is_empty());
    }
    let words = head.rsplit_once(' ').map_or(head, |(words, _)| words);
    Some(format!("{}…", words.trim_end_matches([',', ';', ':', '-', '–', ' '])))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::sentence("<p>We look for a chemist. Apply by May.</p>", Some("We look for a chemist."))]
    #[case::short("Hello!", Some("Hello!"))]
    #[case::greeting("Hello! We look for a chemist", Some("Hello! We look for a chemist"))]
    #[case::nothing("<p> </p>", None)]
    fn a_title_is_made_of_the_beginning(#[case] markup: &str, #[case] expected: Option<&str>) {
        assert_eq!(beginning_of(markup).as_deref(), expected);
    }

    #[test]
    fn a_title_that_is_made_ends_with_a_word() {
        let title = beginning_of(&"école ".repeat(40)).expect("there is something in it");
        assert_eq!(title, format!("{}…", "école ".repeat(13).trim_end()));
    }
}
