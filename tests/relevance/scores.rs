//! Searches with known answers, put to an engine: what it found, search by search, and the means over all.

use crate::judging::judgements::Grades;
use crate::judging::metrics::{self, mean, number};

/// Results beyond this are on a page that few people open.
pub(crate) const DEPTH: usize = 10;

/// So many results are asked for; what a person who reads on would still come to.
pub(crate) const RECALL_DEPTH: usize = 50;

/// Words to be searched for, and the grades of their answers.
#[derive(Debug, Clone)]
pub(crate) struct Search<'a> {
    /// The need they come from.
    pub(crate) need: &'a str,
    /// What is typed.
    pub(crate) words: String,
    /// What was judged.
    pub(crate) grades: &'a Grades,
}

/// What one search found.
#[derive(Debug, Clone)]
pub(crate) struct Score {
    /// The need.
    pub(crate) need: String,
    /// The gain of the first ten, against the best order.
    pub(crate) ndcg: f64,
    /// One over the place of the first good answer.
    pub(crate) reciprocal_rank: f64,
    /// The share of the good answers among the first fifty; `None` where there is no good answer.
    pub(crate) recall: Option<f64>,
    /// How many of the first ten were judged, and how many these are.
    judged: (usize, usize),
    found_nothing: bool,
}

/// What many searches found, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Scores(pub(crate) Vec<Score>);

/// Puts searches to an engine: words in, the ids of at least [`RECALL_DEPTH`] results out, as far as there are.
///
/// # Errors
/// When the engine fails, or a search has no answer of any use.
pub(crate) fn score(
    searches: &[Search<'_>],
    find: impl Fn(&str) -> anyhow::Result<Vec<String>>,
) -> anyhow::Result<Scores> {
    searches.iter().map(|search| score_one(search, &find(&search.words)?)).collect::<Result<_, _>>().map(Scores)
}

fn score_one(search: &Search<'_>, found: &[String]) -> anyhow::Result<Score> {
    let ranked: Vec<u8> = found.iter().map(|id| search.grades.get(id).copied().unwrap_or(0)).collect();
    let judged: Vec<u8> = search.grades.values().copied().collect();
    let Some(ndcg) = metrics::ndcg_at(DEPTH, &ranked, &judged) else {
        anyhow::bail!("{}: no judged resource is of any use", search.need);
    };
    let first = found.iter().take(DEPTH);
    Ok(Score {
        need: search.need.to_owned(),
        ndcg,
        reciprocal_rank: metrics::reciprocal_rank(&ranked),
        recall: metrics::recall_at(RECALL_DEPTH, &ranked, &judged),
        judged: (first.clone().filter(|id| search.grades.contains_key(*id)).count(), first.count()),
        found_nothing: found.is_empty(),
    })
}

impl Scores {
    /// The mean gain of the first ten.
    pub(crate) fn ndcg(&self) -> f64 {
        mean(self.0.iter().map(|score| score.ndcg))
    }

    /// The gains of all searches, to be compared with those of another engine.
    pub(crate) fn ndcgs(&self) -> Vec<f64> {
        self.0.iter().map(|score| score.ndcg).collect()
    }

    /// The mean of one over the place of the first good answer.
    pub(crate) fn mrr(&self) -> f64 {
        mean(self.0.iter().map(|score| score.reciprocal_rank))
    }

    /// The mean share of good answers among the first fifty.
    pub(crate) fn recall(&self) -> f64 {
        mean(self.0.iter().filter_map(|score| score.recall))
    }

    /// The share of searches that found nothing at all.
    pub(crate) fn zero_results(&self) -> f64 {
        mean(self.0.iter().map(|score| f64::from(u8::from(score.found_nothing))))
    }

    /// The share of all first ten results that somebody judged; 1 when nothing was found.
    pub(crate) fn judged(&self) -> f64 {
        let (judged, shown) = self.0.iter().fold((0, 0), |sum, one| (sum.0 + one.judged.0, sum.1 + one.judged.1));
        if shown == 0 { 1.0 } else { number(judged) / number(shown) }
    }
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ndcg, mrr, recall) = (self.ndcg(), self.mrr(), self.recall());
        let (zero, judged) = (self.zero_results() * 100.0, self.judged() * 100.0);
        write!(
            f,
            "nDCG@{DEPTH} {ndcg:.3}  MRR {mrr:.3}  recall@{RECALL_DEPTH} {recall:.3}  nothing found {zero:.1} %  \
             judged@{DEPTH} {judged:.1} %"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn searches_are_scored_one_by_one_and_in_the_mean() {
        let grades = Grades::from([("a".to_owned(), 3), ("b".to_owned(), 2), ("c".to_owned(), 0)]);
        let search = |words: &str| Search { need: "n", words: words.to_owned(), grades: &grades };
        let searches = [search("right"), search("nothing"), search("second")];
        let scores = score(&searches, |words| match words {
            "right" => Ok(found(&["a", "b"])),
            "second" => Ok(found(&["unjudged", "a", "c", "b"])),
            _ => Ok(Vec::new()),
        })
        .unwrap();
        let places: Vec<String> = scores.0.iter().map(|score| score.reciprocal_rank.to_string()).collect();
        assert_eq!(places, ["1", "0", "0.5"]);
        assert_eq!(scores.0[1].recall, Some(0.0));
        assert!((scores.ndcgs()[0] - 1.0).abs() < 1e-12);
        assert!((scores.mrr() - 0.5).abs() < 1e-12);
        assert!((scores.recall() - 2.0 / 3.0).abs() < 1e-12);
        assert!((scores.zero_results() - 1.0 / 3.0).abs() < 1e-12);
        assert!((scores.judged() - 5.0 / 6.0).abs() < 1e-12, "{scores}");
    }

    #[test]
    fn a_search_without_any_answer_is_refused() {
        let grades = Grades::from([("a".to_owned(), 0)]);
        let searches = [Search { need: "n", words: String::new(), grades: &grades }];
        assert_eq!(
            score(&searches, |_| Ok(found(&["a"]))).unwrap_err().to_string(),
            "n: no judged resource is of any use"
        );
    }
}
