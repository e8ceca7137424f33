//! What a month costs: a billing policy as data, and exact money.
//!
//! In: a policy's text and what was used. Out: an invoice. Never here: floating point, I/O, simulation.
//!
//! `docs/billing.md` explains the format and what each shipped policy rests on.

mod fault;
mod invoice;
mod keys;
mod money;
mod policy;
mod read;
mod shipped;
mod text;
mod usage;
mod window;

pub use fault::BillFault;
pub use invoice::{Invoice, Line, Refusal};
pub use money::{Money, Rounding};
pub use policy::{Billable, Measure, Policy, Source, Window};
pub use shipped::{SHIPPED, shipped};
pub use trtc_base::config::Fault;
pub use usage::{Active, Counted, Usage};
pub use window::WindowDays;
