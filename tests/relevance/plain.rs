//! Plain BM25 over the same resources: what our engine has to beat in the same run.
//!
//! One field with title, description, keywords and concept labels, English stems without stop words, any of the words,
//! the engine's own weights (k1 1.2, b 0.75). No synonyms, no spelling, no interpretation. Two variants bring other
//! candidates before the judges: one counts words of the title twice, one rewards words that follow each other.

use anyhow::Context as _;
use index::Entry;
use schemas::ControlledField;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _};
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, Term};

/// The name of the analyser in the engine.
const ENGLISH: &str = "plain_english";

/// Longer runs of letters are no words. The engine's own default.
const MAX_WORD_BYTES: usize = 40;

/// What the engine may hold of one segment before it is written; more than all catalogues need, so that there is one.
const BUDGET_BYTES: usize = 200_000_000;

/// How words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In the one field.
    Bare,
    /// Words of the title count a second time.
    Title,
    /// Two words that follow each other as they were typed count in addition.
    Phrase,
}

/// A bare index of resources.
pub(crate) struct Plain {
    searcher: Searcher,
    analyser: TextAnalyzer,
    id: Field,
    text: Field,
    title: Field,
}

impl Plain {
    /// Indexes resources.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn of(entries: &[Entry]) -> anyhow::Result<Self> {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(ENGLISH)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let words = TextOptions::default().set_indexing_options(indexing);
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING | STORED);
        let text = schema.add_text_field("text", words.clone());
        let title = schema.add_text_field("title", words);
        let index = Index::create_in_ram(schema.build());
        let analyser = english()?;
        index.tokenizers().register(ENGLISH, analyser.clone());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, BUDGET_BYTES)?;
        for entry in entries {
            let mut document = TantivyDocument::default();
            document.add_text(id, entry.resource.id.as_str());
            document.add_text(text, text_of(entry));
            document.add_text(title, &entry.resource.title);
            writer.add_document(document)?;
        }
        writer.commit()?;
        let searcher = index.reader()?.searcher();
        Ok(Self { searcher, analyser, id, text, title })
    }

    /// The ids of the best results for these words, at most so many.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn find(&self, words: &str, manner: Manner, limit: usize) -> anyhow::Result<Vec<String>> {
        let clauses = self.clauses(words, manner);
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let query = BooleanQuery::new(clauses);
        let best = self.searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        let id_of = |address| -> anyhow::Result<String> {
            let document: TantivyDocument = self.searcher.doc(address)?;
            let id = document.get_first(self.id).and_then(|value| value.as_str());
            Ok(id.context("every document has an id")?.to_owned())
        };
        best.into_iter().map(|(_, address)| id_of(address)).collect()
    }

    fn clauses(&self, words: &str, manner: Manner) -> Vec<(Occur, Box<dyn Query>)> {
        let stems = self.stems(words);
        let term = |field: Field, stem: &str| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(field, stem), IndexRecordOption::WithFreqs))
        };
        let mut queries: Vec<Box<dyn Query>> = stems.iter().map(|(_, stem)| term(self.text, stem)).collect();
        match manner {
            Manner::Bare => {}
            Manner::Title => queries.extend(stems.iter().map(|(_, stem)| term(self.title, stem))),
            Manner::Phrase => {
                let pairs = stems.windows(2).map(|pair| {
                    let terms = pair.iter().map(|(place, stem)| (*place, Term::from_field_text(self.text, stem)));
                    Box::new(PhraseQuery::new_with_offset(terms.collect())) as Box<dyn Query>
                });
                queries.extend(pairs);
            }
        }
        queries.into_iter().map(|query| (Occur::Should, query)).collect()
    }

    /// The stems of words, each with its place among them; places of stop words stay empty.
    fn stems(&self, words: &str) -> Vec<(usize, String)> {
        let mut analyser = self.analyser.clone();
        let mut stream = analyser.token_stream(words);
        let mut stems = Vec::new();
        while stream.advance() {
            stems.push((stream.token().position, stream.token().text.clone()));
        }
        stems
    }
}

fn english() -> anyhow::Result<TextAnalyzer> {
    let stop_words = StopWordFilter::new(Language::English).context("the engine knows English stop words")?;
    Ok(TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(stop_words)
        .filter(Stemmer::new(Language::English))
        .build())
}

/// All that a resource says, one after the other.
fn text_of(entry: &Entry) -> String {
    let resource = &entry.resource;
    let mut parts = vec![resource.title.as_str()];
    parts.extend(entry.full_description.as_deref().or(resource.description.as_deref()));
    parts.extend(resource.alternative_titles.iter().map(String::as_str));
    parts.extend(resource.keywords.iter().chain(&resource.topics).map(String::as_str));
    for field in ControlledField::ALL {
        parts.extend(resource.concepts(field).iter().map(|concept| concept.label.as_str()));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::engines::tests::entry;

    fn titles(entries: &[Entry], found: &[String]) -> Vec<String> {
        let of =
            |id: &String| entries.iter().find(|one| one.resource.id.as_str() == id).unwrap().resource.title.clone();
        found.iter().map(of).collect()
    }

    #[test]
    fn any_of_the_stems_is_found_and_rarer_ones_first() {
        let entries = [
            entry("Chemists", "They work in the lab."),
            entry("Lab coats", "Worn in a lab."),
            entry("Tides", "Of the sea."),
        ];
        let plain = Plain::of(&entries).unwrap();
        let found = plain.find("the chemist in labs", Manner::Bare, 10).unwrap();
        assert_eq!(titles(&entries, &found), ["Chemists", "Lab coats"]);
        assert_eq!(plain.find("the of in", Manner::Bare, 10).unwrap(), Vec::<String>::new());
        assert_eq!(plain.find("lab", Manner::Bare, 1).unwrap().len(), 1);
    }

    #[test]
    fn the_variants_prefer_titles_and_words_that_follow_each_other() {
        let entries = [
            entry("One", "Stem plants and cell walls. Stem and cell, stem and cell."),
            entry("Two", "Work on the stem cell."),
            entry("Cell stem", "Of a lily, of a rose, of an oak and of a bean, in many words that are not asked for."),
        ];
        let plain = Plain::of(&entries).unwrap();
        let first = |manner| titles(&entries, &plain.find("stem cell", manner, 10).unwrap())[0].clone();
        assert_eq!(first(Manner::Bare), "One");
        assert_eq!(first(Manner::Phrase), "Two");
        assert_eq!(first(Manner::Title), "Cell stem");
    }
}
