//! ISO 2709: which records do the bytes of a MARC21 file hold?
//!
//! Bytes go in, records come out one at a time. A record has a leader of 24 bytes, a directory that says where each
//! field begins, and the fields. One that is broken is told, with what is known of it, and the reader goes on behind
//! the next record terminator; no byte of a file is looked at more than a few times. What the fields mean is left to
//! `describe`. Source: MARC 21 Specifications for Record Structure, ISO 2709:2008.

use encoding_rs::Encoding;
use unicode_normalization::UnicodeNormalization;

use super::marc8;
use super::record::{DataField, MarcRecord};

const RECORD_END: u8 = 0x1d;
const FIELD_END: u8 = 0x1e;
const SUBFIELD: u8 = 0x1f;

const LEADER_BYTES: usize = 24;

/// Of an entry of the directory: three of a tag, four of a length, five of where the field begins.
const ENTRY_BYTES: usize = 12;

/// The five digits of a length cannot say more than 99,999; records of which only their end says how long they are may
/// be somewhat longer, and what is longer than this is no record. Source: the limit on one field.
const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// What stands between records, or behind the last, without being one: line ends, padding, the end of a file of DOS.
const BETWEEN: [u8; 7] = [b' ', b'\t', b'\r', b'\n', 0, 0x1a, RECORD_END];

const NOT_UTF_8: &str = "bytes that are not UTF-8, as its leader says; if it is another character set, `charset` under \
                         [where] says so";
const OUT_OF_ORDER: &str = "its directory does not fit its fields, which are taken in the order of both";

/// A record that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadRecord {
    pub(crate) record: MarcRecord,
    /// What of it could not.
    pub(crate) troubles: Vec<String>,
}

/// A record that could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenRecord {
    pub(crate) reason: String,
    /// Its leader and its control fields, as far as they are there: they may say which record it is.
    pub(crate) known: MarcRecord,
    /// Whether the file ends in the middle of it.
    pub(crate) breaks_off: bool,
}

/// Reads the records of a file in order. They are in `charset`, or in what each of them says when there is none.
pub(crate) fn read_records(
    bytes: &[u8],
    charset: Option<&'static Encoding>,
) -> impl Iterator<Item = Result<ReadRecord, BrokenRecord>> + Send {
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Records { rest, charset }
}

/// Whether bytes are records of this kind, rather than text.
pub(crate) fn is_iso_2709(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begins = bytes.iter().position(|byte| !BETWEEN.contains(byte)).unwrap_or(bytes.len());
    let rest = &bytes[begins..];
    let is_markup_or_utf_16 = [b"<".as_slice(), b"\xfe\xff", b"\xff\xfe"].iter().any(|mark| rest.starts_with(mark));
    let has_signs = |signs: &[u8]| signs.iter().all(|sign| rest.contains(sign));
    let begins_with_length = length_of(rest).is_some() && has_signs(&[FIELD_END]);
    begins_with_length || (!is_markup_or_utf_16 && has_signs(&[FIELD_END, SUBFIELD, RECORD_END]))
}

struct Records<'b> {
    rest: &'b [u8],
    charset: Option<&'static Encoding>,
}

impl Iterator for Records<'_> {
    type Item = Result<ReadRecord, BrokenRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        let begins = self.rest.iter().position(|byte| !BETWEEN.contains(byte))?;
        let rest = &self.rest[begins..];
        let Some(end) = end_of_record(rest) else {
            self.rest = &[];
            // What is no beginning of a record either is what somebody wrote behind the last one.
            let breaks_off = rest.starts_with(b"0") || length_of(rest).is_some();
            let reason = if breaks_off { "breaks off before its end" } else { "no record, but bytes without an end" };
            return Some(Err(BrokenRecord { reason: reason.to_owned(), known: known_of(rest), breaks_off }));
        };
        self.rest = &rest[end..];
        let record = &rest[..end - 1];
        let read = read_record(record, self.charset);
        Some(read.map_err(|reason| BrokenRecord { reason, known: known_of(record), breaks_off: false }))
    }
}

/// Behind the record terminator: where the record says that it ends if there is one, or else behind the next.
fn end_of_record(bytes: &[u8]) -> Option<usize> {
    let stated = length_of(bytes).filter(|length| *length > 0 && bytes.get(length - 1) == Some(&RECORD_END));
    stated.or_else(|| bytes.iter().position(|byte| *byte == RECORD_END).map(|at| at + 1))
}

fn length_of(bytes: &[u8]) -> Option<usize> {
    bytes.get(..5).and_then(number)
}

fn number(digits: &[u8]) -> Option<usize> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

/// Reads a record without its terminator, or says what is wrong with it.
fn read_record(bytes: &[u8], charset: Option<&'static Encoding>) -> Result<ReadRecord, String> {
    if bytes.len() > MAX_RECORD_BYTES {
        return Err(format!("a record of {} bytes, expected at most {MAX_RECORD_BYTES}", bytes.len()));
    }
    let Parts { leader, directory, fields } = Parts::of(bytes).ok_or("too short to be a record")?;
    let base = bytes.get(12..17).and_then(number);
    if base != Some(bytes.len() - fields.len()) {
        return Err("its leader is wrong about where its fields begin".to_owned());
    }
    let entries: Option<Vec<Entry<'_>>> = directory.chunks(ENTRY_BYTES).map(Entry::read).collect();
    let entries = entries.filter(|entries| !entries.is_empty()).ok_or("its directory is damaged or empty")?;
    let mut decoder = Decoder::of(fields, leader, charset);
    let in_place = fields_by_place(&entries, fields);
    let values = match in_place {
        Some(values) => values,
        None => {
            decoder.tell(OUT_OF_ORDER);
            fields_by_order(&entries, fields)?
        }
    };
    let mut record = MarcRecord { leader: String::from_utf8_lossy(leader).into_owned(), ..MarcRecord::default() };
    for (entry, value) in entries.iter().zip(values) {
        let tag = String::from_utf8_lossy(entry.tag).into_owned();
        if is_control(&tag) {
            record.control_fields.push((tag, decoder.text(value)));
        } else {
            record.data_fields.push(data_field(tag, value, &mut decoder));
        }
    }
    Ok(ReadRecord { record, troubles: decoder.troubles })
}

/// What of a broken record may be whole: its control fields stand before all others, in the order of the directory.
fn known_of(bytes: &[u8]) -> MarcRecord {
    let mut known = MarcRecord::default();
    let Some(Parts { leader, directory, fields }) = Parts::of(bytes) else { return known };
    known.leader = String::from_utf8_lossy(leader).into_owned();
    let tags = directory.chunks(ENTRY_BYTES).map(|entry| String::from_utf8_lossy(&entry[..entry.len().min(3)]));
    for (tag, value) in tags.take_while(|tag| is_control(tag)).zip(whole_fields(fields)) {
        known.control_fields.push((tag.into_owned(), String::from_utf8_lossy(value).into_owned()));
    }
    known
}

/// Fields 001 to 009 have no subfields.
fn is_control(tag: &str) -> bool {
    tag.starts_with("00")
}

/// A record taken apart, as far as that goes without believing its numbers.
struct Parts<'b> {
    leader: &'b [u8],
    directory: &'b [u8],
    fields: &'b [u8],
}

impl<'b> Parts<'b> {
    fn of(bytes: &'b [u8]) -> Option<Self> {
        let (leader, rest) = bytes.split_at_checked(LEADER_BYTES)?;
        let end = rest.iter().position(|byte| *byte == FIELD_END)?;
        Some(Self { leader, directory: &rest[..end], fields: &rest[end + 1..] })
    }
}

/// Where the directory says that a field is.
struct Entry<'b> {
    tag: &'b [u8],
    length: usize,
    start: usize,
}

impl<'b> Entry<'b> {
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let (tag, numbers) = bytes.split_at_checked(3)?;
        let (length, start) = numbers.split_at_checked(4)?;
        (start.len() == 5).then_some(Self { tag, length: number(length)?, start: number(start)? })
    }
}

/// The fields where the directory says they are; `None` when one of them is not there, or they overlap.
fn fields_by_place<'b>(entries: &[Entry<'_>], fields: &'b [u8]) -> Option<Vec<&'b [u8]>> {
    let stated_bytes: usize = entries.iter().map(|entry| entry.length).sum();
    if stated_bytes > fields.len() {
        return None;
    }
    let of_entry = |entry: &Entry<'_>| fields.get(entry.start..entry.start + entry.length)?.strip_suffix(&[FIELD_END]);
    entries.iter().map(of_entry).collect()
}

/// The fields in their order, where the directory has as many. A length counted in characters instead of bytes, or one
/// that four digits cannot say, does no harm then.
fn fields_by_order<'b>(entries: &[Entry<'_>], fields: &'b [u8]) -> Result<Vec<&'b [u8]>, String> {
    let values: Vec<&[u8]> = whole_fields(fields).collect();
    if values.len() == entries.len() {
        Ok(values)
    } else {
        Err(format!("its directory has {} fields, it has {}", entries.len(), values.len()))
    }
}

/// The fields that have an end.
fn whole_fields(fields: &[u8]) -> impl Iterator<Item = &[u8]> {
    fields.split_inclusive(|byte| *byte == FIELD_END).filter_map(|field| field.strip_suffix(&[FIELD_END]))
}

fn data_field(tag: String, value: &[u8], decoder: &mut Decoder) -> DataField {
    let mut parts = value.split(|byte| *byte == SUBFIELD);
    let head = parts.next().unwrap_or_default();
    let indicator =
        |place: usize| head.get(place).filter(|byte| byte.is_ascii_graphic()).map_or(' ', |byte| char::from(*byte));
    let indicators = [indicator(0), indicator(1)];
    let subfields = parts.filter(|part| !part.is_empty()).map(|part| subfield(part, decoder)).collect();
    DataField { tag, indicators, subfields }
}

fn subfield(part: &[u8], decoder: &mut Decoder) -> (char, String) {
    match part.split_first() {
        Some((code, value)) if code.is_ascii() => (char::from(*code), decoder.text(value)),
        Some(_) | None => {
            // Some type an accented letter for a code; they mean the letter.
            let text = decoder.text(part);
            let mut letters = text.chars();
            let code = letters.next().and_then(|letter| letter.nfd().next()).unwrap_or(' ');
            (code, letters.as_str().to_owned())
        }
    }
}

/// How the texts of one record are read.
#[derive(Debug, Clone, Copy)]
enum Reading {
    Utf8,
    Marc8,
    Stated(&'static Encoding),
}

struct Decoder {
    reading: Reading,
    troubles: Vec<String>,
}

impl Decoder {
    /// The source goes before the leader, and the bytes go before the leader too: what is UTF-8 throughout cannot well
    /// be MARC-8, and what mostly makes no sense as UTF-8 is none.
    fn of(fields: &[u8], leader: &[u8], charset: Option<&'static Encoding>) -> Self {
        let says_utf_8 = leader.get(9) == Some(&b'a');
        let reading = match (charset, std::str::from_utf8(fields)) {
            (Some(encoding), _) => Reading::Stated(encoding),
            (None, Ok(text)) if says_utf_8 || !text.is_ascii() => Reading::Utf8,
            (None, Err(_)) if says_utf_8 && is_mostly_utf_8(fields) => Reading::Utf8,
            (None, Ok(_) | Err(_)) => Reading::Marc8,
        };
        let mut decoder = Self { reading, troubles: Vec::new() };
        if says_utf_8 && matches!(reading, Reading::Marc8) {
            decoder.tell(NOT_UTF_8);
        }
        decoder
    }

    fn text(&mut self, bytes: &[u8]) -> String {
        match self.reading {
            Reading::Stated(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Reading::Utf8 => {
                let text = String::from_utf8_lossy(bytes);
                if text.contains(char::REPLACEMENT_CHARACTER) {
                    self.tell(NOT_UTF_8);
                }
                text.into_owned()
            }
            Reading::Marc8 => {
                let (text, losses) = marc8::decode(bytes);
                for loss in losses {
                    self.tell(loss);
                }
                text
            }
        }
    }

    fn tell(&mut self, trouble: &str) {
        if !self.troubles.iter().any(|told| told == trouble) {
            self.troubles.push(trouble.to_owned());
        }
    }
}

/// Whether more foreign letters are whole than are broken.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches(char::REPLACEMENT_CHARACTER).count();
    let foreign = text.chars().filter(|letter| !letter.is_ascii()).count();
    foreign - broken > broken
}

#[cfg(test)]
pub(crate) mod tests {
    use rstest::rstest;

    use super::*;

    /// A record with these fields, as the standard lays it out: a tag, then the indicators and subfields of a data
    /// field, with `$` for the sign before a code.
    pub(crate) fn record(leader: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let fields: Vec<(&str, Vec<u8>)> =
            fields.iter().map(|(tag, value)| (*tag, value.replace('$', "\u{1f}").into_bytes())).collect();
        record_of_bytes(leader, &fields)
    }

    /// The same from bytes. `leader` has position 5 to 9: `nam a` for UTF-8.
    pub(crate) fn record_of_bytes(leader: &str, fields: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut directory = String::new();
        let mut body = Vec::new();
        for (tag, value) in fields {
            let entry = format!("{tag}{:04}{:05}", value.len() + 1, body.len());
            directory.push_str(&entry);
            body.extend_from_slice(value);
            body.push(FIELD_END);
        }
        let base = LEADER_BYTES + directory.len() + 1;
        let whole = base + body.len() + 1;
        let mut bytes = format!("{whole:05}{leader}22{base:05} a 4500{directory}\u{1e}").into_bytes();
        bytes.extend_from_slice(&body);
        bytes.push(RECORD_END);
        bytes
    }

    fn title(read: &Result<ReadRecord, BrokenRecord>) -> String {
        match read {
            Ok(read) => read.record.values("245$ab").concat(),
            Err(broken) => broken.reason.clone(),
        }
    }

    fn titles(bytes: &[u8]) -> Vec<String> {
        read_records(bytes, None).map(|read| title(&read)).collect()
    }

    fn one(name: &str) -> Vec<u8> {
        let title = format!("10$a{name} :$ba guide");
        record("nam a", &[("001", name), ("245", title.as_str())])
    }

    #[test]
    fn a_record_has_fields_with_subfields() {
        let bytes = record("nam a", &[("001", "7"), ("245", "10$aWater :$ba guide$c"), ("650", " 0$aPhysics$xJobs")]);
        let read: Vec<ReadRecord> = read_records(&bytes, None).map(|read| read.expect("it is whole")).collect();
        assert_eq!(read.len(), 1);
        let MarcRecord { leader, control_fields, data_fields } = &read[0].record;
        assert_eq!(&leader[5..10], "nam a");
        assert_eq!(control_fields, &[("001".to_owned(), "7".to_owned())]);
        assert_eq!((data_fields[1].tag.as_str(), data_fields[1].indicators), ("650", [' ', '0']));
        assert_eq!(data_fields[1].subfields, [('a', "Physics".to_owned()), ('x', "Jobs".to_owned())]);
        assert_eq!(data_fields[0].text("abc"), "Water : a guide");
    }

    #[test]
    fn what_stands_between_records_is_passed_over() {
        let bytes = [b"\xef\xbb\xbf".as_slice(), &one("A"), b"\r\n", &one("B"), b"\x1d\x1d\x00\x1a   "].concat();
        assert_eq!(titles(&bytes), ["A : a guide", "B : a guide"]);
        assert!(is_iso_2709(&bytes));
    }

    #[test]
    fn a_broken_record_is_told_and_the_next_one_read() {
        let good = one("A");
        let mut base = good.clone();
        base[12..17].copy_from_slice(b"99937");
        let mut directory = good.clone();
        directory[30] = b'x';
        let mut length = good.clone();
        length[..5].copy_from_slice(b"00017");
        let bytes = [base, directory, b"00026     2200025   4500\x1e\x1d".to_vec(), length, good].concat();
        let expected = [
            "its leader is wrong about where its fields begin",
            "its directory is damaged or empty",
            "its directory is damaged or empty",
            "A : a guide",
            "A : a guide",
        ];
        assert_eq!(titles(&bytes), expected);
        let known: Vec<Option<String>> = read_records(&bytes, None)
            .filter_map(|read| read.err().map(|broken| broken.known.control("001").map(ToOwned::to_owned)))
            .collect();
        assert_eq!(known, [Some("A".to_owned()), Some("A".to_owned()), None]);
    }

    #[test]
    fn a_file_that_breaks_off_says_so_and_junk_at_its_end_does_not() {
        let whole = [one("A"), one("B")].concat();
        for cut in [1, 20, 60] {
            let last = read_records(&whole[..whole.len() - cut], None).nth(1).expect("half a record");
            let broken = last.expect_err("its end is not there");
            assert!(broken.breaks_off, "cut {cut}");
        }
        let junk = [whole.as_slice(), b"-- end of export --"].concat();
        let last = read_records(&junk, None).nth(2).expect("the junk").expect_err("it is no record");
        assert!(!last.breaks_off, "{last:?}");
    }

    #[test]
    fn lengths_in_characters_do_no_harm() {
        let mut bytes = record("nam a", &[("001", "7"), ("245", "10$aÉtude"), ("650", " 0$aPhysics")]);
        // The length of field 245, one less for its two bytes of É, and so where field 650 begins.
        let entry = LEADER_BYTES + ENTRY_BYTES;
        bytes[entry + 6] -= 1;
        bytes[entry + ENTRY_BYTES + 11] -= 1;
        let read = read_records(&bytes, None).next().expect("a record").expect("it can be read");
        assert_eq!(read.record.values("245$a"), ["Étude"]);
        assert_eq!(read.record.values("650$a"), ["Physics"]);
        assert_eq!(read.troubles, [OUT_OF_ORDER]);
    }

    #[rstest]
    #[case::marc_8("nam  ", b"10\x1faCaf\xe2e", None, "Café", &[])]
    #[case::utf_8("nam a", "10\u{1f}aCafé".as_bytes(), None, "Café", &[])]
    #[case::utf_8_that_is_not_stated("nam  ", "10\u{1f}aCafé".as_bytes(), None, "Café", &[])]
    #[case::marc_8_stated_as_utf_8("nam a", b"10\x1faCaf\xe2e", None, "Café", &[NOT_UTF_8])]
    #[case::one_bad_byte("nam a", b"10\x1faCaf\xc3\xa9 th\xc3\xa9 \xff", None, "Café thé \u{fffd}", &[NOT_UTF_8])]
    #[case::stated_by_the_source("nam  ", b"10\x1fa\xcc\xe8\xf0", Some("windows-1251"), "Мир", &[])]
    #[case::accented_code("nam a", "10\u{1f}áCafé".as_bytes(), None, "Café", &[])]
    fn text_is_read_in_its_character_set(
        #[case] leader: &str,
        #[case] field: &[u8],
        #[case] charset: Option<&str>,
        #[case] expected: &str,
        #[case] troubles: &[&str],
    ) {
        let bytes = record_of_bytes(leader, &[("245", field.to_vec())]);
        let charset = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
        let read = read_records(&bytes, charset).next().expect("a record").expect("it can be read");
        assert_eq!(read.record.values("245$a"), [expected]);
        assert_eq!(read.troubles, troubles);
    }

    #[test]
    fn fields_that_overlap_are_not_copied_over_and_over() {
        let mut bytes = b"99999nam a2206025 a 4500".to_vec();
        bytes.extend("245900000000".repeat(500).into_bytes());
        bytes.push(FIELD_END);
        bytes.extend("x".repeat(8_999).into_bytes());
        bytes.extend([FIELD_END, RECORD_END]);
        assert_eq!(titles(&bytes), ["its directory has 500 fields, it has 1"]);
    }

    #[rstest]
    #[case::xml(b"<?xml version=\"1.0\"?><collection/>", false)]
    #[case::text(b"id,title\n1,One", false)]
    #[case::digits(b"2024", false)]
    #[case::garbage_before(b"garbage 00001nam\x1e10\x1fax\x1e\x1d", true)]
    fn other_files_are_no_iso_2709(#[case] bytes: &[u8], #[case] expected: bool) {
        assert_eq!(is_iso_2709(bytes), expected);
    }
}
