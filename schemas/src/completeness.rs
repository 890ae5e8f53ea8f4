//! Completeness: how much of what a teacher asks first is known of a resource, by tests that each have a name.
//!
//! In go merged fields; out comes how each test is answered. The share of tests that pass is the score, and those that
//! do not are shown beside it. Only a small and bounded part of ranking rests on it, which `index` decides.

use crate::assertion::Method;
use crate::metadata::{ControlledField, Metadata};

/// What is shorter says hardly more than a title does.
const DESCRIPTION_CHARACTERS: usize = 40;

/// One thing that a teacher asks of a resource. Its name never changes: partners count by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletenessTest {
    /// A description of more than a few words.
    Description,
    /// An address, or who holds it.
    Address,
    /// A publisher.
    Publisher,
    /// A resource type.
    Type,
    /// An audience.
    Audience,
    /// A level, or ages.
    Level,
    /// A subject.
    Subject,
    /// A cost.
    Cost,
    /// A licence.
    Licence,
    /// A duration, or a beginning.
    Time,
}

/// How a test is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestAnswer {
    /// A catalogue says it, or an admin does.
    Said,
    /// Nobody says it; it was read out of the text.
    Inferred,
    /// It is not known at all.
    Missing,
}

impl CompletenessTest {
    /// All of them, in the order in which a teacher asks.
    pub const ALL: [Self; 10] = [
        Self::Description,
        Self::Address,
        Self::Publisher,
        Self::Type,
        Self::Audience,
        Self::Level,
        Self::Subject,
        Self::Cost,
        Self::Licence,
        Self::Time,
    ];

    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Address => "address",
            Self::Publisher => "publisher",
            Self::Type => "type",
            Self::Audience => "audience",
            Self::Level => "level",
            Self::Subject => "subject",
            Self::Cost => "cost",
            Self::Licence => "licence",
            Self::Time => "time",
        }
    }

    /// The test of this name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|test| test.name() == name)
    }

    /// What it asks, as a teacher would say it.
    pub fn asks(self) -> &'static str {
        match self {
            Self::Description => "Says in a sentence or more what it is.",
            Self::Address => "Says where it is: an address, or who holds it.",
            Self::Publisher => "Says who publishes it.",
            Self::Type => "Says what kind of thing it is, such as a lesson or a video.",
            Self::Audience => "Says for whom it is, such as pupils or teachers.",
            Self::Level => "Says for which ages or stages it is.",
            Self::Subject => "Says which subjects it is about.",
            Self::Cost => "Says what it costs.",
            Self::Licence => "Says on what terms it may be used.",
            Self::Time => "Says how long it takes, or when it begins.",
        }
    }

    /// How these fields answer it.
    pub fn answer(self, metadata: &Metadata) -> TestAnswer {
        match self {
            Self::Description => {
                let length = metadata.description.as_deref().map_or(0, |text| text.chars().count());
                said(length >= DESCRIPTION_CHARACTERS)
            }
            Self::Address => said(metadata.url.is_some() || metadata.held_by.is_some()),
            Self::Publisher => said(metadata.publisher.is_some()),
            Self::Type => best_of(methods(metadata, ControlledField::Type)),
            Self::Audience => best_of(methods(metadata, ControlledField::Audience)),
            Self::Level => {
                let of_ages = metadata.age_range.iter().map(|claim| claim.method);
                best_of(methods(metadata, ControlledField::Level).chain(of_ages))
            }
            Self::Subject => best_of(methods(metadata, ControlledField::Subject)),
            Self::Cost => best_of(methods(metadata, ControlledField::Cost)),
            Self::Licence => best_of(methods(metadata, ControlledField::Licence)),
            Self::Time => said(metadata.duration_minutes.is_some() || metadata.starts.is_some()),
        }
    }

    /// Whether it is known at all. What was inferred counts: it is shown as inferred wherever it stands.
    pub fn passes(self, metadata: &Metadata) -> bool {
        self.answer(metadata) != TestAnswer::Missing
    }

    /// Those that these fields do not pass, in the order of [`Self::ALL`].
    pub fn missing_in(metadata: &Metadata) -> Vec<Self> {
        Self::ALL.into_iter().filter(|test| !test.passes(metadata)).collect()
    }
}

/// The share of the tests that these fields pass, 0 to 1.
pub fn completeness(metadata: &Metadata) -> f32 {
    let small = |count: usize| f32::from(u8::try_from(count).unwrap_or(u8::MAX));
    let tests = CompletenessTest::ALL.len();
    let passed = tests - CompletenessTest::missing_in(metadata).len();
    small(passed) / small(tests)
}

/// Of fields that are never inferred.
fn said(is_there: bool) -> TestAnswer {
    if is_there { TestAnswer::Said } else { TestAnswer::Missing }
}

fn methods(metadata: &Metadata, field: ControlledField) -> impl Iterator<Item = Method> {
    metadata.concepts(field).iter().map(|claim| claim.method)
}

fn best_of(methods: impl Iterator<Item = Method>) -> TestAnswer {
    match methods.max() {
        Some(Method::Stated | Method::Mapped | Method::Curated) => TestAnswer::Said,
        Some(Method::Inferred) => TestAnswer::Inferred,
        None => TestAnswer::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::age::AgeRange;
    use crate::assertion::{Claim, Confidence};
    use crate::id::ConceptId;

    fn claim(id: &str, method: Method) -> Claim<ConceptId> {
        Claim { value: ConceptId::parse(id).expect("an id"), method, confidence: Confidence::FULL, evidence: None }
    }

    /// Passes every test; its level is only inferred.
    fn complete() -> Metadata {
        let mut metadata = Metadata {
            title: "Soap".to_owned(),
            description: Some("How soap is made, from the fat to the finished bar.".to_owned()),
            url: Some("https://example.org/soap".to_owned()),
            publisher: Some("Example Society".to_owned()),
            duration_minutes: Some(45),
            ..Metadata::default()
        };
        for (field, id, method) in [
            (ControlledField::Type, "video", Method::Stated),
            (ControlledField::Audience, "teacher", Method::Mapped),
            (ControlledField::Level, "ks3", Method::Inferred),
            (ControlledField::Subject, "chemistry", Method::Stated),
            (ControlledField::Cost, "free", Method::Stated),
            (ControlledField::Licence, "cc-by-4.0", Method::Curated),
        ] {
            metadata.add_concept(field, claim(id, method));
        }
        metadata
    }

    /// Takes away what one test asks for.
    fn without(test: CompletenessTest) -> Metadata {
        let mut metadata = complete();
        let field = match test {
            CompletenessTest::Description => {
                metadata.description = Some("Too short to say anything".to_owned());
                None
            }
            CompletenessTest::Address => {
                metadata.url = None;
                None
            }
            CompletenessTest::Publisher => {
                metadata.publisher = None;
                None
            }
            CompletenessTest::Time => {
                metadata.duration_minutes = None;
                None
            }
            CompletenessTest::Type => Some(ControlledField::Type),
            CompletenessTest::Audience => Some(ControlledField::Audience),
            CompletenessTest::Level => Some(ControlledField::Level),
            CompletenessTest::Subject => Some(ControlledField::Subject),
            CompletenessTest::Cost => Some(ControlledField::Cost),
            CompletenessTest::Licence => Some(ControlledField::Licence),
        };
        if let Some(field) = field {
            metadata.concepts.remove(&field);
        }
        metadata
    }

    #[test]
    fn each_test_misses_what_it_asks_for_and_nothing_else() {
        assert!(CompletenessTest::missing_in(&complete()).is_empty());
        assert!((completeness(&complete()) - 1.0).abs() < f32::EPSILON);
        for test in CompletenessTest::ALL {
            let metadata = without(test);
            assert_eq!(CompletenessTest::missing_in(&metadata), [test]);
            assert!((completeness(&metadata) - 0.9).abs() < 1e-6, "{test:?}");
        }
    }

    #[test]
    fn an_inferred_value_passes_and_is_told_from_one_that_is_said() {
        let mut metadata = complete();
        assert_eq!(CompletenessTest::Level.answer(&metadata), TestAnswer::Inferred);
        assert!(CompletenessTest::Level.passes(&metadata));
        // One catalogue that gives ages is enough.
        metadata.age_range = Some(Claim::stated(AgeRange::new(11, 14).expect("a range")));
        assert_eq!(CompletenessTest::Level.answer(&metadata), TestAnswer::Said);
    }

    #[test]
    fn what_stands_on_a_shelf_and_what_has_a_beginning_need_nothing_more() {
        let held = Metadata { held_by: Some("A library".to_owned()), ..without(CompletenessTest::Address) };
        assert!(CompletenessTest::Address.passes(&held));
        let event = Metadata { starts: "2026-11-21T10:00:00".parse().ok(), ..without(CompletenessTest::Time) };
        assert!(CompletenessTest::Time.passes(&event));
    }

    #[test]
    fn names_are_read_back_and_every_test_asks_something() {
        for test in CompletenessTest::ALL {
            assert_eq!(CompletenessTest::by_name(test.name()), Some(test));
            assert!(test.asks().starts_with("Says ") && test.asks().ends_with('.'), "{test:?}");
        }
        assert_eq!(CompletenessTest::by_name("titel"), None);
    }
}
