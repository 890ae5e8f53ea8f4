//! What becomes of Signpost when things break?
//!
//! `tests/faults/run [--brief | --long] [ROW…]` runs the faults of RELIABILITY section 3 against the program itself, as a
//! process that is killed, starved, cut off and lied to, on both databases, and prints a table: a row for each fault with
//! what was done, what came of it, and how that compares with what is asked. Rows that other tests show are named with
//! those tests, and what nothing shows yet is listed as open after the table. Fails when a row that is run does not reach
//! its goal.
//!
//! | form | for | kills on each database |
//! | --- | --- | --- |
//! | `--brief` | every change (CI): some minutes | 8 |
//! | (none) | before a release: about an hour | 100 |
//! | `--long` | a night | 1,000 |
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod node; // the program in a process of its own: started, killed, asked
mod origin; // a catalogue on loopback that says something else with each revision
mod process; // processes under another one, for so long, and judged by the doctor
mod pushed; // records that are pushed, known by their numbers
mod rows; // every row of the table, and where it is shown
mod world; // what all rows stand on: the program, a folder, the databases, how much is to be done

mod away; // D10, Q8: the store or the index is away
mod cluster; // N1: three nodes, killed one after the other
mod copies; // D3, D11: migrations, backups and restores, whole or not at all
mod damage; // D6, D7, D9: damaged files, and a power cut
mod deadly; // Q1: queries that are meant to break the search
mod io; // D4, D5: a disk that fails or is full
mod kills; // D1, D2: killed in harvests, commits and rebuilds
mod load; // so many requests a second, each answer judged
mod serving; // Q3 to Q7: rebuilds, writes and stops under load; the slow, the many
mod soak; // D12, D13: with little memory, and for long
mod two; // D8: two programs on one data directory

use std::process::ExitCode;
use std::time::Instant;

use rows::{ROWS, Shown};
use world::{Length, World};

#[tokio::main]
async fn main() -> ExitCode {
    // The test runner asks what there is; there is one thing, run by its script.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(world) = World::from_environment(&arguments) else {
        println!("faults: left out; tests/faults/run runs them");
        return ExitCode::SUCCESS;
    };
    let wanted = |id: &str| world.rows.is_empty() || world.rows.iter().any(|row| row == id);
    let (mut failed, mut open) = (0_u32, Vec::new());
    println!("seed {}, {}", world.seed, world.length.name());
    for row in ROWS.iter().filter(|row| wanted(row.id)) {
        match &row.shown {
            Shown::Here(run) => {
                let started = Instant::now();
                let outcome = run(&world).await;
                let seconds = started.elapsed().as_secs();
                match outcome {
                    Ok(figures) => println!("| {} | {} | {figures} | ok | {seconds} s |", row.id, row.fault),
                    Err(error) => {
                        failed += 1;
                        println!("| {} | {} | {error:#} | FAILED | {seconds} s |", row.id, row.fault);
                    }
                }
            }
            Shown::Elsewhere(tests) => println!("| {} | {} | {tests} | shown there | |", row.id, row.fault),
            Shown::Partly { tests, open: missing } => {
                println!("| {} | {} | {tests} | partly | |", row.id, row.fault);
                open.push(format!("- {}, {}: {missing}", row.id, row.fault));
            }
        }
    }
    println!("\nOpen:{}", if open.is_empty() { " nothing of these rows" } else { "" });
    for line in &open {
        println!("{line}");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Length {
    /// So much of what is counted in hundreds.
    pub(crate) fn of(self, brief: u32, whole: u32, long: u32) -> u32 {
        match self {
            Self::Brief => brief,
            Self::Whole => whole,
            Self::Long => long,
        }
    }
}
