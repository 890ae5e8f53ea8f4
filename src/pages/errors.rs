//! `PageError`: what the API tells as a problem document, told to people, with a way on.
//!
//! An error does not know which page it befell. [`dress`] stands around all pages and does: it has each error's links take
//! along what the visitor carries, and lead to the same address without what was wrong with it.

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use url::form_urlencoded;

use super::carried::Carried;
use super::layout::Layout;
use super::wording::{counted, say, word};
use super::{cannot_render, filters, markup, wording};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::web::same_origin::is_same_origin;

/// An [`AppError`] that is answered with a page.
#[derive(Debug)]
pub struct PageError(AppError);

impl PageError {
    /// Whether only the store could have answered, and it does not.
    pub(super) fn is_store_away(&self) -> bool {
        self.0.is_store_away()
    }
}

impl<E: Into<AppError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.0.status(), self.0.retry_after_seconds());
        let mut response = respond(status, ErrorPage { status: status.as_u16(), ..told(self.0) });
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    /// The HTTP status, for those whom it helps.
    status: u16,
    /// The name of the drawing above it.
    drawing: &'static str,
    title: String,
    /// What happened; may have a place `{id}`.
    detail: String,
    /// What was asked for, as it came: a text from outside.
    id: Option<String>,
    /// Why, in the words of whoever decided it.
    reason: Option<String>,
    /// What is wrong with the address, parameter by parameter.
    mistakes: Vec<ParameterMistake>,
    /// The same address without them.
    without_mistakes: String,
    /// The one that may have been meant.
    nearest: Option<Nearest>,
    /// After how long it is answered again.
    wait: Option<String>,
    /// What the log knows it by.
    reference: Option<String>,
    /// Whether asking the same again may help.
    may_try_again: bool,
    /// What the search from here is called: "Search the 6,738 resources that Signpost knows".
    search: String,
}

/// What may have been meant.
#[derive(Debug, Clone)]
struct Nearest {
    href: String,
    label: String,
}

impl ErrorPage {
    fn new(drawing: &'static str, title: &str, detail: &str) -> Self {
        Self {
            // Its links are made when it is known what they take along.
            layout: Layout::new(title, "").scripted(&["search.js"]),
            without_mistakes: "?".to_owned(),
            status: StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
            drawing,
            title: title.to_owned(),
            detail: detail.to_owned(),
            id: None,
            reason: None,
            mistakes: Vec::new(),
            nearest: None,
            wait: None,
            reference: None,
            may_try_again: false,
            search: word("errors.search").to_owned(),
        }
    }
}

/// The page that tells of an error; its status is still to come.
fn told(error: AppError) -> ErrorPage {
    match error {
        AppError::BadRequest(mistakes) => {
            ErrorPage { mistakes, ..ErrorPage::new("question", word("errors.bad-title"), word("errors.bad")) }
        }
        AppError::NotFound { what, id, nearest } => not_found(what, id, nearest),
        AppError::Gone { reason, at, .. } => {
            let detail = say("errors.gone", &[("day", &wording::day(&at))]);
            let reason = (!reason.is_empty()).then_some(reason);
            ErrorPage { reason, ..ErrorPage::new("remove", word("errors.gone-title"), &detail) }
        }
        AppError::Unauthorised | AppError::Forbidden | AppError::OtherSite => {
            ErrorPage::new("warning", word("errors.forbidden-title"), word("errors.forbidden"))
        }
        error @ (AppError::Conflict { .. }
        | AppError::Unprocessable { .. }
        | AppError::UnsupportedType { .. }
        | AppError::TooLarge { .. }
        | AppError::TooSlow { .. }) => {
            let page = ErrorPage::new("warning", word("errors.refused-title"), word("errors.refused"));
            ErrorPage { reason: Some(error.to_string()), ..page }
        }
        AppError::TooManyRequests { reason, retry_after_seconds } => {
            let page = ErrorPage::new("calendar", word("errors.too-many-title"), word("errors.too-many"));
            let (reason, wait) = (Some(reason.to_owned()), Some(said_wait(retry_after_seconds)));
            ErrorPage { reason, wait, may_try_again: true, ..page }
        }
        AppError::Unavailable { reason } => {
            let page = ErrorPage::new("warning", word("errors.busy-title"), word("errors.busy"));
            ErrorPage { reason: Some(reason.to_owned()), may_try_again: true, ..page }
        }
        AppError::Full(cause) => {
            let page = ErrorPage::new("warning", word("errors.busy-title"), word("errors.busy"));
            let reason = AppError::Full(cause);
            reason.log();
            ErrorPage { reason: Some(reason.to_string()), may_try_again: true, ..page }
        }
        AppError::Internal(cause) => {
            let page = ErrorPage::new("warning", word("errors.broken-title"), word("errors.broken"));
            ErrorPage { reference: Some(logged(&cause)), may_try_again: true, ..page }
        }
    }
}

fn not_found(what: &str, id: String, nearest: Option<String>) -> ErrorPage {
    let (detail, folder) = match what {
        "resource" => (word("errors.no-resource"), None),
        "source" => (word("errors.no-source"), Some("/sources/")),
        "report" => (word("errors.no-report"), None),
        _ => (word("errors.no-such"), None),
    };
    let nearest = nearest.zip(folder).map(|(id, folder)| Nearest { href: format!("{folder}{id}"), label: id });
    ErrorPage { id: Some(id), nearest, ..ErrorPage::new("question", word("errors.not-found-title"), detail) }
}

/// Writes the cause to the log under a reference, which a visitor can pass on and which tells them nothing.
///
/// The reference follows from the cause, so that the same trouble has the same one however many meet it.
fn logged(cause: &anyhow::Error) -> String {
    let cause = format!("{cause:#}");
    // Four bytes of the hash: short enough to be read out, enough to tell a day's troubles apart.
    let reference = blake3::hash(cause.as_bytes()).to_hex()[..8].to_owned();
    tracing::error!(error = cause, reference, "a page could not be made");
    reference
}

/// "You can go on in 3 minutes.", rounded up; minutes from two on, hours likewise.
fn said_wait(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    let time = if seconds < 2 * MINUTE {
        counted("errors.seconds", seconds)
    } else if seconds < 2 * HOUR {
        counted("shared.minutes", seconds.div_ceil(MINUTE))
    } else {
        counted("shared.hours", seconds.div_ceil(HOUR))
    };
    say("errors.wait", &[("time", &time)])
}

/// The page for an address under which there is nothing.
pub fn no_such_page(app: &App) -> Response {
    error_page(StatusCode::NOT_FOUND, word("errors.no-page-title"), word("errors.no-page"), app)
}

/// A page that says what is wrong and offers a search.
pub fn error_page(status: StatusCode, title: &str, detail: &str, app: &App) -> Response {
    let mut page = plain(status, title, detail);
    let resources = app.index.resource_count();
    if resources > 0 {
        page.search = counted("errors.search-among", resources);
    }
    respond(status, page)
}

/// The answer to a form that a page of another site has sent in a visitor's name; `None` to one of ours.
pub(super) fn refused_form(headers: &HeaderMap, app: &App) -> Option<Response> {
    let is_ours = is_same_origin(headers, app.public_url());
    let refused =
        || error_page(StatusCode::FORBIDDEN, word("keys.foreign-form"), word("keys.foreign-form-detail"), app);
    (!is_ours).then(refused)
}

/// A page that says what is wrong, without asking the index for anything.
pub(super) fn plain_error_page(status: StatusCode, title: &str, detail: &str) -> Response {
    respond(status, plain(status, title, detail))
}

fn plain(status: StatusCode, title: &str, detail: &str) -> ErrorPage {
    let drawing = if status == StatusCode::NOT_FOUND { "question" } else { "warning" };
    ErrorPage { status: status.as_u16(), ..ErrorPage::new(drawing, title, detail) }
}

fn respond(status: StatusCode, page: ErrorPage) -> Response {
    let mut response = match page.render() {
        Ok(html) => (status, Html(markup::without_controls(html))).into_response(),
        Err(error) => cannot_render(&error),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(page);
    response
}

/// Makes the page of an error anew, for the address that was asked for.
pub async fn dress(request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    let Some(page) = response.extensions_mut().remove::<ErrorPage>() else {
        return response;
    };
    let carried = Carried::read(uri.query());
    let without_mistakes = without(&uri, &page.mistakes);
    let dressed = ErrorPage { layout: page.layout.carrying(&carried), without_mistakes, ..page };
    match dressed.render() {
        Ok(html) => *response.body_mut() = Body::from(markup::without_controls(html)),
        Err(error) => return cannot_render(&error),
    }
    response
}

/// An address without the parameters that are wrong; its path alone where it is wrong as a whole.
fn without(uri: &Uri, mistakes: &[ParameterMistake]) -> String {
    let is_wrong = |name: &str| mistakes.iter().any(|mistake| mistake.parameter == name || mistake.parameter == "?");
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut rest = form_urlencoded::Serializer::new(String::new());
    rest.extend_pairs(pairs.filter(|(name, _)| !is_wrong(name)));
    let rest = rest.finish();
    // A path of two slashes would lead to another site.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    if rest.is_empty() { path } else { format!("{path}?{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_never_markup_and_the_inner_cause_is_never_sent() {
        let attack = "<script>alert(1)</script>";
        let mistakes = vec![ParameterMistake::new(attack, attack)];
        let errors = [
            AppError::BadRequest(mistakes),
            AppError::no_such("resource", attack),
            AppError::Gone { id: String::new(), reason: attack.to_owned(), at: attack.to_owned() },
            AppError::Unprocessable { reason: attack.to_owned() },
            AppError::Internal(anyhow::anyhow!("{attack}")),
        ];
        for error in errors {
            let name = format!("{error:?}");
            let page = told(error).render().unwrap();
            assert!(!page.contains("<script>alert"), "{name}");
        }
        let page = told(AppError::Internal(anyhow::anyhow!("a secret path"))).render().unwrap();
        assert!(!page.contains("a secret path"));
    }

    #[test]
    fn the_way_on_leaves_out_what_is_wrong_and_nothing_else() {
        let mistakes = [ParameterMistake::new("sorrt", "unknown parameter")];
        for (address, expected) in [
            ("/?q=chemistry&sorrt=x&level=ks3", "/?q=chemistry&level=ks3"),
            ("/planner?sorrt=x", "/planner"),
            ("//example.org/?q=a", "/example.org/?q=a"),
        ] {
            assert_eq!(without(&address.parse().unwrap(), &mistakes), expected);
        }
        let whole = [ParameterMistake::new("?", "too long")];
        assert_eq!(without(&"/planner?at=1".parse().unwrap(), &whole), "/planner");
    }

    #[test]
    fn the_same_trouble_has_the_same_reference() {
        let reference = |cause: &'static str| told(AppError::Internal(anyhow::anyhow!(cause))).reference;
        assert_eq!(reference("a"), reference("a"));
        assert_ne!(reference("a"), reference("b"));
    }

    #[test]
    fn a_wait_is_said_in_the_unit_that_people_would_use() {
        for (seconds, unit) in [
            (1, counted("errors.seconds", 1)),
            (119, counted("errors.seconds", 119)),
            (121, counted("shared.minutes", 3)),
            (7_201, counted("shared.hours", 3)),
        ] {
            assert!(said_wait(seconds).contains(&unit), "{seconds}");
        }
    }

    #[test]
    fn the_source_that_may_have_been_meant_is_a_link() {
        let page = told(AppError::no_such_among("source", "film", ["films"].into_iter()));
        assert_eq!(page.nearest.map(|nearest| nearest.href).as_deref(), Some("/sources/films"));
    }
}
