//! Readable parts: how much of a page or a cell may be parsed?
//!
//! html5ever searches its stack of open elements at each tag, so that a page of nothing but `<div>` costs the square of
//! its length. This looks at the tags alone and cuts before it gets so far. The parsing is left to [`super::text`].

/// Browsers nest no deeper. Source: Blink, `kMaximumHTMLParserDOMTreeDepth`.
const MAX_DEPTH: usize = 512;

/// The largest page among our test data has 3,139 tags.
const MAX_TAGS: usize = 100_000;

/// Elements without content, and those whose end tag may be left out: the next one of them ends them.
const NEVER_DEEP: [&str; 29] = [
    "area", "base", "body", "br", "col", "dd", "dt", "embed", "head", "hr", "html", "img", "input", "li", "link",
    "meta", "option", "p", "param", "path", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// Elements whose content is no markup, up to their end tag.
const RAW: [&str; 8] = ["iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title"];

/// The part of a page or a cell, from its beginning, that is within the limits; nearly always all of it.
pub(crate) fn readable_part(html: &str) -> &str {
    let lower = html.to_ascii_lowercase();
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    let mut last_tag = 0;
    for _ in 0..MAX_TAGS {
        let Some(found) = lower[at..].find('<') else {
            return html;
        };
        last_tag = at + found;
        at = last_tag + 1;
        let after = &lower[at..];
        let (is_end, named) = match after.strip_prefix('/') {
            Some(named) => (true, named),
            None => (false, after),
        };
        let name = &named[..named.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(named.len())];
        if after.starts_with("!--") || (!is_end && RAW.contains(&name)) {
            let end = if after.starts_with("!--") { "-->".to_owned() } else { format!("</{name}") };
            match after.find(&end) {
                Some(length) => at += length,
                None => return html,
            }
        } else if is_end {
            if let Some(place) = open.iter().rposition(|one| *one == name) {
                open.truncate(place);
            }
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !NEVER_DEEP.contains(&name) {
            if open.len() == MAX_DEPTH {
                return &html[..last_tag];
            }
            open.push(name);
        }
    }
    &html[..last_tag]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_page_is_readable_to_its_end() {
        let cards = "<div class=card><p>One<ul><li>a<li>b</ul><br></div>".repeat(5_000);
        let script = "<script>for(i=0;i<e.length;i++){document.write('<div>')}</script>".repeat(1_000);
        let comments = "<!-- <div> -->".repeat(1_000);
        for page in [cards, script, comments, "<p>never <b closed".to_owned(), "<script>".to_owned(), String::new()] {
            assert_eq!(readable_part(&page).len(), page.len(), "{page:.40}");
        }
    }

    #[test]
    fn what_nests_too_deep_is_cut_before_it_does() {
        let part = readable_part(&"<div></i>".repeat(600)).to_owned();
        assert_eq!(part, "<div></i>".repeat(MAX_DEPTH));
    }

    #[test]
    fn what_has_too_many_tags_is_cut() {
        let page = "<br>é".repeat(MAX_TAGS * 2);
        assert_eq!(readable_part(&page).matches("<br>").count(), MAX_TAGS - 1);
    }
}
