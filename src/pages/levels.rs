//! Levels as four nations call them: which are stages, and whose they are.

use schemas::{Concept, Vocabulary};

/// Whoever is younger is not at school, and nobody plans careers lessons for them.
const SCHOOL_AGE: u8 = 5;
/// Until this age pupils must be at school. A nation whose stages end here, as the Curriculum for Wales does, gets the
/// level of those who stay.
const LEAVING_AGE: u8 = 16;
const PAST_16: &str = "phase-post-16";

/// Whether a level is a stage of a nation, such as key stage 3 or Third Level, rather than a year or a phase.
pub(super) fn is_stage(levels: &Vocabulary, id: &str) -> bool {
    let kind = levels.get(id).and_then(|level| level.kind.as_deref());
    matches!(kind, Some("key_stage" | "cfe_level" | "progression_step"))
}

/// Whether a level is a stage of this nation.
pub(super) fn is_stage_of(levels: &Vocabulary, id: &str, nation: &str) -> bool {
    is_stage(levels, id) && self::nation(levels, id) == nation
}

/// Whose a level is, as a concept of the nation vocabulary; `uk` for what belongs to none alone.
pub(super) fn nation<'a>(levels: &'a Vocabulary, id: &str) -> &'a str {
    levels.get(id).and_then(|level| level.nation.as_deref()).unwrap_or("uk")
}

/// The place of a level in its vocabulary, which is the order in which levels are shown.
pub(super) fn place(levels: &Vocabulary, id: &str) -> usize {
    levels.concepts.iter().position(|level| level.id == id).unwrap_or(usize::MAX)
}

/// The stages of a nation, in their order.
pub(super) fn stages_of<'a>(levels: &'a Vocabulary, nation: &str) -> Vec<&'a Concept> {
    levels.concepts.iter().filter(|level| is_stage_of(levels, &level.id, nation)).collect()
}

/// The stages of a nation from school age on, in their order, each span of ages once: what a table has as its columns.
pub(super) fn school_stages_of<'a>(levels: &'a Vocabulary, nation: &str) -> Vec<&'a Concept> {
    let mut stages: Vec<&Concept> = Vec::new();
    for stage in stages_of(levels, nation).into_iter().filter(|stage| last_age(stage) > SCHOOL_AGE) {
        // Scotland's third and fourth levels are for the same ages, and so is the one that names both, which comes last.
        stages.retain(|held| held.ages != stage.ages);
        stages.push(stage);
    }
    if stages.iter().all(|stage| last_age(stage) <= LEAVING_AGE) {
        stages.extend(levels.get(PAST_16));
    }
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
    fn every_nation_has_stages_to_the_end_of_school_each_span_of_ages_once() {
        let list = Vocabularies::shipped().of(ControlledField::Level);
        let ids = |nation| school_stages_of(list, nation).iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids("england"), ["ks1", "ks2", "ks3", "ks4", "ks5"]);
        assert_eq!(ids("scotland"), ["cfe-early", "cfe-first", "cfe-second", "cfe-third-fourth", "cfe-senior"]);
        assert_eq!(ids("wales"), ["cfw-ps2", "cfw-ps3", "cfw-ps4", "cfw-ps5", "phase-post-16"]);
        assert_eq!(ids("northern-ireland"), ["ni-foundation", "ni-ks1", "ni-ks2", "ni-ks3", "ni-ks4", "ni-post16"]);
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
