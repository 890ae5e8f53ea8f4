//! Which addresses may be reached, and how a link in a document becomes one.

use std::net::IpAddr;
use std::path::Path;

use crawler::fetch::Access;
use crawler::fetch::address::{check_url, is_global};
use schemas::{CanonicalUrl, parse_address};
use serde::Deserialize;
use url::{Host, Url};

use super::{Case, Verdict, lines};

#[derive(Deserialize)]
struct SsrfCase {
    id: String,
    kind: String,
    value: String,
    allowed: Option<bool>,
}

pub(super) fn run_ssrf(folder: &Path) -> Vec<Case> {
    lines::<SsrfCase>(&folder.join("cases.jsonl")).into_iter().map(judge_ssrf).collect()
}

fn judge_ssrf(case: SsrfCase) -> Case {
    let ours = match case.kind.as_str() {
        "ip" => case.value.parse::<IpAddr>().is_ok_and(is_global),
        "host" if case.value.contains(':') => may_be_asked(&format!("http://[{}]/", case.value)),
        "host" => may_be_asked(&format!("http://{}/", case.value)),
        _ => may_be_asked(&case.value),
    };
    if case.value.contains("r3dir.me") {
        let reason = "a public host that redirects to a private one, which is refused at the redirect";
        return Case { id: case.id, verdict: Verdict::LeftOut(reason) };
    }
    match case.allowed {
        // To be judged by hand: whatever is no address of a page is refused.
        None => Case::compare(case.id, &ours, &false),
        Some(allowed) => Case::compare(case.id, &ours, &allowed),
    }
}

fn may_be_asked(address: &str) -> bool {
    parse_address(address).is_ok_and(|url| check_url(&url, Access::PublicOnly).is_ok())
}

#[derive(Deserialize)]
struct UrlCase {
    id: u32,
    input: String,
    base: Option<String>,
    href: Option<String>,
    #[serde(default)]
    failure: bool,
}

pub(super) fn run_urls(folder: &Path) -> Vec<Case> {
    lines::<UrlCase>(&folder.join("urltestdata.jsonl")).into_iter().map(judge_url).collect()
}

/// A link resolves as a browser resolves it; what becomes a record's address is canonical, and canonical once more.
fn judge_url(case: UrlCase) -> Case {
    let id = case.id.to_string();
    let base = case.base.as_deref().filter(|base| *base != "about:blank").map(Url::parse);
    let resolved = match base {
        Some(Err(_)) => return Case { id, verdict: Verdict::LeftOut("its base is no address") },
        Some(Ok(base)) => base.join(&case.input).ok(),
        None => Url::parse(&case.input).ok(),
    };
    // Whatever is no page on the web is refused with its reason, wherever it would lead.
    let is_page = |href: &String| href.starts_with("http://") || href.starts_with("https://");
    let href = case.href.filter(|_| !case.failure).filter(is_page);
    let resolved = resolved.filter(|url| matches!(url.scheme(), "http" | "https"));
    if resolved.as_ref().map(Url::as_str) != href.as_deref() {
        return Case::compare(id, &resolved.map(String::from), &href);
    }
    let Some(url) = resolved else {
        return Case { id, verdict: Verdict::Passed };
    };
    if let Some(Host::Ipv4(ip)) = url.host()
        && !is_global(ip.into())
        && check_url(&url, Access::PublicOnly).is_ok()
    {
        return Case { id, verdict: Verdict::Failed(format!("{url} may be asked")) };
    }
    let once = CanonicalUrl::of(&url);
    let twice = Url::parse(once.as_str()).map(|url| CanonicalUrl::of(&url).as_str().to_owned()).ok();
    Case::compare(id, &twice, &Some(once.as_str().to_owned()))
}
