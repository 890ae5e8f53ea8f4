//! `Mistakes`: what is wrong with the parameters of a request, so many of them as help to correct it.

use url::form_urlencoded::{self, Parse};

use crate::error::ParameterMistake;

/// Fifty of the longest values of each facet are shorter, and servers take no longer address.
const MAX_RAW_BYTES: usize = 60 << 10;
/// Who made so many mistakes learns nothing from the next one.
const MAX_MISTAKES: usize = 20;

/// The mistakes that were met, each once.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<ParameterMistake>);

impl Mistakes {
    /// The parameters of a query string; one that is too long is a mistake, and nothing of it is read.
    pub fn pairs<'a>(&mut self, raw: &'a str) -> Parse<'a> {
        if raw.len() <= MAX_RAW_BYTES {
            return form_urlencoded::parse(raw.as_bytes());
        }
        self.add("?", format!("longer than {MAX_RAW_BYTES} bytes"));
        form_urlencoded::parse(b"")
    }

    /// Adds one; past the last that is told, only the word that there are more.
    pub fn add(&mut self, parameter: &str, detail: impl Into<String>) {
        let mistake = ParameterMistake::new(parameter, detail);
        if self.is_full() || self.0.contains(&mistake) {
            return;
        }
        let is_told = self.0.len() < MAX_MISTAKES;
        let more = || ParameterMistake::new("?", "there are more mistakes than these");
        self.0.push(if is_told { mistake } else { more() });
    }

    /// Whether no further one will be told.
    pub fn is_full(&self) -> bool {
        self.0.len() > MAX_MISTAKES
    }

    /// All of them, as the end of reading.
    ///
    /// # Errors
    /// When there are any.
    pub fn into_result(self) -> Result<(), Vec<ParameterMistake>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_twenty_mistakes_only_the_word_that_there_are_more_is_added() {
        let mut mistakes = Mistakes::default();
        for number in 0..20 {
            mistakes.add(&number.to_string(), "wrong");
            mistakes.add(&number.to_string(), "wrong");
        }
        assert!(!mistakes.is_full());
        mistakes.add("20", "wrong");
        mistakes.add("21", "wrong");
        assert!(mistakes.is_full());
        let told = mistakes.into_result().unwrap_err();
        assert_eq!(told.len(), 21);
        assert_eq!(told[20], ParameterMistake::new("?", "there are more mistakes than these"));
    }

    #[test]
    fn nothing_is_read_of_a_query_string_that_is_too_long() {
        let mut mistakes = Mistakes::default();
        assert_eq!(mistakes.pairs("a=1&b=2").count(), 2);
        assert_eq!(mistakes.pairs(&"a&".repeat(MAX_RAW_BYTES)).count(), 0);
        assert_eq!(mistakes.into_result().unwrap_err().len(), 1);
    }
}
