//! A made catalogue of any size: resources as the index takes them, the same in every run, made one at a time.
//!
//! Texts follow the law of real ones: a few words everywhere, most words rare. Concepts come in combinations, of which a
//! few are on most resources and some on hardly any.

use index::Entry;
use jiff::civil::{Date, date};
use schemas::{
    Claim, ConceptId, Confidence, ControlledField, Link, LinkState, Metadata, Method, Publication, RecordRef, Resource,
    ResourceId, SourceId, Vocabularies, age_ranges,
};

use crate::random::{Random, Zipf};
use crate::words::{Words, made_word};

const SEED: u64 = 20_261_121;
const COMBINATIONS: usize = 600;
const PUBLISHERS: usize = 200;
const SOURCES: usize = 40;

/// At least and at most so many values of a field.
const VALUES: [(ControlledField, usize, usize); 13] = [
    (ControlledField::Subject, 1, 3),
    (ControlledField::Level, 1, 2),
    (ControlledField::Type, 1, 2),
    (ControlledField::Audience, 0, 2),
    (ControlledField::Sector, 0, 2),
    (ControlledField::Occupation, 0, 1),
    (ControlledField::Route, 0, 2),
    (ControlledField::Medium, 0, 1),
    (ControlledField::Cost, 0, 1),
    (ControlledField::Licence, 1, 1),
    (ControlledField::Language, 0, 1),
    (ControlledField::Nation, 0, 1),
    (ControlledField::Inclusion, 0, 1),
];

/// Whose labels stand in texts.
const SPOKEN_OF: [ControlledField; 4] =
    [ControlledField::Subject, ControlledField::Type, ControlledField::Sector, ControlledField::Occupation];

/// Of a hundred resources, so many have a value that their combination has not.
const WITH_AN_ODD_VALUE: u64 = 10;
/// Of a hundred fields of resources, so many are inferred.
const INFERRED: u64 = 20;
/// Of a hundred words, so many are the label of a concept.
const LABELS_IN_A_TITLE: u64 = 15;
const LABELS_IN_A_DESCRIPTION: u64 = 3;

const INSTITUTIONS: [&str; 8] =
    ["Society", "Institute", "Museum", "University", "Trust", "Council", "Foundation", "College"];
const MINUTES: [u32; 7] = [5, 15, 30, 45, 60, 90, 120];

/// Values of fields that come together.
type Combination = Vec<(ControlledField, Vec<ConceptId>)>;

/// What all resources are drawn from.
pub(crate) struct Corpus {
    vocabularies: &'static Vocabularies,
    words: Words,
    combinations: Vec<Combination>,
    combination_ranks: Zipf,
    publishers: Vec<String>,
    publisher_ranks: Zipf,
    sources: Vec<SourceId>,
}

impl Corpus {
    pub(crate) fn new() -> Self {
        let vocabularies = Vocabularies::shipped();
        let publisher =
            |number: usize| format!("{} of {}", INSTITUTIONS[number % INSTITUTIONS.len()], made_word(10_000 + number));
        let source = |number: usize| SourceId::parse(&format!("source-{number:02}")).expect("it is a source id");
        Self {
            vocabularies,
            words: Words::new(),
            combinations: combinations(vocabularies, &mut Random::new(SEED)),
            combination_ranks: Zipf::new(COMBINATIONS),
            publishers: (0..PUBLISHERS).map(publisher).collect(),
            publisher_ranks: Zipf::new(PUBLISHERS),
            sources: (0..SOURCES).map(source).collect(),
        }
    }

    /// So many resources, each made when it is asked for.
    pub(crate) fn resources(&self, count: u64) -> impl Iterator<Item = Entry> {
        (0..count).map(move |number| self.resource(number))
    }

    /// The resource of this number.
    pub(crate) fn resource(&self, number: u64) -> Entry {
        let random = &mut Random::new(SEED.wrapping_add(number));
        let mut metadata = Metadata::default();
        self.add_concepts(&mut metadata, random);
        self.add_texts(&mut metadata, random);
        let publisher = self.publisher_ranks.draw(random);
        metadata.publisher = Some(self.publishers[publisher].clone());
        metadata.url = Some(format!("https://source-{:02}.example/resources/{number}", publisher % SOURCES));
        self.add_times(&mut metadata, random);
        let publication = self.publication(publisher, number, random);
        Entry {
            age_ranges: age_ranges(&metadata, self.vocabularies),
            resource: Resource::publish(&metadata, publication, self.vocabularies),
            full_description: None,
        }
    }

    fn add_concepts(&self, metadata: &mut Metadata, random: &mut Random) {
        for (field, ids) in &self.combinations[self.combination_ranks.draw(random)] {
            let method = if random.percent(INFERRED) { Method::Inferred } else { Method::Stated };
            for id in ids {
                metadata.add_concept(*field, claim(id, method, random));
            }
        }
        if random.percent(WITH_AN_ODD_VALUE) {
            let other = random.pick(&self.combinations);
            let (field, ids) = random.pick(other);
            if let Some(id) = ids.first().filter(|_| !field.is_single()) {
                metadata.add_concept(*field, claim(id, Method::Stated, random));
            }
        }
    }

    fn add_texts(&self, metadata: &mut Metadata, random: &mut Random) {
        let labels = self.labels(metadata);
        let title_words = 3 + random.place(7);
        metadata.title = self.text(title_words, LABELS_IN_A_TITLE, &labels, random);
        let description_words = 60 + random.place(61);
        metadata.description = Some(self.text(description_words, LABELS_IN_A_DESCRIPTION, &labels, random));
        if random.percent(5) {
            metadata.alternative_titles = vec![self.text(3, LABELS_IN_A_TITLE, &labels, random)];
        }
        let keywords = random.place(4);
        for _ in 0..keywords {
            metadata.keywords.push(self.words.draw(random).to_owned());
        }
    }

    fn labels(&self, metadata: &Metadata) -> Vec<&'static str> {
        let mut labels = Vec::new();
        for field in SPOKEN_OF {
            let list = self.vocabularies.of(field);
            for claim in metadata.concepts(field) {
                labels.extend(list.get(claim.value.as_str()).map(|concept| concept.label.as_str()));
            }
        }
        labels
    }

    fn text(&self, words: usize, labels_percent: u64, labels: &[&str], random: &mut Random) -> String {
        let mut text = String::with_capacity(words * 8);
        for _ in 0..words {
            let is_label = !labels.is_empty() && random.percent(labels_percent);
            let word = if is_label { *random.pick(labels) } else { self.words.draw(random) };
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    fn add_times(&self, metadata: &mut Metadata, random: &mut Random) {
        if random.percent(80) {
            metadata.date_published = Some(day(2014, 12, random));
        }
        if random.percent(30) {
            metadata.duration_minutes = Some(*random.pick(&MINUTES));
        }
        let list = self.vocabularies.of(ControlledField::Type);
        let is_dated = |claim: &Claim<ConceptId>| {
            list.get(claim.value.as_str()).is_some_and(|concept| concept.dated == Some(true))
        };
        if metadata.concepts(ControlledField::Type).iter().any(is_dated) {
            let held_on = day(2026, 2, random);
            metadata.starts = Some(held_on.at(9, 30, 0, 0));
            metadata.ends = Some(held_on.at(15, 0, 0, 0));
        }
    }

    fn publication(&self, publisher: usize, number: u64, random: &mut Random) -> Publication {
        let created = format!("{}T06:00:00Z", day(2025, 1, random));
        let record = |source: usize| RecordRef {
            source: self.sources[source % SOURCES].clone(),
            identifier: number.to_string(),
            url: None,
            first_seen: created.clone(),
            last_seen: created.clone(),
        };
        let mut records = vec![record(publisher)];
        if random.percent(10) {
            records.push(record(publisher + 1 + random.place(SOURCES - 1)));
        }
        Publication {
            id: ResourceId::founded_on(&number.to_string()),
            records,
            link: Link { state: link_state(random), checked_at: Some(created.clone()) },
            updated: created.clone(),
            created,
            description_in_full: true,
            pinned: false,
        }
    }
}

fn combinations(vocabularies: &Vocabularies, random: &mut Random) -> Vec<Combination> {
    let choices = VALUES.map(|(field, least, most)| Choice::new(vocabularies, field, least, most));
    let mut combinations = Vec::with_capacity(COMBINATIONS);
    for _ in 0..COMBINATIONS {
        combinations.push(choices.iter().map(|choice| (choice.field, choice.draw(random))).collect());
    }
    combinations
}

/// The values that one field may have; those that its vocabulary lists first come up most.
struct Choice {
    field: ControlledField,
    least: usize,
    most: usize,
    ids: Vec<ConceptId>,
    ranks: Zipf,
}

impl Choice {
    fn new(vocabularies: &Vocabularies, field: ControlledField, least: usize, most: usize) -> Self {
        // Phases and whole curricula would bring nearly every other level by their ages.
        let is_narrow = |kind: Option<&str>| matches!(kind, Some("key_stage" | "cfe_level" | "year_group"));
        let ids: Vec<ConceptId> = vocabularies
            .of(field)
            .concepts
            .iter()
            .filter(|concept| field != ControlledField::Level || is_narrow(concept.kind.as_deref()))
            .filter_map(|concept| ConceptId::parse(&concept.id).ok())
            .collect();
        Self { field, least, most, ranks: Zipf::new(ids.len()), ids }
    }

    fn draw(&self, random: &mut Random) -> Vec<ConceptId> {
        let count = self.least + random.place(self.most - self.least + 1);
        let mut drawn = Vec::with_capacity(count);
        for _ in 0..count {
            let id = &self.ids[self.ranks.draw(random)];
            if !drawn.contains(id) {
                drawn.push(id.clone());
            }
        }
        drawn
    }
}

fn claim(id: &ConceptId, method: Method, random: &mut Random) -> Claim<ConceptId> {
    let confidence = if method == Method::Inferred { *random.pick(&[0.5, 0.6, 0.7, 0.8, 0.9]) } else { 1.0 };
    let confidence = Confidence::new(confidence).expect("it is from 0 to 1");
    Claim { value: id.clone(), method, confidence, evidence: None }
}

/// A day in one of so many years from a first one.
fn day(first_year: i16, years: u64, random: &mut Random) -> Date {
    let number = |number: u64| i8::try_from(number).expect("it is below 30");
    let year = first_year + i16::from(number(random.below(years)));
    date(year, number(1 + random.below(12)), number(1 + random.below(28)))
}

fn link_state(random: &mut Random) -> LinkState {
    match random.below(100) {
        0..2 => LinkState::Broken,
        2..5 => LinkState::Unchecked,
        5..7 => LinkState::Moved,
        7 => LinkState::None,
        _ => LinkState::Ok,
    }
}
