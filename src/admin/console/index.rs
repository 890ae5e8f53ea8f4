//! The index: how each node's stands, the generations with what the gate said of them, what comparing with the store has
//! found; making the next generation, and going back to the one before.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::confirm::{Confirmation, Why, ask};
use super::frame::{Frame, Place, framed};
use super::refused::Refused;
use super::sources::job_address;
use super::visit::{Visit, back_to};
use crate::admin::index::{IndexState, index_state};
use crate::app::App;
use crate::catalogue::{GenerationRow, NodeRow};
use crate::gate::{GateReport, Judged};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};

#[derive(Template)]
#[template(path = "admin/index.html")]
struct IndexPage {
    layout: Layout,
    frame: Frame,
    nodes: Vec<NodeRow>,
    index: IndexState,
    generations: Vec<Generation>,
}

/// A generation and what the gate said of it.
struct Generation {
    row: GenerationRow,
    /// None where another version of the program said it otherwise.
    gate: Option<GateReport>,
    /// How the judged searches did, where any were.
    judged: Option<String>,
}

impl Generation {
    fn of(row: GenerationRow) -> Self {
        let gate: Option<GateReport> = serde_json::from_str(&row.report).ok();
        let judged = gate.as_ref().and_then(|gate| gate.judged.as_ref()).map(said_of);
        Self { row, gate, judged }
    }

    fn state(&self) -> &'static str {
        self.row.state.name()
    }
}

/// "100 searches: 0.912 before, 0.915 after".
fn said_of(judged: &Judged) -> String {
    format!("{} searches: {:.3} before, {:.3} after", judged.queries, judged.before, judged.after)
}

/// The index of every node.
pub(super) async fn show_index(
    Extension(visit): Extension<Visit>,
    State(app): State<App>,
) -> Result<Response, Refused> {
    let nodes = app.catalogue.list_nodes(app.clock.now()).await?;
    let mut index = index_state(&app).await?;
    let generations = std::mem::take(&mut index.generations).into_iter().map(Generation::of).collect();
    let (layout, frame) = framed(&visit, Place::Index, "Index");
    Ok(present_once(StatusCode::OK, &IndexPage { layout, frame, nodes, index, generations }))
}

/// Asks before the index is built anew.
pub(super) async fn ask_rebuild(Extension(visit): Extension<Visit>) -> Response {
    let asked = Confirmation {
        place: Place::Index,
        title: "Build the index anew?".to_owned(),
        consequences: vec![
            "Every node makes its next generation from the store, beside the live one. Searches are answered all the \
             while; it takes minutes, and as much room on the disk again."
                .to_owned(),
            "It goes live only when it holds what the store holds, known resources answer, and the judged searches \
             score no worse. The one before is kept."
                .to_owned(),
        ],
        action: "/admin/index/rebuild".to_owned(),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Build it anew",
        back: "/admin/index".to_owned(),
    };
    ask(&visit, asked)
}

/// Queues a rebuild.
pub(super) async fn rebuild(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let job = visit.post("/reindex", &json!({})).await?;
    Ok(back_to(&job_address(&job, "/admin/jobs"), "rebuild-queued"))
}

/// Asks before the index goes back to the generation before.
pub(super) async fn ask_roll_back(Extension(visit): Extension<Visit>, State(app): State<App>) -> Response {
    let to = app.index.previous().map_or_else(|| "the one before".to_owned(), |number| format!("generation {number}"));
    let asked = Confirmation {
        place: Place::Index,
        title: "Go back to the generation before?".to_owned(),
        consequences: vec![
            format!("This node answers from {to}, which then follows the change log to where the store is."),
            format!("Generation {} is kept, so that you can come forward to it again.", app.index.generation()),
        ],
        action: "/admin/index/rollback".to_owned(),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Go back",
        back: "/admin/index".to_owned(),
    };
    ask(&visit, asked)
}

/// Goes back to the generation before.
pub(super) async fn roll_back(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let job = visit.post("/index/rollback", &json!({})).await?;
    Ok(back_to(&job_address(&job, "/admin/index"), "index-rolled-back"))
}

/// Has this node compare its index with the store now.
pub(super) async fn compare(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let job = visit.post("/index/check", &json!({})).await?;
    Ok(back_to(&job_address(&job, "/admin/index"), "drift-queued"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gate_said_is_told_in_a_line() {
        let judged = Judged { queries: 100, before: 0.9124, after: 0.5 };
        assert_eq!(said_of(&judged), "100 searches: 0.912 before, 0.500 after");
    }
}
