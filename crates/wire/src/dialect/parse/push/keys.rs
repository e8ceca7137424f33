//! The keys of the push channel's table, one kind of channel after the other.

use super::super::headers::HEADERS;
use super::super::request::{Method, PATH_FORM};
use super::super::{answer, codes};
use super::meanings;
use crate::dialect::Notice;
use trtc_base::config::{Form, Raw};
use trtc_base::section;
use trtc_base::units::Micros;

/// The longest that a target may hold a poll: ten minutes.
const LONGEST_HOLD: Micros = Micros::from_secs(600);

/// The least that a device may wait before it pings, or a target be silent.
const SHORTEST_SILENCE: Micros = Micros::from_millis(100);

/// How a file writes a push channel: one of four kinds.
pub(in super::super) const FORM: Form = Form::Either(&[
    Form::Table(&WEB_SOCKET),
    Form::Table(&EVENT_STREAM),
    Form::Table(&LONG_POLL),
    Form::Table(&POLL),
]);

section! {
    /// The keys that all channels have.
    pub(super) CHANNEL {
        /// The path with its query.
        PATH: Raw = raw("path", PATH_FORM).needed("\"/v1/events\"");
        /// Header lines.
        HEADER_LINES: Raw = raw("headers", HEADERS).otherwise("none of its own");
        /// Where the error code stands in a refusal.
        ERROR_CODE: Raw = raw("error_code", answer::POINTER).otherwise("a refusal is known by its status");
    }
}

section! {
    /// An event that is known by its data.
    pub(super) UNNAMED {
        /// What events mean.
        EVENTS: Raw = raw("events", Form::List(&Form::Table(&EVENT), 0, usize::MAX)).otherwise("none means anything");
    }
}

section! {
    /// a WebSocket
    pub(super) WEB_SOCKET with CHANNEL, UNNAMED {
        /// What the channel's ends mean.
        CLOSES: Raw = raw("closes", Form::List(&Form::Table(&CLOSE), 0, usize::MAX)).otherwise("none means anything");
        /// The kind of channel.
        WEB_SOCKET_KIND: Raw = raw("kind", Form::Just("websocket")).needed("\"websocket\"");
        /// How often a device pings.
        PING: Micros = span("ping", SHORTEST_SILENCE, LONGEST_HOLD).otherwise("it never does");
    }
}

section! {
    /// server-sent events
    pub(super) EVENT_STREAM with CHANNEL {
        /// What events mean.
        STREAM_EVENTS: Raw = raw("events", Form::List(&Form::Table(&NAMED_EVENT), 0, usize::MAX)).otherwise("none means anything");
        /// What the channel's ends mean.
        STREAM_CLOSES: Raw = raw("closes", Form::List(&Form::Table(&BARE_CLOSE), 0, usize::MAX)).otherwise("none means anything");
        /// The kind of channel.
        EVENT_STREAM_KIND: Raw = raw("kind", Form::Just("sse")).needed("\"sse\"");
        /// How long the target may be silent before a device takes the channel for lost.
        SILENCE: Micros = span("silence", SHORTEST_SILENCE, LONGEST_HOLD).otherwise("it may be silent for ever");
    }
}

section! {
    /// The keys that polls have.
    pub(super) POLLS with CHANNEL {
        /// What events in an answer mean.
        POLLED_EVENTS: Raw = raw("events", Form::List(&Form::Table(&POLLED_EVENT), 0, usize::MAX)).otherwise("none means anything");
        /// The method.
        METHOD: Method = one_of("method").or("\"GET\"");
        /// The body.
        BODY: Raw = raw("body", Form::Text).otherwise("no body");
        /// What refusals mean.
        REFUSALS: Raw = raw("answers", Form::List(&Form::Table(&ANSWER), 0, usize::MAX)).otherwise("none means anything");
        /// Statuses that say that there is nothing new.
        NOTHING_NEW: Raw = raw("nothing_new", Form::List(&Form::Whole(200, 599), 0, usize::MAX)).otherwise("every success");
    }
}

section! {
    /// long polls, which the target holds until there is news
    pub(super) LONG_POLL with POLLS {
        /// The kind of channel.
        LONG_POLL_KIND: Raw = raw("kind", Form::Just("long_poll")).needed("\"long_poll\"");
        /// How long an answer may take.
        LIMIT: Micros = span("limit", Micros::from_millis(1), LONGEST_HOLD).needed("\"30s\"");
        /// The path of the first poll.
        FIRST_PATH: Raw = raw("first_path", PATH_FORM).otherwise("the same");
        /// Where an answer has the cursor that the next poll sends as `{cursor}`.
        CURSOR: Raw = raw("cursor", answer::POINTER).otherwise("polls have no cursor");
        /// The cursor of the first poll.
        FIRST_CURSOR: Raw = raw("first_cursor", Form::AnyText).otherwise("the first poll has none");
    }
}

section! {
    /// polls that are answered at once
    pub(super) POLL with POLLS {
        /// The kind of channel.
        POLL_KIND: Raw = raw("kind", Form::Just("poll")).needed("\"poll\"");
        /// How often a device asks.
        EVERY: Micros = span("every", Micros::from_millis(50), LONGEST_HOLD).needed("\"5s\"");
        /// How long an answer may take.
        POLL_LIMIT: Micros = span("limit", Micros::from_millis(1), LONGEST_HOLD).otherwise("`target.timeout` of the profile");
    }
}

section! {
    /// What an event means, by what its data have.
    pub(super) EVENT with DATA {
        /// What it means.
        MEANS: Notice = one_of("means").needed("\"kicked\"");
    }
}

section! {
    /// What an event of a stream means, by its name, by what its data have, or by both.
    pub(super) NAMED_EVENT with DATA {
        /// Its name beside its data.
        NAME: Raw = raw("event", Form::Text).otherwise("its name does not matter");
        /// What it means.
        NAMED_MEANS: Notice = one_of("means").needed("\"kicked\"");
    }
}

section! {
    /// What an event in an answer means, by what its data have.
    pub(super) POLLED_EVENT with DATA {
        /// What it means.
        POLLED_MEANS: Raw = raw("means", Form::OneOf(meanings)).needed("\"kicked\"");
    }
}

section! {
    /// Which events are meant.
    pub(super) DATA {
        /// Where something stands in an event's data.
        AT: Raw = raw("pointer", answer::POINTER).otherwise("its name decides");
        /// What must stand there.
        EQUALS: Raw = raw("equals", answer::COMPARED).otherwise("its name decides");
    }
}

section! {
    /// What an end of a WebSocket means.
    pub(super) CLOSE {
        /// The code of a close frame, as a number or a text, or an end without one.
        CODE: Raw = raw("code", Form::Either(&[Form::Whole(1_000, 4_999), CODE_TEXT, Form::OneOf(bare_ends)])).needed("4001");
        /// What it means.
        CLOSE_MEANS: Raw = raw("means", Form::OneOf(meanings)).needed("\"kicked\"");
    }
}

const CODE_TEXT: Form = Form::Like("^[1-4][0-9]{3}$", "the number as a text");

fn bare_ends() -> Vec<&'static str> {
    vec!["fin", "rst"]
}

section! {
    /// What an end of a stream means.
    pub(super) BARE_CLOSE {
        /// How it ends: there are no close frames.
        END: Raw = raw("code", Form::OneOf(bare_ends)).needed("\"fin\"");
        /// What it means.
        BARE_MEANS: Raw = raw("means", Form::OneOf(meanings)).needed("\"kicked\"");
    }
}

section! {
    /// What a refused poll means.
    pub(super) ANSWER {
        /// Its status.
        STATUS: u16 = whole("status", 300, 599).needed("401");
        /// Its error code.
        ANSWER_CODE: Raw = raw("code", codes::CODE).otherwise("any");
        /// What it means.
        ANSWER_MEANS: Raw = raw("means", Form::OneOf(meanings)).needed("\"kicked\"");
    }
}
