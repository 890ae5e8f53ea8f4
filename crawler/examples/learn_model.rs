//! Makes the model that tells subject and key stage from a text: `cargo run --release -p crawler --example learn_model
//! -- LESSONS.csv`
//!
//! Reads lessons as `crawler/models/README.md` describes them and writes `crawler/models/lessons.model`. The same
//! lessons give the same bytes.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use crawler::infer::learnt::{learn, read_lessons};

/// Where the model is shipped from.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/lessons.model");

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of a CSV file with lessons")?;
    let csv = std::fs::read_to_string(Path::new(&path)).map_err(|error| format!("{path}: {error}"))?;
    let lessons = read_lessons(&csv)?;
    let bytes = learn(&lessons).to_bytes();
    std::fs::write(MODEL, &bytes).map_err(|error| format!("{MODEL}: {error}"))?;
    writeln!(std::io::stdout(), "{} lessons, {} bytes, {MODEL}", lessons.len(), bytes.len())?;
    Ok(())
}
