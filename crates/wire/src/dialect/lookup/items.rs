//! What stands in every item of a list: the step `*` of a pointer.

use serde::de::SeqAccess;

use super::{Found, Node, Walk};

/// The step of a pointer that stands for every item of a list.
pub(in crate::dialect) const EVERY_ITEM: &str = "*";

/// The most items that are looked at: as many as a request can name accounts, and one that is too many.
const MOST: usize = 10_001;

/// What is looked for in every item.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) node: Node,
    /// The places of all results below.
    pub(super) places: Vec<usize>,
}

impl Items {
    /// Reads a list: what stands at each place becomes what stands there in each item.
    pub(super) fn read<'a, S: SeqAccess<'a>>(
        &self,
        mut list: S,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), S::Error> {
        let mut seen = vec![Vec::new(); self.places.len()];
        loop {
            let item = Walk {
                node: &self.node,
                found: &mut *found,
            };
            if list.next_element_seed(item)?.is_none() {
                break;
            }
            for (items, place) in seen.iter_mut().zip(&self.places) {
                let one = std::mem::replace(&mut found[*place], Found::Nothing);
                if let Found::Each(inner) = one {
                    // A list in a list: what is inside of each, in a row.
                    items.extend(inner);
                } else {
                    items.push(one);
                }
                items.truncate(MOST);
            }
        }
        for (items, place) in seen.into_iter().zip(&self.places) {
            found[*place] = Found::Each(items);
        }
        Ok(())
    }
}
