//! What the API says to a request it cannot answer as asked.

use crate::harness::TestApp;

#[tokio::test]
async fn an_unknown_parameter_is_an_error_that_names_the_nearest() {
    let app = TestApp::shipped().await;
    let answer = app.get("/v1/resources?subjct=chemistry").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], "/problems/bad-parameter");
    assert_eq!(problem["errors"][0]["parameter"], "subjct");
    assert_eq!(problem["errors"][0]["detail"], "unknown parameter; did you mean `subject`?");
}

#[tokio::test]
async fn all_mistakes_of_a_request_are_told_at_once() {
    let app = TestApp::shipped().await;
    let answer = app.get("/v1/resources?level=ks33&sort=best&per_page=500&age=old&fields=titel").await;
    assert_eq!(answer.status, 400);
    let problem = answer.json();
    let told: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["parameter"].as_str().unwrap()).collect();
    assert_eq!(told, ["level", "sort", "per_page", "age", "fields"]);
    let level = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(level.contains("did you mean `ks3`?"), "{level}");
}

#[tokio::test]
async fn a_label_in_place_of_an_id_is_answered_with_the_id() {
    let app = TestApp::shipped().await;
    let problem = app.get("/v1/resources?subject=Maths").await.json();
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("did you mean `mathematics`?"), "{detail}");
}

#[tokio::test]
async fn no_query_breaks_the_service() {
    let app = TestApp::shipped().await;
    let long = "a ".repeat(5_000);
    let many = "chemistry ".repeat(50);
    let queries = [
        "",
        " ",
        "\"",
        "\"\"",
        "\"unclosed phrase",
        "- *",
        "-",
        "--",
        "*",
        "?",
        "!!!",
        "()[]{}",
        "((((((((",
        "AND OR NOT",
        "the of and",
        "title:x",
        "a:b:c",
        "\\",
        "\u{0}",
        "\u{1}\u{2}",
        "🦄",
        "👩‍🔬 careers",
        "مهندس",
        "כימיה",
        "\u{202e}abc",
        "C++",
        "D&T",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "../../etc/passwd",
        "%",
        "%zz",
        "\r\nSet-Cookie: a=b",
        long.as_str(),
        many.as_str(),
        "-chemistry",
        "\"-\"",
        "year 9 chemistry video not engineering",
    ];
    for query in queries {
        let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        for path in [format!("/v1/resources?q={encoded}"), format!("/?q={encoded}")] {
            let answer = app.get(&path).await;
            assert!(matches!(answer.status, 200 | 400), "{query:?}: {} {}", answer.status, answer.body);
        }
    }
    for raw in [
        "q=%",
        "q=%ff%fe",
        "%",
        "=",
        "&&&",
        "q",
        "q=a&q=b",
        "level=",
        "level=,,",
        "page=0",
        "page=999999999999999999999",
    ] {
        let answer = app.get(&format!("/v1/resources?{raw}")).await;
        assert!(matches!(answer.status, 200 | 400), "{raw}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_query_that_is_too_long_is_refused_and_a_blank_one_browses() {
    let app = TestApp::shipped().await;
    let answer = app.get(&format!("/v1/resources?q={}", "a".repeat(513))).await;
    assert_eq!(answer.status, 400);
    let all = app.json("/v1/resources").await["total"].clone();
    for blank in ["q=", "q=+", "q=%21%3F", "q=%F0%9F%A6%84", "level=&sort="] {
        assert_eq!(app.json(&format!("/v1/resources?{blank}")).await["total"], all, "{blank}");
    }
}

#[tokio::test]
async fn pages_end_at_ten_thousand_results() {
    let app = TestApp::shipped().await;
    assert_eq!(app.get("/v1/resources?page=100&per_page=100").await.status, 200);
    let answer = app.get("/v1/resources?page=101&per_page=100").await;
    assert_eq!((answer.status, answer.json()["errors"][0]["parameter"].clone()), (400, "page".into()));
}

#[tokio::test]
async fn what_is_not_there_is_told_as_a_problem() {
    let app = TestApp::shipped().await;
    for path in [
        "/v1/resources/0000000000000000",
        "/v1/resources/..%2f",
        "/v1/vocabularies/colour",
        "/v1/sources/nobody",
        "/v1/nothing",
    ] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    let answer = app.send("DELETE", "/v1/resources", &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (405, "application/problem+json"));
    assert_eq!(app.get("/problems/bad-parameter").await.status, 200);
}

#[tokio::test]
async fn a_parameter_that_takes_one_value_is_refused_when_it_is_given_twice() {
    let app = TestApp::shipped().await;
    let answer = app.get("/v1/resources?q=a&q=b").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["errors"][0]["parameter"], "q");
}

#[tokio::test]
async fn a_date_at_the_end_of_time_never_finds_everything() {
    let app = TestApp::shipped().await;
    let answer = app.get("/v1/resources?updated_after=9999-12-31").await;
    match answer.status {
        400 => assert_eq!(answer.json()["errors"][0]["parameter"], "updated_after"),
        status => assert_eq!((status, answer.json()["total"].as_u64()), (200, Some(0))),
    }
}

#[tokio::test]
async fn an_address_that_is_no_text_is_not_there() {
    let app = TestApp::shipped().await;
    for path in ["/v1/resources/%FF", "/v1/vocabularies/%FF"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    let page = app.get_with("/resources/%FF", &[("accept", "text/html")]).await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
}

#[tokio::test]
async fn a_facet_that_is_asked_for_many_times_is_answered_once() {
    let app = TestApp::shipped().await;
    let once = app.json("/v1/resources?facets=level").await;
    let often = app.json(&format!("/v1/resources?facets={}", ["level"; 150].join(","))).await;
    assert_eq!(often["facets"].as_object().expect("facets").len(), 1);
    assert_eq!(often["facets"], once["facets"]);
}

#[tokio::test]
async fn many_mistakes_make_no_large_answer() {
    const MOST_BYTES: usize = 100_000;
    let app = TestApp::shipped().await;
    for length in [1, 80] {
        let values: Vec<String> = (0..300).map(|number| format!("{}{number}", "x".repeat(length))).collect();
        let answer = app.get(&format!("/v1/resources?level={}", values.join(","))).await;
        assert_eq!(answer.status, 400, "values of {length} letters");
        assert!(answer.body.len() < MOST_BYTES, "values of {length} letters: {} bytes", answer.body.len());
    }
}

#[tokio::test]
async fn calls_without_parameters_refuse_them() {
    let app = TestApp::shipped().await;
    for path in ["/v1", "/v1/context.jsonld", "/v1/openapi.json"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
        let answer = app.get(&format!("{path}?colour=red")).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{path}");
        assert_eq!(answer.json()["errors"][0]["parameter"], "colour", "{path}");
    }
}

#[tokio::test]
async fn a_very_long_query_string_is_refused_in_few_words() {
    const BYTES: usize = 60_000;
    const MOST_BYTES: usize = 20_000;
    let app = TestApp::shipped().await;
    let queries = [
        ("one long word", format!("q={}", "a".repeat(BYTES))),
        ("one long name", "a".repeat(BYTES)),
        ("many names", "a&".repeat(BYTES / 2)),
        ("many values", format!("level={}", "x,".repeat(BYTES / 2))),
    ];
    for (name, query) in queries {
        let answer = app.get(&format!("/v1/resources?{query}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{name}");
        assert!(answer.body.len() < MOST_BYTES, "{name}: {} bytes", answer.body.len());
    }
}

#[tokio::test]
async fn the_values_of_the_parameters_of_a_search_are_held_to_their_limits() {
    let app = TestApp::shipped().await;
    let long = "a".repeat(101);
    for (parameter, value) in [
        ("facet_q", long.as_str()),
        ("facet_limit", "0"),
        ("facet_limit", "101"),
        ("facet_limit", "-1"),
        ("per_page", "0"),
        ("per_page", "101"),
        ("explain", "perhaps"),
        ("inferred", "no"),
        ("cursor", "1"),
    ] {
        let answer = app.get(&format!("/v1/resources?{parameter}={value}")).await;
        assert_eq!(answer.status, 400, "{parameter}={value}");
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{value}");
    }
    for (raw, detail) in [("explian=on", "explain"), ("curser=*", "cursor"), ("facet_limt=3", "facet_limit")] {
        let told = app.get(&format!("/v1/resources?{raw}")).await.json()["errors"][0]["detail"].to_string();
        assert!(told.contains(&format!("did you mean `{detail}`?")), "{raw}: {told}");
    }
    assert_eq!(app.get("/v1/resources?facet_q=%22-*%00%E2%80%AE&facet_limit=100").await.status, 200);
}
