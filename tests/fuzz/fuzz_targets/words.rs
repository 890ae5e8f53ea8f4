//! Words: each line stands in every field of a record of its own, so that levels, dates, durations, ages, licences and
//! all other words are read from it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::{Source, TargetField};
use serde_json::{Map, Value};
use signpost_fuzz::{source, take_apart};

/// So many lines are read; more would only take longer.
const LINES: usize = 20;

/// The fields without which a record is refused before any other is read.
const NEEDED: [&str; 3] = ["identifier", "title", "url"];

static NATIONS: LazyLock<[Source; 3]> = LazyLock::new(|| ["uk", "scotland", "northern-ireland"].map(every_field));

fn every_field(nation: &str) -> Source {
    let fields = TargetField::all().map(|field| format!("{0} = \"/{0}\"\n", field.name()));
    let mapping: String = fields.collect();
    source(&format!(
        "nation = \"{nation}\"\nkind = \"json\"\n[where]\nfile = \"records\"\nitems = \"/all\"\n[mapping]\n{mapping}"
    ))
}

fn record(number: usize, line: &str) -> Value {
    let fields = TargetField::all().map(|field| {
        let name = field.name();
        let value = if NEEDED.contains(&name) { format!("https://example.org/{number}") } else { line.to_owned() };
        (name.to_owned(), Value::from(value))
    });
    Value::from(fields.collect::<Map<String, Value>>())
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let records: Vec<Value> = text.lines().take(LINES).enumerate().map(|(number, line)| record(number, line)).collect();
    let document = serde_json::json!({ "all": records }).to_string();
    for source in NATIONS.iter() {
        take_apart(source, "file:records", None, document.as_bytes());
    }
});
