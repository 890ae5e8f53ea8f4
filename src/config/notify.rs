//! Whom to tell when something needs an admin, and how.

use lettre::message::Mailbox;
use schemas::{TomlReader, TomlTable};
use url::{Host, Url};

use super::secret::{Secret, read_secret};

/// `[notify]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyConfig {
    /// By mail: `smtp_url` (or `smtp_url_file`), `from` and `to`. Nobody by default.
    pub mail: Option<MailConfig>,
    /// By a call: `webhook_url` (or `webhook_url_file`) and, to sign it, `webhook_secret` (or `webhook_secret_file`).
    pub call: Option<CallConfig>,
    /// Whether a digest of the week is told on Mondays: `digest = "on"` or `"off"`. On, for it says too when nothing
    /// happened, which silence would not.
    pub has_digest: bool,
}

/// How to send mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// The mail server: `smtps://name:password@host`, or `smtp://…?tls=required`.
    pub smtp_url: Secret,
    /// Who the mail is from.
    pub from: Mailbox,
    /// Whom it goes to.
    pub to: Vec<Mailbox>,
}

/// How to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallConfig {
    /// The address. A secret, for most services put a key into it.
    pub url: Secret,
    /// What the call is signed with.
    pub secret: Option<Secret>,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self { mail: None, call: None, has_digest: true }
    }
}

impl NotifyConfig {
    pub(super) fn read<'t>(reader: &mut TomlReader<'t>, top: &mut TomlTable<'t>, mistakes: &mut Vec<String>) -> Self {
        let mut table = reader.table(top, "notify");
        let mail = read_mail(reader, &mut table, mistakes);
        let call = read_call(reader, &mut table, mistakes);
        let digest = reader.text(&mut table, "digest");
        let digest_place = reader.place(&table, "digest");
        reader.close(&table);
        let has_digest = match digest.as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(other) => {
                mistakes.push(format!("{digest_place}: `{other}`: expected `on` or `off`"));
                true
            }
        };
        Self { mail, call, has_digest }
    }
}

fn read_mail<'t>(
    reader: &mut TomlReader<'t>,
    table: &mut TomlTable<'t>,
    mistakes: &mut Vec<String>,
) -> Option<MailConfig> {
    let server = read_secret(reader, table, ["smtp_url", "smtp_url_file"], mistakes);
    let from = reader.text(table, "from");
    let to = reader.texts(table, "to").unwrap_or_default();
    let (from_place, to_place) = (reader.place(table, "from"), reader.place(table, "to"));
    let mut mailbox = |text: &str, place: &str| {
        let parsed = text.parse::<Mailbox>().ok();
        if parsed.is_none() {
            mistakes
                .push(format!("{place}: `{text}`: expected a mail address, such as Signpost <signpost@example.org>"));
        }
        parsed
    };
    let from_box = from.as_deref().and_then(|text| mailbox(text, &from_place));
    let to_boxes: Vec<Mailbox> = to.iter().filter_map(|text| mailbox(text, &to_place)).collect();
    let Some((smtp_url, place)) = server else {
        if from.is_some() || !to.is_empty() {
            let named = if from.is_some() { from_place } else { to_place };
            mistakes.push(format!("{named}: mail needs `smtp_url` or `smtp_url_file` as well"));
        }
        return None;
    };
    if let Err(reason) = check_mail_server(smtp_url.expose()) {
        mistakes.push(format!("{place}: {reason}"));
    }
    if from.is_none() {
        mistakes.push(format!("{from_place}: missing; mail needs who it is from"));
    }
    if to.is_empty() {
        mistakes.push(format!("{to_place}: missing; mail needs whom it goes to"));
    }
    Some(MailConfig { smtp_url, from: from_box?, to: to_boxes })
}

/// The words of a notice and the password go encrypted, or not off this machine. The address is not told: it is secret.
fn check_mail_server(text: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "expected smtps://name:password@host, or smtp://name:password@host?tls=required";
    let url = Url::parse(text).map_err(|_| EXPECTED)?;
    let is_encrypted = match url.scheme() {
        "smtps" => true,
        "smtp" => url.query_pairs().any(|(key, value)| key == "tls" && value == "required"),
        _ => return Err(EXPECTED),
    };
    if url.host().is_none() {
        return Err(EXPECTED);
    }
    if is_encrypted || is_loopback(&url) {
        return Ok(());
    }
    Err("mail would go unencrypted, which only a server on this machine is sent; add ?tls=required, or write smtps://")
}

/// Of an address that is not http its host is read as a name, also where it is a number.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn read_call<'t>(
    reader: &mut TomlReader<'t>,
    table: &mut TomlTable<'t>,
    mistakes: &mut Vec<String>,
) -> Option<CallConfig> {
    let address = read_secret(reader, table, ["webhook_url", "webhook_url_file"], mistakes);
    let secret = read_secret(reader, table, ["webhook_secret", "webhook_secret_file"], mistakes);
    let Some((url, place)) = address else {
        if let Some((_, place)) = secret {
            mistakes.push(format!("{place}: there is nothing to sign without `webhook_url` or `webhook_url_file`"));
        }
        return None;
    };
    let is_web = Url::parse(url.expose()).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_web {
        mistakes.push(format!("{place}: expected an http or https address"));
    }
    Some(CallConfig { url, secret: secret.map(|(secret, _)| secret) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (NotifyConfig, Vec<String>) {
        let (mut reader, mut top) = TomlReader::open("signpost.toml", text);
        let mut mistakes = Vec::new();
        let notify = NotifyConfig::read(&mut reader, &mut top, &mut mistakes);
        mistakes.extend(reader.finish().iter().map(ToString::to_string));
        (notify, mistakes)
    }

    #[test]
    fn nobody_is_told_by_default_and_the_digest_is_on() {
        assert_eq!(read(""), (NotifyConfig::default(), Vec::new()));
    }

    #[test]
    fn mail_and_calls_are_read_and_nothing_of_them_prints() {
        let (notify, mistakes) = read(
            "[notify]\nsmtp_url = \"smtps://us:hush@mail.example.org\"\nfrom = \"Signpost <us@example.org>\"\n\
             to = [\"admin@example.org\"]\nwebhook_url = \"https://example.org/hush\"\nwebhook_secret = \"hush\"\n\
             digest = \"off\"\n",
        );
        assert_eq!(mistakes, [""; 0]);
        assert!(notify.mail.is_some() && notify.call.is_some() && !notify.has_digest);
        assert!(!format!("{notify:?}").contains("hush"), "{notify:?}");
    }

    #[test]
    fn every_mistake_is_told_without_what_is_secret() {
        for (text, expected) in [
            ("smtp_url = \"hush\"\nfrom = \"a@b.org\"\nto = \"a@b.org\"", "`notify.smtp_url`: expected smtps://"),
            (
                "smtp_url = \"smtp://us:hush@b.org\"\nfrom = \"a@b.org\"\nto = \"a@b.org\"",
                "`notify.smtp_url`: mail would go unencrypted",
            ),
            ("smtp_url = \"smtps://hush@b.org\"\nto = \"a@b.org\"", "`notify.from`: missing"),
            ("smtp_url = \"smtps://hush@b.org\"\nfrom = \"a@b.org\"", "`notify.to`: missing"),
            ("to = \"a@b.org\"", "`notify.to`: mail needs `smtp_url`"),
            ("to = \"nobody\"", "`notify.to`: `nobody`: expected a mail address"),
            ("webhook_url = \"mailto:hush@b.org\"", "`notify.webhook_url`: expected an http or https address"),
            ("webhook_secret = \"hush\"", "`notify.webhook_secret`: there is nothing to sign"),
            ("digest = \"weekly\"", "`notify.digest`: `weekly`: expected `on` or `off`"),
            ("smtp = \"\"", "`notify.smtp`: unknown key"),
        ] {
            let told = read(&format!("[notify]\n{text}\n")).1.join("\n");
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
            assert!(!told.contains("hush"), "{told}");
        }
    }

    #[test]
    fn unencrypted_mail_goes_to_this_machine_only() {
        for (url, allowed) in [
            ("smtp://localhost:2525", true),
            ("smtp://127.0.0.1:2525", true),
            ("smtp://[::1]:2525", true),
            ("smtp://mail.example.org?tls=required", true),
            ("smtp://mail.example.org?tls=opportunistic", false),
            ("smtp://10.0.0.7", false),
            ("http://localhost", false),
        ] {
            assert_eq!(check_mail_server(url).is_ok(), allowed, "{url}");
        }
    }
}
