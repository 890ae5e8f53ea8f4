//! Gathering: which texts does a raw record hold for each of our fields, by its source's own mapping?
//!
//! The mapping says where to look and how to split; what comes out is clean text, not yet understood. [`crate::map`]
//! makes a record of it.

use std::collections::BTreeMap;

use schemas::validate::MAX_TEXT_BYTES;
use schemas::{FieldMapping, Problem, Source, TargetField};

use super::concept::own_meaning;
use super::template::{Gaps, fill};
use super::text::{plain_text, tidy};
use crate::raw::{RawRecord, RawValues};

/// What databases print into a table for nothing. Source: the workbook of the National Careers Service, OER Commons.
pub(crate) const NULLS: [&str; 4] = ["(null)", "NULL", "null", "\\N"];

/// The texts of every field, clean and in the source's order. Of the alternatives of a mapping the first that says
/// something.
pub(crate) fn gather(raw: &RawRecord, source: &Source) -> Result<BTreeMap<TargetField, Vec<String>>, Problem> {
    let no_rule = FieldMapping::default();
    let mut all = BTreeMap::new();
    for field in TargetField::all() {
        let described = |by: &BTreeMap<TargetField, Vec<String>>| by.get(&field).cloned().unwrap_or_default();
        let (trusted, described) = (described(&raw.trusted), described(&raw.described));
        let rule = source.mapping.get(&field);
        let mapped = rule.map_or_else(Vec::new, |rule| alternatives(raw, field, rule));
        let rule = rule.unwrap_or(&no_rule);
        for texts in std::iter::once(trusted).chain(mapped).chain([described]) {
            if texts.iter().any(|text| text.len() > MAX_TEXT_BYTES) {
                return Err(Problem::rejected(&raw.place, Some(field.name()), "a text of more than 1 MiB"));
            }
            let values: Vec<String> = texts.iter().flat_map(|text| parts(raw, field, rule, text)).collect();
            if !values.is_empty() {
                all.insert(field, values);
                break;
            }
        }
    }
    Ok(all)
}

fn alternatives(raw: &RawRecord, field: TargetField, rule: &FieldMapping) -> Vec<Vec<String>> {
    let mut choices: Vec<Vec<String>> = rule.from.iter().map(|name| values_of(raw, name)).collect();
    let Some(template) = &rule.template else {
        return choices;
    };
    let is_description = field == TargetField::Description;
    let gaps = if is_description { Gaps::LeaveEmpty } else { Gaps::Refuse };
    let filled = fill(template, gaps, |name| {
        let values = values_of(raw, name);
        if is_description { Some(values.join(" ")) } else { values.into_iter().next() }
    });
    choices.push(filled.into_iter().collect());
    choices
}

fn values_of(raw: &RawRecord, name: &str) -> Vec<String> {
    let mut values = raw.values(name);
    if matches!(raw.values, RawValues::Row(_)) {
        values.retain(|value| !NULLS.contains(&value.trim()));
    }
    values
}

/// One value as it came, split, cleaned and, outside the controlled fields, in the words of the mapping.
fn parts(raw: &RawRecord, field: TargetField, rule: &FieldMapping, text: &str) -> Vec<String> {
    let separator = rule.split.as_deref().filter(|separator| !separator.is_empty());
    let cleaned: Vec<String> = match separator {
        None => vec![clean(raw, field, text)],
        // A separator of markup or white space would be gone after cleaning.
        Some(separator) if separator.contains('<') || separator.trim().is_empty() => {
            split(text, separator, &rule.keep).into_iter().map(|part| clean(raw, field, part)).collect()
        }
        Some(separator) => {
            let text = clean(raw, field, text);
            split(&text, separator, &rule.keep).into_iter().map(ToOwned::to_owned).collect()
        }
    };
    let is_concept = matches!(field, TargetField::Concepts(_));
    let in_our_words = cleaned.into_iter().flat_map(|value| match own_meaning(&rule.words, &value) {
        Some(ours) if !is_concept => ours.clone(),
        Some(_) | None => vec![value],
    });
    in_our_words.filter(|value| !value.is_empty()).collect()
}

/// Text as a reader sees it. What was taken from a page is text already; an identifier stays as it is.
fn clean(raw: &RawRecord, field: TargetField, text: &str) -> String {
    if field == TargetField::Identifier || raw.is_of_page() { tidy(text) } else { plain_text(text) }
}

/// Splits a value, but not inside the phrases to keep: `"Computing, technology and digital,Science"` at `,`.
fn split<'t>(text: &'t str, separator: &str, keep: &[String]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let text = text.trim_start();
        let kept = keep
            .iter()
            .filter(|phrase| {
                let behind = text.strip_prefix(phrase.as_str()).map(str::trim_start);
                behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(separator.trim()))
            })
            .map(String::len)
            .max()
            .unwrap_or(0);
        let (part, after) = match text[kept..].find(separator) {
            Some(at) => (&text[..kept + at], Some(&text[kept + at + separator.len()..])),
            None => (text, None),
        };
        parts.push(part.trim());
        rest = after;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const MAPPING: &str = r#"
kind = "table"
[where]
file = "records.csv"
[mapping]
title = ["Short title", "Title"]
url = { template = "https://example.org/{Title|slug}" }
description = { template = "{Overview} {Skills}" }
sectors = { from = "Categories", split = ",", keep = ["Computing, technology and digital"] }
creators = { from = "Team", split = "<br/>" }
topics = { from = "Topics", split = ";", words = { "poster" = "posters", "misc" = "" } }
"#;

    fn row(cells: &[(&str, &str)]) -> RawRecord {
        let cells = cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RawRecord::new("row 1", None, RawValues::Row(cells))
    }

    /// The values of one field, one after the other.
    fn gathered(field: &str, cells: &[(&str, &str)]) -> String {
        let field = TargetField::all().find(|one| one.name() == field).expect("a field");
        let all = gather(&row(cells), &crate::testing::source(MAPPING)).expect("it is short");
        all.get(&field).map(|values| values.join(" + ")).unwrap_or_default()
    }

    #[rstest]
    #[case::first_choice("title", &[("Title", "Long"), ("Short title", "Short")], "Short")]
    #[case::second_choice("title", &[("Title", "Long"), ("Short title", " ")], "Long")]
    #[case::ncs_null("title", &[("Title", "Long"), ("Short title", "(null)")], "Long")]
    #[case::template("url", &[("Title", "Head of IT (IT director)")], "https://example.org/head-of-it-it-director")]
    #[case::template_with_a_gap("url", &[("Overview", "Some")], "")]
    #[case::ncs_description(
        "description",
        &[("Overview", "<p>Do&nbsp;it.</p>"), ("Skills", "<li>a</li><li>b</li>")],
        "Do it. a b"
    )]
    #[case::description_with_a_gap("description", &[("Skills", "Care")], "Care")]
    #[case::ncs_categories(
        "sectors",
        &[("Categories", "Computing, technology and digital,Managerial, ,Sports and leisure")],
        "Computing, technology and digital + Managerial + Sports and leisure"
    )]
    #[case::kept_phrase_last(
        "sectors",
        &[("Categories", "Home,Computing, technology and digital")],
        "Home + Computing, technology and digital"
    )]
    #[case::not_the_kept_phrase(
        "sectors",
        &[("Categories", "Computing, technology and digital arts")],
        "Computing + technology and digital arts"
    )]
    #[case::phet_team(
        "creators",
        &[("Team", "Kelly Lancaster (lead)<br/>Chris Malley &amp; Co")],
        "Kelly Lancaster (lead) + Chris Malley & Co"
    )]
    #[case::entity_with_the_separator("topics", &[("Topics", "R&amp;D; art")], "R&D + art")]
    #[case::own_words("topics", &[("Topics", "poster;Misc;film")], "posters + film")]
    #[case::nothing("title", &[], "")]
    fn a_field_gets_its_texts(#[case] field: &str, #[case] cells: &[(&str, &str)], #[case] expected: &str) {
        assert_eq!(gathered(field, cells), expected);
    }

    #[test]
    fn a_text_that_is_too_long_refuses_the_record() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let problem = gather(&row(&[("Title", &long)]), &crate::testing::source(MAPPING)).expect_err("it is too long");
        assert_eq!(problem.field.as_deref(), Some("title"));
    }

    #[test]
    fn what_is_trusted_goes_before_the_mapping_and_what_is_described_after_it() {
        let source = crate::testing::source(
            "kind = \"sitemap\"\n[where]\nurl = \"https://example.org/s.xml\"\n[mapping]\ntitle = \"h1\"\n",
        );
        let says = |field, text: &str| BTreeMap::from([(field, vec![text.to_owned()])]);
        let selected = |name: &str| RawValues::Page(BTreeMap::from([(name.to_owned(), vec!["Selected".to_owned()])]));
        let title = |raw: &RawRecord| gather(raw, &source).expect("it is short")[&TargetField::Title].join(" + ");

        let mut raw = RawRecord::new("a", None, selected("h1"));
        raw.described = says(TargetField::Title, "Described");
        assert_eq!(title(&raw), "Selected");
        raw.trusted = says(TargetField::Title, "Trusted");
        assert_eq!(title(&raw), "Trusted");

        let mut raw = RawRecord::new("a", None, selected("h2"));
        raw.described = says(TargetField::Title, "the <b> element");
        assert_eq!(title(&raw), "the <b> element");
    }
}
