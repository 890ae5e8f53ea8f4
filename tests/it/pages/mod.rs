//! The pages as a teacher's browser gets them, without scripts.

mod coverage;
mod home;
mod look;
mod partners;
mod planner;
mod resource;
mod search;

use crate::harness::{TestApp, source_toml};

#[tokio::test]
async fn the_page_shows_what_the_api_answers() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=chemistry&level=ks3").await;
    let page = app.get("/?q=chemistry&level=ks3").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let total = answer["total"].as_u64().expect("a total");
    assert!(page.body.contains(&format!("{total} results")), "{total}");
    for value in answer["facets"]["subject"]["values"].as_array().expect("values").iter().take(5) {
        let id = value["id"].as_str().expect("an id");
        let choice = page.body.split(&format!("name=\"subject\" value=\"{id}\"")).nth(1).expect("a checkbox");
        let label = choice.split("</label>").next().expect("a label");
        // What is stated and what is inferred stand apart and make up the count.
        let numbers: Vec<u64> =
            label.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
        assert_eq!(numbers.iter().sum::<u64>(), value["count"], "{id}: {label}");
    }
    let understood = page.body.split("Understood as").nth(1).expect("what was understood");
    assert!(understood.contains("Chemistry"));
    assert!(page.body.contains("name=\"viewport\""));
    for result in answer["results"].as_array().expect("results") {
        let id = result["id"].as_str().expect("an id");
        assert!(page.body.contains(&format!("/resources/{id}")), "{id}");
    }
}

#[tokio::test]
async fn a_facet_is_a_checkbox_in_a_get_form_and_what_is_selected_is_checked() {
    let app = TestApp::shipped().await;
    let page = app.get("/?q=chemistry&level=ks3").await.body;
    assert!(page.contains("<form"), "a form");
    assert!(page.contains("method=\"get\""));
    let boxes: Vec<&str> = page
        .split("<input")
        .filter(|tag| tag.contains("type=\"checkbox\"") && tag.contains("name=\"level\""))
        .collect();
    assert!(boxes.len() >= 3, "{}", boxes.len());
    let ks3 = boxes.iter().find(|tag| tag.contains("value=\"ks3\"")).expect("key stage 3");
    assert!(ks3.split('>').next().unwrap().contains("checked"), "{ks3}");
}

#[tokio::test]
async fn no_page_has_inline_script_or_style_or_asks_anyone_else() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?per_page=1").await;
    let resource = format!("/resources/{}", found["results"][0]["id"].as_str().expect("an id"));
    for path in [
        "/",
        "/?q=engineer&page=2",
        "/?q=zzzzzz",
        resource.as_str(),
        "/sources",
        "/about",
        "/privacy",
        "/accessibility",
        "/nothing",
    ] {
        let page = app.get_with(path, &[("accept", "text/html")]).await;
        assert!(matches!(page.status, 200 | 404), "{path}: {}", page.status);
        let body = &page.body;
        assert!(!body.contains(" style=\"") && !body.contains("<style"), "{path}: inline style");
        assert!(!body.contains(" onclick") && !body.contains("javascript:"), "{path}: inline script");
        for script in body.split("<script").skip(1) {
            assert!(
                script.starts_with(" type=\"application/ld+json\"") || script.starts_with(" src=\"/assets/"),
                "{path}"
            );
        }
        for tag in ["<img", "<link", "<script"] {
            for rest in body.split(tag).skip(1) {
                let rest = rest.split('>').next().unwrap();
                let external =
                    rest.contains("src=\"http") || (rest.contains("href=\"http") && rest.contains("stylesheet"));
                assert!(!external, "{path}: {rest}");
            }
        }
        assert!(page.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(!page.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(page.header("set-cookie"), "", "{path}");
        assert!(body.contains("<html lang=\"en\""), "{path}");
    }
}

#[tokio::test]
async fn every_asset_that_a_page_names_is_there() {
    let app = TestApp::shipped().await;
    let page = app.get("/").await.body;
    let mut named = 0;
    for rest in page.split("\"/assets/").skip(1) {
        let path = format!("/assets/{}", rest.split('"').next().unwrap());
        let asset = app.get(&path).await;
        assert_eq!(asset.status, 200, "{path}");
        assert!(!asset.header("content-type").is_empty(), "{path}");
        named += 1;
    }
    assert!(named >= 2, "a style sheet and a logo");
    assert_eq!(app.get("/assets/../Cargo.toml").await.status, 404);
    assert_eq!(app.get("/assets/%2e%2e%2fCargo.toml").await.status, 404);
}

#[tokio::test]
async fn what_a_catalogue_says_is_text_and_never_markup() {
    let attack = "<img src=x onerror=alert(1)><script>alert(1)</script>";
    let item = serde_json::json!([{ "id": attack, "title": format!("Trap {attack} \"' </title>"), "url": "https://example.org/?a=%22%3E",
        "description": format!("{attack} </script> --> ]]>") , "subjects": [attack], "types": ["</script><script>alert(2)</script>"] }]);
    let toml = source_toml("trap", "file = \"trap.json\"");
    let app = TestApp::with_sources(&[("trap.toml", toml)], &[("trap.json", &item.to_string())]).await;
    let found = app.json("/v1/resources?q=trap").await;
    assert_eq!(found["total"], 1);
    let id = found["results"][0]["id"].as_str().expect("an id").to_owned();
    for path in
        ["/?q=trap".to_owned(), format!("/resources/{id}"), format!("/?q={}", "%3Cscript%3Ealert(1)%3C/script%3E")]
    {
        let page = app.get(&path).await.body;
        assert!(!page.contains("<img src=x"), "{path}");
        assert!(!page.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn a_resource_page_carries_its_json_ld_and_says_what_it_is() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=biochemist&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id").to_owned();
    let page = app.get(&format!("/resources/{id}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1"));
    assert!(page.body.contains("National Careers Service"));
    let block = page.body.split("application/ld+json\">").nth(1).expect("a block").split("</script>").next().unwrap();
    let document: serde_json::Value = serde_json::from_str(block).expect("JSON");
    assert_eq!(document["name"], "Biochemist");
}

#[tokio::test]
async fn a_search_that_finds_nothing_helps_on() {
    let app = TestApp::shipped().await;
    let page = app.get("/?q=xyzzyplugh&level=ks1").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("xyzzyplugh"));
    assert!(page.body.contains("href=\"/?"), "links on");
    let bad = app.get("/?level=ks33").await;
    assert_eq!(bad.status, 400);
    assert!(bad.header("content-type").starts_with("text/html"));
    assert!(bad.body.contains("ks33"));
}

#[tokio::test]
async fn what_was_understood_is_a_chip_that_can_be_taken_back() {
    let app = TestApp::shipped().await;
    let page = app.get("/?q=chemistry&level=ks3").await.body;
    let understood = page.split("Understood as").nth(1).expect("what was understood");
    let chip = understood.split("</li>").next().expect("a chip");
    assert!(chip.contains("href=\"/?level=ks3\""), "{chip}");
    assert!(chip.contains("from “<bdi>chemistry</bdi>”"), "{chip}");
    let negated = app.get("/?q=chemistry+not+engineering").await.body;
    let understood = negated.split("Understood as").nth(1).expect("what was understood");
    assert!(understood.split("</ul>").next().expect("chips").contains("not Engineering"), "{understood}");
}

#[tokio::test]
async fn a_search_that_finds_little_offers_others_with_what_they_find() {
    let app = TestApp::shipped().await;
    let search = "q=chemistry&level=ks1&type=competition";
    let answer = app.json(&format!("/v1/resources?{search}")).await;
    let looser = answer["looser"].as_array().expect("looser searches");
    assert!(!looser.is_empty(), "{answer}");
    let page = app.get(&format!("/?{search}")).await.body;
    let offered =
        page.split("class=\"looser\"").nth(1).expect("looser searches").split("</div>").next().expect("a list");
    assert_eq!(offered.matches("<li>").count(), looser.len());
    assert!(offered.contains(&format!("({} result", looser[0]["total"])), "{offered}");
}

#[tokio::test]
async fn a_word_that_is_misspelt_is_told_with_what_was_searched() {
    let items = r#"[{"id": 1, "title": "The chemistry of paint", "url": "https://example.org/1"},
                    {"id": 2, "title": "The chemistry of glass", "url": "https://example.org/2"},
                    {"id": 3, "title": "The chemistry of steel", "url": "https://example.org/3"},
                    {"id": 4, "title": "The chemisrty of soap", "url": "https://example.org/4"}]"#;
    let toml = source_toml("things", "file = \"things.json\"");
    let app = TestApp::with_sources(&[("things.toml", toml)], &[("things.json", items)]).await;
    let corrected = app.get("/?q=chemsitry").await.body;
    assert!(corrected.contains("Showing results for <bdi class=\"words\">chemistry</bdi>"), "{corrected}");
    assert!(corrected.contains("No resource says <bdi class=\"words\">chemsitry</bdi>"), "{corrected}");
    let suggested = app.get("/?q=chemisrty").await.body;
    let link = "Did you mean <a href=\"/?q=chemistry\"><bdi class=\"words\">chemistry</bdi></a>?";
    assert!(suggested.contains(link), "{suggested}");
}

#[tokio::test]
async fn a_page_is_not_walked_by_cursors() {
    let app = TestApp::shipped().await;
    let page = app.get("/?cursor=*").await;
    assert_eq!(page.status, 400);
    assert!(page.header("content-type").starts_with("text/html"));
}
