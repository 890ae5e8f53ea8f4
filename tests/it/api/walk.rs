//! A walk through all results of a search by cursors, while the catalogue changes.

use std::collections::BTreeSet;

use index::{Cursor, LastKey};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, source_toml};

const MATERIALS: [&str; 11] =
    ["Amber", "Birch", "Cedar", "Denim", "Ebony", "Flint", "Glass", "Honey", "Ivory", "Jade", "Kelp"];
const KINDS: [&str; 5] = ["study", "museum", "factory", "quarry", "workshop"];
/// A walk of some sixty results by ten ends long before.
const MOST_PAGES: usize = 20;

/// So many resources on polymers of a catalogue, with titles of their own; at most 55.
fn polymers(count: usize) -> String {
    let titles = (0..count).map(|number| {
        let (material, kind) = (MATERIALS[number % MATERIALS.len()], KINDS[number / MATERIALS.len() % KINDS.len()]);
        format!("{material} polymer {kind}")
    });
    let items: Vec<Value> = titles
        .enumerate()
        .map(|(id, title)| json!({ "id": id, "title": title, "url": format!("https://example.org/polymers/{id}") }))
        .collect();
    Value::from(items).to_string()
}

async fn with_polymers(count: usize) -> TestApp {
    let toml = source_toml("polymers", "file = \"polymers.json\"");
    TestApp::with_sources(&[("polymers.toml", toml)], &[("polymers.json", &polymers(count))]).await
}

fn ids(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().expect("results");
    results.iter().map(|result| result["id"].as_str().expect("an id").to_owned()).collect()
}

/// The cursor of the next link.
fn next_cursor(answer: &Value) -> String {
    let next = answer["links"]["next"].as_str().expect("a next link");
    let query = next.split_once('?').expect("parameters").1;
    let cursor = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cursor");
    cursor.expect("a cursor").1.into_owned()
}

fn assert_refused(answer: &Answer, place: &str) {
    assert_eq!(answer.status, 400, "{place}: {}", answer.body);
    assert_eq!(answer.json()["errors"][0]["parameter"], "cursor", "{place}");
}

#[tokio::test]
async fn a_walk_meets_every_result_once_while_resources_are_added() {
    for sort in ["relevance", "newest", "title"] {
        let mut count = 35;
        let app = with_polymers(count).await;
        let search = format!("/v1/resources?q=polymer&interpret=off&facets=none&sort={sort}");
        let before: BTreeSet<String> = ids(&app.json(&format!("{search}&per_page=100")).await).into_iter().collect();
        assert_eq!(before.len(), count, "{sort}");
        let mut met = Vec::new();
        let mut next = Some(format!("{search}&per_page=10&cursor=*"));
        let mut pages = 0;
        while let Some(path) = next {
            let answer = app.json(&path).await;
            assert_eq!((answer["page"].as_u64(), answer["links"]["prev"].as_str()), (Some(1), None), "{sort}");
            met.extend(ids(&answer));
            next = answer["links"]["next"].as_str().map(ToOwned::to_owned);
            pages += 1;
            assert!(pages <= MOST_PAGES, "{sort}: the walk does not end");
            if count < 55 {
                count += 5;
                std::fs::write(app.source_dir().join("polymers.json"), polymers(count)).expect("a data file");
                app.harvest("polymers").await;
            }
        }
        let distinct: BTreeSet<String> = met.iter().cloned().collect();
        assert_eq!(distinct.len(), met.len(), "{sort}: one came twice");
        assert!(before.is_subset(&distinct), "{sort}: one never came");
    }
}

#[tokio::test]
async fn a_walk_through_what_stays_as_it_is_gives_what_the_pages_give() {
    let app = TestApp::shipped().await;
    for search in ["q=engineer&facets=none", "facets=none&sort=title", "q=chemistry&facets=none&sort=newest"] {
        let (mut by_page, mut by_cursor) = (Vec::new(), Vec::new());
        for (found, place) in [(&mut by_page, "page=1"), (&mut by_cursor, "cursor=*")] {
            let mut next = Some(format!("/v1/resources?{search}&per_page=50&{place}"));
            while let Some(path) = next {
                let answer = app.json(&path).await;
                found.extend(ids(&answer));
                next = answer["links"]["next"].as_str().map(ToOwned::to_owned);
            }
        }
        assert!(!by_page.is_empty());
        assert_eq!(by_cursor, by_page, "{search}");
    }
}

#[tokio::test]
async fn a_cursor_serves_its_own_search_alone() {
    let app = with_polymers(30).await;
    let search = "/v1/resources?q=polymer&per_page=10";
    let cursor = next_cursor(&app.json(&format!("{search}&cursor=*")).await);
    for (name, path) in [
        ("other words", format!("/v1/resources?q=museum&per_page=10&cursor={cursor}")),
        ("a filter more", format!("{search}&level=ks3&cursor={cursor}")),
        ("another order", format!("{search}&sort=title&cursor={cursor}")),
        ("literal words", format!("{search}&interpret=off&cursor={cursor}")),
        ("a page", format!("{search}&page=2&cursor={cursor}")),
        ("the first page", format!("{search}&page=1&cursor=*")),
    ] {
        assert_refused(&app.get(&path).await, name);
    }
    // How results are shown does not make another search.
    for shown in ["per_page=5", "facets=none", "fields=title", "highlight=on", "explain=on"] {
        let path = format!("/v1/resources?q=polymer&{shown}&cursor={cursor}");
        assert_eq!(app.get(&path).await.status, 200, "{shown}");
    }
}

#[tokio::test]
async fn a_forged_cursor_is_refused() {
    let app = with_polymers(30).await;
    let search = "/v1/resources?q=polymer&per_page=10&facets=none";
    let cursor = next_cursor(&app.json(&format!("{search}&cursor=*")).await);
    let mut state: u64 = 42;
    for number in 0..1_000 {
        // Source: the constants of Knuth's MMIX generator.
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let length = draw() % 200 + 1;
        let letters = if number % 2 == 0 { "0123456789abcdef" } else { "0123456789abcdefXYZ-_" };
        let pick = |at: u64| letters.chars().nth(usize::try_from(at).expect("small") % letters.len());
        let forged: String = (0..length).filter_map(|_| pick(draw())).collect();
        assert_refused(&app.get(&format!("{search}&cursor={forged}")).await, &forged);
    }
    for place in 0..cursor.len() {
        let other = if cursor.as_bytes()[place] == b'0' { '1' } else { '0' };
        let changed = format!("{}{other}{}", &cursor[..place], &cursor[place + 1..]);
        assert_refused(&app.get(&format!("{search}&cursor={changed}")).await, &changed);
        if place > 0 {
            assert_refused(&app.get(&format!("{search}&cursor={}", &cursor[..place])).await, "cut short");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_is_made_up_well_breaks_nothing() {
    let app = with_polymers(30).await;
    let search = "/v1/resources?q=polymer&per_page=10&facets=none";
    let own = Cursor::parse(&next_cursor(&app.json(&format!("{search}&cursor=*")).await)).expect("a cursor");
    let answer = async |cursor: Cursor| app.get(&format!("{search}&cursor={cursor}")).await;
    for (name, cursor) in [
        ("another search", Cursor { search: own.search ^ 1, ..own.clone() }),
        ("another order", Cursor { last: LastKey::Title("a".to_owned()), ..own.clone() }),
        ("another order", Cursor { last: LastKey::Newest(0), ..own.clone() }),
        ("no score", Cursor { last: LastKey::Score(f32::NAN), ..own.clone() }),
    ] {
        assert_refused(&answer(cursor).await, name);
    }
    for cursor in [
        Cursor { last: LastKey::Score(f32::MAX), ..own.clone() },
        Cursor { last: LastKey::Score(f32::MIN), tie: 0, ..own.clone() },
        Cursor { weights: Vec::new(), ..own.clone() },
        Cursor { weights: vec![u16::MAX; 1_000], ..own.clone() },
        Cursor { weights: vec![0; 3], ..own.clone() },
    ] {
        let status = answer(cursor.clone()).await.status;
        assert!(matches!(status, 200 | 400), "{cursor:?}: {status}");
    }
}
