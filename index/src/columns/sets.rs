//! Sets: all values of a resource in one facet, as one text in the index and as one number in memory.

use std::collections::BTreeMap;

use tantivy::DocId;
use tantivy::columnar::{Column, ColumnIndex, ColumnValues, StrColumn};

/// What stands between two values. No value holds it.
const SEPARATOR: char = '\u{1f}';

/// What stands before a value that is only inferred. No value holds it.
const ONLY_INFERRED: char = '\u{1}';

/// So many values of a column are unpacked at once: 32 KB.
const BLOCK: u32 = 4_096;

/// The text of a set: its values, and whether each is only inferred.
pub(crate) fn joined(values: &BTreeMap<String, bool>) -> String {
    let mut text = String::new();
    for (id, only_inferred) in values {
        if !text.is_empty() {
            text.push(SEPARATOR);
        }
        if *only_inferred {
            text.push(ONLY_INFERRED);
        }
        text.push_str(id);
    }
    text
}

/// The values that [`joined`] wrote.
fn parts(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let parts = text.split(SEPARATOR).filter(|part| !part.is_empty());
    parts.map(|part| part.strip_prefix(ONLY_INFERRED).map_or((part, false), |id| (id, true)))
}

/// A number for each document of a segment.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// All documents have the number 0.
    Zero,
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Numbers {
    #[inline]
    pub(crate) fn at(&self, doc: DocId) -> usize {
        match self {
            Self::Zero => 0,
            Self::Narrow(numbers) => usize::from(numbers[doc as usize]),
            Self::Wide(numbers) => numbers[doc as usize] as usize,
        }
    }

    /// Counts how many of some documents have each number.
    pub(crate) fn count(&self, docs: &[DocId], counts: &mut [u32]) {
        match self {
            Self::Zero => counts[0] += u32::try_from(docs.len()).unwrap_or(u32::MAX),
            Self::Narrow(numbers) => {
                for doc in docs {
                    counts[usize::from(numbers[*doc as usize])] += 1;
                }
            }
            Self::Wide(numbers) => {
                for doc in docs {
                    counts[numbers[*doc as usize] as usize] += 1;
                }
            }
        }
    }
}

/// A value in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SetValue {
    /// The number in the dictionary, and in the lowest bit whether it is only inferred.
    packed: u32,
}

impl SetValue {
    fn new(number: u32, only_inferred: bool) -> Self {
        Self { packed: (number << 1) | u32::from(only_inferred) }
    }

    /// The number of the value in the dictionary.
    #[inline]
    pub(crate) fn number(self) -> u32 {
        self.packed >> 1
    }

    #[inline]
    pub(crate) fn is_inferred(self) -> bool {
        self.packed & 1 == 1
    }
}

/// The sets of one facet in one segment.
#[derive(Debug)]
pub(crate) struct SetColumn {
    numbers: Numbers,
    /// Where each set begins among the values; one more than there are sets.
    starts: Vec<usize>,
    values: Vec<SetValue>,
}

impl SetColumn {
    /// Reads a column; `number` says what number a value has.
    pub(super) fn open(
        column: Option<&StrColumn>,
        documents: u32,
        mut number: impl FnMut(&str) -> u32,
    ) -> tantivy::Result<Self> {
        let mut starts = vec![0];
        let mut values = Vec::new();
        let numbers = numbers(column, documents, |text| {
            values.extend(parts(text).map(|(id, only_inferred)| SetValue::new(number(id), only_inferred)));
            starts.push(values.len());
        })?;
        Ok(Self { numbers, starts, values })
    }

    /// The number of the set of each document.
    pub(crate) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// How many sets there are.
    pub(crate) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The values of a set.
    #[inline]
    pub(crate) fn values(&self, set: usize) -> &[SetValue] {
        &self.values[self.starts[set]..self.starts[set + 1]]
    }

    /// All sets in the order of their numbers.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &[SetValue]> {
        self.starts.windows(2).map(|ends| &self.values[ends[0]..ends[1]])
    }
}

/// Reads a column of one text for each document. Each distinct text is handed out once, in the order of the numbers.
pub(super) fn numbers(
    column: Option<&StrColumn>,
    documents: u32,
    mut each: impl FnMut(&str),
) -> tantivy::Result<Numbers> {
    let Some(column) = column else {
        each("");
        return Ok(Numbers::Zero);
    };
    let mut texts = column.dictionary().stream()?;
    let mut count = 0;
    while texts.advance() {
        each(&String::from_utf8_lossy(texts.key()));
        count += 1;
    }
    let missing = count;
    if count == 0 || !matches!(column.ords().index, ColumnIndex::Full) {
        each("");
        count += 1;
    }
    Ok(ordinals(column.ords(), documents, missing, count))
}

fn ordinals(column: &Column<u64>, documents: u32, missing: u64, count: u64) -> Numbers {
    let last = count - 1;
    if last == 0 {
        return Numbers::Zero;
    }
    if u16::try_from(last).is_ok() {
        let mut narrow = Vec::with_capacity(documents as usize);
        for_each_value(column, documents, missing, |ordinal| narrow.push(u16::try_from(ordinal).unwrap_or(u16::MAX)));
        return Numbers::Narrow(narrow);
    }
    let mut wide = Vec::with_capacity(documents as usize);
    for_each_value(column, documents, missing, |ordinal| wide.push(u32::try_from(ordinal).unwrap_or(u32::MAX)));
    Numbers::Wide(wide)
}

/// Hands out the value of each document in their order, and another where there is none.
pub(super) fn for_each_value(column: &Column<u64>, documents: u32, missing: u64, mut each: impl FnMut(u64)) {
    if !matches!(column.index, ColumnIndex::Full) {
        for doc in 0..documents {
            each(column.first(doc).unwrap_or(missing));
        }
        return;
    }
    let mut block = vec![0; BLOCK as usize];
    for start in (0..documents).step_by(BLOCK as usize) {
        let some = &mut block[..BLOCK.min(documents - start) as usize];
        column.values.get_range(u64::from(start), some);
        some.iter().copied().for_each(&mut each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_was_written() {
        let sets: [&[(&str, bool)]; 4] =
            [&[], &[("physics", false)], &[("physics", true)], &[("A, B & C", true), ("b", false), ("c", true)]];
        for set in sets {
            let values: BTreeMap<String, bool> =
                set.iter().map(|(id, inferred)| ((*id).to_owned(), *inferred)).collect();
            assert_eq!(parts(&joined(&values)).collect::<Vec<_>>(), set);
        }
    }

    #[test]
    fn a_value_knows_its_number_and_whether_it_is_inferred() {
        for (number, only_inferred) in [(0, false), (0, true), (7, false), (1_000_000, true)] {
            let value = SetValue::new(number, only_inferred);
            assert_eq!((value.number(), value.is_inferred()), (number, only_inferred));
        }
    }

    #[test]
    fn numbers_of_any_width_count_the_same() {
        let columns = [Numbers::Narrow(vec![0, 2, 1, 2]), Numbers::Wide(vec![0, 2, 1, 2])];
        for numbers in columns {
            let mut counts = [0; 3];
            numbers.count(&[0, 1, 3], &mut counts);
            assert_eq!((counts, numbers.at(2)), ([1, 0, 2], 1));
        }
        let mut counts = [0];
        Numbers::Zero.count(&[4, 5], &mut counts);
        assert_eq!((counts, Numbers::Zero.at(9)), ([2], 0));
    }
}
