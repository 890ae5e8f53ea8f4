//! What browsers and crawlers look for at fixed addresses: `OpenSearch`, robots.txt, sitemaps, security.txt.
//!
//! Every address in them begins with the public one of the configuration; what a request says of the host is not
//! believed.

mod opensearch;
mod robots;
mod security;
mod sitemaps;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/opensearch.xml", get(opensearch::show_description))
        .route("/opensearch/suggest", get(opensearch::list_suggestions))
        .route("/robots.txt", get(robots::show_robots))
        .route("/sitemap.xml", get(sitemaps::show_index))
        .route("/sitemaps/{part}", get(sitemaps::show_sitemap))
        .route("/.well-known/security.txt", get(security::show_security))
}
