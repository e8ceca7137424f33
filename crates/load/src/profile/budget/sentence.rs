//! A budget's sentence: its grammar, what it says, its parser, and how it is written.
//!
//! ```text
//! budget   = latency | phase | errors | arrivals
//! latency  = OPERATION QUANTILE ["felt" | "served"] "<" DURATION ["in" STAGE]
//! phase    = OPERATION PHASE QUANTILE "<" DURATION ["in" STAGE]
//! errors   = OPERATION "errors" "<" PERCENT ["in" STAGE]
//! arrivals = "arrivals" "started" ">" PERCENT ["in" STAGE]
//! QUANTILE = "p50" | "p90" | "p95" | "p99" | "p99.9" | any "pN" with 0 < N < 100 | "max" | "mean"
//! PHASE    = "dns" | "connect" | "tls" | "first_byte" | "body"
//! DURATION = NUMBER ("us" | "ms" | "s" | "m"), from 1us to 10m
//! PERCENT  = NUMBER "%"
//! ```
//!
//! White space separates words and is free around `<`, `>` and units. Without `served` a latency is felt.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::session::{Operation, Phase};
use trtc_base::config::{nearest, parse_share, parse_span};
use trtc_base::units::Micros;

/// What a budget limits.
#[derive(Clone, Debug, PartialEq)]
pub enum BudgetOf {
    /// The latency of an operation.
    Latency(Operation, Quantile, Latency, Limit),
    /// How long one phase of an operation takes.
    Phase(Operation, Phase, Quantile, Limit),
    /// The share of an operation's steps that failed, timed out or were throttled: below this, in 0..=1.
    Errors(Operation, f64),
    /// The share of due arrivals that were started: above this, in 0..=1.
    ArrivalsStarted(f64),
}

/// Which latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// From due to done.
    Felt,
    /// From sent to done.
    Served,
}

/// The most that the latency may be (it must stay below).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Micros);

/// Which point of the distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantile {
    /// The value that this share of samples does not exceed, in 0..1: 0.99 for `p99`.
    Share(f64),
    /// The largest.
    Max,
    /// The arithmetic mean.
    Mean,
}

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

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "p{}", percent(*share)),
            Self::Max => f.write_str("max"),
            Self::Mean => f.write_str("mean"),
        }
    }
}

impl fmt::Display for BudgetOf {
    /// The sentence, without its stage.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(operation, quantile, latency, limit) => {
                let served = match latency {
                    Latency::Felt => "",
                    Latency::Served => " served",
                };
                write!(f, "{operation} {quantile}{served} < {}us", limit.0.0)
            }
            Self::Phase(operation, phase, quantile, limit) => {
                write!(f, "{operation} {phase} {quantile} < {}us", limit.0.0)
            }
            Self::Errors(operation, share) => {
                write!(f, "{operation} errors < {}%", percent(*share))
            }
            Self::ArrivalsStarted(share) => write!(f, "arrivals started > {}%", percent(*share)),
        }
    }
}

/// A share in per cent, with the fewest digits that are read as the same share.
fn percent(share: f64) -> String {
    let is_it = |text: &String| parse_share(&format!("{text}%")) == Some(share);
    let mut short = (0..=15).map(|digits| format!("{:.digits$}", share * 100.0));
    let exact = || (share * 100.0).to_string();
    short.find(is_it).unwrap_or_else(exact)
}

#[cfg(test)]
mod tests;
