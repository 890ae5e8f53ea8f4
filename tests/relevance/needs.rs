//! The needs: what people look for, in their words, and what a good answer to them would be.
//!
//! Those over the real catalogues stand beside these, outside the repository; ours, over the catalogues that ship, stand
//! in `shipped_needs.tsv`.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::judging::table;

/// What somebody looks for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Need {
    /// Its name: `need-01`.
    pub(crate) id: String,
    /// Who looks for it: `chemistry teacher`.
    pub(crate) user: String,
    /// What they type.
    pub(crate) query: String,
    /// What a good answer would be.
    pub(crate) good_answer_set: String,
    /// What a good answer says.
    #[serde(rename = "must_include_signals")]
    pub(crate) must: Vec<String>,
    /// What shows a bad one.
    #[serde(rename = "avoid_signals")]
    pub(crate) avoid: Vec<String>,
    /// The need that this one asks for with mistakes in its words: its judgements are the same.
    #[serde(skip)]
    pub(crate) misspells: Option<String>,
    kind: String,
}

impl Need {
    /// The need whose judgements are this one's.
    pub(crate) fn judged_as(&self) -> &str {
        self.misspells.as_deref().unwrap_or(&self.id)
    }

    /// A need of which only the words are known.
    #[cfg(test)]
    pub(crate) fn asking(id: &str, query: &str) -> Self {
        Self {
            id: id.to_owned(),
            user: String::new(),
            query: query.to_owned(),
            good_answer_set: String::new(),
            must: Vec::new(),
            avoid: Vec::new(),
            misspells: None,
            kind: SEARCHED.to_owned(),
        }
    }
}

/// The kind of needs that a search answers. The others ask for an interface or for something to be done.
const SEARCHED: &str = "find";

/// The needs of teachers and partners, from the file that stands beside the folder of real catalogues.
///
/// # Errors
/// When it is not there or is no list of needs.
pub(crate) fn real_needs(data: &Path) -> anyhow::Result<Vec<Need>> {
    let path = data.join("../domain/search_needs.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let all: Vec<Need> = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(all.into_iter().filter(|need| need.kind == SEARCHED).collect())
}

/// Our own needs over the catalogues that ship.
///
/// # Errors
/// When the file cannot be read, or a line misspells a need that is not there.
pub(crate) fn shipped_needs() -> anyhow::Result<Vec<Need>> {
    let text = table::text_of("shipped_needs.tsv")?;
    let lines = table::lines("shipped_needs.tsv", &text, &["need", "user", "query", "misspells", "good_answer"])?;
    let needs: Vec<Need> = lines.iter().map(|line| shipped_need(&line.cells)).collect();
    for need in &needs {
        let is_there = needs.iter().any(|other| other.id == need.judged_as() && other.misspells.is_none());
        anyhow::ensure!(is_there, "{}: there is no need {}", need.id, need.judged_as());
    }
    Ok(needs)
}

fn shipped_need(cells: &[&str]) -> Need {
    let cell = |place: usize| cells[place].to_owned();
    Need {
        id: cell(0),
        user: cell(1),
        query: cell(2),
        good_answer_set: cell(4),
        must: Vec::new(),
        avoid: Vec::new(),
        misspells: Some(cell(3)).filter(|clean| !clean.is_empty()),
        kind: SEARCHED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_of_our_needs_says_what_a_good_answer_is() {
        let needs = shipped_needs().unwrap();
        let ids: BTreeSet<&str> = needs.iter().map(|need| need.id.as_str()).collect();
        assert_eq!((needs.len(), ids.len()), (30, 30));
        for need in &needs {
            assert!(need.good_answer_set.len() > 30 && !need.user.is_empty(), "{}", need.id);
        }
        assert!(needs.iter().filter(|need| need.misspells.is_some()).count() >= 3, "some are misspelt");
    }
}
