//! The words of a level: which numbers, joining signs and names is it made of?
//!
//! What they mean together is left to [`super::level`].

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// The piece as it stands in the text.
    pub(super) text: &'t str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, and ordinals such as `2nd`.
    Word,
    /// A whole number; one that is too big for any level is the biggest there is.
    Number(u32),
    /// From this to that: a dash of any length, `to`.
    Dash,
    /// And what is above: `+`, `plus`.
    Plus,
    /// This and that: a comma, a slash, a bracket, `and`, `or`.
    Separator,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series {
    /// Key stages.
    KeyStage,
    /// Year groups of England, Wales and Northern Ireland.
    Year,
    /// P1 to P7 of Scotland and Northern Ireland.
    Primary,
    /// S1 to S6 of Scotland.
    Secondary,
    /// Progression steps of Wales.
    Step,
    /// Nationals of Scotland, which are numbered by how hard they are.
    National,
    /// Grades of the United States.
    Grade,
    /// Years of age.
    Age,
}

impl Series {
    /// The highest number of the series in a nation.
    pub(super) fn last(self, nation: &str) -> u32 {
        match self {
            Self::KeyStage | Self::Step | Self::National => 5,
            Self::Year if nation == "northern-ireland" => 14,
            Self::Year => 13,
            Self::Primary => 7,
            Self::Secondary => 6,
            Self::Grade => 12,
            Self::Age => 99,
        }
    }

    /// The word under which the vocabulary, or the list of names, knows one of the series.
    pub(super) fn label(self, number: u32) -> String {
        match (self, number) {
            (Self::KeyStage, 0) => "eng-eyfs".to_owned(),
            (Self::Year, 0) => "eng-reception".to_owned(),
            (Self::KeyStage, number) => format!("KS{number}"),
            (Self::Year, number) => format!("Year {number}"),
            (Self::Primary, number) => format!("P{number}"),
            (Self::Secondary, number) => format!("S{number}"),
            (Self::Step, number) => format!("PS{number}"),
            (Self::National, number) => format!("National {number}"),
            (Self::Grade, number) => format!("Grade {number}"),
            (Self::Age, number) => number.to_string(),
        }
    }

    /// The series that tokens name before a number, and how many tokens that takes.
    pub(super) fn named_by(tokens: &[Token<'_>]) -> Option<(Self, usize)> {
        let word =
            |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word).map(|token| token.text.to_lowercase());
        let follows = |names: &[&str]| word(1).is_some_and(|next| names.contains(&next.as_str()));
        Some(match word(0)?.as_str() {
            "ks" | "keystage" | "keystages" => (Self::KeyStage, 1),
            "key" if follows(&["stage", "stages"]) => (Self::KeyStage, 2),
            "year" | "years" if follows(&["group", "groups"]) => (Self::Year, 2),
            "y" | "yr" | "yrs" | "year" | "years" | "blwyddyn" | "bl" => (Self::Year, 1),
            "p" | "primary" => (Self::Primary, 1),
            "s" | "secondary" => (Self::Secondary, 1),
            "ps" | "cc" => (Self::Step, 1),
            "progression" if follows(&["step", "steps"]) => (Self::Step, 2),
            "national" | "nationals" | "nat" => (Self::National, 1),
            "grade" | "grades" | "gr" => (Self::Grade, 1),
            "age" | "ages" | "aged" if follows(&["range", "group", "groups"]) => (Self::Age, 2),
            "age" | "ages" | "aged" => (Self::Age, 1),
            _ => return None,
        })
    }

    /// The series that begins with this word in place of a number: reception, early years, kindergarten. `r` is how a
    /// school writes its reception class: `R-Y2`, `Year R`.
    pub(super) fn begun_by(word: &str) -> Option<Self> {
        match word.to_lowercase().as_str() {
            "eyfs" => Some(Self::KeyStage),
            "reception" | "r" => Some(Self::Year),
            "k" | "kindergarten" => Some(Self::Grade),
            _ => None,
        }
    }
}

/// Takes a text apart. Signs that join nothing, such as `:`, are left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if c.is_ascii_digit() {
            number_length(rest)
        } else if c.is_alphabetic() {
            rest.find(|c: char| !c.is_alphabetic() && !matches!(c, '\'' | '’')).unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        if let Some(kind) = kind_of(piece) {
            tokens.push(Token { kind, text: piece, start: text.len() - rest.len() });
        }
        rest = after;
    }
    tokens
}

/// Digits with an ordinal ending (`2nd`) or a plural (`Year 9s`).
fn number_length(text: &str) -> usize {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let letters: String = text[digits..].chars().take_while(|c| c.is_alphabetic()).collect();
    match letters.to_lowercase().as_str() {
        "st" | "nd" | "rd" | "th" | "s" => digits + letters.len(),
        _ => digits,
    }
}

fn kind_of(piece: &str) -> Option<Kind> {
    let lower = piece.to_lowercase();
    if lower.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = lower.trim_end_matches('s');
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        return Some(if is_number { Kind::Number(digits.parse().unwrap_or(u32::MAX)) } else { Kind::Word });
    }
    match lower.as_str() {
        "-" | "‐" | "‑" | "–" | "—" | "−" | "to" | "through" | "until" => Some(Kind::Dash),
        "+" | "plus" => Some(Kind::Plus),
        "," | ";" | "/" | "|" | "&" | "(" | ")" | "[" | "]" | "•" | "·" | "and" | "or" => Some(Kind::Separator),
        word if word.starts_with(char::is_alphabetic) => Some(Kind::Word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_part_from_letters_and_ordinals_do_not() {
        let kinds: Vec<Kind> = tokens("KS3–4, 2nd & Year 9s+").into_iter().map(|token| token.kind).collect();
        let expected = [
            Kind::Word,
            Kind::Number(3),
            Kind::Dash,
            Kind::Number(4),
            Kind::Separator,
            Kind::Word,
            Kind::Separator,
            Kind::Word,
            Kind::Number(9),
            Kind::Plus,
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn a_token_says_where_it_stands() {
        let found: Vec<(&str, usize)> = tokens("Äb: 13").into_iter().map(|token| (token.text, token.start)).collect();
        assert_eq!(found, [("Äb", 0), ("13", 5)]);
    }
}
