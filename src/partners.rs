//! What a partner says of itself when it comes, through the API or the form: read, and made a partner of.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use crate::app::App;
use crate::catalogue::{PartnerDetails, PartnerRow};
use crate::error::AppError;
use crate::web::mistakes::Mistakes;
use crate::web::peer::Peer;
use crate::web::rate_limit::Act;

/// An organisation, a team or a person.
pub(crate) const NAME_CHARACTERS: RangeInclusive<usize> = 2..=100;
/// An address, a telephone number, or words on how to find somebody.
pub(crate) const CONTACT_CHARACTERS: RangeInclusive<usize> = 3..=200;

/// Spaces, control characters, and what only changes how others are laid out: from the first to the last of each. All
/// have four digits in Unicode.
const UNSEEN: [(char, char); 9] = [
    ('\0', ' '),
    ('\u{7f}', '\u{a0}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200f}'),
    ('\u{2028}', '\u{202f}'),
    ('\u{205f}', '\u{206f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];

/// A text as it is kept: one line, and nothing in it that cannot be seen. So many characters may be sent, and the
/// fewest must be seen.
pub(crate) fn read_line(
    name: &str,
    given: &str,
    characters: &RangeInclusive<usize>,
    mistakes: &mut Mistakes,
) -> String {
    let seen: String = given.chars().filter(|letter| is_seen(*letter) || letter.is_whitespace()).collect();
    let line = seen.split_whitespace().collect::<Vec<&str>>().join(" ");
    let (least, most) = (characters.start(), characters.end());
    let seen_count = line.chars().filter(|letter| is_seen(*letter)).count();
    if seen_count < *least || given.chars().count() > *most {
        mistakes.add(name, format!("expected {least} to {most} characters"));
    }
    line
}

/// The pattern of JSON Schema for a text in which so many characters at least can be seen.
pub(crate) fn pattern_of_line(least: usize) -> String {
    let mut unseen = String::new();
    for (first, last) in UNSEEN {
        push_escaped(&mut unseen, first);
        if first != last {
            unseen.push('-');
            push_escaped(&mut unseen, last);
        }
    }
    format!("(?:[^{unseen}][{unseen}]*){{{least}}}")
}

fn push_escaped(pattern: &mut String, letter: char) {
    write!(pattern, "\\u{:04X}", u32::from(letter)).expect("a string takes everything");
}

fn is_seen(letter: char) -> bool {
    !UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

/// Makes a partner and its first key, where not too many were made from there.
///
/// # Errors
/// [`AppError::TooManyRequests`] when they were.
pub(crate) async fn make_partner(
    app: &App,
    peer: &Peer,
    details: &PartnerDetails,
) -> Result<(PartnerRow, String), AppError> {
    let now = app.clock.now();
    app.limits.may(Act::Register, peer, now)?;
    Ok(app.store()?.create_partner(details, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_one_line_of_what_can_be_seen() {
        for (given, expected) in [
            (" Ada\u{0}\n\tLovelace ", Some("Ada Lovelace")),
            ("Gymdeithas\u{202e} Gemeg", Some("Gymdeithas Gemeg")),
            ("a \u{200b} b", Some("a b")),
            ("化学", Some("化学")),
            ("", None),
            ("a", None),
            ("a\u{200b}\u{200b}", None),
            (" \u{3000}\u{feff}  ", None),
        ] {
            let mut mistakes = Mistakes::default();
            let line = read_line("name", given, &NAME_CHARACTERS, &mut mistakes);
            assert_eq!(mistakes.into_result().is_ok().then_some(line.as_str()), expected, "{given:?}");
        }
        let mut mistakes = Mistakes::default();
        read_line("name", &"x".repeat(101), &NAME_CHARACTERS, &mut mistakes);
        assert_eq!(mistakes.into_result().unwrap_err()[0].detail, "expected 2 to 100 characters");
    }

    #[test]
    fn the_pattern_in_the_document_says_what_is_seen() {
        let class = r"\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF";
        assert_eq!(pattern_of_line(2), format!("(?:[^{class}][{class}]*){{2}}"));
        for (first, last) in UNSEEN {
            assert!(!is_seen(first) && !is_seen(last) && u32::from(last) <= 0xffff, "{first:?}");
        }
        assert!(['!', '~', '¡', '\u{1681}', '\u{2010}', '\u{2070}', '化', '\u{1f9ea}'].into_iter().all(is_seen));
    }
}
