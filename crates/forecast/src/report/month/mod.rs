//! A simulated month for people and programs: a folder of files, and what the terminal shows.
//!
//! In: the model, each policy's month, its closed form, its bill. Out: text. Never here: simulation, prices.

mod charts;
mod digest;
mod files;
mod html;
mod terminal;

pub use files::write_month;
pub use terminal::month_terminal;

use crate::bill::Invoice;
use crate::month::{Expected, Model, Peaks, Policy, Tally};
use digest::Digest;

/// Everything that is known of a simulated month.
#[derive(Clone, Debug)]
pub struct MonthFindings<'m> {
    /// What was simulated.
    pub model: &'m Model,
    /// The month of the model's first policy.
    pub first: PolicyMonth<'m>,
    /// Those of its other policies, in its order.
    pub others: Vec<PolicyMonth<'m>>,
    /// How long it took, in seconds.
    pub took: f64,
}

impl<'m> MonthFindings<'m> {
    /// Every policy's month, the first one first.
    fn months(&self) -> impl Iterator<Item = &PolicyMonth<'m>> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// What one policy made of the month.
#[derive(Clone, Debug)]
pub struct PolicyMonth<'m> {
    /// The policy.
    pub policy: &'m Policy,
    /// As simulated.
    pub tally: Tally,
    /// In closed form.
    pub expected: Expected,
    /// When it was busiest.
    pub peaks: Peaks,
    /// What it costs; none where the profile names no billing policy.
    pub invoice: Option<Invoice>,
}

/// The month as JSON: the digest that every format is made from.
///
/// # Errors
/// When it is no JSON, which no month is.
pub fn month_json(findings: &MonthFindings<'_>) -> Result<String, String> {
    serde_json::to_string_pretty(&Digest::of(findings)).map_err(|fault| fault.to_string())
}
