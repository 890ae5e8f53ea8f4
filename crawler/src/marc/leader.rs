//! The leader: what kind of record is it, and does its library still have it? Source: MARC 21 Format for Bibliographic
//! Data, Leader.

use super::record::MarcRecord;

/// What a record is to a harvest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It describes something.
    Bibliographic,
    /// It says that what it described is no more.
    Deleted,
    /// It is of another kind, of this name, and describes nothing that anybody could use.
    Other(&'static str),
}

/// What a record is, by its leader; one without a leader describes something.
pub(crate) fn standing_of(record: &MarcRecord) -> Standing {
    let kind = match leader_at(record, 6) {
        'z' => "an authority record",
        'w' => "a classification record",
        'u' | 'v' | 'x' | 'y' => "a holdings record",
        _ if leader_at(record, 5) == 'd' => return Standing::Deleted,
        _ => return Standing::Bibliographic,
    };
    Standing::Other(kind)
}

/// The character at a place of the leader; a space where it has none.
pub(super) fn leader_at(record: &MarcRecord, place: usize) -> char {
    record.leader.chars().nth(place).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::book("01387cam a22002771  4500", Standing::Bibliographic)]
    #[case::deleted("01387dam a22002771  4500", Standing::Deleted)]
    #[case::authority("01167cz   2200229n  4500", Standing::Other("an authority record"))]
    #[case::classification("00397nw   2200133n  4500", Standing::Other("a classification record"))]
    #[case::nothing("", Standing::Bibliographic)]
    fn a_leader_says_what_a_record_is(#[case] leader: &str, #[case] expected: Standing) {
        let record = MarcRecord { leader: leader.to_owned(), ..MarcRecord::default() };
        assert_eq!(standing_of(&record), expected);
    }
}
