//! The search page: what it offers besides what was found.

use serde_json::json;

use crate::harness::{TestApp, source_toml};

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
                format!("({count}<span")
            } else {
                format!("({} stated, {inferred} inferred<span", count - inferred)
            };
            let counted = if count == 1 { "result" } else { "results" };
            let said = format!("{said} class=\"unseen\"> {counted}</span>)");
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
async fn a_level_that_no_stage_of_the_nation_covers_can_be_chosen() {
    let records = json!([
        { "id": "1", "title": "Soap for adults", "url": "https://example.org/1", "levels": ["Higher education and adult"] },
        { "id": "2", "title": "Soap past 16", "url": "https://example.org/2", "levels": ["Post-16"] },
        { "id": "3", "title": "Soap", "url": "https://example.org/3", "levels": ["KS3"] },
    ]);
    let toml = source_toml("soap", "file = \"soap.json\"");
    let app = TestApp::with_sources(&[("soap.toml", toml)], &[("soap.json", &records.to_string())]).await;
    for (words, phases) in [
        ("england", &["phase-higher"][..]),
        ("scotland", &["phase-higher"][..]),
        ("wales", &["phase-post-16", "phase-higher"][..]),
    ] {
        let page = app.get(&format!("/?q=&words={words}")).await.body;
        let levels = between(&page, "<legend>Level</legend>", "</fieldset>");
        let offered: Vec<&str> = levels
            .split("name=\"level\" value=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|id| id.starts_with("phase-"))
            .collect();
        assert_eq!(offered, phases, "{words}");
        for phase in phases {
            let found = app.json(&format!("/v1/resources?level={phase}&facets=none")).await;
            let choice = between(levels, &format!("value=\"{phase}\""), "</label>");
            assert!(choice.contains(&format!("({}<span", found["total"])), "{words}, {phase}: {choice}");
        }
    }
}

#[tokio::test]
async fn a_search_reached_by_filters_is_called_by_them() {
    let app = TestApp::shipped().await;
    let total = app.json("/v1/resources?subject=chemistry&level=ks3&facets=none").await["total"].to_string();
    let page = app.get("/?subject=chemistry&level=ks3").await.body;
    let title = between(&page, "<title>", "</title>");
    assert!(title.starts_with(&format!("{total} results: Chemistry, Key Stage 3")), "{title}");
    let heading = between(&page, "<h2 id=\"results-heading\">", "</h2>");
    assert_eq!(heading, format!("{total} results: <bdi>Chemistry, Key Stage 3</bdi>"));
    let unstated = app.get("/?level=_none&q=chemist").await.body;
    assert!(between(&unstated, "<title>", "</title>").contains("for chemist: Level not stated"));
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
async fn what_is_carried_is_read_as_strictly_as_any_other_parameter() {
    let app = TestApp::shipped().await;
    for wrong in ["words=Wales", "words=wales&words=scotland", "list=zz"] {
        for page in ["/?q=a&", "/students?", "/students?q=a&", "/about?"] {
            let answer = app.get_with(&format!("{page}{wrong}"), &[("accept", "text/html")]).await;
            assert_eq!(answer.status, 400, "{page}{wrong}");
        }
    }
    assert_eq!(app.get("/?q=a&words=&list=").await.status, 200);
}

#[tokio::test]
async fn no_control_character_of_an_address_comes_back() {
    let app = TestApp::shipped().await;
    for address in ["/?q=a%00b%01%7F", "/students?q=%01", "/?q=a&%00=1", "/resources/%00", "/coverage?q=%02"] {
        let page = app.get_with(address, &[("accept", "text/html")]).await.body;
        let wrong = page.chars().find(|letter| letter.is_control() && !"\t\r\n".contains(*letter));
        assert_eq!(wrong, None, "{address}");
    }
    assert!(app.get("/?q=a%00b").await.body.contains("a\u{fffd}b"));
}

#[tokio::test]
async fn a_resource_opened_from_results_leads_back_to_them_with_the_shortlist_as_it_is_then() {
    let app = TestApp::shipped().await;
    for results in ["/?q=chemist&level=ks3", "/students?q=chemist"] {
        let page = app.get(&format!("{results}&words=wales")).await.body;
        let link = between(between(&page, "<h3 id=\"t-", "</h3>"), "href=\"", "\"").replace("&#38;", "&");
        assert!(link.contains("?back=/"), "{link}");
        let resource = app.get(&link).await.body;
        let back = between(between(&resource, "class=\"way-back", "</p>"), "href=\"", "\"").replace("&#38;", "&");
        assert_eq!(back, format!("{results}&words=wales"));
        let add = between(between(&resource, "class=\"plain doings", "</ul>"), "href=\"", "\"").replace("&#38;", "&");
        let added = app.get(between(&add, "", "#")).await.body;
        let back = between(between(&added, "class=\"way-back", "</p>"), "href=\"", "\"").replace("&#38;", "&");
        assert!(back.starts_with(&format!("{results}&words=wales&list=")), "{back}");
        assert!(app.get(&back).await.body.contains("On my shortlist: take off"), "{back}");
    }
}

#[tokio::test]
async fn what_no_catalogue_says_is_said_once() {
    let records: Vec<_> = (0..4)
        .map(
            |n| json!({ "id": n.to_string(), "title": format!("Soap {n}"), "url": format!("https://example.org/{n}") }),
        )
        .collect();
    let toml = source_toml("soap", "file = \"soap.json\"");
    let files = [("soap.json", &*json!(records).to_string())];
    let app = TestApp::with_sources(&[("soap.toml", toml)], &files).await;
    let page = app.get("/?q=soap+year+9").await.body;
    assert_eq!(page.matches("None of these says for which level it is.").count(), 1, "{page}");
    assert!(!page.contains("Its catalogue does not say"), "{page}");
}

#[tokio::test]
async fn what_was_understood_and_nothing_is_filed_under_is_said_first() {
    let records = json!([
        { "id": "1", "title": "Soap", "url": "https://example.org/1", "subjects": ["Chemistry"], "types": ["Poster"] },
    ]);
    let toml = source_toml("soap", "file = \"soap.json\"");
    let app = TestApp::with_sources(&[("soap.toml", toml)], &[("soap.json", &records.to_string())]).await;
    let page = app.get("/?q=chemistry+video").await.body;
    let said = between(&page, "<p class=\"understood\"><strong>", "</strong>");
    assert!(said.contains("“Video”") && !said.contains("Chemistry"), "{said}");
    assert!(page.contains(">Soap<"), "what has the rest follows: {page}");
    let page = app.get("/?q=chemistry+poster").await.body;
    assert!(!page.contains("Nothing in these catalogues"), "{page}");
    let page = app.get("/?q=women+year+9").await.body;
    let said = between(&page, "<p class=\"understood\"><strong>", "</strong>");
    assert!(said.contains("“Girls and young women”") && !said.contains("Year 9"), "of wishes too, but levels: {said}");
}

#[tokio::test]
async fn paper_says_the_terms_of_use() {
    let app = TestApp::shipped().await;
    let page = app.get("/?q=chemist").await.body;
    let paper = between(&page, "<ul class=\"print-only paper\">", "</ul>");
    assert!(paper.contains("Terms of use: "), "{paper}");
}

#[tokio::test]
async fn a_parameter_that_is_unknown_is_refused_with_the_nearest() {
    let app = TestApp::shipped().await;
    let page = app.get_with("/?q=a&wrods=wales", &[("accept", "text/html")]).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("words"), "{}", page.body);
}
