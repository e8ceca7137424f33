//! A secret is in no output: not in a run's folder, not on a terminal, not in a process's arguments. Each test marks its
//! secrets, and searches every byte that the program wrote for them and for their parts.

mod echo;
mod marks;
mod misplaced;
mod mock;
mod reflected;

/// An app's key as the console shows one. It is no secret of anybody.
fn key() -> String {
    "c0ffee5ec2e7d00dba11ad5ca1ab1e0ddba11f00dfacade5adbeefb01dfaceca".to_owned()
}
