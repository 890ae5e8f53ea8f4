//! Showable: what of all that was said may be shown to everybody.
//!
//! Of a record whose catalogue does not allow republishing, never more is shown than what is published: neither its
//! description nor words that were read out of it.

use std::collections::HashSet;

use schemas::resource::SHORT_DESCRIPTION_CHARACTERS;
use schemas::{Metadata, Method, short_description};
use serde_json::Value;

use super::decided::Decided;
use super::standing::{Case, Times};
use super::told::{Said, Told};
use crate::catalogue::resolve::MergeInput;

/// What a record says, as everybody may see it.
pub(super) fn showable(case: &Case, record: &MergeInput, times: &Times, told: Vec<Told>) -> Vec<Said> {
    let secret = if record.allows_republishing { HashSet::new() } else { unpublished_words(&record.metadata) };
    let mut said = Vec::with_capacity(told.len());
    for mut one in told {
        let since = times.since.of(&one, &times.first_seen).to_owned();
        let mut shortened = None;
        if one.field == "description"
            && let Some((short, why)) = one.claim.value.as_str().and_then(|text| shortened_text(case, record, text))
        {
            one.claim.value = Value::from(short);
            shortened = Some(why);
        }
        if one.claim.method == Method::Inferred {
            one.claim.evidence = one.claim.evidence.filter(|text| words(text).all(|word| !secret.contains(&word)));
        }
        said.push(Said { told: one, since, shortened });
    }
    said
}

/// So much of a description as may be shown, and why not all of it; `None` when all of it may.
fn shortened_text(case: &Case, record: &MergeInput, text: &str) -> Option<(String, String)> {
    let short = Some(short_description(text)).filter(|short| short != text)?;
    let why = if record.allows_republishing {
        // What one catalogue forbids is not shown on the word of another that has copied it.
        let is_forbidden = case.stored.description.as_deref() == Some(text)
            && case.resource.description.as_deref().is_some_and(|shown| shown != text);
        is_forbidden.then(|| format!("{SHORT_DESCRIPTION_CHARACTERS} characters of this description are published"))?
    } else {
        let source = &record.id.source;
        format!("the licence of `{source}` allows {SHORT_DESCRIPTION_CHARACTERS} characters of its description")
    };
    Some((short, why))
}

/// A decision as everybody may see it: a description that was locked may be longer than what may be published.
pub(super) fn showable_decision(case: &Case, decided: &Decided) -> Decided {
    let mut decided = decided.clone();
    for one in decided.said.iter_mut().filter(|one| one.told.field == "description") {
        let text = one.told.claim.value.as_str().filter(|text| case.resource.description.as_deref() != Some(*text));
        if let Some(short) = text.map(short_description) {
            one.told.claim.value = Value::from(short);
        }
    }
    decided
}

/// The words of a description that are not published: what was inferred from them is, they are not.
fn unpublished_words(metadata: &Metadata) -> HashSet<String> {
    let Some(text) = &metadata.description else {
        return HashSet::new();
    };
    let short = short_description(text);
    let published = [metadata.title.as_str(), short.as_str()];
    let published = published.into_iter().chain(metadata.keywords.iter().chain(&metadata.topics).map(String::as_str));
    let published: HashSet<String> = published.flat_map(words).collect();
    words(text).filter(|word| !published.contains(word)).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beyond_what_may_be_published_are_known() {
        let start = "How soap is made. ".repeat(12);
        let description = Some(format!("{start}Saponification ends it."));
        let metadata =
            Metadata { title: "Saponification".to_owned(), description: description.clone(), ..Metadata::default() };
        let expected: HashSet<String> = ["ends", "it"].into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(unpublished_words(&metadata), expected, "its title is published");
        let untitled = Metadata { description, ..Metadata::default() };
        assert!(unpublished_words(&untitled).contains("saponification"));
        assert!(unpublished_words(&Metadata::default()).is_empty());
    }
}
