//! Sources: which catalogues there are, what an admin decided about them, and when each was last harvested well.

use std::collections::HashMap;

use jiff::Timestamp;
use schemas::{ConceptId, ResourceId, Source, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{count_at, flag_at, parse, parsed_at, push_list, stamp};
use super::error::CatalogueError;
use super::resolve::site_of;
use super::settle::{Settlement, settle};

/// One catalogue, as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each a column")]
pub struct SourceRow {
    /// Its id.
    pub id: SourceId,
    /// What people call it.
    pub name: String,
    /// Who runs it.
    pub organisation: String,
    /// Where people read it.
    pub homepage: String,
    /// The terms it is published on; `None` when it states none.
    pub licence: Option<String>,
    /// Whose words it speaks.
    pub nation: String,
    /// How it is read.
    pub kind: String,
    /// How often: the admin's decision, or else what its file says.
    pub schedule: String,
    /// What an admin has decided instead of what its file says.
    pub schedule_by_admin: Option<String>,
    /// Whether it is harvested without being asked for: the admin's decision, or else what its file says. Never when
    /// its file is gone.
    pub enabled: bool,
    /// Whether it ships inside the binary.
    pub shipped: bool,
    /// Whether its file is there, or it has not been retired. The records of one that is gone stay.
    pub present: bool,
    /// Where its text stands.
    pub origin: SourceOrigin,
    /// Whether its terms allow its descriptions to be published in full.
    pub allows_republishing: bool,
    /// The text of its file.
    pub toml: String,
    /// The name of its file.
    pub file: String,
    /// A hash of its file.
    pub fingerprint: String,
    /// The fingerprint of its last ok run; `None` before the first.
    pub harvested_with: Option<String>,
    /// When its last ok run was, RFC 3339.
    pub last_ok_at: Option<String>,
    /// What its kind wants to be told by the next run; of its last ok one.
    pub memory: Option<String>,
    /// How many live resources have a record of it.
    pub resources: u64,
}

/// Where the text of a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceOrigin {
    /// In a file beside the program, or inside the binary.
    File,
    /// In the store: an admin has added it.
    Store,
}

impl SourceOrigin {
    const ALL: [Self; 2] = [Self::File, Self::Store];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Store => "store",
        }
    }

    /// Reads it from the store.
    pub(super) fn parse(name: &str, key: &str) -> Result<Self, CatalogueError> {
        let found = Self::ALL.into_iter().find(|origin| origin.name() == name);
        found.ok_or_else(|| CatalogueError::stored("source", key, format!("no origin is called `{name}`")))
    }
}

/// A resource with a published record is live or hidden. Those that are hidden are few, so they are taken off a count
/// that reads an index alone.
const SELECT: &str = "SELECT s.id, s.name, s.organisation, s.homepage, s.licence, s.nation, s.kind, \
     COALESCE(s.schedule_by_admin, s.schedule) AS schedule, s.schedule_by_admin, s.origin, \
     COALESCE(s.enabled_by_admin, s.enabled_by_default) AS enabled, s.shipped, s.present, s.allows_republishing, \
     s.toml, s.file, s.fingerprint, s.harvested_with, s.last_ok_at, s.memory, \
     (SELECT COUNT(DISTINCT r.resource) FROM record r \
      WHERE r.source = s.id AND r.state IN ('live', 'missing')) \
     - (SELECT COUNT(*) FROM resource h WHERE h.state = 'hidden' AND EXISTS (SELECT 1 FROM record r \
      WHERE r.resource = h.id AND r.state IN ('live', 'missing') AND r.source = s.id)) AS resources \
     FROM source s";

fn source_row(row: &Row) -> Result<SourceRow, CatalogueError> {
    let present = flag_at(row, "present")?;
    let origin: String = row.try_get("origin")?;
    Ok(SourceRow {
        origin: SourceOrigin::parse(&origin, "origin")?,
        schedule_by_admin: row.try_get("schedule_by_admin")?,
        id: parsed_at(row, "source", "id")?,
        name: row.try_get("name")?,
        organisation: row.try_get("organisation")?,
        homepage: row.try_get("homepage")?,
        licence: row.try_get("licence")?,
        nation: row.try_get("nation")?,
        kind: row.try_get("kind")?,
        schedule: row.try_get("schedule")?,
        enabled: present && flag_at(row, "enabled")?,
        shipped: flag_at(row, "shipped")?,
        present,
        allows_republishing: flag_at(row, "allows_republishing")?,
        toml: row.try_get("toml")?,
        file: row.try_get("file")?,
        fingerprint: row.try_get("fingerprint")?,
        harvested_with: row.try_get("harvested_with")?,
        last_ok_at: row.try_get("last_ok_at")?,
        memory: row.try_get("memory")?,
        resources: count_at(row, "resources")?,
    })
}

impl Catalogue {
    /// Writes down what a source's file says. What an admin decided and what harvests left behind stays.
    ///
    /// When its terms or its homepage are others than before, [`Catalogue::republish_changed_sources`] has work to do.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn put_source(
        &self,
        source: &Source,
        file: &str,
        toml: &str,
        shipped: bool,
        enabled_by_default: bool,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let text = SourceText { file, toml, shipped, origin: SourceOrigin::File, enabled_by_default };
        let mut conn = self.writer.acquire().await?;
        write_source(&mut conn, source, &text, &stamp(now)).await
    }

    /// Marks the sources whose file is gone. They are not harvested any more; their records and resources stay. Those
    /// that admins have added have none to lose.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn retire_sources_not_in(&self, ids: &[SourceId]) -> Result<(), CatalogueError> {
        let mut query = QueryBuilder::new("UPDATE source SET present = 0 WHERE present = 1 AND origin = 'file'");
        if !ids.is_empty() {
            query.push(" AND id NOT IN ");
            push_list(&mut query, ids.iter().map(SourceId::as_str));
        }
        query.build().execute(&self.writer).await?;
        Ok(())
    }

    /// Merges anew the resources of every source whose terms or homepage have changed: what its catalogue does not
    /// allow any more is not published any more. Says how many sources those were.
    ///
    /// To be called once the source files have been read.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn republish_changed_sources(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM source WHERE terms_changed = 1 ORDER BY id").fetch_all(&mut *tx).await?;
        let mut settlement = Settlement::default();
        for id in &ids {
            let resources: Vec<String> = sqlx::query_scalar(
                "SELECT DISTINCT resource FROM record WHERE source = $1 AND state IN ('live', 'missing')",
            )
            .bind(id.as_str())
            .fetch_all(&mut *tx)
            .await?;
            for resource in resources {
                settlement.touched.insert(parse::<ResourceId>("record", &resource)?);
            }
        }
        settle(&mut tx, &settlement, "its records are gone", &stamp(now)).await?;
        sqlx::query("UPDATE source SET terms_changed = 0 WHERE terms_changed = 1").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(ids.len() as u64)
    }

    /// All sources by id: those whose file is there, and those that still have resources.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_sources(&self) -> Result<Vec<SourceRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(
            " WHERE s.present = 1 OR EXISTS (SELECT 1 FROM record r \
             WHERE r.source = s.id AND r.state IN ('live', 'missing')) ORDER BY s.id",
        );
        query.build().fetch_all(&self.reader).await?.iter().map(source_row).collect()
    }

    /// One source, also one whose file is gone; `None` when there has never been one of this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn source(&self, id: &SourceId) -> Result<Option<SourceRow>, CatalogueError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE s.id = ").push_bind(id.as_str());
        query.build().fetch_optional(&self.reader).await?.as_ref().map(source_row).transpose()
    }

    /// Forgets what the kind of a source wanted to be told by the next run, so that it asks for everything.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_memory(&self, id: &SourceId) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE source SET memory = NULL WHERE id = $1").bind(id.as_str()).execute(&self.writer).await?;
        Ok(())
    }

    /// Writes down an admin's decision whether a source is harvested without being asked for.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no source has; otherwise when the store cannot be written.
    pub async fn set_source_enabled(&self, id: &SourceId, enabled: bool) -> Result<(), CatalogueError> {
        let done = sqlx::query("UPDATE source SET enabled_by_admin = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(i64::from(enabled))
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 0 { Err(CatalogueError::no_such("source", id.as_str())) } else { Ok(()) }
    }
}

/// What is written down of a source beside what it says itself.
#[derive(Debug)]
pub(super) struct SourceText<'a> {
    /// The name of its file, or of the one it would have.
    pub(super) file: &'a str,
    /// Its text.
    pub(super) toml: &'a str,
    /// Whether it ships inside the binary.
    pub(super) shipped: bool,
    /// Where its text stands.
    pub(super) origin: SourceOrigin,
    /// Whether it is harvested without being asked for as long as no admin has decided about it.
    pub(super) enabled_by_default: bool,
}

/// Writes down what a source's text says. What an admin decided and what harvests left behind stays. A file goes before
/// a text of the same id that an admin has added.
pub(super) async fn write_source(
    conn: &mut Connection,
    source: &Source,
    text: &SourceText<'_>,
    at: &str,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "INSERT INTO source (id, name, organisation, homepage, licence, nation, kind, schedule, \
         enabled_by_default, shipped, present, allows_republishing, terms_changed, toml, file, fingerprint, \
         first_known, origin) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, 0, $12, $13, $14, $15, $16) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, organisation = excluded.organisation, \
         homepage = excluded.homepage, licence = excluded.licence, nation = excluded.nation, \
         kind = excluded.kind, schedule = excluded.schedule, enabled_by_default = excluded.enabled_by_default, \
         shipped = excluded.shipped, present = 1, allows_republishing = excluded.allows_republishing, \
         terms_changed = CASE WHEN source.allows_republishing <> excluded.allows_republishing \
         OR source.homepage <> excluded.homepage THEN 1 ELSE source.terms_changed END, \
         toml = excluded.toml, file = excluded.file, fingerprint = excluded.fingerprint, \
         first_known = COALESCE(source.first_known, excluded.first_known), origin = excluded.origin",
    )
    .bind(source.id.as_str())
    .bind(source.name.as_str())
    .bind(source.organisation.as_str())
    .bind(source.homepage.as_str())
    .bind(source.licence.as_ref().map(ConceptId::as_str))
    .bind(source.nation.as_str())
    .bind(source.kind.name())
    .bind(source.schedule.as_str())
    .bind(i64::from(text.enabled_by_default))
    .bind(i64::from(text.shipped))
    .bind(i64::from(source.allows_republishing()))
    .bind(text.toml)
    .bind(text.file)
    .bind(source.fingerprint.as_str())
    .bind(at)
    .bind(text.origin.name())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// What merging asks about a source.
#[derive(Debug)]
pub(super) struct SourceFacts {
    /// The host that is its own site.
    pub(super) site: Option<String>,
    /// Whether its descriptions may be published in full.
    pub(super) allows_republishing: bool,
}

/// The facts of all sources: there are dozens, so none is looked up alone.
pub(super) async fn source_facts(conn: &mut Connection) -> Result<HashMap<SourceId, SourceFacts>, CatalogueError> {
    let rows = sqlx::query("SELECT id, homepage, allows_republishing FROM source").fetch_all(&mut *conn).await?;
    let mut facts = HashMap::with_capacity(rows.len());
    for row in &rows {
        let homepage: String = row.try_get("homepage")?;
        let allows_republishing = flag_at(row, "allows_republishing")?;
        facts.insert(parsed_at(row, "source", "id")?, SourceFacts { site: site_of(&homepage), allows_republishing });
    }
    Ok(facts)
}
