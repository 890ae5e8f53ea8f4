//! `QueryBuilder`: SQL put together from parts, with values that never become a part of it.
//!
//! Both databases read `$1`, `$2` and so on. The builder of sqlx writes `?` for a database that is chosen at run time.

use std::fmt::{Display, Write as _};

use sqlx::any::AnyArguments;
use sqlx::query::{Query, QueryScalar};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, FromRow, Type};

use super::{Db, Row};

/// SQL and its values.
pub(crate) struct QueryBuilder {
    sql: String,
    arguments: AnyArguments,
}

impl QueryBuilder {
    /// Begins with this text.
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), arguments: AnyArguments::default() }
    }

    /// Appends text. Nothing from outside may be in it.
    pub(crate) fn push(&mut self, sql: impl Display) -> &mut Self {
        write!(self.sql, "{sql}").expect("writing to a String does not fail");
        self
    }

    /// Appends a value.
    pub(crate) fn push_bind<'v, T: Encode<'v, Db> + Type<Db>>(&mut self, value: T) -> &mut Self {
        self.arguments.add(value).expect("texts, numbers and bytes can always be bound");
        let number = self.arguments.len();
        self.push(format_args!("${number}"))
    }

    /// Appends a list, with this between its parts.
    pub(crate) fn separated(&mut self, separator: &'static str) -> Separated<'_> {
        Separated { query: self, separator, is_first: true }
    }

    /// Appends `VALUES (…), (…)`. Of no rows it makes no SQL: look before.
    pub(crate) fn push_values<I: IntoIterator>(
        &mut self,
        rows: I,
        mut push_row: impl FnMut(Separated<'_>, I::Item),
    ) -> &mut Self {
        self.push("VALUES ");
        for (number, row) in rows.into_iter().enumerate() {
            self.push(if number == 0 { "(" } else { ", (" });
            push_row(self.separated(", "), row);
            self.push(")");
        }
        self
    }

    /// The query. The builder is empty afterwards.
    pub(crate) fn build<'q>(&mut self) -> Query<'q, Db, AnyArguments> {
        let (sql, arguments) = self.take();
        sqlx::query_with(sql, arguments)
    }

    /// The query for one value of each row. The builder is empty afterwards.
    pub(crate) fn build_query_scalar<'q, T>(&mut self) -> QueryScalar<'q, Db, T, AnyArguments>
    where
        (T,): for<'r> FromRow<'r, Row>,
    {
        let (sql, arguments) = self.take();
        sqlx::query_scalar_with(sql, arguments)
    }

    fn take(&mut self) -> (AssertSqlSafe<String>, AnyArguments) {
        (AssertSqlSafe(std::mem::take(&mut self.sql)), std::mem::take(&mut self.arguments))
    }
}

/// The parts of a list.
pub(crate) struct Separated<'q> {
    query: &'q mut QueryBuilder,
    separator: &'static str,
    is_first: bool,
}

impl Separated<'_> {
    /// Appends text as the next part.
    pub(crate) fn push(&mut self, sql: impl Display) -> &mut Self {
        self.separate();
        self.query.push(sql);
        self
    }

    /// Appends a value as the next part.
    pub(crate) fn push_bind<'v, T: Encode<'v, Db> + Type<Db>>(&mut self, value: T) -> &mut Self {
        self.separate();
        self.query.push_bind(value);
        self
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.query.push(self.separator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_the_order_they_are_given_in() {
        let mut query = QueryBuilder::new("SELECT a FROM b WHERE c = ");
        query.push_bind("one").push(" AND d IN (");
        let mut list = query.separated(", ");
        list.push_bind(2_i64).push_bind(3_i64);
        query.push(")");
        assert_eq!(query.sql, "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3)");
        let mut rows = QueryBuilder::new("INSERT INTO b (c, d) ");
        rows.push_values([("x", 1_i64), ("y", 2)], |mut row, (c, d)| {
            row.push_bind(c).push_bind(d);
        });
        assert_eq!(rows.sql, "INSERT INTO b (c, d) VALUES ($1, $2), ($3, $4)");
    }
}
