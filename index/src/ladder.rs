//! Looser searches, for when little or nothing was found: the adjacent level, the broader subject, without the type.
//!
//! In go a request and its reading, out come drafts of other requests, the nearest to what was asked first. What was
//! typed is loosened in the text, what was filtered by in the filters, so that each draft is a search that anyone could
//! have made. Nothing is searched here: whoever asks runs each draft for its count, and drops what finds no more.

use std::collections::BTreeMap;

use schemas::{Concept, ControlledField, Found, Vocabularies};

use crate::interpret::{Reading, Run, says_nothing};
use crate::request::{Facet, NOT_STATED, SearchRequest};
use crate::results::Change;
use crate::words;

/// So many looser searches are drafted: each that is run costs as much as the search itself.
const MAX_DRAFTS: usize = 10;

/// So many of them with another level: "years 7 to 11" has ten neighbours.
const MAX_LEVELS: usize = 4;

/// A label of more words is not read as one name when it is typed. See `interpret`.
const MAX_LABEL_WORDS: usize = 8;

/// The fields that have something broader to go to.
const BROADER: [ControlledField; 4] =
    [ControlledField::Occupation, ControlledField::Subject, ControlledField::Sector, ControlledField::Route];

/// What is given up first is what says least about the thing itself.
const REST: [ControlledField; 15] = [
    ControlledField::Region,
    ControlledField::Cost,
    ControlledField::Medium,
    ControlledField::Language,
    ControlledField::Licence,
    ControlledField::Inclusion,
    ControlledField::Audience,
    ControlledField::Nation,
    ControlledField::Benchmark,
    ControlledField::LearningArea,
    ControlledField::Level,
    ControlledField::Route,
    ControlledField::Sector,
    ControlledField::Occupation,
    ControlledField::Subject,
];

/// A search that asks for less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) change: Change,
    pub(crate) text: String,
    pub(crate) filters: BTreeMap<Facet, Vec<String>>,
}

/// A value that was asked for.
#[derive(Debug, Clone, Copy)]
enum Asked<'a> {
    /// By words.
    Typed(&'a Run),
    /// By a filter.
    Filter(Facet, &'a str),
}

struct Ladder<'a> {
    request: &'a SearchRequest,
    reading: &'a Reading,
    vocabularies: &'a Vocabularies,
    drafts: Vec<Draft>,
}

/// Looser searches, each different, the nearest first; at most ten.
pub(crate) fn looser(request: &SearchRequest, reading: &Reading, vocabularies: &Vocabularies) -> Vec<Draft> {
    let mut ladder = Ladder { request, reading, vocabularies, drafts: Vec::new() };
    ladder.adjacent_levels();
    for field in BROADER {
        ladder.broader(field);
    }
    ladder.without(Facet::Controlled(ControlledField::Type));
    ladder.whole_kingdom();
    for field in REST {
        ladder.without(Facet::Controlled(field));
    }
    for facet in [Facet::Link, Facet::Publisher, Facet::Source] {
        ladder.without(facet);
    }
    ladder.without_each_word();
    ladder.literal();
    ladder.drafts.truncate(MAX_DRAFTS);
    ladder.drafts
}

impl<'a> Ladder<'a> {
    fn adjacent_levels(&mut self) {
        let list = self.vocabularies.of(ControlledField::Level);
        let asked = self.asked(Facet::Controlled(ControlledField::Level));
        let is_asked = |level: &Concept| asked.iter().any(|asked| asked.id() == level.id);
        let mut neighbours: Vec<(Asked<'a>, &'a Concept)> = Vec::new();
        for one in asked.iter().filter(|one| !one.is_negated()) {
            let Some(level) = list.get(one.id()) else {
                continue;
            };
            let found = [older(level, &list.concepts), younger(level, &list.concepts)];
            neighbours.extend(found.into_iter().flatten().filter(|level| !is_asked(level)).map(|level| (*one, level)));
        }
        for (one, level) in neighbours.into_iter().take(MAX_LEVELS) {
            self.instead(one, level);
        }
    }

    fn broader(&mut self, field: ControlledField) {
        let list = self.vocabularies.of(field);
        for one in self.asked(Facet::Controlled(field)) {
            let broader = list.ancestors(one.id()).next();
            if let Some(concept) = broader.filter(|_| !one.is_negated()) {
                self.instead(one, concept);
            }
        }
    }

    /// What serves the whole kingdom, in place of one nation.
    fn whole_kingdom(&mut self) {
        let Some(kingdom) = self.vocabularies.of(ControlledField::Nation).get("uk") else {
            return;
        };
        for one in self.asked(Facet::Controlled(ControlledField::Nation)) {
            if !one.is_negated() && one.id() != kingdom.id {
                self.instead(one, kingdom);
            }
        }
    }

    fn without(&mut self, facet: Facet) {
        for one in self.asked(facet) {
            let id = one.id().to_owned();
            let label = facet.label(&id, self.vocabularies);
            let change = Change::Without { facet, id, label };
            match one {
                Asked::Typed(run) => self.draft(change, self.text_with(run, None), self.request.filters.clone()),
                Asked::Filter(facet, id) => self.draft(change, self.text(), self.filters_with(facet, id, None)),
            }
        }
    }

    fn instead(&mut self, one: Asked<'a>, concept: &Concept) {
        let facet = one.facet();
        let change = Change::Instead {
            facet,
            id: one.id().to_owned(),
            instead: concept.id.clone(),
            label: concept.label.clone(),
        };
        match one {
            Asked::Typed(run) => {
                if let Some(name) = self.typed_name(run.field, concept) {
                    self.draft(change, self.text_with(run, Some(&name)), self.request.filters.clone());
                }
            }
            Asked::Filter(facet, id) => {
                self.draft(change, self.text(), self.filters_with(facet, id, Some(&concept.id)));
            }
        }
    }

    fn without_each_word(&mut self) {
        let terms = &self.reading.terms;
        let telling: Vec<usize> = self
            .reading
            .left
            .iter()
            .copied()
            .filter(|place| terms[*place].is_word() && !says_nothing(&terms[*place]))
            .collect();
        if telling.len() < 2 {
            return;
        }
        for place in telling {
            let change = Change::WithoutWord { word: terms[place].typed.clone() };
            let rest = (0..terms.len()).filter(|other| *other != place).map(|other| &terms[other]);
            self.draft(change, words::as_text(rest), self.request.filters.clone());
        }
    }

    fn literal(&mut self) {
        if self.request.interpret && !self.reading.runs.is_empty() {
            let (text, filters) = (self.text(), self.request.filters.clone());
            self.drafts.truncate(MAX_DRAFTS - 1);
            self.drafts.push(Draft { change: Change::Literal, text, filters });
        }
    }

    /// Keeps a draft that is another search than all others.
    fn draft(&mut self, change: Change, text: String, filters: BTreeMap<Facet, Vec<String>>) {
        if self.drafts.len() >= MAX_DRAFTS {
            return;
        }
        let is_same = |other_text: &str, other: &BTreeMap<Facet, Vec<String>>| text == other_text && filters == *other;
        let is_known = is_same(&self.text(), &self.request.filters)
            || self.drafts.iter().any(|draft| is_same(&draft.text, &draft.filters));
        if !is_known {
            self.drafts.push(Draft { change, text, filters });
        }
    }

    /// What was asked for in a facet: typed, then filtered by.
    fn asked(&self, facet: Facet) -> Vec<Asked<'a>> {
        let is_of = |run: &&Run| Facet::Controlled(run.field) == facet;
        let typed = self.reading.runs.iter().filter(is_of).map(Asked::Typed);
        let values = self.request.filters.get(&facet).map(Vec::as_slice).unwrap_or_default();
        typed.chain(values.iter().map(|value| Asked::Filter(facet, value))).collect()
    }

    fn text(&self) -> String {
        words::as_text(&self.reading.terms)
    }

    /// What was typed, with other words in place of a run's, or with none. Small words that only led to it go with it.
    fn text_with(&self, run: &Run, instead: Option<&str>) -> String {
        let terms = &self.reading.terms;
        let small = terms[..run.from].iter().rev().take_while(|term| says_nothing(term)).count();
        let is_inside = run.to < terms.len();
        let from = if instead.is_some() || is_inside { run.from } else { run.from - small };
        let kept = |places: std::ops::Range<usize>| {
            words::as_text(places.filter(|place| !run.also.contains(place)).map(|place| &terms[place]))
        };
        let parts = [kept(0..from), instead.unwrap_or_default().to_owned(), kept(run.to..terms.len())];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    fn filters_with(&self, facet: Facet, id: &str, instead: Option<&str>) -> BTreeMap<Facet, Vec<String>> {
        let mut filters = self.request.filters.clone();
        let values = filters.entry(facet).or_default();
        values.retain(|value| value != id && Some(value.as_str()) != instead);
        values.extend(instead.map(str::to_owned));
        if values.is_empty() {
            filters.remove(&facet);
        }
        filters
    }

    /// A name by which a concept is found when it is typed: its label, or the first other that can be read.
    fn typed_name(&self, field: ControlledField, concept: &Concept) -> Option<String> {
        let names = std::iter::once(&concept.label).chain(&concept.alt);
        let mut readable = names.filter(|name| {
            let is_it = match self.vocabularies.find(field, name, "uk") {
                Found::ByLabel(id) | Found::ByAlternative(id) => id.as_str() == concept.id,
                Found::Ambiguous(_) | Found::Nothing => false,
            };
            is_it && name.split_whitespace().count() <= MAX_LABEL_WORDS && !name.contains('"')
        });
        readable.next().cloned()
    }
}

impl Asked<'_> {
    fn facet(&self) -> Facet {
        match self {
            Self::Typed(run) => Facet::Controlled(run.field),
            Self::Filter(facet, _) => *facet,
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Typed(run) => run.id.as_str(),
            Self::Filter(_, id) => id,
        }
    }

    /// Whether it is asked for not to be there, or to be unstated: nothing is next to that, or broader.
    fn is_negated(&self) -> bool {
        match self {
            Self::Typed(run) => run.is_negated,
            Self::Filter(_, id) => *id == NOT_STATED,
        }
    }
}

/// The next level of the same nation and kind for those who are older.
fn older<'a>(level: &Concept, all: &'a [Concept]) -> Option<&'a Concept> {
    let from = level.ages?[0];
    let others = like(level, all).filter(|other| other.ages.is_some_and(|ages| ages[0] > from));
    others.min_by_key(|other| other.ages)
}

/// The same for those who are younger.
fn younger<'a>(level: &Concept, all: &'a [Concept]) -> Option<&'a Concept> {
    let from = level.ages?[0];
    let others = like(level, all).filter(|other| other.ages.is_some_and(|ages| ages[0] < from));
    others.max_by_key(|other| other.ages)
}

fn like<'a>(level: &Concept, all: &'a [Concept]) -> impl Iterator<Item = &'a Concept> {
    let (nation, kind) = (level.nation.clone(), level.kind.clone());
    all.iter().filter(move |other| other.nation == nation && other.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpret::Interpreter;
    use crate::testing::{asking, narrowed};
    use rstest::rstest;

    fn drafts(request: &SearchRequest) -> Vec<Draft> {
        let vocabularies = Vocabularies::shipped();
        let reading = Interpreter::new(vocabularies).read(words::parse(&request.text), Vec::new());
        looser(request, &reading, vocabularies)
    }

    fn texts(text: &str) -> Vec<String> {
        drafts(&asking(text)).into_iter().map(|draft| draft.text).collect()
    }

    #[rstest]
    #[case::level("key stage 3", &["Key Stage 4", "Key Stage 2", "", "key stage 3"])]
    #[case::year(
        "chemistry for year 9",
        &[
            "chemistry for Year 10 (England)",
            "chemistry for Year 8 (England)",
            "Science for year 9",
            "chemistry",
            "for year 9",
            "chemistry for year 9",
        ]
    )]
    #[case::first_level("P1 maths", &["Primary 2 maths", "maths", "P1", "P1 maths"])]
    #[case::type_before_subject("chemistry video", &["Science video", "chemistry", "video", "chemistry video"])]
    #[case::nation("scotland quidditch", &["United Kingdom quidditch", "quidditch", "scotland quidditch"])]
    #[case::negated("quidditch not video", &["quidditch", "quidditch not video"])]
    #[case::words("quidditch pitch lighting", &["pitch lighting", "quidditch lighting", "quidditch pitch"])]
    #[case::one_word("quidditch", &[])]
    #[case::level_apart(
        "engineering apprenticeships near me level 3",
        &[
            "engineering Apprenticeship route near me",
            "engineering near me",
            "apprenticeships near me level 3",
            "engineering apprenticeships near me level 3",
        ]
    )]
    #[case::nothing("", &[])]
    fn the_nearest_comes_first(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(texts(text), expected);
    }

    #[test]
    fn a_filter_is_loosened_in_the_filters() {
        let request = narrowed(&[("level", &["eng-year-13"]), ("cost", &["free"]), ("publisher", &["Someone"])]);
        let written = |(facet, ids): (&Facet, &Vec<String>)| format!("{}={}", facet.name(), ids.join("|"));
        let changed: Vec<String> = drafts(&request)
            .iter()
            .map(|draft| draft.filters.iter().map(written).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            changed,
            [
                "level=eng-year-12 cost=free publisher=Someone",
                "level=eng-year-13 publisher=Someone",
                "cost=free publisher=Someone",
                "level=eng-year-13 cost=free",
            ]
        );
    }

    #[test]
    fn a_draft_says_what_it_changes() {
        let found = drafts(&asking("chemistry ks3"));
        let facet = Facet::Controlled(ControlledField::Level);
        let label = String::from("Key Stage 4");
        let (id, instead) = (String::from("ks3"), String::from("ks4"));
        assert_eq!(found[0].change, Change::Instead { facet, id, instead, label });
        assert_eq!(found[found.len() - 1].change, Change::Literal);
    }

    #[test]
    fn drafts_are_few_and_all_different() {
        let request = SearchRequest {
            text: "years 7 to 11 chemistry physics biology video poster girls free scotland not maths one two three"
                .to_owned(),
            ..narrowed(&[("level", &["ks3", "ks4"]), ("type", &["_none", "video"])])
        };
        let found = drafts(&request);
        assert_eq!(found.len(), MAX_DRAFTS);
        for (place, draft) in found.iter().enumerate() {
            assert!(found[..place].iter().all(|other| other != draft));
        }
    }

    #[test]
    fn what_is_not_stated_has_no_neighbour() {
        let found = drafts(&narrowed(&[("level", &[NOT_STATED])]));
        assert_eq!(found.len(), 1);
        assert!(found[0].filters.is_empty());
    }

    #[test]
    fn a_search_that_was_not_interpreted_has_no_literal_one() {
        let request = SearchRequest { interpret: false, ..asking("year 9 chemistry") };
        let reading = Reading::literal(words::parse(&request.text), Vec::new());
        let found = looser(&request, &reading, Vocabularies::shipped());
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|draft| matches!(draft.change, Change::WithoutWord { .. })));
    }
}
