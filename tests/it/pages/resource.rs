//! The page of one resource, and the shortlist that it is put on.

use serde_json::json;

use crate::harness::{TestApp, source_toml};

async fn three_resources() -> TestApp {
    let records = json!([
        { "id": "1", "title": "Crystal growing at work", "url": "https://example.org/crystals", "subjects": ["Chemistry"], "levels": ["KS3"],
          "description": "Meet a chemist who grows crystals." },
        { "id": "2", "title": "Bridges and their engineers", "url": "https://example.org/bridges" },
        { "id": "3", "title": "=Formula for a career", "url": "https://example.org/formula" },
    ]);
    let toml = source_toml("example", "file = \"example.json\"");
    TestApp::with_sources(&[("example.toml", toml)], &[("example.json", &records.to_string())]).await
}

async fn ids(app: &TestApp) -> [String; 3] {
    [
        app.id_of("Crystal growing at work").await,
        app.id_of("Bridges and their engineers").await,
        app.id_of("=Formula for a career").await,
    ]
}

fn places(body: &str, ids: &[&String]) -> Vec<usize> {
    ids.iter().map(|id| body.find(&format!("id=\"r-{id}\"")).unwrap_or_else(|| panic!("{id} is not listed"))).collect()
}

#[tokio::test]
async fn a_resource_page_answers_what_a_teacher_asks_and_says_what_nobody_states() {
    let app = three_resources().await;
    let [crystals, ..] = ids(&app).await;
    let page = app.get(&format!("/resources/{crystals}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Meet a chemist who grows crystals."));
    assert!(page.body.contains("Ages 11 to 14"), "the first facts");
    assert!(page.body.contains("Not stated"), "what it costs");
    assert!(page.body.contains("href=\"/sources/example\""), "the catalogue that holds it");
    assert!(page.body.contains("<svg class=\"qr\" role=\"img\" aria-label="), "a code for the phone");
    assert!(page.body.contains("<meta name=\"description\" content=\"Meet a chemist"), "a description");
}

#[tokio::test]
async fn a_resource_that_states_only_a_phase_is_not_said_to_state_no_level() {
    let records = json!([
        { "id": "1", "title": "Soap for adults", "url": "https://example.org/1", "levels": ["Higher education and adult"] },
        { "id": "2", "title": "Soap past 16", "url": "https://example.org/2", "levels": ["Post-16"] },
        { "id": "3", "title": "Soap", "url": "https://example.org/3" },
    ]);
    let toml = source_toml("soap", "file = \"soap.json\"");
    let app = TestApp::with_sources(&[("soap.toml", toml)], &[("soap.json", &records.to_string())]).await;
    for (title, words, level) in [
        ("Soap for adults", "england", "Higher education and adult"),
        ("Soap past 16", "wales", "Post-16"),
        ("Soap", "england", "Not stated"),
    ] {
        let id = app.id_of(title).await;
        let page = app.get(&format!("/resources/{id}?words={words}")).await.body;
        let glance = page.split_once("<h2 id=\"glance\">").expect("the first facts").1;
        let levels = glance.split("</div>").next().expect("the first of them");
        assert!(levels.contains(level), "{title}: {levels}");
    }
}

#[tokio::test]
async fn what_is_carried_goes_on_with_every_link_but_not_into_the_canonical_address() {
    let app = three_resources().await;
    let [crystals, bridges, _] = ids(&app).await;
    let page = app.get(&format!("/resources/{crystals}?words=wales&list={bridges}")).await.body;
    let canonical = page.split("rel=\"canonical\" href=\"").nth(1).expect("a canonical address");
    assert!(canonical.split('"').next().expect("an address").ends_with(&format!("/resources/{crystals}")));
    for link in page.split("<a ").skip(1).filter_map(|tag| tag.split("href=\"").nth(1)?.split('"').next()) {
        let is_a_page = link.starts_with('/') && !link.starts_with("/v1/") && !link.starts_with("/docs");
        assert!(!is_a_page || link.contains("words="), "{link}");
    }
    assert!(page.contains("Levels in Wales"), "levels in the visitor's words");
}

#[tokio::test]
async fn one_link_puts_a_resource_on_the_shortlist_and_another_takes_it_off() {
    let app = three_resources().await;
    let [crystals, ..] = ids(&app).await;
    let page = app.get(&format!("/resources/{crystals}")).await.body;
    assert!(page.contains(&format!("href=\"/resources/{crystals}?list={crystals}#r-{crystals}\"")));
    let page = app.get(&format!("/resources/{crystals}?list={crystals}")).await.body;
    assert!(page.contains(&format!("href=\"/resources/{crystals}#r-{crystals}\"")));
    assert!(page.contains(&format!("href=\"/list?ids={crystals}\"")), "the way to the shortlist");
}

#[tokio::test]
async fn the_way_back_leads_to_a_page_of_results_of_ours_or_nowhere() {
    let app = three_resources().await;
    let [crystals, ..] = ids(&app).await;
    let page = app.get(&format!("/resources/{crystals}?back=/?q=crystals%26level=ks3&words=wales")).await.body;
    assert!(page.contains("href=\"/?q=crystals&#38;level=ks3&#38;words=wales\""), "{page}");
    let canonical = page.split("rel=\"canonical\" href=\"").nth(1).expect("a canonical address");
    assert!(canonical.split('"').next().expect("an address").ends_with(&format!("/resources/{crystals}")));
    for elsewhere in
        ["//example.org/?q=a", "https://example.org/?q=a", "/admin?q=a", "javascript:alert(1)", "/%5Cexample.org?a"]
    {
        let page = app.get(&format!("/resources/{crystals}?back={elsewhere}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("way-back"), "{elsewhere}");
    }
}

#[tokio::test]
async fn what_is_carried_and_cannot_be_read_does_not_hide_the_resource() {
    let app = three_resources().await;
    let [crystals, ..] = ids(&app).await;
    assert_eq!(app.get(&format!("/resources/{crystals}?words=xx&words=wales&list=zz")).await.status, 200);
}

#[tokio::test]
async fn an_address_that_others_have_added_to_still_shows_the_resource() {
    let app = three_resources().await;
    let [crystals, ..] = ids(&app).await;
    assert_eq!(app.get(&format!("/resources/{crystals}?utm_source=letter")).await.status, 200);
}

#[tokio::test]
async fn a_list_keeps_the_order_of_its_address_and_each_can_be_moved_and_taken_off() {
    let app = three_resources().await;
    let [crystals, bridges, formula] = &ids(&app).await;
    let page = app.get(&format!("/list?ids={bridges},{formula},{crystals}")).await.body;
    assert!(places(&page, &[bridges, formula, crystals]).is_sorted());
    for moved in [
        format!("/list?ids={formula},{bridges},{crystals}#r-{bridges}"),
        format!("/list?ids={bridges},{crystals},{formula}#r-{crystals}"),
        format!("/list?ids={bridges},{crystals}"),
        format!("/planner?add={bridges},{formula},{crystals}&amp;list="),
    ] {
        let escaped = moved.replace("&amp;", "&#38;");
        assert!(page.contains(&moved) || page.contains(&escaped), "{moved}");
    }
    assert!(page.contains("<svg class=\"qr\""), "a code for the list");
    assert!(page.contains("name=\"robots\" content=\"noindex\""));
}

#[tokio::test]
async fn an_empty_list_explains_itself_and_a_mistake_in_the_address_is_named() {
    let app = three_resources().await;
    let empty = app.get("/list").await;
    assert_eq!(empty.status, 200);
    assert!(!empty.body.contains("<svg class=\"qr\"") && empty.body.contains("class=\"empty\""));
    let wrong = app.get("/list?id=a").await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("ids"), "the nearest name");
    let [crystals, ..] = ids(&app).await;
    let page = app.get(&format!("/list?ids={crystals},0000000000000000,nonsense")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("0000000000000000") && page.body.contains(&format!("id=\"r-{crystals}\"")));
}

#[tokio::test]
async fn a_list_says_what_was_withdrawn_and_shows_what_was_merged_once() {
    let app = three_resources().await;
    let [crystals, bridges, formula] = &ids(&app).await;
    app.curate(bridges, json!({ "kind": "hide", "reason": "it sells something" })).await;
    let page = app.get(&format!("/list?ids={crystals},{bridges},{formula}")).await.body;
    assert!(!page.contains(&format!("id=\"r-{bridges}\"")));
    assert!(page.contains("was withdrawn on 21 November 2026") && page.contains("it sells something"));
    assert!(page.contains(&format!("/list?ids={crystals},{formula}\"")), "the list without it");
    app.curate(formula, json!({ "kind": "merge", "into": crystals })).await;
    let page = app.get(&format!("/list?ids={formula},{crystals}")).await.body;
    assert_eq!(page.matches("<li class=\"card\"").count(), 1);
    assert!(page.contains(&format!("id=\"r-{crystals}\"")) && page.contains(formula.as_str()));
}

#[tokio::test]
async fn a_list_comes_as_a_table_in_which_no_title_is_a_formula() {
    let app = three_resources().await;
    let [crystals, _, formula] = &ids(&app).await;
    let table = app.get(&format!("/list?ids={formula},{crystals}&format=csv")).await;
    assert_eq!(table.status, 200);
    assert!(table.header("content-type").starts_with("text/csv"));
    assert!(table.header("content-disposition").contains("attachment"));
    let rows: Vec<&str> = table.body.lines().collect();
    assert_eq!(rows.len(), 3, "{}", table.body);
    assert!(rows[1].starts_with("'=Formula") && rows[2].starts_with("Crystal growing"), "{}", table.body);
}
