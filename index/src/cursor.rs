//! Where a walk through all results stands: the last one given, and what it was ranked by.
//!
//! A cursor carries the weights of the words as they were when the walk began. A score is then a function of the
//! resource alone, so what has not changed keeps its place while the index changes, and no result comes twice or never.

use std::fmt::Write as _;

/// The layout of the text; another one is refused.
const VERSION: u8 = 1;

/// A request of 32 words with all that stands for them has fewer weights.
const MAX_WEIGHTS: usize = 1_024;

/// Longer titles are compared by their beginning.
const MAX_TITLE_BYTES: usize = 200;

/// The place of the last result in the order of the walk.
#[derive(Debug, Clone, PartialEq)]
pub enum LastKey {
    /// Its score.
    Score(f32),
    /// Its time, in seconds since 1970.
    Newest(i64),
    /// Its title, folded, cut at 200 bytes.
    Title(String),
}

/// How the words of a walk are taken. Decided on its first page, and kept while the index changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Help {
    /// As they were typed.
    None,
    /// Other spellings count too.
    Corrected,
    /// Other spellings count too, and any of the words will do.
    Loose,
}

/// Where a walk stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// Names the search that it belongs to; set and compared by the caller.
    pub search: u64,
    /// The key of the last result.
    pub last: LastKey,
    /// What decides between equals.
    pub tie: u64,
    /// How the words are taken.
    pub help: Help,
    /// The weight of each word, in the order in which the words are looked up, in thousandths.
    pub weights: Vec<u16>,
}

impl Cursor {
    /// Reads a cursor; `None` for what is none of ours or was changed on the way.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = bytes_of(text)?;
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK_BYTES)?)?;
        if checksum(body) != check {
            return None;
        }
        let mut reader = Reader(body);
        if reader.take::<1>()? != [VERSION] {
            return None;
        }
        let search = u64::from_le_bytes(reader.take()?);
        let tie = u64::from_le_bytes(reader.take()?);
        let help = match reader.take::<1>()? {
            [0] => Help::None,
            [1] => Help::Corrected,
            [2] => Help::Loose,
            _ => return None,
        };
        let last = match reader.take::<1>()? {
            [0] => LastKey::Score(f32::from_le_bytes(reader.take()?)),
            [1] => LastKey::Newest(i64::from_le_bytes(reader.take()?)),
            [2] => {
                let length = usize::from(u16::from_le_bytes(reader.take()?));
                LastKey::Title(String::from_utf8(reader.some(length)?.to_vec()).ok()?)
            }
            _ => return None,
        };
        let mut weights = Vec::new();
        while !reader.0.is_empty() {
            weights.push(u16::from_le_bytes(reader.take()?));
        }
        let is_sound = weights.len() <= MAX_WEIGHTS && !matches!(last, LastKey::Score(score) if !score.is_finite());
        is_sound.then_some(Self { search, last, tie, help, weights })
    }
}

/// As it is given to callers: letters and digits only.
impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut body = vec![VERSION];
        body.extend(self.search.to_le_bytes());
        body.extend(self.tie.to_le_bytes());
        body.push(match self.help {
            Help::None => 0,
            Help::Corrected => 1,
            Help::Loose => 2,
        });
        match &self.last {
            LastKey::Score(score) => {
                body.push(0);
                body.extend(score.to_le_bytes());
            }
            LastKey::Newest(seconds) => {
                body.push(1);
                body.extend(seconds.to_le_bytes());
            }
            LastKey::Title(title) => {
                let title = &title[..title.floor_char_boundary(MAX_TITLE_BYTES)];
                body.push(2);
                body.extend(u16::try_from(title.len()).unwrap_or(0).to_le_bytes());
                body.extend(title.as_bytes());
            }
        }
        for weight in self.weights.iter().take(MAX_WEIGHTS) {
            body.extend(weight.to_le_bytes());
        }
        let check = checksum(&body);
        body.extend(check);
        let mut text = String::with_capacity(body.len() * 2);
        for byte in body {
            write!(text, "{byte:02x}")?;
        }
        formatter.write_str(&text)
    }
}

/// Enough that no damage goes unseen; whoever makes one up on purpose only reads what is public.
const CHECK_BYTES: usize = 6;

fn checksum(body: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = blake3::hash(body);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash.as_bytes()[..CHECK_BYTES]);
    check
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) || text.len() > 2 * (MAX_WEIGHTS * 2 + 512) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.some(N)?.try_into().ok()
    }

    fn some(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Vec<Cursor> {
        let of = |last| Cursor { search: 7, last, tie: u64::MAX, help: Help::Loose, weights: vec![1, 9_999] };
        vec![of(LastKey::Score(12.5)), of(LastKey::Newest(-3)), of(LastKey::Title("é x".to_owned()))]
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for cursor in cursors() {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
    }

    #[test]
    fn what_was_changed_or_is_none_of_ours_is_refused() {
        let text = cursors()[0].to_string();
        for place in 0..text.len() {
            let mut changed: Vec<char> = text.chars().collect();
            changed[place] = if changed[place] == '0' { '1' } else { '0' };
            let changed: String = changed.into_iter().collect();
            assert_eq!(Cursor::parse(&changed), None, "{changed}");
            assert_eq!(Cursor::parse(&text[..place]), None, "{place}");
        }
        for text in ["", "*", "zz", "é", "0", &"00".repeat(100_000)] {
            assert_eq!(Cursor::parse(text), None);
        }
    }
}
