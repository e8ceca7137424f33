//! Weights made into shares of one.

use trtc_base::config::{FaultKind, Value};

/// Sums this near to 1 are 1 already, so that a profile that is written out and read again keeps its shares to the bit.
const NEAR: f64 = 1e-9;

/// The shares of `weights`, which sum to 1. Tells a fault at `place` when all are zero.
pub(super) fn shares(weights: &[f64], place: &Value<'_>) -> Option<Vec<f64>> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        place.fault(
            FaultKind::SharesZero,
            format!("all shares of `{}` are 0", place.path()),
            "give at least one of them a share above 0",
        );
        return None;
    }
    let scale = if (sum - 1.0).abs() < NEAR { 1.0 } else { sum };
    Some(weights.iter().map(|weight| weight / scale).collect())
}
