//! Where something stands in a plan: whose year and which term; and the day on which that term is under way.
//!
//! A slot names the age at which pupils begin the year and not its number, so that a plan means the same in the words of
//! all four nations: `13-2` is the second term of Year 9 in England and Wales, of S3 in Scotland and of Year 10 in
//! Northern Ireland.

use std::fmt;

use jiff::civil::{Date, Weekday, date};

use super::years::{FIRST_AGE, LAST_AGE};

/// A part of the school year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Term {
    /// From the beginning of the school year to Christmas.
    Autumn,
    /// From January to Easter.
    Spring,
    /// From Easter to the end.
    Summer,
}

impl Term {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 3] = [Self::Autumn, Self::Spring, Self::Summer];

    /// Its number in the school year, from 1.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Autumn => 1,
            Self::Spring => 2,
            Self::Summer => 3,
        }
    }

    /// A Monday in the first weeks of the term, in the school year that begins in this year.
    ///
    /// Schools set their own days: this is one on which every school of the nation is back. Scottish schools begin in the
    /// middle of August, the others in the first days of September.
    pub(crate) fn monday(self, from: i16, nation: &str) -> Option<Date> {
        let monday = match self {
            Self::Autumn if nation == "scotland" => date(from, 8, 1).nth_weekday_of_month(4, Weekday::Monday),
            Self::Autumn => date(from, 9, 6).nth_weekday(1, Weekday::Monday),
            // The holidays of the new year are over on the fifth, wherever its first days fall on a weekend.
            Self::Spring => date(from.checked_add(1)?, 1, 4).nth_weekday(1, Weekday::Monday),
            // By then Easter is past in all years but those in which it falls on 25 April, of which the next is 2038.
            Self::Summer => date(from.checked_add(1)?, 4, 1).nth_weekday_of_month(4, Weekday::Monday),
        };
        monday.ok()
    }
}

/// Whose year, and which term of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot {
    /// The age at which the youngest begin that year.
    pub(crate) age: u8,
    /// The term.
    pub(crate) term: Term,
}

impl Slot {
    /// Reads one as an address writes it: `13-2`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (age, term) = text.split_once('-')?;
        let age = age.parse().ok().filter(|age| (FIRST_AGE..=LAST_AGE).contains(age))?;
        let term = Term::ALL.into_iter().find(|one| one.number().to_string() == term)?;
        Some(Self { age, term })
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.age, self.term.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_read_as_it_is_written_and_nothing_else_is() {
        for age in FIRST_AGE..=LAST_AGE {
            for term in Term::ALL {
                let slot = Slot { age, term };
                assert_eq!(Slot::parse(&slot.to_string()), Some(slot));
            }
        }
        for wrong in ["", "13", "13-", "13-0", "13-4", "10-1", "18-1", "-1-1", "300-1", "13-01", "a-b", "13-1-1"] {
            assert_eq!(Slot::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_term_is_under_way_on_its_monday() {
        for (from, nation, expected) in [
            (2026, "england", ["2026-09-07", "2027-01-11", "2027-04-26"]),
            (2025, "wales", ["2025-09-08", "2026-01-05", "2026-04-27"]),
            (2026, "scotland", ["2026-08-24", "2027-01-11", "2027-04-26"]),
        ] {
            let mondays = Term::ALL.map(|term| term.monday(from, nation).map(|day| day.to_string()));
            assert_eq!(mondays, expected.map(|day| Some(day.to_owned())), "{from} {nation}");
        }
    }
}
