//! Terms: which term of schema.org does a key of a node mean?
//!
//! The same thing is written as `name`, `schema:name`, `http://schema.org/name`, or by any other word that a context
//! gives a meaning to. Nodes of JSON-LD, microdata and `RDFa` go in; nodes with the plain terms of schema.org come out,
//! their values without wrappers: `{"@value": "A"}` and `{"@list": ["A"]}` are the text `A`. A context at another
//! address is never fetched; where it is not known what a term means, it counts as one of schema.org's.
//! Source: JSON-LD 1.1.

use std::collections::HashMap;
use std::rc::Rc;
use std::slice;

use serde_json::{Map, Value};

use crate::limits::JSON_DEPTH;

/// So many values of a page are read. The longest of our test data has 4,000.
const MAX_VALUES: usize = 50_000;

/// So many contexts of a page are read; each is a copy of the one around it.
const MAX_CONTEXTS: usize = 200;

/// So many terms of a context are read. That of schema.org itself has 2,800, and is never written into a page.
const MAX_TERMS: usize = 500;

/// Of the address that a context gives to a term: each key of a node may be written out with it.
const MAX_ADDRESS_BYTES: usize = 300;

/// A term may be defined by another one: so far it is followed.
const MAX_HOPS: usize = 4;

/// The nodes in the plain terms of schema.org. What belongs to other vocabularies keeps its whole address.
pub(super) fn in_plain_terms(nodes: &[Value]) -> Vec<Value> {
    let mut reader = Reader { values_left: MAX_VALUES, contexts_left: MAX_CONTEXTS };
    let outside = Rc::new(Context::default());
    nodes.iter().filter_map(|node| reader.value(node, &outside, 0)).collect()
}

struct Reader {
    values_left: usize,
    contexts_left: usize,
}

impl Reader {
    fn value(&mut self, value: &Value, context: &Rc<Context>, depth: usize) -> Option<Value> {
        if depth > JSON_DEPTH || self.values_left == 0 {
            return None;
        }
        self.values_left -= 1;
        match value {
            Value::Null => None,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
            Value::Array(members) => self.list(members, context, depth),
            Value::Object(node) => Some(self.node(node, context, depth)),
        }
    }

    /// The values of a list; one alone stands for itself. Of a text in several languages the English one is read.
    fn list(&mut self, members: &[Value], context: &Rc<Context>, depth: usize) -> Option<Value> {
        let has_english = members.iter().any(|member| language(member).is_some_and(is_english));
        let mut plain = Vec::new();
        for member in members {
            if has_english && language(member).is_some_and(|tag| !is_english(tag)) {
                continue;
            }
            match self.value(member, context, depth + 1) {
                Some(Value::Array(inner)) => plain.extend(inner),
                Some(value) => plain.push(value),
                None => {}
            }
        }
        if plain.len() > 1 { Some(Value::Array(plain)) } else { plain.pop() }
    }

    fn node(&mut self, node: &Map<String, Value>, outer: &Rc<Context>, depth: usize) -> Value {
        let context = match node.get("@context") {
            Some(given) => self.within(outer, given),
            None => Rc::clone(outer),
        };
        let mut plain = Map::new();
        for (key, value) in node.iter().filter(|(key, _)| *key != "@context") {
            let Some(meaning) = context.meaning(key) else {
                continue;
            };
            let name = short_name(&meaning);
            let value = match (name, value) {
                ("@id", Value::String(id)) => Some(Value::String(context.whole(id))),
                ("@type", _) => types(value, &context),
                (_, Value::Object(by_language)) if context.is_by_language(key) => {
                    in_english(by_language).and_then(|value| self.value(value, &context, depth + 1))
                }
                _ => self.value(value, &context, depth + 1),
            };
            if let Some(value) = value {
                plain.entry(name).or_insert(value);
            }
        }
        let wrapped = ["@value", "@list", "@set"].iter().find_map(|wrapper| plain.remove(*wrapper));
        wrapped.unwrap_or(Value::Object(plain))
    }

    /// The context inside a node that gives one.
    fn within(&mut self, outer: &Rc<Context>, given: &Value) -> Rc<Context> {
        let mut context = Context::clone(outer);
        let all = match given {
            Value::Array(members) => members.as_slice(),
            one => slice::from_ref(one),
        };
        for one in all {
            if self.contexts_left == 0 {
                break;
            }
            self.contexts_left -= 1;
            match one {
                Value::Null => context = Context::default(),
                Value::String(address) if is_schema_org(address) => context.vocabulary = Vocabulary::SchemaOrg,
                Value::Object(definitions) => context.define_all(definitions),
                Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
            }
        }
        Rc::new(context)
    }
}

/// What the words of a node mean.
#[derive(Clone, Default)]
struct Context {
    terms: HashMap<String, Term>,
    vocabulary: Vocabulary,
}

#[derive(Clone)]
struct Term {
    /// A keyword, an address or another term; `None` when the context says that it means nothing.
    meaning: Option<String>,
    /// Whether its values are written by language: `{"en": "A", "cy": "B"}`.
    is_by_language: bool,
}

/// Where terms belong that are not defined.
#[derive(Clone, Default)]
enum Vocabulary {
    /// It is not said.
    #[default]
    Unsaid,
    /// To schema.org, whose own context was named.
    SchemaOrg,
    /// To the vocabulary at this address.
    Other(String),
}

impl Context {
    fn define_all(&mut self, definitions: &Map<String, Value>) {
        for (name, definition) in definitions {
            if self.terms.len() >= MAX_TERMS {
                return;
            }
            match definition {
                Value::String(address) if name == "@vocab" => self.set_vocabulary(address),
                _ if name.starts_with('@') => {}
                Value::String(meaning) => {
                    self.define(name, Term { meaning: Some(meaning.clone()), is_by_language: false });
                }
                Value::Object(members) => {
                    let meaning = match members.get("@id") {
                        Some(Value::String(meaning)) => Some(meaning.clone()),
                        Some(_) => None,
                        None => (!members.contains_key("@reverse")).then(|| name.clone()),
                    };
                    let containers = members.get("@container").map(|value| match value {
                        Value::Array(members) => members.as_slice(),
                        one => slice::from_ref(one),
                    });
                    let is_by_language = containers.is_some_and(|all| all.iter().any(|one| one == "@language"));
                    self.define(name, Term { meaning, is_by_language });
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                    self.define(name, Term { meaning: None, is_by_language: false });
                }
            }
        }
    }

    fn define(&mut self, name: &str, term: Term) {
        let meaning = term.meaning.filter(|meaning| meaning.len() <= MAX_ADDRESS_BYTES);
        self.terms.insert(name.to_owned(), Term { meaning, is_by_language: term.is_by_language });
    }

    fn set_vocabulary(&mut self, address: &str) {
        if is_schema_org(address) {
            self.vocabulary = Vocabulary::SchemaOrg;
        } else if !matches!(self.vocabulary, Vocabulary::SchemaOrg) && address.len() <= MAX_ADDRESS_BYTES {
            // Beside the context of schema.org it is only for the terms that schema.org has not.
            self.vocabulary = Vocabulary::Other(address.to_owned());
        }
    }

    /// The keyword or the address that a key stands for; `None` when the context says that it means nothing.
    fn meaning(&self, key: &str) -> Option<String> {
        let mut text = key.to_owned();
        for _ in 0..MAX_HOPS {
            if text.starts_with('@') {
                return Some(text);
            }
            let next = match self.terms.get(&text) {
                Some(Term { meaning: None, .. }) => return None,
                Some(Term { meaning: Some(meaning), .. }) if *meaning != text => Some(meaning.clone()),
                Some(_) | None => self.without_prefix(&text),
            };
            match next {
                Some(next) => text = next,
                None => break,
            }
        }
        match &self.vocabulary {
            Vocabulary::Other(address) if !text.contains(':') => Some(format!("{address}{text}")),
            Vocabulary::Unsaid | Vocabulary::SchemaOrg | Vocabulary::Other(_) => Some(text),
        }
    }

    /// `schema:name` with the address that its prefix stands for; `None` when it has none that is known.
    fn without_prefix(&self, text: &str) -> Option<String> {
        let (prefix, rest) = text.split_once(':').filter(|(_, rest)| !rest.starts_with("//"))?;
        let address = match self.terms.get(prefix) {
            Some(term) => term.meaning.as_deref()?,
            None if prefix == "schema" => "http://schema.org/",
            None => return None,
        };
        Some(format!("{address}{rest}"))
    }

    /// An id, written out where it has a prefix that is known.
    fn whole(&self, id: &str) -> String {
        self.without_prefix(id).unwrap_or_else(|| id.to_owned())
    }

    fn is_by_language(&self, key: &str) -> bool {
        self.terms.get(key).is_some_and(|term| term.is_by_language)
    }
}

/// The types of a node: `http://schema.org/Course` is `Course`.
fn types(value: &Value, context: &Context) -> Option<Value> {
    let all = match value {
        Value::Array(members) => members.as_slice(),
        one => slice::from_ref(one),
    };
    let names = all.iter().take(MAX_TERMS).filter_map(Value::as_str);
    let mut plain: Vec<Value> = names
        .filter_map(|name| context.meaning(name))
        .map(|meaning| Value::String(short_name(&meaning).to_owned()))
        .collect();
    if plain.len() > 1 { Some(Value::Array(plain)) } else { plain.pop() }
}

/// The term of schema.org at an address; any other address, and what is none, as it is.
fn short_name(address: &str) -> &str {
    let lower = address.to_ascii_lowercase();
    let homes = ["http://schema.org/", "https://schema.org/", "http://www.schema.org/", "https://www.schema.org/"];
    homes.iter().find(|home| lower.starts_with(**home)).map_or(address, |home| &address[home.len()..])
}

/// Whether this is the address of schema.org, of its context, or of its vocabulary.
fn is_schema_org(address: &str) -> bool {
    let with_slash = format!("{}/", address.trim().trim_end_matches(['/', '#']));
    short_name(&with_slash).len() < with_slash.len()
}

/// The language that a value says it is in.
fn language(value: &Value) -> Option<&str> {
    value.get("@language").and_then(Value::as_str)
}

fn is_english(tag: &str) -> bool {
    tag.split(['-', '_']).next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// Of a text in several languages the English one, or else the first.
fn in_english(by_language: &Map<String, Value>) -> Option<&Value> {
    let english = by_language.iter().find(|(tag, _)| is_english(tag)).map(|(_, value)| value);
    english.or_else(|| by_language.values().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn plain(node: Value) -> Vec<Value> {
        in_plain_terms(&[node])
    }

    #[rstest]
    #[case::as_it_is(json!({"@context": "https://schema.org", "@type": "Course", "name": "A"}))]
    #[case::no_context(json!({"@type": "schema:Course", "schema:name": "A"}))]
    #[case::whole_addresses(json!({"@type": ["http://schema.org/Course"], "https://schema.org/name": [{"@value": "A"}]}))]
    #[case::vocabulary(json!({"@context": {"@vocab": "http://schema.org/"}, "@type": "Course", "name": "A"}))]
    #[case::renamed(json!({"@context": {"title": "http://schema.org/name", "kind": "@type", "Kurs": "http://schema.org/Course"},
        "kind": "Kurs", "title": "A"}))]
    #[case::by_prefix(json!({"@context": {"s": "http://schema.org/", "title": {"@id": "s:name"}}, "@type": "s:Course", "title": "A"}))]
    #[case::over_two_hops(json!({"@context": [{"s": "schema:"}, {"title": "s:name"}], "@type": "s:Course", "title": "A"}))]
    #[case::vocabulary_beside_schema_org(json!({"@context": ["http://schema.org/", {"@vocab": "http://example.org/"}],
        "@type": "Course", "name": "A"}))]
    #[case::by_language(json!({"@context": {"name": {"@id": "http://schema.org/name", "@container": "@language"}},
        "@type": "Course", "name": {"cy": "B", "en-GB": "A"}}))]
    #[case::in_english(json!({"@type": "Course", "name": [{"@value": "B", "@language": "cy"}, {"@value": "A", "@language": "en"}]}))]
    #[case::list(json!({"@type": "Course", "name": {"@list": ["A"]}}))]
    #[case::set(json!({"@type": "Course", "name": [{"@set": [{"@value": "A"}, null]}]}))]
    #[case::nothing_means_nothing(json!({"@context": {"note": null}, "@type": "Course", "name": "A", "note": "x", "b": null}))]
    #[case::unknown_context(json!({"@context": "https://example.org/context.jsonld", "@type": "Course", "name": "A"}))]
    #[case::context_taken_back(json!({"@context": [{"name": "http://example.org/n"}, null], "@type": "Course", "name": "A"}))]
    fn a_node_is_read_in_plain_terms(#[case] node: Value) {
        assert_eq!(plain(node), [json!({"@type": "Course", "name": "A"})]);
    }

    #[test]
    fn the_terms_of_others_keep_their_address() {
        let node = json!({"@context": {"dc": "http://purl.org/dc/terms/", "@vocab": "http://example.org/"},
            "@type": ["Course", "dc:Agent"], "dc:title": "A", "name": "B"});
        let expected = json!({"@type": ["http://example.org/Course", "http://purl.org/dc/terms/Agent"],
            "http://purl.org/dc/terms/title": "A", "http://example.org/name": "B"});
        assert_eq!(plain(node), [expected]);
    }

    #[test]
    fn a_context_holds_inside_its_node_and_ids_are_written_out() {
        let node = json!({"author": {"@context": {"ex": "http://example.org/", "name": "http://example.org/n"}, "@id": "ex:jo", "name": "X"},
            "name": "A", "publisher": [{"@id": "#org"}, "B"]});
        let expected = json!({"author": {"@id": "http://example.org/jo", "http://example.org/n": "X"},
            "name": "A", "publisher": [{"@id": "#org"}, "B"]});
        assert_eq!(plain(node), [expected]);
    }

    #[test]
    fn terms_that_define_each_other_end() {
        let node = json!({"@context": {"a": "b", "b": "a", "c:": "c:", "c": "c:d"}, "a": 1, "c:e": 2, "c": 3});
        assert_eq!(plain(node).len(), 1);
    }

    #[test]
    fn depth_contexts_and_values_are_bounded() {
        let mut deep = json!("x");
        for _ in 0..100 {
            deep = json!({"about": deep});
        }
        assert_eq!(plain(deep).len(), 1);
        let many_contexts: Vec<Value> = (0..1_000).map(|_| json!({"@context": {"a": "b"}, "name": "A"})).collect();
        assert_eq!(in_plain_terms(&many_contexts).len(), 1_000);
        let many = json!({"name": vec!["A"; 100_000]});
        let Some(Value::Array(names)) = plain(many)[0].get("name").cloned() else { panic!("several names") };
        assert_eq!(names.len(), MAX_VALUES - 2);
    }
}
