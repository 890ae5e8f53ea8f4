//! Lent tokens: each made for one call of the command line, and taken back right after it.
//!
//! They are no keys that somebody keeps, so they stand neither in the list of tokens nor in the audit log for longer than
//! the call: what was done with one stands there, under its name. One that is never taken back ends by itself.

use jiff::{SignedDuration, Timestamp};

use super::Catalogue;
use super::columns::{new_id, stamp};
use super::error::CatalogueError;
use super::tokens::{PREFIX_LENGTH, Role, TOKEN_MARK, hash_of, random_secret};

/// So long one is valid: a call is made at once, and the clocks of machines may differ a little.
const LENT_FOR: SignedDuration = SignedDuration::from_mins(1);

/// A token for one call. It does not print.
pub struct LentToken {
    id: String,
    secret: String,
}

impl LentToken {
    /// What is sent with the call.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl Catalogue {
    /// Makes a token of an admin for one call, valid for a minute. What is done with it is signed with this name.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn lend_token(&self, name: &str, now: Timestamp) -> Result<LentToken, CatalogueError> {
        let lent = LentToken { id: new_id(now), secret: random_secret(TOKEN_MARK) };
        sqlx::query(
            "INSERT INTO token (id, name, role, source, hash, prefix, created, expires) \
             VALUES ($1, $2, $3, NULL, $4, $5, $6, $7)",
        )
        .bind(lent.id.as_str())
        .bind(name)
        .bind(Role::Admin.name())
        .bind(hash_of(&lent.secret))
        .bind(&lent.secret[..PREFIX_LENGTH])
        .bind(stamp(now))
        .bind(stamp(now.saturating_add(LENT_FOR).unwrap_or(Timestamp::MAX)))
        .execute(&self.writer)
        .await?;
        Ok(lent)
    }

    /// Takes a lent token back: it opens nothing any more, and nothing is left of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn take_back_token(&self, lent: &LentToken) -> Result<(), CatalogueError> {
        sqlx::query("DELETE FROM token WHERE id = $1").bind(lent.id.as_str()).execute(&self.writer).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    #[tokio::test]
    async fn a_lent_token_is_an_admins_for_a_minute_and_gone_when_it_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let lent = catalogue.lend_token("command line of Ada", now).await.unwrap();
        let holder = catalogue.holder_of_token(lent.secret(), now).await.unwrap().expect("somebody");
        assert_eq!((holder.name.as_str(), holder.role), ("command line of Ada", Role::Admin));
        let later = now.saturating_add(LENT_FOR).unwrap();
        assert_eq!(catalogue.holder_of_token(lent.secret(), later).await.unwrap(), None);
        catalogue.take_back_token(&lent).await.unwrap();
        assert_eq!(catalogue.holder_of_token(lent.secret(), now).await.unwrap(), None);
        assert!(catalogue.list_tokens().await.unwrap().is_empty());
        assert_eq!(catalogue.audit(None, 100).await.unwrap().1, 0, "only what is done with it is written down");
    }
}
