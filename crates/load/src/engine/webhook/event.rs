//! What can happen to a session, in the words of the callback.
//!
//! Source of the words: tencentcloud.com/document/product/1047/34357.

use std::net::Ipv4Addr;

use trtc_usersig::Platform;

/// What happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// It came online, also after a network loss; with the platforms of the sessions that it kicked, the earliest first.
    CameOnline(Vec<Platform>),
    /// The person set this status.
    SetStatus(&'static str),
    /// The person logged out.
    LoggedOut,
    /// The app or the network went away, and the server saw the connection close.
    LinkClosed,
    /// The device was silent for as long as the heartbeat limit.
    TimedOut,
}

impl Happened {
    /// `Info.Action`.
    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::CameOnline(_) => "Login",
            Self::SetStatus(_) => "CustomStatusChange",
            Self::LoggedOut => "Logout",
            Self::LinkClosed | Self::TimedOut => "Disconnect",
        }
    }

    /// `Info.Reason`.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::CameOnline(_) => "Register",
            Self::SetStatus(_) => "SetCustomStatus",
            Self::LoggedOut => "Unregister",
            Self::LinkClosed => "LinkClose",
            Self::TimedOut => "TimeOut",
        }
    }

    /// The member `KickedDevice` with its comma; nothing where nobody was kicked.
    pub(super) fn kicked_devices(&self) -> String {
        match self {
            Self::CameOnline(kicked) if !kicked.is_empty() => {
                let device = |one: &Platform| format!("{{\"Platform\":\"{}\"}}", in_body(*one));
                let devices: Vec<_> = kicked.iter().map(device).collect();
                format!(",\"KickedDevice\":[{}]", devices.join(","))
            }
            Self::CameOnline(_)
            | Self::SetStatus(_)
            | Self::LoggedOut
            | Self::LinkClosed
            | Self::TimedOut => String::new(),
        }
    }

    /// The member `CustomStatus` of `Info` with its comma; nothing where none was set.
    pub(super) fn custom_status(&self) -> String {
        match self {
            Self::SetStatus(status) => {
                format!(",\"CustomStatus\":{}", serde_json::Value::from(*status))
            }
            Self::CameOnline(_) | Self::LoggedOut | Self::LinkClosed | Self::TimedOut => {
                String::new()
            }
        }
    }
}

/// A platform as `KickedDevice` names it.
const fn in_body(platform: Platform) -> &'static str {
    match platform {
        Platform::Android => "Android",
        Platform::Iphone => "iOS",
        Platform::Ipad => "iPad",
        Platform::Windows => "Windows",
        Platform::Mac => "Mac",
        Platform::Web => "Web",
    }
}

/// A platform as the parameter `OptPlatform` names it: in this callback an iPhone is in capitals.
pub(super) const fn in_url(platform: Platform) -> &'static str {
    match platform {
        Platform::Iphone => "IOS",
        Platform::Android | Platform::Ipad | Platform::Windows | Platform::Mac | Platform::Web => {
            in_body(platform)
        }
    }
}

/// A device's address: the same in every run, from the block that documents may use (RFC 5737, TEST-NET-2).
pub(super) fn client_ip(account: u64, device: u8) -> String {
    let host = (account.wrapping_mul(2).wrapping_add(u64::from(device))) % 254 + 1;
    let host = u8::try_from(host).unwrap_or(1);
    Ipv4Addr::new(198, 51, 100, host).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_login_that_kicked_names_a_device() {
        let kicked = Happened::CameOnline(vec![Platform::Iphone]).kicked_devices();
        assert_eq!(kicked, r#","KickedDevice":[{"Platform":"iOS"}]"#);
        // The documents' sample.
        let both = Happened::CameOnline(vec![Platform::Windows, Platform::Android]);
        assert_eq!(
            both.kicked_devices(),
            r#","KickedDevice":[{"Platform":"Windows"},{"Platform":"Android"}]"#
        );
        for other in [
            Happened::CameOnline(Vec::new()),
            Happened::SetStatus("busy"),
            Happened::LoggedOut,
            Happened::LinkClosed,
            Happened::TimedOut,
        ] {
            assert_eq!(other.kicked_devices(), "");
        }
    }

    #[test]
    fn a_status_is_told_as_json_whatever_people_write() {
        let told = Happened::SetStatus("back at \"2\"").custom_status();
        assert_eq!(told, r#","CustomStatus":"back at \"2\"""#);
        assert_eq!(Happened::LoggedOut.custom_status(), "");
    }

    #[test]
    fn an_iphone_has_two_names() {
        assert_eq!(in_url(Platform::Iphone), "IOS");
        assert_eq!(in_url(Platform::Mac), "Mac");
    }

    #[test]
    fn addresses_are_of_the_documents_block_and_differ_between_an_accounts_devices() {
        for account in [0, 1, 126, 127, 100_000] {
            let (own, rival) = (client_ip(account, 0), client_ip(account, 1));
            let second = client_ip(account, 2);
            assert!(own != rival && own != second && rival != second);
            assert!(own.starts_with("198.51.100.") && own != "198.51.100.0");
        }
    }
}
