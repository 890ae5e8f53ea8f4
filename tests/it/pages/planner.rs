//! The planner as a careers leader's browser gets it: the address is the plan, whatever is in it.

use signpost::catalogue::UsageFilter;

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
async fn own_words_are_sent_once_and_moved_by_their_number() {
    let app = TestApp::shipped().await;
    let page = app.get("/planner?from=2026&own=11-1~~A+talk&own=13-2~5~A+visit").await.body;
    assert_eq!(page.matches("name=\"own\" value=\"13-2~5~A visit\"").count(), 1);
    assert!(page.contains("<option value=\"13-2~1\" selected>") && page.contains("name=\"own_at\" value=\"out~1\""));
    assert!(!page.contains("<option value=\"out"), "nothing is taken out by a choice of when");
    let moved = app.get("/planner?from=2026&own=11-1~~A+talk&own_at=out~0&own=13-2~5~A+visit&own_at=14-3~1").await;
    assert!(moved.body.contains("own=14-3~5~A+visit") && !moved.body.contains("A+talk"), "{}", moved.body);
}

#[tokio::test]
async fn every_term_takes_something_more_and_says_so_by_its_own_name() {
    let app = TestApp::shipped().await;
    let id = some_id(&app).await;
    let page = app.get(&format!("/planner?from=2026&at=13-2~{id}&own=13-2~~A+talk")).await.body;
    assert_eq!(page.matches("name=\"fill\"").count(), 21, "three terms of seven years");
    for term in ["Year 9, spring term", "Year 7, autumn term"] {
        assert_eq!(page.matches(&format!("Add<span class=\"unseen\"> {term}</span>")).count(), 1, "{term}");
    }
}

#[tokio::test]
async fn what_is_planned_is_taken_out_by_a_button_of_its_own_that_leads_back_to_its_year() {
    let app = TestApp::shipped().await;
    let id = some_id(&app).await;
    let plan = format!("from=2026&at=13-2~{id}&at=14-1~{id}&own=11-1~~A+talk");
    let page = app.get(&format!("/planner?{plan}")).await.body;
    for (out, year) in
        [(format!("name=\"at\" value=\"out~13-2~{id}\""), 13), ("name=\"own_at\" value=\"out~0\"".to_owned(), 11)]
    {
        assert!(page.contains(&format!("{out} formaction=\"/planner#year-{year}\"")), "{out}");
    }
    assert!(page.contains("Take out<span class=\"unseen\"> Year 9, spring term</span>"));
    let without = app.get(&format!("/planner?{plan}&at=out~13-2~{id}")).await;
    assert_eq!(without.status, 200);
    assert!(without.body.contains(&format!("at=14-1~{id}")) && !without.body.contains(&format!("=13-2~{id}")));
}

#[tokio::test]
async fn what_is_put_into_a_term_leads_to_its_year() {
    let app = TestApp::shipped().await;
    let page = app.get("/planner?from=2026&own=11-1~~A+talk&fill=13-2").await.body;
    let button = page.split("name=\"at\" value=\"13-2~").nth(1).and_then(|rest| rest.split('>').next());
    assert!(button.expect("something is found").contains("formaction=\"/planner#year-13\""));
    let own = page.split(" data-to-year").next().and_then(|before| before.rsplit('<').next());
    assert!(own.expect("a button").contains("formaction=\"/planner#year-13\""), "{own:?}");
}

#[tokio::test]
async fn a_plan_of_usual_length_has_its_code_and_the_link_of_a_longer_one_is_spelt_out_on_paper() {
    let app = TestApp::shipped().await;
    for (things, has_code) in [(9, true), (20, false)] {
        let own = (0..things).map(|number| format!("own=11-1~~{number}{}", "+careers+talk".repeat(7)));
        let page = app.get(&format!("/planner?from=2026&{}", own.collect::<Vec<_>>().join("&"))).await.body;
        assert_eq!(page.contains("<svg class=\"qr\""), has_code, "{things}");
        assert_eq!(page.contains("class=\"planner-code\" data-size=\"large\""), has_code, "{things}");
        assert_eq!(page.contains("class=\"spelt-out\""), !has_code, "{things}");
    }
}

#[tokio::test]
async fn what_is_found_says_how_many_there_are_and_leads_to_all_of_them() {
    let about = ["glass", "surgery", "ships", "music", "trees", "steel", "roads", "planets", "paint", "bridges"];
    let items: Vec<serde_json::Value> = about
        .iter()
        .map(|one| serde_json::json!({ "id": one, "title": format!("Lasers and {one}"), "url": format!("https://example.org/{one}") }))
        .collect();
    let toml = source_toml("few", "file = \"few.json\"");
    let json = serde_json::Value::from(items).to_string();
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &json)]).await;
    let glass = app.id_of("Lasers and glass").await;
    let page = app.get("/planner?find=lasers&words=wales").await.body;
    assert!(page.contains("8 resources are shown here."), "{page}");
    assert!(page.contains("See all 10 in the search") && page.contains("/?q=lasers&#38;words=wales\""), "{page}");
    let offered = format!("id=\"found-{glass}\"");
    let page = app.get(&format!("/planner?find=glass&at=11-1~{glass}")).await.body;
    assert!(page.contains("is in the plan already") && !page.contains(&offered), "{page}");
    assert!(app.get("/planner?find=glass").await.body.contains(&offered));
    let page = app.get(&format!("/planner?find=lasers&add={glass}")).await.body;
    assert!(
        page.contains("8 resources are shown here.") && !page.contains(&offered),
        "what waits is not offered either"
    );
    let page = app.get("/planner?find_for=gatsby-6&find_year=13").await.body;
    assert!(page.contains("Nothing was found for") && !page.contains("fewer words"), "no words were typed");
}

#[tokio::test]
async fn the_page_of_a_full_plan_stays_light() {
    let app = TestApp::shipped().await;
    let own = (0..60).map(|number| format!("own=11-1~~{number}{}", "+careers+talk".repeat(8)));
    let page = app.get(&format!("/planner?from=2026&{}", own.collect::<Vec<_>>().join("&"))).await.body;
    assert!(page.len() < 300_000, "{}", page.len());
}

/// What a form of a page of ours sends.
const FORM: [(&str, &str); 2] =
    [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];

#[tokio::test]
async fn a_pasted_plan_is_read_line_by_line_into_the_plan_of_the_address() {
    let app = TestApp::shipped().await;
    let body = "paste=Year+9%0D%0ATalk+GB5%0D%0AYear+10+visit%2C+summer";
    let answer = app.call("POST", "/planner?from=2026&own=11-1~~Assembly&words=wales", &FORM, body).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location");
    assert!(location.starts_with("/planner?from=2026&own=11-1~~Assembly&own=13-1~5~Talk+GB5&own="), "{location}");
    assert!(location.contains("words=wales"), "{location}");
    let page = app.get(location).await;
    assert!(page.body.contains("2 lines of your plan were read in."), "{}", page.body);
    assert!(page.body.contains("own=13-1~5~Talk+GB5") && page.body.contains("own=14-3~~Year+10+visit,+summer"));
    assert!(!page.body.contains("pasted="), "what is passed on is the plan alone");
}

#[tokio::test]
async fn a_pasted_line_stands_in_the_term_of_its_month_and_what_names_no_benchmark_is_told() {
    let app = TestApp::shipped().await;
    let body = "paste=KS3+science+week%2C+March%0D%0AYear+10+work+experience%2C+July%2C+GB6";
    let answer = app.call("POST", "/planner?from=2026", &FORM, body).await;
    let location = answer.header("location");
    assert!(location.contains("own=11-2~~KS3+science+week,+March&own=14-3~6~"), "{location}");
    let page = app.get(location).await.body;
    assert!(page.contains("1 line names no benchmark"), "{page}");
}

#[tokio::test]
async fn as_much_as_the_form_lets_through_is_taken_and_leads_to_an_address_that_is_read() {
    let app = TestApp::shipped().await;
    let lines = "%E8%AA%9E".repeat(119) + "%0D%0A";
    let answer = app.call("POST", "/planner", &FORM, format!("paste={}", lines.repeat(60))).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(app.get(answer.header("location")).await.status, 200);
}

#[tokio::test]
async fn no_page_of_another_site_pastes_into_a_plan() {
    let app = TestApp::shipped().await;
    let foreign = [("content-type", FORM[0].1), ("sec-fetch-site", "cross-site")];
    let answer = app.call("POST", "/planner?from=2026", &foreign, "paste=A+talk").await;
    assert_eq!((answer.status, answer.header("location")), (403, ""));
}

#[tokio::test]
async fn what_is_looked_for_in_vain_is_counted_with_its_year_and_its_aim_and_an_example_is_not() {
    let items = serde_json::json!([{ "id": "1", "title": "A film", "url": "https://example.org/1" }]);
    let toml = source_toml("few", "file = \"few.json\"");
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &items.to_string())]).await;
    // What fewer asked for is not told.
    for _ in 0..5 {
        let page = app.get("/planner?find=zzzzzz&find_for=gatsby-6&find_year=13").await;
        assert!(page.body.contains("Nothing was found for"));
        assert_eq!(app.get("/planner?example=on").await.status, 303);
        assert!(!app.get("/planner?find=film").await.body.contains("Nothing was found for"));
    }
    let today = app.app.clock.local().date();
    app.app.usage.flush(&app.app.catalogue, today).await.expect("the store can be written");
    let month = UsageFilter { views: None, from: today.first_of_month(), to: today.last_of_month() };
    let counted = app.app.catalogue.nothing_found(&month).await.expect("the store can be read");
    let expected = ["benchmark/gatsby-6", "level/eng-year-9"].map(|concept| (concept.to_owned(), 5));
    assert_eq!(counted, expected);
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
    assert!(page.body.contains("This resource was withdrawn on"));
    assert!(page.body.contains("does not know the resource 00000000000000zz"));
    assert!(page.body.contains("A resource that is no longer here") && !page.body.contains(&format!(">{bees}</a>")));
    assert!(
        page.body.contains("Find something for Year 7, autumn term") && !page.body.contains("for Year 7, spring term")
    );
    let table = app.get(&format!("/planner.csv?from=2026&at=11-1~{bees}")).await.body;
    assert!(table.contains("A resource that is no longer here"), "{table}");
}

#[tokio::test]
async fn what_others_put_on_the_address_is_passed_over_and_a_value_that_cannot_be_read_is_told() {
    let app = TestApp::shipped().await;
    let id = some_id(&app).await;
    for path in [format!("/planner?at=11-1~{id}"), format!("/list?ids={id}")] {
        let page = app.get(&format!("{path}&utm_source=newsletter&fbclid=x")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains(&format!("/resources/{id}")) && !page.body.contains("utm_source"), "{path}");
    }
    assert_eq!(app.get(&format!("/list?ids={id}&ids={id}")).await.status, 400);
    assert_eq!(app.get("/planner?titel=x").await.status, 400);
    let page = app.get("/planner?at=nonsense&from=2026").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("could not be read") && page.body.contains("nonsense"));
}

#[tokio::test]
async fn a_shortlist_tells_what_is_inferred_as_every_list_does_and_offers_its_own_steps() {
    let items = serde_json::json!([
        { "id": "1", "title": "Key Stage 3 chemistry: acids and alkalis", "url": "https://example.org/1" },
        { "id": "2", "title": "Rivers and dams", "url": "https://example.org/2" },
    ]);
    let toml = source_toml("few", "file = \"few.json\"");
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &items.to_string())]).await;
    let acids = app.id_of("Key Stage 3 chemistry: acids and alkalis").await;
    let rivers = app.id_of("Rivers and dams").await;
    let page = app.get(&format!("/list?ids={rivers},{acids}")).await.body;
    let card = page.split(&format!("id=\"r-{acids}\"")).nth(1).expect("its card");
    assert!(card.contains("class=\"inferred\""), "{card}");
    assert!(card.contains(&format!("href=\"/list?ids={acids},{rivers}#r-{acids}\"")), "the way up");
    assert!(!page.contains("to-shortlist"), "one way off the list is enough");
}

#[tokio::test]
async fn a_plan_that_exists_takes_the_shortlist_a_pasted_link_and_something_for_a_term() {
    let app = TestApp::shipped().await;
    let id = some_id(&app).await;
    let page = app.get(&format!("/planner?from=2026&own=11-1~~A+talk&list={id}")).await;
    assert!(page.body.contains(&format!("name=\"add\" value=\"{id}\"")) && page.body.contains("Add my shortlist"));
    assert_eq!(page.header("cache-control"), "private, max-age=60");
    let page = app.get(&format!("/planner?from=2026&own=11-1~~A+talk&link=https://example.org/resources/{id}")).await;
    assert!(page.body.contains(&format!("add={id}")) && !page.body.contains("link=https"), "it waits in the plan");
    let page = app.get("/planner?from=2026&own=11-1~~A+talk&fill=13-2").await.body;
    assert!(page.contains("name=\"into\" value=\"13-2\"") && page.contains("<option value=\"13\" selected>"), "{page}");
    let page = app.get("/planner?from=2026&own=11-1~5~A+talk&edit=0").await.body;
    assert!(page.contains("name=\"replaces\" value=\"11-1~5~A talk\""), "{page}");
}

#[tokio::test]
async fn what_is_only_likely_is_said_to_be_so_in_files_and_a_lesson_without_careers_links_to_none() {
    let items = serde_json::json!([
        { "id": "1", "title": "Linear equations", "url": "https://example.org/1", "types": ["lesson plan"] },
        { "id": "2", "title": "Careers in chemistry", "url": "https://example.org/2", "types": ["lesson plan"] },
    ]);
    let toml = source_toml("few", "file = \"few.json\"");
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &items.to_string())]).await;
    let (plain, careers) = (app.id_of("Linear equations").await, app.id_of("Careers in chemistry").await);
    let table = app.get(&format!("/planner.csv?from=2026&at=11-1~{plain}&at=11-2~{careers}")).await.body;
    let row = |title: &str| table.lines().find(|line| line.contains(title)).expect("its row").to_owned();
    assert!(!row("Linear equations").contains("Linking curriculum"), "{table}");
    assert!(row("Careers in chemistry").contains("to careers (likely)"), "{table}");
}
