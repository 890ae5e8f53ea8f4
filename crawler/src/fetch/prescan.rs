//! Which character set does a document declare in its own first bytes?
//!
//! Reads the encoding of an XML declaration, and the `meta` elements of HTML by the prescan of the HTML standard.
//! Whether to believe the declaration is left to [`super::charset`]. Source: HTML, 13.2.3.2.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How far to look. The standard says 1024 bytes because browsers decode while they read, and starts anew when a
/// declaration comes later; the whole body is here, so a declaration behind a long head is simply found.
const HEAD_BYTES: usize = 16 * 1024;

/// Returns the character set that a document of tags declares for itself; `None` when it declares none we know.
pub(super) fn declared_encoding(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(HEAD_BYTES)];
    // Tables and JSON may hold a whole page in a field, and its declaration is not theirs.
    if head.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let prescan = || Prescan { bytes: head, position: 0 }.run().ok().flatten();
    xml_declaration(head).or_else(prescan)
}

fn xml_declaration(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let length = declaration.iter().position(|&byte| byte == b'>')?;
    let declaration = &declaration[..length];
    let value = &declaration[end_of(declaration, b"encoding")?..];
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (&quote, value) = value.split_first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let length = value.iter().position(|&byte| byte == quote)?;
    readable(&value[..length])
}

/// Looks a label up, given that it could be read as ASCII: then the document is not in UTF-16, whatever it says.
fn readable(label: &[u8]) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label)?;
    if encoding == UTF_16LE || encoding == UTF_16BE {
        Some(UTF_8)
    } else if encoding == X_USER_DEFINED {
        Some(WINDOWS_1252)
    } else {
        Some(encoding)
    }
}

/// Returns where the first `needle` in lower case ends.
fn end_of(text: &[u8], needle: &[u8]) -> Option<usize> {
    let start = text.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))?;
    Some(start + needle.len())
}

/// The bytes end inside a tag or comment, so nothing more can be said.
struct OutOfBytes;

/// Name and value of an attribute.
type Attribute = (Vec<u8>, Vec<u8>);

/// One walk over the tags of a document. The steps and their order are those of the standard.
struct Prescan<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Prescan<'_> {
    fn run(mut self) -> Result<Option<&'static Encoding>, OutOfBytes> {
        while self.position < self.bytes.len() {
            let rest = &self.bytes[self.position..];
            if rest.starts_with(b"<!--") {
                // The two hyphens that open a comment may be the ones that close it.
                self.position += 2;
                self.skip_past(b"-->")?;
            } else if opens_meta(rest) {
                self.position += b"<meta".len();
                if let Some(encoding) = self.meta()? {
                    return Ok(Some(encoding));
                }
            } else if opens_element(rest) {
                self.skip_tag()?;
            } else if [b"<!", b"</", b"<?"].iter().any(|&mark| rest.starts_with(mark)) {
                self.skip_past(b">")?;
            } else {
                self.position += 1;
            }
        }
        Ok(None)
    }

    fn meta(&mut self) -> Result<Option<&'static Encoding>, OutOfBytes> {
        let mut seen = Vec::new();
        let mut is_content_type = false;
        let mut from_content = None;
        let mut charset = None;
        while let Some((name, value)) = self.attribute()? {
            if seen.contains(&name) {
                continue;
            }
            match name.as_slice() {
                b"http-equiv" => is_content_type = value == b"content-type",
                b"content" => from_content = charset_in(&value),
                b"charset" => charset = Some(value),
                _ => {}
            }
            seen.push(name);
        }
        Ok(match charset {
            Some(label) => readable(label.trim_ascii()),
            None if is_content_type => from_content,
            None => None,
        })
    }

    fn skip_tag(&mut self) -> Result<(), OutOfBytes> {
        while !ends_word(self.current()?) {
            self.position += 1;
        }
        while self.attribute()?.is_some() {}
        Ok(())
    }

    /// Reads the next attribute, name and value in lower case; `None` at the end of the tag.
    fn attribute(&mut self) -> Result<Option<Attribute>, OutOfBytes> {
        while self.current()?.is_ascii_whitespace() || self.current()? == b'/' {
            self.position += 1;
        }
        if self.current()? == b'>' {
            return Ok(None);
        }
        let mut name = Vec::new();
        loop {
            let byte = self.current()?;
            match byte {
                b'=' if !name.is_empty() => break,
                b'/' | b'>' => return Ok(Some((name, Vec::new()))),
                _ if byte.is_ascii_whitespace() => {
                    self.skip_spaces()?;
                    if self.current()? == b'=' {
                        break;
                    }
                    return Ok(Some((name, Vec::new())));
                }
                _ => name.push(byte.to_ascii_lowercase()),
            }
            self.position += 1;
        }
        self.position += 1;
        self.skip_spaces()?;
        Ok(Some((name, self.value()?)))
    }

    fn value(&mut self) -> Result<Vec<u8>, OutOfBytes> {
        let mut value = Vec::new();
        let quote = self.current()?;
        if matches!(quote, b'"' | b'\'') {
            loop {
                self.position += 1;
                let byte = self.current()?;
                if byte == quote {
                    self.position += 1;
                    return Ok(value);
                }
                value.push(byte.to_ascii_lowercase());
            }
        }
        loop {
            let byte = self.current()?;
            if ends_word(byte) {
                return Ok(value);
            }
            value.push(byte.to_ascii_lowercase());
            self.position += 1;
        }
    }

    fn skip_spaces(&mut self) -> Result<(), OutOfBytes> {
        while self.current()?.is_ascii_whitespace() {
            self.position += 1;
        }
        Ok(())
    }

    fn skip_past(&mut self, mark: &[u8]) -> Result<(), OutOfBytes> {
        let length = end_of(&self.bytes[self.position..], mark).ok_or(OutOfBytes)?;
        self.position += length;
        Ok(())
    }

    fn current(&self) -> Result<u8, OutOfBytes> {
        self.bytes.get(self.position).copied().ok_or(OutOfBytes)
    }
}

fn opens_meta(rest: &[u8]) -> bool {
    let name = rest.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"<meta"));
    name && rest.get(5).is_some_and(|&byte| byte.is_ascii_whitespace() || byte == b'/')
}

fn opens_element(rest: &[u8]) -> bool {
    match rest {
        [b'<', b'/', letter, ..] | [b'<', letter, ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'>'
}

/// Reads the character set of a `content` attribute: `text/html; charset=utf-8`.
fn charset_in(content: &[u8]) -> Option<&'static Encoding> {
    let mut rest = content;
    loop {
        rest = &rest[end_of(rest, b"charset")?..];
        let Some(label) = rest.trim_ascii_start().strip_prefix(b"=") else {
            continue;
        };
        let label = label.trim_ascii_start();
        let quote = *label.first()?;
        if matches!(quote, b'"' | b'\'') {
            let quoted = &label[1..];
            let length = quoted.iter().position(|&byte| byte == quote)?;
            return readable(&quoted[..length]);
        }
        let ends = |&byte: &u8| byte.is_ascii_whitespace() || byte == b';';
        let length = label.iter().position(ends).unwrap_or(label.len());
        return readable(&label[..length]);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // From html5lib-tests, encoding/tests1.dat and tests2.dat, and what real pages get wrong.
    #[rstest]
    #[case::charset("<!DOCTYPE html>\n<meta charset=\"iso8859-2\">", Some("ISO-8859-2"))]
    #[case::no_quotes("<meta\ncharset=iso8859-2>", Some("ISO-8859-2"))]
    #[case::content_type("<meta http-equiv='Content-Type' content='text/html; charset=iso8859-2'>", Some("ISO-8859-2"))]
    #[case::content_first("<meta content='text/html; charset=\"euc-jp\"' http-equiv=Content-Type>", Some("EUC-JP"))]
    #[case::content_alone("<meta content='text/html; charset=iso8859-2'>", None)]
    #[case::other_pragma("<meta http-equiv=Refresh content='text/html; charset=iso8859-2'>", None)]
    #[case::first_wins("<meta charset=euc-jp><meta charset=utf-8>", Some("EUC-JP"))]
    #[case::unknown_is_passed("<meta charset=bogus><meta charset=euc-jp>", Some("EUC-JP"))]
    #[case::commented_out("<!--<meta charset=utf-8>--><meta charset=euc-jp>", Some("EUC-JP"))]
    #[case::empty_comment("<!--><meta charset=euc-jp>", Some("EUC-JP"))]
    #[case::inside_an_attribute("<p title='<meta charset=utf-8>'><meta charset=euc-jp>", Some("EUC-JP"))]
    #[case::another_element("<metacharset=iso8859-2>", None)]
    #[case::unfinished("<meta charset=euc-jp", None)]
    #[case::says_utf_16("<meta charset=UTF-16>", Some("UTF-8"))]
    #[case::xml("<?xml version='1.0' encoding='windows-1251'?><a/>", Some("windows-1251"))]
    #[case::xml_without("<?xml version='1.0'?><a/>", None)]
    #[case::not_tags("a,b\n1,<meta charset=euc-jp>", None)]
    #[case::nothing("", None)]
    fn a_document_says_how_it_is_written(#[case] document: &str, #[case] expected: Option<&str>) {
        let declared = declared_encoding(document.as_bytes());
        assert_eq!(declared.map(Encoding::name), expected);
    }

    #[test]
    fn a_declaration_behind_a_long_head_is_found() {
        let document = format!("<!-- {} --><meta charset=euc-jp>", "x".repeat(8000));
        assert_eq!(declared_encoding(document.as_bytes()), Some(encoding_rs::EUC_JP));
    }
}
