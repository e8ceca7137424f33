//! The program: arguments in, results to standard output, the log to standard error, one exit code.

fn main() {}
