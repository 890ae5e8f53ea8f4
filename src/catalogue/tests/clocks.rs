//! What becomes of what is kept when the clock of a machine jumps?

use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Store, day, pages, source};
use crate::catalogue::{ClockDoubt, Counted, Role, UsageFilter, UsageSum};

async fn doubt(store: &Store, number: i64) -> Option<ClockDoubt> {
    store.catalogue.doubt_clock(day(number)).await.expect("a look")
}

#[tokio::test]
async fn a_clock_that_is_behind_is_doubted_until_it_has_come_by_all_that_is_dated_later() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    assert_eq!(doubt(&store, 0).await, None, "nothing was written yet");
    store.harvest(&a, pages(&a, 0..3), day(10)).await;
    let behind = Some(ClockDoubt::Behind { newest: day(10) });
    assert_eq!(doubt(&store, 1).await, behind);
    store.harvest(&b, pages(&b, 0..3), day(1)).await;
    store.catalogue.create_token("of Ada", Role::Admin, day(1)).await.expect("a token");
    for number in [1, 9] {
        assert_eq!(doubt(&store, number).await, behind, "what was written since hides nothing");
    }
    assert_eq!(doubt(&store, 10).await, None);
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_doubted_until_the_service_has_worked_by_it_for_two_days() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    assert_eq!(doubt(&store, 90).await, None, "so long are holidays");
    let ahead = Some(ClockDoubt::Ahead { since: day(0) });
    assert_eq!(doubt(&store, 366).await, ahead);
    store.harvest(&b, pages(&b, 0..3), day(366)).await;
    assert_eq!(doubt(&store, 366).await, ahead, "it was dated by the same clock");
    store.catalogue.create_token("of Ada", Role::Admin, day(367)).await.expect("a token");
    assert_eq!(doubt(&store, 367).await, ahead, "one mark does not end a silence");
    assert_eq!(doubt(&store, 368).await, None);
    assert_eq!(doubt(&store, 1).await, Some(ClockDoubt::Behind { newest: day(367) }), "it was put right");
}

#[tokio::test]
async fn a_clock_that_is_ahead_for_the_second_time_is_doubted_though_the_first_time_left_a_mark() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..3), day(1)).await;
    for number in [366, 2] {
        store.catalogue.create_token("of Ada", Role::Admin, day(number)).await.expect("a token");
    }
    assert_eq!(doubt(&store, 369).await, Some(ClockDoubt::Ahead { since: day(2) }));
}

#[tokio::test]
async fn sums_of_usage_outlive_a_clock_that_is_ten_years_ahead() {
    const YEARS: i64 = 3_653;
    let store = Store::open().await;
    let date = |number: i64| Offset::UTC.to_datetime(day(number)).date();
    let count = async |number: i64| {
        let sum = UsageSum { view: String::new(), what: Counted::Searches, key: String::new(), count: 1 };
        store.catalogue.add_usage(&[sum], date(number)).await.expect("written");
    };
    let counted_on = async |of: Date| {
        let filter = UsageFilter { views: None, from: of, to: of };
        store.catalogue.usage_by_day(&filter).await.expect("sums").len()
    };
    let work = async |number: i64| {
        store.catalogue.create_token("of Ada", Role::Admin, day(number)).await.expect("a token");
    };
    work(0).await;
    count(0).await;
    work(YEARS).await;
    for number in [YEARS, YEARS + 1] {
        count(number).await;
        assert_eq!(counted_on(date(0)).await, 1, "day {number}");
    }
    work(YEARS + 1).await;
    count(YEARS + 3).await;
    assert_eq!(counted_on(date(0)).await, 0, "the service has worked for some days, so they are old");
}
