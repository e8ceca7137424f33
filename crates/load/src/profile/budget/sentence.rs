//! A budget's sentence, word by word. The grammar stands above [`Budget`].
//!
//! [`Budget`]: super::Budget

use super::{BudgetOf, Latency, Limit, Quantile};
use crate::session::Operation;
use crate::session::Phase;
use trtc_base::config::{nearest, parse_share, parse_span};
use trtc_base::units::Micros;

/// What a sentence says; the stage is a name still.
#[derive(Debug, PartialEq)]
pub(super) struct Sentence<'t> {
    pub(super) of: BudgetOf,
    pub(super) stage: Option<&'t str>,
}

/// What is wrong in a sentence, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) remedy: String,
}

const EXAMPLE: &str = "write it like \"login p99 < 250ms in peak\", \"login errors < 0.1%\" or \"arrivals started > 99%\"";

const QUANTILES: &str =
    "write p50, p95, p99, p99.9, any pN between 0 and 100, max, mean, or errors";

/// The longest latency that a recording tells apart.
const LONGEST: Micros = Micros::from_secs(600);

fn wrong<T>(what: impl Into<String>, remedy: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        what: what.into(),
        remedy: remedy.into(),
    })
}

pub(super) fn parse(text: &str) -> Result<Sentence<'_>, Wrong> {
    if let Some((written, meant)) = comparison(text) {
        return wrong(
            format!("`{written}` is not understood: the limit itself is never kept"),
            format!("write `{meant}`"),
        );
    }
    let Some(at) = text.find(['<', '>']) else {
        return wrong("it has neither `<` nor `>`", EXAMPLE);
    };
    let (left, right) = (&text[..at], &text[at + 1..]);
    let subject: Vec<_> = left.split_whitespace().collect();
    let right: Vec<_> = right.split_whitespace().collect();
    let (limit, stage) = match right.as_slice() {
        [limit @ .., "in", stage] => (limit, Some(*stage)),
        limit => (limit, None),
    };
    // `250 ms` is as good as `250ms`.
    let limit = limit.concat();
    let is_below = text[at..].starts_with('<');
    let of = match (subject[..].split_first(), is_below) {
        (Some((&"arrivals", ["started"])), false) => BudgetOf::ArrivalsStarted(arrivals(&limit)?),
        (Some((&"arrivals", ["started"])), true) => {
            return wrong(
                "arrivals started have a least share, not a most",
                "write `>`",
            );
        }
        (Some((&"arrivals", _)), _) => {
            return wrong("of arrivals only those `started` can be limited", EXAMPLE);
        }
        (Some(_), false) => {
            return wrong(
                "a latency or an error share has a most, not a least",
                "write `<`",
            );
        }
        (Some((operation, rest)), true) => below(operation, rest, &limit)?,
        (None, _) => return wrong("it does not begin with an operation", EXAMPLE),
    };
    Ok(Sentence { of, stage })
}

/// A comparison that is not one of ours, and the one that is meant.
fn comparison(text: &str) -> Option<(&'static str, char)> {
    const FOREIGN: [(&str, char); 6] = [
        ("<=", '<'),
        ("=<", '<'),
        ("\u{2264}", '<'),
        (">=", '>'),
        ("=>", '>'),
        ("\u{2265}", '>'),
    ];
    FOREIGN.into_iter().find(|(words, _)| text.contains(words))
}

/// `OPERATION errors < PERCENT`, `OPERATION PHASE QUANTILE < DURATION` and `OPERATION QUANTILE [served] < DURATION`.
fn below(operation: &str, rest: &[&str], limit: &str) -> Result<BudgetOf, Wrong> {
    let names = Operation::ALL.map(Operation::name);
    let Some(op) = Operation::named(operation) else {
        let meant = nearest(operation, names)
            .map(|meant| format!("did you mean `{meant}`? "))
            .unwrap_or_default();
        let remedy = format!("{meant}Operations: {}", names.join(", "));
        return wrong(format!("`{operation}` is not a known operation"), remedy);
    };
    let errors_only = || {
        wrong(
            format!("{op} has no latency: how long it is held is the target's choice"),
            "write a share of errors: `long_poll errors < 1%`",
        )
    };
    if let [phase, quantile] = rest
        && let Some(phase) = Phase::named(phase)
    {
        if !op.has_latency() && matches!(phase, Phase::FirstByte | Phase::Body) {
            return errors_only();
        }
        let quantile = self::quantile(quantile)?;
        return Ok(BudgetOf::Phase(op, phase, quantile, self::limit(limit)?));
    }
    let (quantile, latency) = match rest {
        ["errors"] => return Ok(BudgetOf::Errors(op, errors(limit)?)),
        [quantile] => (quantile, Latency::Felt),
        [quantile, "felt"] => (quantile, Latency::Felt),
        [quantile, "served"] => (quantile, Latency::Served),
        [] => {
            return wrong(
                format!("it does not say which latency of `{operation}`"),
                QUANTILES,
            );
        }
        [_, word, ..] => return wrong(format!("`{word}` is not understood before `<`"), EXAMPLE),
    };
    if !op.has_latency() {
        return errors_only();
    }
    let quantile = self::quantile(quantile)?;
    let limit = self::limit(limit)?;
    Ok(BudgetOf::Latency(op, quantile, latency, limit))
}

fn limit(text: &str) -> Result<Limit, Wrong> {
    let limit = parse_span(text).filter(|limit| (Micros(1)..=LONGEST).contains(limit));
    match limit {
        Some(limit) => Ok(Limit(limit)),
        None => wrong(
            "its limit is no latency from 1us to 600s",
            "write a number and its unit, us, ms or s, after `<`: 250ms",
        ),
    }
}

fn quantile(word: &str) -> Result<Quantile, Wrong> {
    match word {
        "max" => return Ok(Quantile::Max),
        "mean" => return Ok(Quantile::Mean),
        _ => {}
    }
    let digits = word
        .strip_prefix('p')
        .filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()));
    let percent = digits.and_then(|digits| parse_share(&format!("{digits}%")));
    match percent.filter(|share| *share > 0.0 && *share < 1.0) {
        Some(share) => Ok(Quantile::Share(share)),
        None => wrong(
            format!("`{word}` is not a point of a latency's distribution"),
            QUANTILES,
        ),
    }
}

fn errors(limit: &str) -> Result<f64, Wrong> {
    match parse_share(limit).filter(|share| *share > 0.0 && *share <= 1.0) {
        Some(share) => Ok(share),
        None => wrong(
            "its limit is no share of errors above 0% and up to 100%",
            "write a number and `%` after `<`: 0.1%; a budget of no errors at all can never be proven",
        ),
    }
}

fn arrivals(limit: &str) -> Result<f64, Wrong> {
    match parse_share(limit).filter(|share| *share < 1.0) {
        Some(share) => Ok(share),
        None => wrong(
            "its limit is no share of arrivals from 0% to below 100%",
            "write a number and `%` after `>`: 99%",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(op: Operation, share: f64, of: Latency, micros: u64) -> BudgetOf {
        BudgetOf::Latency(op, Quantile::Share(share), of, Limit(Micros(micros)))
    }

    #[test]
    fn a_sentence_says_what_is_limited_how_far_and_where() {
        use Latency::{Felt, Served};
        for (text, of, stage) in [
            (
                "login p99 < 250ms in peak",
                latency(Operation::Login, 0.99, Felt, 250_000),
                Some("peak"),
            ),
            (
                "login p99.9 served < 1.5 s",
                latency(Operation::Login, 0.999, Served, 1_500_000),
                None,
            ),
            (
                "relogin p50<800us",
                latency(Operation::Relogin, 0.5, Felt, 800),
                None,
            ),
            (
                "self_info p90 felt < 1s in in",
                latency(Operation::SelfInfo, 0.9, Felt, 1_000_000),
                Some("in"),
            ),
            (
                "login tls p99 < 80ms in peak",
                BudgetOf::Phase(
                    Operation::Login,
                    Phase::Tls,
                    Quantile::Share(0.99),
                    Limit(Micros(80_000)),
                ),
                Some("peak"),
            ),
            (
                "login errors < 0.1%",
                BudgetOf::Errors(Operation::Login, 0.001),
                None,
            ),
            (
                "logout errors < 1 % in x",
                BudgetOf::Errors(Operation::Logout, 0.01),
                Some("x"),
            ),
            (
                "arrivals started > 99%",
                BudgetOf::ArrivalsStarted(0.99),
                None,
            ),
        ] {
            let sentence = parse(text).unwrap();
            assert_eq!((sentence.of, sentence.stage), (of, stage), "{text}");
        }
        for (word, quantile) in [("max", Quantile::Max), ("mean", Quantile::Mean)] {
            let of = BudgetOf::Latency(
                Operation::Switch,
                quantile,
                Felt,
                Limit(Micros::from_secs(1)),
            );
            assert_eq!(parse(&format!("switch {word} < 1s")).unwrap().of, of);
        }
    }

    #[test]
    fn a_sentence_that_is_none_says_what_is_wrong_and_what_to_do() {
        for (text, what, remedy) in [
            ("", "neither `<` nor `>`", "write it like"),
            ("< 1s", "does not begin with an operation", "write it like"),
            (
                "logn p99 < 1s",
                "`logn` is not a known operation",
                "did you mean `login`?",
            ),
            ("login < 1s", "does not say which latency", "p99"),
            (
                "login p100 < 1s",
                "`p100` is not a point",
                "between 0 and 100",
            ),
            ("login p0 < 1s", "`p0` is not a point", "between 0 and 100"),
            ("login 99 < 1s", "`99` is not a point", "p99"),
            ("login p99 < 250", "no latency from", "its unit"),
            ("login p99 < 0ms", "no latency from", "its unit"),
            ("login p99 < 601s", "no latency from", "its unit"),
            ("login p99 <= 1s", "`<=` is not understood", "write `<`"),
            ("login p99 \u{2264} 1s", "`\u{2264}` is not", "write `<`"),
            ("login errors =< 1%", "`=<` is not", "write `<`"),
            ("arrivals started >= 99%", "`>=` is not", "write `>`"),
            ("login p95 >= 1s", "`>=` is not", "write `>`"),
            ("login p99 < 1s peak", "no latency from", "its unit"),
            ("login p99 < 1s in", "no latency from", "its unit"),
            ("login p99 > 1s", "a most, not a least", "write `<`"),
            (
                "login p99 soon < 1s",
                "`soon` is not understood",
                "write it like",
            ),
            ("login errors < 0%", "no share of errors", "never be proven"),
            ("login errors < 101%", "no share of errors", "0.1%"),
            ("login errors < 0.1", "no share of errors", "0.1%"),
            ("arrivals started < 99%", "a least share", "write `>`"),
            (
                "arrivals lost > 1%",
                "only those `started`",
                "arrivals started",
            ),
            ("arrivals started > 100%", "no share of arrivals", "99%"),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(wrong.what.contains(what), "{text}: {wrong:?}");
            assert!(wrong.remedy.contains(remedy), "{text}: {wrong:?}");
        }
    }
}
