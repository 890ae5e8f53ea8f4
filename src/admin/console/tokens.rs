//! Tokens: who may do what, for how long; making one, which is shown once, and revoking one. For admins alone.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::List;
use super::confirm::{Confirmation, Why, ask, ask_again};
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::{Mistake, Refused};
use super::visit::{Visit, back_to, segment};
use crate::catalogue::Role;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// A token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    id: String,
    name: String,
    role: String,
    source: Option<String>,
    prefix: String,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
}

/// A new token as it was filled in.
#[derive(Debug, Default)]
struct NewToken {
    name: String,
    role: String,
    source: String,
    days: String,
}

impl NewToken {
    fn read(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { name: text("name"), role: text("role"), source: text("source"), days: text("days") }
    }

    /// As the API takes it. Days that are no number are sent as none at all, so that they are told of with the rest.
    fn body(&self) -> Value {
        let days = match self.days.as_str() {
            "" => None,
            text => Some(text.parse::<u64>().unwrap_or(0)),
        };
        let source = Some(self.source.as_str()).filter(|source| !source.is_empty());
        json!({ "name": self.name, "role": self.role, "source": source, "expires_in_days": days })
    }
}

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct TokensPage {
    layout: Layout,
    frame: Frame,
    tokens: Vec<Token>,
    roles: [&'static str; Role::ALL.len()],
    new: NewToken,
    mistakes: Vec<Mistake>,
    /// A token that was made just now, shown this once.
    made: Option<String>,
    pager: Pager,
}

/// The tokens.
pub(super) async fn list_tokens(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    tokens_page(&visit, StatusCode::OK, NewToken::default(), Vec::new(), None).await
}

async fn tokens_page(
    visit: &Visit,
    status: StatusCode,
    new: NewToken,
    mistakes: Vec<Mistake>,
    made: Option<String>,
) -> Result<Response, Refused> {
    let list: List<Token> = visit.get(&format!("/tokens{}", visit.passed_on(&["page"]))).await?;
    let pager = Pager::of(visit, "/admin/tokens", &[], &list);
    let (mut layout, frame) = framed(visit, Place::Tokens, "Tokens");
    if made.is_some() {
        layout = layout.scripted(&["copy.js"]);
    }
    let roles = Role::ALL.map(Role::name);
    let page = TokensPage { layout, frame, tokens: list.results, roles, new, mistakes, made, pager };
    Ok(present_once(status, &page))
}

/// Makes a token. It is shown in this answer and never again, so there is no page to be led back to.
pub(super) async fn create_token(Extension(visit): Extension<Visit>, form: Form) -> Result<Response, Refused> {
    let new = NewToken::read(&form);
    match visit.post("/tokens", &new.body()).await {
        Ok(answer) => {
            let made = answer["token"].as_str().map(ToOwned::to_owned);
            tokens_page(&visit, StatusCode::CREATED, NewToken::default(), Vec::new(), made).await
        }
        Err(refused) if refused.is_about_what_was_sent() => {
            let status = refused.status;
            tokens_page(&visit, status, new, refused.into_mistakes(), None).await
        }
        Err(refused) => Err(refused),
    }
}

/// Asks before a token is revoked, and why.
pub(super) async fn ask_revoke(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Response {
    ask(&visit, revocation_of(&id))
}

/// Revokes a token.
pub(super) async fn revoke_token(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    match visit.post(&format!("/tokens/{}/revocation", segment(&id)), &json!({ "why": form.text("why") })).await {
        Ok(_) => Ok(back_to("/admin/tokens", "token-revoked")),
        Err(refused) => ask_again(&visit, revocation_of(&id), refused),
    }
}

fn revocation_of(id: &str) -> Confirmation {
    Confirmation {
        place: Place::Tokens,
        title: "Revoke this token?".to_owned(),
        consequences: vec![
            "Whoever uses it is answered with 401 from now on, for good.".to_owned(),
            "Whoever has signed in to this console with it is signed out; if that is you, so are you.".to_owned(),
        ],
        action: format!("/admin/tokens/{}/revocation", segment(id)),
        hidden: Vec::new(),
        why: Why::Asked,
        button: "Revoke it",
        back: "/admin/tokens".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_no_number_are_told_of_by_the_api() {
        let days =
            |text: &str| NewToken { days: text.to_owned(), ..NewToken::default() }.body()["expires_in_days"].clone();
        assert_eq!((days(""), days("90"), days("soon")), (Value::Null, json!(90), json!(0)));
    }
}
