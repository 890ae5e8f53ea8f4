//! Partners: who builds on the open API, and what each says of itself. Their keys are in `keys`.

mod keys;

use jiff::Timestamp;
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{bigint, stamp};
use super::error::CatalogueError;
use super::tokens::random_secret;
use keys::{put_keys, write_key};

pub use keys::{KEY_MARK, KeyHolder, KeyRow};

/// An id stands in addresses and logs: a few words of the name tell it.
const MOST_ID_CHARACTERS: usize = 40;
/// Forty bits after the name where somebody of this name was here before.
const ID_SUFFIX_CHARACTERS: usize = 8;

/// What a partner says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDetails {
    /// What it is called.
    pub name: String,
    /// How to reach it about its key, as it was written.
    pub contact: String,
    /// The view that its keys see by default, by name.
    pub view: Option<String>,
}

/// A partner, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRow {
    /// Its id: the name it had when it came, as it may stand in an address.
    pub id: String,
    /// What it says of itself.
    pub details: PartnerDetails,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When an admin revoked it, RFC 3339.
    pub revoked: Option<String>,
    /// Its keys, the oldest first; of revoked ones the latest few.
    pub keys: Vec<KeyRow>,
}

fn partner_row(row: &Row) -> Result<PartnerRow, CatalogueError> {
    let details =
        PartnerDetails { name: row.try_get("name")?, contact: row.try_get("contact")?, view: row.try_get("view")? };
    Ok(PartnerRow {
        id: row.try_get("id")?,
        details,
        created: row.try_get("created")?,
        revoked: row.try_get("revoked")?,
        keys: Vec::new(),
    })
}

/// The columns of partners.
const SELECT: &str = "SELECT id, name, contact, view, created, revoked FROM partner";

impl Catalogue {
    /// Makes a partner and its first key, and gives the key, this once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn create_partner(
        &self,
        details: &PartnerDetails,
        now: Timestamp,
    ) -> Result<(PartnerRow, String), CatalogueError> {
        let mut tx = self.begin_write().await?;
        let id = free_id(&mut tx, &details.name).await?;
        sqlx::query("INSERT INTO partner (id, name, contact, view, created) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.as_str())
            .bind(details.name.as_str())
            .bind(details.contact.as_str())
            .bind(details.view.as_deref())
            .bind(stamp(now))
            .execute(&mut *tx)
            .await?;
        let (_, key) = write_key(&mut tx, &id, now).await?;
        let row = find_partner(&mut tx, &id).await?;
        tx.commit().await?;
        Ok((row, key))
    }

    /// A partner with its keys.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no partner has; otherwise when the store cannot be read.
    pub async fn partner(&self, id: &str) -> Result<PartnerRow, CatalogueError> {
        let mut tx = self.begin_read().await?;
        find_partner(&mut tx, id).await
    }

    /// A page of the partners whose id, name or contact holds these words, the newest first; and how many there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_partners(
        &self,
        words: Option<&str>,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<PartnerRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM partner");
        push_words(&mut query, words);
        let total: i64 = query.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(SELECT);
        push_words(&mut query, words);
        query.push(" ORDER BY created DESC, id DESC LIMIT ").push_bind(bigint(limit));
        query.push(" OFFSET ").push_bind(bigint(offset));
        let rows = query.build().fetch_all(&mut *tx).await?;
        let mut partners = rows.iter().map(partner_row).collect::<Result<Vec<PartnerRow>, CatalogueError>>()?;
        put_keys(&mut tx, &mut partners).await?;
        Ok((partners, u64::try_from(total).unwrap_or(0)))
    }

    /// Writes what a partner says of itself now.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no partner has; otherwise when the store cannot be written.
    pub async fn update_partner(&self, id: &str, details: &PartnerDetails) -> Result<PartnerRow, CatalogueError> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE partner SET name = $2, contact = $3, view = $4 WHERE id = $1")
            .bind(id)
            .bind(details.name.as_str())
            .bind(details.contact.as_str())
            .bind(details.view.as_deref())
            .execute(&mut *tx)
            .await?;
        let row = find_partner(&mut tx, id).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Revokes a partner as an admin, with all its keys.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no partner has, [`CatalogueError::Superseded`] for one that was
    /// revoked before; otherwise when the store cannot be written.
    pub async fn revoke_partner(
        &self,
        id: &str,
        who: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<PartnerRow, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let held = sqlx::query("SELECT revoked FROM partner WHERE id = $1").bind(id).fetch_optional(&mut *tx).await?;
        refuse_again(&held.ok_or_else(|| CatalogueError::no_such("partner", id))?)?;
        sqlx::query("UPDATE partner SET revoked = $2 WHERE id = $1")
            .bind(id)
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE api_key SET revoked = $2 WHERE partner = $1 AND revoked IS NULL")
            .bind(id)
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        note(&mut tx, who, "revoke partner", id, why, &at).await?;
        let row = find_partner(&mut tx, id).await?;
        tx.commit().await?;
        Ok(row)
    }
}

fn refuse_again(held: &Row) -> Result<(), CatalogueError> {
    let revoked: Option<String> = held.try_get("revoked")?;
    match revoked {
        None => Ok(()),
        Some(at) => Err(CatalogueError::Superseded { reason: format!("it was revoked on {at}") }),
    }
}

async fn find_partner(conn: &mut Connection, id: &str) -> Result<PartnerRow, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE id = ").push_bind(id);
    let row = query.build().fetch_optional(&mut *conn).await?;
    let mut found = [partner_row(&row.ok_or_else(|| CatalogueError::no_such("partner", id))?)?];
    put_keys(conn, &mut found).await?;
    let [partner] = found;
    Ok(partner)
}

/// Appends the condition that these words are in what a partner says of itself, in any case.
fn push_words(query: &mut QueryBuilder, words: Option<&str>) {
    let Some(words) = words else {
        return;
    };
    let escaped = words.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = format!("%{escaped}%");
    query.push(" WHERE (lower(id) LIKE ").push_bind(pattern.clone());
    query.push(" ESCAPE '\\' OR lower(name) LIKE ").push_bind(pattern.clone());
    query.push(" ESCAPE '\\' OR lower(contact) LIKE ").push_bind(pattern);
    query.push(" ESCAPE '\\')");
}

/// An id made of a name that no partner has yet.
async fn free_id(conn: &mut Connection, name: &str) -> Result<String, CatalogueError> {
    let id = id_of(name);
    let taken: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM partner WHERE id = $1")
        .bind(id.as_str())
        .fetch_one(&mut *conn)
        .await?;
    if taken == 0 {
        return Ok(id);
    }
    let suffix = random_secret("");
    Ok(format!("{id}-{}", &suffix[..ID_SUFFIX_CHARACTERS]))
}

/// `"Royal Society of Chemistry (RSC)" -> "royal-society-of-chemistry-rsc"`
fn id_of(name: &str) -> String {
    let mut id = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if id.len() >= MOST_ID_CHARACTERS {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "partner".to_owned() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    #[test]
    fn an_id_is_the_name_as_it_may_stand_in_an_address() {
        for (name, expected) in [
            ("Royal Society of Chemistry (RSC)", "royal-society-of-chemistry-rsc"),
            ("  Prifysgol Abertawe!", "prifysgol-abertawe"),
            ("../../etc", "etc"),
            ("化学会", "partner"),
            ("a b c d e f g h i j k l m n o p q r s t u v w x y z", "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t"),
        ] {
            assert_eq!(id_of(name), expected, "{name}");
        }
    }

    pub(super) async fn society() -> (tempfile::TempDir, Catalogue, PartnerRow, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        let details = PartnerDetails { name: "A Society".into(), contact: "web@example.org".into(), view: None };
        let (row, key) = catalogue.create_partner(&details, now()).await.expect("a partner");
        (folder, catalogue, row, key)
    }

    pub(super) fn now() -> Timestamp {
        "2026-11-22T09:00:00Z".parse().expect("a time")
    }

    #[tokio::test]
    async fn a_revoked_partner_has_no_key_and_is_revoked_once() {
        let (_folder, catalogue, row, key) = society().await;
        let revoked = catalogue.revoke_partner(&row.id, "ada", "asked for it", now()).await.unwrap();
        assert!(revoked.revoked.is_some() && revoked.keys.iter().all(|key| key.revoked.is_some()));
        assert_eq!(catalogue.holder_of_key(&key).await.unwrap(), None);
        assert!(catalogue.create_key(&row.id, now()).await.is_err());
        assert!(catalogue.revoke_partner(&row.id, "ada", "again", now()).await.is_err());
        let (acts, _) = catalogue.audit(None, 10).await.unwrap();
        assert_eq!((acts.len(), acts[0].action.as_str(), acts[0].subject.as_str()), (1, "revoke partner", "a-society"));
    }

    #[tokio::test]
    async fn partners_are_found_by_words_and_same_names_are_told_apart() {
        let (_folder, catalogue, row, _) = society().await;
        let details = PartnerDetails { name: "A society".into(), contact: "50%_of us".into(), view: None };
        let (other, _) = catalogue.create_partner(&details, now()).await.unwrap();
        assert!(other.id.starts_with("a-society-") && other.id != row.id, "{}", other.id);
        for (words, expected) in
            [(None, 2), (Some("SOCIETY"), 2), (Some("example.org"), 1), (Some("%_"), 1), (Some("x%"), 0)]
        {
            let (found, total) = catalogue.list_partners(words, 10, 0).await.unwrap();
            assert_eq!((found.len(), total), (expected, expected as u64), "{words:?}");
            assert!(found.iter().all(|partner| partner.keys.len() == 1), "{words:?}");
        }
    }
}
