//! The planner as a careers leader's browser gets it: the address is the plan, whatever is in it.

use crate::harness::{TestApp, source_toml};

/// The id of any resource of the shipped catalogues.
async fn some_id(app: &TestApp) -> String {
    let found = app.json("/v1/resources?per_page=1&facets=none").await;
    found["results"][0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_resource_that_is_placed_stands_in_its_year_in_the_words_of_the_nation() {
    let app = TestApp::shipped().await;
    let id = some_id(&app).await;
    for (nation, year) in [("england", "Year 9"), ("scotland", "S3"), ("northern-ireland", "Year 10")] {
        let page = app.get(&format!("/planner?words={nation}&from=2026&at=13-2~{id}")).await;
        assert_eq!(page.status, 200);
        let section = page.body.split("id=\"year-13\"").nth(1).expect("the year");
        let section = section.split("</section>").next().expect("its end");
        assert!(section.contains(&format!("/resources/{id}")), "{nation}");
        assert!(section.contains(&format!(">{year} <")), "{nation}");
        assert!(section.contains(&format!("value=\"13-2~{id}\" selected")), "{nation}");
    }
}

#[tokio::test]
async fn own_words_are_added_and_cover_what_they_say_and_are_never_markup() {
    let app = TestApp::shipped().await;
    let page =
        app.get("/planner?from=2026&new=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&new_at=15-1&new_for=gatsby-8").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<img src=x"));
    assert!(page.body.contains("own=15-1~8~%3Cimg"), "the address of the plan holds it");
    assert!(page.body.contains("Covered by 1"));
}

#[tokio::test]
async fn a_pasted_plan_is_read_line_by_line() {
    let app = TestApp::shipped().await;
    let page = app.get("/planner?paste=Year+9%0D%0ATalk+GB5%0D%0AYear+10+visit%2C+summer").await;
    assert!(page.body.contains("2 lines of your plan were read in."), "{}", page.body);
    assert!(page.body.contains("own=13-1~5~Talk+GB5") && page.body.contains("own=14-3~~Year+10+visit,+summer"));
}

#[tokio::test]
async fn the_example_leads_to_an_address_that_holds_it() {
    let app = TestApp::shipped().await;
    let answer = app.get("/planner?example=on").await;
    assert_eq!(answer.status, 303);
    let page = app.get(answer.header("location")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Example plan"));
}

#[tokio::test]
async fn a_plan_is_a_calendar_and_a_table() {
    let app = TestApp::shipped().await;
    let id = some_id(&app).await;
    let plan = format!("from=2026&at=13-2~{id}&own=11-1~1~%3DSUM(A1)");
    let calendar = app.get(&format!("/planner.ics?{plan}")).await;
    assert!(calendar.header("content-type").starts_with("text/calendar"));
    assert_eq!(calendar.body.matches("BEGIN:VEVENT").count(), 2, "{}", calendar.body);
    assert!(calendar.body.contains("DTSTART;VALUE=DATE:20260907\r\n"), "{}", calendar.body);
    assert!(calendar.body.starts_with("BEGIN:VCALENDAR\r\n") && calendar.body.ends_with("END:VCALENDAR\r\n"));
    let table = app.get(&format!("/planner.csv?{plan}")).await;
    assert!(table.header("content-type").starts_with("text/csv"));
    assert!(table.body.contains("'=SUM(A1)"), "no cell is a formula: {}", table.body);
    assert!(table.body.contains(&format!("/resources/{id}")));
}

#[tokio::test]
async fn what_is_no_more_keeps_its_place_and_is_told_and_what_was_merged_is_replaced() {
    let items = serde_json::json!([
        { "id": "a", "title": "Working with bees", "url": "https://example.org/bees" },
        { "id": "b", "title": "Lasers at work", "url": "https://example.org/lasers" },
        { "id": "c", "title": "Rivers and dams", "url": "https://example.org/rivers" },
    ]);
    let toml = source_toml("small", "file = \"small.json\"");
    let app = TestApp::with_sources(&[("small.toml", toml)], &[("small.json", &items.to_string())]).await;
    let (bees, lasers, rivers) =
        (app.id_of("Working with bees").await, app.id_of("Lasers at work").await, app.id_of("Rivers and dams").await);
    app.curate(&bees, serde_json::json!({ "kind": "hide", "reason": "it sells something" })).await;
    app.curate(&lasers, serde_json::json!({ "kind": "merge", "into": rivers })).await;
    let page = app.get(&format!("/planner?from=2026&at=11-1~{bees}&at=11-2~{lasers}&at=11-3~00000000000000zz")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("at=11-1~{bees}")), "it keeps its place");
    assert!(page.body.contains(&format!("at=11-2~{rivers}")), "the other stands in its place");
    assert!(page.body.contains("This was withdrawn on"));
    assert!(page.body.contains("does not know this resource"));
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_and_a_value_that_cannot_be_read_is_told() {
    let app = TestApp::shipped().await;
    assert_eq!(app.get("/planner?titel=x").await.status, 400);
    let page = app.get("/planner?at=nonsense&from=2026").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("could not be read") && page.body.contains("nonsense"));
}
