//! Do the reports tell what is shared, missing and broken, and do their counts add up?

use crawler::Outcome;
use crawler::link::LinkAnswer;
use schemas::{
    Claim, CompletenessTest, ConceptId, Confidence, ControlledField, Decision, Metadata, Method, Problem, Source,
};

use super::{Store, day, page, pages, says, source};
use crate::catalogue::{
    AnswerCounts, Catalogue, HarvestEnd, HarvestManner, HarvestState, MergedWith, SharedReasonKind,
};

const SOAP: &str = "https://shared.example/soap";
const GLUE: &str = "https://shared.example/glue";

/// `a` and `b` give the address of the soap, `a` twice that of the glue, and each has a page of its own.
async fn two_catalogues(a: &Source, b: &Source) -> Store {
    let store = Store::with(&[a, b]).await;
    let of_a = vec![
        page(a, "1", "Soap", SOAP),
        page(a, "2", "Glue", GLUE),
        page(a, "3", "All about glue", GLUE),
        page(a, "4", "Bridges", "https://a.example/bridges"),
    ];
    store.harvest(a, of_a, day(0)).await;
    let of_b = vec![page(b, "one", "Making soap", SOAP), page(b, "two", "Whales", "https://b.example/whales")];
    store.harvest(b, of_b, day(0)).await;
    store
}

async fn number_of(catalogue: &Catalogue, source: &Source, identifier: &str) -> i64 {
    sqlx::query_scalar("SELECT number FROM record WHERE source = $1 AND identifier = $2")
        .bind(source.id.as_str())
        .bind(identifier)
        .fetch_one(&catalogue.reader)
        .await
        .expect("a record")
}

/// Writes down that two records read as one, as resolving would.
async fn write_match(store: &Store, one: i64, other: i64, verdict: &str) {
    sqlx::query("INSERT INTO record_match (one, other, score, contributions, verdict) VALUES ($1, $2, 2250, $3, $4)")
        .bind(one.min(other))
        .bind(one.max(other))
        .bind(r#"[{"what":"title","weight":1.5,"detail":"soap"},{"what":"text","weight":0.75,"detail":""}]"#)
        .bind(verdict)
        .execute(&store.catalogue.writer)
        .await
        .expect("a match");
}

#[tokio::test]
async fn a_pair_of_catalogues_counts_what_it_lists() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    let pairs = store.catalogue.shared_counts().await.expect("pairs");
    let told: Vec<(&str, &str, u64, u64, u64)> = pairs
        .iter()
        .map(|pair| (pair.one.as_str(), pair.other.as_str(), pair.resources, pair.of_one, pair.of_other))
        .collect();
    assert_eq!(told, [("a", "a", 1, 3, 3), ("a", "b", 1, 3, 2)]);
    for pair in &pairs {
        let listed = store.catalogue.shared_resources(&pair.one, &pair.other, 100, 0).await.expect("resources");
        assert_eq!(listed.len() as u64, pair.resources, "{pair:?}");
        let turned = store.catalogue.shared_resources(&pair.other, &pair.one, 100, 0).await.expect("resources");
        assert_eq!(turned, listed);
    }
    let none = store.catalogue.shared_resources(&b.id, &b.id, 100, 0).await.expect("resources");
    assert!(none.is_empty(), "{none:?}");
    let past_the_end = store.catalogue.shared_resources(&a.id, &b.id, 10, 10).await.expect("resources");
    assert!(past_the_end.is_empty(), "{past_the_end:?}");
}

#[tokio::test]
async fn a_shared_resource_says_which_records_it_has_and_why_they_are_one() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    let soap = store.catalogue.shared_resources(&a.id, &b.id, 10, 0).await.expect("resources");
    let records: Vec<(&str, &str, &str)> = soap[0]
        .records
        .iter()
        .map(|record| (record.source.as_str(), record.identifier.as_str(), record.title.as_str()))
        .collect();
    assert_eq!(records, [("a", "1", "Soap"), ("b", "one", "Making soap")]);
    let kinds: Vec<&SharedReasonKind> = soap[0].because.iter().map(|reason| &reason.kind).collect();
    assert_eq!(kinds, [&SharedReasonKind::Address]);
    assert_eq!(soap[0].because[0].records, [0, 1]);
}

/// The soap as `source` tells of it: nearly in the words of all others, and with its DOI.
fn soap_of(source: &Source) -> Outcome {
    let text = format!(
        "Pupils boil soap from olive oil and lye, measure how sour it is from day to day, and find out why a chemist in a \
         factory does the same with forty tonnes at once. Brought to you by {}.",
        source.id
    );
    let metadata = Metadata {
        title: "Boiling soap in the school laboratory".to_owned(),
        description: Some(text),
        url: Some(format!("https://{}.example/soap", source.id)),
        same_as: vec!["https://doi.org/10.1000/182".to_owned()],
        ..Metadata::default()
    };
    says(source, "soap", metadata)
}

#[tokio::test]
async fn identifiers_matches_and_decisions_are_reasons_as_long_as_they_hold() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![soap_of(&a)], day(0)).await;
    store.harvest(&b, vec![soap_of(&b)], day(0)).await;
    let (one, other) = (store.id_at("https://a.example/soap").await, store.id_at("https://b.example/soap").await);
    let merge = Decision::Merge { into: one.clone(), records: Vec::new() };
    let merged = store.catalogue.curate(&other, merge, "Ada", "they are the same", day(1)).await.expect("a decision");
    store.catalogue.resolve_pending(day(1)).await.expect("everything is resolved");

    let shared = store.catalogue.shared_resources(&a.id, &b.id, 10, 0).await.expect("resources");
    let because = &shared[0].because;
    assert_eq!((shared.len(), because.len()), (1, 3), "{because:?}");
    assert!(because.iter().all(|reason| reason.records == [0, 1]), "{because:?}");
    assert_eq!(because[0].kind, SharedReasonKind::Identifier("doi:10.1000/182".to_owned()));
    let SharedReasonKind::Match { score, contributions } = &because[1].kind else { panic!("{because:?}") };
    let sum: f32 = contributions.iter().map(|part| part.weight).sum();
    assert!((f64::from(sum) - score).abs() < 0.01, "{score} {contributions:?}");
    assert_eq!(contributions[0].what, "title");
    assert_eq!(because[2].kind, SharedReasonKind::Curated);

    store.catalogue.undo_curation(&merged.id, "Ada", "no need to", day(2)).await.expect("it is undone");
    let shared = store.catalogue.shared_resources(&a.id, &b.id, 10, 0).await.expect("resources");
    assert_eq!(shared[0].because.len(), 2, "{:?}", shared[0].because);
}

#[tokio::test]
async fn the_version_of_the_reports_is_another_when_they_may_be() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    let version = async || store.catalogue.reports_version().await.expect("a version");
    let waiting = version().await;
    store.catalogue.resolve_pending(day(1)).await.expect("everything is resolved");
    let resolved = version().await;
    assert_ne!(waiting, resolved, "matches are known now");
    assert_eq!(resolved, version().await);
    // A record goes missing: no resource says anything else.
    let head = store.head().await;
    let seen = vec![page(&a, "1", "Soap", SOAP), page(&a, "2", "Glue", GLUE), page(&a, "3", "All about glue", GLUE)];
    store.harvest(&a, seen, day(2)).await;
    assert_eq!(store.head().await, head);
    let missing = version().await;
    assert_ne!(missing, resolved);
    for number in 3..=33 {
        store.catalogue.record_link(SOAP, &LinkAnswer::Gone { status: 404 }, day(number)).await.expect("written");
    }
    assert_ne!(version().await, missing);
}

#[tokio::test]
async fn what_is_hidden_or_withdrawn_takes_no_part() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    let soap = store.id_at(SOAP).await;
    sqlx::query("UPDATE resource SET state = 'hidden' WHERE id = $1")
        .bind(soap.as_str())
        .execute(&store.catalogue.writer)
        .await
        .expect("it is hidden");
    let pairs = store.catalogue.shared_counts().await.expect("pairs");
    assert!(pairs.iter().all(|pair| pair.one == pair.other), "{pairs:?}");
    let shared = store.catalogue.shared_resources(&a.id, &b.id, 10, 0).await.expect("resources");
    assert!(shared.is_empty(), "{shared:?}");
    let report = store.catalogue.reconciliation(&b.id, 10).await.expect("a report");
    assert_eq!((report.live, report.hidden, report.resources, report.merged_records), (2, 1, 1, 0));
    assert_eq!(store.catalogue.completeness(None, 10, 0).await.expect("a report").all.resources, 3);
}

#[tokio::test]
async fn every_record_of_a_source_stands_in_one_count_of_its_reconciliation() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    // Two of four are gone, one by its own word.
    let again = vec![page(&a, "1", "Soap", SOAP), page(&a, "2", "Glue", GLUE), Outcome::Deleted("3".to_owned())];
    store.harvest(&a, again, day(1)).await;
    let report = store.catalogue.reconciliation(&a.id, 10).await.expect("a report");
    assert_eq!((report.live, report.missing, report.withdrawn, report.deleted), (2, 1, 0, 1));
    assert_eq!((report.resources, report.merged_records, report.merged_resources), (3, 1, 1));
    assert_eq!(report.merged_with, [MergedWith { source: b.id.clone(), records: 1, resources: 1 }]);
    assert_eq!((report.hidden, report.broken_count), (0, 0));

    let of_nobody = store.catalogue.reconciliation(&source("c").id, 10).await.expect("a report");
    assert_eq!((of_nobody.live, of_nobody.resources), (0, 0));
}

#[tokio::test]
async fn a_broken_link_is_told_to_each_catalogue_that_has_a_record_there() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    let gone = LinkAnswer::Gone { status: 404 };
    for number in 1..=30 {
        store.catalogue.record_link(SOAP, &gone, day(number)).await.expect("it is written");
    }
    for (catalogue, identifier) in [(&a, "1"), (&b, "one")] {
        let report = store.catalogue.reconciliation(&catalogue.id, 10).await.expect("a report");
        assert_eq!((report.broken_count, report.broken.len()), (1, 1));
        let broken = &report.broken[0];
        assert_eq!((broken.url.as_str(), broken.identifiers.as_slice()), (SOAP, [identifier.to_owned()].as_slice()));
        assert!(broken.checked_at.is_some() && broken.reason.is_some(), "{broken:?}");
        // The count goes on where the list ends.
        let short = store.catalogue.reconciliation(&catalogue.id, 0).await.expect("a report");
        assert_eq!((short.broken_count, short.broken.len()), (1, 0));
    }
}

#[tokio::test]
async fn the_last_reading_is_not_a_run_that_met_nothing_new() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    assert_eq!(store.catalogue.last_reading(&a.id).await.expect("a look"), None);
    let rejected = Outcome::Rejected { identifier: None, problem: Problem::rejected("/9", None, "no title") };
    let mut outcomes = pages(&a, 0..3);
    outcomes.push(rejected);
    store.harvest(&a, outcomes, day(0)).await;
    let read = store.catalogue.last_harvest(&a.id).await.expect("a look").expect("a run");
    let id = store.catalogue.start_harvest(&a.id, HarvestManner::Harvest, None, day(1)).await.expect("a run");
    store.catalogue.repeat_problems(&read.id, &id).await.expect("they are repeated");
    let end = HarvestEnd::new(HarvestState::Ok, Some("not modified".to_owned()), read.counts);
    store.catalogue.finish_harvest(&id, &end, day(1)).await.expect("an end");
    assert_eq!(store.catalogue.last_reading(&a.id).await.expect("a look"), Some(read));
}

#[tokio::test]
async fn completeness_is_counted_test_by_test_and_those_that_miss_most_come_first() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let with_level = |method: Method, publisher: Option<&str>| {
        let mut metadata = Metadata {
            title: format!("A page whose level is {method:?}"),
            url: Some(format!("https://a.example/{method:?}").to_lowercase()),
            publisher: publisher.map(ToOwned::to_owned),
            ..Metadata::default()
        };
        let value = ConceptId::parse("ks3").expect("an id");
        let claim = Claim { value, method, confidence: Confidence::FULL, evidence: None };
        metadata.add_concept(ControlledField::Level, claim);
        metadata
    };
    let of_a = vec![
        says(&a, "1", with_level(Method::Stated, Some("Society"))),
        says(&a, "2", with_level(Method::Inferred, None)),
    ];
    store.harvest(&a, of_a, day(0)).await;
    store.harvest(&b, vec![page(&b, "one", "Whales", "https://b.example/whales")], day(0)).await;

    let report = store.catalogue.completeness(None, 2, 0).await.expect("a report");
    assert_eq!((report.all.resources, report.incomplete), (3, 3));
    assert_eq!(report.all.tests[&CompletenessTest::Level], AnswerCounts { said: 1, inferred: 1, missing: 1 });
    assert_eq!(report.all.tests[&CompletenessTest::Address], AnswerCounts { said: 3, inferred: 0, missing: 0 });
    for (test, counts) in &report.all.tests {
        assert_eq!(counts.said + counts.inferred + counts.missing, report.all.resources, "{test:?}");
    }
    let of_sources: u64 = report.sources.values().map(|tally| tally.resources).sum();
    assert_eq!((report.sources.len(), of_sources), (2, 3));
    // Six tests of thirty pass: three addresses, two levels, one publisher.
    assert!((report.all.mean().expect("a mean") - 0.2).abs() < 1e-9);
    assert_eq!(report.all.most_missed()[0], (CompletenessTest::Description, 3));
    let worst: Vec<usize> = report.worst.iter().map(|resource| resource.missing.len()).collect();
    assert_eq!(worst, [9, 8]);
    let rest = store.catalogue.completeness(None, 2, 2).await.expect("a report");
    assert_eq!(rest.worst.iter().map(|resource| resource.missing.len()).collect::<Vec<_>>(), [7]);

    let of_b = store.catalogue.completeness(Some(&b.id), 10, 0).await.expect("a report");
    assert_eq!((of_b.all.resources, of_b.sources.len(), of_b.worst.len()), (1, 1, 1));
    let of_nobody = store.catalogue.completeness(Some(&source("c").id), 10, 0).await.expect("a report");
    assert_eq!((of_nobody.all.resources, of_nobody.all.mean()), (0, None));
}

#[tokio::test]
async fn a_match_that_was_not_followed_is_listed_with_its_reason() {
    let (a, b) = (source("a"), source("b"));
    let store = two_catalogues(&a, &b).await;
    let catalogue = &store.catalogue;
    let (one, other) = (number_of(catalogue, &a, "1").await, number_of(catalogue, &b, "two").await);
    write_match(&store, one, other, "chain").await;
    write_match(&store, number_of(catalogue, &a, "2").await, number_of(catalogue, &a, "4").await, "one-source").await;
    let (all, total) = catalogue.list_matches(None, None, 10, 0).await.expect("matches");
    assert_eq!((all.len(), total), (2, 2));
    let (cut, total) = catalogue.list_matches(Some("chain"), Some(&b.id), 10, 0).await.expect("matches");
    assert_eq!((cut.len(), total), (1, 1));
    assert_eq!((cut[0].one.title.as_str(), cut[0].other.title.as_str()), ("Soap", "Whales"));
    assert_eq!((cut[0].verdict.as_str(), cut[0].contributions.len()), ("chain", 2));
    let (none, total) = catalogue.list_matches(Some("one-source"), Some(&b.id), 10, 0).await.expect("matches");
    assert!(none.is_empty() && total == 0, "{none:?}");
}
