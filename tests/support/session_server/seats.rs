//! Which of an account's devices may be online together, as the documents tell it. Written for the tests alone.

use trtc_load::usersig::Platform;

/// The device policy of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seats {
    pub(crate) policy: &'static str,
    /// Browsers of an account together.
    pub(crate) web: usize,
    /// Devices of an account on one native platform together.
    pub(crate) native: usize,
}

impl Seats {
    pub(crate) const fn of(policy: &'static str) -> Self {
        Self {
            policy,
            web: 1,
            native: 1,
        }
    }

    pub(crate) const DUAL: Self = Self::of("dual");

    /// Those of `online`, the account's devices from the earliest login to the latest, that give way to `newcomer`.
    pub(super) fn give_way(self, newcomer: Platform, online: &[Platform]) -> Vec<usize> {
        let room = if newcomer == Platform::Web {
            self.web
        } else {
            self.native
        };
        let same = online.iter().filter(|one| **one == newcomer).count();
        let mut too_many = (same + 1).saturating_sub(room);
        let mut gone = Vec::new();
        for (place, &one) in online.iter().enumerate() {
            if one == newcomer && too_many > 0 {
                too_many -= 1;
                gone.push(place);
            } else if one != newcomer && self.exclude(one, newcomer) {
                gone.push(place);
            }
        }
        gone
    }

    /// Whether two different platforms may not be online together.
    fn exclude(self, one: Platform, other: Platform) -> bool {
        let [one, other] = [one, other].map(Family::of);
        let has_web = one == Family::Web || other == Family::Web;
        match self.policy {
            "single" => true,
            "dual" => !has_web,
            "triple" => !has_web && one == other,
            "multi" => false,
            unknown => panic!("{unknown} is no policy"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Mobile,
    Desktop,
    Web,
}

impl Family {
    const fn of(platform: Platform) -> Self {
        match platform {
            Platform::Android | Platform::Iphone | Platform::Ipad => Self::Mobile,
            Platform::Windows | Platform::Mac => Self::Desktop,
            Platform::Web => Self::Web,
        }
    }
}
