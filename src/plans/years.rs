//! Year groups as each nation calls them, and which of them a plan is for.

use schemas::{Concept, Vocabulary};

/// The age at which pupils begin secondary school in all four nations, in completed years.
pub(crate) const FIRST_AGE: u8 = 11;
/// The age at which they begin its last year; in Scotland, which has one year less, it is 16.
pub(crate) const LAST_AGE: u8 = 17;

/// A year of school, in the words of one nation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct YearGroup<'a> {
    /// The age at which the youngest begin it.
    pub(crate) age: u8,
    /// The level.
    pub(crate) level: &'a Concept,
}

impl YearGroup<'_> {
    /// What it is called there: `Year 9`, `S2`.
    pub(crate) fn label(&self) -> &str {
        let label = self.level.label.as_str();
        if self.level.nation.as_deref() == Some("scotland") {
            return self.level.alt.first().map_or(label, String::as_str);
        }
        label.split_once(" (").map_or(label, |(name, _)| name)
    }

    /// Its number: 9 of Year 9, 2 of S2.
    pub(crate) fn number(&self) -> Option<u8> {
        self.label().trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()
    }
}

/// The year groups of a nation's secondary schools, youngest first.
pub(crate) fn year_groups<'a>(levels: &'a Vocabulary, nation: &str) -> Vec<YearGroup<'a>> {
    let group = |level: &'a Concept| {
        let is_one = level.kind.as_deref() == Some("year_group") && level.nation.as_deref() == Some(nation);
        let [age, _] = level.ages.filter(|_| is_one)?;
        (FIRST_AGE..=LAST_AGE).contains(&age).then_some(YearGroup { age, level })
    };
    let mut groups: Vec<YearGroup<'a>> = levels.concepts.iter().filter_map(group).collect();
    groups.sort_by_key(|group| group.age);
    groups
}

/// A range of year groups, by the ages at which pupils begin them, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Years {
    /// The youngest.
    pub(crate) from: u8,
    /// The oldest.
    pub(crate) to: u8,
}

impl Years {
    /// All year groups of a secondary school.
    pub(crate) const ALL: Self = Self { from: FIRST_AGE, to: LAST_AGE };
    /// What is offered besides each single one: all, the lower secondary years, those before examinations, and post-16.
    pub(crate) const OFFERED: [Self; 4] =
        [Self::ALL, Self { from: 11, to: 13 }, Self { from: 14, to: 15 }, Self { from: 16, to: 17 }];

    /// Reads a range as an address writes it, `11-13`, or a single year, `12`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let years = Self { from: from.parse().ok()?, to: to.parse().ok()? };
        let is_range = FIRST_AGE <= years.from && years.from <= years.to && years.to <= LAST_AGE;
        is_range.then_some(years)
    }

    /// Whether this age is in it.
    pub(crate) fn contains(self, age: u8) -> bool {
        (self.from..=self.to).contains(&age)
    }
}

impl std::fmt::Display for Years {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

#[cfg(test)]
mod tests {
    use schemas::{ControlledField, Vocabularies};

    use super::*;

    #[test]
    fn each_nation_has_its_own_years_at_the_same_ages() {
        let levels = Vocabularies::shipped().of(ControlledField::Level);
        for (nation, first, last, years) in [
            ("england", "Year 7", "Year 13", 7),
            ("wales", "Year 7", "Year 13", 7),
            ("scotland", "S1", "S6", 6),
            ("northern-ireland", "Year 8", "Year 14", 7),
        ] {
            let groups = year_groups(levels, nation);
            assert_eq!(groups.len(), years, "{nation}");
            assert_eq!((groups[0].label(), groups[years - 1].label()), (first, last));
            assert_eq!(groups[0].age, FIRST_AGE);
            assert!(groups.iter().all(|group| group.number().is_some()));
        }
    }

    #[test]
    fn a_range_of_years_is_read_as_it_is_written() {
        for years in Years::OFFERED {
            assert_eq!(Years::parse(&years.to_string()), Some(years));
        }
        assert_eq!(Years::parse("12"), Some(Years { from: 12, to: 12 }));
        for wrong in ["", "13-11", "10-12", "11-18", "x", "11-", "-"] {
            assert_eq!(Years::parse(wrong), None, "{wrong}");
        }
    }
}
