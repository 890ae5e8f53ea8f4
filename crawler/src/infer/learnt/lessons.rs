//! Lessons to learn from: which lessons does a CSV text hold, and which of them must stay together?
//!
//! Knows the columns that we derive from Oak National Academy's curriculum and finds them by name. What is learnt from
//! the lessons is left to [`super::learn`](mod@super::learn).

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

/// The key stages as the column `key_stage` writes them, youngest first.
const STAGES: [&str; 4] = ["KS1", "KS2", "KS3", "KS4"];

/// A lesson whose subject and key stage somebody has stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// What the lesson is called where it comes from. Copies under another subject have the same.
    pub id: String,
    /// The name of the unit it is taught in. Lessons of a unit resemble each other.
    pub unit: String,
    /// Its title.
    pub title: String,
    /// What pupils can do after it, in a sentence.
    pub outcome: String,
    /// What pupils learn, several sentences parted by bars. May be empty.
    pub key_points: String,
    /// The words it introduces.
    pub keywords: Vec<String>,
    /// The subject as the curriculum calls it, such as `combined-science`.
    pub subject: String,
    /// 0 for key stage 1 up to 3 for key stage 4.
    pub stage: usize,
}

/// Why a text cannot be read as lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LessonsError {
    /// The first row does not name this column.
    NoColumn(&'static str),
    /// This row, counted from 1 after the header, has another number of cells than the header.
    Cells {
        /// Which row.
        row: usize,
        /// How many cells it has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// This row states a key stage that is none of KS1 to KS4.
    Stage {
        /// Which row, counted from 1 after the header.
        row: usize,
        /// What stands there.
        found: String,
    },
    /// A quoted cell has no end.
    Unclosed,
}

impl fmt::Display for LessonsError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColumn(name) => write!(to, "no column `{name}` in the header"),
            Self::Cells { row, found, expected } => write!(to, "row {row} has {found} cells, expected {expected}"),
            Self::Stage { row, found } => write!(to, "row {row} has key stage `{found}`, expected KS1 to KS4"),
            Self::Unclosed => write!(to, "a quoted cell has no end"),
        }
    }
}

impl Error for LessonsError {}

/// Reads the lessons of a CSV text, in their order.
///
/// The columns `lesson`, `title`, `subject`, `key_stage`, `units`, `outcome`, `key_learning_points` and `keywords` are
/// found by name; others are ignored. Cells may be quoted and then hold commas, line ends and doubled quotes.
///
/// # Errors
///
/// When a column is missing, a row has more or fewer cells than the header, a key stage is unknown or a quote is open.
pub fn read_lessons(csv: &str) -> Result<Vec<Lesson>, LessonsError> {
    let mut rows = rows_of(csv)?.into_iter();
    let header = rows.next().unwrap_or_default();
    let columns = Columns::of(&header)?;
    let numbered = rows.enumerate().map(|(index, cells)| (index + 1, cells));
    numbered.map(|(row, cells)| columns.lesson(row, &cells)).collect()
}

/// Where the cells of a lesson stand in a row.
struct Columns {
    width: usize,
    id: usize,
    title: usize,
    subject: usize,
    stage: usize,
    unit: usize,
    outcome: usize,
    key_points: usize,
    keywords: usize,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self, LessonsError> {
        let find =
            |name: &'static str| header.iter().position(|cell| cell.trim() == name).ok_or(LessonsError::NoColumn(name));
        Ok(Self {
            width: header.len(),
            id: find("lesson")?,
            title: find("title")?,
            subject: find("subject")?,
            stage: find("key_stage")?,
            unit: find("units")?,
            outcome: find("outcome")?,
            key_points: find("key_learning_points")?,
            keywords: find("keywords")?,
        })
    }

    fn lesson(&self, row: usize, cells: &[String]) -> Result<Lesson, LessonsError> {
        if cells.len() != self.width {
            return Err(LessonsError::Cells { row, found: cells.len(), expected: self.width });
        }
        let stage = STAGES.iter().position(|name| *name == cells[self.stage]);
        let stage = stage.ok_or_else(|| LessonsError::Stage { row, found: cells[self.stage].clone() })?;
        let keywords = cells[self.keywords].split('|').map(str::trim).filter(|word| !word.is_empty());
        Ok(Lesson {
            id: cells[self.id].clone(),
            unit: cells[self.unit].clone(),
            title: cells[self.title].clone(),
            outcome: cells[self.outcome].clone(),
            key_points: cells[self.key_points].clone(),
            keywords: keywords.map(str::to_owned).collect(),
            subject: cells[self.subject].clone(),
            stage,
        })
    }
}

/// Parts a text into rows of cells. Empty lines are no rows.
fn rows_of(csv: &str) -> Result<Vec<Vec<String>>, LessonsError> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut is_quoted = false;
    let mut letters = csv.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.is_empty() => is_quoted = true,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !is_quoted => end_row(&mut rows, &mut row, &mut cell),
            _ => cell.push(letter),
        }
    }
    if is_quoted {
        return Err(LessonsError::Unclosed);
    }
    end_row(&mut rows, &mut row, &mut cell);
    Ok(rows)
}

fn end_row(rows: &mut Vec<Vec<String>>, row: &mut Vec<String>, cell: &mut String) {
    let is_blank = row.is_empty() && cell.is_empty();
    if !is_blank {
        row.push(std::mem::take(cell));
        rows.push(std::mem::take(row));
    }
}

/// Puts a number on each lesson: the same for lessons of one unit, for copies of a lesson, and for what these join.
///
/// Whoever holds lessons back holds whole groups back, or would measure how well copies are recognised.
pub(super) fn groups_of(lessons: &[Lesson]) -> Vec<usize> {
    let mut leaders: Vec<usize> = (0..lessons.len()).collect();
    let mut first: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (index, lesson) in lessons.iter().enumerate() {
        let title = ("title", lesson.title.to_lowercase());
        let id = ("id", lesson.id.clone());
        let units = lesson.unit.split('|').map(|unit| ("unit", unit.trim().to_lowercase()));
        for key in units.chain([title, id]).filter(|(_, text)| !text.is_empty()) {
            let other = *first.entry(key).or_insert(index);
            let (mine, theirs) = (leader(&leaders, index), leader(&leaders, other));
            leaders[mine.max(theirs)] = mine.min(theirs);
        }
    }
    (0..lessons.len()).map(|index| leader(&leaders, index)).collect()
}

fn leader(leaders: &[usize], mut index: usize) -> usize {
    while leaders[index] != index {
        index = leaders[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "lesson,slug,title,subject,key_stage,units,outcome,key_learning_points,keywords\n";

    #[test]
    fn quoted_cells_hold_commas_line_ends_and_quotes() {
        let row =
            "lesson-1,a,\"Salts, acids\nand \"\"bases\"\"\",chemistry,KS4,Acids,I can.,One. | Two.,acid| base |\r\n";
        let lessons = read_lessons(&format!("\u{feff}{HEADER}\n{row}")).unwrap();
        assert_eq!(lessons.len(), 1);
        assert_eq!(lessons[0].title, "Salts, acids\nand \"bases\"");
        assert_eq!(lessons[0].keywords, ["acid", "base"]);
        assert_eq!((lessons[0].stage, lessons[0].subject.as_str()), (3, "chemistry"));
    }

    #[test]
    fn a_text_that_is_no_list_of_lessons_says_what_is_missing() {
        let cases = [
            (String::new(), "no column `lesson` in the header"),
            (format!("{HEADER}1,2\n"), "row 1 has 2 cells, expected 9"),
            (format!("{HEADER}a,b,c,d,KS7,f,g,h,i\n"), "row 1 has key stage `KS7`, expected KS1 to KS4"),
            (format!("{HEADER}a,\"b"), "a quoted cell has no end"),
        ];
        for (csv, message) in cases {
            assert_eq!(read_lessons(&csv).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn lessons_of_a_unit_and_copies_of_a_lesson_are_one_group() {
        let rows = "1,a,Atoms,physics,KS4,Matter,o,k,w\n2,b,Ions,physics,KS4,Matter,o,k,w\n\
                    1,a,Atoms,chemistry,KS4,Particles,o,k,w\n3,c,Shapes,mathematics,KS1,Shape,o,k,w\n";
        let lessons = read_lessons(&format!("{HEADER}{rows}")).unwrap();
        assert_eq!(groups_of(&lessons), [0, 0, 0, 3]);
    }
}
