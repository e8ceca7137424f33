//! Which sessions of an account end when another device logs in. Pure, and written from the documents: the mock has rules of
//! its own, so that neither vouches for itself.
//!
//! Source: Chat docs, "Login and Multi-Device": the policy table and the limits of instances.

use trtc_base::config::Named;
use trtc_usersig::Platform;

/// The app's multi-device login policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// One platform of all.
    Single,
    /// One native platform, and the web beside it. The documented default.
    #[default]
    Dual,
    /// One phone or tablet, one desktop, and the web.
    Triple,
    /// All side by side.
    Multi,
}

impl Named for Policy {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("single", Self::Single),
        ("dual", Self::Dual),
        ("triple", Self::Triple),
        ("multi", Self::Multi),
    ];
}

impl Policy {
    /// Whether no two devices of these platforms may be online together, but for several instances of one platform.
    #[must_use]
    pub const fn excludes(self, one: Platform, other: Platform) -> bool {
        self.group(one) == self.group(other)
    }

    /// The group of a platform: one platform of each is online at a time.
    const fn group(self, platform: Platform) -> u8 {
        use Platform as P;
        match (self, platform) {
            (Self::Single, _)
            | (Self::Dual, P::Android | P::Iphone | P::Ipad | P::Windows | P::Mac)
            | (Self::Triple, P::Android | P::Iphone | P::Ipad)
            | (Self::Multi, P::Android) => 0,
            (Self::Dual | Self::Triple | Self::Multi, P::Web) => 1,
            (Self::Triple, P::Windows | P::Mac) | (Self::Multi, P::Windows) => 2,
            (Self::Multi, P::Iphone) => 3,
            (Self::Multi, P::Ipad) => 4,
            (Self::Multi, P::Mac) => 5,
        }
    }
}

/// The policy, and how many instances of one platform may be online together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRules {
    /// Which platforms exclude each other.
    pub policy: Policy,
    /// Web instances of an account, 1 to 10.
    pub web_instances: u32,
    /// Instances of an account on each native platform, 1 to 3.
    pub native_instances: u32,
}

impl Default for DeviceRules {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            web_instances: 1,
            native_instances: 1,
        }
    }
}

impl DeviceRules {
    /// The places in `online`, an account's devices in the order of their logins, of those whose sessions end when a
    /// device of `newcomer` logs in: every other platform of its group, and the earliest of its own where there is no
    /// room for one more.
    #[must_use]
    pub fn ended_by(&self, newcomer: Platform, online: &[Platform]) -> Vec<usize> {
        let group = self.policy.group(newcomer);
        let room = match newcomer {
            Platform::Web => self.web_instances,
            Platform::Android
            | Platform::Iphone
            | Platform::Ipad
            | Platform::Windows
            | Platform::Mac => self.native_instances,
        };
        let mine = online.iter().filter(|platform| **platform == newcomer);
        let mut surplus = (mine.count() + 1).saturating_sub(room as usize);
        let mut ended = Vec::new();
        for (place, &platform) in online.iter().enumerate() {
            if platform != newcomer {
                if self.policy.group(platform) == group {
                    ended.push(place);
                }
            } else if surplus > 0 {
                surplus -= 1;
                ended.push(place);
            }
        }
        ended
    }

    /// How many sessions end when devices of `platforms` log in one after the other.
    #[must_use]
    pub fn kicks(&self, platforms: &[Platform]) -> u64 {
        let mut online = Vec::new();
        let mut kicks = 0;
        for &platform in platforms {
            for place in self.ended_by(platform, &online).into_iter().rev() {
                online.remove(place);
                kicks += 1;
            }
            online.push(platform);
        }
        kicks
    }
}

/// Where a native device that was kicked while it was away meets 6208, once. Source: Chat docs, "Login": two switches of the
/// console, both off by default; web devices never meet it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfflineKick {
    /// Nowhere: its next login succeeds.
    #[default]
    Silent,
    /// At its next login.
    OnLogin,
    /// When it comes back by its token.
    OnReconnect,
    /// At whichever comes first.
    Both,
}

impl Named for OfflineKick {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("silent", Self::Silent),
        ("on_login", Self::OnLogin),
        ("on_reconnect", Self::OnReconnect),
        ("both", Self::Both),
    ];
}

impl OfflineKick {
    /// Whether coming back by the token meets it.
    #[must_use]
    pub const fn at_reconnect(self) -> bool {
        matches!(self, Self::OnReconnect | Self::Both)
    }

    /// Whether a login meets it, of a device that was not told when it came back.
    #[must_use]
    pub const fn at_login(self) -> bool {
        matches!(self, Self::OnLogin | Self::Both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Platform as P;

    /// The documented table, row by row: who stays when a device of the last platform logs in.
    #[test]
    fn each_policy_ends_what_its_row_says() {
        let all = [P::Android, P::Iphone, P::Ipad, P::Windows, P::Mac, P::Web];
        for (policy, newcomer, ended) in [
            (Policy::Single, P::Web, vec![0, 1, 2, 3, 4, 5]),
            (Policy::Dual, P::Web, vec![5]),
            (Policy::Dual, P::Ipad, vec![0, 1, 2, 3, 4]),
            (Policy::Triple, P::Ipad, vec![0, 1, 2]),
            (Policy::Triple, P::Mac, vec![3, 4]),
            (Policy::Triple, P::Web, vec![5]),
            (Policy::Multi, P::Mac, vec![4]),
            (Policy::Multi, P::Android, vec![0]),
        ] {
            let rules = DeviceRules {
                policy,
                ..DeviceRules::default()
            };
            assert_eq!(
                rules.ended_by(newcomer, &all),
                ended,
                "{policy:?} {newcomer}"
            );
        }
    }

    #[test]
    fn with_room_for_more_instances_the_earliest_gives_way() {
        let rules = DeviceRules {
            web_instances: 2,
            native_instances: 3,
            ..DeviceRules::default()
        };
        assert_eq!(rules.ended_by(P::Web, &[P::Web]), Vec::<usize>::new());
        assert_eq!(rules.ended_by(P::Web, &[P::Web, P::Mac, P::Web]), [0]);
        assert_eq!(rules.ended_by(P::Mac, &[P::Mac, P::Mac, P::Mac]), [0]);
        // Another platform of the group ends all of them, however many there may be.
        assert_eq!(rules.ended_by(P::Mac, &[P::Ipad, P::Ipad]), [0, 1]);
        assert_eq!(rules.kicks(&[P::Web, P::Web, P::Web, P::Ipad, P::Mac]), 2);
    }
}
