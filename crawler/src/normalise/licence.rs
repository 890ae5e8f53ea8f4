//! Licence: which of our licences does an address or a code mean?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are the many ways to write Creative Commons and
//! the Open Government Licence. A version that we do not list becomes the nearest one with the same terms.

use schemas::{ConceptId, ControlledField, Vocabularies};

/// Older versions of the same terms, where we list one.
const OLDER: [(&str, &str); 2] = [("cc-by", "cc-by-3.0"), ("cc-by-nc-sa", "cc-by-nc-sa-2.0-uk")];

/// Words that stand between the name and the terms.
const PASSED_OVER: [&str; 8] =
    ["licenses", "licences", "license", "licence", "publicdomain", "public", "domain", "the"];

/// Finds the licence that an address or a code means; `None` when it is none of ours.
///
/// `"http://creativecommons.org/licenses/by-nc/4.0/"`, `"CC BY-NC 4.0"` and `"cc-by-nc"` -> `cc-by-nc-4.0`.
pub fn licence_of(text: &str) -> Option<ConceptId> {
    let lower = text.to_lowercase();
    creative_commons(&lower).or_else(|| open_government(&lower))
}

fn known(id: &str) -> Option<ConceptId> {
    let list = Vocabularies::shipped().of(ControlledField::Licence);
    list.get(id).and_then(|concept| ConceptId::parse(&concept.id).ok())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
}

fn open_government(lower: &str) -> Option<ConceptId> {
    let is_named = lower.contains("open-government-licence") || lower.contains("open government licence");
    if is_named || words(lower).any(|word| word == "ogl") { known("ogl-3.0") } else { None }
}

#[derive(Default)]
struct Terms<'t> {
    /// Of `by`, `nc`, `nd` and `sa` those that it names.
    codes: Vec<&'static str>,
    version: Option<&'t str>,
}

fn creative_commons(lower: &str) -> Option<ConceptId> {
    let joined = lower
        .replace("creative commons", "cc")
        .replace("creativecommons.org", " cc ")
        .replace("cc0", "cc zero")
        .replace("share alike", "sharealike")
        .replace("share-alike", "sharealike")
        .replace("non commercial", "noncommercial")
        .replace("non-commercial", "noncommercial")
        .replace("no derivatives", "noderivatives")
        .replace("no-derivatives", "noderivatives");
    let mut terms = Terms::default();
    for word in words(&joined).skip_while(|word| *word != "cc").skip(1) {
        match word {
            "zero" => return known("cc0"),
            "mark" => return known("pdm-1.0"),
            "by" | "attribution" => terms.codes.push("by"),
            "nc" | "noncommercial" => terms.codes.push("nc"),
            "nd" | "noderivatives" | "noderivs" => terms.codes.push("nd"),
            "sa" | "sharealike" => terms.codes.push("sa"),
            word if PASSED_OVER.contains(&word) => {}
            word => {
                // "4.0", "v4.0" and the end of an SPDX address, "4.0.html".
                terms.version = word.trim_start_matches('v').get(..3).filter(|version| is_version(version));
                break;
            }
        }
    }
    terms.licence()
}

fn is_version(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'4', b'.', b'0'..=b'9'])
}

impl Terms<'_> {
    fn licence(&self) -> Option<ConceptId> {
        if !self.codes.contains(&"by") {
            return None;
        }
        let mut name = "cc".to_owned();
        for code in ["by", "nc", "nd", "sa"].into_iter().filter(|code| self.codes.contains(code)) {
            name.push('-');
            name.push_str(code);
        }
        let exact = self.version.and_then(|version| known(&format!("{name}-{version}")));
        let is_older = self.version.is_some_and(|version| !version.starts_with('4'));
        let older = OLDER.iter().find(|(terms, _)| is_older && *terms == name).and_then(|(_, id)| known(id));
        exact.or(older).or_else(|| known(&format!("{name}-4.0")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::oer_address("https://creativecommons.org/licenses/by/4.0/", Some("cc-by-4.0"))]
    #[case::oer_without_slash("https://creativecommons.org/licenses/by/4.0", Some("cc-by-4.0"))]
    #[case::oer_http("http://creativecommons.org/licenses/by-nc-sa/4.0/", Some("cc-by-nc-sa-4.0"))]
    #[case::no_scheme("//www.creativecommons.org/licenses/by-nd/3.0/deed.en_GB", Some("cc-by-nd-4.0"))]
    #[case::older("https://creativecommons.org/licenses/by/2.0/uk/", Some("cc-by-3.0"))]
    #[case::older_share_alike("https://creativecommons.org/licenses/by-nc-sa/3.0/", Some("cc-by-nc-sa-2.0-uk"))]
    #[case::zero("https://creativecommons.org/publicdomain/zero/1.0/", Some("cc0"))]
    #[case::oer_mark("https://creativecommons.org/publicdomain/mark/1.0/", Some("pdm-1.0"))]
    #[case::oer_code("cc-by-sa", Some("cc-by-sa-4.0"))]
    #[case::oer_mark_code("cc-mark", Some("pdm-1.0"))]
    #[case::label("CC BY 4.0", Some("cc-by-4.0"))]
    #[case::tess_spdx("https://spdx.org/licenses/CC-BY-4.0.html", Some("cc-by-4.0"))]
    #[case::in_words("Creative Commons Attribution-NonCommercial-NoDerivs 4.0 International", Some("cc-by-nc-nd-4.0"))]
    #[case::ogl_address("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", Some("ogl-3.0"))]
    #[case::ogl_spdx("OGL-UK-3.0", Some("ogl-3.0"))]
    #[case::no_terms("cc", None)]
    #[case::another("https://opensource.org/licenses/MIT", None)]
    #[case::sentence("Made with care by NASA", None)]
    #[case::nothing("", None)]
    fn addresses_and_codes_mean_licences(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(licence_of(text).as_ref().map(ConceptId::as_str), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            assert_eq!(licence_of(&text), None, "{text:.40}");
        }
    }
}
