//! What a policy makes of what was used.

use serde::Serialize;

use super::policy::{Beyond, CountedCharge, Tier, What};
use super::{Active, BillFault, Billable, Measure, Money, Policy, Source, Usage, Window};

/// The bill of one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// The policy's name.
    pub policy: String,
    /// Three letters; every amount is in it.
    pub currency: String,
    /// What made an account billable.
    pub billable: Billable,
    /// What accounts were counted over.
    pub window: Window,
    /// One for each charge, in the policy's order, and for each tier that was reached.
    pub lines: Vec<Line>,
    /// The whole bill. None: a part of it is not known, and what is known is at least in `known`.
    pub total: Option<Money>,
    /// The sum of the lines whose amount is known.
    pub known: Money,
    /// Quotas beyond which logins fail.
    pub refusals: Vec<Refusal>,
    /// What a reader has to know beside the amounts.
    pub notes: Vec<String>,
    /// Where the policy's numbers are from.
    pub source: Option<Source>,
}

/// One line of a bill. What a line does not have, or is not known, is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The charge's name.
    pub charge: String,
    /// What it counts; none for a fee.
    pub per: Option<Measure>,
    /// The place of the tier among its charge's, from 1.
    pub tier: Option<u32>,
    /// How many there were in all.
    pub used: Option<u64>,
    /// How many are included; in a tier, how many come before it.
    pub quota: Option<u64>,
    /// How many are beyond that; in a tier, how many fall into it.
    pub over: Option<u64>,
    /// How many are sold together.
    pub block: Option<u64>,
    /// How many blocks are paid.
    pub billed: Option<u64>,
    /// The price of a block.
    pub unit_price: Option<Money>,
    /// What the line costs.
    pub amount: Option<Money>,
}

/// A quota that is no matter of money: beyond it logins fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The charge's name.
    pub charge: String,
    /// What it counts.
    pub per: Measure,
    /// Logins fail above this.
    pub quota: u64,
    /// How many would have been there.
    pub used: u64,
    /// The error code of such a login.
    pub code: u32,
    /// The first day of the window, from 1, on which it happens; none where the days are not known.
    pub first_day: Option<u32>,
}

impl Policy {
    /// The bill of what was used.
    ///
    /// # Errors
    /// When the usage lacks what the policy counts, contradicts itself, or costs more than can be held exactly.
    pub fn invoice(&self, usage: &Usage) -> Result<Invoice, BillFault> {
        let none = Active::default();
        let active = usage.active.get(&self.billable).unwrap_or(&none);
        check(active)?;
        let mut lines = Vec::new();
        let mut refusals = Vec::new();
        for charge in &self.charges {
            let name = charge.name.as_str();
            match &charge.what {
                What::Fee(fee) => lines.push(Line::of_fee(name, *fee)),
                What::Counted(counted) => {
                    let used = used(usage, active, counted.per);
                    let used = used.ok_or_else(|| BillFault::NotCounted {
                        charge: name.to_owned(),
                        measure: counted.per,
                        billable: self.billable,
                    })?;
                    lines.extend(counted.lines(name, used)?);
                    refusals.extend(counted.refusal(name, used, active));
                }
            }
        }
        self.add_up(lines, refusals)
    }

    fn add_up(&self, lines: Vec<Line>, refusals: Vec<Refusal>) -> Result<Invoice, BillFault> {
        let sum = |sum: Money, line: &Line| sum.plus(line.amount.unwrap_or(Money::ZERO));
        let exact = lines.iter().try_fold(Money::ZERO, sum);
        let exact = exact.ok_or_else(|| too_large("all charges together"))?;
        let known = self
            .rounding
            .map_or(exact, |rounding| exact.rounded(rounding));
        let is_whole = lines.iter().all(|line| line.amount.is_some());
        let mut notes: Vec<String> = self
            .window_note
            .iter()
            .chain(&self.notes)
            .cloned()
            .collect();
        if known != exact {
            notes.push(format!("rounded as the policy says, from {exact}"));
        }
        Ok(Invoice {
            policy: self.name.clone(),
            currency: self.currency.clone(),
            billable: self.billable,
            window: self.window,
            lines,
            total: is_whole.then_some(known),
            known,
            refusals,
            notes,
            source: self.source.clone(),
        })
    }
}

impl Invoice {
    /// How much more this bill is than `other`; negative where it is less, none where one of them is not known whole.
    ///
    /// # Errors
    /// When they are in two currencies, or the difference has too many digits.
    pub fn more_than(&self, other: &Self) -> Result<Option<Money>, BillFault> {
        if self.currency != other.currency {
            return Err(BillFault::Currencies(
                self.currency.clone(),
                other.currency.clone(),
            ));
        }
        let (Some(this), Some(that)) = (self.total, other.total) else {
            return Ok(None);
        };
        let more = this.minus(that);
        more.map(Some).ok_or_else(|| too_large("the difference"))
    }
}

impl Line {
    fn of_fee(charge: &str, fee: Option<Money>) -> Self {
        Self {
            charge: charge.to_owned(),
            per: None,
            tier: None,
            used: None,
            quota: None,
            over: None,
            block: None,
            billed: None,
            unit_price: None,
            amount: fee,
        }
    }
}

impl CountedCharge {
    fn lines(&self, charge: &str, used: u64) -> Result<Vec<Line>, BillFault> {
        let over = self.quota.map(|quota| used.saturating_sub(quota));
        let line = Line {
            per: Some(self.per),
            used: Some(used),
            quota: self.quota,
            over,
            ..Line::of_fee(charge, None)
        };
        match &self.beyond {
            Beyond::Refused(_) => Ok(vec![Line {
                amount: Some(Money::ZERO),
                ..line
            }]),
            Beyond::Price(price) => self.priced(line, *price).map(|line| vec![line]),
            Beyond::Tiers(tiers) => self.tiered(&line, tiers),
        }
    }

    /// The line with its price. Its `over` is what is paid for.
    fn priced(&self, line: Line, price: Option<Money>) -> Result<Line, BillFault> {
        let billed = match line.used {
            // Whatever the quota is, nothing is beyond it.
            Some(0) => Some(0),
            Some(_) | None => line.over.map(|over| over.div_ceil(self.block)),
        };
        let amount = match (billed, price) {
            (Some(0), _) => Some(Money::ZERO),
            (Some(billed), Some(price)) => Some(
                price
                    .times(billed)
                    .ok_or_else(|| too_large(&format!("`{}`", line.charge)))?,
            ),
            (None, _) | (_, None) => None,
        };
        Ok(Line {
            block: Some(self.block),
            billed,
            unit_price: price,
            amount,
            ..line
        })
    }

    /// A line for each tier that was reached; the first tier always.
    fn tiered(&self, line: &Line, tiers: &[Tier]) -> Result<Vec<Line>, BillFault> {
        let used = line.used.unwrap_or_default();
        let mut from = self.quota.unwrap_or_default();
        let mut lines = Vec::new();
        for (place, tier) in (1..).zip(tiers) {
            if place > 1 && used <= from {
                break;
            }
            let reached = tier.up_to.map_or(used, |up_to| used.min(up_to));
            let part = Line {
                tier: Some(place),
                quota: Some(from),
                over: Some(reached.saturating_sub(from)),
                ..line.clone()
            };
            lines.push(self.priced(part, Some(tier.price))?);
            from = tier.up_to.unwrap_or(from);
        }
        Ok(lines)
    }

    fn refusal(&self, charge: &str, used: u64, active: &Active) -> Option<Refusal> {
        let (Beyond::Refused(code), Some(quota)) = (&self.beyond, self.quota) else {
            return None;
        };
        let days = match self.per {
            Measure::Mau => &active.in_month,
            Measure::PeakDau | Measure::PeakOnline => &active.on_day,
        };
        (used > quota).then(|| Refusal {
            charge: charge.to_owned(),
            per: self.per,
            quota,
            used,
            code: *code,
            first_day: days.first_day_over(quota),
        })
    }
}

fn used(usage: &Usage, active: &Active, per: Measure) -> Option<u64> {
    match per {
        Measure::Mau => active.in_month.highest(),
        Measure::PeakDau => active.on_day.highest(),
        Measure::PeakOnline => usage.peak_online,
    }
}

/// Refuses counts that no month can have.
fn check(active: &Active) -> Result<(), BillFault> {
    if let Some(day) = active.in_month.first_fall() {
        return Err(BillFault::SoFarFalls { day });
    }
    match (active.on_day.highest(), active.in_month.highest()) {
        (Some(on_day), Some(in_month)) if on_day > in_month => {
            Err(BillFault::MoreOnADay { on_day, in_month })
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn too_large(what: &str) -> BillFault {
    BillFault::TooLarge {
        what: what.to_owned(),
    }
}
