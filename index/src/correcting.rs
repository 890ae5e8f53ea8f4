//! Words that were typed wrongly: what was meant, before they are understood and when little is found.
//!
//! A word that occurs in no resource is replaced by the likeliest one before anything else looks at it, and the answer
//! says so. A word that does occur is never replaced: where little was found, its other spellings count beside it for
//! less, behind all that has it as it was typed.

use std::collections::{BTreeMap, VecDeque};

use tantivy::{DocAddress, Term};

use crate::analysis::stop_word_near;
use crate::cursor::Help;
use crate::error::{Doing, IndexError};
use crate::interpret::{Reading, Run, is_soft, says_nothing};
use crate::query::{Corrections, Words};
use crate::ranking;
use crate::request::{Facet, Place, SearchRequest};
use crate::results::{Corrected, Suggestion};
use crate::search::{self, FEW, Searching};
use crate::spelling::{self, Correction};
use crate::words::{self, TypedTerm};

/// So many words of a search are looked up for other spellings: more than anybody mistypes, and looking is dear.
const MAX_CORRECTED_WORDS: usize = 6;

/// So many other spellings of a word are searched for.
const MAX_CORRECTIONS: usize = 5;

/// With more words than this beside what was understood, somebody described something at length: a concept among so
/// many words is a word like the others, and must not narrow to itself.
const MAX_WORDS_BESIDE_CONCEPTS: usize = 5;

/// A catalogue with five times as many resources should have a few for any words, or the words were not the right ones.
const RESOURCES_FOR_ONE_MORE: u64 = 150;

impl Searching<'_> {
    /// What was typed, with words that occur nowhere corrected, and what is understood of it.
    pub(crate) fn read(self, request: &SearchRequest) -> tantivy::Result<Reading> {
        let (mut corrected, mut tried) = (Vec::new(), 0);
        let mut terms: Vec<TypedTerm> = Vec::new();
        let mut typed = VecDeque::from(words::parse(&request.text));
        while let Some(term) = typed.pop_front() {
            if !term.is_word() || says_nothing(&term) || self.is_known(&term)? {
                terms.push(term);
                continue;
            }
            if corrected.len() + tried >= MAX_CORRECTED_WORDS {
                terms.push(term);
                continue;
            }
            if let Some(stop_word) = stop_word_near(&term.typed) {
                corrected.push(Corrected { typed: term.typed, to: stop_word.to_owned() });
                terms.extend(words::parse(stop_word));
                continue;
            }
            let better = if let Some((one, next)) = self.joined(&term, typed.front())? {
                typed.pop_front();
                Some((format!("{} {next}", term.typed), one))
            } else {
                let best = self.corrections(&term.typed)?.into_iter().next();
                best.map(|best| (term.typed.clone(), best))
            };
            match better {
                Some((wrong, better)) => {
                    corrected.push(Corrected { typed: wrong, to: better.word.clone() });
                    terms.extend(words::parse(&better.word));
                }
                None => {
                    tried += 1;
                    terms.push(term);
                }
            }
        }
        if !request.interpret {
            return Ok(Reading::literal(terms, corrected));
        }
        let reading = self.language.interpreter.read(terms.clone(), corrected.clone());
        let is_prose = reading.searched_words().len() > MAX_WORDS_BESIDE_CONCEPTS;
        Ok(if is_prose { Reading::literal(terms, corrected) } else { reading })
    }

    /// The word that this one and the next are in our texts, and the next as typed: "micro biology".
    fn joined(self, term: &TypedTerm, next: Option<&TypedTerm>) -> tantivy::Result<Option<(Correction, String)>> {
        let Some(next) = next.filter(|next| next.is_word() && !says_nothing(next)) else {
            return Ok(None);
        };
        let one = spelling::joined(&self.view.searcher, self.fields, &term.typed, &next.typed)?;
        Ok(one.map(|one| (one, next.typed.clone())))
    }

    /// Whether a word occurs in any resource, or is one that our own words know.
    fn is_known(self, term: &TypedTerm) -> tantivy::Result<bool> {
        if self.language.interpreter.knows(&term.typed) {
            return Ok(true);
        }
        for stem in &term.stems {
            if self.view.searcher.doc_freq(&Term::from_field_text(self.fields.text, stem))? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn corrections(self, typed: &str) -> tantivy::Result<Vec<Correction>> {
        self.language.spelling.corrections(&self.view.searcher, self.fields, typed, MAX_CORRECTIONS)
    }

    /// Other spellings of the words that are searched as text.
    pub(crate) fn doubtful(self, reading: &Reading) -> tantivy::Result<Corrections> {
        let mut corrections = Corrections::new();
        for term in reading.searched_words().into_iter().take(MAX_CORRECTED_WORDS) {
            if says_nothing(term) || self.language.interpreter.knows(&term.typed) {
                continue;
            }
            let found = self.corrections(&term.typed)?;
            if !found.is_empty() {
                corrections.insert(term.typed.clone(), found);
            }
        }
        Ok(corrections)
    }

    /// Where fewer than this have all of the words, what has some of them is shown as well. A small catalogue has few of
    /// anything, and there only nothing is too few.
    fn too_few(self) -> u64 {
        (self.view.searcher.num_docs() / RESOURCES_FOR_ONE_MORE).clamp(1, FEW)
    }

    /// How many results the words have whatever is filtered by. Help is given by that: a click on a value must not turn
    /// it on, or there would be more results than the value's count said.
    fn found_by_words(self, request: &SearchRequest, reading: &Reading, found: u64) -> Result<u64, IndexError> {
        // A filter on links shows what is hidden otherwise, so with it more may be found than without.
        let only_narrows = !request.filters.contains_key(&Facet::Link);
        if request.filters.is_empty() || reading.terms.is_empty() || (only_narrows && found >= FEW) {
            return Ok(found);
        }
        let by_words = SearchRequest { filters: BTreeMap::new(), facets: Vec::new(), ..request.clone() };
        let run = self.run(&by_words, reading, Words::AsTyped, Vec::new(), 0).doing("searching without filters")?;
        Ok(run.counted.total)
    }

    /// What helps a search that found so much as it was typed.
    pub(crate) fn help_for(self, request: &SearchRequest, reading: &Reading, found: u64) -> Result<Help, IndexError> {
        if !request.help || reading.terms.is_empty() {
            return Ok(Help::None);
        }
        let found = self.found_by_words(request, reading, found)?;
        // Where nothing but wishes was typed, there is no word to be found in place of all.
        let names_a_thing = |run: &Run| !is_soft(run.field) && !run.is_negated;
        let has_words = !reading.searched_words().is_empty() || reading.runs.iter().any(names_a_thing);
        Ok(match found {
            found if has_words && found < self.too_few() => Help::Loose,
            found if found < FEW => Help::Corrected,
            _ => Help::None,
        })
    }

    /// The same search with help. What was found as it was typed stays first.
    pub(crate) fn with_help(
        self,
        request: &SearchRequest,
        reading: &Reading,
        how: Words<'_>,
        (as_typed, take): (&search::Run, usize),
    ) -> tantivy::Result<search::Run> {
        let first = |run: &search::Run| -> Vec<(DocAddress, f32)> {
            run.counted.ranked.iter().map(|ranked| (ranked.address, ranking::EXACT_TIER)).collect()
        };
        // Where nothing is ranked, nothing stands first; and a page that holds all of it need not be made again.
        let is_whole = as_typed.counted.ranked.len() as u64 == as_typed.counted.total;
        let tiers = if take == 0 || is_whole {
            first(as_typed)
        } else {
            let few = usize::try_from(FEW).unwrap_or(usize::MAX);
            let all = SearchRequest { place: Place::Offset(0), facets: Vec::new(), coverage: None, ..request.clone() };
            first(&self.run(&all, reading, Words::AsTyped, Vec::new(), few)?)
        };
        self.run(request, reading, how, tiers, take)
    }

    /// Words that occur nowhere were corrected before the search was run: it is the suggestion.
    pub(crate) fn corrected_suggestion(request: &SearchRequest, reading: &Reading, total: u64) -> Option<Suggestion> {
        if !request.help || reading.corrected.is_empty() || total == 0 {
            return None;
        }
        Some(Suggestion { text: words::as_text(&reading.terms), total })
    }

    /// The words with the likeliest other spellings in their place, if that finds more.
    pub(crate) fn better_spelling(
        self,
        request: &SearchRequest,
        reading: &Reading,
        corrections: &Corrections,
        found: u64,
    ) -> Result<Option<Suggestion>, IndexError> {
        let better = |term: &TypedTerm| -> Vec<TypedTerm> {
            let best = corrections.get(&term.typed).filter(|_| term.is_word()).and_then(|all| all.first());
            best.map_or_else(|| vec![term.clone()], |best| words::parse(&best.word))
        };
        let terms: Vec<TypedTerm> = reading.terms.iter().flat_map(better).collect();
        let text = words::as_text(&terms);
        let total = self.total_of(&SearchRequest { text: text.clone(), ..request.clone() })?;
        Ok((total > found).then_some(Suggestion { text, total }))
    }
}
