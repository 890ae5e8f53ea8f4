//! What careers work is held against: the eight Gatsby Benchmarks and the six areas of the CDI framework; and which of
//! them a resource helps with.
//!
//! Few catalogues state a benchmark. Where one does, that counts; where none does, the type of a resource says what it is
//! likely to help with, and whoever is shown that is told that it is only likely.

use schemas::{ConceptRef, ControlledField, Resource, normalise_label};

/// One benchmark or learning area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Aim {
    /// The list that it belongs to: [`ControlledField::Benchmark`] or [`ControlledField::LearningArea`].
    pub(crate) field: ControlledField,
    /// The concept.
    pub(crate) id: &'static str,
    /// How the address of a plan writes it; one character, so that the address stays short.
    pub(crate) code: char,
}

/// How sure it is that something helps with an aim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Basis {
    /// Its catalogue says so, or whoever planned it.
    Said,
    /// Things of its type mostly do.
    Likely,
}

/// All of them, benchmarks first, in the order of their lists.
pub(crate) const AIMS: [Aim; 14] = [
    benchmark("gatsby-1", '1'),
    benchmark("gatsby-2", '2'),
    benchmark("gatsby-3", '3'),
    benchmark("gatsby-4", '4'),
    benchmark("gatsby-5", '5'),
    benchmark("gatsby-6", '6'),
    benchmark("gatsby-7", '7'),
    benchmark("gatsby-8", '8'),
    area("cdi-grow", 'g'),
    area("cdi-explore", 'e'),
    area("cdi-manage", 'm'),
    area("cdi-create", 'c'),
    area("cdi-balance", 'b'),
    area("cdi-picture", 'p'),
];

/// Linking lessons to careers: what a lesson is likely to help with only where it says something of careers itself.
const LINKED_LESSONS: &str = "gatsby-4";
/// Types that are about careers or bring people together, whatever else they say.
const CAREERS_TYPES: [&str; 9] = [
    "job-profile",
    "case-study",
    "labour-market-information",
    "pathway-guide",
    "careers-fair",
    "ambassador-visit",
    "workplace-visit",
    "work-experience",
    "university-college-encounter",
];
/// Words in a title or among keywords by which something says that it is about careers.
const CAREERS_WORDS: [&str; 4] = ["career", "careers", "job", "jobs"];

/// What a resource of a type is likely to help with, by the codes of [`AIMS`]. Types that are used in too many ways to say
/// are left out, and so are the aims that no resource serves by itself, such as personal guidance.
const BY_TYPE: [(&str, &str); 17] = [
    ("information", "2e"),
    ("job-profile", "2e"),
    ("case-study", "2e"),
    ("labour-market-information", "2p"),
    ("pathway-guide", "2m"),
    ("lesson-plan", "4"),
    ("activity", "4"),
    ("practical-experiment", "4"),
    ("game-quiz", "g"),
    ("careers-fair", "5e"),
    ("ambassador-visit", "5e"),
    ("workplace-visit", "6e"),
    ("work-experience", "6c"),
    ("university-college-encounter", "7e"),
    ("vacancy", "c"),
    ("competition", "g"),
    ("planning-tool", "1"),
];

const fn benchmark(id: &'static str, code: char) -> Aim {
    Aim { field: ControlledField::Benchmark, id, code }
}

const fn area(id: &'static str, code: char) -> Aim {
    Aim { field: ControlledField::LearningArea, id, code }
}

impl Aim {
    /// The aim of this concept.
    pub(crate) fn by_id(id: &str) -> Option<Self> {
        AIMS.into_iter().find(|aim| aim.id == id)
    }

    /// The aims of these codes, in their order, each once; what is no code is passed over.
    pub(crate) fn by_codes(codes: &str) -> Vec<Self> {
        AIMS.into_iter().filter(|aim| codes.contains(aim.code)).collect()
    }

    /// The types whose resources are likely to help with it; none where it is done by people alone.
    pub(crate) fn types(self) -> impl Iterator<Item = &'static str> {
        BY_TYPE.into_iter().filter(move |(_, codes)| codes.contains(self.code)).map(|(id, _)| id)
    }

    /// Whether what is likely to help with it by its type must say something of careers besides.
    pub(crate) fn asks_for_careers(self) -> bool {
        self.id == LINKED_LESSONS
    }

    /// What a resource helps with, in the order of [`AIMS`]. What its type makes likely counts only in a list of which it
    /// says nothing itself.
    pub(crate) fn of_resource(resource: &Resource) -> Vec<(Self, Basis)> {
        let said = |aim: Self| stated(resource, aim.field).iter().any(|concept| concept.id.as_str() == aim.id);
        let types = &resource.resource_types;
        let likely = |aim: Self| {
            stated(resource, aim.field).is_empty()
                && (!aim.asks_for_careers() || speaks_of_careers(resource))
                && aim.types().any(|id| types.iter().any(|held| held.id.as_str() == id))
        };
        let basis = |aim: Self| match (said(aim), likely(aim)) {
            (true, _) => Some((aim, Basis::Said)),
            (false, true) => Some((aim, Basis::Likely)),
            (false, false) => None,
        };
        AIMS.into_iter().filter_map(basis).collect()
    }
}

/// The types that are about careers by themselves.
pub(crate) fn careers_types() -> impl Iterator<Item = &'static str> {
    CAREERS_TYPES.into_iter()
}

/// Whether a resource is of a type that is about careers by itself.
pub(crate) fn is_of_careers_type(resource: &Resource) -> bool {
    resource.resource_types.iter().any(|held| CAREERS_TYPES.contains(&held.id.as_str()))
}

/// Whether a resource says something of careers: it names a route, an occupation or a sector, or a word of its title or
/// its keywords does.
fn speaks_of_careers(resource: &Resource) -> bool {
    let names_one = [&resource.routes, &resource.occupations, &resource.sectors].iter().any(|list| !list.is_empty());
    let mut texts = std::iter::once(&resource.title).chain(&resource.keywords);
    names_one || texts.any(|text| normalise_label(text).split(' ').any(|word| CAREERS_WORDS.contains(&word)))
}

fn stated(resource: &Resource, field: ControlledField) -> &[ConceptRef] {
    if field == ControlledField::Benchmark { &resource.gatsby_benchmarks } else { &resource.career_learning_areas }
}

#[cfg(test)]
mod tests {
    use schemas::Vocabularies;

    use super::*;

    #[test]
    fn every_concept_of_both_lists_is_an_aim_with_a_code_of_its_own() {
        let vocabularies = Vocabularies::shipped();
        let lists = [ControlledField::Benchmark, ControlledField::LearningArea];
        let concepts = lists.into_iter().flat_map(|field| &vocabularies.of(field).concepts);
        let ids: Vec<&str> = concepts.map(|concept| concept.id.as_str()).collect();
        assert_eq!(AIMS.map(|aim| aim.id).to_vec(), ids);
        let codes: String = AIMS.map(|aim| aim.code).into_iter().collect();
        assert_eq!(Aim::by_codes(&codes), AIMS);
        assert!(AIMS.iter().all(|aim| codes.matches(aim.code).count() == 1));
    }

    #[test]
    fn every_type_that_is_likely_to_help_is_one() {
        let types = Vocabularies::shipped().of(ControlledField::Type);
        assert!(careers_types().all(|id| types.get(id).is_some()));
        assert!(Aim::by_id(LINKED_LESSONS).is_some_and(Aim::asks_for_careers));
        for (id, codes) in BY_TYPE {
            assert!(types.get(id).is_some(), "{id}");
            assert_eq!(Aim::by_codes(codes).len(), codes.chars().count(), "{id}");
        }
    }

    #[test]
    fn codes_are_read_in_any_order_and_what_is_none_is_passed_over() {
        let ids = |codes| Aim::by_codes(codes).into_iter().map(|aim| aim.id).collect::<Vec<_>>();
        assert_eq!(ids("e5x25"), ["gatsby-2", "gatsby-5", "cdi-explore"]);
        assert!(ids("").is_empty());
    }
}
