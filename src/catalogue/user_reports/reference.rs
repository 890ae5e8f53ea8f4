//! `ReportReference`: what whoever reports something is given, and comes back with.

use std::fmt::{self, Write as _};

/// Eighty bits: nobody finds one by trying.
const REFERENCE_CHARACTERS: usize = 16;
/// So many characters stand together where a reference is shown, to be read out and copied.
const GROUP_CHARACTERS: usize = 4;
/// A reference as people write it is not longer, whatever they put between its groups.
const MAX_WRITTEN_BYTES: usize = 40;
/// Crockford's base 32: no letter that is read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Names a report for whoever made it: `7k3m-02qd-x9ze-4hbt`. It cannot be guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReportReference(String);

impl ReportReference {
    /// A new one.
    pub fn random() -> Self {
        let mut bytes = [0_u8; REFERENCE_CHARACTERS];
        getrandom::fill(&mut bytes).expect("an operating system without randomness cannot serve anybody safely");
        // Five bits of each byte: 32 divides 256, so that each character is as likely as each other.
        Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
    }

    /// Reads one as people write it: in either case, with hyphens and spaces anywhere, an `o` for a 0 and an `i` or an
    /// `l` for a 1. Source: Crockford's base 32, decoding.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_WRITTEN_BYTES {
            return None;
        }
        let written = text.chars().filter(|c| !matches!(c, '-' | ' '));
        let symbols: String = written.map(symbol).collect::<Option<String>>()?;
        (symbols.len() == REFERENCE_CHARACTERS).then_some(Self(symbols))
    }

    /// As it is stored: without hyphens.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn symbol(written: char) -> Option<char> {
    let meant = match written.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    u8::try_from(meant).ok().filter(|byte| ALPHABET.contains(byte)).map(char::from)
}

impl fmt::Display for ReportReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, symbol) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(GROUP_CHARACTERS) {
                f.write_char('-')?;
            }
            f.write_char(symbol)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_people_write_it_and_shown_in_groups() {
        let reference = ReportReference::parse("7k3m02qdx9ze4hb1").unwrap();
        assert_eq!(reference.to_string(), "7k3m-02qd-x9ze-4hb1");
        for written in ["7k3m-02qd-x9ze-4hb1", "7K3M 02QD X9ZE 4HB1", "7k3mo2qdx9ze4hbl", "-7k3mO2qd--x9ze4hbI "] {
            assert_eq!(ReportReference::parse(written).as_ref(), Some(&reference), "{written}");
        }
        let long = format!("7k3m{}02qdx9ze4hb1", "-".repeat(MAX_WRITTEN_BYTES));
        for wrong in
            ["", "7k3m", "7k3m02qdx9ze4hb11", "7k3m02qdx9ze4hbu", "7k3m02qdx9ze4hb\u{e9}", "../../etc/passwd", &long]
        {
            assert_eq!(ReportReference::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_two_references_are_alike_and_each_reads_as_itself() {
        let references: Vec<ReportReference> = (0..1_000).map(|_| ReportReference::random()).collect();
        let different: std::collections::HashSet<&ReportReference> = references.iter().collect();
        assert_eq!(different.len(), references.len());
        assert!(references.iter().all(|one| ReportReference::parse(&one.to_string()).as_ref() == Some(one)));
    }
}
