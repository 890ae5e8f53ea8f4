//! Comma-separated values as others write them: quoted cells with commas, line ends and doubled quotes in them.
//!
//! Source: RFC 4180. What the program itself reads goes through `crawler`; this reads lists that the program must not see.

use std::collections::BTreeMap;

/// The rows below the head, each cell by the name of its column. Cells beyond the head are left out.
pub(crate) fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut all = cells(text.trim_start_matches('\u{feff}')).into_iter();
    let head = all.next().unwrap_or_default();
    all.map(|row| head.iter().cloned().zip(row).collect()).collect()
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let (mut row, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                all.push(std::mem::take(&mut row));
            }
            character => cell.push(character),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        all.push(row);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_cells_hold_commas_lines_and_quotes() {
        let read = rows("\u{feff}title,also\r\n\"Smith, black\",\"one\ntwo \"\"2\"\"\"\r\nTailor,\r\n");
        assert_eq!(read.len(), 2);
        assert_eq!((read[0]["title"].as_str(), read[0]["also"].as_str()), ("Smith, black", "one\ntwo \"2\""));
        assert_eq!((read[1]["title"].as_str(), read[1]["also"].as_str()), ("Tailor", ""));
    }
}
