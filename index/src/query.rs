//! A request as a query of the engine.
//!
//! Holds the words, what was understood of them, and all narrowing that is not by facet; `facets` narrows by facet, for
//! it must see what a selection leaves out. What only narrows carries a score of 0, so that it never changes the order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use schemas::{AgeRange, ControlledField};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, Occur, PhraseQuery, Query,
    RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::analysis;
use crate::document::seconds;
use crate::error::{Doing, IndexError};
use crate::fields::Fields;
use crate::interpret::{Reading, Run};
use crate::ranking;
use crate::request::{Facet, SearchRequest};
use crate::words::{MAX_PHRASE_WORDS, TypedTerm};

type Clause = (Occur, Box<dyn Query>);

/// The query for a request whose words were read.
pub(crate) fn build(
    request: &SearchRequest,
    reading: &Reading,
    fields: &Fields,
    searcher: &Searcher,
) -> Result<BooleanQuery, IndexError> {
    let mut clauses = Vec::new();
    add_words(&mut clauses, reading, fields);
    add_concepts(&mut clauses, reading, fields);
    if let Some(ages) = request.ages {
        clauses.push(narrowing(for_ages(ages, fields, searcher)?));
    }
    add_ranges(&mut clauses, request, fields);
    add_over(&mut clauses, request, fields);
    if !clauses.iter().any(|(occur, _)| *occur == Occur::Must) {
        clauses.push(narrowing(Box::new(AllQuery)));
    }
    add_title_boosts(&mut clauses, reading, fields);
    Ok(BooleanQuery::new(clauses))
}

/// Whether what states nothing about a field passes when a word asks for one of its concepts.
///
/// For whom a thing is and how it comes is often left unsaid; what it is and is about is not.
pub(crate) fn is_soft(field: ControlledField) -> bool {
    match field {
        ControlledField::Level
        | ControlledField::Audience
        | ControlledField::Nation
        | ControlledField::Region
        | ControlledField::Inclusion
        | ControlledField::Cost
        | ControlledField::Medium
        | ControlledField::Licence
        | ControlledField::Language => true,
        ControlledField::Subject
        | ControlledField::Type
        | ControlledField::Sector
        | ControlledField::Occupation
        | ControlledField::Route
        | ControlledField::Benchmark
        | ControlledField::LearningArea => false,
    }
}

fn add_words(clauses: &mut Vec<Clause>, reading: &Reading, fields: &Fields) {
    let words: Vec<Box<dyn Query>> =
        reading.searched_words().into_iter().map(|word| in_any_text(&word.stems, fields)).collect();
    if !words.is_empty() {
        let minimum = ranking::minimum_words(words.len());
        clauses.push((Occur::Must, Box::new(BooleanQuery::union_with_minimum_required_clauses(words, minimum))));
    }
    for term in &reading.terms {
        if term.is_excluded {
            clauses.push((Occur::MustNot, in_any_text(&term.stems, fields)));
        } else if term.is_phrase {
            clauses.push((Occur::Must, in_any_text(&term.stems, fields)));
        }
    }
}

fn add_concepts(clauses: &mut Vec<Clause>, reading: &Reading, fields: &Fields) {
    // Two levels are a wish for either: "year 9 and year 10".
    let mut soft: BTreeMap<ControlledField, Vec<&Run>> = BTreeMap::new();
    for run in &reading.runs {
        if is_soft(run.field) {
            soft.entry(run.field).or_default().push(run);
        } else {
            clauses.push((Occur::Must, concept_or_words(run, reading, fields)));
        }
    }
    for (field, runs) in soft {
        clauses.push((Occur::Must, concept_or_unstated(field, &runs, fields)));
        // Among those that state nothing, the ones that use the words come first.
        let words = runs.iter().map(|run| words_of(run, reading, fields)).collect();
        clauses.push((Occur::Should, Box::new(BooleanQuery::union(words))));
    }
}

/// The concept, or its words anywhere in the text; both together score higher.
fn concept_or_words(run: &Run, reading: &Reading, fields: &Fields) -> Box<dyn Query> {
    let field = fields.facet(Facet::Controlled(run.field));
    let concept = ConstScoreQuery::new(exactly(field, run.id.as_str()), ranking::CONCEPT_MATCH);
    Box::new(BooleanQuery::union(vec![Box::new(concept), words_of(run, reading, fields)]))
}

/// All words that named a concept, as text.
fn words_of(run: &Run, reading: &Reading, fields: &Fields) -> Box<dyn Query> {
    let words = reading.terms[run.from..run.to].iter().map(|term| in_any_text(&term.stems, fields)).collect();
    Box::new(BooleanQuery::intersection(words))
}

/// One of the concepts, or, far behind, nothing stated in that field.
fn concept_or_unstated(field: ControlledField, runs: &[&Run], fields: &Fields) -> Box<dyn Query> {
    let facet = Facet::Controlled(field);
    let terms = runs.iter().map(|run| Term::from_field_text(fields.facet(facet), run.id.as_str()));
    let concepts = ConstScoreQuery::new(Box::new(TermSetQuery::new(terms)), ranking::SOFT_TIER);
    let unstated = ConstScoreQuery::new(exactly(fields.unstated, facet.name()), 0.0);
    Box::new(BooleanQuery::union(vec![Box::new(concepts), Box::new(unstated)]))
}

fn add_title_boosts(clauses: &mut Vec<Clause>, reading: &Reading, fields: &Fields) {
    let asked: Vec<&TypedTerm> = reading.asked().collect();
    let typed: Vec<&str> = asked.iter().map(|term| term.typed.as_str()).collect();
    let whole = analysis::folded(&typed.join(" "));
    if !whole.is_empty() {
        let title = exactly(fields.title_exact, &whole);
        clauses.push((Occur::Should, Box::new(ConstScoreQuery::new(title, ranking::EXACT_TITLE))));
    }
    let stems: Vec<Term> = asked
        .iter()
        .flat_map(|term| &term.stems)
        .take(MAX_PHRASE_WORDS)
        .map(|stem| Term::from_field_text(fields.title, stem))
        .collect();
    if stems.len() > 1 {
        let mut phrase = PhraseQuery::new(stems);
        phrase.set_slop(ranking::TITLE_SLOP);
        clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(phrase), ranking::TITLE_PHRASE))));
    }
}

/// A word, or several that follow each other, in any field of text; the best field counts.
fn in_any_text(stems: &[String], fields: &Fields) -> Box<dyn Query> {
    let disjuncts = fields
        .texts
        .iter()
        .map(|(field, weight)| -> Box<dyn Query> { Box::new(BoostQuery::new(in_text(*field, stems), *weight)) });
    Box::new(DisjunctionMaxQuery::with_tie_breaker(disjuncts.collect(), ranking::TIE_BREAKER))
}

fn in_text(field: Field, stems: &[String]) -> Box<dyn Query> {
    let mut terms: Vec<Term> = stems.iter().map(|stem| Term::from_field_text(field, stem)).collect();
    match terms.pop() {
        None => Box::new(EmptyQuery),
        Some(only) if terms.is_empty() => Box::new(TermQuery::new(only, IndexRecordOption::WithFreqs)),
        Some(last) => {
            terms.push(last);
            Box::new(PhraseQuery::new(terms))
        }
    }
}

/// What is for these ages. Few distinct ranges occur, so all are looked at and those that match are searched for.
fn for_ages(ages: AgeRange, fields: &Fields, searcher: &Searcher) -> Result<Box<dyn Query>, IndexError> {
    let doing = "reading the ages that occur";
    let mut matching = BTreeSet::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(fields.ages).doing(doing)?;
        let mut stream = index.terms().stream().map_err(tantivy::TantivyError::from).doing(doing)?;
        while stream.advance() {
            let held = std::str::from_utf8(stream.key()).ok().and_then(|text| text.parse::<AgeRange>().ok());
            matching.extend(held.filter(|held| held.matches(ages)));
        }
    }
    if matching.is_empty() {
        return Ok(Box::new(EmptyQuery));
    }
    let terms = matching.into_iter().map(|held| Term::from_field_text(fields.ages, &held.to_string()));
    Ok(Box::new(TermSetQuery::new(terms)))
}

fn add_ranges(clauses: &mut Vec<Clause>, request: &SearchRequest, fields: &Fields) {
    if let Some(minutes) = request.duration_max_minutes {
        let longest = Bound::Included(Term::from_field_u64(fields.duration, u64::from(minutes)));
        clauses.push(narrowing(Box::new(RangeQuery::new(Bound::Unbounded, longest))));
    }
    if let Some(day) = request.published_after {
        clauses.extend(seconds(day.into()).map(|from| narrowing(since(fields.published, from))));
    }
    if let Some(moment) = request.updated_after {
        clauses.push(narrowing(since(fields.updated, moment.as_second())));
    }
    if let Some(day) = request.starts_after {
        clauses.extend(seconds(day.into()).map(|from| narrowing(since(fields.starts, from))));
    }
    if let Some(day) = request.deadline_before {
        clauses.extend(seconds(day.at(23, 59, 59, 0)).map(|end| {
            let latest = Bound::Included(Term::from_field_i64(fields.deadline, end));
            narrowing(Box::new(RangeQuery::new(Bound::Unbounded, latest)))
        }));
    }
}

/// What is over is hidden unless it is asked for. What no longer answers is hidden too, by `facets`.
fn add_over(clauses: &mut Vec<Clause>, request: &SearchRequest, fields: &Fields) {
    if request.starts_after.is_none()
        && let Some(now) = seconds(request.now)
    {
        let before_now = Bound::Excluded(Term::from_field_i64(fields.ends, now));
        clauses.push((Occur::MustNot, Box::new(RangeQuery::new(Bound::Unbounded, before_now))));
    }
}

fn since(field: Field, from: i64) -> Box<dyn Query> {
    Box::new(RangeQuery::new(Bound::Included(Term::from_field_i64(field, from)), Bound::Unbounded))
}

fn exactly(field: Field, value: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}

fn narrowing(query: Box<dyn Query>) -> Clause {
    (Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0)))
}
