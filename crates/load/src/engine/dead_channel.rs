//! Whether the token of a session that is over opens a push channel: tried on the side, so that nobody waits for it.
//!
//! In: a token that must be worth nothing. Out: a step of `push`, and the rule checked. Never here: a device's own channel.

use std::sync::Arc;

use super::channel::Channel;
use super::device::Device;
use super::judgement::Expect;
use super::line::Line;
use super::line::Sent;
use super::line::Wire;
use super::persona::Persona;
use super::reply::Reply;
use super::stop::StopStep;
use super::turn::Asked;
use super::turn::End;
use super::turn::Turn;
use super::turn::When;
use crate::recorder::Answered;
use crate::recorder::Invariant;
use crate::scenario::PushUse;
use crate::session::Cause;
use crate::session::Class;
use crate::session::Operation;
use crate::session::Transport;

/// The rule that is checked here.
const RULE: Invariant = Invariant::EndedTokenOpensNoChannel;

/// What became of a channel that the target opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    /// It told of the end, or was closed: that is a refusal.
    Ended,
    /// It stayed open.
    Stayed,
    /// The run ended before anybody knew.
    Unknown,
}

impl<'a> Device<'a> {
    /// Asks for a push channel with the device's token, whose session is over.
    pub(super) fn try_the_dead_channel(&self) -> impl Future<Output = ()> + use<'a> {
        let (turn, wire, line) = (self.turn, self.wire, self.line.beside());
        let whose = (self.persona.clone(), self.token.clone());
        async move {
            let dialect = &wire.dialect;
            let opens = turn.scenario().push == PushUse::Open && dialect.opens_channels_by_token();
            // Once the run is halted nothing leaves any more.
            let is_over = turn.stop.has_reached(StopStep::Halt);
            if opens && !is_over && !whose.1.is_empty() {
                // Few sessions end so; whoever waits must not hold the room that it takes.
                Box::pin(try_it(turn, wire, line, whose)).await;
            }
        }
    }
}

async fn try_it(
    turn: Turn<'_>,
    wire: &Arc<Wire>,
    mut line: Line,
    (persona, token): (Persona, Box<str>),
) {
    let asked = Asked {
        operation: Operation::Push,
        when: When::at(turn.clock.now()),
        expect: Expect::Refusal,
    };
    let values = persona.values(&token);
    let opened = Channel::open(Channel::None, wire, &mut line, &values, turn.bounds()).await;
    let (mut channel, Some(sent)) = opened else {
        return;
    };
    // Whoever closes in place of an answer has opened nothing.
    if matches!(
        sent.reply,
        Reply::Transport(Transport::Reset | Transport::Closed)
    ) {
        return book_as_refused(turn, asked, &sent, Cause::CutByKick);
    }
    if !matches!(sent.reply, Reply::Success(_)) {
        let end = turn.book_sent(&wire.dialect, asked, &sent);
        if end.class == Class::Expected {
            turn.checked(RULE);
        }
        turn.heed(&wire.dialect, persona.account, &sent);
        return;
    }
    let limit = sent.done.plus(wire.notice_limit);
    let became = tokio::select! {
        biased;
        _ = turn.hear(&mut channel, wire, persona.account) => Opened::Ended,
        over = turn.until(limit) => over.map_or(Opened::Unknown, |()| Opened::Stayed),
    };
    match became {
        Opened::Ended => {
            book_as_refused(turn, asked, &sent, Cause::CutByKick);
            turn.checked(RULE);
        }
        Opened::Unknown => book_as_refused(turn, asked, &sent, Cause::RunEnded),
        Opened::Stayed => {
            turn.book_sent(&wire.dialect, asked, &sent);
            let story = format!(
                "{} opened a push channel with the token of a session that had ended",
                persona.user_id
            );
            turn.breach(RULE, sent.done, story);
        }
    }
}

/// A target may open a channel to say over it why the session has ended.
fn book_as_refused(turn: Turn<'_>, asked: Asked, sent: &Sent, cause: Cause) {
    let end = End {
        class: Class::Expected,
        cause: Some(cause),
        sent: Some(sent.sent),
        departed: sent.departed,
        answered: Answered::Yes,
        done: sent.done,
        phases: sent.phases,
    };
    turn.book(asked.operation, asked.when, end);
}
