//! Entities: which character does `&eacute;` stand for, and which may not stand in XML at all?
//!
//! Text goes in as it stands in a document, text as it is meant comes out, with the first thing that is wrong about it.
//! The five names of XML, references by number and the names of HTML 4 are known; what a document declares itself is
//! never expanded. Source: XML 1.0, 2.2, 2.11 and 4.1; HTML 4.01, 24.

use std::collections::HashMap;
use std::sync::LazyLock;

use encoding_rs::WINDOWS_1252;

/// Which names stand for a character without a word about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownNames {
    /// The five of XML.
    OfXml,
    /// Those of HTML as well: there is a document type declaration, which may declare them. Nobody reads it.
    OfHtml,
}

/// Longer names are none: the longest in the list has 8 characters, that of a character by number 10.
const MAX_NAME_BYTES: usize = 32;

/// The names of HTML for U+00A0 to U+00FF, in order.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm",
    "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
    "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
    "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN",
    "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc",
    "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Those of HTML for all other characters that can be seen, each with its character.
const OTHERS: &str = "
OElig Œ  oelig œ  Scaron Š  scaron š  Yuml Ÿ  fnof ƒ  circ ˆ  tilde ˜  Alpha Α  Beta Β  Gamma Γ  Delta Δ
Epsilon Ε  Zeta Ζ  Eta Η  Theta Θ  Iota Ι  Kappa Κ  Lambda Λ  Mu Μ  Nu Ν  Xi Ξ  Omicron Ο  Pi Π  Rho Ρ
Sigma Σ  Tau Τ  Upsilon Υ  Phi Φ  Chi Χ  Psi Ψ  Omega Ω  alpha α  beta β  gamma γ  delta δ  epsilon ε
zeta ζ  eta η  theta θ  iota ι  kappa κ  lambda λ  mu μ  nu ν  xi ξ  omicron ο  pi π  rho ρ  sigmaf ς
sigma σ  tau τ  upsilon υ  phi φ  chi χ  psi ψ  omega ω  thetasym ϑ  upsih ϒ  piv ϖ  ndash –  mdash —
lsquo ‘  rsquo ’  sbquo ‚  ldquo “  rdquo ”  bdquo „  dagger †  Dagger ‡  bull •  hellip …  permil ‰
prime ′  Prime ″  lsaquo ‹  rsaquo ›  oline ‾  frasl ⁄  euro €  image ℑ  weierp ℘  real ℜ  trade ™
alefsym ℵ  larr ←  uarr ↑  rarr →  darr ↓  harr ↔  crarr ↵  lArr ⇐  uArr ⇑  rArr ⇒  dArr ⇓  hArr ⇔  forall ∀
part ∂  exist ∃  empty ∅  nabla ∇  isin ∈  notin ∉  ni ∋  prod ∏  sum ∑  minus −  lowast ∗  radic √  prop ∝
infin ∞  ang ∠  and ∧  or ∨  cap ∩  cup ∪  int ∫  there4 ∴  sim ∼  cong ≅  asymp ≈  ne ≠  equiv ≡  le ≤
ge ≥  sub ⊂  sup ⊃  nsub ⊄  sube ⊆  supe ⊇  oplus ⊕  otimes ⊗  perp ⊥  sdot ⋅  lceil ⌈  rceil ⌉  lfloor ⌊
rfloor ⌋  lang ⟨  rang ⟩  loz ◊  spades ♠  clubs ♣  hearts ♥  diams ♦
";

/// Those for characters that cannot be seen.
const UNSEEN: [(&str, char); 7] = [
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("lrm", '\u{200E}'),
    ("rlm", '\u{200F}'),
];

static OF_HTML: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let mut names: HashMap<&str, char> = UNSEEN.into_iter().chain(LATIN.into_iter().zip('\u{A0}'..='\u{FF}')).collect();
    let mut words = OTHERS.split_ascii_whitespace();
    while let (Some(name), Some(character)) = (words.next(), words.next()) {
        names.extend(character.chars().next().map(|character| (name, character)));
    }
    names
});

/// Puts text behind other text, its references resolved. What is wrong with it comes back.
pub(super) fn push_text(out: &mut String, raw: &str, known: KnownNames) -> Option<String> {
    let mut fault = None;
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        let in_characters = push_characters(out, &rest[..at]);
        rest = &rest[at..];
        let (taken, in_reference) = push_reference(out, rest, known);
        rest = &rest[taken..];
        fault = fault.or(in_characters).or(in_reference);
    }
    let in_characters = push_characters(out, rest);
    fault.or(in_characters)
}

/// Puts characters behind others: each end of a line becomes one line feed, and what XML does not allow U+FFFD.
pub(super) fn push_characters(out: &mut String, raw: &str) -> Option<String> {
    // U+FFFE and U+FFFF begin with this byte, and few others do.
    let is_plain = |byte: u8| (byte >= b' ' && byte != 0xEF) || matches!(byte, b'\n' | b'\t');
    if raw.bytes().all(is_plain) {
        out.push_str(raw);
        return None;
    }
    let mut fault = None;
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            _ if is_allowed(character) => out.push(character),
            _ => {
                out.push(char::REPLACEMENT_CHARACTER);
                fault.get_or_insert_with(|| not_allowed(u32::from(character)));
            }
        }
    }
    fault
}

/// Puts what the reference at the beginning of a text stands for behind other text. How much of the text that was.
fn push_reference(out: &mut String, text: &str, known: KnownNames) -> (usize, Option<String>) {
    let Some(name) = name_of_reference(text) else {
        out.push('&');
        return (1, Some("a `&` that begins no reference".to_owned()));
    };
    let taken = name.len() + 2;
    if let Some(digits) = name.strip_prefix('#') {
        let character = number_of(digits).map(by_number);
        let fault = match character {
            Some(Ok(character)) => {
                out.push(character);
                None
            }
            Some(Err(number)) => {
                out.push(char::REPLACEMENT_CHARACTER);
                Some(not_allowed(number))
            }
            None => {
                out.push_str(&text[..taken]);
                Some(format!("`&{name};` is no number"))
            }
        };
        return (taken, fault);
    }
    if let Some(character) = of_xml(name) {
        out.push(character);
        return (taken, None);
    }
    let Some(character) = OF_HTML.get(name) else {
        out.push_str(&text[..taken]);
        return (taken, Some(format!("`&{name};` is not known")));
    };
    out.push(*character);
    let fault = match known {
        KnownNames::OfXml => Some(format!("`&{name};` is not known in XML")),
        KnownNames::OfHtml => None,
    };
    (taken, fault)
}

/// The name in the reference at the beginning of a text: `nbsp` in `&nbsp; and`.
fn name_of_reference(text: &str) -> Option<&str> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'.' | b'-' | b'_' | b':');
    let name_bytes = text.bytes().skip(1).take(MAX_NAME_BYTES).take_while(is_of_name).count();
    let ends = text[1 + name_bytes..].starts_with(';');
    (ends && name_bytes > 0).then(|| &text[1..=name_bytes])
}

/// `233` or `xE9`; too large a number is no character anyway.
fn number_of(digits: &str) -> Option<u32> {
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let are_digits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    are_digits.then(|| u32::from_str_radix(digits, radix).unwrap_or(u32::MAX))
}

/// The character of this number, or the number back. Like in HTML, 128 to 159 are meant as Windows has them.
fn by_number(number: u32) -> Result<char, u32> {
    if let Ok(byte @ 0x80..=0x9F) = u8::try_from(number) {
        let bytes = [byte];
        let (text, _had_errors) = WINDOWS_1252.decode_without_bom_handling(&bytes);
        return text.chars().next().ok_or(number);
    }
    char::from_u32(number).filter(|character| is_allowed(*character)).ok_or(number)
}

fn of_xml(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        _ => character >= ' ',
    }
}

fn not_allowed(number: u32) -> String {
    format!("the character U+{number:04X} may not stand in XML")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("caf\u{e9} 1", "caf\u{e9} 1", None)]
    #[case::of_xml("&lt;&amp;&gt;&quot;&apos;", "<&>\"'", None)]
    #[case::by_number("&#233;&#xe9;&#XE9;", "\u{e9}\u{e9}\u{e9}", None)]
    #[case::as_windows_has_them("&#146;&#x96;", "\u{2019}\u{2013}", None)]
    #[case::ends_of_lines("a\r\nb\rc\n", "a\nb\nc\n", None)]
    #[case::of_html(
        "&nbsp;&yuml;&rsquo;&zwj;&diams;",
        "\u{a0}\u{ff}\u{2019}\u{200d}\u{2666}",
        Some("`&nbsp;` is not known in XML")
    )]
    #[case::unknown("a &xxe; b", "a &xxe; b", Some("`&xxe;` is not known"))]
    #[case::alone("AT&T & co;", "AT&T & co;", Some("a `&` that begins no reference"))]
    #[case::at_the_end("a&", "a&", Some("a `&` that begins no reference"))]
    #[case::without_a_name("&;", "&;", Some("a `&` that begins no reference"))]
    #[case::parameters("?a=1&copy=2;", "?a=1&copy=2;", Some("a `&` that begins no reference"))]
    #[case::no_number("&#x;&#12a;", "&#x;&#12a;", Some("`&#x;` is no number"))]
    #[case::not_allowed("a\u{8}b", "a\u{fffd}b", Some("the character U+0008 may not stand in XML"))]
    #[case::last_of_a_plane("\u{ffff}\u{fffd}", "\u{fffd}\u{fffd}", Some("the character U+FFFF may not stand in XML"))]
    #[case::not_allowed_by_number("&#0;", "\u{fffd}", Some("the character U+0000 may not stand in XML"))]
    #[case::surrogate("&#xD800;", "\u{fffd}", Some("the character U+D800 may not stand in XML"))]
    #[case::beyond_all("&#99999999999;", "\u{fffd}", Some("the character U+FFFFFFFF may not stand in XML"))]
    #[case::the_first_counts("&a; &b;", "&a; &b;", Some("`&a;` is not known"))]
    fn text_is_read_as_it_is_meant(#[case] raw: &str, #[case] expected: &str, #[case] fault: Option<&str>) {
        let mut out = String::new();
        let found = push_text(&mut out, raw, KnownNames::OfXml);
        assert_eq!((out.as_str(), found.as_deref()), (expected, fault));
    }

    #[test]
    fn the_names_of_html_are_known_where_they_may_be_declared() {
        let mut out = String::new();
        assert_eq!(push_text(&mut out, "&eacute;", KnownNames::OfHtml), None);
        assert_eq!(out, "\u{e9}");
        assert_eq!(OF_HTML.len(), 248, "the 252 of HTML 4.01 without the four that XML has too");
    }
}
