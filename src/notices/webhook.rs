//! The call: one notice as JSON to an address of the admin's, signed where they share a secret with us.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::redirect::Policy;
use serde_json::json;
use sha2::Sha256;

use super::deliver::Letter;
use crate::config::CallConfig;

/// Who takes longer to take a page of text is not there.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls with a notice.
///
/// # Errors
/// What went wrong, without the address, which may hold a secret.
pub(super) async fn call(config: &CallConfig, letter: &Letter) -> Result<(), String> {
    let body = body_of(letter);
    // No proxy and no redirect: the words go where the admin said and nowhere else.
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("Signpost/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("the call cannot be made: {}", error.without_url()))?;
    let mut request = client
        .post(config.url.expose())
        .header("content-type", "application/json")
        .header("signpost-notice", &letter.id);
    if let Some(secret) = &config.secret {
        request = request.header("signpost-signature", signature(secret.expose(), body.as_bytes()));
    }
    let answer = request.body(body).send().await.map_err(|error| format!("the call: {}", error.without_url()))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("the call was answered {}", status.as_u16())) }
}

fn body_of(letter: &Letter) -> String {
    json!({
        "id": letter.id,
        "kind": letter.kind,
        "subject": letter.subject,
        "body": letter.body,
        "at": letter.created.to_string(),
    })
    .to_string()
}

/// `sha256=` and the HMAC of the bytes that are sent, hexadecimal. Source: RFC 2104; written as many services do.
fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let hexadecimal: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", hexadecimal.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_standard() {
        // RFC 4231, 4.3: test case 2.
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
