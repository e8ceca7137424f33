//! How many samples a plan brings for a budget, when all goes well: told before a run that could never decide it.

use super::Plan;
use crate::profile::{Budget, BudgetOf, Profile, StageKind};
use crate::scenario::{Scenario, Shows};
use crate::session::Operation;
use trtc_base::units::Micros;
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
        let is_covered = |ix: usize| match budget.stage {
            Some(one) => usize::from(one.0) == ix,
            None => profile.stages()[ix].kind == StageKind::Measured,
        };
        let covered = (0..profile.stages().len()).filter(|ix| is_covered(*ix));
        let arrivals = covered.filter_map(|ix| self.occupancy.by_stage.get(ix));
        let arrivals: u64 = arrivals.sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an expectation far below 2^53 and not below 0"
        )]
        let samples = (arrivals as f64 * of_an_arrival).round() as u64;
        let renews = self.usersigs_are_renewed_at().and_then(|at| {
            self.schedule
                .spans()
                .iter()
                .position(|it| (it.start..it.end).contains(&at))
        });
        // Told by the clock, not by an arrival's plan.
        if operation == Some(Operation::Relogin) && renews.is_some_and(is_covered) {
            return Some(samples + self.occupancy.renewals);
        }
        Some(samples)
    }

    /// When devices hear that their UserSigs ended together: a UserSig has whole seconds, so its end is told up to a second
    /// later; half of one is the mean.
    fn usersigs_are_renewed_at(&self) -> Option<Micros> {
        let ends_at = self.usersigs_end_at?;
        Some(ends_at.plus(Micros::from_millis(500)))
    }

    /// Whether an arrival that is due then and stays until then is online when UserSigs end together.
    pub(super) fn is_online_at_the_end_of_usersigs(&self, due: Micros, until: Micros) -> bool {
        self.usersigs_are_renewed_at()
            .is_some_and(|told| due < told && told < until)
    }
}

/// Samples of `operation` in one arrival of `scenario`, on average.
fn of_scenario(scenario: &Scenario, operation: Operation, dialect: &Dialect) -> Option<f64> {
    if scenario.steps().is_some() {
        return Some(scenario.samples(operation, dialect));
    }
    let times = |operation| scenario.samples(operation, dialect);
    match operation {
        // A login that is refused makes nobody come in.
        Operation::SignIn if scenario.shows() == Shows::Bad => Some(0.0),
        Operation::SignIn => Some(1.0),
        Operation::Usersig => {
            let provoked = if dialect.is_provoked_by_login() {
                times(Operation::Provoke)
            } else {
                0.0
            };
            let logins = [Operation::Login, Operation::Relogin, Operation::Switch];
            Some(logins.map(times).iter().sum::<f64>() + provoked)
        }
        // As many as the kick takes time for, the accounts are new, the channel is polled, the webhook is told.
        Operation::InFlight
        | Operation::Register
        | Operation::RegisterMany
        | Operation::AppInfo
        | Operation::Status
        | Operation::LongPoll
        | Operation::AccountCheck
        | Operation::Callback => None,
        Operation::Login
        | Operation::SelfInfo
        | Operation::Watch
        | Operation::Push
        | Operation::Switch
        | Operation::Provoke
        | Operation::KickNotice
        | Operation::Relogin
        | Operation::Reconnect
        | Operation::Logout => Some(times(operation)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Overrides, Source};

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
