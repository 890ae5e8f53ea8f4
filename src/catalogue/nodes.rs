//! Nodes: the programs that work on this store, what each last said of itself, and who is alive.
//!
//! A node says every few seconds how it stands. Nobody else writes its row, so no two ever wait for each other here.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Row;
use super::columns::{bigint, count_at, stamp};
use super::error::CatalogueError;

/// A node that has said nothing for so long counts as gone: it speaks every five seconds, and the store may be slow.
const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// One that has said nothing for a day is forgotten. Names of containers come and go; who looks the next morning should
/// still see what stopped in the night.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeWord {
    /// Its id, made once for its data directory.
    pub id: String,
    /// The name of its machine.
    pub name: String,
    /// The version of the program.
    pub version: String,
    /// `api`, `worker` or `all`.
    pub role: &'static str,
    /// What its index is built with.
    pub schema: String,
    /// Where it listens.
    pub address: String,
    /// When it was started.
    pub started: Timestamp,
    /// The generation of its index.
    pub generation: u64,
    /// How far its index follows the change log.
    pub seq: u64,
    /// How many resources its index holds.
    pub resources: u64,
    /// `starting`, `ready`, `degraded` or `stopping`.
    pub state: &'static str,
    /// What is the matter, in a sentence.
    pub detail: Option<String>,
}

/// A node as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// Its id.
    pub id: String,
    /// The name of its machine.
    pub name: String,
    /// The version of the program.
    pub version: String,
    /// `api`, `worker` or `all`.
    pub role: String,
    /// What its index is built with.
    pub schema: String,
    /// Where it listens.
    pub address: String,
    /// When it was started, RFC 3339.
    pub started: String,
    /// When it last said something, RFC 3339.
    pub heartbeat: String,
    /// The generation of its index.
    pub generation: u64,
    /// How far its index follows the change log.
    pub seq: u64,
    /// How many resources its index holds.
    pub resources: u64,
    /// `starting`, `ready`, `degraded` or `stopping`, as it last said.
    pub state: String,
    /// What was the matter, in a sentence.
    pub detail: Option<String>,
    /// When it ended in order, RFC 3339; `None` while it runs, and when it was killed.
    pub stopped: Option<String>,
    /// Whether it has not ended and was heard lately.
    pub is_alive: bool,
}

const SELECT: &str = "SELECT id, name, version, role, schema, address, started, heartbeat, generation, seq, resources, \
                      state, detail, stopped, \
                      CASE WHEN stopped IS NULL AND heartbeat >= $1 THEN 1 ELSE 0 END AS alive \
                      FROM node ORDER BY started DESC, id";

fn node_row(row: &Row) -> Result<NodeRow, CatalogueError> {
    let alive: i64 = row.try_get("alive")?;
    Ok(NodeRow {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        version: row.try_get("version")?,
        role: row.try_get("role")?,
        schema: row.try_get("schema")?,
        address: row.try_get("address")?,
        started: row.try_get("started")?,
        heartbeat: row.try_get("heartbeat")?,
        generation: count_at(row, "generation")?,
        seq: count_at(row, "seq")?,
        resources: count_at(row, "resources")?,
        state: row.try_get("state")?,
        detail: row.try_get("detail")?,
        stopped: row.try_get("stopped")?,
        is_alive: alive != 0,
    })
}

/// The moment of a start to the microsecond: no two programs are started at the same, so it tells two of one id apart.
fn start_mark(started: Timestamp) -> String {
    format!("{started:.6}")
}

impl Catalogue {
    /// Writes down what a node says of itself for the first time since its program was started. One that had stopped is
    /// there again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn hear_node(&self, word: &NodeWord, now: Timestamp) -> Result<(), CatalogueError> {
        self.write_node(word, true, now).await.map(|_| ())
    }

    /// Writes down what a node says of itself, and says whether it is alone with its id: not when another program has
    /// spoken under it for the first time since, which is then left as it stands.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn hear_node_again(&self, word: &NodeWord, now: Timestamp) -> Result<bool, CatalogueError> {
        self.write_node(word, false, now).await
    }

    async fn write_node(&self, word: &NodeWord, is_first: bool, now: Timestamp) -> Result<bool, CatalogueError> {
        let done = sqlx::query(
            "INSERT INTO node (id, name, version, role, schema, address, started, heartbeat, generation, seq, \
             resources, state, detail, stopped) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL) \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, role = excluded.role, \
             schema = excluded.schema, address = excluded.address, started = excluded.started, \
             heartbeat = excluded.heartbeat, generation = excluded.generation, seq = excluded.seq, \
             resources = excluded.resources, state = excluded.state, detail = excluded.detail, stopped = NULL \
             WHERE node.started = excluded.started OR CAST($14 AS BIGINT) = 1",
        )
        .bind(word.id.as_str())
        .bind(word.name.as_str())
        .bind(word.version.as_str())
        .bind(word.role)
        .bind(word.schema.as_str())
        .bind(word.address.as_str())
        .bind(start_mark(word.started))
        .bind(stamp(now))
        .bind(bigint(word.generation))
        .bind(bigint(word.seq))
        .bind(bigint(word.resources))
        .bind(word.state)
        .bind(word.detail.clone())
        .bind(i64::from(is_first))
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Writes down that a node has ended in order.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn node_stopped(&self, id: &str, now: Timestamp) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE node SET stopped = $2, heartbeat = $2, state = 'stopping' WHERE id = $1")
            .bind(id)
            .bind(stamp(now))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Every node that was heard within a day, the one that started last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_nodes(&self, now: Timestamp) -> Result<Vec<NodeRow>, CatalogueError> {
        let rows = sqlx::query(SELECT).bind(stamp(now - SILENT_AFTER)).fetch_all(&self.reader).await?;
        rows.iter().map(node_row).collect()
    }

    /// The nodes that are alive: heard within 30 seconds, and not ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn alive_nodes(&self, now: Timestamp) -> Result<Vec<NodeRow>, CatalogueError> {
        Ok(self.list_nodes(now).await?.into_iter().filter(|node| node.is_alive).collect())
    }

    /// Forgets nodes that have been silent for a day, and says how many those were.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_silent_nodes(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let done = sqlx::query("DELETE FROM node WHERE heartbeat < $1")
            .bind(stamp(now - FORGOTTEN_AFTER))
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    fn word(id: &str) -> NodeWord {
        NodeWord {
            id: id.to_owned(),
            name: "machine".to_owned(),
            version: "1.0.0".to_owned(),
            role: "all",
            schema: "abc".to_owned(),
            address: "127.0.0.1:8080".to_owned(),
            started: at("2026-11-21T09:00:00Z"),
            generation: 1,
            seq: 7,
            resources: 5,
            state: "ready",
            detail: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[tokio::test]
    async fn a_node_is_alive_while_it_speaks_and_gone_when_it_stops_or_falls_silent() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let alive = async |moment: &str| {
            let nodes = catalogue.alive_nodes(at(moment)).await.unwrap();
            nodes.into_iter().map(|node| node.id).collect::<Vec<_>>()
        };
        for id in ["one", "two"] {
            catalogue.hear_node(&word(id), at("2026-11-21T09:00:05Z")).await.unwrap();
        }
        catalogue.hear_node(&NodeWord { seq: 8, ..word("two") }, at("2026-11-21T09:00:30Z")).await.unwrap();
        assert_eq!(alive("2026-11-21T09:00:31Z").await, ["one", "two"]);
        assert_eq!(alive("2026-11-21T09:00:50Z").await, ["two"]);
        catalogue.node_stopped("two", at("2026-11-21T09:00:51Z")).await.unwrap();
        assert!(alive("2026-11-21T09:00:52Z").await.is_empty());
        let nodes = catalogue.list_nodes(at("2026-11-21T09:00:52Z")).await.unwrap();
        assert_eq!(nodes[1].seq, 8);
        assert_eq!(nodes[1].stopped.as_deref(), Some("2026-11-21T09:00:51Z"));
        catalogue.hear_node(&word("two"), at("2026-11-21T09:01:00Z")).await.unwrap();
        assert_eq!(alive("2026-11-21T09:01:01Z").await, ["two"]);
    }

    #[tokio::test]
    async fn of_two_programs_with_one_id_the_one_that_was_there_first_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        let (first, now) = (word("one"), at("2026-11-21T09:00:05Z"));
        let copy = NodeWord { started: first.started + SignedDuration::from_millis(1), seq: 9, ..word("one") };
        assert!(catalogue.hear_node_again(&first, now).await.unwrap(), "one that was forgotten is there again");
        catalogue.hear_node(&first, now).await.unwrap();
        assert!(catalogue.hear_node_again(&first, now).await.unwrap());
        catalogue.hear_node(&copy, now).await.unwrap();
        assert!(!catalogue.hear_node_again(&first, now).await.unwrap());
        assert!(catalogue.hear_node_again(&copy, now).await.unwrap());
        let nodes = catalogue.list_nodes(now).await.unwrap();
        assert_eq!(nodes.iter().map(|node| node.seq).collect::<Vec<_>>(), [9]);
    }

    #[tokio::test]
    async fn a_node_that_was_silent_for_a_day_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        catalogue.hear_node(&word("old"), at("2026-11-20T09:00:00Z")).await.unwrap();
        catalogue.hear_node(&word("new"), at("2026-11-21T08:00:00Z")).await.unwrap();
        assert_eq!(catalogue.forget_silent_nodes(at("2026-11-21T09:00:01Z")).await.unwrap(), 1);
        let left = catalogue.list_nodes(at("2026-11-21T09:00:01Z")).await.unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].id, "new");
    }
}
