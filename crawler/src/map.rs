//! Mapping: what does a raw record say in our fields, by its source's own mapping?
//!
//! Raw values go in; a record and what was not understood of it come out, or the one problem that refuses it. Pure: the
//! same values and the same source always give the same record. Which texts a field gets, and how one kind of value is
//! read, is left to [`crate::normalise`]; what no source states is inferred elsewhere.

use std::collections::BTreeMap;
use std::mem;

use jiff::civil::{Date, DateTime};
use schemas::validate::{MAX_TEXT_BYTES, MAX_TITLE_CHARACTERS};
use schemas::{
    AgeRange, Claim, ConceptId, ControlledField, Location, Metadata, Problem, Record, RecordId, Severity, Source,
    TargetField, UnmappedWord, Vocabularies, parse_address, validate,
};
use url::{ParseError, Url};

use crate::normalise::concept::{Meaning, OwnWords, WordRead, claim_of_ages, read_own_word, widened};
use crate::normalise::gather::gather;
use crate::normalise::written::{says_date, says_duration, says_time, shortened};
use crate::normalise::{
    Ages, DayPart, address_in, is_menu, parse_datetime, parse_day, parse_minutes, read_ages, slug, words_of,
};
use crate::raw::RawRecord;

/// So many values of one field are taken; a record with more has a text where a list should be.
const MAX_VALUES: usize = 300;

/// So many words of one controlled field are read: what names everything names nothing. The most that a record among our
/// test data has for one field is 25.
const MAX_CONCEPTS: usize = 40;

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
    // A word for one field may name a level as well, so that only now is known what the record leaves open.
    for field in ControlledField::ALL {
        mapper.add_defaults(field);
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
        self.read_title();
        let description = self.texts(TargetField::Description).join(" ");
        if is_menu(&description) {
            self.warn(TargetField::Description, "it is the menu of its page; it is left out");
        } else {
            self.metadata.description = Some(description).filter(|text| !text.is_empty());
        }
        let organisation = Some(self.source.organisation.clone());
        self.metadata.publisher = self.first(TargetField::Publisher).or(organisation).filter(|text| !text.is_empty());
        self.metadata.creators = self.list(TargetField::Creators, MAX_TITLE_CHARACTERS);
        self.metadata.keywords = self.list(TargetField::Keywords, MAX_WORD_CHARACTERS);
        self.metadata.topics = self.list(TargetField::Topics, MAX_WORD_CHARACTERS);
        self.metadata.place = self.first(TargetField::Place);
        self.metadata.held_by = self.first(TargetField::HeldBy);
        self.metadata.closed = self.first(TargetField::Closed);
    }

    /// The title; for one that is an address another name, or the words of that address.
    fn read_title(&mut self) {
        self.metadata.title = self.first(TargetField::Title).unwrap_or_default();
        self.metadata.alternative_titles = self.list(TargetField::AlternativeTitles, MAX_TITLE_CHARACTERS);
        let Some(address) = address_in(&self.metadata.title) else {
            return;
        };
        let others = &mut self.metadata.alternative_titles;
        let named = others.iter().position(|title| address_in(title).is_none()).map(|place| others.remove(place));
        // One of which nothing can be made stays as it is: `validate` refuses it and says why.
        let Some(title) = named.or_else(|| words_of(&address)) else {
            return;
        };
        let given = mem::take(&mut self.metadata.title);
        self.warn(TargetField::Title, format!("`{given}` is an address; `{title}` is taken as the title"));
        self.keep_words(TargetField::Title, &given);
        self.metadata.title = title;
    }

    /// Keeps the words that a plain field was read from, where it does not say the same in so many words.
    fn keep_words(&mut self, field: TargetField, words: &str) {
        let kept = self.metadata.read_from.entry(field.name().to_owned()).or_default();
        if !kept.is_empty() {
            kept.push_str("; ");
        }
        kept.push_str(words);
        *kept = shortened(kept);
    }

    fn read_addresses(&mut self) {
        let given = self.first(TargetField::Url).or_else(|| self.raw.page.clone());
        // One that is no address stays as it is: `validate` refuses it and says why.
        self.metadata.url = given.map(|text| self.address(TargetField::Url, &text).unwrap_or(text));
        if let Some(image) = self.first(TargetField::Image) {
            self.metadata.image = self.address_or_warning(TargetField::Image, &image);
        }
        for text in self.list(TargetField::SameAs, MAX_TEXT_BYTES) {
            let address = self.address_or_warning(TargetField::SameAs, &text);
            self.metadata.same_as.extend(address);
        }
    }

    fn address_or_warning(&mut self, field: TargetField, text: &str) -> Option<String> {
        self.address(field, text).map_err(|reason| self.warn(field, reason)).ok()
    }

    /// An absolute address.
    fn address(&mut self, field: TargetField, text: &str) -> Result<String, String> {
        let completed = self.completed(text);
        let address = parse_address(completed.as_ref().map_or(text, Url::as_str))?;
        if completed.is_some() {
            self.keep_words(field, text);
        }
        Ok(address.into())
    }

    /// A relative address, joined to where the record stands; outside pages only if it looks like one.
    fn completed(&self, text: &str) -> Option<Url> {
        let looks_relative =
            text.starts_with(['/', '.', '?']) || (self.raw.is_of_page() && !text.contains(char::is_whitespace));
        match Url::parse(text) {
            Err(ParseError::RelativeUrlWithoutBase) if text.starts_with("www.") => {
                Url::parse(&format!("https://{text}")).ok()
            }
            Err(ParseError::RelativeUrlWithoutBase) if looks_relative => {
                self.base().and_then(|base| base.join(text).ok())
            }
            Ok(_) | Err(_) => None,
        }
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
        self.metadata.duration_minutes = self.minutes();
    }

    /// A day, for which the source may name a year alone.
    fn date(&mut self, field: TargetField) -> Option<Date> {
        let (date, words) = self.understood(field, "date", parse_day)?;
        if !says_date(&words, date) {
            self.keep_words(field, &words);
        }
        Some(date)
    }

    fn date_and_time(&mut self, field: TargetField, part: DayPart) -> Option<DateTime> {
        let (at, words) = self.understood(field, "date", |text| parse_datetime(text, part))?;
        if !says_time(&words, at) {
            self.keep_words(field, &words);
        }
        Some(at)
    }

    fn minutes(&mut self) -> Option<u32> {
        let (minutes, words) = self.understood(TargetField::Duration, "duration", parse_minutes)?;
        if !says_duration(&words) {
            self.keep_words(TargetField::Duration, &words);
        }
        Some(minutes)
    }

    /// The first value of a field as `read` reads it, and its words; a warning when it cannot.
    fn understood<T>(
        &mut self,
        field: TargetField,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<(T, String)> {
        let text = self.first(field)?;
        let Some(value) = read(&text) else {
            self.warn(field, format!("`{text}` is no {what} that is understood"));
            return None;
        };
        Some((value, text))
    }

    fn read_ages(&mut self) {
        for text in self.list(TargetField::AgeRange, MAX_WORD_CHARACTERS) {
            let Ages { range, is_turned_round, remark } = read_ages(&text);
            let is_told = remark.is_some();
            if let Some(remark) = remark {
                self.warn(TargetField::AgeRange, remark);
            }
            match range {
                Some(range) => {
                    let before = self.metadata.age_range.take();
                    self.metadata.age_range = Some(widened(before, claim_of_ages(range, is_turned_round, &text)));
                }
                None if is_told => self.keep_unmapped(ControlledField::Level, text),
                None => self.read_level_among_ages(text),
            }
        }
    }

    /// Some write a stage where ages should stand.
    fn read_level_among_ages(&mut self, text: String) {
        let read = self.read(ControlledField::Level, &text);
        if matches!(read.meaning, Meaning::Ambiguous(_) | Meaning::Unknown) {
            self.warn(TargetField::AgeRange, format!("`{text}` is no range of ages"));
            self.keep_unmapped(ControlledField::Level, text);
        } else {
            self.take(ControlledField::Level, text, read);
        }
    }

    fn read(&self, field: ControlledField, word: &str) -> WordRead {
        read_own_word(field, word, OwnWords::of(self.source, field), self.source.nation.as_str())
    }

    fn read_concepts(&mut self, field: ControlledField) {
        let target = TargetField::Concepts(field);
        if !self.values.contains_key(&target) {
            return;
        }
        let mut words = self.list(target, MAX_WORD_CHARACTERS);
        let count = words.len();
        let unread = words.split_off(count.min(MAX_CONCEPTS));
        for word in words {
            let read = self.read(field, &word);
            self.take(field, word, read);
        }
        if !unread.is_empty() {
            let reason = format!("{count} words; only the first {MAX_CONCEPTS} are read, the others can be searched");
            self.warn(target, reason);
        }
        // They are no words that nobody knows, so the admin is not asked about them.
        for word in unread {
            if !self.metadata.keywords.contains(&word) {
                self.metadata.keywords.push(word);
            }
        }
    }

    fn take(&mut self, field: ControlledField, word: String, read: WordRead) {
        let target = TargetField::Concepts(field);
        for remark in read.remarks {
            self.warn(target, remark);
        }
        for claim in read.levels {
            self.add(ControlledField::Level, claim);
        }
        match read.meaning {
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

    /// What the whole catalogue shares, where the record says nothing of its own.
    fn add_defaults(&mut self, field: ControlledField) {
        let has_ages_instead = field == ControlledField::Level && self.ages_of_levels.is_some();
        if !self.metadata.concepts(field).is_empty() || has_ages_instead {
            return;
        }
        let source = self.source;
        let ids = source.defaults.get(&TargetField::Concepts(field)).into_iter().flatten();
        for id in ids.filter_map(|id| ConceptId::parse(id).ok()) {
            self.add(field, Claim::stated(id));
        }
    }

    /// Of a field with one value the first stays.
    fn add(&mut self, field: ControlledField, claim: Claim<ConceptId>) {
        if !field.is_single() || self.metadata.concepts(field).is_empty() {
            self.metadata.add_concept(field, claim);
        }
    }

    fn keep_unmapped(&mut self, field: ControlledField, word: String) {
        let unmapped = UnmappedWord { field, word };
        if !self.metadata.unmapped.contains(&unmapped) {
            self.metadata.unmapped.push(unmapped);
        }
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
    use schemas::{Confidence, Method};
    use serde_json::json;

    const JSON: &str = r#"
nation = "uk"
kind = "json"
[where]
url = "https://example.org/api"
[mapping]
identifier = "/id"
title = "/title"
alternative_titles = "/other_titles"
description = "/description"
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
        assert_eq!(unmapped(&metadata), ["quidditch", "de"]);
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
    #[case::title_is_an_address(json!({"title": "https://x.org/?p=1"}), "title: `https://x.org/?p=1` is an address, and")]
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
    #[case::ages_turned_round(json!({"ages": "14-11"}), "age_range: `14-11` is the wrong way round; it is read as 11 to 14")]
    #[case::everybody(json!({"ages": "0-99"}), "age_range: `0-99` says nothing about whom it is for")]
    #[case::no_such_level(json!({"levels": "Year 99"}), "levels: `Year 99` names no level that there is")]
    #[case::nations(json!({"levels": "KS3 / S1-S2 / P7"}), "several nations; it is read as ages 10-14")]
    #[case::year_of_an_event(json!({"starts": "2026"}), "starts: `2026` is no date")]
    fn what_is_not_understood_is_a_warning(#[case] value: serde_json::Value, #[case] expected: &str) {
        let (_, problems) = map(value).expect("it can be published");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(expected), "{problems:?}");
    }

    fn unmapped(metadata: &Metadata) -> Vec<&str> {
        metadata.unmapped.iter().map(|unmapped| unmapped.word.as_str()).collect()
    }

    #[test]
    fn what_names_no_level_is_kept_and_told() {
        let value = json!({"levels": ["KS7", "all ages", "KS3"], "ages": ["All ages", "curious", "KS4"]});
        let (metadata, problems) = map(value).expect("it is right");
        assert_eq!(ids(&metadata, ControlledField::Level), ["ks4", "ks3"], "a stage may stand where ages should");
        assert_eq!(metadata.age_range, None);
        assert_eq!(unmapped(&metadata), ["All ages", "curious", "KS7", "all ages"]);
        let told = [
            "/items/0: age_range: `All ages` says nothing about whom it is for",
            "/items/0: age_range: `curious` is no range of ages",
            "/items/0: levels: `KS7` names no level that there is",
            "/items/0: levels: `all ages` says nothing about whom it is for",
        ];
        assert_eq!(problems, told);
    }

    #[test]
    fn a_range_the_wrong_way_round_is_turned_and_less_sure() {
        let (metadata, _) = map(json!({"ages": "14-11"})).expect("it is right");
        let ages = metadata.age_range.expect("ages");
        assert_eq!((ages.value.to_string().as_str(), ages.method), ("11-14", Method::Mapped));
        assert_eq!((ages.confidence, ages.evidence.as_deref()), (Confidence::new(0.8).unwrap(), Some("14-11")));
        let (metadata, problems) = map(json!({"levels": "Years 9 to 7"})).expect("it is right");
        assert_eq!(ids(&metadata, ControlledField::Level), ["eng-year-7", "eng-year-8", "eng-year-9"]);
        assert!(metadata.concepts(ControlledField::Level).iter().all(|claim| claim.confidence.value() < 0.9));
        assert_eq!(problems, ["/items/0: levels: `Years 9 to 7` is the wrong way round; it is read as 7 to 9"]);
    }

    #[test]
    fn of_very_many_words_for_one_field_the_first_are_read() {
        let mut subjects: Vec<String> = (0..298).map(|number| format!("Subject {number}")).collect();
        subjects.insert(0, "Biology".to_owned());
        subjects.push("Physics".to_owned());
        let (metadata, problems) = map(json!({ "subjects": subjects })).expect("it is right");
        assert_eq!(ids(&metadata, ControlledField::Subject), ["biology"]);
        assert_eq!(metadata.unmapped.len(), 39);
        assert!(metadata.keywords.contains(&"Physics".to_owned()), "it is searched");
        let told = "/items/0: subjects: 300 words; only the first 40 are read, the others can be searched";
        assert_eq!(problems, [told]);
    }

    #[test]
    fn levels_in_words_for_something_else_go_before_the_default() {
        let (metadata, problems) = map(json!({"subjects": "GCSE Chemistry"})).expect("it is right");
        assert_eq!(ids(&metadata, ControlledField::Subject), ["chemistry"]);
        assert_eq!(ids(&metadata, ControlledField::Level), ["ks4"]);
        assert_eq!(metadata.concepts(ControlledField::Level)[0].evidence.as_deref(), Some("GCSE Chemistry"));
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[rstest]
    #[case::address(
        json!({"title": "https://x.org/careers/chemical-engineer/"}),
        "Chemical engineer",
        "title: `https://x.org/careers/chemical-engineer/` is an address; `Chemical engineer` is taken as the title"
    )]
    #[case::another_title(
        json!({"title": "https://x.org/?p=1", "other_titles": ["https://x.org/b", "Tides"]}),
        "Tides",
        "title: `https://x.org/?p=1` is an address; `Tides` is taken as the title"
    )]
    fn a_title_that_is_an_address_gives_way(
        #[case] value: serde_json::Value,
        #[case] title: &str,
        #[case] expected: &str,
    ) {
        let given = value["title"].as_str().expect("a title").to_owned();
        let (metadata, problems) = map(value).expect("it can be named");
        assert_eq!(metadata.title, title);
        assert_eq!(metadata.read_from["title"], given);
        assert!(!metadata.alternative_titles.contains(&title.to_owned()));
        assert_eq!(problems, [format!("/items/0: {expected}")]);
    }

    #[test]
    fn a_description_that_is_a_menu_is_left_out() {
        let menu = "Home About us Contact Log in Skip to content Cookies";
        let (metadata, problems) = map(json!({ "description": menu })).expect("it is right");
        assert_eq!(metadata.description, None);
        assert_eq!(problems, ["/items/0: description: it is the menu of its page; it is left out"]);
    }

    #[test]
    fn the_words_that_a_value_was_read_from_are_kept() {
        let value = json!({
            "date": "1999", "duration": "an hour and a half", "starts": "12 June 2026 at 2.30pm", "ends": "2026-06-12",
            "url": "/jobs/lifeguard", "same_as": ["/a", "https://example.org/b", "www.example.org/c"],
        });
        let (metadata, problems) = map(value).expect("it is right");
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(metadata.date_published.map(|date| date.to_string()).as_deref(), Some("1999-01-01"));
        let read_from: Vec<(&str, &str)> =
            metadata.read_from.iter().map(|(field, words)| (field.as_str(), words.as_str())).collect();
        let expected = [
            ("date_published", "1999"),
            ("duration", "an hour and a half"),
            ("same_as", "/a; www.example.org/c"),
            ("starts", "12 June 2026 at 2.30pm"),
            ("url", "/jobs/lifeguard"),
        ];
        assert_eq!(read_from, expected);
        let (plain, _) = map(json!({"date": "2016-08-04T15:46:22Z", "duration": "PT1H"})).expect("it is right");
        assert!(plain.read_from.is_empty(), "{:?}", plain.read_from);
    }

    #[test]
    fn words_that_an_admin_has_accepted_go_behind_those_of_the_mapping() {
        let accepted = BTreeMap::from([
            ("sums".to_owned(), vec!["physics".to_owned()]),
            ("rock pools".to_owned(), vec!["biology".to_owned()]),
        ]);
        let source = Source { accepted_words: BTreeMap::from([(ControlledField::Subject, accepted)]), ..source(JSON) };
        let value = json!({"id": "7", "title": "A", "url": "/a", "subjects": ["Sums", "Rock pools"]});
        let (record, _) = map_record(&raw(value), &source).expect("it is right");
        assert_eq!(ids(&record.metadata, ControlledField::Subject), ["mathematics", "biology"]);
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
