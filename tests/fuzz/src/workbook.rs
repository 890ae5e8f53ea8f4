//! Workbooks with one part of whatever bytes: sound ZIP archives, so that the fuzzer gets behind the sums in them.

/// What a workbook says when nothing is put in its place: a sheet whose header and first row are shared strings.
const PARTS: [(&str, &str); 6] = [
    (
        "_rels/.rels",
        "<Relationships><Relationship Id=\"r1\" Target=\"xl/workbook.xml\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>",
    ),
    ("xl/workbook.xml", "<workbook><sheets><sheet name=\"Jobs\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\"/></Relationships>",
    ),
    (
        "xl/worksheets/sheet1.xml",
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>\
         <c r=\"C1\" t=\"inlineStr\"><is><t>tags</t></is></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c>\
         <c r=\"B2\" t=\"s\"><v>3</v></c><c r=\"C2\" s=\"1\"><v>43595</v></c></row></sheetData></worksheet>",
    ),
    (
        "xl/sharedStrings.xml",
        "<sst count=\"4\" uniqueCount=\"4\"><si><t>title</t></si><si><t>url</t></si><si><t>Lifeguard</t></si>\
         <si><t>https://example.org/1</t></si></sst>",
    ),
    (
        "xl/styles.xml",
        "<styleSheet><numFmts count=\"1\"><numFmt numFmtId=\"165\" formatCode=\"d/m/yyyy\"/></numFmts>\
         <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>",
    ),
];

/// An XLSX workbook with these bytes for one of its parts.
pub fn xlsx(part: &str, bytes: &[u8]) -> Vec<u8> {
    zip(&PARTS.map(|(name, usual)| (name, if name == part { bytes } else { usual.as_bytes() })))
}

/// An ODS workbook with these bytes for its content.
pub fn ods(content: &[u8]) -> Vec<u8> {
    let media_type = "application/vnd.oasis.opendocument.spreadsheet";
    zip(&[("mimetype", media_type.as_bytes()), ("content.xml", content)])
}

/// An archive of these files, not packed. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for &(name, content) in files {
        let mut sum = flate2::Crc::new();
        sum.update(content);
        let size = u32::try_from(content.len()).expect("libFuzzer makes none so long").to_le_bytes();
        let name_length = u16::try_from(name.len()).expect("the names are ours").to_le_bytes();
        // What both heads of a file say: version 2.0, no flags, stored, 1 January 1980, its sum and its sizes.
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        for part in [&sum.sum().to_le_bytes()[..], &size, &size, &name_length, &[0, 0]] {
            head.extend_from_slice(part);
        }
        let start = u32::try_from(archive.len()).expect("libFuzzer makes none so long").to_le_bytes();
        for part in [&b"PK\x01\x02\x14\0"[..], &head, &[0; 10], &start, name.as_bytes()] {
            directory.extend_from_slice(part);
        }
        for part in [&b"PK\x03\x04"[..], &head, name.as_bytes(), content] {
            archive.extend_from_slice(part);
        }
    }
    let count = u16::try_from(files.len()).expect("they are few").to_le_bytes();
    let size = u32::try_from(directory.len()).expect("the names are ours").to_le_bytes();
    let start = u32::try_from(archive.len()).expect("libFuzzer makes none so long").to_le_bytes();
    for part in [&directory[..], b"PK\x05\x06\0\0\0\0", &count, &count, &size, &start, &[0, 0]] {
        archive.extend_from_slice(part);
    }
    archive
}
