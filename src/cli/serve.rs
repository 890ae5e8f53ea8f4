//! `signpost serve`.

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Ended, Options};
use crate::clock::Clock;
use crate::data_dir::DataLock;
use crate::serve::start;

pub(super) async fn run(options: &Options) -> anyhow::Result<Ended> {
    let (config, sources) = options.config_and_sources()?;
    let _lock = DataLock::take(&config.catalogue.data_dir, "serve")?;
    let address = config.server.listen;
    // Before the store is opened, which may take its time: whoever asks is told that it starts.
    let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
    Box::pin(start(&config, &sources, &Clock::system(), listener, told_to_stop())).await?;
    Ok(Ended::Ok)
}

/// Ends at the first SIGINT or SIGTERM; a second one ends the program at once.
pub(super) async fn told_to_stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM can be set");
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler for SIGINT can be set");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
}
