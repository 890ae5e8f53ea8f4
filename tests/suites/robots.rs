//! What robots.txt allows, as Google's own parser reads RFC 9309.

use std::path::Path;

use crawler::fetch::robots_allow;
use serde::Deserialize;

use super::{Case, Verdict, bytes, lines};

#[derive(Deserialize)]
struct RobotsCase {
    id: String,
    user_agent: String,
    url: String,
    allowed: bool,
    #[serde(default)]
    robots_txt: Option<String>,
    #[serde(default)]
    robots_txt_b64: Option<String>,
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let mut cases: Vec<RobotsCase> = lines(&folder.join("google_cases.jsonl"));
    cases.extend(lines::<RobotsCase>(&folder.join("differential.jsonl")));
    cases.into_iter().map(judge).collect()
}

fn judge(case: RobotsCase) -> Case {
    let file = match (&case.robots_txt_b64, &case.robots_txt) {
        (Some(base64), _) => bytes(base64),
        (None, Some(text)) => text.clone().into_bytes(),
        (None, None) => Vec::new(),
    };
    // The reference takes any text for an address; ours are addresses that are about to be asked for.
    let Ok(url) = case.url.parse() else {
        return Case { id: case.id, verdict: Verdict::LeftOut("its address is none") };
    };
    Case::compare(case.id, &robots_allow(&file, &case.user_agent, &url), &case.allowed)
}
