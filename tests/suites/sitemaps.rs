//! Which pages do the sitemaps of a site list?
//!
//! Each small site is answered from memory, and its front page is what the source names. What a redirect leads to is
//! served in its place, what is packed for the way is unpacked, as the fetcher would do it, and each page that is
//! expected is there. A page counts as found when it is asked for; one that is not expected is not there, and shows as a
//! problem. The day of a last change counts when it is that of the record.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use crawler::fetch::ScriptedFetcher;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use url::Url;

use super::intake::{Harvested, harvest_now, source};
use super::{Case, Verdict, bytes, lines};

const PAGE: &str = "<!doctype html><title>A page</title><h1>A page</h1><p>It says something.";

/// Redirects that are followed for one address.
const REDIRECTS: usize = 5;

#[derive(Deserialize)]
struct SiteCase {
    id: String,
    homepage: String,
    /// What the test gives to the parser that it tests, as Python writes it.
    kwargs: String,
    urls: BTreeMap<String, Answer>,
    pages: Vec<Page>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    text: Option<String>,
    content_b64: Option<String>,
    status_code: Option<u16>,
}

#[derive(Deserialize)]
struct Page {
    url: String,
    lastmod: Option<String>,
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let cases: Vec<SiteCase> = lines(&folder.join("cases.jsonl"));
    cases.iter().map(|case| Case::judged(&case.id, || judge(case))).collect()
}

fn judge(case: &SiteCase) -> Verdict {
    if case.kwargs != "{}" {
        return Verdict::LeftOut("what it passes over is said by a function in Python");
    }
    let source = source(&format!("kind = \"sitemap\"\n[where]\nurl = {:?}\n", case.homepage));
    let site = site_of(case);
    let done = harvest_now(&source, &site);

    let of_site: BTreeSet<String> = case.urls.keys().map(|url| whole(url)).collect();
    let asked: BTreeSet<String> = site.requests().into_iter().filter(|url| !of_site.contains(url)).collect();
    let expected: BTreeSet<String> = case.pages.iter().map(|page| whole(&page.url)).collect();
    // A sitemap that was looked for at a usual place, and is not there, is no problem.
    let told: BTreeSet<&str> = done.problems.iter().map(|problem| problem.place.as_str()).collect();
    let missing: Vec<&String> = expected.difference(&asked).collect();
    let unexpected: Vec<&String> = asked.difference(&expected).filter(|url| told.contains(url.as_str())).collect();
    if !missing.is_empty() || !unexpected.is_empty() {
        let ending = &done.ending;
        return Verdict::Failed(format!("missing {missing:?}, unexpected {unexpected:?}, ended with {ending:?}"));
    }
    compare_dates(case, &done)
}

fn compare_dates(case: &SiteCase, done: &Harvested) -> Verdict {
    let dated = |page: &Page| {
        let day = page.lastmod.as_deref()?.get(..10)?.to_owned();
        Some((whole(&page.url), Some(day)))
    };
    let expected: BTreeMap<String, Option<String>> = case.pages.iter().filter_map(dated).collect();
    let date_of = |url: &String| {
        let record = done.records.iter().find(|record| record.metadata.url.as_ref() == Some(url))?;
        record.metadata.date_modified.map(|date| date.to_string())
    };
    let ours: BTreeMap<String, Option<String>> = expected.keys().map(|url| (url.clone(), date_of(url))).collect();
    Verdict::compare(&ours, &expected)
}

fn site_of(case: &SiteCase) -> ScriptedFetcher {
    let mut site = ScriptedFetcher::new();
    for (url, answer) in &case.urls {
        let answer = after_redirects(case, answer);
        let status = answer.status_code.unwrap_or(200);
        site = if (200..300).contains(&status) {
            site.with(url, answer.content_type(), answer.body())
        } else {
            site.with_status(url, status)
        };
    }
    for page in case.pages.iter().filter(|page| !case.urls.contains_key(&page.url)) {
        site = site.with(&page.url, "text/html", PAGE);
    }
    site
}

fn after_redirects<'c>(case: &'c SiteCase, mut answer: &'c Answer) -> &'c Answer {
    for _ in 0..REDIRECTS {
        match answer.headers.get("Location").and_then(|location| case.urls.get(location)) {
            Some(next) => answer = next,
            None => break,
        }
    }
    answer
}

impl Answer {
    fn content_type(&self) -> &str {
        let stated = self.headers.get("Content-Type").map(String::as_str);
        stated.filter(|stated| !stated.is_empty()).unwrap_or("application/octet-stream")
    }

    fn body(&self) -> Vec<u8> {
        let body = match (&self.text, &self.content_b64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(base64)) => bytes(base64),
            (None, None) => Vec::new(),
        };
        if self.headers.get("Content-Encoding").map(String::as_str) != Some("gzip") {
            return body;
        }
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(body.as_slice()).read_to_end(&mut unpacked).expect("it is what its header says");
        unpacked
    }
}

/// An address as it is asked for.
fn whole(url: &str) -> String {
    Url::parse(url.trim()).map_or_else(|_| url.to_owned(), String::from)
}
