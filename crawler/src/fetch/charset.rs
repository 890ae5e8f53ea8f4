//! How are these bytes to be read as text?
//!
//! In goes a body with its `Content-Type`, out comes text, always: bytes that fit nothing become U+FFFD. A declaration
//! is believed until the bytes contradict it. What a document declares in its own first bytes is found by the prescan;
//! what the text means is left to the kinds.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{Fetched, prescan};

/// The detector weighs 27 encodings at once; this much text beyond the first foreign letter settles the matter.
const SAMPLE_BYTES: usize = 1024 * 1024;

/// What the detector sees before the first foreign letter: it weighs letters by their neighbours.
const CONTEXT_BYTES: usize = 64;

impl Fetched {
    /// Returns the body as text, see [`decode`].
    pub fn text(&self) -> String {
        decode(&self.body, self.content_type.as_deref())
    }
}

/// Reads bytes as text.
///
/// In this order: the byte order mark, the charset of `content_type`, the charset of a `meta` element or an XML
/// declaration, UTF-8, and at last what the letters look like. A charset in which most foreign letters make no sense
/// is passed over: `caf\xe9` declared as UTF-8 is read as `café`.
pub fn decode(body: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, mark_bytes)) = certain(body) {
        return read_as(encoding, &body[mark_bytes..]);
    }
    for encoding in declarations(body, content_type).chain([UTF_8]) {
        let (text, had_errors) = encoding.decode_without_bom_handling(body);
        if !had_errors || is_mostly_readable(&text) {
            return text.into_owned();
        }
    }
    read_as(detect(body), body)
}

/// Returns the name of the character set that bytes are said to be in: by their byte order mark, by `content_type`, or
/// in their own beginning.
///
/// `None` when nothing says it; then [`decode`] goes by what the letters look like. The name is the one of the WHATWG's
/// Encoding standard: `windows-1252` for `ISO-8859-1`.
pub fn declared_charset(body: &[u8], content_type: Option<&str>) -> Option<&'static str> {
    let certain = certain(body).map(|(encoding, _)| encoding);
    certain.or_else(|| declarations(body, content_type).next()).map(Encoding::name)
}

/// What the first bytes leave no doubt of, and how many of them are a mark and no text.
fn certain(body: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(body).or_else(|| Some((utf_16_by_its_zeros(body)?, 0)))
}

/// What the bytes are said to be in, by whom to believe first.
fn declarations(body: &[u8], content_type: Option<&str>) -> impl Iterator<Item = &'static Encoding> {
    let stated = content_type.and_then(charset_of).filter(|&encoding| is_possible(encoding, body));
    [stated, prescan::declared_encoding(body)].into_iter().flatten()
}

fn read_as(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _had_errors) = encoding.decode_without_bom_handling(bytes);
    text.into_owned()
}

/// A document of tags begins with `<`, so its first bytes tell UTF-16 from all others. Source: XML 1.0, F.1.
fn utf_16_by_its_zeros(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [b'<', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        [0, b'<', 0, second, ..] if *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Reads the charset parameter: `text/html; charset="utf-8"`.
fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let label = value.trim().trim_matches(['"', '\'']);
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| Encoding::for_label_no_replacement(label.as_bytes())).flatten()
    })
}

/// UTF-16 turns any bytes into some letters, without errors; but text in it has zeros, from spaces and line ends.
fn is_possible(encoding: &'static Encoding, body: &[u8]) -> bool {
    let is_utf_16 = encoding == UTF_16LE || encoding == UTF_16BE;
    !is_utf_16 || body.iter().take(SAMPLE_BYTES).any(|&byte| byte == 0)
}

/// One bad byte in a page full of good ones is a slip; a page full of bad ones is a wrong charset.
fn is_mostly_readable(text: &str) -> bool {
    let replaced = text.matches(char::REPLACEMENT_CHARACTER).count();
    let foreign = text.chars().filter(|letter| !letter.is_ascii()).count();
    foreign - replaced > replaced
}

fn detect(body: &[u8]) -> &'static Encoding {
    let start = Encoding::ascii_valid_up_to(body).saturating_sub(CONTEXT_BYTES);
    let sample = &body[start..];
    let sample = &sample[..sample.len().min(SAMPLE_BYTES)];
    let is_all = start + sample.len() == body.len();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, is_all);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(b"plain", None, "plain")]
    #[case::nothing(b"", None, "")]
    #[case::utf_8(b"caf\xc3\xa9", None, "café")]
    #[case::header(b"caf\xe9", Some("text/html; charset=iso-8859-1"), "café")]
    #[case::header_in_quotes(b"caf\xe9", Some("text/html; Charset=\"ISO-8859-1\""), "café")]
    #[case::header_after_another(b"caf\xe9", Some("text/html; version=1; charset=latin1"), "café")]
    #[case::unknown_header(b"caf\xc3\xa9", Some("text/html; charset=none"), "café")]
    #[case::mark_wins(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=iso-8859-1"), "café")]
    #[case::utf_16_with_mark(b"\xff\xfec\0a\0f\0\xe9\0", None, "café")]
    #[case::utf_16_big_endian(b"\xfe\xff\0c\0a\0f\0\xe9", None, "café")]
    #[case::utf_16_without_mark(b"<\0p\0>\0\xe9\0", Some("text/html; charset=utf-8"), "<p>é")]
    #[case::utf_16_stated(b"c\0a\0f\0\xe9\0", Some("text/plain; charset=utf-16le"), "café")]
    #[case::utf_16_stated_wrongly(b"cafe", Some("text/plain; charset=utf-16"), "cafe")]
    #[case::meta(b"<meta charset=iso-8859-1>caf\xe9", None, "<meta charset=iso-8859-1>café")]
    #[case::header_before_meta(
        b"<meta charset=iso-8859-1>caf\xc3\xa9",
        Some("text/html; charset=utf-8"),
        "<meta charset=iso-8859-1>café"
    )]
    #[case::header_that_cannot_be(b"caf\xe9", Some("text/html; charset=utf-8"), "café")]
    #[case::one_bad_byte(b"caf\xc3\xa9 th\xc3\xa9 \xff", None, "café thé \u{fffd}")]
    #[case::detected(
        b"\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0? \xd0\xe0\xe1\xee\xf2\xe0 \xe2 \xed\xe0\xf3\xea\xe5",
        None,
        "Привет, как дела? Работа в науке"
    )]
    fn bytes_are_read_as_the_text_they_were(
        #[case] body: &[u8],
        #[case] content_type: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(decode(body, content_type), expected);
    }

    #[rstest]
    #[case::mark(b"\xef\xbb\xbf<meta charset=big5>", Some("text/html; charset=big5"), Some("UTF-8"))]
    #[case::zeros(b"<\0p\0", None, Some("UTF-16LE"))]
    #[case::header(b"<meta charset=big5>", Some("text/html; charset=latin1"), Some("windows-1252"))]
    #[case::meta(b"<meta charset=big5>", Some("text/html"), Some("Big5"))]
    #[case::nothing(b"<p>caf\xe9", Some("text/html; charset=none"), None)]
    fn a_character_set_is_called_by_its_standard_name(
        #[case] body: &[u8],
        #[case] content_type: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(declared_charset(body, content_type), expected);
    }
}
