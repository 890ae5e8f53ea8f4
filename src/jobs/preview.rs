//! Preview: what would a source give? A few records of it, read the way a harvest reads them, before its first harvest.
//!
//! Whoever is asked is asked as politely as in a harvest: by the same fetcher, which obeys robots.txt and keeps one pace
//! for each host, whatever else asks there at the moment. Nothing is stored. The command line and the admin API read
//! their samples here; how one is shown is theirs.

use std::time::Duration;

use crawler::fetch::Fetch;
use crawler::{Ending, SourceFiles};
use jiff::Timestamp;
use schemas::{Location, Source};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::sample::{OUT_OF_TIME, Sample, take_sample};
use crate::source_book::BookedSource;

/// Records of a preview: enough to see whether the mapping holds, and little to ask of a catalogue.
pub const RECORDS: u64 = 20;
/// So long somebody waits for a preview: thirty pages at one a second, and as long again for their answers.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// So many previews are read at once. Admins are few, and each preview holds some pages in memory.
const AT_ONCE: usize = 4;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Why nobody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// Its records are pushed.
    #[error("its records are pushed, so there is nobody to ask")]
    Pushed,
    /// Nobody could tell who asks.
    #[error("nobody was asked: set contact_url (or public_url) to a public page that says who harvests")]
    NoContact,
    /// Others are at it.
    #[error("too many previews at once; try again in a minute")]
    Busy,
}

/// How a source is asked for a sample.
pub struct Asking<'a> {
    /// The way to the network.
    pub fetch: &'a dyn Fetch,
    /// The files of the source.
    pub files: &'a SourceFiles,
    /// Whether the address in our user agent is one that a catalogue's owner can reach.
    pub contact_is_public: bool,
    /// So many records at most.
    pub records: u64,
    /// For so long at most.
    pub patience: Duration,
    /// The time.
    pub now: Timestamp,
}

/// Reads a sample of a source.
///
/// # Errors
/// When nobody may be asked; whatever is wrong with the source is how the sample ends.
pub async fn sample_of(source: &Source, asking: &Asking<'_>) -> Result<Sample, NotAsked> {
    match &source.location {
        Location::Pushed => return Err(NotAsked::Pushed),
        Location::Url(_) if !source.allow_private && !asking.contact_is_public => return Err(NotAsked::NoContact),
        Location::Url(_) | Location::File(_) => {}
    }
    let Asking { fetch, files, records, patience, now, .. } = *asking;
    Ok(take_sample(source, files, fetch, records, patience, now).await)
}

/// Reads a preview of a source of this service, with the words that admins have accepted for it.
///
/// # Errors
/// [`NotAsked`] when nobody may be asked or it is not this preview's turn; otherwise when the store cannot be read.
pub async fn preview(app: &App, booked: &BookedSource) -> anyhow::Result<Sample> {
    let booked = booked.with_accepted_words(app.catalogue.accepted_words(&booked.source.id).await?);
    let asking = Asking {
        fetch: app.fetch.as_ref(),
        files: booked.files.as_ref(),
        contact_is_public: app.contact_is_public,
        records: RECORDS,
        patience: PATIENCE,
        now: app.clock.now(),
    };
    let Ok(Ok(_turn)) = tokio::time::timeout(PATIENCE, TURNS.acquire()).await else {
        return Err(NotAsked::Busy.into());
    };
    Ok(sample_of(&booked.source, &asking).await?)
}

/// How reading a sample ended, in a few words.
pub fn ending_in_words(sample: &Sample) -> String {
    match &sample.ending {
        Ok(Ending::Complete | Ending::Update | Ending::NothingNew | Ending::NotModified) => {
            "read to its end".to_owned()
        }
        Ok(Ending::Partial { reason }) if is_as_far_as_asked(reason) => "read as far as a sample goes".to_owned(),
        Ok(Ending::Partial { reason }) => format!("broke off: {reason}"),
        Err(error) => format!("failed: {}", error.told()),
    }
}

/// Why a sample ended before it had read as much as it wanted; `None` when it had.
pub fn broke_off(sample: &Sample) -> Option<String> {
    match &sample.ending {
        Ok(Ending::Complete | Ending::Update | Ending::NothingNew | Ending::NotModified) => None,
        Ok(Ending::Partial { reason }) if is_as_far_as_asked(reason) => None,
        Ok(Ending::Partial { reason }) if reason == OUT_OF_TIME => {
            Some(format!("it was not read within {} seconds", PATIENCE.as_secs()))
        }
        Ok(Ending::Partial { reason }) => Some(reason.clone()),
        Err(error) => Some(error.told()),
    }
}

fn is_as_far_as_asked(reason: &str) -> bool {
    reason == "max-records" || reason == "max-pages"
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use crawler::fetch::{FetchError, FetchRequest, Fetched, ScriptedFetcher};

    use super::*;

    /// A site that takes a request and never answers.
    struct Silent;

    #[async_trait]
    impl Fetch for Silent {
        async fn fetch(&self, _request: &FetchRequest) -> Result<Fetched, FetchError> {
            std::future::pending().await
        }
    }

    const SOURCE: &str = "id = \"some\"\nname = \"Some\"\norganisation = \"Example Society\"\nkind = \"json\"\n";

    #[tokio::test]
    async fn who_pushes_is_not_asked_and_who_cannot_be_told_who_asks_is_not_either() {
        let asked = format!("{SOURCE}[where]\nurl = \"https://example.org/api\"\n[mapping]\ntitle = \"/title\"\n");
        let pushed = format!("{SOURCE}[where]\npush = true\n[mapping]\ntitle = \"/title\"\n");
        let site = ScriptedFetcher::new().with("https://example.org/api", "application/json", "[{\"title\": \"One\"}]");
        let mut asking = Asking {
            fetch: &site,
            files: &SourceFiles::Shipped,
            contact_is_public: false,
            records: RECORDS,
            patience: PATIENCE,
            now: "2026-11-21T09:00:00Z".parse().expect("a time"),
        };
        let source = |toml: &str| Source::parse("some.toml", toml).expect("its keys are right");
        assert_eq!(sample_of(&source(&pushed), &asking).await.err(), Some(NotAsked::Pushed));
        assert_eq!(sample_of(&source(&asked), &asking).await.err(), Some(NotAsked::NoContact));
        assert!(site.requests().is_empty());
        asking.contact_is_public = true;
        let sample = sample_of(&source(&asked), &asking).await.expect("a sample");
        assert_eq!((sample.report.read, broke_off(&sample)), (1, None));
        asking.fetch = &Silent;
        asking.patience = Duration::ZERO;
        let none = tokio::time::timeout(PATIENCE, sample_of(&source(&asked), &asking)).await;
        let none = none.expect("who says nothing is not waited for").expect("a sample");
        assert_eq!((none.report.read, broke_off(&none)), (0, Some("it was not read within 60 seconds".to_owned())));
    }
}
