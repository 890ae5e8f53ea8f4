//! vCard: whose card is it? LOM writes people and organisations as cards, often with the line ends lost.
//!
//! A text goes in, a name comes out. Source: RFC 2426.

/// Properties before which a line end may have been lost.
const PROPERTIES: [&str; 12] =
    ["VERSION", "FN", "N", "ORG", "TITLE", "ROLE", "EMAIL", "TEL", "URL", "ADR", "NOTE", "END"];

/// The name on a card: as it is shown, of an organisation, or put together. A text that is no card is a name itself.
///
/// `"BEGIN:VCARD\nFN:Ann Ward\nEND:VCARD"` -> `Ann Ward`; `"N:Ward;Ann"` in it -> `Ann Ward`.
pub(super) fn name_in(text: &str) -> String {
    if !text.to_uppercase().contains("BEGIN:VCARD") {
        return text.trim().to_owned();
    }
    let card = with_line_ends(text);
    let shown = property(&card, "FN");
    let organisation = || property(&card, "ORG").map(|value| value.split(';').next().unwrap_or_default().to_owned());
    let parts = || {
        let value = property(&card, "N")?;
        let mut names = value.split(';').map(str::trim);
        let (family, given) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        Some(format!("{given} {family}"))
    };
    shown.or_else(organisation).or_else(parts).map(|name| name.trim().to_owned()).unwrap_or_default()
}

fn with_line_ends(text: &str) -> String {
    let mut card = text.trim().replace("\\n", "\n").replace("\\N", "\n");
    if card.contains('\n') {
        return card;
    }
    for name in PROPERTIES {
        for end in [':', ';'] {
            card = card.replace(&format!(" {name}{end}"), &format!("\n{name}{end}"));
        }
    }
    card
}

/// The value of the first line with this property that has one, whatever parameters and group it has.
fn property(card: &str, wanted: &str) -> Option<String> {
    card.lines().find_map(|line| {
        let (head, value) = line.trim().split_once(':')?;
        let name = head.split(';').next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default();
        let value = value.replace("\\,", ",").replace("\\;", ";");
        (name.eq_ignore_ascii_case(wanted) && !value.replace(';', "").trim().is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::shown("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ward;Ann;;;\r\nFN:Ann Ward\r\nEND:VCARD", "Ann Ward")]
    #[case::line_ends_lost("BEGIN:VCARD VERSION:3.0 FN:Ann Ward N:Ward;Ann END:VCARD", "Ann Ward")]
    #[case::line_ends_escaped("BEGIN:VCARD\\nFN:Ann Ward\\nEND:VCARD", "Ann Ward")]
    #[case::organisation("BEGIN:VCARD\nN:;;\nFN:\nORG:Example Society\\, UK;Schools\nEND:VCARD", "Example Society, UK")]
    #[case::parts("BEGIN:VCARD\nitem1.N;CHARSET=UTF-8:Ward;Ann\nEND:VCARD", "Ann Ward")]
    #[case::no_card(" Ann Ward ", "Ann Ward")]
    #[case::empty("BEGIN:VCARD\nEND:VCARD", "")]
    fn a_card_has_a_name(#[case] card: &str, #[case] expected: &str) {
        assert_eq!(name_in(card), expected);
    }
}
