//! Templates: which names does `"https://example.org/{slug}"` ask for, and what does it say when they are filled?
//!
//! What a name means (a column, a pointer, a selector) is left to the record that is asked for it.

use super::slug::slug;

/// What becomes of a template when the record has nothing for one of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// Nothing: half an address is no address.
    Refuse,
    /// The rest is still said; nothing only when all names are empty.
    LeaveEmpty,
}

enum Piece<'t> {
    Text(&'t str),
    Value { name: &'t str, form: Form },
}

/// In which form a value goes into a template.
#[derive(Clone, Copy)]
enum Form {
    /// `{name}`: as it is.
    AsIs,
    /// `{name|slug}`: as it stands in an address.
    Slug,
    /// `{name|words}`: an address read back as words.
    Words,
}

/// The names a template asks for, in its order.
pub fn names(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).into_iter().filter_map(|piece| match piece {
        Piece::Value { name, .. } => Some(name),
        Piece::Text(_) => None,
    })
}

/// Fills a template: `{name}` with the value, `{name|slug}` with the value as a [`slug`], `{name|words}` with a slug read
/// back as words: `lesson-1-buttons` -> `Lesson 1 buttons`.
///
/// `None` as [`Gaps`] says; a template without names is a text that is always the same.
pub fn fill(template: &str, gaps: Gaps, value_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::with_capacity(template.len());
    let (mut filled, mut empty) = (0_usize, 0_usize);
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Value { name, form } => {
                let value = value_of(name).unwrap_or_default();
                let value = match form {
                    Form::AsIs => value.trim().to_owned(),
                    Form::Slug => slug(&value),
                    Form::Words => words(&value),
                };
                if value.is_empty() {
                    empty += 1;
                } else {
                    filled += 1;
                }
                out.push_str(&value);
            }
        }
    }
    let is_whole = match gaps {
        Gaps::Refuse => empty == 0,
        Gaps::LeaveEmpty => empty == 0 || filled > 0,
    };
    is_whole.then_some(out)
}

/// A brace that is never closed is text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, (inside, after))) =
        rest.split_once('{').and_then(|(before, opened)| Some((before, opened.split_once('}')?)))
    {
        pieces.push(Piece::Text(before));
        let (name, form) = match inside.rsplit_once('|') {
            Some((name, "slug")) => (name, Form::Slug),
            Some((name, "words")) => (name, Form::Words),
            _ => (inside, Form::AsIs),
        };
        pieces.push(Piece::Value { name: name.trim(), form });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// A slug as words: hyphens are spaces, and the first letter is a capital.
pub(super) fn words(slug: &str) -> String {
    let spaced = slug.split(['-', '_', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "Title" => Some("Head of IT (IT director)".to_owned()),
            "/slug" => Some(" acid-base ".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn names_are_filled_and_slugged() {
        let filled = fill("https://example.org/{Title|slug}?s={/slug}", Gaps::Refuse, value);
        assert_eq!(filled.as_deref(), Some("https://example.org/head-of-it-it-director?s=acid-base"));
    }

    #[test]
    fn a_slug_is_read_back_as_words() {
        let filled = fill("Unit: {slug|words}", Gaps::Refuse, |_| Some("lesson-5-tightening-the-web".to_owned()));
        assert_eq!(filled.as_deref(), Some("Unit: Lesson 5 tightening the web"));
    }

    #[test]
    fn a_gap_refuses_an_address_and_not_a_description() {
        assert_eq!(fill("https://example.org/{Code}", Gaps::Refuse, value), None);
        assert_eq!(fill("{Code} {/slug}", Gaps::LeaveEmpty, value).as_deref(), Some(" acid-base"));
        assert_eq!(fill("{Code} {Other}", Gaps::LeaveEmpty, value), None);
    }

    #[test]
    fn names_may_hold_spaces_and_an_open_brace_is_text() {
        assert_eq!(names("{Job title|slug} {/a/b} {open").collect::<Vec<_>>(), ["Job title", "/a/b"]);
        assert_eq!(fill("a {b", Gaps::Refuse, value).as_deref(), Some("a {b"));
    }
}
