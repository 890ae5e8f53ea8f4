//! The judgements: how well a resource answers a need, from 0 to 3, by two readers who did not know what found it.
//!
//! Read from `judgements.tsv` and `unanswered.tsv` (the real catalogues) and from `shipped_judgements.tsv` (those that
//! ship), which say in their heads what stands in them. What stands in no line was judged by nobody and counts as 0.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::civil::Date;
use schemas::ResourceId;

use crate::judging::metrics::{GOOD, HIGHEST_GRADE, number};
use crate::judging::needs::Need;
use crate::judging::scores::Search;
use crate::judging::table;

/// The columns of a file of judgements.
const COLUMNS: [&str; 7] = ["need", "resource", "grade_a", "grade_b", "grade", "date", "reason"];

/// The grades of resources, by id.
pub(crate) type Grades = BTreeMap<String, u8>;

/// Who judged what how.
#[derive(Debug, Default)]
pub(crate) struct Judgements {
    /// The agreed grades, by need.
    by_need: BTreeMap<String, Grades>,
    /// The grades of both readers, line by line.
    pairs: Vec<(u8, u8)>,
    /// The needs that nothing in the catalogues answers, and why.
    unanswered: BTreeMap<String, String>,
}

impl Judgements {
    /// The judgements over the real catalogues.
    ///
    /// # Errors
    /// When a file cannot be read, or a line says something that cannot be.
    pub(crate) fn of_real_catalogues() -> anyhow::Result<Self> {
        Self::parse(
            ("judgements.tsv", &table::text_of("judgements.tsv")?),
            ("unanswered.tsv", &table::text_of("unanswered.tsv")?),
        )
    }

    /// The judgements over the catalogues that ship. Each of our own needs has an answer there.
    ///
    /// # Errors
    /// As [`Judgements::of_real_catalogues`].
    pub(crate) fn of_shipped_catalogues() -> anyhow::Result<Self> {
        let text = table::text_of("shipped_judgements.tsv")?;
        Self::parse(("shipped_judgements.tsv", &text), ("", "need\treason"))
    }

    /// Reads judgements and the needs without an answer, each a name for messages and a text.
    fn parse(judged: (&str, &str), unanswered: (&str, &str)) -> anyhow::Result<Self> {
        let mut judgements = Self::default();
        for line in table::lines(judged.0, judged.1, &COLUMNS)? {
            judgements.add(&line.cells).with_context(|| line.place.clone())?;
        }
        for line in table::lines(unanswered.0, unanswered.1, &["need", "reason"])? {
            let (need, reason) = (line.cells[0], line.cells[1]);
            anyhow::ensure!(!reason.is_empty(), "{}: expected a reason", line.place);
            judgements.unanswered.insert(need.to_owned(), reason.to_owned());
        }
        Ok(judgements)
    }

    fn add(&mut self, cells: &[&str]) -> anyhow::Result<()> {
        let [need, resource, grade_a, grade_b, agreed, date, reason] = cells else {
            anyhow::bail!("expected {} cells", COLUMNS.len());
        };
        let resource = ResourceId::parse(resource)?;
        let (grade_a, grade_b, agreed) = (grade(grade_a)?, grade(grade_b)?, grade(agreed)?);
        let expected = agreed_grade(grade_a, grade_b);
        anyhow::ensure!(agreed == expected, "{grade_a} and {grade_b} agree on {expected}, not on {agreed}");
        date.parse::<Date>().with_context(|| format!("the date `{date}`"))?;
        anyhow::ensure!(!reason.is_empty(), "expected a reason");
        let twice = self.by_need.entry((*need).to_owned()).or_default().insert(resource.to_string(), agreed);
        anyhow::ensure!(twice.is_none(), "{need} and {resource} stand here twice");
        self.pairs.push((grade_a, grade_b));
        Ok(())
    }

    /// The agreed grades for a need.
    pub(crate) fn of(&self, need: &str) -> Option<&Grades> {
        self.by_need.get(need)
    }

    /// The needs as searches to be scored. Those that nothing answers are left out.
    ///
    /// # Errors
    /// When a need is neither answered nor listed as unanswered, or is both.
    pub(crate) fn searches<'a>(&'a self, needs: &'a [Need]) -> anyhow::Result<Vec<Search<'a>>> {
        let mut searches = Vec::new();
        for need in needs {
            let grades = self.of(need.judged_as());
            let best = grades.and_then(|grades| grades.values().max().copied()).unwrap_or(0);
            if self.unanswered.contains_key(need.judged_as()) {
                anyhow::ensure!(best < GOOD, "{}: listed as unanswered, yet answered", need.id);
                continue;
            }
            let grades = grades.filter(|_| best > 0);
            let grades = grades.with_context(|| format!("{}: no judged answer, nor listed as unanswered", need.id))?;
            searches.push(Search { need: &need.id, words: need.query.clone(), grades });
        }
        Ok(searches)
    }

    /// The needs that nothing answers, and why.
    pub(crate) fn unanswered(&self) -> &BTreeMap<String, String> {
        &self.unanswered
    }

    /// How many judgements there are.
    pub(crate) fn count(&self) -> usize {
        self.pairs.len()
    }

    /// How far the two readers agree: Cohen's kappa with quadratic weights. 1 is always, 0 is as chance would.
    pub(crate) fn agreement(&self) -> f64 {
        weighted_kappa(&self.pairs)
    }

    /// Judged resources that the catalogues no longer hold: they could never be found.
    pub(crate) fn gone(&self, is_held: impl Fn(&str) -> bool) -> Vec<String> {
        let judged = self.by_need.values().flat_map(BTreeMap::keys);
        let mut gone: Vec<String> = judged.filter(|id| !is_held(id)).cloned().collect();
        gone.sort();
        gone.dedup();
        gone
    }
}

/// What two readers who cannot talk about it agree on: the mean, rounded down, so that doubt never makes an answer good.
fn agreed_grade(one: u8, other: u8) -> u8 {
    one.midpoint(other)
}

fn grade(text: &str) -> anyhow::Result<u8> {
    let grade: u8 = text.parse().with_context(|| format!("the grade `{text}`"))?;
    anyhow::ensure!(grade <= HIGHEST_GRADE, "a grade is 0 to {HIGHEST_GRADE}, not {grade}");
    Ok(grade)
}

/// One less the observed disagreement over that of chance; a disagreement weighs with the square of its distance.
/// Source: Cohen, "Weighted kappa", Psychological Bulletin 70, 1968.
fn weighted_kappa(pairs: &[(u8, u8)]) -> f64 {
    let apart = |one: u8, other: u8| f64::from(one.abs_diff(other)).powi(2);
    let observed: f64 = pairs.iter().map(|(one, other)| apart(*one, *other)).sum();
    let count_of = |grades: fn(&(u8, u8)) -> u8| {
        let mut counts = [0_usize; 4];
        for pair in pairs {
            counts[usize::from(grades(pair))] += 1;
        }
        counts
    };
    let (ones, others) = (count_of(|pair| pair.0), count_of(|pair| pair.1));
    let mut by_chance = 0.0;
    for (one, ones) in (0_u8..).zip(ones) {
        for (other, others) in (0_u8..).zip(others) {
            by_chance += apart(one, other) * number(ones) * number(others) / number(pairs.len().max(1));
        }
    }
    if by_chance > 0.0 { 1.0 - observed / by_chance } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "need\tresource\tgrade_a\tgrade_b\tgrade\tdate\treason\n";
    const NONE: (&str, &str) = ("u.tsv", "need\treason");

    fn id(name: &str) -> String {
        ResourceId::founded_on(name).to_string()
    }

    fn read(lines: &[String]) -> anyhow::Result<Judgements> {
        Judgements::parse(("j.tsv", &format!("{HEAD}{}", lines.join("\n"))), NONE)
    }

    fn line(need: &str, resource: &str, grades: &str) -> String {
        format!("{need}\t{}\t{grades}\t2026-11-22\tIt says so.", id(resource))
    }

    #[test]
    fn the_agreed_grade_is_the_mean_rounded_down() {
        let read = read(&[line("n", "x", "3\t2\t2"), line("n", "y", "3\t0\t1"), line("n", "z", "1\t1\t1")]).unwrap();
        let grades: Vec<u8> = ["x", "y", "z"].iter().map(|name| read.of("n").unwrap()[&id(name)]).collect();
        assert_eq!((grades.as_slice(), read.count()), ([2, 1, 1].as_slice(), 3));
    }

    #[test]
    fn what_cannot_be_is_an_error_with_its_place() {
        let cases = [
            ("3\t2\t3", "j.tsv:2: 3 and 2 agree on 2, not on 3"),
            ("4\t4\t4", "j.tsv:2: a grade is 0 to 3, not 4"),
            ("good\t1\t1", "j.tsv:2: the grade `good`: invalid digit found in string"),
        ];
        for (grades, expected) in cases {
            assert_eq!(format!("{:#}", read(&[line("n", "x", grades)]).unwrap_err()), expected);
        }
        let twice = [line("n", "x", "1\t1\t1"), line("n", "x", "1\t1\t1")];
        assert!(format!("{:#}", read(&twice).unwrap_err()).ends_with("stand here twice"));
    }

    // Ten pairs, worked out by hand. Squares of the distances: 0 0 1 0 1 0 0 1 4 0, together 7. By chance: the first
    // reader gave 0 to 3 as 3, 2, 2, 3 times, the second as 2, 3, 2, 3 times, so 3*(3*1+2*4+3*9) + 2*(2*1+2*1+3*4)
    // + 2*(2*4+3*1+3*1) + 3*(2*9+3*4+2*1) = 114 + 32 + 28 + 96 = 270 over 10. 1 - 7/27 = 20/27.
    #[test]
    fn agreement_is_measured_against_chance() {
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (2, 1), (2, 2), (3, 3), (3, 2), (1, 3), (3, 3)];
        assert!((weighted_kappa(&pairs) - 20.0 / 27.0).abs() < 1e-12, "{}", weighted_kappa(&pairs));
        assert!((weighted_kappa(&[(2, 2), (2, 2)]) - 1.0).abs() < 1e-12);
        assert!(weighted_kappa(&[(0, 3), (3, 0)]) < 0.0);
    }

    #[test]
    fn a_need_is_answered_or_listed_as_unanswered_and_not_both() {
        let needs = [Need::asking("n", "robots")];
        let unanswered = ("u.tsv", "need\treason\nn\tNo catalogue has any.");
        let with = |lines: &str, unanswered: (&str, &str)| {
            let read = Judgements::parse(("j.tsv", &format!("{HEAD}{lines}")), unanswered).unwrap();
            read.searches(&needs).map(|searches| searches.len()).map_err(|error| error.to_string())
        };
        assert_eq!(with(&line("n", "x", "2\t2\t2"), NONE), Ok(1));
        assert_eq!(with(&line("n", "x", "1\t1\t1"), unanswered), Ok(0));
        assert_eq!(
            with(&line("n", "x", "0\t0\t0"), NONE).unwrap_err(),
            "n: no judged answer, nor listed as unanswered"
        );
        let both = with(&line("n", "x", "2\t2\t2"), unanswered);
        assert_eq!(both.unwrap_err(), "n: listed as unanswered, yet answered");
    }

    #[test]
    fn what_is_no_longer_held_is_told() {
        let read = read(&[line("n", "x", "2\t2\t2"), line("m", "y", "0\t0\t0")]).unwrap();
        assert_eq!(read.gone(|held| held == id("x")), [id("y")]);
    }
}
