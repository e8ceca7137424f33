//! Workers that end before their time.

use std::process::Command;

use super::*;
use trtc_base::error::Exit;

/// A process in place of a worker.
fn worker(number: u32, script: &str) -> Worker {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let shard = Shard::new(number, 2).unwrap();
    Worker::spawn(shard, std::path::Path::new(""), command).unwrap()
}

#[test]
fn a_worker_that_ends_before_the_start_keeps_the_run_from_starting_also_when_it_was_ready() {
    let mut workers = [
        worker(1, "echo ready; read _"),
        worker(2, "echo ready; read _"),
    ];
    let begun = Clock::start();
    let is_patient = || begun.now().as_duration() < LAST_WAIT;
    while !are_ready(&mut workers).unwrap() && is_patient() {
        thread::yield_now();
    }
    assert_eq!(are_ready(&mut workers), Ok(true));
    workers[1].kill();
    let refused = loop {
        match are_ready(&mut workers) {
            Ok(_) if is_patient() => thread::yield_now(),
            other => break other.unwrap_err(),
        }
    };
    assert_eq!(refused.exit, Exit::CouldNotRun);
    assert_eq!(refused.place, "worker 2/2");
}
