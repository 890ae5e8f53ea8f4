//! The feed kind: RSS, Atom and JSON Feed, page by page, and export files of `WordPress`.
//!
//! What a feed says is read by [`crate::feed`]; here it becomes raw records. A feed is a window on the newest, so what is
//! not in it is not gone: only one that was followed to its last page, that says it is whole, or that is an export says
//! of anything that it is missing.

use std::collections::HashSet;

use schemas::{FeedOptions, Location, Problem, TargetField, parse_address};

use super::Document;
use super::paging::with_parameter;
use crate::error::HarvestError;
use crate::feed::wordpress::is_record;
use crate::feed::{Entry, FeedFormat, FeedHead, Listed, describe, open_feed};
use crate::fetch::FetchError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run, place_of, short_hash};
use crate::raw::{RawRecord, RawValues};

/// A feed that repeats itself is left after so many pages with nothing new in them. One such page can happen: a feed
/// that grows at its head pushes known entries to the next page.
const STALE_PAGES: u32 = 2;

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &FeedOptions) -> Result<Ending, HarvestError> {
    match &options.page_parameter {
        Some(parameter) => read_numbered(run, options, parameter).await,
        None => read_linked(run, options).await,
    }
}

/// Hands over the records in one document.
pub(super) async fn take_apart(
    run: &mut Run<'_>,
    options: &FeedOptions,
    document: &Document,
) -> Result<Ending, HarvestError> {
    let page = hand_over(run, options, document).await?;
    Ok(page.ended.unwrap_or(Ending::Complete))
}

/// Reads a feed, and what its `next` links lead to.
async fn read_linked(run: &mut Run<'_>, options: &FeedOptions) -> Result<Ending, HarvestError> {
    let mut document = run.first_document(BODY_BYTES).await?;
    // A file stands alone, wherever the feed in it came from.
    let is_followed = matches!(run.source.location, Location::Url(_));
    if run.may_stop_at(&document) && !(is_followed && next_of(&document)?.is_some()) {
        return Ok(Ending::NotModified);
    }
    let mut pages = Pages::default();
    loop {
        let page = match hand_over(run, options, &document).await {
            Ok(page) => page,
            Err(error) => return pages.ended_by(error),
        };
        if let Some(ending) = page.ended {
            return Ok(ending);
        }
        let news = pages.add(&document.place, &page);
        let Some(next) = page.next.filter(|_| is_followed) else {
            let is_whole = page.is_whole || pages.count > 1;
            return Ok(pages.ending(is_whole));
        };
        if news == News::Loop {
            return Ok(Ending::partial("pagination-loop"));
        }
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let next = match parse_address(&next) {
            Ok(next) => next,
            Err(reason) => return Ok(Ending::partial(format!("next page: {reason}"))),
        };
        document = match run.document(&next, BODY_BYTES).await {
            Ok(document) => document,
            Err(error) => return pages.ended_by(error),
        };
    }
}

/// Where the feed in a document goes on.
fn next_of(document: &Document) -> Result<Option<String>, HarvestError> {
    let text = document.text();
    let opened = open_feed(&text, document.url.as_ref());
    let (head, _) = opened.map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    Ok(head.next)
}

/// Reads the pages of a feed by their numbers, until there is none of the next number.
async fn read_numbered(run: &mut Run<'_>, options: &FeedOptions, parameter: &str) -> Result<Ending, HarvestError> {
    let source = run.source;
    let Location::Url(address) = &source.location else {
        let reason = "pages can be followed from an address only, not from a file";
        return Err(HarvestError::unreadable(place_of(&source.location), reason));
    };
    let start = parse_address(address).map_err(|reason| HarvestError::unreadable(address, reason))?;
    let mut pages = Pages::default();
    loop {
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let numbered = with_parameter(&start, parameter, &(pages.count + 1).to_string());
        let document = match run.document(&numbered, BODY_BYTES).await {
            Ok(document) => document,
            // WordPress answers 404 when a page after the last one is asked for.
            Err(HarvestError::Fetch(FetchError::Status { status: 400 | 404 | 410, .. })) if pages.count > 0 => {
                return Ok(pages.ending(true));
            }
            Err(error) => return pages.ended_by(error),
        };
        let page = match hand_over(run, options, &document).await {
            Ok(page) => page,
            Err(error) => return pages.ended_by(error),
        };
        if let Some(ending) = page.ended {
            return Ok(ending);
        }
        let is_repeated = pages.last.as_ref() == Some(&page.identifiers);
        let news = pages.add(&document.place, &page);
        if page.identifiers.is_empty() {
            return Ok(pages.ending(true));
        }
        if is_repeated {
            // Some answer with the last page for every number beyond it. Where that is the first page, the number may
            // mean nothing to them.
            return Ok(pages.ending(pages.count > 2));
        }
        if news == News::Loop {
            return Ok(Ending::partial("pagination-loop"));
        }
    }
}

/// What came of one page.
struct Page {
    /// Hashes of the identifiers in it, in order.
    identifiers: Vec<u64>,
    /// Where the feed goes on.
    next: Option<String>,
    /// Whether it says that it is everything.
    is_whole: bool,
    /// Whether there may have been more in it than could be read.
    is_broken: bool,
    /// Why the run is over with it.
    ended: Option<Ending>,
}

/// What the whole of a run remembers of its pages.
#[derive(Default)]
struct Pages {
    count: u64,
    /// What the last of them listed.
    last: Option<Vec<u64>>,
    /// Hashes of all identifiers so far, and of pages: an address with what it listed.
    seen: HashSet<u64>,
    /// How many pages one after the other brought nothing new.
    stale: u32,
    /// Whether there may have been more in one of them than could be read.
    is_broken: bool,
}

/// Whether a page says anything that was not said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It may.
    Perhaps,
    /// The feed leads in a circle.
    Loop,
}

impl Pages {
    fn add(&mut self, place: &str, page: &Page) -> News {
        let identifiers = &page.identifiers;
        self.count += 1;
        self.is_broken |= page.is_broken;
        let new = identifiers.iter().filter(|identifier| self.seen.insert(**identifier)).count();
        self.stale = if new == 0 { self.stale + 1 } else { 0 };
        let is_new_page = self.seen.insert(short_hash(&format!("{place} {identifiers:?}")));
        self.last = Some(identifiers.clone());
        if self.stale >= STALE_PAGES || !is_new_page { News::Loop } else { News::Perhaps }
    }

    /// The end of a feed of which everything was read, or only what is newest.
    fn ending(&self, is_whole: bool) -> Ending {
        if is_whole && !self.is_broken { Ending::Complete } else { Ending::Update }
    }

    /// What a page that cannot be read means: the first is the source, but what was read before a later one is good.
    fn ended_by(&self, error: HarvestError) -> Result<Ending, HarvestError> {
        match error {
            error if self.count == 0 => Err(error),
            error @ HarvestError::Intake(_) => Err(error),
            error => Ok(Ending::partial(format!("page {}: {}", self.count + 1, error.told()))),
        }
    }
}

/// Hands over the records in one document.
async fn hand_over(run: &mut Run<'_>, options: &FeedOptions, document: &Document) -> Result<Page, HarvestError> {
    let text = document.text();
    let opened = open_feed(&text, document.url.as_ref());
    let (head, entries) = opened.map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    let is_export = head.format == FeedFormat::WordPressExport;
    let is_whole = is_export || head.is_complete;
    let is_broken = head.trouble.is_some();
    let mut page = Page { identifiers: Vec::new(), next: head.next.clone(), is_whole, is_broken, ended: None };
    if let Some(trouble) = head.trouble.as_ref().filter(|_| !head.has_broken_entries) {
        run.remark(Problem::warning(&document.place, None, trouble));
    }
    for listed in entries {
        if let Some(ending) = run.enough_records() {
            page.ended = Some(ending);
            return Ok(page);
        }
        match listed {
            Listed::Deleted { identifier, place } => {
                page.identifiers.push(short_hash(&identifier));
                run.deleted(&identifier, &place).await?;
            }
            Listed::Entry(entry) if is_export && !is_record(&entry, &options.post_types) => {}
            Listed::Entry(entry) => {
                page.identifiers.push(short_hash(entry.identifier().or(entry.title.as_deref()).unwrap_or_default()));
                hand_over_entry(run, document, &head, *entry).await?;
            }
        }
    }
    if head.breaks_off {
        page.ended = Some(Ending::partial(format!("{} breaks off before its end", document.place)));
    }
    Ok(page)
}

async fn hand_over_entry(
    run: &mut Run<'_>,
    document: &Document,
    head: &FeedHead,
    entry: Entry,
) -> Result<(), HarvestError> {
    let is_mapped = run.source.mapping.contains_key(&TargetField::Title);
    // Of the last entry before a feed breaks off, every value may be half of one.
    let refusal = if entry.breaks_off {
        Some("breaks off before its end")
    } else if entry.is_blank() && !is_mapped {
        Some("nothing to read in it: no title, no link, no text")
    } else {
        None
    };
    if let Some(reason) = refusal {
        let problem = Problem::rejected(&entry.place, None, reason);
        return match entry.identifier() {
            Some(identifier) => run.problem_with(identifier, problem).await,
            None => run.problem(problem).await,
        };
    }
    if let Some(trouble) = &entry.trouble {
        let named = entry.identifier().map(|identifier| format!("`{identifier}`: ")).unwrap_or_default();
        run.remark(Problem::warning(&entry.place, None, format!("{named}{trouble}")));
    }
    run.record(&raw_record(document, head, entry)).await
}

fn raw_record(document: &Document, head: &FeedHead, entry: Entry) -> RawRecord {
    // A file has no address of its own, but the feed in it is that of a page.
    let home = || head.link.as_deref().and_then(|link| parse_address(link).ok());
    let base = document.url.clone().or_else(home);
    let described = describe(head, &entry, base.as_ref());
    RawRecord {
        base: base.map(String::from),
        described,
        ..RawRecord::new(entry.place, Some(document.hash.clone()), RawValues::Fields(entry.values))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use schemas::{Record, Source};

    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::harvest::Freshness;
    use crate::intake::Outcome;
    use crate::testing::{Harvested, MemoryIntake, harvest_file, harvest_site, harvest_with, source};

    const ADDRESS: &str = "https://example.org/feed/";

    fn feed_source(more: &str) -> Source {
        source(&format!("kind = \"feed\"\n[where]\nurl = \"{ADDRESS}\"\n{more}\n"))
    }

    fn rss(inside: &str) -> String {
        format!(
            "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
             xmlns:fh=\"http://purl.org/syndication/history/1.0\"><channel><title>F</title>{inside}</channel></rss>"
        )
    }

    fn items(numbers: std::ops::RangeInclusive<u32>) -> String {
        let item =
            |n| format!("<item><title>Title {n}</title><link>https://example.org/{n}</link><guid>{n}</guid></item>");
        numbers.map(item).collect::<Vec<_>>().concat()
    }

    fn site(pages: &[(&str, String)]) -> ScriptedFetcher {
        pages.iter().fold(ScriptedFetcher::new(), |site, (query, body)| {
            site.with(&format!("{ADDRESS}{query}"), "application/rss+xml", body.as_str())
        })
    }

    async fn harvest_one(inside: &str) -> Harvested {
        harvest_site(&feed_source(""), &site(&[("", rss(inside))])).await
    }

    fn records(done: &Harvested) -> Vec<(&Record, Vec<String>)> {
        let records = done.intake.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Record(record, problems) => Some((&**record, problems.iter().map(ToString::to_string).collect())),
            Outcome::Rejected { .. } | Outcome::Duplicate(_) | Outcome::Deleted(_) => None,
        });
        records.collect()
    }

    #[tokio::test]
    async fn each_entry_becomes_a_record_and_what_is_not_listed_is_not_gone() {
        let item = "<item><title>R&amp;D &lt;jobs&gt;</title><link>/jobs/1</link><guid isPermaLink=\"false\">7</guid>\
            <description>&lt;p&gt;In &lt;b&gt;short&lt;/b&gt;.&lt;/p&gt;</description><category>Maths &amp;amp; art</category>\
            <pubDate>Wed, 02 Oct 2019 13:00:00 GMT</pubDate><author>jo@example.org (Jo)</author>\
            <enclosure url=\"i.png\" type=\"image/png\"/></item>";
        let done = harvest_one(item).await;
        assert_eq!(done.ending.as_ref().expect("a feed"), &Ending::Update);
        let (record, problems) = &records(&done)[0];
        assert_eq!((record.id.identifier.as_str(), record.place.as_str()), ("7", "item 1"));
        let metadata = &record.metadata;
        assert_eq!((metadata.title.as_str(), metadata.description.as_deref()), ("R&D <jobs>", Some("In short.")));
        assert_eq!(metadata.url.as_deref(), Some("https://example.org/jobs/1"));
        assert_eq!(metadata.image.as_deref(), Some("https://example.org/feed/i.png"));
        assert_eq!(
            (&metadata.keywords[..], &metadata.creators[..]),
            (&["Maths & art".to_owned()][..], &["Jo".to_owned()][..])
        );
        assert_eq!(metadata.date_published.map(|date| date.to_string()).as_deref(), Some("2019-10-02"));
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[tokio::test]
    async fn the_mapping_goes_before_what_the_feed_says() {
        let mapping = "[mapping]\ntitle = \"subtitle\"\nkeywords = \"category[topic]\"";
        let item = "<item><title>No</title><subtitle>Yes</subtitle><link>https://example.org/1</link>\
            <category>a</category><category domain=\"topic\">b</category></item>";
        let done = harvest_site(&feed_source(mapping), &site(&[("", rss(item))])).await;
        let (record, _) = &records(&done)[0];
        assert_eq!((record.metadata.title.as_str(), &record.metadata.keywords[..]), ("Yes", &["b".to_owned()][..]));
    }

    #[tokio::test]
    async fn a_date_that_cannot_be_read_is_a_warning_and_no_date() {
        let done =
            harvest_one("<item><title>A</title><link>https://example.org/1</link><pubDate>soon</pubDate></item>").await;
        let (record, problems) = &records(&done)[0];
        assert_eq!(record.metadata.date_published, None);
        assert_eq!(problems, &["item 1: date_published: `soon` is no date that is understood"]);
    }

    #[tokio::test]
    async fn an_entry_that_says_nothing_is_a_problem() {
        let done =
            harvest_one(&format!("<item/>{}<item><guid isPermaLink=\"false\">9</guid></item>", items(1..=1))).await;
        let reason = "nothing to read in it: no title, no link, no text";
        assert_eq!(done.intake.problems(), [format!("item 1: {reason}"), format!("item 3: {reason}")]);
        assert_eq!((done.report.read, done.report.accepted()), (3, 1));
    }

    #[tokio::test]
    async fn numbered_pages_are_read_until_there_is_none() {
        let site = site(&[("?paged=1", rss(&items(1..=2))), ("?paged=2", rss(&items(3..=3)))]);
        let done = harvest_site(&feed_source("page_parameter = \"paged\""), &site).await;
        assert_eq!(done.ending.expect("two pages"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1", "2", "3"]);
        let asked = ["?paged=1", "?paged=2", "?paged=3"].map(|query| format!("{ADDRESS}{query}"));
        assert_eq!(site.requests(), asked);
    }

    #[rstest]
    #[case::last_page_for_ever(&[1, 2, 2], Ending::Complete, 2)]
    #[case::number_means_nothing(&[1, 1], Ending::Update, 1)]
    #[case::empty_page(&[1, 2, 0], Ending::Complete, 2)]
    #[case::two_pages_in_turn(&[1, 2, 1, 2], Ending::partial("pagination-loop"), 2)]
    #[tokio::test]
    async fn numbered_pages_end(#[case] pages: &[u32], #[case] expected: Ending, #[case] accepted: u64) {
        let page = |&number: &u32| if number == 0 { rss("") } else { rss(&items(number..=number)) };
        let site = pages.iter().map(page).zip(1..).fold(ScriptedFetcher::new(), |site, (body, number)| {
            site.with(&format!("{ADDRESS}?p={number}"), "text/xml", body)
        });
        let done = harvest_site(&feed_source("page_parameter = \"p\""), &site).await;
        assert_eq!(done.ending.expect("pages"), expected);
        assert_eq!((site.requests().len(), done.report.accepted()), (pages.len(), accepted));
    }

    #[tokio::test]
    async fn next_links_are_followed_to_their_end() {
        let first = format!("<atom:link rel=\"next\" href=\"?n=2\"/>{}", items(1..=2));
        let site = site(&[("", rss(&first)), ("?n=2", rss(&items(3..=3)))]);
        let done = harvest_site(&feed_source(""), &site).await;
        assert_eq!((done.ending.expect("two pages"), done.report.accepted()), (Ending::Complete, 3));
    }

    #[tokio::test]
    async fn a_feed_that_leads_in_a_circle_is_left() {
        let endless = format!("<atom:link rel=\"next\" href=\"{ADDRESS}\"/>{}", items(1..=2));
        let site = site(&[("", rss(&endless))]);
        let done = harvest_site(&feed_source(""), &site).await;
        assert_eq!(done.ending.expect("two records"), Ending::partial("pagination-loop"));
        assert_eq!((site.requests().len(), done.report.accepted(), done.report.duplicate), (2, 2, 2));
    }

    #[rstest]
    #[case::no_address("file:///etc/passwd", "next page: `file:///etc/passwd` is not an http or https address", 1)]
    #[case::gone("?n=2", "page 2: https://example.org/feed/?n=2 answered 404, expected a success", 2)]
    #[tokio::test]
    async fn a_later_page_that_fails_leaves_what_was_read(
        #[case] next: &str,
        #[case] reason: &str,
        #[case] requests: usize,
    ) {
        let first = format!("<atom:link rel=\"next\" href=\"{next}\"/>{}", items(1..=2));
        let site = site(&[("", rss(&first))]);
        let done = harvest_site(&feed_source(""), &site).await;
        assert_eq!(done.ending.expect("one page"), Ending::partial(reason));
        assert_eq!((site.requests().len(), done.report.accepted()), (requests, 2));
    }

    #[tokio::test]
    async fn a_page_for_people_is_an_error_and_later_the_end() {
        let html = "<!DOCTYPE html><html><body>Sorry</body></html>";
        let first = ScriptedFetcher::new().with(ADDRESS, "text/html", html);
        let error = harvest_site(&feed_source(""), &first).await.ending.expect_err("HTML");
        assert_eq!(error.to_string(), format!("{ADDRESS}: HTML, expected a feed"));

        let later = site(&[("?p=1", rss(&items(1..=1))), ("?p=2", html.to_owned())]);
        let done = harvest_site(&feed_source("page_parameter = \"p\""), &later).await;
        let reason = format!("page 2: {ADDRESS}?p=2: HTML, expected a feed");
        assert_eq!(done.ending.expect("one page"), Ending::partial(reason));
    }

    #[rstest]
    #[case::of_the_newest("")]
    #[case::that_says_it_is_whole("<fh:complete/>")]
    #[tokio::test]
    async fn a_feed_that_lists_nothing_is_an_error(#[case] head: &str) {
        let empty = harvest_one(head).await;
        assert_eq!(empty.ending.expect_err("empty").to_string(), format!("{ADDRESS}: no records"));
    }

    #[tokio::test]
    async fn a_feed_that_says_it_is_whole_is() {
        let whole = harvest_one(&format!("<fh:complete/>{}", items(1..=1))).await;
        assert_eq!(whole.ending.expect("a feed"), Ending::Complete);
    }

    #[rstest]
    #[case::alone("", Ending::NotModified)]
    #[case::paged("<atom:link rel=\"next\" href=\"?n=2\"/>", Ending::Complete)]
    #[tokio::test]
    async fn only_a_feed_of_one_page_may_be_unchanged(#[case] link: &str, #[case] expected: Ending) {
        let first = rss(&format!("{link}{}", items(1..=1)));
        let site = ScriptedFetcher::new().with_etag(ADDRESS, "text/xml", first, "\"1\"").with(
            &format!("{ADDRESS}?n=2"),
            "text/xml",
            rss(&items(2..=2)),
        );
        let (source, mut intake) = (feed_source(""), MemoryIntake::default());
        harvest_with(&source, &site, Freshness::MayStop, &mut intake).await.1.expect("a feed");
        let (_, ending) = harvest_with(&source, &site, Freshness::MayStop, &mut intake).await;
        assert_eq!(ending.expect("nothing has changed"), expected);
    }

    #[tokio::test]
    async fn what_is_broken_in_the_middle_is_told_once_and_costs_nothing() {
        let broken = "<item><title>Broken & </title><link>https://example.org/8</link><guid>8</guid></item>";
        let done = harvest_one(&format!("{}{broken}{}", items(1..=1), items(2..=2))).await;
        assert_eq!((done.ending.as_ref().expect("a feed"), done.report.accepted()), (&Ending::Update, 3));
        let told: Vec<String> = records(&done).into_iter().flat_map(|(_, problems)| problems).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("item 2: `8`: "), "{told:?}");
    }

    #[tokio::test]
    async fn a_feed_that_breaks_off_is_partial_and_its_last_entry_not_taken() {
        let whole = rss(&items(1..=2));
        let half = whole.split("</item></channel>").next().expect("a beginning").to_owned();
        let done = harvest_site(&feed_source(""), &site(&[("", half)])).await;
        assert_eq!(done.ending.expect("half a feed"), Ending::partial(format!("{ADDRESS} breaks off before its end")));
        assert_eq!(done.intake.identifiers(), ["1"]);
        assert_eq!(done.intake.problems(), ["item 2: breaks off before its end"]);
    }

    #[tokio::test]
    async fn a_feed_says_itself_what_is_no_more() {
        let body = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:at=\"http://purl.org/atompub/tombstones/1.0\">\
            <at:deleted-entry ref=\"urn:9\"/><entry><title>A</title><id>urn:1</id><link href=\"/a\"/></entry></feed>";
        let done = harvest_site(&feed_source(""), &site(&[("", body.to_owned())])).await;
        assert_eq!((done.report.deleted, done.report.accepted()), (1, 1));
        assert_eq!(done.intake.identifiers(), ["urn:1"]);
    }

    #[tokio::test]
    async fn a_run_stops_at_max_records() {
        let source = feed_source("[limits]\nmax_records = 2");
        let done = harvest_site(&source, &site(&[("", rss(&items(1..=5)))])).await;
        assert_eq!(done.ending.expect("two"), Ending::partial("max-records"));
        assert_eq!(done.report.read, 2);
    }

    #[tokio::test]
    async fn an_export_of_wordpress_gives_its_published_posts_and_is_whole() {
        let post = |id: u32, status: &str, more: &str| {
            format!(
                "<item><title>Post {id}</title><link>/{id}</link><guid isPermaLink=\"false\">{id}</guid>\
                 <content:encoded><![CDATA[[row]Text[/row]]]></content:encoded><dc:creator>jo</dc:creator>\
                 <wp:post_id>{id}</wp:post_id><wp:status>{status}</wp:status><wp:post_type>post</wp:post_type>{more}</item>"
            )
        };
        let picture =
            "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>";
        let file = "<item><title>p</title><wp:post_id>9</wp:post_id><wp:status>inherit</wp:status>\
            <wp:post_type>attachment</wp:post_type><wp:attachment_url>https://example.org/p.png</wp:attachment_url></item>";
        let body = format!(
            "<rss xmlns:wp=\"http://wordpress.org/export/1.1/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><link>https://example.org/blog/</link>\
             <language>en-GB</language><wp:wxr_version>1.1</wp:wxr_version><wp:author><wp:author_login>jo</wp:author_login>\
             <wp:author_display_name>Jo Bloggs</wp:author_display_name></wp:author>{}{}{file}</channel></rss>",
            post(1, "publish", picture),
            post(2, "draft", "")
        );
        let source = source("kind = \"feed\"\n[where]\nfile = \"export.xml\"\n");
        let done = harvest_file(&source, body.as_bytes()).await;
        assert_eq!(done.ending.as_ref().expect("an export"), &Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1"]);
        let metadata = &records(&done)[0].0.metadata;
        assert_eq!(
            (metadata.url.as_deref(), metadata.image.as_deref()),
            (Some("https://example.org/1"), Some("https://example.org/p.png"))
        );
        assert_eq!(
            (metadata.description.as_deref(), &metadata.creators[..]),
            (Some("Text"), &["Jo Bloggs".to_owned()][..])
        );
    }
}
