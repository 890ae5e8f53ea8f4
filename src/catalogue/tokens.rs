//! Tokens: who may call the admin API. A token is shown once, when it is made; the store holds only its hash.

use std::fmt::Write as _;

use jiff::Timestamp;
use schemas::SourceId;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::Row;
use super::columns::{bigint, new_id, parse, stamp};
use super::error::CatalogueError;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// May do everything.
    Admin,
    /// May decide about resources.
    Curator,
    /// May look.
    ReadOnly,
    /// May send records to one source, and nothing else.
    Source,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Curator, Self::ReadOnly, Self::Source];

    /// The name in the store, on the command line and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Curator => "curator",
            Self::ReadOnly => "read-only",
            Self::Source => "source",
        }
    }

    /// The role of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Who holds a token, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The id of the token.
    pub token: String,
    /// What the token is called; how it begins, where it was given no name. Decisions are signed with it.
    pub name: String,
    /// What the token is for.
    pub role: Role,
    /// Of [`Role::Source`]: the source it may send records to.
    pub source: Option<SourceId>,
}

/// A token that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken<'t> {
    /// What it is called.
    pub name: &'t str,
    /// What it is for.
    pub role: Role,
    /// Of [`Role::Source`]: the source it may send records to.
    pub source: Option<&'t SourceId>,
    /// From when it is not valid any more; `None` for never.
    pub expires: Option<Timestamp>,
}

/// Acts on the command line are signed so: whoever may read the data directory needs no token.
pub const COMMAND_LINE: &str = "command line";

/// One token, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Of [`Role::Source`]: the source it may send records to.
    pub source: Option<String>,
    /// How it begins: `sp_` and eight characters, enough to tell it from others and too little to guess it.
    pub prefix: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// From when it is not valid any more, RFC 3339; `None` for never.
    pub expires: Option<String>,
    /// When it was revoked, RFC 3339.
    pub revoked: Option<String>,
}

fn token_row(row: &Row) -> Result<TokenRow, CatalogueError> {
    let id: String = row.try_get("id")?;
    Ok(TokenRow {
        role: role_at(row, &id)?,
        id,
        name: row.try_get("name")?,
        source: row.try_get("source")?,
        prefix: row.try_get("prefix")?,
        created: row.try_get("created")?,
        expires: row.try_get("expires")?,
        revoked: row.try_get("revoked")?,
    })
}

/// Who holds the token of a row with its id, name, prefix, role and source.
pub(super) fn holder_at(row: &Row) -> Result<Holder, CatalogueError> {
    let token: String = row.try_get("id")?;
    let source: Option<String> = row.try_get("source")?;
    let source = source.map(|source| parse("token", &source)).transpose()?;
    let name: String = row.try_get("name")?;
    let name = if name.trim().is_empty() { row.try_get("prefix")? } else { name };
    Ok(Holder { name, role: role_at(row, &token)?, source, token })
}

fn role_at(row: &Row, id: &str) -> Result<Role, CatalogueError> {
    let name: String = row.try_get("role")?;
    Role::by_name(&name).ok_or_else(|| CatalogueError::stored("token", id, format!("no role is called `{name}`")))
}

impl Catalogue {
    /// Makes a token and gives it, this once. It stays valid until it is revoked.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn create_token(&self, name: &str, role: Role, now: Timestamp) -> Result<String, CatalogueError> {
        let new = NewToken { name, role, source: None, expires: None };
        Ok(self.create_token_by(COMMAND_LINE, &new, now).await?.1)
    }

    /// Makes a token that may send records to one source, and gives it, this once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn create_source_token(
        &self,
        name: &str,
        source: &SourceId,
        now: Timestamp,
    ) -> Result<String, CatalogueError> {
        let new = NewToken { name, role: Role::Source, source: Some(source), expires: None };
        Ok(self.create_token_by(COMMAND_LINE, &new, now).await?.1)
    }

    /// Makes a token in somebody's name. Gives what may be shown of it, and the token, this once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn create_token_by(
        &self,
        who: &str,
        new: &NewToken<'_>,
        now: Timestamp,
    ) -> Result<(TokenRow, String), CatalogueError> {
        let token = random_secret(TOKEN_MARK);
        let row = TokenRow {
            id: new_id(now),
            name: new.name.to_owned(),
            role: new.role,
            source: new.source.map(|source| source.as_str().to_owned()),
            prefix: token[..PREFIX_LENGTH].to_owned(),
            created: stamp(now),
            expires: new.expires.map(stamp),
            revoked: None,
        };
        let mut tx = self.begin_write().await?;
        sqlx::query(
            "INSERT INTO token (id, name, role, source, hash, prefix, created, expires) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(row.id.as_str())
        .bind(row.name.as_str())
        .bind(row.role.name())
        .bind(row.source.as_deref())
        .bind(hash_of(&token))
        .bind(row.prefix.as_str())
        .bind(row.created.as_str())
        .bind(row.expires.as_deref())
        .execute(&mut *tx)
        .await?;
        let detail = format!("{}, {}", row.role.name(), row.name);
        note(&mut tx, who, "create token", &row.id, &detail, &row.created).await?;
        tx.commit().await?;
        Ok((row, token))
    }

    /// Who holds a presented token; `None` when it is none of ours, expired or revoked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn holder_of_token(&self, presented: &str, now: Timestamp) -> Result<Option<Holder>, CatalogueError> {
        // No comparison in constant time is needed: what is looked up is a hash. Someone who learns from the time it
        // takes how many of its first characters are right cannot make tokens to fit, for that is to invert SHA-256.
        let row = sqlx::query(
            "SELECT id, name, prefix, role, source FROM token \
             WHERE hash = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)",
        )
        .bind(hash_of(presented))
        .bind(stamp(now))
        .fetch_optional(&self.reader)
        .await?;
        row.as_ref().map(holder_at).transpose()
    }

    /// All tokens, the oldest first, revoked ones too.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_tokens(&self) -> Result<Vec<TokenRow>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT id, name, role, source, prefix, created, expires, revoked FROM token ORDER BY created, id",
        )
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(token_row).collect()
    }

    /// A part of all tokens, the newest first, revoked ones too; and how many there are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tokens(&self, limit: usize, offset: usize) -> Result<(Vec<TokenRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM token").fetch_one(&mut *tx).await?;
        let rows = sqlx::query(
            "SELECT id, name, role, source, prefix, created, expires, revoked FROM token \
             ORDER BY created DESC, id DESC LIMIT $1 OFFSET $2",
        )
        .bind(bigint(limit))
        .bind(bigint(offset))
        .fetch_all(&mut *tx)
        .await?;
        let tokens: Result<Vec<TokenRow>, CatalogueError> = rows.iter().map(token_row).collect();
        Ok((tokens?, u64::try_from(total).unwrap_or(0)))
    }

    /// Revokes a token on the command line, named by its id or by how it begins.
    ///
    /// # Errors
    /// As for [`Catalogue::revoke_token_by`].
    pub async fn revoke_token(&self, id_or_prefix: &str, now: Timestamp) -> Result<(), CatalogueError> {
        self.revoke_token_by(COMMAND_LINE, id_or_prefix, "", now).await.map(|_| ())
    }

    /// Revokes a token, named by its id or by how it begins, in somebody's name. Whoever is signed in with it is signed
    /// out.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] when no valid token is named so; otherwise when the store cannot be written.
    pub async fn revoke_token_by(
        &self,
        who: &str,
        id_or_prefix: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<TokenRow, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let row = sqlx::query(
            "SELECT id, name, role, source, prefix, created, expires, revoked FROM token \
             WHERE revoked IS NULL AND (id = $1 OR prefix = $1) ORDER BY id LIMIT 1",
        )
        .bind(id_or_prefix)
        .fetch_optional(&mut *tx)
        .await?;
        let row = row.ok_or_else(|| CatalogueError::no_such("token", id_or_prefix))?;
        let token = TokenRow { revoked: Some(at.clone()), ..token_row(&row)? };
        sqlx::query("UPDATE token SET revoked = $2 WHERE id = $1")
            .bind(token.id.as_str())
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        note(&mut tx, who, "revoke token", &token.id, why, &at).await?;
        tx.commit().await?;
        Ok(token)
    }
}

/// What every token begins with, so that scanners for leaked secrets know it.
pub const TOKEN_MARK: &str = "sp_";
/// The mark and eight characters: forty bits, so that hardly two tokens begin alike.
pub(super) const PREFIX_LENGTH: usize = TOKEN_MARK.len() + 8;
/// Crockford's base 32: no letter that is read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Something that cannot be guessed, behind what it begins with.
pub(super) fn random_secret(mark: &str) -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("an operating system without randomness cannot serve anybody safely");
    format!("{mark}{}", base32(&bytes))
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(symbol(bits >> held));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(symbol(bits << (5 - held)));
    }
    text
}

fn symbol(bits: u32) -> char {
    let place = usize::try_from(bits & 31).expect("five bits fit a usize");
    char::from(ALPHABET[place])
}

/// A token is 256 random bits, so a fast hash is the right one: there is nothing that could be guessed.
pub(super) fn hash_of(token: &str) -> String {
    let mut hexadecimal = String::with_capacity(64);
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    for byte in digest {
        write!(hexadecimal, "{byte:02x}").expect("writing to a String does not fail");
    }
    hexadecimal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_written_in_groups_of_five() {
        let rows: [(&[u8], &str); 4] =
            [(&[], ""), (&[0], "00"), (&[0xff], "zw"), (&[0x08, 0x42, 0x10, 0x84, 0x21], "11111111")];
        for (bytes, expected) in rows {
            assert_eq!(base32(bytes), expected, "{bytes:?}");
        }
        assert_eq!(random_secret(TOKEN_MARK).len(), TOKEN_MARK.len() + 52);
    }

    #[test]
    fn the_hash_is_sha_256() {
        assert_eq!(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
