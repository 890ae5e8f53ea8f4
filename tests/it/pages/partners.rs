//! The pages for partners: the examples answer, the lines work, and a view is made in the page as through the API.

use serde_json::json;

use crate::harness::TestApp;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

/// The values of an attribute wherever it stands in a page, with what was escaped made whole again.
fn values_of(page: &str, attribute: &str) -> Vec<String> {
    let start = format!("{attribute}=\"");
    let values = page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next());
    values.map(|value| value.replace("&#38;", "&").replace("&#34;", "\"")).collect()
}

async fn new_key(app: &TestApp) -> String {
    let body = json!({ "name": "A Society", "contact": "the web team" });
    let made = app.call("POST", "/v1/partners", &[JSON], body.to_string()).await.json();
    made["key"].as_str().expect("a key").to_owned()
}

#[tokio::test]
async fn every_example_and_every_link_of_the_page_answers() {
    let app = TestApp::shipped().await;
    let page = app.get("/partners?words=wales").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let calls = values_of(&page.body, "href");
    let calls: Vec<&String> =
        calls.iter().filter(|path| path.starts_with("/v1/") || path.starts_with("/oai")).collect();
    assert!(calls.len() >= 13, "{calls:?}");
    for call in calls {
        let expected = if call.contains("levl=") { 400 } else { 200 };
        assert_eq!(app.get(call).await.status, expected, "{call}");
    }
    assert!(page.body.contains("href=\"/partners/widget?words=wales\""), "the words are taken along");
    let wrong = app.get("/partners?word=wales").await;
    assert!(wrong.status == 400 && wrong.body.contains("words"), "{}", wrong.body);
}

#[tokio::test]
async fn the_builder_shows_the_widget_and_the_lines_that_were_chosen() {
    let app = TestApp::shipped().await;
    let chosen = "subject=physics&level=ks3&level=ks4&limit=3&heading=Ours&filters=type&accent=%2300539f&sort=&q=";
    let page = app.get(&format!("/partners/widget?{chosen}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let frame = "/embed/search?subject=physics&level=ks3,ks4&limit=3&heading=Ours&filters=type";
    assert!(values_of(&page.body, "src").iter().any(|source| source == frame), "{:?}", values_of(&page.body, "src"));
    assert_eq!(app.get(frame).await.status, 200);
    assert_eq!(values_of(&page.body, "data-style"), ["--signpost-accent: #00539f; --signpost-on-accent: #ffffff"]);
    for part in ["integrity=", "crossorigin=", "sandbox=", "subject=&#34;physics&#34;", "level=&#34;ks3,ks4&#34;"] {
        assert!(page.body.contains(part), "{part}");
    }
    let view = values_of(&page.body, "href").into_iter().find(|path| path.starts_with("/partners/view?"));
    let view = app.get(&view.expect("the form for a view")).await;
    let filters = values_of(&view.body, "value");
    assert!(filters.iter().any(|value| value == "subject=physics&level=ks3,ks4"), "{filters:?}");
    assert!(filters.iter().any(|value| value == "#00539f"), "{filters:?}");
}

#[tokio::test]
async fn what_was_typed_wrong_is_told_at_its_field_and_left_out_of_the_lines() {
    let app = TestApp::shipped().await;
    for (typed, field) in [
        ("limit=21", "limit"),
        ("age=old", "age"),
        ("accent=blue", "accent"),
        ("text=%23000000", "background"),
        ("view=nobody", "view"),
    ] {
        let page = app.get(&format!("/partners/widget?{typed}")).await;
        assert_eq!(page.status, 400, "{typed}");
        assert!(page.body.contains(&format!("href=\"#{field}\"")), "{typed}: {}", page.body);
        assert!(page.body.contains("aria-invalid=\"true\""), "{typed}");
    }
    for unknown in ["levl=ks3", "level=ks33", "sort=best", "filters=levl"] {
        let page = app.get(&format!("/partners/widget?{unknown}")).await;
        assert!(page.status == 400 && !page.body.contains("data-live"), "{unknown}");
    }
}

#[tokio::test]
async fn nothing_typed_becomes_markup_in_the_page_or_in_a_line() {
    let app = TestApp::shipped().await;
    let page = app.get("/partners/widget?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&heading=%22%20onload=%22x").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script>alert") && !page.body.contains("\" onload=\"x"), "{}", page.body);
}

#[tokio::test]
async fn a_view_is_made_shown_and_changed_in_the_page() {
    let app = TestApp::shipped().await;
    let key = new_key(&app).await;
    let form = app.get("/partners/view").await;
    assert!(form.status == 200 && form.body.contains("method=\"post\"") && !form.body.contains("<script"));
    let sent = format!(
        "act=save&key={key}&name=our-view&title=Ours&filters=%3Fsubject%3Dchemistry%26level%3Dks3,ks4&accent=%2300539f\
         &link_parameters=utm_source%3Dus"
    );
    let made = app.call("POST", "/partners/view", &[FORM, ("sec-fetch-site", "same-origin")], sent.as_str()).await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.body);
    let view = app.json("/v1/views/our-view").await;
    assert_eq!(view["filters"], json!({ "subject": ["chemistry"], "level": ["ks3", "ks4"] }));
    assert_eq!((&view["theme"]["accent"], &view["link_parameters"]["utm_source"]), (&json!("#00539f"), &json!("us")));

    let show = format!("act=show&key={key}&name=our-view");
    let shown = app.call("POST", "/partners/view", &[FORM], show).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(values_of(&shown.body, "value").iter().any(|value| value == "utm_source=us"), "{}", shown.body);
    let again = app.call("POST", "/partners/view", &[FORM], sent.replace("title=Ours", "title=Theirs")).await;
    assert_eq!(again.status, 200);
    assert_eq!(app.json("/v1/views/our-view").await["title"], "Theirs");
}

#[tokio::test]
async fn a_view_that_cannot_be_written_is_told_field_by_field() {
    let app = TestApp::shipped().await;
    let (key, other) = (new_key(&app).await, new_key(&app).await);
    let saved = |key: &str, rest: &str| format!("act=save&key={key}&{rest}");
    for (body, status, field) in [
        (saved("spk_wrong", "name=our-view&title=Ours"), 400, "key"),
        (saved("", "name=our-view&title=Ours"), 400, "key"),
        (saved(&key, "name=Our+View&title=Ours"), 400, "name"),
        (saved(&key, "name=our-view&title="), 400, "title"),
        (saved(&key, "name=our-view&title=Ours&filters=levl%3Dks3"), 400, "filters"),
        (saved(&key, "name=our-view&title=Ours&accent=blue"), 400, "accent"),
        (saved(&key, "name=our-view&title=Ours&corner_px=many"), 400, "corner_px"),
        (saved(&key, "name=our-view&title=Ours"), 201, ""),
        (saved(&other, "name=our-view&title=Ours"), 409, "name"),
        (format!("act=show&key={other}&name=our-view"), 404, "name"),
    ] {
        let answer = app.call("POST", "/partners/view", &[FORM], body.as_str()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert!(field.is_empty() || answer.body.contains(&format!("href=\"#{field}\"")), "{body}: {}", answer.body);
    }
    let foreign = [FORM, ("sec-fetch-site", "cross-site")];
    let answer = app.call("POST", "/partners/view", &foreign, saved(&key, "name=second-view&title=Ours")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(app.get("/v1/views/second-view").await.status, 404);
}

#[tokio::test]
async fn of_too_many_values_the_builder_looks_none_up() {
    let app = TestApp::shipped().await;
    let listed = format!("occupation={}", ["zqzq"; 60].join(","));
    let page = app.get(&format!("/partners/widget?{listed}")).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("more than 50 values") && !page.body.contains("zqzq"), "{}", page.body);
    let page = app.get(&format!("/partners/widget?{}", ["occupation=zqzq"; 60].join("&"))).await;
    assert!(page.status == 400 && page.body.contains("more than 50 values"), "{}", page.body);
    let page = app.get(&format!("/partners/widget?filters={}", ["zqzq"; 60].join(","))).await;
    assert!(page.status == 400 && !page.body.contains("zqzq"), "{}", page.body);
    let fitting = format!("/partners/widget?occupation={}", ["_none"; 50].join(","));
    assert_eq!(app.get(&fitting).await.status, 200);
}

#[tokio::test]
async fn the_builder_is_as_strict_about_what_is_carried_as_about_the_rest() {
    let app = TestApp::shipped().await;
    for wrong in ["words=Wales", "words=wales&words=scotland", "list=zz"] {
        assert_eq!(app.get(&format!("/partners/widget?subject=physics&{wrong}")).await.status, 400, "{wrong}");
    }
    let page = app.get("/partners/widget?subject=physics&words=wales&list=").await;
    assert_eq!(page.status, 200);
    assert!(values_of(&page.body, "href").contains(&"/partners?words=wales".to_owned()), "{}", page.body);
}

#[tokio::test]
async fn a_form_that_does_not_say_what_is_to_be_done_writes_nothing() {
    let app = TestApp::shipped().await;
    let key = new_key(&app).await;
    for act in ["", "act=&", "act=delete&"] {
        let sent = format!("{act}key={key}&name=our-view&title=Ours");
        let answer = app.call("POST", "/partners/view", &[FORM], sent).await;
        assert_eq!(answer.status, 400, "{act}: {}", answer.body);
        assert!(!answer.body.contains(&key), "{act}: a key is in no page of an error");
    }
    assert_eq!(app.get("/v1/views/our-view").await.status, 404);
}

#[tokio::test]
async fn ten_wrong_keys_may_be_typed_in_a_minute() {
    let app = TestApp::limited().await;
    let typed = |number: usize| format!("act=show&key=spk_{number}&name=our-view");
    for number in 0..10 {
        assert_eq!(app.call("POST", "/partners/view", &[FORM], typed(number)).await.status, 400, "{number}");
    }
    let refused = app.call("POST", "/partners/view", &[FORM], typed(10)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "6"), "{}", refused.body);
    assert!(refused.header("content-type").starts_with("text/html"));
}
