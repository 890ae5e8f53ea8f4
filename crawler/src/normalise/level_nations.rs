//! Nations in the words of a level: whose year 9 is it in "Year 9 (NI Year 10)"?
//!
//! A nation that is named is taken out of the tokens, and they are marked as its words. What they mean is left to
//! [`super::level_reader`].

use super::level_words::{Kind, Token};

/// One word each; Northern Ireland has two.
const NATIONS: [(&str, &str); 5] =
    [("ni", "northern-ireland"), ("england", "england"), ("wales", "wales"), ("scotland", "scotland"), ("uk", "uk")];

/// Tokens without the names of nations, and of each of them the nation whose word it is, where the label says so.
pub(super) struct OfNations<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    pub(super) nations: Vec<Option<&'static str>>,
}

/// Marks the words of nations.
///
/// A nation in front of other words goes with what follows, to the end of its bracket or the next nation: `NI Year 10`,
/// `Scotland: S1-S3`. Any other goes with what came before: `Year 9 (England)`, `Years 8-10 NI`.
pub(super) fn mark_nations(tokens: Vec<Token<'_>>) -> OfNations<'_> {
    let mut nations: Vec<Option<&'static str>> = vec![None; tokens.len()];
    let mut is_name = vec![false; tokens.len()];
    // The first token that no nation has been given.
    let mut free = 0;
    let mut at = 0;
    while at < tokens.len() {
        let Some((nation, length)) = nation_at(&tokens[at..]) else {
            at += 1;
            continue;
        };
        let next = at + length;
        is_name[at..next].fill(true);
        let goes_on = tokens.get(next).is_some_and(|token| !matches!(token.kind, Kind::Separator | Kind::Plus));
        let marked = if goes_on { next..end_of_part(&tokens, next) } else { beginning(&tokens, free, at)..at };
        free = if goes_on { marked.end } else { next };
        nations[marked].fill(Some(nation));
        at = next;
    }
    let kept = tokens.into_iter().zip(nations).zip(is_name).filter(|(_, is_name)| !is_name);
    let (tokens, nations) = kept.map(|(marked, _)| marked).unzip();
    OfNations { tokens, nations }
}

fn nation_at(tokens: &[Token<'_>]) -> Option<(&'static str, usize)> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.text.eq_ignore_ascii_case(word));
    if is(0, "northern") && is(1, "ireland") {
        return Some(("northern-ireland", 2));
    }
    NATIONS.into_iter().find(|(word, _)| is(0, word)).map(|(_, nation)| (nation, 1))
}

/// Up to the bracket that closes, a semicolon, or the next nation.
fn end_of_part(tokens: &[Token<'_>], from: usize) -> usize {
    let is_end = |at: &usize| matches!(tokens[*at].text, ")" | "]" | ";" | "|") || nation_at(&tokens[*at..]).is_some();
    (from..tokens.len()).find(is_end).unwrap_or(tokens.len())
}

/// From where on what came before belongs to a nation that follows it: from the first word that has none yet; when all
/// have one, from the last separator.
fn beginning(tokens: &[Token<'_>], free: usize, end: usize) -> usize {
    if free < end {
        return free;
    }
    tokens[..end].iter().rposition(|token| token.kind == Kind::Separator).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::level_words::tokens;
    use super::*;

    #[rstest]
    #[case::none("KS3 and Year 9", "KS 3 and Year 9")]
    #[case::before("NI Year 9", "Year:northern-ireland 9:northern-ireland")]
    #[case::in_full("Northern Ireland: Year 9", "Year:northern-ireland 9:northern-ireland")]
    #[case::in_brackets_before("Year 9 (NI Year 10)", "Year 9 ( Year:northern-ireland 10:northern-ireland )")]
    #[case::in_brackets_behind("Year 9 (Wales)", "Year:wales 9:wales (:wales )")]
    #[case::behind("P7 Scotland", "P:scotland 7:scotland")]
    #[case::one_each("England KS3, Scotland S1", "KS:england 3:england ,:england S:scotland 1:scotland")]
    #[case::one_each_behind(
        "Year 9 England, Year 10 NI",
        "Year:england 9:england ,:northern-ireland Year:northern-ireland 10:northern-ireland"
    )]
    #[case::only_a_nation("Wales", "")]
    fn words_belong_to_nations(#[case] text: &str, #[case] expected: &str) {
        let marked = mark_nations(tokens(text));
        let words = marked.tokens.iter().zip(marked.nations);
        let words = words.map(|(token, nation)| match nation {
            Some(nation) => format!("{}:{nation}", token.text),
            None => token.text.to_owned(),
        });
        assert_eq!(words.collect::<Vec<_>>().join(" "), expected);
    }
}
