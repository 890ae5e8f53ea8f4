//! Which pages read as one, and what becomes of their resources when they do, or do no more?

use std::collections::BTreeSet;

use crawler::Outcome;
use schemas::{Metadata, ResourceId, Source};

use super::{Store, day, page, says, source};
use crate::catalogue::ResourceState;

const TEXT: &str = "Follow three engineers through a working day at a wind farm off the Northumberland coast, from the \
    boat at dawn to the last bolt. Pupils plan a repair, price it, and argue for it in front of the class. With slides, \
    a worksheet and answers for the teacher.";

fn resource_about(title: &str, text: &str, url: &str) -> Metadata {
    Metadata {
        title: title.to_owned(),
        description: Some(text.to_owned()),
        url: Some(url.to_owned()),
        ..Metadata::default()
    }
}

fn wind(source: &Source, identifier: &str, text: &str) -> Outcome {
    let url = format!("https://{}.example/{identifier}", source.id);
    says(source, identifier, resource_about("A day on the wind farm at Blyth", text, &url))
}

impl Store {
    async fn resolve(&self) -> u64 {
        self.catalogue.resolve_pending(day(20)).await.expect("the store can be written").records
    }

    /// The records of each live resource, as a set of sets.
    async fn groups(&self) -> BTreeSet<BTreeSet<String>> {
        let names = |entry: &index::Entry| {
            let records = entry.resource.records.iter();
            records.map(|record| format!("{}/{}", record.source, record.identifier)).collect()
        };
        self.live().await.iter().map(names).collect()
    }

    async fn state_of(&self, id: &ResourceId) -> ResourceState {
        self.catalogue.resource(id).await.expect("a look").expect("a resource")
    }

    /// All that is published, apart from ids and dates, sorted.
    async fn published(&self) -> Vec<String> {
        let mut published: Vec<String> = self.live().await.iter().map(without_ids_and_dates).collect();
        published.sort_unstable();
        published
    }

    /// The identifiers that are not followed, as a source is told of them.
    async fn refused(&self, source: &Source) -> Vec<(String, u64, String)> {
        let report = self.catalogue.reconciliation(&source.id, 10).await.expect("a report");
        assert_eq!(report.refused.len() as u64, report.refused_count);
        report.refused.into_iter().map(|refused| (refused.identifier, refused.records, refused.verdict)).collect()
    }
}

fn without_ids_and_dates(entry: &index::Entry) -> String {
    let mut json = serde_json::to_value(&entry.resource).expect("plain fields");
    let fields = json.as_object_mut().expect("an object");
    for name in ["id", "created", "updated"] {
        fields.remove(name);
    }
    for record in fields["records"].as_array_mut().expect("records") {
        let said = record.as_object_mut().expect("a record");
        said.remove("first_seen");
        said.remove("last_seen");
    }
    format!("{json} {:?}", entry.full_description)
}

/// A page that declares an identifier.
fn declaring(source: &Source, identifier: &str, title: &str, same_as: &str) -> Outcome {
    let metadata = Metadata {
        title: title.to_owned(),
        url: Some(format!("https://{}.example/{identifier}", source.id)),
        same_as: vec![same_as.to_owned()],
        ..Metadata::default()
    };
    says(source, identifier, metadata)
}

fn group(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn two_copies_of_a_page_become_one_resource_and_the_younger_id_leads_to_the_older() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![wind(&a, "1", TEXT)], day(0)).await;
    store.harvest(&b, vec![wind(&b, "one", TEXT)], day(1)).await;
    let (older, younger) = (store.id_at("https://a.example/1").await, store.id_at("https://b.example/one").await);
    assert_eq!(store.resolve().await, 2);

    assert_eq!(store.groups().await, [group(&["a/1", "b/one"])].into());
    let ResourceState::Merged { into } = store.state_of(&younger).await else { panic!("it is a copy") };
    assert_eq!(into, older);
    let ResourceState::Live(entry) = store.state_of(&older).await else { panic!("it stays") };
    assert_eq!(entry.resource.same_as, ["https://b.example/one"]);
    assert_eq!(store.ops_after(0).await, ["created", "created", "changed", "withdrawn"]);
    assert_eq!(store.resolve().await, 0, "nothing waits any more");
}

#[tokio::test]
async fn copies_that_do_not_read_as_one_any_more_have_their_old_ids_again() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![wind(&a, "1", TEXT)], day(0)).await;
    store.harvest(&b, vec![wind(&b, "one", TEXT)], day(1)).await;
    let (older, younger) = (store.id_at("https://a.example/1").await, store.id_at("https://b.example/one").await);
    store.resolve().await;

    let other = resource_about(
        "Chemistry quiz for the end of term",
        "Forty questions on elements, acids and reactions, with pictures and a score sheet.",
        "https://b.example/one",
    );
    store.harvest(&b, vec![says(&b, "one", other)], day(2)).await;
    store.resolve().await;
    assert_eq!(store.id_at("https://a.example/1").await, older);
    assert_eq!(store.id_at("https://b.example/one").await, younger);
    let entries = store.live().await;
    assert!(entries.iter().all(|entry| entry.resource.same_as.is_empty()), "nothing of the merge is left");
}

#[tokio::test]
async fn a_copy_that_goes_leaves_the_resource_to_the_other() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![wind(&a, "1", TEXT)], day(0)).await;
    store.harvest(&b, vec![wind(&b, "one", TEXT)], day(1)).await;
    let (older, younger) = (store.id_at("https://a.example/1").await, store.id_at("https://b.example/one").await);
    store.resolve().await;
    store.harvest(&a, vec![Outcome::Deleted("1".to_owned())], day(2)).await;
    store.resolve().await;
    assert_eq!(store.id_at("https://b.example/one").await, younger);
    // What stood under the older id is the same thing, and it is found where it is now.
    let ResourceState::Merged { into } = store.state_of(&older).await else { panic!("its only copy is elsewhere") };
    assert_eq!(into, younger);
}

#[tokio::test]
async fn a_job_that_two_catalogues_describe_in_their_own_words_is_two_resources() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let first = "You will plan and run the making of medicines, fuels and plastics from raw materials. You need a degree \
        or a degree apprenticeship, and you can earn 30,000 pounds when you start.";
    let second = "Meet Aisha, who keeps a brewery's tanks safe and thrifty. She studied maths and chemistry at college and \
        says that teamwork matters more than marks.";
    let article = "https://en.wikipedia.org/wiki/Chemical_engineer".to_owned();
    let job = |text, url| Metadata { same_as: vec![article.clone()], ..resource_about("Chemical engineer", text, url) };
    store.harvest(&a, vec![says(&a, "1", job(first, "https://a.example/chemical-engineer"))], day(0)).await;
    store.harvest(&b, vec![says(&b, "1", job(second, "https://b.example/chemical-engineer"))], day(0)).await;
    store.resolve().await;
    assert_eq!(store.groups().await.len(), 2);
}

const ISBN: &str = "urn:isbn:0-306-40615-2";

#[tokio::test]
async fn two_catalogues_that_declare_the_same_identifier_hold_one_thing() {
    let (a, b) = (source("a"), source("b"));
    for (mine, theirs) in [
        ("https://doi.org/10.1000/182", "doi:10.1000/182"),
        (ISBN, "ISBN 9780306406157"),
        ("https://society.example/sundials", "http://society.example/sundials/?utm_source=b"),
    ] {
        let store = Store::with(&[&a, &b]).await;
        store.harvest(&a, vec![declaring(&a, "1", "Sundials of the Hebrides", mine)], day(0)).await;
        store.harvest(&b, vec![declaring(&b, "one", "Telling the time on a sundial", theirs)], day(1)).await;
        store.resolve().await;
        assert_eq!(store.groups().await, [group(&["a/1", "b/one"])].into(), "{mine}");
        assert!(store.refused(&a).await.is_empty(), "{mine}");
    }
}

#[tokio::test]
async fn the_same_identifier_for_two_things_joins_nothing_and_is_told() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![declaring(&a, "1", "Sundials of the Hebrides", ISBN)], day(0)).await;
    store.harvest(&b, vec![declaring(&b, "one", "Whales of the north", ISBN)], day(1)).await;
    store.resolve().await;
    assert_eq!(store.groups().await, [group(&["a/1"]), group(&["b/one"])].into());
    let (listed, total) = store.catalogue.list_matches(Some("contradicts"), None, 10, 0).await.expect("matches");
    assert_eq!((listed.len(), total), (1, 1));
    assert_eq!((listed[0].one.identifier.as_str(), listed[0].other.identifier.as_str()), ("1", "one"));
    let told = [("isbn:9780306406157".to_owned(), 2, "contradicts".to_owned())];
    assert_eq!((store.refused(&a).await, store.refused(&b).await), (told.to_vec(), told.to_vec()));

    // The catalogue puts its mistake right.
    store.harvest(&b, vec![declaring(&b, "one", "Sundials of the Hebrides: a survey", ISBN)], day(2)).await;
    store.resolve().await;
    assert_eq!(store.groups().await, [group(&["a/1", "b/one"])].into());
    assert!(store.refused(&a).await.is_empty());
    assert_eq!(store.catalogue.list_matches(Some("contradicts"), None, 10, 0).await.expect("matches").1, 0);
}

#[tokio::test]
async fn an_address_that_one_catalogue_names_for_several_pages_names_none_of_them() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let unit = "https://society.example/units/tides";
    let first = declaring(&a, "1", "Tides and the moon", unit);
    store.harvest(&a, vec![first.clone(), declaring(&a, "2", "Why tides run late", unit)], day(0)).await;
    store.harvest(&b, vec![declaring(&b, "one", "Tides on film", unit)], day(1)).await;
    store.resolve().await;
    assert_eq!(store.groups().await.len(), 3);
    store.harvest(&a, vec![first, page(&a, "2", "Why tides run late", "https://a.example/2")], day(2)).await;
    store.resolve().await;
    assert_eq!(store.groups().await, [group(&["a/1", "b/one"]), group(&["a/2"])].into());
}

#[tokio::test]
async fn an_identifier_that_more_than_25_records_declare_names_none_of_them() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let book = |number: usize| declaring(&a, &number.to_string(), "Sundials of the Hebrides", ISBN);
    store.harvest(&a, (0..25).map(book).collect(), day(0)).await;
    store.resolve().await;
    assert_eq!((store.live().await.len(), store.refused(&a).await), (1, Vec::new()), "so many may be one");
    store.harvest(&a, (0..26).map(book).collect(), day(1)).await;
    store.resolve().await;
    assert_eq!(store.live().await.len(), 26);
    assert_eq!(store.refused(&a).await, [("isbn:9780306406157".to_owned(), 26, "too-many".to_owned())]);
    let outcomes = (0..25).map(book).chain([Outcome::Deleted("25".to_owned())]).collect();
    store.harvest(&a, outcomes, day(2)).await;
    store.resolve().await;
    assert_eq!((store.live().await.len(), store.refused(&a).await), (1, Vec::new()));
}

#[tokio::test]
async fn one_page_under_two_addresses_of_a_catalogue_is_one_resource() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let other = resource_about("A night on the wind farm at Blyth", TEXT, "https://a.example/3");
    store.harvest(&a, vec![wind(&a, "1", TEXT), wind(&a, "2", TEXT), says(&a, "3", other.clone())], day(0)).await;
    store.resolve().await;
    assert_eq!(store.groups().await, [group(&["a/1", "a/2"]), group(&["a/3"])].into());

    let edited = wind(&a, "2", &format!("{TEXT} Now with a film."));
    store.harvest(&a, vec![wind(&a, "1", TEXT), edited, says(&a, "3", other)], day(1)).await;
    store.resolve().await;
    assert_eq!(store.groups().await.len(), 3, "what they say is not the same any more");
}

/// A copy that only its publisher tells from the others: they meet in the same buckets, and none has the content of another.
fn copy(source: &Source, number: usize) -> Outcome {
    let url = format!("https://{}.example/{number}", source.id);
    let publisher = Some(format!("Press {number} of {}", source.id));
    let metadata = Metadata { publisher, ..resource_about("A day on the wind farm at Blyth", TEXT, &url) };
    says(source, &number.to_string(), metadata)
}

#[tokio::test]
async fn what_very_many_records_share_says_nothing_until_they_share_it_no_more() {
    let (a, b, c) = (source("a"), source("b"), source("c"));
    let store = Store::with(&[&a, &b, &c]).await;
    store.harvest(&b, vec![copy(&b, 0)], day(0)).await;
    store.harvest(&c, vec![copy(&c, 0)], day(0)).await;
    store.resolve().await;
    assert_eq!(store.groups().await, [group(&["b/0", "c/0"])].into());

    store.harvest(&a, (0..100).map(|number| copy(&a, number)).collect(), day(1)).await;
    store.resolve().await;
    assert_eq!(store.groups().await.len(), 102);

    let gone = |number: usize| page(&a, &number.to_string(), "A page", &format!("https://a.example/{number}"));
    store.harvest(&a, (1..100).map(gone).chain([copy(&a, 0)]).collect(), day(2)).await;
    store.resolve().await;
    let groups = store.groups().await;
    assert!(groups.contains(&group(&["a/0", "b/0", "c/0"])), "{groups:?}");
    assert_eq!(groups.len(), 100);
}

#[tokio::test]
async fn resolving_that_breaks_off_between_its_steps_ends_as_if_it_had_not() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![wind(&a, "1", TEXT)], day(0)).await;
    store.harvest(&b, vec![wind(&b, "one", TEXT)], day(1)).await;
    store.refuse_writes_to("record_match").await;
    store.catalogue.resolve_pending(day(2)).await.expect_err("no match can be written");
    let stages: Vec<i64> =
        sqlx::query_scalar("SELECT unresolved FROM record").fetch_all(&store.catalogue.writer).await.expect("a look");
    assert_eq!(stages, [1, 1], "buckets are filled, and nothing is compared");
    assert_eq!(store.groups().await.len(), 2);

    store.take_writes_to("record_match").await;
    let catalogue = store.open_again().await;
    let Store { folder, .. } = store;
    let store = Store { folder, catalogue };
    assert_eq!(store.resolve().await, 2);
    assert_eq!(store.groups().await, [group(&["a/1", "b/one"])].into());
    assert_eq!(store.ops_after(0).await, ["created", "created", "changed", "withdrawn"]);
}

#[tokio::test]
async fn an_address_that_more_than_25_records_give_names_none_of_them() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let front = |number: usize| page(&a, &number.to_string(), &format!("Talk {number}"), "https://a.example/");
    store.harvest(&a, (0..25).map(front).collect(), day(0)).await;
    assert_eq!(store.live().await.len(), 1, "so many may be one");
    store.harvest(&a, (0..30).map(front).collect(), day(1)).await;
    store.resolve().await;
    assert_eq!(store.live().await.len(), 30);
    let run = store.catalogue.last_harvest(&a.id).await.expect("a look").expect("a run");
    let (problems, _) = store.catalogue.problems_of(&run.id, 10, 0).await.expect("problems");
    assert_eq!(problems[0].reason, "more than 25 records give this address, so each is a resource of its own");

    // Whoever comes later is placed likewise, and who was there stays where it is.
    let ids: BTreeSet<ResourceId> = store.live().await.into_iter().map(|entry| entry.resource.id).collect();
    store.harvest(&a, (0..31).map(front).collect(), day(2)).await;
    store.resolve().await;
    let later: BTreeSet<ResourceId> = store.live().await.into_iter().map(|entry| entry.resource.id).collect();
    assert_eq!((later.len(), ids.is_subset(&later)), (31, true));
    let links = store.catalogue.due_links(day(40), 10).await.expect("links");
    assert_eq!(links.len(), 1, "its address is still looked after");
}

/// A text whose words change one by one, so that each reads like the next and the last not like the first.
fn drifting(step: usize) -> String {
    let words: Vec<String> = (step * 3..step * 3 + 60).map(|number| format!("worta{number}b")).collect();
    words.join(" ")
}

#[tokio::test]
async fn pages_that_chain_do_not_become_one() {
    let sources: Vec<Source> = (0..100).map(|number| source(&format!("s{number}"))).collect();
    let store = Store::with(&sources.iter().collect::<Vec<_>>()).await;
    for (step, source) in sources.iter().enumerate() {
        let metadata =
            resource_about("Exploring the unusual", &drifting(step), &format!("https://{}.example/x", source.id));
        store.harvest(source, vec![says(source, "x", metadata)], day(0)).await;
    }
    let resolved = store.catalogue.resolve_pending(day(20)).await.expect("the store can be written");
    let largest = store.groups().await.iter().map(BTreeSet::len).max();
    assert!(largest.is_some_and(|largest| (2..=25).contains(&largest)), "{largest:?}");
    let (_, cut) = store.catalogue.list_matches(Some("chain"), None, 10, 0).await.expect("matches");
    assert!(cut > 0, "what was not followed is listed");
    assert!(resolved.problems.iter().any(|problem| problem.reason.contains("would chain others")), "and told");
}

/// Five catalogues that hold partly the same: addresses in common, copied texts, jobs of one name, an ISBN that one of
/// them gives to another book, an address that one of them names twice, and one that thirty records give.
fn five_catalogues() -> Vec<(Source, Vec<Outcome>)> {
    let texts =
        ["bridges and the forces in them", "how vaccines are made and tested", "coding a robot that finds its way"];
    let mut catalogues = Vec::new();
    for (number, tides) in ["film", "paper", "the pier", "stage", "the moon"].into_iter().enumerate() {
        let source = source(&format!("c{number}"));
        let mut outcomes = vec![wind(&source, "wind", if number == 3 { "Something else altogether." } else { TEXT })];
        for (place, about) in texts.iter().enumerate() {
            let text =
                format!("A lesson about {about}, with a film, {place} experiments and a sheet to fill in. {TEXT}");
            let title = format!("Discovering {about}");
            let url = if number % 2 == place % 2 {
                format!("https://shared.example/{place}")
            } else {
                format!("https://c{number}.example/{place}")
            };
            outcomes.push(says(&source, &place.to_string(), resource_about(&title, &text, &url)));
        }
        let book = if number == 2 { "Whales of the north" } else { "Sundials of the Hebrides" };
        outcomes.push(declaring(&source, "book", book, ISBN));
        let unit = "https://society.example/units/tides";
        outcomes.push(declaring(&source, "unit", &format!("Tides on {tides}"), unit));
        if number == 4 {
            outcomes.push(declaring(&source, "unit-again", "Why tides run late", unit));
        }
        for talk in number * 6..number * 6 + 6 {
            outcomes.push(page(
                &source,
                &format!("talk-{talk}"),
                &format!("Talk {talk}"),
                "https://shared.example/talks",
            ));
        }
        let job = format!(
            "As catalogue number {number} sees it, this is what somebody does all day, and it is unlike others."
        );
        let url = format!("https://c{number}.example/nurse");
        outcomes.push(says(&source, "nurse", resource_about("Nurse", &job, &url)));
        catalogues.push((source, outcomes));
    }
    catalogues
}

/// A shuffle that is the same in each run of the test.
fn shuffled<T>(mut values: Vec<T>, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for end in (1..values.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).expect("31 bits fit") % (end + 1);
        values.swap(end, place);
    }
    values
}

#[tokio::test]
async fn the_order_in_which_catalogues_come_plays_no_part() {
    let mut first: Option<(BTreeSet<BTreeSet<String>>, Vec<String>)> = None;
    for seed in 0..10 {
        let catalogues = shuffled(five_catalogues(), seed);
        let store = Store::with(&catalogues.iter().map(|(source, _)| source).collect::<Vec<_>>()).await;
        for (number, (source, outcomes)) in catalogues.into_iter().enumerate() {
            store.harvest(&source, shuffled(outcomes, seed + 100), day(0)).await;
            // Sometimes resolved between two catalogues, sometimes not.
            if (u64::try_from(number).expect("a small number") + seed) % 2 == 0 {
                store.resolve().await;
            }
        }
        store.resolve().await;
        let (groups, published) = (store.groups().await, store.published().await);
        let expected = first.get_or_insert_with(|| (groups.clone(), published.clone()));
        assert_eq!(groups, expected.0, "order {seed}");
        assert_eq!(published, expected.1, "order {seed}");
    }
    let (groups, _) = first.expect("ten orders");
    assert!(groups.iter().any(|group| group.len() >= 4), "copies were found: {groups:?}");
    let with = |what: &str| groups.iter().filter(|group| group.iter().any(|name| name.contains(what))).count();
    assert_eq!((with("/nurse"), with("/talk-")), (5, 30));
    assert!(groups.contains(&group(&["c0/book", "c1/book", "c3/book", "c4/book"])), "{groups:?}");
    assert!(groups.contains(&group(&["c2/book"])), "{groups:?}");
}
