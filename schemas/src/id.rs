//! What names a thing for ever: newtypes with one `parse` each, so that no code asks twice.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that cannot be an id of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}")]
pub struct IdError {
    /// The text as it came, cut at 80 characters.
    pub value: String,
    /// What would have been accepted.
    pub expected: &'static str,
}

impl IdError {
    fn new(value: &str, expected: &'static str) -> Self {
        Self { value: value.chars().take(80).collect(), expected }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id from text.
            ///
            /// # Errors
            /// When the text is not an id of this kind.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) { Ok(Self(text.to_owned())) } else { Err(IdError::new(text, $expected)) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

text_id!(
    /// Names a source: the file name of its TOML without the ending, for example `ncs-job-profiles`.
    SourceId, "a source id (1 to 64 of a-z, 0-9 and `-`, beginning with a letter or digit)",
    |text| is_slug(text, 64, "-")
);
text_id!(
    /// Names a concept of a vocabulary, for example `ks3` or `cc-by-4.0`.
    ConceptId, "a concept id (1 to 120 of a-z, 0-9, `-`, `.` and `_`, beginning with a letter or digit)",
    |text| is_slug(text, 120, "-._")
);
text_id!(
    /// Names a resource for ever: sixteen characters of Crockford's base 32 in lower case.
    ResourceId, "a resource id (16 of 0-9 and a-z without i, l, o and u)",
    |text| text.len() == 16 && text.bytes().all(|byte| ALPHABET.contains(&byte))
);

/// Crockford's base 32: no letter that is read as a digit, and no u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl ResourceId {
    /// The id that a resource founded on this key gets.
    ///
    /// The key is the canonical address of its first record, or the record's own name where it has no address.
    /// The same key always gives the same id, so that a catalogue built anew keeps its links.
    /// Eighty bits: among ten million resources a clash has a chance of one in ten billion.
    pub fn founded_on(key: &str) -> Self {
        let hash = blake3::hash(key.as_bytes());
        let mut id = String::with_capacity(16);
        for group in hash.as_bytes()[..10].chunks_exact(5) {
            let bits = group.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for place in (0..8).rev() {
                let index = usize::try_from((bits >> (place * 5)) & 31).expect("five bits fit a usize");
                id.push(char::from(ALPHABET[index]));
            }
        }
        Self(id)
    }
}

/// Names a record: the source that said it, and that source's own identifier for the thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct RecordId {
    /// The source.
    pub source: SourceId,
    /// Its own identifier; any text of at most [`RecordId::MAX_IDENTIFIER_BYTES`] bytes.
    pub identifier: String,
}

impl RecordId {
    /// Longer identifiers are refused: they are a sign of a broken mapping, and every index would carry them.
    pub const MAX_IDENTIFIER_BYTES: usize = 2_048;
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.source, self.identifier)
    }
}

fn is_slug(text: &str, max_length: usize, marks: &str) -> bool {
    text.len() <= max_length
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || marks.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_always_founds_the_same_resource() {
        let id = ResourceId::founded_on("https://example.org/a");
        assert_eq!(id, ResourceId::founded_on("https://example.org/a"));
        assert_ne!(id, ResourceId::founded_on("https://example.org/b"));
        assert_eq!(ResourceId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn an_id_that_could_be_a_path_or_markup_is_refused() {
        for text in ["", "../x", "A", "a b", "<b>", "-a", "a/b", "a\n"] {
            assert!(SourceId::parse(text).is_err(), "{text:?}");
            assert!(ConceptId::parse(text).is_err(), "{text:?}");
            assert!(ResourceId::parse(text).is_err(), "{text:?}");
        }
        assert!(ConceptId::parse("cc-by-4.0").is_ok());
    }
}
