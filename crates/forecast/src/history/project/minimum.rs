//! The lowest point of a function of two numbers.
//!
//! In: a function and where to begin. Out: where it is least, by the simplex of Nelder and Mead.

/// The sides of the first triangle.
const STEP: f64 = 0.5;
/// Enough to close in on a smooth valley; a flat one ends wherever this leaves it.
const ROUNDS: usize = 150;
/// The triangle is small enough.
const CLOSE: f64 = 1e-5;

/// Where `cost` is least near `start`.
pub(super) fn minimum(start: [f64; 2], cost: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    let corner = |x: f64, y: f64| {
        let at = [start[0] + x, start[1] + y];
        (at, cost(at))
    };
    let mut corners = [corner(0.0, 0.0), corner(STEP, 0.0), corner(0.0, STEP)];
    for _ in 0..ROUNDS {
        corners.sort_by(|one, other| one.1.total_cmp(&other.1));
        let [best, middle, worst] = corners;
        let wide = |axis: usize| (worst.0[axis] - best.0[axis]).abs();
        if wide(0).max(wide(1)) < CLOSE {
            break;
        }
        // From the worst corner through the middle of the other two: `reach` 1 is as far again on the other side.
        let moved = |reach: f64| {
            let along = |axis: usize| {
                let centre = f64::midpoint(best.0[axis], middle.0[axis]);
                centre + reach * (centre - worst.0[axis])
            };
            let at = [along(0), along(1)];
            (at, cost(at))
        };
        let across = moved(1.0);
        let next = if across.1 < best.1 {
            let further = moved(2.0);
            if further.1 < across.1 {
                further
            } else {
                across
            }
        } else if across.1 < middle.1 {
            across
        } else {
            moved(if across.1 < worst.1 { 0.5 } else { -0.5 })
        };
        if next.1 < worst.1 {
            corners[2] = next;
        } else {
            for corner in &mut corners[1..] {
                let towards = |axis: usize| f64::midpoint(corner.0[axis], best.0[axis]);
                let at = [towards(0), towards(1)];
                *corner = (at, cost(at));
            }
        }
    }
    corners.sort_by(|one, other| one.1.total_cmp(&other.1));
    corners[0].0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_point_of_a_tilted_bowl_is_found() {
        let at = minimum([0.0, 0.0], |[x, y]| {
            (x - 3.0).powi(2) + 2.0 * (y + 1.0).powi(2) + (x - 3.0) * (y + 1.0)
        });
        assert!(
            (at[0] - 3.0).abs() < 1e-4 && (at[1] + 1.0).abs() < 1e-4,
            "{at:?}"
        );
    }
}
