//! From what a person knows of an app to the parameters of the model.

use trtc_base::beta::Nodes;

/// What a person may know. Counts of accounts that open the app.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// Accounts at the period's start.
    pub(super) accounts: Option<f64>,
    /// Active on a day, mean over the period.
    pub(super) dau: Option<f64>,
    /// Active at least once in the period.
    pub(super) mau: Option<f64>,
    /// a + b of the Beta distribution.
    pub(super) concentration: Option<f64>,
    /// New on each day.
    pub(super) new_per_day: f64,
}

/// What the rest must be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Solved {
    pub(super) accounts: f64,
    pub(super) daily_share: f64,
    pub(super) concentration: f64,
    /// What was assumed or solved for, as sentences.
    pub(super) assumed: Vec<String>,
}

/// Why nothing fits: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Impossible {
    pub(super) what: String,
    pub(super) remedy: String,
}

/// How alike accounts are where nobody says: a few come daily, most seldom.
const CONCENTRATION: f64 = 3.0;

/// DAU over MAU where only one of them is known.
const STICKINESS: f64 = 0.2;

/// The least and the most concentration that is looked for.
const LOOSE: f64 = 1e-3;
const TIGHT: f64 = 1e5;

/// The least and the largest daily share that is looked for.
const LEAST: f64 = 1e-7;
const MOST: f64 = 0.999_9;

/// Solves for what is not known.
pub(super) fn solve(known: &Known, factors: &[f64]) -> Result<Solved, Impossible> {
    let world = World::new(factors, known.new_per_day);
    world.check(known)?;
    let mut assumed = Vec::new();
    let Known {
        accounts,
        mut dau,
        mut mau,
        concentration,
        ..
    } = *known;
    if accounts.is_none() {
        match (dau, mau) {
            (Some(dau), None) => mau = Some(assume_mau(dau, &mut assumed)),
            (None, Some(mau)) => dau = Some(assume_dau(mau, &mut assumed)),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let default = || concentration.unwrap_or(CONCENTRATION);
    if concentration.is_none() && (accounts.is_none() || dau.is_none() || mau.is_none()) {
        assumed.push(format!("concentration {CONCENTRATION} (a few accounts come daily, most seldom): assumed, as in load profiles"));
    }
    let (accounts, daily_share, concentration) = match (accounts, dau, mau) {
        (Some(accounts), Some(dau), Some(mau)) => world.all_given(accounts, dau, mau)?,
        (Some(accounts), Some(dau), None) => {
            let share = world.share_for_dau(accounts, dau, default())?;
            (accounts, share, default())
        }
        (Some(accounts), None, Some(mau)) => {
            let share = world.share_for_mau(accounts, mau, default())?;
            (accounts, share, default())
        }
        (None, Some(dau), Some(mau)) => {
            let (accounts, share) = world.accounts_for(dau, mau, default())?;
            (accounts, share, default())
        }
        (_, None, None) | (None, _, None) | (None, None, _) => return Err(Impossible {
            what: "neither `dau` nor `mau` is given".to_owned(),
            remedy:
                "add what you know under [activity]: `mau`, `dau`, or `accounts` with one of them"
                    .to_owned(),
        }),
    };
    Ok(Solved {
        accounts,
        daily_share,
        concentration,
        assumed,
    })
}

fn assume_mau(dau: f64, assumed: &mut Vec<String>) -> f64 {
    assumed.push(format!(
        "MAU {:.0}: assumed, five times the DAU",
        dau / STICKINESS
    ));
    dau / STICKINESS
}

fn assume_dau(mau: f64, assumed: &mut Vec<String>) -> f64 {
    assumed.push(format!(
        "DAU {:.0}: assumed, a fifth of the MAU",
        mau * STICKINESS
    ));
    mau * STICKINESS
}

/// The period, whose DAU and MAU are functions of the parameters.
struct World {
    days: f64,
    alike: Vec<Alike>,
    new: f64,
}

/// Days with one factor.
struct Alike {
    factor: f64,
    /// How many they are.
    days: f64,
    /// The days of the period before them, added up.
    before: f64,
}

impl World {
    fn new(factors: &[f64], new: f64) -> Self {
        let mut alike: Vec<Alike> = Vec::new();
        for (day, factor) in factors.iter().enumerate() {
            let before = day as f64;
            match alike
                .iter_mut()
                .find(|one| one.factor.to_bits() == factor.to_bits())
            {
                Some(one) => {
                    one.days += 1.0;
                    one.before += before;
                }
                None => alike.push(Alike {
                    factor: *factor,
                    days: 1.0,
                    before,
                }),
            }
        }
        Self {
            days: factors.len() as f64,
            alike,
            new,
        }
    }

    /// Refuses what no parameters can bring about.
    fn check(&self, known: &Known) -> Result<(), Impossible> {
        let impossible = |what: String, remedy: &str| {
            Err(Impossible {
                what,
                remedy: remedy.to_owned(),
            })
        };
        let days = self.days;
        let there = known.accounts.map(|accounts| accounts + self.new * days);
        if let (Some(dau), Some(mau)) = (known.dau, known.mau) {
            if dau > mau {
                return impossible(
                    format!(
                        "`dau` {dau:.0} is above `mau` {mau:.0}: who is active on a day is active in the month"
                    ),
                    "exchange them, or correct one",
                );
            }
            if mau > dau * days {
                return impossible(
                    format!(
                        "`mau` {mau:.0} is above {days} days of `dau` {dau:.0}: nobody could have been the others"
                    ),
                    "correct one of them",
                );
            }
        }
        if let (Some(mau), Some(there)) = (known.mau, there)
            && mau > there
        {
            return impossible(
                format!(
                    "`mau` {mau:.0} is above the {there:.0} accounts that there are in the period"
                ),
                "raise `accounts` or `new_accounts_per_day`, or lower `mau`",
            );
        }
        if let Some(mau) = known.mau
            && self.new * days > mau
        {
            return impossible(
                format!(
                    "{:.0} new accounts in the period, each active on its first day, are more than `mau` {mau:.0}",
                    self.new * days
                ),
                "lower `new_accounts_per_day`, or raise `mau`",
            );
        }
        if let (Some(dau), new) = (known.dau, self.new)
            && new > dau
        {
            return impossible(
                format!(
                    "`new_accounts_per_day` {new:.0}, each active on its first day, is above `dau` {dau:.0}"
                ),
                "lower it, or raise `dau`",
            );
        }
        Ok(())
    }

    /// Mean DAU over the period, and MAU, as `accounts` times the first of each pair plus the second.
    fn activity(&self, daily_share: f64, concentration: f64) -> [(f64, f64); 2] {
        let (mut daily, mut later, mut once) = (0.0, 0.0, 0.0);
        let beta = (
            daily_share * concentration,
            (1.0 - daily_share) * concentration,
        );
        for node in Nodes::of(beta) {
            let mut idle = 0.0;
            for alike in &self.alike {
                let active = (node.chance * alike.factor).min(1.0);
                daily += node.weight * active * alike.days;
                later += node.weight * active * alike.before;
                idle += (-active).ln_1p() * alike.days;
            }
            once -= node.weight * idle.exp_m1();
        }
        [
            (daily / self.days, self.new * (1.0 + later / self.days)),
            (once, self.new * self.days),
        ]
    }

    fn dau(&self, accounts: f64, share: f64, concentration: f64) -> f64 {
        let [(each, new), _] = self.activity(share, concentration);
        accounts * each + new
    }

    fn mau(&self, accounts: f64, share: f64, concentration: f64) -> f64 {
        let [_, (each, new)] = self.activity(share, concentration);
        accounts * each + new
    }

    fn share_for_dau(
        &self,
        accounts: f64,
        dau: f64,
        concentration: f64,
    ) -> Result<f64, Impossible> {
        let share = bisect(LEAST, MOST, |share| {
            self.dau(accounts, share, concentration) - dau
        });
        share.ok_or_else(|| Impossible {
            what: format!(
                "{accounts:.0} accounts with these weekdays, holidays and newcomers have a DAU above {:.0} and below {:.0}, not {dau:.0}",
                self.dau(accounts, LEAST, concentration),
                self.dau(accounts, MOST, concentration)
            ),
            remedy: "correct `accounts`, `dau`, `new_accounts_per_day` or the factors of days".to_owned(),
        })
    }

    fn share_for_mau(
        &self,
        accounts: f64,
        mau: f64,
        concentration: f64,
    ) -> Result<f64, Impossible> {
        let share = bisect(LEAST, MOST, |share| {
            self.mau(accounts, share, concentration) - mau
        });
        share.ok_or_else(|| Impossible {
            what: format!(
                "{accounts:.0} accounts with their newcomers have a MAU above {:.0} and below {:.0} at concentration {concentration}, not {mau:.0}",
                self.mau(accounts, LEAST, concentration),
                self.mau(accounts, MOST, concentration)
            ),
            remedy: "correct `accounts` or `mau`, or give another `concentration`".to_owned(),
        })
    }

    /// The accounts and their daily share that make this DAU and MAU.
    fn accounts_for(
        &self,
        dau: f64,
        mau: f64,
        concentration: f64,
    ) -> Result<(f64, f64), Impossible> {
        let accounts = |share: f64| {
            let [_, (each, new)] = self.activity(share, concentration);
            (mau - new).max(0.0) / each
        };
        let share = bisect(LEAST, MOST, |share| {
            self.dau(accounts(share), share, concentration) - dau
        });
        let share = share.ok_or_else(|| Impossible {
            what: format!("no number of accounts has a DAU of {dau:.0} and a MAU of {mau:.0} at concentration {concentration}"),
            remedy: "give `accounts` too, or another `concentration`".to_owned(),
        })?;
        Ok((accounts(share), share))
    }

    /// The daily share and concentration that make this DAU and MAU of so many accounts.
    fn all_given(&self, accounts: f64, dau: f64, mau: f64) -> Result<(f64, f64, f64), Impossible> {
        let at = |ln: f64| -> Option<f64> {
            let share = self.share_for_dau(accounts, dau, ln.exp()).ok()?;
            Some(self.mau(accounts, share, ln.exp()) - mau)
        };
        let ln = bisect(LOOSE.ln(), TIGHT.ln(), |ln| at(ln).unwrap_or(f64::NAN));
        let Some(ln) = ln else {
            // Where not even the DAU can be had, that is what is said.
            let reach = |concentration| -> Result<f64, Impossible> {
                let share = self.share_for_dau(accounts, dau, concentration)?;
                Ok(self.mau(accounts, share, concentration))
            };
            let (least, most) = (reach(LOOSE)?, reach(TIGHT)?);
            return Err(Impossible {
                what: format!(
                    "{accounts:.0} accounts with a DAU of {dau:.0} have a MAU above {least:.0} and below {most:.0}, not {mau:.0}"
                ),
                remedy:
                    "correct one of `accounts`, `dau`, `mau`, or leave out the one you know least"
                        .to_owned(),
            });
        };
        Ok((
            accounts,
            self.share_for_dau(accounts, dau, ln.exp())?,
            ln.exp(),
        ))
    }
}

/// Where a function that grows is zero; none when it is not within the bounds.
fn bisect(from: f64, to: f64, at: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut low, mut high) = (from, to);
    if !(at(low) <= 0.0 && at(high) >= 0.0) {
        return None;
    }
    for _ in 0..44 {
        let middle = f64::midpoint(low, high);
        if at(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}
