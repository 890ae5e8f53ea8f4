//! Mapping: what does a raw record say in our fields, by its source's own mapping?
//!
//! Raw values go in; a record and what was not understood of it come out, or the one problem that refuses it. Pure: the
//! same values and the same source always give the same record. Which texts a field gets, and how one kind of value is
//! read, is left to [`crate::normalise`]; what no source states is inferred elsewhere.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use schemas::validate::{MAX_TEXT_BYTES, MAX_TITLE_CHARACTERS};
use schemas::{
    AgeRange, Claim, ConceptId, ControlledField, Location, Metadata, Problem, Record, RecordId, Severity, Source,
    TargetField, UnmappedWord, Vocabularies, parse_address, validate,
};
use url::{ParseError, Url};

use crate::normalise::concept::{Meaning, read_word, widened};
use crate::normalise::gather::gather;
use crate::normalise::{DayPart, parse_ages, parse_date, parse_datetime, parse_minutes, slug};
use crate::raw::RawRecord;

/// So many values of one field are taken; a record with more has a text where a list should be.
const MAX_VALUES: usize = 300;

/// Longer words are sentences, and a list of words for an admin is no place for them.
const MAX_WORD_CHARACTERS: usize = 200;

/// Why a raw record is no record of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with it.
    pub problem: Problem,
    /// Which record it is, when that much could be read.
    pub identifier: Option<String>,
}

impl From<Problem> for Refusal {
    /// A record of which nothing is known.
    fn from(problem: Problem) -> Self {
        Self { problem, identifier: None }
    }
}

/// Maps one raw record to a record of ours, with a warning for each thing that was not understood.
///
/// # Errors
/// The first problem that refuses the record: no title, no address (unless it has closed or is held somewhere), an
/// address that is none, no identifier or one that is too long, or a text of more than 1 MiB.
pub fn map_record(raw: &RawRecord, source: &Source) -> Result<(Record, Vec<Problem>), Refusal> {
    let values = gather(raw, source)?;
    let mut mapper =
        Mapper { raw, source, values, metadata: Metadata::default(), ages_of_levels: None, problems: Vec::new() };
    mapper.read_texts();
    mapper.read_addresses();
    mapper.read_times();
    mapper.read_ages();
    for field in ControlledField::ALL {
        mapper.read_concepts(field);
    }
    if mapper.metadata.age_range.is_none() {
        mapper.metadata.age_range = mapper.ages_of_levels.take();
    }
    for problem in validate(&mapper.metadata, &raw.place) {
        match problem.severity {
            Severity::Rejected => return Err(Refusal { problem, identifier: mapper.identifier().ok() }),
            Severity::Warning => mapper.problems.push(problem),
        }
    }
    let id = RecordId { source: source.id.clone(), identifier: mapper.identifier()? };
    let record = Record { id, metadata: mapper.metadata, payload: raw.payload.clone(), place: raw.place.clone() };
    Ok((record, mapper.problems))
}

struct Mapper<'a> {
    raw: &'a RawRecord,
    source: &'a Source,
    values: BTreeMap<TargetField, Vec<String>>,
    metadata: Metadata,
    /// What the words for levels say in ages. They count where the source has no ages of its own.
    ages_of_levels: Option<Claim<AgeRange>>,
    problems: Vec<Problem>,
}

impl Mapper<'_> {
    fn warn(&mut self, field: TargetField, reason: impl std::fmt::Display) {
        self.problems.push(Problem::warning(&self.raw.place, Some(field.name()), reason));
    }

    /// The values of a field, or the defaults of the source when the record has none.
    fn texts(&self, field: TargetField) -> &[String] {
        self.values.get(&field).or_else(|| self.source.defaults.get(&field)).map_or(&[], Vec::as_slice)
    }

    fn first(&self, field: TargetField) -> Option<String> {
        self.texts(field).first().cloned()
    }

    /// The values of a field that has several: none twice, none too long, not too many.
    fn list(&mut self, field: TargetField, max_characters: usize) -> Vec<String> {
        let mut list: Vec<String> = Vec::new();
        let mut reasons = Vec::new();
        for text in self.texts(field) {
            if list.contains(text) {
                continue;
            }
            if text.chars().count() > max_characters {
                reasons.push(format!("a word of more than {max_characters} characters"));
            } else if list.len() == MAX_VALUES {
                reasons.push(format!("more than {MAX_VALUES} values"));
                break;
            } else {
                list.push(text.clone());
            }
        }
        reasons.dedup();
        for reason in reasons {
            self.warn(field, reason);
        }
        list
    }

    fn read_texts(&mut self) {
        self.metadata.title = self.first(TargetField::Title).unwrap_or_default();
        self.metadata.alternative_titles = self.list(TargetField::AlternativeTitles, MAX_TITLE_CHARACTERS);
        let description = self.texts(TargetField::Description).join(" ");
        self.metadata.description = Some(description).filter(|text| !text.is_empty());
        let organisation = Some(self.source.organisation.clone());
        self.metadata.publisher = self.first(TargetField::Publisher).or(organisation).filter(|text| !text.is_empty());
        self.metadata.creators = self.list(TargetField::Creators, MAX_TITLE_CHARACTERS);
        self.metadata.keywords = self.list(TargetField::Keywords, MAX_WORD_CHARACTERS);
        self.metadata.topics = self.list(TargetField::Topics, MAX_WORD_CHARACTERS);
        self.metadata.place = self.first(TargetField::Place);
        self.metadata.held_by = self.first(TargetField::HeldBy);
        self.metadata.closed = self.first(TargetField::Closed);
    }

    fn read_addresses(&mut self) {
        let given = self.first(TargetField::Url).or_else(|| self.raw.page.clone());
        // One that is no address stays as it is: `validate` refuses it and says why.
        self.metadata.url = given.map(|text| self.address(&text).unwrap_or(text));
        if let Some(image) = self.first(TargetField::Image) {
            self.metadata.image = self.address_or_warning(TargetField::Image, &image);
        }
        for text in self.list(TargetField::SameAs, MAX_TEXT_BYTES) {
            let address = self.address_or_warning(TargetField::SameAs, &text);
            self.metadata.same_as.extend(address);
        }
    }

    fn address_or_warning(&mut self, field: TargetField, text: &str) -> Option<String> {
        self.address(text).map_err(|reason| self.warn(field, reason)).ok()
    }

    /// An absolute address. A relative one is joined to where the record stands; outside pages only if it looks like one.
    fn address(&self, text: &str) -> Result<String, String> {
        let looks_relative =
            text.starts_with(['/', '.', '?']) || (self.raw.is_of_page() && !text.contains(char::is_whitespace));
        let completed = match Url::parse(text) {
            Err(ParseError::RelativeUrlWithoutBase) if text.starts_with("www.") => {
                Url::parse(&format!("https://{text}")).ok()
            }
            Err(ParseError::RelativeUrlWithoutBase) if looks_relative => {
                self.base().and_then(|base| base.join(text).ok())
            }
            Ok(_) | Err(_) => None,
        };
        parse_address(completed.as_ref().map_or(text, Url::as_str)).map(String::from)
    }

    fn base(&self) -> Option<Url> {
        let location = match &self.source.location {
            Location::Url(address) => address.as_str(),
            Location::File(_) | Location::Pushed => "",
        };
        let own = self.raw.base.as_deref().unwrap_or_default();
        [own, self.source.homepage.as_str(), location].into_iter().find_map(|address| parse_address(address).ok())
    }

    fn read_times(&mut self) {
        self.metadata.date_published = self.date(TargetField::DatePublished);
        self.metadata.date_modified = self.date(TargetField::DateModified);
        self.metadata.starts = self.date_and_time(TargetField::Starts, DayPart::Start);
        self.metadata.ends = self.date_and_time(TargetField::Ends, DayPart::End);
        self.metadata.deadline = self.date_and_time(TargetField::Deadline, DayPart::End);
        self.metadata.duration_minutes = self.understood(TargetField::Duration, "duration", parse_minutes);
    }

    fn date(&mut self, field: TargetField) -> Option<Date> {
        self.understood(field, "date", parse_date)
    }

    fn date_and_time(&mut self, field: TargetField, part: DayPart) -> Option<DateTime> {
        self.understood(field, "date", |text| parse_datetime(text, part))
    }

    /// The first value of a field as `read` reads it; a warning when it cannot.
    fn understood<T>(&mut self, field: TargetField, what: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.first(field)?;
        let value = read(&text);
        if value.is_none() {
            self.warn(field, format!("`{text}` is no {what} that is understood"));
        }
        value
    }

    fn read_ages(&mut self) {
        for text in self.list(TargetField::AgeRange, MAX_WORD_CHARACTERS) {
            match parse_ages(&text) {
                Some(range) => {
                    let before = self.metadata.age_range.take();
                    self.metadata.age_range = Some(widened(before, Claim::stated(range)));
                }
                None => self.warn(TargetField::AgeRange, format!("`{text}` is no range of ages")),
            }
        }
    }

    fn read_concepts(&mut self, field: ControlledField) {
        let target = TargetField::Concepts(field);
        let source = self.source;
        let no_words = BTreeMap::new();
        let own_words = source.mapping.get(&target).map_or(&no_words, |rule| &rule.words);
        let words = if self.values.contains_key(&target) { self.list(target, MAX_WORD_CHARACTERS) } else { Vec::new() };
        for word in words {
            match read_word(field, &word, own_words, source.nation.as_str()) {
                Meaning::Known { concepts, ages } => {
                    for claim in concepts {
                        self.add(field, claim);
                    }
                    if let Some(ages) = ages {
                        let before = self.ages_of_levels.take();
                        self.ages_of_levels = Some(widened(before, ages));
                    }
                }
                Meaning::Nothing => {}
                Meaning::Ambiguous(candidates) => {
                    self.warn(target, format!("`{word}` could be {}", labels(field, &candidates)));
                    self.keep_unmapped(field, word);
                }
                Meaning::Unknown => self.keep_unmapped(field, word),
            }
        }
        let has_ages_instead = field == ControlledField::Level && self.ages_of_levels.is_some();
        if self.metadata.concepts(field).is_empty() && !has_ages_instead {
            for id in source.defaults.get(&target).into_iter().flatten().filter_map(|id| ConceptId::parse(id).ok()) {
                self.add(field, Claim::stated(id));
            }
        }
    }

    /// Of a field with one value the first stays.
    fn add(&mut self, field: ControlledField, claim: Claim<ConceptId>) {
        if !field.is_single() || self.metadata.concepts(field).is_empty() {
            self.metadata.add_concept(field, claim);
        }
    }

    fn keep_unmapped(&mut self, field: ControlledField, word: String) {
        self.metadata.unmapped.push(UnmappedWord { field, word });
    }

    /// The source's own identifier; the address when it maps none, and the title of what has no address either.
    fn identifier(&self) -> Result<String, Problem> {
        let is_mapped = self.source.mapping.contains_key(&TargetField::Identifier);
        let address = || self.raw.page.clone().or_else(|| self.first(TargetField::Url));
        let identifier = match self.first(TargetField::Identifier) {
            Some(identifier) => identifier,
            None if is_mapped => String::new(),
            None => address().unwrap_or_else(|| slug(&self.metadata.title)),
        };
        let reason = match identifier.len() {
            0 => "no identifier".to_owned(),
            1..=RecordId::MAX_IDENTIFIER_BYTES => return Ok(identifier),
            length => {
                format!("an identifier of {length} bytes; at most {} are allowed", RecordId::MAX_IDENTIFIER_BYTES)
            }
        };
        Err(Problem::rejected(&self.raw.place, Some("identifier"), reason))
    }
}

fn labels(field: ControlledField, ids: &[ConceptId]) -> String {
    let list = Vocabularies::shipped().of(field);
    let labels: Vec<&str> = ids.iter().map(|id| list.label(id.as_str())).collect();
    labels.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::RawValues;
    use crate::testing::source;
    use rstest::rstest;
    use schemas::Method;
    use serde_json::json;

    const JSON: &str = r#"
nation = "uk"
kind = "json"
[where]
url = "https://example.org/api"
[mapping]
identifier = "/id"
title = "/title"
url = "/url"
same_as = "/same_as"
image = "/image"
closed = "/closed"
keywords = "/keywords"
date_published = "/date"
duration = "/duration"
starts = "/starts"
ends = "/ends"
age_range = "/ages"
levels = { from = "/levels", words = { "HIGH_SCHOOL" = "ks4", "Any" = "" } }
subjects = { from = "/subjects", words = { "Sums" = "mathematics" } }
licence = "/licence"
language = { from = "/language", split = "|" }
[defaults]
levels = ["ks3"]
cost = "free"
keywords = ["careers"]
"#;

    fn raw(value: serde_json::Value) -> RawRecord {
        RawRecord::new("/items/0", None, RawValues::Json(value))
    }

    /// A record with a title and an address, and these values beside them.
    fn map(mut value: serde_json::Value) -> Result<(Metadata, Vec<String>), Refusal> {
        let given = value.as_object_mut().expect("an object");
        for (name, text) in [("id", "7"), ("title", "Lifeguard"), ("url", "https://example.org/jobs/lifeguard")] {
            given.entry(name).or_insert(json!(text));
        }
        let (record, problems) = map_record(&raw(value), &source(JSON))?;
        Ok((record.metadata, problems.iter().map(ToString::to_string).collect()))
    }

    fn ids(metadata: &Metadata, field: ControlledField) -> Vec<&str> {
        metadata.concepts(field).iter().map(|claim| claim.value.as_str()).collect()
    }

    #[test]
    fn a_whole_record_is_mapped() {
        let (metadata, problems) = map(json!({
            "keywords": ["water", "water", "rescue"], "date": "4 August 2016", "duration": "1 hour",
            "starts": "07/01/2019 00:00:00", "ends": "11/03/2019 00:00:00",
            "subjects": ["Maths", "Sums", "quidditch"], "language": "en-GB|de",
            "licence": "http://creativecommons.org/licenses/by-sa/4.0/",
        }))
        .expect("it is right");
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(metadata.publisher.as_deref(), Some("Example Society"));
        assert_eq!(metadata.keywords, ["water", "rescue"]);
        assert_eq!(metadata.date_published.map(|date| date.to_string()).as_deref(), Some("2016-08-04"));
        assert_eq!(metadata.duration_minutes, Some(60));
        assert_eq!(metadata.ends.map(|at| at.to_string()).as_deref(), Some("2019-03-11T23:59:59"));
        assert_eq!(ids(&metadata, ControlledField::Subject), ["mathematics"]);
        assert_eq!(ids(&metadata, ControlledField::Language), ["en"]);
        assert_eq!(ids(&metadata, ControlledField::Licence), ["cc-by-sa-4.0"]);
        let unmapped: Vec<&str> = metadata.unmapped.iter().map(|unmapped| unmapped.word.as_str()).collect();
        assert_eq!(unmapped, ["quidditch", "de"]);
    }

    #[test]
    fn a_default_fills_only_what_the_record_leaves_open_and_counts_as_stated() {
        let (bare, _) = map(json!({})).expect("it is right");
        assert_eq!(ids(&bare, ControlledField::Level), ["ks3"]);
        assert_eq!(bare.concepts(ControlledField::Level)[0].method, Method::Stated);
        assert_eq!(bare.keywords, ["careers"]);
        let (full, _) = map(json!({"levels": ["HIGH_SCHOOL", "Any"], "keywords": "own"})).expect("it is right");
        assert_eq!(ids(&full, ControlledField::Level), ["ks4"]);
        assert_eq!(full.concepts(ControlledField::Level)[0].evidence.as_deref(), Some("HIGH_SCHOOL"));
        assert_eq!(full.keywords, ["own"]);
        assert_eq!(ids(&full, ControlledField::Cost), ["free"]);
    }

    #[test]
    fn ages_among_the_levels_become_the_age_range() {
        let (metadata, _) = map(json!({"levels": ["ages 5-7", "9-13 years"]})).expect("it is right");
        let ages = metadata.age_range.as_ref().expect("ages");
        assert_eq!((ages.value.to_string().as_str(), ages.method), ("5-13", Method::Mapped));
        assert_eq!(ages.evidence.as_deref(), Some("ages 5-7; 9-13 years"));
        assert!(metadata.concepts(ControlledField::Level).is_empty(), "the default is for records that say nothing");
        let (both, _) = map(json!({"levels": "ages 5-7", "ages": "11-14"})).expect("it is right");
        assert_eq!(both.age_range, Some(Claim::stated(AgeRange::new(11, 14).unwrap())));
    }

    #[rstest]
    #[case::no_title(json!({"title": "  "}), "title: no title")]
    #[case::only_markup(json!({"title": "<p></p>"}), "title: no title")]
    #[case::no_address(json!({"url": null}), "url: no address")]
    #[case::bad_address(json!({"url": "see website"}), "url: `see website` is not an address")]
    #[case::script(json!({"url": "javascript:alert(1)"}), "is not an http or https address")]
    #[case::no_identifier(json!({"id": ""}), "identifier: no identifier")]
    #[case::long_identifier(json!({"id": "x".repeat(3_000)}), "an identifier of 3000 bytes")]
    #[case::long_title(json!({"title": "x".repeat(501)}), "title: a title of more than 500 characters")]
    fn what_cannot_be_published_is_refused(#[case] value: serde_json::Value, #[case] expected: &str) {
        let problem = map(value).expect_err("it cannot be published").problem;
        assert_eq!((problem.severity, problem.place.as_str()), (Severity::Rejected, "/items/0"));
        assert!(problem.to_string().contains(expected), "{problem}");
    }

    #[rstest]
    #[case::date(json!({"date": "soon"}), "date_published: `soon` is no date")]
    #[case::duration(json!({"duration": "varies"}), "duration: `varies` is no duration")]
    #[case::ages(json!({"ages": "all"}), "age_range: `all` is no range of ages")]
    #[case::image(json!({"image": "logo"}), "image: `logo` is not an address")]
    #[case::same_as(json!({"same_as": ["mailto:jo@example.org"]}), "is not an http or https address")]
    #[case::long_word(json!({"subjects": ["x".repeat(201)]}), "subjects: a word of more than 200 characters")]
    #[case::many(json!({"keywords": (0..301).collect::<Vec<_>>()}), "keywords: more than 300 values")]
    #[case::turned_round(json!({"starts": "2026-03-02", "ends": "2026-03-01"}), "before it starts")]
    fn what_is_not_understood_is_a_warning(#[case] value: serde_json::Value, #[case] expected: &str) {
        let (_, problems) = map(value).expect("it can be published");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(expected), "{problems:?}");
    }

    #[test]
    fn relative_addresses_are_joined_to_the_homepage() {
        let (metadata, problems) =
            map(json!({"url": "/jobs/a b", "image": "//cdn.example.org/a.png", "same_as": "www.example.org/a"}))
                .expect("it is right");
        assert_eq!(metadata.url.as_deref(), Some("https://example.org/jobs/a%20b"));
        assert_eq!(metadata.image.as_deref(), Some("https://cdn.example.org/a.png"));
        assert_eq!(metadata.same_as, ["https://www.example.org/a"]);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn without_an_identifier_of_its_own_a_record_goes_by_its_address_or_its_title() {
        let source = source(&JSON.replace("identifier = \"/id\"\n", ""));
        let identifier = |value| map_record(&raw(value), &source).expect("it is right").0.id.identifier;
        assert_eq!(identifier(json!({"title": "A", "url": "/a"})), "/a");
        assert_eq!(identifier(json!({"title": "Connexions Direct", "closed": "Closed in 2012."})), "connexions-direct");
    }

    #[test]
    fn a_page_says_its_own_fields_and_goes_by_where_it_was_read() {
        let sitemap = "kind = \"sitemap\"\n[where]\nurl = \"https://example.org/s.xml\"\n[mapping]\ntitle = \"h1\"\n";
        let address = "https://example.org/jobs/lifeguard?x=1";
        let selected = BTreeMap::from([("h1".to_owned(), vec!["Lifeguard".to_owned()])]);
        let mut raw = RawRecord::new(address, None, RawValues::Page(selected));
        (raw.page, raw.base) = (Some(address.to_owned()), Some(address.to_owned()));
        raw.described = BTreeMap::from([
            (TargetField::Url, vec!["https://example.org/jobs/lifeguard".to_owned()]),
            (TargetField::Image, vec!["hero.png".to_owned()]),
            (TargetField::Concepts(ControlledField::Level), vec!["KS3-4".to_owned()]),
        ]);
        let (record, problems) = map_record(&raw, &source(sitemap)).expect("it is right");
        assert_eq!(record.id.identifier, address);
        assert_eq!(record.metadata.url.as_deref(), Some("https://example.org/jobs/lifeguard"));
        assert_eq!(record.metadata.image.as_deref(), Some("https://example.org/jobs/hero.png"));
        assert_eq!(ids(&record.metadata, ControlledField::Level), ["ks3", "ks4"]);
        assert!(problems.is_empty(), "{problems:?}");
    }
}
