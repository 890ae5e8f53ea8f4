//! Cranfield: 1,400 abstracts on aeronautics with 225 questions and their answers, the oldest public collection there is.
//!
//! Nothing is tuned to it: it shows that what helps teachers does not harm a search for plain text. The collection stands
//! outside the repository, in `relevance-dev-cranfield`. Its answers name a question by its place, not by its number.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use index::Entry;
use schemas::{Metadata, ResourceId};

use crate::judging::engines::{Engines, index_of, published};
use crate::judging::judgements::Grades;
use crate::judging::scores::Search;

/// The collection.
pub(crate) struct Cranfield {
    entries: Vec<Entry>,
    /// The questions, in their order.
    questions: Vec<String>,
    /// The answers to each question, by its place from 1 on: 1 for any that is relevant.
    grades: BTreeMap<usize, Grades>,
}

impl Cranfield {
    /// Reads the collection from the folder of real data.
    ///
    /// # Errors
    /// When a file is missing or is not what it should be.
    pub(crate) fn read(data: &Path) -> anyhow::Result<Self> {
        let folder = data.join("relevance-dev-cranfield");
        let read =
            |name: &str| std::fs::read_to_string(folder.join(name)).with_context(|| format!("Cranfield: {name}"));
        let abstracts = read("cran.all.1400.xml")?;
        let questions = read("cran.qry.xml")?;
        Ok(Self {
            entries: each(&abstracts, "doc").map(entry).collect::<Result<_, _>>()?,
            questions: each(&questions, "title").map(flowing).collect(),
            grades: grades(&read("cranqrel.trec.txt")?)?,
        })
    }

    /// All engines over the abstracts; the folder is that of our index.
    ///
    /// # Errors
    /// When an index cannot be made.
    pub(crate) fn engines(&self) -> anyhow::Result<(Engines, tempfile::TempDir)> {
        let (index, folder) = index_of(&self.entries)?;
        Ok((Engines::over(index, self.entries.clone())?, folder))
    }

    /// The questions that have an answer.
    pub(crate) fn searches(&self) -> Vec<Search<'_>> {
        let numbered = (1..).zip(&self.questions);
        let answered = numbered.filter_map(|(place, words)| Some((words, self.grades.get(&place)?)));
        answered.map(|(words, grades)| Search { need: words, words: words.clone(), grades }).collect()
    }
}

/// An abstract as a resource: its title, its text without the title that it begins with, and who wrote it.
fn entry(document: &str) -> anyhow::Result<Entry> {
    let part = |tag: &str| each(document, tag).next().map(flowing).unwrap_or_default();
    let (number, title, text) = (part("docno"), part("title"), part("text"));
    anyhow::ensure!(!number.is_empty(), "an abstract without a number: {document}");
    let text = text.strip_prefix(&title).map_or(text.as_str(), str::trim_start);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let metadata = Metadata {
        description: some(text),
        creators: some(&part("author")).into_iter().collect(),
        title,
        ..Metadata::default()
    };
    Ok(published(&key(&number), &metadata))
}

/// What the id of an abstract follows from.
fn key(number: &str) -> String {
    format!("cranfield {number}")
}

/// Lines of question, nothing, abstract and grade. Grades were made two here: relevant or not.
fn grades(text: &str) -> anyhow::Result<BTreeMap<usize, Grades>> {
    let mut grades: BTreeMap<usize, Grades> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let [question, _, number, grade] = cells.as_slice() else {
            anyhow::bail!("a judgement of Cranfield: `{line}`");
        };
        let question = question.parse::<usize>().with_context(|| format!("the question `{question}`"))?;
        if *grade != "0" {
            let id = ResourceId::founded_on(&key(number)).to_string();
            grades.entry(question).or_default().insert(id, 1);
        }
    }
    Ok(grades)
}

/// What stands in each element of this name. The collection has no attributes, no nesting and no entities.
fn each<'a>(text: &'a str, tag: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(open.as_str())?;
        let (inside, after) = after.split_once(close.as_str())?;
        rest = after;
        Some(inside)
    })
}

/// Text as one line.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abstract_does_not_repeat_its_title() {
        let made = entry(
            "<docno>7</docno><title>on\nkites .</title><author>a, b.</author>\
             <text>on kites .\n they fly .</text>",
        );
        let resource = made.unwrap().resource;
        assert_eq!((resource.title.as_str(), resource.description.as_deref()), ("on kites .", Some("they fly .")));
        assert_eq!(
            (resource.creators.as_slice(), resource.id),
            (["a, b.".to_owned()].as_slice(), ResourceId::founded_on("cranfield 7"))
        );
        let empty = entry("<docno>8</docno><title></title><text></text>").unwrap().resource;
        assert_eq!((empty.title.as_str(), empty.description), ("", None));
    }

    #[test]
    fn answers_belong_to_the_place_of_a_question() {
        let grades = grades("2 0 8 1\r\n2 0 9 0\r\n2 0 7 3\r\n").unwrap();
        let collection = Cranfield { entries: Vec::new(), questions: vec!["one".to_owned(), "two".to_owned()], grades };
        let searches = collection.searches();
        assert_eq!((searches.len(), searches[0].words.as_str(), searches[0].grades.len()), (1, "two", 2));
        assert!(searches[0].grades.values().all(|grade| *grade == 1));
    }

    #[test]
    fn elements_are_read_one_after_the_other() {
        let read: Vec<&str> = each("<a>1</a><b>2</b><a>3</a><a>", "a").collect();
        assert_eq!(read, ["1", "3"]);
    }
}
