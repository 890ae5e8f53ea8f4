//! The addresses of the searches near one: its other pages, a filter more or less, a word taken back, a looser one.
//!
//! All are query strings that begin with `?`, or `/` for the search that asks for nothing. The page or the API whose
//! search it is writes its own path before them.

use index::{Change, Corrected, Cursor, Facet, InterpretedFilter, Looser, Meaning, Place, Suggestion};

use super::query::{MAX_QUERY_CHARACTERS, MAX_VALUES, SHOWING, SearchQuery};
use super::typed::{self, Sense};

impl SearchQuery {
    /// The query string of this search with one more value; the first page of it.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut pairs = self.at_its_start();
        pairs.push((name.to_owned(), value.to_owned()));
        query_string(&pairs)
    }

    /// The query string of this search without one value; the first page of it.
    pub fn without(&self, name: &str, value: &str) -> String {
        let mut pairs = self.at_its_start();
        pairs.retain(|(held, of)| !(held == name && of == value));
        query_string(&pairs)
    }

    /// The query string of this search with a parameter set to one value; the first page of it.
    pub fn replace(&self, name: &str, value: &str) -> String {
        let mut pairs = self.at_its_start();
        set(&mut pairs, name, value);
        query_string(&pairs)
    }

    /// The query string of another page of this search.
    pub fn with_page(&self, page: usize) -> String {
        let mut pairs = self.at_its_start();
        if page > 1 {
            pairs.push(("page".to_owned(), page.to_string()));
        }
        query_string(&pairs)
    }

    /// The query string with which a walk through this search goes on behind a result.
    pub fn with_cursor(&self, last: &Cursor) -> String {
        let cursor = Cursor { search: self.search_id(), ..last.clone() };
        self.replace("cursor", &cursor.to_string())
    }

    /// Whether this is a walk through all results, by cursors.
    pub fn is_walk(&self) -> bool {
        !matches!(self.request.place, Place::Offset(_))
    }

    /// The query string of this search exactly as it was asked.
    pub fn as_asked(&self) -> String {
        query_string(&self.pairs)
    }

    /// The query string of the words alone.
    pub fn without_filters(&self) -> String {
        let words: Vec<_> = self.pairs.iter().filter(|(name, _)| name == "q").cloned().collect();
        query_string(&words)
    }

    /// The query string of the same search with the words of a suggestion; `None` when they are more than are read.
    pub fn suggested(&self, suggestion: &Suggestion) -> Option<String> {
        is_read(&suggestion.text).then(|| self.replace("q", &suggestion.text))
    }

    /// The query string of a looser search; `None` when it asks for more than is read at once.
    pub fn looser(&self, looser: &Looser) -> Option<String> {
        if !is_read(&looser.text) || looser.filters.values().any(|values| values.len() > MAX_VALUES) {
            return None;
        }
        let mut pairs = self.at_its_start();
        pairs.retain(|(name, _)| Facet::by_name(name).is_none());
        set(&mut pairs, "q", &looser.text);
        for (facet, values) in &looser.filters {
            pairs.extend(values.iter().map(|value| (facet.name().to_owned(), value.clone())));
        }
        if looser.change == Change::Literal {
            set(&mut pairs, "interpret", "off");
        }
        Some(query_string(&pairs))
    }

    /// The query string of the same search without the words that were understood as this; by the literal words when
    /// they cannot be told from the others.
    pub fn taken_back(&self, filter: &InterpretedFilter, corrected: &[Corrected]) -> String {
        let (text, matched) = (&self.request.text, &filter.matched);
        let sense = if filter.negated { Sense::Negated } else { Sense::Asked };
        let left = typed::cut(text, matched, sense).or_else(|| typed::cut(text, &as_typed(matched, corrected), sense));
        left.map_or_else(|| self.replace("interpret", "off"), |left| self.replace("q", &left))
    }

    /// The query string of the same search in which words of several meanings have this one.
    pub fn meaning(&self, matched: &str, meaning: &Meaning) -> String {
        let mut pairs = self.at_its_start();
        if let Some(left) = typed::cut(&self.request.text, matched, Sense::Asked) {
            set(&mut pairs, "q", &left);
        }
        let pair = (meaning.facet.name().to_owned(), meaning.id.clone());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
        query_string(&pairs)
    }

    /// The same search always has the same key, in whatever order it was asked.
    pub fn cache_key(&self) -> String {
        let mut pairs = self.pairs.clone();
        pairs.sort();
        query_string(&pairs)
    }

    /// Names what is searched and in which order, whatever part of the results is wanted and however it is shown.
    pub fn search_id(&self) -> u64 {
        let mut pairs = self.pairs.clone();
        pairs.retain(|(name, _)| !SHOWING.contains(&name.as_str()));
        pairs.sort();
        let hash = blake3::hash(query_string(&pairs).as_bytes());
        let mut id = [0; 8];
        id.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(id)
    }

    fn at_its_start(&self) -> Vec<(String, String)> {
        let is_place = |name: &str| matches!(name, "page" | "cursor");
        self.pairs.iter().filter(|(name, _)| !is_place(name)).cloned().collect()
    }
}

/// Sets a parameter that is given once, where it stands; a blank value takes it away.
fn set(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    if value.is_empty() {
        pairs.retain(|(held, _)| held != name);
        return;
    }
    match pairs.iter_mut().find(|(held, _)| held == name) {
        Some((_, held)) => value.clone_into(held),
        None => pairs.push((name.to_owned(), value.to_owned())),
    }
}

fn query_string(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return "/".to_owned();
    }
    let mut text = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
    text.extend_pairs(pairs);
    text.finish()
}

fn is_read(text: &str) -> bool {
    text.chars().count() <= MAX_QUERY_CHARACTERS
}

/// Words as they were before they were corrected.
fn as_typed(words: &str, corrected: &[Corrected]) -> String {
    let before = |word: &str| {
        let correction = corrected.iter().find(|one| one.to.eq_ignore_ascii_case(word));
        correction.map_or_else(|| word.to_owned(), |one| one.typed.clone())
    };
    words.split_whitespace().map(before).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_parameter_is_set_where_it_stands_and_a_blank_one_taken_away() {
        let mut all = pairs(&[("q", "a"), ("level", "ks3")]);
        set(&mut all, "q", "b");
        set(&mut all, "interpret", "off");
        assert_eq!(query_string(&all), "?q=b&level=ks3&interpret=off");
        set(&mut all, "q", "");
        assert_eq!(query_string(&all), "?level=ks3&interpret=off");
        assert_eq!(query_string(&[]), "/");
    }

    #[test]
    fn corrected_words_are_found_as_they_were_typed() {
        let corrected = [Corrected { typed: "chemsitry".to_owned(), to: "chemistry".to_owned() }];
        assert_eq!(as_typed("organic Chemistry", &corrected), "organic chemsitry");
        assert_eq!(as_typed("physics", &corrected), "physics");
    }
}
