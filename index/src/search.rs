//! One search from end to end: read the words, plan, count and rank in one pass, help when little is found, present.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use schemas::{ResourceId, Vocabularies};
use serde::Deserialize;
use tantivy::query::Query;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, TERMINATED, TantivyError, Term};

use crate::columns::View;
use crate::cursor::{Cursor, Help};
use crate::error::{Doing, IndexError};
use crate::explain::{explain, impacts_of};
use crate::facets::{self, Counted, Pass, Ranked, present};
use crate::fields::Fields;
use crate::highlight::highlights;
use crate::interpret::{Interpreter, Reading, is_soft, says_nothing};
use crate::kept::Unpacker;
use crate::ladder;
use crate::query::{Corrections, Plan, Planner, Words};
use crate::ranking;
use crate::request::{Facet, Pinning, Place, SearchRequest};
use crate::results::{Change, FacetCounts, Highlights, Hit, Interpretation, Looser, SearchResults};
use crate::spelling::Spelling;
use crate::synonyms::Synonyms;

/// Fewer results than this are few: other spellings and looser searches are then tried.
pub(crate) const FEW: u64 = 5;

/// So many looser searches are offered; more would have to be read.
const MAX_LOOSER: usize = 5;

/// Looser searches are for what people ask. Whoever typed more than this has no one word too many, and each of the
/// searches would cost as much as theirs.
const MAX_WORDS_FOR_LOOSER: usize = 12;

/// What reads words, made once.
#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) vocabularies: &'static Vocabularies,
    pub(crate) interpreter: Interpreter,
    pub(crate) synonyms: Synonyms,
    pub(crate) spelling: Spelling,
}

/// One view of the index, and what reads words.
#[derive(Clone, Copy)]
pub(crate) struct Searching<'a> {
    pub(crate) view: &'a View,
    pub(crate) fields: &'a Fields,
    pub(crate) language: &'a Language,
}

/// A search that was run.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) counted: Counted,
    /// What stands first or last whatever its score.
    pub(crate) tiers: Vec<(DocAddress, f32)>,
}

/// A search that was answered, with help or without.
struct Answered {
    run: Run,
    /// How many results had the words as they were typed.
    found: u64,
    help: Help,
    /// Other spellings that counted as well.
    corrections: Corrections,
}

impl Searching<'_> {
    /// Answers a request.
    pub(crate) fn search(
        self,
        request: &SearchRequest,
        generation: u64,
        position: u64,
    ) -> Result<SearchResults, IndexError> {
        if let Some(facets) = request.coverage {
            let mut sideways = request.clone();
            sideways.filters.retain(|facet, _| !facets.contains(facet));
            if sideways.filters.len() < request.filters.len() {
                return self.search(&sideways, generation, position);
            }
        }
        let reading = self.read(request).doing("reading the words")?;
        let take = match request.place {
            // One more, to know whether there is more.
            Place::Start | Place::After(_) => request.limit + usize::from(request.limit > 0),
            Place::Offset(offset) => offset.saturating_add(request.limit),
        };
        let Answered { run, found, help, corrections } = self.answer(request, &reading, take)?;
        let loosened = run.counted.total > found;
        let mut suggestion = Self::corrected_suggestion(request, &reading, run.counted.total);
        if suggestion.is_none() && !corrections.is_empty() {
            suggestion = self.better_spelling(request, &reading, &corrections, found)?;
        }
        let marked: Vec<String> = corrections.into_values().flatten().map(|correction| correction.word).collect();
        let interpretation = Interpretation { loosened, ..reading.interpretation(self.language.vocabularies) };
        let looser = if request.help && found < FEW && matches!(request.place, Place::Offset(0)) {
            self.looser(request, &reading, found)?
        } else {
            Vec::new()
        };
        let (hits, next) = self.page(request, &reading, (&run, help), &marked)?;
        Ok(SearchResults {
            total: run.counted.total,
            hits,
            facets: self.facets(request, &run.counted),
            coverage: run.counted.crosstab.as_ref().map(|counted| facets::coverage(counted, self.view.dictionary())),
            interpretation,
            suggestion,
            looser,
            next,
            generation,
            position,
        })
    }

    pub(crate) fn run(
        self,
        request: &SearchRequest,
        reading: &Reading,
        how: Words<'_>,
        mut tiers: Vec<(DocAddress, f32)>,
        take: usize,
    ) -> tantivy::Result<Run> {
        let planner = Planner { fields: self.fields, synonyms: &self.language.synonyms, searcher: &self.view.searcher };
        let plan = planner.plan(request, reading, how)?;
        tiers.extend(self.pin_tiers(request)?);
        let query: Option<&dyn Query> = plan.query.as_deref();
        let (view, fields) = (self.view, self.fields);
        let counted = facets::run(&Pass { view, fields, request, query, wishes: &plan.wishes, tiers: &tiers, take })?;
        Ok(Run { plan, counted, tiers })
    }

    fn pin_tiers(self, request: &SearchRequest) -> tantivy::Result<Vec<(DocAddress, f32)>> {
        let pinning = &request.pinning;
        let mut tiers = Vec::new();
        let mut tier = ranking::PIN_TIER;
        // The first has the highest.
        for id in pinning.pinned.iter().rev() {
            tier += ranking::PIN_STEP;
            tiers.extend(self.address_of(id)?.map(|address| (address, tier)));
        }
        for id in &pinning.buried {
            tiers.extend(self.address_of(id)?.map(|address| (address, -ranking::PIN_TIER)));
        }
        Ok(tiers)
    }

    /// Where a resource is, if it is there.
    pub(crate) fn address_of(self, id: &ResourceId) -> tantivy::Result<Option<DocAddress>> {
        let term = Term::from_field_text(self.fields.id, id.as_str());
        for (ordinal, segment) in (0..).zip(self.view.searcher.segment_readers()) {
            let postings = segment.inverted_index(term.field())?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else {
                continue;
            };
            while postings.doc() != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                    return Ok(Some(DocAddress::new(ordinal, postings.doc())));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// Runs a search as it was typed, and where that finds too little, with help. A walk goes on as it began.
    fn answer(self, request: &SearchRequest, reading: &Reading, take: usize) -> Result<Answered, IndexError> {
        let run = self.run(request, reading, Words::AsTyped, Vec::new(), take).doing("searching")?;
        let found = run.counted.total;
        let help = match &request.place {
            Place::After(cursor) => cursor.help,
            Place::Offset(_) | Place::Start => self.help_for(request, reading, found)?,
        };
        if help == Help::None {
            return Ok(Answered { run, found, help, corrections: Corrections::new() });
        }
        let corrections = self.doubtful(reading).doing("looking for other spellings")?;
        let how = match help {
            Help::Loose => Words::Loosely(&corrections),
            Help::Corrected if !corrections.is_empty() => Words::Corrected(&corrections),
            // No word has another spelling: what was found as typed is all there is.
            Help::Corrected | Help::None => return Ok(Answered { run, found, help, corrections }),
        };
        let run = self.with_help(request, reading, how, (&run, take)).doing("searching with help")?;
        Ok(Answered { run, found, help, corrections })
    }

    /// How many results another search has.
    pub(crate) fn total_of(self, request: &SearchRequest) -> Result<u64, IndexError> {
        let request =
            SearchRequest { place: Place::Offset(0), limit: 0, facets: Vec::new(), coverage: None, ..request.clone() };
        let reading = self.read(&request).doing("reading the words")?;
        Ok(self.answer(&request, &reading, 0)?.run.counted.total)
    }

    fn looser(self, request: &SearchRequest, reading: &Reading, found: u64) -> Result<Vec<Looser>, IndexError> {
        let mut looser: Vec<Looser> = Vec::new();
        if reading.terms.len() > MAX_WORDS_FOR_LOOSER {
            return Ok(looser);
        }
        for draft in ladder::looser(request, reading, self.language.vocabularies) {
            let is_literal = draft.change == Change::Literal;
            let other = SearchRequest {
                text: draft.text.clone(),
                filters: draft.filters.clone(),
                interpret: request.interpret && !is_literal,
                // What an admin put first is for the words as they were typed.
                pinning: Pinning::default(),
                ..request.clone()
            };
            let total = self.total_of(&other)?;
            if total > found {
                looser.push(Looser { change: draft.change, text: draft.text, filters: draft.filters, total });
            }
            if looser.len() == MAX_LOOSER {
                break;
            }
        }
        Ok(looser)
    }

    fn facets(self, request: &SearchRequest, counted: &Counted) -> Vec<FacetCounts> {
        let (dictionary, vocabularies) = (self.view.dictionary(), self.language.vocabularies);
        let counts = request.facets.iter().filter_map(|facet| {
            let tally = counted.facets.get(facet)?;
            let selected = request.filters.get(facet).map(Vec::as_slice).unwrap_or_default();
            Some(present(*facet, tally, selected, request, dictionary, vocabularies))
        });
        counts.collect()
    }

    fn page(
        self,
        request: &SearchRequest,
        reading: &Reading,
        (run, help): (&Run, Help),
        marked: &[String],
    ) -> Result<(Vec<Hit>, Option<Cursor>), IndexError> {
        let ranked = &run.counted.ranked;
        let (shown, next): (&[Ranked], _) = match request.place {
            Place::Offset(offset) => (ranked.get(offset..).unwrap_or_default(), None),
            Place::Start | Place::After(_) => {
                let shown = &ranked[..ranked.len().min(request.limit)];
                let more = shown.last().filter(|_| ranked.len() > request.limit);
                (shown, more.map(|last| cursor_behind(last, &run.plan, help)))
            }
        };
        let presenter = Presenter::new(self, reading, request, run, marked);
        let mut unpacker = Self::unpacker()?;
        let hits = shown.iter().take(request.limit).map(|ranked| presenter.hit(ranked, &mut unpacker));
        let hits = hits.collect::<Result<_, _>>()?;
        Ok((hits, next))
    }
}

fn cursor_behind(last: &Ranked, plan: &Plan, help: Help) -> Cursor {
    let weights = plan.words.as_ref().map(crate::matching::WordsQuery::rarities).unwrap_or_default();
    Cursor { search: 0, last: last.key.clone(), tie: last.tie, help, weights }
}

/// Makes results of the engine's addresses.
struct Presenter<'a> {
    searching: Searching<'a>,
    request: &'a SearchRequest,
    run: &'a Run,
    /// The facets the words asked for, that may be unstated.
    soft: BTreeSet<Facet>,
    /// What is to be marked; `None` when nothing is.
    stems: Option<HashSet<String>>,
}

/// What is read of a kept resource.
#[derive(Deserialize)]
struct Shown<'a> {
    id: ResourceId,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
}

impl<'a> Presenter<'a> {
    fn new(
        searching: Searching<'a>,
        reading: &Reading,
        request: &'a SearchRequest,
        run: &'a Run,
        marked: &[String],
    ) -> Self {
        let soft = reading
            .runs
            .iter()
            .filter(|run| is_soft(run.field) && !run.is_negated)
            .map(|run| Facet::Controlled(run.field));
        let stems = request.highlight.then(|| {
            let wanted = reading.literally_wanted();
            let telling = wanted.asked().filter(|term| term.is_phrase || !says_nothing(term));
            let others = searching.language.synonyms.expansions(&reading.searched_words());
            let corrected = marked.iter().flat_map(|word| crate::analysis::words(word)).map(|word| word.stem);
            let typed = telling.flat_map(|term| term.stems.clone());
            typed.chain(others.into_iter().flat_map(|other| other.stems)).chain(corrected).collect()
        });
        Self { searching, request, run, soft: soft.collect(), stems }
    }

    fn hit(&self, ranked: &Ranked, unpacker: &mut Unpacker) -> Result<Hit, IndexError> {
        let json = self.searching.kept(ranked.address, unpacker)?;
        let (id, highlights) = self.read(&json)?;
        let columns = self.searching.view.columns(ranked.address.segment_ord);
        let is_unstated = |facet: &&Facet| !columns.states(**facet, ranked.address.doc_id);
        let unstated = self.soft.iter().filter(is_unstated).copied().collect();
        let pinned = self.request.pinning.pinned.contains(&id);
        let explanation = if self.request.explain {
            let resource = serde_json::from_str(&json).map_err(|source| IndexError::Stored { source })?;
            let said = impacts_of(resource, self.searching.language.vocabularies);
            let (plan, tiers) = (&self.run.plan, &self.run.tiers);
            Some(explain(self.searching.view, plan, tiers, ranked, &said).doing("explaining a score")?)
        } else {
            None
        };
        Ok(Hit { json, id, score: ranked.score, highlights, unstated, pinned, explanation })
    }

    /// The id stands first in what we keep, and mostly nothing else is needed of it.
    fn read(&self, json: &str) -> Result<(ResourceId, Option<Highlights>), IndexError> {
        let first = json.strip_prefix("{\"id\":\"").and_then(|rest| rest.split_once('"'));
        if self.stems.is_none()
            && let Some(id) = first.and_then(|(id, _)| ResourceId::parse(id).ok())
        {
            return Ok((id, None));
        }
        let shown: Shown<'_> = serde_json::from_str(json).map_err(|source| IndexError::Stored { source })?;
        let marks = |stems| highlights(&shown.title, shown.description.as_deref(), stems);
        Ok((shown.id, self.stems.as_ref().map(marks)))
    }
}

impl Searching<'_> {
    /// The kept JSON of a resource.
    pub(crate) fn kept(self, address: DocAddress, unpacker: &mut Unpacker) -> Result<String, IndexError> {
        unpacker.read(&self.view.searcher, self.fields, address).doing("reading a result")
    }

    pub(crate) fn unpacker() -> Result<Unpacker, IndexError> {
        Unpacker::new().map_err(TantivyError::from).doing("making room to unpack results")
    }
}
