//! Generations of every node's index, what the gate said of each, and what comparing an index with the store has found.
//!
//! Each node writes of its own index only. Which generation answers is for the node's own disk to say; the rows here
//! tell admins, and are set right by whatever the node does next.

use jiff::{SignedDuration, Timestamp};
use schemas::ResourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, Row};
use super::columns::{bigint, count_at, new_id, parsed_at, stamp};
use super::error::CatalogueError;
use super::moments::CLOCKS_APART;

/// What became of generations is kept for so long: somebody may ask next year what was live at this time of the last.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Of that the last are shown.
const LISTED: i64 = 100;

/// What became of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerationState {
    /// It answers.
    Live,
    /// It answered before, and is kept to go back to.
    Previous,
    /// The gate did not let it live.
    Refused,
    /// It answered once, and is deleted.
    Gone,
}

impl GenerationState {
    const ALL: [Self; 4] = [Self::Live, Self::Previous, Self::Refused, Self::Gone];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Previous => "previous",
            Self::Refused => "refused",
            Self::Gone => "gone",
        }
    }
}

/// A generation that was built.
#[derive(Debug, Clone, Copy)]
pub struct NewGeneration<'a> {
    /// The node whose index it is of.
    pub node: &'a str,
    /// What it is built with.
    pub schema: &'a str,
    /// Its number.
    pub number: u64,
    /// How many resources it holds.
    pub resources: u64,
    /// How far it follows the change log.
    pub seq: u64,
    /// What the gate said of it, JSON.
    pub report: &'a str,
}

/// A generation, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationRow {
    /// The node whose index it is of.
    pub node: String,
    /// What it is built with.
    pub schema: String,
    /// Its number.
    pub number: u64,
    /// When it was built, RFC 3339.
    pub made: String,
    /// What became of it.
    pub state: GenerationState,
    /// How many resources it held when it was built.
    pub resources: u64,
    /// How far it followed the change log then.
    pub seq: u64,
    /// What the gate said of it, JSON.
    pub report: String,
    /// When it went live the last time, RFC 3339.
    pub promoted: Option<String>,
}

/// What comparing an index with the store has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drift {
    /// How many resources were compared.
    pub compared: u64,
    /// How many the index did not hold.
    pub missing: u64,
    /// How many it held that are no more.
    pub surplus: u64,
    /// How many it held otherwise than the store.
    pub differing: u64,
    /// How many of all these are right now.
    pub repaired: u64,
}

impl Drift {
    /// How many resources were not as the store has them.
    pub fn found(&self) -> u64 {
        self.missing + self.surplus + self.differing
    }
}

/// A comparison, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftRow {
    /// The node whose index was compared.
    pub node: String,
    /// When, RFC 3339.
    pub at: String,
    /// What was found.
    pub drift: Drift,
}

fn generation_row(row: &Row) -> Result<GenerationRow, CatalogueError> {
    let (state, node): (String, String) = (row.try_get("state")?, row.try_get("node")?);
    let state = GenerationState::ALL
        .into_iter()
        .find(|known| known.name() == state)
        .ok_or_else(|| CatalogueError::stored("generation", &node, format!("no state is called `{state}`")))?;
    Ok(GenerationRow {
        node,
        schema: row.try_get("schema")?,
        number: count_at(row, "number")?,
        made: row.try_get("made")?,
        state,
        resources: count_at(row, "resources")?,
        seq: count_at(row, "seq")?,
        report: row.try_get("report")?,
        promoted: row.try_get("promoted")?,
    })
}

fn drift_row(row: &Row) -> Result<DriftRow, CatalogueError> {
    let drift = Drift {
        compared: count_at(row, "compared")?,
        missing: count_at(row, "missing")?,
        surplus: count_at(row, "surplus")?,
        differing: count_at(row, "differing")?,
        repaired: count_at(row, "repaired")?,
    };
    Ok(DriftRow { node: row.try_get("node")?, at: row.try_get("at")?, drift })
}

impl Catalogue {
    /// Writes down a generation that went live, and which is kept to go back to. The others of this node are gone.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn generation_went_live(
        &self,
        made: &NewGeneration<'_>,
        previous: Option<u64>,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        write_generation(&mut tx, made, GenerationState::Live, now).await?;
        settle(&mut tx, (made.node, made.schema), (made.number, previous), now).await?;
        forget_old(&mut tx, made.node, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes down a generation that the gate did not let live.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn generation_was_refused(&self, made: &NewGeneration<'_>, now: Timestamp) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        write_generation(&mut tx, made, GenerationState::Refused, now).await?;
        forget_old(&mut tx, made.node, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes down which generation of a node answers now, and which is kept to go back to, after one was taken back or
    /// came from elsewhere. What was said of it when it was built stays said.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn generation_stands(
        &self,
        live: &NewGeneration<'_>,
        previous: Option<u64>,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        if state_of(&mut tx, (live.node, live.schema), live.number).await?.is_none() {
            write_generation(&mut tx, live, GenerationState::Live, now).await?;
        }
        settle(&mut tx, (live.node, live.schema), (live.number, previous), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether it is written down that this generation of a node answers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_known_to_be_live(&self, of: (&str, &str), number: u64) -> Result<bool, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let state = state_of(&mut tx, of, number).await?;
        Ok(state.as_deref() == Some(GenerationState::Live.name()))
    }

    /// The generations of all nodes, the last built first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_generations(&self) -> Result<Vec<GenerationRow>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT node, schema, number, made, state, resources, seq, report, promoted FROM generation \
             ORDER BY made DESC, node, number DESC LIMIT $1",
        )
        .bind(LISTED)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(generation_row).collect()
    }

    /// Writes down what comparing the index of a node with the store has found.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_drift(&self, node: &str, drift: &Drift, now: Timestamp) -> Result<(), CatalogueError> {
        sqlx::query(
            "INSERT INTO drift (id, node, at, compared, missing, surplus, differing, repaired) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(new_id(now))
        .bind(node)
        .bind(stamp(now))
        .bind(bigint(drift.compared))
        .bind(bigint(drift.missing))
        .bind(bigint(drift.surplus))
        .bind(bigint(drift.differing))
        .bind(bigint(drift.repaired))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// When the index of a node was compared with the store the last time; `None` when it never was. What a clock that
    /// was ahead has dated later than `now` does not count: the next comparison would wait until then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_compared(&self, node: &str, now: Timestamp) -> Result<Option<Timestamp>, CatalogueError> {
        let row = sqlx::query("SELECT at FROM drift WHERE node = $1 AND at <= $2 ORDER BY at DESC LIMIT 1")
            .bind(node)
            .bind(stamp(now + CLOCKS_APART))
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(|row| parsed_at(row, "drift", "at")).transpose()
    }

    /// What comparing the indexes of all nodes with the store has found, the last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_drift(&self) -> Result<Vec<DriftRow>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT node, at, compared, missing, surplus, differing, repaired FROM drift ORDER BY at DESC, id DESC LIMIT $1",
        )
        .bind(LISTED)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(drift_row).collect()
    }

    /// How many resources are live, and the place of the last change, both as the store was at one moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn live_count_and_head(&self) -> Result<(u64, u64), CatalogueError> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM resource WHERE state = 'live') AS live, \
             (SELECT COALESCE(MAX(seq), 0) FROM change) AS head",
        )
        .fetch_one(&self.reader)
        .await?;
        Ok((count_at(&row, "live")?, count_at(&row, "head")?))
    }

    /// At most so many live resources, spread evenly over the order of ids: every one, every second, every third.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn spread_of_live(&self, count: u64) -> Result<Vec<ResourceId>, CatalogueError> {
        let step = self.live_count().await?.div_ceil(count.max(1)).max(1);
        let rows = sqlx::query(
            "SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM resource WHERE state = 'live') \
             AS placed WHERE place % $1 = 0 ORDER BY place LIMIT $2",
        )
        .bind(bigint(step))
        .bind(bigint(count))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| parsed_at(row, "resource", "id")).collect()
    }
}

/// What is written down of a generation, if anything is.
async fn state_of(
    conn: &mut Connection,
    (node, schema): (&str, &str),
    number: u64,
) -> Result<Option<String>, CatalogueError> {
    let state: Option<String> =
        sqlx::query_scalar("SELECT state FROM generation WHERE node = $1 AND schema = $2 AND number = $3")
            .bind(node)
            .bind(schema)
            .bind(bigint(number))
            .fetch_optional(&mut *conn)
            .await?;
    Ok(state)
}

async fn write_generation(
    conn: &mut Connection,
    made: &NewGeneration<'_>,
    state: GenerationState,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "INSERT INTO generation (node, schema, number, made, state, resources, seq, report, promoted) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (node, schema, number) DO UPDATE SET \
         made = excluded.made, state = excluded.state, resources = excluded.resources, seq = excluded.seq, \
         report = excluded.report, promoted = excluded.promoted",
    )
    .bind(made.node)
    .bind(made.schema)
    .bind(bigint(made.number))
    .bind(stamp(now))
    .bind(state.name())
    .bind(bigint(made.resources))
    .bind(bigint(made.seq))
    .bind(made.report)
    .bind((state == GenerationState::Live).then(|| stamp(now)))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Says of each generation of a node that was ever live what it is now.
async fn settle(
    conn: &mut Connection,
    (node, schema): (&str, &str),
    (live, previous): (u64, Option<u64>),
    now: Timestamp,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE generation SET \
         promoted = CASE WHEN schema = $2 AND number = $3 AND state <> 'live' THEN $5 ELSE promoted END, \
         state = CASE WHEN schema = $2 AND number = $3 THEN 'live' WHEN schema = $2 AND number = $4 THEN 'previous' \
         ELSE 'gone' END \
         WHERE node = $1 AND state <> 'refused'",
    )
    .bind(node)
    .bind(schema)
    .bind(bigint(live))
    // No generation has this number.
    .bind(previous.map_or(-1, bigint))
    .bind(stamp(now))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

async fn forget_old(conn: &mut Connection, node: &str, now: Timestamp) -> Result<(), CatalogueError> {
    sqlx::query("DELETE FROM generation WHERE node = $1 AND state IN ('gone', 'refused') AND made < $2")
        .bind(node)
        .bind(stamp(now - KEPT))
        .execute(&mut *conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    fn at(hour: u32) -> Timestamp {
        format!("2026-11-21T{hour:02}:00:00Z").parse().expect("a time")
    }

    fn made(number: u64) -> NewGeneration<'static> {
        NewGeneration { node: "one", schema: "abc", number, resources: 5, seq: number * 10, report: "{}" }
    }

    async fn states(catalogue: &Catalogue) -> Vec<(u64, &'static str)> {
        let rows = catalogue.list_generations().await.expect("generations");
        rows.into_iter().map(|row| (row.number, row.state.name())).collect()
    }

    #[tokio::test]
    async fn one_generation_of_a_node_is_live_and_a_refused_one_stays_refused() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        catalogue.generation_went_live(&made(1), None, at(1)).await.unwrap();
        catalogue.generation_went_live(&made(2), Some(1), at(2)).await.unwrap();
        catalogue.generation_was_refused(&made(3), at(3)).await.unwrap();
        assert_eq!(states(&catalogue).await, [(3, "refused"), (2, "live"), (1, "previous")]);
        catalogue.generation_stands(&made(1), Some(2), at(4)).await.unwrap();
        assert_eq!(states(&catalogue).await, [(3, "refused"), (2, "previous"), (1, "live")]);
        let rows = catalogue.list_generations().await.unwrap();
        assert_eq!(rows[2].promoted.as_deref(), Some("2026-11-21T04:00:00Z"));
        catalogue.generation_went_live(&made(4), Some(1), at(5)).await.unwrap();
        assert_eq!(states(&catalogue).await, [(4, "live"), (3, "refused"), (2, "gone"), (1, "previous")]);
        let other = NewGeneration { node: "two", schema: "def", ..made(9) };
        catalogue.generation_went_live(&other, None, at(6)).await.unwrap();
        assert_eq!(states(&catalogue).await[1], (4, "live"), "what another node does is its own");
    }

    #[tokio::test]
    async fn one_that_no_rebuild_has_told_of_is_written_down_and_one_that_was_told_of_is_not_built_again() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        assert!(!catalogue.is_known_to_be_live(("one", "abc"), 1).await.unwrap());
        catalogue.generation_stands(&made(1), None, at(1)).await.unwrap();
        assert!(catalogue.is_known_to_be_live(("one", "abc"), 1).await.unwrap());
        catalogue.generation_went_live(&made(2), Some(1), at(2)).await.unwrap();
        assert!(!catalogue.is_known_to_be_live(("one", "abc"), 1).await.unwrap());
        catalogue.generation_stands(&made(1), None, at(3)).await.unwrap();
        let rows = catalogue.list_generations().await.unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.number, row.state.name(), row.made.as_str())).collect();
        assert_eq!(told, [(2, "gone", "2026-11-21T02:00:00Z"), (1, "live", "2026-11-21T01:00:00Z")]);
    }

    #[tokio::test]
    async fn the_last_comparison_of_a_node_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.unwrap();
        assert_eq!(catalogue.last_compared("one", at(1)).await.unwrap(), None);
        for hour in [2, 3, 9] {
            let drift = Drift { compared: 9, missing: 1, ..Drift::default() };
            catalogue.note_drift("one", &drift, at(hour)).await.unwrap();
        }
        assert_eq!(catalogue.last_compared("one", at(9)).await.unwrap(), Some(at(9)));
        assert_eq!(catalogue.last_compared("one", at(4)).await.unwrap(), Some(at(3)), "that of nine is yet to come");
        assert_eq!(catalogue.last_compared("one", at(1)).await.unwrap(), None);
        assert_eq!(catalogue.last_compared("two", at(9)).await.unwrap(), None);
        assert_eq!(catalogue.list_drift().await.unwrap()[0].drift.found(), 1);
    }
}
