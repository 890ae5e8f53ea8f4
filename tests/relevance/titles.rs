//! Known items: other names of jobs, each of which should find its job profile though the index has never seen it.
//!
//! The 856 profiles of the National Careers Service are harvested as any catalogue is, from an export that holds no other
//! names; so none reaches a text or the mapping. The names come from elsewhere: those that the Service itself gives to the
//! jobs of its STEM profiles (which ship) and of one recorded page, and those that ESCO gives to occupations of just the
//! same label. Some of them our vocabulary of occupations knows; the others show what the words alone can do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use index::Entry;
use schemas::{ControlledField, Vocabularies, normalise_label};

use crate::judging::csv;
use crate::judging::engines::{Engine, Engines};
use crate::judging::metrics::{self, GOOD, mean};
use crate::judging::typos::misspelt;

/// Profiles below this place are not looked at.
const DEPTH: usize = 100;

/// Of the 873 other names that the Service gave in 2019, 265 stand in our vocabulary: those of its STEM profiles.
const HELD_OF_ALL: f64 = 265.0 / 873.0;

/// Who says that a job has this name too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The National Careers Service.
    Service,
    /// The European classification of occupations.
    Esco,
}

/// Another name of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownItem {
    /// The name, as it is searched for.
    words: String,
    /// The titles of the profiles it is a name of, as labels are compared.
    profiles: BTreeSet<String>,
    origin: Origin,
    /// Whether our vocabulary of occupations has it.
    is_held: bool,
}

/// All other names of the jobs with these titles.
///
/// # Errors
/// When a list of names is missing.
pub(crate) fn known_items(data: &Path, titles: &BTreeSet<String>) -> anyhow::Result<Vec<KnownItem>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
    let stem_profiles = read(&root.join("crawler/sources/national-careers-service.csv"))?;
    let page = read(&data.join("ncs-job-profiles/recorded/explore_my_careers_category.html"))?;
    let mut named = names_in_profiles(&stem_profiles);
    named.extend(names_on_page(&page));
    let mut items = items_of(Origin::Service, named, titles);
    let esco = names_in_esco(&read(&data.join("esco/occupations_en.csv"))?);
    // A name of two of our jobs, or the title of another one, has no one right answer.
    let of_esco = items_of(Origin::Esco, esco, titles).into_iter();
    items.extend(of_esco.filter(|item| item.profiles.len() == 1 && !titles.contains(&normalise_label(&item.words))));
    Ok(items)
}

/// Pairs of title and other name, as items: each name once, with all jobs that have it.
fn items_of(origin: Origin, named: Vec<(String, String)>, titles: &BTreeSet<String>) -> Vec<KnownItem> {
    let held = held_names();
    let mut items: BTreeMap<String, KnownItem> = BTreeMap::new();
    for (title, name) in named {
        let (title, key) = (normalise_label(&title), normalise_label(&name));
        if key.is_empty() || key == title || !titles.contains(&title) {
            continue;
        }
        let is_held = held.contains(&key);
        let item = items.entry(key).or_insert_with(|| {
            let words = name.split_whitespace().collect::<Vec<_>>().join(" ");
            KnownItem { words, profiles: BTreeSet::new(), origin, is_held }
        });
        item.profiles.insert(title);
    }
    items.into_values().collect()
}

/// The labels of our vocabulary of occupations, and their alternatives.
fn held_names() -> BTreeSet<String> {
    let occupations = &Vocabularies::shipped().of(ControlledField::Occupation).concepts;
    let names = occupations.iter().flat_map(|concept| std::iter::once(&concept.label).chain(&concept.alt));
    names.map(|name| normalise_label(name)).collect()
}

fn names_in_profiles(profiles: &str) -> Vec<(String, String)> {
    let mut named = Vec::new();
    for row in csv::rows(profiles) {
        let (title, names) = (cell(&row, "title"), cell(&row, "alternative_titles"));
        named.extend(names.split('|').map(|name| (title.clone(), name.to_owned())));
    }
    named
}

/// A page lists jobs, some with other names in one line, between commas.
fn names_on_page(page: &str) -> Vec<(String, String)> {
    let text_behind = |job: &str, mark: &str| -> Option<String> {
        let (_, behind) = job.split_once(mark)?;
        let (_, text) = behind.split_once('>')?;
        let (text, _) = text.split_once('<')?;
        Some(text.replace("&#39;", "'").replace("&amp;", "&"))
    };
    let mut named = Vec::new();
    for job in page.split("class=\"job-categories_item\"").skip(1) {
        let title = text_behind(job, "dfc-code-search-jpTitle\"");
        let names = text_behind(job, "dfc-code-search-jpAltTitle\"");
        if let (Some(title), Some(names)) = (title, names) {
            named.extend(names.split(',').map(|name| (title.clone(), name.to_owned())));
        }
    }
    named
}

/// Each occupation under its preferred label, with its other labels.
fn names_in_esco(occupations: &str) -> Vec<(String, String)> {
    let mut named = Vec::new();
    for row in csv::rows(occupations) {
        let (label, others) = (cell(&row, "preferredLabel"), cell(&row, "altLabels"));
        named.extend(others.lines().map(|other| (label.clone(), other.to_owned())));
    }
    named
}

fn cell(row: &BTreeMap<String, String>, name: &str) -> String {
    row.get(name).cloned().unwrap_or_default()
}

/// How well known items are found: the mean of one over the place of their profile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// How many items these are.
    pub(crate) count: usize,
    /// By our engine.
    pub(crate) ours: f64,
    /// By plain BM25.
    pub(crate) plain: f64,
    /// By our engine, with mistakes in the words.
    pub(crate) ours_misspelt: f64,
    /// By plain BM25, with mistakes in the words.
    pub(crate) plain_misspelt: f64,
}

/// The figures of the known items.
#[derive(Debug, Clone)]
pub(crate) struct TitleFigures(BTreeMap<(Origin, bool), Found>);

/// Looks for every known item.
///
/// # Errors
/// When an engine fails, or the index was told another name of a job.
pub(crate) fn measure_titles(engines: &Engines, data: &Path) -> anyhow::Result<TitleFigures> {
    let mut profiles: BTreeMap<String, &str> = BTreeMap::new();
    for (id, entry) in engines.entries() {
        anyhow::ensure!(is_told_no_other_name(entry), "{}: has other names", entry.resource.title);
        profiles.insert(normalise_label(&entry.resource.title), id);
    }
    let items = known_items(data, &profiles.keys().cloned().collect())?;
    let mut figures = BTreeMap::new();
    for origin in [Origin::Service, Origin::Esco] {
        for is_held in [true, false] {
            let group: Vec<&KnownItem> =
                items.iter().filter(|item| item.origin == origin && item.is_held == is_held).collect();
            figures.insert((origin, is_held), found(engines, &group, &profiles)?);
        }
    }
    Ok(TitleFigures(figures))
}

fn is_told_no_other_name(entry: &Entry) -> bool {
    entry.resource.alternative_titles.is_empty()
}

fn found(engines: &Engines, items: &[&KnownItem], profiles: &BTreeMap<String, &str>) -> anyhow::Result<Found> {
    let mean_of = |engine: Engine, words_of: fn(&KnownItem) -> String| -> anyhow::Result<f64> {
        let mut ranks = Vec::with_capacity(items.len());
        for item in items {
            let ids = engines.find(engine, &words_of(item), DEPTH)?;
            ranks.push(reciprocal_rank(&ids, item, profiles));
        }
        Ok(mean(ranks))
    };
    Ok(Found {
        count: items.len(),
        ours: mean_of(Engine::Ours, |item| item.words.clone())?,
        plain: mean_of(Engine::Plain, |item| item.words.clone())?,
        ours_misspelt: mean_of(Engine::Ours, |item| misspelt(&item.words, &item.words))?,
        plain_misspelt: mean_of(Engine::Plain, |item| misspelt(&item.words, &item.words))?,
    })
}

fn reciprocal_rank(ids: &[String], item: &KnownItem, profiles: &BTreeMap<String, &str>) -> f64 {
    let right: Vec<&str> = item.profiles.iter().filter_map(|title| profiles.get(title).copied()).collect();
    let grades: Vec<u8> = ids.iter().map(|id| if right.contains(&id.as_str()) { GOOD } else { 0 }).collect();
    metrics::reciprocal_rank(&grades)
}

impl TitleFigures {
    /// The Service's names that no vocabulary holds, or those that one does.
    pub(crate) fn of_service(&self, is_held: bool) -> Found {
        self.0[&(Origin::Service, is_held)]
    }

    /// ESCO's names that no vocabulary holds.
    pub(crate) fn of_esco(&self) -> Found {
        self.0[&(Origin::Esco, false)]
    }

    /// The mean over the Service's names, with as many of them held by our vocabulary as of all that it has given.
    pub(crate) fn over_all(&self, figure: fn(&Found) -> f64) -> f64 {
        let (held, others) = (self.of_service(true), self.of_service(false));
        HELD_OF_ALL * figure(&held) + (1.0 - HELD_OF_ALL) * figure(&others)
    }

    /// What is left with mistakes in the words, ours and of plain BM25, over all names in the proportion of `over_all`.
    pub(crate) fn typo_ratios(&self) -> (f64, f64) {
        let ours = self.over_all(|found| found.ours_misspelt) / self.over_all(|found| found.ours).max(f64::EPSILON);
        let plain = self.over_all(|found| found.plain_misspelt) / self.over_all(|found| found.plain).max(f64::EPSILON);
        (ours, plain)
    }
}

impl std::fmt::Display for TitleFigures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for ((origin, is_held), found) in &self.0 {
            let whose = match origin {
                Origin::Service => "the Service's names",
                Origin::Esco => "ESCO's names",
            };
            let held = if *is_held { "that a vocabulary holds" } else { "that none holds" };
            let Found { count, ours, plain, ours_misspelt, plain_misspelt } = found;
            writeln!(
                f,
                "{count:5} of {whose} {held}: MRR ours {ours:.3}, plain {plain:.3}; misspelt ours {ours_misspelt:.3}, \
                 plain {plain_misspelt:.3}"
            )?;
        }
        let (ours, plain) = (self.over_all(|found| found.ours), self.over_all(|found| found.plain));
        let (ours_kept, plain_kept) = self.typo_ratios();
        let share = HELD_OF_ALL * 100.0;
        writeln!(f, "all names, {share:.0} % of them held as of the whole list: MRR ours {ours:.3}, plain {plain:.3}")?;
        write!(f, "kept with mistakes in the words: ours {ours_kept:.3}, plain {plain_kept:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::engines::tests::{engines, entry};

    fn titles(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_name_belongs_to_all_jobs_that_have_it_and_never_to_the_job_of_that_title() {
        let pairs = [("Baker", "Bread maker"), ("Miller", "bread-maker"), ("Baker", "Baker"), ("Juggler", "Clown")];
        let named = pairs.iter().map(|(title, name)| ((*title).to_owned(), (*name).to_owned())).collect();
        let items = items_of(Origin::Service, named, &titles(&["baker", "miller"]));
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].words.as_str(), items[0].is_held), ("Bread maker", false));
        assert_eq!(items[0].profiles, titles(&["baker", "miller"]));
    }

    #[test]
    fn names_are_read_from_a_page_and_from_tables() {
        let page = "<li class=\"job-categories_item\"><a class=\"dfc-code-search-jpTitle\" href=\"/a\">Baker&#39;s man</a>\
                    <h3 class=\"meta dfc-code-search-jpAltTitle\">Oven hand, loaf turner</h3></li>\
                    <li class=\"job-categories_item\"><a class=\"dfc-code-search-jpTitle\" href=\"/b\">Miller</a></li>";
        let named = names_on_page(page);
        let expected = |title: &str, name: &str| (title.to_owned(), name.to_owned());
        assert_eq!(named, [expected("Baker's man", "Oven hand"), expected("Baker's man", " loaf turner")]);
        let named = names_in_esco("preferredLabel,altLabels\nbaker,\"oven hand\nloaf turner\"\n");
        assert_eq!(named, [expected("baker", "oven hand"), expected("baker", "loaf turner")]);
        assert_eq!(names_in_profiles("title,alternative_titles\nBaker,A|B\n").len(), 2);
    }

    #[test]
    fn our_vocabulary_holds_the_names_of_its_occupations() {
        let held = held_names();
        assert!(held.contains("weather forecaster") && held.contains("meteorologist"));
    }

    #[test]
    fn a_known_item_is_found_at_the_place_of_the_first_of_its_profiles() {
        let entries = [entry("Chemists", "They work in a lab."), entry("Labs", "Glass and chemists.")];
        let (engines, _folder) = engines(&entries);
        let ids: Vec<&String> = engines.entries().keys().collect();
        let profiles = BTreeMap::from([("labs".to_owned(), ids[0].as_str()), ("chemists".to_owned(), ids[1].as_str())]);
        let item =
            KnownItem { words: String::new(), profiles: titles(&["labs"]), origin: Origin::Esco, is_held: false };
        let ranked = [ids[1].clone(), ids[0].clone()];
        assert!((reciprocal_rank(&ranked, &item, &profiles) - 0.5).abs() < 1e-12);
    }
}
