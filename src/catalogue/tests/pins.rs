//! Which resources stand first and last for one search, in which order, for how long, and what becomes of that.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemas::{Decision, ResourceId};

use super::{Store, day, page, pages, source};
use crate::catalogue::pins::MOST_BURIES;
use crate::catalogue::{CatalogueError, MOST_PINS, NewPin, PinAction, PinFilter, PinRow, PinState};

/// The last day of the pins below.
const LAST_DAY: i64 = 10;

fn date(number: i64) -> Date {
    day(number).to_zoned(TimeZone::UTC).date()
}

/// A store with so many resources, and their ids.
async fn store_of(number: u32) -> (Store, Vec<ResourceId>) {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..number), day(0)).await;
    let ids = store.live().await.into_iter().map(|entry| entry.resource.id).collect();
    (store, ids)
}

fn pin(query: &str, action: PinAction, resource: &ResourceId, position: Option<usize>) -> NewPin {
    NewPin {
        query: query.to_owned(),
        key: query.to_lowercase(),
        action,
        resource: resource.clone(),
        position,
        owner: "the chemistry team".to_owned(),
        reason: "teachers ask for it".to_owned(),
        expires: date(LAST_DAY),
    }
}

async fn create(store: &Store, pin: &NewPin) -> Result<PinRow, CatalogueError> {
    store.catalogue.create_pin(pin, "Ada", date(0), day(0)).await
}

/// Puts a resource first for "Jobs".
async fn put(store: &Store, resource: &ResourceId, position: Option<usize>) -> PinRow {
    create(store, &pin("Jobs", PinAction::Pin, resource, position)).await.expect("nothing stands against it")
}

async fn undo(store: &Store, row: &PinRow) -> Result<PinRow, CatalogueError> {
    store.catalogue.undo_pin(&row.id, "Grace", date(1), day(1)).await
}

/// What stands first on a day, with its place.
async fn order(store: &Store, on_day: i64) -> Vec<(ResourceId, usize)> {
    let (rows, _) = store.catalogue.active_pins(date(on_day)).await.expect("pins");
    rows.into_iter().filter_map(|row| Some((row.stands_for, row.position?))).collect()
}

/// Why a pin is refused.
async fn refused(store: &Store, pin: &NewPin) -> String {
    let error = create(store, pin).await.expect_err("a pin that is refused");
    assert!(matches!(error, CatalogueError::Superseded { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn pins_stand_in_the_order_they_are_given_and_close_up_when_one_goes() {
    let (store, ids) = store_of(4).await;
    let places = |order: &[usize]| -> Vec<(ResourceId, usize)> {
        order.iter().enumerate().map(|(before, one)| (ids[*one].clone(), before + 1)).collect()
    };
    let first = put(&store, &ids[0], None).await;
    put(&store, &ids[1], None).await;
    let before = put(&store, &ids[2], Some(1)).await;
    assert_eq!((before.position, first.position), (Some(1), Some(1)));
    assert_eq!(order(&store, 0).await, places(&[2, 0, 1]));
    let last = put(&store, &ids[3], Some(MOST_PINS)).await;
    assert_eq!(last.position, Some(4), "past the end is the end");
    undo(&store, &first).await.expect("undone");
    assert_eq!(order(&store, 0).await, places(&[2, 1, 3]));
    assert_eq!(order(&store, LAST_DAY).await.len(), 3, "on the last day they count");
    assert_eq!(order(&store, LAST_DAY + 1).await, places(&[]));
}

#[tokio::test]
async fn one_resource_stands_in_one_place_for_one_search() {
    let (store, ids) = store_of(2).await;
    let first = put(&store, &ids[0], None).await;
    for action in PinAction::ALL {
        let told = refused(&store, &pin("JOBS", action, &ids[0], None)).await;
        assert!(told.contains("stands first for `jobs` already, by Ada"), "{told}");
    }
    create(&store, &pin("Posters", PinAction::Bury, &ids[0], None)).await.expect("that is another search");
    undo(&store, &first).await.expect("undone");
    create(&store, &pin("Jobs", PinAction::Bury, &ids[0], None)).await.expect("it stands nowhere any more");
    let told = refused(&store, &pin("Jobs", PinAction::Pin, &ids[0], None)).await;
    assert!(told.contains("stands last"), "{told}");
    let later = NewPin { expires: date(20), ..pin("Jobs", PinAction::Pin, &ids[0], None) };
    let on_day = LAST_DAY + 1;
    store.catalogue.create_pin(&later, "Ada", date(on_day), day(on_day)).await.expect("the other is over");
}

#[tokio::test]
async fn a_search_has_so_many_pins_and_so_many_buries() {
    let (store, ids) = store_of(80).await;
    let mut left = ids.iter();
    for (action, most) in [(PinAction::Pin, MOST_PINS), (PinAction::Bury, MOST_BURIES)] {
        for resource in left.by_ref().take(most) {
            create(&store, &pin("Jobs", action, resource, None)).await.expect("there is room");
        }
    }
    let more = left.next().expect("one more resource");
    for action in PinAction::ALL {
        let told = refused(&store, &pin("Jobs", action, more, None)).await;
        assert!(told.contains("already; undo one first"), "{told}");
    }
    create(&store, &pin("Posters", PinAction::Pin, more, None)).await.expect("another search has room");
}

#[tokio::test]
async fn a_pin_goes_where_its_resource_goes_and_back() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let two = ["Soap", "Bridges"].map(|title| page(&a, title, title, &format!("https://a.example/{title}")));
    store.harvest(&a, two.into(), day(0)).await;
    store.catalogue.resolve_pending(day(0)).await.expect("everything is resolved");
    let ids = [store.id_at("https://a.example/Soap").await, store.id_at("https://a.example/Bridges").await];
    put(&store, &ids[0], None).await;
    let merge = Decision::Merge { into: ids[1].clone(), records: Vec::new() };
    let merged = store.catalogue.curate(&ids[0], merge, "Ada", "they are one", day(1)).await.expect("merged");
    let row = store.catalogue.active_pins(date(1)).await.expect("pins").0.remove(0);
    assert_eq!((&row.resource, &row.stands_for, row.is_live), (&ids[0], &ids[1], true));
    refused(&store, &pin("Jobs", PinAction::Bury, &ids[1], None)).await;

    store.catalogue.undo_curation(&merged.id, "Ada", "they are two", day(2)).await.expect("undone");
    assert_eq!(order(&store, 2).await, [(ids[0].clone(), 1)]);
    let hide = Decision::Hide { reason: "it sells something".to_owned() };
    store.catalogue.curate(&ids[0], hide, "Ada", "a teacher wrote", day(3)).await.expect("hidden");
    let row = store.catalogue.active_pins(date(3)).await.expect("pins").0.remove(0);
    assert!(row.stands_for == ids[0] && !row.is_live, "{row:?}");
}

#[tokio::test]
async fn pins_are_listed_by_search_and_by_how_they_stand_and_the_log_has_every_act() {
    let (store, ids) = store_of(3).await;
    let undone = put(&store, &ids[0], None).await;
    put(&store, &ids[1], None).await;
    let other = NewPin { expires: date(LAST_DAY + 10), ..pin("Posters", PinAction::Bury, &ids[2], None) };
    create(&store, &other).await.expect("a bury");
    undo(&store, &undone).await.expect("undone");
    let count = async |key: Option<&str>, state: Option<PinState>, on_day: i64| {
        let filter = PinFilter { key: key.map(ToOwned::to_owned), state };
        let (rows, total) = store.catalogue.list_pins(&filter, date(on_day), 10, 0).await.expect("a list");
        assert_eq!(rows.len() as u64, total);
        assert!(rows.iter().all(|row| state.is_none_or(|state| row.state(date(on_day)) == state)), "{rows:?}");
        total
    };
    let after = LAST_DAY + 1;
    for (key, state, on_day, expected) in [
        (None, None, 0, 3),
        (Some("jobs"), None, 0, 2),
        (Some("job"), None, 0, 0),
        (None, Some(PinState::Active), 0, 2),
        (None, Some(PinState::Active), after, 1),
        (None, Some(PinState::Expired), 0, 0),
        (None, Some(PinState::Expired), after, 1),
        (Some("jobs"), Some(PinState::Undone), after, 1),
    ] {
        assert_eq!(count(key, state, on_day).await, expected, "{key:?} {state:?} {on_day}");
    }

    let again = undo(&store, &undone).await.expect_err("it is undone already");
    assert_eq!(again.to_string(), "it was undone by Grace on 2026-11-02T09:00:00Z");
    let nothing = store.catalogue.undo_pin("none", "Grace", date(1), day(1)).await;
    assert!(matches!(nothing, Err(CatalogueError::NoSuch { what: "pin", .. })), "{nothing:?}");
    let (acts, total) = store.catalogue.audit(None, 10).await.expect("the log");
    assert_eq!((total, acts[0].action.as_str(), &acts[0].subject), (4, "undo pin for a search", &undone.id));
    let told = format!("`{}` stands last for `Posters` until 2026-11-21; the chemistry team is responsible: ", ids[2]);
    assert!(acts[1].detail.starts_with(&told) && acts[1].detail.ends_with("teachers ask for it"), "{acts:?}");
}
