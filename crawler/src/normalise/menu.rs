//! Menus: is a description the navigation of its page?
//!
//! A page that does not say what it is about is read by its text, and some say nothing but "Home About us Contact Log in".
//! Such a text would be found for everything and tells nobody anything.

/// Words of navigation, as they stand on sites of every kind.
const NAVIGATION: [&str; 42] = [
    "about",
    "accessibility",
    "account",
    "basket",
    "blog",
    "cart",
    "checkout",
    "contact",
    "cookie",
    "cookies",
    "copyright",
    "events",
    "facebook",
    "faq",
    "faqs",
    "feedback",
    "help",
    "home",
    "homepage",
    "instagram",
    "linkedin",
    "log",
    "login",
    "logout",
    "menu",
    "navigation",
    "news",
    "newsletter",
    "print",
    "privacy",
    "register",
    "search",
    "share",
    "shop",
    "signup",
    "sitemap",
    "skip",
    "subscribe",
    "terms",
    "twitter",
    "vacancies",
    "youtube",
];

/// So much of a text is looked at: a description that begins with a menu is more than one.
const MAX_CHARACTERS: usize = 2_000;

/// A menu has so many of these words, each counted once. Of 16,880 real descriptions 19 have as many, and none of those
/// has the share below: the nearest is at one in twelve.
const MIN_DIFFERENT: usize = 4;

/// One word in so many is one of them.
const ONE_IN: usize = 6;

/// Words that make a sentence of others, which a menu hardly has.
const GRAMMAR: [&str; 21] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "for", "from", "in", "is", "of", "on", "or", "that", "the",
    "to", "with", "you",
];

/// At most one word of a menu in so many is one of those.
const GRAMMAR_ONE_IN: usize = 4;

/// A menu has hardly a sentence: fewer than one in so many words.
const WORDS_OF_A_SENTENCE: usize = 20;

/// Whether a text is a menu: many words of navigation, and hardly a sentence.
///
/// `"Home About us Contact Log in Skip to content Cookies"` is one; `"We tell you about news and events, and help you to
/// search for a home."` is none.
pub fn is_menu(text: &str) -> bool {
    let end = text.char_indices().nth(MAX_CHARACTERS).map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let different = NAVIGATION.iter().filter(|name| words.iter().any(|word| word == **name)).count();
    let has_many = different >= MIN_DIFFERENT && count(&NAVIGATION) * ONE_IN >= words.len();
    let has_sentences =
        sentences(text) * WORDS_OF_A_SENTENCE > words.len() || count(&GRAMMAR) * GRAMMAR_ONE_IN > words.len();
    has_many && !has_sentences
}

/// How many sentences end in a text.
fn sentences(text: &str) -> usize {
    let mut behind = text.chars().skip(1).chain(std::iter::once(' '));
    text.chars()
        .filter(|c| behind.next().is_some_and(char::is_whitespace) && matches!(c, '.' | '!' | '?' | '…'))
        .count()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("Home About us Contact Log in Skip to content Cookies")]
    #[case::with_subjects(
        "Skip to main content Home Subjects Biology Chemistry Physics News Events About Contact us Search"
    )]
    #[case::shop("Menu Search Account Basket Shop Help Privacy Terms © 2026 A Museum")]
    #[case::with_terms("Home About the museum News Contact us Terms and conditions Privacy Cookies")]
    #[case::signs("Home | About | Contact | Privacy | Cookies")]
    fn navigation_is_a_menu(#[case] text: &str) {
        assert!(is_menu(text));
    }

    #[rstest]
    #[case::ncs(
        "Lifeguards look after swimming areas, help swimmers to stay safe and carry out rescues in emergencies."
    )]
    #[case::oer_workshop("Hello and welcome. Register for an account, search the help pages, and share what you find.")]
    #[case::oak(
        "I can describe how search engines select results. Web crawlers copy pages; an index of words is kept."
    )]
    #[case::site("News, events, blog posts, help with accounts and search.")]
    #[case::careers_site(
        "An A to Z of jobs with a search, news and events for schools, and a newsletter that one may subscribe to."
    )]
    #[case::keywords("menu search home")]
    #[case::other_words("Atoms Bonds Acids Bases Salts Metals Rates Energy")]
    #[case::nothing("")]
    fn a_description_is_none(#[case] text: &str) {
        assert!(!is_menu(text));
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            assert!(!is_menu(&text), "{text:.40}");
        }
    }
}
