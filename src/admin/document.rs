//! The OpenAPI 3.1 document of the admin API, made of the table of its calls.
//!
//! It says of each call what it is for, who may make it, what it takes and how it is answered. What the answers hold is
//! shown by asking: they are for people who look after one service, and may grow from one version to the next.

use axum::Json;
use axum::extract::RawQuery;
use axum::http::Method;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema as _;

use super::routes::{AdminRoute, May, Takes, table};
use crate::catalogue::Role;
use crate::error::{AppError, ParameterMistake};
use crate::web::body::JSON;
use crate::web::problem::{Problem, Withdrawal};
use crate::web::query::refuse_parameters;

/// What every call may answer instead, and when.
const REFUSALS: [(&str, &str); 6] = [
    ("400", "Something that was sent cannot be used; all mistakes at once"),
    ("401", "No token was sent and nobody is signed in; or the token is wrong, expired or revoked"),
    ("403", "The role may not do this, or a page of another site asks"),
    ("429", "Too many wrong tokens came from this address"),
    ("500", "Something broke on our side"),
    ("503", "The store does not answer now"),
];

pub(super) async fn show_admin_api(RawQuery(raw): RawQuery) -> Result<Json<Value>, AppError> {
    refuse_parameters(raw.as_deref())?;
    Ok(Json(document()))
}

/// The whole document.
fn document() -> Value {
    let mut paths = Map::new();
    for call in table() {
        let path = paths.entry(format!("/admin/v1{}", call.path)).or_insert_with(|| json!({}));
        path[call.method.as_str().to_ascii_lowercase()] = operation(&call);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Signpost: the admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "For those who run a Signpost. Each call needs a token, or the cookie of the console; \
                            `x-roles` names the roles that may make it. Errors are RFC 9457 problem documents.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This service" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": Problem::schema(),
                "ParameterMistake": ParameterMistake::schema(),
                "Withdrawal": Withdrawal::schema(),
            },
            "responses": refusals(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer",
                    "description": "`sp_…`, which `signpost token create` and POST /admin/v1/tokens make" },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-signpost",
                    "description": "The cookie of whoever is signed in to the console" },
            },
        },
    })
}

fn refusals() -> Map<String, Value> {
    let problem = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    let all = REFUSALS
        .map(|(status, about)| (format!("Refused{status}"), json!({ "description": about, "content": problem })));
    Map::from_iter(all)
}

fn operation(call: &AdminRoute) -> Value {
    let mut responses = Map::new();
    responses.insert(call.status.to_string(), json!({ "description": answer_of(call.status) }));
    let has_id = call.path.contains('{');
    let not_found = has_id.then(|| ("404".to_owned(), json!({ "description": "There is no such thing" })));
    responses.extend(not_found);
    responses.extend(
        REFUSALS.map(|(status, _)| {
            (status.to_owned(), json!({ "$ref": format!("#/components/responses/Refused{status}") }))
        }),
    );
    let mut operation = json!({
        "operationId": call.operation,
        "summary": call.about,
        "x-roles": roles(call.may, &call.method),
        "parameters": parameters(call),
        "responses": responses,
    });
    if let Some(takes) = &call.takes {
        operation["requestBody"] = body(takes);
    }
    operation
}

fn answer_of(status: u16) -> &'static str {
    match status {
        201 => "It was made",
        202 => "It was taken as a job, which `Location` names",
        204 => "It is done, and there is nothing to say",
        _ => "The answer",
    }
}

fn roles(may: May, method: &Method) -> Vec<&'static str> {
    Role::ALL.into_iter().filter(|role| may.lets(*role, method)).map(Role::name).collect()
}

/// What stands between braces in the path, and what may stand behind the question mark.
fn parameters(call: &AdminRoute) -> Vec<Value> {
    let names = call.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let in_path =
        names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = call.asks.iter().map(|name| {
        let kind =
            if matches!(*name, "page" | "per_page" | "offset" | "limit" | "before") { "integer" } else { "string" };
        json!({ "name": name, "in": "query", "schema": { "type": kind } })
    });
    in_path.chain(in_query).collect()
}

fn body(takes: &Takes) -> Value {
    let content = match serde_json::from_str::<Value>(takes.example) {
        Ok(example) if takes.media_type == JSON => json!({ "schema": schema_of(&example), "example": example }),
        _ => json!({ "schema": { "type": "string" }, "example": takes.example }),
    };
    json!({ "required": true, "content": { takes.media_type: content } })
}

/// The schema of what looks like an example. Where that says null, anything may stand.
fn schema_of(example: &Value) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(all) => json!({ "type": "array", "items": all.first().map_or_else(|| json!({}), schema_of) }),
        Value::Object(members) => {
            let properties: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), schema_of(value))).collect();
            json!({ "type": "object", "properties": properties })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_stands_in_the_document_with_who_may_make_it_and_how_it_is_refused() {
        let document = document();
        for call in table() {
            let method = call.method.as_str().to_ascii_lowercase();
            let operation = &document["paths"][format!("/admin/v1{}", call.path)][method];
            assert_eq!(operation["operationId"], call.operation);
            assert!(operation["x-roles"].as_array().is_some_and(|roles| roles[0] == "admin"), "{operation}");
            for status in ["401", "403"] {
                assert!(operation["responses"][status].is_object(), "{}: {status}", call.operation);
            }
            assert_eq!(operation["requestBody"].is_object(), call.takes.is_some(), "{}", call.operation);
        }
    }

    #[test]
    fn a_schema_follows_from_an_example() {
        let example = json!({ "all": true, "identifiers": ["a"], "source": null, "days": 3 });
        let properties = &schema_of(&example)["properties"];
        assert_eq!(properties["all"]["type"], "boolean");
        assert_eq!(properties["identifiers"]["items"]["type"], "string");
        assert_eq!((&properties["source"], &properties["days"]["type"]), (&json!({}), &json!("integer")));
    }
}
