//! A catalogue on loopback: so many records in pages of a hundred, which say something else with each revision.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Records on a page.
const PAGE: u64 = 100;

/// The catalogue. It ends with the process.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    address: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    records: AtomicU64,
    revision: AtomicU64,
    pause_ms: AtomicU64,
    asked: AtomicU64,
}

impl Origin {
    /// A catalogue of so many records, at revision 1.
    pub(crate) async fn start(records: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared =
            Arc::new(Shared { records: records.into(), revision: 1.into(), pause_ms: 0.into(), asked: 0.into() });
        let router = Router::new().route("/records", get(page)).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared })
    }

    /// From now on every record says something else.
    pub(crate) fn revise(&self) -> u64 {
        self.shared.revision.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn revision(&self) -> u64 {
        self.shared.revision.load(Ordering::SeqCst)
    }

    /// Each page takes so long from now on.
    pub(crate) fn answer_after(&self, pause: Duration) {
        self.shared.pause_ms.store(u64::try_from(pause.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }

    /// How many pages were asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// The title of a record.
    pub(crate) fn title(number: u64, revision: u64) -> String {
        format!("Careers in making {number}, edition {revision}")
    }

    /// Writes the source file of this catalogue into a folder of sources.
    pub(crate) fn write_source(&self, folder: &Path, id: &str) -> anyhow::Result<()> {
        let toml = format!(
            "id = \"{id}\"\nname = \"Makers\"\norganisation = \"Society of Makers\"\n\
             homepage = \"https://makers.example/\"\nlicence = \"cc-by-4.0\"\nnation = \"uk\"\nschedule = \"manual\"\n\
             kind = \"json\"\n[where]\nurl = \"{}/records\"\nitems = \"/records\"\npage_parameter = \"page\"\n\
             [mapping]\nidentifier = \"/ref\"\ntitle = \"/name\"\nurl = \"/page\"\ndescription = \"/text\"\n\
             subjects = \"/about\"\nlevels = \"/school\"\n[limits]\ndelay_ms = 0\n[access]\nallow_private = true\n",
            self.address
        );
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{id}.toml")), toml)?;
        Ok(())
    }
}

async fn page(State(shared): State<Arc<Shared>>, Query(asked): Query<HashMap<String, String>>) -> Json<Value> {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(shared.pause_ms.load(Ordering::SeqCst))).await;
    let page: u64 = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let (records, revision) = (shared.records.load(Ordering::SeqCst), shared.revision.load(Ordering::SeqCst));
    let numbers = (page - 1) * PAGE..(page * PAGE).min(records);
    let records: Vec<Value> = numbers.map(|number| record(number, revision)).collect();
    Json(json!({ "records": records }))
}

fn record(number: u64, revision: u64) -> Value {
    const SUBJECTS: [&str; 4] = ["Physics", "Chemistry", "Biology", "Mathematics"];
    const LEVELS: [&str; 3] = ["KS3", "KS4", "KS5"];
    let pick = |list: &[&str], by: u64| list[usize::try_from(by).unwrap_or(0) % list.len()].to_owned();
    json!({
        "ref": format!("M-{number}"),
        "name": Origin::title(number, revision),
        "page": format!("https://makers.example/{number}"),
        "text": format!("Number {number} of the works of makers tells of a week at bench {}, in {} words.", number % 97, number * 7),
        "about": pick(&SUBJECTS, number),
        "school": pick(&LEVELS, number / 4),
    })
}
