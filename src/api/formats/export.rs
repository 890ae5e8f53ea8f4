//! `GET /v1/export.ndjson` and `GET /v1/export.csv`: everything that a search finds, streamed.
//!
//! One thread walks through one state of the index, page by page, and waits where the client does not take them: what is
//! held at a time is a few pages, however many there are. When the client goes away, is slow beyond measure, or reading
//! fails, the walk ends and its turn is free again; what was sent until then never looks like the whole.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use index::{Hit, SearchRequest, Walk};
use schemas::Resource;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::columns::{Column, columns_of};
use super::{count, link_of, query_string, read_search};
use crate::api::resources::MAX_LINK_BYTES;
use crate::api::search_body::changed;
use crate::app::App;
use crate::csv::CsvWriter;
use crate::error::AppError;
use crate::exports::{Taker, Turn};
use crate::views::View;
use crate::web::caller::Caller;
use crate::web::etag;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::query::{Part, SearchQuery};

/// Results that are read at once: some two megabytes.
const PAGE: usize = 1_000;
/// Pages that are ready before the client has taken them.
const PAGES_AHEAD: usize = 2;
/// A page that a client has not taken by then, it will not take: at 40 kB a second it is there in time.
const PAGE_WAIT: Duration = Duration::from_mins(1);
/// A client that takes longer than this for all of it keeps others from theirs.
const MOST_TIME: Duration = Duration::from_hours(1);

/// What an export takes beside what narrows every search.
const EXPORT: Part = Part { showing: &["sort", "fields"], own: &[] };

/// A form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExportFormat {
    /// A resource in JSON on each line.
    Ndjson,
    /// A table.
    Csv,
}

impl ExportFormat {
    /// All of them, in the order in which a manifest lists them.
    pub(super) const ALL: [Self; 2] = [Self::Ndjson, Self::Csv];

    /// The name in a manifest.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// Where it is.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Ndjson => "/v1/export.ndjson",
            Self::Csv => "/v1/export.csv",
        }
    }

    /// Its media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    fn disposition(self) -> &'static str {
        match self {
            Self::Ndjson => "attachment; filename=\"signpost.ndjson\"",
            Self::Csv => "attachment; filename=\"signpost.csv\"",
        }
    }
}

/// A state of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) generation: u64,
    pub(super) position: u64,
}

impl Snapshot {
    /// As it is now.
    pub(super) fn now(app: &App) -> Self {
        Self { generation: app.index.generation(), position: app.index.position() }
    }

    /// That which a walk goes through.
    pub(super) fn of_walk(walk: &Walk) -> Self {
        Self { generation: walk.generation(), position: walk.position() }
    }
}

/// A search that is taken whole.
pub(super) struct ExportSearch {
    /// As it was asked.
    pub(super) query: SearchQuery,
    /// What was decided about pins and views when it was read.
    decided: String,
}

impl ExportSearch {
    /// Reads the parameters of an export or of its manifest.
    pub(super) fn read(app: &App, caller: &Caller, raw: Option<&str>) -> Result<Self, AppError> {
        // Asked before the parameters are read: an answer may know more than its tag says, and never less.
        let decided = format!("{} {}", app.pins.version(), app.views.version());
        Ok(Self { query: read_search(app, caller, raw, &EXPORT)?, decided })
    }

    /// What the index is asked, a page at a time.
    pub(super) fn request(&self) -> SearchRequest {
        SearchRequest { limit: PAGE, highlight: false, explain: false, ..self.query.request.clone() }
    }

    /// The tag of a file of this search at this path, made of this state of the index.
    pub(super) fn tag(&self, path: &str, snapshot: Snapshot) -> String {
        let Snapshot { generation, position } = snapshot;
        let (hour, decided) = (self.query.request.now, &self.decided);
        etag::of_parts(&[&format!("{generation} {position} {hour} {decided} {path}"), &self.query.cache_key()])
    }

    /// Writes results in this format.
    pub(super) fn writer(&self, format: ExportFormat) -> Writer {
        let view = self.query.view.clone();
        match format {
            ExportFormat::Ndjson => Writer::Ndjson { fields: self.query.fields.clone(), view },
            ExportFormat::Csv => Writer::Csv { columns: columns_of(&self.query.fields), view },
        }
    }
}

/// Everything that a search finds, a resource in JSON on each line.
#[utoipa::path(
    get, path = "/v1/export.ndjson", tag = "Feeds and exports", operation_id = "export_ndjson",
    params(crate::api::openapi::ExportParameters),
    responses(
        (
            status = 200, description = "All resources, the newest first; cut off where it could not be ended",
            body = String, content_type = "application/x-ndjson",
        ),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export_ndjson(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    export(&app, &caller, peer, raw.as_deref(), &headers, ExportFormat::Ndjson).await
}

/// Everything that a search finds, as a table that spreadsheets open.
///
/// UTF-8 with a byte order mark, RFC 4180. The columns are named as the fields of a resource; lists are joined with `; `
/// by their labels, and subjects and levels have a column of ids beside. A cell that a spreadsheet could take for a
/// formula begins with an apostrophe.
#[utoipa::path(
    get, path = "/v1/export.csv", tag = "Feeds and exports", operation_id = "export_csv",
    params(crate::api::openapi::ExportParameters),
    responses(
        (
            status = 200, description = "All resources, the newest first; cut off where it could not be ended",
            body = String, content_type = "text/csv; charset=utf-8; header=present",
        ),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export_csv(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    export(&app, &caller, peer, raw.as_deref(), &headers, ExportFormat::Csv).await
}

async fn export(
    app: &App,
    caller: &Caller,
    peer: Peer,
    raw: Option<&str>,
    headers: &HeaderMap,
    format: ExportFormat,
) -> Result<Response, AppError> {
    let search = ExportSearch::read(app, caller, raw)?;
    let tag = search.tag(format.path(), Snapshot::now(app));
    if etag::is_held(headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let turn = app.exports.take_turn(Taker::of(caller, peer)).await?;
    count(app, &search.query);
    let (app, request) = (app.clone(), search.request());
    // Away from the async threads, which it would block. The first page comes before the head of the answer, so that
    // what fails at once is told as a problem.
    let begun = tokio::task::spawn_blocking(move || {
        let mut walk = app.walk(request);
        let first = walk.step()?;
        Ok::<_, index::IndexError>((walk, first))
    });
    let (walk, first) = begun.await.map_err(|error| AppError::Internal(error.into()))??;
    let snapshot = Snapshot::of_walk(&walk);
    let (sender, receiver) = mpsc::channel(PAGES_AHEAD);
    let sending = Sending { writer: search.writer(format), pieces: sender, began: Instant::now(), _turn: turn };
    tokio::task::spawn_blocking(move || sending.send_all(walk, first));
    let mut response = Response::new(body_of(receiver));
    let answer_headers = response.headers_mut();
    answer_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    answer_headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(format.disposition()));
    answer_headers.insert(HeaderName::from_static("index-seq"), HeaderValue::from(snapshot.position));
    if let Some(link) = manifest_link(&query_string(&search.query)) {
        answer_headers.insert(header::LINK, link);
    }
    Ok(etag::with_tag(response, &search.tag(format.path(), snapshot)))
}

/// Where the manifest is that describes a file; `None` where a header cannot hold it.
fn manifest_link(asked: &str) -> Option<HeaderValue> {
    let link = format!("</v1/export.manifest.json{asked}>; rel=\"describedby\"; type=\"application/json\"");
    HeaderValue::from_str(&link).ok().filter(|value| value.len() <= MAX_LINK_BYTES)
}

/// What goes from the walk to the answer: a piece of the file, or the word that it has ended.
type Piece = Result<Option<Bytes>, io::Error>;

/// The body made of what comes: whole only when its end is said, and otherwise cut off.
fn body_of(pieces: mpsc::Receiver<Piece>) -> Body {
    let pieces = stream::unfold(Some(pieces), |pieces| async move {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Ok(Some(bytes))) => Some((Ok(bytes), Some(pieces))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(io::Error::other("the export was cut off")), None)),
        }
    });
    // What compresses it asks once more after the end.
    Body::from_stream(pieces.fuse())
}

/// Why an export ended before its end.
#[derive(Debug, thiserror::Error)]
enum Cut {
    /// Nobody takes it any longer.
    #[error("the client is gone or takes too long")]
    Client,
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] index::IndexError),
    /// What was indexed is no resource.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// An export under way.
struct Sending {
    writer: Writer,
    pieces: mpsc::Sender<Piece>,
    began: Instant,
    _turn: Turn,
}

impl Sending {
    /// Walks to the end, or until the client is gone.
    fn send_all(self, walk: Walk, first: Vec<Hit>) {
        match self.walk_through(walk, first) {
            // Without a word that it has ended, it is cut off.
            Ok(()) | Err(Cut::Client) => {}
            Err(cut) => {
                tracing::error!(error = %cut, "an export broke off");
                // Who is gone need not be told.
                let _ = self.send(Err(io::Error::other("the export broke off")));
            }
        }
    }

    fn walk_through(&self, mut walk: Walk, first: Vec<Hit>) -> Result<(), Cut> {
        let head = self.writer.head();
        if !head.is_empty() {
            self.send(Ok(Some(Bytes::from(head))))?;
        }
        let mut hits = first;
        while !hits.is_empty() {
            self.send(Ok(Some(Bytes::from(self.writer.page(&hits)?))))?;
            hits = walk.step()?;
        }
        self.send(Ok(None))
    }

    /// Waits until the client has taken enough of what came before.
    fn send(&self, piece: Piece) -> Result<(), Cut> {
        let left = MOST_TIME.saturating_sub(self.began.elapsed());
        let sent = Handle::current().block_on(async { timeout(PAGE_WAIT.min(left), self.pieces.send(piece)).await });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Cut::Client),
        }
    }
}

/// Writes results in one format.
pub(super) enum Writer {
    /// A resource in JSON on each line.
    Ndjson {
        /// The fields that are wanted; all when empty.
        fields: Vec<String>,
        /// The view that addresses are given through.
        view: Option<Arc<View>>,
    },
    /// A table.
    Csv {
        /// The columns that are wanted.
        columns: Vec<&'static Column>,
        /// The view that addresses are given through.
        view: Option<Arc<View>>,
    },
}

impl Writer {
    /// What stands before the first result.
    pub(super) fn head(&self) -> String {
        match self {
            Self::Ndjson { .. } => String::new(),
            Self::Csv { columns, .. } => {
                let mut table = CsvWriter::new();
                table.row(columns.iter().map(|column| column.name));
                table.take()
            }
        }
    }

    /// Some results.
    ///
    /// # Errors
    /// When what was indexed is no resource.
    pub(super) fn page(&self, hits: &[Hit]) -> Result<String, serde_json::Error> {
        match self {
            Self::Ndjson { fields, view } => lines(hits, fields, view.as_deref()),
            Self::Csv { columns, view } => rows(hits, columns, view.as_deref()),
        }
    }
}

fn lines(hits: &[Hit], fields: &[String], view: Option<&View>) -> Result<String, serde_json::Error> {
    let bytes: usize = hits.iter().map(|hit| hit.json.len() + 1).sum();
    let mut text = String::with_capacity(bytes);
    for hit in hits {
        text.push_str(&changed(&hit.json, fields, view)?);
        text.push('\n');
    }
    Ok(text)
}

fn rows(hits: &[Hit], columns: &[&'static Column], view: Option<&View>) -> Result<String, serde_json::Error> {
    let mut table = CsvWriter::continued();
    for hit in hits {
        let mut resource: Resource = serde_json::from_str(&hit.json)?;
        if let Some(link) = link_of(&resource, view) {
            resource.url = Some(link);
        }
        table.row(columns.iter().map(|column| column.value(&resource)));
    }
    Ok(table.take())
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn hit(resource: &Resource) -> Hit {
        Hit {
            json: serde_json::to_string(resource).expect("JSON"),
            id: resource.id.clone(),
            score: 0.0,
            highlights: None,
            unstated: Vec::new(),
            pinned: false,
            explanation: None,
        }
    }

    #[tokio::test]
    async fn a_file_is_whole_when_its_end_is_said_and_cut_off_otherwise() {
        for (last, is_whole) in [(Some(Ok(None)), true), (Some(Err(io::Error::other("broken"))), false), (None, false)]
        {
            let (sender, receiver) = mpsc::channel(2);
            sender.send(Ok(Some(Bytes::from("a line\n")))).await.unwrap();
            if let Some(last) = last {
                sender.send(last).await.unwrap();
            }
            drop(sender);
            let body = axum::body::to_bytes(body_of(receiver), 1_000).await;
            assert_eq!(body.is_ok(), is_whole);
        }
    }

    #[test]
    fn a_line_is_the_published_resource_or_the_fields_asked_for() {
        let resource = testing::resource("r", "Title");
        let hits = [hit(&resource)];
        assert_eq!(lines(&hits, &[], None).unwrap(), format!("{}\n", hits[0].json));
        let some = lines(&hits, &["title".to_owned()], None).unwrap();
        assert_eq!(some, format!("{{\"id\":\"{}\",\"title\":\"Title\"}}\n", resource.id));
    }

    #[test]
    fn a_table_has_one_heading_and_a_row_for_each_result() {
        let (mut first, second) = (testing::resource("a", "=1+1"), testing::resource("b", "B"));
        first.url = Some("https://example.org/a".to_owned());
        let writer = Writer::Csv { columns: columns_of(&["title".to_owned(), "url".to_owned()]), view: None };
        assert_eq!(writer.head(), "\u{feff}id,url,title\r\n");
        let rows = writer.page(&[hit(&first), hit(&second)]).unwrap();
        assert_eq!(rows, format!("{},https://example.org/a,'=1+1\r\n{},,B\r\n", first.id, second.id));
    }

    #[test]
    fn a_link_that_no_header_holds_is_left_out() {
        let link = manifest_link("?q=bees").unwrap();
        assert_eq!(link, "</v1/export.manifest.json?q=bees>; rel=\"describedby\"; type=\"application/json\"");
        assert!(manifest_link(&"a".repeat(MAX_LINK_BYTES)).is_none());
    }
}
