//! Cluster: over a connected group of matches, which records are one thing.
//!
//! In go groups of records that an address has made one already, and what speaks for or against joining them. Out come
//! the groups that hold and, for each edge, what became of it. The strongest reasons are heard first, and the order in
//! which anything arrived plays no part. Pure: what is compared at all is chosen by the store, how alike two records
//! are by `compare`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use schemas::SourceId;

/// More records than this are never one thing for what a machine found: a thing is in a handful of catalogues, and a
/// hundred records that chain into one are a mistake that nobody can look through.
pub(crate) const MAX_RECORDS: usize = 25;

/// Records that are one already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its number in the store.
    pub(crate) id: u64,
    /// The sources that have records in it.
    pub(crate) sources: Vec<SourceId>,
    /// How many records it has.
    pub(crate) size: usize,
}

/// What speaks for, or against, two nodes being one thing. Which of the two is `a` says nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    /// One of them.
    pub(crate) a: u64,
    /// The other.
    pub(crate) b: u64,
    /// The reason.
    pub(crate) kind: EdgeKind,
}

/// Why two nodes should be one, or should not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum EdgeKind {
    /// An admin said so.
    Curated,
    /// They declare the same identifier.
    Identifier,
    /// They are alike.
    Match {
        /// How much: `compare` gives it.
        score: f32,
    },
    /// An admin split them.
    Never,
}

/// What became of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its two ends are in one group.
    Joined,
    /// One of the two has a better match in the other's source.
    NotBest,
    /// The two groups touch at too few places.
    Chain,
    /// The group would have more than [`MAX_RECORDS`].
    TooMany,
    /// The group would have two records of one source that share no address, identifier or content.
    OneSource,
    /// An admin split what it would join.
    Forbidden,
    /// The two declare the same identifier and say what cannot be of one thing. Found before clusters are made: such a
    /// pair comes here with no edge.
    Contradicts,
}

impl Verdict {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Joined, Self::NotBest, Self::Chain, Self::TooMany, Self::OneSource, Self::Forbidden, Self::Contradicts];

    /// The name in the store and in answers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::NotBest => "not-best",
            Self::Chain => "chain",
            Self::TooMany => "too-many",
            Self::OneSource => "one-source",
            Self::Forbidden => "forbidden",
            Self::Contradicts => "contradicts",
        }
    }
}

/// Which nodes are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clusters {
    /// The groups, sorted, each of them sorted; every node stands in one.
    pub(crate) groups: Vec<Vec<u64>>,
    /// What became of each edge, in the order of the edges.
    pub(crate) verdicts: Vec<Verdict>,
}

/// Decides which nodes are one.
///
/// Edges are heard in a fixed order: curated, then identifiers, then matches from the best to the worst, and by ids
/// among equals. An edge to a node that is not given joins nothing and counts as forbidden. Costs a little more than
/// the number of edges: what groups of matches are checked for is bounded by [`MAX_RECORDS`].
pub(crate) fn cluster(nodes: &[Node], edges: &[Edge]) -> Clusters {
    let places: BTreeMap<u64, usize> = nodes.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
    let mut heard: Vec<Heard> =
        edges.iter().enumerate().filter_map(|(number, edge)| Heard::of(number, edge, &places)).collect();
    heard.sort_by(Heard::order);

    let sources = number_sources(nodes);
    let best = Best::of(&heard, &sources);
    let mut groups = Groups::new(nodes, &sources, &heard);
    let mut verdicts = vec![Verdict::Forbidden; edges.len()];
    for edge in &heard {
        verdicts[edge.number] = match edge.kind {
            EdgeKind::Never => Verdict::Forbidden,
            EdgeKind::Curated | EdgeKind::Identifier => groups.hear(edge, true),
            EdgeKind::Match { score } => groups.hear(edge, best.is_mutual(edge, score, &sources)),
        };
    }
    for edge in &heard {
        // A later edge may have brought together what an earlier one could not.
        if edge.kind != EdgeKind::Never && groups.root(edge.a) == groups.root(edge.b) {
            verdicts[edge.number] = Verdict::Joined;
        }
    }
    Clusters { groups: groups.listed(nodes, &places), verdicts }
}

/// An edge between two places in the list of nodes.
#[derive(Debug, Clone, Copy)]
struct Heard {
    number: usize,
    ids: (u64, u64),
    a: usize,
    b: usize,
    kind: EdgeKind,
}

impl Heard {
    fn of(number: usize, edge: &Edge, places: &BTreeMap<u64, usize>) -> Option<Self> {
        let ids = (edge.a.min(edge.b), edge.a.max(edge.b));
        Some(Self { number, ids, a: *places.get(&ids.0)?, b: *places.get(&ids.1)?, kind: edge.kind })
    }

    fn order(&self, other: &Self) -> Ordering {
        let rank = |kind: EdgeKind| match kind {
            EdgeKind::Never => 0,
            EdgeKind::Curated => 1,
            EdgeKind::Identifier => 2,
            EdgeKind::Match { .. } => 3,
        };
        let by_score = match (self.kind, other.kind) {
            (EdgeKind::Match { score: mine }, EdgeKind::Match { score: theirs }) => theirs.total_cmp(&mine),
            (one, another) => rank(one).cmp(&rank(another)),
        };
        by_score.then(self.ids.cmp(&other.ids))
    }
}

/// The sources of each node as small numbers, sorted.
fn number_sources(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<&SourceId, usize> = HashMap::new();
    let mut of_nodes = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut sources = Vec::with_capacity(node.sources.len());
        for source in &node.sources {
            let next = numbers.len();
            sources.push(*numbers.entry(source).or_insert(next));
        }
        sources.sort_unstable();
        sources.dedup();
        of_nodes.push(sources);
    }
    of_nodes
}

/// The best score that a node has with any node of a source that no admin split it from.
#[derive(Debug)]
struct Best(HashMap<(usize, usize), f32>);

impl Best {
    fn of(heard: &[Heard], sources: &[Vec<usize>]) -> Self {
        let split: HashSet<(u64, u64)> =
            heard.iter().filter(|edge| edge.kind == EdgeKind::Never).map(|edge| edge.ids).collect();
        let mut best = HashMap::new();
        for edge in heard.iter().filter(|edge| !split.contains(&edge.ids)) {
            let EdgeKind::Match { score } = edge.kind else {
                continue;
            };
            for (one, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                for source in &sources[other] {
                    // Heard from the best to the worst.
                    best.entry((one, *source)).or_insert(score);
                }
            }
        }
        Self(best)
    }

    /// Whether neither has a better match in any source of the other. Of equal ones all are the best: ids decide then,
    /// because two records of one source do not join the same group.
    fn is_mutual(&self, edge: &Heard, score: f32, sources: &[Vec<usize>]) -> bool {
        [(edge.a, edge.b), (edge.b, edge.a)].into_iter().all(|(one, other)| {
            sources[other].iter().all(|source| self.0.get(&(one, *source)).is_none_or(|best| *best <= score))
        })
    }
}

/// The groups as they grow. What a group has stands at its root; the other places of it are empty.
#[derive(Debug)]
struct Groups {
    above: Vec<usize>,
    members: Vec<Vec<usize>>,
    sources: Vec<HashSet<usize>>,
    records: Vec<usize>,
    split_from: Vec<Vec<usize>>,
    linked: HashSet<(usize, usize)>,
}

impl Groups {
    fn new(nodes: &[Node], sources: &[Vec<usize>], heard: &[Heard]) -> Self {
        let mut split_from = vec![Vec::new(); nodes.len()];
        let mut linked = HashSet::new();
        for edge in heard {
            if edge.kind == EdgeKind::Never {
                split_from[edge.a].push(edge.b);
                split_from[edge.b].push(edge.a);
            } else {
                linked.insert((edge.a.min(edge.b), edge.a.max(edge.b)));
            }
        }
        Self {
            above: (0..nodes.len()).collect(),
            members: (0..nodes.len()).map(|place| vec![place]).collect(),
            sources: sources.iter().map(|sources| sources.iter().copied().collect()).collect(),
            records: nodes.iter().map(|node| node.size.max(1)).collect(),
            split_from,
            linked,
        }
    }

    fn root(&mut self, place: usize) -> usize {
        let mut root = place;
        while self.above[root] != root {
            self.above[root] = self.above[self.above[root]];
            root = self.above[root];
        }
        root
    }

    /// Joins the two groups of an edge, or says why not.
    fn hear(&mut self, edge: &Heard, is_best: bool) -> Verdict {
        let (one, other) = (self.root(edge.a), self.root(edge.b));
        if one == other {
            return Verdict::Joined;
        }
        if self.are_split(one, other) {
            return Verdict::Forbidden;
        }
        let refused = match edge.kind {
            EdgeKind::Curated => None,
            EdgeKind::Identifier => self.too_many(one, other),
            EdgeKind::Match { .. } if !is_best => Some(Verdict::NotBest),
            EdgeKind::Match { .. } if !self.sources[one].is_disjoint(&self.sources[other]) => Some(Verdict::OneSource),
            EdgeKind::Match { .. } => self.too_many(one, other).or_else(|| self.chain(one, other)),
            EdgeKind::Never => Some(Verdict::Forbidden),
        };
        if let Some(verdict) = refused {
            return verdict;
        }
        self.join(one, other);
        Verdict::Joined
    }

    fn are_split(&mut self, one: usize, other: usize) -> bool {
        let (few, many) =
            if self.split_from[one].len() <= self.split_from[other].len() { (one, other) } else { (other, one) };
        (0..self.split_from[few].len()).any(|at| {
            let split = self.split_from[few][at];
            self.root(split) == many
        })
    }

    fn too_many(&self, one: usize, other: usize) -> Option<Verdict> {
        let together = self.records[one].saturating_add(self.records[other]);
        (together > MAX_RECORDS).then_some(Verdict::TooMany)
    }

    /// Whether fewer than half of the pairs across two groups have an edge.
    fn chain(&self, one: usize, other: usize) -> Option<Verdict> {
        let pairs = self.members[one].len() * self.members[other].len();
        let across = self.members[one].iter().flat_map(|a| self.members[other].iter().map(move |b| (*a, *b)));
        let linked = across.filter(|(a, b)| self.linked.contains(&(*a.min(b), *a.max(b)))).count();
        (linked * 2 < pairs).then_some(Verdict::Chain)
    }

    /// The smaller group goes below the larger one, so that nothing is moved often.
    fn join(&mut self, one: usize, other: usize) {
        let (small, large) =
            if self.members[one].len() <= self.members[other].len() { (one, other) } else { (other, one) };
        self.above[small] = large;
        let members = std::mem::take(&mut self.members[small]);
        self.members[large].extend(members);
        let sources = std::mem::take(&mut self.sources[small]);
        self.sources[large].extend(sources);
        let split_from = std::mem::take(&mut self.split_from[small]);
        self.split_from[large].extend(split_from);
        self.records[large] = self.records[large].saturating_add(self.records[small]);
    }

    /// The groups by ids. A node that was given twice stands in the group of its last place.
    fn listed(mut self, nodes: &[Node], places: &BTreeMap<u64, usize>) -> Vec<Vec<u64>> {
        let mut by_root: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for place in places.values() {
            by_root.entry(self.root(*place)).or_default().push(nodes[*place].id);
        }
        let mut groups: Vec<Vec<u64>> = by_root.into_values().collect();
        groups.sort();
        groups
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn node(id: u64, source: &str) -> Node {
        Node { id, sources: vec![SourceId::parse(source).expect("an id")], size: 1 }
    }

    fn matched(a: u64, b: u64, score: f32) -> Edge {
        Edge { a, b, kind: EdgeKind::Match { score } }
    }

    fn edge(a: u64, b: u64, kind: EdgeKind) -> Edge {
        Edge { a, b, kind }
    }

    #[test]
    fn a_match_joins_only_what_is_best_on_both_sides() {
        let nodes = [node(1, "a"), node(2, "a"), node(3, "b")];
        let clusters = cluster(&nodes, &[matched(1, 3, 0.8), matched(2, 3, 0.9)]);
        assert_eq!(clusters.groups, [vec![1], vec![2, 3]]);
        assert_eq!(clusters.verdicts, [Verdict::NotBest, Verdict::Joined]);
    }

    #[test]
    fn a_match_that_an_admin_split_stands_in_nobodys_way() {
        let nodes = [node(1, "a"), node(2, "b"), node(3, "b")];
        let edges = [matched(1, 2, 0.9), matched(1, 3, 0.8), edge(2, 1, EdgeKind::Never)];
        let clusters = cluster(&nodes, &edges);
        assert_eq!(clusters.groups, [vec![1, 3], vec![2]]);
        assert_eq!(clusters.verdicts, [Verdict::Forbidden, Verdict::Joined, Verdict::Forbidden]);
    }

    #[test]
    fn of_equal_matches_the_ids_decide() {
        let nodes = [node(1, "a"), node(2, "a"), node(3, "b"), node(4, "b")];
        let edges = [matched(1, 3, 0.9), matched(1, 4, 0.9), matched(2, 3, 0.9), matched(2, 4, 0.9)];
        let clusters = cluster(&nodes, &edges);
        assert_eq!(clusters.groups, [vec![1, 3], vec![2, 4]]);
        assert_eq!(clusters.verdicts, [Verdict::Joined, Verdict::OneSource, Verdict::OneSource, Verdict::Joined]);
    }

    #[test]
    fn inside_one_source_a_match_joins_nothing_and_an_identifier_does() {
        let nodes = [node(1, "a"), node(2, "a"), node(3, "a")];
        let clusters = cluster(&nodes, &[matched(1, 2, 1.0), edge(2, 3, EdgeKind::Identifier)]);
        assert_eq!(clusters.groups, [vec![1], vec![2, 3]]);
        assert_eq!(clusters.verdicts, [Verdict::OneSource, Verdict::Joined]);
    }

    #[test]
    fn what_an_admin_split_stays_apart_by_any_way_round() {
        let nodes = [node(1, "a"), node(2, "b"), node(3, "c")];
        let edges = [
            edge(1, 2, EdgeKind::Curated),
            edge(2, 3, EdgeKind::Identifier),
            matched(1, 3, 1.0),
            edge(3, 1, EdgeKind::Never),
        ];
        let clusters = cluster(&nodes, &edges);
        assert_eq!(clusters.groups, [vec![1, 2], vec![3]]);
        assert_eq!(clusters.verdicts, [Verdict::Joined, Verdict::Forbidden, Verdict::Forbidden, Verdict::Forbidden]);
    }

    #[test]
    fn what_an_admin_joined_may_be_of_any_size() {
        let large = Node { size: MAX_RECORDS, ..node(1, "a") };
        let nodes = [large, node(2, "b"), node(3, "c"), node(4, "d")];
        let edges = [edge(1, 2, EdgeKind::Curated), edge(1, 3, EdgeKind::Identifier), matched(1, 4, 1.0)];
        let clusters = cluster(&nodes, &edges);
        assert_eq!(clusters.groups, [vec![1, 2], vec![3], vec![4]]);
        assert_eq!(clusters.verdicts, [Verdict::Joined, Verdict::TooMany, Verdict::TooMany]);
    }

    #[test]
    fn a_chain_of_a_hundred_does_not_become_one() {
        let nodes: Vec<Node> = (0..100).map(|id| node(id, &format!("s{id}"))).collect();
        let edges: Vec<Edge> = (1..100).map(|id| matched(id - 1, id, 0.9)).collect();
        let clusters = cluster(&nodes, &edges);
        assert!(clusters.groups.iter().all(|group| group.len() <= 3), "{:?}", clusters.groups);
        assert!(clusters.verdicts.contains(&Verdict::Chain));
        assert!(clusters.verdicts.iter().all(|verdict| matches!(verdict, Verdict::Joined | Verdict::Chain)));
    }

    #[test]
    fn many_that_are_all_alike_are_bounded_as_well() {
        let nodes: Vec<Node> = (0..40).map(|id| node(id, &format!("s{id}"))).collect();
        let edges: Vec<Edge> = (0..40).flat_map(|a| (0..a).map(move |b| matched(a, b, 0.9))).collect();
        let clusters = cluster(&nodes, &edges);
        assert!(clusters.groups.iter().all(|group| group.len() <= MAX_RECORDS));
        assert!(clusters.verdicts.contains(&Verdict::TooMany));
    }

    #[test]
    fn an_edge_to_an_unknown_node_joins_nothing() {
        let clusters = cluster(&[node(1, "a")], &[edge(1, 9, EdgeKind::Curated), edge(1, 1, EdgeKind::Identifier)]);
        assert_eq!(clusters.groups, [vec![1]]);
        assert_eq!(clusters.verdicts, [Verdict::Forbidden, Verdict::Joined]);
    }

    fn some_nodes() -> impl Strategy<Value = Vec<Node>> {
        vec((vec(0_u8..5, 1..3), 1_usize..12), 1..12).prop_map(|nodes| {
            let numbered = (0_u64..).zip(nodes);
            let source = |number: &u8| SourceId::parse(&format!("s{number}")).expect("an id");
            numbered
                .map(|(id, (sources, size))| Node { id, sources: sources.iter().map(source).collect(), size })
                .collect()
        })
    }

    fn some_edges() -> impl Strategy<Value = Vec<Edge>> {
        let kinds = prop_oneof![
            1 => Just(EdgeKind::Curated),
            2 => Just(EdgeKind::Identifier),
            6 => (0_u8..4).prop_map(|tenths| EdgeKind::Match { score: f32::from(tenths) / 10.0 }),
            1 => Just(EdgeKind::Never),
        ];
        vec((0_u64..13, 0_u64..13, kinds), 0..30)
            .prop_map(|edges| edges.into_iter().map(|(a, b, kind)| Edge { a, b, kind }).collect())
    }

    proptest! {
        #[test]
        fn the_order_of_nodes_edges_and_ends_plays_no_part(
            (nodes, shuffled_nodes) in some_nodes().prop_flat_map(|nodes| (Just(nodes.clone()), Just(nodes).prop_shuffle())),
            (edges, order) in some_edges().prop_flat_map(|edges| {
                let order: Vec<usize> = (0..edges.len()).collect();
                (Just(edges), Just(order).prop_shuffle())
            }),
        ) {
            let turned: Vec<Edge> = order.iter().map(|at| Edge { a: edges[*at].b, b: edges[*at].a, ..edges[*at] }).collect();
            let one = cluster(&nodes, &edges);
            let other = cluster(&shuffled_nodes, &turned);
            prop_assert_eq!(&one.groups, &other.groups);
            let verdicts: Vec<Verdict> = order.iter().map(|at| one.verdicts[*at]).collect();
            prop_assert_eq!(verdicts, other.verdicts);
        }

        #[test]
        fn every_node_is_in_one_group_and_no_split_pair_is_together(nodes in some_nodes(), edges in some_edges()) {
            let clusters = cluster(&nodes, &edges);
            let mut listed: Vec<u64> = clusters.groups.iter().flatten().copied().collect();
            listed.sort_unstable();
            let ids: Vec<u64> = nodes.iter().map(|node| node.id).collect();
            prop_assert_eq!(listed, ids);
            for split in edges.iter().filter(|edge| edge.kind == EdgeKind::Never && edge.a != edge.b) {
                let together = |group: &&Vec<u64>| group.contains(&split.a) && group.contains(&split.b);
                prop_assert!(!clusters.groups.iter().any(|group| together(&group)));
            }
        }
    }
}
