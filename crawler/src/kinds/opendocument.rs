//! Sheets of ODS files: the rows of one of them, as texts.
//!
//! In goes the `content.xml` of the file, out come its rows. Cells and rows may say how often they are repeated, so a
//! few hundred bytes can stand for a hundred million cells: what is repeated is counted before it is written out, which
//! a library that gives the whole sheet cannot do. No formula is computed, and no entity expanded. Unpacking the file
//! is left to `workbook`. Source: `OpenDocument` 1.3, part 3, 9.1 and 19.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::rows::{MAX_COLUMNS, Row, RowEnd, keep};
use super::workbook::{CELL_BYTES, ROW_BYTES, TEXT_BYTES};
use super::xml_events::{attribute, resolved};
use crate::limits::XML_DEPTH;

/// Reads the rows with something in them of the sheet of this name, or of the first one.
///
/// Dates come as `2019-05-10` or `2019-05-10T12:30:00`, times and durations as `PT12H30M00S`; errors such as `#N/A` are
/// empty. A sheet whose cells would take more than `max_bytes` is refused.
pub(super) fn rows(content: &str, sheet: Option<&str>, max_bytes: usize) -> Result<Vec<Row>, String> {
    let mut reader = Reader::from_str(content);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk { wanted: sheet, max_bytes, ..Walk::default() };
    while !walk.is_done {
        match reader.read_event() {
            Ok(Event::Start(start)) => walk.enter(&start)?,
            Ok(Event::End(_)) => walk.leave()?,
            Ok(Event::Text(text)) => walk.read(&text.xml10_content()),
            Ok(Event::CData(text)) => walk.read(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => walk.read(&resolved(&reference)),
            Ok(Event::DocType(_)) => return Err("a damaged workbook, expected one without a DTD".to_owned()),
            Ok(Event::Eof) => break,
            // Empty elements come as a start and an end.
            Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
            Err(error) => return Err(format!("a damaged workbook: {error}")),
        }
    }
    if walk.is_done {
        return Ok(walk.rows);
    }
    Err(format!("no sheet `{}`; there is: {}", sheet.unwrap_or("1"), walk.names.join(", ")))
}

/// An element on the way from the root to where the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    /// Outside every sheet.
    Outer,
    /// What holds the sheets.
    Book,
    /// The wanted sheet.
    Sheet,
    /// Rows that belong together in it: its header, an outline.
    Group,
    Row,
    Cell,
    /// A line of a cell, and everything in it.
    Line,
    /// A note, a drawing, another sheet.
    PassedOver,
}

/// Where the reader is, and what it has found.
#[derive(Default)]
struct Walk<'w> {
    wanted: Option<&'w str>,
    max_bytes: usize,
    path: Vec<Element>,
    /// The sheets before the wanted one.
    names: Vec<String>,
    rows: Vec<Row>,
    /// What the rows take in memory.
    taken_bytes: usize,
    /// How many rows there were before this one, empty ones too.
    row_number: u64,
    row: RowDraft,
    cell: CellDraft,
    /// Whether the wanted sheet was read to its end.
    is_done: bool,
}

/// The row that is read.
#[derive(Default)]
struct RowDraft {
    repeated: usize,
    cells: Vec<String>,
    /// Empty cells after them, which count when another one follows.
    gap: usize,
    /// What they take in memory.
    bytes: usize,
}

/// The cell that is read.
#[derive(Default)]
struct CellDraft {
    repeated: usize,
    /// What its attributes say; its lines count when they say nothing.
    value: Option<String>,
    lines: usize,
    text: String,
}

impl Walk<'_> {
    fn enter(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.path.len() >= XML_DEPTH {
            return Err(format!("a damaged workbook, elements nested deeper than {XML_DEPTH}"));
        }
        let name = start.local_name().into_inner();
        let around = self.path.last().copied().unwrap_or(Element::Outer);
        let element = match (around, name) {
            (Element::Outer, "spreadsheet") => Element::Book,
            (Element::Outer, _) => Element::Outer,
            (Element::Book, "table") => self.enter_sheet(start),
            (Element::Sheet | Element::Group, "table-header-rows" | "table-rows" | "table-row-group") => Element::Group,
            (Element::Sheet | Element::Group, "table-row") => {
                self.row = RowDraft { repeated: repeated(start, "number-rows-repeated"), ..RowDraft::default() };
                Element::Row
            }
            (Element::Row, "table-cell" | "covered-table-cell") => {
                self.cell = CellDraft::begin(start);
                Element::Cell
            }
            (Element::Cell, "p") => {
                self.cell.begin_line();
                Element::Line
            }
            (Element::Line, _) => self.enter_part_of_line(name),
            (
                Element::Book | Element::Sheet | Element::Group | Element::Row | Element::Cell | Element::PassedOver,
                _,
            ) => Element::PassedOver,
        };
        self.path.push(element);
        Ok(())
    }

    fn enter_sheet(&mut self, start: &BytesStart<'_>) -> Element {
        let name = attribute(start, "name").unwrap_or_default();
        if self.wanted.is_none_or(|wanted| wanted == name) {
            return Element::Sheet;
        }
        self.names.push(name);
        Element::PassedOver
    }

    fn enter_part_of_line(&mut self, name: &str) -> Element {
        match name {
            "annotation" | "frame" | "note" => return Element::PassedOver,
            "s" | "tab" | "line-break" => keep(&mut self.cell.text, " "),
            _ => {}
        }
        Element::Line
    }

    fn leave(&mut self) -> Result<(), String> {
        match self.path.pop() {
            Some(Element::Cell) => self.leave_cell()?,
            Some(Element::Row) => self.leave_row()?,
            Some(Element::Sheet) => self.is_done = true,
            Some(Element::Outer | Element::Book | Element::Group | Element::Line | Element::PassedOver) | None => {}
        }
        Ok(())
    }

    fn read(&mut self, text: &str) {
        if self.path.last() == Some(&Element::Line) {
            keep(&mut self.cell.text, text);
        }
    }

    fn leave_cell(&mut self) -> Result<(), String> {
        let CellDraft { repeated, value, text, .. } = std::mem::take(&mut self.cell);
        let text = value.unwrap_or(text);
        let row = &mut self.row;
        if text.is_empty() {
            row.gap = row.gap.saturating_add(repeated);
            return Ok(());
        }
        let width = row.cells.len().saturating_add(row.gap).saturating_add(repeated);
        if width > MAX_COLUMNS {
            let number = self.row_number.saturating_add(1);
            return Err(format!("row {number}: {width} columns, expected at most {MAX_COLUMNS}"));
        }
        let text_bytes = (text.len() + TEXT_BYTES).saturating_mul(repeated);
        row.bytes = row.bytes.saturating_add(text_bytes).saturating_add(CELL_BYTES * (row.gap + repeated));
        if self.taken_bytes.saturating_add(row.bytes) > self.max_bytes {
            return Err(self.too_large());
        }
        row.cells.resize(row.cells.len() + row.gap, String::new());
        row.cells.extend(std::iter::repeat_n(text, repeated));
        row.gap = 0;
        Ok(())
    }

    fn leave_row(&mut self) -> Result<(), String> {
        let RowDraft { repeated, cells, bytes, .. } = std::mem::take(&mut self.row);
        let before = self.row_number;
        self.row_number = before.saturating_add(u64::try_from(repeated).unwrap_or(u64::MAX));
        if cells.is_empty() {
            return Ok(());
        }
        let taken_bytes = (bytes + ROW_BYTES).saturating_mul(repeated);
        self.taken_bytes = self.taken_bytes.saturating_add(taken_bytes);
        if self.taken_bytes > self.max_bytes {
            return Err(self.too_large());
        }
        for at in before..self.row_number {
            let cells = cells.clone();
            self.rows.push(Row { number: at + 1, width: cells.len(), cells, end: RowEnd::Whole });
        }
        Ok(())
    }

    fn too_large(&self) -> String {
        format!("a sheet larger than {} bytes", self.max_bytes)
    }
}

impl CellDraft {
    fn begin(start: &BytesStart<'_>) -> Self {
        Self { repeated: repeated(start, "number-columns-repeated"), value: value_of(start), ..Self::default() }
    }

    fn begin_line(&mut self) {
        self.lines += 1;
        if self.lines > 1 {
            keep(&mut self.text, "\n");
        }
    }
}

/// What the attributes of a cell say; `None` when it is the text in it that counts.
fn value_of(start: &BytesStart<'_>) -> Option<String> {
    if attribute(start, "calcext:value-type").as_deref() == Some("error") {
        return Some(String::new());
    }
    match attribute(start, "office:value-type")?.as_str() {
        "float" | "percentage" | "currency" => {
            let written = attribute(start, "value")?;
            Some(written.parse::<f64>().map_or(written, |number| number.to_string()))
        }
        "date" => attribute(start, "date-value"),
        "time" => attribute(start, "time-value"),
        "boolean" => attribute(start, "boolean-value"),
        "string" => attribute(start, "string-value"),
        _ => None,
    }
}

/// How often an element stands for itself.
fn repeated(start: &BytesStart<'_>, name: &str) -> usize {
    attribute(start, name).and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::*;

    const LIMIT: usize = 1024 * 1024;

    /// The `content.xml` of a workbook with these sheets.
    pub(in crate::kinds) fn content(sheets: &str) -> String {
        let body = format!("<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>");
        format!("<?xml version=\"1.0\"?><office:document-content>{body}</office:document-content>")
    }

    /// A sheet with these rows.
    pub(in crate::kinds) fn sheet(name: &str, rows: &str) -> String {
        format!("<table:table table:name=\"{name}\"><table:table-column/>{rows}</table:table>")
    }

    /// A row with these cells.
    pub(in crate::kinds) fn row(cells: &str) -> String {
        format!("<table:table-row>{cells}</table:table-row>")
    }

    /// A cell with a text in it.
    pub(in crate::kinds) fn cell(text: &str) -> String {
        cell_with("office:value-type=\"string\"", text)
    }

    fn cell_with(attributes: &str, text: &str) -> String {
        format!("<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>")
    }

    fn rows_repeated(times: &str, cells: &str) -> String {
        format!("<table:table-row table:number-rows-repeated=\"{times}\">{cells}</table:table-row>")
    }

    /// The rows of a first sheet with these rows, each as `number:cell|cell`.
    fn read(rows_of_sheet: &str) -> Result<Vec<String>, String> {
        let found = rows(&content(&sheet("Jobs", rows_of_sheet)), None, LIMIT)?;
        Ok(found.iter().map(|row| format!("{}:{}", row.number, row.cells.join("|"))).collect())
    }

    #[rstest]
    #[case::text("office:value-type=\"string\"", "R&amp;D", "R&D")]
    #[case::lines("office:value-type=\"string\"", "a</text:p><text:p>b", "a\nb")]
    #[case::spaces("office:value-type=\"string\"", "a<text:s text:c=\"9\"/><text:span>b</text:span>", "a b")]
    #[case::note(
        "office:value-type=\"string\"",
        "a<office:annotation><text:p>Why?</text:p></office:annotation>b",
        "ab"
    )]
    #[case::value_before_text("office:value-type=\"string\" office:string-value=\"a\"", "b", "a")]
    #[case::number("office:value-type=\"float\" office:value=\"2019\"", "2,019", "2019")]
    #[case::date("office:value-type=\"date\" office:date-value=\"2019-05-10\"", "10/05/19", "2019-05-10")]
    #[case::time("office:value-type=\"time\" office:time-value=\"PT12H30M00S\"", "12:30", "PT12H30M00S")]
    #[case::truth("office:value-type=\"boolean\" office:boolean-value=\"true\"", "TRUE", "true")]
    #[case::no_type("table:style-name=\"ce1\"", "a", "a")]
    fn a_cell_is_read_as_a_text(#[case] attributes: &str, #[case] text: &str, #[case] expected: &str) {
        assert_eq!(read(&row(&cell_with(attributes, text))), Ok(vec![format!("1:{expected}")]));
    }

    #[test]
    fn an_error_and_an_empty_cell_are_nothing() {
        let is_error = "office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"";
        let error = cell_with(is_error, "#DIV/0!");
        let cells = [error.as_str(), "<table:table-cell/>", &cell("a")].concat();
        assert_eq!(read(&row(&cells)), Ok(vec!["1:||a".to_owned()]));
        assert_eq!(read(&row(&error)), Ok(Vec::new()));
    }

    #[test]
    fn what_is_repeated_is_written_out_and_empty_ends_are_not() {
        let twice = cell_with("table:number-columns-repeated=\"2\" office:value-type=\"string\"", "a");
        let end = "<table:table-cell table:number-columns-repeated=\"16380\"/>";
        let header = format!("<table:table-header-rows>{}</table:table-header-rows>", row(&cell("id")));
        let empty = rows_repeated("2", "<table:table-cell/>");
        let full = rows_repeated("2", &[twice.as_str(), end].concat());
        let rest = rows_repeated("1048500", end);
        let found = read(&[header, empty, full, rest].concat());
        assert_eq!(found, Ok(vec!["1:id".to_owned(), "4:a|a".to_owned(), "5:a|a".to_owned()]));
    }

    #[test]
    fn a_sheet_is_found_by_its_name() {
        let book = content(&[sheet("Jobs", &row(&cell("a"))), sheet("Courses", &row(&cell("b")))].concat());
        let found = rows(&book, Some("Courses"), LIMIT).expect("a sheet");
        assert_eq!(found[0].cells, ["b"]);
        assert_eq!(rows(&book, Some("Events"), LIMIT), Err("no sheet `Events`; there is: Jobs, Courses".to_owned()));
    }

    #[test]
    fn a_few_bytes_that_stand_for_many_are_refused() {
        let repeated = |times: &str, text: &str| {
            cell_with(&format!("table:number-columns-repeated=\"{times}\" office:value-type=\"string\""), text)
        };
        let long = "a long text, ".repeat(10);
        for (rows, expected) in [
            (row(&repeated("99999999", "a")), "row 1: 99999999 columns, expected at most 16384"),
            (row(&repeated("16000", &long)), "a sheet larger than 1048576 bytes"),
            (row(&repeated("1000", &long).repeat(16)), "a sheet larger than 1048576 bytes"),
            (rows_repeated("4000000000", &cell("a")), "a sheet larger than 1048576 bytes"),
        ] {
            assert_eq!(read(&rows), Err(expected.to_owned()));
        }
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        let entities = content("").replace("?><", "?><!DOCTYPE x [<!ENTITY a \"ha\">]><");
        let cut = content(&sheet("Jobs", &row(&cell("a")))).replace("</table:table></office:spreadsheet>", "");
        for text in [deep.as_str(), entities.as_str(), cut.as_str(), "", "no XML"] {
            assert!(rows(text, None, LIMIT).is_err());
        }
    }
}
