//! `ViewBook`: the views of partners, ready in memory, for every search may be asked through one.
//!
//! The views themselves are in the store. The book is read from there at the start, after each act of an admin or a
//! partner, and when something happened to a resource that a view pins. What a [`View`] does to a search is for the
//! index to do; how the colours of one go together is said in [`theme`], and what one may be in `reading`.

pub(crate) mod reading;
pub mod theme;
pub(crate) mod writing;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, RwLock};

use index::{Facet, Scope};
use schemas::ResourceId;
use tokio::sync::Mutex;
use url::form_urlencoded;

use crate::catalogue::{Catalogue, CatalogueError, StandingViews, ViewRow};

/// The views that stand, by name.
#[derive(Debug, Default)]
pub struct ViewBook {
    book: RwLock<Arc<Book>>,
    /// Held from reading the store until the book is exchanged, so that an older reading never takes the place of a
    /// newer one.
    loading: Mutex<()>,
}

#[derive(Debug, Default)]
struct Book {
    by_name: BTreeMap<String, Arc<View>>,
    /// What they pin, and what that was before it was merged.
    resources: HashSet<ResourceId>,
    version: u64,
}

/// A search under a partner's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// As it is stored.
    pub row: ViewRow,
    filters: BTreeMap<Facet, Vec<String>>,
    pinned: Vec<ResourceId>,
}

impl ViewBook {
    /// Reads the views anew. Searches that begin later know them.
    ///
    /// # Errors
    /// When the store cannot be read. The book then stays as it was.
    pub async fn load(&self, catalogue: &Catalogue) -> Result<(), CatalogueError> {
        let _loading = self.loading.lock().await;
        let book = Book::of(catalogue.standing_views().await?);
        *self.book.write().expect("nobody panics while holding this lock") = Arc::new(book);
        Ok(())
    }

    /// The view of this name, if one stands.
    pub fn get(&self, name: &str) -> Option<Arc<View>> {
        self.book().by_name.get(name).map(Arc::clone)
    }

    /// The names of all that stand, in the order of the alphabet.
    pub fn names(&self) -> Vec<String> {
        self.book().by_name.keys().cloned().collect()
    }

    /// A number for the tags and keys of answers. Each act makes one that there has not been before, so that no older
    /// answer comes back with what is undone; a restart keeps it.
    pub fn version(&self) -> u64 {
        self.book().version
    }

    /// Whether a view pins this resource, so that what happens to it may be of consequence for the book.
    pub fn is_about(&self, resource: &ResourceId) -> bool {
        self.book().resources.contains(resource)
    }

    fn book(&self) -> Arc<Book> {
        Arc::clone(&self.book.read().expect("nobody panics while holding this lock"))
    }
}

impl Book {
    fn of(standing: StandingViews) -> Self {
        let mut book = Self::default();
        for row in standing.rows {
            let view = View::new(row, &standing.merged);
            book.resources.extend(view.row.definition.pins.iter().chain(&view.pinned).cloned());
            book.by_name.insert(view.row.name.clone(), Arc::new(view));
        }
        book.version = version_of(&book.by_name, standing.acts);
        book
    }
}

/// The acts tell apart what follows in time; what each view is tells apart two stores with as many acts.
fn version_of(by_name: &BTreeMap<String, Arc<View>>, acts: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&acts.to_le_bytes());
    for (name, view) in by_name {
        let definition = serde_json::to_vec(&view.row.definition).expect("a definition has string keys only");
        let pinned: Vec<&str> = view.pinned.iter().map(ResourceId::as_str).collect();
        // Neither a name nor an id holds a line break, nor does JSON that is written on one line.
        hasher.update(format!("{name}\n{}\n", pinned.join(" ")).as_bytes());
        hasher.update(&definition);
        hasher.update(b"\n");
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

impl View {
    /// A view whose pins are about what these resources were merged into. Two that became one stand once.
    fn new(row: ViewRow, merged: &HashMap<ResourceId, ResourceId>) -> Self {
        let mut pinned: Vec<ResourceId> = Vec::with_capacity(row.definition.pins.len());
        for pin in &row.definition.pins {
            let stands_for = merged.get(pin).unwrap_or(pin);
            if !pinned.contains(stands_for) {
                pinned.push(stands_for.clone());
            }
        }
        let known = |(name, values): (&String, &Vec<String>)| Some((Facet::by_name(name)?, values.clone()));
        let filters = row.definition.filters.iter().filter_map(known).collect();
        Self { row, filters, pinned }
    }

    /// Its name, as `view=` takes it.
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// What people read for it.
    pub fn title(&self) -> &str {
        &self.row.definition.title
    }

    /// What each of its searches is narrowed to, whatever is asked.
    pub fn scope(&self) -> Scope {
        Scope { filters: self.filters.clone(), hidden_sources: self.row.definition.hidden_sources.clone() }
    }

    /// What stands first in each of its searches that lets it in, in this order.
    pub fn pinned(&self) -> &[ResourceId] {
        &self.pinned
    }

    /// Whether [`View::link`] does anything.
    pub fn has_link_parameters(&self) -> bool {
        !self.row.definition.link_parameters.is_empty()
    }

    /// The address of a result with what the view puts on it.
    ///
    /// What the catalogue wrote stays as it is, to the letter; a parameter that stands there already is not put on
    /// again, and the fragment stays last: `https://example.org/a?x=1#b` ->
    /// `https://example.org/a?x=1&utm_source=rsc#b`.
    pub fn link(&self, url: &str) -> String {
        let (address, fragment) = match url.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (url, None),
        };
        let query = address.split_once('?').map(|(_, query)| query);
        let held: HashSet<String> = query.map_or_else(HashSet::new, names_in);
        let mut more = form_urlencoded::Serializer::new(String::new());
        let parameters = self.row.definition.link_parameters.iter();
        more.extend_pairs(parameters.filter(|(name, _)| !held.contains(*name)));
        let more = more.finish();
        if more.is_empty() {
            return url.to_owned();
        }
        let between = match query {
            None => "?",
            Some(query) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
        format!("{address}{between}{more}{fragment}")
    }
}

/// The names of the parameters in a query string.
fn names_in(query: &str) -> HashSet<String> {
    form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ViewDefinition;

    fn id(name: &str) -> ResourceId {
        ResourceId::founded_on(name)
    }

    fn row(name: &str, definition: ViewDefinition) -> ViewRow {
        let at = "2026-11-21T09:00:00Z";
        ViewRow { name: name.to_owned(), partner: None, definition, created: at.to_owned(), changed: at.to_owned() }
    }

    fn linking(parameters: &[(&str, &str)]) -> View {
        let link_parameters =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        View::new(row("rsc", ViewDefinition { link_parameters, ..ViewDefinition::default() }), &HashMap::new())
    }

    #[test]
    fn own_link_parameters_are_put_on_and_nothing_else_changes() {
        let view = linking(&[("utm_medium", "search box"), ("utm_source", "rsc")]);
        let both = "utm_medium=search+box&utm_source=rsc";
        for (url, expected) in [
            ("https://example.org/a", format!("https://example.org/a?{both}")),
            ("https://example.org/a?", format!("https://example.org/a?{both}")),
            ("https://example.org/a?x=%C3%A9;y", format!("https://example.org/a?x=%C3%A9;y&{both}")),
            ("https://example.org/a?x=1&", format!("https://example.org/a?x=1&{both}")),
            ("https://example.org/a#b?c", format!("https://example.org/a?{both}#b?c")),
            ("https://example.org/a?x#b", format!("https://example.org/a?x&{both}#b")),
            (
                "https://example.org/a?utm%5Fsource=us",
                "https://example.org/a?utm%5Fsource=us&utm_medium=search+box".to_owned(),
            ),
        ] {
            assert_eq!(view.link(url), expected, "{url}");
            assert_eq!(view.link(&expected), expected, "once is enough");
        }
        let full = "https://example.org/a?utm_source=1&utm_medium=2#c";
        assert_eq!(view.link(full), full);
        assert_eq!(linking(&[]).link("https://example.org/a?#"), "https://example.org/a?#");
        let odd = linking(&[("ref", "a&b#c=d")]).link("https://example.org/");
        assert_eq!(odd, "https://example.org/?ref=a%26b%23c%3Dd");
    }

    #[test]
    fn pins_lead_to_what_was_merged_and_stand_once() {
        let definition = ViewDefinition { pins: vec![id("a"), id("b"), id("c")], ..ViewDefinition::default() };
        let merged = HashMap::from([(id("a"), id("c"))]);
        let book = Book::of(StandingViews { rows: vec![row("rsc", definition)], merged, acts: 1 });
        let view = &book.by_name["rsc"];
        assert_eq!(view.pinned(), [id("c"), id("b")]);
        assert!(["a", "b", "c"].iter().all(|name| book.resources.contains(&id(name))));
        assert!(!book.resources.contains(&id("d")));
    }

    #[test]
    fn the_scope_holds_the_filters_by_facet() {
        let filters = BTreeMap::from([
            ("level".to_owned(), vec!["ks3".to_owned()]),
            ("colour".to_owned(), vec!["red".to_owned()]),
        ]);
        let definition = ViewDefinition { filters, hidden_sources: vec!["a".to_owned()], ..ViewDefinition::default() };
        let scope = View::new(row("rsc", definition), &HashMap::new()).scope();
        let level = Facet::by_name("level").expect("a facet");
        assert_eq!(scope.filters, BTreeMap::from([(level, vec!["ks3".to_owned()])]));
        assert_eq!(scope.hidden_sources, ["a"]);
    }

    #[test]
    fn the_version_says_which_views_stand_and_after_how_many_acts() {
        let titled = |title: &str| ViewDefinition { title: title.to_owned(), ..ViewDefinition::default() };
        let version = |rows: Vec<ViewRow>, acts| Book::of(StandingViews { rows, merged: HashMap::new(), acts }).version;
        let one = version(vec![row("rsc", titled("A"))], 1);
        assert_eq!(one, version(vec![row("rsc", titled("A"))], 1));
        for other in [
            version(vec![row("rsc", titled("A"))], 3),
            version(vec![row("rsc", titled("B"))], 1),
            version(vec![row("rsb", titled("A"))], 1),
            version(Vec::new(), 1),
        ] {
            assert_ne!(one, other);
        }
    }
}
