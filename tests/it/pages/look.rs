//! What a page says when it cannot be shown, and the page of all parts.

use signpost::web::answers::Key;

use crate::harness::TestApp;

#[tokio::test]
async fn a_page_that_is_not_there_helps_on() {
    let app = TestApp::shipped().await;
    for (path, status) in [("/nothing", 404), ("/resources/0000000000000000", 404), ("/?leve=ks3", 400)] {
        let page = app.get_with(path, &[("accept", "text/html")]).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.body.contains("role=\"search\"") && page.body.contains("href=\"/sources\""), "{path}");
        assert!(page.body.contains(&format!("{status}.")), "{path}");
    }
}

#[tokio::test]
async fn an_address_with_an_unknown_parameter_leads_to_the_same_page_without_it() {
    let app = TestApp::shipped().await;
    let page = app.get_with("/?leve=ks3&q=soap&words=wales", &[("accept", "text/html")]).await;
    assert!(page.body.contains("leve") && page.body.contains("href=\"/?q=soap&#38;words=wales\""), "{}", page.body);
    // What the visitor carries is not lost over a mistyped address.
    for path in ["/?leve=ks3&words=wales", "/nothing?words=wales", "/resources/0000000000000000?words=wales"] {
        let page = app.get_with(path, &[("accept", "text/html")]).await;
        assert!(page.body.contains("href=\"/students?words=wales\""), "{path}");
        assert!(page.body.contains("name=\"words\" value=\"wales\""), "{path}");
    }
}

#[tokio::test]
async fn the_page_of_all_parts_takes_along_what_is_carried_and_nothing_else() {
    let app = TestApp::shipped().await;
    let page = app.get("/design?words=wales").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("/planner?words=wales"));
    assert_eq!(app.get("/design?colour=red").await.status, 400);
}

#[tokio::test]
async fn a_page_is_kept_for_everybody_and_one_with_a_shortlist_for_nobody() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=chemist&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id");
    for (raw, is_kept) in [("q=chemist&words=wales".to_owned(), true), (format!("q=chemist&list={id}"), false)] {
        assert_eq!(app.get(&format!("/?{raw}")).await.status, 200, "{raw}");
        let key = Key::new(&app.app, "/", raw.clone(), None);
        assert_eq!(app.app.answers.get(&key).is_some(), is_kept, "{raw}");
    }
}

#[tokio::test]
async fn no_form_of_another_site_is_taken_and_each_says_so_alike() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=chemist&per_page=1").await;
    let report = format!("/resources/{}/report", found["results"][0]["id"].as_str().expect("an id"));
    let sent = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    for path in ["/partners/key", "/partners/view", "/planner", report.as_str()] {
        let page = app.call("POST", path, &sent, "name=a").await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.body.contains("This form is not taken from elsewhere"), "{path}: {}", page.body);
    }
}

/// The addresses of pages that the links of a page name, as they are written.
fn links_to_pages(page: &str) -> Vec<&str> {
    const NO_PAGES: [&str; 6] =
        ["/v1", "/assets", "/docs/reader", "/docs/clients", "/docs/docs.css", "/opensearch.xml"];
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|href| href.starts_with('/') && !NO_PAGES.iter().any(|start| href.starts_with(start))).collect()
}

#[tokio::test]
async fn what_is_carried_stays_in_every_link_of_the_documentation() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=chemist&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id");
    let chapters = ["", "/search", "/widget", "/copy", "/feeds", "/oai", "/keys", "/reports", "/errors", "/stability"];
    let paths =
        chapters.map(|chapter| format!("/docs{chapter}")).into_iter().chain(["/problems/bad-parameter".to_owned()]);
    for path in paths {
        let page = app.get_with(&format!("{path}?words=wales&list={id}"), &[("accept", "text/html")]).await;
        assert_eq!(page.status, 200, "{path}");
        let links = links_to_pages(&page.body);
        assert!(links.len() > 20, "{path}: {links:?}");
        // The shortlist itself names what is on it as `ids`.
        let loses =
            |href: &&str| !href.contains("words=wales") || !(href.contains("list=") || href.starts_with("/list?ids="));
        let lost: Vec<&str> = links.into_iter().filter(loses).collect();
        assert!(lost.is_empty(), "{path}: {lost:?}");
    }
    let all = app.get_with("/problems?words=wales", &[("accept", "text/html")]).await;
    assert_eq!((all.status, all.header("location")), (303, "/docs/errors?words=wales"));
}

#[tokio::test]
async fn the_line_to_copy_stands_before_the_widget_that_it_makes() {
    let app = TestApp::shipped().await;
    let page = app.get("/partners/widget?subject=chemistry").await;
    let (line, preview) = (page.body.find("id=\"line-script\""), page.body.find("<iframe"));
    assert!(line.is_some() && line < preview, "{line:?} {preview:?}");
}

#[tokio::test]
async fn nothing_on_a_page_moves_by_itself() {
    let app = TestApp::shipped().await;
    let page = app.get("/design").await;
    let mut links = page.body.split("href=\"").filter_map(|rest| rest.split('"').next());
    let address = links.find(|href| href.starts_with("/assets/signpost.css")).expect("a style sheet");
    let style = app.get(address).await.body;
    for moving in ["smooth", "transition", "animation-duration", "infinite"] {
        assert!(!style.contains(moving), "{moving}");
    }
    // The end of a wide table fades while somebody scrolls it, and by nothing else.
    assert_eq!(style.matches("@keyframes").count(), 1);
    assert!(style.contains("animation-timeline: scroll(self inline);"));
}
