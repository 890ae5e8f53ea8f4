//! `PinBook`: what a search puts first and last because an admin said so, ready in memory, for every search asks.
//!
//! The pins themselves are in the store. The book is read from there at the start, after each act of an admin, and when
//! something happened to a resource that a pin is about. Where a resource then stands is for the index to do, and
//! whether filters let it in.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, RwLock};

use index::Pinning;
use jiff::civil::{Date, DateTime};
use schemas::ResourceId;
use tokio::sync::Mutex;

use crate::catalogue::{Catalogue, CatalogueError, PinAction, PinRow};

/// The pins that count, by search.
#[derive(Debug, Default)]
pub struct PinBook {
    book: RwLock<Arc<Book>>,
    /// Held from reading the store until the book is exchanged, so that an older reading never takes the place of a
    /// newer one.
    loading: Mutex<()>,
}

#[derive(Debug, Default)]
struct Book {
    /// Those of a search in their order, what stands first before what stands last.
    by_key: BTreeMap<String, Vec<Held>>,
    /// What they are about, and what those were before they were merged.
    resources: HashSet<ResourceId>,
    version: u64,
}

#[derive(Debug)]
struct Held {
    action: PinAction,
    resource: ResourceId,
    /// The last day on which it counts.
    expires: Date,
}

impl PinBook {
    /// Reads the pins anew that count on this day. Searches that begin later know them.
    ///
    /// # Errors
    /// When the store cannot be read. The book then stays as it was.
    pub async fn load(&self, catalogue: &Catalogue, today: Date) -> Result<(), CatalogueError> {
        let _loading = self.loading.lock().await;
        let (rows, acts) = catalogue.active_pins(today).await?;
        let book = Book::of(rows, acts);
        *self.book.write().expect("nobody panics while holding this lock") = Arc::new(book);
        Ok(())
    }

    /// What stands first and last for these words at this time, in the United Kingdom.
    pub fn pinning(&self, query_text: &str, now: DateTime) -> Pinning {
        let book = self.book();
        if book.by_key.is_empty() || query_text.is_empty() {
            return Pinning::default();
        }
        match book.by_key.get(&index::normalised_query(query_text)) {
            Some(held) => pinning_of(held, now.date()),
            None => Pinning::default(),
        }
    }

    /// A number for the tags and keys of answers. Each act of an admin makes one that there has not been before, so
    /// that no older answer comes back with what is undone; a restart keeps it. That a pin expires does not change it:
    /// the hour of the search stands beside it.
    pub fn version(&self) -> u64 {
        self.book().version
    }

    /// Whether a pin is about this resource, so that what happens to it may be of consequence for the book.
    pub fn is_about(&self, resource: &ResourceId) -> bool {
        self.book().resources.contains(resource)
    }

    fn book(&self) -> Arc<Book> {
        Arc::clone(&self.book.read().expect("nobody panics while holding this lock"))
    }
}

impl Book {
    /// Rows come in the order in which they stand, with the number of all acts.
    fn of(rows: Vec<PinRow>, acts: u64) -> Self {
        let mut book = Self::default();
        for row in rows {
            // Not the key that is stored: an older version may have compared searches otherwise.
            let key = index::normalised_query(&row.query);
            if key.is_empty() {
                continue;
            }
            book.resources.extend([row.resource, row.stands_for.clone()]);
            let held = Held { action: row.action, resource: row.stands_for, expires: row.expires };
            book.by_key.entry(key).or_default().push(held);
        }
        for held in book.by_key.values_mut() {
            held.sort_by_key(|one| one.action);
        }
        book.version = version_of(&book.by_key, acts);
        book
    }
}

/// The acts tell apart what follows in time; what stands where tells apart two stores with as many acts.
fn version_of(by_key: &BTreeMap<String, Vec<Held>>, acts: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&acts.to_le_bytes());
    for (key, held) in by_key {
        // No key holds a line break, nor does what follows.
        hasher.update(format!("{key}\n").as_bytes());
        for one in held {
            hasher.update(format!("{} {} {}\n", one.action.name(), one.resource, one.expires).as_bytes());
        }
        hasher.update(b"\n");
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// Each resource once. Two that became one since may stand first and last; then it stands first.
fn pinning_of(held: &[Held], today: Date) -> Pinning {
    let mut pinning = Pinning::default();
    for one in held.iter().filter(|one| one.expires >= today) {
        let place = match one.action {
            PinAction::Pin => &mut pinning.pinned,
            PinAction::Bury => &mut pinning.buried,
        };
        if !place.contains(&one.resource) {
            place.push(one.resource.clone());
        }
    }
    pinning.buried.retain(|id| !pinning.pinned.contains(id));
    pinning
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ResourceId {
        ResourceId::founded_on(name)
    }

    fn row(query: &str, action: PinAction, resource: &str, expires: &str) -> PinRow {
        PinRow {
            id: format!("{query} {resource}"),
            query: query.to_owned(),
            key: query.to_owned(),
            action,
            resource: id(resource),
            stands_for: id(resource),
            is_live: true,
            position: None,
            owner: "Ada".to_owned(),
            reason: "it is the best".to_owned(),
            expires: expires.parse().expect("a day"),
            who: "Ada".to_owned(),
            at: "2026-11-21T09:00:00Z".to_owned(),
            undone_by: None,
            undone_at: None,
        }
    }

    fn book(rows: Vec<PinRow>) -> PinBook {
        PinBook { book: RwLock::new(Arc::new(Book::of(rows, 1))), loading: Mutex::default() }
    }

    fn noon(day: &str) -> DateTime {
        day.parse::<Date>().expect("a day").at(12, 0, 0, 0)
    }

    #[test]
    fn words_find_their_pins_in_any_case_and_spacing_until_the_last_day_is_over() {
        let book = book(vec![
            row("Chemistry  jobs!", PinAction::Bury, "a", "2027-01-31"),
            row("chemistry jobs", PinAction::Pin, "b", "2026-12-31"),
            row("chemistry jobs", PinAction::Pin, "c", "2027-01-31"),
        ]);
        let pinning = book.pinning(" CHEMISTRY jobs", noon("2026-12-31"));
        assert_eq!((pinning.pinned, pinning.buried), (vec![id("b"), id("c")], vec![id("a")]));
        assert_eq!(book.pinning("chemistry jobs", noon("2027-01-01")).pinned, [id("c")]);
        for other in ["", "chemistry", "jobs chemistry", "!"] {
            assert_eq!(book.pinning(other, noon("2026-12-31")), Pinning::default(), "{other}");
        }
    }

    #[test]
    fn what_became_one_resource_stands_in_one_place() {
        let merged = |action, resource| PinRow { stands_for: id("c"), ..row("jobs", action, resource, "2027-01-31") };
        let book = book(vec![merged(PinAction::Pin, "a"), merged(PinAction::Pin, "b"), merged(PinAction::Bury, "d")]);
        let pinning = book.pinning("jobs", noon("2026-12-31"));
        assert_eq!((pinning.pinned, pinning.buried), (vec![id("c")], Vec::new()));
        assert!(book.is_about(&id("a")) && book.is_about(&id("c")) && !book.is_about(&id("e")));
    }

    #[test]
    fn the_version_says_what_stands_where_and_after_how_many_acts() {
        let one = || row("jobs", PinAction::Pin, "a", "2027-01-31");
        let version = |rows: Vec<PinRow>| book(rows).version();
        assert_ne!(Book::of(vec![one()], 1).version, Book::of(vec![one()], 3).version);
        assert_eq!(version(vec![one()]), version(vec![PinRow { owner: "Grace".to_owned(), ..one() }]));
        for other in [
            row("posters", PinAction::Pin, "a", "2027-01-31"),
            row("jobs", PinAction::Bury, "a", "2027-01-31"),
            row("jobs", PinAction::Pin, "b", "2027-01-31"),
            row("jobs", PinAction::Pin, "a", "2027-01-30"),
        ] {
            assert_ne!(version(vec![one()]), version(vec![other.clone()]), "{other:?}");
            assert_ne!(version(vec![one(), other.clone()]), version(vec![one()]), "{other:?}");
        }
    }
}
