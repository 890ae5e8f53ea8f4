//! Workbooks: the rows of one sheet of an XLSX or ODS file, as texts.
//!
//! A workbook is a ZIP archive of XML, so a small one can hold a large one: what it unpacks to is counted before it is
//! read, and what its cells take while they are. Nothing of it is written anywhere, no formula is computed, and empty
//! cells at the end of a row take no memory. The sheets of an ODS file are left to `opendocument`.

use std::io::{self, Cursor, Read};
use std::panic;

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, open_workbook_from_rs};
use flate2::read::DeflateDecoder;

use super::opendocument;
use super::rows::{MAX_COLUMNS, Row, RowEnd};

/// What a cell takes in memory, empty or not.
pub(super) const CELL_BYTES: usize = size_of::<String>();

/// What a text in a cell takes besides its bytes: the smallest piece that an allocator gives is 32 bytes.
pub(super) const TEXT_BYTES: usize = 24;

/// What a row takes besides its cells: itself, twice since lists grow by doubling, and the head of the list of cells.
pub(super) const ROW_BYTES: usize = 2 * size_of::<Row>() + 32;

/// From one `<` to the next in a file of XML, which is kept whole while it is read. A cell of Excel has at most 32,767
/// characters.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// How much of a workbook is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkbookLimits {
    /// What all its files may unpack to.
    pub(super) unpacked_bytes: usize,
    /// What its cells may take in memory, and so may the texts that they share.
    pub(super) kept_bytes: usize,
}

/// Reads the rows with something in them of the sheet of this name, or of the first one.
///
/// Dates come as `2019-05-10` or `2019-05-10T12:30:00`, times as `12:30:00`, durations as `PT90M`; errors such as
/// `#N/A` are empty. A workbook that breaks a limit is refused, and so is one with a password.
pub(super) fn rows(body: &[u8], sheet: Option<&str>, limits: WorkbookLimits) -> Result<Vec<Row>, String> {
    let entries = entries(body).ok_or("a damaged workbook, expected a whole ZIP archive of the classic format")?;
    if let Some(content) = entries.iter().find(|entry| entry.name == b"content.xml") {
        let manifest = entries.iter().find(|entry| entry.name == b"META-INF/manifest.xml");
        let text = text_of_content(content, manifest, limits.kept_bytes)?;
        return opendocument::rows(&text, sheet, limits.kept_bytes);
    }
    check_unpacked_size(&entries, limits)?;
    // calamine reckons with numbers that the file gives it, and panics on some that are wrong.
    let read = panic::catch_unwind(|| read_sheet(body, sheet, limits.kept_bytes));
    read.unwrap_or_else(|_| Err("a damaged workbook".to_owned()))
}

/// The text of an ODS file, unless it is locked.
fn text_of_content(content: &Entry<'_>, manifest: Option<&Entry<'_>>, max_bytes: usize) -> Result<String, String> {
    if let Some(manifest) = manifest
        && String::from_utf8_lossy(&manifest.unpacked(max_bytes)?).contains("encryption-data")
    {
        return Err("a workbook with a password, expected one that is open".to_owned());
    }
    String::from_utf8(content.unpacked(max_bytes)?).map_err(|error| format!("a damaged workbook: {error}"))
}

fn read_sheet(body: &[u8], sheet: Option<&str>, max_bytes: usize) -> Result<Vec<Row>, String> {
    let opened = open_workbook_from_rs::<Xlsx<_>, _>(Cursor::new(body));
    let mut workbook = opened.map_err(|error| format!("not an XLSX workbook: {error}"))?;
    let names = workbook.sheet_names();
    let name = match sheet {
        Some(wanted) => names.iter().find(|name| *name == wanted),
        None => names.first(),
    };
    let Some(name) = name else {
        return Err(format!("no sheet `{}`; there is: {}", sheet.unwrap_or("1"), names.join(", ")));
    };
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| format!("sheet `{name}`: {error}"))?;
    let mut rows: Vec<Row> = Vec::new();
    let mut taken_bytes = 0;
    while let Some(cell) = cells.next_cell().map_err(|error| format!("sheet `{name}`: {error}"))? {
        let text = text_of(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let number = u64::from(row) + 1;
        let index = usize::try_from(column).unwrap_or(usize::MAX);
        if index >= MAX_COLUMNS {
            return Err(format!("sheet `{name}`, row {number}: column {column}, expected at most {MAX_COLUMNS}"));
        }
        if rows.last().is_none_or(|last| last.number != number) {
            rows.push(Row { number, cells: Vec::new(), width: 0, end: RowEnd::Whole });
            taken_bytes += ROW_BYTES;
        }
        let last = rows.last_mut().expect("a row was added when there was none");
        last.width = last.width.max(index + 1);
        taken_bytes += text.len() + TEXT_BYTES + CELL_BYTES * (last.width - last.cells.len());
        if taken_bytes > max_bytes {
            return Err(format!("sheet `{name}`: larger than {max_bytes} bytes"));
        }
        last.cells.resize(last.width, String::new());
        last.cells[index] = text;
    }
    Ok(rows)
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(date) => date_text(date),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn date_text(date: &ExcelDateTime) -> String {
    // Excel counts both dates and durations in days.
    let days = date.as_f64();
    if date.is_duration() {
        return format!("PT{:.0}M", days * 24.0 * 60.0);
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    if days < 1.0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// Unpacks an archive into nothing and counts, because the sizes written in it are only claims.
fn check_unpacked_size(entries: &[Entry<'_>], limits: WorkbookLimits) -> Result<(), String> {
    let mut left_bytes = limits.unpacked_bytes;
    for entry in entries {
        let unpacked_bytes = if entry.has_end(b"sharedstrings.xml") {
            check_shared_strings(entry, left_bytes.min(limits.kept_bytes))?
        } else {
            entry.measure(left_bytes)?
        };
        left_bytes = left_bytes
            .checked_sub(unpacked_bytes)
            .ok_or_else(|| format!("a workbook that unpacks to more than {} bytes", limits.unpacked_bytes))?;
    }
    Ok(())
}

/// calamine makes room for as many shared strings as the workbook promises, so it must not promise more than it has;
/// and it keeps all that there are.
fn check_shared_strings(entry: &Entry<'_>, max_bytes: usize) -> Result<usize, String> {
    let content = entry.unpacked(max_bytes)?;
    let text = String::from_utf8_lossy(&content);
    let mut promises = text.split("uniqueCount").skip(1);
    let promised = promises.next().map_or(0, |rest| {
        let digits = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().unwrap_or(usize::MAX)
    });
    let most = content.len() / "<si/>".len();
    if promised > most || promises.next().is_some() || content.contains(&0) {
        return Err("a damaged workbook, expected as many shared strings as it promises".to_owned());
    }
    // Written in full a string has four tags, so this counts more of them than most workbooks have.
    let tags = content.split(|byte| *byte == b'<').count() - 1;
    if tags.saturating_mul(CELL_BYTES) > max_bytes {
        return Err(format!("a workbook whose shared strings take more than {max_bytes} bytes"));
    }
    Ok(content.len())
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`, which hands over the error")]
fn damaged(error: io::Error) -> String {
    format!("a damaged workbook: {error}")
}

/// One file in a ZIP archive.
struct Entry<'b> {
    name: &'b [u8],
    method: usize,
    packed: &'b [u8],
}

impl<'b> Entry<'b> {
    /// Whether its name ends like this, in whatever case.
    fn has_end(&self, end: &[u8]) -> bool {
        self.name.to_ascii_lowercase().ends_with(end)
    }

    /// Its content, of at most `max_bytes`.
    fn unpacked(&self, max_bytes: usize) -> Result<Vec<u8>, String> {
        let mut content = Vec::new();
        self.unpack(max_bytes)?.read_to_end(&mut content).map_err(damaged)?;
        if content.len() > max_bytes {
            return Err(format!("a workbook that unpacks to more than {max_bytes} bytes"));
        }
        Ok(content)
    }

    /// How many bytes it has, up to one more than `max_bytes`. XML in pieces that are too large is refused.
    fn measure(&self, max_bytes: usize) -> Result<usize, String> {
        let is_xml = self.has_end(b".xml") || self.has_end(b".rels");
        let mut content = self.unpack(max_bytes)?;
        let mut buffer = vec![0; 64 * 1024];
        let (mut bytes, mut piece_bytes) = (0, 0);
        loop {
            let read = content.read(&mut buffer).map_err(damaged)?;
            if read == 0 {
                return Ok(bytes);
            }
            bytes += read;
            for byte in &buffer[..read] {
                piece_bytes = if *byte == b'<' { 0 } else { piece_bytes + 1 };
                if is_xml && piece_bytes > PIECE_BYTES {
                    return Err(format!("a damaged workbook: a text of more than {PIECE_BYTES} bytes"));
                }
            }
        }
    }

    /// Its content, up to one byte more than `max_bytes`.
    fn unpack(&self, max_bytes: usize) -> Result<Box<dyn Read + 'b>, String> {
        let most = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
        match self.method {
            0 => Ok(Box::new(self.packed.take(most))),
            8 => Ok(Box::new(DeflateDecoder::new(self.packed).take(most))),
            other => Err(format!("a workbook packed by method {other}, expected deflate")),
        }
    }
}

/// The files of an archive. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16.
///
/// Strict wherever two readers could take one archive for two different ones, because calamine reads it with another:
/// nothing before the first file, one directory, right before the one end.
fn entries(body: &[u8]) -> Option<Vec<Entry<'_>>> {
    let end = end_of_directory(body)?;
    let count = u16_at(body, end + 10)?;
    let mut at = u32_at(body, end + 16)?;
    if at + u32_at(body, end + 12)? != end {
        return None;
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let head = body.get(at..)?;
        let file = body.get(u32_at(head, 42)?..)?;
        if !head.starts_with(b"PK\x01\x02") || !file.starts_with(b"PK\x03\x04") {
            return None;
        }
        let name = head.get(46..)?.get(..u16_at(head, 28)?)?;
        let start = 30 + u16_at(file, 26)? + u16_at(file, 28)?;
        let packed = file.get(start..)?.get(..u32_at(head, 20)?)?;
        entries.push(Entry { name, method: u16_at(head, 10)?, packed });
        at += 46 + name.len() + u16_at(head, 30)? + u16_at(head, 32)?;
    }
    (at == end).then_some(entries)
}

/// Where the end record begins: 22 bytes and a comment before the end of the archive.
fn end_of_directory(body: &[u8]) -> Option<usize> {
    let from = body.len().saturating_sub(22 + usize::from(u16::MAX));
    let mut found = body[from..].windows(4).enumerate().filter(|(_, window)| *window == b"PK\x05\x06");
    let end = from + found.next()?.0;
    let is_only = found.next().is_none();
    let is_last = end + 22 + u16_at(body, end + 20)? == body.len();
    let is_classic = !body.get(end.checked_sub(20)?..)?.starts_with(b"PK\x06\x07");
    (is_only && is_last && is_classic).then_some(end)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(usize::from(u16::from_le_bytes(*number)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    const LIMITS: WorkbookLimits = WorkbookLimits { unpacked_bytes: 1024 * 1024, kept_bytes: 1024 * 1024 };

    /// An archive of these files, not packed.
    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for &(name, content) in files {
            let mut sum = flate2::Crc::new();
            sum.update(content);
            let size = u32::try_from(content.len()).expect("small").to_le_bytes();
            let name_length = u16::try_from(name.len()).expect("short").to_le_bytes();
            // Version 2.0, no flags, stored, 1 January 1980.
            let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
            for part in [&sum.sum().to_le_bytes()[..], &size, &size, &name_length, &[0, 0]] {
                common.extend_from_slice(part);
            }
            let start = u32::try_from(body.len()).expect("small").to_le_bytes();
            for part in [&b"PK\x01\x02\x14\0"[..], &common, &[0; 10], &start, name.as_bytes()] {
                directory.extend_from_slice(part);
            }
            for part in [&b"PK\x03\x04"[..], &common, name.as_bytes(), content] {
                body.extend_from_slice(part);
            }
        }
        let count = u16::try_from(files.len()).expect("few").to_le_bytes();
        let size = u32::try_from(directory.len()).expect("small").to_le_bytes();
        let start = u32::try_from(body.len()).expect("small").to_le_bytes();
        for part in [&directory[..], b"PK\x05\x06\0\0\0\0", &count, &count, &size, &start, &[0, 0]] {
            body.extend_from_slice(part);
        }
        body
    }

    /// A workbook of one sheet, `Jobs`, with these rows in it.
    pub(in crate::kinds) fn workbook(rows: &str) -> Vec<u8> {
        workbook_with(rows, &[])
    }

    /// An ODS workbook with this `content.xml`.
    pub(in crate::kinds) fn ods(content: &str) -> Vec<u8> {
        let mime = b"application/vnd.oasis.opendocument.spreadsheet";
        zip(&[("mimetype", mime), ("content.xml", content.as_bytes())])
    }

    fn workbook_with(rows: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let relation = |kind: &str, target: &str| {
            let only = format!("<Relationship Id=\"r1\" Type=\"{office}/{kind}\" Target=\"{target}\"/>");
            format!("<Relationships>{only}</Relationships>")
        };
        let top = relation("officeDocument", "xl/workbook.xml");
        let sheets = relation("worksheet", "worksheets/sheet1.xml");
        let book = "<workbook><sheets><sheet name=\"Jobs\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        let mut files: Vec<(&str, &[u8])> = vec![
            ("_rels/.rels", top.as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ];
        files.extend_from_slice(more);
        zip(&files)
    }

    /// A cell with a text in it.
    pub(in crate::kinds) fn cell(place: &str, text: &str) -> String {
        format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    }

    #[test]
    fn rows_come_with_their_numbers_and_without_empty_ones() {
        let numbers = "<c r=\"B4\"><v>2019</v></c><c r=\"C4\"><v>1.5</v></c><c r=\"D4\" t=\"b\"><v>1</v></c>";
        let sheet = format!("<row r=\"1\">{}</row><row r=\"3\"/><row r=\"4\">{numbers}</row>", cell("A1", "id"));
        let found = rows(&workbook(&sheet), None, LIMITS).expect("a workbook");
        let found: Vec<(u64, String)> = found.iter().map(|row| (row.number, row.cells.join("|"))).collect();
        assert_eq!(found, [(1, "id".to_owned()), (4, "|2019|1.5|true".to_owned())]);
    }

    #[test]
    fn a_sheet_is_found_by_its_name() {
        let book = workbook(&format!("<row r=\"1\">{}</row>", cell("A1", "id")));
        assert!(rows(&book, Some("Jobs"), LIMITS).is_ok());
        assert_eq!(rows(&book, Some("Courses"), LIMITS), Err("no sheet `Courses`; there is: Jobs".to_owned()));
    }

    #[test]
    fn dates_are_written_as_iso_8601() {
        let date = |days, kind| date_text(&ExcelDateTime::new(days, kind, false));
        for (days, kind, expected) in [
            (43_595.0, ExcelDateTimeType::DateTime, "2019-05-10"),
            (43_595.5, ExcelDateTimeType::DateTime, "2019-05-10T12:00:00"),
            (0.25, ExcelDateTimeType::DateTime, "06:00:00"),
            (0.0625, ExcelDateTimeType::TimeDelta, "PT90M"),
        ] {
            assert_eq!(date(days, kind), expected, "{days}");
        }
    }

    #[test]
    fn one_cell_in_the_last_corner_takes_no_grid() {
        let corner = cell("XFD1048576", "x");
        let sheet = format!("<row r=\"1\">{}</row><row r=\"1048576\">{corner}</row>", cell("A1", "a"));
        let found = rows(&workbook(&sheet), None, LIMITS).expect("two cells");
        assert_eq!((found[1].number, found[1].cells.len()), (1_048_576, MAX_COLUMNS));
    }

    #[test]
    fn what_is_damaged_or_too_large_is_refused() {
        let whole = workbook(&format!("<row r=\"1\">{}</row>", cell("A1", "id")));
        let strings: &[u8] = b"<sst uniqueCount=\"99999999999\"><si><t>a</t></si></sst>";
        let promising = workbook_with("", &[("xl/sharedStrings.xml", strings)]);
        let wide: String = (1..=9).map(|row| cell(&format!("XFD{row}"), "x")).collect();
        let prefixed = [&b"junk"[..], &whole[..]].concat();
        let crowded = workbook(&format!("<row>{wide}</row>"));
        let other = zip(&[("a.txt", b"a")]);
        let crumbs = "<si/>".repeat(100_000);
        let strewn = workbook_with("", &[("xl/sharedStrings.xml", crumbs.as_bytes())]);
        for (name, body) in [
            ("half of it", &whole[..whole.len() / 2]),
            ("something before it", &prefixed[..]),
            ("a ZIP archive of something else", &other[..]),
            ("promises more strings than it has", &promising[..]),
            ("strings that take more than their bytes", &strewn[..]),
            ("cells that are far apart", &crowded[..]),
        ] {
            assert!(rows(body, None, LIMITS).is_err(), "{name}");
        }
        let small = WorkbookLimits { unpacked_bytes: 300, ..LIMITS };
        let error = rows(&whole, None, small).expect_err("it unpacks to more than is allowed");
        assert_eq!(error, "a workbook that unpacks to more than 300 bytes");
    }

    #[test]
    fn a_text_that_would_fill_the_memory_is_refused_before_it_is_read() {
        let long = cell("A1", &"x".repeat(PIECE_BYTES + 1));
        let limits = WorkbookLimits { unpacked_bytes: 4 * PIECE_BYTES, kept_bytes: 4 * PIECE_BYTES };
        let error = rows(&workbook(&format!("<row r=\"1\">{long}</row>")), None, limits).expect_err("it is too long");
        assert_eq!(error, format!("a damaged workbook: a text of more than {PIECE_BYTES} bytes"));
    }

    #[test]
    fn a_workbook_with_a_password_says_so() {
        let locked: &[u8] = b"<manifest:encryption-data manifest:checksum=\"x\"/>";
        let book = zip(&[("content.xml", b"\x00\x01"), ("META-INF/manifest.xml", locked)]);
        let expected = "a workbook with a password, expected one that is open".to_owned();
        assert_eq!(rows(&book, None, LIMITS), Err(expected));
    }
}
