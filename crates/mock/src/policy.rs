//! Which sessions of an account may be online together, and which of them lose to a newcomer. Pure.

use serde::{Deserialize, Serialize};

use trtc_usersig::Platform;

/// The app's multi-device login policy. Source: Chat docs, "Login and Multi-Device" (facts: policy table).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// One platform of all six.
    Single,
    /// One native platform, and the web beside it. The documented default.
    #[default]
    Dual,
    /// One phone or tablet platform, one desktop platform, and the web.
    Triple,
    /// All six side by side.
    Multi,
}

impl Policy {
    /// Every policy with its name, from the strictest to the most lenient.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("single", Self::Single),
        ("dual", Self::Dual),
        ("triple", Self::Triple),
        ("multi", Self::Multi),
    ];

    /// Whether two different platforms may not be online together.
    const fn excludes(self, one: Platform, other: Platform) -> bool {
        match self {
            Self::Single => true,
            Self::Dual => !is_web(one) && !is_web(other),
            Self::Triple => {
                (is_mobile(one) && is_mobile(other)) || (is_desktop(one) && is_desktop(other))
            }
            Self::Multi => false,
        }
    }
}

const fn is_web(platform: Platform) -> bool {
    matches!(platform, Platform::Web)
}

const fn is_mobile(platform: Platform) -> bool {
    matches!(
        platform,
        Platform::Android | Platform::Iphone | Platform::Ipad
    )
}

const fn is_desktop(platform: Platform) -> bool {
    matches!(platform, Platform::Windows | Platform::Mac)
}

/// The policy, and how many instances of one platform may be online together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KickRules {
    /// Which platforms exclude each other.
    pub policy: Policy,
    /// Web instances of one account, at least 1. The documents allow up to 10.
    pub web_instances: u32,
    /// Instances of one account on each native platform, at least 1. The documents allow up to 3.
    pub native_instances: u32,
}

impl Default for KickRules {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            web_instances: 1,
            native_instances: 1,
        }
    }
}

/// Whether a session that may lose is online, or has left and could come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Online.
    Live,
    /// Its device left without a logout.
    Away,
}

impl KickRules {
    /// The positions in `held` (an account's sessions in the order of their logins) that end when a device of
    /// `newcomer` logs in.
    pub(super) fn losers(&self, newcomer: Platform, held: &[(Platform, Presence)]) -> Vec<usize> {
        let mut losers: Vec<usize> = Vec::new();
        let mut same: Vec<usize> = Vec::new();
        for (position, (platform, _)) in held.iter().enumerate() {
            if *platform == newcomer {
                same.push(position);
            } else if self.policy.excludes(newcomer, *platform) {
                losers.push(position);
            }
        }
        let room = self.instances(newcomer).saturating_sub(1);
        let surplus = same.len().saturating_sub(room);
        // A device that has left gives way before one that is online; a stable sort keeps the order of logins.
        same.sort_by_key(|position| held[*position].1 == Presence::Live);
        losers.extend(same.into_iter().take(surplus));
        losers
    }

    fn instances(&self, platform: Platform) -> usize {
        let most = if is_web(platform) {
            self.web_instances
        } else {
            self.native_instances
        };
        most as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trtc_usersig::Platform as P;

    /// The rows of the documented table: sets of platforms of which only one may be online.
    fn documented(policy: Policy) -> Vec<Vec<P>> {
        match policy {
            Policy::Single => vec![P::ALL.to_vec()],
            Policy::Dual => vec![
                vec![P::Android, P::Iphone, P::Ipad, P::Windows, P::Mac],
                vec![P::Web],
            ],
            Policy::Triple => vec![
                vec![P::Android, P::Iphone, P::Ipad],
                vec![P::Windows, P::Mac],
                vec![P::Web],
            ],
            Policy::Multi => P::ALL.into_iter().map(|platform| vec![platform]).collect(),
        }
    }

    #[test]
    fn every_pair_of_platforms_follows_the_documented_table() {
        for (name, policy) in Policy::NAMED {
            let rules = KickRules {
                policy,
                ..KickRules::default()
            };
            for old in P::ALL {
                for new in P::ALL {
                    let together = documented(policy)
                        .iter()
                        .any(|row| row.contains(&old) && row.contains(&new));
                    let losers = rules.losers(new, &[(old, Presence::Live)]);
                    assert_eq!(losers == vec![0], together, "{name}: {new} after {old}");
                }
            }
        }
    }

    #[test]
    fn with_room_for_more_instances_the_earliest_login_loses() {
        let rules = KickRules {
            web_instances: 3,
            ..KickRules::default()
        };
        let web = (P::Web, Presence::Live);
        assert_eq!(rules.losers(P::Web, &[web, web]), Vec::<usize>::new());
        assert_eq!(
            rules.losers(P::Web, &[web, (P::Mac, Presence::Live), web, web]),
            vec![0]
        );
    }

    #[test]
    fn a_device_that_left_gives_way_before_one_that_is_online() {
        let rules = KickRules {
            web_instances: 2,
            ..KickRules::default()
        };
        let held = [(P::Web, Presence::Live), (P::Web, Presence::Away)];
        assert_eq!(rules.losers(P::Web, &held), vec![1]);
    }

    #[test]
    fn a_policy_is_found_by_the_name_it_is_written_with() {
        for (name, policy) in Policy::NAMED {
            assert_eq!(
                serde_json::to_string(&policy).unwrap(),
                format!("\"{name}\"")
            );
        }
    }
}
