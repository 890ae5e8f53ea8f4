//! The numbers that decide what comes first, each with its reason. Weights of fields are in `impacts`.
//!
//! A score is what the words found (how much each says about the resource times how rare it is), raised by at most a
//! half for what is known of the resource beforehand, and the tiers. None of it decides what is found.

use schemas::{ControlledField, LinkState, Method, Resource};

/// What meets a wish about whom it is for or how it comes stands before all that states nothing about it.
/// Far above any sum of word scores, which stay below a hundred and fifty.
pub(crate) const SOFT_TIER: f32 = 1_000.0;

/// The same where the words themselves are taken loosely.
pub(crate) const LOOSE_WISH: f32 = 2.0;

/// So much less when the wish is met only by what we inferred: about half a word in a title. An inferred level stands
/// behind a stated one, not out of sight.
pub(crate) const INFERRED_WISH: f32 = 3.0;

/// What an admin put first for these words, and what last. Far above all tiers of wishes, of which there are nine.
pub(crate) const PIN_TIER: f32 = 50_000.0;

/// By so much each pinned one stands before the next; above all tiers of wishes.
pub(crate) const PIN_STEP: f32 = 10_000.0;

/// What has all words as they were typed stands before what only has their corrections.
pub(crate) const EXACT_TIER: f32 = 20_000.0;

/// A resource that is stated to be filed under a concept, beside what the concept's words find in its text.
/// About what a word in a title is worth, so that one which also has the word there still comes first.
pub(crate) const CONCEPT_STATED: f32 = 3.0;

/// The same where we inferred it.
pub(crate) const CONCEPT_INFERRED: f32 = 1.2;

/// A word that stands in the text as it was typed, by this share of what its stem is worth there: "physics" before
/// "physical".
pub(crate) const TWIN: f32 = 0.08;

/// Two of the typed words next to each other in the title.
pub(crate) const TITLE_PAIR: f32 = 1.0;

/// A job profile, where jobs are asked for; and what speaks of careers at all. More than being filed under a concept by
/// its source and not by us: most profiles are filed by us, most lessons by their sources.
pub(crate) const JOB_PROFILE: f32 = 7.0;
pub(crate) const SPEAKS_OF_CAREERS: f32 = 2.0;

/// Words in a loose search that only begin as a typed one does, by this share: "beautician" and "beauty".
pub(crate) const SAME_BEGINNING: f32 = 0.3;

/// A "quoted phrase"; it is required, so this only sets it beside the other words.
pub(crate) const PHRASE: f32 = 4.0;

/// All that was typed is the title, or another title, of the thing. Above what a few words can reach.
pub(crate) const EXACT_TITLE: f32 = 40.0;

/// A word that was corrected by one letter, and by two, is worth so much of one that was not.
pub(crate) const CORRECTED: [f32; 2] = [0.5, 0.25];

/// How many of so many words must be found: one or two all, of more ever fewer, for people who ask in a sentence.
///
/// `2 -> 2`, `3 -> 2`, `5 -> 3`; of a whole sentence two, for the order then tells more than a limit would.
pub(crate) fn minimum_words(count: usize) -> usize {
    match count {
        0..=2 => count,
        5 | 6 => 3,
        _ => 2,
    }
}

/// How rare a word is, in thousandths: the weight of BM25. Whole numbers, so that a cursor can carry it unchanged.
///
/// Source: Robertson and Zaragoza (2009), 3.4, with one added so that no word counts against a resource.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of resources are far from where a float loses them, and the logarithm of one is below thirty"
)]
pub(crate) fn rarity(resources: u64, with_word: u64) -> u16 {
    let (all, with_word) = (resources.max(with_word) as f32, with_word as f32);
    let weight = (1.0 + (all - with_word + 0.5) / (with_word + 0.5)).ln();
    (weight * 1_000.0).round().clamp(0.0, f32::from(u16::MAX)) as u16
}

/// The most that completeness adds, in thousandths.
const MOST_FOR_COMPLETENESS: f32 = 120.0;
/// The most that its year adds. A resource of 2010 gets nothing of it, one of 2030 all.
const MOST_FOR_FRESHNESS: i64 = 60;
const FRESHNESS_BEGINS: i64 = 1_262_304_000;
const FRESHNESS_ENDS: i64 = 1_893_456_000;
/// What an admin has pinned for all searches.
const FOR_PINNED: u64 = 150;
/// What is about a job. Careers are what this catalogue is for; a simulation of gases is there because it helps.
const FOR_JOBS: u64 = 100;
/// The next three only decide between what is alike in all else, such as hundreds of job profiles of one source under one
/// filter: any more, and they harm what the judged needs find (nDCG .655 to .618 at seven times as much).
///
/// What is about one subject, and so much less for each more: who asks for a subject wants what is about that.
const FOR_FOCUS: u64 = 9;
const LESS_FOR_EACH_SUBJECT: u64 = 3;
/// What its source says it is about: what we inferred may be wrong.
const FOR_STATED: u64 = 4;
/// What is not for adults alone: this is for schools.
const FOR_SCHOOLS: u64 = 8;
/// The age from which nobody goes to school.
const ADULT: u8 = 18;

/// What is known of a resource before any word is looked at, in thousandths, at most 491: its score is raised by so much.
///
/// A function of the resource alone, and not of the day: the year counts on a fixed scale, so that the order of old
/// results does not change under a reader. `dated` is when it was modified or published, in seconds since 1970.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "completeness is a share")]
pub(crate) fn prior(resource: &Resource, dated: Option<i64>) -> u64 {
    let complete = (resource.completeness.clamp(0.0, 1.0) * MOST_FOR_COMPLETENESS).round() as u64;
    let years = dated.unwrap_or(FRESHNESS_BEGINS).clamp(FRESHNESS_BEGINS, FRESHNESS_ENDS) - FRESHNESS_BEGINS;
    let fresh = u64::try_from(years * MOST_FOR_FRESHNESS / (FRESHNESS_ENDS - FRESHNESS_BEGINS)).unwrap_or(0);
    let link = match resource.link.state {
        LinkState::Ok => 40,
        LinkState::Moved | LinkState::Unchecked => 20,
        LinkState::None | LinkState::Broken => 0,
    };
    let pinned = if resource.pinned { FOR_PINNED } else { 0 };
    let jobs = if resource.concepts(ControlledField::Occupation).is_empty() { 0 } else { FOR_JOBS };
    let focus = match u64::try_from(resource.subjects.len()).unwrap_or(u64::MAX) {
        0 => 0,
        several => FOR_FOCUS.saturating_sub((several - 1).saturating_mul(LESS_FOR_EACH_SUBJECT)),
    };
    let stated = resource.subjects.iter().any(|one| one.method != Method::Inferred);
    let stated = if stated { FOR_STATED } else { 0 };
    let schools = if resource.age_range.is_some_and(|ages| ages.from() >= ADULT) { 0 } else { FOR_SCHOOLS };
    // 40 is below the 60 that freshness may add: a checked link never hides a decade.
    complete + fresh + link + pinned + jobs + focus + stated + schools
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::resource;

    #[test]
    fn of_many_words_ever_more_may_be_missing() {
        let minimums: Vec<usize> = (0..=10).map(minimum_words).collect();
        assert_eq!(minimums, [0, 1, 2, 2, 2, 3, 3, 2, 2, 2, 2]);
    }

    #[test]
    fn a_rare_word_weighs_more_and_none_weighs_nothing() {
        assert!(rarity(1_000, 1) > rarity(1_000, 100));
        assert!(rarity(1_000, 1_000) < 10);
        assert!(rarity(0, 0) > 0);
        assert!(rarity(u64::MAX, 1) < u16::MAX);
    }

    #[test]
    fn of_what_is_alike_in_all_else_the_one_about_one_stated_subject_for_schools_comes_first() {
        let subjects = |ids: &[&str], method: Method| -> u64 {
            let mut one = resource("x").entry().resource;
            let concept = |id: &&str| schemas::ConceptRef {
                id: schemas::ConceptId::parse(id).unwrap(),
                label: (*id).to_owned(),
                notation: None,
                method,
            };
            one.subjects = ids.iter().map(concept).collect();
            prior(&one, None)
        };
        let alone = subjects(&["physics"], Method::Mapped);
        assert!(alone > subjects(&["physics", "earth-science"], Method::Mapped));
        assert!(alone > subjects(&["physics"], Method::Inferred));
        assert_eq!(subjects(&["a", "b", "c", "d"], Method::Inferred), subjects(&[], Method::Inferred));
        let mut adults = resource("x").entry().resource;
        adults.age_range = Some(schemas::AgeRange::new(18, 99).unwrap());
        let mut schools = adults.clone();
        schools.age_range = Some(schemas::AgeRange::new(11, 18).unwrap());
        assert!(prior(&schools, None) > prior(&adults, None));
    }

    #[test]
    fn what_is_known_beforehand_is_bounded() {
        let mut best = resource("x").entry().resource;
        best.completeness = 1.0;
        best.pinned = true;
        best.link.state = LinkState::Ok;
        assert!(prior(&best, Some(i64::MAX)) <= 491);
        assert!(prior(&resource("x").entry().resource, None) < 491);
    }
}
