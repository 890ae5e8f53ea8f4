//! How much of what others have written test cases for do we get right?
//!
//! `SIGNPOST_SUITES=DIR cargo test --release --test suites [-- NAME...]` runs the public test suites in that folder (one
//! folder each; its SOURCE.txt says what a case is) through the code that harvests use, and prints for each the share
//! that passes, and each case that does not with its reason. Fails when a suite stays below its aim. Without the
//! variable there is nothing to run.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod addresses; // which addresses may be reached, and how links are resolved
mod bombs; // what unpacks, nests or promises without end
mod cost; // time and memory that a harvest takes
mod csv; // which rows a CSV text has
mod encodings; // in which character set a text is
mod feeds; // what RSS, Atom and JSON feeds list
mod intake; // a harvest in memory, which several of them need
mod json; // what is JSON, in a source, a feed and a page
mod json_ld; // which blocks of JSON-LD a page holds, and that nothing in them is fetched
mod marc; // what library files in MARC21 and MARCXML say
mod oai; // what answers over OAI-PMH say
mod robots; // what robots.txt allows
mod server; // one answer from a port of this machine
mod sitemaps; // which pages the sitemaps of a site list
mod structured_data; // what pages say of themselves
mod workbook; // a workbook with XML of anybody's in it
mod xml_attacks; // what is written in XML to reach files, the network or memory

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::de::DeserializeOwned;

/// Failed cases of one suite that are printed.
const PRINTED: usize = 40;

/// A measure: its name, the folder of its cases, the share of them that must pass, and how they are run.
struct Suite {
    name: &'static str,
    folder: &'static str,
    aim: f64,
    run: fn(&Path) -> Vec<Case>,
}

/// What came of one case.
struct Case {
    id: String,
    verdict: Verdict,
}

enum Verdict {
    Passed,
    /// It does not pass, and why.
    Failed(String),
    /// It is not counted, and why: the suite itself says that the case is contested or not for us.
    LeftOut(&'static str),
}

impl Case {
    /// Passed when both are the same.
    fn compare<T: PartialEq + std::fmt::Debug>(id: impl Into<String>, ours: &T, expected: &T) -> Self {
        Self { id: id.into(), verdict: Verdict::compare(ours, expected) }
    }

    /// What comes of a case; failed when it panics, and then the others are still run.
    fn judged(id: impl Into<String>, judge: impl FnOnce() -> Verdict) -> Self {
        let verdict = panic::catch_unwind(AssertUnwindSafe(judge));
        Self { id: id.into(), verdict: verdict.unwrap_or_else(|_| Verdict::Failed("it panics".to_owned())) }
    }
}

impl Verdict {
    /// Passed when both are the same.
    fn compare<T: PartialEq + std::fmt::Debug>(ours: &T, expected: &T) -> Self {
        if ours == expected { Self::Passed } else { Self::Failed(format!("ours {ours:?}, expected {expected:?}")) }
    }
}

const SUITES: &[Suite] = &[
    Suite { name: "bombs", folder: "bombs", aim: 1.0, run: bombs::run },
    Suite { name: "csv-spectrum", folder: "csv-spectrum", aim: 1.0, run: csv::run },
    Suite { name: "encoding-chardet", folder: "encoding-chardet", aim: 0.98, run: encodings::run_right_header },
    Suite { name: "encoding-chardet-absent", folder: "encoding-chardet", aim: 0.9, run: encodings::run_no_header },
    Suite { name: "encoding-chardet-wrong", folder: "encoding-chardet", aim: 0.9, run: encodings::run_wrong_header },
    Suite { name: "encoding-html5lib", folder: "encoding-html5lib", aim: 1.0, run: encodings::run_html },
    Suite { name: "feeds-feedparser", folder: "feeds-feedparser", aim: 0.98, run: feeds::run_sound },
    Suite { name: "feeds-feedparser-bozo", folder: "feeds-feedparser", aim: 0.9, run: feeds::run_broken },
    Suite { name: "feeds-real-feedrs", folder: "feeds-real-feedrs", aim: 0.98, run: feeds::run_real },
    Suite { name: "feeds-w3c-validator", folder: "feeds-w3c-validator", aim: 0.95, run: feeds::run_invalid },
    Suite { name: "feeds-w3c-validator-dates", folder: "feeds-w3c-validator", aim: 0.98, run: feeds::run_dates },
    Suite { name: "json-parsing", folder: "json-parsing", aim: 0.98, run: json::run },
    Suite { name: "jsonld-w3c", folder: "jsonld-w3c", aim: 0.98, run: json_ld::run_pages },
    Suite { name: "jsonld-w3c-harmless", folder: "jsonld-w3c", aim: 1.0, run: json_ld::run_harmlessly },
    Suite { name: "marcxml-pymarc", folder: "marcxml-pymarc", aim: 0.98, run: marc::run },
    Suite { name: "oai-responses", folder: "oai-responses", aim: 0.98, run: oai::run },
    Suite { name: "robots-rfc9309", folder: "robots-rfc9309", aim: 1.0, run: robots::run },
    Suite { name: "sitemaps-usp", folder: "sitemaps-usp", aim: 0.98, run: sitemaps::run },
    Suite { name: "ssrf", folder: "ssrf", aim: 1.0, run: addresses::run_ssrf },
    Suite { name: "structured-data-extruct", folder: "structured-data-extruct", aim: 0.98, run: structured_data::run },
    Suite { name: "url-whatwg", folder: "url-whatwg", aim: 0.98, run: addresses::run_urls },
    Suite { name: "xml-attacks", folder: "xml-attacks", aim: 1.0, run: xml_attacks::run },
];

fn main() -> ExitCode {
    let Some(root) = std::env::var_os("SIGNPOST_SUITES").map(PathBuf::from) else {
        println!("SIGNPOST_SUITES names no folder, so the suites are left out");
        return ExitCode::SUCCESS;
    };
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut all_reached = true;
    for suite in SUITES {
        let folder = root.join(suite.folder);
        let is_wanted = wanted.is_empty() || wanted.iter().any(|name| suite.name.contains(name.as_str()));
        if is_wanted && folder.is_dir() {
            all_reached &= report(suite, (suite.run)(&folder));
        } else if is_wanted {
            println!("{:<28} not in the folder", suite.name);
        }
    }
    if all_reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what came of a suite; whether it has reached its aim.
fn report(suite: &Suite, cases: Vec<Case>) -> bool {
    let (mut passed, mut left_out, mut failed) = (0_u32, BTreeMap::<&str, u32>::new(), Vec::new());
    for case in cases {
        match case.verdict {
            Verdict::Passed => passed += 1,
            Verdict::LeftOut(reason) => *left_out.entry(reason).or_default() += 1,
            Verdict::Failed(reason) => failed.push((case.id, reason)),
        }
    }
    let counted = passed + u32::try_from(failed.len()).unwrap_or(u32::MAX);
    let share = f64::from(passed) / f64::from(counted.max(1));
    println!("{:<28} {:6.2} %  {passed} of {counted}", suite.name, share * 100.0);
    for (reason, count) in left_out {
        println!("    {count} left out: {reason}");
    }
    for (id, reason) in failed.iter().take(PRINTED) {
        let reason: String = reason.chars().take(300).collect();
        println!("    {id}: {reason}");
    }
    if failed.len() > PRINTED {
        println!("    and {} more", failed.len() - PRINTED);
    }
    counted > 0 && share >= suite.aim
}

/// The cases in a file of one JSON object on each line.
fn lines<T: DeserializeOwned>(file: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

/// A text with every white space in it a single space.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Bytes written in base 64.
fn bytes(base64: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).expect("the suites are right about their own form")
}
