//! What the admin API answers, as far as the console shows it. What an answer leaves out is blank here.

use serde::Deserialize;

/// A list, or a page of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct List<T> {
    pub(super) results: Vec<T>,
    pub(super) total: u64,
    pub(super) page: u64,
    pub(super) per_page: u64,
}

/// A source.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) organisation: String,
    pub(super) homepage: Option<String>,
    pub(super) licence: Option<String>,
    pub(super) nation: String,
    pub(super) kind: String,
    pub(super) schedule: String,
    pub(super) enabled: bool,
    pub(super) present: bool,
    pub(super) resources: u64,
    pub(super) last_harvest: Option<Run>,
    /// file or store
    pub(super) origin: Option<String>,
    /// When it runs next, RFC 3339.
    pub(super) next_start: Option<String>,
    pub(super) schedule_by_admin: Option<String>,
    // What follows is told of one source, and not in a list.
    pub(super) toml: Option<String>,
    /// Whether somebody has looked at a few of its records as it is written now.
    pub(super) previewed: bool,
    /// Records that its last whole run did not see, and that wait.
    pub(super) missing: u64,
    /// Until when it asked to be left alone, RFC 3339.
    pub(super) postponed_until: Option<String>,
    /// Its most frequent words that no vocabulary knows.
    pub(super) unmapped: Vec<UnmappedWord>,
    pub(super) unmapped_total: u64,
}

/// A word that no vocabulary knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UnmappedWord {
    pub(super) field: String,
    pub(super) word: String,
    pub(super) records: u64,
}

impl Source {
    /// Whether the console can change its text: a file is changed where it stands.
    pub(super) fn is_of_store(&self) -> bool {
        self.origin.as_deref() == Some("store")
    }

    /// What is said of how it does, and the mark before it.
    pub(super) fn health(&self) -> (&'static str, &'static str) {
        let state = self.last_harvest.as_ref().map(|run| run.state.as_str());
        match (self.present, self.enabled, state) {
            (false, _, _) => ("gone", "retired"),
            (true, false, None) => ("gone", "not enabled yet"),
            (true, false, Some(_)) => ("gone", "disabled"),
            (true, true, None) => ("gone", "not harvested yet"),
            (true, true, Some("ok")) => ("well", "well"),
            (true, true, Some("running")) => ("well", "being harvested"),
            (true, true, Some("held")) => ("poorly", "held: it waits for you"),
            (true, true, Some("partial")) => ("poorly", "its last run was not whole"),
            (true, true, Some(_)) => ("poorly", "its last run failed"),
        }
    }
}

/// One harvest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) manner: String,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) started: String,
    pub(super) finished: Option<String>,
    pub(super) counts: Counts,
    pub(super) problems: u64,
    /// When it was rolled back, RFC 3339.
    pub(super) rolled_back: Option<String>,
    pub(super) rolled_back_by: Option<String>,
}

impl Run {
    /// The class of the mark before its state.
    pub(super) fn mark(&self) -> &'static str {
        match self.state.as_str() {
            "ok" | "running" => "well",
            _ => "poorly",
        }
    }
}

/// What a harvest counted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) created: u64,
    pub(super) changed: u64,
    pub(super) unchanged: u64,
    pub(super) deleted: u64,
    pub(super) rejected: u64,
    pub(super) duplicate: u64,
}

impl Counts {
    /// Whether everything that was read is accounted for.
    pub(super) fn add_up(&self) -> bool {
        self.read == self.created + self.changed + self.unchanged + self.deleted + self.rejected + self.duplicate
    }
}

/// Something that is wrong with one record.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) place: String,
    pub(super) reason: String,
    pub(super) severity: String,
}

/// A job.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) subject: Option<String>,
    pub(super) state: String,
    pub(super) done: u64,
    pub(super) total: Option<u64>,
    pub(super) message: Option<String>,
    pub(super) error: Option<String>,
    pub(super) created: String,
    pub(super) started: Option<String>,
    pub(super) finished: Option<String>,
    pub(super) asked_by: Option<String>,
    pub(super) node: Option<String>,
    pub(super) attempts: u64,
    /// Who called it off.
    pub(super) cancel_asked: Option<String>,
    /// When one that failed is tried again, RFC 3339.
    pub(super) not_before: Option<String>,
}

impl Job {
    /// Whether nothing more will come of it.
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.state.as_str(), "queued" | "running")
    }

    /// The class of the mark before its state.
    pub(super) fn mark(&self) -> &'static str {
        match self.state.as_str() {
            "failed" => "poorly",
            "cancelled" => "gone",
            _ => "well",
        }
    }
}

/// An alarm.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Alarm {
    pub(super) source: String,
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) raised: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_leaves_out_is_blank() {
        let list: List<Job> =
            serde_json::from_str(r#"{"results": [{"id": "7", "state": "running", "new": 1}]}"#).unwrap();
        assert_eq!((list.total, list.results[0].id.as_str(), list.results[0].has_ended()), (0, "7", false));
        assert!(list.results[0].subject.is_none());
    }

    #[test]
    fn a_source_waits_for_somebody_when_its_run_is_held() {
        let run = Run { state: "held".to_owned(), ..Run::default() };
        let source = Source { present: true, enabled: true, last_harvest: Some(run), ..Source::default() };
        assert_eq!(source.health(), ("poorly", "held: it waits for you"));
        assert_eq!(Source { present: true, ..Source::default() }.health(), ("gone", "not enabled yet"));
    }
}
