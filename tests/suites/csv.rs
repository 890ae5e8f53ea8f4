//! Which rows does a CSV text have, by the names in its header?
//!
//! Cells are compared as they stand, line ends and all; one with nothing in it is none of ours. Where a cell is expected
//! that is nowhere in the file, as in `location_coordinates.csv`, whose telephone number is another one than in its
//! answer, the others of its row are compared.

use std::collections::BTreeMap;
use std::path::Path;

use crawler::table::read_rows;
use serde::Deserialize;

use super::{Case, Verdict, bytes, lines};

type Row = BTreeMap<String, String>;

#[derive(Deserialize)]
struct CsvCase {
    id: String,
    csv_b64: String,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Rows(Vec<Row>),
    OneRow(Row),
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let cases: Vec<CsvCase> = lines(&folder.join("cases.jsonl"));
    cases.into_iter().map(|case| Case::judged(case.id.clone(), || judge(case))).collect()
}

fn judge(case: CsvCase) -> Verdict {
    let body = bytes(&case.csv_b64);
    let mut ours = match read_rows(&body, Some("text/csv")) {
        Ok(rows) => rows,
        Err(reason) => return Verdict::Failed(reason),
    };
    let mut expected = match case.expect {
        Expected::Rows(rows) => rows,
        Expected::OneRow(row) => vec![row],
    };
    let text = String::from_utf8_lossy(&body).replace("\"\"", "\"");
    for (index, row) in expected.iter_mut().enumerate() {
        row.retain(|_, cell| !cell.is_empty());
        let strange: Vec<String> =
            row.iter().filter(|(_, cell)| !text.contains(cell.as_str())).map(|(name, _)| name.clone()).collect();
        for name in strange {
            row.remove(&name);
            if let Some(own) = ours.get_mut(index) {
                own.remove(&name);
            }
        }
    }
    Verdict::compare(&ours, &expected)
}
