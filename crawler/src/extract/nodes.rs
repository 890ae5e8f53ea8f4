//! The nodes of structured data: which does a page hold, and which of them is the page itself?
//!
//! They come in the plain terms of schema.org, from [`super::terms`]. What a node says of each field is left to
//! [`super::schema_org`].

use std::collections::HashMap;

use schemas::CanonicalUrl;
use serde_json::{Map, Value};
use url::Url;

use crate::limits::JSON_DEPTH;

/// So many nodes of a page are read. A page with more is a list of other pages.
const MAX_NODES: usize = 200;

/// Types of things a teacher looks for, the most telling first. Organisations, breadcrumbs and sites are none of them.
/// Of a type whose name ends so, all are meant: `EducationEvent`, `NewsArticle`, `AboutPage`.
const TYPES: [&[&str]; 9] = [
    &["LearningResource"],
    &["Course", "CourseInstance", "Syllabus"],
    &["Event", "Hackathon", "Festival"],
    &["Occupation", "JobPosting"],
    &["HowTo", "Quiz", "Game", "Book", "Dataset", "Guide", "SoftwareApplication", "WebApplication", "PodcastEpisode"],
    &["Article", "BlogPosting", "Report"],
    &["CreativeWork", "MediaObject", "AudioObject", "PresentationDigitalDocument"],
    &["VideoObject", "Movie", "Clip"],
    &["Page"],
];
const ENDINGS: [&str; 3] = ["Event", "Article", "Page"];

pub(super) type Node = Map<String, Value>;

/// The nodes of a page.
pub(super) struct Graph<'v> {
    /// Under the id as it is written, and under the whole address of it.
    by_id: HashMap<String, &'v Node>,
    /// What ids are relative to.
    base: &'v Url,
    /// Those that stand for themselves and are not a part of another.
    top: Vec<&'v Node>,
    seen: usize,
}

impl<'v> Graph<'v> {
    /// Gathers the nodes of blocks, within the limits.
    pub(super) fn of(blocks: &'v [Value], base: &'v Url) -> Self {
        let mut graph = Self { by_id: HashMap::new(), base, top: Vec::new(), seen: 0 };
        for block in blocks {
            graph.gather(block, 0, true);
        }
        graph
    }

    fn gather(&mut self, value: &'v Value, depth: usize, is_top: bool) {
        if depth > JSON_DEPTH || self.seen >= MAX_NODES {
            return;
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.gather(item, depth + 1, is_top);
                }
            }
            Value::Object(node) => {
                self.seen += 1;
                if let Some(id) = id(node).filter(|_| !only_names(node)) {
                    if let Ok(whole) = self.base.join(id) {
                        self.by_id.entry(whole.into()).or_insert(node);
                    }
                    self.by_id.entry(id.to_owned()).or_insert(node);
                }
                if is_top && node.contains_key("@type") {
                    self.top.push(node);
                }
                for (name, inner) in node {
                    self.gather(inner, depth + 1, is_top && matches!(name.as_str(), "@graph" | "mainEntity"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The node that another one only names, or the node itself.
    pub(super) fn joined(&self, node: &'v Node) -> &'v Node {
        let Some(id) = id(node).filter(|_| only_names(node)) else {
            return node;
        };
        let whole = || self.base.join(id).ok().and_then(|whole| self.by_id(whole.as_str()));
        self.by_id(id).or_else(whole).unwrap_or(node)
    }

    /// The node with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<&'v Node> {
        self.by_id.get(id).copied()
    }

    /// The node that describes the page best.
    ///
    /// Of several with the most telling type, the one with the address of the page. When none has it, they are what the
    /// page lists, and the next type is looked at; only a node that stands there twice is taken all the same.
    pub(super) fn best(&self, page: &Url) -> Option<&'v Node> {
        let mut named: Vec<(usize, &'v Node)> = self
            .top
            .iter()
            .filter(|node| node.contains_key("name") || node.contains_key("headline"))
            .filter_map(|node| Some((rank(node)?, *node)))
            .collect();
        named.sort_by_key(|(rank, _)| *rank);
        named.chunk_by(|one, other| one.0 == other.0).find_map(|same| {
            let (_, first) = same.first()?;
            let is_one = same.iter().all(|(_, node)| title(node) == title(first));
            let own = same.iter().find(|(_, node)| self.is_about(node, page)).map(|(_, node)| *node);
            own.or(is_one.then_some(*first))
        })
    }

    fn is_about(&self, node: &Node, page: &Url) -> bool {
        let addresses = ["url", "@id", "mainEntityOfPage"].into_iter().filter_map(|name| match node.get(name)? {
            Value::String(address) => Some(address.as_str()),
            Value::Object(inner) => inner.get("@id").and_then(Value::as_str),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        });
        let own = CanonicalUrl::of(page);
        addresses.filter_map(|address| self.base.join(address).ok()).any(|address| CanonicalUrl::of(&address) == own)
    }
}

fn id(node: &Node) -> Option<&str> {
    node.get("@id").and_then(Value::as_str)
}

/// Whether a node says which one it is, perhaps of which type, and nothing else.
fn only_names(node: &Node) -> bool {
    node.keys().all(|name| matches!(name.as_str(), "@id" | "@type"))
}

fn title(node: &Node) -> Option<&Value> {
    node.get("name").or_else(|| node.get("headline"))
}

/// How telling the types of a node are, 0 the most; `None` when it is nothing a teacher looks for.
fn rank(node: &Node) -> Option<usize> {
    let names: Vec<&str> = match node.get("@type")? {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    names.into_iter().filter_map(rank_of_type).min()
}

/// A name with the address of its vocabulary is none of schema.org's.
fn rank_of_type(name: &str) -> Option<usize> {
    if name.contains([':', '/']) {
        return None;
    }
    TYPES.iter().position(|types| types.contains(&name)).or_else(|| {
        let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending))?;
        TYPES.iter().position(|types| types.contains(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::terms::in_plain_terms;
    use rstest::rstest;

    fn best(json: &str) -> Option<String> {
        let block: Value = serde_json::from_str(json).expect("it is JSON");
        let values = in_plain_terms(&[block]);
        let page = Url::parse("https://example.org/a").expect("an address");
        let graph = Graph::of(&values, &page);
        graph.best(&page).and_then(title).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    #[rstest]
    #[case::plain(r#"{"@type": "Article", "name": "A"}"#)]
    #[case::list(r#"[{"@type": "BreadcrumbList", "name": "B"}, {"@type": ["Thing", "NewsArticle"], "name": "A"}]"#)]
    #[case::graph(r#"{"@graph": [{"@type": "WebSite", "name": "S"}, {"@type": "schema:Article", "headline": "A"}]}"#)]
    #[case::main_entity(r#"{"@type": "WebPage", "mainEntity": {"@type": "http://schema.org/Course", "name": "A"}}"#)]
    #[case::organisation(r#"[{"@type": "Organization", "name": "O"}, {"@type": "WebPage", "name": "A"}]"#)]
    #[case::more_telling(r#"[{"@type": "CreativeWork", "name": "C"}, {"@type": "LearningResource", "name": "A"}]"#)]
    #[case::own_address(
        r#"[{"@type": "Event", "name": "E", "url": "/e"}, {"@type": "Event", "name": "A", "url": "https://example.org/a/"}]"#
    )]
    #[case::twice(r#"[{"@type": "Article", "name": "A"}, {"@type": "Article", "name": "A"}]"#)]
    #[case::a_page_that_lists(
        r#"[{"@type": "Event", "name": "E"}, {"@type": "Event", "name": "F"}, {"@type": "CollectionPage", "name": "A"}]"#
    )]
    #[case::of_another_vocabulary(
        r#"[{"@type": "http://example.org/Course", "name": "C"}, {"@type": "https://schema.org/WebPage", "name": "A"}]"#
    )]
    fn the_node_that_is_the_page_is_found(#[case] json: &str) {
        assert_eq!(best(json).as_deref(), Some("A"));
    }

    #[rstest]
    #[case::nothing("{}")]
    #[case::site(r#"{"@type": "WebSite", "name": "S"}"#)]
    #[case::part_of_another(r#"{"@type": "Organization", "founder": {"@type": "Article", "name": "X"}}"#)]
    #[case::set_apart(r#"{"@included": {"@type": "Article", "name": "X"}}"#)]
    #[case::nameless(r#"{"@type": "Article"}"#)]
    fn where_there_is_none_none_is_found(#[case] json: &str) {
        assert_eq!(best(json), None);
    }

    #[test]
    fn depth_and_number_of_nodes_are_bounded() {
        let deep = format!("{}1{}", r#"{"@type": "Thing", "about": "#.repeat(100), "}".repeat(100));
        assert_eq!(best(&deep), None);
        let many = [r#"{"@type": "Thing"}"#; 300].join(",");
        let late = format!(r#"[{many}, {{"@type": "Article", "name": "late"}}]"#);
        assert_eq!(best(&late), None);
    }
}
