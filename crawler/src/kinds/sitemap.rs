//! The sitemap kind: a sitemap, the sitemaps under it, and each page that they list.
//!
//! A page that cannot be had is a problem with its address, and the others go on; a sitemap under the first that cannot
//! be had is one too, but then the run is partial, because nobody knows what it lists. What a page says is found by
//! `extract`, what it means by the mapping.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use schemas::{Problem, SitemapOptions, parse_address};
use url::Url;

use super::Document;
use super::locations::{LeadsTo, Locations};
use crate::error::HarvestError;
use crate::extract::extract_page;
use crate::fetch::limits::BODY_BYTES as PAGE_BYTES;
use crate::fetch::{FetchError, decode};
use crate::harvest::{Ending, Run, short_hash};
use crate::raw::{RawRecord, RawValues};

/// The 50 MiB of the protocol and a little more; holds for what comes out of a gzipped one too. Source: sitemaps.org,
/// protocol 0.9, and the limits table.
const SITEMAP_BYTES: u64 = 52 * 1024 * 1024;

/// A sitemap, the sitemaps it lists, and those that they list. Source: the limits table.
const MAX_DEPTH: usize = 3;

/// After so many failures one after the other the site is left alone: it is down, or has moved.
const FAILURES_IN_A_ROW: u32 = 20;

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &SitemapOptions) -> Result<Ending, HarvestError> {
    let mut walk = Walk { options, seen: HashSet::new(), failures: 0, gap: None };
    // The first is where the source says. An index puts its sitemaps on top, so they are read in its order.
    let mut waiting: Vec<(Option<Url>, usize)> = vec![(None, 1)];
    while let Some((address, depth)) = waiting.pop() {
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let sitemap = match open(run, address.as_ref()).await {
            Ok(sitemap) => sitemap,
            Err(error) if address.is_none() || matches!(error, HarvestError::Intake(_)) => return Err(error),
            Err(error) => {
                let place = address.map(String::from).unwrap_or_default();
                walk.note_gap(run, &place, error.told_at(&place)).await?;
                walk.failures += 1;
                if is_postponed(&error) || walk.failures >= FAILURES_IN_A_ROW {
                    break;
                }
                continue;
            }
        };
        walk.failures = 0;
        if let Some(ending) = walk.read_sitemap(run, &sitemap, depth, &mut waiting).await? {
            return Ok(ending);
        }
    }
    Ok(walk.gap.map_or(Ending::Complete, Ending::partial))
}

/// A sitemap as it was read.
struct Sitemap {
    place: String,
    /// What relative addresses in it are relative to.
    base: Option<Url>,
    locations: Locations,
}

/// Reads the sitemap at an address, or the one that the source names.
async fn open(run: &mut Run<'_>, address: Option<&Url>) -> Result<Sitemap, HarvestError> {
    let document = match address {
        Some(address) => run.document(address, SITEMAP_BYTES).await?,
        None => run.first_document(SITEMAP_BYTES).await?,
    };
    let limit = run.body_limit(SITEMAP_BYTES);
    let found = locations_of(&document, limit);
    let locations = found.map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    Ok(Sitemap { place: document.place, base: document.url, locations })
}

fn locations_of(document: &Document, max_bytes: u64) -> Result<Locations, String> {
    if !document.body.starts_with(&[0x1f, 0x8b]) {
        return Locations::find(&document.text());
    }
    let mut body = Vec::new();
    let mut decoder = MultiGzDecoder::new(document.body.as_slice()).take(max_bytes.saturating_add(1));
    let unpacked = decoder.read_to_end(&mut body);
    if u64::try_from(body.len()).unwrap_or(u64::MAX) > max_bytes {
        return Err(format!("unpacks to more than {max_bytes} bytes"));
    }
    // What came out before an archive breaks off is good.
    let mut locations = Locations::find(&decode(&body, None))?;
    if let Err(error) = unpacked {
        locations.trouble = Some(format!("broken gzip: {error}"));
    }
    Ok(locations)
}

/// Whether the site asks to be left alone for longer than a run should wait.
fn is_postponed(error: &HarvestError) -> bool {
    matches!(error, HarvestError::Fetch(FetchError::Postponed { .. }))
}

/// What the whole of a run remembers.
struct Walk<'o> {
    options: &'o SitemapOptions,
    /// Hashes of the addresses of sitemaps and pages that were asked for.
    seen: HashSet<u64>,
    /// Pages and sitemaps that failed since the last one that did not.
    failures: u32,
    /// Why there may be pages that this run did not hear of.
    gap: Option<String>,
}

impl Walk<'_> {
    /// Reads the pages of a sitemap, or has the sitemaps that it lists wait their turn.
    async fn read_sitemap(
        &mut self,
        run: &mut Run<'_>,
        sitemap: &Sitemap,
        depth: usize,
        waiting: &mut Vec<(Option<Url>, usize)>,
    ) -> Result<Option<Ending>, HarvestError> {
        if let Some(own) = &sitemap.base {
            self.seen.insert(short_hash(own.as_str()));
        }
        let leads_to = sitemap.locations.leads_to;
        let mut sitemaps = Vec::new();
        for text in &sitemap.locations.addresses {
            let address = match resolve(text, sitemap.base.as_ref()) {
                Ok(address) => address,
                Err(reason) => {
                    match leads_to {
                        LeadsTo::Sitemaps => self.note_gap(run, text, reason).await?,
                        LeadsTo::Pages => run.problem(Problem::rejected(text, None, reason)).await?,
                    }
                    continue;
                }
            };
            let is_left_out = leads_to == LeadsTo::Pages && !self.is_wanted(&address);
            if is_left_out || !self.seen.insert(short_hash(address.as_str())) {
                continue;
            }
            match leads_to {
                LeadsTo::Sitemaps => sitemaps.push((Some(address), depth + 1)),
                LeadsTo::Pages => {
                    if let Some(ending) = self.read_page(run, &address).await? {
                        return Ok(Some(ending));
                    }
                }
            }
        }
        if depth >= MAX_DEPTH && !sitemaps.is_empty() {
            let reason = format!("sitemaps nested deeper than {MAX_DEPTH} are not read");
            self.note_gap(run, &sitemap.place, reason).await?;
        } else {
            waiting.extend(sitemaps.into_iter().rev());
        }
        if let Some(trouble) = &sitemap.locations.trouble {
            self.note_gap(run, &sitemap.place, trouble.clone()).await?;
        }
        Ok(None)
    }

    fn is_wanted(&self, address: &Url) -> bool {
        let holds = |part: &String| address.as_str().contains(part.as_str());
        let SitemapOptions { include, exclude } = self.options;
        (include.is_empty() || include.iter().any(holds)) && !exclude.iter().any(holds)
    }

    /// Reads one page; an ending when the run is over with it.
    async fn read_page(&mut self, run: &mut Run<'_>, address: &Url) -> Result<Option<Ending>, HarvestError> {
        if let Some(ending) = run.enough_records().or_else(|| run.enough_pages()) {
            return Ok(Some(ending));
        }
        let error = match run.document(address, PAGE_BYTES).await {
            Ok(document) => {
                self.failures = 0;
                hand_over(run, address, document).await?;
                return Ok(None);
            }
            Err(error @ HarvestError::Intake(_)) => return Err(error),
            Err(error) => error,
        };
        let problem = Problem::rejected(address, None, error.told_at(address.as_str()));
        match error {
            // What the site itself says is no more counts as absent; whatever else fails is there and fails today.
            HarvestError::Fetch(FetchError::Status { status: 404 | 410, .. }) => run.problem(problem).await?,
            _ => run.problem_with(address.as_str(), problem).await?,
        }
        if is_postponed(&error) {
            return Ok(Some(Ending::partial(error.told())));
        }
        let was_asked = !matches!(error, HarvestError::Fetch(FetchError::RobotsDisallowed { .. }));
        self.failures += u32::from(was_asked);
        if self.failures < FAILURES_IN_A_ROW {
            return Ok(None);
        }
        let reason = format!("{FAILURES_IN_A_ROW} pages failed in a row; the last: {}", error.told());
        Ok(Some(Ending::partial(reason)))
    }

    /// A part of the source that this run cannot see: a problem in the report, and the end of "complete".
    async fn note_gap(&mut self, run: &mut Run<'_>, place: &str, reason: String) -> Result<(), HarvestError> {
        self.gap.get_or_insert_with(|| format!("{place}: {reason}"));
        run.problem(Problem::rejected(place, None, reason)).await
    }
}

async fn hand_over(run: &mut Run<'_>, address: &Url, document: Document) -> Result<(), HarvestError> {
    let content_type = document.content_type.as_deref().unwrap_or("text/html");
    if !content_type.to_lowercase().contains("html") {
        let reason = format!("`{content_type}`, expected HTML");
        let problem = Problem::rejected(&document.place, None, reason);
        return run.problem_with(address.as_str(), problem).await;
    }
    let page = extract_page(&document.text(), document.url.as_ref().unwrap_or(address), run.source);
    let Document { place, hash, .. } = document;
    run.record(&RawRecord { place, payload: Some(hash), values: RawValues::Page(page) }).await
}

/// An address in a sitemap, without its fragment, which no server is asked for.
fn resolve(text: &str, base: Option<&Url>) -> Result<Url, String> {
    let joined = match base {
        Some(base) => base.join(text).map(String::from).map_err(|error| format!("not an address: {error}"))?,
        None => text.to_owned(),
    };
    let mut address = parse_address(&joined)?;
    address.set_fragment(None);
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use schemas::Source;

    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::testing::{harvest_site, source};

    fn sitemap_source(more: &str) -> Source {
        let place = "kind = \"sitemap\"\n[where]\nurl = \"https://example.org/sitemap.xml\"";
        source(&format!("{place}\n{more}\n[mapping]\ntitle = \"h1\"\n"))
    }

    fn address(path: &str) -> String {
        format!("https://example.org/{path}")
    }

    fn urlset(paths: &[&str]) -> String {
        let urls: String = paths.iter().map(|path| ["<url><loc>", &address(path), "</loc></url>"].concat()).collect();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset>{urls}</urlset>")
    }

    fn index(paths: &[&str]) -> String {
        urlset(paths).replace("urlset>", "sitemapindex>").replace("url>", "sitemap>")
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    /// A site with these pages and nothing else.
    fn pages(paths: &[&str]) -> ScriptedFetcher {
        paths.iter().fold(ScriptedFetcher::new(), |site, path| {
            let html = format!("<!doctype html><title>{path}</title><h1>Page {path}</h1>");
            site.with(&address(path), "text/html; charset=utf-8", html)
        })
    }

    #[tokio::test]
    async fn each_page_that_is_listed_becomes_a_record() {
        let list = urlset(&["a", "b", "a#top"]);
        let site = pages(&["a", "b"]).with(&address("sitemap.xml"), "application/xml", list);
        let done = harvest_site(&sitemap_source(""), &site).await;
        assert_eq!(done.ending.expect("a sitemap"), Ending::Complete);
        assert_eq!((done.report.read, done.report.accepted(), done.report.pages), (2, 2, 3));
        assert_eq!(site.requests(), [address("sitemap.xml"), address("a"), address("b")]);
    }

    #[tokio::test]
    async fn sitemaps_under_a_sitemap_are_read_in_order_packed_or_not() {
        let site = pages(&["a", "b"])
            .with(&address("sitemap.xml"), "text/xml", index(&["sitemap.xml", "1.xml.gz", "2.xml"]))
            .with(&address("1.xml.gz"), "application/x-gzip", gzip(&urlset(&["a"])))
            .with(&address("2.xml"), "text/xml", urlset(&["b"]));
        let done = harvest_site(&sitemap_source(""), &site).await;
        assert_eq!(done.ending.expect("sitemaps"), Ending::Complete);
        let asked = ["sitemap.xml", "1.xml.gz", "a", "2.xml", "b"].map(address);
        assert_eq!(site.requests(), asked);
    }

    #[tokio::test]
    async fn a_page_that_is_gone_does_not_end_the_run() {
        let site = pages(&["a", "c"])
            .with(&address("sitemap.xml"), "text/xml", urlset(&["a", "b", "c", "d.pdf"]))
            .with(&address("d.pdf"), "application/pdf", "%PDF");
        let done = harvest_site(&sitemap_source(""), &site).await;
        assert_eq!(done.ending.expect("a sitemap"), Ending::Complete);
        assert_eq!((done.report.read, done.report.accepted(), done.report.rejected), (4, 2, 2));
        let expected = [
            "https://example.org/b: answered 404, expected a success",
            "https://example.org/d.pdf: `application/pdf`, expected HTML",
        ];
        assert_eq!(done.intake.problems(), expected);
    }

    #[tokio::test]
    async fn a_site_whose_pages_all_fail_is_left() {
        let names: Vec<String> = (0..50).map(|number| number.to_string()).collect();
        let paths: Vec<&str> = names.iter().map(String::as_str).collect();
        let site = ScriptedFetcher::new().with(&address("sitemap.xml"), "text/xml", urlset(&paths));
        let done = harvest_site(&sitemap_source(""), &site).await;
        let reason = "20 pages failed in a row; the last: https://example.org/19 answered 404, expected a success";
        assert_eq!(done.ending.expect("a sitemap"), Ending::partial(reason));
        assert_eq!(site.requests().len(), 21);
    }

    #[tokio::test]
    async fn a_part_that_cannot_be_seen_makes_the_run_partial() {
        let half = urlset(&["a", "b"]).replace("/b</loc></url></urlset>", "");
        let site = pages(&["a"]).with(&address("sitemap.xml"), "text/xml", index(&["missing.xml", "half.xml"])).with(
            &address("half.xml"),
            "text/xml",
            half,
        );
        let done = harvest_site(&sitemap_source(""), &site).await;
        let missing = "https://example.org/missing.xml: answered 404, expected a success";
        assert_eq!(done.ending.expect("a sitemap"), Ending::partial(missing));
        let expected = [missing, "https://example.org/half.xml: breaks off before its end"];
        assert_eq!(done.intake.problems(), expected);
        assert_eq!(done.report.accepted(), 1);
    }

    #[tokio::test]
    async fn only_wanted_pages_are_asked_for() {
        let site = pages(&["jobs/a", "jobs/old/b", "news/c"]).with(
            &address("sitemap.xml"),
            "text/xml",
            urlset(&["jobs/a", "jobs/old/b", "news/c"]),
        );
        let wanted = "include = [\"/jobs/\"]\nexclude = [\"/old/\"]";
        let done = harvest_site(&sitemap_source(wanted), &site).await;
        assert_eq!((done.ending.expect("a sitemap"), done.report.read), (Ending::Complete, 1));
        assert_eq!(site.requests().len(), 2);
    }

    #[tokio::test]
    async fn sitemaps_that_nest_or_unpack_without_end_are_not_followed() {
        let site = pages(&["a"])
            .with(&address("sitemap.xml"), "text/xml", index(&["2.xml"]))
            .with(&address("2.xml"), "text/xml", index(&["3.xml"]))
            .with(&address("3.xml"), "text/xml", index(&["4.xml"]));
        let done = harvest_site(&sitemap_source(""), &site).await;
        let reason = "https://example.org/3.xml: sitemaps nested deeper than 3 are not read";
        assert_eq!(done.ending.expect("sitemaps"), Ending::partial(reason));
        assert_eq!(site.requests().len(), 3);

        let bomb = gzip(&" ".repeat(2_000_000));
        let site = ScriptedFetcher::new().with(&address("sitemap.xml"), "text/xml", bomb);
        let mut limited = sitemap_source("");
        limited.limits.max_bytes = Some(1_000_000);
        let error = harvest_site(&limited, &site).await.ending.expect_err("too large");
        assert_eq!(error.to_string(), "https://example.org/sitemap.xml: unpacks to more than 1000000 bytes");
    }

    #[tokio::test]
    async fn a_first_sitemap_that_is_something_else_ends_the_run() {
        let html = "<!doctype html><h1>Not found</h1>";
        let site = ScriptedFetcher::new().with(&address("sitemap.xml"), "text/html", html);
        let error = harvest_site(&sitemap_source(""), &site).await.ending.expect_err("HTML");
        assert_eq!(error.to_string(), "https://example.org/sitemap.xml: HTML, expected a sitemap");
    }

    #[test]
    fn addresses_are_resolved_and_checked() {
        let base = Url::parse("https://example.org/sitemaps/1.xml").expect("an address");
        for (text, expected) in [
            ("/a", Some("https://example.org/a")),
            ("b#part", Some("https://example.org/sitemaps/b")),
            ("http://example.com/", Some("http://example.com/")),
            ("file:///etc/passwd", None),
            ("javascript:alert(1)", None),
            ("https://user:secret@example.org/", None),
        ] {
            let address = resolve(text, Some(&base)).ok();
            assert_eq!(address.as_ref().map(Url::as_str), expected, "{text}");
        }
    }
}
