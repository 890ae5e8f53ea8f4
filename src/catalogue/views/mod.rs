//! Views: what partners have made of the search under names of their own, and whose each is.
//!
//! A name is given out once. Who deletes a view keeps its name, for pages elsewhere may still say it. Whether a
//! definition makes sense is for whoever writes it; what a search does with it is for `crate::views`.

mod definition;

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use schemas::ResourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, json_at, parsed_at, push_list, stamp};
use super::error::CatalogueError;
use super::resources::end_of_merges;

pub use definition::{Density, Font, Theme, ViewDefinition};

/// So many views a partner has at once: one for each of its pages, and some to try things out.
pub const MOST_VIEWS_OF_A_PARTNER: usize = 20;
/// So many names a partner takes in all, those of deleted views among them, so that nobody takes them all.
const MOST_NAMES_OF_A_PARTNER: usize = 200;
/// So many views stand at once in all. They are held in memory, each as large as a body that is taken at most.
const MOST_STANDING: usize = 2_000;
/// So many views partners make in a day in all: ten times what is to be expected, and ten days until none can be made.
const MOST_MADE_A_DAY: usize = 200;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A view as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// Its name.
    pub name: String,
    /// The id of the partner it belongs to; `None`: the service itself.
    pub partner: Option<String>,
    /// What it is made of.
    pub definition: ViewDefinition,
    /// When it was first made, RFC 3339.
    pub created: String,
    /// When it was last changed, RFC 3339.
    pub changed: String,
}

/// Who writes a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewWriter {
    /// A partner, by its id: its own views only.
    Partner(String),
    /// An admin: any view, and whose it is from then on.
    Admin(NewOwner),
}

/// Whose a view is after an admin has written it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewOwner {
    /// Whose it was; the service's when it is new.
    AsBefore,
    /// The service's.
    Service,
    /// That of the partner with this id.
    Partner(String),
}

impl ViewWriter {
    fn owner(&self, before: Option<&Held>) -> Option<String> {
        match self {
            Self::Partner(partner) | Self::Admin(NewOwner::Partner(partner)) => Some(partner.clone()),
            Self::Admin(NewOwner::Service) => None,
            Self::Admin(NewOwner::AsBefore) => before.and_then(|held| held.row.partner.clone()),
        }
    }

    /// A partner may write what is its own, and an admin everything.
    fn refuse_another(&self, before: &Held) -> Result<(), CatalogueError> {
        match self {
            Self::Partner(partner) if before.row.partner.as_ref() != Some(partner) => {
                let reason = format!("the name `{}` is taken by another; choose one of your own", before.row.name);
                Err(CatalogueError::Superseded { reason })
            }
            Self::Partner(_) | Self::Admin(_) => Ok(()),
        }
    }

    /// One view more is about to be made. An admin may always.
    async fn refuse_too_many_of_day(&self, conn: &mut Connection, now: Timestamp) -> Result<(), CatalogueError> {
        if matches!(self, Self::Admin(_)) {
            return Ok(());
        }
        let since = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
        let made: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM partner_view WHERE partner IS NOT NULL AND created > $1")
                .bind(stamp(since))
                .fetch_one(&mut *conn)
                .await?;
        if made >= bigint(MOST_MADE_A_DAY) {
            let reason = format!("{MOST_MADE_A_DAY} views were made in a day; try again tomorrow");
            return Err(CatalogueError::Superseded { reason });
        }
        Ok(())
    }
}

/// What became of a view that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// There was none of this name.
    Created(ViewRow),
    /// It is otherwise than before.
    Changed(ViewRow),
    /// It was so already; nothing was written.
    Unchanged(ViewRow),
}

/// All views that stand, for the memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StandingViews {
    /// Those that stand, by name.
    pub rows: Vec<ViewRow>,
    /// What pinned resources were merged into; one that was not is not among them.
    pub merged: HashMap<ResourceId, ResourceId>,
    /// How many acts of making, changing and deleting there have been, which only grows.
    pub acts: u64,
}

/// A row with what only the store asks for.
#[derive(Debug)]
struct Held {
    row: ViewRow,
    is_deleted: bool,
}

const SELECT: &str = "SELECT name, partner, definition, created, changed, deleted FROM partner_view";

impl Catalogue {
    /// Makes a view of this name, or puts this in the place of what it was.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] when the name is another's, or when there are as many views as there may be;
    /// otherwise when the store cannot be written.
    pub async fn put_view(
        &self,
        name: &str,
        definition: &ViewDefinition,
        writer: &ViewWriter,
        who: &str,
        now: Timestamp,
    ) -> Result<Written, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let before = find(&mut tx, name).await?;
        if let Some(before) = &before {
            writer.refuse_another(before)?;
        }
        let partner = writer.owner(before.as_ref());
        let has_name = before.as_ref().is_some_and(|before| before.row.partner == partner);
        let standing = before.filter(|before| !before.is_deleted).map(|before| before.row);
        if let Some(row) = &standing
            && row.definition == *definition
            && row.partner == partner
        {
            return Ok(Written::Unchanged(row.clone()));
        }
        if standing.as_ref().is_none_or(|row| row.partner != partner) {
            refuse_too_many_of(&mut tx, partner.as_deref(), has_name).await?;
        }
        if standing.is_none() {
            refuse_too_many(&mut tx).await?;
            writer.refuse_too_many_of_day(&mut tx, now).await?;
        }
        let created = standing.as_ref().map_or_else(|| at.clone(), |row| row.created.clone());
        let row = ViewRow { name: name.to_owned(), partner, definition: definition.clone(), created, changed: at };
        write(&mut tx, &row).await?;
        let action = if standing.is_some() { "change view" } else { "create view" };
        note(&mut tx, who, action, name, &told(&row), &row.changed).await?;
        tx.commit().await?;
        Ok(if standing.is_some() { Written::Changed(row) } else { Written::Created(row) })
    }

    /// Deletes a view. Its name stays with the one whose it was.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] when none of this name stands, [`CatalogueError::Superseded`] when it is another's;
    /// otherwise when the store cannot be written.
    pub async fn delete_view(
        &self,
        name: &str,
        writer: &ViewWriter,
        who: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let held = find(&mut tx, name).await?.filter(|held| !held.is_deleted);
        let held = held.ok_or_else(|| CatalogueError::no_such("view", name))?;
        writer.refuse_another(&held)?;
        sqlx::query("UPDATE partner_view SET deleted = $2, acts = acts + 1 WHERE name = $1")
            .bind(name)
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        note(&mut tx, who, "delete view", name, &told(&held.row), &at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A page of the views that stand, by name, and how many there are in all; those of one partner where one is named.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_views(
        &self,
        partner: Option<&str>,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<ViewRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM partner_view");
        push_standing(&mut query, partner);
        let total: i64 = query.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(SELECT);
        push_standing(&mut query, partner);
        query.push(" ORDER BY name LIMIT ").push_bind(bigint(limit));
        query.push(" OFFSET ").push_bind(bigint(offset));
        let rows = query.build().fetch_all(&mut *tx).await?;
        let views: Result<Vec<ViewRow>, CatalogueError> = rows.iter().map(view_row).collect();
        Ok((views?, u64::try_from(total).unwrap_or(0)))
    }

    /// All names that a partner has taken, or all that there are, those of deleted views among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn view_names(&self, partner: Option<&str>) -> Result<Vec<String>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new("SELECT name FROM partner_view");
        if let Some(partner) = partner {
            query.push(" WHERE partner = ").push_bind(partner);
        }
        query.push(" ORDER BY name");
        Ok(query.build_query_scalar().fetch_all(&mut *tx).await?)
    }

    /// All views that stand, and where what they pin has gone.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn standing_views(&self) -> Result<StandingViews, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let acts: i64 = sqlx::query_scalar("SELECT CAST(COALESCE(SUM(acts), 0) AS BIGINT) FROM partner_view")
            .fetch_one(&mut *tx)
            .await?;
        let mut query = QueryBuilder::new(SELECT);
        push_standing(&mut query, None);
        query.push(" ORDER BY name LIMIT ").push_bind(bigint(MOST_STANDING));
        let rows = query.build().fetch_all(&mut *tx).await?;
        let views: Result<Vec<ViewRow>, CatalogueError> = rows.iter().map(view_row).collect();
        let views = views?;
        let pinned: HashSet<&ResourceId> = views.iter().flat_map(|row| &row.definition.pins).collect();
        let merged = merged_of(&mut tx, &pinned.into_iter().collect::<Vec<_>>()).await?;
        Ok(StandingViews { rows: views, merged, acts: u64::try_from(acts).unwrap_or(0) })
    }

    /// Whether there is or was a resource of this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn knows_resource(&self, id: &ResourceId) -> Result<bool, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let found: Option<String> = sqlx::query_scalar("SELECT id FROM resource WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        Ok(found.is_some())
    }
}

fn push_standing(query: &mut QueryBuilder, partner: Option<&str>) {
    query.push(" WHERE deleted IS NULL");
    if let Some(partner) = partner {
        query.push(" AND partner = ").push_bind(partner.to_owned());
    }
}

async fn find(conn: &mut Connection, name: &str) -> Result<Option<Held>, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE name = ").push_bind(name);
    let Some(row) = query.build().fetch_optional(&mut *conn).await? else { return Ok(None) };
    let deleted: Option<String> = row.try_get("deleted")?;
    Ok(Some(Held { row: view_row(&row)?, is_deleted: deleted.is_some() }))
}

fn view_row(row: &Row) -> Result<ViewRow, CatalogueError> {
    let name: String = row.try_get("name")?;
    Ok(ViewRow {
        partner: row.try_get("partner")?,
        definition: json_at(row, "partner_view", &name, "definition")?,
        created: row.try_get("created")?,
        changed: row.try_get("changed")?,
        name,
    })
}

/// A view that was deleted comes back as one that is made anew.
async fn write(conn: &mut Connection, row: &ViewRow) -> Result<(), CatalogueError> {
    let definition = serde_json::to_string(&row.definition)
        .map_err(|error| CatalogueError::stored("partner_view", &row.name, error))?;
    sqlx::query(
        "INSERT INTO partner_view (name, partner, definition, created, changed, acts) VALUES ($1, $2, $3, $4, $5, 1) \
         ON CONFLICT (name) DO UPDATE SET partner = excluded.partner, definition = excluded.definition, \
         created = excluded.created, changed = excluded.changed, deleted = NULL, acts = partner_view.acts + 1",
    )
    .bind(row.name.as_str())
    .bind(row.partner.as_deref())
    .bind(definition)
    .bind(row.created.as_str())
    .bind(row.changed.as_str())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// One view more is about to be this partner's; whether it has the name already.
async fn refuse_too_many_of(
    conn: &mut Connection,
    partner: Option<&str>,
    has_name: bool,
) -> Result<(), CatalogueError> {
    let Some(partner) = partner else { return Ok(()) };
    let (taken, standing): (i64, i64) =
        sqlx::query_as("SELECT COUNT(*), COUNT(*) - COUNT(deleted) FROM partner_view WHERE partner = $1")
            .bind(partner)
            .fetch_one(&mut *conn)
            .await?;
    if standing >= bigint(MOST_VIEWS_OF_A_PARTNER) {
        let reason = format!("a partner has at most {MOST_VIEWS_OF_A_PARTNER} views; delete one first");
        return Err(CatalogueError::Superseded { reason });
    }
    if !has_name && taken >= bigint(MOST_NAMES_OF_A_PARTNER) {
        let reason = format!("a partner takes at most {MOST_NAMES_OF_A_PARTNER} names; use one of yours again");
        return Err(CatalogueError::Superseded { reason });
    }
    Ok(())
}

/// One view more is about to stand.
async fn refuse_too_many(conn: &mut Connection) -> Result<(), CatalogueError> {
    let standing: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM partner_view WHERE deleted IS NULL").fetch_one(&mut *conn).await?;
    if standing >= bigint(MOST_STANDING) {
        let reason = format!("{MOST_STANDING} views stand already; tell those who run this service");
        return Err(CatalogueError::Superseded { reason });
    }
    Ok(())
}

/// Where those of these resources have gone that were merged into others.
async fn merged_of(
    conn: &mut Connection,
    ids: &[&ResourceId],
) -> Result<HashMap<ResourceId, ResourceId>, CatalogueError> {
    let mut merged = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT id FROM resource WHERE state = 'merged' AND id IN ");
        push_list(&mut query, chunk.iter().map(|id| id.as_str()));
        let rows = query.build().fetch_all(&mut *conn).await?;
        for row in &rows {
            let id: ResourceId = parsed_at(row, "resource", "id")?;
            let end = end_of_merges(conn, id.clone()).await?;
            merged.insert(id, end);
        }
    }
    Ok(merged)
}

/// A view in a sentence.
fn told(row: &ViewRow) -> String {
    let ViewDefinition { title, filters, pins, hidden_sources, link_parameters, .. } = &row.definition;
    let owner = row.partner.as_ref().map_or_else(|| "the service".to_owned(), |partner| format!("partner {partner}"));
    let (filters, pins, hidden) = (filters.len(), pins.len(), hidden_sources.len());
    let links = link_parameters.len();
    format!("`{title}` of {owner}: {filters} filters, {pins} pins, {hidden} hidden sources, {links} link parameters")
}
