//! Kinds: how is a source read? The one list of all kinds, and what each of them has to work with.
//!
//! A kind takes documents out of the [`Run`] and puts raw records and problems into it. What a document is, how far it
//! may go and when it has not changed is settled here; what stands in it is the kind's own matter, what it means is
//! left to `map`.

mod items;
mod json;
mod locations;
mod paging;
mod rows;
mod sitemap;
mod table;
mod workbook;

use std::time::Duration;

use schemas::{Location, PayloadHash, SourceKind, parse_address};
use url::Url;

use crate::error::HarvestError;
use crate::fetch::{Access, FetchLimits, FetchRequest, Validators, decode};
use crate::harvest::{Ending, Freshness, Run, place_of};
use crate::intake::Payload;

/// The largest value in a record. Nothing a teacher reads is longer; larger ones are a quote that was never closed, or
/// a picture in base 64. Source: the limits table.
const FIELD_BYTES: usize = 1024 * 1024;

/// Reads the source of the run from beginning to end.
pub(crate) async fn read(run: &mut Run<'_>) -> Result<Ending, HarvestError> {
    let source = run.source;
    match &source.kind {
        SourceKind::Table(options) => table::read(run, options).await,
        SourceKind::Json(options) => json::read(run, options).await,
        SourceKind::Sitemap(options) => sitemap::read(run, options).await,
    }
}

/// A payload that came from outside, and is kept.
struct Document {
    /// Where it came from: an address, or `file:NAME`.
    place: String,
    /// Where it came from after redirects; `None` for a file.
    url: Option<Url>,
    /// Its content type as declared.
    content_type: Option<String>,
    /// The bytes, as they came; never empty.
    body: Vec<u8>,
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
            Location::File(name) => {
                self.report.pages += 1;
                let place = place_of(&source.location);
                let body = self.outside.files.read(name, self.body_limit(body_bytes))?;
                let before = self.intake.kept(&place).await?.map(|kept| (kept.hash, kept.validators));
                let hash = PayloadHash::of(&body);
                let payload = Payload { place, validators: Validators::default(), content_type: None, hash, body };
                self.keep(payload, before, None).await
            }
        }
    }

    /// The document at an address. Asks whether it has changed since it was kept, and keeps it if so.
    async fn document(&mut self, url: &Url, body_bytes: u64) -> Result<Document, HarvestError> {
        self.report.pages += 1;
        let place = url.to_string();
        let kept = self.intake.kept(&place).await?;
        let before = kept.as_ref().map(|kept| (kept.hash.clone(), kept.validators.clone()));
        let mut request = FetchRequest::new(url.clone());
        request.validators = before.as_ref().map(|(_, validators)| validators.clone()).unwrap_or_default();
        request.limits = self.fetch_limits(body_bytes);
        request.access = self.access(url);
        let fetched = self.outside.fetch.fetch(&request).await?;
        let payload = match kept {
            Some(kept) if fetched.not_modified => Payload {
                place,
                validators: fetched.validators.or(&kept.validators),
                content_type: kept.content_type,
                hash: kept.hash,
                body: kept.body,
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
                body: fetched.body,
            },
        };
        self.keep(payload, before, Some(fetched.final_url)).await
    }

    /// Keeps a payload that is not kept as it is, before anything is read out of it.
    async fn keep(
        &mut self,
        payload: Payload,
        before: Option<(PayloadHash, Validators)>,
        url: Option<Url>,
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
        if !kept_as_it_is {
            self.intake.keep(payload.clone()).await?;
        }
        let Payload { place, content_type, hash, body, .. } = payload;
        Ok(Document { place, url, content_type, body, hash, unchanged })
    }

    /// Whether the run may end with this document, the only one of its source, because it is as it was.
    fn may_stop_at(&self, document: &Document) -> bool {
        document.unchanged && self.freshness == Freshness::MayStop
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
            Location::File(_) => Access::AllowPrivate,
        }
    }
}

/// What a text is that should have been data: the page of a server that has something else to say.
fn markup_in_place_of_data(text: &str) -> Option<&'static str> {
    let head: String = text.trim_start().chars().take(20).map(|c| c.to_ascii_lowercase()).collect();
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
