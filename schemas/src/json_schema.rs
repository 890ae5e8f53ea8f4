//! The JSON Schema (draft 2020-12) of what we publish and keep, generated from the types.
//!
//! The files under `json/` are checked in; `signpost schemas` writes them, a test compares them.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::{Assertion, Metadata, Resource};

/// Every generated file: its name under `json/`, and its content.
pub fn generated_files() -> Vec<(&'static str, String)> {
    vec![
        ("resource.schema.json", pretty(&schema_of_resource())),
        (
            "metadata.schema.json",
            pretty(&schema_of::<Metadata>("The fields of one record, as a partner may send them")),
        ),
        ("assertion.schema.json", pretty(&schema_of::<Assertion>("One value of one field with its provenance"))),
    ]
}

/// The JSON Schema of a published resource.
pub fn schema_of_resource() -> Value {
    schema_of::<Resource>("A resource as the API publishes it")
}

fn schema_of<T: schemars::JsonSchema>(title: &str) -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    if let Some(object) = value.as_object_mut() {
        object.insert("title".to_owned(), Value::String(title.to_owned()));
    }
    value
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value always serialises");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_checked_in_schemas_are_fresh() {
        for (name, content) in super::generated_files() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("json").join(name);
            let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(checked_in == content, "{name} is stale: run `cargo run -- schemas` and commit what it writes");
        }
    }
}
