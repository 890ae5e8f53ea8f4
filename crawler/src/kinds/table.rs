//! The table kind: CSV and TSV in any character set, and XLSX.
//!
//! The first row names the columns; each further one becomes a raw record, or a problem that names the row. Rows are
//! counted as a spreadsheet shows them, the header being row 1; empty lines of a CSV text do not count. What a cell
//! means is left to the mapping.

use std::collections::{BTreeMap, HashMap, HashSet};

use encoding_rs::Encoding;
use schemas::{Problem, Source, TableOptions, TargetField, nearest};

use super::rows::{CsvRows, MAX_COLUMNS, Row, RowEnd, find_delimiter};
use super::{Document, FIELD_BYTES, markup_in_place_of_data, workbook};
use crate::error::HarvestError;
use crate::harvest::{Ending, Run};
use crate::normalise::template;
use crate::raw::{RawRecord, RawValues};

/// Tables carry whole catalogues. Source: the limits table.
const BODY_BYTES: u64 = 64 * 1024 * 1024;

/// What a workbook may unpack to, for each byte that it may have: XML of cells packs to about a tenth, but a workbook
/// of the largest size is rare, and this much has to fit into memory.
const UNPACKED_FACTOR: u64 = 4;

/// How the National Careers Service, among others, writes that there is nothing.
const NULL: &str = "(null)";

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &TableOptions) -> Result<Ending, HarvestError> {
    let document = run.first_document(BODY_BYTES).await?;
    if run.may_stop_at(&document) {
        return Ok(Ending::NotModified);
    }
    let unpacked_bytes = run.body_limit(BODY_BYTES).saturating_mul(UNPACKED_FACTOR);
    let opened = open(&document, options, run.source, unpacked_bytes);
    let (columns, rows) = opened.map_err(|reason| HarvestError::unreadable(&document.place, reason))?;
    for (field, reason) in lost_columns(&columns.names, run.source) {
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
        match columns.name_cells(row) {
            Ok(cells) => {
                let payload = Some(document.hash.clone());
                run.record(&RawRecord { place: place.clone(), payload, values: RawValues::Row(cells) }).await?;
            }
            Err(reason) => run.problem(Problem::rejected(&place, None, reason)).await?,
        }
        if breaks_off {
            return Ok(Ending::partial(format!("{} breaks off in {place}", document.place)));
        }
    }
    Ok(Ending::Complete)
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
    unpacked_bytes: u64,
) -> Result<(Columns, Rows), String> {
    if document.body.starts_with(b"PK\x03\x04") {
        let max_bytes = usize::try_from(unpacked_bytes).unwrap_or(usize::MAX);
        let mut rows = workbook::rows(&document.body, options.sheet.as_deref(), max_bytes)?.into_iter();
        let header = rows.next().ok_or("an empty sheet, expected a header row")?;
        let mut columns = Columns::named_by(&header.cells, source)?;
        // Empty cells at the end of a row are not in the file.
        columns.least = 0;
        return Ok((columns, Box::new(rows)));
    }
    let text = decoded(document, options)?;
    if let Some(markup) = markup_in_place_of_data(&text) {
        return Err(format!("{markup}, expected CSV or XLSX"));
    }
    if text.contains('\0') {
        return Err("neither text nor an XLSX workbook, expected CSV or XLSX".to_owned());
    }
    let delimiter = match options.delimiter.map(u8::try_from) {
        Some(Ok(delimiter)) => delimiter,
        Some(Err(_)) | None => find_delimiter(&text),
    };
    let mut rows = CsvRows::of(text, delimiter);
    let header = rows.next().ok_or("no rows, expected a header row")?;
    let columns = Columns::named_by(&header.cells, source)?;
    Ok((columns, Box::new(rows)))
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
    /// Names the columns by the header: `column 3` where it has no name, `Tags 2` where it has the name twice.
    fn named_by(header: &[String], source: &Source) -> Result<Self, String> {
        if header.len() > MAX_COLUMNS {
            return Err(format!("{} columns, expected at most {MAX_COLUMNS}", header.len()));
        }
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
        check_mapped_columns(&names, source)?;
        let least = header.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        Ok(Self { names, least })
    }

    /// Whether the file ends in the middle of this row.
    fn break_off_in(&self, row: &Row) -> bool {
        match row.end {
            RowEnd::Whole => false,
            RowEnd::EndOfFile => row.cells.len() < self.least,
            RowEnd::OpenQuote => true,
        }
    }

    /// The cells of a row by the names of their columns.
    fn name_cells(&self, row: Row) -> Result<BTreeMap<String, String>, String> {
        let (found, expected) = (row.cells.len(), self.names.len());
        if row.end == RowEnd::OpenQuote {
            return Err("a quote is opened and never closed".to_owned());
        }
        let overflows = found > MAX_COLUMNS || row.cells.iter().skip(expected).any(|cell| !is_empty(cell));
        if found < self.least || overflows {
            return Err(format!("{found} cells, {expected} expected"));
        }
        if let Some(cell) = row.cells.iter().find(|cell| cell.len() > FIELD_BYTES) {
            return Err(format!("a cell of {} bytes, expected at most {FIELD_BYTES}", cell.len()));
        }
        let named = self.names.iter().cloned().zip(row.cells);
        Ok(named.filter(|(_, cell)| !is_empty(cell)).collect())
    }
}

/// A table in which the mapping finds nothing at all is another table: a changed export, or the wrong delimiter.
/// A mapping that names columns which are not there. Without those of a needed field nothing can come of the table.
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
        let from = rule.from.iter().map(String::as_str);
        let mapped: Vec<&str> = from.chain(rule.template.iter().flat_map(|text| template::names(text))).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::workbook::tests::{cell, workbook};
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
        let cases: [(&[u8], &str); 5] = [
            (b"<!DOCTYPE html><p>Sorry", "HTML, expected CSV or XLSX"),
            (b"{\"id\": 1}\n", "none of the columns of the mapping; the header has `{\"id\": 1}`"),
            (b"id,title,url\n", "no records"),
            (b"\xd0\xcf\x11\xe0\0\0\0\0", "neither text nor an XLSX workbook, expected CSV or XLSX"),
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
        assert_eq!(done.intake.problems(), ["row 2: a cell of 1048577 bytes, expected at most 1048576"]);
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

    #[test]
    fn a_name_that_comes_twice_gets_a_number() {
        let source = source(TABLE);
        let header = ["title", "url", "id", " Tags ", "Tags", "Tags 2", "", "Tags"].map(str::to_owned);
        let columns = Columns::named_by(&header, &source).expect("columns");
        assert_eq!(columns.names, ["title", "url", "id", "Tags", "Tags 2", "Tags 2 2", "column 7", "Tags 3"]);
    }
}
