//! Presets: what does a JSON object say when it is known which software wrote it?
//!
//! Objects go in; out comes what they say in our fields, as text or HTML, before any mapping. A preset also knows where
//! its software keeps the list of records, how it goes on and how long it says that it is. Reading the list and following the pages is left to the
//! json kind; where a source maps a field itself, its mapping goes first.

use std::collections::BTreeMap;

use schemas::{
    AgeRange, ControlledField, JsonOptions, JsonPaging, JsonPreset, Location, RecordId, Source, TargetField,
    parse_address,
};
use serde_json::Value;
use url::Url;

use super::items::value_at;
use super::paging::with_default_parameter;
use crate::normalise::text::tidy;
use crate::normalise::{licence_of, plain_text};

/// What one object says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// A record, and what it says by itself.
    Record(Fields),
    /// That the record with this identifier is no more.
    Deleted(String),
    /// Nothing for us: a draft, or what only some may read.
    Nothing,
}

/// Texts by field.
pub(super) type Fields = BTreeMap<TargetField, Vec<String>>;

/// Where a preset finds the texts of a field: the first pointer that leads to one wins. `*` stands for every item of a
/// list.
type Pointers = [(TargetField, &'static [&'static str])];

/// Source: REST API Handbook of `WordPress`, posts; the fields of Yoast SEO and Jetpack.
const WORDPRESS: &Pointers = &[
    (TargetField::Identifier, &["/id", "/link"]),
    (TargetField::Title, &["/title/rendered", "/title"]),
    (
        TargetField::Description,
        &["/excerpt/rendered", "/yoast_head_json/description", "/yoast_head_json/og_description", "/content/rendered"],
    ),
    (TargetField::Url, &["/link"]),
    (
        TargetField::Image,
        &["/_embedded/wp:featuredmedia/0/source_url", "/yoast_head_json/og_image/0/url", "/jetpack_featured_media_url"],
    ),
    (TargetField::Keywords, &["/_embedded/wp:term/*/*/name"]),
    (TargetField::DatePublished, &["/date_gmt", "/date"]),
    (TargetField::DateModified, &["/modified_gmt", "/modified"]),
];

/// What `WordPress` calls the category of a post that has none.
const NO_CATEGORY: [&str; 2] = ["Uncategorized", "Uncategorised"];

/// The id goes before the name, which its owner may change. Source: CKAN API guide, `package_search`.
const CKAN: &Pointers = &[
    (TargetField::Identifier, &["/id", "/name"]),
    (TargetField::Title, &["/title", "/name"]),
    (TargetField::Description, &["/notes"]),
    (TargetField::Publisher, &["/organization/title"]),
    (TargetField::Keywords, &["/tags/*/display_name", "/tags/*/name"]),
    (TargetField::DatePublished, &["/metadata_created"]),
    (TargetField::DateModified, &["/metadata_modified"]),
];

/// Source: JSON:API 1.1, resource objects; the attributes that Drupal and others have.
const JSON_API: &Pointers = &[
    (TargetField::Identifier, &["/id"]),
    (TargetField::Title, &["/attributes/title", "/attributes/name", "/attributes/headline"]),
    (
        TargetField::Description,
        &[
            "/attributes/description",
            "/attributes/description/processed",
            "/attributes/summary",
            "/attributes/body/summary",
            "/attributes/body/processed",
        ],
    ),
    (TargetField::Url, &["/attributes/url", "/attributes/path/alias"]),
    (TargetField::DatePublished, &["/attributes/created", "/attributes/created_at", "/attributes/createdAt"]),
    (
        TargetField::DateModified,
        &["/attributes/changed", "/attributes/updated", "/attributes/updated_at", "/attributes/updatedAt"],
    ),
];

/// The options of a source, with what its preset knows where they say nothing.
///
/// A file and what is pushed have no next page.
pub(super) fn complete(options: &JsonOptions, location: &Location) -> JsonOptions {
    let mut completed = options.clone();
    let Some(preset) = options.preset else { return completed };
    let (items, paging) = match preset {
        JsonPreset::WordPress => (None, JsonPaging::Page { parameter: "page".to_owned(), first: 1 }),
        JsonPreset::Ckan => (Some("/result/results"), JsonPaging::Offset { parameter: "start".to_owned() }),
        JsonPreset::JsonApi => (Some("/data"), JsonPaging::Next { pointer: "/links/next".to_owned() }),
    };
    completed.items = completed.items.or_else(|| items.map(ToOwned::to_owned));
    if completed.paging == JsonPaging::Single && matches!(location, Location::Url(_)) {
        completed.paging = paging;
    }
    completed
}

/// The address of the first page, with the largest page that the software gives unless the source names another size.
pub(super) fn with_page_size(preset: Option<JsonPreset>, start: Url) -> Url {
    match preset {
        Some(JsonPreset::WordPress) => with_default_parameter(start, "per_page", "100"),
        Some(JsonPreset::Ckan) => with_default_parameter(start, "rows", "100"),
        Some(JsonPreset::JsonApi) | None => start,
    }
}

/// How many records the whole list has, where its software says so in each of its answers.
///
/// JSON:API has no word of its own for it: `meta.total` and `meta.count` are what most servers have, and
/// `meta.page.total` is that of its profile for cursor pagination. `WordPress` says it in a header that is not kept. Of
/// unknown software a number beside the list may mean anything. Source: CKAN API guide, `package_search`.
pub(super) fn stated_total(preset: Option<JsonPreset>, text: &str) -> Option<u64> {
    let pointers: &[&str] = match preset {
        Some(JsonPreset::Ckan) => &["/result/count"],
        Some(JsonPreset::JsonApi) => &["/meta/total", "/meta/count", "/meta/page/total"],
        Some(JsonPreset::WordPress) | None => &[],
    };
    pointers.iter().find_map(|pointer| value_at(text, pointer).ok().flatten()?.parse().ok())
}

/// What an object says that stands in a document which answered at `page`.
pub(super) fn understand(object: &Value, options: &JsonOptions, source: &Source, page: Option<&Url>) -> Said {
    let is_pushed = source.location == Location::Pushed;
    if is_pushed && let Some(identifier) = deleted_identifier(object, source) {
        return Said::Deleted(identifier);
    }
    match options.preset {
        Some(JsonPreset::WordPress) => wordpress_post(object),
        Some(JsonPreset::Ckan) => ckan_package(object, page),
        Some(JsonPreset::JsonApi) => Said::Record(json_api_resource(object, page)),
        None if is_pushed && source.mapping.is_empty() => Said::Record(own_schema(object)),
        None => Said::Record(Fields::new()),
    }
}

/// The identifier in `{"identifier": "7", "deleted": true}`, by which a partner takes a record back.
fn deleted_identifier(object: &Value, source: &Source) -> Option<String> {
    if object.get("deleted") != Some(&Value::Bool(true)) {
        return None;
    }
    let mapped = source.mapping.get(&TargetField::Identifier).map(|rule| rule.from.clone());
    let pointers = mapped.unwrap_or_else(|| vec!["/identifier".to_owned()]);
    let identifier = tidy(&pointers.iter().find_map(|pointer| text_of(object.pointer(pointer)?))?);
    (identifier.len() <= RecordId::MAX_IDENTIFIER_BYTES).then_some(identifier)
}

/// What a record says that is in our own schema already: each field under its name, concepts by id or label.
fn own_schema(record: &Value) -> Fields {
    let mut said = Fields::new();
    for field in TargetField::all() {
        let texts: Vec<String> = match record.get(field.name()) {
            Some(Value::Array(list)) => list.iter().filter_map(own_text).collect(),
            Some(single) => own_text(single).into_iter().collect(),
            None => Vec::new(),
        };
        if !texts.is_empty() {
            said.insert(field, texts);
        }
    }
    said
}

/// A text, a concept as we publish it, or a range of ages.
fn own_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) => text_of(value),
        Value::Object(members) => {
            let named = ["id", "label"].into_iter().find_map(|name| members.get(name).and_then(text_of));
            named.or_else(|| serde_json::from_value::<AgeRange>(value.clone()).ok().map(|ages| ages.to_string()))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

fn wordpress_post(post: &Value) -> Said {
    // An attachment has the state of the post that it belongs to.
    let status = post.get("status").and_then(Value::as_str);
    let is_published = status.is_none_or(|status| matches!(status, "publish" | "inherit"));
    let is_protected = |pointer: &&str| post.pointer(pointer) == Some(&Value::Bool(true));
    if !is_published || ["/content/protected", "/excerpt/protected"].iter().any(is_protected) {
        return Said::Nothing;
    }
    let mut said = describe(post, WORDPRESS);
    for text in said.get_mut(&TargetField::Description).into_iter().flatten() {
        // The sign of an excerpt that WordPress has cut itself.
        *text = text.replace("[&hellip;]", "…");
    }
    if let Some(words) = said.get_mut(&TargetField::Keywords) {
        words.retain(|word| !NO_CATEGORY.contains(&word.as_str()));
    }
    Said::Record(said)
}

fn ckan_package(package: &Value, page: Option<&Url>) -> Said {
    let state = package.get("state").and_then(Value::as_str).unwrap_or("active");
    if state != "active" || package.get("private") == Some(&Value::Bool(true)) {
        return Said::Nothing;
    }
    let mut said = describe(package, CKAN);
    if let Some(address) = dataset_address(package, page) {
        said.insert(TargetField::Url, vec![address]);
    }
    if let Some(licence) = ckan_licence(package) {
        said.insert(TargetField::Concepts(ControlledField::Licence), vec![licence]);
    }
    Said::Record(said)
}

/// The address that a package names as its own, or that of its page: CKAN may stand under a path of its site.
fn dataset_address(package: &Value, page: Option<&Url>) -> Option<String> {
    let own = texts_at(package, "/url").into_iter().find(|text| parse_address(text).is_ok());
    if own.is_some() {
        return own;
    }
    let name = texts_at(package, "/name").into_iter().next()?;
    let Some(page) = page else { return Some(format!("/dataset/{name}")) };
    let site = page.path().split_once("/api/").map_or("", |(site, _)| site);
    page.join(&format!("{site}/dataset/{name}")).ok().map(String::from)
}

/// Of the address, the name and the id of the licence the first that we know, or else the first.
fn ckan_licence(package: &Value) -> Option<String> {
    // The id that CKAN gives to "License not specified".
    if package.get("license_id").and_then(Value::as_str) == Some("notspecified") {
        return None;
    }
    let pointers = ["/license_url", "/license_title", "/license_id"];
    let given: Vec<String> = pointers.into_iter().flat_map(|pointer| texts_at(package, pointer)).collect();
    given.iter().find(|text| licence_of(text).is_some()).or(given.first()).cloned()
}

fn json_api_resource(resource: &Value, page: Option<&Url>) -> Fields {
    let mut said = describe(resource, JSON_API);
    if !said.contains_key(&TargetField::Url)
        && let Some(address) = page_of_resource(resource, page)
    {
        said.insert(TargetField::Url, vec![address]);
    }
    said
}

/// The address that a resource calls itself by, unless it is that of the interface: nothing that a person could read.
fn page_of_resource(resource: &Value, page: Option<&Url>) -> Option<String> {
    let own = ["/links/self", "/links/self/href"].into_iter().flat_map(|pointer| texts_at(resource, pointer)).next()?;
    let joined = page.and_then(|page| page.join(&own).ok()).map_or(own, String::from);
    let address = parse_address(&joined).ok()?;
    let is_on_api_host = address.host_str().is_some_and(|host| host.starts_with("api."));
    let mut steps = address.path_segments().into_iter().flatten();
    let is_under_api = steps.any(|step| matches!(step, "api" | "jsonapi"));
    let is_under_list = page.is_some_and(|page| address.path().starts_with(page.path()));
    (!is_on_api_host && !is_under_api && !is_under_list).then(|| address.into())
}

fn describe(object: &Value, table: &Pointers) -> Fields {
    let mut said = Fields::new();
    for (field, pointers) in table {
        let texts = pointers.iter().map(|pointer| texts_at(object, pointer)).find(|texts| !texts.is_empty());
        if let Some(texts) = texts {
            said.insert(*field, texts);
        }
    }
    said
}

/// The texts that a pointer leads to; of HTML only what says something.
fn texts_at(object: &Value, pointer: &str) -> Vec<String> {
    let mut found = vec![object];
    for step in pointer.split('/').skip(1) {
        found = found.into_iter().flat_map(|value| members(value, step)).collect();
    }
    found.into_iter().filter_map(text_of).collect()
}

fn members<'v>(value: &'v Value, step: &str) -> Vec<&'v Value> {
    match value {
        Value::Array(list) if step == "*" => list.iter().collect(),
        Value::Array(list) => step.parse::<usize>().ok().and_then(|index| list.get(index)).into_iter().collect(),
        Value::Object(members) => members.get(step).into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()).filter(|text| !plain_text(text).is_empty()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use schemas::SourceKind;

    use super::*;
    use crate::testing::source;

    const POSTS: &str = "https://society.example/wp-json/wp/v2/posts";
    const PACKAGES: &str = "https://data.example/open/api/3/action/package_search?q=jobs";
    const PUSHED: &str = "kind = \"json\"\n[where]\npush = true\n";

    fn object(json: &str) -> Value {
        serde_json::from_str(json).expect("JSON")
    }

    /// What an object says to a source at an address, by the preset of this name.
    fn understood(preset: &str, address: &str, json: &str) -> Said {
        let source = source(&format!("kind = \"json\"\n[where]\nurl = \"{address}\"\npreset = \"{preset}\"\n"));
        let SourceKind::Json(options) = &source.kind else { panic!("{:?} is not json", source.kind) };
        let page = Url::parse(address).expect("an address");
        understand(&object(json), options, &source, Some(&page))
    }

    fn pushed(mapping: &str, json: &str) -> Said {
        let source = source(&format!("{PUSHED}{mapping}"));
        understand(&object(json), &JsonOptions::default(), &source, None)
    }

    /// The texts by the names of their fields.
    fn fields(said: Said) -> BTreeMap<&'static str, String> {
        let Said::Record(fields) = said else { panic!("{said:?} is no record") };
        fields.into_iter().map(|(field, texts)| (field.name(), texts.join(" + "))).collect()
    }

    fn expected(fields: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        fields.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
    }

    #[test]
    fn a_post_of_wordpress_says_its_fields() {
        let post = r#"{
            "id": 41, "status": "publish", "link": "https://society.example/posters/acids/", "tags": [3, 4],
            "date": "2025-03-01T10:00:00", "date_gmt": "2025-03-01T09:00:00", "modified_gmt": "2025-04-02T08:00:00",
            "title": {"rendered": "Acids &#038; bases"},
            "excerpt": {"rendered": "<p>A poster on pH [&hellip;]</p>", "protected": false},
            "content": {"rendered": "<p>A poster on pH and more.</p>", "protected": false},
            "_embedded": {
                "wp:featuredmedia": [{"source_url": "https://society.example/acids.png"}],
                "wp:term": [[{"name": "Uncategorised"}, {"name": "Chemistry"}], [{"name": "Posters"}]]
            }
        }"#;
        let told = [
            ("identifier", "41"),
            ("title", "Acids &#038; bases"),
            ("description", "<p>A poster on pH …</p>"),
            ("url", "https://society.example/posters/acids/"),
            ("image", "https://society.example/acids.png"),
            ("keywords", "Chemistry + Posters"),
            ("date_published", "2025-03-01T09:00:00"),
            ("date_modified", "2025-04-02T08:00:00"),
        ];
        assert_eq!(fields(understood("wordpress", POSTS, post)), expected(&told));
    }

    #[rstest]
    #[case::excerpt(r#"{"excerpt": {"rendered": "<p>Short</p>"}, "content": {"rendered": "Long"}}"#, "<p>Short</p>")]
    #[case::empty_excerpt(
        r#"{"excerpt": {"rendered": "<p></p>"}, "yoast_head_json": {"description": "Said"}, "content": {"rendered":"a"}}"#,
        "Said"
    )]
    #[case::content(r#"{"excerpt": {"rendered": ""}, "content": {"rendered": "<p>Long</p>"}}"#, "<p>Long</p>")]
    fn a_post_is_described_by_the_first_that_says_something(#[case] post: &str, #[case] told: &str) {
        assert_eq!(fields(understood("wordpress", POSTS, post))["description"], told);
    }

    #[rstest]
    #[case::draft(r#"{"id": 1, "status": "draft"}"#)]
    #[case::private(r#"{"id": 1, "status": "private"}"#)]
    #[case::password(r#"{"id": 1, "status": "publish", "content": {"rendered": "", "protected": true}}"#)]
    fn a_post_that_is_not_for_everybody_is_passed_over(#[case] post: &str) {
        assert_eq!(understood("wordpress", POSTS, post), Said::Nothing);
    }

    #[test]
    fn a_package_of_ckan_says_its_fields() {
        let package = r#"{
            "id": "0a1b", "name": "labour-market", "title": "Labour market", "notes": "Vacancies by region.",
            "url": null, "state": "active", "private": false,
            "organization": {"name": "skills", "title": "Skills Office"},
            "tags": [{"name": "JOBS", "display_name": "Jobs"}, {"name": "STEM", "display_name": "STEM"}],
            "metadata_created": "2024-01-02T03:04:05.6", "metadata_modified": "2024-02-03T04:05:06.7",
            "license_id": "uk-ogl", "license_title": "UK Open Government Licence (OGL)",
            "license_url": "https://data.example/terms"
        }"#;
        let told = [
            ("identifier", "0a1b"),
            ("title", "Labour market"),
            ("description", "Vacancies by region."),
            ("url", "https://data.example/open/dataset/labour-market"),
            ("publisher", "Skills Office"),
            ("keywords", "Jobs + STEM"),
            ("date_published", "2024-01-02T03:04:05.6"),
            ("date_modified", "2024-02-03T04:05:06.7"),
            ("licence", "UK Open Government Licence (OGL)"),
        ];
        assert_eq!(fields(understood("ckan", PACKAGES, package)), expected(&told));
    }

    #[test]
    fn a_package_with_an_address_of_its_own_goes_by_that() {
        let package = r#"{"name": "a", "url": "https://office.example/jobs", "license_id": "notspecified"}"#;
        let told = [("identifier", "a"), ("title", "a"), ("url", "https://office.example/jobs")];
        assert_eq!(fields(understood("ckan", PACKAGES, package)), expected(&told));
        assert_eq!(understood("ckan", PACKAGES, r#"{"name": "a", "private": true}"#), Said::Nothing);
    }

    #[rstest]
    #[case::page(r#"{"links": {"self": "https://projects.example/boat"}}"#, Some("https://projects.example/boat"))]
    #[case::relative_object(r#"{"links": {"self": {"href": "/boat"}}}"#, Some("https://example.org/boat"))]
    #[case::of_the_api(r#"{"links": {"self": "https://example.org/api/projects/7"}}"#, None)]
    #[case::of_an_api_host(r#"{"links": {"self": "https://api.example.org/projects/7"}}"#, None)]
    #[case::under_the_list(r#"{"links": {"self": "https://example.org/v1/projects/7"}}"#, None)]
    #[case::no_web_page(r#"{"links": {"self": "urn:projects:7"}}"#, None)]
    #[case::attribute(
        r#"{"attributes": {"url": "https://a.example/"}, "links": {"self": "/boat"}}"#,
        Some("https://a.example/")
    )]
    #[case::drupal(r#"{"attributes": {"path": {"alias": "/careers/boat"}}}"#, Some("/careers/boat"))]
    fn a_resource_of_json_api_goes_by_its_page(#[case] resource: &str, #[case] url: Option<&str>) {
        let said = fields(understood("json-api", "https://example.org/v1/projects", resource));
        assert_eq!(said.get("url").map(String::as_str), url);
    }

    #[test]
    fn a_resource_of_json_api_says_its_fields() {
        let resource = r#"{
            "id": "7", "type": "projects", "relationships": {"author": {"data": {"id": "1", "type": "people"}}},
            "attributes": {"name": "Boat", "summary": "<p>Floats</p>", "created": "2024-01-02", "changed": "2024-02-03"}
        }"#;
        let told = [
            ("identifier", "7"),
            ("title", "Boat"),
            ("description", "<p>Floats</p>"),
            ("date_published", "2024-01-02"),
            ("date_modified", "2024-02-03"),
        ];
        assert_eq!(fields(understood("json-api", "https://example.org/api/projects", resource)), expected(&told));
    }

    #[test]
    fn a_preset_fills_in_what_the_source_leaves_out_and_nothing_else() {
        let at_url = Location::Url("https://example.org/api".to_owned());
        let left_out = |preset| JsonOptions { preset: Some(preset), ..JsonOptions::default() };
        let ckan = complete(&left_out(JsonPreset::Ckan), &at_url);
        assert_eq!(ckan.items.as_deref(), Some("/result/results"));
        assert_eq!(ckan.paging, JsonPaging::Offset { parameter: "start".to_owned() });
        assert_eq!(complete(&ckan, &at_url), ckan);

        let (items, paging) = (Some("/posts".to_owned()), JsonPaging::Link);
        let own = JsonOptions { items, paging, preset: Some(JsonPreset::WordPress) };
        assert_eq!(complete(&own, &at_url), own);

        let file = Location::File("posts.json".to_owned());
        assert_eq!(complete(&left_out(JsonPreset::WordPress), &file).paging, JsonPaging::Single);

        let twenty = Url::parse("https://example.org/posts?per_page=20").expect("an address");
        assert_eq!(with_page_size(Some(JsonPreset::WordPress), twenty.clone()), twenty);
    }

    #[rstest]
    #[case::ckan(Some(JsonPreset::Ckan), r#"{"result": {"count": 858, "results": []}}"#, Some(858))]
    #[case::total(Some(JsonPreset::JsonApi), r#"{"data": [], "meta": {"count": 30, "total": 240}}"#, Some(240))]
    #[case::count(Some(JsonPreset::JsonApi), r#"{"data": [], "meta": {"count": 240}}"#, Some(240))]
    #[case::profile(Some(JsonPreset::JsonApi), r#"{"data": [], "meta": {"page": {"total": 240}}}"#, Some(240))]
    #[case::no_number(Some(JsonPreset::JsonApi), r#"{"meta": {"total": "240", "count": null, "page": 3}}"#, None)]
    #[case::not_told(Some(JsonPreset::JsonApi), r#"{"data": []}"#, None)]
    #[case::wordpress(Some(JsonPreset::WordPress), r#"[{"id": 1, "meta": {"total": 9}}]"#, None)]
    #[case::unknown_software(None, r#"{"items": [], "total": 240, "count": 240}"#, None)]
    fn known_software_says_how_long_its_list_is(
        #[case] preset: Option<JsonPreset>,
        #[case] text: &str,
        #[case] total: Option<u64>,
    ) {
        assert_eq!(stated_total(preset, text), total);
    }

    #[test]
    fn a_partner_can_push_records_in_our_own_schema() {
        let record = r#"{
            "identifier": 7, "title": "Boat", "url": "https://a.example/boat", "keywords": ["water", "wind"],
            "levels": [{"id": "ks3", "label": "Key stage 3", "method": "stated"}, "KS4"], "image": null,
            "licence": {"label": "CC BY 4.0"}, "age_range": {"from": 11, "to": 14}, "records": [], "deleted": false
        }"#;
        let told = [
            ("identifier", "7"),
            ("title", "Boat"),
            ("url", "https://a.example/boat"),
            ("keywords", "water + wind"),
            ("levels", "ks3 + KS4"),
            ("licence", "CC BY 4.0"),
            ("age_range", "11-14"),
        ];
        assert_eq!(fields(pushed("", record)), expected(&told));
        assert_eq!(pushed("[mapping]\ntitle = \"/name\"\n", record), Said::Record(Fields::new()));
    }

    #[rstest]
    #[case::own_schema("", r#"{"identifier": "7", "deleted": true}"#, Some("7"))]
    #[case::mapped("[mapping]\nidentifier = \"/id\"\n", r#"{"id": 7, "deleted": true}"#, Some("7"))]
    #[case::another_word("[mapping]\nidentifier = \"/id\"\n", r#"{"id": 7, "deleted": "yes"}"#, None)]
    #[case::nobody_knows_which("[mapping]\nidentifier = \"/id\"\n", r#"{"deleted": true}"#, None)]
    fn a_partner_can_take_a_record_back(#[case] mapping: &str, #[case] line: &str, #[case] identifier: Option<&str>) {
        let said = identifier.map_or(Said::Record(Fields::new()), |identifier| Said::Deleted(identifier.to_owned()));
        assert_eq!(pushed(mapping, line), said);
    }

    #[test]
    fn only_what_is_pushed_can_be_taken_back() {
        let source = source("kind = \"json\"\n[where]\nurl = \"https://example.org/api\"\n");
        let line = object(r#"{"identifier": "7", "deleted": true}"#);
        assert_eq!(understand(&line, &JsonOptions::default(), &source, None), Said::Record(Fields::new()));
    }
}
