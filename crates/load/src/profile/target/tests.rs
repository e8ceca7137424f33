//! Which loads stay on this machine.

use std::path::PathBuf;

use crate::profile::BreakerRule;
use crate::profile::Overrides;
use crate::profile::Profile;
use crate::profile::Source;

/// A profile whose target is `url`, behind `proxy`.
fn profile(url: &str, proxy: &str) -> Profile {
    let text = format!(
        "version = 1\n[target]\nurl = \"{url}\"\nproxy = \"http://{proxy}:3128\"\n\
         allow_hosts = [\"192.0.2.0/24\"]\n\
         [[apps]]\nsdk_app_id = 7\nkey = {{ env = \"KEY\" }}\n[population]\naccounts = 10\n\
         [[scenarios]]\nname = \"login\"\n[[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 1\n"
    );
    let source = Source {
        file: "x.toml".into(),
        name: "x".into(),
        dir: PathBuf::new(),
    };
    Profile::parse(&text, &source, &Overrides::default()).unwrap()
}

#[test]
fn a_load_stays_here_where_neither_its_target_nor_its_proxy_is_elsewhere() {
    for (url, proxy, elsewhere) in [
        ("http://127.0.0.1", "localhost", None),
        ("mock", "127.0.0.1", None),
        ("mock", "192.0.2.1", Some("192.0.2.1")),
        ("http://[::1]", "192.0.2.1", Some("192.0.2.1")),
        ("http://192.0.2.9", "localhost", Some("192.0.2.9")),
        ("http://192.0.2.9", "192.0.2.1", Some("192.0.2.9")),
    ] {
        let profile = profile(url, proxy);
        let target = profile.target();
        let found = target.elsewhere().map(|url| url.host.as_str());
        assert_eq!(found, elsewhere, "{url} {proxy}");
        assert_eq!(target.is_loopback(), elsewhere.is_none());
        // Off this machine the circuit breaker is on unless the profile says otherwise.
        let usual = elsewhere.map(|_| BreakerRule::default());
        assert_eq!(profile.breaker(), usual, "{url} {proxy}");
        let written = profile.resolved_toml().contains("breaker = false");
        assert_eq!(written, usual.is_none(), "{}", profile.resolved_toml());
    }
}
