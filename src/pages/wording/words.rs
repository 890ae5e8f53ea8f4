//! The words of the interface, found by name: everything that pages say stands in one file, so that another language can
//! follow.
//!
//! A name is the path in the file, `search.apply`. A text may have places to fill, `{n}`. What is counted has a form for
//! each plural that the language has, by the names of CLDR: English has `one` and `other`. Prose is Markdown (`CommonMark`).
//! A name that the file lacks is a mistake of ours, which a test finds before any visitor does.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, html};
use toml::Value;

use super::thousands;

const FILE: &str = include_str!("words.toml");

static WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| read(FILE));

/// The text of this name, as it stands in the file; the name itself where the file lacks it.
pub(crate) fn word(name: &str) -> &str {
    WORDS.get(name).map_or(name, String::as_str)
}

/// The same with its places filled: `say("search.page", &[("n", &2)])`.
pub(crate) fn say(name: &str, places: &[(&str, &(dyn Display + Sync))]) -> String {
    places.iter().fold(word(name).to_owned(), |text, (place, value)| fill(&text, place, *value))
}

/// So many of something, with the number at the place `{n}`: `counted("search.results", 1204)` -> "1,204 results".
pub(crate) fn counted(name: &str, number: u64) -> String {
    let form = if number == 1 { "one" } else { "other" };
    fill(word(&format!("{name}.{form}")), "n", &thousands(number))
}

/// Puts a value into its place. What the value itself says in braces is filled by a later place of the same call alone,
/// so a text from outside comes last.
pub(crate) fn fill(text: &str, place: &str, value: &dyn Display) -> String {
    text.replace(&format!("{{{place}}}"), &value.to_string())
}

/// Prose of ours as HTML, each link led where this says. It is ours alone: nothing from outside is ever read as Markdown.
pub(crate) fn prose(markdown: &str, lead: impl Fn(&str) -> String) -> String {
    let led = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: lead(&dest_url).into(), title, id })
        }
        other => other,
    });
    let mut page = String::new();
    html::push_html(&mut page, led);
    page
}

fn read(file: &str) -> HashMap<String, String> {
    let table: toml::Table = file.parse().expect("the file of words ships inside the binary; a test reads it");
    let mut words = HashMap::new();
    for (name, value) in table {
        flatten(name, value, &mut words);
    }
    words
}

fn flatten(name: String, value: Value, words: &mut HashMap<String, String>) {
    match value {
        Value::String(text) => {
            words.insert(name, text);
        }
        Value::Table(table) => {
            for (part, value) in table {
                flatten(format!("{name}.{part}"), value, words);
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) => {
            panic!("`{name}` in the file of words is neither a text nor a table");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    /// Files below `src` with this ending, and what is in them.
    fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
        let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder)];
        let mut found = Vec::new();
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
        found
    }

    /// The templates of pages for everybody. Those of the documentation are a book of their own, and those of the console
    /// speak to the one who runs the service.
    fn templates() -> Vec<(PathBuf, String)> {
        let is_docs = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("docs"));
        let is_console = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("templates/admin"));
        let is_page = |path: &Path| !is_docs(path) && !is_console(path);
        files("pages/templates", "html").into_iter().filter(|(path, _)| is_page(path)).collect()
    }

    /// Everything between quotation marks that is written as a name is, in a table that the file has.
    fn names_in(text: &str, tables: &BTreeSet<&str>) -> BTreeSet<String> {
        let is_name = |text: &&str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            text.contains('.') && text.chars().all(plain)
        };
        let is_file = |text: &str| [".js", ".css", ".html", ".svg", ".atom"].iter().any(|end| text.ends_with(end));
        let of_ours = |text: &&str| text.split('.').next().is_some_and(|table| tables.contains(table));
        text.split('"').filter(|text| !is_file(text)).filter(is_name).filter(of_ours).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn every_name_that_is_used_is_in_the_file_and_every_name_in_the_file_is_used() {
        let tables: BTreeSet<&str> = WORDS.keys().filter_map(|name| name.split('.').next()).collect();
        let mut used = BTreeSet::new();
        for (_, text) in templates().iter().chain(&files("pages", "rs")) {
            used.extend(names_in(text, &tables));
        }
        let is_there = |name: &&String| WORDS.contains_key(*name) || WORDS.contains_key(&format!("{name}.other"));
        let missing: Vec<&String> = used.iter().filter(|name| !is_there(name)).collect();
        assert!(missing.is_empty(), "the file of words lacks {missing:?}");
        let counted = |name: &str| name.strip_suffix(".one").or(name.strip_suffix(".other")).map(ToOwned::to_owned);
        let is_used = |name: &&String| used.contains(*name) || counted(name).is_some_and(|name| used.contains(&name));
        let idle: Vec<&String> = WORDS.keys().filter(|name| !is_used(name)).collect();
        assert!(idle.is_empty(), "nothing says {idle:?}");
    }

    /// A template without its tags, and without what it is filled with.
    fn said_by_itself(template: &str) -> String {
        let mut rest = template.to_owned();
        for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
            while let Some(start) = rest.find(open) {
                let end = rest[start..].find(close).map_or(rest.len(), |end| start + end + close.len());
                rest.replace_range(start..end, "");
            }
        }
        let mut said = String::new();
        for part in rest.split('<') {
            said.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        }
        for attribute in ["alt=\"", "title=\"", "aria-label=\"", "placeholder=\"", "content=\""] {
            let values = rest.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            said.extend(values.filter(|value| !value.contains(['=', '/']) && !TECHNICAL.contains(value)));
        }
        said
    }

    /// What stands in attributes for browsers and not for people.
    const TECHNICAL: [&str; 4] = ["noindex", "same-origin", "light dark", "origin"];

    #[test]
    fn no_template_says_anything_of_its_own() {
        let templates = templates();
        assert!(templates.len() > 15, "the templates are where they are looked for");
        for (path, text) in templates {
            let said = said_by_itself(&text);
            let words = said.replace("&nbsp;", "").replace("&middot;", "").replace("&times;", "");
            assert!(!words.chars().any(char::is_alphabetic), "{}: {:?}", path.display(), words.trim());
        }
    }

    #[test]
    fn places_are_filled_and_plurals_chosen() {
        assert_eq!(say("shared.ages", &[("from", &11), ("to", &14)]), "Ages 11 to 14");
        assert_eq!(
            (counted("shared.hours", 1), counted("shared.hours", 1_204)),
            ("1 hour".into(), "1,204 hours".into())
        );
        assert_eq!(prose("Read [this](/about).\n", str::to_uppercase), "<p>Read <a href=\"/ABOUT\">this</a>.</p>\n");
    }
}
