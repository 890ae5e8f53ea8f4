//! Logs: one line an event, a sentence that stands alone, with fields that can be asked for.
//!
//! What is counted beside them is `metrics`'s, and the line of each request `web::request_log`'s.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// One hostile page has them warn a hundred times, and nobody can do anything about it.
const QUIET: &str = "html5ever=error,markup5ever=error";

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to standard error; standard output belongs to the commands' own results.
///
/// A second call changes nothing: tests start many applications in one process.
pub fn start(format: LogFormat, filter: &str) {
    let started = match format {
        LogFormat::Text => {
            // Colours are for a person's terminal; in a file they are noise.
            let colours = std::io::stderr().is_terminal();
            let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
            tracing_subscriber::registry().with(filter_of(filter)).with(layer.with_target(false)).try_init()
        }
        LogFormat::Json => in_json(filter, std::io::stderr).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// What writes one JSON object a line: the fields of the event beside its sentence, and of the spans the innermost, which is
/// the request that it is about.
fn in_json<W>(filter: &str, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let layer = layer.json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(filter_of(filter)).with(layer)
}

/// What is written: as asked for, but of parsers that warn of every oddity in a page of somebody else errors only,
/// unless they are asked for by name.
fn filter_of(asked: &str) -> EnvFilter {
    let with_quiet = |asked: &str| format!("{QUIET},{asked}");
    EnvFilter::try_new(with_quiet(asked)).unwrap_or_else(|_| EnvFilter::new(with_quiet("info")))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;
    use crate::catalogue::StorePlace;
    use crate::config::Secret;

    /// What was written, of all clones.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panics while holding this lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What breaks out of a line, of a string or of an object where nobody looks after it.
    const HOSTILE: [&str; 10] = [
        "\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
        "\r\n2026-11-22T09:00:00Z ERROR forged",
        "\",\"level\":\"ERROR\",\"message\":\"forged",
        "\\",
        "\u{0}\u{1b}[2J\u{7f}",
        "\u{85}\u{2028}\u{2029}",
        "}\n{",
        "{{}} {0} %s ${HOME}",
        "\u{202e}gol",
        "é\u{fffd}🧪",
    ];

    #[test]
    fn a_thousand_hostile_ids_and_titles_are_a_thousand_lines_of_one_object_each_and_no_token_is_in_them() {
        let written = Written::default();
        let into = written.clone();
        let password = "a-password-of-the-store";
        let store = StorePlace::Postgres(format!("postgres://signpost:{password}@db.example/signpost"));
        let token = Secret::new("a-token-of-somebody");
        let names: Vec<(String, String)> = (0..1_000)
            .map(|number| {
                let (one, other) = (HOSTILE[number % HOSTILE.len()], HOSTILE[number / HOSTILE.len() % HOSTILE.len()]);
                (format!("{one}{number}"), format!("{number}{other}{one}"))
            })
            .collect();
        tracing::subscriber::with_default(in_json("info", move || into.clone()), || {
            for (id, title) in &names {
                let _request = tracing::error_span!("request", request.id = %id).entered();
                tracing::warn!(record.id = %id, title, ?store, ?token, error = ?title, "a record was refused: {id}");
            }
        });
        let bytes = written.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), names.len());
        assert!(
            text.ends_with('\n') && !text.contains(['\r', '\u{1b}', '\u{0}']),
            "no line is broken by what it holds"
        );
        for (line, (id, title)) in text.lines().zip(&names) {
            let told: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert_eq!((&told["record.id"], &told["title"]), (&id.as_str().into(), &title.as_str().into()), "{line}");
            assert_eq!(told["level"], "WARN", "{line}");
            assert_eq!(told["message"], format!("a record was refused: {id}"), "{line}");
            assert_eq!(told["span"]["request.id"], id.as_str(), "{line}");
        }
        assert!(!text.contains(password) && !text.contains(token.expose()));
        assert!(text.contains("db.example"), "where the store is may be said");
    }

    #[test]
    fn parsers_of_html_tell_errors_only_unless_they_are_asked_for() {
        for (asked, expected) in [
            ("warn", "markup5ever=error,html5ever=error,warn"),
            ("html5ever=debug,info", "markup5ever=error,html5ever=debug,info"),
            ("no such=filter=at all", "markup5ever=error,html5ever=error,info"),
        ] {
            assert_eq!(filter_of(asked).to_string(), expected, "{asked}");
        }
    }
}
