//! A resource as a document of the engine.
//!
//! What is searched as text, what is counted, what is compared, and the published JSON that an answer gives back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemas::{AgeRange, ConceptRef, ControlledField, Method, Resource, ResourceId, Vocabularies};
use tantivy::TantivyDocument;

use crate::analysis;
use crate::columns;
use crate::error::IndexError;
use crate::fields::{Fields, NOTHING};
use crate::fingerprint;
use crate::impacts::{Impacts, Zone};
use crate::kept::Packer;
use crate::lexicon::{Lexicon, WordId};
use crate::limits::MIN_BEGINNING_LETTERS;
use crate::ranking;
use crate::request::Facet;

/// A resource as the index takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The resource as it is published; an answer gives back just this.
    pub resource: Resource,
    /// The description in full, where the licence lets us publish only its beginning. Searched, never shown.
    pub full_description: Option<String>,
    /// Every range of ages it is for, kept apart.
    pub age_ranges: Vec<AgeRange>,
}

/// What happened to a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexChange {
    /// It was created or changed.
    Put(Box<Entry>),
    /// It was withdrawn.
    Remove(ResourceId),
}

impl IndexChange {
    /// The resource it happened to.
    pub fn id(&self) -> &ResourceId {
        match self {
            Self::Put(entry) => &entry.resource.id,
            Self::Remove(id) => id,
        }
    }
}

/// Longer publishers are cut, for a facet shows them whole.
const MAX_PUBLISHER_BYTES: usize = 200;

/// What serves the whole kingdom serves each of its nations.
const NATIONS_OF_THE_UK: [&str; 4] = ["england", "wales", "scotland", "northern-ireland"];

/// The fields whose labels are searched as text: those that say what a thing is and is about. The labels of the others
/// would bring what nobody asked for: the alternative "chemistry teacher" of an audience is no chemistry.
const SEARCHED_LABELS: [ControlledField; 7] = [
    ControlledField::Subject,
    ControlledField::Type,
    ControlledField::Sector,
    ControlledField::Occupation,
    ControlledField::Route,
    ControlledField::Benchmark,
    ControlledField::LearningArea,
];

/// Makes the document of a resource.
pub(crate) fn document(
    entry: &Entry,
    fields: &Fields,
    vocabularies: &Vocabularies,
    lexicon: &mut Lexicon,
    packer: &mut Packer,
) -> Result<TantivyDocument, IndexError> {
    let resource = &entry.resource;
    let json =
        serde_json::to_string(resource).map_err(|source| IndexError::Unwritable { id: resource.id.clone(), source })?;
    let mut document = TantivyDocument::default();
    document.add_text(fields.id, resource.id.as_str());
    document.add_bytes(fields.resource, &packer.pack(&json).map_err(|source| IndexError::Packing { source })?);
    add_texts(&mut document, entry, fields, vocabularies, lexicon);
    add_facets(&mut document, entry, fields, vocabularies);
    let ages: Vec<String> = entry.age_ranges.iter().map(ToString::to_string).collect();
    document.add_text(fields.ages, ages.join("|"));
    add_numbers(&mut document, resource, fields);
    document.add_u64(fields.fingerprint, fingerprint::number(entry));
    Ok(document)
}

fn add_texts(
    document: &mut TantivyDocument,
    entry: &Entry,
    fields: &Fields,
    vocabularies: &Vocabularies,
    lexicon: &mut Lexicon,
) {
    let resource = &entry.resource;
    document.add_text(fields.title_sort, analysis::folded(&resource.title));
    for name in std::iter::once(&resource.title).chain(&resource.alternative_titles) {
        document.add_text(fields.title_exact, analysis::folded(name));
    }
    lexicon.begin();
    let mut impacts = Impacts::default();
    let mut exact: Vec<WordId> = Vec::new();
    for (zone, text) in texts(entry, vocabularies) {
        let words = lexicon.words(text);
        impacts.add(zone, &words);
        exact.extend(words.iter().map(|word| word.word));
        if zone != Zone::Concepts {
            document.add_text(fields.body, joined(words.iter().map(|word| lexicon.text(word.stem))));
        }
    }
    exact.sort_unstable();
    exact.dedup();
    document.add_text(fields.text, impacts.written(lexicon));
    document.add_text(fields.exact, joined(exact.iter().map(|word| lexicon.word(*word))));
    let title = &resource.title;
    document.add_text(fields.pairs, joined(pairs(title).iter().map(String::as_str)));
    document.add_text(fields.beginnings, joined(beginnings(title).iter().map(String::as_str)));
}

/// All that is searched of a resource, each text with the field it counts in.
pub(crate) fn texts<'a>(entry: &'a Entry, vocabularies: &'a Vocabularies) -> Vec<(Zone, &'a str)> {
    let resource = &entry.resource;
    let mut texts = vec![(Zone::Title, resource.title.as_str())];
    let mut add = |zone: Zone, text: &'a str| texts.push((zone, text));
    for name in resource.alternative_titles.iter().chain(other_names_of_jobs(resource, vocabularies)) {
        add(Zone::Alternatives, name);
    }
    for label in concept_labels(resource, vocabularies) {
        add(Zone::Concepts, label);
    }
    for keyword in resource.keywords.iter().chain(&resource.topics) {
        add(Zone::Keywords, keyword);
    }
    if let Some(description) = entry.full_description.as_ref().or(resource.description.as_ref()) {
        add(Zone::Description, description);
    }
    let names = resource.publisher.iter().chain(&resource.creators).chain(&resource.place).chain(&resource.held_by);
    for name in names {
        add(Zone::Publisher, name);
    }
    texts
}

/// Each two telling words that follow each other in a title, stop words left out: `crystal_lab`.
pub(crate) fn pairs(title: &str) -> BTreeSet<String> {
    let mut stems = Vec::new();
    analysis::for_each_word(title, |word, _, _| {
        if !analysis::is_stop_word(word) && stems.len() < MAX_TITLE_WORDS {
            stems.push(analysis::stem(word));
        }
    });
    stems.windows(2).map(|pair| pair_of(&pair[0], &pair[1])).collect()
}

/// Two stems as the field of pairs holds them.
pub(crate) fn pair_of(first: &str, second: &str) -> String {
    format!("{first}_{second}")
}

/// Later words of a title are found, but are no longer what it begins with or is known by.
const MAX_TITLE_WORDS: usize = 24;

/// The lengths of a beginning, in characters.
pub(crate) const BEGINNINGS: std::ops::RangeInclusive<usize> = MIN_BEGINNING_LETTERS..=15;

fn beginnings(title: &str) -> BTreeSet<String> {
    let mut beginnings = BTreeSet::new();
    let mut words = 0;
    analysis::for_each_word(title, |word, _, _| {
        words += 1;
        if words <= MAX_TITLE_WORDS {
            let ends = word.char_indices().map(|(place, c)| place + c.len_utf8());
            let whole = ends.take(*BEGINNINGS.end()).skip(BEGINNINGS.start() - 1);
            beginnings.extend(whole.map(|end| word[..end].to_owned()));
        }
    });
    beginnings
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

fn other_names_of_jobs<'a>(resource: &'a Resource, vocabularies: &'a Vocabularies) -> impl Iterator<Item = &'a String> {
    let list = vocabularies.of(ControlledField::Occupation);
    resource.occupations.iter().filter_map(move |job| list.get(job.id.as_str())).flat_map(|concept| &concept.alt)
}

/// The labels and alternative labels of its concepts, and the labels of those above them, each once.
///
/// Not the alternative labels of those above: the other job titles of a SOC unit group are other jobs.
fn concept_labels<'a>(resource: &'a Resource, vocabularies: &'a Vocabularies) -> Vec<&'a str> {
    let mut labels = Vec::new();
    for field in SEARCHED_LABELS {
        let list = vocabularies.of(field);
        for reference in resource.concepts(field) {
            labels.push(reference.label.as_str());
            labels.extend(
                list.get(reference.id.as_str()).into_iter().flat_map(|concept| &concept.alt).map(String::as_str),
            );
            labels.extend(list.ancestors(reference.id.as_str()).map(|concept| concept.label.as_str()));
        }
    }
    labels.sort_unstable();
    labels.dedup();
    labels
}

fn add_facets(document: &mut TantivyDocument, entry: &Entry, fields: &Fields, vocabularies: &Vocabularies) {
    for facet in Facet::ALL {
        let values = facet_values(entry, facet, vocabularies);
        let field = fields.facet(facet);
        for (id, only_inferred) in &values {
            document.add_text(field, id);
            if !only_inferred {
                // Twice: a search tells by that what is stated.
                document.add_text(field, id);
            }
        }
        if values.is_empty() {
            document.add_text(field, NOTHING);
        }
        document.add_text(fields.set(facet), columns::joined(&values));
    }
}

/// The values of a resource in a facet, broader ones with them, and whether each is only inferred.
pub(crate) fn facet_values(entry: &Entry, facet: Facet, vocabularies: &Vocabularies) -> BTreeMap<String, bool> {
    let resource = &entry.resource;
    match facet {
        Facet::Controlled(field) => concept_values(entry, field, vocabularies),
        Facet::Source => resource.records.iter().map(|record| (record.source.to_string(), false)).collect(),
        Facet::Publisher => {
            let publisher = resource.publisher.as_deref().map(str::trim).filter(|publisher| !publisher.is_empty());
            publisher.map(|publisher| (shown_publisher(publisher), false)).into_iter().collect()
        }
        Facet::Link => BTreeMap::from([(resource.link.state.name().to_owned(), false)]),
    }
}

/// Cut, and without control characters, which `columns` uses for its own ends.
fn shown_publisher(publisher: &str) -> String {
    let cut = &publisher[..publisher.floor_char_boundary(MAX_PUBLISHER_BYTES)];
    cut.replace(char::is_control, " ")
}

fn concept_values(entry: &Entry, field: ControlledField, vocabularies: &Vocabularies) -> BTreeMap<String, bool> {
    let references = entry.resource.concepts(field);
    let list = vocabularies.of(field);
    let mut values = BTreeMap::new();
    for reference in references {
        add_value(&mut values, reference.id.as_str(), is_inferred(reference));
        for broader in list.ancestors(reference.id.as_str()) {
            add_value(&mut values, &broader.id, is_inferred(reference));
        }
    }
    if field == ControlledField::Nation
        && let Some(kingdom) = references.iter().find(|nation| nation.id.as_str() == "uk")
    {
        for nation in NATIONS_OF_THE_UK {
            add_value(&mut values, nation, is_inferred(kingdom));
        }
    }
    if field == ControlledField::Level {
        // Ages are the common ground: a key stage is found by its years, and a year by the stages of all nations.
        let all_inferred = !references.is_empty() && references.iter().all(is_inferred);
        for level in vocabularies.levels_matching(&entry.age_ranges) {
            add_value(&mut values, &level.id, all_inferred);
        }
    }
    values
}

/// A value that one way leads to without inference is not inferred.
fn add_value(values: &mut BTreeMap<String, bool>, id: &str, only_inferred: bool) {
    values.entry(id.to_owned()).and_modify(|held| *held &= only_inferred).or_insert(only_inferred);
}

fn is_inferred(reference: &ConceptRef) -> bool {
    reference.method == Method::Inferred
}

fn add_numbers(document: &mut TantivyDocument, resource: &Resource, fields: &Fields) {
    if let Some(minutes) = resource.duration.as_deref().and_then(minutes) {
        document.add_u64(fields.duration, minutes);
    }
    let published = resource.date_published.as_deref().and_then(day_seconds);
    let modified = resource.date_modified.as_deref().and_then(day_seconds);
    let times = [
        (fields.published, published),
        (fields.updated, moment_seconds(&resource.updated)),
        (fields.starts, resource.starts.as_deref().and_then(time_seconds)),
        (fields.ends, resource.ends.as_deref().and_then(time_seconds)),
        (fields.deadline, resource.deadline.as_deref().and_then(time_seconds)),
    ];
    for (field, time) in times {
        if let Some(time) = time {
            document.add_i64(field, time);
        }
    }
    document.add_i64(fields.newest, modified.or(published).or(moment_seconds(&resource.created)).unwrap_or(0));
    document.add_u64(fields.prior, ranking::prior(resource, modified.or(published)));
    document.add_u64(fields.tie, tie(&resource.id));
}

/// A local time as seconds since 1970, as if it were UTC. `None` beyond the years that can be written.
pub(crate) fn seconds(time: DateTime) -> Option<i64> {
    TimeZone::UTC.to_timestamp(time).ok().map(Timestamp::as_second)
}

fn time_seconds(text: &str) -> Option<i64> {
    text.parse::<DateTime>().ok().and_then(seconds)
}

fn day_seconds(text: &str) -> Option<i64> {
    text.parse::<Date>().ok().and_then(|day| seconds(day.into()))
}

fn moment_seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// `"PT1H30M"` -> 90. Source: ISO 8601, 5.5.2.
fn minutes(duration: &str) -> Option<u64> {
    u64::try_from(duration.parse::<SignedDuration>().ok()?.as_mins()).ok()
}

/// The beginning of an id as a number in the order of ids. Twelve characters of base 36 fit; sixty bits are telling.
fn tie(id: &ResourceId) -> u64 {
    let digits = id.as_str().chars().take(12).map(|c| u64::from(c.to_digit(36).unwrap_or(0)));
    digits.fold(0, |number, digit| number * 36 + digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::resource;

    fn values(entry: &Entry, field: ControlledField) -> BTreeMap<String, bool> {
        facet_values(entry, Facet::Controlled(field), Vocabularies::shipped())
    }

    #[test]
    fn a_narrow_concept_brings_its_broader_ones() {
        let entry = resource("x").with(ControlledField::Subject, "astronomy-space").entry();
        let subjects: Vec<String> = values(&entry, ControlledField::Subject).into_keys().collect();
        assert_eq!(subjects, ["astronomy-space", "physics", "science"]);
    }

    #[test]
    fn a_key_stage_is_found_by_its_years_and_by_the_stages_of_other_nations() {
        let levels = values(&resource("x").with(ControlledField::Level, "ks3").entry(), ControlledField::Level);
        for id in ["ks3", "eng-year-9", "sco-s2", "ni-ks3", "cfw-ps4", "phase-secondary"] {
            assert!(levels.contains_key(id), "{id}");
        }
        assert!(!levels.contains_key("ks4"));
    }

    #[test]
    fn a_year_is_found_by_its_key_stage() {
        let levels = values(&resource("x").with(ControlledField::Level, "eng-year-9").entry(), ControlledField::Level);
        assert!(levels.contains_key("ks3") && levels.contains_key("wal-year-9"));
    }

    #[test]
    fn the_kingdom_brings_its_nations() {
        let nations = values(&resource("x").with(ControlledField::Nation, "uk").entry(), ControlledField::Nation);
        assert_eq!(nations.len(), 5);
    }

    #[test]
    fn a_value_is_inferred_only_when_nothing_states_it() {
        let entry = resource("x")
            .inferred(ControlledField::Subject, "physics")
            .with(ControlledField::Subject, "chemistry")
            .entry();
        let subjects = values(&entry, ControlledField::Subject);
        assert!(subjects["physics"]);
        assert!(!subjects["science"]);
    }

    #[test]
    fn a_long_publisher_is_cut_between_characters_and_a_blank_one_is_none() {
        let named = |name: &str| {
            let entry = resource("x").describe(|metadata| metadata.publisher = Some(name.to_owned())).entry();
            facet_values(&entry, Facet::Publisher, Vocabularies::shipped()).into_keys().next()
        };
        assert_eq!(named(&"ж".repeat(300)).expect("a publisher").len(), 200);
        assert_eq!(named("  "), None);
    }

    #[test]
    fn neighbours_in_a_title_are_a_pair_whatever_stands_between_them_that_says_nothing() {
        let expected: Vec<String> = ["polym_lab", "lab_work"].map(str::to_owned).into();
        let found = pairs("The polymer of the labs and work");
        assert!(expected.iter().all(|pair| found.contains(pair)), "{found:?}");
    }

    #[test]
    fn a_title_is_found_by_the_beginnings_of_its_words() {
        let found: Vec<String> = beginnings("A Café lab").into_iter().collect();
        assert_eq!(found, ["ca", "caf", "cafe", "la", "lab"]);
    }

    #[test]
    fn durations_and_days_become_numbers() {
        assert_eq!(minutes("PT1H30M"), Some(90));
        assert_eq!(minutes("PT45M"), Some(45));
        assert_eq!(minutes("soon"), None);
        assert_eq!(day_seconds("1970-01-02"), Some(86_400));
        assert_eq!(time_seconds("1970-01-01T00:01:00"), Some(60));
        assert_eq!(seconds(DateTime::MIN), None);
    }

    #[test]
    fn the_number_of_an_id_has_the_order_of_ids() {
        let mut ids: Vec<ResourceId> = (0..200).map(|n| ResourceId::founded_on(&n.to_string())).collect();
        ids.sort();
        assert!(ids.is_sorted_by_key(tie));
    }
}
