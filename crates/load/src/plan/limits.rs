//! Where a plan asks for more than the service's documents allow.

use super::{Plan, StageSpan};
use crate::profile::Spacing;
use crate::scenario::Scenario;
use crate::session::Operation;
use trtc_wire::dialect::Dialect;

/// How many standard deviations above its mean a second's count stays in 99 of 100 seconds, where it is spread as a normal
/// distribution is.
const BUSIEST: f64 = 2.33;

/// A stage that asks for more of an operation than the documents allow an app.
#[derive(Clone, Debug, PartialEq)]
pub struct Excess {
    /// The stage's name.
    pub stage: String,
    /// What is asked too often.
    pub operation: Operation,
    /// How often, each second, for the busiest app at the stage's busiest.
    pub planned: f64,
    /// How often in a second that one of a hundred exceeds: arrivals and what they do are drawn, so seconds differ.
    pub busiest: f64,
    /// How often an app may.
    pub allowed: f64,
}

/// Requests of an operation that an arrival brings: their mean, and the mean of their square.
#[derive(Clone, Copy, Debug)]
struct Moments {
    mean: f64,
    square: f64,
}

impl Plan {
    /// Every stage that would exceed a limit which `dialect` knows. Limits are an app's own, so the busiest app counts.
    #[must_use]
    pub fn beyond_limits(&self, dialect: &Dialect) -> Vec<Excess> {
        let mut found = Vec::new();
        for span in self.stages() {
            for operation in Operation::ALL {
                let Some(allowed) = dialect.limit(operation) else {
                    continue;
                };
                let (planned, busiest) = seconds_of(span, self.moments(operation));
                if busiest > allowed {
                    found.push(Excess {
                        stage: span.name.clone(),
                        operation,
                        planned,
                        busiest,
                        allowed,
                    });
                }
            }
        }
        found
    }

    /// What an arrival asks of the busiest app, of the scenarios that name their requests.
    fn moments(&self, operation: Operation) -> Moments {
        let busiest = self.apps.iter().map(|app| app.share).fold(0.0, f64::max);
        let none = Moments {
            mean: 0.0,
            square: 0.0,
        };
        self.scenarios().iter().fold(none, |sum, scenario| {
            let times = times(scenario, operation);
            let share = scenario.share * busiest;
            Moments {
                mean: sum.mean + share * times,
                square: sum.square + share * times * times,
            }
        })
    }
}

/// The mean of the requests in a second of `span`, and what one second of a hundred exceeds.
fn seconds_of(span: &StageSpan, an_arrival: Moments) -> (f64, f64) {
    let arrivals = span.rate.0.max(span.rate.1);
    let Moments { mean, square } = an_arrival;
    // The count of arrivals varies with Poisson spacing only; what each of them asks, and of which app, is drawn always.
    let variance = match span.spacing {
        Spacing::Poisson => square,
        Spacing::Even => (square - mean * mean).max(0.0),
    };
    let planned = arrivals * mean;
    (planned, planned + BUSIEST * (arrivals * variance).sqrt())
}

/// How often an arrival of `scenario` asks `operation`, where it names its requests.
fn times(scenario: &Scenario, operation: Operation) -> f64 {
    let steps = scenario.steps().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "at most 16 steps")]
    let times = steps.iter().filter(|step| **step == operation).count() as f64;
    times
}

impl std::fmt::Display for Excess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            stage,
            operation,
            planned,
            busiest,
            allowed,
        } = self;
        write!(f, "{stage}: {planned:.0} {operation} a second")?;
        // Halves of a request are no news.
        if busiest - planned >= 0.5 {
            write!(f, ", {busiest:.0} in its busiest seconds")?;
        }
        write!(f, ", documented limit {allowed:.0} for an app")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Overrides, Profile, Source};

    const ONE_APP: &str = "[[apps]]\nsdk_app_id = 7\nkey = { env = \"KEY\" }\n";
    const CHECK: &str =
        "[[scenarios]]\nname = \"check\"\nkind = \"requests\"\nsteps = [\"account_check\"]\n";

    fn profile(more: &str, (rate, spacing): (u32, &str)) -> Profile {
        let text = format!(
            "version = 1\nseed = 3\n[target]\nurl = \"mock\"\ndialect = \"tencent-rest\"\n[population]\naccounts = 5000\n\
             {more}[[stages]]\nname = \"peak\"\nfor = \"1000s\"\nrate = {rate}\nspacing = \"{spacing}\"\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: std::path::PathBuf::new(),
        };
        Profile::parse(&text, &source, &Overrides::default()).unwrap()
    }

    fn beyond(more: &str, stage: (u32, &str)) -> Vec<String> {
        let profile = profile(more, stage);
        let plan = Plan::new(&profile).unwrap();
        let found = plan.beyond_limits(&profile.target().dialect);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_limit_is_an_apps_own_and_the_busiest_app_counts() {
        let apps = |share: u32| {
            format!(
                "{ONE_APP}share = {share}\n{}",
                ONE_APP.replace("= 7", "= 8")
            ) + CHECK
        };
        // 80 for each of two apps; the draw between them varies by the root of 160 / 4, so 95 in the busiest seconds.
        assert!(beyond(&apps(1), (160, "even")).is_empty());
        assert_eq!(
            beyond(&apps(3), (160, "even")),
            [
                "peak: 120 account_check a second, 133 in its busiest seconds, documented limit 100 for an app"
            ]
        );
    }

    #[test]
    fn drawn_arrivals_need_room_below_a_limit_and_even_ones_none() {
        let one = format!("{ONE_APP}{CHECK}");
        assert!(beyond(&one, (100, "even")).is_empty());
        assert_eq!(
            beyond(&one, (101, "even")),
            ["peak: 101 account_check a second, documented limit 100 for an app"]
        );
        assert_eq!(
            beyond(&one, (100, "poisson")),
            [
                "peak: 100 account_check a second, 123 in its busiest seconds, documented limit 100 for an app"
            ]
        );
        // 79 + 2.33 * sqrt(79) = 99.7
        assert!(beyond(&one, (79, "poisson")).is_empty());
        assert_eq!(beyond(&one, (80, "poisson")).len(), 1);
    }

    /// The oracle counts each second of the plan itself: one of a hundred is busier than is said.
    #[test]
    fn one_second_of_a_hundred_is_busier_than_the_busiest_that_is_told() {
        let twice = CHECK.replace(
            "[\"account_check\"]",
            "[\"account_check\", \"account_check\"]",
        ) + "[[scenarios]]\nname = \"other\"\nkind = \"requests\"\nsteps = [\"register\"]\n";
        for (more, spacing) in [(CHECK, "poisson"), (&twice, "poisson"), (&twice, "even")] {
            let profile = profile(&format!("{ONE_APP}{more}"), (200, spacing));
            let plan = Plan::new(&profile).unwrap();
            let operation = Operation::AccountCheck;
            let (planned, busiest) = seconds_of(&plan.stages()[0], plan.moments(operation));
            let mut seconds = vec![0.0; 1_000];
            for arrival in plan.arrivals() {
                let second = usize::try_from(arrival.due.whole_secs()).unwrap();
                seconds[second] += times(
                    &plan.scenarios()[usize::from(arrival.scenario.0)],
                    operation,
                );
            }
            let mean = seconds.iter().sum::<f64>() / 1_000.0;
            // Four standard errors of the mean of a thousand seconds.
            let error = 4.0 * (busiest - planned) / BUSIEST / 1_000_f64.sqrt();
            assert!((mean - planned).abs() < error, "{mean} {planned}");
            let busier = seconds.iter().filter(|count| **count > busiest).count();
            // Ten are expected; five standard deviations, sqrt(10), on both sides, and skew.
            assert!(
                (1..=26).contains(&busier),
                "{busier} seconds over {busiest}"
            );
        }
    }
}
