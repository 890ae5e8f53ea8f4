//! CSV as spreadsheets open it: RFC 4180, and no cell that would be run as a formula.
//!
//! A cell that a spreadsheet could take for a formula begins with an apostrophe. To have the value back, drop that one
//! apostrophe where what stands behind it, other apostrophes and blanks left aside, is such a beginning.

use std::borrow::Cow;

/// Without it a spreadsheet reads UTF-8 as another encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// What begins a formula, also as the wide forms that spreadsheets in East Asia read alike. Source: OWASP, CSV Injection.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What a spreadsheet may drop at the beginning of a cell, and read on behind it. Source: as above.
const SEPARATORS: [char; 3] = ['\t', '\r', '\n'];
/// What makes quotes needed. Spreadsheets in some countries split at semicolons or tabs as well.
const QUOTED: [char; 6] = ['"', ',', ';', '\t', '\r', '\n'];

/// A text as it may stand in a cell: guarded where it could be taken for a formula, and without NUL.
fn cell(text: &str) -> Cow<'_, str> {
    let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
    if is_risky(&text) { Cow::Owned(format!("'{text}")) } else { text }
}

/// Whether a spreadsheet could take it for a formula. Apostrophes in front make no difference, so that one that was put
/// there can be told from those that were there.
fn is_risky(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(SEPARATORS)
        || text.trim_start_matches(|c: char| c == '\'' || is_unseen(c)).starts_with(FORMULA)
}

/// Blanks, control characters, and signs of no width.
fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A table in the making. What is ready is taken out, so that a long one need not be held.
pub(crate) struct CsvWriter(String);

impl CsvWriter {
    /// A table from its beginning.
    pub(crate) fn new() -> Self {
        Self(BYTE_ORDER_MARK.to_owned())
    }

    /// More rows of a table that another one began.
    pub(crate) fn continued() -> Self {
        Self(String::new())
    }

    /// Adds a row; every cell is guarded where a spreadsheet could take it for a formula.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        for (place, text) in cells.into_iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.write(&cell(text.as_ref()));
        }
        self.0.push_str("\r\n");
    }

    /// What was written since this was asked last.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }

    fn write(&mut self, cell: &str) {
        if !cell.contains(QUOTED) && cell.trim() == cell {
            self.0.push_str(cell);
            return;
        }
        self.0.push('"');
        self.0.push_str(&cell.replace('"', "\"\""));
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reader of a table does to have the value back.
    fn value(cell: &str) -> &str {
        cell.strip_prefix('\'').filter(|_| is_risky(cell)).unwrap_or(cell)
    }

    #[test]
    fn what_could_be_a_formula_is_guarded_and_comes_back() {
        for text in [
            "=2+3",
            "+44 20 7946 0000",
            "-2",
            "@home",
            "\t=2+3",
            "\tTab",
            "\r=2",
            "\n=2\nmore",
            "＝2",
            "＋2",
            "－2",
            "＠a",
            "  =2+3",
            "\u{a0}=2",
            "\u{feff}=2",
            "\u{200b}@a",
            "=HYPERLINK(\"https://example.org/\",\"a\")",
            "'=2+3",
            "''=2+3",
            "' =2",
            "=",
        ] {
            let guarded = cell(text);
            assert_eq!(guarded, format!("'{text}"));
            assert_eq!(value(&guarded), text);
        }
    }

    #[test]
    fn what_is_no_formula_stays_as_it_is() {
        for text in ["", "Chemistry", "'Ask a chemist'", "a=b", "5-7", "1+1", "|a", "\u{2013} dash", "  blank", "'"] {
            assert_eq!(cell(text), text);
            assert_eq!(value(text), text);
        }
    }

    #[test]
    fn nul_is_dropped_before_anything_is_judged() {
        assert_eq!(cell("\0=1"), "'=1");
        assert_eq!(cell("a\0b"), "ab");
    }

    #[test]
    fn a_table_begins_with_its_mark_and_quotes_what_must_be() {
        let mut table = CsvWriter::new();
        table.row(["id", "title"]);
        assert_eq!(table.take(), "\u{feff}id,title\r\n");
        table.row(["a,b", "say \"c\""]);
        table.row(["=1;2", " blank"]);
        table.row([String::from("two\nlines"), String::new()]);
        assert_eq!(table.take(), "\"a,b\",\"say \"\"c\"\"\"\r\n\"'=1;2\",\" blank\"\r\n\"two\nlines\",\r\n");
        assert_eq!(table.take(), "");
    }
}
