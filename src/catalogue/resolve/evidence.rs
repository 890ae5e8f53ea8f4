//! Evidence: what each field of two records says for or against their being the same thing.
//!
//! In go two profiles, out comes one weight for each field; their sum is the score. Titles are weighed by `wording`, model
//! numbers by `codes`.
//!
//! The weights were found on labelled pairs (things of two shops, papers of two libraries, edited and shortened copies
//! of lessons and job profiles) by climbing, and rounded; those against were set by hand where no set has such pairs.

use super::codes::weigh_codes;
use super::minhash::count;
use super::profile::{Creator, Profile};
use super::title::Number;
use super::wording::Wording;

/// A step of a series, an edition or a level that is another one; of things with a model number, a measure.
const OTHER_NUMBER: f32 = -12.0;
const OTHER_MEASURE: f32 = -1.9;
/// One of them has a number and the other has none of its sort.
const NUMBER_ALONE: f32 = -2.0;
/// The same number; two of them count.
const SAME_NUMBER: f32 = 1.0;

/// The shorter text is a part of the longer one.
const SAME_TEXT: f32 = 5.5;
/// Texts that share nothing: of things by the same code, of other things, and of all else.
const OTHER_TEXT_SAME_CODE: f32 = 0.8;
const OTHER_TEXT_OF_THING: f32 = 2.2;
const OTHER_TEXT: f32 = 4.0;
/// So many runs of three words make a text half sure.
const RUNS_HALF_SURE: f32 = 6.0;

/// The same people; nobody in common.
const SAME_CREATORS: f32 = 2.0;
const OTHER_CREATORS: f32 = -2.5;

/// Of two editions the same year or another one, and of two pages, which may be copied years later.
const SAME_EDITION: f32 = 1.5;
const OTHER_EDITION: f32 = -9.0;
const SAME_YEAR: f32 = 0.3;
const OTHER_YEAR: f32 = -0.7;

/// The same publisher. Another one says nothing: catalogues name the maker, the shop or themselves.
const SAME_PUBLISHER: f32 = 0.5;
/// A poster and a video.
const OTHER_TYPE: f32 = -3.0;
const OTHER_LANGUAGE: f32 = -6.0;
/// Of events: the same beginning; another one, which nothing makes up for.
const SAME_START: f32 = 1.0;
const OTHER_START: f32 = -20.0;
/// The same declared identifier; one of a sort that names one thing, and another of that sort.
const SAME_IDENTIFIER: f32 = 8.0;
const OTHER_IDENTIFIER: f32 = -4.0;

/// A field that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Codes,
    Numbers,
    Text,
    Creators,
    Year,
    Publisher,
    Type,
    Language,
    Starts,
    Identifier,
}

impl Field {
    /// All of them, in the order in which they are added up.
    const ALL: [Self; 11] = [
        Self::Title,
        Self::Codes,
        Self::Numbers,
        Self::Text,
        Self::Creators,
        Self::Year,
        Self::Publisher,
        Self::Type,
        Self::Language,
        Self::Starts,
        Self::Identifier,
    ];

    /// The name under which it is shown.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Codes => "codes",
            Self::Numbers => "numbers",
            Self::Text => "text",
            Self::Creators => "creators",
            Self::Year => "year",
            Self::Publisher => "publisher",
            Self::Type => "type",
            Self::Language => "language",
            Self::Starts => "starts",
            Self::Identifier => "identifier",
        }
    }
}

/// The weight of each field, in the order of [`Field::ALL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence([f32; 11]);

impl Evidence {
    /// Weighs every field of two records. Which of them comes first makes no difference.
    pub(super) fn of(one: &Profile, other: &Profile) -> Self {
        let wording = Wording::of(one, other);
        let codes = weigh_codes(one, other);
        let has_codes = !one.title.codes.is_empty() || !other.title.codes.is_empty();
        let title = if has_codes { wording.as_a_thing() } else { wording.as_a_text(&one.title, &other.title) };
        Self([
            title,
            codes,
            numbers(&one.title.numbers, &other.title.numbers, has_codes),
            text(one, other, codes > 0.0, has_codes),
            creators(&one.creators, &other.creators),
            year(one, other),
            publisher(one, other),
            types(one, other),
            language(one, other),
            starts(one, other),
            identifiers(one, other),
        ])
    }

    /// The sum of all.
    pub(super) fn score(&self) -> f32 {
        self.0.iter().sum()
    }

    /// Each field with its weight.
    pub(super) fn fields(&self) -> impl Iterator<Item = (Field, f32)> {
        Field::ALL.into_iter().zip(self.0)
    }
}

fn numbers(one: &[Number], other: &[Number], has_codes: bool) -> f32 {
    if one.is_empty() && other.is_empty() {
        return 0.0;
    }
    let has = |numbers: &[Number], number: &Number| numbers.iter().any(|their| their.same_as(number));
    let counts = |numbers: &[Number], number: &Number| numbers.iter().any(|their| their.of == number.of);
    let shares_of = |number: &Number| one.iter().any(|mine| mine.of == number.of && has(other, mine));
    let agrees = one.iter().filter(|number| has(other, number)).count();
    let is_conflict = one.iter().any(|number| counts(other, number) && !shares_of(number));
    if is_conflict {
        return if has_codes { OTHER_MEASURE } else { OTHER_NUMBER };
    }
    if agrees > 0 {
        return SAME_NUMBER * count(agrees.min(2));
    }
    if has_codes { 0.0 } else { NUMBER_ALONE }
}

fn text(one: &Profile, other: &Profile, codes_agree: bool, has_codes: bool) -> f32 {
    let shared = one.text.runs.shared(&other.text.runs);
    let shorter = shared.one.min(shared.other);
    if shorter == 0 {
        return 0.0;
    }
    let contained = count(shared.both) / count(shorter);
    let sure = count(shorter) / (count(shorter) + RUNS_HALF_SURE);
    let against = match (codes_agree, has_codes) {
        (true, _) => OTHER_TEXT_SAME_CODE,
        (false, true) => OTHER_TEXT_OF_THING,
        (false, false) => OTHER_TEXT,
    };
    sure * (SAME_TEXT * contained.powi(2) - against * (1.0 - contained).powi(4))
}

fn creators(one: &[Creator], other: &[Creator]) -> f32 {
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    let met =
        |from: &[Creator], to: &[Creator]| from.iter().filter(|name| to.iter().any(|their| their.may_be(name))).count();
    let both = met(one, other).min(met(other, one));
    if both == 0 { OTHER_CREATORS } else { SAME_CREATORS * count(both) / count(one.len().min(other.len())) }
}

fn year(one: &Profile, other: &Profile) -> f32 {
    let (Some(mine), Some(theirs)) = (one.published, other.published) else {
        return 0.0;
    };
    let is_edition = mine.year_only && theirs.year_only;
    match (mine.year == theirs.year, is_edition) {
        (true, true) => SAME_EDITION,
        (true, false) => SAME_YEAR,
        (false, true) => OTHER_EDITION,
        (false, false) => OTHER_YEAR,
    }
}

fn publisher(one: &Profile, other: &Profile) -> f32 {
    let is_same = !one.publisher.is_empty() && one.publisher == other.publisher;
    if is_same { SAME_PUBLISHER } else { 0.0 }
}

fn types(one: &Profile, other: &Profile) -> f32 {
    let both_say = !one.types.is_empty() && !other.types.is_empty();
    let differ = both_say && !one.types.iter().any(|kind| other.types.contains(kind));
    if differ { OTHER_TYPE } else { 0.0 }
}

fn language(one: &Profile, other: &Profile) -> f32 {
    match (&one.language, &other.language) {
        (Some(mine), Some(theirs)) if mine != theirs => OTHER_LANGUAGE,
        _ => 0.0,
    }
}

fn starts(one: &Profile, other: &Profile) -> f32 {
    match (&one.starts, &other.starts) {
        (Some(mine), Some(theirs)) if mine == theirs => SAME_START,
        (Some(_), Some(_)) => OTHER_START,
        _ => 0.0,
    }
}

fn identifiers(one: &Profile, other: &Profile) -> f32 {
    // An address that both name says nothing here: whether it makes them one is decided with all that name it.
    if one.shares_name(other) {
        return SAME_IDENTIFIER;
    }
    let of_scheme = |profile: &Profile, scheme: &str| profile.identifiers.iter().any(|one| one.starts_with(scheme));
    let differ = ["doi:", "isbn:"].iter().any(|scheme| of_scheme(one, scheme) && of_scheme(other, scheme));
    if differ { OTHER_IDENTIFIER } else { 0.0 }
}
