//! Alarms: what an admin should look at, from when until when.
//!
//! An alarm is open until its cause is gone; then it is cleared and kept. Of each kind a source has at most one open.
//! When to raise and when to clear is for `jobs::schedule` to say.

use jiff::Timestamp;
use schemas::SourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Row;
use super::columns::{bigint, new_id, parsed_at, stamp};
use super::error::CatalogueError;

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmKind {
    /// The source has had no ok run for longer than its schedule allows.
    Silent,
    /// A run waits for an admin to look at what it would take away.
    Held,
    /// Several runs in a row were not whole.
    Failing,
}

impl AlarmKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Silent, Self::Held, Self::Failing];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Held => "held",
            Self::Failing => "failing",
        }
    }
}

/// One alarm, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// Its id.
    pub id: String,
    /// The source that it is about.
    pub source: SourceId,
    /// What it is about.
    pub kind: AlarmKind,
    /// What had happened when it was raised, in a sentence.
    pub message: String,
    /// When it was raised, RFC 3339.
    pub raised: String,
    /// When its cause was gone, RFC 3339; `None` while it is open.
    pub cleared: Option<String>,
}

fn alarm_row(row: &Row) -> Result<AlarmRow, CatalogueError> {
    let id: String = row.try_get("id")?;
    let name: String = row.try_get("kind")?;
    Ok(AlarmRow {
        source: parsed_at(row, "alarm", "source")?,
        kind: AlarmKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| CatalogueError::stored("alarm", &id, format!("no kind is called `{name}`")))?,
        message: row.try_get("message")?,
        raised: row.try_get("raised")?,
        cleared: row.try_get("cleared")?,
        id,
    })
}

impl Catalogue {
    /// Raises an alarm, unless one of this kind is open for the source. Says whether it is new.
    ///
    /// # Errors
    /// When the store has no such source or cannot be written.
    pub async fn raise_alarm(
        &self,
        source: &SourceId,
        kind: AlarmKind,
        message: &str,
        now: Timestamp,
    ) -> Result<bool, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let open: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM alarm WHERE source = $1 AND kind = $2 AND cleared IS NULL")
                .bind(source.as_str())
                .bind(kind.name())
                .fetch_one(&mut *tx)
                .await?;
        if open > 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO alarm (id, source, kind, message, raised) VALUES ($1, $2, $3, $4, $5)")
            .bind(new_id(now))
            .bind(source.as_str())
            .bind(kind.name())
            .bind(message)
            .bind(stamp(now))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Clears the open alarm of this kind. Says whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn clear_alarm(
        &self,
        source: &SourceId,
        kind: AlarmKind,
        now: Timestamp,
    ) -> Result<bool, CatalogueError> {
        let done = sqlx::query("UPDATE alarm SET cleared = $3 WHERE source = $1 AND kind = $2 AND cleared IS NULL")
            .bind(source.as_str())
            .bind(kind.name())
            .bind(stamp(now))
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The open alarms, the last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_alarms(&self) -> Result<Vec<AlarmRow>, CatalogueError> {
        sqlx::query(
            "SELECT id, source, kind, message, raised, cleared FROM alarm WHERE cleared IS NULL \
             ORDER BY raised DESC, id DESC",
        )
        .fetch_all(&self.reader)
        .await?
        .iter()
        .map(alarm_row)
        .collect()
    }

    /// The alarms of one source, open or not, the last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn alarms_of(&self, source: &SourceId, limit: usize) -> Result<Vec<AlarmRow>, CatalogueError> {
        sqlx::query(
            "SELECT id, source, kind, message, raised, cleared FROM alarm WHERE source = $1 \
             ORDER BY raised DESC, id DESC LIMIT $2",
        )
        .bind(source.as_str())
        .bind(bigint(limit))
        .fetch_all(&self.reader)
        .await?
        .iter()
        .map(alarm_row)
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    fn day(number: u32) -> Timestamp {
        format!("2026-11-{number:02}T09:00:00Z").parse().expect("a time")
    }

    #[tokio::test]
    async fn an_alarm_is_raised_once_and_kept_when_it_is_cleared() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        let toml = "id = \"a\"\nname = \"A\"\norganisation = \"A\"\nkind = \"json\"\n\
                    [where]\nurl = \"https://a.example/api\"\n[mapping]\ntitle = \"/title\"\n";
        let source = schemas::Source::parse("a.toml", toml).expect("a source file");
        catalogue.put_source(&source, "a.toml", toml, false, true, day(1)).await.expect("a source");
        let id = &source.id;
        let raise = |message: &'static str, now| catalogue.raise_alarm(id, AlarmKind::Silent, message, now);

        assert!(raise("nothing for a day", day(2)).await.expect("written"));
        assert!(!raise("nothing for two days", day(3)).await.expect("written"), "it is open");
        assert!(catalogue.raise_alarm(id, AlarmKind::Held, "much would go", day(3)).await.expect("written"));
        let open = catalogue.open_alarms().await.expect("alarms");
        let told: Vec<(&str, &str)> = open.iter().map(|alarm| (alarm.kind.name(), alarm.message.as_str())).collect();
        assert_eq!(told, [("held", "much would go"), ("silent", "nothing for a day")]);

        assert!(catalogue.clear_alarm(id, AlarmKind::Silent, day(4)).await.expect("written"));
        assert!(!catalogue.clear_alarm(id, AlarmKind::Silent, day(5)).await.expect("written"), "it is cleared");
        assert_eq!(catalogue.open_alarms().await.expect("alarms").len(), 1);
        assert!(raise("nothing again", day(6)).await.expect("written"));
        let all = catalogue.alarms_of(id, 10).await.expect("alarms");
        let times: Vec<(&str, Option<&str>)> =
            all.iter().map(|alarm| (alarm.raised.as_str(), alarm.cleared.as_deref())).collect();
        let expected = [
            ("2026-11-06T09:00:00Z", None),
            ("2026-11-03T09:00:00Z", None),
            ("2026-11-02T09:00:00Z", Some("2026-11-04T09:00:00Z")),
        ];
        assert_eq!(times, expected);
        assert_eq!(catalogue.alarms_of(id, 1).await.expect("alarms").len(), 1);
    }
}
