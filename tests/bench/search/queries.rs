//! The mix of questions that servers are loaded with, as requests of HTTP.

use url::form_urlencoded::Serializer;

use crate::corpus::Corpus;
use crate::question::{FACETS, PER_PAGE, Question, Shape, Spelling};
use crate::random::Random;

const SEED: u64 = 7;

/// So many questions: a quarter browse, a third are words, a quarter words with filters, the rest mistyped.
pub(crate) fn mixed(corpus: &Corpus, resources: u64, count: usize) -> Vec<Question> {
    let random = &mut Random::new(SEED);
    let mut questions = Vec::with_capacity(count);
    for _ in 0..count {
        let shape = shape(random);
        questions.push(Question::new(corpus, resources, shape, random));
    }
    questions
}

fn shape(random: &mut Random) -> Shape {
    let words = 1 + random.place(3);
    match random.below(100) {
        0..25 => Shape { words: 0, filters: random.place(3), spelling: Spelling::Right },
        25..60 => Shape { words, filters: 0, spelling: Spelling::Right },
        60..85 => Shape { words, filters: 1 + random.place(2), spelling: Spelling::Right },
        _ => Shape { words, filters: 0, spelling: Spelling::Wrong },
    }
}

/// A question as bytes that are sent.
pub(crate) fn request(question: &Question) -> Vec<u8> {
    format!("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path(question)).into_bytes()
}

/// The same, from one who holds the answer already. Source: RFC 9110, 13.1.2.
pub(crate) fn conditional(question: &Question) -> Vec<u8> {
    format!("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-None-Match: *\r\n\r\n", path(question)).into_bytes()
}

/// The same as the page of a teacher asks it. One that says nothing is asked with a blank `q`: without any parameter it
/// is the start page that answers.
pub(crate) fn page(question: &Question) -> Vec<u8> {
    let query = narrowing(question, Some("")).finish();
    format!("GET /?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n").into_bytes()
}

/// What is searched; where no words are, these.
fn narrowing(question: &Question, without_words: Option<&str>) -> Serializer<'static, String> {
    let mut query = Serializer::new(String::new());
    if let Some(words) = Some(question.text.as_str()).filter(|words| !words.is_empty()).or(without_words) {
        query.append_pair("q", words);
    }
    for (facet, value) in &question.filters {
        query.append_pair(facet.name(), value);
    }
    query
}

fn path(question: &Question) -> String {
    let mut query = narrowing(question, None);
    query.append_pair("facets", &FACETS.map(index::Facet::name).join(","));
    query.append_pair("per_page", &PER_PAGE.to_string());
    format!("/v1/resources?{}", query.finish())
}
