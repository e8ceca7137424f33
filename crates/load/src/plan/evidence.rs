//! How many samples a plan brings for a budget, when all goes well: told before a run that could never decide it.

use super::Plan;
use crate::profile::Budget;
use crate::profile::BudgetOf;
use crate::profile::Play;
use crate::profile::Profile;
use crate::profile::PushUse;
use crate::profile::Scenario;
use crate::profile::SelfInfoCheck;
use crate::profile::StageKind;
use crate::profile::SwitchHow;
use crate::session::Operation;
use trtc_wire::dialect::Dialect;

impl Plan {
    /// The samples that are expected for `budget`, a step taken to be due in the stage of its arrival. None where the plan
    /// does not say: how often a channel is polled, which accounts are new, what a webhook is told.
    #[must_use]
    pub fn samples_expected(&self, profile: &Profile, budget: &Budget) -> Option<u64> {
        let operation = match budget.of {
            BudgetOf::Latency(operation, ..) | BudgetOf::Errors(operation, _) => Some(operation),
            // A kept connection goes through few of its phases.
            BudgetOf::Phase(..) => return None,
            BudgetOf::ArrivalsStarted(_) => None,
        };
        let dialect = &profile.target().dialect;
        if dialect.is_webhook() {
            return None;
        }
        let mut of_an_arrival = 0.0;
        for scenario in &self.scenarios {
            let each = match operation {
                None => 1.0,
                Some(operation) => of_scenario(scenario, operation, dialect)?,
            };
            of_an_arrival += scenario.share * each;
        }
        let stages = (0..=u8::MAX).zip(profile.stages());
        let covered = stages.filter(|(ix, stage)| match budget.stage {
            Some(one) => one.0 == *ix,
            None => stage.kind == StageKind::Measured,
        });
        let arrivals = covered.filter_map(|(ix, _)| self.occupancy.by_stage.get(usize::from(ix)));
        let arrivals: u64 = arrivals.sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an expectation far below 2^53 and not below 0"
        )]
        let samples = (arrivals as f64 * of_an_arrival).round() as u64;
        Some(samples)
    }
}

/// Steps of `operation` in one arrival of `scenario`, on average. What the scenario provokes is no sample.
fn of_scenario(scenario: &Scenario, operation: Operation, dialect: &Dialect) -> Option<f64> {
    if let Play::Requests { steps, .. } = &scenario.play {
        let asked = steps.iter().filter(|step| **step == operation);
        return Some(float(asked.count()));
    }
    let each = Each::of(&scenario.play, dialect);
    let all = each.login + each.relogin + each.switch + each.provoked_logins;
    let opens = scenario.push == PushUse::Open;
    let asks = scenario.self_info == SelfInfoCheck::Ask;
    match operation {
        Operation::Login => Some(each.login),
        Operation::Relogin => Some(each.relogin),
        Operation::Switch => Some(each.switch),
        Operation::Provoke => Some(each.provoke),
        Operation::KickNotice => Some(each.notices),
        Operation::Reconnect => Some(each.reconnects),
        Operation::Watch | Operation::Logout if !scenario.performs(operation) => Some(0.0),
        // A login that is refused makes nobody come in.
        Operation::SignIn if scenario.play == Play::Refused => Some(0.0),
        Operation::SignIn => Some(1.0),
        Operation::Usersig => Some(all),
        Operation::Push => Some(if opens { all } else { 0.0 }),
        Operation::SelfInfo => Some(if asks { all + each.asked_again } else { 0.0 }),
        // Each has a first stay at least.
        Operation::Watch => Some(scenario.watch),
        Operation::Logout => Some(scenario.logout_share + each.logouts),
        // As many as the kick takes time for.
        Operation::InFlight
        | Operation::Register
        | Operation::Status
        | Operation::LongPoll
        | Operation::AccountCheck
        | Operation::Callback => None,
    }
}

/// What one arrival does on average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Each {
    login: f64,
    relogin: f64,
    switch: f64,
    provoke: f64,
    /// Of those, the ones that are logins.
    provoked_logins: f64,
    notices: f64,
    reconnects: f64,
    /// Questions who is logged in beside the one after each login.
    asked_again: f64,
    /// Logouts before the session's end.
    logouts: f64,
}

impl Each {
    fn of(play: &Play, dialect: &Dialect) -> Self {
        let by_login = dialect.is_provoked_by_login();
        let one = Self {
            login: 1.0,
            ..Self::default()
        };
        match play {
            Play::Login | Play::Absent { .. } => one,
            // A refusal that is provoked counts in no budget.
            Play::Requests { .. } | Play::Refused => Self::default(),
            Play::Switch { how } => Self {
                switch: 1.0,
                logouts: match how {
                    SwitchHow::Implicit => 0.0,
                    SwitchHow::LogoutThenLogin => 1.0,
                },
                ..one
            },
            // The refusal is provoked, so the login after it is the only one that counts.
            Play::Expired { .. } => Self {
                login: 0.0,
                relogin: 1.0,
                ..one
            },
            Play::Kicked {
                relogin, fights, ..
            } => {
                // Where a request kicks, the return meets nobody and there is no fight.
                let returns = if by_login {
                    relogin * f64::from(fights + 1)
                } else {
                    *relogin
                };
                Self {
                    login: if by_login { 1.0 } else { 2.0 },
                    relogin: returns,
                    provoke: 1.0,
                    provoked_logins: f64::from(u8::from(by_login)),
                    notices: if by_login { 1.0 + returns } else { 1.0 },
                    ..one
                }
            }
            Play::Reconnect { kicked, .. } => Self {
                login: 1.0 + kicked,
                relogin: *kicked,
                // Where a request kicks, the login after it meets the rival and kicks nobody.
                notices: if by_login { *kicked } else { 0.0 },
                reconnects: 1.0 - kicked,
                asked_again: 1.0 - kicked,
                ..one
            },
            Play::Devices {
                platforms, rules, ..
            } => {
                let (devices, kicks) = (float(platforms.len()), rules.kicks(platforms));
                #[expect(clippy::cast_precision_loss, reason = "a handful of devices")]
                let kicks = kicks as f64;
                Self {
                    login: devices,
                    notices: kicks,
                    asked_again: devices - kicks,
                    ..one
                }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
const fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Overrides;
    use crate::profile::Source;

    fn samples(scenarios: &str, budget: &str) -> Option<u64> {
        let text = format!(
            "version = 1\nbudgets = [\"{budget}\"]\n[target]\nurl = \"mock\"\n[[apps]]\nsdk_app_id = 1\n\
             key = {{ text = \"k\" }}\n[population]\naccounts = 80000\n{scenarios}\n\
             [[stages]]\nname = \"up\"\nkind = \"warm-up\"\nfor = \"10s\"\nrate = 100\nspacing = \"even\"\n\
             [[stages]]\nname = \"peak\"\nfor = \"20s\"\nrate = 50\nspacing = \"even\"\n\
             [[stages]]\nname = \"more\"\nfor = \"10s\"\nrate = 30\nspacing = \"even\"\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: ".".into(),
        };
        let profile = Profile::parse(&text, &source, &Overrides::default()).unwrap();
        let plan = Plan::new(&profile).unwrap();
        plan.samples_expected(&profile, &profile.budgets()[0])
    }

    #[test]
    fn a_budget_is_foretold_the_steps_of_its_stages() {
        // 1,000 arrivals in the peak and 300 after it are measured; 1,000 more in the warm-up are not.
        let login =
            "[[scenarios]]\nname = \"login\"\ndwell = \"1s\"\nself_info = true\nlogout = 0.5\n";
        for (budget, want) in [
            ("arrivals started > 99%", Some(1_300)),
            ("login p99 < 1s", Some(1_300)),
            ("login p99 < 1s in peak", Some(1_000)),
            ("login errors < 1% in up", Some(1_000)),
            ("self_info p99 < 1s", Some(1_300)),
            ("logout p99 < 1s in more", Some(150)),
            ("login connect p99 < 1s", None),
        ] {
            assert_eq!(samples(login, budget), want, "{budget}");
        }
    }

    #[test]
    fn what_a_scenario_does_more_than_once_counts_as_often() {
        let half = "[[scenarios]]\nname = \"login\"\ndwell = \"1s\"\n\
             [[scenarios]]\nname = \"kicked\"\ndwell = \"1s\"\nreaction = \"1s\"\nrelogin = 0.5\n";
        for (budget, want) in [
            ("login p99 < 1s", 1_300),
            ("provoke p99 < 1s", 650),
            ("relogin p99 < 1s", 325),
            ("kick_notice p99 < 1s", 975),
        ] {
            assert_eq!(samples(half, budget), Some(want), "{budget}");
        }
    }
}
