//! What can only be said when all words were read: the level of an apprenticeship, who the young people are, and which
//! concepts are alternatives.

use schemas::{ControlledField, normalise_label};

use super::names::joined;
use super::reading::Role;
use super::{Reader, Run, STUDENT, is_soft, says_nothing};
use crate::words::TypedTerm;

/// The concept whose levels are concepts of their own.
const APPRENTICESHIP: &str = "route-apprenticeship";

impl<'t> Reader<'_, 't> {
    /// "Engineering apprenticeships near me level 3" are apprenticeships of level 3.
    pub(super) fn settle_apprenticeships(&mut self) {
        let is_asked = |run: &Run| run.id.as_str() == APPRENTICESHIP && !run.is_negated;
        let Some(asked) = self.runs.iter().position(is_asked) else {
            return;
        };
        for place in 1..self.terms.len() {
            let pair = &self.terms[place - 1..=place];
            let is_free = !self.is_taken[place - 1] && !self.is_taken[place] && pair.iter().all(TypedTerm::is_word);
            let text = joined(pair).to_lowercase();
            if !is_free || !text.starts_with("level ") {
                continue;
            }
            let of_level = self.names.in_field(&format!("{text} apprenticeship"), ControlledField::Route);
            if let Some(id) = of_level {
                self.is_taken[place - 1..=place].fill(true);
                self.helping.extend([place - 1, place]);
                self.runs[asked].also = vec![place - 1, place];
                self.runs[asked].id = id;
                return;
            }
        }
    }

    /// Pupils of a year, or with special needs, are that: whether a teacher is to use it with them is another matter.
    pub(super) fn settle_students(&mut self) {
        let is_whom =
            |run: &Run| matches!(run.field, ControlledField::Level | ControlledField::Inclusion) && !run.is_negated;
        if !self.runs.iter().any(is_whom) {
            return;
        }
        let is_student = |run: &Run| run.id.as_str() == STUDENT && !run.is_negated;
        let students: Vec<(usize, usize)> =
            self.runs.iter().filter(|run| is_student(run)).map(|run| (run.from, run.to)).collect();
        self.runs.retain(|run| !is_student(run));
        let said_otherwise = self.aspects.iter().filter(|(_, _, others)| others.is_empty());
        let places: Vec<(usize, usize)> = said_otherwise.map(|(from, to, _)| (*from, *to)).chain(students).collect();
        for (from, to) in places {
            self.is_taken[from..to].fill(false);
            self.roles[from..to].fill(Role::Filler);
        }
    }

    /// Which concepts are alternatives: those with "or" between them, and all types, for few things are two.
    pub(super) fn settle_alternatives(&mut self) {
        let asked: Vec<usize> = (0..self.runs.len()).filter(|place| !self.runs[*place].is_negated).collect();
        let mut is_next_joined = false;
        for pair in asked.windows(2).rev() {
            let (first, second) = (pair[0], pair[1]);
            let is_list = is_next_joined && self.has_comma_between(first, second);
            let is_either = is_list || self.has_or_between(first, second);
            is_next_joined = is_either && self.share_field(first, second);
            if is_next_joined {
                self.join(first, second);
            }
        }
        let is_type = |place: &&usize| self.runs[**place].field == ControlledField::Type;
        let types: Vec<usize> = asked.iter().filter(is_type).copied().collect();
        for pair in types.windows(2) {
            self.join(pair[0], pair[1]);
        }
        if types.len() > 1 {
            let places: Vec<usize> = types.iter().flat_map(|run| self.runs[*run].from..self.runs[*run].to).collect();
            self.helping.extend(places);
        }
    }

    fn join(&mut self, first: usize, second: usize) {
        let (kept, given_up) = (self.runs[first].group, self.runs[second].group);
        for run in self.runs.iter_mut().filter(|run| run.group == given_up) {
            run.group = kept;
        }
    }

    fn between(&self, first: usize, second: usize) -> &'t [TypedTerm] {
        self.terms.get(self.runs[first].to..self.runs[second].from).unwrap_or_default()
    }

    fn has_or_between(&self, first: usize, second: usize) -> bool {
        let between = self.between(first, second);
        let is_or = |term: &TypedTerm| matches!(normalise_label(&term.typed).as_str(), "or" | "and or");
        between.iter().any(is_or) && between.iter().all(|term| is_or(term) || says_nothing(term))
    }

    fn has_comma_between(&self, first: usize, second: usize) -> bool {
        let is_next = self.runs[first].to == self.runs[second].from;
        is_next && self.terms[self.runs[first].to - 1].typed.ends_with(',')
    }

    /// Whether two runs are of one field, or can be: beside "or apprenticeship" a university is a way there as well.
    fn share_field(&mut self, first: usize, second: usize) -> bool {
        if self.runs[first].field == self.runs[second].field {
            return true;
        }
        for (other, changed) in [(first, second), (second, first)] {
            let field = self.runs[other].field;
            let text = joined(&self.terms[self.runs[changed].from..self.runs[changed].to]);
            let id = if is_soft(field) { None } else { self.names.in_field(&text, field) };
            if let Some(id) = id {
                self.runs[changed].field = field;
                self.runs[changed].id = id;
                return true;
            }
        }
        false
    }
}
