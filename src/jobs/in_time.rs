//! `in_time`: an answer of the store, or the error of one that is away when none comes.
//!
//! A database whose machine is gone without a word says nothing for ever: nothing was refused and nothing was closed. Who
//! does the same again and again, or keeps others waiting meanwhile, asks by this.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use crate::catalogue::CatalogueError;

/// Longer than any turn to write is waited for, and than anything that is read takes.
const ANSWER_WITHIN: Duration = Duration::from_mins(2);

/// Waits for an answer, and not for ever.
pub(super) async fn in_time<T, E: From<CatalogueError>>(answer: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    within(ANSWER_WITHIN, answer).await
}

async fn within<T, E: From<CatalogueError>>(
    time: Duration,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(time, answer).await.unwrap_or_else(|_| Err(CatalogueError::away().into()))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_store_that_says_nothing_is_away_and_one_that_answers_is_heard() {
        let silent = within::<(), CatalogueError>(Duration::ZERO, pending()).await;
        assert!(silent.unwrap_err().is_away());
        assert_eq!(in_time::<_, CatalogueError>(ready(Ok(7))).await.unwrap(), 7);
    }
}
