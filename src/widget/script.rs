//! The one file that a page loads: the script with its words, the levels of each nation and its style put in.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemas::{ControlledField, Vocabularies};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha384};

/// The parts in one function, so that no name of theirs reaches the page.
const SOURCE: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("attributes.js"),
    include_str!("plain.js"),
    include_str!("results.js"),
    include_str!("signpost-search.js"),
    "})();\n"
);
const STYLE: &str = include_str!("signpost-search.css");
const WORDS: &str = include_str!("words.json");
/// Where the script takes what is put in.
const PLACEHOLDER: &str = "'%DATA%'";

/// The script as it is served.
pub(crate) struct Script {
    /// All of it.
    pub(super) body: String,
    /// The name under which these bytes and no others are found: `v1.0123456789abcdef.js`.
    pub(crate) name: String,
    /// What a page may check it by. Source: W3C Subresource Integrity.
    pub(crate) integrity: String,
}

/// The script of this version of Signpost.
pub(crate) fn script() -> &'static Script {
    static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
        let body = assemble(Vocabularies::shipped());
        let digest: [u8; 48] = Sha384::digest(body.as_bytes()).into();
        let start = digest.first_chunk::<8>().expect("a SHA-384 has 48 bytes");
        let name = format!("v1.{:016x}.js", u64::from_be_bytes(*start));
        Script { body, name, integrity: format!("sha384-{}", STANDARD.encode(digest)) }
    });
    &SCRIPT
}

fn assemble(vocabularies: &Vocabularies) -> String {
    let words: Value = serde_json::from_str(WORDS).expect("the words ship inside the binary; a test reads them");
    let data = json!({ "words": words, "stages": stages(vocabularies), "style": STYLE });
    without_comments(SOURCE).replacen(PLACEHOLDER, &data.to_string(), 1)
}

/// A script without the lines that are only comments: they are for who reads the source.
fn without_comments(source: &str) -> String {
    let is_comment = |line: &str| ["//", "/*", "*"].iter().any(|start| line.trim_start().starts_with(start));
    source.split_inclusive('\n').filter(|line| !is_comment(line)).collect()
}

/// The levels that each nation knows as stages, such as key stage 3 or Third Level, in their order.
fn stages(vocabularies: &Vocabularies) -> Map<String, Value> {
    let levels = &vocabularies.of(ControlledField::Level).concepts;
    let is_stage = |kind: Option<&str>| matches!(kind, Some("key_stage" | "cfe_level" | "progression_step"));
    let mut stages = Map::new();
    for nation in &vocabularies.of(ControlledField::Nation).concepts {
        let of_nation = levels.iter().filter(|level| level.nation.as_deref() == Some(nation.id.as_str()));
        let ids: Vec<&str> =
            of_nation.filter(|level| is_stage(level.kind.as_deref())).map(|level| level.id.as_str()).collect();
        if !ids.is_empty() {
            stages.insert(nation.id.clone(), json!(ids));
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use index::Facet;

    use super::*;

    type Words = BTreeMap<String, Value>;

    fn languages() -> BTreeMap<String, Words> {
        serde_json::from_str(WORDS).expect("an object of languages")
    }

    /// The places in a text that are filled in: `{n}`.
    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    /// The texts of one key: one, or the forms that a number has.
    fn forms(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Object(forms) => forms.values().filter_map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Vec::new(),
        }
    }

    #[test]
    fn every_language_has_every_key_with_the_same_places_to_fill() {
        let languages = languages();
        let english = &languages["en"];
        for (language, words) in &languages {
            assert_eq!(words.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language}");
            for (key, value) in words {
                assert!(value.is_string() || key == "facets" || value["other"].is_string(), "{language} {key}");
                let expected = places(forms(&english[key])[0]);
                for form in forms(value) {
                    assert_eq!(places(form), expected, "{language} {key}");
                }
            }
        }
    }

    #[test]
    fn every_facet_has_a_name_in_every_language() {
        let facets: BTreeSet<String> = Facet::ALL.into_iter().map(|facet| facet.name().to_owned()).collect();
        for (language, words) in languages() {
            let named: BTreeMap<String, String> = serde_json::from_value(words["facets"].clone()).unwrap();
            assert_eq!(named.into_keys().collect::<BTreeSet<_>>(), facets, "{language}");
        }
    }

    #[test]
    fn the_script_uses_every_word_and_no_other() {
        let keys: BTreeSet<String> = languages().remove("en").unwrap().into_keys().collect();
        for key in keys.iter().filter(|key| *key != "facets") {
            assert!(SOURCE.contains(&format!("'{key}'")), "{key} is not used");
        }
        for said in SOURCE.split("say('").skip(1).filter_map(|rest| rest.split_once('\'')).map(|(key, _)| key) {
            assert!(keys.contains(said), "{said} is not among the words");
        }
    }

    #[test]
    fn the_levels_of_the_nations_are_put_in() {
        let stages = stages(Vocabularies::shipped());
        let nations: Vec<&String> = stages.keys().collect();
        assert_eq!(nations, ["england", "wales", "scotland", "northern-ireland"]);
        for (nation, stage) in
            [("england", "ks3"), ("wales", "cfw-ps4"), ("scotland", "cfe-third"), ("northern-ireland", "ni-ks3")]
        {
            assert!(stages[nation].as_array().unwrap().contains(&json!(stage)), "{stage}");
        }
    }

    #[test]
    fn everything_is_put_in_and_the_name_follows_from_the_bytes() {
        let script = script();
        assert!(SOURCE.contains(PLACEHOLDER));
        assert!(!script.body.contains(PLACEHOLDER));
        assert!(script.integrity.starts_with("sha384-") && script.integrity.len() == 7 + 64, "{}", script.integrity);
        assert!(script.name.starts_with("v1.") && script.name.strip_suffix(".js").is_some_and(|name| name.len() == 19));
    }

    #[test]
    fn the_script_stays_small_enough_for_any_page() {
        // Compressed as a browser gets it, at the usual level: a third of a second on a line of 400 kbit/s.
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, script().body.as_bytes()).unwrap();
        let bytes = encoder.finish().unwrap().len();
        assert!(bytes < 15_000, "{bytes} bytes");
    }
}
