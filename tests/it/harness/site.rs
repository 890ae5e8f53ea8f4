//! Site: a fake catalogue on loopback that answers what it is told to, and counts who asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// The status of a path that never answers.
const NEVER: u16 = 0;

/// What is answered at one path.
#[derive(Clone)]
struct Page {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

#[derive(Default)]
struct Told {
    pages: BTreeMap<String, Page>,
    asked: Vec<String>,
    with_etags: bool,
}

/// A fake catalogue.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) origin: String,
    told: Arc<Mutex<Told>>,
}

impl Site {
    /// A site where nothing stands yet: every path answers 404, `/robots.txt` too.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let told = Arc::new(Mutex::new(Told::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, told }
    }

    /// Puts a page at a path; what stood there is replaced.
    pub(crate) fn put(&self, path: &str, status: u16, content_type: &str, body: impl Into<Vec<u8>>) {
        let page = Page { status, content_type: content_type.to_owned(), body: body.into() };
        self.told.lock().expect("nobody panics while holding this lock").pages.insert(path.to_owned(), page);
    }

    /// Never answers at a path from now on, though it is asked.
    pub(crate) fn hang(&self, path: &str) {
        self.put(path, NEVER, "", "");
    }

    /// Answers conditional requests from now on.
    pub(crate) fn use_etags(&self) {
        self.told.lock().expect("nobody panics while holding this lock").with_etags = true;
    }

    /// What was asked since the last time this was called: path and status, robots.txt left out.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut told = self.told.lock().expect("nobody panics while holding this lock");
        std::mem::take(&mut told.asked).into_iter().filter(|line| !line.starts_with("/robots.txt")).collect()
    }
}

async fn answer(State(told): State<Arc<Mutex<Told>>>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let page = told.lock().expect("nobody panics while holding this lock").pages.get(&path).cloned();
    if page.as_ref().is_some_and(|page| page.status == NEVER) {
        told.lock().expect("nobody panics while holding this lock").asked.push(format!("{path} never"));
        return std::future::pending().await;
    }
    let mut told = told.lock().expect("nobody panics while holding this lock");
    let response = match page {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(page) => {
            let etag = format!("\"{}\"", blake3::hash(&page.body).to_hex());
            let held = request.headers().get(header::IF_NONE_MATCH).is_some_and(|value| value == etag.as_str());
            if told.with_etags && held {
                StatusCode::NOT_MODIFIED.into_response()
            } else {
                let status = StatusCode::from_u16(page.status).expect("a status");
                let mut response = (status, [(header::CONTENT_TYPE, page.content_type)], page.body).into_response();
                if told.with_etags {
                    response.headers_mut().insert(header::ETAG, etag.parse().expect("a tag"));
                }
                response
            }
        }
    };
    told.asked.push(format!("{path} {}", response.status().as_u16()));
    response
}
