//! A catalogue that misbehaves on purpose: each way ends in the right state, in bounded time, and loses nothing.

mod leads; // what its documents point to, and we do not go to
mod memory; // how much of it a text without end may take
mod origin;
mod polite; // how often it is asked, when, and by whom
mod slow; // many that never answer, beside some that do

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use signpost::catalogue::{HarvestRow, HarvestState};
use tokio::net::TcpListener;

use crate::harness::TestApp;
use origin::Origin;

/// Longer than any run here may take; the limits of a real source are larger, the mechanism is the same.
const LONGEST_RUN: Duration = Duration::from_mins(1);

fn toml(origin: &str) -> String {
    format!(
        "id = \"oai\"\nname = \"Repository\"\norganisation = \"Example Society\"\nkind = \"oai-pmh\"\n\
         licence = \"cc-by-4.0\"\n[where]\nurl = \"{origin}/oai\"\n\
         [limits]\ndelay_ms = 0\ntimeout_s = 3\nmax_records = 1000\nmax_bytes = 16777216\n\
         [access]\nallow_private = true\n"
    )
}

/// A listener that nobody may connect to, and how many did.
async fn canary() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let connects = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&connects);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, connects)
}

struct Met {
    app: TestApp,
    origin: Origin,
    canary_connects: Arc<AtomicU32>,
}

impl Met {
    async fn with(scenario: &'static str) -> Self {
        let (canary, canary_connects) = canary().await;
        let origin = Origin::start(scenario, &canary).await;
        let app = TestApp::with_sources(&[("oai.toml", toml(&origin.address))], &[]).await;
        Self { app, origin, canary_connects }
    }

    async fn harvest(&self) -> HarvestRow {
        let started = Instant::now();
        let row = self.app.harvest("oai").await;
        assert!(started.elapsed() < LONGEST_RUN, "it took {:?}", started.elapsed());
        assert!(row.counts.adds_up(), "{row:?}");
        row
    }

    async fn total(&self) -> u64 {
        self.app.json("/v1/resources?facets=none").await["total"].as_u64().expect("a number")
    }
}

#[tokio::test]
async fn what_is_only_untidy_is_read_to_its_end() {
    for scenario in [
        "ok",
        "no_final_token",
        "wrong_ct",
        "utf16",
        "retry_after",
        "token_expires",
        "flaky500",
        "same_token_next_page",
        "trailing_garbage",
        "leading_garbage",
        "latin1_as_utf8",
        "future_dates",
        "bad_dates",
        "dup_ids",
        "log_injection",
        "xss",
    ] {
        let met = Met::with(scenario).await;
        let row = met.harvest().await;
        assert_eq!((row.state, met.total().await), (HarvestState::Ok, 200), "{scenario}: {row:?}");
    }
}

#[tokio::test]
async fn a_list_that_never_ends_is_left_within_five_requests_after_the_last_new_record() {
    for (scenario, records, most_requests) in [
        ("same_token_same_page", 50, 1 + 1 + 5),
        ("token_cycle", 100, 1 + 2 + 5),
        ("token_no_records", 100, 1 + 2 + 5),
        ("infinite_unique", 1_000, 1 + 20 + 5),
    ] {
        let met = Met::with(scenario).await;
        let row = met.harvest().await;
        let reason = row.reason.clone().unwrap_or_default();
        assert_eq!((row.state, met.total().await), (HarvestState::Partial, records), "{scenario}: {row:?}");
        assert!(["pagination-loop", "max-records"].contains(&reason.as_str()), "{scenario}: {reason}");
        assert!(met.origin.asked().len() <= most_requests, "{scenario}: {:?}", met.origin.asked());
    }
}

#[tokio::test]
async fn a_fault_in_the_middle_costs_at_most_its_own_record_and_is_told_by_its_identifier() {
    for scenario in ["bad_xml_midlist", "ctrl_char_midlist", "named_entity_midlist"] {
        let met = Met::with(scenario).await;
        let row = met.harvest().await;
        assert!((199..=200).contains(&met.total().await), "{scenario}: {row:?}");
        assert_eq!((row.state, row.problems), (HarvestState::Ok, 1), "{scenario}: {row:?}");
        let (problems, _) = met.app.app.catalogue.problems_of(&row.id, 10, 0).await.unwrap();
        assert!(problems[0].to_string().contains("oai:x:70"), "{scenario}: {problems:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_ends_the_run_with_its_reason_and_the_others_go_on() {
    for (scenario, reason) in [
        ("truncated", "page"),
        ("slow_body", ""),
        ("never_answers", ""),
        ("endless_body", "16777216"),
        ("gzip_bomb", "16777216"),
        ("retry_after_day", "86400"),
        ("deep_nesting", ""),
        ("header_flood", ""),
        ("huge_title", "16777216"),
        ("redir_self", "redirect"),
        ("chain30", "redirect"),
        ("gzip_mislabel", ""),
    ] {
        let met = Met::with(scenario).await;
        let row = met.harvest().await;
        assert!(matches!(row.state, HarvestState::Failed | HarvestState::Partial), "{scenario}: {row:?}");
        let told = row.reason.clone().unwrap_or_default();
        assert!(!told.is_empty() && told.contains(reason), "{scenario}: {told}");
        let hops =
            met.origin.asked().iter().filter(|path| path.contains("ListRecords") || path.contains("hop")).count();
        assert!(hops <= 8, "{scenario}: {:?}", met.origin.asked());
    }
}

#[tokio::test]
async fn no_document_leads_us_to_another_place_or_a_file_of_ours() {
    for scenario in ["xxe", "billion_laughs", "redir_private", "redir_other_port", "redir_decimal", "redir_file"] {
        let met = Met::with(scenario).await;
        let row = met.harvest().await;
        assert_eq!(met.canary_connects.load(Ordering::SeqCst), 0, "{scenario}: {row:?}");
        let all = met.app.get("/v1/resources?per_page=100").await.body;
        assert!(!all.contains("root:"), "{scenario}: a file of ours was read");
        assert!(!all.contains("lollol"), "{scenario}: an entity was expanded");
    }
}

#[tokio::test]
async fn a_bad_second_run_takes_nothing_away() {
    for scenario in
        ["shrink90", "empty2", "none2", "html2", "http500_2", "http403_2", "http429_2", "truncated2", "mass_delete2"]
    {
        let met = Met::with(scenario).await;
        assert_eq!(met.harvest().await.state, HarvestState::Ok, "{scenario}");
        met.origin.second_run();
        let row = met.harvest().await;
        assert_ne!(row.state, HarvestState::Ok, "{scenario}: {row:?}");
        assert_eq!(met.total().await, 200, "{scenario}: {row:?}");
        let is_held = matches!(scenario, "shrink90" | "mass_delete2");
        assert_eq!(row.state == HarvestState::Held, is_held, "{scenario}: {row:?}");
    }
}

#[tokio::test]
async fn an_identifier_of_a_megabyte_costs_its_own_record_only() {
    let met = Met::with("huge_id").await;
    let row = met.harvest().await;
    assert_eq!((row.state, row.counts.rejected, met.total().await), (HarvestState::Ok, 1, 199), "{row:?}");
}
