//! The gate: whether a new generation of the index may take the place of the live one.
//!
//! It has to hold what the store holds, and resources from all over the store just as they are there. Where a sound
//! generation is live, what that finds by titles and shows for pins has to be found and shown again, and searches whose
//! good answers are known must not do worse: what no generation finds is a limit of the search, and an empty index is
//! worse than any that holds what it should. In go the store, the live generation and the new one; out comes a report
//! with every figure and the verdict. What follows from that is for `jobs::reindex` to do. Nobody can pass by the gate:
//! what is wrong with a generation is put right in the store, or in the file of judged queries.

mod judged;
mod questions;

use std::sync::Arc;

use anyhow::Context;
use index::{Index, IndexError, Rebuild, SearchRequest, SearchResults};
use schemas::ResourceId;
use serde::{Deserialize, Serialize};

use crate::app::App;
use questions::{Canary, Questions};

pub use judged::{JudgedQuery, read_judged};

/// By so much the mean reciprocal rank may fall: in a hundred searches, four good answers that stand second in place of
/// first. More is no accident of ties.
const MOST_FALL: f64 = 0.02;
/// So many missed canaries are named in a reason; the report has all.
const NAMED: usize = 5;

/// What the gate says of a generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// Whether it holds what the store holds.
    pub counts: Counts,
    /// Whether single resources are found in it.
    pub canaries: Canaries,
    /// How it does where the good answers are known; null where there was no generation to compare it with.
    pub judged: Option<Judged>,
    /// Whether it may go live.
    pub verdict: Verdict,
    /// Why it may not, each in a sentence.
    pub reasons: Vec<String>,
}

/// How many resources there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// In the new generation.
    pub index: u64,
    /// In the store.
    pub store: u64,
    /// By how many changes the generation was behind the store when it was counted there.
    pub behind: u64,
}

/// Resources that were looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Canaries {
    /// How many were looked for, pins among them.
    pub asked: usize,
    /// How many of them were found.
    pub answered: usize,
    /// The others.
    pub missing: Vec<Missed>,
}

/// A resource that was not found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Its id.
    pub resource: String,
    /// How it was looked for.
    pub by: LookedFor,
    /// The words that it was searched by; none when it was looked up.
    pub query: Option<String>,
}

/// How a resource was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookedFor {
    /// By its id, as the store has it now.
    Id,
    /// By its title, among the first twenty, where the live generation has it.
    Title,
    /// By a search that it is pinned for, where the live generation shows it.
    Pin,
}

/// How searches do whose good answers are known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// How many searches.
    pub queries: usize,
    /// The mean reciprocal rank of their first good answer in the live generation.
    pub before: f64,
    /// The same in the new one.
    pub after: f64,
}

/// Whether a generation may go live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It may.
    Live,
    /// It may not.
    Refused,
}

/// The gate did not let a generation live. To try again at once would come to the same.
#[derive(Debug, thiserror::Error)]
#[error("generation {generation} was refused: {}; the old one stays", .reasons.join("; "))]
pub struct GateRefused {
    /// Its number.
    pub generation: u64,
    /// Why, each in a sentence.
    pub reasons: Vec<String>,
}

impl Counts {
    /// Counts both, the store as it is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(app: &App, rebuild: &Rebuild) -> anyhow::Result<Self> {
        let (store, head) = app.catalogue.live_count_and_head().await?;
        Ok(Self { index: rebuild.resource_count(), store, behind: head.saturating_sub(rebuild.position()) })
    }

    /// Whether both hold the same: no change makes more than one resource come or go.
    pub fn agree(self) -> bool {
        self.index.abs_diff(self.store) <= self.behind
    }
}

impl GateReport {
    /// Puts other counts in place of those there are, and judges anew.
    #[must_use]
    pub fn counted(self, counts: Counts) -> Self {
        let reasons: Vec<String> =
            self.reasons.into_iter().filter(|reason| *reason != miscounted(self.counts)).collect();
        Self { counts, reasons, ..self }.decided()
    }

    fn decided(mut self) -> Self {
        if !self.counts.agree() {
            self.reasons.insert(0, miscounted(self.counts));
        }
        self.verdict = if self.reasons.is_empty() { Verdict::Live } else { Verdict::Refused };
        self
    }
}

fn miscounted(counts: Counts) -> String {
    format!("it holds {} resources and the store {}", counts.index, counts.store)
}

/// Judges a generation that has caught up with the store, and gives it back.
///
/// # Errors
/// When the store or either generation cannot be read, or the file of judged queries has mistakes.
pub async fn judge(app: &App, rebuild: Rebuild) -> anyhow::Result<(Rebuild, GateReport)> {
    let counts = Counts::of(app, &rebuild).await.context("counting the resources of the store")?;
    let questions = Questions::gather(app, &rebuild, counts).await.context("gathering what to ask")?;
    let index = Arc::clone(&app.index);
    let (rebuild, findings) = tokio::task::spawn_blocking(move || {
        let findings = Asking { index: &index, rebuild: &rebuild, questions: &questions }.ask();
        (rebuild, findings)
    })
    .await?;
    let Findings { canaries, judged, reasons } = findings.context("asking the new generation")?;
    let report = GateReport { counts, canaries, judged, verdict: Verdict::Live, reasons };
    Ok((rebuild, report.decided()))
}

struct Findings {
    canaries: Canaries,
    judged: Option<Judged>,
    reasons: Vec<String>,
}

/// Asks both generations the same.
struct Asking<'a> {
    index: &'a Index,
    rebuild: &'a Rebuild,
    questions: &'a Questions,
}

impl Asking<'_> {
    fn ask(&self) -> Result<Findings, IndexError> {
        let questions = self.questions;
        let mut missing = self.not_held()?;
        if questions.has_before {
            missing.extend(self.unreached()?);
            missing.extend(self.not_pinned()?);
        }
        let mut reasons = Vec::new();
        if !missing.is_empty() {
            reasons.push(told(&missing));
        }
        let judged = questions.has_before.then(|| self.judged()).transpose()?.flatten();
        if let Some(Judged { queries, before, after }) = judged
            && before - after > MOST_FALL
        {
            reasons.push(format!("{queries} judged searches fall from {before:.3} to {after:.3}"));
        }
        let asked = questions.canaries.len() + questions.pinned.len();
        let mut ids: Vec<&str> = missing.iter().map(|missed| missed.resource.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let answered = asked.saturating_sub(ids.len());
        Ok(Findings { canaries: Canaries { asked, answered, missing }, judged, reasons })
    }

    /// The canaries that the new generation does not hold as the store has them.
    fn not_held(&self) -> Result<Vec<Missed>, IndexError> {
        let canaries = &self.questions.canaries;
        let ids: Vec<ResourceId> = canaries.iter().map(|canary| canary.id.clone()).collect();
        let held = self.rebuild.held(&ids)?;
        let lost = canaries.iter().zip(held).filter(|(canary, held)| held.as_ref() != Some(&canary.fingerprint));
        Ok(lost.map(|(canary, _)| missed(&canary.id, LookedFor::Id, None)).collect())
    }

    /// The canaries that are found by their titles in the live generation, and not in the new one.
    fn unreached(&self) -> Result<Vec<Missed>, IndexError> {
        let mut unreached = Vec::new();
        for Canary { id, title, .. } in &self.questions.canaries {
            let Some(title) = title else { continue };
            let request = questions::by_title(title);
            if self.is_lost(id, &request)? {
                unreached.push(missed(id, LookedFor::Title, Some(title.as_str())));
            }
        }
        Ok(unreached)
    }

    /// What is pinned, shown in the live generation, and not in the new one.
    fn not_pinned(&self) -> Result<Vec<Missed>, IndexError> {
        let mut not_pinned = Vec::new();
        for (id, request) in &self.questions.pinned {
            if self.is_lost(id, request)? {
                not_pinned.push(missed(id, LookedFor::Pin, Some(request.text.as_str())));
            }
        }
        Ok(not_pinned)
    }

    /// Whether a search finds a resource on the first page of the live generation, and not even on the second of the new
    /// one: what was last there may come next, for words are weighed by what there is beside them.
    fn is_lost(&self, id: &ResourceId, request: &SearchRequest) -> Result<bool, IndexError> {
        let wanted = std::slice::from_ref(id);
        let two_pages = SearchRequest { limit: request.limit * 2, ..request.clone() };
        let is_found = rank(&self.index.try_out(self.rebuild, &two_pages)?, wanted).is_some();
        Ok(!is_found && rank(&self.index.search(request)?, wanted).is_some())
    }

    fn judged(&self) -> Result<Option<Judged>, IndexError> {
        let queries = &self.questions.judged;
        if queries.is_empty() {
            return Ok(None);
        }
        let (mut before, mut after) = (0.0, 0.0);
        for (request, wanted) in queries {
            before += reciprocal(rank(&self.index.search(request)?, wanted));
            after += reciprocal(rank(&self.index.try_out(self.rebuild, request)?, wanted));
        }
        let count = f64::from(u32::try_from(queries.len()).unwrap_or(u32::MAX));
        Ok(Some(Judged { queries: queries.len(), before: before / count, after: after / count }))
    }
}

fn missed(id: &ResourceId, by: LookedFor, query: Option<&str>) -> Missed {
    Missed { resource: id.to_string(), by, query: query.map(str::to_owned) }
}

/// The place of the first of these among the results, from 1.
fn rank(results: &SearchResults, wanted: &[ResourceId]) -> Option<usize> {
    results.hits.iter().position(|hit| wanted.contains(&hit.id)).map(|place| place + 1)
}

fn reciprocal(rank: Option<usize>) -> f64 {
    let rank = rank.and_then(|rank| u32::try_from(rank).ok());
    rank.map_or(0.0, |rank| 1.0 / f64::from(rank))
}

fn told(missing: &[Missed]) -> String {
    let named: Vec<String> = missing
        .iter()
        .take(NAMED)
        .map(|Missed { resource, by, query }| match (by, query) {
            (LookedFor::Title, Some(query)) => format!("{resource} by its title `{query}`"),
            (LookedFor::Pin, Some(query)) => format!("{resource}, pinned for `{query}`"),
            (LookedFor::Id | LookedFor::Title | LookedFor::Pin, _) => resource.clone(),
        })
        .collect();
    let more = missing.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("it does not give {}{more}", named.join(", "))
}

/// A search of the gate: so many results, of all times, without help and without counts.
fn request(text: &str, limit: usize) -> SearchRequest {
    SearchRequest {
        text: text.to_owned(),
        limit,
        facets: Vec::new(),
        help: false,
        // Nothing is over at a time that comes before all others: events are found whether they are past or not.
        ..SearchRequest::new(jiff::civil::DateTime::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(counts: Counts, reasons: &[&str]) -> GateReport {
        GateReport {
            counts,
            canaries: Canaries::default(),
            judged: None,
            verdict: Verdict::Live,
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        }
    }

    #[test]
    fn counts_agree_when_no_more_is_between_them_than_changes() {
        for (index, store, behind, expected) in [(5, 5, 0, true), (5, 6, 0, false), (5, 6, 1, true), (7, 5, 1, false)] {
            assert_eq!(Counts { index, store, behind }.agree(), expected, "{index} {store} {behind}");
        }
    }

    #[test]
    fn a_reason_refuses_and_new_counts_are_judged_anew() {
        let (right, wrong) = (Counts { index: 5, store: 5, behind: 0 }, Counts { index: 4, store: 5, behind: 0 });
        assert_eq!(report(right, &[]).decided().verdict, Verdict::Live);
        assert_eq!(report(right, &["a canary is silent"]).decided().verdict, Verdict::Refused);
        let refused = report(right, &[]).decided().counted(wrong);
        assert_eq!(refused.reasons, ["it holds 4 resources and the store 5"]);
        assert_eq!(refused.verdict, Verdict::Refused);
        let again = refused.counted(right);
        assert_eq!((again.verdict, again.reasons.len()), (Verdict::Live, 0));
    }

    #[test]
    fn many_that_are_missed_are_named_in_part() {
        let id = ResourceId::founded_on("soap");
        let many = vec![missed(&id, LookedFor::Title, Some("soap makers")); 7];
        let told = told(&many);
        assert!(told.starts_with(&format!("it does not give {id} by its title `soap makers`, ")), "{told}");
        assert!(told.ends_with(" and 2 more"), "{told}");
    }

    #[test]
    fn the_first_place_counts_whole_and_none_nothing() {
        let ranks: Vec<String> =
            [Some(1), Some(2), Some(20), None].map(|rank| format!("{:.2}", reciprocal(rank))).into();
        assert_eq!(ranks, ["1.00", "0.50", "0.05", "0.00"]);
    }
}
