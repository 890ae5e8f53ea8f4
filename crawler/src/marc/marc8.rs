//! MARC-8: which text do bytes in the old character sets of libraries mean?
//!
//! Bytes go in, text in NFC comes out, with what was lost on the way. Marks stand before their letter in MARC-8 and
//! behind it in Unicode. East Asian characters (EACC) are told and not read: their table has 15,000 lines, and a
//! collection for UK schools has few or none. Source: MARC 21 Specifications for Record Structure, Character Sets, and
//! Exchange Media, "MARC-8 Encoding Environment".

use std::collections::HashMap;
use std::mem;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The sets of `marc8.txt`, whose head says how it is written.
static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::read(include_str!("marc8.txt")));

const ESCAPE: u8 = 0x1b;
const JOINER: u8 = 0x8d;
const NON_JOINER: u8 = 0x8e;

/// Sets go by the last character of their escape sequence.
const ASCII: u8 = b'B';
const ANSEL: u8 = b'E';
const EAST_ASIAN: u8 = b'1';
const SETS: &[u8] = b"BE1S2NQ34";

/// Each East Asian character takes so many bytes.
const EAST_ASIAN_BYTES: usize = 3;

const UNKNOWN_BYTE: &str =
    "bytes that mean nothing in MARC-8; if it is another character set, `charset` under [where] says so";
const UNKNOWN_ESCAPE: &str = "an escape sequence that MARC-8 does not have";
const EAST_ASIAN_LOST: &str = "East Asian characters in MARC-8, which are not read";

/// Reads the text of a subfield, and says what was lost of it. A subfield begins in Latin letters whatever was before.
///
/// `b"caf\xe2e"` -> `"café"`. A byte that means nothing becomes a space, an East Asian character U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> (String, Vec<&'static str>) {
    let mut reader = Reader { g0: ASCII, g1: ANSEL, text: String::new(), marks: String::new(), losses: Vec::new() };
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            ESCAPE => reader.change_set(after),
            _ => reader.read(byte, rest, after),
        };
    }
    if !reader.marks.is_empty() {
        reader.lose(UNKNOWN_BYTE);
    }
    (reader.text.nfc().collect(), reader.losses)
}

/// What has been read so far.
struct Reader {
    /// The set of the bytes without an eighth bit.
    g0: u8,
    /// The set of those with one.
    g1: u8,
    text: String,
    /// Marks that wait for their letter.
    marks: String,
    losses: Vec<&'static str>,
}

impl Reader {
    /// Takes in the character that begins at `rest`, and gives what follows it.
    fn read<'b>(&mut self, byte: u8, rest: &'b [u8], after: &'b [u8]) -> &'b [u8] {
        match byte {
            b' ' => self.letter(' '),
            JOINER => self.letter('\u{200d}'),
            NON_JOINER => self.letter('\u{200c}'),
            // Among them the signs around an article that is passed over in sorting.
            0..b' ' | 0x7f..0xa0 => {}
            _ => {
                let set = if byte < 0x80 { self.g0 } else { self.g1 };
                if set == EAST_ASIAN {
                    self.letter(char::REPLACEMENT_CHARACTER);
                    self.lose(EAST_ASIAN_LOST);
                    return &rest[east_asian_bytes(rest)..];
                }
                match TABLES.character(set, byte) {
                    Some(Character::Letter(letter)) => self.letter(letter),
                    Some(Character::Mark(mark)) => self.marks.push(mark),
                    None => {
                        self.letter(' ');
                        self.lose(UNKNOWN_BYTE);
                    }
                }
            }
        }
        after
    }

    fn letter(&mut self, letter: char) {
        self.text.push(letter);
        self.text.push_str(&mem::take(&mut self.marks));
    }

    fn lose(&mut self, what: &'static str) {
        if !self.losses.contains(&what) {
            self.losses.push(what);
        }
    }

    /// Changes a set by the sequence that follows an escape, and gives what follows that. Of one that is unknown only
    /// the escape is passed over, so that whoever looks at the text can see the rest of it.
    fn change_set<'b>(&mut self, after: &'b [u8]) -> &'b [u8] {
        match after {
            [b's', rest @ ..] => {
                self.g0 = ASCII;
                return rest;
            }
            [set @ (b'g' | b'b' | b'p'), rest @ ..] => {
                self.g0 = *set;
                return rest;
            }
            _ => {}
        }
        // `$` stands before sets of several bytes a character, `!` before the name of ANSEL.
        let (is_wide, sequence) = match after.strip_prefix(b"$") {
            Some(sequence) => (true, sequence),
            None => (false, after),
        };
        let (is_g1, named) = match sequence {
            [b'(' | b',', named @ ..] => (false, named),
            [b')' | b'-', named @ ..] => (true, named),
            _ if is_wide => (false, sequence),
            _ => (false, &[][..]),
        };
        match named.strip_prefix(b"!").unwrap_or(named) {
            [set, rest @ ..] if SETS.contains(set) => {
                let changed = if is_g1 { &mut self.g1 } else { &mut self.g0 };
                *changed = *set;
                rest
            }
            _ => {
                self.lose(UNKNOWN_ESCAPE);
                after
            }
        }
    }
}

/// The bytes of one East Asian character; fewer when a space or a control character cuts it off, but at least one.
fn east_asian_bytes(rest: &[u8]) -> usize {
    let is_part = |byte: &&u8| **byte & 0x7f > b' ';
    rest.iter().take(EAST_ASIAN_BYTES).take_while(is_part).count().max(1)
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Character {
    Letter(char),
    /// A mark on the letter that follows.
    Mark(char),
}

/// Characters by set and code without the eighth bit.
struct Tables(HashMap<(u8, u8), Character>);

impl Tables {
    fn read(text: &str) -> Self {
        let mut characters = HashMap::new();
        let mut set = 0;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("= ") {
                set = name.as_bytes()[0];
                continue;
            }
            let mut cells = line.split(' ');
            let first = cells.next().unwrap_or_default();
            let first = u8::from_str_radix(first, 16).expect("the table is a constant that a test reads");
            for (code, cell) in (first..=0x7e).zip(cells) {
                if let Some(character) = Character::read(cell) {
                    characters.insert((set, code), character);
                }
            }
        }
        Self(characters)
    }

    fn character(&self, set: u8, byte: u8) -> Option<Character> {
        let code = byte & 0x7f;
        if set == ASCII { Some(Character::Letter(char::from(code))) } else { self.0.get(&(set, code)).copied() }
    }
}

impl Character {
    fn read(cell: &str) -> Option<Self> {
        let scalar = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
        match cell.strip_prefix('+') {
            Some(mark) => scalar(mark).map(Self::Mark),
            None => scalar(cell).map(Self::Letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ascii(b"plain", "plain")]
    #[case::mark_before_its_letter(b"caf\xe2e", "café")]
    #[case::two_marks(b"Hu\xe3\xe2e", "Huế")]
    #[case::letters_of_ansel(b"\xa1\xe2od\xe2z, \xb9100, \xb0ayn", "Łódź, £100, ʻayn")]
    #[case::ligature_halves(b"\xebi\xeca", "i\u{fe20}a\u{fe21}")]
    #[case::euro(b"\xc85", "€5")]
    #[case::article(b"\x88The \x89cat", "The cat")]
    #[case::greek_symbol(b"\x1bga\x1bs-rays", "α-rays")]
    #[case::subscript(b"H\x1bb2\x1bsO", "H₂O")]
    #[case::superscript(b"m\x1bp2\x1bs", "m²")]
    #[case::cyrillic(b"\x1b(NmIR\x1b(B!", "Мир!")]
    #[case::extended_cyrillic_as_g1(b"\x1b)Q\xc4", "ё")]
    #[case::greek(b"\x1b(S\x22a\x1b(B", "ά")]
    #[case::hebrew(b"\x1b,2`a", "אב")]
    #[case::arabic_as_g1(b"\x1b-3\xc7", "ا")]
    #[case::ansel_again(b"\x1b)3\x1b)!E\xe2e", "é")]
    #[case::nothing(b"", "")]
    fn bytes_become_text(#[case] bytes: &[u8], #[case] expected: &str) {
        assert_eq!(decode(bytes), (expected.to_owned(), Vec::new()));
    }

    #[rstest]
    #[case::east_asian(b"\x1b$1!0!!P'\x1b(B = Tokyo", "\u{fffd}\u{fffd} = Tokyo", EAST_ASIAN_LOST)]
    #[case::east_asian_cut_off(b"\x1b$1!0\x1b(Bok", "\u{fffd}ok", EAST_ASIAN_LOST)]
    #[case::unknown_byte(b"na\xffve", "na ve", UNKNOWN_BYTE)]
    #[case::mark_without_a_letter(b"caf\xe2", "caf", UNKNOWN_BYTE)]
    #[case::unknown_escape(b"\x1b(Zoo", "(Zoo", UNKNOWN_ESCAPE)]
    #[case::escape_at_the_end(b"oh\x1b", "oh", UNKNOWN_ESCAPE)]
    fn what_is_lost_is_told(#[case] bytes: &[u8], #[case] text: &str, #[case] loss: &'static str) {
        assert_eq!(decode(bytes), (text.to_owned(), vec![loss]));
    }

    #[test]
    fn every_set_has_its_characters() {
        let count = |set: u8| TABLES.0.keys().filter(|(own, _)| *own == set).count();
        let counts: Vec<usize> = b"EgbpS2NQ34".iter().map(|set| count(*set)).collect();
        assert_eq!(counts, [65, 3, 14, 14, 73, 78, 94, 42, 83, 90]);
    }
}
