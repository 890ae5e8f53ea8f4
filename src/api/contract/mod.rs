//! What of a change to the OpenAPI document breaks a program that was written against the one before?
//!
//! Two documents in, the breaking changes out, each with its place. What an answer gains breaks nobody, nor does what a
//! request may leave out; what an answer loses and what a request newly needs does. A value that is new in an answer's
//! list of values is no break: `/docs/stability` asks readers to be ready for it. Descriptions and examples are not
//! compared, and paths are compared as they are written, names of their parameters included.

mod shape;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::{fmt, ptr};

use serde_json::{Map, Value};

use shape::{Shape, items, members, resolve};

/// Schemas lie in each other to this depth at most; what lies deeper is not compared. Ours reach to 8.
const MAX_DEPTH: usize = 24;
/// The methods of a path. Source: OpenAPI 3.1, Path Item Object.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Limits that are tighter when they are lower…
const UPPER_LIMITS: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
/// …and those that are tighter when they are higher.
const LOWER_LIMITS: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];

/// One change that breaks programs written against the document before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breaking {
    /// Where: the operation and the part of it, such as ``GET /v1/resources, parameter `q` ``.
    pub place: String,
    /// What has changed there.
    pub change: String,
}

impl fmt::Display for Breaking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.change)
    }
}

/// Everything of `after` that breaks who was written against `before`; in order, each once, empty when nothing does.
pub fn breaking_changes(before: &Value, after: &Value) -> Vec<Breaking> {
    let mut comparison = Comparison { before, after, compared: HashSet::new(), found: BTreeSet::new() };
    comparison.compare_paths();
    comparison.found.into_iter().collect()
}

/// The document as it is checked in: one member a line, so that a change is read as a difference.
pub fn text_of(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Which way a value goes: what may be looser in a request may not be in an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    Request,
    Answer,
}

struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    /// The pairs of schemas that were compared, by where they stand: each once, so that a schema that holds itself comes
    /// to an end, and one that many operations share is reported at the first of them.
    compared: HashSet<(*const Value, *const Value, Direction)>,
    found: BTreeSet<Breaking>,
}

impl<'a> Comparison<'a> {
    fn report(&mut self, place: &str, change: impl Into<String>) {
        self.found.insert(Breaking { place: place.to_owned(), change: change.into() });
    }

    fn compare_paths(&mut self) {
        let (before, after) = (self.before, self.after);
        for (path, old) in members(before, "paths") {
            let Some(new) = after.get("paths").and_then(|paths| paths.get(path)) else {
                self.report(path, "the path is gone");
                continue;
            };
            for method in METHODS {
                let place = format!("{} {path}", method.to_uppercase());
                match (old.get(method), new.get(method)) {
                    (Some(_), None) => self.report(&place, "the operation is gone"),
                    (Some(old_operation), Some(new_operation)) => {
                        self.compare_parameters(&place, [old, old_operation], [new, new_operation]);
                        self.compare_operations(&place, old_operation, new_operation);
                    }
                    (None, _) => {}
                }
            }
        }
    }

    fn compare_operations(&mut self, place: &str, old: &'a Value, new: &'a Value) {
        if old.get("operationId") != new.get("operationId") {
            self.report(place, "its operationId has changed, and with it the name in generated clients");
        }
        if is_open(self.before, old) && !is_open(self.after, new) {
            self.report(place, "it newly needs a token or key");
        }
        self.compare_request_bodies(place, old.get("requestBody"), new.get("requestBody"));
        for (status, old_answer) in members(old, "responses") {
            let old_answer = resolve(self.before, old_answer);
            let answer_place = format!("{place}, answer {status}");
            let new_answer = new.get("responses").and_then(|answers| answers.get(status));
            // What tells of a mistake may be told otherwise, but not in another form.
            let is_success = status.starts_with('2');
            match new_answer.map(|answer| resolve(self.after, answer)) {
                None if is_success => self.report(&answer_place, "the status is gone"),
                None => {}
                Some(new_answer) => self.compare_contents(&answer_place, old_answer, new_answer, Direction::Answer),
            }
        }
    }

    fn compare_parameters(&mut self, place: &str, old: [&'a Value; 2], new: [&'a Value; 2]) {
        let (old, new) = (parameters_of(self.before, old), parameters_of(self.after, new));
        for ((kind, name), old_parameter) in &old {
            let place = format!("{place}, {} `{name}`", said_of(kind));
            let Some(new_parameter) = new.get(&(*kind, *name)) else {
                self.report(&place, "it is gone");
                continue;
            };
            if is_required(new_parameter) && !is_required(old_parameter) {
                self.report(&place, "it is newly required");
            }
            if let (Some(old_schema), Some(new_schema)) = (old_parameter.get("schema"), new_parameter.get("schema")) {
                self.compare_schemas(&place, old_schema, new_schema, Direction::Request, 0);
            }
        }
        for ((kind, name), parameter) in &new {
            if is_required(parameter) && !old.contains_key(&(*kind, *name)) {
                self.report(&format!("{place}, {} `{name}`", said_of(kind)), "it is new and required");
            }
        }
    }

    fn compare_request_bodies(&mut self, place: &str, old: Option<&'a Value>, new: Option<&'a Value>) {
        let old = old.map(|body| resolve(self.before, body));
        let new = new.map(|body| resolve(self.after, body));
        let place = format!("{place}, body");
        match (old, new) {
            (Some(_), None) => self.report(&place, "it is no longer read"),
            (old, Some(new)) if is_required(new) && !old.is_some_and(is_required) => {
                self.report(&place, "it is newly required");
            }
            _ => {}
        }
        if let (Some(old), Some(new)) = (old, new) {
            self.compare_contents(&place, old, new, Direction::Request);
        }
    }

    /// The media types of a body or an answer, each with its schema; and of an answer its headers.
    fn compare_contents(&mut self, place: &str, old: &'a Value, new: &'a Value, direction: Direction) {
        for (media_type, old_content) in members(old, "content") {
            let Some(new_content) = new.get("content").and_then(|content| content.get(media_type)) else {
                self.report(place, format!("the media type {media_type} is gone"));
                continue;
            };
            if let (Some(old_schema), Some(new_schema)) = (old_content.get("schema"), new_content.get("schema")) {
                self.compare_schemas(place, old_schema, new_schema, direction, 0);
            }
        }
        for (name, _) in members(old, "headers") {
            if new.get("headers").and_then(|headers| headers.get(name)).is_none() {
                self.report(place, format!("the header {name} is gone"));
            }
        }
    }

    fn compare_schemas(&mut self, place: &str, old: &'a Value, new: &'a Value, direction: Direction, depth: usize) {
        let (old, new) = (resolve(self.before, old), resolve(self.after, new));
        if depth > MAX_DEPTH || !self.compared.insert((ptr::from_ref(old), ptr::from_ref(new), direction)) {
            return;
        }
        self.compare_alternatives(place, [old, new], direction, depth);
        let (old, new) = (Shape::of(self.before, old), Shape::of(self.after, new));
        self.compare_types(place, &old, &new, direction);
        self.compare_values(place, &old, &new, direction);
        if direction == Direction::Request {
            self.compare_limits(place, &old, &new);
        }
        self.compare_properties(place, &old, &new, direction, depth);
        for (keyword, what) in [("items", "[]"), ("additionalProperties", "{}")] {
            let inner = |shape: &Shape<'a>| shape.parts.get(keyword).copied().filter(|inner| inner.is_object());
            if let (Some(old_inner), Some(new_inner)) = (inner(&old), inner(&new)) {
                self.compare_schemas(&format!("{place}{what}"), old_inner, new_inner, direction, depth + 1);
            }
        }
    }

    /// Where something is one of several, each is compared with the one in its place: what one of them no longer says,
    /// another may say still.
    fn compare_alternatives(&mut self, place: &str, schemas: [&'a Value; 2], direction: Direction, depth: usize) {
        let [old, new] = [(self.before, schemas[0]), (self.after, schemas[1])].map(|(document, schema)| {
            let schema = resolve(document, schema);
            let all = items(schema, "oneOf").chain(items(schema, "anyOf"));
            all.filter(|one| one["type"] != "null").collect::<Vec<_>>()
        });
        if old.len() > 1 && old.len() == new.len() {
            for (number, (old, new)) in old.into_iter().zip(new).enumerate() {
                self.compare_schemas(&format!("{place} (form {})", number + 1), old, new, direction, depth + 1);
            }
        }
    }

    /// A request may take more types than before, an answer may give fewer; a schema that names none takes and gives all.
    fn compare_types(&mut self, place: &str, old: &Shape<'a>, new: &Shape<'a>, direction: Direction) {
        let (narrower, wider) = match direction {
            Direction::Request => (&old.types, &new.types),
            Direction::Answer => (&new.types, &old.types),
        };
        if wider.is_empty() {
            return;
        }
        // Every integer is a number.
        let is_among = |kind: &str| wider.contains(kind) || (kind == "integer" && wider.contains("number"));
        let said = |types: &BTreeSet<&str>| {
            if types.is_empty() {
                "anything".to_owned()
            } else {
                types.iter().copied().collect::<Vec<_>>().join(" or ")
            }
        };
        if narrower.is_empty() || !narrower.iter().all(|kind| is_among(kind)) {
            let change = match direction {
                Direction::Answer if new.types.contains("null") && !old.types.contains("null") => {
                    "it may newly be null".to_owned()
                }
                _ => format!("its type was {} and is {}", said(&old.types), said(&new.types)),
            };
            self.report(place, change);
        }
    }

    /// A value that may no longer be sent breaks a request. An answer may have new ones, and need not have old ones.
    fn compare_values(&mut self, place: &str, old: &Shape<'a>, new: &Shape<'a>, direction: Direction) {
        if direction == Direction::Answer || new.values.is_empty() {
            return;
        }
        if old.values.is_empty() {
            self.report(place, "only listed values are allowed newly");
        }
        for value in old.values.iter().filter(|value| !new.values.contains(*value)) {
            self.report(place, format!("the value {value} is no longer allowed"));
        }
    }

    fn compare_limits(&mut self, place: &str, old: &Shape<'a>, new: &Shape<'a>) {
        let upper = UPPER_LIMITS.map(|limit| (limit, "lower"));
        let lower = LOWER_LIMITS.map(|limit| (limit, "higher"));
        for (limit, tighter) in upper.into_iter().chain(lower) {
            let limit_of = |shape: &Shape<'a>| shape.parts.get(limit).copied().and_then(Value::as_f64);
            let is_tighter = match (limit_of(old), limit_of(new)) {
                (_, None) => false,
                // That nothing is below 0 says no more than that it is a count.
                (None, Some(bound)) => tighter == "lower" || bound > 0.0,
                (Some(was), Some(is)) => (tighter == "lower" && is < was) || (tighter == "higher" && is > was),
            };
            if is_tighter {
                self.report(place, format!("its {limit} is new or {tighter}"));
            }
        }
        let pattern = |shape: &Shape<'a>| shape.parts.get("pattern").copied();
        if pattern(new).is_some() && pattern(new) != pattern(old) {
            self.report(place, "its pattern is new or another");
        }
    }

    fn compare_properties(
        &mut self,
        place: &str,
        old: &Shape<'a>,
        new: &Shape<'a>,
        direction: Direction,
        depth: usize,
    ) {
        for (&name, &old_property) in &old.properties {
            let place = format!("{place}, `{name}`");
            match new.properties.get(name) {
                None => self.report(&place, "it is gone"),
                Some(&new_property) => {
                    self.compare_schemas(&place, old_property, new_property, direction, depth + 1);
                }
            }
        }
        let (needed, change) = match direction {
            Direction::Request => (new.required.difference(&old.required), "it is newly required"),
            Direction::Answer => {
                (old.required.difference(&new.required), "it was always there and may now be left out")
            }
        };
        for name in needed.filter(|name| new.properties.contains_key(*name)) {
            self.report(&format!("{place}, `{name}`"), change);
        }
    }
}

/// The parameters of an operation by place and name: its own, and those that stand at its path.
fn parameters_of<'a>(document: &'a Value, places: [&'a Value; 2]) -> BTreeMap<(&'a str, &'a str), &'a Value> {
    let named = |parameter: &'a Value| {
        let parameter = resolve(document, parameter);
        Some(((parameter.get("in")?.as_str()?, parameter.get("name")?.as_str()?), parameter))
    };
    places.into_iter().flat_map(|place| items(place, "parameters")).filter_map(named).collect()
}

fn said_of(kind: &str) -> &str {
    if kind == "header" { "header" } else { "parameter" }
}

fn is_required(value: &Value) -> bool {
    value.get("required").and_then(Value::as_bool).unwrap_or_default()
}

/// Whether an operation may be called by everybody: it asks for nothing, or nothing is one of what it asks for.
fn is_open(document: &Value, operation: &Value) -> bool {
    let asked = operation.get("security").or_else(|| document.get("security")).and_then(Value::as_array);
    asked.is_none_or(|schemes| {
        schemes.is_empty() || schemes.iter().any(|scheme| scheme.as_object().is_some_and(Map::is_empty))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({ "paths": { "/v1/things": { "get": {
            "operationId": "list_things",
            "parameters": [
                { "name": "q", "in": "query", "schema": { "type": "string", "maxLength": 512 } },
                { "name": "sort", "in": "query", "schema": { "type": "string", "enum": ["newest", "title"] } },
                { "name": "page", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } }
            ],
            "responses": {
                "200": { "headers": { "ETag": {} }, "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Things" } },
                    "application/ld+json": { "schema": { "type": "object" } } } },
                "400": { "content": { "application/problem+json": {} } }
            } },
            "post": { "operationId": "make_thing", "requestBody": { "content": { "application/json": { "schema": {
                "type": "object", "required": ["title"],
                "properties": { "title": { "type": ["string", "integer"] }, "note": { "type": "string" } } } } } },
                "responses": { "201": {} } } } },
          "components": { "schemas": {
            "Things": { "type": "object", "required": ["results"], "properties": {
                "results": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } } } },
            "Thing": { "type": "object", "required": ["id", "kind"], "properties": {
                "id": { "type": "string" },
                "kind": { "type": "string", "enum": ["a", "b"] },
                "link": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Link" }] },
                "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } } } },
            "Link": { "type": "object", "required": ["url"], "properties": { "url": { "type": "string" } } } } } })
    }

    /// The document with another value at a place; `null` takes away what stands there.
    fn with(pointer: &str, value: Value) -> Value {
        let mut document = document();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let name = name.replace("~1", "/");
        match document.pointer_mut(parent).expect("a place") {
            Value::Object(object) if value.is_null() => {
                object.remove(&name).expect("a member of this name");
            }
            Value::Object(object) => {
                object.insert(name, value);
            }
            Value::Array(list) if value.is_null() => {
                list.remove(name.parse().expect("a place in the list"));
            }
            Value::Array(list) => list.push(value),
            _ => panic!("{pointer} leads into nothing"),
        }
        document
    }

    const GET: &str = "/paths/~1v1~1things/get";
    const BODY: &str = "/paths/~1v1~1things/post/requestBody";
    const THING: &str = "/components/schemas/Thing";

    /// Claims: what changes where, and what is said of it.
    fn breaking_rows() -> Vec<(String, Value, &'static str)> {
        let schema = format!("{BODY}/content/application~1json/schema");
        vec![
            ("/paths/~1v1~1things".to_owned(), json!(null), "/v1/things: the path is gone"),
            (GET.to_owned(), json!(null), "GET /v1/things: the operation is gone"),
            (format!("{GET}/operationId"), json!("things"), "its operationId has changed"),
            (format!("{GET}/security"), json!([{ "key": [] }]), "it newly needs a token"),
            (format!("{GET}/parameters/0"), json!(null), "GET /v1/things, parameter `q`: it is gone"),
            (format!("{GET}/parameters/0/required"), json!(true), "`q`: it is newly required"),
            (
                format!("{GET}/parameters/-"),
                json!({ "name": "new", "in": "query", "required": true }),
                "`new`: it is new and required",
            ),
            (format!("{GET}/parameters/0/schema/maxLength"), json!(100), "`q`: its maxLength is new or lower"),
            (format!("{GET}/parameters/0/schema/minLength"), json!(3), "`q`: its minLength is new or higher"),
            (format!("{GET}/parameters/0/schema/pattern"), json!("^a"), "`q`: its pattern is new"),
            (format!("{GET}/parameters/0/schema/enum"), json!(["a"]), "`q`: only listed values"),
            (format!("{GET}/parameters/0/schema/type"), json!("integer"), "`q`: its type was string and is integer"),
            (format!("{GET}/parameters/1/schema/enum"), json!(["title"]), "`sort`: the value \"newest\" is no longer"),
            (format!("{GET}/parameters/2/schema/minimum"), json!(2), "`page`: its minimum is new or higher"),
            (format!("{GET}/parameters/2/schema/maximum"), json!(99), "`page`: its maximum is new or lower"),
            (format!("{BODY}/required"), json!(true), "POST /v1/things, body: it is newly required"),
            (BODY.to_owned(), json!(null), "body: it is no longer read"),
            (format!("{schema}/required"), json!(["title", "note"]), "body, `note`: it is newly required"),
            (format!("{schema}/properties/note"), json!(null), "body, `note`: it is gone"),
            (
                format!("{schema}/properties/title/type"),
                json!("string"),
                "body, `title`: its type was integer or string and is string",
            ),
            (format!("{GET}/responses/200"), json!(null), "answer 200: the status is gone"),
            (format!("{GET}/responses/200/headers/ETag"), json!(null), "answer 200: the header ETag is gone"),
            (
                format!("{GET}/responses/200/content/application~1ld+json"),
                json!(null),
                "the media type application/ld+json is gone",
            ),
            (
                format!("{GET}/responses/400/content/application~1problem+json"),
                json!(null),
                "answer 400: the media type",
            ),
            (format!("{THING}/properties/link"), json!(null), "answer 200, `results`[], `link`: it is gone"),
            (format!("{THING}/properties/id/type"), json!("integer"), "`id`: its type was string and is integer"),
            (format!("{THING}/properties/id/type"), json!(["string", "null"]), "`id`: it may newly be null"),
            (format!("{THING}/required"), json!(["id"]), "`kind`: it was always there and may now be left out"),
            ("/components/schemas/Link/required".to_owned(), json!(null), "`link`, `url`: it was always there"),
            ("/components/schemas/Link/properties/url".to_owned(), json!(null), "`link`, `url`: it is gone"),
        ]
    }

    #[test]
    fn what_breaks_a_program_is_reported_at_its_place() {
        for (pointer, value, expected) in breaking_rows() {
            let found = breaking_changes(&document(), &with(&pointer, value.clone()));
            let said: Vec<String> = found.iter().map(Breaking::to_string).collect();
            assert!(said.iter().any(|said| said.contains(expected)), "{pointer} = {value}: {said:?} lacks {expected}");
        }
    }

    #[test]
    fn what_only_adds_or_loosens_breaks_nobody() {
        let schema = format!("{BODY}/content/application~1json/schema");
        let optional = json!({ "name": "new", "in": "query", "schema": { "type": "string" } });
        for (pointer, value) in [
            ("/paths/~1v1~1more".to_owned(), json!({ "get": {} })),
            (format!("{GET}/description"), json!("Other words.")),
            (format!("{GET}/parameters/-"), optional),
            (format!("{GET}/parameters/0/schema/maxLength"), json!(1024)),
            (format!("{GET}/parameters/0/schema/maxLength"), json!(null)),
            (format!("{GET}/parameters/0/schema/type"), json!(["string", "integer"])),
            (format!("{GET}/parameters/1/schema/enum"), json!(["newest", "title", "relevance"])),
            (format!("{GET}/parameters/1/schema/enum"), json!(null)),
            (format!("{GET}/parameters/2/schema/minimum"), json!(0)),
            (format!("{GET}/parameters/2/schema/type"), json!("number")),
            (format!("{GET}/security"), json!([{}, { "key": [] }])),
            (format!("{GET}/responses/429"), json!({ "description": "Too many requests" })),
            (format!("{GET}/responses/400"), json!(null)),
            (format!("{schema}/required"), json!(null)),
            (format!("{schema}/properties/more"), json!({ "type": "string" })),
            (format!("{THING}/properties/more"), json!({ "type": "string" })),
            (format!("{THING}/properties/kind/enum"), json!(["a", "b", "c"])),
            (format!("{THING}/required"), json!(["id", "kind", "parts"])),
            (format!("{THING}/properties/link/oneOf/0"), json!(null)),
        ] {
            let found = breaking_changes(&document(), &with(&pointer, value.clone()));
            assert!(found.is_empty(), "{pointer} = {value}: {found:?}");
        }
    }

    #[test]
    fn a_document_breaks_nothing_of_itself_and_one_without_paths_breaks_all() {
        assert!(breaking_changes(&document(), &document()).is_empty());
        assert_eq!(breaking_changes(&document(), &json!({})).len(), 1);
        assert!(breaking_changes(&json!(null), &document()).is_empty());
    }

    #[test]
    fn references_that_lead_round_or_nowhere_come_to_an_end() {
        let mut round = document();
        round["components"]["schemas"]["Link"] = json!({ "$ref": "#/components/schemas/Link" });
        assert!(breaking_changes(&round, &round).is_empty());
        let mut nowhere = document();
        nowhere["components"]["schemas"]["Link"] = json!({ "$ref": "#/components/schemas/Nothing" });
        assert!(breaking_changes(&nowhere, &nowhere).is_empty());
        assert!(!breaking_changes(&document(), &nowhere).is_empty(), "what can no longer be read is gone");
        let mut deep = json!({ "type": "string" });
        for _ in 0..500 {
            deep = json!({ "allOf": [{ "type": "object", "properties": { "in": deep } }] });
        }
        let deep = with("/components/schemas/Link", deep);
        assert!(breaking_changes(&deep, &deep).is_empty());
    }
}
