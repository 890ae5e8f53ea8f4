//! What people tell us of a resource comes to an editor and to nobody else, and the answer finds its way back.

use serde_json::{Value, json};
use signpost::catalogue::Role;

use crate::harness::{Answer, TestApp, source_toml};

const REPORTS: &str = "/v1/reports";
const INBOX: &str = "/admin/v1/reports";

const POSTERS: &str = r#"[
    {"id": 1, "title": "Soap", "url": "https://example.org/soap", "subjects": ["Chemistry"]},
    {"id": 2, "title": "Bridges", "url": "https://example.org/bridges", "subjects": ["Physics"]}
]"#;

async fn posters() -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"");
    TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", POSTERS)]).await
}

async fn report(app: &TestApp, body: &Value) -> Answer {
    app.call("POST", REPORTS, &[("content-type", "application/json")], body.to_string()).await
}

/// Sends a report that is taken, and gives its reference.
async fn sent(app: &TestApp, body: &Value) -> String {
    let answer = report(app, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["reference"].as_str().expect("a reference").to_owned()
}

async fn admin(app: &TestApp, path: &str, token: &str) -> Value {
    let answer = app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

async fn answer(app: &TestApp, reference: &str, token: &str, state: &str, outcome: &str) -> Answer {
    let body = json!({ "state": state, "outcome": outcome });
    app.post(&format!("{INBOX}/{reference}/outcome"), token, "application/json", body.to_string()).await
}

async fn send_form(app: &TestApp, id: &str, headers: &[(&str, &str)], form: &str) -> Answer {
    let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    app.call("POST", &format!("/resources/{id}/report"), &all, form).await
}

#[tokio::test]
async fn who_reports_is_given_a_reference_and_finds_the_answer_there() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let received = report(&app, &json!({ "resource": soap, "kind": "wrong-detail", "field": "cost" })).await;
    assert_eq!(received.status, 201, "{}", received.body);
    let receipt = received.json();
    let reference = receipt["reference"].as_str().expect("a reference").to_owned();
    let location = format!("/v1/reports/{reference}");
    assert_eq!((received.header("location"), received.header("cache-control")), (location.as_str(), "no-store"));
    assert_eq!(
        (&receipt["url"], &receipt["state"]),
        (&json!(format!("{}/reports/{reference}", app.app.public_url())), &json!("open"))
    );

    let open = app.json(&location).await;
    assert_eq!(
        (&open["resource"], &open["kind"], &open["field"], &open["state"], &open["outcome"], &open["answered"]),
        (&json!(soap), &json!("wrong-detail"), &json!("cost"), &json!("open"), &Value::Null, &Value::Null)
    );
    let page = app.get(&format!("/reports/{reference}")).await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    for said in ["waits for one of our editors", "Soap", "What it costs", "21 November 2026", &reference] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }

    let token = app.token(Role::Curator).await;
    let answered = answer(&app, &reference, &token, "fixed", "It is <b>free</b> now.\nThank you.").await;
    assert_eq!((answered.status, &answered.json()["answered_by"]), (200, &json!("test")), "{}", answered.body);
    let fixed = app.json(&format!("/v1/reports/{}", reference.to_uppercase().replace('-', ""))).await;
    assert_eq!((&fixed["state"], &fixed["outcome"]), (&json!("fixed"), &json!("It is <b>free</b> now.\nThank you.")));
    assert!(fixed["answered"].is_string() && fixed["answered_by"].is_null(), "{fixed}");
    let page = app.get(&format!("/reports/{reference}")).await;
    assert!(page.body.contains("put it right") && page.body.contains("Thank you."), "{}", page.body);
    assert!(!page.body.contains("<b>free"), "{}", page.body);
}

#[tokio::test]
async fn the_same_again_is_counted_and_another_is_not() {
    let app = posters().await;
    let (soap, bridges) = (app.id_of("Soap").await, app.id_of("Bridges").await);
    let first = json!({ "resource": soap, "kind": "other", "detail": "It  is\nold." });
    let reference = sent(&app, &first).await;
    let again = report(&app, &json!({ "kind": "other", "detail": " It  is\r\nold.", "resource": soap })).await;
    assert_eq!((again.status, &again.json()["reference"]), (200, &json!(reference)), "{}", again.body);
    for other in [
        json!({ "resource": soap, "kind": "other" }),
        json!({ "resource": soap, "kind": "not-suitable", "detail": "It  is\nold." }),
        json!({ "resource": soap, "kind": "other", "field": "levels", "detail": "It  is\nold." }),
        json!({ "resource": bridges, "kind": "other", "detail": "It  is\nold." }),
    ] {
        assert_ne!(sent(&app, &other).await, reference, "{other}");
    }
    let token = app.token(Role::Curator).await;
    let listed = admin(&app, &format!("{INBOX}?resource={soap}&state=open"), &token).await;
    let results = listed["results"].as_array().expect("results");
    let times = |row: &Value| (row["reference"] == json!(reference)).then(|| row["times"].clone());
    assert_eq!((listed["total"].clone(), results.iter().find_map(times)), (json!(4), Some(json!(2))));

    answer(&app, &reference, &token, "declined", "It is not.").await;
    assert_ne!(sent(&app, &first).await, reference, "what was answered is not opened again");
}

#[tokio::test]
async fn one_resource_cannot_fill_the_inbox() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    for number in 0..20 {
        sent(&app, &json!({ "resource": soap, "kind": "other", "detail": format!("reason {number}") })).await;
    }
    let more = report(&app, &json!({ "resource": soap, "kind": "other", "detail": "reason 20" })).await;
    assert_eq!(more.status, 200, "{}", more.body);
    let token = app.token(Role::ReadOnly).await;
    assert_eq!(admin(&app, &format!("{INBOX}?state=open"), &token).await["total"], 20);
}

#[tokio::test]
async fn what_cannot_be_taken_says_why() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let wrong =
        report(&app, &json!({ "resource": "soap", "kind": "dead", "field": "price", "detail": 1, "name": "A" })).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    let told = wrong.json();
    let mut named: Vec<&str> =
        told["errors"].as_array().expect("errors").iter().filter_map(|one| one["parameter"].as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["detail", "field", "kind", "name", "resource"], "{told}");
    for (content_type, body, status) in [
        ("application/json", "{".to_owned(), 400),
        ("application/json", "[]".to_owned(), 400),
        ("application/json", String::new(), 400),
        (
            "application/json",
            json!({ "resource": soap, "kind": "other", "detail": "x".repeat(2_001) }).to_string(),
            400,
        ),
        ("application/json", " ".repeat((64 << 10) + 1), 413),
        ("text/plain", json!({ "resource": soap, "kind": "other" }).to_string(), 415),
        ("application/json", json!({ "resource": "0000000000000000", "kind": "other" }).to_string(), 404),
    ] {
        let answer = app.call("POST", REPORTS, &[("content-type", content_type)], body.clone()).await;
        assert_eq!(answer.status, status, "{content_type} {body:.80}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{body:.80}");
    }
    let typeless = app.call("POST", REPORTS, &[], "{}").await;
    assert_eq!(typeless.status, 415, "{}", typeless.body);
    let token = app.token(Role::ReadOnly).await;
    assert_eq!(admin(&app, INBOX, &token).await["total"], 0, "nothing of it was taken");
}

#[tokio::test]
async fn a_report_of_what_was_merged_is_about_what_it_became_and_of_what_was_withdrawn_there_is_none() {
    let app = posters().await;
    let (soap, bridges) = (app.id_of("Soap").await, app.id_of("Bridges").await);
    let before = sent(&app, &json!({ "resource": soap, "kind": "duplicate" })).await;
    app.curate(&soap, json!({ "kind": "merge", "into": bridges })).await;
    let after = sent(&app, &json!({ "resource": soap, "kind": "dead-link" })).await;
    assert_eq!(app.json(&format!("/v1/reports/{after}")).await["resource"], json!(bridges));
    let form = app.get(&format!("/resources/{soap}/report")).await;
    assert_eq!((form.status, form.header("location")), (308, format!("/resources/{bridges}/report").as_str()));

    app.curate(&bridges, json!({ "kind": "hide", "reason": "it sells something" })).await;
    let gone = report(&app, &json!({ "resource": bridges, "kind": "other" })).await;
    assert_eq!((gone.status, &gone.json()["withdrawn"]["reason"]), (410, &json!("it sells something")));
    assert_eq!(app.get(&format!("/resources/{bridges}/report")).await.status, 410);
    for reference in [before, after] {
        let page = app.get(&format!("/reports/{reference}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("not listed any more"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_forged_reference_is_not_found_and_breaks_nothing() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    let long = "0".repeat(4_000);
    for forged in [
        "0000-0000-0000-0000",
        "x",
        "-",
        "%00",
        "%FF%FE",
        "%27%20OR%201%3D1%20--",
        "..%2F..%2Fetc%2Fpasswd",
        "%F0%9F%A7%AA",
        &long,
    ] {
        assert_eq!(app.get(&format!("/v1/reports/{forged}")).await.status, 404, "{forged:.40}");
        assert_eq!(app.get(&format!("/reports/{forged}")).await.status, 404, "{forged:.40}");
        assert_eq!(answer(&app, forged, &token, "fixed", "Done.").await.status, 404, "{forged:.40}");
    }
    assert_eq!(app.get("/v1/reports/0000-0000-0000-0000?a=b").await.status, 400);
}

#[tokio::test]
async fn nothing_is_kept_of_who_reports() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "reporters-browser/1.0"),
        ("x-forwarded-for", "203.0.113.77"),
        ("forwarded", "for=203.0.113.77"),
        ("from", "ada@reporter.example"),
        ("referer", "https://reporter.example/page"),
        ("cookie", "visitor=reporter.example"),
    ];
    let body = json!({ "resource": soap, "kind": "other", "detail": "the picture is upside down" });
    // From an address of this machine that nothing else has.
    let received = app.call_from([127, 0, 0, 77], "POST", REPORTS, &headers, body.to_string()).await;
    assert_eq!(received.status, 201, "{}", received.body);
    let mut form_headers = headers;
    form_headers[0].1 = "application/x-www-form-urlencoded";
    let form = "kind=duplicate&detail=there+are+two&email=ada%40reporter.example&name=reporters-name";
    let path = format!("/resources/{soap}/report");
    assert_eq!(app.call_from([127, 0, 0, 77], "POST", &path, &form_headers, form).await.status, 303);

    for written in ["the picture is upside down", "there are two"] {
        assert!(app.keeps(written), "{written}: what is kept is found where it is looked for");
    }
    for of_reporter in ["reporters-browser", "203.0.113.77", "reporter.example", "reporters-name", "127.0.0.77"] {
        assert!(!app.keeps(of_reporter), "{of_reporter}");
    }
}

#[tokio::test]
async fn what_was_written_is_for_editors_alone() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let naughty =
        "\"><script>alert('naughty-3f9')</script>\u{202e}\u{0} ${jndi:ldap://a} '; DROP TABLE user_report; --";
    let reference = sent(&app, &json!({ "resource": soap, "kind": "other", "detail": naughty })).await;
    let token = app.token(Role::Curator).await;
    let listed = admin(&app, INBOX, &token).await;
    assert_eq!(listed["results"][0]["detail"], json!(naughty.replace('\u{0}', "")));
    answer(&app, &reference, &token, "declined", "We see nothing wrong.").await;
    app.harvest("posters").await;
    for path in [
        format!("/v1/reports/{reference}"),
        format!("/reports/{reference}"),
        format!("/v1/resources/{soap}?include=assertions"),
        format!("/resources/{soap}"),
        format!("/resources/{soap}/report"),
        "/v1/resources?q=soap".to_owned(),
        "/".to_owned(),
        "/v1/sources".to_owned(),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains("naughty-3f9"), "{path}: {}", answer.body);
    }
    let log = admin(&app, "/admin/v1/audit", &app.token(Role::Admin).await).await;
    let acts = log["results"].as_array().expect("results");
    let act = acts.iter().find(|act| act["action"] == "report declined").expect("the answer is written down");
    assert_eq!((&act["subject"], &act["who"]), (&json!(reference), &json!("test")));
    assert!(!log.to_string().contains("naughty-3f9"), "the log is kept for ever: {log}");
}

#[tokio::test]
async fn a_link_that_is_said_to_be_dead_is_asked_next() {
    let app = posters().await;
    let due = async || app.app.catalogue.due_links(app.app.clock.now(), 10).await.expect("links");
    assert!(due().await.is_empty(), "what is new is asked within hours");
    let soap = app.id_of("Soap").await;
    sent(&app, &json!({ "resource": soap, "kind": "other" })).await;
    assert!(due().await.is_empty());
    sent(&app, &json!({ "resource": soap, "kind": "dead-link" })).await;
    let urls: Vec<String> = due().await.into_iter().map(|link| link.url).collect();
    assert_eq!(urls, ["https://example.org/soap"]);
}

#[tokio::test]
async fn a_form_that_needs_no_script_sends_the_same() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let form = app.get(&format!("/resources/{soap}/report")).await;
    assert_eq!(form.status, 200, "{}", form.body);
    for part in
        [format!("action=\"/resources/{soap}/report\""), "method=\"post\"".to_owned(), "value=\"dead-link\"".to_owned()]
    {
        assert!(form.body.contains(&part), "{part}: {}", form.body);
    }
    assert!(!form.body.contains("<script"), "{}", form.body);

    let sent = send_form(&app, &soap, &[("sec-fetch-site", "same-origin")], "kind=dead-link&field=&detail=").await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let page = app.get(sent.header("location")).await;
    assert!(page.status == 200 && page.body.contains("The link does not work"), "{}", page.body);
    let again = report(&app, &json!({ "resource": soap, "kind": "dead-link" })).await;
    assert_eq!(again.status, 200, "the same through the API: {}", again.body);

    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://other.example")], [("origin", "null")]] {
        let refused = send_form(&app, &soap, &headers, "kind=other").await;
        assert_eq!(refused.status, 403, "{headers:?}: {}", refused.body);
    }
    assert_eq!(send_form(&app, &soap, &[("origin", &app.origin)], "kind=other").await.status, 303);
    assert_eq!(send_form(&app, "0000000000000000", &[], "kind=other").await.status, 404);
}

#[tokio::test]
async fn a_form_that_cannot_be_used_comes_back_as_it_was_filled_in() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let back = send_form(&app, &soap, &[], "field=cost&detail=%3C%2Ftextarea%3E%3Cb%3Eold").await;
    assert_eq!(back.status, 400, "{}", back.body);
    assert!(back.body.contains("Choose what is the matter"), "{}", back.body);
    assert!(back.body.contains("value=\"cost\" selected"), "{}", back.body);
    assert!(!back.body.contains("<b>old") && back.body.contains("&#60;b&#62;old"), "{}", back.body);
    let long = send_form(&app, &soap, &[], &format!("kind=other&detail={}", "x".repeat(2_001))).await;
    assert!(long.status == 400 && long.body.contains("Write at most 2,000 characters"), "{}", long.body);
    assert_eq!(send_form(&app, &soap, &[], &"x".repeat((64 << 10) + 1)).await.status, 413);
}

#[tokio::test]
async fn curators_answer_and_others_look() {
    let app = posters().await;
    let soap = app.id_of("Soap").await;
    let reference = sent(&app, &json!({ "resource": soap, "kind": "other" })).await;
    let (reader, curator) = (app.token(Role::ReadOnly).await, app.token(Role::Curator).await);
    assert_eq!(app.get(INBOX).await.status, 401);
    assert_eq!(answer(&app, &reference, &reader, "fixed", "Done.").await.status, 403);
    assert_eq!(admin(&app, INBOX, &reader).await["results"][0]["reference"], json!(reference));
    for (state, outcome) in [("open", "Done."), ("mended", "Done."), ("fixed", " ")] {
        assert_eq!(answer(&app, &reference, &curator, state, outcome).await.status, 400, "{state}");
    }
    assert_eq!(answer(&app, &reference, &curator, "accepted", "We will look.").await.status, 200);
    assert_eq!(answer(&app, &reference, &curator, "fixed", "It was put right.").await.status, 200);
    for (query, total) in [("", 1), ("?state=fixed", 1), ("?state=open", 0), ("?resource=0000000000000000", 0)] {
        assert_eq!(admin(&app, &format!("{INBOX}{query}"), &reader).await["total"], total, "{query}");
    }
    let header = format!("Bearer {reader}");
    let wrong = app.get_with(&format!("{INBOX}?state=closed&resource=soap"), &[("authorization", &header)]).await;
    assert_eq!((wrong.status, wrong.json()["errors"].as_array().map(Vec::len)), (400, Some(2)), "{}", wrong.body);
}
