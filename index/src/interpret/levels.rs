//! Levels that are written with several numbers, or as ages: "years 7 and 8", "KS3/4", "P5-7", "13 year olds".
//!
//! A level with one number is a label, and is found as any other name. Only what is in order counts: "year 9 and 3
//! posters" is one year.

use schemas::{ConceptId, ControlledField, Found, Vocabularies};

use crate::words::TypedTerm;

/// "Key stages 3, 4 and 5 please" has six words; nobody needs more.
const MAX_WORDS: usize = 8;

/// In the year after this birthday young people leave school.
const FIRST_AGE_AFTER_SCHOOL: u8 = 18;

/// Those who are four are in reception, and those who are five in Year 1.
const YEARS_BEFORE_YEAR_1: u8 = 4;

/// One way to number levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scheme {
    /// What stands before the number in a label.
    label: &'static str,
    most: u8,
}

const YEAR: Scheme = Scheme { label: "Year ", most: 13 };
const KEY_STAGE: Scheme = Scheme { label: "Key Stage ", most: 5 };
const SECONDARY: Scheme = Scheme { label: "S", most: 6 };
const PRIMARY: Scheme = Scheme { label: "P", most: 7 };

/// A run of letters, a run of digits or a sign between them.
struct Piece {
    text: String,
    /// The place of its word.
    term: usize,
    /// Whether it ends that word.
    is_last: bool,
}

/// The levels that these words begin with, and how many words they take.
pub(super) fn levels_at(
    terms: &[TypedTerm],
    nation: &str,
    vocabularies: &Vocabularies,
) -> Option<(usize, Vec<ConceptId>)> {
    let first = terms.first().filter(|term| may_begin(&term.typed))?;
    let pieces = pieces(terms);
    if first.typed.starts_with(|c: char| c.is_ascii_digit()) || first.typed.to_lowercase().starts_with("age") {
        return of_ages(&pieces, vocabularies);
    }
    of_numbers(&pieces, nation, vocabularies)
}

/// Most words are seen not to be a level by their beginning.
fn may_begin(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || matches!(c.to_ascii_lowercase(), 'a' | 'k' | 'p' | 's' | 'y'))
}

fn of_numbers(pieces: &[Piece], nation: &str, vocabularies: &Vocabularies) -> Option<(usize, Vec<ConceptId>)> {
    let (scheme, mut place) = scheme_at(pieces, 0)?;
    let mut numbers = vec![number_at(pieces, place)?];
    let mut whole = None;
    place += 1;
    while let Some((is_range, next)) = separator_at(pieces, place) {
        // "Y7-Y8": it may stand again.
        let next = scheme_at(pieces, next).filter(|(again, _)| *again == scheme).map_or(next, |(_, after)| after);
        let last = numbers.last().copied().unwrap_or_default();
        let Some(number) = number_at(pieces, next).filter(|number| *number > last && *number <= scheme.most) else {
            break;
        };
        if is_range {
            numbers.extend(last + 1..=number);
        } else {
            numbers.push(number);
        }
        if pieces[next].is_last {
            whole = Some((pieces[next].term + 1, numbers.len()));
        }
        place = next + 1;
    }
    let (length, count) = whole?;
    let labels = numbers.iter().take(count).map(|number| format!("{}{number}", scheme.label));
    let ids: Vec<ConceptId> = labels.map(|label| level(&label, nation, vocabularies)).collect::<Option<_>>()?;
    Some((length, ids))
}

/// "13 year olds", "aged 13", "ages 11 to 14", "11-14 year olds". The second age of a range is where it ends.
fn of_ages(pieces: &[Piece], vocabularies: &Vocabularies) -> Option<(usize, Vec<ConceptId>)> {
    let is_said_before = matches!(word_at(pieces, 0), "age" | "ages" | "aged");
    let mut place = usize::from(is_said_before);
    let from = number_at(pieces, place)?;
    place += 1;
    let mut to = from.saturating_add(1);
    if let Some((true, next)) = separator_at(pieces, place)
        && let Some(end) = number_at(pieces, next)
    {
        (to, place) = (end, next + 1);
    }
    let after = after_year_olds(pieces, place);
    let last = &pieces[after.unwrap_or(place) - 1];
    if (!is_said_before && after.is_none()) || !last.is_last || from >= to {
        return None;
    }
    let ids = if from >= FIRST_AGE_AFTER_SCHOOL {
        vec![level("undergraduate", "uk", vocabularies)?]
    } else if let Some(stage) = level(&format!("{from}-{to}"), "uk", vocabularies) {
        vec![stage]
    } else {
        let years = from.max(YEARS_BEFORE_YEAR_1 + 1)..to.min(FIRST_AGE_AFTER_SCHOOL);
        years.filter_map(|age| level(&format!("Year {}", age - YEARS_BEFORE_YEAR_1), "uk", vocabularies)).collect()
    };
    (!ids.is_empty()).then_some((last.term + 1, ids))
}

/// The place behind "year olds", "yr-old".
fn after_year_olds(pieces: &[Piece], place: usize) -> Option<usize> {
    let skip_dash = |place: usize| place + usize::from(word_at(pieces, place) == "-");
    let year = skip_dash(place);
    let old = skip_dash(year + 1);
    let is_year = matches!(word_at(pieces, year), "year" | "years" | "yr" | "yrs");
    (is_year && matches!(word_at(pieces, old), "old" | "olds")).then_some(old + 1)
}

fn level(label: &str, nation: &str, vocabularies: &Vocabularies) -> Option<ConceptId> {
    match vocabularies.find(ControlledField::Level, label, nation) {
        Found::ByLabel(id) | Found::ByAlternative(id) => Some(id),
        Found::Ambiguous(_) | Found::Nothing => None,
    }
}

fn scheme_at(pieces: &[Piece], place: usize) -> Option<(Scheme, usize)> {
    let scheme = match word_at(pieces, place) {
        "y" | "yr" | "yrs" | "year" | "years" => YEAR,
        "ks" => KEY_STAGE,
        "key" if matches!(word_at(pieces, place + 1), "stage" | "stages") => return Some((KEY_STAGE, place + 2)),
        "s" => SECONDARY,
        "p" => PRIMARY,
        _ => return None,
    };
    Some((scheme, place + 1))
}

/// What stands between two numbers: whether it is a range, and where the next begins.
fn separator_at(pieces: &[Piece], place: usize) -> Option<(bool, usize)> {
    let is_separator =
        |place: &usize| matches!(word_at(pieces, *place), "-" | "–" | "to" | "/" | "&" | "," | "and" | "or");
    let next = (place..pieces.len()).take_while(is_separator).last()? + 1;
    let is_range = (place..next).any(|place| matches!(word_at(pieces, place), "-" | "–" | "to"));
    Some((is_range, next))
}

fn word_at(pieces: &[Piece], place: usize) -> &str {
    pieces.get(place).map_or("", |piece| piece.text.as_str())
}

fn number_at(pieces: &[Piece], place: usize) -> Option<u8> {
    word_at(pieces, place).parse().ok()
}

fn pieces(terms: &[TypedTerm]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (term, typed) in terms.iter().take(MAX_WORDS).take_while(|term| term.is_word()).enumerate() {
        let before = pieces.len();
        for c in typed.typed.chars().flat_map(char::to_lowercase) {
            let is_like = |begin: char| begin.is_alphanumeric() && begin.is_ascii_digit() == c.is_ascii_digit();
            let is_sign = matches!(c, '-' | '–' | '/' | '&' | ',');
            let goes_on =
                c.is_alphanumeric() && pieces[before..].last().is_some_and(|piece| piece.text.starts_with(is_like));
            if goes_on && let Some(piece) = pieces.last_mut() {
                piece.text.push(c);
            } else if c.is_alphanumeric() || is_sign {
                pieces.push(Piece { text: c.to_string(), term, is_last: false });
            }
        }
        // A comma at its end ends the word, and separates all the same.
        let ends = pieces[before..].iter().rposition(|piece| piece.text != ",");
        if let Some(last) = ends {
            pieces[before + last].is_last = true;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;
    use rstest::rstest;

    #[rstest]
    #[case::short_range("y7-8", 1, &["eng-year-7", "eng-year-8"])]
    #[case::said_twice("Y7-Y8 maths", 1, &["eng-year-7", "eng-year-8"])]
    #[case::in_words("years 10 to 12", 4, &["eng-year-10", "eng-year-11", "eng-year-12"])]
    #[case::two("Years 10 and 11 science", 4, &["eng-year-10", "eng-year-11"])]
    #[case::list("years 7, 8 and 9", 5, &["eng-year-7", "eng-year-8", "eng-year-9"])]
    #[case::slash("year 9/10", 2, &["eng-year-9", "eng-year-10"])]
    #[case::stages("KS3/4", 1, &["ks3", "ks4"])]
    #[case::stages_said_twice("ks3/ks4", 1, &["ks3", "ks4"])]
    #[case::stages_in_words("key stages 3 and 4", 5, &["ks3", "ks4"])]
    #[case::scottish("S1-3", 1, &["sco-s1", "sco-s2", "sco-s3"])]
    #[case::scottish_primary("P5-7", 1, &["sco-p5", "sco-p6", "sco-p7"])]
    #[case::years_old("13 year olds", 3, &["eng-year-9"])]
    #[case::years_old_in_one("13-year-olds", 1, &["eng-year-9"])]
    #[case::aged("aged 13", 2, &["eng-year-9"])]
    #[case::stage_by_ages("11-14 year olds", 3, &["phase-lower-secondary"])]
    #[case::ages_in_words("ages 11 to 14", 4, &["phase-lower-secondary"])]
    #[case::no_stage("ages 12-14", 2, &["eng-year-8", "eng-year-9"])]
    #[case::grown_up("aged 19", 2, &["phase-higher"])]
    fn several_numbers_are_several_levels(#[case] text: &str, #[case] length: usize, #[case] ids: &[&str]) {
        let (taken, found) = levels_at(&words::parse(text), "uk", Vocabularies::shipped()).expect("levels");
        let found: Vec<&str> = found.iter().map(ConceptId::as_str).collect();
        assert_eq!((taken, found.as_slice()), (length, ids));
    }

    #[rstest]
    #[case::one("year 9")]
    #[case::out_of_order("year 9 and 3 posters")]
    #[case::no_such_year("years 12-15")]
    #[case::no_such_stage("ks 6-7")]
    #[case::no_numbers("years and years")]
    #[case::a_number("13")]
    #[case::a_range("11-14")]
    #[case::a_word("physics 1-3")]
    #[case::huge("y99999999999-9999999999999")]
    #[case::nothing("")]
    fn the_rest_is_left_to_the_labels(#[case] text: &str) {
        assert_eq!(levels_at(&words::parse(text), "uk", Vocabularies::shipped()), None);
    }

    #[test]
    fn the_nation_decides_which_years() {
        let (_, found) =
            levels_at(&words::parse("years 8-9"), "northern-ireland", Vocabularies::shipped()).expect("levels");
        assert_eq!(found.iter().map(ConceptId::as_str).collect::<Vec<_>>(), ["ni-year-8", "ni-year-9"]);
    }
}
