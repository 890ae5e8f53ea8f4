//! `RDFa` Lite: which nodes does a page hold, and what is said of them?
//!
//! Reads `vocab`, `typeof`, `property`, `resource` and `prefix`, the addresses and values of elements, and of the rest of
//! `RDFa` what changes the meaning of these: `about`, `content`, `datatype`, `lang`. Of `rel` and `rev` nothing is read.
//! Nodes come out in the shape of expanded JSON-LD; what they mean is left to [`super::terms`].
//! Source: `RDFa` 1.1 Lite; `RDFa` 1.1 Core, 7.5; HTML+RDFa 1.1, 3.1.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use schemas::url::MAX_URL_BYTES;
use scraper::{ElementRef, Html};
use serde_json::{Map, Value, json};
use url::Url;

use super::budget::Budget;

/// So many words of one attribute are read.
const MAX_WORDS: usize = 50;

/// So many values of one property are read.
const MAX_VALUES: usize = 300;

/// Of one address: twice what is ever fetched. Longer ones are pictures, written out.
const MAX_ADDRESS_BYTES: usize = 2 * MAX_URL_BYTES;

/// Language tags have at most so many characters. Source: RFC 5646, 4.4.1.
const MAX_LANGUAGE_BYTES: usize = 35;

/// So many prefixes hold at one place.
const MAX_PREFIXES: usize = 100;

/// Prefixes that hold without being declared. Source: `RDFa` Core Initial Context, those that pages about learning use; and
/// ogp.me for the vocabularies of Open Graph.
const PREFIXES: [(&str, &str); 23] = [
    ("schema", "http://schema.org/"),
    ("dc", "http://purl.org/dc/terms/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("dc11", "http://purl.org/dc/elements/1.1/"),
    ("cc", "http://creativecommons.org/ns#"),
    ("ctag", "http://commontag.org/ns#"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("gr", "http://purl.org/goodrelations/v1#"),
    ("ical", "http://www.w3.org/2002/12/cal/icaltzd#"),
    ("og", "http://ogp.me/ns#"),
    ("article", "http://ogp.me/ns/article#"),
    ("book", "http://ogp.me/ns/book#"),
    ("music", "http://ogp.me/ns/music#"),
    ("profile", "http://ogp.me/ns/profile#"),
    ("video", "http://ogp.me/ns/video#"),
    ("org", "http://www.w3.org/ns/org#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("sioc", "http://rdfs.org/sioc/ns#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("v", "http://rdf.data-vocabulary.org/#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

const USES_VOCABULARY: &str = "http://www.w3.org/ns/rdfa#usesVocabulary";

/// The nodes that a page says something of, in the order in which it begins to.
///
/// Each is an object with its `@id`, a whole address or `_:1` for one without; `@type` and each property, under its whole
/// address, is a list. A value is `{"@value": "…"}`, with `@language` or `@type` where it has one, or the `{"@id": "…"}` of
/// another node.
pub(super) fn nodes(document: &Html, base: &Url) -> Vec<Value> {
    let root = document.root_element();
    let is_used = |element: ElementRef<'_>| has(element, "property") || has(element, "typeof");
    if !root.descendent_elements().any(is_used) {
        return Vec::new();
    }
    let mut page = base.clone();
    page.set_fragment(None);
    let outermost = Scope { subject: page.to_string(), ..Scope::default() };
    let mut reader =
        Reader { page, nodes: Vec::new(), places: HashMap::new(), nameless: 0, budget: Budget::of_a_page() };
    let mut waiting = vec![(root, Rc::new(outermost))];
    while let Some((element, outer)) = waiting.pop() {
        if !reader.budget.look(1) {
            break;
        }
        let scope = Rc::new(reader.read(element, &outer));
        let children = element.children().rev().filter_map(ElementRef::wrap);
        waiting.extend(children.map(|child| (child, Rc::clone(&scope))));
    }
    reader.nodes.into_iter().map(Value::Object).collect()
}

/// The nodes, with those set apart that other nodes name: a part of something does not describe the page. The main entity
/// of another node is no such part.
pub(super) fn with_parts_set_apart(nodes: Vec<Value>) -> Vec<Value> {
    let mut named = HashSet::new();
    for node in &nodes {
        let own = node.get("@id").and_then(Value::as_str);
        let properties = node.as_object().into_iter().flatten().filter(|(name, _)| !name.ends_with("/mainEntity"));
        let values = properties.filter_map(|(_, values)| values.as_array()).flatten();
        let ids = values.filter_map(|value| value.get("@id").and_then(Value::as_str));
        named.extend(ids.filter(|id| Some(*id) != own).map(ToOwned::to_owned));
    }
    let is_part = |node: &Value| node.get("@id").and_then(Value::as_str).is_some_and(|id| named.contains(id));
    let (parts, mut own): (Vec<Value>, Vec<Value>) = nodes.into_iter().partition(is_part);
    own.push(json!({"@included": parts}));
    own
}

fn has(element: ElementRef<'_>, attribute: &str) -> bool {
    element.attr(attribute).is_some()
}

/// What holds for an element and all that is in it.
#[derive(Clone, Default)]
struct Scope {
    /// What properties are said of.
    subject: String,
    /// The address that terms belong to.
    vocabulary: Option<String>,
    prefixes: Rc<HashMap<String, String>>,
    language: Option<String>,
}

impl Scope {
    /// The address that a term, a compact address or a whole one stands for; `None` for a term without a vocabulary.
    fn address_of(&self, word: &str) -> Option<String> {
        if word.contains(':') {
            return Some(self.without_prefix(word).unwrap_or_else(|| word.to_owned()));
        }
        self.vocabulary.as_ref().map(|vocabulary| format!("{vocabulary}{word}"))
    }

    /// A compact address written out; `None` when its prefix is not known.
    fn without_prefix(&self, compact: &str) -> Option<String> {
        let (prefix, rest) = compact.split_once(':').filter(|(_, rest)| !rest.starts_with("//"))?;
        let prefix = prefix.to_lowercase();
        let well_known = || PREFIXES.iter().find(|(name, _)| *name == prefix).map(|(_, address)| *address);
        let address = self.prefixes.get(&prefix).map(String::as_str).or_else(well_known)?;
        Some(format!("{address}{rest}"))
    }
}

struct Reader {
    /// The address of the page, which is also what is meant where nothing else is named.
    page: Url,
    nodes: Vec<Map<String, Value>>,
    /// Where the node with an id stands among the nodes.
    places: HashMap<String, usize>,
    /// How many nodes without an address there are.
    nameless: usize,
    budget: Budget,
}

impl Reader {
    /// Reads an element, and returns what holds inside it.
    fn read(&mut self, element: ElementRef<'_>, outer: &Scope) -> Scope {
        let mut scope = self.declared(element, outer);
        let about = element.attr("about").and_then(|text| self.resource(text, &scope));
        let linked = self.linked(element, &scope);
        let types = element.attr("typeof");
        let is_literal = has(element, "content") || has(element, "datatype");
        let is_root = element.parent().and_then(ElementRef::wrap).is_none();
        let (subject, typed) = if has(element, "property") && !is_literal {
            let around = if is_root { self.page.to_string() } else { outer.subject.clone() };
            let typed = types.map(|_| match about.as_ref().or(linked.as_ref()) {
                Some(address) => address.clone(),
                None if is_root => self.page.to_string(),
                None => self.nameless_node(),
            });
            (about.clone().unwrap_or(around), typed)
        } else {
            let holds_page = is_root || matches!(element.value().name(), "head" | "body");
            let subject = match about.as_ref().or(linked.as_ref()) {
                Some(address) => address.clone(),
                None if is_root => self.page.to_string(),
                None if types.is_some() && !holds_page => self.nameless_node(),
                None => outer.subject.clone(),
            };
            let typed = types.map(|_| subject.clone());
            (subject, typed)
        };
        if let (Some(types), Some(typed)) = (types, &typed) {
            for name in types.split_ascii_whitespace().take(MAX_WORDS).filter_map(|word| scope.address_of(word)) {
                self.add(typed, "@type", Value::String(name));
            }
        }
        let property = element.attr("property").unwrap_or_default();
        let names: Vec<String> =
            property.split_ascii_whitespace().take(MAX_WORDS).filter_map(|word| scope.address_of(word)).collect();
        let object = linked.or_else(|| typed.clone().filter(|_| about.is_none()));
        if !names.is_empty()
            && let Some(value) = self.value(element, &scope, object)
        {
            for name in names {
                self.add(&subject, &name, value.clone());
            }
        }
        scope.subject = typed.unwrap_or(subject);
        scope
    }

    /// What holds inside an element by its `vocab`, its prefixes and its language.
    fn declared(&mut self, element: ElementRef<'_>, outer: &Scope) -> Scope {
        let mut scope = outer.clone();
        if let Some(vocabulary) = element.attr("vocab") {
            scope.vocabulary = self.vocabulary(vocabulary.trim());
        }
        if let Some(language) = element.attr("lang").or_else(|| element.attr("xml:lang")) {
            scope.language =
                Some(language.trim().to_owned()).filter(|tag| (1..=MAX_LANGUAGE_BYTES).contains(&tag.len()));
        }
        let mut declared: Vec<(String, &str)> = Vec::new();
        for (name, address) in element.value().attrs() {
            if let Some(prefix) = name.strip_prefix("xmlns:") {
                declared.push((prefix.to_lowercase(), address.trim()));
            }
        }
        let mut words = element.attr("prefix").unwrap_or_default().split_ascii_whitespace();
        while let (Some(prefix), Some(address)) = (words.next(), words.next()) {
            if let Some(prefix) = prefix.strip_suffix(':') {
                declared.push((prefix.to_lowercase(), address));
            }
        }
        declared.retain(|(prefix, address)| prefix.len() + address.len() <= MAX_ADDRESS_BYTES);
        if !declared.is_empty() {
            self.add_prefixes(&mut scope, &declared);
        }
        scope
    }

    /// Each place that declares prefixes copies those around it, and pays for it.
    fn add_prefixes(&mut self, scope: &mut Scope, declared: &[(String, &str)]) {
        let around: usize = scope.prefixes.iter().map(|(prefix, address)| prefix.len() + address.len()).sum();
        let here: usize = declared.iter().map(|(prefix, address)| prefix.len() + address.len()).sum();
        let may_be_copied = scope.prefixes.len() + declared.len() <= MAX_PREFIXES && self.budget.keep(around + here);
        if may_be_copied {
            let mut prefixes = HashMap::clone(&scope.prefixes);
            prefixes.extend(declared.iter().map(|(prefix, address)| (prefix.clone(), (*address).to_owned())));
            scope.prefixes = Rc::new(prefixes);
        }
    }

    /// The vocabulary at an address; an empty address ends the one before. Some write that of schema.org without its slash.
    fn vocabulary(&mut self, address: &str) -> Option<String> {
        if address.is_empty() || address.len() > MAX_ADDRESS_BYTES {
            return None;
        }
        let slash = if address.ends_with("schema.org") { "/" } else { "" };
        let vocabulary = format!("{address}{slash}");
        let page = self.page.to_string();
        self.add(&page, USES_VOCABULARY, json!({"@id": vocabulary}));
        Some(vocabulary)
    }

    /// What the text of `about` or `resource` names.
    fn resource(&self, text: &str, scope: &Scope) -> Option<String> {
        let text = text.trim();
        if text.len() > MAX_ADDRESS_BYTES {
            return None;
        }
        if let Some(compact) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return scope.without_prefix(compact);
        }
        if text.starts_with("_:") {
            return Some(text.to_owned());
        }
        scope.without_prefix(text).or_else(|| self.joined(text))
    }

    /// What an element leads to.
    fn linked(&self, element: ElementRef<'_>, scope: &Scope) -> Option<String> {
        if let Some(text) = element.attr("resource") {
            return self.resource(text, scope);
        }
        element.attr("href").or_else(|| element.attr("src")).and_then(|address| self.joined(address.trim()))
    }

    fn joined(&self, address: &str) -> Option<String> {
        if address.len() > MAX_ADDRESS_BYTES {
            return None;
        }
        self.page.join(address).ok().map(String::from)
    }

    fn nameless_node(&mut self) -> String {
        self.nameless += 1;
        format!("_:{}", self.nameless)
    }

    /// The value of an element's properties: what it is written to be, else another node, else its text.
    fn value(&mut self, element: ElementRef<'_>, scope: &Scope, object: Option<String>) -> Option<Value> {
        let (content, datatype) = (element.attr("content"), element.attr("datatype"));
        let moment = element.attr("datetime").filter(|_| content.is_none());
        if content.or(datatype).or(moment).is_none()
            && let Some(id) = object
        {
            return Some(json!({"@id": id}));
        }
        let text = match content.or(moment) {
            Some(written) => written.to_owned(),
            None => self.budget.text_of(element)?,
        };
        let mut literal = Map::new();
        literal.insert("@value".to_owned(), Value::String(text));
        let datatype = datatype.map(str::trim).filter(|word| !word.is_empty()).and_then(|word| scope.address_of(word));
        match (datatype, &scope.language) {
            (Some(datatype), _) => {
                literal.insert("@type".to_owned(), Value::String(datatype));
            }
            (None, Some(language)) if moment.is_none() => {
                literal.insert("@language".to_owned(), Value::String(language.clone()));
            }
            (None, Some(_) | None) => {}
        }
        Some(Value::Object(literal))
    }

    /// Says something of a node, once.
    fn add(&mut self, subject: &str, name: &str, value: Value) {
        let text = value.as_str().or_else(|| value.get("@value")?.as_str()).unwrap_or_default();
        if !self.budget.keep(subject.len() + name.len() + text.len()) {
            return;
        }
        let place = match self.places.get(subject) {
            Some(place) => *place,
            None => {
                let id = Value::String(subject.to_owned());
                self.nodes.push(Map::from_iter([("@id".to_owned(), id)]));
                self.places.insert(subject.to_owned(), self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        let values = self.nodes[place].entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values
            && values.len() < MAX_VALUES
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PAGE: &str = "https://example.org/a";

    /// The nodes of a page, without what it says of its vocabularies.
    fn nodes_of(html: &str) -> Vec<Value> {
        let mut found = nodes(&Html::parse_document(html), &Url::parse(PAGE).expect("an address"));
        found.retain(|node| node.get(USES_VOCABULARY).is_none());
        found
    }

    #[rstest]
    #[case::text("<p vocab='http://schema.org/' typeof='Course'>A <b property='name'>Bees &amp; <i>hives</i></b></p>",
        json!([{"@id": "_:1", "@type": ["http://schema.org/Course"], "http://schema.org/name": [{"@value": "Bees & hives"}]}]))]
    #[case::link("<p vocab='http://schema.org' resource='#bees' typeof='Course Event'><a property='url sameAs' href='/b'>B</a></p>",
        json!([{"@id": "https://example.org/a#bees", "@type": ["http://schema.org/Course", "http://schema.org/Event"],
            "http://schema.org/url": [{"@id": "https://example.org/b"}], "http://schema.org/sameAs": [{"@id": "https://example.org/b"}]}]))]
    #[case::image("<p about='/x' property='schema:name' content='X'>text</p><img about='/x' property='schema:image' src='x.png'>",
        json!([{"@id": "https://example.org/x", "http://schema.org/name": [{"@value": "X"}],
            "http://schema.org/image": [{"@id": "https://example.org/x.png"}]}]))]
    #[case::prefix("<body prefix='ex: http://example.com/ DC: http://purl.org/dc/elements/1.1/'><p resource='ex:1' typeof='ex:T'>
            <b property='dc:title ex:a'>A</b></p>",
        json!([{"@id": "http://example.com/1", "@type": ["http://example.com/T"],
            "http://purl.org/dc/elements/1.1/title": [{"@value": "A"}], "http://example.com/a": [{"@value": "A"}]}]))]
    #[case::namespace("<html xmlns:ex='http://example.com/'><b property='ex:a' resource='[ex:b]'>A</b>",
        json!([{"@id": PAGE, "http://example.com/a": [{"@id": "http://example.com/b"}]}]))]
    #[case::vocabulary_ends("<div vocab='http://schema.org/'><p vocab='' typeof='Course'><b property='name'>A</b></p></div>", json!([]))]
    #[case::language_and_type("<html lang=cy><p resource='x'><b property='schema:name'>A</b>
            <time property='schema:startDate' datetime='2026-11-21'>today</time><b property='schema:a' datatype='xsd:date'>2026</b></p>",
        json!([{"@id": "https://example.org/x", "http://schema.org/name": [{"@value": "A", "@language": "cy"}],
            "http://schema.org/startDate": [{"@value": "2026-11-21"}],
            "http://schema.org/a": [{"@value": "2026", "@type": "http://www.w3.org/2001/XMLSchema#date"}]}]))]
    #[case::of_the_page("<body vocab='http://schema.org/' typeof='WebPage'><h1 property='name'>A</h1>", json!([]))]
    #[case::meta("<meta property='og:title' content='A'><meta property='og:title' content='A'><meta property=title content=B>",
        json!([{"@id": PAGE, "http://ogp.me/ns#title": [{"@value": "A"}]}]))]
    fn a_page_is_read_as_the_standard_says(#[case] html: &str, #[case] expected: Value) {
        let Value::Array(expected) = expected else { panic!("{expected} is no list") };
        assert_eq!(nodes_of(html), expected, "{html}");
    }

    #[test]
    fn what_is_said_of_the_body_is_said_of_the_page() {
        let html = "<body vocab='http://schema.org/' typeof='WebPage'><h1 property='name'>A</h1>";
        let found = nodes(&Html::parse_document(html), &Url::parse(&format!("{PAGE}#top")).expect("an address"));
        let expected = json!([{"@id": PAGE, (USES_VOCABULARY): [{"@id": "http://schema.org/"}],
            "@type": ["http://schema.org/WebPage"], "http://schema.org/name": [{"@value": "A"}]}]);
        assert_eq!(Value::Array(found), expected);
    }

    #[test]
    fn a_node_inside_a_property_is_a_node_of_its_own_and_set_apart() {
        let html = "<div vocab='http://schema.org/' typeof='Course'><b property='name'>Bees</b>
            <p property='provider' typeof='Organization'><b property='name'>Bee Society</b></p>
            <p property='mainEntity' resource='#m' typeof='Event'><b property='name'>Swarm</b></p></div>";
        let provider = json!({"@id": "_:2", "@type": ["http://schema.org/Organization"],
            "http://schema.org/name": [{"@value": "Bee Society"}]});
        let event = json!({"@id": "https://example.org/a#m", "@type": ["http://schema.org/Event"],
            "http://schema.org/name": [{"@value": "Swarm"}]});
        let course = json!({"@id": "_:1", "@type": ["http://schema.org/Course"], "http://schema.org/name": [{"@value": "Bees"}],
            "http://schema.org/provider": [{"@id": "_:2"}], "http://schema.org/mainEntity": [{"@id": "https://example.org/a#m"}]});
        let found = nodes_of(html);
        assert_eq!(found, [course.clone(), provider.clone(), event.clone()]);
        assert_eq!(with_parts_set_apart(found), [course, event, json!({"@included": [provider]})]);
    }

    #[test]
    fn a_page_that_declares_or_says_without_end_is_read_in_part() {
        let prefixes = "<p prefix='a: http://a/ b: http://b/'>".repeat(400);
        let same = "<i property='schema:name'>A</i>".repeat(5_000);
        let many = (0..5_000).map(|number| format!("<i property='schema:keywords'>{number}</i>"));
        let many = many.collect::<Vec<_>>().concat();
        let found = nodes_of(&format!("{prefixes}{same}{many}"));
        assert_eq!(found[0]["http://schema.org/name"].as_array().map(Vec::len), Some(1));
        assert_eq!(found[0]["http://schema.org/keywords"].as_array().map(Vec::len), Some(MAX_VALUES));
    }
}
