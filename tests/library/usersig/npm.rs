//! UserSigs of the official npm package whose validity is nothing or less.

use std::path::Path;
use std::process::Command;

use trtc_load::clock::unix_now;
use trtc_load::units::UnixSeconds;
use trtc_load::usersig::{Key, SdkAppId, SigFault, verify};

use crate::skip::skipped;

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
const APP: u32 = 1_400_000_000;

/// Signs for alice with each of the validities that follow the package's folder, a line each.
const SCRIPT: &str = "const [folder, app, key, ...all] = process.argv.slice(1);\
    const { Api } = require('module').createRequire(folder + '/package.json')('tls-sig-api-v2');\
    for (const one of all) console.log(new Api(Number(app), key).genUserSig('alice', Number(one)));";

/// What the package signs. None, said loudly, where node, npm or the package cannot be had.
fn signed(validities: &[&str]) -> Option<Vec<String>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let folder = target.join("node").join("tls-sig-api-v2");
    if !folder.join("node_modules/tls-sig-api-v2").is_dir() {
        let mut npm = Command::new("npm");
        let flags = [
            "--silent",
            "--no-audit",
            "--no-fund",
            "--fetch-retries",
            "2",
            "--prefix",
        ];
        npm.arg("install").args(flags).arg(&folder);
        let _ = npm.arg("tls-sig-api-v2@1.0.2").output();
    }
    let mut node = Command::new("node");
    node.args(["-e", SCRIPT])
        .arg(&folder)
        .arg(APP.to_string())
        .arg(KEY);
    let output = node
        .args(validities)
        .output()
        .ok()
        .filter(|it| it.status.success());
    let Some(output) = output else {
        skipped("node with tls-sig-api-v2 from npm");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn what_the_official_npm_package_signs_for_nothing_or_less_has_expired_and_is_no_broken_one() {
    let Some(sigs) = signed(&["60", "0", "-1", "-5", "-31536000"]) else {
        return;
    };
    let later = UnixSeconds(unix_now().0 + 5);
    let found = |sig: &String| verify(sig, SdkAppId(APP), "alice", &Key::new(KEY), later);
    assert_eq!(sigs.len(), 5);
    assert!(found(&sigs[0]).is_ok(), "{:?}", found(&sigs[0]));
    for sig in &sigs[1..] {
        assert!(
            matches!(found(sig), Err(SigFault::Expired { .. })),
            "{:?}",
            found(sig)
        );
    }
}
