//! The pages of a long list.

use index::SearchResults;

use super::links::address;
use crate::pages::wording::{say, thousands};
use crate::web::query::{MAX_RESULTS, SearchQuery};

/// The links to the other pages.
pub(super) struct Pagination {
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// One page, or a gap between pages.
pub(super) struct Step {
    /// Its number, or an ellipsis.
    pub(super) label: String,
    /// Where it is; nothing for the page itself and for a gap.
    pub(super) href: Option<String>,
    pub(super) is_here: bool,
}

/// The links to the other pages; `None` when there are none.
pub(super) fn pagination(query: &SearchQuery, total: u64) -> Option<Pagination> {
    let last = last_page(total, query.per_page);
    if last < 2 {
        return None;
    }
    let here = query.page;
    let to = |page: usize| address(&query.with_page(page));
    let mut steps = Vec::new();
    let mut before = 0;
    for page in shown_pages(here, last) {
        if page > before + 1 {
            steps.push(Step { label: "…".to_owned(), href: None, is_here: false });
        }
        let is_here = page == here;
        steps.push(Step { label: thousands(page), href: (!is_here).then(|| to(page)), is_here });
        before = page;
    }
    Some(Pagination {
        previous: (here > 1 && here <= last).then(|| to(here - 1)),
        next: (here < last).then(|| to(here + 1)),
        steps,
    })
}

/// The last page that a number leads to.
fn last_page(total: u64, per_page: usize) -> usize {
    let reachable = usize::try_from(total).unwrap_or(usize::MAX).min(MAX_RESULTS);
    let last = reachable.div_ceil(per_page);
    // A page that would reach past the limit is refused, so the last one must lie within it.
    last.min(MAX_RESULTS / per_page)
}

/// The first, the last, and those around this one.
fn shown_pages(here: usize, last: usize) -> Vec<usize> {
    let around = here.saturating_sub(1).max(1)..=(here + 1).min(last);
    let mut pages: Vec<usize> = around.chain([1, last]).collect();
    pages.sort_unstable();
    pages.dedup();
    pages
}

/// Which results stand on this page: "Showing 21 to 40".
pub(super) fn range(page: usize, per_page: usize, results: &SearchResults) -> Option<String> {
    let first = (page - 1) * per_page + 1;
    let last = first + results.hits.len() - 1;
    let is_part = results.total > u64::try_from(results.hits.len()).unwrap_or(u64::MAX);
    (is_part && !results.hits.is_empty())
        .then(|| say("search.range", &[("first", &thousands(first)), ("last", &thousands(last))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_the_last_and_the_neighbouring_pages_are_shown() {
        for (here, last, expected) in [
            (1, 2, vec![1, 2]),
            (1, 9, vec![1, 2, 9]),
            (5, 9, vec![1, 4, 5, 6, 9]),
            (9, 9, vec![1, 8, 9]),
            (12, 9, vec![1, 9]),
        ] {
            assert_eq!(shown_pages(here, last), expected, "{here} of {last}");
        }
    }

    #[test]
    fn no_page_past_the_last_that_is_answered_is_linked() {
        for (total, per_page, expected) in
            [(0, 20, 0), (20, 20, 1), (21, 20, 2), (1_000_000, 20, 500), (1_000_000, 30, 333)]
        {
            assert_eq!(last_page(total, per_page), expected, "{total} by {per_page}");
        }
    }
}
