//! `Form`: what a form of the console sent.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use url::form_urlencoded;

use super::refused::Refused;
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::web::body::{FORM, require_type};

/// The text of a source (64 KiB, every third byte of it escaped), or a hundred identifiers of a held run.
const MAX_FORM_BYTES: usize = 512 << 10;

/// The parts of a form, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The first part of this name, without blanks around it; nothing where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value.trim())
    }

    /// The same, where it says something.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The first part of this name as it came, but for the ends of its lines, which browsers send as CR LF.
    pub(super) fn lines(&self, name: &str) -> String {
        self.0.iter().find(|(held, _)| held == name).map_or_else(String::new, |(_, value)| value.replace("\r\n", "\n"))
    }

    /// All parts of this name.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(held, _)| held == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a box of this name was ticked, or a button of this name pressed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(held, _)| held == name)
    }
}

impl FromRequest<App> for Form {
    type Rejection = Refused;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        require_type(&parts.headers, &[FORM])?;
        let bytes = to_bytes(body, MAX_FORM_BYTES).await.map_err(|_| {
            let detail = format!("it broke off, or is longer than {MAX_FORM_BYTES} bytes");
            AppError::BadRequest(vec![ParameterMistake::new("body", detail)])
        })?;
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_their_names() {
        let form = Form(form_urlencoded::parse(b"id=a&id=b&why=+a+slip+&toml=a%0D%0Ab&all=").into_owned().collect());
        assert_eq!((form.text("why"), form.text("nothing"), form.given("all")), ("a slip", "", None));
        assert_eq!(form.all("id"), ["a", "b"]);
        assert_eq!(form.lines("toml"), "a\nb");
        assert!(form.has("all") && !form.has("nothing"));
    }
}
