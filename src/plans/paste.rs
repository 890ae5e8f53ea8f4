//! A school's own plan, pasted as text: each line becomes an entry in the school's own words. What a line says of its
//! year, its term and its benchmarks is understood; a line that says nothing else is a heading for those below it.

use schemas::normalise_label;

use super::{AIMS, Aim, Entry, MAX_ENTRIES, MAX_TEXT_CHARACTERS, Plan, Slot, Term, What, YearGroup, tidy};

/// So much is read of what is pasted: [`MAX_ENTRIES`] lines of [`MAX_TEXT_CHARACTERS`], and headings.
pub(crate) const MAX_PASTED_CHARACTERS: usize = 8_000;
/// So many lines are looked at.
const MAX_LINES: usize = 4 * MAX_ENTRIES;
/// What stands before a line of a list.
const BULLETS: [char; 9] = ['-', '*', '•', '–', '—', '·', '>', '\t', ' '];
/// Words that say nothing by themselves in a heading such as "Year 9: autumn term".
const HEADING_WORDS: [&str; 5] = ["term", "half", "the", "of", "and"];

/// What became of a pasted text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pasted {
    /// How many lines are in the plan now.
    pub(crate) taken: usize,
    /// How many of them name no year, and stand in the first one.
    pub(crate) without_year: usize,
    /// Whether something was left out: the plan is full, or the text is longer than is read.
    pub(crate) is_cut: bool,
}

/// What a line says besides its text.
#[derive(Debug, Default)]
struct Line {
    age: Option<u8>,
    term: Option<Term>,
    aims: Vec<Aim>,
    /// Whether it says anything else.
    has_text: bool,
}

/// Puts each line of a text into a plan for these year groups.
pub(crate) fn paste(text: &str, groups: &[YearGroup<'_>], plan: &mut Plan) -> Pasted {
    let mut pasted = Pasted { is_cut: text.chars().count() > MAX_PASTED_CHARACTERS, ..Pasted::default() };
    let text: String = text.chars().take(MAX_PASTED_CHARACTERS).collect();
    let in_plan = groups.iter().find(|group| plan.years.contains(group.age)).or(groups.first());
    let Some(first) = in_plan.map(|group| group.age) else {
        return pasted;
    };
    let (mut age, mut term) = (None, Term::Autumn);
    for raw in text.lines().take(MAX_LINES) {
        let line = read_line(raw, groups);
        if !line.has_text {
            age = line.age.or(age);
            // A year above begins with its first term.
            term = line.term.unwrap_or(if line.age.is_some() { Term::Autumn } else { term });
            continue;
        }
        let year = line.age.or(age);
        let (text, _) = tidy(raw.trim_start_matches(BULLETS), MAX_TEXT_CHARACTERS);
        let slot = Slot { age: year.unwrap_or(first), term: line.term.unwrap_or(term) };
        if !plan.place(Entry { slot, what: What::Own { text, aims: line.aims } }) {
            pasted.is_cut = true;
            break;
        }
        pasted.taken += 1;
        pasted.without_year += usize::from(year.is_none());
    }
    pasted
}

fn read_line(raw: &str, groups: &[YearGroup<'_>]) -> Line {
    let normal = normalise_label(raw);
    let words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).collect();
    let mut line = Line::default();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let next = words.get(place + 1).copied();
        let (age, year_words) = year(word, next, groups);
        let (aim, aim_words) = benchmark(word, next);
        let named_term = term(word, next);
        line.age = line.age.or(age);
        line.term = line.term.or(named_term);
        line.aims.extend(aim.filter(|aim| !line.aims.contains(aim)));
        let used = year_words.max(aim_words).max(usize::from(named_term.is_some()));
        line.has_text |= used == 0 && !HEADING_WORDS.contains(word) && !is_number(word);
        place += used.max(1);
    }
    line.aims.sort_by_key(|aim| AIMS.iter().position(|one| one == aim));
    line
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// "year 9", "yr9", "y9", and in Scotland "s2": the age, and how many words say it.
fn year(word: &str, next: Option<&str>, groups: &[YearGroup<'_>]) -> (Option<u8>, usize) {
    let is_scottish = groups.iter().any(|group| group.level.nation.as_deref() == Some("scotland"));
    let beginnings: &[&str] = if is_scottish { &["secondary", "s"] } else { &["year", "yr", "y"] };
    numbered(word, next, beginnings, |number| {
        let group = groups.iter().find(|group| group.number() == Some(number))?;
        Some(group.age)
    })
}

/// "gb5", "benchmark 5": the benchmark, and how many words say it.
fn benchmark(word: &str, next: Option<&str>) -> (Option<Aim>, usize) {
    numbered(word, next, &["benchmark", "gatsby", "gb", "bm"], |number| Aim::by_id(&format!("gatsby-{number}")))
}

/// A word with a number right behind it, or as the next word.
fn numbered<T>(
    word: &str,
    next: Option<&str>,
    beginnings: &[&str],
    find: impl Fn(u8) -> Option<T>,
) -> (Option<T>, usize) {
    for rest in beginnings.iter().filter_map(|beginning| word.strip_prefix(beginning)) {
        let (number, words) = if rest.is_empty() { (next.unwrap_or_default(), 2) } else { (rest, 1) };
        if let Some(found) = number.parse::<u8>().ok().and_then(&find) {
            return (Some(found), words);
        }
    }
    (None, 0)
}

/// A term by its name or its months. March and May are words of other meanings too.
fn term(word: &str, next: Option<&str>) -> Option<Term> {
    match (word, next) {
        ("autumn" | "september" | "october" | "november" | "december", _) | ("term", Some("1")) => Some(Term::Autumn),
        ("spring" | "january" | "february", _) | ("term", Some("2")) => Some(Term::Spring),
        ("summer" | "april" | "june" | "july", _) | ("term", Some("3")) => Some(Term::Summer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::{ControlledField, Vocabularies};

    use super::super::year_groups;
    use super::*;

    fn pasted(text: &str, nation: &str) -> (Vec<String>, Pasted) {
        let groups = year_groups(Vocabularies::shipped().of(ControlledField::Level), nation);
        let mut plan = Plan::blank(2026);
        let pasted = paste(text, &groups, &mut plan);
        (plan.entries.iter().map(|entry| entry.parameter(entry.slot).1).collect(), pasted)
    }

    #[test]
    fn each_line_is_an_entry_where_it_says_or_its_heading() {
        let text = "Our careers plan\nYear 9: Autumn term\n- Visit to a laboratory (GB6)\n\nSpring\n• Talk, Benchmark 5\nY10 summer mock interviews\n";
        let (entries, told) = pasted(text, "england");
        let expected = [
            "11-1~~Our careers plan",
            "13-1~6~Visit to a laboratory (GB6)",
            "13-2~5~Talk, Benchmark 5",
            "14-3~~Y10 summer mock interviews",
        ];
        assert_eq!(entries, expected);
        assert_eq!(told, Pasted { taken: 4, without_year: 1, is_cut: false });
    }

    #[test]
    fn years_are_read_in_the_words_of_the_nation() {
        for (text, nation, expected) in [
            ("Year 9 talk", "northern-ireland", "12-1~~Year 9 talk"),
            ("S2 talk", "scotland", "12-1~~S2 talk"),
            ("Secondary 4 talk", "scotland", "14-1~~Secondary 4 talk"),
            ("Yr11 talk, January", "wales", "15-2~~Yr11 talk, January"),
        ] {
            assert_eq!(pasted(text, nation).0, [expected], "{text}");
        }
    }

    #[test]
    fn however_much_is_pasted_the_plan_stays_bounded() {
        let (entries, told) = pasted(&"a\n".repeat(100_000), "england");
        assert_eq!((entries.len(), told.is_cut), (1, true));
        let many: Vec<String> = (0..200).map(|number| format!("talk {number}")).collect();
        let many = many.join("\n");
        let (entries, told) = pasted(&many, "england");
        assert_eq!((entries.len(), told.taken, told.is_cut), (MAX_ENTRIES, MAX_ENTRIES, true));
        assert_eq!(pasted("Year 9\n\n  \n", "england").0.len(), 0);
    }
}
