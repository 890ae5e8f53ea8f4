//! Health: what everybody may know of a source and of how its last run went. The API and the pages both present this, so
//! that neither tells more than the other.
//!
//! What a run met is told in the words of whoever answered it, addresses and all. What stands behind the `?` of one may
//! be a key, and is taken off here, once: see [`PublicRun`]. An admin reads the row itself.

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
        row.reason = row.reason.as_deref().map(without_queries);
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
    app.catalogue.source(&source_id).await?.ok_or_else(unknown)
}

/// How a source stands.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn health_of(app: &App, source: SourceRow) -> Result<SourceHealth, AppError> {
    let last_run = app.catalogue.health(&source.id).await?.map(PublicRun::of);
    Ok(SourceHealth { source, last_run })
}

/// How every source stands that is there or still has resources, by id.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn health_of_all(app: &App) -> Result<Vec<SourceHealth>, AppError> {
    let sources = app.catalogue.list_sources().await?;
    let mut runs = app.catalogue.health_of_all().await?;
    let with_run = |source: SourceRow| {
        let last_run = runs.remove(&source.id).map(PublicRun::of);
        SourceHealth { source, last_run }
    };
    Ok(sources.into_iter().map(with_run).collect())
}

fn without_queries(text: &str) -> String {
    let words: Vec<&str> = text
        .split(' ')
        .map(|word| match word.split_once('?') {
            Some((address, _)) if address.starts_with("http") => address,
            Some(_) | None => word,
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_not_told_to_everybody() {
        let reason = "page 2: https://example.org/api?key=secret&page=2 answered 500, expected a success";
        assert_eq!(without_queries(reason), "page 2: https://example.org/api answered 500, expected a success");
        assert_eq!(without_queries("did you mean `a`?"), "did you mean `a`?");
    }
}
