//! What another catalogue harvests over OAI-PMH: all of it, each record once, while the catalogue changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use signpost::jobs::oai::list_to_head;

use crate::harness::{Answer, Program, TestApp, source_toml};

/// One record of the source: its number, and what tells one edition of it from another.
type Edition = (usize, usize);

/// A title that no other record has a word of, so that no two are one resource.
fn title(number: usize) -> String {
    blake3::hash(&number.to_le_bytes()).to_hex()[..24].to_owned()
}

fn file(editions: impl IntoIterator<Item = Edition>) -> String {
    let one = |(number, edition): Edition| {
        json!({ "id": number, "title": title(number), "url": format!("https://example.org/{number}"),
            "description": format!("Edition {edition} of {}", title(number)),
            "subjects": [if number.is_multiple_of(2) { "Chemistry" } else { "Physics" }] })
    };
    json!(editions.into_iter().map(one).collect::<Vec<_>>()).to_string()
}

/// A catalogue of so many records, all listed.
async fn catalogue_of(count: usize) -> TestApp {
    let toml = source_toml("many", "file = \"many.json\"") + "\n[missing]\nruns = 1\ndays = 0\n";
    let all = file((0..count).map(|number| (number, 0)));
    let app = TestApp::with_sources(&[("many.toml", toml)], &[("many.json", &all)]).await;
    list(&app).await;
    app
}

/// Harvests these records, and lists what has changed.
async fn now_says(app: &TestApp, editions: impl IntoIterator<Item = Edition>) {
    std::fs::write(app.source_dir().join("many.json"), file(editions)).expect("the file can be written");
    app.harvest("many").await;
    list(app).await;
}

async fn list(app: &TestApp) {
    list_to_head(&app.app).await.expect("the list can be written");
}

async fn oai(app: &TestApp, query: &str) -> String {
    let answer = app.get(&format!("/oai?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    answer.body
}

/// What stands in the elements of this name, one after the other.
fn inside<'b>(body: &'b str, element: &str) -> Vec<&'b str> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut found = Vec::new();
    for part in body.split(open.as_str()).skip(1).filter(|part| part.starts_with(['>', ' '])) {
        let (_, content) = part.split_once('>').expect("an element");
        found.push(content.split_once(close.as_str()).expect("an end").0);
    }
    found
}

fn only<'b>(body: &'b str, element: &str) -> &'b str {
    let all = inside(body, element);
    assert_eq!(all.len(), 1, "{element} in {body}");
    all[0]
}

fn codes(body: &str) -> Vec<&str> {
    body.split("<error code=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The identifiers in the headers of a list, with how each header stands.
fn headers(body: &str) -> Vec<(String, String)> {
    let parts = body.split("<header").skip(1);
    parts.map(|part| (inside(part, "identifier")[0].to_owned(), state(part))).collect()
}

fn state(header: &str) -> String {
    let deleted = if header.starts_with(" status=\"deleted\"") { "deleted" } else { "live" };
    format!("{deleted} {}", inside(header, "datestamp")[0])
}

fn ids(body: &str) -> Vec<String> {
    headers(body).into_iter().map(|(id, _)| id).collect()
}

/// The token of a page; `None` at the end.
fn token(body: &str) -> Option<String> {
    inside(body, "resumptionToken").first().map(|token| (*token).to_owned()).filter(|token| !token.is_empty())
}

#[tokio::test]
async fn a_walk_over_a_changing_catalogue_gives_each_record_once() {
    for range in ["", "&until=2026-11-21", "&from=2026-11-21&set=source:many"] {
        let app = catalogue_of(450).await;
        let mut body = oai(&app, &format!("verb=ListRecords&metadataPrefix=oai_dc{range}")).await;
        let first_date = only(&body, "responseDate").to_owned();
        assert!(body.contains("completeListSize=\"450\" cursor=\"0\""), "{range}");
        let mut taken = ids(&body);
        let mut edition = 0;
        while let Some(token) = token(&body) {
            // Tomorrow, past `until`: a third says something else, one is gone, one is new.
            app.pass_days(1);
            edition += 1;
            let kept = (0..450 + edition).filter(|number| *number != 3 * edition);
            now_says(&app, kept.map(|number: usize| (number, if number.is_multiple_of(3) { edition } else { 0 })))
                .await;
            body = oai(&app, &format!("verb=ListRecords&resumptionToken={token}")).await;
            taken.extend(ids(&body));
        }
        assert_eq!(edition, 2);
        assert!(body.contains("<resumptionToken completeListSize=\""), "{range}");
        let once: BTreeSet<&String> = taken.iter().collect();
        assert_eq!(once.len(), taken.len(), "{range}");
        let all: BTreeSet<String> =
            ids(&oai(&app, "verb=ListIdentifiers&metadataPrefix=oai_dc").await).into_iter().collect();
        let since: BTreeSet<String> =
            ids(&oai(&app, &format!("verb=ListIdentifiers&metadataPrefix=oai_dc&from={first_date}")).await)
                .into_iter()
                .collect();
        let first: BTreeSet<String> =
            ids(&oai(&app, "verb=ListIdentifiers&metadataPrefix=oai_dc&until=2026-11-21").await).into_iter().collect();
        assert_eq!(all.len(), 452, "{range}");
        assert!(first.iter().all(|id| once.contains(id)), "{range}");
        // Who goes on from the first answer has everything.
        assert!(all.iter().all(|id| once.contains(id) || since.contains(id)), "{range}");
        assert!(taken.len() >= 450, "{range}: {}", taken.len());
    }
}

#[tokio::test]
async fn who_goes_on_from_the_time_of_each_answer_misses_nothing() {
    let app = catalogue_of(60).await;
    let done = AtomicBool::new(false);
    let changing = async {
        for edition in 1..=8 {
            let kept = (0..60).filter(|number| number % 9 != edition % 9);
            std::fs::write(app.source_dir().join("many.json"), file(kept.map(|number| (number, edition))))
                .expect("the file can be written");
            // The list follows in the background, as it does in a server.
            app.harvest("many").await;
        }
        list(&app).await;
        done.store(true, Ordering::SeqCst);
    };
    let harvesting = async {
        let mut copy: BTreeMap<String, String> = BTreeMap::new();
        let mut from = String::new();
        loop {
            let is_last = done.load(Ordering::SeqCst);
            let body = oai(&app, &format!("verb=ListIdentifiers&metadataPrefix=oai_dc{from}")).await;
            copy.extend(headers(&body));
            from = format!("&from={}", only(&body, "responseDate"));
            if is_last {
                return copy;
            }
        }
    };
    let ((), copy) = tokio::join!(changing, harvesting);
    let whole: BTreeMap<String, String> =
        headers(&oai(&app, "verb=ListIdentifiers&metadataPrefix=oai_dc").await).into_iter().collect();
    assert_eq!(copy, whole);
}

#[tokio::test]
async fn what_is_gone_is_deleted_for_ever_and_keeps_its_sets() {
    let app = catalogue_of(4).await;
    let before = oai(&app, "verb=ListIdentifiers&metadataPrefix=oai_dc&set=subject:chemistry").await;
    assert_eq!(ids(&before).len(), 2);
    assert!(!before.contains("deleted"));
    app.pass_days(1);
    now_says(&app, [(1, 0), (2, 0), (3, 0)]).await;
    app.pass_days(1);
    now_says(&app, [(1, 1), (2, 0), (3, 0)]).await;
    let body =
        oai(&app, "verb=ListRecords&metadataPrefix=oai_dc&set=subject:science&from=2026-11-22&until=2026-11-22").await;
    let gone = ids(&body);
    assert_eq!(gone.len(), 1);
    assert!(ids(&before).contains(&gone[0]));
    assert!(body.contains("<header status=\"deleted\">") && !body.contains("<metadata>"));
    assert_eq!(inside(&body, "setSpec"), ["source:many", "subject:chemistry", "subject:science"]);
    for prefix in ["oai_dc", "oai_lom"] {
        let one = oai(&app, &format!("verb=GetRecord&metadataPrefix={prefix}&identifier={}", gone[0])).await;
        assert_eq!(only(&one, "datestamp"), only(&body, "datestamp"));
        assert!(one.contains("status=\"deleted\"") && !one.contains("<metadata>"));
    }
    // When it is back, it is one that has changed.
    now_says(&app, [(0, 0), (1, 1), (2, 0), (3, 0)]).await;
    let one = oai(&app, &format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={}", gone[0])).await;
    assert!(!one.contains("deleted") && one.contains("<metadata>"));
}

#[tokio::test]
async fn what_a_curator_hides_or_merges_is_deleted_in_its_sets_until_it_is_back() {
    let app = catalogue_of(4).await;
    let (gone, kept) = (app.id_of(&title(0)).await, app.id_of(&title(2)).await);
    let identifier = format!("oai:signpost.localhost:{gone}");
    let record = format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={identifier}");
    let sets = ["source:many", "subject:chemistry", "subject:science"];
    let before = oai(&app, &record).await;
    assert_eq!(inside(&before, "setSpec"), sets);
    for decision in
        [json!({ "kind": "hide", "reason": "it sells something" }), json!({ "kind": "merge", "into": kept })]
    {
        app.pass_days(1);
        let curation = app.curate(&gone, decision.clone()).await;
        list(&app).await;
        let deleted = oai(&app, &record).await;
        assert!(deleted.contains("<header status=\"deleted\">") && !deleted.contains("<metadata>"), "{decision}");
        assert_eq!(inside(&deleted, "setSpec"), sets, "{decision}");
        let day = &only(&deleted, "datestamp")[..10];
        let listed =
            oai(&app, &format!("verb=ListIdentifiers&metadataPrefix=oai_dc&set=subject:chemistry&from={day}")).await;
        let of_it = headers(&listed).into_iter().find(|(id, _)| *id == identifier);
        assert!(of_it.is_some_and(|(_, state)| state.starts_with("deleted")), "{decision}: {listed}");

        app.pass_days(1);
        app.take_back(&curation).await;
        list(&app).await;
        let back = oai(&app, &record).await;
        assert!(back.contains("<metadata>") && !back.contains("deleted"), "{decision}: {back}");
        assert!(only(&back, "datestamp") > only(&deleted, "datestamp"), "{decision}: a change that harvesters see");
        assert_eq!(inside(&back, "setSpec"), sets, "{decision}");
    }
}

#[tokio::test]
async fn a_token_outlasts_the_program_that_gave_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = async |origin: &str, query: &str| {
        let answer = client.get(format!("{origin}/oai?{query}")).send().await.expect("an answer");
        answer.text().await.expect("a body")
    };
    let server = Program::new(&data).serve().await;
    let first = ask(&server.origin, "verb=ListRecords&metadataPrefix=oai_lom").await;
    let size: usize = first.split("completeListSize=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    server.kill();
    let server = Program::new(&data).serve().await;
    let mut taken = ids(&first);
    let mut next = token(&first);
    while let Some(token) = next {
        let body = ask(&server.origin, &format!("verb=ListRecords&resumptionToken={token}")).await;
        taken.extend(ids(&body));
        next = self::token(&body);
    }
    assert_eq!(taken.len(), size);
    assert_eq!(taken.into_iter().collect::<BTreeSet<String>>().len(), size);
}

#[tokio::test]
async fn a_forged_token_is_an_error_of_the_protocol() {
    let app = catalogue_of(210).await;
    let good = token(&oai(&app, "verb=ListRecords&metadataPrefix=oai_dc").await).expect("a token");
    assert_eq!(ids(&oai(&app, &format!("verb=ListRecords&resumptionToken={good}")).await).len(), 10);
    let flipped = (0..good.len()).map(|place| {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
        String::from_utf8(bytes).expect("digits")
    });
    let cut = (1..good.len()).step_by(7).map(|length| good[..length].to_owned());
    let others = ["x", "%00", "%FF", "-1", "9999999999", "%3Cscript%3E", "'%20OR%201=1"].map(str::to_owned);
    for bad in flipped.chain(cut).chain(others) {
        let body = oai(&app, &format!("verb=ListRecords&resumptionToken={bad}")).await;
        assert_eq!(codes(&body), ["badResumptionToken"], "{bad}");
        assert!(!body.contains("<script"), "{bad}");
    }
    assert_eq!(
        codes(&oai(&app, &format!("verb=ListIdentifiers&resumptionToken={good}")).await),
        ["badResumptionToken"]
    );
}

#[tokio::test]
async fn every_error_has_its_code_and_the_status_200() {
    let app = catalogue_of(3).await;
    let list = "verb=ListRecords&metadataPrefix=oai_dc";
    for (query, expected) in [
        (String::new(), "badVerb"),
        ("verb=Harvest".to_owned(), "badVerb"),
        ("verb=Identify&verb=Identify".to_owned(), "badVerb"),
        ("verb=Identify&colour=red".to_owned(), "badArgument"),
        ("verb=ListRecords".to_owned(), "badArgument"),
        (format!("{list}&from=2026-01-01&until=2026-01-01T00:00:00Z"), "badArgument"),
        (format!("{list}&from=2027-01-01&until=2026-01-01"), "badArgument"),
        (format!("{list}&from=2026-13-01"), "badArgument"),
        (format!("{list}&resumptionToken=x"), "badArgument"),
        (format!("{list}&set=%20"), "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21".to_owned(), "cannotDisseminateFormat"),
        (format!("{list}&until=2001-01-01"), "noRecordsMatch"),
        (format!("{list}&from=2101-01-01"), "noRecordsMatch"),
        (format!("{list}&set=subject:alchemy"), "noRecordsMatch"),
        ("verb=ListSets&resumptionToken=x".to_owned(), "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:signpost.localhost:0".to_owned(), "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=oai:other.example:0123456789abcdef".to_owned(), "idDoesNotExist"),
        (format!("verb=Identify&{}", "a=b&".repeat(4_000)), "badArgument"),
    ] {
        let body = oai(&app, &query).await;
        assert_eq!(codes(&body).first(), Some(&expected), "{query}");
        let says_again = !matches!(expected, "badVerb" | "badArgument");
        assert_eq!(body.contains("<request verb=\""), says_again, "{query}");
    }
}

#[tokio::test]
async fn days_and_seconds_are_both_understood() {
    let app = catalogue_of(3).await;
    for (range, count) in [
        ("&from=2026-11-21", 3),
        ("&until=2026-11-21", 3),
        ("&from=2026-11-21&until=2026-11-21", 3),
        ("&from=2026-11-21T09:00:00Z&until=2026-11-21T10:00:00Z", 3),
        ("&until=2026-11-20", 0),
        ("&from=2026-11-21T10:00:00Z", 0),
        ("&until=9999-12-31", 3),
    ] {
        let body = oai(&app, &format!("verb=ListIdentifiers&metadataPrefix=oai_dc{range}")).await;
        assert_eq!(ids(&body).len(), count, "{range}");
    }
}

#[tokio::test]
async fn a_form_and_an_address_are_answered_alike() {
    let app = catalogue_of(3).await;
    let id = ids(&oai(&app, "verb=ListIdentifiers&metadataPrefix=oai_dc").await).remove(0);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let without_date = |answer: &Answer| {
        let (before, after) = answer.body.split_once("<responseDate>").expect("a date");
        format!("{before}{}", after.split_once("</responseDate>").expect("its end").1)
    };
    for query in [
        "verb=Identify".to_owned(),
        "verb=ListSets".to_owned(),
        "verb=ListMetadataFormats".to_owned(),
        "verb=ListRecords&metadataPrefix=oai_lom".to_owned(),
        format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={id}"),
        "verb=Nothing".to_owned(),
    ] {
        let got = app.get(&format!("/oai?{query}")).await;
        let posted = app.call("POST", "/oai", &form, query.clone()).await;
        assert_eq!((posted.status, posted.header("content-type")), (200, "text/xml; charset=utf-8"), "{query}");
        assert_eq!(without_date(&posted), without_date(&got), "{query}");
    }
    let twice = app.call("POST", "/oai?verb=Identify", &form, "verb=Identify").await;
    assert_eq!(codes(&twice.body), ["badVerb"]);
    let json = app.call("POST", "/oai", &[("content-type", "application/json")], "{}").await;
    assert_eq!((json.status, codes(&json.body)), (200, vec!["badVerb"]));
    let long = app.call("POST", "/oai", &form, "a".repeat(100_000)).await;
    assert_eq!((long.status, codes(&long.body)), (200, vec!["badArgument"]));
    let head = app.send("HEAD", "/oai?verb=Identify", &[]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn the_repository_is_described_by_the_configuration_and_never_by_the_request() {
    let app = catalogue_of(3).await;
    let told = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "gopher")];
    for query in ["verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc", "verb=ListRecords&metadataPrefix=oai_lom"]
    {
        let body = app.get_with(&format!("/oai?{query}"), &told).await.body;
        assert!(!body.contains("evil") && !body.contains("gopher"), "{body}");
        assert!(body.contains(&format!("{}/oai</request>", app.app.public_url())), "{body}");
    }
    let body = oai(&app, "verb=Identify").await;
    assert_eq!(only(&body, "deletedRecord"), "persistent");
    assert_eq!(only(&body, "granularity"), "YYYY-MM-DDThh:mm:ssZ");
    assert!(only(&body, "earliestDatestamp").starts_with("2026-11-21T09:00:"));
    assert_eq!(only(&body, "repositoryIdentifier"), "signpost.localhost");
}

#[tokio::test]
async fn sets_stand_above_each_other_and_hold_what_they_say() {
    let app = catalogue_of(4).await;
    let body = oai(&app, "verb=ListSets").await;
    let specs = inside(&body, "setSpec");
    assert_eq!(specs, ["source", "source:many", "subject", "subject:chemistry", "subject:physics", "subject:science"]);
    assert_eq!(inside(&body, "setName")[1], "Catalogue many");
    for (set, count) in specs.into_iter().zip([4, 4, 4, 2, 2, 4]) {
        let body = oai(&app, &format!("verb=ListIdentifiers&metadataPrefix=oai_dc&set={set}")).await;
        assert_eq!(ids(&body).len(), count, "{set}");
    }
}

#[tokio::test]
async fn what_a_source_says_cannot_become_markup() {
    let records = json!([{ "id": 1, "title": "Salt & <script>alert(1)</script> \"crystals\"", "url": "https://example.org/?a=1&b=2",
        "description": "]]> <!-- & \u{1}\u{b}", "subjects": ["Chemistry"], "levels": ["KS3"] }]);
    let toml = source_toml("hostile", "file = \"hostile.json\"");
    let app = TestApp::with_sources(&[("hostile.toml", toml)], &[("hostile.json", &records.to_string())]).await;
    list(&app).await;
    for prefix in ["oai_dc", "oai_lom"] {
        let body = oai(&app, &format!("verb=ListRecords&metadataPrefix={prefix}")).await;
        assert!(body.contains("https://example.org/?a=1&amp;b=2"), "{body}");
        assert!(body.contains("Chemistry") && body.contains("Key Stage 3"), "{body}");
        assert!(!body.contains("<script") && !body.contains("<!--"), "{body}");
        assert!(body.chars().all(|character| character >= ' ' || matches!(character, '\n' | '\t')), "{body}");
    }
}

#[tokio::test]
async fn who_holds_an_answer_of_the_list_is_told_that_it_still_holds() {
    let app = catalogue_of(3).await;
    app.pass_days(1);
    let path = "/oai?verb=ListRecords&metadataPrefix=oai_dc";
    let first = app.get(path).await;
    let since = first.header("last-modified").to_owned();
    assert!(since.starts_with("Sat, 21 Nov 2026 09:00:"), "{since}");
    let again = app.get_with(path, &[("if-modified-since", &since)]).await;
    assert_eq!((again.status, again.body.as_str(), again.header("last-modified")), (304, "", since.as_str()));
    now_says(&app, [(0, 1), (1, 0), (2, 0)]).await;
    // In the second of the change there may be another.
    let changed = app.get_with(path, &[("if-modified-since", &since)]).await;
    assert_eq!(changed.status, 200);
    app.pass_days(1);
    assert_eq!(app.get_with(path, &[("if-modified-since", &since)]).await.status, 200);
}
