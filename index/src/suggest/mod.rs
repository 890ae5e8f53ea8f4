//! What is being typed, completed: concepts by any of their names, and titles.
//!
//! In goes the text so far, whose last word may be unfinished; out come the concepts that resources have and the titles
//! of resources that a search would show, the likeliest first. Where nothing goes on like that, a word of it may be
//! misspelt, and what it may have been is completed instead. Nothing of what people type is kept, so what is likely is
//! told by the catalogue and not by what others typed.

mod titles;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::DateTime;
use schemas::{Concept, ControlledField, Vocabularies};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, TERMINATED, Term};

use crate::analysis;
use crate::columns::View;
use crate::document::BEGINNINGS;
use crate::facets::Bounds;
use crate::fields::Fields;
use crate::request::{Facet, Scope};
use crate::results::{SuggestedConcept, Suggestions};
use crate::spelling::{self, Spelling, resources_with};

/// The fields whose concepts are proposed; among equals in this order.
const FIELDS: [ControlledField; 12] = [
    ControlledField::Subject,
    ControlledField::Type,
    ControlledField::Level,
    ControlledField::Route,
    ControlledField::Occupation,
    ControlledField::Sector,
    ControlledField::Nation,
    ControlledField::Region,
    ControlledField::Audience,
    ControlledField::Inclusion,
    ControlledField::Cost,
    ControlledField::Medium,
];

/// Further words are not looked at: hardly a title is told apart by its seventeenth word.
const MAX_WORDS: usize = 16;

/// Who mistyped more words than these has typed something else.
const MAX_WORDS_TO_CORRECT: usize = 3;

/// So many concepts are counted, the best of those that fit. Only a letter or two fit more, and then the rest are words
/// in the middle of long names.
const MAX_COUNTED: usize = 128;

/// It ties words in labels, where others write "&" or a comma.
const TIE_WORD: &str = "and";

/// Completes what is being typed.
pub(crate) struct Suggester {
    concepts: Vec<(Facet, &'static Concept)>,
    names: Vec<Name>,
}

/// A label or other name of a concept.
struct Name {
    /// The place of the concept.
    concept: usize,
    is_label: bool,
    written: &'static str,
    /// Its words, folded, with blanks between.
    words: String,
}

/// How well a name fits what is being typed, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The label begins so, or a name is just that.
    Label,
    /// Another name begins so.
    OtherName,
    /// Its words begin so, in whatever order.
    Words,
}

/// What is being typed.
struct Typed {
    /// Folded.
    text: String,
    /// Its words.
    words: Vec<String>,
    /// The words with blanks between, as names are held.
    joined: String,
}

/// What is suggested from: the resources of one state of the index that a scope lets in.
#[derive(Clone, Copy)]
pub(crate) struct Among<'a> {
    pub(crate) view: &'a View,
    pub(crate) fields: &'a Fields,
    pub(crate) scope: &'a Scope,
    /// What ended before this is over.
    pub(crate) now: DateTime,
}

impl Among<'_> {
    /// How many resources have a value of a facet; those that are over or broken with them.
    fn resources_with(self, facet: Facet, id: &str) -> tantivy::Result<u64> {
        let (searcher, field) = (&self.view.searcher, self.fields.facet(facet));
        if self.scope.is_open() {
            return resources_with(searcher, field, id);
        }
        let term = Term::from_field_text(field, id);
        let mut count = 0;
        for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
            let bounds = Bounds::of_scope(self.view, self.scope, false, ordinal);
            let postings = segment.inverted_index(field)?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else {
                continue;
            };
            while postings.doc() != TERMINATED {
                count += u64::from(bounds.lets_in(postings.doc()) && !segment.is_deleted(postings.doc()));
                postings.advance();
            }
        }
        Ok(count)
    }
}

impl Suggester {
    pub(crate) fn new(vocabularies: &'static Vocabularies) -> Self {
        let mut concepts = Vec::new();
        let mut names = Vec::new();
        for field in FIELDS {
            for concept in &vocabularies.of(field).concepts {
                let place = concepts.len();
                concepts.push((Facet::Controlled(field), concept));
                names.push(Name::new(place, true, &concept.label));
                names.extend(concept.alt.iter().map(|name| Name::new(place, false, name)));
            }
        }
        Self { concepts, names }
    }

    /// Completes a text: at most `limit` concepts, and as many titles. A single letter gives concepts only.
    pub(crate) fn suggest(
        &self,
        spelling: &Spelling,
        among: Among<'_>,
        text: &str,
        limit: usize,
    ) -> tantivy::Result<Suggestions> {
        let found = self.complete(among, text, limit)?;
        if !found.concepts.is_empty() || !found.titles.is_empty() {
            return Ok(found);
        }
        match corrected(spelling, &among.view.searcher, among.fields, text)? {
            Some(corrected) => self.complete(among, &corrected, limit),
            None => Ok(found),
        }
    }

    fn complete(&self, among: Among<'_>, text: &str, limit: usize) -> tantivy::Result<Suggestions> {
        let typed = Typed::new(text);
        if typed.words.is_empty() {
            return Ok(Suggestions::default());
        }
        let concepts = self.concepts(among, &typed, limit)?;
        let titles = titles::suggest(among, &typed, limit)?;
        Ok(Suggestions { concepts, titles })
    }

    fn concepts(&self, among: Among<'_>, typed: &Typed, limit: usize) -> tantivy::Result<Vec<SuggestedConcept>> {
        let mut found = Vec::new();
        for (fit, name) in self.fitting(typed) {
            let (facet, concept) = self.concepts[name.concept];
            let count = among.resources_with(facet, &concept.id)?;
            if count > 0 {
                found.push((fit, Reverse(count), name.words.len(), name));
            }
        }
        // Stable, so that equals stay in the order of the vocabularies.
        found.sort_by_key(|(fit, count, length, _)| (*fit, *count, *length));
        let suggested = found.into_iter().take(limit).map(|(_, Reverse(count), _, name)| {
            let (facet, concept) = self.concepts[name.concept];
            let (id, label) = (concept.id.clone(), concept.label.clone());
            SuggestedConcept { facet, id, label, matched: name.written.to_owned(), count }
        });
        Ok(suggested.collect())
    }

    /// The concepts that fit what is typed, each with its best name; so many of the best as are counted.
    fn fitting(&self, typed: &Typed) -> Vec<(Fit, &Name)> {
        let mut best: BTreeMap<usize, (Fit, &Name)> = BTreeMap::new();
        for name in &self.names {
            let Some(fit) = name.fit(typed) else {
                continue;
            };
            let held = best.entry(name.concept).or_insert((fit, name));
            if (fit, !name.is_label, name.words.len()) < (held.0, !held.1.is_label, held.1.words.len()) {
                *held = (fit, name);
            }
        }
        let mut fitting: Vec<_> = best.into_values().collect();
        fitting.sort_by_key(|(fit, name)| (*fit, name.words.len()));
        fitting.truncate(MAX_COUNTED);
        fitting.sort_by_key(|(_, name)| name.concept);
        fitting
    }
}

impl Name {
    fn new(concept: usize, is_label: bool, written: &'static str) -> Self {
        Self { concept, is_label, written, words: telling_words(&analysis::folded(written)).join(" ") }
    }

    fn fit(&self, typed: &Typed) -> Option<Fit> {
        let begins_so = self.words.starts_with(&typed.joined);
        if (begins_so && self.is_label) || self.words == typed.joined {
            return Some(Fit::Label);
        }
        if begins_so {
            return Some(Fit::OtherName);
        }
        typed.words.iter().all(|word| has_word_beginning(&self.words, word)).then_some(Fit::Words)
    }
}

impl Typed {
    fn new(text: &str) -> Self {
        let text = analysis::folded(text);
        let mut words: Vec<String> = telling_words(&text).into_iter().map(ToOwned::to_owned).collect();
        words.truncate(MAX_WORDS);
        let joined = words.join(" ");
        Self { text, words, joined }
    }
}

/// The words of a folded text without those that only tie it together, unless there are no others.
fn telling_words(folded: &str) -> Vec<&str> {
    let words: Vec<&str> = folded.split_whitespace().collect();
    let telling: Vec<&str> = words.iter().copied().filter(|word| *word != TIE_WORD).collect();
    if telling.is_empty() { words } else { telling }
}

fn has_word_beginning(text: &str, beginning: &str) -> bool {
    text.split(' ').any(|word| word.starts_with(beginning))
}

/// Whether a title has words that begin so, or a resource has the word.
fn is_known(searcher: &Searcher, fields: &Fields, typed: &str) -> tantivy::Result<bool> {
    let word = analysis::folded(typed);
    let begun: String = word.chars().take(*BEGINNINGS.end()).collect();
    Ok(resources_with(searcher, fields.beginnings, &begun)? > 0 || resources_with(searcher, fields.exact, &word)? > 0)
}

/// The text with other words for those that occur nowhere; `None` when there are no others.
fn corrected(spelling: &Spelling, searcher: &Searcher, fields: &Fields, text: &str) -> tantivy::Result<Option<String>> {
    let mut places = Vec::new();
    analysis::for_each_word(text, |_, from, to| places.push((from, to)));
    places.truncate(MAX_WORDS);
    let mut words = Vec::new();
    let mut unknown = 0;
    let mut is_changed = false;
    for (place, (from, to)) in places.iter().enumerate() {
        let typed = &text[*from..*to];
        if is_known(searcher, fields, typed)? {
            words.push(typed.to_owned());
            continue;
        }
        unknown += 1;
        if unknown > MAX_WORDS_TO_CORRECT {
            return Ok(None);
        }
        let is_last = place + 1 == places.len();
        let meant = meant(spelling, searcher, fields, typed, is_last)?;
        is_changed |= meant.is_some();
        words.push(meant.unwrap_or_else(|| typed.to_owned()));
    }
    Ok(is_changed.then(|| words.join(" ")))
}

fn meant(
    spelling: &Spelling,
    searcher: &Searcher,
    fields: &Fields,
    typed: &str,
    is_last: bool,
) -> tantivy::Result<Option<String>> {
    if is_last && let Some(beginning) = spelling::beginning(searcher, fields, typed)? {
        return Ok(Some(beginning.word));
    }
    let corrections = spelling.corrections(searcher, fields, typed, 1)?;
    Ok(corrections.into_iter().next().map(|correction| correction.word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::label_begins("Design & technology", true, "design and t", Some(Fit::Label))]
    #[case::label_without_tie("Design and technology", true, "design tech", Some(Fit::Label))]
    #[case::another_name_begins("Maths", false, "mat", Some(Fit::OtherName))]
    #[case::another_name_whole("Maths", false, "MATHS", Some(Fit::Label))]
    #[case::letters("D&T", false, "d&t", Some(Fit::Label))]
    #[case::later_words("Further mathematics", true, "math", Some(Fit::Words))]
    #[case::words_in_another_order("Further mathematics", true, "math fur", Some(Fit::Words))]
    #[case::middle_of_a_word("Further mathematics", true, "the", None)]
    #[case::one_word_too_many("Further mathematics", true, "further physics", None)]
    fn a_name_fits_by_the_beginnings_of_its_words(
        #[case] name: &'static str,
        #[case] is_label: bool,
        #[case] typed: &str,
        #[case] expected: Option<Fit>,
    ) {
        assert_eq!(Name::new(0, is_label, name).fit(&Typed::new(typed)), expected);
    }

    #[test]
    fn a_tie_word_alone_is_a_word() {
        assert_eq!(Typed::new("and").words, ["and"]);
        assert_eq!(Typed::new("crystals and lab").words, ["crystals", "lab"]);
        assert!(Typed::new(" ... ").words.is_empty());
    }

    #[test]
    fn of_a_long_text_the_first_words_count() {
        assert_eq!(Typed::new(&"lab ".repeat(50)).words.len(), MAX_WORDS);
    }
}
