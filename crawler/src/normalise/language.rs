//! Language: which of our languages does a tag or a name mean?
//!
//! Tags with regions are for `language_of`; other labels are found by the vocabulary itself.

use schemas::ConceptId;

/// Our id, then what else it is called. Source: ISO 639-1, 639-2/B, 639-2/T and 639-3.
const LANGUAGES: [(&str, &[&str]); 5] = [
    ("en", &["en", "eng", "english"]),
    ("cy", &["cy", "cym", "wel", "welsh", "cymraeg"]),
    ("gd", &["gd", "gla", "scottish gaelic", "scots gaelic", "gàidhlig"]),
    ("ga", &["ga", "gle", "irish", "gaeilge"]),
    ("bsl", &["bsl", "bfi", "british sign language"]),
];

/// Finds the language that a tag or a name means; `None` for the languages we do not list.
///
/// `"en-GB"`, `"en_GB"`, `"eng"` and `"English (UK)"` -> `en`; `"cy-GB"` and `"Cymraeg"` -> `cy`; `"fr"` -> `None`.
pub fn language_of(text: &str) -> Option<ConceptId> {
    let lower = text.trim().to_lowercase();
    let whole = lower.split('(').next().unwrap_or_default().trim();
    // Only a code has subtags: "welsh-medium schools" names no language.
    let code = whole.split(['-', '_']).next().filter(|code| code.len() <= 3).unwrap_or(whole);
    let (id, _) = LANGUAGES.iter().find(|(_, names)| names.contains(&whole) || names.contains(&code))?;
    ConceptId::parse(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::oer_code("en", Some("en"))]
    #[case::region("en-GB", Some("en"))]
    #[case::open_graph_locale("en_GB", Some("en"))]
    #[case::three_letters("eng", Some("en"))]
    #[case::name("English", Some("en"))]
    #[case::name_with_region("English (UK)", Some("en"))]
    #[case::welsh("cy", Some("cy"))]
    #[case::welsh_in_welsh("Cymraeg ", Some("cy"))]
    #[case::welsh_in_english("Welsh", Some("cy"))]
    #[case::gaelic("gd", Some("gd"))]
    #[case::french("fr", None)]
    #[case::medium("welsh-medium", None)]
    #[case::nothing("", None)]
    fn tags_and_names_mean_languages(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(language_of(text).as_ref().map(ConceptId::as_str), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            assert_eq!(language_of(&text), None, "{text:.40}");
        }
    }
}
