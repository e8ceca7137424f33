//! What keeps a run from doing harm.

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
