//! The search page: what it offers besides what was found.

use crate::harness::TestApp;

/// What stands in a page between two texts, the first time.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let rest = page.split_once(start).map_or_else(|| panic!("no {start} in {page}"), |(_, rest)| rest);
    rest.split_once(end).map_or(rest, |(inside, _)| inside)
}

#[tokio::test]
async fn a_count_tells_what_is_stated_from_what_is_inferred() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=").await;
    let page = app.get("/?q=").await.body;
    for facet in ["subject", "type", "sector"] {
        for value in answer["facets"][facet]["values"].as_array().expect("values") {
            let (id, count) = (value["id"].as_str().expect("an id"), value["count"].as_u64().expect("a count"));
            let inferred = value["inferred"].as_u64().expect("a count");
            let said = if inferred == 0 {
                format!("({count})")
            } else {
                format!("({} stated, {inferred} inferred)", count - inferred)
            };
            let choice = between(&page, &format!("name=\"{facet}\" value=\"{id}\""), "</label>");
            assert!(choice.contains(&said), "{facet} {id}: {choice}");
        }
    }
}

#[tokio::test]
async fn levels_are_in_the_words_of_the_nation_that_the_address_names() {
    let app = TestApp::shipped().await;
    for (query, nation) in [
        ("q=chemistry", "England"),
        ("q=chemistry&words=scotland", "Scotland"),
        ("q=chemistry+S3", "Scotland"),
        ("q=chemistry+S3&words=wales", "Wales"),
    ] {
        let page = app.get(&format!("/?{query}")).await.body;
        let levels = between(&page, "<legend>Level</legend>", "</fieldset>");
        assert_eq!(between(levels, "<p class=\"facet-heading\">", "</p>"), nation, "{query}");
    }
}

#[tokio::test]
async fn what_is_carried_stays_in_every_link_of_ours_and_in_the_form() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?q=chemist&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id");
    let page = app.get(&format!("/?q=chemist&level=ks3&words=wales&list={id}")).await.body;
    let main = between(&page, "<main", "</main>");
    let links = main.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for link in links.filter(|link| link.starts_with('/') && !link.starts_with("/v1/")) {
        assert!(link.contains("words="), "{link}");
    }
    assert!(main.contains("type=\"hidden\" name=\"words\" value=\"wales\""));
    assert!(main.contains(&format!("type=\"hidden\" name=\"list\" value=\"{id}\"")));
    assert!(main.contains("On my shortlist: take off"));
}

#[tokio::test]
async fn a_search_is_taken_away_without_what_only_its_page_has() {
    let app = TestApp::shipped().await;
    let page = app.get("/?q=engineer&level=ks3&per_page=2&words=wales").await.body;
    let away = between(&page, "class=\"take-away\"", "</section>");
    for path in ["/v1/feed.rss", "/v1/feed.ics", "/v1/export.csv"] {
        let href = format!("{path}?q=engineer&#38;level=ks3\"");
        assert!(away.contains(&href), "{href} in {away}");
        assert_eq!(app.get(&format!("{path}?q=engineer&level=ks3")).await.status, 200, "{path}");
    }
    assert!(away.contains("/?q=engineer&#38;level=ks3&#38;words=wales\" readonly"), "{away}");
    let canonical = between(&page, "<link rel=\"canonical\" href=\"", "\"");
    assert!(canonical.ends_with("/?q=engineer&#38;level=ks3"), "{canonical}");
}

#[tokio::test]
async fn search_engines_pass_over_later_pages_and_searches_that_find_nothing() {
    let app = TestApp::shipped().await;
    for (query, is_listed) in
        [("q=", true), ("q=engineer", true), ("q=engineer&per_page=1&page=2", false), ("q=xyzzyplugh&level=ks1", false)]
    {
        let page = app.get(&format!("/?{query}")).await.body;
        assert_eq!(page.contains("rel=\"canonical\""), is_listed, "{query}");
        assert_eq!(page.contains("content=\"noindex\""), !is_listed, "{query}");
    }
}

#[tokio::test]
async fn only_what_is_stated_can_be_asked_for_and_taken_back() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=chemistry&inferred=off").await;
    let page = app.get("/?q=chemistry&inferred=off").await.body;
    assert!(page.contains("name=\"inferred\" value=\"off\" checked"));
    assert!(page.contains(&format!("<h2 id=\"results-heading\">{} result", answer["total"])));
    let applied = between(&page, "id=\"filtered-by\"", "</ul>");
    assert!(applied.contains("href=\"/?q=chemistry\"") && applied.contains("stated only"), "{applied}");
}

#[tokio::test]
async fn a_parameter_that_is_unknown_is_refused_with_the_nearest() {
    let app = TestApp::shipped().await;
    let page = app.get_with("/?q=a&wrods=wales", &[("accept", "text/html")]).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("words"), "{}", page.body);
}
