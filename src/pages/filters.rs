//! What templates say: `{{ "search.apply"|word }}`, with places filled `{{ "search.page"|word|with("n", page) }}`, with
//! somebody's words in it `{{ "search.found"|word|holding("words", words) }}`, and prose `{{ "about.body"|prose(layout.carried) }}`. Each
//! module with such a template imports this one.
#![expect(
    clippy::inline_always,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    unreachable_pub,
    reason = "askama::filter_fn makes public methods of these functions, and asks for a Result"
)]

use std::fmt::Display;

use askama::filters::Safe;

use super::carried::Carried;
use super::{markup, wording};

/// The text of this name.
#[askama::filter_fn]
pub(crate) fn word<'a>(name: &'a str, _: &dyn askama::Values) -> askama::Result<&'a str> {
    Ok(wording::word(name))
}

/// A text with one place filled; what is put in is escaped with the rest.
#[askama::filter_fn]
pub(crate) fn with<T: Display, V: Display>(
    text: T,
    _: &dyn askama::Values,
    place: &str,
    value: V,
) -> askama::Result<String> {
    Ok(wording::fill(&text.to_string(), place, &value))
}

/// A text of ours with somebody else's words in it, set off from it in whatever direction they run.
#[askama::filter_fn]
pub(crate) fn holding<T: Display, W: Display>(
    text: T,
    _: &dyn askama::Values,
    place: &str,
    words: W,
) -> askama::Result<Safe<String>> {
    Ok(markup::holding(&text.to_string(), place, &words.to_string()))
}

/// Prose of ours, in Markdown; its links to pages of ours take along what the visitor carries.
#[askama::filter_fn]
pub(crate) fn prose(name: &str, _: &dyn askama::Values, carried: &Carried) -> askama::Result<Safe<String>> {
    Ok(markup::prose(name, carried))
}

/// The icon of this name, such as a type of resource.
#[askama::filter_fn]
pub(crate) fn icon(name: &str, _: &dyn askama::Values) -> askama::Result<Safe<&'static str>> {
    Ok(super::icons::icon(name))
}
