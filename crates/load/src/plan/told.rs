//! What a webhook receiver is told of an arrival beside its own session: whom the rival kicks from where, and what status
//! the person sets.
//!
//! In: an arrival, the profile's shares, the login policy. Out: [`Told`], the same for the same seed. Never here: callbacks.

use super::chance::pick;
use super::{Arrival, Plan};
use crate::profile::Shares;
use crate::scenario::Draws;
use crate::session::DeviceRules;
use trtc_usersig::Platform;

/// Statuses that people set. One is not ASCII, as people's are not.
const STATUSES: [&str; 4] = ["busy", "in a meeting", "back at \"2\"", "\u{5916}\u{51fa}"];

/// What a receiver is told of an arrival beside its own session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The platform of the person's rival device.
    pub rival: Platform,
    /// The platform of a second device that the rival kicks too; none: there is none.
    pub second: Option<Platform>,
    /// The status that the person sets; none: none is set.
    pub status: Option<&'static str>,
}

impl Plan {
    /// What is told of `arrival` beside its own session. A second device is one that the rival's login ends by the policy,
    /// as the documents' sample has it: both were online before the policy was made stricter, or by `native_instances`.
    #[must_use]
    pub fn told(&self, arrival: &Arrival, shares: Shares, rules: DeviceRules) -> Told {
        let mut draws = Draws::new(arrival.itinerary.lot);
        // Always the same draws in the same order: a change of one share moves no other.
        let (moves, rival) = (draws.next(), draws.next());
        let (is_double, second) = (draws.next(), draws.next());
        let (sets, status) = (draws.next(), draws.next());
        let own = self.platform(arrival.app, arrival.accounts[0]);
        let rival = if moves < shares.other_platform {
            self.other_than(own, rules, rival)
        } else {
            own
        };
        Told {
            rival,
            second: (is_double < shares.two_victims).then(|| self.other_than(own, rules, second)),
            status: (sets < shares.custom_status).then(|| {
                let each = STATUSES.map(|_| 0.25);
                STATUSES[pick(each.into_iter(), status)]
            }),
        }
    }

    /// Another platform of the population that excludes `own`, as `point` in 0..1 picks it; `own` where there is none.
    fn other_than(&self, own: Platform, rules: DeviceRules, point: f64) -> Platform {
        let others = || {
            let all = self.platforms.iter();
            all.filter(move |(other, _)| *other != own && rules.policy.excludes(own, *other))
        };
        let sum: f64 = others().map(|(_, share)| share).sum();
        let chosen = pick(others().map(|(_, share)| share / sum), point);
        others().nth(chosen).map_or(own, |(other, _)| *other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Overrides, Profile, Source};
    use crate::session::Policy;

    fn plan(platforms: &str) -> Plan {
        let text = format!(
            "version = 1\nseed = 3\n[target]\nurl = \"http://127.0.0.1:1\"\ndialect = \"tencent-webhook\"\n\
             [[apps]]\nsdk_app_id = 7\n[population]\naccounts = 5000\nplatforms = {platforms}\n\
             [[scenarios]]\nname = \"kicked\"\ndwell = \"0s\"\nreaction = \"0s\"\n\
             [[stages]]\nname = \"peak\"\nfor = \"40s\"\nrate = 50\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: std::path::PathBuf::new(),
        };
        Plan::new(&Profile::parse(&text, &source, &Overrides::default()).unwrap()).unwrap()
    }

    fn told(platforms: &str, policy: Policy, share: f64) -> Vec<(Platform, Told)> {
        let plan = plan(platforms);
        let shares = Shares {
            other_platform: share,
            two_victims: share,
            custom_status: share,
        };
        let rules = DeviceRules {
            policy,
            ..DeviceRules::default()
        };
        let one = |arrival: Arrival| {
            let own = plan.platform(arrival.app, arrival.accounts[0]);
            (own, plan.told(&arrival, shares, rules))
        };
        plan.arrivals().map(one).collect()
    }

    #[test]
    fn a_rival_of_another_platform_is_one_that_the_policy_kicks_for() {
        use Platform as P;
        let four = "{ android = 1, iphone = 3, windows = 1, web = 1 }";
        for (own, told) in told(four, Policy::Dual, 1.0) {
            assert_eq!(told.rival == own, own == P::Web, "{own} {told:?}");
            assert_eq!(told.rival == P::Web, own == P::Web, "{own} {told:?}");
            assert!(told.second.is_some() && told.status.is_some());
        }
        for (own, told) in told(four, Policy::Triple, 1.0) {
            let other = match own {
                P::Android => P::Iphone,
                P::Iphone => P::Android,
                P::Ipad | P::Windows | P::Mac | P::Web => own,
            };
            assert_eq!((told.rival, told.second), (other, Some(other)), "{own}");
        }
        for (own, told) in told(four, Policy::Single, 1.0) {
            assert_ne!(told.rival, own);
        }
        for (own, told) in told("{ mac = 1 }", Policy::Single, 1.0) {
            assert_eq!((told.rival, told.second), (own, Some(own)));
        }
    }

    #[test]
    fn shares_are_kept_and_a_share_of_nothing_is_nothing() {
        let all = told("{ android = 1, iphone = 1 }", Policy::Dual, 0.3);
        let n = all.len() as f64;
        let counts = [
            all.iter().filter(|(own, told)| told.rival != *own).count(),
            all.iter().filter(|(_, told)| told.second.is_some()).count(),
            all.iter().filter(|(_, told)| told.status.is_some()).count(),
        ];
        // Five standard deviations of a binomial.
        let slack = 5.0 * (n * 0.3 * 0.7).sqrt();
        for count in counts {
            assert!((count as f64 - n * 0.3).abs() <= slack, "{counts:?} of {n}");
        }
        let none = |(own, told): &(Platform, Told)| {
            (told.rival, told.second, told.status) == (*own, None, None)
        };
        assert!(
            told("{ android = 1, iphone = 1 }", Policy::Dual, 0.0)
                .iter()
                .all(none)
        );
    }
}
