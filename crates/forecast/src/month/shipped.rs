//! The month profiles inside the program.

/// Every shipped month profile: its name and its file's text. Adding one is a file and a line here.
pub const SHIPPED: &[(&str, &str)] = &[("month", include_str!("../../../../profiles/month.toml"))];
