//! What is read out of the files of MARC21 and MARCXML that pymarc is tested with?
//!
//! Compared are how many records can be read, and of each the title (245 $a $b), the author (all of 100, 110 or 111) and
//! the ISBN (020 $a), as pymarc has them. The mapping names the fields, so that nothing is taken off their punctuation;
//! white space and invisible characters are put in order on both sides, for no text of ours goes without. A record that
//! comes again with the same identifier is counted and its fields are those of the first. Where pymarc gives up on a
//! record, or takes the padding behind the last for one, nothing is compared: ours may be read or told.
//!
//! The file in windows-1251 is harvested with that charset, which its records do not state; pymarc takes it for MARC-8,
//! so that of this file only the number of records and the ISBNs are compared, and that the titles are in Cyrillic.

use std::ops::RangeInclusive;
use std::path::Path;

use crawler::fetch::ScriptedFetcher;
use crawler::normalise::plain_text;
use schemas::Record;
use serde::Deserialize;

use super::intake::{Harvested, harvest_now, source};
use super::{Case, Verdict, bytes, lines};

const ADDRESS: &str = "https://example.org/records";

/// The title of a record that has none.
const NO_TITLE: &str = "(no title)";

/// All subfields but 6, which only links fields in two scripts.
const CODES: &str = "abcdefghijklmnopqrstuvwxyz012345789";

/// Written without saying so.
const IN_WINDOWS_1251: &str = "1251.dat";

const CYRILLIC: RangeInclusive<char> = '\u{400}'..='\u{4ff}';

#[derive(Deserialize)]
struct MarcCase {
    id: String,
    b64: String,
    #[serde(default)]
    oracle: Vec<Option<Expected>>,
    /// Why pymarc reads nothing at all.
    error: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    title: Option<String>,
    author: Option<String>,
    isbn: Option<String>,
}

#[derive(Debug, PartialEq)]
struct Book {
    title: String,
    author: Option<String>,
    isbn: Option<String>,
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let cases: Vec<MarcCase> = lines(&folder.join("cases.jsonl"));
    cases.iter().map(|case| Case::judged(&case.id, || judge(case))).collect()
}

fn judge(case: &MarcCase) -> Verdict {
    let done = harvest_file(case);
    if case.error.is_some() {
        // That it came to an end is all that is asked.
        return Verdict::Passed;
    }
    let books: Vec<Book> = case.oracle.iter().flatten().map(Book::expected).collect();
    let expected_count = u64::try_from(books.len()).unwrap_or(u64::MAX);
    let count = done.report.accepted() + done.report.duplicate;
    let ours: Vec<Book> = done.records.iter().map(Book::of).collect();
    if case.id == IN_WINDOWS_1251 {
        let isbns = |books: &[Book]| books.iter().map(|book| book.isbn.clone()).collect::<Vec<_>>();
        let is_cyrillic = |book: &Book| book.title.chars().any(|letter| CYRILLIC.contains(&letter));
        let are_cyrillic = ours.iter().all(is_cyrillic);
        return Verdict::compare(&(count, isbns(&ours), are_cyrillic), &(expected_count, isbns(&books), true));
    }
    Verdict::compare(&(count, distinct(ours)), &(expected_count, distinct(books)))
}

fn harvest_file(case: &MarcCase) -> Harvested {
    let charset = if case.id == IN_WINDOWS_1251 { "charset = \"windows-1251\"\n" } else { "" };
    let source = source(&format!(
        "kind = \"marc\"\n[where]\nurl = \"{ADDRESS}\"\n{charset}\
         [mapping]\ntitle = \"245$ab\"\nplace = [\"100${CODES}\", \"110${CODES}\", \"111${CODES}\"]\ntopics = \"020$a\"\n\
         [defaults]\ntitle = [\"{NO_TITLE}\"]\nheld_by = [\"Nobody\"]\n"
    ));
    let site = ScriptedFetcher::new().with(ADDRESS, "application/octet-stream", bytes(&case.b64));
    harvest_now(&source, &site)
}

impl Book {
    fn of(record: &Record) -> Self {
        let metadata = &record.metadata;
        let isbn = metadata.topics.first().and_then(|text| isbn_in(text));
        Self { title: metadata.title.clone(), author: metadata.place.clone(), isbn }
    }

    fn expected(expected: &Expected) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(plain_text).filter(|text| !text.is_empty());
        Self {
            title: text(&expected.title).unwrap_or_else(|| NO_TITLE.to_owned()),
            author: text(&expected.author),
            isbn: expected.isbn.clone(),
        }
    }
}

/// The first run of what an ISBN is made of, without its hyphens, which is how pymarc finds it.
fn isbn_in(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | 'x' | 'X');
    let rest = &text[text.find(is_part)?..];
    Some(rest.chars().take_while(|c| is_part(*c)).filter(|c| *c != '-').collect())
}

/// Each book once, where it came first.
fn distinct(books: Vec<Book>) -> Vec<Book> {
    let mut found: Vec<Book> = Vec::with_capacity(books.len());
    for book in books {
        if !found.contains(&book) {
            found.push(book);
        }
    }
    found
}
