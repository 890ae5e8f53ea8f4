//! A view that a partner writes, through the API or the form: checked whole, counted against the limit of its caller, and
//! seen by searches from then on.

use serde_json::{Map, Value};

use super::reading::read_view;
use crate::app::App;
use crate::catalogue::{KeyHolder, ViewWriter, Written};
use crate::error::AppError;
use crate::web::mistakes::Mistakes;
use crate::web::peer::Peer;
use crate::web::rate_limit::Act;

/// Makes a view of these members, or puts them in the place of what it was. The name was checked before; what was found
/// wrong with it is among the mistakes.
///
/// # Errors
/// [`AppError::BadRequest`] with all mistakes, [`AppError::TooManyRequests`], and [`AppError::Conflict`] when the name is
/// another's or there are as many views as there may be.
pub(crate) async fn write_view(
    app: &App,
    holder: &KeyHolder,
    peer: &Peer,
    name: &str,
    members: &Map<String, Value>,
    mut mistakes: Mistakes,
) -> Result<Written, AppError> {
    let definition = read_view(app, members, &mut mistakes).await?;
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let now = app.clock.now();
    app.limits.may(Act::WriteView, peer, now)?;
    let writer = ViewWriter::Partner(holder.partner.clone());
    let written = app.store()?.put_view(name, &definition, &writer, &who(holder), now).await?;
    app.load_views().await?;
    Ok(written)
}

/// A partner as the audit log calls it. Its id stands there too, for anybody may call themselves anything.
pub(crate) fn who(holder: &KeyHolder) -> String {
    format!("partner {} ({})", holder.name, holder.partner)
}
