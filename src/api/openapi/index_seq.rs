//! What the document says of `Index-Seq` and `min_seq`, which stand around the calls and in none of their handlers.

use serde_json::{Value, json};

use crate::web::min_seq::{FIXED, KNOWING, MIN_SEQ, MOST, PUSH, WAITING};

/// Puts the parameter on the calls that wait, and the header on the answers that carry it.
pub(super) fn mark(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, item) in paths.iter_mut() {
        let path = path.as_str();
        let is_ours = path == "/v1" || path.starts_with("/v1/");
        if path == PUSH
            && let Some(push) = item.get_mut("post")
        {
            put_header(push, &[200]);
        }
        let Some(read) = item.get_mut("get").filter(|_| is_ours && !FIXED.contains(&path)) else {
            continue;
        };
        put_header(read, &KNOWING);
        if WAITING.contains(&path) {
            put_parameter(read);
        }
    }
}

fn put_header(operation: &mut Value, statuses: &[u16]) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for status in statuses {
        if let Some(response) = responses.get_mut(&status.to_string()).filter(|response| response.get("$ref").is_none())
        {
            response["headers"]["Index-Seq"] = json!({ "$ref": "#/components/headers/Index-Seq" });
        }
    }
}

fn put_parameter(operation: &mut Value) {
    let parameter = json!({
        "name": MIN_SEQ, "in": "query", "required": false, "example": 1,
        "description": "Answers once this change of the log is known, for reading what was just written: the `Index-Seq` \
                        of the answer to that. Waits for two seconds at most, then 503 says how far the node is.",
        "schema": { "type": "integer", "minimum": 0, "maximum": MOST }
    });
    if operation["parameters"].is_null() {
        operation["parameters"] = json!([]);
    }
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.push(parameter);
    }
    let past_the_end = json!({
        "description": "`min_seq` is past the end of the change log",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
    });
    if operation["responses"]["409"].is_null() {
        operation["responses"]["409"] = past_the_end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::document_of_routes;
    use super::*;

    #[test]
    fn every_call_that_waits_says_so_and_every_read_says_what_it_knows() {
        let document = document_of_routes();
        for path in WAITING {
            let read = &document["paths"][path]["get"];
            assert!(read.is_object(), "{path} is no call");
            let told = read["parameters"].to_string();
            assert!(told.contains("parameters/min_seq"), "{path}: {told}");
            assert!(read["responses"]["409"].is_object(), "{path}");
            assert!(read["responses"]["200"]["headers"]["Index-Seq"].is_object(), "{path}");
        }
        assert!(document["paths"][PUSH]["post"]["responses"]["200"]["headers"]["Index-Seq"].is_object());
        assert!(document["paths"]["/v1/context.jsonld"]["get"]["responses"]["200"]["headers"]["Index-Seq"].is_null());
    }
}
