//! How values stand in columns: times, counts, ids and JSON, in both directions.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use schemas::Metadata;
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use super::backend::{QueryBuilder, Row};
use super::error::CatalogueError;

/// So many values stand in one `IN (…)`, and so many rows in one `INSERT`: with eighteen columns still far below the
/// 32,766 parameters that SQLite takes.
pub(super) const CHUNK: usize = 500;

/// A time as it is stored: RFC 3339 in UTC with whole seconds, `2026-11-21T09:30:00Z`. Text order is time order.
pub(super) fn stamp(time: Timestamp) -> String {
    format!("{time:.0}")
}

/// A new id of a harvest, job or token. Ids sort by the time they were made at, to the millisecond.
pub(super) fn new_id(now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds)).to_string()
}

/// A count as it is stored.
pub(super) fn bigint<N>(count: N) -> i64
where
    i64: TryFrom<N>,
{
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A stored count.
pub(super) fn count_at(row: &Row, column: &str) -> Result<u64, CatalogueError> {
    let count: i64 = row.try_get(column)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A stored flag.
pub(super) fn flag_at(row: &Row, column: &str) -> Result<bool, CatalogueError> {
    let flag: i64 = row.try_get(column)?;
    Ok(flag != 0)
}

/// A stored id or time.
pub(super) fn parsed_at<T>(row: &Row, table: &'static str, column: &str) -> Result<T, CatalogueError>
where
    T: FromStr<Err: Display>,
{
    let text: String = row.try_get(column)?;
    parse(table, &text)
}

/// An id or time read from text.
pub(super) fn parse<T>(table: &'static str, text: &str) -> Result<T, CatalogueError>
where
    T: FromStr<Err: Display>,
{
    text.parse::<T>().map_err(|error| CatalogueError::stored(table, text, error))
}

/// Stored JSON.
pub(super) fn json_at<T: DeserializeOwned>(
    row: &Row,
    table: &'static str,
    key: &str,
    column: &str,
) -> Result<T, CatalogueError> {
    let json: String = row.try_get(column)?;
    serde_json::from_str(&json).map_err(|error| CatalogueError::stored(table, key, error))
}

/// Metadata as they are stored. The same metadata always give the same text.
pub(super) fn metadata_json(metadata: &Metadata) -> String {
    serde_json::to_string(metadata).expect("metadata has string keys only and always serialises")
}

/// Appends `(…, …)`. Of nothing it makes no SQL that every database takes: look before.
pub(super) fn push_list<'v>(query: &mut QueryBuilder, values: impl IntoIterator<Item = &'v str>) {
    query.push("(");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// Appends `(…, …)` of numbers; see [`push_list`].
pub(super) fn push_numbers(query: &mut QueryBuilder, numbers: impl IntoIterator<Item = i64>) {
    query.push("(");
    let mut list = query.separated(", ");
    for number in numbers {
        list.push_bind(number);
    }
    query.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_stored_times_is_the_order_of_time() {
        let times =
            ["2026-11-21T09:30:00Z", "2026-11-21T09:30:00.4Z", "2026-11-21T09:30:01Z", "2027-01-01T00:00:00+01:00"];
        let stamps: Vec<String> = times.iter().map(|time| stamp(time.parse().expect("a time"))).collect();
        assert!(stamps.is_sorted(), "{stamps:?}");
        assert_eq!(stamps[1], "2026-11-21T09:30:00Z");
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made_at() {
        let first = new_id("2026-11-21T09:30:00.001Z".parse().expect("a time"));
        let second = new_id("2026-11-21T09:30:00.002Z".parse().expect("a time"));
        assert!(first < second);
    }
}
