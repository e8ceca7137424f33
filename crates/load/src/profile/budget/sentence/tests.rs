//! Sentences, and the words for those that are none.

use proptest::prelude::*;

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

fn shares() -> impl Strategy<Value = f64> {
    (1_u32..100_000).prop_map(|thousandths| f64::from(thousandths) / 100_000.0)
}

fn budgets() -> impl Strategy<Value = BudgetOf> {
    let operations = proptest::sample::select(Operation::ALL.to_vec());
    let phases = proptest::sample::select(Phase::ALL.to_vec());
    let quantiles = prop_oneof![
        shares().prop_map(Quantile::Share),
        Just(Quantile::Max),
        Just(Quantile::Mean)
    ];
    let latencies = prop_oneof![Just(Latency::Felt), Just(Latency::Served)];
    let limits = (1_u64..=600_000_000).prop_map(|micros| Limit(Micros(micros)));
    let all = (
        operations,
        phases,
        quantiles,
        latencies,
        limits,
        shares(),
        0..4_u8,
    );
    all.prop_map(
        |(operation, phase, quantile, latency, limit, share, which)| {
            let operation = if operation.has_latency() {
                operation
            } else {
                Operation::Login
            };
            match which {
                0 => BudgetOf::Latency(operation, quantile, latency, limit),
                1 => BudgetOf::Phase(operation, phase, quantile, limit),
                2 => BudgetOf::Errors(operation, share),
                _ => BudgetOf::ArrivalsStarted(share),
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(of in budgets(), stage in "[a-z]{0,8}") {
        let place = if stage.is_empty() { String::new() } else { format!(" in {stage}") };
        let text = format!("{of}{place}");
        let sentence = parse(&text).unwrap();
        prop_assert_eq!(&sentence.of, &of, "{}", text);
        prop_assert_eq!(sentence.stage.unwrap_or_default(), stage);
    }
}
