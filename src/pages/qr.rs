//! An address as a QR code (ISO/IEC 18004), so that who holds the paper need not type it. A text goes in, a drawing that
//! stands inside the page comes out. What the address is and where the code is shown is for the page.

use std::fmt::Write as _;

use askama::filters::{Html, Safe, escape};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use super::wording::word;

/// Modules that stay light on each side. Source: ISO/IEC 18004, 6.3.8.
const QUIET_ZONE: i32 = 4;
/// The largest code that is drawn has 117 modules to a side: on five centimetres of paper each is 0.4 millimetres wide,
/// and cameras of phones read no finer ones.
const LARGEST_VERSION: u8 = 25;
/// So many bytes the largest code takes at the lowest correction. Source: ISO/IEC 18004, table 7.
const MAX_BYTES: usize = 1_273;

/// A text as a QR code; `None` where it is too long for one that can be read from paper.
///
/// Its dark and light are its own in every scheme of colours: many readers do not know a code that is turned inside out.
pub(super) fn svg(text: &str) -> Option<Safe<String>> {
    let code = encode(text)?;
    let side = code.size() + 2 * QUIET_ZONE;
    let Ok(Safe(label)) = escape(word("resource.qr-label"), Html);
    Some(Safe(format!(
        "<svg class=\"qr\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" \
         height=\"{side}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path stroke=\"#000\" d=\"{}\"/></svg>",
        dark_lines(&code)
    )))
}

/// Twice the correction where that still fits: paper is folded and copied.
fn encode(text: &str) -> Option<QrCode> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let segments = QrSegment::make_segments(text);
    let largest = Version::new(LARGEST_VERSION);
    let at = |level| QrCode::encode_segments_advanced(&segments, level, Version::MIN, largest, None, true).ok();
    [QrCodeEcc::Medium, QrCodeEcc::Low].into_iter().find_map(at)
}

/// The dark modules row by row, as lines that are one module thick and run through the middle of the row.
fn dark_lines(code: &QrCode) -> String {
    let mut lines = String::new();
    for y in 0..code.size() {
        let mut pen = None;
        for (start, length) in dark_runs(code, y) {
            let reach = match pen {
                None => format!("M{} {}.5", start + QUIET_ZONE, y + QUIET_ZONE),
                Some(pen) => format!("m{} 0", start - pen),
            };
            write!(lines, "{reach}h{length}").expect("writing to a String does not fail");
            pen = Some(start + length);
        }
    }
    lines
}

/// Where each unbroken run of dark modules of a row begins, and how long it is.
fn dark_runs(code: &QrCode, y: i32) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == x => *length += 1,
            _ => runs.push((x, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://signpost.example/resources/011rmn2hc4hg4kvz";

    /// The modules that a path of lines makes dark, read back.
    fn drawn(path: &str) -> Vec<(i32, i32)> {
        let spaced = path.replace('M', " M ").replace('m', " m ").replace('h', " h ");
        let mut parts = spaced.split_whitespace();
        let mut dark = Vec::new();
        let (mut x, mut y) = (0, 0);
        while let Some(step) = parts.next() {
            let mut number =
                || -> i32 { parts.next().and_then(|part| part.trim_end_matches(".5").parse().ok()).expect("a number") };
            match step {
                "M" => (x, y) = (number(), number()),
                "m" => x += number() + number(),
                "h" => {
                    let end: i32 = x + number();
                    dark.extend((x..end).map(|x| (x, y)));
                    x = end;
                }
                _ => panic!("`{step}` is no step of ours"),
            }
        }
        dark
    }

    #[test]
    fn every_dark_module_is_drawn_and_no_other() {
        let code = encode(ADDRESS).unwrap();
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = all.filter(|(x, y)| code.get_module(*x, *y)).map(|(x, y)| (x + QUIET_ZONE, y + QUIET_ZONE));
        assert_eq!(drawn(&dark_lines(&code)), dark.collect::<Vec<_>>());
    }

    #[test]
    fn the_drawing_has_its_quiet_zone_and_a_name() {
        let Safe(drawing) = svg(ADDRESS).unwrap();
        let side = encode(ADDRESS).unwrap().size() + 8;
        assert!(drawing.contains(&format!("viewBox=\"0 0 {side} {side}\"")), "{drawing}");
        assert!(drawing.contains("role=\"img\" aria-label=\"") && !drawing.contains("style"), "{drawing}");
        assert!(drawing.len() < 3_000, "{}", drawing.len());
    }

    #[test]
    fn what_no_phone_would_read_is_not_drawn() {
        assert!(svg(&format!("https://signpost.example/list?ids={}", "a".repeat(700))).is_some());
        assert!(svg(&"a".repeat(MAX_BYTES)).is_some());
        assert!(svg(&"a".repeat(MAX_BYTES + 1)).is_none());
        assert!(svg(&"a".repeat(1 << 20)).is_none());
    }
}
