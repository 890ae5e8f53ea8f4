//! Recordings of real catalogues that are read at an address: put on a site on loopback as they were answered.
//!
//! They stand outside the repository, beside the files that the other sources of `tests/sources` read. Where a recording
//! leads on to an answer that was not recorded, what stands here instead is ours, and says so.

use std::fs;
use std::path::Path;

use crate::harness::Site;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const XML: &str = "text/xml; charset=utf-8";

/// The sources that are harvested from the site, and not by themselves.
pub(crate) const SERVED: [&str; 9] = [
    "ckan-packages",
    "ncs-job-profile-pages",
    "oai-caltech",
    "oai-zenodo",
    "raspberrypi-projects",
    "training-portal-galaxy",
    "training-portal-hsf",
    "training-portal-zenodo",
    "wordpress-posts",
];

/// Puts every recording on the site.
pub(crate) fn put_all(site: &Site, data: &Path) {
    let read = |name: &str| {
        let path = data.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    put_job_profiles(site, read);
    put_projects(site, &read("raspberrypi/projects.js.txt"));
    put_galaxy(site, read);
    put_hsf(site, read);
    put_zenodo_search(site, read);
    put_wordpress(site, read("feeds-wordpress-ckan/wordpress_rest/wp-json/wp/v2/posts/index.json"));
    put_ckan(site, read("feeds-wordpress-ckan/ckan_envidat/package_search.json"));
    put_caltech(site, &read("oai-pmh/caltech-listrecords.xml"));
    put_zenodo_repository(site, read);
}

fn put_job_profiles(site: &Site, read: impl Fn(&str) -> String) {
    let recorded = |name: &str| read(&format!("ncs-job-profiles/recorded/{name}"));
    let sitemap = recorded("explore_my_careers_sitemap.xml");
    let sitemap = sitemap.replace("https://nationalcareers.service.gov.uk", &site.origin);
    site.put("/sitemap.xml", 200, "application/xml", sitemap);
    // The page names its own address as canonical; it keeps it, as the real harvest would see it.
    site.put("/job-profiles/lifeguard", 200, HTML, recorded("explore_my_careers_job_profile.html"));
    site.put("/job-categories/administration", 200, HTML, recorded("explore_my_careers_category.html"));
}

/// The recording is a JavaScript module with one answer for each language.
fn put_projects(site: &Site, module: &str) {
    let (_, english) = module.split_once("en: ").expect("the English answer");
    let (english, _) = english.split_once("'de-de':").expect("the German answer behind it");
    let page = english.trim_end().trim_end_matches(',');
    let page = page.replace("https://learning-admin.raspberrypi.org", &site.origin);
    let path = |number: u32| format!("/api/v1/en/projects?page%5Bnumber%5D={number}&page%5Bsize%5D=30");
    site.put(&path(1), 200, "application/vnd.api+json", page);
    // Ours: the pages after the first were not recorded.
    site.put(&path(2), 200, "application/vnd.api+json", "{\"data\": [], \"links\": {}}");
}

/// What its sitemap lists besides these pages answers 404.
fn put_galaxy(site: &Site, read: impl Fn(&str) -> String) {
    let recorded = |name: &str| read(&format!("training-portal-fixtures/ingestion/gtn/{name}"));
    let sitemap = recorded("sitemap.xml").replace("https://training.galaxyproject.org", &site.origin);
    site.put("/galaxy-sitemap.xml", 200, "application/xml", sitemap);
    let topic = "/training-material/topics/introduction";
    for (path, name) in [
        (format!("{topic}/slides/introduction.html"), "slides-introduction.html"),
        (format!("{topic}/tutorials/galaxy-intro-101/tutorial.html"), "galaxy-intro-101.html"),
        (format!("{topic}/tutorials/galaxy-intro-strands/tutorial.html"), "galaxy-intro-strands.html"),
        ("/page-with-no-bioschemas".to_owned(), "faq.html"),
    ] {
        site.put(&path, 200, HTML, recorded(name));
    }
}

fn put_hsf(site: &Site, read: impl Fn(&str) -> String) {
    let recorded = |name: &str| read(&format!("training-portal-fixtures/ingestion/hsftraining/{name}"));
    let mut sitemap = recorded("sitemap.txt");
    for host in
        ["http://carpentries-incubator.github.io", "http://swcarpentry.github.io", "https://hsf-training.github.io"]
    {
        sitemap = sitemap.replace(host, &site.origin);
    }
    site.put("/hsf-sitemap.txt", 200, "text/plain; charset=utf-8", sitemap);
    site.put("/python-testing/", 200, HTML, recorded("python-testing.html"));
    site.put("/python-novice-inflammation", 200, HTML, recorded("python-novice-inflammation.html"));
    site.put("/hsf-training-scikit-hep-webpage/", 200, HTML, recorded("hsf-training-scikit-hep-webpage.html"));
}

fn put_zenodo_search(site: &Site, read: impl Fn(&str) -> String) {
    for (number, name) in [(1, "zenodo_ardc.json"), (2, "zenodo_ardc_2.json")] {
        let page = read(&format!("training-portal-fixtures/ingestion/{name}"));
        let page = page.replace("https://zenodo.org/api/", &format!("{}/api/", site.origin));
        let path = format!("/api/records?communities=ardc&page={number}&size=25&sort=newest");
        site.put(&path, 200, JSON, page);
    }
}

fn put_wordpress(site: &Site, posts: String) {
    site.put("/wp-json/wp/v2/posts?per_page=100&page=1", 200, JSON, posts);
    // Ours: how WordPress says that there is no such page.
    let no_such_page = "{\"code\": \"rest_post_invalid_page_number\", \"data\": {\"status\": 400}}";
    site.put("/wp-json/wp/v2/posts?per_page=100&page=2", 400, JSON, no_such_page);
}

fn put_ckan(site: &Site, packages: String) {
    site.put("/api/action/package_search?rows=2&start=0", 200, JSON, packages);
    // Ours: only the first two packages were recorded.
    let none = "{\"success\": true, \"result\": {\"count\": 858, \"results\": []}}";
    site.put("/api/action/package_search?rows=2&start=2", 200, JSON, none);
}

fn put_caltech(site: &Site, page: &str) {
    // Ours: what the repository says of itself was not recorded. Its records have dates without times.
    let identify = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
        <responseDate>2005-12-20T08:40:20Z</responseDate><Identify><protocolVersion>2.0</protocolVersion>\
        <deletedRecord>no</deletedRecord><granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>";
    site.put("/caltech?verb=Identify", 200, XML, identify);
    // The page that its token leads to was not recorded.
    let (before, token) = page.split_once("<resumptionToken>").expect("a token");
    let (_, after) = token.split_once("</resumptionToken>").expect("the end of the token");
    site.put("/caltech?verb=ListRecords&metadataPrefix=oai_dc", 200, XML, format!("{before}{after}"));
}

/// Three pages that lead on to each other, among many exchanges in one file.
fn put_zenodo_repository(site: &Site, read: impl Fn(&str) -> String) {
    let identify = read("oai-pmh/oaipmh-scythe/identify.yaml");
    site.put("/oai2d?verb=Identify", 200, XML, recorded_body(&identify, "oai2d?verb=Identify\n"));
    let exchanges = read("oai-pmh/oaipmh-scythe/list_records.yaml");
    let mut arguments = "verb=ListRecords&metadataPrefix=oai_dc".to_owned();
    loop {
        let body = recorded_body(&exchanges, &format!("oai2d?{arguments}\n"));
        // Nine records were recorded of the eight million that it says it has.
        let body = body.replace(" completeListSize=\"8091628\"", "");
        site.put(&format!("/oai2d?{arguments}"), 200, XML, body.as_str());
        let Some(token) = token_of(&body) else { return };
        arguments = format!("verb=ListRecords&resumptionToken={token}");
    }
}

/// The answer to the request whose address ends so, out of a cassette of YAML: the block of text behind `content:`.
fn recorded_body(cassette: &str, end_of_address: &str) -> String {
    let (_, exchange) = cassette.split_once(end_of_address).unwrap_or_else(|| panic!("{end_of_address} was recorded"));
    let (_, response) = exchange.split_once("\n  response:").expect("its answer");
    let (_, content) = response.split_once("\n      content: ").expect("the content of its answer");
    // The first line says how the block is written; the block is what stands deeper than its key.
    let block = content.lines().skip(1).take_while(|line| line.trim().is_empty() || line.starts_with("        "));
    block.map(str::trim_start).collect::<Vec<_>>().join("\n")
}

fn token_of(body: &str) -> Option<String> {
    let (_, element) = body.split_once("<resumptionToken")?;
    let (_, text) = element.split_once('>')?;
    let (token, _) = text.split_once("</resumptionToken>")?;
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
}
