//! Leads: an address that a document gives is asked only where its source is at home, however the address is written.
//!
//! Every source here is on one port of this machine, which its file opens; what its documents lead to is on another.

use std::net::{TcpListener, TcpStream};

use signpost::catalogue::HarvestState;
use signpost::jobs::{harvest, silent};
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::harness::{Site, TestApp};

/// A way in which documents lead on.
struct Way {
    name: &'static str,
    kind: &'static str,
    /// Puts its documents into a folder of a site, with one record of its own beside what leads to an address. Gives
    /// the lines under `[where]`.
    lay: fn(&Site, &str, &str) -> String,
    refusal: Refusal,
}

/// Where a run tells that it did not go where it was led.
enum Refusal {
    /// Only one of several records is lost.
    Problem,
    /// Whatever follows is.
    Reason,
    /// Nobody thinks of going there.
    Nowhere,
}

const WAYS: [Way; 10] = [
    Way { name: "sitemap-page", kind: "sitemap", lay: lay_sitemap, refusal: Refusal::Problem },
    Way { name: "sitemap-index", kind: "sitemap", lay: lay_sitemap_index, refusal: Refusal::Reason },
    Way { name: "sitemap-robots", kind: "sitemap", lay: lay_robots, refusal: Refusal::Reason },
    Way { name: "json-ld-context", kind: "sitemap", lay: lay_context, refusal: Refusal::Nowhere },
    Way { name: "atom-next", kind: "feed", lay: lay_atom, refusal: Refusal::Reason },
    Way { name: "rss-next", kind: "feed", lay: lay_rss, refusal: Refusal::Reason },
    Way { name: "resumption", kind: "oai-pmh", lay: lay_repository, refusal: Refusal::Nowhere },
    Way { name: "listing-link", kind: "listing", lay: lay_list_of_links, refusal: Refusal::Problem },
    Way { name: "listing-next", kind: "listing", lay: lay_list, refusal: Refusal::Reason },
    Way { name: "json-next", kind: "json", lay: lay_api, refusal: Refusal::Reason },
];

fn lay_page(site: &Site, folder: &str, head: &str) -> String {
    let page =
        format!("<html><head><title>Soap</title>{head}</head><body><h1>Soap</h1><p>How it is made.</body></html>");
    site.put(&format!("{folder}/page"), 200, "text/html", page);
    format!("{}{folder}/page", site.origin)
}

fn lay_list_of_pages(site: &Site, folder: &str, addresses: &[&str]) -> String {
    let urls: Vec<String> = addresses.iter().map(|address| format!("<url><loc>{address}</loc></url>")).collect();
    site.put(&format!("{folder}/sitemap.xml"), 200, "text/xml", format!("<urlset>{}</urlset>", urls.concat()));
    format!("{}{folder}/sitemap.xml", site.origin)
}

fn lay_sitemap(site: &Site, folder: &str, lead: &str) -> String {
    let page = lay_page(site, folder, "");
    format!("url = \"{}\"", lay_list_of_pages(site, folder, &[page.as_str(), lead]))
}

fn lay_sitemap_index(site: &Site, folder: &str, lead: &str) -> String {
    let page = lay_page(site, folder, "");
    let own = lay_list_of_pages(site, folder, &[page.as_str()]);
    let sitemaps = format!("<sitemap><loc>{own}</loc></sitemap><sitemap><loc>{lead}</loc></sitemap>");
    let index = format!("<sitemapindex>{sitemaps}</sitemapindex>");
    site.put(&format!("{folder}/index.xml"), 200, "text/xml", index);
    format!("url = \"{}{folder}/index.xml\"", site.origin)
}

fn lay_robots(site: &Site, folder: &str, lead: &str) -> String {
    let page = lay_page(site, folder, "");
    let own = lay_list_of_pages(site, folder, &[page.as_str()]);
    site.put(&format!("{folder}/robots.txt"), 200, "text/plain", format!("Sitemap: {own}\nSitemap: {lead}\n"));
    format!("url = \"{}{folder}/robots.txt\"", site.origin)
}

fn lay_context(site: &Site, folder: &str, lead: &str) -> String {
    let described = format!(
        "<link rel=\"stylesheet\" href=\"{lead}\"><script type=\"application/ld+json\">\
         {{\"@context\": [\"https://schema.org\", \"{lead}\"], \"@type\": \"LearningResource\", \"name\": \"Soap\", \
         \"image\": \"{lead}\"}}</script>"
    );
    let page = lay_page(site, folder, &described);
    format!("url = \"{}\"", lay_list_of_pages(site, folder, &[page.as_str()]))
}

fn lay_atom(site: &Site, folder: &str, lead: &str) -> String {
    let entry = format!(
        "<entry><id>tag:example.org,2026:{folder}</id><title>Soap</title><link href=\"https://example.org{folder}\"/></entry>"
    );
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title><link rel=\"next\" href=\"{lead}\"/>{entry}</feed>"
    );
    site.put(&format!("{folder}/feed"), 200, "application/atom+xml", feed);
    format!("url = \"{}{folder}/feed\"", site.origin)
}

fn lay_rss(site: &Site, folder: &str, lead: &str) -> String {
    let item = format!("<item><guid>{folder}</guid><title>Soap</title><link>https://example.org{folder}</link></item>");
    let feed = format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>News</title>\
         <atom:link rel=\"next\" href=\"{lead}\"/>{item}</channel></rss>"
    );
    site.put(&format!("{folder}/feed"), 200, "application/rss+xml", feed);
    format!("url = \"{}{folder}/feed\"", site.origin)
}

/// The token that leads on is an address, and the repository says of itself that it is there.
fn lay_repository(site: &Site, folder: &str, lead: &str) -> String {
    let answer = |inside: &str| {
        format!(
            "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2026-11-20T08:00:00Z</responseDate>\
             <request>{lead}</request>{inside}</OAI-PMH>"
        )
    };
    let put = |query: &str, inside: &str| {
        site.put(&format!("{folder}/oai?{query}"), 200, "text/xml", answer(inside));
    };
    let record = format!(
        "<record><header><identifier>oai:{folder}</identifier><datestamp>2026-11-01</datestamp></header><metadata>\
         <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Soap</dc:title>\
         <dc:identifier>https://example.org{folder}</dc:identifier></oai_dc:dc></metadata></record>"
    );
    let list = |inside: &str, token: &str| {
        format!("<ListRecords>{inside}<resumptionToken>{token}</resumptionToken></ListRecords>")
    };
    let token: String = byte_serialize(lead.as_bytes()).collect();
    put("verb=Identify", &format!("<Identify><baseURL>{lead}</baseURL></Identify>"));
    put("verb=ListRecords&metadataPrefix=oai_dc", &list(&record, lead));
    put(&format!("verb=ListRecords&resumptionToken={token}"), &list("", ""));
    format!("url = \"{}{folder}/oai\"", site.origin)
}

fn lay_list_of_links(site: &Site, folder: &str, lead: &str) -> String {
    let page = lay_page(site, folder, "");
    let list = [page.as_str(), lead].map(|address| format!("<li><a href=\"{address}\">Soap</a></li>")).concat();
    site.put(&format!("{folder}/list"), 200, "text/html", format!("<title>List</title><ul>{list}</ul>"));
    format!("url = \"{}{folder}/list\"\nitems = \"li\"\nlink = \"a@href\"", site.origin)
}

fn lay_list(site: &Site, folder: &str, lead: &str) -> String {
    let list = format!("<ul><li><h2><a href=\"https://example.org{folder}\">Soap</a></h2></li></ul>");
    let next = format!("<a rel=\"next\" href=\"{lead}\">More</a>");
    site.put(&format!("{folder}/list"), 200, "text/html", format!("<title>List</title>{list}{next}"));
    format!("url = \"{}{folder}/list\"\nitems = \"li\"\nnext = \"a[rel=next]@href\"", site.origin)
}

fn lay_api(site: &Site, folder: &str, lead: &str) -> String {
    let items = serde_json::json!([{ "id": folder, "title": "Soap", "url": format!("https://example.org{folder}") }]);
    let answer = serde_json::json!({ "items": items, "next": lead }).to_string();
    site.put(&format!("{folder}/api"), 200, "application/json", answer);
    format!("url = \"{}{folder}/api\"\nitems = \"/items\"\nnext = \"/next\"", site.origin)
}

fn toml(id: &str, kind: &str, place: &str) -> String {
    let mapping = match kind {
        "json" => "[mapping]\nidentifier = \"/id\"\ntitle = \"/title\"\nurl = \"/url\"\n",
        _ => "",
    };
    format!(
        "id = \"{id}\"\nname = \"{id}\"\norganisation = \"Example Society\"\nlicence = \"cc-by-4.0\"\nkind = \"{kind}\"\n\
         [where]\n{place}\n{mapping}[limits]\ndelay_ms = 0\n[access]\nallow_private = true\n"
    )
}

/// How many have connected since this was last asked. The system keeps those that nobody has accepted.
fn connects(canary: &TcpListener) -> usize {
    std::iter::from_fn(|| canary.accept().ok()).count()
}

#[tokio::test]
async fn no_document_leads_to_another_port_of_this_machine_however_it_is_written() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    let leads = ["127.0.0.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost"]
        .map(|host| format!("http://{host}:{port}/secret"));
    let site = Site::start().await;
    let mut sources = Vec::new();
    for way in &WAYS {
        for (number, lead) in leads.iter().enumerate() {
            let id = format!("{}-{number}", way.name);
            let place = (way.lay)(&site, &format!("/{id}"), lead);
            sources.push((format!("{id}.toml"), toml(&id, way.kind, &place)));
        }
    }
    let files: Vec<(&str, String)> = sources.iter().map(|(name, toml)| (name.as_str(), toml.clone())).collect();
    let app = TestApp::with_sources(&files, &[]).await;

    for way in &WAYS {
        for (number, lead) in leads.iter().enumerate() {
            check(&app, way, &format!("{}-{number}", way.name)).await;
            assert_eq!(connects(&canary), 0, "{}: {lead}", way.name);
        }
    }
    assert!(
        site.asked().iter().any(|line| line.contains("resumptionToken=http%3A%2F%2F127.0.0.1")),
        "it is but a token"
    );

    // Each of them does lead there, for those who go.
    for lead in &leads {
        let addresses = Url::parse(lead).unwrap().socket_addrs(|| None).unwrap();
        TcpStream::connect(addresses.as_slice()).unwrap();
    }
    assert_eq!(connects(&canary), leads.len());
}

/// Harvests a source that leads away from home. The one record that it has at home is kept.
async fn check(app: &TestApp, way: &Way, id: &str) {
    let booked = harvest::find_source(&app.app, id).expect("a source of this id");
    let row = harvest::harvest_source(&app.app, &booked, silent()).await.expect("the store can be written");
    let expected = match way.refusal {
        Refusal::Problem | Refusal::Nowhere => HarvestState::Ok,
        Refusal::Reason => HarvestState::Partial,
    };
    assert_eq!((row.state, row.counts.accepted()), (expected, 1), "{id}: {row:?}");
    let (problems, _) = app.app.catalogue.problems_of(&row.id, 10, 0).await.expect("the store can be read");
    let told = match way.refusal {
        Refusal::Problem => problems.iter().map(ToString::to_string).collect::<String>(),
        Refusal::Reason => row.reason.unwrap_or_default(),
        Refusal::Nowhere => return,
    };
    // An address in an odd notation may be refused for that alone.
    assert!(told.contains("refused") || told.contains("in another way"), "{id}: {told}");
}
