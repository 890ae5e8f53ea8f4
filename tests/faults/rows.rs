//! Every row of RELIABILITY section 3, and where it is shown.
//!
//! A test is named as `cargo test` knows it, without the member where that is plain.

use std::pin::Pin;

use crate::world::World;
use crate::{away, cluster, copies, damage, deadly, io, kills, serving, soak, two};

/// What a row comes to: its figures, or why it fails.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<String>> + Send + 'a>>;

/// A fault, and where it is shown what becomes of it.
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) fault: &'static str,
    pub(crate) shown: Shown,
}

/// Where a row is shown.
pub(crate) enum Shown {
    /// Here.
    Here(for<'a> fn(&'a World) -> Running<'a>),
    /// By these other tests.
    Elsewhere(&'static str),
    /// By these other tests, but for something that is asked for too and that nothing shows.
    Partly { tests: &'static str, open: &'static str },
}

const fn here(id: &'static str, fault: &'static str, run: for<'a> fn(&'a World) -> Running<'a>) -> Row {
    Row { id, fault, shown: Shown::Here(run) }
}

const fn elsewhere(id: &'static str, fault: &'static str, tests: &'static str) -> Row {
    Row { id, fault, shown: Shown::Elsewhere(tests) }
}

const fn partly(id: &'static str, fault: &'static str, tests: &'static str, open: &'static str) -> Row {
    Row { id, fault, shown: Shown::Partly { tests, open } }
}

/// All of them, in the order of RELIABILITY; the last is of the nodes, which has no row there.
pub(crate) const ROWS: &[Row] = &[
    partly(
        "S1",
        "private addresses, however written",
        "suites ssrf, url-whatwg; it \
         hostile::leads::no_document_leads_to_another_port_of_this_machine_however_it_is_written",
        "connections are not counted in a network namespace",
    ),
    partly(
        "S2",
        "redirects to private addresses and files",
        "it hostile::no_document_leads_us_to_another_place_or_a_file_of_ours; crawler \
         fetch::tests::{a_private_source_cannot_lead_to_its_neighbours, a_redirect_to_a_file_is_refused}",
        "each is followed once, not 1,000 times",
    ),
    partly(
        "S3",
        "DNS rebinding",
        "crawler fetch::rebinding (four tests, by the fetcher's own look-up)",
        "no DNS server is asked over the network",
    ),
    elsewhere(
        "S4",
        "credentials leak",
        "crawler fetch::tests::every_request_says_who_asks_and_carries_no_credentials: no source has any to leak",
    ),
    elsewhere(
        "S5",
        "decompression bombs",
        "suite bombs; crawler fetch::tests::the_size_limit_counts_bytes_after_decompression",
    ),
    elsewhere(
        "S6",
        "XML entities",
        "suite xml-attacks; it hostile::no_document_leads_us_to_another_place_or_a_file_of_ours",
    ),
    elsewhere("S7", "algorithmic cost of parsers", "suite xml-attacks (time of each case); tests/fuzz/run"),
    elsewhere(
        "S8",
        "endless pagination",
        "it hostile::a_list_that_never_ends_is_left_within_five_requests_after_the_last_new_record",
    ),
    partly(
        "S9",
        "slow origins",
        "it hostile::{what_cannot_be_read_ends_the_run_with_its_reason_and_the_others_go_on, \
         slow::fifty_sources_that_never_answer_keep_none_of_ten_others_waiting}, harvest::deadline; crawler \
         fetch::exchange::a_body_that_trickles_is_too_slow_when_its_window_ends",
        "how much longer the ten take is not measured (1.2 times)",
    ),
    elsewhere("S10", "oversize and endless bodies, floods of headers", "it hostile::memory; suite bombs"),
    elsewhere("S11", "redirect loops", "crawler fetch::tests::a_redirect_too_many_is_an_error; it hostile"),
    elsewhere(
        "S12",
        "wrong content type or encoding",
        "suites encoding-chardet, encoding-html5lib, feeds-feedparser-bozo; it \
         hostile::what_is_only_untidy_is_read_to_its_end",
    ),
    elsewhere(
        "S13",
        "malformed in the middle of a list",
        "it hostile::a_fault_in_the_middle_costs_at_most_its_own_record_and_is_told_by_its_identifier",
    ),
    partly(
        "S14",
        "a list that shrinks",
        "it hostile::a_bad_second_run_takes_nothing_away, harvest::held (four tests)",
        "each cause is met once, not 100 times",
    ),
    elsewhere(
        "S15",
        "legitimate deletions",
        "it kinds::what_a_repository_says_is_deleted_goes_with_the_next_run, \
         oai::what_is_gone_is_deleted_for_ever_and_keeps_its_sets, \
         harvest::what_is_missing_is_withdrawn_only_after_some_runs_and_some_days",
    ),
    elsewhere(
        "S16",
        "politeness",
        "it \
         hostile::polite::each_host_is_asked_by_one_at_a_time_with_pauses_and_for_nothing_twice_that_has_not_changed; \
         suite robots-rfc9309",
    ),
    elsewhere("S17", "clocks that are wrong", "it harvest::skew (six tests, by the program's own clock)"),
    elsewhere(
        "S18",
        "sources that are files",
        "crawler files::{what_is_outside_or_too_large_is_refused, links_that_lead_out_and_devices_are_refused}",
    ),
    here("D1", "kill -9 in harvests", |world| Box::pin(kills::in_harvests(world))),
    here("D2", "kill -9 in commits and rebuilds", |world| Box::pin(kills::in_rebuilds(world))),
    here("D3", "kill -9 in migrations, backups and restores", |world| Box::pin(copies::killed_copies(world))),
    here("D4", "an I/O error at every n-th operation", |world| Box::pin(io::nth_error(world))),
    here("D5", "a full disk", |world| Box::pin(io::disk_full(world))),
    here("D6", "damaged files of the index", |world| Box::pin(damage::index_files(world))),
    here("D7", "damaged pages of the store", |world| Box::pin(damage::store_pages(world))),
    here("D8", "a second start on the same data", |world| Box::pin(two::second_start(world))),
    here("D9", "what was written after the last fsync is lost", |world| Box::pin(damage::lost_fsync(world))),
    here("D10", "PostgreSQL dies, restarts, stands still", |world| Box::pin(away::postgres_dies(world))),
    here("D11", "a backup under load, and its restore", |world| Box::pin(copies::backup_under_load(world))),
    here("D12", "512 MiB of memory", |world| Box::pin(soak::little_memory(world))),
    here("D13", "everything at once, for long", |world| Box::pin(soak::everything_at_once(world))),
    here("Q1", "queries of death", |world| Box::pin(deadly::beside_a_canary(world))),
    elsewhere(
        "Q2",
        "fuzzing",
        "tests/partners/run (schemathesis; --long: 3 seeds x 500); suite json-parsing; tests/fuzz/run",
    ),
    here("Q3", "rebuilds under load", |world| Box::pin(serving::under_rebuilds(world))),
    here("Q4", "reading what was just written", |world| Box::pin(serving::own_writes(world))),
    here("Q5", "told to stop under load", |world| Box::pin(serving::stops(world))),
    here("Q6", "those who are slow", |world| Box::pin(serving::slow_callers(world))),
    here("Q7", "ten times too much", |world| Box::pin(serving::overload(world))),
    here("Q8", "one dependency down", |world| Box::pin(away::one_dependency(world))),
    elsewhere(
        "W1",
        "stored scripts",
        "tests/browser/run (hostile.mjs), tests/partners/widget; it \
         kinds::scripts_and_markup_in_every_field_come_out_as_plain_text, \
         api::formats::nothing_of_a_resource_leaves_its_element",
    ),
    elsewhere("W2", "reflected scripts", "tests/browser/run (hostile.mjs), tests/partners/widget"),
    elsewhere(
        "W3",
        "formulas in tables",
        "lib csv::what_could_be_a_formula_is_guarded_and_comes_back; it \
         pages::resource::a_list_comes_as_a_table_in_which_no_title_is_a_formula",
    ),
    elsewhere(
        "W4",
        "line breaks in headers",
        "it callers::suites::no_line_break_that_is_sent_becomes_a_header_of_an_answer (suite header-injection), \
         pages::search::no_control_character_of_an_address_comes_back",
    ),
    partly(
        "W5",
        "forged log lines",
        "lib \
         telemetry::tests::a_thousand_hostile_ids_and_titles_are_a_thousand_lines_of_one_object_each_and_no_token_is_in_them",
        "tokens are looked for in 1,000 lines, not in 1 M",
    ),
    elsewhere(
        "W6",
        "cache poisoning",
        "it callers::suites::no_header_that_caches_do_not_look_at_changes_what_they_keep (suite \
         cache-poisoning-headers), api::openapi::what_a_request_says_of_its_host_reaches_no_body, \
         discovery::what_a_request_says_of_the_host_is_not_believed_and_what_is_held_is_not_sent_again, \
         oai::the_repository_is_described_by_the_configuration_and_never_by_the_request, \
         api::compression::caches_keep_the_forms_apart_whatever_is_answered",
    ),
    elsewhere(
        "W7",
        "open redirects",
        "it callers::suites::no_spelling_of_another_place_leads_anybody_there (suite open-redirect), \
         pages::resource::the_way_back_leads_to_a_page_of_results_of_ours_or_nowhere; lib \
         admin::console::sign_in::nobody_is_led_out_of_the_console_by_signing_in",
    ),
    elsewhere(
        "W8",
        "paths that lead out of the assets",
        "it callers::suites::no_spelling_of_a_path_leads_out_of_what_is_served (suite path-traversal); lib \
         pages::assets::a_path_that_leads_out_of_the_folder_finds_nothing",
    ),
    partly(
        "W9",
        "who may use the admin API",
        "it admin::auth::{no_call_is_answered_without_a_token_that_is_known_in_time_and_not_revoked, \
         no_call_is_answered_whose_role_does_not_suffice, \
         a_token_is_exchanged_without_a_restart_and_stands_nowhere}",
        "the time of comparing is not measured: it is a look-up by hash",
    ),
    elsewhere(
        "W10",
        "brute force and spoofed headers",
        "it admin::auth::after_ten_wrong_tokens_nobody_is_heard_from_there_whatever_the_headers_say; lib \
         web::sign_in_limits::ten_thousand_forged_headers_make_nobody_another",
    ),
    elsewhere(
        "W11",
        "CORS",
        "it admin::auth::{no_page_of_another_site_reads_an_answer_of_the_admin_api, \
         every_site_may_read_what_is_public_and_no_site_may_send_anybodys_credentials}",
    ),
    elsewhere(
        "W12",
        "what is private or hidden",
        "it api::views::what_only_a_hidden_source_knows_is_not_found, \
         admin::curation::what_is_hidden_answers_why_and_is_found_nowhere_until_it_is_shown_again, \
         api::keys::a_partner_changes_what_is_kept_of_it_and_nothing_else",
    ),
    elsewhere(
        "W13",
        "what errors tell",
        "it callers::every_address::no_answer_that_refuses_or_fails_tells_what_it_is_made_of; lib \
         pages::errors::what_is_sent_is_never_markup_and_the_inner_cause_is_never_sent",
    ),
    elsewhere(
        "W14",
        "forms of other sites, frames, headers",
        "it callers::every_address::{no_answer_of_any_address_goes_without_its_headers_of_security, \
         browsers_are_told_by_the_proxy_to_come_back_by_https_alone}, \
         admin::auth::with_a_cookie_only_a_page_of_ours_may_change_something, \
         pages::no_page_has_inline_script_or_style_or_asks_anyone_else; lib web::same_origin",
    ),
    partly(
        "W15",
        "supply chain",
        ".ci/run (cargo deny: licences, bans, sources; --locked), unsafe_code = forbid",
        "advisories, whose host not every machine reaches",
    ),
    partly(
        "W16",
        "malformed HTTP",
        "it server::{a_head_that_is_too_long_or_no_http_is_refused_and_the_connection_closed, \
         no_second_request_hides_behind_a_length_beside_chunks_and_the_connection_is_closed}",
        "a length beside chunks is passed over and a bare line feed ends a line, as RFC 9112 lets them (6.1 and 2.2); \
         neither is answered with 400",
    ),
    elsewhere(
        "W17",
        "forged cursors and tokens",
        "it api::forged (three tests), api::walk::a_forged_cursor_is_refused, \
         oai::a_forged_token_is_an_error_of_the_protocol",
    ),
    elsewhere(
        "W18",
        "privacy",
        "lib web::answers::no_answer_is_held_for_longer_than_the_privacy_page_says; it \
         deploy::the_proxy_writes_down_no_address_and_nothing_that_was_typed",
    ),
    here("N1", "three nodes, one killed every ten seconds", |world| Box::pin(cluster::three_nodes(world))),
];
