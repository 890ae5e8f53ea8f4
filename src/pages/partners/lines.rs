//! The lines to copy: the widget as one line of HTML, the same with a hash to check it by, and as a frame.

use askama::filters::{Html, Safe, escape};

use super::wanted::Wanted;
use crate::pages::wording::word;
use crate::widget::SANDBOX;

/// So tall a frame is until it is told better: the box, and three results.
const FRAME_HEIGHT_PX: u16 = 700;

/// The lines to copy.
#[derive(Debug)]
pub(super) struct Lines {
    /// The script that is always the newest, and the element.
    pub(super) script: String,
    /// The same, each byte of the script checked by its hash.
    pub(super) checked: String,
    /// A frame, for sites that let no script of others in.
    pub(super) frame: String,
}

/// A script as it stays, and what a page may check it by.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedScript<'a> {
    /// Its name below `/embed/`.
    pub(super) name: &'a str,
    /// Its hash, as W3C Subresource Integrity writes it.
    pub(super) integrity: &'a str,
}

/// The lines for a search, from the service at this address.
pub(super) fn lines(wanted: &Wanted, origin: &str, fixed: FixedScript<'_>) -> Lines {
    let element = element(wanted, origin);
    let FixedScript { name, integrity } = fixed;
    let newest = format!("{origin}/embed/v1.js");
    let fixed = format!("{origin}/embed/{name}");
    let checked = [("src", fixed.as_str()), ("integrity", integrity), ("crossorigin", "anonymous")];
    Lines {
        script: format!("<script{} defer></script>{element}", written(&[("src", newest.as_str())])),
        checked: format!("<script{} defer></script>{element}", written(&checked)),
        frame: frame(wanted, origin),
    }
}

/// The path of the frame, with the search in it.
pub(super) fn frame_path(wanted: &Wanted) -> String {
    with_query("/embed/search", &wanted.frame_query())
}

fn element(wanted: &Wanted, origin: &str) -> String {
    let (attributes, style) = (wanted.attributes(), wanted.style());
    let mut all: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if !style.is_empty() {
        all.push(("style", style.as_str()));
    }
    let home = with_query(&format!("{origin}/"), &wanted.page_query());
    let link = written(&[("href", home.as_str())]);
    let label = escaped(word("partners.line-link"));
    format!("<signpost-search{}><a{link}>{label}</a></signpost-search>", written(&all))
}

fn frame(wanted: &Wanted, origin: &str) -> String {
    let (source, height) = (format!("{origin}{}", frame_path(wanted)), FRAME_HEIGHT_PX.to_string());
    let attributes = [
        ("src", source.as_str()),
        ("sandbox", SANDBOX),
        ("title", word("partners.line-title")),
        ("width", "100%"),
        ("height", height.as_str()),
        ("loading", "lazy"),
    ];
    format!("<iframe{}></iframe>", written(&attributes))
}

fn with_query(address: &str, query: &str) -> String {
    if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") }
}

/// Attributes as HTML writes them, each with a blank before it.
fn written(attributes: &[(&str, &str)]) -> String {
    attributes.iter().fold(String::new(), |line, (name, value)| line + &format!(" {name}=\"{}\"", escaped(value)))
}

fn escaped(text: &str) -> String {
    let Ok(Safe(escaped)) = escape(text, Html);
    escaped.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://signpost.example";
    const FIXED: FixedScript<'static> = FixedScript { name: "v1.0.js", integrity: "sha384-x" };

    #[test]
    fn without_a_wish_the_line_is_as_short_as_it_can_be() {
        let Lines { script, checked, frame } = lines(&Wanted::default(), ORIGIN, FIXED);
        let start = "<script src=\"https://signpost.example/embed/v1.js\" defer></script><signpost-search><a href=\"";
        assert!(script.starts_with(start) && script.ends_with("</a></signpost-search>"), "{script}");
        assert!(checked.contains("/embed/v1.0.js\" integrity=\"sha384-x\" crossorigin=\"anonymous\" defer>"));
        assert!(frame.starts_with("<iframe src=\"https://signpost.example/embed/search\" sandbox="), "{frame}");
        assert!([script, checked, frame].iter().all(|line| line.lines().count() == 1));
    }

    #[test]
    fn what_a_line_holds_cannot_end_the_attribute_it_stands_in() {
        assert_eq!(written(&[("q", "\"><script>")]), " q=\"&#34;&#62;&#60;script&#62;\"");
        assert_eq!(with_query("/embed/search", "q=a&limit=3"), "/embed/search?q=a&limit=3");
    }
}
