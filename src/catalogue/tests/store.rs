//! Opening, sources, and what survives a restart.

use schemas::Decision;

use super::{Store, StorePlace, day, fresh_place, is_postgres, page, pages, source};
use crate::catalogue::{Catalogue, CatalogueError, Scope};

#[tokio::test]
async fn reopening_keeps_everything() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    let titles = |entries: Vec<index::Entry>| -> Vec<String> {
        entries.into_iter().map(|entry| format!("{} {}", entry.resource.id, entry.resource.updated)).collect()
    };
    let (before, head) = (titles(store.live().await), store.head().await);
    store.catalogue.close().await;

    let catalogue = store.open_again().await;
    assert_eq!(titles(catalogue.scan(None, 10).await.expect("resources")), before);
    assert_eq!(catalogue.head_seq().await.expect("a place in the log"), head);
    assert_eq!(catalogue.live_record_count(&a.id).await.expect("a count"), 3);
    assert!(catalogue.last_harvest(&a.id).await.expect("a run").is_some());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let text = "This is a letter and no database. ".repeat(200);
    std::fs::write(&path, &text).expect("a file");
    let error = Catalogue::open(&StorePlace::File(path.clone())).await.expect_err("no database");
    assert!(matches!(error, CatalogueError::Unusable { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains("store.db") && told.contains("`signpost restore FILE --replace`"), "{told}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
}

#[tokio::test]
async fn a_damaged_store_is_refused() {
    if is_postgres() {
        // PostgreSQL looks after its own files.
        return;
    }
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..100), day(0)).await;
    store.catalogue.close().await;
    let path = store.folder.path().join("store.db");
    let mut bytes = std::fs::read(&path).expect("the store");
    // From the second page on: the first says what file this is, and stays.
    bytes[4_096..].fill(0xa5);
    std::fs::write(&path, bytes).expect("a damaged store");
    let error = Catalogue::open(&StorePlace::File(path)).await.expect_err("a damaged store");
    assert!(matches!(error, CatalogueError::Unusable { .. }), "{error:?}");
    assert!(error.to_string().ends_with("put a backup back: `signpost restore FILE --replace`"), "{error}");
}

#[tokio::test]
async fn a_store_that_a_newer_program_has_migrated_is_refused_in_a_sentence_and_left_alone() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    let ours = store.catalogue.schema_version().await.expect("a schema");
    assert_eq!(store.catalogue.newer_schema().await.expect("a look"), None);
    let theirs = ours + 2;
    for version in [ours + 1, theirs] {
        let row = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT {version}, 'of a newer program', success, checksum, execution_time FROM _sqlx_migrations \
             WHERE version = {ours}"
        );
        store.tell(&row).await;
    }
    // The one that is at work is told; another does not begin.
    assert_eq!(store.catalogue.newer_schema().await.expect("a look"), Some(theirs));
    let error = Catalogue::open(store.catalogue.place()).await.expect_err("it is newer");
    assert!(matches!(error, CatalogueError::Unusable { .. }), "{error:?}");
    let expected = format!(
        "it is of schema {theirs}, and this program keeps {ours}: use the newer program that has migrated it, or go back \
         as deploy/UPGRADE.md says; nothing was changed"
    );
    assert!(error.to_string().ends_with(&expected), "{error}");
    assert_eq!((store.live().await.len(), store.head().await), (3, 3));

    store.tell(&format!("DELETE FROM _sqlx_migrations WHERE version > {ours}")).await;
    let catalogue = store.open_again().await;
    assert_eq!(catalogue.live_count().await.expect("a count"), 3);
}

#[tokio::test]
async fn two_processes_may_open_a_fresh_store_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = fresh_place(&folder).await;
    let (one, other) = tokio::join!(Catalogue::open(&place), Catalogue::open(&place));
    for catalogue in [one.expect("a store"), other.expect("the same store")] {
        assert_eq!(catalogue.head_seq().await.expect("a place in the log"), 0);
    }
}

#[tokio::test]
async fn two_processes_may_write_to_one_store() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let other = store.open_again().await;
    let mut intake = store.read(&a, pages(&a, 0..50), day(0)).await;
    let (harvested, written) =
        tokio::join!(intake.finish_absences(&a.missing, Scope::Everything), other.set_source_enabled(&a.id, false));
    harvested.expect("absences");
    written.expect("a decision");
    assert!(!store.catalogue.source(&a.id).await.expect("a look").expect("a source").enabled);
}

#[tokio::test]
async fn an_admins_decision_about_a_source_survives_its_file() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.catalogue.set_source_enabled(&a.id, false).await.expect("a decision");
    store.put(&a).await;
    assert!(!store.catalogue.source(&a.id).await.expect("a look").expect("a source").enabled);
    assert!(store.catalogue.source(&b.id).await.expect("a look").expect("a source").enabled);

    // Where nobody decided, the file does.
    store.catalogue.put_source(&b, "b.toml", "", true, false, day(0)).await.expect("a source");
    assert!(!store.catalogue.source(&b.id).await.expect("a look").expect("a source").enabled);
    let unknown = source("c");
    let error = store.catalogue.set_source_enabled(&unknown.id, true).await.expect_err("no such source");
    assert!(matches!(error, CatalogueError::NoSuch { what: "source", .. }), "{error}");
}

#[tokio::test]
async fn a_source_whose_file_is_gone_is_listed_as_long_as_it_has_resources() {
    let (a, b, c) = (source("a"), source("b"), source("c"));
    let store = Store::with(&[&a, &b, &c]).await;
    store.harvest(&a, vec![page(&a, "1", "X", "https://a.example/x")], day(0)).await;
    store.catalogue.retire_sources_not_in(std::slice::from_ref(&c.id)).await.expect("written");
    let listed: Vec<(String, bool, bool, u64)> = store
        .catalogue
        .list_sources()
        .await
        .expect("sources")
        .into_iter()
        .map(|row| (row.id.to_string(), row.present, row.enabled, row.resources))
        .collect();
    assert_eq!(listed, [("a".to_owned(), false, false, 1), ("c".to_owned(), true, true, 0)]);
    store.put(&b).await;
    assert!(store.catalogue.source(&b.id).await.expect("a look").expect("a source").present);
}

#[tokio::test]
async fn what_an_admin_has_hidden_is_not_counted_among_the_resources_of_a_source() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    store.harvest(&b, pages(&b, 0..2), day(0)).await;
    let id = store.id_at("https://a.example/1").await;
    let hide = Decision::Hide { reason: "it sells something".to_owned() };
    let hidden = store.catalogue.curate(&id, hide, "Ada", "its page says so", day(1)).await.expect("a decision");
    let counts = async || -> Vec<u64> {
        store.catalogue.list_sources().await.expect("sources").iter().map(|row| row.resources).collect()
    };
    assert_eq!(counts().await, [2, 2]);
    assert_eq!(store.catalogue.source(&a.id).await.expect("a look").expect("a source").resources, 2);
    store.catalogue.undo_curation(&hidden.id, "Ada", "it was a slip", day(2)).await.expect("undone");
    assert_eq!(counts().await, [3, 2]);
}

#[tokio::test]
async fn a_scan_comes_by_every_live_resource_once() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..25), day(0)).await;
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let entries = store.catalogue.scan(after.as_ref(), 10).await.expect("a page");
        let Some(last) = entries.last() else { break };
        after = Some(last.resource.id.clone());
        met.extend(entries.into_iter().map(|entry| entry.resource.id));
    }
    assert!(met.is_sorted(), "{met:?}");
    assert_eq!(met.len() as u64, store.catalogue.live_count().await.expect("a count"));
    let asked = [met[3].clone(), met[1].clone()];
    let given = store.catalogue.entries(&asked).await.expect("entries");
    assert_eq!([&given[0].resource.id, &given[1].resource.id], [&asked[0], &asked[1]]);
}
