//! Groups: of the homes at which something may be otherwise now, and all that hangs on them, which are one resource?
//!
//! What hangs together is loaded whole, `resolve::cluster` decides, and what came out is written: the resource of each
//! record, where homes that stand for nothing any more have gone, and what became of each match.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemas::{Decision, Problem, RecordId, ResourceId, SourceId};
use sqlx::Row as _;

use super::{pairs_of, rows_of};
use crate::catalogue::backend::{Connection, QueryBuilder};
use crate::catalogue::columns::{CHUNK, flag_at, json_at, parsed_at, push_list, push_numbers};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::resolve::{Edge, EdgeKind, MAX_RECORDS, Node, Verdict, cluster};
use crate::catalogue::settle::Settlement;

/// So many homes are decided about together. Groups that reach beyond what was loaded stay as they are, and the log says
/// so. A batch of 500 records hardly ever reaches a tenth of it.
const MOST_HOMES: usize = 10_000;

/// Declared by more records than one thing has, an identifier names none of them; nor does an address that one catalogue
/// names for several of its records, such as the page of a unit.
pub(super) const SAME_DECLARED: &str = "SELECT b.record, a.record FROM declared a \
     JOIN declared b ON b.identifier = a.identifier AND b.record <> a.record \
     WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM declared c WHERE c.identifier = a.identifier LIMIT 26) AS few) <= 25 \
     AND (a.identifier NOT LIKE 'url:%' OR (SELECT COUNT(*) = COUNT(DISTINCT r.source) FROM declared c \
     JOIN record r ON r.number = c.record WHERE c.identifier = a.identifier)) \
     AND a.record IN ";

// The statement above is text, and its two numbers are this one.
const _: () = assert!(MAX_RECORDS == 25);

/// A published record.
#[derive(Debug)]
struct Member {
    id: RecordId,
    home: ResourceId,
    resource: ResourceId,
}

/// A match as it is stored.
#[derive(Debug)]
struct Match {
    one: i64,
    other: i64,
    score: f32,
    verdict: String,
}

/// Everything that hangs together.
#[derive(Debug, Default)]
struct Graph {
    members: BTreeMap<i64, Member>,
    homes: BTreeSet<ResourceId>,
    matches: BTreeMap<(i64, i64), Match>,
    declared: BTreeSet<(i64, i64)>,
    /// Of these, those that say what cannot be of one thing.
    contradicting: BTreeSet<(i64, i64)>,
    /// Homes that an admin has merged, with the curations that say so.
    joined: BTreeMap<(ResourceId, ResourceId), BTreeSet<String>>,
    /// Homes of records that an admin has split.
    parted: BTreeSet<(ResourceId, ResourceId)>,
    /// Homes that something leads to and that were not loaded.
    beyond: BTreeSet<ResourceId>,
}

/// Decides anew which of these homes, and of what hangs on them, are one resource, and writes what is otherwise.
pub(super) async fn regroup(
    conn: &mut Connection,
    homes: &BTreeSet<ResourceId>,
    settlement: &mut Settlement,
) -> Result<Vec<Problem>, CatalogueError> {
    let graph = Graph::load(conn, homes).await?;
    let by_home = graph.by_home();
    let nodes: Vec<Node> = by_home
        .iter()
        .zip(0_u64..)
        .map(|((_, members), id)| Node { id, sources: sources(members), size: members.len() })
        .collect();
    let number_of: HashMap<&ResourceId, u64> = by_home.iter().map(|(home, _)| *home).zip(0_u64..).collect();
    let (edges, pairs) = graph.edges(&number_of);
    let clusters = cluster(&nodes, &edges);
    let problems = write_verdicts(conn, &graph, &number_of, &pairs, &clusters.verdicts).await?;
    let facts = HomeFacts::look_up(conn, &graph).await?;
    let edge = graph.edge();
    let mut goes_to: BTreeMap<&ResourceId, Vec<i64>> = BTreeMap::new();
    for group in &clusters.groups {
        let homes: Vec<&ResourceId> =
            group.iter().filter_map(|id| by_home.get(usize::try_from(*id).ok()?)).map(|(home, _)| *home).collect();
        let Some(stays) = facts.which_stays(&homes).filter(|_| homes.iter().all(|home| !edge.contains(home))) else {
            continue;
        };
        for home in homes {
            if home != stays && facts.merged_into.get(home) != Some(stays) {
                settlement.touch(home);
                settlement.moved.insert(home.clone(), stays.clone());
            }
        }
        let members = group.iter().filter_map(|id| by_home.get(usize::try_from(*id).ok()?)).flat_map(|(_, at)| at);
        for (number, member) in members.filter(|(_, member)| member.resource != *stays) {
            settlement.regroup(&member.resource);
            settlement.regroup(stays);
            // Nothing may be left at the home that stood for all: then its id leads to where the others are now.
            settlement.moved.entry(member.resource.clone()).or_insert_with(|| stays.clone());
            goes_to.entry(stays).or_default().push(*number);
        }
    }
    for (resource, numbers) in goes_to {
        for chunk in numbers.chunks(CHUNK) {
            let mut query = QueryBuilder::new("UPDATE record SET resource = ");
            query.push_bind(resource.as_str()).push(" WHERE number IN ");
            push_numbers(&mut query, chunk.iter().copied());
            query.build().execute(&mut *conn).await?;
        }
    }
    Ok(problems)
}

/// What stands at one home, by number.
type AtHome<'g> = Vec<(i64, &'g Member)>;

fn sources(members: &AtHome<'_>) -> Vec<SourceId> {
    let sources: BTreeSet<&SourceId> = members.iter().map(|(_, member)| &member.id.source).collect();
    sources.into_iter().cloned().collect()
}

impl Graph {
    async fn load(conn: &mut Connection, homes: &BTreeSet<ResourceId>) -> Result<Self, CatalogueError> {
        let mut graph = Self::default();
        let mut next: BTreeSet<ResourceId> = homes.clone();
        while !next.is_empty() {
            let numbers = graph.load_members(conn, &next).await?;
            graph.load_curated(conn, &next).await?;
            graph.homes.append(&mut next);
            graph.load_matches(conn, &numbers).await?;
            graph.load_declared(conn, &numbers).await?;
            if graph.homes.len() > MOST_HOMES {
                tracing::warn!(homes = graph.homes.len(), "more hangs together than is decided about at once");
                graph.beyond = graph.homes_beyond(conn).await?;
                break;
            }
            next = graph.homes_beyond(conn).await?;
        }
        Ok(graph)
    }

    async fn load_members(
        &mut self,
        conn: &mut Connection,
        homes: &BTreeSet<ResourceId>,
    ) -> Result<Vec<i64>, CatalogueError> {
        let homes: Vec<&str> = homes.iter().map(ResourceId::as_str).collect();
        let mut numbers = Vec::with_capacity(homes.len());
        for chunk in homes.chunks(CHUNK) {
            let mut query = QueryBuilder::new(
                "SELECT number, source, identifier, home, resource FROM record \
                 WHERE state IN ('live', 'missing') AND home IN ",
            );
            push_list(&mut query, chunk.iter().copied());
            for row in &query.build().fetch_all(&mut *conn).await? {
                let source = parsed_at(row, "record", "source")?;
                let id = RecordId { source, identifier: row.try_get("identifier")? };
                let home = parsed_at(row, "record", "home")?;
                let number: i64 = row.try_get("number")?;
                self.members.insert(number, Member { id, home, resource: parsed_at(row, "record", "resource")? });
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    async fn load_matches(&mut self, conn: &mut Connection, numbers: &[i64]) -> Result<(), CatalogueError> {
        for select in [
            "SELECT one, other, score, verdict FROM record_match WHERE one IN ",
            "SELECT one, other, score, verdict FROM record_match WHERE other IN ",
        ] {
            for row in &rows_of(conn, select, numbers).await? {
                let (one, other, thousandths): (i64, i64, i32) =
                    (row.try_get("one")?, row.try_get("other")?, row.try_get("score")?);
                #[expect(clippy::cast_possible_truncation, reason = "three digits of a small number")]
                let score = (f64::from(thousandths) / 1_000.0) as f32;
                let verdict: String = row.try_get("verdict")?;
                if verdict == Verdict::Contradicts.name() {
                    self.contradicting.insert((one, other));
                    continue;
                }
                self.matches.insert((one, other), Match { one, other, score, verdict });
            }
        }
        Ok(())
    }

    async fn load_declared(&mut self, conn: &mut Connection, numbers: &[i64]) -> Result<(), CatalogueError> {
        for (one, other) in pairs_of(conn, SAME_DECLARED, numbers).await? {
            self.declared.insert((one.min(other), one.max(other)));
        }
        Ok(())
    }

    /// What an admin has merged and split. It was said of two records, and holds for their homes also when one of the
    /// two has gone and others are at home there.
    async fn load_curated(
        &mut self,
        conn: &mut Connection,
        homes: &BTreeSet<ResourceId>,
    ) -> Result<(), CatalogueError> {
        let homes: Vec<&str> = homes.iter().map(ResourceId::as_str).collect();
        for chunk in homes.chunks(CHUNK) {
            let mut query = QueryBuilder::new(
                "SELECT a.home AS one, b.home AS other, l.joins AS joins, l.curation AS curation FROM record a \
                 JOIN curated_link l ON l.one = a.number JOIN record b ON b.number = l.other WHERE a.home IN ",
            );
            push_list(&mut query, chunk.iter().copied());
            for row in &query.build().fetch_all(&mut *conn).await? {
                let (one, other): (ResourceId, ResourceId) =
                    (parsed_at(row, "record", "one")?, parsed_at(row, "record", "other")?);
                let pair = if one <= other { (one, other) } else { (other, one) };
                if flag_at(row, "joins")? {
                    self.joined.entry(pair).or_default().insert(row.try_get("curation")?);
                } else {
                    self.parted.insert(pair);
                }
            }
        }
        Ok(())
    }

    /// Homes that something leads to and that are not loaded yet.
    async fn homes_beyond(&self, conn: &mut Connection) -> Result<BTreeSet<ResourceId>, CatalogueError> {
        let pairs = self.matches.keys().chain(&self.declared);
        let beyond: BTreeSet<i64> =
            pairs.flat_map(|(one, other)| [*one, *other]).filter(|number| !self.members.contains_key(number)).collect();
        let beyond: Vec<i64> = beyond.into_iter().collect();
        let curated = self.joined.keys().chain(&self.parted);
        let mut homes: BTreeSet<ResourceId> = curated.flat_map(|(one, other)| [one.clone(), other.clone()]).collect();
        let select = "SELECT home FROM record WHERE state IN ('live', 'missing') AND number IN ";
        for row in &rows_of(conn, select, &beyond).await? {
            homes.insert(parsed_at(row, "record", "home")?);
        }
        Ok(homes.difference(&self.homes).cloned().collect())
    }

    /// Homes from which something leads beyond what was loaded; none, where all was.
    fn edge(&self) -> BTreeSet<&ResourceId> {
        if self.beyond.is_empty() {
            return BTreeSet::new();
        }
        let pairs = self.matches.keys().chain(&self.declared);
        let of_records = pairs.filter_map(|(one, other)| match (self.members.get(one), self.members.get(other)) {
            (Some(loaded), None) | (None, Some(loaded)) => Some(&loaded.home),
            (Some(_), Some(_)) | (None, None) => None,
        });
        let curated = self.joined.keys().chain(&self.parted);
        let of_homes = curated.filter(|(one, other)| self.beyond.contains(one) || self.beyond.contains(other));
        of_records.chain(of_homes.flat_map(|(one, other)| [one, other])).collect()
    }

    /// The homes with their members, in an order that follows from what is at them and not from when it came.
    fn by_home(&self) -> Vec<(&ResourceId, AtHome<'_>)> {
        let mut by_home: BTreeMap<&ResourceId, AtHome<'_>> = BTreeMap::new();
        for (number, member) in &self.members {
            by_home.entry(&member.home).or_default().push((*number, member));
        }
        let mut by_home: Vec<(&ResourceId, AtHome<'_>)> = by_home.into_iter().collect();
        by_home.sort_by_cached_key(|(_, members)| members.iter().map(|(_, member)| member.id.clone()).min());
        by_home
    }

    /// What speaks for and against homes being one, and the match that each edge was made from, if it was.
    fn edges(&self, number_of: &HashMap<&ResourceId, u64>) -> (Vec<Edge>, Vec<Option<(u64, u64)>>) {
        let between = |one: &ResourceId, other: &ResourceId| {
            let (a, b) = (*number_of.get(one)?, *number_of.get(other)?);
            (a != b).then_some((a.min(b), a.max(b)))
        };
        let ends = |(one, other): &(i64, i64)| between(&self.members.get(one)?.home, &self.members.get(other)?.home);
        let mut edges: Vec<Edge> = Vec::new();
        let mut pairs: Vec<Option<(u64, u64)>> = Vec::new();
        let mut best: BTreeMap<(u64, u64), f32> = BTreeMap::new();
        for (pair, found) in &self.matches {
            if let Some(ends) = ends(pair) {
                let score = best.entry(ends).or_insert(found.score);
                *score = score.max(found.score);
            }
        }
        for ((a, b), score) in best {
            edges.push(Edge { a, b, kind: EdgeKind::Match { score } });
            pairs.push(Some((a, b)));
        }
        for (kind, found) in [
            (
                EdgeKind::Identifier,
                self.declared.difference(&self.contradicting).filter_map(ends).collect::<BTreeSet<_>>(),
            ),
            (EdgeKind::Curated, self.joined.keys().filter_map(|(one, other)| between(one, other)).collect()),
            (EdgeKind::Never, self.parted.iter().filter_map(|(one, other)| between(one, other)).collect()),
        ] {
            for (a, b) in found {
                edges.push(Edge { a, b, kind });
                // Of two that are alike as well, what became of the identifier is told.
                pairs.push((kind == EdgeKind::Identifier).then_some((a, b)));
            }
        }
        (edges, pairs)
    }
}

/// What decides which home of a group stays.
struct HomeFacts {
    /// When each came to be.
    created: HashMap<ResourceId, String>,
    /// Where those went that stand for nothing now.
    merged_into: HashMap<ResourceId, ResourceId>,
    /// Those that an admin merged others into, and did not merge on into a third.
    targets: BTreeSet<ResourceId>,
}

impl HomeFacts {
    async fn look_up(conn: &mut Connection, graph: &Graph) -> Result<Self, CatalogueError> {
        let mut facts = Self { created: HashMap::new(), merged_into: HashMap::new(), targets: BTreeSet::new() };
        let homes: Vec<&str> = graph.homes.iter().map(ResourceId::as_str).collect();
        for chunk in homes.chunks(CHUNK) {
            let mut query = QueryBuilder::new("SELECT id, created, merged_into FROM resource WHERE id IN ");
            push_list(&mut query, chunk.iter().copied());
            for row in &query.build().fetch_all(&mut *conn).await? {
                let id: ResourceId = parsed_at(row, "resource", "id")?;
                let into: Option<String> = row.try_get("merged_into")?;
                if into.is_some() {
                    facts.merged_into.insert(id.clone(), parsed_at(row, "resource", "merged_into")?);
                }
                facts.created.insert(id, row.try_get("created")?);
            }
        }
        let mut merged_on: BTreeSet<ResourceId> = BTreeSet::new();
        let curations: BTreeSet<&str> = graph.joined.values().flatten().map(String::as_str).collect();
        let curations: Vec<&str> = curations.into_iter().collect();
        for chunk in curations.chunks(CHUNK) {
            let mut query = QueryBuilder::new("SELECT id, resource, decision FROM curation WHERE id IN ");
            push_list(&mut query, chunk.iter().copied());
            for row in &query.build().fetch_all(&mut *conn).await? {
                let id: String = row.try_get("id")?;
                if let Decision::Merge { into, .. } = json_at(row, "curation", &id, "decision")? {
                    facts.targets.insert(into);
                    merged_on.insert(parsed_at(row, "curation", "resource")?);
                }
            }
        }
        facts.targets.retain(|target| !merged_on.contains(target));
        Ok(facts)
    }

    /// The home that an admin merged the others into, or else the oldest: its id has stood in links for longest.
    fn which_stays<'h>(&self, homes: &[&'h ResourceId]) -> Option<&'h ResourceId> {
        let age = |home: &ResourceId| (!self.targets.contains(home), self.created.get(home).cloned(), home.clone());
        homes.iter().copied().min_by_key(|home| age(home))
    }
}

/// Writes what became of the matches, where that is otherwise than before. Says which of them are not followed now,
/// because too much would become one.
async fn write_verdicts(
    conn: &mut Connection,
    graph: &Graph,
    number_of: &HashMap<&ResourceId, u64>,
    pairs: &[Option<(u64, u64)>],
    verdicts: &[Verdict],
) -> Result<Vec<Problem>, CatalogueError> {
    let mut problems = Vec::new();
    let verdict_of: HashMap<(u64, u64), Verdict> =
        pairs.iter().zip(verdicts).filter_map(|(pair, verdict)| Some(((*pair)?, *verdict))).collect();
    for found in graph.matches.values() {
        let (Some(one), Some(other)) = (graph.members.get(&found.one), graph.members.get(&found.other)) else {
            continue;
        };
        let (Some(a), Some(b)) = (number_of.get(&one.home), number_of.get(&other.home)) else { continue };
        let verdict = if a == b { Some(&Verdict::Joined) } else { verdict_of.get(&(*a.min(b), *a.max(b))) };
        if let Some(name) = verdict.map(|verdict| verdict.name()).filter(|name| *name != found.verdict) {
            problems.extend(verdict.and_then(|verdict| cut_off(*verdict, &one.id, &other.id)));
            // One by one: for a list of pairs the whole table would be read.
            sqlx::query("UPDATE record_match SET verdict = $3 WHERE one = $1 AND other = $2")
                .bind(found.one)
                .bind(found.other)
                .bind(name)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(problems)
}

/// What is to be told of a match that is not followed because too much would become one.
fn cut_off(verdict: Verdict, one: &RecordId, other: &RecordId) -> Option<Problem> {
    let reason = match verdict {
        Verdict::Chain => "they read alike, and would chain others into one that do not; they stay apart",
        Verdict::TooMany => "they read alike, and would make more records one than one thing has; they stay apart",
        Verdict::Joined | Verdict::NotBest | Verdict::OneSource | Verdict::Forbidden | Verdict::Contradicts => {
            return None;
        }
    };
    Some(Problem::warning(format!("{one} and {other}"), None, reason))
}
