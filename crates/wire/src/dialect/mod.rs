//! How operations look on a service's wire: requests, answers, error codes, push events. Data, not code.
//!
//! In: a dialect file's text. Out: [`Dialect`], checked and compiled, which renders requests and judges answers.
//! Never here: sockets, clocks, secrets kept.

mod codes;
mod condition;
mod escape;
mod item;
mod lookup;
mod parse;
mod push;
mod request;
mod shipped;
mod surrogate;
mod template;
mod values;
pub mod wire;

pub use push::{EventsPush, PollPush, Push, WebSocketPush};
pub use request::Request;
pub use shipped::SHIPPED;
pub use trtc_base::config::{Fault, FaultKind};
pub use values::{CallbackValues, Values};

use std::sync::Arc;

use crate::session::{AnswerFault, Code, CodeClass, Operation};
use codes::Codes;
use template::Field;

/// A checked, compiled dialect.
#[derive(Debug)]
pub struct Dialect {
    name: Box<str>,
    credential: Credential,
    session: SessionBinding,
    operations: [Option<Arc<Request>>; Operation::ALL.len()],
    provoked_by: ProvokedBy,
    folds_user_ids: FoldsUserIds,
    push: Option<Push>,
    codes: Codes,
    regions: Vec<(Box<str>, Box<str>)>,
    limits: Vec<(Operation, f64)>,
    tells: Tells,
}

/// What callbacks tell of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tells {
    /// Sessions: who came online, and who went.
    #[default]
    Sessions,
    /// Rooms: who entered and left, and what is published there.
    Rooms,
}

/// What an account shows to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A UserSig, signed with the app's key.
    UserSig,
    /// A password, derived from the app's key and the UserID.
    Password,
}

/// What a session ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionBinding {
    /// Its token: it outlives a network loss, and its device comes back without a login.
    Token,
    /// Its push channel, as an XMPP stream: a network loss ends it.
    Channel,
}

/// How a rival ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProvokedBy {
    Login,
    Request,
}

/// Whether the service lowers the letters of a UserID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FoldsUserIds {
    Yes,
    No,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The target says yes.
    Success(Taken),
    /// The target says no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code, where the answer carries one.
        code: Option<Code>,
    },
    /// The answer could not be understood.
    Malformed(AnswerFault),
}

/// How an answer writes its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeForm {
    /// As the dialect has it.
    #[default]
    AsDocumented,
    /// As a text, and the dialect's success is a number. The code is the same; an SDK that compares numbers reads another.
    TextForNumber,
}

/// What an answer gives to later steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The session's token.
    pub token: Option<Box<str>>,
    /// The account the target says is logged in.
    pub user_id: Option<Box<str>>,
    /// The UserSig that the team's server issued.
    pub user_sig: Option<Box<str>>,
}

/// What a push event means for the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Another login or a rival's act ended this session.
    Kicked,
    /// The UserSig expired while online.
    Expired,
    /// What everybody is told: of no meaning to the session, and counted.
    Broadcast,
    /// Anything else: of no meaning to the session.
    Other,
}

/// What a finished poll means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Nothing for the session; poll again, from `cursor` where one was given.
    Again(Option<Box<str>>),
    /// It means something for the session.
    Notice(Notice),
    /// A refusal that the dialect gives no meaning.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code, where the answer carries one.
        code: Option<Code>,
    },
    /// The answer could not be understood.
    Malformed(AnswerFault),
}

impl Dialect {
    /// Reads a dialect file. `file` is its name in messages.
    ///
    /// # Errors
    /// Every fault of the file, by line.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        parse::dialect(text, file)
    }

    /// The text of the shipped dialect of that name.
    #[must_use]
    pub fn shipped(name: &str) -> Option<&'static str> {
        let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
        found.map(|(_, text)| *text)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What an account shows to log in.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// What a session ends with.
    #[must_use]
    pub const fn session_bound_to(&self) -> SessionBinding {
        self.session
    }

    /// The request that carries out `operation`: for `relogin` the login's, for `switch` and `provoke` the login's
    /// where the dialect says so. None where the dialect cannot do it, and for `kick_notice`, which is no request.
    #[must_use]
    pub fn request(&self, operation: Operation) -> Option<&Request> {
        self.operations[operation.index()].as_deref()
    }

    /// Whether a device can carry out or see `operation`: it has a request; for `push`, the channel is one that is
    /// opened, and no poll; for `kick_notice`, the channel can tell of a kick that the dialect can provoke.
    #[must_use]
    pub fn can(&self, operation: Operation) -> bool {
        if operation == Operation::KickNotice {
            let tells = self
                .push
                .as_ref()
                .is_some_and(|push| push.can_mean(Notice::Kicked));
            return tells && self.can(Operation::Provoke);
        }
        if operation == Operation::Push {
            return matches!(self.push, Some(Push::WebSocket(_) | Push::Events(_)));
        }
        self.request(operation).is_some()
    }

    /// Whether its login shows a UserSig.
    #[must_use]
    pub fn shows_user_sig(&self) -> bool {
        let login = self.request(Operation::Login);
        login.is_some_and(|login| login.uses(Field::UserSig))
    }

    /// Whether its login says whose it is, beside what the UserSig says.
    #[must_use]
    pub fn names_the_user(&self) -> bool {
        let login = self.request(Operation::Login);
        login.is_some_and(|login| login.uses(Field::UserId) || login.uses(Field::UserIdLower))
    }

    /// Whether who asks who is logged in says on which of the account's devices: by its token or by its name.
    #[must_use]
    pub fn tells_devices_apart(&self) -> bool {
        let request = self.request(Operation::SelfInfo);
        request.is_some_and(|one| one.needs_token() || one.uses(Field::DeviceId))
    }

    /// Whether it is asked without a token who is logged in: the service goes by the account, or by the device.
    #[must_use]
    pub fn asks_by_name(&self) -> bool {
        let request = self.request(Operation::SelfInfo);
        request.is_some_and(|request| !request.needs_token())
    }

    /// Whether what follows a login needs its token: a request, or the push channel.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        let mut requests = self.operations.iter().flatten();
        let channel = self.push.as_ref();
        requests.any(|request| request.needs_token())
            || channel.is_some_and(|push| push.uses(Field::Token))
    }

    /// Whether its push channel is one that is opened, with the session's token.
    #[must_use]
    pub fn opens_channels_by_token(&self) -> bool {
        let channel = self.push.as_ref().filter(|_| self.can(Operation::Push));
        channel.is_some_and(|push| push.uses(Field::Token))
    }

    /// What the polls of its push channel are steps of; none where it has no polls.
    #[must_use]
    pub fn polls_as(&self) -> Option<Operation> {
        match &self.push {
            Some(Push::Poll(poll)) => Some(poll.operation()),
            Some(Push::WebSocket(_) | Push::Events(_)) | None => None,
        }
    }

    /// Whether an administrator can ask for `operation`: the dialect has a request for it that is no login and shows
    /// neither a session's token nor its UserSig.
    #[must_use]
    pub fn administers(&self, operation: Operation) -> bool {
        let logs_in = operation == Operation::Provoke && self.is_provoked_by_login();
        let of_a_session = [Field::Token, Field::UserSig];
        let stands_alone = |request: &Request| !of_a_session.iter().any(|one| request.uses(*one));
        operation.is_administrators()
            && !logs_in
            && self.request(operation).is_some_and(stands_alone)
    }

    /// Whether a rival ends a session by logging in itself (else by a request of its own after its login).
    #[must_use]
    pub const fn is_provoked_by_login(&self) -> bool {
        matches!(self.provoked_by, ProvokedBy::Login)
    }

    /// Whether the UserID that an answer names is the account `user_id`. A service that is sent
    /// every UserID in lower case answers so.
    #[must_use]
    pub fn is_account(&self, user_id: &str, named: &str) -> bool {
        match self.folds_user_ids {
            FoldsUserIds::Yes => user_id.eq_ignore_ascii_case(named),
            FoldsUserIds::No => user_id == named,
        }
    }

    /// The host of a region, by the region's name.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<&str> {
        let found = self.regions.iter().find(|(known, _)| **known == *name);
        found.map(|(_, host)| &**host)
    }

    /// The names of all regions.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.iter().map(|(name, _)| &**name)
    }

    /// The requests a second that the service's documents allow an app, where they say so.
    #[must_use]
    pub fn limit(&self, operation: Operation) -> Option<f64> {
        let found = self
            .limits
            .iter()
            .find(|(limited, _)| *limited == operation);
        found.map(|(_, limit)| *limit)
    }

    /// Whether the service is told of sessions instead of having them: a webhook receiver.
    #[must_use]
    pub fn is_webhook(&self) -> bool {
        self.request(Operation::Callback).is_some() && self.request(Operation::Login).is_none()
    }

    /// What its callbacks tell of.
    #[must_use]
    pub const fn tells(&self) -> Tells {
        self.tells
    }

    /// Whether it is told of rooms.
    #[must_use]
    pub fn tells_of_rooms(&self) -> bool {
        self.is_webhook() && self.tells == Tells::Rooms
    }

    /// Whether its callbacks can say what status a person has set.
    #[must_use]
    pub fn tells_custom_status(&self) -> bool {
        let callback = self.request(Operation::Callback);
        callback.is_some_and(|callback| callback.uses(Field::CustomStatus))
    }

    /// The push channel, where there is one.
    #[must_use]
    pub const fn push(&self) -> Option<&Push> {
        self.push.as_ref()
    }

    /// Whether `code` asks to slow down: the outcome class `throttled`. Of a service's own codes, those that ask to
    /// wait do.
    #[must_use]
    pub fn is_throttle(&self, code: &Code) -> bool {
        self.codes.is_throttle(code)
    }

    /// What `code` asks of the device. A code that nobody explained is not tried again.
    #[must_use]
    pub fn class_of(&self, code: &Code) -> CodeClass {
        self.known_class_of(code).unwrap_or(CodeClass::Fix)
    }

    /// What `code` asks of the device, where somebody explained it.
    #[must_use]
    pub fn known_class_of(&self, code: &Code) -> Option<CodeClass> {
        self.codes.known_class_of(code)
    }
}
