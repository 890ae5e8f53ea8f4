//! Our engine and plain BM25, put to the same searches in one run: the needs, clean and misspelt, and Cranfield.

use std::collections::BTreeMap;
use std::fmt;

use crate::judging::cranfield::Cranfield;
use crate::judging::engines::{Engine, Engines};
use crate::judging::judgements::Judgements;
use crate::judging::metrics::{Comparison, compare, mean, number};
use crate::judging::needs::Need;
use crate::judging::scores::{RECALL_DEPTH, Scores, Search, score};
use crate::judging::typos::misspelt;

/// The mistakes are made so many times, each time others, for a search that fails by one mistake may pass with another.
const ROUNDS_OF_MISTAKES: usize = 3;

/// What was found for needs.
#[derive(Debug, Clone)]
pub(crate) struct NeedFigures {
    /// By our engine as it ships.
    pub(crate) ours: Scores,
    /// By our engine without interpretation.
    pub(crate) literal: Scores,
    /// By plain BM25.
    pub(crate) plain: Scores,
    /// By our engine as it ships, with mistakes in the words; every round of them, one after the other.
    pub(crate) ours_misspelt: Scores,
    /// By plain BM25, with the same mistakes.
    pub(crate) plain_misspelt: Scores,
    /// Ours against plain, need by need.
    pub(crate) against_plain: Comparison,
    /// How far the two readers agree.
    agreement: f64,
    judgements: usize,
    queries: BTreeMap<String, String>,
    /// The needs that nothing answers, and how many results we show for them all the same.
    unanswered: Vec<(String, usize)>,
}

/// Searches for every need that has an answer.
///
/// # Errors
/// When an engine fails, or the judgements do not fit the needs or the catalogues.
pub(crate) fn measure_needs(engines: &Engines, needs: &[Need], judgements: &Judgements) -> anyhow::Result<NeedFigures> {
    let gone = judgements.gone(|id| engines.entries().contains_key(id));
    anyhow::ensure!(gone.is_empty(), "judged resources that the catalogues no longer hold: {}", gone.join(", "));
    let searches = judgements.searches(needs)?;
    // What is misspelt already is misspelt enough.
    let is_clean = |search: &&Search<'_>| needs.iter().any(|need| need.id == search.need && need.misspells.is_none());
    let clean: Vec<Search<'_>> = searches.iter().filter(is_clean).cloned().collect();
    let misspelt = with_mistakes(&clean);
    let by = |engine: Engine, searches: &[Search<'_>]| -> anyhow::Result<Scores> {
        score(searches, |words| engines.find(engine, words, RECALL_DEPTH))
    };
    let (ours, plain) = (by(Engine::Ours, &searches)?, by(Engine::Plain, &searches)?);
    let mut unanswered = Vec::new();
    for need in needs.iter().filter(|need| judgements.unanswered().contains_key(need.judged_as())) {
        unanswered.push((need.id.clone(), engines.find(Engine::Ours, &need.query, RECALL_DEPTH)?.len()));
    }
    Ok(NeedFigures {
        against_plain: compare(&ours.ndcgs(), &plain.ndcgs()),
        ours,
        literal: by(Engine::Literal, &searches)?,
        plain,
        ours_misspelt: by(Engine::Ours, &misspelt)?,
        plain_misspelt: by(Engine::Plain, &misspelt)?,
        agreement: judgements.agreement(),
        judgements: judgements.count(),
        queries: needs.iter().map(|need| (need.id.clone(), need.query.clone())).collect(),
        unanswered,
    })
}

fn with_mistakes<'a>(clean: &[Search<'a>]) -> Vec<Search<'a>> {
    let mut all = Vec::with_capacity(clean.len() * ROUNDS_OF_MISTAKES);
    for round in 0..ROUNDS_OF_MISTAKES {
        all.extend(clean.iter().map(|search| {
            let words = misspelt(&search.words, &format!("{} {round}", search.need));
            Search { words, ..search.clone() }
        }));
    }
    all
}

impl NeedFigures {
    /// Our mean gain over that of plain BM25.
    pub(crate) fn ratio_to_plain(&self) -> f64 {
        self.ours.ndcg() / self.plain.ndcg().max(f64::EPSILON)
    }

    /// What is left of the gain with mistakes in the words, ours and that of plain BM25.
    pub(crate) fn typo_ratios(&self) -> (f64, f64) {
        let kept = |misspelt: &Scores, clean: &Scores| misspelt.ndcg() / self.ndcg_of_clean(clean).max(f64::EPSILON);
        (kept(&self.ours_misspelt, &self.ours), kept(&self.plain_misspelt, &self.plain))
    }

    /// The mean gain of just those needs that were searched for with mistakes too.
    fn ndcg_of_clean(&self, scores: &Scores) -> f64 {
        let was_misspelt = |need: &str| self.ours_misspelt.0.iter().any(|score| score.need == need);
        mean(scores.0.iter().filter(|score| was_misspelt(&score.need)).map(|score| score.ndcg))
    }

    /// Need by need: our gain, without interpretation, plain, and misspelt; the worst first.
    pub(crate) fn table(&self) -> String {
        let mut rows: Vec<(f64, String)> = Vec::new();
        for ((ours, literal), plain) in self.ours.0.iter().zip(&self.literal.0).zip(&self.plain.0) {
            let rounds = self.ours_misspelt.0.iter().filter(|score| score.need == ours.need).map(|score| score.ndcg);
            let rounds: Vec<f64> = rounds.collect();
            let misspelt = if rounds.is_empty() { "    -".to_owned() } else { format!("{:.3}", mean(rounds)) };
            let query = self.queries.get(&ours.need).map_or("", String::as_str);
            let row = format!(
                "{:<9} {:.3}  {:.3}  {:.3}  {misspelt}  {query}",
                ours.need, ours.ndcg, literal.ndcg, plain.ndcg
            );
            rows.push((ours.ndcg, row));
        }
        rows.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
        let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
        format!("need      ours   liter. plain  missp. query\n{}", rows.join("\n"))
    }
}

impl fmt::Display for NeedFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} judgements, weighted kappa of the two readers {:.3}", self.judgements, self.agreement)?;
        writeln!(f, "ours:       {}", self.ours)?;
        writeln!(f, "literal:    {}", self.literal)?;
        writeln!(f, "plain BM25: {}", self.plain)?;
        writeln!(f, "ours over plain: {:.3} times; nDCG@10 {}", self.ratio_to_plain(), self.against_plain)?;
        let (ours, plain) = self.typo_ratios();
        writeln!(f, "misspelt:   ours keeps {ours:.3} of its nDCG@10, plain {plain:.3}")?;
        let shown = mean(self.unanswered.iter().map(|(_, found)| number(*found)));
        let names: Vec<&str> = self.unanswered.iter().map(|(need, _)| need.as_str()).collect();
        let count = names.len();
        write!(f, "needs that nothing answers: {count}, {shown:.1} of {RECALL_DEPTH} results in the mean")?;
        if names.is_empty() { Ok(()) } else { write!(f, " ({})", names.join(", ")) }
    }
}

/// What was found for the questions of Cranfield.
#[derive(Debug, Clone)]
pub(crate) struct CranfieldFigures {
    /// By our engine as it ships.
    pub(crate) ours: Scores,
    /// By our engine without interpretation.
    pub(crate) literal: Scores,
    /// By plain BM25.
    pub(crate) plain: Scores,
    /// Ours as it ships against plain, question by question.
    pub(crate) against_plain: Comparison,
}

/// Searches for every question of Cranfield.
///
/// # Errors
/// When an engine fails.
pub(crate) fn measure_cranfield(collection: &Cranfield) -> anyhow::Result<CranfieldFigures> {
    let (engines, _folder) = collection.engines()?;
    let searches = collection.searches();
    let by = |engine: Engine| score(&searches, |words| engines.find(engine, words, RECALL_DEPTH));
    let (ours, plain) = (by(Engine::Ours)?, by(Engine::Plain)?);
    let against_plain = compare(&ours.ndcgs(), &plain.ndcgs());
    Ok(CranfieldFigures { ours, literal: by(Engine::Literal)?, plain, against_plain })
}

impl fmt::Display for CranfieldFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} questions", self.ours.0.len())?;
        // Its grades are no more than relevant or not, so the figures that ask for a good answer say nothing.
        let told = |scores: &Scores| {
            format!("nDCG@10 {:.3}  nothing found {:.1} %", scores.ndcg(), scores.zero_results() * 100.0)
        };
        writeln!(f, "ours:       {}", told(&self.ours))?;
        writeln!(f, "literal:    {}", told(&self.literal))?;
        writeln!(f, "plain BM25: {}", told(&self.plain))?;
        write!(f, "ours less plain: nDCG@10 {}", self.against_plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::judgements::Grades;

    #[test]
    fn each_round_makes_other_mistakes_in_the_same_search() {
        let grades = Grades::from([("a".to_owned(), 3)]);
        let clean = [Search { need: "n", words: "chemistry careers".to_owned(), grades: &grades }];
        let misspelt = with_mistakes(&clean);
        assert_eq!(misspelt.len(), 3);
        let mut words: Vec<&str> = misspelt.iter().map(|search| search.words.as_str()).collect();
        words.push("chemistry careers");
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 4);
    }
}
