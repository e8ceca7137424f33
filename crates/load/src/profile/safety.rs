//! The table `[safety]`: what keeps a run from doing harm.

use super::target::TargetParts;
use trtc_base::config::{Form, Table, Value, Writer, Written};
use trtc_base::section;
use trtc_base::units::Micros;

section! {
    /// What ends a run before it does harm.
    pub(super) SAFETY {
        /// The circuit breaker: whether a run ends early because its target does little but fail.
        BREAKER: Option<BreakerRule> = own("breaker", Form::Either(&[Form::Flag, Form::Table(&RULE)]), breaker)
            .otherwise("on where the load leaves this machine");
    }
}

section! {
    /// When the circuit breaker opens.
    RULE {
        /// The share of failed steps above which a second is bad.
        ERRORS: f64 = share("errors").or("0.5");
        /// Bad seconds in a row.
        FOR: Micros = span("for", Micros::from_secs(1), Micros::from_secs(3_600)).or("\"5s\"");
    }
}

/// When a run ends early because its target does little but fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerRule {
    /// The share of failed steps above which a second is bad, in 0..1.
    pub errors: f64,
    /// Bad seconds in a row, at least 1.
    pub seconds: u64,
}

impl Default for BreakerRule {
    fn default() -> Self {
        Self {
            errors: 0.5,
            seconds: 5,
        }
    }
}

/// The circuit breaker's rule: its own where the profile has one, on off loopback, off elsewhere.
pub(super) fn read(table: &Table<'_>, target: &TargetParts) -> Option<Option<BreakerRule>> {
    let usual = target.leaves_this_machine().then(BreakerRule::default);
    table.read_or(&BREAKER, usual)
}

/// `true`, `false`, or `{ errors = "50%", for = "5s" }`
fn breaker(value: &Value<'_>) -> Option<Option<BreakerRule>> {
    if let Some(on) = value.as_flag() {
        return Some(on.then(BreakerRule::default));
    }
    let table = value.open(&RULE)?;
    let (errors, length) = (table.read(&ERRORS), table.read(&FOR));
    Some(Some(BreakerRule {
        errors: errors?,
        seconds: length?.whole_secs(),
    }))
}

pub(super) fn write(rule: Option<BreakerRule>, out: &mut Writer) {
    out.header("[safety]");
    let written = rule.map_or_else(
        || false.written(),
        |rule| {
            format!(
                "{{ errors = {}, for = \"{}s\" }}",
                rule.errors, rule.seconds
            )
        },
    );
    out.put_as(&BREAKER, &written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_says_nothing_is_the_usual_one() {
        let usual = BREAKER.or("{}").usual().unwrap();
        assert_eq!(usual, Some(BreakerRule::default()));
    }
}
