//! What several catalogues hold, or one holds twice: pairs of catalogues with how much they share, as the API counts it;
//! but as it was within the hour, for it takes long to count and changes with each run.

use std::collections::BTreeMap;

use super::carried::Carried;
use super::wording::{counted, say};
use crate::app::App;
use crate::catalogue::SharedCount;
use crate::error::AppError;

/// Two catalogues, and what they share.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SharedPair {
    pub(super) one: String,
    /// `None` where it is about what one catalogue has twice.
    pub(super) other: Option<String>,
    /// "12 resources".
    pub(super) resources: String,
    /// "4 % of the one, 80 % of the other".
    pub(super) share: String,
    /// Where they are listed.
    pub(super) href: String,
}

/// What catalogues share, those with most in common first; only what `is_asked` lets through.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn shared_pairs(
    app: &App,
    carried: &Carried,
    is_asked: impl Fn(&SharedCount) -> bool,
) -> Result<Vec<SharedPair>, AppError> {
    let counts = app.shared_counts_within_the_hour().await?;
    let names = app.source_names();
    Ok(counts.iter().filter(|&count| is_asked(count)).map(|count| shared_pair(count, &names, carried)).collect())
}

fn shared_pair(count: &SharedCount, names: &BTreeMap<String, String>, carried: &Carried) -> SharedPair {
    let name = |id: &str| names.get(id).map_or(id, String::as_str).to_owned();
    let (one, other) = (count.one.as_str(), count.other.as_str());
    let of_one = said_percent(count.resources, count.of_one);
    let of_other = said_percent(count.resources, count.of_other);
    let share = if one == other {
        say("coverage.share-twice", &[("one", &of_one)])
    } else {
        say("coverage.share", &[("one", &of_one), ("other", &of_other)])
    };
    SharedPair {
        one: name(one),
        other: (one != other).then(|| name(other)),
        resources: counted("coverage.resources", count.resources),
        share,
        // Ids of sources need no escaping in an address.
        href: carried.address(&format!("/sources/{one}?with={other}")),
    }
}

/// A part of a whole in percents, as people read them: "under 1" for what is there and yet less than one in a hundred.
fn said_percent(part: u64, whole: u64) -> String {
    let is_under_one = part > 0 && part.saturating_mul(100) < whole;
    let percent = percent(part, whole);
    if is_under_one { say("coverage.share-under", &[("n", &percent)]) } else { percent.to_string() }
}

/// A part of a whole in whole percents, rounded down; what is there is never nothing.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    let percent = part.saturating_mul(100).checked_div(whole).unwrap_or(0);
    if part > 0 { percent.max(1) } else { percent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_rounded_down_but_never_to_nothing() {
        for (part, whole, expected) in [(0, 9, 0), (1, 900, 1), (1, 3, 33), (9, 9, 100), (0, 0, 0)] {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn less_than_one_in_a_hundred_is_said_to_be_under_one_percent() {
        for (part, whole, said) in [(0, 9, "0"), (1, 101, "under 1"), (1, 100, "1"), (5, 9, "55")] {
            assert_eq!(said_percent(part, whole), said, "{part} of {whole}");
        }
    }

    #[test]
    fn what_a_catalogue_has_twice_is_told_of_it_alone() {
        let names = BTreeMap::from([("a".to_owned(), "Catalogue A".to_owned())]);
        let id = |text: &str| schemas::SourceId::parse(text).expect("an id");
        let count = |other: &str| SharedCount { one: id("a"), other: id(other), resources: 3, of_one: 12, of_other: 3 };
        let carried = Carried::default().in_words_of("wales");
        let twice = shared_pair(&count("a"), &names, &carried);
        assert_eq!((twice.one.as_str(), twice.other), ("Catalogue A", None));
        let shared = shared_pair(&count("b"), &names, &carried);
        assert_eq!(shared.other.as_deref(), Some("b"), "a catalogue without a name is called by its id");
        assert_eq!(shared.href, "/sources/a?with=b&words=wales");
    }
}
