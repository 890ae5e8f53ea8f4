//! What of the API will go one day, and how callers hear of it: by two headers, by the OpenAPI document and by
//! `/docs/stability`, all from one table.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::conditional::http_date;

/// One call, or one parameter of it, that will go.
#[derive(Debug, Clone, Copy)]
pub struct Deprecation {
    /// The path as the OpenAPI document writes it, such as `/v1/sources/{id}`.
    pub path: &'static str,
    /// The query parameter that will go; with none the whole call will.
    pub parameter: Option<&'static str>,
    /// The day from which it is deprecated.
    pub since: Date,
    /// The day from which it may no longer answer: at least twelve months later.
    pub sunset: Date,
    /// Where to read what to use instead.
    pub link: &'static str,
}

/// Everything that is deprecated. What stands here is told in every answer that it concerns.
pub const DEPRECATIONS: &[Deprecation] = &[];

/// Tells in the headers of an answer that what was called will go.
pub async fn tell(request: Request, next: Next) -> Response {
    let concerned = concerned(DEPRECATIONS, request.uri().path(), request.uri().query().unwrap_or_default());
    let mut response = next.run(request).await;
    put_headers(response.headers_mut(), &concerned);
    response
}

/// What of the table a request is concerned by.
fn concerned(table: &'static [Deprecation], path: &str, query: &str) -> Vec<&'static Deprecation> {
    let has_parameter = |name: &str| url::form_urlencoded::parse(query.as_bytes()).any(|(given, _)| given == name);
    table.iter().filter(|one| is_at(one.path, path) && one.parameter.is_none_or(has_parameter)).collect()
}

/// Whether a path is one of those that a template stands for.
fn is_at(template: &str, path: &str) -> bool {
    let (mut expected, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return true,
            (Some(expected), Some(given)) if expected == given || (expected.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Of several that concern one answer the first days stand in the headers, and the links of all.
fn put_headers(headers: &mut HeaderMap, concerned: &[&Deprecation]) {
    let Some(since) = concerned.iter().map(|one| one.since).min() else { return };
    let sunset = concerned.iter().map(|one| one.sunset).min().unwrap_or(since);
    // RFC 9745, 2.1: a date of structured fields. RFC 8594, 3: an HTTP date.
    let deprecation = format!("@{}", beginning_of(since).as_second());
    for (name, value) in [("deprecation", deprecation), ("sunset", http_date(beginning_of(sunset)))] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    for one in concerned {
        let link = format!("<{}>; rel=\"deprecation\"; type=\"text/html\"", one.link);
        if let Ok(value) = HeaderValue::from_str(&link) {
            headers.append(header::LINK, value);
        }
    }
}

fn beginning_of(day: Date) -> Timestamp {
    // Only a day at the end of the calendar has no beginning in UTC.
    TimeZone::UTC.to_timestamp(day.to_datetime(Time::midnight())).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Marks in an OpenAPI document what of it will go.
pub fn mark(document: &mut Value, table: &[Deprecation]) {
    for one in table {
        let Some(path) = document.get_mut("paths").and_then(|paths| paths.get_mut(one.path)) else { continue };
        for operation in path.as_object_mut().into_iter().flat_map(Map::values_mut) {
            match one.parameter {
                None => set_deprecated(operation),
                Some(name) => mark_parameter(operation, name),
            }
        }
    }
}

fn mark_parameter(operation: &mut Value, name: &str) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter(|parameter| parameter["name"] == name) {
        set_deprecated(parameter);
    }
}

fn set_deprecated(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert("deprecated".to_owned(), Value::Bool(true));
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    const MADE_UP: &[Deprecation] = &[
        Deprecation {
            path: "/v1/things/{id}",
            parameter: None,
            since: date(2027, 1, 1),
            sunset: date(2028, 3, 1),
            link: "/docs/stability#things",
        },
        Deprecation {
            path: "/v1/resources",
            parameter: Some("old"),
            since: date(2027, 2, 1),
            sunset: date(2028, 2, 1),
            link: "/docs/stability#old",
        },
        Deprecation {
            path: "/v1/resources",
            parameter: Some("older"),
            since: date(2026, 12, 1),
            sunset: date(2028, 6, 1),
            link: "/docs/stability#older",
        },
    ];

    fn headers_for(path: &str, query: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        put_headers(&mut headers, &concerned(MADE_UP, path, query));
        headers
    }

    #[test]
    fn an_answer_says_since_when_and_until_when() {
        let headers = headers_for("/v1/things/7", "");
        assert_eq!(headers["deprecation"], "@1798761600");
        assert_eq!(headers["sunset"], "Wed, 01 Mar 2028 00:00:00 GMT");
        assert_eq!(headers["link"], "</docs/stability#things>; rel=\"deprecation\"; type=\"text/html\"");
    }

    #[test]
    fn only_what_was_called_is_told_of() {
        for (path, query, expected) in [
            ("/v1/things/7", "", 1),
            ("/v1/things/", "", 0),
            ("/v1/things/7/more", "", 0),
            ("/v1/things", "", 0),
            ("/v1/resources", "", 0),
            ("/v1/resources", "old=1", 1),
            ("/v1/resources", "q=old", 0),
            ("/v1/resources", "%6Fld=1", 1),
            ("/v1/resources", "old=1&older=2", 2),
        ] {
            assert_eq!(headers_for(path, query).get_all("link").iter().count(), expected, "{path}?{query}");
        }
    }

    #[test]
    fn of_several_the_first_days_count() {
        let headers = headers_for("/v1/resources", "old=1&older=2");
        assert_eq!(headers["deprecation"], "@1796083200");
        assert_eq!(headers["sunset"], "Tue, 01 Feb 2028 00:00:00 GMT");
    }

    #[test]
    fn the_document_marks_the_call_or_the_parameter() {
        let parameters = json!([{ "name": "q" }, { "name": "old" }]);
        let mut document = json!({ "paths": {
            "/v1/things/{id}": { "get": {} },
            "/v1/resources": { "get": { "parameters": parameters } } } });
        mark(&mut document, MADE_UP);
        assert_eq!(document["paths"]["/v1/things/{id}"]["get"]["deprecated"], true);
        let resources = &document["paths"]["/v1/resources"]["get"];
        assert_eq!(resources.get("deprecated"), None);
        assert_eq!(resources["parameters"][0].get("deprecated"), None);
        assert_eq!(resources["parameters"][1]["deprecated"], true);
    }

    #[test]
    fn whatever_will_go_stays_for_twelve_months_at_least() {
        for one in DEPRECATIONS.iter().chain(MADE_UP) {
            let earliest = one.since.checked_add(12.months()).expect("a day");
            assert!(one.sunset >= earliest, "{}", one.path);
        }
    }
}
