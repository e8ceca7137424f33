//! Whether a session is there that must be, and none that must not.
//!
//! In: what the device knows of its account's sessions. Out: a request, and a rule checked. Never here: what ended them.

use super::channel::Received;
use super::device::Device;
use super::dwell::Listened;
use super::iteration::{Asked, When};
use super::judgement::{Expect, says_no_session};
use super::reply::Reply;
use crate::profile::ConnectionUse;
use crate::recorder::{Invariant, Unsent};
use crate::scenario::{PushUse, SelfInfoCheck};
use crate::session::{Input, Operation};
use trtc_base::units::Micros;

/// Whether an account is online, as a target says by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Online,
    Offline,
}

impl Device<'_> {
    /// Asks, by `self_info` or `watch`, whether its session is still there: nobody ended it. Where the target says that
    /// there is none the device listens on, for word that is on its way; only an open channel over which none came is proof.
    pub(super) async fn is_still_there(&mut self, operation: Operation, when: When) -> Listened {
        let iteration = self.iteration;
        let asked = Asked {
            operation,
            when,
            expect: self.as_far_as_known(),
        };
        let is_told = self.listening.channel.is_told_of_an_end();
        let Some(sent) = self.who_am_i(asked).await else {
            return Listened::GoesOn;
        };
        if self.settings.connection != ConnectionUse::Keep {
            self.http.close();
        }
        let rule = Invariant::NoSessionEndsUnsaid;
        if is_told && matches!(sent.reply, Reply::Success(_)) {
            iteration.checked(rule);
        }
        let is_gone = says_no_session(&sent.reply, &self.settings.dialect);
        if !is_told || !is_gone || self.may_have_expired() {
            return Listened::GoesOn;
        }
        let limit = sent.done.plus(self.settings.notice_limit);
        let heard = tokio::select! {
            biased;
            heard = self.hear() => Some(heard),
            over = iteration.until(limit) => match over {
                Some(()) => None,
                None => return Listened::GoesOn,
            },
        };
        match heard {
            Some(Received::Kicked) => self.kicked_without_cause(),
            Some(Received::Expired) => Box::pin(self.renew_online()).await,
            // Whoever loses its channel comes back by its token, and hears then.
            Some(Received::Lost) => Listened::GoesOn,
            None => {
                let account = &self.virtual_user.user_id;
                let story = format!(
                    "the session of {account} was gone, and its open push channel said nothing"
                );
                iteration.violation(rule, sent.done, story);
                self.hears(Input::Leave);
                iteration.checklist.meets(Unsent::SessionOver);
                Listened::SessionOver
            }
        }
    }

    /// What a question about a session that nobody ended is meant to meet. What a request without an answer may have ended is
    /// no fault of whoever says so, nor is what ended with its UserSig.
    pub(super) fn as_far_as_known(&self) -> Expect {
        if self.iteration.has_unresolved() || !self.pool.has_lasting_ticket(&self.virtual_user) {
            Expect::Either
        } else {
            Expect::Success
        }
    }

    /// Another device of the account logged out: this one must be online after it.
    pub(super) async fn check_it_outlives(&mut self, logout: Micros) {
        // A target may give up whoever lost its channel.
        let is_there =
            self.listening.channel.is_open() || self.iteration.scenario().push == PushUse::None;
        if self.iteration.scenario().self_info != SelfInfoCheck::Ask || !is_there {
            return;
        }
        let asked = Asked {
            operation: Operation::SelfInfo,
            when: When::freed(logout, self.iteration.clock.now()),
            expect: self.as_far_as_known(),
        };
        let Some(sent) = self.who_am_i(asked).await else {
            return;
        };
        let rule = Invariant::LogoutEndsOneSession;
        if matches!(sent.reply, Reply::Success(_)) {
            self.iteration.checked(rule);
        } else if says_no_session(&sent.reply, &self.settings.dialect) && !self.may_have_expired() {
            let story = format!(
                "{} was online on {} until another of its devices logged out",
                self.virtual_user.user_id, self.virtual_user.platform
            );
            self.iteration.violation(rule, sent.done, story);
        }
    }

    /// Whether the target can be asked without a token who is logged in: it goes by the account, or by the device.
    pub(super) fn can_ask_by_name(&self) -> bool {
        self.iteration.scenario().self_info == SelfInfoCheck::Ask
            && self.settings.dialect.asks_by_name()
    }

    /// Asks by name whether the account is online. None where the answer does not say.
    pub(super) async fn ask_by_name(&mut self, when: When) -> Option<Presence> {
        let asked = Asked {
            operation: Operation::SelfInfo,
            when,
            expect: Expect::Either,
        };
        let sent = self.ask(asked).await?;
        if matches!(sent.reply, Reply::Success(_)) {
            return Some(Presence::Online);
        }
        let refused = matches!(sent.reply, Reply::Refused { .. }) && self.was_refused();
        refused.then_some(Presence::Offline)
    }

    /// A login was refused at `refused_at`: who was offline before it must be so still. A session that an earlier arrival
    /// left behind may be there in any case.
    pub(super) async fn check_no_session(&mut self, before: Option<Presence>, refused_at: Micros) {
        let why = match before {
            Some(Presence::Offline) => None,
            Some(Presence::Online) => Some(Unsent::OnlineBefore),
            None => Some(Unsent::FailedBefore),
        };
        if let Some(why) = why {
            return self.iteration.skip(&[Operation::SelfInfo], why);
        }
        let rule = Invariant::RefusedLoginMakesNoSession;
        match self.ask_by_name(When::at(refused_at)).await {
            Some(Presence::Offline) => self.iteration.checked(rule),
            Some(Presence::Online) => {
                let account = &self.virtual_user.user_id;
                let story =
                    format!("the login of {account} was refused, and it was online after it");
                self.iteration
                    .violation(rule, self.iteration.clock.now(), story);
            }
            None => {}
        }
    }
}
