//! From typed words to concepts: "year 9 chemistry video" is a level, a subject and a type, and nothing is left to
//! search.
//!
//! The longest run of words that names something is taken (`names`, `levels`); after "not" it is left out (`negation`).
//! What is quoted or excluded is left as it is; so is what names several things. Words that are true of everything
//! here, or ask for one side of a thing, are told apart from those that must be found. What a concept then does to the
//! search is for `query` to say.

mod levels;
mod names;
mod negation;
mod reading;
mod settle;
#[cfg(test)]
mod tests;

use schemas::{ConceptId, ControlledField, Found, Vocabularies, normalise_label};

use crate::results::Corrected;
use crate::words::{self, TypedTerm};
use levels::levels_at;
use names::{Kept, MAX_RUN, Meaning, Names, joined, variants};
use negation::{Negation, goes_on, is_negation, negation_at, words_between};
use reading::{Role, Several};

pub(crate) use reading::{Reading, Run, is_soft, says_nothing};

/// A search of so many words and no small letter was typed with the shift key held: its capitals are no acronyms.
const MIN_SHOUTED_WORDS: usize = 4;

/// "Biology/chemistry/physics": more in one word is no list of subjects.
const MAX_PARTS: usize = 4;

/// So many words help at most.
const MAX_WANTED: usize = 8;

/// All young people: everything here is for them in the end, so they are an audience only after "for".
const STUDENT: &str = "student";

/// Words between "for" and whom it is for.
const AFTER_FOR: [&str; 9] = ["a", "all", "an", "busy", "my", "new", "our", "the", "your"];

/// Reads typed words with the vocabularies' labels at hand.
#[derive(Debug)]
pub(crate) struct Interpreter {
    vocabularies: &'static Vocabularies,
    names: Names,
}

impl Interpreter {
    pub(crate) fn new(vocabularies: &'static Vocabularies) -> Self {
        Self { vocabularies, names: Names::new(vocabularies) }
    }

    /// Finds the concepts that plain words name. `corrected` is what was done to the words before, and is carried.
    pub(crate) fn read(&self, mut terms: Vec<TypedTerm>, corrected: Vec<Corrected>) -> Reading {
        if is_shouted(&terms) {
            for term in &mut terms {
                term.typed = term.typed.to_lowercase();
            }
        }
        let mut reader = Reader::new(self, &terms);
        reader.walk();
        reader.settle_apprenticeships();
        reader.settle_students();
        reader.settle_alternatives();
        let Reader { runs, is_taken, roles, ambiguous, aspects, helping, .. } = reader;
        let left = what_is_left(&terms, &is_taken);
        let mut reading = Reading { left, runs, wanted: Vec::new(), ambiguous, corrected, roles, terms };
        reading.wanted = wanted(&reading, helping, &aspects);
        reading
    }

    /// Whether our own words know a word, so that it is no misspelling wherever it occurs.
    pub(crate) fn knows(&self, typed: &str) -> bool {
        self.names.know(typed) || words::parse(typed).iter().any(|term| says_nothing(term) || is_negation(term))
    }
}

/// One walk along the words.
struct Reader<'n, 't> {
    vocabularies: &'n Vocabularies,
    names: &'n Names,
    terms: &'t [TypedTerm],
    /// Whose years and stages are meant.
    nation: String,
    runs: Vec<Run>,
    is_taken: Vec<bool>,
    roles: Vec<Role>,
    ambiguous: Vec<Several>,
    /// Where a side of a thing is asked for, and by which other words.
    aspects: Vec<(usize, usize, &'n [String])>,
    /// Places of words that need not be found.
    helping: Vec<usize>,
}

impl<'n, 't> Reader<'n, 't> {
    fn new(interpreter: &'n Interpreter, terms: &'t [TypedTerm]) -> Self {
        let mut reader = Self {
            vocabularies: interpreter.vocabularies,
            names: &interpreter.names,
            terms,
            nation: "uk".to_owned(),
            runs: Vec::new(),
            is_taken: vec![false; terms.len()],
            roles: vec![Role::Plain; terms.len()],
            ambiguous: Vec::new(),
            aspects: Vec::new(),
            helping: Vec::new(),
        };
        if let Some(nation) = reader.only_nation() {
            reader.nation = nation;
        }
        reader
    }

    fn walk(&mut self) {
        let mut place = 0;
        while place < self.terms.len() {
            if !self.terms[place].is_word() {
                place += 1;
            } else if let Some((length, negation)) = self.negation(place) {
                place = self.turn_round(place, length, negation);
            } else if let Some((length, meaning)) = self.longest(place, self.is_for(place)) {
                self.take(place, place + length, meaning);
                place += length;
            } else {
                place += 1;
            }
        }
    }

    fn take(&mut self, from: usize, to: usize, meaning: Meaning<'n>) {
        match meaning {
            Meaning::Concepts(ControlledField::Audience, ids)
                if ids.iter().all(|id| id.as_str() == STUDENT) && !self.is_for(from) =>
            {
                self.ask_aspect(from, to, &[]);
            }
            Meaning::Concepts(field, ids) => self.push(field, ids, from, to, false),
            Meaning::Several(meanings) => self.ambiguous.push((from, to, meanings)),
            Meaning::Kept(Kept::Phrase) => {}
            Meaning::Kept(Kept::Filler) => self.roles[from..to].fill(Role::Filler),
            Meaning::Kept(Kept::Aspect(others)) => self.ask_aspect(from, to, others),
        }
    }

    fn ask_aspect(&mut self, from: usize, to: usize, others: &'n [String]) {
        self.roles[from..to].fill(Role::Aspect);
        self.aspects.push((from, to, others));
    }

    fn push(&mut self, field: ControlledField, ids: Vec<ConceptId>, from: usize, to: usize, is_negated: bool) {
        self.is_taken[from..to].fill(true);
        let group = self.runs.len();
        for id in ids {
            let is_same = |run: &Run| run.field == field && run.id == id && run.is_negated == is_negated;
            if self.runs.iter().any(is_same) {
                // Said twice; the second words may help.
                self.helping.extend(from..to);
            } else {
                self.runs.push(Run { field, id, from, to, also: Vec::new(), is_negated, group });
            }
        }
    }

    /// A negation that no name begins with: "no cost" is one.
    fn negation(&self, place: usize) -> Option<(usize, Negation)> {
        let (length, negation) = negation_at(&self.terms[place..])?;
        let begins_name = normalise_label(&self.terms[place].typed) == "no"
            && self.longest(place, false).is_some_and(|(length, _)| length > 1);
        (!begins_name).then_some((length, negation))
    }

    /// What follows a negation becomes what is not wanted, if it names a concept. Gives the place to go on.
    fn turn_round(&mut self, start: usize, length: usize, negation: Negation) -> usize {
        let after = start + length;
        let found = (after..=after + words_between(&self.terms[after..]))
            .find_map(|place| self.concepts(place).map(|(length, field, ids)| (place, length, field, ids)));
        let Some((mut place, mut length, mut field, mut ids)) = found else {
            return match negation {
                Negation::Not => after,
                Negation::NotOnly => self.drop_example(start, after),
            };
        };
        let mut from = start;
        loop {
            let to = place + length;
            match negation {
                Negation::Not => self.push(field, ids, from, to, true),
                Negation::NotOnly => self.is_taken[from..to].fill(true),
            }
            if !goes_on(&self.terms[to..], negation) {
                return to;
            }
            let Some(next) = self.concepts(to + 1) else {
                return to;
            };
            self.is_taken[to] = true;
            (place, from) = (to + 1, to + 1);
            (length, field, ids) = next;
        }
    }

    /// "Not just quidditch": an example of what is known already, which need not be found.
    fn drop_example(&mut self, start: usize, after: usize) -> usize {
        let to = (after + 1).min(self.terms.len());
        let is_word = self.terms[after..to].iter().all(TypedTerm::is_word);
        let end = if is_word { to } else { after };
        self.is_taken[start..end].fill(true);
        end
    }

    /// The concepts that the words at a place name.
    fn concepts(&self, place: usize) -> Option<(usize, ControlledField, Vec<ConceptId>)> {
        match self.longest(place, false)? {
            (length, Meaning::Concepts(field, ids)) => Some((length, field, ids)),
            (_, Meaning::Several(_) | Meaning::Kept(_)) => None,
        }
    }

    /// The longest run at a place that means something.
    fn longest(&self, place: usize, is_for: bool) -> Option<(usize, Meaning<'n>)> {
        let rest = &self.terms[place.min(self.terms.len())..];
        let first = rest.first().filter(|term| term.is_word())?;
        let most = self.names.longest_from(first).min(MAX_RUN);
        let longest = rest.iter().take(most).take_while(|term| term.is_word()).count();
        let named = (1..=longest).rev().find_map(|length| {
            let run = &rest[..length];
            if is_numbered_level(run, rest.get(length)) {
                return None;
            }
            let meaning = self.names.meaning(run, is_for)?;
            Some((length, self.in_nation(run, meaning)))
        });
        let by_numbers = levels_at(rest, &self.nation, self.vocabularies)
            .filter(|(length, _)| named.as_ref().is_none_or(|(named, _)| length > named));
        if let Some((length, ids)) = by_numbers {
            return Some((length, Meaning::Concepts(ControlledField::Level, ids)));
        }
        named.or_else(|| self.of_parts(first).map(|meaning| (1, meaning)))
    }

    /// The same words name another year in another nation.
    fn in_nation(&self, run: &[TypedTerm], meaning: Meaning<'n>) -> Meaning<'n> {
        if !matches!(meaning, Meaning::Concepts(ControlledField::Level, _)) || self.nation == "uk" {
            return meaning;
        }
        let there = variants(&joined(run)).into_iter().find_map(|variant| {
            match self.vocabularies.find(ControlledField::Level, &variant, &self.nation) {
                Found::ByLabel(id) | Found::ByAlternative(id) => Some(id),
                Found::Ambiguous(_) | Found::Nothing => None,
            }
        });
        there.map_or(meaning, |id| Meaning::Concepts(ControlledField::Level, vec![id]))
    }

    /// "Biology/chemistry": each part a concept, all of one field.
    fn of_parts(&self, term: &TypedTerm) -> Option<Meaning<'n>> {
        let parts: Vec<&str> = term.typed.split('/').collect();
        if parts.len() < 2 || parts.len() > MAX_PARTS {
            return None;
        }
        let mut of_all: Option<(ControlledField, Vec<ConceptId>)> = None;
        for part in parts {
            let Some(Meaning::Concepts(field, ids)) = self.names.meaning(&words::parse(part), false) else {
                return None;
            };
            let (common, all) = of_all.get_or_insert_with(|| (field, Vec::new()));
            if *common != field {
                return None;
            }
            all.extend(ids);
        }
        of_all.map(|(field, ids)| Meaning::Concepts(field, ids))
    }

    /// Whether "for" stands before it.
    fn is_for(&self, place: usize) -> bool {
        let word = |term: &TypedTerm| normalise_label(&term.typed);
        let before = self.terms[..place].iter().rev().find(|term| !AFTER_FOR.contains(&word(term).as_str()));
        before.is_some_and(|term| term.is_word() && word(term) == "for")
    }

    /// The one nation of the kingdom that is named and not turned round.
    fn only_nation(&self) -> Option<String> {
        let mut only: Option<ConceptId> = None;
        for place in 0..self.terms.len() {
            let is_turned = place > 0 && is_negation(&self.terms[place - 1]);
            let here = [2, 1].into_iter().filter_map(|length| self.terms.get(place..place + length)).find_map(|run| {
                let is_plain = run.iter().all(TypedTerm::is_word);
                is_plain.then(|| self.names.in_field(&joined(run), ControlledField::Nation)).flatten()
            });
            let Some(nation) = here.filter(|nation| !is_turned && nation.as_str() != "uk") else {
                continue;
            };
            if only.as_ref().is_some_and(|other| *other != nation) {
                return None;
            }
            only = Some(nation);
        }
        only.map(|nation| nation.to_string())
    }
}

/// "A level 3 apprenticeship" is no A level.
fn is_numbered_level(run: &[TypedTerm], next: Option<&TypedTerm>) -> bool {
    let is_level = run.len() > 1 && run.last().is_some_and(|term| term.typed.eq_ignore_ascii_case("level"));
    is_level && next.is_some_and(|term| term.typed.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_shouted(terms: &[TypedTerm]) -> bool {
    terms.len() >= MIN_SHOUTED_WORDS && !terms.iter().any(|term| term.typed.contains(char::is_lowercase))
}

/// The words that help: those of concepts that were named twice, and, where a thing is asked for, those for a side of
/// it and others that say the same.
fn wanted(reading: &Reading, helping: Vec<usize>, aspects: &[(usize, usize, &[String])]) -> Vec<TypedTerm> {
    let of_aspects = aspects.iter().filter(|(from, _, _)| reading.roles[*from] == Role::Aspect);
    let mut terms: Vec<TypedTerm> = helping.into_iter().map(|place| reading.terms[place].clone()).collect();
    if reading.asks_for_a_thing() {
        for (from, to, others) in of_aspects {
            terms.extend(reading.terms[*from..*to].iter().cloned());
            terms.extend(others.iter().flat_map(|other| words::parse(other)));
        }
    }
    let mut wanted: Vec<TypedTerm> = Vec::new();
    for term in terms {
        let is_new = !wanted.iter().any(|other| other.stems == term.stems);
        if is_new && !says_nothing(&term) && wanted.len() < MAX_WANTED {
            wanted.push(term);
        }
    }
    wanted
}

/// The places of the terms that no run has taken.
///
/// Stop words next to a run only tied it to the rest ("careers in chemistry"), and go with it; so do those that are
/// left alone.
fn what_is_left(terms: &[TypedTerm], is_taken: &[bool]) -> Vec<usize> {
    let is_tie = |place: usize| !is_taken[place] && says_nothing(&terms[place]) && !is_negation(&terms[place]);
    let mut left = Vec::new();
    let mut place = 0;
    while place < terms.len() {
        if !is_tie(place) {
            if !is_taken[place] {
                left.push(place);
            }
            place += 1;
            continue;
        }
        let after = (place..terms.len()).find(|next| !is_tie(*next)).unwrap_or(terms.len());
        let touches_run = (place > 0 && is_taken[place - 1]) || is_taken.get(after).copied().unwrap_or(false);
        if !touches_run {
            left.extend(place..after);
        }
        place = after;
    }
    let is_telling = |place: &usize| !says_nothing(&terms[*place]);
    if is_taken.contains(&true) && !left.iter().any(is_telling) {
        left.clear();
    }
    left
}
