//! `signpost sources show|preview|withdraw`, which stand among the commands of [`crate::cli::sources`].

use clap::Subcommand;
use serde_json::json;

use super::Asked;
use super::answer::{Cell, Table};
use super::call::Call;
use crate::admin::console::segment;
use crate::jobs::preview::PATIENCE;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SourceCommand {
    /// A source, how it stands and its words that no vocabulary knows; `--format json` has its text too
    #[command(after_help = "Example:\n  signpost sources show rock-pool")]
    Show {
        /// Its id
        id: String,
    },
    /// Read 20 records of a source as they would be, and store none of them
    #[command(after_help = "Example:\n  signpost sources preview rock-pool\n\n\
        Of a file that is no source yet: `signpost sources check FILE`.")]
    Preview {
        /// Its id
        id: String,
    },
    /// Withdraw what a source gave that was retired, or whose file is gone: its resources are published no more
    #[command(after_help = "Example:\n  signpost sources withdraw rock-pool --why \"asked for by its owner\"")]
    Withdraw {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

const SHOWN: &[Table] = &[
    Table {
        at: "",
        columns: &[
            ("source", Cell::At("/id")),
            ("kind", Cell::At("/kind")),
            ("origin", Cell::At("/origin")),
            ("present", Cell::At("/present")),
            ("enabled", Cell::At("/enabled")),
            ("previewed", Cell::At("/previewed")),
            ("schedule", Cell::At("/schedule")),
            ("next_start", Cell::At("/next_start")),
            ("resources", Cell::At("/resources")),
            ("missing", Cell::At("/missing")),
            ("last_state", Cell::At("/last_harvest/state")),
            ("last_ok", Cell::At("/last_ok_at")),
            ("name", Cell::Text("/name")),
        ],
    },
    Table { at: "/unmapped", columns: UNKNOWN_WORD_COLUMNS },
];

const PREVIEWED: &[Table] = &[
    Table {
        at: "",
        columns: &[
            ("source", Cell::At("/source")),
            ("read", Cell::At("/read")),
            ("pages", Cell::At("/pages")),
            ("broke_off", Cell::Text("/ended")),
        ],
    },
    Table {
        at: "/records",
        columns: &[
            ("identifier", Cell::Text("/identifier")),
            ("title", Cell::Text("/title")),
            ("url", Cell::At("/url")),
            ("fields", Cell::Each("/fields", &["/field"])),
        ],
    },
    Table {
        at: "/problems",
        columns: &[
            ("severity", Cell::At("/severity")),
            ("place", Cell::Text("/place")),
            ("field", Cell::At("/field")),
            ("problem", Cell::Text("/reason")),
        ],
    },
    Table { at: "/unmapped", columns: UNKNOWN_WORD_COLUMNS },
    Table {
        at: "/unused",
        columns: &[
            ("not_mapped", Cell::Text("/name")),
            ("records", Cell::At("/records")),
            ("example", Cell::Text("/example")),
        ],
    },
];

const UNKNOWN_WORD_COLUMNS: &[(&str, Cell)] =
    &[("unknown_word", Cell::Text("/word")), ("field", Cell::At("/field")), ("records", Cell::At("/records"))];

const WITHDRAWN: &[Table] = &[Table { at: "", columns: &[("withdrawn", Cell::At("/withdrawn"))] }];

impl SourceCommand {
    /// The source that it is about.
    pub(in crate::cli) fn id(&self) -> &str {
        match self {
            Self::Show { id } | Self::Preview { id } | Self::Withdraw { id, .. } => id,
        }
    }

    /// Whether it only looks.
    pub(in crate::cli) fn only_reads(&self) -> bool {
        self.asked().call.only_reads()
    }

    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::Show { id } => Asked { call: Call::get(&format!("/sources/{}", segment(id)), &[]), shown: SHOWN },
            Self::Preview { id } => {
                let alone = Call::post_alone(format!("/sources/{}/preview", segment(id)));
                // The server asks a catalogue, and may have waited for its turn as long before.
                Asked { call: Call { patience: PATIENCE.saturating_mul(2), ..alone }, shown: PREVIEWED }
            }
            Self::Withdraw { id, why } => {
                let path = format!("/sources/{}/withdrawal", segment(id));
                Asked { call: Call::post(path, json!({ "why": why })), shown: WITHDRAWN }
            }
        }
    }
}
