//! How well is it found out which records are one, on pairs that somebody else has judged?
//!
//! `SIGNPOST_REAL_DATA=DIR cargo bench --bench judge_duplicates`. Two shops' lists of the same goods (Abt and Buy, with
//! every true pair) are harvested and resolved as any catalogues are, whole and with half of one of them left out; then
//! the feed of NUSTEM and its export, where the slug of a page says which are one. Prints precision, recall and F1 of
//! the pairs. Nothing here is tuned: the threshold is the one that is shipped.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use signpost::app::App;
use signpost::clock::Clock;
use signpost::config::{Config, Overrides};
use signpost::data_dir::DataLock;
use signpost::jobs::{harvest, silent};
use signpost::source_book::SourceBook;

/// So many halves are tried.
const HALVES: u64 = 10;

/// The identifiers of a pair, in the two sources.
type Pair = (String, String);

fn main() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the one thing that is asked of the environment")]
    let data = std::env::var("SIGNPOST_REAL_DATA").context("SIGNPOST_REAL_DATA names the folder of real catalogues")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(judge(Path::new(&data)))
}

async fn judge(data: &Path) -> anyhow::Result<()> {
    let folder = data.join("duplicates-dev-abt-buy");
    let latin = |name: &str| -> anyhow::Result<String> {
        let bytes = std::fs::read(folder.join(name)).with_context(|| name.to_owned())?;
        Ok(bytes.into_iter().map(char::from).collect())
    };
    let (abt, buy) = (latin("Abt.csv")?, latin("Buy.csv")?);
    let truth: BTreeSet<Pair> = latin("abt_buy_perfectMapping.csv")?
        .lines()
        .skip(1)
        .filter_map(|line| line.replace('"', "").split_once(',').map(|(one, other)| (one.to_owned(), other.to_owned())))
        .collect();
    println!("Abt-Buy, whole:            {}", figures(&pairs_of_shops(&abt, &buy).await?, &truth));
    let mut worst = f64::MAX;
    let mut sum = 0.0;
    for seed in 0..HALVES {
        let half = half_of(&buy, seed);
        let there: BTreeSet<&str> = half.lines().filter_map(|line| line.split(',').next()).collect();
        let left: BTreeSet<Pair> = truth.iter().filter(|(_, other)| there.contains(other.as_str())).cloned().collect();
        let figures = figures(&pairs_of_shops(&abt, &half).await?, &left);
        (worst, sum) = (worst.min(figures.f1()), sum + figures.f1());
    }
    #[expect(clippy::cast_precision_loss, reason = "ten")]
    let mean = sum / HALVES as f64;
    println!("Abt-Buy, half of Buy:      F1 {mean:.3} in the mean, {worst:.3} at worst, of {HALVES} halves");
    judge_nustem(data).await
}

/// The pairs that two lists of goods are found to share.
async fn pairs_of_shops(abt: &str, buy: &str) -> anyhow::Result<BTreeSet<Pair>> {
    let folder = tempfile::tempdir()?;
    for (id, text, publisher) in [("abt", abt, ""), ("buy", buy, "publisher = \"manufacturer\"\n")] {
        std::fs::write(folder.path().join(format!("{id}.csv")), text)?;
        let toml = format!(
            "id = \"{id}\"\nname = \"{id}\"\norganisation = \"{id}\"\nhomepage = \"https://{id}.example/\"\n\
             licence = \"not-stated\"\nenabled = false\nkind = \"table\"\n[where]\nfile = \"{id}.csv\"\n[mapping]\n\
             identifier = \"id\"\ntitle = \"name\"\ndescription = \"description\"\n{publisher}\
             url = {{ template = \"https://{id}.example/{{id}}\" }}\n"
        );
        std::fs::write(folder.path().join(format!("{id}.toml")), toml)?;
    }
    let app = harvested(folder.path(), None, &["abt", "buy"]).await?;
    pairs(&app, "abt", "buy").await
}

async fn judge_nustem(data: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sources");
    for id in ["nustem-atom", "nustem-export"] {
        let text = std::fs::read_to_string(shipped.join(format!("{id}.toml")))?;
        std::fs::write(folder.path().join(format!("{id}.toml")), text)?;
    }
    let app = harvested(folder.path(), Some(data.to_owned()), &["nustem-atom", "nustem-export"]).await?;
    let mut addresses: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (source, identifier, url) in records(&app).await? {
        let slug = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        addresses.entry(slug).or_default().insert(source, identifier);
    }
    let both = |of: &BTreeMap<String, String>| Some((of.get("nustem-atom")?.clone(), of.get("nustem-export")?.clone()));
    let truth: BTreeSet<Pair> = addresses.values().filter_map(both).collect();
    println!("NUSTEM, feed and export:   {}", figures(&pairs(&app, "nustem-atom", "nustem-export").await?, &truth));
    Ok(())
}

/// An application that has harvested these sources.
async fn harvested(sources: &Path, source_data: Option<PathBuf>, ids: &[&str]) -> anyhow::Result<App> {
    let data_dir = sources.join("data");
    let overrides = Overrides {
        data_dir: Some(data_dir.clone()),
        sources: vec![sources.to_owned()],
        source_data,
        contact_url: Some("https://example.org/who-harvests".to_owned()),
        ..Overrides::default()
    };
    let _lock = DataLock::take(&data_dir, "bench")?;
    let config = Config::load(None, &overrides)?;
    let book = SourceBook::open(&config.catalogue)?;
    let app = App::open(config, book, Clock::system()).await?;
    app.book_sources().await?;
    for id in ids {
        let row = harvest::harvest_source(&app, &*harvest::find_source(&app, id)?, silent()).await?;
        anyhow::ensure!(row.state.name() == "ok", "{id}: {:?}", row.reason);
    }
    Ok(app)
}

/// Source, identifier and address of every record, resource by resource.
async fn records(app: &App) -> anyhow::Result<Vec<(String, String, String)>> {
    let mut records = Vec::new();
    for resource in groups(app).await? {
        records.extend(resource);
    }
    Ok(records)
}

async fn groups(app: &App) -> anyhow::Result<Vec<Vec<(String, String, String)>>> {
    let mut groups = Vec::new();
    let mut after = None;
    loop {
        let page = app.catalogue.scan(after.as_ref(), 500).await?;
        let Some(last) = page.last() else { return Ok(groups) };
        after = Some(last.resource.id.clone());
        groups.extend(page.into_iter().map(|entry| {
            let records = entry.resource.records.into_iter();
            records.map(|one| (one.source.to_string(), one.identifier, one.url.unwrap_or_default())).collect()
        }));
    }
}

/// Every pair of records of the two sources that stand in one resource.
async fn pairs(app: &App, one: &str, other: &str) -> anyhow::Result<BTreeSet<Pair>> {
    let mut pairs = BTreeSet::new();
    for group in groups(app).await? {
        let of = |source: &str| -> Vec<String> {
            group.iter().filter(|record| record.0 == source).map(|record| record.1.clone()).collect()
        };
        for first in of(one) {
            pairs.extend(of(other).into_iter().map(|second| (first.clone(), second)));
        }
    }
    Ok(pairs)
}

/// Every other line or so, the head always; another half for each seed.
fn half_of(text: &str, seed: u64) -> String {
    let mut lines: Vec<&str> = text.lines().take(1).collect();
    lines.extend(text.lines().skip(1).filter(|line| {
        let hash = schemas::PayloadHash::of(format!("{seed} {line}").as_bytes()).0;
        hash.as_bytes()[0].is_multiple_of(2)
    }));
    lines.join("\n")
}

/// What was found beside what is true.
struct Figures {
    found: usize,
    right: usize,
    real: usize,
}

fn figures(found: &BTreeSet<Pair>, truth: &BTreeSet<Pair>) -> Figures {
    Figures { found: found.len(), right: found.intersection(truth).count(), real: truth.len() }
}

#[expect(clippy::cast_precision_loss, reason = "thousands")]
impl Figures {
    fn precision(&self) -> f64 {
        self.right as f64 / (self.found as f64).max(1.0)
    }

    fn recall(&self) -> f64 {
        self.right as f64 / (self.real as f64).max(1.0)
    }

    fn f1(&self) -> f64 {
        2.0 * self.precision() * self.recall() / (self.precision() + self.recall()).max(f64::EPSILON)
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (precision, recall, f1) = (self.precision(), self.recall(), self.f1());
        write!(
            f,
            "F1 {f1:.3}, precision {precision:.3}, recall {recall:.3}: {} of {} true pairs, {} wrong",
            self.right,
            self.real,
            self.found - self.right
        )
    }
}
