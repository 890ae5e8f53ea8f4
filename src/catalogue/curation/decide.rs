//! Decide: takes a decision about a resource, or says why it cannot be taken, and does all that follows from it at once.

use std::collections::HashMap;

use jiff::Timestamp;
use schemas::{Curation, Decision, RecordId, ResourceId, Severity, validate};
use serde_json::Value;
use sqlx::Row as _;

use super::{CurateError, SELECT, curation_row, named, reason_of, standing_curations};
use crate::catalogue::Catalogue;
use crate::catalogue::audit::note;
use crate::catalogue::backend::{Connection, QueryBuilder};
use crate::catalogue::columns::{CHUNK, flag_at, json_at, new_id, parsed_at, push_numbers, stamp};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::placement::leave_home;
use crate::catalogue::records::RecordState;
use crate::catalogue::resolve::{Merged, check_correction, check_field, correct, field_value};
use crate::catalogue::resolving::{REASON, resolve_records};
use crate::catalogue::resources::end_of_merges;
use crate::catalogue::settle::{Settlement, settle};

impl Catalogue {
    /// Takes a decision about a resource. What it says of records and of what a lock keeps is written down here, and
    /// overwrites what is given.
    ///
    /// # Errors
    /// [`CurateError::Unfit`] when it cannot be meant so, [`CurateError::Stands`] when the resource stands otherwise or
    /// another decision forbids it, [`CatalogueError::NoSuch`] for a resource that there is not; otherwise when the
    /// store cannot be written. Nothing is changed then.
    pub async fn curate(
        &self,
        resource: &ResourceId,
        decision: Decision,
        who: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Curation, CurateError> {
        let why = reason_of("why", why)?;
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let subject = Subject::find(&mut tx, resource).await?;
        let plan = plan(&mut tx, &subject, decision, &why).await?;
        let curation = Curation {
            id: new_id(now),
            resource: resource.clone(),
            decision: plan.decision,
            who: who.to_owned(),
            why,
            at: at.clone(),
            undone: None,
        };
        write_curation(&mut tx, &curation).await?;
        write_links(&mut tx, &curation.id, &plan.links, plan.bond).await?;
        let mut settlement = Settlement::default();
        settlement.touch(resource);
        if let Some(number) = plan.leaves_home {
            leave_home(&mut tx, number, &mut settlement).await?;
        }
        if !plan.resolved.is_empty() {
            resolve_records(&mut tx, &plan.resolved, &mut settlement, &at).await?;
        }
        settle(&mut tx, &settlement, REASON, &at).await?;
        check_outcome(&mut tx, &plan.links, plan.bond).await?;
        let detail = format!("curation {}: {}", curation.id, curation.why);
        note(&mut tx, who, curation.decision.name(), resource.as_str(), &detail, &at).await?;
        tx.commit().await?;
        Ok(curation)
    }
}

/// The resource that is decided about.
struct Subject {
    id: ResourceId,
    state: String,
    merged: Merged,
    standing: Vec<Curation>,
}

impl Subject {
    async fn find(conn: &mut Connection, id: &ResourceId) -> Result<Self, CurateError> {
        let row = sqlx::query("SELECT state, metadata, description_in_full, merged_into FROM resource WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&mut *conn)
            .await?
            .ok_or_else(|| CatalogueError::no_such("resource", id.as_str()))?;
        let state: String = row.try_get("state")?;
        if state == "merged" {
            let into = end_of_merges(conn, parsed_at(&row, "resource", "merged_into")?).await?;
            let reason = format!("`{id}` was merged into `{into}`; decide about that one");
            return Err(CurateError::Stands { reason });
        }
        let merged = Merged {
            metadata: json_at(&row, "resource", id.as_str(), "metadata")?,
            description_in_full: flag_at(&row, "description_in_full")?,
        };
        let standing = standing_curations(conn, &[id]).await?.remove(id).unwrap_or_default();
        Ok(Self { id: id.clone(), state, merged, standing })
    }

    /// Refuses to say of what is not published which records it is made of.
    fn require_live(&self) -> Result<(), CurateError> {
        let reason = match self.state.as_str() {
            "live" => return Ok(()),
            "hidden" => format!("`{}` is hidden; undo that first, so that its records can be told apart", self.id),
            _ => format!("`{}` is withdrawn; only what is published can be merged and split", self.id),
        };
        Err(CurateError::Stands { reason })
    }

    fn refuse_again(&self, what: &str, is_same: impl Fn(&Decision) -> bool) -> Result<(), CurateError> {
        match self.standing.iter().find(|curation| is_same(&curation.decision)) {
            Some(before) => {
                let reason = format!("`{}` is {what} already, by {}", self.id, named(before));
                Err(CurateError::Stands { reason })
            }
            None => Ok(()),
        }
    }

    /// Refuses to lock a field on which nothing was decided since it was locked.
    fn refuse_locked(&self, field: &str) -> Result<(), CurateError> {
        let last = self.standing.iter().rev().find(|curation| match &curation.decision {
            Decision::Correct { field: decided, .. } | Decision::Lock { field: decided, .. } => decided == field,
            Decision::Hide { .. } | Decision::Pin | Decision::Merge { .. } | Decision::Split { .. } => false,
        });
        match last {
            Some(before) if matches!(before.decision, Decision::Lock { .. }) => {
                let reason = format!("`{field}` of `{}` is locked already, by {}", self.id, named(before));
                Err(CurateError::Stands { reason })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What the links of a decision say of two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bond {
    /// They are one thing.
    Joins,
    /// They are two.
    Parts,
}

/// What a decision comes to.
struct Plan {
    /// The decision, with what is written down beside it.
    decision: Decision,
    /// Records that it says something of, two by two.
    links: Vec<(i64, i64)>,
    bond: Bond,
    /// The record that cannot stay at the home of its address.
    leaves_home: Option<i64>,
    /// The records to be resolved anew.
    resolved: Vec<i64>,
}

impl Plan {
    /// A decision that says nothing of records.
    fn about_fields(decision: Decision) -> Self {
        Self { decision, links: Vec::new(), bond: Bond::Joins, leaves_home: None, resolved: Vec::new() }
    }
}

async fn plan(conn: &mut Connection, subject: &Subject, decision: Decision, why: &str) -> Result<Plan, CurateError> {
    match decision {
        Decision::Hide { reason } => {
            let reason = reason_of("decision.reason", &reason)?;
            subject.refuse_again("hidden", |before| matches!(before, Decision::Hide { .. }))?;
            Ok(Plan::about_fields(Decision::Hide { reason }))
        }
        Decision::Pin => {
            subject.refuse_again("pinned", |before| matches!(before, Decision::Pin))?;
            Ok(Plan::about_fields(Decision::Pin))
        }
        Decision::Correct { field, value } => {
            check_corrected(subject, &field, &value, why)?;
            Ok(Plan::about_fields(Decision::Correct { field, value }))
        }
        Decision::Lock { field, .. } => {
            check_field(&field).map_err(|reason| CurateError::unfit("decision.field", reason))?;
            subject.refuse_locked(&field)?;
            let value = field_value(&subject.merged, &field);
            Ok(Plan::about_fields(Decision::Lock { field, value }))
        }
        Decision::Merge { into, .. } => plan_merge(conn, subject, into).await,
        Decision::Split { record, .. } => plan_split(conn, subject, record).await,
    }
}

/// Refuses a value that is none of its field, and one without which the resource could not be published.
fn check_corrected(subject: &Subject, field: &str, value: &Value, why: &str) -> Result<(), CurateError> {
    check_field(field).map_err(|reason| CurateError::unfit("decision.field", reason))?;
    let unfit = |reason: String| CurateError::unfit("decision.value", reason);
    check_correction(field, value).map_err(unfit)?;
    let mut corrected = subject.merged.clone();
    correct(&mut corrected, field, value, why).map_err(unfit)?;
    let problems = validate(&corrected.metadata, subject.id.as_str());
    match problems.into_iter().find(|problem| problem.severity == Severity::Rejected) {
        Some(problem) => Err(unfit(format!("the resource could not be published with it: {}", problem.reason))),
        None => Ok(()),
    }
}

async fn plan_merge(conn: &mut Connection, subject: &Subject, into: ResourceId) -> Result<Plan, CurateError> {
    if into == subject.id {
        return Err(CurateError::unfit("decision.into", "expected another resource than the one that is merged"));
    }
    subject.require_live()?;
    let target = match Subject::find(conn, &into).await {
        Err(CurateError::Catalogue(CatalogueError::NoSuch { .. })) => {
            return Err(CurateError::unfit("decision.into", format!("there is no resource `{into}`")));
        }
        found => found?,
    };
    target.require_live()?;
    let (ours, theirs) = (published_members(conn, &subject.id).await?, published_members(conn, &into).await?);
    let (our_numbers, their_numbers) = (numbers_of(&ours), numbers_of(&theirs));
    if let Some(parting) = linking(conn, &our_numbers, &their_numbers, Bond::Parts).await? {
        let reason = format!("{} says that they are two; undo that first", named(&parting));
        return Err(CurateError::Stands { reason });
    }
    let (Some(one), Some(other)) = (ours.first(), theirs.first()) else {
        let reason = format!("no record of `{}` and `{into}` is published", subject.id);
        return Err(CurateError::Stands { reason });
    };
    Ok(Plan {
        links: vec![(one.number, other.number)],
        bond: Bond::Joins,
        leaves_home: None,
        resolved: our_numbers.into_iter().chain(their_numbers).collect(),
        decision: Decision::Merge { into, records: vec![one.id.clone(), other.id.clone()] },
    })
}

/// Records that are named in a message.
const NAMED: usize = 10;

async fn plan_split(conn: &mut Connection, subject: &Subject, record: RecordId) -> Result<Plan, CurateError> {
    subject.require_live()?;
    let members = members(conn, &subject.id).await?;
    let Some(leaving) = members.iter().find(|member| member.id == record && member.is_published) else {
        let published = members.iter().filter(|member| member.is_published);
        let known: Vec<String> = published.take(NAMED).map(|member| format!("`{}`", member.id)).collect();
        let reason = format!("`{record}` is no record of `{}`; expected one of {}", subject.id, known.join(", "));
        return Err(CurateError::unfit("decision.record", reason));
    };
    let others: Vec<&Member> = members.iter().filter(|member| member.number != leaving.number).collect();
    if !others.iter().any(|member| member.is_published) {
        let reason = format!("`{record}` is the only record of `{}`; there is nothing to split it from", subject.id);
        return Err(CurateError::Stands { reason });
    }
    let other_numbers: Vec<i64> = others.iter().map(|member| member.number).collect();
    if let Some(joining) = linking(conn, &[leaving.number], &other_numbers, Bond::Joins).await? {
        let reason = format!("{} says that they are one; undo that first", named(&joining));
        return Err(CurateError::Stands { reason });
    }
    let shares_its_home = others.iter().any(|member| member.home == leaving.home);
    Ok(Plan {
        links: other_numbers.iter().map(|number| (leaving.number, *number)).collect(),
        bond: Bond::Parts,
        leaves_home: shares_its_home.then_some(leaving.number),
        resolved: members.iter().filter(|member| member.is_published).map(|member| member.number).collect(),
        decision: Decision::Split { record, from: others.iter().map(|member| member.id.clone()).collect() },
    })
}

/// A record of a resource.
struct Member {
    number: i64,
    id: RecordId,
    home: ResourceId,
    is_published: bool,
}

/// The records of a resource, first those at the home whose id it bears, then by source and identifier.
async fn members(conn: &mut Connection, resource: &ResourceId) -> Result<Vec<Member>, CatalogueError> {
    let rows = sqlx::query(
        "SELECT number, source, identifier, home, state FROM record WHERE resource = $1 \
         ORDER BY CASE WHEN home = resource THEN 0 ELSE 1 END, source, identifier",
    )
    .bind(resource.as_str())
    .fetch_all(&mut *conn)
    .await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = RecordId { source: parsed_at(row, "record", "source")?, identifier: row.try_get("identifier")? };
        let state: String = row.try_get("state")?;
        members.push(Member {
            number: row.try_get("number")?,
            home: parsed_at(row, "record", "home")?,
            is_published: RecordState::parse(&state, &id.identifier)?.is_published(),
            id,
        });
    }
    Ok(members)
}

async fn published_members(conn: &mut Connection, resource: &ResourceId) -> Result<Vec<Member>, CatalogueError> {
    let mut members = members(conn, resource).await?;
    members.retain(|member| member.is_published);
    Ok(members)
}

fn numbers_of(members: &[Member]) -> Vec<i64> {
    members.iter().map(|member| member.number).collect()
}

/// A standing decision by which one of these records and one of those are one thing, or are two.
async fn linking(
    conn: &mut Connection,
    ours: &[i64],
    theirs: &[i64],
    bond: Bond,
) -> Result<Option<Curation>, CatalogueError> {
    for our_chunk in ours.chunks(CHUNK) {
        for their_chunk in theirs.chunks(CHUNK) {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" FROM curated_link l JOIN curation c ON c.id = l.curation WHERE c.undone_at IS NULL");
            query.push(" AND l.joins = ").push_bind(joins(bond)).push(" AND l.one IN ");
            push_numbers(&mut query, our_chunk.iter().copied());
            query.push(" AND l.other IN ");
            push_numbers(&mut query, their_chunk.iter().copied());
            query.push(" ORDER BY c.at, c.id LIMIT 1");
            if let Some(row) = query.build().fetch_optional(&mut *conn).await? {
                return curation_row(&row).map(Some);
            }
        }
    }
    Ok(None)
}

fn joins(bond: Bond) -> i64 {
    match bond {
        Bond::Joins => 1,
        Bond::Parts => 0,
    }
}

async fn write_curation(conn: &mut Connection, curation: &Curation) -> Result<(), CatalogueError> {
    let decision = serde_json::to_string(&curation.decision).expect("a decision has string keys only");
    sqlx::query("INSERT INTO curation (id, resource, decision, who, why, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(curation.id.as_str())
        .bind(curation.resource.as_str())
        .bind(decision)
        .bind(curation.who.as_str())
        .bind(curation.why.as_str())
        .bind(curation.at.as_str())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Writes what a decision says of two records, once in each direction.
async fn write_links(
    conn: &mut Connection,
    curation: &str,
    links: &[(i64, i64)],
    bond: Bond,
) -> Result<(), CatalogueError> {
    let both: Vec<(i64, i64)> = links.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]).collect();
    for chunk in both.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO curated_link (curation, one, other, joins) ");
        query.push_values(chunk, |mut row, (one, other)| {
            row.push_bind(curation).push_bind(*one).push_bind(*other).push_bind(joins(bond));
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Makes sure that what was decided of records is how they stand now: whatever else is known of them could be stronger.
async fn check_outcome(conn: &mut Connection, links: &[(i64, i64)], bond: Bond) -> Result<(), CurateError> {
    let numbers: Vec<i64> = links.iter().flat_map(|(one, other)| [*one, *other]).collect();
    let mut resources: HashMap<i64, String> = HashMap::with_capacity(numbers.len());
    for chunk in numbers.chunks(CHUNK) {
        let mut query =
            QueryBuilder::new("SELECT number, resource FROM record WHERE state IN ('live', 'missing') AND number IN ");
        push_numbers(&mut query, chunk.iter().copied());
        for row in &query.build().fetch_all(&mut *conn).await? {
            resources.insert(row.try_get("number")?, row.try_get("resource")?);
        }
    }
    for (one, other) in links {
        let (Some(one), Some(other)) = (resources.get(one), resources.get(other)) else { continue };
        let reason = match (bond, one == other) {
            (Bond::Joins, true) | (Bond::Parts, false) => continue,
            (Bond::Joins, false) => format!("`{one}` and `{other}` stay two: another decision splits what they hold"),
            (Bond::Parts, true) => format!("the record stays in `{one}`: another decision holds it there"),
        };
        return Err(CurateError::Stands { reason });
    }
    Ok(())
}
