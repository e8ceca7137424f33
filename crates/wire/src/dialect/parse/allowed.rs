//! Which placeholders have a value in which request.

use super::super::Credential;
use super::super::template::Field;

/// The placeholders that a request may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    credential: Credential,
    moment: Moment,
}

/// Who sends a request, and when: what has a value then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A device makes its account known, before it has a UserSig or a token.
    Register,
    /// A device asks the team's server for its UserSig.
    Usersig,
    /// A device logs in.
    Login,
    /// A device that has logged in.
    Session,
    /// The same, by a long poll.
    LongPoll,
    /// An administrator, without a session.
    Administrator,
    /// The harness in Tencent's place, of a session.
    Callback,
    /// The same, of a room.
    RoomCallback,
}

/// A device's, with or without a session; an administrator's. All of them know the account and its device.
const DEVICES: &[Moment] = &[
    Moment::Register,
    Moment::Usersig,
    Moment::Login,
    Moment::Session,
    Moment::LongPoll,
    Moment::Administrator,
];

/// The moments in which `field` has a value, and what to do about one elsewhere.
const fn moments_of(field: Field) -> (&'static [Moment], &'static str) {
    match field {
        Field::SdkAppId | Field::UserId | Field::UserIdLower => (Moment::ALL, ""),
        Field::Platform | Field::DeviceId => (
            DEVICES,
            "remove it: a callback tells of a session from outside; its platform is `{opt_platform}`",
        ),
        Field::UserSig => (
            &[Moment::Login, Moment::Session, Moment::LongPoll],
            "remove it: only the login and what follows it have the account's UserSig",
        ),
        Field::Password => (
            &[
                Moment::Register,
                Moment::Login,
                Moment::Session,
                Moment::LongPoll,
                Moment::Administrator,
            ],
            "remove it: this request is sent without the account's password",
        ),
        Field::Token => (
            &[Moment::Session, Moment::LongPoll],
            "remove it: only what a device sends after its login has a token",
        ),
        Field::Cursor => (
            &[Moment::LongPoll],
            "remove it: only the requests of a long poll have a cursor",
        ),
        Field::Admin | Field::AdminSig | Field::Random | Field::UserIds => (
            &[Moment::Administrator],
            "remove it: a device sends this request. An administrator sends status, account_check, register_many and \
             app_info, and in a dialect without [operations.login] also register and provoke",
        ),
        Field::WebhookPath | Field::EventTime | Field::CallbackTs | Field::BodySign => (
            &[Moment::Callback, Moment::RoomCallback],
            "remove it: only [operations.callback] tells what happened",
        ),
        Field::EventGroup | Field::EventType | Field::EventInfo => (
            &[Moment::RoomCallback],
            "remove it: only [operations.callback] of a dialect with `tells = \"rooms\"` tells of a room",
        ),
        Field::ClientIp
        | Field::OptPlatform
        | Field::Action
        | Field::Reason
        | Field::KickedDevices
        | Field::CustomStatus
        | Field::Signature => (
            &[Moment::Callback],
            "remove it: only [operations.callback] of a dialect with `tells = \"sessions\"` tells what happened to a session",
        ),
    }
}

impl Moment {
    /// Every moment.
    const ALL: &'static [Self] = &[
        Self::Register,
        Self::Usersig,
        Self::Login,
        Self::Session,
        Self::LongPoll,
        Self::Administrator,
        Self::Callback,
        Self::RoomCallback,
    ];
}

impl Allowed {
    /// Those of a request at that moment.
    pub(super) const fn at(credential: Credential, moment: Moment) -> Self {
        Self { credential, moment }
    }

    /// The same, at another moment.
    pub(super) const fn when(self, moment: Moment) -> Self {
        Self { moment, ..self }
    }

    /// Why `field` may not stand here.
    pub(super) fn refuses(self, field: Field) -> Option<&'static str> {
        if field == Field::UserSig && self.credential == Credential::Password {
            return Some(
                "the dialect's credential is a password; use `{password}`, or `credential = \"user_sig\"`",
            );
        }
        if field == Field::Password && self.credential == Credential::UserSig {
            return Some(
                "the dialect's credential is a UserSig; use `{user_sig}`, or `credential = \"password\"`",
            );
        }
        let (moments, remedy) = moments_of(field);
        (!moments.contains(&self.moment)).then_some(remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_say_which_placeholder_has_a_value_in_which_request() {
        let docs = include_str!("../../../../../docs/dialects.md");
        for (name, field) in Field::NAMES {
            let credential = if field == Field::Password {
                Credential::Password
            } else {
                Credential::UserSig
            };
            let cells = Moment::ALL.iter().map(|moment| {
                match Allowed::at(credential, *moment).refuses(field) {
                    None => "yes",
                    Some(_) => "-",
                }
            });
            let row = format!(
                "| `{{{name}}}` | {} |",
                cells.collect::<Vec<_>>().join(" | ")
            );
            assert!(docs.lines().any(|line| line == row), "{row}");
        }
    }
}
