//! `signpost usage|alarms|audit|nodes|index|duplicates|completeness`: what there is to look at.

use clap::Args;

use super::Asked;
use super::answer::{Cell, Table};
use super::call::{Call, Page};

pub(super) const USAGE_EXAMPLE: &str = "Example:\n  signpost usage --from 2026-11-01 --to 2026-11-30";
pub(super) const ALARMS_EXAMPLE: &str = "Example:\n  signpost alarms --source rock-pool";
pub(super) const AUDIT_EXAMPLE: &str = "Example:\n  signpost audit --limit 20";
pub(super) const NODES_EXAMPLE: &str = "Example:\n  signpost nodes --format json";
pub(super) const INDEX_EXAMPLE: &str = "Example:\n  signpost index\n\nWhat is done with it: `signpost reindex --help`.";
pub(super) const DUPLICATES_EXAMPLE: &str = "Example:\n  signpost duplicates --source rock-pool\n\n\
    What is decided of them: `signpost curations decide --help`, merge and split.";
pub(super) const COMPLETENESS_EXAMPLE: &str = "Example:\n  signpost completeness --source rock-pool";

#[derive(Debug, Args)]
pub(in crate::cli) struct UsageArgs {
    /// Only that of this view [default: of all together]
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// From this day on
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// To this day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AlarmsArgs {
    /// All alarms of this source [default: those of all that are still the matter]
    #[arg(long, value_name = "ID")]
    source: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditArgs {
    /// Only what was done before the act of this number
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
    /// At most so many acts, up to 100 [default: 100]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DuplicatesArgs {
    /// Only those of which this was decided: joined, or why they were not
    #[arg(long)]
    verdict: Option<String>,
    /// Only those with a record of this source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    #[command(flatten)]
    page: Page,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CompletenessArgs {
    /// Only the resources of this source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    #[command(flatten)]
    page: Page,
}

const USAGE: &[Table] = &[
    Table {
        at: "/days",
        columns: &[("day", Cell::At("/day")), ("searches", Cell::At("/searches")), ("opened", Cell::At("/opened"))],
    },
    Table {
        at: "/nothing_found",
        columns: &[
            ("nothing_found_of", Cell::At("/label")),
            ("facet", Cell::At("/facet")),
            ("id", Cell::At("/id")),
            ("searches", Cell::At("/count")),
        ],
    },
];

const ALARMS: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("source", Cell::At("/source")),
        ("kind", Cell::At("/kind")),
        ("raised", Cell::At("/raised")),
        ("cleared", Cell::At("/cleared")),
        ("message", Cell::At("/message")),
    ],
}];

const AUDIT: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("seq", Cell::At("/seq")),
        ("at", Cell::At("/at")),
        ("who", Cell::At("/who")),
        ("action", Cell::At("/action")),
        ("subject", Cell::At("/subject")),
        ("detail", Cell::Text("/detail")),
    ],
}];

const NODES: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("node", Cell::At("/id")),
        ("machine", Cell::At("/name")),
        ("role", Cell::At("/role")),
        ("state", Cell::At("/state")),
        ("address", Cell::At("/address")),
        ("version", Cell::At("/version")),
        ("heartbeat", Cell::At("/heartbeat")),
        ("resources", Cell::At("/index/resources")),
        ("seq", Cell::At("/index/seq")),
        ("behind", Cell::At("/index/behind")),
        ("detail", Cell::At("/detail")),
    ],
}];

const INDEX: &[Table] = &[
    Table {
        at: "",
        columns: &[
            ("node", Cell::At("/node")),
            ("generation", Cell::At("/generation")),
            ("previous", Cell::At("/previous")),
            ("resources", Cell::At("/resources")),
            ("seq", Cell::At("/seq")),
            ("behind", Cell::At("/behind")),
            ("damaged", Cell::At("/damaged")),
        ],
    },
    Table {
        at: "/generations",
        columns: &[
            ("node", Cell::At("/node")),
            ("generation", Cell::At("/number")),
            ("state", Cell::At("/state")),
            ("made", Cell::At("/made")),
            ("resources", Cell::At("/resources")),
            ("seq", Cell::At("/seq")),
        ],
    },
    Table {
        at: "/drift",
        columns: &[
            ("node", Cell::At("/node")),
            ("compared_at", Cell::At("/at")),
            ("compared", Cell::At("/compared")),
            ("missing", Cell::At("/missing")),
            ("surplus", Cell::At("/surplus")),
            ("differing", Cell::At("/differing")),
            ("repaired", Cell::At("/repaired")),
        ],
    },
];

const DUPLICATES: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("verdict", Cell::At("/verdict")),
        ("score", Cell::At("/score")),
        ("resources", Cell::Each("/records", &["/resource"])),
        ("records", Cell::Each("/records", &["/source", "/identifier"])),
        ("title", Cell::Text("/records/0/title")),
    ],
}];

const COMPLETENESS: &[Table] = &[
    Table {
        at: "/tests",
        columns: &[
            ("test", Cell::At("/name")),
            ("said", Cell::At("/said")),
            ("inferred", Cell::At("/inferred")),
            ("missing", Cell::At("/missing")),
        ],
    },
    Table {
        at: "/sources",
        columns: &[
            ("source", Cell::At("/source")),
            ("resources", Cell::At("/resources")),
            ("mean", Cell::At("/mean")),
            ("most_missed", Cell::Each("/most_missed", &["/name", "/missing"])),
        ],
    },
    Table {
        at: "/results",
        columns: &[("resource", Cell::At("/id")), ("title", Cell::Text("/title")), ("missing", Cell::At("/missing"))],
    },
];

impl UsageArgs {
    pub(super) fn asked(&self) -> Asked {
        let asked = [("view", self.view.clone()), ("from", self.from.clone()), ("to", self.to.clone())];
        Asked { call: Call::get("/usage", &asked), shown: USAGE }
    }
}

impl AlarmsArgs {
    pub(super) fn asked(&self) -> Asked {
        Asked { call: Call::get("/alarms", &[("source", self.source.clone())]), shown: ALARMS }
    }
}

impl AuditArgs {
    pub(super) fn asked(&self) -> Asked {
        let before = self.before.map(|number| number.to_string());
        let limit = self.limit.map(|number| number.to_string());
        Asked { call: Call::get("/audit", &[("before", before), ("limit", limit)]), shown: AUDIT }
    }
}

pub(super) fn nodes() -> Asked {
    Asked { call: Call::get("/nodes", &[]), shown: NODES }
}

pub(super) fn index() -> Asked {
    Asked { call: Call::get("/index", &[]), shown: INDEX }
}

impl DuplicatesArgs {
    pub(super) fn asked(&self) -> Asked {
        let narrowed = [("verdict", self.verdict.clone()), ("source", self.source.clone())];
        Asked { call: Call::get_page("/matches", &self.page, &narrowed), shown: DUPLICATES }
    }
}

impl CompletenessArgs {
    pub(super) fn asked(&self) -> Asked {
        let narrowed = [("source", self.source.clone())];
        Asked { call: Call::get_page("/completeness", &self.page, &narrowed), shown: COMPLETENESS }
    }
}
