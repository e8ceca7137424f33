//! A resolved profile is the profile, with every default and without a secret.

use std::path::PathBuf;

use proptest::prelude::*;
use trtc_load::profile::{KeySource, Overrides, Profile, SHIPPED, Source};
use trtc_load::scenario::{NoticedBy, Play};

fn source() -> Source {
    Source {
        file: "x.toml".into(),
        name: "x".into(),
        dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    }
}

fn parsed(text: &str) -> Profile {
    Profile::parse(text, &source(), &Overrides::default())
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A profile in which nothing has its default.
const RICH: &str = r#"
version = 1
seed = 77
budgets = ["login p99.9 served < 1ms in a", "arrivals started > 1%"]
[target]
url = "mock"
timeout = "1234us"
notice_limit = "7ms"
connection = "keep"
preconnect = true
allow_hosts = ["a.b"]
[target.mock]
service_time = "1s"
error_rate = "2%"
error_code = -302
stalls = [{ at = "4s", for = "1400ms" }, { at = "7s", for = "10ms" }]
max_logins_per_second = 50
notice_lost = 0.125
notice_late = 0.25
notice_late_by = "7s"
notice_twice = 0.5
notice_by = "both"
cut_channels = "9s"
ping_every = "20s"
pong_limit = "11s"
broadcast_after = "90s"
cut_before = 0.25
cut_after = 0.5
[[apps]]
sdk_app_id = 1
key = { text = "top secret" }
share = 3
[[apps]]
sdk_app_id = 2
key = { command = ["vault", "top secret"] }
[[apps]]
sdk_app_id = 3
key = { file = "key \"x\".txt" }
share = 0.7
[population]
accounts = 12
prefix = ""
fresh = true
platforms = { web = 1, mac = 2, ipad = 0.1 }
[[scenarios]]
name = "a.b-c"
kind = "kicked"
weight = 3
dwell = { uniform = ["1s", "3s"] }
reaction = { exponential = "1s", max = "3s" }
logout = 0.1
slots = 4
in_flight = 0.3
relogin = 0.9
fights = 2
[[scenarios]]
name = "e"
kind = "expired"
weight = 7
self_info = false
push = false
noticed_by = "client"
[[stages]]
name = "a"
kind = "cool-down"
for = "1500ms"
rate = { from = 0, to = 0.5 }
spacing = "even"
[[stages]]
name = "b"
for = "1h"
rate = 1
[limits]
slots = 5
drain = "0s"
[caps]
max_mau = 6
max_registered_accounts = 0
[activity]
daily_share = 0.5
concentration = 1
days = 28
"#;

#[test]
fn what_is_written_out_parses_again_to_the_same_and_tells_no_secret() {
    for text in SHIPPED.iter().map(|(_, text)| *text).chain([RICH]) {
        let first = parsed(text);
        let written = first.resolved_toml();
        let again = parsed(&written);
        assert_eq!(again.resolved_toml(), written);
        // `Debug` redacts keys and shows everything else, shares to the bit.
        let shown = |profile: &Profile| {
            let (target, apps) = (profile.target(), profile.apps());
            format!(
                "{:?} {:?} {:?} {:?} {:?} {apps:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                target.place,
                target.timeout,
                target.notice_limit,
                target.connection,
                target.preconnect,
                target.allow_hosts,
                profile.population(),
                profile.scenarios(),
                profile.stages(),
                profile.budgets(),
                profile.limits(),
                (profile.caps(), profile.activity(), profile.seed()),
            )
        };
        assert_eq!(shown(&again), shown(&first));
        assert!(
            !written.contains("top secret") && !written.contains("0123456789abcdef"),
            "{written}"
        );
    }
    let Play::Expired(expired) = parsed(RICH).scenarios()[1].play else {
        panic!("not expired")
    };
    assert_eq!(expired.noticed_by, NoticedBy::Client);
    let rich = parsed(RICH);
    let Some(KeySource::File(path)) = &rich.apps()[2].key else {
        panic!("no file")
    };
    assert!(path.is_absolute());
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_profiles_panic(
        text in "[a-z_\\[\\]{}=\"'<>%/.0-9\n -]{0,200}", cut in 0..RICH.len(), put in "[a-z0-9=\"\\[{]{0,3}",
    ) {
        let _ = Profile::parse(&text, &source(), &Overrides::default());
        let mut bent = RICH.to_owned();
        bent.replace_range(cut..(cut + put.len()).min(RICH.len()), &put);
        let _ = Profile::parse(&bent, &source(), &Overrides::default());
    }
}
