//! The counts of a facet as an answer gives them: the most frequent values, and those that are selected.

use std::cmp::Reverse;
use std::sync::Arc;

use schemas::Vocabularies;

use super::Tally;
use crate::analysis;
use crate::columns::{Dictionary, Values};
use crate::request::{Facet, NOT_STATED, SearchRequest};
use crate::results::{FacetCounts, FacetValue};

/// The counts of a facet as an answer gives them. Selected values are always shown, however few or late.
pub(crate) fn present(
    facet: Facet,
    tally: &Tally,
    selected: &[String],
    request: &SearchRequest,
    dictionary: &Dictionary,
    vocabularies: &Vocabularies,
) -> FacetCounts {
    let values = dictionary.values(facet);
    let known: Vec<u32> = selected.iter().filter_map(|id| values.number(id)).collect();
    let found = found(tally, &values, request.facet_query.as_deref());
    let distinct = found.len();
    let chosen: Vec<u32> = known.iter().copied().filter(|number| found.binary_search(number).is_ok()).collect();
    let mut shown = best(found, request.facet_limit, tally, &values);
    shown.extend(chosen);
    sort_out(&mut shown);
    let more = (distinct - shown.len()) as u64;
    shown.extend(&known);
    sort_out(&mut shown);
    let mut listed: Vec<FacetValue> =
        shown.into_iter().map(|number| value_of(number, tally, &values, known.contains(&number))).collect();
    for id in selected.iter().filter(|id| *id != NOT_STATED && values.number(id).is_none()) {
        let label = Arc::from(facet.label(id, vocabularies));
        listed.push(FacetValue { id: Arc::from(id.as_str()), label, count: 0, inferred: 0, selected: true });
    }
    listed.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.label, &a.id).cmp(&(&b.label, &b.id))));
    // An unknown value may be selected twice.
    listed.dedup_by(|a, b| a.id == b.id);
    FacetCounts { facet, values: listed, more, not_stated: tally.not_stated }
}

/// Leaves each number once.
fn sort_out(numbers: &mut Vec<u32>) {
    numbers.sort_unstable();
    numbers.dedup();
}

/// The values that have resources, and a label with words that begin like what is typed; by number.
fn found(tally: &Tally, values: &Values, typed: Option<&str>) -> Vec<u32> {
    let typed = typed.map(analysis::folded).unwrap_or_default();
    let is_sought = |number: u32| {
        let label = &values.get(number).folded;
        typed.split_whitespace().all(|typed| label.split(' ').any(|word| word.starts_with(typed)))
    };
    let counted = (0_u32..).zip(&tally.counts).filter(|(_, count)| count.all > 0);
    counted.map(|(number, _)| number).filter(|number| typed.is_empty() || is_sought(*number)).collect()
}

/// The most frequent values, in no order. Labels decide between equals, and only those of the last count are compared.
fn best(mut found: Vec<u32>, limit: usize, tally: &Tally, values: &Values) -> Vec<u32> {
    if found.len() <= limit {
        return found;
    }
    let count = |number: &u32| tally.counts[*number as usize].all;
    let Some(last) = limit.checked_sub(1) else {
        return Vec::new();
    };
    let (_, least, _) = found.select_nth_unstable_by_key(last, |number| Reverse(count(number)));
    let least = count(&*least);
    let (mut shown, mut equals): (Vec<u32>, Vec<u32>) =
        found.into_iter().filter(|number| count(number) >= least).partition(|number| count(number) > least);
    let rest = limit - shown.len();
    if equals.len() > rest {
        let by_label = |a: &u32, b: &u32| {
            let (a, b) = (values.get(*a), values.get(*b));
            (&a.label, &a.id).cmp(&(&b.label, &b.id))
        };
        equals.select_nth_unstable_by(rest, by_label);
        equals.truncate(rest);
    }
    shown.extend(equals);
    shown
}

fn value_of(number: u32, tally: &Tally, values: &Values, selected: bool) -> FacetValue {
    let value = values.get(number);
    let count = tally.counts.get(number as usize).copied().unwrap_or_default();
    FacetValue {
        id: Arc::clone(&value.id),
        label: Arc::clone(&value.label),
        count: u64::from(count.all),
        inferred: u64::from(count.inferred),
        selected,
    }
}
