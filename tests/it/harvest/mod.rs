//! What a harvest does to the catalogue: counts that add up, and no loss on a bad day of the source.

mod day; // a day of twenty sources, minute by minute
mod deadline; // a run that takes too long, and the one after it
mod held; // what an admin is shown before much goes at once, and says yes to
mod push; // what a partner sends
mod replay; // what is read again without asking, after a better mapping or a crash
mod skew; // clocks of repositories that are wrong

use signpost::catalogue::{HarvestRow, HarvestState};

use crate::harness::{Site, TestApp, source_toml};

fn items(from: u32, to: u32) -> String {
    let items: Vec<serde_json::Value> = (from..to)
        .map(|n| serde_json::json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}") }))
        .collect();
    serde_json::to_string(&items).expect("JSON")
}

async fn app_over(site: &Site) -> TestApp {
    let toml = source_toml("site", &format!("url = \"{}/items.json\"", site.origin));
    TestApp::with_sources(&[("site.toml", toml)], &[]).await
}

fn counted(row: &HarvestRow) -> [u64; 7] {
    let counts = &row.counts;
    [counts.read, counts.created, counts.changed, counts.unchanged, counts.deleted, counts.rejected, counts.duplicate]
}

#[tokio::test]
async fn the_counts_of_every_run_add_up() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    site.put("/items.json", 200, "application/json", items(0, 50));
    assert_eq!(counted(&app.harvest("site").await), [50, 50, 0, 0, 0, 0, 0]);
    assert_eq!(counted(&app.harvest("site").await), [50, 0, 0, 50, 0, 0, 0]);
    let mixed = r#"[{"id": 0, "title": "Resource 0", "url": "https://example.org/0"},
        {"id": 1, "title": "Another title", "url": "https://example.org/1"},
        {"id": 1, "title": "The same again", "url": "https://example.org/1"},
        {"id": 99, "title": "New", "url": "https://example.org/99"},
        {"id": 100, "title": "", "url": "https://example.org/100"},
        {"id": 101, "title": "No address"},
        {"id": 102, "title": "Bad address", "url": "javascript:alert(1)"},
        "not an object"]"#;
    site.put("/items.json", 200, "application/json", mixed);
    let row = app.harvest("site").await;
    assert_eq!(counted(&row), [8, 1, 1, 1, 0, 4, 1]);
    let (problems, total) = app.app.catalogue.problems_of(&row.id, 100, 0).await.unwrap();
    assert!(total >= 5, "{problems:?}");
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.contains("no title")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("no address")), "{told:?}");
}

#[tokio::test]
async fn a_second_harvest_of_the_same_writes_nothing_and_one_of_the_unchanged_asks_once() {
    let site = Site::start().await;
    site.use_etags();
    site.put("/items.json", 200, "application/json", items(0, 30));
    let app = app_over(&site).await;
    app.harvest("site").await;
    let head = app.app.catalogue.head_seq().await.unwrap();
    site.asked();
    let row = app.harvest("site").await;
    assert_eq!(row.state, HarvestState::Ok);
    assert_eq!(site.asked(), ["/items.json 304"]);
    assert_eq!(app.app.catalogue.head_seq().await.unwrap(), head);
    assert_eq!(counted(&row), [30, 0, 0, 30, 0, 0, 0]);
}

#[tokio::test]
async fn a_run_over_an_unchanged_source_still_tells_what_is_wrong_with_it() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    let list = r#"[{"id": 1, "title": "One", "url": "https://example.org/1"}, {"id": 2, "title": ""}]"#;
    site.put("/items.json", 200, "application/json", list);
    let first = app.harvest("site").await;
    for _ in 0..2 {
        let again = app.harvest("site").await;
        assert_eq!(again.reason.as_deref(), Some("not modified since the last harvest"));
        assert_eq!(counted(&again), [2, 0, 0, 1, 0, 1, 0]);
        assert_eq!(again.problems, first.problems);
        let (problems, _) = app.app.catalogue.problems_of(&again.id, 10, 0).await.unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}

#[tokio::test]
async fn a_column_that_is_not_there_is_told_by_name() {
    let table = |columns: &str, mapped: &str| {
        let toml = source_toml("posters", "file = \"posters.csv\"").replace("kind = \"json\"", "kind = \"table\"");
        let head = toml.split("[mapping]").next().expect("a head").to_owned();
        (
            format!("{head}[mapping]\ntitle = \"Name\"\nurl = \"Link\"\n{mapped}\n"),
            format!("{columns}\nSoap,https://example.org/soap\n"),
        )
    };
    let (toml, csv) = table("Name,Link", "subjects = \"Topik\"");
    let app = TestApp::with_sources(&[("posters.toml", toml)], &[("posters.csv", &csv)]).await;
    let run = app.app.catalogue.last_harvest(&"posters".parse().unwrap()).await.unwrap().unwrap();
    let (problems, _) = app.app.catalogue.problems_of(&run.id, 10, 0).await.unwrap();
    assert_eq!(run.state, HarvestState::Ok);
    assert!(problems[0].to_string().contains("there is no column `Topik`"), "{problems:?}");
    let (toml, csv) = table("Nmae,Link", "");
    let app = TestApp::with_sources(&[("posters.toml", toml)], &[("posters.csv", &csv)]).await;
    let run = app.app.catalogue.last_harvest(&"posters".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(run.state, HarvestState::Failed);
    assert!(run.reason.unwrap().contains("there is no column `Name`; did you mean `Nmae`?"));
}

#[tokio::test]
async fn a_bad_day_of_the_source_loses_nothing() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    site.put("/items.json", 200, "application/json", items(0, 50));
    app.harvest("site").await;
    let half = &items(0, 50)[..700];
    let bad_days: [(&str, u16, &str, String, &str); 7] = [
        ("gone", 404, "text/html", "<h1>Not found</h1>".into(), "answered 404"),
        ("broken", 500, "text/html", "oh no".into(), "answered 500"),
        ("a page in place of JSON", 200, "text/html", "<!doctype html><h1>Welcome</h1>".into(), "HTML, expected JSON"),
        ("half a file", 200, "application/json", half.into(), "EOF while parsing"),
        ("nothing", 200, "application/json", String::new(), "there is nothing in it"),
        ("an empty list", 200, "application/json", "[]".into(), "no records"),
        (
            "another shape",
            200,
            "application/json",
            "{\"error\": \"maintenance\"}".into(),
            "an error in place of records: maintenance",
        ),
    ];
    for (name, status, kind, body, reason) in bad_days {
        site.put("/items.json", status, kind, body);
        let row = app.harvest("site").await;
        assert!(matches!(row.state, HarvestState::Failed | HarvestState::Partial), "{name}: {:?}", row.state);
        let told = row.reason.clone().unwrap_or_default();
        assert!(told.contains(reason), "{name}: {told}");
        assert!(row.counts.adds_up(), "{name}");
        assert_eq!(app.json("/v1/resources?facets=none").await["total"], 50, "{name}");
        let source = app.json("/v1/sources/site").await;
        assert_eq!(source["last_harvest"]["state"], row.state.name(), "{name}");
    }
    site.put("/items.json", 200, "application/json", items(0, 50));
    assert_eq!(app.harvest("site").await.state, HarvestState::Ok);
}

#[tokio::test]
async fn a_list_that_is_no_longer_where_it_was_is_told_with_what_stands_there_now() {
    let site = Site::start().await;
    let toml = source_toml("site", &format!("url = \"{}/items.json\"\nitems = \"/items\"", site.origin));
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    site.put("/items.json", 200, "application/json", format!("{{\"items\": {}}}", items(0, 50)));
    assert_eq!(app.harvest("site").await.state, HarvestState::Ok);
    site.put("/items.json", 200, "application/json", "{\"status\": \"maintenance\", \"retry\": true}");
    let row = app.harvest("site").await;
    assert_eq!(row.state, HarvestState::Failed);
    let told = row.reason.unwrap_or_default();
    assert!(told.contains("nothing at `/items`") && told.contains("`status`, `retry`"), "{told}");
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 50);
}

#[tokio::test]
async fn a_list_that_shrank_is_held_and_nothing_is_withdrawn() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    site.put("/items.json", 200, "application/json", items(0, 100));
    app.harvest("site").await;
    site.put("/items.json", 200, "application/json", items(0, 10));
    for _ in 0..5 {
        app.pass_days(10);
        let row = app.harvest("site").await;
        assert_eq!(row.state, HarvestState::Held, "{:?}", row.reason);
        assert_eq!(app.json("/v1/resources?facets=none").await["total"], 100);
    }
}

#[tokio::test]
async fn what_is_missing_is_withdrawn_only_after_some_runs_and_some_days() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    site.put("/items.json", 200, "application/json", items(0, 100));
    app.harvest("site").await;
    site.put("/items.json", 200, "application/json", items(5, 100));
    // Three runs and seven days, whichever comes later.
    for (run, expected) in [(1, 100), (2, 100), (3, 100), (4, 95)] {
        let row = app.harvest("site").await;
        assert_eq!(row.state, HarvestState::Ok, "run {run}: {:?}", row.reason);
        assert_eq!(app.json("/v1/resources?facets=none").await["total"], expected, "run {run}");
        app.pass_days(3);
    }
    site.put("/items.json", 200, "application/json", items(0, 100));
    app.harvest("site").await;
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 100, "what comes back is live again");
}

#[tokio::test]
async fn the_same_address_in_two_catalogues_is_one_resource() {
    let one =
        r#"[{"id": "a", "title": "Soap", "url": "https://example.org/soap/?utm_source=x", "subjects": ["Chemistry"]}]"#;
    let two = r#"[{"id": "b", "title": "Soap!", "url": "http://EXAMPLE.org/soap", "levels": ["KS3"], "description": "How soap is made."}]"#;
    let app = TestApp::with_sources(
        &[
            ("one.toml", source_toml("one", "file = \"one.json\"")),
            ("two.toml", source_toml("two", "file = \"two.json\"")),
        ],
        &[("one.json", one), ("two.json", two)],
    )
    .await;
    let found = app.json("/v1/resources?subject=chemistry&level=ks3").await;
    assert_eq!(found["total"], 1);
    let records = found["results"][0]["records"].as_array().expect("records");
    let sources: Vec<&str> = records.iter().filter_map(|record| record["source"].as_str()).collect();
    assert_eq!(sources.len(), 2, "{sources:?}");
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 1);
}

#[tokio::test]
async fn a_word_that_maps_to_nothing_is_kept_and_can_be_searched() {
    let item = r#"[{"id": 1, "title": "Bees", "url": "https://example.org/bees", "subjects": ["Apiculture", "Biology"], "levels": ["Y9", "Year 99"]}]"#;
    let app =
        TestApp::with_sources(&[("bees.toml", source_toml("bees", "file = \"bees.json\""))], &[("bees.json", item)])
            .await;
    let found = app.json("/v1/resources?q=apiculture").await;
    assert_eq!(found["total"], 1);
    let resource = &found["results"][0];
    assert_eq!(resource["subjects"][0]["id"], "biology");
    assert!(resource["keywords"].as_array().expect("keywords").contains(&"Apiculture".into()));
    assert_eq!(resource["levels"][0]["id"], "eng-year-9");
    assert_eq!(resource["levels"][0]["method"], "mapped");
}

/// A page that says what it is in JSON-LD.
fn page(title: &str) -> String {
    format!(
        "<html><head><script type=\"application/ld+json\">{{\"@type\": \"LearningResource\", \"name\": \"{title}\", \
         \"description\": \"About {title}.\", \"about\": \"Physics\"}}</script></head><body><h1>{title}</h1></body></html>"
    )
}

/// Lists these pages, which stand under `/pages/`.
fn put_sitemap(site: &Site, names: &[&str]) {
    let entries: Vec<String> =
        names.iter().map(|name| format!("<url><loc>{}/pages/{name}</loc></url>", site.origin)).collect();
    let sitemap = format!(
        "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{}</urlset>",
        entries.concat()
    );
    site.put("/sitemap.xml", 200, "application/xml", sitemap);
}

/// A source file that reads the sitemap, with these lines at the end of `[where]`.
fn sitemap_toml(site: &Site, lines: &str) -> String {
    let toml = source_toml("pages", &format!("url = \"{}/sitemap.xml\"\n{lines}", site.origin))
        .replace("kind = \"json\"", "kind = \"sitemap\"");
    let head = toml.split("[mapping]").next().expect("a head");
    format!("{head}\n[limits]\ndelay_ms = 0\n[access]\nallow_private = true\n")
}

#[tokio::test]
async fn a_sitemap_is_read_page_by_page_and_a_missing_page_is_a_problem() {
    let site = Site::start().await;
    site.use_etags();
    put_sitemap(&site, &["a", "b", "missing", "elsewhere"]);
    site.put("/pages/a", 200, "text/html", page("Waves"));
    site.put("/pages/b", 200, "text/html", page("Forces"));
    let toml = sitemap_toml(&site, "exclude = [\"elsewhere\"]");
    let app = TestApp::with_sources(&[("pages.toml", toml)], &[]).await;
    let row = app.harvest("pages").await;
    assert_eq!(counted(&row), [3, 2, 0, 0, 0, 1, 0], "{:?}", row.reason);
    let found = app.json("/v1/resources?subject=physics").await;
    assert_eq!(found["total"], 2);
    site.asked();
    let again = app.harvest("pages").await;
    assert_eq!(counted(&again), [3, 0, 0, 2, 0, 1, 0]);
    let asked = site.asked();
    assert!(asked.contains(&"/pages/a 304".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn a_page_that_fails_is_not_absent_and_one_that_is_gone_or_no_longer_listed_is() {
    let site = Site::start().await;
    put_sitemap(&site, &["stays", "fails", "missing", "removed", "unlisted"]);
    for (name, title) in
        [("stays", "Waves"), ("fails", "Forces"), ("missing", "Soap"), ("removed", "Bees"), ("unlisted", "Stars")]
    {
        site.put(&format!("/pages/{name}"), 200, "text/html", page(title));
    }
    let toml = sitemap_toml(&site, "") + "[missing]\nruns = 2\ndays = 1\n";
    let app = TestApp::with_sources(&[("pages.toml", toml)], &[]).await;
    let row = app.harvest("pages").await;
    assert_eq!(counted(&row), [5, 5, 0, 0, 0, 0, 0], "{:?}", row.reason);

    put_sitemap(&site, &["stays", "fails", "missing", "removed"]);
    // Of the failures that are no "gone", this is one that is not tried again and again, which would take its time.
    for (name, status) in [("fails", 403), ("missing", 404), ("removed", 410)] {
        site.put(&format!("/pages/{name}"), status, "text/html", "<h1>No</h1>");
    }
    for run in 1..=5 {
        app.pass_days(10);
        let row = app.harvest("pages").await;
        assert_eq!(row.state, HarvestState::Ok, "run {run}: {:?}", row.reason);
        assert_eq!(counted(&row), [4, 0, 0, 1, 0, 3, 0], "run {run}");
        let expected = if run == 1 { 5 } else { 2 };
        assert_eq!(app.json("/v1/resources?facets=none").await["total"], expected, "run {run}");
    }
    let left = app.json("/v1/resources?facets=none&sort=title").await;
    assert_eq!((&left["results"][0]["title"], &left["results"][1]["title"]), (&"Forces".into(), &"Waves".into()));

    site.put("/pages/fails", 200, "text/html", page("Forces"));
    assert_eq!(counted(&app.harvest("pages").await), [4, 0, 0, 2, 0, 2, 0], "it was never given up");
}

#[tokio::test]
async fn a_source_at_a_private_address_is_not_asked_unless_its_file_allows_it() {
    let site = Site::start().await;
    site.put("/items.json", 200, "application/json", items(0, 5));
    let toml = source_toml("site", &format!("url = \"{}/items.json\"", site.origin))
        .replace("allow_private = true", "allow_private = false");
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    let row = app.harvest("site").await;
    assert_eq!(row.state, HarvestState::Failed);
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn robots_txt_is_obeyed() {
    let site = Site::start().await;
    site.put("/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /items.json\n");
    site.put("/items.json", 200, "application/json", items(0, 5));
    let app = app_over(&site).await;
    let row = app.harvest("site").await;
    assert_eq!(row.state, HarvestState::Failed);
    assert!(row.reason.unwrap_or_default().contains("robots"));
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn a_catalogue_that_may_not_be_republished_is_published_in_200_characters() {
    let long = "How soap is made from fat and lye, step by step. ".repeat(20) + "Saponification ends it.";
    let item =
        serde_json::json!([{ "id": 1, "title": "Soap", "url": "https://example.org/soap", "description": long }])
            .to_string();
    let toml = source_toml("closed", "file = \"closed.json\"").replace("cc-by-4.0", "proprietary-subscription");
    let app = TestApp::with_sources(&[("closed.toml", toml)], &[("closed.json", &item)]).await;
    let found = app.json("/v1/resources?q=saponification&highlight=on").await;
    assert_eq!(found["total"], 1, "all of it is searched");
    let result = found["results"][0].to_string();
    assert!(!result.contains("aponification"), "but only the beginning is shown: {result}");
    let id = found["results"][0]["id"].as_str().expect("an id").to_owned();
    let shown = app.json(&format!("/v1/resources/{id}")).await;
    assert!(shown["description"].as_str().expect("a description").chars().count() <= 200);
    assert!(!app.get(&format!("/resources/{id}")).await.body.contains("aponification"));
    let assertions = app.json(&format!("/v1/resources/{id}?include=assertions")).await;
    assert!(!assertions.to_string().contains("aponification"));
}
