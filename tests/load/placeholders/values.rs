//! Whether what stood on the wire is right, by what the other side knows.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use trtc_load::clock;
use trtc_load::usersig::{Key, SdkAppId, verify};

use super::listener::Heard;
use crate::program::KEY;

pub(super) const APP: SdkAppId = SdkAppId(1_400_000_001);

/// The requests of a run, and what their answers gave to whom.
pub(super) struct Right<'h> {
    heard: &'h [Heard],
}

impl<'h> Right<'h> {
    pub(super) const fn of(heard: &'h [Heard]) -> Self {
        Self { heard }
    }

    /// Each of the requests `names` was heard, and each carries at every spot the right values of what `carried` says.
    pub(super) fn check<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        carried: &dyn Fn(&str) -> Vec<&'static str>,
    ) {
        for name in names {
            let of_name = || {
                self.heard
                    .iter()
                    .enumerate()
                    .filter(|(_, heard)| heard.name == name)
            };
            assert!(of_name().count() >= 2, "{name} was not heard");
            let carried = carried(name);
            assert!(carried.len() >= 3, "{name}: {carried:?}");
            for (at, heard) in of_name() {
                for placeholder in &carried {
                    self.check_one(at, heard, placeholder);
                }
            }
        }
    }

    fn check_one(&self, at: usize, heard: &Heard, name: &str) {
        let spots: Vec<_> = heard
            .spots
            .iter()
            .filter(|(spot, said)| {
                super::stands(name, spot) && !(said.is_empty() && **spot == "body")
            })
            .collect();
        if matches!(
            name,
            "webhook_path" | "signature" | "kicked_devices" | "custom_status"
        ) {
            return check_piece(heard, name);
        }
        assert!(
            spots.len() >= 3 || matches!(name, "user_ids" | "event_info"),
            "{heard:?}"
        );
        for (spot, said) in spots {
            let Some(value) = said.get(name) else {
                panic!("{name} is not in the {spot} of {heard:#?}");
            };
            assert!(
                self.is_right(at, heard, (name, value)),
                "{name} is {value:?} in the {spot} of {heard:#?}"
            );
        }
    }

    fn is_right(&self, at: usize, heard: &Heard, (name, value): (&str, &str)) -> bool {
        let user = heard.spots["query"]["user_id"].as_str();
        let (key, now) = (Key::new(KEY), clock::unix_now());
        match name {
            "sdk_app_id" => value == APP.0.to_string(),
            "user_id" => is_account(value),
            "user_id_lower" => value == user.to_ascii_lowercase(),
            "user_sig" => verify(value, APP, user, &key, now).is_ok(),
            "password" => value == password(user),
            "platform" => ["android", "iphone", "ipad", "windows", "mac", "web"].contains(&value),
            // Where an account is switched, the device stays the first one's.
            "device_id" => value
                .rsplit_once('.')
                .is_some_and(|(id, nth)| is_account(id) && matches!(nth, "0" | "1")),
            "token" => value == self.token_of(at, heard),
            "cursor" => {
                value == "c 0"
                    || self.heard[..at].iter().any(|one| {
                        one.given["next"] == value && one.spots["query"]["user_id"] == user
                    })
            }
            "admin" => value == "administrator",
            "admin_sig" => verify(value, APP, "administrator", &key, now).is_ok(),
            "random" => {
                value.parse::<u32>().is_ok()
                    && self.heard[..at]
                        .iter()
                        .all(|one| one.spots["query"]["random"] != value)
            }
            "user_ids" => {
                let ids: Vec<String> = serde_json::from_str(value).expect("a JSON list");
                ids.len() == 3 && ids[0] == user && ids.iter().all(|id| is_account(id))
            }
            "client_ip" => value.parse::<IpAddr>().is_ok(),
            "opt_platform" => {
                !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
            "event_time" => value
                .parse::<u64>()
                .is_ok_and(|at| (at / 1000).abs_diff(now.0) < 120),
            "event_group" => matches!(value, "1" | "2"),
            "event_type" => value.len() == 3 && value.starts_with(['1', '2']),
            "callback_ts" => value
                .parse::<u64>()
                .is_ok_and(|at| (at / 1000).abs_diff(now.0) < 120),
            "event_info" => value.contains("RoomId"),
            // What is signed the receiver of the tests works out.
            "body_sign" => value.len() == 44 && value.ends_with('='),
            "action" => ["Login", "Logout", "Disconnect", "CustomStatusChange"].contains(&value),
            "reason" => !value.is_empty(),
            other => panic!("nobody knows what {other} is to be"),
        }
    }

    /// The token that the device was given last for the account: by its login, its switch or its way back. A switch itself
    /// shows the token of the account before.
    fn token_of(&self, at: usize, heard: &Heard) -> String {
        let device = &heard.spots["query"]["device_id"];
        let user = &heard.spots["query"]["user_id"];
        let gives = |one: &&Heard| {
            ["login", "switch", "reconnect"].contains(&&*one.name)
                && one.spots["query"]["device_id"] == *device
                && (heard.name == "switch" || one.spots["query"]["user_id"] == *user)
        };
        let last = self.heard[..at].iter().rev().find(gives);
        last.and_then(|one| one.given["token"].as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// What is a piece of the request already.
fn check_piece(heard: &Heard, name: &str) {
    match name {
        "webhook_path" => {
            assert_eq!(heard.before, "/hook", "{heard:#?}");
            for spot in ["query", "header", "body"] {
                assert_eq!(heard.spots[spot]["webhook_path"], "/hook", "{heard:#?}");
            }
        }
        "signature" => {
            let query = &heard.spots["query"];
            let (sign, time) = (&query["Sign"], &query["RequestTime"]);
            assert!(
                sign.len() == 64 && time.parse::<u64>().is_ok(),
                "{heard:#?}"
            );
            for spot in ["header", "body"] {
                let whole = format!("&Sign={sign}&RequestTime={time}");
                assert_eq!(heard.spots[spot]["signature"], whole, "{heard:#?}");
            }
        }
        // Only a status that was set has it.
        "custom_status" => {
            let said = heard.spots["body"].get("CustomStatus");
            let is_status = heard.spots["body"]["action"] == "CustomStatusChange";
            assert_eq!(said.is_some(), is_status, "{heard:#?}");
        }
        // Only a login that kicked has it.
        _ => {
            let said = heard.spots["body"].get("KickedDevice");
            assert!(
                said.is_none_or(|said| said.contains("Platform")),
                "{heard:#?}"
            );
        }
    }
}

fn is_account(text: &str) -> bool {
    let number = text.strip_prefix("Load_");
    // A guest in a room is named after its host.
    let number = number.map(|number| number.split('-').next().unwrap_or(number));
    number.is_some_and(|number| number.len() == 4 && number.parse::<u32>().is_ok())
}

fn password(user: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("an HMAC takes any key");
    mac.update(user.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
