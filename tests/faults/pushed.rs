//! Records that are pushed one after the other, each known by its number, so that what was acknowledged can be looked for
//! afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::node::Place;

/// The source that they are pushed to.
const SOURCE: &str = "pushed";
/// What every title of theirs begins with.
const TITLE: &str = "Works sent by hand, number ";
/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(40);
/// Who was refused tries again after this time.
const AGAIN: Duration = Duration::from_millis(100);

/// Sends them. A record is sent until it is acknowledged, and then the next. A clone goes on with the same numbers, and two
/// must not send at once.
#[derive(Debug, Clone)]
pub(crate) struct Pusher {
    client: reqwest::Client,
    token: String,
    acknowledged: Arc<AtomicU64>,
}

/// What became of one that was sent.
#[derive(Debug)]
pub(crate) enum Sent {
    Acknowledged,
    /// Refused with this status and these words.
    Refused(u16, String),
    /// Nobody answered.
    BrokenOff,
}

impl Pusher {
    /// Writes the source file into a folder of sources. To be called before the program starts.
    pub(crate) fn write_source(folder: &Path) -> anyhow::Result<()> {
        let toml = format!(
            "id = \"{SOURCE}\"\nname = \"Senders\"\norganisation = \"Society of Senders\"\n\
             homepage = \"https://senders.example/\"\nlicence = \"cc-by-4.0\"\nkind = \"json\"\n\
             [where]\npush = true\n[mapping]\nidentifier = \"/ref\"\ntitle = \"/name\"\nurl = \"/page\"\n\
             description = \"/text\"\n"
        );
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{SOURCE}.toml")), toml)?;
        Ok(())
    }

    /// One who may send to this place, and has sent nothing yet.
    pub(crate) fn to(place: &Place) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { client, token: place.token("admin")?, acknowledged: Arc::default() })
    }

    /// How many were acknowledged: those with the numbers below this.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Sends the next one to a server.
    pub(crate) async fn push(&self, origin: &str) -> anyhow::Result<Sent> {
        let number = self.acknowledged();
        let record = json!({
            "ref": format!("S-{number}"),
            "name": title(number),
            "page": format!("https://senders.example/{number}"),
            "text": format!(
                "Number {number} of the works of senders tells of a day at desk {}, in {} words.",
                number % 89,
                number * 11
            ),
        });
        let request = self.client.post(format!("{origin}/v1/sources/{SOURCE}/records")).bearer_auth(&self.token);
        let request = request.header("content-type", "application/x-ndjson").body(format!("{record}\n"));
        let Ok(answer) = request.send().await else {
            return Ok(Sent::BrokenOff);
        };
        let status = answer.status().as_u16();
        let Ok(body) = answer.text().await else {
            return Ok(Sent::BrokenOff);
        };
        if status == 200 {
            // Later sent again, a record that was acknowledged would be no loss.
            self.acknowledged.store(number + 1, Ordering::SeqCst);
            return Ok(Sent::Acknowledged);
        }
        ensure!(!matches!(status, 400..=404 | 415 | 422), "a record was refused with {status}: {body}");
        Ok(Sent::Refused(status, body))
    }

    /// Sends so many, all of which must be acknowledged.
    pub(crate) async fn push_many(&self, origin: &str, count: u32) -> anyhow::Result<()> {
        for _ in 0..count {
            let sent = self.push(origin).await?;
            ensure!(matches!(sent, Sent::Acknowledged), "a record was not taken: {sent:?}");
        }
        Ok(())
    }

    /// Sends one after the other until it is told to stop, whatever becomes of them.
    pub(crate) async fn push_until(self, origin: String, stop: Arc<AtomicBool>) -> anyhow::Result<()> {
        while !stop.load(Ordering::SeqCst) {
            match self.push(&origin).await? {
                Sent::Acknowledged => {}
                Sent::Refused(..) | Sent::BrokenOff => tokio::time::sleep(AGAIN).await,
            }
        }
        Ok(())
    }

    /// Fails unless all that were acknowledged are there, once; gives how many are there. The next one may be there too: its
    /// answer was lost.
    pub(crate) fn stands(&self, titles: &BTreeMap<String, u64>) -> anyhow::Result<u64> {
        let there = count(titles)?;
        let acknowledged = self.acknowledged();
        ensure!(
            (acknowledged..=acknowledged + 1).contains(&there),
            "{acknowledged} were acknowledged, and {there} are there"
        );
        Ok(there)
    }
}

/// How many of those that were sent are there. Fails unless they are the first that many, each once.
pub(crate) fn count(titles: &BTreeMap<String, u64>) -> anyhow::Result<u64> {
    let sent = titles.iter().filter(|(title, _)| title.starts_with(TITLE));
    let all: u64 = sent.map(|(_, copies)| copies).sum();
    for number in 0..all {
        let copies = titles.get(&title(number)).copied().unwrap_or(0);
        ensure!(copies == 1, "{all} are there, of which number {number} is there {copies} times");
    }
    Ok(all)
}

fn title(number: u64) -> String {
    format!("{TITLE}{number}")
}

/// Says stop to what runs beside, at the latest when it goes out of scope.
#[derive(Debug, Default)]
pub(crate) struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// What is true once it was said.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Says it, waits for the end, and gives what came of it.
    pub(crate) async fn end<T>(&self, task: JoinHandle<anyhow::Result<T>>) -> anyhow::Result<T> {
        self.0.store(true, Ordering::SeqCst);
        task.await.context("a task broke off")?
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
