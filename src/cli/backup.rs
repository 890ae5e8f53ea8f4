//! `signpost backup [FILE]`: here and now into a file, or as a job into the folder that is configured.

use std::path::PathBuf;

use clap::Args;

use super::{Ended, Options, admin, output};
use crate::backup::{Target, back_up};
use crate::clock::Clock;

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The file to write; `-` writes to standard output; left out: a new one in the folder of `[backup]`, where old ones go
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) async fn run(options: &Options, args: &BackupArgs) -> anyhow::Result<Ended> {
    options.require_own_schema().await?;
    let Some(file) = &args.file else {
        return admin::take_backup(options).await;
    };
    let (_, catalogue) = options.open_existing_store().await?;
    let target = if file.as_os_str() == "-" { Target::Output } else { Target::File(file.clone()) };
    let backed_up = back_up(&catalogue, &target, Clock::system().now()).await?;
    let (rows, bytes, head) = (backed_up.rows, backed_up.bytes, backed_up.head_seq);
    output::note(&format!("{rows} rows in {bytes} bytes, up to change {head}"));
    Ok(Ended::Ok)
}
