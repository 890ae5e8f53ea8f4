//! Rows: where does a cell of a CSV text end, and does the last row end at all?
//!
//! Reads as RFC 4180 says; what it leaves open is read as it stands: a quote inside a cell is a quote, and so is what
//! comes behind a closing one. A line of nothing but delimiters, or a quote that nobody closes, takes no more memory
//! than the widest row and the longest cell that there may be, which is why no library does this. Knows nothing of
//! headers and columns; that is the table kind's.

use crate::limits::FIELD_BYTES;

/// As Excel has. Source: Excel specifications and limits.
pub(super) const MAX_COLUMNS: usize = 16_384;

/// So much of a cell is kept, whatever its last character takes: enough to tell that it is too long.
const KEPT_BYTES: usize = FIELD_BYTES + 4;

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
    /// Its cells, from the first column on; at most one more than there may be.
    pub(super) cells: Vec<String>,
    /// How many cells it has.
    pub(super) width: usize,
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

/// The delimiter by which most rows are equally wide, and of two such the one with more cells.
///
/// Not the width of the first row counts but the most usual one: above a header there may be a title.
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

/// How many of a thousand rows have the most usual width of two cells and more, and how wide that is.
fn consistency(sample: &str, is_cut: bool, delimiter: u8) -> (usize, usize) {
    let rows = CsvRows::of(sample.to_owned(), delimiter);
    let mut widths: Vec<usize> = rows.take(SAMPLE_ROWS).map(|row| row.width).collect();
    if is_cut && widths.len() > 1 && widths.len() < SAMPLE_ROWS {
        widths.pop();
    }
    let rows_of = |width: usize| widths.iter().filter(|own| **own == width).count();
    let several = widths.iter().copied().filter(|width| *width > 1);
    let usual = several.max_by_key(|width| (rows_of(*width), *width));
    usual.map_or((0, 1), |width| (rows_of(width) * 1_000 / widths.len(), width))
}

/// The rows of a CSV text, from the first. Empty lines are none.
pub(super) struct CsvRows {
    text: String,
    delimiter: u8,
    at: usize,
    number: u64,
}

impl CsvRows {
    pub(super) fn of(text: String, delimiter: u8) -> Self {
        Self { text, delimiter, at: 0, number: 0 }
    }
}

impl Iterator for CsvRows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.at += self.text[self.at..].bytes().take_while(|byte| ends_line(*byte)).count();
        if self.at == self.text.len() {
            return None;
        }
        self.number += 1;
        let mut row = Row { number: self.number, cells: Vec::new(), width: 0, end: RowEnd::Whole };
        loop {
            let cell = Cell::read(&self.text[self.at..], self.delimiter);
            self.at += cell.bytes;
            row.width += 1;
            if row.cells.len() <= MAX_COLUMNS {
                row.cells.push(cell.text);
            }
            if let Some(end) = cell.ends_row {
                row.end = end;
                return Some(row);
            }
        }
    }
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// One cell at the beginning of a text.
struct Cell {
    /// What it says, or as much of it as is kept.
    text: String,
    /// How many bytes it takes, with the delimiter or line end after it.
    bytes: usize,
    /// How its row ends; `None` when another cell follows.
    ends_row: Option<RowEnd>,
}

impl Cell {
    fn read(text: &str, delimiter: u8) -> Self {
        let bytes = text.as_bytes();
        let (mut cell, mut at) = (String::new(), 0);
        if bytes.first() == Some(&b'"') {
            at = 1;
            loop {
                let Some(length) = text[at..].find('"') else {
                    keep(&mut cell, &text[at..]);
                    return Self { text: cell, bytes: text.len(), ends_row: Some(RowEnd::OpenQuote) };
                };
                keep(&mut cell, &text[at..at + length]);
                at += length + 1;
                // Two quotes in a quoted cell are one that belongs to it.
                if bytes.get(at) != Some(&b'"') {
                    break;
                }
                keep(&mut cell, "\"");
                at += 1;
            }
        }
        let rest = &text[at..];
        let length = rest.bytes().position(|byte| byte == delimiter || ends_line(byte)).unwrap_or(rest.len());
        keep(&mut cell, &rest[..length]);
        at += length;
        match bytes.get(at) {
            None => Self { text: cell, bytes: at, ends_row: Some(RowEnd::EndOfFile) },
            Some(byte) if *byte == delimiter => Self { text: cell, bytes: at + 1, ends_row: None },
            // The second byte of a line end of two is an empty line.
            Some(_) => Self { text: cell, bytes: at + 1, ends_row: Some(RowEnd::Whole) },
        }
    }
}

/// Adds to a cell as much as is kept of one.
pub(super) fn keep(cell: &mut String, text: &str) {
    let room = KEPT_BYTES.saturating_sub(cell.len());
    cell.push_str(&text[..text.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn rows_of(text: &str) -> Vec<Vec<String>> {
        CsvRows::of(text.to_owned(), find_delimiter(text)).map(|row| row.cells).collect()
    }

    #[rstest]
    #[case::commas("a,b\n1,2\n", ',')]
    #[case::decimal_commas("a;b,c;d\n1;2,5;3\n1;2,7;3\n", ';')]
    #[case::tabs("a\tb, c\n1\t2\n", '\t')]
    #[case::bars("a|b\n\"x, y\"|2\n", '|')]
    #[case::one_column("only\none\n", ',')]
    #[case::a_title_above("Careers, all of them\n\na;b;c\n1;2;3\n4;5;6\n", ';')]
    #[case::said_in_the_first_line("sep=;\na;b;c\n1;2, 3;4\n", ';')]
    fn the_delimiter_is_found(#[case] text: &str, #[case] expected: char) {
        assert_eq!(char::from(find_delimiter(text)), expected);
    }

    #[rstest]
    #[case::doubled_quotes("1,\"ha \"\"ha\"\" ha\"\n", &["1", "ha \"ha\" ha"])]
    #[case::line_end_in_quotes("\"Once upon \r\na time\",5\r\n", &["Once upon \r\na time", "5"])]
    #[case::both("1,\"ha \n\"\"ha\"\" \nha\"", &["1", "ha \n\"ha\" \nha"])]
    #[case::quote_in_a_cell("1,5\" pipe\n", &["1", "5\" pipe"])]
    #[case::behind_a_closing_quote("\"a\"b,2\n", &["ab", "2"])]
    #[case::empty_cells("1,\"\",\n", &["1", "", ""])]
    #[case::empty_at_the_end("1,", &["1", ""])]
    #[case::delimiter_in_quotes("\"a, b\",2", &["a, b", "2"])]
    fn quotes_and_line_ends_belong_to_cells(#[case] line: &str, #[case] expected: &[&str]) {
        let text = format!("a,b\n{line}");
        assert_eq!(CsvRows::of(text, b',').nth(1).map(|row| row.cells).unwrap_or_default(), expected);
    }

    #[rstest]
    #[case::line_end("a,b\n", RowEnd::Whole)]
    #[case::old_line_end("a,b\r", RowEnd::Whole)]
    #[case::no_line_end("a,b", RowEnd::EndOfFile)]
    #[case::closed_quote("a,\"b\"", RowEnd::EndOfFile)]
    #[case::open_quote("a,\"b\nc,d\n", RowEnd::OpenQuote)]
    fn the_end_of_the_last_row_is_told(#[case] text: &str, #[case] expected: RowEnd) {
        let rows: Vec<Row> = CsvRows::of(text.to_owned(), b',').collect();
        assert_eq!(rows.iter().map(|row| row.end).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn empty_lines_are_no_rows() {
        assert_eq!(rows_of("\r\n\na,b\r\n\r\n1,2\n\n"), [["a", "b"], ["1", "2"]]);
    }

    #[test]
    fn a_line_of_delimiters_and_a_quote_that_is_never_closed_take_little() {
        let wide = format!("{}\n1,2\n", ",".repeat(1_000_000));
        let rows: Vec<Row> = CsvRows::of(wide, b',').collect();
        assert_eq!((rows[0].width, rows[0].cells.len()), (1_000_001, MAX_COLUMNS + 1));
        assert_eq!(rows[1].cells, ["1", "2"]);

        let long = format!("1,\"{}", "é".repeat(FIELD_BYTES));
        let row = CsvRows::of(long, b',').next().expect("a row");
        assert!((FIELD_BYTES + 1..=KEPT_BYTES).contains(&row.cells[1].len()));
        assert_eq!(row.end, RowEnd::OpenQuote);
    }
}
