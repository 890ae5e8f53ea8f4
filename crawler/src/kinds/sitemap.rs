//! The sitemap kind: a sitemap, the sitemaps under it, and each page that they list.
//!
//! A page that cannot be had is a problem with its address, and the others go on; a sitemap under the first that cannot
//! be had is one too, but then the run is partial, because nobody knows what it lists. With which sitemap a run begins
//! is found by `discovery`, what one lists by `locations`; what a page says by `extract`, what it means by the mapping.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use schemas::{Problem, SitemapOptions, Trust, parse_address};
use url::Url;

use super::discovery::{self, Standing, Waiting, says_there_is_none};
use super::locations::{LeadsTo, Listed, Locations};
use super::pages::{self, FAILURES_IN_A_ROW, is_postponed};
use super::{Document, lastmod};
use crate::error::HarvestError;
use crate::fetch::decode;
use crate::harvest::{Ending, Run, short_hash};
use crate::limits::SITEMAP_BYTES;

/// With these bytes begins what is packed. Source: RFC 1952, 2.3.1.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &SitemapOptions) -> Result<Ending, HarvestError> {
    let mut walk = Walk { options, seen: HashSet::new(), failures: 0, sitemaps: 0, gap: None };
    let discovery::Beginning { mut waiting, known, refused } = discovery::begin(run).await?;
    walk.seen.extend(known.iter().map(|address| short_hash(address.as_str())));
    for (text, reason) in refused {
        walk.note_gap(run, &text, reason).await?;
    }
    // An index puts its sitemaps on top, so they are read in its order.
    while let Some(Waiting { address, depth, standing }) = waiting.pop() {
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let is_guess = standing == Standing::Guessed;
        if is_guess && address.as_ref().is_some_and(|address| !walk.is_first(address)) {
            continue;
        }
        let sitemap = match open(run, address.as_ref()).await {
            Ok(sitemap) => sitemap,
            Err(error) if address.is_none() || matches!(error, HarvestError::Intake(_)) => return Err(error),
            Err(error) if is_guess && says_there_is_none(&error) => continue,
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
        walk.sitemaps += 1;
        let led_elsewhere = sitemap.base.as_ref().filter(|base| address.as_ref() != Some(*base));
        if is_guess && led_elsewhere.is_none_or(|base| walk.is_first(base)) {
            waiting.retain(|other| other.standing == Standing::Named);
        }
        if let Some(ending) = walk.read_sitemap(run, &sitemap, depth, &mut waiting).await? {
            return Ok(ending);
        }
    }
    if walk.sitemaps == 0 && walk.gap.is_none() {
        return Err(discovery::nothing_found(&run.source.location));
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
    if !document.body.starts_with(GZIP) {
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

/// What the whole of a run remembers.
struct Walk<'o> {
    options: &'o SitemapOptions,
    /// Hashes of the addresses of sitemaps and pages that were asked for.
    seen: HashSet<u64>,
    /// Pages and sitemaps that failed since the last one that did not.
    failures: u32,
    /// Sitemaps that were read.
    sitemaps: usize,
    /// Why there may be pages that this run did not hear of.
    gap: Option<String>,
}

impl Walk<'_> {
    /// Whether an address comes for the first time in this run.
    fn is_first(&mut self, address: &Url) -> bool {
        self.seen.insert(short_hash(address.as_str()))
    }

    /// Reads the pages of a sitemap, or has the sitemaps that it lists wait their turn.
    async fn read_sitemap(
        &mut self,
        run: &mut Run<'_>,
        sitemap: &Sitemap,
        depth: usize,
        waiting: &mut Vec<Waiting>,
    ) -> Result<Option<Ending>, HarvestError> {
        if let Some(own) = &sitemap.base {
            self.seen.insert(short_hash(own.as_str()));
        }
        let SitemapOptions { include, exclude, trust, .. } = self.options;
        let leads_to = sitemap.locations.leads_to;
        let mut sitemaps = Vec::new();
        for Listed { address: text, changed } in &sitemap.locations.listed {
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
            let is_left_out = leads_to == LeadsTo::Pages && !pages::is_wanted(&address, include, exclude);
            if is_left_out || !self.is_first(&address) {
                continue;
            }
            match leads_to {
                LeadsTo::Sitemaps => {
                    let (address, depth) = (Some(address), depth + 1);
                    sitemaps.push(Waiting { address, depth, standing: Standing::Named });
                }
                LeadsTo::Pages => {
                    let changed = lastmod::past(*changed, run.manner.now);
                    let ended = pages::read_page(run, trust, &address, changed, &mut self.failures).await?;
                    if ended.is_some() {
                        return Ok(ended);
                    }
                }
            }
        }
        let max_depth = usize::try_from(run.source.limits.max_depth).unwrap_or(usize::MAX);
        if depth >= max_depth && !sitemaps.is_empty() {
            let reason = format!("sitemaps nested deeper than {max_depth} are not read");
            self.note_gap(run, &sitemap.place, reason).await?;
        } else {
            waiting.extend(sitemaps.into_iter().rev());
        }
        if let Some(trouble) = &sitemap.locations.trouble {
            self.note_gap(run, &sitemap.place, trouble.clone()).await?;
        }
        Ok(None)
    }

    /// A part of the source that this run cannot see: a problem in the report, and the end of "complete".
    async fn note_gap(&mut self, run: &mut Run<'_>, place: &str, reason: String) -> Result<(), HarvestError> {
        self.gap.get_or_insert_with(|| format!("{place}: {reason}"));
        run.problem(Problem::rejected(place, None, reason)).await
    }
}

/// Hands over the record of one page. A sitemap or a robots.txt, which is kept like a page, has none.
pub(super) async fn take_apart(run: &mut Run<'_>, trust: &Trust, document: &Document) -> Result<Ending, HarvestError> {
    let address = parse_address(&document.place);
    let address = address.map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    let is_list = address.path().ends_with("/robots.txt");
    if !is_list && locations_of(document, run.body_limit(SITEMAP_BYTES)).is_err() {
        pages::hand_over(run, trust, &address, None, document).await?;
    }
    Ok(Ending::Complete)
}

/// An address in a sitemap or in robots.txt, without its fragment, which no server is asked for.
pub(super) fn resolve(text: &str, base: Option<&Url>) -> Result<Url, String> {
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
    use crate::harvest::{Freshness, Repeats};
    use crate::intake::Outcome;
    use crate::testing::{MemoryIntake, harvest_site, harvest_with, read_given, source};

    fn sitemap_source(more: &str) -> Source {
        source_at("sitemap.xml", more)
    }

    fn source_at(path: &str, more: &str) -> Source {
        let place = format!("kind = \"sitemap\"\n[where]\nurl = \"{}\"", address(path));
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

    #[tokio::test]
    async fn robots_txt_names_the_sitemaps_and_its_word_is_taken() {
        let robots = "User-agent: *\nSitemap: https://example.org/1.xml\nSitemap: /2.xml\nSitemap: /2.xml\n";
        let site = pages(&["a", "b"])
            .with(&address("robots.txt"), "text/plain", robots)
            .with(&address("1.xml"), "text/xml", urlset(&["a"]))
            .with(&address("2.xml"), "text/xml", index(&["1.xml", "3.xml", "robots.txt"]))
            .with(&address("3.xml"), "text/xml", urlset(&["b"]))
            .with(&address("sitemap.xml"), "text/xml", urlset(&["secret"]));
        let done = harvest_site(&source_at("robots.txt", ""), &site).await;
        assert_eq!(done.ending.expect("two sitemaps"), Ending::Complete);
        assert_eq!(site.requests(), ["robots.txt", "1.xml", "a", "2.xml", "3.xml", "b"].map(address));
    }

    #[tokio::test]
    async fn where_robots_txt_names_none_the_first_at_a_usual_place_is_read() {
        for robots in [Some("User-agent: *\nDisallow: /private\n"), Some(" "), None] {
            let site = pages(&["a"])
                .with(&address("sitemap.xml"), "text/html", "<!doctype html><h1>Not found</h1>")
                .with(&address("sitemap-index.xml"), "text/xml", urlset(&["a"]));
            let site = match robots {
                Some(text) => site.with(&address("robots.txt"), "text/plain", text),
                None => site,
            };
            let done = harvest_site(&source_at("robots.txt", ""), &site).await;
            assert_eq!(done.ending.expect("a sitemap"), Ending::Complete, "{robots:?}");
            let asked = ["robots.txt", "sitemap.xml", "sitemap_index.xml", "sitemap-index.xml", "a"];
            assert_eq!(site.requests(), asked.map(address), "{robots:?}");
        }
    }

    #[tokio::test]
    async fn a_site_may_have_a_sitemap_that_it_does_not_name() {
        let site = pages(&["a", "b"])
            .with(&address("robots.txt"), "text/plain", "Sitemap: /public.xml")
            .with(&address("public.xml"), "text/xml", urlset(&["a"]))
            .with(&address("sitemap_index.xml"), "text/xml", urlset(&["a", "b"]));
        let done = harvest_site(&source_at("", ""), &site).await;
        assert_eq!(done.ending.expect("two sitemaps"), Ending::Complete);
        let asked = ["robots.txt", "public.xml", "a", "sitemap.xml", "sitemap_index.xml", "b"];
        assert_eq!(site.requests(), asked.map(address));
    }

    #[tokio::test]
    async fn a_site_without_a_sitemap_is_an_error_and_one_that_fails_is_partial() {
        let nowhere = harvest_site(&source_at("", ""), &ScriptedFetcher::new()).await;
        let told = "https://example.org/: robots.txt names no sitemap, and there is none at the usual places";
        assert_eq!(nowhere.ending.expect_err("nothing is there").to_string(), told);

        let failing = pages(&["a"])
            .with(&address("robots.txt"), "text/plain", "Sitemap: /1.xml\nSitemap: file:///etc/passwd")
            .with(&address("1.xml"), "text/xml", urlset(&["a"]))
            .with_status(&address("sitemap.xml"), 500);
        let done = harvest_site(&source_at("", ""), &failing).await;
        let reason = "file:///etc/passwd: `file:///etc/passwd` is not an http or https address";
        assert_eq!(done.ending.expect("one page"), Ending::partial(reason));
        assert_eq!((done.report.accepted(), done.report.rejected), (1, 2));
    }

    #[tokio::test]
    async fn sitemaps_that_list_each_other_are_read_once() {
        let site = pages(&["a"])
            .with(&address("sitemap.xml"), "text/xml", index(&["sitemap.xml", "2.xml"]))
            .with(&address("2.xml"), "text/xml", index(&["3.xml", "sitemap.xml"]))
            .with(&address("3.xml"), "text/xml", urlset(&["a", "a"]));
        let done = harvest_site(&sitemap_source(""), &site).await;
        assert_eq!((done.ending.expect("sitemaps"), done.report.read), (Ending::Complete, 1));
        assert_eq!(site.requests().len(), 4);
    }

    /// A sitemap whose pages last changed on these days.
    fn dated(days: &[(&str, &str)]) -> String {
        let url = |path: &str, day: &str| format!("<url><loc>{}</loc><lastmod>{day}</lastmod></url>", address(path));
        let urls: Vec<String> = days.iter().map(|(path, day)| url(path, day)).collect();
        format!("<urlset>{}</urlset>", urls.concat())
    }

    #[tokio::test]
    async fn a_page_that_says_no_date_has_that_of_its_sitemap() {
        let dated = dated(&[("a", "2026-03-01T10:00:00Z"), ("b", "2031-01-01"), ("c", "soon")]);
        let site = pages(&["a", "b", "c"]).with(&address("sitemap.xml"), "text/xml", dated);
        let done = harvest_site(&sitemap_source(""), &site).await;
        let modified = |outcome: &Outcome| match outcome {
            Outcome::Record(record, _) => record.metadata.date_modified.map(|date| date.to_string()),
            Outcome::Rejected { .. } | Outcome::Deleted(_) | Outcome::Duplicate(_) => {
                panic!("{outcome:?} is no record")
            }
        };
        let days: Vec<Option<String>> = done.intake.outcomes.iter().map(modified).collect();
        assert_eq!(days, [Some("2026-03-01".to_owned()), None, None]);
    }

    #[tokio::test]
    async fn a_page_that_has_not_changed_since_it_was_kept_is_not_asked_for() {
        let dated = dated(&[("old", "2026-03-01"), ("new", "2026-11-20")]);
        let site = pages(&["old", "new"]).with(&address("sitemap.xml"), "text/xml", dated);
        let (source, mut intake) = (sitemap_source(""), MemoryIntake::default());
        harvest_with(&source, &site, Freshness::MayStop, &mut intake).await.1.expect("two pages");

        let (report, ending) = harvest_with(&source, &site, Freshness::MayStop, &mut intake).await;
        assert_eq!((ending.expect("two pages"), report.accepted()), (Ending::Complete, 2));
        let asked = ["sitemap.xml", "old", "new", "sitemap.xml", "new"];
        assert_eq!(site.requests(), asked.map(address));

        harvest_with(&source, &site, Freshness::MustMap, &mut intake).await.1.expect("two pages");
        assert_eq!(site.requests().len(), asked.len() + 3);

        // Wrong days heal: after a month every page is asked for.
        let old = intake.kept.get_mut(&address("old")).expect("it was kept");
        old.at = "2026-10-01T09:00:00Z".parse().expect("a time");
        harvest_with(&source, &site, Freshness::MayStop, &mut intake).await.1.expect("two pages");
        assert_eq!(site.requests().len(), asked.len() + 6);
    }

    #[tokio::test]
    async fn of_what_was_kept_only_pages_are_records() {
        let kept = vec![
            (address("robots.txt"), "Sitemap: /sitemap.xml".to_owned()),
            (address("sitemap.xml"), urlset(&["a"])),
            (address("a"), "<!doctype html><h1>Page a</h1>".to_owned()),
        ];
        let done = read_given(&sitemap_source(""), Repeats::PassOver, kept).await;
        assert_eq!((done.ending.expect("a page"), done.report.read, done.report.accepted()), (Ending::Complete, 1, 1));
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
