//! Usage: how much each view is used, in sums by day, and which recognised concepts led nowhere.
//!
//! Nothing here says who asked, or in which words. A concept that few asked for stays in the store: whoever reads
//! learns of it from [`SHOWN_FROM`] searches of one view in one calendar month up, and never of fewer by comparing.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{bigint, count_at, parsed_at, push_list};
use super::error::CatalogueError;
use super::moments::ClockDoubt;

/// From so many searches of one view in one month up it is told that nothing was found for a concept: of fewer, one
/// might guess whose they were.
pub const SHOWN_FROM: u64 = 5;
/// So many concepts are listed, the most wanted first.
const MOST_CONCEPTS: i64 = 500;
/// Sums are kept for two years and two months: any month can be compared with the same month twice before.
const KEPT_DAYS: i32 = 800;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// Searches.
    Searches,
    /// Results that were opened.
    Opened,
    /// Searches that found nothing although this concept was recognised in them.
    NothingFound,
}

impl Counted {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Searches, Self::Opened, Self::NothingFound];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Searches => "searches",
            Self::Opened => "opened",
            Self::NothingFound => "nothing_found",
        }
    }

    /// What is counted under this name, if anything is.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

/// A sum that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSum {
    /// The name of a view; empty for searches without one.
    pub view: String,
    /// What is counted.
    pub what: Counted,
    /// Of [`Counted::NothingFound`] the concept, as `facet/id`; otherwise empty.
    pub key: String,
    /// How often.
    pub count: u64,
}

/// What one day counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageOfDay {
    /// The day, in the United Kingdom.
    pub day: Date,
    /// What was counted; never [`Counted::NothingFound`].
    pub what: Counted,
    /// How often.
    pub count: u64,
}

/// Whose usage is asked for, from which day to which, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFilter {
    /// Of these views together; `None`: of everything, searches without a view among it.
    pub views: Option<Vec<String>>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl UsageFilter {
    /// The same from the first day of the first month to the last of the last.
    fn whole_months(&self) -> Self {
        Self { views: self.views.clone(), from: self.from.first_of_month(), to: self.to.last_of_month() }
    }

    fn push(&self, query: &mut QueryBuilder) {
        query.push(" WHERE day >= ").push_bind(self.from.to_string());
        query.push(" AND day <= ").push_bind(self.to.to_string());
        if let Some(views) = &self.views {
            query.push(" AND view IN ");
            push_list(query, views.iter().map(String::as_str));
        }
    }

    /// No view is asked for, so there is nothing to ask.
    fn is_of_nothing(&self) -> bool {
        self.views.as_ref().is_some_and(Vec::is_empty)
    }
}

impl Catalogue {
    /// Adds these sums to those of a day, all or none, and forgets those of days long past: not while the clock that
    /// told the day may have jumped ahead.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_usage(&self, sums: &[UsageSum], day: Date) -> Result<(), CatalogueError> {
        let of_day = day.to_string();
        let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX);
        let is_ahead = matches!(self.doubt_clock(midnight).await?, Some(ClockDoubt::Ahead { .. }));
        let mut tx = self.begin_write().await?;
        for sum in sums {
            sqlx::query(
                "INSERT INTO usage (view, day, what, key, count) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (view, day, what, key) DO UPDATE SET count = usage.count + excluded.count",
            )
            .bind(sum.view.as_str())
            .bind(of_day.as_str())
            .bind(sum.what.name())
            .bind(sum.key.as_str())
            .bind(bigint(sum.count))
            .execute(&mut *tx)
            .await?;
        }
        if !is_ahead {
            forget_before(&mut tx, day.saturating_sub(KEPT_DAYS.days())).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// How much was searched and opened on each of these days; a day without either is not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn usage_by_day(&self, filter: &UsageFilter) -> Result<Vec<UsageOfDay>, CatalogueError> {
        if filter.is_of_nothing() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new("SELECT day, what, CAST(SUM(count) AS BIGINT) AS count FROM usage");
        filter.push(&mut query);
        query.push(" AND what <> ").push_bind(Counted::NothingFound.name());
        query.push(" GROUP BY day, what ORDER BY day, what");
        let mut days = Vec::new();
        for row in &query.build().fetch_all(&mut *tx).await? {
            let day: Date = parsed_at(row, "usage", "day")?;
            let what: String = row.try_get("what")?;
            let what = Counted::by_name(&what).ok_or_else(|| {
                CatalogueError::stored("usage", &day.to_string(), format!("nothing is called `{what}`"))
            })?;
            days.push(UsageOfDay { day, what, count: count_at(row, "count")? });
        }
        Ok(days)
    }

    /// The concepts, as `facet/id`, that searches asked for and found nothing; the most wanted first.
    ///
    /// Whole calendar months are counted in which any of these days is, and of a view in a month what is enough to be
    /// told. So what any two answers differ by is enough as well, but for the month that is not over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn nothing_found(&self, filter: &UsageFilter) -> Result<Vec<(String, u64)>, CatalogueError> {
        if filter.is_of_nothing() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new(
            "SELECT key, CAST(SUM(of_month) AS BIGINT) AS wanted FROM (SELECT key, SUM(count) AS of_month FROM usage",
        );
        filter.whole_months().push(&mut query);
        query.push(" AND what = ").push_bind(Counted::NothingFound.name());
        // A day is `YYYY-MM-DD`.
        query.push(" GROUP BY view, SUBSTR(day, 1, 7), key HAVING SUM(count) >= ").push_bind(bigint(SHOWN_FROM));
        query.push(") AS told GROUP BY key ORDER BY wanted DESC, key LIMIT ").push_bind(MOST_CONCEPTS);
        let mut concepts = Vec::new();
        for row in &query.build().fetch_all(&mut *tx).await? {
            concepts.push((row.try_get("key")?, count_at(row, "wanted")?));
        }
        Ok(concepts)
    }
}

async fn forget_before(conn: &mut Connection, day: Date) -> Result<(), CatalogueError> {
    sqlx::query("DELETE FROM usage WHERE day < $1").bind(day.to_string()).execute(&mut *conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    async fn found(catalogue: &Catalogue, views: &[&str], from: &str, to: &str) -> Vec<(String, u64)> {
        let views = Some(views.iter().map(|view| (*view).to_owned()).collect());
        let filter = UsageFilter { views, from: day(from), to: day(to) };
        catalogue.nothing_found(&filter).await.expect("the store can be read")
    }

    #[tokio::test]
    async fn what_few_asked_for_in_a_month_is_not_found_out_by_comparing() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        for (view, of_day, count) in [
            ("a", "2026-09-30", 4),
            ("a", "2026-10-01", 4),
            ("a", "2026-10-31", 1),
            ("a", "2026-11-01", 7),
            ("b", "2026-10-15", 4),
        ] {
            let (view, key) = (view.to_owned(), "subject/biology".to_owned());
            let sum = UsageSum { view, what: Counted::NothingFound, key, count };
            catalogue.add_usage(&[sum], day(of_day)).await.unwrap();
        }
        for (views, from, to, expected) in [
            (&["a"][..], "2026-10-31", "2026-10-31", 5),
            (&["a"], "2026-10-01", "2026-10-30", 5),
            (&["a"], "2026-10-31", "2026-11-01", 12),
            (&["a"], "2026-09-01", "2026-10-01", 5),
            (&["a"], "2026-09-01", "2026-09-30", 0),
            (&["a", "b"], "2026-10-15", "2026-10-15", 5),
            (&["b"], "2026-10-01", "2026-11-30", 0),
            (&[], "2026-10-01", "2026-11-30", 0),
        ] {
            let told = found(&catalogue, views, from, to).await;
            assert_eq!(told.first().map_or(0, |(_, count)| *count), expected, "{views:?} {from} {to}");
        }
    }
}
