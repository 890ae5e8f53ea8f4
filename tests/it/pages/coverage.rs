//! The map of what is missing, and the catalogues and their health.

use signpost::catalogue::{Counted, UsageSum};

use crate::harness::{TestApp, source_toml};

/// Every address in a page that begins so, as a browser would ask for it.
fn links_to(page: &str, start: &str) -> Vec<String> {
    let begins = format!("href=\"{start}");
    let rests = page.split(begins.as_str()).skip(1);
    rests.map(|rest| format!("{start}{}", rest.split('"').next().unwrap_or_default()).replace("&#38;", "&")).collect()
}

/// The text between the end of a tag that begins so and the next tag.
fn text_behind<'a>(page: &'a str, tag: &str) -> &'a str {
    let rest = page.split(tag).nth(1).unwrap_or_else(|| panic!("no {tag}"));
    rest.split('>').nth(1).and_then(|text| text.split('<').next()).expect("a text")
}

async fn with_hostile_source() -> TestApp {
    let attack = "<img src=x onerror=alert(1)>";
    let things = serde_json::json!([
        { "id": "1", "title": "Soap", "url": "https://example.org/1", "subjects": ["Chemistry"], "levels": ["KS3"] },
        { "id": "2", "title": format!("More soap {attack}"), "url": "https://example.org/2", "subjects": ["Soapmaking <b>"], "levels": ["KS3"] },
    ]);
    let toml = source_toml("trap", "file = \"trap.json\"").replace("Catalogue trap", "Catalogue <b>trap</b>");
    TestApp::with_sources(&[("trap.toml", toml)], &[("trap.json", &things.to_string())]).await
}

#[tokio::test]
async fn every_count_of_the_map_is_what_its_link_finds() {
    let app = TestApp::shipped().await;
    let page = app.get("/coverage?nation=uk&words=england").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let links = links_to(&page.body, "/?nation=uk");
    assert!(links.len() > 10, "{}", links.len());
    for link in links.iter().step_by(7).take(8) {
        let shown = text_behind(&page.body, &format!("href=\"{}\"", link.replace('&', "&#38;")));
        let search = link.trim_start_matches('/').replace("&words=england", "");
        let found = app.json(&format!("/v1/resources{search}&facets=none&per_page=1")).await;
        let total = found["total"].as_u64().expect("a total").to_string();
        assert_eq!(shown.replace(',', ""), total, "{link}");
    }
}

#[tokio::test]
async fn levels_are_those_of_the_nation_that_the_visitor_chose() {
    let app = TestApp::shipped().await;
    let (english, scottish) = (app.get("/coverage").await.body, app.get("/coverage?words=scotland").await.body);
    assert!(english.contains("Key Stage 3") && !english.contains("Senior Phase"));
    assert!(scottish.contains("Senior Phase") && !scottish.contains("Key Stage 3"));
    assert!(scottish.contains("/coverage.csv?rows=subject&#38;columns=level&#38;words=scotland"), "carried on");
    let table = app.get("/coverage.csv?rows=subject&columns=level&words=scotland").await;
    assert!(table.header("content-disposition").contains("coverage-subject-level.csv"));
    assert!(table.body.lines().next().expect("a head").contains("Senior Phase"));
    let width = |line: &str| line.split(',').count();
    let mut lines = table.body.lines().filter(|line| !line.contains('"'));
    let head = width(lines.next().expect("a head"));
    assert!(lines.all(|line| width(line) == head), "{}", table.body);
}

#[tokio::test]
async fn any_two_facets_are_mapped_and_a_mistake_is_named() {
    let app = TestApp::shipped().await;
    for (rows, columns) in [("type", "nation"), ("publisher", "source"), ("benchmark", "link"), ("level", "subject")] {
        let page = app.get(&format!("/coverage?rows={rows}&columns={columns}&values=all&q=&inferred=off")).await;
        assert_eq!(page.status, 200, "{rows} by {columns}: {}", page.body);
    }
    let same = app.get("/coverage?rows=type&columns=type").await;
    assert!(same.status == 200 && same.body.contains("role=\"alert\""));
    let wrong = app.get("/coverage?row=type").await;
    assert!(wrong.status == 400 && wrong.body.contains("rows"), "{}", wrong.body);
    assert_eq!(app.get("/coverage.csv?rows=typ").await.status, 400);
    assert!(app.get("/coverage?q=xyzzyplugh").await.body.contains("class=\"empty\""));
}

#[tokio::test]
async fn what_was_searched_for_in_vain_is_laid_over_the_map_from_five_up() {
    let app = TestApp::shipped().await;
    let sum =
        |key: &str, count| UsageSum { view: String::new(), what: Counted::NothingFound, key: key.to_owned(), count };
    let sums = [sum("subject/chemistry", 7), sum("subject/physics", 4)];
    app.app.catalogue.add_usage(&sums, jiff::civil::date(2026, 10, 5)).await.expect("the store can be written");
    let this_month = [sum("subject/biology", 99)];
    app.app.catalogue.add_usage(&this_month, jiff::civil::date(2026, 11, 5)).await.expect("the store can be written");
    let page = app.get("/coverage").await.body;
    let marks: Vec<&str> = page.split("class=\"wanted\">").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert!(matches!(marks[..], [mark] if mark.starts_with('7')), "{marks:?}");
    let table = app.get("/coverage.csv").await.body;
    let chemistry = table.lines().find(|line| line.starts_with("chemistry,")).expect("a row");
    assert!(chemistry.ends_with(",7"), "{chemistry}");
}

#[tokio::test]
async fn a_catalogue_has_a_page_with_its_health_and_its_words() {
    let app = with_hostile_source().await;
    let list = app.get("/sources?words=wales").await;
    assert_eq!(list.status, 200);
    assert!(list.body.contains("/sources/trap?words=wales"), "{}", list.body);
    let page = app.get("/sources/trap").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Soapmaking"), "a word that nobody understands is shown");
    assert!(page.body.contains("Catalogue &#60;b&#62;trap"), "and so is a name");
    assert!(page.body.contains("/v1/sources/trap/reconciliation") && page.body.contains("id=\"run-"));
    assert!(!page.body.contains("<img") && !page.body.contains("<b>"));
    assert_eq!(app.get("/sources/nothing").await.status, 404);
    assert_eq!(app.get("/sources/trap?page=2").await.status, 400);
    assert_eq!(app.get("/sources?order=name").await.status, 400);
}

#[tokio::test]
async fn the_health_of_all_catalogues_is_a_feed() {
    let app = with_hostile_source().await;
    let feed = app.get("/sources.atom").await;
    assert_eq!((feed.status, feed.header("content-type")), (200, "application/atom+xml"));
    assert!(feed.body.contains("/sources/trap#run-") && feed.body.contains("<category term=\"ok\"/>"), "{}", feed.body);
    assert!(feed.body.contains("Catalogue &lt;b&gt;trap"), "{}", feed.body);
    let again = app.get_with("/sources.atom", &[("if-none-match", feed.header("etag"))]).await;
    assert_eq!(again.status, 304);
}
