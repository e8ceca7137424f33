//! Whether the token of a session that is over opens a push channel: tried on the side, so that nobody waits for it.
//!
//! In: a token that must be worth nothing. Out: a step of `push`, and the rule checked. Never here: a device's own channel.

use std::sync::Arc;

use super::account_pool::VirtualUser;
use super::channel::Channel;
use super::device::Device;
use super::http_client::{ClientSettings, HttpClient, Sent};
use super::iteration::{Asked, End, Iteration, When};
use super::judgement::Expect;
use super::reply::Reply;
use super::stop::StopStep;
use crate::recorder::{Answered, Invariant};
use crate::scenario::PushUse;
use crate::session::{Cause, Class, Operation, Transport};

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
        let (iteration, settings, http) = (self.iteration, self.settings, self.http.beside());
        let whose = (self.virtual_user.clone(), self.session.token.clone());
        async move {
            let dialect = &settings.dialect;
            let opens =
                iteration.scenario().push == PushUse::Open && dialect.opens_channels_by_token();
            // Once the run is halted nothing leaves any more.
            let is_over = iteration.stop.has_reached(StopStep::Halt);
            if opens && !is_over && !whose.1.is_empty() {
                // Few sessions end so; whoever waits must not hold the room that it takes.
                Box::pin(try_it(iteration, settings, http, whose)).await;
            }
        }
    }
}

async fn try_it(
    iteration: Iteration<'_>,
    settings: &Arc<ClientSettings>,
    mut http: HttpClient,
    (virtual_user, token): (VirtualUser, Box<str>),
) {
    let asked = Asked {
        operation: Operation::Push,
        when: When::at(iteration.clock.now()),
        expect: Expect::Refusal,
    };
    let values = virtual_user.values(&token);
    let opened = Channel::open(
        Channel::None,
        settings,
        &mut http,
        &values,
        iteration.bounds(),
    )
    .await;
    let (mut channel, Some(sent)) = opened else {
        return;
    };
    // Whoever closes in place of an answer has opened nothing.
    if matches!(
        sent.reply,
        Reply::Transport(Transport::Reset | Transport::Closed)
    ) {
        return book_as_refused(iteration, asked, &sent, Cause::CutByKick);
    }
    if !matches!(sent.reply, Reply::Success(_)) {
        let end = iteration.book_sent(&settings.dialect, asked, &sent);
        if end.class == Class::Expected {
            iteration.checked(RULE);
        }
        iteration.heed(&settings.dialect, virtual_user.account, &sent);
        return;
    }
    let limit = sent.done.plus(settings.notice_limit);
    let became = tokio::select! {
        biased;
        _ = iteration.hear(&mut channel, settings, virtual_user.account) => Opened::Ended,
        over = iteration.until(limit) => over.map_or(Opened::Unknown, |()| Opened::Stayed),
    };
    match became {
        Opened::Ended => {
            book_as_refused(iteration, asked, &sent, Cause::CutByKick);
            iteration.checked(RULE);
        }
        Opened::Unknown => book_as_refused(iteration, asked, &sent, Cause::RunEnded),
        Opened::Stayed => {
            iteration.book_sent(&settings.dialect, asked, &sent);
            let story = format!(
                "{} opened a push channel with the token of a session that had ended",
                virtual_user.user_id
            );
            iteration.violation(RULE, sent.done, story);
        }
    }
}

/// A target may open a channel to say over it why the session has ended.
fn book_as_refused(iteration: Iteration<'_>, asked: Asked, sent: &Sent, cause: Cause) {
    let end = End {
        class: Class::Expected,
        cause: Some(cause),
        sent: Some(sent.sent),
        departed: sent.departed,
        answered: Answered::Yes,
        done: sent.done,
        phases: sent.phases,
    };
    iteration.book(asked.operation, asked.when, end);
}
