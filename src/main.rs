//! The command `gorelease`: parse, run, render what went wrong, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    gorelease::cli::main()
}
