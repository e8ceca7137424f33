//! Turns a checked profile into a plan: every arrival, its accounts and its due time, and the slots that they need.
//!
//! In: [`Profile`]. Out: [`Plan`], the same for the same seed. Never here: clocks, sockets, printing.

#[cfg(test)]
mod agenda_tests;
mod arrivals;
mod chance;
mod estimate;
mod evidence;
mod fault;
mod foresight;
mod limits;
mod needs;
mod schedule;
mod shard;
mod slots;
mod told;
mod walk;

pub use arrivals::{Arrival, Cursor};
pub use fault::Fault;
pub use foresight::{Foresight, ScenarioForesight, StageForesight};
pub use limits::Excess;
pub use needs::{Around, PortNeed};
pub use schedule::StageSpan;
pub use shard::Shard;
pub use told::Told;

use crate::profile::{Profile, StageIx};
use crate::scenario::Scenario;
use chance::{Purpose, bits};
use schedule::Schedule;
use slots::Occupancy;
use trtc_base::units::Micros;
use trtc_usersig::Platform;
use walk::Walk;

/// Everything that a run will do, before it does any of it.
#[derive(Clone, Debug)]
pub struct Plan {
    shard: Shard,
    seed: u64,
    schedule: Schedule,
    scenarios: Vec<Scenario>,
    apps: Vec<PlannedApp>,
    platforms: Vec<(Platform, f64)>,
    slots: Vec<u32>,
    occupancy: Occupancy,
    /// When UserSigs end together.
    usersigs_end_at: Option<Micros>,
}

/// An app's part in the plan.
#[derive(Clone, Debug)]
struct PlannedApp {
    share: f64,
    /// In the whole population.
    accounts: u64,
    /// Those of the plan's shard.
    own: u64,
    walk: Walk,
}

impl Plan {
    /// Plans the whole of `profile`.
    ///
    /// # Errors
    /// When the planned sessions alone need more slots than the profile allows, or more accounts than it has.
    pub fn new(profile: &Profile) -> Result<Self, Vec<Fault>> {
        Self::of_shard(profile, Shard::WHOLE)
    }

    /// Plans one shard of `profile`. The shards' arrivals and accounts are disjoint, and together those of the whole plan.
    ///
    /// # Errors
    /// As for the whole plan, and when the profile is too small to be divided so.
    pub fn of_shard(profile: &Profile, shard: Shard) -> Result<Self, Vec<Fault>> {
        let faults = undivided(profile, shard);
        if !faults.is_empty() {
            return Err(faults);
        }
        let accounts = profile.population().accounts;
        let apps = (0_u64..)
            .zip(profile.apps())
            .map(|(ix, app)| PlannedApp {
                share: app.share,
                accounts,
                own: walk::accounts_of(shard, accounts),
                walk: Walk::new(accounts, bits(profile.seed(), Purpose::Walk, u64::MAX - ix)),
            })
            .collect();
        let scenarios = profile.scenarios().iter().map(|scenario| Scenario {
            slots: scenario.slots.map(|slots| shard.slots(slots)),
            ..scenario.clone()
        });
        let mut plan = Self {
            shard,
            seed: profile.seed(),
            schedule: Schedule::new(profile.stages()),
            scenarios: scenarios.collect(),
            apps,
            platforms: profile.population().platforms.clone(),
            slots: Vec::new(),
            occupancy: Occupancy::default(),
            usersigs_end_at: profile.population().usersigs.ends_at,
        };
        let allowed = shard.slots(profile.limits().slots);
        plan.occupancy = slots::occupancy(&plan, profile.target(), allowed);
        let mut faults = plan.too_few_accounts();
        match plan.slots_within(allowed) {
            Ok(slots) => plan.slots = slots,
            Err(fault) => faults.push(fault),
        }
        if faults.is_empty() {
            Ok(plan)
        } else {
            Err(faults)
        }
    }

    /// The part of the whole plan that this is.
    #[must_use]
    pub const fn shard(&self) -> Shard {
        self.shard
    }

    /// Every arrival, in the order of due times.
    pub fn arrivals(&self) -> impl Iterator<Item = Arrival> {
        let mut cursor = Cursor::new(self);
        std::iter::from_fn(move || cursor.next(self))
    }

    /// How many arrivals there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.occupancy.by_stage.iter().sum()
    }

    /// How many arrivals the whole plan has, those of other shards included.
    #[must_use]
    pub const fn total_of_all_shards(&self) -> u64 {
        self.occupancy.of_all_shards
    }

    /// Both numbers of arrivals, this part's and the whole plan's, counted also where they were only estimated: that takes
    /// about a tenth of a microsecond for each arrival of the whole plan.
    #[must_use]
    pub fn counted(&self) -> (u64, u64) {
        if !self.occupancy.is_estimated {
            return (self.total(), self.total_of_all_shards());
        }
        let mut cursor = Cursor::new(self);
        let mut own = 0;
        while cursor.next_due(self).is_some() {
            own += 1;
        }
        (own, cursor.passed())
    }

    /// The scenarios, as in the profile.
    #[must_use]
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// Accounts of each app, those of other shards included.
    #[must_use]
    pub fn accounts_per_app(&self) -> u64 {
        self.apps.first().map_or(0, |app| app.accounts)
    }

    /// The slots of each scenario.
    #[must_use]
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The stages on the clock.
    #[must_use]
    pub fn stages(&self) -> &[StageSpan] {
        self.schedule.spans()
    }

    /// When the last stage ends.
    #[must_use]
    pub fn end(&self) -> Micros {
        self.schedule.end()
    }

    /// The stage that a step due at `at` belongs to: the last one after the schedule's end.
    #[must_use]
    pub fn stage_at(&self, at: Micros) -> StageIx {
        self.schedule.stage_at(at)
    }

    /// The longest that any session means to last, with its allowance for requests.
    #[must_use]
    pub fn longest_session(&self) -> Micros {
        self.scenarios
            .iter()
            .map(Scenario::longest_hold)
            .max()
            .unwrap_or_default()
    }

    /// Slots by scenario: as the scenario says, or what it holds with a margin; the margins shrink, in proportion,
    /// to what `allowed` leaves.
    fn slots_within(&self, allowed: u32) -> Result<Vec<u32>, Fault> {
        let Occupancy { waits, holds, .. } = &self.occupancy;
        let least: Vec<u32> = self
            .scenarios
            .iter()
            .zip(waits)
            .map(|(scenario, &waits)| scenario.slots.unwrap_or(waits).max(1))
            .collect();
        for ((scenario, &waits), &has) in self.scenarios.iter().zip(waits).zip(&least) {
            // Waits of no length overlap only where arrivals fall on the same microsecond: that is no need.
            if has < waits && scenario.dwell.max() > Micros::ZERO {
                return Err(Fault::ScenarioSlots {
                    scenario: scenario.name.clone(),
                    needed: waits,
                    has,
                    shard: self.shard,
                });
            }
        }
        let needed: u64 = least.iter().map(|&slots| u64::from(slots)).sum();
        let left = u32::try_from(needed)
            .ok()
            .and_then(|needed| allowed.checked_sub(needed));
        let Some(left) = left else {
            let shard = self.shard;
            return Err(Fault::TooFewSlots {
                needed,
                allowed,
                shard,
            });
        };
        let wished =
            self.scenarios
                .iter()
                .zip(holds)
                .map(|(scenario, &most)| match scenario.slots {
                    Some(slots) => slots,
                    None => slots::with_margin(most),
                });
        let extra: Vec<u32> = wished
            .zip(&least)
            .map(|(wish, &least)| wish.saturating_sub(least))
            .collect();
        let granted = slots::granted(&extra, left);
        let all = least.iter().zip(granted);
        Ok(all.map(|(&least, margin)| least + margin).collect())
    }

    /// No account may come due again while its last session is still planned to be online.
    fn too_few_accounts(&self) -> Vec<Fault> {
        let steps = |scenario: &Scenario| {
            #[expect(clippy::cast_precision_loss, reason = "one or two")]
            let steps = scenario.accounts() as f64;
            steps * scenario.share
        };
        let a_arrival: f64 = self.scenarios.iter().map(steps).sum();
        let a_second = self
            .stages()
            .iter()
            .map(|span| span.rate.0.max(span.rate.1))
            .fold(0.0, f64::max);
        let longest = self.longest_session().as_secs_f64();
        let needed = |app: &PlannedApp| {
            // Rounding must not ask for one account more than the product.
            let needed = (a_second * app.share * a_arrival * longest - 1e-6).ceil();
            // A run that does not walk round once needs no more accounts than it takes steps.
            Micros::from_secs_f64(needed / 1e6).0
        };
        // Every shard walks round as often as the whole plan does.
        let short = |(app, &steps): (&PlannedApp, &u64)| {
            let all = steps.saturating_mul(u64::from(self.shard.of()));
            let is_short = needed(app) > app.accounts && steps > app.own;
            is_short.then(|| Fault::TooFewAccounts {
                needed: needed(app).min(all).max(app.accounts + 1),
                has: app.accounts,
            })
        };
        self.apps
            .iter()
            .zip(&self.occupancy.steps)
            .find_map(short)
            .into_iter()
            .collect()
    }
}

/// What a profile has too little of to be divided so.
fn undivided(profile: &Profile, shard: Shard) -> Vec<Fault> {
    let mut faults = Vec::new();
    let needed = u64::from(shard.of()) * 2;
    let has = profile.population().accounts;
    // Every shard needs a pair of accounts, for arrivals that take two.
    if shard != Shard::WHOLE && has < needed {
        faults.push(Fault::AccountsForShards { needed, has });
    }
    let short = |scenario: &&Scenario| scenario.slots.is_some_and(|has| has < shard.of());
    let scenarios = profile.scenarios().iter().filter(short);
    faults.extend(scenarios.map(|scenario| Fault::SlotsForShards {
        scenario: scenario.name.clone(),
        shards: shard.of(),
        has: scenario.slots.unwrap_or_default(),
    }));
    faults
}
