//! Mail: one notice to all who are to have it, in plain text.
//!
//! The same notice always makes the same mail, with the same `Message-ID`: a mailbox that gets it twice can tell.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport as _, Message, Tokio1Executor};

use super::deliver::Letter;
use crate::config::MailConfig;

/// A mail server that says nothing for so long is not there.
const SILENCE: Duration = Duration::from_secs(20);
/// The longest that a whole mail may take, greeting and goodbye included.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Sends a notice. `host` is ours, for the `Message-ID`.
///
/// # Errors
/// What went wrong, without anything secret.
pub(super) async fn send(config: &MailConfig, host: &str, letter: &Letter) -> Result<(), String> {
    let message = compose(config, host, letter)?;
    // Its own error would tell the address, password and all.
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.smtp_url.expose())
        .map_err(|_| "`notify.smtp_url` cannot be used".to_owned())?
        .timeout(Some(SILENCE))
        .build::<Tokio1Executor>();
    match tokio::time::timeout(TIMEOUT, transport.send(message)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("the mail server: {error}")),
        Err(_) => Err(format!("the mail server took longer than {} seconds", TIMEOUT.as_secs())),
    }
}

fn compose(config: &MailConfig, host: &str, letter: &Letter) -> Result<Message, String> {
    // RFC 3834, 5: so that no holiday answers it.
    let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    let mut message = Message::builder()
        .from(config.from.clone())
        .subject(format!("[Signpost] {}", letter.subject))
        .message_id(Some(format!("<{}@{host}>", letter.id)))
        .date(SystemTime::from(letter.created))
        .raw_header(automatic)
        .header(ContentType::TEXT_PLAIN);
    for to in &config.to {
        message = message.to(to.clone());
    }
    message.body(letter.body.clone()).map_err(|error| format!("the mail cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_notice_always_makes_the_same_mail_and_says_that_no_person_sent_it() {
        let config = MailConfig {
            smtp_url: Secret::new("smtp://127.0.0.1:2525"),
            from: "Signpost <signpost@example.org>".parse().expect("an address"),
            to: vec!["admin@example.org".parse().expect("an address")],
        };
        let letter = Letter {
            id: "disk-1".to_owned(),
            kind: "disk".to_owned(),
            subject: "little room\r\nBcc: all@example.org".replace(char::is_control, " "),
            body: "so many bytes are left\n".to_owned(),
            created: "2026-11-21T09:00:00Z".parse().expect("a time"),
        };
        let write = || String::from_utf8(compose(&config, "signpost.example", &letter).expect("a mail").formatted());
        let mail = write().expect("text");
        assert_eq!(Ok(&mail), write().as_ref());
        for expected in [
            "Message-ID: <disk-1@signpost.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Date: Sat, 21 Nov 2026 09:00:00 +0000\r\n",
            "To: admin@example.org\r\n",
            "so many bytes are left",
        ] {
            assert!(mail.contains(expected), "{expected} not in\n{mail}");
        }
        assert!(!mail.contains("\nBcc:"), "{mail}");
    }
}
