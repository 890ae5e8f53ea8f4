//! `Embedding`: a search as another site embeds it, read from the parameters of an address: the attributes of the
//! element.
//!
//! Only names are checked here. What the values mean is for the API, which the element asks, and which tells every
//! mistake.

use index::Facet;
use url::form_urlencoded;

use crate::error::ParameterMistake;
use crate::web::mistakes::{Mistakes, unknown_parameter};

/// The attributes that are no facets. `api` is not among them: whose API is asked is not for an address to say.
const OWN: [&str; 11] =
    ["view", "q", "limit", "heading", "heading-level", "lang", "filters", "level-names", "age", "sort", "inferred"];
/// Those of them that the search page of Signpost takes as well.
const OF_THE_PAGE: [&str; 5] = ["view", "q", "age", "sort", "inferred"];

/// A search as another site embeds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Embedding {
    /// The attributes with their values, each once, in the order in which they were given.
    pub(super) attributes: Vec<(&'static str, String)>,
}

impl Embedding {
    /// Reads the parameters of a frame. Blank ones count as not given.
    ///
    /// # Errors
    /// Every parameter that is unknown, with the nearest known one, or that stands twice and may not.
    pub(super) fn parse(raw: &str) -> Result<Self, Vec<ParameterMistake>> {
        let mut embedding = Self::default();
        let mut mistakes = Mistakes::default();
        let all: Vec<&str> = OWN.into_iter().chain(Facet::ALL.into_iter().map(Facet::name)).collect();
        for (name, value) in mistakes.pairs(raw) {
            let Some(name) = known(&name) else {
                mistakes.add(&name, unknown_parameter(&name, &all));
                continue;
            };
            if !embedding.add(name, value.trim()) {
                mistakes.add(name, "given more than once");
            }
        }
        mistakes.into_result().map(|()| embedding)
    }

    /// Reads the parameters of a search page. What only says which part of its results is shown is left out.
    pub(super) fn of_search(raw: &str) -> Self {
        let mut embedding = Self::default();
        for (name, value) in Mistakes::default().pairs(raw) {
            if let Some(name) = known(&name) {
                embedding.add(name, value.trim());
            }
        }
        embedding
    }

    /// Whether it could be added: only facets may have several values.
    fn add(&mut self, name: &'static str, value: &str) -> bool {
        if value.is_empty() {
            return true;
        }
        match self.attributes.iter_mut().find(|(held, _)| *held == name) {
            None => self.attributes.push((name, value.to_owned())),
            // A publisher's name may hold a comma, so the attribute takes one.
            Some((_, held)) if Facet::by_name(name).is_some_and(|facet| facet != Facet::Publisher) => {
                held.push(',');
                held.push_str(value);
            }
            Some(_) => return false,
        }
        true
    }

    /// The query string of the frame, without its question mark; empty when it asks for nothing.
    pub(super) fn query_string(&self) -> String {
        query_string(self.attributes.iter())
    }

    /// The query string of the same search on Signpost's own page.
    pub(super) fn page_query_string(&self) -> String {
        let is_read = |name: &str| OF_THE_PAGE.contains(&name) || Facet::by_name(name).is_some();
        query_string(self.attributes.iter().filter(|(name, _)| is_read(name)))
    }
}

fn query_string<'a>(attributes: impl Iterator<Item = &'a (&'static str, String)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(attributes).finish()
}

fn known(name: &str) -> Option<&'static str> {
    Facet::by_name(name).map(Facet::name).or_else(|| OWN.into_iter().find(|own| *own == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_may_have_several_values_and_blank_ones_are_not_given() {
        let embedding = Embedding::parse("level=ks3&q=&subject=chemistry&level=ks4&heading-level=3").unwrap();
        let expected = [("level", "ks3,ks4"), ("subject", "chemistry"), ("heading-level", "3")];
        assert_eq!(embedding.attributes, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(embedding.query_string(), "level=ks3%2Cks4&subject=chemistry&heading-level=3");
        assert_eq!(embedding.page_query_string(), "level=ks3%2Cks4&subject=chemistry");
        let asked = "view=rsc&q=vet&lang=cy&age=13&sort=newest&inferred=off";
        let of_the_page = Embedding::parse(asked).unwrap().page_query_string();
        assert_eq!(of_the_page, "view=rsc&q=vet&age=13&sort=newest&inferred=off");
    }

    #[test]
    fn a_parameter_that_is_unknown_or_twice_is_a_mistake_and_the_nearest_is_named() {
        let mistakes = Embedding::parse("levl=ks3&q=a&q=b&api=https://evil.example&publisher=a&publisher=b");
        let mistakes = mistakes.unwrap_err();
        let told: Vec<_> = mistakes.iter().map(|mistake| mistake.parameter.as_str()).collect();
        assert_eq!(told, ["levl", "q", "api", "publisher"]);
        assert!(mistakes[0].detail.contains("`level`"), "{}", mistakes[0].detail);
    }

    #[test]
    fn of_a_search_page_only_the_search_is_kept() {
        let embedding = Embedding::of_search("q=a%26b&page=3&per_page=50&sort=newest&level=ks3&onload=x");
        assert_eq!(embedding.query_string(), "q=a%26b&sort=newest&level=ks3");
    }
}
