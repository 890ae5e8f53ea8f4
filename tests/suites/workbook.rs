//! A workbook of two rows whose XML is written by hand, as small as one can be that is read.

/// Where the parts of a workbook are; the first is the one that says where to begin.
const PARTS: [(&str, &str); 3] = [
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
];

/// Where the title in the second row stands, behind a prolog of any kind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In the sheet itself.
    Sheet,
    /// Among the texts that sheets share.
    SharedStrings,
}

/// A workbook with the columns `title` and `url` and one record, whose title is this piece of XML.
pub(super) fn workbook(place: Place, prolog: &str, title: &str) -> Vec<u8> {
    let own = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let (sheet_prolog, shared_prolog) = match place {
        Place::Sheet => (prolog, ""),
        Place::SharedStrings => ("", prolog),
    };
    let cell = match place {
        Place::Sheet => own("A2", title),
        Place::SharedStrings => "<c r=\"A2\" t=\"s\"><v>0</v></c>".to_owned(),
    };
    let shared_text = match place {
        Place::Sheet => "not used",
        Place::SharedStrings => title,
    };
    let header = [own("A1", "title"), own("B1", "url")].concat();
    let address = own("B2", "https://example.org/1");
    let sheet = format!(
        "{sheet_prolog}<worksheet><sheetData><row r=\"1\">{header}</row><row r=\"2\">{cell}{address}</row></sheetData>\
         </worksheet>"
    );
    let shared = format!("{shared_prolog}<sst count=\"1\" uniqueCount=\"1\"><si><t>{shared_text}</t></si></sst>");
    let mut files: Vec<(&str, &str)> = PARTS.to_vec();
    files.push(("xl/worksheets/sheet1.xml", sheet.as_str()));
    files.push(("xl/sharedStrings.xml", shared.as_str()));
    archive(&files)
}

/// A ZIP archive of these files, not packed. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = four_bytes(body.len());
        let described = described(name, content);
        for part in [&b"PK\x03\x04"[..], &described, name.as_bytes(), content.as_bytes()] {
            body.extend_from_slice(part);
        }
        for part in [&b"PK\x01\x02\x14\0"[..], &described, &[0; 10], &start, name.as_bytes()] {
            directory.extend_from_slice(part);
        }
    }
    let count = u16::try_from(files.len()).expect("a handful of files").to_le_bytes();
    let (size, start) = (four_bytes(directory.len()), four_bytes(body.len()));
    body.append(&mut directory);
    for part in [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &size, &start, &[0, 0]] {
        body.extend_from_slice(part);
    }
    body
}

/// What the head of a file and its entry in the directory have in common.
fn described(name: &str, content: &str) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(content.as_bytes());
    let size = four_bytes(content.len());
    let name_length = u16::try_from(name.len()).expect("a short name").to_le_bytes();
    // Version 2.0, no flags, stored, 1 January 1980.
    let mut described = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
    for part in [&sum.sum().to_le_bytes()[..], &size, &size, &name_length, &[0, 0]] {
        described.extend_from_slice(part);
    }
    described
}

fn four_bytes(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("a small file").to_le_bytes()
}
