//! How an operation's answer is judged.

use super::super::condition::{Condition, Must};
use super::super::lookup::{EVERY_ITEM, Lookup, Slot, is_pointer};
use super::super::request::{Answer, Expected, Gift, Take};
use super::codes::{self, CODE};
use super::compile::check_plain;
use crate::session::Operation;
use trtc_base::config::{FaultKind, Form, Raw, Table, Value};
use trtc_base::figure;
use trtc_base::section;

/// How a file writes where something stands in an answer.
pub(super) const POINTER: Form = Form::Like("^(/.*)?$", "a JSON pointer, such as `/data/token`");

/// How it writes what that must be.
pub(super) const COMPARED: Form =
    Form::Either(&[Form::AnyText, Form::Whole(i64::MIN, i64::MAX), Form::Flag]);

const STATUS: Form = Form::Whole(100, 599);

section! {
    /// How an answer is judged, and what is taken from it.
    pub(super) ANSWER {
        /// What a success is.
        SUCCESS: Raw = table("success", &WINS).otherwise("every status 2xx");
        /// Where the error code stands in a refusal.
        ERROR_CODE: Raw = raw("error_code", POINTER).otherwise("a refusal is known by its status");
        /// Codes that are as good as a success.
        ALSO_SUCCESS: Raw = raw("also_success", Form::List(&CODE, 0, usize::MAX)).otherwise("none");
        /// What is taken from a success: a pointer, or a pointer and the texts around it.
        TAKE: Raw = raw("take", Form::Names(gifts, &Form::Either(&[POINTER, Form::Table(&PIECE)]))).otherwise("nothing");
    }
}

section! {
    /// What a success is: a status, and something that an answer has.
    WINS {
        /// The status, or several of them.
        STATUSES: Raw = raw("status", Form::Either(&[STATUS, Form::List(&STATUS, 1, usize::MAX)])).otherwise("every 2xx");
        /// Where something stands in the answer.
        AT: Raw = raw("pointer", POINTER).otherwise("the status alone decides");
        /// What must stand there.
        EQUALS: Raw = raw("equals", COMPARED).otherwise("the status alone decides");
        /// What else must be so in the answer.
        AND: Raw = raw("and", Form::List(&Form::Table(&CONDITION), 1, MOST_CONDITIONS)).otherwise("nothing");
    }
}

/// The most conditions of one answer.
const MOST_CONDITIONS: usize = 16;

section! {
    /// Something that must be so in an answer: one of `equals`, `one_of` and `exists`. The step `*` of the pointer stands
    /// for every item of a list: it must be so in all of them, and where the request names accounts in a list there must be
    /// an item for each.
    CONDITION {
        /// Where something stands in the answer.
        WHERE: Raw = raw("pointer", POINTER).needed("\"/items/*/state\"");
        /// What must stand there.
        IS: Raw = raw("equals", COMPARED).otherwise("another key says it");
        /// What may stand there.
        IS_ONE: Raw = raw("one_of", Form::List(&COMPARED, 1, MOST_CONDITIONS)).otherwise("another key says it");
        /// Whether something stands there.
        EXISTS: Raw = raw("exists", Form::Flag).otherwise("another key says it");
    }
}

section! {
    /// A piece of a text in an answer.
    PIECE {
        /// Where the text stands.
        OF: Raw = raw("pointer", POINTER).needed("\"/user_id\"");
        /// The texts that stand before and after the piece.
        BETWEEN: Raw = raw("between", Form::List(&Form::Text, 2, 2)).otherwise("all of the text");
    }
}

fn gifts() -> Vec<&'static str> {
    Gift::NAMES.map(|(name, _)| name).to_vec()
}

/// Reads the keys of an operation that are about its answer.
pub(super) fn read(table: &Table<'_>, operation: Operation) -> Option<Answer> {
    let mut answer = Answer::default();
    if let Some(value) = table.find(&SUCCESS) {
        read_success(value, &mut answer);
    }
    if let Some(value) = table.find(&ERROR_CODE) {
        answer.code = slot(value, &mut answer.lookup);
    }
    if let Some(value) = table.find(&ALSO_SUCCESS) {
        answer.also_success = value.list()?.iter().filter_map(codes::code).collect();
        if table.find(&ERROR_CODE).is_none() {
            value.fault(
                FaultKind::AlsoSuccessBlind,
                "`also_success` needs to know where the code is",
                "add `error_code = \"/code\"`",
            );
        }
    }
    if let Some(value) = table.find(&TAKE) {
        read_take(value, &mut answer, operation);
    }
    if answer.lookup.mixes_items() {
        table.fault(
            FaultKind::ItemsMixed,
            "one list of the answer is asked for every item and for one of them",
            "write `*` in all pointers into that list, or in none",
        );
    }
    let says_who = answer.take.iter().any(|take| take.gift == Gift::UserId);
    if operation == Operation::SelfInfo && !says_who {
        table.fault(
            FaultKind::TakesNoUserId,
            "self_info must take the UserID that the target names, or nothing can be checked",
            "add `take = { user_id = \"/user_id\" }`",
        );
    }
    let issues = answer.take.iter().any(|take| take.gift == Gift::UserSig);
    if operation == Operation::Usersig && !issues {
        table.fault(
            FaultKind::TakesNoUserSig,
            "usersig must take the UserSig that the server issues, or nobody can log in with it",
            "add `take = { user_sig = \"/data/userSig\" }`",
        );
    }
    Some(answer)
}

/// A pointer's place in `lookup`.
pub(super) fn slot(value: &Value<'_>, lookup: &mut Lookup) -> Option<Slot> {
    let pointer = value.any_text()?;
    if pointer.split('/').any(|step| step == EVERY_ITEM) {
        value.fault(
            FaultKind::ItemsElsewhere,
            format!(
                "`{}` is \"{pointer}\", and only a condition is held against every item of a list",
                value.path()
            ),
            "name one item, such as \"/items/0\", or write the pointer in `success.and`",
        );
    }
    slot_of_items(value, lookup)
}

/// The same, where `*` may stand for every item of a list.
fn slot_of_items(value: &Value<'_>, lookup: &mut Lookup) -> Option<Slot> {
    let pointer = value.any_text()?;
    check_plain(value, pointer);
    if !is_pointer(pointer) {
        value.fault(
            FaultKind::NoPointer,
            format!(
                "`{}` is \"{pointer}\", which is no JSON pointer",
                value.path()
            ),
            "write each step after a slash, such as \"/data/token\" (RFC 6901)",
        );
        return None;
    }
    Some(lookup.add(pointer))
}

/// `{ status = 200, pointer = "/code", equals = 0 }`
fn read_success(value: &Value<'_>, answer: &mut Answer) {
    let Some(table) = value.open(&WINS) else {
        return;
    };
    if let Some(status) = table.find(&STATUSES) {
        let list = if status.is_list() {
            status.list()
        } else {
            Some(vec![status.clone()])
        };
        let list = list.unwrap_or_default();
        if list.is_empty() {
            status.fault(
                FaultKind::NoStatus,
                "`status` names none",
                "write `status = 200`, or remove it: then every 2xx is a success",
            );
        }
        answer.statuses = list
            .iter()
            .filter_map(|item| item.whole(100..=599))
            .collect();
    }
    if let Some(list) = table.find(&AND) {
        let list = list.list().unwrap_or_default();
        answer.conditions = list
            .iter()
            .filter_map(|one| read_condition(one, &mut answer.lookup))
            .collect();
    }
    answer.equals = match (table.find(&AT), table.find(&EQUALS)) {
        (None, None) => None,
        (Some(pointer), Some(equals)) => {
            let slot = slot(pointer, &mut answer.lookup);
            let expected = expected(equals);
            slot.zip(expected)
        }
        (Some(alone), None) | (None, Some(alone)) => {
            alone.fault(
                FaultKind::PointerAlone,
                "`pointer` and `equals` go together",
                "write both, such as `pointer = \"/code\", equals = 0`",
            );
            None
        }
    };
}

/// `{ pointer = "/ResultItem/*/AccountStatus", equals = "Imported" }`
fn read_condition(value: &Value<'_>, lookup: &mut Lookup) -> Option<Condition> {
    let table = value.open(&CONDITION)?;
    let slot = table
        .must(&WHERE)
        .and_then(|value| slot_of_items(value, lookup));
    let must = match (table.find(&IS), table.find(&IS_ONE), table.find(&EXISTS)) {
        (Some(is), None, None) => Must::Be(vec![expected(is)?]),
        (None, Some(list), None) => {
            let list = list.list()?;
            Must::Be(list.iter().map(expected).collect::<Option<Vec<_>>>()?)
        }
        (None, None, Some(exists)) => match exists.flag()? {
            true => Must::Exist,
            false => Must::BeAbsent,
        },
        _ => {
            value.fault(
                FaultKind::ConditionForm,
                format!(
                    "`{}` must have one of `equals`, `one_of` and `exists`",
                    value.path()
                ),
                "write one, such as `equals = \"Imported\"`",
            );
            return None;
        }
    };
    Some(Condition { slot: slot?, must })
}

/// A value to compare with.
pub(super) fn expected(value: &Value<'_>) -> Option<Expected> {
    if let Some(text) = value.as_text() {
        check_plain(value, text);
        return Some(Expected::Text(text.into()));
    }
    if let Some(number) = value.as_whole() {
        return Some(Expected::Whole(number));
    }
    if let Some(flag) = value.as_flag() {
        return Some(Expected::Flag(flag));
    }
    value.fault(
        FaultKind::NotComparable,
        format!("`{}` cannot be compared with", value.path()),
        "write text, a whole number, true or false",
    );
    None
}

/// `{ token = "/token", user_id = { pointer = "/user_id", between = ["@", ":"] } }`
fn read_take(value: &Value<'_>, answer: &mut Answer, operation: Operation) {
    let Some(table) = value.table(&gifts()) else {
        return;
    };
    for (name, gift) in Gift::NAMES {
        let Some(value) = table.get(name) else {
            continue;
        };
        if !used(operation).contains(&gift) {
            unused(value, operation);
        }
        let (pointer, between) = if value.is_table() {
            let Some(rule) = value.open(&PIECE) else {
                continue;
            };
            let pointer = rule.must(&OF).cloned();
            (pointer, rule.find(&BETWEEN).and_then(read_between))
        } else {
            (Some(value.clone()), None)
        };
        let Some(slot) = pointer.and_then(|pointer| slot(&pointer, &mut answer.lookup)) else {
            continue;
        };
        answer.take.push(Take {
            gift,
            slot,
            between,
        });
    }
}

/// What a device makes use of in an answer.
const fn used(operation: Operation) -> &'static [Gift] {
    match operation {
        Operation::Login | Operation::Switch | Operation::Relogin | Operation::Reconnect => {
            &[Gift::Token, Gift::UserId]
        }
        Operation::SelfInfo | Operation::Watch | Operation::InFlight => &[Gift::UserId],
        Operation::Usersig => &[Gift::UserSig],
        Operation::Register
        | Operation::RegisterMany
        | Operation::AppInfo
        | Operation::SignIn
        | Operation::Push
        | Operation::Provoke
        | Operation::KickNotice
        | Operation::Logout
        | Operation::Status
        | Operation::LongPoll
        | Operation::AccountCheck
        | Operation::Callback => &[],
    }
}

fn unused(value: &Value<'_>, operation: Operation) {
    let names: Vec<_> = Gift::NAMES
        .iter()
        .filter(|(_, gift)| used(operation).contains(gift))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let remedy = if names.is_empty() {
        format!("remove it: nothing is taken from an answer to {operation}")
    } else {
        format!(
            "remove it: nothing but {} of an answer to {operation} is used",
            figure::listed(&names)
        )
    };
    let what = format!("`{}` is taken, and nothing uses it", value.path());
    value.fault(FaultKind::TakeUnused, what, remedy);
}

/// `["@", ":"]`
fn read_between(value: &Value<'_>) -> Option<(Box<str>, Box<str>)> {
    let list = value.list()?;
    let text = |item: &Value<'_>| item.as_text().map(|text| check_plain(item, text));
    let _: Vec<_> = list.iter().filter_map(text).collect();
    let texts: Vec<_> = list.iter().filter_map(Value::text).collect();
    let [after, before] = texts[..] else {
        value.fault(
            FaultKind::BetweenForm,
            format!("`{}` needs two texts", value.path()),
            "write `between = [\"@\", \":\"]`",
        );
        return None;
    };
    Some((after.into(), before.into()))
}
