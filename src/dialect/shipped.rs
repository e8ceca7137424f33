//! The dialects inside the program.

/// Every shipped dialect: its name and its file's text. Adding one is a file and a line here.
pub const SHIPPED: &[(&str, &str)] = &[
    ("session", include_str!("shipped/session.toml")),
    ("matrix", include_str!("shipped/matrix.toml")),
];

#[cfg(test)]
mod tests {
    use super::super::Dialect;
    use super::*;

    #[test]
    fn every_shipped_dialect_is_without_fault_and_carries_its_own_name() {
        for (name, text) in SHIPPED {
            let dialect =
                Dialect::parse(text, name).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
            assert_eq!(dialect.name(), *name);
        }
    }
}
