//! Doctor: what is wrong with this service, told one line a thing, each with what to do about it.
//!
//! It works beside a running server and without one, changes no setting and mends nothing. What it finds are values; how they
//! are printed is for the command line.

mod place;
mod secrets;
mod store;

use std::path::Path;

use jiff::Timestamp;

use crate::catalogue::StorePlace;
use crate::config::{CatalogueConfig, Config, ConfigError};
use crate::source_book::SourceBook;

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// There is nothing to do.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not work, or something will be lost.
    Fail,
}

impl Verdict {
    /// The name in what is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `configuration`, `store`, `clock`.
    pub about: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do; empty where there is nothing to do.
    pub advice: String,
}

impl Finding {
    fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Ok, found: found.into(), advice: String::new() }
    }

    fn warn(about: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Warn, found: found.into(), advice: advice.into() }
    }

    fn fail(about: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Fail, found: found.into(), advice: advice.into() }
    }
}

/// What the doctor is told by whoever calls.
#[derive(Debug)]
pub struct Patient<'p> {
    /// The configuration, or what is wrong with it.
    pub config: Result<Config, ConfigError>,
    /// The file that it comes from.
    pub config_file: Option<&'p Path>,
    /// Whether the address of the database stands on the command line, where every user of the machine can read it.
    pub shows_database_url: bool,
}

/// What stands in the data directory is a part of what stood where it was copied from.
#[derive(Debug, thiserror::Error)]
#[error("{found}; {advice}")]
pub struct PartOfACopy {
    /// What is there and what is not.
    found: String,
    /// What to do.
    advice: String,
}

/// Refuses a data directory whose store was left behind or cut by whoever copied it. To begin with an empty store beside an
/// index that is full would look as if everything had been deleted.
///
/// # Errors
/// With what is missing, and what to do.
pub fn refuse_part_of_a_copy(config: &CatalogueConfig) -> Result<(), PartOfACopy> {
    let StorePlace::File(store) = config.store_place() else {
        return Ok(());
    };
    match place::look_at_copy(&config.data_dir, &store) {
        None => Ok(()),
        Some(Finding { found, advice, .. }) => Err(PartOfACopy { found, advice }),
    }
}

/// Looks at everything, and tells what was found in the order in which one would mend it.
pub async fn examine(patient: &Patient<'_>, now: Timestamp) -> Vec<Finding> {
    let config = match &patient.config {
        Ok(config) => config,
        Err(ConfigError(mistakes)) => {
            let told =
                |mistake: &String| Finding::fail("configuration", mistake.as_str(), "mend it; nothing starts before");
            return mistakes.iter().map(told).collect();
        }
    };
    let mut findings = vec![Finding::ok("configuration", "it can be read and makes sense")];
    findings.extend(secrets::look_at(patient, config));
    findings.extend(place::look_at(&config.catalogue));
    let book = SourceBook::open(&config.catalogue);
    match &book {
        Ok(book) => {
            findings.push(Finding::ok("source files", format!("{} of them can be read", book.0.len())));
            findings.extend(secrets::look_at_sources(book));
        }
        Err(ConfigError(mistakes)) => {
            let advice = "mend it; `signpost sources check FILE` shows what it would give";
            findings.extend(mistakes.iter().map(|mistake| Finding::fail("source files", mistake.as_str(), advice)));
        }
    }
    findings.extend(store::look_at(config, now).await);
    findings
}

/// The worst of all verdicts.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
}
