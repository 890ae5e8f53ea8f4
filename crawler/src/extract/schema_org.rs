//! schema.org: what does a page's own structured data say of it, field by field?
//!
//! The best node of the page is read, with the nodes it names, whether it was written as JSON-LD, microdata or `RDFa`. Which
//! node that is, is left to [`super::nodes`], what its words mean to [`super::terms`].
//! Source: schema.org with the LRMI properties.

use schemas::{ControlledField, TargetField};
use serde_json::Value;
use url::Url;

use super::nodes::{Graph, Node};
use super::terms::in_plain_terms;
use super::{Described, concepts};

/// A name may be a node with a name that is a node: so far it is followed.
const MAX_NAME_DEPTH: usize = 6;

/// So many values are looked at for one field, since nodes can name each other many times over.
const MAX_STEPS: usize = 10_000;

/// What is wanted of a node that stands where a text could.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// What people call it.
    Name,
    /// Where it is.
    Address,
    /// Where it is, or else what people call it: a licence says more by its address.
    AddressOrName,
}

impl Wanted {
    fn properties(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["name", "headline", "prefLabel", "@value", "targetName", "alternateName", "termCode"],
            Self::Address => &["url", "contentUrl", "@id"],
            Self::AddressOrName => &["url", "@id", "name", "@value"],
        }
    }
}

/// Our field, the properties it is read from (the first that says something counts), and what is wanted of nodes there.
const FIELDS: [(TargetField, &[&str], Wanted); 21] = [
    (TargetField::Title, &["name", "headline"], Wanted::Name),
    (TargetField::AlternativeTitles, &["alternateName", "alternativeHeadline"], Wanted::Name),
    (TargetField::Description, &["description", "abstract"], Wanted::Name),
    (TargetField::Url, &["url"], Wanted::Address),
    (TargetField::SameAs, &["sameAs"], Wanted::Address),
    (TargetField::Image, &["image", "thumbnailUrl"], Wanted::Address),
    (TargetField::Publisher, &["publisher", "provider", "sourceOrganization"], Wanted::Name),
    (TargetField::Creators, &["author", "creator"], Wanted::Name),
    (TargetField::Topics, &["teaches"], Wanted::Name),
    (TargetField::DatePublished, &["datePublished"], Wanted::Name),
    (TargetField::DateModified, &["dateModified"], Wanted::Name),
    (TargetField::Duration, &["timeRequired", "duration"], Wanted::Name),
    (TargetField::AgeRange, &["typicalAgeRange"], Wanted::Name),
    (TargetField::Starts, &["startDate"], Wanted::Name),
    (TargetField::Ends, &["endDate"], Wanted::Name),
    (concepts(ControlledField::Subject), &["about"], Wanted::Name),
    (concepts(ControlledField::Level), &["educationalLevel"], Wanted::Name),
    (concepts(ControlledField::Type), &["learningResourceType"], Wanted::Name),
    (concepts(ControlledField::Language), &["inLanguage"], Wanted::Name),
    (concepts(ControlledField::Licence), &["license"], Wanted::AddressOrName),
    (TargetField::Deadline, &["applicationDeadline", "validThrough"], Wanted::Name),
];

/// What the nodes of a page say of it; nothing when there is none that describes the page. `base` is what addresses in
/// them are relative to.
pub(super) fn describe(found: &[Value], page: &Url, base: &Url) -> Described {
    let values = in_plain_terms(found);
    let graph = Graph::of(&values, base);
    let mut described = Described::default();
    let Some(node) = graph.best(page) else {
        return described;
    };
    for (field, properties, wanted) in FIELDS {
        let said = properties.iter().map(|name| texts(&graph, node.get(*name), wanted)).find(|texts| !texts.is_empty());
        for text in said.unwrap_or_default() {
            described.add(field, &text);
        }
    }
    for text in texts(&graph, node.get("keywords"), Wanted::Name) {
        described.add_list(TargetField::Keywords, &text);
    }
    add_audience(&graph, node, &mut described);
    add_alignments(&graph, node, &mut described);
    add_cost(node, &mut described);
    for place in nodes(&graph, node.get("location")).into_iter().filter_map(|place| place_name(&graph, place)) {
        described.add(TargetField::Place, &place);
    }
    if !described.has(TargetField::Place)
        && let Some(Value::String(place)) = node.get("location")
    {
        described.add(TargetField::Place, place);
    }
    described
}

/// The texts of a property: a text is one, a list several, and a node gives what is wanted of it.
fn texts<'v>(graph: &Graph<'v>, value: Option<&'v Value>, wanted: Wanted) -> Vec<String> {
    let mut collector = Collector { graph, wanted, texts: Vec::new(), steps_left: MAX_STEPS };
    collector.value(value, 0);
    collector.texts
}

struct Collector<'g, 'v> {
    graph: &'g Graph<'v>,
    wanted: Wanted,
    texts: Vec<String>,
    steps_left: usize,
}

impl<'v> Collector<'_, 'v> {
    fn value(&mut self, value: Option<&'v Value>, depth: usize) {
        if depth > MAX_NAME_DEPTH || self.steps_left == 0 {
            return;
        }
        self.steps_left -= 1;
        match value {
            None | Some(Value::Null) => {}
            Some(Value::Bool(flag)) => self.texts.push(flag.to_string()),
            Some(Value::Number(number)) => self.texts.push(number.to_string()),
            Some(Value::String(text)) => match (self.graph.by_id(text), self.wanted) {
                // Some write the id of the author where the author should stand.
                (Some(node), Wanted::Name) => self.node(node, depth + 1),
                (Some(_) | None, _) => self.texts.push(text.clone()),
            },
            Some(Value::Array(items)) => {
                for item in items {
                    self.value(Some(item), depth + 1);
                }
            }
            Some(Value::Object(node)) => self.node(self.graph.joined(node), depth + 1),
        }
    }

    fn node(&mut self, node: &'v Node, depth: usize) {
        let before = self.texts.len();
        for name in self.wanted.properties() {
            self.value(node.get(*name), depth);
            if self.texts.len() > before {
                return;
            }
        }
    }
}

/// The nodes of a property, joined.
fn nodes<'v>(graph: &Graph<'v>, value: Option<&'v Value>) -> Vec<&'v Node> {
    match value {
        Some(Value::Object(node)) => vec![graph.joined(node)],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).map(|node| graph.joined(node)).collect(),
        None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => Vec::new(),
    }
}

fn add_audience<'v>(graph: &Graph<'v>, node: &'v Node, described: &mut Described) {
    let field = concepts(ControlledField::Audience);
    for audience in nodes(graph, node.get("audience")) {
        for name in ["educationalRole", "audienceType", "name"] {
            let roles = texts(graph, audience.get(name), Wanted::Name);
            for role in &roles {
                described.add(field, role);
            }
            if !roles.is_empty() {
                break;
            }
        }
    }
    if let Some(Value::String(audience)) = node.get("audience") {
        described.add(field, audience);
    }
}

/// LRMI wrote subjects and levels as alignments before schema.org had properties for them.
fn add_alignments<'v>(graph: &Graph<'v>, node: &'v Node, described: &mut Described) {
    for alignment in nodes(graph, node.get("educationalAlignment")) {
        let field = match alignment.get("alignmentType").and_then(Value::as_str) {
            Some("educationalSubject") => concepts(ControlledField::Subject),
            Some("educationalLevel") => concepts(ControlledField::Level),
            Some(_) | None => continue,
        };
        for target in texts(graph, alignment.get("targetName"), Wanted::Name) {
            described.add(field, &target);
        }
    }
}

/// schema.org says whether something is free, not what it costs. `True` and its address are written too.
fn add_cost(node: &Node, described: &mut Described) {
    let said = match node.get("isAccessibleForFree") {
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::String(text)) => text.rsplit('/').next().unwrap_or_default().to_lowercase(),
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => return,
    };
    match said.as_str() {
        "true" => described.add(concepts(ControlledField::Cost), "free"),
        "false" => described.add(concepts(ControlledField::Cost), "paid"),
        _ => {}
    }
}

/// The name of a place with its address; a place on the web is none.
fn place_name<'v>(graph: &Graph<'v>, place: &'v Node) -> Option<String> {
    if place.get("@type").and_then(Value::as_str) == Some("VirtualLocation") {
        return None;
    }
    let mut parts = texts(graph, place.get("name"), Wanted::Name);
    for address in nodes(graph, place.get("address")) {
        for name in ["streetAddress", "addressLocality", "postalCode"] {
            parts.extend(texts(graph, address.get(name), Wanted::Name));
        }
    }
    if let Some(Value::String(address)) = place.get("address") {
        parts.push(address.clone());
    }
    parts.dedup();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field with its values, one a line.
    fn describe_json(json: &str) -> String {
        let block: Value = serde_json::from_str(json).expect("it is JSON");
        let page = Url::parse("https://example.org/a").expect("an address");
        let described = describe(&[block], &page, &page);
        let lines = described.0.iter().map(|(field, values)| format!("{}: {}", field.name(), values.join(" | ")));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_galaxy_tutorial_says_its_fields() {
        let json = r#"{"@context": "http://schema.org", "@type": "LearningResource", "headline": "Galaxy 101",
            "audience": {"@type": "EducationalAudience", "educationalRole": "Students"},
            "copyrightHolder": {"@type": "Organization", "name": "Not asked for"},
            "dateModified": "2022-10-18 14:23:35 +0000", "isAccessibleForFree": true,
            "license": "https://spdx.org/licenses/CC-BY-4.0.html",
            "provider": {"@type": "Organization", "name": "Galaxy Training Network"},
            "author": [{"@type": "Person", "name": "Saskia Hiltemann"}, {"@type": "Person", "name": "Nicola Soranzo"}],
            "about": [{"@type": "DefinedTerm", "name": "Biology"}, "Computing"],
            "keywords": "software, data", "timeRequired": "PT1H30M", "inLanguage": {"@type": "Language", "name": "English"},
            "description": "<p>Learn R&amp;D</p>"}"#;
        let expected = "title: Galaxy 101\ndescription: Learn R&D\npublisher: Galaxy Training Network\n\
            creators: Saskia Hiltemann | Nicola Soranzo\nkeywords: software | data\n\
            date_modified: 2022-10-18 14:23:35 +0000\nduration: PT1H30M\nsubjects: Biology | Computing\n\
            audiences: Students\ncost: free\nlicence: https://spdx.org/licenses/CC-BY-4.0.html\nlanguage: English";
        assert_eq!(describe_json(json), expected);
    }

    #[test]
    fn an_event_says_when_and_where() {
        let json = r#"{"@type": "EducationEvent", "name": "Open day", "startDate": "2026-03-01T10:00", "endDate": "2026-03-01",
            "location": [{"@type": "VirtualLocation", "url": "https://example.org/live"},
                {"@type": "Place", "name": "Science Centre",
                 "address": {"streetAddress": "1 High Street", "addressLocality": "York", "postalCode": "YO1 1AA"}}],
            "isAccessibleForFree": "http://schema.org/False", "image": {"@type": "ImageObject", "url": "/a.png"},
            "educationalAlignment": [{"alignmentType": "educationalLevel", "targetName": "Key Stage 3"},
                {"alignmentType": "requires", "targetName": "Nothing"}]}"#;
        let expected = "title: Open day\nimage: /a.png\nstarts: 2026-03-01T10:00\nends: 2026-03-01\n\
            place: Science Centre, 1 High Street, York, YO1 1AA\nlevels: Key Stage 3\ncost: paid";
        assert_eq!(describe_json(json), expected);
    }

    #[test]
    fn nodes_that_are_only_named_are_joined() {
        let json = r##"{"@graph": [{"@type": "Article", "name": "A", "author": {"@id": "#jo"}, "publisher": "#org"},
            {"@type": "Person", "@id": "#jo", "name": "Jo Bloggs"},
            {"@type": "Organization", "@id": "#org", "name": {"@value": "Example Society", "@language": "en"}}]}"##;
        assert_eq!(describe_json(json), "title: A\npublisher: Example Society\ncreators: Jo Bloggs");
        let json = r##"[{"@type": "Article", "name": "A", "author": {"@type": "Person", "@id": "https://example.org/a#jo"}},
            {"@type": "Person", "@id": "#jo", "name": "Jo Bloggs"}]"##;
        assert_eq!(describe_json(json), "title: A\ncreators: Jo Bloggs");
    }

    #[test]
    fn the_words_of_a_context_and_values_in_wrappers_are_read() {
        let json = r#"{"@context": {"schema": "https://schema.org/", "label": "schema:name", "kind": "@type"}, "kind": "schema:Course",
            "label": [{"@value": "A", "@language": "en"}], "schema:teaches": {"@list": ["Maths", {"@value": "Care"}]},
            "schema:isAccessibleForFree": [{"@value": true}], "schema:license": {"@id": "https://example.org/terms"}}"#;
        let expected = "title: A\ntopics: Maths | Care\ncost: free\nlicence: https://example.org/terms";
        assert_eq!(describe_json(json), expected);
    }

    #[test]
    fn nodes_that_name_each_other_end() {
        let json = r##"{"@type": "Article", "name": "A", "author": {"@id": "#a", "name": {"@id": "#b", "name": {"@id": "#a"}}}}"##;
        assert_eq!(describe_json(json), "title: A");
    }
}
