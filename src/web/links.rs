//! What answers of all kinds have in common: the links of a list, and the names of the fields of a resource.

use std::sync::LazyLock;

use serde::Serialize;
use utoipa::ToSchema;

/// This page and its neighbours; addresses relative to the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Links {
    /// This page.
    #[serde(rename = "self")]
    pub this: String,
    /// The next page, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub next: Option<String>,
    /// The page before, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub prev: Option<String>,
}

/// The names of the fields of a resource, for `fields=`.
pub fn field_names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let schema = schemas::json_schema::schema_of_resource();
        schema["properties"].as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    });
    &NAMES
}
