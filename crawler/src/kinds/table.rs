//! The table kind: CSV and TSV in any character set, XLSX and ODS.
//!
//! A row names the columns, the first one unless a title stands above it; each further one becomes a raw record, or a
//! problem that names the row. Rows are counted as a spreadsheet shows them, the topmost being row 1; empty lines of a
//! CSV text do not count. What a cell means is left to the mapping.

use std::collections::{BTreeMap, HashMap, HashSet};

use encoding_rs::Encoding;
use schemas::{FieldMapping, Problem, Source, TableOptions, TargetField, nearest};

use super::rows::{CsvRows, MAX_COLUMNS, Row, RowEnd, find_delimiter};
use super::workbook::{self, WorkbookLimits};
use super::{Document, markup_in_place_of_data, read_one_document};
use crate::error::HarvestError;
use crate::fetch::decode;
use crate::harvest::{Ending, Run};
use crate::limits::{FIELD_BYTES, TABLE_BYTES, UNPACKED_FACTOR};
use crate::map::map_record;
use crate::normalise::template;
use crate::raw::{RawRecord, RawValues};

/// The header is looked for in so many rows. Titles, dates and notes above one take fewer.
const HEADER_ROWS: usize = 20;

/// With these bytes begin the workbooks of Excel since 2007, and ODS. Source: APPNOTE.TXT 4.3.7.
const ZIP: &[u8] = b"PK\x03\x04";

/// With these bytes begin the workbooks of Excel 97 to 2003, and newer ones with a password. Source: MS-CFB, 2.2.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

const NO_ROWS: &str = "no rows, expected a header row";

/// How the National Careers Service, among others, writes that there is nothing.
const NULL: &str = "(null)";

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>) -> Result<Ending, HarvestError> {
    read_one_document(run, TABLE_BYTES).await
}

/// Hands over the records in one document.
pub(super) async fn take_apart(
    run: &mut Run<'_>,
    options: &TableOptions,
    document: &Document,
) -> Result<Ending, HarvestError> {
    let source = run.source;
    let opened = open(document, options, source, run.body_limit(TABLE_BYTES));
    let (columns, rows) = opened.map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    for (field, reason) in lost_columns(&columns.names, source) {
        run.remark(Problem::warning("the header", Some(field.name()), reason));
    }
    for row in rows {
        // Spreadsheets have many rows at their end that say nothing at all.
        if row.end != RowEnd::OpenQuote && row.cells.iter().all(|cell| is_empty(cell)) {
            continue;
        }
        if let Some(ending) = run.enough_records() {
            return Ok(ending);
        }
        let place = format!("row {}", row.number);
        let breaks_off = columns.break_off_in(&row);
        let fault = columns.fault_of(&row);
        let cells = columns.name_cells(row);
        match fault {
            None => {
                let payload = Some(document.hash.clone());
                run.record(&RawRecord::new(&place, payload, RawValues::Row(cells))).await?;
            }
            Some(reason) => {
                let problem = Problem::rejected(&place, None, reason);
                // Of half a row nobody knows whether its identifier is whole.
                match identifier_in(cells, source).filter(|_| !breaks_off) {
                    Some(identifier) => run.problem_with(&identifier, problem).await?,
                    None => run.problem(problem).await?,
                }
            }
        }
        if breaks_off {
            return Ok(Ending::partial(format!("{} breaks off in {place}", document.place)));
        }
    }
    Ok(Ending::Complete)
}

/// Which record a broken row is, where the source maps an identifier and the row has one.
fn identifier_in(mut cells: BTreeMap<String, String>, source: &Source) -> Option<String> {
    if !source.mapping.contains_key(&TargetField::Identifier) {
        return None;
    }
    cells.retain(|_, cell| cell.len() <= FIELD_BYTES);
    match map_record(&RawRecord::new("", None, RawValues::Row(cells)), source) {
        Ok((record, _)) => Some(record.id.identifier),
        Err(refusal) => refusal.identifier,
    }
}

fn is_empty(cell: &str) -> bool {
    let text = cell.trim();
    text.is_empty() || text == NULL
}

type Rows = Box<dyn Iterator<Item = Row> + Send>;

/// Finds out what the document is, and takes off its header.
fn open(
    document: &Document,
    options: &TableOptions,
    source: &Source,
    max_bytes: u64,
) -> Result<(Columns, Rows), String> {
    if document.body.starts_with(ZIP) {
        let bytes = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let unpacked_bytes = bytes(max_bytes.saturating_mul(UNPACKED_FACTOR));
        let limits = WorkbookLimits { unpacked_bytes, kept_bytes: bytes(max_bytes) };
        let rows = workbook::rows(&document.body, options.sheet.as_deref(), limits)?;
        let (mut columns, rows) = take_header(rows.into_iter(), source)?;
        // Empty cells at the end of a row are not in the file.
        columns.least = 0;
        return Ok((columns, rows));
    }
    if document.body.starts_with(COMPOUND_FILE) {
        return Err("a workbook of Excel 97 to 2003 or with a password, expected CSV, XLSX or ODS".to_owned());
    }
    take_header(rows_of_text(decoded(document, options)?, options.delimiter)?, source)
}

fn rows_of_text(text: String, delimiter: Option<char>) -> Result<CsvRows, String> {
    if let Some(markup) = markup_in_place_of_data(&text) {
        return Err(format!("{markup}, expected CSV, XLSX or ODS"));
    }
    if text.contains('\0') {
        return Err("neither text nor a workbook, expected CSV, XLSX or ODS".to_owned());
    }
    let delimiter = match delimiter.map(u8::try_from) {
        Some(Ok(delimiter)) => delimiter,
        Some(Err(_)) | None => find_delimiter(&text),
    };
    Ok(CsvRows::of(text, delimiter))
}

/// The rows of a CSV text below its first, by the names in that one. Cells with nothing in them are left out, and so
/// are broken rows.
///
/// # Errors
/// When it is no text, or has no first row.
pub fn read_rows(body: &[u8], content_type: Option<&str>) -> Result<Vec<BTreeMap<String, String>>, String> {
    let mut rows = rows_of_text(decode(body, content_type), None)?;
    let columns = Columns::of(&rows.next().ok_or(NO_ROWS)?)?;
    let whole = rows.filter(|row| columns.fault_of(row).is_none());
    Ok(whole.map(|row| columns.name_cells(row)).collect())
}

/// Takes off the header and what stands above it.
fn take_header(
    mut rows: impl Iterator<Item = Row> + Send + 'static,
    source: &Source,
) -> Result<(Columns, Rows), String> {
    let sample: Vec<Row> = rows.by_ref().take(HEADER_ROWS).collect();
    let at = find_header(&sample, source);
    let columns = Columns::of(sample.get(at).ok_or(NO_ROWS)?)?;
    check_mapped_columns(&columns.names, source)?;
    Ok((columns, Box::new(sample.into_iter().skip(at + 1).chain(rows))))
}

/// Which row is the header. The first, when the mapping finds all its columns in it; else the first that has a column
/// of the mapping and is no title: two thirds as many cells with something in them as the fullest row.
fn find_header(sample: &[Row], source: &Source) -> usize {
    if sample.first().is_none_or(|first| lost_columns(&names_of(&first.cells), source).is_empty()) {
        return 0;
    }
    let filled = |row: &Row| row.cells.iter().filter(|cell| !is_empty(cell)).count();
    let fullest = sample.iter().map(filled).max().unwrap_or(0);
    let mapped: HashSet<&str> = source.mapping.values().flat_map(columns_of).collect();
    let is_header = |row: &Row| {
        let has_column = row.cells.iter().any(|cell| mapped.contains(cell.trim()));
        has_column && filled(row) * 3 >= fullest * 2
    };
    sample.iter().position(is_header).unwrap_or(0)
}

fn decoded(document: &Document, options: &TableOptions) -> Result<String, String> {
    let Some(charset) = &options.charset else { return Ok(document.text()) };
    let encoding = Encoding::for_label(charset.as_bytes()).ok_or_else(|| format!("unknown charset `{charset}`"))?;
    let (text, _, _) = encoding.decode(&document.body);
    Ok(text.into_owned())
}

/// The columns of a table.
struct Columns {
    names: Vec<String>,
    /// A row with fewer cells is broken; columns without a name, after the last with one, may be left out.
    least: usize,
}

impl Columns {
    /// The columns that a header names.
    fn of(header: &Row) -> Result<Self, String> {
        if header.width > MAX_COLUMNS {
            return Err(format!("{} columns, expected at most {MAX_COLUMNS}", header.width));
        }
        let names = names_of(&header.cells);
        let least = header.cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        Ok(Self { names, least })
    }

    /// Whether the file ends in the middle of this row.
    fn break_off_in(&self, row: &Row) -> bool {
        match row.end {
            RowEnd::Whole => false,
            RowEnd::EndOfFile => row.width < self.least,
            RowEnd::OpenQuote => true,
        }
    }

    /// Why a row is none of this table, when it is not.
    fn fault_of(&self, row: &Row) -> Option<String> {
        let (found, expected) = (row.width, self.names.len());
        if row.end == RowEnd::OpenQuote {
            return Some("a quote is opened and never closed".to_owned());
        }
        let overflows = found > MAX_COLUMNS || row.cells.iter().skip(expected).any(|cell| !is_empty(cell));
        if found < self.least || overflows {
            return Some(format!("{found} cells, {expected} expected"));
        }
        let is_too_long = row.cells.iter().any(|cell| cell.len() > FIELD_BYTES);
        is_too_long.then(|| format!("a cell of more than {FIELD_BYTES} bytes"))
    }

    /// The cells of a row by the names of their columns; those with nothing in them are left out.
    fn name_cells(&self, row: Row) -> BTreeMap<String, String> {
        let named = self.names.iter().cloned().zip(row.cells);
        named.filter(|(_, cell)| !is_empty(cell)).collect()
    }
}

/// The names of columns: `column 3` where the header has none, `Tags 2` where it has the name twice.
fn names_of(header: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::with_capacity(header.len());
    for (index, cell) in header.iter().enumerate() {
        let title = cell.trim();
        let title = if title.is_empty() { format!("column {}", index + 1) } else { title.to_owned() };
        let mut name = title.clone();
        while !taken.insert(name.clone()) {
            let so_far = times.entry(title.clone()).or_insert(1);
            *so_far += 1;
            name = format!("{title} {so_far}");
        }
        names.push(name);
    }
    names
}

/// Refuses a table in which the mapping finds nothing at all, for that is another table: a changed export, or the wrong
/// delimiter. And one without the columns of a field that every record needs, for nothing can come of it.
fn check_mapped_columns(names: &[String], source: &Source) -> Result<(), String> {
    let lost = lost_columns(names, source);
    if !lost.is_empty() && lost.len() == source.mapping.len() {
        return Err(format!("none of the columns of the mapping; the header has `{}`", names.join("`, `")));
    }
    let lost = lost.into_iter();
    let needed =
        lost.filter(|(field, _)| matches!(field, TargetField::Identifier | TargetField::Title | TargetField::Url));
    let reasons: Vec<String> = needed.map(|(_, reason)| reason).collect();
    if reasons.is_empty() { Ok(()) } else { Err(reasons.join("; ")) }
}

/// The fields for which none of the mapped columns is there, and what to do about each.
fn lost_columns(names: &[String], source: &Source) -> Vec<(TargetField, String)> {
    let mut lost = Vec::new();
    for (field, rule) in &source.mapping {
        let mapped: Vec<&str> = columns_of(rule).collect();
        let is_there = |column: &&str| names.iter().any(|name| name == column);
        let Some(first) = mapped.first().filter(|_| !mapped.iter().any(is_there)) else {
            continue;
        };
        let hint = match nearest(first, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the header has `{}`", names.join("`, `")),
        };
        lost.push((*field, format!("there is no column `{first}`; {hint}")));
    }
    lost
}

/// The columns that a rule of the mapping names.
fn columns_of(rule: &FieldMapping) -> impl Iterator<Item = &str> {
    rule.from.iter().map(String::as_str).chain(rule.template.iter().flat_map(|text| template::names(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Outcome;
    use crate::kinds::opendocument::tests as ods_xml;
    use crate::kinds::workbook::tests::{cell, ods, workbook};
    use crate::testing::{Harvested, TABLE, harvest_file, source};

    const HEADER: &str = "id,title,url\n";

    async fn harvest(body: impl AsRef<[u8]>) -> Harvested {
        harvest_file(&source(TABLE), body.as_ref()).await
    }

    #[tokio::test]
    async fn a_table_with_semicolons_and_a_byte_order_mark_is_read() {
        let body = "\u{feff}id;title;url\r\n1;\"One; and, more\";https://example.org/1\r\n";
        let done = harvest(body).await;
        assert_eq!(done.ending.expect("a table"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1"]);
    }

    #[tokio::test]
    async fn rows_of_another_width_are_told_by_their_number() {
        let url = "https://example.org/";
        let widths = format!("1,One,{url}1\n2,Two\n3,Three,{url}3,,(null)\n4,Four,{url}4,more\n,,\n5,Five,{url}5\n");
        let done = harvest(format!("{HEADER}{widths}")).await;
        assert_eq!(done.ending.expect("a table"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1", "3", "5"]);
        assert_eq!(done.intake.problems(), ["row 3: 2 cells, 3 expected", "row 5: 4 cells, 3 expected"]);
        assert_eq!((done.report.read, done.report.rejected), (5, 2));
    }

    /// The identifiers of what was rejected.
    fn rejected(done: &Harvested) -> Vec<Option<&str>> {
        let rejected = done.intake.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Rejected { identifier, .. } => Some(identifier.as_deref()),
            Outcome::Record(..) | Outcome::Deleted(_) | Outcome::Duplicate(_) => None,
        });
        rejected.collect()
    }

    #[tokio::test]
    async fn a_broken_row_is_still_the_record_that_its_identifier_names() {
        let long = "x".repeat(FIELD_BYTES + 1);
        let rows = format!("1\n2,Two, too,https://example.org/2\n3,{long},https://example.org/3\n,,,,5\n4,Fo");
        let done = harvest(format!("{HEADER}{rows}")).await;
        assert_eq!(rejected(&done), [Some("1"), Some("2"), Some("3"), None, None]);

        let by_address = TABLE.replace("identifier = \"id\"\n", "");
        let done = harvest_file(&source(&by_address), format!("{HEADER}{rows}").as_bytes()).await;
        assert_eq!(rejected(&done), [None::<&str>; 5]);
    }

    #[tokio::test]
    async fn what_stands_above_the_header_is_passed_over() {
        for above in ["Careers 2026\n\n", "sep=,\n", "Our title,,\nof 21 November,,,,\n,,\n\n"] {
            let done = harvest(format!("{above}{HEADER}1,One,https://example.org/1\n")).await;
            assert_eq!(done.ending.expect(above), Ending::Complete);
            assert_eq!(done.intake.identifiers(), ["1"], "{above}");
        }
    }

    #[tokio::test]
    async fn the_first_row_is_the_header_when_it_has_all_columns_of_the_mapping() {
        let wide = "id,title,url,,,,,,\nid,title,url,a,b,c,d,e,f\n";
        let done = harvest(wide.replace(",url,a", ",https://example.org/1,a")).await;
        assert_eq!(done.intake.identifiers(), ["id"]);
    }

    #[tokio::test]
    async fn a_line_of_too_many_cells_is_refused_alone() {
        let commas = ",".repeat(100_000);
        let done = harvest(format!("{HEADER}1{commas}x\n2,Two,https://example.org/2\n")).await;
        assert_eq!(done.intake.identifiers(), ["2"]);
        assert_eq!(done.intake.problems(), ["row 2: 100001 cells, 3 expected"]);
    }

    #[tokio::test]
    async fn a_table_in_utf_16_is_read() {
        let text = format!("\u{feff}{HEADER}1,Caf\u{e9},https://example.org/1\n");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for body in [little, big] {
            let done = harvest(body).await;
            assert_eq!((done.intake.identifiers(), done.report.accepted()), (vec!["1"], 1));
        }
    }

    #[tokio::test]
    async fn columns_without_a_name_are_columns_too() {
        let table = TABLE.replace("title = \"title\"", "title = \"column 4\"");
        let body = b"id,url,,,\n1,https://example.org/1,,One,x\n2,https://example.org/2,,Two\n";
        let done = harvest_file(&source(&table), body).await;
        assert_eq!((done.ending.expect("a table"), done.report.accepted()), (Ending::Complete, 2));
    }

    #[tokio::test]
    async fn half_a_file_is_partial() {
        let few = harvest(format!("{HEADER}1,One,https://example.org/1\n2,Tw")).await;
        assert_eq!(few.ending.expect("one row"), Ending::partial("file:records.csv breaks off in row 3"));
        assert_eq!((few.report.accepted(), few.report.rejected), (1, 1));

        let quote = harvest(format!("{HEADER}1,One,https://example.org/1\n2,\"Two\n3,Three\n")).await;
        assert_eq!(quote.ending.expect("one row"), Ending::partial("file:records.csv breaks off in row 3"));
        assert_eq!(quote.intake.problems(), ["row 3: a quote is opened and never closed"]);

        let no_line_end = harvest(format!("{HEADER}1,One \"or\" 5\",https://example.org/1")).await;
        assert_eq!(no_line_end.ending.expect("a table"), Ending::Complete);
    }

    #[tokio::test]
    async fn what_is_no_table_is_told() {
        let cases: [(&[u8], &str); 6] = [
            (b"<!DOCTYPE html><p>Sorry", "HTML, expected CSV, XLSX or ODS"),
            (b"{\"id\": 1}\n", "none of the columns of the mapping; the header has `{\"id\": 1}`"),
            (b"id,title,url\n", "no records"),
            (b"\x89PNG\0\0\0\0", "neither text nor a workbook, expected CSV, XLSX or ODS"),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
                "a workbook of Excel 97 to 2003 or with a password, expected CSV, XLSX or ODS",
            ),
            (b"PK\x03\x04", "a damaged workbook, expected a whole ZIP archive of the classic format"),
        ];
        for (body, expected) in cases {
            let error = harvest(body).await.ending.expect_err(expected);
            assert_eq!(error.to_string(), format!("file:records.csv: {expected}"));
        }
    }

    #[tokio::test]
    async fn a_cell_of_a_megabyte_is_refused_alone() {
        let long = "x".repeat(FIELD_BYTES + 1);
        let done = harvest(format!("{HEADER}1,{long},https://example.org/1\n2,Two,https://example.org/2\n")).await;
        assert_eq!(done.intake.identifiers(), ["2"]);
        assert_eq!(done.intake.problems(), ["row 2: a cell of more than 1048576 bytes"]);
    }

    #[tokio::test]
    async fn a_charset_that_is_stated_is_used() {
        let table = TABLE.replace("[mapping]", "charset = \"macintosh\"\n[mapping]").replace("\"id\"", "\"title\"");
        let done = harvest_file(&source(&table), b"id,title,url\n1,Caf\x8e,https://example.org/1\n").await;
        assert_eq!(done.intake.identifiers(), ["Café"]);

        let unknown = TABLE.replace("[mapping]", "charset = \"klingon\"\n[mapping]");
        let error = harvest_file(&source(&unknown), b"id\n").await.ending.expect_err("no such charset");
        assert_eq!(error.to_string(), "file:records.csv: unknown charset `klingon`");
    }

    #[tokio::test]
    async fn a_workbook_is_read_like_a_table() {
        let header = [cell("A1", "id"), cell("B1", "title"), cell("C1", "url"), cell("D1", "level")].concat();
        let first = ["<c r=\"A3\"><v>1</v></c>".to_owned(), cell("B3", "One"), cell("C3", "https://example.org/1")];
        let sheet = format!("<row r=\"1\">{header}</row><row r=\"3\">{}</row>", first.concat());
        let done = harvest(workbook(&sheet)).await;
        assert_eq!(done.ending.expect("a workbook"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1"]);
    }

    #[tokio::test]
    async fn an_opendocument_sheet_is_read_like_a_table() {
        let line = |cells: [&str; 3]| ods_xml::row(&cells.map(ods_xml::cell).concat());
        let title = ods_xml::row(&ods_xml::cell("Our careers"));
        let rows = [title, line(["id", "title", "url"]), line(["1", "One", "https://example.org/1"])].concat();
        let done = harvest(ods(&ods_xml::content(&ods_xml::sheet("Jobs", &rows)))).await;
        assert_eq!(done.ending.expect("a workbook"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1"]);
    }

    #[test]
    fn the_rows_of_a_text_are_read_by_the_names_in_its_header() {
        let rows = read_rows(b"a;b;c\n1;;3\nbroken\n\" x\n\";(null);\n", Some("text/csv")).expect("a table");
        let row = |cells: &[(&str, &str)]| -> BTreeMap<String, String> {
            cells.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect()
        };
        assert_eq!(rows, [row(&[("a", "1"), ("c", "3")]), row(&[("a", " x\n")])]);
        assert_eq!(read_rows(b"\n", None), Err(NO_ROWS.to_owned()));
    }

    #[test]
    fn a_name_that_comes_twice_gets_a_number() {
        let header = ["title", "url", "id", " Tags ", "Tags", "Tags 2", "", "Tags"].map(str::to_owned);
        let expected = ["title", "url", "id", "Tags", "Tags 2", "Tags 2 2", "column 7", "Tags 3"];
        assert_eq!(names_of(&header), expected);
    }
}
