//! What somebody asks: words that stand next to each other in some resource, filters that fit it, now and then a slip.

use std::collections::BTreeMap;

use index::{Entry, Facet, SearchRequest};
use jiff::civil::{DateTime, date};
use schemas::ControlledField;

use crate::corpus::Corpus;
use crate::random::Random;
use crate::words::is_telling;

/// The facets that every answer counts.
pub(crate) const FACETS: [Facet; 6] = [
    Facet::Controlled(ControlledField::Subject),
    Facet::Controlled(ControlledField::Level),
    Facet::Controlled(ControlledField::Type),
    Facet::Controlled(ControlledField::Audience),
    Facet::Controlled(ControlledField::Nation),
    Facet::Publisher,
];

/// Results on a page.
pub(crate) const PER_PAGE: usize = 20;
/// Of a hundred questions, so many have a last word from another resource: few resources have all of them, or none.
const MIXED_UP: u64 = 10;
/// Shorter words are not mistyped: nothing could tell what was meant.
const LONG_ENOUGH: usize = 5;

/// What a question is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) words: usize,
    pub(crate) filters: usize,
    pub(crate) spelling: Spelling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    Right,
    /// One word has a letter too few, too many, another one, or two in the wrong order.
    Wrong,
}

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) filters: Vec<(Facet, String)>,
}

impl Question {
    /// One that some of the first resources of a corpus, which are so many, answer.
    pub(crate) fn new(corpus: &Corpus, among: u64, shape: Shape, random: &mut Random) -> Self {
        let entry = corpus.resource(random.below(among));
        let mut words = telling_words(&entry, shape.words, random);
        if shape.words > 1 && random.percent(MIXED_UP) {
            words.truncate(shape.words - 1);
            words.extend(telling_words(&corpus.resource(random.below(among)), 1, random));
        }
        if shape.spelling == Spelling::Wrong {
            mistype_one(&mut words, random);
        }
        Self { text: words.join(" "), filters: filters(&entry, shape.filters, random) }
    }

    /// As the index is asked it.
    pub(crate) fn request(&self) -> SearchRequest {
        let mut filters: BTreeMap<Facet, Vec<String>> = BTreeMap::new();
        for (facet, value) in &self.filters {
            filters.entry(*facet).or_default().push(value.clone());
        }
        SearchRequest {
            text: self.text.clone(),
            filters,
            facets: FACETS.to_vec(),
            limit: PER_PAGE,
            ..SearchRequest::new(now())
        }
    }
}

/// When all questions are asked: some events of the corpus are over, some are not.
pub(crate) fn now() -> DateTime {
    date(2026, 11, 21).at(12, 0, 0, 0)
}

/// Words that follow each other in the title, and go on in the description where the title has too few.
fn telling_words(entry: &Entry, count: usize, random: &mut Random) -> Vec<String> {
    let resource = &entry.resource;
    let description = resource.description.as_deref().unwrap_or_default();
    let words = resource.title.split(' ').chain(description.split(' ')).filter(|word| is_telling(word));
    words.skip(random.place(3)).take(count).map(str::to_lowercase).collect()
}

/// Values that the resource has, each in another facet.
fn filters(entry: &Entry, count: usize, random: &mut Random) -> Vec<(Facet, String)> {
    let mut held: Vec<(Facet, String)> =
        FACETS.into_iter().filter_map(|facet| Some((facet, value(entry, facet)?))).collect();
    let first = random.place(held.len());
    held.rotate_left(first);
    held.truncate(count);
    held
}

fn value(entry: &Entry, facet: Facet) -> Option<String> {
    match facet {
        Facet::Controlled(field) => entry.resource.concepts(field).first().map(|concept| concept.id.to_string()),
        Facet::Publisher => entry.resource.publisher.clone(),
        Facet::Source | Facet::Link => None,
    }
}

fn mistype_one(words: &mut [String], random: &mut Random) {
    let Some(word) = words.iter_mut().max_by_key(|word| word.chars().count()) else {
        return;
    };
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < LONG_ENOUGH {
        return;
    }
    // The first letter is seldom wrong.
    let place = 1 + random.place(letters.len() - 2);
    match random.below(4) {
        0 => letters.swap(place, place + 1),
        1 => {
            letters.remove(place);
        }
        2 => letters.insert(place, letters[place]),
        _ => letters[place] = *random.pick(&['a', 'e', 'i', 'o', 'r', 's', 't', 'n']),
    }
    *word = letters.into_iter().collect();
}
