//! The walk: where does a list go on, and is it whole when it ends?
//!
//! A page with a token leads to the next one, an empty token or none ends the list. A token that the repository does
//! not know any more has the list begun again, once; a list that repeats itself is left. What a page holds is left to
//! `page`.

use std::collections::HashSet;

use jiff::Timestamp;
use schemas::{OaiPmhOptions, Problem};
use url::Url;

use super::memory::Since;
use super::page::{Page, Seen, hand_over};
use super::protocol::{ResumptionToken, parse_datestamp};
use super::request;
use crate::error::HarvestError;
use crate::fetch::FetchError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run, short_hash};
use crate::kinds::Asking;

/// A list is left after so many pages with nothing new in them. One such page can happen: records that are changed
/// while the list is read move to its end.
const STALE_PAGES: u32 = 2;

/// Of a token. Few servers read an address that is longer.
const TOKEN_BYTES: usize = 8_192;

/// What an error says that is none: nothing in the list is as asked for. Source: OAI-PMH 2.0, 3.6.
const NO_RECORDS: &str = "noRecordsMatch";

/// Whether a server does not like a request. Some repositories say so in the status, as Zenodo does with 422, where
/// others answer with an error of the protocol.
pub(super) fn is_refusal(error: &HarvestError) -> bool {
    matches!(error, HarvestError::Fetch(FetchError::Status { status: 400 | 404 | 405 | 410 | 422, .. }))
}

/// What the whole of a run remembers.
pub(super) struct Walk<'o> {
    base: Url,
    options: &'o OaiPmhOptions,
    /// Since when lists are asked for; `None` for everything.
    since: Option<Since>,
    seen: Seen,
    /// Whether any answer to a list has come.
    has_begun: bool,
    /// The same as `since`, once a list was read of what has changed since then.
    pub(super) lists_a_part: Option<Since>,
    /// When the first page was answered, by the clock of the repository.
    pub(super) answered: Option<Timestamp>,
    /// Whether the repository has said of a list that there is nothing in it.
    pub(super) nothing_matches: bool,
    /// Why there may be records that this run did not hear of.
    pub(super) gap: Option<String>,
}

/// One list, on the way from its first page to its last.
struct List<'o> {
    set: Option<&'o str>,
    /// Where it goes on; `None` at its beginning.
    token: Option<ResumptionToken>,
    /// Whether it was begun once more. Then nothing is taken from what is kept: its tokens are the old ones.
    has_begun_again: bool,
    /// Which page comes, from 1.
    page: u64,
    /// How many records came so far.
    came: u64,
    /// How many the repository says there are.
    complete_size: Option<u64>,
    /// Hashes of the pages so far, each with its token.
    pages: HashSet<u64>,
    /// Pages with nothing new since the last that had something.
    stale_pages: u32,
}

/// What follows a page.
enum Next {
    /// Another page.
    Page,
    /// Another list, or the end of the run.
    List,
    /// The end of the run.
    Ending(Ending),
}

impl<'o> Walk<'o> {
    pub(super) fn begin(base: Url, options: &'o OaiPmhOptions, since: Option<Since>) -> Self {
        Self {
            base,
            options,
            since,
            seen: Seen::default(),
            has_begun: false,
            lists_a_part: None,
            answered: None,
            nothing_matches: false,
            gap: None,
        }
    }

    /// Reads one list to its end; an ending when the run ends before.
    pub(super) async fn read_list(
        &mut self,
        run: &mut Run<'_>,
        set: Option<&'o str>,
    ) -> Result<Option<Ending>, HarvestError> {
        self.seen.begin_list();
        let mut list = List::begin(set);
        loop {
            if let Some(ending) = run.enough_pages() {
                return Ok(Some(ending));
            }
            let next = match self.read_page(run, &list).await {
                Ok(page) => self.follow(run, &mut list, page)?,
                Err(error @ HarvestError::Intake(_)) => return Err(error),
                Err(error) if is_refusal(&error) => self.after_refusal(&mut list, error)?,
                Err(error) => self.fail(&list, error)?,
            };
            match next {
                Next::Page => {}
                Next::List => break,
                Next::Ending(ending) => return Ok(Some(ending)),
            }
        }
        if self.since.is_some() {
            self.lists_a_part.clone_from(&self.since);
        }
        Ok(None)
    }

    async fn read_page(&mut self, run: &mut Run<'_>, list: &List<'_>) -> Result<Page, HarvestError> {
        let from = self.since.as_ref().map(|since| since.from.as_str());
        let address = match &list.token {
            Some(token) => request::next_page(&self.base, &token.value),
            None => request::first_page(&self.base, self.options, list.set, from),
        };
        let asking = if list.has_begun_again { Asking::ForAll } else { Asking::WhetherItChanged };
        let document = run.document_asked_by(&address, BODY_BYTES, asking).await?;
        hand_over(run, &document, &mut self.seen).await
    }

    /// What follows a page that was read.
    fn follow(&mut self, run: &mut Run<'_>, list: &mut List<'_>, page: Page) -> Result<Next, HarvestError> {
        if let Some(ending) = page.cut_short {
            return Ok(Next::Ending(ending));
        }
        let is_refused = page.records == 0 && page.errors.iter().any(|error| error.code != NO_RECORDS);
        if is_refused {
            let said: Vec<String> = page.errors.iter().map(ToString::to_string).collect();
            return self.after_refusal(list, HarvestError::unreadable(&page.place, said.join("; ")));
        }
        for error in page.errors.iter().filter(|error| error.code != NO_RECORDS) {
            run.remark(Problem::warning(&page.place, None, error));
        }
        self.has_begun = true;
        self.nothing_matches |= page.errors.iter().any(|error| error.code == NO_RECORDS);
        if self.answered.is_none() {
            self.answered = page.response_date.as_deref().and_then(parse_datestamp);
        }
        if let Some(trouble) = &page.trouble {
            self.note_gap(list, trouble);
        }
        list.came += page.records;
        let size = page.token.as_ref().and_then(|token| token.complete_list_size);
        list.complete_size = list.complete_size.max(size);
        match &page.token {
            Some(token) if token.value.len() > TOKEN_BYTES => {
                let (place, bytes) = (list.place(), token.value.len());
                let reason = format!("{place}: a resumption token of {bytes} bytes; at most {TOKEN_BYTES} are sent");
                return Ok(Next::Ending(Ending::partial(reason)));
            }
            Some(token) if !token.value.is_empty() => {
                if list.repeats_itself(&page, token) {
                    return Ok(Next::Ending(Ending::partial("pagination-loop")));
                }
                list.token = Some(token.clone());
                list.page += 1;
                return Ok(Next::Page);
            }
            // An empty one says that this was the last page. Source: OAI-PMH 2.0, 3.5.
            Some(_) => {}
            None if page.breaks_off => self.note_gap(list, "it breaks off before its end"),
            None => self.note_what_is_missing(list),
        }
        Ok(Next::List)
    }

    /// What follows when the repository refuses a request: its token has expired, or it does not list by date.
    fn after_refusal(&mut self, list: &mut List<'_>, error: HarvestError) -> Result<Next, HarvestError> {
        if list.token.is_some() && !list.has_begun_again {
            self.seen.begin_list();
            *list = List { has_begun_again: true, ..List::begin(list.set) };
            return Ok(Next::Page);
        }
        if list.token.is_none() && self.since.take().is_some() {
            return Ok(Next::Page);
        }
        self.fail(list, error)
    }

    /// What follows when a page cannot be had: an error, as long as nothing came.
    fn fail(&self, list: &List<'_>, error: HarvestError) -> Result<Next, HarvestError> {
        if !self.has_begun {
            return Err(error);
        }
        Ok(Next::Ending(Ending::partial(format!("{}: {}", list.place(), error.told()))))
    }

    /// Notes when a list ends without a word and has fewer records than it was said to have.
    fn note_what_is_missing(&mut self, list: &List<'_>) {
        if let Some(size) = list.complete_size.filter(|size| *size > list.came) {
            self.note_gap(list, &format!("the list ends after {} of {size} records", list.came));
        }
    }

    fn note_gap(&mut self, list: &List<'_>, reason: &str) {
        self.gap.get_or_insert_with(|| format!("{}: {reason}", list.place()));
    }
}

impl<'o> List<'o> {
    fn begin(set: Option<&'o str>) -> Self {
        Self {
            set,
            token: None,
            has_begun_again: false,
            page: 1,
            came: 0,
            complete_size: None,
            pages: HashSet::new(),
            stale_pages: 0,
        }
    }

    /// Which page it is at, for messages.
    fn place(&self) -> String {
        match self.set {
            Some(set) => format!("set `{set}`, page {}", self.page),
            None => format!("page {}", self.page),
        }
    }

    /// Whether the list goes in a circle. A token alone does not show it: some repositories give the same on each page.
    fn repeats_itself(&mut self, page: &Page, token: &ResumptionToken) -> bool {
        let is_known = !self.pages.insert(short_hash(&format!("{:x} {}", page.identifiers, token.value)));
        self.stale_pages = if page.new_identifiers == 0 { self.stale_pages + 1 } else { 0 };
        is_known || self.stale_pages >= STALE_PAGES
    }
}
