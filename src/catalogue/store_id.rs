//! The id of a store: what tells it from every other, and from itself before a backup was put back.
//!
//! What is derived from a store bears its id, and is thrown away where the id is another one now.

use jiff::Timestamp;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Connection;
use super::columns::{new_id, stamp};
use super::error::CatalogueError;
use crate::clock::Clock;

/// What a store says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreIdentity {
    /// Its id.
    pub id: String,
    /// Since when it has that, RFC 3339: since it was made, or since a backup was put back.
    pub made: String,
    /// When the backup was taken that was put back, RFC 3339; `None` where none was.
    pub restored_from: Option<String>,
}

impl Catalogue {
    /// The id of the store; made at the first question. Whoever asks at once with others gets the same answer.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn store_id(&self) -> Result<String, CatalogueError> {
        let id: Option<String> = sqlx::query_scalar("SELECT id FROM store").fetch_optional(&self.reader).await?;
        if let Some(id) = id {
            return Ok(id);
        }
        let now = Clock::system().now();
        let mut tx = self.begin_write().await?;
        sqlx::query("INSERT INTO store (one, id, made) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING")
            .bind(new_id(now))
            .bind(stamp(now))
            .execute(&mut *tx)
            .await?;
        let id: String = sqlx::query_scalar("SELECT id FROM store").fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What the store says of itself.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn store_identity(&self) -> Result<StoreIdentity, CatalogueError> {
        self.store_id().await?;
        let row = sqlx::query("SELECT id, made, restored_from FROM store").fetch_one(&self.reader).await?;
        Ok(StoreIdentity {
            id: row.try_get("id")?,
            made: row.try_get("made")?,
            restored_from: row.try_get("restored_from")?,
        })
    }
}

/// Gives the store another id, in the transaction that puts a backup of this moment back.
pub(super) async fn renew(conn: &mut Connection, taken: &str, now: Timestamp) -> Result<String, CatalogueError> {
    let id = new_id(now);
    sqlx::query("DELETE FROM store").execute(&mut *conn).await?;
    sqlx::query("INSERT INTO store (one, id, made, restored_from) VALUES (1, $1, $2, $3)")
        .bind(id.as_str())
        .bind(stamp(now))
        .bind(taken)
        .execute(&mut *conn)
        .await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    #[tokio::test]
    async fn a_store_keeps_its_id_and_two_stores_have_two() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = fresh_place(&folder).await;
        let one = Catalogue::open(&place).await.unwrap();
        let other = Catalogue::open(&fresh_place(&elsewhere).await).await.unwrap();
        let (first, at_once) = tokio::join!(one.store_id(), one.store_id());
        let id = first.unwrap();
        assert_eq!(at_once.unwrap(), id);
        one.close().await;
        let one = Catalogue::open(&place).await.unwrap();
        assert_eq!(one.store_id().await.unwrap(), id);
        assert_ne!(other.store_id().await.unwrap(), id);
        assert_eq!(one.store_identity().await.unwrap().restored_from, None);
    }
}
