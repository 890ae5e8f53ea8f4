//! `/list`: a shortlist in a link, to print and to pass on.
//!
//! The address is the list: the ids of its resources in their order, as `ids`. Nothing is stored. A link from another page
//! may bring the list as it is carried, as `list`; `ids` goes before it. With `format=csv` it is a table.

mod found;
mod table;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use schemas::{Resource, ResourceId};

use self::found::{FoundList, Note};
use super::cards::{Card, CardContext, card};
use super::carried::{Carried, LIST, MAX_LISTED, NATIONS, WORDS_OF, read_ids, written};
use super::errors::PageError;
use super::filters;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::standing::{Standings, own_parameters};
use super::wording::{counted, say, word};
use super::{present, qr};
use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::values::Values;

/// Where the page is.
const PATH: &str = "/list";
/// The parameters of the page, those that every page carries among them.
const OWN: [&str; 4] = ["ids", "format", WORDS_OF, LIST];

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    layout: Layout,
    nations: Vec<NationLink>,
    /// How many there are, in words.
    count: String,
    listed: Vec<Listed>,
    /// What has become of those that are not listed any more.
    notes: Vec<Note>,
    /// The list without those.
    tidy: Option<String>,
    /// The address of the list, whole.
    address: String,
    /// The same as a QR code.
    qr: Option<Safe<String>>,
    plan_address: String,
    csv_address: String,
    search_address: String,
    planner_address: String,
}

/// One resource of the list.
struct Listed {
    card: Card,
    steps: Vec<ListLink>,
}

/// Something to do with one of them: a link to the list as it is then.
struct ListLink {
    href: String,
    label: &'static str,
    /// The name of the drawing beside it.
    icon: &'static str,
}

/// A list as it was asked for.
struct AskedList {
    ids: Vec<ResourceId>,
    carried: Carried,
    is_csv: bool,
    /// What of the address could not be used.
    notes: Vec<Note>,
}

/// A shortlist.
pub(super) async fn show_list(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = AskedList::read(raw.as_deref())?;
    let carried = Carried { list: asked.ids.clone(), ..asked.carried.clone() };
    let standings = Standings::of(&asked.ids, &app).await?;
    let found = FoundList::new(&asked.ids, &standings, &carried);
    if asked.is_csv {
        return Ok(etag::kept_privately(table::answer(&headers, &found.resources, &asked.carried, &app)));
    }
    Ok(etag::kept_privately(present(&headers, &list_page(asked, found, &app))))
}

impl AskedList {
    /// Strict about its own parameters, which others may stand beside; lenient about ids, in `list` as in `ids`, for one
    /// that is broken must not hide the others.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] with every mistake.
    fn read(raw: Option<&str>) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let own = own_parameters(raw, &OWN);
        let values = Values::read(Some(&own), &OWN, &mut mistakes);
        let is_csv = values.one_of("format", &["csv"], &mut mistakes).is_some();
        let chosen_nation = values.one_of(WORDS_OF, &NATIONS, &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        let given = values.get("ids").or_else(|| values.get(LIST)).unwrap_or_default();
        // One more than it holds, to tell whether it holds all.
        let mut ids = read_ids(given, MAX_LISTED + 1);
        let mut notes = Vec::new();
        if ids.len() > MAX_LISTED {
            ids.truncate(MAX_LISTED);
            notes.push(Note::plain(say("list.too-many", &[("n", &MAX_LISTED)])));
        }
        let mut parts = given.split(',').map(str::trim).filter(|part| !part.is_empty());
        if parts.any(|part| ResourceId::parse(part).is_err()) {
            notes.push(Note::plain(word("list.unreadable").to_owned()));
        }
        Ok(Self { ids, carried: Carried { chosen_nation, list: Vec::new() }, is_csv, notes })
    }
}

fn list_page(asked: AskedList, found: FoundList, app: &App) -> ListPage {
    let ids: Vec<ResourceId> = found.resources.iter().map(|resource| resource.id.clone()).collect();
    let notes: Vec<Note> = asked.notes.into_iter().chain(found.notes).collect();
    // The page itself names the list as `ids`; every link that leads away from it takes the list along.
    let bare = asked.carried;
    let carried = Carried { list: ids.clone(), ..bare.clone() };
    let here = address_of(&ids, &bare);
    let address = format!("{}{here}", app.public_url());
    let context = CardContext { carried: &carried, vocabularies: app.vocabularies, here: PATH };
    let title = match ids.len() {
        0 => word("list.title").to_owned(),
        n => say("list.title-counted", &[("n", &n)]),
    };
    ListPage {
        layout: Layout::new(&title, PATH).described(word("list.description")).scripted(&["copy.js"]).carrying(&carried),
        nations: nation_links(&bare, |bare| address_of(&ids, bare)),
        count: counted("list.resources", found.resources.len() as u64),
        listed: found.resources.iter().map(|resource| listed(resource, &ids, &bare, &context)).collect(),
        tidy: (!notes.is_empty() && !ids.is_empty()).then_some(here),
        notes,
        qr: qr::svg(&address),
        address,
        plan_address: carried.address(&format!("/planner?add={}", written(&ids))),
        csv_address: bare.address(&format!("{PATH}?ids={}&format=csv", written(&ids))),
        search_address: carried.address("/"),
        planner_address: carried.address("/planner"),
    }
}

fn listed(resource: &Resource, ids: &[ResourceId], bare: &Carried, context: &CardContext<'_>) -> Listed {
    let id = &resource.id;
    let moved = |to: Option<usize>, label, icon| {
        let ids = swapped(ids, id, to?)?;
        Some(ListLink { href: format!("{}#r-{id}", address_of(&ids, bare)), label, icon })
    };
    let place = ids.iter().position(|held| held == id);
    let rest: Vec<ResourceId> = ids.iter().filter(|held| *held != id).cloned().collect();
    let take_off = ListLink { href: address_of(&rest, bare), label: word("list.take-off"), icon: "remove" };
    let up = moved(place.and_then(|place| place.checked_sub(1)), word("list.up"), "up");
    let down = moved(place.and_then(|place| place.checked_add(1)), word("list.down"), "down");
    Listed { card: card(resource, context), steps: up.into_iter().chain(down).chain([take_off]).collect() }
}

/// The list with this one and the one at a place changed about; `None` where there is no such place.
fn swapped(ids: &[ResourceId], id: &ResourceId, to: usize) -> Option<Vec<ResourceId>> {
    let from = ids.iter().position(|held| held == id)?;
    let mut ids = ids.to_vec();
    if to >= ids.len() {
        return None;
    }
    ids.swap(from, to);
    Some(ids)
}

/// The address of a list of these.
fn address_of(ids: &[ResourceId], bare: &Carried) -> String {
    if ids.is_empty() {
        return bare.address(PATH);
    }
    bare.address(&format!("{PATH}?ids={}", written(ids)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<ResourceId> {
        names.iter().map(|name| ResourceId::founded_on(name)).collect()
    }

    #[test]
    fn the_order_of_the_address_is_the_order_of_the_list() {
        let asked = ids(&["b", "a"]);
        let read = AskedList::read(Some(&format!("ids={}&words=wales", written(&asked)))).unwrap();
        assert_eq!(read.ids, asked);
        assert_eq!(read.carried.nation(), "wales");
        assert!(read.notes.is_empty() && !read.is_csv);
    }

    #[test]
    fn a_list_that_is_carried_is_shown_where_no_other_is_asked_for() {
        let (carried, asked) = (ids(&["a"]), ids(&["b"]));
        let read = |raw: &str| AskedList::read(Some(raw)).unwrap().ids;
        assert_eq!(read(&format!("list={}", written(&carried))), carried);
        assert_eq!(read(&format!("list={}&ids={}", written(&carried), written(&asked))), asked);
    }

    #[test]
    fn what_cannot_be_used_is_told_and_the_rest_is_shown() {
        let one = ids(&["a"]);
        let read = AskedList::read(Some(&format!("ids={},nonsense", written(&one)))).unwrap();
        assert_eq!((read.ids, read.notes.len()), (one, 1));
        let names: Vec<String> = (0..=MAX_LISTED).map(|n| n.to_string()).collect();
        let many: Vec<ResourceId> = names.iter().map(|name| ResourceId::founded_on(name)).collect();
        let read = AskedList::read(Some(&format!("ids={}", written(&many)))).unwrap();
        assert_eq!((read.ids.len(), read.notes.len()), (MAX_LISTED, 1));
        assert!(AskedList::read(Some("id=a")).is_err());
        assert!(AskedList::read(Some("format=xml")).is_err());
        assert!(AskedList::read(Some("words=Wales")).is_err());
        assert!(AskedList::read(Some("ids=a&ids=b")).is_err());
        assert!(AskedList::read(Some("utm_source=newsletter&fbclid=%ff")).is_ok());
    }

    #[test]
    fn two_neighbours_change_places_and_nothing_moves_past_the_ends() {
        let list = ids(&["a", "b", "c"]);
        assert_eq!(swapped(&list, &list[1], 0), Some(ids(&["b", "a", "c"])));
        assert_eq!(swapped(&list, &list[2], 3), None);
        assert_eq!(swapped(&list, &ResourceId::founded_on("d"), 0), None);
    }
}
