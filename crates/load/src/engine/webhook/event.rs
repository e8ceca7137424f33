//! What can happen to a session, in the words of the callback.
//!
//! Source of the words: tencentcloud.com/document/product/1047/34357.

use std::net::Ipv4Addr;

use trtc_usersig::Platform;

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// It came online, also after a network loss; with the platform of the session that it kicked.
    CameOnline(Option<Platform>),
    /// The person logged out.
    LoggedOut,
    /// The app or the network went away, and the server saw the connection close.
    LinkClosed,
    /// The device was silent for as long as the heartbeat limit.
    TimedOut,
}

impl Happened {
    /// `Info.Action`.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::CameOnline(_) => "Login",
            Self::LoggedOut => "Logout",
            Self::LinkClosed | Self::TimedOut => "Disconnect",
        }
    }

    /// `Info.Reason`.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::CameOnline(_) => "Register",
            Self::LoggedOut => "Unregister",
            Self::LinkClosed => "LinkClose",
            Self::TimedOut => "TimeOut",
        }
    }

    /// The member `KickedDevice` with its comma; nothing where nobody was kicked.
    pub(super) fn kicked_devices(self) -> String {
        match self {
            Self::CameOnline(Some(platform)) => {
                let platform = in_body(platform);
                format!(",\"KickedDevice\":[{{\"Platform\":\"{platform}\"}}]")
            }
            Self::CameOnline(None) | Self::LoggedOut | Self::LinkClosed | Self::TimedOut => {
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
    let host = (account * 2 + u64::from(device)) % 254 + 1;
    let host = u8::try_from(host).unwrap_or(1);
    Ipv4Addr::new(198, 51, 100, host).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_login_that_kicked_names_a_device() {
        let kicked = Happened::CameOnline(Some(Platform::Iphone)).kicked_devices();
        assert_eq!(kicked, r#","KickedDevice":[{"Platform":"iOS"}]"#);
        for other in [
            Happened::CameOnline(None),
            Happened::LoggedOut,
            Happened::LinkClosed,
            Happened::TimedOut,
        ] {
            assert_eq!(other.kicked_devices(), "");
        }
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
            assert_ne!(own, rival);
            assert!(own.starts_with("198.51.100.") && own != "198.51.100.0");
        }
    }
}
