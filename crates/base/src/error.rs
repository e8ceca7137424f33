//! What an error owes its reader: the place, what is wrong, what to do, and the exit code.
//!
//! In: nothing. Out: [`Explain`] and [`Exit`]. Never here: any other room's faults.

use std::fmt;
use std::process::ExitCode;

use crate::shown::plain;

/// How a command ends, for the pipeline that called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every budget was kept, or the command did its work.
    Kept = 0,
    /// A budget or an invariant is broken; a UserSig is not valid.
    Broken = 1,
    /// The profile or the arguments are wrong. Nothing was sent.
    BadInput = 2,
    /// The run could not start, or its evidence could not be written.
    CouldNotRun = 3,
    /// The run proves nothing: the generator was at fault, coverage was lost, or it was interrupted.
    Invalid = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that a person can act on. `Display` says what is wrong, in one line.
pub trait Explain: fmt::Display {
    /// Where: a file with its line, an argument, an address. Never empty.
    fn place(&self) -> String;

    /// What the reader can do about it, as an instruction. Never empty.
    fn remedy(&self) -> String;

    /// The exit code it leads to.
    fn exit(&self) -> Exit {
        Exit::BadInput
    }
}

/// An explained error that has left its room: what `main` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// The exit code it leads to.
    pub exit: Exit,
}

impl<E: Explain> From<&E> for Problem {
    fn from(error: &E) -> Self {
        Self {
            place: error.place(),
            what: error.to_string(),
            remedy: error.remedy(),
            exit: error.exit(),
        }
    }
}

impl Problem {
    /// The run could not start, or its evidence could not be written.
    pub fn could_not_run(
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            remedy: remedy.into(),
            exit: Exit::CouldNotRun,
        }
    }

    /// The arguments or a file are wrong.
    pub fn bad_input(
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            exit: Exit::BadInput,
            ..Self::could_not_run(place, what, remedy)
        }
    }
}

impl fmt::Display for Problem {
    /// Three lines: the place, the fault, the way out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a file or a target says must not drive the reader's terminal.
        let [place, what, remedy] = [&self.place, &self.what, &self.remedy].map(|text| plain(text));
        write!(f, "{place}\n  {what}\n  try: {remedy}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_three_lines_place_fault_way_out() {
        let problem = Problem::bad_input("x.toml:3", "rate is negative", "raise it above 0");
        assert_eq!(
            problem.to_string(),
            "x.toml:3\n  rate is negative\n  try: raise it above 0"
        );
        assert_eq!(problem.exit, Exit::BadInput);
    }

    #[test]
    fn a_control_character_is_shown_and_not_obeyed() {
        let problem = Problem::bad_input("a\u{1b}[31mb", "two\nlines", "ü stays");
        assert_eq!(
            problem.to_string(),
            "a\\u{1b}[31mb\n  two\\nlines\n  try: ü stays"
        );
    }
}
