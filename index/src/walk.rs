//! A walk through all results of a search, over one state of the index, however it changes meanwhile.

use std::sync::Arc;

use crate::Index;
use crate::columns::View;
use crate::error::IndexError;
use crate::generation::Generation;
use crate::request::{Place, SearchRequest};
use crate::results::Hit;

/// A walk. It keeps its state of the index, and the files of that, until it is dropped.
///
/// Each step holds as many results as the request asks for at once, and looks at all that match: steps of a thousand
/// keep memory flat and a hundred thousand results within seconds.
pub struct Walk {
    index: Arc<Index>,
    live: Arc<Generation>,
    view: Arc<View>,
    request: SearchRequest,
    position: u64,
    total: Option<u64>,
    is_over: bool,
}

impl Index {
    /// Begins a walk through all results of a search, so many at a step as its `limit` says. Nothing is counted. Waits
    /// while changes are applied.
    pub fn walk(self: &Arc<Self>, request: SearchRequest) -> Walk {
        // Nothing is applied meanwhile: the position is just that of the view.
        let changing = self.lock();
        let live = self.live.load_full();
        let (position, view) = (live.position(), live.view());
        drop(changing);
        let request = SearchRequest { place: Place::Start, facets: Vec::new(), coverage: None, ..request };
        Walk { index: Arc::clone(self), live, view, request, position, total: None, is_over: false }
    }
}

impl Walk {
    /// The next results; none at the end.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn step(&mut self) -> Result<Vec<Hit>, IndexError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let searching = self.index.searching(&self.live, &self.view);
        let results = searching.search(&self.request, self.live.number, self.position)?;
        self.total.get_or_insert(results.total);
        match results.next {
            Some(cursor) => self.request.place = Place::After(cursor),
            None => self.is_over = true,
        }
        Ok(results.hits)
    }

    /// How many results there are in all; known after the first step.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The position in the change log that the results follow from.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The generation of the index that is walked through.
    pub fn generation(&self) -> u64 {
        self.live.number
    }
}
