//! Markup: which piece of an XML text comes next? A tag, text, or something that is broken.
//!
//! Goes through the text once, from front to back. The reader of `quick-xml` ends at the first thing that is not XML,
//! and starting it anew behind each such place takes quadratic time; here a tag ends at the next `<` at the latest, and
//! an end that is missing is looked for once, so that nothing is looked at more than three times. What the pieces mean
//! together is left to the reader, what stands in a tag to `tag`, what `&` stands for to `entities`.

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::Event;

/// A piece of an XML text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text, as it stands.
    Text(&'t str),
    /// What stands in a CDATA section.
    CData(&'t str),
    /// What stands between `<` and `>` of a start tag.
    Start(&'t str),
    /// What stands between `<` and `/>` of an element without content.
    Empty(&'t str),
    /// The name in an end tag.
    End(&'t str),
    /// A document type declaration, which nobody reads.
    DocumentType,
    /// Something is broken here. What can be made of it comes next.
    Broken(&'static str),
}

/// The pieces of a text, in order. Comments and processing instructions are passed over.
pub(super) struct Pieces<'t> {
    text: &'t str,
    /// Where the next piece begins.
    at: usize,
    /// What was made of something broken.
    waiting: Option<Piece<'t>>,
    /// Ends that do not come again from here on.
    missing: Vec<&'static str>,
}

impl<'t> Pieces<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, waiting: None, missing: Vec::new() }
    }

    /// Whether the next tag ends the element of this name.
    pub(super) fn next_tag_ends(&self, name: &str) -> bool {
        let rest = self.rest();
        let tag = rest.find('<').map_or("", |at| &rest[at..]);
        tag.strip_prefix("</").is_some_and(|end| end.starts_with(name))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The text up to the next `<`.
    fn text_piece(&mut self) -> Piece<'t> {
        let rest = self.rest();
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        self.at += text.len();
        Piece::Text(text)
    }

    /// What begins with `<`; nothing when it is passed over.
    fn markup(&mut self) -> Option<Piece<'t>> {
        let rest = self.rest();
        match rest.chars().nth(1) {
            Some('!') => self.declaration(),
            Some('?') => {
                let is_whole = self.between("<?", "?>").is_some();
                if is_whole { None } else { Some(self.pass_over("a processing instruction without an end")) }
            }
            Some('/') => Some(self.end_tag()),
            Some(character) if begins_name(character) => Some(self.start_tag()),
            Some(_) | None => Some(self.as_text(1)),
        }
    }

    fn declaration(&mut self) -> Option<Piece<'t>> {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            let is_whole = self.between("<!--", "-->").is_some();
            return if is_whole { None } else { Some(self.pass_over("a comment without an end")) };
        }
        if rest.starts_with("<![CDATA[") {
            if let Some(content) = self.between("<![CDATA[", "]]>") {
                return Some(Piece::CData(content));
            }
            self.at += "<![CDATA[".len();
            return Some(Piece::Broken("a CDATA section without an end"));
        }
        let is_document_type = rest.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!DOCTYPE"));
        match is_document_type.then(|| self.document_type_bytes()).flatten() {
            Some(bytes) => {
                self.at += bytes;
                Some(Piece::DocumentType)
            }
            None => Some(self.pass_over("a declaration that is none of XML")),
        }
    }

    /// What stands between two marks, the first of which is here. Nothing moves when the second is missing.
    fn between(&mut self, opening: &str, closing: &'static str) -> Option<&'t str> {
        if self.missing.contains(&closing) {
            return None;
        }
        let content = &self.rest()[opening.len()..];
        let Some(length) = content.find(closing) else {
            self.missing.push(closing);
            return None;
        };
        self.at += opening.len() + length + closing.len();
        Some(&content[..length])
    }

    /// The length of the document type declaration that begins here.
    fn document_type_bytes(&mut self) -> Option<usize> {
        const END: &str = "the end of a document type declaration";
        if self.missing.contains(&END) {
            return None;
        }
        let mut reader = Reader::from_str(self.rest());
        let is_whole = matches!(reader.read_event(), Ok(Event::DocType(_)) | Err(Error::IllFormed(_)));
        let bytes = usize::try_from(reader.buffer_position()).ok().filter(|_| is_whole);
        if bytes.is_none() {
            self.missing.push(END);
        }
        bytes
    }

    fn end_tag(&mut self) -> Piece<'t> {
        let content = &self.rest()[2..];
        let end = content.find(['<', '>']).unwrap_or(content.len());
        let name = content[..end].split_ascii_whitespace().next().unwrap_or_default();
        if content[end..].starts_with('>') {
            self.at += 2 + end + 1;
            return Piece::End(name);
        }
        self.at += 2 + end;
        // The last letters of a text that breaks off are no name.
        let ends_here = end == content.len();
        self.waiting = Some(Piece::End(name)).filter(|_| !ends_here);
        Piece::Broken("an end tag without its `>`")
    }

    fn start_tag(&mut self) -> Piece<'t> {
        let rest = self.rest();
        let mut open_quote = None;
        let mut end_in_quotes = None;
        let mut stop = rest.len();
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            match (byte, open_quote) {
                (b'<', _) => {
                    stop = at;
                    break;
                }
                (b'>', None) => return self.start_tag_to(at),
                (b'>', Some(_)) => {
                    end_in_quotes.get_or_insert(at);
                }
                (b'"' | b'\'', None) => open_quote = Some(byte),
                (_, Some(quote)) if byte == quote => open_quote = None,
                (_, _) => {}
            }
        }
        if let Some(end) = end_in_quotes {
            self.waiting = Some(self.start_tag_to(end));
            return Piece::Broken("a start tag with a quote that does not end");
        }
        if stop == rest.len() {
            self.at = self.text.len();
            return Piece::Broken("a start tag that breaks off");
        }
        self.as_text(stop)
    }

    /// The start tag that begins here and has its `>` so many bytes further on.
    fn start_tag_to(&mut self, end: usize) -> Piece<'t> {
        let tag = &self.rest()[1..end];
        self.at += end + 1;
        tag.strip_suffix('/').map_or(Piece::Start(tag), Piece::Empty)
    }

    /// A `<` that begins nothing is text, and so is what follows it.
    fn as_text(&mut self, bytes: usize) -> Piece<'t> {
        self.waiting = Some(Piece::Text(&self.rest()[..bytes]));
        self.at += bytes;
        Piece::Broken("a `<` that begins no tag")
    }

    /// Goes on at the next `<`.
    fn pass_over(&mut self, what: &'static str) -> Piece<'t> {
        self.at += 1;
        let rest = self.rest();
        self.at += rest.find('<').unwrap_or(rest.len());
        Piece::Broken(what)
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        loop {
            if let Some(piece) = self.waiting.take() {
                return Some(piece);
            }
            if self.at == self.text.len() {
                return None;
            }
            let piece = if self.rest().starts_with('<') { self.markup() } else { Some(self.text_piece()) };
            if piece.is_some() {
                return piece;
            }
        }
    }
}

/// Whether a name may begin with this character. Source: XML 1.0, 2.3, and every other letter beside.
pub(super) fn begins_name(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | ':')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::Piece::{Broken, CData, DocumentType, Empty, End, Start, Text};
    use super::*;

    const NO_TAG: Piece<'static> = Broken("a `<` that begins no tag");

    #[rstest]
    #[case::tags("<a b='1'>x</a >", &[Start("a b='1'"), Text("x"), End("a")])]
    #[case::empty("<a/><b />", &[Empty("a"), Empty("b ")])]
    #[case::end_of_a_tag_in_quotes("<a b='>' c=\">\">x", &[Start("a b='>' c=\">\""), Text("x")])]
    #[case::cdata("<![CDATA[<b> & ]]>x", &[CData("<b> & "), Text("x")])]
    #[case::passed_over("<?xml version='1.0'?><!-- <a> -->x", &[Text("x")])]
    #[case::document_type("<!DOCTYPE a [<!ENTITY b '<c>]>'>]>x", &[DocumentType, Text("x")])]
    #[case::document_type_of_html("<!doctype html>x", &[DocumentType, Text("x")])]
    #[case::less_than("1 < 2<3", &[Text("1 "), NO_TAG, Text("<"), Text(" 2"), NO_TAG, Text("<"), Text("3")])]
    #[case::less_than_a_name("1<b and<c>", &[Text("1"), NO_TAG, Text("<b and"), Start("c")])]
    #[case::open_quote("<a b=\"1>x</a>", &[
        Broken("a start tag with a quote that does not end"), Start("a b=\"1"), Text("x"), End("a"),
    ])]
    #[case::end_tag_in_a_tag("</a<b>", &[Broken("an end tag without its `>`"), End("a"), Start("b")])]
    #[case::comment_without_end("<!-- x<b>", &[Broken("a comment without an end"), Start("b")])]
    #[case::cdata_without_end("<![CDATA[x", &[Broken("a CDATA section without an end"), Text("x")])]
    #[case::instruction_without_end("<?x<b>", &[Broken("a processing instruction without an end"), Start("b")])]
    #[case::document_type_without_end("<!DOCTYPE a [ ><b>", &[
        Broken("a declaration that is none of XML"), Start("b"),
    ])]
    #[case::unknown_declaration("<!ENTITY a 'b'><c>", &[Broken("a declaration that is none of XML"), Start("c")])]
    #[case::breaks_off_in_a_tag("x<a b", &[Text("x"), Broken("a start tag that breaks off")])]
    #[case::breaks_off_in_an_end_tag("x</a", &[Text("x"), Broken("an end tag without its `>`")])]
    #[case::breaks_off_at_once("x<", &[Text("x"), NO_TAG, Text("<")])]
    #[case::nothing("", &[])]
    fn a_text_comes_in_pieces_whatever_stands_in_it(#[case] text: &str, #[case] expected: &[Piece<'_>]) {
        assert_eq!(Pieces::new(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_next_tag_is_known_before_it_comes() {
        let mut pieces = Pieces::new("<a>x</b> y</c>");
        assert_eq!(pieces.nth(2), Some(End("b")));
        assert!(pieces.next_tag_ends("c"));
        assert!(!pieces.next_tag_ends("a"));
    }
}
