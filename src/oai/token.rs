//! Resumption tokens: where a walk through the list goes on.
//!
//! A token holds all that the walk needs and nothing is kept for it here, so it outlasts restarts and never expires. It
//! says at which resource the next page begins, and ids never change: so it outlasts every change of the catalogue too.

use std::fmt::Write as _;

use schemas::ResourceId;

use super::arguments::{ListVerb, MetadataPrefix};
use super::dates::{Granularity, Moment};
use crate::catalogue::{OaiGoingOn, OaiWalk};

/// The layout of the text; another one is refused.
const VERSION: u8 = 1;
/// Enough that no damage goes unseen; whoever makes one up on purpose only reads what is public.
const CHECK_BYTES: usize = 8;
/// Longer ones are not ours: the names of sets have at most some 130 characters.
const MAX_BYTES: usize = 512;
/// `2026-11-21T09:30:00Z`
const STAMP_BYTES: usize = 20;
/// What stands where a walk has no bound.
const NO_STAMP: [u8; STAMP_BYTES] = *b"--------------------";

/// Where a walk goes on, and how it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What is listed.
    pub(super) verb: ListVerb,
    /// In which format.
    pub(super) prefix: MetadataPrefix,
    /// The set and the times that were asked for.
    pub(super) set: Option<String>,
    /// Only what is dated then or later.
    pub(super) from: Option<String>,
    /// Only what is dated then or earlier.
    pub(super) until: Option<String>,
    /// When the walk began.
    pub(super) began: String,
    /// The first resource of the next page.
    pub(super) next: ResourceId,
    /// How many came before it.
    pub(super) cursor: u64,
    /// How many there are in all, as they were counted when the walk began.
    pub(super) size: u64,
}

impl Token {
    /// Reads a token; `None` for what is none of ours or was changed on the way.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = bytes_of(text)?;
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK_BYTES)?)?;
        if checksum(body) != check {
            return None;
        }
        let mut reader = Reader(body);
        let [version, verb, prefix] = reader.take()?;
        if version != VERSION {
            return None;
        }
        Some(Self {
            verb: ListVerb::ALL.get(usize::from(verb)).copied()?,
            prefix: MetadataPrefix::ALL.get(usize::from(prefix)).copied()?,
            from: Bound::read(reader.take()?)?.moment(),
            until: Bound::read(reader.take()?)?.moment(),
            began: read_stamp(&reader.take::<STAMP_BYTES>()?)?,
            next: ResourceId::parse(std::str::from_utf8(&reader.take::<16>()?).ok()?).ok()?,
            cursor: u64::from_le_bytes(reader.take()?),
            size: u64::from_le_bytes(reader.take()?),
            set: match reader.0 {
                [] => None,
                spec => Some(String::from_utf8(spec.to_vec()).ok()?),
            },
        })
    }

    /// The walk that it goes on with.
    pub(super) fn walk(&self) -> OaiWalk {
        OaiWalk {
            set: self.set.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
            going_on: Some(OaiGoingOn { at: self.next.clone(), began: self.began.clone() }),
        }
    }
}

/// As it is given to harvesters: digits and the letters a to f, since some send a token on without escaping it.
impl std::fmt::Display for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut body = vec![VERSION];
        body.extend(ListVerb::ALL.iter().position(|verb| *verb == self.verb).and_then(|at| u8::try_from(at).ok()));
        body.extend(
            MetadataPrefix::ALL.iter().position(|prefix| *prefix == self.prefix).and_then(|at| u8::try_from(at).ok()),
        );
        for bound in [&self.from, &self.until] {
            body.extend(bound.as_ref().map_or(&NO_STAMP[..], String::as_bytes));
        }
        body.extend(self.began.as_bytes());
        body.extend(self.next.as_str().as_bytes());
        body.extend(self.cursor.to_le_bytes());
        body.extend(self.size.to_le_bytes());
        body.extend(self.set.as_deref().unwrap_or_default().as_bytes());
        let check = checksum(&body);
        body.extend(check);
        let mut text = String::with_capacity(body.len() * 2);
        for byte in body {
            write!(text, "{byte:02x}")?;
        }
        formatter.write_str(&text)
    }
}

fn checksum(body: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = blake3::hash(body);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash.as_bytes()[..CHECK_BYTES]);
    check
}

/// Small letters only: a token has one spelling.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex || !text.len().is_multiple_of(2) || text.len() > 2 * MAX_BYTES {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// A bound of a walk, which it may not have.
enum Bound {
    Open,
    At(String),
}

impl Bound {
    /// `None` for what is no bound.
    fn read(bytes: [u8; STAMP_BYTES]) -> Option<Self> {
        if bytes == NO_STAMP { Some(Self::Open) } else { read_stamp(&bytes).map(Self::At) }
    }

    fn moment(self) -> Option<String> {
        match self {
            Self::Open => None,
            Self::At(moment) => Some(moment),
        }
    }
}

fn read_stamp(bytes: &[u8; STAMP_BYTES]) -> Option<String> {
    let moment = Moment::parse(std::str::from_utf8(bytes).ok()?)?;
    (moment.granularity == Granularity::Second).then_some(moment.first)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> [Token; 2] {
        let plain = Token {
            verb: ListVerb::ListRecords,
            prefix: MetadataPrefix::OaiDc,
            set: None,
            from: None,
            until: None,
            began: "2026-11-21T09:30:00Z".to_owned(),
            next: ResourceId::founded_on("x"),
            cursor: 200,
            size: 450,
        };
        let full = Token {
            verb: ListVerb::ListIdentifiers,
            prefix: MetadataPrefix::OaiLom,
            set: Some("subject:chemistry".to_owned()),
            from: Some("2026-11-01T00:00:00Z".to_owned()),
            until: Some("2026-11-20T23:59:59Z".to_owned()),
            ..plain.clone()
        };
        [plain, full]
    }

    #[test]
    fn a_token_comes_back_as_it_was_given() {
        for token in tokens() {
            assert_eq!(Token::parse(&token.to_string()), Some(token));
        }
    }

    #[test]
    fn a_token_with_any_bit_changed_is_none() {
        for token in tokens() {
            let text = token.to_string();
            for place in 0..text.len() {
                for bit in 0..8 {
                    let mut bytes = text.clone().into_bytes();
                    bytes[place] ^= 1 << bit;
                    let changed = String::from_utf8_lossy(&bytes);
                    assert_eq!(Token::parse(&changed), None, "bit {bit} of byte {place}");
                }
            }
        }
    }

    #[test]
    fn a_token_cut_short_or_made_longer_is_none() {
        for token in tokens() {
            let text = token.to_string();
            for length in 0..text.len() {
                assert_eq!(Token::parse(&text[..length]), None, "{length}");
            }
            for more in ["0", "00", " ", "\n", &text] {
                assert_eq!(Token::parse(&format!("{text}{more}")), None, "{more:?}");
            }
        }
    }

    #[test]
    fn what_was_never_a_token_is_none() {
        for text in ["", "0", "token", "é", "\u{0}", "+1+1", &"0".repeat(200), &"f".repeat(100_000)] {
            assert_eq!(Token::parse(text), None);
        }
    }
}
