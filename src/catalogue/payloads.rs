//! Payloads: what was fetched, as it came, so that a better mapping is replayed without asking the source again.

use std::collections::VecDeque;
use std::io::{self, Read as _};
use std::sync::Arc;

use async_trait::async_trait;
use crawler::fetch::Validators;
use crawler::{Documents, IntakeError, Kept, Payload};
use jiff::Timestamp;
use schemas::{PayloadHash, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{CHUNK, parsed_at, push_list, stamp};
use super::error::CatalogueError;

/// What zstd itself takes when nobody asks; higher levels save little on text and take many times as long.
const COMPRESSION_LEVEL: i32 = 3;
/// A stored payload that unpacks to more is damaged: the highest limit that a source can set is the same.
const MAX_PAYLOAD_BYTES: u64 = 1 << 30;

impl Catalogue {
    /// Keeps what was fetched from a place of a source, and forgets where an earlier fetch of it stands.
    pub(super) async fn keep_payload(
        &self,
        source: &SourceId,
        payload: Payload,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let Payload { place, validators, content_type, hash, body } = payload;
        let held: Option<String> = sqlx::query_scalar("SELECT hash FROM payload WHERE hash = $1")
            .bind(hash.0.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let packed = match held {
            Some(_) => None,
            None => Some(away(&hash, move || zstd::encode_all(body.as_slice(), COMPRESSION_LEVEL)).await?),
        };
        let mut tx = self.begin_write().await?;
        if let Some(packed) = packed {
            sqlx::query(
                "INSERT INTO payload (hash, body, place, content_type, kept_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (hash) DO NOTHING",
            )
            .bind(hash.0.as_str())
            .bind(packed)
            .bind(place.as_str())
            .bind(content_type.as_deref())
            .bind(stamp(now))
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "INSERT INTO fetched (source, place, hash, etag, last_modified, content_type, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (source, place) DO UPDATE SET hash = excluded.hash, \
             etag = excluded.etag, last_modified = excluded.last_modified, content_type = excluded.content_type, \
             at = excluded.at",
        )
        .bind(source.as_str())
        .bind(place)
        .bind(hash.0.as_str())
        .bind(validators.etag)
        .bind(validators.last_modified)
        .bind(content_type)
        .bind(stamp(now))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the last fetch of a place of a source gave; `None` before the first.
    pub(super) async fn kept_payload(&self, source: &SourceId, place: &str) -> Result<Option<Kept>, CatalogueError> {
        let row = sqlx::query(
            "SELECT f.hash AS hash, f.etag AS etag, f.last_modified AS last_modified, \
             f.content_type AS content_type, f.at AS at \
             FROM fetched f WHERE f.source = $1 AND f.place = $2",
        )
        .bind(source.as_str())
        .bind(place)
        .fetch_optional(&self.reader)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let hash = PayloadHash(row.try_get("hash")?);
        let validators = Validators { etag: row.try_get("etag")?, last_modified: row.try_get("last_modified")? };
        let content_type = row.try_get("content_type")?;
        let at = parsed_at(&row, "fetched", "at")?;
        Ok(Some(Kept { validators, content_type, hash, at }))
    }

    /// The bytes of a payload that is kept.
    pub(super) async fn payload_body(&self, hash: &PayloadHash) -> Result<Vec<u8>, CatalogueError> {
        let packed: Option<Vec<u8>> = sqlx::query_scalar("SELECT body FROM payload WHERE hash = $1")
            .bind(hash.0.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let packed = packed.ok_or_else(|| CatalogueError::no_such("payload", &hash.0))?;
        away(hash, move || unpack(&packed)).await
    }

    /// The payloads that the published records of a source were read from, those that gave the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn payloads_of_records(&self, source: &SourceId) -> Result<KeptDocuments, CatalogueError> {
        let hashes = sqlx::query_scalar(
            "SELECT p.hash FROM payload p WHERE p.hash IN (SELECT r.payload FROM record r WHERE r.source = $1 \
             AND r.state IN ('live', 'missing')) ORDER BY COALESCE(p.kept_at, '') DESC, p.hash",
        )
        .bind(source.as_str())
        .fetch_all(&self.reader)
        .await?;
        Ok(KeptDocuments { catalogue: self.clone(), hashes: VecDeque::from(hashes) })
    }

    async fn payload(&self, hash: String) -> Result<Payload, CatalogueError> {
        let row = sqlx::query("SELECT place, content_type, body FROM payload WHERE hash = $1")
            .bind(hash.as_str())
            .fetch_optional(&self.reader)
            .await?
            .ok_or_else(|| CatalogueError::no_such("payload", &hash))?;
        let place: Option<String> = row.try_get("place")?;
        let content_type = row.try_get("content_type")?;
        let packed: Vec<u8> = row.try_get("body")?;
        let hash = PayloadHash(hash);
        let body = away(&hash, move || unpack(&packed)).await?;
        let place = place.unwrap_or_default();
        Ok(Payload { place, validators: Validators::default(), content_type, hash, body: Arc::new(body) })
    }
}

/// Kept payloads, one after the other.
#[derive(Debug)]
pub struct KeptDocuments {
    catalogue: Catalogue,
    hashes: VecDeque<String>,
}

#[async_trait]
impl Documents for KeptDocuments {
    async fn next(&mut self) -> Result<Option<Payload>, IntakeError> {
        let Some(hash) = self.hashes.pop_front() else { return Ok(None) };
        let payload = self.catalogue.payload(hash).await;
        payload.map(Some).map_err(|error| IntakeError(Box::new(error)))
    }
}

/// What is kept of these places has been asked about, and has not changed.
pub(super) async fn confirm_payloads(
    conn: &mut Connection,
    source: &SourceId,
    places: &[String],
    at: &str,
) -> Result<(), CatalogueError> {
    for chunk in places.chunks(CHUNK) {
        let mut query = QueryBuilder::new("UPDATE fetched SET at = ");
        query.push_bind(at).push(" WHERE source = ").push_bind(source.as_str()).push(" AND place IN ");
        push_list(&mut query, chunk.iter().map(String::as_str));
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Runs work on a payload away from the async threads, which it would block.
async fn away(
    hash: &PayloadHash,
    work: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
) -> Result<Vec<u8>, CatalogueError> {
    let unreadable = |reason: String| CatalogueError::stored("payload", &hash.0, reason);
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| unreadable(error.to_string())),
        Err(broken_off) => Err(unreadable(broken_off.to_string())),
    }
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    zstd::Decoder::new(packed)?.take(MAX_PAYLOAD_BYTES + 1).read_to_end(&mut body)?;
    if body.len() as u64 > MAX_PAYLOAD_BYTES {
        return Err(io::Error::other(format!("it unpacks to more than {MAX_PAYLOAD_BYTES} bytes")));
    }
    Ok(body)
}
