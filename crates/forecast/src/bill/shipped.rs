//! The billing policies inside the program.

/// Every shipped policy: its name and its file's text. Adding one is a file and a line here.
pub const SHIPPED: &[(&str, &str)] = &[
    (
        "chat-trial",
        include_str!("../../../../profiles/bills/chat-trial.toml"),
    ),
    (
        "chat-free",
        include_str!("../../../../profiles/bills/chat-free.toml"),
    ),
    (
        "chat-standard",
        include_str!("../../../../profiles/bills/chat-standard.toml"),
    ),
    (
        "chat-legacy",
        include_str!("../../../../profiles/bills/chat-legacy.toml"),
    ),
    ("call", include_str!("../../../../profiles/bills/call.toml")),
    (
        "mini-program-pro",
        include_str!("../../../../profiles/bills/mini-program-pro.toml"),
    ),
    (
        "mini-program-enterprise",
        include_str!("../../../../profiles/bills/mini-program-enterprise.toml"),
    ),
    (
        "china-im",
        include_str!("../../../../profiles/bills/china-im.toml"),
    ),
    (
        "china-roomkit",
        include_str!("../../../../profiles/bills/china-roomkit.toml"),
    ),
];

/// The text of the shipped policy of that name.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(_, text)| *text)
}
