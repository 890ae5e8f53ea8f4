//! A request, whose words were read, as what is sought.
//!
//! Three parts: a query of the engine for the words and for ranges of dates and minutes; the wishes that `facets` looks
//! up in its columns, as it does selections and ages; and what the words weigh, for a cursor. What only narrows carries a
//! score of 0, so that it never changes the order.

use std::collections::BTreeMap;
use std::ops::Bound;

use schemas::ControlledField;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::analysis;
use crate::cursor::Cursor;
use crate::document::{pair_of, seconds};
use crate::facets::Wish;
use crate::fields::Fields;
use crate::interpret::{Reading, Run, is_soft, says_nothing};
use crate::matching::{Alternative, Bonus, Group, Sought, WordsQuery, Worth};
use crate::ranking;
use crate::request::{Facet, Place, SearchRequest};
use crate::spelling::Correction;
use crate::synonyms::{Expansion, Synonyms};
use crate::words::TypedTerm;

/// The type of what tells about a job.
const JOB_PROFILE: &str = "job-profile";

/// The stem of what speaks of careers.
const CAREER: &str = "career";

type Clause = (Occur, Box<dyn Query>);

/// What is sought.
pub(crate) struct Plan {
    /// `None`: everything.
    pub(crate) query: Option<Box<dyn Query>>,
    /// The words in it.
    pub(crate) words: Option<WordsQuery>,
    /// What counts where no words do: each resource once, or phrases.
    pub(crate) constants: Vec<(&'static str, f32)>,
    pub(crate) wishes: Vec<Wish>,
}

/// What is needed to make a plan.
#[derive(Clone, Copy)]
pub(crate) struct Planner<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) synonyms: &'a Synonyms,
    pub(crate) searcher: &'a Searcher,
}

/// Other spellings of words, by the word as typed.
pub(crate) type Corrections = BTreeMap<String, Vec<Correction>>;

/// How the words are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Words<'a> {
    /// As they were typed; of one or two all must be found, of more some.
    AsTyped,
    /// Other spellings count too: little was found as typed.
    Corrected(&'a Corrections),
    /// Other spellings count too, and any word or concept will do: too little was found as typed.
    Loosely(&'a Corrections),
}

/// The beginning of a word says what it is about when it is at least so long, and so many letters end it: "beautician",
/// "beauty".
const MIN_LETTERS_FOR_BEGINNING: usize = 7;
const MAX_ENDING: usize = 3;
const MAX_BEGINNING: usize = 6;

impl Planner<'_> {
    /// The plan for a request whose words were read.
    pub(crate) fn plan(&self, request: &SearchRequest, reading: &Reading, how: Words<'_>) -> tantivy::Result<Plan> {
        let sought = self.sought(request, reading, how);
        let is_needed = sought.groups.iter().any(|group| group.is_required || group.words > 0);
        let adds = !sought.groups.is_empty() || !sought.bonuses.is_empty();
        let words =
            if adds { Some(WordsQuery::new(sought, self.searcher, rarities_of(&request.place))?) } else { None };
        let mut clauses: Vec<Clause> = Vec::new();
        if let Some(words) = words.clone() {
            clauses.push((if is_needed { Occur::Must } else { Occur::Should }, Box::new(words)));
        }
        let mut constants = Vec::new();
        for term in reading.terms.iter().filter(|term| term.is_phrase && !term.is_excluded) {
            clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(self.phrase(&term.stems), ranking::PHRASE))));
            constants.push(("the phrase", ranking::PHRASE));
        }
        let pinned = &request.pinning.pinned;
        if !pinned.is_empty()
            && let Some(words) = joined(std::mem::take(&mut clauses))
        {
            // Beside what was typed, so that all that narrows narrows them too.
            let pinned = TermSetQuery::new(pinned.iter().map(|id| Term::from_field_text(self.fields.id, id.as_str())));
            let pinned = Box::new(ConstScoreQuery::new(Box::new(pinned), 0.0));
            clauses.push((Occur::Must, Box::new(BooleanQuery::union(vec![words, pinned]))));
        }
        self.add_exclusions(&mut clauses, reading, request.stated_only)?;
        self.add_ranges(&mut clauses, request);
        if constants.is_empty() && !is_needed {
            // As much as each has that is found without any clause.
            constants.push(("nothing was typed that must be found", 1.0));
            if !clauses.is_empty() {
                clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(AllQuery), 1.0))));
            }
        }
        let wishes = match how {
            Words::AsTyped | Words::Corrected(_) => wishes(reading, ranking::SOFT_TIER, false),
            // Among what was found by any of the words, how it comes says less than the words.
            Words::Loosely(_) => wishes(reading, ranking::LOOSE_WISH, true),
        };
        Ok(Plan { query: joined(clauses), words, constants, wishes })
    }

    fn sought(&self, request: &SearchRequest, reading: &Reading, how: Words<'_>) -> Sought {
        let mut sought = Sought::default();
        self.add_concepts(&mut sought, reading, request.stated_only);
        match how {
            Words::AsTyped => self.add_words(&mut sought, &reading.searched_words(), &Corrections::new()),
            Words::Corrected(corrections) => self.add_words(&mut sought, &reading.searched_words(), corrections),
            Words::Loosely(corrections) => self.add_all_words(&mut sought, reading, corrections),
        }
        // A phrase is found by other means; its words tell how much it says.
        let phrases = reading.terms.iter().filter(|term| term.is_phrase && !term.is_excluded);
        for term in reading.wanted.iter().chain(phrases) {
            sought.groups.push(Group { words: 0, ..self.group_of(term, &[]) });
        }
        self.add_bonuses(&mut sought, reading);
        sought
    }

    /// Any of the words, those of concepts too, and none of the concepts required.
    fn add_all_words(&self, sought: &mut Sought, reading: &Reading, corrections: &Corrections) {
        for group in sought.groups.iter_mut().filter(|group| group.is_required) {
            group.is_required = false;
            group.words = 1;
        }
        let literal = reading.literally_wanted();
        self.add_words(sought, &literal.searched_words(), corrections);
        for group in &mut sought.groups {
            let beginning = group.twin.as_ref().and_then(|word| self.beginning(word));
            group.alternatives.extend(beginning);
        }
        sought.minimum = 1;
    }

    /// Titles with a word that begins as this one does, its last letters aside.
    fn beginning(&self, word: &Term) -> Option<Alternative> {
        let value = word.value();
        let word = value.as_str()?;
        let letters = word.chars().count();
        if letters < MIN_LETTERS_FOR_BEGINNING {
            return None;
        }
        let kept: String = word.chars().take((letters - MAX_ENDING).min(MAX_BEGINNING)).collect();
        let term = Term::from_field_text(self.fields.beginnings, &kept);
        Some(Alternative { terms: vec![term], worth: Worth::Words(ranking::SAME_BEGINNING) })
    }

    /// What a thing is and is about: the concept, or its words anywhere in the text.
    fn add_concepts(&self, sought: &mut Sought, reading: &Reading, stated_only: bool) {
        let mut hard: BTreeMap<usize, Vec<&Run>> = BTreeMap::new();
        for run in reading.runs.iter().filter(|run| !run.is_negated) {
            if is_soft(run.field) {
                // Among those that state nothing, the ones that use the words come first.
                let words = self.words_of(run, reading);
                let what = reading.typed(run);
                sought.groups.push(Group { what, is_required: false, words: 0, alternatives: vec![words], twin: None });
            } else {
                hard.entry(run.group).or_default().push(run);
            }
        }
        for runs in hard.into_values() {
            let mut alternatives: Vec<Alternative> = runs.iter().map(|run| self.words_of(run, reading)).collect();
            alternatives.extend(runs.iter().map(|run| {
                let field = self.fields.facet(Facet::Controlled(run.field));
                let term = Term::from_field_text(field, run.id.as_str());
                Alternative { terms: vec![term], worth: Worth::Concept { stated_only } }
            }));
            let words = runs.iter().map(|run| run.to - run.from).max().unwrap_or(1);
            let what = runs.iter().map(|run| reading.typed(run)).collect::<Vec<_>>().join(" or ");
            let others: Vec<Alternative> = runs.iter().flat_map(|run| self.other_words_of(run, reading)).collect();
            if !others.is_empty() {
                let what = format!("{what}, by other words");
                sought.groups.push(Group { what, is_required: false, words: 0, alternatives: others, twin: None });
            }
            sought.groups.push(Group { what, is_required: true, words, alternatives, twin: None });
        }
    }

    /// All words that named a concept, as text.
    fn words_of(&self, run: &Run, reading: &Reading) -> Alternative {
        let typed = &reading.terms[run.from..run.to];
        let telling = typed.iter().filter(|term| !says_nothing(term)).flat_map(|term| &term.stems);
        let terms: Vec<Term> = telling.map(|stem| self.stem(stem)).collect();
        Alternative { terms, worth: Worth::Words(1.0) }
    }

    /// Other words for those that named a concept, where one stands for all of them: what is about chemistry and called
    /// chemical says more than what is only filed under it.
    fn other_words_of(&self, run: &Run, reading: &Reading) -> Vec<Alternative> {
        let typed: Vec<&TypedTerm> = reading.terms[run.from..run.to].iter().collect();
        let others = self.synonyms.expansions(&typed);
        let whole = others.into_iter().filter(|other| other.from == 0 && other.to == typed.len());
        whole.map(|other| self.other_words(&other)).collect()
    }

    fn other_words(&self, other: &Expansion) -> Alternative {
        let terms = other.stems.iter().map(|stem| self.stem(stem)).collect();
        Alternative { terms, worth: Worth::Words(other.weight) }
    }

    fn add_words(&self, sought: &mut Sought, words: &[&TypedTerm], corrections: &Corrections) {
        // A word that is typed twice is asked for once.
        let mut once: Vec<&TypedTerm> = Vec::with_capacity(words.len());
        for term in words {
            if !once.iter().any(|other| other.stems == term.stems) {
                once.push(term);
            }
        }
        let words = once.as_slice();
        let expansions = self.synonyms.expansions(words);
        let mut place = 0;
        while place < words.len() {
            // Several words that have one name together count together.
            let longest = expansions.iter().filter(|one| one.from == place).map(|one| one.to).max();
            let to = longest.unwrap_or(place + 1).clamp(place + 1, words.len());
            let run = &words[place..to];
            let others: Vec<&Expansion> = expansions.iter().filter(|one| one.from == place && one.to == to).collect();
            let mut group = match run {
                [only] => self.group_of(only, corrections.get(&only.typed).map(Vec::as_slice).unwrap_or_default()),
                several => self.group_of_several(several),
            };
            group.alternatives.extend(others.into_iter().map(|other| self.other_words(other)));
            sought.groups.push(group);
            place = to;
        }
        sought.minimum = ranking::minimum_words(words.len());
    }

    fn group_of(&self, term: &TypedTerm, corrections: &[Correction]) -> Group {
        let mut alternatives = vec![Alternative {
            terms: term.stems.iter().map(|stem| self.stem(stem)).collect(),
            worth: Worth::Words(1.0),
        }];
        alternatives.extend(corrections.iter().map(|correction| {
            let factor = ranking::CORRECTED[usize::from(correction.distance.clamp(1, 2)) - 1];
            let stems = analysis::words(&correction.word);
            let terms = stems.iter().map(|word| self.stem(&word.stem)).collect();
            Alternative { terms, worth: Worth::Words(factor) }
        }));
        let written = analysis::folded(&term.typed);
        let twin =
            (!written.is_empty() && !written.contains(' ')).then(|| Term::from_field_text(self.fields.exact, &written));
        Group { what: term.typed.clone(), is_required: false, words: 1, alternatives, twin }
    }

    fn group_of_several(&self, words: &[&TypedTerm]) -> Group {
        let terms = words.iter().flat_map(|term| &term.stems).map(|stem| self.stem(stem)).collect();
        let typed: Vec<&str> = words.iter().map(|term| term.typed.as_str()).collect();
        Group {
            what: typed.join(" "),
            is_required: false,
            words: words.len(),
            alternatives: vec![Alternative { terms, worth: Worth::Words(1.0) }],
            twin: None,
        }
    }

    fn add_bonuses(&self, sought: &mut Sought, reading: &Reading) {
        let asked: Vec<&TypedTerm> = reading.asked().collect();
        let typed: Vec<&str> = asked.iter().map(|term| term.typed.as_str()).collect();
        let whole = analysis::folded(&typed.join(" "));
        if !whole.is_empty() {
            let term = Term::from_field_text(self.fields.title_exact, &whole);
            let what = "the whole title, or another title".to_owned();
            sought.bonuses.push(Bonus { what, term, score: ranking::EXACT_TITLE });
        }
        let telling: Vec<&String> =
            asked.iter().filter(|term| !says_nothing(term)).flat_map(|term| &term.stems).collect();
        if reading.asks_for_jobs() {
            let term = Term::from_field_text(self.fields.facet(Facet::Controlled(ControlledField::Type)), JOB_PROFILE);
            sought.bonuses.push(Bonus { what: "a job profile".to_owned(), term, score: ranking::JOB_PROFILE });
            let what = "it speaks of careers".to_owned();
            sought.bonuses.push(Bonus { what, term: self.stem(CAREER), score: ranking::SPEAKS_OF_CAREERS });
        }
        for pair in telling.windows(2) {
            let term = Term::from_field_text(self.fields.pairs, &pair_of(pair[0], pair[1]));
            let what = format!("`{} {}` side by side in the title", pair[0], pair[1]);
            sought.bonuses.push(Bonus { what, term, score: ranking::TITLE_PAIR });
        }
    }

    fn stem(&self, stem: &str) -> Term {
        Term::from_field_text(self.fields.text, stem)
    }

    /// A word, or several that follow each other, in any field of text.
    fn phrase(&self, stems: &[String]) -> Box<dyn Query> {
        match stems {
            [] => Box::new(EmptyQuery),
            [only] => Box::new(TermQuery::new(self.stem(only), IndexRecordOption::Basic)),
            several => {
                let terms = several.iter().map(|stem| Term::from_field_text(self.fields.body, stem));
                Box::new(PhraseQuery::new(terms.collect()))
            }
        }
    }

    fn add_exclusions(&self, clauses: &mut Vec<Clause>, reading: &Reading, stated_only: bool) -> tantivy::Result<()> {
        for term in reading.terms.iter().filter(|term| term.is_excluded) {
            clauses.push((Occur::MustNot, self.phrase(&term.stems)));
        }
        for run in reading.runs.iter().filter(|run| run.is_negated) {
            let field = self.fields.facet(Facet::Controlled(run.field));
            let term = Term::from_field_text(field, run.id.as_str());
            let alternatives = vec![Alternative { terms: vec![term], worth: Worth::Concept { stated_only } }];
            let group = Group { what: reading.typed(run), is_required: true, words: 1, alternatives, twin: None };
            let sought = Sought { groups: vec![group], ..Sought::default() };
            clauses.push((Occur::MustNot, Box::new(WordsQuery::new(sought, self.searcher, None)?)));
        }
        Ok(())
    }

    fn add_ranges(&self, clauses: &mut Vec<Clause>, request: &SearchRequest) {
        let fields = self.fields;
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
}

/// For whom a thing is and how it comes. Two levels are a wish for either: "year 9 and year 10".
fn wishes(reading: &Reading, tier: f32, lets_others_in: bool) -> Vec<Wish> {
    let mut wishes: BTreeMap<ControlledField, Vec<String>> = BTreeMap::new();
    for run in reading.runs.iter().filter(|run| is_soft(run.field) && !run.is_negated) {
        wishes.entry(run.field).or_default().push(run.id.to_string());
    }
    wishes.into_iter().map(|(field, ids)| Wish { facet: Facet::Controlled(field), ids, tier, lets_others_in }).collect()
}

fn rarities_of(place: &Place) -> Option<&[u16]> {
    match place {
        Place::After(Cursor { weights, .. }) => Some(weights),
        Place::Offset(_) | Place::Start => None,
    }
}

fn joined(mut clauses: Vec<Clause>) -> Option<Box<dyn Query>> {
    match clauses.len() {
        0 => None,
        1 => clauses.pop().map(|(_, only)| only),
        _ => Some(Box::new(BooleanQuery::new(clauses))),
    }
}

fn since(field: Field, from: i64) -> Box<dyn Query> {
    Box::new(RangeQuery::new(Bound::Included(Term::from_field_i64(field, from)), Bound::Unbounded))
}

fn narrowing(query: Box<dyn Query>) -> Clause {
    (Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0)))
}
