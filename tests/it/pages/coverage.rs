//! The map of what is missing, and the catalogues and their health.

use signpost::catalogue::{Counted, UsageSum};

use crate::harness::{TestApp, source_toml};

/// Every address in a page that begins so, as a browser would ask for it.
fn links_to(page: &str, start: &str) -> Vec<String> {
    let page = page.replace("&#38;", "&");
    let begins = format!("href=\"{start}");
    let rests = page.split(begins.as_str()).skip(1);
    rests.map(|rest| format!("{start}{}", rest.split('"').next().unwrap_or_default())).collect()
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

/// One resource for adults alone, one for those past 16, one for none at school yet, and one of key stage 3.
async fn with_levels_beyond_school() -> TestApp {
    let thing = |id: &str, level: &str| {
        let (title, url) = (format!("Soap {id}"), format!("https://example.org/{id}"));
        serde_json::json!({ "id": id, "title": title, "url": url, "subjects": ["Chemistry"], "levels": [level] })
    };
    let things = serde_json::json!([
        thing("1", "Higher education and adult"),
        thing("2", "Post-16"),
        thing("3", "Early years"),
        thing("4", "KS3"),
    ]);
    let toml = source_toml("soap", "file = \"soap.json\"");
    TestApp::with_sources(&[("soap.toml", toml)], &[("soap.json", &things.to_string())]).await
}

#[tokio::test]
async fn what_is_for_no_stage_of_the_nation_stands_on_the_map_and_on_the_start_page() {
    let app = with_levels_beyond_school().await;
    for (words, phase) in [("england", "phase-higher"), ("wales", "phase-higher"), ("wales", "phase-post-16")] {
        for path in ["/coverage", "/"] {
            let page = app.get(&format!("{path}?words={words}")).await.body;
            let link = format!("/?subject=chemistry&level={phase}&words={words}");
            assert!(links_to(&page, &link).contains(&link), "{path}, {words}: {phase}");
            let shown = text_behind(&page, &format!("href=\"{}\"", link.replace('&', "&#38;")));
            let found = app.json(&format!("/v1/resources?subject=chemistry&level={phase}&facets=none")).await;
            assert_eq!(shown, found["total"].to_string(), "{path}, {words}: {phase}");
        }
    }
    let table = app.get("/coverage.csv").await.body;
    assert!(table.lines().next().is_some_and(|head| head.contains("Higher education and adult")), "{table}");
}

#[tokio::test]
async fn what_is_for_those_before_school_is_said_to_have_no_place_on_the_map() {
    let app = with_levels_beyond_school().await;
    let page = app.get("/coverage?words=wales").await.body;
    let said = text_behind(&page, "href=\"/?level=phase-early-years&#38;words=wales\"");
    assert_eq!(said, "Early years: 1");
    assert!(!app.get("/coverage?values=all").await.body.contains("before school age"), "there it has a column");
}

#[tokio::test]
async fn where_nobody_states_anything_the_map_says_so_and_lists_no_gaps() {
    let app = with_levels_beyond_school().await;
    let silent = app.get("/coverage?rows=benchmark&columns=level").await.body;
    assert!(silent.contains("4 of 4 resources state nothing for"), "{silent}");
    assert!(silent.contains("This map cannot show gaps") && !silent.contains("Almost nothing at all"));
    let gaps = app.get("/coverage.csv?rows=benchmark&columns=level&table=gaps").await.body;
    assert_eq!(gaps.lines().count(), 1, "{gaps}");
    let stated = app.get("/coverage").await.body;
    assert!(!stated.contains("state nothing for") && stated.contains("Almost nothing at all"));
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
async fn who_holds_the_map_is_told_that_it_is_still_right() {
    let app = TestApp::shipped().await;
    for path in ["/coverage", "/coverage?rows=type&list=011rmn2hc4hg4kvz", "/coverage.csv"] {
        let first = app.get(path).await;
        assert_eq!(first.status, 200, "{path}");
        let held = [("if-none-match", first.header("etag"))];
        assert_eq!(app.get_with(path, &held).await.status, 304, "{path}");
        assert_eq!(app.get(path).await.header("etag"), first.header("etag"), "{path}");
        let other = if path.contains('?') { format!("{path}&inferred=off") } else { format!("{path}?inferred=off") };
        assert_eq!(app.get_with(&other, &held).await.status, 200, "{other}");
    }
}

#[tokio::test]
async fn every_cell_of_the_start_page_stands_on_the_map_in_the_same_shade() {
    let app = TestApp::shipped().await;
    for words in ["england", "scotland"] {
        let (start, map) =
            (app.get(&format!("/?words={words}")).await, app.get(&format!("/coverage?words={words}")).await);
        let cells = |page: &str| -> Vec<(String, String)> {
            let cells = page.split("<td class=\"shade-").skip(1).filter(|cell| cell[1..].starts_with("\"><a href"));
            let cells = cells.map(|cell| (cell[..1].to_owned(), text_behind(cell, "<a href").to_owned()));
            cells.collect()
        };
        let (start, map) = (cells(&start.body), cells(&map.body));
        assert!(!start.is_empty() && start.iter().all(|cell| map.contains(cell)), "{words}: {start:?} {map:?}");
    }
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
async fn all_gaps_and_all_that_was_searched_for_in_vain_are_tables_of_their_own() {
    let app = TestApp::shipped().await;
    let sum =
        |key: &str, count| UsageSum { view: String::new(), what: Counted::NothingFound, key: key.to_owned(), count };
    let sums = [sum("level/ks3", 6), sum("type/video", 5), sum("subject/phlogiston", 50)];
    app.app.catalogue.add_usage(&sums, jiff::civil::date(2026, 10, 5)).await.expect("the store can be written");
    let page = app.get("/coverage?words=wales").await.body;
    assert!(page.contains("/coverage.csv?rows=subject&#38;columns=level&#38;table=searches&#38;words=wales"));
    assert!(!page.contains("phlogiston"), "a concept that no vocabulary has any more has no name to be shown by");
    let counts = app.get("/coverage.csv").await.body;
    let below = counts.lines().last().expect("a last line");
    assert!(below.starts_with(",Searches that found nothing,,") && below.contains(",6"), "{below}");
    let searches = app.get("/coverage.csv?table=searches").await;
    assert!(searches.header("content-disposition").contains("coverage-searches.csv"));
    let lines: Vec<&str> = searches.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", searches.body);
    assert!(lines[1].starts_with("Level,ks3,Key Stage 3,6,"), "{}", searches.body);
    let gaps = app.get("/coverage.csv?rows=source&columns=type&table=gaps").await;
    assert_eq!(gaps.body.lines().next().map(|head| head.split(',').count()), Some(6), "{}", gaps.body);
    assert!(gaps.header("content-disposition").contains("coverage-gaps-source-type.csv"));
    assert_eq!(app.get("/coverage.csv?table=gap").await.status, 400);
    assert_eq!(app.get("/coverage?table=gaps").await.status, 400, "the page has all of them");
}

#[tokio::test]
async fn a_map_may_be_of_one_kind_of_resources_or_of_those_about_careers() {
    let things = serde_json::json!([
        { "id": "1", "title": "Chemist", "url": "https://example.org/1", "types": ["Job profile"], "subjects": ["Chemistry"] },
        { "id": "2", "title": "Acids", "url": "https://example.org/2", "types": ["Lesson plan"], "subjects": ["Chemistry"] },
    ]);
    let toml = source_toml("kinds", "file = \"kinds.json\"");
    let app = TestApp::with_sources(&[("kinds.toml", toml)], &[("kinds.json", &things.to_string())]).await;
    let page = app.get("/coverage?words=wales").await.body;
    let link = links_to(&page, "/coverage?").into_iter().find(|link| link.contains("type=information"));
    let link = link.expect("a link to what is about careers");
    assert!(link.ends_with("words=wales"), "{link}");
    let careers = app.get(&link).await;
    assert_eq!(careers.status, 200, "{}", careers.body);
    assert!(careers.body.contains("value=\"information,experience\" selected"), "the form says so");
    let searches = links_to(&careers.body, "/?type=information&type=experience");
    let search = searches.first().expect("a search for what is counted");
    let shown = text_behind(&careers.body, &format!("href=\"{}\"", search.replace('&', "&#38;")));
    let found = app.json(&format!("/v1/resources{}", search.trim_start_matches('/').replace("&words=wales", ""))).await;
    assert_eq!(found["total"].to_string(), shown, "{search}");
    let video = app.get("/coverage?type=video&type=poster").await.body;
    assert!(video.contains("value=\"video,poster\" selected"), "what an address chose besides is kept");
    assert!(!app.get("/coverage?rows=type").await.body.contains("name=\"type\""), "kinds are a side of this map");
}

#[tokio::test]
async fn what_a_side_of_the_map_makes_idle_is_not_said_to_narrow_it() {
    let app = TestApp::shipped().await;
    let page = app.get("/coverage?level=ks3&nation=wales").await.body;
    let (narrowed, idle) = page.split_once("Not applied").expect("what is idle is said apart");
    assert!(narrowed.contains("<bdi>Nation: Wales</bdi>") && !narrowed.contains("<bdi>Level: Key Stage 3</bdi>"));
    assert!(idle.contains("<bdi>Level: Key Stage 3</bdi>"));
    assert!(page.contains("name=\"level\" value=\"ks3\""), "on another map it narrows again");
}

#[tokio::test]
async fn catalogues_count_what_a_search_finds_and_say_apart_what_is_over() {
    let events = serde_json::json!([
        { "id": "1", "title": "A fair", "url": "https://example.org/1", "ends": "2026-03-02T10:00:00" },
        { "id": "2", "title": "Another fair", "url": "https://example.org/2", "ends": "2026-03-03T10:00:00" },
    ]);
    let fairs = serde_json::json!([
        { "id": "1", "title": "A guide", "url": "https://example.org/3" },
        { "id": "2", "title": "A fair that was", "url": "https://example.org/4", "ends": "2026-03-02T10:00:00" },
    ]);
    let toml = |id: &str| source_toml(id, &format!("file = \"{id}.json\""));
    let app = TestApp::with_sources(
        &[("events.toml", toml("events")), ("fairs.toml", toml("fairs"))],
        &[("events.json", &events.to_string()), ("fairs.json", &fairs.to_string())],
    )
    .await;
    let list = app.get("/sources").await.body;
    let start = app.get("/").await.body;
    for page in [&list, &start] {
        assert!(page.contains("1 resource from 1 catalogue"), "{page}");
    }
    assert_eq!(links_to(&list, "/?source="), ["/?source=fairs"]);
    assert!(list.contains("2 more are over") && list.contains("1 more is over"), "{list}");
    assert!(list.contains("1 more catalogue is known, but nothing of it is found today"), "{list}");
    let one = app.get("/sources/events").await.body;
    assert!(one.contains("<dd>0 <span class=\"hint\">2 more are over"), "{one}");
}

#[tokio::test]
async fn what_two_catalogues_share_is_a_page_for_people() {
    let same = serde_json::json!([{ "id": "1", "title": "Soap & <b>", "url": "https://example.org/1" }]).to_string();
    let toml = |id: &str| source_toml(id, &format!("file = \"{id}.json\""));
    let app = TestApp::with_sources(
        &[("one.toml", toml("one")), ("two.toml", toml("two"))],
        &[("one.json", &same), ("two.json", &same)],
    )
    .await;
    for page in ["/coverage?words=wales", "/sources/one?words=wales", "/sources/two?words=wales"] {
        let links = links_to(&app.get(page).await.body, "/sources/one?with=two");
        assert_eq!(links, ["/sources/one?with=two&words=wales"], "{page}");
    }
    let map = app.get("/coverage?words=wales").await.body;
    let table = links_to(&map, "/coverage.csv?").into_iter().find(|link| link.contains("table=shared"));
    let table = app.get(&table.expect("the same as a table")).await;
    assert!(table.header("content-disposition").contains("coverage-shared.csv"));
    let lines: Vec<&str> = table.body.lines().collect();
    assert_eq!(lines.len(), 2, "{}", table.body);
    assert_eq!(lines[1], "one,Catalogue one,two,Catalogue two,1,1,1");
    let shared = app.get("/sources/one?with=two&words=wales").await;
    assert_eq!(shared.status, 200, "{}", shared.body);
    assert!(shared.body.contains("The same ") && shared.body.contains("<bdi>Soap &#38;</bdi>"), "{}", shared.body);
    assert!(!shared.body.contains("<b>"), "what a catalogue says is text");
    assert_eq!(links_to(&shared.body, "/resources/").len(), 1, "{}", shared.body);
    assert_eq!(app.get("/sources/one?with=three").await.status, 404);
    assert_eq!(app.get("/sources/one?with=two&page=0").await.status, 400);
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
    assert_eq!(
        app.get("/sources/nothing?page=2").await.status,
        400,
        "what is asked is read before anything is looked up"
    );
    assert_eq!(app.get("/sources?order=name").await.status, 400);
}

#[tokio::test]
async fn a_catalogue_that_is_a_file_is_not_said_to_be_read_through_an_api() {
    let own = with_hostile_source().await.get("/sources/trap").await.body;
    assert!(own.contains("<dd>From a file</dd>"), "{own}");
    let shipped = TestApp::shipped().await.get("/sources/programmes").await;
    assert_eq!(shipped.status, 200, "{}", shipped.body);
    assert!(shipped.body.contains("<dd>From a file that comes with Signpost</dd>"), "{}", shipped.body);
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
