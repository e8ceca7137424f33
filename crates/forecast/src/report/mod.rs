//! Logs, months and bills for their readers: plain text and pages for people, JSON and tables for programs.

mod history;
mod month;

pub use history::{Against, LogFindings, history_json, history_profile, history_text};
pub use month::{MonthFindings, PolicyMonth, month_json, month_terminal, write_month};
