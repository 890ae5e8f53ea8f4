//! `signpost harvests list|show|difference|approve|replay`.

use clap::Subcommand;
use serde_json::json;

use super::Asked;
use super::answer::{Cell, Table};
use super::call::Call;
use crate::admin::console::segment;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HarvestsCommand {
    /// The last harvests of a source
    #[command(after_help = "Example:\n  signpost harvests list rock-pool")]
    List {
        /// The id of the source
        source: String,
    },
    /// A harvest and its first problems
    #[command(after_help = "Example:\n  signpost harvests show 0198c5d2-…")]
    Show {
        /// The id of the harvest
        run: String,
    },
    /// What a held harvest would take away
    #[command(after_help = "Example:\n  signpost harvests difference 0198c5d2-… --limit 100")]
    Difference {
        /// The id of the harvest
        run: String,
        /// Leaves out so many records
        #[arg(long, value_name = "NUMBER")]
        offset: Option<usize>,
        /// At most so many records, up to 1000 [default: 1000]
        #[arg(long, value_name = "NUMBER")]
        limit: Option<usize>,
    },
    /// Say yes to what a held harvest would take away: to all of it, or to these records
    #[command(
        after_help = "Examples:\n  signpost harvests approve 0198c5d2-… RP-41 RP-42\n  signpost harvests approve 0198c5d2-… --all"
    )]
    Approve {
        /// The id of the harvest
        run: String,
        /// The records that may go, by their identifiers
        #[arg(value_name = "IDENTIFIER", required_unless_present = "all", conflicts_with = "all")]
        identifiers: Vec<String>,
        /// All of it may go
        #[arg(long)]
        all: bool,
    },
    /// Read anew what the harvests of a source have kept, asking nobody; a job, which `signpost jobs follow` follows
    #[command(after_help = "Example:\n  signpost harvests replay rock-pool")]
    Replay {
        /// The id of the source
        source: String,
    },
}

const HARVEST_COLUMNS: &[(&str, Cell)] = &[
    ("harvest", Cell::At("/id")),
    ("manner", Cell::At("/manner")),
    ("state", Cell::At("/state")),
    ("read", Cell::At("/counts/read")),
    ("created", Cell::At("/counts/created")),
    ("changed", Cell::At("/counts/changed")),
    ("unchanged", Cell::At("/counts/unchanged")),
    ("deleted", Cell::At("/counts/deleted")),
    ("rejected", Cell::At("/counts/rejected")),
    ("duplicate", Cell::At("/counts/duplicate")),
    ("problems", Cell::At("/problems")),
    ("started", Cell::At("/started")),
    ("rolled_back", Cell::At("/rolled_back")),
    ("reason", Cell::Text("/reason")),
];

const LISTED: &[Table] = &[Table { at: "/results", columns: HARVEST_COLUMNS }];

const SHOWN: &[Table] = &[
    Table { at: "", columns: HARVEST_COLUMNS },
    Table {
        at: "/first_problems",
        columns: &[
            ("severity", Cell::At("/severity")),
            ("place", Cell::Text("/place")),
            ("field", Cell::At("/field")),
            ("problem", Cell::Text("/reason")),
        ],
    },
];

const DIFFERENCE: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("identifier", Cell::At("/identifier")),
        ("cause", Cell::At("/cause")),
        ("approved", Cell::At("/approved")),
        ("title", Cell::Text("/title")),
        ("url", Cell::At("/url")),
    ],
}];

const APPROVED: &[Table] = &[Table {
    at: "",
    columns: &[
        ("harvest", Cell::At("/harvest/id")),
        ("state", Cell::At("/harvest/state")),
        ("gone", Cell::At("/gone")),
        ("waiting", Cell::At("/waiting")),
        ("unknown", Cell::At("/unknown")),
    ],
}];

const JOB: &[Table] = &[Table {
    at: "",
    columns: &[
        ("job", Cell::At("/id")),
        ("kind", Cell::At("/kind")),
        ("subject", Cell::At("/subject")),
        ("state", Cell::At("/state")),
    ],
}];

impl HarvestsCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List { source } => {
                Asked { call: Call::get(&format!("/sources/{}/harvests", segment(source)), &[]), shown: LISTED }
            }
            Self::Show { run } => Asked { call: Call::get(&format!("/harvests/{}", segment(run)), &[]), shown: SHOWN },
            Self::Difference { run, offset, limit } => {
                let number = |number: Option<usize>| number.map(|number| number.to_string());
                let part = [("offset", number(*offset)), ("limit", number(*limit))];
                let call = Call::get(&format!("/harvests/{}/difference", segment(run)), &part);
                Asked { call, shown: DIFFERENCE }
            }
            Self::Approve { run, identifiers, all } => {
                let yes = if *all { json!({ "all": true }) } else { json!({ "identifiers": identifiers }) };
                let call = Call::post(format!("/harvests/{}/approval", segment(run)), yes);
                Asked { call, shown: APPROVED }
            }
            Self::Replay { source } => {
                Asked { call: Call::post_alone(format!("/sources/{}/replay", segment(source))), shown: JOB }
            }
        }
    }
}
