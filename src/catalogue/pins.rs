//! Pins: which resources an admin puts first or last in the answer to one search, for how long and why.
//!
//! A pin is about a search and not about a resource: what is decided about the resource itself, for all searches, is a
//! curation. Each needs one who is responsible and a last day, for a list that nobody looks after goes stale. Searches
//! are compared by a key that whoever calls makes of the words; what a search does with its pins is for `crate::pins`.

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::ResourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{bigint, new_id, parsed_at, stamp};
use super::error::CatalogueError;
use super::resources::end_of_merges;

/// So many resources stand first for one search: a page of results, of which the search itself then finds nothing.
pub const MOST_PINS: usize = 20;
/// So many stand last for one search; who needs more needs a better search.
pub(super) const MOST_BURIES: usize = 50;
/// So many count at once in all. They are held in memory, and people make them one by one.
const MOST_STANDING: usize = 10_000;

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PinAction {
    /// It stands first.
    Pin,
    /// It stands last.
    Bury,
}

impl PinAction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pin, Self::Bury];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Bury => "bury",
        }
    }

    /// The action of this name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Where it puts a resource, for a message.
    fn place(self) -> &'static str {
        match self {
            Self::Pin => "first",
            Self::Bury => "last",
        }
    }

    /// How many of them one search may have.
    fn most(self) -> usize {
        match self {
            Self::Pin => MOST_PINS,
            Self::Bury => MOST_BURIES,
        }
    }
}

/// Whether a pin counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinState {
    /// It does.
    Active,
    /// Its last day is over.
    Expired,
    /// It was taken back, before its last day or after it.
    Undone,
}

impl PinState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Expired, Self::Undone];

    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Undone => "undone",
        }
    }

    /// The state of this name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A pin as it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPin {
    /// The search as it was typed.
    pub query: String,
    /// The search as searches are compared.
    pub key: String,
    /// Whether it stands first or last.
    pub action: PinAction,
    /// The resource; one that is live.
    pub resource: ResourceId,
    /// Of a pin its place among those of the same search, from 1; what stands there and behind it moves back. `None`
    /// and what is past the end is the end.
    pub position: Option<usize>,
    /// Who is responsible for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, in the United Kingdom.
    pub expires: Date,
}

/// A pin as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRow {
    /// Its id.
    pub id: String,
    /// The search as it was typed.
    pub query: String,
    /// The search as searches were compared when it was decided.
    pub key: String,
    /// Whether it stands first or last.
    pub action: PinAction,
    /// The resource that was named.
    pub resource: ResourceId,
    /// The resource that it is about now: what that one was merged into, or that one itself.
    pub stands_for: ResourceId,
    /// Whether that is live, so that a search can find it.
    pub is_live: bool,
    /// Of a pin its place among those of the same search, from 1; the lower first.
    pub position: Option<usize>,
    /// Who is responsible for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, in the United Kingdom.
    pub expires: Date,
    /// Who decided.
    pub who: String,
    /// When, RFC 3339.
    pub at: String,
    /// Who undid it.
    pub undone_by: Option<String>,
    /// When, RFC 3339.
    pub undone_at: Option<String>,
}

impl PinRow {
    /// Whether it counts on a day.
    pub fn state(&self, today: Date) -> PinState {
        if self.undone_at.is_some() {
            PinState::Undone
        } else if self.expires < today {
            PinState::Expired
        } else {
            PinState::Active
        }
    }
}

/// Which pins are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PinFilter {
    /// Those of this search, as searches are compared.
    pub key: Option<String>,
    /// Those that stand so.
    pub state: Option<PinState>,
}

impl PinFilter {
    fn push(&self, query: &mut QueryBuilder, today: Date) {
        query.push(" WHERE 1 = 1");
        if let Some(key) = &self.key {
            query.push(" AND p.query_key = ").push_bind(key.as_str());
        }
        match self.state {
            Some(PinState::Active) => push_active(query, today),
            Some(PinState::Expired) => {
                query.push(" AND p.undone_at IS NULL AND p.expires < ").push_bind(today.to_string());
            }
            Some(PinState::Undone) => {
                query.push(" AND p.undone_at IS NOT NULL");
            }
            None => {}
        }
    }
}

/// The columns of a pin `p`, and how the resource `s` stands that it names.
const SELECT: &str = "SELECT p.id AS id, p.query AS query, p.query_key AS query_key, p.action AS action, \
     p.resource AS resource, p.position AS position, p.owner AS owner, p.reason AS reason, p.expires AS expires, \
     p.who AS who, p.at AS at, p.undone_by AS undone_by, p.undone_at AS undone_at, s.state AS state \
     FROM pin p LEFT JOIN resource s ON s.id = p.resource";

fn push_active(query: &mut QueryBuilder, today: Date) {
    query.push(" AND p.undone_at IS NULL AND p.expires >= ").push_bind(today.to_string());
}

impl Catalogue {
    /// Writes a pin down.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] when the same resource stands first or last for the same search already, or when
    /// there are as many as there may be; otherwise when the store cannot be written.
    pub async fn create_pin(
        &self,
        pin: &NewPin,
        who: &str,
        today: Date,
        now: Timestamp,
    ) -> Result<PinRow, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let beside = active_of(&mut tx, &pin.key, today).await?;
        refuse_again(&beside, pin)?;
        refuse_too_many(&mut tx, &beside, pin, today).await?;
        let (id, at) = (new_id(now), stamp(now));
        sqlx::query(
            "INSERT INTO pin (id, query, query_key, action, resource, owner, reason, expires, who, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id.as_str())
        .bind(pin.query.as_str())
        .bind(pin.key.as_str())
        .bind(pin.action.name())
        .bind(pin.resource.as_str())
        .bind(pin.owner.as_str())
        .bind(pin.reason.as_str())
        .bind(pin.expires.to_string())
        .bind(who)
        .bind(at.as_str())
        .execute(&mut *tx)
        .await?;
        if pin.action == PinAction::Pin {
            let mut order = in_order(&beside);
            let place = pin.position.map_or(order.len(), |position| position.saturating_sub(1).min(order.len()));
            order.insert(place, &id);
            write_order(&mut tx, &order).await?;
        }
        let row = find_pin(&mut tx, &id).await?;
        note(&mut tx, who, &noted_as(row.action), &id, &told(&row), &at).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Takes a pin back. It stays on record as undone.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no pin has, [`CatalogueError::Superseded`] when it was undone before;
    /// otherwise when the store cannot be written.
    pub async fn undo_pin(&self, id: &str, who: &str, today: Date, now: Timestamp) -> Result<PinRow, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let row = find_pin(&mut tx, id).await?;
        if let (Some(by), Some(before)) = (&row.undone_by, &row.undone_at) {
            return Err(CatalogueError::Superseded { reason: format!("it was undone by {by} on {before}") });
        }
        sqlx::query("UPDATE pin SET undone_by = $2, undone_at = $3 WHERE id = $1")
            .bind(id)
            .bind(who)
            .bind(at.as_str())
            .execute(&mut *tx)
            .await?;
        let beside = active_of(&mut tx, &row.key, today).await?;
        write_order(&mut tx, &in_order(&beside)).await?;
        let action = format!("undo {}", noted_as(row.action));
        note(&mut tx, who, &action, id, &told(&row), &at).await?;
        tx.commit().await?;
        Ok(PinRow { undone_by: Some(who.to_owned()), undone_at: Some(at), ..row })
    }

    /// A page of these pins, the newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_pins(
        &self,
        filter: &PinFilter,
        today: Date,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<PinRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM pin p");
        filter.push(&mut query, today);
        let total: i64 = query.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(SELECT);
        filter.push(&mut query, today);
        query.push(" ORDER BY p.at DESC, p.id DESC LIMIT ").push_bind(bigint(limit));
        query.push(" OFFSET ").push_bind(bigint(offset));
        let rows = pin_rows(&mut tx, &mut query).await?;
        Ok((rows, u64::try_from(total).unwrap_or(0)))
    }

    /// All pins that count on a day: those of a search together, in the order in which they stand. With them, how many
    /// acts there have been of deciding and of taking back, which only grows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn active_pins(&self, today: Date) -> Result<(Vec<PinRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let acts: i64 = sqlx::query_scalar("SELECT COUNT(*) + COUNT(undone_at) FROM pin").fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(SELECT);
        PinFilter { key: None, state: Some(PinState::Active) }.push(&mut query, today);
        query.push(" ORDER BY p.query_key, p.position, p.at, p.id LIMIT ").push_bind(bigint(MOST_STANDING));
        let rows = pin_rows(&mut tx, &mut query).await?;
        Ok((rows, u64::try_from(acts).unwrap_or(0)))
    }
}

/// The pins of a search that count on a day, in their order.
async fn active_of(conn: &mut Connection, key: &str, today: Date) -> Result<Vec<PinRow>, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    PinFilter { key: Some(key.to_owned()), state: Some(PinState::Active) }.push(&mut query, today);
    query.push(" ORDER BY p.position, p.at, p.id");
    pin_rows(conn, &mut query).await
}

async fn find_pin(conn: &mut Connection, id: &str) -> Result<PinRow, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE p.id = ").push_bind(id);
    pin_rows(conn, &mut query).await?.pop().ok_or_else(|| CatalogueError::no_such("pin", id))
}

/// Reads pins, each followed to what its resource was merged into.
async fn pin_rows(conn: &mut Connection, query: &mut QueryBuilder) -> Result<Vec<PinRow>, CatalogueError> {
    let found = query.build().fetch_all(&mut *conn).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let state: Option<String> = row.try_get("state")?;
        let mut pin = pin_row(row, state.as_deref() == Some("live"))?;
        if state.as_deref() == Some("merged") {
            pin.stands_for = end_of_merges(conn, pin.resource.clone()).await?;
            pin.is_live = is_live(conn, &pin.stands_for).await?;
        }
        rows.push(pin);
    }
    Ok(rows)
}

fn pin_row(row: &Row, is_live: bool) -> Result<PinRow, CatalogueError> {
    let id: String = row.try_get("id")?;
    let action: String = row.try_get("action")?;
    let action = PinAction::by_name(&action)
        .ok_or_else(|| CatalogueError::stored("pin", &id, format!("no action is called `{action}`")))?;
    let resource: ResourceId = parsed_at(row, "pin", "resource")?;
    let position: Option<i64> = row.try_get("position")?;
    Ok(PinRow {
        query: row.try_get("query")?,
        key: row.try_get("query_key")?,
        action,
        stands_for: resource.clone(),
        resource,
        is_live,
        position: position.and_then(|position| usize::try_from(position).ok()),
        owner: row.try_get("owner")?,
        reason: row.try_get("reason")?,
        expires: parsed_at(row, "pin", "expires")?,
        who: row.try_get("who")?,
        at: row.try_get("at")?,
        undone_by: row.try_get("undone_by")?,
        undone_at: row.try_get("undone_at")?,
        id,
    })
}

async fn is_live(conn: &mut Connection, resource: &ResourceId) -> Result<bool, CatalogueError> {
    let state: Option<String> = sqlx::query_scalar("SELECT state FROM resource WHERE id = $1")
        .bind(resource.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    Ok(state.as_deref() == Some("live"))
}

/// One resource stands in one place: neither twice nor first and last at once.
fn refuse_again(beside: &[PinRow], pin: &NewPin) -> Result<(), CatalogueError> {
    match beside.iter().find(|row| row.stands_for == pin.resource) {
        Some(row) => {
            let (id, place) = (&row.id, row.action.place());
            let reason = format!("`{}` stands {place} for `{}` already, by {} ({id})", pin.resource, row.key, row.who);
            Err(CatalogueError::Superseded { reason })
        }
        None => Ok(()),
    }
}

async fn refuse_too_many(
    conn: &mut Connection,
    beside: &[PinRow],
    pin: &NewPin,
    today: Date,
) -> Result<(), CatalogueError> {
    let most = pin.action.most();
    if beside.iter().filter(|row| row.action == pin.action).count() >= most {
        let reason = format!("{most} resources stand {} for `{}` already; undo one first", pin.action.place(), pin.key);
        return Err(CatalogueError::Superseded { reason });
    }
    let mut query = QueryBuilder::new("SELECT COUNT(*) FROM pin p");
    PinFilter { key: None, state: Some(PinState::Active) }.push(&mut query, today);
    let standing: i64 = query.build_query_scalar().fetch_one(&mut *conn).await?;
    if standing >= bigint(MOST_STANDING) {
        let reason = format!("{MOST_STANDING} pins and buries count already; undo one first");
        return Err(CatalogueError::Superseded { reason });
    }
    Ok(())
}

/// The ids of those that stand first, in their order.
fn in_order(beside: &[PinRow]) -> Vec<&str> {
    let pins = beside.iter().filter(|row| row.action == PinAction::Pin);
    pins.map(|row| row.id.as_str()).collect()
}

/// Gives these pins the places 1, 2, 3, in their order.
async fn write_order(conn: &mut Connection, order: &[&str]) -> Result<(), CatalogueError> {
    for (before, id) in order.iter().enumerate() {
        sqlx::query("UPDATE pin SET position = $2 WHERE id = $1")
            .bind(*id)
            .bind(bigint(before + 1))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// The act as the audit log calls it. A resource is also pinned for all searches, which is a curation.
fn noted_as(action: PinAction) -> String {
    format!("{} for a search", action.name())
}

/// A pin in a sentence.
fn told(row: &PinRow) -> String {
    let PinRow { resource, query, expires, owner, reason, .. } = row;
    let place = row.action.place();
    format!("`{resource}` stands {place} for `{query}` until {expires}; {owner} is responsible: {reason}")
}
