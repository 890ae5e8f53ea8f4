//! The change log: what happened to resources, in strict order, for everyone who keeps a copy.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use schemas::ResourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, count_at, parse, parsed_at, push_list};
use super::error::CatalogueError;
use super::resources::{MOST_MERGES, ResourceState, SELECT, published};

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOp {
    /// It is new.
    Created,
    /// It says something else, its records are others, or it is back.
    Changed,
    /// It is withdrawn, or was merged into another.
    Withdrawn,
}

impl ChangeOp {
    const ALL: [Self; 3] = [Self::Created, Self::Changed, Self::Withdrawn];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its place in the order; higher is later.
    pub seq: u64,
    /// The resource.
    pub resource: ResourceId,
    /// What happened to it.
    pub op: ChangeOp,
    /// When, RFC 3339.
    pub at: String,
}

/// A part of the change log, and what it is about as that stands now: both as the store was at one moment.
#[derive(Debug)]
pub struct ChangesPage {
    /// The place of the last change there is; 0 when there is none.
    pub head: u64,
    /// The changes, in their order.
    pub changes: Vec<ChangeRow>,
    /// What each resource is that they name.
    pub states: HashMap<ResourceId, ResourceState>,
}

impl Catalogue {
    /// The place of the last change; 0 when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn head_seq(&self) -> Result<u64, CatalogueError> {
        let mut conn = self.reader.acquire().await?;
        read_head(&mut conn).await
    }

    /// When the last change was; `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_change_at(&self) -> Result<Option<Timestamp>, CatalogueError> {
        let at: Option<String> =
            sqlx::query_scalar("SELECT at FROM change ORDER BY seq DESC LIMIT 1").fetch_optional(&self.reader).await?;
        at.map(|at| parse("change", &at)).transpose()
    }

    /// The changes after a place, in their order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn changes_after(&self, seq: u64, limit: usize) -> Result<Vec<ChangeRow>, CatalogueError> {
        let mut conn = self.reader.acquire().await?;
        read_changes(&mut conn, seq, limit).await
    }

    /// The changes after a place, in their order, with what each resource is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn changes_page(&self, after: u64, limit: usize) -> Result<ChangesPage, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let head = read_head(&mut tx).await?;
        let changes = read_changes(&mut tx, after, limit).await?;
        let ids: BTreeSet<&ResourceId> = changes.iter().map(|change| &change.resource).collect();
        let ids: Vec<&ResourceId> = ids.into_iter().collect();
        let states = read_states(&mut tx, &ids).await?;
        Ok(ChangesPage { head, changes, states })
    }
}

async fn read_head(conn: &mut Connection) -> Result<u64, CatalogueError> {
    let head: Option<i64> = sqlx::query_scalar("SELECT MAX(seq) FROM change").fetch_one(&mut *conn).await?;
    Ok(head.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0))
}

async fn read_changes(conn: &mut Connection, after: u64, limit: usize) -> Result<Vec<ChangeRow>, CatalogueError> {
    let rows = sqlx::query("SELECT seq, resource, op, at FROM change WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(bigint(after))
        .bind(bigint(limit))
        .fetch_all(&mut *conn)
        .await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let seq = count_at(row, "seq")?;
        let name: String = row.try_get("op")?;
        let op = ChangeOp::ALL.into_iter().find(|op| op.name() == name).ok_or_else(|| {
            CatalogueError::stored("change", &seq.to_string(), format!("no change is called `{name}`"))
        })?;
        let resource = parsed_at(row, "change", "resource")?;
        changes.push(ChangeRow { seq, resource, op, at: row.try_get("at")? });
    }
    Ok(changes)
}

/// What stands under each of these ids. A few queries for all of them: a partner's copy asks for a thousand at once.
async fn read_states(
    conn: &mut Connection,
    ids: &[&ResourceId],
) -> Result<HashMap<ResourceId, ResourceState>, CatalogueError> {
    let mut states = HashMap::with_capacity(ids.len());
    let mut merged: Vec<(ResourceId, ResourceId)> = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE id IN ");
        push_list(&mut query, chunk.iter().map(|id| id.as_str()));
        let mut live: Vec<Row> = Vec::with_capacity(chunk.len());
        for row in query.build().fetch_all(&mut *conn).await? {
            let id: ResourceId = parsed_at(&row, "resource", "id")?;
            let state: String = row.try_get("state")?;
            match state.as_str() {
                "live" => live.push(row),
                "withdrawn" | "hidden" => {
                    let reason: Option<String> = row.try_get("reason")?;
                    let reason = reason.unwrap_or_default();
                    states.insert(id, ResourceState::Withdrawn { reason, at: row.try_get("updated")? });
                }
                "merged" => merged.push((id, parsed_at(&row, "resource", "merged_into")?)),
                other => {
                    let reason = format!("no state is called `{other}`");
                    return Err(CatalogueError::stored("resource", id.as_str(), reason));
                }
            }
        }
        for entry in published(conn, &live).await? {
            states.insert(entry.resource.id.clone(), ResourceState::Live(Box::new(entry)));
        }
    }
    let ways = read_ways(conn, merged.iter().map(|(_, into)| into.clone()).collect()).await?;
    for (id, into) in merged {
        states.insert(id, ResourceState::Merged { into: end_of_way(&ways, &into)? });
    }
    Ok(states)
}

/// Into what these were merged, and what those were, and so on: one query for each step, however many go along.
async fn read_ways(
    conn: &mut Connection,
    from: BTreeSet<ResourceId>,
) -> Result<HashMap<ResourceId, ResourceId>, CatalogueError> {
    let mut ways: HashMap<ResourceId, ResourceId> = HashMap::new();
    let mut ahead: Vec<ResourceId> = from.into_iter().collect();
    while !ahead.is_empty() {
        let mut next: BTreeSet<ResourceId> = BTreeSet::new();
        for chunk in ahead.chunks(CHUNK) {
            let mut query =
                QueryBuilder::new("SELECT id, merged_into FROM resource WHERE merged_into IS NOT NULL AND id IN ");
            push_list(&mut query, chunk.iter().map(ResourceId::as_str));
            for row in &query.build().fetch_all(&mut *conn).await? {
                let into: ResourceId = parsed_at(row, "resource", "merged_into")?;
                ways.insert(parsed_at(row, "resource", "id")?, into.clone());
                next.insert(into);
            }
        }
        // What has been asked about is not asked about again, so that even a circle ends.
        ahead = next.into_iter().filter(|id| !ways.contains_key(id)).collect();
    }
    Ok(ways)
}

fn end_of_way(ways: &HashMap<ResourceId, ResourceId>, into: &ResourceId) -> Result<ResourceId, CatalogueError> {
    let mut end = into;
    for _ in 0..MOST_MERGES {
        let Some(next) = ways.get(end) else { return Ok(end.clone()) };
        end = next;
    }
    Err(CatalogueError::stored("resource", into.as_str(), "it was merged in a circle"))
}

/// Appends to the log, in this order.
pub(super) async fn append_changes(
    conn: &mut Connection,
    changes: &[(ResourceId, ChangeOp)],
    at: &str,
) -> Result<(), CatalogueError> {
    for chunk in changes.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO change (resource, op, at) ");
        query.push_values(chunk, |mut row, (resource, op)| {
            row.push_bind(resource.as_str()).push_bind(op.name()).push_bind(at);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_merges_is_followed_to_its_end_and_a_circle_is_no_endless_loop() {
        let [one, two, three] = ["one", "two", "three"].map(ResourceId::founded_on);
        let mut ways = HashMap::from([(one.clone(), two.clone()), (two.clone(), three.clone())]);
        assert_eq!(end_of_way(&ways, &one).unwrap(), three);
        assert_eq!(end_of_way(&ways, &three).unwrap(), three);
        ways.insert(three, two);
        assert!(matches!(end_of_way(&ways, &one), Err(CatalogueError::Stored { .. })));
    }
}
