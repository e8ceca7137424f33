//! Exact amounts of money: sums and products that would have to be rounded are refused.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer};

/// The most digits behind the point of a price. The smallest price in the lists that we know has five.
const MOST_DECIMALS: u32 = 9;

/// The highest price, in whole units of a currency.
const HIGHEST: u64 = 1_000_000_000;

/// An exact amount in some currency. Never more than 28 digits in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// What [`Money::parse`] takes, for messages.
    pub(super) const FORM: &str =
        "digits with at most one point, such as `0.015`, at most 9 behind it, at most 1000000000";

    /// `0.015` or `399`: no sign, no exponent, at most nine digits behind the point, at most 1,000,000,000.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.starts_with(|c: char| c.is_ascii_digit())
            && text.ends_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || c == '.');
        let amount = Decimal::from_str_exact(text).ok().filter(|_| plain)?;
        let amount = amount.normalize();
        let in_range = amount.scale() <= MOST_DECIMALS && amount <= Decimal::from(HIGHEST);
        in_range.then_some(Self(amount))
    }

    /// The exact sum, or none where it has too many digits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let (one, two) = (self.0.normalize(), other.0.normalize());
        if one.is_zero() || two.is_zero() {
            return Some(Self(one + two));
        }
        // A sum with fewer digits behind the point than a summand was rounded to fit.
        let sum = one.checked_add(two)?;
        (sum.scale() == one.scale().max(two.scale())).then_some(Self(sum))
    }

    /// The exact difference, which may be negative, or none where it has too many digits.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self(-other.0))
    }

    /// The exact product, or none where it has too many digits.
    #[must_use]
    pub fn times(self, count: u64) -> Option<Self> {
        let one = self.0.normalize();
        if one.is_zero() || count == 0 {
            return Some(Self::ZERO);
        }
        // As with sums: fewer digits behind the point than the price has means that the product was rounded to fit.
        let product = one.checked_mul(Decimal::from(count))?;
        (product.scale() == one.scale()).then_some(Self(product))
    }

    /// Rounded as a policy says.
    #[must_use]
    pub fn rounded(self, rounding: Rounding) -> Self {
        let Rounding { decimals, how } = rounding;
        Self(self.0.round_dp_with_strategy(decimals, how))
    }
}

impl fmt::Display for Money {
    /// All of its digits and at least two behind the point. `{:+}` shows a plus too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.0.normalize();
        let sign = if amount.is_sign_negative() && !amount.is_zero() {
            "-"
        } else if f.sign_plus() {
            "+"
        } else {
            ""
        };
        let decimals = amount.scale().max(2) as usize;
        write!(f, "{sign}{:.decimals$}", amount.abs())
    }
}

impl Serialize for Money {
    /// As text: a JSON number would become a float in most readers.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// How a policy rounds a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// Digits that stay behind the point, in 0..=9.
    pub(super) decimals: u32,
    pub(super) how: RoundingStrategy,
}

impl Rounding {
    /// The words of a policy's file for each way.
    pub(super) const WAYS: &[(&str, RoundingStrategy)] = &[
        ("half-up", RoundingStrategy::MidpointAwayFromZero),
        ("half-even", RoundingStrategy::MidpointNearestEven),
        ("up", RoundingStrategy::AwayFromZero),
        ("down", RoundingStrategy::ToZero),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap_or_else(|| panic!("{text:?}"))
    }

    #[test]
    fn a_price_is_plain_digits_and_at_most_one_point() {
        for text in [
            "0",
            "0.00",
            "399",
            "0.015",
            "0.000000001",
            "1000000000",
            "007.50",
        ] {
            assert!(Money::parse(text).is_some(), "{text:?}");
        }
        for text in [
            "",
            ".",
            ".5",
            "5.",
            "-1",
            "+1",
            "1e3",
            "1_000",
            "1,5",
            "1.2.3",
            "inf",
            "nan",
            "0x10",
            "0.0000000001",
            "1000000000.01",
            " 1",
            "99999999999999999999999999999999999999999",
        ] {
            assert_eq!(Money::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_amount_shows_all_of_its_digits_and_at_least_two() {
        for (text, shown) in [
            ("0", "0.00"),
            ("399", "399.00"),
            ("0.5", "0.50"),
            ("0.015", "0.015"),
            ("1.500000", "1.50"),
        ] {
            assert_eq!(money(text).to_string(), shown);
        }
        let less = money("1")
            .minus(money("3.25"))
            .map(|less| format!("{less:+}"));
        assert_eq!(less.as_deref(), Some("-2.25"));
        assert_eq!(format!("{:+}", money("3")), "+3.00");
        assert_eq!(money("1").minus(money("1")), Some(Money::ZERO));
    }

    #[test]
    fn what_has_too_many_digits_is_refused_and_never_rounded() {
        let high = money("999999999.999999999");
        let most = high.times(79_000_000_000);
        assert!(
            most.is_some(),
            "78999999999999999921.000000000 has 29 digits"
        );
        assert_eq!(high.times(u64::MAX), None);
        // 1.8e28 whole units leave no digit behind the point for a billionth.
        let huge = money("1000000000").times(u64::MAX).unwrap_or(Money::ZERO);
        assert_eq!(huge.to_string(), "18446744073709551615000000000.00");
        assert_eq!(huge.plus(money("0.000000001")), None);
        assert_eq!(huge.plus(Money::ZERO), Some(huge));
        let twice = huge.plus(huge).and_then(|sum| sum.plus(sum));
        assert_eq!(twice.and_then(|sum| sum.plus(huge)), None);
    }
}
