//! `signpost doctor`.

use serde_json::{Value, json};

use super::output::Format;
use super::{Ended, Options, output};
use crate::clock::Clock;
use crate::doctor::{Finding, Patient, Verdict, examine, worst};

/// The option that is given the address of the database.
const DATABASE_OPTION: &str = "--database-url";

pub(super) async fn run(options: &Options) -> anyhow::Result<Ended> {
    let shows_database_url =
        std::env::args_os().any(|argument| argument.to_str().is_some_and(|text| text.starts_with(DATABASE_OPTION)));
    let patient = Patient { config: options.config(), config_file: options.config.as_deref(), shows_database_url };
    let findings = examine(&patient, Clock::system().now()).await;
    match options.format() {
        Format::Json => {
            let columns = ["about", "verdict", "found", "advice"];
            let rows: Vec<Vec<Value>> = findings.iter().map(row).collect();
            output::table(Format::Json, &columns, &rows);
        }
        Format::Text => {
            for Finding { about, verdict, found, advice } in &findings {
                output::line(&format!("{:<4}  {about}: {found}", verdict.name()));
                if !advice.is_empty() {
                    output::line(&format!("      to do: {advice}"));
                }
            }
        }
    }
    Ok(match worst(&findings) {
        Verdict::Ok => Ended::Ok,
        Verdict::Warn => Ended::PartialOrHeld,
        Verdict::Fail => Ended::Failed,
    })
}

fn row(finding: &Finding) -> Vec<Value> {
    vec![json!(finding.about), json!(finding.verdict.name()), json!(finding.found), json!(finding.advice)]
}
