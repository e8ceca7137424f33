//! The table `[admin]`: who asks the server REST API.

use trtc_base::config::{FaultKind, Form, Table, Value, Writer, Written};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_usersig::UserId;

section! {
    /// The administrator account that asks the server REST API.
    pub(super) ADMIN {
        /// Its UserID: an administrator of the app.
        IDENTIFIER: UserId = own("identifier", Form::Like("^[A-Za-z0-9_-]{1,32}$", "a UserID"), identifier).or("\"administrator\"");
        /// How long each of its UserSigs is valid.
        VALID_FOR: Micros = span("usersig_valid_for", Micros::from_secs(2), Micros::from_secs(7 * 86_400)).or("\"24h\"");
    }
}

/// Who asks the server REST API. Its UserSigs are signed with the app's key.
#[derive(Clone, Debug)]
pub struct AdminAccount {
    /// Its UserID: an administrator of the app.
    pub identifier: UserId,
    /// How long each of its UserSigs is valid.
    pub valid_for: Micros,
}

impl AdminAccount {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let identifier = table.read(&IDENTIFIER);
        let valid_for = table.read(&VALID_FOR);
        Some(Self {
            identifier: identifier?,
            valid_for: valid_for?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[admin]");
        out.put_as(&IDENTIFIER, &self.identifier.as_str().written());
        out.put(&VALID_FOR, &self.valid_for);
    }
}

fn identifier(value: &Value<'_>) -> Option<UserId> {
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
