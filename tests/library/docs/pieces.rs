//! Pieces of profiles, dialects and bills, and single keys.

use trtc_load::dialect::Dialect;
use trtc_load::error::Explain;
use trtc_load::forecast::bill;
use trtc_load::profile::{Overrides, Profile, Source};

use super::{documents, fenced, root, spans};

/// A small profile, that a piece of one is put into: it has the steps that the docs put budgets on.
const PROFILE: &str = r#"
version = 1
budgets = []
[target]
url = "mock"
[[apps]]
sdk_app_id = 7
key = { env = "TRTC_LOAD_KEY" }
[population]
accounts = 1000
[[scenarios]]
name = "login"
[[scenarios]]
name = "kicked"
[[stages]]
name = "peak"
for = "1m"
rate = 5
"#;

const DIALECT: &str = "version = 1\nname = \"x\"\nlike = \"session\"\n";

/// `text` put into `whole`: tables are merged, everything else is taken from `text`.
fn put(whole: &mut toml::Table, text: toml::Table) {
    for (key, value) in text {
        match (whole.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => put(old, new),
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
}

fn merged(whole: &str, piece: &str) -> String {
    let [mut all, piece] = [whole, piece].map(|text| {
        text.parse::<toml::Table>()
            .unwrap_or_else(|fault| panic!("{fault}: {text}"))
    });
    put(&mut all, piece);
    all.to_string()
}

fn told<F: Explain>(faults: &[F]) -> Vec<String> {
    let one = |fault: &F| format!("{}: {fault}", fault.place());
    faults.iter().map(one).collect()
}

fn faults_of_profile(text: &str) -> Vec<String> {
    let source = Source {
        file: "x.toml".into(),
        name: "x".into(),
        dir: root().into(),
    };
    let read = Profile::parse(text, &source, &Overrides::default());
    told(&read.err().unwrap_or_default())
}

/// What is wrong with a small profile into which `piece` is put.
pub(super) fn faults_of_piece(piece: &str) -> Vec<String> {
    // A region is another way to name a target.
    let is_by_region = piece.contains("\nregion =");
    let whole = if is_by_region {
        PROFILE.replace("url = \"mock\"\n", "")
    } else {
        PROFILE.to_owned()
    };
    // Dialects where nobody logs in have scenarios of one kind.
    let kinds = [
        ("tencent-rtc-callback", "kind = \"room\""),
        ("tencent-rest", "kind = \"requests\"\nsteps = [\"status\"]"),
    ];
    let kind = kinds.iter().find(|(dialect, _)| piece.contains(dialect));
    let whole = kind.map_or(whole.clone(), |(_, kind)| {
        ["login", "kicked"].iter().fold(whole, |whole, scenario| {
            let name = format!("name = \"{scenario}\"");
            whole.replace(&name, &format!("{name}\n{kind}"))
        })
    });
    faults_of_profile(&merged(&whole, piece))
}

#[test]
fn every_piece_of_a_file_in_the_docs_is_one_that_the_program_takes() {
    let mut checked = 0;
    for (name, text) in documents() {
        let (blocks, _) = fenced(&text);
        for (_, block) in blocks.iter().filter(|(kind, _)| kind == "toml") {
            checked += 1;
            let faults = if block.contains("billable =") {
                told(&bill::Policy::parse(block, "x").err().unwrap_or_default())
            } else if block.contains("[operations.") {
                let whole = if block.contains("like =") {
                    block.clone()
                } else {
                    format!("version = 1\nname = \"x\"\n{block}")
                };
                told(&Dialect::parse(&whole, "x").err().unwrap_or_default())
            } else if ["[push]", "events =", "closes ="]
                .iter()
                .any(|of_push| block.contains(of_push))
            {
                let piece = if block.contains("[push]") {
                    block.clone()
                } else {
                    format!("[push]\nkind = \"websocket\"\npath = \"/events\"\n{block}")
                };
                told(
                    &Dialect::parse(&merged(DIALECT, &piece), "x")
                        .err()
                        .unwrap_or_default(),
                )
            } else {
                faults_of_piece(block)
            };
            assert!(faults.is_empty(), "{name}: {faults:#?}\n{block}");
        }
    }
    assert!(checked > 8, "{checked} pieces were found");
}

/// The tables of a profile whose keys the docs call `table.key`.
const TABLES: &[&str] = &[
    "target",
    "population",
    "limits",
    "caps",
    "safety",
    "usersig",
    "webhook",
    "admin",
];

#[test]
fn every_key_of_a_profile_that_the_docs_name_exists() {
    let mut checked = 0;
    for (name, text) in documents() {
        for span in spans(&text) {
            let key = span.split([' ', '=']).next().unwrap_or_default();
            let Some((table, rest)) = key.split_once('.') else {
                continue;
            };
            let is_key = rest
                .chars()
                .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'));
            if !TABLES.contains(&table) || rest.is_empty() || !is_key {
                continue;
            }
            checked += 1;
            // No key takes a date: one that is known is told to be of another type.
            let mut piece = toml::Table::new();
            let mut place = &mut piece;
            let parts: Vec<_> = key.split('.').collect();
            for part in &parts[..parts.len() - 1] {
                let inner = place
                    .entry(*part)
                    .or_insert(toml::Value::Table(toml::Table::new()));
                place = inner.as_table_mut().unwrap();
            }
            let date: toml::value::Datetime = "2030-01-31".parse().unwrap();
            place.insert(parts[parts.len() - 1].into(), toml::Value::Datetime(date));
            let faults = faults_of_piece(&piece.to_string());
            assert!(!faults.is_empty(), "{name}: `{span}` takes a date");
            let unknown = faults
                .iter()
                .find(|fault| fault.contains("is not a known key"));
            assert_eq!(unknown, None, "{name}: `{span}`");
        }
    }
    assert!(checked > 10, "{checked} keys were found");
}
