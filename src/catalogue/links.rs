//! Links: what the address of each live resource answered, when it is to be asked again, and who hears of it.
//!
//! A row for each address that a live resource is published with, as it is spelt there. The asking is done by the jobs,
//! and what follows from an answer is decided by [`crawler::link::rhythm`]. When that is something that is published,
//! the change log grows in the same transaction, so that the index follows at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crawler::link::LinkAnswer;
use crawler::link::rhythm::{self, Rhythm};
use jiff::{SignedDuration, Timestamp};
use schemas::{CanonicalUrl, Link, LinkState, ResourceId, SourceId, parse_address};
use serde::Deserialize;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::changes::{ChangeOp, append_changes};
use super::columns::{CHUNK, bigint, count_at, json_at, parse, parsed_at, push_list, stamp};
use super::error::CatalogueError;
use super::moments::CLOCKS_APART;

/// So long a link that was handed out is not handed out again. A batch of links of one slow host takes two hours; what
/// was handed out to a process that died can wait.
const LEASE: SignedDuration = SignedDuration::from_hours(6);
/// No link is put off for longer: the longest wait of its rhythm is 28 days and a tenth.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(40 * 24);

/// A link that is to be asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLink {
    /// The address.
    pub url: String,
    /// The address to ask: where it is now, when it has moved for good.
    pub asked_url: String,
    /// The sources whose records make the resources with this address.
    pub sources: Vec<SourceId>,
}

/// What was learnt of an address, as it is published.
#[derive(Debug, Clone)]
pub(super) struct SeenLink {
    /// How it stands, and since when that is known.
    pub(super) link: Link,
    /// Where it is now, when it has moved for good.
    pub(super) new_address: Option<String>,
}

/// What is known of links.
const SELECT: &str = "SELECT url, state, checked_at, next_check, failures, steady, reason, moved_to, leads_to, \
                      busy_since FROM link WHERE ";

/// Of the merged fields, the address.
#[derive(Debug, Deserialize)]
struct Addressed {
    url: Option<String>,
}

impl Catalogue {
    /// Links that are due, the longest due first. They are leased: nobody else is given them for some hours.
    ///
    /// Of an address that no live resource has any more, nothing is remembered from here on.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn due_links(&self, now: Timestamp, limit: usize) -> Result<Vec<DueLink>, CatalogueError> {
        // Most of the time nothing is due, and nobody who writes has to wait for that answer.
        let mut reader = self.reader.acquire().await?;
        if due(&mut reader, now, 1).await?.is_empty() {
            return Ok(Vec::new());
        }
        drop(reader);
        let mut tx = self.begin_write().await?;
        let links = loop {
            let links = due(&mut tx, now, limit).await?;
            let urls: Vec<String> = links.iter().map(|link| link.url.clone()).collect();
            let resources = resources_at(&mut tx, &urls).await?;
            let (held, orphaned): (Vec<DueLink>, Vec<DueLink>) =
                links.into_iter().partition(|link| resources.contains_key(&link.url));
            delete_links(&mut tx, &orphaned).await?;
            // Every round but the last deletes what it found, so this ends.
            if !held.is_empty() || orphaned.is_empty() {
                break with_sources(&mut tx, held, &resources).await?;
            }
        };
        lease(&mut tx, &links, now).await?;
        tx.commit().await?;
        Ok(links)
    }

    /// Puts off links that were handed out and not asked, since another of their host met a busy host. It says nothing
    /// about them, but that they may come again in some hours.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn put_off_links(&self, links: &[DueLink], now: Timestamp) -> Result<(), CatalogueError> {
        if links.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin_write().await?;
        for link in links {
            sqlx::query("UPDATE link SET next_check = $2, leased_until = NULL WHERE url = $1")
                .bind(link.url.as_str())
                .bind(stamp(rhythm::left_alone_until(&link.url, now)))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Writes down what a link answered at the address that was to be asked, and says whether what is published of its
    /// resources is now another.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn record_link(&self, url: &str, answer: &LinkAnswer, now: Timestamp) -> Result<bool, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let mut query = QueryBuilder::new(SELECT);
        query.push("url = ").push_bind(url);
        let Some(row) = query.build().fetch_optional(&mut *tx).await? else {
            // Its resources were withdrawn while it was asked.
            return Ok(false);
        };
        let before = rhythm_at(&row)?;
        let after = rhythm::next(&before, answer, url, now);
        write_rhythm(&mut tx, url, &after).await?;
        let is_news = (before.state, before.new_address()) != (after.state, after.new_address());
        if is_news {
            let mut resources = resources_at(&mut tx, &[url.to_owned()]).await?;
            let changed = resources.remove(url).unwrap_or_default();
            let changes: Vec<(ResourceId, ChangeOp)> = changed.into_iter().map(|id| (id, ChangeOp::Changed)).collect();
            append_changes(&mut tx, &changes, &stamp(now)).await?;
        }
        tx.commit().await?;
        Ok(is_news)
    }

    /// Notes the addresses of all live resources that are not noted yet: those of a store that is older than the
    /// checking of links. Where all are noted, nothing is written.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn note_all_links(&self, now: Timestamp) -> Result<(), CatalogueError> {
        let mut after = String::new();
        loop {
            let rows =
                sqlx::query("SELECT id, metadata FROM resource WHERE state = 'live' AND id > $1 ORDER BY id LIMIT $2")
                    .bind(after.as_str())
                    .bind(bigint(CHUNK))
                    .fetch_all(&self.reader)
                    .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.try_get("id")?;
            let mut urls = Vec::with_capacity(rows.len());
            for row in &rows {
                urls.extend(address_at(row)?.1);
            }
            let mut reading = self.reader.acquire().await?;
            let noted = noted_urls(&mut reading, &urls).await?;
            drop(reading);
            urls.retain(|url| !noted.contains(url));
            if !urls.is_empty() {
                let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
                let mut tx = self.begin_write().await?;
                note_links(&mut tx, &urls, &stamp(now)).await?;
                tx.commit().await?;
            }
        }
    }
}

/// Notes addresses of live resources that are new or say something new, to be asked within hours.
///
/// What is known of them stays. One that fails is asked soon anyhow, and at its own pace: a server that is down for a
/// day is to break nothing, though its records change meanwhile.
pub(super) async fn note_links(conn: &mut Connection, urls: &[&str], at: &str) -> Result<(), CatalogueError> {
    let now: Timestamp = parse("link", at)?;
    // Each once: a statement may write a row once only.
    let urls: BTreeSet<&str> = urls.iter().copied().filter(|url| parse_address(url).is_ok()).collect();
    let urls: Vec<&str> = urls.into_iter().collect();
    for chunk in urls.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO link (url, state, next_check) ");
        query.push_values(chunk, |mut row, url| {
            row.push_bind(*url)
                .push_bind(LinkState::Unchecked.name())
                .push_bind(stamp(Rhythm::of_new(url, now).next_check));
        });
        query.push(
            " ON CONFLICT (url) DO UPDATE SET next_check = excluded.next_check \
             WHERE link.next_check > excluded.next_check AND (link.failures = 0 OR link.state = 'broken')",
        );
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// What was learnt of these addresses. Those that nobody has asked yet are left out.
pub(super) async fn seen_links(
    conn: &mut Connection,
    urls: &[&str],
) -> Result<HashMap<String, SeenLink>, CatalogueError> {
    let mut seen = HashMap::with_capacity(urls.len());
    for chunk in urls.chunks(CHUNK) {
        let mut query = QueryBuilder::new(SELECT);
        query.push("state <> 'unchecked' AND url IN ");
        push_list(&mut query, chunk.iter().copied());
        for row in &query.build().fetch_all(&mut *conn).await? {
            let known = rhythm_at(row)?;
            let link = Link { state: known.state, checked_at: known.confirmed_at.map(stamp) };
            let new_address = known.new_address().map(ToOwned::to_owned);
            seen.insert(row.try_get("url")?, SeenLink { link, new_address });
        }
    }
    Ok(seen)
}

/// Links that are due, the longest due first, without their sources. What is put off or leased for longer than anything
/// may be was dated by a clock that was ahead, and is due too.
async fn due(conn: &mut Connection, now: Timestamp, limit: usize) -> Result<Vec<DueLink>, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("(next_check <= ").push_bind(stamp(now));
    query.push(" OR next_check > ").push_bind(stamp(now + LONGEST_WAIT));
    query.push(") AND (leased_until IS NULL OR leased_until <= ").push_bind(stamp(now));
    query.push(" OR leased_until > ").push_bind(stamp(now + LEASE + CLOCKS_APART));
    query.push(") ORDER BY next_check, url LIMIT ").push_bind(bigint(limit));
    let rows = query.build().fetch_all(conn).await?;
    let mut links = Vec::with_capacity(rows.len());
    for row in &rows {
        let url: String = row.try_get("url")?;
        let asked_url = rhythm_at(row)?.asked_url(&url).to_owned();
        links.push(DueLink { url, asked_url, sources: Vec::new() });
    }
    Ok(links)
}

async fn delete_links(conn: &mut Connection, links: &[DueLink]) -> Result<(), CatalogueError> {
    for chunk in links.chunks(CHUNK) {
        let mut query = QueryBuilder::new("DELETE FROM link WHERE url IN ");
        push_list(&mut query, chunk.iter().map(|link| link.url.as_str()));
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

async fn lease(conn: &mut Connection, links: &[DueLink], now: Timestamp) -> Result<(), CatalogueError> {
    let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
    for chunk in links.chunks(CHUNK) {
        let mut query = QueryBuilder::new("UPDATE link SET leased_until = ");
        query.push_bind(stamp(until)).push(" WHERE url IN ");
        push_list(&mut query, chunk.iter().map(|link| link.url.as_str()));
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// The live resources that are published with each of these addresses.
///
/// They are looked up by the canonical address, which all spellings of an address share, and then by the spelling.
pub(super) async fn resources_at(
    conn: &mut Connection,
    urls: &[String],
) -> Result<HashMap<String, Vec<ResourceId>>, CatalogueError> {
    let addresses = urls.iter().filter_map(|url| parse_address(url).ok());
    let keys: BTreeSet<String> = addresses.map(|address| CanonicalUrl::of(&address).to_string()).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let mut resources: HashMap<String, Vec<ResourceId>> = HashMap::with_capacity(urls.len());
    for chunk in keys.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT id, metadata FROM resource WHERE state = 'live' AND address IN ");
        push_list(&mut query, chunk.iter().map(String::as_str));
        query.push(" ORDER BY id");
        for row in &query.build().fetch_all(&mut *conn).await? {
            let (id, url) = address_at(row)?;
            if let Some(url) = url {
                resources.entry(url).or_default().push(id);
            }
        }
    }
    Ok(resources)
}

/// Puts the sources beside the links.
async fn with_sources(
    conn: &mut Connection,
    mut links: Vec<DueLink>,
    resources: &HashMap<String, Vec<ResourceId>>,
) -> Result<Vec<DueLink>, CatalogueError> {
    let ids: Vec<&ResourceId> = links.iter().filter_map(|link| resources.get(&link.url)).flatten().collect();
    let mut sources: BTreeMap<ResourceId, Vec<SourceId>> = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT DISTINCT resource, source FROM record WHERE state IN ('live', 'missing') AND resource IN ",
        );
        push_list(&mut query, chunk.iter().map(|id| id.as_str()));
        for row in &query.build().fetch_all(&mut *conn).await? {
            let source = parsed_at(row, "record", "source")?;
            sources.entry(parsed_at(row, "record", "resource")?).or_default().push(source);
        }
    }
    for link in &mut links {
        let ids = resources.get(&link.url).into_iter().flatten();
        let all: BTreeSet<SourceId> = ids.filter_map(|id| sources.get(id)).flatten().cloned().collect();
        link.sources = all.into_iter().collect();
    }
    Ok(links)
}

async fn noted_urls(conn: &mut Connection, urls: &[String]) -> Result<HashSet<String>, CatalogueError> {
    let mut noted = HashSet::with_capacity(urls.len());
    for chunk in urls.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT url FROM link WHERE url IN ");
        push_list(&mut query, chunk.iter().map(String::as_str));
        let found: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        noted.extend(found);
    }
    Ok(noted)
}

fn address_at(row: &Row) -> Result<(ResourceId, Option<String>), CatalogueError> {
    let id: ResourceId = parsed_at(row, "resource", "id")?;
    let addressed: Addressed = json_at(row, "resource", id.as_str(), "metadata")?;
    Ok((id, addressed.url))
}

fn rhythm_at(row: &Row) -> Result<Rhythm, CatalogueError> {
    let url: String = row.try_get("url")?;
    let name: String = row.try_get("state")?;
    let state = LinkState::ALL.into_iter().find(|state| state.name() == name);
    let checked_at: Option<String> = row.try_get("checked_at")?;
    let busy_since: Option<String> = row.try_get("busy_since")?;
    Ok(Rhythm {
        state: state.ok_or_else(|| CatalogueError::stored("link", &url, format!("no state is called `{name}`")))?,
        confirmed_at: checked_at.map(|at| parse("link", &at)).transpose()?,
        next_check: parsed_at(row, "link", "next_check")?,
        failures: u32::try_from(count_at(row, "failures")?).unwrap_or(u32::MAX),
        steady: u32::try_from(count_at(row, "steady")?).unwrap_or(u32::MAX),
        reason: row.try_get("reason")?,
        moved_to: row.try_get("moved_to")?,
        leads_to: row.try_get("leads_to")?,
        busy_since: busy_since.map(|since| parse("link", &since)).transpose()?,
    })
}

/// Writes what is known of an address, and gives it back for the next time.
async fn write_rhythm(conn: &mut Connection, url: &str, known: &Rhythm) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE link SET state = $2, checked_at = $3, next_check = $4, failures = $5, steady = $6, reason = $7, \
         moved_to = $8, leads_to = $9, busy_since = $10, leased_until = NULL WHERE url = $1",
    )
    .bind(url)
    .bind(known.state.name())
    .bind(known.confirmed_at.map(stamp))
    .bind(stamp(known.next_check))
    .bind(bigint(known.failures))
    .bind(bigint(known.steady))
    .bind(known.reason.as_deref())
    .bind(known.moved_to.as_deref())
    .bind(known.leads_to.as_deref())
    .bind(known.busy_since.map(stamp))
    .execute(conn)
    .await?;
    Ok(())
}
