//! Tables of tabs: the files beside this one that people write. Lines that begin with `#` say what the columns are.

use anyhow::Context as _;

/// One line, cut at its tabs.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Where it stands: `floor.tsv:7`.
    pub(crate) place: String,
    /// As many as there are columns, without blanks around them.
    pub(crate) cells: Vec<&'a str>,
}

/// The text of a file in `tests/relevance`.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn text_of(name: &str) -> anyhow::Result<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relevance").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// The lines of a table with these columns.
///
/// # Errors
/// When the first line does not name these columns, or a line has another number of cells.
pub(crate) fn lines<'a>(name: &str, text: &'a str, columns: &[&str]) -> anyhow::Result<Vec<Line<'a>>> {
    let mut all = Vec::new();
    for (place, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let line =
            Line { place: format!("{name}:{}", place + 1), cells: line.split('\t').map(str::trim).collect::<Vec<_>>() };
        anyhow::ensure!(line.cells.len() == columns.len(), "{}: expected {} cells", line.place, columns.len());
        all.push(line);
    }
    anyhow::ensure!(!all.is_empty(), "{name}: expected a line that names the columns");
    let head = all.remove(0);
    anyhow::ensure!(head.cells == columns, "{}: expected the columns {}", head.place, columns.join(", "));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_tabs_and_remarks_left_out() {
        let read = lines("a.tsv", "# what it is\nneed\tgrade\n\n# more\nx\t 3 \n", &["need", "grade"]).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].place.as_str(), read[0].cells.as_slice()), ("a.tsv:5", ["x", "3"].as_slice()));
    }

    #[test]
    fn other_columns_and_ragged_lines_are_errors_with_their_place() {
        let error = |text: &str| lines("a.tsv", text, &["need", "grade"]).unwrap_err().to_string();
        assert_eq!(error("need\tnote\n"), "a.tsv:1: expected the columns need, grade");
        assert_eq!(error("need\tgrade\nx\n"), "a.tsv:2: expected 2 cells");
        assert_eq!(error("# nothing\n"), "a.tsv: expected a line that names the columns");
    }
}
