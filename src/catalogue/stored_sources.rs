//! Stored sources: those that admins have added, changed and retired, and what they decided about any source.
//!
//! A source of this kind is a text in the store instead of a file. Each act is written into the audit log with it. What a
//! text may say is judged before, by the source book.

use jiff::Timestamp;
use schemas::{Location, ResourceId, Source, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::Connection;
use super::columns::{flag_at, parse, parsed_at, stamp};
use super::error::CatalogueError;
use super::runs::{Next, end_dead_runs, refuse_while_running};
use super::settle::{Settlement, settle};
use super::sources::{SourceOrigin, SourceText, write_source};

/// A source that an admin has added: its text, to be read as a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSource {
    /// Its id.
    pub id: SourceId,
    /// What stands in place of its file.
    pub toml: String,
}

/// The setting that remembers of a source with which text it was last previewed.
fn preview_setting(id: &SourceId) -> String {
    format!("preview/{id}")
}

impl Catalogue {
    /// The sources that admins have added and not retired, by id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn stored_sources(&self) -> Result<Vec<StoredSource>, CatalogueError> {
        let rows = sqlx::query("SELECT id, toml FROM source WHERE origin = 'store' AND present = 1 ORDER BY id")
            .fetch_all(&self.reader)
            .await?;
        let mut stored = Vec::with_capacity(rows.len());
        for row in &rows {
            stored.push(StoredSource { id: parsed_at(row, "source", "id")?, toml: row.try_get("toml")? });
        }
        Ok(stored)
    }

    /// Stays the same while [`Catalogue::stored_sources`] gives the same.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn stored_sources_mark(&self) -> Result<String, CatalogueError> {
        let rows = sqlx::query("SELECT id, fingerprint FROM source WHERE origin = 'store' AND present = 1 ORDER BY id")
            .fetch_all(&self.reader)
            .await?;
        let mut mark = String::new();
        for row in &rows {
            let (id, fingerprint): (String, String) = (row.try_get("id")?, row.try_get("fingerprint")?);
            mark.push_str(&id);
            mark.push(' ');
            mark.push_str(&fingerprint);
            mark.push('\n');
        }
        Ok(mark)
    }

    /// Adds a source. One at an address is not harvested before an admin has enabled it; one that was retired begins
    /// anew, and the resources that it left are its own again.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] when there is one of this id; otherwise when the store cannot be written.
    pub async fn add_source(
        &self,
        source: &Source,
        toml: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        if let Some(standing) = standing(&mut tx, &source.id).await?.filter(|standing| standing.present) {
            let id = &source.id;
            let reason = match standing.origin {
                SourceOrigin::File => {
                    format!("`{id}` is the id of a source that has a file; the file is the one to change")
                }
                SourceOrigin::Store => format!("there is a source `{id}` already; it can be changed"),
            };
            return Err(CatalogueError::Superseded { reason });
        }
        put_text(&mut tx, source, toml, &at).await?;
        sqlx::query(
            "UPDATE source SET enabled_by_admin = NULL, schedule_by_admin = NULL, harvested_with = NULL, \
             memory = NULL WHERE id = $1",
        )
        .bind(source.id.as_str())
        .execute(&mut *tx)
        .await?;
        note(&mut tx, who, "add source", source.id.as_str(), &source.fingerprint, &at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a source that an admin has added another text. What was decided about it stays.
    ///
    /// When its terms or its homepage are others than before, [`Catalogue::republish_changed_sources`] has work to do.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] when there is none, [`CatalogueError::Superseded`] when it has a file; otherwise when
    /// the store cannot be written.
    pub async fn change_source(
        &self,
        source: &Source,
        toml: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        require_stored(&mut tx, &source.id).await?;
        put_text(&mut tx, source, toml, &at).await?;
        note(&mut tx, who, "change source", source.id.as_str(), &source.fingerprint, &at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Retires a source that an admin has added. It is not harvested any more; its records and resources stay.
    ///
    /// # Errors
    /// As for [`Catalogue::change_source`].
    pub async fn retire_source(&self, id: &SourceId, who: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        require_stored(&mut tx, id).await?;
        sqlx::query("UPDATE source SET present = 0 WHERE id = $1").bind(id.as_str()).execute(&mut *tx).await?;
        note(&mut tx, who, "retire source", id.as_str(), "", &stamp(now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Withdraws every record of a source that is gone, since nobody will say any more whether it stands. Says how many
    /// those were.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no source has, [`CatalogueError::Superseded`] for a source that is there,
    /// [`CatalogueError::Busy`] while a run over it is alive; otherwise when the store cannot be written.
    pub async fn withdraw_records_of(
        &self,
        id: &SourceId,
        why: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<u64, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let standing = standing(&mut tx, id).await?.ok_or_else(|| CatalogueError::no_such("source", id.as_str()))?;
        if standing.present {
            let reason = format!("`{id}` is there; retire it first, or take its file away");
            return Err(CatalogueError::Superseded { reason });
        }
        refuse_while_running(&mut tx, id, &at).await?;
        end_dead_runs(&mut tx, id, Next::AsksAgain, now).await?;
        let resources: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT resource FROM record WHERE source = $1 AND state IN ('live', 'missing')",
        )
        .bind(id.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let mut settlement = Settlement::default();
        for resource in &resources {
            settlement.regroup(&parse::<ResourceId>("record", resource)?);
        }
        let done = sqlx::query(
            "UPDATE record SET state = 'withdrawn', unresolved = 2 WHERE source = $1 AND state IN ('live', 'missing')",
        )
        .bind(id.as_str())
        .execute(&mut *tx)
        .await?;
        settle(&mut tx, &settlement, &format!("its catalogue is not read any more ({id})"), &at).await?;
        note(&mut tx, who, "withdraw records", id.as_str(), why, &at).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Writes down an admin's decision whether a source is harvested without being asked for, and who decided it.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no source has; otherwise when the store cannot be written.
    pub async fn enable_source(
        &self,
        id: &SourceId,
        enabled: bool,
        who: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE source SET enabled_by_admin = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(i64::from(enabled))
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(CatalogueError::no_such("source", id.as_str()));
        }
        let action = if enabled { "enable source" } else { "disable source" };
        note(&mut tx, who, action, id.as_str(), "", &stamp(now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets how often a source is harvested, in place of what its file says; `None` gives the word back to the file.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no source has; otherwise when the store cannot be written.
    pub async fn set_schedule(
        &self,
        id: &SourceId,
        schedule: Option<&str>,
        who: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE source SET schedule_by_admin = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(schedule)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(CatalogueError::no_such("source", id.as_str()));
        }
        let told = schedule.unwrap_or("as its file says");
        note(&mut tx, who, "set schedule", id.as_str(), told, &stamp(now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes down that a few records of a source were read and shown to somebody, and with which text of it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_preview(&self, source: &Source, who: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        sqlx::query(
            "INSERT INTO setting (name, value, changed, changed_by) VALUES ($1, $2, $3, $4) ON CONFLICT (name) \
             DO UPDATE SET value = excluded.value, changed = excluded.changed, changed_by = excluded.changed_by",
        )
        .bind(preview_setting(&source.id))
        .bind(source.fingerprint.as_str())
        .bind(at.as_str())
        .bind(who)
        .execute(&mut *tx)
        .await?;
        note(&mut tx, who, "preview source", source.id.as_str(), &source.fingerprint, &at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether a source was previewed with the text that it has now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn was_previewed(&self, source: &Source) -> Result<bool, CatalogueError> {
        let with: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(preview_setting(&source.id))
            .fetch_optional(&self.reader)
            .await?;
        Ok(with.is_some_and(|fingerprint| fingerprint == source.fingerprint))
    }
}

/// How a source stands that is to be changed.
struct Standing {
    present: bool,
    origin: SourceOrigin,
}

async fn standing(conn: &mut Connection, id: &SourceId) -> Result<Option<Standing>, CatalogueError> {
    let row = sqlx::query("SELECT present, origin FROM source WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let origin: String = row.try_get("origin")?;
    Ok(Some(Standing { present: flag_at(&row, "present")?, origin: SourceOrigin::parse(&origin, id.as_str())? }))
}

/// Refuses what is no source that an admin has added.
async fn require_stored(conn: &mut Connection, id: &SourceId) -> Result<(), CatalogueError> {
    let standing = standing(conn, id).await?.filter(|standing| standing.present);
    match standing.map(|standing| standing.origin) {
        Some(SourceOrigin::Store) => Ok(()),
        Some(SourceOrigin::File) => {
            Err(CatalogueError::Superseded { reason: format!("`{id}` has a file, which is the one to change") })
        }
        None => Err(CatalogueError::no_such("source", id.as_str())),
    }
}

async fn put_text(conn: &mut Connection, source: &Source, toml: &str, at: &str) -> Result<(), CatalogueError> {
    let file = format!("{}.toml", source.id);
    let text = SourceText {
        file: &file,
        toml,
        shipped: false,
        origin: SourceOrigin::Store,
        // Nobody is asked whom no admin has decided to ask; what is pushed asks nobody.
        enabled_by_default: source.location == Location::Pushed,
    };
    write_source(conn, source, &text, at).await
}
