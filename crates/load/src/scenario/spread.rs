//! Spans of time that are drawn anew each time: dwells, reactions, pauses.

use super::draws::Draws;
use trtc_base::config::{FaultKind, Form, Value, Written};
use trtc_base::section;
use trtc_base::units::Micros;

/// The shortest that a dwell or a reaction may be.
const SHORTEST: Micros = Micros::ZERO;

/// The longest: a day.
const LONGEST: Micros = Micros::from_secs(86_400);

const SPAN: Form = Form::Span(SHORTEST, LONGEST);

/// How a file writes one.
pub(super) const FORM: Form = Form::Either(&[SPAN, Form::Table(&SPREAD)]);

section! {
    /// A span that is drawn anew each time: `{ uniform = ["1s", "3s"] }` or `{ exponential = "8s", max = "30s" }`.
    SPREAD {
        /// Any span between these two, with the same chance.
        UNIFORM: Vec<Micros> = own("uniform", Form::List(&SPAN, 2, 2), spans).otherwise("another form");
        /// The mean of an exponential distribution, before it is cut at `max`.
        EXPONENTIAL: Micros = span("exponential", SHORTEST, LONGEST).otherwise("another form");
        /// Where the exponential distribution is cut; it must have an end.
        MAX: Micros = span("max", SHORTEST, LONGEST).otherwise("another form");
    }
}

/// A planned span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Always the same.
    Constant(Micros),
    /// Any in the range with the same chance.
    Uniform {
        /// The shortest.
        from: Micros,
        /// The longest.
        to: Micros,
    },
    /// The exponential distribution cut at `max`: what is longer cannot come, and the shorter share its chance in
    /// proportion. One draw gives one span.
    Exponential {
        /// The mean of the distribution before it is cut, so longer than the mean of the spans drawn.
        mean: Micros,
        /// The longest: where it is cut.
        max: Micros,
    },
}

impl Spread {
    /// The longest it can be.
    #[must_use]
    pub const fn max(&self) -> Micros {
        match *self {
            Self::Constant(length) => length,
            Self::Uniform { to, .. } => to,
            Self::Exponential { max, .. } => max,
        }
    }

    /// The next span.
    pub(crate) fn draw(&self, draws: &mut Draws) -> Micros {
        let u = draws.next();
        match *self {
            Self::Constant(length) => length,
            Self::Uniform { from, to } => {
                Micros::from_secs_f64(from.as_secs_f64() + u * to.since(from).as_secs_f64())
            }
            // Drawn from the distribution cut at its longest, so no draw is repeated.
            Self::Exponential { mean, max } => {
                let mean = mean.as_secs_f64();
                let cut = 1.0 - (-max.as_secs_f64() / mean).exp();
                Micros::from_secs_f64(-mean * (-(u * cut)).ln_1p())
            }
        }
    }

    /// `"3s"`, `{ uniform = ["1s", "3s"] }` or `{ exponential = "8s", max = "30s" }`
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
        if !value.is_table() {
            return value.span(SHORTEST..=LONGEST).map(Self::Constant);
        }
        let table = value.open(&SPREAD)?;
        match (
            table.find(&UNIFORM),
            table.find(&EXPONENTIAL),
            table.find(&MAX),
        ) {
            (Some(ends), None, None) => uniform(ends),
            (None, Some(mean), Some(max)) => exponential(mean, max),
            (None, Some(mean), None) => {
                mean.fault(
                    FaultKind::SpreadWithoutMax,
                    format!(
                        "`{}` has no `max`, so no population is surely large enough",
                        mean.path()
                    ),
                    "add it: { exponential = \"8s\", max = \"30s\" }",
                );
                None
            }
            (Some(_) | None, Some(_) | None, Some(_) | None) => {
                let what = format!(
                    "`{}` is neither a span, nor uniform, nor exponential",
                    value.path()
                );
                value.fault(FaultKind::SpreadForm, what, "write \"3s\", { uniform = [\"1s\", \"3s\"] } or { exponential = \"8s\", max = \"30s\" }");
                None
            }
        }
    }
}

fn spans(value: &Value<'_>) -> Option<Vec<Micros>> {
    let ends = value.list()?;
    let ends: Vec<_> = ends
        .iter()
        .map(|end| end.span(SHORTEST..=LONGEST))
        .collect();
    ends.into_iter().collect()
}

fn uniform(value: &Value<'_>) -> Option<Spread> {
    let ends = spans(value)?;
    let [from, to] = ends[..] else {
        value.fault(
            FaultKind::SpreadEnds,
            format!("`{}` needs two spans", value.path()),
            "write { uniform = [\"1s\", \"3s\"] }",
        );
        return None;
    };
    if from > to {
        value.fault(
            FaultKind::SpreadBackwards,
            format!("`{}` begins after it ends", value.path()),
            "write the shorter span first",
        );
    }
    Some(Spread::Uniform { from, to })
}

fn exponential(mean: &Value<'_>, max: &Value<'_>) -> Option<Spread> {
    let (mean_span, max_span) = (EXPONENTIAL.of(mean), MAX.of(max));
    let (mean_span, max_span) = (mean_span?, max_span?);
    if mean_span == Micros::ZERO || mean_span > max_span {
        mean.fault(
            FaultKind::SpreadMean,
            format!("`{}` is not between 0 and its max", mean.path()),
            "raise `max` above the mean",
        );
    }
    Some(Spread::Exponential {
        mean: mean_span,
        max: max_span,
    })
}

impl Written for Spread {
    fn written(&self) -> String {
        match self {
            Self::Constant(length) => length.written(),
            Self::Uniform { from, to } => {
                format!("{{ uniform = [{}, {}] }}", from.written(), to.written())
            }
            Self::Exponential { mean, max } => {
                let (mean, max) = (mean.written(), max.written());
                format!("{{ exponential = {mean}, max = {max} }}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_exponential_has_the_closed_form_mean_and_never_exceeds_its_longest() {
        let spread = Spread::Exponential {
            mean: Micros::from_secs(8),
            max: Micros::from_secs(10),
        };
        let n = 200_000_u64;
        let mut sum = 0.0;
        for number in 0..n {
            let span = spread.draw(&mut Draws::new(trtc_base::chance::mix(number)));
            assert!(span <= Micros::from_secs(10));
            sum += span.as_secs_f64();
        }
        // Mean of an exponential given that it is below m: mean - m / (e^(m/mean) - 1).
        let want = 8.0 - 10.0 / ((10.0_f64 / 8.0).exp() - 1.0);
        // The standard deviation is below 3 s: five of them over sqrt(n) is 0.034 s.
        assert!(
            (sum / n as f64 - want).abs() < 0.034,
            "{} {want}",
            sum / n as f64
        );
    }
}
