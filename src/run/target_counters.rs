//! The built-in mock's own counters of a run: kept beside the recording, so that both sides can be compared.

use std::io;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use trtc_load_core::profile::HttpUrl;
use trtc_wire::dialect::wire;
use trtc_wire::dialect::wire::Stats;

/// The file in a run's folder.
const COUNTERS: &str = "mock.json";

/// How long the mock may take for an answer. It has nothing else to do any more.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the counters of the mock at `url` in `folder`, and gives them. Blocks for at most some seconds.
///
/// # Errors
/// Where the mock does not answer, or the file cannot be written.
pub(crate) fn keep(url: &HttpUrl, folder: &Path) -> io::Result<Stats> {
    let mut stream = TcpStream::connect((url.host.as_str(), url.port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let host = &url.host;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
        wire::STATS
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let counters: Stats = serde_json::from_str(body)?;
    write(&counters, folder)?;
    Ok(counters)
}

/// Keeps the sum of the counters in the folders of workers, each of which had a mock of its own, in `folder`, and gives it. The
/// most at once is the sum of each mock's most, which need not fall on one instant.
///
/// # Errors
/// Where a worker kept no counters, or the file cannot be written.
pub(crate) fn keep_sum<'a>(
    workers: impl Iterator<Item = &'a Path>,
    folder: &Path,
) -> io::Result<Stats> {
    let mut sum = serde_json::to_value(Stats::default())?;
    for worker in workers {
        let path = worker.join(COUNTERS);
        let text = std::fs::read_to_string(&path).map_err(|fault| {
            io::Error::new(fault.kind(), format!("{}: {fault}", path.display()))
        })?;
        add(&mut sum, serde_json::from_str(&text)?);
    }
    let counters: Stats = serde_json::from_value(sum)?;
    write(&counters, folder)?;
    Ok(counters)
}

/// Adds the numbers of a document to those at the same places of another. All of them are counts.
fn add(sum: &mut Value, more: Value) {
    match (sum, more) {
        (Value::Object(sum), Value::Object(more)) => {
            for (name, more) in more {
                add(sum.entry(name).or_insert(Value::Null), more);
            }
        }
        (sum, more) => match (sum.as_u64(), more.as_u64()) {
            (Some(one), Some(other)) => *sum = (one + other).into(),
            _ => *sum = more,
        },
    }
}

fn write(counters: &Stats, folder: &Path) -> io::Result<()> {
    std::fs::write(
        folder.join(COUNTERS),
        serde_json::to_string_pretty(counters)?,
    )
}

/// What became of the counters, for people; nothing where the mock sent nothing by itself.
pub(crate) fn told(kept: io::Result<Stats>) -> Option<String> {
    match kept {
        Ok(counters) => said(&counters),
        Err(fault) => Some(format!("what the mock counted could not be kept: {fault}")),
    }
}

/// What the mock sent by itself and what came back, for people; nothing where it sent nothing.
fn said(counters: &Stats) -> Option<String> {
    let Stats {
        broadcasts,
        pings,
        pongs,
        devices_lost,
        ..
    } = counters;
    (broadcasts + pings > 0).then(|| {
        format!(
            "what the mock counted ({COUNTERS}): {broadcasts} broadcasts sent, {pings} pings, {pongs} pongs, {devices_lost} devices lost"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use trtc_wire::dialect::wire::Tally;

    #[test]
    fn workers_books_are_added_up_count_by_count_and_a_missing_one_is_named() {
        let place = tempfile::TempDir::new().unwrap();
        let folders = ["1", "2", "3"].map(|name| place.path().join(name));
        for (folder, n) in folders.iter().zip([1, 10]) {
            std::fs::create_dir(folder).unwrap();
            let counters = Stats {
                login: Tally {
                    attempts: 3 * n,
                    successes: 2 * n,
                },
                refused: [(70_001, n), (-i64::try_from(n).unwrap(), 5)].into(),
                accounts: [(7, 4 * n)].into(),
                broadcasts: 6 * n,
                ..Stats::default()
            };
            write(&counters, folder).unwrap();
        }
        let paths = || folders.iter().map(PathBuf::as_path);
        let want = Stats {
            login: Tally {
                attempts: 33,
                successes: 22,
            },
            refused: [(70_001, 11), (-1, 5), (-10, 5)].into(),
            accounts: [(7, 44)].into(),
            broadcasts: 66,
            ..Stats::default()
        };
        assert_eq!(keep_sum(paths().take(2), place.path()).unwrap(), want);
        let kept = std::fs::read_to_string(place.path().join(COUNTERS)).unwrap();
        assert_eq!(serde_json::from_str::<Stats>(&kept).unwrap(), want);
        let missing = keep_sum(paths(), place.path()).unwrap_err();
        assert!(missing.to_string().contains("3/mock.json"), "{missing}");
    }
}
