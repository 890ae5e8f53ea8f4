use jiff::{SignedDuration, Timestamp};

use super::{Store, day};
use crate::catalogue::{Holder, Role, Session};

async fn admin(store: &Store) -> Holder {
    let token = store.catalogue.create_token("of Ada", Role::Admin, day(0)).await.expect("a token");
    store.catalogue.holder_of_token(&token, day(0)).await.expect("a look").expect("a holder")
}

fn minutes(minutes: i64) -> Timestamp {
    day(0).saturating_add(SignedDuration::from_mins(minutes)).expect("a time")
}

async fn is_live(store: &Store, secret: &str, now: Timestamp) -> bool {
    match store.catalogue.session(secret, now).await.expect("a look") {
        Session::Live { holder, .. } => holder.role == Role::Admin,
        Session::Over | Session::Unknown => false,
    }
}

#[tokio::test]
async fn a_session_is_over_when_it_was_ended_or_nobody_was_there() {
    let store = Store::open().await;
    let holder = admin(&store).await;
    let secret = store.catalogue.open_session(&holder, minutes(0)).await.expect("a session");
    assert!(is_live(&store, &secret, minutes(29)).await);
    assert_eq!(store.catalogue.session(&secret, minutes(31)).await.expect("a look"), Session::Over);
    assert_eq!(store.catalogue.session("spc_1", minutes(0)).await.expect("a look"), Session::Unknown);
    store.catalogue.see_session(&secret, minutes(29)).await.expect("written");
    assert!(is_live(&store, &secret, minutes(31)).await);
    store.catalogue.end_session(&secret, minutes(32)).await.expect("written");
    assert!(!is_live(&store, &secret, minutes(32)).await);
    let (acts, _) = store.catalogue.audit(None, 10).await.expect("a log");
    let told: Vec<&str> = acts.iter().map(|act| act.action.as_str()).collect();
    assert_eq!(told, ["sign out", "sign in", "create token"]);
}

#[tokio::test]
async fn that_somebody_is_there_is_written_down_once_a_minute() {
    let store = Store::open().await;
    let secret = store.catalogue.open_session(&admin(&store).await, minutes(0)).await.expect("a session");
    for (now, expected) in [(minutes(0), false), (minutes(2), true)] {
        let Session::Live { is_to_be_seen, .. } = store.catalogue.session(&secret, now).await.expect("a look") else {
            panic!("it is over");
        };
        assert_eq!(is_to_be_seen, expected, "{now}");
    }
}

#[tokio::test]
async fn of_many_browsers_with_one_token_the_oldest_is_signed_out() {
    let store = Store::open().await;
    let holder = admin(&store).await;
    let mut secrets = Vec::new();
    for minute in 0..21 {
        secrets.push(store.catalogue.open_session(&holder, minutes(minute)).await.expect("a session"));
    }
    assert!(!is_live(&store, &secrets[0], minutes(21)).await);
    for secret in &secrets[1..] {
        assert!(is_live(&store, secret, minutes(21)).await);
    }
}

#[tokio::test]
async fn a_session_that_was_opened_by_a_clock_that_was_ahead_is_over_once_it_is_right() {
    const A_YEAR: i64 = 366 * 24 * 60;
    let store = Store::open().await;
    let holder = admin(&store).await;
    for (opened, expected) in [(4, true), (A_YEAR, false)] {
        let secret = store.catalogue.open_session(&holder, minutes(opened)).await.expect("a session");
        assert!(is_live(&store, &secret, minutes(opened)).await);
        assert_eq!(is_live(&store, &secret, minutes(0)).await, expected, "it was opened {opened} minutes later");
    }
}
