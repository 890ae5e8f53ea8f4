//! A clock that jumps, ahead or back.

use serde_json::Value;
use signpost::catalogue::{Role, Session};
use signpost::jobs::forget::forget;

use crate::harness::{TestApp, source_toml};

/// What `/readyz` says of the clock.
async fn clock_of(app: &TestApp) -> Value {
    let ready = app.json("/readyz").await;
    let checks = ready["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == "clock").expect("one of the clock").clone()
}

#[tokio::test]
async fn nothing_is_forgotten_by_a_clock_that_is_a_year_ahead_until_the_service_has_worked_by_it_for_days() {
    let app = TestApp::shipped().await;
    let catalogue = &app.app.catalogue;
    let token = app.token(Role::Admin).await;
    let holder = catalogue.holder_of_token(&token, app.app.clock.now()).await.unwrap().expect("a holder");
    let secret = catalogue.open_session(&holder, app.app.clock.now()).await.unwrap();
    let is_kept = async || catalogue.session(&secret, app.app.clock.now()).await.unwrap() != Session::Unknown;

    app.pass_days(366);
    app.token(Role::ReadOnly).await;
    for _ in 0..2 {
        forget(&app.app).await.unwrap();
        assert!(is_kept().await, "what is forgotten does not come back with the right time");
    }
    let clock = clock_of(&app).await;
    assert!(clock["status"] == "warn" && clock["detail"].to_string().contains("nothing is deleted"), "{clock}");
    let notices = catalogue.list_notices(100).await.unwrap();
    let told = notices.iter().filter(|notice| notice.subject == "the clock may be wrong: nothing old is deleted");
    assert_eq!(told.count(), 1, "{notices:?}");

    app.pass_days(1);
    app.token(Role::ReadOnly).await;
    app.pass_days(2);
    assert_eq!(clock_of(&app).await["status"], "ok");
    forget(&app.app).await.unwrap();
    assert!(!is_kept().await, "the service was switched off for a year, so it is old");
}

#[tokio::test]
async fn what_is_written_after_a_clock_went_back_does_not_end_the_warning() {
    let list = |title: &str| format!(r#"[{{"id": 1, "title": "{title}", "url": "https://example.org/soap"}}]"#);
    let toml = source_toml("a", "file = \"a.json\"");
    let app = TestApp::with_sources(&[("a.toml", toml)], &[("a.json", list("Soap").as_str())]).await;
    let head = app.app.catalogue.head_seq().await.unwrap();
    app.pass_seconds(-3_600);
    std::fs::write(app.source_dir().join("a.json"), list("Soap and lye")).unwrap();
    app.harvest("a").await;
    assert!(app.app.catalogue.head_seq().await.unwrap() > head, "something was written");
    assert_eq!(clock_of(&app).await["status"], "warn");
    app.pass_seconds(3_600);
    assert_eq!(clock_of(&app).await["status"], "ok");
}
