//! Integrals over accounts: of a function of an account's daily chance, which has a Beta distribution.

use statrs::function::beta::ln_beta;

/// A point of the integral: the sum over all of weight times value is the average over accounts, for functions that are
/// zero where the chance is.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// A daily chance, in 0..=1.
    pub chance: f64,
    /// Its weight.
    pub weight: f64,
}

/// The points for one Beta distribution.
pub struct Nodes {
    a: f64,
    b: f64,
    ln_beta: f64,
    at: f64,
    step: f64,
}

/// The largest distance of two points in the variable of the integral.
const STEP: f64 = 1.0 / 64.0;

/// Left of it a chance is below e^-80.
const FROM: f64 = -4.0;

impl Nodes {
    /// For Beta(a, b).
    ///
    /// Double exponential quadrature (Takahasi & Mori 1974): with p = 1 / (1 + exp(-pi sinh t)) both ends of the interval,
    /// at which the density may have no bound, are out of sight, and the trapezoidal rule in t is as good as exact where
    /// the function is smooth. Where a day's factor holds a chance at 1 it has a bend, worth some 1e-6 of the result.
    pub fn of((a, b): (f64, f64)) -> Self {
        // Where accounts are very much alike, all of them lie within a few steps: about so far from each other in t.
        let middle = (a / b).ln() / std::f64::consts::PI;
        let spread = (a.recip() + b.recip()).sqrt() / (std::f64::consts::PI * middle.hypot(1.0));
        Self {
            a,
            b,
            ln_beta: ln_beta(a, b),
            at: FROM,
            step: STEP.min(spread / 1.5),
        }
    }
}

impl Iterator for Nodes {
    type Item = Node;

    fn next(&mut self) -> Option<Node> {
        let scaled = std::f64::consts::PI * self.at.sinh();
        // ln p and ln (1 - p), each exact where it is small.
        let ln_p = -(-scaled).exp().ln_1p();
        let ln_q = -(scaled.exp().ln_1p());
        let ln_q = if scaled > 700.0 { -scaled } else { ln_q };
        let ln_density = self.a * ln_p + self.b * ln_q - self.ln_beta;
        if scaled > (self.a / self.b).ln() && ln_density < -45.0 {
            return None;
        }
        let density = ln_density.exp();
        let slope = std::f64::consts::PI * self.at.cosh();
        self.at += self.step;
        Some(Node {
            chance: ln_p.exp(),
            weight: density * slope * self.step,
        })
    }
}

/// The share of accounts to which something happens at least once in so many days, when it happens by the chance
/// `success` on a day on which an account is active, and an account's daily chance has the distribution Beta(a, b).
/// In 0..=1.
#[must_use]
pub fn share_reached(beta: (f64, f64), days: u32, success: f64) -> f64 {
    Nodes::of(beta)
        .map(|node| {
            let idle = (-node.chance * success).ln_1p() * f64::from(days);
            -node.weight * idle.exp_m1()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_squares_of_beta_distributions_are_the_known_ones() {
        for (a, b) in [
            (0.6, 2.4),
            (5.0, 1.0),
            (0.003, 2.997),
            (0.5, 0.01),
            (40.0, 60.0),
            (0.02, 0.1),
            (2_000.0, 8_000.0),
        ] {
            let (mut mean, mut square) = (0.0, 0.0);
            for node in Nodes::of((a, b)) {
                mean += node.weight * node.chance;
                square += node.weight * node.chance * node.chance;
            }
            let want = a / (a + b);
            let want_square = want * (a + 1.0) / (a + b + 1.0);
            assert!(
                (mean / want - 1.0).abs() < 1e-9,
                "{a} {b}: {mean} for {want}"
            );
            assert!(
                (square / want_square - 1.0).abs() < 1e-9,
                "{a} {b}: {square}"
            );
        }
    }
}
