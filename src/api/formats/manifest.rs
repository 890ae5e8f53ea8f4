//! `GET /v1/export.manifest.json`: what a program knows of an export before and after it takes one: how many resources,
//! of which state of the index, and the length and the SHA-256 of each file.
//!
//! One walk feeds all files, and what was counted is kept, so that it costs once for each state of the index.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use index::Walk;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::export::{ExportFormat, ExportSearch, Snapshot, Writer};
use super::{hour_of, query_string, rfc_3339};
use crate::api::search_answer::IndexAnswer;
use crate::app::App;
use crate::error::AppError;
use crate::exports::{Counted, Taker};
use crate::web::caller::Caller;
use crate::web::etag;
use crate::web::peer::Peer;
use crate::web::problem::Problem;

const PATH: &str = "/v1/export.manifest.json";
/// What holds for every file.
const LICENCE: &str = "Each resource names the terms it may be used on in `licence`, and the catalogues that describe \
     it in `records`; /v1/sources names the terms of each catalogue. Where those do not allow more, a description is its \
     first 200 characters.";

/// What is known of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct Manifest {
    /// How many resources each file holds.
    pub total: u64,
    /// The state of the index that the files are made of.
    pub index: IndexAnswer,
    /// The hour that the files are made for, RFC 3339: what was over by then is not in them.
    pub made: String,
    /// On what terms the files may be used.
    pub licence: String,
    /// Where a copy that was made of these files goes on: the changes since.
    pub next_changes: String,
    /// The files.
    pub files: Vec<ManifestFile>,
}

/// One file of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManifestFile {
    /// Its form: `ndjson` or `csv`.
    pub format: String,
    /// Where it is, relative to the service.
    pub url: String,
    /// Its media type.
    pub media_type: String,
    /// Its length, before it is compressed on the way.
    pub bytes: u64,
    /// Its SHA-256, before it is compressed on the way, in hexadecimal.
    pub sha256: String,
    /// The tag it has; a file that comes with another one was made of another state of the index.
    pub etag: String,
}

/// Length and checksum of the files that an export of the same search gives.
#[utoipa::path(
    get, path = "/v1/export.manifest.json", tag = "Feeds and exports", operation_id = "show_manifest",
    params(crate::api::openapi::ExportParameters),
    responses(
        (
            status = 200, description = "What is known of the files", body = Manifest,
        ),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_manifest(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let search = Arc::new(ExportSearch::read(&app, &caller, raw.as_deref())?);
    let now = Snapshot::now(&app);
    let tag = search.tag(PATH, now);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let (snapshot, counted) = match app.manifests.get(&tag) {
        Some(counted) => (now, counted),
        None => count_once(&app, Taker::of(&caller, peer), &search).await?,
    };
    let manifest = present(&search, snapshot, &counted)?;
    let mut response = Json(manifest).into_response();
    response.headers_mut().insert(HeaderName::from_static("index-seq"), HeaderValue::from(snapshot.position));
    Ok(etag::with_tag(response, &search.tag(PATH, snapshot)))
}

/// Counts the files of a search, or waits for one who counts the same. It is kept also for a caller who has gone.
async fn count_once(app: &App, taker: Taker, search: &Arc<ExportSearch>) -> Result<(Snapshot, Arc<Counted>), AppError> {
    let turn = app.exports.take_turn(taker).await?;
    let (app, search) = (app.clone(), Arc::clone(search));
    let counting = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let walk = app.walk(search.request());
        let snapshot = Snapshot::of_walk(&walk);
        let counted = app.manifests.get_or_count(search.tag(PATH, snapshot), || count_files(walk, &search))?;
        Ok::<_, anyhow::Error>((snapshot, counted))
    });
    let counted = counting.await.map_err(|error| AppError::Internal(error.into()))?;
    Ok(counted?)
}

fn count_files(mut walk: Walk, search: &ExportSearch) -> Result<Counted, anyhow::Error> {
    let mut files = ExportFormat::ALL.map(|format| FileSum::new(search.writer(format)));
    loop {
        let hits = walk.step()?;
        if hits.is_empty() {
            break;
        }
        for file in &mut files {
            let page = file.writer.page(&hits)?;
            file.add(&page);
        }
    }
    let total = walk.total().unwrap_or_default();
    Ok(Counted { total, files: files.into_iter().map(FileSum::finish).collect() })
}

/// A file as far as it was counted.
struct FileSum {
    writer: Writer,
    bytes: u64,
    sum: Sha256,
}

impl FileSum {
    fn new(writer: Writer) -> Self {
        let head = writer.head();
        let mut file = Self { writer, bytes: 0, sum: Sha256::new() };
        file.add(&head);
        file
    }

    fn add(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.sum.update(text.as_bytes());
    }

    fn finish(self) -> (u64, String) {
        let digest: [u8; 32] = self.sum.finalize().into();
        let mut hexadecimal = String::with_capacity(64);
        for byte in digest {
            write!(hexadecimal, "{byte:02x}").expect("writing to a String does not fail");
        }
        (self.bytes, hexadecimal)
    }
}

fn present(search: &ExportSearch, snapshot: Snapshot, counted: &Counted) -> Result<Manifest, AppError> {
    let asked = query_string(&search.query);
    let files = ExportFormat::ALL.into_iter().zip(&counted.files).map(|(format, (bytes, sha256))| ManifestFile {
        format: format.name().to_owned(),
        url: format!("{}{asked}", format.path()),
        media_type: format.media_type().to_owned(),
        bytes: *bytes,
        sha256: sha256.clone(),
        etag: search.tag(format.path(), snapshot),
    });
    Ok(Manifest {
        total: counted.total,
        index: IndexAnswer { generation: snapshot.generation, seq: snapshot.position },
        made: rfc_3339(hour_of(&search.query)?),
        licence: LICENCE.to_owned(),
        next_changes: format!("/v1/changes?after={}", snapshot.position),
        files: files.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_counted_as_it_would_be_sent() {
        let mut file = FileSum::new(Writer::Ndjson { fields: Vec::new(), view: None });
        for text in ["a", "b", "c"] {
            file.add(text);
        }
        // Source: FIPS 180-2, B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(file.finish(), (3, expected.to_owned()));
    }
}
