//! The profiles inside the program.

/// Every shipped profile: its name and its file's text. Adding one is a file and a line here.
pub const SHIPPED: &[(&str, &str)] = &[
    ("quick", include_str!("../../../../profiles/quick.toml")),
    ("peak", include_str!("../../../../profiles/peak.toml")),
    (
        "kicked-storm",
        include_str!("../../../../profiles/kicked-storm.toml"),
    ),
    (
        "switch-heavy",
        include_str!("../../../../profiles/switch-heavy.toml"),
    ),
    (
        "expired-wave",
        include_str!("../../../../profiles/expired-wave.toml"),
    ),
    (
        "expired-deploy",
        include_str!("../../../../profiles/expired-deploy.toml"),
    ),
    ("matrix", include_str!("../../../../profiles/matrix.toml")),
    (
        "reconnect",
        include_str!("../../../../profiles/reconnect.toml"),
    ),
    ("devices", include_str!("../../../../profiles/devices.toml")),
    (
        "tencent-rest",
        include_str!("../../../../profiles/tencent-rest.toml"),
    ),
    (
        "tls-storm",
        include_str!("../../../../profiles/tls-storm.toml"),
    ),
    (
        "webhook-storm",
        include_str!("../../../../profiles/webhook-storm.toml"),
    ),
    (
        "room-storm",
        include_str!("../../../../profiles/room-storm.toml"),
    ),
    (
        "usersig-server",
        include_str!("../../../../profiles/usersig-server.toml"),
    ),
    (
        "online-50k",
        include_str!("../../../../profiles/online-50k.toml"),
    ),
    ("soak", include_str!("../../../../profiles/soak.toml")),
];

/// The text of the shipped profile of that name.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(_, text)| *text)
}
