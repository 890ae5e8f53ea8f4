//! What a page says when it cannot be shown, and the page of all parts.

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
