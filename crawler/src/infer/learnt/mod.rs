//! What has been learnt from lessons: which subject and key stage does a text seem to be about?
//!
//! A model is a small file that a command makes from labelled lessons (`models/README.md` says whose). It answers with
//! calibrated probabilities, the words they rest on, and how sure it is that a text is about STEM at all. When that is
//! enough to say something is left to the rest of [`super`]; nothing here outweighs what a source states.

mod bytes;
mod classes;
mod dictionary;
mod ensemble;
mod features;
mod fit;
mod learn;
mod lessons;
mod linear;
mod model;
mod nearest;
mod shape;
mod stem;

use std::sync::LazyLock;

pub use learn::learn;
pub use lessons::{Lesson, LessonsError, read_lessons};
pub use model::{KnownText, Model, ModelError, Prediction, Text};

/// Made by `cargo run --release -p crawler --example learn_model`.
const SHIPPED: &[u8] = include_bytes!("../../../models/lessons.model");

static SHIPPED_MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::read(SHIPPED).expect("a test reads the model that is shipped"));

impl Model {
    /// The model that is shipped, made from the lessons of Oak National Academy. Read once.
    pub fn shipped() -> &'static Self {
        &SHIPPED_MODEL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(title: &'a str, description: &'a str) -> Text<'a> {
        Text { title, description, keywords: &[], topics: &[] }
    }

    fn science_of(prediction: &Prediction) -> f32 {
        let sciences = ["science", "biology", "chemistry", "physics"];
        prediction.subjects.iter().filter(|(id, _)| sciences.contains(id)).map(|(_, share)| share).sum()
    }

    #[test]
    fn the_shipped_model_is_whole_and_written_as_it_is_read() {
        let written = Model::shipped().to_bytes();
        assert!(written == SHIPPED && written.len() < 1_200_000);
    }

    #[test]
    fn a_clear_text_gets_its_subject_and_is_stem() {
        let cases = [
            (
                "Acids and alkalis",
                "Use an indicator to find the pH and write a word equation for neutralisation.",
                "chemistry",
            ),
            ("Adding fractions", "Add fractions with the same denominator and simplify the answer.", "mathematics"),
            ("Loops in Python", "Write a program that repeats instructions with a while loop.", "computing"),
            ("Making soup", "Chop vegetables safely and cook a healthy soup from a recipe.", "food-technology"),
        ];
        for (title, description, subject) in cases {
            let said = Model::shipped().predict(&text(title, description));
            let is_right = said.subjects[0].0 == subject || (subject == "chemistry" && science_of(&said) > 0.8);
            assert!(is_right && said.stem > 0.5, "{title}: {said:?}");
        }
    }

    #[test]
    fn a_text_about_something_else_is_hardly_stem() {
        let cases = [
            ("Comparing two war poems", "Explain how each poet presents the feelings of a soldier."),
            ("The feudal system", "Describe how a medieval king gave land to barons and knights."),
            ("", ""),
        ];
        for (title, description) in cases {
            let said = Model::shipped().predict(&text(title, description));
            assert!(said.stem < 0.5, "{title}: {said:?}");
        }
    }

    #[test]
    fn probabilities_add_up_to_one_whatever_the_text() {
        let long = "photosynthesis ∑ 🧪 \u{0}".repeat(5000);
        for (title, description) in [("", ""), ("?", "…"), (long.as_str(), long.as_str()), ("Ünïcödé", "I i I i")]
        {
            let said = Model::shipped().predict(&text(title, description));
            let subjects: f32 = said.subjects.iter().map(|(_, share)| share).sum();
            let stages: f32 = said.stages.iter().sum();
            assert!((subjects - 1.0).abs() < 1e-4 && (stages - 1.0).abs() < 1e-4, "{said:?}");
            assert!((0.0..=1.0).contains(&said.stem) && said.best_stage() < 4);
        }
    }

    #[test]
    fn the_words_that_explain_stand_in_the_text() {
        let keywords = ["Half-life".to_owned()];
        let description = "Interpret graphs of RADIOACTIVE decay.";
        let about = Text { title: "Nuclear physics", description, keywords: &keywords, topics: &[] };
        let words = Model::shipped().words_for_subject(&about, "physics", 3);
        let all = format!("{} {description} {}", about.title, keywords[0]);
        assert!(
            !words.is_empty() && words.len() <= 3 && words.iter().all(|word| all.contains(word.as_str())),
            "{words:?}"
        );
        assert!(Model::shipped().words_for_stage(&about, 3, 2).iter().all(|word| all.contains(word.as_str())));
        assert!(Model::shipped().words_for_subject(&about, "history", 3).is_empty());
        assert!(Model::shipped().words_for_stage(&about, 9, 3).is_empty());
    }

    #[test]
    fn a_damaged_model_is_an_error_and_no_panic() {
        for length in (0..SHIPPED.len()).step_by(SHIPPED.len() / 50) {
            assert!(Model::read(&SHIPPED[..length]).is_err(), "cut after {length} bytes");
        }
        let about = text("Acids", "I can describe acids.");
        for place in (0..SHIPPED.len()).step_by(SHIPPED.len() / 50) {
            let mut bytes = SHIPPED.to_vec();
            bytes[place] = bytes[place].wrapping_add(131);
            // A changed weight is a model still; then it answers.
            if let Ok(model) = Model::read(&bytes) {
                assert!(model.predict(&about).stages.iter().all(|share| share.is_finite()), "changed at {place}");
            }
        }
        let longer: Vec<u8> = SHIPPED.iter().copied().chain([0]).collect();
        assert_eq!(Model::read(&longer).unwrap_err().to_string(), "not a model of lessons: something follows its end");
    }

    #[test]
    fn random_bytes_are_no_model() {
        let mut state: u32 = 7;
        for length in 0..300 {
            let random = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            });
            let bytes: Vec<u8> = b"SPLearn1".iter().copied().chain(random.take(length)).collect();
            assert!(Model::read(&bytes).is_err() && Model::read(&bytes[8..]).is_err());
        }
    }
}
