//! Health: what everybody may know of a source and of how its last run went. The API and the pages both present this, so
//! that neither tells more than the other.
//!
//! What a run met is told in the words of whoever answered it, addresses and all. What stands behind the `?` of one may
//! be a key, and is taken off here and nowhere else: of a run by [`PublicRun`], of any other text by [`without_keys`]. An
//! admin reads the rows themselves.

use std::ops::Deref;

use schemas::SourceId;

use crate::app::App;
use crate::catalogue::{HarvestRow, SourceRow};
use crate::error::AppError;

/// A source and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceHealth {
    /// The source.
    pub(crate) source: SourceRow,
    /// Its last run, or the one that waits for an admin; `None` when there was none.
    pub(crate) last_run: Option<PublicRun>,
}

impl SourceHealth {
    /// Where people read it; `None` for a guide that is read here and nowhere else.
    pub(crate) fn homepage(&self) -> Option<&str> {
        Some(self.source.homepage.as_str()).filter(|homepage| !homepage.is_empty())
    }
}

/// A run as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicRun(HarvestRow);

impl PublicRun {
    /// The run without what may be a key.
    pub(crate) fn of(mut row: HarvestRow) -> Self {
        row.reason = row.reason.as_deref().map(without_keys);
        Self(row)
    }

    /// What may be told of it.
    pub(crate) fn into_row(self) -> HarvestRow {
        self.0
    }
}

impl Deref for PublicRun {
    type Target = HarvestRow;

    fn deref(&self) -> &HarvestRow {
        &self.0
    }
}

/// A source that there is or was.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been one of this id; otherwise when the store cannot be read.
pub(crate) async fn find_source(app: &App, id: &str) -> Result<SourceRow, AppError> {
    let unknown = || AppError::no_such_among("source", id, app.source_names().keys().map(String::as_str));
    let source_id = SourceId::parse(id).map_err(|_| unknown())?;
    app.store()?.source(&source_id).await?.ok_or_else(unknown)
}

/// How a source stands.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn health_of(app: &App, source: SourceRow) -> Result<SourceHealth, AppError> {
    let last_run = app.store()?.health(&source.id).await?.map(PublicRun::of);
    Ok(SourceHealth { source, last_run })
}

/// How every source stands that is there or still has resources, by id.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn health_of_all(app: &App) -> Result<Vec<SourceHealth>, AppError> {
    let sources = app.store()?.list_sources().await?;
    let mut runs = app.store()?.health_of_all().await?;
    let with_run = |source: SourceRow| {
        let last_run = runs.remove(&source.id).map(PublicRun::of);
        SourceHealth { source, last_run }
    };
    Ok(sources.into_iter().map(with_run).collect())
}

/// The longest value of a parameter that is told to everybody: a page, an offset or an id in a list is no longer.
const LONGEST_NUMBER: usize = 6;
/// What ends what an address asks for: the sentence it stands in, or the part of it that is not sent.
const ENDS: [char; 7] = [' ', '\t', '\r', '\n', '#', '`', '"'];
/// What may stand in it as well, but at its end is the sentence's.
const PUNCTUATION: [char; 5] = [')', ',', ';', '.', '\''];

/// A text as everybody may read it: what an address asks for behind its `?` may be a key, and short numbers are none. They
/// stay, since they say which page it is about.
pub(crate) fn without_keys(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, asked, after)) = next_asked(rest) {
        let kept: Vec<&str> = asked.split('&').filter(|pair| is_short_number(pair)).collect();
        told.push_str(before);
        // Behind a question there is nothing to take off.
        if asked.is_empty() || !kept.is_empty() {
            told.push('?');
        }
        told.push_str(&kept.join("&"));
        rest = after;
    }
    told.push_str(rest);
    told
}

/// What stands before the first `?` behind an address, what is asked for there, and what follows.
fn next_asked(text: &str) -> Option<(&str, &str, &str)> {
    let start = ["http://", "https://"].into_iter().filter_map(|scheme| text.find(scheme)).min()?;
    let mark = start + text[start..].find('?')?;
    let behind = &text[mark + 1..];
    let end = behind.find(ENDS).unwrap_or(behind.len());
    let asked = behind[..end].trim_end_matches(PUNCTUATION);
    Some((&text[..mark], asked, &behind[asked.len()..]))
}

fn is_short_number(pair: &str) -> bool {
    let value = pair.split_once('=').map_or("", |(_, value)| value);
    (1..=LONGEST_NUMBER).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_an_address_asks_for_everybody_is_told_short_numbers_only() {
        for (text, told) in [
            ("https://example.org/api?key=secret&page=2#/results/3", "https://example.org/api?page=2#/results/3"),
            ("record 7 of `https://example.org/api?key=secret`", "record 7 of `https://example.org/api`"),
            (
                "next page: `https://example.org/api?key=secret&page=2` is not among the hosts",
                "next page: `https://example.org/api?page=2` is not among the hosts",
            ),
            ("page 2: https://example.org/api?key=secret answered 500", "page 2: https://example.org/api answered 500"),
            (
                "`https://example.org/a?key=b`,`https://example.org/c?key=d`",
                "`https://example.org/a`,`https://example.org/c`",
            ),
            ("https://example.org/a?key=b&from=http://example.org/c?d", "https://example.org/a"),
            (
                "https://example.org/a\nhttps://example.org/b?key=c\nfailed",
                "https://example.org/a\nhttps://example.org/b\nfailed",
            ),
            ("(see https://example.org/a?key=b,c;d), failed.", "(see https://example.org/a), failed."),
            ("https://example.org/api?key=12345678901", "https://example.org/api"),
            ("https://example.org/lesson?id=12", "https://example.org/lesson?id=12"),
            ("did you mean `https://example.org/a`?", "did you mean `https://example.org/a`?"),
            ("did you mean `a`?", "did you mean `a`?"),
            ("file:records.json#/0", "file:records.json#/0"),
        ] {
            assert_eq!(without_keys(text), told);
        }
    }
}
