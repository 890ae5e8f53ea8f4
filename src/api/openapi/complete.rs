//! What all operations have in common, put into the document in one place: limits, caching, and how they fail.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What an operation may answer besides what its handler says, and how that is called among the components. A key that
/// nobody holds is refused wherever it is sent.
const FAILURES: [(&str, &str); 4] =
    [("401", "Unauthorised"), ("429", "TooManyRequests"), ("500", "Internal"), ("503", "Unavailable")];

/// Headers of single answers, by operation and status.
const HEADERS: [(&str, &str, &[&str]); 21] = [
    ("search_resources", "200", &["Link", "Index-Seq"]),
    ("show_resource", "200", &["Link"]),
    ("show_resource", "304", &["Link"]),
    ("show_resource", "308", &["Location", "Cache-Control"]),
    ("list_similar", "308", &["Location", "Cache-Control"]),
    ("show_rss", "200", &["Last-Modified"]),
    ("show_atom", "200", &["Last-Modified"]),
    ("show_json_feed", "200", &["Last-Modified"]),
    ("show_calendar", "200", &["Last-Modified"]),
    ("export_ndjson", "200", &["Content-Disposition", "Index-Seq", "Link"]),
    ("export_csv", "200", &["Content-Disposition", "Index-Seq", "Link"]),
    ("show_manifest", "200", &["Index-Seq"]),
    ("export_partner_usage", "200", &["Content-Disposition"]),
    ("create_report", "200", &["Location"]),
    ("create_report", "201", &["Location"]),
    ("create_report", "507", &["Retry-After"]),
    ("push_records", "507", &["Retry-After"]),
    ("create_partner", "201", &["Location"]),
    ("create_key", "201", &["Location"]),
    ("put_partner_view", "201", &["Location"]),
    ("harvest_oai", "200", &["Last-Modified", "Cache-Control"]),
];

/// Puts what all operations share into the document.
pub(super) fn complete(document: &mut Value) {
    let components = entry(document, "components");
    merge(components, "responses", responses());
    merge(components, "headers", headers());
    merge(components, "securitySchemes", security_schemes());
    for operation in operations(document) {
        complete_operation(operation);
    }
    share_parameters(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    schemas.into_iter().flat_map(Map::iter_mut).for_each(|(_, schema)| let_overlap(schema));
}

/// Forms that share members do not exclude each other: what is one of them may look like another.
fn let_overlap(schema: &mut Value) {
    let is_of_objects =
        |forms: &Value| forms.as_array().is_some_and(|all| all.iter().all(|one| one.get("$ref").is_some()));
    if let Some(object) = schema.as_object_mut()
        && object.get("oneOf").is_some_and(is_of_objects)
        && let Some(forms) = object.shift_remove("oneOf")
    {
        object.insert("anyOf".to_owned(), forms);
    }
}

/// The reader fills in every example, and all parameters of a search at once find nothing. So only the words keep theirs
/// as such; of the others it stands in the description, and where programs that know of it look.
fn set_example_aside(parameter: &mut Value) {
    if parameter["name"] == "q" {
        return;
    }
    let Some(example) = parameter.as_object_mut().and_then(|members| members.shift_remove("example")) else {
        return;
    };
    let shown = match &example {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let about = parameter["description"].as_str().unwrap_or_default().trim_end_matches('.');
    parameter["description"] = json!(format!("{about}. For example `{shown}`."));
    parameter["x-example"] = example;
}

/// Every operation of the document.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(Map::iter_mut).filter_map(|(_, item)| item.as_object_mut());
    let operations = items.flat_map(Map::iter_mut);
    operations.filter(|(method, _)| METHODS.contains(&method.as_str())).map(|(_, operation)| operation)
}

/// Parameters that several operations take alike stand among the components once.
fn share_parameters(document: &mut Value) {
    let mut counts: BTreeMap<String, (Value, usize)> = BTreeMap::new();
    for operation in operations(document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            counts.entry(parameter.to_string()).or_insert_with(|| (parameter.clone(), 0)).1 += 1;
        }
    }
    let mut shared = Map::new();
    for (parameter, _) in counts.into_values().filter(|(parameter, count)| *count > 1 && parameter["in"] == "query") {
        // Where two differ under one name, the first is shared.
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        shared.entry(name).or_insert(parameter);
    }
    for operation in operations(document) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            if shared.get(&name) == Some(parameter) {
                *parameter = json!({ "$ref": format!("#/components/parameters/{name}") });
            }
        }
    }
    merge(entry(document, "components"), "parameters", Value::Object(shared));
}

fn complete_operation(operation: &mut Value) {
    if operation.get("security").is_none() {
        operation["security"] = json!([{}, { "api_key": [] }, { "api_key_header": [] }]);
    }
    // A form sends blank values: they count as not given.
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "query" && parameter["required"] != true {
            // No name is a name of no letters already.
            if parameter["name"] != "publisher" {
                parameter["allowEmptyValue"] = json!(true);
            }
            set_example_aside(parameter);
        }
    }
    let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let is_oai = operation["tags"] == json!(["OAI-PMH"]);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    // OAI-PMH goes by times and not by tags.
    let is_tagged = responses.contains_key("304") && !is_oai;
    for (status, name) in FAILURES {
        let shared = json!({ "$ref": format!("#/components/responses/{name}") });
        match responses.get_mut(status) {
            // What the handler says of it is kept.
            Some(said) if status == "401" => {
                entry(said, "headers")["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/WWW-Authenticate" });
            }
            Some(said) => *said = shared,
            None => {
                responses.insert(status.to_owned(), shared);
            }
        }
    }
    for (status, response) in responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
        let mut names = ALWAYS.to_vec();
        if is_tagged && (status == "200" || status == "304") {
            names.extend(["ETag", "Cache-Control", "Vary"]);
        }
        let own = HEADERS.iter().filter(|(operation, of, _)| *operation == name && of == status);
        names.extend(own.flat_map(|(_, _, names)| *names));
        add_headers(response, &names);
    }
}

/// What every answer says: of the limits, and by which name to ask us about it.
const ALWAYS: [&str; 3] = ["RateLimit", "RateLimit-Policy", "X-Request-Id"];

fn add_headers(response: &mut Value, names: &[&str]) {
    let headers = entry(response, "headers");
    for name in names {
        if headers.get(name).is_none() {
            headers[*name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
    }
}

fn responses() -> Value {
    let response = |description: &str, header: &[&str]| {
        let mut response = json!({ "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
        add_headers(&mut response, &ALWAYS);
        add_headers(&mut response, header);
        response
    };
    json!({
        "Unauthorised": response("A key was sent that nobody holds; reading needs none", &["WWW-Authenticate"]),
        "TooManyRequests": response("Too many requests; ask again after the seconds in `Retry-After`", &["Retry-After"]),
        "Internal": response("Something broke on our side", &[]),
        "Unavailable": response("It cannot be answered now; ask again after the seconds in `Retry-After`", &["Retry-After"]),
    })
}

fn headers() -> Value {
    let text = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string" }, "example": example });
    json!({
        "RateLimit-Policy": text("How many requests in how many seconds: draft-ietf-httpapi-ratelimit-headers", "\"anonymous\";q=120;w=2"),
        "RateLimit": text("How many are left, and in how many seconds all are", "\"anonymous\";r=119;t=1"),
        "X-Request-Id": text("The name of this request in our log: give it when you ask us about the answer", "0d6ef2c97b1a"),
        "Retry-After": { "description": "Seconds after which to ask again", "schema": { "type": "integer", "minimum": 1 } },
        "ETag": text("Send it back as `If-None-Match`: what has not changed is then answered with 304", "W/\"0123456789abcdef0123\""),
        "Cache-Control": text("How long the answer may be kept", "public, max-age=60, stale-while-revalidate=300"),
        "WWW-Authenticate": text("How to authenticate", "Bearer"),
        "Link": text("The neighbours of a page, the context, the manifest: RFC 8288", "</v1/resources?page=2>; rel=\"next\""),
        "Index-Seq": { "description": "The change of the log up to which the answer knows", "schema": { "type": "integer", "minimum": 0 } },
        "Last-Modified": text("When it last changed; not sent where that is not known", "Sun, 22 Nov 2026 09:00:00 GMT"),
        "Location": text("Where it is", "/v1/resources/011rmn2hc4hg4kvz"),
        "Content-Disposition": text("The name of the file", "attachment; filename=\"signpost.csv\""),
        "Vary": text("The request headers that the answer depends on", "accept-encoding"),
    })
}

fn security_schemes() -> Value {
    json!({
        "api_key": { "type": "http", "scheme": "bearer",
            "description": "A partner's key, `spk_…`, from `POST /v1/partners` or the form at `/partners/key`" },
        "api_key_header": { "type": "apiKey", "in": "header", "name": "X-API-Key",
            "description": "The same key, where `Authorization` is taken" },
        "source_token": { "type": "http", "scheme": "bearer",
            "description": "The token of a source, `sp_…`, from whoever runs the service: it may send records to that source" },
    })
}

/// A member that is an object, made when it is missing.
fn entry<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    if value.get(name).is_none() {
        value[name] = json!({});
    }
    &mut value[name]
}

fn merge(into: &mut Value, name: &str, members: Value) {
    let held = entry(into, name);
    if let (Some(held), Value::Object(members)) = (held.as_object_mut(), members) {
        held.extend(members);
    }
}
