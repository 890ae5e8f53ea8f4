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
    // The programs that write these build lines of 16 KiB in a loop, and the loop is not in the data.
    if case.id.starts_with("GoogleOnly_LineTooLong") && file.len() < 1_000 {
        return Case { id: case.id, verdict: Verdict::LeftOut("the long line that it is about was not written down") };
    }
    Case::compare(case.id, &robots_allow(&file, &case.user_agent, &case.url), &case.allowed)
}
