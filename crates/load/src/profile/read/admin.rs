//! The table `[admin]`: who asks the server REST API.

use super::super::admin::AdminAccount;
use trtc_base::config::{FaultKind, Table, Value};
use trtc_base::units::Micros;
use trtc_usersig::UserId;

/// The account that every app has from its start.
const USUAL: &str = "administrator";

pub(super) fn read(root: &Table<'_>) -> Option<AdminAccount> {
    let usual = UserId::new(USUAL).ok()?;
    let valid_for = Micros::from_secs(86_400);
    let Some(value) = root.get("admin") else {
        return Some(AdminAccount {
            identifier: usual,
            valid_for,
        });
    };
    let table = value.table(&["identifier", "usersig_valid_for"])?;
    let identifier = table.get_or("identifier", usual, read_identifier);
    let valid_for = table.get_or("usersig_valid_for", valid_for, |value| {
        value.span(Micros::from_secs(2)..=Micros::from_secs(180 * 86_400))
    });
    Some(AdminAccount {
        identifier: identifier?,
        valid_for: valid_for?,
    })
}

fn read_identifier(value: &Value<'_>) -> Option<UserId> {
    let text = value.text()?;
    UserId::new(text)
        .map_err(|fault| {
            value.fault(
                FaultKind::AdminIdentifier,
                format!("`admin.identifier`: {fault}"),
                "write the UserID of an administrator of the app",
            );
        })
        .ok()
}
