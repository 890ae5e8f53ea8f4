//! Figures: how things stand at the moment somebody asks, written as Prometheus reads them.
//!
//! They are asked for and not counted along, so a source that is gone has none any more, and a node that was just
//! started tells the same as one that has run for months. While the store is away its figures are left out.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::process;
use crate::app::App;
use crate::catalogue::CatalogueError;

/// Whoever asks for figures asks again in a quarter of a minute; what the store does not say by now is left out.
const STORE_WITHIN: Duration = Duration::from_secs(2);

/// The figures as text.
pub(super) async fn figures(app: &App) -> String {
    let mut page = Page::default();
    about_the_process(app, &mut page);
    about_the_index(app, &mut page);
    let asked = tokio::time::timeout(STORE_WITHIN, about_the_store(app)).await;
    let of_store = asked.ok().and_then(Result::ok);
    page.one("signpost_store_up", "Whether the store of record answered.", u64::from(of_store.is_some()));
    page.0.push_str(&of_store.unwrap_or_default().0);
    page.0
}

fn about_the_process(app: &App, page: &mut Page) {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    page.family("signpost_build_info", "The version that runs.", [(version, 1)]);
    let uptime = seconds_since(app.standing.started(), app.clock.now());
    page.one("signpost_process_uptime_seconds", "How long the program has run.", uptime);
    if let Some(bytes) = process::resident_bytes() {
        page.one("signpost_process_resident_memory_bytes", "Memory that is in use.", bytes);
    }
    if let Some(descriptors) = process::open_descriptors() {
        page.one("signpost_process_open_descriptors", "Files and connections that are open.", descriptors);
    }
    if let Some(bytes) = app.disk.free_bytes() {
        page.one("signpost_disk_free_bytes", "Room that is left where the data is.", bytes);
    }
    page.one(
        "signpost_disk_is_low",
        "Whether there is too little room to begin anything.",
        u64::from(app.disk.is_low()),
    );
    page.one("signpost_node_leads", "Whether this node keeps the schedules.", u64::from(app.leader.is_leader()));
}

fn about_the_index(app: &App, page: &mut Page) {
    let index = &app.index;
    page.one("signpost_index_generation", "The generation of the index.", index.generation());
    page.one("signpost_index_sequence", "How far the index follows the change log.", index.position());
    page.one("signpost_index_resources", "Resources that the index holds.", index.resource_count());
    page.one("signpost_index_is_damaged", "Whether a file of the index is damaged.", u64::from(index.is_damaged()));
}

/// The figures of the store; all of them or none.
async fn about_the_store(app: &App) -> Result<Page, CatalogueError> {
    let (catalogue, now) = (&app.catalogue, app.clock.now());
    let mut page = Page::default();
    let facts = catalogue.store_facts().await?;
    page.one("signpost_store_sequence", "The last place in the change log.", facts.head);
    let behind = facts.head.saturating_sub(app.index.position());
    page.one("signpost_index_behind_changes", "Changes that the index does not know yet.", behind);
    let waits = facts.oldest_queued.map_or(0, |since| seconds_since(since, now));
    page.one("signpost_jobs_oldest_queued_seconds", "How long the job has waited that waits longest.", waits);
    let jobs = catalogue.jobs_by_state().await?.into_iter();
    let jobs = jobs.map(|(kind, state, count)| (vec![("kind", kind), ("state", state)], count));
    page.family("signpost_jobs", "Jobs that are kept, by kind and state.", jobs);
    let alarms = catalogue.open_alarms_by_kind().await?.into_iter();
    page.family("signpost_alarms_open", "Alarms that are open.", alarms.map(|(kind, n)| (vec![("kind", kind)], n)));
    let sources = catalogue.last_ok_of_sources().await?.into_iter();
    let ages = sources.map(|(id, at)| (vec![("source", id)], seconds_since(at, now)));
    page.family("signpost_source_last_ok_age_seconds", "How long ago the last ok run of a source was.", ages);
    page.one("signpost_notices_waiting", "Notices that nobody was told yet.", catalogue.notices_waiting().await?);
    Ok(page)
}

fn seconds_since(then: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0)
}

/// Lines of figures.
#[derive(Default)]
struct Page(String);

impl Page {
    /// A figure without labels.
    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, help, [(Vec::new(), value)]);
    }

    /// A figure for each set of labels.
    fn family(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = (Vec<(&'static str, String)>, u64)>) {
        let text = &mut self.0;
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in rows {
            let labels: Vec<String> =
                labels.into_iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(&value))).collect();
            let set = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(text, "{name}{set} {value}");
        }
    }
}

/// Source: Prometheus exposition formats, text format: backslash, quotation mark and line feed of a label's value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_help_type_and_escaped_labels() {
        let mut page = Page::default();
        page.one("signpost_a", "One.", 7);
        page.family("signpost_b", "Two.", [(vec![("x", "say \"hi\"\\".to_owned()), ("y", "z".to_owned())], 1)]);
        assert_eq!(
            page.0,
            "# HELP signpost_a One.\n# TYPE signpost_a gauge\nsignpost_a 7\n\
             # HELP signpost_b Two.\n# TYPE signpost_b gauge\nsignpost_b{x=\"say \\\"hi\\\"\\\\\",y=\"z\"} 1\n"
        );
    }
}
