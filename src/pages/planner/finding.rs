//! Finding something for the plan without leaving it.

use anyhow::Context as _;
use index::{Facet, SearchRequest};
use schemas::{ControlledField, Resource};

use super::asked::Find;
use crate::app::App;
use crate::error::AppError;
use crate::plans::{Aim, YearGroup};
use crate::web::query::{MAX_QUERY_CHARACTERS, this_hour};

/// So many are shown: enough to choose from, and few enough to read between two lessons.
const MOST_FOUND: usize = 8;

/// What is found for a plan: first what says itself that it helps with the aim, then what mostly does by its type.
pub(super) async fn found(app: &App, find: &Find, groups: &[YearGroup<'_>]) -> Result<Vec<Resource>, AppError> {
    let request = request(app, find, groups);
    let Some(aim) = find.aim else {
        return ask(app, request).await;
    };
    let mut found: Vec<Resource> = Vec::new();
    for filter in filters(aim) {
        let narrowed = narrow(&request, filter);
        let resources = ask(app, narrowed).await?;
        let others = resources.into_iter().filter(|resource| found.iter().all(|held| held.id != resource.id));
        let others: Vec<Resource> = others.take(MOST_FOUND - found.len()).collect();
        found.extend(others);
    }
    Ok(found)
}

/// What narrows a search to what helps with an aim, the surest first.
fn filters(aim: Aim) -> Vec<(Facet, Vec<String>)> {
    let said = (Facet::Controlled(aim.field), vec![aim.id.to_owned()]);
    let types: Vec<String> = aim.types().map(ToOwned::to_owned).collect();
    let likely = (!types.is_empty()).then_some((Facet::Controlled(ControlledField::Type), types));
    std::iter::once(said).chain(likely).collect()
}

fn narrow(request: &SearchRequest, (facet, values): (Facet, Vec<String>)) -> SearchRequest {
    let mut narrowed = request.clone();
    narrowed.filters.insert(facet, values);
    narrowed
}

fn request(app: &App, find: &Find, groups: &[YearGroup<'_>]) -> SearchRequest {
    let mut request = SearchRequest {
        text: find.text.chars().take(MAX_QUERY_CHARACTERS).collect(),
        limit: MOST_FOUND,
        facets: Vec::new(),
        help: false,
        ..SearchRequest::new(this_hour(&app.clock))
    };
    if let Some(group) = groups.iter().find(|group| Some(group.age) == find.age) {
        request.filters.insert(Facet::Controlled(ControlledField::Level), vec![group.level.id.clone()]);
    }
    request
}

async fn ask(app: &App, request: SearchRequest) -> Result<Vec<Resource>, AppError> {
    let results = app.search(request).await?;
    let read = |hit: &index::Hit| serde_json::from_str::<Resource>(&hit.json).context("reading an indexed resource");
    Ok(results.hits.iter().map(read).collect::<Result<Vec<Resource>, anyhow::Error>>()?)
}
