//! The catalogues that ship, and the real ones that stand outside the repository.

use std::collections::{BTreeMap, BTreeSet};

use schemas::Severity;
use serde_json::Value;
use signpost::catalogue::HarvestState;

use crate::harness::{Site, TestApp};
use crate::sources::readings::READINGS;
use crate::sources::real::{real_data, real_sources, with_all_harvested, with_real_catalogues};
use crate::sources::recorded::put_all;

#[tokio::test]
async fn the_starter_catalogues_hold_at_least_350_resources_of_at_least_two_kinds() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/sources").await;
    // The others reach the network, and wait until an admin enables them.
    let sources: Vec<&Value> =
        answer["results"].as_array().unwrap().iter().filter(|source| source["enabled"] == true).collect();
    let kinds: BTreeSet<&str> = sources.iter().filter_map(|source| source["kind"].as_str()).collect();
    assert!(kinds.len() >= 2, "{kinds:?}");
    let total = app.json("/v1/resources?facets=none").await["total"].as_u64().unwrap();
    assert!(total >= 350, "{total}");
    let per_source: BTreeMap<&str, u64> =
        sources.iter().map(|source| (source["id"].as_str().unwrap(), source["resources"].as_u64().unwrap())).collect();
    assert_eq!(per_source["careers-websites"], 69);
    assert_eq!(per_source["national-careers-service"], 263);
    assert!(per_source["programmes"] >= 40);
    for source in sources {
        assert_eq!(source["last_harvest"]["counts"]["rejected"], 0, "{source}");
        assert_eq!(source["last_harvest"]["problems"], 0, "every word of our own catalogues is understood: {source}");
    }
}

#[tokio::test]
async fn every_entry_of_our_guides_says_for_whom_it_is_and_stands_once() {
    let app = TestApp::shipped().await;
    let all = async |source: &str| {
        let found = app.json(&format!("/v1/resources?source={source}&facets=none&per_page=100")).await;
        found["results"].as_array().unwrap().clone()
    };
    for entry in all("programmes").await {
        let title = &entry["title"];
        for field in ["levels", "nations", "audiences", "resource_types"] {
            assert!(!entry[field].as_array().unwrap().is_empty(), "{field} of {title}");
        }
        assert!(entry["publisher"].is_string(), "{title}");
        assert_eq!(entry["url"].is_null(), !entry["closed"].is_null(), "what has closed has no link: {title}");
        let link = if entry["closed"].is_null() { "unchecked" } else { "none" };
        assert_eq!(entry["link"]["state"], link, "{title}");
        assert_eq!(entry["records"].as_array().unwrap().len(), 1, "it stands once: {title}");
    }
    for entry in all("careers-websites").await {
        assert_eq!(entry["resource_types"][0]["id"], "website", "{}", entry["title"]);
        assert!(entry["description"].as_str().unwrap().len() > 80, "{}", entry["title"]);
        assert_eq!(entry["url"].is_null(), !entry["closed"].is_null(), "{}", entry["title"]);
    }
}

#[tokio::test]
async fn no_two_descriptions_of_job_profiles_read_as_one_template() {
    let app = TestApp::shipped().await;
    let mut seen: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut read = 0;
    for page in 1..=3 {
        let answer = app
            .json(&format!("/v1/resources?source=national-careers-service&facets=none&per_page=100&page={page}"))
            .await;
        for result in answer["results"].as_array().unwrap() {
            let (title, description) = (result["title"].as_str().unwrap(), result["description"].as_str().unwrap());
            let words: Vec<String> = description.split_whitespace().map(str::to_lowercase).collect();
            assert!(words.len() >= 20, "{title}: {description}");
            for run in words.windows(7) {
                if let Some(other) = seen.insert(run.to_vec(), title.to_owned()) {
                    assert_eq!(other, title, "two descriptions share `{}`", run.join(" "));
                }
            }
            read += 1;
        }
    }
    assert_eq!(read, 263);
}

/// How a run over a recorded catalogue ends: whole, but for one of which two of 858 packages were recorded.
fn expected_state(id: &str) -> HarvestState {
    if id == "ckan-packages" { HarvestState::Partial } else { HarvestState::Ok }
}

#[tokio::test]
async fn every_record_of_every_real_catalogue_is_accounted_for() {
    let Some(data) = real_data() else {
        return;
    };
    let (app, site) = with_all_harvested(&data).await;
    // read, created, duplicate, rejected: counted by hand in the catalogues themselves.
    let expected = BTreeMap::from([
        ("ncs-job-profiles", (856, 856, 0, 0)),
        ("oak-lessons", (3_824, 3_448, 376, 0)),
        ("teach-computing-lessons", (988, 324, 664, 0)),
        // One is a test of their own ("NCCE test - CSA"): neither code nor booking address, so no address.
        ("teach-computing-courses", (79, 78, 0, 1)),
        ("oer-commons", (1_761, 1_598, 160, 3)),
        ("phet", (119, 119, 0, 0)),
        ("ncs-job-profile-pages", (2, 2, 0, 0)),
        ("nustem-export", (107, 107, 0, 0)),
        ("nustem-atom", (10, 10, 0, 0)),
        ("raspberrypi-projects", (30, 30, 0, 0)),
        ("training-portal-materials", (3, 3, 0, 0)),
        ("training-portal-events", (3, 3, 0, 0)),
        ("training-portal-nci-events", (14, 14, 0, 0)),
        ("training-portal-courses", (32, 32, 0, 0)),
        ("training-portal-api", (2, 2, 0, 0)),
        ("training-portal-zenodo", (50, 50, 0, 0)),
        ("training-portal-biocommons", (25, 25, 0, 0)),
        ("training-portal-eventbrite", (18, 18, 0, 0)),
        // Two of the six addresses in its sitemap were not recorded.
        ("training-portal-galaxy", (6, 4, 0, 2)),
        ("training-portal-hsf", (3, 3, 0, 0)),
        ("wordpress-posts", (10, 10, 0, 0)),
        ("ckan-packages", (2, 2, 0, 0)),
        ("feed-wordpress", (10, 10, 0, 0)),
        ("feed-reddit", (25, 25, 0, 0)),
        ("feed-rss-0", (2, 2, 0, 0)),
        ("feed-rss-1", (2, 2, 0, 0)),
        ("feed-json", (2, 2, 0, 0)),
        // One book stands in the file twice.
        ("marc-opera", (43, 42, 1, 0)),
        ("marc-camel", (10, 10, 0, 0)),
        ("marc-sample", (24, 24, 0, 0)),
        ("marc-recordings", (2, 2, 0, 0)),
        ("marc-sandburg", (1, 1, 0, 0)),
        ("marc-journal", (1, 1, 0, 0)),
        ("oai-caltech", (100, 100, 0, 0)),
        // One of the nine is deleted, as its repository says.
        ("oai-zenodo", (9, 8, 0, 0)),
    ]);
    let sources = app.json("/v1/sources").await;
    let mut rejected = Vec::new();
    for source in sources["results"].as_array().unwrap() {
        let id = source["id"].as_str().unwrap();
        let harvest = &source["last_harvest"];
        let count = |name: &str| harvest["counts"][name].as_u64().unwrap();
        println!("{id}: {}", harvest["counts"]);
        assert_eq!(harvest["state"], expected_state(id).name(), "{id}: {harvest}");
        let sum: u64 =
            ["created", "changed", "unchanged", "deleted", "rejected", "duplicate"].into_iter().map(count).sum();
        assert_eq!(count("read"), sum, "{id}");
        let counted = (count("read"), count("created"), count("duplicate"), count("rejected"));
        assert_eq!(counted, expected[id], "{id}");
        let run = harvest["id"].as_str().unwrap();
        let (problems, _) = app.app.catalogue.problems_of(run, 1_000, 0).await.unwrap();
        let why = problems.into_iter().filter(|problem| problem.severity == Severity::Rejected);
        rejected.extend(why.map(|problem| format!("{id}: {problem}").replace(&site.origin, "http://site")));
    }
    let why = [
        "oer-commons: row 360: title: no title",
        "oer-commons: row 1150: title: no title",
        "oer-commons: row 1414: title: no title",
        "teach-computing-courses: /GetJsonResult/Entities/38: url: no address",
        "training-portal-galaxy: http://site/page-with-no-bioschemas-2: answered 404, expected a success",
        "training-portal-galaxy: http://site/404: answered 404, expected a success",
    ];
    assert_eq!(rejected, why);
    let total = app.json("/v1/resources?facets=none").await["total"].as_u64().unwrap();
    println!("{total} resources of all real catalogues");
    assert!(total >= 6_000, "{total}");

    jobs_of_two_publishers_stay_two(&app).await;

    // Addresses that a mapping made are those of the recorded sitemap; two jobs of 2019 are no longer in it.
    let sitemap =
        std::fs::read_to_string(data.join("ncs-job-profiles/recorded/explore_my_careers_sitemap.xml")).unwrap();
    let listed = sitemap.replace("&#39;", "'").replace("&apos;", "'");
    let mut unlisted = Vec::new();
    for page in 1..=9 {
        let found =
            app.json(&format!("/v1/resources?source=ncs-job-profiles&facets=none&per_page=100&page={page}")).await;
        for resource in found["results"].as_array().unwrap() {
            let address = resource["url"].as_str().unwrap().to_owned();
            if !listed.contains(&format!("<loc>{address}</loc>")) {
                unlisted.push(address.rsplit('/').next().unwrap().to_owned());
            }
        }
    }
    unlisted.sort();
    assert_eq!(unlisted, ["car-salesperson", "customs-officer"]);

    let head = app.app.catalogue.head_seq().await.unwrap();
    for source in sources["results"].as_array().unwrap() {
        let id = source["id"].as_str().unwrap();
        let row = app.harvest(id).await;
        assert_eq!(row.state, expected_state(id), "{id}: {:?}", row.reason);
        assert_eq!((row.counts.created, row.counts.changed), (0, 0));
    }
    assert_eq!(app.app.catalogue.head_seq().await.unwrap(), head, "a second harvest writes nothing");
}

/// Jobs that two publishers describe in their own words stay two; the feed of one of them and its export are one.
async fn jobs_of_two_publishers_stay_two(app: &TestApp) {
    let together = sources_together(app).await;
    println!("sources that share resources: {together:?}");
    assert_eq!(together.get("nustem-atom, nustem-export"), Some(&10));
    let is_false = |pair: &&String| pair.contains("ncs-job-profiles") && pair.contains("nustem");
    assert_eq!(together.keys().find(is_false), None, "{together:?}");
}

/// How many resources have records of several sources, by the names of these.
async fn sources_together(app: &TestApp) -> BTreeMap<String, u64> {
    let mut together = BTreeMap::new();
    let mut after = None;
    loop {
        let page = app.app.catalogue.scan(after.as_ref(), 500).await.unwrap();
        let Some(last) = page.last() else { return together };
        after = Some(last.resource.id.clone());
        for entry in page {
            let sources: BTreeSet<&str> = entry.resource.records.iter().map(|record| record.source.as_str()).collect();
            if sources.len() > 1 {
                *together.entry(sources.into_iter().collect::<Vec<_>>().join(", ")).or_default() += 1;
            }
        }
    }
}

/// So many orders of harvesting are tried.
const ORDERS: u64 = 10;

/// Every resource as it is published, but for its id and the days on which things happened, in an order of its own.
async fn without_ids_and_dates(app: &TestApp) -> Vec<String> {
    let mut told = Vec::new();
    let mut after = None;
    loop {
        let page = app.app.catalogue.scan(after.as_ref(), 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.resource.id.clone());
        for entry in page {
            let mut json = serde_json::to_value(&entry.resource).unwrap();
            for field in ["id", "created", "updated"] {
                json.as_object_mut().unwrap().remove(field);
            }
            let records = json["records"].as_array_mut().unwrap();
            for record in records.iter_mut() {
                record.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "first_seen" | "last_seen"));
            }
            records.sort_by_key(Value::to_string);
            told.push(json.to_string());
        }
    }
    told.sort();
    told
}

#[tokio::test]
async fn whatever_the_order_of_harvests_the_real_catalogues_give_the_same_resources() {
    let Some(data) = real_data() else {
        return;
    };
    let site = Site::start().await;
    put_all(&site, &data);
    // None is harvested at the start: the order is ours.
    let mut sources = real_sources(&site);
    for (_, text) in sources.iter_mut().filter(|(_, text)| !text.contains("\nenabled =")) {
        *text = text.replace("\n[where]", "\nenabled = false\n[where]");
    }
    let named: Vec<(&str, String)> = sources.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let ids: Vec<String> = sources.iter().map(|(name, _)| name.trim_end_matches(".toml").to_owned()).collect();
    let mut first: Option<Vec<String>> = None;
    for seed in 0..ORDERS {
        let app = TestApp::with_real_data(&named, &data).await;
        let mut order = ids.clone();
        order.sort_by_key(|id| shuffle_key(&format!("{seed} {id}")));
        for id in &order {
            let row = app.harvest(id).await;
            assert_eq!(row.state, expected_state(id), "{id}: {:?}", row.reason);
        }
        let resources = without_ids_and_dates(&app).await;
        let expected = first.get_or_insert_with(|| resources.clone());
        let other = resources.iter().zip(expected.iter()).find(|(one, other)| one != other);
        assert!(other.is_none() && resources.len() == expected.len(), "order {seed}: {other:?}");
    }
}

fn shuffle_key(text: &str) -> String {
    schemas::PayloadHash::of(text.as_bytes()).0
}

/// The first result for these words in this source.
async fn first(app: &TestApp, source: &str, words: &str) -> Value {
    let words: String = url::form_urlencoded::byte_serialize(format!("\"{words}\"").as_bytes()).collect();
    let answer = app.json(&format!("/v1/resources?source={source}&q={words}&facets=none")).await;
    answer["results"][0].clone()
}

/// The ids of a controlled field as the catalogue itself gives them; levels that follow by age are left out.
fn given(resource: &Value, field: &str) -> Vec<String> {
    let values = resource[field].as_array().unwrap().iter().filter(|value| value["method"] != "inferred");
    let own =
        values.filter(|value| field != "levels" || resource["own_levels"].as_array().unwrap().contains(&value["id"]));
    own.map(|value| value["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn resources_say_what_a_person_reads_in_their_source() {
    let Some(data) = real_data() else {
        return;
    };
    let (app, _site) = with_all_harvested(&data).await;
    for reading in READINGS {
        let found = first(&app, reading.source, reading.title).await;
        let title = reading.title;
        let id = found["id"].as_str().unwrap_or_else(|| panic!("{title} is not found"));
        let mut resource = app.json(&format!("/v1/resources/{id}?include=assertions")).await;
        let assertions = resource["assertions"].as_array().unwrap().clone();
        let follows =
            |one: &Value| one["evidence"].as_str().is_some_and(|words| words.starts_with("follows from ages"));
        let of_levels = assertions.iter().filter(|one| one["field"] == "levels" && !follows(one));
        let own: Vec<Value> = of_levels.map(|one| one["value"].clone()).collect();
        resource["own_levels"] = Value::Array(own);
        assert_eq!(resource["title"], title);
        assert_eq!(resource["url"], reading.url, "{title}");
        let description = resource["description"].as_str().unwrap();
        assert!(description.starts_with(reading.describes), "{title}: {description}");
        assert!(!description.contains('<') && !description.contains("&nbsp;"), "{title}: {description}");
        assert_eq!(given(&resource, "levels"), reading.levels, "{title}");
        assert_eq!(given(&resource, "subjects"), reading.subjects, "{title}");
        assert_eq!(given(&resource, "resource_types"), reading.types, "{title}");
        for (pointer, expected) in reading.others {
            let value = resource.pointer(pointer).unwrap_or_else(|| panic!("{title}: nothing at {pointer}"));
            assert_eq!(value, expected, "{title}: {pointer}");
        }
    }
}

#[tokio::test]
async fn a_book_on_a_shelf_says_who_holds_it() {
    let Some(data) = real_data() else {
        return;
    };
    let (app, _site) = with_real_catalogues(&data).await;
    let book = first(&app, "marc-sandburg", "Arithmetic").await;
    assert!(book["title"].as_str().unwrap().starts_with("Arithmetic"), "{book}");
    assert_eq!(book["held_by"], "Library of Congress");
    assert_eq!((&book["url"], &book["link"]["state"]), (&Value::Null, &Value::from("none")));
    assert_eq!(book["medium"]["id"], "reference-only");
}

/// The heads of a library's lists of names, subjects and classes: no books, and so no resources.
#[tokio::test]
async fn authority_records_of_a_library_are_no_resources() {
    let Some(data) = real_data() else {
        return;
    };
    let file_of = |name: &str| {
        format!(
            "id = \"{name}\"\nname = \"{name}\"\norganisation = \"Library of Congress\"\nkind = \"marc\"\n\
             [where]\nfile = \"marc/collection-{name}.xml\"\n[defaults]\nheld_by = \"Library of Congress\"\n"
        )
    };
    let names = ["clasmrc", "namemrc", "subjmrc"];
    let files: Vec<(String, String)> = names.iter().map(|name| (format!("{name}.toml"), file_of(name))).collect();
    let named: Vec<(&str, String)> = files.iter().map(|(file, text)| (file.as_str(), text.clone())).collect();
    let app = TestApp::with_real_data(&named, &data).await;
    for name in names {
        let row = app.harvest(name).await;
        assert_eq!(row.state, HarvestState::Failed, "{name}: {:?}", row.reason);
        assert_eq!(row.counts.created, 0, "{name}");
    }
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 0);
}
