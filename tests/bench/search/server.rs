//! A server on loopback with threads of its own, which ends as a whole.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// What still runs when a server is told to stop has so long to end.
const STOP_TIME: Duration = Duration::from_secs(10);

/// A server that answers.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    runtime: Runtime,
}

impl Server {
    /// Starts it on a free port.
    pub(crate) fn start(runtime: Runtime, router: Router) -> anyhow::Result<Self> {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Self { address, runtime })
    }

    /// When it returns, what the server held is let go.
    pub(crate) fn stop(self) {
        self.runtime.shutdown_timeout(STOP_TIME);
    }
}

/// Threads as the program has them: one for each core.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}
