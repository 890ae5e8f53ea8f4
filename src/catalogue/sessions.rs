//! Sessions: sign-ins to the console. Each is opened with a token and never outlives it; like a token's, only the hash
//! of what the browser holds is kept.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::columns::stamp;
use super::error::CatalogueError;
use super::moments::CLOCKS_APART;
use super::tokens::{Holder, hash_of, holder_at, random_secret};

/// A working day: whoever comes back the next morning signs in anew.
pub const SESSION_HOURS: i64 = 8;
/// A console that is left open in a staff room is closed after so long.
pub const IDLE_MINUTES: i64 = 30;
/// That somebody is still there is written down once in so many seconds, and not with every page.
const SEEN_EVERY_SECONDS: i64 = 60;
/// Browsers in which one token is signed in at once; the oldest is signed out for another.
const SESSIONS_OF_A_TOKEN: i64 = 20;
/// What every secret of a session begins with, so that scanners for leaked secrets know it.
const SESSION_MARK: &str = "spc_";

/// What a cookie stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// Somebody is signed in.
    Live {
        /// Who.
        holder: Holder,
        /// Whether it is time to write down that they are still there.
        is_to_be_seen: bool,
    },
    /// Somebody was: they signed out, were away for too long, or their token is not valid any more.
    Over,
    /// There was never such a session.
    Unknown,
}

impl Catalogue {
    /// Opens a session for who holds this token, and gives its secret, this once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn open_session(&self, holder: &Holder, now: Timestamp) -> Result<String, CatalogueError> {
        let secret = random_secret(SESSION_MARK);
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        sqlx::query(
            "UPDATE session SET ended = $2 WHERE hash IN (SELECT hash FROM session \
             WHERE token = $1 AND ended IS NULL AND expires > $2 ORDER BY created DESC, hash LIMIT 1000 OFFSET $3)",
        )
        .bind(holder.token.as_str())
        .bind(at.as_str())
        .bind(SESSIONS_OF_A_TOKEN - 1)
        .execute(&mut *tx)
        .await?;
        sqlx::query("INSERT INTO session (hash, token, created, seen, expires) VALUES ($1, $2, $3, $3, $4)")
            .bind(hash_of(&secret))
            .bind(holder.token.as_str())
            .bind(at.as_str())
            .bind(stamp(later(now, SignedDuration::from_hours(SESSION_HOURS))))
            .execute(&mut *tx)
            .await?;
        note(&mut tx, &holder.name, "sign in", &holder.token, "", &at).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// What a secret stands for now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn session(&self, secret: &str, now: Timestamp) -> Result<Session, CatalogueError> {
        let row = sqlx::query(
            "SELECT session.seen AS seen, session.ended AS ended, session.expires AS session_expires, \
             token.id AS id, token.name AS name, token.prefix AS prefix, token.role AS role, token.source AS source, \
             token.revoked AS revoked, token.expires AS expires \
             FROM session JOIN token ON token.id = session.token WHERE session.hash = $1",
        )
        .bind(hash_of(secret))
        .fetch_optional(&self.reader)
        .await?;
        let Some(row) = row else {
            return Ok(Session::Unknown);
        };
        let at = stamp(now);
        let (ended, revoked): (Option<String>, Option<String>) = (row.try_get("ended")?, row.try_get("revoked")?);
        let (session_expires, expires): (String, Option<String>) =
            (row.try_get("session_expires")?, row.try_get("expires")?);
        let seen: String = row.try_get("seen")?;
        // Dated by a clock that was ahead, it would live until then.
        let is_yet_to_come = seen > stamp(later(now, CLOCKS_APART));
        let was_left = seen <= before(now, IDLE_MINUTES * 60);
        let is_over = ended.is_some() || session_expires <= at || was_left || is_yet_to_come;
        let is_token_over = revoked.is_some() || expires.is_some_and(|expires| expires <= at);
        if is_over || is_token_over {
            return Ok(Session::Over);
        }
        Ok(Session::Live { holder: holder_at(&row)?, is_to_be_seen: seen <= before(now, SEEN_EVERY_SECONDS) })
    }

    /// Writes down that somebody is still there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn see_session(&self, secret: &str, now: Timestamp) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE session SET seen = $2 WHERE hash = $1 AND ended IS NULL")
            .bind(hash_of(secret))
            .bind(stamp(now))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Ends a session. One that has ended, or never was, stays as it is.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_session(&self, secret: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let Session::Live { holder, .. } = self.session(secret, now).await? else {
            return Ok(());
        };
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE session SET ended = $2 WHERE hash = $1 AND ended IS NULL")
            .bind(hash_of(secret))
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        note(&mut tx, &holder.name, "sign out", &holder.token, "", &at).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn before(now: Timestamp, seconds: i64) -> String {
    stamp(now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN))
}
