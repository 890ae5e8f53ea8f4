//! The listing kind: web pages that list records, with a page for each of them or without.
//!
//! Without a selector for links each selected element is a record; with one, each page that they lead to is, once. Lists
//! are followed until one says nothing of another, lists nothing, or the lists repeat themselves. What stands on a list is
//! found by `extract`, how a record's own page is read is left to `pages`.

use std::collections::HashSet;

use schemas::{ListingOptions, ListingPaging, Location, Problem, Source, parse_address};
use url::Url;

use super::paging::with_parameter;
use super::{Document, pages};
use crate::error::HarvestError;
use crate::extract::{ListPage, Listed, read_list};
use crate::fetch::FetchError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run, place_of, short_hash};
use crate::raw::RawRecord;

/// Lists that repeat themselves are left after so many with nothing new on them. One such list can happen: what is added
/// at the head of the first pushes known records to the next.
const STALE_LISTS: u32 = 2;

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &ListingOptions) -> Result<Ending, HarvestError> {
    let source = run.source;
    let start = start_of(source, &options.paging)?;
    let mut walk = Walk::new(options);
    // The first is where the source says, with the number of the first page where pages have numbers.
    let mut address = walk.numbered_list(start.as_ref());
    loop {
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let document = match &address {
            Some(address) => run.document(address, BODY_BYTES).await,
            None => run.first_document(BODY_BYTES).await,
        };
        let opened = document.and_then(|document| Ok((open(source, options, &document)?, document)));
        let (list, document) = match opened {
            Ok(opened) => opened,
            Err(error) => return walk.ended_by(error),
        };
        if is_all(options) && run.may_stop_at(&document) {
            return Ok(Ending::NotModified);
        }
        if walk.lists == 0 {
            expect_something(options, &list, &document)?;
        }
        if list.listed.is_empty() {
            return Ok(walk.ending());
        }
        // Pages with numbers may go on and on with the last one.
        let came_before = !walk.seen_lists.insert(short_hash(&document.hash.0));
        walk.seen_lists.insert(short_hash(&document.place));
        if came_before {
            return Ok(Ending::partial("pagination-loop"));
        }
        walk.note_cut(&list, &document);
        if let Some(ending) = walk.read_list(run, &document, list.listed).await? {
            return Ok(ending);
        }
        let next = match list.next.transpose() {
            Ok(linked) => linked.or_else(|| walk.numbered_list(start.as_ref())),
            Err(reason) => return Ok(Ending::partial(format!("next list: {reason}"))),
        };
        match next {
            None => return Ok(walk.ending()),
            Some(next) if walk.repeats(&next) => return Ok(Ending::partial("pagination-loop")),
            Some(next) => address = Some(next),
        }
    }
}

/// The address that numbers are added to; `None` where lists have none.
fn start_of(source: &Source, paging: &ListingPaging) -> Result<Option<Url>, HarvestError> {
    match (&source.location, paging) {
        (_, ListingPaging::Single | ListingPaging::Next { .. }) => Ok(None),
        (Location::Url(address), ListingPaging::Page { .. }) => {
            parse_address(address).map(Some).map_err(|reason| HarvestError::unreadable(address, reason))
        }
        (Location::File(_) | Location::Pushed, ListingPaging::Page { .. }) => {
            let reason = "pages can be followed from an address only";
            Err(HarvestError::unreadable(place_of(&source.location), reason))
        }
    }
}

/// Whether one list says everything that the source has.
fn is_all(options: &ListingOptions) -> bool {
    options.link.is_none() && options.paging == ListingPaging::Single
}

/// What stands on a list.
fn open(source: &Source, options: &ListingOptions, document: &Document) -> Result<ListPage, HarvestError> {
    let unreadable = |reason: String| HarvestError::unreadable(&document.place, reason);
    if let Some(reason) = pages::no_html(document) {
        return Err(unreadable(reason));
    }
    // Links in a file are relative to where people read it.
    let url = document.url.clone().or_else(|| parse_address(&source.homepage).ok());
    let url =
        url.ok_or_else(|| unreadable("a list in a file needs a `homepage`, which its links go from".to_owned()))?;
    read_list(&document.text(), &url, options, source).map_err(unreadable)
}

/// The first list says nothing only when its page has changed: a source without records is none.
fn expect_something(options: &ListingOptions, list: &ListPage, document: &Document) -> Result<(), HarvestError> {
    let leads_nowhere = list.listed.iter().all(|listed| matches!(listed, Listed::Nowhere(_)));
    let reason = match &options.link {
        _ if list.listed.is_empty() => format!("`{}` selects nothing on it: has the page changed?", options.items),
        Some(link) if leads_nowhere => format!("`{link}` leads to no page from it: has the page changed?"),
        Some(_) | None => return Ok(()),
    };
    Err(HarvestError::unreadable(&document.place, reason))
}

/// What the whole of a run remembers.
struct Walk<'o> {
    options: &'o ListingOptions,
    /// Hashes of the pages and the records that were listed.
    seen: HashSet<u64>,
    /// Hashes of the lists that were read, by their addresses and by what came.
    seen_lists: HashSet<u64>,
    /// How many lists were read.
    lists: u64,
    /// How many of the last ones brought nothing new.
    stale_lists: u32,
    /// Pages that failed since the last one that did not.
    failures: u32,
    /// Why there may be records that this run did not hear of.
    gap: Option<String>,
}

impl<'o> Walk<'o> {
    fn new(options: &'o ListingOptions) -> Self {
        Self {
            options,
            seen: HashSet::new(),
            seen_lists: HashSet::new(),
            lists: 0,
            stale_lists: 0,
            failures: 0,
            gap: None,
        }
    }

    /// The next list by its number.
    fn numbered_list(&self, start: Option<&Url>) -> Option<Url> {
        match &self.options.paging {
            ListingPaging::Page { parameter, first } => {
                Some(with_parameter(start?, parameter, &first.saturating_add(self.lists).to_string()))
            }
            ListingPaging::Single | ListingPaging::Next { .. } => None,
        }
    }

    /// Whether to go on would be to go round: the list was read, or too many brought nothing new.
    fn repeats(&self, next: &Url) -> bool {
        self.stale_lists >= STALE_LISTS || self.seen_lists.contains(&short_hash(next.as_str()))
    }

    fn note_cut(&mut self, list: &ListPage, document: &Document) {
        if list.is_cut {
            self.gap.get_or_insert_with(|| format!("{}: too long to be read to its end", document.place));
        }
    }

    /// Hands over what a list lists, or reads the pages that it leads to; an ending when the run is over before its end.
    async fn read_list(
        &mut self,
        run: &mut Run<'_>,
        document: &Document,
        listed: Vec<Listed>,
    ) -> Result<Option<Ending>, HarvestError> {
        let ListingOptions { include, exclude, trust, .. } = self.options;
        let before = self.seen.len();
        for (index, one) in listed.into_iter().enumerate() {
            let place = format!("{} element {}", document.place, index + 1);
            match one {
                Listed::Page(address) => {
                    let is_new = self.seen.insert(short_hash(address.as_str()));
                    if is_new
                        && pages::is_wanted(&address, include, exclude)
                        && let Some(ending) = pages::read_page(run, trust, &address, None, &mut self.failures).await?
                    {
                        return Ok(Some(ending));
                    }
                }
                Listed::Nowhere(reason) => {
                    if let Some(ending) = run.enough_records() {
                        return Ok(Some(ending));
                    }
                    run.problem(Problem::rejected(place, None, reason)).await?;
                }
                Listed::Record(record) => {
                    if let Some(ending) = run.enough_records() {
                        return Ok(Some(ending));
                    }
                    self.seen.insert(short_hash(&format!("{:?} {:?}", record.described, record.values)));
                    let payload = Some(document.hash.clone());
                    run.record(&RawRecord { place, payload, ..*record }).await?;
                }
            }
        }
        self.lists += 1;
        self.stale_lists = if self.seen.len() == before { self.stale_lists + 1 } else { 0 };
        Ok(None)
    }

    /// What a list that cannot be read means: the first is the source, but what was read before a later one is good.
    fn ended_by(&self, error: HarvestError) -> Result<Ending, HarvestError> {
        match error {
            error if self.lists == 0 => Err(error),
            error @ HarvestError::Intake(_) => Err(error),
            HarvestError::Fetch(FetchError::Status { status: 404, .. })
                if matches!(self.options.paging, ListingPaging::Page { .. }) =>
            {
                Ok(self.ending())
            }
            error => Ok(Ending::partial(format!("list {}: {}", self.lists + 1, error.told()))),
        }
    }

    /// The end after the last list.
    fn ending(&self) -> Ending {
        self.gap.as_ref().map_or(Ending::Complete, Ending::partial)
    }
}

/// Hands over the records in one document: those of a list, or that of a record's own page. A list of links says nothing
/// itself, and is passed over.
pub(super) async fn take_apart(
    run: &mut Run<'_>,
    options: &ListingOptions,
    document: &Document,
) -> Result<Ending, HarvestError> {
    let source = run.source;
    if options.link.is_none() {
        let list = open(source, options, document)?;
        let mut walk = Walk::new(options);
        walk.note_cut(&list, document);
        let ended = walk.read_list(run, document, list.listed).await?;
        return Ok(ended.unwrap_or_else(|| walk.ending()));
    }
    // Only lists are files; what they link to has an address.
    if let Ok(address) = parse_address(&document.place)
        && !is_list(source, options, &address, document)
    {
        pages::hand_over(run, &options.trust, &address, None, document).await?;
    }
    Ok(Ending::Complete)
}

/// Whether a document is a list of the source, not a page that one links to: it is where the lists are, and has the
/// number of one or lists something.
fn is_list(source: &Source, options: &ListingOptions, address: &Url, document: &Document) -> bool {
    let Location::Url(own) = &source.location else { return false };
    let Ok(own) = parse_address(own) else { return false };
    if own.host_str() != address.host_str() || !is_path_of_list(own.path(), address.path()) {
        return false;
    }
    let has_number = match &options.paging {
        ListingPaging::Page { parameter, .. } => address.query_pairs().any(|(name, _)| name == parameter.as_str()),
        ListingPaging::Single | ListingPaging::Next { .. } => false,
    };
    has_number || open(source, options, document).is_ok_and(|list| !list.listed.is_empty())
}

/// The path of the first list, and `/page/2`, `/page-2` or `/page2` under it.
fn is_path_of_list(own: &str, path: &str) -> bool {
    let Some(rest) = path.trim_end_matches('/').strip_prefix(own.trim_end_matches('/')) else { return false };
    let number = rest.strip_prefix("/page").map(|number| number.trim_start_matches(['/', '-']));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    rest.is_empty() || number.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::harvest::{Freshness, Repeats};
    use crate::testing::{MemoryIntake, harvest_file, harvest_site, harvest_with, read_given, source};

    const LIST: &str = "https://example.org/list";

    fn listing(place: &str) -> Source {
        source(&format!(
            "kind = \"listing\"\n[where]\nurl = \"{LIST}\"\nitems = \"li.resource\"\n{place}\n[mapping]\ntitle = \"h1, h2\"\n"
        ))
    }

    /// A list that links to these pages, and perhaps to another list.
    fn list(paths: &[&str], next: &str) -> String {
        let items = paths.iter().map(|path| format!("<li class=resource><h2><a href=/{path}>List {path}</a></h2>"));
        let items = items.collect::<Vec<_>>().concat();
        let next = if next.is_empty() { String::new() } else { format!("<a rel=next href='{next}'>next</a>") };
        format!("<!doctype html><title>List</title><ul>{items}</ul>{next}")
    }

    /// A site with these pages and nothing else.
    fn site(paths: &[&str]) -> ScriptedFetcher {
        paths.iter().fold(ScriptedFetcher::new(), |site, path| {
            let html = format!("<!doctype html><h1>Page {path}</h1>");
            site.with(&address(path), "text/html; charset=utf-8", html)
        })
    }

    fn address(path: &str) -> String {
        format!("https://example.org/{path}")
    }

    #[tokio::test]
    async fn each_element_of_a_list_is_a_record() {
        let site = ScriptedFetcher::new().with(LIST, "text/html", list(&["a", "b"], ""));
        let done = harvest_site(&listing(""), &site).await;
        assert_eq!(done.ending.expect("a list"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), [address("a"), address("b")]);
        assert_eq!((done.report.accepted(), done.report.pages), (2, 1));
    }

    #[tokio::test]
    async fn each_page_that_is_linked_is_read_once() {
        let list = list(&["a", "b", "a#top", "old/c"], "").replace("</ul>", "<li class=resource>No link</ul>");
        let site = site(&["a"]).with(LIST, "text/html", list).with(&address("b"), "application/pdf", "%PDF");
        let done = harvest_site(&listing("link = \"a\"\nexclude = [\"/old/\"]"), &site).await;
        assert_eq!(done.ending.expect("a list"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), [address("a")]);
        let expected = [
            "https://example.org/b: `application/pdf`, expected HTML",
            "https://example.org/list element 5: there is no link in it",
        ];
        assert_eq!(done.intake.problems(), expected);
        assert_eq!(site.requests(), [LIST.to_owned(), address("a"), address("b")]);
    }

    #[tokio::test]
    async fn lists_are_followed_by_their_links() {
        let site = site(&["a", "b"]).with(LIST, "text/html", list(&["a"], "?after=a")).with(
            &format!("{LIST}?after=a"),
            "text/html",
            list(&["a", "b"], "#"),
        );
        let done = harvest_site(&listing("link = \"a@href\"\nnext = \"a[rel=next]\""), &site).await;
        assert_eq!(done.ending.expect("two lists"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), [address("a"), address("b")]);
        assert_eq!(done.report.pages, 4);
    }

    #[tokio::test]
    async fn lists_are_followed_by_their_numbers_until_one_is_empty_or_missing() {
        for last in [Some(list(&[], "")), None] {
            let lists = ScriptedFetcher::new()
                .with(&format!("{LIST}?page=0"), "text/html", list(&["a", "b"], ""))
                .with(&format!("{LIST}?page=1"), "text/html", list(&["c"], ""));
            let site = match last {
                Some(last) => lists.with(&format!("{LIST}?page=2"), "text/html", last),
                None => lists,
            };
            let done = harvest_site(&listing("page_parameter = \"page\"\nfirst_page = 0"), &site).await;
            assert_eq!(done.ending.expect("lists"), Ending::Complete);
            assert_eq!((done.intake.identifiers().len(), done.report.pages), (3, 3));
        }
    }

    #[tokio::test]
    async fn lists_that_go_round_are_left() {
        let again = ScriptedFetcher::new().with(LIST, "text/html", list(&["a"], "?2")).with(
            &format!("{LIST}?2"),
            "text/html",
            list(&["b"], LIST),
        );
        let done = harvest_site(&listing("next = \"a[rel=next]\""), &again).await;
        assert_eq!(done.ending.expect("two lists"), Ending::partial("pagination-loop"));
        assert_eq!((done.report.accepted(), again.requests().len()), (2, 2));

        // Each time with another address and another advertisement.
        let stale = (1..9).fold(ScriptedFetcher::new(), |site, page| {
            let html = format!("{}<p>{page}", list(&["a"], ""));
            site.with(&format!("{LIST}?page={page}"), "text/html", html)
        });
        let done = harvest_site(&listing("page_parameter = \"page\""), &stale).await;
        assert_eq!(done.ending.expect("a list"), Ending::partial("pagination-loop"));
        assert_eq!((done.report.accepted(), done.report.duplicate, stale.requests().len()), (1, 2, 3));

        let last = ScriptedFetcher::new().with(&format!("{LIST}?page=1"), "text/html", list(&["a"], "")).with(
            &format!("{LIST}?page=2"),
            "text/html",
            list(&["a"], ""),
        );
        let done = harvest_site(&listing("page_parameter = \"page\""), &last).await;
        assert_eq!(done.ending.expect("a list"), Ending::partial("pagination-loop"));
        assert_eq!((done.report.read, last.requests().len()), (1, 2));
    }

    #[tokio::test]
    async fn a_first_list_that_lists_nothing_ends_the_run() {
        for (content_type, body, expected) in [
            ("text/html", "<p>We have moved.", "`li.resource` selects nothing on it: has the page changed?"),
            ("text/html", "<li class=resource>A", "`a` leads to no page from it: has the page changed?"),
            ("application/json", "{}", "`application/json`, expected HTML"),
        ] {
            let site = ScriptedFetcher::new().with(LIST, content_type, body);
            let done = harvest_site(&listing("link = \"a\""), &site).await;
            assert_eq!(done.ending.expect_err("nothing is listed").to_string(), format!("{LIST}: {expected}"));
        }
    }

    #[tokio::test]
    async fn a_later_list_that_fails_leaves_what_was_read() {
        let first = list(&["a"], "/list?2");
        let second = format!("{LIST}?2");
        for (site, reason) in [
            (
                ScriptedFetcher::new().with_status(&second, 500),
                "list 2: https://example.org/list?2 answered 500, expected a success",
            ),
            (
                ScriptedFetcher::new().with(&second, "text/plain", "x"),
                "list 2: https://example.org/list?2: `text/plain`, expected HTML",
            ),
        ] {
            let site = site.with(LIST, "text/html", first.as_str());
            let done = harvest_site(&listing("next = \"a[rel=next]\""), &site).await;
            assert_eq!(done.ending.expect("one list"), Ending::partial(reason));
            assert_eq!(done.report.accepted(), 1);
        }
        let astray = ScriptedFetcher::new().with(LIST, "text/html", list(&["a"], "file:///etc/passwd"));
        let done = harvest_site(&listing("next = \"a[rel=next]\""), &astray).await;
        let reason = "next list: `file:///etc/passwd` is not an http or https address";
        assert_eq!(done.ending.expect("one list"), Ending::partial(reason));
    }

    #[tokio::test]
    async fn a_site_whose_pages_all_fail_is_left() {
        let names: Vec<String> = (0..50).map(|number| number.to_string()).collect();
        let paths: Vec<&str> = names.iter().map(String::as_str).collect();
        let site = ScriptedFetcher::new().with(LIST, "text/html", list(&paths, ""));
        let done = harvest_site(&listing("link = \"a\""), &site).await;
        let reason = "20 pages failed in a row; the last: https://example.org/19 answered 404, expected a success";
        assert_eq!(done.ending.expect("a list"), Ending::partial(reason));
        assert_eq!(site.requests().len(), 21);
    }

    #[tokio::test]
    async fn a_list_that_says_all_and_has_not_changed_stops_the_run() {
        let site = ScriptedFetcher::new().with_etag(LIST, "text/html", list(&["a"], ""), "\"1\"");
        let mut intake = MemoryIntake::default();
        let source = listing("");
        harvest_with(&source, &site, Freshness::MayStop, &mut intake).await.1.expect("a list");
        let (report, ending) = harvest_with(&source, &site, Freshness::MayStop, &mut intake).await;
        assert_eq!((ending.expect("304"), report.read), (Ending::NotModified, 0));
    }

    #[tokio::test]
    async fn a_list_in_a_file_links_from_the_homepage() {
        let head = "kind = \"listing\"\n[where]\nfile = \"list.html\"\nitems = \"li\"\n[mapping]\ntitle = \"h2\"\n";
        let done = harvest_file(&source(head), list(&["a"], "").as_bytes()).await;
        assert_eq!(done.ending.expect("a list"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), [address("a")]);
    }

    #[tokio::test]
    async fn of_what_was_kept_only_the_records_are_read_again() {
        let documents = vec![
            (LIST.to_owned(), list(&["a"], "")),
            (format!("{LIST}/page/2/"), list(&["b"], "")),
            (format!("{LIST}?id=7"), "<h1>Page 7</h1>".to_owned()),
            (format!("{LIST}/b"), list(&["c"], "").replace("<ul>", "<h1>Page b</h1><ul>")),
        ];
        let done = read_given(&listing("link = \"a\""), Repeats::Count, documents).await;
        assert_eq!(done.intake.identifiers(), [format!("{LIST}?id=7"), format!("{LIST}/b")]);
        assert_eq!(done.ending.expect("pages"), Ending::Complete);
    }

    #[test]
    fn lists_are_known_by_their_paths() {
        for (path, expected) in [
            ("/list", true),
            ("/list/", true),
            ("/list/page/2/", true),
            ("/list/page-2", true),
            ("/list/page", false),
            ("/list/2", false),
            ("/listing", false),
            ("/", false),
        ] {
            assert_eq!(is_path_of_list("/list/", path), expected, "{path}");
        }
    }
}
