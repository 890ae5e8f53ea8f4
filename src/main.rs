//! The `signpost` program: reads the command and calls one function.

use std::process::ExitCode;

fn main() -> ExitCode {
    signpost::cli::main()
}
