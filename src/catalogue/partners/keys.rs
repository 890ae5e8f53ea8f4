//! Keys of partners: made, shown once, and revoked. The store holds only their hashes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::Row as _;

use super::{PartnerRow, find_partner, refuse_again};
use crate::catalogue::Catalogue;
use crate::catalogue::audit::note;
use crate::catalogue::backend::{Connection, QueryBuilder, Row};
use crate::catalogue::columns::{bigint, new_id, push_list, stamp};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::tokens::{hash_of, random_secret};

/// What every key begins with, so that scanners for leaked secrets know it from the tokens of admins and sources.
pub const KEY_MARK: &str = "spk_";
/// One in use and one to change to.
const MOST_LIVE_KEYS: usize = 2;
/// The mark and eight characters: forty bits, so that hardly two keys begin alike.
const PREFIX_LENGTH: usize = KEY_MARK.len() + 8;
/// Revoked keys of a partner that stay on record; who changes keys for ever fills no table.
const MOST_REVOKED_KEYS: usize = 20;

/// Whose key came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    /// The id of the key.
    pub key: String,
    /// The id of the partner.
    pub partner: String,
    /// What the partner is called.
    pub name: String,
    /// The view that it sees by default, by name.
    pub view: Option<String>,
}

/// One key, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// How it begins: enough to tell it from others and too little to guess it.
    pub prefix: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it was revoked, RFC 3339.
    pub revoked: Option<String>,
}

fn key_row(row: &Row) -> Result<KeyRow, CatalogueError> {
    Ok(KeyRow {
        id: row.try_get("id")?,
        prefix: row.try_get("prefix")?,
        created: row.try_get("created")?,
        revoked: row.try_get("revoked")?,
    })
}

impl Catalogue {
    /// Whose key this is; `None` when it is none of ours, or when it or the partner was revoked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn holder_of_key(&self, presented: &str) -> Result<Option<KeyHolder>, CatalogueError> {
        // What is looked up is a hash, so that the time it takes tells nothing: see `holder_of_token`.
        let row = sqlx::query(
            "SELECT k.id AS id, p.id AS partner, p.name AS name, p.view AS view \
             FROM api_key k JOIN partner p ON p.id = k.partner \
             WHERE k.hash = $1 AND k.revoked IS NULL AND p.revoked IS NULL",
        )
        .bind(hash_of(presented))
        .fetch_optional(&self.reader)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(KeyHolder {
            key: row.try_get("id")?,
            partner: row.try_get("partner")?,
            name: row.try_get("name")?,
            view: row.try_get("view")?,
        }))
    }

    /// Makes another key of a partner, and gives it, this once.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] when it has as many as may be live at once, [`CatalogueError::NoSuch`] when there
    /// is no such partner any more; otherwise when the store cannot be written.
    pub async fn create_key(&self, partner: &str, now: Timestamp) -> Result<(KeyRow, String), CatalogueError> {
        let mut tx = self.begin_write().await?;
        let row = find_partner(&mut tx, partner).await?;
        if row.revoked.is_some() {
            return Err(CatalogueError::no_such("partner", partner));
        }
        let live: Vec<&str> =
            row.keys.iter().filter(|key| key.revoked.is_none()).map(|key| key.prefix.as_str()).collect();
        if live.len() >= MOST_LIVE_KEYS {
            let reason =
                format!("{MOST_LIVE_KEYS} keys are live already ({}); revoke one of them first", live.join(", "));
            return Err(CatalogueError::Superseded { reason });
        }
        let made = write_key(&mut tx, partner, now).await?;
        forget_old_keys(&mut tx, partner).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Revokes a key of a partner, at once. One that was revoked before stays so.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that none of its keys has; otherwise when the store cannot be written.
    pub async fn revoke_key(&self, partner: &str, key: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let done = sqlx::query("UPDATE api_key SET revoked = COALESCE(revoked, $3) WHERE partner = $1 AND id = $2")
            .bind(partner)
            .bind(key)
            .bind(stamp(now))
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 0 { Err(CatalogueError::no_such("key", key)) } else { Ok(()) }
    }

    /// Revokes a key as an admin, whoever's it is, and gives its partner.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no key has, [`CatalogueError::Superseded`] for one that was
    /// revoked before; otherwise when the store cannot be written.
    pub async fn revoke_any_key(
        &self,
        key: &str,
        who: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<PartnerRow, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let held = sqlx::query("SELECT partner, prefix, revoked FROM api_key WHERE id = $1")
            .bind(key)
            .fetch_optional(&mut *tx)
            .await?;
        let held = held.ok_or_else(|| CatalogueError::no_such("key", key))?;
        refuse_again(&held)?;
        sqlx::query("UPDATE api_key SET revoked = $2 WHERE id = $1")
            .bind(key)
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        let (partner, prefix): (String, String) = (held.try_get("partner")?, held.try_get("prefix")?);
        note(&mut tx, who, "revoke key", key, &format!("{prefix} of {partner}: {why}"), &at).await?;
        let row = find_partner(&mut tx, &partner).await?;
        tx.commit().await?;
        Ok(row)
    }
}

/// Puts to partners the keys they have.
pub(super) async fn put_keys(conn: &mut Connection, partners: &mut [PartnerRow]) -> Result<(), CatalogueError> {
    if partners.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("SELECT id, partner, prefix, created, revoked FROM api_key WHERE partner IN ");
    push_list(&mut query, partners.iter().map(|partner| partner.id.as_str()));
    query.push(" ORDER BY created, id");
    let rows = query.build().fetch_all(&mut *conn).await?;
    let mut by_partner: BTreeMap<String, Vec<KeyRow>> = BTreeMap::new();
    for row in &rows {
        by_partner.entry(row.try_get("partner")?).or_default().push(key_row(row)?);
    }
    for partner in partners {
        partner.keys = by_partner.remove(&partner.id).unwrap_or_default();
    }
    Ok(())
}

pub(super) async fn write_key(
    conn: &mut Connection,
    partner: &str,
    now: Timestamp,
) -> Result<(KeyRow, String), CatalogueError> {
    let key = random_secret(KEY_MARK);
    let row = KeyRow { id: new_id(now), prefix: key[..PREFIX_LENGTH].to_owned(), created: stamp(now), revoked: None };
    sqlx::query("INSERT INTO api_key (id, partner, hash, prefix, created) VALUES ($1, $2, $3, $4, $5)")
        .bind(row.id.as_str())
        .bind(partner)
        .bind(hash_of(&key))
        .bind(row.prefix.as_str())
        .bind(row.created.as_str())
        .execute(&mut *conn)
        .await?;
    Ok((row, key))
}

/// Drops the oldest of the revoked keys, so that only the latest few stay.
async fn forget_old_keys(conn: &mut Connection, partner: &str) -> Result<(), CatalogueError> {
    sqlx::query(
        "DELETE FROM api_key WHERE partner = $1 AND revoked IS NOT NULL AND id NOT IN \
         (SELECT id FROM api_key WHERE partner = $1 AND revoked IS NOT NULL ORDER BY created DESC, id DESC LIMIT $2)",
    )
    .bind(partner)
    .bind(bigint(MOST_REVOKED_KEYS))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::partners::tests::{now, society};

    #[tokio::test]
    async fn two_keys_are_live_at_once_and_a_third_waits_for_one_to_be_revoked() {
        let (_folder, catalogue, row, first) = society().await;
        assert!(first.starts_with(&row.keys[0].prefix) && first.len() == KEY_MARK.len() + 52);
        let (second_row, second) = catalogue.create_key(&row.id, now()).await.unwrap();
        for key in [&first, &second] {
            assert_eq!(
                catalogue.holder_of_key(key).await.unwrap().map(|holder| holder.partner),
                Some("a-society".into())
            );
        }
        let refused = catalogue.create_key(&row.id, now()).await.unwrap_err();
        assert!(refused.to_string().contains("revoke one of them first"), "{refused}");
        catalogue.revoke_key(&row.id, &row.keys[0].id, now()).await.unwrap();
        catalogue.revoke_key(&row.id, &row.keys[0].id, now()).await.unwrap();
        assert_eq!(catalogue.holder_of_key(&first).await.unwrap(), None);
        catalogue.create_key(&row.id, now()).await.unwrap();
        assert!(catalogue.revoke_key("another", &second_row.id, now()).await.is_err(), "not its own");
        assert!(catalogue.holder_of_key(&second).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn keys_that_come_and_go_for_ever_fill_no_table() {
        let (_folder, catalogue, row, _) = society().await;
        for _ in 0..30 {
            let (key, _) = catalogue.create_key(&row.id, now()).await.unwrap();
            catalogue.revoke_key(&row.id, &key.id, now()).await.unwrap();
        }
        let keys = catalogue.partner(&row.id).await.unwrap().keys;
        assert!(keys.len() <= MOST_REVOKED_KEYS + MOST_LIVE_KEYS, "{}", keys.len());
        assert!(keys.iter().any(|key| key.revoked.is_none()));
    }
}
