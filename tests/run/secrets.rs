//! A key is in no output: not in a run's folder, not on a terminal, not in a process's arguments.

use std::fs;
use std::time::Duration;

use crate::profile;
use crate::program::Place;
use crate::program::within;
use crate::summary;
use crate::turn::turn;

/// What is looked for. A key has 64 characters as a rule; the search is for a part that nothing else has.
const MARK: &str = "MARKED-SECRET";

fn key() -> String {
    format!("{MARK}-0123456789abcdef0123456789abcdef0123456789abcdef")
}

fn assert_is_clean(name: &str, bytes: &[u8]) {
    let found = bytes
        .windows(MARK.len())
        .any(|window| window.eq_ignore_ascii_case(MARK.as_bytes()));
    assert!(!found, "the key is in {name}");
}

#[test]
fn a_key_is_found_nowhere_wherever_it_came_from() {
    let _turn = turn();
    let file = "key = { file = \"key.txt\" }";
    let command = "key = { command = [\"cat\", \"key.txt\"] }";
    let text = format!("key = {{ text = \"{}\" }}", key());
    for source in ["key = { env = \"MARKED_KEY\" }", file, command, &text] {
        let place = Place::new();
        let whole =
            profile("[]", "{}", (50, 1)).replace("key = { env = \"TRTC_LOAD_KEY\" }", source);
        fs::write(place.path().join("secret.toml"), whole).expect("the folder is writable");
        fs::write(place.path().join("key.txt"), key()).expect("the folder is writable");
        let mut run = place.command(&[], &["--profile", "secret", "--out", "runs"]);
        run.env("MARKED_KEY", key());
        let running = place.start(run);
        // Every process that runs this program, its mock among them.
        let arguments = within(Duration::from_secs(10), || {
            let all = everybodys_arguments();
            let has_mock = all.windows(11).any(|window| window == b"config-from");
            has_mock.then_some(all)
        });
        assert_is_clean(
            "a process's arguments",
            &arguments.expect("the run has a mock"),
        );
        let ended = running.finish(Duration::from_secs(60));
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
        assert_is_clean("standard output", ended.stdout.as_bytes());
        assert_is_clean("standard error", ended.stderr.as_bytes());
        let folder = place.run_folder();
        assert_eq!(
            summary(&folder)["operations"][0]["measured"]["classes"]["success"],
            50,
            "the key was used"
        );
        for entry in fs::read_dir(&folder).expect("the run's folder is there") {
            let path = entry.expect("a readable entry").path();
            assert_is_clean(
                &path.display().to_string(),
                &fs::read(&path).expect("a readable file"),
            );
        }
    }
}

/// The arguments of all processes whose program is this one.
fn everybodys_arguments() -> Vec<u8> {
    let processes = fs::read_dir("/proc")
        .expect("the system lists its processes")
        .filter_map(Result::ok);
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| line.starts_with(env!("CARGO_BIN_EXE_trtc-load").as_bytes()))
        .flatten()
        .collect()
}

#[test]
fn a_key_that_stands_where_it_should_not_is_not_repeated() {
    let place = Place::new();
    let good = profile("[]", "{}", (50, 1));
    for wrong in [
        good.replace("{ env = \"TRTC_LOAD_KEY\" }", &format!("\"{}\"", key())),
        good.replace("env = \"TRTC_LOAD_KEY\"", &format!("envv = \"{}\"", key())),
        good.replace(
            "{ env = \"TRTC_LOAD_KEY\" }",
            &format!("{{ text = \"{}\" ", key()),
        ),
    ] {
        let ended = place.run_profile(&wrong, &[]);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert_is_clean("standard error", ended.stderr.as_bytes());
        assert_is_clean("standard output", ended.stdout.as_bytes());
    }
}
