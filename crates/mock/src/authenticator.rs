//! What a login must prove before anything else happens: the app, the UserID, the UserSig, in this order.

use std::collections::{BTreeMap, HashMap};

use trtc_base::units::UnixSeconds;
use trtc_usersig::{Key, Malformed, Platform, SdkAppId, SigFault, UserId, verify};
use trtc_wire::dialect::wire::LoginRequest;

use super::codes;
use super::codes::Refusal;
use super::config::AppConfig;
use super::session::Name;

/// The administrator that every app has from its start.
const ADMIN: &str = "administrator";

/// The most bytes of a device's name.
const DEVICE_ID_BYTES: usize = 128;

/// The apps that exist, with their keys.
pub(super) struct Authenticator {
    keys: BTreeMap<u32, Key>,
}

/// A login that has proven itself.
pub(super) struct Claim {
    /// The account.
    pub(super) account: Name,
    /// The device.
    pub(super) device: Name,
    /// The device's platform.
    pub(super) platform: Platform,
    /// When its UserSig was signed.
    pub(super) issued: UnixSeconds,
    /// The last second in which its UserSig is valid.
    pub(super) expires: UnixSeconds,
}

impl Authenticator {
    /// An authenticator for these apps.
    pub(super) fn new(apps: &[AppConfig]) -> Self {
        let keys = apps.iter().map(|app| (app.sdk_app_id, Key::new(&app.key)));
        Self {
            keys: keys.collect(),
        }
    }

    /// The app for which `admin` asks the server REST API, checked in the documents' order of its parameters.
    pub(super) fn admin(
        &self,
        parameters: &HashMap<String, String>,
        now: UnixSeconds,
    ) -> Result<u32, Refusal> {
        let of = |name: &str| parameters.get(name).map(String::as_str);
        let app = of("sdkappid").ok_or(codes::NO_APP_NAMED)?;
        let app: u32 = app.parse().map_err(|_| codes::URL_PARAMETER)?;
        let key = self.keys.get(&app).ok_or(codes::NO_SUCH_APP)?;
        if of("identifier") != Some(ADMIN) {
            return Err(codes::NOT_ADMIN);
        }
        let user_sig = of("usersig").unwrap_or_default();
        verify(user_sig, SdkAppId(app), ADMIN, key, now).map_err(|fault| refusal_of(&fault))?;
        let is_random = of("random").is_some_and(|random| random.parse::<u32>().is_ok());
        if !is_random || of("contenttype") != Some("json") {
            return Err(codes::URL_PARAMETER);
        }
        Ok(app)
    }

    /// Checks `request` at `now`.
    pub(super) fn check(&self, request: &LoginRequest, now: UnixSeconds) -> Result<Claim, Refusal> {
        let app = request.sdk_app_id;
        let key = self.keys.get(&app).ok_or(codes::NO_SUCH_APP)?;
        UserId::new(&request.user_id).map_err(|_| codes::BAD_USER_ID)?;
        let proven = verify(&request.user_sig, SdkAppId(app), &request.user_id, key, now)
            .map_err(|fault| refusal_of(&fault))?;
        let platform = Platform::named(&request.platform).ok_or(codes::BAD_PARAMETER)?;
        if request.device_id.is_empty() || request.device_id.len() > DEVICE_ID_BYTES {
            return Err(codes::BAD_PARAMETER);
        }
        Ok(Claim {
            account: Name::new(app, &request.user_id),
            device: Name::new(app, &request.device_id),
            platform,
            issued: proven.ticket.issued,
            expires: proven.ticket.expires(),
        })
    }
}

const fn refusal_of(fault: &SigFault) -> Refusal {
    match fault {
        SigFault::NotAUserSig(Malformed::Empty) => codes::SIG_EMPTY,
        SigFault::NotAUserSig(Malformed::FirstVersion) => codes::SIG_FIRST_VERSION,
        SigFault::NotAUserSig(_) => codes::SIG_ILLEGAL,
        SigFault::OtherApp { .. } => codes::SIG_OTHER_APP,
        SigFault::OtherUser { .. } => codes::SIG_OTHER_USER,
        SigFault::Expired { .. } => codes::SIG_EXPIRED,
        SigFault::BadSignature => codes::SIG_OTHER_KEY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trtc_usersig::sign;

    const NOW: u64 = 1_700_000_000;

    fn sig(app: u32, user: &str, key: &str, issued: u64) -> String {
        sig_for(60, (app, user, key, issued))
    }

    fn sig_for(seconds: i64, (app, user, key, issued): (u32, &str, &str, u64)) -> String {
        let user = UserId::new(user).unwrap();
        let (app, key) = (SdkAppId(app), Key::new(key));
        sign(app, &user, &key, UnixSeconds(issued), seconds)
    }

    fn request(user_sig: String) -> LoginRequest {
        LoginRequest {
            sdk_app_id: 7,
            user_id: "alice".into(),
            user_sig,
            platform: "ipad".into(),
            device_id: "d1".into(),
        }
    }

    fn code_of(request: &LoginRequest) -> i64 {
        let apps = [(7, "seven"), (8, "eight")].map(|(sdk_app_id, key)| AppConfig {
            sdk_app_id,
            key: key.into(),
        });
        match Authenticator::new(&apps).check(request, UnixSeconds(NOW)) {
            Ok(claim) => {
                assert!(claim.expires >= UnixSeconds(NOW));
                0
            }
            Err(refusal) => refusal.code,
        }
    }

    #[test]
    fn each_fault_of_a_ticket_has_its_documented_code() {
        for (user_sig, code) in [
            (sig(7, "alice", "seven", NOW), 0),
            ("eJyr".into(), 70003),
            (String::new(), 70002),
            (sig(8, "alice", "eight", NOW), 70014),
            (sig(7, "bob", "seven", NOW), 70013),
            (sig(7, "alice", "seven", NOW - 61), 70001),
            (sig(7, "alice", "eight", NOW), 70009),
            // Its last second, which is in it, and such as were over when they were signed.
            (sig(7, "alice", "seven", NOW - 60), 0),
            (sig_for(-5, (7, "alice", "seven", NOW)), 70001),
            (sig_for(-1, (7, "alice", "seven", NOW)), 70001),
            (sig_for(i64::MIN, (7, "alice", "seven", NOW)), 70001),
            (sig_for(0, (7, "alice", "seven", NOW - 1)), 70001),
        ] {
            assert_eq!(code_of(&request(user_sig)), code);
        }
    }

    #[test]
    fn the_app_is_looked_at_first_then_the_user_id_then_the_ticket() {
        let mut broken = request("not a ticket".into());
        broken.sdk_app_id = 9;
        broken.user_id = "no spaces please".into();
        assert_eq!(code_of(&broken), 70020);
        broken.sdk_app_id = 7;
        assert_eq!(code_of(&broken), 7003);
        broken.user_id = "alice".into();
        assert_eq!(code_of(&broken), 70003);
    }

    #[test]
    fn a_device_needs_a_name_and_a_known_platform() {
        for (platform, device_id) in [
            ("toaster", "d1".to_owned()),
            ("web", String::new()),
            ("web", "d".repeat(129)),
        ] {
            let login = LoginRequest {
                platform: platform.into(),
                device_id,
                ..request(sig(7, "alice", "seven", NOW))
            };
            assert_eq!(code_of(&login), 6017);
        }
    }
}
