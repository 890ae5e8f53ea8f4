//! Logs: one line an event, a sentence that stands alone, with fields that can be asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
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
    let registry = tracing_subscriber::registry().with(filter_of(filter));
    // Colours are for a person's terminal; in a file they are noise.
    let colours = std::io::stderr().is_terminal();
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let started = match format {
        LogFormat::Text => registry.with(layer.with_target(false)).try_init(),
        LogFormat::Json => registry.with(layer.json()).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// What is written: as asked for, but of parsers that warn of every oddity in a page of somebody else errors only,
/// unless they are asked for by name.
fn filter_of(asked: &str) -> EnvFilter {
    let with_quiet = |asked: &str| format!("{QUIET},{asked}");
    EnvFilter::try_new(with_quiet(asked)).unwrap_or_else(|_| EnvFilter::new(with_quiet("info")))
}

#[cfg(test)]
mod tests {
    use super::*;

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
