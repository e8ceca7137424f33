//! The shipped `tls-storm` beside nginx: 300 whole handshakes a second take both cores of a small machine.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use tempfile::TempDir;
use trtc_load::session::Operation;

use crate::program::within;
use crate::shipped_profile::{Beside, attempts, ran};
use crate::turn;

#[test]
fn tls_storm_runs_beside_the_gateway_that_it_names_and_both_count_the_same() {
    let _turn = turn::alone();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("a free port").port().to_string();
    let folder = TempDir::new().expect("a temporary folder can be made");
    let dir = folder.path().display().to_string();
    let more = ["--port", &port, "--dir", &dir];
    let Some(nginx) = Beside::start("tls-storm", "tests/nginx/start.sh", &more) else {
        return;
    };
    let ours = ran("tls-storm", &["--target", &nginx.url.clone()]);
    let counted = |operation| attempts(&ours, operation);
    let paths = [
        ("/v1/login", counted(Operation::Login)),
        ("/v1/reconnect", counted(Operation::Reconnect)),
        ("/v1/logout", counted(Operation::Logout)),
    ];
    let all: u64 = paths.iter().map(|(_, count)| count).sum();
    let log = || fs::read_to_string(folder.path().join("access.log")).unwrap_or_default();
    // A line is written when its answer has gone.
    let written = within(Duration::from_secs(10), || {
        (log().lines().count() as u64 >= all).then_some(())
    });
    assert!(written.is_some(), "{all} requests are logged");
    let text = log();
    let logged = |path: &str| text.lines().filter(|line| line.ends_with(path)).count() as u64;
    for (path, count) in paths {
        assert_eq!(logged(path), count, "{path}");
    }
    assert_eq!(text.lines().count() as u64, all);
    assert!(paths[0].1 > 3_500 && paths[1].1 > 500, "{paths:?}");
}
