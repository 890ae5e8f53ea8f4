//! The one conformance suite of all kinds: whatever a catalogue is written in, the same claims hold of its harvest.
//!
//! A new kind, or another form of one, is an entry of [`KINDS`] and a function of [`crate::renderings`] that writes records
//! down as it does. Where kinds differ on purpose, the entry says how.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde_json::Value;
use signpost::catalogue::{HarvestRow, HarvestState};
use signpost::jobs::{harvest, replay, silent};

use crate::harness::{Site, TestApp};
use crate::renderings::{self, Page, Saying, address};

/// So many records that half of them are more than may go without an admin, which is 20.
const RECORDS: u64 = 60;

/// The day on which the records that change do so.
const TODAY: &str = "2026-11-21";

/// One form of one kind.
struct Kind {
    name: &'static str,
    /// Its source file from `kind` on; `{origin}` stands for where the catalogue is.
    source: &'static str,
    /// Writes records down.
    pages: fn(&str, &[Saying]) -> Vec<Page>,
    /// Where the third record stands, as a problem tells it.
    third: &'static str,
    expected: Expected,
}

/// In what kinds differ on purpose.
struct Expected {
    absence: Absence,
    twice: Twice,
    /// How a run ends over a list that breaks off in the middle of a record. Where nobody can tell that, it is held,
    /// because half of the records are not there.
    half: HarvestState,
}

/// What it means that a record is not listed any more.
#[derive(Clone, Copy)]
enum Absence {
    /// It is missing.
    Missing,
    /// Nothing: the list is a window on the newest.
    Nothing,
}

/// What becomes of a record that is listed a second time.
#[derive(Clone, Copy)]
enum Twice {
    /// It is counted as a duplicate.
    Counted,
    /// It is the same page, which is read once.
    PassedOver,
}

const USUAL: Expected = Expected { absence: Absence::Missing, twice: Twice::Counted, half: HarvestState::Partial };

/// One JSON document is none when it breaks off, and so is a ZIP archive.
const ALL_OR_NOTHING: Expected = Expected { half: HarvestState::Failed, ..USUAL };

/// A web page looks whole wherever it ends.
const WEB_PAGE: Expected = Expected { half: HarvestState::Held, ..USUAL };

/// A feed shows the newest.
const WINDOW: Expected = Expected { absence: Absence::Nothing, ..USUAL };

/// Its other forms differ in what the metadata are written in.
const OAI_PMH: Kind = Kind {
    name: "oai-pmh: Dublin Core",
    source: "kind = \"oai-pmh\"\n[where]\nurl = \"{origin}/oai\"",
    pages: renderings::oai_pmh,
    third: "oai:example.org:3",
    expected: USUAL,
};

const FEED: &str = "kind = \"feed\"\n[where]\nurl = \"{origin}/records\"";

const MARC: &str = "kind = \"marc\"\n[where]\nurl = \"{origin}/records\"";

const TABLE: &str = r#"
kind = "table"
[where]
url = "{origin}/records"
[mapping]
identifier = "id"
title = "title"
url = "url"
keywords = "keyword"
description = "description"
"#;

const JSON: &str = r#"
kind = "json"
[where]
url = "{origin}/records"
[mapping]
identifier = "/id"
title = "/title"
url = "/url"
keywords = "/keyword"
description = "/description"
"#;

const JSON_API: &str = r#"
kind = "json"
[where]
url = "{origin}/records"
preset = "json-api"
[mapping]
keywords = "/attributes/tags"
"#;

const LISTING: &str = r#"
kind = "listing"
[where]
url = "{origin}/records"
items = "li.record"
[mapping]
identifier = "@data-id"
title = "h2"
keywords = "span.topic"
description = "div.text"
"#;

const LISTING_OF_PAGES: &str = r#"
kind = "listing"
[where]
url = "{origin}/records"
items = "li.record"
link = "a"
[mapping]
title = "h1"
keywords = "span.topic"
description = "div.text"
"#;

const WORDPRESS: &str = "kind = \"json\"\n[where]\nurl = \"{origin}/wp-json/wp/v2/posts\"\npreset = \"wordpress\"";

const CKAN: &str = "kind = \"json\"\n[where]\nurl = \"{origin}/api/3/action/package_search\"\npreset = \"ckan\"";

/// Every form of every kind.
const KINDS: &[Kind] = &[
    OAI_PMH,
    Kind {
        name: "oai-pmh: LOM",
        source: "kind = \"oai-pmh\"\n[where]\nurl = \"{origin}/oai\"\nprefix = \"oai_lom\"",
        pages: renderings::oai_pmh_lom,
        ..OAI_PMH
    },
    Kind {
        name: "oai-pmh: MODS",
        source: "kind = \"oai-pmh\"\n[where]\nurl = \"{origin}/oai\"\nprefix = \"mods\"",
        pages: renderings::oai_pmh_mods,
        ..OAI_PMH
    },
    Kind {
        name: "oai-pmh: MARCXML",
        source: "kind = \"oai-pmh\"\n[where]\nurl = \"{origin}/oai\"\nprefix = \"marcxml\"",
        pages: renderings::oai_pmh_marcxml,
        ..OAI_PMH
    },
    Kind {
        name: "sitemap",
        source: "kind = \"sitemap\"\n[where]\nurl = \"{origin}/sitemap.xml\"",
        pages: renderings::sitemap,
        third: "{origin}/about/3",
        expected: Expected { twice: Twice::PassedOver, ..USUAL },
    },
    Kind {
        name: "listing",
        source: LISTING,
        pages: renderings::listing,
        third: "{origin}/records element 3",
        expected: WEB_PAGE,
    },
    Kind {
        name: "listing of pages",
        source: LISTING_OF_PAGES,
        pages: renderings::listing_of_pages,
        third: "{origin}/about/3",
        expected: Expected { twice: Twice::PassedOver, ..WEB_PAGE },
    },
    Kind { name: "feed: RSS 2.0", source: FEED, pages: renderings::rss, third: "item 3", expected: WINDOW },
    Kind { name: "feed: RSS 1.0", source: FEED, pages: renderings::rss_1, third: "item 3", expected: WINDOW },
    Kind { name: "feed: Atom", source: FEED, pages: renderings::atom, third: "entry 3", expected: WINDOW },
    Kind {
        name: "feed: JSON Feed",
        source: FEED,
        pages: renderings::json_feed,
        third: "/items/2",
        expected: Expected { half: HarvestState::Failed, ..WINDOW },
    },
    Kind {
        name: "feed: export of WordPress",
        source: FEED,
        pages: renderings::wordpress_export,
        third: "item 3",
        expected: USUAL,
    },
    Kind { name: "table: CSV", source: TABLE, pages: renderings::csv, third: "row 4", expected: USUAL },
    Kind { name: "table: TSV", source: TABLE, pages: renderings::tsv, third: "row 4", expected: USUAL },
    Kind { name: "table: XLSX", source: TABLE, pages: renderings::xlsx, third: "row 4", expected: ALL_OR_NOTHING },
    Kind { name: "table: ODS", source: TABLE, pages: renderings::ods, third: "row 4", expected: ALL_OR_NOTHING },
    Kind { name: "json", source: JSON, pages: renderings::json, third: "/2", expected: ALL_OR_NOTHING },
    Kind { name: "json: NDJSON", source: JSON, pages: renderings::ndjson, third: "line 3", expected: USUAL },
    Kind {
        name: "json: WordPress",
        source: WORDPRESS,
        pages: renderings::wordpress,
        third: "/2",
        expected: ALL_OR_NOTHING,
    },
    Kind {
        name: "json: CKAN",
        source: CKAN,
        pages: renderings::ckan,
        third: "/result/results/2",
        expected: ALL_OR_NOTHING,
    },
    Kind {
        name: "json: JSON:API",
        source: JSON_API,
        pages: renderings::json_api,
        third: "/data/2",
        expected: ALL_OR_NOTHING,
    },
    Kind { name: "marc: ISO 2709", source: MARC, pages: renderings::iso_2709, third: "record 3", expected: USUAL },
    Kind { name: "marc: MARCXML", source: MARC, pages: renderings::marcxml, third: "record 3", expected: USUAL },
];

/// Tries a claim with every kind. Each of them is tried, so that one run tells all that it does not hold for.
async fn of_every_kind(claim: impl AsyncFn(&'static Kind)) {
    let mut failed = Vec::new();
    for kind in KINDS {
        if AssertUnwindSafe(claim(kind)).catch_unwind().await.is_err() {
            failed.push(kind.name);
        }
    }
    assert!(failed.is_empty(), "it does not hold for {failed:?}; why stands above, in this order");
}

/// The records of a catalogue, each of its own.
fn sayings() -> Vec<Saying> {
    let saying = |number| Saying {
        number,
        title: format!("Careers in trade {number}"),
        keyword: format!("trade {number}"),
        description: format!("What people in trade {number} do all day, and how they came to it."),
        changed: "2026-10-01",
    };
    (1..=RECORDS).map(saying).collect()
}

/// The same with a third record of which something else is said.
fn sayings_with(title: &str, keyword: &str, description: &str) -> Vec<Saying> {
    let mut all = sayings();
    let third = &mut all[2];
    (third.title, third.keyword, third.description) = (title.to_owned(), keyword.to_owned(), description.to_owned());
    third.changed = TODAY;
    all
}

/// A catalogue of one kind on loopback, and an application that harvests it and nothing else.
struct Trial {
    kind: &'static Kind,
    site: Site,
    app: TestApp,
}

impl Trial {
    /// A catalogue that holds nothing yet.
    async fn of(kind: &'static Kind) -> Self {
        Self::within(kind, "").await
    }

    /// The same with more lines in the `[limits]` of its source.
    async fn within(kind: &'static Kind, limits: &str) -> Self {
        let site = Site::start().await;
        site.use_etags();
        let toml = format!(
            "id = \"trial\"\nname = \"Trial\"\norganisation = \"Example Society\"\nlicence = \"cc-by-4.0\"\n{}\n\
             [limits]\ndelay_ms = 0\n{limits}\n[missing]\nruns = 2\ndays = 1\n[access]\nallow_private = true\n",
            kind.source.replace("{origin}", &site.origin)
        );
        let app = TestApp::with_sources(&[("trial.toml", toml)], &[]).await;
        Self { kind, site, app }
    }

    fn pages(&self, sayings: &[Saying]) -> Vec<Page> {
        (self.kind.pages)(&self.site.origin, sayings)
    }

    /// The page with the list.
    fn list(&self, sayings: &[Saying]) -> Page {
        self.pages(sayings).swap_remove(0)
    }

    fn put(&self, sayings: &[Saying]) {
        for page in self.pages(sayings) {
            self.put_page(page);
        }
    }

    fn put_page(&self, page: Page) {
        self.site.put(&page.path, page.status, page.content_type, page.body);
    }

    async fn harvest(&self) -> HarvestRow {
        let row = self.app.harvest("trial").await;
        assert!(row.counts.adds_up(), "{}: {row:?}", self.kind.name);
        row
    }

    /// Puts the records, and harvests them for the first time.
    async fn begin_with(&self, sayings: &[Saying]) -> HarvestRow {
        self.put(sayings);
        let row = self.harvest().await;
        assert_eq!(row.state, HarvestState::Ok, "{}: {row:?}", self.kind.name);
        row
    }

    /// The last number in the change log.
    async fn head(&self) -> u64 {
        self.app.app.catalogue.head_seq().await.expect("the store can be read")
    }

    /// What is published, by its address.
    async fn published(&self) -> BTreeMap<String, Value> {
        let answer = self.app.json("/v1/resources?facets=none&per_page=100").await;
        let results = answer["results"].as_array().expect("a list").clone();
        assert_eq!(answer["total"], results.len(), "{}", self.kind.name);
        let by_address = |result: Value| (result["url"].as_str().unwrap_or_default().to_owned(), result);
        results.into_iter().map(by_address).collect()
    }

    async fn total(&self) -> u64 {
        self.app.json("/v1/resources?facets=none&per_page=1").await["total"].as_u64().expect("a number")
    }

    /// What is published of a record.
    async fn of_record(&self, number: u64) -> Value {
        let url = address(&self.site.origin, number);
        let published = self.published().await.remove(&url);
        published.unwrap_or_else(|| panic!("{}: {url} is not published", self.kind.name))
    }
}

#[tokio::test]
async fn every_record_comes_with_its_title_address_keyword_and_description() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        let row = trial.begin_with(&sayings()).await;
        assert_eq!((row.counts.read, row.counts.created), (RECORDS, RECORDS), "{}: {row:?}", kind.name);
        let published = trial.published().await;
        assert_eq!(published.len(), sayings().len(), "{}", kind.name);
        for saying in sayings() {
            let url = address(&trial.site.origin, saying.number);
            let resource = published.get(&url).unwrap_or_else(|| panic!("{}: {url} is not there", kind.name));
            assert_eq!(resource["title"], saying.title, "{}", kind.name);
            assert_eq!(resource["description"], saying.description, "{}", kind.name);
            assert_eq!(resource["keywords"], Value::from(vec![saying.keyword]), "{}", kind.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_harvest_of_the_unchanged_writes_nothing_and_downloads_nothing_anew() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings()).await;
        let head = trial.head().await;
        trial.site.asked();
        let row = trial.harvest().await;
        assert_eq!((row.state, row.counts.unchanged), (HarvestState::Ok, RECORDS), "{}: {row:?}", kind.name);
        assert_eq!(trial.head().await, head, "{}", kind.name);
        let asked = trial.site.asked();
        assert!(!asked.is_empty(), "{}: nobody was asked", kind.name);
        assert!(asked.iter().all(|line| !line.ends_with(" 200")), "{}: {asked:?}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn a_changed_record_is_one_change() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings()).await;
        let head = trial.head().await;
        trial.put(&sayings_with("Careers in glass", "glass", "What people who blow glass do all day."));
        let row = trial.harvest().await;
        let counts = (row.counts.created, row.counts.changed, row.counts.unchanged);
        assert_eq!((row.state, counts), (HarvestState::Ok, (0, 1, RECORDS - 1)), "{}: {row:?}", kind.name);
        assert_eq!(trial.head().await, head + 1, "{}", kind.name);
        assert_eq!(trial.of_record(3).await["title"], "Careers in glass", "{}", kind.name);
        assert_eq!(trial.total().await, RECORDS, "{}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn a_record_that_is_listed_twice_is_one_resource() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        let mut twice = sayings();
        twice.push(twice[2].clone());
        let row = trial.begin_with(&twice).await;
        let duplicates = match kind.expected.twice {
            Twice::Counted => 1,
            Twice::PassedOver => 0,
        };
        let counts = (row.counts.created, row.counts.duplicate, row.counts.rejected);
        assert_eq!(counts, (RECORDS, duplicates, 0), "{}: {row:?}", kind.name);
        assert_eq!(trial.total().await, RECORDS, "{}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn a_record_without_a_title_is_a_problem_with_its_place_and_the_others_stay() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings()).await;
        let head = trial.head().await;
        trial.put(&sayings_with("", "", ""));
        let row = trial.harvest().await;
        let counts = (row.counts.unchanged, row.counts.rejected);
        assert_eq!((row.state, counts), (HarvestState::Ok, (RECORDS - 1, 1)), "{}: {row:?}", kind.name);
        let kept = trial.app.app.catalogue.problems_of(&row.id, 10, 0).await;
        let (problems, _) = kept.expect("the store can be read");
        let place = kind.third.replace("{origin}", &trial.site.origin);
        let is_told = problems.iter().any(|problem| problem.place == place && problem.reason == "no title");
        assert!(is_told, "{}: nothing is told of {place}: {problems:?}", kind.name);
        // What it said last stays, too: it is there and only cannot be read.
        assert_eq!((trial.head().await, trial.total().await), (head, RECORDS), "{}", kind.name);
    })
    .await;
}

/// A list that ends in the middle of the address of a record, half way through.
fn half(list: &Page, origin: &str) -> Vec<u8> {
    let address = address(origin, RECORDS / 2 + 1);
    let begins = list.body.windows(address.len()).position(|part| part == address.as_bytes());
    let begins = begins.unwrap_or_else(|| panic!("{address} stands nowhere in the list"));
    list.body[..begins + address.len() / 2].to_vec()
}

#[tokio::test]
async fn a_bad_day_of_the_catalogue_loses_nothing() {
    const MAINTENANCE: &str = "<!doctype html><title>Maintenance</title><h1>Back soon</h1>";
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings()).await;
        let head = trial.head().await;
        let whole = trial.list(&sayings());
        let broken_off = half(&whole, &trial.site.origin);
        let empty = trial.list(&[]).body;
        for (day, content_type, body, expected) in [
            ("a page in place of the list", "text/html", MAINTENANCE.into(), HarvestState::Failed),
            ("half of it", whole.content_type, broken_off, kind.expected.half),
            ("no byte", whole.content_type, Vec::new(), HarvestState::Failed),
            ("an empty list", whole.content_type, empty, HarvestState::Failed),
        ] {
            trial.site.put(&whole.path, 200, content_type, body);
            let row = trial.harvest().await;
            assert_eq!(row.state, expected, "{}, {day}: {row:?}", kind.name);
            assert!(row.reason.is_some(), "{}, {day}: {row:?}", kind.name);
            assert_eq!((trial.head().await, trial.total().await), (head, RECORDS), "{}, {day}", kind.name);
        }
        trial.put(&sayings());
        let row = trial.harvest().await;
        assert_eq!((row.state, row.counts.unchanged), (HarvestState::Ok, RECORDS), "{}: {row:?}", kind.name);
        assert_eq!(trial.head().await, head, "{}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn scripts_and_markup_in_every_field_come_out_as_plain_text() {
    let title = "<b>Soap</b> &amp; <i onclick=\"alert(1)\">lye</i><script>alert(2)</script>";
    let keyword = "<em>saponification</em>";
    let description = "<p style=\"color: red\">Fat <b>and</b> lye.</p><script>alert(3)</script><style>p {}</style>\
                       <img src=\"x\" onerror=\"alert(4)\"><iframe src=\"javascript:alert(5)\"></iframe>";
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings_with(title, keyword, description)).await;
        let resource = trial.of_record(3).await;
        assert_eq!(resource["title"], "Soap & lye", "{}", kind.name);
        assert_eq!(resource["description"], "Fat and lye.", "{}", kind.name);
        assert_eq!(resource["keywords"], serde_json::json!(["saponification"]), "{}", kind.name);
        let told = resource.to_string();
        assert!(!told.contains("alert") && !told.contains('<'), "{}: {told}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn a_run_stops_at_max_records_and_says_so() {
    of_every_kind(async |kind| {
        let trial = Trial::within(kind, "max_records = 10").await;
        trial.put(&sayings());
        let row = trial.harvest().await;
        let ended = (row.state, row.reason.as_deref(), row.counts.read);
        assert_eq!(ended, (HarvestState::Partial, Some("max-records"), 10), "{}: {row:?}", kind.name);
        assert_eq!(trial.total().await, 10, "{}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_longer_listed_goes_after_its_grace_and_only_where_absence_means_something() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings()).await;
        let mut fewer = sayings();
        fewer.remove(2);
        trial.put(&fewer);
        for run in 1..=3 {
            trial.app.pass_days(2);
            let row = trial.harvest().await;
            assert_eq!(row.state, HarvestState::Ok, "{}, run {run}: {row:?}", kind.name);
            if run == 1 {
                assert_eq!(trial.total().await, RECORDS, "{}: nothing disappears at once", kind.name);
            }
        }
        let left = match kind.expected.absence {
            Absence::Missing => RECORDS - 1,
            Absence::Nothing => RECORDS,
        };
        assert_eq!(trial.total().await, left, "{}", kind.name);
    })
    .await;
}

#[tokio::test]
async fn a_replay_of_what_has_not_changed_changes_nothing_and_asks_nobody() {
    of_every_kind(async |kind| {
        let trial = Trial::of(kind).await;
        trial.begin_with(&sayings()).await;
        let head = trial.head().await;
        trial.site.asked();
        let app = &trial.app.app;
        let booked = harvest::find_source(app, "trial").expect("a source of this id");
        let row = replay::replay_source(app, &booked, silent()).await.expect("the store can be written");
        let counts = (row.counts.created, row.counts.changed, row.counts.unchanged);
        assert_eq!((row.state, counts), (HarvestState::Ok, (0, 0, RECORDS)), "{}: {row:?}", kind.name);
        assert!(row.counts.adds_up(), "{}: {row:?}", kind.name);
        assert_eq!(trial.head().await, head, "{}", kind.name);
        assert_eq!(trial.site.asked(), Vec::<String>::new(), "{}", kind.name);
    })
    .await;
}

/// Where a repository is asked for everything.
const WHOLE_LIST: &str = "/oai?verb=ListRecords&metadataPrefix=oai_dc";

/// Where it is asked for what has changed since two days before it answered for the first time.
const CHANGES: &str = "/oai?verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-18";

/// One day more than those for which it is asked for changes only.
const DAYS_TO_A_WHOLE_LIST: i64 = 31;

#[tokio::test]
async fn what_a_repository_says_is_deleted_goes_with_the_next_run() {
    for policy in ["transient", "persistent"] {
        for (days, path, listed) in [(1, CHANGES, 0), (DAYS_TO_A_WHOLE_LIST, WHOLE_LIST, RECORDS - 1)] {
            let trial = Trial::of(&OAI_PMH).await;
            let origin = trial.site.origin.clone();
            trial.put(&sayings());
            trial.put_page(renderings::oai_identify(&origin, policy));
            let row = trial.harvest().await;
            assert_eq!((row.state, row.counts.created), (HarvestState::Ok, RECORDS), "{policy}, {path}: {row:?}");
            let id = trial.of_record(3).await["id"].as_str().expect("an id").to_owned();

            trial.app.pass_days(days);
            let mut others = sayings();
            others.retain(|saying| listed > 0 && saying.number != 3);
            trial.put_page(renderings::oai_pmh_with_deleted(&origin, path, &others, &[3]));
            trial.site.asked();
            let row = trial.harvest().await;
            let counts = (row.counts.read, row.counts.unchanged, row.counts.deleted);
            assert_eq!((row.state, counts), (HarvestState::Ok, (listed + 1, listed, 1)), "{policy}, {path}: {row:?}");
            assert!(trial.site.asked().contains(&format!("{path} 200")), "{policy}, {path}");
            assert_eq!(trial.total().await, RECORDS - 1, "{policy}, {path}");
            let answer = trial.app.get(&format!("/v1/resources/{id}")).await;
            assert_eq!(answer.status, 410, "{policy}, {path}: {}", answer.body);
            assert!(answer.body.contains("its catalogue says that it is no more"), "{policy}, {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_repository_with_nothing_new_must_say_so() {
    const NOTHING: &str = "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><ListRecords/></OAI-PMH>";
    let trial = Trial::of(&OAI_PMH).await;
    let origin = trial.site.origin.clone();
    trial.put(&sayings());
    trial.put_page(renderings::oai_identify(&origin, "persistent"));
    assert_eq!(trial.harvest().await.counts.created, RECORDS);

    trial.put_page(renderings::oai_pmh_with_deleted(&origin, CHANGES, &[], &[]));
    for _ in 0..2 {
        let row = trial.harvest().await;
        assert_eq!((row.state, row.counts.read), (HarvestState::Ok, 0), "{row:?}");
        assert_eq!(row.reason.as_deref(), Some("nothing has changed since the last harvest"));
    }
    trial.site.put(CHANGES, 200, "text/xml", NOTHING);
    let row = trial.harvest().await;
    assert_eq!(row.state, HarvestState::Failed, "{row:?}");
    assert_eq!(trial.total().await, RECORDS);

    // After a run that failed, everything is listed.
    let row = trial.harvest().await;
    assert_eq!((row.state, row.counts.unchanged), (HarvestState::Ok, RECORDS), "{row:?}");
}
