//! The nodes of JSON-LD: which does a page hold, and which of them is the page itself?
//!
//! Blocks that are no JSON are passed over. What a node says of each field is left to [`super::json_ld`].

use std::collections::HashMap;

use schemas::CanonicalUrl;
use scraper::{Html, Selector};
use serde_json::{Map, Value};
use url::Url;

/// A page nests its nodes this deep at most; deeper ones are passed over.
const MAX_DEPTH: usize = 64;

/// So many nodes of a page are read. A page with more is a list of other pages.
const MAX_NODES: usize = 200;

/// Larger blocks carry data and do not describe the page.
const MAX_BLOCK_BYTES: usize = 1 << 20;

/// What templates put around JSON to hide it from old browsers and XML parsers.
const WRAPPERS_BEFORE: [&str; 5] = ["<!--", "//", "/*", "*/", "<![CDATA["];
const WRAPPERS_BEHIND: [&str; 6] = ["-->", "//", "/*", "*/", "]]>", ";"];

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
    by_id: HashMap<&'v str, &'v Node>,
    /// Those that stand for themselves and are not a part of another.
    top: Vec<&'v Node>,
    seen: usize,
}

/// Every block of JSON-LD in a page.
pub(super) fn blocks(document: &Html) -> Vec<Value> {
    let scripts = Selector::parse(r#"script[type^="application/ld+json" i]"#).expect("the selector is a constant");
    document.select(&scripts).filter_map(|script| parse_block(&script.text().collect::<String>())).collect()
}

fn parse_block(text: &str) -> Option<Value> {
    if text.len() > MAX_BLOCK_BYTES {
        return None;
    }
    let json = without_wrappers(text);
    // Templates print texts with their line breaks, which JSON does not allow inside quotes.
    serde_json::from_str(json).or_else(|_| serde_json::from_str(&json.replace(char::is_control, " "))).ok()
}

fn without_wrappers(text: &str) -> &str {
    let mut rest = text.trim();
    loop {
        let before = rest.len();
        for wrapper in WRAPPERS_BEFORE {
            rest = rest.strip_prefix(wrapper).unwrap_or(rest).trim_start();
        }
        for wrapper in WRAPPERS_BEHIND {
            rest = rest.strip_suffix(wrapper).unwrap_or(rest).trim_end();
        }
        if rest.len() == before {
            return rest;
        }
    }
}

impl<'v> Graph<'v> {
    /// Gathers the nodes of blocks, within the limits.
    pub(super) fn of(blocks: &'v [Value]) -> Self {
        let mut graph = Self { by_id: HashMap::new(), top: Vec::new(), seen: 0 };
        for block in blocks {
            graph.gather(block, 0, true);
        }
        graph
    }

    fn gather(&mut self, value: &'v Value, depth: usize, is_top: bool) {
        if depth > MAX_DEPTH || self.seen >= MAX_NODES {
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
                if let Some(id) = node.get("@id").and_then(Value::as_str).filter(|_| node.len() > 1) {
                    self.by_id.entry(id).or_insert(node);
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
        let id = node.get("@id").and_then(Value::as_str).filter(|_| node.len() == 1);
        id.and_then(|id| self.by_id.get(id)).copied().unwrap_or(node)
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
            let own = same.iter().find(|(_, node)| is_about(node, page)).map(|(_, node)| *node);
            own.or(is_one.then_some(*first))
        })
    }
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

fn rank_of_type(name: &str) -> Option<usize> {
    let name = name.rsplit(['/', '#', ':']).next().unwrap_or(name);
    TYPES.iter().position(|types| types.contains(&name)).or_else(|| {
        let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending))?;
        TYPES.iter().position(|types| types.contains(ending))
    })
}

fn is_about(node: &Node, page: &Url) -> bool {
    let addresses = ["url", "@id", "mainEntityOfPage"].into_iter().filter_map(|name| match node.get(name)? {
        Value::String(address) => Some(address.as_str()),
        Value::Object(inner) => inner.get("@id").and_then(Value::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    });
    let own = CanonicalUrl::of(page);
    addresses.filter_map(|address| page.join(address).ok()).any(|address| CanonicalUrl::of(&address) == own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn best(html: &str) -> Option<String> {
        let values = blocks(&Html::parse_document(html));
        let graph = Graph::of(&values);
        let page = Url::parse("https://example.org/a").expect("an address");
        graph.best(&page).and_then(title).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    fn block(json: &str) -> String {
        format!("<script type=\"application/ld+json\">{json}</script>")
    }

    #[rstest]
    #[case::plain(r#"{"@type": "Article", "name": "A"}"#)]
    #[case::comment(r#"<!-- {"@type": "Article", "name": "A"} -->"#)]
    #[case::cdata("//<![CDATA[\n{\"@type\": \"Article\", \"name\": \"A\"}\n//]]>")]
    #[case::cdata_in_comments(r#"/*<![CDATA[*/ {"@type": "Article", "name": "A"}; /*]]>*/"#)]
    #[case::line_break_in_a_text("{\"@type\": \"Article\", \"name\": \"A\", \"description\": \"one\ntwo\"}")]
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
    fn the_node_that_is_the_page_is_found(#[case] json: &str) {
        assert_eq!(best(&block(json)).as_deref(), Some("A"));
    }

    #[rstest]
    #[case::no_json("{nope")]
    #[case::nothing("")]
    #[case::site(r#"{"@type": "WebSite", "name": "S"}"#)]
    #[case::part_of_another(r#"{"@type": "Organization", "founder": {"@type": "Article", "name": "X"}}"#)]
    #[case::nameless(r#"{"@type": "Article"}"#)]
    fn where_there_is_none_none_is_found(#[case] json: &str) {
        assert_eq!(best(&block(json)), None);
    }

    #[test]
    fn a_bad_block_does_not_hide_a_good_one() {
        let page = block("{nope") + &block(r#"{"@type": "Article", "name": "A"}"#);
        assert_eq!(best(&page).as_deref(), Some("A"));
    }

    #[test]
    fn depth_and_number_of_nodes_are_bounded() {
        let deep = format!("{}1{}", r#"{"@type": "Thing", "about": "#.repeat(100), "}".repeat(100));
        assert_eq!(best(&block(&deep)), None);
        let many = [r#"{"@type": "Thing"}"#; 300].join(",");
        let late = format!(r#"[{many}, {{"@type": "Article", "name": "late"}}]"#);
        assert_eq!(best(&block(&late)), None);
    }
}
