//! Which words does no vocabulary know, and what has an admin decided that they mean?

use std::collections::BTreeSet;

use crawler::Outcome;
use schemas::{Claim, ConceptId, ControlledField, Metadata, Source, SourceId, UnmappedWord};

use super::{Store, day, says, source};
use crate::catalogue::{
    AcceptedRow, AcceptedWord, Catalogue, CatalogueError, JobKind, JobRow, UnmappedRow, WordFilter,
};

/// A record that says these words as subjects, and nothing else.
fn page(source: &Source, identifier: &str, words: &[&str]) -> Outcome {
    says(source, identifier, subjects(source, identifier, words))
}

fn subjects(source: &Source, identifier: &str, words: &[&str]) -> Metadata {
    let unmapped = |word: &&str| UnmappedWord { field: ControlledField::Subject, word: (*word).to_owned() };
    Metadata {
        title: format!("Page {identifier} of {}", source.id),
        url: Some(format!("https://{}.example/{identifier}", source.id)),
        unmapped: words.iter().map(unmapped).collect(),
        ..Metadata::default()
    }
}

async fn words(store: &Store, filter: &WordFilter) -> Vec<UnmappedRow> {
    store.catalogue.unmapped_words(filter, 100, 0).await.expect("words").0
}

/// Each word of all records, with how many say it.
async fn counts(store: &Store) -> Vec<(String, u64)> {
    words(store, &WordFilter::default()).await.into_iter().map(|row| (row.word, row.records)).collect()
}

fn concept(id: &str) -> ConceptId {
    ConceptId::parse(id).expect("an id")
}

fn sums_mean(source: Option<&Source>, ids: &[&str]) -> AcceptedWord {
    AcceptedWord {
        field: ControlledField::Subject,
        word: "Sums & such".to_owned(),
        source: source.map(|source| source.id.clone()),
        concepts: ids.iter().map(|id| concept(id)).collect(),
    }
}

/// All sources of these tests can be replayed.
fn replayable() -> BTreeSet<SourceId> {
    ["a", "b", "c", "gone"].into_iter().map(|id| SourceId::parse(id).expect("an id")).collect()
}

/// Accepts a word, and gives the id of the decision and the sources that are to be replayed.
async fn accept(catalogue: &Catalogue, accepted: &AcceptedWord, on_day: i64) -> (String, Vec<String>) {
    let done = catalogue.accept_word(accepted, &replayable(), "Ada", day(on_day)).await;
    let (row, jobs) = done.expect("nothing stands against it");
    (row.id, subjects_of(jobs))
}

async fn undo(catalogue: &Catalogue, id: &str, on_day: i64) -> Result<(AcceptedRow, Vec<JobRow>), CatalogueError> {
    catalogue.undo_accepted_word(id, &replayable(), "Grace", day(on_day)).await
}

/// What each of these replays is of.
fn subjects_of(jobs: Vec<JobRow>) -> Vec<String> {
    assert!(jobs.iter().all(|job| job.kind == JobKind::Replay), "{jobs:?}");
    jobs.into_iter().filter_map(|job| job.subject).collect()
}

/// What the words of a source mean, in one line.
async fn meanings(catalogue: &Catalogue, source: &Source) -> String {
    let words = catalogue.accepted_words(&source.id).await.expect("words");
    let one = |(word, ids): (&String, &Vec<String>)| format!("{word}: {}", ids.join(" "));
    words.values().flatten().map(one).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn a_word_is_counted_by_records_however_it_is_written() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let of_a = vec![
        page(&a, "1", &["Sums"]),
        page(&a, "2", &["sums "]),
        page(&a, "3", &["SUMS", "sums", "Potions"]),
        page(&a, "4", &["***"]),
    ];
    store.harvest(&a, of_a, day(0)).await;
    store.harvest(&b, vec![page(&b, "1", &["Sums"])], day(0)).await;
    let rows = words(&store, &WordFilter::default()).await;
    assert_eq!(rows.len(), 2, "what has no letter is no word: {rows:?}");
    let sums = &rows[0];
    assert_eq!((sums.field, sums.word.as_str(), sums.records), (ControlledField::Subject, "Sums", 4));
    assert_eq!(sums.sources, [(a.id.clone(), 3), (b.id.clone(), 1)]);
    assert_eq!(sums.examples.len(), 3);
    assert_eq!((sums.examples[0].title.as_str(), &sums.examples[0].source), ("Page 1 of a", &a.id));
    assert_eq!(sums.examples[0].resource, store.id_at("https://a.example/1").await);
    assert_eq!((rows[1].word.as_str(), rows[1].records), ("Potions", 1));
}

#[tokio::test]
async fn words_change_go_and_come_back_with_their_records() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let first = || vec![page(&a, "1", &["Sums", "Potions"]), page(&a, "2", &["Sums"])];
    store.harvest(&a, first(), day(0)).await;
    assert_eq!(counts(&store).await, [("Sums".to_owned(), 2), ("Potions".to_owned(), 1)]);
    store.harvest(&a, vec![page(&a, "1", &["Spells"]), page(&a, "2", &["Sums"])], day(1)).await;
    assert_eq!(counts(&store).await, [("Spells".to_owned(), 1), ("Sums".to_owned(), 1)]);
    let gone = vec![Outcome::Deleted("1".to_owned()), page(&a, "2", &["Sums"])];
    store.harvest(&a, gone, day(2)).await;
    assert_eq!(counts(&store).await, [("Sums".to_owned(), 1)]);
    store.harvest(&a, first(), day(3)).await;
    assert_eq!(counts(&store).await, [("Sums".to_owned(), 2), ("Potions".to_owned(), 1)]);
    store.harvest(&a, vec![page(&a, "2", &[])], day(4)).await;
    assert_eq!(counts(&store).await, [("Potions".to_owned(), 1), ("Sums".to_owned(), 1)], "missing is still published");
}

#[tokio::test]
async fn words_are_narrowed_by_field_source_and_text_and_read_in_parts() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let mut mixed = subjects(&a, "1", &["Times tables", "Potions"]);
    mixed.unmapped.push(UnmappedWord { field: ControlledField::Type, word: "Activity pack".to_owned() });
    store.harvest(&a, vec![says(&a, "1", mixed)], day(0)).await;
    store.harvest(&b, vec![page(&b, "1", &["Potions", "Spells"])], day(0)).await;
    let of = async |filter: WordFilter| -> Vec<String> {
        words(&store, &filter).await.into_iter().map(|row| row.word).collect()
    };
    let all = WordFilter::default();
    assert_eq!(of(all.clone()).await, ["Potions", "Activity pack", "Spells", "Times tables"]);
    let types = WordFilter { field: Some(ControlledField::Type), ..all.clone() };
    assert_eq!(of(types).await, ["Activity pack"]);
    assert_eq!(of(WordFilter { source: Some(b.id.clone()), ..all.clone() }).await, ["Potions", "Spells"]);
    let text = WordFilter { containing: Some("TIMES-t".to_owned()), ..all.clone() };
    assert_eq!(of(text).await, ["Times tables"]);
    let (part, total) = store.catalogue.unmapped_words(&all, 2, 1).await.expect("words");
    let part: Vec<&str> = part.iter().map(|row| row.word.as_str()).collect();
    assert_eq!((part, total), (vec!["Activity pack", "Spells"], 4));
    assert!(store.catalogue.unmapped_words(&all, 2, 9).await.expect("words").0.is_empty(), "past the end is nothing");
}

#[tokio::test]
async fn what_its_records_say_otherwise_is_counted_beside_a_word() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let outcomes = (0..4).map(|number: u32| {
        let identifier = number.to_string();
        let mut metadata = subjects(&a, &identifier, &["Sums"]);
        metadata.add_concept(ControlledField::Level, Claim::stated(concept("ks3")));
        if number > 0 {
            metadata.add_concept(ControlledField::Subject, Claim::stated(concept("mathematics")));
        }
        says(&a, &identifier, metadata)
    });
    store.harvest(&a, outcomes.collect(), day(0)).await;
    let row = words(&store, &WordFilter::default()).await.remove(0);
    assert_eq!((row.beside, row.looked_at), (vec![(concept("mathematics"), 3)], 4), "of the field of the word alone");
}

#[tokio::test]
async fn what_is_accepted_for_a_source_goes_before_what_is_accepted_for_all() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let catalogue = &store.catalogue;
    accept(catalogue, &sums_mean(Some(&a), &["statistics"]), 7).await;
    let (for_all, _) = accept(catalogue, &sums_mean(None, &["mathematics", "physics"]), 8).await;
    assert_eq!(meanings(catalogue, &a).await, "sums and such: statistics");
    assert_eq!(meanings(catalogue, &b).await, "sums and such: mathematics physics");
    let (own, _) = accept(catalogue, &sums_mean(Some(&b), &[]), 9).await;
    assert_eq!(meanings(catalogue, &b).await, "sums and such: ", "it means nothing here");

    for id in [&own, &for_all] {
        let (row, _) = undo(catalogue, id, 10).await.expect("it stands");
        assert_eq!(row.undone_by.as_deref(), Some("Grace"));
        let again = undo(catalogue, id, 11).await.expect_err("it is undone");
        assert!(matches!(again, CatalogueError::Superseded { .. }), "{again}");
    }
    assert_eq!(meanings(catalogue, &b).await, "");
    assert_eq!(meanings(catalogue, &a).await, "sums and such: statistics");
    let (rows, total) = catalogue.list_accepted_words(&WordFilter::default(), 2, 0).await.expect("a list");
    assert_eq!((rows.len(), total), (2, 3), "what is undone stays written down");
    assert_eq!((rows[0].id.as_str(), rows[0].undone_by.as_deref()), (own.as_str(), Some("Grace")));
    let unknown = undo(catalogue, "none", 11).await.expect_err("there is none");
    assert!(matches!(unknown, CatalogueError::NoSuch { .. }), "{unknown}");
}

#[tokio::test]
async fn a_word_is_decided_once_until_that_is_undone() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let catalogue = &store.catalogue;
    let (id, _) = accept(catalogue, &sums_mean(None, &["mathematics"]), 9).await;
    let written_otherwise = AcceptedWord { word: "SUMS and such".to_owned(), ..sums_mean(None, &["physics"]) };
    let again = catalogue.accept_word(&written_otherwise, &replayable(), "Ada", day(9)).await;
    let refused = again.expect_err("it is decided");
    assert!(matches!(refused, CatalogueError::Superseded { .. }), "{refused}");
    assert!(refused.to_string().contains(&id) && refused.to_string().contains("mathematics"), "{refused}");
    undo(catalogue, &id, 10).await.expect("it stands");
    accept(catalogue, &written_otherwise, 11).await;
    assert_eq!(meanings(catalogue, &a).await, "sums and such: physics");
}

#[tokio::test]
async fn the_sources_that_say_a_word_are_replayed() {
    let (a, b, c) = (source("a"), source("b"), source("c"));
    let store = Store::with(&[&a, &b, &c]).await;
    store.harvest(&a, vec![page(&a, "1", &["sums and such"])], day(0)).await;
    store.harvest(&b, vec![page(&b, "1", &["Potions"])], day(0)).await;
    let gone = source("gone");
    store.put(&gone).await;
    store.harvest(&gone, vec![page(&gone, "1", &["Sums & such"])], day(0)).await;
    let present = [a.id.clone(), b.id.clone(), c.id.clone()];
    store.catalogue.retire_sources_not_in(&present).await.expect("written");

    let unsaid = AcceptedWord { word: "Wands".to_owned(), ..sums_mean(Some(&b), &["mathematics"]) };
    let (_, sources) = accept(&store.catalogue, &unsaid, 9).await;
    assert!(sources.is_empty(), "it does not say so: {sources:?}");
    let (for_all, sources) = accept(&store.catalogue, &sums_mean(None, &["mathematics"]), 9).await;
    assert_eq!(sources, ["a"]);
    let (_, sources) = accept(&store.catalogue, &sums_mean(Some(&b), &["mathematics"]), 9).await;
    assert_eq!(sources, ["b"], "it does not say so, and may have been read with the decision for all");
    let (_, jobs) = undo(&store.catalogue, &for_all, 10).await.expect("it stands");
    assert_eq!(subjects_of(jobs), ["a", "b"], "whoever has records may have had the word");
    let nothing = BTreeSet::new();
    let again = store.catalogue.accept_word(&sums_mean(None, &[]), &nothing, "Ada", day(11)).await;
    let (_, jobs) = again.expect("it is undone");
    assert!(jobs.is_empty(), "what cannot be replayed is not: {jobs:?}");
}

#[tokio::test]
async fn a_second_decision_replays_what_the_first_one_changed() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let catalogue = &store.catalogue;
    let said = || vec![page(&a, "1", &["sums and such"])];
    store.harvest(&a, said(), day(0)).await;
    store.harvest(&b, vec![page(&b, "1", &["Potions"])], day(0)).await;
    let (for_all, sources) = accept(catalogue, &sums_mean(None, &[]), 1).await;
    assert_eq!(sources, ["a"]);
    // As its replay leaves it: what means nothing to us stands in no list of unknown words.
    store.harvest(&a, vec![page(&a, "1", &[])], day(2)).await;
    let (own, sources) = accept(catalogue, &sums_mean(Some(&a), &["physics"]), 3).await;
    assert_eq!(sources, ["a"], "the records do not say the word any more, and yet they are read anew");
    undo(catalogue, &for_all, 4).await.expect("it stands");
    let (for_all, sources) = accept(catalogue, &sums_mean(None, &["mathematics"]), 5).await;
    assert_eq!(sources, ["a", "b"], "whoever has records may have had the word");
    undo(catalogue, &own, 6).await.expect("it stands");
    undo(catalogue, &for_all, 6).await.expect("it stands");
    let (_, sources) = accept(catalogue, &sums_mean(Some(&b), &["physics"]), 7).await;
    assert_eq!(sources, ["b"]);
}

#[tokio::test]
async fn a_word_is_accepted_with_its_replays_or_not_at_all() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let catalogue = &store.catalogue;
    store.harvest(&a, vec![page(&a, "1", &["sums and such"])], day(0)).await;
    store.refuse_writes_to("job").await;
    let word = sums_mean(None, &["mathematics"]);
    catalogue.accept_word(&word, &replayable(), "Ada", day(1)).await.expect_err("no replay can be asked for");
    assert_eq!(meanings(catalogue, &a).await, "");
    store.take_writes_to("job").await;
    let (id, sources) = accept(catalogue, &word, 2).await;
    assert_eq!(sources, ["a"]);

    catalogue.claim_job(&[JobKind::Replay], "here", day(2)).await.expect("a look").expect("a job");
    store.refuse_writes_to("job").await;
    undo(catalogue, &id, 3).await.expect_err("no replay can be asked for");
    assert_eq!(meanings(catalogue, &a).await, "sums and such: mathematics");
    store.take_writes_to("job").await;
    let (_, jobs) = undo(catalogue, &id, 4).await.expect("it stands");
    assert_eq!(subjects_of(jobs), ["a"]);
}
