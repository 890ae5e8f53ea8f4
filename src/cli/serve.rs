//! `signpost serve`.

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Ended, Options};
use crate::jobs::links::keep_links;
use crate::serve::{prepare, serve};

pub(super) async fn run(options: &Options) -> anyhow::Result<Ended> {
    let (app, _lock) = options.open("serve").await?;
    let address = app.config.server.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
    prepare(&app).await?;
    let catalogue = app.catalogue.clone();
    let checking_links = tokio::spawn(keep_links(app.clone()));
    serve(app, listener, told_to_stop()).await?;
    checking_links.abort();
    // The store is one file again once its write-ahead log has been folded in.
    catalogue.close().await;
    Ok(Ended::Ok)
}

/// Ends at the first SIGINT or SIGTERM; a second one ends the program at once.
async fn told_to_stop() {
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
