//! More like this: what shares concepts and telling words of the title with a resource.
//!
//! The engine's own search for similar documents counts deleted ones wrongly and stops with an error; and what makes two
//! careers resources alike is less the words of their texts than what they are about and for whom.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use schemas::{ControlledField, Resource, ResourceId};
use tantivy::Term;

use crate::analysis;
use crate::error::{Doing, IndexError};
use crate::facets::{Pass, run};
use crate::matching::{Alternative, Group, Sought, WordsQuery, Worth};
use crate::request::{Facet, Scope, SearchRequest};
use crate::results::SimilarHit;
use crate::search::Searching;

/// The fields in which sharing a concept makes two resources alike, and how much each counts against the others. The
/// audience and the level narrow little, so they only tip the scale.
const SHARED: [(ControlledField, f32); 7] = [
    (ControlledField::Occupation, 3.0),
    (ControlledField::Subject, 2.0),
    (ControlledField::Sector, 1.5),
    (ControlledField::Route, 1.5),
    (ControlledField::Type, 1.0),
    (ControlledField::Level, 0.7),
    (ControlledField::Audience, 0.4),
];

/// So many concepts of a field are looked at: what is about everything is like nothing.
const MAX_CONCEPTS: usize = 5;

/// So many words of a title.
const MAX_WORDS: usize = 12;

/// A word of the title against a concept.
const TITLE_WORD: f32 = 1.0;

/// What shares only these is not alike.
const SHARED_BY_MANY: [ControlledField; 3] = [ControlledField::Type, ControlledField::Level, ControlledField::Audience];

impl Searching<'_> {
    /// The most similar resources that a scope lets in, the most similar first; `None` when there is no such resource.
    pub(crate) fn similar(
        self,
        id: &ResourceId,
        limit: usize,
        now: DateTime,
        scope: &Scope,
    ) -> Result<Option<Vec<SimilarHit>>, IndexError> {
        let Some(own) = self.address_of(id).doing("looking for a resource")? else {
            return Ok(None);
        };
        let mut unpacker = Self::unpacker()?;
        let resource = Self::resource(&self.kept(own, &mut unpacker)?)?;
        let sought = self.alike(&resource);
        if sought.groups.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let request = SearchRequest { facets: Vec::new(), scope: scope.clone(), ..SearchRequest::new(now) };
        let words = WordsQuery::new(sought, &self.view.searcher, None).doing("looking for similar resources")?;
        let pass = Pass {
            view: self.view,
            fields: self.fields,
            request: &request,
            query: Some(&words),
            wishes: &[],
            tiers: &[],
            take: limit + 1,
        };
        let found = run(&pass).doing("looking for similar resources")?;
        let mut similar = Vec::new();
        for ranked in found.ranked.iter().filter(|ranked| ranked.address != own) {
            let json = self.kept(ranked.address, &mut unpacker)?;
            let other = Self::resource(&json)?;
            let because = shared(&resource, &other);
            similar.push(SimilarHit { id: other.id, json, score: ranked.score, because });
        }
        similar.truncate(limit);
        Ok(Some(similar))
    }

    fn resource(json: &str) -> Result<Resource, IndexError> {
        serde_json::from_str(json).map_err(|source| IndexError::Stored { source })
    }

    fn alike(self, resource: &Resource) -> Sought {
        let mut groups = Vec::new();
        for (field, weight) in SHARED {
            let of_facet = self.fields.facet(Facet::Controlled(field));
            for concept in resource.concepts(field).iter().take(MAX_CONCEPTS) {
                let term = Term::from_field_text(of_facet, concept.id.as_str());
                let words = usize::from(!SHARED_BY_MANY.contains(&field));
                groups.push(Group { words, ..group(concept.label.clone(), term, weight) });
            }
        }
        for stem in telling_stems(&resource.title).into_keys().take(MAX_WORDS) {
            let term = Term::from_field_text(self.fields.text, &stem);
            groups.push(group(stem, term, TITLE_WORD));
        }
        Sought { groups, minimum: 1, bonuses: Vec::new() }
    }
}

fn group(what: String, term: Term, weight: f32) -> Group {
    let alternatives = vec![Alternative { terms: vec![term], worth: Worth::Words(weight) }];
    Group { what, is_required: false, words: 1, alternatives, twin: None }
}

/// The stems of a title that say something, each with the word, folded.
fn telling_stems(title: &str) -> BTreeMap<String, String> {
    let mut stems = BTreeMap::new();
    analysis::for_each_word(title, |word, _, _| {
        if !analysis::is_stop_word(word) && !analysis::is_true_of_everything(word) {
            stems.entry(analysis::stem(word)).or_insert_with(|| word.to_owned());
        }
    });
    stems
}

/// What two resources have in common, for people.
fn shared(one: &Resource, other: &Resource) -> Vec<String> {
    let mut because = Vec::new();
    for (field, _) in SHARED {
        let theirs = other.concepts(field);
        let both = one.concepts(field).iter().filter(|concept| theirs.iter().any(|their| their.id == concept.id));
        because.extend(both.map(|concept| format!("{}: {}", field.name(), concept.label)));
    }
    let theirs = telling_stems(&other.title);
    let both = telling_stems(&one.title).into_iter().filter(|(stem, _)| theirs.contains_key(stem));
    because.extend(both.map(|(_, word)| format!("title: {word}")));
    because
}
