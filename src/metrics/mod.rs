//! Metrics: what is counted while the service runs, for Prometheus to read.
//!
//! Here is what is counted where it happens; how things stand at the moment of asking is `figures`'s. A label has few
//! values: a route is its template, a status its class, and nothing that a caller sends is ever one. All names begin
//! with `signpost_` and end with the unit.

mod figures;
mod process;

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;
use crate::catalogue::HarvestCounts;
use crate::error::AppError;

const REQUESTS: &str = "signpost_http_requests_total";
const REQUEST_DURATION: &str = "signpost_http_request_duration_seconds";
const RATE_LIMITED: &str = "signpost_http_rate_limited_requests_total";
const INDEX_ANSWERS: &str = "signpost_index_answers_total";
const INDEX_DURATION: &str = "signpost_index_answer_duration_seconds";
const STORE_ERRORS: &str = "signpost_store_errors_total";
const JOBS_ENDED: &str = "signpost_jobs_ended_total";
const HARVESTS: &str = "signpost_harvests_total";
const HARVEST_RECORDS: &str = "signpost_harvest_records_total";

/// From what the index answers in to what is given up, each some two to three times the one before.
const DURATION_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to count. A second call changes nothing: tests start many applications in one process, which count together.
pub fn start() {
    handle();
}

fn handle() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("duration_seconds".to_owned()), &DURATION_BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        if ::metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("something else counts already; the figures of this program stay at nothing");
        }
        describe();
        handle
    })
}

fn describe() {
    for (name, help) in [
        (REQUESTS, "Requests answered, by route, method and class of status."),
        (RATE_LIMITED, "Requests refused because somebody asked too much."),
        (INDEX_ANSWERS, "Questions to the index (searches, suggestions, similar resources), by how they ended."),
        (STORE_ERRORS, "Requests that failed because the store of record did."),
        (JOBS_ENDED, "Jobs that ended on this node, by kind and by how."),
        (HARVESTS, "Harvests that ended on this node, by state."),
        (HARVEST_RECORDS, "Records that harvests on this node read, by what came of them."),
    ] {
        ::metrics::describe_counter!(name, help);
    }
    ::metrics::describe_histogram!(REQUEST_DURATION, "How long it took until an answer began, by route.");
    ::metrics::describe_histogram!(
        INDEX_DURATION,
        "How long a question to the index took, waiting for its turn included."
    );
}

/// What has to be done from time to time, so that what was counted does not pile up unread.
pub fn upkeep() {
    handle().run_upkeep();
}

/// All figures, as Prometheus reads them. Source: Prometheus exposition formats, text format 0.0.4.
pub async fn render(app: &App) -> String {
    let mut page = handle().render();
    page.push_str(&figures::figures(app).await);
    page
}

/// Counts a request that was answered. The route is its template.
pub fn count_request(route: &str, method: &'static str, status: u16, duration: Duration) {
    let class = match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    ::metrics::counter!(REQUESTS, "route" => route.to_owned(), "method" => method, "status" => class).increment(1);
    ::metrics::histogram!(REQUEST_DURATION, "route" => route.to_owned()).record(duration.as_secs_f64());
    if status == 429 {
        ::metrics::counter!(RATE_LIMITED, "route" => route.to_owned()).increment(1);
    }
}

/// How a question to the index ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexAnswer {
    /// It was answered.
    Given,
    /// The index failed.
    Failed,
    /// It had no turn in time.
    Refused,
}

impl IndexAnswer {
    /// How a question ended that was answered so.
    pub fn of<T>(answer: &Result<T, AppError>) -> Self {
        match answer {
            Ok(_) => Self::Given,
            Err(AppError::Unavailable { .. }) => Self::Refused,
            Err(_) => Self::Failed,
        }
    }
}

/// Counts a question to the index.
pub fn count_index_answer(answer: IndexAnswer, duration: Duration) {
    let outcome = match answer {
        IndexAnswer::Given => "given",
        IndexAnswer::Failed => "failed",
        IndexAnswer::Refused => "refused",
    };
    ::metrics::counter!(INDEX_ANSWERS, "outcome" => outcome).increment(1);
    ::metrics::histogram!(INDEX_DURATION).record(duration.as_secs_f64());
}

/// Counts a request that failed because the store did.
pub fn count_store_error() {
    ::metrics::counter!(STORE_ERRORS).increment(1);
}

/// Counts a job that ended: its kind, and `succeeded`, `failed`, `cancelled` or `queued` again.
pub fn count_job(kind: &'static str, end: &'static str) {
    ::metrics::counter!(JOBS_ENDED, "kind" => kind, "end" => end).increment(1);
}

/// Counts a harvest that ended and what it read.
pub fn count_harvest(state: &'static str, counts: &HarvestCounts) {
    ::metrics::counter!(HARVESTS, "state" => state).increment(1);
    for (outcome, records) in [
        ("created", counts.created),
        ("changed", counts.changed),
        ("unchanged", counts.unchanged),
        ("deleted", counts.deleted),
        ("rejected", counts.rejected),
        ("duplicate", counts.duplicate),
    ] {
        ::metrics::counter!(HARVEST_RECORDS, "outcome" => outcome).increment(records);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_written_with_its_labels_and_buckets() {
        start();
        count_request("/v1/told/{id}", "GET", 429, Duration::from_millis(30));
        count_harvest("partial", &HarvestCounts { read: 3, created: 3, ..HarvestCounts::default() });
        upkeep();
        let page = handle().render();
        for expected in [
            "# TYPE signpost_http_requests_total counter",
            "# HELP signpost_http_requests_total Requests answered",
            "signpost_http_requests_total{route=\"/v1/told/{id}\",method=\"GET\",status=\"4xx\"} 1",
            "signpost_http_rate_limited_requests_total{route=\"/v1/told/{id}\"} 1",
            "signpost_http_request_duration_seconds_bucket{route=\"/v1/told/{id}\",le=\"0.05\"} 1",
            "signpost_http_request_duration_seconds_bucket{route=\"/v1/told/{id}\",le=\"0.025\"} 0",
            "signpost_harvests_total{state=\"partial\"}",
        ] {
            assert!(page.contains(expected), "{expected}\nnot in\n{page}");
        }
    }
}
