//! Cost: is something free, by the words of its source?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are amounts and whole phrases. A `true` says nothing
//! by itself: whether it stands for free or for paid is left to the mapping of the source.

use schemas::ConceptId;

/// Longer words are terms and conditions.
const MAX_BYTES: usize = 120;

/// What one must do before it is free.
const REGISTRATION: [&str; 11] = [
    "registration",
    "register",
    "registering",
    "registered",
    "login",
    "log",
    "sign",
    "signup",
    "account",
    "membership",
    "member",
];

/// Words beside `free` that change nothing.
const BESIDE_FREE: [&str; 41] = [
    "free",
    "of",
    "charge",
    "cost",
    "for",
    "to",
    "use",
    "download",
    "entry",
    "access",
    "resource",
    "resources",
    "all",
    "schools",
    "school",
    "uk",
    "state",
    "funded",
    "teachers",
    "students",
    "pupils",
    "and",
    "no",
    "completely",
    "fully",
    "totally",
    "event",
    "online",
    "place",
    "places",
    "the",
    "a",
    "is",
    "this",
    "it",
    "yes",
    "everyone",
    "fee",
    "fees",
    "charges",
    "costs",
];

/// Words beside registration that change nothing.
const BESIDE_REGISTRATION: [&str; 15] = [
    "with", "after", "but", "required", "requires", "needed", "needs", "in", "up", "on", "an", "you", "must", "simple",
    "quick",
];

/// Words that say by themselves that money is asked for.
const PAID: [&str; 13] = [
    "paid",
    "charge",
    "charges",
    "chargeable",
    "charged",
    "cost",
    "costs",
    "fee",
    "fees",
    "purchase",
    "subscription",
    "payment",
    "priced",
];

/// Words beside those that change nothing.
const BESIDE_PAID: [&str; 12] =
    ["a", "an", "for", "apply", "applies", "required", "payable", "only", "the", "to", "is", "there"];

/// What stands before or behind an amount.
const CURRENCIES: [char; 3] = ['£', '€', '$'];
const CURRENCY_CODES: [&str; 5] = ["gbp", "eur", "usd", "aud", "p"];

/// Finds what words say of the cost.
///
/// `"£0"`, `"0.00"` and `"Free for schools"` -> free; `"from £20 per pupil"` and `"4.99"` -> paid; `"Free (login required)"`
/// -> free-registration. `"Free, or £5"` says two things, and nothing is taken of it.
pub fn cost_of(words: &str) -> Option<ConceptId> {
    let lower = words.trim().to_lowercase();
    if lower.is_empty() || lower.len() > MAX_BYTES {
        return None;
    }
    let amounts = amounts(&lower);
    let names: Vec<&str> = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty() && !CURRENCY_CODES.contains(word))
        .collect();
    let is_free = names.contains(&"free") || (names.contains(&"no") && names.iter().any(|word| PAID.contains(word)));
    let id = match (amounts.as_slice(), is_free) {
        ([], true) => free(&names)?,
        ([], false) => paid(&names)?,
        (amounts, true) => free(&names).filter(|_| amounts.iter().all(|amount| *amount == 0))?,
        ([0], false) if is_price(&lower, &names) => "free",
        (amounts, false) if is_price(&lower, &names) && amounts.iter().any(|amount| *amount > 0) => "paid",
        (_, false) => return None,
    };
    ConceptId::parse(id).ok()
}

fn free(names: &[&str]) -> Option<&'static str> {
    let is_beside = |word: &&str| BESIDE_FREE.contains(word);
    if names.iter().all(is_beside) {
        return Some("free");
    }
    let asks = names.iter().any(|word| REGISTRATION.contains(word));
    let is_known = |word: &&str| is_beside(word) || REGISTRATION.contains(word) || BESIDE_REGISTRATION.contains(word);
    (asks && names.iter().all(is_known)).then_some("free-registration")
}

fn paid(names: &[&str]) -> Option<&'static str> {
    let says_so = names.iter().any(|word| PAID.contains(word));
    let is_known = |word: &&str| PAID.contains(word) || BESIDE_PAID.contains(word);
    (says_so && names.iter().all(is_known)).then_some("paid")
}

/// An amount with its currency, or with nothing else at all.
fn is_price(lower: &str, names: &[&str]) -> bool {
    let has_code = || lower.split(|c: char| !c.is_alphabetic()).any(|word| CURRENCY_CODES.contains(&word));
    names.is_empty() || lower.contains(CURRENCIES) || has_code()
}

/// The amounts of a text in its smallest coin, as far as they can be counted: `"£4.99"` -> 499.
fn amounts(text: &str) -> Vec<u64> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[at..];
        let length = number.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(number.len());
        let (number, behind) = number.split_at(length);
        let number = number.trim_end_matches(['.', ',']).replace(',', "");
        let (whole, part) = number.split_once('.').unwrap_or((number.as_str(), ""));
        let pence: String = part.chars().chain("00".chars()).take(2).collect();
        let amount = |digits: &str| digits.parse::<u64>().unwrap_or(u64::MAX);
        found.push(amount(whole).saturating_mul(100).saturating_add(amount(&pence)));
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::free("Free", Some("free"))]
    #[case::free_of_charge("free of charge", Some("free"))]
    #[case::shouted("FREE!", Some("free"))]
    #[case::for_schools("Free for UK state schools", Some("free"))]
    #[case::no_fee("No fee", Some("free"))]
    #[case::zero("£0", Some("free"))]
    #[case::zero_per_pupil("£0 per pupil", Some("free"))]
    #[case::schema_org_price("0.00", Some("free"))]
    #[case::free_and_zero("Free (£0.00)", Some("free"))]
    #[case::registration("free with registration", Some("free-registration"))]
    #[case::login("free (login required)", Some("free-registration"))]
    #[case::sign_up("Free, but you must sign up", Some("free-registration"))]
    #[case::price("£4.99", Some("paid"))]
    #[case::tess_price("9.99", Some("paid"))]
    #[case::tess_basis("charge", Some("paid"))]
    #[case::price_per_pupil("from £20 per pupil", Some("paid"))]
    #[case::price_with_code("GBP 1,250.00", Some("paid"))]
    #[case::two_prices("£150 per school, £5 per pupil", Some("paid"))]
    #[case::costs("Costs apply", Some("paid"))]
    #[case::subscription("Subscription required", Some("paid"))]
    #[case::eventbrite_flag("true", None)]
    #[case::eventbrite_other_flag("false", None)]
    #[case::free_or_not("Free for members, £10 for others", None)]
    #[case::free_trial("Free trial", None)]
    #[case::number_of_something("30 places", None)]
    #[case::varies("Contact us", None)]
    #[case::huge("£99999999999999999999999", Some("paid"))]
    #[case::nothing("", None)]
    fn words_say_what_it_costs(#[case] words: &str, #[case] expected: Option<&str>) {
        assert_eq!(cost_of(words).as_ref().map(ConceptId::as_str), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = cost_of(&text);
            assert!(amounts(&text).len() <= text.len(), "{text:.40}");
        }
    }
}
