//! Which node leads, as it says itself every few seconds. Who leads is for a lock of the store to say, which a node sees only
//! from inside; what stands here tells admins, whichever node they ask.

use jiff::{SignedDuration, Timestamp};

use super::Catalogue;
use super::columns::stamp;
use super::error::CatalogueError;

/// A word of the leader is believed for so long: three of its beats.
const FRESH: SignedDuration = SignedDuration::from_secs(15);

impl Catalogue {
    /// Writes down that this node leads now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_leader(&self, node: &str, now: Timestamp) -> Result<(), CatalogueError> {
        sqlx::query(
            "INSERT INTO setting (name, value, changed, changed_by) VALUES ('leader', $1, $2, $1) ON CONFLICT (name) \
             DO UPDATE SET value = excluded.value, changed = excluded.changed, changed_by = excluded.changed_by",
        )
        .bind(node)
        .bind(stamp(now))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Takes back that this node leads, unless another has said so of itself meanwhile.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_leader(&self, node: &str) -> Result<(), CatalogueError> {
        sqlx::query("DELETE FROM setting WHERE name = 'leader' AND value = $1")
            .bind(node)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The node that said lately that it leads; `None` when none did.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn leader(&self, now: Timestamp) -> Result<Option<String>, CatalogueError> {
        let node: Option<String> =
            sqlx::query_scalar("SELECT value FROM setting WHERE name = 'leader' AND changed >= $1")
                .bind(stamp(now - FRESH))
                .fetch_optional(&self.reader)
                .await?;
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    #[tokio::test]
    async fn whoever_said_lately_that_it_leads_is_known_to_and_takes_back_its_own_word_alone() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let at = |second: u32| -> Timestamp { format!("2026-11-21T09:00:{second:02}Z").parse().expect("a time") };
        assert_eq!(catalogue.leader(at(0)).await.unwrap(), None);
        catalogue.note_leader("one", at(0)).await.unwrap();
        assert_eq!(catalogue.leader(at(15)).await.unwrap().as_deref(), Some("one"));
        assert_eq!(catalogue.leader(at(16)).await.unwrap(), None, "it has fallen silent");
        catalogue.note_leader("other", at(20)).await.unwrap();
        catalogue.forget_leader("one").await.unwrap();
        assert_eq!(catalogue.leader(at(21)).await.unwrap().as_deref(), Some("other"));
        catalogue.forget_leader("other").await.unwrap();
        assert_eq!(catalogue.leader(at(21)).await.unwrap(), None);
    }
}
