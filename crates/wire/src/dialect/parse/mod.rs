//! From a dialect file's tables to a [`Dialect`], with every fault told on the way.

mod allowed;
mod answer;
mod codes;
mod compile;
mod headers;
mod like;
mod push;
mod request;
mod service;

use std::sync::Arc;

use super::push::Push;
use super::request::{Gift, Request};
use super::template::Field;
use super::{Credential, Dialect, FoldsUserIds, ProvokedBy, SessionBinding, Tells};
use crate::session::Operation;
use allowed::{Allowed, Moment};
use trtc_base::config::{
    Fault, FaultKind, Faults, Form, Key, Named, Raw, Section, Table, Value, check_version,
};
use trtc_base::section;

/// The version of the format that this program reads.
const VERSION: i64 = 1;

section! {
    /// A dialect: what a login service is asked, and what its answers mean.
    pub(super) DIALECT {
        /// The version of the file's format.
        FORMAT: i64 = whole("version", VERSION, VERSION).needed("1");
        /// Its name, in messages.
        NAME: String = text("name").otherwise("that of `like`; without that a fault");
        /// A shipped dialect that this one is like: what is left out here is as there.
        LIKE: Raw = raw("like", Form::OneOf(like::shipped_names)).otherwise("nothing is taken over");
        /// What a login shows.
        CREDENTIAL: Credential = one_of("credential").or("\"user_sig\"");
        /// What a session ends with: its token, so that it outlives a network loss, or its push channel, as an XMPP stream.
        BOUND_TO: SessionBinding = one_of("session_bound_to").or("\"token\"");
        /// What `[operations.callback]` tells a receiver of.
        TELLS: Tells = one_of("tells").or("\"sessions\"");
        /// What error codes ask of a device: those of Tencent's documents, or a table.
        CODES: Raw = raw("codes", codes::FORM).otherwise("`\"tencent\"`");
        /// What the service can be asked, by operation.
        OPERATIONS: Raw = raw("operations", Form::Names(requests, &Form::Table(&request::OPERATION))).otherwise("those of `like`; without that a fault");
        /// The channel on which the service tells devices something.
        PUSH: Raw = raw("push", push::FORM).otherwise("it tells nothing");
        /// Hosts of the service by the name of their region.
        REGIONS: Raw = raw("regions", service::REGIONS).otherwise("none");
        /// How many requests a second the service allows an app, by operation.
        LIMITS: Raw = raw("limits", service::LIMITS).otherwise("none are known");
    }
}

impl Dialect {
    /// Every key of a dialect.
    pub const KEYS: &Section = &DIALECT;
}

impl Named for Credential {
    const NAMED: &'static [(&'static str, Self)] =
        &[("user_sig", Self::UserSig), ("password", Self::Password)];
}

impl Named for SessionBinding {
    const NAMED: &'static [(&'static str, Self)] =
        &[("token", Self::Token), ("channel", Self::Channel)];
}

impl Named for Tells {
    const NAMED: &'static [(&'static str, Self)] =
        &[("sessions", Self::Sessions), ("rooms", Self::Rooms)];
}

/// What is done with an operation's table.
type Requests = [Option<Arc<Request>>; Operation::ALL.len()];

pub(super) fn dialect(text: &str, file: &str) -> Result<Dialect, Vec<Fault>> {
    let faults = Faults::new(file, text);
    let dialect = faults.parse().and_then(|mut document| {
        like::inherit(&mut document, &faults);
        let root = Table::root(&faults, &document, &DIALECT);
        read(&root)
    });
    let found = faults.into_sorted();
    match dialect {
        Some(dialect) if found.is_empty() => Ok(dialect),
        Some(_) | None => Err(found),
    }
}

fn read(root: &Table<'_>) -> Option<Dialect> {
    check_version(root, &FORMAT, VERSION);
    let name = root
        .need(&NAME, "\"my-gateway\"")
        .and_then(|value| NAME.of(value));
    let credential = root.read(&CREDENTIAL);
    let session = root.read(&BOUND_TO);
    let tells = root.read(&TELLS);
    let codes = codes::read(root.find(&CODES));
    // What may stand in a request is judged by the likelier credential when the key is wrong.
    let allowed = Allowed::at(credential.unwrap_or(Credential::UserSig), Moment::Session);
    let operations = root
        .need(&OPERATIONS, "[operations.login]")
        .and_then(|value| value.table(&names()))
        .map(|table| Operations::read(&table, allowed, tells.unwrap_or_default()));
    let push = root
        .find(&PUSH)
        .map_or(Some(None), |value| push::read(value, allowed).map(Some));
    let (regions, limits) = (
        service::regions(root, &REGIONS),
        service::limits(root, &LIMITS),
    );
    let (operations, push) = (operations?, push?);
    operations.check_token(root, push.as_ref());
    Some(Dialect {
        name: name?.into(),
        credential: credential?,
        session: session?,
        folds_user_ids: operations.folds_user_ids(),
        provoked_by: operations.provoked_by,
        operations: operations.requests,
        push,
        codes: codes?,
        regions: regions?,
        limits: limits?,
        tells: tells?,
    })
}

/// The operations that a file may have, and those that it may not, which are told apart later.
fn names() -> Vec<&'static str> {
    Operation::ALL
        .iter()
        .map(|operation| operation.name())
        .collect()
}

/// Those that have a request of their own.
fn requests() -> Vec<&'static str> {
    let all = Operation::ALL.into_iter();
    all.filter(|one| no_request(*one).is_none())
        .map(Operation::name)
        .collect()
}

struct Operations {
    requests: Requests,
    provoked_by: ProvokedBy,
}

impl Operations {
    fn read(table: &Table<'_>, allowed: Allowed, tells: Tells) -> Self {
        let mut read = Self {
            requests: Requests::default(),
            provoked_by: ProvokedBy::Login,
        };
        let login = if has_no_sessions(table) {
            table.get("login")
        } else {
            table.need(&LOGIN, "[operations.login]")
        };
        let login = login
            .and_then(|value| request::read(value, allowed.when(Moment::Login), Operation::Login));
        for (name, value) in table.iter() {
            let Some(operation) = Operation::named(name) else {
                continue;
            };
            if operation != Operation::Login {
                let allowed = allowed.when(moment_of(operation, table, tells));
                read.add(operation, value, allowed, login.as_ref());
            }
        }
        read.requests[Operation::Relogin.index()].clone_from(&login);
        for again in [Operation::Watch, Operation::InFlight] {
            read.requests[again.index()] = read.requests[Operation::SelfInfo.index()].clone();
        }
        read.requests[Operation::Login.index()] = login;
        read
    }

    fn add(
        &mut self,
        operation: Operation,
        value: &Value<'_>,
        allowed: Allowed,
        login: Option<&Arc<Request>>,
    ) {
        if let Some((why, remedy)) = no_request(operation) {
            return value.fault(FaultKind::NoRequest, format!("`{operation}` {why}"), remedy);
        }
        if operation == Operation::Login {
            return;
        }
        let Some(table) = value.open(&request::OPERATION) else {
            return;
        };
        let Some(like) = table.find(&request::AS) else {
            if operation == Operation::Provoke {
                self.provoked_by = ProvokedBy::Request;
            }
            self.requests[operation.index()] = request::read(value, allowed, operation);
            return;
        };
        let may = matches!(operation, Operation::Switch | Operation::Provoke);
        if like.as_text() != Some("login") || !may {
            let what = format!(
                "`{}` can only be \"login\", for switch and provoke",
                like.path()
            );
            return like.fault(
                FaultKind::AsOther,
                what,
                "write the operation's own `method` and `path` instead",
            );
        }
        if table.iter().count() > 1 {
            like.fault(
                FaultKind::AsWithKeys,
                "an operation that is like the login has no other keys",
                "remove the others, or remove `as`",
            );
        }
        self.requests[operation.index()] = login.cloned();
    }

    /// Tells when a request wants a token that no login gives.
    fn check_token(&self, root: &Table<'_>, push: Option<&Push>) {
        let uses = |request: &Arc<Request>| request.uses(Field::Token);
        let used = push.is_some_and(|push| push.uses(Field::Token))
            || self.requests.iter().flatten().any(uses);
        let table = root
            .find(&OPERATIONS)
            .and_then(|value| value.table(&names()));
        let is_there = table
            .as_ref()
            .is_some_and(|table| table.get("login").is_some());
        let login = self.requests[Operation::Login.index()].as_ref();
        let given = login.map_or(is_there, |login| login.gives(Gift::Token));
        let switch = self.requests[Operation::Switch.index()].as_ref();
        let switch_gives = switch.is_none_or(|switch| switch.gives(Gift::Token));
        if used && given && !switch_gives {
            let table = table.as_ref().and_then(|table| table.get("switch"));
            let place = table.map_or(Default::default(), Value::at);
            root.fault_at(
                FaultKind::TokenNotTaken,
                place,
                "a request uses `{token}`, but the switch takes none from its answer",
                "add `take = { token = \"/token\" }` to [operations.switch]",
            );
        }
        if used && !given {
            let place = root.find(&OPERATIONS).map_or(Default::default(), Value::at);
            let what = "a request uses `{token}`, but the login takes none from its answer";
            root.fault_at(
                FaultKind::TokenNotTaken,
                place,
                what,
                "add `take = { token = \"/token\" }` to [operations.login]",
            );
        }
    }

    fn folds_user_ids(&self) -> FoldsUserIds {
        let lower = |request: &Arc<Request>| request.uses(Field::UserIdLower);
        let login = self.requests[Operation::Login.index()].as_ref();
        if login.is_some_and(lower) {
            FoldsUserIds::Yes
        } else {
            FoldsUserIds::No
        }
    }
}

/// Who sends the request of `operation` in a file with these operations, and when. Where there is a login, a device
/// registers its account itself, and a rival's device provokes.
fn moment_of(operation: Operation, operations: &Table<'_>, tells: Tells) -> Moment {
    let has_login = operations.get("login").is_some();
    match operation {
        Operation::Register if has_login => Moment::Register,
        Operation::Provoke if has_login => Moment::Session,
        Operation::Register
        | Operation::RegisterMany
        | Operation::Provoke
        | Operation::Status
        | Operation::AccountCheck
        | Operation::AppInfo => Moment::Administrator,
        Operation::Usersig => Moment::Usersig,
        Operation::Login | Operation::Relogin | Operation::SignIn => Moment::Login,
        Operation::Callback => match tells {
            Tells::Sessions => Moment::Callback,
            Tells::Rooms => Moment::RoomCallback,
        },
        Operation::SelfInfo
        | Operation::Watch
        | Operation::InFlight
        | Operation::Push
        | Operation::LongPoll
        | Operation::Switch
        | Operation::KickNotice
        | Operation::Reconnect
        | Operation::Logout => Moment::Session,
    }
}

/// Whether it is a service without sessions: it only issues UserSigs, hears callbacks or serves an administrator.
fn has_no_sessions(operations: &Table<'_>) -> bool {
    let stands_alone = |operation: Operation| {
        operation.is_administrators()
            || matches!(operation, Operation::Usersig | Operation::Callback)
    };
    let stands_alone = |name: &str| Operation::named(name).is_some_and(stands_alone);
    let mut names = operations.iter().map(|(name, _)| name).peekable();
    names.peek().is_some() && names.all(stands_alone)
}

/// Why an operation cannot stand among the requests, and what to do; none: it can.
const fn no_request(operation: Operation) -> Option<(&'static str, &'static str)> {
    match operation {
        Operation::Login
        | Operation::Register
        | Operation::RegisterMany
        | Operation::AppInfo
        | Operation::Usersig
        | Operation::SelfInfo
        | Operation::Switch
        | Operation::Provoke
        | Operation::Reconnect
        | Operation::Logout
        | Operation::Status
        | Operation::AccountCheck
        | Operation::Callback => None,
        Operation::SignIn => Some((
            "is no request: it is the time from an arrival to its login's answer",
            "remove it",
        )),
        Operation::KickNotice => Some((
            "is no request: it is what the push channel tells",
            "remove it; `[push]` says which event or answer means a kick",
        )),
        Operation::Push | Operation::LongPoll => Some((
            "is described by its own table",
            "write it as `[push]`, not under `[operations]`",
        )),
        Operation::Relogin => Some((
            "has no request of its own: it always is the login's",
            "remove it",
        )),
        Operation::Watch | Operation::InFlight => Some((
            "has no request of its own: it always is that of self_info",
            "remove it",
        )),
    }
}

/// What a service with sessions must have.
const LOGIN: Key<Raw> = Key::table("login", &request::OPERATION);
