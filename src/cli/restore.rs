//! `signpost restore`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::{Ended, Options, output};
use crate::backup::{Restored, check, keep_copy, restore, restore_over_damaged};
use crate::catalogue::{COMMAND_LINE, Catalogue, CatalogueError, StorePlace};
use crate::clock::Clock;
use crate::data_dir::DataLock;

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// A file that `signpost backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put it in place of a store that has something of its own, or that is damaged; its audit entries, tokens and decisions
    /// since the backup go with it. A file of SQLite is kept under another name, a database of PostgreSQL is not
    #[arg(long)]
    replace: bool,
    /// Only tell whether the file is whole, and what is in it
    #[arg(long, conflicts_with = "replace")]
    check: bool,
}

pub(super) async fn run(options: &Options, args: &RestoreArgs) -> anyhow::Result<Ended> {
    if args.check {
        let checked = check(&args.file)?;
        let (header, rows) = (checked.header, checked.rows.values().sum::<u64>());
        output::line(&format!(
            "whole: {rows} rows of store {}, taken {}, change {}",
            header.store, header.taken, header.head_seq
        ));
        return Ok(Ended::Ok);
    }
    let config = options.config()?;
    // A server on this data directory holds it, and would go on with what it has in memory.
    let _lock = DataLock::take(&config.catalogue.data_dir, "restore")?;
    let restored = put_back(&config.catalogue.store_place(), args).await?;
    let taken = &restored.checked.header.taken;
    let rows: u64 = restored.checked.rows.values().sum();
    output::note(&format!(
        "{rows} rows put back, as they were at {taken}; the change log goes on from {}. Audit entries, tokens and decisions \
         made since then are gone with the store before. The next start makes the index anew.",
        restored.head_seq
    ));
    Ok(Ended::Ok)
}

async fn put_back(place: &StorePlace, args: &RestoreArgs) -> anyhow::Result<Restored> {
    let now = Clock::system().now();
    if matches!(place, StorePlace::Postgres(_)) {
        // Nodes of the program that it is of may be running.
        Catalogue::found_schema(place).await?;
    }
    // Before it is opened, which makes one.
    let replaced = match place {
        StorePlace::File(store) if args.replace && store.exists() => Some(store),
        StorePlace::File(_) | StorePlace::Postgres(_) => None,
    };
    let catalogue = match (Catalogue::open(place).await, place) {
        (Ok(catalogue), _) => catalogue,
        (Err(error @ CatalogueError::Unusable { .. }), StorePlace::File(store)) if store.exists() => {
            return over_damaged(&error, store, args).await;
        }
        (Err(error), _) => return Err(error.into()),
    };
    if matches!(place, StorePlace::Postgres(_)) {
        let nodes = catalogue.alive_nodes(now).await?;
        let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        if !names.is_empty() {
            bail!("nodes are running on this database ({}); stop them, and wait for half a minute", names.join(", "));
        }
    }
    if !args.replace
        && let Some(what) = catalogue.held_of_its_own().await?
    {
        bail!("the store has {what} of its own, which would be lost; give --replace to put the backup in their place");
    }
    let kept = match replaced {
        Some(store) => Some(keep_copy(&catalogue, store, now).await.context("keeping a copy of the store")?),
        None => None,
    };
    let restored = restore(&catalogue, &args.file, COMMAND_LINE, now).await;
    catalogue.close().await;
    if let Some(aside) = kept {
        if restored.is_ok() {
            output::note(&format!("the store before is kept as {}", aside.display()));
        } else {
            // The store is as it was, and needs no copy of itself.
            let _ = std::fs::remove_file(aside);
        }
    }
    Ok(restored?)
}

async fn over_damaged(error: &CatalogueError, store: &Path, args: &RestoreArgs) -> anyhow::Result<Restored> {
    if !args.replace {
        bail!("{error}; give --replace to put the backup in its place: the file is kept under another name");
    }
    let now = Clock::system().now();
    let (restored, aside) = restore_over_damaged(store, &args.file, COMMAND_LINE, now)
        .await
        .context("putting the backup in place of a damaged store")?;
    output::note(&format!("the damaged store is kept as {}", aside.display()));
    Ok(restored)
}
