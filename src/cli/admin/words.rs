//! `signpost words list|accepted|accept|undo`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Asked;
use super::answer::{Cell, Table};
use super::call::{Call, Page};
use crate::admin::console::segment;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum WordsCommand {
    /// Words that no vocabulary knows, the most frequent first, and what each might mean
    #[command(after_help = "Example:\n  signpost words list --field subject")]
    List(Which),
    /// What was said of words
    #[command(after_help = "Example:\n  signpost words accepted --source rock-pool")]
    Accepted(Which),
    /// Say what a word means; what was kept is read anew with it
    #[command(
        after_help = "Examples:\n  signpost words accept Chem chemistry --field subject\n  signpost words accept \"Key info\" --field subject --means-nothing"
    )]
    Accept {
        /// The word
        word: String,
        /// The concepts that it means, by their ids
        #[arg(value_name = "CONCEPT", required_unless_present = "means_nothing", conflicts_with = "means_nothing")]
        concepts: Vec<String>,
        /// The field it stands in
        #[arg(long)]
        field: String,
        /// Only where this source says it [default: whoever says it]
        #[arg(long)]
        source: Option<String>,
        /// It means nothing to us, and is asked about no more
        #[arg(long)]
        means_nothing: bool,
    },
    /// Take back what was said of a word
    #[command(after_help = "Example:\n  signpost words undo 0198c5d2-…")]
    Undo {
        /// The id of what was said; `signpost words accepted` names it
        id: String,
    },
}

/// Which words are listed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// Only those of this field
    #[arg(long)]
    field: Option<String>,
    /// Only those of this source
    #[arg(long)]
    source: Option<String>,
    /// Only those that hold this text
    #[arg(long, value_name = "TEXT")]
    containing: Option<String>,
    #[command(flatten)]
    page: Page,
}

const WORDS: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("word", Cell::At("/word")),
        ("field", Cell::At("/field")),
        ("records", Cell::At("/records")),
        ("sources", Cell::Each("/sources", &["/id", "/records"])),
        ("perhaps", Cell::Each("/suggestions", &["/concept"])),
        ("example", Cell::Text("/examples/0/title")),
    ],
}];

const ACCEPTED_COLUMNS: &[(&str, Cell)] = &[
    ("id", Cell::At("/id")),
    ("word", Cell::At("/word")),
    ("field", Cell::At("/field")),
    ("source", Cell::At("/source")),
    ("concepts", Cell::At("/concepts")),
    ("who", Cell::At("/who")),
    ("at", Cell::At("/at")),
    ("undone", Cell::At("/undone/at")),
];

const ACCEPTED: &[Table] = &[Table { at: "/results", columns: ACCEPTED_COLUMNS }];
const ONE_ACCEPTED: &[Table] = &[Table { at: "", columns: ACCEPTED_COLUMNS }];

impl Which {
    fn call(&self, path: &str) -> Call {
        let narrowed = [("field", self.field.clone()), ("source", self.source.clone()), ("q", self.containing.clone())];
        Call::get_page(path, &self.page, &narrowed)
    }
}

impl WordsCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List(which) => Asked { call: which.call("/words"), shown: WORDS },
            Self::Accepted(which) => Asked { call: which.call("/words/accepted"), shown: ACCEPTED },
            Self::Accept { word, concepts, field, source, means_nothing: _ } => {
                let said = json!({ "field": field, "word": word, "source": source, "concepts": concepts });
                Asked { call: Call::post("/words".to_owned(), said), shown: ONE_ACCEPTED }
            }
            Self::Undo { id } => {
                let call = Call::post_alone(format!("/words/accepted/{}/undo", segment(id)));
                Asked { call, shown: ONE_ACCEPTED }
            }
        }
    }
}
