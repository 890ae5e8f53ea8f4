//! The bare engine behind axum: what a search costs here that does nothing but match, rank, count and read.
//!
//! Stemmed text in as many fields as ours, for each word the best of them by BM25, two of three words needed; filters as
//! terms; six facets counted over columns in one pass; the best twenty read from the kept JSON, whose unpacked blocks
//! all stay in memory. Nothing of ours: no interpretation, no typing help, no counts beside a selection, no priors.
//! Searches run where axum calls the handler, which is the fastest there is, and the answer is put together from bytes.

mod counting;
mod reading;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use index::{Entry, Facet};
use schemas::Vocabularies;
use serde::Serialize;
use tantivy::collector::TopDocs;
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::tokenizer::{TextAnalyzer, TokenStream};
use tantivy::{DocAddress, IndexReader, IndexWriter, ReloadPolicy, Score, Searcher, TantivyDocument, Term};

use crate::corpus::Corpus;
use crate::question::{FACETS, PER_PAGE};
use counting::{Counting, Counts, Tally};

/// The name of the engine's own analyser of English.
const ENGLISH: &str = "en_stem";
const RAW: &str = "raw";
/// As ours has them when it builds.
const WRITER_THREADS: usize = 2;
const WRITER_BYTES: usize = 200_000_000;
/// Blocks of 16 KB: a million resources have fewer.
const ALL_BLOCKS: usize = 1 << 18;
/// Values of one facet in an answer, as in ours.
const FACET_VALUES: usize = 100;

/// An index of the bare engine.
pub(crate) struct Bare {
    reader: IndexReader,
    fields: Fields,
    analyser: TextAnalyzer,
    vocabularies: &'static Vocabularies,
}

struct Fields {
    kept: Field,
    texts: Vec<Field>,
    /// In the order of [`FACETS`].
    facets: Vec<Field>,
}

impl Bare {
    /// Builds it over so many resources, with so many fields of text: one, or as many as ours has.
    pub(crate) fn build(folder: &Path, text_fields: usize, corpus: &Corpus, count: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let vocabularies = Vocabularies::shipped();
        let (schema, fields) = schema(text_fields);
        let index = tantivy::Index::create_in_dir(folder, schema)?;
        let mut writer: IndexWriter = index.writer_with_num_threads(WRITER_THREADS, WRITER_BYTES)?;
        for entry in corpus.resources(count) {
            writer.add_document(document(&entry, &fields, vocabularies)?)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(ALL_BLOCKS)
            .try_into()?;
        let analyser = index.tokenizer_for_field(fields.texts[0])?;
        Ok(Self { reader, fields, analyser, vocabularies })
    }

    fn answer(&self, raw: &str) -> anyhow::Result<Vec<u8>> {
        let asked = self.read(raw);
        let searcher = self.reader.searcher();
        let columns = asked.counted.iter().map(|facet| column(*facet)).collect();
        let page = TopDocs::with_limit(asked.limit).order_by_score();
        let (counts, page) = searcher.search(&*self.query(&asked), &(Counting { columns }, page))?;
        self.present(&searcher, &asked, counts, &page)
    }

    fn read(&self, raw: &str) -> Asked {
        let mut asked = Asked { text: String::new(), filters: Vec::new(), counted: Vec::new(), limit: PER_PAGE };
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            match name.as_ref() {
                "q" => asked.text = value.into_owned(),
                "facets" => asked.counted = value.split(',').filter_map(Facet::by_name).collect(),
                "per_page" => asked.limit = value.parse().unwrap_or(PER_PAGE).max(1),
                name => {
                    let place = FACETS.iter().position(|facet| facet.name() == name);
                    asked.filters.extend(place.map(|place| (self.fields.facets[place], value.into_owned())));
                }
            }
        }
        asked
    }

    fn query(&self, asked: &Asked) -> Box<dyn Query> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        clauses.extend(self.words(&asked.text).map(|words| (Occur::Must, words)));
        for (field, value) in &asked.filters {
            let term = TermQuery::new(Term::from_field_text(*field, value), IndexRecordOption::Basic);
            clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(term), 0.0))));
        }
        match clauses.len() {
            0 => Box::new(AllQuery),
            1 => clauses.remove(0).1,
            _ => Box::new(BooleanQuery::new(clauses)),
        }
    }

    /// All of one or two words; of more, three of four.
    fn words(&self, text: &str) -> Option<Box<dyn Query>> {
        let mut analyser = self.analyser.clone();
        let mut stream = analyser.token_stream(text);
        let mut words = Vec::new();
        while stream.advance() {
            words.push(self.word(&stream.token().text));
        }
        let needed = if words.len() <= 2 { words.len() } else { words.len() * 3 / 4 };
        if words.len() <= 1 {
            return words.pop();
        }
        if needed == words.len() {
            return Some(Box::new(BooleanQuery::intersection(words)));
        }
        Some(Box::new(BooleanQuery::union_with_minimum_required_clauses(words, needed)))
    }

    fn word(&self, stem: &str) -> Box<dyn Query> {
        let term = |field: &Field| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(*field, stem), IndexRecordOption::WithFreqs))
        };
        match self.fields.texts.as_slice() {
            [only] => term(only),
            several => Box::new(DisjunctionMaxQuery::new(several.iter().map(term).collect())),
        }
    }

    /// The same shape as our answers.
    fn present(
        &self,
        searcher: &Searcher,
        asked: &Asked,
        counts: Counts,
        page: &[(Score, DocAddress)],
    ) -> anyhow::Result<Vec<u8>> {
        let mut body = format!("{{\"total\":{},\"page\":1,\"per_page\":{},\"results\":[", counts.total, asked.limit);
        for (place, (_, address)) in page.iter().enumerate() {
            let document: TantivyDocument = searcher.doc(*address)?;
            let kept = document.get_first(self.fields.kept);
            body.push_str(if place == 0 { "" } else { "," });
            body.push_str(kept.and_then(|value| value.as_str()).unwrap_or_default());
        }
        body.push_str("],\"facets\":");
        let facets: BTreeMap<&str, FacetAnswer> = asked
            .counted
            .iter()
            .zip(counts.facets)
            .map(|(facet, tally)| (facet.name(), facet_answer(*facet, tally, self.vocabularies)))
            .collect();
        let mut body = body.into_bytes();
        serde_json::to_writer(&mut body, &facets)?;
        body.extend_from_slice(b"}");
        Ok(body)
    }
}

/// Answers searches as ours does, at the same path.
pub(crate) fn router(bare: Bare) -> Router {
    Router::new().route("/v1/resources", get(answer)).with_state(Arc::new(bare))
}

async fn answer(State(bare): State<Arc<Bare>>, RawQuery(raw): RawQuery) -> Response {
    match bare.answer(raw.as_deref().unwrap_or_default()) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

struct Asked {
    text: String,
    filters: Vec<(Field, String)>,
    counted: Vec<Facet>,
    limit: usize,
}

/// One facet of an answer.
#[derive(Serialize)]
struct FacetAnswer {
    values: Vec<ValueAnswer>,
    more: usize,
    not_stated: u64,
}

#[derive(Serialize)]
struct ValueAnswer {
    id: String,
    label: String,
    count: u64,
    inferred: u64,
    selected: bool,
}

fn facet_answer(facet: Facet, tally: Tally, vocabularies: &Vocabularies) -> FacetAnswer {
    let mut values: Vec<(String, u64)> = tally.values.into_iter().collect();
    values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let more = values.len().saturating_sub(FACET_VALUES);
    values.truncate(FACET_VALUES);
    let label = |id: &str| match facet {
        Facet::Controlled(field) => vocabularies.of(field).label(id).to_owned(),
        Facet::Source | Facet::Publisher | Facet::Link => id.to_owned(),
    };
    let values = values
        .into_iter()
        .map(|(id, count)| ValueAnswer { label: label(&id), id, count, inferred: 0, selected: false })
        .collect();
    FacetAnswer { values, more, not_stated: tally.not_stated }
}

fn column(facet: Facet) -> String {
    format!("facet_{}", facet.name())
}

fn schema(text_fields: usize) -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexed = |analyser: &str, record: IndexRecordOption| {
        TextFieldIndexing::default().set_tokenizer(analyser).set_index_option(record)
    };
    let text = TextOptions::default().set_indexing_options(indexed(ENGLISH, IndexRecordOption::WithFreqs));
    let key = indexed(RAW, IndexRecordOption::Basic).set_fieldnorms(false);
    let facet = TextOptions::default().set_indexing_options(key).set_fast(RAW);
    let fields = Fields {
        kept: builder.add_text_field("kept", STORED),
        texts: (0..text_fields).map(|place| builder.add_text_field(&format!("text_{place}"), text.clone())).collect(),
        facets: FACETS.iter().map(|one| builder.add_text_field(&column(*one), facet.clone())).collect(),
    };
    (builder.build(), fields)
}

fn document(entry: &Entry, fields: &Fields, vocabularies: &Vocabularies) -> anyhow::Result<TantivyDocument> {
    let mut document = TantivyDocument::default();
    document.add_text(fields.kept, serde_json::to_string(&entry.resource)?);
    for (place, text) in reading::texts(entry, vocabularies).iter().enumerate() {
        if !text.is_empty() {
            document.add_text(fields.texts[place.min(fields.texts.len() - 1)], text);
        }
    }
    for (facet, field) in FACETS.iter().zip(&fields.facets) {
        for value in reading::facet_values(entry, *facet, vocabularies) {
            document.add_text(*field, value);
        }
    }
    Ok(document)
}
