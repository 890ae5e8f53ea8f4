//! Every call of the admin API in one table: what it is for, who may make it, what it takes and what it answers.
//!
//! The router and the OpenAPI document are both made of it, and the tests walk the document: a call that stood beside
//! the table could not be reached, and one that stands in it cannot be forgotten. A new call is one line here.

use axum::Router;
use axum::http::Method;
use axum::middleware;
use axum::routing::{self, MethodRouter};

use super::{
    alarms, audit, auth, curation, document, harvests, inbox, index, jobs, nodes, partners, pins, reports, sources,
    tokens, views, words,
};
use crate::app::App;
use crate::catalogue::Role;
use crate::web::body::JSON;

/// Who may make a call. The token of a source may make none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    /// All look; curators and admins write.
    Curators,
    /// All look; admins write.
    Admins,
    /// Only admins look, and write.
    AdminsAlone,
}

impl May {
    /// Whether one of this role may make a call of this method.
    pub(super) fn lets(self, role: Role, method: &Method) -> bool {
        let only_reads = matches!(*method, Method::GET | Method::HEAD);
        match role {
            Role::Admin => true,
            Role::Curator => match self {
                Self::Curators => true,
                Self::Admins => only_reads,
                Self::AdminsAlone => false,
            },
            Role::ReadOnly => only_reads && self != Self::AdminsAlone,
            Role::Source => false,
        }
    }
}

/// What is sent with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Takes {
    /// Its media type.
    pub(super) media_type: &'static str,
    /// One that would be taken; of JSON, the schema follows from it.
    pub(super) example: &'static str,
}

/// One call.
pub(super) struct AdminRoute {
    pub(super) method: Method,
    /// Behind `/admin/v1`.
    pub(super) path: &'static str,
    /// The name of its handler, which is also the operation id.
    pub(super) operation: &'static str,
    pub(super) may: May,
    /// What it does, in one line.
    pub(super) about: &'static str,
    pub(super) takes: Option<Takes>,
    /// The parameters that may stand in its address.
    pub(super) asks: &'static [&'static str],
    /// The status of the answer when all goes well.
    pub(super) status: u16,
    handler: MethodRouter<App>,
}

impl AdminRoute {
    fn new(
        method: Method,
        path: &'static str,
        handler_path: &'static str,
        may: May,
        about: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        let operation = handler_path.rsplit("::").next().unwrap_or(handler_path).trim();
        Self { method, path, operation, may, about, takes: None, asks: &[], status: 200, handler }
    }

    /// It takes a JSON object such as this one.
    fn takes(self, example: &'static str) -> Self {
        self.takes_as(JSON, example)
    }

    /// It takes something of this media type.
    fn takes_as(self, media_type: &'static str, example: &'static str) -> Self {
        Self { takes: Some(Takes { media_type, example }), ..self }
    }

    /// These parameters may stand in its address.
    fn asks(self, asks: &'static [&'static str]) -> Self {
        Self { asks, ..self }
    }

    /// It answers with this status when all goes well.
    fn answers(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// `call!(get, "/path", module::handler, Admins, "What it does")`
macro_rules! call {
    ($method:ident, $path:literal, $handler:expr, $may:ident, $about:literal) => {
        AdminRoute::new(
            method_named(stringify!($method)),
            $path,
            stringify!($handler),
            May::$may,
            $about,
            routing::$method($handler),
        )
    };
}

fn method_named(name: &str) -> Method {
    match name {
        "post" => Method::POST,
        "put" => Method::PUT,
        "delete" => Method::DELETE,
        _ => Method::GET,
    }
}

/// What every revocation and undoing asks.
const WHY: &str = r#"{"why": "asked for by its owner"}"#;
/// The text of a source, which may also be sent alone as `text/plain`.
const SOURCE_TEXT: &str = r#"{"toml": "id = \"example-society\"\nname = \"Careers in Example Science\"\norganisation = \"Example Society\"\nkind = \"feed\"\n[where]\nurl = \"https://example.org/feed.xml\"\n"}"#;
/// Whose index it is about; null: that of the node that answers.
const NODE: &str = r#"{"node": null}"#;
/// The parameters of lists that come in pages.
const PAGED: &[&str] = &["page", "per_page"];

/// All calls.
pub(super) fn table() -> Vec<AdminRoute> {
    [curating(), harvesting(), running(), partnering(), watching()].into_iter().flatten().collect()
}

/// What curators do.
fn curating() -> Vec<AdminRoute> {
    vec![
        call!(get, "/resources/{id}/curations", curation::list_curations, Curators, "The decisions about a resource")
            .asks(PAGED),
        call!(post, "/resources/{id}/curations", curation::curate_resource, Curators, "Decides about a resource")
            .takes(r#"{"decision": {"kind": "hide", "reason": "a duplicate"}, "why": "a teacher wrote to us"}"#)
            .answers(201),
        call!(get, "/curations", curation::list_all_curations, Curators, "All decisions, the newest first").asks(PAGED),
        call!(post, "/curations/{id}/undo", curation::undo_curation, Curators, "Takes a decision back").takes(WHY),
        call!(get, "/pins", pins::list_pins, Curators, "What stands first or last for single searches")
            .asks(&["query", "state", "page", "per_page"]),
        call!(post, "/pins", pins::create_pin, Curators, "Puts a resource first or last for a search")
            .takes(
                r#"{"query": "soap makers", "action": "pin", "resource": "0198c5", "position": null, "owner": "Ada", "reason": "asked for by teachers", "expires": "2027-01-31"}"#,
            )
            .answers(201),
        call!(post, "/pins/{id}/undo", pins::undo_pin, Curators, "Takes a pin away"),
        call!(get, "/reports", inbox::list_reports, Curators, "What users reported")
            .asks(&["state", "resource", "page", "per_page"]),
        call!(post, "/reports/{reference}/outcome", inbox::answer_report, Curators, "Answers a report")
            .takes(r#"{"state": "fixed", "outcome": "The link was corrected."}"#),
        call!(get, "/words", words::list_words, Curators, "Words of sources that no vocabulary knows")
            .asks(&["source", "field", "q", "page", "per_page"]),
        call!(post, "/words", words::accept_word, Curators, "Says what a word means")
            .takes(r#"{"field": "subject", "word": "Chem", "source": null, "concepts": ["chemistry"]}"#)
            .answers(201),
        call!(get, "/words/accepted", words::list_accepted, Curators, "What was said of words").asks(&[
            "source", "field", "q", "page", "per_page",
        ]),
        call!(post, "/words/accepted/{id}/undo", words::undo_accepted, Curators, "Takes back what was said of a word"),
        call!(get, "/completeness", reports::report_completeness, Admins, "How complete the resources are")
            .asks(&["source", "page", "per_page"]),
        call!(get, "/matches", reports::list_matches, Admins, "Records that were found to be about one thing, and why")
            .asks(&["verdict", "source", "page", "per_page"]),
    ]
}

/// Sources and their harvests.
fn harvesting() -> Vec<AdminRoute> {
    vec![
        call!(get, "/sources", sources::list_sources, Admins, "All sources and how they stand"),
        call!(post, "/sources", sources::add_source, Admins, "Adds a source; it waits to be enabled")
            .takes(SOURCE_TEXT)
            .answers(201),
        call!(post, "/sources/check", sources::check_source, Admins, "Tells every mistake in the text of a source")
            .takes(SOURCE_TEXT),
        call!(get, "/sources/{id}", sources::show_source, Admins, "A source, its text and its words"),
        call!(put, "/sources/{id}", sources::change_source, Admins, "Gives a source that was added another text")
            .takes(SOURCE_TEXT),
        call!(delete, "/sources/{id}", sources::retire_source, Admins, "Retires an added source; its resources stay"),
        call!(post, "/sources/{id}/withdrawal", sources::withdraw_records, Admins, "Withdraws what it gave").takes(WHY),
        call!(post, "/sources/{id}/enabling", sources::enable_source, Admins, "Enables or disables a source")
            .takes(r#"{"enabled": true}"#),
        call!(put, "/sources/{id}/schedule", sources::set_schedule, Admins, "Sets how often a source is harvested")
            .takes(r#"{"schedule": "daily"}"#),
        call!(post, "/sources/{id}/preview", sources::preview_source, Admins, "Reads 20 records and stores none"),
        call!(post, "/sources/{id}/harvests", jobs::start_harvest, Admins, "Harvests a source, as a job").answers(202),
        call!(get, "/sources/{id}/harvests", harvests::list_harvests, Admins, "The harvests of a source"),
        call!(post, "/sources/{id}/replay", harvests::start_replay, Admins, "Reads anew what harvests kept, as a job")
            .answers(202),
        call!(get, "/harvests/{id}", harvests::show_harvest, Admins, "A harvest and its first problems"),
        call!(get, "/harvests/{id}/difference", harvests::show_difference, Admins, "What a held run would take away")
            .asks(&["offset", "limit"]),
        call!(post, "/harvests/{id}/rollback", harvests::roll_back_harvest, Admins, "Takes a run back, as a job")
            .answers(202),
        call!(post, "/harvests/{id}/approval", harvests::approve_difference, Admins, "Says yes to all or a part of it")
            .takes(r#"{"all": true}"#),
    ]
}

/// Jobs and the index.
fn running() -> Vec<AdminRoute> {
    vec![
        call!(get, "/nodes", nodes::list_nodes, Admins, "The nodes that work on this store, and how each stands"),
        call!(get, "/jobs", jobs::list_jobs, Admins, "Jobs, the newest first"),
        call!(get, "/jobs/{id}", jobs::show_job, Admins, "A job"),
        call!(get, "/jobs/{id}/events", jobs::watch_job, Admins, "A job as it goes on, as server-sent events"),
        call!(post, "/jobs/{id}/cancellation", jobs::cancel_job, Admins, "Calls a job off"),
        call!(post, "/backups", jobs::start_backup, Admins, "Takes a backup into the folder of backups, as a job")
            .answers(202),
        call!(get, "/index", index::show_index, Admins, "The generations of every node's index, and how each compares"),
        call!(post, "/reindex", index::start_reindex, Admins, "Builds the index of every node anew, as jobs")
            .answers(202),
        call!(post, "/index/rollback", index::roll_back_index, Admins, "Goes back to the generation before, as a job")
            .takes(NODE)
            .answers(202),
        call!(post, "/index/check", index::check_index, Admins, "Compares an index with the store, as a job")
            .takes(NODE)
            .answers(202),
        call!(
            post,
            "/index/publication",
            index::publish_index,
            Admins,
            "Publishes a generation for new nodes, as a job"
        )
        .takes(NODE)
        .answers(202),
    ]
}

/// Partners, views and tokens.
fn partnering() -> Vec<AdminRoute> {
    vec![
        call!(get, "/partners", partners::list_partners, Admins, "Partners and their keys")
            .asks(&["q", "page", "per_page"]),
        call!(post, "/partners/{id}/revocation", partners::revoke_partner, Admins, "Revokes a partner").takes(WHY),
        call!(post, "/keys/{id}/revocation", partners::revoke_key, Admins, "Revokes a key").takes(WHY),
        call!(get, "/views", views::list_views, Admins, "All views").asks(&["partner", "page", "per_page"]),
        call!(put, "/views/{name}", views::put_view, Admins, "Makes or changes a view")
            .takes(r#"{"partner": null, "title": "Careers in chemistry", "filters": {"subject": ["chemistry"]}}"#),
        call!(delete, "/views/{name}", views::delete_any_view, Admins, "Deletes a view").answers(204),
        call!(get, "/usage", views::show_usage, Admins, "How much views are used").asks(&["view", "from", "to"]),
        call!(get, "/tokens", tokens::list_tokens, AdminsAlone, "Tokens, by how they begin").asks(PAGED),
        call!(post, "/tokens", tokens::create_token, AdminsAlone, "Makes a token, which is shown this once")
            .takes(r#"{"name": "Ada", "role": "curator", "source": null, "expires_in_days": 90}"#)
            .answers(201),
        call!(post, "/tokens/{id}/revocation", tokens::revoke_token, AdminsAlone, "Revokes a token at once").takes(WHY),
    ]
}

/// What has happened.
fn watching() -> Vec<AdminRoute> {
    vec![
        call!(get, "/alarms", alarms::list_alarms, Admins, "Sources that stay silent or fail").asks(&["source"]),
        call!(get, "/audit", audit::list_audit, Admins, "Who did what, the newest first").asks(&["before", "limit"]),
        call!(get, "/openapi.json", document::show_admin_api, Admins, "This document"),
    ]
}

/// The routes of these calls, each with its guard; every one of them needs somebody who is signed in.
pub(super) fn router(app: App, table: Vec<AdminRoute>) -> Router<App> {
    let add = |router: Router<App>, call: AdminRoute| {
        let guard = middleware::from_fn_with_state(call.may, auth::require);
        router.route(call.path, call.handler.route_layer(guard))
    };
    let calls = table.into_iter().fold(Router::new(), add);
    calls.route_layer(middleware::from_fn_with_state(app, auth::require_holder))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_role_may_do_what_it_is_for() {
        let looks = [(Role::Admin, true), (Role::Curator, true), (Role::ReadOnly, true), (Role::Source, false)];
        for (role, expected) in looks {
            assert_eq!(May::Curators.lets(role, &Method::GET), expected, "{role:?}");
            assert_eq!(May::Admins.lets(role, &Method::HEAD), expected, "{role:?}");
            assert_eq!(May::AdminsAlone.lets(role, &Method::GET), role == Role::Admin, "{role:?}");
        }
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            assert!(
                May::Curators.lets(Role::Curator, &method) && !May::Admins.lets(Role::Curator, &method),
                "{method}"
            );
            assert!(!May::Curators.lets(Role::ReadOnly, &method) && !May::Curators.lets(Role::Source, &method));
        }
    }

    #[test]
    fn every_call_has_a_name_of_its_own_and_every_example_is_json() {
        let table = table();
        let names: BTreeSet<&str> = table.iter().map(|call| call.operation).collect();
        assert_eq!(names.len(), table.len());
        for call in &table {
            assert!(call.operation.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'));
            let written = !matches!(call.method, Method::GET);
            assert!(written || (call.takes.is_none() && call.status == 200), "{} only reads", call.operation);
            if let Some(Takes { media_type: JSON, example }) = call.takes {
                let value: serde_json::Value = serde_json::from_str(example).expect("an example is JSON");
                assert!(value.is_object(), "{}", call.operation);
            }
        }
    }
}
