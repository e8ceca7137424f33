//! What the target `against_hyper` needs beside the program: the comparison that the program's own tests make.

/// The program's door to its reader of answers, under the name by which the comparison knows it.
pub use trtc_load::client;

#[path = "../../crates/load/src/client/tests/hyper.rs"]
mod hyper;

use std::cell::OnceCell;

use tokio::runtime::Runtime;

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

/// Our reader and hyper's client take the same answer from `stream`, or both none, but for the differences that
/// `hyper::STRICTER` and `hyper::BY_THE_STANDARD` name.
///
/// # Panics
/// Where they differ.
pub fn against_hyper(stream: &[u8]) {
    let sizes = trtc_load::fuzzing::sizes(stream);
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(hyper::runtime);
        if let Err((ours, hypers)) = hyper::difference(runtime, stream, &sizes) {
            panic!("ours {ours:?}\nhyper {hypers:?}\nin pieces of {sizes:?}");
        }
    });
}
