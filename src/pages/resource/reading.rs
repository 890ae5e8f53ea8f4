//! A description as it is read: in paragraphs, and of a long one the beginning first.
//!
//! Many catalogues give a page of text without one line break. Where such a text may be broken is a guess from its
//! sentences, so nothing is ever left out or put in, and what has line breaks keeps them.

/// A paragraph of more characters than a dozen lines on a phone is broken into several.
const LONG_PARAGRAPH: usize = 500;
/// A paragraph that is made has about so many: four or five lines on a wide screen.
const READABLE: usize = 280;
/// More of a description than this stands behind a press, so that the facts below it are found.
const SEEN_AT_ONCE: usize = 1_000;

/// The paragraphs of a text: its lines, a very long one broken where a sentence begins.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(readable).collect()
}

/// The paragraphs that are seen at once, and those that follow. What is but little more is seen at once as well.
pub(super) fn shown_at_once(mut paragraphs: Vec<String>) -> (Vec<String>, Vec<String>) {
    let mut seen = 0;
    let within = |paragraph: &&String| {
        seen += paragraph.chars().count();
        seen <= SEEN_AT_ONCE
    };
    let first = paragraphs.iter().take_while(within).count().max(1);
    let rest: usize = paragraphs.iter().skip(first).map(|paragraph| paragraph.chars().count()).sum();
    let further = if rest > READABLE { paragraphs.split_off(first) } else { Vec::new() };
    (paragraphs, further)
}

fn readable(line: &str) -> Vec<String> {
    if line.chars().count() <= LONG_PARAGRAPH {
        return vec![line.to_owned()];
    }
    let mut made: Vec<String> = Vec::new();
    for sentence in sentences(line) {
        match made.last_mut().filter(|last| last.chars().count() < READABLE) {
            Some(last) => {
                last.push(' ');
                last.push_str(sentence);
            }
            None => made.push(sentence.to_owned()),
        }
    }
    // A few words at the end are no paragraph.
    if let [.., before, last] = made.as_mut_slice()
        && last.chars().count() < READABLE / 4
    {
        before.push(' ');
        before.push_str(last);
        made.pop();
    }
    made
}

/// The sentences of a line. One ends where its mark is followed by a blank and a capital, unless the word before is an
/// abbreviation or an initial.
fn sentences(line: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (place, mark) in line.char_indices().filter(|(_, letter)| matches!(letter, '.' | '!' | '?')) {
        let end = place + mark.len_utf8();
        let (before, after) = (&line[start..place], &line[end..]);
        let begins = after.trim_start().chars().next().is_some_and(char::is_uppercase);
        if after.starts_with(char::is_whitespace) && begins && !is_abbreviated(before, mark) {
            sentences.push(line[start..end].trim());
            start = end;
        }
    }
    sentences.push(line[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

fn is_abbreviated(before: &str, mark: char) -> bool {
    const ABBREVIATIONS: [&str; 12] =
        ["Dr", "Mr", "Mrs", "Ms", "Prof", "St", "No", "vs", "etc", "approx", "e.g", "i.e"];
    let word = before.rsplit(|letter: char| letter.is_whitespace() || letter == '(').next().unwrap_or_default();
    mark == '.' && (ABBREVIATIONS.contains(&word) || word.chars().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_shown_in_its_paragraphs() {
        assert_eq!(paragraphs("One.\n\n  Two.\r\nThree. "), ["One.", "Two.", "Three."]);
        assert!(paragraphs("").is_empty());
    }

    #[test]
    fn a_sentence_ends_where_another_begins() {
        for (line, expected) in [
            ("One. Two! Three? Four", vec!["One.", "Two!", "Three?", "Four"]),
            ("Dr. Smith met J. Bell, e.g. Twice. Then no.", vec!["Dr. Smith met J. Bell, e.g. Twice.", "Then no."]),
            ("It is 3.5 m. and long.", vec!["It is 3.5 m. and long."]),
            ("Ends at example.org. Éclairs follow.", vec!["Ends at example.org.", "Éclairs follow."]),
        ] {
            assert_eq!(sentences(line), expected, "{line}");
        }
    }

    #[test]
    fn a_long_line_is_broken_between_sentences_and_loses_nothing() {
        let sentence = "Veterinary physiotherapists work with animals that are hurt or ill.";
        let line = [sentence; 30].join(" ");
        let made = paragraphs(&line);
        assert!(made.len() > 4 && made.iter().all(|paragraph| paragraph.chars().count() <= LONG_PARAGRAPH), "{made:?}");
        assert!(made.iter().all(|paragraph| paragraph.ends_with('.')));
        assert_eq!(made.join(" "), line);
        let unbroken = "word ".repeat(300);
        assert_eq!(paragraphs(&unbroken), [unbroken.trim()]);
    }

    #[test]
    fn of_a_long_description_the_beginning_is_seen_and_nothing_is_lost() {
        let long: Vec<String> = (0..9).map(|place| format!("{place}{}", "a".repeat(300))).collect();
        let (first, further) = shown_at_once(long.clone());
        assert_eq!((first.len(), further.len()), (3, 6));
        assert_eq!([first, further].concat(), long);
        for short in [vec![], vec!["a".repeat(5_000)], vec!["a".repeat(900), "b".repeat(200)]] {
            assert_eq!(shown_at_once(short.clone()), (short, Vec::new()));
        }
    }
}
