//! Writes what a search answers as JSON, in the shape that `search_answer` documents.
//!
//! An answer is some 24 KB and is written once, into one buffer: a resource is stored as JSON and copied there as it is,
//! and everything else is written from what the index answered without being copied before.

use std::borrow::Cow;
use std::collections::BTreeMap;

use index::{
    Ambiguous, Change, Facet, FacetCounts, FacetValue, Highlights, Hit, Interpretation, InterpretedFilter, Looser,
    ScorePart, SearchResults,
};
use serde::{Serialize, Serializer};

use super::search_answer::IndexAnswer;
use crate::views::View;
use crate::web::links::Links;
use crate::web::query::{MAX_RESULTS, SearchQuery};

/// This page and its neighbours, or where the walk goes on.
pub(super) fn links(query: &SearchQuery, results: &SearchResults) -> Links {
    if query.is_walk() {
        let next = results.next.as_ref().map(|next| address(&query.with_cursor(next)));
        return Links { this: address(&query.as_asked()), next, prev: None };
    }
    // A page that would reach past the limit is refused, so none is named.
    let last_page = results.total.div_ceil(query.per_page as u64).min((MAX_RESULTS / query.per_page) as u64);
    let link = |page: usize| address(&query.with_page(page));
    Links {
        this: link(query.page),
        next: ((query.page as u64) < last_page).then(|| link(query.page + 1)),
        prev: (query.page > 1).then(|| link(query.page - 1)),
    }
}

/// A search of the API.
fn address(query_string: &str) -> String {
    format!("/v1/resources{}", query_string.trim_start_matches('/'))
}

/// What an answer takes besides its results: 19 facets of some ten values, and the links.
const REST_BYTES: usize = 20 << 10;

/// The whole body.
///
/// # Errors
/// When a stored resource is no JSON.
pub(super) fn write(
    query: &SearchQuery,
    results: &SearchResults,
    links: &Links,
    source_names: &BTreeMap<String, String>,
) -> Result<Vec<u8>, serde_json::Error> {
    let hits_bytes: usize = results.hits.iter().map(|hit| hit.json.len()).sum();
    let mut body = Vec::with_capacity(hits_bytes + REST_BYTES);
    let head = Head { total: results.total, page: query.page, per_page: query.per_page };
    serde_json::to_writer(&mut body, &head)?;
    body.pop();
    body.extend_from_slice(b",\"results\":[");
    for (place, hit) in results.hits.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        write_hit(&mut body, hit, query)?;
    }
    body.extend_from_slice(b"]}");
    let suggestion = results.suggestion.as_ref().and_then(|suggestion| {
        let link = address(&query.suggested(suggestion)?);
        Some(SuggestionBody { text: &suggestion.text, total: suggestion.total, link })
    });
    let rest = Rest {
        facets: Facets { counts: &results.facets, source_names },
        interpretation: interpretation(query, &results.interpretation),
        suggestion,
        looser: results.looser.iter().filter_map(|looser| looser_body(query, looser)).collect(),
        links,
        index: IndexAnswer { generation: results.generation, seq: results.position },
    };
    append_fields(&mut body, &rest)?;
    Ok(body)
}

/// A stored resource is JSON already: what a search adds is written behind its last field.
fn write_hit(body: &mut Vec<u8>, hit: &Hit, query: &SearchQuery) -> Result<(), serde_json::Error> {
    let json = changed(&hit.json, &query.fields, query.view.as_deref())?;
    let json = if hit.pinned { Cow::Owned(marked_as_pinned(&json)?) } else { json };
    body.extend_from_slice(json.as_bytes());
    let has_more = hit.highlights.is_some() || hit.explanation.is_some() || !hit.unstated.is_empty();
    if !has_more {
        return Ok(());
    }
    let more = HitMore {
        highlights: hit.highlights.as_ref().map(HighlightsBody::of),
        unstated: hit.unstated.iter().map(|facet| facet.name()).collect(),
        score: hit.explanation.is_some().then_some(hit.score),
        explanation: hit.explanation.as_ref().map(|parts| parts.iter().map(PartBody::of).collect()),
    };
    append_fields(body, &more)
}

/// The same with the mark that it stands first here. A resource says itself whether an editor wants it among the first, so
/// the mark stands in the place of that: many readers refuse a name that comes twice.
fn marked_as_pinned(json: &str) -> Result<String, serde_json::Error> {
    let mut resource: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json)?;
    resource.insert("pinned".to_owned(), true.into());
    serde_json::to_string(&resource)
}

/// A stored resource with these fields alone, all when none are named; its id always stays. Given through a view that has
/// link parameters, its address bears them.
///
/// # Errors
/// When it is no JSON.
pub(super) fn changed<'a>(
    json: &'a str,
    fields: &[String],
    view: Option<&View>,
) -> Result<Cow<'a, str>, serde_json::Error> {
    let view = view.filter(|view| view.has_link_parameters());
    if fields.is_empty() && view.is_none() {
        return Ok(Cow::Borrowed(json));
    }
    let mut resource: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json)?;
    if !fields.is_empty() {
        resource.retain(|name, _| name == "id" || fields.contains(name));
    }
    if let Some(view) = view
        && let Some(serde_json::Value::String(url)) = resource.get_mut("url")
    {
        *url = view.link(url);
    }
    serde_json::to_string(&resource).map(Cow::Owned)
}

/// Writes fields behind the last one of the object that the body ends with. Neither is empty.
fn append_fields(body: &mut Vec<u8>, more: &impl Serialize) -> Result<(), serde_json::Error> {
    body.pop();
    let end_of_old = body.len();
    serde_json::to_writer(&mut *body, more)?;
    // `{"a":1}` and `{"b":2}` become `{"a":1,"b":2}`.
    body[end_of_old] = b',';
    Ok(())
}

#[derive(Serialize)]
struct Head {
    total: u64,
    page: usize,
    per_page: usize,
}

#[derive(Serialize)]
struct HitMore<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<HighlightsBody<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unstated: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<PartBody<'a>>>,
}

#[derive(Serialize)]
struct HighlightsBody<'a> {
    title: Option<&'a str>,
    description: Option<&'a str>,
}

impl<'a> HighlightsBody<'a> {
    fn of(highlights: &'a Highlights) -> Self {
        Self { title: highlights.title.as_deref(), description: highlights.description.as_deref() }
    }
}

#[derive(Serialize)]
struct PartBody<'a> {
    what: &'a str,
    score: f32,
}

impl<'a> PartBody<'a> {
    fn of(part: &'a ScorePart) -> Self {
        Self { what: &part.what, score: part.score }
    }
}

#[derive(Serialize)]
struct Rest<'a> {
    facets: Facets<'a>,
    interpretation: InterpretationBody<'a>,
    suggestion: Option<SuggestionBody<'a>>,
    looser: Vec<LooserBody<'a>>,
    links: &'a Links,
    index: IndexAnswer,
}

/// The facets by name, in the order in which they were asked for.
struct Facets<'a> {
    counts: &'a [FacetCounts],
    source_names: &'a BTreeMap<String, String>,
}

impl<'a> Serialize for Facets<'a> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facet = |counts: &'a FacetCounts| FacetBody {
            values: Values { counts, source_names: self.source_names },
            more: counts.more,
            not_stated: counts.not_stated,
        };
        serializer.collect_map(self.counts.iter().map(|counts| (counts.facet.name(), facet(counts))))
    }
}

#[derive(Serialize)]
struct FacetBody<'a> {
    values: Values<'a>,
    more: u64,
    not_stated: u64,
}

/// The values of a facet; sources by their names.
struct Values<'a> {
    counts: &'a FacetCounts,
    source_names: &'a BTreeMap<String, String>,
}

impl Values<'_> {
    fn label<'v>(&'v self, value: &'v FacetValue) -> &'v str {
        match self.counts.facet {
            Facet::Source => self.source_names.get(&*value.id).map_or(&*value.label, String::as_str),
            Facet::Controlled(_) | Facet::Publisher | Facet::Link => &value.label,
        }
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.counts.values.iter().map(|value| ValueBody {
            id: &value.id,
            label: self.label(value),
            count: value.count,
            inferred: value.inferred,
            selected: value.selected,
        }))
    }
}

#[derive(Serialize)]
struct ValueBody<'a> {
    id: &'a str,
    label: &'a str,
    count: u64,
    inferred: u64,
    selected: bool,
}

#[derive(Serialize)]
struct InterpretationBody<'a> {
    text: &'a str,
    filters: Vec<InterpretedBody<'a>>,
    ambiguous: Vec<AmbiguousBody<'a>>,
    corrected: Vec<CorrectedBody<'a>>,
    loosened: bool,
}

#[derive(Serialize)]
struct InterpretedBody<'a> {
    facet: &'static str,
    id: &'a str,
    label: &'a str,
    matched: &'a str,
    negated: bool,
    soft: bool,
    without: String,
}

#[derive(Serialize)]
struct AmbiguousBody<'a> {
    matched: &'a str,
    meanings: Vec<MeaningBody<'a>>,
}

#[derive(Serialize)]
struct MeaningBody<'a> {
    facet: &'static str,
    id: &'a str,
    label: &'a str,
}

#[derive(Serialize)]
struct CorrectedBody<'a> {
    typed: &'a str,
    to: &'a str,
}

#[derive(Serialize)]
struct SuggestionBody<'a> {
    text: &'a str,
    total: u64,
    link: String,
}

#[derive(Serialize)]
struct LooserBody<'a> {
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    facet: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<&'a str>,
    total: u64,
    q: &'a str,
    link: String,
}

fn interpretation<'a>(query: &SearchQuery, interpretation: &'a Interpretation) -> InterpretationBody<'a> {
    let filter = |filter: &'a InterpretedFilter| InterpretedBody {
        facet: filter.facet.name(),
        id: &filter.id,
        label: &filter.label,
        matched: &filter.matched,
        negated: filter.negated,
        soft: filter.soft,
        without: address(&query.taken_back(filter, &interpretation.corrected)),
    };
    let corrected = interpretation.corrected.iter();
    InterpretationBody {
        text: &interpretation.text,
        filters: interpretation.filters.iter().map(filter).collect(),
        ambiguous: interpretation.ambiguous.iter().map(ambiguous_body).collect(),
        corrected: corrected.map(|one| CorrectedBody { typed: &one.typed, to: &one.to }).collect(),
        loosened: interpretation.loosened,
    }
}

fn ambiguous_body(ambiguous: &Ambiguous) -> AmbiguousBody<'_> {
    let meanings = ambiguous.meanings.iter().map(|meaning| MeaningBody {
        facet: meaning.facet.name(),
        id: &meaning.id,
        label: &meaning.label,
    });
    AmbiguousBody { matched: &ambiguous.matched, meanings: meanings.collect() }
}

/// A looser search; `None` for one that no address asks for.
fn looser_body<'a>(query: &SearchQuery, looser: &'a Looser) -> Option<LooserBody<'a>> {
    let link = address(&query.looser(looser)?);
    let bare = LooserBody {
        change: "literal",
        facet: None,
        id: None,
        instead: None,
        label: None,
        word: None,
        total: looser.total,
        q: &looser.text,
        link,
    };
    Some(match &looser.change {
        Change::Without { facet, id, label } => {
            LooserBody { change: "without", facet: Some(facet.name()), id: Some(id), label: Some(label), ..bare }
        }
        Change::Instead { facet, id, instead, label } => LooserBody {
            change: "instead",
            facet: Some(facet.name()),
            id: Some(id),
            instead: Some(instead),
            label: Some(label),
            ..bare
        },
        Change::WithoutWord { word } => LooserBody { change: "without-word", word: Some(word), ..bare },
        Change::Literal => bare,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_behind_the_last_one() {
        let mut body = br#"[{"id":"a"}"#.to_vec();
        append_fields(&mut body, &PartBody { what: "word", score: 1.5 }).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), r#"[{"id":"a","what":"word","score":1.5}"#);
    }

    #[test]
    fn what_stands_first_says_so_once_in_the_place_where_the_resource_does() {
        let marked = marked_as_pinned(r#"{"id":"a","pinned":false,"updated":"b"}"#).unwrap();
        assert_eq!(marked, r#"{"id":"a","pinned":true,"updated":"b"}"#);
        assert_eq!(marked_as_pinned(r#"{"id":"a"}"#).unwrap(), r#"{"id":"a","pinned":true}"#);
    }

    #[test]
    fn the_id_stays_with_the_fields_that_are_asked_for() {
        let json = r#"{"id":"a","url":null,"title":"T"}"#;
        assert_eq!(changed(json, &["title".to_owned()], None).unwrap(), r#"{"id":"a","title":"T"}"#);
        assert!(changed("nothing", &["title".to_owned()], None).is_err());
    }
}
