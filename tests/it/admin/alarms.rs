//! What needs an admin, and what the matter was with one source.

use serde_json::{Value, json};
use signpost::catalogue::Role;
use signpost::jobs::schedule::tick;

use crate::harness::{TestApp, source_toml};

async fn get(app: &TestApp, path: &str, token: &str) -> Value {
    let answer = app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

#[tokio::test]
async fn an_alarm_is_listed_while_it_is_open_and_stays_with_its_source() {
    let toml = source_toml("posters", "file = \"posters.json\"");
    let app =
        TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", "<!doctype html><h1>Welcome</h1>")]).await;
    let token = app.token(Role::ReadOnly).await;
    let none = get(&app, "/admin/v1/alarms", &token).await;
    assert_eq!(none, json!({ "results": [], "total": 0, "links": { "self": "/admin/v1/alarms" } }));

    for _ in 0..3 {
        app.harvest("posters").await;
    }
    tick(&app.app).await.unwrap();
    let open = get(&app, "/admin/v1/alarms", &token).await;
    let alarm = &open["results"][0];
    assert_eq!((&open["total"], &alarm["source"], &alarm["kind"]), (&json!(1), &json!("posters"), &json!("failing")));
    assert!(alarm["message"].as_str().unwrap().contains("HTML"), "{alarm}");
    assert!(alarm["raised"].is_string() && alarm["cleared"].is_null(), "{alarm}");

    let list = r#"[{"id": 1, "title": "Soap", "url": "https://example.org/soap"}]"#;
    std::fs::write(app.source_dir().join("posters.json"), list).unwrap();
    app.harvest("posters").await;
    tick(&app.app).await.unwrap();
    assert_eq!(get(&app, "/admin/v1/alarms", &token).await["total"], 0);
    let kept = get(&app, "/admin/v1/alarms?source=posters", &token).await;
    assert_eq!((&kept["total"], &kept["links"]["self"]), (&json!(1), &json!("/admin/v1/alarms?source=posters")));
    assert!(kept["results"][0]["cleared"].is_string(), "{kept}");
}

#[tokio::test]
async fn only_who_holds_a_token_sees_alarms_and_only_of_sources_there_are() {
    let toml = source_toml("posters", "file = \"posters.json\"");
    let app = TestApp::with_sources(&[("posters.toml", toml)], &[]).await;
    assert_eq!(app.get("/admin/v1/alarms").await.status, 401);
    let header = format!("Bearer {}", app.token(Role::ReadOnly).await);
    for (path, status) in [("/admin/v1/alarms?source=nobody", 404), ("/admin/v1/alarms?surce=posters", 400)] {
        assert_eq!(app.get_with(path, &[("authorization", &header)]).await.status, status, "{path}");
    }
}
