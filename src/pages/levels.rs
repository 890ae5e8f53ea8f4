//! Levels as four nations call them: which are stages, and whose they are.

use schemas::{Concept, ConceptRef, Vocabulary};

/// Whoever is younger is not at school, and nobody plans careers lessons for them.
const SCHOOL_AGE: u8 = 5;
/// What belongs to no nation alone, such as a phase of schooling.
pub(super) const ALL_NATIONS: &str = "uk";

/// Whether a level is a stage of a nation, such as key stage 3 or Third Level, rather than a year or a phase.
pub(super) fn is_stage(levels: &Vocabulary, id: &str) -> bool {
    levels.get(id).is_some_and(is_a_stage)
}

fn is_a_stage(level: &Concept) -> bool {
    matches!(level.kind.as_deref(), Some("key_stage" | "cfe_level" | "progression_step"))
}

fn is_a_phase(level: &Concept) -> bool {
    level.kind.as_deref() == Some("phase")
}

/// Whether a level is a stage of this nation.
pub(super) fn is_stage_of(levels: &Vocabulary, id: &str, nation: &str) -> bool {
    is_stage(levels, id) && self::nation(levels, id) == nation
}

/// Whose a level is, as a concept of the nation vocabulary; [`ALL_NATIONS`] for what belongs to none alone.
pub(super) fn nation<'a>(levels: &'a Vocabulary, id: &str) -> &'a str {
    levels.get(id).map_or(ALL_NATIONS, nation_of)
}

fn nation_of(level: &Concept) -> &str {
    level.nation.as_deref().unwrap_or(ALL_NATIONS)
}

/// The place of a level in its vocabulary, which is the order in which levels are shown.
pub(super) fn place(levels: &Vocabulary, id: &str) -> usize {
    levels.concepts.iter().position(|level| level.id == id).unwrap_or(usize::MAX)
}

/// The stages of a nation, in their order.
pub(super) fn stages_of<'a>(levels: &'a Vocabulary, nation: &str) -> Vec<&'a Concept> {
    levels.concepts.iter().filter(|level| is_a_stage(level) && nation_of(level) == nation).collect()
}

/// The phases that begin where the stages of a nation end, in their order: higher education and adult life for all, and
/// before it what follows for those who stay on where the stages end at 16, as those of the Curriculum for Wales do.
pub(super) fn phases_beyond<'a>(levels: &'a Vocabulary, nation: &str) -> Vec<&'a Concept> {
    let end = stages_of(levels, nation).into_iter().map(last_age).max().unwrap_or_default();
    let begins_there = |level: &Concept| level.ages.is_some_and(|[from, _]| from >= end);
    levels.concepts.iter().filter(|level| is_a_phase(level) && begins_there(level)).collect()
}

/// Whether a level is the phase of those who are not at school yet.
pub(super) fn is_before_school(levels: &Vocabulary, id: &str) -> bool {
    levels.get(id).is_some_and(|level| is_a_phase(level) && last_age(level) <= SCHOOL_AGE)
}

/// Those of these levels that say for whom a thing is in the words of a nation: its stages, then the phases beyond them.
pub(super) fn said_in<'a>(held: &'a [ConceptRef], levels: &Vocabulary, nation: &str) -> Vec<&'a ConceptRef> {
    let beyond = phases_beyond(levels, nation);
    let stages = held.iter().filter(|level| is_stage_of(levels, level.id.as_str(), nation));
    let phases = held.iter().filter(|level| beyond.iter().any(|phase| phase.id == level.id.as_str()));
    stages.chain(phases).collect()
}

/// The stages of a nation from school age on, in their order, each span of ages once, and the phases beyond them: what a
/// table has as its columns.
pub(super) fn columns_of<'a>(levels: &'a Vocabulary, nation: &str) -> Vec<&'a Concept> {
    let mut stages: Vec<&Concept> = Vec::new();
    for stage in stages_of(levels, nation).into_iter().filter(|stage| last_age(stage) > SCHOOL_AGE) {
        // Scotland's third and fourth levels are for the same ages, and so is the one that names both, which comes last.
        stages.retain(|held| held.ages != stage.ages);
        stages.push(stage);
    }
    stages.extend(phases_beyond(levels, nation));
    stages
}

fn last_age(stage: &Concept) -> u8 {
    stage.ages.map_or(u8::MAX, |[_, to]| to)
}

/// What belongs to each nation, in the order of the nations, each group in the vocabulary's order of levels.
///
/// Nations to which nothing belongs are left out.
pub(super) fn by_nation<'a, T>(
    mut items: Vec<T>,
    id_of: impl Fn(&T) -> &str,
    levels: &'a Vocabulary,
    nations: &'a Vocabulary,
) -> Vec<(&'a str, Vec<T>)> {
    items.sort_by_key(|item| place(levels, id_of(item)));
    let mut groups: Vec<(&str, Vec<T>)> =
        nations.concepts.iter().map(|nation| (nation.id.as_str(), Vec::new())).collect();
    for item in items {
        let whose = nation(levels, id_of(&item));
        if let Some((_, held)) = groups.iter_mut().find(|(nation, _)| *nation == whose) {
            held.push(item);
        }
    }
    groups.retain(|(_, held)| !held.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use schemas::{ControlledField, Vocabularies};

    use super::*;

    #[test]
    fn levels_are_grouped_by_nation_in_the_order_of_the_vocabularies() {
        let vocabularies = Vocabularies::shipped();
        let (levels, nations) = (vocabularies.of(ControlledField::Level), vocabularies.of(ControlledField::Nation));
        let items = vec!["ni-ks3", "cfe-third", "ks4", "ks3", "cfw-ps4"];
        let groups = by_nation(items, |id| id, levels, nations);
        let expected = [
            ("england", vec!["ks3", "ks4"]),
            ("wales", vec!["cfw-ps4"]),
            ("scotland", vec!["cfe-third"]),
            ("northern-ireland", vec!["ni-ks3"]),
        ];
        assert_eq!(groups, expected);
    }

    #[test]
    fn every_nation_has_columns_from_school_to_adult_life_each_span_of_ages_once() {
        let list = Vocabularies::shipped().of(ControlledField::Level);
        let higher = "phase-higher";
        for (nation, expected) in [
            ("england", &["ks1", "ks2", "ks3", "ks4", "ks5", higher][..]),
            ("scotland", &["cfe-early", "cfe-first", "cfe-second", "cfe-third-fourth", "cfe-senior", higher][..]),
            ("wales", &["cfw-ps2", "cfw-ps3", "cfw-ps4", "cfw-ps5", "phase-post-16", higher][..]),
            ("northern-ireland", &["ni-foundation", "ni-ks1", "ni-ks2", "ni-ks3", "ni-ks4", "ni-post16", higher][..]),
        ] {
            let ids: Vec<&str> = columns_of(list, nation).iter().map(|level| level.id.as_str()).collect();
            assert_eq!(ids, expected, "{nation}");
        }
    }

    #[test]
    fn only_the_early_years_are_before_school() {
        let list = Vocabularies::shipped().of(ControlledField::Level);
        let before: Vec<&str> =
            list.concepts.iter().map(|level| level.id.as_str()).filter(|id| is_before_school(list, id)).collect();
        assert_eq!(before, ["phase-early-years"]);
    }

    #[test]
    fn years_and_phases_are_no_stages() {
        let levels = Vocabularies::shipped().of(ControlledField::Level);
        for (id, expected) in
            [("ks3", true), ("cfe-third", true), ("cfw-ps4", true), ("eng-year-9", false), ("cfw", false)]
        {
            assert_eq!(is_stage(levels, id), expected, "{id}");
        }
    }
}
