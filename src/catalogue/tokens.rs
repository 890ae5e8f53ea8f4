//! Tokens: who may call the admin API. A token is shown once, when it is made; the store holds only its hash.

use std::fmt::Write as _;

use jiff::Timestamp;
use schemas::SourceId;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Row;
use super::columns::{new_id, parse, stamp};
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
    /// What the token is called; how it begins, where it was given no name. Decisions are signed with it.
    pub name: String,
    /// What the token is for.
    pub role: Role,
    /// Of [`Role::Source`]: the source it may send records to.
    pub source: Option<SourceId>,
}

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
        self.write_token(name, role, None, now).await
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
        self.write_token(name, Role::Source, Some(source), now).await
    }

    async fn write_token(
        &self,
        name: &str,
        role: Role,
        source: Option<&SourceId>,
        now: Timestamp,
    ) -> Result<String, CatalogueError> {
        let token = random_secret(TOKEN_MARK);
        sqlx::query(
            "INSERT INTO token (id, name, role, source, hash, prefix, created) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(new_id(now))
        .bind(name)
        .bind(role.name())
        .bind(source.map(SourceId::as_str))
        .bind(hash_of(&token))
        .bind(&token[..PREFIX_LENGTH])
        .bind(stamp(now))
        .execute(&self.writer)
        .await?;
        Ok(token)
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
        let Some(row) = row else {
            return Ok(None);
        };
        let id: String = row.try_get("id")?;
        let source: Option<String> = row.try_get("source")?;
        let source = source.map(|source| parse("token", &source)).transpose()?;
        let name: String = row.try_get("name")?;
        let name = if name.trim().is_empty() { row.try_get("prefix")? } else { name };
        Ok(Some(Holder { name, role: role_at(&row, &id)?, source }))
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

    /// Revokes a token, named by its id or by how it begins.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] when no valid token is named so; otherwise when the store cannot be written.
    pub async fn revoke_token(&self, id_or_prefix: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let done = sqlx::query("UPDATE token SET revoked = $2 WHERE revoked IS NULL AND (id = $1 OR prefix = $1)")
            .bind(id_or_prefix)
            .bind(stamp(now))
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 0 { Err(CatalogueError::no_such("token", id_or_prefix)) } else { Ok(()) }
    }
}

/// What every token begins with, so that scanners for leaked secrets know it.
pub const TOKEN_MARK: &str = "sp_";
/// The mark and eight characters: forty bits, so that hardly two tokens begin alike.
const PREFIX_LENGTH: usize = TOKEN_MARK.len() + 8;
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
