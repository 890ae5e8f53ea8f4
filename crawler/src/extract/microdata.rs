//! Microdata: which items does a page hold, and what are their properties?
//!
//! An item comes out in the shape of a JSON-LD node, with its types and names as they are written: what they mean is left
//! to [`super::terms`]. What an item says itself goes before what it refers to, and an item that is referred to and has
//! no name of its own lends its properties; in all else this is the algorithm of the standard.
//! Source: HTML standard, 5 Microdata.

use std::collections::{HashMap, HashSet};

use scraper::{ElementRef, Html};
use serde_json::{Map, Value, json};
use url::Url;

use super::budget::{Budget, VALUE_BYTES};

/// Items within items. None that means well nests so deep.
const MAX_DEPTH: usize = 32;

/// So many items of a page are read. A page with more is a list of other things.
const MAX_ITEMS: usize = 1_000;

/// So many words of one attribute are read: types, names of a property, references.
const MAX_WORDS: usize = 50;

/// What an `input` says of the value that is to be put into it. Source: schema.org, Potential Actions.
const INPUT_TEXTS: [(&str, &str); 8] = [
    ("name", "valueName"),
    ("value", "defaultValue"),
    ("pattern", "valuePattern"),
    ("minlength", "valueMinLength"),
    ("maxlength", "valueMaxLength"),
    ("min", "minValue"),
    ("max", "maxValue"),
    ("step", "stepValue"),
];
const INPUT_FLAGS: [(&str, &str); 3] =
    [("required", "valueRequired"), ("multiple", "multipleValues"), ("readonly", "readonlyValue")];

/// The items of a page that are not a property of another, in the order of the page.
///
/// Each is an object: `@type` is a text, or a list where there are several; `@id` is a whole address; each property stands
/// under its name, a value alone or a list of them. An item without properties says its text as `@value`.
pub(super) fn items(document: &Html, base: &Url) -> Vec<Value> {
    let elements: Vec<ElementRef<'_>> = document.root_element().descendent_elements().collect();
    let mut by_id = HashMap::new();
    for element in &elements {
        if let Some(id) = element.attr("id") {
            by_id.entry(id).or_insert(*element);
        }
    }
    let mut reader = Reader { base, by_id, around: Vec::new(), budget: Budget::of_a_page() };
    let own = elements.iter().filter(|element| has(**element, "itemscope") && !has(**element, "itemprop"));
    own.take(MAX_ITEMS).map(|element| reader.item(*element)).collect()
}

struct Reader<'d> {
    base: &'d Url,
    by_id: HashMap<&'d str, ElementRef<'d>>,
    /// The items around the one that is read, outermost first.
    around: Vec<ElementRef<'d>>,
    budget: Budget,
}

impl<'d> Reader<'d> {
    fn item(&mut self, item: ElementRef<'d>) -> Value {
        let mut node = Map::new();
        let types: Vec<&str> = words(item, "itemtype").collect();
        match types.as_slice() {
            [] => {}
            [only] => add(&mut node, "@type", json!(only)),
            several => add(&mut node, "@type", json!(several)),
        }
        if let Some(id) = item.attr("itemid").filter(|id| !id.trim().is_empty()) {
            add(&mut node, "@id", Value::String(self.address(Some(id))));
        }
        self.around.push(item);
        let properties = self.properties(item);
        self.around.pop();
        if properties.is_empty()
            && let Some(text) =
                self.budget.text_of(item).filter(|text| !text.is_empty() && self.budget.keep(text.len()))
        {
            add(&mut node, "@value", Value::String(text));
        }
        for (name, value) in properties {
            add(&mut node, name, value);
        }
        Value::Object(node)
    }

    /// Names and values: of the item's own elements in the order of the page, then of those that it refers to.
    fn properties(&mut self, item: ElementRef<'d>) -> Vec<(&'d str, Value)> {
        let mut areas = vec![children_backwards(item)];
        for id in words(item, "itemref") {
            if let Some(referred) = self.by_id.get(id).copied() {
                let lends = has(referred, "itemscope") && !has(referred, "itemprop");
                areas.push(if lends { children_backwards(referred) } else { vec![referred] });
            }
        }
        let mut found = Vec::new();
        // Each element is looked at once, so that references cannot go round.
        let mut seen = HashSet::from([item.id()]);
        for mut waiting in areas {
            while let Some(element) = waiting.pop() {
                if !self.budget.look(1) {
                    return found;
                }
                if !seen.insert(element.id()) {
                    continue;
                }
                let names: Vec<&'d str> = words(element, "itemprop").filter(|name| !name.starts_with('@')).collect();
                if !names.is_empty()
                    && let Some(value) = self.value(element)
                {
                    for name in names {
                        if self.budget.keep(weight(&value)) {
                            found.push((name, value.clone()));
                        }
                    }
                }
                if !has(element, "itemscope") {
                    waiting.extend(children_backwards(element));
                }
            }
        }
        found
    }

    /// The value of a property; `None` for an item that holds itself, and when the budget is spent.
    fn value(&mut self, element: ElementRef<'d>) -> Option<Value> {
        if has(element, "itemscope") {
            let may_be_read = self.around.len() < MAX_DEPTH && !self.around.contains(&element);
            return may_be_read.then(|| self.item(element));
        }
        let attribute = |name| element.attr(name).unwrap_or_default().to_owned();
        let text = match element.value().name() {
            "meta" => attribute("content"),
            "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => self.address(element.attr("src")),
            "a" | "area" | "link" => self.address(element.attr("href")),
            "object" => self.address(element.attr("data")),
            "data" | "meter" => attribute("value"),
            "time" if has(element, "datetime") => attribute("datetime"),
            // The standard knows neither; schema.org and those who read it do.
            _ if element.attr("content").is_some_and(|content| !content.is_empty()) => attribute("content"),
            "input" if has(element, "name") => return Some(input_value(element)),
            _ => self.budget.text_of(element)?,
        };
        Some(Value::String(text))
    }

    /// The whole address; empty where there is none, or none that can be.
    fn address(&self, written: Option<&str>) -> String {
        written.and_then(|text| self.base.join(text.trim()).ok()).map(String::from).unwrap_or_default()
    }
}

fn has(element: ElementRef<'_>, attribute: &str) -> bool {
    element.attr(attribute).is_some()
}

fn words<'d>(element: ElementRef<'d>, attribute: &str) -> impl Iterator<Item = &'d str> {
    element.attr(attribute).unwrap_or_default().split_ascii_whitespace().take(MAX_WORDS)
}

/// The elements right inside one, the first last, as a stack wants them.
fn children_backwards(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    element.children().rev().filter_map(ElementRef::wrap).collect()
}

/// Adds a value to those of a property.
fn add(node: &mut Map<String, Value>, name: &str, value: Value) {
    match node.get_mut(name) {
        None => {
            node.insert(name.to_owned(), value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(only) => {
            let before = only.take();
            *only = Value::Array(vec![before, value]);
        }
    }
}

fn input_value(input: ElementRef<'_>) -> Value {
    let texts = INPUT_TEXTS.iter().filter_map(|(attribute, term)| Some((*term, Value::from(input.attr(attribute)?))));
    let flags = INPUT_FLAGS.iter().filter(|(flag, _)| has(input, flag)).map(|(_, term)| (*term, Value::Bool(true)));
    Value::Object(texts.chain(flags).map(|(term, value)| (term.to_owned(), value)).collect())
}

/// What it takes to keep a value once more. Calls itself as deep as items nest, which is limited.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(|value| VALUE_BYTES + weight(value)).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| VALUE_BYTES + name.len() + weight(value)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn items_of(html: &str) -> Vec<Value> {
        items(&Html::parse_document(html), &Url::parse("https://example.org/a/b").expect("an address"))
    }

    #[rstest]
    #[case::text("<b itemprop=p> One <i>two</i><script>no</script><br>three</b>", "One two three")]
    #[case::meta("<meta itemprop=p content=' x '>", " x ")]
    #[case::link("<link itemprop=p href='/c'>", "https://example.org/c")]
    #[case::anchor("<a itemprop=p href=' c#d\n'>text</a>", "https://example.org/a/c#d")]
    #[case::area("<map><area itemprop=p href='//example.com'></map>", "https://example.com/")]
    #[case::anchor_without_address("<a itemprop=p>text</a>", "")]
    #[case::image("<img itemprop=p src='c.png' alt='text'>", "https://example.org/a/c.png")]
    #[case::video("<video itemprop=p src='c.mp4'>text</video>", "https://example.org/a/c.mp4")]
    #[case::object("<object itemprop=p data='c.pdf'></object>", "https://example.org/a/c.pdf")]
    #[case::data("<data itemprop=p value='1'>text</data>", "1")]
    #[case::meter("<meter itemprop=p value=3.5>text</meter>", "3.5")]
    #[case::time("<time itemprop=p datetime='2026-11-21'>today</time>", "2026-11-21")]
    #[case::time_as_text("<time itemprop=p>2026-11-21</time>", "2026-11-21")]
    #[case::content_elsewhere("<span itemprop=p content='x'>text</span>", "x")]
    #[case::no_address("<a itemprop=p href='http://['>text</a>", "")]
    fn an_element_gives_the_value_that_the_standard_says(#[case] element: &str, #[case] expected: &str) {
        assert_eq!(items_of(&format!("<div itemscope>{element}</div>")), [json!({"p": expected})]);
    }

    #[test]
    fn items_nest_and_have_types_ids_and_several_values() {
        let page = r#"<html itemscope itemtype="http://schema.org/WebPage"><article itemprop="mainEntity" itemscope
            itemtype="http://schema.org/Course http://example.org/Kurs" itemid="/courses/1">
            <h1 itemprop="name headline">Bees</h1><p itemprop="teaches">care<p itemprop="teaches">maths
            <div><div itemprop="provider" itemscope itemtype="http://schema.org/Organization"><b itemprop="name">Bee Society</b></div></div>
            </article><i itemscope itemtype="http://schema.org/Person" itemid="/jo">Jo</i>"#;
        let course = json!({"@type": ["http://schema.org/Course", "http://example.org/Kurs"], "@id": "https://example.org/courses/1",
            "name": "Bees", "headline": "Bees", "teaches": ["care", "maths"],
            "provider": {"@type": "http://schema.org/Organization", "name": "Bee Society"}});
        let person = json!({"@type": "http://schema.org/Person", "@id": "https://example.org/jo", "@value": "Jo"});
        assert_eq!(items_of(page), [json!({"@type": "http://schema.org/WebPage", "mainEntity": course}), person]);
    }

    #[test]
    fn references_are_read_after_the_own_properties() {
        let page = r#"<p id=x><b itemprop=a>1</b><i itemprop=b itemscope><u itemprop=c>2</u></i></p>
            <div itemscope itemref="x nowhere y z"><b itemprop=a>3</b></div>
            <b id=y itemprop=d>4</b><div id=z itemscope><b itemprop=e>5</b></div>"#;
        let expected = json!({"a": ["3", "1"], "b": {"c": "2"}, "d": "4", "e": "5"});
        assert_eq!(items_of(page), [expected, json!({"e": "5"})]);
    }

    #[test]
    fn references_that_go_round_end() {
        let own = r#"<div id=a itemscope itemref="a b"><b itemprop=p>1</b></div><div id=b itemprop=q itemscope itemref="b c">
            <b itemprop=p>2</b></div><div id=c><p itemprop=r itemscope itemref=b></p></div>"#;
        assert_eq!(items_of(own), [json!({"p": "1", "q": {"p": "2", "r": {}}})]);
        let around = "<div id=a itemprop=p><div itemscope itemref=a><b itemprop=q>1</b></div></div>";
        assert_eq!(items_of(around), [json!({"q": "1", "p": "1"})]);
    }

    #[test]
    fn an_input_says_what_is_to_be_put_into_it() {
        let page = "<form itemscope><input itemprop=query-input type=text name=q required maxlength=9></form>";
        let expected = json!({"valueName": "q", "valueMaxLength": "9", "valueRequired": true});
        assert_eq!(items_of(page), [json!({"query-input": expected})]);
    }

    #[test]
    fn a_property_that_calls_itself_by_a_keyword_is_passed_over() {
        assert_eq!(items_of("<p itemscope itemid=''><b itemprop='@id @type n'>1</b></p>"), [json!({"n": "1"})]);
    }

    #[test]
    fn a_short_page_that_says_much_is_read_to_the_end_of_the_budget() {
        let wide = "<b itemprop=p>text</b>".repeat(20_000);
        let page = format!("<div id=x>{wide}</div>{}", "<i itemscope itemref=x></i>".repeat(2_000));
        let found = items_of(&page);
        assert_eq!(found.len(), MAX_ITEMS);
        assert_eq!(found[999], json!({}));

        let deep = "<div itemprop='a b c' itemscope>".repeat(60);
        assert_eq!(items_of(&format!("<div itemscope>{deep}text")).len(), 1);
    }
}
