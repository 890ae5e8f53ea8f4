//! The parameters of searches, once for the call that searches and for those that take its results elsewhere.

use std::collections::BTreeMap;

use index::{Facet, NOT_STATED};
use schemas::{LinkState, Vocabularies};
use serde_json::{Map, Value, json};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Required};

use crate::web::query::{
    DEFAULT_PER_PAGE, MAX_FACET_QUERY_CHARACTERS, MAX_FACET_VALUES, MAX_PER_PAGE, MAX_PUBLISHER_CHARACTERS,
    MAX_QUERY_CHARACTERS, MAX_VALUES,
};

/// The parameters of a search: those every search has, and one for each facet.
pub struct SearchParameters;

/// What narrows a search, and no more.
pub struct NarrowingParameters;

/// The parameters of a feed: what narrows a search, its order, and how many.
pub struct FeedParameters;

/// The parameters of an export: what narrows a search, its order, and which fields.
pub struct ExportParameters;

/// Through which view a call asks.
pub struct ViewParameter;

impl IntoParams for SearchParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let shown = [sort(), page(), per_page(), cursor(), facets(), facet_query(), facet_limit(), fields()];
        let switches = [
            switch("highlight", "`on` marks the words found, as HTML with `<mark>`."),
            switch("explain", "`on` says of each result what its score is made of."),
        ];
        narrowing().into_iter().chain(shown).chain(switches).collect()
    }
}

impl IntoParams for NarrowingParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        narrowing()
    }
}

impl IntoParams for FeedParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        narrowing().into_iter().chain([sort(), per_page()]).collect()
    }
}

impl IntoParams for ExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        narrowing().into_iter().chain([sort(), fields()]).collect()
    }
}

impl IntoParams for ViewParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![view()]
    }
}

/// What is searched.
fn narrowing() -> Vec<Parameter> {
    let day = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    let plain = [
        parameter("q", "Words to search for.", text().max_length(Some(MAX_QUERY_CHARACTERS)), "chemistry"),
        parameter("age", "An age (`13`) or a half-open range of ages (`11-14`).", text().pattern(Some(AGES)), "11-14"),
        parameter("duration_max", "At most so many minutes.", whole_number(0, u32::MAX), 60),
        parameter("published_after", "A day.", day(), "2020-09-01"),
        parameter("updated_after", "A day or an RFC 3339 time; what we changed since then.", day(), "2020-09-01"),
        parameter("starts_after", "A day; also brings what is over.", day(), "2020-09-01"),
        parameter("deadline_before", "A day.", day(), "2030-09-01"),
        switch("interpret", "`off` searches the literal words."),
        switch("inferred", "`off` filters and counts by what sources state alone."),
        view(),
    ];
    plain.into_iter().chain(Facet::ALL.map(facet)).collect()
}

/// One age, or two in either order; 99 stands for no upper end.
const AGES: &str = "^([1-8]?[0-9]|9[0-8])(-[1-9]?[0-9])?$";

fn view() -> Parameter {
    let about = "The name of a partner's view, whose preset filters and pins then hold; `_none` for none, where the key \
                 carries one.";
    parameter("view", about, text().pattern(Some("^([a-z0-9][a-z0-9-]{1,39}|_none)$")), "_none")
}

fn facet(facet: Facet) -> Parameter {
    let about = match facet {
        Facet::Controlled(field) => format!("Concepts of `/v1/vocabularies/{}`", field.name()),
        Facet::Source => "Ids of `/v1/sources`".to_owned(),
        Facet::Publisher => "Publishers by the name that is given (not split at commas)".to_owned(),
        Facet::Link => "How the link answered when it was last asked".to_owned(),
    };
    let about = format!(
        "{about}: what has any of these, repeated or separated by commas; `{NOT_STATED}` for what states none."
    );
    let values = ArrayBuilder::new().items(Ref::from_schema_name(value_schema(facet))).max_items(Some(MAX_VALUES));
    let schema: RefOr<Schema> = values.build().into();
    ParameterBuilder::new()
        .name(facet.name())
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .style(Some(ParameterStyle::Form))
        .explode(Some(true))
        .schema(Some(schema))
        .build()
}

/// The name under which the schema of a facet's values stands in the document: `LearningAreaValue`.
fn value_schema(facet: Facet) -> String {
    let mut name = String::new();
    for part in facet.name().split('_') {
        let (first, rest) = part.split_at(1);
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name + "Value"
}

/// The schemas of the values of all facets, by name.
pub(super) fn value_schemas(vocabularies: &Vocabularies) -> Map<String, Value> {
    let schema = |facet: Facet| match facet {
        Facet::Controlled(field) => {
            let list = vocabularies.of(field);
            let ids = list.concepts.iter().map(|concept| concept.id.as_str()).chain([NOT_STATED]);
            json!({ "type": "string", "description": format!("A concept of the {} vocabulary.", list.name),
                "enum": ids.collect::<Vec<_>>() })
        }
        Facet::Source => json!({ "type": "string", "description": "The id of a source.",
            "pattern": "^([a-z0-9][a-z0-9-]{0,63}|_none)$" }),
        Facet::Publisher => json!({ "type": "string", "description": "The name of a publisher.",
            "maxLength": MAX_PUBLISHER_CHARACTERS }),
        Facet::Link => {
            let states = LinkState::ALL.map(LinkState::name).into_iter().chain([NOT_STATED]);
            json!({ "type": "string", "description": "The state of a link.", "enum": states.collect::<Vec<_>>() })
        }
    };
    Facet::ALL.into_iter().map(|facet| (value_schema(facet), schema(facet))).collect()
}

/// Lists the sources by their ids, where there are any: they are the values of one facet, and follow from what is served.
pub(super) fn list_sources(document: &mut Value, names: &BTreeMap<String, String>) {
    let schema = document.pointer_mut(&format!("/components/schemas/{}", value_schema(Facet::Source)));
    if let Some(schema) = schema.filter(|_| !names.is_empty()) {
        let ids = names.keys().map(String::as_str).chain([NOT_STATED]);
        schema["enum"] = json!(ids.collect::<Vec<_>>());
    }
}

fn sort() -> Parameter {
    let about = "The order of results; a search without it is ordered by relevance, a feed or an export by `newest`.";
    parameter("sort", about, one_of(&["relevance", "newest", "title"]), "newest")
}

fn page() -> Parameter {
    let about = "The page, from 1; pages end at 10,000 results, and `cursor` goes on.";
    parameter("page", about, whole_number(1, 10_000), 1)
}

fn per_page() -> Parameter {
    let about = format!("Results on a page; {DEFAULT_PER_PAGE} when left out.");
    parameter("per_page", &about, up_to(MAX_PER_PAGE), 5)
}

fn cursor() -> Parameter {
    let about = "`*` begins a walk through all results, to any depth; each answer's `next` link goes on with it. What has \
                 not changed comes exactly once, however the catalogue changes meanwhile. Not together with `page`.";
    parameter("cursor", about, text(), "*")
}

fn facets() -> Parameter {
    let names = Facet::ALL.map(Facet::name).into_iter().chain(["none"]);
    let names = text().enum_values(Some(names.map(ToOwned::to_owned)));
    let schema: RefOr<Schema> = ArrayBuilder::new().items(names).build().into();
    ParameterBuilder::new()
        .name("facets")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some("Which facets to count: all when left out, these, or `none`."))
        .style(Some(ParameterStyle::Form))
        .explode(Some(false))
        .schema(Some(schema))
        .example(Some(json!(["subject", "level"])))
        .build()
}

fn facet_query() -> Parameter {
    let about = "Lists only values of facets with words that begin like these; changes no count.";
    parameter("facet_q", about, text().max_length(Some(MAX_FACET_QUERY_CHARACTERS)), "phys")
}

fn facet_limit() -> Parameter {
    let about = "At most so many values of a facet; selected ones come beyond.";
    parameter("facet_limit", about, up_to(MAX_FACET_VALUES), 10)
}

fn fields() -> Parameter {
    let names = text().enum_values(Some(crate::web::links::field_names().iter().cloned()));
    let schema: RefOr<Schema> = ArrayBuilder::new().items(names).build().into();
    ParameterBuilder::new()
        .name("fields")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some("Which fields of a resource to give; all when left out. The id always comes."))
        .style(Some(ParameterStyle::Form))
        .explode(Some(false))
        .schema(Some(schema))
        .example(Some(json!(["title", "url"])))
        .build()
}

fn switch(name: &str, about: &str) -> Parameter {
    parameter(name, about, one_of(&["on", "off"]), "on")
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A whole number between these, both included.
pub(in crate::api) fn whole_number(least: u32, most: u32) -> ObjectBuilder {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    number.minimum(Some(f64::from(least))).maximum(Some(f64::from(most)))
}

/// A whole number from 1 on.
pub(in crate::api) fn up_to(most: usize) -> ObjectBuilder {
    whole_number(1, u32::try_from(most).unwrap_or(u32::MAX))
}

/// One of a few values.
pub(in crate::api) fn one_of(values: &[&str]) -> ObjectBuilder {
    text().enum_values(Some(values.iter().map(|value| (*value).to_owned())))
}

/// A parameter that may be left out.
pub(in crate::api) fn parameter(
    name: &str,
    about: &str,
    schema: ObjectBuilder,
    example: impl Into<Value>,
) -> Parameter {
    let schema: RefOr<Schema> = schema.build().into();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
        .example(Some(example.into()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_each_facet_have_a_schema_of_their_own() {
        let schemas = value_schemas(Vocabularies::shipped());
        assert_eq!(schemas.len(), Facet::ALL.len());
        let levels = schemas["LevelValue"]["enum"].as_array().expect("values");
        assert!(levels.contains(&json!("ks3")) && levels.contains(&json!(NOT_STATED)));
        assert!(schemas.contains_key("LearningAreaValue"));
    }
}
