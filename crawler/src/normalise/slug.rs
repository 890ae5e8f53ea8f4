//! Slugs: how does a title read inside an address?
//!
//! Used where a source lists titles and its pages have addresses made of them.

/// Makes a slug: lower case, accents folded, every run of other signs one hyphen, none at the ends.
///
/// `"Head of IT (IT director)"` -> `"head-of-it-it-director"`; `"Children's nurse"` -> `"children-s-nurse"`.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match folded(c) {
            Some(plain) => out.push_str(plain),
            None if c.is_alphanumeric() => out.push(c),
            // "é" may come as "e" and a mark of its own.
            None if ('\u{300}'..='\u{36f}').contains(&c) => {}
            None if out.ends_with('-') || out.is_empty() => {}
            None => out.push('-'),
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// The letters of the languages of Europe without their marks; `None` for all other signs.
fn folded(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ĺ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::ncs_brackets("Head of IT (IT director)", "head-of-it-it-director")]
    #[case::ncs_apostrophe("Children's nurse", "children-s-nurse")]
    #[case::accents("Café Œuvre  – Ŵyl", "cafe-oeuvre-wyl")]
    #[case::mark_of_its_own("Cafe\u{301}", "cafe")]
    #[case::ends(" --A-- ", "a")]
    #[case::nothing("!?", "")]
    fn a_title_becomes_a_slug(#[case] title: &str, #[case] expected: &str) {
        assert_eq!(slug(title), expected);
        assert_eq!(slug(&slug(title)), expected);
    }
}
