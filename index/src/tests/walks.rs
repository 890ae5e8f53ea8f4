use std::sync::Arc;

use schemas::ResourceId;

use crate::IndexChange;
use crate::request::{SearchRequest, Sort};
use crate::testing::{TestIndex, asking, id_of, resource};
use crate::walk::Walk;

fn rest(walk: &mut Walk) -> Vec<ResourceId> {
    let mut ids = Vec::new();
    loop {
        let hits = walk.step().expect("a step");
        if hits.is_empty() {
            return ids;
        }
        ids.extend(hits.into_iter().map(|hit| hit.id));
    }
}

#[test]
fn a_walk_gives_each_result_once_as_it_was_at_the_beginning() {
    let names: Vec<String> = (0..25).map(|number| format!("Thing {number}")).collect();
    let TestIndex { index, dir: _dir } = TestIndex::of(&names.iter().map(|name| resource(name)).collect::<Vec<_>>());
    let index = Arc::new(index);
    for sort in [Sort::Relevance, Sort::Newest, Sort::Title] {
        let before = index.search(&SearchRequest { limit: 100, sort, ..asking("") }).expect("an answer");
        let mut walk = index.walk(SearchRequest { limit: 10, sort, ..asking("") });
        let first = walk.step().expect("a step");
        assert_eq!((first.len(), walk.total()), (10, Some(before.total)));
        let position = index.position() + 1;
        let gone = before.hits.last().expect("a result").id.clone();
        let come = resource(&format!("Other {position}"));
        index.apply(&[IndexChange::Remove(gone), come.put()], position).expect("an applied change");
        let walked: Vec<ResourceId> = first.into_iter().map(|hit| hit.id).chain(rest(&mut walk)).collect();
        assert_eq!(walked, before.hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>(), "{sort:?}");
        assert!(walk.position() < position);
        assert!(walk.step().expect("a step").is_empty());
    }
}

#[test]
fn a_walk_by_words_ends_where_the_search_does() {
    let TestIndex { index, dir: _dir } =
        TestIndex::of(&[resource("Acids"), resource("Acids and bases"), resource("Waves")]);
    let index = Arc::new(index);
    let mut walk = index.walk(SearchRequest { limit: 1, ..asking("acids") });
    let ids = rest(&mut walk);
    assert_eq!((ids.len(), walk.total()), (2, Some(2)));
    assert!(!ids.contains(&id_of("Waves")));
    assert!(rest(&mut index.walk(SearchRequest { limit: 10, ..asking("nowhere") })).is_empty());
}
