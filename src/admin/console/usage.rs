//! Usage: searches and opened results by day, and what was asked for and not found.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::frame::{Frame, Place, framed};
use super::refused::{Mistake, Refused};
use super::visit::Visit;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};

/// How much the service is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Usage {
    view: Option<String>,
    from: String,
    to: String,
    days: Vec<Day>,
    nothing_found: Vec<NothingFound>,
    shown_from: u64,
}

impl Usage {
    fn searches(&self) -> u64 {
        self.days.iter().map(|day| day.searches).sum()
    }

    fn opened(&self) -> u64 {
        self.days.iter().map(|day| day.opened).sum()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Day {
    #[serde(rename = "day")]
    date: String,
    searches: u64,
    opened: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NothingFound {
    facet: String,
    label: String,
    count: u64,
}

#[derive(Template)]
#[template(path = "admin/usage.html")]
struct UsagePage {
    layout: Layout,
    frame: Frame,
    usage: Usage,
    mistakes: Vec<Mistake>,
}

/// The usage of some days.
pub(super) async fn show_usage(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let asked = visit.get::<Usage>(&format!("/usage{}", visit.passed_on(&["view", "from", "to"]))).await;
    let (status, usage, mistakes) = match asked {
        Ok(usage) => (StatusCode::OK, usage, Vec::new()),
        // With what may be asked for: the days that are shown when nothing else is said.
        Err(refused) if !refused.mistakes.is_empty() => {
            (refused.status, visit.get("/usage").await?, refused.into_mistakes())
        }
        Err(refused) => return Err(refused),
    };
    let (layout, frame) = framed(&visit, Place::Usage, "Usage");
    Ok(present_once(status, &UsagePage { layout, frame, usage, mistakes }))
}
