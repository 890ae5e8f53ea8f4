//! Keys: a partner makes itself one without asking anybody, changes it without a gap, and is rid of it at once.

use serde_json::{Value, json};
use signpost::catalogue::Role;

use crate::harness::{Answer, TestApp};

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// What is answered to somebody who comes for a key.
async fn register(app: &TestApp) -> Value {
    let body = json!({ "name": "A Society", "contact": "the web team" });
    let answer = app.call("POST", "/v1/partners", &[JSON], body.to_string()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"), "{}", answer.body);
    answer.json()
}

/// A new partner's key.
async fn new_key(app: &TestApp) -> String {
    register(app).await["key"].as_str().expect("a key").to_owned()
}

async fn with_key(app: &TestApp, method: &str, path: &str, key: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {key}");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    app.call(method, path, &[("authorization", &bearer), JSON], body).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_stands_nowhere_in_the_data_directory() {
    let app = TestApp::shipped().await;
    let made = register(&app).await;
    let key = made["key"].as_str().expect("a key");
    assert!(key.starts_with("spk_") && key.len() == 56, "{key}");
    assert_eq!(made["partner"]["id"], "a-society");
    assert_eq!(made["partner"]["keys"][0]["prefix"], key[..12]);
    let shown = with_key(&app, "GET", "/v1/partner", key, &Value::Null).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
    assert!(!shown.body.contains(key));
    assert_eq!(shown.json(), made["partner"]);
    assert!(app.keeps(&key[..12]), "its beginning is kept, for people to tell keys apart");
    assert!(!app.keeps(key));
}

#[tokio::test]
async fn two_keys_are_valid_at_once_a_third_is_refused_and_a_revoked_one_ends_at_once() {
    let app = TestApp::shipped().await;
    let first = new_key(&app).await;
    let made = with_key(&app, "POST", "/v1/partner/keys", &first, &Value::Null).await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.body);
    let second = made.json()["key"].as_str().expect("a key").to_owned();
    for key in [&first, &second] {
        assert_eq!(with_key(&app, "GET", "/v1/partner", key, &Value::Null).await.status, 200);
    }
    let third = with_key(&app, "POST", "/v1/partner/keys", &second, &Value::Null).await;
    assert_eq!((third.status, &third.json()["type"]), (409, &json!("/problems/conflict")));
    assert!(third.body.contains("revoke one of them first"), "{}", third.body);

    let partner = with_key(&app, "GET", "/v1/partner", &second, &Value::Null).await.json();
    let path = format!("/v1/partner/keys/{}", partner["keys"][0]["id"].as_str().expect("an id"));
    assert_eq!(with_key(&app, "DELETE", &path, &first, &Value::Null).await.status, 204, "it may revoke itself");
    let refused = with_key(&app, "GET", "/v1/partner", &first, &Value::Null).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(with_key(&app, "DELETE", &path, &second, &Value::Null).await.status, 204, "again is no mistake");
    assert_eq!(with_key(&app, "POST", "/v1/partner/keys", &second, &Value::Null).await.status, 201);

    let stranger = new_key(&app).await;
    assert_eq!(with_key(&app, "DELETE", &path, &stranger, &Value::Null).await.status, 404, "another's is not there");
}

#[tokio::test]
async fn a_key_stands_in_a_header_and_never_in_the_address() {
    let app = TestApp::shipped().await;
    let key = new_key(&app).await;
    for headers in [[("authorization", format!("Bearer {key}"))], [("x-api-key", key.clone())]] {
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = app.get_with("/v1/resources?q=chemistry", &headers).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("cache-control").starts_with("private"), "{}", answer.header("cache-control"));
        assert_eq!(app.get_with("/v1/partner", &headers).await.status, 200);
    }
    for parameter in ["key", "api_key", "x-api-key"] {
        assert_eq!(app.get(&format!("/v1/resources?{parameter}={key}")).await.status, 400, "{parameter}");
    }
    let open = app.get("/v1/resources?q=chemistry").await;
    assert!(open.header("cache-control").starts_with("public"), "{}", open.header("cache-control"));
}

#[tokio::test]
async fn a_key_that_nobody_holds_is_refused_and_not_taken_as_none() {
    let app = TestApp::shipped().await;
    let key = new_key(&app).await;
    let wrong = format!("{}x", &key[..55]);
    for (name, value, status) in [
        ("authorization", format!("Bearer {wrong}"), 401),
        ("authorization", "Bearer spk_".to_owned(), 401),
        ("x-api-key", wrong.clone(), 401),
        ("x-api-key", "sp_1".to_owned(), 401),
        // Tokens of other kinds are none of this layer's.
        ("authorization", "Bearer sp_1".to_owned(), 200),
        ("authorization", "Basic YTpi".to_owned(), 200),
    ] {
        let answer = app.get_with("/v1/resources", &[(name, &value)]).await;
        assert_eq!(answer.status, status, "{name}: {value}");
        if status == 401 {
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(answer.body.contains("not known") && !answer.body.contains(&wrong), "{}", answer.body);
        }
    }
    for (method, path) in [
        ("GET", "/v1/partner"),
        ("PATCH", "/v1/partner"),
        ("POST", "/v1/partner/keys"),
        ("DELETE", "/v1/partner/keys/1"),
    ] {
        let answer = app.call(method, path, &[JSON], "{}").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (401, "application/problem+json"),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_partner_changes_what_is_kept_of_it_and_nothing_else() {
    let app = TestApp::shipped().await;
    let key = new_key(&app).await;
    let changed =
        with_key(&app, "PATCH", "/v1/partner", &key, &json!({ "name": "Another  name\n", "view": null })).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let partner = changed.json();
    assert_eq!((&partner["name"], &partner["contact"]), (&json!("Another name"), &json!("the web team")));
    assert_eq!(partner["id"], "a-society", "an id stays");
    let refused =
        with_key(&app, "PATCH", "/v1/partner", &key, &json!({ "id": "x", "revoked": null, "veiw": "x" })).await;
    assert_eq!(refused.status, 400);
    let errors = refused.json()["errors"].as_array().expect("errors").clone();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(refused.body.contains("did you mean `view`?"), "{}", refused.body);
    let unknown = with_key(&app, "PATCH", "/v1/partner", &key, &json!({ "view": "nobodys" })).await;
    assert_eq!(unknown.status, 400, "{}", unknown.body);
    let both = json!({ "name": "x", "view": "nobodys" });
    let both = with_key(&app, "PATCH", "/v1/partner", &key, &both).await.json();
    let told: Vec<&Value> =
        both["errors"].as_array().expect("errors").iter().map(|error| &error["parameter"]).collect();
    assert_eq!(told, ["name", "view"], "{both}");
    let shown = with_key(&app, "GET", "/v1/partner", &key, &Value::Null).await.json();
    assert_eq!(shown, partner);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_body_is_told_at_once() {
    let app = TestApp::shipped().await;
    let post = async |content_type: &str, body: String| {
        app.call("POST", "/v1/partners", &[("content-type", content_type)], body).await
    };
    let json = "application/json; charset=utf-8";
    for (body, told) in [
        (json!({ "nmae": "x" }), vec!["nmae", "name", "contact"]),
        (json!({ "name": 3, "contact": "" }), vec!["name", "contact"]),
        (json!({ "name": "x".repeat(101), "contact": "y".repeat(201) }), vec!["name", "contact"]),
        (json!({ "name": "A Society", "contact": null }), vec!["contact"]),
        (json!([1]), vec!["body"]),
    ] {
        let answer = post(json, body.to_string()).await;
        assert_eq!(answer.status, 400, "{body}");
        let problem = answer.json();
        let parameters: Vec<&str> =
            problem["errors"].as_array().expect("errors").iter().filter_map(|one| one["parameter"].as_str()).collect();
        assert_eq!(parameters, told, "{body}");
    }
    for body in ["", "{", "{\"name\": \"\u{0}\"}", "null"] {
        assert_eq!(post(json, body.to_owned()).await.status, 400, "{body:?}");
    }
    assert_eq!(post(json, "[".repeat(50_000)).await.status, 400, "depth is bounded");
    assert_eq!(post(json, " ".repeat((64 << 10) + 1)).await.status, 413);
    assert_eq!(post("text/plain", "{}".to_owned()).await.status, 415);
    assert_eq!(app.call("POST", "/v1/partners?a=b", &[JSON], "{}").await.status, 400);
}

#[tokio::test]
async fn the_form_makes_a_key_without_scripts_and_shows_it_once() {
    let app = TestApp::shipped().await;
    let form = app.get("/partners/key").await;
    assert_eq!(form.status, 200);
    assert!(form.body.contains("method=\"post\"") && !form.body.contains("<script"), "{}", form.body);
    let made = app
        .call("POST", "/partners/key", &[FORM, ("sec-fetch-site", "same-origin")], "name=%3Cb%3EUs&contact=web+team")
        .await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.body);
    assert!(!made.body.contains("<b>Us"), "what was typed is escaped");
    let start = made.body.find("spk_").expect("a key");
    let key = &made.body[start..start + 56];
    let partner = with_key(&app, "GET", "/v1/partner", key, &Value::Null).await.json();
    assert_eq!((&partner["name"], &partner["contact"]), (&json!("<b>Us"), &json!("web team")));

    let wrong = app.call("POST", "/partners/key", &[FORM], "name=x&contact=web+team").await;
    assert_eq!((wrong.status, wrong.header("cache-control")), (400, "no-store"));
    assert!(
        wrong.body.contains("aria-invalid=\"true\"") && wrong.body.contains("value=\"web team\""),
        "{}",
        wrong.body
    );
    assert!(!wrong.body.contains("spk_"));
    for (headers, status) in [
        (&[FORM, ("sec-fetch-site", "cross-site")][..], 403),
        (&[FORM, ("origin", "https://evil.example")], 403),
        (&[FORM, ("origin", app.origin.as_str())], 200),
        (&[JSON], 415),
    ] {
        let answer = app.call("POST", "/partners/key", headers, "name=Us+again&contact=web+team").await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.body.contains("spk_"), status == 200, "{headers:?}");
    }
}

#[tokio::test]
async fn an_admin_sees_who_has_keys_and_revokes_them_and_each_act_is_written_down() {
    let app = TestApp::shipped().await;
    let (key, other) = (new_key(&app).await, new_key(&app).await);
    let admin = app.token(Role::Admin).await;
    let list = with_key(&app, "GET", "/admin/v1/partners?q=SOCIETY", &admin, &Value::Null).await.json();
    assert_eq!(list["total"], 2, "{list}");
    assert!(!list.to_string().contains(&key));
    let partners = list["results"].as_array().expect("partners");
    let id_of_key = |prefix: &str| {
        let mut keys = partners.iter().filter_map(|partner| partner["keys"][0].as_object());
        let found = keys.find(|one| one["prefix"] == prefix).expect("the key");
        found["id"].as_str().expect("an id").to_owned()
    };

    let path = format!("/admin/v1/keys/{}/revocation", id_of_key(&other[..12]));
    assert_eq!(with_key(&app, "POST", &path, &admin, &json!({ "why": "" })).await.status, 400);
    assert_eq!(with_key(&app, "POST", &path, &admin, &json!({ "why": "found in a page" })).await.status, 200);
    assert_eq!(with_key(&app, "POST", &path, &admin, &json!({ "why": "again" })).await.status, 409);
    assert_eq!(with_key(&app, "GET", "/v1/partner", &other, &Value::Null).await.status, 401);

    let path = "/admin/v1/partners/a-society/revocation";
    let revoked = with_key(&app, "POST", path, &admin, &json!({ "why": "asked for it" })).await;
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    assert!(revoked.json()["revoked"].is_string());
    assert_eq!(with_key(&app, "GET", "/v1/resources", &key, &Value::Null).await.status, 401);
    assert_eq!(
        with_key(&app, "POST", "/admin/v1/partners/nobody/revocation", &admin, &json!({ "why": "x" })).await.status,
        404
    );

    let audit = with_key(&app, "GET", "/admin/v1/audit", &admin, &Value::Null).await.json();
    let acts: Vec<&str> =
        audit["results"].as_array().expect("acts").iter().filter_map(|act| act["action"].as_str()).collect();
    assert_eq!(acts[..2], ["revoke partner", "revoke key"], "{audit}");
    let reader = app.token(Role::ReadOnly).await;
    assert_eq!(with_key(&app, "POST", path, &reader, &json!({ "why": "x" })).await.status, 403);
    assert_eq!(with_key(&app, "GET", "/admin/v1/partners", &key, &Value::Null).await.status, 401, "a key is no token");
}
