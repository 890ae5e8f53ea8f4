//! Reading what was just written: every answer says how much of the change log it knows, and a reader may ask for no less.
//!
//! Whoever writes is told in `Index-Seq` which change that was. Whoever then reads with `min_seq` is answered once the
//! index of the node that is asked knows it: mostly within milliseconds, on whichever node. [`with_seq`] stands around
//! the open API and [`with_seq_of_writes`] around the admin's; no handler knows of either.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, sleep, timeout};
use url::form_urlencoded;

use super::mistakes::Mistakes;
use super::problem::Problem;
use super::values::Values;
use crate::app::App;
use crate::error::AppError;

/// The parameter that asks for no less than this change.
pub(crate) const MIN_SEQ: &str = "min_seq";
/// The calls that take it: what is answered from the index, and a resource itself.
pub(crate) const WAITING: [&str; 8] = [
    "/v1/resources",
    "/v1/resources/{id}",
    "/v1/resources/{id}/similar",
    "/v1/suggest",
    "/v1/coverage",
    "/v1/export.ndjson",
    "/v1/export.csv",
    "/v1/export.manifest.json",
];
/// What is the same whatever was harvested.
pub(crate) const FIXED: [&str; 2] = ["/v1/openapi.json", "/v1/context.jsonld"];
/// The call by which a partner writes what others read.
pub(crate) const PUSH: &str = "/v1/sources/{id}/records";
/// The statuses of answers that tell what is known, or that something is not there.
pub(crate) const KNOWING: [u16; 5] = [200, 304, 308, 404, 410];
/// No log is longer: the largest whole number that every reader of JSON keeps exactly. Source: RFC 8259, 6.
pub(crate) const MOST: u64 = (1 << 53) - 1;

/// The header that says which change of the log an answer knows.
const INDEX_SEQ: &str = "index-seq";
/// So long an answer waits for the index. A commit takes milliseconds; a node that is further behind than this is better
/// left alone, and another one asked.
const WAIT: Duration = Duration::from_secs(2);
/// So often it is looked whether the index is there.
const LOOK: Duration = Duration::from_millis(10);
/// So many answers wait at once. Each costs a timer and its connection; beyond these, something is wrong with the index.
const MOST_WAITING: usize = 256;
/// A node that is behind may have caught up after so many seconds.
const COME_BACK_SECONDS: u64 = 1;

/// Who waits now, of all clones.
#[derive(Debug, Clone, Default)]
pub struct Waiting(Arc<AtomicUsize>);

/// One who waits, until it is dropped.
struct Turn(Arc<AtomicUsize>);

impl Waiting {
    fn take(&self) -> Option<Turn> {
        let turn = Turn(Arc::clone(&self.0));
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        (before < MOST_WAITING).then_some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a read wait until the index knows what it asks for, and says of every answer what it knows.
pub async fn with_seq(State((app, waiting)): State<(App, Waiting)>, mut request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let path = matched.as_ref().map_or("", MatchedPath::as_str);
    let method = request.method().clone();
    let is_reading = method == Method::GET || method == Method::HEAD;
    if is_reading && WAITING.contains(&path) {
        match take_min_seq(&mut request) {
            Ok(Some(seq)) => {
                if let Err(refusal) = reach(&app, &waiting, seq).await {
                    return *refusal;
                }
            }
            Ok(None) => {}
            Err(error) => return error.into_response(),
        }
    }
    // Looked at first: the answer may know more, and never less.
    let position = app.index.position();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    if is_reading && is_of_the_api(path) && KNOWING.contains(&status) {
        tell(&mut response, position);
    } else if path == PUSH && response.status().is_success() {
        tell_head(&app, &mut response).await;
    }
    response
}

/// Says of every write of an admin which change a reader has to ask for to see it.
pub async fn with_seq_of_writes(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_write = request.method() != Method::GET && request.method() != Method::HEAD;
    let mut response = next.run(request).await;
    if is_write && response.status().is_success() {
        tell_head(&app, &mut response).await;
    }
    response
}

/// OAI-PMH goes by times, and what is fixed by nothing.
fn is_of_the_api(path: &str) -> bool {
    (path == "/v1" || path.starts_with("/v1/")) && !FIXED.contains(&path)
}

/// Says which change an answer knows, unless it says so itself.
fn tell(response: &mut Response, seq: u64) {
    response.headers_mut().entry(INDEX_SEQ).or_insert_with(|| HeaderValue::from(seq));
}

/// Says where the log ends behind a write. A store that cannot say so now has taken the write all the same.
async fn tell_head(app: &App, response: &mut Response) {
    if let Ok(Ok(head)) = timeout(WAIT, app.catalogue.head_seq()).await {
        tell(response, head);
    }
}

/// Takes `min_seq` out of the query string, which the handler reads strictly and makes links of.
fn take_min_seq(request: &mut Request) -> Result<Option<u64>, AppError> {
    let query = request.uri().query().unwrap_or_default();
    // Nearly no request has it, and none is taken apart for nothing.
    if !query.contains(MIN_SEQ) {
        return Ok(None);
    }
    let is_own = |pair: &&str| form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| name == MIN_SEQ);
    let (own, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_own);
    let mut mistakes = Mistakes::default();
    let values = Values::read(Some(&own.join("&")), &[MIN_SEQ], &mut mistakes);
    let seq = values.number(MIN_SEQ, 0..=MOST, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    if let Some(uri) = with_query(request.uri(), &others.join("&")) {
        *request.uri_mut() = uri;
    }
    Ok(seq)
}

/// The same address with this query string, which is a part of its own.
fn with_query(uri: &Uri, query: &str) -> Option<Uri> {
    let path = uri.path();
    let whole = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

/// Waits until the index knows this change, or says why it is not waited for.
async fn reach(app: &App, waiting: &Waiting, seq: u64) -> Result<(), Box<Response>> {
    if app.index.position() >= seq {
        return Ok(());
    }
    let Some(_turn) = waiting.take() else {
        return Err(Box::new(behind(app, seq)));
    };
    // What it does not know it has from the store.
    let Ok(store) = app.store() else {
        return Err(Box::new(behind(app, seq)));
    };
    let until = Instant::now() + WAIT;
    // Nobody was ever told of a change that is not in the log, so nobody would ever be answered.
    if let Ok(Ok(head)) = timeout(WAIT, store.head_seq()).await
        && seq > head
    {
        let reason = format!("`{MIN_SEQ}` is {seq}, and the change log ends at {head}");
        return Err(Box::new(AppError::Conflict { reason }.into_response()));
    }
    // Another node may have written it, and ours looks only every half second by itself.
    app.log_grew.notify_waiters();
    while app.index.position() < seq {
        if Instant::now() >= until {
            return Err(Box::new(behind(app, seq)));
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// The answer of a node whose index does not know it in time.
fn behind(app: &App, seq: u64) -> Response {
    let position = app.index.position();
    let detail = format!("the index of this node knows the change log to {position}, and {seq} is asked for");
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now", &detail);
    let mut response = problem.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(COME_BACK_SECONDS));
    tell(&mut response, position);
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(address: &str) -> (Result<Option<u64>, usize>, String) {
        let mut request = Request::builder().uri(address).body(Body::empty()).expect("a request");
        let taken = take_min_seq(&mut request).map_err(|error| match error {
            AppError::BadRequest(mistakes) => mistakes.len(),
            other => panic!("{other}"),
        });
        (taken, request.uri().to_string())
    }

    #[test]
    fn it_is_taken_out_of_the_address_and_the_rest_stays_byte_for_byte() {
        for (address, seq, left) in [
            ("/v1/resources", None, "/v1/resources"),
            ("/v1/resources?q=a%20b&x=%2B", None, "/v1/resources?q=a%20b&x=%2B"),
            ("/v1/resources?min_seq=7", Some(7), "/v1/resources"),
            ("/v1/resources?q=a%20b&min_seq=7&x=%2B", Some(7), "/v1/resources?q=a%20b&x=%2B"),
            ("/v1/resources?min_seq=&q=a", None, "/v1/resources?q=a"),
            ("/v1/resources?q=min_seq", None, "/v1/resources?q=min_seq"),
        ] {
            assert_eq!(asked(address), (Ok(seq), left.to_owned()), "{address}");
        }
    }

    #[test]
    fn what_is_no_place_in_the_log_is_a_mistake() {
        for wrong in ["min_seq=-1", "min_seq=soon", "min_seq=1&min_seq=2", "min_seq=9007199254740992"] {
            assert_eq!(asked(&format!("/v1/resources?{wrong}")).0, Err(1), "{wrong}");
        }
        assert_eq!(asked("/v1/resources?min_seq=9007199254740991").0, Ok(Some(MOST)));
    }

    #[test]
    fn so_many_wait_at_once_and_no_more() {
        let waiting = Waiting::default();
        let turns: Vec<_> = (0..MOST_WAITING).map(|_| waiting.take()).collect();
        assert!(turns.iter().all(Option::is_some) && waiting.take().is_none());
        drop(turns);
        assert!(waiting.take().is_some());
    }
}
