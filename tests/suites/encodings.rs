//! In which character set is a text: when its own HTML says so, when its server does, and when nobody does or is wrong?
//!
//! What a text ought to be is what a decoder of the WHATWG's Encoding standard makes of it in its true character set.

use std::path::Path;

use crawler::fetch::charset::declared_charset;
use crawler::fetch::decode;
use encoding_rs::{Encoding, UTF_8};
use serde::Deserialize;

use super::{Case, Verdict, bytes, lines};

/// What the suite takes a page for that does not say what it is in. We look at its letters instead.
const BROWSERS_OWN: &str = "windows-1252";

#[derive(Deserialize)]
struct PrescanCase {
    id: String,
    b64: String,
    encoding: String,
}

/// What HTML says of itself, by html5lib.
pub(super) fn run_html(folder: &Path) -> Vec<Case> {
    let cases = lines::<PrescanCase>(&folder.join("cases.jsonl")).into_iter();
    cases.map(|case| Case::judged(case.id.clone(), || judge_html(&case))).collect()
}

fn judge_html(case: &PrescanCase) -> Verdict {
    let Some(expected) = Encoding::for_label(case.encoding.as_bytes()) else {
        return Verdict::LeftOut("browsers do not know its character set");
    };
    let ours = declared_charset(&bytes(&case.b64), None).unwrap_or(BROWSERS_OWN);
    Verdict::compare(&ours, &expected.name())
}

#[derive(Deserialize)]
struct TextCase {
    id: String,
    codec: String,
    b64: String,
}

/// What the server of a text says of it.
#[derive(Clone, Copy)]
enum Header {
    Right,
    Absent,
    /// That it is in UTF-8, as servers are set up to say of everything.
    Wrong,
}

pub(super) fn run_right_header(folder: &Path) -> Vec<Case> {
    run_texts(folder, Header::Right)
}

pub(super) fn run_no_header(folder: &Path) -> Vec<Case> {
    run_texts(folder, Header::Absent)
}

pub(super) fn run_wrong_header(folder: &Path) -> Vec<Case> {
    run_texts(folder, Header::Wrong)
}

fn run_texts(folder: &Path, header: Header) -> Vec<Case> {
    let cases = lines::<TextCase>(&folder.join("cases.jsonl")).into_iter();
    cases.map(|case| Case::judged(case.id.clone(), || judge_text(&case, header))).collect()
}

fn judge_text(case: &TextCase, header: Header) -> Verdict {
    let body = bytes(&case.b64);
    let Some(encoding) = encoding_of(&case.codec) else {
        // It must do no harm all the same.
        decode(&body, None);
        return Verdict::LeftOut("browsers do not know its character set");
    };
    let (expected, _, had_errors) = encoding.decode(&body);
    let content_type = match header {
        Header::Right => Some(format!("text/html; charset={}", encoding.name())),
        Header::Absent => None,
        Header::Wrong => Some("text/html; charset=utf-8".to_owned()),
    };
    let ours = decode(&body, content_type.as_deref());
    if had_errors {
        return Verdict::LeftOut("some of its bytes are no letters in its own character set");
    }
    if !matches!(header, Header::Right) && !is_to_be_told(encoding) {
        return Verdict::LeftOut("the suite does not ask to tell its character set");
    }
    if matches!(header, Header::Wrong) && encoding == UTF_8 {
        return Verdict::LeftOut("its header is right");
    }
    compare_texts(&ours, &expected)
}

/// The character set that Python calls so; behind two of them stands the language of the folder.
fn encoding_of(codec: &str) -> Option<&'static Encoding> {
    let label = match codec {
        "utf-8-sig" => "utf-8",
        "cp932" => "shift_jis",
        "cp949" => "euc-kr",
        "maccyrillic" => "x-mac-cyrillic",
        other => other.strip_suffix("-russian").unwrap_or(other),
    };
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// Whether a character set is one of those in SOURCE.txt, which are to be told by the letters alone.
fn is_to_be_told(encoding: &'static Encoding) -> bool {
    let name = encoding.name();
    let is_of_a_family = ["UTF-", "ISO-8859-", "windows-125"].iter().any(|family| name.starts_with(family));
    is_of_a_family || matches!(name, "Big5" | "EUC-KR" | "EUC-JP" | "Shift_JIS" | "GBK" | "gb18030" | "KOI8-R")
}

fn compare_texts(ours: &str, expected: &str) -> Verdict {
    if ours == expected {
        return Verdict::Passed;
    }
    let same = ours.chars().zip(expected.chars()).take_while(|(ours, expected)| ours == expected).count();
    let from_there = |text: &str| text.chars().skip(same).take(40).collect::<String>();
    let (ours, expected) = (from_there(ours), from_there(expected));
    Verdict::Failed(format!("at character {same}: ours {ours:?}, expected {expected:?}"))
}
