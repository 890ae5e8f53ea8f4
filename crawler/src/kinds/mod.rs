//! Kinds: how is a source read? The one list of all kinds, and what each of them has to work with.
//!
//! A kind takes documents out of the [`Run`] and puts raw records and problems into it. What a document is, how far it
//! may go and when it has not changed is settled here; what stands in it is the kind's own matter, what it means is
//! left to `map`.

mod discovery;
mod feed;
mod items;
mod json;
mod lastmod;
mod listing;
mod locations;
mod marc;
mod oai_pmh;
mod opendocument;
mod pages;
mod paging;
mod presets;
mod rows;
mod sitemap;
mod table;
mod workbook;
mod xml_events;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schemas::{Location, PayloadHash, SourceKind, parse_address};
use url::Url;

use crate::error::HarvestError;
use crate::fetch::{Access, FetchError, FetchLimits, FetchRequest, Validators, decode};
use crate::harvest::{Ending, Freshness, Run, place_of};
use crate::intake::{Documents, Kept, Payload};

pub use self::table::read_rows;

/// Markup shows so early in a text: the longest sign of it, `<!doctype html`, has 14 characters.
const MARKUP_CHARACTERS: usize = 20;

/// Reads the source of the run from beginning to end.
pub(crate) async fn read(run: &mut Run<'_>) -> Result<Ending, HarvestError> {
    let source = run.source;
    match &source.kind {
        SourceKind::OaiPmh(options) => oai_pmh::read(run, options).await,
        SourceKind::Sitemap(options) => sitemap::read(run, options).await,
        SourceKind::Listing(options) => listing::read(run, options).await,
        SourceKind::Feed(options) => feed::read(run, options).await,
        SourceKind::Table(_) => table::read(run).await,
        SourceKind::Json(options) => json::read(run, options).await,
        SourceKind::Marc(_) => marc::read(run).await,
    }
}

/// Reads a source that is one document, of at most `body_bytes` unless the source says otherwise.
async fn read_one_document(run: &mut Run<'_>, body_bytes: u64) -> Result<Ending, HarvestError> {
    let document = run.first_document(body_bytes).await?;
    if run.may_stop_at(&document) {
        return Ok(Ending::NotModified);
    }
    take_apart(run, &document).await
}

/// Reads documents that are here already. What they lead to is not followed.
pub(crate) async fn read_documents(run: &mut Run<'_>, documents: &mut dyn Documents) -> Result<Ending, HarvestError> {
    let mut ending = Ending::Complete;
    while let Some(payload) = documents.next().await? {
        run.report.pages += 1;
        let document = Document {
            url: parse_address(&payload.place).ok(),
            place: payload.place,
            content_type: payload.content_type,
            links: Vec::new(),
            body: payload.body,
            hash: payload.hash,
            unchanged: false,
        };
        let ended = take_apart(run, &document).await?;
        if ending == Ending::Complete {
            ending = ended;
        }
        if run.enough_records().is_some() {
            break;
        }
    }
    Ok(ending)
}

/// Hands over the records in one document, whichever of its kind's documents it is.
async fn take_apart(run: &mut Run<'_>, document: &Document) -> Result<Ending, HarvestError> {
    let source = run.source;
    match &source.kind {
        SourceKind::OaiPmh(_) => oai_pmh::take_apart(run, document).await,
        SourceKind::Sitemap(options) => sitemap::take_apart(run, &options.trust, document).await,
        SourceKind::Listing(options) => listing::take_apart(run, options, document).await,
        SourceKind::Feed(options) => feed::take_apart(run, options, document).await,
        SourceKind::Table(options) => table::take_apart(run, options, document).await,
        SourceKind::Json(options) => json::take_apart(run, options, document).await,
        SourceKind::Marc(options) => marc::take_apart(run, options, document).await,
    }
}

/// How files begin that are no text: zip (workbooks), gzip (sitemaps), and what old spreadsheets are packed in.
const PACKED: [&[u8]; 3] = [b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"];

/// How a document is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// With the validators of what is kept.
    WhetherItChanged,
    /// Without: a part of the answer is not kept, such as its `Link` header.
    ForAll,
}

/// A payload that came from outside, and is kept.
struct Document {
    /// Where it came from: an address, or `file:NAME`.
    place: String,
    /// Where it came from after redirects; `None` for a file.
    url: Option<Url>,
    /// Its content type as declared.
    content_type: Option<String>,
    /// Its `Link` headers, as they came; of an unchanged document there may be none.
    links: Vec<String>,
    /// The bytes, as they came; never empty.
    body: Arc<Vec<u8>>,
    /// Their hash.
    hash: PayloadHash,
    /// Whether it was kept by an earlier run already.
    unchanged: bool,
}

impl Document {
    /// The body as text.
    fn text(&self) -> String {
        decode(&self.body, self.content_type.as_deref())
    }
}

impl Run<'_> {
    /// The document that the source's own file names, of at most `body_bytes` unless the source says otherwise.
    async fn first_document(&mut self, body_bytes: u64) -> Result<Document, HarvestError> {
        let source = self.source;
        match &source.location {
            Location::Url(address) => {
                let url = parse_address(address).map_err(|reason| HarvestError::unreadable(address, reason))?;
                self.document(&url, body_bytes).await
            }
            Location::Pushed => {
                let reason = "nobody is asked for its records: its owner sends them";
                Err(HarvestError::unreadable(place_of(&source.location), reason))
            }
            Location::File(name) => {
                self.report.pages += 1;
                let place = place_of(&source.location);
                let body = self.outside.files.read(name, self.body_limit(body_bytes))?;
                let before = self.intake.kept(&place).await?.map(|kept| (kept.hash, kept.validators));
                let hash = PayloadHash::of(&body);
                let body = Arc::new(body);
                let payload = Payload { place, validators: Validators::default(), content_type: None, hash, body };
                self.refuse_what_grows(&payload, body_bytes)?;
                self.keep(payload, before, None, Vec::new()).await
            }
        }
    }

    /// The document at an address. Asks whether it has changed since it was kept, and keeps it if so; one that was kept
    /// since this run first began, before it broke off, is not asked for again.
    async fn document(&mut self, url: &Url, body_bytes: u64) -> Result<Document, HarvestError> {
        self.document_asked_by(url, body_bytes, Asking::WhetherItChanged).await
    }

    async fn document_asked_by(
        &mut self,
        url: &Url,
        body_bytes: u64,
        asking: Asking,
    ) -> Result<Document, HarvestError> {
        self.report.pages += 1;
        let place = url.to_string();
        let kept = self.intake.kept(&place).await?;
        let kept = match kept {
            // What is kept has no headers, so a resumed run asks again where it needs them.
            Some(Kept { content_type, hash, at, .. })
                if asking == Asking::WhetherItChanged && self.is_of_this_run(at) =>
            {
                let (url, body) = (Some(url.clone()), Arc::new(self.intake.kept_body(&hash).await?));
                return Ok(Document { place, url, content_type, links: Vec::new(), body, hash, unchanged: false });
            }
            Some(kept) if asking == Asking::WhetherItChanged => Some(kept),
            Some(_) | None => None,
        };
        let before = kept.as_ref().map(|kept| (kept.hash.clone(), kept.validators.clone()));
        let mut request = FetchRequest::new(url.clone());
        request.validators = before.as_ref().map(|(_, validators)| validators.clone()).unwrap_or_default();
        request.limits = self.fetch_limits(body_bytes);
        request.access = self.access(url);
        let fetched = self.outside.fetch.fetch(&request).await.inspect_err(|error| {
            if let FetchError::Postponed { retry_after_s, .. } = error {
                self.report.postponed = Some(Duration::from_secs(*retry_after_s));
            }
        })?;
        let payload = match kept {
            Some(kept) if fetched.not_modified => Payload {
                place,
                validators: fetched.validators.or(&kept.validators),
                content_type: kept.content_type,
                body: Arc::new(self.intake.kept_body(&kept.hash).await?),
                hash: kept.hash,
            },
            None if fetched.not_modified => {
                let reason = "answered \"not modified\", though nothing is kept of it";
                return Err(HarvestError::unreadable(place, reason));
            }
            Some(_) | None => Payload {
                place,
                validators: fetched.validators,
                content_type: fetched.content_type,
                hash: PayloadHash::of(&fetched.body),
                body: Arc::new(fetched.body),
            },
        };
        self.refuse_what_grows(&payload, body_bytes)?;
        self.keep(payload, before, Some(fetched.final_url), fetched.links).await
    }

    /// Refuses a text that would be larger than the limit once it is UTF-8: a letter of one byte may become three, and
    /// memory is bounded by what is read, not by what was sent.
    fn refuse_what_grows(&self, payload: &Payload, body_bytes: u64) -> Result<(), HarvestError> {
        let (body, limit) = (payload.body.as_slice(), self.body_limit(body_bytes));
        let is_small = u64::try_from(body.len()).is_ok_and(|bytes| bytes <= limit / 2);
        let is_packed =
            PACKED.iter().any(|mark| body.starts_with(mark)) || matches!(self.source.kind, SourceKind::Marc(_));
        if is_small || is_packed || std::str::from_utf8(body).is_ok() {
            return Ok(());
        }
        let reason = format!("{} bytes that are not UTF-8, of which at most {} are read", body.len(), limit / 2);
        Err(HarvestError::unreadable(&payload.place, reason))
    }

    /// Whether something was kept by this run before it broke off.
    fn is_of_this_run(&self, kept_at: Timestamp) -> bool {
        self.manner.kept_since.is_some_and(|since| since <= kept_at)
    }

    /// Keeps a payload that is not kept as it is, before anything is read out of it.
    async fn keep(
        &mut self,
        payload: Payload,
        before: Option<(PayloadHash, Validators)>,
        url: Option<Url>,
        links: Vec<String>,
    ) -> Result<Document, HarvestError> {
        if payload.body.trim_ascii().is_empty() {
            return Err(HarvestError::unreadable(&payload.place, "there is nothing in it"));
        }
        let unchanged = before.as_ref().is_some_and(|(hash, _)| *hash == payload.hash);
        if unchanged {
            self.report.unchanged_pages += 1;
        }
        // The same bytes under a new validator are kept again, or every later request would ask with one that the
        // server has forgotten.
        let kept_as_it_is = unchanged && before.is_some_and(|(_, validators)| validators == payload.validators);
        if kept_as_it_is {
            self.intake.seen_again(&payload.place);
        } else {
            self.intake.keep(payload.clone()).await?;
        }
        let Payload { place, content_type, hash, body, .. } = payload;
        Ok(Document { place, url, content_type, links, body, hash, unchanged })
    }

    /// Whether the run may end with this document, the only one of its source, because it is as it was.
    fn may_stop_at(&self, document: &Document) -> bool {
        document.unchanged && self.manner.freshness == Freshness::MayStop
    }

    /// What a body may measure: what the source says, else what its kind does.
    fn body_limit(&self, body_bytes: u64) -> u64 {
        self.source.limits.max_bytes.unwrap_or(body_bytes)
    }

    fn fetch_limits(&self, body_bytes: u64) -> FetchLimits {
        FetchLimits {
            delay: Duration::from_millis(self.source.limits.delay_ms),
            body_bytes: self.body_limit(body_bytes),
            whole: Duration::from_secs(self.source.limits.timeout_s),
            redirects: u8::try_from(self.source.limits.max_redirects).unwrap_or(u8::MAX),
            ..FetchLimits::default()
        }
    }

    /// A source that may be private may be so at its own host only; what its documents link to may not.
    fn access(&self, url: &Url) -> Access {
        if !self.source.allow_private {
            return Access::PublicOnly;
        }
        match &self.source.location {
            Location::Url(own) => {
                parse_address(own).map_or(Access::PublicOnly, |own| Access::AllowPrivate.at(&own, url))
            }
            // A file of the operator's own has no host that its addresses could be held to.
            Location::File(_) | Location::Pushed => Access::AllowPrivate,
        }
    }
}

/// What a text is that should have been data: the page of a server that has something else to say.
fn markup_in_place_of_data(text: &str) -> Option<&'static str> {
    let head = text.trim_start().chars().take(MARKUP_CHARACTERS);
    let head: String = head.map(|c| c.to_ascii_lowercase()).collect();
    let begins_with = |marks: &[&str]| marks.iter().any(|mark| head.starts_with(mark));
    if begins_with(&["<!doctype html", "<html", "<head", "<body", "<!--"]) {
        Some("HTML")
    } else if begins_with(&["<?xml", "<!doctype"]) {
        Some("XML")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::testing::{MemoryIntake, TABLE_AT_URL, harvest_with, source};

    const ROWS: &str = "id,title,url\n1,One,https://example.org/1\n";

    #[tokio::test]
    async fn a_document_that_the_server_says_is_unchanged_stops_the_run() {
        let site = ScriptedFetcher::new().with_etag("https://example.org/records.csv", "text/csv", ROWS, "\"1\"");
        let source = source(TABLE_AT_URL);
        let mut intake = MemoryIntake::default();
        let (first, _) = harvest_with(&source, &site, Freshness::MayStop, &mut intake).await;
        assert_eq!((first.read, first.pages, first.unchanged_pages), (1, 1, 0));

        let (second, ending) = harvest_with(&source, &site, Freshness::MayStop, &mut intake).await;
        assert_eq!(ending.expect("304"), Ending::NotModified);
        assert_eq!((second.read, second.pages, second.unchanged_pages), (0, 1, 1));

        let (third, ending) = harvest_with(&source, &site, Freshness::MustMap, &mut intake).await;
        assert_eq!(ending.expect("what was kept is read"), Ending::Complete);
        assert_eq!((third.read, third.unchanged_pages), (1, 1));
    }

    #[tokio::test]
    async fn the_same_bytes_under_a_new_validator_are_unchanged_but_kept_again() {
        let address = "https://example.org/records.csv";
        let site = ScriptedFetcher::new()
            .with_etag(address, "text/csv", ROWS, "\"1\"")
            .with_etag(address, "text/csv", ROWS, "\"2\"");
        let source = source(TABLE_AT_URL);
        let mut intake = MemoryIntake::default();
        harvest_with(&source, &site, Freshness::MayStop, &mut intake).await.1.expect("it is right");
        let (second, ending) = harvest_with(&source, &site, Freshness::MayStop, &mut intake).await;
        assert_eq!((ending.expect("it is right"), second.unchanged_pages), (Ending::NotModified, 1));
        assert_eq!(intake.kept[address].validators.etag.as_deref(), Some("\"2\""));
    }

    #[tokio::test]
    async fn a_first_document_that_fails_or_is_empty_ends_the_run() {
        let source = source(TABLE_AT_URL);
        let address = "https://example.org/records.csv";
        for (site, expected) in [
            (ScriptedFetcher::new(), "https://example.org/records.csv answered 404, expected a success"),
            (
                ScriptedFetcher::new().with(address, "text/csv", " \n"),
                "https://example.org/records.csv: there is nothing in it",
            ),
        ] {
            let mut intake = MemoryIntake::default();
            let (report, ending) = harvest_with(&source, &site, Freshness::MustMap, &mut intake).await;
            assert_eq!(ending.expect_err("nothing came").to_string(), expected);
            assert_eq!((report.read, report.pages, intake.kept.len()), (0, 1, 0));
        }
    }

    #[tokio::test]
    async fn a_text_that_would_outgrow_the_limit_is_refused() {
        let mut source = source(TABLE_AT_URL);
        source.limits.max_bytes = Some(1_000);
        let table = |title: &[u8]| [b"id,title,url\n1,".as_slice(), title, b",https://example.org/1\n"].concat();
        for (title, expected) in [([b'e'; 700], true), ([0xe9; 700], false)] {
            let site = ScriptedFetcher::new().with("https://example.org/records.csv", "text/csv", table(&title));
            let mut intake = MemoryIntake::default();
            let (_, ending) = harvest_with(&source, &site, Freshness::MustMap, &mut intake).await;
            assert_eq!(ending.is_ok(), expected, "{ending:?}");
        }
    }

    #[test]
    fn a_page_where_data_should_be_is_recognised() {
        for (text, expected) in [
            ("\n <!DOCTYPE HTML PUBLIC \"x\">", Some("HTML")),
            ("<html lang=en>", Some("HTML")),
            ("<?xml version=\"1.0\"?>", Some("XML")),
            ("{\"a\": \"<html>\"}", None),
            ("<b>id</b>,title", None),
        ] {
            assert_eq!(markup_in_place_of_data(text), expected, "{text}");
        }
    }
}
