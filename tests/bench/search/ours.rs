//! Our own service over an index that is there: the router as it is shipped, a store that holds nothing.
//!
//! It is not started through `signpost::serve`: that would find an index ahead of its store, and build it anew.

use std::path::Path;

use jiff::Timestamp;
use signpost::app::App;
use signpost::clock::Clock;
use signpost::config::{Config, Overrides};
use signpost::source_book::SourceBook;

use crate::question::now;
use crate::server::{Server, runtime};

/// Whether answers are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    Off,
    /// As large as it is by default.
    On,
}

/// Serves the index below `index` in this folder.
pub(crate) fn serve(data_dir: &Path, cache: Cache) -> anyhow::Result<Server> {
    let overrides = Overrides {
        data_dir: Some(data_dir.to_owned()),
        contact_url: Some("https://example.org/who-harvests".to_owned()),
        rate_limit: Some("off".to_owned()),
        ..Overrides::default()
    };
    let mut config = Config::load(None, &overrides)?;
    if cache == Cache::Off {
        config.server.search_cache_bytes = 0;
    }
    let asked_at: Timestamp = now().to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
    let runtime = runtime()?;
    let app = runtime.block_on(App::open(config, SourceBook::default(), Clock::from_fn(move || asked_at)))?;
    Server::start(runtime, signpost::web::router(app))
}
