//! Judges inference: `cargo run --release -p crawler --example judge_inference -- --data FOLDER [--lessons FILE]
//! [--other FILE]`
//!
//! FOLDER holds the real catalogues. Without `--lessons` a model is learnt from one part of Oak's lessons and judged
//! on the rest, five times; with it the shipped model is judged on the lessons in that file. Either should know the
//! rows of OER Commons about other things than STEM as such, and the lessons of other subjects that `--other` names.
//! Both files have the columns of Oak's lessons.
//!
//! Precision is counted in values; recall and coverage in records: the share of which something right, or anything, is
//! said.

mod catalogues;
mod figures;
mod lessons;

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crawler::infer::learnt::{Lesson, Model, read_lessons};
use lessons::Others;

/// Where Oak's lessons are in the folder.
const OAK: &str = "oak-lessons/lessons.csv";

#[derive(Default)]
struct Arguments {
    data: Option<PathBuf>,
    lessons: Option<PathBuf>,
    other: Option<PathBuf>,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let path = words.next().map(PathBuf::from).ok_or_else(|| format!("{word} is followed by nothing"))?;
            match word.as_str() {
                "--data" => arguments.data = Some(path),
                "--lessons" => arguments.lessons = Some(path),
                "--other" => arguments.other = Some(path),
                _ => return Err(format!("unknown argument {word}; expected --data, --lessons or --other")),
            }
        }
        Ok(arguments)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read()?;
    let data = arguments.data.ok_or("expected --data FOLDER")?;
    let catalogues = catalogues::read_catalogues(&data).await?;
    let mut others = vec![Others {
        name: "rows of OER Commons about something else (seen when the signs of STEM were weighed)".to_owned(),
        lessons: catalogues::rows_without_stem(&catalogues),
    }];
    if let Some(path) = &arguments.other {
        others.push(Others { name: "lessons of other subjects".to_owned(), lessons: lessons_in(path)? });
    }
    let oak = catalogues::source_of("oak-lessons")?;
    if let Some(path) = &arguments.lessons {
        print(&format!("The shipped model on {}", path.display()))?;
        let models = lessons::Models::One(Model::shipped());
        print_all(&lessons::judge(&lessons_in(path)?, &others, &models, &oak))?;
    } else {
        let lessons = lessons_in(&data.join(OAK))?;
        print("Five models, each on lessons of units that it has not seen; truth: Oak's own subject and key stage")?;
        print_all(&lessons::judge(&lessons, &others, &lessons::learn_folds(&lessons), &oak))?;
    }
    print("The words, and the shipped model, on what catalogues state; Oak's lessons are those the model has seen")?;
    print_all(&catalogues::judge(&catalogues))
}

fn lessons_in(path: &Path) -> Result<Vec<Lesson>, Box<dyn Error>> {
    let csv = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(read_lessons(&csv)?)
}

fn print_all(lines: &[String]) -> Result<(), Box<dyn Error>> {
    lines.iter().try_for_each(|line| print(line))
}

fn print(line: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
