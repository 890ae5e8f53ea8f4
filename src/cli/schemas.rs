//! `signpost schemas`: writes what is generated: the JSON Schemas of the types, and the OpenAPI document of the routes.
//!
//! The copy of the OpenAPI document that is checked in is what partners have built on. It is overwritten by one that
//! breaks nothing of it, and by another only when that is said to be on purpose.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use schemas::json_schema::generated_files;
use serde_json::Value;

use super::{Ended, output};
use crate::api::contract::{breaking_changes, text_of};
use crate::api::openapi::document_of_routes;

#[derive(Debug, Args)]
pub(super) struct SchemasArgs {
    /// Where to write the JSON Schemas
    #[arg(long, env = "SIGNPOST_INTO", default_value = "schemas/json", value_name = "DIR")]
    into: PathBuf,
    /// Where to write the OpenAPI document
    #[arg(long, env = "SIGNPOST_OPENAPI", default_value = "src/api/openapi.json", value_name = "FILE")]
    openapi: PathBuf,
    /// Write the OpenAPI document though it breaks programs written against the one before
    #[arg(long)]
    breaking: bool,
}

pub(super) fn run(args: &SchemasArgs) -> anyhow::Result<Ended> {
    std::fs::create_dir_all(&args.into).with_context(|| format!("the folder {}", args.into.display()))?;
    for (name, content) in generated_files() {
        write(&args.into.join(name), &content)?;
    }
    let document = document_of_routes();
    if !args.breaking && would_break(&args.openapi, &document)? {
        return Ok(Ended::Failed);
    }
    write(&args.openapi, &text_of(&document))?;
    Ok(Ended::Ok)
}

/// Tells what of the document that stands there another one would break.
fn would_break(path: &Path, document: &Value) -> anyhow::Result<bool> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(false) };
    let before = serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let breaking = breaking_changes(&before, document);
    for change in &breaking {
        output::error(&change.to_string());
    }
    if !breaking.is_empty() {
        output::note(
            "what partners have built on would break; /docs/stability says how that is done on purpose: --breaking",
        );
    }
    Ok(!breaking.is_empty())
}

fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    std::fs::write(path, content).with_context(|| format!("writing {}", path.display()))?;
    output::note(&format!("wrote {}", path.display()));
    Ok(())
}
