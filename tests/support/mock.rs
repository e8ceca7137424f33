//! The mock service as a process beside the program, with its own books.

use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use trtc_load::child::Supervised;
use trtc_load::dialect::wire::Stats;

use crate::program::{KEY, within};

/// The app that exists in it.
pub(crate) const APP: u32 = 1_400_000_001;

/// How long it may take for anything.
const BOUND: Duration = Duration::from_secs(10);

/// A running mock. It ends when this is dropped.
pub(crate) struct Mock {
    _child: Supervised,
    /// `host:port`.
    address: String,
}

impl Mock {
    /// Starts one with these faults and rules.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trtc-load"));
        command
            .args(["mock", "--until-stdin-closes", "--app", &APP.to_string()])
            .args(arguments)
            .env("TRTC_LOAD_KEY", KEY);
        let (child, mut stdout) = Supervised::start(&mut command, BOUND).expect("the mock starts");
        let mut line = String::new();
        stdout
            .read_line(&mut line)
            .expect("the mock says where it listens");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect("an address")
            .to_owned();
        Self {
            _child: child,
            address,
        }
    }

    /// Its address, as `--target` takes it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its books once they stand still: a channel that was closed a moment ago is noticed a moment later.
    pub(crate) fn books(&self) -> Stats {
        let mut last = None;
        let still = within(BOUND, || {
            let books = self.read_books();
            let is_still = last.as_ref() == Some(&books);
            last = Some(books);
            is_still.then_some(())
        });
        assert!(
            still.is_some(),
            "the mock's books stand still when nobody talks to it"
        );
        last.unwrap_or_default()
    }

    fn read_books(&self) -> Stats {
        let mut stream = TcpStream::connect(&self.address).expect("the mock listens");
        stream
            .set_read_timeout(Some(BOUND))
            .expect("a timeout can be set");
        let request = format!(
            "GET /stats HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream
            .write_all(request.as_bytes())
            .expect("the mock reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the mock answers in text");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(body).expect("the books are JSON")
    }
}
