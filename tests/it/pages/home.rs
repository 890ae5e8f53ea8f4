//! The start page, the page for students, and what Signpost says of itself.

use signpost::catalogue::UsageFilter;

use crate::harness::{TestApp, source_toml};

/// The first value of an attribute behind a mark.
fn attribute<'a>(page: &'a str, mark: &str, name: &str) -> &'a str {
    let rest = page.split(mark).nth(1).expect("the mark");
    let rest = rest.split(&format!("{name}=\"")).nth(1).expect("the attribute");
    rest.split('"').next().expect("its end")
}

#[tokio::test]
async fn every_count_of_the_grid_is_what_its_link_finds() {
    let app = TestApp::shipped().await;
    let page = app.get("/").await;
    assert_eq!(page.status, 200);
    let grid = page.body.split("<table").nth(1).expect("a grid").split("</table>").next().unwrap();
    let mut seen = 0;
    let cells = grid.split("<td").skip(1).filter_map(|cell| cell.split("</td>").next());
    for cell in cells.filter(|cell| cell.contains("<a href")) {
        let href = attribute(cell, "<a", "href").replace("&#38;", "&");
        let count = cell.split('>').nth(2).unwrap().split('<').next().unwrap().replace(',', "");
        let found = app.json(&format!("/v1/resources{}", href.trim_start_matches('/'))).await;
        assert_eq!(found["total"].to_string(), count, "{href}");
        seen += 1;
    }
    assert!(seen >= 3, "{seen} cells");
}

#[tokio::test]
async fn the_start_page_speaks_of_levels_in_the_words_that_the_address_names() {
    let app = TestApp::shipped().await;
    let english = app.get("/").await.body;
    assert!(english.contains("Key Stage 3") && !english.contains("Progression Step"));
    let welsh = app.get("/?words=wales").await.body;
    assert!(welsh.contains("Progression Step 4") && !welsh.contains("Key Stage 3"));
    assert!(welsh.contains("name=\"words\" value=\"wales\""), "the form sends it along");
}

#[tokio::test]
async fn the_start_page_asks_for_one_sheet_and_one_script() {
    let app = TestApp::shipped().await;
    let page = app.get("/").await.body;
    assert!(page.len() < 60_000, "{} bytes before they are compressed", page.len());
    assert_eq!(page.matches("<script src=").count(), 1);
    assert_eq!(page.matches("rel=\"stylesheet\"").count(), 1);
    assert_eq!(page.matches("<img").count(), 0);
}

#[tokio::test]
async fn an_empty_service_says_so_and_still_offers_the_search() {
    let toml = source_toml("none", "file = \"none.json\"");
    let app = TestApp::with_sources(&[("none.toml", toml)], &[("none.json", "[]")]).await;
    let page = app.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("role=\"search\"") && !page.body.contains("<table"));
    assert_eq!(app.get("/students").await.status, 200);
    assert_eq!(app.get("/students?q=vet").await.status, 200);
}

#[tokio::test]
async fn a_student_sees_jobs_first_and_only_what_is_for_students() {
    let items = serde_json::json!([
        { "id": "1", "title": "Chemist", "url": "https://example.org/1", "description": "Soap and medicine.", "types": ["Job profile"] },
        { "id": "2", "title": "Chemist at work", "url": "https://example.org/2", "description": "A film.", "types": ["Video"] },
        { "id": "3", "title": "Teaching about the chemist", "url": "https://example.org/3", "description": "For staff.", "types": ["Lesson plan"] },
    ]);
    let toml = source_toml("jobs", "file = \"jobs.json\"");
    let app = TestApp::with_sources(&[("jobs.toml", toml)], &[("jobs.json", &items.to_string())]).await;
    let page = app.get("/students?q=chemist").await;
    assert_eq!(page.status, 200);
    let place = |text: &str| page.body.find(text);
    let (job, ways, film) = (place(">Chemist</a>"), place("id=\"ways\""), place(">Chemist at work</a>"));
    assert!(job.is_some() && job < ways && ways < film, "{job:?} {ways:?} {film:?}");
    assert_eq!(place("Teaching about the chemist"), None);
}

#[tokio::test]
async fn a_student_is_told_which_words_were_read_otherwise_and_can_have_the_exact_ones() {
    let items = serde_json::json!([
        { "id": "1", "title": "The chemistry of paint", "url": "https://example.org/1", "subjects": ["Chemistry"], "types": ["Video"] },
        { "id": "2", "title": "The chemistry of glass", "url": "https://example.org/2", "subjects": ["Chemistry"], "types": ["Video"] },
        { "id": "3", "title": "The chemistry of steel", "url": "https://example.org/3", "subjects": ["Chemistry"], "types": ["Video"] },
    ]);
    let toml = source_toml("films", "file = \"films.json\"");
    let app = TestApp::with_sources(&[("films.toml", toml)], &[("films.json", &items.to_string())]).await;
    let page = app.get("/students?q=chemsitry&words=wales").await.body;
    assert!(page.contains("Nothing here says <bdi class=\"words\">chemsitry</bdi>"), "{page}");
    assert!(page.contains("what there is for <bdi class=\"words\">chemistry</bdi>"), "{page}");
    let exactly = "/students?q=%22chemsitry%22&words=wales";
    assert!(page.contains(&format!("href=\"{}\"", exactly.replace('&', "&#38;"))), "{page}");
    let exact = app.get(exactly).await.body;
    assert!(exact.contains("We found nothing for this.") && !exact.contains("Nothing here says"), "{exact}");
    let typed = app.get("/students?q=chemistry").await.body;
    assert!(typed.contains("The chemistry of paint") && !typed.contains("Nothing here says"), "{typed}");
}

#[tokio::test]
async fn what_students_look_for_in_vain_is_counted_whatever_there_is_for_teachers() {
    let items = serde_json::json!([
        { "id": "1", "title": "A lesson", "url": "https://example.org/1", "types": ["Lesson plan"], "subjects": ["Chemistry"] },
        { "id": "2", "title": "A film", "url": "https://example.org/2", "types": ["Video"], "subjects": ["Physics"] },
    ]);
    let toml = source_toml("few", "file = \"few.json\"");
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &items.to_string())]).await;
    for _ in 0..5 {
        assert_eq!(app.get("/students?subject=chemistry").await.status, 200);
        assert_eq!(app.get("/students?subject=physics").await.status, 200);
    }
    let today = app.app.clock.local().date();
    app.app.usage.flush(&app.app.catalogue, today).await.expect("the store can be written");
    let month = UsageFilter { views: None, from: today.first_of_month(), to: today.last_of_month() };
    let counted = app.app.catalogue.nothing_found(&month).await.expect("the store can be read");
    assert_eq!(counted, [("subject/chemistry".to_owned(), 5)]);
}

#[tokio::test]
async fn the_page_for_students_refuses_what_it_does_not_know_and_takes_along_what_is_carried() {
    let app = TestApp::shipped().await;
    assert_eq!(app.get("/students?subjct=physics").await.status, 400);
    assert_eq!(app.get("/students?type=video").await.status, 400);
    let scottish = app.get("/students?words=scotland").await;
    assert_eq!(scottish.status, 200);
    assert!(scottish.body.contains("Modern Apprenticeship") && !scottish.body.contains("T Level"));
    assert!(scottish.body.contains("/students?subject="));
    for link in scottish.body.split("href=\"/students?subject=").skip(1) {
        assert!(link.split('"').next().unwrap().ends_with("words=scotland"), "{link:.60}");
    }
}

#[tokio::test]
async fn what_signpost_says_of_itself_leads_on_with_what_is_carried() {
    let app = TestApp::shipped().await;
    for path in ["/about", "/privacy", "/accessibility", "/contact"] {
        let page = app.get(&format!("{path}?words=wales")).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
        assert!(page.body.contains("words=wales"), "{path}");
        assert_eq!(app.get(&format!("{path}?word=wales")).await.status, 400, "{path}");
    }
    let contact = app.get("/contact").await.body;
    assert!(contact.contains("two working days") && contact.contains("SignpostBot"));
}
