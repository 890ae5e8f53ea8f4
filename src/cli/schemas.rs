//! `signpost schemas`: writes what is generated from the types.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use schemas::json_schema::generated_files;

use super::{Ended, output};

#[derive(Debug, Args)]
pub(super) struct SchemasArgs {
    /// Where to write them
    #[arg(long, env = "SIGNPOST_INTO", default_value = "schemas/json", value_name = "DIR")]
    into: PathBuf,
}

pub(super) fn run(args: &SchemasArgs) -> anyhow::Result<Ended> {
    std::fs::create_dir_all(&args.into).with_context(|| format!("the folder {}", args.into.display()))?;
    for (name, content) in generated_files() {
        let path = args.into.join(name);
        std::fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        output::note(&format!("wrote {}", path.display()));
    }
    Ok(Ended::Ok)
}
