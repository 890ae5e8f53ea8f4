//! `/robots.txt`: what crawlers are asked not to read. Source: RFC 9309.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::web::etag;

/// `GET /robots.txt`.
pub(super) async fn show_robots(State(app): State<App>, headers: HeaderMap) -> Response {
    etag::answer(&headers, "text/plain; charset=utf-8", robots(app.public_url()))
}

fn robots(public_url: &str) -> String {
    format!(
        "# Everything here is open. Please read resources rather than searches: a subject and a level make a page worth\n\
         # listing, but each further filter makes another.\n\
         # The whole catalogue at once: {public_url}/docs\n\
         User-agent: *\n\
         Disallow: /*?*list=\n\
         Disallow: /*?*words=\n\
         Disallow: /*?*back=\n\
         Disallow: /*?*page=\n\
         Disallow: /?*&*&\n\
         Disallow: /list?\n\
         Disallow: /planner?\n\
         Disallow: /planner.\n\
         Disallow: /coverage?\n\
         Disallow: /coverage.\n\
         Disallow: /v1/resources?\n\
         Disallow: /v1/export\n\
         Disallow: /opensearch/suggest\n\
         Disallow: /admin\n\
         Disallow: /reports/\n\
         Disallow: /resources/*/report\n\
         \n\
         Sitemap: {public_url}/sitemap.xml\n"
    )
}
