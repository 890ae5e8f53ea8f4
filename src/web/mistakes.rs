//! `Mistakes`: what is wrong with the parameters of a request, so many of them as help to correct it; and the words in
//! which the nearest of what is allowed is named.

use std::cell::LazyCell;

use schemas::nearest;
use url::form_urlencoded::{self, Parse};

use crate::error::{ParameterMistake, shown};

/// Fifty of the longest values of each facet are shorter, and servers take no longer address.
pub(crate) const MAX_RAW_BYTES: usize = 60 << 10;
/// Who made so many mistakes learns nothing from the next one.
const MAX_MISTAKES: usize = 20;
/// What stands in place of bytes that are no text. Source: Unicode, U+FFFD.
const REPLACEMENT: char = '\u{fffd}';
const ESCAPED_REPLACEMENT: &str = "%EF%BF%BD";
/// Among more names than these nobody finds the right one in a sentence.
const MOST_NAMED: usize = 16;

/// The mistakes that were met, each once.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<ParameterMistake>);

impl Mistakes {
    /// The parameters of a query string; one that is too long is a mistake, and nothing of it is read.
    pub fn pairs<'a>(&mut self, raw: &'a str) -> Parse<'a> {
        if raw.len() > MAX_RAW_BYTES {
            self.add("?", format!("longer than {MAX_RAW_BYTES} bytes"));
            return form_urlencoded::parse(b"");
        }
        let pairs = form_urlencoded::parse(raw.as_bytes());
        // What was no text has become this character on the way, where it was not sent as such.
        let is_sent_so = LazyCell::new(|| raw.to_ascii_uppercase().contains(ESCAPED_REPLACEMENT));
        let is_no_text = |text: &str| text.contains(REPLACEMENT) && !*is_sent_so;
        for (name, value) in pairs {
            if self.is_full() {
                break;
            }
            if is_no_text(&name) || is_no_text(&value) {
                self.add(&name, "what stands behind its % signs is not UTF-8");
            }
        }
        pairs
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

/// What is said of a parameter that is none of these.
pub fn unknown_parameter(name: &str, known: &[&str]) -> String {
    unknown("parameter", name, known)
}

/// What is said of a member of a JSON object that is none of these.
pub fn unknown_member(name: &str, known: &[&str]) -> String {
    unknown("member", name, known)
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let nearest = nearest(&shown(name), known.iter().copied());
    if nearest.is_some() {
        return format!("unknown {what}{}", hint(nearest));
    }
    if known.len() > MOST_NAMED {
        return format!("unknown {what}; /docs lists those there are");
    }
    format!("unknown {what}; allowed: {}", known.join(", "))
}

/// What is said of a value that is none of these.
pub fn not_among(value: &str, allowed: &[&str]) -> String {
    let (value, all) = (shown(value.trim()), allowed.join(", "));
    if value.is_empty() {
        return format!("needed, one of: {all}");
    }
    let nearest = nearest(&value, allowed.iter().copied());
    format!("`{value}`{}; allowed: {all}", hint(nearest))
}

/// Asks whether the nearest of what is known was meant, behind what is wrong; nothing where there is none.
pub fn hint(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_a_mistake_and_not_silence() {
        for (raw, is_wrong) in [("q=%ff", true), ("%c3=1", true), ("q=%EF%BF%BD", false), ("q=%C3%A9", false)] {
            let mut mistakes = Mistakes::default();
            assert_eq!(mistakes.pairs(raw).count(), 1);
            assert_eq!(mistakes.into_result().is_err(), is_wrong, "{raw}");
        }
    }

    #[test]
    fn the_nearest_of_what_is_allowed_is_named() {
        let names = ["source", "with"];
        assert_eq!(unknown_parameter("sorce", &names), "unknown parameter; did you mean `source`?");
        assert_eq!(unknown_member("page", &names), "unknown member; allowed: source, with");
        assert_eq!(unknown_parameter("zz", &["a"; MOST_NAMED + 1]), "unknown parameter; /docs lists those there are");
        assert_eq!(not_among("newst", &["newest", "title"]), "`newst`; did you mean `newest`?; allowed: newest, title");
        assert_eq!(not_among("x", &["on", "off"]), "`x`; allowed: on, off");
        assert_eq!(not_among(" ", &["on", "off"]), "needed, one of: on, off");
        assert!(not_among(&"x".repeat(1_000), &["on"]).len() < 120);
    }

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
