//! Finding something for the plan without leaving it.

use std::collections::BTreeSet;

use index::{Facet, NOT_STATED, SearchRequest, SearchResults};
use jiff::civil::DateTime;
use schemas::{ControlledField, Resource, ResourceId, Vocabularies};
use url::form_urlencoded::Serializer;

use super::asked::{Asked, Find, count};
use crate::app::App;
use crate::error::AppError;
use crate::pages::hits;
use crate::plans::{Aim, YearGroup, careers_types, is_of_careers_type};
use crate::web::answers::CountedSearch;
use crate::web::query::{MAX_QUERY_CHARACTERS, MAX_VALUES, this_hour};

/// So many are shown: enough to choose from, and few enough to read between two lessons.
const MOST_FOUND: usize = 8;
/// So many are looked at where not all that is found is good enough.
const MOST_LOOKED_AT: usize = 40;
/// What those search for who look for lessons that speak of careers.
const CAREERS: &str = "careers";
/// Whom a plan is for.
const PUPILS: &str = "student";
/// What is done with schools and for their staff.
const FOR_STAFF: &str = "gatsby-1";
/// The levels that a plan's years are.
const LEVEL: Facet = Facet::Controlled(ControlledField::Level);

/// What was found for a plan.
#[derive(Default)]
pub(super) struct Found {
    /// At most [`MOST_FOUND`], none of which is in the plan.
    pub(super) resources: Vec<Resource>,
    /// Whether something was found that is in the plan, or waits in it.
    pub(super) has_planned: bool,
    /// The search that has them all, where that is more than is shown.
    pub(super) all: Option<All>,
    /// What it counts for: one search, however often the index was asked. Nothing was found where nothing is shown and
    /// nothing of it is planned.
    pub(super) counted: CountedSearch,
}

/// A search that has all that was found.
pub(super) struct All {
    /// Its page, without what the visitor carries.
    pub(super) address: String,
    /// How many resources it has.
    pub(super) total: u64,
}

/// What is found for a plan: first what says itself that it helps with the aim; then, as far as that does not fill the
/// list, what mostly does by its type. What is about careers by its type comes first. Three searches at most.
///
/// # Errors
/// When the index cannot be searched.
pub(super) async fn found(app: &App, asked: &Asked) -> Result<Found, AppError> {
    let find = &asked.find;
    let planned: BTreeSet<&ResourceId> = asked.plan.resources().chain(&asked.plan.waiting).collect();
    let mut request = asked_for(app, find, &asked.groups);
    request.limit += planned.len();
    let mut resources: Vec<Resource> = Vec::new();
    let mut has_planned = false;
    let mut widest: Option<All> = None;
    let mut understood: Vec<(Facet, String)> = Vec::new();
    for narrowed in narrowed(&request, find.aim) {
        if resources.len() == MOST_FOUND {
            break;
        }
        let address = search_address(&narrowed);
        let results = app.search(narrowed).await?;
        let found = hits::resources(&results).into_iter().filter(|one| helps(one, find.aim));
        let (held, mut others): (Vec<Resource>, Vec<Resource>) = found.partition(|one| planned.contains(&one.id));
        has_planned |= !held.is_empty();
        others.retain(|one| resources.iter().all(|known| known.id != one.id));
        if find.text.is_empty() {
            others.sort_by_key(|one| !is_of_careers_type(one));
        }
        resources.extend(others);
        resources.truncate(MOST_FOUND);
        understood = concepts(&results);
        let wider = address.map(|address| All { address, total: results.total });
        widest = wider.filter(|one| widest.as_ref().is_none_or(|held| held.total <= one.total)).or(widest);
    }
    let has_found = has_planned || !resources.is_empty();
    let found_nothing_of = if has_found { Vec::new() } else { sought(&request, find.aim, understood) };
    let all = widest.filter(|one| has_found && one.total > count(resources.len()));
    let counted = CountedSearch { view: None, is_first: true, found_nothing_of };
    Ok(Found { resources, has_planned, all, counted })
}

/// The page of a search; `None` where it has more values of a facet than an address may name.
fn search_address(request: &SearchRequest) -> Option<String> {
    let mut query = Serializer::new(String::new());
    query.append_pair("q", &request.text);
    if !request.interpret {
        query.append_pair("interpret", "off");
    }
    for (facet, ids) in &request.filters {
        if ids.len() > MAX_VALUES {
            return None;
        }
        query.extend_pairs(ids.iter().map(|id| (facet.name(), id)));
    }
    Some(format!("/?{}", query.finish()))
}

/// The searches that answer a request, what is surest first.
fn narrowed(request: &SearchRequest, aim: Option<Aim>) -> Vec<SearchRequest> {
    let Some(aim) = aim else {
        let of_careers = || narrow(request, Facet::Controlled(ControlledField::Type), owned(careers_types()));
        let of_careers = request.text.is_empty().then(of_careers);
        return of_careers.into_iter().chain([request.clone()]).collect();
    };
    let request = &for_pupils(request, aim);
    let said = narrow(request, Facet::Controlled(aim.field), vec![aim.id.to_owned()]);
    std::iter::once(said).chain(by_type(request, aim)).collect()
}

/// The searches for what mostly helps with an aim by its type; none where no type does. Where lessons must say something
/// of careers, what says most of it is looked for; whether what is found does is for the caller to see.
pub(super) fn by_type(request: &SearchRequest, aim: Aim) -> Vec<SearchRequest> {
    let types = owned(aim.types());
    if types.is_empty() {
        return Vec::new();
    }
    let of_types = narrow(request, Facet::Controlled(ControlledField::Type), types);
    if !aim.asks_for_careers() {
        return vec![of_types];
    }
    let of_types = SearchRequest { limit: of_types.limit.max(MOST_LOOKED_AT), ..of_types };
    if !of_types.text.is_empty() {
        return vec![of_types];
    }
    let sectors = Vocabularies::shipped().of(ControlledField::Sector);
    let sectors = sectors.concepts.iter().map(|concept| concept.id.clone()).collect();
    let of_sectors = narrow(&of_types, Facet::Controlled(ControlledField::Sector), sectors);
    vec![SearchRequest { text: CAREERS.to_owned(), interpret: false, ..of_types }, of_sectors]
}

/// The same search among what is for pupils or does not say for whom it is. What a school does as a whole is for its staff.
fn for_pupils(request: &SearchRequest, aim: Aim) -> SearchRequest {
    if aim.id == FOR_STAFF {
        return request.clone();
    }
    narrow(request, Facet::Controlled(ControlledField::Audience), owned([PUPILS, NOT_STATED].into_iter()))
}

/// Whether a resource is for pupils, or does not say for whom it is.
pub(super) fn is_for_pupils(resource: &Resource) -> bool {
    resource.audiences.is_empty() || resource.audiences.iter().any(|audience| audience.id.as_str() == PUPILS)
}

/// Whether a resource helps with what is looked for.
fn helps(resource: &Resource, aim: Option<Aim>) -> bool {
    aim.is_none_or(|aim| Aim::of_resource(resource).iter().any(|(helped, _)| *helped == aim))
}

fn owned<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    ids.map(ToOwned::to_owned).collect()
}

/// The same search among what has any of these values of a facet.
pub(super) fn narrow(request: &SearchRequest, facet: Facet, values: Vec<String>) -> SearchRequest {
    let mut narrowed = request.clone();
    narrowed.filters.insert(facet, values);
    narrowed
}

/// A search for so many resources that are for any of these levels; for whomever, where none is named.
pub(super) fn for_levels(levels: Vec<String>, limit: usize, now: DateTime) -> SearchRequest {
    let mut request = SearchRequest { limit, facets: Vec::new(), help: false, ..SearchRequest::new(now) };
    if !levels.is_empty() {
        request.filters.insert(LEVEL, levels);
    }
    request
}

fn asked_for(app: &App, find: &Find, groups: &[YearGroup<'_>]) -> SearchRequest {
    let text = find.text.chars().take(MAX_QUERY_CHARACTERS).collect();
    let group = groups.iter().find(|group| Some(group.age) == find.age);
    let levels = group.map(|group| group.level.id.clone()).into_iter().collect();
    SearchRequest { text, ..for_levels(levels, MOST_FOUND, this_hour(&app.clock)) }
}

/// The concepts that the words were understood as.
fn concepts(results: &SearchResults) -> Vec<(Facet, String)> {
    let wanted = results.interpretation.filters.iter().filter(|filter| !filter.negated);
    wanted.map(|filter| (filter.facet, filter.id.clone())).collect()
}

/// The concepts that were looked for: year group and aim, and those among the words. The types by which something was
/// looked for are ours, and nobody asked for them.
fn sought(request: &SearchRequest, aim: Option<Aim>, understood: Vec<(Facet, String)>) -> Vec<(Facet, String)> {
    let levels = request.filters.get(&LEVEL).into_iter().flatten().map(|id| (LEVEL, id.clone()));
    let aim = aim.map(|aim| (Facet::Controlled(aim.field), aim.id.to_owned()));
    levels.chain(aim).chain(understood).collect()
}
