//! The real catalogues, harvested as a test needs them. They stand outside the repository; without them nothing is asked.

use std::path::{Path, PathBuf};

use super::recorded::{SERVED, put_all};
use crate::harness::{Site, TestApp};

/// The folder of the real catalogues. They have licences of their own, so they are never part of the repository.
pub(crate) fn real_data() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the one thing that the tests ask their environment")]
    let folder = std::env::var("SIGNPOST_REAL_DATA").ok();
    folder.map(PathBuf::from)
}

/// The application with all real catalogues: those that are files are harvested, those on the network wait.
pub(crate) async fn with_real_catalogues(data: &Path) -> (TestApp, Site) {
    let site = Site::start().await;
    put_all(&site, data);
    let sources = real_sources(&site);
    let named: Vec<(&str, String)> = sources.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    (TestApp::with_real_data(&named, data).await, site)
}

/// The same, after those on the network have been harvested too.
pub(crate) async fn with_all_harvested(data: &Path) -> (TestApp, Site) {
    let (app, site) = with_real_catalogues(data).await;
    for id in SERVED {
        app.harvest(id).await;
    }
    (app, site)
}

/// The file name and text of each source file of a real catalogue; those on the network are at this site.
pub(crate) fn real_sources(site: &Site) -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sources");
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of source files").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a source file");
        let text = text.replace("http://127.0.0.1:8000", &site.origin);
        sources.push((entry.file_name().to_string_lossy().into_owned(), text));
    }
    sources.sort();
    sources
}
