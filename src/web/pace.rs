//! How large what is sent with a request may be, and how slowly it may come: 413 and 408, whatever the handler would
//! have made of it.
//!
//! A handler sees a body that breaks off, and may take that for anything. Here it is known why it did, so the answer is
//! ours; and the connection is closed, for what is left of the body stands in its way.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use super::patience::Patience;
use super::rate_limit::Refuse;
use crate::config::ServerLimits;
use crate::error::AppError;

/// What a body has come to.
#[derive(Debug, Clone, Default)]
struct Course(Arc<AtomicU8>);

/// All is well, or nobody has looked.
const WELL: u8 = 0;
/// The next of it is being waited for.
const WAITING: u8 = 1;
/// It came too slowly.
const TOO_SLOW: u8 = 2;
/// There was too much of it.
const TOO_LARGE: u8 = 3;

impl Course {
    fn set(&self, state: u8) {
        self.0.store(state, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that breaks off when it is too large or too slow.
struct Paced {
    body: Body,
    patience: Patience,
    left: u64,
    course: Course,
}

impl hyper::body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.course.set(WELL);
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                this.patience.come(bytes);
                match this.left.checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX)) {
                    Some(left) => {
                        this.left = left;
                        Poll::Ready(Some(Ok(frame)))
                    }
                    None => this.break_off(TOO_LARGE, "more was sent than is taken"),
                }
            }
            Poll::Ready(other) => {
                this.course.set(WELL);
                Poll::Ready(other)
            }
            Poll::Pending => match this.patience.poll_end(context) {
                Poll::Ready(()) => this.break_off(TOO_SLOW, "the rest did not come in time"),
                Poll::Pending => {
                    this.course.set(WAITING);
                    Poll::Pending
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Paced {
    fn break_off(&mut self, state: u8, why: &'static str) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.course.set(state);
        // Nothing more is read, whoever asks.
        self.body = Body::empty();
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::other(why)))))
    }
}

/// Lets a request pass whose body is neither larger than this nor slower than the limits allow.
pub(super) async fn keep_pace(
    request: Request,
    next: Next,
    max_bytes: u64,
    limits: Arc<ServerLimits>,
    refuse: Refuse,
) -> Response {
    let too_large = || AppError::TooLarge { max_bytes: usize::try_from(max_bytes).unwrap_or(usize::MAX) };
    // What is announced need not be waited for.
    if request.body().size_hint().lower() > max_bytes {
        return closing(refuse(too_large()));
    }
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let enough = limits.body_bytes_per_second.saturating_mul(limits.body_wait.as_secs());
    let course = Course::default();
    let of_body = course.clone();
    let patience = Patience::new(limits.body_wait, enough);
    let request = request.map(|body| Body::new(Paced { body, patience, left: max_bytes, course: of_body }));
    let response = next.run(request).await;
    let too_slow = || AppError::TooSlow { min_bytes: enough, seconds: limits.body_wait.as_secs() };
    match course.get() {
        TOO_LARGE => closing(refuse(too_large())),
        TOO_SLOW => closing(refuse(too_slow())),
        // The answer took too long because we waited for the rest of what was to be answered.
        WAITING if response.status() == StatusCode::SERVICE_UNAVAILABLE => closing(refuse(too_slow())),
        _ => response,
    }
}

/// Nothing more is read of this connection.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
