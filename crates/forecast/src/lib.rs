//! Monthly active users: what login logs show of them, what a month of accounts makes of them, and what they are billed.
//!
//! In: login logs, month profiles, billing policies. Out: projections, simulated months, invoices, and their reports. Never
//! here: a load, a service.
//!
//! ```
//! use trtc_forecast::month::{Model, SHIPPED, expected};
//!
//! // A month profile: how many accounts open the app in a month and on a day, and what they do.
//! let (name, text) = SHIPPED[0];
//! let model = Model::parse(text, "month.toml", name).map_err(|faults| format!("{faults:?}"))?;
//! let month = expected(&model, &model.policies[0]);
//! // More open the app in the month than on any day of it, and not all of them get in.
//! assert!(month.dau.iter().all(|day| *day < month.mau) && month.mau < month.opened);
//! # Ok::<(), String>(())
//! ```

pub mod against;
pub mod bill;
pub mod history;
pub mod month;
pub mod report;
