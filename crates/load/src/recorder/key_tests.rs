//! The keys of all values on disk, pinned; and the words that version 3 had in their place.

use std::path::Path;
use std::{env, fs};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::{CauseKey, Key, named, word};
use super::wording::{read_ended, spell_ended};
use super::*;
use crate::profile::Latency;
use crate::session::{
    AnswerFault, Bound, Cause, CertificateFault, ChannelEnd, Class, Code, Operation, Phase,
    PushFault, TicketFault, Transport,
};

/// A cause of every kind.
fn causes() -> Vec<Cause> {
    let valued = [
        Cause::Code(Code::Number(-70_001)),
        Cause::Code(Code::Name("M_LIMIT: a,b".into())),
        Cause::Code(Code::Said("HTTP 200, /code is null".into())),
        Cause::Status(503),
        Cause::Sdk(6206),
    ];
    let plain = [
        Cause::NoAnswer,
        Cause::NoNotice,
        Cause::ToldTwice,
        Cause::Accepted,
        Cause::CutByKick,
        Cause::CutByNetwork,
        Cause::Left,
        Cause::ChannelEnded(ChannelEnd::Close(Some(4401))),
        Cause::ChannelEnded(ChannelEnd::Close(None)),
        Cause::ChannelEnded(ChannelEnd::Fin),
        Cause::ChannelEnded(ChannelEnd::Rst),
        Cause::ChannelEnded(ChannelEnd::Silent),
        Cause::ChannelEnded(ChannelEnd::Fault(Transport::NotHttp)),
        Cause::Panic,
        Cause::RunEnded,
    ];
    let transport = Transport::all().map(Cause::Transport);
    let answer = [
        AnswerFault::NotJson,
        AnswerFault::MissingField,
        AnswerFault::Lacks("/token".into()),
    ];
    let answer = answer.into_iter().map(Cause::Answer);
    let ticket = TicketFault::ALL.into_iter().map(Cause::Ticket);
    let all = valued.into_iter().chain(plain).chain(transport);
    all.chain(answer).chain(ticket).collect()
}

fn ends() -> [Ended; 8] {
    let why = || "why".to_owned();
    [
        Ended::Completed,
        Ended::Interrupted,
        Ended::Cap(why()),
        Ended::Aborted(why()),
        Ended::Unwritten(why()),
        Ended::MockEnded,
        Ended::Lost,
        Ended::Damaged(why()),
    ]
}

fn rows<T: Serialize>(list: &str, values: impl IntoIterator<Item = T>) -> String {
    let rows = values.into_iter();
    rows.map(|value| format!("{list} {}\n", word(&value)))
        .collect()
}

#[test]
fn keys_on_disk_are_those_that_were_frozen() {
    let ends = ends();
    let ends = ends.iter().map(|ended| spell_ended(ended).0);
    let got = [
        rows("operation", Operation::ALL),
        rows("class", Class::ALL),
        rows("phase", Phase::ALL),
        rows("latency", [Latency::Felt, Latency::Served]),
        rows("reason", Reason::ALL),
        rows("tally", Tally::ALL),
        rows("standing", Standing::ALL),
        rows("unsent", Unsent::ALL),
        rows("invariant", Invariant::ALL),
        rows("cause", causes()),
        rows("ended", ends),
    ]
    .concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/keys.txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &got).unwrap();
    }
    let want = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        got, want,
        "a key of recordings changed. A new one: UPDATE_GOLDEN=1, then read the diff. An old one must stay: \
         keep it by `#[serde(rename)]`, or older recordings lose it"
    );
}

#[test]
fn every_value_reads_back_from_its_key() {
    fn assert_all<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + Copy>(all: &[T]) {
        for one in all {
            assert_eq!(named::<T>(&word(one)), Some(*one));
            let key = Key::Known(*one);
            let text = serde_json::to_string(&key).unwrap();
            assert_eq!(
                serde_json::from_str::<Key<T>>(&text).unwrap(),
                key,
                "{text}"
            );
        }
    }
    assert_all(&Operation::ALL);
    assert_all(&Class::ALL);
    assert_all(&Phase::ALL);
    assert_all(&Reason::ALL);
    assert_all(&Tally::ALL);
    assert_all(&Invariant::ALL);
    for cause in causes() {
        let key = Key::Known(CauseKey(cause));
        let text = serde_json::to_string(&key).unwrap();
        let read: Key<CauseKey> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, key, "{text}");
    }
    for ended in ends() {
        let (key, why) = spell_ended(&ended);
        assert_eq!(read_ended(key, why.as_ref()), ended);
    }
}

#[test]
fn a_key_that_is_not_known_is_kept_as_it_stands() {
    for (text, shown) in [
        (r#""something_new""#, "something_new"),
        (r#"{"stalled":3}"#, r#"{"stalled":3}"#),
        ("7", "7"),
    ] {
        let tally: Key<Tally> = serde_json::from_str(text).unwrap();
        assert_eq!(tally, Key::Unknown(shown.to_owned()));
        let cause: Key<CauseKey> = serde_json::from_str(text).unwrap();
        assert_eq!(cause, Key::Unknown(shown.to_owned()));
    }
}

/// Reads what version 3 wrote.
fn of_version_3<T: DeserializeOwned>(words: &str) -> T {
    let text = serde_json::to_string(words).unwrap();
    match serde_json::from_str::<Key<T>>(&text).unwrap() {
        Key::Known(value) => value,
        Key::Unknown(words) => panic!("version 3 wrote {words:?}, and nobody reads it"),
    }
}

#[test]
fn the_words_of_version_3_are_read_as_what_they_meant() {
    for (words, tally) in [
        ("kick notices late", Tally::NoticeLate),
        ("kick notices twice", Tally::NoticeTwice),
        ("kick notices lost", Tally::NoticeLost),
        ("UserSigs issued expired", Tally::UsersigExpired),
        (
            "UserSigs issued for another account",
            Tally::UsersigWrongUser,
        ),
        ("UserSigs issued for another app", Tally::UsersigWrongApp),
        (
            "UserSigs issued with a bad signature",
            Tally::UsersigBadSignature,
        ),
        ("UserSigs issued that are none", Tally::UsersigNotOne),
        ("UserSigs issued right", Tally::UsersigRight),
        ("callbacks sent again", Tally::CallbackAgain),
        ("long polls failed", Tally::PollFailed),
        ("push channels given up", Tally::ChannelGivenUp),
        ("broadcasts received", Tally::Broadcast),
    ] {
        assert_eq!(of_version_3::<Tally>(words), tally);
    }
    for (words, reason) in [
        ("account busy", Reason::AccountBusy),
        ("told to wait", Reason::ToldToWait),
        ("cap reserved", Reason::CapReserved),
        ("no slot", Reason::NoSlot),
        ("run stopped", Reason::RunStopped),
    ] {
        assert_eq!(of_version_3::<Reason>(words), reason);
    }
    for (words, invariant) in [
        (
            "self_info is the account that logged in",
            Invariant::SelfInfoIsTheAccount,
        ),
        (
            "self_info is empty after a failed login",
            Invariant::NoAccountAfterFailure,
        ),
        (
            "the token of an ended session is refused",
            Invariant::EndedTokenIsRefused,
        ),
        ("no notice without a cause", Invariant::NoNoticeWithoutCause),
        (
            "no more sessions than the policy allows",
            Invariant::NoMoreSessionsThanThePolicy,
        ),
        (
            "kicked while away is told once, where that is on",
            Invariant::KickedWhileAwayIsToldOnce,
        ),
    ] {
        assert_eq!(of_version_3::<Invariant>(words), invariant);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table is read whole")]
fn the_causes_of_version_3_are_read_as_what_they_meant() {
    for (words, cause) in [
        ("code:70001", Cause::Code(Code::Number(70_001))),
        ("code:-1", Cause::Code(Code::Number(-1))),
        (
            "name:M_LIMIT: a",
            Cause::Code(Code::Name("M_LIMIT: a".into())),
        ),
        ("status:503", Cause::Status(503)),
        ("sdk:6206", Cause::Sdk(6206)),
        (
            "transport:connection refused",
            Cause::Transport(Transport::ConnectRefused),
        ),
        (
            "transport:connect failed",
            Cause::Transport(Transport::ConnectFailed),
        ),
        (
            "transport:name not found",
            Cause::Transport(Transport::Lookup),
        ),
        (
            "transport:proxy did not connect",
            Cause::Transport(Transport::Proxy),
        ),
        (
            "transport:certificate refused",
            Cause::Transport(Transport::Certificate(CertificateFault::Untrusted)),
        ),
        (
            "transport:TLS handshake failed",
            Cause::Transport(Transport::Handshake),
        ),
        (
            "transport:connection reset",
            Cause::Transport(Transport::Reset),
        ),
        (
            "transport:connection closed",
            Cause::Transport(Transport::Closed),
        ),
        ("transport:not HTTP", Cause::Transport(Transport::NotHttp)),
        (
            "transport:answer too large",
            Cause::Transport(Transport::TooLarge(Bound::Unsaid)),
        ),
        (
            "transport:push protocol error",
            Cause::Transport(Transport::PushProtocol(PushFault::Unsaid)),
        ),
        (
            "transport:no descriptor or port left on this machine",
            Cause::Transport(Transport::Exhausted),
        ),
        (
            "answer:answer is not JSON",
            Cause::Answer(AnswerFault::NotJson),
        ),
        (
            "answer:answer lacks a field",
            Cause::Answer(AnswerFault::MissingField),
        ),
        (
            "ticket:issued UserSig has expired",
            Cause::Ticket(TicketFault::Expired),
        ),
        (
            "ticket:issued UserSig is for another account",
            Cause::Ticket(TicketFault::OtherUser),
        ),
        (
            "ticket:issued UserSig is for another app",
            Cause::Ticket(TicketFault::OtherApp),
        ),
        (
            "ticket:issued UserSig has a bad signature",
            Cause::Ticket(TicketFault::BadSignature),
        ),
        (
            "ticket:what was issued is no UserSig",
            Cause::Ticket(TicketFault::NotOne),
        ),
        ("no_answer", Cause::NoAnswer),
        ("no_notice", Cause::NoNotice),
        ("accepted", Cause::Accepted),
        ("cut_by_kick", Cause::CutByKick),
        ("panic", Cause::Panic),
        ("run_ended", Cause::RunEnded),
    ] {
        assert_eq!(of_version_3::<CauseKey>(words), CauseKey(cause));
    }
}
