//! The bodies of calls that change something, read and bounded. What stands in one is for the call to judge.
//!
//! What is of another type or too large is refused at once. What cannot be read is a mistake among the others, after
//! which nothing more is read.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::mistakes::{Mistakes, unknown_member};
use super::query::refuse_parameters;
use crate::error::{AppError, ParameterMistake};

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";
/// What a form sends that has no files.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of plain text.
pub(crate) const TEXT: &str = "text/plain";
/// All that makes up the largest view, twice over; also thirty times the longest source file that ships. The longest report in a form takes 24 KB, every byte of it escaped.
const MAX_BODY_BYTES: usize = 64 << 10;
/// What is said of a body of which the end is missing.
const BROKEN_OFF: &str = "it broke off while it was sent";

/// The media type of what is sent, without its parameters; empty where none is named.
fn media_type(headers: &HeaderMap) -> &str {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim()
}

/// Whether what is sent is said to be of this type.
pub(crate) fn is_of_type(headers: &HeaderMap, expected: &str) -> bool {
    media_type(headers).eq_ignore_ascii_case(expected)
}

/// Refuses what is of none of these types, the first of which is named.
///
/// # Errors
/// [`AppError::UnsupportedType`].
pub(crate) fn require_type(headers: &HeaderMap, types: &[&'static str]) -> Result<(), AppError> {
    if types.iter().any(|expected| is_of_type(headers, expected)) {
        return Ok(());
    }
    Err(AppError::unsupported_type(media_type(headers), types.first().copied().unwrap_or_default()))
}

/// What is wrong with a call that takes no parameters, before its body is looked at.
pub(crate) fn no_parameters(raw: Option<&str>) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if let Err(AppError::BadRequest(told)) = refuse_parameters(raw) {
        for ParameterMistake { parameter, detail } in told {
            mistakes.add(&parameter, detail);
        }
    }
    mistakes
}

/// The members of a body that is a JSON object sent under one of these types, and the mistakes that were met before.
///
/// # Errors
/// [`AppError::UnsupportedType`], [`AppError::TooLarge`]; all mistakes so far where it is no object.
pub(crate) async fn read_object(
    headers: &HeaderMap,
    body: Body,
    types: &[&'static str],
    mut mistakes: Mistakes,
) -> Result<(Map<String, Value>, Mistakes), AppError> {
    require_type(headers, types)?;
    let detail = match read(body).await? {
        None => BROKEN_OFF.to_owned(),
        Some(bytes) => match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => return Ok((members, mistakes)),
            Ok(_) => "expected a JSON object".to_owned(),
            Err(error) => format!("it is no JSON: {error}"),
        },
    };
    mistakes.add("body", detail);
    Err(AppError::BadRequest(mistakes.into_result().err().unwrap_or_default()))
}

/// A text that is sent as it is, or as the member of this name of a JSON object.
///
/// # Errors
/// [`AppError::UnsupportedType`], [`AppError::TooLarge`]; the mistakes where there is no such text in it.
pub(crate) async fn read_text(headers: &HeaderMap, body: Body, name: &str) -> Result<String, AppError> {
    if is_of_type(headers, TEXT) {
        let text = read(body).await?.map(String::from_utf8);
        let refused = |detail: &str| AppError::BadRequest(vec![ParameterMistake::new("body", detail)]);
        return match text {
            None => Err(refused(BROKEN_OFF)),
            Some(text) => text.map_err(|_| refused("it is no text in UTF-8")),
        };
    }
    let (mut members, mut mistakes) = read_object(headers, body, &[JSON, TEXT], Mistakes::default()).await?;
    refuse_unknown("", &members, &[name], &mut mistakes);
    let text = match members.remove(name) {
        Some(Value::String(text)) => text,
        Some(_) | None => {
            mistakes.add(name, "expected a text");
            String::new()
        }
    };
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(text)
}

/// The parts of a form by their names: the first of each name, empty where there is none. Others are none of ours.
///
/// # Errors
/// [`AppError::UnsupportedType`], [`AppError::TooLarge`], or that it broke off.
pub(crate) async fn read_form<const N: usize>(
    headers: &HeaderMap,
    body: Body,
    names: [&str; N],
) -> Result<[String; N], AppError> {
    require_type(headers, &[FORM])?;
    let Some(bytes) = read(body).await? else {
        return Err(AppError::BadRequest(vec![ParameterMistake::new("body", BROKEN_OFF)]));
    };
    Ok(parts_of(&bytes, names))
}

/// Says of each member that is not known which was probably meant. `place` stands before the names.
pub(crate) fn refuse_unknown(place: &str, members: &Map<String, Value>, known: &[&str], mistakes: &mut Mistakes) {
    for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
        mistakes.add(&format!("{place}{name}"), unknown_member(name, known));
    }
}

/// The whole of a body; `None` when it broke off.
async fn read(body: Body) -> Result<Option<Vec<u8>>, AppError> {
    let mut bytes = Vec::new();
    let mut stream = body.into_data_stream();
    while let Some(piece) = stream.next().await {
        let Ok(piece) = piece else {
            return Ok(None);
        };
        if bytes.len().saturating_add(piece.len()) > MAX_BODY_BYTES {
            return Err(AppError::TooLarge { max_bytes: MAX_BODY_BYTES });
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

fn parts_of<const N: usize>(form: &[u8], names: [&str; N]) -> [String; N] {
    names.map(|wanted| {
        let found = form_urlencoded::parse(form).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn of_type(media_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))])
    }

    async fn object(media_type: &'static str, body: impl Into<Body>) -> Result<Map<String, Value>, AppError> {
        let mistakes = no_parameters(Some("a=b"));
        read_object(&of_type(media_type), body.into(), &[JSON, "text/plain"], mistakes)
            .await
            .map(|(members, _)| members)
    }

    #[tokio::test]
    async fn an_object_is_read_under_the_types_it_may_have() {
        for media_type in ["application/json", "Application/JSON ; charset=utf-8", "text/plain;charset=UTF-8"] {
            let members = object(media_type, "{\"a\": 1}").await.unwrap();
            assert_eq!(Value::Object(members), json!({ "a": 1 }), "{media_type}");
        }
        for media_type in ["", "application/jsonl", "text/html"] {
            let error = object(media_type, "{}").await.unwrap_err();
            assert!(matches!(error, AppError::UnsupportedType { expected: JSON, .. }), "{media_type}: {error}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_told_with_the_mistakes_before_it() {
        let broken = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
        for body in [Body::from("{"), Body::from(""), Body::from("[1]"), Body::from_stream(broken)] {
            let AppError::BadRequest(told) = object(JSON, body).await.unwrap_err() else { panic!("another error") };
            let named: Vec<&str> = told.iter().map(|mistake| mistake.parameter.as_str()).collect();
            assert_eq!(named, ["a", "body"]);
        }
    }

    #[tokio::test]
    async fn no_more_is_read_than_is_taken() {
        let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 10]));
        for body in [Body::from(vec![b' '; MAX_BODY_BYTES + 1]), Body::from_stream(endless)] {
            assert!(matches!(object(JSON, body).await, Err(AppError::TooLarge { .. })));
        }
        assert!(matches!(object(JSON, vec![b' '; MAX_BODY_BYTES]).await, Err(AppError::BadRequest(_))));
    }

    #[tokio::test]
    async fn of_the_parts_of_a_form_the_first_of_each_name_counts() {
        let form = "kind=other&kind=duplicate&detail=a+b%0D%0Ac&email=ada%40example.org";
        let read = read_form(&of_type(FORM), Body::from(form), ["kind", "field", "detail"]).await.unwrap();
        assert_eq!(read, ["other", "", "a b\r\nc"]);
        assert_eq!(parts_of(b"%ff=%ff&&=", ["kind"]), [""]);
        let wrong = read_form(&of_type(JSON), Body::from(form), ["kind"]).await.unwrap_err();
        assert!(matches!(wrong, AppError::UnsupportedType { expected: FORM, .. }), "{wrong}");
    }

    #[test]
    fn what_is_not_known_is_told_with_its_place() {
        let members = Map::from_iter([("colour".to_owned(), Value::Null), ("accent".to_owned(), Value::Null)]);
        let mut mistakes = Mistakes::default();
        refuse_unknown("theme.", &members, &["accent"], &mut mistakes);
        let told = mistakes.into_result().unwrap_err();
        assert_eq!((told.len(), told[0].parameter.as_str()), (1, "theme.colour"));
    }
}
