//! Reasons: what the weight of a field rests on, in words for people.

use schemas::ConceptId;

use super::evidence::Field;
use super::profile::{Creator, Profile};
use super::title::Title;

/// Longer reasons are cut: they stand beside every match of the store.
const MAX_CHARS: usize = 200;

/// The words that two records share or differ in. Which of them comes first makes no difference.
pub(super) fn detail(field: Field, one: &Profile, other: &Profile) -> String {
    // The reason stands in the order of the words of the first by title.
    let (one, other) = if one.title.spelled <= other.title.spelled { (one, other) } else { (other, one) };
    let said = match field {
        Field::Title => title(&one.title, &other.title),
        Field::Codes => against(one.title.codes.iter().map(AsRef::as_ref), other.title.codes.iter().map(AsRef::as_ref)),
        Field::Numbers => against(numbers(&one.title), numbers(&other.title)),
        Field::Text => text(one, other),
        Field::Creators => against(names(&one.creators), names(&other.creators)),
        Field::Year => against(year(one), year(other)),
        Field::Publisher => one.publisher.clone(),
        Field::Type => against(one.types.iter().map(ConceptId::as_str), other.types.iter().map(ConceptId::as_str)),
        Field::Language => {
            against(one.language.iter().map(ConceptId::as_str), other.language.iter().map(ConceptId::as_str))
        }
        Field::Starts => against(one.starts, other.starts),
        Field::Identifier => identifiers(one, other),
    };
    said.chars().take(MAX_CHARS).collect()
}

fn title(one: &Title, other: &Title) -> String {
    let of = |title: &Title, other: &Title, is_shared: bool| -> String {
        let has = |hash: u32| other.words.binary_search_by_key(&hash, |word| word.hash).is_ok();
        let mut words: Vec<_> = title.words.iter().filter(|word| has(word.hash) == is_shared).collect();
        words.sort_by_key(|word| word.place);
        words.into_iter().map(|word| title.at(word.place)).collect::<Vec<_>>().join(" ")
    };
    let shared = of(one, other, true);
    let (alone, alone_there) = (of(one, other, false), of(other, one, false));
    if alone.is_empty() && alone_there.is_empty() { shared } else { format!("{shared} ({alone} / {alone_there})") }
}

fn numbers(title: &Title) -> impl Iterator<Item = &str> {
    let mut numbers: Vec<_> = title.numbers.iter().map(|number| number.place).collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|place| title.at(place))
}

fn text(one: &Profile, other: &Profile) -> String {
    let shared = one.text.runs.shared(&other.text.runs);
    let shorter = shared.one.min(shared.other);
    format!("{} of {shorter} runs of three words", shared.both)
}

fn names(creators: &[Creator]) -> impl Iterator<Item = &str> {
    creators.iter().map(|creator| creator.family.as_str())
}

fn year(profile: &Profile) -> Option<i16> {
    profile.published.map(|published| published.year)
}

fn identifiers(one: &Profile, other: &Profile) -> String {
    let shared: Vec<&str> =
        one.identifiers.iter().filter(|name| other.identifiers.contains(name)).map(String::as_str).collect();
    if shared.is_empty() { against(&one.identifiers, &other.identifiers) } else { shared.join(", ") }
}

/// What one says and what the other says; once when they say the same. In alphabetical order of the two.
fn against<T: ToString>(one: impl IntoIterator<Item = T>, other: impl IntoIterator<Item = T>) -> String {
    let one = one.into_iter().map(|said| said.to_string()).collect::<Vec<_>>().join(", ");
    let other = other.into_iter().map(|said| said.to_string()).collect::<Vec<_>>().join(", ");
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    if first == second || first.is_empty() { second } else { format!("{first} / {second}") }
}
