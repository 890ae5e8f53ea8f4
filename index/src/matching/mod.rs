//! Finding and scoring by words: which resources have enough of what is sought, and how well.
//!
//! What is sought comes as plain data: groups, one for each word or run of words, each with alternatives of which any
//! will do (the stem, a synonym, a correction, the concept that the words name). Some groups are required; of the others
//! a minimum of words must be there. The lists of the engine are walked side by side, the shortest first, and each
//! resource is scored as it is met: one walk, no intermediate results. Everything that is no word (selections, wishes,
//! ages) is for `facets` to say.
//!
//! The engine's own queries do the same with a scorer for each field and word; on one list a word with impacts in place
//! of frequencies this is several times as fast.

mod walk;

use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::query::{EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, Searcher, SegmentReader, TERMINATED, TantivyError, Term};

use crate::ranking;

use walk::{BonusWalk, GroupWalk, List, PlacedWay, Walk, Way};

/// What is sought by words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sought {
    pub(crate) groups: Vec<Group>,
    /// So many words of the groups that are not required must be found.
    pub(crate) minimum: usize,
    /// What is not needed, and adds to the score where it is.
    pub(crate) bonuses: Vec<Bonus>,
}

/// A word, or several that belong together, and whatever may stand in their place.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// As typed, for explanations.
    pub(crate) what: String,
    pub(crate) is_required: bool,
    /// For how many of the typed words it stands; with 0 it is never needed, and only adds to the score.
    pub(crate) words: usize,
    pub(crate) alternatives: Vec<Alternative>,
    /// The word as it is written: worth a little more where it stands so.
    pub(crate) twin: Option<Term>,
}

/// One way to have what a group seeks.
#[derive(Debug, Clone)]
pub(crate) struct Alternative {
    /// All of these must be there.
    pub(crate) terms: Vec<Term>,
    pub(crate) worth: Worth,
}

/// What an alternative adds to the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Worth {
    /// Its words, times this.
    Words(f32),
    /// Being filed under the concept, which is stated or only inferred; or stated, where nothing else counts.
    Concept { stated_only: bool },
}

/// A term that adds to the score where it is.
#[derive(Debug, Clone)]
pub(crate) struct Bonus {
    pub(crate) what: String,
    pub(crate) term: Term,
    pub(crate) score: f32,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) what: String,
    pub(crate) score: f32,
    /// The stems, of words: which of those that would do were there.
    pub(crate) stems: Vec<String>,
}

/// What is sought, looked up in one view of the index.
#[derive(Debug, Clone)]
pub(crate) struct WordsQuery {
    found: Arc<Found>,
}

#[derive(Debug)]
struct Found {
    sought: Sought,
    segments: Vec<SegmentId>,
    /// For each group, alternative and term, in that order.
    terms: Vec<FoundTerm>,
    /// For each group.
    twins: Vec<Option<FoundTerm>>,
    bonuses: Vec<FoundTerm>,
}

#[derive(Debug)]
struct FoundTerm {
    /// By the number of the segment; `None` where it does not occur.
    places: Vec<Option<TermInfo>>,
    /// How rare it is.
    rarity: u16,
}

impl WordsQuery {
    /// Looks everything up. With `rarities` given, of an earlier answer to the same search, words weigh as they did then.
    pub(crate) fn new(sought: Sought, searcher: &Searcher, rarities: Option<&[u16]>) -> tantivy::Result<Self> {
        let all = searcher.num_docs();
        let mut terms = Vec::new();
        let mut twins = Vec::new();
        for group in &sought.groups {
            let mut of_the_word_itself = u16::MAX;
            for (place, alternative) in group.alternatives.iter().enumerate() {
                for term in &alternative.terms {
                    let mut found = look_up(term, searcher, all)?;
                    if place == 0 && found.occurs() {
                        of_the_word_itself = of_the_word_itself.min(found.rarity);
                    }
                    // What stands in for a word is not worth more than the word for being rarer.
                    found.rarity = found.rarity.min(of_the_word_itself);
                    terms.push(found);
                }
            }
            twins.push(group.twin.as_ref().map(|twin| look_up(twin, searcher, all)).transpose()?);
        }
        if let Some(given) = rarities.filter(|given| given.len() == terms.len()) {
            for (term, rarity) in terms.iter_mut().zip(given) {
                term.rarity = *rarity;
            }
        }
        let bonuses: Vec<FoundTerm> =
            sought.bonuses.iter().map(|bonus| look_up(&bonus.term, searcher, all)).collect::<tantivy::Result<_>>()?;
        let segments = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        Ok(Self { found: Arc::new(Found { sought, segments, terms, twins, bonuses }) })
    }

    /// How rare each word is, for a cursor to carry.
    pub(crate) fn rarities(&self) -> Vec<u16> {
        self.found.terms.iter().map(|term| term.rarity).collect()
    }

    /// What the score of a resource is made of; empty when it does not match.
    pub(crate) fn parts(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Vec<Part>> {
        let mut walk = self.found.walk(segment)?;
        if walk.doc() > doc || walk.seek(doc) != doc {
            return Ok(Vec::new());
        }
        let mut parts = Vec::new();
        for group in &mut walk.groups {
            let sought = &self.found.sought.groups[group.place];
            let (words, concept) = group.scores(doc);
            if words > 0.0 {
                let here = group.ways.iter().filter(|way| way.list.doc() == doc);
                let terms = here.flat_map(|way| &sought.alternatives[way.place].terms);
                let stems = terms.filter_map(|term| term.value().as_str().map(str::to_owned)).collect();
                parts.push(Part { what: format!("the words `{}`", sought.what), score: words, stems });
            }
            if concept > 0.0 {
                let what = format!("the concept `{}`", sought.what);
                parts.push(Part { what, score: concept, stems: Vec::new() });
            }
        }
        for bonus in &mut walk.bonuses {
            if bonus.is_at(doc) {
                let what = self.found.sought.bonuses[bonus.place].what.clone();
                parts.push(Part { what, score: bonus.score, stems: Vec::new() });
            }
        }
        Ok(parts)
    }
}

impl Found {
    fn walk(&self, segment: &SegmentReader) -> tantivy::Result<Walk> {
        let Some(number) = self.segments.iter().position(|id| *id == segment.segment_id()) else {
            return Err(TantivyError::InvalidArgument("a segment of another view".to_owned()));
        };
        let mut terms = self.terms.iter();
        let mut groups = Vec::new();
        for (place, sought) in self.sought.groups.iter().enumerate() {
            let mut group = GroupWalk {
                place,
                is_required: sought.is_required,
                words: sought.words,
                ways: Vec::new(),
                twin: None,
                doc: TERMINATED,
            };
            for (place, alternative) in sought.alternatives.iter().enumerate() {
                let lists = alternative
                    .terms
                    .iter()
                    .map(|term| terms.next().expect("one for each").open(term, segment, number))
                    .collect::<tantivy::Result<Vec<_>>>()?;
                if let Some(lists) = lists.into_iter().collect::<Option<Vec<List>>>() {
                    let way = Way::new(lists, alternative.worth, sought.words);
                    group.ways.extend(way.map(|list| PlacedWay { place, list }));
                }
            }
            if let (Some(term), Some(twin)) = (&sought.twin, &self.twins[place]) {
                group.twin = twin.open(term, segment, number)?.map(|list| list.postings);
            }
            group.settle();
            groups.push(group);
        }
        let mut bonuses = Vec::new();
        for (place, (sought, found)) in self.sought.bonuses.iter().zip(&self.bonuses).enumerate() {
            if let Some(list) = found.open(&sought.term, segment, number)? {
                bonuses.push(BonusWalk { place, postings: list.postings, score: sought.score });
            }
        }
        Ok(Walk::new(groups, self.sought.minimum, bonuses))
    }
}

fn look_up(term: &Term, searcher: &Searcher, all: u64) -> tantivy::Result<FoundTerm> {
    let mut places = Vec::with_capacity(searcher.segment_readers().len());
    let mut resources = 0;
    for segment in searcher.segment_readers() {
        let place = segment.inverted_index(term.field())?.get_term_info(term)?;
        resources += place.as_ref().map_or(0, |place| u64::from(place.doc_freq));
        places.push(place);
    }
    Ok(FoundTerm { places, rarity: ranking::rarity(all, resources) })
}

impl FoundTerm {
    fn occurs(&self) -> bool {
        self.places.iter().any(Option::is_some)
    }

    fn open(&self, term: &Term, segment: &SegmentReader, number: usize) -> tantivy::Result<Option<List>> {
        let Some(place) = &self.places[number] else {
            return Ok(None);
        };
        let index = segment.inverted_index(term.field())?;
        let postings = index.read_postings_from_terminfo(place, IndexRecordOption::WithFreqs)?;
        Ok(Some(List { postings, rarity: f32::from(self.rarity) / 1_000.0 }))
    }
}

impl Query for WordsQuery {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for WordsQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let walk = self.found.walk(segment)?;
        if walk.doc() == TERMINATED {
            return Ok(Box::new(EmptyScorer));
        }
        debug_assert!((boost - 1.0).abs() < f32::EPSILON, "nothing here is boosted from outside");
        Ok(Box::new(walk))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let sum = self.parts(segment, doc)?.iter().map(|part| part.score).sum();
        Ok(Explanation::new("words", sum))
    }

    fn for_each(&self, segment: &SegmentReader, callback: &mut dyn FnMut(DocId, Score)) -> tantivy::Result<()> {
        let mut walk = self.found.walk(segment)?;
        while walk.doc() != TERMINATED {
            let score = walk.score();
            callback(walk.doc(), score);
            walk.advance();
        }
        Ok(())
    }
}
