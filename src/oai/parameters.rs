//! The arguments as the OpenAPI document lists them: in the address for GET, as a form for POST.

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::arguments::{MetadataPrefix, Verb};

/// No name, date or token of ours is longer.
const MAX_CHARACTERS: usize = 500;

/// One argument of the protocol.
struct Argument {
    name: &'static str,
    about: &'static str,
    schema: ObjectBuilder,
    example: Option<&'static str>,
}

fn all_arguments() -> [Argument; 7] {
    let plain = |name, about| Argument { name, about, schema: text(), example: None };
    [
        Argument {
            name: "verb",
            about: "What is asked for.",
            schema: one_of(&Verb::ALL.map(Verb::name)),
            example: Some("Identify"),
        },
        plain("identifier", "The name of a record, such as `oai:signpost.localhost:0123456789abcdef`."),
        Argument {
            name: "metadataPrefix",
            about: "The format: simple Dublin Core or IEEE LOM.",
            schema: one_of(&MetadataPrefix::ALL.map(MetadataPrefix::name)),
            example: None,
        },
        plain("from", "Only what has changed then or later: `2026-11-21` or `2026-11-21T09:30:00Z`, in UTC."),
        plain("until", "Only what has changed then or earlier, in the same form as `from`; of a day, up to its end."),
        plain("set", "Only this set, one of `verb=ListSets`: `source:…`, `subject:…`."),
        plain("resumptionToken", "Goes on with a list where the answer before it ended; with `verb` alone."),
    ]
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_CHARACTERS))
}

fn one_of(values: &[&str]) -> ObjectBuilder {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values))
}

/// The arguments in an address.
pub(super) struct OaiParameters;

impl IntoParams for OaiParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |argument: Argument| {
            let schema: RefOr<Schema> = argument.schema.build().into();
            ParameterBuilder::new()
                .name(argument.name)
                .parameter_in(ParameterIn::Query)
                .required(if argument.name == "verb" { Required::True } else { Required::False })
                .description(Some(argument.about))
                .schema(Some(schema))
                .example(argument.example.map(|example| json!(example)))
                .build()
        };
        all_arguments().into_iter().map(parameter).collect()
    }
}

/// The arguments as a form.
pub(super) struct OaiForm;

impl ToSchema for OaiForm {}

impl PartialSchema for OaiForm {
    fn schema() -> RefOr<Schema> {
        let mut form = ObjectBuilder::new()
            .description(Some("The arguments of OAI-PMH 2.0."))
            .required("verb")
            .examples([json!({ "verb": "Identify" })]);
        for argument in all_arguments() {
            form = form.property(argument.name, argument.schema.description(Some(argument.about)));
        }
        form.build().into()
    }
}
