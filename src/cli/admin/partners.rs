//! `signpost partners list|revoke`, `signpost keys revoke`, `signpost views list|delete`.

use clap::Subcommand;
use serde_json::json;

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
    /// Delete a view: searches that name it are answered with an error
    #[command(after_help = "Example:\n  signpost views delete chemistry-careers")]
    Delete {
        /// Its name
        name: String,
    },
}

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

const VIEWS: &[Table] = &[Table {
    at: "/results",
    columns: &[
        ("name", Cell::At("/name")),
        ("partner", Cell::At("/partner")),
        ("title", Cell::At("/title")),
        ("filters", Cell::At("/filters")),
        ("changed", Cell::At("/changed")),
    ],
}];

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
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List { partner, page } => {
                Asked { call: Call::get_page("/views", page, &[("partner", partner.clone())]), shown: VIEWS }
            }
            // Nothing is answered, so there is nothing to show.
            Self::Delete { name } => Asked { call: Call::delete(format!("/views/{}", segment(name))), shown: &[] },
        }
    }
}
