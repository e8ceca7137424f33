//! Worlds that none of the methods is made for: four months of accounts in each, of which the last is projected.

use jiff::civil::{Date, date};
use trtc_load::forecast::history::{Known, MonthCounts, Tally};

/// How a world's accounts behave.
#[derive(Clone, Copy)]
pub(crate) enum World {
    /// Activity by rank as 1 / rank^s; from month to month everybody is a little more or less active.
    Zipf,
    /// Some come on working days, the others rather at weekends; logit-normal chances.
    Weekly,
    /// 5 % more new accounts each week; everyone fades after joining.
    Growing,
    /// [`Self::Weekly`], and in the last month a campaign brings accounts that come once.
    Campaign,
}

impl World {
    /// The world as a table names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Zipf => "Zipf activity",
            Self::Weekly => "weekly cycles",
            Self::Growing => "growth 5 % a week",
            Self::Campaign => "campaign",
        }
    }

    /// Four months in a row, oldest first. Everything is a function of the seed.
    pub(crate) fn live(self, seed: u64) -> Vec<MonthCounts> {
        let mut chance = Chance::new(seed, self as u64);
        let mut months = vec![date(2025, 1 + (chance.unit() * 12.0) as i8, 1)];
        for at in 0..3 {
            months.push(months[at].last_of_month().tomorrow().unwrap_or(months[at]));
        }
        let accounts = 3_000.0 * 10.0_f64.powf(chance.unit());
        match self {
            Self::Zipf => zipf(&months, accounts as u32, &mut chance),
            Self::Weekly => weekly(&months, accounts as u32, None, &mut chance),
            Self::Growing => growing(&months, accounts, &mut chance),
            Self::Campaign => {
                let share = chance.between(0.05, 0.25);
                weekly(&months, accounts as u32, Some(share), &mut chance)
            }
        }
    }
}

/// The generator `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn new(seed: u64, world: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (world << 56));
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// How active everybody is in each month: within about 5 % of the mean.
    fn levels(&mut self) -> Vec<f64> {
        (0..4).map(|_| (0.05 * self.normal()).exp()).collect()
    }

    /// A month's active days, by the chance of each.
    fn days(&mut self, month: Date, of: impl Fn(u8) -> f64) -> u32 {
        let mut days = 0;
        for day in 0..month.days_in_month().unsigned_abs() {
            if self.unit() < of(day).min(0.98) {
                days |= 1 << day;
            }
        }
        days
    }
}

fn zipf(months: &[Date], accounts: u32, chance: &mut Chance) -> Vec<MonthCounts> {
    let power = -chance.between(0.6, 1.3);
    let mean = chance.between(0.04, 0.2);
    let ranks: Vec<f64> = (1..=accounts)
        .map(|rank| f64::from(rank).powf(power))
        .collect();
    // The scale at which the mean chance is as drawn, by halving.
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..80 {
        let scale = f64::midpoint(low, high);
        let sum: f64 = ranks.iter().map(|rank| (scale * rank).min(0.95)).sum();
        if sum < mean * f64::from(accounts) {
            low = scale;
        } else {
            high = scale;
        }
    }
    let levels = chance.levels();
    let lived = months.iter().zip(levels).map(|(month, level)| {
        let mut tally = Tally::of_month(*month);
        for rank in &ranks {
            let p = (low * rank).min(0.95) * level;
            tally.add(chance.days(*month, |_| p), Known::New);
        }
        tally.counts()
    });
    lived.collect()
}

fn weekly(
    months: &[Date],
    accounts: u32,
    campaign: Option<f64>,
    chance: &mut Chance,
) -> Vec<MonthCounts> {
    let (centre, spread) = (chance.between(-3.5, -1.5), chance.between(0.8, 1.8));
    let (workers, at_home) = (chance.between(0.3, 0.8), chance.between(0.05, 0.5));
    let leisure = chance.between(1.2, 2.5);
    let people: Vec<(f64, [f64; 2])> = (0..accounts)
        .map(|_| {
            let p = 1.0 / (1.0 + (-centre - spread * chance.normal()).exp());
            let worker = chance.unit() < workers;
            (
                p,
                if worker {
                    [1.0, at_home]
                } else {
                    [0.6, leisure]
                },
            )
        })
        .collect();
    let levels = chance.levels();
    let mut lived: Vec<MonthCounts> = Vec::new();
    for (at, (month, level)) in months.iter().zip(levels).enumerate() {
        let mut tally = Tally::of_month(*month);
        let first = month.weekday().to_monday_zero_offset().unsigned_abs();
        for (p, factors) in &people {
            let of = |day: u8| p * level * factors[usize::from((first + day) % 7 >= 5)];
            tally.add(chance.days(*month, of), Known::New);
        }
        if let (3, Some(share)) = (at, campaign) {
            let last = &lived[2];
            let extra = share * last.active_by(last.days) as f64;
            let from = chance.between(4.0, 25.0) as u32;
            for _ in 0..extra as u32 {
                let day = from + chance.between(0.0, 3.0) as u32;
                tally.add(1 << (day - 1), Known::New);
            }
        }
        lived.push(tally.counts());
    }
    lived
}

fn growing(months: &[Date], accounts: f64, chance: &mut Chance) -> Vec<MonthCounts> {
    /// Days before the first month on which the newest accounts joined one by one; older ones count as that old.
    const BEFORE: i32 = 120;
    let a_day = 0.05 / 7.0;
    let (centre, spread) = (chance.between(-2.5, -0.5), chance.between(1.0, 2.0));
    let (fading, stays) = (chance.between(10.0, 60.0), chance.between(0.1, 0.5));
    let total: i32 = months
        .iter()
        .map(|month| i32::from(month.days_in_month()))
        .sum();
    let rate = |day: i32| a_day * accounts * (a_day * f64::from(day)).exp();
    let mut people: Vec<(i32, f64)> = Vec::new();
    let mut join = |day: i32, expected: f64, chance: &mut Chance| {
        // Poisson, by exponential gaps.
        let mut at = -(1.0 - chance.unit()).ln();
        while at < expected {
            let p = 1.0 / (1.0 + (-centre - spread * chance.normal()).exp());
            people.push((day, p));
            at -= (1.0 - chance.unit()).ln();
        }
    };
    join(
        -BEFORE,
        accounts * (-a_day * f64::from(BEFORE)).exp(),
        chance,
    );
    for day in 1 - BEFORE..total {
        join(day, rate(day), chance);
    }
    let fade: Vec<f64> = (0..=BEFORE + total)
        .map(|age| stays + (1.0 - stays) * (-f64::from(age) / fading).exp())
        .collect();
    let mut start = 0;
    let lived = months.iter().map(|month| {
        let mut tally = Tally::of_month(*month);
        for (joined, p) in &people {
            let of = |day: u8| match start + i32::from(day) - joined {
                ..0 => 0.0,
                0 => 1.0,
                age => p * fade[age.unsigned_abs() as usize],
            };
            tally.add(chance.days(*month, of), Known::New);
        }
        start += i32::from(month.days_in_month());
        tally.counts()
    });
    lived.collect()
}
