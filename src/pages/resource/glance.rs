//! The first facts: what a teacher with five minutes asks of every resource. What nobody states is told as such, so that
//! nobody has to look for it.

use schemas::ControlledField;

use super::facts::{FactValue, Reader, plain};
use crate::pages::levels;
use crate::pages::wording::{self, word};

/// One question and its answer.
#[derive(Debug)]
pub(super) struct GlanceRow {
    pub(super) label: &'static str,
    /// What is known; nothing where nobody states it.
    pub(super) values: Vec<FactValue>,
}

/// The questions in their order.
pub(super) fn rows(reader: &Reader<'_>) -> Vec<GlanceRow> {
    let resource = reader.resource;
    let row = |label, values| GlanceRow { label, values };
    let one = |text: Option<String>| text.map(plain).into_iter().collect::<Vec<_>>();
    let mut rows = vec![
        row(word("resource.fact-levels"), stages(reader)),
        row(word("resource.fact-ages"), one(resource.age_range.map(wording::ages))),
        row(word("resource.fact-duration"), one(resource.duration.as_deref().map(wording::duration))),
        row(word("resource.fact-cost"), reader.values(ControlledField::Cost)),
        row(word("resource.fact-licence"), reader.values(ControlledField::Licence)),
    ];
    let dates =
        [(word("resource.fact-starts"), &resource.starts), (word("resource.fact-deadline"), &resource.deadline)];
    for (label, time) in dates {
        if let Some(time) = time {
            rows.push(row(label, vec![plain(wording::moment(time))]));
        }
    }
    rows
}

/// The stages in the visitor's words; the years and phases stand among the other facts.
fn stages(reader: &Reader<'_>) -> Vec<FactValue> {
    let list = reader.vocabularies.of(ControlledField::Level);
    let here = reader.resource.levels.iter().filter(|level| {
        let id = level.id.as_str();
        levels::is_stage(list, id) && levels::nation(list, id) == reader.carried.nation()
    });
    here.map(|level| reader.concept(level, ControlledField::Level)).collect()
}
