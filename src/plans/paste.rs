//! A school's own plan, pasted as text: each line becomes a step in the school's own words. What a line says of its
//! year, its term and its benchmarks is understood; a line that says nothing else is a heading for those below it.

use schemas::normalise_label;

use super::{
    AIMS, Aim, MAX_STEPS, MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, Plan, Slot, Step, Term, What, YearGroup, tidy,
};

/// So much is read of what is pasted: as much as a plan holds. As a form sends it, every character escaped, that is 63 KiB
/// and still taken (64 KiB, `crate::web::body`).
pub(crate) const MAX_PASTED_CHARACTERS: usize = MAX_STEPS * MAX_TEXT_CHARACTERS;
/// So many lines are looked at.
const MAX_LINES: usize = 4 * MAX_STEPS;
/// What stands before a line of a list.
const BULLETS: [char; 9] = ['-', '*', '•', '–', '—', '·', '>', '\t', ' '];
/// Words that say nothing by themselves in a heading such as "Year 9: autumn term".
const HEADING_WORDS: [&str; 5] = ["term", "half", "the", "of", "and"];

/// Words that name several year groups, and the age of the first of them.
const SEVERAL: [(&str, u8); 12] = [
    ("all year groups", 0),
    ("all years", 0),
    ("all pupils", 0),
    ("all students", 0),
    ("every year", 0),
    ("whole school", 0),
    ("lower school", 0),
    ("upper school", 14),
    ("sixth form", 16),
    ("6th form", 16),
    ("post 16", 16),
    ("senior phase", 14),
];
/// What is counted behind a number that names no benchmark.
const MEASURES: [&str; 14] = [
    "hour", "hours", "hrs", "minutes", "mins", "day", "days", "week", "weeks", "pupils", "students", "lessons",
    "sessions", "visits",
];
/// What stands before "may" where that is the month, however it is written.
const BEFORE_MAY: [&str; 15] = [
    "in", "by", "until", "till", "from", "to", "early", "mid", "late", "end", "of", "during", "since", "before",
    "april",
];
/// What stands behind it then.
const BEHIND_MAY: [&str; 3] = ["half", "bank", "june"];
/// What stands behind "may" where that is no month, even at the beginning of a line.
const ALLOWED: [&str; 6] = ["be", "not", "have", "need", "also", "well"];
/// Words by which a first line is the name of the plan.
const TITLE_WORDS: [&str; 4] = ["plan", "programme", "program", "calendar"];

/// What became of a pasted text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pasted {
    /// How many lines are in the plan now.
    pub(crate) taken: usize,
    /// Those of them that name no single year themselves and have no heading that surely holds for them; each stands where
    /// it could best be meant.
    pub(crate) unsure: Vec<Step>,
    /// How many of the lines name no benchmark.
    pub(crate) without_aims: usize,
    /// Whether something was left out: the plan is full, or the text or one of its lines is longer than is read.
    pub(crate) is_cut: bool,
}

/// What a line says besides its text.
#[derive(Debug, Default)]
struct Line {
    age: Option<u8>,
    /// Where it names several year groups: the first of them.
    several: Option<u8>,
    term: Option<Term>,
    /// The term of a month that it names. A month is surer than a term: a summer placement is applied for in November.
    month: Option<Term>,
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
    let mut above = Above { age: first, is_sure: false, term: Term::Autumn };
    let mut lines = text.lines().filter(|raw| !raw.trim().is_empty()).peekable();
    if let Some(title) = lines.next_if(|raw| plan.title.is_empty() && is_title(raw, groups)) {
        plan.title = tidy(title.trim_start_matches(BULLETS), MAX_TITLE_CHARACTERS).0;
    }
    for raw in lines.take(MAX_LINES) {
        let line = read_line(raw, groups);
        if !line.has_text {
            above.take(&line);
            continue;
        }
        let (slot, is_sure) = above.slot_of(&line);
        let names_none = line.aims.is_empty();
        let Some((what, problem)) = What::own(raw.trim_start_matches(BULLETS), line.aims) else {
            continue;
        };
        let step = Step { slot, what };
        pasted.is_cut |= problem.is_some();
        if plan.steps.contains(&step) {
            continue;
        }
        if !plan.place(step.clone()) {
            pasted.is_cut = true;
            break;
        }
        pasted.taken += 1;
        pasted.without_aims += usize::from(names_none);
        if !is_sure {
            pasted.unsure.push(step);
        }
    }
    pasted
}

/// What the headings above a line say of it.
struct Above {
    age: u8,
    /// Whether a heading names this year, and no line since then has named one itself.
    is_sure: bool,
    term: Term,
}

impl Above {
    /// Takes over what a heading says. A year begins with its first term.
    fn take(&mut self, heading: &Line) {
        if let Some(age) = heading.age.or(heading.several) {
            (self.age, self.is_sure, self.term) = (age, heading.several.is_none(), Term::Autumn);
        }
        self.term = heading.named_term().unwrap_or(self.term);
    }

    /// Where a line stands, and whether that is sure. Whether a heading still holds behind a line that names a year itself
    /// nobody can tell.
    fn slot_of(&mut self, line: &Line) -> (Slot, bool) {
        let slot =
            Slot { age: line.age.or(line.several).unwrap_or(self.age), term: line.named_term().unwrap_or(self.term) };
        let is_sure = if line.age.is_some() || line.several.is_some() { line.several.is_none() } else { self.is_sure };
        self.is_sure &= line.age.is_none_or(|age| age == self.age);
        (slot, is_sure)
    }
}

impl Line {
    /// The term that it names, by a month where it names one.
    fn named_term(&self) -> Option<Term> {
        self.month.or(self.term)
    }
}

/// Whether a line that stands first is what the plan is called.
fn is_title(raw: &str, groups: &[YearGroup<'_>]) -> bool {
    let line = read_line(raw, groups);
    let names_no_slot = line.age.is_none() && line.several.is_none() && line.named_term().is_none();
    names_no_slot && line.aims.is_empty() && normalise_label(raw).split(' ').any(|word| TITLE_WORDS.contains(&word))
}

fn read_line(raw: &str, groups: &[YearGroup<'_>]) -> Line {
    let normal = normalise_label(raw);
    let words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).collect();
    let (in_scotland, has_may) = (is_scottish(groups), names_may(raw));
    let mut line = Line::default();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let next = words.get(place + 1).copied();
        let (age, year_words) = year(word, next, groups);
        let (aims, aim_words) = benchmarks(&words[place..]);
        let (several, several_words) = several(&words[place..], groups);
        let named_term = term(word, next);
        let named_month = month(word, in_scotland).filter(|_| *word != "may" || has_may);
        line.age = line.age.or(age);
        line.term = line.term.or(named_term);
        line.month = line.month.or(named_month);
        line.several = line.several.or(several);
        line.aims.extend(aims);
        let names_when = named_term.is_some() || named_month.is_some();
        let used = year_words.max(aim_words).max(several_words).max(usize::from(names_when));
        line.has_text |= used == 0 && !HEADING_WORDS.contains(word) && !is_number(word);
        place += used.max(1);
    }
    line.aims.sort_by_key(|aim| AIMS.iter().position(|one| one == aim));
    line.aims.dedup();
    line
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_scottish(groups: &[YearGroup<'_>]) -> bool {
    groups.iter().any(|group| group.level.nation.as_deref() == Some("scotland"))
}

/// "year 9", "yr9", "y9", and in Scotland "s2": the age, and how many words say it.
fn year(word: &str, next: Option<&str>, groups: &[YearGroup<'_>]) -> (Option<u8>, usize) {
    let beginnings: &[&str] = if is_scottish(groups) { &["secondary", "s"] } else { &["year", "yr", "y"] };
    numbered(word, next, beginnings, |number| {
        let group = groups.iter().find(|group| group.number() == Some(number))?;
        Some(group.age)
    })
}

/// "sixth form", "all years", "key stage 4", "ks4": the first of those year groups, and how many words say it.
fn several(words: &[&str], groups: &[YearGroup<'_>]) -> (Option<u8>, usize) {
    let (Some(word), next) = (words.first(), words.get(1).copied()) else {
        return (None, 0);
    };
    let named = SEVERAL.iter().find(|(name, _)| {
        let mut parts = name.split(' ').enumerate();
        parts.all(|(place, part)| words.get(place).is_some_and(|word| *word == part))
    });
    let (age, used) = match named {
        Some((name, age)) => (Some(*age), name.split(' ').count()),
        None if *word == "key" && next == Some("stage") => {
            let (age, used) = numbered("stage", words.get(2).copied(), &["stage"], key_stage);
            (age, used + usize::from(age.is_some()))
        }
        None => numbered(word, next, &["ks"], key_stage),
    };
    let (first, last) = (groups.first().map_or(0, |group| group.age), groups.last().map_or(0, |group| group.age));
    (age.map(|age| age.clamp(first, last)), used)
}

/// The age at which a key stage of secondary schools begins.
fn key_stage(number: u8) -> Option<u8> {
    match number {
        3 => Some(11),
        4 => Some(14),
        5 => Some(16),
        _ => None,
    }
}

/// "gb5", "benchmarks 1, 2 and 5": the benchmarks, and how many words say them.
fn benchmarks(words: &[&str]) -> (Vec<Aim>, usize) {
    let by_number = |number: u8| Aim::by_id(&format!("gatsby-{number}"));
    let Some(word) = words.first() else {
        return (Vec::new(), 0);
    };
    let beginnings = ["benchmarks", "benchmark", "gatsby", "gbs", "gb", "bm"];
    let (first, mut used) = numbered(word, words.get(1).copied(), &beginnings, by_number);
    let mut aims: Vec<Aim> = first.into_iter().collect();
    while !aims.is_empty() {
        let and = usize::from(words.get(used).is_some_and(|word| *word == "and"));
        let number = words.get(used + and).and_then(|word| word.parse().ok());
        // "GB5, 2 hours" is no second benchmark.
        let is_measure = words.get(used + and + 1).is_some_and(|word| MEASURES.contains(word));
        let Some(aim) = number.and_then(by_number).filter(|_| !is_measure) else {
            break;
        };
        aims.push(aim);
        used += and + 1;
    }
    (aims, used)
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

/// A term by its name.
fn term(word: &str, next: Option<&str>) -> Option<Term> {
    match (word, next) {
        ("autumn", _) | ("term", Some("1")) => Some(Term::Autumn),
        ("spring", _) | ("term", Some("2")) => Some(Term::Spring),
        ("summer", _) | ("term", Some("3")) => Some(Term::Summer),
        _ => None,
    }
}

/// The term in which a month is. Scottish schools begin in August; elsewhere it belongs to the year that ends.
fn month(word: &str, in_scotland: bool) -> Option<Term> {
    match word {
        "september" | "sept" | "october" | "oct" | "november" | "nov" | "december" | "dec" => Some(Term::Autumn),
        "august" if in_scotland => Some(Term::Autumn),
        "january" | "jan" | "february" | "feb" | "march" => Some(Term::Spring),
        "april" | "may" | "june" | "july" | "august" => Some(Term::Summer),
        _ => None,
    }
}

/// Whether a line names the month of May: "Year 9 May: fair", "talk in may", "Assembly, may". Pupils may do many things
/// besides.
fn names_may(raw: &str) -> bool {
    let words: Vec<&str> = raw.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_one_of = |word: Option<&&str>, list: &[&str]| {
        word.is_some_and(|word| list.iter().any(|one| word.eq_ignore_ascii_case(one)))
    };
    words.iter().enumerate().any(|(place, word)| {
        let before = place.checked_sub(1).and_then(|place| words.get(place));
        let behind = words.get(place + 1);
        let is_alone = before.is_none() || behind.is_none();
        let is_month = *word == "May" || is_alone || is_one_of(before, &BEFORE_MAY) || is_one_of(behind, &BEHIND_MAY);
        word.eq_ignore_ascii_case("may") && is_month && !is_one_of(behind, &ALLOWED)
    })
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
        (plan.steps.iter().map(|step| step.parameter().1).collect(), pasted)
    }

    #[test]
    fn each_line_is_a_step_where_it_says_or_its_heading() {
        let text = "Our careers plan\nYear 9: Autumn term\n- Visit to a laboratory (GB6)\n\nSpring\n• Talk, Benchmark 5\nY10 summer mock interviews\n";
        let (steps, told) = pasted(text, "england");
        let expected =
            ["13-1~6~Visit to a laboratory (GB6)", "13-2~5~Talk, Benchmark 5", "14-3~~Y10 summer mock interviews"];
        assert_eq!(steps, expected);
        assert_eq!(told, Pasted { taken: 3, unsure: Vec::new(), without_aims: 1, is_cut: false });
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
    fn a_month_decides_the_term_wherever_it_stands_and_the_small_word_may_decides_nothing() {
        for (text, nation, expected) in [
            ("KS3 science week, March", "england", "11-2"),
            ("Year 10 July work experience week", "england", "14-3"),
            ("Summer placements: apply by November", "england", "11-1"),
            ("Talk in March", "wales", "11-2"),
            ("Year 9 May: fair", "england", "13-3"),
            ("Talk in may", "england", "11-3"),
            ("May: visit to a laboratory", "england", "11-3"),
            ("Fair, may", "england", "11-3"),
            ("Spring term: parents may come along", "england", "11-2"),
            ("Year 8 may visit a laboratory", "england", "12-1"),
            ("May be cancelled: talk", "england", "11-1"),
            ("Results day, August", "england", "11-3"),
            ("S2 welcome, August", "scotland", "12-1"),
        ] {
            assert_eq!(pasted(text, nation).0, [format!("{expected}~~{text}")]);
        }
        assert_eq!(pasted("Year 9\nMay\nTalk", "england").0, ["13-3~~Talk"], "a month alone is a heading");
        assert_eq!(pasted("March\nTalk\nYear 10\nFair", "england").0, ["11-2~~Talk", "14-1~~Fair"]);
    }

    #[test]
    fn lines_that_name_no_benchmark_are_counted_and_those_that_are_there_already_are_not() {
        let told = pasted("Year 9\nTalk GB5\nMock interviews\nMock interviews\nFair", "england").1;
        assert_eq!((told.taken, told.without_aims), (3, 2));
    }

    #[test]
    fn what_stands_for_other_years_or_behind_another_year_is_not_taken_for_the_heading_above() {
        let text = "Year 7 summer\nFair\nYear 9 talk\nContact\nSixth form\nUCAS fair, June\nAll years: assembly\nKS4 visit\nFair";
        let (steps, told) = pasted(text, "england");
        let expected = [
            "11-3~~Fair",
            "11-3~~Contact",
            "11-1~~All years: assembly",
            "13-3~~Year 9 talk",
            "14-1~~KS4 visit",
            "16-1~~Fair",
            "16-3~~UCAS fair, June",
        ];
        for step in expected {
            assert!(steps.iter().any(|held| held == step), "{step}: {steps:?}");
        }
        let unsure: Vec<String> = told.unsure.iter().map(|step| step.parameter().1).collect();
        assert_eq!(unsure, [expected[1], expected[6], expected[2], expected[4], expected[5]]);
    }

    #[test]
    fn a_line_names_several_benchmarks_and_equal_lines_are_one() {
        for (text, expected) in [
            ("Talk, Gatsby 1, 3", "11-1~13~Talk, Gatsby 1, 3"),
            ("Talk GB1/GB3", "11-1~13~Talk GB1/GB3"),
            ("Benchmarks 2, 5 and 7 talk", "11-1~257~Benchmarks 2, 5 and 7 talk"),
            ("Talk GB5, 2 hours", "11-1~5~Talk GB5, 2 hours"),
        ] {
            assert_eq!(pasted(text, "england").0, [expected]);
        }
        assert_eq!(pasted("Year 9\nTalk\nTalk", "england").1.taken, 1);
    }

    #[test]
    fn however_much_is_pasted_the_plan_stays_bounded() {
        let (steps, told) = pasted(&"a\n".repeat(100_000), "england");
        assert_eq!((steps.len(), told.is_cut), (1, true));
        let many: Vec<String> = (0..200).map(|number| format!("talk {number}")).collect();
        let many = many.join("\n");
        let (steps, told) = pasted(&many, "england");
        assert_eq!((steps.len(), told.taken, told.is_cut), (MAX_STEPS, MAX_STEPS, true));
        assert_eq!(pasted("Year 9\n\n  \n", "england").0.len(), 0);
        let (steps, told) = pasted(&"a long talk ".repeat(20), "england");
        assert_eq!((steps.len(), told.is_cut), (1, true), "a line that was cut is told");
    }
}
