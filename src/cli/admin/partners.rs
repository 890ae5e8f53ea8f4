//! `signpost partners list|revoke`, `signpost keys revoke`, `signpost views list|put|delete`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::Asked;
use super::answer::{Cell, Table};
use super::call::{Call, Page};
use crate::admin::console::segment;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PartnersCommand {
    /// Partners and their keys
    #[command(after_help = "Example:\n  signpost partners list --containing \"Example School\"")]
    List {
        /// Only those that hold this text
        #[arg(long, value_name = "TEXT")]
        containing: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Revoke a partner: all its keys end at once
    #[command(after_help = "Example:\n  signpost partners revoke 0198c5d2-… --why \"asked for by its owner\"")]
    Revoke {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// Revoke a key: it ends at once
    #[command(after_help = "Example:\n  signpost keys revoke 0198c5d2-… --why \"it stood in a public page\"")]
    Revoke {
        /// Its id; `signpost partners list` names it
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ViewsCommand {
    /// All views
    #[command(after_help = "Example:\n  signpost views list --partner 0198c5d2-…")]
    List {
        /// Only those of this partner
        #[arg(long, value_name = "ID")]
        partner: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Make a view, or change one; searches that name it see it at once
    #[command(after_help = PUT_EXAMPLE)]
    Put {
        /// Its name
        name: String,
        /// What it is to be, as a JSON object
        file: PathBuf,
    },
    /// Delete a view: searches that name it are answered with an error
    #[command(after_help = "Example:\n  signpost views delete chemistry-careers")]
    Delete {
        /// Its name
        name: String,
    },
}

const PUT_EXAMPLE: &str = "\
Example:
  echo '{\"title\": \"Careers in chemistry\", \"filters\": {\"subject\": [\"chemistry\"]}}' > view.json
  signpost views put chemistry-careers view.json

Beside `title` and `filters`: `pins`, `hidden_sources`, `link_parameters`, `theme`, and `partner`, the id of the one whose
view it is to be; null is the service, and left out it stays whose it is.";

const PARTNER_COLUMNS: &[(&str, Cell)] = &[
    ("id", Cell::At("/id")),
    ("name", Cell::At("/name")),
    ("contact", Cell::At("/contact")),
    ("view", Cell::At("/view")),
    ("created", Cell::At("/created")),
    ("revoked", Cell::At("/revoked")),
    ("keys: id, beginning, revoked", Cell::Each("/keys", &["/id", "/prefix", "/revoked"])),
];

const PARTNERS: &[Table] = &[Table { at: "/results", columns: PARTNER_COLUMNS }];
const PARTNER: &[Table] = &[Table { at: "", columns: PARTNER_COLUMNS }];

const VIEW_COLUMNS: &[(&str, Cell)] = &[
    ("name", Cell::At("/name")),
    ("partner", Cell::At("/partner")),
    ("title", Cell::At("/title")),
    ("filters", Cell::At("/filters")),
    ("changed", Cell::At("/changed")),
];

const VIEWS: &[Table] = &[Table { at: "/results", columns: VIEW_COLUMNS }];
const VIEW: &[Table] = &[Table { at: "", columns: VIEW_COLUMNS }];

impl PartnersCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List { containing, page } => {
                Asked { call: Call::get_page("/partners", page, &[("q", containing.clone())]), shown: PARTNERS }
            }
            Self::Revoke { id, why } => {
                let path = format!("/partners/{}/revocation", segment(id));
                Asked { call: Call::post(path, json!({ "why": why })), shown: PARTNER }
            }
        }
    }
}

impl KeysCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::Revoke { id, why } => {
                let path = format!("/keys/{}/revocation", segment(id));
                Asked { call: Call::post(path, json!({ "why": why })), shown: PARTNER }
            }
        }
    }
}

impl ViewsCommand {
    pub(super) fn asked(&self) -> anyhow::Result<Asked> {
        Ok(match self {
            Self::List { partner, page } => {
                Asked { call: Call::get_page("/views", page, &[("partner", partner.clone())]), shown: VIEWS }
            }
            Self::Put { name, file } => {
                Asked { call: Call::put(format!("/views/{}", segment(name)), read_json(file)?), shown: VIEW }
            }
            // Nothing is answered, so there is nothing to show.
            Self::Delete { name } => Asked { call: Call::delete(format!("/views/{}", segment(name))), shown: &[] },
        })
    }
}

fn read_json(file: &Path) -> anyhow::Result<Value> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
    serde_json::from_str(&text).with_context(|| format!("{name} is no JSON"))
}
