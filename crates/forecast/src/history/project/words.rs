//! What a projection says to a person.

use std::fmt;

use super::{Basis, Judged, Method, Projection, Refusal, Warning};

/// A part below this is not worth a word.
const NAMED: f64 = 0.05;

impl Projection {
    /// What the number is made of and why, in one line: `growth of earlier months 80 %, last month's MAU 20 %: weighed by ..`.
    #[must_use]
    pub fn reason(&self) -> String {
        let mut parts: Vec<_> = self
            .estimates
            .iter()
            .filter(|part| part.weight >= NAMED && self.basis != Basis::Complete)
            .collect();
        parts.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        let named: Vec<String> = parts
            .iter()
            .map(|part| format!("{} {:.0} %", part.method, 100.0 * part.weight))
            .collect();
        if named.is_empty() {
            self.basis.to_string()
        } else {
            format!("{}: {}", named.join(", "), self.basis)
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BetaBinomial => "beta-binomial",
            Self::GoodToulmin => "Good-Toulmin",
            Self::Growth => "growth of earlier months",
            Self::LastMonth => "last month's MAU",
            Self::Linear => "linear scaling",
        })
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(method) => method.fmt(f),
            Self::Chosen => f.write_str("chosen"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingSeen => "nobody was active yet",
            Self::OneDay => "one day does not show who comes again",
            Self::NoEarlierMonth => "the log has no earlier whole month",
            Self::BeyondRange => "the month's end is too far for what was seen",
            Self::TooNoisy => "its standard error is above a tenth of the accounts seen",
        })
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("the month is over: this is the count"),
            Self::EarlierMonths(1) => {
                f.write_str("weighed by each method's error on 1 earlier month as of the same day")
            }
            Self::EarlierMonths(months) => write!(
                f,
                "weighed by each method's errors on {months} earlier months as of the same day"
            ),
            Self::ThisMonth => f.write_str(
                "weighed and corrected by what this month's earlier days would have said of today",
            ),
            Self::Unchecked => f.write_str(
                "weighed by what these methods are worth elsewhere: this log is too short to check them",
            ),
            Self::Nothing => f.write_str("no method has a number yet"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingSeen => f.write_str("nobody was active in this month up to this day"),
            Self::OneDay => f.write_str(
                "too early to say: one day and no earlier month. The bounds are no newcomer at all, and as many every day",
            ),
            Self::Early => f.write_str(
                "too early to say much: less than a week and no earlier month to compare with",
            ),
            Self::Wide(times) => write!(
                f,
                "the 80 % interval's upper end is {times:.1} times its lower one: too early to rely on the number"
            ),
            Self::FewAccounts(accounts) => write!(
                f,
                "{accounts} active accounts: chance alone moves the number"
            ),
            Self::EveryoneDaily => f.write_str(
                "every account came on every day so far, which cannot show who comes rarely",
            ),
            Self::SilentDays(days) => write!(
                f,
                "days without anybody up to this one: {days}. The log may end there"
            ),
            Self::PartMonths(months) => write!(
                f,
                "earlier months left out because their first or last day has nobody: {months}"
            ),
        }
    }
}
