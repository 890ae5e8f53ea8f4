//! `/partners/view`: a form with which a partner makes a view, or changes one.
//!
//! What is sent becomes the same members that `PUT /v1/partner/views/{name}` takes, and is written as there. The key comes
//! in the form and is not kept; a page that shows the form again holds it, for that one answer, so that nobody has to
//! paste it twice.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::PATH as PARTNERS;
use super::fields::{Act, Group, PREFILLED, ViewFields};
use crate::app::App;
use crate::catalogue::{KeyHolder, MOST_VIEWS_OF_A_PARTNER, Written};
use crate::error::{AppError, ParameterMistake};
use crate::pages::carried::{CARRIED, Carried};
use crate::pages::errors::{PageError, refused_form};
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::once::present_once;
use crate::pages::wording::{say, word};
use crate::views::reading::check_name;
use crate::views::writing::write_view;
use crate::web::body::read_form;
use crate::web::mistakes::Mistakes;
use crate::web::peer::Peer;
use crate::web::rate_limit::holder_of_typed;
use crate::web::values::Values;

/// Where the form is, and where it is sent.
pub(super) const PATH: &str = "/partners/view";
/// No key of ours is as long.
const MAX_KEY_BYTES: usize = 200;

#[derive(Template)]
#[template(path = "partners_view.html")]
struct ViewPage {
    layout: Layout,
    /// Where the form is sent.
    action: String,
    key: String,
    groups: Vec<Group>,
    /// What to correct: the id of the field, and what was expected.
    mistakes: Vec<ParameterMistake>,
    /// What is told first: that a view is shown as it is.
    told: Option<String>,
    made: Option<MadeView>,
    key_href: String,
    docs_href: String,
    builder_href: String,
    partners_href: String,
}

/// A view that was written just now.
struct MadeView {
    name: String,
    /// How a search names it.
    parameter: String,
    /// What happened: that it was made, or changed.
    says: &'static str,
    search_href: String,
    builder_href: String,
    api_href: String,
}

/// The form, with what the address fills in.
pub(in crate::pages) async fn show_view_form(RawQuery(raw): RawQuery) -> Result<Response, PageError> {
    let mut mistakes = Mistakes::default();
    let names: Vec<&'static str> = PREFILLED.into_iter().chain(CARRIED).collect();
    let values = Values::read(raw.as_deref(), &names, &mut mistakes);
    let carried = Carried::strict(&values, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let fields = ViewFields::of(|name| values.get(name).unwrap_or_default().to_owned());
    Ok(present_once(StatusCode::OK, &ViewPage::new(&carried, fields, Vec::new())))
}

/// Writes the view that was filled in, or shows one as it is; or says what is wrong.
pub(in crate::pages) async fn make_view(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    if let Some(refused) = refused_form(&headers, &app) {
        return Ok(refused);
    }
    let given = read_form(&headers, body, ViewFields::SENT).await?;
    let (act, fields) = ViewFields::sent(given).map_err(|mistake| AppError::BadRequest(vec![mistake]))?;
    let Some(holder) = holder_of(&app, &peer, &fields.key).await? else {
        let mistakes = vec![ParameterMistake::new("key", word("partners.unknown-key"))];
        return Ok(present_once(StatusCode::BAD_REQUEST, &ViewPage::new(&carried, fields, mistakes)));
    };
    match act {
        Act::Show => show_own(&app, &carried, &holder, fields).await,
        Act::Save => write(&app, &carried, &holder, &peer, fields).await,
    }
}

/// Shows a view of the partner as it stands, ready to be changed.
async fn show_own(app: &App, carried: &Carried, holder: &KeyHolder, fields: ViewFields) -> Result<Response, PageError> {
    let (rows, _) = app.store()?.list_views(Some(&holder.partner), MOST_VIEWS_OF_A_PARTNER, 0).await?;
    let name = fields.value("name");
    if let Some(row) = rows.iter().find(|row| row.name == name) {
        let told = Some(say("partners.view-as-it-is", &[("name", &row.name)]));
        let fields = ViewFields::of_view(fields.key, row);
        return Ok(present_once(StatusCode::OK, &ViewPage { told, ..ViewPage::new(carried, fields, Vec::new()) }));
    }
    let names = rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ");
    let says = match rows.len() {
        0 => word("partners.no-views-yet").to_owned(),
        _ => say("partners.your-views", &[("names", &names)]),
    };
    let mistakes = vec![ParameterMistake::new("name", says)];
    Ok(present_once(StatusCode::NOT_FOUND, &ViewPage::new(carried, fields, mistakes)))
}

async fn write(
    app: &App,
    carried: &Carried,
    holder: &KeyHolder,
    peer: &Peer,
    fields: ViewFields,
) -> Result<Response, PageError> {
    let mut mistakes = Mistakes::default();
    check_name(fields.value("name"), &mut mistakes);
    let members = fields.members();
    let written = write_view(app, holder, peer, fields.value("name"), &members, mistakes).await;
    let (status, mistakes) = match written {
        Ok(written) => return Ok(present_made(carried, fields, &written)),
        Err(AppError::BadRequest(mistakes)) => (StatusCode::BAD_REQUEST, mistakes),
        Err(AppError::Conflict { reason }) => (StatusCode::CONFLICT, vec![ParameterMistake::new("name", reason)]),
        Err(other) => return Err(other.into()),
    };
    Ok(present_once(status, &ViewPage::new(carried, fields, mistakes)))
}

fn present_made(carried: &Carried, fields: ViewFields, written: &Written) -> Response {
    let (status, row, says) = match written {
        Written::Created(row) => (StatusCode::CREATED, row, word("partners.view-made")),
        Written::Changed(row) => (StatusCode::OK, row, word("partners.view-changed")),
        Written::Unchanged(row) => (StatusCode::OK, row, word("partners.view-unchanged")),
    };
    // A name is a slug, so it stands in an address as it is.
    let name = &row.name;
    let made = MadeView {
        name: name.clone(),
        parameter: format!("view={name}"),
        says,
        search_href: carried.address(&format!("/?view={name}")),
        builder_href: carried.address(&format!("/partners/widget?view={name}")),
        api_href: format!("/v1/views/{name}"),
    };
    let fields = ViewFields::of_view(fields.key, row);
    present_once(status, &ViewPage { made: Some(made), ..ViewPage::new(carried, fields, Vec::new()) })
}

/// Whose key was typed.
async fn holder_of(app: &App, peer: &Peer, key: &str) -> Result<Option<KeyHolder>, AppError> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Ok(None);
    }
    holder_of_typed(app, peer, key).await
}

impl ViewPage {
    fn new(carried: &Carried, fields: ViewFields, mistakes: Vec<ParameterMistake>) -> Self {
        let (mistakes, groups) = fields.groups(mistakes);
        let title = word(if mistakes.is_empty() { "partners.view-title" } else { "partners.view-title-mistake" });
        Self {
            layout: Layout::new(title, PATH).described(word("partners.view-description")).carrying(carried),
            action: carried.address(PATH),
            key: fields.key,
            groups,
            mistakes,
            told: None,
            made: None,
            key_href: carried.address("/partners/key"),
            docs_href: carried.address("/docs/keys#views"),
            builder_href: carried.address("/partners/widget"),
            partners_href: carried.address(PARTNERS),
        }
    }

    /// What is wrong with the key.
    fn key_mistake(&self) -> Option<&str> {
        self.mistakes.iter().find(|mistake| mistake.parameter == "key").map(|mistake| mistake.detail.as_str())
    }
}
