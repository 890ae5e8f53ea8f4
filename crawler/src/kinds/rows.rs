//! Rows: where does a cell of a CSV text end, and does the last row end at all?
//!
//! Knows nothing of headers and columns; that is the table kind's.

use std::io::Cursor;

use csv::{ReaderBuilder, StringRecord};

/// As Excel has. Source: Excel specifications and limits.
pub(super) const MAX_COLUMNS: usize = 16_384;

/// What may stand between cells, the more usual first.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The delimiter is found in so many rows…
const SAMPLE_ROWS: usize = 50;

/// …of at most so many bytes.
const SAMPLE_BYTES: usize = 256 * 1024;

/// A row of a table, header or not.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: u64,
    /// Its cells, from the first column on.
    pub(super) cells: Vec<String>,
    /// How it ends.
    pub(super) end: RowEnd,
}

/// How a row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowEnd {
    /// As rows do.
    Whole,
    /// With the file, and no line end.
    EndOfFile,
    /// With the file, in the middle of a quoted cell.
    OpenQuote,
}

/// The delimiter by which most rows have as many cells as the header, and of two such the one with more cells.
pub(super) fn find_delimiter(text: &str) -> u8 {
    let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
    let is_cut = sample.len() < text.len();
    let mut best = (DELIMITERS[0], (0, 1));
    for delimiter in DELIMITERS {
        let score = consistency(sample, is_cut, delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// How many of a thousand rows are as wide as the header, and how wide that is.
fn consistency(sample: &str, is_cut: bool, delimiter: u8) -> (usize, usize) {
    let mut reader = csv_reader(delimiter).from_reader(sample.as_bytes());
    let mut widths: Vec<usize> = reader.records().take(SAMPLE_ROWS).flatten().map(|row| row.len()).collect();
    if is_cut && widths.len() > 1 && widths.len() < SAMPLE_ROWS {
        widths.pop();
    }
    let columns = widths.first().copied().unwrap_or(0);
    if columns < 2 {
        return (0, columns);
    }
    (widths.iter().filter(|width| **width == columns).count() * 1_000 / widths.len(), columns)
}

fn csv_reader(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true);
    builder
}

/// The rows of a CSV text, from the first.
pub(super) struct CsvRows {
    reader: csv::Reader<Cursor<String>>,
    delimiter: u8,
    number: u64,
}

impl CsvRows {
    pub(super) fn of(text: String, delimiter: u8) -> Self {
        Self { reader: csv_reader(delimiter).from_reader(Cursor::new(text)), delimiter, number: 0 }
    }

    fn end_of(&self, row: &StringRecord) -> RowEnd {
        let text = self.reader.get_ref().get_ref();
        let offset = |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
        if offset(self.reader.position()) < text.len() {
            return RowEnd::Whole;
        }
        let start = row.position().map_or(0, offset);
        if ends_in_quotes(text.as_bytes().get(start..).unwrap_or_default(), self.delimiter) {
            RowEnd::OpenQuote
        } else if text.ends_with(['\n', '\r']) {
            RowEnd::Whole
        } else {
            RowEnd::EndOfFile
        }
    }
}

impl Iterator for CsvRows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let mut row = StringRecord::new();
        let found = self.reader.read_record(&mut row);
        // A flexible reader finds no fault with a text in memory.
        if !found.unwrap_or(false) {
            return None;
        }
        self.number += 1;
        // One more than there may be, so that a row that is too wide can be told.
        let cells = row.iter().take(MAX_COLUMNS + 1).map(ToOwned::to_owned).collect();
        Some(Row { number: self.number, cells, end: self.end_of(&row) })
    }
}

/// Whether a text, from the beginning of a row, ends inside a quoted cell: the same rules as the reader's.
fn ends_in_quotes(row: &[u8], delimiter: u8) -> bool {
    let (mut in_quotes, mut at_start) = (false, true);
    let mut bytes = row.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if in_quotes {
            // Two quotes in a quoted cell are one that belongs to it.
            in_quotes = byte != b'"' || bytes.next_if_eq(&b'"').is_some();
        } else {
            in_quotes = at_start && byte == b'"';
            at_start = byte == delimiter || byte == b'\n' || byte == b'\r';
        }
    }
    in_quotes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(text: &str) -> Vec<Vec<String>> {
        CsvRows::of(text.to_owned(), find_delimiter(text)).map(|row| row.cells).collect()
    }

    #[test]
    fn the_delimiter_is_found() {
        for (text, expected) in [
            ("a,b\n1,2\n", b','),
            ("a;b,c;d\n1;2,5;3\n1;2,7;3\n", b';'),
            ("a\tb, c\n1\t2\n", b'\t'),
            ("a|b\n\"x, y\"|2\n", b'|'),
            ("only\none\n", b','),
        ] {
            assert_eq!(char::from(find_delimiter(text)), char::from(expected), "{text}");
        }
    }

    #[test]
    fn quotes_and_line_ends_belong_to_cells() {
        // After the cases of csv-spectrum.
        for (text, expected) in [
            ("a,b\n1,\"ha \"\"ha\"\" ha\"\n", ["1", "ha \"ha\" ha"]),
            ("a,b\r\n\"Once upon \r\na time\",5\r\n", ["Once upon \r\na time", "5"]),
            ("a,b\n1,\"ha \n\"\"ha\"\" \nha\"", ["1", "ha \n\"ha\" \nha"]),
            ("a,b\n1,5\" pipe\n", ["1", "5\" pipe"]),
        ] {
            assert_eq!(rows_of(text)[1], expected, "{text}");
        }
    }
}
