//! Where does each value of a resource come from, which values stand in it, and why do others not?

use crawler::Outcome;
use crawler::link::LinkAnswer;
use schemas::{AgeRange, Assertion, Claim, ConceptId, Confidence, ControlledField, Decision, Metadata, Method};
use serde_json::{Value, json};

use super::{Store, day, page, says, source, source_with_licence};

const X: &str = "https://shared.example/x";

async fn assertions(store: &Store, url: &str) -> Vec<Assertion> {
    store.catalogue.assertions_of(&store.id_at(url).await).await.expect("assertions")
}

/// The values of one field, each as `value source used: reason`.
fn told(assertions: &[Assertion], field: &str) -> Vec<String> {
    let of_field = assertions.iter().filter(|one| one.field == field);
    of_field
        .map(|one| {
            let source = one.source.as_ref().map_or("-", |source| source.as_str());
            let used = if one.used { "used" } else { "lost" };
            let reason = one.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{} {source} {used}{reason}", one.value)
        })
        .collect()
}

fn titled(title: &str) -> Metadata {
    Metadata { title: title.to_owned(), url: Some(X.to_owned()), ..Metadata::default() }
}

fn claim(id: &str, method: Method, evidence: Option<&str>) -> Claim<ConceptId> {
    let confidence = Confidence::new(0.5).expect("a confidence");
    let value = ConceptId::parse(id).expect("an id");
    Claim { value, method, confidence, evidence: evidence.map(ToOwned::to_owned) }
}

#[tokio::test]
async fn a_value_that_lost_says_to_whom_and_why() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let own = "https://b.example/own";
    store
        .harvest(&a, vec![page(&a, "1", "A copy", own), page(&a, "2", "X", X), page(&a, "3", "X again", X)], day(0))
        .await;
    store.harvest(&b, vec![page(&b, "1", "The page", own), page(&b, "2", "The X", X)], day(0)).await;

    let of_own = assertions(&store, own).await;
    let why = "`b` speaks first: the page is on its own site";
    assert_eq!(told(&of_own, "title"), [format!("\"The page\" b used: {why}"), format!("\"A copy\" a lost: {why}")]);
    assert_eq!(told(&of_own, "url"), [format!("\"{own}\" a used"), format!("\"{own}\" b used")], "they agree");

    let why = "of the records of `a` the first in the order of identifiers speaks first";
    let expected = [
        format!("\"X\" a used: {why}"),
        format!("\"X again\" a lost: {why}"),
        "\"The X\" b lost: `a` speaks first in the order of names".to_owned(),
    ];
    assert_eq!(told(&assertions(&store, X).await, "title"), expected);
}

#[tokio::test]
async fn a_stated_value_goes_before_an_inferred_one_and_both_are_told() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let mut inferred = titled("X");
    inferred.add_concept(ControlledField::Cost, claim("free", Method::Inferred, Some("free")));
    inferred.add_concept(ControlledField::Subject, claim("physics", Method::Inferred, Some("force")));
    let mut stated = titled("X");
    stated.add_concept(ControlledField::Cost, claim("paid", Method::Stated, None));
    stated.add_concept(ControlledField::Subject, claim("chemistry", Method::Stated, None));
    store.harvest(&a, vec![says(&a, "1", inferred)], day(0)).await;
    store.harvest(&b, vec![says(&b, "1", stated)], day(0)).await;

    let assertions = assertions(&store, X).await;
    let why = "a stated value goes before an inferred one";
    assert_eq!(told(&assertions, "cost"), [format!("\"paid\" b used: {why}"), format!("\"free\" a lost: {why}")]);
    assert_eq!(
        told(&assertions, "subjects"),
        ["\"chemistry\" b used".to_owned(), format!("\"physics\" a lost: {why}")]
    );
    let lost = assertions.iter().find(|one| one.value == "physics").expect("what lost");
    assert_eq!((lost.method, lost.evidence.as_deref()), (Method::Inferred, Some("force")));
}

#[tokio::test]
async fn of_a_catalogue_that_forbids_more_no_more_is_told_than_is_published() {
    let (a, b) = (source_with_licence("a", "not-stated"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let text = format!("{}Saponification ends it.", "How soap is made. ".repeat(20));
    let mut metadata = Metadata { description: Some(text), ..titled("Soap") };
    let copied = metadata.clone();
    metadata.add_concept(ControlledField::Subject, claim("chemistry", Method::Inferred, Some("saponification")));
    metadata.add_concept(ControlledField::Sector, claim("science", Method::Inferred, Some("soap")));
    store.harvest(&a, vec![says(&a, "1", metadata)], day(0)).await;
    store.harvest(&b, vec![says(&b, "1", copied)], day(0)).await;

    let assertions = assertions(&store, X).await;
    let published = store.live().await[0].resource.description.clone().expect("a description");
    let described: Vec<&Assertion> = assertions.iter().filter(|one| one.field == "description").collect();
    assert_eq!(described.len(), 2);
    assert!(described.iter().all(|one| one.used && one.value == published.as_str()), "{described:?}");
    assert_eq!(described[0].reason.as_deref(), Some("the licence of `a` allows 200 characters of its description"));
    let all = serde_json::to_string(&assertions).expect("JSON");
    assert!(!all.to_lowercase().contains("saponification"), "{all}");
    let sector = assertions.iter().find(|one| one.field == "sectors").expect("a sector");
    assert_eq!(sector.evidence.as_deref(), Some("soap"), "what is published may be told");
}

#[tokio::test]
async fn what_an_admin_decided_is_told_beside_what_it_replaced() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let said = |title: &str, publisher: &str| {
        let age_range = Some(Claim::mapped(AgeRange::new(11, 14).expect("a range"), "Y7-9"));
        let metadata = Metadata { publisher: Some(publisher.to_owned()), age_range, ..titled(title) };
        vec![says(&a, "1", metadata)]
    };
    store.harvest(&a, said("Soap", "Society"), day(0)).await;
    let id = store.id_at(X).await;
    let correct = |field: &str, value: Value| Decision::Correct { field: field.to_owned(), value };
    for decision in [
        correct("title", json!("Soap and glue")),
        correct("levels", json!(["ks4"])),
        Decision::Lock { field: "publisher".to_owned(), value: Value::Null },
    ] {
        store.catalogue.curate(&id, decision, "Ada", "its page says so", day(1)).await.expect("a decision");
    }
    store.harvest(&a, said("Soap 2", "Another"), day(2)).await;

    let assertions = assertions(&store, X).await;
    let why = "an admin corrected the field on 2026-11-02";
    assert_eq!(
        told(&assertions, "title"),
        [format!("\"Soap and glue\" - used: {why}"), format!("\"Soap 2\" a lost: {why}")]
    );
    let why = "an admin locked the field on 2026-11-02";
    assert_eq!(
        told(&assertions, "publisher"),
        [format!("\"Society\" - used: {why}"), format!("\"Another\" a lost: {why}")]
    );
    let ages = r#"{"from":11,"to":14} a lost: an admin corrected `levels` on 2026-11-02"#;
    assert_eq!(told(&assertions, "age_range"), [r#"{"from":14,"to":16} - used"#, ages]);
    let title = &assertions[assertions.iter().position(|one| one.field == "title").expect("a title")];
    assert_eq!((title.method, title.since.as_str()), (Method::Curated, "2026-11-02T09:00:00Z"));
    assert_eq!((title.evidence.as_deref(), &title.identifier), (Some("its page says so"), &None));
    let resource = &store.live().await[0].resource;
    for level in &resource.levels {
        let of_level = assertions.iter().find(|one| one.field == "levels" && one.value == level.id.as_str());
        let of_level = of_level.expect("an assertion");
        assert_eq!((of_level.used, of_level.method, &of_level.source), (true, level.method, &None), "{}", level.id);
    }
}

#[tokio::test]
async fn each_value_says_since_when_over_three_harvests() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let since = async |field: &str| {
        let assertions = assertions(&store, X).await;
        let found = assertions.iter().find(|one| one.field == field).expect("an assertion");
        found.since.clone()
    };
    for (number, title, expected) in [(0, "Soap", "2026-11-01"), (1, "Glue", "2026-11-02"), (2, "Soap", "2026-11-03")] {
        store.harvest(&a, vec![page(&a, "1", title, X)], day(number)).await;
        assert_eq!(since("title").await, format!("{expected}T09:00:00Z"), "{title}");
        assert_eq!(since("url").await, "2026-11-01T09:00:00Z");
    }
    store.harvest(&a, vec![page(&a, "1", "Soap", X)], day(3)).await;
    assert_eq!(since("title").await, "2026-11-03T09:00:00Z", "what is said again keeps its time");
}

#[tokio::test]
async fn an_address_that_has_moved_is_ours_and_the_old_one_stands_beside_it() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X)], day(0)).await;
    let new = "https://shared.example/new";
    let moved = LinkAnswer::Moved { to: new.parse().expect("an address") };
    for number in [1, 3] {
        store.catalogue.record_link(X, &moved, day(number)).await.expect("it is written");
    }
    let assertions = assertions(&store, new).await;
    let lost = "its page has moved for good to the address that is shown";
    assert_eq!(told(&assertions, "url"), [format!("\"{new}\" - used"), format!("\"{X}\" a lost: {lost}")]);
    let beside = "an address that it is found at, while another is shown";
    assert_eq!(told(&assertions, "same_as"), [format!("\"{X}\" a used: {beside}")]);
    let ours = assertions.iter().find(|one| one.field == "url").expect("an address");
    assert_eq!((ours.method, ours.since.as_str()), (Method::Mapped, "2026-11-04T09:00:00Z"));
    assert_eq!(ours.evidence.as_deref(), Some("the old address redirects there for good"));
}

#[tokio::test]
async fn what_follows_from_ages_says_from_which() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let with_level = |id: &str| {
        let mut metadata = titled("X");
        metadata.add_concept(ControlledField::Level, claim(id, Method::Stated, None));
        metadata
    };
    store.harvest(&a, vec![says(&a, "1", with_level("ks2"))], day(0)).await;
    let alone = assertions(&store, X).await;
    assert_eq!(told(&alone, "age_range"), [r#"{"from":7,"to":11} a used"#]);

    store.harvest(&b, vec![says(&b, "1", with_level("ks4"))], day(0)).await;
    let both = assertions(&store, X).await;
    let span = both.iter().find(|one| one.field == "age_range").expect("ages");
    assert_eq!(span.value, json!({ "from": 7, "to": 16 }));
    let evidence = "follows from ages 7-11 (Key Stage 2) to 14-16 (Key Stage 4)";
    assert_eq!((span.method, span.evidence.as_deref()), (Method::Mapped, Some(evidence)));
    assert_eq!(span.reason.as_deref(), Some("together with the levels that others say"));
    let welsh = both.iter().find(|one| one.value == "cfw-ps5").expect("the Welsh level");
    assert_eq!((welsh.method, welsh.source.as_ref()), (Method::Mapped, Some(&b.id)));
    assert_eq!(welsh.evidence.as_deref(), Some("follows from ages 14-16 (Key Stage 4)"));
}

#[tokio::test]
async fn assertions_come_field_by_field_in_the_order_of_a_resource_and_none_of_what_is_gone() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let keywords = vec!["soap".to_owned(), "glue".to_owned()];
    let metadata = Metadata { keywords, publisher: Some("Society".to_owned()), ..titled("X") };
    store.harvest(&a, vec![says(&a, "1", metadata)], day(0)).await;
    let id = store.id_at(X).await;
    let told = store.catalogue.assertions_of(&id).await.expect("assertions");
    let fields: Vec<&str> = told.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["url", "title", "publisher", "keywords", "keywords"]);
    assert!(told.iter().all(|one| one.identifier.as_deref() == Some("1")));

    store.harvest(&a, vec![Outcome::Deleted("1".to_owned())], day(1)).await;
    assert!(store.catalogue.assertions_of(&id).await.expect("assertions").is_empty());
}
