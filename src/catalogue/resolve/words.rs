//! Words: a text as the words that records are compared by, each with how much it says.
//!
//! How rare a word is comes from a list that ships, never from the catalogue: what two records share must not depend on
//! which others are there.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Common words with their classes; its head says what it was drawn from.
const COMMON_WORDS: &str = include_str!("common_words.txt");

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// A word.
    Word,
    /// A number, a year, a measure (`42in`) or a step of a series (`ks3`, `ii`).
    Number,
    /// What names a model or a part: letters and digits mixed, or five digits and more.
    Code,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// In lower case, without accents and without the ending of the plural.
    pub(super) text: String,
    /// What it is.
    pub(super) kind: Kind,
}

/// How rare a word is, from 0 (says nothing) to 4 (in no list), with 5 for codes.
pub(super) type Rarity = u8;
/// The rarity of words that no list has.
pub(super) const RARE: Rarity = 4;
/// The rarity of codes.
pub(super) const CODE: Rarity = 5;

static COMMON: LazyLock<HashMap<&str, Rarity>> = LazyLock::new(|| {
    let listed = COMMON_WORDS.lines().filter_map(|line| line.split_once(' '));
    listed
        .filter_map(|(class, words)| Some((class.parse::<Rarity>().ok()?, words)))
        .flat_map(|(class, words)| words.split(' ').map(move |word| (word, class)))
        .collect()
});

static JOB_NOUNS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut nouns: Vec<&str> =
        COMMON_WORDS.lines().filter_map(|line| line.strip_prefix("j ")).flat_map(|words| words.split(' ')).collect();
    nouns.sort_unstable();
    nouns
});

/// How much a token says.
pub(super) fn rarity(token: &Token) -> Rarity {
    match token.kind {
        Kind::Code => CODE,
        Kind::Number => 1,
        Kind::Word => COMMON.get(token.text.as_str()).copied().unwrap_or(match token.text.len() {
            0 | 1 => 0,
            2 => 2,
            _ => RARE,
        }),
    }
}

/// Whether this is the noun that the name of a job ends with: `engineer`.
pub(super) fn is_job_noun(word: &str) -> bool {
    JOB_NOUNS.binary_search(&word).is_ok()
}

/// How a chunk of a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Capitals,
    Mixed,
}

/// The tokens of a text, in its order. `"KX-TS3282B Fractions' 2.5"` -> `kx`, `ts3282b`, `kxts3282b`, `fraction`, `2.5`.
///
/// Marks inside a code are written by some and left out by others, so its pieces are followed by the whole.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for chunk in text.split_whitespace() {
        let first = found.len();
        let case = if chunk.contains(char::is_lowercase) { Case::Mixed } else { Case::Capitals };
        let mut piece = String::new();
        let mut letters = chunk.chars().peekable();
        while let Some(letter) = letters.next() {
            let stays = letter.is_alphanumeric();
            let is_point = letter == '.'
                && piece.ends_with(|last: char| last.is_ascii_digit())
                && letters.peek().is_some_and(char::is_ascii_digit);
            if stays {
                push_folded(&mut piece, letter);
            } else if is_point {
                piece.push('.');
            } else if !matches!(letter, '\'' | '’' | '‘' | '\u{300}'..='\u{36f}') {
                push_token(&mut found, &mut piece, case);
            }
        }
        push_token(&mut found, &mut piece, case);
        push_whole(&mut found, first, chunk);
    }
    found
}

fn push_token(found: &mut Vec<Token>, piece: &mut String, case: Case) {
    if !piece.is_empty() {
        let kind = kind_of(piece, case);
        let mut text = std::mem::take(piece);
        match kind {
            Kind::Word => make_singular(&mut text),
            Kind::Code => text.retain(|letter| letter != '.'),
            Kind::Number => {}
        }
        found.push(Token { text, kind });
    }
}

/// After the pieces of a chunk the chunk as one, where that makes a code: `VGC-JS130J/B` -> `vgcjs130jb`.
fn push_whole(found: &mut Vec<Token>, first: usize, chunk: &str) {
    let pieces = &found[first..];
    if pieces.len() < 2 || pieces.len() > 5 || chunk.contains([':', ',', '+', '=', '&', '(', '.']) {
        return;
    }
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let has_form = letters >= 1 && digits >= 1 && text.len() >= 5 && !text.starts_with(|c: char| c.is_ascii_digit());
    let is_mixed = has_form && (pieces.iter().any(|piece| piece.kind == Kind::Code) || is_spelled_code(pieces, chunk));
    let is_long_number = letters == 0 && pieces.iter().any(|piece| piece.kind == Kind::Code);
    let has_code = pieces.iter().any(|piece| piece.kind == Kind::Code);
    let has_long_word = pieces.iter().any(|piece| piece.kind == Kind::Word && piece.text.len() > 5);
    if (is_mixed && !has_long_word) || is_long_number || (has_code && !has_long_word) {
        found.push(Token { text, kind: Kind::Code });
    } else if digits == 0 && text.len() >= 5 && !chunk.contains(char::is_lowercase) {
        found.push(Token { text, kind: Kind::Word });
    }
}

/// Letters before a number that count something: stages, years and ages are no model numbers.
const COUNTED: [&str; 12] = ["age", "bm", "day", "gb", "key", "ks", "lks", "ps", "sqa", "uks", "yr", "yrs"];

/// Whether capitals and figures, none of them a code alone, make one together: `WRT-54`. A word with a number, `post-16`
/// or `COVID-19`, and stages, `KS3-KS4`, make none.
fn is_spelled_code(pieces: &[Token], chunk: &str) -> bool {
    let is_of_a_code = |piece: &Token| match piece.kind {
        Kind::Word => piece.text.len() <= 3 && !COUNTED.contains(&piece.text.as_str()),
        Kind::Number => piece.text.len() >= 2 && piece.text.bytes().all(|byte| byte.is_ascii_digit()),
        Kind::Code => true,
    };
    !chunk.contains(char::is_lowercase) && pieces.iter().all(is_of_a_code)
}

fn kind_of(piece: &str, case: Case) -> Kind {
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let letters = piece.chars().filter(|c| c.is_alphabetic()).count();
    if digits == 0 {
        return Kind::Word;
    }
    if letters == 0 {
        return if digits >= 5 && !piece.contains('.') { Kind::Code } else { Kind::Number };
    }
    let turns = piece.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let starts_with_digit = piece.starts_with(|c: char| c.is_ascii_digit());
    let is_measure = starts_with_digit && turns <= 1 && digits <= 4 && letters <= 4;
    let is_step = !starts_with_digit && turns == 1 && (digits == 1 || (letters == 1 && digits == 2));
    let is_named = case == Case::Capitals && letters >= 3 && digits == 1;
    if is_measure || (is_step && !is_named) || piece.len() < 4 { Kind::Number } else { Kind::Code }
}

/// Words that end like a plural and are none.
const ALWAYS_PLURAL: [&str; 4] = ["lens", "news", "series", "species"];

/// Takes the ending of the plural away: `speakers` -> `speaker`, `batteries` -> `battery`; `gas` and `glass` stay.
fn make_singular(word: &mut String) {
    if ALWAYS_PLURAL.contains(&word.as_str()) {
        return;
    }
    match word.as_bytes() {
        [_, _, .., b'i', b'e', b's'] => {
            word.truncate(word.len() - 3);
            word.push('y');
        }
        [_, _, before, b's'] | [_, _, .., before, b's'] if !matches!(before, b's' | b'u' | b'i' | b'a') => {
            word.truncate(word.len() - 1);
        }
        _ => {}
    }
}

/// Adds a letter in lower case and without its accent.
fn push_folded(out: &mut String, letter: char) {
    if letter.is_ascii() {
        out.push(letter.to_ascii_lowercase());
        return;
    }
    for lower in letter.to_lowercase() {
        match plain(lower) {
            "" => out.push(lower),
            plain => out.push_str(plain),
        }
    }
}

/// The letters without accents that stand for a letter of Latin 1 or Latin Extended A; empty for all others.
fn plain(letter: char) -> &'static str {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_words_numbers_and_codes() {
        for (text, expected) in [
            ("Élève’s Fractions", "eleve fraction"),
            ("E\u{301}tude", "etude"),
            ("batteries, glass & news", "battery glass news"),
            ("22.5 cm", "22.5# cm"),
            ("KS3 Y7 42in", "ks3# y7# 42in#"),
            ("KM-X240/BK", "km x240! bk kmx240bk!"),
            ("1EG0.052.00", "1eg005200!"),
            ("010-00715-20", "010# 00715! 20# 0100071520!"),
            ("AI SH-PHONE", "ai sh phone shphone"),
            ("near-optimal", "near optimal"),
            ("2019/20", "2019# 20#"),
            ("  ", ""),
        ] {
            let marked = |token: Token| match token.kind {
                Kind::Word => token.text,
                Kind::Number => format!("{}#", token.text),
                Kind::Code => format!("{}!", token.text),
            };
            let read: Vec<String> = tokens(text).into_iter().map(marked).collect();
            assert_eq!(read.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn common_words_say_less_than_rare_ones() {
        let of = |text: &str| rarity(&tokens(text)[0]);
        assert_eq!(of("the"), 0);
        assert!(of("science") < of("photosynthesis"));
        assert!(of("photosynthesis") < of("quidditch"));
        assert_eq!(of("KMX240BK"), CODE);
    }

    #[test]
    fn the_list_of_common_words_is_whole() {
        assert!(COMMON.len() > 4_000);
        assert!(COMMON.values().all(|class| *class < RARE));
        assert!(is_job_noun("engineer") && !is_job_noun("engineering"));
    }
}
